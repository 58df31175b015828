/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Suspect clocks (core/reconcile/clock.h) over a hub and nodes that come and go.
 *   - a clock within the tolerance is right, both ways; a minute further it is not: fast by what was noted, slow by what was stated before
 *   - 1970 with nothing stated before; one boot is one finding, another boot another
 *   - undecidable until the node has spoken since; a ClockCorrected withdraws it, its retraction brings it back, a wrong one shows it
 *   - in any order of arrival: a statement before the entries it speaks of, statements backwards; of a boot the first that is suspect is named
 *   - nodes find what the hub finds; findings afresh equal those kept (said.h asserts it each time)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reconcile/clock.h"
#include "tests/lib/handkit.h"
#include "tests/lib/said.h"

#define ITEM NAVETTE__THING_KIND__THING_ITEM
#define SEEN NAVETTE__EVENT__BODY_SEEN_AT

/* A has spoken; an hour later it works under a clock that is off by so much. */
static struct pair *off_by(int64_t off_ms)
{
    struct pair *pair = said_places(2);

    for (size_t i = 0; i < 2; i++) {
        pair->nodes[i].boot = 7 + i;
        pair->nodes[i].booted_ms = pair->now_ms - SAID_HOUR;
    }
    pair->nodes[0].clock_off_ms = off_ms;
    said_all(pair, "01");
    said_move(pair, 0, SEEN, ITEM, "1", "");
    return pair;
}

static void test_tolerance(void **state)
{
    static const struct {
        int64_t off_ms;
        int found;
    } rows[] = {{0, 0},
                {CLOCK_TOLERANCE_MS, 0},
                {CLOCK_TOLERANCE_MS + 11 * SAID_MINUTE, 1},
                {-CLOCK_TOLERANCE_MS, 0},
                {-CLOCK_TOLERANCE_MS - 11 * SAID_MINUTE, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pair *pair = off_by(rows[i].off_ms);
        struct verdict_row row;

        said_all(pair, "01");
        row = said_hub(pair, DISCREPANCY_CLOCK);
        assert_int_equal(row.verdict != 0, rows[i].found);
        assert_int_equal(said_node(pair, 1, DISCREPANCY_CLOCK).verdict != 0, rows[i].found);
        if (rows[i].found) {
            char id[2 * NODE_ID_SIZE + 1];

            hex_encode(pair->nodes[0].id, NODE_ID_SIZE, id);
            assert_string_equal(thing_id(&row.what.subject), id);
            assert_string_equal(said_concerned(&row), "A");
            assert_int_equal(row.what.finding.event_count, 1);
        }
        pair_free(pair);
    }
}

static void test_1970(void **state)
{
    struct pair *pair = said_places(1);

    (void)state;
    pair->nodes[0].clock_off_ms = -pair->now_ms + SAID_HOUR;
    said_move(pair, 0, SEEN, ITEM, "1", "");
    said_talk(pair, "0");
    assert_int_equal(said_hub(pair, DISCREPANCY_CLOCK).verdict, VERDICT_OPEN_UNDECIDABLE);
    pair_free(pair);
}

static void test_one_boot_is_one_finding(void **state)
{
    struct pair *pair = off_by(3 * SAID_DAY);
    struct verdict_row first;
    struct verdict_options options = {0};
    struct verdict_view view;
    struct store_txn *txn;
    struct store_txn *journal;

    (void)state;
    said_talk(pair, "01");
    first = said_hub(pair, DISCREPANCY_CLOCK);
    said_move(pair, 0, SEEN, ITEM, "2", "");
    said_talk(pair, "01");
    assert_memory_equal(said_hub(pair, DISCREPANCY_CLOCK).what.finding.id, first.what.finding.id, DISCREPANCY_ID_SIZE);
    pair->nodes[0].boot = 70;
    said_move(pair, 0, SEEN, ITEM, "3", "");
    said_talk(pair, "01");
    txn = memstore_begin_read(pair->state);
    journal = memstore_begin_read(pair->journal);
    options.now_ms = pair->now_ms;
    assert_int_equal(discrepancy_check(txn, journal), 0);
    assert_int_equal(verdict_list(txn, journal, &options, &view), 0);
    assert_int_equal(view.count, 2);
    verdict_free(&view);
    memstore_abort(journal);
    memstore_abort(txn);
    pair_free(pair);
}

static void test_a_correction_withdraws(void **state)
{
    struct pair *pair = off_by(-2 * SAID_DAY);
    struct verdict_row row;
    struct ref correction;

    (void)state;
    said_talk(pair, "01");
    assert_int_equal(said_hub(pair, DISCREPANCY_CLOCK).verdict, VERDICT_OPEN_UNDECIDABLE);
    pair_disconnect(pair, 0);
    said_correct(pair, 0, 0);
    correction = said_last(pair, 0);
    pair_tick(pair, 3 * SAID_DAY);
    said_talk(pair, "1");
    row = said_hub(pair, DISCREPANCY_CLOCK);
    assert_int_equal(row.verdict, VERDICT_OPEN_UNDECIDABLE);
    assert_string_equal(row.waits[0].place, "A");
    said_talk(pair, "01");
    row = said_hub(pair, DISCREPANCY_CLOCK);
    assert_int_equal(row.verdict, VERDICT_CLOSED_WITHDRAWN);
    assert_false(row.was_proven);
    assert_int_equal(ref_compare(&row.closed_by, &correction), 0);
    assert_int_equal(said_node(pair, 1, DISCREPANCY_CLOCK).verdict, VERDICT_CLOSED_WITHDRAWN);
    said_retract(pair, 0, &correction);
    said_all(pair, "01");
    assert_int_equal(said_hub(pair, DISCREPANCY_CLOCK).verdict, VERDICT_OPEN_PROVISIONAL);
    pair_free(pair);
}

static void test_a_wrong_correction_shows_it(void **state)
{
    struct pair *pair = off_by(0);

    (void)state;
    said_talk(pair, "01");
    assert_int_equal(said_hub(pair, DISCREPANCY_CLOCK).verdict, 0);
    said_correct(pair, 0, -5 * SAID_DAY);
    said_all(pair, "01");
    assert_int_equal(said_hub(pair, DISCREPANCY_CLOCK).verdict, VERDICT_OPEN_PROVISIONAL);
    said_correct(pair, 0, 0);
    said_talk(pair, "01");
    assert_int_equal(said_hub(pair, DISCREPANCY_CLOCK).verdict, VERDICT_CLOSED_WITHDRAWN);
    pair_free(pair);
}

struct clocks {
    size_t open;
    struct ref first;
};

static int count_clock(const struct discrepancy_row *row, void *context)
{
    struct clocks *clocks = context;

    if (row->finding.kind == DISCREPANCY_CLOCK && row->state == DISCREPANCY_OPEN) {
        clocks->open++;
        clocks->first = row->finding.events[0];
    }
    return 0;
}

static struct clocks play(const struct foldkit *kit, const size_t *order)
{
    struct memstore *store = foldkit_play(kit, order, kit->count, 0);
    struct store_txn *txn = memstore_begin_read(store);
    struct clocks clocks = {.open = 0};

    assert_int_equal(discrepancy_check(txn, txn), 0);
    assert_int_equal(discrepancy_each(txn, NULL, count_clock, &clocks), 0);
    memstore_abort(txn);
    memstore_free(store);
    return clocks;
}

static struct ref seen_by(struct foldkit *kit, int64_t off_ms)
{
    struct ref self;

    kit->hlc = (uint64_t)(kit->now_ms + off_ms) << 16;
    self = handkit_take(kit, 0, "A", "b1", (struct hand){.slip = NULL});
    kit->hlc = 0;
    return self;
}

static void test_a_statement_before_its_entry(void **state)
{
    static const size_t order[] = {1, 0};
    struct foldkit kit;
    struct clocks clocks;
    struct ref fast;

    (void)state;
    foldkit_init(&kit);
    fast = seen_by(&kit, 3 * SAID_HOUR);
    handkit_noted(&kit, 0, 1, kit.now_ms);
    clocks = play(&kit, order);
    assert_int_equal(clocks.open, 1);
    assert_int_equal(ref_compare(&clocks.first, &fast), 0);
    foldkit_free(&kit);
}

/* Its log has gone on when what was stated of its beginning comes: the first entries are bounded by less. */
static void test_statements_backwards_name_the_first(void **state)
{
    static const size_t orders[][6] = {{0, 1, 2, 3, 4, 5}, {5, 4, 3, 2, 1, 0}, {0, 2, 4, 5, 3, 1}, {1, 3, 5, 4, 2, 0}, {5, 1, 0, 3, 2, 4}};
    struct foldkit kit;
    struct ref first;

    (void)state;
    foldkit_init(&kit);
    (void)seen_by(&kit, 0);
    handkit_noted(&kit, 0, 1, kit.now_ms);
    first = seen_by(&kit, SAID_HOUR);
    handkit_noted(&kit, 0, 2, kit.now_ms);
    kit.now_ms += 2 * SAID_HOUR;
    (void)seen_by(&kit, SAID_HOUR);
    handkit_noted(&kit, 0, 3, kit.now_ms);
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        struct clocks clocks = play(&kit, orders[i]);

        assert_int_equal(clocks.open, 1);
        assert_int_equal(ref_compare(&clocks.first, &first), 0);
    }
    foldkit_free(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tolerance),
        cmocka_unit_test(test_1970),
        cmocka_unit_test(test_one_boot_is_one_finding),
        cmocka_unit_test(test_a_correction_withdraws),
        cmocka_unit_test(test_a_wrong_correction_shows_it),
        cmocka_unit_test(test_a_statement_before_its_entry),
        cmocka_unit_test(test_statements_backwards_name_the_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
