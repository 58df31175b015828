/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said on the phone (core/reconcile/phone.h, handover.h, verdict.h).
 *   - each claim against each kind of event behind it, there and elsewhere: confirms, contradicts, tells nothing; before it: confirms or not
 *   - the time it was said decides, not the time it was typed; it was never said later than typed
 *   - what the same place says later takes over; a retracted report was never made; things move by nothing that is said
 *   - verdicts: contradicted is undecidable while the place is silent, provisional, proven, withdrawn by the late event; settled is test_discrepancy's
 *   - a late transit that somebody says has come stays provisional whatever the grace, and is proven once that is denied; withdrawn then is not wrongly proven
 *   - a hand-over's figure that was only said: short stays provisional, the taker's own count takes over, other figures contradict
 *   - any order of arrival with retractions: the same findings, the same standing (SEED)
 *   - views: counts of a place until its node has told all, things until an event tells; rows of the transit
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "navette/phone.h"
#include "navette/view.h"
#include "tests/lib/handkit.h"
#include "tests/lib/said.h"
#include "tests/lib/seed.h"

#define HERE NAVETTE__PHONE_CLAIM__CLAIM_HERE
#define GIVEN NAVETTE__PHONE_CLAIM__CLAIM_DELIVERED
#define GONE NAVETTE__PHONE_CLAIM__CLAIM_GONE
#define PHONE DISCREPANCY_PHONE
#define MOVE(name) NAVETTE__EVENT__BODY_##name
#define BAG NAVETTE__THING_KIND__THING_BAG

/* Phone findings of a store; what stands is told beside. */
struct seen {
    size_t contradicted;
    size_t standing;
};

static int count_phone(const struct discrepancy_row *row, void *context)
{
    size_t *count = context;

    *count += row->finding.kind == PHONE && row->state == DISCREPANCY_OPEN;
    return 0;
}

static struct seen look(struct memstore *store)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct phone_view view;
    struct seen seen = {0, 0};

    assert_int_equal(discrepancy_check(txn, txn), 0);
    assert_int_equal(discrepancy_each(txn, NULL, count_phone, &seen.contradicted), 0);
    assert_int_equal(phone_view_read(txn, txn, NULL, NULL, &view), 0);
    seen.standing = view.thing_count;
    phone_view_free(&view);
    memstore_abort(txn);
    return seen;
}

/* 's' stands, 'c' confirmed, 'x' contradicted. The report comes first, last, and in the order made. */
static char outcome(const struct foldkit *kit)
{
    char first = 0;

    for (int run = 0; run < 3; run++) {
        size_t order[FOLDKIT_MAX];
        struct memstore *store;
        struct seen seen;
        char got;

        for (size_t i = 0; i < kit->count; i++)
            order[i] = run == 0 ? i : run == 1 ? kit->count - 1 - i : (i + 1) % kit->count;
        store = foldkit_play(kit, order, kit->count, run == 1);
        seen = look(store);
        memstore_free(store);
        got = seen.contradicted > 0 ? 'x' : seen.standing > 0 ? 's' : 'c';
        if (run > 0)
            assert_int_equal(got, first);
        first = got;
    }
    return first;
}

static const struct {
    Navette__Event__BodyCase body;
    const char *things, *extra;
    const char *there, *elsewhere, *before; /* here, delivered, gone */
} events[] = {
    {MOVE(RECEIVED), "b1", "", "cxc", "xxc", "css"},
    {MOVE(FOUND), "b1", "", "cxc", "xxc", "css"},
    {MOVE(RETURNED), "b1", "", "ccc", "xcc", "css"},
    {MOVE(DROPPED), "b1", "", "ccc", "xcc", "css"},
    {MOVE(SEEN_AT), "b1", "", "cxx", "xxc", "css"},
    {MOVE(COUNT_LINE), "b1", "", "cxx", "xxc", "css"},
    {MOVE(BAG_SEALED), "b1", "1", "cxx", "xxc", "css"},
    {MOVE(ITEM_PACKED), "b1 i1", "", "cxx", "xxc", "css"},
    {MOVE(DISPATCHED), "b1", "C", "cxc", "xxc", "ssc"},
    {MOVE(REFUSED), "b1", "", "cxc", "xxc", "ssc"},
    {MOVE(COLLECTED), "b1", "C", "ccc", "xxc", "ssc"},
    {MOVE(DELIVERED), "b1", "", "ccc", "xxc", "scc"},
    {MOVE(COUNT_CLOSED), "b1", "", "xsc", "sss", "ssc"},
    {MOVE(DECLARED_LOST), "b1", "", "xsc", "sss", "ssc"},
    {MOVE(BAG_COMMISSIONED), "b1", "sac", "sss", "sss", "sss"},
};

static void test_each_claim_against_each_event(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        for (int claim = HERE; claim <= GONE; claim++) {
            const char *wanted[] = {events[i].there, events[i].elsewhere, events[i].before};

            for (int where = 0; where < 3; where++) {
                struct foldkit kit;

                foldkit_init(&kit);
                if (where == 2)
                    foldkit_event(&kit, 1, "B", events[i].body, events[i].things, events[i].extra);
                handkit_said(&kit, 0, "A", claim, "b1", 0);
                if (where < 2)
                    foldkit_event(&kit, 1, where == 0 ? "B" : "D", events[i].body, events[i].things, events[i].extra);
                if (outcome(&kit) != wanted[where][claim - HERE])
                    fail_msg("event %zu, claim %d, %d", i, claim, where);
                foldkit_free(&kit);
            }
        }
    }
}

static void test_when_it_was_said_counts(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 1, "D", MOVE(RECEIVED), "b1", "");
    handkit_said(&kit, 0, "A", HERE, "b1", 0);
    assert_int_equal(outcome(&kit), 's');
    foldkit_free(&kit);
    /* Said an hour before it was typed: the reception elsewhere came after. */
    foldkit_init(&kit);
    foldkit_event(&kit, 1, "D", MOVE(RECEIVED), "b1", "");
    handkit_said(&kit, 0, "A", HERE, "b1", 3600000);
    assert_int_equal(outcome(&kit), 'x');
    foldkit_free(&kit);
    /* "In an hour" is now. */
    foldkit_init(&kit);
    handkit_said(&kit, 0, "A", HERE, "b1", -3600000);
    foldkit_event(&kit, 1, "D", MOVE(RECEIVED), "b1", "");
    assert_int_equal(outcome(&kit), 'x');
    foldkit_free(&kit);
}

static void test_a_later_word_takes_over(void **state)
{
    struct foldkit kit;
    struct ref first;

    (void)state;
    foldkit_init(&kit);
    first = handkit_said(&kit, 0, "A", HERE, "b1", 0);
    handkit_said(&kit, 0, "A", GONE, "b1", 0);
    assert_int_equal(outcome(&kit), 's');
    foldkit_event(&kit, 1, "D", MOVE(RECEIVED), "b1", "");
    assert_int_equal(outcome(&kit), 'c');
    foldkit_free(&kit);
    /* Retracted, it was never said. */
    foldkit_init(&kit);
    first = handkit_said(&kit, 0, "A", HERE, "b1", 0);
    foldkit_event(&kit, 1, "D", MOVE(RECEIVED), "b1", "");
    assert_int_equal(outcome(&kit), 'x');
    first = foldkit_retract(&kit, 0, "A", first);
    assert_int_equal(outcome(&kit), 'c');
    foldkit_retract(&kit, 0, "A", first);
    assert_int_equal(outcome(&kit), 'x');
    foldkit_free(&kit);
}

static void test_nothing_moves(void **state)
{
    struct thing_record record;
    struct memstore *store;
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", MOVE(BAG_COMMISSIONED), "b1", "sac");
    foldkit_event(&kit, 0, "A", MOVE(DISPATCHED), "b1", "B");
    handkit_said(&kit, 0, "A", GIVEN, "b1", 0);
    store = foldkit_play(&kit, NULL, 0, 0);
    record = foldkit_record(store, "b1");
    assert_int_equal(record.custody, CUSTODY_TRANSIT);
    assert_string_equal(record.to, "B");
    assert_int_equal(record.condition, CONDITION_NORMAL);
    thing_record_free(&record);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_verdicts_of_a_contradiction(void **state)
{
    struct pair *pair = said_places(3);
    struct verdict_row row;

    (void)state;
    said_move(pair, 0, MOVE(DISPATCHED), BAG, "b1", "B");
    said_all(pair, "012");
    said_phone(pair, 0, "B", HERE, "b1");
    said_all(pair, "012");
    assert_int_equal(said_hub(pair, 0).verdict, 0);
    /* B sent it on, and does not say so. */
    said_move(pair, 1, MOVE(RECEIVED), BAG, "b1", "");
    said_move(pair, 1, MOVE(DISPATCHED), BAG, "b1", "C");
    said_move(pair, 2, MOVE(RECEIVED), BAG, "b1", "");
    said_talk(pair, "2");
    said_all(pair, "02");
    row = said_hub(pair, PHONE);
    assert_int_equal(row.verdict, VERDICT_OPEN_UNDECIDABLE);
    assert_string_equal(said_concerned(&row), "B C");
    assert_int_equal(row.wait_count, 1);
    assert_string_equal(row.waits[0].place, "B");
    assert_int_equal(row.what.finding.event_count, 2);
    pair_tick(pair, 3 * SAID_DAY);
    assert_int_equal(said_hub(pair, PHONE).verdict, VERDICT_OPEN_UNDECIDABLE);
    said_talk(pair, "1");
    row = said_hub(pair, PHONE);
    assert_int_equal(row.verdict, VERDICT_CLOSED_WITHDRAWN);
    assert_false(row.was_proven);
    pair_free(pair);
}

static void test_a_contradiction_is_proven(void **state)
{
    struct pair *pair = said_places(3);
    struct ref report;

    (void)state;
    said_phone(pair, 0, "B", HERE, "b1");
    report = said_last(pair, 0);
    said_all(pair, "012");
    said_move(pair, 2, MOVE(SEEN_AT), BAG, "b1", "");
    said_all(pair, "012");
    assert_int_equal(said_hub(pair, PHONE).verdict, VERDICT_OPEN_PROVISIONAL);
    pair_tick(pair, 2 * SAID_DAY);
    assert_int_equal(said_hub(pair, PHONE).verdict, VERDICT_OPEN_PROVEN);
    assert_int_equal(said_node(pair, 0, PHONE).verdict, VERDICT_OPEN_PROVEN);
    /* Taken back after that: it had been proven. */
    said_retract(pair, 0, &report);
    said_all(pair, "012");
    assert_int_equal(said_hub(pair, PHONE).verdict, VERDICT_CLOSED_WITHDRAWN);
    assert_true(said_hub(pair, PHONE).was_proven);
    pair_free(pair);
}

static void test_hearsay_keeps_a_late_transit_provisional(void **state)
{
    struct pair *pair = said_places(3);
    struct verdict_row row;

    (void)state;
    assert_int_equal(pair_commission(pair, 0, "b1"), 0);
    said_move(pair, 0, MOVE(DISPATCHED), BAG, "b1", "B");
    said_all(pair, "012");
    pair_tick(pair, 9 * SAID_DAY);
    said_all(pair, "012");
    pair_tick(pair, 2 * SAID_DAY);
    assert_int_equal(said_hub(pair, DISCREPANCY_TRANSIT).verdict, VERDICT_OPEN_PROVEN);
    said_phone(pair, 0, "B", HERE, "b1");
    said_all(pair, "012");
    pair_tick(pair, 30 * SAID_DAY);
    row = said_hub(pair, DISCREPANCY_TRANSIT);
    assert_int_equal(row.verdict, VERDICT_OPEN_PROVISIONAL);
    assert_int_equal(row.proven_ms, 0);
    assert_string_equal(row.phone_place, "B");
    assert_int_equal(ref_compare(&row.phone, &(struct ref){.seq = 0}) != 0, 1);
    assert_int_equal(said_node(pair, 2, DISCREPANCY_TRANSIT).verdict, VERDICT_OPEN_PROVISIONAL);
    /* B's own count denies it: nothing is said for the other side any more. */
    said_move(pair, 1, MOVE(DECLARED_LOST), BAG, "b1", "");
    said_all(pair, "012");
    assert_int_equal(said_hub(pair, PHONE).verdict, VERDICT_OPEN_PROVISIONAL);
    pair_free(pair);
}

/* Provisional by what was said when it was withdrawn: nobody was told that it was proven. */
static void test_hearsay_is_never_wrongly_proven(void **state)
{
    struct pair *pair = said_places(3);
    struct ref wrong;

    (void)state;
    said_move(pair, 2, MOVE(RECEIVED), BAG, "b1", "");
    wrong = said_last(pair, 2);
    said_phone(pair, 0, "B", GONE, "b1");
    said_all(pair, "012");
    said_all(pair, "012");
    pair_tick(pair, 3 * SAID_DAY);
    assert_int_equal(said_hub(pair, DISCREPANCY_RECEIVED).verdict, VERDICT_OPEN_PROVISIONAL);
    said_retract(pair, 2, &wrong);
    said_all(pair, "012");
    assert_int_equal(said_hub(pair, DISCREPANCY_RECEIVED).verdict, VERDICT_CLOSED_WITHDRAWN);
    assert_false(said_hub(pair, DISCREPANCY_RECEIVED).was_proven);
    pair_free(pair);
}

static void test_a_figure_that_was_only_said(void **state)
{
    struct pair *pair = said_places(3);
    struct verdict_row row;

    (void)state;
    said_given(pair, 0, "b1", "B", "S1");
    said_given(pair, 0, "b2", "B", "S1");
    said_told(pair, 0, "B", "S1", 1);
    said_all(pair, "012");
    said_all(pair, "012");
    pair_tick(pair, 3 * SAID_DAY);
    row = said_hub(pair, 0);
    assert_int_equal(row.what.finding.kind, DISCREPANCY_SHORT);
    assert_int_equal(row.verdict, VERDICT_OPEN_PROVISIONAL);
    assert_string_equal(row.phone_place, "B");
    /* Its own count says the same: that counts. */
    said_counted(pair, 1, NAVETTE__HANDOVER_PARTY__PARTY_TAKER, "S1", 1);
    said_all(pair, "012");
    said_all(pair, "012");
    pair_tick(pair, 3 * SAID_DAY);
    assert_int_equal(said_hub(pair, PHONE).verdict, 0);
    assert_int_equal(said_hub(pair, DISCREPANCY_SHORT).verdict, VERDICT_OPEN_PROVEN);
    /* A recount finds both, and what was said is denied. */
    said_counted(pair, 1, NAVETTE__HANDOVER_PARTY__PARTY_TAKER, "S1", 2);
    said_all(pair, "012");
    assert_int_equal(said_hub(pair, DISCREPANCY_SHORT).verdict, VERDICT_CLOSED_WITHDRAWN);
    row = said_hub(pair, PHONE);
    assert_int_equal(row.verdict, VERDICT_OPEN_PROVISIONAL);
    assert_int_equal(row.what.finding.event_count, 2);
    assert_string_equal(said_concerned(&row), "B");
    pair_free(pair);
}

static void random_event(struct foldkit *kit, uint64_t *random)
{
    static const char *const places[] = {"A", "B", "C"};
    static const Navette__Event__BodyCase bodies[] = {MOVE(RECEIVED),  MOVE(RETURNED),     MOVE(SEEN_AT),
                                                      MOVE(DELIVERED), MOVE(COUNT_CLOSED), MOVE(REFUSED)};
    static const char *const things[] = {"b1", "b2", "i1", "i1 i2", "b1 i2"};
    const char *what = things[seed_below(random, 5)];
    size_t at = seed_below(random, 3);
    uint64_t choice = seed_below(random, 12);

    kit->hlc = seed_below(random, 4) == 0 ? (uint64_t)(kit->now_ms - (int64_t)seed_below(random, 30) * 60000) << 16 : 0;
    if (choice < 4)
        handkit_said(kit, 0, "A", HERE + (int)seed_below(random, 3), what, (int64_t)seed_below(random, 12) * 60000);
    else if (choice == 4 && kit->count > 0)
        foldkit_retract(kit, 3, "", kit->entries[seed_below(random, kit->count)].self);
    else if (choice < 7)
        foldkit_event(kit, (unsigned int)at, places[at], MOVE(DISPATCHED), what, places[(at + 1) % 3]);
    else
        foldkit_event(kit, (unsigned int)at, places[at], bodies[seed_below(random, 6)], what, "");
    kit->hlc = 0;
}

static void test_any_order_shows_the_same(void **state)
{
    uint64_t seed = seed_start();
    size_t contradicted = 0;
    size_t standing = 0;

    (void)state;
    for (int round = 0; round < 100; round++) {
        uint8_t expected[HASH_SIZE];
        size_t order[FOLDKIT_MAX];
        struct seen first = {0, 0};
        struct foldkit kit;

        foldkit_init(&kit);
        for (int i = 0; i < 25; i++)
            random_event(&kit, &seed);
        for (size_t i = 0; i < kit.count; i++)
            order[i] = i;
        for (int run = 0; run < 6; run++) {
            struct memstore *store = foldkit_play(&kit, order, kit.count, run == 1);
            struct store_txn *txn = memstore_begin_read(store);
            struct seen seen = look(store);
            uint8_t digest[HASH_SIZE];

            assert_int_equal(discrepancy_digest(txn, run == 0 ? expected : digest), 0);
            if (run == 0)
                first = seen;
            else
                assert_memory_equal(digest, expected, HASH_SIZE);
            assert_int_equal(seen.contradicted, first.contradicted);
            assert_int_equal(seen.standing, first.standing);
            memstore_abort(txn);
            memstore_free(store);
            foldkit_shuffle(order, kit.count, &seed);
        }
        contradicted += first.contradicted;
        standing += first.standing;
        foldkit_free(&kit);
    }
    assert_true(contradicted > 50);
    assert_true(standing > 50);
}

static void report(struct pair *pair, size_t node, const char *reporter, uint32_t bags)
{
    Navette__PhoneReport said = NAVETTE__PHONE_REPORT__INIT;
    Navette__Event body = NAVETTE__EVENT__INIT;

    said.reporter = (char *)(uintptr_t)reporter;
    said.bags = bags;
    said.said = 1;
    body.body_case = NAVETTE__EVENT__BODY_PHONE_REPORT;
    body.phone_report = &said;
    assert_int_equal(pair_record(pair, node, &body), 0);
}

static struct phone_view at_hub(struct pair *pair, const char *place)
{
    struct store_txn *state = memstore_begin_read(pair->state);
    struct store_txn *journal = memstore_begin_read(pair->journal);
    struct phone_view view;

    assert_int_equal(phone_view_read(state, journal, place, NULL, &view), 0);
    memstore_abort(state);
    memstore_abort(journal);
    return view;
}

static void test_views_of_places(void **state)
{
    struct pair *pair = said_places(2);
    struct phone_view view;
    struct ref last;

    (void)state;
    report(pair, 0, "R", 4);
    report(pair, 0, "R", 5);
    report(pair, 0, "RR", 9);
    last = said_last(pair, 0);
    said_all(pair, "0");
    view = at_hub(pair, NULL);
    assert_int_equal(view.place_count, 2);
    assert_string_equal(view.places[0].place, "R");
    assert_int_equal(view.places[0].bags, 5);
    assert_int_equal(view.places[1].bags, 9);
    phone_view_free(&view);
    view = at_hub(pair, "R");
    assert_int_equal(view.place_count, 1);
    phone_view_free(&view);
    said_retract(pair, 0, &last);
    /* B has a node of its own: what it says on the phone holds until that has told what it had recorded. */
    report(pair, 0, "B", 7);
    said_all(pair, "0");
    view = at_hub(pair, NULL);
    assert_int_equal(view.place_count, 2);
    assert_string_equal(view.places[0].place, "B");
    phone_view_free(&view);
    said_all(pair, "1");
    view = at_hub(pair, NULL);
    assert_int_equal(view.place_count, 1);
    assert_string_equal(view.places[0].place, "R");
    phone_view_free(&view);
    pair_free(pair);
}

static void test_views_of_things_and_the_road(void **state)
{
    struct transit_view transit;
    struct memstore *store;
    struct store_txn *txn;
    struct phone_view view;
    struct thing_key key;
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", MOVE(ITEM_REGISTERED), "i1", "book");
    foldkit_event(&kit, 0, "A", MOVE(ITEM_REGISTERED), "i2", "book");
    foldkit_event(&kit, 0, "A", MOVE(ITEM_REGISTERED), "i3", "book");
    foldkit_event(&kit, 0, "A", MOVE(ITEM_PACKED), "b1 i1 i2", "");
    foldkit_event(&kit, 0, "A", MOVE(DISPATCHED), "b1 i3", "B");
    handkit_said(&kit, 0, "A", HERE, "b1", 0);
    handkit_said(&kit, 0, "A", GONE, "i3", 0);
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    assert_int_equal(phone_view_read(txn, txn, NULL, NULL, &view), 0);
    assert_int_equal(view.thing_count, 2);
    assert_string_equal(view.things[1].speaker, "VOLUNTEER");
    phone_view_free(&view);
    key = foldkit_key("b1");
    assert_int_equal(phone_view_read(txn, txn, NULL, &key, &view), 0);
    assert_int_equal(view.thing_count, 1);
    assert_int_equal(view.things[0].claim, HERE);
    phone_view_free(&view);
    assert_int_equal(phone_view_read(txn, txn, "A", NULL, &view), 0);
    assert_int_equal(view.thing_count, 0);
    phone_view_free(&view);
    assert_int_equal(view_transit(txn, txn, 0, VIEW_NOW, &transit), 0);
    assert_int_equal(transit.count, 1);
    assert_int_equal(transit.rows[0].count, 3);
    assert_int_equal(transit.rows[0].phoned, 2);
    transit_view_free(&transit);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_claim_against_each_event),
        cmocka_unit_test(test_when_it_was_said_counts),
        cmocka_unit_test(test_a_later_word_takes_over),
        cmocka_unit_test(test_nothing_moves),
        cmocka_unit_test(test_verdicts_of_a_contradiction),
        cmocka_unit_test(test_a_contradiction_is_proven),
        cmocka_unit_test(test_hearsay_keeps_a_late_transit_provisional),
        cmocka_unit_test(test_hearsay_is_never_wrongly_proven),
        cmocka_unit_test(test_a_figure_that_was_only_said),
        cmocka_unit_test(test_any_order_shows_the_same),
        cmocka_unit_test(test_views_of_places),
        cmocka_unit_test(test_views_of_things_and_the_road),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
