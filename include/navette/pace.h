/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_PACE_H
#define NAVETTE_PACE_H

#include <stdint.h>

/*
 * So many at once, then one in so long. paid_ms: up to when what came so far has used up its time, by the caller's clock; 0 at first.
 * A clock that was put back takes no time from anybody.
 */

/* From when on the next one may come. */
static inline int64_t pace_from_ms(int64_t paid_ms, int64_t now_ms, int64_t at_once, int64_t every_ms)
{
    return paid_ms - now_ms > at_once * every_ms ? now_ms : paid_ms - (at_once - 1) * every_ms;
}

/* paid_ms once one has come. */
static inline int64_t pace_pay(int64_t paid_ms, int64_t now_ms, int64_t at_once, int64_t every_ms)
{
    return (paid_ms > now_ms && paid_ms - now_ms <= at_once * every_ms ? paid_ms : now_ms) + every_ms;
}

#endif
