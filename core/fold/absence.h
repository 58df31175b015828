/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_ABSENCE_H
#define FOLD_ABSENCE_H

#include "fold/horizon.h"

/*
 * Retractions and refusals (FOLD.md 1). They are noted by target, so that they may come before it; whether an entry is absent is asked each time.
 */

/* What a Retracted or EventRefused speaks of; seq 0 for any other body. */
struct ref absence_target(const struct event *event);

/* Notes one that has just come. */
int absence_note(struct horizon *horizon, const struct event *event, uint64_t position);

/* 1 absent, 0 present, or a code. by (may be NULL): the retraction or refusal that makes it so, the smallest of them. */
int absence_of(const struct horizon *horizon, const struct event *event, struct ref *by);

/* Was the entry refused by the hub? 1, 0 or a code. Unlike absence nothing takes that back. */
int absence_is_refusal(const struct horizon *horizon, const struct event *event);

/* Would `correction` make `target` absent, were it itself present? */
int absence_is_admissible(const struct event *correction, const struct event *target);

#endif
