/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_RANDOM_H
#define NAVETTE_SIM_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Everything that is left to chance in a simulated run comes from here: xoshiro256** (Blackman and Vigna 2018), seeded through splitmix64.
 * One stream for each concern, so that a change in the faults drawn does not change the names of the documents.
 */
struct random {
    uint64_t state[4];
};

void random_seed(struct random *random, uint64_t seed);
/* A stream of its own, the same for the same seed and label whatever else was drawn. */
void random_stream(struct random *random, uint64_t seed, const char *label);

uint64_t random_u64(struct random *random);
uint64_t random_below(struct random *random, uint64_t bound);                  /* 0 .. bound - 1; 0 for bound 0 */
int64_t random_range(struct random *random, int64_t lowest, int64_t highest);  /* both included */
int random_chance(struct random *random, uint32_t per_million);                /* 1 or 0 */
int64_t random_skewed(struct random *random, int64_t lowest, int64_t highest); /* both included; each doubling equally likely */
void random_bytes(struct random *random, void *out, size_t len);

#endif
