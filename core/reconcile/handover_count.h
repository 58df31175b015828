/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_HANDOVER_COUNT_H
#define RECONCILE_HANDOVER_COUNT_H

#include "navette/handover.h"
#include "reconcile/handover_set.h"

/* Fills parties, tags and dispatches of a hand-over from all that speaks of it. NAVETTE_E_MEMORY: handover_free() all the same. */
int handover_count_set(const struct handover_set *set, struct handover *handover);
/* HANDOVER_GIVER, _CARRIER or _TAKER; -1: no party that this version knows. */
int handover_count_party(Navette__HandoverParty party);

#endif
