/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_PAIR_SNAPSHOT_H
#define TESTS_PAIR_SNAPSHOT_H

#include "navette/snapshot.h"
#include "pair.h"

/*
 * Snapshots between the hub and the nodes of a pair, as the daemons make, give and take them: made when asked for, of what the journal has then; taken into a store beside a node's own. What is damaged on purpose is
 * said in pair->snapshot_lie.
 */
struct pair_snapshot {
    struct buffer manifest;
    uint8_t signature[SIGNATURE_SIZE];
    struct buffer *chunks;
    size_t count;
    uint8_t id[HASH_SIZE];
};

enum pair_snapshot_lie {
    LIE_NONE,
    LIE_CHUNK,     /* a bit of one chunk's body */
    LIE_SIGNATURE, /* ... of the signature */
    LIE_MANIFEST,  /* ... of the manifest, after it was signed */
    LIE_DIGEST,    /* the manifest says that it folds to something else, and is signed */
    LIE_EPOCH,     /* it is of another journal */
    LIE_SCHEMA     /* of another version's fold */
};

/* Made for this node, of everything up to the journal's tail. pair_snapshot_free(). */
struct pair_snapshot *pair_snapshot_make(struct pair *pair, size_t node);
void pair_snapshot_free(struct pair_snapshot *snapshot);

/* The parts of pair.c. */
void pair_snapshot_answer(struct pair *pair, struct pair_node *node, const struct effect *effect);
int pair_snapshot_stage(struct pair_node *node, const struct effect *effect, uint32_t *next);
/* What is whole is compared and takes the place of the node's store. 1: it did. */
int pair_snapshot_turn(struct pair *pair, size_t node);

#endif
