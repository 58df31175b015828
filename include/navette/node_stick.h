/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_NODE_STICK_H
#define NAVETTE_NODE_STICK_H

#include "navette/node.h"

/*
 * The node's step for what goes out on a stick (bundle.h) and for the answer that comes back. A line to the hub may go on beside it: whichever brings something first, the other finds it
 * there. Nothing here waits for an answer; a stick may be written again at any time, and answers may come in any order, any number of times.
 */

/* What a stick is to hold of the own log: numbers first to last, whole signed batches; last < first: nothing. */
struct node_stick_plan {
    uint8_t incarnation[INCARNATION_SIZE];
    uint64_t first;
    uint64_t last;
};

/*
 * Appends the greeting, a HELLO frame, and says what follows: all that is not known to be safe at the hub, or the whole log, but for what lies before a batch that was pruned (journal_stub.h). The open batch was sealed before. input->frontier: what the
 * stick states, NULL: nothing.
 */
int node_stick_greet(struct node *node, const struct node_input *input, int all, struct node_stick_plan *plan, struct buffer *hello);
/* Appends the PUSH frame of the batch that begins at `first`. *last: its last number. NAVETTE_E_NOT_FOUND. */
int node_stick_push(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t first, struct buffer *frame,
                    uint64_t *last);

/*
 * Appends, as FETCH frames, what this node gave up and wants again (journal_want.h), what stood refused too: LIMIT_BUNDLE_WANTS entries at most. *count: how many; 0: nothing. frames: NULL: they are counted only. The transaction may be one that reads.
 */
int node_stick_wants(struct store_txn *txn, struct buffer *frames, uint32_t *count);

enum node_stick_receipt_kind {
    NODE_STICK_TAKEN, /* what it says is in force, or was before */
    NODE_STICK_OLD, /* of before the hub was restored, or of another journal than the hub on the standing line writes: nothing of it counts */
    NODE_STICK_RESTORED, /* this store was put back from a backup: recording goes on in another log; write a new stick, its answer brings back what is missing */
    NODE_STICK_FORKED, /* the same, and what was recorded since then stands beside what the hub has: it goes on the next stick */
    NODE_STICK_LINE,   /* as the two before, but a line stands: it will settle it */
    NODE_STICK_UNCLEAR /* where the branches part isn't on the stick that this answers: write one with everything */
};

struct node_stick_news {
    enum node_stick_receipt_kind kind;
    Navette__Verdict verdict; /* what the hub found of the stick that this answers */
    uint64_t durable;         /* before */
    uint64_t safe;            /* after: safe at the hub up to here */
    uint64_t backed_up;
    uint64_t cursor;   /* hub position before */
    uint64_t taken;    /* entries that were not here */
    uint64_t answered; /* of what was asked for again */
    uint64_t back;     /* ... and is here again */
    uint64_t refused;  /* ... and could not be given */
};

/*
 * The receipt, a WELCOME frame of an answer whose signature was checked. input: a write transaction. NAVETTE_E_INVALID: none for this node. Deltas may follow when the kind is TAKEN. Effects as of
 * a step: with EFFECT_EVICT the deltas are a gap until it is carried out.
 */
int node_stick_receipt(struct node *node, const struct node_input *input, struct span frame, struct node_stick_news *news,
                       struct effects *effects);
/* One DELTA frame of the same answer. NAVETTE_E_GAP: what comes before it is not here: another answer has it. NAVETTE_E_INVALID. */
int node_stick_delta(struct node *node, const struct node_input *input, struct span frame, struct node_stick_news *news,
                     struct effects *effects);

/*
 * One FETCHED frame of the same answer, whatever the receipt said: each entry is held against its stub; what is here already, or is none of this node's, is passed over. NAVETTE_E_INVALID: no such frame. After the last of them
 * fold_refill() is called.
 */
int node_stick_fetched(struct node *node, const struct node_input *input, struct span frame, struct node_stick_news *news,
                       struct effects *effects);

#endif
