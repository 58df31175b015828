/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fold when something fails.
 *   - each store call in turn, each allocation in turn: the code comes back; after the abort the same fold gives the same state
 *   - rows of the state with a byte changed or cut off: a code or another state, never a crash, nothing leaked (SEED)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "navette/view.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/seed.h"

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
    calls = memstore_calls(whole);
    foldkit_digest(whole, expected);
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

/* Changes a byte of a row, cuts it or drops it; 0 when the table is empty. */
static int damage(struct store_txn *txn, enum store_table table, uint64_t *random)
{
    uint8_t from[2] = {(uint8_t)seed_next(random), (uint8_t)seed_next(random)};
    uint8_t row[4096];
    uint8_t name[512];
    struct store_scan *scan;
    struct span key;
    struct span value;
    size_t key_len, len;
    int rc;

    assert_int_equal(store_scan_open(txn, table, &scan), 0);
    rc = txn->ops->scan_from(scan, span_of(from, sizeof(from)), &key, &value);
    if (rc == NAVETTE_E_NOT_FOUND)
        rc = txn->ops->scan_from(scan, span_of("", 1), &key, &value);
    if (rc == 0) {
        key_len = key.len;
        len = value.len;
        assert_true(key_len < sizeof(name) && len < sizeof(row));
        memcpy(name, key.data, key_len);
        memcpy(row, value.data, len);
    }
    txn->ops->scan_close(scan);
    if (rc != 0)
        return 0;
    assert_int_equal(store_del(txn, table, span_of(name, key_len)), 0);
    switch (seed_below(random, 4)) {
    case 0:
        name[seed_below(random, key_len)] ^= (uint8_t)(1 + seed_below(random, 255));
        break;
    case 1:
        key_len -= seed_below(random, key_len);
        break;
    case 2:
        len -= seed_below(random, len + 1);
        break;
    default:
        if (len > 0)
            row[seed_below(random, len)] ^= (uint8_t)(1 + seed_below(random, 255));
        break;
    }
    return store_put(txn, table, span_of(name, key_len), span_of(row, len)) == 0;
}

static void look(struct store_txn *txn)
{
    static const char *const words[] = {"i1", "i2", "b1", "b2", "c1", "pA", "n1"};
    static const struct stock_filter everything = {.state = -1};
    struct stock_view stock;
    struct bag_view bags;
    struct aside list[4];

    (void)fold_check(txn);
    (void)fold_aside(txn, txn, 0, list, 4);
    for (int then = 0; then < 2; then++) {
        int64_t at_ms = then ? FOLDKIT_START_MS + 1200000 : VIEW_NOW;

        if (view_stock(txn, txn, &everything, at_ms, &stock) == 0)
            stock_view_free(&stock);
        if (view_bags(txn, txn, at_ms, &bags) == 0)
            bag_view_free(&bags);
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            struct thing_key key = foldkit_key(words[i]);
            struct thing_key keys[4];
            struct whereabouts whereabouts;
            struct history history;
            struct event event;

            if (view_thing(txn, txn, &key, at_ms, &whereabouts) == 0)
                whereabouts_free(&whereabouts);
            if (fold_history(txn, txn, &key, at_ms, &history) == 0)
                history_free(&history);
            if (fold_decided(txn, txn, &key, &event) == 0)
                event_free(&event);
            (void)view_contents(txn, &key, keys, 4);
        }
    }
}

static void test_fold_next_on_a_damaged_state(void **state)
{
    uint64_t random = seed_start();
    struct foldkit kit;
    struct memstore *store;
    size_t half[45];
    int stopped = 0;

    (void)state;
    make_trouble(&kit);
    for (size_t i = 0; i < 45; i++)
        half[i] = i;
    store = foldkit_play(&kit, half, 25, 0);
    for (int run = 0; run < 1500; run++) {
        struct memstore *copy = memstore_clone(store);
        struct store_txn *txn = memstore_begin_write(copy);

        for (int i = 0; i < 4; i++)
            (void)damage(txn, (enum store_table)(TABLE_THING + seed_below(&random, TABLE_META - TABLE_THING)), &random);
        look(txn);
        stopped += foldkit_feed(&kit, txn, half + 25, 20, 0, NULL) != 0;
        memstore_abort(txn);
        memstore_free(copy);
    }
    assert_true(stopped > 100 && stopped < 1500);
    memstore_free(store);
    foldkit_free(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold_next_when_a_store_call_fails),
        cmocka_unit_test(test_fold_next_when_an_allocation_fails),
        cmocka_unit_test(test_fold_next_on_a_damaged_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
