/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/full.h: a transaction without room.
 *   - reads, scans in both directions: as the real one
 *   - put, append, del: NAVETTE_E_FULL, nothing changes
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "navette/error.h"
#include "server/full.h"
#include "tests/lib/memstore.h"

static struct memstore *store_with_rows(void)
{
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);

    assert_int_equal(store_put(txn, TABLE_LOCAL, span_of_string("a"), span_of_string("1")), 0);
    assert_int_equal(store_put(txn, TABLE_LOCAL, span_of_string("b"), span_of_string("2")), 0);
    assert_int_equal(store_put(txn, TABLE_LOCAL, span_of_string("c"), span_of_string("3")), 0);
    assert_int_equal(memstore_commit(txn), 0);
    return store;
}

static void test_full_txn_reads(void **state)
{
    struct memstore *store = store_with_rows();
    struct store_txn *real = memstore_begin_read(store);
    struct full_txn full;
    struct store_txn *txn = full_txn_init(&full, real);
    struct store_scan *scan;
    struct span key;
    struct span value;

    (void)state;
    assert_int_equal(store_get(txn, TABLE_LOCAL, span_of_string("b"), &value), 0);
    assert_true(span_equal(value, span_of_string("2")));
    assert_int_equal(store_get(txn, TABLE_LOCAL, span_of_string("z"), &value), NAVETTE_E_NOT_FOUND);
    assert_int_equal(store_scan_open(txn, TABLE_LOCAL, &scan), 0);
    assert_int_equal(txn->ops->scan_from(scan, span_of_string("b"), &key, &value), 0);
    assert_int_equal(txn->ops->scan_next(scan, &key, &value), 0);
    assert_true(span_equal(key, span_of_string("c")));
    assert_int_equal(txn->ops->scan_next(scan, &key, &value), NAVETTE_E_NOT_FOUND);
    assert_int_equal(txn->ops->scan_upto(scan, span_of_string("bb"), &key, &value), 0);
    assert_true(span_equal(value, span_of_string("2")));
    assert_int_equal(txn->ops->scan_prev(scan, &key, &value), 0);
    assert_true(span_equal(key, span_of_string("a")));
    txn->ops->scan_close(scan);
    memstore_abort(real);
    memstore_free(store);
}

static void test_full_txn_writes(void **state)
{
    struct memstore *store = store_with_rows();
    struct memstore *before = memstore_clone(store);
    struct store_txn *real = memstore_begin_read(store);
    struct full_txn full;
    struct store_txn *txn = full_txn_init(&full, real);

    (void)state;
    assert_int_equal(store_put(txn, TABLE_LOCAL, span_of_string("d"), span_of_string("4")), NAVETTE_E_FULL);
    assert_int_equal(store_append(txn, TABLE_LOCAL, span_of_string("d"), span_of_string("4")), NAVETTE_E_FULL);
    assert_int_equal(store_del(txn, TABLE_LOCAL, span_of_string("a")), NAVETTE_E_FULL);
    memstore_abort(real);
    assert_true(memstore_equal(store, before));
    memstore_free(before);
    memstore_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_txn_reads),
        cmocka_unit_test(test_full_txn_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
