/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/journal.h"

#include <string.h>

#include "log/journal_run.h"
#include "navette/journal_stub.h"

void journal_entry_encode(const struct journal_entry *entry, uint8_t *value)
{
    ref_encode(&entry->self, value);
    write_u64(value + REF_SIZE, (uint64_t)entry->received_ms);
    write_u64(value + REF_SIZE + 8, entry->scope_mask);
    if (entry->event.len > 0)
        memcpy(value + ENTRY_HEAD_SIZE, entry->event.data, entry->event.len);
}

int journal_put_entry(struct store_txn *txn, const struct journal_entry *entry)
{
    uint8_t key[8];
    uint8_t value[ENTRY_HEAD_SIZE + LIMIT_ENTRY_BYTES];

    if (entry->event.len > LIMIT_ENTRY_BYTES)
        return NAVETTE_E_TOO_LARGE;
    write_u64(key, entry->position);
    journal_entry_encode(entry, value);
    return store_append(txn, TABLE_ENTRY, span_of(key, sizeof(key)), span_of(value, ENTRY_HEAD_SIZE + entry->event.len));
}

int journal_append(struct store_txn *txn, struct journal_entry *entry)
{
    struct journal_run run;
    struct journal_run *last = &run;
    uint64_t tail;
    int rc;

    if (entry->self.seq == 0 || entry->self.seq > JOURNAL_SEQ_MAX)
        return NAVETTE_E_INVALID;
    if (entry->event.len > LIMIT_ENTRY_BYTES)
        return NAVETTE_E_TOO_LARGE;
    rc = journal_run_find(txn, entry->self.incarnation, entry->self.seq, &run);
    if (rc == NAVETTE_E_NOT_FOUND)
        last = NULL;
    else if (rc != 0)
        return rc;
    else if (entry->self.seq - run.first < run.count)
        return NAVETTE_E_EXISTS;
    rc = journal_tail(txn, &tail);
    if (rc != 0)
        return rc;
    entry->position = tail + 1;
    rc = journal_run_note(txn, entry->self.incarnation, last, entry->self.seq, 1, entry->position);
    return rc != 0 ? rc : journal_put_entry(txn, entry);
}

/* Whether the batch continues what is held; `head` becomes the head before it. */
static int continues(struct store_txn *txn, const struct batch_header *header, struct log_head *head)
{
    int rc = journal_head(txn, header->incarnation, head);

    if (rc == NAVETTE_E_NOT_FOUND) {
        memset(head, 0, sizeof(*head));
        memcpy(head->incarnation, header->incarnation, INCARNATION_SIZE);
    } else if (rc != 0) {
        return rc;
    }
    if (header->first_seq + header->count - 1 <= head->seq)
        return NAVETTE_E_EXISTS;
    if (header->first_seq != head->seq + 1)
        return NAVETTE_E_GAP;
    return memcmp(header->previous, head->hash, HASH_SIZE) == 0 ? 0 : NAVETTE_E_CHAIN;
}

static int put_entries(struct store_txn *txn, const struct batch_header *header, const Navette__Batch *batch, const uint64_t *leaves,
                       const uint64_t *scope_masks, int64_t received_ms, uint64_t position)
{
    struct journal_entry entry = {.received_ms = received_ms};
    int rc = 0;

    memcpy(entry.self.incarnation, header->incarnation, INCARNATION_SIZE);
    for (size_t i = 0; i < header->count && rc == 0; i++) {
        entry.position = position + i;
        entry.self.seq = header->first_seq + i;
        entry.self.leaf = leaves[i];
        entry.scope_mask = scope_masks[i];
        entry.event = span_of(batch->events[i].data, batch->events[i].len);
        rc = journal_put_entry(txn, &entry);
    }
    return rc;
}

int journal_append_batch(struct store_txn *txn, const struct batch_header *header, const Navette__Batch *batch, const uint64_t *leaves,
                         const uint64_t *scope_masks, int64_t received_ms, uint64_t *first_position)
{
    uint8_t key[JOURNAL_NAME_SIZE];
    uint8_t value[BATCH_HEADER_SIZE];
    struct journal_run run;
    struct log_head head;
    uint64_t last_seq;
    uint64_t tail;
    int has_run;
    int rc;

    if (header->count == 0 || header->count != batch->n_events || header->first_seq == 0 ||
        header->first_seq - 1 > JOURNAL_SEQ_MAX - header->count)
        return NAVETTE_E_INVALID;
    last_seq = header->first_seq + header->count - 1;
    rc = continues(txn, header, &head);
    if (rc != 0)
        return rc;
    rc = journal_run_find(txn, header->incarnation, last_seq, &run);
    has_run = rc == 0;
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    /* Some entry is here without its batch: it came another way, and cannot be had twice. */
    if (has_run && run.first + run.count > header->first_seq)
        return NAVETTE_E_GAP;
    rc = journal_tail(txn, &tail);
    if (rc != 0)
        return rc;
    rc = put_entries(txn, header, batch, leaves, scope_masks, received_ms, tail + 1);
    if (rc != 0)
        return rc;
    rc = journal_run_note(txn, header->incarnation, has_run ? &run : NULL, header->first_seq, header->count, tail + 1);
    if (rc != 0)
        return rc;
    journal_run_key(header->incarnation, header->first_seq, key);
    batch_header_encode(header, value);
    rc = store_put(txn, TABLE_BATCH, span_of(key, sizeof(key)), span_of(value, sizeof(value)));
    if (rc != 0)
        return rc;
    head.seq = last_seq;
    memcpy(head.hash, header->head, HASH_SIZE);
    rc = journal_put_head(txn, &head);
    if (rc == 0 && first_position != NULL)
        *first_position = tail + 1;
    return rc;
}
