/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terms (core/reconcile/due.h, late.c, lapse.h): late transits and overdue bags, over a hub and nodes that come and go.
 *   - the rule that names most counts, of two alike the longer, while it holds; none: 7 days for a transit, no term for a bag
 *   - a transit is late at the last millisecond and not before; undecidable while an end of it is silent
 *   - received in time and heard of late: withdrawn; after it was proven: wrongly proven; received late: settled, by that event
 *   - retracted, it lasts again and is told once; an end within a quarter of an hour of its being shown leaves nothing
 *   - a bag with a person, or at a relay: overdue with the rule, not without; withdrawn by the return that was not known; where it counts in the bags view
 *   - a document or a bag at a branch has no term
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "navette/view.h"
#include "reconcile/due.h"
#include "reconcile/lapse.h"
#include "tests/lib/said.h"

#define ITEM NAVETTE__THING_KIND__THING_ITEM
#define BAG NAVETTE__THING_KIND__THING_BAG
#define LATE NAVETTE__RULE_KIND__RULE_LATE
#define OVERDUE NAVETTE__RULE_KIND__RULE_OVERDUE
#define MOVE(name) NAVETTE__EVENT__BODY_##name
#define DAY_S 86400u

static struct due_rule rule(int kind, const char *material, const char *place, const char *to, int64_t days)
{
    struct due_rule made;

    memset(&made, 0, sizeof(made));
    made.kind = (uint8_t)kind;
    strcpy(made.material, material);
    strcpy(made.place, place);
    strcpy(made.to, to);
    made.duration_ms = days * SAID_DAY;
    return made;
}

static void test_the_rule_that_names_most_counts(void **state)
{
    struct due_rule list[7];
    struct due_rules rules = {.list = list};
    struct discrepancy_finding finding;
    struct thing_record record;
    struct thing_key key;
    int64_t due_ms;

    (void)state;
    assert_int_equal(thing_key_make(ITEM, "t", "1", &key), 0);
    thing_record_init(&record, &key);
    record.registered = 1;
    record.custody = CUSTODY_TRANSIT;
    record.day = 100;
    strcpy(record.place, "A");
    strcpy(record.to, "B");
    strcpy(record.material, "book");
#define DUE(expected)                                                                                                                      \
    do {                                                                                                                                   \
        assert_int_equal(due_of(&rules, 1000, 0, &record, &finding, &due_ms), DISCREPANCY_TRANSIT);                                        \
        assert_int_equal(due_ms, (101 + (expected)) * SAID_DAY);                                                                           \
    } while (0)
    DUE(DISCREPANCY_LATE_DAYS);
    list[rules.count++] = rule(LATE, "", "", "", 1);
    list[rules.count++] = rule(OVERDUE, "book", "A", "", 99);
    DUE(1);
    list[rules.count++] = rule(LATE, "", "", "", 3);
    DUE(3);
    list[rules.count++] = rule(LATE, "book", "", "", 2);
    DUE(2);
    list[rules.count++] = rule(LATE, "", "", "B", 9);
    DUE(9);
    list[rules.count++] = rule(LATE, "", "A", "B", 4);
    DUE(4);
    list[rules.count++] = rule(LATE, "dvd", "A", "B", 5);
    DUE(4);
    list[5].from_ms = 1001;
    DUE(9);
    list[5].from_ms = 1000;
    list[5].to_ms = 1000;
    DUE(9);
    list[5].to_ms = 1001;
    DUE(4);
    assert_int_equal(due_shortest_late(&rules, 1000), SAID_DAY);
    assert_int_equal(due_of(&rules, 1000, 6, &record, &finding, &due_ms), DISCREPANCY_TRANSIT);
    assert_int_equal(due_ms, 107 * SAID_DAY);
#undef DUE
    record.condition = CONDITION_LOST;
    assert_int_equal(due_of(&rules, 1000, 0, &record, &finding, &due_ms), 0);
    record.condition = CONDITION_NORMAL;
    record.custody = CUSTODY_PERSON;
    assert_int_equal(due_of(&rules, 1000, 0, &record, &finding, &due_ms), 0); /* documents are lent */
}

/* "1" leaves A for B; everybody knows; then days pass and only A speaks. */
static struct pair *sent(int64_t days)
{
    struct pair *pair = said_places(2);

    assert_int_equal(pair_register(pair, 0, "1", "Un"), 0);
    assert_int_equal(pair_dispatch(pair, 0, ITEM, "1", "B"), 0);
    said_talk(pair, "01");
    pair_disconnect(pair, 1);
    pair_tick(pair, days * SAID_DAY);
    return pair;
}

static void test_late_at_the_last_millisecond(void **state)
{
    struct pair *pair = sent(0);
    int64_t end_ms = (pair->now_ms / SAID_DAY + 1 + DISCREPANCY_LATE_DAYS) * SAID_DAY;
    struct verdict_row row;

    (void)state;
    pair->now_ms = end_ms;
    assert_int_equal(said_hub(pair, 0).verdict, 0);
    pair->now_ms = end_ms + 1;
    row = said_hub(pair, 0);
    assert_int_equal(row.what.finding.kind, DISCREPANCY_TRANSIT);
    assert_int_equal(row.opened_ms, end_ms);
    assert_int_equal(row.verdict, VERDICT_OPEN_UNDECIDABLE);
    assert_string_equal(said_concerned(&row), "B A");
    said_rule(pair, "slow", LATE, "", "A", "B", 30 * DAY_S);
    said_talk(pair, "0");
    assert_int_equal(said_hub(pair, 0).verdict, 0);
    assert_int_equal(said_node(pair, 0, 0).verdict, 0);
    pair_free(pair);
}

static void test_received_in_time_and_heard_of_late(void **state)
{
    struct pair *pair = sent(2);
    struct verdict_row row;
    struct ref received;

    (void)state;
    said_move(pair, 1, MOVE(RECEIVED), ITEM, "1", "");
    received = said_last(pair, 1);
    pair_tick(pair, 8 * SAID_DAY);
    said_talk(pair, "0");
    assert_int_equal(said_hub(pair, 0).verdict, VERDICT_OPEN_UNDECIDABLE);
    assert_int_equal(said_node(pair, 0, 0).verdict, VERDICT_OPEN_UNDECIDABLE);
    assert_int_equal(said_node(pair, 1, 0).verdict, 0);
    said_talk(pair, "01");
    for (int i = 0; i < 2; i++) {
        row = i == 0 ? said_hub(pair, 0) : said_node(pair, 0, 0);
        assert_int_equal(row.what.finding.kind, DISCREPANCY_TRANSIT);
        assert_int_equal(row.verdict, VERDICT_CLOSED_WITHDRAWN);
        assert_false(row.was_proven);
        assert_int_equal(ref_compare(&row.closed_by, &received), 0);
    }
    /* B itself was never in doubt. */
    assert_int_equal(said_node(pair, 1, 0).verdict, 0);
    pair_free(pair);
}

static void test_received_late_is_settled(void **state)
{
    struct pair *pair = sent(9);
    struct verdict_row row;
    struct ref received;

    (void)state;
    said_all(pair, "01");
    pair_tick(pair, VERDICT_GRACE_MS + SAID_HOUR);
    assert_int_equal(said_hub(pair, 0).verdict, VERDICT_OPEN_PROVEN);
    said_move(pair, 1, MOVE(RECEIVED), ITEM, "1", "");
    received = said_last(pair, 1);
    said_talk(pair, "01");
    row = said_hub(pair, 0);
    assert_int_equal(row.verdict, VERDICT_CLOSED_SETTLED);
    assert_int_equal(ref_compare(&row.closed_by, &received), 0);
    assert_false(row.was_proven);
    /* The reception is taken back: it is late still, and told once. */
    said_retract(pair, 1, &received);
    said_talk(pair, "01");
    assert_int_equal(said_hub(pair, 0).verdict, VERDICT_OPEN_PROVEN);
    said_move(pair, 0, MOVE(DECLARED_LOST), ITEM, "1", "");
    said_talk(pair, "01");
    assert_int_equal(said_hub(pair, 0).verdict, VERDICT_CLOSED_SETTLED);
    pair_free(pair);
}

static void test_wrongly_proven_when_the_dispatch_is_taken_back(void **state)
{
    struct pair *pair = sent(9);
    struct ref dispatched = said_last(pair, 0);
    struct verdict_row row;

    (void)state;
    said_all(pair, "01");
    pair_tick(pair, VERDICT_GRACE_MS + SAID_HOUR);
    assert_int_equal(said_hub(pair, 0).verdict, VERDICT_OPEN_PROVEN);
    said_retract(pair, 0, &dispatched);
    said_talk(pair, "01");
    row = said_hub(pair, 0);
    assert_int_equal(row.verdict, VERDICT_CLOSED_WITHDRAWN);
    assert_true(row.was_proven);
    pair_free(pair);
}

static void test_what_was_shown_to_nobody_is_not_kept(void **state)
{
    struct pair *pair = said_places(2);

    (void)state;
    assert_int_equal(pair_register(pair, 0, "1", "Un"), 0);
    said_talk(pair, "01");
    pair_disconnect(pair, 0);
    assert_int_equal(pair_dispatch(pair, 0, ITEM, "1", "B"), 0);
    pair_tick(pair, 20 * SAID_DAY);
    said_talk(pair, "1");
    /* The hub hears of the dispatch three weeks after, and at once of the reception. */
    said_move(pair, 1, MOVE(RECEIVED), ITEM, "1", "");
    pair_connect(pair, 0);
    assert_true(pair_settle(pair));
    assert_int_equal(said_hub(pair, 0).verdict, 0);
    assert_int_equal(said_hub(pair, DISCREPANCY_TRANSIT).verdict, 0);
    pair_free(pair);
}

static int64_t overdue(struct pair *pair, const char *place)
{
    struct store_txn *state = memstore_begin_read(pair->state);
    struct store_txn *journal = memstore_begin_read(pair->journal);
    struct bag_view view;
    int64_t count = 0;

    assert_int_equal(view_bags_known(state, journal, VIEW_NOW, VIEW_KNOWN_ALL, pair->now_ms, &view), 0);
    for (size_t i = 0; i < view.count; i++) {
        if (strcmp(view.rows[i].place, place) == 0 && view.rows[i].material[0] != '\0')
            count += view.rows[i].overdue;
    }
    assert_true(view.network.overdue >= count);
    bag_view_free(&view);
    memstore_abort(journal);
    memstore_abort(state);
    return count;
}

/* "S" is delivered at B, "R" lies at the relay B, "K" at the branch A. */
static struct pair *bags_out(void)
{
    struct pair *pair = said_places(2);

    said_declare(pair, "A", NAVETTE__PLACE_KIND__PLACE_BRANCH);
    said_declare(pair, "B", NAVETTE__PLACE_KIND__PLACE_RELAY);
    assert_int_equal(pair_commission(pair, 0, "K"), 0);
    assert_int_equal(pair_commission(pair, 0, "S"), 0);
    assert_int_equal(pair_dispatch(pair, 0, BAG, "S", "B"), 0);
    said_talk(pair, "01");
    said_move(pair, 1, MOVE(RECEIVED), BAG, "S", "");
    said_talk(pair, "01");
    return pair;
}

static void test_bag_overdue_with_a_person(void **state)
{
    struct pair *pair = bags_out();
    struct verdict_row row;
    struct ref returned;

    (void)state;
    said_move(pair, 1, MOVE(DELIVERED), BAG, "S", "");
    said_talk(pair, "01");
    pair_disconnect(pair, 1);
    pair_tick(pair, 20 * SAID_DAY);
    said_move(pair, 1, MOVE(RETURNED), BAG, "S", "");
    returned = said_last(pair, 1);
    pair_tick(pair, 20 * SAID_DAY);
    said_talk(pair, "0");
    /* No rule: no term. */
    assert_int_equal(said_hub(pair, 0).verdict, 0);
    assert_int_equal(overdue(pair, "B"), 0);
    said_rule(pair, "bags", OVERDUE, "", "B", "", 28 * DAY_S);
    said_talk(pair, "0");
    row = said_hub(pair, 0);
    assert_int_equal(row.what.finding.kind, DISCREPANCY_OVERDUE);
    assert_int_equal(row.verdict, VERDICT_OPEN_UNDECIDABLE);
    assert_string_equal(said_concerned(&row), "B");
    assert_string_equal(row.waits[0].place, "B");
    assert_int_equal(overdue(pair, "B"), 1);
    said_talk(pair, "01");
    row = said_hub(pair, DISCREPANCY_OVERDUE);
    assert_int_equal(row.verdict, VERDICT_CLOSED_WITHDRAWN);
    assert_int_equal(ref_compare(&row.closed_by, &returned), 0);
    assert_false(row.was_proven);
    assert_int_equal(overdue(pair, "B"), 0);
    pair_free(pair);
}

static void test_bag_overdue_at_a_relay(void **state)
{
    struct pair *pair = bags_out();
    struct verdict_row row;

    (void)state;
    said_rule(pair, "bags", OVERDUE, "", "", "", 28 * DAY_S);
    said_all(pair, "01");
    pair_tick(pair, 30 * SAID_DAY);
    said_all(pair, "01");
    /* Only the one at the relay: "K" is at home. */
    row = said_hub(pair, 0);
    assert_int_equal(row.what.finding.kind, DISCREPANCY_OVERDUE);
    assert_string_equal(thing_id(&row.what.subject), "S");
    assert_int_equal(row.verdict, VERDICT_OPEN_PROVISIONAL);
    assert_int_equal(overdue(pair, "B"), 1);
    pair_tick(pair, VERDICT_GRACE_MS);
    assert_int_equal(said_hub(pair, 0).verdict, VERDICT_OPEN_PROVEN);
    assert_int_equal(pair_dispatch(pair, 1, BAG, "S", "A"), 0);
    said_talk(pair, "01");
    row = said_hub(pair, DISCREPANCY_OVERDUE);
    assert_int_equal(row.verdict, VERDICT_CLOSED_SETTLED);
    assert_true(row.closed_by.seq > 0);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_rule_that_names_most_counts),
        cmocka_unit_test(test_late_at_the_last_millisecond),
        cmocka_unit_test(test_received_in_time_and_heard_of_late),
        cmocka_unit_test(test_received_late_is_settled),
        cmocka_unit_test(test_wrongly_proven_when_the_dispatch_is_taken_back),
        cmocka_unit_test(test_what_was_shown_to_nobody_is_not_kept),
        cmocka_unit_test(test_bag_overdue_with_a_person),
        cmocka_unit_test(test_bag_overdue_at_a_relay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
