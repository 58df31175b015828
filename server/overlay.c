/* SPDX-License-Identifier: Apache-2.0 */
#include "server/overlay.h"

#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

#define FEW_ROWS 16u /* put in their place one by one, rather than sorted */

static struct overlay *overlay_of(struct store_txn *txn)
{
    return (struct overlay *)(void *)txn;
}

static struct span overlay_value(const struct overlay_table *table, uint32_t number)
{
    const struct overlay_row *row = &table->rows[number];

    return row->len > 0 ? span_of(table->values.data + row->at, row->len) : span_of(NULL, 0);
}

static int overlay_get(struct store_txn *txn, enum store_table which, struct span key, struct span *value)
{
    struct overlay *overlay = overlay_of(txn);
    struct overlay_table *table = &overlay->tables[which];
    uint32_t number;

    if (!keymap_find(&table->keys, key, &number))
        return store_get(overlay->below, which, key, value);
    if (table->rows[number].deleted)
        return NAVETTE_E_NOT_FOUND;
    *value = overlay_value(table, number);
    return 0;
}

/* The row of a key, new and deleted when there was none. */
static int overlay_row(struct overlay_table *table, struct span key, struct overlay_row **row)
{
    size_t known = table->keys.count;
    uint32_t number;
    int rc;

    if (known == table->capacity) {
        size_t capacity = known == 0 ? 64 : known * 2;
        struct overlay_row *rows = realloc(table->rows, capacity * sizeof(*rows));

        if (!rows)
            return NAVETTE_E_MEMORY;
        table->rows = rows;
        table->capacity = capacity;
    }
    rc = keymap_number(&table->keys, key, &number);
    if (rc)
        return rc;
    *row = &table->rows[number];
    if (number == known)
        **row = (struct overlay_row){.deleted = 1};
    return 0;
}

static int overlay_put(struct store_txn *txn, enum store_table which, struct span key, struct span value)
{
    struct overlay *overlay = overlay_of(txn);
    struct overlay_table *table = &overlay->tables[which];
    struct overlay_row *row;
    int rc;

    rc = overlay_row(table, key, &row);
    if (rc)
        return rc;
    if (value.len > row->room) {
        size_t at = table->values.len;

        rc = buffer_append(&table->values, value.data, value.len);
        if (rc)
            return rc;
        row->at = at;
        row->room = (uint32_t)value.len;
    } else if (value.len > 0) {
        memmove(table->values.data + row->at, value.data, value.len);
    }
    row->len = (uint32_t)value.len;
    row->deleted = 0;
    return 0;
}

static int overlay_del(struct store_txn *txn, enum store_table which, struct span key)
{
    struct overlay *overlay = overlay_of(txn);
    struct overlay_table *table = &overlay->tables[which];
    struct overlay_row *row;
    struct span value;
    int rc;

    rc = overlay_get(txn, which, key, &value);
    if (!rc)
        rc = overlay_row(table, key, &row);
    if (!rc)
        row->deleted = 1;
    return rc;
}

/* ---- in the order of the keys */

static int overlay_compare(struct span one, struct span other)
{
    int order = memcmp(one.data, other.data, one.len < other.len ? one.len : other.len);

    return order ? order : (one.len > other.len) - (one.len < other.len);
}

static struct span overlay_key(const struct overlay_table *table, size_t place)
{
    return keymap_key(&table->keys, table->order[place]);
}

/* How many of the first `count` in order come before `key`. */
static size_t overlay_seek(const struct overlay_table *table, size_t count, struct span key)
{
    size_t low = 0;
    size_t high = key.len == 0 ? 0 : count; /* no key at all: from the first on */

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (overlay_compare(overlay_key(table, middle), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int compare_numbers(const void *a, const void *b, void *context)
{
    const struct keymap *keys = context;

    return overlay_compare(keymap_key(keys, *(const uint32_t *)a), keymap_key(keys, *(const uint32_t *)b));
}

/* The rows from `ordered` on are sorted and merged, from the end, with those that were in order before. */
static int overlay_merge(struct overlay_table *table)
{
    size_t more = table->keys.count - table->ordered;
    uint32_t *added = malloc(more * sizeof(*added));
    size_t old = table->ordered;
    size_t to = table->keys.count;

    if (!added)
        return NAVETTE_E_MEMORY;
    for (size_t i = 0; i < more; i++)
        added[i] = (uint32_t)(table->ordered + i);
    qsort_r(added, more, sizeof(*added), compare_numbers, &table->keys);
    while (more > 0) {
        int is_last = old == 0 || overlay_compare(overlay_key(table, old - 1), keymap_key(&table->keys, added[more - 1])) < 0;

        table->order[--to] = is_last ? added[--more] : table->order[--old];
    }
    table->ordered = table->keys.count;
    free(added);
    return 0;
}

static int overlay_sort_table(struct overlay_table *table)
{
    size_t count = table->keys.count;

    if (table->ordered == count)
        return 0;
    if (table->order_capacity < table->capacity) {
        uint32_t *order = realloc(table->order, table->capacity * sizeof(*order));

        if (!order)
            return NAVETTE_E_MEMORY;
        table->order = order;
        table->order_capacity = table->capacity;
    }
    /* What comes in order stays so. */
    for (; table->ordered < count; table->ordered++) {
        struct span key = keymap_key(&table->keys, (uint32_t)table->ordered);

        if (table->ordered > 0 && overlay_compare(overlay_key(table, table->ordered - 1), key) > 0)
            break;
        table->order[table->ordered] = (uint32_t)table->ordered;
    }
    if (count - table->ordered > FEW_ROWS)
        return overlay_merge(table);
    for (; table->ordered < count; table->ordered++) {
        size_t place = overlay_seek(table, table->ordered, keymap_key(&table->keys, (uint32_t)table->ordered));

        memmove(table->order + place + 1, table->order + place, (table->ordered - place) * sizeof(*table->order));
        table->order[place] = (uint32_t)table->ordered;
    }
    return 0;
}

static int overlay_sort(struct overlay *overlay, enum store_table which)
{
    int rc;

    (void)pthread_mutex_lock(&overlay->lock);
    rc = overlay_sort_table(&overlay->tables[which]);
    (void)pthread_mutex_unlock(&overlay->lock);
    return rc;
}

/* ---- scans */

struct store_scan {
    struct overlay *overlay;
    enum store_table which;
    struct store_scan *below;
    struct buffer key; /* of the row that the scan stands on; empty: none */
};

static int overlay_scan_open(struct store_txn *txn, enum store_table table, struct store_scan **scan)
{
    struct overlay *overlay = overlay_of(txn);
    struct store_scan *made = calloc(1, sizeof(*made));
    int rc;

    if (!made)
        return NAVETTE_E_MEMORY;
    *made = (struct store_scan){.overlay = overlay, .which = table};
    rc = store_scan_open(overlay->below, table, &made->below);
    if (rc) {
        free(made);
        return rc;
    }
    *scan = made;
    return 0;
}

/* Stands on a row: its key is kept, for the next move to begin from. */
static int overlay_stand(struct store_scan *scan, struct span key)
{
    buffer_clear(&scan->key);
    return buffer_append(&scan->key, key.data, key.len);
}

/* The first row at or behind `key` (forward), or the last one at or before it; `past`: not at it. */
static int overlay_move(struct store_scan *scan, struct span from, int forward, int past, struct span *found, struct span *value)
{
    const struct store_ops *ops = scan->overlay->below->ops;
    const struct overlay_table *table = &scan->overlay->tables[scan->which];
    struct span key;
    struct span below;
    size_t place;
    size_t left; /* rows in memory from here on */
    int is_there;
    int rc = overlay_sort(scan->overlay, scan->which);

    if (rc)
        return rc;
    place = overlay_seek(table, table->ordered, from);
    is_there = place < table->ordered && span_equal(overlay_key(table, place), from);
    left = (forward ? table->ordered - place : place + (size_t)is_there) - (size_t)(is_there && past);
    rc = forward ? ops->scan_from(scan->below, from, &key, &below) : ops->scan_upto(scan->below, from, &key, &below);
    if (!rc && past && span_equal(key, from))
        rc = forward ? ops->scan_next(scan->below, &key, &below) : ops->scan_prev(scan->below, &key, &below);
    for (;;) {
        uint32_t number = left == 0 ? 0 : table->order[forward ? table->ordered - left : left - 1];
        int order;

        if (rc && (rc != NAVETTE_E_NOT_FOUND || left == 0))
            return rc;
        order = left == 0 ? 1 : rc ? -1 : overlay_compare(keymap_key(&table->keys, number), key) * (forward ? 1 : -1);
        if (order > 0) {
            *found = key;
            *value = below;
            return overlay_stand(scan, key);
        }
        left--;
        if (!table->rows[number].deleted) {
            *found = keymap_key(&table->keys, number);
            *value = overlay_value(table, number);
            return overlay_stand(scan, *found);
        }
        if (order == 0)
            rc = forward ? ops->scan_next(scan->below, &key, &below) : ops->scan_prev(scan->below, &key, &below);
    }
}

static int overlay_scan_from(struct store_scan *scan, struct span key, struct span *found, struct span *value)
{
    return overlay_move(scan, key, 1, 0, found, value);
}

static int overlay_scan_upto(struct store_scan *scan, struct span key, struct span *found, struct span *value)
{
    return overlay_move(scan, key, 0, 0, found, value);
}

static int overlay_step(struct store_scan *scan, int forward, struct span *found, struct span *value)
{
    struct buffer from = scan->key;
    int rc;

    if (from.len == 0)
        return NAVETTE_E_NOT_FOUND;
    buffer_init(&scan->key);
    rc = overlay_move(scan, buffer_span(&from), forward, 1, found, value);
    buffer_free(&from);
    return rc;
}

static int overlay_scan_next(struct store_scan *scan, struct span *found, struct span *value)
{
    return overlay_step(scan, 1, found, value);
}

static int overlay_scan_prev(struct store_scan *scan, struct span *found, struct span *value)
{
    return overlay_step(scan, 0, found, value);
}

static void overlay_scan_close(struct store_scan *scan)
{
    if (!scan)
        return;
    scan->overlay->below->ops->scan_close(scan->below);
    buffer_free(&scan->key);
    free(scan);
}

/* ---- the whole */

static const struct store_ops OVERLAY_OPS = {.get = overlay_get,
                                             .put = overlay_put,
                                             .put_next = overlay_put,
                                             .append = overlay_put,
                                             .del = overlay_del,
                                             .scan_open = overlay_scan_open,
                                             .scan_from = overlay_scan_from,
                                             .scan_upto = overlay_scan_upto,
                                             .scan_next = overlay_scan_next,
                                             .scan_prev = overlay_scan_prev,
                                             .scan_close = overlay_scan_close};

void overlay_init(struct overlay *overlay)
{
    memset(overlay, 0, sizeof(*overlay));
    overlay->base.ops = &OVERLAY_OPS;
    (void)pthread_mutex_init(&overlay->lock, NULL);
    for (size_t i = 0; i < TABLE_COUNT; i++)
        keymap_init(&overlay->tables[i].keys);
}

void overlay_free(struct overlay *overlay)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        keymap_free(&overlay->tables[i].keys);
        free(overlay->tables[i].rows);
        free(overlay->tables[i].order);
        buffer_free(&overlay->tables[i].values);
    }
    (void)pthread_mutex_destroy(&overlay->lock);
}

void overlay_begin(struct overlay *overlay, struct store_txn *below)
{
    overlay->below = below;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        keymap_clear(&overlay->tables[i].keys);
        buffer_clear(&overlay->tables[i].values);
        overlay->tables[i].ordered = 0;
    }
}

static int overlay_flush_table(struct overlay *overlay, enum store_table which, struct store_txn *write)
{
    const struct overlay_table *table = &overlay->tables[which];
    int rc = overlay_sort(overlay, which);

    for (size_t i = 0; !rc && i < table->ordered; i++) {
        uint32_t number = table->order[i];
        struct span key = keymap_key(&table->keys, number);

        if (!table->rows[number].deleted) {
            rc = store_put_next(write, which, key, overlay_value(table, number));
            continue;
        }
        rc = store_del(write, which, key);
        if (rc == NAVETTE_E_NOT_FOUND)
            rc = 0;
    }
    return rc;
}

int overlay_flush(struct overlay *overlay, struct store_txn *write)
{
    int rc = 0;

    for (int i = 0; !rc && i < TABLE_COUNT; i++)
        rc = overlay_flush_table(overlay, (enum store_table)i, write);
    return rc;
}

int overlay_is_full(const struct overlay *overlay)
{
    size_t bytes = 0;

    for (size_t i = 0; i < TABLE_COUNT; i++)
        bytes += overlay->tables[i].values.len + overlay->tables[i].keys.keys.len + overlay->tables[i].keys.count * 64;
    return bytes >= OVERLAY_BYTES;
}
