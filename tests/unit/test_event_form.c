/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_form.h: the table of bodies, held against the generated descriptors.
 *   - every body of the schema has a form under its own name, and no other number has one
 *   - every field of every body has exactly one rule, of a kind that fits its type, with its own enum; no rule stands without a field
 *   - limits of texts and what may not be missing, written out field by field
 *   - the families folded are those of the design; reach is all for the network's decisions, inside for packing and for what an order is of
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "log/event_form.h"
#include "tests/lib/sample.h"

static const ProtobufCFieldDescriptor *body_field(int body_case)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(&navette__event__descriptor, (unsigned int)body_case);

    return field != NULL && (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 ? field : NULL;
}

static void test_event_form_of_every_body(void **state)
{
    size_t bodies = 0;

    (void)state;
    for (int i = -1; i < 400; i++) {
        const ProtobufCFieldDescriptor *field = i < 0 ? NULL : body_field(i);
        const struct event_form *form = event_form_of(i);

        assert_int_equal(form != NULL, field != NULL);
        if (field == NULL)
            continue;
        bodies++;
        assert_int_equal(strlen(form->name), strlen(field->name));
        for (size_t k = 0; k < strlen(form->name); k++)
            assert_int_equal(form->name[k], field->name[k] == '_' ? '-' : field->name[k]);
    }
    assert_int_equal(bodies + 8, navette__event__descriptor.n_fields);
}

static int fits(const struct event_rule *rule, const ProtobufCFieldDescriptor *field)
{
    const void *sub = field->descriptor;

    switch ((enum event_rule_kind)rule->kind) {
    case RULE_TEXT:
    case RULE_PLACE:
    case RULE_DESTINATION:
    case RULE_DATE:
    case RULE_TEXTS:
    case RULE_PLACES:
        return field->type == PROTOBUF_C_TYPE_STRING;
    case RULE_ENUM:
        return field->type == PROTOBUF_C_TYPE_ENUM && (const void *)rule->values == sub;
    case RULE_BYTES:
        return field->type == PROTOBUF_C_TYPE_BYTES && rule->limit > 0;
    case RULE_THING:
    case RULE_THINGS:
        return sub == &navette__thing__descriptor && rule->kinds != 0;
    case RULE_REF:
        return sub == &navette__ref__descriptor;
    case RULE_SEALED:
        return sub == &navette__sealed__descriptor;
    case RULE_POOLS:
        return sub == &navette__pool_count__descriptor;
    case RULE_ZONES:
        return sub == &navette__zone__descriptor;
    case RULE_LINES:
        return sub == &navette__ils_line__descriptor;
    case RULE_RIGHTS:
        return sub == &navette__rights_at__descriptor;
    case RULE_EXTRA:
        return sub == &navette__item_registered__extra_entry__descriptor || sub == &navette__item_changed__extra_entry__descriptor;
    case RULE_SURPRISE:
        return sub == &navette__surprise_criteria__descriptor;
    case RULE_KEYS:
        return field->type == PROTOBUF_C_TYPE_BYTES && rule->limit > 0;
    case RULE_ADOPTED:
        return field->type == PROTOBUF_C_TYPE_BYTES && rule->limit == 0;
    case RULE_FRONTIER:
        return sub == &navette__frontier__descriptor;
    case RULE_AMOUNT:
        return field->type == PROTOBUF_C_TYPE_SINT64;
    case RULE_FREE:
        return field->type == PROTOBUF_C_TYPE_UINT32 || field->type == PROTOBUF_C_TYPE_UINT64 || field->type == PROTOBUF_C_TYPE_SINT64 ||
               field->type == PROTOBUF_C_TYPE_FIXED64 || field->type == PROTOBUF_C_TYPE_BOOL;
    case RULE_EITHER:
        break;
    }
    return 0;
}

static void test_event_form_rules_cover_fields(void **state)
{
    (void)state;
    for (int i = 0; i < SAMPLE_CASES; i++) {
        const struct event_form *form = event_form_of(i);
        const ProtobufCMessageDescriptor *descriptor;
        size_t either = 0;

        if (form == NULL)
            continue;
        descriptor = body_field(i)->descriptor;
        for (unsigned int k = 0; k < descriptor->n_fields; k++) {
            const ProtobufCFieldDescriptor *field = &descriptor->fields[k];
            int is_list = field->label == PROTOBUF_C_LABEL_REPEATED;
            size_t found = 0;

            for (size_t r = 0; r < form->count; r++) {
                const struct event_rule *rule = &form->rules[r];

                if (rule->kind == RULE_EITHER || (is_list ? rule->list : rule->offset) != field->offset)
                    continue;
                found++;
                assert_true(fits(rule, field));
                assert_int_equal(is_list, rule->list != 0);
                if (is_list)
                    assert_int_equal(rule->offset, field->quantifier_offset);
            }
            assert_int_equal(found, 1);
        }
        for (size_t r = 0; r < form->count; r++)
            either += form->rules[r].kind == RULE_EITHER;
        assert_int_equal(form->count, descriptor->n_fields + either);
    }
}

/* The name of a rule's field: what stands before the colon of its text. */
static int is_named(const struct event_rule *rule, const char *name)
{
    return strncmp(rule->wrong, name, strlen(name)) == 0 && rule->wrong[strlen(name)] == ':';
}

static int is_among(const struct event_rule *rule, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_named(rule, names[i]))
            return 1;
    }
    return 0;
}

static uint32_t text_limit(const struct event_rule *rule)
{
    static const char *const titles[] = {"ItemRegistered.title", "ItemChanged.title", "PlaceDeclared.name"};
    static const char *const authors[] = {"ItemRegistered.author", "ItemChanged.author"};
    static const char *const materials[] = {"ItemRegistered.material", "ItemChanged.material", "RuleDecided.material",
                                            "CountOpened.material", "BagCommissioned.kind"};

    if (is_among(rule, titles, 3))
        return LIMIT_TITLE;
    if (is_among(rule, authors, 2))
        return LIMIT_AUTHOR;
    if (is_among(rule, materials, 5))
        return LIMIT_MATERIAL;
    return is_named(rule, "PlaceDeclared.namespaces") ? LIMIT_NAMESPACE : LIMIT_CODE;
}

static void test_event_form_limits_and_needs(void **state)
{
    static const char *const needed_places[] = {"ItemRegistered.home",      "ItemChanged.home",   "BagCommissioned.owner",
                                                "PhoneReport.reporter",     "PhoneSaid.reporter", "PhoneCounted.reporter",
                                                "OperatorRuleDecided.place"};
    static const char *const free_things[] = {
        "OrderPlaced.slot",      "OrderChanged.slot", "ItemPacked.order",      "Dispatched.round",          "Received.round",
        "SeenOnReception.round", "Refused.round",     "OperationClosed.round", "OperationClosed.container", "HandoverPaired.round",
        "HandoverCounted.round", "Delivered.order",   "DeliveryFailed.order",  "Collected.round",           "SlotBooked.order",
        "SlotCancelled.order",   "SlotArrived.order", "PhoneCounted.round"};
    static const char *const free_lists[] = {"Dispatched.things",  "Received.things",      "Delivered.things",  "Returned.things",
                                             "Collected.things",   "CountClosed.missing",  "OrderPlaced.items", "OrderChanged.items",
                                             "OrderPrepared.bags", "OrderHandedOver.bags", "OrderUnmet.items"};
    static const char *const needed_refs[] = {"HandoverPaired.count", "Retracted.target",      "EventRefused.target",
                                              "EventParked.target",   "EventAdmitted.refusal", "Adopted.original"};
    static const char *const free_bytes[] = {"SlotBooked.lease", "IncarnationStarted.parent"};

    (void)state;
    for (int i = 0; i < SAMPLE_CASES; i++) {
        const struct event_form *form = event_form_of(i);

        for (size_t r = 0; form != NULL && r < form->count; r++) {
            const struct event_rule *rule = &form->rules[r];
            int expected = rule->needed;

            if (rule->kind == RULE_TEXT || rule->kind == RULE_TEXTS)
                assert_int_equal(rule->limit, text_limit(rule));
            if (rule->kind == RULE_TEXT)
                expected = is_named(rule, "PoolCommissioned.kind");
            if (rule->kind == RULE_PLACE)
                expected = is_among(rule, needed_places, 7);
            if (rule->kind == RULE_THING)
                expected = !is_among(rule, free_things, 18);
            if (rule->kind == RULE_THINGS)
                expected = !is_among(rule, free_lists, 11);
            if (rule->kind == RULE_REF)
                expected = is_among(rule, needed_refs, 6);
            if (rule->kind == RULE_BYTES)
                expected = !is_among(rule, free_bytes, 2);
            if (rule->kind == RULE_DATE)
                expected = is_named(rule, "SlotOpened.date") || is_named(rule, "IlsExported.day");
            if (rule->needed != expected)
                fail_msg("%s", rule->wrong);
        }
    }
}

static void test_event_form_families(void **state)
{
    (void)state;
    for (int i = 0; i < SAMPLE_CASES; i++) {
        const struct event_form *form = event_form_of(i);
        int parked = (i >= 40 && i < 50) || (i >= 80 && i < 90) || (i >= 110 && i < 120);
        int all = (i >= 120 && i < 130) || (i >= 135 && i < 140) || i == 100 || i == 101 || i == 160 || i == 162 || i == 174 || i == 175 ||
                  i == 177 || i == 184 || i == 185 || (i >= 23 && i <= 26);
        int inside = (i >= 50 && i < 60) || i == 30 || i == 31 || i == 37; /* what an order is of, and what is packed */

        if (form == NULL)
            continue;
        assert_int_equal(form->folded, !parked);
        assert_int_equal(form->reach, all ? REACH_ALL : inside ? REACH_INSIDE : REACH_NAMED);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event_form_of_every_body),
        cmocka_unit_test(test_event_form_rules_cover_fields),
        cmocka_unit_test(test_event_form_limits_and_needs),
        cmocka_unit_test(test_event_form_families),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
