/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/log/journal_block.c and damage.c.
 *   - digests see bytes, leaf, absence and damage, and not when the hub had it
 *   - spans follow names, stop at blocks, and all together are what is held
 *   - what is put aside is bounded, and mended rows can be forgotten
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "log/journal_run.h"
#include "navette/damage.h"
#include "navette/journal_block.h"
#include "tests/lib/pair.h"

#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK
#define SOME 1500u

static void record(struct pair *pair, size_t node, unsigned from, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char barcode[16];

        (void)snprintf(barcode, sizeof barcode, "%u%05u", (unsigned)node, from + i);
        assert_int_equal(pair_register(pair, node, barcode, "Un titre"), 0);
        if (i % 97 == 96)
            assert_true(pair_settle(pair));
    }
}

/* Two branches, each with what both wrote. */
static struct pair *network(unsigned count)
{
    struct pair *pair = pair_new();

    pair_begin_epoch(pair);
    assert_int_equal(pair_enrol(pair, "BIB-A", BRANCH), 0);
    assert_int_equal(pair_enrol(pair, "BIB-B", BRANCH), 1);
    pair_connect(pair, 0);
    pair_connect(pair, 1);
    record(pair, 0, 0, count);
    record(pair, 1, 0, count / 3);
    assert_true(pair_settle(pair));
    return pair;
}

static void put(struct memstore *store, enum store_table table, struct span key, struct span value)
{
    struct store_txn *txn = memstore_begin_write(store);

    assert_int_equal(store_put(txn, table, key, value), 0);
    assert_int_equal(memstore_commit(txn), 0);
}

/* The row at `key`, with `bits` of the byte at `at` turned; at SIZE_MAX it is cut to four bytes. */
static void damage_row(struct memstore *store, enum store_table table, struct span key, size_t at, uint8_t bits)
{
    struct store_txn *txn = memstore_begin_read(store);
    uint8_t copy[ENTRY_HEAD_SIZE + LIMIT_ENTRY_BYTES];
    struct span value;

    assert_int_equal(store_get(txn, table, key, &value), 0);
    memcpy(copy, value.data, value.len);
    if (at != SIZE_MAX)
        copy[at] ^= bits;
    put(store, table, key, span_of(copy, at == SIZE_MAX ? 4 : value.len));
    memstore_abort(txn);
}

static void damage_entry(struct memstore *store, uint64_t position, size_t at, uint8_t bits)
{
    uint8_t key[8];

    write_u64(key, position);
    damage_row(store, TABLE_ENTRY, span_of(key, 8), at, bits);
}

static uint64_t position_of(struct memstore *store, const uint8_t *incarnation, uint64_t seq)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct journal_entry entry;

    assert_int_equal(journal_row(txn, incarnation, seq, &entry), 0);
    memstore_abort(txn);
    return entry.position;
}

static void test_journal_digest_sees_what_stands_there(void **state)
{
    struct pair *pair = network(60);
    struct journal_span span = {.first = 1, .count = 10, .sealed = 1};
    uint8_t sound[COMPARE_DIGEST_SIZE];
    uint8_t other[COMPARE_DIGEST_SIZE];
    struct memstore *store = pair->nodes[0].store;
    struct store_txn *txn = memstore_begin_read(store);
    uint64_t position = position_of(store, pair->nodes[0].first, 4);
    static const struct {
        size_t at;
        int seen;
    } CASES[] = {{0, 1}, {INCARNATION_SIZE, 1}, {INCARNATION_SIZE + 8, 1}, {ENTRY_HEAD_SIZE, 1}, {SIZE_MAX, 1}, {REF_SIZE, 0}};

    (void)state;
    memcpy(span.incarnation, pair->nodes[0].first, INCARNATION_SIZE);
    assert_int_equal(journal_digest(txn, &span, sound), 0);
    memstore_abort(txn);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct memstore *copy = memstore_clone(store);

        damage_entry(copy, position, CASES[i].at, 16);
        txn = memstore_begin_read(copy);
        assert_int_equal(journal_digest(txn, &span, other), 0);
        assert_int_equal(memcmp(sound, other, sizeof sound) != 0, CASES[i].seen);
        memstore_abort(txn);
        memstore_free(copy);
    }
    txn = memstore_begin_read(store);
    span.first = UINT64_MAX - 20;
    assert_int_equal(journal_digest(txn, &span, other), 0);
    memstore_abort(txn);
    pair_free(pair);
}

static void test_journal_next_span_follows_names(void **state)
{
    struct pair *pair = network(SOME);
    struct store_txn *txn = memstore_begin_read(pair->nodes[1].store);
    uint8_t name[INCARNATION_SIZE] = {0};
    struct journal_span span;
    uint64_t held = 0;
    uint64_t seq = 0;
    uint64_t tail;
    int rc;

    (void)state;
    while ((rc = journal_next_span(txn, name, seq, UINT32_MAX, &span)) == 0) {
        int order = memcmp(span.incarnation, name, INCARNATION_SIZE);

        assert_true(order > 0 || (order == 0 && span.first > seq));
        assert_true(span.count > 0 && (span.first - 1) / JOURNAL_BLOCK == (span.first + span.count - 2) / JOURNAL_BLOCK);
        held += span.count;
        memcpy(name, span.incarnation, INCARNATION_SIZE);
        seq = span.first + span.count - 1;
    }
    assert_int_equal(rc, NAVETTE_E_NOT_FOUND);
    assert_int_equal(journal_tail(txn, &tail), 0);
    assert_int_equal(held, tail);
    assert_int_equal(journal_next_span(txn, pair->nodes[0].first, 10, 3, &span), 0);
    assert_int_equal(span.first, 11);
    assert_int_equal(span.count, 3);
    memstore_abort(txn);
    pair_free(pair);
}

static void test_damage_is_kept_within_bounds(void **state)
{
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    static uint8_t bytes[LIMIT_ENTRY_BYTES + 200];
    struct damage damage = {.kind = DAMAGE_ENTRY, .found_ms = 7, .bytes = span_of(bytes, sizeof bytes)};
    struct damage found = {.kind = 0};
    size_t rows;
    size_t open;

    (void)state;
    for (damage.self.seq = 1; damage.self.seq <= DAMAGE_ROWS + 1; damage.self.seq++) {
        damage.mended = damage.self.seq % 2 == 0;
        assert_int_equal(damage_keep(txn, &damage), 0);
    }
    assert_int_equal(damage_count(txn, &rows, &open), 0);
    assert_int_equal(rows, DAMAGE_ROWS);
    assert_int_equal(open, DAMAGE_ROWS / 2);
    assert_int_equal(damage_next(txn, &found, &found), 0);
    assert_int_equal(found.self.seq, 1);
    assert_int_equal(found.bytes.len, LIMIT_ENTRY_BYTES + 64);
    damage.self.seq = 1;
    damage.mended = 1;
    assert_int_equal(damage_keep(txn, &damage), 0);
    assert_int_equal(damage_forget(txn), 0);
    assert_int_equal(damage_count(txn, &rows, &open), 0);
    assert_int_equal(rows, DAMAGE_ROWS / 2 - 1);
    assert_int_equal(rows, open);
    assert_int_equal(memstore_commit(txn), 0);
    memstore_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_journal_digest_sees_what_stands_there),
        cmocka_unit_test(test_journal_next_span_follows_names),
        cmocka_unit_test(test_damage_is_kept_within_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
