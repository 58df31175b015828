/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "io/lmdb_txn.h"

struct store_scan {
    MDB_cursor *cursor;
    struct lmdb_txn *txn;
    int ended; /* the last move found nothing: LMDB's cursor would go on from somewhere */
};

static struct lmdb_txn *txn_of(struct store_txn *txn)
{
    return (struct lmdb_txn *)txn;
}

static MDB_val val_of(struct span bytes)
{
    static uint8_t nothing;
    MDB_val value = {bytes.len, bytes.len == 0 ? &nothing : (void *)(uintptr_t)bytes.data};
    return value;
}

static struct span span_of_val(const MDB_val *value)
{
    struct span bytes = {value->mv_data, value->mv_size};
    return bytes;
}

/* A table that this store does not hold must never become LMDB's own table 0: an impossible handle is answered EINVAL. */
static MDB_dbi table_of(const struct lmdb_txn *txn, enum store_table table)
{
    return table < TABLE_COUNT && txn->store->tables[table] != 0 ? txn->store->tables[table] : UINT_MAX;
}

/* A cursor that stays where it was: what is near it is found without a search from the root. */
static int cursor_of(struct lmdb_txn *txn, enum store_table table, MDB_cursor **cursor)
{
    int rc;

    *cursor = table < TABLE_COUNT ? txn->cursors[table] : NULL;
    if (*cursor != NULL)
        return 0;
    rc = mdb_cursor_open(txn->txn, table_of(txn, table), cursor);
    if (rc == 0)
        txn->cursors[table] = *cursor;
    return rc;
}

void lmdb_scan_forget(struct lmdb_txn *txn)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (txn->cursors[i] != NULL)
            mdb_cursor_close(txn->cursors[i]);
        txn->cursors[i] = NULL;
    }
}

/* An entry of the journal: mostly the one after the last that was asked for, which is a step away and no search. */
static int get_entry(struct lmdb_txn *txn, MDB_cursor *cursor, MDB_val *name, MDB_val *found)
{
    uint64_t position = name->mv_size == sizeof(position) ? read_u64(name->mv_data) : 0;
    int is_next = position != 0 && position == txn->last_entry + 1;
    MDB_val key;

    txn->last_entry = position;
    if (is_next && mdb_cursor_get(cursor, &key, found, MDB_NEXT) == 0 && span_equal(span_of_val(&key), span_of_val(name)))
        return 0;
    return mdb_cursor_get(cursor, name, found, MDB_SET);
}

static int get(struct store_txn *base, enum store_table table, struct span key, struct span *value)
{
    struct lmdb_txn *txn = txn_of(base);
    MDB_val name = val_of(key);
    MDB_val found;
    MDB_cursor *cursor;
    int rc;
    if (txn->read_only) {
        rc = cursor_of(txn, table, &cursor);
        if (rc == 0)
            rc = table == TABLE_ENTRY ? get_entry(txn, cursor, &name, &found) : mdb_cursor_get(cursor, &name, &found, MDB_SET);
    } else {
        rc = mdb_get(txn->txn, table_of(txn, table), &name, &found);
    }
    if (rc != 0)
        return lmdb_store_error(txn->store, rc, "get");
    *value = span_of_val(&found);
    return 0;
}

static int wrote(struct lmdb_txn *txn, int rc, const char *what)
{
    if (rc == MDB_TXN_FULL && txn->part.open) {
        atomic_store(&txn->store->whole, 1);
        txn->failed = NAVETTE_E_BUSY;
    } else if (rc != 0) {
        txn->failed = lmdb_store_error(txn->store, rc, what);
    }
    return txn->failed;
}

static int put(struct store_txn *base, enum store_table table, struct span key, struct span value)
{
    struct lmdb_txn *txn = txn_of(base);
    MDB_val name = val_of(key);
    MDB_val bytes = val_of(value);
    return txn->failed != 0 ? txn->failed : wrote(txn, mdb_put(txn->txn, table_of(txn, table), &name, &bytes, 0), "put");
}

static int put_near(struct lmdb_txn *txn, enum store_table table, struct span key, struct span value, unsigned flags, const char *what)
{
    MDB_val name = val_of(key);
    MDB_val bytes = val_of(value);
    MDB_cursor *cursor;
    int rc;
    if (txn->failed != 0)
        return txn->failed;
    rc = cursor_of(txn, table, &cursor);
    return wrote(txn, rc != 0 ? rc : mdb_cursor_put(cursor, &name, &bytes, flags), what);
}

static int begin_inside(struct lmdb_txn *txn)
{
    MDB_txn *inner;
    int rc = mdb_txn_begin(txn->store->env, txn->txn, 0, &inner);

    if (rc != 0) {
        txn->failed = lmdb_store_error(txn->store, rc, "begin inside");
        return txn->failed;
    }
    txn->outer = txn->txn;
    txn->txn = inner;
    memset(txn->cursors, 0, sizeof txn->cursors);
    return 0;
}

static void leave(struct lmdb_txn *txn)
{
    txn->txn = txn->outer;
    txn->outer = NULL;
    memset(txn->cursors, 0, sizeof txn->cursors);
}

static int keep_inside(struct lmdb_txn *txn)
{
    int rc = mdb_txn_commit(txn->txn);

    leave(txn);
    if (rc != 0)
        txn->failed = lmdb_store_error(txn->store, rc, "commit inside");
    return txn->failed;
}

int lmdb_scan_end_part(struct lmdb_txn *txn)
{
    if (!txn->part.open || txn->failed != 0)
        return txn->failed;
    txn->part.open = 0;
    return keep_inside(txn);
}

#define PART_ROWS 4096u
#define PART_PAGES 98304u /* of the 131,071 that there is room for */
#define NEW_BYTES 2048u   /* for so many a page is new: half of one, as a split leaves it */

/* A row changes one page of those that there are. */
static int count_pages(struct lmdb_txn *txn, enum store_table table, size_t bytes)
{
    struct lmdb_part *part = &txn->part;
    MDB_stat stat;

    if (table < TABLE_COUNT && part->size_of[table] == 0) {
        int rc = mdb_stat(txn->txn, table_of(txn, table), &stat);

        if (rc != 0)
            return wrote(txn, rc, "size");
        part->size_of[table] = stat.ms_leaf_pages + stat.ms_branch_pages + 1;
    }
    if (table < TABLE_COUNT && part->pages_of[table] < part->size_of[table]) {
        part->pages_of[table]++;
        part->pages++;
    }
    part->new_bytes += bytes;
    return 0;
}

/* Before a row is put: it may begin the next part. */
static int next_part(struct lmdb_txn *txn)
{
    struct lmdb_part *part = &txn->part;
    int is_held = txn->outer != NULL && !part->open;
    int rc;

    if (part->rows++ < PART_ROWS || is_held)
        return 0;
    part->rows = 1;
    rc = lmdb_scan_end_part(txn);
    if (rc != 0 || part->pages + part->new_bytes / NEW_BYTES >= PART_PAGES || atomic_load(&txn->store->whole) != 0)
        return rc;
    rc = begin_inside(txn);
    part->open = rc == 0;
    return rc;
}

static int put_next(struct store_txn *base, enum store_table table, struct span key, struct span value)
{
    struct lmdb_txn *txn = txn_of(base);
    int rc = txn->failed;

    if (rc == 0)
        rc = next_part(txn);
    if (rc == 0)
        rc = count_pages(txn, table, key.len + value.len);
    if (rc == 0)
        rc = put_near(txn, table, key, value, 0, "put");
    return rc;
}

static int append(struct store_txn *base, enum store_table table, struct span key, struct span value)
{
    return put_near(txn_of(base), table, key, value, MDB_APPEND, "append");
}

static int del(struct store_txn *base, enum store_table table, struct span key)
{
    struct lmdb_txn *txn = txn_of(base);
    if (txn->failed != 0)
        return txn->failed;
    MDB_val name = val_of(key);
    int rc = mdb_del(txn->txn, table_of(txn, table), &name, NULL);
    return rc == MDB_NOTFOUND ? NAVETTE_E_NOT_FOUND : wrote(txn, rc, "delete");
}

static int scan_open(struct store_txn *base, enum store_table table, struct store_scan **scan)
{
    struct lmdb_txn *txn = txn_of(base);
    struct store_scan *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NAVETTE_E_MEMORY;
    int rc = mdb_cursor_open(txn->txn, table_of(txn, table), &made->cursor);
    if (rc != 0) {
        free(made);
        return lmdb_store_error(txn->store, rc, "scan");
    }
    made->txn = txn;
    made->ended = 1;
    *scan = made;
    return 0;
}

static int move(struct store_scan *scan, MDB_cursor_op op, MDB_val *key, struct span *found, struct span *value)
{
    MDB_val bytes;
    int rc = mdb_cursor_get(scan->cursor, key, &bytes, op);
    scan->ended = rc != 0;
    if (rc != 0)
        return lmdb_store_error(scan->txn->store, rc, "scan");
    *found = span_of_val(key);
    *value = span_of_val(&bytes);
    return 0;
}

static int scan_from(struct store_scan *scan, struct span key, struct span *found, struct span *value)
{
    MDB_val at = val_of(key);
    return move(scan, key.len == 0 ? MDB_FIRST : MDB_SET_RANGE, &at, found, value);
}

static int scan_upto(struct store_scan *scan, struct span key, struct span *found, struct span *value)
{
    MDB_val at = val_of(key);
    MDB_val bytes;
    int rc = key.len == 0 ? MDB_NOTFOUND : mdb_cursor_get(scan->cursor, &at, &bytes, MDB_SET_RANGE);
    if (rc == MDB_NOTFOUND && key.len != 0)
        return move(scan, MDB_LAST, &at, found, value);
    scan->ended = rc != 0;
    if (rc != 0)
        return lmdb_store_error(scan->txn->store, rc, "scan");
    *found = span_of_val(&at);
    *value = span_of_val(&bytes);
    return span_equal(*found, key) ? 0 : move(scan, MDB_PREV, &at, found, value);
}

static int scan_next(struct store_scan *scan, struct span *found, struct span *value)
{
    MDB_val at = {0, NULL};
    return scan->ended ? NAVETTE_E_NOT_FOUND : move(scan, MDB_NEXT, &at, found, value);
}

static int scan_prev(struct store_scan *scan, struct span *found, struct span *value)
{
    MDB_val at = {0, NULL};
    return scan->ended ? NAVETTE_E_NOT_FOUND : move(scan, MDB_PREV, &at, found, value);
}

static void scan_close(struct store_scan *scan)
{
    if (scan == NULL)
        return;
    mdb_cursor_close(scan->cursor);
    free(scan);
}

/* A transaction inside the first. Its cursors are its own; those of the outer one are closed with it. */
static int hold(struct store_txn *base)
{
    struct lmdb_txn *txn = txn_of(base);
    int rc = lmdb_scan_end_part(txn);

    assert(rc != 0 || txn->outer == NULL);
    return rc != 0 ? rc : begin_inside(txn);
}

static int keep(struct store_txn *base)
{
    struct lmdb_txn *txn = txn_of(base);

    assert(txn->outer != NULL && !txn->part.open);
    return txn->failed != 0 ? txn->failed : keep_inside(txn);
}

static int undo(struct store_txn *base)
{
    struct lmdb_txn *txn = txn_of(base);

    assert(txn->outer != NULL);
    mdb_txn_abort(txn->txn);
    leave(txn);
    return txn->failed;
}

const struct store_ops lmdb_scan_ops = {
    .get = get,
    .put = put,
    .put_next = put_next,
    .append = append,
    .del = del,
    .scan_open = scan_open,
    .scan_from = scan_from,
    .scan_upto = scan_upto,
    .scan_next = scan_next,
    .scan_prev = scan_prev,
    .scan_close = scan_close,
    .hold = hold,
    .keep = keep,
    .undo = undo,
};
