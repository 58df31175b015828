/* SPDX-License-Identifier: Apache-2.0 */
#include "reopen.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/lmdb_txn.h"
#include "navette/fold.h"
#include "navette/hub.h"
#include "navette/keys.h"
#include "navette/node.h"

static int fail(struct reopen *reopen, const struct reopen_store *store, const char *what, int rc)
{
    (void)snprintf(reopen->why, sizeof reopen->why, "%s: %s%s%s", store->image.tail, what, rc != 0 ? ": " : "",
                   rc != 0 ? error_text(rc) : "");
    return -1;
}

static int open_store(struct reopen_store *store, struct lmdb_store **opened)
{
    return lmdb_store_open(&(struct lmdb_options){.folder = store->folder, .tables = store->tables, .map_bytes = REOPEN_MAP_BYTES}, opened);
}

/* ---- all rows */

static uint64_t mix_bytes(uint64_t hash, struct span bytes)
{
    size_t at = 0;

    for (; bytes.len - at >= 8; at += 8) {
        uint64_t word;

        memcpy(&word, bytes.data + at, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    for (; at < bytes.len; at++) {
        hash = (hash ^ bytes.data[at]) * UINT64_C(0x100000001b3);
    }
    return (hash ^ bytes.len) * UINT64_C(0xc4ceb9fe1a85ec53);
}

static int mix_table(struct store_txn *txn, enum store_table table, uint64_t *hash)
{
    struct store_scan *scan;
    struct span key;
    struct span value;
    int rc = store_scan_open(txn, table, &scan);

    if (rc != 0) {
        return rc;
    }
    *hash = (*hash ^ (uint64_t)table) * UINT64_C(0x100000001b3);
    rc = txn->ops->scan_from(scan, span_of("", 1), &key, &value);
    while (rc == 0) {
        *hash = mix_bytes(mix_bytes(*hash, key), value);
        rc = txn->ops->scan_next(scan, &key, &value);
    }
    txn->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int mix_tables(struct store_txn *txn, enum lmdb_tables tables, uint64_t *hash)
{
    int rc = 0;

    *hash = 1;
    for (unsigned table = 0; rc == 0 && table < TABLE_COUNT; table++) {
        if (((unsigned)tables & (table <= TABLE_LOCAL ? LMDB_JOURNAL : LMDB_STATE)) != 0) {
            rc = mix_table(txn, (enum store_table)table, hash);
        }
    }
    return rc;
}

static uint64_t last_commit(struct lmdb_store *store)
{
    MDB_envinfo info;

    mdb_env_info(store->env, &info);
    return info.me_last_txnid;
}

int64_t reopen_read(struct reopen *reopen, struct reopen_store *store)
{
    struct lmdb_store *opened;
    struct store_txn *txn;
    uint64_t number;
    uint64_t rows = 0;
    int rc = open_store(store, &opened);

    if (rc != 0) {
        return fail(reopen, store, "does not open", rc);
    }
    number = last_commit(opened);
    rc = lmdb_read_begin(opened, &txn);
    if (rc == 0) {
        rc = mix_tables(txn, store->tables, &rows);
        lmdb_abort(txn);
    }
    lmdb_store_close(opened);
    if (rc != 0) {
        return fail(reopen, store, "can't be read", rc);
    }
    /* What was not whole yet is begun anew: one commit, which makes the tables. */
    if (!store->image.named) {
        return 0;
    }
    if (number >= REOPEN_COMMITS || !store->commits[number].known) {
        return fail(reopen, store, "ends with a commit that was never made", 0);
    }
    if (rows != store->commits[number].rows) {
        return fail(reopen, store, "does not hold what was committed", 0);
    }
    return (int64_t)number;
}

/* ---- what each commit says */

uint64_t reopen_entry(const struct journal_entry *entry)
{
    uint64_t hash = mix_bytes(entry->self.seq ^ entry->self.leaf ^ (uint64_t)entry->received_ms, entry->event);

    return mix_bytes(hash, span_of(entry->self.incarnation, INCARNATION_SIZE));
}

static int learn_entries(struct reopen *reopen, struct store_txn *txn, uint64_t tail)
{
    struct journal_scan scan;
    struct journal_entry entry;
    uint64_t count = 0;
    int rc = journal_scan_open(txn, 1, &scan);

    if (rc != 0) {
        return rc;
    }
    while ((rc = journal_scan_next(&scan, &entry)) == 0) {
        count++;
        if (entry.position != count || count > reopen->tail || reopen_entry(&entry) != reopen->entries[count]) {
            rc = NAVETTE_E_CHAIN;
            break;
        }
    }
    journal_scan_close(&scan);
    return rc != NAVETTE_E_NOT_FOUND ? rc : count == tail ? 0 : NAVETTE_E_GAP;
}

static const uint8_t *key_of(const struct reopen *reopen, const struct hub *hub, const struct keys *keys, const struct log_head *head)
{
    const struct hub_node *node;

    if (memcmp(head->node, keys->node, NODE_ID_SIZE) == 0) {
        return keys->sign_public;
    }
    for (size_t i = 0; !reopen->is_node && (node = hub_node_at(hub, i)) != NULL; i++) {
        if (memcmp(node->node, head->node, NODE_ID_SIZE) == 0) {
            return node->sign_key;
        }
    }
    return NULL;
}

/* A node holds its own log whole and parts of the others'; a hub holds all of each. */
static int learn_logs(struct reopen *reopen, struct store_txn *txn, const struct hub *hub, const struct keys *keys,
                      struct reopen_commit *commit)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < reopen->logs.log_count; i++) {
        const uint8_t *key;
        struct log_head head;
        uint64_t checked = 0;

        rc = journal_head(txn, reopen->logs.logs[i].incarnation, &head);
        if (rc == NAVETTE_E_NOT_FOUND) {
            rc = 0;
            continue;
        }
        commit->logs[i] = rc == 0 ? head.seq : 0;
        key = key_of(reopen, hub, keys, &head);
        if (rc == 0 && key == NULL && !reopen->is_node) {
            rc = NAVETTE_E_UNKNOWN;
        }
        if (rc == 0 && key != NULL) {
            rc = journal_verify(txn, head.incarnation, key, &checked);
            rc = rc == 0 && checked != head.seq ? NAVETTE_E_GAP : rc;
        }
    }
    return rc;
}

static int learn_journal(struct reopen *reopen, struct store_txn *txn, struct reopen_commit *commit)
{
    struct hub_options options = {.credit_bytes = LIMIT_CREDIT_BYTES};
    struct keys keys;
    char path[600];
    struct hub *hub;
    int rc = journal_tail(txn, &commit->tail);

    (void)snprintf(path, sizeof path, "%s/keys", reopen->folder);
    if (rc == 0) {
        rc = keys_load(path, &keys);
    }
    if (rc != 0) {
        return rc;
    }
    memcpy(options.node, keys.node, NODE_ID_SIZE);
    memcpy(options.incarnation, reopen->own, INCARNATION_SIZE);
    hub = hub_new(&options);
    if (hub == NULL) {
        return NAVETTE_E_MEMORY;
    }
    if (rc == 0 && !reopen->is_node && commit->tail > 0) {
        rc = hub_load_nodes(hub, txn);
    }
    if (rc == 0) {
        rc = learn_entries(reopen, txn, commit->tail);
    }
    if (rc == 0) {
        rc = learn_logs(reopen, txn, hub, &keys, commit);
    }
    hub_free(hub);
    return rc;
}

static int learn_state(struct reopen *reopen, struct store_txn *txn, struct reopen_commit *commit)
{
    uint8_t digest[HASH_SIZE];
    int rc = fold_cursor(txn, &commit->folded);

    if (rc == NAVETTE_E_NOT_FOUND || (rc == 0 && commit->folded == 0)) {
        commit->folded = 0;
        return 0;
    }
    if (rc == 0) {
        rc = commit->folded > reopen->tail ? NAVETTE_E_GAP : fold_digest(txn, digest);
    }
    if (rc == 0 && memcmp(digest, reopen->digests[commit->folded], HASH_SIZE) != 0) {
        rc = NAVETTE_E_CHECKSUM;
    }
    return rc == 0 ? fold_check(txn) : rc;
}

static int learn_progress(struct reopen *reopen, struct store_txn *txn, struct reopen_commit *commit)
{
    struct node_options options = {.pull_bytes = LIMIT_DELTA_BYTES};
    struct node_progress progress = {0};
    struct node *node;
    int rc;

    memcpy(options.incarnation, reopen->own, INCARNATION_SIZE);
    node = node_new(&options);
    if (node == NULL) {
        return NAVETTE_E_MEMORY;
    }
    rc = node_load(node, txn);
    if (rc == 0) {
        rc = node_progress(node, txn, &progress);
    }
    node_free(node);
    commit->cursor = progress.cursor;
    commit->durable = progress.durable;
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int reopen_learn(struct reopen *reopen, struct reopen_store *store)
{
    struct reopen_commit commit = {.known = 1};
    struct lmdb_store *opened;
    struct store_txn *txn;
    uint64_t number;
    int rc = open_store(store, &opened);

    if (rc != 0) {
        return fail(reopen, store, "with nothing lost, does not open", rc);
    }
    number = last_commit(opened);
    rc = number >= REOPEN_COMMITS ? NAVETTE_E_TOO_LARGE : lmdb_read_begin(opened, &txn);
    if (rc == 0) {
        rc = mix_tables(txn, store->tables, &commit.rows);
        if (rc == 0 && store == reopen->journal) {
            rc = learn_journal(reopen, txn, &commit);
        }
        if (rc == 0 && store == reopen->state) {
            rc = learn_state(reopen, txn, &commit);
        }
        if (rc == 0 && reopen->is_node) {
            rc = learn_progress(reopen, txn, &commit);
        }
        lmdb_abort(txn);
    }
    lmdb_store_close(opened);
    if (rc != 0) {
        return fail(reopen, store, "with nothing lost, is not right", rc);
    }
    store->commits[number] = commit;
    store->last = number > store->last ? number : store->last;
    return 0;
}

/* ---- what was promised */

static int keeps_logs(struct reopen *reopen, const struct reopen_commit *commit, const struct promise *promise)
{
    for (size_t i = 0; i < promise->log_count; i++) {
        const struct promise_log *told = &promise->logs[i];
        uint64_t held = 0;

        for (size_t k = 0; k < reopen->logs.log_count; k++) {
            if (memcmp(reopen->logs.logs[k].incarnation, told->incarnation, INCARNATION_SIZE) == 0) {
                held = commit->logs[k];
            }
        }
        if (held < told->seq) {
            (void)snprintf(reopen->why, sizeof reopen->why, "lost: entry %" PRIu64 " of a log had been promised, %" PRIu64 " are there",
                           told->seq, held);
            return -1;
        }
    }
    return 0;
}

static int keeps(struct reopen *reopen, const char *what, uint64_t told, uint64_t held)
{
    if (held >= told) {
        return 0;
    }
    (void)snprintf(reopen->why, sizeof reopen->why, "lost: %s %" PRIu64 " had been told, %" PRIu64 " is there", what, told, held);
    return -1;
}

int reopen_keeps(struct reopen *reopen, int64_t journal, int64_t state, const struct promise *promise)
{
    static const struct reopen_commit NONE;
    const struct reopen_commit *held = journal > 0 ? &reopen->journal->commits[journal] : &NONE;
    const struct reopen_commit *folded = state > 0 ? &reopen->state->commits[state] : &NONE;

    if (keeps_logs(reopen, held, promise) != 0 || keeps(reopen, "journal position", promise->tail, held->tail) != 0 ||
        keeps(reopen, "hub position", promise->cursor, held->cursor) != 0 ||
        keeps(reopen, "durable entry", promise->durable, held->durable) != 0) {
        return -1;
    }
    return keeps(reopen, "of the journal, folded position", folded->folded, held->tail);
}
