/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_NODE_COMPARE_H
#define SYNC_NODE_COMPARE_H

#include "navette/compared.h"
#include "navette/effects.h"
#include "navette/frame.h"
#include "navette/journal_block.h"

/*
 * The node's side of anti-entropy (proto/WIRE.md, "Comparing"). It asks, one question at a time; the hub keeps nothing of it.
 *
 *            gap          span differs               one number left
 *   resting ----> logs <---------------> splitting <------------------> mending (FETCH, OFFER)
 *      ^            | end of the logs
 *      |            v
 *      +---------- state (fold_check here; STATE, in scope NETWORK)
 */
#define NODE_COMPARE_GAP_MS INT64_C(72000000) /* from the end of one comparison to the next: twenty hours */
#define NODE_COMPARE_STEP_MS 60000            /* between two questions that nobody waits for, at most */
#define NODE_COMPARE_STEPS 180u               /* a comparison takes so many of these: three hours, however little fits into a question */
#define NODE_COMPARE_LEAST 4096u              /* entries of such a question at least */
#define NODE_COMPARE_LEAST_MS 250             /* ... and between two: 43,200 questions in three hours */
#define NODE_COMPARE_IDLE_MS 5000             /* there is something else to do: looked at again */
#define NODE_COMPARE_RETRY_MS 15000
#define NODE_COMPARE_SILENCES 3u /* then it is left for NODE_COMPARE_STEP_MS */
#define NODE_COMPARE_PARTS 32u   /* a block is cut into so many, and each of these into single numbers */
#define NODE_COMPARE_SUSPECTS 96u
#define NODE_COMPARE_DOUBTS 16u  /* differences that came to nothing, in one comparison: the hub does not mean what it says */
#define NODE_COMPARE_MENDS 4096u /* batches looked at in one comparison: a disk that loses more is to be replaced */
#define NODE_COMPARE_MOVES 120u  /* how often a state that the hub has left behind is asked for again */
#define NODE_COMPARE_MOVED_MS 500

enum node_compare_phase { COMPARE_RESTING, COMPARE_LOGS, COMPARE_STATES };

struct node_compare {
    enum node_compare_phase phase;
    int hub_compares; /* the hub of this session answers */
    int now;          /* somebody waits for it */
    uint64_t passes;  /* finished by this process */
    int64_t next_ms;  /* when something is to be asked; 0: nothing is */
    int64_t asked_ms; /* a question is unanswered; 0: none is */
    uint64_t token;   /* of the last question */
    Navette__CompareAct act;
    unsigned silences;
    /* how far it is: every name up to here has been compared */
    uint8_t log[INCARNATION_SIZE];
    uint64_t seq;
    uint8_t next_log[INCARNATION_SIZE]; /* ... and up to here, once the window is through */
    uint64_t next_seq;
    struct journal_span spans[LIMIT_COMPARE_SPANS]; /* of the question under way */
    uint8_t digests[LIMIT_COMPARE_SPANS][COMPARE_DIGEST_SIZE];
    size_t span_count;
    struct journal_span suspects[NODE_COMPARE_SUSPECTS]; /* the last one is looked into */
    size_t suspect_count;
    int splitting; /* the question is of the parts of that one */
    int yields;    /* the hub, which knows every author's key, does not take what is here of the last one: its own is taken */
    int yielded;   /* ... once */
    int left;      /* some were left out for want of room: the window comes again */
    int ended;     /* the window is the last one */
    uint64_t seen; /* numbers of the window, stubs too */
    uint64_t pass; /* ... of the whole comparison, as many as the journal has */
    unsigned doubts;
    unsigned mends;
    unsigned moves;
    unsigned folded; /* how often states were folded anew for this comparison */
    struct compared found;
    uint64_t stubs; /* of what was mended: no state was made from them */
};

struct node;
struct node_input;

int node_compare_load(struct node *node, const struct node_input *input);
/* The connection is gone: what was asked is asked again. */
void node_compare_stop(struct node *node);
int node_compare_tick(struct node *node, const struct node_input *input, struct effects *effects);
int node_compared(struct node *node, const struct node_input *input, const Navette__Compare *answer, struct effects *effects);
int64_t node_compare_deadline(const struct node *node);
/* How long until the next question, when the last one was of `seen` numbers, stubs between them included, of `all`: so that a comparison takes NODE_COMPARE_STEPS times NODE_COMPARE_STEP_MS. */
int64_t node_compare_pace(uint64_t seen, uint64_t all);

/* node_mend.c */
int node_compare_send(struct node *node, const struct node_input *input, Navette__Compare *question, struct effects *effects);
int node_compare_fetch(struct node *node, const struct node_input *input, struct effects *effects);
int node_compare_fetched(struct node *node, const struct node_input *input, const Navette__Compare *answer, struct effects *effects);
int node_compare_offered(struct node *node, const struct node_input *input, const Navette__Compare *answer, struct effects *effects);

#endif
