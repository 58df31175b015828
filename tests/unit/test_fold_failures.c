/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fold when something fails: each store call in turn, each allocation in turn. The code comes back; after the abort the same fold gives the same state.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/failing_malloc.h"
#include "tests/lib/foldkit.h"

static void make_trouble(struct foldkit *kit)
{
    uint64_t random = 11;

    foldkit_init(kit);
    while (kit->count < 45)
        foldkit_random(kit, &random, 1);
}

static void test_fold_next_when_a_store_call_fails(void **state)
{
    struct foldkit kit;
    struct memstore *whole;
    uint8_t expected[HASH_SIZE];
    uint64_t calls;
    uint64_t tried = 0;

    (void)state;
    make_trouble(&kit);
    whole = foldkit_play(&kit, NULL, 0, 0);
    foldkit_digest(whole, expected);
    calls = memstore_calls(whole);
    memstore_free(whole);
    for (uint64_t k = 1; k <= calls; k += 1 + k / 200) {
        int code = k % 3 == 0 ? NAVETTE_E_MEMORY : k % 3 == 1 ? NAVETTE_E_FULL : NAVETTE_E_STORE;
        struct memstore *store = memstore_new();
        struct store_txn *txn = memstore_begin_write(store);
        uint8_t digest[HASH_SIZE];

        memstore_fail_at(store, k, code);
        assert_int_equal(foldkit_feed(&kit, txn, NULL, 0, 0, NULL), code);
        assert_false(memstore_fail_pending(store));
        memstore_abort(txn);
        txn = memstore_begin_write(store);
        assert_int_equal(foldkit_feed(&kit, txn, NULL, 0, 0, NULL), 0);
        assert_int_equal(memstore_commit(txn), 0);
        foldkit_digest(store, digest);
        assert_memory_equal(digest, expected, HASH_SIZE);
        memstore_free(store);
        tried++;
    }
    assert_true(tried > 300);
    foldkit_free(&kit);
}

static void test_fold_next_when_an_allocation_fails(void **state)
{
    struct foldkit kit;
    struct memstore *whole;
    uint8_t expected[HASH_SIZE];
    uint64_t k = 1;

    (void)state;
    make_trouble(&kit);
    whole = foldkit_play(&kit, NULL, 0, 0);
    foldkit_digest(whole, expected);
    memstore_free(whole);
    for (;; k += 1 + k / 200) {
        struct memstore *store = memstore_new();
        struct store_txn *txn = memstore_begin_write(store);
        uint8_t digest[HASH_SIZE];
        int rc;

        failing_malloc_at(k);
        rc = foldkit_feed(&kit, txn, NULL, 0, 0, NULL);
        if (failing_malloc_pending()) {
            failing_malloc_at(0);
            memstore_abort(txn);
            memstore_free(store);
            break;
        }
        assert_int_equal(rc, NAVETTE_E_MEMORY);
        memstore_abort(txn);
        txn = memstore_begin_write(store);
        assert_int_equal(foldkit_feed(&kit, txn, NULL, 0, 0, NULL), 0);
        assert_int_equal(memstore_commit(txn), 0);
        foldkit_digest(store, digest);
        assert_memory_equal(digest, expected, HASH_SIZE);
        memstore_free(store);
    }
    assert_true(k > 500);
    foldkit_free(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold_next_when_a_store_call_fails),
        cmocka_unit_test(test_fold_next_when_an_allocation_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
