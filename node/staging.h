/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_STAGING_H
#define NODE_STAGING_H

#include "navette/effects.h"
#include "navette/lmdb_store.h"

/*
 * The store beside this node's own into which a snapshot is taken (node.h), in "store/stage". Nothing of it is shown until it takes the other one's place; a crash leaves it where it was, and it goes on there.
 */
struct staging {
    struct lmdb_store *store; /* NULL: there is none */
    char folder[640];
    uint64_t map_bytes;
    uint64_t reserve_bytes;
    uint64_t read; /* of the node's own store, copied up to here */
};

struct office;

/* What an earlier process left goes on; to be called whenever a struct node begins. */
int staging_resume(struct office *office);
/* Carries out an EFFECT_STAGE. *next as node_stage_take(). NAVETTE_E_FULL. A store that does not hold is made anew: NAVETTE_E_CLOSED. */
int staging_take(struct staging *staging, const struct effect *effect, uint32_t *next);
/* A bounded step: folds what came; once it is whole and folds to what the hub says, copies what only the node's own store has, and puts it in its place. *busy: there is more to do at once. */
int staging_turn(struct office *office, int *busy);
void staging_close(struct staging *staging);

#endif
