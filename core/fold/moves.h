/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_MOVES_H
#define FOLD_MOVES_H

#include "fold/keymap.h"

/*
 * Differences of what is counted (counted.h), by when they happened and by when they were known: from `time_ms` on, and for who knows the journal up to
 * `position`, a cell counts `count` more. What is counted at a moment, by what was known, is the sum of those at or before both.
 */
struct move {
    int64_t time_ms;
    uint64_t position;
    uint32_t cell; /* its number in moves_cells() */
    int32_t count;
};

struct moves {
    struct keymap cells;
    struct keymap *lent; /* borrowed: somebody else's cells, to be used instead of its own; NULL: none */
    struct move *list;
    size_t count;
    size_t capacity;
};

void moves_init(struct moves *moves);
void moves_free(struct moves *moves); /* what was lent stays lent */
struct keymap *moves_cells(struct moves *moves);

/* NAVETTE_E_MEMORY. */
int moves_add(struct moves *moves, struct span cell, const struct move *move);
/* The same of a cell that has its number already. */
int moves_add_number(struct moves *moves, uint32_t number, const struct move *move);
/* Makes one of those of the same cell and moment, behind the first `from`, which are of one position; those that count 0 go. */
void moves_merge(struct moves *moves, size_t from);

#endif
