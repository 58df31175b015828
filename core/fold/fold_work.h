/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_FOLD_WORK_H
#define FOLD_FOLD_WORK_H

#include "fold/digest.h"
#include "fold/tally.h"
#include "fold/timeline.h"
#include "navette/arena.h"
#include "reconcile/lapse.h"

/* Kept from event to event, until fold_end(): a counter is hit by many events of one transaction, and written once. */
struct fold_work {
    struct tally tally;
    struct digest_terms terms;
    struct timeline timeline;
    struct arena *arena; /* of the event under way */
    struct lapse lapse;
};

#endif
