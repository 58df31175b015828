/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Histories that are asked for again and again (fold/afresh.h):
 *   - thousands of events about one document, each before the last: a few readings, whatever the size of the steps, and the state of any other order
 *   - the same of retractions; of what is odd though it comes last (received from nowhere), where nothing comes late
 *   - twice the events: about twice the store calls, not four times
 *   - a short history, and one that is asked for once in a stretch, is read at once
 *   - where a stretch ends: at its limits, and one past them
 *   - random lives with everything put off that can be: records, counters, findings, what was counted at any moment, as without
 *   - what was known at any position can be asked; a finding is put down to an event about its own thing, whatever came last
 *   - no memory at any allocation; every store call failing
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "fold/afresh.h"
#include "fold/past_counts.h"
#include "navette/discrepancy.h"
#include "navette/hlc.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/seed.h"

#define P "P"
#define Q "Q"
#define MANY 1000u
#define ODD 512u
#define LIFE 120u

static const size_t NEVER = SIZE_MAX;

/* Folds entries from .. to of `order` in this transaction; adds up how many histories were read for a record. */
static int feed(const struct foldkit *kit, struct store_txn *txn, const size_t *order, size_t from, size_t to, size_t long_history,
                uint64_t *refolds)
{
    struct fold fold;
    int rc = fold_begin(&fold, txn, txn);

    fold.long_history = long_history;
    for (size_t i = from; rc == 0 && i < to; i++) {
        struct journal_entry entry = kit->entries[order[i]];

        rc = journal_append(txn, &entry);
        if (rc == 0)
            rc = fold_next(&fold);
    }
    if (rc == 0)
        rc = fold_end(&fold);
    else
        fold_abandon(&fold);
    *refolds += fold.refolds;
    return rc;
}

/* `step` entries a transaction. */
static struct memstore *folded(const struct foldkit *kit, const size_t *order, size_t count, size_t step, size_t long_history,
                               uint64_t *refolds)
{
    struct memstore *store = memstore_new();

    *refolds = 0;
    for (size_t done = 0; done < count; done += step) {
        struct store_txn *txn = memstore_begin_write(store);

        assert_int_equal(feed(kit, txn, order, done, done + step < count ? done + step : count, long_history, refolds), 0);
        assert_int_equal(memstore_commit(txn), 0);
    }
    return store;
}

static void assert_same(struct memstore *store, struct memstore *other)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct store_txn *beside = memstore_begin_read(other);
    uint8_t digest[HASH_SIZE];
    uint8_t expected[HASH_SIZE];

    assert_int_equal(fold_digest(txn, digest), 0);
    assert_int_equal(fold_digest(beside, expected), 0);
    assert_memory_equal(digest, expected, HASH_SIZE);
    assert_int_equal(discrepancy_check(txn, txn), 0);
    assert_int_equal(discrepancy_digest(txn, digest), 0);
    assert_int_equal(discrepancy_digest(beside, expected), 0);
    assert_memory_equal(digest, expected, HASH_SIZE);
    memstore_abort(txn);
    memstore_abort(beside);
    assert_int_equal(foldkit_check(store), 0);
}

static void forwards(size_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++)
        order[i] = i;
}

static void backwards(size_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++)
        order[i] = count - 1 - i;
}

static void make_seen(struct foldkit *kit, size_t count)
{
    foldkit_init(kit);
    for (size_t i = 0; i < count; i++)
        foldkit_event(kit, (unsigned int)(i % 3), i % 2 == 0 ? P : Q, EV(SEEN_AT), "i1", NULL);
}

static void test_backwards_costs_few_readings(void **state)
{
    static const size_t steps[] = {100, 256, MANY};
    size_t order[FOLDKIT_MAX];
    struct foldkit kit;
    struct memstore *plain;
    uint64_t refolds;

    (void)state;
    make_seen(&kit, MANY);
    forwards(order, MANY);
    plain = folded(&kit, order, MANY, MANY, NEVER, &refolds);
    assert_int_equal(refolds, 0);
    backwards(order, MANY);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct memstore *store = folded(&kit, order, MANY, steps[i], FOLD_LONG, &refolds);

        /* Those of the short history, then one at once and one at the end of each step. */
        print_message("# %u backwards, %zu a step: %llu readings\n", MANY, steps[i], (unsigned long long)refolds);
        assert_true(refolds <= FOLD_LONG + 2 * (MANY / steps[i] + 1));
        assert_same(store, plain);
        memstore_free(store);
    }
    memstore_free(plain);
    foldkit_free(&kit);
}

static void test_retractions_cost_few_readings(void **state)
{
    size_t order[FOLDKIT_MAX];
    struct foldkit kit;
    struct memstore *plain;
    struct memstore *store;
    uint64_t refolds;

    (void)state;
    make_seen(&kit, 600);
    for (size_t i = 0; i < 600; i += 2)
        foldkit_retract(&kit, (unsigned int)(i % 3), P, kit.entries[i].self);
    forwards(order, kit.count);
    plain = folded(&kit, order, kit.count, kit.count, NEVER, &refolds);
    assert_int_equal(refolds, 300);
    store = folded(&kit, order, kit.count, kit.count, FOLD_LONG, &refolds);
    assert_true(refolds <= 2);
    assert_same(store, plain);
    memstore_free(store);
    memstore_free(plain);
    foldkit_free(&kit);
}

/* Store calls of so many receptions that nothing explains, in their order. */
static uint64_t calls_of_odd(size_t count, size_t long_history)
{
    size_t order[FOLDKIT_MAX];
    struct foldkit kit;
    struct memstore *store;
    uint64_t refolds;
    uint64_t calls;

    foldkit_init(&kit);
    foldkit_event(&kit, 0, P, EV(ITEM_REGISTERED), "i1", "book");
    while (kit.count < count)
        foldkit_event(&kit, (unsigned int)(kit.count % 3), kit.count % 2 == 0 ? P : Q, EV(RECEIVED), "i1", NULL);
    forwards(order, count);
    store = folded(&kit, order, count, 256, long_history, &refolds);
    calls = memstore_calls(store);
    memstore_free(store);
    foldkit_free(&kit);
    return calls;
}

static void test_cost_grows_with_the_events(void **state)
{
    uint64_t half = calls_of_odd(ODD / 2, FOLD_LONG);
    uint64_t whole = calls_of_odd(ODD, FOLD_LONG);
    uint64_t plain = calls_of_odd(ODD, NEVER);

    (void)state;
    print_message("# store calls: %llu for %u events, %llu for %u, %llu when each history is read at once\n", (unsigned long long)half,
                  ODD / 2, (unsigned long long)whole, ODD, (unsigned long long)plain);
    assert_true(whole < 3 * half);
    assert_true(8 * whole < plain);
}

static void test_short_and_single_are_read_at_once(void **state)
{
    size_t order[FOLDKIT_MAX];
    struct foldkit kit;
    struct memstore *store;
    uint64_t refolds;

    (void)state;
    make_seen(&kit, FOLD_LONG - 1);
    backwards(order, kit.count);
    store = folded(&kit, order, kit.count, kit.count, FOLD_LONG, &refolds);
    assert_int_equal(refolds, kit.count - 1);
    memstore_free(store);
    foldkit_free(&kit);

    /* The last but one comes last: what it makes of the record is there before the transaction ends. */
    make_seen(&kit, 200);
    forwards(order, kit.count);
    order[198] = 199;
    order[199] = 198;
    store = folded(&kit, order, kit.count, kit.count, FOLD_LONG, &refolds);
    assert_int_equal(refolds, 1);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_stretch_ends_at_its_limits(void **state)
{
    struct thing_key key = foldkit_key("i1");
    struct afresh afresh;
    char word[16];

    (void)state;
    afresh_init(&afresh, 10);
    assert_false(afresh_is_over(&afresh, UINT64_MAX, INT64_MAX));
    assert_int_equal(afresh_note(&afresh, &key, 9, 100, 5000), 0);
    assert_false(afresh_put_off(&afresh, &key, 101, 101));
    assert_int_equal(afresh_note(&afresh, &key, 10, 100, 5000), 0);
    assert_false(afresh_owes(&afresh, &key));
    assert_true(afresh_put_off(&afresh, &key, 101, 101));
    assert_true(afresh_put_off(&afresh, &key, 103, 103));
    assert_true(afresh_owes(&afresh, &key));
    assert_int_equal(afresh.things[0].first, 101);
    assert_int_equal(afresh.things[0].last, 103);
    assert_false(afresh_is_over(&afresh, 100 + AFRESH_ENTRIES - 1, 5000 + AFRESH_MS - 1));
    assert_true(afresh_is_over(&afresh, 100 + AFRESH_ENTRIES, 5000));
    assert_true(afresh_is_over(&afresh, 101, 5000 + AFRESH_MS));
    assert_false(afresh_is_over(&afresh, 101, 0));
    for (unsigned int i = 1; i < AFRESH_THINGS; i++) {
        assert_false(afresh_is_over(&afresh, 101, 5000));
        snprintf(word, sizeof(word), "i1%u", i);
        key = foldkit_key(word);
        assert_int_equal(afresh_note(&afresh, &key, 10, 101, 5000), 0);
    }
    assert_true(afresh_is_over(&afresh, 101, 5000));
    afresh_free(&afresh);
}

static int compare_counts(const struct past_counts *found, const struct past_counts *wanted)
{
    int same = 1;
    uint32_t number;

    for (uint32_t i = 0; i < wanted->cells.cells.count; i++) {
        int64_t count = keymap_find(&found->cells.cells, keymap_key(&wanted->cells.cells, i), &number) ? found->cells.counts[number] : 0;

        same &= count == wanted->cells.counts[i];
    }
    return same;
}

/* What was counted at moments of the whole life, by all that is known now, and by what was where a transaction ended. */
static void assert_same_past(struct memstore *store, struct memstore *other, int64_t from_ms, int64_t to_ms, size_t step)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct store_txn *beside = memstore_begin_read(other);

    for (int64_t at_ms = from_ms; at_ms <= to_ms; at_ms += (to_ms - from_ms) / 40 + 1) {
        for (uint64_t known = step; known <= LIFE; known += step) {
            struct past_counts found;
            struct past_counts wanted;
            struct horizon horizon;
            struct horizon there;

            assert_int_equal(horizon_open_at(&horizon, txn, txn, known), 0);
            assert_int_equal(horizon_open_at(&there, beside, beside, known), 0);
            assert_int_equal(past_counts_read(&horizon, at_ms, TALLY_WHOLE, &found), 0);
            assert_int_equal(past_counts_read(&there, at_ms, TALLY_WHOLE, &wanted), 0);
            assert_true(compare_counts(&found, &wanted));
            assert_true(compare_counts(&wanted, &found));
            past_counts_free(&found);
            past_counts_free(&wanted);
        }
    }
    memstore_abort(txn);
    memstore_abort(beside);
}

/* In the middle of a stretch a thing may be known to be in a bag whose own past is known otherwise: a count, not a damaged store. */
static void assert_past_can_be_asked(struct memstore *store, int64_t from_ms, int64_t to_ms)
{
    struct store_txn *txn = memstore_begin_read(store);

    for (int64_t at_ms = from_ms; at_ms <= to_ms; at_ms += (to_ms - from_ms) / 8 + 1) {
        for (uint64_t known = 1; known <= LIFE; known++) {
            struct past_counts found;
            struct horizon horizon;

            assert_int_equal(horizon_open_at(&horizon, txn, txn, known), 0);
            assert_int_equal(past_counts_read(&horizon, at_ms, TALLY_WHOLE, &found), 0);
            past_counts_free(&found);
        }
    }
    memstore_abort(txn);
}

struct in_time {
    uint64_t last;
    size_t rows;
};

static int is_in_time(const struct discrepancy_row *row, void *context)
{
    struct in_time *asked = context;

    assert_in_range(row->opened, 1, asked->last);
    assert_in_range(row->changed, 0, asked->last);
    asked->rows += row->changed > 0;
    return 0;
}

static void test_findings_are_of_their_own_events(void **state)
{
    size_t order[FOLDKIT_MAX];
    struct thing_key key = foldkit_key("i1");
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;
    struct in_time asked = {0, 0};
    uint64_t refolds;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, P, EV(ITEM_REGISTERED), "i1", "book");
    foldkit_event(&kit, 0, P, EV(SEEN_AT), "i1", NULL);
    foldkit_event(&kit, 0, P, EV(SEEN_AT), "i1", NULL);
    foldkit_event(&kit, 0, P, EV(DISPATCHED), "i1", Q);
    foldkit_event(&kit, 1, Q, EV(RECEIVED), "i1", NULL);
    asked.last = kit.count;
    for (int i = 0; i < 20; i++)
        foldkit_event(&kit, (unsigned int)(i % 3), P, EV(SEEN_AT), "i2", NULL);
    for (size_t i = 0; i < kit.count; i++)
        kit.entries[i].received_ms = kit.now_ms;
    forwards(order, kit.count);
    /* One is late, so that the history is read; what explains the reception comes after it. */
    order[1] = 2;
    order[2] = 1;
    order[3] = 4;
    order[4] = 3;
    store = folded(&kit, order, kit.count, kit.count, 1, &refolds);
    txn = memstore_begin_read(store);
    assert_int_equal(discrepancy_each(txn, &key, is_in_time, &asked), 0);
    assert_true(asked.rows > 0);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_random_lives_are_the_same(void **state)
{
    uint64_t random = seed_start();
    size_t order[FOLDKIT_MAX];
    uint64_t put_off = 0;
    uint64_t at_once = 0;

    (void)state;
    for (int life = 0; life < 24; life++) {
        size_t step = 1 + seed_below(&random, LIFE / 2);
        struct foldkit kit;
        struct memstore *plain;
        struct memstore *store;
        uint64_t refolds;

        foldkit_init(&kit);
        while (kit.count < LIFE)
            foldkit_random(&kit, &random, life % 2);
        foldkit_shuffle(order, kit.count, &random);
        plain = folded(&kit, order, LIFE, step, NEVER, &refolds);
        at_once += refolds;
        store = folded(&kit, order, LIFE, step, 1, &refolds);
        put_off += refolds;
        assert_same(store, plain);
        assert_same_past(store, plain, FOLDKIT_START_MS - 3600000, kit.now_ms + 3600000, step);
        assert_past_can_be_asked(store, FOLDKIT_START_MS - 3600000, kit.now_ms + 3600000);
        memstore_free(store);
        memstore_free(plain);
        foldkit_free(&kit);
    }
    print_message("# %llu readings, %llu where nothing is put off\n", (unsigned long long)put_off, (unsigned long long)at_once);
    assert_true(put_off < at_once);
}

static void test_failures_are_told(void **state)
{
    size_t order[FOLDKIT_MAX];
    struct foldkit kit;
    uint64_t refolds = 0;
    int struck = 1;

    (void)state;
    make_seen(&kit, 12);
    backwards(order, kit.count);
    for (uint64_t k = 1; struck; k++) {
        struct memstore *store = memstore_new();
        struct store_txn *txn = memstore_begin_write(store);
        int rc;

        memstore_fail_at(store, k, NAVETTE_E_FULL);
        rc = feed(&kit, txn, order, 0, kit.count, 1, &refolds);
        struck = !memstore_fail_pending(store);
        assert_int_equal(rc, struck ? NAVETTE_E_FULL : 0);
        memstore_abort(txn);
        memstore_free(store);
    }
    struck = 1;
    for (uint64_t k = 1; struck; k++) {
        struct memstore *store = memstore_new();
        struct store_txn *txn = memstore_begin_write(store);
        int rc;

        failing_malloc_at(k);
        rc = feed(&kit, txn, order, 0, kit.count, 1, &refolds);
        struck = !failing_malloc_pending();
        failing_malloc_at(0);
        assert_int_equal(rc, struck ? NAVETTE_E_MEMORY : 0);
        memstore_abort(txn);
        memstore_free(store);
    }
    foldkit_free(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backwards_costs_few_readings), cmocka_unit_test(test_retractions_cost_few_readings),
        cmocka_unit_test(test_cost_grows_with_the_events),   cmocka_unit_test(test_short_and_single_are_read_at_once),
        cmocka_unit_test(test_stretch_ends_at_its_limits),   cmocka_unit_test(test_findings_are_of_their_own_events),
        cmocka_unit_test(test_random_lives_are_the_same),    cmocka_unit_test(test_failures_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
