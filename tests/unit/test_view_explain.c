/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_explain.h: the events behind a hand-over's counts and a stocktake's variance; folded alone, in any order, they give the same.
 *   - hand-overs of random worlds (SEED): figures, what is short and over, tags that are missing and extra; by what was known at random positions, and of a moment
 *   - each event is told with the party it counts for
 *   - a stocktake with late events: what is missing, unexpected, explained since, added since
 *   - how people call a hand-over
 *   - every store call and every allocation failing: the code, nothing leaked
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <stdio.h>

#include "navette/hlc.h"
#include "navette/view_explain.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/handkit.h"
#include "tests/lib/seed.h"

#define MINUTE 60000
#define AT(n) (FOLDKIT_START_MS + (n) * (int64_t)MINUTE)

static void take(const struct foldkit *kit, const struct ref *ref, uint8_t *taken)
{
    for (size_t i = 0; i < kit->count; i++) {
        if (ref_compare(&kit->entries[i].self, ref) == 0) {
            taken[i] = 1;
            return;
        }
    }
    fail_msg("an event is listed that nobody wrote");
}

static struct memstore *play_alone(const struct foldkit *kit, const uint8_t *taken, uint64_t *random)
{
    size_t order[FOLDKIT_MAX];
    size_t entries[FOLDKIT_MAX];
    size_t count = 0;

    for (size_t i = 0; i < kit->count; i++) {
        if (taken[i])
            entries[count++] = i;
    }
    foldkit_shuffle(order, count, random);
    for (size_t i = 0; i < count; i++)
        order[i] = entries[order[i]];
    return foldkit_play(kit, order, count, 0);
}

static void expect_same(const struct handover *one, const struct handover *other)
{
    char figures[256];

    (void)snprintf(figures, sizeof(figures), "%s", handkit_figures(one));
    assert_string_equal(handkit_figures(other), figures);
    assert_int_equal(one->is_short, other->is_short);
    assert_int_equal(one->is_over, other->is_over);
    assert_int_equal(one->missing_count, other->missing_count);
    assert_int_equal(one->extra_count, other->extra_count);
    assert_int_equal(one->earlier, other->earlier);
    assert_int_equal(one->later, other->later);
}

/* One hand-over at a moment: explained, and made again of what is listed. */
static void check_handover(const struct foldkit *kit, struct store_txn *txn, const struct verdict_moment *moment,
                           const struct handover *row, uint64_t *random)
{
    uint8_t taken[FOLDKIT_MAX] = {0};
    struct view_handover view;
    struct handover again;
    struct memstore *store;
    struct store_txn *alone;

    assert_int_equal(view_handover_explain(txn, txn, moment, &row->key, &view), 0);
    expect_same(row, &view.handover);
    for (size_t i = 0; i < view.event_count; i++)
        take(kit, &view.events[i].cause.self, taken);
    store = play_alone(kit, taken, random);
    alone = memstore_begin_read(store);
    assert_int_equal(handover_read(alone, alone, &row->key, &again), 0);
    expect_same(row, &again);
    handover_free(&again);
    memstore_abort(alone);
    memstore_free(store);
    view_handover_free(&view);
}

static void test_handovers_of_random_worlds(void **state)
{
    uint64_t random = seed_start();
    size_t rows = 0;

    (void)state;
    for (int round = 0; round < 80; round++) {
        struct verdict_moment moment = {UINT64_MAX, INT64_MAX};
        struct handover_filter filter = {.max = 100, .moment = &moment};
        struct handover_view list;
        struct foldkit kit;
        struct memstore *store;
        struct store_txn *txn;

        foldkit_init(&kit);
        for (int i = 0; i < 40; i++)
            handkit_random(&kit, &random);
        if (round % 3 == 1)
            moment.known = 1 + seed_below(&random, kit.count);
        if (round % 3 == 2)
            moment.at_ms = AT((int64_t)seed_below(&random, kit.count));
        store = foldkit_play(&kit, NULL, 0, 0);
        txn = memstore_begin_read(store);
        assert_int_equal(handover_list(txn, txn, &filter, &list), 0);
        for (size_t i = 0; i < list.count; i++)
            check_handover(&kit, txn, &moment, &list.rows[i], &random);
        rows += list.count;
        handover_view_free(&list);
        memstore_abort(txn);
        memstore_free(store);
        foldkit_free(&kit);
    }
    assert_true(rows > 100);
}

static void test_each_event_has_its_party(void **state)
{
    struct hand slip = {.slip = "N1"};
    struct view_handover view;
    struct thing_key key;
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;

    (void)state;
    foldkit_init(&kit);
    handkit_give(&kit, 0, "A", "B", "b1 b2", slip);
    handkit_count(&kit, 1, "V", HANDOVER_CARRIER, -1, 2, -1, slip);
    handkit_take(&kit, 2, "B", "b1", slip);
    handkit_close(&kit, 2, "B", slip);
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    assert_int_equal(handover_key_of_name("N1", &key), 0);
    assert_int_equal(view_handover_explain(txn, txn, NULL, &key, &view), 0);
    assert_int_equal(view.event_count, 4);
    assert_int_equal(view.events[0].party, HANDOVER_GIVER);
    assert_int_equal(view.events[1].party, HANDOVER_CARRIER);
    assert_int_equal(view.events[2].party, HANDOVER_TAKER);
    assert_int_equal(view.events[3].party, HANDOVER_TAKER);
    assert_string_equal(view.events[0].cause.event, "dispatched");
    assert_string_equal(view.events[1].cause.place, "V");
    assert_true(view.events[2].cause.time_ms == AT(2));
    view_handover_free(&view);
    assert_int_equal(handover_key_of_name("N2", &key), 0);
    assert_int_equal(view_handover_explain(txn, txn, NULL, &key, &view), NAVETTE_E_NOT_FOUND);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

static void expect_name(const char *name, const char *form, const char *id)
{
    struct thing_key key;

    assert_int_equal(handover_key_of_name(name, &key), 0);
    assert_string_equal(thing_namespace(&key), form);
    assert_string_equal(thing_id(&key), id);
}

static void test_how_a_hand_over_is_called(void **state)
{
    char ref[REF_TEXT_SIZE];
    struct ref event = {.seq = 7, .leaf = 9};
    struct thing_key key;

    (void)state;
    expect_name("0412", "slip", "0412");
    expect_name("T1/2", "out.2", "T1");
    expect_name("T1/2/out", "out.2", "T1");
    expect_name("T1/12/back", "back.12", "T1");
    expect_name("T1/2/sideways", "slip", "T1/2/sideways");
    expect_name("T1/0", "slip", "T1/0");
    expect_name("/2", "slip", "/2");
    expect_name("T1/", "slip", "T1/");
    ref_format(&event, ref);
    assert_int_equal(handover_key_of_name(ref, &key), 0);
    assert_string_equal(thing_namespace(&key), "ref");
    assert_int_not_equal(handover_key_of_name("", &key), 0);
}

/*
 * A counts: i1 is scanned, i5 too, that was last known at B; it closes with i2 and i3 missing. Then it is heard that i3 had left before, that i6 had come before the count began, and
 * of i7 that it is at B.
 */
static void stocktake(struct foldkit *kit)
{
    foldkit_init(kit);
    foldkit_event(kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    foldkit_event(kit, 0, "A", EV(ITEM_REGISTERED), "i2", "book");
    foldkit_event(kit, 0, "A", EV(ITEM_REGISTERED), "i3", "book");
    foldkit_event(kit, 1, "B", EV(ITEM_REGISTERED), "i5", "book");
    foldkit_event(kit, 1, "B", EV(ITEM_REGISTERED), "i6", "book");
    foldkit_event(kit, 1, "B", EV(ITEM_REGISTERED), "i7", "book");
    kit->now_ms += 10 * MINUTE;
    foldkit_event(kit, 0, "A", EV(COUNT_LINE), "i1", NULL);
    foldkit_event(kit, 0, "A", EV(COUNT_LINE), "i5", NULL);
    foldkit_event(kit, 0, "A", EV(COUNT_CLOSED), "i2 i3", NULL);
    kit->hlc = hlc_make(AT(7), 0);
    foldkit_event(kit, 2, "A", EV(DISPATCHED), "i3", "B");
    kit->hlc = hlc_make(AT(8), 0);
    foldkit_event(kit, 2, "A", EV(RECEIVED), "i6", NULL);
    kit->hlc = 0;
}

/* What was scanned where it belongs is not listed: of that there may be more. */
static void expect_row(const struct count_view *again, const struct count_row *row)
{
    for (size_t i = 0; i < again->row_count; i++) {
        const struct count_row *other = &again->rows[i];

        if (!thing_key_equal(&other->key, &row->key))
            continue;
        assert_int_equal(other->what, row->what);
        assert_int_equal(other->state, row->state);
        assert_string_equal(other->place, row->place);
        assert_int_equal(other->was_listed, row->was_listed);
        return;
    }
    fail_msg("a row is not there any more");
}

static const uint8_t SESSION[COUNT_ID_SIZE] = {0};

static void test_a_stocktake_and_late_events(void **state)
{
    uint8_t taken[FOLDKIT_MAX] = {0};
    uint64_t random = seed_start();
    struct view_variance view;
    struct count_view again;
    struct foldkit kit;
    struct memstore *store;
    struct memstore *less;
    struct store_txn *txn;

    (void)state;
    stocktake(&kit);
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    assert_int_equal(view_variance_explain(txn, txn, NULL, SESSION, 100, &view), 0);
    assert_int_equal(view.count.missing, 2);
    assert_int_equal(view.count.unexpected, 1);
    assert_int_equal(view.count.explained, 1);
    assert_int_equal(view.session_count, 3);
    assert_int_equal(view.row_count, 4);
    for (size_t i = 0; i < view.event_count; i++)
        take(&kit, &view.events[i].cause.self, taken);
    assert_int_equal(taken[5], 0); /* i7 has nothing to do with it */
    less = play_alone(&kit, taken, &random);
    memstore_abort(txn);
    txn = memstore_begin_read(less);
    assert_int_equal(count_read(txn, txn, SESSION, 0, &again), 0);
    assert_int_equal(again.missing, view.count.missing);
    assert_int_equal(again.explained, view.count.explained);
    for (size_t i = 0; i < view.row_count; i++)
        expect_row(&again, &view.count.rows[i]);
    assert_int_equal(again.added, view.count.added);
    count_free(&again);
    view_variance_free(&view);
    memstore_abort(txn);
    memstore_free(less);
    /* As it was known when it closed: nothing had been explained. */
    txn = memstore_begin_read(store);
    struct verdict_moment closing = {9, INT64_MAX};
    assert_int_equal(view_variance_explain(txn, txn, &closing, SESSION, 1, &view), 0);
    assert_int_equal(view.count.explained, 0);
    assert_int_equal(view.count.missing, 2);
    assert_int_equal(view.row_count, 1);
    view_variance_free(&view);
    /* At a moment while it went on: one line, nothing closed. */
    struct verdict_moment during = {UINT64_MAX, AT(16)};
    assert_int_equal(view_variance_explain(txn, txn, &during, SESSION, 100, &view), 0);
    assert_int_equal(view.count.session.is_open, 1);
    assert_int_equal(view.count.session.lines, 1);
    assert_int_equal(view.session_count, 1);
    view_variance_free(&view);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

static int look(struct store_txn *txn)
{
    struct view_handover handover;
    struct view_variance variance;
    struct thing_key key;
    int rc = handover_key_of_name("N1", &key);

    if (rc == 0)
        rc = view_handover_explain(txn, txn, NULL, &key, &handover);
    if (rc == 0) {
        view_handover_free(&handover);
        rc = view_variance_explain(txn, txn, NULL, SESSION, 10, &variance);
    }
    if (rc == 0)
        view_variance_free(&variance);
    return rc;
}

static void test_when_a_store_call_or_an_allocation_fails(void **state)
{
    struct hand slip = {.slip = "N1"};
    struct foldkit kit;
    struct memstore *store;

    (void)state;
    stocktake(&kit);
    handkit_give(&kit, 0, "A", "B", "b1 b2", slip);
    handkit_take(&kit, 2, "B", "b1", slip);
    handkit_close(&kit, 2, "B", slip);
    store = foldkit_play(&kit, NULL, 0, 0);
    for (int memory = 0; memory < 2; memory++) {
        for (uint64_t k = 1;; k++) {
            struct store_txn *txn = memstore_begin_read(store);
            int pending;
            int rc;

            if (memory)
                failing_malloc_at(k);
            else
                memstore_fail_at(store, k, NAVETTE_E_STORE);
            rc = look(txn);
            pending = memory ? failing_malloc_pending() : memstore_fail_pending(store);
            failing_malloc_at(0);
            memstore_fail_at(store, 0, 0);
            memstore_abort(txn);
            assert_int_equal(rc, pending ? 0 : memory ? NAVETTE_E_MEMORY : NAVETTE_E_STORE);
            if (pending) {
                assert_true(k > 40);
                break;
            }
        }
    }
    memstore_free(store);
    foldkit_free(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handovers_of_random_worlds),
        cmocka_unit_test(test_each_event_has_its_party),
        cmocka_unit_test(test_how_a_hand_over_is_called),
        cmocka_unit_test(test_a_stocktake_and_late_events),
        cmocka_unit_test(test_when_a_store_call_or_an_allocation_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
