/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_HANDOVER_H
#define RECONCILE_HANDOVER_H

#include "navette/handover.h"
#include "reconcile/handover_set.h"

/* What all that speaks of a hand-over makes of it. NAVETTE_E_MEMORY; handover_free(). */
int handover_of(const struct handover_set *set, struct handover *handover);
/* The discrepancies it shows, at most one of each kind. */
#define HANDOVER_FINDINGS_MAX 2u
size_t handover_find(const struct handover *handover, struct discrepancy_finding findings[HANDOVER_FINDINGS_MAX]);

#endif
