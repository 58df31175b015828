/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_APPEND_H
#define FOLD_APPEND_H

#include "fold/explain.h"
#include "fold/horizon.h"
#include "navette/state.h"

/*
 * The short way: an event that comes last in the order of a history is applied to the record, the history is not read.
 *
 * Let O be the order of a history H and e the new event. e is last, and O stands unchanged before it, when
 *  - no entry of H names e as a parent or as its dispatch: `missing` has a bit for each that one names in vain; and
 *  - e explains no entry of H that was placed with its explanation neither found nor waited for: `wanted` has a bit for each of those. (An
 *    entry that had its explanation, or that waited and was placed in the end, is as before: one explanation more changes nothing of
 *    either.) What descends from an entry does not explain it: if e descends from all of H (it names the last of O as a parent, and that one
 *    descends from all others: ORDER_CHAIN), `wanted` is not asked; and
 *  - e is not placed before the last of H: because it names the last of O as its parent, or because it is greater than all of H
 *    and at every step of O something did not wait (not ORDER_FORCED), and was smaller; and
 *  - every entry of H had its parents placed (not ORDER_CYCLE), nor does e name itself.
 * The filters may have bits too many: the history is then read, and gives the same.
 */

/* What an event's own references say, the same for each of its things. */
struct arrival {
    const struct event *event;
    uint64_t missing; /* filter of parents that are not in the set yet */
    int odd;          /* a parent is absent or the event itself: only the whole history tells */
};

/* known: references of present entries, such as the last ones of the things concerned. */
int append_arrive(const struct horizon *horizon, const struct event *event, const struct ref *known, size_t known_count,
                  struct arrival *arrival);

/* Is the event the last in the order of this record's history? 1 or 0. */
int append_is_last(const struct thing_record *record, const struct arrival *arrival, const struct concern *concern);

/* Does its explanation stand open? 1, 0, or -1: only the whole history tells. To be called before append_note(). */
int append_is_explained(const struct thing_record *record, const struct arrival *arrival, const struct concern *concern);

/* Puts it last in the record's tail. To be called before the event changes the record's custody. */
void append_note(struct thing_record *record, const struct arrival *arrival, const struct concern *concern);

#endif
