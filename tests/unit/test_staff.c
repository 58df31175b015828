/* SPDX-License-Identifier: Apache-2.0 */
/*
 * staff.c: sessions of desks.
 *   - nobody, somebody, another badge, closed; two desks of one terminal, two terminals, two places
 *   - the idle time: at its last millisecond, at its end; a touch begins it anew; the wall clock plays no part; another boot ends it
 *   - a code that is typed stands for itself: unknown; a session of a badge is not one of a PIN
 *   - as many desks as there may be, and one more: who was idle longest makes room
 *   - who has left, and whose PIN was taken back, is not proven any more
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "node/staff.h"
#include "tests/lib/pair.h"

#define CODE NAVETTE__OPERATOR_NEED__OPERATOR_CODE

struct bench {
    struct pair *pair;
    struct staff *staff;
    size_t node;
};

static struct bench begin(void)
{
    struct bench bench = {.pair = pair_new(), .staff = staff_new()};

    bench.node = pair_enrol(bench.pair, "BIB-A", NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK);
    return bench;
}

static void end(struct bench *bench)
{
    staff_free(bench->staff);
    pair_free(bench->pair);
}

static void declare(struct bench *bench, const char *code, int ended, uint64_t epoch)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__OperatorDecided decided = NAVETTE__OPERATOR_DECIDED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;

    thing.kind = NAVETTE__THING_KIND__THING_OPERATOR;
    thing.namespace_ = (char *)(uintptr_t) "BIB-A";
    thing.id = (char *)(uintptr_t)code;
    decided.operator_ = &thing;
    decided.ended = ended;
    decided.pin_epoch = epoch;
    event.body_case = NAVETTE__EVENT__BODY_OPERATOR_DECIDED;
    event.operator_decided = &decided;
    assert_int_equal(pair_record(bench->pair, bench->node, &event), 0);
}

static struct staff_told told(struct bench *bench, struct staff_desk desk, const char *place, const char *typed, struct moment moment)
{
    struct store_txn *txn = memstore_begin_read(bench->pair->nodes[bench->node].store);
    struct staff_told answer;

    assert_int_equal(staff_read(bench->staff, txn, &desk, place, typed, &moment, &answer), 0);
    memstore_abort(txn);
    return answer;
}

static struct view_operator who(const char *place, const char *code, uint64_t epoch)
{
    struct view_operator made = {.pin_epoch = epoch};

    strcpy(made.place, place);
    strcpy(made.code, code);
    return made;
}

static void test_staff_sessions_of_desks(void **state)
{
    const struct staff_desk one = {1, 0}, same = {1, 9}, other = {2, 0};
    struct moment now = {.boot = 3, .boottime_ms = 5000};
    struct view_operator marie = who("BIB-A", "MC", 4), there = who("BIB-B", "PAUL", 4);
    struct bench bench = begin();

    (void)state;
    declare(&bench, "MC", 0, 4);
    assert_int_equal(told(&bench, one, "BIB-A", "", now).standing, STAFF_NOBODY);
    staff_begin(bench.staff, &one, &marie, CODE, &now);
    assert_int_equal(told(&bench, one, "BIB-A", "", now).standing, STAFF_WORKS);
    assert_true(told(&bench, one, "BIB-A", "", now).proven);
    assert_int_equal(told(&bench, same, "BIB-A", "", now).standing, STAFF_NOBODY);
    assert_int_equal(told(&bench, other, "BIB-A", "", now).standing, STAFF_NOBODY);
    assert_int_equal(told(&bench, one, "BIB-B", "", now).standing, STAFF_NOBODY);
    staff_begin(bench.staff, &one, &there, CODE, &now);
    assert_int_equal(told(&bench, one, "BIB-B", "", now).standing, STAFF_UNKNOWN);
    assert_string_equal(told(&bench, one, "BIB-A", "", now).who.code, "MC");
    assert_int_equal(told(&bench, one, "BIB-A", "X9", now).standing, STAFF_UNKNOWN);
    assert_string_equal(told(&bench, one, "BIB-A", "X9", now).who.code, "X9");
    assert_int_equal(staff_end(bench.staff, &one, "BIB-A"), 1);
    assert_int_equal(staff_end(bench.staff, &one, "BIB-A"), 0);
    assert_int_equal(told(&bench, one, "BIB-A", "", now).standing, STAFF_NOBODY);
    assert_false(told(&bench, one, "BIB-A", "", now).idled);
    end(&bench);
}

static void test_staff_idle(void **state)
{
    const struct staff_desk desk = {1, 0};
    const uint64_t idle_ms = OPERATOR_IDLE_S * 1000u;
    struct moment now = {.boot = 3, .boottime_ms = 5000, .wall_ms = 1};
    struct view_operator marie = who("BIB-A", "MC", 4);
    struct bench bench = begin();

    (void)state;
    declare(&bench, "MC", 0, 4);
    staff_begin(bench.staff, &desk, &marie, CODE, &now);
    now.boottime_ms += idle_ms - 1;
    now.wall_ms = INT64_C(4000000000000); /* 2096 */
    assert_int_equal(told(&bench, desk, "BIB-A", "", now).standing, STAFF_WORKS);
    assert_int_equal(staff_left_ms(bench.staff, &desk, "BIB-A", OPERATOR_IDLE_S, &now), 1);
    staff_touch(bench.staff, &desk, "BIB-A", &now);
    now.boottime_ms += idle_ms - 1;
    now.wall_ms = 0;
    assert_int_equal(told(&bench, desk, "BIB-A", "", now).standing, STAFF_WORKS);
    now.boottime_ms++;
    assert_true(told(&bench, desk, "BIB-A", "", now).idled);
    assert_int_equal(told(&bench, desk, "BIB-A", "", now).standing, STAFF_NOBODY);
    assert_false(told(&bench, desk, "BIB-A", "", now).idled);
    staff_begin(bench.staff, &desk, &marie, CODE, &now);
    now.boot++;
    assert_int_equal(told(&bench, desk, "BIB-A", "", now).standing, STAFF_NOBODY);
    now.boot--;
    staff_begin(bench.staff, &desk, &marie, CODE, &now);
    now.boottime_ms--; /* no clock of one boot goes back */
    assert_int_equal(told(&bench, desk, "BIB-A", "", now).standing, STAFF_NOBODY);
    end(&bench);
}

static void test_staff_left_or_taken_back(void **state)
{
    const struct staff_desk desk = {1, 0};
    struct moment now = {.boot = 3, .boottime_ms = 5000};
    struct view_operator marie = who("BIB-A", "MC", 4);
    struct bench bench = begin();

    (void)state;
    declare(&bench, "MC", 0, 4);
    staff_begin(bench.staff, &desk, &marie, CODE, &now);
    assert_true(told(&bench, desk, "BIB-A", "", now).proven);
    declare(&bench, "MC", 0, 5);
    assert_false(told(&bench, desk, "BIB-A", "", now).proven);
    declare(&bench, "MC", 1, 4);
    assert_false(told(&bench, desk, "BIB-A", "", now).proven);
    assert_int_equal(told(&bench, desk, "BIB-A", "", now).standing, STAFF_ENDED);
    end(&bench);
}

static void test_staff_too_many_desks(void **state)
{
    struct moment now = {.boot = 3, .boottime_ms = 5000};
    struct view_operator marie = who("BIB-A", "MC", 4);
    struct bench bench = begin();

    (void)state;
    declare(&bench, "MC", 0, 4);
    for (uint64_t i = 0; i < STAFF_DESKS + 1; i++) {
        struct staff_desk desk = {i + 1, 0};

        now.boottime_ms++;
        staff_begin(bench.staff, &desk, &marie, CODE, &now);
        assert_int_equal(told(&bench, (struct staff_desk){1, 0}, "BIB-A", "", now).standing, i < STAFF_DESKS ? STAFF_WORKS : STAFF_NOBODY);
    }
    for (uint64_t i = 1; i < STAFF_DESKS + 1; i++)
        assert_int_equal(told(&bench, (struct staff_desk){i + 1, 0}, "BIB-A", "", now).standing, STAFF_WORKS);
    end(&bench);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_staff_sessions_of_desks),
        cmocka_unit_test(test_staff_idle),
        cmocka_unit_test(test_staff_left_or_taken_back),
        cmocka_unit_test(test_staff_too_many_desks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
