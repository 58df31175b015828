/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_FOLD_WORK_H
#define FOLD_FOLD_WORK_H

#include "fold/afresh.h"
#include "fold/digest.h"
#include "fold/tally.h"
#include "fold/timeline.h"
#include "navette/arena.h"
#include "navette/fold.h"
#include "reconcile/lapse.h"

/* Kept from event to event, until fold_end(): a counter is hit by many events of one transaction, and written once. */
struct fold_work {
    struct tally tally;
    struct digest_terms terms;
    struct timeline timeline;
    struct arena *arena; /* of the event under way */
    struct lapse lapse;
    struct afresh afresh;
};

/* Writes what the last events changed and forgets it: the state stands as after fold_end(), but for its numbers. */
int fold_settle(struct fold *fold);
/* fold_next() where nothing was given up. */
int fold_one(struct fold *fold);
/* refold_find(), wherever in between. */
struct horizon;
int fold_find(struct fold *fold, const struct horizon *horizon, const struct event *event);
/* A row of TABLE_ASIDE. */
#define ASIDE_WAITS 2
int fold_set_aside(struct fold *fold, uint64_t position, int parked, Navette__Reason reason);

#endif
