/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_REFOLD_H
#define FOLD_REFOLD_H

#include "fold/append.h"
#include "fold/horizon.h"
#include "navette/fold.h"

/* The row of TABLE_ASIDE: parked u8, reason u8. */
#define ASIDE_ROW_SIZE 2u

/* Those of an event's things whose histories are folded. */
size_t refold_things(const Navette__Event *body, struct event_thing things[EVENT_THINGS_MAX]);

/* Puts the event last: the short way (append.h), label included. Contents are left to contain.h. */
int refold_append(struct fold *fold, const struct horizon *horizon, struct thing_record *record, const struct arrival *arrival,
                  const struct concern *concern);

/* The long way: reads the whole history, and makes the record, but for its contents, and the label from it. */
int refold_record(struct fold *fold, const struct horizon *horizon, struct thing_record *record);

/* The long way for all things of one event, in one change. */
int refold_event(struct fold *fold, const struct horizon *horizon, const struct event *event);
/* What was put off (afresh.h), each history once; horizon: up to the last entry folded. A new stretch begins. */
int refold_owed(struct fold *fold, const struct horizon *horizon);
/* What the histories of its things show is found again; records, counters and past stand. */
int refold_find(struct fold *fold, const struct horizon *horizon, const struct event *event);

/* A clock correction came, went or came back: chooses again for its boot, and re-folds what has events under it if times changed. */
int refold_boot(struct fold *fold, const struct horizon *horizon, const struct event *correction);

#endif
