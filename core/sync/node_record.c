/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sync/node_state.h"

#define RECORD_NAME "link"
#define RECORD_SIZE (8u + HASH_SIZE + 4u * 8u + 2u * 4u)

int node_load(struct node *node, struct store_txn *txn)
{
    struct span value;
    struct log_head head;
    int rc;

    if (node->loaded) {
        return 0;
    }
    rc = store_get(txn, TABLE_LOCAL, span_of_string(RECORD_NAME), &value);
    if (rc == 0) {
        struct reader reader = reader_of(value);
        struct span hash;

        node->record.durable = reader_u64(&reader);
        hash = reader_bytes(&reader, HASH_SIZE);
        node->record.cursor = reader_u64(&reader);
        node->record.hub_cursor = reader_u64(&reader);
        node->record.hub_time_ms = (int64_t)reader_u64(&reader);
        node->record.hub_heard_wall_ms = (int64_t)reader_u64(&reader);
        node->record.scope_epoch = reader_u32(&reader);
        node->record.verdict = reader_u32(&reader);
        if (reader.failed) {
            return NAVETTE_E_STORE;
        }
        memcpy(node->record.durable_hash, hash.data, HASH_SIZE);
    } else if (rc != NAVETTE_E_NOT_FOUND) {
        return rc;
    }
    rc = journal_head(txn, node->options.incarnation, &head);
    if (rc == 0 && head.seq > 0) {
        struct ref last;
        struct journal_entry entry;
        struct event event;

        memcpy(last.incarnation, node->options.incarnation, INCARNATION_SIZE);
        last.seq = head.seq;
        last.leaf = 0;
        rc = journal_find(txn, &last, &entry);
        if (rc != 0) {
            return rc;
        }
        rc = event_decode(entry.event, &event);
        if (event.body != NULL && event.body->hlc > node->clock.last) {
            node->clock.last = event.body->hlc;
        }
        event_free(&event);
        if (rc == NAVETTE_E_MEMORY) {
            return rc;
        }
    } else if (rc != 0 && rc != NAVETTE_E_NOT_FOUND) {
        return rc;
    }
    node->loaded = 1;
    return 0;
}

int node_record_save(struct node *node, struct store_txn *txn)
{
    uint8_t bytes[RECORD_SIZE];
    uint8_t *p = bytes;
    int rc;

    if (!node->dirty) {
        return 0;
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
    rc = store_put(txn, TABLE_LOCAL, span_of_string(RECORD_NAME), span_of(bytes, sizeof bytes));
    if (rc == 0) {
        node->dirty = 0;
    }
    return rc;
}
