/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/error.h"
#include "navette/state.h"

/* Raised by this much, a day keeps its order as unsigned bytes. */
#define DAY_BIAS 0x80000000u

static uint8_t *put(uint8_t *at, const char *text)
{
    size_t len = strlen(text);

    write_u16(at, (uint16_t)len);
    memcpy(at + 2, text, len);
    return at + 2 + len;
}

int cell_encode(const struct cell *cell, struct buffer *out)
{
    int rc = buffer_reserve(out, 2u + 4u * 2u + 3u * LIMIT_PLACE_CODE + LIMIT_MATERIAL + 4u);
    uint8_t *at;

    if (rc != 0)
        return rc;
    at = out->data + out->len;
    *at++ = cell->kind;
    at = put(at, cell->place);
    *at++ = cell->state;
    at = put(at, cell->material);
    at = put(at, cell->home);
    at = put(at, cell->to);
    write_u32(at, (uint32_t)cell->day + DAY_BIAS);
    out->len = (size_t)(at + 4 - out->data);
    return 0;
}

int cell_decode(struct span bytes, struct cell *cell)
{
    struct reader reader = reader_of(bytes);

    memset(cell, 0, sizeof(*cell));
    cell->kind = reader_u8(&reader);
    reader_copy_string(&reader, cell->place, sizeof(cell->place));
    cell->state = reader_u8(&reader);
    reader_copy_string(&reader, cell->material, sizeof(cell->material));
    reader_copy_string(&reader, cell->home, sizeof(cell->home));
    reader_copy_string(&reader, cell->to, sizeof(cell->to));
    cell->day = (int32_t)(reader_u32(&reader) - DAY_BIAS);
    return reader.failed || reader.left.len != 0 || cell->state >= STATE_COUNT ? NAVETTE_E_STORE : 0;
}

size_t cell_leave_out(struct span cell, int day, int to, uint8_t *less)
{
    struct reader reader = reader_of(cell);
    struct span destination;
    uint32_t biased;
    uint8_t state;
    size_t len;

    (void)reader_u8(&reader);
    (void)reader_string(&reader);
    state = reader_u8(&reader);
    (void)reader_string(&reader);
    len = cell.len - reader.left.len;
    (void)reader_string(&reader);
    destination = reader_string(&reader);
    biased = reader_u32(&reader);
    if (reader.failed || reader.left.len != 0 || state >= STATE_COUNT) {
        memmove(less, cell.data, cell.len);
        return cell.len;
    }
    if (!to)
        destination.len = 0;
    memmove(less, cell.data, len);
    write_u16(less + len, 0);
    memmove(less + len + 4, destination.data, destination.len);
    write_u16(less + len + 2, (uint16_t)destination.len);
    len += 4 + destination.len;
    write_u32(less + len, day && state == STATE_IN_TRANSIT ? biased : DAY_BIAS);
    return len + 4;
}

/* Where the root is, as far as a cell tells it: FOLD.md 5. */
static void locate(const struct thing_record *root, struct cell *cell)
{
    cell->place[0] = '\0';
    cell->to[0] = '\0';
    cell->day = 0;
    if (root->custody == CUSTODY_NONE || root->custody == CUSTODY_CONTAINER)
        return;
    memcpy(cell->place, root->place, sizeof(cell->place));
    if (root->custody == CUSTODY_TRANSIT && root->condition == CONDITION_NORMAL) {
        memcpy(cell->to, root->to, sizeof(cell->to));
        cell->day = root->day;
    }
}

static uint8_t state_at_place(int kind, int packed, uint8_t item_state)
{
    if (kind == NAVETTE__THING_KIND__THING_ITEM)
        return item_state;
    return packed ? STATE_PACKED : STATE_CLEAN;
}

static uint8_t state_of_root(const struct thing_record *root)
{
    static const uint8_t conditions[] = {
        [CONDITION_MISSING] = STATE_MISSING, [CONDITION_LOST] = STATE_LOST, [CONDITION_WITHDRAWN] = STATE_WITHDRAWN};

    if (root->condition != CONDITION_NORMAL)
        return conditions[root->condition];
    switch (root->custody) {
    case CUSTODY_PLACE:
        return state_at_place(thing_kind(&root->key), thing_record_is_packed(root), STATE_SHELF);
    case CUSTODY_TRANSIT:
        return STATE_IN_TRANSIT;
    case CUSTODY_PERSON:
        return STATE_WITH_PERSON;
    default:
        return STATE_UNKNOWN;
    }
}

static uint8_t state_of_content(const struct thing_record *root, const struct content *content)
{
    static const uint8_t conditions[] = {
        [CONDITION_MISSING] = STATE_MISSING, [CONDITION_LOST] = STATE_LOST, [CONDITION_WITHDRAWN] = STATE_LOST};

    if (root->condition != CONDITION_NORMAL)
        return conditions[root->condition];
    switch (root->custody) {
    case CUSTODY_PLACE:
        return state_at_place(content->kind, content->packed, STATE_IN_CONTAINER);
    case CUSTODY_TRANSIT:
        return STATE_IN_TRANSIT;
    case CUSTODY_PERSON:
        return STATE_WITH_PERSON;
    default:
        return STATE_IN_CONTAINER;
    }
}

int cell_of_root(const struct thing_record *root, struct cell *cell)
{
    locate(root, cell);
    cell->kind = (uint8_t)thing_kind(&root->key);
    cell->state = state_of_root(root);
    memcpy(cell->material, root->material, sizeof(cell->material));
    memcpy(cell->home, root->home, sizeof(cell->home));
    return root->registered;
}

int cell_of_content(const struct thing_record *root, const struct content *content, struct cell *cell)
{
    locate(root, cell);
    cell->kind = content->kind;
    cell->state = state_of_content(root, content);
    memcpy(cell->material, content->material, sizeof(cell->material));
    memcpy(cell->home, content->home, sizeof(cell->home));
    return content->registered;
}
