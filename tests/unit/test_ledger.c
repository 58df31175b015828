/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger of untagged bags (core/reconcile/ledger.h, navette/pool.h) over a hub and nodes that come and go.
 *   - here + with persons + in transit + lost = owned, after every event; collected bags come from the place, then from its persons
 *   - a place that gives more than it had: found once its kind is commissioned, undecidable while it is silent, withdrawn by its own late event
 *   - a slip that brings other than was sent; two places without a slip; a late dispatch withdraws
 *   - the only commissioning, of fewer than none, is taken back: nothing stays behind
 *   - a retraction takes an event out, its own retraction brings it back
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "navette/pool.h"
#include "tests/lib/said.h"

#define LEDGER DISCREPANCY_LEDGER
#define MOVE(name) NAVETTE__EVENT__BODY_##name
#define NO_REASON NAVETTE__REASON__REASON_UNSPECIFIED

/* The row of the only kind, at a place or ("") of the network; the identity is asserted. */
static struct pool_row row_at(struct pair *pair, const char *place)
{
    struct store_txn *state = memstore_begin_read(pair->state);
    struct pool_view view;
    struct pool_row found;

    memset(&found, 0, sizeof(found));
    assert_int_equal(pool_read(state, &view), 0);
    memstore_abort(state);
    for (size_t i = 0; i < view.count; i++) {
        const struct pool_row *row = &view.rows[i];

        if (row->place[0] == '\0')
            assert_int_equal(row->here + row->with_person + row->in_transit + row->lost, row->owned);
        if (strcmp(row->place, place) == 0)
            found = *row;
    }
    pool_free(&view);
    return found;
}

#define ROW(place, is_here, persons)                                                                                                       \
    do {                                                                                                                                   \
        struct pool_row row_ = row_at(pair, place);                                                                                        \
        assert_int_equal(row_.here, is_here);                                                                                              \
        assert_int_equal(row_.with_person, persons);                                                                                       \
    } while (0)

static void test_double_entry(void **state)
{
    struct pair *pair = said_places(2);

    (void)state;
    said_commission(pair, 0, "toile", 10, NO_REASON);
    said_pool(pair, 0, MOVE(DISPATCHED), "toile", 6, "B", "");
    said_talk(pair, "01");
    ROW("A", 4, 0);
    assert_int_equal(row_at(pair, "").in_transit, 6);
    said_pool(pair, 1, MOVE(RECEIVED), "toile", 6, "A", "");
    said_pool(pair, 1, MOVE(DELIVERED), "toile", 5, "", "");
    said_pool(pair, 1, MOVE(RETURNED), "toile", 1, "", "");
    said_talk(pair, "01");
    ROW("B", 2, 4);
    said_pool(pair, 1, MOVE(COLLECTED), "toile", 3, "A", "");
    said_talk(pair, "01");
    ROW("B", 0, 3);
    assert_int_equal(row_at(pair, "").in_transit, 3);
    said_commission(pair, 0, "toile", -2, NAVETTE__REASON__REASON_LONG_MISSING);
    said_commission(pair, 0, "toile", -1, NAVETTE__REASON__REASON_WORN);
    said_talk(pair, "01");
    ROW("A", 1, 0);
    assert_int_equal(row_at(pair, "").lost, 2);
    assert_int_equal(row_at(pair, "").owned, 9);
    assert_int_equal(said_hub(pair, 0).verdict, 0);
    pair_free(pair);
}

static void test_a_place_gives_more_than_it_had(void **state)
{
    struct pair *pair = said_places(2);
    struct verdict_row row;
    struct ref commissioned;

    (void)state;
    said_all(pair, "01");
    pair_disconnect(pair, 0);
    said_commission(pair, 0, "toile", 6, NO_REASON);
    commissioned = said_last(pair, 0);
    said_pool(pair, 1, MOVE(DELIVERED), "toile", 4, "", "");
    said_talk(pair, "1");
    /* nobody keeps a ledger of that kind */
    assert_int_equal(said_hub(pair, 0).verdict, 0);
    said_commission(pair, 1, "toile", 1, NO_REASON);
    said_talk(pair, "1");
    row = said_hub(pair, LEDGER);
    assert_int_equal(row.verdict, VERDICT_OPEN_UNDECIDABLE);
    assert_string_equal(said_concerned(&row), "B");
    assert_string_equal(thing_id(&row.what.subject), "toile");
    said_all(pair, "1");
    assert_int_equal(said_hub(pair, LEDGER).verdict, VERDICT_OPEN_PROVISIONAL);
    said_pool(pair, 1, MOVE(RECEIVED), "toile", 3, "A", "S1");
    said_talk(pair, "1");
    /* B has enough now; that A never sent it is another matter, and A is silent */
    {
        struct store_txn *txn = memstore_begin_read(pair->state);
        struct store_txn *journal = memstore_begin_read(pair->journal);
        struct verdict_options options = {.now_ms = pair->now_ms};
        struct verdict_view view;

        assert_int_equal(verdict_list(txn, journal, &options, &view), 0);
        assert_int_equal(view.totals[VERDICT_CLOSED_WITHDRAWN], 1);
        assert_int_equal(view.totals[VERDICT_OPEN_UNDECIDABLE], 1);
        verdict_free(&view);
        memstore_abort(journal);
        memstore_abort(txn);
    }
    said_pool(pair, 0, MOVE(DISPATCHED), "toile", 3, "B", "S1");
    said_talk(pair, "01");
    ROW("A", 3, 0);
    /* The commissioning is taken back: A gave what it never had. */
    said_retract(pair, 0, &commissioned);
    said_talk(pair, "01");
    ROW("A", -3, 0);
    commissioned = said_last(pair, 0);
    said_retract(pair, 0, &commissioned);
    said_talk(pair, "01");
    ROW("A", 3, 0);
    pair_free(pair);
}

static void test_the_only_commissioning_is_taken_back(void **state)
{
    struct pair *pair = said_places(2);
    struct ref commissioned;
    struct store_txn *txn;
    struct store_txn *journal;

    (void)state;
    said_commission(pair, 0, "toile", -5, NO_REASON);
    commissioned = said_last(pair, 0);
    said_talk(pair, "0");
    assert_true(said_hub(pair, LEDGER).verdict != 0);
    said_retract(pair, 0, &commissioned);
    said_talk(pair, "0");
    assert_int_equal(said_hub(pair, LEDGER).verdict, VERDICT_CLOSED_WITHDRAWN);
    txn = memstore_begin_read(pair->state);
    journal = memstore_begin_read(pair->journal);
    assert_int_equal(discrepancy_check(txn, journal), 0);
    memstore_abort(journal);
    memstore_abort(txn);
    pair_free(pair);
}

static void test_a_slip_that_brings_other_than_was_sent(void **state)
{
    struct pair *pair = said_places(2);
    struct verdict_row row;

    (void)state;
    said_commission(pair, 0, "toile", 10, NO_REASON);
    said_pool(pair, 0, MOVE(DISPATCHED), "toile", 4, "B", "S1");
    said_talk(pair, "01");
    said_pool(pair, 1, MOVE(RECEIVED), "toile", 3, "A", "S1");
    said_talk(pair, "01");
    row = said_hub(pair, LEDGER);
    assert_int_equal(row.verdict, VERDICT_OPEN_UNDECIDABLE);
    assert_string_equal(said_concerned(&row), "A B");
    said_all(pair, "01");
    pair_tick(pair, VERDICT_GRACE_MS + SAID_HOUR);
    assert_int_equal(said_hub(pair, LEDGER).verdict, VERDICT_OPEN_PROVEN);
    said_pool(pair, 1, MOVE(RECEIVED), "toile", 1, "A", "S1");
    said_talk(pair, "01");
    row = said_hub(pair, LEDGER);
    assert_int_equal(row.verdict, VERDICT_CLOSED_WITHDRAWN);
    assert_int_equal(row.was_proven, 1);
    assert_int_equal(said_node(pair, 0, LEDGER).verdict, VERDICT_CLOSED_WITHDRAWN);
    pair_free(pair);
}

static void test_two_places_without_a_slip(void **state)
{
    struct pair *pair = said_places(2);

    (void)state;
    said_commission(pair, 0, "toile", 10, NO_REASON);
    said_talk(pair, "01");
    pair_disconnect(pair, 0);
    said_pool(pair, 0, MOVE(DISPATCHED), "toile", 4, "B", "");
    said_pool(pair, 1, MOVE(RECEIVED), "toile", 4, "A", "");
    said_talk(pair, "1");
    assert_int_equal(said_hub(pair, LEDGER).verdict, VERDICT_OPEN_UNDECIDABLE);
    assert_string_equal(said_hub(pair, LEDGER).waits[0].place, "A");
    said_talk(pair, "01");
    assert_int_equal(said_hub(pair, LEDGER).verdict, VERDICT_CLOSED_WITHDRAWN);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_double_entry),
        cmocka_unit_test(test_a_place_gives_more_than_it_had),
        cmocka_unit_test(test_the_only_commissioning_is_taken_back),
        cmocka_unit_test(test_a_slip_that_brings_other_than_was_sent),
        cmocka_unit_test(test_two_places_without_a_slip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
