/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_RESERVATION_H
#define FOLD_RESERVATION_H

#include "navette/event.h"
#include "navette/state.h"

/* The life of an order (FOLD.md 4): one event of its history, applied to its record. */
void reservation_apply(const struct event *event, struct thing_record *record);

#endif
