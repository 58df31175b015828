/* SPDX-License-Identifier: Apache-2.0 */
#include "server/rows.h"

#include <stdlib.h>
#include <string.h>

#include "fold/keymap.h"
#include "navette/error.h"
#include "server/huge.h"

#define FILTERED_SLOTS 16384u /* from here on there are many */
#define FILTER_BITS 4u        /* a slot */
#define FEW_ROWS 16u          /* so few are put in their place one by one, rather than sorted; so near the end a row is in order */

/* What a row begins with; its key and its value's room follow. */
struct row {
    uint32_t len; /* of the value */
    uint32_t room;
    uint16_t key_len;
    uint8_t deleted;
    uint8_t place; /* enum row_place */
};

enum row_place { ROW_HERE, ROW_LEFT, ROW_AGAIN }; /* left behind, and what was written again: in the order once, by the first */

void rows_init(struct rows *rows)
{
    memset(rows, 0, sizeof(*rows));
}

void rows_free(struct rows *rows)
{
    free(rows->bytes);
    free(rows->slots);
    free(rows->filter);
    free(rows->order);
    rows_init(rows);
}

void rows_clear(struct rows *rows)
{
    if (rows->hashed) {
        memset(rows->slots, 0, rows->slot_count * sizeof(*rows->slots));
        if (rows->filter)
            memset(rows->filter, 0, rows->slot_count * FILTER_BITS / 8);
    }
    rows->len = rows->count = rows->ordered = rows->sorted_to = 0;
    rows->hashed = 0;
}

static struct row *row_at(const struct rows *rows, uint32_t at)
{
    return (struct row *)(void *)(rows->bytes + (size_t)at * ROWS_UNIT);
}

static const uint8_t *key_of(const struct row *row)
{
    return (const uint8_t *)(row + 1);
}

static size_t size_of(const struct row *row)
{
    size_t size = sizeof(*row) + row->key_len + row->room;

    return (size + ROWS_UNIT - 1) / ROWS_UNIT * ROWS_UNIT;
}

/* Bit of a hash: of others than those that give the slot. */
static size_t filter_place(const struct rows *rows, uint32_t hash)
{
    return (hash >> 16 ^ hash * 0x85ebca6bu) & (rows->slot_count * FILTER_BITS - 1);
}

static void filter_add(struct rows *rows, uint32_t hash)
{
    size_t place;

    if (!rows->filter)
        return;
    place = filter_place(rows, hash);
    rows->filter[place / 64] |= UINT64_C(1) << (place % 64);
}

static int may_hold(const struct rows *rows, uint32_t hash)
{
    size_t place;

    if (!rows->filter)
        return 1;
    place = filter_place(rows, hash);
    return (rows->filter[place / 64] >> (place % 64) & 1) != 0;
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t seek(const struct rows *rows, struct span key, uint32_t hash)
{
    size_t slot = hash & (rows->slot_count - 1);

    while (rows->slots[slot].at != 0) {
        if (rows->slots[slot].hash == hash) {
            const struct row *row = row_at(rows, rows->slots[slot].at - 1);

            if (row->key_len == key.len && memcmp(key_of(row), key.data, key.len) == 0)
                break;
        }
        slot = (slot + 1) & (rows->slot_count - 1);
    }
    return slot;
}

struct span rows_key(const struct rows *rows, uint32_t at)
{
    const struct row *row = row_at(rows, at);

    return span_of(key_of(row), row->key_len);
}

static struct span key_at(const struct rows *rows, size_t place)
{
    return rows_key(rows, rows->order[place]);
}

int rows_compare(struct span one, struct span other)
{
    int order = memcmp(one.data, other.data, one.len < other.len ? one.len : other.len);

    return order ? order : (one.len > other.len) - (one.len < other.len);
}

static size_t seek_among(const struct rows *rows, size_t count, struct span key)
{
    size_t low = 0;
    size_t high = key.len == 0 ? 0 : count; /* no key at all: from the first on */

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (rows_compare(key_at(rows, middle), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Of rows that all stand in their order: the place of the first that is not before the key. Mostly it is after all of them. */
static size_t seek_in_order(const struct rows *rows, struct span key)
{
    if (rows->count == 0 || rows_compare(key_at(rows, rows->count - 1), key) < 0)
        return rows->count;
    return seek_among(rows, rows->count, key);
}

static int is_at(const struct rows *rows, size_t place, struct span key)
{
    return place < rows->count && span_equal(key_at(rows, place), key);
}

uint32_t rows_find_hashed(const struct rows *rows, struct span key, uint32_t hash)
{
    size_t place;

    if (rows->hashed)
        return may_hold(rows, hash) ? rows->slots[seek(rows, key, hash)].at - 1 : ROWS_NONE;
    place = seek_in_order(rows, key);
    return is_at(rows, place, key) ? rows->order[place] : ROWS_NONE;
}

uint32_t rows_find(const struct rows *rows, struct span key)
{
    return rows_find_hashed(rows, key, rows->hashed ? keymap_hash(key) : 0);
}

struct span rows_value(const struct rows *rows, uint32_t at)
{
    const struct row *row = row_at(rows, at);

    return row->len > 0 ? span_of(key_of(row) + row->key_len, row->len) : span_of(NULL, 0);
}

int rows_is_deleted(const struct rows *rows, uint32_t at)
{
    return row_at(rows, at)->deleted;
}

/* ---- what is put */

static void take_slot(struct rows *rows, struct rows_slot row)
{
    size_t slot = row.hash & (rows->slot_count - 1);

    while (rows->slots[slot].at != 0)
        slot = (slot + 1) & (rows->slot_count - 1);
    rows->slots[slot] = row;
    filter_add(rows, row.hash);
}

/* More than twice as many as there are rows. */
static int grow_slots(struct rows *rows)
{
    size_t slot_count = rows->slot_count == 0 ? 16 : rows->slot_count;
    size_t held = rows->slot_count;
    struct rows_slot *old = rows->slots;
    struct rows_slot *slots;
    uint64_t *filter = NULL;

    while (rows->count * 2 >= slot_count)
        slot_count *= 2;
    if (slot_count == rows->slot_count)
        return 0;
    slots = huge_zeroed(slot_count * sizeof(*slots));
    if (slot_count >= FILTERED_SLOTS)
        filter = calloc(slot_count * FILTER_BITS / 64, sizeof(*filter));
    if (!slots || (slot_count >= FILTERED_SLOTS && !filter)) {
        free(slots);
        free(filter);
        return NAVETTE_E_MEMORY;
    }
    free(rows->filter);
    rows->filter = filter;
    rows->slots = slots;
    rows->slot_count = slot_count;
    for (size_t i = 0; i < held; i++) {
        if (old[i].at != 0)
            take_slot(rows, old[i]);
    }
    free(old);
    return 0;
}

/* Room for one more row, at the end. */
static int grow_bytes(struct rows *rows, size_t size)
{
    size_t capacity = rows->capacity == 0 ? 4096 : rows->capacity;
    uint8_t *bytes;

    while (capacity - rows->len < size)
        capacity *= 2;
    if (capacity == rows->capacity)
        return 0;
    if (capacity / ROWS_UNIT > UINT32_MAX / 2)
        return NAVETTE_E_MEMORY;
    bytes = huge_grow(rows->bytes, rows->len, capacity);
    if (!bytes)
        return NAVETTE_E_MEMORY;
    rows->bytes = bytes;
    rows->capacity = capacity;
    return 0;
}

static int grow_order(struct rows *rows)
{
    size_t capacity = rows->count < 32 ? 64 : rows->count * 2;
    uint32_t *order;

    if (rows->count < rows->order_capacity)
        return 0;
    order = realloc(rows->order, capacity * sizeof(*order));
    if (!order)
        return NAVETTE_E_MEMORY;
    rows->order = order;
    rows->order_capacity = capacity;
    return 0;
}

static int is_inside(const struct rows *rows, struct span bytes)
{
    return bytes.len > 0 && rows->len > 0 && bytes.data >= rows->bytes && bytes.data < rows->bytes + rows->len;
}

/* A new row at the end. What is given may stand in the bytes that grow. */
static int add_row(struct rows *rows, struct span key, struct span value, struct row row, uint32_t *at)
{
    int key_inside = is_inside(rows, key);
    int value_inside = is_inside(rows, value);
    size_t key_at = key_inside ? (size_t)(key.data - rows->bytes) : 0;
    size_t value_at = value_inside ? (size_t)(value.data - rows->bytes) : 0;
    uint8_t *to;
    int rc;

    row.key_len = (uint16_t)key.len;
    row.room = row.len = (uint32_t)value.len;
    rc = grow_bytes(rows, size_of(&row));
    if (rc)
        return rc;
    to = rows->bytes + rows->len;
    memcpy(to, &row, sizeof(row));
    memcpy(to + sizeof(row), key_inside ? rows->bytes + key_at : key.data, key.len);
    if (value.len > 0)
        memcpy(to + sizeof(row) + key.len, value_inside ? rows->bytes + value_at : value.data, value.len);
    *at = (uint32_t)(rows->len / ROWS_UNIT);
    rows->len += size_of(&row);
    return 0;
}

/* 0: the value has no room where its row is. */
static int write_over(struct row *row, struct span value, int deleted)
{
    if (value.len > row->room)
        return 0;
    if (value.len > 0)
        memmove((uint8_t *)(row + 1) + row->key_len, value.data, value.len);
    row->len = (uint32_t)value.len;
    row->deleted = (uint8_t)deleted;
    return 1;
}

/* Into the order, before what stands in that place. */
static void insert(struct rows *rows, size_t place, uint32_t at)
{
    memmove(rows->order + place + 1, rows->order + place, (rows->ordered - place) * sizeof(*rows->order));
    rows->order[place] = at;
    rows->ordered++;
}

/* Rows that come in the order of their keys, or nearly, are found by that alone. place: the key's in the order; is_new: nothing of it stands there. */
static int put_in_order(struct rows *rows, size_t place, int is_new, struct span key, struct span value, int deleted)
{
    uint32_t at;
    int rc;

    if (!is_new && write_over(row_at(rows, rows->order[place]), value, deleted))
        return 0;
    rc = is_new ? grow_order(rows) : 0;
    if (!rc)
        rc = add_row(rows, key, value, (struct row){.deleted = (uint8_t)deleted}, &at);
    if (rc)
        return rc;
    if (is_new) {
        insert(rows, place, at);
        rows->count++;
    } else {
        rows->order[place] = at;
    }
    return 0;
}

/* From here on a row has a slot. */
static int hash_all(struct rows *rows)
{
    int rc = grow_slots(rows);

    if (rc)
        return rc;
    for (size_t i = 0; i < rows->count; i++)
        take_slot(rows, (struct rows_slot){rows->order[i] + 1, keymap_hash(key_at(rows, i))});
    rows->sorted_to = rows->len;
    rows->hashed = 1;
    return 0;
}

static int put_hashed(struct rows *rows, struct span key, struct span value, int deleted)
{
    uint32_t hash = keymap_hash(key);
    struct rows_slot *slot;
    uint32_t at;
    int rc = grow_slots(rows);

    if (rc)
        return rc;
    slot = &rows->slots[seek(rows, key, hash)];
    if (slot->at != 0 && write_over(row_at(rows, slot->at - 1), value, deleted))
        return 0;
    rc = add_row(rows, key, value, (struct row){.deleted = (uint8_t)deleted, .place = slot->at != 0 ? ROW_AGAIN : ROW_HERE}, &at);
    if (rc)
        return rc;
    if (slot->at == 0) {
        filter_add(rows, hash);
        rows->count++;
    } else if (row_at(rows, slot->at - 1)->place == ROW_HERE) {
        row_at(rows, slot->at - 1)->place = ROW_LEFT;
    }
    *slot = (struct rows_slot){at + 1, hash};
    return 0;
}

static int put(struct rows *rows, struct span key, struct span value, int deleted)
{
    int rc = 0;

    if (!rows->hashed) {
        size_t place = seek_in_order(rows, key);
        int is_new = !is_at(rows, place, key);

        if (!is_new || rows->count - place <= FEW_ROWS)
            return put_in_order(rows, place, is_new, key, value, deleted);
        rc = hash_all(rows);
    }
    return rc ? rc : put_hashed(rows, key, value, deleted);
}

int rows_put(struct rows *rows, struct span key, struct span value)
{
    return put(rows, key, value, 0);
}

int rows_delete(struct rows *rows, struct span key)
{
    return put(rows, key, span_of(NULL, 0), 1);
}

/* ---- in the order of the keys */

uint32_t rows_at(const struct rows *rows, size_t place)
{
    uint32_t at = rows->order[place];

    /* Of one that was left behind the slot tells where it is. */
    return row_at(rows, at)->place == ROW_LEFT ? rows_find(rows, rows_key(rows, at)) : at;
}

size_t rows_seek(const struct rows *rows, struct span key)
{
    return seek_among(rows, rows->ordered, key);
}

/* A row that is to be sorted: eight bytes of its key behind what all of them begin with tell nearly all apart. */
struct added {
    uint64_t sign;
    uint32_t at;
};

static int compare_added(const void *a, const void *b, void *context)
{
    const struct added *one = a;
    const struct added *other = b;

    if (one->sign != other->sign)
        return one->sign < other->sign ? -1 : 1;
    return rows_compare(rows_key(context, one->at), rows_key(context, other->at));
}

static size_t common_prefix(const struct rows *rows, const struct added *added, size_t count)
{
    struct span first = rows_key(rows, added[0].at);
    size_t common = first.len;

    for (size_t i = 1; i < count; i++) {
        struct span key = rows_key(rows, added[i].at);
        size_t same = 0;

        while (same < common && same < key.len && key.data[same] == first.data[same])
            same++;
        common = same;
    }
    return common;
}

static uint64_t sign_of(struct span key, size_t from)
{
    uint8_t bytes[8] = {0};

    memcpy(bytes, key.data + from, key.len - from < sizeof(bytes) ? key.len - from : sizeof(bytes));
    return read_u64(bytes);
}

/* Merged from the end with those that were in order before. */
static void merge(struct rows *rows, const struct added *added, size_t more)
{
    size_t old = rows->ordered;
    size_t to = old + more;

    rows->ordered = to;
    while (more > 0) {
        int is_last = old == 0 || rows_compare(key_at(rows, old - 1), rows_key(rows, added[more - 1].at)) < 0;

        rows->order[--to] = is_last ? added[--more].at : rows->order[--old];
    }
}

static int sort_many(struct rows *rows, size_t from)
{
    struct added *added = malloc((rows->count - rows->ordered) * sizeof(*added));
    size_t count = 0;
    size_t common;

    if (!added)
        return NAVETTE_E_MEMORY;
    for (size_t at = from; at < rows->len; at += size_of(row_at(rows, (uint32_t)(at / ROWS_UNIT)))) {
        if (row_at(rows, (uint32_t)(at / ROWS_UNIT))->place != ROW_AGAIN)
            added[count++].at = (uint32_t)(at / ROWS_UNIT);
    }
    common = common_prefix(rows, added, count);
    for (size_t i = 0; i < count; i++)
        added[i].sign = sign_of(rows_key(rows, added[i].at), common);
    qsort_r(added, count, sizeof(*added), compare_added, rows);
    merge(rows, added, count);
    free(added);
    return 0;
}

int rows_sort(struct rows *rows)
{
    size_t at = rows->sorted_to;
    int rc = 0;

    if (rows->ordered == rows->count)
        return 0;
    rc = grow_order(rows);
    if (rc)
        return rc;
    for (; at < rows->len && rows->ordered < rows->count; at += size_of(row_at(rows, (uint32_t)(at / ROWS_UNIT)))) {
        uint32_t next = (uint32_t)(at / ROWS_UNIT);

        if (row_at(rows, next)->place == ROW_AGAIN)
            continue;
        /* What comes in order stays so. */
        if (rows->ordered == 0 || rows_compare(key_at(rows, rows->ordered - 1), rows_key(rows, next)) < 0) {
            rows->order[rows->ordered++] = next;
        } else if (rows->count - rows->ordered <= FEW_ROWS) {
            insert(rows, rows_seek(rows, rows_key(rows, next)), next);
        } else {
            rc = sort_many(rows, at);
            break;
        }
    }
    rows->sorted_to = rc ? at : rows->len;
    return rc;
}

size_t rows_bytes(const struct rows *rows)
{
    return rows->len + rows->count * ((rows->hashed ? 2 * sizeof(*rows->slots) : 0) + sizeof(*rows->order));
}
