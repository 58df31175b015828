/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was counted at a moment, by what was known (past_counts.h), beside a count made thing by thing from the histories:
 *   - random lives over months, hours or minutes, in any order of arrival, in transactions of any size: retractions, refusals, clock corrections, clocks that
 *     are off, containers in containers; at moments and positions at random, both at once, at the edges of what time is cut into
 *   - all that happened, by all that is known: the counters
 *   - before anything happened and before anything was known: nothing; at the greatest time there is: what is now
 *   - many small steps, late ones into stretches that have their sums too: few runs, and all is counted
 *   - steps that reach over many stretches: what was known at any position, at any moment
 *   - one event that changes several stretches, of which the sums are large: nothing is lost
 *   - a leaf that is written twice at one position: both stand
 *   - a sum written by a program of before, without its road: the same, whatever is told apart
 *   - rows with a byte changed or cut off: a code or another count, never a crash
 *   - every store call and every allocation failing: the code, nothing leaked
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fold/holding.h"
#include "fold/layer_row.h"
#include "fold/layers.h"
#include "fold/past.h"
#include "fold/past_counts.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/seed.h"

#define EVENTS 90u

/* ---- the slow way: every thing, by its history */

static int count_thing(const struct horizon *horizon, const struct thing_record *known, int64_t at_ms, struct holding *holding,
                       struct past_counts *counts)
{
    struct thing_record record;
    struct thing_record held;
    uint32_t number;
    int rc = past_record(horizon, known, at_ms, &record);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = holding_take(holding, &known->key, &held);
    if (rc != 0)
        return rc;
    record.contents = held.contents;
    record.content_count = held.content_count;
    if (thing_kind(&known->key) != NAVETTE__THING_KIND__THING_ITEM && record.registered && record.condition != CONDITION_WITHDRAWN)
        counts->owned[thing_kind(&known->key)]++;
    if (record.conflict)
        assert_int_equal(keymap_number(&counts->conflicts, thing_key_span(&known->key), &number), 0);
    rc = thing_record_is_inside(&record) ? holding_put(holding, &record) : tally_add_root(&counts->cells, &record, 1);
    thing_record_free(&record);
    return rc;
}

static void count_slowly(const struct horizon *horizon, int64_t at_ms, enum tally_grain grain, struct past_counts *counts)
{
    struct past_things things;
    struct thing_record known;
    struct holding holding;
    int rc = past_things_open(&things, horizon, NAVETTE__THING_KIND__THING_ITEM, NAVETTE__THING_KIND__THING_CRATE);

    memset(counts, 0, sizeof(*counts));
    counts->cells.grain = grain;
    holding_init(&holding);
    while (rc == 0 && (rc = past_things_next(&things, &known)) == 0) {
        rc = count_thing(horizon, &known, at_ms, &holding, counts);
        thing_record_free(&known);
    }
    assert_int_equal(rc, NAVETTE_E_NOT_FOUND);
    holding_free(&holding);
    past_things_close(&things);
}

static void say_cell(struct span bytes, int64_t count, int64_t wanted)
{
    struct cell cell;

    assert_int_equal(cell_decode(bytes, &cell), 0);
    print_error("kind %d %s %s %s %s > %s: %lld, and not %lld\n", cell.kind, cell.place, state_name(cell.state), cell.material, cell.home,
                cell.to, (long long)count, (long long)wanted);
}

static int is_same(const struct past_counts *found, const struct past_counts *wanted)
{
    int same = found->conflicts.count == wanted->conflicts.count && memcmp(found->owned, wanted->owned, sizeof(found->owned)) == 0;
    uint32_t number;

    for (uint32_t i = 0; i < found->cells.cells.count; i++) {
        struct span cell = keymap_key(&found->cells.cells, i);
        int64_t other = keymap_find(&wanted->cells.cells, cell, &number) ? wanted->cells.counts[number] : 0;

        if (found->cells.counts[i] != other)
            say_cell(cell, found->cells.counts[i], other);
        same &= found->cells.counts[i] == other;
    }
    for (uint32_t i = 0; i < wanted->cells.cells.count; i++) {
        struct span cell = keymap_key(&wanted->cells.cells, i);

        same &= wanted->cells.counts[i] == 0 || keymap_find(&found->cells.cells, cell, &number);
    }
    for (uint32_t i = 0; i < wanted->conflicts.count; i++)
        same &= keymap_find(&found->conflicts, keymap_key(&wanted->conflicts, i), &number);
    return same;
}

/* Where each bag and crate stood, whatever it held, beside its history. */
static void expect_stood(const struct horizon *horizon, int64_t at_ms)
{
    struct past_things things;
    struct thing_record known;
    int rc = past_things_open(&things, horizon, NAVETTE__THING_KIND__THING_BAG, NAVETTE__THING_KIND__THING_CRATE);

    while (rc == 0 && (rc = past_things_next(&things, &known)) == 0) {
        struct thing_record wanted;
        struct thing_record found;
        int heard = past_record(horizon, &known, at_ms, &wanted);

        assert_int_equal(past_stand(horizon, at_ms, &known.key, &found), heard);
        if (heard == 0) {
            assert_int_equal(found.custody, wanted.custody);
            assert_int_equal(found.condition, wanted.condition);
            assert_int_equal(found.since_ms, wanted.since_ms);
            assert_string_equal(found.place, wanted.place);
            assert_string_equal(found.home, wanted.home);
            assert_true(thing_key_equal(&found.container, &wanted.container));
        }
        thing_record_free(&known);
    }
    past_things_close(&things);
    assert_int_equal(rc, NAVETTE_E_NOT_FOUND);
}

static void expect_same(struct store_txn *txn, int64_t at_ms, uint64_t known)
{
    struct past_counts found;
    struct past_counts wanted;
    struct horizon horizon;

    assert_int_equal(horizon_open_at(&horizon, txn, txn, known), 0);
    expect_stood(&horizon, at_ms);
    for (int grain = TALLY_WHOLE; grain <= TALLY_STATES; grain++) {
        assert_int_equal(past_counts_read(&horizon, at_ms, (enum tally_grain)grain, &found), 0);
        count_slowly(&horizon, at_ms, (enum tally_grain)grain, &wanted);
        if (!is_same(&found, &wanted))
            fail_msg("at %lld, known %llu, grain %d", (long long)at_ms, (unsigned long long)known, grain);
        past_counts_free(&found);
        past_counts_free(&wanted);
    }
}

/* ---- lives */

static const int64_t paces[] = {60000, 1800000, 7200000, 86400000, 1209600000};

/* A life whose events are up to so far apart. */
static void live(struct foldkit *kit, uint64_t *random, int64_t pace_ms, int trouble)
{
    foldkit_init(kit);
    kit->with_parents = (int)seed_below(random, 2);
    while (kit->count < EVENTS) {
        kit->now_ms += (int64_t)seed_below(random, (uint64_t)pace_ms);
        foldkit_random(kit, random, trouble);
    }
}

static struct memstore *play(const struct foldkit *kit, const size_t *order, uint64_t *random)
{
    struct memstore *store = memstore_new();

    for (size_t done = 0; done < kit->count;) {
        struct store_txn *txn = memstore_begin_write(store);
        size_t count = 1 + seed_below(random, 12);

        if (count > kit->count - done)
            count = kit->count - done;
        assert_int_equal(foldkit_feed(kit, txn, order + done, count, 0, NULL), 0);
        assert_int_equal(memstore_commit(txn), 0);
        done += count;
    }
    return store;
}

static int64_t moment(const struct foldkit *kit, uint64_t *random)
{
    int64_t span = kit->now_ms - FOLDKIT_START_MS + 864000000;
    int64_t at_ms = FOLDKIT_START_MS - 432000000 + (int64_t)seed_below(random, (uint64_t)span);

    /* At the edges too: of an event, of a stretch. */
    switch (seed_below(random, 4)) {
    case 0: {
        struct event event;

        foldkit_decode(kit, seed_below(random, kit->count), &event);
        at_ms = (int64_t)(event.body->hlc >> 16) - (int64_t)seed_below(random, 2);
        event_free(&event);
        return at_ms;
    }
    case 1:
        return (at_ms >> (LAYER_SHIFT + LAYER_FAN) << (LAYER_SHIFT + LAYER_FAN)) - (int64_t)seed_below(random, 2);
    default:
        return at_ms;
    }
}

static void test_past_counts_are_those_of_the_histories(void **state)
{
    uint64_t random = seed_start();

    (void)state;
    for (int life = 0; life < 72; life++) {
        struct foldkit kit;
        size_t order[EVENTS];
        struct memstore *store;
        struct store_txn *txn;

        live(&kit, &random, paces[life % (int)(sizeof(paces) / sizeof(paces[0]))], life % 3 != 0);
        foldkit_shuffle(order, EVENTS, &random);
        /* As made, backwards, nearly as made, at random. */
        for (size_t i = 0; i < EVENTS && life % 4 < 3; i++)
            order[i] = life % 4 == 1 ? EVENTS - 1 - i : i;
        for (size_t i = 0; i + 3 < EVENTS && life % 4 == 2; i += 1 + seed_below(&random, 4)) {
            size_t kept = order[i];

            order[i] = order[i + 3];
            order[i + 3] = kept;
        }
        store = play(&kit, order, &random);
        txn = memstore_begin_read(store);
        for (int ask = 0; ask < 25; ask++) {
            int64_t at_ms = moment(&kit, &random);
            uint64_t known = seed_below(&random, EVENTS + 2);

            expect_same(txn, at_ms, UINT64_MAX);
            expect_same(txn, INT64_MAX, known);
            expect_same(txn, at_ms, known);
        }
        expect_same(txn, INT64_MAX, UINT64_MAX);
        expect_same(txn, -1, UINT64_MAX);
        expect_same(txn, INT64_MAX - 1, UINT64_MAX);
        memstore_abort(txn);
        assert_int_equal(foldkit_check(store), 0);
        memstore_free(store);
        foldkit_free(&kit);
    }
}

/* ---- when something is wrong */

static struct memstore *trouble(void)
{
    uint64_t random = 11;
    struct foldkit kit;
    size_t order[EVENTS];
    struct memstore *store;

    live(&kit, &random, 7200000, 1);
    foldkit_shuffle(order, EVENTS, &random);
    store = play(&kit, order, &random);
    foldkit_free(&kit);
    return store;
}

static int count(struct store_txn *txn, int64_t at_ms, uint64_t known)
{
    struct past_counts counts = {.conflicts = {.count = 0}};
    struct horizon horizon;
    int rc = horizon_open_at(&horizon, txn, txn, known);

    if (rc == 0)
        rc = past_counts_read(&horizon, at_ms, (enum tally_grain)(known % 4), &counts);
    past_counts_free(&counts);
    return rc;
}

static void test_past_counts_when_a_store_call_or_an_allocation_fails(void **state)
{
    struct memstore *store = trouble();
    struct store_txn *txn = memstore_begin_read(store);
    int64_t at_ms = FOLDKIT_START_MS + INT64_C(200000000);
    uint64_t k = 1;

    (void)state;
    for (; k < 100000; k++) {
        int rc;

        memstore_fail_at(store, k, NAVETTE_E_STORE);
        rc = count(txn, at_ms, EVENTS / 2);
        if (memstore_fail_pending(store))
            break;
        assert_int_equal(rc, NAVETTE_E_STORE);
    }
    memstore_fail_at(store, 0, 0);
    assert_true(k > 20);
    for (k = 1; k < 100000; k++) {
        int rc;

        failing_malloc_at(k);
        rc = count(txn, at_ms, EVENTS / 2);
        if (failing_malloc_pending())
            break;
        assert_int_equal(rc, NAVETTE_E_MEMORY);
    }
    failing_malloc_at(0);
    assert_true(k > 20);
    memstore_abort(txn);
    memstore_free(store);
}

/* One byte of one row otherwise, or the row cut off. */
static void damage(struct store_txn *txn, uint64_t *random)
{
    uint8_t from[3] = {(uint8_t)(1 + seed_below(random, 3)), (uint8_t)seed_below(random, LAYER_COUNT), 0};
    uint8_t name[512];
    uint8_t *row;
    struct store_scan *scan;
    struct span key;
    struct span value;
    size_t key_len;
    size_t len;

    assert_int_equal(store_scan_open(txn, TABLE_PAST, &scan), 0);
    if (txn->ops->scan_from(scan, span_of(from, sizeof(from)), &key, &value) != 0)
        assert_int_equal(txn->ops->scan_from(scan, span_of("", 1), &key, &value), 0);
    key_len = key.len;
    len = value.len;
    row = malloc(len + 1);
    assert_non_null(row);
    memcpy(name, key.data, key_len);
    if (len > 0)
        memcpy(row, value.data, len);
    txn->ops->scan_close(scan);
    if (len > 0 && seed_below(random, 3) == 0)
        len = seed_below(random, len);
    else if (len > 0)
        row[seed_below(random, len)] ^= (uint8_t)(1 + seed_below(random, 255));
    assert_int_equal(store_put(txn, TABLE_PAST, span_of(name, key_len), span_of(row, len)), 0);
    free(row);
}

static void test_past_counts_of_damaged_rows(void **state)
{
    uint64_t random = seed_start();
    struct memstore *store = trouble();
    int found = 0;

    (void)state;
    for (int i = 0; i < 400; i++) {
        struct store_txn *txn = memstore_begin_write(store);

        damage(txn, &random);
        found += count(txn, FOLDKIT_START_MS + INT64_C(300000000), UINT64_MAX) != 0;
        (void)count(txn, INT64_MAX, EVENTS / 2);
        memstore_abort(txn);
    }
    assert_true(found > 3);
    memstore_free(store);
}

/* Many small steps, and late ones: what is there stays few runs, and every sum is that of its leaves. */
static void test_layers_stay_few(void **state)
{
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    uint64_t random = seed_start();
    struct tally all;
    uint32_t number;
    size_t rows = 0;
    struct store_scan *scan;
    struct span key;
    struct span value;
    int rc;

    (void)state;
    for (uint64_t position = 1; position <= 5000; position++) {
        struct move move = {.time_ms = FOLDKIT_START_MS + (int64_t)position * 20000, .position = position, .count = 1};
        struct moves moves;

        if (seed_below(&random, 10) == 0)
            move.time_ms -= (int64_t)seed_below(&random, 90000000);
        moves_init(&moves);
        assert_int_equal(moves_add(&moves, span_of_string("a cell"), &move), 0);
        assert_int_equal(layers_write(txn, &moves), 0);
        moves_free(&moves);
    }
    tally_init(&all);
    assert_int_equal(layers_sum(txn, INT64_MAX, UINT64_MAX, &all), 0);
    assert_int_equal(tally_number(&all, span_of_string("a cell"), &number), 0);
    assert_int_equal(all.counts[number], 5000);
    tally_free(&all);
    assert_int_equal(layers_sum(txn, INT64_MAX, 1234, &all), 0);
    assert_int_equal(tally_number(&all, span_of_string("a cell"), &number), 0);
    assert_int_equal(all.counts[number], 1234);
    tally_free(&all);
    assert_int_equal(store_scan_open(txn, TABLE_PAST, &scan), 0);
    for (rc = txn->ops->scan_from(scan, span_of("", 1), &key, &value); rc == 0; rc = txn->ops->scan_next(scan, &key, &value))
        rows++;
    txn->ops->scan_close(scan);
    /* 28 hours are 24 leaves of 210 moves, and a day of late ones before them as many, 6 stretches above them, and so on: some tens of runs, not thousands. */
    assert_in_range(rows, 24, 250);
    memstore_abort(txn);
    memstore_free(store);
}

/* One event changes what was in several stretches at once, of which the sums are large. */
static void test_layers_of_one_position(void **state)
{
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    struct moves moves;
    struct tally all;
    char name[32];

    (void)state;
    for (uint64_t position = 1; position <= 3; position++) {
        moves_init(&moves);
        for (int cell = 0; cell < 400; cell++) {
            struct move move = {.time_ms = FOLDKIT_START_MS, .position = position, .count = 1};

            snprintf(name, sizeof(name), "a cell of its own %d", cell);
            move.time_ms += position == 1 ? 0 : position == 2 ? INT64_C(400000000000) : (int64_t)(cell % 2) << (LAYER_SHIFT + 1);
            /* The third at two stretches of one that has its sum, the second half far fewer. */
            if (position < 3 || cell % 2 == 0 || cell < 4)
                assert_int_equal(moves_add(&moves, span_of_string(name), &move), 0);
        }
        assert_int_equal(layers_write(txn, &moves), 0);
    }
    tally_init(&all);
    assert_int_equal(layers_sum(txn, INT64_MAX, UINT64_MAX, &all), 0);
    for (int cell = 0; cell < 400; cell++) {
        uint32_t number;

        snprintf(name, sizeof(name), "a cell of its own %d", cell);
        assert_int_equal(tally_number(&all, span_of_string(name), &number), 0);
        assert_int_equal(all.counts[number], cell % 2 == 0 || cell < 4 ? 3 : 2);
    }
    tally_free(&all);
    memstore_abort(txn);
    memstore_free(store);
}

/* What one event does may be written in two parts: the second does not stand in the place of the first, however large that is. */
static void test_layers_of_a_position_written_twice(void **state)
{
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    struct tally all;
    char name[32];

    (void)state;
    for (int part = 0; part < 2; part++) {
        struct moves moves;

        moves_init(&moves);
        for (int cell = part * 400; cell < (part + 1) * 400; cell++) {
            struct move move = {.time_ms = FOLDKIT_START_MS, .position = 7, .count = 1};

            snprintf(name, sizeof(name), "a cell of its own %d", cell);
            assert_int_equal(moves_add(&moves, span_of_string(name), &move), 0);
        }
        assert_int_equal(layers_write(txn, &moves), 0);
    }
    tally_init(&all);
    assert_int_equal(layers_sum(txn, INT64_MAX, UINT64_MAX, &all), 0);
    assert_int_equal(all.cells.count, 800);
    tally_free(&all);
    memstore_abort(txn);
    memstore_free(store);
}

/* Takes the last section out of a row of a sum, as it was before there was one of the road. */
static void forget_road(struct buffer *row)
{
    size_t begin = 20;
    size_t less = read_u32(row->data + begin);
    size_t at = begin + 4;

    for (int section = 0; section < 2; section++)
        at += 4 + read_u32(row->data + at);
    assert_true(at < begin + 4 + less);
    memmove(row->data + at, row->data + begin + 4 + less, row->len - (begin + 4 + less));
    row->len -= begin + 4 + less - at;
    write_u32(row->data + begin, (uint32_t)(at - begin - 4));
}

static void test_layers_of_a_row_without_its_road(void **state)
{
    struct layer_reach reach = {1, 2};
    struct buffer row;
    struct tally sum;

    (void)state;
    buffer_init(&row);
    tally_init(&sum);
    for (int i = 0; i < 400; i++) {
        struct cell cell = {.kind = NAVETTE__THING_KIND__THING_ITEM, .state = i % 2 ? STATE_IN_TRANSIT : STATE_SHELF, .day = i % 7};

        snprintf(cell.place, sizeof(cell.place), "P%d", i % 5);
        snprintf(cell.to, sizeof(cell.to), "%s", i % 2 ? "DEPOT" : "");
        snprintf(cell.home, sizeof(cell.home), "H%d", i % 40);
        assert_int_equal(tally_add(&sum, &cell, 1 + i), 0);
    }
    assert_int_equal(layer_row_of_sum(&sum, &reach, &row), 0);
    for (int before = 0; before < 2; before++) {
        for (int grain = TALLY_WHOLE; grain <= TALLY_STATES; grain++) {
            struct tally found;
            struct tally wanted;

            tally_init(&found);
            tally_init(&wanted);
            found.grain = wanted.grain = (enum tally_grain)grain;
            assert_int_equal(layer_row_add_sum(buffer_span(&row), &found), 0);
            assert_int_equal(tally_gather(&wanted, &sum), 0);
            assert_int_equal(found.cells.count, wanted.cells.count);
            for (uint32_t i = 0; i < wanted.cells.count; i++) {
                uint32_t number;

                assert_true(keymap_find(&found.cells, keymap_key(&wanted.cells, i), &number));
                assert_int_equal(found.counts[number], wanted.counts[i]);
            }
            tally_free(&found);
            tally_free(&wanted);
        }
        if (!before)
            forget_road(&row);
    }
    tally_free(&sum);
    buffer_free(&row);
}

#define WIDE_STEPS 40u
#define WIDE_MOVES 300u
#define WIDE_CELLS 200u

static void expect_counted(struct store_txn *txn, const struct move *all, size_t count, int64_t at_ms, uint64_t known)
{
    int64_t wanted[WIDE_CELLS] = {0};
    struct tally found;

    for (size_t i = 0; i < count; i++) {
        if (all[i].time_ms <= at_ms && all[i].position <= known)
            wanted[all[i].cell] += all[i].count;
    }
    tally_init(&found);
    assert_int_equal(layers_sum(txn, at_ms, known, &found), 0);
    for (uint32_t cell = 0; cell < WIDE_CELLS; cell++) {
        uint32_t number;
        char name[32];

        snprintf(name, sizeof(name), "a cell of its own %u", cell);
        assert_int_equal(tally_number(&found, span_of_string(name), &number), 0);
        assert_int_equal(found.counts[number], wanted[cell]);
    }
    tally_free(&found);
}

/* Steps that reach over many stretches, with runs too large to be put together: whatever was known is what the moves up to there come to. */
static void test_layers_known_of_wide_steps(void **state)
{
    static struct move all[WIDE_STEPS * WIDE_MOVES];
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    uint64_t random = seed_start();
    size_t count = 0;

    (void)state;
    for (uint64_t step = 0; step < WIDE_STEPS; step++) {
        struct moves moves;

        moves_init(&moves);
        for (size_t i = 0; i < WIDE_MOVES; i++) {
            char name[32];

            all[count] = (struct move){.time_ms = FOLDKIT_START_MS + (int64_t)seed_below(&random, (step + 1) * 20000000),
                                       .position = 1 + count / 2,
                                       .count = seed_below(&random, 3) == 0 ? -1 : 1,
                                       .cell = (uint32_t)seed_below(&random, WIDE_CELLS)};
            snprintf(name, sizeof(name), "a cell of its own %u", all[count].cell);
            assert_int_equal(moves_add(&moves, span_of_string(name), &all[count]), 0);
            count++;
        }
        assert_int_equal(layers_write(txn, &moves), 0);
    }
    for (int ask = 0; ask < 200; ask++) {
        int64_t at_ms = FOLDKIT_START_MS + (int64_t)seed_below(&random, WIDE_STEPS * 21000000);

        expect_counted(txn, all, count, ask % 3 == 0 ? INT64_MAX : at_ms, ask % 3 == 1 ? UINT64_MAX : seed_below(&random, count / 2 + 2));
    }
    memstore_abort(txn);
    memstore_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_past_counts_are_those_of_the_histories),
        cmocka_unit_test(test_past_counts_when_a_store_call_or_an_allocation_fails),
        cmocka_unit_test(test_past_counts_of_damaged_rows),
        cmocka_unit_test(test_layers_stay_few),
        cmocka_unit_test(test_layers_of_one_position),
        cmocka_unit_test(test_layers_of_a_position_written_twice),
        cmocka_unit_test(test_layers_of_a_row_without_its_road),
        cmocka_unit_test(test_layers_known_of_wide_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
