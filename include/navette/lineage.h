/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_LINEAGE_H
#define NAVETTE_LINEAGE_H

#include <stddef.h>
#include <stdint.h>

#include "navette/limits.h"
#include "navette/span.h"

/*
 * The epochs of a hub's journal. A hub that is put back from a backup goes on under a new epoch: positions up to the backup's end are the same journal, those after it
 * are another's. A cursor is therefore (epoch, position); whoever has seen more of an older epoch than was kept goes back to where the two part.
 */
struct lineage_epoch {
    uint8_t id[EPOCH_SIZE];
    uint64_t end;     /* last position of it that the next one took over; of the last one: 0 */
    int64_t begun_ms; /* hub time */
};

/* Oldest first. Zeroed: none is known. */
struct lineage {
    size_t count;
    struct lineage_epoch epochs[LIMIT_EPOCHS];
};

/* The one that is written. NULL when there is none. */
const struct lineage_epoch *lineage_last(const struct lineage *lineage);

/* `end`: the position at which the last one ended. The oldest is forgotten past LIMIT_EPOCHS. */
void lineage_begin(struct lineage *lineage, uint64_t end, const uint8_t id[EPOCH_SIZE], int64_t now_ms);

/* How far a reader at `cursor` of the last epoch of `own` has read the journal of `other`: at most cursor; 0 when they have no epoch in common. */
uint64_t lineage_common(const struct lineage *own, uint64_t cursor, const struct lineage *other);

/* As it is stored: id, end, begun of each. Decoding: NAVETTE_E_STORE. */
#define LINEAGE_BYTES (LIMIT_EPOCHS * (EPOCH_SIZE + 16u))
size_t lineage_encode(const struct lineage *lineage, uint8_t out[LINEAGE_BYTES]);
int lineage_decode(struct span bytes, struct lineage *lineage);

#endif
