/* SPDX-License-Identifier: Apache-2.0 */
#include "server/overlay.h"

#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

static struct overlay *overlay_of(struct store_txn *txn)
{
    return (struct overlay *)(void *)txn;
}

static struct span overlay_value(const struct overlay_table *table, uint32_t number)
{
    const struct overlay_row *row = &table->rows[number];

    return span_of(table->values.data + row->at, row->len);
}

static int overlay_get(struct store_txn *txn, enum store_table which, struct span key, struct span *value)
{
    struct overlay *overlay = overlay_of(txn);
    struct overlay_table *table = &overlay->tables[which];
    uint32_t number;

    if (table->direct)
        return store_get(overlay->write, which, key, value);
    if (!keymap_find(&table->keys, key, &number))
        return store_get(overlay->read, which, key, value);
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

    if (table->direct)
        return store_put(overlay->write, which, key, value);
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

    if (table->direct)
        return store_del(overlay->write, which, key);
    rc = overlay_get(txn, which, key, &value);
    if (!rc)
        rc = overlay_row(table, key, &row);
    if (!rc)
        row->deleted = 1;
    return rc;
}

/* One key of a table on its way into the store. */
struct overlay_order {
    struct span key;
    uint32_t number;
};

static int overlay_compare(const void *a, const void *b)
{
    struct span one = ((const struct overlay_order *)a)->key;
    struct span other = ((const struct overlay_order *)b)->key;
    int order = memcmp(one.data, other.data, one.len < other.len ? one.len : other.len);

    return order ? order : one.len < other.len ? -1 : one.len > other.len;
}

static int overlay_write(struct overlay *overlay, enum store_table which, const struct overlay_order *order)
{
    const struct overlay_table *table = &overlay->tables[which];
    int rc;

    if (!table->rows[order->number].deleted)
        return store_put(overlay->write, which, order->key, overlay_value(table, order->number));
    rc = store_del(overlay->write, which, order->key);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static void overlay_clear(struct overlay_table *table)
{
    keymap_free(&table->keys);
    free(table->rows);
    buffer_free(&table->values);
    table->rows = NULL;
    table->capacity = 0;
}

static int overlay_flush_table(struct overlay *overlay, enum store_table which)
{
    struct overlay_table *table = &overlay->tables[which];
    size_t count = table->keys.count;
    struct overlay_order *list;
    int rc = 0;

    table->direct = 1;
    if (count == 0)
        return 0;
    list = malloc(count * sizeof(*list));
    if (!list)
        return NAVETTE_E_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        list[i] = (struct overlay_order){keymap_key(&table->keys, i), i};
    qsort(list, count, sizeof(*list), overlay_compare);
    for (size_t i = 0; !rc && i < count; i++)
        rc = overlay_write(overlay, which, &list[i]);
    free(list);
    overlay_clear(table);
    return rc;
}

/*
 * A scan of one table: the snapshot's rows with those in memory laid over them. These are gathered anew whenever it is placed, as a write may have come between.
 */
struct store_scan {
    struct overlay *overlay;
    enum store_table which;
    struct store_txn *under; /* what is below: the snapshot, or the write transaction of a table that is written directly */
    struct store_scan *below;
    int merged; /* 1: memory is laid over it */
    int forward;
    struct overlay_order *list; /* the rows in memory on that side of where it was placed: OVERLAY_SCAN_ROWS at most */
    size_t count;
    struct buffer key; /* of the row that the scan stands on; empty: none */
};

static int overlay_scan_open(struct store_txn *txn, enum store_table which, struct store_scan **scan)
{
    struct overlay *overlay = overlay_of(txn);
    int direct = overlay->tables[which].direct;
    struct store_scan *made = calloc(1, sizeof(*made));
    int rc;

    if (!made)
        return NAVETTE_E_MEMORY;
    *made = (struct store_scan){.overlay = overlay, .which = which, .merged = !direct, .under = direct ? overlay->write : overlay->read};
    made->list = direct ? NULL : malloc(OVERLAY_SCAN_ROWS * sizeof(*made->list));
    rc = direct || made->list ? store_scan_open(made->under, which, &made->below) : NAVETTE_E_MEMORY;
    if (rc) {
        free(made->list);
        free(made);
        return rc;
    }
    *scan = made;
    return 0;
}

/* Where `key` stands or would stand in the list. */
static size_t overlay_seek(const struct store_scan *scan, struct span key)
{
    struct overlay_order wanted = {.key = key};
    size_t low = 0;
    size_t high = key.len == 0 ? 0 : scan->count; /* no key at all: from the first on */

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (overlay_compare(&scan->list[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The table was written: all of it is below now. */
static int overlay_go_down(struct store_scan *scan)
{
    struct store_scan *below;
    int rc;

    scan->count = 0;
    if (scan->under == scan->overlay->write)
        return 0;
    rc = store_scan_open(scan->overlay->write, scan->which, &below);
    if (rc)
        return rc;
    scan->under->ops->scan_close(scan->below);
    scan->under = scan->overlay->write;
    scan->below = below;
    return 0;
}

/* The rows in memory from `from` on, or up to it, sorted; too many of them are written instead. */
static int overlay_gather(struct store_scan *scan, struct span from, int forward)
{
    struct overlay_table *table = &scan->overlay->tables[scan->which];
    struct overlay_order limit = {.key = from};
    int rc;

    scan->forward = forward;
    scan->count = 0;
    for (uint32_t i = 0; !table->direct && i < table->keys.count; i++) {
        struct overlay_order row = {keymap_key(&table->keys, i), i};
        int order = from.len == 0 ? 1 : overlay_compare(&row, &limit);

        if (forward ? order < 0 : order > 0)
            continue;
        if (scan->count == OVERLAY_SCAN_ROWS) {
            rc = overlay_flush_table(scan->overlay, scan->which);
            if (rc)
                return rc;
            break;
        }
        scan->list[scan->count++] = row;
    }
    if (table->direct)
        return overlay_go_down(scan);
    qsort(scan->list, scan->count, sizeof(*scan->list), overlay_compare);
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
    const struct store_ops *ops = scan->under->ops;
    const struct overlay_table *table = &scan->overlay->tables[scan->which];
    size_t place = overlay_seek(scan, from);
    int is_there = place < scan->count && span_equal(scan->list[place].key, from);
    size_t left = forward ? scan->count - place : place + (size_t)is_there; /* rows in memory from here on */
    struct span key;
    struct span below;
    int rc = forward ? ops->scan_from(scan->below, from, &key, &below) : ops->scan_upto(scan->below, from, &key, &below);

    if (is_there && past)
        left--;
    if (!rc && past && span_equal(key, from))
        rc = forward ? ops->scan_next(scan->below, &key, &below) : ops->scan_prev(scan->below, &key, &below);
    for (;;) {
        const struct overlay_order *row = left == 0 ? NULL : &scan->list[forward ? scan->count - left : left - 1];
        struct overlay_order other = {.key = key};
        int order;

        if (rc && rc != NAVETTE_E_NOT_FOUND)
            return rc;
        if (rc && !row)
            return rc;
        order = !row ? 1 : rc ? -1 : overlay_compare(row, &other) * (forward ? 1 : -1);
        if (order > 0) {
            *found = key;
            *value = below;
            return overlay_stand(scan, key);
        }
        left--;
        if (!table->rows[row->number].deleted) {
            *found = row->key;
            *value = overlay_value(table, row->number);
            return overlay_stand(scan, row->key);
        }
        if (order == 0)
            rc = forward ? ops->scan_next(scan->below, &key, &below) : ops->scan_prev(scan->below, &key, &below);
    }
}

static int overlay_scan_from(struct store_scan *scan, struct span key, struct span *found, struct span *value)
{
    int rc;

    if (!scan->merged)
        return scan->under->ops->scan_from(scan->below, key, found, value);
    rc = overlay_gather(scan, key, 1);
    return rc ? rc : overlay_move(scan, key, 1, 0, found, value);
}

static int overlay_scan_upto(struct store_scan *scan, struct span key, struct span *found, struct span *value)
{
    int rc;

    if (!scan->merged)
        return scan->under->ops->scan_upto(scan->below, key, found, value);
    rc = overlay_gather(scan, key, 0);
    return rc ? rc : overlay_move(scan, key, 0, 0, found, value);
}

static int overlay_step(struct store_scan *scan, int forward, struct span *found, struct span *value)
{
    struct buffer from = scan->key;
    int rc;

    if (!scan->merged)
        return forward ? scan->under->ops->scan_next(scan->below, found, value) : scan->under->ops->scan_prev(scan->below, found, value);
    if (from.len == 0)
        return NAVETTE_E_NOT_FOUND;
    buffer_init(&scan->key);
    rc = scan->overlay->tables[scan->which].direct || scan->forward != forward ? overlay_gather(scan, buffer_span(&from), forward) : 0;
    if (!rc)
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
    scan->under->ops->scan_close(scan->below);
    buffer_free(&scan->key);
    free(scan->list);
    free(scan);
}

void overlay_init(struct overlay *overlay, struct store_txn *write, struct store_txn *read)
{
    memset(overlay, 0, sizeof(*overlay));
    overlay->write = write;
    overlay->read = read;
    overlay->ops = *write->ops;
    overlay->ops.get = overlay_get;
    overlay->ops.put = overlay_put;
    overlay->ops.append = overlay_put;
    overlay->ops.del = overlay_del;
    overlay->ops.scan_open = overlay_scan_open;
    overlay->ops.scan_from = overlay_scan_from;
    overlay->ops.scan_upto = overlay_scan_upto;
    overlay->ops.scan_next = overlay_scan_next;
    overlay->ops.scan_prev = overlay_scan_prev;
    overlay->ops.scan_close = overlay_scan_close;
    overlay->base.ops = &overlay->ops;
    for (size_t i = 0; i < TABLE_COUNT; i++)
        keymap_init(&overlay->tables[i].keys);
}

void overlay_free(struct overlay *overlay)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        overlay_clear(&overlay->tables[i]);
}

int overlay_flush(struct overlay *overlay)
{
    int rc = 0;

    for (int i = 0; !rc && i < TABLE_COUNT; i++)
        rc = overlay_flush_table(overlay, (enum store_table)i);
    return rc;
}

int overlay_is_full(const struct overlay *overlay)
{
    size_t bytes = 0;

    for (size_t i = 0; i < TABLE_COUNT; i++)
        bytes += overlay->tables[i].values.len + overlay->tables[i].keys.keys.len + overlay->tables[i].capacity * 64;
    return bytes >= OVERLAY_BYTES;
}
