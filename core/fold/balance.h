/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_BALANCE_H
#define FOLD_BALANCE_H

#include "fold/tally.h"
#include "navette/arena.h"

/*
 * Counts by cell while the rows of layers.h are added, one stretch of time after the other. What one stretch puts on the road the next takes off it: a cell that
 * comes to 0 gives its place to another, so that what is looked through stays small, however many cells the rows tell of.
 */
struct balance {
    enum tally_grain grain;
    int keeps; /* cells that come to 0 stay: all are told in the order in which they are first seen, as in a tally */
    struct balance_cell *cells;
    size_t count;
    size_t capacity;
    uint32_t given;             /* the last place that was given up, + 1; 0: none is free */
    struct balance_slot *slots; /* a power of two of them */
    size_t slot_count;
    size_t taken;
    struct arena *own; /* cells that no row has as they are */
};

void balance_init(struct balance *balance, enum tally_grain grain);
void balance_free(struct balance *balance);

/* Adds to cells that are told apart as the grain does. Their bytes are borrowed until balance_free(). NAVETTE_E_MEMORY. */
int balance_add(struct balance *balance, const struct span *cells, const int64_t *counts, size_t count);
/* The same of cells with all that there is (tally_number_of()); of a coarser grain a copy is kept of what has a place. NAVETTE_E_STORE: one is longer than any cell. */
int balance_add_whole(struct balance *balance, const struct span *cells, const int64_t *counts, size_t count);

/* Adds what it came to, of the same grain. NAVETTE_E_MEMORY. */
int balance_settle(const struct balance *balance, struct tally *tally);

#endif
