/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_CLOCK_H
#define RECONCILE_CLOCK_H

#include "fold/horizon.h"
#include "navette/discrepancy.h"

/*
 * Suspect clocks. A statement says: my log ends at seq, and the hub's clock has told me h; the hub notes it when its own clock says n. What the log holds behind
 * seq was written after h, what it holds up to seq before n. A time (as written, or as corrected) that lies further outside than CLOCK_TOLERANCE_MS, or before
 * CLOCK_FIRST_MS, can't be right. HLCs of one log only grow: the first entry behind a statement and the last one before it tell for all between.
 *
 * One finding for each boot of a log; subject: the node; concerned: where its entries happened. The hub notes a statement behind the entries it speaks of, and
 * its log comes in order: so the findings follow from the set. (A node whose scope was widened gets older entries behind the notes of them, and leaves those to
 * the hub.) A correction of the clock, or of that, asks again.
 */
#define CLOCK_TOLERANCE_MS INT64_C(900000)
#define CLOCK_FIRST_MS INT64_C(1420070400000) /* 2015: no program that writes such a log is older */

/* A FrontierNoted at its position, already taken in (frontier_take()); any other event: nothing. */
int clock_take(const struct horizon *horizon, const struct event *event);
/* Another correction counts for this boot. */
int clock_again(const struct horizon *horizon, const uint8_t incarnation[INCARNATION_SIZE], uint64_t boot);
/* What all that was stated shows of the node, afresh: discrepancy_free(). */
int clock_find(const struct horizon *horizon, const uint8_t node[NODE_ID_SIZE], struct discrepancy_findings *findings);

#endif
