/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.h: what an event is about, and whom it concerns.
 *   - event_things, event_names: the table of FOLD.md, body by body; a thing named twice, a container among its own contents; 66 things
 *   - event_scope_mask, event_concerns_place: the network's decisions concern everybody, packing only where it happened, the others every place named;
 *     the mask never hides an event that concerns a place, for random places
 *   - event_name, event_is_folded
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "navette/event.h"
#include "tests/lib/sample.h"
#include "tests/lib/seed.h"

/* As FOLD.md, section 2: the part of each thing of a sample, in order; s subject, c container, m missing, o order. */
static const char *const parts[SAMPLE_CASES] = {
    [30] = "s",  [31] = "s",   [32] = "s",   [33] = "s",   [34] = "s",  [35] = "s",  [36] = "s",    [37] = "s",   [20] = "s",
    [21] = "s",  [22] = "s",   [23] = "s",   [24] = "s",   [25] = "s",  [26] = "s",  [50] = "csso", [51] = "css", [52] = "s",
    [53] = "s",  [54] = "css", [55] = "css", [56] = "s",   [60] = "ss", [61] = "",   [62] = "ss",   [63] = "ss",  [64] = "ss",
    [65] = "ss", [70] = "sso", [71] = "sso", [72] = "ss",  [73] = "ss", [74] = "ss", [80] = "ss",   [81] = "ss",  [82] = "ss",
    [83] = "ss", [84] = "ss",  [85] = "ss",  [90] = "ss",  [91] = "ss", [92] = "mm", [93] = "ss",   [94] = "ss",  [120] = "s",
    [121] = "s", [122] = "s",  [128] = "s",  [132] = "ss", [174] = "s", [161] = "s", [162] = "s",   [175] = "s",
};

static void names_the_same(const Navette__Event *event, const struct event_thing *things, size_t count)
{
    for (int kind = 0; kind < 32; kind++) {
        int named = 0;

        for (size_t i = 0; i < count; i++)
            named |= thing_kind(&things[i].key) == kind;
        assert_int_equal(event_names(event, 1u << kind), named);
    }
}

static void test_event_things_of_every_body(void **state)
{
    (void)state;
    for (int i = 0; i < SAMPLE_CASES; i++) {
        struct arena *arena = arena_new(1u << 20);
        Navette__Event *event = sample_event(arena, i, 1);
        struct event_thing things[EVENT_THINGS_MAX];
        const char *expected = parts[i] == NULL ? "" : parts[i];
        size_t count;

        if (event != NULL) {
            count = event_things(event, things);
            assert_int_equal(count, strlen(expected));
            names_the_same(event, things, count);
            for (size_t k = 0; k < count; k++) {
                assert_int_equal(things[k].part, expected[k] == 'c'   ? PART_CONTAINER
                                                 : expected[k] == 'm' ? PART_MISSING
                                                 : expected[k] == 'o' ? PART_ORDER
                                                                      : PART_SUBJECT);
            }
        }
        arena_free(arena);
    }
}

static void test_event_things_named_twice(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    Navette__Event *event = sample_event(arena, NAVETTE__EVENT__BODY_ITEM_PACKED, 1);
    struct event_thing things[EVENT_THINGS_MAX];
    struct thing_key container;
    Navette__Thing *list[3];

    (void)state;
    list[0] = event->item_packed->items[0];
    list[1] = event->item_packed->items[1];
    list[2] = event->item_packed->items[0];
    event->item_packed->items = list;
    event->item_packed->n_items = 3;
    assert_int_equal(event_things(event, things), 4);
    assert_int_equal(thing_key_of(event->item_packed->container, &container), 0);
    assert_true(thing_key_equal(&things[0].key, &container));
    /* Malformed, but what is read of it is still bounded and named once. */
    list[1] = event->item_packed->container;
    assert_int_equal(event_things(event, things), 3);
    assert_int_equal(things[0].part, PART_CONTAINER);
    event->body_case = NAVETTE__EVENT__BODY__NOT_SET;
    assert_int_equal(event_things(event, things), 0);
    arena_free(arena);
}

static void test_event_things_at_the_limit(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    Navette__Event *event = sample_event(arena, NAVETTE__EVENT__BODY_ITEM_PACKED, 1);
    Navette__Thing items[LIMIT_EVENT_THINGS];
    Navette__Thing *list[LIMIT_EVENT_THINGS];
    char ids[LIMIT_EVENT_THINGS][8];
    struct event_thing things[EVENT_THINGS_MAX];

    (void)state;
    for (size_t i = 0; i < LIMIT_EVENT_THINGS; i++) {
        navette__thing__init(&items[i]);
        snprintf(ids[i], sizeof(ids[i]), "%zu", i);
        items[i].kind = NAVETTE__THING_KIND__THING_ITEM;
        items[i].id = ids[i];
        list[i] = &items[i];
    }
    event->item_packed->items = list;
    event->item_packed->n_items = LIMIT_EVENT_THINGS;
    assert_int_equal(event_check(event), 0);
    assert_int_equal(event_things(event, things), EVENT_THINGS_MAX);
    assert_string_equal(thing_id(&things[LIMIT_EVENT_THINGS].key), "63");
    arena_free(arena);
}

static void test_event_concerns_place_every_body(void **state)
{
    (void)state;
    for (int i = 0; i < SAMPLE_CASES; i++) {
        struct arena *arena = arena_new(1u << 20);
        Navette__Event *event = sample_event(arena, i, 1);
        int everybody = (i >= 120 && i < 130) || (i >= 135 && i < 140) || i == 160 || i == 162 || i == 174 || i == 175 || i == 177 ||
                        i == 184 || i == 185 || i == 100 || i == 101 || (i >= 23 && i <= 26);

        if (event != NULL) {
            assert_true(event_concerns_place(event, "BIB-0001"));
            assert_int_equal(event_concerns_place(event, "NOWHERE"), everybody);
            assert_int_equal(event_concerns_place(event, ""), everybody);
            assert_int_equal(event_scope_mask(event) == UINT64_MAX, everybody);
            assert_true((event_scope_mask(event) & scope_mask_of("BIB-0001")) == scope_mask_of("BIB-0001"));
        }
        arena_free(arena);
    }
}

static void test_event_concerns_place_named(void **state)
{
    static const struct {
        int body;
        const char *places[3]; /* that the sample names: RELAIS-<1 + field number> */
    } rows[] = {
        {20, {"RELAIS-0006", "RELAIS-0007", NULL}}, /* home, at */
        {21, {"RELAIS-0006", NULL, NULL}},          /* home */
        {30, {NULL, NULL, NULL}},                   /* a relay is not told the titles of an order */
        {31, {NULL, NULL, NULL}},
        {130, {NULL, NULL, NULL}},
        {60, {"RELAIS-0003", NULL, NULL}}, /* to */
        {61, {"RELAIS-0011", NULL, NULL}}, /* peer */
        {73, {"RELAIS-0003", NULL, NULL}}, /* to */
        {95, {"RELAIS-0002", NULL, NULL}}, /* reporter */
        {50, {NULL, NULL, NULL}},
        {62, {"RELAIS-0007", NULL, NULL}}, /* from */
        {63, {NULL, NULL, NULL}},
        {64, {"RELAIS-0005", NULL, NULL}}, /* from */
        {65, {"RELAIS-0005", NULL, NULL}}, /* to */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new(1u << 20);
        Navette__Event *event = sample_event(arena, rows[i].body, 1);
        uint64_t mask = scope_mask_of("BIB-0001");
        char code[16];

        for (unsigned int k = 0; k < 20; k++) {
            int named = 0;

            snprintf(code, sizeof(code), "RELAIS-%04u", k);
            for (size_t n = 0; n < 3; n++)
                named |= rows[i].places[n] != NULL && strcmp(rows[i].places[n], code) == 0;
            assert_int_equal(event_concerns_place(event, code), named);
            if (named)
                mask |= scope_mask_of(code);
        }
        assert_true(event_scope_mask(event) == mask);
        arena_free(arena);
    }
}

static void test_scope_mask_of_random_places(void **state)
{
    uint64_t random = seed_start();
    struct arena *arena = arena_new(1u << 20);
    Navette__Event *event = sample_event(arena, NAVETTE__EVENT__BODY_DISPATCHED, 1);
    size_t hits = 0;

    (void)state;
    assert_true(scope_mask_of("") == 0);
    assert_true(scope_mask_of(NULL) == 0);
    for (int i = 0; i < 5000; i++) {
        char from[16];
        char to[16];
        char other[16];
        uint64_t mask;

        snprintf(from, sizeof(from), "P%u", (unsigned int)seed_below(&random, 100000));
        snprintf(to, sizeof(to), "Q%u", (unsigned int)seed_below(&random, 100000));
        snprintf(other, sizeof(other), "R%u", (unsigned int)seed_below(&random, 100000));
        event->place = from;
        event->dispatched->to = to;
        mask = event_scope_mask(event);
        assert_true((mask & scope_mask_of(from)) == scope_mask_of(from));
        assert_true((mask & scope_mask_of(to)) == scope_mask_of(to));
        assert_true(scope_mask_of(other) != 0);
        hits += (mask & scope_mask_of(other)) == scope_mask_of(other);
    }
    /* Two bits of 64 against at most four set: a stranger passes the filter once in some 250 times. */
    assert_true(hits < 100);
    arena_free(arena);
}

static void test_event_name_and_folded(void **state)
{
    struct arena *arena = arena_new(1u << 20);

    (void)state;
    assert_string_equal(event_name(sample_event(arena, 50, 1)), "item-packed");
    assert_string_equal(event_name(sample_event(arena, 15, 1)), "operation-closed");
    assert_string_equal(event_name(sample_event(arena, 128, 1)), "incarnation-started");
    assert_true(event_is_folded(sample_event(arena, 50, 1)));
    assert_true(event_is_folded(sample_event(arena, 15, 1)));
    assert_true(event_is_folded(sample_event(arena, 30, 1)));
    assert_true(event_is_folded(sample_event(arena, 131, 1)));
    assert_false(event_is_folded(sample_event(arena, 40, 1)));
    assert_false(event_is_folded(sample_event(arena, 82, 1)));
    arena_free(arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event_things_of_every_body), cmocka_unit_test(test_event_things_named_twice),
        cmocka_unit_test(test_event_things_at_the_limit),  cmocka_unit_test(test_event_concerns_place_every_body),
        cmocka_unit_test(test_event_concerns_place_named), cmocka_unit_test(test_scope_mask_of_random_places),
        cmocka_unit_test(test_event_name_and_folded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
