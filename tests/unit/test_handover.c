/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handover.h: what all that speaks of a hand-over makes of it.
 *   - the three counts by figures and by scans: a table of what each party counted, and of what is short or over
 *   - tags between dispatch and checked reception: missing, extra, what may have been inside is not extra, cancelled, refused
 *   - a recount replaces, in its own order; a retraction takes back; the count of a stop is of all its slips
 *   - slip and stop in one event make them one; a reference is the hand-over of what it points to; a count that names nothing waits to be paired, with the last pairing
 *   - where the gap lies; untagged bags by kind
 *   - findings: kind, events, places; a number that everything is called by is not compared: at the limit and one past it
 *   - the list, by slip, round, place, gaps, unpaired
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "navette/hlc.h"
#include "tests/lib/handkit.h"

#define GIVER HANDOVER_GIVER
#define CARRIER HANDOVER_CARRIER
#define TAKER HANDOVER_TAKER
#define SLIP(...) ((struct hand){.slip = "S1", __VA_ARGS__})
#define STOP(...) ((struct hand){.round = "R1", .stop = 2, __VA_ARGS__})
#define NOTHING ((struct hand){.slip = NULL})

static struct handover played(struct foldkit *kit, const char *name)
{
    struct memstore *store = foldkit_play(kit, NULL, 0, 0);
    struct store_txn *txn = memstore_begin_read(store);
    struct handover handover;

    assert_int_equal(discrepancy_check(txn, txn), 0);
    memstore_abort(txn);
    handover = handkit_handover(store, name);
    memstore_free(store);
    return handover;
}

/* Its figures, and which of "short" and "over" it is. */
static void expect(struct foldkit *kit, const char *name, const char *figures, const char *amiss)
{
    struct handover handover = played(kit, name);
    char found[16];

    assert_string_equal(handkit_figures(&handover), figures);
    snprintf(found, sizeof(found), "%s%s", handover.is_short ? "short" : "", handover.is_over ? "over" : "");
    assert_string_equal(found, amiss);
    handover_free(&handover);
}

static const char *tags(const struct handover_tag *list, size_t count)
{
    static char text[128];
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i > 0 ? " " : "", thing_id(&list[i].key));
    return text;
}

static void expect_tags(struct foldkit *kit, const char *name, const char *missing, const char *extra)
{
    struct handover handover = played(kit, name);

    assert_string_equal(tags(handover.missing, handover.missing_count), missing);
    assert_string_equal(tags(handover.extra, handover.extra_count), extra);
    handover_free(&handover);
}

/* Who counts what in bags, and what is made of it. -1: that party has not counted; giver: how many bags it scans. */
static void test_who_is_compared_with_whom(void **state)
{
    static const struct {
        int giver, carrier, taker;
        const char *figures, *amiss;
        int earlier, later;
    } cases[] = {
        {-1, 3, -1, ". | -/3/- | .", "", -1, -1},
        {-1, -1, 3, ". | . | -/3/-", "", -1, -1},
        {3, -1, -1, "0/3/- | . | .", "", -1, -1},
        {3, -1, 3, "0/3/- | . | -/3/-", "", GIVER, TAKER},
        {3, -1, 2, "0/3/- | . | -/2/-", "short", GIVER, TAKER},
        {2, -1, 3, "0/2/- | . | -/3/-", "over", GIVER, TAKER},
        {3, 2, -1, "0/3/- | -/2/- | .", "short", GIVER, CARRIER},
        {3, 3, -1, "0/3/- | -/3/- | .", "", GIVER, CARRIER},
        {-1, 3, 2, ". | -/3/- | -/2/-", "short", CARRIER, TAKER},
        {-1, 2, 2, ". | -/2/- | -/2/-", "", CARRIER, TAKER},
        {3, 2, 3, "0/3/- | -/2/- | -/3/-", "", GIVER, TAKER},
        {3, 2, 2, "0/3/- | -/2/- | -/2/-", "short", GIVER, TAKER},
        {3, 3, 2, "0/3/- | -/3/- | -/2/-", "short", GIVER, TAKER},
        {3, -1, 0, "0/3/- | . | -/0/-", "short", GIVER, TAKER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        static const char *const bags[] = {"", "b1", "b1 b2", "b1 b2 b3"};
        struct handover handover;
        struct foldkit kit;

        foldkit_init(&kit);
        if (cases[i].giver > 0)
            handkit_give(&kit, 0, "A", "B", bags[cases[i].giver], SLIP());
        if (cases[i].carrier >= 0)
            handkit_count(&kit, 1, "V", CARRIER, -1, cases[i].carrier, -1, SLIP());
        if (cases[i].taker >= 0)
            handkit_count(&kit, 2, "B", TAKER, -1, cases[i].taker, -1, SLIP());
        expect(&kit, "S1", cases[i].figures, cases[i].amiss);
        handover = played(&kit, "S1");
        assert_int_equal(handover.earlier, cases[i].earlier);
        assert_int_equal(handover.later, cases[i].later);
        handover_free(&handover);
        foldkit_free(&kit);
    }
}

static void test_figures_of_both_are_compared_where_both_counted(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    handkit_count(&kit, 0, "A", GIVER, 1, 4, -1, SLIP());
    handkit_count(&kit, 2, "B", TAKER, -1, 4, 12, SLIP());
    expect(&kit, "S1", "1/4/- | . | -/4/12", "");
    /* Nothing was said of what it was typed for: what is not 0 counts. */
    handkit_count(&kit, 0, "A", GIVER, 1, 4, 12, SLIP());
    handkit_count(&kit, 2, "B", TAKER, 0, 5, 11, SLIP());
    expect(&kit, "S1", "1/4/12 | . | 0/5/11", "shortover");
    foldkit_free(&kit);
}

static void test_a_recount_replaces_in_its_own_order(void **state)
{
    struct foldkit kit;
    struct ref wrong;

    (void)state;
    foldkit_init(&kit);
    handkit_give(&kit, 0, "A", "B", "b1 b2", SLIP());
    wrong = handkit_count(&kit, 2, "B", TAKER, -1, 1, -1, SLIP());
    expect(&kit, "S1", "0/2/- | . | -/1/-", "short");
    handkit_count(&kit, 2, "B", TAKER, -1, 2, -1, SLIP());
    expect(&kit, "S1", "0/2/- | . | -/2/-", "");
    /* One that comes late and was made before does not. */
    kit.hlc = hlc_make(FOLDKIT_START_MS, 0);
    handkit_count(&kit, 3, "B", TAKER, -1, 9, -1, SLIP());
    expect(&kit, "S1", "0/2/- | . | -/2/-", "");
    foldkit_retract(&kit, 2, "B", kit.entries[kit.count - 2].self);
    expect(&kit, "S1", "0/2/- | . | -/1/-", "short");
    foldkit_retract(&kit, 2, "B", wrong);
    expect(&kit, "S1", "0/2/- | . | -/9/-", "over");
    foldkit_free(&kit);
}

static void test_tags_of_a_checked_reception(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    handkit_give(&kit, 0, "A", "B", "b1 b2", SLIP());
    handkit_give(&kit, 0, "A", "B", "b3 i1", SLIP());
    handkit_take(&kit, 2, "B", "b1 b9", SLIP(.unopened = 1));
    handkit_close(&kit, 2, "B", SLIP(.unopened = 1));
    /* Unopened: more may come, nothing is said of it. */
    expect(&kit, "S1", "0/3/- | . | .", "");
    expect_tags(&kit, "S1", "", "");
    handkit_close(&kit, 2, "B", SLIP());
    expect_tags(&kit, "S1", "i1 b2 b3", "b9");
    expect(&kit, "S1", "0/3/- | . | 0/2/0", "shortover");
    /* What is refused has come; what is cancelled never left; what comes later has come. */
    handkit_refuse(&kit, 2, "B", "b2", SLIP());
    handkit_cancel(&kit, 0, "A", "i1", SLIP());
    handkit_take(&kit, 2, "B", "b3", SLIP());
    expect_tags(&kit, "S1", "", "b9");
    handkit_give(&kit, 0, "A", "B", "b9", SLIP());
    expect_tags(&kit, "S1", "", "");
    expect(&kit, "S1", "0/4/- | . | 0/4/-", "");
    foldkit_free(&kit);
}

static void test_what_may_have_been_inside_is_not_over(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    handkit_give(&kit, 0, "A", "B", "c1", SLIP());
    handkit_take(&kit, 2, "B", "c1 b1 i1", SLIP());
    handkit_see(&kit, 2, "B", "i2", SLIP());
    handkit_close(&kit, 2, "B", SLIP());
    expect(&kit, "S1", "1/-/- | . | 1/1/2", "");
    expect_tags(&kit, "S1", "", "");
    /* The dispatch says how many documents are inside: they are counted, not named. */
    handkit_give(&kit, 0, "A", "B", "b2", SLIP(.inside = 3));
    handkit_take(&kit, 2, "B", "b2", SLIP());
    expect(&kit, "S1", "1/-/3 | . | 1/2/2", "short");
    handkit_see(&kit, 2, "B", "i3", SLIP());
    expect(&kit, "S1", "1/-/3 | . | 1/2/3", "");
    /* The same bag dispatched again is one bag, and its last count of documents. */
    handkit_give(&kit, 0, "A", "B", "b2", SLIP(.inside = 4));
    expect(&kit, "S1", "1/-/4 | . | 1/2/3", "short");
    foldkit_free(&kit);
}

static void test_documents_inside_are_counted_only_by_who_looks(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    handkit_give(&kit, 0, "A", "B", "b1", SLIP(.inside = 12));
    handkit_take(&kit, 2, "B", "b1", SLIP());
    handkit_close(&kit, 2, "B", SLIP());
    expect(&kit, "S1", "0/1/12 | . | 0/1/-", "");
    foldkit_free(&kit);
}

static void test_untagged_bags_by_kind(void **state)
{
    struct handover handover;
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    handkit_give(&kit, 0, "A", "B", "b1", SLIP(.pools = "paper:3 cloth:1"));
    handkit_take(&kit, 2, "B", "b1", SLIP(.pools = "paper:2"));
    handkit_close(&kit, 2, "B", SLIP());
    expect(&kit, "S1", "0/1/-+1cloth+3paper | . | 0/1/-+2paper", "short");
    handover = played(&kit, "S1");
    assert_int_equal(handover_pool_gap(&handover, GIVER, TAKER, "paper"), -1);
    assert_int_equal(handover_pool_gap(&handover, GIVER, TAKER, "cloth"), -1);
    assert_int_equal(handover_pool_gap(&handover, GIVER, TAKER, "silk"), 0);
    handover_free(&handover);
    handkit_count(&kit, 2, "B", TAKER, -1, -1, -1, SLIP(.pools = "paper:3 cloth:2"));
    expect(&kit, "S1", "0/1/-+1cloth+3paper | . | 0/1/-+2cloth+3paper", "over");
    foldkit_free(&kit);
}

/* Who types how many untagged bags came has counted those, though nothing is closed: several receptions add up. */
static void test_untagged_bags_are_counted_as_they_come(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    handkit_pool(&kit, 0, "A", EV(DISPATCHED), "paper:5", "B", "S1");
    expect(&kit, "S1", "-/-/-+5paper | . | .", "");
    handkit_pool(&kit, 2, "B", EV(RECEIVED), "paper:2", "A", "S1");
    expect(&kit, "S1", "-/-/-+5paper | . | -/-/-+2paper", "short");
    handkit_pool(&kit, 2, "B", EV(RECEIVED), "paper:3", "A", "S1");
    expect(&kit, "S1", "-/-/-+5paper | . | -/-/-+5paper", "");
    handkit_pool(&kit, 2, "B", EV(RECEIVED), "cloth:1", "A", "S1");
    expect(&kit, "S1", "-/-/-+5paper | . | -/-/-+1cloth+5paper", "over");
    foldkit_free(&kit);
}

/* Each counts for itself, as far as dispatches say who gives and who takes. */
static void test_nobody_counts_for_the_other_side(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    handkit_count(&kit, 0, "A", TAKER, -1, 2, -1, SLIP());
    expect(&kit, "S1", ". | . | -/2/-", "");
    handkit_give(&kit, 0, "A", "B", "b1 b2 b3", SLIP());
    expect(&kit, "S1", "0/3/- | . | .", "");
    handkit_count(&kit, 2, "B", GIVER, -1, 9, -1, SLIP());
    expect(&kit, "S1", "0/3/- | . | .", "");
    handkit_count(&kit, 2, "B", TAKER, -1, 3, -1, SLIP());
    handkit_count(&kit, 0, "A", TAKER, -1, 1, -1, SLIP());
    expect(&kit, "S1", "0/3/- | . | -/3/-", "");
    handkit_count(&kit, 0, "A", CARRIER, -1, 3, -1, SLIP());
    expect(&kit, "S1", "0/3/- | -/3/- | -/3/-", "");
    foldkit_free(&kit);
}

static void test_a_stop_and_its_slips_are_one(void **state)
{
    struct handover handover;
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    handkit_give(&kit, 0, "A", "B", "b1 b2", SLIP(.round = "R1", .stop = 2, .carrier = "V"));
    handkit_give(&kit, 0, "A", "B", "b3", (struct hand){.slip = "S2", .round = "R1", .stop = 2});
    handkit_count(&kit, 1, "V", CARRIER, -1, 2, -1, STOP());
    expect(&kit, "R1/2/out", "0/3/- | -/2/- | .", "short");
    expect(&kit, "S2", "0/3/- | -/2/- | .", "short");
    /* A taker has counted when it has counted both slips, or the stop. */
    handkit_count(&kit, 2, "B", TAKER, -1, 2, -1, SLIP());
    expect(&kit, "S1", "0/3/- | -/2/- | .", "short");
    handkit_take(&kit, 2, "B", "b3", (struct hand){.slip = "S2"});
    handkit_close(&kit, 2, "B", (struct hand){.slip = "S2"});
    expect(&kit, "S1", "0/3/- | -/2/- | -/3/-", "");
    handkit_count(&kit, 2, "B", TAKER, -1, 2, -1, STOP());
    expect(&kit, "S1", "0/3/- | -/2/- | -/2/-", "short");
    handover = played(&kit, "R1/2/out");
    assert_string_equal(handover.slip, "S1");
    assert_string_equal(handover.round, "R1");
    assert_int_equal(handover.stop, 2);
    assert_string_equal(handover.carrier, "V");
    assert_string_equal(handover.from, "A");
    assert_string_equal(handover.to, "B");
    assert_int_equal(handover.day, FOLDKIT_START_DAY);
    assert_string_equal(thing_namespace(&handover.key), "slip");
    assert_int_equal(handover_gap(&handover, GIVER, CARRIER, HANDOVER_BAGS), -1);
    assert_int_equal(handover_gap(&handover, CARRIER, TAKER, HANDOVER_BAGS), 0);
    handover_free(&handover);
    /* Neither another stop nor the way back. */
    handkit_collect(&kit, 2, "B", "A", "b7", STOP());
    handkit_count(&kit, 1, "V", CARRIER, -1, 0, -1, STOP(.back = 1));
    expect(&kit, "R1/2/back", "0/1/- | -/0/- | .", "short");
    expect(&kit, "S1", "0/3/- | -/2/- | -/2/-", "short");
    foldkit_free(&kit);
}

static void test_a_round_without_a_stop_names_nothing(void **state)
{
    struct handover handover;
    struct foldkit kit;
    struct ref count;

    (void)state;
    foldkit_init(&kit);
    count = handkit_count(&kit, 1, "V", CARRIER, -1, 2, -1, (struct hand){.round = "R1"});
    struct memstore *store = foldkit_play(&kit, NULL, 0, 0);
    handover = handkit_of_ref(store, &count);
    assert_true(handover.unpaired);
    handover_free(&handover);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_a_reference_is_what_it_points_to(void **state)
{
    struct handover handover;
    struct memstore *store;
    struct foldkit kit;
    struct ref named;
    struct ref bare;

    (void)state;
    foldkit_init(&kit);
    named = handkit_give(&kit, 0, "A", "B", "b1", SLIP());
    handkit_give(&kit, 0, "A", "B", "b2", SLIP());
    bare = handkit_give(&kit, 0, "A", "B", "b3 b4", NOTHING);
    handkit_take(&kit, 2, "B", "b1", (struct hand){.dispatch = &named});
    handkit_close(&kit, 2, "B", (struct hand){.dispatch = &named});
    handkit_take(&kit, 2, "B", "b3", (struct hand){.dispatch = &bare});
    handkit_close(&kit, 2, "B", (struct hand){.dispatch = &bare});
    expect_tags(&kit, "S1", "b2", "");
    store = foldkit_play(&kit, NULL, 0, 0);
    handover = handkit_of_ref(store, &bare);
    assert_string_equal(tags(handover.missing, handover.missing_count), "b4");
    assert_string_equal(thing_namespace(&handover.key), "ref");
    handover_free(&handover);
    handover = handkit_of_ref(store, &named);
    assert_string_equal(thing_id(&handover.key), "S1");
    handover_free(&handover);
    memstore_free(store);
    /* The dispatch that is taken back is pointed to no more. */
    foldkit_retract(&kit, 0, "A", named);
    expect_tags(&kit, "S1", "", "");
    foldkit_free(&kit);
}

static void test_a_count_that_names_nothing_is_paired_by_a_person(void **state)
{
    struct handover handover;
    struct memstore *store;
    struct foldkit kit;
    struct ref count;
    struct ref pairing;
    struct ref given;

    (void)state;
    foldkit_init(&kit);
    given = handkit_give(&kit, 0, "A", "B", "b1 b2", SLIP());
    handkit_give(&kit, 0, "A", "C", "b3", (struct hand){.slip = "S2"});
    count = handkit_count(&kit, 2, "B", TAKER, -1, 1, -1, NOTHING);
    store = foldkit_play(&kit, NULL, 0, 0);
    handover = handkit_of_ref(store, &count);
    assert_true(handover.unpaired);
    assert_int_equal(handover.earlier, -1);
    handover_free(&handover);
    memstore_free(store);
    expect(&kit, "S1", "0/2/- | . | .", "");
    pairing = handkit_pair(&kit, 2, "B", &count, &given, NOTHING);
    expect(&kit, "S1", "0/2/- | . | -/1/-", "short");
    /* Paired again: the last one counts. */
    handkit_pair(&kit, 2, "B", &count, NULL, (struct hand){.slip = "S2"});
    expect(&kit, "S1", "0/2/- | . | .", "");
    expect(&kit, "S2", "0/1/- | . | -/1/-", "");
    foldkit_retract(&kit, 2, "B", kit.entries[kit.count - 1].self);
    expect(&kit, "S1", "0/2/- | . | -/1/-", "short");
    foldkit_retract(&kit, 2, "B", pairing);
    expect(&kit, "S1", "0/2/- | . | .", "");
    foldkit_free(&kit);
}

static void test_pairings_that_mean_nothing(void **state)
{
    struct foldkit kit;
    struct ref counted;
    struct ref one;
    struct ref other;

    (void)state;
    foldkit_init(&kit);
    handkit_give(&kit, 0, "A", "B", "b1", SLIP());
    counted = handkit_count(&kit, 2, "B", TAKER, -1, 0, -1, (struct hand){.slip = "S2"});
    /* A count that names its hand-over is not moved; a pairing that names none is none; two that are paired with each other stay apart. */
    handkit_pair(&kit, 2, "B", &counted, NULL, SLIP());
    expect(&kit, "S1", "0/1/- | . | .", "");
    one = handkit_count(&kit, 2, "B", TAKER, -1, 0, -1, NOTHING);
    handkit_pair(&kit, 2, "B", &one, NULL, NOTHING);
    other = handkit_count(&kit, 0, "A", GIVER, -1, 1, -1, NOTHING);
    handkit_pair(&kit, 2, "B", &one, &other, NOTHING);
    handkit_pair(&kit, 2, "B", &other, &one, NOTHING);
    expect(&kit, "S1", "0/1/- | . | .", "");
    foldkit_free(&kit);
}

static void test_two_that_name_nothing_are_paired_with_each_other(void **state)
{
    struct handover handover;
    struct memstore *store;
    struct foldkit kit;
    struct ref given;
    struct ref taken;

    (void)state;
    foldkit_init(&kit);
    given = handkit_count(&kit, 0, "A", GIVER, -1, 3, -1, (struct hand){.peer = "B"});
    taken = handkit_count(&kit, 2, "B", TAKER, -1, 2, -1, (struct hand){.peer = "A"});
    handkit_pair(&kit, 2, "B", &taken, &given, NOTHING);
    store = foldkit_play(&kit, NULL, 0, 0);
    handover = handkit_of_ref(store, &taken);
    assert_string_equal(handkit_figures(&handover), "-/3/- | . | -/2/-");
    assert_true(handover.is_short);
    assert_false(handover.unpaired);
    assert_string_equal(handover.from, "A");
    assert_string_equal(handover.to, "B");
    handover_free(&handover);
    memstore_free(store);
    foldkit_free(&kit);
}

struct rows {
    struct discrepancy_row list[8];
    size_t count;
};

static int gather(const struct discrepancy_row *row, void *context)
{
    struct rows *rows = context;

    if (thing_kind(&row->subject) != NAVETTE__THING_KIND__THING_HANDOVER)
        return 0;
    assert_true(rows->count < 8);
    rows->list[rows->count++] = *row;
    return 0;
}

static struct rows found(struct foldkit *kit, const size_t *order)
{
    struct memstore *store = foldkit_play(kit, order, kit->count, 0);
    struct store_txn *txn = memstore_begin_read(store);
    struct rows rows = {.count = 0};

    assert_int_equal(discrepancy_check(txn, txn), 0);
    assert_int_equal(discrepancy_each(txn, NULL, gather, &rows), 0);
    memstore_abort(txn);
    memstore_free(store);
    return rows;
}

static void test_what_is_found_and_whom_it_concerns(void **state)
{
    struct foldkit kit;
    struct rows rows;
    struct ref given;
    struct ref closed;

    (void)state;
    foldkit_init(&kit);
    given = handkit_give(&kit, 0, "A", "B", "b1 b2", SLIP(.carrier = "VAN"));
    closed = handkit_close(&kit, 2, "B", SLIP(.peer = "A"));
    rows = found(&kit, NULL);
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.list[0].finding.kind, DISCREPANCY_SHORT);
    assert_int_equal(rows.list[0].state, DISCREPANCY_OPEN);
    assert_int_equal(rows.list[0].opened, 2);
    assert_string_equal(thing_id(&rows.list[0].subject), "S1");
    assert_int_equal(rows.list[0].finding.event_count, 2);
    assert_int_equal(ref_compare(&rows.list[0].finding.events[0], &closed), 0);
    assert_int_equal(ref_compare(&rows.list[0].finding.events[1], &given), 0);
    assert_int_equal(rows.list[0].finding.place_count, 3);
    assert_string_equal(rows.list[0].finding.places[0], "B");
    assert_string_equal(rows.list[0].finding.places[1], "A");
    assert_string_equal(rows.list[0].finding.places[2], "VAN");
    /* The missing ones come late: withdrawn, by the one that brought the last. */
    handkit_take(&kit, 2, "B", "b1", SLIP());
    handkit_take(&kit, 2, "B", "b2", SLIP());
    rows = found(&kit, NULL);
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.list[0].state, DISCREPANCY_WITHDRAWN);
    assert_int_equal(rows.list[0].changed, 4);
    foldkit_free(&kit);
}

static void test_a_late_dispatch_explains_what_was_over(void **state)
{
    static const size_t late[] = {1, 2, 3, 0};
    struct foldkit kit;
    struct rows rows;

    (void)state;
    foldkit_init(&kit);
    handkit_give(&kit, 0, "A", "B", "b2", SLIP());
    handkit_give(&kit, 0, "A", "B", "b1", SLIP());
    handkit_take(&kit, 2, "B", "b1 b2", SLIP());
    handkit_close(&kit, 2, "B", SLIP());
    assert_int_equal(found(&kit, NULL).count, 0);
    rows = found(&kit, late);
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.list[0].finding.kind, DISCREPANCY_OVER);
    assert_int_equal(rows.list[0].state, DISCREPANCY_WITHDRAWN);
    assert_int_equal(rows.list[0].opened, 3);
    assert_int_equal(rows.list[0].changed, 4);
    foldkit_free(&kit);
}

/* Nearly every event gives the same bag again: the one too many makes the number name nothing. */
static void test_a_number_that_everything_is_called_by(void **state)
{
    struct foldkit kit;
    struct rows rows;

    (void)state;
    foldkit_init(&kit);
    handkit_give(&kit, 0, "A", "B", "b1 b2", SLIP(.round = "R1", .stop = 2));
    while (kit.count < HANDOVER_EVENTS_MAX - 1)
        handkit_give(&kit, 0, "A", "B", "b1", SLIP());
    handkit_count(&kit, 2, "B", TAKER, -1, 1, -1, SLIP());
    rows = found(&kit, NULL);
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.list[0].state, DISCREPANCY_OPEN);
    assert_string_equal(thing_id(&rows.list[0].subject), "S1");
    handkit_give(&kit, 0, "A", "B", "b1", SLIP());
    rows = found(&kit, NULL);
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.list[0].state, DISCREPANCY_WITHDRAWN);
    /* Its stop goes on without it. */
    handkit_count(&kit, 1, "V", CARRIER, -1, 1, -1, STOP());
    rows = found(&kit, NULL);
    assert_int_equal(rows.count, 2);
    assert_int_equal(rows.list[0].state, DISCREPANCY_OPEN);
    assert_string_equal(thing_namespace(&rows.list[0].subject), "out.2");
    foldkit_free(&kit);
}

static struct handover_view listed(struct memstore *store, struct handover_filter filter)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct handover_view view;

    if (filter.max == 0)
        filter.max = 16;
    assert_int_equal(handover_list(txn, txn, &filter, &view), 0);
    memstore_abort(txn);
    return view;
}

static void expect_list(struct memstore *store, struct handover_filter filter, const char *names, size_t total)
{
    struct handover_view view = listed(store, filter);
    char joined[128] = "";

    for (size_t i = 0; i < view.count; i++) {
        strcat(joined, i > 0 ? " " : "");
        strcat(joined, strcmp(thing_namespace(&view.rows[i].key), "ref") == 0 ? "ref" : thing_id(&view.rows[i].key));
    }
    assert_string_equal(joined, names);
    assert_int_equal(view.total, total);
    handover_view_free(&view);
}

static void test_the_list(void **state)
{
    struct memstore *store;
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    handkit_give(&kit, 0, "A", "B", "b1", SLIP(.round = "R1", .stop = 2));
    handkit_give(&kit, 0, "A", "C", "b2", (struct hand){.slip = "S2", .round = "R1"});
    handkit_count(&kit, 1, "V", CARRIER, -1, 0, -1, STOP());
    handkit_count(&kit, 3, "D", TAKER, -1, 1, -1, NOTHING);
    handkit_deposit(&kit, 0, "A", "c1", 1, 2, "");
    store = foldkit_play(&kit, NULL, 0, 0);
    expect_list(store, (struct handover_filter){.slip = NULL}, "ref S1 S2", 3);
    expect_list(store, (struct handover_filter){.max = 2}, "ref S1", 3);
    expect_list(store, (struct handover_filter){.slip = "S2"}, "S2", 1);
    expect_list(store, (struct handover_filter){.slip = "S9"}, "", 0);
    expect_list(store, (struct handover_filter){.round = "R1"}, "S1 S2", 2);
    expect_list(store, (struct handover_filter){.place = "V"}, "S1", 1);
    expect_list(store, (struct handover_filter){.place = "C"}, "S2", 1);
    expect_list(store, (struct handover_filter){.gaps = 1}, "S1", 1);
    expect_list(store, (struct handover_filter){.unpaired = 1}, "ref", 1);
    memstore_free(store);
    foldkit_free(&kit);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_is_compared_with_whom),
        cmocka_unit_test(test_figures_of_both_are_compared_where_both_counted),
        cmocka_unit_test(test_a_recount_replaces_in_its_own_order),
        cmocka_unit_test(test_tags_of_a_checked_reception),
        cmocka_unit_test(test_what_may_have_been_inside_is_not_over),
        cmocka_unit_test(test_documents_inside_are_counted_only_by_who_looks),
        cmocka_unit_test(test_untagged_bags_by_kind),
        cmocka_unit_test(test_untagged_bags_are_counted_as_they_come),
        cmocka_unit_test(test_nobody_counts_for_the_other_side),
        cmocka_unit_test(test_a_stop_and_its_slips_are_one),
        cmocka_unit_test(test_a_round_without_a_stop_names_nothing),
        cmocka_unit_test(test_a_reference_is_what_it_points_to),
        cmocka_unit_test(test_a_count_that_names_nothing_is_paired_by_a_person),
        cmocka_unit_test(test_pairings_that_mean_nothing),
        cmocka_unit_test(test_two_that_name_nothing_are_paired_with_each_other),
        cmocka_unit_test(test_what_is_found_and_whom_it_concerns),
        cmocka_unit_test(test_a_late_dispatch_explains_what_was_over),
        cmocka_unit_test(test_a_number_that_everything_is_called_by),
        cmocka_unit_test(test_the_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
