/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_HANDOVER_H
#define RECONCILE_HANDOVER_H

#include "navette/handover.h"
#include "reconcile/handover_set.h"

/* What all that speaks of a hand-over makes of it. NAVETTE_E_MEMORY; handover_free(). */
int handover_of(const struct handover_set *set, struct handover *handover);
/* The discrepancies it shows: short, over, and what each party said on the phone against what it counted. */
#define HANDOVER_FINDINGS_MAX (2u + HANDOVER_PARTIES)
size_t handover_find(const struct handover *handover, struct discrepancy_finding findings[HANDOVER_FINDINGS_MAX]);

#endif
