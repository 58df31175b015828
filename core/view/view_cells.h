/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_CELLS_H
#define VIEW_CELLS_H

#include "navette/view.h"

/* What all counting views begin with: the cells of a kind, now from the counters, or at a moment from what the fold keeps of the past. */
struct view_cells {
    struct stock_row *rows;
    size_t count;
    size_t capacity;
};

/* What is to be told apart beside place, state and material. */
struct view_cells_ask {
    int kind;
    int by_home; /* else home is "" in all */
    int by_day;  /* of departure, of what is on the road; else day is 0 in all */
    int by_to;   /* else the destination is "" in all */
};
/* In no order. view_cells_free() in any case. */
int view_cells_read(struct store_txn *state, struct store_txn *journal, const struct view_cells_ask *ask, int64_t at_ms, uint64_t known,
                    struct view_cells *cells);
/* Adds those of what was counted. */
struct past_counts;
int view_cells_take(const struct past_counts *past, const struct view_cells_ask *ask, struct view_cells *cells);
void view_cells_free(struct view_cells *cells);
int view_cells_add(struct view_cells *cells, const struct cell *cell, int64_t count);
/* Sorts by place, state, material, home, kind, to, day, and makes one row of those that are the same. */
void view_cells_merge(struct view_cells *cells);
/* Does a cell, as it is shown, belong to what the filter asks for? By home or not is the caller's. */
int view_cells_is_wanted(const struct stock_filter *filter, const struct cell *cell);

/* The declared relays. */
struct view_relays {
    struct place_row *places;
    size_t count;
};
int view_relays_read(struct store_txn *state, struct store_txn *journal, uint64_t known, struct view_relays *relays);
void view_relays_free(struct view_relays *relays);
/* A state as it is shown: shelf, clean and packed at a relay are "at relay". */
int view_relays_show(const struct view_relays *relays, int state, const char *place);

#endif
