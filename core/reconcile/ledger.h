/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_LEDGER_H
#define RECONCILE_LEDGER_H

#include "fold/horizon.h"
#include "navette/discrepancy.h"

/*
 * Untagged bags: sums by kind, moved by the difference of what is in the set, so that no order of arrival matters (navette/pool.h says what they mean). A kind is
 * kept a ledger of once a PoolCommissioned of it counts; then these are found, subject THING_POOL of the kind:
 *   - a place has given more than it ever had (concerned: the place; leg: the place)
 *   - what was received on a slip is not what was dispatched on it; between two places without a slip, more was received than was sent (concerned: both ends;
 *     leg: the slip, or the pair)
 *
 * TABLE_POOL: 1 || position u64 -> u8: counted, or absent; 2 || kind || 0 || cell || 0 ... -> i64, absent when 0. Cells: 'C' commissionings, 'O' owned, 'X' lost,
 * 'S' place: come in less gone out, 'H' place: with persons, 'K' place: collected, 'L' leg 's' sent, 'r' received, 'p' place: times named as an end.
 * 3 || kind || 0 || 'S' place, or 'L' leg 's', 'r' || HLC as written u64, reference -> nothing: an event that counts and takes out of that place, or of that end. The last ones of them
 * are the events that a finding names: what took out of a place; what was received on a leg, then what was sent.
 */
#define LEDGER_KEY_MAX (2u + LIMIT_CODE + 1u + 1u + LIMIT_CODE + 2u * (LIMIT_PLACE_CODE + 1u) + 2u)
#define LEDGER_EVENT_MAX (LEDGER_KEY_MAX + 8u + REF_SIZE)

/* An event at the horizon's limit; one without pools: nothing. */
int ledger_take(const struct horizon *horizon, const struct event *event);
/* It was retracted, or that was: counts it, or takes it out. */
int ledger_again(const struct horizon *horizon, const struct event *event);

/* What the sums of a kind show, afresh: discrepancy_free(). */
int ledger_find(const struct horizon *horizon, const char *kind, struct discrepancy_findings *findings);

/* Calls `cell` for each sum of all kinds, in key order, until it answers other than 0. what: the letter; name: place or leg; end: 's', 'r', 'p' of a leg. */
struct ledger_cell {
    const char *kind;
    char what;
    const char *name; /* a slip, or "from\x1fto" */
    char end;
    int64_t count;
};
typedef int ledger_visit(const struct ledger_cell *cell, void *context);
int ledger_each(struct store_txn *state, ledger_visit *visit, void *context);

#endif
