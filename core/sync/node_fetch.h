/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_NODE_FETCH_H
#define SYNC_NODE_FETCH_H

#include "navette/effects.h"
#include "navette/journal_want.h"

/*
 * Bytes that were given up and are wanted again (journal_want.h) are asked of the hub, one question at a time, those of smaller positions first; a state that was folded over stubs wants them all. Every answer is
 * held against its stub before it is stored. What the hub does not give stands refused, with the reason, and the others go on; it is asked for again after NODE_FETCH_AGAIN_MS, in each new session, and at once when
 * somebody waits for it (fold_want_around()).
 */
#define NODE_FETCH_RETRY_MS 8000
#define NODE_FETCH_AGAIN_MS INT64_C(3600000)
#define NODE_FETCH_WAIT_LEAST_MS 100
#define NODE_FETCH_WAIT_MOST_MS 60000
#define NODE_FETCH_LOOKED 65536u /* rows of the journal looked through in one step for the next stub */
#define NODE_FETCH_LOST_MS 60000

struct node_fetch {
    int hub_fetches;  /* the hub of this session answers */
    int look;         /* there may be something to ask for */
    int64_t asked_ms; /* a question is unanswered; 0: none is */
    int64_t wait_ms;  /* the hub wants nothing asked before */
    uint64_t token;
    int retrying;     /* what stands refused is asked for once more ... */
    uint64_t retried; /* ... and was, up to here */
    int64_t since_ms; /* ... what was refused before that moment (wall clock); 0: it begins */
    int64_t again_ms; /* ... the next time then; 0: nothing does */
    uint64_t whole;   /* no stub that does not stand refused is left up to here, while all are asked for */
    int told;         /* that some are refused was said */
    int lost;         /* node_fetch_lost() said it */
    int64_t greet_ms; /* ... and the hub is greeted anew then; 0: not */
    size_t bytes;     /* of the answer, at most */
    size_t count;     /* of the question */
    uint64_t positions[LIMIT_FETCH_ENTRIES];
    uint64_t backed_up_position; /* as the hub of this session tells it */
};

struct node;
struct node_input;

int node_fetch_tick(struct node *node, const struct node_input *input, struct effects *effects);
int node_fetched(struct node *node, const struct node_input *input, const Navette__Fetched *fetched, struct effects *effects);
int64_t node_fetch_deadline(const struct node *node);
/* One entry of an answer, of the stub at `position`: stored, or noted as refused. Codes of the store. */
int node_fetch_take(struct node *node, const struct node_input *input, uint64_t position, const Navette__FetchedEntry *in,
                    struct effects *effects);
/* The hub wants bytes from `seq` on that were given up here because it had them in a backup: an older one was restored. Told once; what is behind them stays here, and the hub is greeted anew now and then. */
int node_fetch_lost(struct node *node, uint64_t seq, int64_t now_ms, struct effects *effects);
/* The connection is gone. */
void node_fetch_stop(struct node *node);

/*
 * What is to be asked for, 256 entries at most, of each kind those behind a position: what is wanted; in a hollow state any stub that does not stand refused; what stands refused, where that is asked for too. Codes of
 * the store. For sticks too.
 */
struct node_fetch_from {
    uint64_t wanted;
    uint64_t stub;
    uint64_t refused;
    int retries;              /* what stands refused is asked for too ... */
    int64_t since_ms, now_ms; /* ... but for what was refused between these (wall clock) */
    int reads;                /* the transaction is one that reads: a want that is none any more stays */
};
struct node_fetch_list {
    int hollow;
    int more;                      /* there may be others */
    uint64_t whole;                /* of a hollow state: no stub that does not stand refused is left up to here */
    size_t bytes;                  /* of their events */
    size_t wanted, stubs, refused; /* so many of each, in this order */
    size_t count;                  /* of all */
    uint64_t positions[LIMIT_FETCH_ENTRIES];
    struct ref refs[LIMIT_FETCH_ENTRIES];
};
int node_fetch_gather(struct store_txn *txn, const struct node_fetch_from *from, struct node_fetch_list *list);
/* As a message; `entries` and `pointers` have room for all of them, which it borrows. */
void node_fetch_fill(struct node_fetch_list *list, Navette__Fetch *message, Navette__Ref *entries, Navette__Ref **pointers);

/* node_prune.c: notes, now and then, how far hub and journal are: what is here by then may go once it is old, and in a backup. */
int node_prune_note(struct node *node, const struct node_input *input);

#endif
