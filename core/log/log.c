/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/log.h"

#include <stdlib.h>
#include <string.h>

#include "log/journal_run.h"
#include "navette/chain.h"

/* The last batch of a log, and what it holds so far. */
struct open_batch {
    struct batch_header header; /* count 0 = open */
    uint64_t entries;
    uint64_t bytes; /* towards LIMIT_BATCH_BYTES; of an open batch */
};

/* While a batch is open its row keeps the number of its bytes where the root will stand. */
static void keep_bytes(struct batch_header *header, uint64_t bytes)
{
    memset(header->root, 0, HASH_SIZE);
    write_u64(header->root, bytes);
}

static int put_batch(struct store_txn *txn, const struct batch_header *header)
{
    uint8_t key[JOURNAL_NAME_SIZE];
    uint8_t value[BATCH_HEADER_SIZE];

    journal_run_key(header->incarnation, header->first_seq, key);
    batch_header_encode(header, value);
    return store_put(txn, TABLE_BATCH, span_of(key, sizeof(key)), span_of(value, sizeof(value)));
}

/* NAVETTE_E_NOT_FOUND: this log has no batch yet. */
static int last_batch(struct store_txn *txn, const struct log_head *head, struct open_batch *batch)
{
    struct span value;
    uint64_t first;
    int rc = journal_run_row(txn, TABLE_BATCH, head->incarnation, UINT64_MAX, &first, &value);

    if (rc != 0)
        return rc;
    if (batch_header_decode(value, &batch->header) != 0 || batch->header.first_seq != first || first > head->seq)
        return NAVETTE_E_STORE;
    batch->entries = batch->header.count > 0 ? batch->header.count : head->seq - first + 1;
    batch->bytes = batch->header.count > 0 ? 0 : read_u64(batch->header.root);
    return 0;
}

static int is_full(const struct open_batch *batch, size_t bytes)
{
    return batch->entries >= LIMIT_BATCH_EVENTS || batch->bytes + bytes + BATCH_EVENT_OVERHEAD > LIMIT_BATCH_BYTES;
}

int log_start(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], const uint8_t parent[INCARNATION_SIZE],
              const uint8_t node[NODE_ID_SIZE])
{
    struct log_head head;
    int rc = journal_head(txn, incarnation, &head);

    if (rc == 0)
        return NAVETTE_E_EXISTS;
    if (rc != NAVETTE_E_NOT_FOUND)
        return rc;
    memset(&head, 0, sizeof(head));
    memcpy(head.incarnation, incarnation, INCARNATION_SIZE);
    memcpy(head.parent, parent, INCARNATION_SIZE);
    memcpy(head.node, node, NODE_ID_SIZE);
    return journal_put_head(txn, &head);
}

/* The batch that the next entry goes into: the open one, or one that begins with it. */
static int batch_for(struct store_txn *txn, const struct log_head *head, size_t bytes, const uint8_t salt[SALT_SIZE],
                     struct open_batch *batch)
{
    int rc = last_batch(txn, head, batch);

    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    if (rc == 0 && batch->header.count == 0)
        return is_full(batch, bytes) ? NAVETTE_E_BUSY : 0;
    memset(batch, 0, sizeof(*batch));
    memcpy(batch->header.incarnation, head->incarnation, INCARNATION_SIZE);
    batch->header.first_seq = head->seq + 1;
    memcpy(batch->header.salt, salt, SALT_SIZE);
    memcpy(batch->header.previous, head->hash, HASH_SIZE);
    return 0;
}

/* Chains the event at the end of the log and writes entry, batch and head. */
static int append(struct store_txn *txn, struct log_head *head, struct open_batch *batch, struct journal_entry *entry)
{
    uint8_t leaf[HASH_SIZE];
    int rc;

    head->seq++;
    chain_leaf(batch->header.salt, head->incarnation, head->seq, entry->event, leaf);
    chain_next(head->hash, leaf, head->hash);
    memcpy(entry->self.incarnation, head->incarnation, INCARNATION_SIZE);
    entry->self.seq = head->seq;
    entry->self.leaf = chain_leaf_prefix(leaf);
    rc = journal_append(txn, entry);
    if (rc != 0)
        return rc;
    keep_bytes(&batch->header, batch->bytes + entry->event.len + BATCH_EVENT_OVERHEAD);
    rc = put_batch(txn, &batch->header);
    return rc != 0 ? rc : journal_put_head(txn, head);
}

int log_record(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], const Navette__Event *body,
               const uint8_t salt[SALT_SIZE], int64_t received_ms, struct journal_entry *entry)
{
    struct journal_entry made = {.received_ms = received_ms};
    struct buffer bytes = {.data = NULL};
    struct open_batch batch;
    struct log_head head;
    int rc = event_check(body);

    if (rc != 0)
        return rc == NAVETTE_E_UNKNOWN ? NAVETTE_E_INVALID : rc;
    rc = event_encode(body, &bytes);
    if (rc != 0)
        goto out;
    rc = journal_head(txn, incarnation, &head);
    if (rc != 0)
        goto out;
    rc = batch_for(txn, &head, bytes.len, salt, &batch);
    if (rc != 0)
        goto out;
    made.event = buffer_span(&bytes);
    made.scope_mask = event_scope_mask(body);
    rc = append(txn, &head, &batch, &made);
    if (rc == 0 && entry != NULL) {
        *entry = made;
        entry->event = span_of("", 0);
    }

out:
    buffer_free(&bytes);
    return rc;
}

static int root_of(struct store_txn *txn, const struct batch_header *header, uint8_t root[HASH_SIZE])
{
    uint8_t *leaves = malloc((size_t)header->count * HASH_SIZE);
    struct ref ref = {.seq = header->first_seq};
    struct journal_entry entry;
    int rc = 0;

    if (leaves == NULL)
        return NAVETTE_E_MEMORY;
    memcpy(ref.incarnation, header->incarnation, INCARNATION_SIZE);
    for (size_t i = 0; i < header->count && rc == 0; i++, ref.seq++) {
        rc = journal_find(txn, &ref, &entry);
        if (rc == 0)
            chain_leaf(header->salt, header->incarnation, ref.seq, entry.event, leaves + i * HASH_SIZE);
        else if (rc == NAVETTE_E_NOT_FOUND)
            rc = NAVETTE_E_STORE;
    }
    if (rc == 0)
        chain_root(leaves, header->count, root);
    free(leaves);
    return rc;
}

int log_seal_prepare(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], struct batch_header *header)
{
    struct open_batch batch;
    struct log_head head;
    int rc = journal_head(txn, incarnation, &head);

    if (rc != 0)
        return rc;
    rc = last_batch(txn, &head, &batch);
    if (rc != 0)
        return rc;
    if (batch.header.count > 0)
        return NAVETTE_E_NOT_FOUND;
    *header = batch.header;
    header->count = (uint32_t)batch.entries;
    memcpy(header->head, head.hash, HASH_SIZE);
    memset(header->signature, 0, SIGNATURE_SIZE);
    return root_of(txn, header, header->root);
}

int log_seal_store(struct store_txn *txn, const struct batch_header *header)
{
    struct open_batch batch;
    struct log_head head;
    int rc = journal_head(txn, header->incarnation, &head);

    if (rc != 0)
        return rc;
    rc = last_batch(txn, &head, &batch);
    if (rc != 0)
        return rc;
    if (batch.header.count > 0 || batch.header.first_seq != header->first_seq)
        return NAVETTE_E_NOT_FOUND;
    /* What was recorded since it was prepared would be in no batch. */
    if (batch.entries != header->count || memcmp(head.hash, header->head, HASH_SIZE) != 0)
        return NAVETTE_E_BUSY;
    return put_batch(txn, header);
}

int log_sealed(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t *seq)
{
    struct open_batch batch;
    struct log_head head;
    int rc = journal_head(txn, incarnation, &head);

    *seq = 0;
    if (rc != 0)
        return rc;
    rc = last_batch(txn, &head, &batch);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    *seq = batch.header.first_seq - 1 + batch.header.count;
    return 0;
}

int log_batch_full(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], size_t bytes)
{
    struct open_batch batch;
    struct log_head head;
    int rc = journal_head(txn, incarnation, &head);

    if (rc != 0)
        return rc;
    rc = last_batch(txn, &head, &batch);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    return batch.header.count == 0 && is_full(&batch, bytes);
}
