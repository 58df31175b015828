/* SPDX-License-Identifier: Apache-2.0 */
#include "server/invitation.h"

#include <string.h>

static const char PREFIX[] = "invitation:";

#define PREFIX_SIZE (sizeof(PREFIX) - 1)
#define NAME_SIZE (PREFIX_SIZE + 8u)
#define PLACES_MAX (sizeof(((struct enrol_invitation *)0)->places) / (LIMIT_PLACE_CODE + 1))

static struct span invitation_name(uint64_t number, uint8_t name[NAME_SIZE])
{
    memcpy(name, PREFIX, PREFIX_SIZE);
    write_u64(name + PREFIX_SIZE, number);
    return span_of(name, NAME_SIZE);
}

static int invitation_encode(const struct invitation *invitation, struct buffer *out)
{
    const struct enrol_invitation *open = &invitation->open;
    int rc = buffer_append(out, open->code, ENROL_CODE_BYTES);

    if (!rc)
        rc = buffer_append_u64(out, (uint64_t)open->expires_ms);
    if (!rc)
        rc = buffer_append_u8(out, (uint8_t)open->role);
    if (!rc)
        rc = buffer_append_u8(out, (uint8_t)open->scope);
    if (!rc)
        rc = buffer_append_u8(out, (uint8_t)invitation->used);
    if (!rc)
        rc = buffer_append(out, invitation->claim.node, NODE_ID_SIZE);
    if (!rc)
        rc = buffer_append(out, invitation->claim.curve_key, KEY_SIZE);
    if (!rc)
        rc = buffer_append(out, invitation->claim.sign_key, KEY_SIZE);
    if (!rc)
        rc = buffer_append_u8(out, (uint8_t)open->place_count);
    for (size_t i = 0; !rc && i < open->place_count; i++)
        rc = buffer_append_string(out, open->places[i]);
    if (!rc && open->replaces)
        rc = buffer_append(out, open->node, NODE_ID_SIZE);
    return rc;
}

static void invitation_copy(struct reader *reader, uint8_t *out, size_t len)
{
    struct span bytes = reader_bytes(reader, len);

    if (bytes.len == len)
        memcpy(out, bytes.data, len);
}

static int invitation_decode(struct span name, struct span value, struct invitation *invitation)
{
    struct enrol_invitation *open = &invitation->open;
    struct reader reader = reader_of(value);

    memset(invitation, 0, sizeof(*invitation));
    if (name.len != NAME_SIZE)
        return NAVETTE_E_STORE;
    invitation->number = read_u64(name.data + PREFIX_SIZE);
    invitation_copy(&reader, open->code, ENROL_CODE_BYTES);
    open->expires_ms = (int64_t)reader_u64(&reader);
    open->role = (Navette__Role)reader_u8(&reader);
    open->scope = (Navette__Scope)reader_u8(&reader);
    invitation->used = reader_u8(&reader);
    invitation_copy(&reader, invitation->claim.node, NODE_ID_SIZE);
    invitation_copy(&reader, invitation->claim.curve_key, KEY_SIZE);
    invitation_copy(&reader, invitation->claim.sign_key, KEY_SIZE);
    open->place_count = reader_u8(&reader);
    if (open->place_count > PLACES_MAX)
        return NAVETTE_E_STORE;
    for (size_t i = 0; i < open->place_count; i++)
        reader_copy_string(&reader, open->places[i], sizeof(open->places[i]));
    open->replaces = !reader.failed && reader.left.len == NODE_ID_SIZE;
    if (open->replaces)
        invitation_copy(&reader, open->node, NODE_ID_SIZE);
    return reader.failed || reader.left.len > 0 ? NAVETTE_E_STORE : 0;
}

int invitation_load(struct store_txn *journal, struct invitation_list *list)
{
    struct store_scan *scan;
    struct span name;
    struct span value;
    int rc = store_scan_open(journal, TABLE_LOCAL, &scan);

    list->count = 0;
    if (rc)
        return rc;
    rc = journal->ops->scan_from(scan, span_of(PREFIX, PREFIX_SIZE), &name, &value);
    while (!rc && list->count < INVITATIONS_MAX) {
        if (name.len < PREFIX_SIZE || memcmp(name.data, PREFIX, PREFIX_SIZE) != 0)
            break;
        rc = invitation_decode(name, value, &list->invitations[list->count]);
        if (rc)
            break;
        list->open[list->count] = list->invitations[list->count].open;
        list->count++;
        rc = journal->ops->scan_next(scan, &name, &value);
    }
    journal->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* The next number, after deleting what ran out long ago. */
static int invitation_number(struct store_txn *journal, int64_t now_ms, uint64_t *number)
{
    uint8_t name[NAME_SIZE];
    uint64_t from = 0;
    size_t kept = 0;
    int rc = 0;

    *number = 1;
    for (;;) {
        struct invitation invitation;
        struct span found;
        struct span value;

        rc = store_first(journal, TABLE_LOCAL, invitation_name(from, name), &found, &value);
        if (!rc && (found.len < PREFIX_SIZE || memcmp(found.data, PREFIX, PREFIX_SIZE) != 0))
            rc = NAVETTE_E_NOT_FOUND;
        if (!rc)
            rc = invitation_decode(found, value, &invitation);
        if (rc)
            break;
        from = invitation.number + 1;
        *number = from;
        if (invitation.open.expires_ms + ENROL_VALID_MS < now_ms)
            rc = store_del(journal, TABLE_LOCAL, invitation_name(invitation.number, name));
        else
            kept++;
        if (rc)
            break;
    }
    if (rc == NAVETTE_E_NOT_FOUND)
        rc = kept >= INVITATIONS_MAX ? NAVETTE_E_TOO_LARGE : 0;
    return rc;
}

int invitation_save(struct store_txn *journal, struct invitation *invitation, int64_t now_ms)
{
    struct buffer bytes = {0};
    uint8_t name[NAME_SIZE];
    int rc = 0;

    if (invitation->number == 0)
        rc = invitation_number(journal, now_ms, &invitation->number);
    if (!rc)
        rc = invitation_encode(invitation, &bytes);
    if (!rc)
        rc = store_put(journal, TABLE_LOCAL, invitation_name(invitation->number, name), buffer_span(&bytes));
    buffer_free(&bytes);
    return rc;
}

int invitation_drop_all(struct store_txn *journal)
{
    int rc = 0;

    while (!rc) {
        uint8_t name[NAME_SIZE];
        struct span found;
        struct span value;

        rc = store_first(journal, TABLE_LOCAL, span_of(PREFIX, PREFIX_SIZE), &found, &value);
        if (!rc && (found.len != NAME_SIZE || memcmp(found.data, PREFIX, PREFIX_SIZE) != 0))
            rc = NAVETTE_E_NOT_FOUND;
        if (!rc)
            memcpy(name, found.data, NAME_SIZE);
        if (!rc)
            rc = store_del(journal, TABLE_LOCAL, span_of(name, NAME_SIZE));
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}
