/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal_stub.h: one row whose bytes were given up.
 *   - journal_prune: a stub in place of the row, known by its leaf or, without a batch, by a digest; the chain verifies, its hash is found at every number; too short, in an open batch, twice: nothing changes
 *   - journal_unprune: the bytes and nothing else: another length, each bit flipped, another leaf, twice; the row is as it was, to the byte
 *   - a stub of the first version is read, and its bytes taken back
 *   - a damaged stub, for every byte of it, is a damaged row to who compares, ends nothing, and comes back: asked of the hub, or mended by a comparison; told
 *   - journal_next_span: stubs are in no span
 *   - an event made like a stub's row, or like one that came again, is an event; such rows are told by either mark, for every bit that flips
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "navette/damage.h"
#include "navette/frame.h"
#include "navette/journal_block.h"
#include "navette/journal_stub.h"
#include "tests/lib/pair_prune.h"

#define HEAD_SIZE (REF_SIZE + 16u)   /* of any row: reference, received_ms, scope mask */
#define AGAIN_SIZE (HEAD_SIZE + 12u) /* of a row that came again */

static void test_unprune_takes_those_bytes_only(void **state)
{
    uint8_t bytes[LIMIT_ENTRY_BYTES], row[LIMIT_ENTRY_BYTES + 64];
    struct journal_entry entry;
    struct store_txn *txn;
    struct span value;
    uint8_t key[8];
    size_t a, b, row_len;
    struct pair *pair = pair_prune_aged(2, &a, &b);
    struct ref self;

    (void)state;
    txn = memstore_begin_write(pair->nodes[a].store);
    self = pair_prune_first(txn, 0, &entry);
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

static void put_row(struct store_txn *txn, uint64_t position, const uint8_t *row, size_t len)
{
    uint8_t key[8];

    write_u64(key, position);
    assert_int_equal(store_put(txn, TABLE_ENTRY, span_of(key, 8), span_of(row, len)), 0);
}

static void test_damaged_stub_is_damage(void **state)
{
    struct journal_entry entry;
    struct journal_span span;
    struct store_txn *txn;
    uint8_t row[STUB_SIZE];
    size_t a, b;
    struct pair *pair = pair_prune_begin(2, &a, &b);
    struct ref self;
    uint64_t position;

    (void)state;
    assert_int_equal(pair_register(pair, b, "777777", "Dernier"), 0);
    pair_prune_pass(pair, MARK_MS);
    pair_back_up(pair);
    pair_prune_pass(pair, KEEP_MS + HOUR_MS);
    assert_int_equal(pair_prune(pair, a, 1000).pruned, 4);
    txn = memstore_begin_write(pair->nodes[a].store);
    self = pair_prune_first(txn, 1, &entry);
    position = entry.position;
    memcpy(row, entry.stub.data, STUB_SIZE);
    /* Sound, it is in no span; damaged, it is found. */
    assert_int_equal(journal_next_span(txn, self.incarnation, self.seq - 1, 1, &span), 0);
    assert_true(span.first > self.seq);
    for (size_t bit = 0; bit < 8 * STUB_SIZE; bit++) {
        struct ref name = {.seq = self.seq};

        row[bit / 8] ^= (uint8_t)(1u << bit % 8);
        put_row(txn, position, row, STUB_SIZE);
        assert_int_equal(journal_row(txn, self.incarnation, self.seq, &entry), NAVETTE_E_CHAIN);
        assert_int_equal(journal_next_span(txn, self.incarnation, self.seq - 1, 1, &span), 0);
        assert_int_equal(span.first, self.seq);
        /* To who reads, it is one whose bytes are not here, called by where it stands. */
        assert_int_equal(journal_read_raw(txn, position, &entry), NAVETTE_E_PRUNED);
        assert_int_equal(entry.stub.len, 0);
        assert_int_equal(entry.self.seq, self.seq);
        assert_memory_equal(entry.self.incarnation, self.incarnation, INCARNATION_SIZE);
        memcpy(name.incarnation, self.incarnation, INCARNATION_SIZE);
        assert_int_equal(journal_find(txn, &name, &entry), NAVETTE_E_PRUNED);
        assert_int_equal(journal_find(txn, &self, &entry), NAVETTE_E_PRUNED);
        row[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    memstore_abort(txn);
    pair_free(pair);
}

/* The first stub's row, one bit of it flipped. */
static struct ref damage_stub(struct pair *pair, size_t node, size_t bit)
{
    struct store_txn *txn = memstore_begin_write(pair->nodes[node].store);
    struct journal_entry entry;
    uint8_t row[STUB_SIZE];
    struct ref self = pair_prune_first(txn, 1, &entry);

    memcpy(row, entry.stub.data, STUB_SIZE);
    row[bit / 8] ^= (uint8_t)(1u << bit % 8);
    put_row(txn, entry.position, row, STUB_SIZE);
    assert_int_equal(memstore_commit(txn), 0);
    return self;
}

static void assert_back(struct pair *pair, size_t node, const struct ref *self)
{
    struct damage told = {.kind = 0};
    struct store_txn *txn = memstore_begin_read(pair->nodes[node].store);
    struct store_txn *hub = memstore_begin_read(pair->journal);
    struct journal_entry entry, whole;

    assert_int_equal(journal_find(txn, self, &entry), 0);
    assert_int_equal(journal_find(hub, self, &whole), 0);
    assert_true(span_equal(entry.event, whole.event));
    assert_int_equal(entry.scope_mask, whole.scope_mask);
    /* No state was made from it: none is put aside. */
    assert_int_equal(damage_next(txn, &told, &told), 0);
    assert_int_equal(told.kind, DAMAGE_ENTRY);
    assert_int_equal(told.self.seq, self->seq);
    assert_int_equal(told.bytes.len, STUB_SIZE);
    assert_int_equal(told.mended, 1);
    assert_true(told.found_ms > 0);
    assert_int_equal(damage_next(txn, &told, &told), NAVETTE_E_NOT_FOUND);
    memstore_abort(hub);
    memstore_abort(txn);
}

/* Met by a pass, by a state made anew, by a comparison: it ends nothing, and is told. */
static void test_damaged_stub_comes_back(void **state)
{
    /* The last is of the leaf: the hub knows it no more by that name, and only comparing brings it. */
    enum { LEAF = 5 };
    static const size_t bits[] = {3, 8 * INCARNATION_SIZE + 7, 8 * 50, 8 * 60 + 1, 8 * (STUB_SIZE - 1), 8 * 30};

    (void)state;
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        for (unsigned how = 0; how < 3; how++) {
            size_t a, b;
            struct pair *pair = pair_prune_aged(4, &a, &b);
            struct ref self;

            if (i == LEAF && how == 1) {
                pair_free(pair);
                continue;
            }
            assert_int_equal(pair_prune(pair, a, 1000).pruned, 8);
            self = damage_stub(pair, a, bits[i]);
            pair_restart_node(pair, a);
            pair_connect(pair, a);
            assert_true(pair_settle(pair));
            if (how == 0)
                assert_int_equal(pair_prune(pair, a, 1000).damaged, 1);
            else if (how == 1)
                pair_prune_forget_state(pair, a);
            else
                node_compare_begin(pair->nodes[a].node);
            for (unsigned turn = 0; turn < 8; turn++) {
                pair_tick(pair, 1000);
                assert_true(pair_settle(pair));
            }
            assert_back(pair, a, &self);
            /* Nothing was made from a stub: mended by a comparison, it brings no others back. */
            if (how == 2 || i < LEAF)
                assert_int_equal(pair_prune_stubs(pair, a).entries, how == 1 ? 0 : 7);
            pair_assert_equal_states(pair);
            pair_free(pair);
        }
    }
}

/* The first version's row: without what the time follows from. */
static void test_stub_of_the_first_version(void **state)
{
    uint8_t bytes[LIMIT_ENTRY_BYTES], row[STUB_SIZE];
    struct journal_entry entry;
    struct stub_clock clock;
    struct event event;
    struct store_txn *txn;
    size_t a, b, len;
    struct pair *pair = pair_prune_aged(2, &a, &b);
    struct ref self;

    (void)state;
    txn = memstore_begin_write(pair->nodes[a].store);
    self = pair_prune_first(txn, 0, &entry);
    len = entry.event.len;
    memcpy(bytes, entry.event.data, len);
    assert_int_equal(journal_prune(txn, entry.position, 5), 0);
    assert_int_equal(journal_read_raw(txn, entry.position, &entry), NAVETTE_E_PRUNED);
    assert_int_equal(journal_stub_clock(&entry, &clock), 0);
    assert_int_equal(event_decode(span_of(bytes, len), &event), 0);
    assert_int_equal(clock.boot, event.body->boot);
    assert_int_equal(clock.boottime_ms, event.body->boottime_ms);
    assert_int_equal(clock.written_ms, event.body->hlc >> 16);
    event_free(&event);
    memcpy(row, entry.stub.data, STUB_SIZE);
    row[INCARNATION_SIZE] &= 0xbf; /* it had one mark */
    write_u32(row + STUB_SIZE_1 - 4, crc32c(0, span_of(row, STUB_SIZE_1 - 4)));
    put_row(txn, entry.position, row, STUB_SIZE_1);
    assert_int_equal(journal_read_raw(txn, entry.position, &entry), NAVETTE_E_PRUNED);
    assert_int_equal(ref_compare(&entry.self, &self), 0);
    assert_int_equal(journal_stub_length(&entry), len);
    assert_int_equal(journal_stub_clock(&entry, &clock), NAVETTE_E_PRUNED);
    bytes[len / 2] ^= 1;
    assert_int_equal(journal_unprune(txn, &self, span_of(bytes, len)), NAVETTE_E_CHAIN);
    bytes[len / 2] ^= 1;
    assert_int_equal(journal_unprune(txn, &self, span_of(bytes, len)), 0);
    assert_int_equal(journal_find(txn, &self, &entry), 0);
    assert_true(span_equal(entry.event, span_of(bytes, len)));
    memstore_abort(txn);
    pair_free(pair);
}

/* An event whose author chose its length and its bytes so that its row would be a sound stub, or one that came again, were its marks not there. */
static void test_event_made_like_a_row(void **state)
{
    static const size_t sizes[] = {STUB_SIZE, STUB_SIZE_1, AGAIN_SIZE};
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    uint64_t seq = 0;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        for (uint64_t marks = 1; marks < 4; marks++) {
            uint8_t row[STUB_SIZE] = {0};
            struct journal_entry entry = {.self = {.seq = ++seq, .leaf = 7}, .received_ms = 1000, .scope_mask = 3};
            struct journal_entry read;

            write_u64(row + INCARNATION_SIZE, seq | marks << 62);
            write_u64(row + REF_SIZE - 8, 7);
            write_u64(row + REF_SIZE, 1000);
            write_u64(row + REF_SIZE + 8, 3);
            write_u32(row + sizes[i] - 4, crc32c(0, span_of(row, sizes[i] - 4)));
            entry.event = span_of(row + HEAD_SIZE, sizes[i] - HEAD_SIZE);
            assert_int_equal(journal_append(txn, &entry), 0);
            assert_int_equal(journal_read_raw(txn, entry.position, &read), 0);
            assert_int_equal(read.self.seq, seq);
            assert_int_equal(read.again, 0);
            assert_true(span_equal(read.event, entry.event));
            assert_int_equal(journal_again(txn, entry.position), 0);
            assert_int_equal(journal_read_raw(txn, entry.position + 1, &read), 0);
            assert_int_equal(read.again, entry.position);
        }
    }
    memstore_abort(txn);
    memstore_free(store);
}

/* What came again is told by either mark, and one that is damaged is found by what refers to it. */
static void test_damaged_row_that_came_again(void **state)
{
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    struct journal_entry entry = {.self = {.seq = 9, .leaf = 7}, .received_ms = 1000, .event = span_of_string("illisible")};
    struct journal_entry read;
    uint8_t row[AGAIN_SIZE];
    struct span value;
    uint8_t key[8];

    (void)state;
    assert_int_equal(journal_append(txn, &entry), 0);
    assert_int_equal(journal_again(txn, 1), 0);
    write_u64(key, 2);
    assert_int_equal(store_get(txn, TABLE_ENTRY, span_of(key, 8), &value), 0);
    assert_int_equal(value.len, AGAIN_SIZE);
    memcpy(row, value.data, AGAIN_SIZE);
    for (size_t bit = 0; bit < 8 * AGAIN_SIZE; bit++) {
        row[bit / 8] ^= (uint8_t)(1u << bit % 8);
        put_row(txn, 2, row, AGAIN_SIZE);
        assert_int_equal(journal_read_raw(txn, 2, &read), 0);
        assert_int_equal(read.again, 1);
        assert_true(span_equal(read.event, entry.event));
        row[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    /* As an earlier version wrote it. */
    row[INCARNATION_SIZE] ^= 0x40;
    write_u32(row + AGAIN_SIZE - 4, crc32c(0, span_of(row, AGAIN_SIZE - 4)));
    put_row(txn, 2, row, AGAIN_SIZE);
    assert_int_equal(journal_read_raw(txn, 2, &read), 0);
    assert_int_equal(read.again, 1);
    memstore_abort(txn);
    memstore_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unprune_takes_those_bytes_only), cmocka_unit_test(test_damaged_stub_is_damage),
        cmocka_unit_test(test_damaged_stub_comes_back),        cmocka_unit_test(test_stub_of_the_first_version),
        cmocka_unit_test(test_event_made_like_a_row),          cmocka_unit_test(test_damaged_row_that_came_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
