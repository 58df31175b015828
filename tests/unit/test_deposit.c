/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reconcile/deposit.h: sealed deposits against what is found in them.
 *   - all found in one go: nothing is said; half found and the step over: a difference, that ends when the last is found, days later; one too many
 *   - bags of a crate, and documents in the bags that came out of it; what a bag held before or after is not counted
 *   - another seal; a seal that nobody read; a container filled again; two deposits, one after the other, are two
 *   - whatever comes late: the step's end, the deposit itself, a retraction
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "navette/discrepancy.h"
#include "tests/lib/handkit.h"

struct rows {
    struct discrepancy_row list[8];
    size_t count;
};

static int gather(const struct discrepancy_row *row, void *context)
{
    struct rows *rows = context;

    if (row->finding.kind != DISCREPANCY_DEPOSIT)
        return 0;
    assert_true(rows->count < 8);
    rows->list[rows->count++] = *row;
    return 0;
}

static struct rows found(const struct foldkit *kit, const size_t *order)
{
    struct memstore *store = foldkit_play(kit, order, kit->count, 0);
    struct store_txn *txn = memstore_begin_read(store);
    struct rows rows = {.count = 0};

    assert_int_equal(discrepancy_check(txn, txn), 0);
    assert_int_equal(discrepancy_each(txn, NULL, gather, &rows), 0);
    memstore_abort(txn);
    memstore_free(store);
    return rows;
}

/* The states of what is found, in a word: "open", "ended", "withdrawn". */
static void expect(const struct foldkit *kit, const char *states)
{
    struct rows rows = found(kit, NULL);
    char joined[64] = "";

    for (size_t i = 0; i < rows.count; i++) {
        static const char *const names[] = {"?", "open", "withdrawn", "ended"};

        strcat(joined, i > 0 ? " " : "");
        strcat(joined, names[rows.list[i].state]);
    }
    assert_string_equal(joined, states);
}

static void test_found_in_one_go(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    handkit_deposit(&kit, 0, "A", "b1", 0, 3, "");
    handkit_unpack(&kit, 2, "B", "b1 i1", 7);
    handkit_unpack(&kit, 2, "B", "b1 i2", 7);
    expect(&kit, "");
    handkit_unpack(&kit, 2, "B", "b1 i3", 7);
    handkit_unpack(&kit, 2, "B", "b1 i3", 7);
    handkit_emptied(&kit, 2, "B", "b1", 7);
    expect(&kit, "");
    foldkit_free(&kit);
}

static void test_found_over_days(void **state)
{
    struct foldkit kit;
    struct ref deposit;
    struct ref last;
    struct rows rows;

    (void)state;
    foldkit_init(&kit);
    deposit = handkit_deposit(&kit, 0, "A", "b1", 0, 3, "");
    handkit_unpack(&kit, 2, "B", "b1 i1", 7);
    handkit_unpack(&kit, 2, "B", "b1 i2", 7);
    handkit_emptied(&kit, 2, "B", "b1", 7);
    rows = found(&kit, NULL);
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.list[0].state, DISCREPANCY_OPEN);
    assert_int_equal(rows.list[0].opened, 4);
    assert_string_equal(thing_namespace(&rows.list[0].subject), "deposit.bag");
    assert_string_equal(thing_id(&rows.list[0].subject), "b1");
    assert_int_equal(ref_compare(&rows.list[0].finding.events[0], &deposit), 0);
    assert_int_equal(rows.list[0].finding.event_count, 2);
    assert_int_equal(rows.list[0].finding.place_count, 2);
    assert_string_equal(rows.list[0].finding.places[0], "A");
    assert_string_equal(rows.list[0].finding.places[1], "B");
    kit.now_ms += INT64_C(3) * 86400000;
    last = handkit_unpack(&kit, 2, "B", "b1 i3", 9);
    rows = found(&kit, NULL);
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.list[0].state, DISCREPANCY_ENDED);
    assert_int_equal(ref_compare(&rows.list[0].finding.ended, &last), 0);
    handkit_unpack(&kit, 2, "B", "b1 i4", 9);
    expect(&kit, "open");
    foldkit_retract(&kit, 2, "B", kit.entries[kit.count - 1].self);
    expect(&kit, "ended");
    foldkit_free(&kit);
}

static void test_bags_of_a_crate_and_what_is_in_them(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    handkit_unpack(&kit, 2, "B", "b1 i9", 0); /* before: another story */
    handkit_deposit(&kit, 0, "A", "c1", 2, 3, "");
    handkit_unload(&kit, 2, "B", "c1 b1", 7);
    handkit_emptied(&kit, 2, "B", "c1", 7);
    expect(&kit, "open");
    handkit_unload(&kit, 2, "B", "c1 b2", 8);
    expect(&kit, "ended");
    handkit_unpack(&kit, 2, "B", "b1 i1", 9);
    handkit_unpack(&kit, 2, "B", "c1 i2", 9);
    handkit_emptied(&kit, 2, "B", "b1", 9);
    expect(&kit, "open");
    handkit_unpack(&kit, 2, "B", "b2 i3", 10);
    expect(&kit, "ended");
    /* Filled again, and emptied elsewhere: no longer the deposit's. */
    foldkit_event(&kit, 2, "B", EV(ITEM_PACKED), "b2 i5", NULL);
    handkit_unpack(&kit, 2, "B", "b2 i5", 0);
    expect(&kit, "ended");
    foldkit_free(&kit);
}

static void test_another_seal(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    handkit_deposit(&kit, 0, "A", "c1", 0, 0, "0412");
    handkit_opened(&kit, 2, "B", "c1", "");
    expect(&kit, "");
    handkit_opened(&kit, 2, "B", "c1", "0412");
    expect(&kit, "");
    handkit_opened(&kit, 2, "B", "c1", "0413");
    expect(&kit, "open");
    foldkit_retract(&kit, 2, "B", kit.entries[kit.count - 1].self);
    expect(&kit, "withdrawn");
    foldkit_free(&kit);
}

static void test_two_deposits_are_two(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    handkit_deposit(&kit, 0, "A", "b1", 0, 2, "");
    handkit_unpack(&kit, 2, "B", "b1 i1", 0);
    expect(&kit, "open");
    foldkit_event(&kit, 2, "B", EV(ITEM_PACKED), "b1 i7", NULL);
    handkit_unpack(&kit, 2, "B", "b1 i7", 0);
    expect(&kit, "open");
    handkit_deposit(&kit, 2, "B", "b1", 0, 1, "");
    expect(&kit, "open");
    handkit_unpack(&kit, 0, "A", "b1 i1", 0);
    handkit_unpack(&kit, 0, "A", "b1 i2", 0);
    expect(&kit, "open open");
    foldkit_free(&kit);
}

static void test_whatever_comes_late(void **state)
{
    static const size_t orders[][5] = {{0, 1, 2, 3, 4}, {3, 4, 1, 2, 0}, {4, 3, 2, 1, 0}, {1, 2, 4, 0, 3}, {2, 0, 4, 1, 3}};
    uint8_t digest[HASH_SIZE];
    uint8_t expected[HASH_SIZE] = {0};
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    handkit_deposit(&kit, 0, "A", "c1", 1, 2, "");
    handkit_unload(&kit, 2, "B", "c1 b1", 0);
    handkit_unpack(&kit, 2, "B", "b1 i1", 7);
    handkit_emptied(&kit, 2, "B", "b1", 7);
    foldkit_event(&kit, 2, "B", EV(SEEN_AT), "b1", NULL);
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        struct memstore *store = foldkit_play(&kit, orders[i], 5, 0);
        struct store_txn *txn = memstore_begin_read(store);
        struct rows rows = {.count = 0};

        assert_int_equal(discrepancy_check(txn, txn), 0);
        assert_int_equal(discrepancy_digest(txn, i == 0 ? expected : digest), 0);
        if (i > 0)
            assert_memory_equal(digest, expected, HASH_SIZE);
        assert_int_equal(discrepancy_each(txn, NULL, gather, &rows), 0);
        assert_int_equal(rows.count, 1);
        assert_int_equal(rows.list[0].state, DISCREPANCY_OPEN);
        memstore_abort(txn);
        memstore_free(store);
    }
    foldkit_free(&kit);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found_in_one_go),
        cmocka_unit_test(test_found_over_days),
        cmocka_unit_test(test_bags_of_a_crate_and_what_is_in_them),
        cmocka_unit_test(test_another_seal),
        cmocka_unit_test(test_two_deposits_are_two),
        cmocka_unit_test(test_whatever_comes_late),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
