/* SPDX-License-Identifier: Apache-2.0 */
#include "seed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

uint64_t seed_start(void)
{
    const char *text = getenv("SEED");
    uint64_t seed = text == NULL ? 1 : strtoull(text, NULL, 10);

    printf("# SEED=%" PRIu64 "\n", seed);
    return seed;
}

uint64_t seed_next(uint64_t *random)
{
    uint64_t z = *random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t seed_below(uint64_t *random, uint64_t below)
{
    return seed_next(random) % below;
}
