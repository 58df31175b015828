/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "log/journal_run.h"
#include "navette/chain.h"
#include "navette/journal_stub.h"

/* Leaves from what is held; hash goes from the chain before the batch to the one after it. */
static int make_leaves(struct store_txn *txn, const struct batch_header *seal, uint8_t *leaves, uint8_t hash[HASH_SIZE])
{
    struct ref ref = {.seq = seal->first_seq};

    memcpy(ref.incarnation, seal->incarnation, INCARNATION_SIZE);
    memcpy(hash, seal->previous, HASH_SIZE);
    for (uint32_t i = 0; i < seal->count; i++, ref.seq++) {
        uint8_t *leaf = leaves + i * HASH_SIZE;
        struct journal_entry entry;
        int rc = journal_find(txn, &ref, &entry);

        if (rc == NAVETTE_E_PRUNED)
            rc = journal_stub_leaf(&entry, leaf);
        else if (rc == 0)
            chain_leaf(seal->salt, seal->incarnation, ref.seq, entry.event, leaf);
        if (rc != 0)
            return rc;
        if (chain_leaf_prefix(leaf) != entry.self.leaf)
            return NAVETTE_E_CHAIN;
        chain_next(hash, leaf, hash);
    }
    return 0;
}

int journal_keep_seal(struct store_txn *txn, const struct batch_header *seal)
{
    struct batch_header header = *seal;
    uint8_t key[JOURNAL_NAME_SIZE];
    uint8_t value[BATCH_HEADER_SIZE];
    struct log_head head;
    uint8_t *leaves;
    int rc = journal_head(txn, seal->incarnation, &head);

    if (rc != NAVETTE_E_NOT_FOUND)
        return rc;
    if (seal->first_seq == 0 || seal->count == 0 || seal->count > LIMIT_BATCH_EVENTS)
        return NAVETTE_E_INVALID;
    leaves = malloc((size_t)seal->count * HASH_SIZE);
    if (leaves == NULL)
        return NAVETTE_E_MEMORY;
    rc = make_leaves(txn, seal, leaves, header.head);
    if (rc == 0)
        chain_root(leaves, seal->count, header.root);
    free(leaves);
    if (rc != 0)
        return rc;
    journal_run_key(header.incarnation, header.first_seq, key);
    batch_header_encode(&header, value);
    return store_put(txn, TABLE_BATCH, span_of(key, sizeof(key)), span_of(value, sizeof(value)));
}

int journal_next_sealed(struct store_txn *txn, const uint8_t *after, struct batch_header *last)
{
    uint8_t from[JOURNAL_NAME_SIZE + 1];
    uint8_t incarnation[INCARNATION_SIZE];
    struct span key;
    struct span value;
    uint64_t first;
    int rc;

    memset(from, 0xff, sizeof(from));
    if (after != NULL)
        memcpy(from, after, INCARNATION_SIZE);
    else
        from[0] = 0;
    rc = store_first(txn, TABLE_BATCH, span_of(from, after == NULL ? 1 : sizeof(from)), &key, &value);
    if (rc == 0 && key.len != JOURNAL_NAME_SIZE)
        rc = NAVETTE_E_STORE;
    if (rc == 0)
        memcpy(incarnation, key.data, INCARNATION_SIZE);
    if (rc == 0)
        rc = journal_run_row(txn, TABLE_BATCH, incarnation, UINT64_MAX, &first, &value);
    return rc != 0 ? rc : batch_header_decode(value, last) != 0 ? NAVETTE_E_STORE : 0;
}

int journal_seq_upto(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t position, uint64_t *seq)
{
    struct ref ref = {.leaf = 0};
    struct log_head head;
    uint64_t over;
    int rc = journal_head(txn, incarnation, &head);

    *seq = 0;
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    memcpy(ref.incarnation, incarnation, INCARNATION_SIZE);
    over = head.seq + 1;
    while (*seq + 1 < over) {
        struct journal_run run;

        ref.seq = *seq + (over - *seq) / 2;
        rc = journal_run_find(txn, incarnation, ref.seq, &run);
        if (rc == 0 && ref.seq - run.first >= run.count)
            rc = NAVETTE_E_STORE;
        if (rc != 0)
            return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
        if (run.position + (ref.seq - run.first) <= position)
            *seq = ref.seq;
        else
            over = ref.seq;
    }
    return 0;
}
