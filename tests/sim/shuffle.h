/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_SHUFFLE_H
#define NAVETTE_SIM_SHUFFLE_H

#include "navette/limits.h"

#include <stdint.h>

struct world;

/*
 * At rest: what the hub holds, appended in another order to an empty journal and folded, gives the digest and the findings that it has. Each log comes in its own order and a
 * frontier behind what it speaks of, as any hub would have got them; in some runs the order is the hub's own.
 */
void shuffle_check(struct world *world, const uint8_t digest[HASH_SIZE], const uint8_t found[HASH_SIZE]);

#endif
