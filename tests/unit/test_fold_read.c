/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the state (fold.h).
 *   - fold_label: that of the last in order; it comes, changes, goes, comes back
 *   - fold_place, fold_decided: the last declaration; the last that enrolled; none
 *   - fold_root, fold_parent: through two containers; of nobody
 *   - fold_aside: malformed, unknown, of later families; what points to them
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "navette/hlc.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/sample.h"

#define MINUTE 60000

static void expect_label(struct memstore *store, const char *word, const char *title, const char *size)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct thing_key key = foldkit_key(word);
    struct label label;
    int rc = fold_label(txn, &key, &label);

    if (title == NULL) {
        assert_int_equal(rc, NAVETTE_E_NOT_FOUND);
    } else {
        assert_int_equal(rc, 0);
        assert_string_equal(label.title, title);
        assert_string_equal(label.size, size);
    }
    memstore_abort(txn);
}

static void test_fold_label_is_that_of_the_last_in_order(void **state)
{
    struct foldkit kit;
    struct memstore *store = memstore_new();
    struct ref changed;

    (void)state;
    foldkit_init(&kit);
    kit.title = "one";
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    kit.title = "XL";
    foldkit_event(&kit, 0, "A", EV(BAG_COMMISSIONED), "b1", "blue");
    kit.title = "three";
    changed = foldkit_event(&kit, 0, "A", EV(ITEM_CHANGED), "i1", "book");
    (void)foldkit_since(&kit, store, 0);
    expect_label(store, "i1", "three", "");
    expect_label(store, "b1", "", "XL");
    kit.hlc = hlc_make(FOLDKIT_START_MS + MINUTE, 5);
    kit.title = "two";
    foldkit_event(&kit, 0, "A", EV(ITEM_CHANGED), "i1", "book");
    (void)foldkit_since(&kit, store, 3);
    expect_label(store, "i1", "three", "");
    foldkit_retract(&kit, 0, "A", changed);
    (void)foldkit_since(&kit, store, 4);
    expect_label(store, "i1", "two", "");
    kit.title = "";
    foldkit_event(&kit, 0, "A", EV(ITEM_CHANGED), "i1", "book");
    (void)foldkit_since(&kit, store, 5);
    expect_label(store, "i1", NULL, "");
    foldkit_retract(&kit, 0, "A", kit.entries[5].self);
    (void)foldkit_since(&kit, store, 6);
    expect_label(store, "i1", "two", "");
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_fold_place_and_decided_give_the_last_event(void **state)
{
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;
    struct thing_key node = foldkit_key("n1");
    struct thing_key other = foldkit_key("n2");
    struct ref enrolled;
    struct event event;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 15, "", EV(PLACE_DECLARED), "pA", "relay");
    foldkit_event(&kit, 15, "", EV(PLACE_DECLARED), "pA", "");
    foldkit_event(&kit, 15, "", EV(PLACE_DECLARED), "pR", "relay");
    enrolled = foldkit_event(&kit, 15, "", EV(NODE_ENROLLED), "n1", NULL);
    foldkit_event(&kit, 15, "", EV(INCARNATION_STARTED), "n1", NULL);
    foldkit_event(&kit, 15, "", EV(INCARNATION_STARTED), "n2", NULL);
    store = foldkit_play(&kit, NULL, 0, 0);
    assert_int_equal(foldkit_check(store), 0);
    txn = memstore_begin_read(store);
    assert_int_equal(fold_place(txn, txn, "A", &event), 0);
    assert_int_equal(event.body->place_declared->kind, NAVETTE__PLACE_KIND__PLACE_BRANCH);
    event_free(&event);
    assert_int_equal(fold_place(txn, txn, "R", &event), 0);
    assert_int_equal(event.body->place_declared->kind, NAVETTE__PLACE_KIND__PLACE_RELAY);
    event_free(&event);
    assert_int_equal(fold_place(txn, txn, "B", &event), NAVETTE_E_NOT_FOUND);
    assert_int_equal(fold_place(txn, txn, "not a code", &event), NAVETTE_E_NOT_FOUND);
    assert_int_equal(fold_decided(txn, txn, &node, &event), 0);
    assert_int_equal(ref_compare(&event.self, &enrolled), 0);
    event_free(&event);
    assert_int_equal(fold_decided(txn, txn, &other, &event), NAVETTE_E_NOT_FOUND);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_fold_root_and_parent(void **state)
{
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;
    struct thing_key item = foldkit_key("i1");
    struct thing_key crate = foldkit_key("c1");
    struct thing_key nobody = foldkit_key("i9");
    struct thing_record root;
    struct ref parent;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_PACKED), "b1 i1", NULL);
    foldkit_event(&kit, 0, "A", EV(CRATE_LOADED), "c1 b1", NULL);
    foldkit_event(&kit, 0, "A", EV(DISPATCHED), "c1", "B");
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    assert_int_equal(fold_root(txn, &item, &root), 0);
    assert_true(thing_key_equal(&root.key, &crate));
    assert_string_equal(root.to, "B");
    assert_int_equal(root.content_count, 2);
    thing_record_free(&root);
    assert_int_equal(fold_root(txn, &crate, &root), 0);
    assert_true(thing_key_equal(&root.key, &crate));
    thing_record_free(&root);
    assert_int_equal(fold_root(txn, &nobody, &root), NAVETTE_E_NOT_FOUND);
    assert_int_equal(fold_parent(txn, &item, &parent), 0);
    assert_int_equal(ref_compare(&parent, &kit.entries[0].self), 0);
    assert_int_equal(fold_parent(txn, &crate, &parent), 0);
    assert_int_equal(ref_compare(&parent, &kit.entries[2].self), 0);
    assert_int_equal(fold_parent(txn, &nobody, &parent), 0);
    assert_true(parent.seq == 0);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_fold_aside_lists_what_takes_no_part(void **state)
{
    struct arena *arena = arena_new(1 << 20);
    uint8_t unknown[] = {0x09, 1, 0, 0, 0, 0, 0, 0, 0, 0xc2, 0x3e, 0x00}; /* hlc, and a field 1000 */
    uint64_t random = 4;
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;
    struct aside list[8];

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(SEEN_AT), "i1", NULL);
    foldkit_raw(&kit, 0, span_of("\xff garbage", 9));
    foldkit_raw(&kit, 0, span_of(unknown, sizeof(unknown)));
    kit.parents[kit.parent_count++] = foldkit_raw(&kit, 1, sample_pack(arena, sample_event(arena, EV(SLOT_OPENED), 1)));
    foldkit_event(&kit, 0, "A", EV(SEEN_AT), "i1", NULL);
    foldkit_retract(&kit, 0, "A", kit.entries[3].self);
    store = foldkit_play(&kit, NULL, 0, 0);
    assert_int_equal(foldkit_check(store), 0);
    txn = memstore_begin_read(store);
    assert_int_equal(fold_aside(txn, txn, 0, list, 8), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(list[i].position == i + 2);
        assert_int_equal(ref_compare(&list[i].self, &kit.entries[i + 1].self), 0);
        assert_int_equal(list[i].parked, i > 0);
        assert_int_equal(list[i].reason, i > 0 ? NAVETTE__REASON__REASON_UNKNOWN_TYPE : NAVETTE__REASON__REASON_MALFORMED);
    }
    assert_int_equal(fold_aside(txn, txn, 3, list, 1), 1);
    assert_true(list[0].position == 3);
    assert_int_equal(fold_aside(txn, txn, 5, list, 8), 0);
    assert_int_equal(fold_aside(txn, txn, 0, list, 0), 0);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_one_state(&kit, &random, 6);
    foldkit_free(&kit);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold_label_is_that_of_the_last_in_order),
        cmocka_unit_test(test_fold_place_and_decided_give_the_last_event),
        cmocka_unit_test(test_fold_root_and_parent),
        cmocka_unit_test(test_fold_aside_lists_what_takes_no_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
