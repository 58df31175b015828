/* SPDX-License-Identifier: Apache-2.0 */
/*
 * right.h: who may do what.
 *   - every body of the schema has a row; the whole matrix, body x role, is the one written here letter by letter, and is printed
 *   - place: a node that does not serve the place may nothing there, but a coordinator what concerns the network, and corrections
 *   - a carrier's events name their round, those that can
 *   - what is granted comes on top of the role, what is withdrawn goes first; what concerns the network is never granted by itself; no other right moves with it
 *   - roles and bodies of a later version: nothing is assumed for a role, the place alone is asked for a body
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "navette/right.h"
#include "tests/lib/sample.h"

#define MAY NAVETTE__REFUSAL_CAUSE__CAUSE_UNSPECIFIED
#define ROLE NAVETTE__REFUSAL_CAUSE__CAUSE_ROLE
#define PLACE NAVETTE__REFUSAL_CAUSE__CAUSE_PLACE
#define ROUND NAVETTE__REFUSAL_CAUSE__CAUSE_ROUND
#define HUB NAVETTE__REFUSAL_CAUSE__CAUSE_HUB

/* Branch, relay, carrier, coordinator, reader: '.' nowhere, 'h' at its own places, 'r' there on a round, 'a' anywhere; H: the hub alone. */
static const char *const matrix[SAMPLE_CASES] = {
    [15] = "hhhh.",  [20] = "h..h.",  [21] = "h..h.",  [22] = "h..h.",  [23] = "h..h.",  [24] = "h..h.",  [25] = "...a.",  [26] = "...a.",
    [30] = "h..h.",  [31] = "h..h.",  [32] = "h..h.",  [33] = "h..h.",  [34] = "h..h.",  [35] = "h..h.",  [36] = "h..h.",  [37] = "h..h.",
    [40] = "h..h.",  [41] = "h..h.",  [42] = "h..h.",  [43] = "h..h.",  [44] = "h..h.",  [45] = "h..h.",  [46] = "h..h.",  [47] = "h..h.",
    [50] = "h..h.",  [51] = "h..h.",  [52] = "h..h.",  [53] = "hh.h.",  [54] = "h..h.",  [55] = "h..h.",  [56] = "hh.h.",  [60] = "h.rh.",
    [61] = "hhrh.",  [62] = "hhrh.",  [63] = "hhrh.",  [64] = "hhrh.",  [65] = "hh.h.",  [70] = "hhhh.",  [71] = "hhhh.",  [72] = "hh.h.",
    [73] = "hhrh.",  [74] = "hh.h.",  [80] = "h..h.",  [81] = "h..h.",  [82] = "h..h.",  [83] = "h..h.",  [84] = "h..h.",  [85] = "h..h.",
    [90] = "hhhh.",  [91] = "hh.h.",  [92] = "hh.h.",  [93] = "h..h.",  [94] = "hh.h.",  [95] = "hh.h.",  [100] = "hhha.", [101] = "hhhh.",
    [110] = "h..h.", [111] = "h..h.", [112] = "h..h.", [113] = "h..h.", [120] = "H",     [121] = "H",     [122] = "H",     [123] = "H",
    [124] = "H",     [125] = "H",     [126] = "...a.", [127] = "H",     [128] = "H",     [130] = "h..h.", [131] = "h..h.", [132] = "hh.h.",
    [133] = "hh.h.", [135] = "...a.", [136] = "...a.", [137] = "hh.a.", [140] = "hh.h.", [141] = "h..h.", [150] = "hhhh.", [160] = "H",
    [161] = "hhhh.", [162] = "...a.", [174] = "H",     [175] = "h..a.", [176] = "hhhh.", [177] = "H",     [184] = "H",     [185] = "H",
};

static const Navette__Role roles[] = {NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__ROLE__ROLE_RELAY, NAVETTE__ROLE__ROLE_CARRIER,
                                      NAVETTE__ROLE__ROLE_COORDINATOR, NAVETTE__ROLE__ROLE_READER};

static char letter_of(Navette__Role role, int body)
{
    static const char letters[] = ".hra";

    return letters[right_reach_of(role, body)];
}

static void test_right_of_every_body(void **state)
{
    size_t rows = 0;
    size_t bodies = 0;

    (void)state;
    for (unsigned i = 0; i < navette__event__descriptor.n_fields; i++)
        bodies += (navette__event__descriptor.fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
    print_message("# %-24s %-10s branch relay carrier coordinator reader\n", "event", "right");
    for (int body = 0; body < 400; body++) {
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(&navette__event__descriptor, (unsigned int)body);
        int is_body = field != NULL && (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
        char line[6] = "";

        if (is_body && !right_knows(body))
            fail_msg("who may %s? core/log/right.c has no row for body %d, and the matrix of test_right.c neither", field->name, body);
        assert_int_equal(right_knows(body), is_body);
        if (!is_body)
            continue;
        rows++;
        for (size_t r = 0; r < 5; r++)
            line[r] = letter_of(roles[r], body);
        print_message("# %-24s %-10s %c %c %c %c %c\n", field->name, right_name(right_of_body(body)), line[0], line[1], line[2], line[3],
                      line[4]);
        assert_true(body < SAMPLE_CASES);
        assert_non_null(matrix[body]);
        assert_string_equal(right_of_body(body) == NAVETTE__RIGHT__RIGHT_UNSPECIFIED ? "H" : line, matrix[body]);
    }
    assert_int_equal(rows, bodies);
}

/* An event of every body: every field is set, a round among them. */
static Navette__RefusalCause judged(Navette__Role role, const struct right_change *here, int body)
{
    struct arena *arena = arena_new(1u << 20);
    Navette__Event *event = sample_event(arena, body, 1);
    Navette__Event bare = NAVETTE__EVENT__INIT;
    Navette__RefusalCause cause;

    bare.body_case = (Navette__Event__BodyCase)body;
    cause = right_judge(role, here, event != NULL ? event : &bare);
    arena_free(arena);
    return cause;
}

static void test_right_judge_every_cell(void **state)
{
    const struct right_change none = {0, 0};

    (void)state;
    for (int body = 0; body < SAMPLE_CASES; body++) {
        for (size_t r = 0; matrix[body] != NULL && r < 5; r++) {
            char cell = matrix[body][0] == 'H' ? 'H' : matrix[body][r];

            assert_int_equal(judged(roles[r], &none, body), cell == 'H' ? HUB : cell == '.' ? ROLE : MAY);
            assert_int_equal(judged(roles[r], NULL, body), cell == 'H' ? HUB : cell == 'a' ? MAY : PLACE);
        }
    }
}

static void test_right_judge_rounds(void **state)
{
    static const int bodies[] = {60, 61, 62, 63, 64, 73};
    const struct right_change none = {0, 0};
    const struct right_change all = {UINT64_MAX, 0};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct arena *arena = arena_new(1u << 20);
        Navette__Event *event = sample_event(arena, bodies[i], 1);

        assert_int_equal(right_judge(NAVETTE__ROLE__ROLE_CARRIER, &none, event), MAY);
        switch (bodies[i]) {
        case 60:
            event->dispatched->round = NULL;
            break;
        case 61:
            event->handover_counted->round = NULL;
            break;
        case 62:
            event->received->round = NULL;
            break;
        case 63:
            event->seen_on_reception->round = NULL;
            break;
        case 64:
            event->refused->round = NULL;
            break;
        default:
            event->collected->round = NULL;
            break;
        }
        assert_int_equal(right_judge(NAVETTE__ROLE__ROLE_CARRIER, &none, event), ROUND);
        assert_int_equal(right_judge(NAVETTE__ROLE__ROLE_CARRIER, &all, event), MAY);
        assert_int_equal(right_judge(NAVETTE__ROLE__ROLE_BRANCH, &none, event), MAY);
        arena_free(arena);
    }
}

static void test_right_judge_changes(void **state)
{
    (void)state;
    for (int body = 0; body < SAMPLE_CASES; body++) {
        unsigned right = right_of_body(body);
        struct right_change granted = {UINT64_C(1) << right, 0};
        struct right_change withdrawn = {0, UINT64_C(1) << right};
        struct right_change both = {UINT64_C(1) << right, UINT64_C(1) << right};
        struct right_change others = {~(UINT64_C(1) << right), 0};
        struct right_change others_gone = {0, ~(UINT64_C(1) << right)};
        int grantable = right != 0 && (right_mask_grantable() >> right & 1u) != 0;

        for (size_t r = 0; matrix[body] != NULL && matrix[body][0] != 'H' && r < 5; r++) {
            char cell = matrix[body][r];

            assert_int_equal(judged(roles[r], &granted, body), grantable || cell != '.' ? MAY : ROLE);
            assert_int_equal(judged(roles[r], &withdrawn, body), cell == 'a' ? MAY : ROLE);
            assert_int_equal(judged(roles[r], &both, body), cell == 'a' ? MAY : ROLE);
            assert_int_equal(judged(roles[r], &others, body), cell == '.' ? ROLE : MAY);
            assert_int_equal(judged(roles[r], &others_gone, body), cell == '.' ? ROLE : MAY);
        }
    }
    for (int body = 0; body < SAMPLE_CASES; body++)
        if (matrix[body] != NULL && matrix[body][0] == 'H')
            assert_int_equal(judged(NAVETTE__ROLE__ROLE_COORDINATOR, &(struct right_change){UINT64_MAX, 0}, body), HUB);
}

static void test_right_of_later_versions(void **state)
{
    const struct right_change none = {0, 0};

    (void)state;
    for (size_t r = 0; r < 5; r++) {
        assert_int_equal(judged(roles[r], &none, 399), roles[r] == NAVETTE__ROLE__ROLE_READER ? ROLE : MAY);
        assert_int_equal(judged(roles[r], NULL, 399), PLACE);
    }
    assert_int_equal(judged((Navette__Role)6, &none, 60), ROLE);
    assert_int_equal(judged((Navette__Role)-1, &none, 60), ROLE);
    assert_int_equal(judged(NAVETTE__ROLE__ROLE_UNSPECIFIED, &none, 60), ROLE);
    assert_string_equal(right_name(RIGHT_COUNT), "");
    for (unsigned right = 1; right < RIGHT_COUNT; right++) {
        assert_true(strlen(right_name(right)) > 0);
        assert_non_null(protobuf_c_enum_descriptor_get_value(&navette__right__descriptor, (int)right));
    }
    assert_int_equal(navette__right__descriptor.n_values, RIGHT_COUNT);
    assert_int_equal(right_mask_of_role(NAVETTE__ROLE__ROLE_READER), 0);
    assert_true((right_mask_of_role(NAVETTE__ROLE__ROLE_COORDINATOR) & ~right_mask_of_role(NAVETTE__ROLE__ROLE_BRANCH) &
                 right_mask_grantable()) == 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right_of_every_body),     cmocka_unit_test(test_right_judge_every_cell),
        cmocka_unit_test(test_right_judge_rounds),      cmocka_unit_test(test_right_judge_changes),
        cmocka_unit_test(test_right_of_later_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
