/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict.h over a hub and nodes that come and go (tests/lib/pair.h).
 *   - undecidable while a concerned node is silent: named, with since when; provisional once it has spoken, proven when the grace is over
 *   - what a node stated without having seen what opened it passes nothing
 *   - a late event withdraws: before it was proven, no harm; after, wrongly proven, counted
 *   - a rule changes the grace; the longest that holds now counts
 *   - a place that no node serves, or whose node was revoked, waits for nobody
 *   - a late transit: not before its days are over, undecidable until the receiver has spoken since then, settled when received
 *   - settled by the desk; a count's variance settled by the sighting
 *   - a branch says the same as the hub; a node of scope "own" proves nothing; the filters
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "navette/verdict.h"
#include "tests/lib/pair.h"

#define RELAY NAVETTE__ROLE__ROLE_RELAY, NAVETTE__SCOPE__SCOPE_OWN
#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK
#define MINUTE 60000
#define HOUR 3600000
#define ITEM NAVETTE__THING_KIND__THING_ITEM

static struct verdict_view ask(struct memstore *state, struct memstore *journal, const struct verdict_options *options)
{
    struct store_txn *read = memstore_begin_read(state);
    struct store_txn *other = state == journal ? read : memstore_begin_read(journal);
    struct verdict_view view;

    assert_int_equal(discrepancy_check(read, other), 0);
    assert_int_equal(verdict_list(read, other, options, &view), 0);
    if (other != read)
        memstore_abort(other);
    memstore_abort(read);
    return view;
}

/* The only one at the hub now, or with verdict 0 when there is none. */
static struct verdict_row at_hub(struct pair *pair)
{
    struct verdict_options options = {.now_ms = pair->now_ms};
    struct verdict_view view = ask(pair->state, pair->journal, &options);
    struct verdict_row row;

    memset(&row, 0, sizeof(row));
    assert_true(view.count <= 1);
    if (view.count == 1)
        row = view.rows[0];
    verdict_free(&view);
    return row;
}

static struct verdict_row at_node(struct pair *pair, size_t node)
{
    struct verdict_options options = {.now_ms = pair->now_ms, .self = pair->nodes[node].id};
    struct verdict_view view = ask(pair->nodes[node].store, pair->nodes[node].store, &options);
    struct verdict_row row;

    memset(&row, 0, sizeof(row));
    assert_true(view.count <= 1);
    if (view.count == 1)
        row = view.rows[0];
    verdict_free(&view);
    return row;
}

static void with_item(struct pair *pair, size_t node, Navette__Event__BodyCase body_case, const char *barcode)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__Received received = NAVETTE__RECEIVED__INIT;
    Navette__SeenAt seen = NAVETTE__SEEN_AT__INIT;
    Navette__CountClosed closed = NAVETTE__COUNT_CLOSED__INIT;
    Navette__Thing item = NAVETTE__THING__INIT;
    Navette__Thing *things[1] = {&item};
    uint8_t count[16] = {1};

    item.kind = ITEM;
    item.namespace_ = (char *)(uintptr_t) "t";
    item.id = (char *)(uintptr_t)barcode;
    received.things = seen.things = closed.missing = things;
    received.n_things = seen.n_things = closed.n_missing = 1;
    closed.count = (ProtobufCBinaryData){sizeof(count), count};
    body.body_case = body_case;
    if (body_case == NAVETTE__EVENT__BODY_RECEIVED)
        body.received = &received;
    else if (body_case == NAVETTE__EVENT__BODY_SEEN_AT)
        body.seen_at = &seen;
    else
        body.count_closed = &closed;
    assert_int_equal(pair_record(pair, node, &body), 0);
}

static void receive(struct pair *pair, size_t node, const char *barcode)
{
    with_item(pair, node, NAVETTE__EVENT__BODY_RECEIVED, barcode);
}

/* Everybody named speaks, long enough after for the hub to note it. */
static void talk(struct pair *pair, const char *who)
{
    pair_tick(pair, 10 * MINUTE);
    for (; *who != '\0'; who++)
        pair_connect(pair, (size_t)(*who - '0'));
    assert_true(pair_settle(pair));
}

/* A sends "1" to B and nobody hears of it; B receives it, the hub knows that alone. */
static struct pair *received_first(void)
{
    struct pair *pair = pair_new();

    assert_int_equal(pair_enrol(pair, "A", BRANCH), 0);
    assert_int_equal(pair_enrol(pair, "B", BRANCH), 1);
    assert_int_equal(pair_register(pair, 0, "1", "Un"), 0);
    talk(pair, "01");
    pair_disconnect(pair, 0);
    assert_int_equal(pair_dispatch(pair, 0, ITEM, "1", "B"), 0);
    pair_tick(pair, MINUTE);
    receive(pair, 1, "1");
    talk(pair, "1");
    talk(pair, "1");
    return pair;
}

static void test_undecidable_names_the_silent(void **state)
{
    struct pair *pair = received_first();
    struct verdict_row row = at_hub(pair);
    struct frontier_mark mark;
    struct store_txn *txn;

    (void)state;
    assert_int_equal(row.what.finding.kind, DISCREPANCY_RECEIVED);
    assert_int_equal(row.verdict, VERDICT_OPEN_UNDECIDABLE);
    assert_int_equal(row.wait_count, 1);
    assert_string_equal(row.waits[0].place, "A");
    assert_memory_equal(row.waits[0].node, pair->nodes[0].id, NODE_ID_SIZE);
    txn = memstore_begin_read(pair->state);
    assert_int_equal(frontier_last(txn, pair->nodes[0].id, UINT64_MAX, &mark), 0);
    memstore_abort(txn);
    assert_int_equal(row.waits[0].since_ms, mark.hub_time_ms);
    assert_true(row.opened_ms > mark.hub_time_ms);
    assert_int_equal(row.proven_ms, 0);
    /* However long it is silent. */
    pair_tick(pair, 400 * INT64_C(24) * HOUR);
    talk(pair, "1");
    assert_int_equal(at_hub(pair).verdict, VERDICT_OPEN_UNDECIDABLE);
    /* It speaks, and what it says explains all. */
    talk(pair, "01");
    row = at_hub(pair);
    assert_int_equal(row.verdict, VERDICT_CLOSED_WITHDRAWN);
    assert_false(row.was_proven);
    assert_true(row.closed_by.seq > 0);
    assert_memory_equal(row.closed_by.incarnation, pair->nodes[0].incarnation, INCARNATION_SIZE);
    pair_free(pair);
}

/* The dispatch never was: A has nothing to say. */
static struct pair *never_sent(void)
{
    struct pair *pair = pair_new();

    assert_int_equal(pair_enrol(pair, "A", BRANCH), 0);
    assert_int_equal(pair_enrol(pair, "B", BRANCH), 1);
    assert_int_equal(pair_register(pair, 0, "1", "Un"), 0);
    talk(pair, "01");
    pair_disconnect(pair, 0);
    receive(pair, 1, "1");
    talk(pair, "1");
    talk(pair, "1");
    assert_int_equal(at_hub(pair).verdict, VERDICT_OPEN_UNDECIDABLE);
    return pair;
}

static void test_provisional_then_proven(void **state)
{
    struct pair *pair = never_sent();
    struct verdict_row row;

    (void)state;
    talk(pair, "01");
    talk(pair, "01");
    row = at_hub(pair);
    assert_int_equal(row.verdict, VERDICT_OPEN_PROVISIONAL);
    assert_int_equal(row.wait_count, 0);
    assert_true(row.proven_ms > pair->now_ms && row.proven_ms <= pair->now_ms + VERDICT_GRACE_MS);
    pair->now_ms = row.proven_ms - 1;
    assert_int_equal(at_hub(pair).verdict, VERDICT_OPEN_PROVISIONAL);
    pair->now_ms++;
    assert_int_equal(at_hub(pair).verdict, VERDICT_OPEN_PROVEN);
    pair_free(pair);
}

static void test_a_statement_that_had_not_seen_it_passes_nothing(void **state)
{
    struct pair *pair = pair_new();
    struct verdict_row row;

    (void)state;
    assert_int_equal(pair_enrol(pair, "A", BRANCH), 0);
    assert_int_equal(pair_enrol(pair, "B", BRANCH), 1);
    assert_int_equal(pair_register(pair, 0, "1", "Un"), 0);
    talk(pair, "01");
    pair_disconnect(pair, 0);
    receive(pair, 1, "1");
    talk(pair, "1");
    talk(pair, "1");
    /* A says HELLO with the cursor of before, and is gone: the hub notes it, behind what opened. */
    pair_tick(pair, 10 * MINUTE);
    assert_int_equal(pair_register(pair, 0, "2", "Deux"), 0);
    pair_connect(pair, 0);
    for (int i = 0; i < 4; i++)
        pair_hub_round(pair, 64);
    row = at_hub(pair);
    assert_int_equal(row.verdict, VERDICT_OPEN_UNDECIDABLE);
    assert_string_equal(row.waits[0].place, "A");
    pair_free(pair);
}

static void test_wrongly_proven_is_counted(void **state)
{
    struct pair *pair = never_sent();
    struct verdict_options options = {0};
    struct verdict_view view;
    struct verdict_row row;

    (void)state;
    talk(pair, "01");
    talk(pair, "01");
    pair_tick(pair, VERDICT_GRACE_MS + HOUR);
    talk(pair, "01");
    assert_int_equal(at_hub(pair).verdict, VERDICT_OPEN_PROVEN);
    /* Written down on paper, and typed in too late: B retracts what it had typed wrongly. */
    {
        Navette__Event body = NAVETTE__EVENT__INIT;
        Navette__Retracted retracted = NAVETTE__RETRACTED__INIT;
        Navette__Ref target = NAVETTE__REF__INIT;

        row = at_hub(pair);
        target.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, row.what.finding.events[0].incarnation};
        target.seq = row.what.finding.events[0].seq;
        target.leaf = row.what.finding.events[0].leaf;
        retracted.target = &target;
        retracted.reason = NAVETTE__REASON__REASON_DID_NOT_OCCUR;
        body.body_case = NAVETTE__EVENT__BODY_RETRACTED;
        body.retracted = &retracted;
        assert_int_equal(pair_record(pair, 1, &body), 0);
    }
    talk(pair, "01");
    row = at_hub(pair);
    assert_int_equal(row.verdict, VERDICT_CLOSED_WITHDRAWN);
    assert_true(row.was_proven);
    options.now_ms = pair->now_ms;
    view = ask(pair->state, pair->journal, &options);
    assert_int_equal(view.wrongly_proven, 1);
    assert_int_equal(view.totals[VERDICT_CLOSED_WITHDRAWN], 1);
    assert_int_equal(view.totals[VERDICT_OPEN_PROVEN], 0);
    verdict_free(&view);
    pair_free(pair);
}

static void test_a_revoked_node_and_an_unserved_place_wait_for_nobody(void **state)
{
    struct pair *pair = never_sent();

    (void)state;
    pair_revoke(pair, 0);
    talk(pair, "1");
    assert_int_equal(at_hub(pair).verdict, VERDICT_OPEN_PROVISIONAL);
    pair_free(pair);
}

static void decide_grace(struct pair *pair, const char *id, const char *place, uint64_t duration_s, int64_t from_ms, int64_t to_ms)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__RuleDecided rule = NAVETTE__RULE_DECIDED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;

    thing.kind = NAVETTE__THING_KIND__THING_RULE;
    thing.id = (char *)(uintptr_t)id;
    rule.rule = &thing;
    rule.kind = NAVETTE__RULE_KIND__RULE_GRACE;
    rule.place = (char *)(uintptr_t)place;
    rule.duration_s = duration_s;
    rule.valid_from_ms = from_ms;
    rule.valid_to_ms = to_ms;
    body.body_case = NAVETTE__EVENT__BODY_RULE_DECIDED;
    body.rule_decided = &rule;
    pair_decide(pair, &body);
}

static void test_the_longest_grace_that_holds_counts(void **state)
{
    struct pair *pair = never_sent();
    int64_t passed_ms;

    (void)state;
    talk(pair, "01");
    talk(pair, "01");
    passed_ms = at_hub(pair).proven_ms - VERDICT_GRACE_MS;
    /* Of another place, of another time: neither counts. */
    decide_grace(pair, "other", "C", 7 * 86400, 1, 0);
    decide_grace(pair, "over", "", 7 * 86400, 1, 2);
    talk(pair, "01");
    assert_int_equal(at_hub(pair).proven_ms, passed_ms + VERDICT_GRACE_MS);
    decide_grace(pair, "network", "", 3600, 1, 0);
    talk(pair, "01");
    assert_int_equal(at_hub(pair).proven_ms, passed_ms + HOUR);
    decide_grace(pair, "place", "A", 7200, 1, 0);
    talk(pair, "01");
    assert_int_equal(at_hub(pair).proven_ms, passed_ms + 2 * HOUR);
    pair_free(pair);
}

static void test_settled_by_the_desk(void **state)
{
    struct pair *pair = never_sent();
    struct verdict_row row = at_hub(pair);
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__DiscrepancySettled settled = NAVETTE__DISCREPANCY_SETTLED__INIT;
    struct verdict_options options = {.now_ms = pair->now_ms, .verdict = VERDICT_OPEN_UNDECIDABLE};
    struct verdict_view view;

    (void)state;
    settled.discrepancy = (ProtobufCBinaryData){DISCREPANCY_ID_SIZE, row.what.finding.id};
    settled.reason = NAVETTE__REASON__REASON_WRONG_DATA;
    body.body_case = NAVETTE__EVENT__BODY_DISCREPANCY_SETTLED;
    body.discrepancy_settled = &settled;
    pair_decide(pair, &body);
    talk(pair, "1");
    row = at_hub(pair);
    assert_int_equal(row.verdict, VERDICT_CLOSED_SETTLED);
    assert_int_equal(row.reason, NAVETTE__REASON__REASON_WRONG_DATA);
    assert_int_equal(at_node(pair, 1).verdict, VERDICT_CLOSED_SETTLED);
    view = ask(pair->state, pair->journal, &options);
    assert_int_equal(view.count, 0);
    assert_int_equal(view.totals[VERDICT_CLOSED_SETTLED], 1);
    verdict_free(&view);
    pair_free(pair);
}

static void test_late_transit(void **state)
{
    struct pair *pair = pair_new();
    struct verdict_options options = {.verdict = VERDICT_OPEN_PROVEN};
    struct verdict_view view;
    struct verdict_row row;

    (void)state;
    assert_int_equal(pair_enrol(pair, "A", BRANCH), 0);
    assert_int_equal(pair_enrol(pair, "B", BRANCH), 1);
    assert_int_equal(pair_register(pair, 0, "1", "Un"), 0);
    assert_int_equal(pair_dispatch(pair, 0, ITEM, "1", "B"), 0);
    talk(pair, "01");
    assert_int_equal(at_hub(pair).verdict, 0);
    pair_disconnect(pair, 1);
    pair_tick(pair, 9 * INT64_C(24) * HOUR);
    talk(pair, "0");
    row = at_hub(pair);
    assert_int_equal(row.what.finding.kind, DISCREPANCY_TRANSIT);
    assert_int_equal(row.verdict, VERDICT_OPEN_UNDECIDABLE);
    assert_int_equal(row.wait_count, 1);
    assert_string_equal(row.waits[0].place, "B");
    talk(pair, "01");
    talk(pair, "01");
    assert_int_equal(at_hub(pair).verdict, VERDICT_OPEN_PROVISIONAL);
    assert_int_equal(at_node(pair, 0).verdict, VERDICT_OPEN_PROVISIONAL);
    pair_tick(pair, VERDICT_GRACE_MS + HOUR);
    assert_int_equal(at_hub(pair).verdict, VERDICT_OPEN_PROVEN);
    options.now_ms = pair->now_ms;
    options.late_days = 400;
    view = ask(pair->state, pair->journal, &options);
    assert_int_equal(view.count, 0);
    verdict_free(&view);
    receive(pair, 1, "1");
    talk(pair, "01");
    assert_int_equal(at_hub(pair).verdict, VERDICT_CLOSED_SETTLED);
    pair_free(pair);
}

static void test_count_variance_settled_by_the_sighting(void **state)
{
    struct pair *pair = pair_new();
    struct verdict_row row;

    (void)state;
    assert_int_equal(pair_enrol(pair, "A", BRANCH), 0);
    assert_int_equal(pair_enrol(pair, "B", BRANCH), 1);
    assert_int_equal(pair_register(pair, 0, "1", "Un"), 0);
    talk(pair, "01");
    with_item(pair, 0, NAVETTE__EVENT__BODY_COUNT_CLOSED, "1");
    talk(pair, "01");
    talk(pair, "01");
    row = at_hub(pair);
    assert_int_equal(row.what.finding.kind, DISCREPANCY_COUNT);
    assert_int_equal(row.verdict, VERDICT_OPEN_PROVISIONAL);
    with_item(pair, 0, NAVETTE__EVENT__BODY_SEEN_AT, "1");
    talk(pair, "01");
    row = at_hub(pair);
    assert_int_equal(row.verdict, VERDICT_CLOSED_SETTLED);
    assert_int_equal(row.reason, 0);
    assert_true(row.closed_by.seq > 0);
    pair_free(pair);
}

static void test_a_branch_says_the_same(void **state)
{
    struct pair *pair = never_sent();
    struct verdict_row hub = at_hub(pair);
    struct verdict_row node = at_node(pair, 1);

    (void)state;
    assert_memory_equal(hub.what.finding.id, node.what.finding.id, DISCREPANCY_ID_SIZE);
    assert_int_equal(node.verdict, VERDICT_OPEN_UNDECIDABLE);
    assert_string_equal(node.waits[0].place, "A");
    talk(pair, "01");
    talk(pair, "01");
    assert_int_equal(at_node(pair, 1).verdict, VERDICT_OPEN_PROVISIONAL);
    assert_int_equal(at_node(pair, 0).verdict, VERDICT_OPEN_PROVISIONAL);
    pair_tick(pair, VERDICT_GRACE_MS + HOUR);
    assert_int_equal(at_node(pair, 0).verdict, VERDICT_OPEN_PROVEN);
    assert_int_equal(at_node(pair, 1).verdict, VERDICT_OPEN_PROVEN);
    pair_free(pair);
}

static void test_own_entry_that_the_hub_has_not_is_undecidable(void **state)
{
    struct pair *pair = pair_new();

    (void)state;
    assert_int_equal(pair_enrol(pair, "A", BRANCH), 0);
    assert_int_equal(pair_enrol(pair, "B", BRANCH), 1);
    assert_int_equal(pair_register(pair, 0, "1", "Un"), 0);
    talk(pair, "01");
    pair_disconnect(pair, 1);
    receive(pair, 1, "1");
    pair_tick(pair, 48 * INT64_C(1) * HOUR);
    assert_int_equal(at_node(pair, 1).verdict, VERDICT_OPEN_UNDECIDABLE);
    assert_int_equal(at_node(pair, 1).opened_ms, 0);
    pair_free(pair);
}

static void test_a_node_of_own_scope_proves_nothing(void **state)
{
    struct pair *pair = pair_new();
    struct verdict_row row;

    (void)state;
    assert_int_equal(pair_enrol(pair, "A", BRANCH), 0);
    assert_int_equal(pair_enrol(pair, "R", RELAY), 1);
    assert_int_equal(pair_register(pair, 0, "1", "Un"), 0);
    talk(pair, "01");
    receive(pair, 1, "1");
    for (int i = 0; i < 4; i++)
        talk(pair, "01");
    pair_tick(pair, 48 * INT64_C(1) * HOUR);
    assert_int_equal(at_hub(pair).verdict, VERDICT_OPEN_PROVEN);
    row = at_node(pair, 1);
    assert_int_equal(row.verdict, VERDICT_OPEN_UNDECIDABLE);
    pair_free(pair);
}

static void test_verdict_names(void **state)
{
    (void)state;
    for (int i = 1; i < VERDICT_NAME_COUNT; i++)
        assert_int_equal(verdict_of_name(verdict_name(i)), i);
    assert_int_equal(verdict_of_name("unknown"), -1);
    assert_string_equal(verdict_name(99), "unknown");
    assert_string_equal(discrepancy_name(DISCREPANCY_COUNT), "count-variance");
    assert_string_equal(discrepancy_name(0), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_undecidable_names_the_silent),
        cmocka_unit_test(test_provisional_then_proven),
        cmocka_unit_test(test_a_statement_that_had_not_seen_it_passes_nothing),
        cmocka_unit_test(test_wrongly_proven_is_counted),
        cmocka_unit_test(test_a_revoked_node_and_an_unserved_place_wait_for_nobody),
        cmocka_unit_test(test_the_longest_grace_that_holds_counts),
        cmocka_unit_test(test_settled_by_the_desk),
        cmocka_unit_test(test_late_transit),
        cmocka_unit_test(test_count_variance_settled_by_the_sighting),
        cmocka_unit_test(test_a_branch_says_the_same),
        cmocka_unit_test(test_own_entry_that_the_hub_has_not_is_undecidable),
        cmocka_unit_test(test_a_node_of_own_scope_proves_nothing),
        cmocka_unit_test(test_verdict_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
