/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events that make a figure (view/grounds.h, view_figure_bounded()): folded alone, they give the same.
 *   - every row of the stock of random lives (SEED), of documents and of bags, clocks off and events retracted: the listed events alone, in a random order, give the same count
 *     and put each listed thing where it stands
 *   - the same by what was known at random positions, and at random moments
 *   - every line of the transit list; every cell of the bag ledger, owned and overdue too: the figure is the view's
 *   - low and high are those of the view's row, whoever is silent; the silent places are named, and nobody when nobody matters
 *   - a history of many moves is told by its end: few events
 *   - one event less gives another figure
 *   - every store call and every allocation failing: the code, nothing leaked
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "navette/view.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/seed.h"

#define ROWS_MAX 64u
#define MINUTE 60000
#define AT(n) (FOLDKIT_START_MS + (n) * (int64_t)MINUTE)

static size_t entry_of(const struct foldkit *kit, const struct ref *ref)
{
    for (size_t i = 0; i < kit->count; i++) {
        if (ref_compare(&kit->entries[i].self, ref) == 0)
            return i;
    }
    fail_msg("an event is listed that nobody wrote");
    return 0;
}

static void take(const struct foldkit *kit, const struct figure_event *events, size_t count, uint8_t *taken)
{
    for (size_t i = 0; i < count; i++)
        taken[entry_of(kit, &events[i].cause.self)] = 1;
}

/* A store of the listed events and no other, in a random order. */
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

static int64_t total_at(struct store_txn *txn, const struct stock_filter *filter, int64_t at_ms)
{
    struct figure_view view;
    int64_t total;

    assert_int_equal(view_figure(txn, txn, filter, at_ms, VIEW_KNOWN_ALL, 0, &view), 0);
    total = view.total;
    figure_view_free(&view);
    return total;
}

static int64_t total_of(struct store_txn *txn, const struct stock_filter *filter)
{
    return total_at(txn, filter, VIEW_NOW);
}

static void expect_standing(struct store_txn *txn, const struct cell *cell, const struct thing_key *key, int64_t at_ms)
{
    struct whereabouts where;

    assert_int_equal(view_thing(txn, txn, key, at_ms, &where), 0);
    assert_int_equal(where.shown_state, cell->state);
    assert_string_equal(where.root.place, cell->place);
    whereabouts_free(&where);
}

struct moment {
    int64_t at_ms;
    uint64_t known;
};
static const struct moment NOW = {VIEW_NOW, VIEW_KNOWN_ALL};

/* One figure of a store that holds the kit's first `known` entries: asked, and made again from what is listed. */
static void check_figure(const struct foldkit *kit, struct store_txn *txn, const struct stock_filter *filter, struct moment moment,
                         int64_t expected, uint64_t *random)
{
    uint8_t taken[FOLDKIT_MAX] = {0};
    struct figure_view view;
    struct memstore *store;
    struct store_txn *alone;

    assert_int_equal(view_figure(txn, txn, filter, moment.at_ms, moment.known, ROWS_MAX, &view), 0);
    assert_int_equal(view.total, expected);
    assert_int_equal(view.low, expected);
    assert_int_equal(view.high, expected);
    assert_int_equal(view.count, view.total);
    take(kit, view.events, view.event_count, taken);
    take(kit, view.rules, view.rule_count, taken);
    store = play_alone(kit, taken, random);
    alone = memstore_begin_read(store);
    assert_int_equal(total_at(alone, filter, moment.at_ms), expected);
    for (size_t i = 0; i < view.count; i++) {
        assert_true(view.rows[i].event_count > 0);
        if (view.rows[i].cell.state != STATE_MISSING && view.rows[i].cell.state != STATE_LOST && view.rows[i].cell.state != STATE_WITHDRAWN)
            expect_standing(alone, &view.rows[i].cell, &view.rows[i].key, moment.at_ms);
    }
    memstore_abort(alone);
    memstore_free(store);
    figure_view_free(&view);
}

static size_t check_stock(const struct foldkit *kit, struct store_txn *txn, int kind, struct moment moment, uint64_t *random)
{
    struct stock_filter all = {.state = -1, .kind = kind};
    struct stock_view stock;
    size_t count;

    assert_int_equal(view_stock_known(txn, txn, &all, moment.at_ms, moment.known, NULL, &stock), 0);
    for (size_t i = 0; i < stock.count; i++) {
        const struct cell *cell = &stock.rows[i].cell;
        struct stock_filter one = {.place = cell->place, .material = cell->material, .state = cell->state, .kind = kind};

        check_figure(kit, txn, &one, moment, stock.rows[i].count, random);
    }
    count = stock.count;
    stock_view_free(&stock);
    return count;
}

static void live(struct foldkit *kit, int trouble, size_t events, uint64_t *random)
{
    foldkit_init(kit);
    foldkit_event(kit, 15, "", EV(PLACE_DECLARED), "pA", NULL);
    foldkit_event(kit, 15, "", EV(PLACE_DECLARED), "pB", "relay");
    for (size_t i = 0; i < events; i++)
        foldkit_random(kit, random, trouble);
}

static void test_grounds_of_random_lives(void **state)
{
    uint64_t random = seed_start();
    size_t rows = 0;

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct foldkit kit;
        struct memstore *store;
        struct store_txn *txn;
        struct moment moment = NOW;

        live(&kit, round % 2, 20 + seed_below(&random, 60), &random);
        store = foldkit_play(&kit, NULL, 0, 0);
        txn = memstore_begin_read(store);
        if (round % 3 == 0)
            moment.known = seed_below(&random, kit.count);
        if (round % 5 == 0)
            moment.at_ms = AT((int64_t)seed_below(&random, kit.count));
        rows += check_stock(&kit, txn, NAVETTE__THING_KIND__THING_ITEM, moment, &random);
        rows += check_stock(&kit, txn, NAVETTE__THING_KIND__THING_BAG, moment, &random);
        rows += check_stock(&kit, txn, NAVETTE__THING_KIND__THING_CRATE, moment, &random);
        memstore_abort(txn);
        memstore_free(store);
        foldkit_free(&kit);
    }
    assert_true(rows > 200);
}

static void test_grounds_of_transit_lines(void **state)
{
    uint64_t random = seed_start();
    size_t lines = 0;

    (void)state;
    for (int round = 0; round < 150; round++) {
        struct transit_view transit;
        struct foldkit kit;
        struct memstore *store;
        struct store_txn *txn;

        live(&kit, 0, 60, &random);
        store = foldkit_play(&kit, NULL, 0, 0);
        txn = memstore_begin_read(store);
        assert_int_equal(view_transit(txn, txn, 0, VIEW_NOW, &transit), 0);
        for (size_t i = 0; i < transit.count; i++) {
            struct transit_row *row = &transit.rows[i];
            struct stock_filter line = {
                .place = row->from, .to = row->to, .material = row->material, .day = row->day, .state = STATE_IN_TRANSIT};

            check_figure(&kit, txn, &line, NOW, row->count, &random);
            line.day = row->day + 1;
            lines += total_of(txn, &line) < row->count || transit.count > 1;
        }
        transit_view_free(&transit);
        memstore_abort(txn);
        memstore_free(store);
        foldkit_free(&kit);
    }
    assert_true(lines > 20);
}

static void check_cell(const struct foldkit *kit, struct store_txn *txn, const struct bag_row *row, int state, int64_t count,
                       uint64_t *random)
{
    struct stock_filter cell = {.place = row->place, .material = row->material, .state = state, .kind = NAVETTE__THING_KIND__THING_BAG};

    cell.owned = state < 0;
    check_figure(kit, txn, &cell, NOW, count, random);
}

static void test_grounds_of_the_bag_ledger(void **state)
{
    uint64_t random = seed_start();
    size_t cells = 0;

    (void)state;
    for (int round = 0; round < 150; round++) {
        struct bag_view bags;
        struct foldkit kit;
        struct memstore *store;
        struct store_txn *txn;

        live(&kit, round % 2, 60, &random);
        store = foldkit_play(&kit, NULL, 0, 0);
        txn = memstore_begin_read(store);
        assert_int_equal(view_bags(txn, txn, VIEW_NOW, &bags), 0);
        for (size_t i = 0; i < bags.count; i++) {
            const struct bag_row *row = &bags.rows[i];

            if (row->material[0] == '\0')
                continue;
            check_cell(&kit, txn, row, STATE_CLEAN, row->clean, &random);
            check_cell(&kit, txn, row, STATE_PACKED, row->packed, &random);
            check_cell(&kit, txn, row, STATE_AT_RELAY, row->at_relay, &random);
            check_cell(&kit, txn, row, STATE_WITH_PERSON, row->with_person, &random);
            check_cell(&kit, txn, row, STATE_IN_TRANSIT, row->in_transit, &random);
            check_cell(&kit, txn, row, STATE_MISSING, row->missing, &random);
            check_cell(&kit, txn, row, STATE_LOST, row->lost, &random);
            check_cell(&kit, txn, row, STATE_WITHDRAWN, row->retired, &random);
            check_cell(&kit, txn, row, -1, row->owned, &random);
            cells += 9;
        }
        bag_view_free(&bags);
        memstore_abort(txn);
        memstore_free(store);
        foldkit_free(&kit);
    }
    assert_true(cells > 200);
}

static struct frontier_silences silent(struct frontier_silence list[3], uint64_t *random)
{
    static const char *const places[] = {"A", "B", "C"};
    struct frontier_silences silences = {.list = list};

    memset(list, 0, 3 * sizeof(*list));
    for (size_t i = 0; i < 3; i++) {
        if (seed_below(random, 2) == 0)
            strcpy(list[silences.count++].place, places[i]);
    }
    return silences;
}

static size_t check_bounds(struct store_txn *txn, const struct stock_row *row, const struct frontier_silences *silences)
{
    struct stock_filter one = {.place = row->cell.place, .material = row->cell.material, .state = row->cell.state};
    struct figure_ask ask = {.filter = &one, .at_ms = VIEW_NOW, .known = VIEW_KNOWN_ALL, .silences = silences, .max = ROWS_MAX};
    struct figure_view view;
    int64_t moved = 0;
    size_t wide;

    assert_int_equal(view_figure_bounded(txn, txn, &ask, &view), 0);
    assert_int_equal(view.total, row->count);
    assert_int_equal(view.low, row->low);
    assert_int_equal(view.high, row->high);
    for (size_t i = 0; i < view.count; i++)
        moved += view.rows[i].may_have_moved;
    assert_int_equal(view.total - moved, view.low);
    assert_int_equal(view.total + view.other_total, view.high);
    assert_int_equal(view.other_count, view.other_total);
    for (size_t i = 0; i < view.other_count; i++)
        assert_true(view.others[i].may_have_moved && strcmp(view.others[i].cell.material, row->cell.material) == 0);
    assert_int_equal(view.silence_count > 0, view.low != view.high);
    for (size_t i = 0; i < view.silence_count; i++)
        assert_non_null(frontier_silence_of(silences, view.silences[i].silence.place));
    wide = view.low != view.high;
    figure_view_free(&view);
    return wide;
}

static void test_grounds_of_bounds(void **state)
{
    uint64_t random = seed_start();
    struct stock_filter all = {.state = -1};
    size_t wide = 0;

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct frontier_silence list[3];
        struct frontier_silences silences = silent(list, &random);
        struct stock_view stock;
        struct foldkit kit;
        struct memstore *store;
        struct store_txn *txn;

        live(&kit, 0, 60, &random);
        store = foldkit_play(&kit, NULL, 0, 0);
        txn = memstore_begin_read(store);
        assert_int_equal(view_stock_known(txn, txn, &all, VIEW_NOW, VIEW_KNOWN_ALL, &silences, &stock), 0);
        for (size_t i = 0; i < stock.count; i++)
            wide += check_bounds(txn, &stock.rows[i], &silences);
        stock_view_free(&stock);
        memstore_abort(txn);
        memstore_free(store);
        foldkit_free(&kit);
    }
    assert_true(wide > 20);
}

/* i1 goes to and fro, and stands at B at last. */
static void travel(struct foldkit *kit, int trips)
{
    foldkit_init(kit);
    foldkit_event(kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    for (int i = 0; i < trips; i++) {
        foldkit_event(kit, 0, "A", EV(DISPATCHED), "i1", "B");
        foldkit_event(kit, 1, "B", EV(RECEIVED), "i1", NULL);
        foldkit_event(kit, 1, "B", EV(DISPATCHED), "i1", "A");
        foldkit_event(kit, 0, "A", EV(RECEIVED), "i1", NULL);
    }
    foldkit_event(kit, 0, "A", EV(DISPATCHED), "i1", "B");
    foldkit_event(kit, 1, "B", EV(RECEIVED), "i1", NULL);
}

static void test_grounds_are_few(void **state)
{
    struct stock_filter there = {.place = "B", .state = STATE_SHELF};
    struct figure_view view;
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;

    (void)state;
    travel(&kit, 50);
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    assert_int_equal(view_figure(txn, txn, &there, VIEW_NOW, VIEW_KNOWN_ALL, ROWS_MAX, &view), 0);
    assert_int_equal(view.event_count, 2);
    assert_string_equal(view.events[0].cause.event, "item-registered");
    assert_string_equal(view.events[1].cause.event, "received");
    assert_true(ref_compare(&view.events[1].cause.self, &kit.entries[kit.count - 1].self) == 0);
    figure_view_free(&view);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

/* Of a document in a bag on the road every listed event is needed. */
static void test_grounds_are_all_needed(void **state)
{
    struct stock_filter road = {.state = STATE_IN_TRANSIT};
    uint64_t random = seed_start();
    struct figure_view view;
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    foldkit_event(&kit, 0, "A", EV(BAG_COMMISSIONED), "b1", "blue");
    foldkit_event(&kit, 0, "A", EV(ITEM_PACKED), "b1 i1", NULL);
    foldkit_event(&kit, 0, "A", EV(DISPATCHED), "b1", "B");
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    assert_int_equal(view_figure(txn, txn, &road, VIEW_NOW, VIEW_KNOWN_ALL, ROWS_MAX, &view), 0);
    assert_int_equal(view.total, 1);
    assert_int_equal(view.event_count, 4);
    for (size_t without = 0; without < view.event_count; without++) {
        uint8_t taken[FOLDKIT_MAX] = {0};
        struct memstore *less;
        struct store_txn *alone;

        if (strcmp(view.events[without].cause.event, "bag-commissioned") == 0)
            continue; /* a bag that nobody commissioned holds what is in it all the same */
        for (size_t i = 0; i < view.event_count; i++)
            taken[entry_of(&kit, &view.events[i].cause.self)] |= i != without;
        less = play_alone(&kit, taken, &random);
        alone = memstore_begin_read(less);
        assert_int_equal(total_of(alone, &road), 0);
        memstore_abort(alone);
        memstore_free(less);
    }
    figure_view_free(&view);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

static int look(struct store_txn *txn)
{
    struct frontier_silence list[1] = {{.place = "B"}};
    struct frontier_silences silences = {.list = list, .count = 1};
    struct stock_filter overdue = {.state = -1, .kind = NAVETTE__THING_KIND__THING_BAG, .overdue = 1};
    struct stock_filter all = {.state = -1, .place = "B"};
    struct figure_ask ask = {.filter = &all, .at_ms = AT(40), .known = VIEW_KNOWN_ALL, .silences = &silences, .max = ROWS_MAX};
    struct figure_view view;
    int rc = view_figure_bounded(txn, txn, &ask, &view);

    if (rc == 0) {
        figure_view_free(&view);
        rc = view_figure(txn, txn, &overdue, VIEW_NOW, VIEW_KNOWN_ALL, ROWS_MAX, &view);
    }
    if (rc == 0)
        figure_view_free(&view);
    return rc;
}

static void test_grounds_when_a_store_call_or_an_allocation_fails(void **state)
{
    uint64_t random = 7;
    struct foldkit kit;
    struct memstore *store;

    (void)state;
    live(&kit, 0, 40, &random);
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
        cmocka_unit_test(test_grounds_of_random_lives),
        cmocka_unit_test(test_grounds_of_transit_lines),
        cmocka_unit_test(test_grounds_of_the_bag_ledger),
        cmocka_unit_test(test_grounds_of_bounds),
        cmocka_unit_test(test_grounds_are_few),
        cmocka_unit_test(test_grounds_are_all_needed),
        cmocka_unit_test(test_grounds_when_a_store_call_or_an_allocation_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
