/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_TAKING_H
#define FOLD_TAKING_H

#include "fold/horizon.h"

/*
 * Where the events of a stocktaking stand. TABLE_TAKING: id of the count 16, what u8, position u64 -> nothing. Rows of what is retracted stay: who reads them asks.
 */
#define TAKING_ID_SIZE 16u
#define TAKING_KEY_SIZE (TAKING_ID_SIZE + 1u + 8u)

enum taking_what { TAKING_OPENED = 1, TAKING_LINE = 2, TAKING_CLOSED = 3 };

/* Notes a CountOpened, CountLine or CountClosed at the horizon's limit; any other event: nothing. */
int taking_take(const struct horizon *horizon, const struct event *event);

#endif
