/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_MOMENT_H
#define NODE_MOMENT_H

#include <stdint.h>

/* What the node takes for now. The daemon reads the machine's clocks; a replay makes its own, and everything below obeys it. */
struct moment {
    int64_t wall_ms;      /* Unix milliseconds, right or wrong */
    int64_t monotonic_ms; /* for deadlines */
    uint64_t boottime_ms; /* CLOCK_BOOTTIME */
    uint64_t boot;        /* first 8 bytes of the boot id */
    int synced;           /* 1: the wall clock is known to be right */
};

struct moment moment_now(void);

#endif
