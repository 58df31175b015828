/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_TIMELINE_H
#define FOLD_TIMELINE_H

#include "fold/moves.h"
#include "fold/order.h"

/*
 * What one event changes in the past of one thing: moves (moves.h) and, of what holds things, where it stood (standing.h). Most events happened after all that
 * is known of their thing: they change what it is from then on. Others change what it was: its old past is taken out and its new one put in, by difference.
 */
struct timeline {
    struct moves moves;
    int amends;    /* the event under way retracts, refuses or corrects a clock: what was before is read with the corrections of before */
    uint64_t from; /* the past that is there is the one that was known before this position; 0: before the event under way */

    /* between timeline_before() and what comes after it */
    struct buffer counted;
    struct buffer standing;
    struct buffer scratch;
};

void timeline_init(struct timeline *timeline);
void timeline_free(struct timeline *timeline);

/* Notes what the thing is, before an event changes it. NAVETTE_E_MEMORY. */
int timeline_before(struct timeline *timeline, const struct thing_record *record);
/* What it is now, after an event at time_ms that happened after all others of its history. */
int timeline_last(struct timeline *timeline, const struct horizon *horizon, const struct thing_record *record, int64_t time_ms);
/* Of that only where it stands by what is known now: the rest of its past is to come. */
int timeline_stands(struct timeline *timeline, const struct horizon *horizon, const struct thing_record *record);
/* What it is now, after an event that may change all of its past. chronicle, order: its history now. newest: of its trail. */
int timeline_again(struct timeline *timeline, const struct horizon *horizon, const struct thing_record *record,
                   const struct chronicle *chronicle, const struct order *order);

#endif
