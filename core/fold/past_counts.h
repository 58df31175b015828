/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_PAST_COUNTS_H
#define FOLD_PAST_COUNTS_H

#include "fold/horizon.h"
#include "fold/tally.h"

/*
 * What was counted at a moment by the set that the horizon shows, from what the fold keeps of the past (layers.h, standing.h): no history is read, but for those
 * of containers that something is known of since, when both questions are asked at once.
 */
struct past_counts {
    struct tally cells;      /* those that count 0 may be anything */
    int64_t owned[4];        /* by kind: bags and crates that are registered and not retired */
    struct keymap conflicts; /* keys of the things whose custody was contradicted */
};

/* at_ms: INT64_MAX: all that happened. grain: the less is told apart, the faster. past_counts_free() in any case. NAVETTE_E_STORE when the state contradicts itself. */
int past_counts_read(const struct horizon *horizon, int64_t at_ms, enum tally_grain grain, struct past_counts *counts);
void past_counts_free(struct past_counts *counts);

#endif
