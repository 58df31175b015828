/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_ASKING_H
#define RECONCILE_ASKING_H

#include "fold/horizon.h"
#include "navette/verdict.h"
#include "reconcile/due.h"
#include "reconcile/serving.h"

/* A question under way (verdict.h), for the kinds that are derived when asked. */
struct asking {
    struct store_txn *state;
    struct store_txn *journal;
    const struct verdict_options *options;
    struct verdict_view *view;
    struct serving serving;
    struct due_rules rules;
    struct horizon horizon;
    size_t capacity;
    struct verdict_node *nodes; /* those concerned by the row that was judged last; only for an explanation */
    size_t node_count;
    size_t node_capacity;
};

/* When the hub had the entry at this position, as far as this store knows; 0: it has not. self (may be NULL): which it is. */
int verdict_hub_time(const struct asking *asking, uint64_t position, int64_t *time_ms, struct ref *self);

/* Judges an open one and takes it into the view. row: what, and opened_ms where that is not when the hub had the entry at what.opened. */
int verdict_take_open(struct asking *asking, struct verdict_row *row);

/*
 * Is one side of it known from the phone alone, by what was known then (UINT64_MAX: now)? 1: row->phone, and came_ms is when the hub had that; 0; or a code. hearsay.c.
 */
int hearsay_of(const struct asking *asking, struct verdict_row *row, uint64_t known, int64_t *came_ms);

/* What is past its term now: late.c. */
int late_take(struct asking *asking);
/* 1 when what is kept as ended lasts again, 0, or a code. */
int late_is_open_again(const struct asking *asking, const struct discrepancy_row *row);

#endif
