/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reservation.c: the life of an order.
 *   - every state x every body of the table (FOLD.md 4), the cause moving only when the state does
 *   - the pick-up place: the last one named, in any state
 *   - what is done for an order stands in its history; a retraction takes a step back; any order of arrival gives one digest
 *   - canonical record: the bytes that FOLD.md gives
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "fold/reservation.h"
#include "navette/fold.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/sample.h"
#include "tests/lib/seed.h"

/* By body 30 to 37, then Delivered, DeliveryFailed, ItemPacked: the state that follows each state, as digits. */
static const struct {
    int body;
    int with_items;
    const char *after; /* from none, placed, prepared, staged, handed over, cancelled, no-show, unmet */
} rows[] = {
    {30, 1, "11234567"}, {31, 1, "11114511"}, {31, 0, "11234511"}, {32, 1, "22234522"}, {33, 1, "33334533"},
    {34, 1, "44444444"}, {35, 1, "55554555"}, {36, 1, "66664566"}, {37, 1, "01234567"}, {37, 0, "77734567"},
    {70, 1, "44444444"}, {71, 1, "01234567"}, {50, 1, "01234567"},
};

static Navette__Event *event_of(struct arena *arena, int body, int with_items)
{
    Navette__Event *event = sample_event(arena, body, 1);

    if (!with_items && body == 31)
        event->order_changed->n_items = 0;
    if (!with_items && body == 37)
        event->order_unmet->n_items = 0;
    return event;
}

static void test_reservation_apply_every_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (uint8_t before = 0; before < ORDER_STATE_COUNT; before++) {
            struct arena *arena = arena_new(1u << 20);
            struct event event = {.body = event_of(arena, rows[i].body, rows[i].with_items), .self = {.seq = 7}};
            struct thing_record record = {.order = before, .cause = {.seq = 3}};
            uint8_t after = (uint8_t)(rows[i].after[before] - '0');

            reservation_apply(&event, &record);
            assert_int_equal(record.order, after);
            assert_int_equal(record.cause.seq, after == before ? 3 : 7);
            assert_string_equal(record.place, rows[i].body == 30 ? "RELAIS-0006" : rows[i].body == 31 ? "RELAIS-0004" : "");
            arena_free(arena);
        }
    }
}

static void test_reservation_keeps_its_pickup(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    struct event event = {.body = sample_event(arena, 31, 1), .self = {.seq = 7}};
    struct thing_record record = {.order = ORDER_STATE_HANDED_OVER, .place = "A"};

    (void)state;
    event.body->order_changed->pickup = (char *)(uintptr_t) "";
    reservation_apply(&event, &record);
    assert_string_equal(record.place, "A");
    event.body->order_changed->pickup = (char *)(uintptr_t) "LONGEST-CODE-THAT-A-PLACE-MAY-HA";
    reservation_apply(&event, &record);
    assert_string_equal(record.place, "LONGEST-CODE-THAT-A-PLACE-MAY-HA");
    assert_int_equal(record.order, ORDER_STATE_HANDED_OVER);
    arena_free(arena);
}

static struct ref about_order(struct foldkit *kit, struct arena *arena, int body, uint64_t number)
{
    Navette__Event *event = sample_event(arena, body, number);

    event->place = (char *)(uintptr_t) "A";
    event->n_parents = 0;
    event->hlc = (uint64_t)(FOLDKIT_START_MS + (int64_t)number * 60000) << 16;
    switch (body) {
    case 30:
        event->order_placed->order->id = (char *)(uintptr_t) "o1";
        break;
    case 32:
        event->order_prepared->order->id = (char *)(uintptr_t) "o1";
        break;
    case 50:
        event->item_packed->order->id = (char *)(uintptr_t) "o1";
        break;
    default:
        event->delivered->order->id = (char *)(uintptr_t) "o1";
        break;
    }
    return foldkit_raw(kit, 0, sample_pack(arena, event));
}

static struct thing_record read_order(struct memstore *store)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct thing_record record;
    struct thing_key key;

    assert_int_equal(thing_key_make(NAVETTE__THING_KIND__THING_ORDER, "", "o1", &key), 0);
    assert_int_equal(fold_read(txn, &key, &record), 0);
    memstore_abort(txn);
    return record;
}

static void test_reservation_in_any_order(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    uint64_t random = seed_start();
    struct foldkit kit;
    struct memstore *store;
    struct thing_record record;
    struct ref prepared, delivered;

    (void)state;
    foldkit_init(&kit);
    about_order(&kit, arena, 30, 1);
    about_order(&kit, arena, 50, 2);
    prepared = about_order(&kit, arena, 32, 3);
    delivered = about_order(&kit, arena, 70, 4);
    store = foldkit_play(&kit, NULL, 0, 0);
    record = read_order(store);
    assert_int_equal(record.order, ORDER_STATE_HANDED_OVER);
    assert_int_equal(ref_compare(&record.cause, &delivered), 0);
    assert_int_equal(record.events, 4);
    assert_int_equal(foldkit_check(store), 0);
    memstore_free(store);
    foldkit_one_state(&kit, &random, 20);

    foldkit_retract(&kit, 0, "A", delivered);
    store = foldkit_play(&kit, NULL, 0, 0);
    record = read_order(store);
    assert_int_equal(record.order, ORDER_STATE_PREPARED);
    assert_int_equal(ref_compare(&record.cause, &prepared), 0);
    memstore_free(store);
    foldkit_one_state(&kit, &random, 20);
    foldkit_free(&kit);
    arena_free(arena);
}

static void test_reservation_record_bytes(void **state)
{
    struct thing_record record, again;
    struct buffer bytes = {.data = NULL};
    struct thing_key key;

    (void)state;
    assert_int_equal(thing_key_make(NAVETTE__THING_KIND__THING_ORDER, "", "o1", &key), 0);
    thing_record_init(&record, &key);
    record.order = ORDER_STATE_STAGED;
    memcpy(record.place, "AB", 3);
    record.cause.seq = 9;
    record.cause.leaf = 5;
    assert_int_equal(thing_record_canonical(&record, &bytes), 0);
    assert_int_equal(bytes.len, 2 + 4 + REF_SIZE);
    assert_memory_equal(bytes.data,
                        "\x01\x03\x00\x02"
                        "AB",
                        6);
    assert_int_equal(bytes.data[6 + 16 + 7], 9);
    assert_int_equal(bytes.data[6 + 24 + 7], 5);
    buffer_clear(&bytes);
    assert_int_equal(thing_record_encode(&record, &bytes), 0);
    assert_int_equal(thing_record_decode(&key, buffer_span(&bytes), &again), 0);
    assert_int_equal(again.order, ORDER_STATE_STAGED);
    assert_string_equal(again.place, "AB");
    record.order = ORDER_STATE_COUNT;
    buffer_clear(&bytes);
    assert_int_equal(thing_record_encode(&record, &bytes), 0);
    assert_int_equal(thing_record_decode(&key, buffer_span(&bytes), &again), NAVETTE_E_STORE);
    buffer_free(&bytes);
    for (int i = 0; i < ORDER_STATE_COUNT; i++)
        assert_int_equal(state_order_of_name(state_order_name(i)), i);
    assert_int_equal(state_order_of_name("lost"), -1);
    assert_string_equal(state_order_name(ORDER_STATE_COUNT), "unknown");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reservation_apply_every_state),
        cmocka_unit_test(test_reservation_keeps_its_pickup),
        cmocka_unit_test(test_reservation_in_any_order),
        cmocka_unit_test(test_reservation_record_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
