/* SPDX-License-Identifier: Apache-2.0 */
#include "random.h"

#include <string.h>

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = (*x += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return (x << bits) | (x >> (64u - bits));
}

void random_seed(struct random *random, uint64_t seed)
{
    for (size_t i = 0; i < 4; i++)
        random->state[i] = splitmix(&seed);
}

void random_stream(struct random *random, uint64_t seed, const char *label)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; *label != '\0'; label++)
        hash = (hash ^ (uint8_t)*label) * UINT64_C(0x100000001b3);
    random_seed(random, splitmix(&seed) ^ hash);
}

uint64_t random_u64(struct random *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate(s[1] * 5u, 7) * 9u;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

/* The bias of a plain remainder is below 2^-40 for the bounds used here. */
uint64_t random_below(struct random *random, uint64_t bound)
{
    return bound == 0 ? 0 : random_u64(random) % bound;
}

int64_t random_range(struct random *random, int64_t lowest, int64_t highest)
{
    return lowest + (int64_t)random_below(random, (uint64_t)(highest - lowest) + 1u);
}

int random_chance(struct random *random, uint32_t per_million)
{
    return random_below(random, 1000000u) < per_million;
}

int64_t random_skewed(struct random *random, int64_t lowest, int64_t highest)
{
    uint64_t span = (uint64_t)(highest - lowest);
    unsigned bits = 0;

    while (bits < 63 && (span >> bits) != 0)
        bits++;
    bits = (unsigned)random_below(random, bits + 1u);
    uint64_t offset = random_below(random, UINT64_C(1) << bits);
    return lowest + (int64_t)(offset > span ? span : offset);
}

void random_bytes(struct random *random, void *out, size_t len)
{
    uint8_t *to = out;

    while (len > 0) {
        uint64_t bits = random_u64(random);
        size_t part = len < sizeof(bits) ? len : sizeof(bits);
        for (size_t i = 0; i < part; i++)
            to[i] = (uint8_t)(bits >> (8u * i));
        to += part;
        len -= part;
    }
}
