/* SPDX-License-Identifier: Apache-2.0 */
/* The truth that images are held against, and how a process goes on from one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/fold.h"
#include "navette/log.h"
#include "navette/system.h"
#include "node/office.h"
#include "reopen.h"
#include "server/follower.h"
#include "server/prove.h"
#include "tests/lib/memstore.h"

static const char HUB_INCARNATION[] = "hub-incarnation"; /* server/home.c */

static int fail(struct reopen *reopen, const char *what, int rc)
{
    (void)snprintf(reopen->why, sizeof reopen->why, "%s%s%s", what, rc != 0 ? ": " : "", rc != 0 ? error_text(rc) : "");
    return -1;
}

static struct lmdb_options options_of(const struct reopen_store *store)
{
    return (struct lmdb_options){.folder = store->folder, .tables = store->tables, .map_bytes = REOPEN_MAP_BYTES};
}

/* ---- the truth */

static int truth_own(struct reopen *reopen, struct store_txn *txn)
{
    struct span value;
    int rc;

    if (reopen->is_node) {
        struct identity identity;

        rc = identity_load(txn, &identity);
        memcpy(reopen->own, identity.incarnation, INCARNATION_SIZE);
        return rc;
    }
    rc = store_get(txn, TABLE_LOCAL, span_of_string(HUB_INCARNATION), &value);
    if (rc == 0 && value.len == INCARNATION_SIZE) {
        memcpy(reopen->own, value.data, INCARNATION_SIZE);
    }
    return rc;
}

static int truth_logs(struct reopen *reopen, struct store_txn *txn)
{
    struct store_scan *scan;
    struct span key;
    struct span value;
    int rc = store_scan_open(txn, TABLE_HEAD, &scan);

    if (rc != 0) {
        return rc;
    }
    rc = txn->ops->scan_from(scan, span_of("", 1), &key, &value);
    while (rc == 0 && reopen->logs.log_count < PROMISE_LOGS) {
        memcpy(reopen->logs.logs[reopen->logs.log_count++].incarnation, key.data, INCARNATION_SIZE);
        rc = txn->ops->scan_next(scan, &key, &value);
    }
    txn->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int truth_entry(struct memstore *state, struct store_txn *journal, uint8_t digest[HASH_SIZE])
{
    struct store_txn *txn = memstore_begin_write(state);
    struct fold fold;
    int rc = fold_begin(&fold, txn, journal);

    if (rc == 0) {
        rc = fold_next(&fold);
    }
    if (rc == 0) {
        rc = fold_end(&fold);
    }
    if (rc != 0) {
        memstore_abort(txn);
        return rc;
    }
    memcpy(digest, fold.digest, HASH_SIZE);
    return memstore_commit(txn);
}

static int truth_entries(struct reopen *reopen, struct store_txn *txn)
{
    struct memstore *state = memstore_new();
    int rc = journal_tail(txn, &reopen->tail);

    reopen->digests = calloc(reopen->tail + 1, sizeof *reopen->digests);
    reopen->entries = calloc(reopen->tail + 1, sizeof *reopen->entries);
    if (reopen->digests == NULL || reopen->entries == NULL) {
        rc = NAVETTE_E_MEMORY;
    }
    for (uint64_t position = 1; rc == 0 && position <= reopen->tail; position++) {
        struct journal_entry entry;

        rc = journal_read_raw(txn, position, &entry);
        if (rc == 0) {
            reopen->entries[position] = reopen_entry(&entry);
            rc = truth_entry(state, txn, reopen->digests[position]);
        }
    }
    memstore_free(state);
    return rc;
}

int reopen_truth(struct reopen *reopen)
{
    struct lmdb_options options = options_of(reopen->journal);
    struct lmdb_store *store;
    struct store_txn *txn;
    int rc = lmdb_store_open(&options, &store);

    if (rc != 0) {
        return fail(reopen, "the whole journal does not open", rc);
    }
    rc = lmdb_read_begin(store, &txn);
    if (rc == 0) {
        rc = truth_own(reopen, txn);
        if (rc == 0) {
            rc = truth_logs(reopen, txn);
        }
        if (rc == 0) {
            rc = truth_entries(reopen, txn);
        }
        lmdb_abort(txn);
    }
    lmdb_store_close(store);
    return rc == 0 ? 0 : fail(reopen, "the whole journal can't be folded", rc);
}

int reopen_told_true(struct reopen *reopen, const struct promise *promise)
{
    static const uint8_t NONE[HASH_SIZE];
    struct lmdb_options options = options_of(reopen->journal);
    struct lmdb_store *store;
    struct store_txn *txn;
    int rc = lmdb_store_open(&options, &store);

    if (rc != 0 || lmdb_read_begin(store, &txn) != 0) {
        return fail(reopen, "the whole journal does not open", rc);
    }
    for (size_t i = 0; rc == 0 && i < promise->log_count; i++) {
        const struct promise_log *log = &promise->logs[i];
        uint8_t hash[HASH_SIZE];

        if (memcmp(log->hash, NONE, HASH_SIZE) != 0) {
            rc = journal_hash_at(txn, log->incarnation, log->seq, hash);
            rc = rc == 0 && memcmp(hash, log->hash, HASH_SIZE) != 0 ? NAVETTE_E_CHAIN : rc;
        }
    }
    lmdb_abort(txn);
    lmdb_store_close(store);
    return rc == 0 ? 0 : fail(reopen, "a head that was told is not in the log", rc);
}

/* ---- going on */

static int check_folded(struct reopen *reopen, struct lmdb_store *store, uint64_t tail)
{
    struct store_txn *txn;
    uint8_t digest[HASH_SIZE];
    uint64_t cursor = 0;
    int rc = lmdb_read_begin(store, &txn);

    if (rc != 0) {
        return rc;
    }
    rc = tail == 0 ? 0 : fold_cursor(txn, &cursor);
    if (rc == 0 && cursor != tail) {
        rc = NAVETTE_E_GAP;
    }
    if (rc == 0 && tail > 0) {
        rc = fold_digest(txn, digest);
        rc = rc == 0 && memcmp(digest, reopen->digests[tail], HASH_SIZE) != 0 ? NAVETTE_E_CHECKSUM : rc;
        rc = rc == 0 ? fold_check(txn) : rc;
    }
    lmdb_abort(txn);
    return rc;
}

static int read_tail(struct lmdb_store *store, uint64_t *tail)
{
    struct store_txn *txn;
    int rc = lmdb_read_begin(store, &txn);

    if (rc == 0) {
        rc = journal_tail(txn, tail);
        lmdb_abort(txn);
    }
    return rc;
}

static int fold_hub(struct reopen *reopen)
{
    struct lmdb_options state_options = options_of(reopen->state);
    struct lmdb_options journal_options = options_of(reopen->journal);
    struct lmdb_store *state = NULL;
    struct lmdb_store *journal = NULL;
    uint64_t moved = 1;
    uint64_t cursor;
    uint64_t tail = 0;
    int rc = prove_state(&state_options);

    if (rc == 0) {
        rc = lmdb_store_open(&journal_options, &journal);
    }
    if (rc == 0) {
        rc = lmdb_store_open(&state_options, &state);
    }
    while (rc == 0 && moved > 0) {
        rc = follower_step(state, journal, UINT64_MAX, &moved, &cursor);
    }
    if (rc == 0) {
        rc = read_tail(journal, &tail);
    }
    if (rc == 0) {
        rc = check_folded(reopen, state, tail);
    }
    lmdb_store_close(state);
    lmdb_store_close(journal);
    return rc;
}

static int fold_node(struct reopen *reopen)
{
    struct office_options options = {.folder = reopen->folder, .map_bytes = REOPEN_MAP_BYTES, .offline = 1};
    struct office office;
    uint64_t tail = 0;
    int rc = office_open(&options, &office);

    if (rc != 0) {
        return rc;
    }
    do {
        rc = office_catch_up(&office);
    } while (rc == 0 && office.behind > 0);
    if (rc == 0) {
        rc = read_tail(office.store, &tail);
    }
    if (rc == 0) {
        rc = check_folded(reopen, office.store, tail);
    }
    office_close(&office);
    return rc;
}

static int record(struct reopen *reopen, struct store_txn *txn)
{
    uint8_t salt[SALT_SIZE] = {1};
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__CountClosed closed = NAVETTE__COUNT_CLOSED__INIT;
    uint8_t id[16] = {2};
    struct batch_header header;
    struct keys keys;
    char path[600];
    int rc;

    closed.count = (ProtobufCBinaryData){sizeof id, id};
    event.hlc = 1;
    event.body_case = NAVETTE__EVENT__BODY_COUNT_CLOSED;
    event.count_closed = &closed;
    rc = log_record(txn, reopen->own, &event, salt, 0, NULL);
    if (rc != NAVETTE_E_BUSY) {
        return rc;
    }
    (void)snprintf(path, sizeof path, "%s/keys", reopen->folder);
    rc = keys_load(path, &keys);
    if (rc == 0) {
        rc = log_seal_prepare(txn, reopen->own, &header);
    }
    if (rc == 0) {
        keys_sign_batch(&keys, &header);
        rc = log_seal_store(txn, &header);
    }
    return rc == 0 ? log_record(txn, reopen->own, &event, salt, 0, NULL) : rc;
}

/* One more entry of its own, and it is there when the store is opened again. */
static int write_on(struct reopen *reopen)
{
    struct lmdb_options options = options_of(reopen->journal);
    struct lmdb_store *store;
    struct store_txn *txn = NULL;
    struct log_head head;
    uint64_t before = 0;
    uint64_t after = 0;
    int rc = lmdb_store_open(&options, &store);

    if (rc == 0) {
        rc = lmdb_write_begin(store, &txn);
    }
    if (rc == 0 && journal_head(txn, reopen->own, &head) == NAVETTE_E_NOT_FOUND) {
        lmdb_abort(txn);
        lmdb_store_close(store);
        return 0; /* its log was not begun yet */
    }
    if (rc == 0) {
        rc = journal_tail(txn, &before);
    }
    if (rc == 0) {
        rc = record(reopen, txn);
    }
    if (rc == 0) {
        rc = lmdb_commit(txn);
        lmdb_store_close(store);
        rc = rc == 0 ? lmdb_store_open(&options, &store) : rc;
    }
    if (rc == 0) {
        rc = read_tail(store, &after);
        lmdb_store_close(store);
    }
    return rc != 0 ? rc : after == before + 1 ? 0 : NAVETTE_E_GAP;
}

int reopen_go_on(struct reopen *reopen)
{
    int rc = reopen->is_node ? fold_node(reopen) : fold_hub(reopen);

    if (rc != 0) {
        return fail(reopen, "opened as the program does, its state is not the fold of its journal", rc);
    }
    rc = write_on(reopen);
    return rc == 0 ? 0 : fail(reopen, "it does not go on from here", rc);
}
