/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io/json_event.h: any event's body as JSON.
 *   - every body there is, with every field set: all fields show, by their names; nothing sealed gets out
 *   - empty fields are left out; an empty event is an empty object
 *   - enums: words there and back, values of another version
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "io/json_event.h"
#include "navette/event.h"
#include "tests/lib/sample.h"

static void test_json_event_body_every_case(void **state)
{
    unsigned cases = 0;

    (void)state;
    for (int body_case = 0; body_case < SAMPLE_CASES; body_case++) {
        struct arena *arena = arena_new(1u << 20);
        Navette__Event *event = sample_event(arena, body_case, 7);
        if (event != NULL) {
            const ProtobufCFieldDescriptor *body =
                protobuf_c_message_descriptor_get_field(&navette__event__descriptor, (unsigned)body_case);
            const ProtobufCMessageDescriptor *fields = body->descriptor;
            json_t *json = json_event_body(event);
            char *text;
            assert_non_null(json);
            assert_string_equal(json_string_value(json_object_get(json, "event")), event_name(event));
            for (unsigned i = 0; i < fields->n_fields; i++)
                if (json_object_get(json, fields->fields[i].name) == NULL)
                    fail_msg("%s.%s is not shown", fields->name, fields->fields[i].name);
            text = json_dumps(json, JSON_COMPACT);
            assert_non_null(text);
            assert_null(strstr(text, "ciphertext"));
            assert_null(strstr(text, "key_id"));
            free(text);
            json_decref(json);
            cases++;
        }
        arena_free(arena);
    }
    assert_true(cases > 60);
}

static void test_json_event_body_empty_fields(void **state)
{
    Navette__Event event;
    Navette__SeenAt seen;
    Navette__Thing thing, *things[1] = {&thing};
    json_t *json;

    (void)state;
    navette__event__init(&event);
    json = json_event_body(&event);
    assert_int_equal(json_object_size(json), 0);
    json_decref(json);
    navette__seen_at__init(&seen);
    navette__thing__init(&thing);
    thing.kind = NAVETTE__THING_KIND__THING_BAG;
    char id[] = "SAC-1";
    thing.id = id;
    seen.things = things;
    seen.n_things = 1;
    event.body_case = NAVETTE__EVENT__BODY_SEEN_AT;
    event.seen_at = &seen;
    json = json_event_body(&event);
    json_t *wanted = json_pack("{s:s, s:[{s:s, s:s}]}", "event", "seen-at", "things", "kind", "bag", "id", "SAC-1");
    assert_true(json_equal(json, wanted));
    json_decref(wanted);
    json_decref(json);
}

static void test_json_event_enum_there_and_back(void **state)
{
    static const ProtobufCEnumDescriptor *const enums[] = {
        &navette__reason__descriptor,         &navette__handover_party__descriptor, &navette__handover_direction__descriptor,
        &navette__reception_mode__descriptor, &navette__role__descriptor,           &navette__place_kind__descriptor};

    (void)state;
    for (size_t i = 0; i < sizeof enums / sizeof enums[0]; i++)
        for (unsigned j = 0; j < enums[i]->n_values; j++) {
            json_t *word = json_event_enum(enums[i], enums[i]->values[j].value);
            assert_true(json_is_string(word));
            assert_null(strchr(json_string_value(word), '_'));
            assert_int_equal(json_event_enum_value(enums[i], json_string_value(word)), enums[i]->values[j].value);
            json_decref(word);
        }
    json_t *number = json_event_enum(&navette__reason__descriptor, 9999);
    assert_int_equal(json_integer_value(number), 9999);
    json_decref(number);
    assert_int_equal(json_event_enum_value(&navette__reason__descriptor, "because"), -1);
    assert_int_equal(json_event_enum_value(&navette__reason__descriptor, ""), -1);
    assert_int_equal(json_event_enum_value(&navette__reason__descriptor, "wrong-data"), NAVETTE__REASON__REASON_WRONG_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_event_body_every_case),
        cmocka_unit_test(test_json_event_body_empty_fields),
        cmocka_unit_test(test_json_event_enum_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
