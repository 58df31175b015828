/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_NODE_FETCH_H
#define SYNC_NODE_FETCH_H

#include "navette/effects.h"
#include "navette/journal_stub.h"

/*
 * Bytes that were given up and are wanted again (journal_want()) are asked of the hub, one question at a time, those of smaller positions first; a state that was folded over stubs wants them all. Every answer is
 * held against its stub before it is stored. What the hub does not give is left for NODE_FETCH_AGAIN_MS.
 */
#define NODE_FETCH_RETRY_MS 8000
#define NODE_FETCH_AGAIN_MS INT64_C(3600000)
#define NODE_FETCH_WAIT_MOST_MS 60000
#define NODE_FETCH_LOST_MS 60000

struct node_fetch {
    int hub_fetches;  /* the hub of this session answers */
    int look;         /* there may be something to ask for */
    int64_t asked_ms; /* a question is unanswered; 0: none is */
    int64_t wait_ms;  /* nothing is asked before; 0: at once */
    uint64_t token;
    uint64_t after;   /* positions up to here were refused, or are not asked for now */
    uint64_t whole;   /* no stub is left up to here, while all are asked for */
    int refused;      /* some of them were */
    int told;         /* ... and this was said */
    int lost;         /* node_fetch_lost() said it */
    int64_t greet_ms; /* ... and the hub is greeted anew then; 0: not */
    size_t bytes;     /* of the answer, at most */
    int hollow;       /* the state wants all of them */
    size_t count;     /* of the question */
    uint64_t positions[LIMIT_FETCH_ENTRIES];
    uint64_t backed_up_position; /* as the hub of this session tells it */
};

struct node;
struct node_input;

int node_fetch_tick(struct node *node, const struct node_input *input, struct effects *effects);
int node_fetched(struct node *node, const struct node_input *input, const Navette__Fetched *fetched, struct effects *effects);
int64_t node_fetch_deadline(const struct node *node);
/* The hub wants bytes from `seq` on that were given up here because it had them in a backup: an older one was restored. Told once; what is behind them stays here, and the hub is greeted anew now and then. */
int node_fetch_lost(struct node *node, uint64_t seq, int64_t now_ms, struct effects *effects);
/* The connection is gone. */
void node_fetch_stop(struct node *node);

/* node_prune.c: notes, now and then, how far hub and journal are: what is here by then may go once it is old, and in a backup. */
int node_prune_note(struct node *node, const struct node_input *input);

#endif
