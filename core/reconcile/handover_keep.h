/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_HANDOVER_KEEP_H
#define RECONCILE_HANDOVER_KEEP_H

#include "reconcile/handover_set.h"
#include "reconcile/reconcile.h"

/* Notes an event that has just come at horizon->limit under what it names, and keeps what its hand-over shows now, by difference. Any other event: nothing. */
int handover_keep_event(const struct horizon *horizon, const struct event *event);
/* The event went or came back: keeps anew what its hand-overs show. */
int handover_keep_again(const struct horizon *horizon, const struct event *event);

/* What is short or over, of the hand-over that goes by this very key; none for its other names. discrepancy_free(). */
int handover_keep_find(const struct horizon *horizon, const struct thing_key *key, struct discrepancy_findings *findings);

/* Calls `visit` for each key that any event names, in order. */
typedef int handover_keep_visit(const struct thing_key *key, void *context);
int handover_keep_each(struct store_txn *state, handover_keep_visit *visit, void *context);

#endif
