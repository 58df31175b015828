/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_LAPSE_H
#define RECONCILE_LAPSE_H

#include "reconcile/due.h"

/*
 * What had a term (due.h), was past it at this replica, and ended: kept, so that what had been shown can be shown withdrawn, or settled when it ended late
 * indeed. Nothing is written of what ends in time; while it lasts it is derived when asked (verdict.h).
 *
 * An end that comes within LAPSE_SHOWN_MS of hub time after the term, or after the event that opened it, counts as in time: nobody had been shown anything,
 * and a hub that takes in years at once keeps nothing of them.
 */
#define LAPSE_SHOWN_MS INT64_C(900000)

struct lapse {
    struct due_rules rules; /* those decided so far; read when first needed */
    int loaded;
    uint64_t recent;           /* entries from this position on came within LAPSE_SHOWN_MS of the last */
    int64_t recent_ms;         /* when it came */
    int64_t now_ms;            /* when the entry under way came, on the hub's clock; as written where the hub has not told */
    const struct event *event; /* the one under way */
    uint64_t at;               /* its position where it stands before the horizon's limit (afresh.h); 0: that is its position */
};

/* An entry is about to be folded: at its position, with this event. */
void lapse_begin(struct lapse *lapse, const struct journal_entry *entry, uint64_t position, const struct event *event);
/* Where what the event under way opens, ends or withdraws is said to be. */
uint64_t lapse_position(const struct lapse *lapse, const struct horizon *horizon);
/* Rules or places may be others: they are read again. */
void lapse_forget(struct lapse *lapse);

/* A record changes from old to new: keeps what that ends. Codes of store.h. */
int lapse_take(struct lapse *lapse, const struct horizon *horizon, const struct thing_record *old, const struct thing_record *new);

#endif
