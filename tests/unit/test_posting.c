/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where words stand (posting.h), kept by folds (fold.h).
 *   - fold_keep_words: a new state, a state folded without, every later fold
 *   - posting_settle: the rows of a label byte by byte; they move with it, go with it, come back when a change is retracted
 *   - any order of arrival, with doubles and retractions: the rows of a fold from the start (SEED); none where words are not kept
 *   - what is to be printed; posting_check: a row too many, one missing, one changed; posting_read: damaged keys
 *   - every store call and every allocation failing: the code, then the same rows
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fold/posting.h"
#include "navette/error.h"
#include "navette/search.h"
#include "tests/lib/catalogue.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/seed.h"

/* All rows as text: word, fields, things; control characters as digits. */
static void show_rows(struct store_txn *txn, char *out, size_t size)
{
    struct store_scan *scan;
    struct span key, value;
    size_t used = 0;
    int rc;

    out[0] = '\0';
    assert_int_equal(store_scan_open(txn, TABLE_WORD, &scan), 0);
    rc = txn->ops->scan_from(scan, span_of("", 1), &key, &value);
    while (rc == 0) {
        struct span word, thing;
        struct thing_key name;

        assert_int_equal(posting_read(key, &word, &thing), 0);
        assert_int_equal(thing_key_read(thing, &name), 0);
        assert_int_equal(value.len, 1);
        if (word.data[0] < ' ')
            used += (size_t)snprintf(out + used, size - used, "%d", word.data[0]);
        used += (size_t)snprintf(out + used, size - used, "%.*s:%d:%s ", (int)(word.data[0] < ' ' ? word.len - 1 : word.len),
                                 word.data + (word.data[0] < ' '), value.data[0], thing_id(&name));
        assert_true(used < size);
        rc = txn->ops->scan_next(scan, &key, &value);
    }
    txn->ops->scan_close(scan);
}

static void expect_rows(struct memstore *store, const char *expected)
{
    struct store_txn *txn = memstore_begin_read(store);
    char shown[4096];

    show_rows(txn, shown, sizeof(shown));
    assert_string_equal(shown, expected);
    memstore_abort(txn);
}

static void test_posting_rows_follow_the_label(void **state)
{
    struct catalogue_row row = {.id = "i1", .title = "L'Œuvre au noir", .author = "Noir, É.", .call_number = "R  NOI/2"};
    struct foldkit kit;
    struct memstore *store;
    struct ref changed;

    (void)state;
    foldkit_init(&kit);
    catalogue_add(&kit, &row);
    store = catalogue_play(&kit);
    expect_rows(store, "1r noi 2:4:i1 2:4:i1 au:1:i1 e:2:i1 l:1:i1 noi:4:i1 noir:3:i1 oeuvre:1:i1 r:4:i1 ");
    row.title = "Noir";
    row.author = NULL;
    row.call_number = "R";
    changed = catalogue_change(&kit, &row);
    catalogue_since(&kit, store, 1);
    expect_rows(store, "1r:4:i1 noir:1:i1 r:4:i1 ");
    /* an older event that comes late changes nothing, and tells nothing */
    kit.now_ms -= 3 * 60000;
    row.title = "Autre";
    catalogue_change(&kit, &row);
    kit.now_ms += 3 * 60000;
    catalogue_since(&kit, store, 2);
    expect_rows(store, "1r:4:i1 noir:1:i1 r:4:i1 ");
    foldkit_retract(&kit, 0, "A", changed);
    catalogue_since(&kit, store, 3);
    expect_rows(store, "1r noi 2:4:i1 2:4:i1 au:1:i1 e:2:i1 l:1:i1 noi:4:i1 noir:3:i1 oeuvre:1:i1 r:4:i1 ");
    row = (struct catalogue_row){.id = "i1"};
    catalogue_change(&kit, &row);
    catalogue_since(&kit, store, 4);
    expect_rows(store, "");
    foldkit_retract(&kit, 0, "A", kit.entries[4].self);
    catalogue_since(&kit, store, 5);
    expect_rows(store, "1r noi 2:4:i1 2:4:i1 au:1:i1 e:2:i1 l:1:i1 noi:4:i1 noir:3:i1 oeuvre:1:i1 r:4:i1 ");
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_posting_what_is_to_be_printed(void **state)
{
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;
    struct thing_key key = foldkit_key("i1");

    (void)state;
    foldkit_init(&kit);
    catalogue_add(&kit, &(struct catalogue_row){.id = "i1", .to_print = 1});
    catalogue_add(&kit, &(struct catalogue_row){.id = "i2", .title = "T", .to_print = 1});
    catalogue_add(&kit, &(struct catalogue_row){.id = "i3", .title = "U"});
    store = catalogue_play(&kit);
    expect_rows(store, "2:0:i1 2:0:i2 t:1:i2 u:1:i3 ");
    txn = memstore_begin_read(store);
    assert_int_equal(posting_is_printed(txn, &key), 1);
    key = foldkit_key("i3");
    assert_int_equal(posting_is_printed(txn, &key), 0);
    memstore_abort(txn);
    catalogue_change(&kit, &(struct catalogue_row){.id = "i1"});
    catalogue_change(&kit, &(struct catalogue_row){.id = "i2", .title = "T"});
    catalogue_change(&kit, &(struct catalogue_row){.id = "i3", .title = "U", .to_print = 1});
    catalogue_since(&kit, store, 3);
    expect_rows(store, "2:0:i3 t:1:i2 u:1:i3 ");
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_fold_keep_words_from_the_first_event_on(void **state)
{
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;
    struct fold fold;

    (void)state;
    foldkit_init(&kit);
    kit.title = "T";
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    store = foldkit_play(&kit, NULL, 0, 0); /* without */
    expect_rows(store, "");
    assert_int_equal(foldkit_check(store), 0);
    txn = memstore_begin_write(store);
    assert_int_equal(fold_begin(&fold, txn, txn), 0);
    assert_int_equal(fold.keeps_words, 0);
    assert_int_equal(fold_keep_words(&fold), NAVETTE_E_VERSION);
    assert_int_equal(fold_reset(txn), 0);
    assert_int_equal(catalogue_begin(txn), 0);
    assert_int_equal(fold_begin(&fold, txn, txn), 0);
    assert_int_equal(fold.keeps_words, 1);
    assert_int_equal(fold_keep_words(&fold), 0);
    assert_int_equal(fold_next(&fold), 0);
    assert_int_equal(fold_next(&fold), NAVETTE_E_NOT_FOUND);
    assert_int_equal(fold_end(&fold), 0);
    assert_int_equal(fold_begin(&fold, txn, txn), 0);
    assert_int_equal(fold_keep_words(&fold), 0);
    assert_int_equal(memstore_commit(txn), 0);
    expect_rows(store, "t:1:i1 ");
    txn = memstore_begin_write(store);
    assert_int_equal(fold_reset(txn), 0);
    assert_int_equal(memstore_commit(txn), 0);
    assert_int_equal(memstore_rows(store, TABLE_WORD), 0);
    memstore_free(store);
    foldkit_free(&kit);
}

/* Catalogue events at random times about a few documents, and retractions of any of them. */
static void make_history(struct foldkit *kit, uint64_t *random)
{
    static const char *const ids[] = {"i1", "i2", "i3"};
    static const char *const texts[] = {"", "Un deux", "deux, TROIS", "œuf", "Été d'un été", "X-1"};

    foldkit_init(kit);
    while (kit->count < 24) {
        struct catalogue_row row = {.id = ids[seed_below(random, 3)],
                                    .title = texts[seed_below(random, 6)],
                                    .author = texts[seed_below(random, 6)],
                                    .call_number = texts[seed_below(random, 6)],
                                    .to_print = seed_below(random, 3) == 0};
        int64_t now = kit->now_ms;

        kit->now_ms += (int64_t)seed_below(random, 40) * 60000 - 1200000;
        if (kit->count > 3 && seed_below(random, 4) == 0)
            foldkit_retract(kit, 0, "A", kit->entries[seed_below(random, kit->count)].self);
        else if (seed_below(random, 3) == 0)
            catalogue_add(kit, &row);
        else
            catalogue_change(kit, &row);
        kit->now_ms = now + 60000;
    }
}

static struct memstore *play(const struct foldkit *kit, const size_t *order, size_t count)
{
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);

    assert_int_equal(catalogue_begin(txn), 0);
    assert_int_equal(foldkit_feed(kit, txn, order, count, 0, NULL), 0);
    assert_int_equal(memstore_commit(txn), 0);
    assert_int_equal(foldkit_check(store), 0);
    return store;
}

static void test_posting_rows_do_not_depend_on_the_order_of_arrival(void **state)
{
    uint64_t random = seed_start();
    size_t rows = 0;

    (void)state;
    for (int run = 0; run < 60; run++) {
        char expected[4096], shown[4096];
        struct foldkit kit;
        struct memstore *store;
        struct store_txn *txn;

        make_history(&kit, &random);
        for (int again = 0; again < 6; again++) {
            size_t order[48];

            foldkit_shuffle(order, kit.count, &random);
            for (size_t i = 0; i < 8; i++)
                order[kit.count + i] = order[seed_below(&random, kit.count)];
            store = play(&kit, again == 0 ? NULL : order, again == 0 ? 0 : kit.count + 8);
            txn = memstore_begin_read(store);
            show_rows(txn, again == 0 ? expected : shown, sizeof(shown));
            memstore_abort(txn);
            rows += memstore_rows(store, TABLE_WORD);
            memstore_free(store);
            if (again > 0)
                assert_string_equal(shown, expected);
        }
        store = foldkit_play(&kit, NULL, 0, 0);
        assert_int_equal(memstore_rows(store, TABLE_WORD), 0);
        memstore_free(store);
        foldkit_free(&kit);
    }
    assert_true(rows > 1000);
}

static void test_posting_when_something_fails(void **state)
{
    uint64_t random = 5;
    char expected[4096], shown[4096];
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;
    uint64_t k = 0;
    int rc;

    (void)state;
    make_history(&kit, &random);
    store = play(&kit, NULL, 0);
    txn = memstore_begin_read(store);
    show_rows(txn, expected, sizeof(expected));
    memstore_abort(txn);
    memstore_free(store);
    for (int of_memory = 0; of_memory < 2; of_memory++) {
        k = 0;
        do {
            int code = of_memory ? NAVETTE_E_MEMORY : k % 2 ? NAVETTE_E_FULL : NAVETTE_E_STORE;

            store = memstore_new();
            txn = memstore_begin_write(store);
            assert_int_equal(catalogue_begin(txn), 0);
            k++;
            if (of_memory)
                failing_malloc_at(k);
            else
                memstore_fail_at(store, k, code);
            rc = foldkit_feed(&kit, txn, NULL, 0, 0, NULL);
            /* the tree of the store in memory takes its own: what fails there is the store's code */
            assert_true(rc == 0 || rc == code);
            failing_malloc_at(0);
            memstore_fail_at(store, 0, 0);
            if (rc == 0) {
                show_rows(txn, shown, sizeof(shown));
                assert_string_equal(shown, expected);
            }
            memstore_abort(txn);
            memstore_free(store);
            k += k / 40;
        } while (rc != 0);
        assert_true(k > 100);
    }
    foldkit_free(&kit);
}

static void damage(struct memstore *store, const char *word, const char *id, int value)
{
    struct store_txn *txn = memstore_begin_write(store);
    struct thing_key key = foldkit_key(id);
    uint8_t row[POSTING_KEY_MAX], fields = (uint8_t)value;
    size_t len = posting_key(span_of_string(word), thing_key_span(&key), row);

    if (value < 0)
        assert_int_equal(store_del(txn, TABLE_WORD, span_of(row, len)), 0);
    else
        assert_int_equal(store_put(txn, TABLE_WORD, span_of(row, len), span_of(&fields, 1)), 0);
    assert_int_equal(memstore_commit(txn), 0);
}

static void test_posting_check_finds_what_is_wrong(void **state)
{
    struct foldkit kit;
    struct memstore *store;

    (void)state;
    foldkit_init(&kit);
    catalogue_add(&kit, &(struct catalogue_row){.id = "i1", .title = "Un deux", .to_print = 1});
    catalogue_add(&kit, &(struct catalogue_row){.id = "i2", .author = "deux"});
    store = catalogue_play(&kit);
    damage(store, "trois", "i2", 1);
    assert_int_equal(foldkit_check(store), NAVETTE_E_CHAIN);
    damage(store, "trois", "i2", -1);
    assert_int_equal(foldkit_check(store), 0);
    damage(store, "deux", "i2", SEARCH_TITLE);
    assert_int_equal(foldkit_check(store), NAVETTE_E_CHAIN);
    damage(store, "deux", "i2", SEARCH_AUTHOR);
    assert_int_equal(foldkit_check(store), 0);
    damage(store, "un", "i1", -1);
    assert_int_equal(foldkit_check(store), NAVETTE_E_CHAIN);
    damage(store, "une", "i1", SEARCH_TITLE); /* as many rows, another one */
    assert_int_equal(foldkit_check(store), NAVETTE_E_CHAIN);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_posting_read_damaged(void **state)
{
    uint8_t key[POSTING_KEY_MAX + 8] = "mot";
    struct span word, thing;

    (void)state;
    assert_int_equal(posting_read(span_of(key, 3), &word, &thing), NAVETTE_E_STORE);
    assert_int_equal(posting_read(span_of(key, 4), &word, &thing), NAVETTE_E_STORE);
    assert_int_equal(posting_read(span_of(key, 5), &word, &thing), 0);
    assert_int_equal(word.len, 3);
    assert_int_equal(thing.len, 1);
    assert_int_equal(posting_read(span_of(key, 4 + THING_KEY_MAX), &word, &thing), 0);
    assert_int_equal(posting_read(span_of(key, 5 + THING_KEY_MAX), &word, &thing), NAVETTE_E_STORE);
    assert_int_equal(posting_read(span_of("\0a", 2), &word, &thing), NAVETTE_E_STORE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_posting_rows_follow_the_label),
        cmocka_unit_test(test_posting_what_is_to_be_printed),
        cmocka_unit_test(test_fold_keep_words_from_the_first_event_on),
        cmocka_unit_test(test_posting_rows_do_not_depend_on_the_order_of_arrival),
        cmocka_unit_test(test_posting_when_something_fails),
        cmocka_unit_test(test_posting_check_finds_what_is_wrong),
        cmocka_unit_test(test_posting_read_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
