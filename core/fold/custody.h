/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_CUSTODY_H
#define FOLD_CUSTODY_H

#include "navette/event.h"
#include "navette/state.h"

/*
 * The custody machine of FOLD.md 4: what one event does to one item, bag or crate that it concerns. Pure: contents, order and the local tail
 * are not looked at. For a place, rule or node: the event that counts becomes the cause.
 */
void custody_apply(const struct event *event, enum event_part part, int64_t time_ms, struct thing_record *record);

/* Does the event say what is on the label of the thing (an item, bag or crate)? 1: *label is replaced. */
int custody_label(const Navette__Event *body, struct label *label);

/* Days since 1970-01-01 of YYYY-MM-DD in the Gregorian calendar, year 0001 to 9999. NAVETTE_E_INVALID. */
int custody_day(const char *date, int32_t *day);

#endif
