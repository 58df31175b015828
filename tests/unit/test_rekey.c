/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rekey.h: which key holds for which part of a log.
 *   - a table: one key, two, three, in the log where they changed and in another; at the number where the next begins, one before, across it
 *   - a batch verifies under the key that holds for its numbers, under no other; in another log under any of them
 *   - the signed bytes have the layout of proto/WIRE.md, and each field is among them: both signatures fail when one bit of any changes
 *   - read from a message: every missing field and every other size is refused
 *   - as many keys as are kept, and one more
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "navette/error.h"
#include "navette/rekey.h"
#include "tests/lib/sample.h"

static const uint8_t log_a[INCARNATION_SIZE] = {0xa};
static const uint8_t log_b[INCARNATION_SIZE] = {0xb};

static void key_of(uint8_t number, uint8_t key[KEY_SIZE])
{
    memset(key, number, KEY_SIZE);
}

/* "210": the keys that may have signed, latest first, by number. */
static void assert_keys(const struct rekey_past *past, const uint8_t *incarnation, uint64_t first, uint64_t last, const char *expected)
{
    uint8_t current[KEY_SIZE];
    const uint8_t *key;
    size_t turn = 0;
    char found[REKEY_PAST + 2] = "";
    size_t count = 0;

    key_of((uint8_t)past->count, current);
    while ((key = rekey_next(current, past, incarnation, first, last, &turn)) != NULL)
        found[count++] = (char)('0' + key[0]);
    assert_string_equal(found, expected);
}

static void test_rekey_next_table(void **state)
{
    struct rekey_past past = {.count = 0};
    uint8_t key[KEY_SIZE];

    (void)state;
    assert_keys(&past, log_a, 1, 5, "0");
    key_of(0, key);
    assert_int_equal(rekey_past_add(&past, key, log_a, 10), 0);
    assert_keys(&past, log_a, 1, 9, "0");
    assert_keys(&past, log_a, 9, 10, "");
    assert_keys(&past, log_a, 10, 10, "1");
    assert_keys(&past, log_b, 1, 99, "10");
    key_of(1, key);
    assert_int_equal(rekey_past_add(&past, key, log_a, 20), 0);
    assert_keys(&past, log_a, 1, 9, "0");
    assert_keys(&past, log_a, 10, 19, "1");
    assert_keys(&past, log_a, 10, 20, "");
    assert_keys(&past, log_a, 20, 30, "2");
    assert_keys(&past, log_b, 1, 99, "210");
    key_of(2, key);
    assert_int_equal(rekey_past_add(&past, key, log_b, 5), 0);
    assert_keys(&past, log_b, 1, 4, "210");
    assert_keys(&past, log_b, 5, 5, "3");
    assert_keys(&past, log_a, 20, 20, "32");
    assert_true(rekey_past_has(&past, key));
    key_of(3, key);
    assert_false(rekey_past_has(&past, key));
}

static void test_rekey_verify_batch_under_the_key_of_its_numbers(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    uint64_t leaves[LIMIT_BATCH_EVENTS];
    struct rekey_past past = {.count = 0};
    struct batch_header header;
    struct sample_log before, after;
    struct span event;
    Navette__Batch *batch;

    (void)state;
    sample_log_init(&before, 1);
    sample_log_init(&after, 2);
    memcpy(after.incarnation, before.incarnation, INCARNATION_SIZE);
    event = sample_pack(arena, sample_event(arena, NAVETTE__EVENT__BODY_DROPPED, 1));
    batch = sample_batch(arena, &before, &event, 1);
    assert_int_equal(rekey_verify_batch(batch, before.sign_public, &past, &header, leaves), 0);
    assert_int_equal(rekey_verify_batch(batch, after.sign_public, &past, &header, leaves), NAVETTE_E_SIGNATURE);
    assert_int_equal(rekey_past_add(&past, before.sign_public, before.incarnation, 2), 0);
    assert_int_equal(rekey_verify_batch(batch, after.sign_public, &past, &header, leaves), 0);
    past.list[0].before = 1;
    assert_int_equal(rekey_verify_batch(batch, after.sign_public, &past, &header, leaves), NAVETTE_E_SIGNATURE);
    past.list[0].incarnation[0] ^= 1;
    assert_int_equal(rekey_verify_batch(batch, after.sign_public, &past, &header, leaves), 0);
    arena_free(arena);
}

static void sign(struct rekey *rekey, const uint8_t *before, const uint8_t *after)
{
    uint8_t bytes[REKEY_SIGNED_SIZE];

    rekey_signed_bytes(rekey, bytes);
    crypto_sign_detached(rekey->signature, NULL, bytes, sizeof bytes, before);
    crypto_sign_detached(rekey->proof, NULL, bytes, sizeof bytes, after);
}

static void make(struct rekey *rekey)
{
    uint8_t before[64], after[64];

    memset(rekey, 0, sizeof *rekey);
    memset(rekey->node, 1, sizeof rekey->node);
    memset(rekey->curve_key, 2, sizeof rekey->curve_key);
    memcpy(rekey->incarnation, log_a, sizeof log_a);
    rekey->from_seq = 42;
    crypto_sign_keypair(rekey->previous, before);
    crypto_sign_keypair(rekey->sign_key, after);
    sign(rekey, before, after);
}

static void test_rekey_verify_covers_every_field(void **state)
{
    uint8_t bytes[REKEY_SIGNED_SIZE];
    struct rekey rekey, other;

    (void)state;
    make(&rekey);
    assert_int_equal(rekey_verify(&rekey), 0);
    rekey_signed_bytes(&rekey, bytes);
    assert_memory_equal(bytes, "navette rekey v1", 16);
    assert_memory_equal(bytes + 16, rekey.node, 16);
    assert_memory_equal(bytes + 32, rekey.previous, 32);
    assert_memory_equal(bytes + 64, rekey.curve_key, 32);
    assert_memory_equal(bytes + 96, rekey.sign_key, 32);
    assert_memory_equal(bytes + 128, log_a, 16);
    assert_int_equal(bytes[151], 42);
    for (size_t i = 0; i < sizeof rekey.node + 3 * KEY_SIZE + INCARNATION_SIZE; i++) {
        other = rekey;
        ((uint8_t *)&other)[i] ^= 1;
        assert_int_equal(rekey_verify(&other), NAVETTE_E_SIGNATURE);
    }
    other = rekey;
    other.from_seq++;
    assert_int_equal(rekey_verify(&other), NAVETTE_E_SIGNATURE);
    other = rekey;
    other.signature[0] ^= 1;
    assert_int_equal(rekey_verify(&other), NAVETTE_E_SIGNATURE);
    other = rekey;
    other.proof[0] ^= 1;
    assert_int_equal(rekey_verify(&other), NAVETTE_E_SIGNATURE);
}

static void test_rekey_read_wants_every_field(void **state)
{
    struct rekey rekey, read;
    Navette__Rekey message;
    ProtobufCBinaryData *fields[] = {&message.node,        &message.curve_key, &message.sign_key, &message.previous,
                                     &message.incarnation, &message.signature, &message.proof};

    (void)state;
    make(&rekey);
    rekey_fill(&rekey, &message);
    assert_int_equal(rekey_read(&message, &read), 0);
    assert_int_equal(rekey_verify(&read), 0);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        size_t len = fields[i]->len;

        fields[i]->len = 0;
        assert_int_equal(rekey_read(&message, &read), NAVETTE_E_INVALID);
        fields[i]->len = len - 1;
        assert_int_equal(rekey_read(&message, &read), NAVETTE_E_INVALID);
        fields[i]->len = len;
    }
    message.from_seq = 0;
    assert_int_equal(rekey_read(&message, &read), NAVETTE_E_INVALID);
}

static void test_rekey_past_is_bounded(void **state)
{
    struct rekey_past past = {.count = 0};
    uint8_t key[KEY_SIZE];

    (void)state;
    for (uint8_t i = 0; i < REKEY_PAST; i++) {
        key_of(i, key);
        assert_int_equal(rekey_past_add(&past, key, log_a, i), 0);
    }
    assert_int_equal(rekey_past_add(&past, key, log_a, 99), NAVETTE_E_TOO_LARGE);
    assert_int_equal(past.count, REKEY_PAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rekey_next_table),
        cmocka_unit_test(test_rekey_verify_batch_under_the_key_of_its_numbers),
        cmocka_unit_test(test_rekey_verify_covers_every_field),
        cmocka_unit_test(test_rekey_read_wants_every_field),
        cmocka_unit_test(test_rekey_past_is_bounded),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
