/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/hlc.h"

#define HLC_MS_MAX ((INT64_C(1) << 48) - 1)

static int64_t clamp(int64_t wall_ms)
{
    if (wall_ms < 0)
        return 0;
    return wall_ms > HLC_MS_MAX ? HLC_MS_MAX : wall_ms;
}

uint64_t hlc_make(int64_t wall_ms, uint16_t counter)
{
    return (uint64_t)clamp(wall_ms) << 16 | counter;
}

int64_t hlc_ms(uint64_t hlc)
{
    return (int64_t)(hlc >> 16);
}

uint64_t hlc_tick(struct hlc *hlc, int64_t wall_ms)
{
    uint64_t now = hlc_make(wall_ms, 0);

    /* A full counter runs into the milliseconds: still after every earlier value. */
    if (now > hlc->last)
        hlc->last = now;
    else if (hlc->last < UINT64_MAX)
        hlc->last++;
    return hlc->last;
}

void hlc_merge(struct hlc *hlc, uint64_t seen, int64_t wall_ms)
{
    if (hlc_ms(seen) > clamp(wall_ms) + (int64_t)HLC_MAX_AHEAD_MS)
        return;
    if (seen > hlc->last)
        hlc->last = seen;
}
