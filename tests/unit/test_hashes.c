/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log/hashes.h against libsodium's BLAKE2b.
 *   - every length from nothing to five blocks, alone and in the last lane beside shorter and longer ones
 *   - random lengths in every number of lanes (SEED)
 *   - keyed: every length from 1 byte to three blocks; another key gives another hash
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "log/hashes.h"
#include "tests/lib/seed.h"

#define MOST 640u

static void fill(uint8_t *bytes, size_t len, uint64_t *seed)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)seed_next(seed);
}

static void assert_hashed(const struct span *messages, size_t count)
{
    uint8_t out[HASHES_LANES][HASH_SIZE];
    uint8_t expected[HASH_SIZE];

    hashes_of(messages, count, out);
    for (size_t i = 0; i < count; i++) {
        crypto_generichash(expected, sizeof(expected), messages[i].data, messages[i].len, NULL, 0);
        assert_memory_equal(out[i], expected, HASH_SIZE);
    }
}

static void test_hashes_of_every_length(void **state)
{
    uint8_t bytes[MOST];
    uint64_t seed = 1;
    (void)state;

    fill(bytes, sizeof(bytes), &seed);
    for (size_t len = 0; len <= MOST; len++) {
        struct span messages[HASHES_LANES];

        messages[0] = span_of(bytes, len);
        assert_hashed(messages, 1);
        for (size_t i = 0; i < HASHES_LANES; i++)
            messages[i] = span_of(bytes, i + 1 == HASHES_LANES ? len : i * 97 % MOST);
        assert_hashed(messages, HASHES_LANES);
    }
}

static void test_hashes_of_random_lanes(void **state)
{
    uint64_t seed = seed_start();
    uint8_t bytes[HASHES_LANES][MOST];
    (void)state;

    for (size_t round = 0; round < 3000; round++) {
        size_t count = 1 + (size_t)(seed_next(&seed) % HASHES_LANES);
        struct span messages[HASHES_LANES];

        for (size_t i = 0; i < count; i++) {
            fill(bytes[i], 16, &seed);
            messages[i] = span_of(bytes[i], (size_t)(seed_next(&seed) % (MOST + 1)));
        }
        assert_hashed(messages, count);
    }
}

static void test_hashes_keyed_every_length(void **state)
{
    uint8_t bytes[MOST];
    uint8_t keys[2][HASH_SIZE];
    uint64_t seed = 2;
    (void)state;

    fill(bytes, sizeof(bytes), &seed);
    fill(keys[0], sizeof(keys), &seed);
    for (size_t len = 1; len <= 3 * 128; len++) {
        uint8_t out[2][HASHES_LANES][HASH_SIZE];
        struct span messages[HASHES_LANES];

        for (size_t i = 0; i < HASHES_LANES; i++)
            messages[i] = span_of(bytes + i, len);
        for (size_t k = 0; k < 2; k++) {
            struct hashes_key started;
            uint8_t expected[HASH_SIZE];

            hashes_key(keys[k], &started);
            hashes_keyed(&started, messages, HASHES_LANES, out[k]);
            for (size_t i = 0; i < HASHES_LANES; i++) {
                crypto_generichash(expected, sizeof(expected), messages[i].data, len, keys[k], HASH_SIZE);
                assert_memory_equal(out[k][i], expected, HASH_SIZE);
            }
        }
        assert_memory_not_equal(out[0], out[1], sizeof(out[0]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hashes_of_every_length),
        cmocka_unit_test(test_hashes_of_random_lanes),
        cmocka_unit_test(test_hashes_keyed_every_length),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
