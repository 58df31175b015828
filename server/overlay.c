/* SPDX-License-Identifier: Apache-2.0 */
#include "server/overlay.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fold/keymap.h"
#include "navette/error.h"

static const struct store_ops OVERLAY_OPS;

int overlay_is_view(const struct store_txn *txn)
{
    return txn->ops == &OVERLAY_OPS;
}

static struct overlay_view *view_of(struct store_txn *txn)
{
    return (struct overlay_view *)(void *)txn;
}

/* Down through one view after the other. */
static int overlay_get(struct store_txn *txn, enum store_table which, struct span key, struct span *value)
{
    uint32_t hash = keymap_hash(key);

    while (overlay_is_view(txn)) {
        const struct rows *rows = &view_of(txn)->overlay->tables[which];
        uint32_t at = rows_find_hashed(rows, key, hash);

        if (at == ROWS_NONE) {
            txn = view_of(txn)->below;
            continue;
        }
        if (rows_is_deleted(rows, at))
            return NAVETTE_E_NOT_FOUND;
        *value = rows_value(rows, at);
        return 0;
    }
    return store_get(txn, which, key, value);
}

static int overlay_put(struct store_txn *txn, enum store_table which, struct span key, struct span value)
{
    return rows_put(&view_of(txn)->overlay->tables[which], key, value);
}

static int overlay_del(struct store_txn *txn, enum store_table which, struct span key)
{
    struct span value;
    int rc = overlay_get(txn, which, key, &value);

    return rc ? rc : rows_delete(&view_of(txn)->overlay->tables[which], key);
}

static int overlay_sort(struct overlay *overlay, enum store_table which)
{
    int rc;

    (void)pthread_mutex_lock(&overlay->lock);
    rc = rows_sort(&overlay->tables[which]);
    (void)pthread_mutex_unlock(&overlay->lock);
    return rc;
}

/* ---- scans */

struct store_scan {
    struct overlay *overlay;
    const struct store_ops *ops; /* of below */
    enum store_table which;
    struct store_scan *below;
    struct buffer key; /* of the row that the scan stands on; empty: none */

    /* Where the next row is looked for: good until something is put. */
    int forward;
    size_t left;  /* rows in memory from here on */
    int below_rc; /* of the next row below */
    struct span below_key;
    struct span below_value;
    int gave_memory; /* what the scan stands on is there */
    int gave_below;
};

static int overlay_scan_open(struct store_txn *txn, enum store_table table, struct store_scan **scan)
{
    struct overlay_view *view = view_of(txn);
    struct store_scan *made = calloc(1, sizeof(*made));
    int rc;

    if (!made)
        return NAVETTE_E_MEMORY;
    *made = (struct store_scan){.overlay = view->overlay, .ops = view->below->ops, .which = table};
    rc = store_scan_open(view->below, table, &made->below);
    if (rc) {
        free(made);
        return rc;
    }
    *scan = made;
    return 0;
}

static int overlay_move_below(struct store_scan *scan)
{
    return scan->below_rc = scan->forward ? scan->ops->scan_next(scan->below, &scan->below_key, &scan->below_value)
                                          : scan->ops->scan_prev(scan->below, &scan->below_key, &scan->below_value);
}

/* Looks from `from` on, in memory and below; `past`: not at it. */
static int overlay_seek(struct store_scan *scan, struct span from, int forward, int past)
{
    const struct rows *rows = &scan->overlay->tables[scan->which];
    size_t place;
    int is_there;
    int rc = overlay_sort(scan->overlay, scan->which);

    if (rc)
        return rc;
    place = rows_seek(rows, from);
    is_there = place < rows->ordered && span_equal(rows_key(rows, rows_at(rows, place)), from);
    scan->forward = forward;
    scan->left = (forward ? rows->ordered - place : place + (size_t)is_there) - (size_t)(is_there && past);
    scan->below_rc = forward ? scan->ops->scan_from(scan->below, from, &scan->below_key, &scan->below_value)
                             : scan->ops->scan_upto(scan->below, from, &scan->below_key, &scan->below_value);
    if (!scan->below_rc && past && span_equal(scan->below_key, from))
        (void)overlay_move_below(scan);
    return 0;
}

static int overlay_give(struct store_scan *scan, struct span key, struct span value, struct span *found, struct span *given)
{
    *found = key;
    *given = value;
    buffer_clear(&scan->key);
    return buffer_append(&scan->key, key.data, key.len);
}

/* The nearer of the two next rows; one in memory hides the one below. */
static int overlay_pick(struct store_scan *scan, struct span *found, struct span *value)
{
    const struct rows *rows = &scan->overlay->tables[scan->which];

    for (;;) {
        uint32_t at = scan->left == 0 ? ROWS_NONE : rows_at(rows, scan->forward ? rows->ordered - scan->left : scan->left - 1);
        int order;

        if (scan->below_rc && (scan->below_rc != NAVETTE_E_NOT_FOUND || scan->left == 0)) {
            buffer_clear(&scan->key); /* it stands on nothing, and goes nowhere from there */
            return scan->below_rc;
        }
        order = scan->left == 0 ? 1 : scan->below_rc ? -1 : rows_compare(rows_key(rows, at), scan->below_key) * (scan->forward ? 1 : -1);
        scan->gave_memory = order <= 0;
        scan->gave_below = order >= 0;
        if (order > 0)
            return overlay_give(scan, scan->below_key, scan->below_value, found, value);
        if (!rows_is_deleted(rows, at))
            return overlay_give(scan, rows_key(rows, at), rows_value(rows, at), found, value);
        scan->left--;
        if (order == 0)
            (void)overlay_move_below(scan);
    }
}

static int overlay_scan_from(struct store_scan *scan, struct span key, struct span *found, struct span *value)
{
    int rc = overlay_seek(scan, key, 1, 0);

    return rc ? rc : overlay_pick(scan, found, value);
}

static int overlay_scan_upto(struct store_scan *scan, struct span key, struct span *found, struct span *value)
{
    int rc = overlay_seek(scan, key, 0, 0);

    return rc ? rc : overlay_pick(scan, found, value);
}

/* From a row on: looked for anew where the scan turns, and where what lies in memory may have been put since. */
static int overlay_step(struct store_scan *scan, int forward, struct span *found, struct span *value)
{
    struct buffer from = scan->key;
    int rc = 0;

    if (from.len == 0)
        return NAVETTE_E_NOT_FOUND;
    if (scan->overlay->sealed && scan->forward == forward) {
        scan->left -= (size_t)scan->gave_memory;
        if (scan->gave_below)
            (void)overlay_move_below(scan);
        return overlay_pick(scan, found, value);
    }
    buffer_init(&scan->key);
    rc = overlay_seek(scan, buffer_span(&from), forward, 1);
    if (!rc)
        rc = overlay_pick(scan, found, value);
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
    scan->ops->scan_close(scan->below);
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

void overlay_look(struct overlay_view *view, struct overlay *overlay, struct store_txn *below)
{
    *view = (struct overlay_view){.base = {.ops = &OVERLAY_OPS}, .below = below, .overlay = overlay};
}

void overlay_init(struct overlay *overlay)
{
    memset(overlay, 0, sizeof(*overlay));
    (void)pthread_mutex_init(&overlay->lock, NULL);
    for (size_t i = 0; i < TABLE_COUNT; i++)
        rows_init(&overlay->tables[i]);
}

void overlay_free(struct overlay *overlay)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        rows_free(&overlay->tables[i]);
    (void)pthread_mutex_destroy(&overlay->lock);
}

void overlay_begin(struct overlay *overlay, struct store_txn *below)
{
    overlay_look(&overlay->view, overlay, below);
    overlay->sealed = 0;
    for (size_t i = 0; i < TABLE_COUNT; i++)
        rows_clear(&overlay->tables[i]);
}

/* ---- writing */

/* One table of several overlays, in the order of its keys: where each stands. */
struct merge {
    const struct rows *rows[OVERLAY_FLUSHED];
    size_t place[OVERLAY_FLUSHED];
    size_t count;
};

/* The next key, of the newest that has it; all move on past it. 0: none is left. */
static int merge_next(struct merge *merge, const struct rows **rows, uint32_t *at)
{
    size_t newest = merge->count;
    struct span key = {NULL, 0};

    for (size_t i = 0; i < merge->count; i++) {
        struct span other;
        int order;

        if (merge->place[i] == merge->rows[i]->ordered)
            continue;
        other = rows_key(merge->rows[i], merge->rows[i]->order[merge->place[i]]);
        order = newest == merge->count ? -1 : rows_compare(other, key);
        if (order == 0)
            merge->place[newest]++;
        if (order <= 0) {
            key = other;
            newest = i;
        }
    }
    if (newest == merge->count)
        return 0;
    *rows = merge->rows[newest];
    *at = rows_at(*rows, merge->place[newest]++);
    return 1;
}

static int overlay_flush_table(struct overlay *const *overlays, size_t count, enum store_table which, struct store_txn *write)
{
    struct merge merge = {.count = count};
    const struct rows *rows;
    uint32_t at;
    int rc = 0;

    for (size_t i = 0; !rc && i < count; i++) {
        merge.rows[i] = &overlays[i]->tables[which];
        rc = overlay_sort(overlays[i], which);
    }
    while (!rc && merge_next(&merge, &rows, &at)) {
        if (!rows_is_deleted(rows, at)) {
            rc = store_put_next(write, which, rows_key(rows, at), rows_value(rows, at));
            continue;
        }
        rc = store_del(write, which, rows_key(rows, at));
        if (rc == NAVETTE_E_NOT_FOUND)
            rc = 0;
    }
    return rc;
}

int overlay_flush(struct overlay *const *overlays, size_t count, struct store_txn *write)
{
    int rc = 0;

    assert(count <= OVERLAY_FLUSHED);
    for (int i = 0; !rc && i < TABLE_COUNT; i++) {
        if (i != TABLE_HISTORY)
            rc = overlay_flush_table(overlays, count, (enum store_table)i, write);
    }
    /* The last one: many rows on few pages, of a table that has very many. The store can't tell. */
    return rc ? rc : overlay_flush_table(overlays, count, TABLE_HISTORY, write);
}

size_t overlay_bytes(const struct overlay *overlay)
{
    size_t bytes = 0;

    for (size_t i = 0; i < TABLE_COUNT; i++)
        bytes += rows_bytes(&overlay->tables[i]);
    return bytes;
}

int overlay_is_full(const struct overlay *overlay)
{
    return overlay_bytes(overlay) >= OVERLAY_BYTES;
}

void overlay_seal(struct overlay *overlay)
{
    overlay->sealed = 1;
}
