/* SPDX-License-Identifier: Apache-2.0 */
#include "log/event_wire.h"

#include <assert.h>
#include <string.h>

#include "navette/error.h"

#define WIRE_DEPTH 6u    /* deeper than any message of the schema nests */
#define WIRE_FIELDS 128u /* more than any message of the schema has */

static uint64_t read_varint(struct reader *reader)
{
    uint64_t value = 0;

    for (unsigned int shift = 0; shift < 70; shift += 7) {
        uint8_t byte = reader_u8(reader);

        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    reader->failed = 1;
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

/* One field's value: skipped when `field` is NULL. */
static int check_value(const ProtobufCFieldDescriptor *field, unsigned int wire, struct reader *reader, unsigned int depth)
{
    struct span bytes;
    uint64_t value;

    switch (wire) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        value = read_varint(reader);
        return field == NULL || fits_varint(field->type, value) ? 0 : NAVETTE_E_INVALID;
    case PROTOBUF_C_WIRE_TYPE_64BIT:
        reader_bytes(reader, 8);
        return field == NULL || field->type == PROTOBUF_C_TYPE_FIXED64 ? 0 : NAVETTE_E_INVALID;
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        reader_bytes(reader, 4);
        return field == NULL ? 0 : NAVETTE_E_INVALID;
    case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
        value = read_varint(reader);
        if (value > reader->left.len)
            return NAVETTE_E_INVALID;
        bytes = reader_bytes(reader, (size_t)value);
        break;
    default:
        return NAVETTE_E_INVALID;
    }
    if (field == NULL || field->type == PROTOBUF_C_TYPE_BYTES)
        return 0;
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return bytes.len == 0 || memchr(bytes.data, 0, bytes.len) == NULL ? 0 : NAVETTE_E_INVALID;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return check_message(field->descriptor, bytes, depth + 1);
    return NAVETTE_E_INVALID;
}

static int check_message(const ProtobufCMessageDescriptor *descriptor, struct span bytes, unsigned int depth)
{
    struct reader reader = reader_of(bytes);
    uint64_t seen[WIRE_FIELDS / 64] = {0};
    int body_seen = 0;

    assert(depth < WIRE_DEPTH && descriptor->n_fields <= WIRE_FIELDS);
    while (reader.left.len > 0) {
        uint64_t tag = read_varint(&reader);
        const ProtobufCFieldDescriptor *field;
        int rc;

        if (reader.failed || tag >> 3 == 0 || tag > UINT32_MAX)
            return NAVETTE_E_INVALID;
        field = protobuf_c_message_descriptor_get_field(descriptor, (unsigned int)(tag >> 3));
        if (field != NULL && field->label != PROTOBUF_C_LABEL_REPEATED) {
            size_t index = (size_t)(field - descriptor->fields);
            int in_oneof = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;

            if ((seen[index / 64] >> (index % 64) & 1u) != 0 || (in_oneof && body_seen))
                return NAVETTE_E_INVALID;
            seen[index / 64] |= UINT64_C(1) << (index % 64);
            body_seen |= in_oneof;
        }
        rc = check_value(field, (unsigned int)(tag & 7), &reader, depth);
        if (rc != 0)
            return rc;
        if (reader.failed)
            return NAVETTE_E_INVALID;
    }
    return 0;
}

int event_wire_check(const ProtobufCMessageDescriptor *descriptor, struct span bytes)
{
    return check_message(descriptor, bytes, 0);
}
