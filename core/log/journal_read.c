/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "log/journal_run.h"
#include "navette/adopted.h"
#include "navette/journal.h"

#define HEAD_SIZE (INCARNATION_SIZE + NODE_ID_SIZE + 8u + HASH_SIZE)

int journal_tail(struct store_txn *txn, uint64_t *position)
{
    static const uint8_t last[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct span found;
    struct span value;
    int rc = store_last(txn, TABLE_ENTRY, span_of(last, sizeof(last)), &found, &value);

    *position = 0;
    if (rc == 0 && found.len == 8)
        *position = read_u64(found.data);
    else if (rc == 0)
        rc = NAVETTE_E_STORE;
    else if (rc == NAVETTE_E_NOT_FOUND)
        rc = 0;
    return rc;
}

int journal_entry_decode(uint64_t position, struct span value, struct journal_entry *entry)
{
    if (value.len < ENTRY_HEAD_SIZE || value.len > ENTRY_HEAD_SIZE + LIMIT_ENTRY_BYTES)
        return NAVETTE_E_STORE;
    entry->position = position;
    ref_decode(value.data, &entry->self);
    entry->received_ms = (int64_t)read_u64(value.data + REF_SIZE);
    entry->scope_mask = read_u64(value.data + REF_SIZE + 8);
    entry->event = span_of(value.data + ENTRY_HEAD_SIZE, value.len - ENTRY_HEAD_SIZE);
    entry->stub = span_of("", 0);
    entry->again = 0;
    return journal_stub_decode(value, entry);
}

int journal_row_open(struct store_txn *txn, uint64_t position, struct span value, struct journal_entry *entry)
{
    struct ref name;
    int rc;

    entry->position = position;
    if (journal_again_decode(value, entry))
        return journal_again_open(txn, entry);
    rc = journal_entry_decode(position, value, entry);
    if (rc != NAVETTE_E_PRUNED || entry->stub.len > 0)
        return rc;
    /* A damaged stub is called by where it stands. */
    name = entry->self;
    rc = journal_run_name(txn, position, &name);
    if (rc == 0)
        entry->self = name;
    return rc == 0 || rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_PRUNED : rc;
}

uint64_t journal_place(const struct journal_entry *entry)
{
    return entry->again != 0 ? entry->again : entry->position;
}

int journal_read(struct store_txn *txn, uint64_t position, struct journal_entry *entry)
{
    int rc = journal_read_raw(txn, position, entry);

    return rc != 0 ? rc : adopted_open(entry);
}

int journal_read_raw(struct store_txn *txn, uint64_t position, struct journal_entry *entry)
{
    uint8_t key[8];
    struct span value;
    int rc;

    write_u64(key, position);
    rc = store_get(txn, TABLE_ENTRY, span_of(key, sizeof(key)), &value);
    if (rc == 0)
        rc = journal_row_open(txn, position, value, entry);
    if (rc == NAVETTE_E_PRUNED)
        txn->missed = journal_place(entry);
    return rc;
}

/* Put aside, it stands there under its own name; adopted, it stands inside another. */
static int read_apart(struct store_txn *txn, const struct ref *ref, uint64_t position, struct journal_entry *entry)
{
    int rc = journal_read_raw(txn, position, entry);

    if (rc == 0 && ref_compare(&entry->self, ref) == 0)
        return 0;
    if (rc == 0)
        rc = adopted_open(entry);
    return rc == NAVETTE_E_NOT_FOUND || (rc == 0 && ref_compare(&entry->self, ref) != 0) ? NAVETTE_E_STORE : rc;
}

int journal_row_at(struct store_txn *txn, const struct ref *ref, struct journal_entry *entry)
{
    struct journal_run run;
    int rc = journal_run_find(txn, ref->incarnation, ref->seq, &run);
    if (rc != 0)
        return rc;
    if (ref->seq - run.first >= run.count)
        return NAVETTE_E_NOT_FOUND;
    rc = journal_read_raw(txn, run.position + (ref->seq - run.first), entry);
    if (rc != 0 && rc != NAVETTE_E_PRUNED)
        return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
    return entry->self.seq != ref->seq || memcmp(entry->self.incarnation, ref->incarnation, INCARNATION_SIZE) != 0 ? NAVETTE_E_STORE : rc;
}

int journal_find(struct store_txn *txn, const struct ref *ref, struct journal_entry *entry)
{
    uint64_t position;
    int rc = ref->leaf == 0 ? NAVETTE_E_NOT_FOUND : journal_apart(txn, ref, &position);

    if (rc == 0)
        return read_apart(txn, ref, position, entry);
    if (rc != NAVETTE_E_NOT_FOUND)
        return rc;
    rc = journal_row_at(txn, ref, entry);
    /* What a damaged stub says of its leaf proves nothing against it. */
    if (rc == NAVETTE_E_PRUNED && entry->stub.len == 0 && ref->leaf != 0)
        entry->self.leaf = ref->leaf;
    return (rc == 0 || rc == NAVETTE_E_PRUNED) && ref->leaf != 0 && ref->leaf != entry->self.leaf ? NAVETTE_E_NOT_FOUND : rc;
}

int journal_scan_open(struct store_txn *txn, uint64_t from, struct journal_scan *scan)
{
    scan->txn = txn;
    scan->next = from == 0 ? 1 : from;
    scan->scan = NULL;
    return 0;
}

int journal_scan_next(struct journal_scan *scan, struct journal_entry *entry)
{
    const struct store_ops *ops = scan->txn->ops;
    struct span found;
    struct span value;
    uint8_t key[8];
    int rc;

    if (scan->scan == NULL) {
        rc = store_scan_open(scan->txn, TABLE_ENTRY, &scan->scan);
        if (rc != 0)
            return rc;
        write_u64(key, scan->next);
        rc = ops->scan_from(scan->scan, span_of(key, sizeof(key)), &found, &value);
    } else {
        rc = ops->scan_next(scan->scan, &found, &value);
    }
    if (rc != 0)
        return rc;
    if (found.len != 8 || read_u64(found.data) != scan->next)
        return NAVETTE_E_STORE;
    return journal_row_open(scan->txn, scan->next++, value, entry);
}

void journal_scan_close(struct journal_scan *scan)
{
    if (scan->scan != NULL)
        scan->txn->ops->scan_close(scan->scan);
    scan->scan = NULL;
}

static int head_decode(const uint8_t incarnation[INCARNATION_SIZE], struct span value, struct log_head *head)
{
    if (value.len != HEAD_SIZE)
        return NAVETTE_E_STORE;
    memcpy(head->incarnation, incarnation, INCARNATION_SIZE);
    memcpy(head->parent, value.data, INCARNATION_SIZE);
    memcpy(head->node, value.data + INCARNATION_SIZE, NODE_ID_SIZE);
    head->seq = read_u64(value.data + INCARNATION_SIZE + NODE_ID_SIZE);
    memcpy(head->hash, value.data + INCARNATION_SIZE + NODE_ID_SIZE + 8, HASH_SIZE);
    return 0;
}

int journal_head(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], struct log_head *head)
{
    struct span value;
    int rc = store_get(txn, TABLE_HEAD, span_of(incarnation, INCARNATION_SIZE), &value);

    return rc != 0 ? rc : head_decode(incarnation, value, head);
}

int journal_next_head(struct store_txn *txn, const uint8_t *after, struct log_head *head)
{
    uint8_t from[INCARNATION_SIZE + 1] = {0};
    struct span key;
    struct span value;
    int rc;

    if (after != NULL)
        memcpy(from, after, INCARNATION_SIZE);
    rc = store_first(txn, TABLE_HEAD, span_of(from, after == NULL ? 1 : sizeof(from)), &key, &value);
    if (rc != 0)
        return rc;
    return key.len == INCARNATION_SIZE ? head_decode(key.data, value, head) : NAVETTE_E_STORE;
}

int journal_put_head(struct store_txn *txn, const struct log_head *head)
{
    uint8_t value[HEAD_SIZE];

    memcpy(value, head->parent, INCARNATION_SIZE);
    memcpy(value + INCARNATION_SIZE, head->node, NODE_ID_SIZE);
    write_u64(value + INCARNATION_SIZE + NODE_ID_SIZE, head->seq);
    memcpy(value + INCARNATION_SIZE + NODE_ID_SIZE + 8, head->hash, HASH_SIZE);
    return store_put(txn, TABLE_HEAD, span_of(head->incarnation, INCARNATION_SIZE), span_of(value, sizeof(value)));
}

int journal_batch(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, struct batch_header *header)
{
    struct log_head head;
    struct span value;
    uint64_t first;
    int rc;

    if (seq == 0)
        return NAVETTE_E_NOT_FOUND;
    rc = journal_run_row(txn, TABLE_BATCH, incarnation, seq, &first, &value);
    if (rc != 0)
        return rc;
    if (batch_header_decode(value, header) != 0 || header->first_seq != first)
        return NAVETTE_E_STORE;
    if (memcmp(header->incarnation, incarnation, INCARNATION_SIZE) != 0)
        return NAVETTE_E_STORE;
    if (header->count > 0)
        return seq - first < header->count ? 0 : NAVETTE_E_NOT_FOUND;
    rc = journal_head(txn, incarnation, &head);
    if (rc != 0)
        return rc;
    return seq <= head.seq ? 0 : NAVETTE_E_NOT_FOUND;
}
