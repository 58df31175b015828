/* SPDX-License-Identifier: Apache-2.0 */
#include "log/event_wire.h"

#include <assert.h>
#include <string.h>

#include "navette/error.h"

#define WIRE_DEPTH 6u    /* deeper than any message of the schema nests */
#define WIRE_FIELDS 128u /* more than any message of the schema has */

static int check_message(const ProtobufCMessageDescriptor *descriptor, struct span bytes, unsigned int depth);

/* Every event passes here before it is unpacked: bytes are read in place. */
struct cursor {
    const uint8_t *at;
    const uint8_t *end;
};

static int read_long_varint(struct cursor *cursor, uint64_t *value)
{
    *value = 0;
    for (unsigned int shift = 0; shift < 70 && cursor->at < cursor->end; shift += 7) {
        uint8_t byte = *cursor->at++;

        if (shift == 63 && byte > 1)
            break;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return 0;
    }
    return NAVETTE_E_INVALID;
}

/* Tags, lengths and most numbers are of one byte. */
static inline int read_varint(struct cursor *cursor, uint64_t *value)
{
    if (cursor->at == cursor->end || *cursor->at >= 0x80)
        return read_long_varint(cursor, value);
    *value = *cursor->at++;
    return 0;
}

static int skip(struct cursor *cursor, uint64_t len)
{
    if (len > (uint64_t)(cursor->end - cursor->at))
        return NAVETTE_E_INVALID;
    cursor->at += len;
    return 0;
}

static int fits_varint(ProtobufCType type, uint64_t value)
{
    switch (type) {
    case PROTOBUF_C_TYPE_BOOL:
        return value <= 1;
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_UINT32:
        return value <= UINT32_MAX;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_SINT64:
        return 1;
    default:
        return 0;
    }
}

static int check_message(const ProtobufCMessageDescriptor *descriptor, struct span bytes, unsigned int depth);

static int check_bytes(const ProtobufCFieldDescriptor *field, const uint8_t *data, size_t len, unsigned int depth)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_BYTES:
        return 0;
    case PROTOBUF_C_TYPE_STRING:
        return len == 0 || memchr(data, 0, len) == NULL ? 0 : NAVETTE_E_INVALID;
    case PROTOBUF_C_TYPE_MESSAGE:
        return check_message(field->descriptor, span_of(data, len), depth + 1);
    default:
        return NAVETTE_E_INVALID;
    }
}

/* One field's value: skipped when `field` is NULL. */
static int check_value(const ProtobufCFieldDescriptor *field, unsigned int wire, struct cursor *cursor, unsigned int depth)
{
    const uint8_t *data;
    uint64_t value;

    switch (wire) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        if (read_varint(cursor, &value) != 0)
            return NAVETTE_E_INVALID;
        return field == NULL || fits_varint(field->type, value) ? 0 : NAVETTE_E_INVALID;
    case PROTOBUF_C_WIRE_TYPE_64BIT:
        return field == NULL || field->type == PROTOBUF_C_TYPE_FIXED64 ? skip(cursor, 8) : NAVETTE_E_INVALID;
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        return field == NULL ? skip(cursor, 4) : NAVETTE_E_INVALID;
    case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
        if (read_varint(cursor, &value) != 0)
            return NAVETTE_E_INVALID;
        data = cursor->at;
        if (skip(cursor, value) != 0)
            return NAVETTE_E_INVALID;
        return field == NULL ? 0 : check_bytes(field, data, (size_t)value, depth);
    default:
        return NAVETTE_E_INVALID;
    }
}

/* Most fields stand where their number says; the others are searched for. */
static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *descriptor, uint32_t number)
{
    if (number <= descriptor->n_fields && descriptor->fields[number - 1].id == number)
        return &descriptor->fields[number - 1];
    return protobuf_c_message_descriptor_get_field(descriptor, number);
}

static int check_message(const ProtobufCMessageDescriptor *descriptor, struct span bytes, unsigned int depth)
{
    struct cursor cursor = {.at = bytes.data, .end = bytes.data + bytes.len};
    uint64_t seen[WIRE_FIELDS / 64] = {0};
    int body_seen = 0;

    assert(depth < WIRE_DEPTH && descriptor->n_fields <= WIRE_FIELDS);
    while (cursor.at < cursor.end) {
        const ProtobufCFieldDescriptor *field;
        uint64_t tag;

        if (read_varint(&cursor, &tag) != 0 || tag >> 3 == 0 || tag > UINT32_MAX)
            return NAVETTE_E_INVALID;
        field = find_field(descriptor, (uint32_t)(tag >> 3));
        if (field != NULL && field->label != PROTOBUF_C_LABEL_REPEATED) {
            size_t index = (size_t)(field - descriptor->fields);
            int in_oneof = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;

            if ((seen[index / 64] >> (index % 64) & 1u) != 0 || (in_oneof && body_seen))
                return NAVETTE_E_INVALID;
            seen[index / 64] |= UINT64_C(1) << (index % 64);
            body_seen |= in_oneof;
        }
        if (check_value(field, (unsigned int)(tag & 7), &cursor, depth) != 0)
            return NAVETTE_E_INVALID;
    }
    return 0;
}

int event_wire_check(const ProtobufCMessageDescriptor *descriptor, struct span bytes)
{
    return check_message(descriptor, bytes, 0);
}
