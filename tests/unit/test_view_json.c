/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_json.h: views as JSON.
 *   - days, times in a zone, references, keys; what is absent is null
 *   - stock, transit, bags of a small network, whole
 *   - one thing in a bag on the road: its own record and the outermost container's
 *   - history and explain: a retracted event, a conflict, parents, a corrected time
 *   - places, entries set aside
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "navette/view_json.h"
#include "tests/lib/foldkit.h"

/* Takes both references. */
static void assert_json(json_t *got, const char *wanted)
{
    json_error_t error;
    json_t *expected = json_loads(wanted, 0, &error);

    if (expected == NULL)
        fail_msg("%s: %s", error.text, wanted);
    if (!json_equal(got, expected)) {
        char *text = json_dumps(got, JSON_COMPACT | JSON_SORT_KEYS), *other = json_dumps(expected, JSON_COMPACT | JSON_SORT_KEYS);
        print_error("got    %s\nwanted %s\n", text, other);
        free(text);
        free(other);
        fail();
    }
    json_decref(got);
    json_decref(expected);
}

static json_t *in_list(json_t *value)
{
    json_t *list = json_array();
    (void)json_array_append_new(list, value);
    return list;
}

static void test_view_json_values(void **state)
{
    struct ref ref = {.seq = 0};
    struct thing_key key = {.len = 0};
    char text[REF_TEXT_SIZE];

    (void)state;
    assert_json(in_list(view_json_day(FOLDKIT_START_DAY)), "[\"2020-04-17\"]");
    assert_json(in_list(view_json_day(0)), "[null]");
    assert_json(in_list(view_json_time(FOLDKIT_START_MS, "CET-1CEST,M3.5.0,M10.5.0/3")), "[\"2020-04-17T12:00:00.000+02:00\"]");
    assert_json(in_list(view_json_time(FOLDKIT_START_MS, NULL)), "[\"2020-04-17T10:00:00.000Z\"]");
    assert_json(in_list(view_json_time(0, NULL)), "[null]");
    assert_json(in_list(view_json_time(INT64_MAX, NULL)), "[null]");
    assert_json(in_list(view_json_ref(&ref)), "[null]");
    assert_json(in_list(view_json_key(&key)), "[null]");
    ref.seq = 7;
    ref_format(&ref, text);
    json_t *shown = view_json_ref(&ref);
    assert_string_equal(json_string_value(shown), text);
    json_decref(shown);
    key = foldkit_key("i1");
    assert_json(view_json_key(&key), "{\"kind\": \"item\", \"namespace\": \"ns\", \"id\": \"i1\"}");
    assert_string_equal(view_json_kind(99), "unknown");
    assert_string_equal(view_json_custody(-1), "unknown");
    assert_string_equal(view_json_condition(4), "unknown");
}

/* i1 i2 at A, i1 in bag b1 on its way to B, i3 lost; b2 clean at A. */
static struct memstore *small_network(struct foldkit *kit)
{
    foldkit_init(kit);
    foldkit_event(kit, 0, "", EV(PLACE_DECLARED), "pA", NULL);
    foldkit_event(kit, 0, "", EV(PLACE_DECLARED), "pB", "relay");
    kit->title = "Germinal";
    foldkit_event(kit, 1, "A", EV(ITEM_REGISTERED), "i1", "book");
    kit->title = NULL;
    foldkit_event(kit, 1, "A", EV(ITEM_REGISTERED), "i2", "book");
    foldkit_event(kit, 1, "A", EV(ITEM_REGISTERED), "i3", "dvd");
    foldkit_event(kit, 1, "A", EV(BAG_COMMISSIONED), "b1", "bag");
    foldkit_event(kit, 1, "A", EV(BAG_COMMISSIONED), "b2", "bag");
    foldkit_event(kit, 1, "A", EV(DECLARED_LOST), "i3", NULL);
    foldkit_event(kit, 1, "A", EV(ITEM_PACKED), "b1 i1", NULL);
    foldkit_event(kit, 1, "A", EV(BAG_SEALED), "b1", "0412");
    foldkit_event(kit, 1, "A", EV(DISPATCHED), "b1", "B");
    return foldkit_play(kit, NULL, kit->count, 0);
}

static void test_view_json_counts(void **state)
{
    struct foldkit *kit = calloc(1, sizeof *kit);
    struct memstore *store = small_network(kit);
    struct store_txn *txn = memstore_begin_read(store);
    struct stock_filter filter = {.state = -1};
    struct stock_view stock;
    struct transit_view transit;
    struct bag_view bags;
    struct place_row places[4];

    (void)state;
    assert_int_equal(view_stock(txn, txn, &filter, VIEW_NOW, &stock), 0);
    assert_json(
        view_json_stock(&stock),
        "{\"total\": 3, \"rows\": ["
        "{\"place\": \"A\", \"kind\": \"item\", \"state\": \"shelf\", \"material\": \"book\", \"count\": 1, \"low\": 1, \"high\": 1},"
        "{\"place\": \"A\", \"kind\": \"item\", \"state\": \"in-transit\", \"material\": \"book\", \"count\": 1, \"low\": 1, \"high\": 1},"
        "{\"place\": \"A\", \"kind\": \"item\", \"state\": \"lost\", \"material\": \"dvd\", \"count\": 1, \"low\": 1, \"high\": 1}]}");
    stock_view_free(&stock);
    assert_int_equal(view_transit(txn, txn, NAVETTE__THING_KIND__THING_ITEM, VIEW_NOW, &transit), 0);
    assert_json(view_json_transit(&transit), "{\"total\": 1, \"rows\": [{\"day\": \"2020-04-17\", \"material\": \"book\", \"from\": \"A\", "
                                             "\"to\": \"B\", \"count\": 1, \"low\": 1, \"high\": 1}]}");
    transit_view_free(&transit);
    assert_int_equal(view_bags(txn, txn, VIEW_NOW, &bags), 0);
    json_t *ledger = view_json_bags(&bags);
    assert_json(
        json_incref(json_object_get(ledger, "network")),
        "{\"place\": \"\", \"material\": \"\", \"clean\": 1, \"packed\": 0, \"at_relay\": 0, \"with_person\": 0, \"in_transit\": 1, "
        "\"isolated\": 0, \"cleaning\": 0, \"missing\": 0, \"lost\": 0, \"retired\": 0, \"owned\": 2, \"overdue\": 0}");
    json_decref(ledger);
    bag_view_free(&bags);
    int count = view_places(txn, txn, places, 4);
    assert_int_equal(count, 2);
    assert_json(view_json_places(places, 2),
                "{\"rows\": [{\"code\": \"A\", \"kind\": \"branch\"}, {\"code\": \"B\", \"kind\": \"relay\"}]}");
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(kit);
    free(kit);
}

static void test_view_json_thing_in_bag(void **state)
{
    struct foldkit *kit = calloc(1, sizeof *kit);
    struct memstore *store = small_network(kit);
    struct store_txn *txn = memstore_begin_read(store);
    struct thing_key key = foldkit_key("i1");
    struct whereabouts where;

    (void)state;
    assert_int_equal(view_thing(txn, txn, &key, VIEW_NOW, &where), 0);
    json_t *json = view_json_thing(&where, "");
    assert_string_equal(json_string_value(json_object_get(json, "state")), "in-transit");
    assert_string_equal(json_string_value(json_object_get(json, "title")), "Germinal");
    assert_string_equal(json_string_value(json_object_get(json, "custody")), "container");
    assert_json(json_incref(json_object_get(json, "container")), "{\"kind\": \"bag\", \"namespace\": \"\", \"id\": \"b1\"}");
    json_t *root = json_object_get(json, "root");
    assert_string_equal(json_string_value(json_object_get(root, "custody")), "transit");
    assert_string_equal(json_string_value(json_object_get(root, "to")), "B");
    assert_string_equal(json_string_value(json_object_get(root, "day")), "2020-04-17");
    assert_string_equal(json_string_value(json_object_get(root, "seal")), "0412");
    json_decref(json);
    whereabouts_free(&where);
    key = foldkit_key("b1");
    assert_int_equal(view_thing(txn, txn, &key, VIEW_NOW, &where), 0);
    json = view_json_thing(&where, "");
    assert_null(json_object_get(json, "root"));
    assert_int_equal(json_integer_value(json_object_get(json, "items")), 1);
    assert_json(json_incref(json_object_get(json, "contents")),
                "[{\"kind\": \"item\", \"registered\": true, \"material\": \"book\", \"home\": \"A\", \"count\": 1}]");
    json_decref(json);
    whereabouts_free(&where);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(kit);
    free(kit);
}

static const json_t *field(const json_t *explain, size_t row, const char *name)
{
    return json_object_get(json_array_get(json_object_get(explain, "rows"), row), name);
}

static void test_view_json_explain_reasons(void **state)
{
    struct foldkit *kit = calloc(1, sizeof *kit);
    struct thing_key key = foldkit_key("i1");
    struct history history;

    (void)state;
    foldkit_init(kit);
    kit->with_parents = 1;
    kit->boot = 42;
    foldkit_event(kit, 1, "A", EV(ITEM_REGISTERED), "i1", "book");
    struct ref wrong = foldkit_event(kit, 1, "A", EV(DELIVERED), "i1", NULL);
    struct ref retraction = foldkit_retract(kit, 1, "A", wrong);
    kit->with_parents = 0;
    foldkit_event(kit, 2, "B", EV(SEEN_AT), "i1", NULL);
    foldkit_correct(kit, 1, 42, FOLDKIT_START_MS);
    struct memstore *store = foldkit_play(kit, NULL, kit->count, 0);
    struct store_txn *txn = memstore_begin_read(store);
    assert_int_equal(fold_history(txn, txn, &key, INT64_MAX, &history), 0);
    json_t *json = view_json_explain(&history, "");
    assert_int_equal(json_array_size(json_object_get(json, "rows")), 3);
    assert_string_equal(json_string_value(field(json, 0, "event")), "item-registered");
    assert_true(json_is_true(field(json, 0, "time_corrected")));
    assert_int_equal(json_array_size(field(json, 0, "parents")), 0);
    assert_string_equal(json_string_value(json_object_get(field(json, 0, "body"), "material")), "book");
    assert_string_equal(json_string_value(json_object_get(field(json, 0, "after"), "place")), "A");
    assert_true(json_is_true(field(json, 1, "absent")));
    char text[REF_TEXT_SIZE];
    ref_format(&retraction, text);
    assert_string_equal(json_string_value(field(json, 1, "absent_by")), text);
    assert_null(field(json, 1, "after"));
    assert_string_equal(json_string_value(json_array_get(field(json, 1, "parents"), 0)), json_string_value(field(json, 0, "ref")));
    assert_true(json_is_true(field(json, 2, "conflict")));
    assert_false(json_is_true(field(json, 2, "time_corrected")));
    json_decref(json);
    json = view_json_history(&history, "");
    assert_true(json_is_true(field(json, 1, "absent")) && json_is_true(field(json, 2, "conflict")));
    assert_null(field(json, 0, "absent"));
    assert_null(field(json, 0, "ref"));
    json_decref(json);
    history_free(&history);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(kit);
    free(kit);
}

static void test_view_json_aside_rows(void **state)
{
    struct aside list[2] = {{.position = 3, .self = {.seq = 9}, .parked = 1, .reason = NAVETTE__REASON__REASON_UNKNOWN_TYPE},
                            {.position = 4, .self = {.seq = 10}, .parked = 0, .reason = NAVETTE__REASON__REASON_MALFORMED}};
    json_t *json = view_json_aside(list, 2);

    (void)state;
    assert_string_equal(json_string_value(field(json, 0, "what")), "parked");
    assert_string_equal(json_string_value(field(json, 0, "reason")), "unknown-type");
    assert_string_equal(json_string_value(field(json, 1, "what")), "refused");
    assert_int_equal(json_integer_value(field(json, 1, "seq")), 10);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_view_json_values),       cmocka_unit_test(test_view_json_counts),
        cmocka_unit_test(test_view_json_thing_in_bag), cmocka_unit_test(test_view_json_explain_reasons),
        cmocka_unit_test(test_view_json_aside_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
