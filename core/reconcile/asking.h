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

/* Judges an open one and takes it into the view. row: what, and opened_ms where that is not when the hub had the entry at what.opened. */
int verdict_take_open(struct asking *asking, struct verdict_row *row);

/* What is past its term now: late.c. */
int late_take(struct asking *asking);
/* 1 when what is kept as ended lasts again, 0, or a code. */
int late_is_open_again(const struct asking *asking, const struct discrepancy_row *row);

#endif
