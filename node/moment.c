/* SPDX-License-Identifier: Apache-2.0 */
#include "node/moment.h"

#include "navette/system.h"

struct moment moment_now(void)
{
    return (struct moment){
        .wall_ms = system_wall_ms(),
        .monotonic_ms = system_monotonic_ms(),
        .boottime_ms = system_boottime_ms(),
        .boot = system_boot(),
        .synced = system_clock_synced(),
    };
}
