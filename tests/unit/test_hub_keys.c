/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub_keys.h: which keys of its hub a node trusts.
 *   - a key names the next, once: the same again is known, another successor is a rival; one that nobody here knows is not taken; a signature that fails, another hub's
 *   - whatever the order in which changes come, and however often, the same keys are trusted in the end
 *   - the ones before are believed until the hub's time says so under the last, and never again; a hub that shows earlier ones says nothing of them
 *   - which are dialled: the one that worked, then the latest
 *   - as many as are kept, and one more
 *   - as a row: the same again; cut anywhere, or with a byte too many, it is none
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "navette/error.h"
#include "navette/hub_keys.h"
#include "navette/span.h"
#include "tests/lib/seed.h"

#define PAIRS (HUB_KEYS_MAX + 2u)

struct pairs {
    uint8_t hub[NODE_ID_SIZE];
    uint8_t curve[PAIRS][KEY_SIZE];
    uint8_t sign[PAIRS][KEY_SIZE];
    uint8_t secret[PAIRS][64];
};

static void make(struct pairs *pairs)
{
    assert_true(sodium_init() >= 0);
    randombytes_buf(pairs, sizeof *pairs);
    for (size_t i = 0; i < PAIRS; i++)
        crypto_sign_keypair(pairs->sign[i], pairs->secret[i]);
}

static struct rekey change(const struct pairs *pairs, size_t from, size_t to)
{
    struct rekey rekey = {.from_seq = to * 10};
    uint8_t bytes[REKEY_SIGNED_SIZE];

    memcpy(rekey.node, pairs->hub, NODE_ID_SIZE);
    memcpy(rekey.curve_key, pairs->curve[to], KEY_SIZE);
    memcpy(rekey.sign_key, pairs->sign[to], KEY_SIZE);
    memcpy(rekey.previous, pairs->sign[from], KEY_SIZE);
    rekey_signed_bytes(&rekey, bytes);
    crypto_sign_detached(rekey.signature, NULL, bytes, sizeof bytes, pairs->secret[from]);
    crypto_sign_detached(rekey.proof, NULL, bytes, sizeof bytes, pairs->secret[to]);
    return rekey;
}

static void begin(const struct pairs *pairs, struct hub_keys *keys)
{
    hub_keys_begin(keys, pairs->hub, pairs->curve[0], pairs->sign[0]);
}

static void take(struct hub_keys *keys, struct rekey rekey, int expected)
{
    assert_int_equal(hub_keys_take(keys, &rekey), expected);
}

static void assert_last(const struct pairs *pairs, const struct hub_keys *keys, size_t which)
{
    assert_memory_equal(hub_keys_last(keys)->sign_key, pairs->sign[which], KEY_SIZE);
    assert_memory_equal(hub_keys_last(keys)->curve_key, pairs->curve[which], KEY_SIZE);
}

static void test_hub_keys_take_one_successor(void **state)
{
    struct pairs pairs;
    struct hub_keys keys, kept;
    struct rekey rekey;

    (void)state;
    make(&pairs);
    begin(&pairs, &keys);
    assert_last(&pairs, &keys, 0);
    take(&keys, change(&pairs, 1, 2), NAVETTE_E_NOT_FOUND);
    take(&keys, change(&pairs, 0, 1), 0);
    assert_last(&pairs, &keys, 1);
    take(&keys, change(&pairs, 0, 1), NAVETTE_E_EXISTS);
    take(&keys, change(&pairs, 1, 2), 0);
    take(&keys, change(&pairs, 0, 1), NAVETTE_E_EXISTS);
    assert_false(keys.rival);
    kept = keys;
    rekey = change(&pairs, 2, 3);
    rekey.signature[5] ^= 1;
    take(&keys, rekey, NAVETTE_E_SIGNATURE);
    rekey = change(&pairs, 2, 3);
    rekey.proof[5] ^= 1;
    take(&keys, rekey, NAVETTE_E_SIGNATURE);
    rekey = change(&pairs, 2, 3);
    rekey.node[0] ^= 1;
    take(&keys, rekey, NAVETTE_E_SIGNATURE);
    rekey = change(&pairs, 0, 4);
    rekey.signature[0] ^= 1;
    take(&keys, rekey, NAVETTE_E_SIGNATURE);
    assert_memory_equal(&kept, &keys, sizeof keys);
    /* Whoever has stolen the first key, or the second. */
    take(&keys, change(&pairs, 0, 4), NAVETTE_E_CHAIN);
    assert_true(keys.rival);
    take(&keys, change(&pairs, 1, 4), NAVETTE_E_CHAIN);
    /* And a last key that names an earlier one. */
    take(&keys, change(&pairs, 2, 0), NAVETTE_E_CHAIN);
    assert_last(&pairs, &keys, 2);
    assert_true(keys.rival);
    take(&keys, change(&pairs, 2, 3), 0);
    assert_last(&pairs, &keys, 3);
    assert_false(keys.rival);
}

static void test_hub_keys_take_any_order(void **state)
{
    uint64_t seed = seed_start();
    struct pairs pairs;

    (void)state;
    make(&pairs);
    for (unsigned round = 0; round < 20; round++) {
        struct hub_keys keys;
        unsigned taken = 0, said = 0;

        begin(&pairs, &keys);
        for (; taken < 6 && said < 2000; said++) {
            unsigned from = (unsigned)seed_below(&seed, 6);
            struct rekey rekey = change(&pairs, from, from + 1);
            int rc = hub_keys_take(&keys, &rekey);

            assert_true(rc == 0 || rc == NAVETTE_E_EXISTS || rc == NAVETTE_E_NOT_FOUND);
            taken += rc == 0;
        }
        assert_int_equal(taken, 6);
        assert_last(&pairs, &keys, 6);
        assert_int_equal(keys.count, 7);
        assert_false(keys.rival);
    }
}

static void test_hub_keys_heard_gives_up(void **state)
{
    struct pairs pairs;
    struct hub_keys keys;

    (void)state;
    make(&pairs);
    begin(&pairs, &keys);
    assert_int_equal(hub_keys_heard(&keys, pairs.curve[0], 0, 1000), 1);
    assert_int_equal(hub_keys_heard(&keys, pairs.curve[0], 0, 1000), 0);
    take(&keys, change(&pairs, 0, 1), 0);
    assert_false(keys.seen);
    /* Under the first key nothing is believed of the end of it. */
    assert_int_equal(hub_keys_heard(&keys, pairs.curve[0], 10, 5000), 0);
    assert_false(keys.list[0].given_up);
    assert_memory_equal(hub_keys_believed(&keys, 0), pairs.sign[1], KEY_SIZE);
    assert_memory_equal(hub_keys_believed(&keys, 1), pairs.sign[0], KEY_SIZE);
    assert_null(hub_keys_believed(&keys, 2));
    assert_int_equal(hub_keys_heard(&keys, pairs.curve[1], 9000, 5000), 1);
    assert_true(keys.seen);
    assert_false(keys.list[0].given_up);
    /* The earliest end counts. */
    assert_int_equal(hub_keys_heard(&keys, pairs.curve[1], 9999, 5001), 0);
    assert_int_equal(hub_keys_heard(&keys, pairs.curve[1], 7000, 6999), 1);
    assert_false(keys.list[0].given_up);
    /* A hub of before, put back: the one that works is remembered, and nothing else. */
    assert_int_equal(hub_keys_heard(&keys, pairs.curve[0], 1, 99999), 1);
    assert_false(keys.list[0].given_up);
    assert_int_equal(hub_keys_heard(&keys, pairs.curve[1], 7000, 7000), 1);
    assert_true(keys.list[0].given_up);
    assert_null(hub_keys_believed(&keys, 1));
    take(&keys, change(&pairs, 0, 4), NAVETTE_E_CHAIN);
    take(&keys, change(&pairs, 1, 2), 0);
    assert_int_equal(keys.until_ms, 0);
}

static void test_hub_keys_dial_order(void **state)
{
    struct pairs pairs;
    struct hub_keys keys;

    (void)state;
    make(&pairs);
    begin(&pairs, &keys);
    assert_memory_equal(hub_keys_dial(&keys, 0), pairs.curve[0], KEY_SIZE);
    assert_null(hub_keys_dial(&keys, 1));
    take(&keys, change(&pairs, 0, 1), 0);
    take(&keys, change(&pairs, 1, 2), 0);
    assert_memory_equal(hub_keys_dial(&keys, 0), pairs.curve[0], KEY_SIZE);
    assert_memory_equal(hub_keys_dial(&keys, 1), pairs.curve[2], KEY_SIZE);
    assert_memory_equal(hub_keys_dial(&keys, 2), pairs.curve[1], KEY_SIZE);
    assert_null(hub_keys_dial(&keys, 3));
    (void)hub_keys_heard(&keys, pairs.curve[2], 50, 10);
    assert_memory_equal(hub_keys_dial(&keys, 0), pairs.curve[2], KEY_SIZE);
    assert_memory_equal(hub_keys_dial(&keys, 1), pairs.curve[1], KEY_SIZE);
    (void)hub_keys_heard(&keys, pairs.curve[2], 50, 50);
    assert_null(hub_keys_dial(&keys, 1));
}

static void test_hub_keys_take_the_most(void **state)
{
    struct pairs pairs;
    struct hub_keys keys;

    (void)state;
    make(&pairs);
    begin(&pairs, &keys);
    for (size_t i = 1; i < HUB_KEYS_MAX; i++)
        take(&keys, change(&pairs, i - 1, i), 0);
    assert_int_equal(keys.count, HUB_KEYS_MAX);
    (void)hub_keys_heard(&keys, pairs.curve[HUB_KEYS_MAX - 1], 0, 0);
    take(&keys, change(&pairs, HUB_KEYS_MAX - 1, HUB_KEYS_MAX), 0);
    assert_int_equal(keys.count, HUB_KEYS_MAX);
    assert_last(&pairs, &keys, HUB_KEYS_MAX);
    assert_memory_equal(keys.list[0].sign_key, pairs.sign[1], KEY_SIZE);
    assert_memory_equal(hub_keys_dial(&keys, 0), pairs.curve[HUB_KEYS_MAX - 1], KEY_SIZE);
    /* The one that left is known no more: what it names is nobody's. */
    take(&keys, change(&pairs, 0, HUB_KEYS_MAX + 1), NAVETTE_E_NOT_FOUND);
}

static void test_hub_keys_row(void **state)
{
    struct buffer row = {.data = NULL};
    struct pairs pairs;
    struct hub_keys keys, again;

    (void)state;
    make(&pairs);
    begin(&pairs, &keys);
    take(&keys, change(&pairs, 0, 1), 0);
    take(&keys, change(&pairs, 0, 2), NAVETTE_E_CHAIN);
    (void)hub_keys_heard(&keys, pairs.curve[1], 5, 6);
    assert_int_equal(hub_keys_encode(&keys, &row), 0);
    assert_int_equal(hub_keys_decode(buffer_span(&row), &again), 0);
    assert_memory_equal(&keys, &again, sizeof keys);
    for (size_t len = 0; len < row.len; len++)
        assert_int_equal(hub_keys_decode(span_of(row.data, len), &again), NAVETTE_E_STORE);
    assert_int_equal(buffer_append_u8(&row, 0), 0);
    assert_int_equal(hub_keys_decode(buffer_span(&row), &again), NAVETTE_E_STORE);
    buffer_free(&row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hub_keys_take_one_successor), cmocka_unit_test(test_hub_keys_take_any_order),
        cmocka_unit_test(test_hub_keys_heard_gives_up),     cmocka_unit_test(test_hub_keys_dial_order),
        cmocka_unit_test(test_hub_keys_take_the_most),      cmocka_unit_test(test_hub_keys_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
