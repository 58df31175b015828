/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire_session.c: the hub's table of connections.
 *
 * of: the same connection keeps its number; another key under the same routing id is another session; colliding routing ids
 * find, forget: unknown, zero, forgotten and reused places
 * key: of one that is there, of the last that went, and of one before those
 * bounds: as many as one key may have, and one more: its own oldest goes, nobody else's; full, and one past it: the one heard of longest ago makes room; a million sessions, no number twice
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "io/wire_session.h"

static const uint8_t key_a[KEY_SIZE] = {1};
static const uint8_t key_b[KEY_SIZE] = {2};

static int set_up(void **state)
{
    *state = wire_session_new();
    return *state == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    wire_session_free(*state);
    return 0;
}

static void test_wire_session_of_same_connection(void **state)
{
    struct wire_sessions *sessions = *state;
    uint64_t first = wire_session_of(sessions, 7, key_a);
    uint64_t second = wire_session_of(sessions, 8, key_a);
    assert_true(first != 0);
    assert_int_not_equal(first, second);
    assert_int_equal(wire_session_of(sessions, 7, key_a), first);
    assert_int_equal(wire_session_of(sessions, 8, key_a), second);
    const struct wire_session *found = wire_session_find(sessions, first);
    assert_non_null(found);
    assert_int_equal(found->routing, 7);
    assert_memory_equal(found->curve_key, key_a, KEY_SIZE);
}

static void test_wire_session_of_another_key(void **state)
{
    struct wire_sessions *sessions = *state;
    uint64_t first = wire_session_of(sessions, 7, key_a);
    uint64_t second = wire_session_of(sessions, 7, key_b);
    assert_true(second > first);
    assert_null(wire_session_find(sessions, first));
    assert_memory_equal(wire_session_find(sessions, second)->curve_key, key_b, KEY_SIZE);
}

static void test_wire_session_of_colliding_routing_ids(void **state)
{
    struct wire_sessions *sessions = *state;
    uint64_t number[5];
    for (uint32_t i = 0; i < 5; i++)
        number[i] = wire_session_of(sessions, 3 + i * WIRE_SESSIONS_MAX, key_a);
    wire_session_forget(sessions, number[2]);
    wire_session_forget(sessions, number[4]);
    wire_session_forget(sessions, number[0]);
    assert_int_equal(wire_session_of(sessions, 3 + WIRE_SESSIONS_MAX, key_a), number[1]);
    assert_int_equal(wire_session_of(sessions, 3 + 3 * WIRE_SESSIONS_MAX, key_a), number[3]);
    assert_true(wire_session_of(sessions, 3, key_a) > number[4]);
}

static void test_wire_session_find_unknown(void **state)
{
    struct wire_sessions *sessions = *state;
    assert_null(wire_session_find(sessions, 0));
    assert_null(wire_session_find(sessions, WIRE_SESSIONS_MAX));
    assert_null(wire_session_find(sessions, UINT64_MAX));
    wire_session_forget(sessions, 0);
    wire_session_forget(sessions, 12345);
    uint64_t first = wire_session_of(sessions, 1, key_a);
    wire_session_forget(sessions, first);
    wire_session_forget(sessions, first);
    assert_null(wire_session_find(sessions, first));
    uint64_t second = wire_session_of(sessions, 1, key_a);
    assert_true(second > first);
    assert_null(wire_session_find(sessions, first));
}

static void test_wire_session_of_a_key_with_too_many(void **state)
{
    struct wire_sessions *sessions = *state;
    uint64_t other = wire_session_of(sessions, 1000, key_b);
    uint64_t number[WIRE_SESSIONS_A_KEY];
    for (uint32_t i = 0; i < WIRE_SESSIONS_A_KEY; i++)
        number[i] = wire_session_of(sessions, i, key_a);
    for (uint32_t i = 0; i < WIRE_SESSIONS_A_KEY; i++)
        assert_non_null(wire_session_find(sessions, number[i]));
    for (uint32_t i = WIRE_SESSIONS_A_KEY; i < 3 * WIRE_SESSIONS_MAX; i++)
        (void)wire_session_of(sessions, i + 1000, key_a);
    for (uint32_t i = 0; i < WIRE_SESSIONS_A_KEY; i++)
        assert_null(wire_session_find(sessions, number[i]));
    assert_non_null(wire_session_find(sessions, other));
    assert_int_equal(wire_session_of(sessions, 1000, key_b), other);
}

/* Keys that begin alike: the table has to compare them. */
static uint64_t session_of_many(struct wire_sessions *sessions, uint32_t routing)
{
    uint8_t key[KEY_SIZE] = {5, 5, 5, 5};
    uint32_t whose = routing / WIRE_SESSIONS_A_KEY;
    memcpy(key + 8, &whose, sizeof whose);
    return wire_session_of(sessions, routing, key);
}

static void test_wire_session_of_when_full(void **state)
{
    struct wire_sessions *sessions = *state;
    static uint64_t number[WIRE_SESSIONS_MAX];
    for (uint32_t i = 0; i < WIRE_SESSIONS_MAX; i++)
        number[i] = session_of_many(sessions, i);
    for (uint32_t i = 0; i < WIRE_SESSIONS_MAX; i++)
        assert_non_null(wire_session_find(sessions, number[i]));
    /* 0 speaks again: 1 is now the one heard of longest ago. */
    assert_int_equal(session_of_many(sessions, 0), number[0]);
    uint64_t one_more = session_of_many(sessions, WIRE_SESSIONS_MAX);
    assert_non_null(wire_session_find(sessions, one_more));
    assert_non_null(wire_session_find(sessions, number[0]));
    assert_null(wire_session_find(sessions, number[1]));
    assert_non_null(wire_session_find(sessions, number[2]));
}

static void test_wire_session_of_numbers_only_grow(void **state)
{
    struct wire_sessions *sessions = *state;
    uint64_t last = 0;
    for (uint32_t i = 0; i < 1000000; i++) {
        uint64_t number = wire_session_of(sessions, i * 2654435761u, key_a);
        assert_true(number > last || number / WIRE_SESSIONS_MAX > last / WIRE_SESSIONS_MAX);
        last = number;
        wire_session_forget(sessions, number);
    }
}

static void test_wire_session_key_of_the_last_that_went(void **state)
{
    struct wire_sessions *sessions = *state;
    uint8_t key[KEY_SIZE] = {0};
    uint64_t first = wire_session_of(sessions, 7, key_a);
    assert_true(wire_session_key(sessions, first, key));
    assert_memory_equal(key, key_a, KEY_SIZE);
    assert_false(wire_session_key(sessions, 0, key));
    assert_false(wire_session_key(sessions, first + 1, key));
    wire_session_forget(sessions, first);
    /* As many more as are remembered, but for one. */
    for (uint32_t i = 1; i < WIRE_SESSIONS_GONE; i++)
        wire_session_forget(sessions, wire_session_of(sessions, 7 + i, key_b));
    memset(key, 0, sizeof key);
    assert_true(wire_session_key(sessions, first, key));
    assert_memory_equal(key, key_a, KEY_SIZE);
    wire_session_forget(sessions, wire_session_of(sessions, 7, key_b));
    assert_false(wire_session_key(sessions, first, key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_wire_session_of_same_connection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wire_session_of_another_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wire_session_of_colliding_routing_ids, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wire_session_find_unknown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wire_session_of_a_key_with_too_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wire_session_of_when_full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wire_session_of_numbers_only_grow, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wire_session_key_of_the_last_that_went, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("wire_session", tests, NULL, NULL);
}
