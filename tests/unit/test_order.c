/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order inside a history (fold/order.h, FOLD.md 3), asked through fold_history() after the entries came in several orders.
 *   - ties: hlc, then incarnation, then seq
 *   - explanation: each row of the table pulls its explanation before it against the clock; each row's near misses do not
 *   - the explained key: an explanation is used up; per place; per content in a container
 *   - a `dispatch` reference: alone explains, whatever the table says; pointing nowhere or to something absent, the table speaks
 *   - parents against the clock; absent ones replaced by theirs; missing and foreign ones dropped; one that comes late
 *   - what descends from an event does not explain it
 *   - all wait: the smallest is placed; no parents placed: the smallest is placed
 *   - a long history without parents; no memory at any allocation
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fold/order.h"
#include "navette/hlc.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/seed.h"

#define P "P"
#define Q "Q"

/* As written in the test: numbers of entries; "*" behind one whose explanation is not found before it, "-" behind an absent one. */
static void show(const struct foldkit *kit, const struct history *history, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < history->count; i++) {
        size_t entry = 0;

        while (entry < kit->count && ref_compare(&kit->entries[entry].self, &history->steps[i].entry.self) != 0)
            entry++;
        used += (size_t)snprintf(out + used, size - used, "%s%zu%s", i > 0 ? " " : "", entry,
                                 history->steps[i].absent      ? "-"
                                 : history->steps[i].explained ? ""
                                                               : "*");
        assert_true(used < size);
    }
}

static void shuffle(size_t *order, size_t count, uint64_t *random)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = seed_below(random, i);
        size_t kept = order[i - 1];

        order[i - 1] = order[k];
        order[k] = kept;
    }
}

static uint8_t order_flags(struct memstore *store, const char *word)
{
    struct thing_record record = foldkit_record(store, word);

    thing_record_free(&record);
    return record.order_flags;
}

/* Expects this order whatever the order of arrival; answers the record's flags. */
static uint8_t expect(const struct foldkit *kit, const char *word, const char *expected)
{
    struct thing_key key = foldkit_key(word);
    uint64_t random = 7;
    size_t order[64];
    uint8_t flags = 0;

    assert_true(kit->count <= 64);
    for (size_t i = 0; i < kit->count; i++)
        order[i] = i;
    for (int run = 0; run < 8; run++) {
        struct memstore *store = foldkit_play(kit, order, kit->count, run % 2);
        struct store_txn *txn = memstore_begin_read(store);
        struct history history;
        char found[1024];

        assert_int_equal(fold_history(txn, txn, &key, INT64_MAX, &history), 0);
        show(kit, &history, found, sizeof(found));
        assert_string_equal(found, expected);
        history_free(&history);
        memstore_abort(txn);
        flags = order_flags(store, word);
        memstore_free(store);
        shuffle(order, kit->count, &random);
    }
    return flags & (ORDER_FORCED | ORDER_CYCLE);
}

static void test_order_build_breaks_ties(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    kit.hlc = hlc_make(FOLDKIT_START_MS, 2);
    foldkit_event(&kit, 0, P, EV(SEEN_AT), "i1", NULL);
    kit.hlc = hlc_make(FOLDKIT_START_MS, 1);
    foldkit_event(&kit, 3, P, EV(SEEN_AT), "i1", NULL);
    kit.hlc = hlc_make(FOLDKIT_START_MS, 1);
    foldkit_event(&kit, 2, P, EV(SEEN_AT), "i1", NULL);
    kit.hlc = hlc_make(FOLDKIT_START_MS, 1);
    foldkit_event(&kit, 2, P, EV(SEEN_AT), "i1", NULL);
    kit.hlc = hlc_make(FOLDKIT_START_MS - 1, 9);
    foldkit_event(&kit, 5, P, EV(SEEN_AT), "i1", NULL);
    assert_int_equal(expect(&kit, "i1", "4 2 3 1 0"), 0);
    foldkit_free(&kit);
}

struct half {
    Navette__Event__BodyCase body;
    const char *place, *things, *extra;
};

struct explanation {
    const char *word;
    struct half e, x;
    int explains;
};

static void test_order_build_follows_the_table(void **state)
{
    static const struct explanation rows[] = {
        {"i1", {EV(RECEIVED), P, "i1", NULL}, {EV(DISPATCHED), Q, "i1", P}, 1},
        {"i1", {EV(RECEIVED), P, "i1", NULL}, {EV(COLLECTED), Q, "i1", P}, 1},
        {"i1", {EV(RECEIVED), P, "i1", NULL}, {EV(DISPATCHED), Q, "i1", "R"}, 0},
        {"i1", {EV(RECEIVED), P, "i1", NULL}, {EV(DISPATCHED), P, "i1", Q}, 0},
        {"i1", {EV(RECEIVED), P, "i1", NULL}, {EV(SEEN_AT), P, "i1", NULL}, 0},
        {"i1", {EV(SEEN_ON_RECEPTION), P, "i1", NULL}, {EV(DISPATCHED), Q, "i1", P}, 1},
        {"i1", {EV(SEEN_ON_RECEPTION), P, "i1", NULL}, {EV(COLLECTED), Q, "i1", P}, 1},
        {"i1", {EV(REFUSED), P, "i1", NULL}, {EV(DISPATCHED), Q, "i1", P}, 1},
        {"i1", {EV(REFUSED), P, "i1", NULL}, {EV(COLLECTED), Q, "i1", "R"}, 0},
        {"i1", {EV(TRANSIT_CANCELLED), P, "i1", NULL}, {EV(DISPATCHED), P, "i1", Q}, 1},
        {"i1", {EV(TRANSIT_CANCELLED), P, "i1", NULL}, {EV(COLLECTED), P, "i1", Q}, 1},
        {"i1", {EV(TRANSIT_CANCELLED), P, "i1", NULL}, {EV(DISPATCHED), Q, "i1", P}, 0},
        {"i1", {EV(DELIVERED), P, "i1", NULL}, {EV(RECEIVED), P, "i1", NULL}, 1},
        {"i1", {EV(DELIVERED), P, "i1", NULL}, {EV(RECEIVED), Q, "i1", NULL}, 0},
        {"b1", {EV(DELIVERED), P, "b1", NULL}, {EV(BAG_SEALED), P, "b1", ""}, 0},
        {"i1", {EV(DELIVERY_FAILED), P, "i1", NULL}, {EV(RECEIVED), P, "i1", NULL}, 1},
        {"i1", {EV(RETURNED), P, "i1", NULL}, {EV(DELIVERED), P, "i1", NULL}, 1},
        {"i1", {EV(RETURNED), P, "i1", NULL}, {EV(DELIVERED), Q, "i1", NULL}, 0},
        {"i1", {EV(COLLECTED), P, "i1", Q}, {EV(DELIVERED), P, "i1", NULL}, 1},
        {"i1", {EV(DROPPED), P, "i1", NULL}, {EV(DELIVERED), P, "i1", NULL}, 0},
        {"i1", {EV(ITEM_UNPACKED), P, "b1 i1", NULL}, {EV(ITEM_PACKED), Q, "b1 i1", NULL}, 1},
        {"i1", {EV(ITEM_UNPACKED), P, "b1 i1", NULL}, {EV(ITEM_PACKED), P, "b2 i1", NULL}, 0},
        {"b1", {EV(ITEM_UNPACKED), P, "b1 i1", NULL}, {EV(ITEM_PACKED), Q, "b1 i2 i1", NULL}, 1},
        {"b1", {EV(ITEM_UNPACKED), P, "b1 i1", NULL}, {EV(ITEM_PACKED), P, "b1 i2", NULL}, 0},
        {"b1", {EV(CRATE_UNLOADED), P, "c1 b1", NULL}, {EV(CRATE_LOADED), Q, "c1 b1", NULL}, 1},
        {"b1", {EV(CRATE_UNLOADED), P, "c1 b1", NULL}, {EV(CRATE_LOADED), P, "c2 b1", NULL}, 0},
        {"c1", {EV(CRATE_UNLOADED), P, "c1 b1", NULL}, {EV(CRATE_LOADED), P, "c1 b2", NULL}, 0},
        {"c1", {EV(ITEM_UNPACKED), P, "c1 i1", NULL}, {EV(CRATE_LOADED), P, "c1 b1", NULL}, 0},
        {"b1", {EV(BAG_OPENED), P, "b1", NULL}, {EV(BAG_SEALED), Q, "b1", ""}, 1},
        {"b1", {EV(BAG_OPENED), P, "b1", NULL}, {EV(SEALED_DEPOSIT), P, "b1", "s"}, 0},
        {"b1", {EV(DISPATCHED), P, "b1", Q}, {EV(BAG_SEALED), P, "b1", ""}, 1},
        {"b1", {EV(DISPATCHED), P, "b1", Q}, {EV(BAG_SEALED), Q, "b1", ""}, 0},
        {"c1", {EV(DISPATCHED), P, "c1", Q}, {EV(BAG_SEALED), P, "c1", ""}, 1},
        {"i1", {EV(DISPATCHED), P, "i1", Q}, {EV(DELIVERED), P, "i1", NULL}, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct explanation *row = &rows[i];
        struct foldkit kit;
        struct thing_record record;
        struct memstore *store;
        struct thing_key key = foldkit_key(row->word);
        struct store_txn *txn;
        struct history history;
        char found[64];

        foldkit_init(&kit);
        foldkit_event(&kit, 0, row->e.place, row->e.body, row->e.things, row->e.extra);
        foldkit_event(&kit, 1, row->x.place, row->x.body, row->x.things, row->x.extra);
        store = foldkit_play(&kit, NULL, 0, 0);
        txn = memstore_begin_read(store);
        assert_int_equal(fold_history(txn, txn, &key, INT64_MAX, &history), 0);
        show(&kit, &history, found, sizeof(found));
        if (row->explains ? strncmp(found, "1", 1) != 0 || found[strlen(found) - 1] != '0' : found[0] != '0')
            fail_msg("row %zu: %s", i, found);
        history_free(&history);
        memstore_abort(txn);
        record = foldkit_record(store, row->word);
        thing_record_free(&record);
        assert_int_equal(record.events, 2);
        memstore_free(store);
        foldkit_free(&kit);
    }
}

static void test_order_build_uses_up_explanations(void **state)
{
    struct foldkit kit;

    (void)state;
    /* Two trips; the second reception's clock is before the second dispatch's. */
    foldkit_init(&kit);
    foldkit_event(&kit, 0, Q, EV(DISPATCHED), "i1", P);
    foldkit_event(&kit, 1, P, EV(RECEIVED), "i1", NULL);
    foldkit_event(&kit, 1, P, EV(RECEIVED), "i1", NULL);
    foldkit_event(&kit, 0, Q, EV(DISPATCHED), "i1", P);
    expect(&kit, "i1", "0 1 3 2");
    foldkit_free(&kit);

    /* Elsewhere another key: the first reception at R uses up nothing at P. */
    foldkit_init(&kit);
    foldkit_event(&kit, 0, Q, EV(DISPATCHED), "i1", P);
    foldkit_event(&kit, 2, "R", EV(RECEIVED), "i1", NULL);
    foldkit_event(&kit, 1, P, EV(RECEIVED), "i1", NULL);
    foldkit_event(&kit, 0, Q, EV(DISPATCHED), "i1", P);
    expect(&kit, "i1", "0 1* 2 3");
    foldkit_free(&kit);

    /* Seen on reception shares the key of received, so one dispatch explains one of them; nothing else is to come: no wait. */
    foldkit_init(&kit);
    foldkit_event(&kit, 0, Q, EV(DISPATCHED), "i1", P);
    foldkit_event(&kit, 1, P, EV(RECEIVED), "i1", NULL);
    foldkit_event(&kit, 1, P, EV(SEEN_ON_RECEPTION), "i1", NULL);
    expect(&kit, "i1", "0 1 2*");
    foldkit_free(&kit);
}

static void test_order_build_in_a_container_goes_by_content(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, P, EV(ITEM_PACKED), "b1 i1", NULL);
    foldkit_event(&kit, 0, P, EV(ITEM_PACKED), "b1 i2", NULL);
    foldkit_event(&kit, 0, P, EV(ITEM_UNPACKED), "b1 i1", NULL);
    foldkit_event(&kit, 0, P, EV(ITEM_UNPACKED), "b1 i2", NULL);
    foldkit_event(&kit, 0, P, EV(ITEM_PACKED), "b1 i2", NULL);
    expect(&kit, "b1", "0 1 2 3 4");
    expect(&kit, "i2", "1 3 4");
    foldkit_free(&kit);

    /* The second unpacking of i1 has its packing still to come; the one of both is explained by either. */
    foldkit_init(&kit);
    foldkit_event(&kit, 0, P, EV(ITEM_PACKED), "b1 i1", NULL);
    foldkit_event(&kit, 1, P, EV(ITEM_UNPACKED), "b1 i1", NULL);
    foldkit_event(&kit, 1, P, EV(ITEM_UNPACKED), "b1 i1", NULL);
    foldkit_event(&kit, 0, P, EV(ITEM_PACKED), "b1 i1 i2", NULL);
    expect(&kit, "b1", "0 1 3 2");
    foldkit_free(&kit);
}

static void test_order_build_by_dispatch_reference(void **state)
{
    struct ref first;
    struct foldkit kit;

    (void)state;
    /* Alone explains: the other dispatch, free and earlier, does not do. */
    foldkit_init(&kit);
    kit.hlc = hlc_make(FOLDKIT_START_MS + 600000, 0);
    first = foldkit_event(&kit, 0, Q, EV(DISPATCHED), "i1", P);
    foldkit_event(&kit, 2, "R", EV(DISPATCHED), "i1", P);
    kit.dispatch = first;
    foldkit_event(&kit, 1, P, EV(RECEIVED), "i1", NULL);
    expect(&kit, "i1", "1 0 2");
    foldkit_free(&kit);

    /* Placed already: nothing to wait for, though another dispatch is to come. */
    foldkit_init(&kit);
    first = foldkit_event(&kit, 0, Q, EV(DISPATCHED), "i1", P);
    foldkit_event(&kit, 1, P, EV(RECEIVED), "i1", NULL);
    kit.dispatch = first;
    foldkit_event(&kit, 1, P, EV(SEEN_ON_RECEPTION), "i1", NULL);
    foldkit_event(&kit, 2, "R", EV(DISPATCHED), "i1", P);
    expect(&kit, "i1", "0 1 2 3");
    foldkit_free(&kit);

    /* To an entry of any body; to one that does not concern the thing, the table speaks. */
    foldkit_init(&kit);
    kit.hlc = hlc_make(FOLDKIT_START_MS + 600000, 0);
    first = foldkit_event(&kit, 0, Q, EV(SEEN_AT), "i1", NULL);
    kit.dispatch = first;
    foldkit_event(&kit, 1, P, EV(RECEIVED), "i1 i2", NULL);
    foldkit_event(&kit, 2, "R", EV(DISPATCHED), "i1 i2", P);
    expect(&kit, "i1", "2 0 1");
    expect(&kit, "i2", "2 1");
    foldkit_free(&kit);

    /* To an absent one: the table speaks. */
    foldkit_init(&kit);
    kit.hlc = hlc_make(FOLDKIT_START_MS + 600000, 0);
    first = foldkit_event(&kit, 0, Q, EV(DISPATCHED), "i1", P);
    kit.dispatch = first;
    foldkit_event(&kit, 1, P, EV(RECEIVED), "i1", NULL);
    foldkit_retract(&kit, 0, Q, first);
    expect(&kit, "i1", "1* 0-");
    foldkit_free(&kit);
}

static struct ref not_there(void)
{
    struct ref ref = {.seq = 5, .leaf = 1};

    memset(ref.incarnation, 0x99, INCARNATION_SIZE);
    return ref;
}

static void name_parent(struct foldkit *kit, struct ref ref)
{
    kit->parents[kit->parent_count++] = ref;
}

static void test_order_build_by_parents(void **state)
{
    struct ref a, b;
    struct foldkit kit;

    (void)state;
    /* Against the clock. */
    foldkit_init(&kit);
    kit.hlc = hlc_make(FOLDKIT_START_MS + 900000, 0);
    a = foldkit_event(&kit, 0, P, EV(SEEN_AT), "i1", NULL);
    kit.hlc = hlc_make(FOLDKIT_START_MS + 600000, 0);
    name_parent(&kit, a);
    b = foldkit_event(&kit, 1, Q, EV(SEEN_AT), "i1", NULL);
    name_parent(&kit, b);
    name_parent(&kit, not_there());
    foldkit_event(&kit, 2, "R", EV(SEEN_AT), "i1", NULL);
    expect(&kit, "i1", "0 1 2");
    /* The middle one is absent: its child hangs from its parent. */
    foldkit_retract(&kit, 1, Q, b);
    expect(&kit, "i1", "0 1- 2");
    /* So is the first: nothing binds the last any more; both are shown before what descends from them. */
    foldkit_event(&kit, 3, "S", EV(SEEN_AT), "i1", NULL);
    foldkit_retract(&kit, 0, P, a);
    expect(&kit, "i1", "0- 1- 2 4");
    foldkit_free(&kit);

    /* A parent of the same event that is not about the thing is none of its history's business, absent or not. */
    foldkit_init(&kit);
    kit.hlc = hlc_make(FOLDKIT_START_MS + 900000, 0);
    a = foldkit_event(&kit, 0, P, EV(SEEN_AT), "i1", NULL);
    name_parent(&kit, a);
    b = foldkit_event(&kit, 0, P, EV(SEEN_AT), "i2", NULL);
    name_parent(&kit, b);
    foldkit_event(&kit, 1, Q, EV(SEEN_AT), "i1 i2", NULL);
    expect(&kit, "i1", "2 0");
    expect(&kit, "i2", "1 2");
    foldkit_retract(&kit, 0, P, b);
    expect(&kit, "i1", "2 0");
    foldkit_free(&kit);
}

static void test_order_build_descendants_do_not_explain(void **state)
{
    struct ref a, b;
    struct foldkit kit;

    (void)state;
    /* Received at P, from there to Q and back: the dispatch back descends from the first reception, which does not wait for it. */
    foldkit_init(&kit);
    a = foldkit_event(&kit, 0, P, EV(RECEIVED), "i1", NULL);
    kit.hlc = hlc_make(FOLDKIT_START_MS + 900000, 0);
    name_parent(&kit, a);
    b = foldkit_event(&kit, 0, P, EV(DISPATCHED), "i1", Q);
    kit.hlc = hlc_make(FOLDKIT_START_MS + 960000, 0);
    name_parent(&kit, b);
    foldkit_event(&kit, 1, Q, EV(DISPATCHED), "i1", P);
    foldkit_event(&kit, 2, "R", EV(SEEN_AT), "i1", NULL);
    assert_int_equal(expect(&kit, "i1", "0* 3 1 2"), 0);
    foldkit_free(&kit);
}

static void test_order_build_when_all_wait(void **state)
{
    struct ref e, f;
    struct foldkit kit;

    (void)state;
    /* e waits for x, whose parent f waits for y, whose parent is e. */
    foldkit_init(&kit);
    e = foldkit_event(&kit, 0, P, EV(RECEIVED), "i1", NULL);
    f = foldkit_event(&kit, 1, Q, EV(RETURNED), "i1", NULL);
    name_parent(&kit, f);
    foldkit_event(&kit, 1, Q, EV(DISPATCHED), "i1", P);
    name_parent(&kit, e);
    foldkit_event(&kit, 0, Q, EV(DELIVERED), "i1", NULL);
    assert_int_equal(expect(&kit, "i1", "0* 3* 1 2"), ORDER_FORCED);
    foldkit_free(&kit);
}

static void test_order_build_when_parents_go_round(void **state)
{
    struct ref promised = {.seq = 1, .leaf = 42};
    struct ref a;
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    memset(promised.incarnation, 3, INCARNATION_SIZE);
    kit.hlc = hlc_make(FOLDKIT_START_MS + 900000, 0);
    name_parent(&kit, promised);
    a = foldkit_event(&kit, 0, P, EV(SEEN_AT), "i1", NULL);
    name_parent(&kit, a);
    foldkit_event(&kit, 2, Q, EV(SEEN_AT), "i1", NULL);
    kit.entries[1].self.leaf = promised.leaf;
    foldkit_event(&kit, 4, Q, EV(SEEN_AT), "i1", NULL);
    assert_int_equal(expect(&kit, "i1", "2 1 0"), ORDER_CYCLE);
    /* And to itself. */
    promised.incarnation[0] = 6;
    memset(promised.incarnation, 6, INCARNATION_SIZE);
    name_parent(&kit, promised);
    kit.hlc = hlc_make(FOLDKIT_START_MS + 1, 0);
    foldkit_event(&kit, 5, "R", EV(SEEN_AT), "i1", NULL);
    kit.entries[3].self.leaf = promised.leaf;
    assert_int_equal(expect(&kit, "i1", "2 3 1 0"), ORDER_CYCLE);
    foldkit_free(&kit);
}

static void test_order_build_a_long_history(void **state)
{
    enum { ROUNDS = 300 };
    size_t order[4 * ROUNDS];
    uint64_t random = seed_start();
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;
    struct thing_key key = foldkit_key("b1");
    struct history history;

    (void)state;
    foldkit_init(&kit);
    for (int i = 0; i < ROUNDS; i++) {
        foldkit_event(&kit, 0, P, EV(ITEM_PACKED), i % 2 ? "b1 i1" : "b1 i2", NULL);
        foldkit_event(&kit, 0, P, EV(DISPATCHED), "b1", Q);
        foldkit_event(&kit, 1, Q, EV(RECEIVED), "b1", NULL);
        foldkit_event(&kit, 1, Q, EV(ITEM_UNPACKED), i % 2 ? "b1 i1" : "b1 i2", NULL);
    }
    for (size_t i = 0; i < 4 * ROUNDS; i++)
        order[i] = i;
    shuffle(order, 4 * ROUNDS, &random);
    /* Nothing but the clock and the table to go by: right clocks give the order in which it was. */
    store = foldkit_play(&kit, order, 4 * ROUNDS, 0);
    txn = memstore_begin_read(store);
    assert_int_equal(fold_history(txn, txn, &key, INT64_MAX, &history), 0);
    assert_int_equal(history.count, 4 * ROUNDS);
    for (size_t i = 0; i < history.count; i++)
        assert_int_equal(ref_compare(&history.steps[i].entry.self, &kit.entries[i].self), 0);
    history_free(&history);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_order_build_without_memory(void **state)
{
    struct thing_key key = foldkit_key("b1");
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;
    uint64_t k;

    (void)state;
    foldkit_init(&kit);
    kit.with_parents = 1;
    for (int i = 0; i < 20; i++) {
        foldkit_event(&kit, 0, P, EV(ITEM_PACKED), "b1 i1 i2 i3", NULL);
        foldkit_event(&kit, 0, P, EV(ITEM_UNPACKED), "b1 i1 i3", NULL);
    }
    foldkit_retract(&kit, 0, P, kit.entries[3].self);
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    for (k = 1;; k++) {
        struct history history;
        int rc;

        failing_malloc_at(k);
        rc = fold_history(txn, txn, &key, INT64_MAX, &history);
        if (!failing_malloc_pending()) {
            assert_int_equal(rc, NAVETTE_E_MEMORY);
            continue;
        }
        failing_malloc_at(0);
        assert_int_equal(rc, 0);
        assert_int_equal(history.count, 40);
        history_free(&history);
        break;
    }
    assert_true(k > 60);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_build_breaks_ties),
        cmocka_unit_test(test_order_build_follows_the_table),
        cmocka_unit_test(test_order_build_uses_up_explanations),
        cmocka_unit_test(test_order_build_in_a_container_goes_by_content),
        cmocka_unit_test(test_order_build_by_dispatch_reference),
        cmocka_unit_test(test_order_build_by_parents),
        cmocka_unit_test(test_order_build_descendants_do_not_explain),
        cmocka_unit_test(test_order_build_when_all_wait),
        cmocka_unit_test(test_order_build_when_parents_go_round),
        cmocka_unit_test(test_order_build_a_long_history),
        cmocka_unit_test(test_order_build_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
