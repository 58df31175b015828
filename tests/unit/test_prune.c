/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal_stub.h, node.h: bytes that a node gives up and has back from its hub.
 *   - journal_prune: a stub in place of the row, known by its leaf or, without a batch, by a digest; the chain verifies, its hash is found at every number; too short, in an open batch, twice: nothing changes
 *   - journal_unprune: the bytes and nothing else: another length, each bit flipped, another leaf, twice; the row is as it was, to the byte
 *   - a damaged stub is a damaged row, for every byte of it
 *   - journal_next_span: stubs are in no span
 *   - node_prune: nothing before a backup holds it, before it is old, offline, with a hub of before; own and others'; a pass in slices, over a restart
 *   - a late event of another on a pruned thing is folded once the hub has given the bytes; everybody's state is the same
 *   - an answer with other bytes is refused, told, and asked for again; a lost answer too; a hub that holds them no more
 *   - a state made anew over stubs asks for all and is whole in the end; comparing with the hub finds nothing
 *   - narrowed to its own place, a pruned node ends with what that gives
 *   - a hub put back from an older backup than the one it told of: said, nothing dies, the rest goes on
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
#include "navette/journal_block.h"
#include "navette/journal_stub.h"
#include "tests/lib/pair_backup.h"

#define KEEP_MS 3600000
#define HOUR_MS 3600000
#define MARK_MS 300000 /* how far hub and journal are is noted sixteen times in KEEP_MS */
#define ITEM NAVETTE__THING_KIND__THING_ITEM

/* ---- a network of two branches, whose documents have gone to and fro */

static void move(struct pair *pair, size_t node, Navette__Event__BodyCase which, const char *barcode, const char *to)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__Received received = NAVETTE__RECEIVED__INIT;
    Navette__SeenAt seen = NAVETTE__SEEN_AT__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    Navette__Thing *things[1] = {&thing};

    if (which == NAVETTE__EVENT__BODY_DISPATCHED) {
        assert_int_equal(pair_dispatch(pair, node, ITEM, barcode, to), 0);
        return;
    }
    thing.kind = ITEM;
    thing.namespace_ = (char *)(uintptr_t) "t";
    thing.id = (char *)(uintptr_t)barcode;
    received.things = seen.things = things;
    received.n_things = seen.n_things = 1;
    body.body_case = which;
    if (which == NAVETTE__EVENT__BODY_RECEIVED)
        body.received = &received;
    else
        body.seen_at = &seen;
    assert_int_equal(pair_record(pair, node, &body), 0);
}

static void barcode_of(unsigned i, char out[16])
{
    (void)snprintf(out, 16, "%06u", i);
}

/* Each document goes from A to B and back: four movements, of which the last stands. */
static struct pair *begin(unsigned documents, size_t *a, size_t *b)
{
    struct pair *pair = pair_new();
    char barcode[16];

    pair_begin_epoch(pair);
    *a = pair_enrol(pair, "BIB-A", NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK);
    *b = pair_enrol(pair, "BIB-B", NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK);
    for (size_t i = 0; i < 2; i++) {
        pair->nodes[i].keep_ms = KEEP_MS;
        pair_restart_node(pair, i);
    }
    pair_record_titles(pair, *a, 0, (int)documents);
    pair_connect_all(pair);
    for (unsigned turn = 0; turn < 2; turn++) {
        size_t from = turn == 0 ? *a : *b, to = turn == 0 ? *b : *a;

        for (unsigned i = 0; i < documents; i++) {
            barcode_of(i, barcode);
            move(pair, from, NAVETTE__EVENT__BODY_DISPATCHED, barcode, pair->nodes[to].place);
        }
        assert_true(pair_settle(pair));
        for (unsigned i = 0; i < documents; i++) {
            barcode_of(i, barcode);
            move(pair, to, NAVETTE__EVENT__BODY_RECEIVED, barcode, "");
        }
        assert_true(pair_settle(pair));
    }
    return pair;
}

static void back_up(struct pair *pair)
{
    struct store_txn *txn = memstore_begin_read(pair->journal);
    uint64_t tail;

    assert_int_equal(journal_tail(txn, &tail), 0);
    memstore_abort(txn);
    hub_set_backup(pair->hub, tail, pair->now_ms);
}

static void pass(struct pair *pair, int64_t ms)
{
    pair->now_ms += ms;
    pair_tick(pair, 1000);
    pair_connect_all(pair);
    pair_tick(pair, 1000);
    assert_true(pair_settle(pair));
}

static struct node_pruning prune(struct pair *pair, size_t node, uint64_t max)
{
    struct store_txn *txn = memstore_begin_write(pair->nodes[node].store);
    struct node_pruning done;

    assert_int_equal(node_prune(pair->nodes[node].node, txn, max, pair->now_ms, &done), 0);
    assert_int_equal(memstore_commit(txn), 0);
    return done;
}

static struct journal_pruned stubs(struct pair *pair, size_t node)
{
    struct store_txn *txn = memstore_begin_read(pair->nodes[node].store);
    struct journal_pruned pruned;

    assert_int_equal(journal_pruned(txn, &pruned), 0);
    memstore_abort(txn);
    return pruned;
}

/* Old, and backed up. */
static struct pair *aged(unsigned documents, size_t *a, size_t *b)
{
    struct pair *pair = begin(documents, a, b);

    pass(pair, MARK_MS);
    back_up(pair);
    pass(pair, KEEP_MS + HOUR_MS);
    return pair;
}

static void test_node_prune_waits_for_age_and_backup(void **state)
{
    size_t a, b;
    struct pair *pair = begin(6, &a, &b);

    (void)state;
    pass(pair, MARK_MS);
    assert_int_equal(prune(pair, a, 1000).bar, NODE_PRUNE_NO_BACKUP);
    pass(pair, KEEP_MS + HOUR_MS);
    assert_int_equal(prune(pair, a, 1000).bar, NODE_PRUNE_NO_BACKUP);
    hub_set_backup(pair->hub, 1, pair->now_ms);
    pass(pair, 1000);
    assert_int_equal(prune(pair, a, 1000).bar, NODE_PRUNE_MAY);
    assert_int_equal(stubs(pair, a).entries, 0);
    back_up(pair);
    pass(pair, 1000);
    pair_disconnect(pair, a);
    assert_int_equal(prune(pair, a, 1000).bar, NODE_PRUNE_OFFLINE);
    pair_connect_all(pair);
    /* Others' and its own: all but the last reception of each. */
    assert_int_equal(prune(pair, a, 1000).pruned, 18);
    assert_int_equal(stubs(pair, a).entries, 18);
    pair_free(pair);

    /* Backed up, and not old. */
    pair = begin(6, &a, &b);
    pass(pair, MARK_MS);
    back_up(pair);
    pass(pair, 1000);
    assert_int_equal(prune(pair, a, 1000).looked, 0);
    pass(pair, KEEP_MS + HOUR_MS);
    assert_int_equal(prune(pair, a, 1000).pruned, 18);
    pair_free(pair);
}

static void test_node_prune_in_slices(void **state)
{
    size_t a, b;
    struct pair *pair = aged(6, &a, &b);
    uint64_t pruned = 0;
    unsigned slices = 0;
    struct node_pruning done;

    (void)state;
    do {
        done = prune(pair, a, 5);
        assert_true(done.looked <= 5);
        pruned += done.pruned;
        if (++slices == 3) {
            pair_restart_node(pair, a);
            pair_connect_all(pair);
        }
    } while (done.more);
    assert_int_equal(pruned, 18);
    assert_true(slices > 4);
    assert_int_equal(stubs(pair, a).entries, 18);
    /* Nothing is left for the next pass. */
    assert_int_equal(prune(pair, a, 1000).pruned, 0);
    pair_free(pair);
}

/* ---- what needs them again */

/* Somebody cut off had seen it while it was on its way: told when all is pruned. */
static void test_late_event_asks_the_hub(void **state)
{
    size_t a, b, c;
    struct pair *pair = begin(3, &a, &b);

    (void)state;
    c = pair_enrol(pair, "BIB-C", NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK);
    pair->nodes[c].clock_off_ms = -HOUR_MS;
    move(pair, c, NAVETTE__EVENT__BODY_SEEN_AT, "000001", "");
    pair->nodes[c].clock_off_ms = 0;
    for (int turn = 0; turn < 3; turn++) {
        pair->now_ms += turn == 2 ? KEEP_MS + HOUR_MS : MARK_MS;
        pair_connect(pair, a);
        pair_connect(pair, b);
        (void)pair_settle(pair);
        back_up(pair);
    }
    pair_connect(pair, a);
    pair_connect(pair, b);
    (void)pair_settle(pair);
    assert_true(prune(pair, a, 1000).pruned > 0);
    assert_true(prune(pair, b, 1000).pruned > 0);
    pair_connect_all(pair);
    assert_true(pair_settle(pair));
    pair_assert_equal_states(pair);
    assert_true(stubs(pair, a).entries > 0);
    pair_free(pair);
}

static void forget_state(struct pair *pair, size_t node)
{
    struct store_txn *txn = memstore_begin_write(pair->nodes[node].store);

    assert_int_equal(fold_reset(txn), 0);
    assert_int_equal(memstore_commit(txn), 0);
    pair_fold(pair->nodes[node].store, pair->nodes[node].store);
}

static void test_folded_anew_over_stubs(void **state)
{
    size_t a, b;
    struct pair *pair = aged(40, &a, &b);

    (void)state;
    assert_int_equal(prune(pair, a, 1000).pruned, 120);
    forget_state(pair, a);
    pair_connect(pair, a);
    assert_true(pair_settle(pair));
    assert_int_equal(stubs(pair, a).entries, 0);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

static void test_chain_verifies_over_stubs(void **state)
{
    size_t a, b;
    struct pair *pair = aged(5, &a, &b);
    struct store_txn *txn;
    uint64_t checked;

    (void)state;
    assert_int_equal(prune(pair, a, 1000).pruned, 15);
    txn = memstore_begin_read(pair->nodes[a].store);
    assert_int_equal(journal_verify(txn, pair->nodes[a].incarnation, pair->nodes[a].sign_public, &checked), 0);
    assert_int_equal(checked, 15);
    memstore_abort(txn);
    pair_free(pair);
}

/* ---- one row */

static struct ref first_of(struct store_txn *txn, int stub, struct journal_entry *entry)
{
    uint64_t tail;

    assert_int_equal(journal_tail(txn, &tail), 0);
    for (uint64_t at = 1; at <= tail; at++)
        if (journal_read_raw(txn, at, entry) == (stub ? NAVETTE_E_PRUNED : 0) && entry->event.len >= (stub ? 0 : STUB_LEAST))
            return entry->self;
    fail();
    return entry->self;
}

static void test_unprune_takes_those_bytes_only(void **state)
{
    uint8_t bytes[LIMIT_ENTRY_BYTES], row[LIMIT_ENTRY_BYTES + 64];
    struct journal_entry entry;
    struct store_txn *txn;
    struct span value;
    uint8_t key[8];
    size_t a, b, row_len;
    struct pair *pair = aged(2, &a, &b);
    struct ref self;

    (void)state;
    txn = memstore_begin_write(pair->nodes[a].store);
    self = first_of(txn, 0, &entry);
    memcpy(bytes, entry.event.data, entry.event.len);
    size_t len = entry.event.len;
    write_u64(key, entry.position);
    assert_int_equal(store_get(txn, TABLE_ENTRY, span_of(key, 8), &value), 0);
    row_len = value.len;
    memcpy(row, value.data, row_len);
    assert_int_equal(journal_unprune(txn, &self, span_of(bytes, len)), NAVETTE_E_EXISTS);
    assert_int_equal(journal_prune(txn, entry.position, 5), 0);
    assert_int_equal(journal_prune(txn, entry.position, 5), NAVETTE_E_EXISTS);
    assert_int_equal(journal_unprune(txn, &self, span_of(bytes, len - 1)), NAVETTE_E_CHAIN);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(journal_unprune(txn, &self, span_of(bytes, len)), NAVETTE_E_CHAIN);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    self.leaf++;
    assert_int_equal(journal_unprune(txn, &self, span_of(bytes, len)), NAVETTE_E_CHAIN);
    self.leaf--;
    self.seq += 1000;
    assert_int_equal(journal_unprune(txn, &self, span_of(bytes, len)), NAVETTE_E_NOT_FOUND);
    self.seq -= 1000;
    assert_int_equal(journal_unprune(txn, &self, span_of(bytes, len)), 0);
    assert_int_equal(store_get(txn, TABLE_ENTRY, span_of(key, 8), &value), 0);
    assert_int_equal(value.len, row_len);
    assert_memory_equal(value.data, row, row_len);
    memstore_abort(txn);
    pair_free(pair);
}

static void test_damaged_stub_is_damage(void **state)
{
    struct journal_entry entry;
    struct journal_span span;
    struct store_txn *txn;
    uint8_t row[STUB_SIZE];
    uint8_t key[8];
    size_t a, b;
    struct pair *pair = aged(2, &a, &b);
    struct ref self;

    (void)state;
    assert_int_equal(prune(pair, a, 1000).pruned, 6);
    txn = memstore_begin_write(pair->nodes[a].store);
    self = first_of(txn, 1, &entry);
    memcpy(row, entry.stub.data, STUB_SIZE);
    write_u64(key, entry.position);
    /* Sound, it is in no span; damaged, it is found. */
    assert_int_equal(journal_next_span(txn, self.incarnation, self.seq - 1, 1, &span), 0);
    assert_true(span.first > self.seq);
    for (size_t at = 0; at < STUB_SIZE; at++) {
        row[at] ^= 0x10;
        assert_int_equal(store_put(txn, TABLE_ENTRY, span_of(key, 8), span_of(row, STUB_SIZE)), 0);
        assert_int_equal(journal_row(txn, self.incarnation, self.seq, &entry), NAVETTE_E_CHAIN);
        assert_int_equal(journal_next_span(txn, self.incarnation, self.seq - 1, 1, &span), 0);
        assert_int_equal(span.first, self.seq);
        row[at] ^= 0x10;
    }
    memstore_abort(txn);
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
    struct pair *pair = aged(4, &a, &b);
    int met = 0;

    assert_int_equal(prune(pair, a, 1000).pruned, 12);
    forget_state(pair, a);
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
        assert_int_equal(stubs(pair, a).entries, 1);
        pass(pair, 2 * HOUR_MS);
    }
    for (unsigned turn = 0; turn < 6; turn++)
        pair_tick(pair, 5000);
    assert_true(pair_settle(pair));
    assert_int_equal(stubs(pair, a).entries, 0);
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
    struct pair *pair = aged(2, &a, &b);
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
    assert_int_equal(prune(pair, a, 1000).bar, NODE_PRUNE_OLD_HUB);
    assert_int_equal(stubs(pair, a).entries, 0);
    pair_free(pair);
}

static void test_narrowed_pruned_node(void **state)
{
    size_t a, b, c;
    struct pair *pair = aged(6, &a, &b);

    (void)state;
    assert_int_equal(prune(pair, b, 1000).pruned, 17); /* not the last of its log */
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
    assert_int_equal(stubs(pair, b).entries, 0);
    pair_free(pair);
}

/* The backup that was told of is gone with the hub, an older one is put back. */
static void test_older_backup_than_told(void **state)
{
    size_t a, b;
    struct pair *pair = begin(2, &a, &b);
    struct memstore *old = memstore_clone(pair->journal);
    struct lineage then = pair->lineage;

    (void)state;
    move(pair, a, NAVETTE__EVENT__BODY_DISPATCHED, "000000", "BIB-B");
    assert_true(pair_settle(pair));
    move(pair, b, NAVETTE__EVENT__BODY_RECEIVED, "000000", "");
    move(pair, b, NAVETTE__EVENT__BODY_DISPATCHED, "000000", "BIB-A");
    assert_true(pair_settle(pair));
    move(pair, a, NAVETTE__EVENT__BODY_RECEIVED, "000000", "");
    pass(pair, MARK_MS);
    back_up(pair);
    pass(pair, KEEP_MS + HOUR_MS);
    assert_true(prune(pair, a, 1000).pruned > 6);
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
        pass(pair, 30000);
    pair_assert_equal_states(pair);
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
        cmocka_unit_test(test_unprune_takes_those_bytes_only),
        cmocka_unit_test(test_damaged_stub_is_damage),
        cmocka_unit_test(test_wrong_answer_is_not_taken),
        cmocka_unit_test(test_lost_answer_is_asked_for_again),
        cmocka_unit_test(test_hub_of_before),
        cmocka_unit_test(test_narrowed_pruned_node),
        cmocka_unit_test(test_older_backup_than_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
