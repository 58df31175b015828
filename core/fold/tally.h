/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_TALLY_H
#define FOLD_TALLY_H

#include "fold/keymap.h"
#include "navette/state.h"
#include "navette/store.h"

/* What cells are told apart by, from all there is to less and less. */
enum tally_grain {
    TALLY_WHOLE,
    TALLY_ROAD,   /* neither by home nor by day, but for the day of departure of what is on the road */
    TALLY_PLACES, /* nor by that day */
    TALLY_STATES, /* nor by where things on the road go to */
};

/* Counts by cell: differences on their way into the counters, or a count made afresh. */
struct tally {
    struct keymap cells; /* encoded; others may number theirs in it (moves.h) */
    int64_t *counts;
    size_t counted; /* so many of the cells have a count: 0 of those behind */
    size_t capacity;
    struct buffer scratch;
    enum tally_grain grain;
};

void tally_init(struct tally *tally);
void tally_free(struct tally *tally);

/* The number of a cell, encoded; a new one counts 0. NAVETTE_E_MEMORY. */
int tally_number(struct tally *tally, struct span cell, uint32_t *number);
/* The same of a cell with all that there is, of which the tally's grain leaves some out; of what is no cell (counted.h): of its bytes. */
int tally_number_of(struct tally *tally, struct span cell, uint32_t *number);
/* The cell as a grain tells it apart: cell_leave_out(). */
size_t tally_coarsen(enum tally_grain grain, struct span cell, uint8_t *less);
/* Adds all of another's. */
int tally_gather(struct tally *tally, const struct tally *more);
int tally_add(struct tally *tally, const struct cell *cell, int64_t count);
/* A root (neither missing nor inside anything: thing_record_is_inside() is 0) with all its contents, `times` 1 or -1. */
int tally_add_root(struct tally *tally, const struct thing_record *root, int times);
/* From what the root was to what it is; lines that did not change where nothing else did are not looked at. */
int tally_add_change(struct tally *tally, const struct thing_record *old, const struct thing_record *new);

/* Adds each count to its row of TABLE_COUNTER. NAVETTE_E_STORE when one would fall below 0. */
int tally_apply(struct tally *tally, struct store_txn *state);

#endif
