/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containment and counters by difference (fold/contain.h, fold/tally.h, fold/holding.h, FOLD.md 5), through the fold.
 *   - contents of bags and crates by kind, registered, packed, material, home; unregistered containers and contents
 *   - counters of the content of a root: at a place, on the road, with a person, missing, lost, retired
 *   - what is missing, lost or withdrawn is in nothing; found again it is back
 *   - a bag's line in its crate changes with its seal, its contents, its kind
 *   - one event that touches all three levels at once; things that change container
 *   - random lives of a few things: after every event counters, contents and digest equal a count made afresh
 *   - what is directly inside (view_contents); a counter that is wrong, a record that is wrong: fold_check() sees it
 *   - tally_apply below 0 is damage
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "fold/digest.h"
#include "fold/tally.h"
#include "navette/view.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/seed.h"

#define ITEM NAVETTE__THING_KIND__THING_ITEM
#define BAG NAVETTE__THING_KIND__THING_BAG

/* "kind registered packed material home count", lines separated by ";". */
static void expect_contents(struct memstore *store, const char *word, const char *expected)
{
    struct thing_record record = foldkit_record(store, word);
    char found[512] = "";
    size_t used = 0;

    for (size_t i = 0; i < record.content_count; i++) {
        const struct content *line = &record.contents[i];

        used += (size_t)snprintf(found + used, sizeof(found) - used, "%s%d %d %d %s %s %lld", i > 0 ? ";" : "", line->kind,
                                 line->registered, line->packed, line->material, line->home, (long long)line->count);
    }
    assert_string_equal(found, expected);
    thing_record_free(&record);
}

static void expect_direct(struct memstore *store, const char *word, const char *expected)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct thing_key key = foldkit_key(word);
    struct thing_key keys[8];
    char found[128] = "";
    size_t used = 0;
    int count = view_contents(txn, &key, keys, 8);

    assert_true(count >= 0);
    for (int i = 0; i < count; i++)
        used += (size_t)snprintf(found + used, sizeof(found) - used, "%s%s", i > 0 ? " " : "", thing_id(&keys[i]));
    assert_string_equal(found, expected);
    memstore_abort(txn);
}

/* Two books, a disc and a stranger in b1 and b2, both bags in c1, at A. */
static void fill(struct foldkit *kit)
{
    foldkit_init(kit);
    foldkit_event(kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    foldkit_event(kit, 0, "A", EV(ITEM_REGISTERED), "i2", "book");
    foldkit_event(kit, 0, "A", EV(ITEM_REGISTERED), "i3", "disc");
    foldkit_event(kit, 0, "A", EV(BAG_COMMISSIONED), "b1", "blue");
    foldkit_event(kit, 0, "A", EV(BAG_COMMISSIONED), "b2", "blue");
    foldkit_event(kit, 0, "A", EV(BAG_COMMISSIONED), "c1", "grey");
    foldkit_event(kit, 0, "A", EV(ITEM_PACKED), "b1 i1 i2 i3", NULL);
    foldkit_event(kit, 0, "A", EV(ITEM_PACKED), "b2 i9", NULL);
    foldkit_event(kit, 0, "A", EV(CRATE_LOADED), "c1 b1 b2", NULL);
}

static struct memstore *play(const struct foldkit *kit)
{
    struct memstore *store = foldkit_play(kit, NULL, 0, 0);

    assert_int_equal(foldkit_check(store), 0);
    return store;
}

static void test_contain_settle_contents_by_line(void **state)
{
    struct foldkit kit;
    struct memstore *store;

    (void)state;
    fill(&kit);
    store = play(&kit);
    expect_contents(store, "b1", "1 1 0 book A 2;1 1 0 disc A 1");
    expect_contents(store, "b2", "1 0 0   1");
    expect_contents(store, "c1", "1 0 0   1;1 1 0 book A 2;1 1 0 disc A 1;2 1 1 blue A 2");
    expect_direct(store, "c1", "b1 b2");
    expect_direct(store, "b1", "i1 i2 i3");
    expect_direct(store, "b2", "i9");
    assert_true(foldkit_count(store, ITEM, STATE_IN_CONTAINER, "A") == 3);
    assert_true(foldkit_count(store, BAG, STATE_PACKED, "A") == 2);
    assert_true(foldkit_count(store, 3, STATE_PACKED, "A") == 1);
    assert_true(foldkit_count(store, ITEM, STATE_SHELF, "*") == 0);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_contain_settle_counts_follow_the_root(void **state)
{
    static const struct {
        Navette__Event__BodyCase body;
        const char *place, *extra;
        int items, bags, crate;
        const char *where;
    } rows[] = {
        {EV(SEEN_AT), "A", NULL, STATE_IN_CONTAINER, STATE_PACKED, STATE_PACKED, "A"},
        {EV(DISPATCHED), "A", "B", STATE_IN_TRANSIT, STATE_IN_TRANSIT, STATE_IN_TRANSIT, "A"},
        {EV(RECEIVED), "B", NULL, STATE_IN_CONTAINER, STATE_PACKED, STATE_PACKED, "B"},
        {EV(DELIVERED), "A", NULL, STATE_WITH_PERSON, STATE_WITH_PERSON, STATE_WITH_PERSON, "A"},
        {EV(COUNT_CLOSED), "A", NULL, STATE_MISSING, STATE_MISSING, STATE_MISSING, "A"},
        {EV(DECLARED_LOST), "A", NULL, STATE_LOST, STATE_LOST, STATE_LOST, "A"},
        {EV(BAG_RETIRED), "A", NULL, STATE_LOST, STATE_LOST, STATE_WITHDRAWN, "A"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct foldkit kit;
        struct memstore *store;

        fill(&kit);
        foldkit_event(&kit, 1, rows[i].place, rows[i].body, "c1", rows[i].extra);
        store = play(&kit);
        assert_true(foldkit_count(store, ITEM, rows[i].items, rows[i].where) == 3);
        assert_true(foldkit_count(store, BAG, rows[i].bags, rows[i].where) == 2);
        assert_true(foldkit_count(store, 3, rows[i].crate, rows[i].where) == 1);
        assert_true(memstore_rows(store, TABLE_COUNTER) == 4); /* books, discs, bags, crate: nothing is counted twice */
        memstore_free(store);
        foldkit_free(&kit);
    }
}

static void test_contain_settle_what_is_gone_is_in_nothing(void **state)
{
    struct foldkit kit;
    struct memstore *store;

    (void)state;
    fill(&kit);
    foldkit_event(&kit, 0, "A", EV(COUNT_CLOSED), "i1", NULL);
    foldkit_event(&kit, 0, "A", EV(ITEM_WITHDRAWN), "i2", NULL);
    foldkit_event(&kit, 0, "A", EV(DECLARED_LOST), "b2", NULL);
    store = play(&kit);
    expect_contents(store, "b1", "1 1 0 disc A 1");
    expect_contents(store, "c1", "1 1 0 disc A 1;2 1 1 blue A 1");
    expect_direct(store, "b1", "i3");
    expect_direct(store, "c1", "b1");
    assert_true(foldkit_count(store, ITEM, STATE_MISSING, "") == 1);
    assert_true(foldkit_count(store, ITEM, STATE_WITHDRAWN, "") == 1);
    assert_true(foldkit_count(store, BAG, STATE_LOST, "") == 1);
    memstore_free(store);
    /* Seen again in its container: back where it was. */
    foldkit_event(&kit, 0, "A", EV(SEEN_AT), "i1 b2", NULL);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i2", "book");
    store = play(&kit);
    expect_contents(store, "c1", "1 0 0   1;1 1 0 book A 2;1 1 0 disc A 1;2 1 1 blue A 2");
    assert_true(foldkit_count(store, 0, STATE_MISSING, "*") == 0);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_contain_settle_the_line_of_a_bag_changes(void **state)
{
    struct foldkit kit;
    struct memstore *store;

    (void)state;
    fill(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_UNPACKED), "b2 i9", NULL);
    foldkit_event(&kit, 0, "A", EV(ITEM_UNPACKED), "b1 i1 i2 i3", NULL);
    foldkit_event(&kit, 0, "A", EV(BAG_SEALED), "b2", "7");
    foldkit_event(&kit, 0, "A", EV(BAG_COMMISSIONED), "b1", "red");
    store = play(&kit);
    expect_contents(store, "c1", "2 1 0 red A 1;2 1 1 blue A 1");
    expect_contents(store, "b1", "");
    assert_true(foldkit_count(store, BAG, STATE_CLEAN, "A") == 1);
    assert_true(foldkit_count(store, BAG, STATE_PACKED, "A") == 1);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_contain_settle_three_levels_at_once(void **state)
{
    struct foldkit kit;
    struct memstore *store;

    (void)state;
    fill(&kit);
    foldkit_event(&kit, 1, "B", EV(FOUND), "c1 i1 b2", NULL);
    store = play(&kit);
    expect_contents(store, "c1", "1 1 0 book A 1;1 1 0 disc A 1;2 1 1 blue A 1");
    expect_contents(store, "b2", "1 0 0   1");
    assert_true(foldkit_count(store, ITEM, STATE_SHELF, "B") == 1);
    assert_true(foldkit_count(store, ITEM, STATE_IN_CONTAINER, "B") == 2);
    assert_true(foldkit_count(store, BAG, STATE_PACKED, "B") == 2);
    memstore_free(store);
    /* From one bag to another without a word, and the other bag is in the same crate. */
    foldkit_event(&kit, 1, "B", EV(CRATE_LOADED), "c1 b2", NULL);
    foldkit_event(&kit, 1, "B", EV(ITEM_PACKED), "b2 i2 i3", NULL);
    store = play(&kit);
    expect_contents(store, "b1", "");
    expect_contents(store, "b2", "1 0 0   1;1 1 0 book A 1;1 1 0 disc A 1");
    expect_contents(store, "c1", "1 0 0   1;1 1 0 book A 1;1 1 0 disc A 1;2 1 0 blue A 1;2 1 1 blue A 1");
    expect_direct(store, "b1", "");
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_contain_settle_unregistered_things(void **state)
{
    struct foldkit kit;
    struct memstore *store;

    (void)state;
    /* A bag nobody commissioned holds a known book: the book is counted, the bag is not. */
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    foldkit_event(&kit, 0, "A", EV(ITEM_PACKED), "b7 i1 i8", NULL);
    foldkit_event(&kit, 0, "A", EV(DISPATCHED), "b7", "B");
    store = play(&kit);
    assert_true(foldkit_count(store, ITEM, STATE_IN_TRANSIT, "A") == 1);
    assert_true(foldkit_count(store, BAG, STATE_IN_TRANSIT, "A") == 0);
    assert_true(memstore_rows(store, TABLE_COUNTER) == 1);
    memstore_free(store);
    /* Commissioned late. */
    foldkit_event(&kit, 0, "A", EV(BAG_COMMISSIONED), "b7", "blue");
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i8", "disc");
    store = play(&kit);
    assert_true(foldkit_count(store, BAG, STATE_IN_TRANSIT, "A") == 1);
    assert_true(foldkit_count(store, ITEM, STATE_IN_TRANSIT, "A") == 2);
    expect_contents(store, "b7", "1 1 0 book A 1;1 1 0 disc A 1");
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_contain_settle_random_lives(void **state)
{
    uint64_t random = seed_start();

    (void)state;
    for (int life = 0; life < 40; life++) {
        struct memstore *store = memstore_new();
        struct store_txn *txn = memstore_begin_write(store);
        struct foldkit kit;

        foldkit_init(&kit);
        kit.with_parents = life % 2;
        for (size_t i = 0; i < 60; i++) {
            foldkit_random(&kit, &random, 0);
            assert_int_equal(foldkit_feed(&kit, txn, &i, 1, 0, NULL), 0);
            assert_int_equal(fold_check(txn), 0);
        }
        assert_int_equal(memstore_commit(txn), 0);
        memstore_free(store);
        foldkit_free(&kit);
    }
}

static void expect_broken(struct memstore *store, enum store_table table, int drop)
{
    struct memstore *copy = memstore_clone(store);
    struct store_txn *txn = memstore_begin_write(copy);
    struct store_scan *scan;
    struct span key;
    struct span value;
    uint8_t kept[512];
    uint8_t row[2048];
    size_t key_len, row_len;

    assert_int_equal(store_scan_open(txn, table, &scan), 0);
    assert_int_equal(txn->ops->scan_from(scan, span_of("", 1), &key, &value), 0);
    key_len = key.len;
    memcpy(kept, key.data, key_len);
    row_len = value.len;
    memcpy(row, value.data, row_len);
    txn->ops->scan_close(scan);
    row[table == TABLE_LABEL ? 2 : 7] ^= 1;
    if (drop)
        assert_int_equal(store_del(txn, table, span_of(kept, key_len)), 0);
    else
        assert_int_equal(store_put(txn, table, span_of(kept, key_len), span_of(row, row_len)), 0);
    assert_true(fold_check(txn) == NAVETTE_E_CHAIN || fold_check(txn) == NAVETTE_E_STORE);
    memstore_abort(txn);
    memstore_free(copy);
}

static void test_fold_check_sees_what_is_wrong(void **state)
{
    static const enum store_table tables[] = {TABLE_THING, TABLE_LABEL, TABLE_COUNTER};
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;
    uint8_t row[8] = {0, 0, 0, 0, 0, 0, 0, 1};

    (void)state;
    fill(&kit);
    store = play(&kit);
    for (size_t i = 0; i < 3; i++) {
        expect_broken(store, tables[i], 0);
        expect_broken(store, tables[i], 1);
    }
    txn = memstore_begin_write(store);
    assert_int_equal(store_put(txn, TABLE_COUNTER, span_of("zz", 2), span_of(row, 8)), 0);
    assert_int_equal(fold_check(txn), NAVETTE_E_CHAIN);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_tally_apply_below_zero_is_damage(void **state)
{
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    struct tally tally;
    struct cell cell;

    (void)state;
    memset(&cell, 0, sizeof(cell));
    cell.kind = 1;
    tally_init(&tally);
    assert_int_equal(tally_add(&tally, &cell, 2), 0);
    assert_int_equal(tally_add(&tally, &cell, -2), 0);
    assert_int_equal(tally_apply(&tally, txn), 0);
    assert_int_equal(tally_add(&tally, &cell, 3), 0);
    assert_int_equal(tally_apply(&tally, txn), 0);
    assert_int_equal(tally_add(&tally, &cell, -6), 0);
    assert_int_equal(tally_apply(&tally, txn), 0); /* -3: back to nothing, no row */
    assert_int_equal(tally_apply(&tally, txn), NAVETTE_E_STORE);
    tally_free(&tally);
    assert_int_equal(memstore_commit(txn), 0);
    assert_true(memstore_rows(store, TABLE_COUNTER) == 0);
    memstore_free(store);
}

static void note(struct digest_terms *terms, uint8_t digest[HASH_SIZE], int minus, enum digest_kind kind, int number)
{
    assert_int_equal(digest_note(terms, digest, minus, kind, span_of("k", 1), span_of(&number, sizeof(number))), 0);
}

/* 101 of each are no multiple of what is hashed at once. */
static void test_digest_note_carries(void **state)
{
    struct digest_terms terms = {.count = 0};
    uint8_t digest[HASH_SIZE] = {0};
    uint8_t zeros[HASH_SIZE] = {0};
    uint8_t ones[HASH_SIZE];

    (void)state;
    for (int i = 0; i < 101; i++)
        note(&terms, digest, 0, DIGEST_RECORD, i);
    note(&terms, digest, 1, DIGEST_LABEL, 0);
    digest_settle(&terms, digest);
    assert_memory_not_equal(digest, zeros, HASH_SIZE);
    for (int i = 100; i >= 0; i--)
        note(&terms, digest, 1, DIGEST_RECORD, i);
    note(&terms, digest, 0, DIGEST_LABEL, 0);
    digest_settle(&terms, digest);
    assert_memory_equal(digest, zeros, HASH_SIZE);
    /* 2^256 - 1 plus h, less h, is 2^256 - 1 again. */
    memset(ones, 0xff, HASH_SIZE);
    note(&terms, ones, 0, DIGEST_RECORD, 1);
    note(&terms, ones, 1, DIGEST_RECORD, 1);
    digest_settle(&terms, ones);
    digest_terms_free(&terms);
    for (size_t i = 0; i < HASH_SIZE; i++)
        assert_int_equal(ones[i], 0xff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contain_settle_contents_by_line),
        cmocka_unit_test(test_contain_settle_counts_follow_the_root),
        cmocka_unit_test(test_contain_settle_what_is_gone_is_in_nothing),
        cmocka_unit_test(test_contain_settle_the_line_of_a_bag_changes),
        cmocka_unit_test(test_contain_settle_three_levels_at_once),
        cmocka_unit_test(test_contain_settle_unregistered_things),
        cmocka_unit_test(test_contain_settle_random_lives),
        cmocka_unit_test(test_fold_check_sees_what_is_wrong),
        cmocka_unit_test(test_tally_apply_below_zero_is_damage),
        cmocka_unit_test(test_digest_note_carries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
