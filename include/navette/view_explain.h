/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_VIEW_EXPLAIN_H
#define NAVETTE_VIEW_EXPLAIN_H

#include "navette/count.h"
#include "navette/handover.h"
#include "navette/verdict.h"
#include "navette/view.h"

/*
 * The events behind what is not one thing's history and not a figure of the stock (view.h: figure_view). Folded alone they give the same again. NAVETTE_E_MEMORY, codes of
 * store.h.
 */

/* The three counts of a hand-over: all that speaks of it, whoever for. */
struct view_handover {
    struct handover handover; /* owned */
    struct view_handover_event {
        struct figure_cause cause;
        int party; /* enum handover_party: whose count it is part of; -1: it pairs a count */
    } * events;    /* by clock as written */
    size_t event_count;
};
/* moment NULL: now, and all. NAVETTE_E_NOT_FOUND: nothing speaks of it. */
int view_handover_explain(struct store_txn *state, struct store_txn *journal, const struct verdict_moment *moment,
                          const struct thing_key *key, struct view_handover *view);
void view_handover_free(struct view_handover *view);

/* The variance of a stocktake: its own events, and for each of its rows what put the thing where it lay then. What was scanned where it belongs has no row. */
struct view_variance {
    struct count_view count; /* owned */
    struct figure_event *events;
    size_t event_count;
    size_t session_count; /* of events: the session's own, first */
    size_t *row_events;   /* for the first row_count rows of count.rows: where theirs begin; one more: the end */
    size_t row_count;     /* at most max */
};
int view_variance_explain(struct store_txn *state, struct store_txn *journal, const struct verdict_moment *moment,
                          const uint8_t id[COUNT_ID_SIZE], size_t max, struct view_variance *view);
void view_variance_free(struct view_variance *view);

#endif
