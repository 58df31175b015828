/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_CLOCK_H
#define RECONCILE_CLOCK_H

#include "fold/horizon.h"
#include "navette/discrepancy.h"

/*
 * Suspect clocks (FOLD.md, Clarified 23). A statement says: my log ends at seq, and the hub's clock has told me h; the hub notes it when its own clock says n. What the log holds
 * behind seq was written after h, what it holds up to seq before n. A time (as written, or as corrected) that lies further outside all that was stated of its log than
 * CLOCK_TOLERANCE_MS, or before CLOCK_FIRST_MS, can't be right. HLCs of one log only grow: the first entry behind a stated end and the one at the next end tell for all between.
 *
 * One finding for each boot of a log, of the first of these entries; subject: the node; concerned: where that one happened. It follows from the set, in whatever order statements,
 * entries and corrections of the clock come (those of a log that a hub lost come back behind later ones, and before the entries of which they speak). An entry that this store
 * does not hold tells nothing.
 */
#define CLOCK_TOLERANCE_MS INT64_C(900000)
#define CLOCK_FIRST_MS INT64_C(1420070400000) /* 2015: no program that writes such a log is older */

/* A FrontierNoted at the horizon's limit; any other event: nothing. *lacking: how many stated ends wait for an entry that tells, kept. */
int clock_take(const struct horizon *horizon, const struct event *event, uint64_t *lacking);
/* The entry at the horizon's limit has come while some wait. */
int clock_arrived(const struct horizon *horizon, uint64_t *lacking);
/* Another correction counts for this boot. */
int clock_again(const struct horizon *horizon, const uint8_t incarnation[INCARNATION_SIZE], uint64_t boot);
/* All that was stated shows, afresh: calls `visit` for each, by subject, then id, until it answers other than 0. NAVETTE_E_MEMORY. */
int clock_each(const struct horizon *horizon, discrepancy_visit *visit, void *context);

#endif
