/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of the journal, as a transaction that only reads finds them: one after another is a step of a cursor, in any other order a search.
 *
 * order: forwards, the same again, back, past a gap, past the end and back: each time the one that was asked for, or none
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "navette/lmdb_store.h"

#define ENTRIES 900u /* of some pages */
#define GAP 400u     /* not there: nothing says that there is none */

static void test_lmdb_entries_in_any_order(void **state)
{
    static const uint64_t asked[] = {1,   2,       3, 3, 2,       3,           4,           GAP - 1, GAP, GAP + 1,
                                     GAP, GAP - 1, 0, 1, ENTRIES, ENTRIES + 1, ENTRIES + 2, ENTRIES, 5,   6};
    char folder[] = "/tmp/navette-test-XXXXXX";
    char path[64];
    struct lmdb_store *store;
    struct store_txn *txn;
    struct span value;
    uint8_t key[8];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/store", folder);
    assert_int_equal(lmdb_store_open(&(struct lmdb_options){.folder = path, .tables = LMDB_JOURNAL, .map_bytes = 16u << 20}, &store), 0);
    assert_int_equal(lmdb_write_begin(store, &txn), 0);
    for (uint64_t i = 1; i <= ENTRIES; i++) {
        write_u64(key, i);
        if (i != GAP)
            assert_int_equal(store_append(txn, TABLE_ENTRY, span_of(key, sizeof key), span_of(key, sizeof key)), 0);
    }
    assert_int_equal(lmdb_commit(txn), 0);
    assert_int_equal(lmdb_read_begin(store, &txn), 0);
    for (size_t i = 0; i < sizeof asked / sizeof *asked + ENTRIES; i++) {
        uint64_t entry = i < sizeof asked / sizeof *asked ? asked[i] : i - sizeof asked / sizeof *asked + 1;
        int is_there = entry != 0 && entry != GAP && entry <= ENTRIES;

        write_u64(key, entry);
        assert_int_equal(store_get(txn, TABLE_ENTRY, span_of(key, sizeof key), &value), is_there ? 0 : NAVETTE_E_NOT_FOUND);
        if (is_there)
            assert_memory_equal(value.data, key, sizeof key);
    }
    lmdb_abort(txn);
    lmdb_store_close(store);
    assert_int_equal(lmdb_store_remove(path), 0);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lmdb_entries_in_any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
