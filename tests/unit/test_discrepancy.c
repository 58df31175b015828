/* SPDX-License-Identifier: Apache-2.0 */
/*
 * discrepancy.h: what a history shows and nothing explains, kept by difference.
 *   - each kind: shown, by which events, who is concerned; withdrawn by the late event that explains it; nothing shown in ordinary work
 *   - a count's variance ends when the thing is seen, and is withdrawn when it turns out to have left before
 *   - a retraction withdraws; a retraction of that brings it back, opened anew; one leg is one finding, however many events show it
 *   - a correction of the clock changes no name
 *   - settlements: only the network's own desk's, in any order, until retracted
 *   - any order of arrival: what is kept is what the whole histories show (SEED)
 *   - rows that are damaged are refused
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "navette/discrepancy.h"
#include "reconcile/discrepancy_row.h"
#include "reconcile/reconcile.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/seed.h"

#define ROWS_MAX 16u

struct rows {
    struct discrepancy_row list[ROWS_MAX];
    size_t count;
};

static int gather(const struct discrepancy_row *row, void *context)
{
    struct rows *rows = context;

    assert_true(rows->count < ROWS_MAX);
    rows->list[rows->count++] = *row;
    return 0;
}

static struct rows rows_of(struct memstore *store, const char *word)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct thing_key key = foldkit_key(word);
    struct rows rows;

    memset(&rows, 0, sizeof(rows));
    assert_int_equal(discrepancy_each(txn, &key, gather, &rows), 0);
    memstore_abort(txn);
    return rows;
}

static struct rows played(const struct foldkit *kit, const char *word)
{
    struct memstore *store = foldkit_play(kit, NULL, 0, 0);
    struct rows rows;

    assert_int_equal(foldkit_check(store), 0);
    rows = rows_of(store, word);
    memstore_free(store);
    return rows;
}

/* One row, of this kind and state, concerning these places in this order. */
static struct discrepancy_row only(const struct foldkit *kit, const char *word, int kind, int state, const char *places)
{
    struct rows rows = played(kit, word);
    char joined[160] = "";

    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.list[0].finding.kind, kind);
    assert_int_equal(rows.list[0].state, state);
    for (size_t i = 0; i < rows.list[0].finding.place_count; i++) {
        strcat(joined, i > 0 ? " " : "");
        strcat(joined, rows.list[0].finding.places[i]);
    }
    assert_string_equal(joined, places);
    return rows.list[0];
}

/* A moment of the morning: the order of writing is not that of arrival. */
static void at(struct foldkit *kit, int minute)
{
    kit->now_ms = FOLDKIT_START_MS + minute * INT64_C(60000);
}

static void test_discrepancy_of_ordinary_work(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    foldkit_event(&kit, 0, "A", EV(BAG_COMMISSIONED), "b1", "tote");
    foldkit_event(&kit, 0, "A", EV(ITEM_PACKED), "b1 i1", NULL);
    foldkit_event(&kit, 0, "A", EV(DISPATCHED), "b1", "B");
    foldkit_event(&kit, 1, "B", EV(RECEIVED), "b1", NULL);
    foldkit_event(&kit, 1, "B", EV(SEEN_ON_RECEPTION), "i1", NULL);
    foldkit_event(&kit, 1, "B", EV(RECEIVED), "b1", NULL);
    foldkit_event(&kit, 1, "B", EV(ITEM_UNPACKED), "b1 i1", NULL);
    foldkit_event(&kit, 1, "B", EV(DELIVERED), "i1", NULL);
    foldkit_event(&kit, 1, "B", EV(RETURNED), "i1", NULL);
    foldkit_event(&kit, 1, "B", EV(DISPATCHED), "i1", "A");
    foldkit_event(&kit, 0, "A", EV(REFUSED), "i1", NULL);
    foldkit_event(&kit, 1, "B", EV(RECEIVED), "i1", NULL);
    foldkit_event(&kit, 1, "B", EV(DISPATCHED), "i1", "C");
    foldkit_event(&kit, 2, "C", EV(DISPATCHED), "i1", "A");
    assert_int_equal(played(&kit, "i1").count, 0);
    assert_int_equal(played(&kit, "b1").count, 0);
    foldkit_free(&kit);
}

static void test_received_never_dispatched(void **state)
{
    struct discrepancy_row row;
    struct ref received;
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    at(&kit, 10);
    received = foldkit_event(&kit, 1, "B", EV(RECEIVED), "i1", NULL);
    row = only(&kit, "i1", DISCREPANCY_RECEIVED, DISCREPANCY_OPEN, "B A");
    assert_int_equal(ref_compare(&row.finding.events[0], &received), 0);
    assert_int_equal(row.finding.event_count, 2);
    assert_int_equal(row.opened, 2);
    assert_int_equal(row.changed, 0);
    /* A was silent: its dispatch comes. */
    at(&kit, 5);
    foldkit_event(&kit, 0, "A", EV(DISPATCHED), "i1", "B");
    row = only(&kit, "i1", DISCREPANCY_RECEIVED, DISCREPANCY_WITHDRAWN, "B A");
    assert_int_equal(row.changed, 3);
    foldkit_free(&kit);
}

static void test_received_of_an_unknown_thing_asks_everybody(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 1, "B", EV(SEEN_ON_RECEPTION), "i1", NULL);
    (void)only(&kit, "i1", DISCREPANCY_RECEIVED, DISCREPANCY_OPEN, "B *");
    foldkit_free(&kit);
}

static void test_received_by_a_slip(void **state)
{
    struct ref absent = {.seq = 7, .leaf = 9};
    struct discrepancy_row first;
    struct discrepancy_row second;
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    memset(absent.incarnation, 1, INCARNATION_SIZE);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    kit.dispatch = absent;
    foldkit_event(&kit, 1, "B", EV(RECEIVED), "i1", NULL);
    first = only(&kit, "i1", DISCREPANCY_RECEIVED, DISCREPANCY_OPEN, "B A");
    foldkit_free(&kit);
    /* The slip names the leg: the day does not. */
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    at(&kit, 60 * 24 * 3);
    kit.dispatch = absent;
    foldkit_event(&kit, 1, "B", EV(RECEIVED), "i1", NULL);
    second = only(&kit, "i1", DISCREPANCY_RECEIVED, DISCREPANCY_OPEN, "B A");
    assert_memory_equal(first.finding.id, second.finding.id, DISCREPANCY_ID_SIZE);
    foldkit_free(&kit);
}

static void test_two_open_transits(void **state)
{
    struct discrepancy_row row;
    int transits = 0;
    int places = 0;
    struct rows rows;
    struct ref second;
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    foldkit_event(&kit, 0, "A", EV(DISPATCHED), "i1", "B");
    at(&kit, 30);
    second = foldkit_event(&kit, 2, "C", EV(DISPATCHED), "i1", "D");
    row = only(&kit, "i1", DISCREPANCY_TRANSITS, DISCREPANCY_OPEN, "C A B");
    assert_int_equal(ref_compare(&row.finding.events[0], &second), 0);
    /* B was silent: it had received it and sent it to C. */
    at(&kit, 10);
    foldkit_event(&kit, 1, "B", EV(RECEIVED), "i1", NULL);
    foldkit_event(&kit, 1, "B", EV(DISPATCHED), "i1", "C");
    /* Between the two it was at B and left C: that is withdrawn as well. */
    rows = played(&kit, "i1");
    assert_int_equal(rows.count, 2);
    for (size_t i = 0; i < rows.count; i++) {
        assert_int_equal(rows.list[i].state, DISCREPANCY_WITHDRAWN);
        transits += rows.list[i].finding.kind == DISCREPANCY_TRANSITS;
        places += rows.list[i].finding.kind == DISCREPANCY_PLACES;
    }
    assert_int_equal(transits, 1);
    assert_int_equal(places, 1);
    foldkit_free(&kit);
}

static void test_two_places_at_once(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    at(&kit, 30);
    foldkit_event(&kit, 1, "B", EV(SEEN_AT), "i1", NULL);
    (void)only(&kit, "i1", DISCREPANCY_PLACES, DISCREPANCY_OPEN, "B A");
    at(&kit, 10);
    foldkit_event(&kit, 0, "A", EV(DISPATCHED), "i1", "B");
    (void)only(&kit, "i1", DISCREPANCY_PLACES, DISCREPANCY_WITHDRAWN, "B A");
    foldkit_free(&kit);
}

static void test_delivered_never_received(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(BAG_COMMISSIONED), "b1", "tote");
    foldkit_event(&kit, 0, "A", EV(DISPATCHED), "b1", "R");
    at(&kit, 30);
    foldkit_event(&kit, 1, "R", EV(DELIVERED), "b1", NULL);
    (void)only(&kit, "b1", DISCREPANCY_DELIVERED, DISCREPANCY_OPEN, "R A");
    at(&kit, 10);
    foldkit_event(&kit, 2, "R", EV(RECEIVED), "b1", NULL);
    (void)only(&kit, "b1", DISCREPANCY_DELIVERED, DISCREPANCY_WITHDRAWN, "R A");
    foldkit_free(&kit);
}

static void test_count_variance_withdrawn_by_what_came_before(void **state)
{
    struct discrepancy_row row;
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    at(&kit, 30);
    foldkit_event(&kit, 0, "A", EV(COUNT_CLOSED), "i1", NULL);
    row = only(&kit, "i1", DISCREPANCY_COUNT, DISCREPANCY_OPEN, "A");
    assert_int_equal(row.opened, 2);
    /* Another node of A had sent it before the count. */
    at(&kit, 10);
    foldkit_event(&kit, 3, "A", EV(DISPATCHED), "i1", "B");
    row = only(&kit, "i1", DISCREPANCY_COUNT, DISCREPANCY_WITHDRAWN, "A");
    assert_int_equal(row.changed, 3);
    foldkit_free(&kit);
}

static void test_count_variance_ends_when_seen(void **state)
{
    struct discrepancy_row row;
    struct foldkit kit;
    struct ref found;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    foldkit_event(&kit, 0, "A", EV(COUNT_CLOSED), "i1", NULL);
    at(&kit, 30);
    found = foldkit_event(&kit, 0, "A", EV(SEEN_AT), "i1", NULL);
    row = only(&kit, "i1", DISCREPANCY_COUNT, DISCREPANCY_ENDED, "A");
    assert_int_equal(ref_compare(&row.finding.ended, &found), 0);
    assert_int_equal(row.changed, 3);
    /* The sighting did not occur: missing as before, since when it was. */
    foldkit_retract(&kit, 0, "A", found);
    row = only(&kit, "i1", DISCREPANCY_COUNT, DISCREPANCY_OPEN, "A");
    assert_int_equal(row.opened, 2);
    foldkit_free(&kit);
}

static void test_retraction_withdraws_and_its_own_brings_back(void **state)
{
    struct discrepancy_row row;
    struct foldkit kit;
    struct ref received;
    struct ref retraction;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    received = foldkit_event(&kit, 1, "B", EV(RECEIVED), "i1", NULL);
    retraction = foldkit_retract(&kit, 1, "B", received);
    row = only(&kit, "i1", DISCREPANCY_RECEIVED, DISCREPANCY_WITHDRAWN, "B A");
    assert_int_equal(row.changed, 3);
    foldkit_retract(&kit, 1, "B", retraction);
    row = only(&kit, "i1", DISCREPANCY_RECEIVED, DISCREPANCY_OPEN, "B A");
    assert_int_equal(row.opened, 4);
    foldkit_free(&kit);
}

static void test_one_leg_is_one_finding(void **state)
{
    struct discrepancy_row row;
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    for (int i = 0; i < 4; i++) {
        foldkit_event(&kit, 1, "B", EV(RECEIVED), "i1", NULL);
        foldkit_event(&kit, 0, "A", EV(FOUND), "i1", NULL);
    }
    row = only(&kit, "i1", DISCREPANCY_RECEIVED, DISCREPANCY_OPEN, "B A");
    assert_int_equal(row.finding.event_count, DISCREPANCY_EVENTS);
    assert_int_equal(row.opened, 2);
    foldkit_free(&kit);
}

static void test_a_corrected_clock_changes_no_name(void **state)
{
    struct discrepancy_row before;
    struct discrepancy_row after;
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    kit.boot = 5;
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    foldkit_event(&kit, 1, "B", EV(RECEIVED), "i1", NULL);
    before = only(&kit, "i1", DISCREPANCY_RECEIVED, DISCREPANCY_OPEN, "B A");
    foldkit_correct(&kit, 1, 5, FOLDKIT_START_MS + INT64_C(5) * 86400000);
    after = only(&kit, "i1", DISCREPANCY_RECEIVED, DISCREPANCY_OPEN, "B A");
    assert_memory_equal(before.finding.id, after.finding.id, DISCREPANCY_ID_SIZE);
    assert_int_equal(after.opened, 2);
    foldkit_free(&kit);
}

static void settle(struct foldkit *kit, const char *place, const uint8_t *id)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__DiscrepancySettled settled = NAVETTE__DISCREPANCY_SETTLED__INIT;
    struct buffer bytes = {0};
    uint8_t *kept;

    settled.discrepancy = (ProtobufCBinaryData){DISCREPANCY_ID_SIZE, (uint8_t *)(uintptr_t)id};
    settled.reason = NAVETTE__REASON__REASON_SURPLUS;
    body.body_case = NAVETTE__EVENT__BODY_DISCREPANCY_SETTLED;
    body.discrepancy_settled = &settled;
    body.place = (char *)(uintptr_t)place;
    body.hlc = 1;
    assert_int_equal(event_encode(&body, &bytes), 0);
    kept = arena_alloc(kit->arena, bytes.len);
    memcpy(kept, bytes.data, bytes.len);
    foldkit_raw(kit, 15, span_of(kept, bytes.len));
    buffer_free(&bytes);
}

static int is_settled(const struct foldkit *kit, const uint8_t *id)
{
    struct memstore *store = foldkit_play(kit, NULL, 0, 0);
    struct store_txn *txn = memstore_begin_read(store);
    struct event event;
    int rc = discrepancy_settled(txn, txn, id, &event);

    if (rc == 0) {
        assert_int_equal(event.body->discrepancy_settled->reason, NAVETTE__REASON__REASON_SURPLUS);
        event_free(&event);
    }
    assert_true(rc == 0 || rc == NAVETTE_E_NOT_FOUND);
    memstore_abort(txn);
    memstore_free(store);
    return rc == 0;
}

static void test_settled_by_the_desk_alone(void **state)
{
    uint8_t id[DISCREPANCY_ID_SIZE];
    struct foldkit kit;

    (void)state;
    memset(id, 7, sizeof(id));
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    settle(&kit, "B", id);
    assert_false(is_settled(&kit, id));
    settle(&kit, "", id);
    assert_true(is_settled(&kit, id));
    foldkit_retract(&kit, 15, "", kit.entries[kit.count - 1].self);
    assert_false(is_settled(&kit, id));
    settle(&kit, "", id);
    assert_true(is_settled(&kit, id));
    /* Settlements are no findings. */
    assert_int_equal(played(&kit, "i1").count, 0);
    foldkit_free(&kit);
}

static void test_kept_as_derived_in_any_order(void **state)
{
    uint64_t seed = seed_start();
    size_t found = 0;

    (void)state;
    for (int round = 0; round < 60; round++) {
        uint8_t expected[HASH_SIZE];
        size_t order[FOLDKIT_MAX];
        struct foldkit kit;

        foldkit_init(&kit);
        for (int i = 0; i < 60; i++)
            foldkit_random(&kit, &seed, round % 2);
        for (size_t i = 0; i < kit.count; i++)
            order[i] = i;
        for (int run = 0; run < 6; run++) {
            struct memstore *store = foldkit_play(&kit, order, kit.count, run == 1);
            struct store_txn *txn = memstore_begin_read(store);
            uint8_t digest[HASH_SIZE];
            size_t rows = 0;

            assert_int_equal(discrepancy_check(txn, txn), 0);
            assert_int_equal(discrepancy_digest(txn, run == 0 ? expected : digest), 0);
            if (run > 0)
                assert_memory_equal(digest, expected, HASH_SIZE);
            memstore_abort(txn);
            rows = rows_of(store, "i1").count;
            found += rows;
            memstore_free(store);
            foldkit_shuffle(order, kit.count, &seed);
        }
        foldkit_free(&kit);
    }
    assert_true(found > 100);
}

static void test_row_decode_of_damage(void **state)
{
    struct discrepancy_row row;
    struct discrepancy_row back;
    uint8_t key[DISCREPANCY_KEY_MAX];
    uint8_t value[DISCREPANCY_VALUE_MAX];
    struct span key_span;
    struct span value_span;

    (void)state;
    memset(&row, 0, sizeof(row));
    row.subject = foldkit_key("i1");
    row.finding.kind = DISCREPANCY_COUNT;
    row.finding.event_count = 2;
    row.finding.events[0].seq = 3;
    row.finding.place_count = 2;
    memcpy(row.finding.places[0], "A", 2);
    memset(row.finding.places[1], 'B', LIMIT_PLACE_CODE);
    row.state = DISCREPANCY_WITHDRAWN;
    row.opened = 5;
    row.changed = 9;
    key_span = discrepancy_row_key(&row.subject, row.finding.id, key);
    value_span = discrepancy_row_encode(&row, value);
    assert_int_equal(discrepancy_row_decode(key_span, value_span, &back), 0);
    assert_memory_equal(&back.finding, &row.finding, sizeof(row.finding));
    assert_int_equal(back.changed, 9);
    for (size_t len = 0; len < value_span.len; len++)
        assert_int_equal(discrepancy_row_decode(key_span, span_of(value, len), &back), NAVETTE_E_STORE);
    assert_int_equal(discrepancy_row_decode(span_of(key, DISCREPANCY_ID_SIZE), value_span, &back), NAVETTE_E_STORE);
    value[1] = 9;
    assert_int_equal(discrepancy_row_decode(key_span, value_span, &back), NAVETTE_E_STORE);
    value[1] = DISCREPANCY_OPEN;
    value[0] = DISCREPANCY_KIND_COUNT;
    assert_int_equal(discrepancy_row_decode(key_span, value_span, &back), NAVETTE_E_STORE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_discrepancy_of_ordinary_work),
        cmocka_unit_test(test_received_never_dispatched),
        cmocka_unit_test(test_received_of_an_unknown_thing_asks_everybody),
        cmocka_unit_test(test_received_by_a_slip),
        cmocka_unit_test(test_two_open_transits),
        cmocka_unit_test(test_two_places_at_once),
        cmocka_unit_test(test_delivered_never_received),
        cmocka_unit_test(test_count_variance_withdrawn_by_what_came_before),
        cmocka_unit_test(test_count_variance_ends_when_seen),
        cmocka_unit_test(test_retraction_withdraws_and_its_own_brings_back),
        cmocka_unit_test(test_one_leg_is_one_finding),
        cmocka_unit_test(test_a_corrected_clock_changes_no_name),
        cmocka_unit_test(test_settled_by_the_desk_alone),
        cmocka_unit_test(test_kept_as_derived_in_any_order),
        cmocka_unit_test(test_row_decode_of_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
