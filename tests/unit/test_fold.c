/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fold (fold.h, FOLD.md).
 *   - fold_begin, fold_end, fold_reset, fold_next: an empty store, another schema, the end of the journal, cursor and digest kept
 *   - any order, any duplication, with and without the short way: one digest (random sets; SEED)
 *   - the short way: a day in order reads no history again; a late event reads again what it concerns and nothing else
 *   - unexplained reception, then its dispatch, with and without a reference; parents that come late
 *   - journal and state in two stores, the journal ahead
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "navette/hlc.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/seed.h"

#define MINUTE 60000

static void test_fold_next_any_order_gives_one_state(void **state)
{
    uint64_t random = seed_start();

    (void)state;
    for (int set = 0; set < 120; set++) {
        struct foldkit kit;
        size_t count = 5 + seed_below(&random, 60);

        foldkit_init(&kit);
        kit.with_parents = set % 2;
        while (kit.count < count)
            foldkit_random(&kit, &random, set % 3);
        foldkit_one_state(&kit, &random, 6);
        foldkit_free(&kit);
    }
}

static void test_fold_begin_and_end_keep_the_cursor(void **state)
{
    struct foldkit kit;
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    uint8_t digest[HASH_SIZE];
    uint8_t zeros[HASH_SIZE] = {0};
    uint64_t cursor = 99;
    struct fold fold;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(SEEN_AT), "i1", NULL);
    assert_int_equal(fold_cursor(txn, &cursor), 0);
    assert_true(cursor == 0);
    assert_int_equal(fold_digest(txn, digest), 0);
    assert_memory_equal(digest, zeros, HASH_SIZE);
    assert_int_equal(fold_begin(&fold, txn, txn), 0);
    assert_int_equal(fold_next(&fold), NAVETTE_E_NOT_FOUND);
    assert_int_equal(foldkit_feed(&kit, txn, NULL, 0, 0, &fold), 0);
    assert_int_equal(fold_next(&fold), NAVETTE_E_NOT_FOUND);
    assert_int_equal(memstore_commit(txn), 0);

    txn = memstore_begin_write(store);
    assert_int_equal(fold_begin(&fold, txn, txn), 0);
    assert_true(fold.cursor == 1);
    foldkit_digest(store, digest);
    assert_memory_equal(fold.digest, digest, HASH_SIZE);
    assert_memory_not_equal(digest, zeros, HASH_SIZE);
    assert_int_equal(fold_next(&fold), NAVETTE_E_NOT_FOUND);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_fold_begin_of_another_schema_asks_for_a_reset(void **state)
{
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;
    uint8_t before[HASH_SIZE];
    uint8_t schema[8] = {0, 0, 0, 0, 0, 0, 0, FOLD_SCHEMA + 1};
    uint64_t random = 5;
    struct fold fold;

    (void)state;
    foldkit_init(&kit);
    for (int i = 0; i < 60; i++)
        foldkit_random(&kit, &random, 1);
    store = foldkit_play(&kit, NULL, 0, 0);
    foldkit_digest(store, before);
    txn = memstore_begin_write(store);
    assert_int_equal(store_put(txn, TABLE_META, span_of_string("schema"), span_of(schema, 8)), 0);
    assert_int_equal(fold_begin(&fold, txn, txn), NAVETTE_E_VERSION);
    assert_int_equal(fold_reset(txn), 0);
    assert_int_equal(fold_begin(&fold, txn, txn), 0);
    assert_true(fold.cursor == 0);
    while (fold_next(&fold) == 0)
        continue;
    assert_true(fold.cursor == 60);
    assert_int_equal(fold_end(&fold), 0);
    assert_memory_equal(fold.digest, before, HASH_SIZE);
    assert_int_equal(fold_reset(txn), 0);
    assert_int_equal(memstore_commit(txn), 0);
    for (int table = TABLE_THING; table <= TABLE_META; table++)
        assert_true(memstore_rows(store, (enum store_table)table) == 0);
    assert_true(memstore_rows(store, TABLE_ENTRY) == 60);
    memstore_free(store);
    foldkit_free(&kit);
}

static void day(struct foldkit *kit, const char *item, const char *bag)
{
    char both[32];

    snprintf(both, sizeof(both), "%s %s", bag, item);
    foldkit_event(kit, 0, "A", EV(ITEM_PACKED), both, NULL);
    foldkit_event(kit, 0, "A", EV(BAG_SEALED), bag, "7");
    foldkit_event(kit, 0, "A", EV(DISPATCHED), bag, "B");
    foldkit_event(kit, 1, "B", EV(RECEIVED), bag, NULL);
    foldkit_event(kit, 1, "B", EV(BAG_OPENED), bag, NULL);
    foldkit_event(kit, 1, "B", EV(ITEM_UNPACKED), both, NULL);
    foldkit_event(kit, 1, "B", EV(DELIVERED), item, NULL);
    foldkit_event(kit, 1, "B", EV(RETURNED), item, NULL);
    foldkit_event(kit, 1, "B", EV(DISPATCHED), bag, "A");
    foldkit_event(kit, 0, "A", EV(RECEIVED), bag, NULL);
    foldkit_event(kit, 1, "B", EV(DISPATCHED), item, "A");
    foldkit_event(kit, 0, "A", EV(RECEIVED), item, NULL);
}

static void test_fold_next_in_order_reads_nothing_again(void **state)
{
    (void)state;
    for (int with_parents = 0; with_parents < 2; with_parents++) {
        struct foldkit kit;
        struct memstore *store = memstore_new();

        foldkit_init(&kit);
        kit.with_parents = with_parents;
        foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
        foldkit_event(&kit, 0, "A", EV(BAG_COMMISSIONED), "b1", "blue");
        day(&kit, "i1", "b1");
        assert_true(foldkit_since(&kit, store, 0) == 0);
        /* With parents it stays so for ever; without them the trips to come might explain what stood unexplained. */
        for (int i = 0; i < 10 && with_parents; i++) {
            size_t from = kit.count;

            day(&kit, "i1", "b1");
            assert_true(foldkit_since(&kit, store, from) == 0);
        }
        memstore_free(store);
        foldkit_free(&kit);
    }
}

static void test_fold_next_of_a_late_event_reads_what_it_concerns(void **state)
{
    struct foldkit kit;
    struct memstore *store = memstore_new();
    size_t from;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i2", "book");
    foldkit_event(&kit, 0, "A", EV(BAG_COMMISSIONED), "b1", "blue");
    foldkit_event(&kit, 0, "A", EV(BAG_COMMISSIONED), "c1", "grey");
    foldkit_event(&kit, 0, "A", EV(ITEM_PACKED), "b1 i1 i2", NULL);
    foldkit_event(&kit, 0, "A", EV(CRATE_LOADED), "c1 b1", NULL);
    assert_true(foldkit_since(&kit, store, 0) == 0);
    from = kit.count;
    /* Of yesterday: the book alone is read again; its bag and crate are the same, or only their contents move. */
    kit.hlc = hlc_make(FOLDKIT_START_MS - MINUTE, 0);
    foldkit_event(&kit, 1, "B", EV(DISPATCHED), "i1", "A");
    assert_true(foldkit_since(&kit, store, from) == 1);
    from = kit.count;
    kit.hlc = hlc_make(FOLDKIT_START_MS + 270000, 0); /* between packing and loading */
    foldkit_event(&kit, 1, "B", EV(RECEIVED), "i1", NULL);
    assert_true(foldkit_since(&kit, store, from) == 0); /* late for the crate, the last for the book */
    {
        struct thing_record crate = foldkit_record(store, "c1");

        assert_int_equal(crate.content_count, 2); /* a book, the bag: the other book is at B */
        assert_true(crate.contents[0].count == 1);
        thing_record_free(&crate);
    }
    assert_true(foldkit_count(store, 1, STATE_SHELF, "B") == 1);
    from = kit.count;
    kit.hlc = hlc_make(FOLDKIT_START_MS - 2 * MINUTE, 0);
    foldkit_event(&kit, 1, "B", EV(SEEN_AT), "i1 i2 i7", NULL); /* i7 is new: nothing to read */
    assert_true(foldkit_since(&kit, store, from) == 2);
    memstore_free(store);
    foldkit_free(&kit);
}

static void expect_custody(struct memstore *store, const char *word, int custody, const char *place, int conflict)
{
    struct thing_record record = foldkit_record(store, word);

    assert_int_equal(record.custody, custody);
    assert_string_equal(record.place, place);
    assert_int_equal(record.conflict, conflict);
    thing_record_free(&record);
}

static void test_fold_next_reception_before_its_dispatch_is_heard_of(void **state)
{
    struct foldkit kit;
    struct memstore *store = memstore_new();
    struct ref dispatch;
    size_t late[] = {0, 2, 1, 3};
    size_t from;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    foldkit_event(&kit, 1, "B", EV(RECEIVED), "i1", NULL);
    assert_true(foldkit_since(&kit, store, 0) == 0);
    expect_custody(store, "i1", CUSTODY_PLACE, "B", 0);
    /* A's clock is an hour fast: without the table the thing would be on the road. */
    from = kit.count;
    kit.hlc = hlc_make(FOLDKIT_START_MS + 60 * MINUTE, 0);
    foldkit_event(&kit, 0, "A", EV(DISPATCHED), "i1", "B");
    assert_true(foldkit_since(&kit, store, from) == 1);
    expect_custody(store, "i1", CUSTODY_PLACE, "B", 0);
    memstore_free(store);
    foldkit_free(&kit);

    /* By the slip's reference, when another dispatch would explain it as well. */
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    kit.hlc = hlc_make(FOLDKIT_START_MS + 60 * MINUTE, 0);
    dispatch = foldkit_event(&kit, 0, "A", EV(DISPATCHED), "i1", "B");
    kit.dispatch = dispatch;
    foldkit_event(&kit, 1, "B", EV(RECEIVED), "i1", NULL);
    kit.hlc = hlc_make(FOLDKIT_START_MS - 60 * MINUTE, 0);
    foldkit_event(&kit, 2, "C", EV(DISPATCHED), "i1", "B");
    store = foldkit_play(&kit, late, 4, 0);
    expect_custody(store, "i1", CUSTODY_PLACE, "B", 0);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_fold_next_parents_that_come_late(void **state)
{
    struct foldkit kit;
    struct ref parent;
    uint64_t random = 3;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    kit.hlc = hlc_make(FOLDKIT_START_MS + 60 * MINUTE, 0);
    parent = foldkit_event(&kit, 0, "A", EV(DELIVERED), "i1", NULL);
    kit.parents[kit.parent_count++] = parent;
    foldkit_event(&kit, 1, "B", EV(DROPPED), "i1", NULL);
    {
        size_t late[] = {0, 2, 1};
        struct memstore *store = foldkit_play(&kit, late, 3, 0);

        expect_custody(store, "i1", CUSTODY_PLACE, "B", 0);
        memstore_free(store);
    }
    /* The parent is retracted before it comes. */
    foldkit_retract(&kit, 0, "A", parent);
    foldkit_one_state(&kit, &random, 24);
    foldkit_free(&kit);
}

static void test_fold_next_of_a_state_behind_its_journal(void **state)
{
    uint64_t random = seed_start();

    (void)state;
    for (int set = 0; set < 10; set++) {
        struct foldkit kit;
        struct memstore *journal = memstore_new();
        struct memstore *follower = memstore_new();
        struct memstore *expected;
        struct store_txn *write = memstore_begin_write(journal);
        struct store_txn *txn;
        size_t order[50];
        uint8_t digest[HASH_SIZE];
        uint8_t one[HASH_SIZE];
        struct fold fold;

        foldkit_init(&kit);
        while (kit.count < 50)
            foldkit_random(&kit, &random, 1);
        foldkit_shuffle(order, 50, &random);
        for (size_t i = 0; i < 50; i++) {
            struct journal_entry entry = kit.entries[order[i]];

            assert_int_equal(journal_append(write, &entry), 0);
        }
        assert_int_equal(memstore_commit(write), 0);
        /* A few at a time; after each step the state is that of the entries so far, as if there were no others. */
        for (size_t upto = 7; upto < 50; upto += 14) {
            struct store_txn *read = memstore_begin_read(journal);

            txn = memstore_begin_write(follower);
            assert_int_equal(fold_begin(&fold, txn, read), 0);
            while (fold.cursor < upto)
                assert_int_equal(fold_next(&fold), 0);
            assert_int_equal(fold_end(&fold), 0);
            assert_int_equal(fold_check(txn), 0);
            assert_int_equal(memstore_commit(txn), 0);
            memstore_abort(read);
            expected = foldkit_play(&kit, order, upto, 1);
            foldkit_digest(expected, digest);
            foldkit_digest(follower, one);
            assert_memory_equal(one, digest, HASH_SIZE);
            memstore_free(expected);
        }
        memstore_free(follower);
        memstore_free(journal);
        foldkit_free(&kit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold_next_any_order_gives_one_state),
        cmocka_unit_test(test_fold_begin_and_end_keep_the_cursor),
        cmocka_unit_test(test_fold_begin_of_another_schema_asks_for_a_reset),
        cmocka_unit_test(test_fold_next_in_order_reads_nothing_again),
        cmocka_unit_test(test_fold_next_of_a_late_event_reads_what_it_concerns),
        cmocka_unit_test(test_fold_next_reception_before_its_dispatch_is_heard_of),
        cmocka_unit_test(test_fold_next_parents_that_come_late),
        cmocka_unit_test(test_fold_next_of_a_state_behind_its_journal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
