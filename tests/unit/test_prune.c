/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node.h: bytes that a node gives up and has back from its hub.
 *   - node_prune: nothing before a backup holds it, before it is old, offline, with a hub of before; a pass in slices, over a restart
 *   - an author keeps what it wrote, under every incarnation, adopted or not, on another machine; with hub and backup gone all of it is there
 *   - what an earlier version gave up of an own log is had back
 *   - a clock that is put right brings nothing back that it does not change
 *   - nothing goes before the line was there for two weeks, nor after a gap of a week
 *   - a late event of another on a pruned thing is folded once the hub has given the bytes; everybody's state is the same
 *   - an answer with other bytes is refused, told, and asked for again; a lost answer too; a hub that holds them no more
 *   - a state made anew over stubs asks for all and is whole in the end; comparing with the hub finds nothing
 *   - narrowed to its own place, a pruned node ends with what that gives
 *   - a hub put back from an older backup than the one it told of: said, nothing dies, the rest goes on; what was held then is not given up
 *   - a statement that a hub put back had lost counts, though what it speaks of was given up here: nothing is asked for
 *   - a row that cannot be read ends no pass, and a comparison brings it back; one answer with a wrong clock makes nothing old
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "navette/frame.h"
#include "navette/frontier.h"
#include "tests/lib/pair_prune.h"

static void test_node_prune_waits_for_age_and_backup(void **state)
{
    size_t a, b;
    struct pair *pair = pair_prune_begin(6, &a, &b);

    (void)state;
    pair_prune_pass(pair, MARK_MS);
    assert_int_equal(pair_prune(pair, a, 1000).bar, NODE_PRUNE_NO_BACKUP);
    pair_prune_pass(pair, KEEP_MS + HOUR_MS);
    assert_int_equal(pair_prune(pair, a, 1000).bar, NODE_PRUNE_NO_BACKUP);
    hub_set_backup(pair->hub, 1, pair->now_ms);
    pair_prune_pass(pair, 1000);
    assert_int_equal(pair_prune(pair, a, 1000).bar, NODE_PRUNE_MAY);
    assert_int_equal(pair_prune_stubs(pair, a).entries, 0);
    pair_back_up(pair);
    pair_prune_pass(pair, 1000);
    pair_disconnect(pair, a);
    assert_int_equal(pair_prune(pair, a, 1000).bar, NODE_PRUNE_OFFLINE);
    pair_connect_all(pair);
    /* What B received and sent back; what it sent itself stays. */
    assert_int_equal(pair_prune(pair, a, 1000).pruned, 12);
    assert_int_equal(pair_prune_stubs(pair, a).entries, 12);
    pair_free(pair);

    /* Backed up, and not old. */
    pair = pair_prune_begin(6, &a, &b);
    pair_prune_pass(pair, MARK_MS);
    pair_back_up(pair);
    pair_prune_pass(pair, 1000);
    assert_int_equal(pair_prune(pair, a, 1000).looked, 0);
    pair_prune_pass(pair, KEEP_MS + HOUR_MS);
    assert_int_equal(pair_prune(pair, a, 1000).pruned, 12);
    assert_int_equal(pair_prune(pair, b, 1000).pruned, 6); /* what A sent first: what it received stands */
    pair_free(pair);
}

static void test_node_prune_in_slices(void **state)
{
    size_t a, b;
    struct pair *pair = pair_prune_aged(6, &a, &b);
    uint64_t pruned = 0;
    unsigned slices = 0;
    struct node_pruning done;

    (void)state;
    do {
        done = pair_prune(pair, a, 5);
        assert_true(done.looked <= 5);
        pruned += done.pruned;
        if (++slices == 3) {
            pair_restart_node(pair, a);
            pair_connect_all(pair);
        }
    } while (done.more);
    assert_int_equal(pruned, 12);
    assert_true(slices > 4);
    assert_int_equal(pair_prune_stubs(pair, a).entries, 12);
    /* Nothing is left for the next pass. */
    assert_int_equal(pair_prune(pair, a, 1000).pruned, 0);
    pair_free(pair);
}

/* ---- what needs them again */

/* Somebody cut off had seen it while it was on its way: told when all is pruned. */
static void test_late_event_asks_the_hub(void **state)
{
    size_t a, b, c;
    struct pair *pair = pair_prune_begin(3, &a, &b);

    (void)state;
    c = pair_enrol(pair, "BIB-C", NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK);
    pair->nodes[c].clock_off_ms = -HOUR_MS;
    pair_prune_move(pair, c, NAVETTE__EVENT__BODY_SEEN_AT, "000001", "");
    pair->nodes[c].clock_off_ms = 0;
    for (int turn = 0; turn < 3; turn++) {
        pair->now_ms += turn == 2 ? KEEP_MS + HOUR_MS : MARK_MS;
        pair_connect(pair, a);
        pair_connect(pair, b);
        (void)pair_settle(pair);
        pair_back_up(pair);
    }
    pair_connect(pair, a);
    pair_connect(pair, b);
    (void)pair_settle(pair);
    assert_true(pair_prune(pair, a, 1000).pruned > 0);
    assert_true(pair_prune(pair, b, 1000).pruned > 0);
    pair_connect_all(pair);
    assert_true(pair_settle(pair));
    pair_assert_equal_states(pair);
    assert_true(pair_prune_stubs(pair, a).entries > 0);
    pair_free(pair);
}

static void test_folded_anew_over_stubs(void **state)
{
    size_t a, b;
    struct pair *pair = pair_prune_aged(40, &a, &b);

    (void)state;
    assert_int_equal(pair_prune(pair, a, 1000).pruned, 80);
    pair_prune_forget_state(pair, a);
    pair_connect(pair, a);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_prune_stubs(pair, a).entries, 0);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

/* As an earlier version did: of an own log too. */
static uint64_t prune_by_hand(struct pair *pair, size_t node)
{
    struct store_txn *txn = memstore_begin_write(pair->nodes[node].store);
    uint64_t tail;
    uint64_t pruned = 0;

    assert_int_equal(journal_tail(txn, &tail), 0);
    for (uint64_t at = 1; at <= tail; at++) {
        struct journal_entry entry;

        if (journal_read_raw(txn, at, &entry) == 0 && fold_is_closed(txn, &entry) == 1)
            pruned += journal_prune(txn, at, pair->now_ms) == 0;
    }
    assert_int_equal(memstore_commit(txn), 0);
    return pruned;
}

static void test_chain_verifies_over_stubs(void **state)
{
    size_t a, b;
    struct pair *pair = pair_prune_aged(5, &a, &b);
    struct store_txn *txn;
    uint64_t checked;

    (void)state;
    assert_int_equal(prune_by_hand(pair, a), 15);
    txn = memstore_begin_read(pair->nodes[a].store);
    assert_int_equal(journal_verify(txn, pair->nodes[a].incarnation, pair->nodes[a].sign_public, &checked), 0);
    assert_int_equal(checked, 15);
    memstore_abort(txn);
    pair_free(pair);
}

/* ---- what one wrote */

/* Stubs of what this node wrote, whatever the log is called. */
static uint64_t own_stubs(struct pair *pair, size_t node)
{
    struct store_txn *hub = memstore_begin_read(pair->journal);
    struct store_txn *txn = memstore_begin_read(pair->nodes[node].store);
    struct journal_entry stub;
    struct log_head head;
    uint64_t after = 0;
    uint64_t count = 0;

    while (journal_next_stub(txn, after, &stub) == 0) {
        after = stub.position;
        assert_int_equal(journal_head(hub, stub.self.incarnation, &head), 0);
        count += memcmp(head.node, pair->nodes[node].id, NODE_ID_SIZE) == 0;
    }
    memstore_abort(txn);
    memstore_abort(hub);
    return count;
}

static void test_author_keeps_its_log(void **state)
{
    size_t a, b;
    struct pair *pair = pair_prune_aged(6, &a, &b);

    (void)state;
    assert_int_equal(pair_prune(pair, a, 1000).pruned, 12);
    assert_int_equal(pair_prune(pair, b, 1000).pruned, 6);
    assert_int_equal(own_stubs(pair, a), 0);
    assert_int_equal(own_stubs(pair, b), 0);
    /* Hub and backup are gone: from what the two hold, each of its own log, all is there. */
    for (size_t i = 0; i < 2; i++) {
        struct store_txn *txn = memstore_begin_read(pair->nodes[i].store);
        struct ref ref = {.seq = 0};
        struct journal_entry entry;
        struct log_head head;

        memcpy(ref.incarnation, pair->nodes[i].incarnation, INCARNATION_SIZE);
        assert_int_equal(journal_head(txn, ref.incarnation, &head), 0);
        assert_true(head.seq >= 12);
        while (ref.seq++ < head.seq)
            assert_int_equal(journal_find(txn, &ref, &entry), 0);
        memstore_abort(txn);
    }
    pair_free(pair);
}

/* Put back from a backup and written on before it met the hub: a child log, adopted events, and what comes back of the first. */
static void test_author_keeps_logs_before_its_own(void **state)
{
    size_t a, b;
    struct pair *pair = pair_prune_begin(4, &a, &b);
    struct memstore *backup = memstore_clone(pair->nodes[a].store);
    uint8_t first[INCARNATION_SIZE];

    (void)state;
    memcpy(first, pair->nodes[a].incarnation, INCARNATION_SIZE);
    for (unsigned turn = 0; turn < 2; turn++) {
        pair_prune_move(pair, a, NAVETTE__EVENT__BODY_DISPATCHED, "000001", "BIB-B");
        assert_true(pair_settle(pair));
        pair_prune_move(pair, b, NAVETTE__EVENT__BODY_RECEIVED, "000001", "");
        pair_prune_move(pair, b, NAVETTE__EVENT__BODY_DISPATCHED, "000001", "BIB-A");
        assert_true(pair_settle(pair));
        pair_prune_move(pair, a, NAVETTE__EVENT__BODY_RECEIVED, "000001", "");
        assert_true(pair_settle(pair));
    }
    pair_disconnect(pair, a);
    pair_restore_node(pair, a, backup);
    pair->nodes[a].keep_ms = KEEP_MS;
    pair_prune_move(pair, a, NAVETTE__EVENT__BODY_SEEN_AT, "000002", "");
    pair_prune_move(pair, a, NAVETTE__EVENT__BODY_SEEN_AT, "000002", "");
    pair_connect(pair, a);
    assert_true(pair_settle(pair));
    assert_true(memcmp(first, pair->nodes[a].incarnation, INCARNATION_SIZE) != 0);
    pair_prune_move(pair, a, NAVETTE__EVENT__BODY_SEEN_AT, "000003", "");
    pair_prune_move(pair, a, NAVETTE__EVENT__BODY_SEEN_AT, "000003", "");
    pair_prune_pass(pair, MARK_MS);
    pair_back_up(pair);
    pair_prune_pass(pair, KEEP_MS + HOUR_MS);
    assert_true(pair_prune(pair, a, 1000).pruned >= 8);
    assert_int_equal(own_stubs(pair, a), 0);
    assert_true(pair_prune(pair, b, 1000).pruned >= 4);
    assert_int_equal(own_stubs(pair, b), 0);
    pair_free(pair);
}

/* Another machine in the place of one that is gone: it begins with nothing, and reads what it was. */
static void test_author_on_another_machine(void **state)
{
    size_t a, b;
    struct pair *pair = pair_prune_begin(4, &a, &b);

    (void)state;
    pair_disconnect(pair, a);
    pair_wipe(pair, a);
    pair_connect(pair, a);
    assert_true(pair_settle(pair));
    pair_prune_move(pair, a, NAVETTE__EVENT__BODY_SEEN_AT, "000003", "");
    pair_prune_pass(pair, MARK_MS);
    pair_back_up(pair);
    pair_prune_pass(pair, KEEP_MS + HOUR_MS);
    assert_int_equal(pair_prune(pair, a, 1000).pruned, 8);
    assert_int_equal(own_stubs(pair, a), 0);
    pair_free(pair);
}

static void test_own_stubs_of_before_come_back(void **state)
{
    size_t a, b;
    struct pair *pair = pair_prune_aged(5, &a, &b);

    (void)state;
    assert_int_equal(prune_by_hand(pair, a), 15);
    assert_int_equal(own_stubs(pair, a), 5);
    (void)pair_prune(pair, a, 1000);
    assert_true(pair_settle(pair));
    pair_tick(pair, 1000);
    assert_true(pair_settle(pair));
    assert_int_equal(own_stubs(pair, a), 0);
    assert_int_equal(pair_prune_stubs(pair, a).entries, 10);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

/* The other's clock is put right, as after every start without a network. Its statements are looked at again, and what stands at their ends was given up. */
static void test_clock_put_right_brings_nothing_back(void **state)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__ClockCorrected corrected = NAVETTE__CLOCK_CORRECTED__INIT;
    size_t a, b;
    struct pair *pair = pair_prune_aged(6, &a, &b);

    (void)state;
    assert_int_equal(pair_prune(pair, a, 1000).pruned, 12);
    pair->nodes[b].boot = 9;
    pair->nodes[b].booted_ms = pair->now_ms - HOUR_MS;
    corrected.boot = 9;
    corrected.wall_minus_boot_ms = pair->nodes[b].booted_ms;
    body.body_case = NAVETTE__EVENT__BODY_CLOCK_CORRECTED;
    body.clock_corrected = &corrected;
    assert_int_equal(pair_record(pair, b, &body), 0);
    pair_prune_pass(pair, MARK_MS);
    assert_int_equal(pair_prune_stubs(pair, a).entries, 12);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

/* ---- the line */

#define DAY_MS INT64_C(86400000)

static void live(struct pair *pair, unsigned days)
{
    while (days-- > 0)
        pair_prune_pass(pair, DAY_MS);
}

static void test_line_has_to_be_steady(void **state)
{
    size_t a, b;
    struct pair *pair = pair_prune_begin(3, &a, &b);

    (void)state;
    pair->nodes[a].keep_ms = 90 * DAY_MS;
    pair_restart_node(pair, a);
    live(pair, 2);
    pair_back_up(pair);
    live(pair, 11);
    assert_int_equal(pair_prune(pair, a, 1000).bar, NODE_PRUNE_LINE);
    live(pair, 2);
    assert_int_equal(pair_prune(pair, a, 1000).bar, NODE_PRUNE_MAY);
    assert_int_equal(pair_prune_stubs(pair, a).entries, 0);
    /* Six days without are a holiday, eight are not. */
    pair_prune_pass(pair, 6 * DAY_MS);
    assert_int_equal(pair_prune(pair, a, 1000).bar, NODE_PRUNE_MAY);
    pair_prune_pass(pair, 8 * DAY_MS);
    assert_int_equal(pair_prune(pair, a, 1000).bar, NODE_PRUNE_LINE);
    live(pair, 13);
    pair_restart_node(pair, a);
    live(pair, 2);
    assert_int_equal(pair_prune(pair, a, 1000).bar, NODE_PRUNE_MAY);
    pair_back_up(pair);
    live(pair, 60);
    assert_int_equal(pair_prune(pair, a, 1000).pruned, 6);
    pair_free(pair);
}

/* ---- a hub that is wrong */

/* Of the frames for the node, the one of this type: changed, or lost. */
static int tamper(struct pair *pair, size_t node, int lose)
{
    struct pair_queue *queue = &pair->nodes[node].down;

    for (size_t i = 0; i < queue->count; i++) {
        struct frame frame;
        Navette__Fetched *fetched;

        if (queue->frames[i].bytes.data[5] != FRAME_FETCHED)
            continue;
        if (lose) {
            buffer_free(&queue->frames[i].bytes);
            memmove(&queue->frames[i], &queue->frames[i + 1], (queue->count - i - 1) * sizeof queue->frames[0]);
            queue->count--;
            return 1;
        }
        assert_int_equal(frame_decode(buffer_span(&queue->frames[i].bytes), &frame), 0);
        fetched = (Navette__Fetched *)frame.message;
        fetched->entries[0]->event.data[fetched->entries[0]->event.len / 2] ^= 4;
        queue->frames[i].bytes.len = 0;
        assert_int_equal(frame_encode(FRAME_FETCHED, frame.message, &queue->frames[i].bytes), 0);
        frame_free(&frame);
        return 1;
    }
    return 0;
}

static void answer_with(int lose)
{
    size_t a, b;
    struct pair *pair = pair_prune_aged(4, &a, &b);
    int met = 0;

    assert_int_equal(pair_prune(pair, a, 1000).pruned, 8);
    pair_prune_forget_state(pair, a);
    pair_connect(pair, a);
    for (unsigned turn = 0; turn < 100 && !met; turn++) {
        pair_tick(pair, 100);
        pair_hub_round(pair, 64);
        met = tamper(pair, a, lose);
        pair_node_round(pair, a);
    }
    assert_true(met);
    if (!lose) {
        assert_true(pair_settle(pair));
        assert_int_equal(pair_prune_stubs(pair, a).entries, 1);
        pair_prune_pass(pair, 2 * HOUR_MS);
    }
    for (unsigned turn = 0; turn < 6; turn++)
        pair_tick(pair, 5000);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_prune_stubs(pair, a).entries, 0);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

static void test_wrong_answer_is_not_taken(void **state)
{
    (void)state;
    answer_with(0);
}

static void test_lost_answer_is_asked_for_again(void **state)
{
    (void)state;
    answer_with(1);
}

/* A hub of an earlier version says nothing of FETCH. */
static void test_hub_of_before(void **state)
{
    size_t a, b;
    struct pair *pair = pair_prune_aged(2, &a, &b);
    struct pair_queue *queue = &pair->nodes[a].down;

    (void)state;
    pair_connect(pair, a);
    (void)pair_hub_round(pair, 64);
    for (size_t i = 0; i < queue->count; i++) {
        struct frame frame;

        if (queue->frames[i].bytes.data[5] != FRAME_WELCOME)
            continue;
        assert_int_equal(frame_decode(buffer_span(&queue->frames[i].bytes), &frame), 0);
        ((Navette__Welcome *)frame.message)->fetches = 0;
        queue->frames[i].bytes.len = 0;
        assert_int_equal(frame_encode(FRAME_WELCOME, frame.message, &queue->frames[i].bytes), 0);
        frame_free(&frame);
    }
    assert_true(pair_settle(pair));
    assert_int_equal(pair_prune(pair, a, 1000).bar, NODE_PRUNE_OLD_HUB);
    assert_int_equal(pair_prune_stubs(pair, a).entries, 0);
    pair_free(pair);
}

static void test_narrowed_pruned_node(void **state)
{
    size_t a, b, c;
    struct pair *pair = pair_prune_aged(6, &a, &b);

    (void)state;
    assert_int_equal(pair_prune(pair, b, 1000).pruned, 6);
    pair_grant(pair, b, "BIB-B", NAVETTE__SCOPE__SCOPE_OWN);
    assert_true(pair_settle(pair));
    pair_connect_all(pair);
    assert_true(pair_settle(pair));
    pair_grant(pair, b, "BIB-B", NAVETTE__SCOPE__SCOPE_NETWORK);
    assert_true(pair_settle(pair));
    pair_connect_all(pair);
    assert_true(pair_settle(pair));
    c = pair_enrol(pair, "BIB-C", NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK);
    pair_connect(pair, c);
    assert_true(pair_settle(pair));
    pair_assert_equal_states(pair);
    assert_int_equal(pair_prune_stubs(pair, b).entries, 0);
    pair_free(pair);
}

/* The backup that was told of is gone with the hub, an older one is put back. */
static void test_older_backup_than_told(void **state)
{
    size_t a, b;
    struct pair *pair = pair_prune_begin(2, &a, &b);
    struct memstore *old = memstore_clone(pair->journal);
    struct lineage then = pair->lineage;

    (void)state;
    pair_prune_move(pair, a, NAVETTE__EVENT__BODY_DISPATCHED, "000000", "BIB-B");
    assert_true(pair_settle(pair));
    pair_prune_move(pair, b, NAVETTE__EVENT__BODY_RECEIVED, "000000", "");
    pair_prune_move(pair, b, NAVETTE__EVENT__BODY_DISPATCHED, "000000", "BIB-A");
    assert_true(pair_settle(pair));
    pair_prune_move(pair, a, NAVETTE__EVENT__BODY_RECEIVED, "000000", "");
    pair_prune_pass(pair, MARK_MS);
    pair_back_up(pair);
    pair_prune_pass(pair, KEEP_MS + HOUR_MS);
    assert_true(pair_prune(pair, a, 1000).pruned > 4);
    pair_restore_hub(pair, old, &then);
    pair_connect(pair, a);
    for (unsigned turn = 0; turn < 200; turn++) {
        pair_tick(pair, 1000);
        pair_hub_round(pair, 64);
        pair_node_round(pair, a);
    }
    /* It works on; the other one, which kept everything, gives back what both had. */
    assert_int_equal(pair_register(pair, a, "999999", "Après"), 0);
    pair_connect_all(pair);
    for (unsigned turn = 0; turn < 3; turn++)
        pair_prune_pass(pair, 30000);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

/* What was held when the hub was put back from a backup stays here; what comes behind it goes as before. */
static void test_kept_what_a_restored_hub_may_lack(void **state)
{
    size_t a, b;
    struct pair *pair = pair_prune_begin(3, &a, &b);
    struct memstore *old = memstore_clone(pair->journal);
    struct lineage then = pair->lineage;

    (void)state;
    pair_prune_pass(pair, MARK_MS);
    pair_back_up(pair);
    pair_restore_hub(pair, old, &then);
    pair_connect_all(pair);
    pair_prune_pass(pair, MARK_MS);
    pair_prune_pass(pair, MARK_MS);
    pair_back_up(pair);
    pair_prune_pass(pair, KEEP_MS + HOUR_MS);
    assert_int_equal(pair_prune(pair, a, 1000).bar, NODE_PRUNE_MAY);
    assert_int_equal(pair_prune_stubs(pair, a).entries, 0);
    for (unsigned turn = 0; turn < 2; turn++) {
        pair_prune_move(pair, a, NAVETTE__EVENT__BODY_DISPATCHED, "000001", "BIB-B");
        assert_true(pair_settle(pair));
        pair_prune_move(pair, b, NAVETTE__EVENT__BODY_RECEIVED, "000001", "");
        pair_prune_move(pair, b, NAVETTE__EVENT__BODY_DISPATCHED, "000001", "BIB-A");
        assert_true(pair_settle(pair));
        pair_prune_move(pair, a, NAVETTE__EVENT__BODY_RECEIVED, "000001", "");
        assert_true(pair_settle(pair));
    }
    pair_prune_pass(pair, MARK_MS);
    pair_back_up(pair);
    pair_prune_pass(pair, KEEP_MS + HOUR_MS);
    assert_int_equal(pair_prune(pair, a, 1000).pruned, 4);
    pair_free(pair);
}

/* The first entry, which tells of nodes, or the first of another that may go: its row says that it is no event. */
static struct ref damage_row(struct pair *pair, size_t node, int closed)
{
    uint8_t row[LIMIT_ENTRY_BYTES + 64];
    struct store_txn *txn = memstore_begin_write(pair->nodes[node].store);
    struct journal_entry entry;
    struct span value;
    uint64_t at;
    uint8_t key[8];

    (void)pair_prune_first(txn, 0, &entry);
    at = entry.position;
    while (closed &&
           (memcmp(entry.self.incarnation, pair->nodes[node].incarnation, INCARNATION_SIZE) == 0 || fold_is_closed(txn, &entry) != 1))
        assert_int_equal(journal_read_raw(txn, ++at, &entry), 0);
    write_u64(key, at);
    assert_int_equal(store_get(txn, TABLE_ENTRY, span_of(key, 8), &value), 0);
    assert_true(value.len != STUB_SIZE && value.len != STUB_SIZE_1);
    memcpy(row, value.data, value.len);
    row[INCARNATION_SIZE] ^= 0x80;
    assert_int_equal(store_put(txn, TABLE_ENTRY, span_of(key, 8), span_of(row, value.len)), 0);
    assert_int_equal(memstore_commit(txn), 0);
    return entry.self;
}

/* A row that cannot be read at all ends nothing, and a comparison brings it back. Without the first, a node does not know what it wrote. */
/* Of the last that B recorded its stub says where it is: the statement needs no more. */
static void test_lost_statement_of_what_was_given_up(void **state)
{
    size_t a, b;
    struct pair *pair = pair_prune_aged(4, &a, &b);
    struct lineage then = pair->lineage;
    struct memstore *backup = memstore_clone(pair->journal);
    size_t noted = pair_entries_of(backup, NAVETTE__EVENT__BODY_FRONTIER_NOTED);
    struct frontier_mark mark;
    struct store_txn *txn;
    uint64_t tail;

    (void)state;
    assert_int_equal(pair_prune(pair, a, 1000).pruned, 8);
    pair_disconnect(pair, a);
    for (int i = 0; i < 2; i++) {
        pair_tick(pair, 2 * MARK_MS);
        pair_connect(pair, b);
        assert_true(pair_settle(pair));
    }
    assert_true(pair_entries_of(pair->nodes[b].store, NAVETTE__EVENT__BODY_FRONTIER_NOTED) > noted);
    pair_disconnect(pair, b);
    txn = memstore_begin_read(backup);
    assert_int_equal(journal_tail(txn, &tail), 0);
    memstore_abort(txn);
    pair_restore_hub(pair, backup, &then);
    pair_connect(pair, b);
    assert_true(pair_settle(pair));
    pair_connect(pair, a);
    assert_true(pair_settle(pair));
    txn = memstore_begin_read(pair->nodes[a].store);
    assert_int_equal(frontier_last(txn, pair->nodes[b].id, UINT64_MAX, &mark), 0);
    memstore_abort(txn);
    assert_true(mark.position > tail);
    assert_int_equal(pair_prune_stubs(pair, a).entries, 8);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

static void test_damaged_row_ends_no_pass(void **state)
{
    (void)state;
    for (int closed = 0; closed < 2; closed++) {
        size_t a, b;
        struct pair *pair = pair_prune_aged(4, &a, &b);
        struct ref self = damage_row(pair, a, closed);
        struct journal_entry entry;
        struct store_txn *txn = memstore_begin_read(pair->nodes[a].store);

        assert_int_equal(journal_find(txn, &self, &entry), NAVETTE_E_STORE);
        memstore_abort(txn);
        assert_int_equal(pair_prune(pair, a, 1000).pruned, closed ? 7 : 0);
        for (unsigned turn = 0; turn < 8; turn++) {
            pair_tick(pair, 1000);
            assert_true(pair_settle(pair));
        }
        txn = memstore_begin_read(pair->nodes[a].store);
        assert_int_equal(journal_find(txn, &self, &entry), 0);
        memstore_abort(txn);
        (void)pair_prune(pair, a, 1000);
        pair_assert_equal_states(pair);
        pair_free(pair);
    }
}

/* The hub's next word has a clock that is thirty years ahead. */
static void hear_wrong_clock(struct pair *pair, size_t node)
{
    int met = 0;

    for (unsigned turn = 0; turn < 100 && !met; turn++) {
        struct pair_queue *queue = &pair->nodes[node].down;

        pair_tick(pair, 30000);
        (void)pair_hub_round(pair, 64);
        for (size_t i = 0; i < queue->count && !met; i++) {
            struct frame frame;

            if (queue->frames[i].bytes.data[5] != FRAME_PONG)
                continue;
            assert_int_equal(frame_decode(buffer_span(&queue->frames[i].bytes), &frame), 0);
            ((Navette__Pong *)frame.message)->hub_time_ms += 30 * 365 * DAY_MS;
            queue->frames[i].bytes.len = 0;
            assert_int_equal(frame_encode(FRAME_PONG, frame.message, &queue->frames[i].bytes), 0);
            frame_free(&frame);
            met = 1;
        }
        pair_node_round(pair, node);
    }
    assert_true(met);
}

static void test_one_wrong_clock_makes_nothing_old(void **state)
{
    size_t a, b;
    struct pair *pair = pair_prune_begin(3, &a, &b);

    (void)state;
    pair->nodes[a].keep_ms = 90 * DAY_MS;
    pair_restart_node(pair, a);
    live(pair, 2);
    pair_back_up(pair);
    live(pair, 16);
    pair_back_up(pair);
    live(pair, 1);
    hear_wrong_clock(pair, a);
    live(pair, 20);
    assert_int_equal(pair_prune(pair, a, 1000).bar, NODE_PRUNE_MAY);
    assert_int_equal(pair_prune_stubs(pair, a).entries, 0);
    pair_back_up(pair);
    live(pair, 100);
    assert_int_equal(pair_prune(pair, a, 1000).pruned, 6);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_node_prune_waits_for_age_and_backup),
        cmocka_unit_test(test_node_prune_in_slices),
        cmocka_unit_test(test_late_event_asks_the_hub),
        cmocka_unit_test(test_folded_anew_over_stubs),
        cmocka_unit_test(test_chain_verifies_over_stubs),
        cmocka_unit_test(test_author_keeps_its_log),
        cmocka_unit_test(test_author_keeps_logs_before_its_own),
        cmocka_unit_test(test_author_on_another_machine),
        cmocka_unit_test(test_own_stubs_of_before_come_back),
        cmocka_unit_test(test_clock_put_right_brings_nothing_back),
        cmocka_unit_test(test_line_has_to_be_steady),
        cmocka_unit_test(test_wrong_answer_is_not_taken),
        cmocka_unit_test(test_lost_answer_is_asked_for_again),
        cmocka_unit_test(test_hub_of_before),
        cmocka_unit_test(test_narrowed_pruned_node),
        cmocka_unit_test(test_older_backup_than_told),
        cmocka_unit_test(test_kept_what_a_restored_hub_may_lack),
        cmocka_unit_test(test_lost_statement_of_what_was_given_up),
        cmocka_unit_test(test_damaged_row_ends_no_pass),
        cmocka_unit_test(test_one_wrong_clock_makes_nothing_old),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
