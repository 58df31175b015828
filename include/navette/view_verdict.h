/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_VIEW_VERDICT_H
#define NAVETTE_VIEW_VERDICT_H

#include "navette/verdict.h"
#include "navette/view.h"

/*
 * Why a discrepancy is what it is, whatever its kind: the events that show it, the entry that made it derivable here, every concerned node and when it passed or
 * since when it is unheard, the grace and the rule it comes from, the term when it has one, and what closed it. What its kind means is discrepancy.h's
 * table; in words: message_verdict.h.
 */
struct view_verdict {
    struct verdict_explanation why;
    struct figure_cause events[DISCREPANCY_EVENTS]; /* as why.row.what.finding.events; of those not held here the name alone */
    struct figure_cause opened;
    struct figure_cause closed; /* seq 0: open */
};

/*
 * options: as for verdict_list(), with `id`, the first hex digits of its id. NAVETTE_E_NOT_FOUND: none begins so; NAVETTE_E_AMBIGUOUS: several do; NAVETTE_E_MEMORY,
 * codes of store.h.
 */
int view_verdict(struct store_txn *state, struct store_txn *journal, const struct verdict_options *options, struct view_verdict *view);
void view_verdict_free(struct view_verdict *view);

/* Hex digits enough to be the beginning of an id, when nothing else answers to them. */
#define VIEW_VERDICT_DIGITS 8u

#endif
