/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/adopted.h"

#include <string.h>

#include "navette/chain.h"
#include "navette/event.h"

/* Protobuf's wire types (developers.google.com/protocol-buffers/docs/encoding): varint, 64 bits, bytes, 32 bits. */
enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

static int take_varint(struct span *left, uint64_t *value)
{
    *value = 0;
    for (unsigned int shift = 0; shift < 64 && left->len > 0; shift += 7) {
        uint8_t byte = *left->data++;

        left->len--;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return 0;
    }
    return NAVETTE_E_INVALID;
}

/* The next field: its number, and its bytes when it has any. */
static int take_field(struct span *left, uint32_t *number, struct span *bytes)
{
    uint64_t tag;
    uint64_t len = 0;
    int rc = take_varint(left, &tag);

    *bytes = span_of(NULL, 0);
    if (rc != 0)
        return rc;
    *number = (uint32_t)(tag >> 3);
    switch (tag & 7u) {
    case WIRE_VARINT:
        return take_varint(left, &len);
    case WIRE_64:
        len = 8;
        break;
    case WIRE_32:
        len = 4;
        break;
    case WIRE_BYTES:
        rc = take_varint(left, &len);
        break;
    default:
        return NAVETTE_E_INVALID;
    }
    if (rc != 0 || len > left->len)
        return NAVETTE_E_INVALID;
    *bytes = span_of(left->data, (size_t)len);
    left->data += len;
    left->len -= (size_t)len;
    return 0;
}

static int find_field(struct span message, uint32_t wanted, struct span *bytes)
{
    while (message.len > 0) {
        uint32_t number;
        int rc = take_field(&message, &number, bytes);

        if (rc != 0)
            return rc;
        if (number == wanted)
            return 0;
    }
    return NAVETTE_E_NOT_FOUND;
}

static int read_ref(struct span message, struct ref *ref)
{
    memset(ref, 0, sizeof(*ref));
    while (message.len > 0) {
        struct span field = message;
        struct span bytes;
        uint32_t number;
        uint64_t tag;
        int rc = take_field(&message, &number, &bytes);

        if (rc != 0)
            return rc;
        if (number == 1 && bytes.len == INCARNATION_SIZE)
            memcpy(ref->incarnation, bytes.data, INCARNATION_SIZE);
        if (number == 2 && (take_varint(&field, &tag) != 0 || take_varint(&field, &ref->seq) != 0))
            return NAVETTE_E_INVALID;
        for (size_t i = 8; number == 3 && bytes.len == 8 && i-- > 0;)
            ref->leaf = ref->leaf << 8 | bytes.data[i];
    }
    return ref->seq == 0 ? NAVETTE_E_INVALID : 0;
}

int adopted_read(struct span bytes, struct adopted *adopted)
{
    struct span body;
    struct span field;
    int rc = find_field(bytes, NAVETTE__EVENT__BODY_ADOPTED, &body);

    if (rc != 0)
        return rc;
    rc = find_field(body, 1, &field);
    if (rc == 0)
        rc = read_ref(field, &adopted->original);
    if (rc == 0)
        rc = find_field(body, 2, &field);
    if (rc != 0 || field.len != SALT_SIZE)
        return NAVETTE_E_INVALID;
    adopted->salt = field.data;
    rc = find_field(body, 3, &adopted->event);
    return rc != 0 || adopted->event.len == 0 ? NAVETTE_E_INVALID : 0;
}

int adopted_is_sound(const Navette__Adopted *body)
{
    const Navette__Ref *original = body->original;
    struct span bytes = span_of(body->event.data, body->event.len);
    struct adopted inside;
    uint8_t leaf[HASH_SIZE];

    if (original == NULL || original->incarnation.len != INCARNATION_SIZE || body->salt.len != SALT_SIZE)
        return 0;
    if (bytes.len == 0 || bytes.len > LIMIT_EVENT_BYTES || adopted_read(bytes, &inside) != NAVETTE_E_NOT_FOUND)
        return 0;
    chain_leaf_salted(body->salt.data, original->incarnation.data, original->seq, bytes, leaf);
    return chain_leaf_prefix(leaf) == original->leaf;
}

int adopted_open(struct journal_entry *entry)
{
    struct adopted adopted;
    struct event event;
    int rc = adopted_read(entry->event, &adopted);

    if (rc != 0)
        return 0;
    rc = event_decode(entry->event, &event);
    event_free(&event);
    if (rc != 0)
        return rc == NAVETTE_E_MEMORY ? rc : 0;
    entry->self = adopted.original;
    entry->event = adopted.event;
    return 0;
}
