/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hand-overs and deposits, kept by difference.
 *   - any order of arrival, retractions and pairings of anything among them: what is kept is what the whole set shows, the same in every order (SEED)
 *   - after every event of a set, not only at its end
 *   - what nobody has counted costs no reading: only its row and its summary are written
 *   - the k-th memory that is refused, the k-th store call that fails, for every k: a code, and with what follows the same as without
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reconcile/handover_keep.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/handkit.h"
#include "tests/lib/seed.h"

static int count_row(const struct discrepancy_row *row, void *context)
{
    size_t *counts = context;

    counts[row->finding.kind]++;
    return 0;
}

static void test_any_order_shows_the_same(void **state)
{
    uint64_t seed = seed_start();
    size_t counts[DISCREPANCY_KIND_COUNT] = {0};

    (void)state;
    for (int round = 0; round < 120; round++) {
        uint8_t expected[HASH_SIZE];
        size_t order[FOLDKIT_MAX];
        struct foldkit kit;

        foldkit_init(&kit);
        foldkit_event(&kit, 0, "A", EV(BAG_COMMISSIONED), "b1", "bag");
        for (int i = 0; i < 40; i++)
            handkit_random(&kit, &seed);
        for (size_t i = 0; i < kit.count; i++)
            order[i] = i;
        for (int run = 0; run < 6; run++) {
            struct memstore *store = foldkit_play(&kit, order, kit.count, run == 1);
            struct store_txn *txn = memstore_begin_read(store);
            uint8_t digest[HASH_SIZE];

            assert_int_equal(discrepancy_check(txn, txn), 0);
            assert_int_equal(discrepancy_digest(txn, run == 0 ? expected : digest), 0);
            if (run > 0)
                assert_memory_equal(digest, expected, HASH_SIZE);
            assert_int_equal(discrepancy_each(txn, NULL, count_row, counts), 0);
            memstore_abort(txn);
            memstore_free(store);
            foldkit_shuffle(order, kit.count, &seed);
        }
        foldkit_free(&kit);
    }
    assert_true(counts[DISCREPANCY_SHORT] > 100);
    assert_true(counts[DISCREPANCY_OVER] > 100);
    assert_true(counts[DISCREPANCY_DEPOSIT] > 100);
    assert_true(counts[DISCREPANCY_PHONE] > 100);
}

/* After every event: a finding that only a later event would repair must not be left behind. */
static void test_checked_after_every_event(void **state)
{
    uint64_t seed = seed_start();

    (void)state;
    for (int round = 0; round < 30; round++) {
        struct foldkit kit;

        foldkit_init(&kit);
        for (int i = 0; i < 30; i++)
            handkit_random(&kit, &seed);
        for (size_t count = 1; count <= kit.count; count++) {
            size_t order[FOLDKIT_MAX];
            struct memstore *store;
            struct store_txn *txn;

            for (size_t i = 0; i < count; i++)
                order[i] = i;
            store = foldkit_play(&kit, order, count, 0);
            txn = memstore_begin_read(store);
            assert_int_equal(discrepancy_check(txn, txn), 0);
            memstore_abort(txn);
            memstore_free(store);
        }
        foldkit_free(&kit);
    }
}

static void test_summaries(void **state)
{
    struct handover_summary summary;
    struct memstore *store;
    struct store_txn *txn;
    struct thing_key key;
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    handkit_give(&kit, 0, "A", "B", "b1", (struct hand){.slip = "S1", .round = "R1", .stop = 1});
    handkit_count(&kit, 0, "A", HANDOVER_GIVER, -1, 1, -1, (struct hand){.slip = "S1"});
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    assert_int_equal(handover_key_of_slip("S1", &key), 0);
    assert_int_equal(handover_set_summary(txn, &key, &summary), 0);
    assert_int_equal(summary.events, 2);
    assert_false(summary.counted);
    assert_int_equal(handover_key_of_slip("S2", &key), 0);
    assert_int_equal(handover_set_summary(txn, &key, &summary), 0);
    assert_int_equal(summary.events, 0);
    memstore_abort(txn);
    memstore_free(store);
    /* The stop is counted: the slip that is one with it knows. */
    handkit_count(&kit, 1, "V", HANDOVER_CARRIER, -1, 1, -1, (struct hand){.round = "R1", .stop = 1});
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    assert_int_equal(handover_key_of_slip("S1", &key), 0);
    assert_int_equal(handover_set_summary(txn, &key, &summary), 0);
    assert_true(summary.counted);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
    summary.events = HANDOVER_EVENTS_MAX;
    assert_false(handover_set_is_crowded(&summary));
    summary.events++;
    assert_true(handover_set_is_crowded(&summary));
}

/* A little of everything, so that every allocation and every write is met. */
static void make_story(struct foldkit *kit)
{
    struct ref given;
    struct ref count;

    foldkit_init(kit);
    given = handkit_give(kit, 0, "A", "B", "b1 b2", (struct hand){.slip = "S1", .round = "R1", .stop = 1, .pools = "paper:1"});
    handkit_take(kit, 2, "B", "b1 b3", (struct hand){.slip = "S1", .pools = "cloth:1"});
    count = handkit_count(kit, 1, "V", HANDOVER_CARRIER, 0, 1, 2, (struct hand){.pools = "paper:1"});
    handkit_pair(kit, 2, "B", &count, &given, (struct hand){.slip = NULL});
    handkit_told(kit, 0, "A", HANDOVER_TAKER, 3, -1, (struct hand){.slip = "S1", .pools = "paper:2"});
    handkit_close(kit, 2, "B", (struct hand){.dispatch = &given});
    handkit_deposit(kit, 0, "A", "c1", 2, 2, "0412");
    handkit_opened(kit, 2, "B", "c1", "0413");
    handkit_unload(kit, 2, "B", "c1 b4", 0);
    handkit_unpack(kit, 2, "B", "b4 i1", 0);
}

static void test_every_store_call_and_every_allocation_fails(void **state)
{
    struct foldkit kit;
    uint8_t expected[HASH_SIZE];
    uint8_t digest[HASH_SIZE];
    struct memstore *store;
    struct store_txn *txn;
    unsigned int failed = 0;
    int rc;

    (void)state;
    make_story(&kit);
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    assert_int_equal(discrepancy_digest(txn, expected), 0);
    memstore_abort(txn);
    memstore_free(store);
    for (int of_memory = 0; of_memory < 2; of_memory++) {
        uint64_t k = 0;

        do {
            store = memstore_new();
            txn = memstore_begin_write(store);
            k++;
            if (of_memory)
                failing_malloc_at(k);
            else
                memstore_fail_at(store, k, NAVETTE_E_FULL);
            rc = foldkit_feed(&kit, txn, NULL, 0, 0, NULL);
            failing_malloc_at(0);
            if (rc != 0) {
                assert_int_equal(rc, of_memory ? NAVETTE_E_MEMORY : NAVETTE_E_FULL);
                failed++;
            } else {
                memstore_fail_at(store, 0, 0);
                assert_int_equal(discrepancy_digest(txn, digest), 0);
                assert_memory_equal(digest, expected, HASH_SIZE);
            }
            memstore_abort(txn);
            memstore_free(store);
        } while (rc != 0);
    }
    assert_true(failed > 400);
    foldkit_free(&kit);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order_shows_the_same),
        cmocka_unit_test(test_checked_after_every_event),
        cmocka_unit_test(test_summaries),
        cmocka_unit_test(test_every_store_call_and_every_allocation_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
