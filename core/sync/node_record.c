/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "log/journal_run.h"
#include "sync/node_state.h"

#define RECORD_NAME "link"
#define RECORD_SIZE_1 (8u + HASH_SIZE + 4u * 8u + 2u * 4u)                        /* before a log could go on under a child incarnation */
#define RECORD_SIZE_2 (RECORD_SIZE_1 + INCARNATION_SIZE + 8u + 2u * 4u + 2u * 8u) /* before a hub had epochs */
#define RECORD_SIZE (RECORD_SIZE_2 + 2u * 8u + 4u)
#define LINEAGE_NAME "lineage"

static void read_record(struct span value, struct node_record *record, int *failed)
{
    struct reader reader = reader_of(value);
    struct span hash;
    struct span incarnation = {.data = NULL};

    memset(record, 0, sizeof *record);
    record->durable = reader_u64(&reader);
    hash = reader_bytes(&reader, HASH_SIZE);
    record->cursor = reader_u64(&reader);
    record->hub_cursor = reader_u64(&reader);
    record->hub_time_ms = (int64_t)reader_u64(&reader);
    record->hub_heard_wall_ms = (int64_t)reader_u64(&reader);
    record->scope_epoch = reader_u32(&reader);
    record->verdict = reader_u32(&reader);
    if (value.len > RECORD_SIZE_1) {
        incarnation = reader_bytes(&reader, INCARNATION_SIZE);
        record->take_back = reader_u64(&reader);
        record->began = reader_u32(&reader);
        record->adopting = reader_u32(&reader);
        record->branch = reader_u64(&reader);
        record->began_wall_ms = (int64_t)reader_u64(&reader);
    }
    if (value.len > RECORD_SIZE_2) {
        record->backed_up = reader_u64(&reader);
        record->backed_up_ms = (int64_t)reader_u64(&reader);
        record->giving = reader_u32(&reader);
    }
    *failed = reader.failed;
    if (!reader.failed) {
        memcpy(record->durable_hash, hash.data, HASH_SIZE);
    }
    if (!reader.failed && incarnation.data != NULL) {
        memcpy(record->incarnation, incarnation.data, INCARNATION_SIZE);
    }
}

/* Own events carry ever greater times: the last one held of a log is its latest. */
static int merge_log(struct node *node, struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE])
{
    struct ref last = {.leaf = 0};
    struct journal_entry entry;
    struct event event;
    struct journal_run run;
    int rc = journal_run_find(txn, incarnation, UINT64_MAX, &run);

    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    memcpy(last.incarnation, incarnation, INCARNATION_SIZE);
    last.seq = run.first + run.count - 1;
    rc = journal_find(txn, &last, &entry);
    if (rc == NAVETTE_E_PRUNED) {
        return 0;
    }
    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
    }
    rc = event_decode(entry.event, &event);
    if (event.body != NULL && event.body->hlc > node->clock.last) {
        node->clock.last = event.body->hlc;
    }
    event_free(&event);
    return rc == NAVETTE_E_MEMORY ? rc : 0;
}

/* Every log this node has ever written, as far as it knows: those have a head in its store, others' do not. */
static int merge_own_logs(struct node *node, struct store_txn *txn)
{
    uint8_t from[INCARNATION_SIZE + 1] = {0};
    size_t len = INCARNATION_SIZE;
    int rc = 0;

    while (rc == 0) {
        struct span key;
        struct span value;

        rc = store_first(txn, TABLE_HEAD, span_of(from, len), &key, &value);
        if (rc == 0 && key.len == INCARNATION_SIZE) {
            memcpy(from, key.data, INCARNATION_SIZE);
            len = sizeof from;
        }
        if (rc == 0) {
            rc = merge_log(node, txn, from);
        }
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int load_lineage(struct node *node, struct store_txn *txn)
{
    struct span value;
    int rc = store_get(txn, TABLE_LOCAL, span_of_string(LINEAGE_NAME), &value);

    memset(&node->lineage, 0, sizeof node->lineage);
    node->lineage_dirty = 0;
    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    return lineage_decode(value, &node->lineage);
}

static int save_lineage(struct node *node, struct store_txn *txn)
{
    uint8_t bytes[LINEAGE_BYTES];
    int rc;

    if (!node->lineage_dirty) {
        return 0;
    }
    rc = store_put(txn, TABLE_LOCAL, span_of_string(LINEAGE_NAME), span_of(bytes, lineage_encode(&node->lineage, bytes)));
    node->lineage_dirty = rc != 0;
    return rc;
}

int node_load(struct node *node, struct store_txn *txn)
{
    const uint8_t none[INCARNATION_SIZE] = {0};
    struct span value;
    int failed = 0;
    int rc;

    if (node->loaded) {
        return 0;
    }
    rc = store_get(txn, TABLE_LOCAL, span_of_string(RECORD_NAME), &value);
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND) {
        return rc;
    }
    if (rc == 0) {
        read_record(value, &node->record, &failed);
    }
    if (failed) {
        return NAVETTE_E_STORE;
    }
    rc = load_lineage(node, txn);
    if (rc == 0) {
        rc = node_rekey_load(node, txn);
    }
    if (rc == 0) {
        rc = node_scope_load(node, txn);
    }
    if (rc == 0) {
        rc = node_clone_load(node, txn);
    }
    if (rc == 0) {
        rc = node_load_near(node, txn);
    }
    if (rc != 0) {
        return rc;
    }
    memcpy(node->incarnation, node->options.incarnation, INCARNATION_SIZE);
    if (memcmp(node->record.incarnation, none, INCARNATION_SIZE) != 0) {
        memcpy(node->incarnation, node->record.incarnation, INCARNATION_SIZE);
    }
    rc = merge_own_logs(node, txn);
    node->loaded = rc == 0;
    return rc;
}

int node_record_save(struct node *node, struct store_txn *txn)
{
    uint8_t bytes[RECORD_SIZE];
    uint8_t *p = bytes;
    int rc = node_rekey_save(node, txn);

    rc = rc != 0 ? rc : node_scope_save(node, txn);
    rc = rc != 0 ? rc : node_clone_save(node, txn);
    if (rc != 0 || !node->dirty) {
        return rc;
    }
    write_u64(p, node->record.durable);
    memcpy(p + 8, node->record.durable_hash, HASH_SIZE);
    p += 8 + HASH_SIZE;
    write_u64(p, node->record.cursor);
    write_u64(p + 8, node->record.hub_cursor);
    write_u64(p + 16, (uint64_t)node->record.hub_time_ms);
    write_u64(p + 24, (uint64_t)node->record.hub_heard_wall_ms);
    write_u32(p + 32, node->record.scope_epoch);
    write_u32(p + 36, node->record.verdict);
    memcpy(p + 40, node->record.incarnation, INCARNATION_SIZE);
    p += 40 + INCARNATION_SIZE;
    write_u64(p, node->record.take_back);
    write_u32(p + 8, node->record.began);
    write_u32(p + 12, node->record.adopting);
    write_u64(p + 16, node->record.branch);
    write_u64(p + 24, (uint64_t)node->record.began_wall_ms);
    p += 32;
    write_u64(p, node->record.backed_up);
    write_u64(p + 8, (uint64_t)node->record.backed_up_ms);
    write_u32(p + 16, node->record.giving);
    rc = save_lineage(node, txn);
    if (rc != 0) {
        return rc;
    }
    rc = store_put(txn, TABLE_LOCAL, span_of_string(RECORD_NAME), span_of(bytes, sizeof bytes));
    if (rc == 0) {
        node->dirty = 0;
    }
    return rc;
}
