/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_HLC_H
#define NAVETTE_HLC_H

#include <stdint.h>

/*
 * Hybrid logical clock: the upper 48 bits are Unix milliseconds, the lower 16 a counter (Kulkarni et al. 2014). For display and ties,
 * never for correctness.
 */
struct hlc {
    uint64_t last;
};

#define HLC_MAX_AHEAD_MS 300000u /* a peer's clock further ahead of ours than this is not merged: one bad clock must not drag the others */

uint64_t hlc_make(int64_t wall_ms, uint16_t counter); /* wall_ms is clamped to 0 .. 2^48-1 */
int64_t hlc_ms(uint64_t hlc);

/* The next value, after every earlier one and every merged one, at or after wall_ms. */
uint64_t hlc_tick(struct hlc *hlc, int64_t wall_ms);
/* Takes note of a value seen in somebody else's event, unless it is over HLC_MAX_AHEAD_MS ahead of wall_ms. */
void hlc_merge(struct hlc *hlc, uint64_t seen, int64_t wall_ms);

#endif
