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

static int overlay_scan_open(struct store_txn *txn, enum store_table which, struct store_scan **scan)
{
    struct overlay *overlay = overlay_of(txn);
    int rc = overlay_flush_table(overlay, which);

    return rc ? rc : store_scan_open(overlay->write, which, scan);
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
