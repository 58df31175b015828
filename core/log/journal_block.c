/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/journal_block.h"

#include <sodium.h>
#include <string.h>

#include "log/journal_run.h"
#include "navette/event.h"
#include "navette/journal_stub.h"

#define NOT_HELD UINT32_C(0xffffffff)
#define DAMAGED UINT32_C(0xfffffffe)

/* Which run a number stands in is asked once for all that follow. */
struct rows {
    struct store_txn *txn;
    const uint8_t *incarnation;
    struct journal_run run;
    int known;
};

static int run_of(struct rows *rows, uint64_t seq)
{
    int rc = 0;

    if (!rows->known || seq < rows->run.first || seq - rows->run.first >= rows->run.count) {
        rc = journal_run_find(rows->txn, rows->incarnation, seq, &rows->run);
        rows->known = rc == 0;
    }
    return rc == 0 && seq - rows->run.first >= rows->run.count ? NAVETTE_E_NOT_FOUND : rc;
}

static int read_row(struct rows *rows, uint64_t seq, struct journal_entry *entry)
{
    struct span value;
    uint8_t key[8];
    int rc = run_of(rows, seq);

    if (rc != 0)
        return rc;
    entry->position = rows->run.position + (seq - rows->run.first);
    write_u64(key, entry->position);
    rc = store_get(rows->txn, TABLE_ENTRY, span_of(key, sizeof(key)), &value);
    if (rc == NAVETTE_E_NOT_FOUND)
        value = span_of("", 0);
    else if (rc != 0)
        return rc;
    rc = journal_row_open(rows->txn, entry->position, value, entry);
    if ((rc != 0 && rc != NAVETTE_E_PRUNED) || (rc == NAVETTE_E_PRUNED && entry->stub.len == 0)) {
        memset(&entry->self, 0, sizeof(entry->self));
        entry->received_ms = 0;
        entry->scope_mask = UINT64_MAX;
        entry->event = value;
        rc = NAVETTE_E_CHAIN;
    } else if (entry->self.seq != seq || memcmp(entry->self.incarnation, rows->incarnation, INCARNATION_SIZE) != 0) {
        rc = NAVETTE_E_CHAIN;
    }
    memcpy(entry->self.incarnation, rows->incarnation, INCARNATION_SIZE);
    entry->self.seq = seq;
    return rc;
}

int journal_row(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, struct journal_entry *entry)
{
    struct rows rows = {.txn = txn, .incarnation = incarnation};

    return read_row(&rows, seq, entry);
}

static void take_number(crypto_generichash_state *state, uint64_t number, size_t size)
{
    uint8_t bytes[8];

    write_u64(bytes, number);
    crypto_generichash_update(state, bytes + sizeof(bytes) - size, size);
}

/* The seal of the batch that begins at this number, if one does. */
static int take_seal(struct store_txn *txn, crypto_generichash_state *state, const struct journal_span *span, uint64_t seq)
{
    static const uint8_t open[4];
    uint8_t key[JOURNAL_NAME_SIZE];
    struct span value;
    int rc;

    journal_run_key(span->incarnation, seq, key);
    rc = store_get(txn, TABLE_BATCH, span_of(key, sizeof(key)), &value);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    if (value.len == BATCH_HEADER_SIZE && memcmp(value.data + INCARNATION_SIZE + 8, open, sizeof(open)) != 0)
        crypto_generichash_update(state, value.data, value.len);
    return 0;
}

int journal_digest(struct store_txn *txn, const struct journal_span *span, uint8_t digest[COMPARE_DIGEST_SIZE])
{
    struct rows rows = {.txn = txn, .incarnation = span->incarnation};
    uint8_t hash[HASH_SIZE];
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
    crypto_generichash_update(&state, (const uint8_t *)"navette block v1", 16);
    crypto_generichash_update(&state, span->incarnation, INCARNATION_SIZE);
    take_number(&state, span->first, 8);
    take_number(&state, span->count, 4);
    for (uint32_t i = 0; i < span->count; i++) {
        struct journal_entry entry;
        int rc = read_row(&rows, span->first + i, &entry);

        if (rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_CHAIN || rc == NAVETTE_E_PRUNED) {
            take_number(&state, rc == NAVETTE_E_CHAIN ? DAMAGED : NOT_HELD, 4);
            continue;
        }
        if (rc != 0)
            return rc;
        take_number(&state, entry.event.len, 4);
        take_number(&state, entry.self.leaf, 8);
        crypto_generichash_update(&state, entry.event.data, entry.event.len);
        rc = span->sealed ? take_seal(txn, &state, span, entry.self.seq) : 0;
        if (rc != 0)
            return rc;
    }
    crypto_generichash_final(&state, hash, HASH_SIZE);
    memcpy(digest, hash, COMPARE_DIGEST_SIZE);
    return 0;
}

void journal_digest_root(const uint8_t (*digests)[COMPARE_DIGEST_SIZE], size_t count, uint8_t root[COMPARE_DIGEST_SIZE])
{
    uint8_t hash[HASH_SIZE];
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
    crypto_generichash_update(&state, (const uint8_t *)"navette root v1", 15);
    for (size_t i = 0; i < count; i++)
        crypto_generichash_update(&state, digests[i], COMPARE_DIGEST_SIZE);
    crypto_generichash_final(&state, hash, HASH_SIZE);
    memcpy(root, hash, COMPARE_DIGEST_SIZE);
}

/* The first run that begins behind this name. */
static int next_run(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, struct journal_span *span,
                    uint32_t *count)
{
    uint8_t key[JOURNAL_NAME_SIZE + 1] = {0};
    struct span found;
    struct span value;
    int rc;

    journal_run_key(incarnation, seq, key);
    rc = store_first(txn, TABLE_RUN, span_of(key, sizeof(key)), &found, &value);
    if (rc == 0 && (found.len != JOURNAL_NAME_SIZE || value.len != 12))
        rc = NAVETTE_E_STORE;
    if (rc == 0) {
        memcpy(span->incarnation, found.data, INCARNATION_SIZE);
        span->first = read_u64(found.data + INCARNATION_SIZE);
        *count = read_u32(value.data + 8);
    }
    return rc;
}

static int next_span(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, uint32_t most,
                     struct journal_span *span)
{
    struct journal_run run;
    uint32_t count;
    uint64_t room;
    int rc = seq == UINT64_MAX ? NAVETTE_E_NOT_FOUND : journal_run_find(txn, incarnation, seq + 1, &run);

    if (rc == 0 && seq + 1 - run.first < run.count) {
        memcpy(span->incarnation, incarnation, INCARNATION_SIZE);
        span->first = seq + 1;
        count = run.count - (uint32_t)(span->first - run.first);
    } else if (rc == 0 || rc == NAVETTE_E_NOT_FOUND) {
        rc = next_run(txn, incarnation, seq, span, &count);
    }
    if (rc != 0)
        return rc;
    room = JOURNAL_BLOCK - (span->first - 1) % JOURNAL_BLOCK;
    room = room < most ? room : most;
    /* What follows at once may stand elsewhere: it is the same span to whoever has it in one piece. */
    while (count < room && journal_run_find(txn, span->incarnation, span->first + count, &run) == 0 &&
           span->first + count - run.first < run.count)
        count += run.count - (uint32_t)(span->first + count - run.first);
    span->count = count < room ? count : (uint32_t)room;
    span->sealed = 0;
    return 0;
}

/* How many from the first on are stubs, or are none. */
static int count_alike(struct store_txn *txn, const struct journal_span *span, int stubs, uint32_t *count)
{
    struct rows rows = {.txn = txn, .incarnation = span->incarnation};

    for (*count = 0; *count < span->count; ++*count) {
        struct journal_entry entry;
        int rc = read_row(&rows, span->first + *count, &entry);

        if (rc != 0 && rc != NAVETTE_E_PRUNED && rc != NAVETTE_E_CHAIN)
            return rc;
        if ((rc == NAVETTE_E_PRUNED) != stubs)
            break;
    }
    return 0;
}

int journal_next_span(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, uint32_t most,
                      struct journal_span *span)
{
    uint8_t log[INCARNATION_SIZE];
    struct journal_pruned pruned;
    uint32_t passed = 0;
    uint32_t count = 0;
    int rc = journal_pruned(txn, &pruned);

    span->passed = 0;
    if (rc != 0 || pruned.entries == 0)
        return rc != 0 ? rc : next_span(txn, incarnation, seq, most, span);
    memcpy(log, incarnation, INCARNATION_SIZE);
    while ((rc = next_span(txn, log, seq, JOURNAL_BLOCK, span)) == 0) {
        rc = count_alike(txn, span, 1, &count);
        if (rc != 0 || count == 0)
            break;
        memcpy(log, span->incarnation, INCARNATION_SIZE);
        seq = span->first + count - 1;
        passed += count;
        if (passed >= JOURNAL_PASS) {
            span->first = seq;
            span->count = 0;
            span->passed = passed;
            return 0;
        }
    }
    span->passed = passed;
    span->count = span->count < most ? span->count : most;
    if (rc == 0)
        rc = count_alike(txn, span, 0, &count);
    span->count = count;
    return rc;
}

int journal_rewrite(struct store_txn *txn, const struct ref *self, struct span event)
{
    uint8_t value[ENTRY_HEAD_SIZE + LIMIT_ENTRY_BYTES];
    struct journal_entry entry;
    int was_stub = 0;
    uint8_t key[8];
    int rc = event.len > LIMIT_ENTRY_BYTES ? NAVETTE_E_TOO_LARGE : journal_row(txn, self->incarnation, self->seq, &entry);

    if (rc == NAVETTE_E_PRUNED)
        return journal_unprune(txn, self, event);
    if (rc != 0 && rc != NAVETTE_E_CHAIN)
        return rc;
    if (rc == NAVETTE_E_CHAIN) {
        struct journal_entry stub;
        struct event body;
        struct span row;

        if (event_decode(event, &body) == 0)
            entry.scope_mask = event_scope_mask(body.body);
        event_free(&body);
        write_u64(key, entry.position);
        was_stub = store_get(txn, TABLE_ENTRY, span_of(key, sizeof(key)), &row) == 0 &&
                   journal_entry_decode(entry.position, row, &stub) == NAVETTE_E_PRUNED;
    }
    entry.self = *self;
    entry.event = event;
    write_u64(key, entry.position);
    journal_entry_encode(&entry, value);
    rc = store_put(txn, TABLE_ENTRY, span_of(key, sizeof(key)), span_of(value, ENTRY_HEAD_SIZE + event.len));
    return rc == 0 && was_stub ? journal_stub_mended(txn, entry.position, event.len) : rc;
}

int journal_rewrite_batch(struct store_txn *txn, const struct batch_header *header)
{
    uint8_t key[JOURNAL_NAME_SIZE];
    uint8_t value[BATCH_HEADER_SIZE];

    journal_run_key(header->incarnation, header->first_seq, key);
    batch_header_encode(header, value);
    return store_put(txn, TABLE_BATCH, span_of(key, sizeof(key)), span_of(value, sizeof(value)));
}
