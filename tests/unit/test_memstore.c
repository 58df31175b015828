/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/lib/memstore.h: the store that tests and simulators stand on, against a naive model.
 *   - random puts, appends, deletes, gets and scans in both directions equal those of a sorted array, through commits and aborts
 *   - snapshots: a reader and a clone keep seeing what they saw; a crash leaves what was synced
 *   - planned failures strike the k-th call, once; a commit that fails changes nothing; a full store refuses
 *   - append out of order; scans at both ends of empty and full tables
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"
#include "tests/lib/memstore.h"
#include "tests/lib/seed.h"

#define KEYS 400u /* model: key i is present when values[i] != 0 */

struct model {
    uint32_t values[KEYS];
};

static struct span key_of(uint8_t out[2], uint32_t i)
{
    write_u16(out, (uint16_t)(i * 151u));
    return span_of(out, 2);
}

static uint32_t index_of(struct span key)
{
    assert_int_equal(key.len, 2);
    return read_u16(key.data) / 151u;
}

static void check_same(struct store_txn *txn, const struct model *model)
{
    struct store_scan *scan;
    struct span key;
    struct span value;
    uint8_t first[1] = {0};
    uint32_t at = 0;
    int rc;

    assert_int_equal(store_scan_open(txn, TABLE_THING, &scan), 0);
    for (rc = txn->ops->scan_from(scan, span_of(first, 1), &key, &value); rc == 0; rc = txn->ops->scan_next(scan, &key, &value)) {
        while (at < index_of(key))
            assert_int_equal(model->values[at++], 0);
        assert_int_equal(value.len, 4);
        assert_int_equal(read_u32(value.data), model->values[at]);
        at++;
    }
    assert_int_equal(rc, NAVETTE_E_NOT_FOUND);
    while (at < KEYS)
        assert_int_equal(model->values[at++], 0);
    txn->ops->scan_close(scan);
}

/* One scan from a random key, a few moves either way. */
static void check_scan(struct store_txn *txn, const struct model *model, uint64_t *random)
{
    struct store_scan *scan;
    struct span key;
    struct span value;
    uint8_t bytes[2];
    int64_t at = (int64_t)seed_below(random, KEYS);
    int upto = (int)seed_below(random, 2);
    int rc;

    assert_int_equal(store_scan_open(txn, TABLE_THING, &scan), 0);
    key = key_of(bytes, (uint32_t)at);
    rc = upto ? txn->ops->scan_upto(scan, key, &key, &value) : txn->ops->scan_from(scan, key, &key, &value);
    while (at >= 0 && at < (int64_t)KEYS && model->values[at] == 0)
        at += upto ? -1 : 1;
    for (int i = 0; i < 12; i++) {
        int forward;

        if (at < 0 || at >= (int64_t)KEYS) {
            assert_int_equal(rc, NAVETTE_E_NOT_FOUND);
            break;
        }
        assert_int_equal(rc, 0);
        assert_int_equal(index_of(key), at);
        assert_int_equal(read_u32(value.data), model->values[at]);
        forward = (int)seed_below(random, 2);
        rc = forward ? txn->ops->scan_next(scan, &key, &value) : txn->ops->scan_prev(scan, &key, &value);
        do
            at += forward ? 1 : -1;
        while (at >= 0 && at < (int64_t)KEYS && model->values[at] == 0);
    }
    txn->ops->scan_close(scan);
}

static void one_write(struct store_txn *txn, struct model *model, uint64_t *random)
{
    uint32_t i = (uint32_t)seed_below(random, KEYS);
    uint8_t bytes[2];
    uint8_t four[4];
    struct span key = key_of(bytes, i);
    struct span value;
    uint32_t number = 1 + (uint32_t)seed_below(random, 1000000);

    switch (seed_below(random, 4)) {
    case 0:
        assert_int_equal(store_del(txn, TABLE_THING, key), model->values[i] != 0 ? 0 : NAVETTE_E_NOT_FOUND);
        model->values[i] = 0;
        break;
    case 1:
        assert_int_equal(store_get(txn, TABLE_THING, key, &value), model->values[i] != 0 ? 0 : NAVETTE_E_NOT_FOUND);
        if (model->values[i] != 0)
            assert_int_equal(read_u32(value.data), model->values[i]);
        break;
    default:
        write_u32(four, number);
        assert_int_equal(store_put(txn, TABLE_THING, key, span_of(four, 4)), 0);
        model->values[i] = number;
        break;
    }
}

static void test_memstore_equals_model(void **state)
{
    uint64_t random = seed_start();
    struct memstore *store = memstore_new();
    struct model committed = {{0}};

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct store_txn *before = memstore_begin_read(store);
        struct store_txn *txn = memstore_begin_write(store);
        struct memstore *clone = round % 10 == 0 ? memstore_clone(store) : NULL;
        struct model model = committed;
        size_t present = 0;

        for (uint64_t i = seed_below(&random, 60); i > 0; i--) {
            one_write(txn, &model, &random);
            check_scan(txn, &model, &random);
        }
        check_same(txn, &model);
        check_same(before, &committed);
        if (seed_below(&random, 3) == 0) {
            memstore_abort(txn);
            if (clone != NULL)
                assert_true(memstore_equal(store, clone));
        } else {
            assert_int_equal(memstore_commit(txn), 0);
            /* The reader still sees the state in which it began. */
            check_same(before, &committed);
            committed = model;
        }
        memstore_abort(before);
        for (size_t i = 0; i < KEYS; i++)
            present += committed.values[i] != 0;
        assert_int_equal(memstore_rows(store, TABLE_THING), present);
        assert_int_equal(memstore_bytes(store), present * 6);
        memstore_free(clone);
    }
    memstore_free(store);
}

static void put_number(struct store_txn *txn, enum store_table table, uint64_t key, uint64_t number)
{
    uint8_t k[8];
    uint8_t v[8];

    write_u64(k, key);
    write_u64(v, number);
    assert_int_equal(store_put(txn, table, span_of(k, 8), span_of(v, 8)), 0);
}

static int get_number(struct store_txn *txn, enum store_table table, uint64_t key, uint64_t *number)
{
    struct span value;
    uint8_t k[8];
    int rc;

    write_u64(k, key);
    rc = store_get(txn, table, span_of(k, 8), &value);
    if (rc == 0)
        *number = read_u64(value.data);
    return rc;
}

static void test_memstore_crash_keeps_what_was_synced(void **state)
{
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    struct memstore *clone;
    uint64_t number = 0;

    (void)state;
    put_number(txn, TABLE_HEAD, 1, 11);
    assert_int_equal(memstore_commit(txn), 0);
    txn = memstore_begin_write(store);
    put_number(txn, TABLE_HEAD, 1, 12);
    put_number(txn, TABLE_HEAD, 2, 22);
    assert_int_equal(memstore_commit_unsynced(txn), 0);
    clone = memstore_clone(store);
    assert_true(memstore_equal(store, clone));
    memstore_crash(store);
    assert_false(memstore_equal(store, clone));
    assert_int_equal(memstore_rows(store, TABLE_HEAD), 1);
    txn = memstore_begin_read(store);
    assert_int_equal(get_number(txn, TABLE_HEAD, 1, &number), 0);
    assert_int_equal(number, 11);
    assert_int_equal(get_number(txn, TABLE_HEAD, 2, &number), NAVETTE_E_NOT_FOUND);
    memstore_abort(txn);
    memstore_crash(clone);
    txn = memstore_begin_read(clone);
    assert_int_equal(get_number(txn, TABLE_HEAD, 2, &number), 0);
    assert_int_equal(number, 22);
    memstore_abort(txn);
    memstore_free(clone);
    memstore_free(store);
}

static void test_memstore_planned_failures(void **state)
{
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    struct store_scan *scan;
    struct span key;
    struct span value;
    uint64_t number;

    (void)state;
    put_number(txn, TABLE_LOCAL, 1, 1);
    memstore_fail_at(store, 2, NAVETTE_E_STORE);
    assert_int_equal(get_number(txn, TABLE_LOCAL, 1, &number), 0);
    assert_true(memstore_fail_pending(store));
    assert_int_equal(get_number(txn, TABLE_LOCAL, 1, &number), NAVETTE_E_STORE);
    assert_false(memstore_fail_pending(store));
    assert_int_equal(get_number(txn, TABLE_LOCAL, 1, &number), 0);
    memstore_fail_at(store, 1, NAVETTE_E_FULL);
    assert_int_equal(store_scan_open(txn, TABLE_LOCAL, &scan), NAVETTE_E_FULL);
    assert_int_equal(store_scan_open(txn, TABLE_LOCAL, &scan), 0);
    memstore_fail_at(store, 1, NAVETTE_E_STORE);
    assert_int_equal(txn->ops->scan_from(scan, span_of("\0", 1), &key, &value), NAVETTE_E_STORE);
    assert_int_equal(txn->ops->scan_from(scan, span_of("\0", 1), &key, &value), 0);
    memstore_fail_at(store, 1, NAVETTE_E_STORE);
    assert_int_equal(txn->ops->scan_next(scan, &key, &value), NAVETTE_E_STORE);
    txn->ops->scan_close(scan);
    memstore_fail_at(store, 1, NAVETTE_E_FULL);
    assert_int_equal(store_put(txn, TABLE_LOCAL, span_of("k", 1), span_of("v", 1)), NAVETTE_E_FULL);
    memstore_abort(txn);
    assert_int_equal(memstore_rows(store, TABLE_LOCAL), 0);

    txn = memstore_begin_write(store);
    put_number(txn, TABLE_LOCAL, 1, 1);
    memstore_fail_commit(store, NAVETTE_E_FULL);
    assert_int_equal(memstore_commit(txn), NAVETTE_E_FULL);
    assert_int_equal(memstore_rows(store, TABLE_LOCAL), 0);
    txn = memstore_begin_write(store);
    put_number(txn, TABLE_LOCAL, 1, 1);
    assert_int_equal(memstore_commit(txn), 0);
    assert_int_equal(memstore_rows(store, TABLE_LOCAL), 1);
    memstore_limit(store, 31);
    txn = memstore_begin_write(store);
    assert_int_equal(store_put(txn, TABLE_LOCAL, span_of("0123456789", 10), span_of("012345", 6)), NAVETTE_E_FULL);
    memstore_abort(txn);
    memstore_limit(store, 32);
    txn = memstore_begin_write(store);
    assert_int_equal(store_put(txn, TABLE_LOCAL, span_of("0123456789", 10), span_of("012345", 6)), 0);
    assert_int_equal(memstore_commit(txn), 0);
    assert_true(memstore_calls(store) > 10);
    memstore_free(store);
}

static void test_memstore_append_and_ends(void **state)
{
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    struct store_scan *scan;
    struct span key;
    struct span value;

    (void)state;
    assert_int_equal(store_scan_open(txn, TABLE_ENTRY, &scan), 0);
    assert_int_equal(txn->ops->scan_from(scan, span_of("\0", 1), &key, &value), NAVETTE_E_NOT_FOUND);
    assert_int_equal(txn->ops->scan_upto(scan, span_of("\xff", 1), &key, &value), NAVETTE_E_NOT_FOUND);
    assert_int_equal(txn->ops->scan_next(scan, &key, &value), NAVETTE_E_NOT_FOUND);
    assert_int_equal(txn->ops->scan_prev(scan, &key, &value), NAVETTE_E_NOT_FOUND);
    assert_int_equal(store_append(txn, TABLE_ENTRY, span_of("b", 1), span_of("", 0)), 0);
    assert_int_equal(store_append(txn, TABLE_ENTRY, span_of("ba", 2), span_of("2", 1)), 0);
    assert_int_equal(txn->ops->scan_from(scan, span_of("b", 1), &key, &value), 0);
    assert_int_equal(value.len, 0);
    assert_int_equal(txn->ops->scan_next(scan, &key, &value), 0);
    assert_int_equal(key.len, 2);
    assert_int_equal(txn->ops->scan_next(scan, &key, &value), NAVETTE_E_NOT_FOUND);
    assert_int_equal(txn->ops->scan_upto(scan, span_of("a", 1), &key, &value), NAVETTE_E_NOT_FOUND);
    assert_int_equal(txn->ops->scan_upto(scan, span_of("b\0", 2), &key, &value), 0);
    assert_int_equal(key.len, 1);
    assert_int_equal(txn->ops->scan_prev(scan, &key, &value), NAVETTE_E_NOT_FOUND);
    txn->ops->scan_close(scan);
    txn->ops->scan_close(NULL);
    assert_int_equal(store_append(txn, TABLE_ENTRY, span_of("ba", 2), span_of("3", 1)), NAVETTE_E_STORE);
    memstore_abort(txn);
    memstore_free(store);
    memstore_free(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memstore_equals_model),
        cmocka_unit_test(test_memstore_crash_keeps_what_was_synced),
        cmocka_unit_test(test_memstore_planned_failures),
        cmocka_unit_test(test_memstore_append_and_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
