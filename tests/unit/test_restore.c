/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.h, node.h, hub.h: a node whose store was put back from a backup.
 *   - it goes on under a child incarnation, takes back what it wrote after the backup, and everybody ends with the same state
 *   - what is recorded before, while and after that goes up under the child, each thing once; the child's parent is told to everybody
 *   - the hybrid clock is not behind what came back, even when that was written by a clock far ahead, and after a restart too
 *   - restored again, from the same backup or from a later one, it gets everything back again
 *   - a commit that fails takes the child back with it, and the next one begins another
 *   - what is recorded between the question and the hub's answer is a branch, and is kept
 *   - made while a batch was open, the backup ends inside a batch that the hub holds: with and without more in it, nothing gets stuck
 *   - a late HELLO of the log before, on the same connection, does not bring that one back
 *   - a late HELLO of a process the hub never heard of neither disturbs the session that stands nor raises an alarm
 *   - 1,000 restarts and reconnections, some with such late words, give no clone alarm
 *   - nobody continues the log of another node; a node's log cannot say that a log began
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "navette/frame.h"
#include "tests/lib/pair_backup.h"

#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK

static void test_restored_node_takes_back_what_it_wrote(void **state)
{
    struct memstore *backup;
    uint8_t old[INCARNATION_SIZE];
    struct log_head head;
    struct store_txn *txn;
    size_t a, b;
    struct pair *pair = pair_backed_up(&a, &b, 3, &backup);

    (void)state;
    pair_record_titles(pair, a, 100, 40);
    pair_record_titles(pair, b, 200, 2);
    assert_true(pair_settle(pair));
    memcpy(old, pair->nodes[a].incarnation, INCARNATION_SIZE);
    pair_restore_node(pair, a, backup);
    pair_connect(pair, a);
    while (pair_progress(pair, a).take_back == 0) {
        assert_true(pair_hub_round(pair, 64) + pair_node_round(pair, a) > 0);
    }
    assert_memory_not_equal(pair->nodes[a].incarnation, old, INCARNATION_SIZE);
    pair_record_titles(pair, a, 300, 5);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_progress(pair, a).take_back, 0);
    assert_int_equal(pair_progress(pair, a).head, 5);
    assert_int_equal(pair_hub_head(pair, a), 5);
    assert_int_equal(pair_entries_of(pair->nodes[a].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 3 + 40 + 2 + 5);
    assert_int_equal(pair_entries_of(pair->nodes[b].store, NAVETTE__EVENT__BODY_INCARNATION_STARTED), 1);
    pair_assert_equal_states(pair);
    txn = memstore_begin_read(pair->journal);
    assert_int_equal(journal_head(txn, pair->nodes[a].incarnation, &head), 0);
    assert_memory_equal(head.parent, old, INCARNATION_SIZE);
    memstore_abort(txn);
    pair_free(pair);
}

static void test_restored_again_and_again(void **state)
{
    struct memstore *backup;
    struct memstore *again;
    size_t a, b;
    struct pair *pair = pair_backed_up(&a, &b, 3, &backup);

    (void)state;
    again = memstore_clone(backup);
    pair_record_titles(pair, a, 100, 4);
    assert_true(pair_settle(pair));
    pair_restore_node(pair, a, backup);
    pair_connect_all(pair);
    pair_record_titles(pair, a, 200, 4);
    assert_true(pair_settle(pair));
    backup = memstore_clone(pair->nodes[a].store);
    pair_record_titles(pair, a, 300, 4);
    assert_true(pair_settle(pair));
    /* The first backup knows nothing of the child. */
    pair_restore_node(pair, a, again);
    pair_connect_all(pair);
    pair_record_titles(pair, a, 400, 4);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_entries_of(pair->nodes[a].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 19);
    pair_assert_equal_states(pair);
    /* The second one is the child's own. */
    pair_restore_node(pair, a, backup);
    pair_connect_all(pair);
    assert_int_equal(pair_entries_of(pair->nodes[a].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 19);
    assert_int_equal(pair_entries_of(pair->nodes[b].store, NAVETTE__EVENT__BODY_INCARNATION_STARTED), 3);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

static void test_restored_inside_a_batch(void **state)
{
    (void)state;
    for (int more = 0; more < 4; more += 3) {
        struct memstore *backup;
        uint8_t old[INCARNATION_SIZE];
        size_t a, b;
        struct pair *pair = pair_backed_up(&a, &b, 3, &backup);

        memstore_free(backup);
        pair_record_titles(pair, a, 100, 2);
        backup = memstore_clone(pair->nodes[a].store);
        assert_true(pair_settle(pair));
        memcpy(old, pair->nodes[a].incarnation, INCARNATION_SIZE);
        pair_restore_node(pair, a, backup);
        pair_record_titles(pair, a, 200, more);
        pair_connect_all(pair);
        assert_memory_not_equal(pair->nodes[a].incarnation, old, INCARNATION_SIZE);
        assert_int_equal(pair_progress(pair, a).began, more > 0 ? NAVETTE__VERDICT__VERDICT_FORK : NAVETTE__VERDICT__VERDICT_NODE_RESTORED);
        assert_int_equal(pair_progress(pair, a).branch, more);
        pair_record_titles(pair, a, 300, 2);
        assert_true(pair_settle(pair));
        assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ADOPTED), more);
        assert_int_equal(pair_hub_head(pair, a), more + 2);
        pair_assert_equal_states(pair);
        pair_free(pair);
    }
}

static void test_recorded_while_the_hub_answers(void **state)
{
    struct memstore *backup;
    size_t a, b;
    struct pair *pair = pair_backed_up(&a, &b, 3, &backup);

    (void)state;
    pair_record_titles(pair, a, 100, 4);
    assert_true(pair_settle(pair));
    pair_restore_node(pair, a, backup);
    pair_connect(pair, a);
    /* HELLO; "show it"; here it is; "restored": under way. */
    pair_hub_round(pair, 64);
    pair_node_round(pair, a);
    pair_hub_round(pair, 64);
    pair_record_titles(pair, a, 200, 2);
    pair_connect_all(pair);
    assert_int_equal(pair_progress(pair, a).began, NAVETTE__VERDICT__VERDICT_FORK);
    assert_int_equal(pair_progress(pair, a).branch, 2);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ADOPTED), 2);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 7);
    assert_int_equal(pair_entries_of(pair->nodes[a].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 9);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

/* What the node said before it went on under another name, once more, on the same connection. */
static void say_again(struct pair *pair, size_t node, uint8_t old[INCARNATION_SIZE])
{
    struct pair_frame *slot = &pair->up.frames[pair->up.count++];
    Navette__Hello hello = NAVETTE__HELLO__INIT;
    Navette__LogHead log = NAVETTE__LOG_HEAD__INIT;

    hello.version = FRAME_VERSION;
    hello.node = (ProtobufCBinaryData){NODE_ID_SIZE, pair->nodes[node].id};
    hello.process = (ProtobufCBinaryData){16, pair->nodes[node].process};
    hello.connect = 1;
    log.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, old};
    hello.log = &log;
    memset(slot, 0, sizeof *slot);
    assert_int_equal(frame_encode(FRAME_HELLO, &hello.base, &slot->bytes), 0);
    slot->session = pair->nodes[node].session;
}

static void test_log_before_is_not_greeted_again(void **state)
{
    struct memstore *backup;
    uint8_t old[INCARNATION_SIZE];
    size_t a, b;
    struct pair *pair = pair_backed_up(&a, &b, 3, &backup);

    (void)state;
    pair_record_titles(pair, a, 100, 40);
    assert_true(pair_settle(pair));
    memcpy(old, pair->nodes[a].incarnation, INCARNATION_SIZE);
    pair_restore_node(pair, a, backup);
    pair_connect(pair, a);
    while (pair_progress(pair, a).take_back == 0)
        assert_true(pair_hub_round(pair, 64) + pair_node_round(pair, a) > 0);
    pair_hub_round(pair, 1);
    say_again(pair, a, old);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_entries_of(pair->nodes[a].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 43);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

static uint64_t clock_of(struct pair *pair, size_t node)
{
    return node_clock(pair->nodes[node].node)->last;
}

static void test_restored_clock_is_not_behind(void **state)
{
    struct memstore *backup;
    uint64_t ahead;
    size_t a, b;
    struct pair *pair = pair_backed_up(&a, &b, 3, &backup);

    (void)state;
    /* As a machine whose clock stood 70 years ahead would have written. */
    node_clock(pair->nodes[a].node)->last += UINT64_C(2208988800000) << 16;
    pair_record_titles(pair, a, 100, 2);
    ahead = clock_of(pair, a);
    assert_true(pair_settle(pair));
    assert_true(clock_of(pair, b) < ahead);
    pair_restore_node(pair, a, backup);
    assert_true(clock_of(pair, a) < ahead);
    pair_connect_all(pair);
    assert_true(clock_of(pair, a) >= ahead);
    pair_restart_node(pair, a);
    assert_true(clock_of(pair, a) >= ahead);
    pair_connect_all(pair);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

static void test_child_is_forgotten_with_its_commit(void **state)
{
    struct memstore *backup;
    struct pair_node *node;
    struct effects effects;
    uint8_t fresh[SALT_SIZE];
    uint8_t old[INCARNATION_SIZE];
    size_t a, b;
    struct pair *pair = pair_backed_up(&a, &b, 3, &backup);

    (void)state;
    pair_record_titles(pair, a, 100, 4);
    assert_true(pair_settle(pair));
    pair_restore_node(pair, a, backup);
    node = &pair->nodes[a];
    memcpy(old, node->incarnation, INCARNATION_SIZE);
    pair_connect(pair, a);
    pair_hub_round(pair, 64);
    pair_node_round(pair, a);
    pair_hub_round(pair, 64);
    assert_int_equal(node->down.count, 1);
    effects_init(&effects);
    memset(fresh, 0x77, sizeof fresh);
    struct store_txn *txn = memstore_begin_write(node->store);
    struct node_input input = {.kind = NODE_FRAME,
                               .now_ms = pair->now_ms,
                               .wall_ms = pair->now_ms,
                               .bytes = buffer_span(&node->down.frames[0].bytes),
                               .fresh = fresh,
                               .txn = txn};
    assert_int_equal(node_step(node->node, &input, &effects), 0);
    assert_memory_equal(node_incarnation(node->node), fresh, INCARNATION_SIZE);
    memstore_abort(txn);
    txn = memstore_begin_write(node->store);
    input = (struct node_input){.kind = NODE_FAILED, .now_ms = pair->now_ms, .txn = txn};
    assert_int_equal(node_step(node->node, &input, &effects), 0);
    assert_memory_equal(node_incarnation(node->node), old, INCARNATION_SIZE);
    memstore_abort(txn);
    effects_free(&effects);
    pair_disconnect(pair, a);
    pair_connect_all(pair);
    assert_memory_not_equal(node->incarnation, fresh, INCARNATION_SIZE);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

/* HELLO of a process that ended before the hub heard of it, on a connection that is no longer there. */
static void say_late(struct pair *pair, size_t node, uint8_t process_byte)
{
    struct pair_frame *slot = &pair->up.frames[pair->up.count++];
    Navette__Hello hello = NAVETTE__HELLO__INIT;
    Navette__LogHead log = NAVETTE__LOG_HEAD__INIT;
    uint8_t process[16];

    memset(process, process_byte, sizeof process);
    hello.version = FRAME_VERSION;
    hello.node = (ProtobufCBinaryData){NODE_ID_SIZE, pair->nodes[node].id};
    hello.process = (ProtobufCBinaryData){sizeof process, process};
    hello.connect = 1;
    log.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, pair->nodes[node].incarnation};
    hello.log = &log;
    memset(slot, 0, sizeof *slot);
    assert_int_equal(frame_encode(FRAME_HELLO, &hello.base, &slot->bytes), 0);
    slot->session = pair->nodes[node].session;
}

static Navette__Verdict verdict_at_hub(const struct pair *pair, size_t node)
{
    struct hub_session_info info;

    assert_int_equal(hub_session_at(pair->hub, node, &info), 0);
    return info.verdict;
}

/* The frame comes on a session of its own: the node's is renamed for as long as it takes. */
static void hear_late(struct pair *pair, size_t node, uint8_t process_byte)
{
    uint64_t session = pair->nodes[node].session;

    pair->nodes[node].session = ++pair->next_session;
    say_late(pair, node, process_byte);
    pair_hub_round(pair, 64);
    while (pair->nodes[node].down.count > 0)
        buffer_free(&pair->nodes[node].down.frames[--pair->nodes[node].down.count].bytes);
    pair->nodes[node].session = session;
}

static void test_late_words_change_nothing(void **state)
{
    struct memstore *backup;
    size_t a, b;
    struct pair *pair = pair_backed_up(&a, &b, 3, &backup);
    unsigned byes = pair->byes;

    (void)state;
    memstore_free(backup);
    hear_late(pair, a, 0x55);
    assert_int_equal(pair->byes, byes);
    assert_true(verdict_at_hub(pair, a) == NAVETTE__VERDICT__VERDICT_IN_STEP ||
                verdict_at_hub(pair, a) == NAVETTE__VERDICT__VERDICT_HUB_BEHIND);
    pair_record_titles(pair, a, 100, 3);
    assert_true(pair_settle(pair));
    assert_int_equal(pair->byes, byes);
    assert_int_equal(pair_progress(pair, a).head, 6);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_INCARNATION_STARTED), 0);
    pair_free(pair);
}

static void test_thousand_restarts_are_no_clone(void **state)
{
    struct memstore *backup;
    size_t a, b;
    struct pair *pair = pair_backed_up(&a, &b, 3, &backup);

    (void)state;
    memstore_free(backup);
    for (int i = 0; i < 1000; i++) {
        if (i % 3 == 0)
            pair_restart_node(pair, a);
        pair_connect(pair, a);
        for (int round = 0; round < 4; round++) {
            pair_hub_round(pair, 64);
            pair_node_round(pair, a);
        }
        if (i % 5 == 0)
            hear_late(pair, a, (uint8_t)(i & 0xff));
        pair_tick(pair, 100);
        assert_true(verdict_at_hub(pair, a) != NAVETTE__VERDICT__VERDICT_CLONE);
        assert_int_equal(pair_progress(pair, a).link, NODE_STREAMING);
    }
    pair_connect_all(pair);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_INCARNATION_STARTED), 0);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

static void test_nobody_continues_another_log(void **state)
{
    struct memstore *backup;
    uint8_t child[INCARNATION_SIZE];
    struct store_txn *txn;
    struct log_head head;
    size_t a, b;
    struct pair *pair = pair_backed_up(&a, &b, 3, &backup);

    (void)state;
    memstore_free(backup);
    pair_disconnect(pair, a);
    memset(child, 0x66, sizeof child);
    txn = memstore_begin_write(pair->nodes[a].store);
    assert_int_equal(log_start(txn, child, pair->nodes[b].incarnation, pair->nodes[a].id), 0);
    assert_int_equal(memstore_commit(txn), 0);
    memcpy(pair->nodes[a].incarnation, child, sizeof child);
    /* A node that was told so by its store. */
    struct node_options options = {.ping_ms = 10000, .dead_ms = 60000};
    memcpy(options.node, pair->nodes[a].id, NODE_ID_SIZE);
    memcpy(options.incarnation, child, INCARNATION_SIZE);
    node_free(pair->nodes[a].node);
    pair->nodes[a].node = node_new(&options);
    txn = memstore_begin_write(pair->nodes[a].store);
    assert_int_equal(store_del(txn, TABLE_LOCAL, span_of_string("link")), 0);
    assert_int_equal(memstore_commit(txn), 0);
    pair_connect(pair, a);
    for (int round = 0; round < 4; round++) {
        pair_hub_round(pair, 64);
        pair_node_round(pair, a);
    }
    assert_int_equal(pair_progress(pair, a).link, NODE_HELD);
    assert_int_equal(pair_progress(pair, a).verdict, NAVETTE__VERDICT__VERDICT_REFUSED);
    txn = memstore_begin_read(pair->journal);
    assert_int_equal(journal_head(txn, child, &head), NAVETTE_E_NOT_FOUND);
    memstore_abort(txn);
    pair_free(pair);
}

static void test_no_node_says_that_a_log_began(void **state)
{
    struct memstore *backup;
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__IncarnationStarted started = NAVETTE__INCARNATION_STARTED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char hex[2 * NODE_ID_SIZE + 1];
    uint8_t name[INCARNATION_SIZE];
    uint8_t salt[SALT_SIZE] = {9};
    size_t a, b;
    struct pair *pair = pair_backed_up(&a, &b, 3, &backup);
    struct store_txn *txn = memstore_begin_write(pair->nodes[b].store);
    struct log_head head;

    (void)state;
    memstore_free(backup);
    memset(name, 0x44, sizeof name);
    hex_encode(pair->nodes[a].id, NODE_ID_SIZE, hex);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = hex;
    started.node = &thing;
    started.incarnation = (ProtobufCBinaryData){sizeof name, name};
    body.hlc = hlc_tick(node_clock(pair->nodes[b].node), pair->now_ms);
    body.body_case = NAVETTE__EVENT__BODY_INCARNATION_STARTED;
    body.incarnation_started = &started;
    assert_int_equal(log_record(txn, pair->nodes[b].incarnation, &body, salt, 0, NULL), 0);
    assert_int_equal(memstore_commit(txn), 0);
    (void)pair_settle(pair);
    assert_int_equal(pair_hub_head(pair, b), 0);
    assert_int_equal(pair->last_nack, NAVETTE__NACK_REASON__NACK_CHAIN);
    txn = memstore_begin_read(pair->nodes[a].store);
    assert_int_equal(journal_head(txn, name, &head), NAVETTE_E_NOT_FOUND);
    memstore_abort(txn);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_restored_node_takes_back_what_it_wrote), cmocka_unit_test(test_restored_again_and_again),
        cmocka_unit_test(test_recorded_while_the_hub_answers),         cmocka_unit_test(test_restored_inside_a_batch),
        cmocka_unit_test(test_log_before_is_not_greeted_again),        cmocka_unit_test(test_restored_clock_is_not_behind),
        cmocka_unit_test(test_child_is_forgotten_with_its_commit),     cmocka_unit_test(test_late_words_change_nothing),
        cmocka_unit_test(test_thousand_restarts_are_no_clone),         cmocka_unit_test(test_nobody_continues_another_log),
        cmocka_unit_test(test_no_node_says_that_a_log_began),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
