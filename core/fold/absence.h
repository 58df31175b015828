/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_ABSENCE_H
#define FOLD_ABSENCE_H

#include "fold/horizon.h"

/*
 * Retractions, refusals and admissions (FOLD.md 1). They are noted by target, so that they may come before it; whether an entry is absent is asked each time.
 */

/* What a Retracted, EventRefused or EventAdmitted speaks of; seq 0 for any other body. */
struct ref absence_target(const struct event *event);

/* Notes one that has just come. */
int absence_note(struct horizon *horizon, const struct event *event, uint64_t position);

/* 1 absent, 0 present, or a code. by (may be NULL): the retraction or refusal that makes it so, the smallest of them. */
int absence_of(const struct horizon *horizon, const struct event *event, struct ref *by);

/* The value of a row of TABLE_RETRACT: what stands behind it, so that refusals are found without reading all the others. */
enum absence_kind { ABSENCE_RETRACTS = 1, ABSENCE_REFUSES = 2, ABSENCE_ADMITS = 3 };

/*
 * The refusals of an entry that no admission has taken back, at most max of them: their number, or a code. The entry itself need not be readable, nor here. A retraction changes nothing about them.
 */
int absence_refusals(const struct horizon *horizon, const struct ref *target, struct ref *list, size_t max);

/* Would `correction` make `target` absent, were it itself present? */
int absence_is_admissible(const struct event *correction, const struct event *target);

#endif
