/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/sync/scope.h: what a node of scope "own" gets.
 *   - the mask alone never decides: two places that share its bits are told apart; every event a place is named in gets through
 *   - the network's own decisions go to everybody; bytes that this hub cannot read go to nobody but the place they say
 *   - what the hub refused brings nothing, folded or not
 *   - a document sent to a place in no bag brings its latest title, once; one sent elsewhere, or a bag, brings nothing
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sync/scope.h"
#include "tests/lib/pair.h"
#include "tests/lib/seed.h"

#define RELAY NAVETTE__ROLE__ROLE_RELAY, NAVETTE__SCOPE__SCOPE_OWN
#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK

static struct hub_node own(const char *a, const char *b)
{
    struct hub_node node = {.scope = NAVETTE__SCOPE__SCOPE_OWN};

    snprintf(node.places[node.place_count++], sizeof(node.places[0]), "%s", a);
    if (b != NULL)
        snprintf(node.places[node.place_count++], sizeof(node.places[0]), "%s", b);
    return node;
}

static struct journal_entry entry_of(Navette__Event *body, struct buffer *bytes)
{
    struct journal_entry entry = {.position = 1};

    body->hlc = hlc_make(1, 0);
    buffer_clear(bytes);
    assert_int_equal(event_encode(body, bytes), 0);
    entry.event = buffer_span(bytes);
    entry.scope_mask = event_scope_mask(body);
    return entry;
}

static void dispatched(Navette__Event *body, Navette__Dispatched *out, Navette__Thing *thing, Navette__Thing **things, const char *from,
                       const char *to)
{
    navette__event__init(body);
    navette__dispatched__init(out);
    navette__thing__init(thing);
    thing->kind = NAVETTE__THING_KIND__THING_BAG;
    thing->id = (char *)(uintptr_t) "S1";
    things[0] = thing;
    out->things = things;
    out->n_things = 1;
    out->to = (char *)(uintptr_t)to;
    body->place = (char *)(uintptr_t)from;
    body->body_case = NAVETTE__EVENT__BODY_DISPATCHED;
    body->dispatched = out;
}

static void test_admits_the_places_named_and_no_other(void **state)
{
    uint64_t seed = seed_start();
    struct buffer bytes = {0};
    unsigned shared = 0;

    (void)state;
    for (int round = 0; round < 4000; round++) {
        char from[16];
        char to[16];
        char asked[16];
        Navette__Event body;
        Navette__Dispatched out;
        Navette__Thing thing;
        Navette__Thing *things[1];
        struct hub_node node;
        struct journal_entry entry;
        int named;
        uint64_t mask;

        snprintf(from, sizeof(from), "P-%u", (unsigned)seed_below(&seed, 300));
        snprintf(to, sizeof(to), "Q-%u", (unsigned)seed_below(&seed, 300));
        snprintf(asked, sizeof(asked), "%c-%u", seed_below(&seed, 2) ? 'P' : 'Q', (unsigned)seed_below(&seed, 300));
        if (seed_below(&seed, 4) == 0)
            snprintf(asked, sizeof(asked), "%s", seed_below(&seed, 2) ? from : to);
        dispatched(&body, &out, &thing, things, from, to);
        entry = entry_of(&body, &bytes);
        node = own("ELSEWHERE", asked);
        named = strcmp(asked, from) == 0 || strcmp(asked, to) == 0;
        mask = scope_mask_of(asked);
        shared += !named && (entry.scope_mask & mask) == mask;
        assert_int_equal(scope_admits(&node, &entry), named);
        node.scope = NAVETTE__SCOPE__SCOPE_NETWORK;
        assert_int_equal(scope_admits(&node, &entry), 1);
    }
    /* The mask is a filter with false alarms: the test must have met some. */
    assert_true(shared > 0);
    buffer_free(&bytes);
}

static void test_admits_decisions_to_everybody(void **state)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__PlaceDeclared declared = NAVETTE__PLACE_DECLARED__INIT;
    Navette__Thing place = NAVETTE__THING__INIT;
    struct hub_node node = own("CCAS", NULL);
    struct buffer bytes = {0};
    struct journal_entry entry;

    (void)state;
    place.kind = NAVETTE__THING_KIND__THING_PLACE;
    place.id = (char *)(uintptr_t) "BIB-A";
    declared.place = &place;
    declared.kind = NAVETTE__PLACE_KIND__PLACE_BRANCH;
    body.body_case = NAVETTE__EVENT__BODY_PLACE_DECLARED;
    body.place_declared = &declared;
    entry = entry_of(&body, &bytes);
    assert_int_equal(scope_admits(&node, &entry), 1);
    buffer_free(&bytes);
}

static void test_admits_nobody_to_broken_bytes(void **state)
{
    static const uint8_t broken[] = {0xff, 0xff, 0xff};
    struct hub_node node = own("CCAS", NULL);
    struct journal_entry entry = {.position = 1, .event = {broken, sizeof(broken)}};

    (void)state;
    entry.scope_mask = scope_mask_of("CCAS");
    assert_int_equal(scope_admits(&node, &entry), 0);
    entry.scope_mask = 0;
    assert_int_equal(scope_admits(&node, &entry), 0);
}

static void test_companions_bring_the_title_of_what_is_sent_alone(void **state)
{
    struct pair *pair = pair_new();
    size_t a = pair_enrol(pair, "BIB-A", BRANCH);
    struct hub_node relay = own("CCAS", NULL);
    struct hub_node other = own("ZONE", NULL);
    struct store_txn *journal;
    struct store_txn *folded;
    struct journal_scan scan;
    struct journal_entry entry;
    int found = 0;

    (void)state;
    assert_int_equal(pair_register(pair, a, "1", "Premier"), 0);
    assert_int_equal(pair_register(pair, a, "2", "Second"), 0);
    assert_int_equal(pair_register(pair, a, "1", "Premier, revu"), 0);
    assert_int_equal(pair_commission(pair, a, "S1"), 0);
    assert_int_equal(pair_dispatch(pair, a, NAVETTE__THING_KIND__THING_ITEM, "1", "CCAS"), 0);
    assert_int_equal(pair_dispatch(pair, a, NAVETTE__THING_KIND__THING_BAG, "S1", "CCAS"), 0);
    pair_connect(pair, a);
    assert_true(pair_settle(pair));
    journal = memstore_begin_read(pair->journal);
    folded = memstore_begin_read(pair->state);
    assert_int_equal(journal_scan_open(journal, 1, &scan), 0);
    while (journal_scan_next(&scan, &entry) == 0) {
        uint64_t positions[LIMIT_EVENT_THINGS];
        struct journal_entry companion;
        struct event event;
        int count = scope_companions(&relay, &entry, folded, journal, positions);

        assert_int_equal(scope_companions(&other, &entry, folded, journal, positions), 0);
        assert_int_equal(scope_companions(&relay, &entry, NULL, journal, positions), 0);
        if (count == 0)
            continue;
        assert_int_equal(count, 1);
        found++;
        count = scope_companions(&relay, &entry, folded, journal, positions);
        assert_int_equal(journal_read(journal, positions[0], &companion), 0);
        assert_int_equal(event_decode(companion.event, &event), 0);
        assert_int_equal(event.body->body_case, NAVETTE__EVENT__BODY_ITEM_REGISTERED);
        assert_string_equal(event.body->item_registered->title, "Premier, revu");
        event_free(&event);
    }
    assert_int_equal(found, 1);
    journal_scan_close(&scan);
    memstore_abort(folded);
    memstore_abort(journal);
    pair_free(pair);
}

/* A state that has taken in the journal up to a position. */
static struct store_txn *fold_up_to(struct memstore *store, struct store_txn *journal, uint64_t position)
{
    struct store_txn *state = memstore_begin_write(store);
    struct fold fold;

    assert_int_equal(fold_begin(&fold, state, journal), 0);
    for (uint64_t i = 0; i < position; i++)
        assert_int_equal(fold_next(&fold), 0);
    assert_int_equal(fold_end(&fold), 0);
    return state;
}

static void test_companions_are_not_brought_by_what_is_refused(void **state)
{
    struct pair *pair = pair_new();
    size_t a = pair_enrol(pair, "BIB-A", BRANCH);
    size_t b = pair_enrol(pair, "BIB-B", BRANCH);
    struct hub_node relay = own("CCAS", NULL);
    Navette__Event body;
    Navette__Dispatched out;
    Navette__Thing thing;
    Navette__Thing *things[1];
    uint64_t positions[LIMIT_EVENT_THINGS];
    struct store_txn *journal;
    uint64_t tail;

    (void)state;
    assert_int_equal(pair_register(pair, a, "1", "Premier"), 0);
    pair_connect(pair, a);
    pair_connect(pair, b);
    assert_true(pair_settle(pair));
    dispatched(&body, &out, &thing, things, "BIB-A", "CCAS");
    thing.kind = NAVETTE__THING_KIND__THING_ITEM;
    thing.namespace_ = (char *)(uintptr_t) "t";
    thing.id = (char *)(uintptr_t) "1";
    assert_int_equal(pair_record(pair, b, &body), 0);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_EVENT_REFUSED), 1);
    journal = memstore_begin_read(pair->journal);
    assert_int_equal(journal_tail(journal, &tail), 0);
    for (uint64_t folded = 1; folded <= tail; folded++) {
        struct memstore *store = memstore_new();
        struct store_txn *txn = fold_up_to(store, journal, folded);

        for (uint64_t at = 1; at <= folded; at++) {
            struct journal_entry entry;

            assert_int_equal(journal_read_raw(journal, at, &entry), 0);
            assert_int_equal(scope_companions(&relay, &entry, txn, journal, positions), 0);
        }
        memstore_abort(txn);
        memstore_free(store);
    }
    memstore_abort(journal);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_admits_the_places_named_and_no_other),
        cmocka_unit_test(test_admits_decisions_to_everybody),
        cmocka_unit_test(test_admits_nobody_to_broken_bytes),
        cmocka_unit_test(test_companions_are_not_brought_by_what_is_refused),
        cmocka_unit_test(test_companions_bring_the_title_of_what_is_sent_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
