/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/journal_stub.h"

#include <sodium.h>
#include <string.h>

#include "log/journal_run.h"
#include "navette/adopted.h"
#include "navette/chain.h"
#include "navette/frame.h"

#define PROOF_SIZE 24u
#define PROOF_AT (ENTRY_HEAD_SIZE + 3u)
#define CRC_AT (PROOF_AT + PROOF_SIZE)
#define SEQ_AT INCARNATION_SIZE
#define STUB_BIT UINT64_C(0x8000000000000000)
#define UNTIMED 0x80u /* with the proof's kind: no hub had timed it, the row has its own clock's time, as journal_moment() */

#define PRUNED_NAME "pruned"
#define PRUNED_SIZE 24u
#define WANT_NAME "want"
#define WANT_NAME_SIZE 4u
#define WANT_KEY (WANT_NAME_SIZE + 8u)

_Static_assert(CRC_AT + 4u == STUB_SIZE, "the size of a stub's row");

int journal_stub_decode(struct span value, struct journal_entry *entry)
{
    if (value.len < ENTRY_HEAD_SIZE || (read_u64(value.data + SEQ_AT) & STUB_BIT) == 0)
        return 0;
    if (value.len != STUB_SIZE || crc32c(0, span_of(value.data, CRC_AT)) != read_u32(value.data + CRC_AT))
        return NAVETTE_E_STORE;
    entry->self.seq &= ~STUB_BIT;
    entry->stub = value;
    entry->event = span_of("", 0);
    return NAVETTE_E_PRUNED;
}

int journal_stub_leaf(const struct journal_entry *stub, uint8_t leaf[HASH_SIZE])
{
    if (stub->stub.len != STUB_SIZE || (stub->stub.data[ENTRY_HEAD_SIZE + 2] & ~UNTIMED) != STUB_LEAF)
        return NAVETTE_E_PRUNED;
    write_u64(leaf, stub->self.leaf);
    memcpy(leaf + 8, stub->stub.data + PROOF_AT, PROOF_SIZE);
    return 0;
}

size_t journal_stub_length(const struct journal_entry *stub)
{
    return stub->stub.len == STUB_SIZE ? read_u16(stub->stub.data + ENTRY_HEAD_SIZE) : 0;
}

static void digest_of(const struct ref *self, struct span event, uint8_t proof[PROOF_SIZE])
{
    crypto_generichash_state state;
    uint8_t seq[8];

    write_u64(seq, self->seq);
    crypto_generichash_init(&state, NULL, 0, PROOF_SIZE);
    crypto_generichash_update(&state, (const uint8_t *)"navette stub v1", 15);
    crypto_generichash_update(&state, self->incarnation, INCARNATION_SIZE);
    crypto_generichash_update(&state, seq, sizeof(seq));
    crypto_generichash_update(&state, event.data, event.len);
    crypto_generichash_final(&state, proof, PROOF_SIZE);
}

/* By what these bytes are known here. */
static int prove(struct store_txn *txn, const struct ref *self, struct span event, uint8_t *kind, uint8_t proof[PROOF_SIZE])
{
    struct batch_header header;
    uint8_t leaf[HASH_SIZE];
    int rc = journal_batch(txn, self->incarnation, self->seq, &header);

    if (rc == NAVETTE_E_NOT_FOUND) {
        *kind = STUB_DIGEST;
        digest_of(self, event, proof);
        return 0;
    }
    if (rc != 0)
        return rc;
    if (header.count == 0)
        return NAVETTE_E_INVALID;
    chain_leaf(header.salt, self->incarnation, self->seq, event, leaf);
    *kind = STUB_LEAF;
    memcpy(proof, leaf + 8, PROOF_SIZE);
    return chain_leaf_prefix(leaf) == self->leaf ? 0 : NAVETTE_E_CHAIN;
}

static int add_pruned(struct store_txn *txn, int64_t entries, int64_t bytes, int64_t now_ms)
{
    struct journal_pruned pruned;
    uint8_t value[PRUNED_SIZE];
    int rc = journal_pruned(txn, &pruned);

    if (rc != 0)
        return rc;
    if (entries > 0 && pruned.entries == 0)
        pruned.since_ms = now_ms;
    pruned.entries = entries < 0 && pruned.entries < (uint64_t)-entries ? 0 : pruned.entries + (uint64_t)entries;
    pruned.bytes = bytes < 0 && pruned.bytes < (uint64_t)-bytes ? 0 : pruned.bytes + (uint64_t)bytes;
    if (pruned.entries == 0)
        pruned = (struct journal_pruned){.entries = 0};
    write_u64(value, pruned.entries);
    write_u64(value + 8, pruned.bytes);
    write_u64(value + 16, (uint64_t)pruned.since_ms);
    return store_put(txn, TABLE_LOCAL, span_of_string(PRUNED_NAME), span_of(value, sizeof(value)));
}

int journal_pruned(struct store_txn *txn, struct journal_pruned *pruned)
{
    struct span value;
    int rc = store_get(txn, TABLE_LOCAL, span_of_string(PRUNED_NAME), &value);

    memset(pruned, 0, sizeof(*pruned));
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    if (value.len != PRUNED_SIZE)
        return NAVETTE_E_STORE;
    pruned->entries = read_u64(value.data);
    pruned->bytes = read_u64(value.data + 8);
    pruned->since_ms = (int64_t)read_u64(value.data + 16);
    return 0;
}

/* An entry that stands apart from its log, or that holds one which does. */
static int is_apart(struct store_txn *txn, const struct journal_entry *entry)
{
    struct journal_entry inside = *entry;
    uint64_t position;
    int rc = adopted_open(&inside);

    if (rc == 0 && ref_compare(&inside.self, &entry->self) != 0)
        return 1;
    rc = rc == 0 ? journal_apart(txn, &entry->self, &position) : rc;
    return rc == 0 ? 1 : rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int journal_prune(struct store_txn *txn, uint64_t position, int64_t now_ms)
{
    uint8_t value[STUB_SIZE];
    struct journal_entry entry;
    struct journal_entry head;
    uint8_t key[8];
    size_t freed;
    int rc = journal_read_raw(txn, position, &entry);

    if (rc != 0)
        return rc == NAVETTE_E_PRUNED ? NAVETTE_E_EXISTS : rc;
    if (entry.event.len < STUB_LEAST || entry.event.len > UINT16_MAX || (entry.self.seq & STUB_BIT) != 0)
        return NAVETTE_E_INVALID;
    rc = is_apart(txn, &entry);
    if (rc != 0)
        return rc < 0 ? rc : NAVETTE_E_INVALID;
    rc = prove(txn, &entry.self, entry.event, &value[ENTRY_HEAD_SIZE + 2], value + PROOF_AT);
    if (rc != 0)
        return rc;
    freed = entry.event.len;
    head = entry;
    if (entry.received_ms == 0) {
        rc = journal_moment(txn, position, &head.received_ms);
        if (rc != 0)
            return rc;
        value[ENTRY_HEAD_SIZE + 2] |= UNTIMED;
    }
    head.self.seq |= STUB_BIT;
    head.event = span_of("", 0);
    journal_entry_encode(&head, value);
    write_u16(value + ENTRY_HEAD_SIZE, (uint16_t)freed);
    write_u32(value + CRC_AT, crc32c(0, span_of(value, CRC_AT)));
    write_u64(key, position);
    rc = store_put(txn, TABLE_ENTRY, span_of(key, sizeof(key)), span_of(value, sizeof(value)));
    return rc != 0 ? rc : add_pruned(txn, 1, (int64_t)freed, now_ms);
}

static int is_what_was(struct store_txn *txn, const struct journal_entry *stub, struct span event)
{
    const uint8_t *rest = stub->stub.data + ENTRY_HEAD_SIZE;
    uint8_t known_by = rest[2] & (uint8_t)~UNTIMED;
    uint8_t proof[PROOF_SIZE];
    uint8_t kind = 0;
    int rc = 0;

    if (event.len != read_u16(rest))
        return NAVETTE_E_CHAIN;
    if (known_by == STUB_DIGEST)
        digest_of(&stub->self, event, proof);
    else
        rc = prove(txn, &stub->self, event, &kind, proof);
    if (rc != 0 || (known_by != STUB_DIGEST && kind != STUB_LEAF))
        return rc == 0 || rc == NAVETTE_E_INVALID ? NAVETTE_E_CHAIN : rc;
    return memcmp(proof, stub->stub.data + PROOF_AT, PROOF_SIZE) == 0 ? 0 : NAVETTE_E_CHAIN;
}

int journal_unprune(struct store_txn *txn, const struct ref *self, struct span event)
{
    uint8_t value[ENTRY_HEAD_SIZE + LIMIT_ENTRY_BYTES];
    struct journal_entry entry;
    uint8_t key[8];
    int rc = event.len > LIMIT_ENTRY_BYTES ? NAVETTE_E_CHAIN : journal_row_at(txn, self, &entry);

    if (rc != NAVETTE_E_PRUNED)
        return rc == 0 ? NAVETTE_E_EXISTS : rc;
    if (entry.self.leaf != self->leaf)
        return NAVETTE_E_CHAIN;
    rc = is_what_was(txn, &entry, event);
    if (rc != 0)
        return rc;
    entry.event = event;
    if (entry.stub.data[ENTRY_HEAD_SIZE + 2] & UNTIMED)
        entry.received_ms = 0;
    write_u64(key, entry.position);
    journal_entry_encode(&entry, value);
    rc = store_put(txn, TABLE_ENTRY, span_of(key, sizeof(key)), span_of(value, ENTRY_HEAD_SIZE + event.len));
    if (rc == 0)
        rc = journal_unwant(txn, entry.position);
    return rc != 0 ? rc : add_pruned(txn, -1, -(int64_t)event.len, 0);
}

int journal_next_stub(struct store_txn *txn, uint64_t after, struct journal_entry *stub)
{
    struct journal_scan scan;
    int rc = journal_scan_open(txn, after + 1, &scan);

    while (rc == 0)
        rc = journal_scan_next(&scan, stub);
    journal_scan_close(&scan);
    return rc == NAVETTE_E_PRUNED ? 0 : rc;
}

int journal_none_pruned(struct store_txn *txn)
{
    struct journal_pruned pruned;
    struct journal_entry stub;
    int rc = journal_pruned(txn, &pruned);

    if (rc == 0)
        rc = pruned.entries == 0 ? 0 : journal_next_stub(txn, 0, &stub);
    if (rc != NAVETTE_E_NOT_FOUND)
        return rc;
    rc = store_del(txn, TABLE_LOCAL, span_of_string(PRUNED_NAME));
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* ---- what is wanted */

static struct span want_key(uint64_t position, uint8_t key[WANT_KEY])
{
    memcpy(key, WANT_NAME, WANT_NAME_SIZE);
    write_u64(key + WANT_NAME_SIZE, position);
    return span_of(key, WANT_KEY);
}

int journal_want(struct store_txn *txn, uint64_t position)
{
    struct journal_entry entry;
    uint8_t key[WANT_KEY];
    int rc = journal_read_raw(txn, position, &entry);

    if (rc != NAVETTE_E_PRUNED)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    return store_put(txn, TABLE_LOCAL, want_key(position, key), span_of("", 0));
}

int journal_wanted(struct store_txn *txn, uint64_t after, uint64_t *position)
{
    uint8_t key[WANT_KEY];
    struct span found;
    struct span value;
    int rc = after == UINT64_MAX ? NAVETTE_E_NOT_FOUND : store_first(txn, TABLE_LOCAL, want_key(after + 1, key), &found, &value);

    if (rc == 0 && (found.len != WANT_KEY || memcmp(found.data, WANT_NAME, WANT_NAME_SIZE) != 0))
        rc = NAVETTE_E_NOT_FOUND;
    if (rc == 0)
        *position = read_u64(found.data + WANT_NAME_SIZE);
    return rc;
}

int journal_unwant(struct store_txn *txn, uint64_t position)
{
    uint8_t key[WANT_KEY];
    int rc = store_del(txn, TABLE_LOCAL, want_key(position, key));

    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int journal_stub_is_row(struct span key)
{
    return span_equal(key, span_of_string(PRUNED_NAME)) || (key.len == WANT_KEY && memcmp(key.data, WANT_NAME, WANT_NAME_SIZE) == 0);
}

int journal_copy_stub(struct store_txn *to, struct journal_entry *stub)
{
    uint8_t value[STUB_SIZE];
    uint8_t key[8];
    int64_t len;
    int rc;

    if (stub->stub.len != STUB_SIZE)
        return NAVETTE_E_INVALID;
    memcpy(value, stub->stub.data, STUB_SIZE);
    len = (int64_t)journal_stub_length(stub);
    stub->event = span_of("", 0);
    rc = journal_append(to, stub);
    if (rc != 0)
        return rc;
    write_u64(key, stub->position);
    rc = store_put(to, TABLE_ENTRY, span_of(key, sizeof(key)), span_of(value, sizeof(value)));
    return rc != 0 ? rc : add_pruned(to, 1, len, stub->received_ms);
}
