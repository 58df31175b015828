/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enrol_inquiry.c and what enrol_port.c answers, over a real socket: how the hub's keys changed.
 *   - behind each key of a chain: the rest of it, eight at most, oldest first; `over` only with the last
 *   - a key that the hub never had, a hub that never changed its keys: nothing
 *   - an endpoint out of form; nobody there: nothing comes, and nothing is waited for
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <poll.h>

#include "navette/enrol.h"
#include "navette/frame.h"
#include "navette/system.h"

#define DEADLINE_MS 20000
#define NOW INT64_C(1000000000000)

struct room {
    struct enrol_port *port;
    struct rekey chain[REKEY_PAST];
};

static int set_up(void **state)
{
    static struct room room;

    memset(&room, 0, sizeof room);
    assert_int_equal(enrol_port_open("tcp://127.0.0.1:0", &room.port), 0);
    for (size_t i = 0; i < REKEY_PAST; i++) {
        memset(room.chain[i].previous, (int)i + 1, KEY_SIZE);
        memset(room.chain[i].sign_key, (int)i + 2, KEY_SIZE);
        room.chain[i].from_seq = i + 1;
    }
    *state = &room;
    return 0;
}

static int tear_down(void **state)
{
    enrol_port_close(((struct room *)*state)->port);
    return 0;
}

/* Asks behind key `known`; the answer's first change (its from_seq) and how many. */
static size_t ask(struct room *room, uint8_t known, uint64_t *first, int *over)
{
    int64_t deadline_ms = system_monotonic_ms() + DEADLINE_MS;
    struct buffer bytes = {.data = NULL};
    struct enrol_inquiry *inquiry;
    struct enrol_claim claim;
    uint8_t key[KEY_SIZE];
    struct frame frame;
    size_t count, which;
    int rc;

    memset(key, known, KEY_SIZE);
    assert_int_equal(enrol_inquiry_open(enrol_port_endpoint(room->port), key, &inquiry), 0);
    while ((rc = enrol_inquiry_take(inquiry, &bytes)) == NAVETTE_E_NOT_FOUND && system_monotonic_ms() < deadline_ms) {
        struct pollfd fd = {.fd = enrol_port_fd(room->port), .events = POLLIN};

        (void)poll(&fd, 1, 5);
        (void)enrol_port_take(room->port, NULL, 0, NOW, &which, &claim);
    }
    assert_int_equal(rc, 0);
    enrol_inquiry_close(inquiry);
    assert_true(bytes.len <= 4096);
    assert_int_equal(frame_decode(buffer_span(&bytes), &frame), 0);
    assert_int_equal(frame.type, FRAME_HUB_KEYS);
    count = ((Navette__HubKeys *)frame.message)->n_keys;
    *over = ((Navette__HubKeys *)frame.message)->over;
    *first = count > 0 ? ((Navette__HubKeys *)frame.message)->keys[0]->from_seq : 0;
    frame_free(&frame);
    buffer_free(&bytes);
    return count;
}

static void test_enrol_inquiry_behind_each_key(void **state)
{
    struct room *room = *state;
    uint64_t first;
    int over;

    enrol_port_tell(room->port, room->chain, REKEY_PAST, 1);
    for (uint8_t known = 1; known <= REKEY_PAST + 1; known++) {
        size_t left = REKEY_PAST + 1u - known;

        assert_int_equal(ask(room, known, &first, &over), left > LIMIT_HUB_KEYS ? LIMIT_HUB_KEYS : left);
        assert_int_equal(first, left > 0 ? known : 0);
        assert_int_equal(over, left > 0 && left <= LIMIT_HUB_KEYS);
    }
    enrol_port_tell(room->port, room->chain, 1, 0);
    assert_int_equal(ask(room, 1, &first, &over), 1);
    assert_false(over);
}

static void test_enrol_inquiry_nothing_to_tell(void **state)
{
    struct room *room = *state;
    uint64_t first;
    int over;

    assert_int_equal(ask(room, 1, &first, &over), 0);
    enrol_port_tell(room->port, room->chain, 3, 1);
    assert_int_equal(ask(room, 99, &first, &over), 0);
    assert_false(over);
}

static void test_enrol_inquiry_nobody_there(void **state)
{
    struct buffer bytes = {.data = NULL};
    struct enrol_inquiry *inquiry = NULL;
    const uint8_t key[KEY_SIZE] = {1};

    (void)state;
    assert_int_equal(enrol_inquiry_open("hub:7444", key, &inquiry), NAVETTE_E_INVALID);
    assert_null(inquiry);
    assert_int_equal(enrol_inquiry_open("tcp://127.0.0.1:1", key, &inquiry), 0);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(enrol_inquiry_take(inquiry, &bytes), NAVETTE_E_NOT_FOUND);
    enrol_inquiry_close(inquiry);
    enrol_inquiry_close(NULL);
    buffer_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_enrol_inquiry_behind_each_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_enrol_inquiry_nothing_to_tell, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_enrol_inquiry_nobody_there, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
