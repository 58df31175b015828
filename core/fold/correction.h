/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_CORRECTION_H
#define FOLD_CORRECTION_H

#include "fold/horizon.h"

/*
 * Clock corrections (FOLD.md 1). TABLE_CLOCK holds under (incarnation, boot) the offset that counts and the reference of its event, and
 * under (incarnation, boot, position) each correction there is.
 */
struct clock_boot {
    uint8_t incarnation[INCARNATION_SIZE];
    uint64_t boot;
};

/* Whose clock a ClockCorrected speaks of. */
struct clock_boot correction_boot(const struct event *event);

/* Calls `visit` with the position of each entry of that incarnation up to the horizon's limit, of any boot, those that stand apart from it (journal.h) last, until it answers other than 0. */
typedef int correction_visit(uint64_t position, void *context);
int correction_each(const struct horizon *horizon, const struct clock_boot *boot, correction_visit *visit, void *context);

/* Notes one that has just come; correction_choose() is then due. */
int correction_note(struct horizon *horizon, const struct event *event, uint64_t position);

/* Finds again the one that counts. *changed: 1 when times under this boot are no longer what they were. */
int correction_choose(const struct horizon *horizon, const struct clock_boot *boot, int *changed);

/* The ClockCorrected that counts for an event. NAVETTE_E_NOT_FOUND: its time is as written. */
int correction_of(const struct horizon *horizon, const struct event *event, struct ref *by);

/* time(e): Unix milliseconds. *corrected (may be NULL): by a correction, or as written. */
int correction_time(const struct horizon *horizon, const struct event *event, int64_t *time_ms, int *corrected);

#endif
