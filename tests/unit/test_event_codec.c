/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.h: decoding and encoding; event_wire.h: bytes that two readers could take differently.
 *   - event_decode: an event of every body there and back, byte for byte; every prefix is refused; every flipped bit is refused or gives
 *     an event that passes its own check; random bytes
 *   - event_decode: a body of a later version is unknown, its common fields can be read; no body is invalid
 *   - event_decode: two bodies, a field given twice, a NUL in a string, a number too wide, a wrong wire type, a group, an endless varint
 *   - event_decode: 16,384 bytes and one more; small bytes that unpack to much memory; every allocation failing
 *   - event_encode: too large leaves the buffer as it was; event_ref: an empty incarnation is the event's own
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "log/event_wire.h"
#include "navette/event.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/sample.h"
#include "tests/lib/seed.h"

static void test_event_decode_every_body(void **state)
{
    size_t count = 0;

    (void)state;
    for (int i = 0; i < SAMPLE_CASES; i++) {
        struct arena *arena = arena_new(1u << 20);
        Navette__Event *made = sample_event(arena, i, 3);
        struct buffer out = {.data = NULL};
        struct event event;
        struct span bytes;

        if (made != NULL) {
            count++;
            bytes = sample_pack(arena, made);
            assert_int_equal(event_decode(bytes, &event), 0);
            assert_int_equal(event.body->body_case, i);
            assert_string_equal(event_check_text(event.body), "");
            assert_int_equal(event_encode(event.body, &out), 0);
            assert_int_equal(out.len, bytes.len);
            assert_memory_equal(out.data, bytes.data, bytes.len);
            event_free(&event);
            assert_null(event.body);
            event_free(&event);
            buffer_free(&out);
        }
        arena_free(arena);
    }
    assert_int_equal(count + 8 + 1, navette__event__descriptor.n_fields);
}

static void test_event_decode_every_prefix_and_bit(void **state)
{
    (void)state;
    for (int i = 0; i < SAMPLE_CASES; i++) {
        struct arena *arena = arena_new(1u << 20);
        Navette__Event *made = sample_event(arena, i, 3);
        struct event event;
        struct span bytes;
        uint8_t flipped[2048];

        if (made != NULL) {
            bytes = sample_pack(arena, made);
            assert_true(bytes.len <= sizeof(flipped));
            for (size_t len = 0; len < bytes.len; len++) {
                assert_int_equal(event_decode(span_of(bytes.data, len), &event), NAVETTE_E_INVALID);
                assert_null(event.body);
                assert_null(event.arena);
            }
            memcpy(flipped, bytes.data, bytes.len);
            for (size_t bit = 0; bit < bytes.len * 8; bit++) {
                int rc;

                flipped[bit / 8] ^= (uint8_t)(1u << bit % 8);
                rc = event_decode(span_of(flipped, bytes.len), &event);
                assert_true(rc == 0 || rc == NAVETTE_E_INVALID || rc == NAVETTE_E_UNKNOWN);
                if (rc == 0)
                    assert_int_equal(event_check(event.body), 0);
                event_free(&event);
                flipped[bit / 8] ^= (uint8_t)(1u << bit % 8);
            }
        }
        arena_free(arena);
    }
}

static void test_event_decode_random_bytes(void **state)
{
    uint64_t random = seed_start();
    uint8_t bytes[300];
    struct event event;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        size_t len = seed_below(&random, sizeof(bytes));
        int rc;

        for (size_t k = 0; k < len; k++)
            bytes[k] = (uint8_t)(seed_below(&random, 3) == 0 ? seed_next(&random) : seed_below(&random, 24));
        rc = event_decode(span_of(bytes, len), &event);
        assert_true(rc == NAVETTE_E_INVALID || rc == NAVETTE_E_UNKNOWN || rc == NAVETTE_E_TOO_LARGE);
        event_free(&event);
    }
}

/* The common fields of a valid event, then `tail`. */
static struct span with_tail(struct arena *arena, const void *tail, size_t len)
{
    Navette__Event *made = sample_event(arena, NAVETTE__EVENT__BODY_FOUND, 1);
    struct span bytes;
    uint8_t *all;

    made->body_case = NAVETTE__EVENT__BODY__NOT_SET;
    bytes = sample_pack(arena, made);
    all = arena_alloc(arena, bytes.len + len);
    memcpy(all, bytes.data, bytes.len);
    memcpy(all + bytes.len, tail, len);
    return span_of(all, bytes.len + len);
}

static int decode_tail(const void *tail, size_t len)
{
    struct arena *arena = arena_new(1u << 20);
    struct event event;
    int rc = event_decode(with_tail(arena, tail, len), &event);

    event_free(&event);
    arena_free(arena);
    return rc;
}

/* Found { things: { kind: ITEM, namespace: "k", id: "1" } } */
#define FOUND                                                                                                                              \
    "\xf2\x05\x0a\x0a\x08\x08\x01\x12\x01k\x1a\x01"                                                                                        \
    "1"
#define TAIL(text) decode_tail(text, sizeof(text) - 1)

static void test_event_decode_unknown_body(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    struct event event;

    (void)state;
    assert_int_equal(TAIL(FOUND), 0);
    assert_int_equal(TAIL(""), NAVETTE_E_INVALID);
    assert_int_equal(event_decode(with_tail(arena, "\xe2\x12\x01x", 4), &event), NAVETTE_E_UNKNOWN);
    assert_non_null(event.body);
    assert_int_equal(event.body->body_case, NAVETTE__EVENT__BODY__NOT_SET);
    assert_string_equal(event.body->place, "BIB-0001");
    assert_string_equal(event_name(event.body), "unknown");
    assert_int_equal(event_is_folded(event.body), 0);
    assert_true(event_scope_mask(event.body) == scope_mask_of("BIB-0001"));
    assert_true(event_concerns_place(event.body, "BIB-0001"));
    assert_false(event_concerns_place(event.body, "BIB-0002"));
    assert_string_equal(event_check_text(event.body), "body: unknown to this version");
    event_free(&event);
    /* A field added beside a known body changes nothing. */
    assert_int_equal(TAIL(FOUND "\xe2\x12\x01x"), 0);
    assert_int_equal(TAIL(FOUND "\xe0\x12\x05"), 0);
    assert_int_equal(TAIL(FOUND "\xe5\x12"
                                "1234"),
                     0);
    assert_int_equal(TAIL(FOUND "\xe1\x12"
                                "12345678"),
                     0);
    arena_free(arena);
}

static void test_event_decode_two_readings(void **state)
{
    (void)state;
    assert_int_equal(TAIL(FOUND FOUND), NAVETTE_E_INVALID);
    assert_int_equal(TAIL("\xd2\x05\x00" FOUND), NAVETTE_E_INVALID); /* two bodies */
    assert_int_equal(TAIL("\x09"
                          "12345678" FOUND),
                     NAVETTE_E_INVALID); /* hlc twice */
    assert_int_equal(TAIL("\x12\x05"
                          "BIB-2" FOUND),
                     NAVETTE_E_INVALID); /* place twice */
    assert_int_equal(TAIL("\xf2\x05\x0b\x0a\x09\x08\x01\x12\x01k\x1a\x02"
                          "1\0"),
                     NAVETTE_E_INVALID); /* NUL in an id */
    assert_int_equal(TAIL("\xf2\x05\x0c\x0a\x0a\x08\x01\x08\x01\x12\x01k\x1a\x01"
                          "1"),
                     NAVETTE_E_INVALID); /* kind twice */
    assert_int_equal(TAIL("\xf2\x05\x0e\x0a\x0c\x08\x81\x80\x80\x80\x10\x12\x01k\x1a\x01"
                          "1"),
                     NAVETTE_E_INVALID); /* kind 2^32 + 1 */
    assert_int_equal(TAIL("\xf2\x05\x0a\x0a\x08\x0a\x01\x12\x01k\x1a\x01"
                          "1"),
                     NAVETTE_E_INVALID);                                                                 /* kind as bytes */
    assert_int_equal(TAIL("\xf0\x05\x01"), NAVETTE_E_INVALID);                                           /* a body as a number */
    assert_int_equal(TAIL("\xe3\x12\xe4\x12" FOUND), NAVETTE_E_INVALID);                                 /* a group */
    assert_int_equal(TAIL("\x02\x00" FOUND), NAVETTE_E_INVALID);                                         /* field 0 */
    assert_int_equal(TAIL(FOUND "\xe0\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), NAVETTE_E_INVALID); /* varint past 64 bits */
    assert_int_equal(TAIL(FOUND "\xe0\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), 0);
    assert_int_equal(TAIL(FOUND "\xe2\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), NAVETTE_E_INVALID); /* endless length */
    assert_int_equal(TAIL(FOUND "\xe2\x12\x02x"), NAVETTE_E_INVALID);
    /* CountClosed { count: 16 bytes, blind: 2 } */
    assert_int_equal(TAIL("\xe2\x05\x14\x0a\x10"
                          "0123456789abcdef"
                          "\x10\x01"),
                     0);
    assert_int_equal(TAIL("\xe2\x05\x14\x0a\x10"
                          "0123456789abcdef"
                          "\x10\x02"),
                     NAVETTE_E_INVALID);
}

/* A body, and a field no version knows that fills it up to `len`. */
static int decode_padded(size_t len)
{
    uint8_t tail[LIMIT_ENTRY_BYTES + 1];
    size_t body = sizeof(FOUND) - 1;
    size_t padding = len - body - 5;

    memset(tail, 'x', sizeof(tail));
    memcpy(tail, FOUND, body);
    memcpy(tail + body, "\xe2\x12", 2);
    tail[body + 2] = (uint8_t)(0x80 | (padding & 127));
    tail[body + 3] = (uint8_t)(0x80 | (padding >> 7 & 127));
    tail[body + 4] = (uint8_t)(padding >> 14);
    return decode_tail(tail, len);
}

static void test_event_decode_size_limit(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    size_t head = with_tail(arena, "", 0).len;

    (void)state;
    assert_int_equal(decode_padded(LIMIT_EVENT_BYTES - head), 0);
    assert_int_equal(decode_padded(LIMIT_EVENT_BYTES + 1 - head), NAVETTE_E_TOO_LARGE);
    /* Even of one that holds another. */
    assert_int_equal(decode_padded(LIMIT_ENTRY_BYTES + 1 - head), NAVETTE_E_TOO_LARGE);
    arena_free(arena);
}

static void test_event_decode_memory_is_bounded(void **state)
{
    uint8_t tail[LIMIT_EVENT_BYTES];
    size_t len = 16000;

    (void)state;
    /* Found with 8,000 empty things. */
    memset(tail, 0, sizeof(tail));
    memcpy(tail, "\xf2\x05\x80\x7d", 4);
    for (size_t i = 4; i < len + 4; i += 2)
        tail[i] = 0x0a;
    assert_int_equal(decode_tail(tail, len + 4), NAVETTE_E_TOO_LARGE);
}

static void test_event_decode_without_memory(void **state)
{
    (void)state;
    for (int i = 0; i < SAMPLE_CASES; i++) {
        struct arena *arena = arena_new(1u << 20);
        Navette__Event *made = sample_event(arena, i, 3);
        struct event event;
        struct span bytes;
        uint64_t k = 0;
        int rc = 0;

        if (made != NULL) {
            bytes = sample_pack(arena, made);
            do {
                failing_malloc_at(++k);
                rc = event_decode(bytes, &event);
                assert_int_equal(rc, failing_malloc_pending() ? 0 : NAVETTE_E_MEMORY);
                if (rc != 0)
                    assert_null(event.arena);
                event_free(&event);
            } while (rc != 0);
            assert_true(k >= 2);
            failing_malloc_at(0);
        }
        arena_free(arena);
    }
}

static void test_event_encode_failures(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    Navette__Event *made = sample_event(arena, NAVETTE__EVENT__BODY_ITEM_REGISTERED, 1);
    struct buffer out = {.data = NULL};
    char big[LIMIT_EVENT_BYTES + 1];

    (void)state;
    failing_malloc_at(1);
    assert_int_equal(event_encode(made, &out), NAVETTE_E_MEMORY);
    failing_malloc_at(0);
    assert_int_equal(out.len, 0);
    memset(big, 'x', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    made->item_registered->title = big;
    assert_int_equal(event_encode(made, &out), NAVETTE_E_TOO_LARGE);
    assert_int_equal(out.len, 0);
    buffer_free(&out);
    arena_free(arena);
}

static void test_event_ref_own_incarnation(void **state)
{
    Navette__Ref ref = NAVETTE__REF__INIT;
    struct ref self = {.incarnation = {1, 2, 3}, .seq = 9, .leaf = 8};
    uint8_t other[INCARNATION_SIZE] = {9};
    struct ref found;

    (void)state;
    found = event_ref(NULL, &self);
    assert_true(found.seq == 0);
    ref.seq = 4;
    ref.leaf = 5;
    found = event_ref(&ref, &self);
    assert_memory_equal(found.incarnation, self.incarnation, INCARNATION_SIZE);
    assert_true(found.seq == 4 && found.leaf == 5);
    ref.incarnation = (ProtobufCBinaryData){sizeof(other), other};
    found = event_ref(&ref, &self);
    assert_memory_equal(found.incarnation, other, INCARNATION_SIZE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event_decode_every_body),        cmocka_unit_test(test_event_decode_every_prefix_and_bit),
        cmocka_unit_test(test_event_decode_random_bytes),      cmocka_unit_test(test_event_decode_unknown_body),
        cmocka_unit_test(test_event_decode_two_readings),      cmocka_unit_test(test_event_decode_size_limit),
        cmocka_unit_test(test_event_decode_memory_is_bounded), cmocka_unit_test(test_event_decode_without_memory),
        cmocka_unit_test(test_event_encode_failures),          cmocka_unit_test(test_event_ref_own_incarnation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
