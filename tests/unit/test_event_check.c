/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_check(): every field of every body, at its limit and one past, by the rule that the table gives it; and by name what matters most.
 *   - generic: for each rule of each body, what it allows passes and what it forbids is refused with that rule's own text
 *   - common fields: hlc, place, operator, clock, parents at 128 and 129
 *   - kinds: crate > bag > item, by hand
 *   - destinations: never its own place; things or pools: one of them
 *   - 64 things and 65, over all lists
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "log/event_form.h"
#include "navette/event.h"
#include "tests/lib/sample.h"

static char long_text[LIMIT_TITLE + 2];

/* A fresh event, its body and one of its fields. */
struct subject {
    struct arena *arena;
    Navette__Event *event;
    const struct event_rule *rule;
    uint8_t *body;
};

static struct subject subject_of(int body_case, const struct event_rule *rule)
{
    struct subject subject = {.arena = arena_new(1u << 20), .rule = rule};

    subject.event = sample_event(subject.arena, body_case, 2);
    assert_non_null(subject.event);
    subject.body = (uint8_t *)subject.event->operation_closed;
    return subject;
}

static void set(const struct subject *subject, const void *value, size_t size)
{
    memcpy(subject->body + subject->rule->offset, value, size);
}

static void set_text(const struct subject *subject, const char *text)
{
    set(subject, &text, sizeof(text));
}

static const char *text_of(size_t len)
{
    memset(long_text, 'A', sizeof(long_text) - 1);
    return long_text + sizeof(long_text) - 1 - len;
}

static void accepted(const struct subject *subject)
{
    assert_string_equal(event_check_text(subject->event), "");
    assert_int_equal(event_check(subject->event), 0);
}

static void refused(const struct subject *subject)
{
    assert_int_equal(event_check(subject->event), NAVETTE_E_INVALID);
    assert_string_equal(event_check_text(subject->event), subject->rule->wrong);
}

static void try_text(const struct subject *subject)
{
    set_text(subject, "");
    (subject->rule->needed ? refused : accepted)(subject);
    set_text(subject, NULL);
    (subject->rule->needed ? refused : accepted)(subject);
    set_text(subject, text_of(subject->rule->limit));
    accepted(subject);
    set_text(subject, text_of(subject->rule->limit + 1u));
    refused(subject);
    set_text(subject, "a\nb");
    refused(subject);
    set_text(subject, "\xc3");
    refused(subject);
    set_text(subject, "é");
    accepted(subject);
}

static void try_amount(const struct subject *subject)
{
    static const struct {
        int64_t number;
        int good;
    } rows[] = {{0, 0}, {1, 1}, {-1, 1}, {INT32_MAX, 1}, {-INT32_MAX, 1}, {INT64_C(1) + INT32_MAX, 0}, {-INT64_C(1) - INT32_MAX, 0}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        set(subject, &rows[i].number, sizeof(rows[i].number));
        (rows[i].good ? accepted : refused)(subject);
    }
}

static void try_place(const struct subject *subject, int needed)
{
    set_text(subject, text_of(LIMIT_PLACE_CODE));
    accepted(subject);
    set_text(subject, text_of(LIMIT_PLACE_CODE + 1u));
    refused(subject);
    set_text(subject, "bib");
    refused(subject);
    set_text(subject, "A B");
    refused(subject);
    set_text(subject, "");
    (needed ? refused : accepted)(subject);
}

static void try_date(const struct subject *subject)
{
    set_text(subject, "2020-02-30");
    refused(subject);
    set_text(subject, "");
    (subject->rule->needed ? refused : accepted)(subject);
    set_text(subject, "2020-02-29");
    accepted(subject);
}

static void try_enum(const struct subject *subject)
{
    static const int outside[] = {-1, 9999, 63, INT32_MIN};

    for (unsigned int i = 0; i < subject->rule->values->n_values; i++) {
        set(subject, &subject->rule->values->values[i].value, sizeof(int));
        accepted(subject);
    }
    for (size_t i = 0; i < 4; i++) {
        set(subject, &outside[i], sizeof(int));
        refused(subject);
    }
}

static void try_bytes(const struct subject *subject)
{
    uint8_t data[65] = {0};
    ProtobufCBinaryData bytes = {subject->rule->limit, data};

    set(subject, &bytes, sizeof(bytes));
    accepted(subject);
    bytes.len--;
    set(subject, &bytes, sizeof(bytes));
    refused(subject);
    bytes.len += 2;
    set(subject, &bytes, sizeof(bytes));
    refused(subject);
    bytes.len = 0;
    set(subject, &bytes, sizeof(bytes));
    (subject->rule->needed ? refused : accepted)(subject);
}

static void try_kinds(const struct subject *subject, Navette__Thing *thing)
{
    char node[] = "00000000000000000000000000000001";

    for (int kind = 0; kind <= 11; kind++) {
        thing->kind = (Navette__ThingKind)kind;
        thing->namespace_ = (char *)(uintptr_t)(kind == NAVETTE__THING_KIND__THING_ITEM ? "koha" : "");
        thing->id = kind == NAVETTE__THING_KIND__THING_PLACE ? (char *)(uintptr_t) "BIB" : node;
        ((subject->rule->kinds >> kind & 1u) != 0 && kind < 10 ? accepted : refused)(subject);
        thing->id = (char *)(uintptr_t) "";
        refused(subject);
    }
}

static void try_thing(const struct subject *subject)
{
    const void *none = NULL;
    Navette__Thing *thing;

    memcpy(&thing, subject->body + subject->rule->offset, sizeof(thing));
    try_kinds(subject, thing);
    set(subject, &none, sizeof(none));
    (subject->rule->needed ? refused : accepted)(subject);
}

static void set_count(const struct subject *subject, size_t count)
{
    set(subject, &count, sizeof(count));
}

/* The same element many times over. */
static void set_elements(const struct subject *subject, void *element, size_t count)
{
    void **list = arena_alloc(subject->arena, count * sizeof(*list));

    for (size_t i = 0; i < count; i++)
        list[i] = element;
    memcpy(subject->body + subject->rule->list, &list, sizeof(list));
    set_count(subject, count);
}

static void *first_element(const struct subject *subject)
{
    void **list;

    memcpy(&list, subject->body + subject->rule->list, sizeof(list));
    return list[0];
}

static void try_things(const struct subject *subject)
{
    Navette__Thing *thing = first_element(subject);
    int kind = (int)thing->kind;
    char *id = thing->id;
    char *space = thing->namespace_;

    set_elements(subject, thing, LIMIT_EVENT_THINGS);
    accepted(subject);
    set_elements(subject, thing, LIMIT_EVENT_THINGS + 1);
    refused(subject);
    set_elements(subject, thing, 2);
    try_kinds(subject, thing);
    thing->kind = (Navette__ThingKind)kind;
    thing->id = id;
    thing->namespace_ = space;
    set_count(subject, 0);
    (subject->rule->needed ? refused : accepted)(subject);
}

/* Lists whose elements have a text that must be there: `text` is where the first one's stands. */
static void try_list(const struct subject *subject, char **text, size_t most, size_t elements)
{
    char *kept = *text;

    *text = (char *)(uintptr_t)text_of(most);
    accepted(subject);
    *text = (char *)(uintptr_t)text_of(most + 1);
    refused(subject);
    *text = (char *)(uintptr_t) "";
    refused(subject);
    *text = (char *)(uintptr_t) "\x01";
    refused(subject);
    *text = kept;
    set_elements(subject, first_element(subject), elements);
    accepted(subject);
    set_elements(subject, first_element(subject), elements + 1);
    refused(subject);
    set_count(subject, 0);
    accepted(subject);
}

static void try_ref(const struct subject *subject)
{
    const void *none = NULL;
    uint8_t data[17] = {1};
    Navette__Ref *ref;

    memcpy(&ref, subject->body + subject->rule->offset, sizeof(ref));
    ref->incarnation = (ProtobufCBinaryData){16, data};
    accepted(subject);
    ref->incarnation.len = 17;
    refused(subject);
    ref->incarnation.len = 15;
    refused(subject);
    ref->incarnation.len = 0;
    accepted(subject);
    ref->leaf = 0;
    accepted(subject);
    ref->seq = 0;
    refused(subject);
    set(subject, &none, sizeof(none));
    (subject->rule->needed ? refused : accepted)(subject);
}

static void try_sealed(const struct subject *subject)
{
    const void *none = NULL;
    Navette__Sealed *sealed;

    memcpy(&sealed, subject->body + subject->rule->offset, sizeof(sealed));
    sealed->key_id.len = 15;
    refused(subject);
    sealed->key_id.len = 16;
    sealed->nonce.len = 23;
    refused(subject);
    sealed->nonce.len = 24;
    sealed->ciphertext.len = 15;
    refused(subject);
    sealed->ciphertext.len = 16;
    accepted(subject);
    set(subject, &none, sizeof(none));
    accepted(subject);
}

static void try_lines(const struct subject *subject)
{
    Navette__IlsLine *line = first_element(subject);
    Navette__Ref *back = line->back, *event = line->event;
    Navette__Thing *item = line->item;

    set_elements(subject, line, LIMIT_EVENT_LIST);
    accepted(subject);
    set_elements(subject, line, LIMIT_EVENT_LIST + 1);
    refused(subject);
    set_count(subject, 0);
    refused(subject);
    set_count(subject, 1);
    line->back = NULL;
    accepted(subject);
    line->back = back;
    back->seq = 0;
    refused(subject);
    back->seq = 1;
    line->event = NULL;
    refused(subject);
    line->event = event;
    line->item = NULL;
    refused(subject);
    line->item = item;
    item->kind = NAVETTE__THING_KIND__THING_BAG;
    refused(subject);
    item->kind = NAVETTE__THING_KIND__THING_ITEM;
    line->act = NAVETTE__ILS_ACT__ILS_UNSPECIFIED;
    refused(subject);
    line->act = (Navette__IlsAct)3;
    refused(subject);
    line->act = NAVETTE__ILS_ACT__ILS_ISSUE;
    accepted(subject);
}

static void try_rest(const struct subject *subject)
{
    const void *none = NULL;
    Navette__SurpriseCriteria *surprise;
    Navette__Frontier *frontier;
    void **list;

    switch ((enum event_rule_kind)subject->rule->kind) {
    case RULE_SURPRISE:
        memcpy(&surprise, subject->body + subject->rule->offset, sizeof(surprise));
        surprise->age = (char *)(uintptr_t)text_of(LIMIT_CODE + 1);
        refused(subject);
        surprise->age = (char *)(uintptr_t)text_of(LIMIT_CODE);
        accepted(subject);
        break;
    case RULE_FRONTIER:
        memcpy(&frontier, subject->body + subject->rule->offset, sizeof(frontier));
        frontier->signature.len--;
        refused(subject);
        frontier->signature.len++;
        frontier->incarnation.len = 0;
        refused(subject);
        set(subject, &none, sizeof(none));
        refused(subject);
        break;
    case RULE_TEXTS:
    case RULE_PLACES:
        memcpy(&list, subject->body + subject->rule->list, sizeof(list));
        try_list(subject, (char **)list, subject->rule->kind == RULE_PLACES ? LIMIT_PLACE_CODE : subject->rule->limit,
                 subject->rule->kind == RULE_PLACES ? LIMIT_NODE_PLACES : LIMIT_EVENT_LIST);
        break;
    case RULE_POOLS:
        try_list(subject, &((Navette__PoolCount *)first_element(subject))->kind, LIMIT_CODE, LIMIT_EVENT_LIST);
        break;
    case RULE_ZONES:
        ((Navette__Zone *)first_element(subject))->kind = (Navette__ZoneKind)17;
        refused(subject);
        ((Navette__Zone *)first_element(subject))->kind = NAVETTE__ZONE_KIND__ZONE_SHELF;
        try_list(subject, &((Navette__Zone *)first_element(subject))->code, LIMIT_CODE, LIMIT_EVENT_LIST);
        break;
    case RULE_LINES:
        try_lines(subject);
        break;
    case RULE_EXTRA:
        ((Navette__ItemRegistered__ExtraEntry *)first_element(subject))->value = (char *)(uintptr_t)text_of(LIMIT_TITLE + 1);
        refused(subject);
        ((Navette__ItemRegistered__ExtraEntry *)first_element(subject))->value = (char *)(uintptr_t)text_of(LIMIT_TITLE);
        accepted(subject);
        ((Navette__ItemRegistered__ExtraEntry *)first_element(subject))->value = (char *)(uintptr_t) "";
        try_list(subject, &((Navette__ItemRegistered__ExtraEntry *)first_element(subject))->key, LIMIT_CODE, LIMIT_EVENT_LIST);
        break;
    default:
        break;
    }
}

static void try_rights(const struct subject *subject)
{
    Navette__RightsGranted *granted = subject->event->rights_granted;
    char *place = granted->at[1]->place;

    granted->at[1]->place = granted->at[0]->place;
    refused(subject);
    granted->at[1]->place = (char *)(uintptr_t) "";
    refused(subject);
    granted->at[1]->place = place;
    granted->at[1]->granted = UINT64_MAX; /* rights of a later version among them */
    accepted(subject);
    granted->n_at = 0;
    accepted(subject);
}

static void try_rule(const struct subject *subject)
{
    switch ((enum event_rule_kind)subject->rule->kind) {
    case RULE_TEXT:
        try_text(subject);
        break;
    case RULE_AMOUNT:
        try_amount(subject);
        break;
    case RULE_PLACE:
        try_place(subject, subject->rule->needed);
        break;
    case RULE_DESTINATION:
        try_place(subject, 1);
        break;
    case RULE_DATE:
        try_date(subject);
        break;
    case RULE_ENUM:
        try_enum(subject);
        break;
    case RULE_BYTES:
        try_bytes(subject);
        break;
    case RULE_THING:
        try_thing(subject);
        break;
    case RULE_THINGS:
        try_things(subject);
        break;
    case RULE_REF:
        try_ref(subject);
        break;
    case RULE_SEALED:
        try_sealed(subject);
        break;
    case RULE_RIGHTS:
        try_rights(subject);
        break;
    default:
        try_rest(subject);
        break;
    }
}

static void test_event_check_every_rule(void **state)
{
    size_t rules = 0;

    (void)state;
    for (int i = 0; i < SAMPLE_CASES; i++) {
        /* Adopted holds another event: test_fork.c */
        const struct event_form *form = i == NAVETTE__EVENT__BODY_ADOPTED ? NULL : event_form_of(i);

        for (size_t r = 0; form != NULL && r < form->count; r++) {
            struct subject subject = subject_of(i, &form->rules[r]);

            accepted(&subject);
            try_rule(&subject);
            arena_free(subject.arena);
            rules++;
        }
    }
    assert_true(rules > 200);
}

static void test_event_check_common_fields(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    Navette__Event *event = sample_event(arena, NAVETTE__EVENT__BODY_FOUND, 1);
    Navette__Ref *parents[LIMIT_EVENT_PARENTS + 1];

    (void)state;
    for (size_t i = 0; i <= LIMIT_EVENT_PARENTS; i++)
        parents[i] = event->parents[0];
    event->parents = parents;
    event->n_parents = LIMIT_EVENT_PARENTS;
    assert_int_equal(event_check(event), 0);
    event->n_parents++;
    assert_string_equal(event_check_text(event), "parents: too many");
    event->n_parents = 1;
    parents[0]->seq = 0;
    assert_string_equal(event_check_text(event), "parents: not a reference");
    parents[0]->seq = 1;
    event->place = (char *)(uintptr_t) "";
    assert_int_equal(event_check(event), 0);
    event->place = (char *)(uintptr_t) "a";
    assert_int_equal(event_check(event), NAVETTE_E_INVALID);
    event->place = (char *)(uintptr_t)text_of(LIMIT_PLACE_CODE);
    assert_int_equal(event_check(event), 0);
    event->operator_ = (char *)(uintptr_t)text_of(LIMIT_CODE + 1);
    assert_int_equal(event_check(event), NAVETTE_E_INVALID);
    event->operator_ = (char *)(uintptr_t) "";
    event->clock = (Navette__ClockTrust)2;
    assert_int_equal(event_check(event), NAVETTE_E_INVALID);
    event->clock = NAVETTE__CLOCK_TRUST__CLOCK_UNKNOWN;
    assert_int_equal(event_check(event), 0);
    event->hlc = 0;
    assert_string_equal(event_check_text(event), "hlc: missing");
    event->hlc = 1;
    event->found = NULL;
    assert_string_equal(event_check_text(event), "body: missing");
    event->body_case = NAVETTE__EVENT__BODY__NOT_SET;
    assert_string_equal(event_check_text(event), "body: missing");
    event->body_case = (Navette__Event__BodyCase)9;
    assert_int_equal(event_check(event), NAVETTE_E_INVALID);
    arena_free(arena);
}

static void test_event_check_crate_bag_item(void **state)
{
    static const struct {
        int body;
        Navette__ThingKind container;
        Navette__ThingKind content;
        int fits;
    } rows[] = {
        {50, NAVETTE__THING_KIND__THING_BAG, NAVETTE__THING_KIND__THING_ITEM, 1},
        {50, NAVETTE__THING_KIND__THING_CRATE, NAVETTE__THING_KIND__THING_ITEM, 1},
        {50, NAVETTE__THING_KIND__THING_ITEM, NAVETTE__THING_KIND__THING_ITEM, 0},
        {50, NAVETTE__THING_KIND__THING_BAG, NAVETTE__THING_KIND__THING_BAG, 0},
        {50, NAVETTE__THING_KIND__THING_CRATE, NAVETTE__THING_KIND__THING_BAG, 0},
        {54, NAVETTE__THING_KIND__THING_CRATE, NAVETTE__THING_KIND__THING_BAG, 1},
        {54, NAVETTE__THING_KIND__THING_CRATE, NAVETTE__THING_KIND__THING_CRATE, 0},
        {54, NAVETTE__THING_KIND__THING_BAG, NAVETTE__THING_KIND__THING_BAG, 0},
        {54, NAVETTE__THING_KIND__THING_CRATE, NAVETTE__THING_KIND__THING_ITEM, 0},
    };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new(1u << 20);
        int body = rows[i / 2].body + (int)(i % 2); /* packed and unpacked, loaded and unloaded */
        Navette__Event *event = sample_event(arena, body, 1);
        Navette__Thing *container = body < 54 ? event->item_packed->container : event->crate_loaded->crate;
        Navette__Thing *content = body < 54 ? event->item_packed->items[0] : event->crate_loaded->bags[0];

        container->kind = rows[i / 2].container;
        content->kind = rows[i / 2].content;
        content->namespace_ = (char *)(uintptr_t) "";
        assert_int_equal(event_check(event), rows[i / 2].fits ? 0 : NAVETTE_E_INVALID);
        arena_free(arena);
    }
}

static void test_event_check_destination_is_elsewhere(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    Navette__Event *dispatched = sample_event(arena, NAVETTE__EVENT__BODY_DISPATCHED, 1);
    Navette__Event *collected = sample_event(arena, NAVETTE__EVENT__BODY_COLLECTED, 1);

    (void)state;
    dispatched->dispatched->to = dispatched->place;
    assert_string_equal(event_check_text(dispatched), "Dispatched.to: the code of another place expected");
    collected->collected->to = collected->place;
    assert_int_equal(event_check(collected), NAVETTE_E_INVALID);
    dispatched->place = (char *)(uintptr_t) "";
    assert_int_equal(event_check(dispatched), 0);
    arena_free(arena);
}

static void test_event_check_things_or_pools(void **state)
{
    static const int bodies[] = {60, 62, 70, 72, 73};

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        const struct event_form *form = event_form_of(bodies[i]);
        struct subject things = {.rule = NULL};
        struct subject pools;

        things = subject_of(bodies[i], form->rules);
        pools = things;
        for (size_t r = 0; r < form->count; r++) {
            if (form->rules[r].kind == RULE_THINGS)
                things.rule = &form->rules[r];
            if (form->rules[r].kind == RULE_POOLS)
                pools.rule = &form->rules[r];
        }
        set_count(&things, 0);
        accepted(&things);
        set_count(&pools, 0);
        assert_int_equal(event_check(things.event), NAVETTE_E_INVALID);
        set_count(&things, 1);
        accepted(&things);
        arena_free(things.arena);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event_check_every_rule),      cmocka_unit_test(test_event_check_common_fields),
        cmocka_unit_test(test_event_check_crate_bag_item),  cmocka_unit_test(test_event_check_destination_is_elsewhere),
        cmocka_unit_test(test_event_check_things_or_pools),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
