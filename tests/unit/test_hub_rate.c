/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub_listens(): how much of one node is looked at.
 *   - a flood: exactly as many frames as are allowed are looked at, at the limit and one past it; another node's are looked at as before; what came is given back with time
 *   - large frames, and small ones that say they unpack to large ones, are counted by what they cost
 *   - frames that mean nothing: the limit, one past it; a sound frame is not listened to either, until the time is over; another node does not notice
 *   - two lines in the log for all of it, and the greatest number of faults that is told one by one
 *   - turns: while one floods on many connections, each frame of the others has its turn
 *   - a key nobody knows is for the step to answer; a clock that jumps opens everything again and closes nothing
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "navette/frame.h"
#include "sync/hub_state.h"
#include "tests/lib/pair.h"

#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK

struct room {
    struct pair *pair;
    struct effects effects;
    struct buffer ping;
    int64_t now_ms;
};

static int set_up(void **state)
{
    static struct room room;
    Navette__Ping ping = NAVETTE__PING__INIT;

    memset(&room, 0, sizeof room);
    room.pair = pair_new();
    pair_enrol(room.pair, "BIB-A", BRANCH);
    pair_enrol(room.pair, "BIB-B", BRANCH);
    effects_init(&room.effects);
    room.now_ms = 1000000;
    assert_int_equal(frame_encode(FRAME_PING, &ping.base, &room.ping), 0);
    *state = &room;
    return 0;
}

static int tear_down(void **state)
{
    struct room *room = *state;

    buffer_free(&room->ping);
    effects_free(&room->effects);
    pair_free(room->pair);
    return 0;
}

static int listens_to(struct room *room, size_t node, struct span bytes)
{
    return hub_listens(room->pair->hub, 7 + node, room->pair->nodes[node].curve_key, bytes, room->now_ms, &room->effects);
}

static int listens(struct room *room, size_t node)
{
    return listens_to(room, node, buffer_span(&room->ping));
}

static unsigned looked_at(struct room *room, size_t node, unsigned frames)
{
    unsigned count = 0;

    for (unsigned i = 0; i < frames; i++) {
        count += (unsigned)listens(room, node);
    }
    return count;
}

static size_t lines(const struct room *room)
{
    size_t count = 0;

    for (size_t i = 0; i < room->effects.count; i++) {
        count += room->effects.list[i].kind == EFFECT_LOG;
    }
    return count;
}

static void test_listens_to_a_flood_up_to_the_limit(void **state)
{
    struct room *room = *state;

    assert_int_equal(looked_at(room, 0, HUB_RATE_FRAMES_MOST), HUB_RATE_FRAMES_MOST);
    assert_int_equal(lines(room), 0);
    assert_false(listens(room, 0));
    assert_int_equal(lines(room), 1);
    assert_int_equal(looked_at(room, 0, 100000), 0);
    assert_int_equal(looked_at(room, 1, 1000), 1000);
    room->now_ms += HUB_DEAF_MS - 1;
    assert_false(listens(room, 0));
    room->now_ms += 1;
    assert_true(listens(room, 0));
    assert_int_equal(lines(room), 2);
    assert_non_null(strstr(room->effects.list[1].text, "100002 frames"));
}

static void test_listens_gives_back_with_time(void **state)
{
    struct room *room = *state;

    assert_int_equal(looked_at(room, 0, HUB_RATE_FRAMES_MOST), HUB_RATE_FRAMES_MOST);
    room->now_ms += HUB_RATE_STEP_MS - 1;
    assert_int_equal(room->pair->hub->peers[0].rate.frames, 0);
    room->now_ms += 1;
    assert_int_equal(looked_at(room, 0, HUB_RATE_FRAMES * HUB_RATE_STEP_MS / 1000), HUB_RATE_FRAMES * HUB_RATE_STEP_MS / 1000);
    assert_int_equal(lines(room), 0);
    assert_false(listens(room, 0));
}

/* A node at the fastest that a hub takes in from one, for a minute: nothing of it is dropped. */
static void test_listens_to_a_fast_node(void **state)
{
    struct room *room = *state;
    unsigned count = 0;

    for (unsigned i = 0; i < 60000; i++, room->now_ms++) {
        count += looked_at(room, 0, 8);
    }
    assert_int_equal(count, 480000);
}

static void test_listens_counts_what_a_frame_costs(void **state)
{
    struct room *room = *state;
    uint8_t large[FRAME_HEADER_SIZE] = {0};
    unsigned count = 0;

    /* It says that it unpacks to half a MiB; or to 4 GiB, which no decoder would believe. */
    write_u32(large + 12, LIMIT_FRAME_BYTES);
    while (listens_to(room, 0, span_of(large, sizeof large))) {
        count++;
    }
    assert_int_equal(count, HUB_RATE_BYTES_MOST / LIMIT_FRAME_BYTES);
    write_u32(large + 12, UINT32_MAX);
    count = 0;
    while (listens_to(room, 1, span_of(large, sizeof large))) {
        count++;
    }
    assert_int_equal(count, HUB_RATE_BYTES_MOST / LIMIT_FRAME_BYTES);
}

/* Through the step, as the executor does: frames that nobody can read. */
static unsigned give_rubbish(struct room *room, size_t node, unsigned frames)
{
    static const uint8_t RUBBISH[] = "NVT1 is how it begins, and that is all";
    unsigned taken = 0;

    for (unsigned i = 0; i < frames; i++) {
        struct hub_input input = {.kind = HUB_FRAME, .now_ms = room->pair->now_ms, .session = 7 + node};

        if (!listens_to(room, node, span_of(RUBBISH, sizeof RUBBISH))) {
            continue;
        }
        input.curve_key = room->pair->nodes[node].curve_key;
        input.bytes = span_of(RUBBISH, sizeof RUBBISH);
        input.journal = memstore_begin_write(room->pair->journal);
        assert_int_equal(hub_step(room->pair->hub, &input, &room->effects), 0);
        memstore_abort(input.journal);
        taken++;
    }
    return taken;
}

static void test_listens_no_more_to_what_means_nothing(void **state)
{
    struct room *room = *state;

    assert_int_equal(give_rubbish(room, 0, HUB_FAULTS_MOST), HUB_FAULTS_MOST);
    assert_int_equal(lines(room), HUB_FAULTS_TOLD);
    assert_int_equal(give_rubbish(room, 0, 100000), 0);
    assert_int_equal(lines(room), HUB_FAULTS_TOLD + 1);
    assert_false(listens(room, 0));
    assert_true(listens(room, 1));
    assert_int_equal(give_rubbish(room, 1, 1), 1);
    room->now_ms += HUB_DEAF_MS;
    assert_true(listens(room, 0));
    /* every ten seconds so much again, and so many lines, however long it goes on */
    effects_clear(&room->effects);
    assert_int_equal(give_rubbish(room, 0, 100000), HUB_FAULTS_MOST);
    assert_int_equal(lines(room), HUB_FAULTS_TOLD + 1);
}

static void test_listens_in_turns(void **state)
{
    struct room *room = *state;
    unsigned served = 0;
    unsigned flooded = 0;

    /* ROUTER takes one frame of each connection in turn: a thousand of the flood's for one of the other's. */
    for (unsigned turn = 0; turn < 1000; turn++) {
        for (uint64_t connection = 0; connection < 1000; connection++) {
            flooded += (unsigned)hub_listens(room->pair->hub, 100 + connection, room->pair->nodes[0].curve_key, buffer_span(&room->ping),
                                             room->now_ms, &room->effects);
        }
        served += (unsigned)listens(room, 1);
    }
    assert_int_equal(served, 1000);
    assert_int_equal(flooded, HUB_RATE_FRAMES_MOST);
    assert_int_equal(lines(room), 1);
}

static void test_listens_to_an_unknown_key(void **state)
{
    struct room *room = *state;
    static const uint8_t KEY[KEY_SIZE] = {99};

    for (unsigned i = 0; i < 2 * HUB_RATE_FRAMES_MOST; i++) {
        assert_true(hub_listens(room->pair->hub, 1, KEY, buffer_span(&room->ping), room->now_ms, &room->effects));
    }
}

static void test_listens_under_a_clock_that_jumps(void **state)
{
    struct room *room = *state;

    (void)looked_at(room, 0, HUB_RATE_FRAMES_MOST + 1);
    assert_false(listens(room, 0));
    room->now_ms -= 500000;
    assert_true(listens(room, 0));
    room->now_ms += INT64_C(1) << 50;
    assert_int_equal(looked_at(room, 0, HUB_RATE_FRAMES_MOST), HUB_RATE_FRAMES_MOST);
    assert_false(listens(room, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_listens_to_a_flood_up_to_the_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_listens_gives_back_with_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_listens_to_a_fast_node, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_listens_counts_what_a_frame_costs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_listens_no_more_to_what_means_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_listens_in_turns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_listens_to_an_unknown_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_listens_under_a_clock_that_jumps, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("hub_rate", tests, NULL, NULL);
}
