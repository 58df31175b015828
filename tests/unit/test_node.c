/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node.h: the node's step, with a hub's step (hub.h) at the other end.
 *   - what is recorded offline, more than one credit's worth, goes up in order and is durable; nothing goes out before HELLO is answered
 *   - an unanswered HELLO, PUSH, PULL, PING is said again, and a silent hub makes the node connect anew; the deadline always names the next of these
 *   - frames that answer something older change nothing: a WELCOME while streaming, an ACK of less, a DELTA from another cursor
 *   - an ACK or WELCOME of another log than ours holds the node, and nothing of it is taken as durable
 *   - a commit that fails takes back what the steps learnt: the delta comes again, whole
 *   - a hub that is full is asked again after a pause, not at once
 *   - an own clock in the past or the future never drags the hybrid clock
 *   - a frontier goes out at least every four minutes, however much the hub talks
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "navette/frame.h"
#include "tests/lib/pair.h"

#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK

static size_t frames_up(const struct pair *pair, enum frame_type type)
{
    size_t count = 0;

    for (size_t i = 0; i < pair->up.count; i++)
        count += pair->up.frames[i].bytes.data[5] == type;
    return count;
}

static void lose_up(struct pair *pair)
{
    while (pair->up.count > 0)
        buffer_free(&pair->up.frames[--pair->up.count].bytes);
}

static void say(struct pair *pair, size_t node, enum frame_type type, const ProtobufCMessage *message)
{
    struct pair_queue *down = &pair->nodes[node].down;

    memset(&down->frames[down->count], 0, sizeof(down->frames[0]));
    assert_int_equal(frame_encode(type, message, &down->frames[down->count].bytes), 0);
    down->frames[down->count++].session = pair->nodes[node].session;
}

static void record_many(struct pair *pair, size_t node, int count)
{
    char barcode[16];

    for (int i = 0; i < count; i++) {
        snprintf(barcode, sizeof(barcode), "%06d", i);
        assert_int_equal(pair_register(pair, node, barcode, "Un titre assez long pour remplir un lot de messages, et encore un peu"), 0);
    }
}

static void test_step_carries_what_was_recorded_offline(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);

    (void)state;
    record_many(pair, node, 9000);
    pair_connect(pair, node);
    assert_int_equal(pair->up.count, 1);
    assert_int_equal(frames_up(pair, FRAME_HELLO), 1);
    pair_tick(pair, 1);
    assert_int_equal(pair->up.count, 1);
    pair_hub_round(pair, 64);
    pair_node_round(pair, node);
    /* Of a line that is not known yet no more than one batch is risked; once it is, the credit bounds what is under way. */
    assert_int_equal(frames_up(pair, FRAME_PUSH), 1);
    pair_hub_round(pair, 64);
    pair_node_round(pair, node);
    assert_in_range(frames_up(pair, FRAME_PUSH), 2, 8);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_hub_head(pair, node), 9000);
    assert_int_equal(pair_progress(pair, node).durable, 9000);
    assert_int_equal(pair->nacks, 0);
    pair_free(pair);
}

static void test_step_says_again_what_was_not_answered(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    Navette__Pong pong = NAVETTE__PONG__INIT;

    (void)state;
    assert_int_equal(pair_register(pair, node, "1", "Un"), 0);
    pair_connect(pair, node);
    lose_up(pair);
    assert_true(node_deadline(pair->nodes[node].node) <= pair->now_ms + 5000);
    pair_tick(pair, 5000);
    assert_int_equal(frames_up(pair, FRAME_HELLO), 1);
    pair_hub_round(pair, 64);
    pair_node_round(pair, node);
    assert_int_equal(frames_up(pair, FRAME_PUSH), 1);
    lose_up(pair);
    /* Lost, or slow? First that is asked; only once the hub has read all that was said before is it said again. */
    pair_tick(pair, 9000);
    assert_int_equal(frames_up(pair, FRAME_PUSH), 0);
    assert_int_equal(frames_up(pair, FRAME_PING), 1);
    lose_up(pair);
    pong.token = 1;
    pong.hub_time_ms = pair->now_ms;
    say(pair, node, FRAME_PONG, &pong.base);
    pair_node_round(pair, node);
    assert_int_equal(frames_up(pair, FRAME_PUSH), 0);
    pair_tick(pair, 1000);
    assert_int_equal(frames_up(pair, FRAME_PUSH), 1);
    lose_up(pair);
    /* Nothing at all for a minute: the socket is thrown away. */
    for (int i = 0; i < 20 && pair->nodes[node].reconnects == 0; i++) {
        pair_tick(pair, 5000);
        lose_up(pair);
    }
    assert_int_equal(pair->nodes[node].reconnects, 1);
    assert_int_equal(pair_progress(pair, node).link, NODE_OFFLINE);
    assert_true(node_deadline(pair->nodes[node].node) == INT64_MAX);
    pair_connect(pair, node);
    assert_true(pair_settle(pair));
    pair_free(pair);
}

static void test_step_passes_over_old_answers(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    Navette__Welcome welcome = NAVETTE__WELCOME__INIT;
    Navette__Ack ack = NAVETTE__ACK__INIT;
    Navette__Delta delta = NAVETTE__DELTA__INIT;
    Navette__LogHead held = NAVETTE__LOG_HEAD__INIT;
    struct node_progress before;
    struct node_progress after;

    (void)state;
    record_many(pair, node, 3);
    pair_connect(pair, node);
    assert_true(pair_settle(pair));
    before = pair_progress(pair, node);
    held.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, pair->nodes[node].incarnation};
    welcome.verdict = NAVETTE__VERDICT__VERDICT_FORK;
    welcome.held = &held;
    say(pair, node, FRAME_WELCOME, &welcome.base);
    ack.level = NAVETTE__ACK_LEVEL__ACK_DURABLE;
    ack.held = &held;
    say(pair, node, FRAME_ACK, &ack.base);
    delta.from = before.cursor + 1;
    delta.to = before.cursor + 5;
    say(pair, node, FRAME_DELTA, &delta.base);
    pair_node_round(pair, node);
    after = pair_progress(pair, node);
    assert_int_equal(after.link, NODE_STREAMING);
    assert_int_equal(after.durable, before.durable);
    assert_int_equal(after.cursor, before.cursor);
    pair_free(pair);
}

static void test_step_takes_no_foreign_log_for_its_own(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    Navette__Ack ack = NAVETTE__ACK__INIT;
    Navette__LogHead held = NAVETTE__LOG_HEAD__INIT;
    uint8_t hash[HASH_SIZE] = {9};

    (void)state;
    record_many(pair, node, 2);
    pair_connect(pair, node);
    pair_hub_round(pair, 64);
    pair_node_round(pair, node);
    lose_up(pair);
    held.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, pair->nodes[node].incarnation};
    held.seq = 2;
    held.hash = (ProtobufCBinaryData){HASH_SIZE, hash};
    ack.level = NAVETTE__ACK_LEVEL__ACK_DURABLE;
    ack.held = &held;
    say(pair, node, FRAME_ACK, &ack.base);
    pair_node_round(pair, node);
    assert_int_equal(pair_progress(pair, node).durable, 0);
    assert_int_equal(pair_progress(pair, node).link, NODE_HELD);
    assert_int_equal(pair_progress(pair, node).verdict, NAVETTE__VERDICT__VERDICT_FORK);
    pair_free(pair);
}

static void test_step_forgets_what_was_not_kept(void **state)
{
    struct pair *pair = pair_new();
    size_t a = pair_enrol(pair, "BIB-A", BRANCH);
    size_t b = pair_enrol(pair, "BIB-B", BRANCH);
    struct node_progress before;
    struct effects effects;
    struct store_txn *txn;
    struct node_input input = {.kind = NODE_FRAME};

    (void)state;
    pair_connect(pair, b);
    assert_true(pair_settle(pair));
    record_many(pair, a, 5);
    pair_connect(pair, a);
    before = pair_progress(pair, b);
    for (int i = 0; i < 6 && pair->nodes[b].down.count == 0; i++) {
        pair_hub_round(pair, 64);
        pair_node_round(pair, a);
    }
    assert_true(pair->nodes[b].down.count > 0);
    /* B takes the delta in, and its disk does not keep it. */
    effects_init(&effects);
    txn = memstore_begin_write(pair->nodes[b].store);
    input.now_ms = pair->now_ms;
    input.wall_ms = pair->now_ms;
    input.txn = txn;
    input.bytes = buffer_span(&pair->nodes[b].down.frames[0].bytes);
    assert_int_equal(node_step(pair->nodes[b].node, &input, &effects), 0);
    memstore_abort(txn);
    effects_clear(&effects);
    txn = memstore_begin_read(pair->nodes[b].store);
    input.kind = NODE_FAILED;
    input.txn = txn;
    assert_int_equal(node_step(pair->nodes[b].node, &input, &effects), 0);
    memstore_abort(txn);
    assert_int_equal(effects.count, 1);
    assert_int_equal(effects.list[0].kind, EFFECT_RECONNECT);
    effects_free(&effects);
    assert_int_equal(pair_progress(pair, b).cursor, before.cursor);
    assert_int_equal(pair_entries_of(pair->nodes[b].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 0);
    pair_connect(pair, b);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_entries_of(pair->nodes[b].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 5);
    pair_free(pair);
}

static void test_step_waits_for_a_full_hub(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);

    (void)state;
    record_many(pair, node, 1);
    pair_connect(pair, node);
    pair_hub_round(pair, 64);
    pair_node_round(pair, node);
    pair->commit_failure = NAVETTE_E_FULL;
    pair_hub_round(pair, 64);
    pair_node_round(pair, node);
    assert_int_equal(pair->last_nack, NAVETTE__NACK_REASON__NACK_FULL);
    assert_int_equal(frames_up(pair, FRAME_PUSH), 0);
    pair_tick(pair, 1000);
    assert_int_equal(frames_up(pair, FRAME_PUSH), 0);
    pair_tick(pair, 6000);
    assert_int_equal(frames_up(pair, FRAME_PUSH), 1);
    assert_true(pair_settle(pair));
    pair_free(pair);
}

static void test_clock_is_not_dragged(void **state)
{
    struct pair *pair = pair_new();
    size_t a = pair_enrol(pair, "BIB-A", BRANCH);
    size_t b = pair_enrol(pair, "BIB-B", BRANCH);
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__OperationClosed closed = NAVETTE__OPERATION_CLOSED__INIT;

    (void)state;
    node_clock(pair->nodes[a].node)->last = hlc_make(INT64_C(4070908800000), 0); /* 2099 */
    body.body_case = NAVETTE__EVENT__BODY_OPERATION_CLOSED;
    body.operation_closed = &closed;
    closed.kind = NAVETTE__OPERATION_KIND__OPERATION_OTHER;
    assert_int_equal(pair_record(pair, a, &body), 0);
    pair_connect(pair, a);
    pair_connect(pair, b);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_entries_of(pair->nodes[b].store, NAVETTE__EVENT__BODY_OPERATION_CLOSED), 1);
    assert_true(hlc_ms(node_clock(pair->nodes[b].node)->last) < pair->now_ms + HLC_MAX_AHEAD_MS);
    /* Its own next event still comes after its last one. */
    assert_true(hlc_tick(node_clock(pair->nodes[a].node), pair->now_ms) > hlc_make(INT64_C(4070908800000), 0));
    pair_free(pair);
}

static void test_frontier_goes_out_while_the_hub_talks(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    Navette__Pong pong = NAVETTE__PONG__INIT;
    size_t pings = 0;

    (void)state;
    pair_connect(pair, node);
    assert_true(pair_settle(pair));
    lose_up(pair);
    for (int second = 0; second < 300; second += 5) {
        pong.hub_time_ms = pair->now_ms;
        say(pair, node, FRAME_PONG, &pong.base);
        pair_node_round(pair, node);
        pair_tick(pair, 5000);
        pings += frames_up(pair, FRAME_PING);
        lose_up(pair);
    }
    assert_in_range(pings, 1, 3);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_step_carries_what_was_recorded_offline),
        cmocka_unit_test(test_step_says_again_what_was_not_answered),
        cmocka_unit_test(test_step_passes_over_old_answers),
        cmocka_unit_test(test_step_takes_no_foreign_log_for_its_own),
        cmocka_unit_test(test_step_forgets_what_was_not_kept),
        cmocka_unit_test(test_step_waits_for_a_full_hub),
        cmocka_unit_test(test_clock_is_not_dragged),
        cmocka_unit_test(test_frontier_goes_out_while_the_hub_talks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
