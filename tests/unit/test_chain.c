/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain.h: leaves, chain, Merkle root and paths.
 *   - chain_leaf: differs when salt, incarnation, number or a bit of the event differs
 *   - chain_leaves: as one by one, whatever lengths stand side by side
 *   - chain_next: depends on both sides
 *   - chain_root: equal to a naive recursive tree for 1 to 70 leaves, for 1024, and written out for three
 *   - chain_path, chain_check_path: every leaf of every tree proves itself; not under another index, count, leaf, a path cut, lengthened or changed
 *   - chain_path: a failed allocation leaves the path as it was
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "navette/chain.h"
#include "navette/error.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/seed.h"

#define MOST 70u

static void fill(uint8_t *bytes, size_t len, uint64_t seed)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)seed_next(&seed);
}

static void test_chain_leaf_depends_on_all(void **state)
{
    uint8_t salt[SALT_SIZE] = {1};
    uint8_t incarnation[INCARNATION_SIZE] = {2};
    uint8_t event[] = "bytes as written";
    uint8_t first[HASH_SIZE];
    uint8_t other[HASH_SIZE];
    struct span bytes = span_of(event, sizeof(event));

    (void)state;
    chain_leaf(salt, incarnation, 7, bytes, first);
    chain_leaf(salt, incarnation, 7, bytes, other);
    assert_memory_equal(first, other, HASH_SIZE);
    chain_leaf(salt, incarnation, 8, bytes, other);
    assert_memory_not_equal(first, other, HASH_SIZE);
    salt[31] ^= 1;
    chain_leaf(salt, incarnation, 7, bytes, other);
    assert_memory_not_equal(first, other, HASH_SIZE);
    salt[31] ^= 1;
    incarnation[15] ^= 0x80;
    chain_leaf(salt, incarnation, 7, bytes, other);
    assert_memory_not_equal(first, other, HASH_SIZE);
    incarnation[15] ^= 0x80;
    for (size_t i = 0; i < sizeof(event); i++) {
        event[i] ^= 1;
        chain_leaf(salt, incarnation, 7, bytes, other);
        assert_memory_not_equal(first, other, HASH_SIZE);
        event[i] ^= 1;
    }
    chain_leaf(salt, incarnation, 7, span_of(event, sizeof(event) - 1), other);
    assert_memory_not_equal(first, other, HASH_SIZE);
    assert_true(chain_leaf_prefix(first) == read_u64(first));
}

static void test_chain_next_both_sides(void **state)
{
    uint8_t a[HASH_SIZE] = {0};
    uint8_t b[HASH_SIZE] = {1};
    uint8_t ab[HASH_SIZE];
    uint8_t ba[HASH_SIZE];
    uint8_t both[64];
    uint8_t expected[HASH_SIZE];

    (void)state;
    chain_next(a, b, ab);
    chain_next(b, a, ba);
    assert_memory_not_equal(ab, ba, HASH_SIZE);
    memcpy(both, a, 32);
    memcpy(both + 32, b, 32);
    crypto_generichash(expected, 32, both, 64, NULL, 0);
    assert_memory_equal(ab, expected, HASH_SIZE);
    /* In place. */
    chain_next(a, b, a);
    assert_memory_equal(a, ab, HASH_SIZE);
}

static void join(const uint8_t *left, const uint8_t *right, uint8_t *out)
{
    uint8_t bytes[65] = {1};

    memcpy(bytes + 1, left, 32);
    memcpy(bytes + 33, right, 32);
    crypto_generichash(out, 32, bytes, sizeof(bytes), NULL, 0);
}

/* The tree from above: the left half is the largest power of two below count, which is what pairing neighbours comes to. */
static void naive_root(const uint8_t *leaves, size_t count, uint8_t *out)
{
    uint8_t left[32];
    uint8_t right[32];
    size_t half = 1;

    if (count == 1) {
        memcpy(out, leaves, 32);
        return;
    }
    while (half * 2 < count)
        half *= 2;
    naive_root(leaves, half, left);
    naive_root(leaves + half * 32, count - half, right);
    join(left, right, out);
}

static void test_chain_root_equals_naive(void **state)
{
    static uint8_t leaves[1024 * HASH_SIZE];
    static uint8_t work[1024 * HASH_SIZE];
    uint8_t root[HASH_SIZE];
    uint8_t expected[HASH_SIZE];

    (void)state;
    fill(leaves, sizeof(leaves), 5);
    for (size_t count = 1; count <= 1024; count += count < MOST ? 1 : 159) {
        memcpy(work, leaves, count * HASH_SIZE);
        chain_root(work, count, root);
        naive_root(leaves, count, expected);
        assert_memory_equal(root, expected, HASH_SIZE);
    }
    memcpy(work, leaves, 3 * HASH_SIZE);
    chain_root(work, 3, root);
    join(leaves, leaves + 32, expected);
    join(expected, leaves + 64, expected);
    assert_memory_equal(root, expected, HASH_SIZE);
}

static void test_chain_path_proves_only_its_leaf(void **state)
{
    static uint8_t leaves[MOST * HASH_SIZE];
    static uint8_t work[MOST * HASH_SIZE];
    uint8_t root[HASH_SIZE];
    struct buffer path = {.data = NULL};

    (void)state;
    fill(leaves, sizeof(leaves), 6);
    for (size_t count = 1; count <= MOST; count++) {
        memcpy(work, leaves, count * HASH_SIZE);
        chain_root(work, count, root);
        for (size_t i = 0; i < count; i++) {
            const uint8_t *leaf = leaves + i * HASH_SIZE;

            buffer_clear(&path);
            assert_int_equal(chain_path(leaves, count, i, &path), 0);
            assert_int_equal(chain_check_path(leaf, i, count, buffer_span(&path), root), 0);
            assert_int_equal(chain_check_path(leaf, i ^ 1u, count, buffer_span(&path), root), NAVETTE_E_CHAIN);
            assert_int_equal(chain_check_path(leaf, count, count, buffer_span(&path), root), NAVETTE_E_CHAIN);
            if (count == 1)
                continue;
            assert_int_equal(chain_check_path(root, i, count, buffer_span(&path), root), NAVETTE_E_CHAIN);
            assert_int_equal(chain_check_path(leaf, i, count, span_of(path.data, path.len - 1), root), NAVETTE_E_CHAIN);
            assert_int_equal(chain_check_path(leaf, i, count, span_of(path.data, path.len - 32), root), NAVETTE_E_CHAIN);
            path.data[path.len - 1] ^= 1;
            assert_int_equal(chain_check_path(leaf, i, count, buffer_span(&path), root), NAVETTE_E_CHAIN);
            path.data[path.len - 1] ^= 1;
            assert_int_equal(buffer_append_u8(&path, 0), 0);
            assert_int_equal(chain_check_path(leaf, i, count, buffer_span(&path), root), NAVETTE_E_CHAIN);
        }
    }
    buffer_free(&path);
}

static void test_chain_path_without_memory(void **state)
{
    uint8_t leaves[5 * HASH_SIZE];
    struct buffer path = {.data = NULL};
    uint64_t k = 0;
    int rc;

    (void)state;
    fill(leaves, sizeof(leaves), 7);
    assert_int_equal(buffer_append(&path, "kept", 4), 0);
    do {
        path.len = 4;
        failing_malloc_at(++k);
        rc = chain_path(leaves, 5, 1, &path);
        if (rc != 0) {
            assert_int_equal(rc, NAVETTE_E_MEMORY);
            assert_int_equal(path.len, 4);
        }
    } while (!failing_malloc_pending());
    failing_malloc_at(0);
    assert_int_equal(rc, 0);
    assert_true(k >= 3);
    assert_memory_equal(path.data, "kept", 4);
    buffer_free(&path);
}

static void test_chain_leaves_are_those_of_one_by_one(void **state)
{
    static const size_t LENGTHS[] = {0, 1, 71, 72, 73, 199, 200, 201, 455, 456, 457, 2000, LIMIT_EVENT_BYTES};
    static uint8_t bytes[LIMIT_EVENT_BYTES];
    uint8_t salt[SALT_SIZE];
    uint8_t incarnation[INCARNATION_SIZE];
    uint8_t leaves[MOST][HASH_SIZE];
    struct span events[MOST];
    uint64_t random = seed_start();

    (void)state;
    fill(bytes, sizeof(bytes), 3);
    fill(salt, sizeof(salt), 4);
    fill(incarnation, sizeof(incarnation), 5);
    for (size_t count = 1; count <= MOST; count++) {
        uint64_t first = seed_next(&random);

        for (size_t i = 0; i < count; i++)
            events[i] = span_of(bytes, LENGTHS[seed_below(&random, sizeof(LENGTHS) / sizeof(LENGTHS[0]))]);
        chain_leaves(salt, incarnation, first, events, count, leaves);
        for (size_t i = 0; i < count; i++) {
            uint8_t expected[HASH_SIZE];

            chain_leaf(salt, incarnation, first + i, events[i], expected);
            assert_memory_equal(leaves[i], expected, HASH_SIZE);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain_leaves_are_those_of_one_by_one),
        cmocka_unit_test(test_chain_leaf_depends_on_all),
        cmocka_unit_test(test_chain_next_both_sides),
        cmocka_unit_test(test_chain_root_equals_naive),
        cmocka_unit_test(test_chain_path_proves_only_its_leaf),
        cmocka_unit_test(test_chain_path_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
