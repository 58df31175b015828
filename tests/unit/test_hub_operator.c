/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub_operator.c: what the hub makes of events whose operator the place does not know; view_operators.h by what hub and node hold.
 *   - a rule that refuses: unknown, ended and missing operators are refused by cause; who is declared, the declarations themselves and closed operations are not; nothing is lost, all is acknowledged
 *   - one that records, none, another place's: nothing is refused
 *   - what was recorded before its node had seen the rule is not judged by it, whenever it comes; also after the hub started again
 *   - declared later, or the rule given up: judged again it may be admitted
 *   - a declaration of another place's operator is malformed
 *   - lists, rules, codes: of a place and of all, the last decision, defaults, limits
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "navette/view.h"
#include "navette/view_operators.h"
#include "sync/hub_state.h"
#include "tests/lib/pair.h"

#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK
#define UNKNOWN NAVETTE__REFUSAL_CAUSE__CAUSE_OPERATOR_UNKNOWN
#define ENDED NAVETTE__REFUSAL_CAUSE__CAUSE_OPERATOR_ENDED
#define MISSING NAVETTE__REFUSAL_CAUSE__CAUSE_OPERATOR_MISSING

static char *text(const char *constant)
{
    return (char *)(uintptr_t)constant;
}

static void decide_rule(struct pair *pair, const char *place, Navette__OperatorNeed need, int refuse)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__OperatorRuleDecided rule = NAVETTE__OPERATOR_RULE_DECIDED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char id[LIMIT_THING_ID + 1];

    view_operators_rule_id(place, id);
    thing.kind = NAVETTE__THING_KIND__THING_RULE;
    thing.id = id;
    rule.rule = &thing;
    rule.place = text(place);
    rule.need = need;
    rule.refuse_unknown = refuse;
    rule.idle_s = 60;
    event.body_case = NAVETTE__EVENT__BODY_OPERATOR_RULE_DECIDED;
    event.operator_rule_decided = &rule;
    pair_decide(pair, &event);
}

static int declare(struct pair *pair, size_t node, const char *place, const char *code, int ended)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__OperatorDecided decided = NAVETTE__OPERATOR_DECIDED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;

    thing.kind = NAVETTE__THING_KIND__THING_OPERATOR;
    thing.namespace_ = text(place);
    thing.id = text(code);
    decided.operator_ = &thing;
    decided.ended = ended;
    decided.pin_epoch = 5;
    event.body_case = NAVETTE__EVENT__BODY_OPERATOR_DECIDED;
    event.operator_decided = &decided;
    return pair_record(pair, node, &event);
}

/* "" : names nobody. */
static void close_operation(struct pair *pair, size_t node, const char *code)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__OperationClosed closed = NAVETTE__OPERATION_CLOSED__INIT;

    closed.kind = NAVETTE__OPERATION_KIND__OPERATION_COUNT;
    event.operator_ = text(code);
    event.body_case = NAVETTE__EVENT__BODY_OPERATION_CLOSED;
    event.operation_closed = &closed;
    assert_int_equal(pair_record(pair, node, &event), 0);
}

static void see(struct pair *pair, size_t node, const char *code)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__SeenAt seen = NAVETTE__SEEN_AT__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    Navette__Thing *list[1] = {&thing};

    thing.kind = NAVETTE__THING_KIND__THING_BAG;
    thing.id = text("SAC-1");
    seen.things = list;
    seen.n_things = 1;
    event.operator_ = text(code);
    event.body_case = NAVETTE__EVENT__BODY_SEEN_AT;
    event.seen_at = &seen;
    assert_int_equal(pair_record(pair, node, &event), 0);
}

/* The causes of the hub's refusals, in its order. */
static size_t refusals(struct pair *pair, uint32_t *causes, size_t max)
{
    struct store_txn *txn = memstore_begin_read(pair->journal);
    uint64_t tail = 0;
    size_t count = 0;

    assert_int_equal(journal_tail(txn, &tail), 0);
    for (uint64_t position = 1; position <= tail; position++) {
        struct journal_entry entry;
        struct event event;

        assert_int_equal(journal_read_raw(txn, position, &entry), 0);
        if (event_decode(entry.event, &event) == 0 && event.body->body_case == NAVETTE__EVENT__BODY_EVENT_REFUSED && count < max)
            causes[count++] = event.body->event_refused->cause;
        event_free(&event);
    }
    memstore_abort(txn);
    return count;
}

static void expect(struct pair *pair, const uint32_t *wanted, size_t count)
{
    uint32_t causes[16];

    assert_int_equal(refusals(pair, causes, 16), count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(causes[i], wanted[i]);
}

/* Everything of everybody is everywhere. */
static void settle(struct pair *pair)
{
    pair_seal_hub(pair);
    assert_true(pair_settle(pair));
    pair_seal_hub(pair);
    assert_true(pair_settle(pair));
}

static struct pair *start(size_t *a, size_t *b)
{
    struct pair *pair = pair_new();

    *a = pair_enrol(pair, "BIB-A", BRANCH);
    *b = pair_enrol(pair, "BIB-B", BRANCH);
    pair_connect(pair, *a);
    pair_connect(pair, *b);
    assert_true(pair_settle(pair));
    return pair;
}

static void test_operator_refused_by_cause(void **state)
{
    const uint32_t wanted[] = {MISSING, UNKNOWN, ENDED};
    size_t a, b;
    struct pair *pair = start(&a, &b);
    uint64_t head;

    (void)state;
    decide_rule(pair, "BIB-A", NAVETTE__OPERATOR_NEED__OPERATOR_CODE, 1);
    settle(pair);
    see(pair, a, "MC"); /* the push by which the node says that it has seen the rule */
    settle(pair);
    expect(pair, NULL, 0);
    assert_int_equal(declare(pair, a, "BIB-A", "MC", 0), 0);
    see(pair, a, "MC");
    see(pair, a, "");
    see(pair, a, "PAUL");
    close_operation(pair, a, "PAUL");
    assert_int_equal(declare(pair, a, "BIB-A", "MC", 1), 0);
    settle(pair);
    see(pair, a, "MC");
    see(pair, b, "PAUL");
    settle(pair);
    expect(pair, wanted, 3);
    head = pair_hub_head(pair, a);
    assert_int_equal(head, 8);
    pair_assert_same(pair, a);
    pair_assert_same(pair, b);
    pair_free(pair);
}

static void test_operator_not_refused(void **state)
{
    size_t a, b;
    struct pair *pair = start(&a, &b);

    (void)state;
    decide_rule(pair, "BIB-A", NAVETTE__OPERATOR_NEED__OPERATOR_PIN, 0);
    decide_rule(pair, "BIB-B", NAVETTE__OPERATOR_NEED__OPERATOR_NONE, 1);
    settle(pair);
    for (int i = 0; i < 3; i++) {
        see(pair, a, i % 2 ? "PAUL" : "");
        see(pair, b, i % 2 ? "PAUL" : "");
        settle(pair);
    }
    expect(pair, NULL, 0);
    pair_free(pair);
}

static void test_operator_recorded_before_the_rule_was_seen(void **state)
{
    const uint32_t wanted[] = {UNKNOWN};
    size_t a, b;
    struct pair *pair = start(&a, &b);

    (void)state;
    pair_disconnect(pair, a);
    decide_rule(pair, "BIB-A", NAVETTE__OPERATOR_NEED__OPERATOR_CODE, 1);
    see(pair, a, "PAUL");
    settle(pair);
    pair_connect(pair, a);
    see(pair, a, "PAUL");
    settle(pair);
    expect(pair, NULL, 0);
    /* it has the rule now, and says so with its next push; from there on it counts */
    see(pair, a, "PAUL");
    settle(pair);
    expect(pair, NULL, 0);
    pair_restart_hub(pair);
    pair_connect(pair, a);
    pair_connect(pair, b);
    settle(pair);
    see(pair, a, "PAUL");
    settle(pair);
    expect(pair, wanted, 1);
    pair_free(pair);
}

static int readmit(struct pair *pair, struct hub_refusal *why)
{
    struct store_txn *journal = memstore_begin_read(pair->journal), *txn = memstore_begin_read(pair->state);
    struct ref refusal_list[4];
    struct aside aside;
    int rc;

    assert_int_equal(view_aside(txn, journal, 0, UINT64_MAX, &aside, 1), 1);
    rc = hub_readmit(pair->hub, journal, txn, &aside.self, refusal_list, 4, why);
    memstore_abort(journal);
    memstore_abort(txn);
    return rc;
}

static void test_operator_judged_again(void **state)
{
    size_t a, b;
    struct pair *pair = start(&a, &b);
    struct hub_refusal why;

    (void)state;
    decide_rule(pair, "BIB-A", NAVETTE__OPERATOR_NEED__OPERATOR_CODE, 1);
    settle(pair);
    see(pair, a, "PAUL");
    settle(pair);
    see(pair, a, "PAUL");
    settle(pair);
    assert_int_equal(readmit(pair, &why), NAVETTE_E_REFUSED);
    assert_int_equal(why.cause, UNKNOWN);
    assert_int_equal(declare(pair, a, "BIB-A", "PAUL", 0), 0);
    settle(pair);
    assert_int_equal(readmit(pair, &why), 1);
    assert_int_equal(declare(pair, a, "BIB-A", "PAUL", 1), 0);
    settle(pair);
    assert_int_equal(readmit(pair, &why), NAVETTE_E_REFUSED);
    assert_int_equal(why.cause, ENDED);
    decide_rule(pair, "BIB-A", NAVETTE__OPERATOR_NEED__OPERATOR_CODE, 0);
    assert_int_equal(readmit(pair, &why), 1);
    pair_free(pair);
}

static void test_operator_views(void **state)
{
    struct view_operator list[4], found;
    struct view_operator_rule rule;
    size_t a, b;
    struct pair *pair = start(&a, &b);
    struct store_txn *txn;

    (void)state;
    assert_int_equal(declare(pair, a, "BIB-B", "MC", 0), NAVETTE_E_INVALID);
    assert_int_equal(declare(pair, a, "BIB-A", "MC", 0), 0);
    assert_int_equal(declare(pair, b, "BIB-B", "MC", 0), 0);
    decide_rule(pair, "BIB-A", NAVETTE__OPERATOR_NEED__OPERATOR_CODE, 1);
    decide_rule(pair, "BIB-A", NAVETTE__OPERATOR_NEED__OPERATOR_PIN, 0);
    settle(pair);
    assert_int_equal(declare(pair, b, "BIB-B", "MC", 1), 0);
    settle(pair);
    txn = memstore_begin_read(pair->nodes[a].store);
    assert_int_equal(view_operators_list(txn, txn, "", list, 4), 2);
    assert_string_equal(list[0].place, "BIB-A");
    assert_string_equal(list[1].place, "BIB-B");
    assert_true(!list[0].ended && list[1].ended);
    assert_int_equal(view_operators_list(txn, txn, "", list, 1), 1);
    assert_int_equal(view_operators_list(txn, txn, "BIB-B", list, 4), 1);
    assert_int_equal(view_operators_find(txn, txn, "BIB-A", "MC", &found), 0);
    assert_int_equal(found.pin_epoch, 5);
    assert_int_equal(view_operators_find(txn, txn, "BIB-A", "PAUL", &found), NAVETTE_E_NOT_FOUND);
    assert_int_equal(view_operators_find(txn, txn, "", "MC", &found), NAVETTE_E_NOT_FOUND);
    assert_int_equal(view_operators_rule(txn, txn, "BIB-A", &rule), 0);
    assert_int_equal(rule.need, NAVETTE__OPERATOR_NEED__OPERATOR_PIN);
    assert_int_equal(rule.idle_s, 60);
    assert_false(rule.refuse_unknown);
    assert_int_equal(view_operators_rule(txn, txn, "BIB-B", &rule), 0);
    assert_int_equal(rule.need, NAVETTE__OPERATOR_NEED__OPERATOR_NONE);
    assert_int_equal(rule.idle_s, OPERATOR_IDLE_S);
    memstore_abort(txn);
    assert_true(view_operators_is_code("AG-7K3M2P") && view_operators_is_code("0123456789ABCDEF") && view_operators_is_code("MC"));
    assert_false(view_operators_is_code("M") || view_operators_is_code("0123456789ABCDEFG") || view_operators_is_code("mc") ||
                 view_operators_is_code(""));
    pair_free(pair);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operator_refused_by_cause),
        cmocka_unit_test(test_operator_not_refused),
        cmocka_unit_test(test_operator_recorded_before_the_rule_was_seen),
        cmocka_unit_test(test_operator_judged_again),
        cmocka_unit_test(test_operator_views),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
