/* SPDX-License-Identifier: Apache-2.0 */
#include "memstore.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"
#include "treap.h"

#define KEY_MAX 511u

/* What one moment of the store is. */
struct version {
    struct treap_node *roots[TABLE_COUNT];
    size_t rows[TABLE_COUNT];
    size_t bytes;
};

struct memstore {
    struct version committed;
    struct version synced;
    struct memstore_txn *writer;
    size_t readers;
    uint64_t calls;
    uint64_t fail_at; /* value of `calls` that fails, 0 = none */
    int fail_code;
    int commit_code;
    size_t limit;
    uint64_t priority;
};

struct memstore_txn {
    struct store_txn txn;
    struct memstore *store;
    struct version version;
    struct version before; /* while something is held: what was there */
    int held;
    uint64_t writes[TABLE_COUNT]; /* how often each table was written, for scans */
    size_t scans;
    int writes_allowed;
    int failed;
};

struct store_scan {
    struct memstore_txn *txn;
    enum store_table table;
    uint64_t writes;
    struct treap_cursor cursor;
};

static struct version version_share(const struct version *version)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        treap_share(version->roots[i]);
    return *version;
}

static void version_drop(struct version *version)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        treap_drop(version->roots[i]);
    memset(version, 0, sizeof(*version));
}

static struct memstore_txn *txn_of(struct store_txn *txn)
{
    return (struct memstore_txn *)(void *)txn;
}

/* Counts a call and says whether it is the one that was to fail. */
static int call(struct memstore_txn *txn)
{
    struct memstore *store = txn->store;

    store->calls++;
    if (store->fail_at == 0 || store->calls != store->fail_at)
        return 0;
    store->fail_at = 0;
    return store->fail_code;
}

static int write_call(struct memstore_txn *txn, struct span key)
{
    int rc = call(txn);

    assert(txn->writes_allowed && !txn->failed);
    assert(key.len >= 1 && key.len <= KEY_MAX);
    if (rc != 0)
        txn->failed = 1;
    return rc;
}

static int fail(struct memstore_txn *txn, int code)
{
    txn->failed = 1;
    return code;
}

/* xorshift64*: the shape of the treap is the same in every run. */
static uint32_t next_priority(struct memstore *store)
{
    store->priority ^= store->priority >> 12;
    store->priority ^= store->priority << 25;
    store->priority ^= store->priority >> 27;
    return (uint32_t)((store->priority * UINT64_C(2685821657736338717)) >> 32);
}

static int op_get(struct store_txn *base, enum store_table table, struct span key, struct span *value)
{
    struct memstore_txn *txn = txn_of(base);
    const struct treap_node *node;
    int rc = call(txn);

    if (rc != 0)
        return rc;
    assert(key.len >= 1 && key.len <= KEY_MAX);
    node = treap_find(txn->version.roots[table], key);
    if (node == NULL)
        return NAVETTE_E_NOT_FOUND;
    *value = treap_value(node);
    return 0;
}

static int put(struct memstore_txn *txn, enum store_table table, struct span key, struct span value)
{
    struct version *version = &txn->version;
    size_t replaced = 0;
    int rc;

    if (version->bytes + key.len + value.len > txn->store->limit)
        return fail(txn, NAVETTE_E_FULL);
    rc = treap_put(&version->roots[table], key, value, next_priority(txn->store), &replaced);
    if (rc != 0)
        return fail(txn, rc);
    txn->writes[table]++;
    if (replaced == 0)
        version->rows[table]++;
    version->bytes += key.len + value.len - replaced;
    return 0;
}

static int op_put(struct store_txn *base, enum store_table table, struct span key, struct span value)
{
    struct memstore_txn *txn = txn_of(base);
    int rc = write_call(txn, key);

    return rc != 0 ? rc : put(txn, table, key, value);
}

static int op_append(struct store_txn *base, enum store_table table, struct span key, struct span value)
{
    struct memstore_txn *txn = txn_of(base);
    const struct treap_node *last;
    int rc = write_call(txn, key);

    if (rc != 0)
        return rc;
    last = treap_last(txn->version.roots[table]);
    if (last != NULL && span_compare(key, treap_key(last)) <= 0)
        return fail(txn, NAVETTE_E_STORE);
    return put(txn, table, key, value);
}

static int op_del(struct store_txn *base, enum store_table table, struct span key)
{
    struct memstore_txn *txn = txn_of(base);
    size_t removed = 0;
    int rc = write_call(txn, key);

    if (rc != 0)
        return rc;
    rc = treap_del(&txn->version.roots[table], key, &removed);
    if (rc == NAVETTE_E_NOT_FOUND)
        return rc;
    if (rc != 0)
        return fail(txn, rc);
    txn->writes[table]++;
    txn->version.rows[table]--;
    txn->version.bytes -= removed;
    return 0;
}

static int op_scan_open(struct store_txn *base, enum store_table table, struct store_scan **scan)
{
    struct memstore_txn *txn = txn_of(base);
    int rc = call(txn);

    if (rc != 0)
        return rc;
    *scan = calloc(1, sizeof(**scan));
    if (*scan == NULL)
        return NAVETTE_E_MEMORY;
    (*scan)->txn = txn;
    (*scan)->table = table;
    (*scan)->writes = txn->writes[table];
    txn->scans++;
    return 0;
}

static int deliver(const struct treap_node *node, struct span *found, struct span *value)
{
    if (node == NULL)
        return NAVETTE_E_NOT_FOUND;
    *found = treap_key(node);
    *value = treap_value(node);
    return 0;
}

static int op_scan_from(struct store_scan *scan, struct span key, struct span *found, struct span *value)
{
    int rc = call(scan->txn);

    if (rc != 0)
        return rc;
    scan->writes = scan->txn->writes[scan->table];
    return deliver(treap_cursor_from(&scan->cursor, scan->txn->version.roots[scan->table], key), found, value);
}

static int op_scan_upto(struct store_scan *scan, struct span key, struct span *found, struct span *value)
{
    int rc = call(scan->txn);

    if (rc != 0)
        return rc;
    scan->writes = scan->txn->writes[scan->table];
    return deliver(treap_cursor_upto(&scan->cursor, scan->txn->version.roots[scan->table], key), found, value);
}

static int op_scan_next(struct store_scan *scan, struct span *found, struct span *value)
{
    int rc = call(scan->txn);

    if (rc != 0)
        return rc;
    assert(scan->writes == scan->txn->writes[scan->table]);
    return deliver(treap_cursor_next(&scan->cursor), found, value);
}

static int op_scan_prev(struct store_scan *scan, struct span *found, struct span *value)
{
    int rc = call(scan->txn);

    if (rc != 0)
        return rc;
    assert(scan->writes == scan->txn->writes[scan->table]);
    return deliver(treap_cursor_prev(&scan->cursor), found, value);
}

static void op_scan_close(struct store_scan *scan)
{
    if (scan == NULL)
        return;
    scan->txn->scans--;
    free(scan);
}

static int op_hold(struct store_txn *base)
{
    struct memstore_txn *txn = txn_of(base);
    int rc = call(txn);

    assert(txn->writes_allowed && !txn->failed && !txn->held && txn->scans == 0);
    if (rc != 0)
        return fail(txn, rc);
    txn->before = version_share(&txn->version);
    txn->held = 1;
    return 0;
}

static int op_keep(struct store_txn *base)
{
    struct memstore_txn *txn = txn_of(base);
    int rc = call(txn);

    assert(txn->held && !txn->failed && txn->scans == 0);
    if (rc != 0)
        return fail(txn, rc);
    version_drop(&txn->before);
    txn->held = 0;
    return 0;
}

static int op_undo(struct store_txn *base)
{
    struct memstore_txn *txn = txn_of(base);

    assert(txn->held && txn->scans == 0);
    version_drop(&txn->version);
    txn->version = txn->before;
    memset(&txn->before, 0, sizeof(txn->before));
    txn->held = 0;
    for (size_t i = 0; i < TABLE_COUNT; i++)
        txn->writes[i]++;
    return 0;
}

static const struct store_ops ops = {
    .get = op_get,
    .put = op_put,
    .put_next = op_put,
    .append = op_append,
    .del = op_del,
    .scan_open = op_scan_open,
    .scan_from = op_scan_from,
    .scan_upto = op_scan_upto,
    .scan_next = op_scan_next,
    .scan_prev = op_scan_prev,
    .scan_close = op_scan_close,
    .hold = op_hold,
    .keep = op_keep,
    .undo = op_undo,
};

struct memstore *memstore_new(void)
{
    struct memstore *store = calloc(1, sizeof(*store));

    if (store == NULL)
        return NULL;
    store->limit = SIZE_MAX;
    store->priority = UINT64_C(0x9e3779b97f4a7c15);
    return store;
}

void memstore_free(struct memstore *store)
{
    if (store == NULL)
        return;
    assert(store->writer == NULL && store->readers == 0);
    version_drop(&store->committed);
    version_drop(&store->synced);
    free(store);
}

struct memstore *memstore_clone(const struct memstore *store)
{
    struct memstore *clone = memstore_new();

    if (clone == NULL)
        return NULL;
    clone->committed = version_share(&store->committed);
    clone->synced = version_share(&store->committed);
    clone->priority = store->priority;
    return clone;
}

static struct store_txn *begin(struct memstore *store, int writes_allowed)
{
    struct memstore_txn *txn = calloc(1, sizeof(*txn));

    if (txn == NULL)
        return NULL;
    txn->txn.ops = &ops;
    txn->store = store;
    txn->version = version_share(&store->committed);
    txn->writes_allowed = writes_allowed;
    return &txn->txn;
}

struct store_txn *memstore_begin_write(struct memstore *store)
{
    struct store_txn *txn = begin(store, 1);

    assert(store->writer == NULL);
    if (txn != NULL)
        store->writer = txn_of(txn);
    return txn;
}

struct store_txn *memstore_begin_read(struct memstore *store)
{
    struct store_txn *txn = begin(store, 0);

    if (txn != NULL)
        store->readers++;
    return txn;
}

static void end(struct memstore_txn *txn)
{
    assert(txn->scans == 0);
    if (txn->writes_allowed)
        txn->store->writer = NULL;
    else
        txn->store->readers--;
    version_drop(&txn->before);
    version_drop(&txn->version);
    free(txn);
}

int memstore_commit_unsynced(struct store_txn *base)
{
    struct memstore_txn *txn = txn_of(base);
    struct memstore *store = txn->store;
    int rc = store->commit_code;

    assert(txn->writes_allowed && !txn->failed && !txn->held);
    store->commit_code = 0;
    if (rc == 0) {
        version_drop(&store->committed);
        store->committed = version_share(&txn->version);
    }
    end(txn);
    return rc;
}

int memstore_commit(struct store_txn *base)
{
    struct memstore *store = txn_of(base)->store;
    int rc = memstore_commit_unsynced(base);

    if (rc == 0)
        memstore_sync(store);
    return rc;
}

void memstore_abort(struct store_txn *txn)
{
    end(txn_of(txn));
}

void memstore_sync(struct memstore *store)
{
    version_drop(&store->synced);
    store->synced = version_share(&store->committed);
}

void memstore_crash(struct memstore *store)
{
    assert(store->writer == NULL && store->readers == 0);
    version_drop(&store->committed);
    store->committed = version_share(&store->synced);
}

void memstore_fail_at(struct memstore *store, uint64_t k, int code)
{
    store->fail_at = k == 0 ? 0 : store->calls + k;
    store->fail_code = code;
}

void memstore_fail_commit(struct memstore *store, int code)
{
    store->commit_code = code;
}

int memstore_fail_pending(const struct memstore *store)
{
    return store->fail_at != 0;
}

uint64_t memstore_calls(const struct memstore *store)
{
    return store->calls;
}

void memstore_limit(struct memstore *store, size_t bytes)
{
    store->limit = bytes;
}

size_t memstore_rows(const struct memstore *store, enum store_table table)
{
    return store->committed.rows[table];
}

size_t memstore_bytes(const struct memstore *store)
{
    return store->committed.bytes;
}

int memstore_equal(const struct memstore *a, const struct memstore *b)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (a->committed.rows[i] != b->committed.rows[i] || !treap_equal(a->committed.roots[i], b->committed.roots[i]))
            return 0;
    }
    return 1;
}
