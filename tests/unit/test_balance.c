/* SPDX-License-Identifier: Apache-2.0 */
/*
 * balance: counts of cells while rows are added.
 *   - balance_add: what many cells come to against a plain count of them, while most come to 0 and come again; few are held meanwhile
 *   - balance_settle: those that stay are told in the order of first sight
 *   - balance_add_whole: cells that are told apart less, and what is no cell
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "fold/balance.h"

#define CELLS 3000u
#define ROUNDS 400u
#define ROW 40u

/* Bytes that stay where they are, as those of rows do. */
static char names[CELLS][16];

static struct span name_of(uint32_t cell)
{
    snprintf(names[cell], sizeof(names[cell]), "cell %u", cell);
    return span_of_string(names[cell]);
}

static uint32_t draw(uint64_t *random, uint32_t below)
{
    *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)((*random >> 33) % below);
}

/* A row of different cells, of counts -1, 0 and 1. */
static void add_row(uint64_t *random, struct balance *balance, int64_t wanted[CELLS])
{
    struct span cells[ROW];
    int64_t counts[ROW];
    uint32_t first = draw(random, CELLS - ROW);

    for (uint32_t i = 0; i < ROW; i++) {
        cells[i] = name_of(first + i);
        counts[i] = (int64_t)draw(random, 3) - 1;
        wanted[first + i] += counts[i];
    }
    assert_int_equal(balance_add(balance, cells, counts, ROW), 0);
}

static void expect_settled(const struct balance *balance, const int64_t wanted[CELLS])
{
    struct tally tally;
    uint32_t number;

    tally_init(&tally);
    assert_int_equal(balance_settle(balance, &tally), 0);
    for (uint32_t i = 0; i < CELLS; i++) {
        int is_there = keymap_find(&tally.cells, name_of(i), &number);

        assert_int_equal(is_there ? tally.counts[number] : 0, wanted[i]);
        assert_true(is_there == (wanted[i] != 0) || balance->keeps);
    }
    tally_free(&tally);
}

static void test_balance_add_of_many(void **state)
{
    (void)state;
    for (int keeps = 0; keeps < 2; keeps++) {
        static int64_t wanted[CELLS];
        uint64_t random = 11;
        struct balance balance;

        memset(wanted, 0, sizeof(wanted));
        balance_init(&balance, TALLY_WHOLE);
        balance.keeps = keeps;
        for (uint32_t i = 0; i < ROUNDS; i++) {
            add_row(&random, &balance, wanted);
            if (i % 16 == 0)
                expect_settled(&balance, wanted);
        }
        expect_settled(&balance, wanted);
        balance_free(&balance);
    }
}

/* One stretch after the other takes off what the one before put on. */
static void test_balance_add_holds_few(void **state)
{
    struct balance balance;

    (void)state;
    balance_init(&balance, TALLY_WHOLE);
    for (uint32_t from = 0; from + 2 * ROW <= CELLS; from += ROW) {
        struct span cells[2 * ROW];
        int64_t counts[2 * ROW];

        for (uint32_t i = 0; i < 2 * ROW; i++) {
            cells[i] = name_of(from + i);
            counts[i] = i < ROW ? -1 : 1;
        }
        if (from == 0)
            assert_int_equal(balance_add(&balance, cells + ROW, counts + ROW, ROW), 0);
        else
            assert_int_equal(balance_add(&balance, cells, counts, 2 * ROW), 0);
        assert_int_equal(balance.taken, ROW);
    }
    assert_in_range(balance.count, ROW, 2 * ROW);
    balance_free(&balance);
}

static void test_balance_settle_in_the_order_of_first_sight(void **state)
{
    static const uint32_t seen[] = {7, 7, 3, 9, 3, 7};
    static const int64_t more[] = {1, -1, 0, 2, 5, 4};
    static const uint32_t order[] = {7, 3, 9};
    static const int64_t counts[] = {4, 5, 2};
    struct balance balance;
    struct tally tally;

    (void)state;
    balance_init(&balance, TALLY_WHOLE);
    balance.keeps = 1;
    for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
        struct span cell = name_of(seen[i]);

        assert_int_equal(balance_add(&balance, &cell, &more[i], 1), 0);
    }
    tally_init(&tally);
    assert_int_equal(balance_settle(&balance, &tally), 0);
    assert_int_equal(tally.cells.count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(span_equal(keymap_key(&tally.cells, i), name_of(order[i])));
        assert_int_equal(tally.counts[i], counts[i]);
    }
    tally_free(&tally);
    balance_free(&balance);
}

static void leave_out(int grain, struct cell *cell)
{
    if (grain != TALLY_WHOLE)
        cell->home[0] = '\0';
    if (grain == TALLY_PLACES || grain == TALLY_STATES || (grain == TALLY_ROAD && cell->state != STATE_IN_TRANSIT))
        cell->day = 0;
    if (grain == TALLY_STATES)
        cell->to[0] = '\0';
}

/* What is no cell stays as it is. */
static void test_balance_add_whole_in_each_grain(void **state)
{
    (void)state;
    for (int grain = TALLY_WHOLE; grain <= TALLY_STATES; grain++) {
        static const uint8_t no_cell[] = {0x82, 1, 'n', 0, 'i', 0};
        struct balance balance;
        struct buffer bytes;
        struct tally found;
        struct tally wanted;
        struct span cell = span_of(no_cell, sizeof(no_cell));
        int64_t count = 3;
        uint32_t number;

        balance_init(&balance, (enum tally_grain)grain);
        tally_init(&found);
        tally_init(&wanted);
        buffer_init(&bytes);
        found.grain = (enum tally_grain)grain;
        assert_int_equal(buffer_reserve(&bytes, 65536), 0);
        assert_int_equal(balance_add_whole(&balance, &cell, &count, 1), 0);
        for (int i = 0; i < 400; i++) {
            struct cell one = {.kind = 1, .state = i % 3 ? STATE_IN_TRANSIT : STATE_ISOLATED, .day = 20000 + i % 7};
            size_t at = bytes.len;

            snprintf(one.place, sizeof(one.place), "P%d", i % 5);
            snprintf(one.to, sizeof(one.to), "%s", i % 3 ? "DEPOT" : "");
            snprintf(one.home, sizeof(one.home), "H%d", i % 40);
            count = i % 2 ? 1 : 2;
            assert_int_equal(cell_encode(&one, &bytes), 0);
            cell = span_of(bytes.data + at, bytes.len - at);
            assert_int_equal(balance_add_whole(&balance, &cell, &count, 1), 0);
            leave_out(grain, &one);
            assert_int_equal(tally_add(&wanted, &one, count), 0);
        }
        assert_int_equal(balance_settle(&balance, &found), 0);
        assert_true(keymap_find(&found.cells, span_of(no_cell, sizeof(no_cell)), &number));
        assert_int_equal(found.cells.count, wanted.cells.count + 1);
        for (uint32_t i = 0; i < wanted.cells.count; i++) {
            assert_true(keymap_find(&found.cells, keymap_key(&wanted.cells, i), &number));
            assert_int_equal(found.counts[number], wanted.counts[i]);
        }
        buffer_free(&bytes);
        tally_free(&found);
        tally_free(&wanted);
        balance_free(&balance);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_balance_add_of_many),
        cmocka_unit_test(test_balance_add_holds_few),
        cmocka_unit_test(test_balance_settle_in_the_order_of_first_sight),
        cmocka_unit_test(test_balance_add_whole_in_each_grain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
