/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/journal_stub.h"

#include <sodium.h>
#include <string.h>

#include "log/journal_run.h"
#include "navette/adopted.h"
#include "navette/chain.h"
#include "navette/damage.h"
#include "navette/event.h"
#include "navette/frame.h"
#include "navette/hlc.h"
#include "navette/journal_want.h"

#define PROOF_SIZE 24u
#define KIND_AT (ENTRY_HEAD_SIZE + 2u)
#define PROOF_AT (KIND_AT + 1u)
#define CLOCK_AT (PROOF_AT + PROOF_SIZE)
#define CRC_SIZE 4u
#define SEQ_AT INCARNATION_SIZE
#define SPAN_MAX_MS UINT64_C(0xffffffffffff) /* what six bytes hold */
#define UNTIMED 0x80u /* with the proof's kind: no hub had timed it, the row has its own clock's time, as journal_moment() */

#define PRUNED_NAME "pruned"
#define PRUNED_SIZE 24u

_Static_assert(CLOCK_AT + CRC_SIZE == STUB_SIZE_1, "the size of a stub's row, first version");
_Static_assert(CLOCK_AT + 20u + CRC_SIZE == STUB_SIZE, "the size of a stub's row");

static void write_u48(uint8_t *to, uint64_t value)
{
    write_u16(to, (uint16_t)(value >> 32));
    write_u32(to + 2, (uint32_t)value);
}

static uint64_t read_u48(const uint8_t *from)
{
    return (uint64_t)read_u16(from) << 32 | read_u32(from + 2);
}

static int is_sound(struct span row)
{
    return crc32c(0, span_of(row.data, row.len - CRC_SIZE)) == read_u32(row.data + row.len - CRC_SIZE);
}

int journal_stub_decode(struct span value, struct journal_entry *entry)
{
    /* Never by what an event's author chooses, as its length and its bytes are: a row without a mark is an event. */
    if (value.len < ENTRY_HEAD_SIZE || read_u64(value.data + SEQ_AT) <= JOURNAL_SEQ_MAX)
        return 0;
    if (value.len != STUB_SIZE && value.len != STUB_SIZE_1)
        return NAVETTE_E_STORE;
    entry->self.seq &= JOURNAL_SEQ_MAX;
    entry->event = span_of("", 0);
    if (is_sound(value))
        entry->stub = value;
    return NAVETTE_E_PRUNED;
}

static uint8_t known_by(const struct journal_entry *stub)
{
    return stub->stub.len == 0 ? 0 : stub->stub.data[KIND_AT] & (uint8_t)~UNTIMED;
}

int journal_stub_leaf(const struct journal_entry *stub, uint8_t leaf[HASH_SIZE])
{
    if (known_by(stub) != STUB_LEAF)
        return NAVETTE_E_PRUNED;
    write_u64(leaf, stub->self.leaf);
    memcpy(leaf + 8, stub->stub.data + PROOF_AT, PROOF_SIZE);
    return 0;
}

int journal_stub_clock(const struct journal_entry *stub, struct stub_clock *clock)
{
    const uint8_t *at = stub->stub.data + CLOCK_AT;

    if (stub->stub.len != STUB_SIZE)
        return NAVETTE_E_PRUNED;
    *clock = (struct stub_clock){.boot = read_u64(at), .boottime_ms = read_u48(at + 8), .written_ms = (int64_t)read_u48(at + 14)};
    return 0;
}

size_t journal_stub_length(const struct journal_entry *stub)
{
    return stub->stub.len > 0 ? read_u16(stub->stub.data + ENTRY_HEAD_SIZE) : 0;
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

/* NAVETTE_E_INVALID: it can't be read, or would be written otherwise. */
static int note_clock(struct span bytes, uint8_t *to)
{
    struct event event;
    int rc = event_decode(bytes, &event);

    if (rc == 0 && event.body->boottime_ms > SPAN_MAX_MS)
        rc = NAVETTE_E_INVALID;
    if (rc == 0) {
        write_u64(to, event.body->boot);
        write_u48(to + 8, event.body->boottime_ms);
        write_u48(to + 14, (uint64_t)hlc_ms(event.body->hlc));
    }
    event_free(&event);
    return rc == 0 || rc == NAVETTE_E_MEMORY ? rc : NAVETTE_E_INVALID;
}

static int may_be_stub(struct store_txn *txn, const struct journal_entry *entry)
{
    int apart;

    if (entry->event.len < STUB_LEAST || entry->event.len > UINT16_MAX || entry->self.seq > JOURNAL_SEQ_MAX || entry->again != 0)
        return 0;
    apart = is_apart(txn, entry);
    return apart < 0 ? apart : !apart;
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
    rc = may_be_stub(txn, &entry);
    if (rc <= 0)
        return rc < 0 ? rc : NAVETTE_E_INVALID;
    rc = prove(txn, &entry.self, entry.event, &value[KIND_AT], value + PROOF_AT);
    if (rc == 0)
        rc = note_clock(entry.event, value + CLOCK_AT);
    if (rc != 0)
        return rc;
    freed = entry.event.len;
    head = entry;
    if (entry.received_ms == 0) {
        rc = journal_moment(txn, position, &head.received_ms);
        if (rc != 0)
            return rc;
        value[KIND_AT] |= UNTIMED;
    }
    head.self.seq |= JOURNAL_SEQ_MARKS;
    head.event = span_of("", 0);
    journal_entry_encode(&head, value);
    write_u16(value + ENTRY_HEAD_SIZE, (uint16_t)freed);
    write_u32(value + STUB_SIZE - CRC_SIZE, crc32c(0, span_of(value, STUB_SIZE - CRC_SIZE)));
    write_u64(key, position);
    rc = store_put(txn, TABLE_ENTRY, span_of(key, sizeof(key)), span_of(value, sizeof(value)));
    return rc != 0 ? rc : add_pruned(txn, 1, (int64_t)freed, now_ms);
}

/* By its leaf alone, where its batch is known. */
static int may_be_it(struct store_txn *txn, const struct ref *self, struct span event)
{
    uint8_t proof[PROOF_SIZE];
    uint8_t kind;
    int rc = prove(txn, self, event, &kind, proof);

    return rc == NAVETTE_E_INVALID ? NAVETTE_E_CHAIN : rc;
}

static int is_what_was(struct store_txn *txn, const struct journal_entry *stub, struct span event)
{
    uint8_t proof[PROOF_SIZE];
    uint8_t kind = 0;
    int rc = 0;

    if (stub->stub.len == 0)
        return may_be_it(txn, &stub->self, event);
    if (event.len != journal_stub_length(stub))
        return NAVETTE_E_CHAIN;
    if (known_by(stub) == STUB_DIGEST)
        digest_of(&stub->self, event, proof);
    else
        rc = prove(txn, &stub->self, event, &kind, proof);
    if (rc != 0 || (known_by(stub) != STUB_DIGEST && kind != STUB_LEAF))
        return rc == 0 || rc == NAVETTE_E_INVALID ? NAVETTE_E_CHAIN : rc;
    return memcmp(proof, stub->stub.data + PROOF_AT, PROOF_SIZE) == 0 ? 0 : NAVETTE_E_CHAIN;
}

/* What a disk did is told where all of that is. By the time of the newest entry, the only one that is known here. */
static int put_aside(struct store_txn *txn, const struct ref *self, uint64_t position)
{
    struct damage damage = {.kind = DAMAGE_ENTRY, .mended = 1};
    uint8_t key[8];
    uint64_t tail;
    int rc = journal_tail(txn, &tail);

    memcpy(damage.self.incarnation, self->incarnation, INCARNATION_SIZE);
    damage.self.seq = self->seq;
    write_u64(key, position);
    if (rc == 0)
        rc = journal_moment(txn, tail, &damage.found_ms);
    if (rc == 0)
        rc = store_get(txn, TABLE_ENTRY, span_of(key, sizeof(key)), &damage.bytes);
    return rc == 0 ? damage_keep(txn, &damage) : rc;
}

/* Of a damaged one only its name and its place are believed. */
static int restore_head(struct journal_entry *entry)
{
    struct event event;
    int rc;

    if (entry->stub.len > 0) {
        if (entry->stub.data[KIND_AT] & UNTIMED)
            entry->received_ms = 0;
        return 0;
    }
    entry->received_ms = 0;
    rc = event_decode(entry->event, &event);
    if (rc == 0)
        entry->scope_mask = event_scope_mask(event.body);
    event_free(&event);
    return rc == 0 || rc == NAVETTE_E_MEMORY ? rc : NAVETTE_E_CHAIN;
}

int journal_stub_mended(struct store_txn *txn, uint64_t position, size_t len)
{
    int rc = journal_unwant(txn, position);

    return rc != 0 ? rc : add_pruned(txn, -1, -(int64_t)len, 0);
}

int journal_unprune(struct store_txn *txn, const struct ref *self, struct span event)
{
    uint8_t value[ENTRY_HEAD_SIZE + LIMIT_ENTRY_BYTES];
    struct journal_entry entry;
    uint8_t key[8];
    int rc = event.len > LIMIT_ENTRY_BYTES ? NAVETTE_E_CHAIN : journal_row_at(txn, self, &entry);

    if (rc != NAVETTE_E_PRUNED)
        return rc == 0 ? NAVETTE_E_EXISTS : rc;
    if (entry.stub.len == 0)
        entry.self.leaf = self->leaf;
    if (entry.self.leaf != self->leaf)
        return NAVETTE_E_CHAIN;
    rc = is_what_was(txn, &entry, event);
    if (rc != 0)
        return rc;
    entry.event = event;
    rc = restore_head(&entry);
    if (rc == 0 && entry.stub.len == 0)
        rc = put_aside(txn, self, entry.position);
    if (rc != 0)
        return rc;
    write_u64(key, entry.position);
    journal_entry_encode(&entry, value);
    rc = store_put(txn, TABLE_ENTRY, span_of(key, sizeof(key)), span_of(value, ENTRY_HEAD_SIZE + event.len));
    return rc != 0 ? rc : journal_stub_mended(txn, entry.position, event.len);
}

int journal_next_stub(struct store_txn *txn, uint64_t after, struct journal_entry *stub)
{
    struct journal_scan scan;
    int rc = journal_scan_open(txn, after + 1, &scan);

    /* One that came again has its bytes elsewhere. */
    while (rc == 0 || (rc == NAVETTE_E_PRUNED && stub->again != 0))
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

int journal_stub_is_row(struct span key)
{
    return span_equal(key, span_of_string(PRUNED_NAME)) || journal_want_is_row(key);
}

int journal_copy_stub(struct store_txn *to, struct journal_entry *stub)
{
    uint8_t value[STUB_SIZE];
    uint8_t key[8];
    size_t size = stub->stub.len;
    int64_t len;
    int rc;

    if (size == 0)
        return NAVETTE_E_INVALID;
    memcpy(value, stub->stub.data, size);
    len = (int64_t)journal_stub_length(stub);
    stub->event = span_of("", 0);
    rc = journal_append(to, stub);
    if (rc != 0)
        return rc;
    write_u64(key, stub->position);
    rc = store_put(to, TABLE_ENTRY, span_of(key, sizeof(key)), span_of(value, size));
    return rc != 0 ? rc : add_pruned(to, 1, len, stub->received_ms);
}
