/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_COUNT_WORK_H
#define VIEW_COUNT_WORK_H

#include "fold/horizon.h"
#include "fold/keymap.h"
#include "navette/count.h"

/* A stocktaking being read: count.c reads its events, count_view.c what they show. */
struct count_line {
    int64_t time_ms;
};

/* When something was said, for which of two counts: the journal's order is that of arrival. */
struct count_moment {
    int64_t time_ms;
    uint64_t hlc;
    struct ref self; /* seq 0: nothing was */
};

struct count_events {
    struct count_session session;
    int any;                                     /* anything of it counts */
    struct count_moment first, opening, closing; /* the first event of it; the first opening, the first closing */
    struct keymap scanned;
    struct count_line *lines; /* of each scanned thing: when first */
    struct keymap listed;     /* missing, as its closings said */
};

/* NAVETTE_E_NOT_FOUND: nothing of it counts. count_events_free() in any case. */
int count_events_read(const struct horizon *horizon, int64_t at_ms, const uint8_t id[COUNT_ID_SIZE], struct count_events *events);
void count_events_free(struct count_events *events);

#endif
