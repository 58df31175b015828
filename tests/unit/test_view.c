/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views (view.h), now and at moments of the past.
 *   - view_stock: by place, state, material; by home; each filter; what is at a relay, in a bag, on the road
 *   - view_transit: by day, material, origin and destination, in bags or alone; bags
 *   - view_bags: every column, totals, owned = the sum; the network's total counted from the records
 *   - view_thing: through two containers, now and then; a label; nobody
 *   - view_resolve, view_contents, view_places: found, at most so many, none
 *   - at every moment of random lives: the views of then are those of a store that holds what had happened by then
 *   - every store call and every allocation failing: the code, nothing leaked
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "navette/view.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/seed.h"

#define MINUTE 60000
#define AT(n) (FOLDKIT_START_MS + (n) * (int64_t)MINUTE) /* after event n, before n + 1 */

static void show_stock(struct store_txn *txn, const struct stock_filter *filter, int64_t at_ms, char *out, size_t size)
{
    struct stock_view view;
    size_t used = 0;
    int64_t total = 0;

    assert_int_equal(view_stock(txn, txn, filter, at_ms, &view), 0);
    out[0] = '\0';
    for (size_t i = 0; i < view.count; i++) {
        const struct cell *cell = &view.rows[i].cell;

        used += (size_t)snprintf(out + used, size - used, "%s%s %s %s%s%s %lld", i > 0 ? "; " : "", cell->place, state_name(cell->state),
                                 cell->material, cell->home[0] != '\0' ? " of " : "", cell->home, (long long)view.rows[i].count);
        assert_true(used < size);
        assert_int_equal(cell->day, 0);
        assert_string_equal(cell->to, "");
        total += view.rows[i].count;
    }
    assert_true(total == view.total);
    stock_view_free(&view);
}

static void expect_stock(struct memstore *store, struct stock_filter filter, int64_t at_ms, const char *expected)
{
    struct store_txn *txn = memstore_begin_read(store);
    char found[1024];

    show_stock(txn, &filter, at_ms, found, sizeof(found));
    assert_string_equal(found, expected);
    memstore_abort(txn);
}

static void show_transit(struct store_txn *txn, int kind, int64_t at_ms, char *out, size_t size)
{
    struct transit_view view;
    size_t used = 0;
    int64_t total = 0;

    assert_int_equal(view_transit(txn, txn, kind, at_ms, &view), 0);
    out[0] = '\0';
    for (size_t i = 0; i < view.count; i++) {
        const struct transit_row *row = &view.rows[i];

        used += (size_t)snprintf(out + used, size - used, "%s%d %s %s>%s %lld", i > 0 ? "; " : "", row->day - FOLDKIT_START_DAY,
                                 row->material, row->from, row->to, (long long)row->count);
        assert_true(used < size);
        total += row->count;
    }
    assert_true(total == view.total);
    transit_view_free(&view);
}

static void expect_transit(struct memstore *store, int kind, int64_t at_ms, const char *expected)
{
    struct store_txn *txn = memstore_begin_read(store);
    char found[1024];

    show_transit(txn, kind, at_ms, found, sizeof(found));
    assert_string_equal(found, expected);
    memstore_abort(txn);
}

static int64_t sum(const struct bag_row *row)
{
    return row->clean + row->packed + row->at_relay + row->with_person + row->in_transit + row->isolated + row->cleaning + row->missing +
           row->lost;
}

static void show_bags(struct store_txn *txn, int64_t at_ms, char *out, size_t size)
{
    struct bag_view view;
    size_t used = 0;
    int64_t owned = 0;

    assert_int_equal(view_bags(txn, txn, at_ms, &view), 0);
    out[0] = '\0';
    for (size_t i = 0; i < view.count; i++) {
        const struct bag_row *row = &view.rows[i];

        assert_true(row->owned == sum(row));
        owned += row->material[0] == '\0' ? row->owned : 0;
        used += (size_t)snprintf(out + used, size - used, "%s%s/%s", i > 0 ? "; " : "", row->place, row->material);
        for (int k = 0; k < 10; k++) {
            static const char letters[] = "cprwtimlxo";
            const int64_t values[] = {row->clean,    row->packed,  row->at_relay, row->with_person, row->in_transit,
                                      row->isolated, row->missing, row->lost,     row->retired,     row->owned};

            if (values[k] != 0)
                used += (size_t)snprintf(out + used, size - used, " %c%lld", letters[k], (long long)values[k]);
        }
        assert_true(used < size);
    }
    /* Double entry: what is somewhere, and what there is. */
    assert_true(view.network.owned == sum(&view.network));
    assert_true(view.network.owned == owned);
    bag_view_free(&view);
}

static void expect_bags(struct memstore *store, int64_t at_ms, const char *expected)
{
    struct store_txn *txn = memstore_begin_read(store);
    char found[1024];

    show_bags(txn, at_ms, found, sizeof(found));
    assert_string_equal(found, expected);
    memstore_abort(txn);
}

/*
 * A is a branch, R a relay. 0-1 places; 2-5 three documents and bag b1 at A, b2 at R (6), b3 at A (7); 8 packs i1 and i2; 9 dispatches b1 to R;
 * 10 dispatches i3 to R; 11 R receives b1; 12 unpacks i1; 13 delivers i1; 14 retires b3.
 */
static void story(struct foldkit *kit)
{
    foldkit_init(kit);
    foldkit_event(kit, 15, "", EV(PLACE_DECLARED), "pA", "");
    foldkit_event(kit, 15, "", EV(PLACE_DECLARED), "pR", "relay");
    foldkit_event(kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    foldkit_event(kit, 0, "A", EV(ITEM_REGISTERED), "i2", "book");
    foldkit_event(kit, 0, "A", EV(ITEM_REGISTERED), "i3", "disc");
    foldkit_event(kit, 0, "A", EV(BAG_COMMISSIONED), "b1", "blue");
    foldkit_event(kit, 1, "R", EV(BAG_COMMISSIONED), "b2", "blue");
    foldkit_event(kit, 0, "A", EV(BAG_COMMISSIONED), "b3", "red");
    foldkit_event(kit, 0, "A", EV(ITEM_PACKED), "b1 i1 i2", NULL);
    foldkit_event(kit, 0, "A", EV(DISPATCHED), "b1", "R");
    kit->departed = "2020-04-16";
    foldkit_event(kit, 0, "A", EV(DISPATCHED), "i3", "R");
    foldkit_event(kit, 1, "R", EV(RECEIVED), "b1", NULL);
    foldkit_event(kit, 1, "R", EV(ITEM_UNPACKED), "b1 i1", NULL);
    foldkit_event(kit, 1, "R", EV(DELIVERED), "i1", NULL);
    foldkit_event(kit, 0, "A", EV(BAG_RETIRED), "b3", NULL);
}

static const struct stock_filter everything = {.state = -1};

static void test_view_stock_now_and_then(void **state)
{
    static const struct {
        int n;
        const char *expected;
    } rows[] = {
        {1, ""},
        {2, "A shelf book 1"},
        {4, "A shelf book 2; A shelf disc 1"},
        {8, "A shelf disc 1; A in-container book 2"},
        {9, "A shelf disc 1; A in-transit book 2"},
        {10, "A in-transit book 2; A in-transit disc 1"},
        {11, "A in-transit disc 1; R in-container book 2"},
        {12, "A in-transit disc 1; R in-container book 1; R at-relay book 1"},
        {13, "A in-transit disc 1; R in-container book 1; R with-person book 1"},
    };
    struct foldkit kit;
    struct memstore *store;

    (void)state;
    story(&kit);
    store = foldkit_play(&kit, NULL, 0, 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect_stock(store, everything, AT(rows[i].n), rows[i].expected);
    expect_stock(store, everything, VIEW_NOW, rows[8].expected);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_view_stock_filters(void **state)
{
    struct foldkit kit;
    struct memstore *store;

    (void)state;
    story(&kit);
    foldkit_event(&kit, 2, "B", EV(ITEM_REGISTERED), "i4", "book:A");
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i5", "book");
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i6", "disc");
    store = foldkit_play(&kit, NULL, 0, 0);
    for (int then = 0; then < 2; then++) {
        int64_t at_ms = then ? AT(17) : VIEW_NOW;

        expect_stock(store, (struct stock_filter){.place = "A", .state = -1}, at_ms, "A shelf book 2; A shelf disc 1; A in-transit disc 1");
        expect_stock(store, (struct stock_filter){.place = "A", .state = STATE_SHELF, .by_home = 1}, at_ms,
                     "A shelf book of A 1; A shelf book of B 1; A shelf disc of A 1");
        expect_stock(store, (struct stock_filter){.material = "disc", .state = -1}, at_ms, "A shelf disc 1; A in-transit disc 1");
        expect_stock(store, (struct stock_filter){.state = STATE_WITH_PERSON}, at_ms, "R with-person book 1");
        expect_stock(store, (struct stock_filter){.state = STATE_AT_RELAY, .kind = 2}, at_ms, "R at-relay blue 2");
        expect_stock(store, (struct stock_filter){.state = -1, .kind = 2}, at_ms, "A withdrawn red 1; R at-relay blue 2");
        expect_stock(store, (struct stock_filter){.state = STATE_CLEAN, .kind = 2}, at_ms, "");
        expect_stock(store, (struct stock_filter){.place = "NOWHERE", .state = -1}, at_ms, "");
        expect_stock(store, (struct stock_filter){.state = -1, .kind = 3}, at_ms, "");
    }
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_view_transit_now_and_then(void **state)
{
    struct foldkit kit;
    struct memstore *store;

    (void)state;
    story(&kit);
    foldkit_event(&kit, 2, "B", EV(ITEM_REGISTERED), "i4", "disc:A");
    kit.departed = "2020-04-16";
    foldkit_event(&kit, 0, "A", EV(DISPATCHED), "i4", "R");
    foldkit_event(&kit, 1, "R", EV(DISPATCHED), "b1", "A");
    store = foldkit_play(&kit, NULL, 0, 0);
    expect_transit(store, 1, AT(8), "");
    expect_transit(store, 1, AT(9), "0 book A>R 2");
    expect_transit(store, 2, AT(9), "0 blue A>R 1");
    expect_transit(store, 0, AT(10), "-1 disc A>R 1; 0 book A>R 2");
    expect_transit(store, 1, AT(11), "-1 disc A>R 1");
    expect_transit(store, 1, VIEW_NOW, "-1 disc A>R 2; 0 book R>A 1");
    expect_transit(store, 1, AT(17), "-1 disc A>R 2; 0 book R>A 1");
    expect_transit(store, 2, VIEW_NOW, "0 blue R>A 1");
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_view_bags_balance(void **state)
{
    struct foldkit kit;
    struct memstore *store;

    (void)state;
    story(&kit);
    foldkit_event(&kit, 0, "A", EV(BAG_COMMISSIONED), "b4", "red");   /* 15 */
    foldkit_event(&kit, 0, "A", EV(BAG_SEALED), "b4", "1");           /* 16 */
    foldkit_event(&kit, 0, "A", EV(BAG_COMMISSIONED), "b5", "red");   /* 17 */
    foldkit_event(&kit, 0, "A", EV(DELIVERED), "b5", NULL);           /* 18 */
    foldkit_event(&kit, 0, "A", EV(BAG_COMMISSIONED), "b6", "red");   /* 19 */
    foldkit_event(&kit, 0, "A", EV(COUNT_CLOSED), "b6", NULL);        /* 20 */
    foldkit_event(&kit, 0, "A", EV(BAG_COMMISSIONED), "b7", "red");   /* 21 */
    foldkit_event(&kit, 0, "A", EV(DECLARED_LOST), "b7", NULL);       /* 22 */
    foldkit_event(&kit, 0, "A", EV(BAG_COMMISSIONED), "c1", "grey");  /* 23: no bag */
    foldkit_event(&kit, 0, "A", EV(BAG_COMMISSIONED), "b8", "green"); /* 24 */
    foldkit_event(&kit, 0, "A", EV(SEEN_AT), "b9", NULL);             /* 25: nobody's */
    store = foldkit_play(&kit, NULL, 0, 0);
    expect_bags(store, AT(4), "");
    expect_bags(store, AT(7), "A/ c2 o2; A/blue c1 o1; A/red c1 o1; R/ r1 o1; R/blue r1 o1");
    expect_bags(store, AT(8), "A/ c1 p1 o2; A/blue p1 o1; A/red c1 o1; R/ r1 o1; R/blue r1 o1");
    expect_bags(store, AT(9), "A/ c1 t1 o2; A/blue t1 o1; A/red c1 o1; R/ r1 o1; R/blue r1 o1");
    expect_bags(store, AT(14), "A/ x1; A/red x1; R/ r2 o2; R/blue r2 o2");
    for (int then = 0; then < 2; then++)
        expect_bags(store, then ? AT(25) : VIEW_NOW,
                    "A/ c1 p1 w1 m1 l1 x1 o5; A/green c1 o1; A/red p1 w1 m1 l1 x1 o4; R/ r2 o2; R/blue r2 o2");
    memstore_free(store);
    foldkit_free(&kit);
}

static void expect_thing(struct memstore *store, const char *word, int64_t at_ms, int shown, const char *root, const char *place)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct thing_key key = foldkit_key(word);
    struct whereabouts found;
    int rc = view_thing(txn, txn, &key, at_ms, &found);

    if (root == NULL) {
        assert_int_equal(rc, NAVETTE_E_NOT_FOUND);
    } else {
        assert_int_equal(rc, 0);
        assert_true(thing_key_equal(&found.record.key, &key));
        assert_string_equal(state_name(found.shown_state), state_name(shown));
        assert_string_equal(thing_id(&found.root.key), root);
        assert_string_equal(found.root.place, place);
        assert_int_equal(found.has_label, word[0] != 'c');
        if (word[0] == 'i')
            assert_string_equal(found.label.title, "A");
        whereabouts_free(&found);
    }
    memstore_abort(txn);
}

static void test_view_thing_through_its_containers(void **state)
{
    struct foldkit kit;
    struct memstore *store;

    (void)state;
    story(&kit);
    foldkit_event(&kit, 1, "R", EV(CRATE_LOADED), "c1 b1", NULL); /* 15 */
    foldkit_event(&kit, 1, "R", EV(DISPATCHED), "c1", "A");       /* 16 */
    store = foldkit_play(&kit, NULL, 0, 0);
    expect_thing(store, "i1", AT(1), 0, NULL, "");
    expect_thing(store, "i1", AT(2), STATE_SHELF, "i1", "A");
    expect_thing(store, "i1", AT(8), STATE_IN_CONTAINER, "b1", "A");
    expect_thing(store, "b1", AT(7), STATE_CLEAN, "b1", "A");
    expect_thing(store, "b1", AT(8), STATE_PACKED, "b1", "A");
    expect_thing(store, "i1", AT(9), STATE_IN_TRANSIT, "b1", "A");
    expect_thing(store, "b1", AT(11), STATE_AT_RELAY, "b1", "R");
    expect_thing(store, "i2", AT(11), STATE_IN_CONTAINER, "b1", "R");
    expect_thing(store, "i1", AT(12), STATE_AT_RELAY, "i1", "R");
    expect_thing(store, "i1", VIEW_NOW, STATE_WITH_PERSON, "i1", "R");
    expect_thing(store, "i2", AT(15), STATE_IN_CONTAINER, "c1", "R");
    expect_thing(store, "i2", VIEW_NOW, STATE_IN_TRANSIT, "c1", "R");
    expect_thing(store, "b1", VIEW_NOW, STATE_IN_TRANSIT, "c1", "R");
    expect_thing(store, "b3", VIEW_NOW, STATE_WITHDRAWN, "b3", "A");
    expect_thing(store, "c1", AT(14), 0, NULL, "");
    expect_thing(store, "i7", VIEW_NOW, 0, NULL, "");
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_view_thing_at_a_moment_knows_the_contents(void **state)
{
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;
    struct thing_key key = foldkit_key("c1");
    struct whereabouts found;

    (void)state;
    story(&kit);
    foldkit_event(&kit, 1, "R", EV(CRATE_LOADED), "c1 b1 b2", NULL);
    foldkit_event(&kit, 1, "R", EV(CRATE_UNLOADED), "c1 b1 b2", NULL);
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    assert_int_equal(view_thing(txn, txn, &key, AT(15), &found), 0);
    assert_int_equal(found.record.content_count, 3); /* one book; a bag that holds it, one that is empty */
    assert_true(thing_record_items(&found.record) == 1);
    whereabouts_free(&found);
    assert_int_equal(view_thing(txn, txn, &key, VIEW_NOW, &found), 0);
    assert_int_equal(found.record.content_count, 0);
    whereabouts_free(&found);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_view_resolve_finds_by_barcode(void **state)
{
    static const char *const namespaces[] = {"other", "ns", "ns", "xx"};
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;
    struct thing_key keys[VIEW_RESOLVE_MAX];
    struct thing_key expected = foldkit_key("i1");

    (void)state;
    story(&kit);
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    assert_int_equal(view_resolve(txn, "i1", namespaces, 4, keys), 1);
    assert_true(thing_key_equal(&keys[0], &expected));
    assert_int_equal(view_resolve(txn, "i1", namespaces, 1, keys), 0);
    assert_int_equal(view_resolve(txn, "b1", namespaces, 0, keys), 1);
    expected = foldkit_key("b1");
    assert_true(thing_key_equal(&keys[0], &expected));
    assert_int_equal(view_resolve(txn, "i99", namespaces, 4, keys), 0);
    assert_int_equal(view_resolve(txn, "", namespaces, 4, keys), 0);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_view_contents_and_places_at_most_so_many(void **state)
{
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;
    struct thing_key bag = foldkit_key("b1");
    struct thing_key item = foldkit_key("i2");
    struct thing_key keys[4];
    struct place_row rows[4];

    (void)state;
    story(&kit);
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    assert_int_equal(view_contents(txn, &bag, keys, 4), 1);
    assert_true(thing_key_equal(&keys[0], &item));
    assert_int_equal(view_contents(txn, &bag, keys, 0), 0);
    assert_int_equal(view_contents(txn, &item, keys, 4), 0);
    assert_int_equal(view_places(txn, txn, rows, 4), 2);
    assert_string_equal(rows[0].code, "A");
    assert_int_equal(rows[0].kind, NAVETTE__PLACE_KIND__PLACE_BRANCH);
    assert_string_equal(rows[1].code, "R");
    assert_int_equal(rows[1].kind, NAVETTE__PLACE_KIND__PLACE_RELAY);
    assert_int_equal(view_places(txn, txn, rows, 1), 1);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

static void expect_same_views(struct memstore *whole, struct memstore *part, int64_t at_ms)
{
    struct store_txn *then = memstore_begin_read(whole);
    struct store_txn *now = memstore_begin_read(part);
    struct stock_filter by_home = {.state = -1, .by_home = 1};
    char one[4096];
    char other[4096];

    for (int kind = 1; kind <= 3; kind++) {
        by_home.kind = kind;
        show_stock(then, &by_home, at_ms, one, sizeof(one));
        show_stock(now, &by_home, VIEW_NOW, other, sizeof(other));
        assert_string_equal(one, other);
        show_transit(then, kind, at_ms, one, sizeof(one));
        show_transit(now, kind, VIEW_NOW, other, sizeof(other));
        assert_string_equal(one, other);
    }
    show_bags(then, at_ms, one, sizeof(one));
    show_bags(now, VIEW_NOW, other, sizeof(other));
    assert_string_equal(one, other);
    memstore_abort(then);
    memstore_abort(now);
}

static void test_view_of_the_past_is_what_it_was(void **state)
{
    uint64_t random = seed_start();

    (void)state;
    for (int life = 0; life < 12; life++) {
        enum { EVENTS = 50 };
        struct foldkit kit;
        struct memstore *whole;
        size_t order[EVENTS];

        foldkit_init(&kit);
        kit.with_parents = 1;
        foldkit_event(&kit, 15, "", EV(PLACE_DECLARED), "pB", "relay");
        while (kit.count < EVENTS) {
            size_t before = kit.count;

            foldkit_random(&kit, &random, 0);
            /* Places as they are declared now serve for the past too: none is declared anew. */
            if (kit.seq[15] > 1) {
                kit.seq[15] = 1;
                kit.count = before;
            }
        }
        foldkit_shuffle(order, EVENTS, &random);
        whole = foldkit_play(&kit, order, EVENTS, 0);
        for (size_t n = 1; n < EVENTS; n += 7) {
            struct memstore *part;
            int64_t at_ms = (int64_t)(kit.now_ms);
            struct event event;

            foldkit_decode(&kit, n - 1, &event);
            at_ms = (int64_t)(event.body->hlc >> 16);
            event_free(&event);
            for (size_t i = 0; i < n; i++)
                order[i] = i;
            part = foldkit_play(&kit, order, n, 0);
            expect_same_views(whole, part, at_ms);
            memstore_free(part);
        }
        memstore_free(whole);
        foldkit_free(&kit);
    }
}

/* All views, now and then; the first code that is not 0. */
static int look_at_all(struct store_txn *txn, int64_t at_ms)
{
    struct thing_key item = foldkit_key("i2");
    struct thing_key bag = foldkit_key("b1");
    static const char *const namespaces[] = {"ns"};
    struct thing_key keys[VIEW_RESOLVE_MAX];
    struct stock_view stock;
    struct transit_view transit;
    struct bag_view bags;
    struct whereabouts whereabouts;
    struct place_row places[4];
    int rc = view_stock(txn, txn, &everything, at_ms, &stock);

    if (rc == 0) {
        stock_view_free(&stock);
        rc = view_transit(txn, txn, 1, at_ms, &transit);
    }
    if (rc == 0) {
        transit_view_free(&transit);
        rc = view_bags(txn, txn, at_ms, &bags);
    }
    if (rc == 0) {
        bag_view_free(&bags);
        rc = view_thing(txn, txn, &item, at_ms, &whereabouts);
    }
    if (rc == 0) {
        whereabouts_free(&whereabouts);
        rc = view_thing(txn, txn, &bag, at_ms, &whereabouts);
    }
    if (rc == 0) {
        whereabouts_free(&whereabouts);
        rc = view_resolve(txn, "i2", namespaces, 1, keys);
    }
    if (rc >= 0)
        rc = view_contents(txn, &bag, keys, VIEW_RESOLVE_MAX);
    if (rc >= 0)
        rc = view_places(txn, txn, places, 4);
    return rc < 0 ? rc : 0;
}

static void test_view_when_a_store_call_fails(void **state)
{
    struct foldkit kit;
    struct memstore *store;

    (void)state;
    story(&kit);
    store = foldkit_play(&kit, NULL, 0, 0);
    for (int then = 0; then < 2; then++) {
        uint64_t k = 1;

        for (;; k++) {
            struct store_txn *txn = memstore_begin_read(store);
            int rc;

            memstore_fail_at(store, k, NAVETTE_E_STORE);
            rc = look_at_all(txn, then ? AT(11) : VIEW_NOW);
            if (memstore_fail_pending(store)) {
                memstore_fail_at(store, 0, 0);
                assert_int_equal(rc, 0);
                memstore_abort(txn);
                break;
            }
            assert_int_equal(rc, NAVETTE_E_STORE);
            memstore_abort(txn);
        }
        assert_true(k > 60);
    }
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_view_when_an_allocation_fails(void **state)
{
    struct foldkit kit;
    struct memstore *store;

    (void)state;
    story(&kit);
    store = foldkit_play(&kit, NULL, 0, 0);
    for (int then = 0; then < 2; then++) {
        uint64_t k = 1;

        for (;; k++) {
            struct store_txn *txn = memstore_begin_read(store);
            int rc;

            failing_malloc_at(k);
            rc = look_at_all(txn, then ? AT(11) : VIEW_NOW);
            if (failing_malloc_pending()) {
                failing_malloc_at(0);
                assert_int_equal(rc, 0);
                memstore_abort(txn);
                break;
            }
            assert_int_equal(rc, NAVETTE_E_MEMORY);
            memstore_abort(txn);
        }
        assert_true(k > 30);
    }
    memstore_free(store);
    foldkit_free(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_view_stock_now_and_then),           cmocka_unit_test(test_view_stock_filters),
        cmocka_unit_test(test_view_transit_now_and_then),         cmocka_unit_test(test_view_bags_balance),
        cmocka_unit_test(test_view_thing_through_its_containers), cmocka_unit_test(test_view_thing_at_a_moment_knows_the_contents),
        cmocka_unit_test(test_view_resolve_finds_by_barcode),     cmocka_unit_test(test_view_contents_and_places_at_most_so_many),
        cmocka_unit_test(test_view_of_the_past_is_what_it_was),   cmocka_unit_test(test_view_when_a_store_call_fails),
        cmocka_unit_test(test_view_when_an_allocation_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
