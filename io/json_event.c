/* SPDX-License-Identifier: Apache-2.0 */
#include "io/json_event.h"

#include <string.h>

#include "navette/event.h"

#define WORD_SIZE 64u

/* The prefix is what all values of one enum share up to an underscore: REASON_, RECEPTION_, PARTY_. */
static size_t prefix_len(const ProtobufCEnumDescriptor *descriptor)
{
    const char *first = descriptor->values[0].name;
    const char *end = strchr(first, '_');
    return end != NULL ? (size_t)(end - first) + 1 : 0;
}

static void enum_word(const ProtobufCEnumDescriptor *descriptor, const char *name, char out[WORD_SIZE])
{
    size_t skip = prefix_len(descriptor), i = 0;

    if (strncmp(name, descriptor->values[0].name, skip) != 0)
        skip = 0;
    for (const char *p = name + skip; *p != '\0' && i + 1 < WORD_SIZE; p++)
        out[i++] = *p == '_' ? '-' : (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
    out[i] = '\0';
}

json_t *json_event_enum(const ProtobufCEnumDescriptor *descriptor, int value)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(descriptor, value);
    char word[WORD_SIZE];

    if (found == NULL)
        return json_integer(value);
    enum_word(descriptor, found->name, word);
    return json_string(word);
}

int json_event_enum_value(const ProtobufCEnumDescriptor *descriptor, const char *word)
{
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        char candidate[WORD_SIZE];
        enum_word(descriptor, descriptor->values[i].name, candidate);
        if (strcmp(candidate, word) == 0)
            return descriptor->values[i].value;
    }
    return -1;
}

static json_t *message_json(const ProtobufCMessage *message);

static json_t *ref_json(const Navette__Ref *ref)
{
    const struct ref none = {.seq = 0};
    struct ref decoded = event_ref(ref, &none);
    char text[REF_TEXT_SIZE];

    if (ref->incarnation.len == 0)
        return json_pack("{s:I}", "seq", (json_int_t)ref->seq);
    ref_format(&decoded, text);
    return json_string(text);
}

static json_t *bytes_json(const ProtobufCBinaryData *bytes)
{
    char hex[2 * 64 + 1];

    if (bytes->len > 64)
        return json_sprintf("%zu bytes", bytes->len);
    hex_encode(bytes->data, bytes->len, hex);
    return json_string(hex);
}

static json_t *value_json(const ProtobufCFieldDescriptor *field, const void *value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return json_integer(*(const int32_t *)value);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return json_integer(*(const uint32_t *)value);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return json_integer((json_int_t)(*(const int64_t *)value));
    case PROTOBUF_C_TYPE_UINT64:
        return json_integer((json_int_t)(*(const uint64_t *)value));
    case PROTOBUF_C_TYPE_FIXED64: /* identifiers, not numbers: JSON readers would round them */
        return json_sprintf("%016llx", (unsigned long long)*(const uint64_t *)value);
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)value);
    case PROTOBUF_C_TYPE_ENUM:
        return json_event_enum(field->descriptor, *(const int *)value);
    case PROTOBUF_C_TYPE_STRING:
        return json_string(*(char *const *)value);
    case PROTOBUF_C_TYPE_BYTES:
        return bytes_json(value);
    case PROTOBUF_C_TYPE_MESSAGE:
        return message_json(*(ProtobufCMessage *const *)value);
    default:
        return json_null();
    }
}

static size_t element_size(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return 8;
    default:
        return 4;
    }
}

static int is_empty(const ProtobufCFieldDescriptor *field, const void *value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return *(char *const *)value == NULL || **(char *const *)value == '\0';
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(ProtobufCMessage *const *)value == NULL;
    case PROTOBUF_C_TYPE_BYTES:
        return ((const ProtobufCBinaryData *)value)->len == 0;
    case PROTOBUF_C_TYPE_BOOL:
        return *(const protobuf_c_boolean *)value == 0;
    default:
        return element_size(field->type) == 8 ? *(const uint64_t *)value == 0 : *(const uint32_t *)value == 0;
    }
}

static json_t *repeated_json(const ProtobufCFieldDescriptor *field, const uint8_t *elements, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < count; i++)
        (void)json_array_append_new(list, value_json(field, elements + i * element_size(field->type)));
    return list;
}

static json_t *message_json(const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    json_t *object;

    if (descriptor == &navette__sealed__descriptor)
        return json_string("sealed");
    if (descriptor == &navette__ref__descriptor)
        return ref_json((const Navette__Ref *)message);
    object = json_object();
    for (unsigned i = 0; object != NULL && i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        const uint8_t *value = (const uint8_t *)message + field->offset;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t count = *(const size_t *)(const void *)((const uint8_t *)message + field->quantifier_offset);
            if (count > 0)
                (void)json_object_set_new(object, field->name, repeated_json(field, *(const uint8_t *const *)(const void *)value, count));
        } else if (!is_empty(field, value)) {
            (void)json_object_set_new(object, field->name, value_json(field, value));
        }
    }
    return object;
}

json_t *json_event_body(const Navette__Event *body)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(&navette__event__descriptor, (unsigned)body->body_case);
    json_t *object;

    if (body->body_case == NAVETTE__EVENT__BODY__NOT_SET || field == NULL)
        return json_object();
    /* all members of the oneof are pointers in one union */
    object = message_json((const ProtobufCMessage *)body->operation_closed);
    if (object != NULL)
        (void)json_object_set_new(object, "event", json_string(event_name(body)));
    return object;
}
