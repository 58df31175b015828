/* SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "navette/chain.h"
#include "navette/journal_stub.h"
#include "navette/rekey.h"

static int leaf_of(struct store_txn *txn, const struct batch_header *header, uint64_t seq, uint8_t leaf[HASH_SIZE])
{
    struct ref ref = {.seq = seq};
    struct journal_entry entry;
    int rc;

    memcpy(ref.incarnation, header->incarnation, INCARNATION_SIZE);
    rc = journal_find(txn, &ref, &entry);
    if (rc == NAVETTE_E_PRUNED)
        return journal_stub_leaf(&entry, leaf);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_GAP : rc;
    chain_leaf(header->salt, header->incarnation, seq, entry.event, leaf);
    return chain_leaf_prefix(leaf) == entry.self.leaf ? 0 : NAVETTE_E_CHAIN;
}

int journal_hash_at(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, uint8_t hash[HASH_SIZE])
{
    struct batch_header header;
    uint8_t leaf[HASH_SIZE];
    int rc;

    memset(hash, 0, HASH_SIZE);
    if (seq == 0)
        return 0;
    rc = journal_batch(txn, incarnation, seq, &header);
    if (rc != 0)
        return rc;
    if (header.count > 0 && seq == header.first_seq + header.count - 1) {
        memcpy(hash, header.head, HASH_SIZE);
        return 0;
    }
    memcpy(hash, header.previous, HASH_SIZE);
    for (uint64_t at = header.first_seq; at <= seq; at++) {
        rc = leaf_of(txn, &header, at, leaf);
        if (rc != 0)
            return rc == NAVETTE_E_GAP ? NAVETTE_E_NOT_FOUND : rc;
        chain_next(hash, leaf, hash);
    }
    return 0;
}

/* One batch of `count` entries; `hash` goes from the chain before it to the chain after it. *at: the number being checked. */
static int verify_batch(struct store_txn *txn, const struct batch_header *header, uint32_t count, const uint8_t sign_key[KEY_SIZE],
                        const struct rekey_past *past, uint8_t *leaves, uint8_t hash[HASH_SIZE], uint64_t *at)
{
    uint8_t root[HASH_SIZE];

    *at = header->first_seq;
    if (memcmp(header->previous, hash, HASH_SIZE) != 0)
        return NAVETTE_E_CHAIN;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *leaf = leaves + i * HASH_SIZE;
        int rc;

        *at = header->first_seq + i;
        rc = leaf_of(txn, header, *at, leaf);
        if (rc != 0)
            return rc;
        chain_next(hash, leaf, hash);
    }
    if (header->count == 0)
        return 0;
    chain_root(leaves, count, root);
    if (memcmp(hash, header->head, HASH_SIZE) != 0 || memcmp(root, header->root, HASH_SIZE) != 0)
        return NAVETTE_E_CHAIN;
    return rekey_signed(header, sign_key, past) ? 0 : NAVETTE_E_SIGNATURE;
}

int journal_verify(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], const uint8_t sign_key[KEY_SIZE], uint64_t *checked)
{
    const struct rekey_past none = {.count = 0};

    return journal_verify_keys(txn, incarnation, sign_key, &none, checked);
}

int journal_verify_keys(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], const uint8_t sign_key[KEY_SIZE],
                        const struct rekey_past *past, uint64_t *checked)
{
    uint8_t hash[HASH_SIZE] = {0};
    struct batch_header header;
    struct log_head head;
    uint8_t *leaves;
    uint64_t next = 1;
    int rc;

    *checked = 0;
    rc = journal_head(txn, incarnation, &head);
    if (rc != 0)
        return rc;
    leaves = malloc((size_t)LIMIT_BATCH_EVENTS * HASH_SIZE);
    if (leaves == NULL)
        return NAVETTE_E_MEMORY;
    while (next <= head.seq && rc == 0) {
        uint64_t count;

        rc = journal_batch(txn, incarnation, next, &header);
        if (rc != 0) {
            rc = rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_GAP : rc;
            break;
        }
        count = header.count > 0 ? header.count : head.seq - header.first_seq + 1;
        rc = NAVETTE_E_CHAIN;
        if (header.first_seq == next && count <= LIMIT_BATCH_EVENTS && next + count - 1 <= head.seq)
            rc = verify_batch(txn, &header, (uint32_t)count, sign_key, past, leaves, hash, &next);
        if (rc == 0)
            next = header.first_seq + count;
    }
    if (rc == 0 && memcmp(hash, head.hash, HASH_SIZE) != 0) {
        rc = NAVETTE_E_CHAIN;
        next = head.seq;
    }
    free(leaves);
    *checked = rc == 0 ? head.seq : next;
    return rc;
}
