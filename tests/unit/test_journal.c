/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.h, against a naive list of entries.
 *   - random single entries of several incarnations, out of order and twice: positions without gaps, found by name, read, scanned from anywhere
 *   - journal_append_batch: heads, gaps, batches held already, a chain that does not continue, entries that came another way
 *   - journal_find: the leaf is compared unless 0; journal_entry_decode: every short row is damage
 *   - journal_batch, journal_hash_at: at both ends of each batch and past the last
 *   - journal_verify: sound logs; an event, a header, a head, a signature changed are found where they are; entries missing
 *   - every store call failing in append and append_batch: the same code comes back, and after the abort nothing has changed
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "navette/chain.h"
#include "navette/journal.h"
#include "navette/journal_stub.h"
#include "tests/lib/memstore.h"
#include "tests/lib/sample.h"
#include "tests/lib/seed.h"

#define MODEL 400u

static void random_entry(uint64_t *random, struct journal_entry *entry, uint8_t *bytes)
{
    size_t len = seed_below(random, 40);

    memset(entry, 0, sizeof(*entry));
    memset(entry->self.incarnation, (int)(1 + seed_below(random, 3)), INCARNATION_SIZE);
    entry->self.seq = 1 + seed_below(random, 120);
    entry->self.leaf = 1 + entry->self.seq * 1000 + entry->self.incarnation[0];
    entry->received_ms = (int64_t)seed_next(random);
    entry->scope_mask = seed_next(random);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)seed_next(random);
    entry->event = span_of(bytes, len);
}

static void assert_same_entry(const struct journal_entry *a, const struct journal_entry *b)
{
    assert_true(a->position == b->position);
    assert_int_equal(ref_compare(&a->self, &b->self), 0);
    assert_true(a->received_ms == b->received_ms);
    assert_true(a->scope_mask == b->scope_mask);
    assert_true(span_equal(a->event, b->event));
}

static void check_all(struct store_txn *txn, const struct journal_entry *model, size_t count, uint64_t *random)
{
    struct journal_scan scan;
    struct journal_entry entry;
    uint64_t from = seed_below(random, count + 2);
    uint64_t tail;

    assert_int_equal(journal_tail(txn, &tail), 0);
    assert_true(tail == count);
    for (size_t i = 0; i < count; i++) {
        struct ref ref = model[i].self;

        assert_int_equal(journal_read(txn, i + 1, &entry), 0);
        assert_same_entry(&entry, &model[i]);
        assert_int_equal(journal_find(txn, &ref, &entry), 0);
        assert_same_entry(&entry, &model[i]);
        ref.leaf++;
        assert_int_equal(journal_find(txn, &ref, &entry), NAVETTE_E_NOT_FOUND);
        ref.leaf = 0;
        assert_int_equal(journal_find(txn, &ref, &entry), 0);
        ref.seq += 1000;
        assert_int_equal(journal_find(txn, &ref, &entry), NAVETTE_E_NOT_FOUND);
    }
    assert_int_equal(journal_read(txn, count + 1, &entry), NAVETTE_E_NOT_FOUND);
    assert_int_equal(journal_read(txn, 0, &entry), NAVETTE_E_NOT_FOUND);
    assert_int_equal(journal_scan_open(txn, from, &scan), 0);
    for (uint64_t i = from == 0 ? 1 : from; i <= count; i++) {
        assert_int_equal(journal_scan_next(&scan, &entry), 0);
        assert_same_entry(&entry, &model[i - 1]);
    }
    assert_int_equal(journal_scan_next(&scan, &entry), NAVETTE_E_NOT_FOUND);
    journal_scan_close(&scan);
    journal_scan_close(&scan);
}

static void test_journal_append_equals_model(void **state)
{
    static struct journal_entry model[MODEL];
    static uint8_t bytes[MODEL][40];
    uint64_t random = seed_start();
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    size_t count = 0;
    size_t twice = 0;

    (void)state;
    check_all(txn, model, 0, &random);
    for (int i = 0; i < 700 && count < MODEL; i++) {
        struct journal_entry entry;
        int held = 0;

        random_entry(&random, &entry, bytes[count]);
        for (size_t k = 0; k < count; k++)
            held |= model[k].self.seq == entry.self.seq && model[k].self.incarnation[0] == entry.self.incarnation[0];
        assert_int_equal(journal_append(txn, &entry), held ? NAVETTE_E_EXISTS : 0);
        twice += (size_t)held;
        if (!held) {
            assert_true(entry.position == count + 1);
            model[count++] = entry;
        }
        if (i % 50 == 0)
            check_all(txn, model, count, &random);
    }
    assert_true(twice > 50);
    check_all(txn, model, count, &random);
    memstore_abort(txn);
    memstore_free(store);
}

static void test_journal_append_refuses(void **state)
{
    static uint8_t big[LIMIT_ENTRY_BYTES + 1];
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    struct journal_entry entry = {.event = span_of(big, sizeof(big))};
    uint64_t tail;

    (void)state;
    assert_int_equal(journal_append(txn, &entry), NAVETTE_E_INVALID);
    entry.self.seq = 1;
    assert_int_equal(journal_append(txn, &entry), NAVETTE_E_TOO_LARGE);
    assert_int_equal(journal_tail(txn, &tail), 0);
    assert_true(tail == 0);
    entry.event.len = LIMIT_ENTRY_BYTES;
    assert_int_equal(journal_append(txn, &entry), 0);
    entry.self.seq = JOURNAL_SEQ_MAX + 1;
    assert_int_equal(journal_append(txn, &entry), NAVETTE_E_INVALID);
    entry.self.seq = UINT64_MAX;
    assert_int_equal(journal_append(txn, &entry), NAVETTE_E_INVALID);
    entry.self.seq = JOURNAL_SEQ_MAX;
    assert_int_equal(journal_append(txn, &entry), 0);
    assert_int_equal(journal_append(txn, &entry), NAVETTE_E_EXISTS);
    for (size_t len = 0; len < 48; len++)
        assert_int_equal(journal_entry_decode(1, span_of(big, len), &entry), NAVETTE_E_STORE);
    assert_int_equal(journal_entry_decode(1, span_of(big, 48), &entry), 0);
    memstore_abort(txn);
    memstore_free(store);
}

/* A batch of `count` events of the log, and its header and leaves as batch_verify() gives them. */
struct made {
    Navette__Batch *batch;
    struct batch_header header;
    uint64_t leaves[LIMIT_BATCH_EVENTS];
    uint64_t masks[LIMIT_BATCH_EVENTS];
};

static void make(struct arena *arena, struct sample_log *log, size_t count, struct made *made)
{
    struct span events[LIMIT_BATCH_EVENTS];

    for (size_t i = 0; i < count; i++) {
        events[i] = sample_pack(arena, sample_event(arena, NAVETTE__EVENT__BODY_SEEN_AT, log->seq + i));
        made->masks[i] = log->seq + i;
    }
    made->batch = sample_batch(arena, log, events, count);
    assert_int_equal(batch_verify(made->batch, log->sign_public, &made->header, made->leaves), 0);
}

static int append(struct store_txn *txn, const struct made *made, uint64_t *first)
{
    return journal_append_batch(txn, &made->header, made->batch, made->leaves, made->masks, 1234, first);
}

static void test_journal_append_batch_sequence(void **state)
{
    struct arena *arena = arena_new(8u << 20);
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    struct sample_log log;
    struct sample_log other;
    struct made a;
    struct made b;
    struct made c;
    struct made foreign;
    struct made fork;
    struct log_head head;
    struct journal_entry entry;
    uint64_t first = 0;

    (void)state;
    sample_log_init(&log, 1);
    sample_log_init(&other, 2);
    make(arena, &log, 3, &a);
    make(arena, &log, 1, &b);
    make(arena, &log, 4, &c);
    make(arena, &other, 2, &foreign);
    assert_int_equal(journal_head(txn, log.incarnation, &head), NAVETTE_E_NOT_FOUND);
    assert_int_equal(append(txn, &b, &first), NAVETTE_E_GAP);
    assert_int_equal(append(txn, &a, &first), 0);
    assert_true(first == 1);
    assert_int_equal(append(txn, &a, NULL), NAVETTE_E_EXISTS);
    assert_int_equal(append(txn, &c, NULL), NAVETTE_E_GAP);
    assert_int_equal(append(txn, &foreign, &first), 0);
    assert_true(first == 4);
    /* Another branch after the same three, and one that does not chain. */
    fork = b;
    fork.header.previous[0] ^= 1;
    assert_int_equal(append(txn, &fork, NULL), NAVETTE_E_CHAIN);
    fork = c;
    fork.header.first_seq = 3; /* a part is held */
    assert_int_equal(append(txn, &fork, NULL), NAVETTE_E_GAP);
    fork = c;
    fork.header.count = 3;
    assert_int_equal(append(txn, &fork, NULL), NAVETTE_E_INVALID);
    assert_int_equal(append(txn, &b, &first), 0);
    assert_true(first == 6);
    assert_int_equal(append(txn, &b, NULL), NAVETTE_E_EXISTS);
    assert_int_equal(append(txn, &a, NULL), NAVETTE_E_EXISTS);
    assert_int_equal(journal_head(txn, log.incarnation, &head), 0);
    assert_true(head.seq == 4);
    assert_memory_equal(head.hash, b.header.head, HASH_SIZE);
    /* Entry 7 is there already, from a delta. */
    memset(&entry, 0, sizeof(entry));
    memcpy(entry.self.incarnation, log.incarnation, INCARNATION_SIZE);
    entry.self.seq = 7;
    entry.event = span_of("x", 1);
    assert_int_equal(journal_append(txn, &entry), 0);
    assert_int_equal(append(txn, &c, NULL), NAVETTE_E_GAP);
    assert_int_equal(journal_read(txn, 6, &entry), 0);
    assert_true(entry.self.seq == 4 && entry.self.leaf == b.leaves[0] && entry.scope_mask == 3 && entry.received_ms == 1234);
    memstore_abort(txn);
    memstore_free(store);
    arena_free(arena);
}

static void test_journal_hash_at_every_number(void **state)
{
    struct arena *arena = arena_new(8u << 20);
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    static const size_t sizes[] = {1, 4, 7, 2};
    uint8_t expected[20][HASH_SIZE] = {{0}};
    struct sample_log log;
    struct batch_header header;
    uint8_t hash[HASH_SIZE];
    uint64_t seq = 0;

    (void)state;
    sample_log_init(&log, 3);
    for (size_t i = 0; i < 4; i++) {
        struct made made;

        make(arena, &log, sizes[i], &made);
        for (size_t k = 0; k < sizes[i]; k++) {
            uint8_t leaf[HASH_SIZE];

            seq++;
            chain_leaf(made.header.salt, log.incarnation, seq, span_of(made.batch->events[k].data, made.batch->events[k].len), leaf);
            chain_next(expected[seq - 1], leaf, expected[seq]);
        }
        assert_int_equal(append(txn, &made, NULL), 0);
    }
    for (uint64_t i = 0; i <= seq; i++) {
        assert_int_equal(journal_hash_at(txn, log.incarnation, i, hash), 0);
        assert_memory_equal(hash, expected[i], HASH_SIZE);
        assert_int_equal(journal_batch(txn, log.incarnation, i, &header), i == 0 ? NAVETTE_E_NOT_FOUND : 0);
        if (i > 0)
            assert_true(header.first_seq <= i && i - header.first_seq < header.count);
    }
    assert_int_equal(journal_hash_at(txn, log.incarnation, seq + 1, hash), NAVETTE_E_NOT_FOUND);
    assert_int_equal(journal_batch(txn, log.incarnation, seq + 1, &header), NAVETTE_E_NOT_FOUND);
    assert_int_equal(journal_hash_at(txn, log.node, 1, hash), NAVETTE_E_NOT_FOUND);
    memstore_abort(txn);
    memstore_free(store);
    arena_free(arena);
}

static void flip(struct store_txn *txn, enum store_table table, struct span key, size_t at)
{
    uint8_t bytes[BATCH_HEADER_SIZE + 4096];
    struct span value;

    assert_int_equal(store_get(txn, table, key, &value), 0);
    assert_true(at < value.len && value.len <= sizeof(bytes));
    memcpy(bytes, value.data, value.len);
    bytes[at] ^= 1;
    assert_int_equal(store_put(txn, table, key, span_of(bytes, value.len)), 0);
}

static void test_journal_verify_finds_damage(void **state)
{
    struct arena *arena = arena_new(8u << 20);
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    struct sample_log log;
    struct sample_log stranger;
    struct made made;
    uint64_t checked;
    uint8_t key[INCARNATION_SIZE + 8];

    (void)state;
    sample_log_init(&log, 4);
    sample_log_init(&stranger, 5);
    assert_int_equal(journal_verify(txn, log.incarnation, log.sign_public, &checked), NAVETTE_E_NOT_FOUND);
    for (size_t i = 0; i < 3; i++) {
        make(arena, &log, 5, &made);
        assert_int_equal(append(txn, &made, NULL), 0);
    }
    assert_int_equal(journal_verify(txn, log.incarnation, log.sign_public, &checked), 0);
    assert_true(checked == 15);
    assert_int_equal(memstore_commit(txn), 0);

    txn = memstore_begin_write(store);
    write_u64(key, 8);
    flip(txn, TABLE_ENTRY, span_of(key, 8), 60); /* a byte of event 8 */
    assert_int_equal(journal_verify(txn, log.incarnation, log.sign_public, &checked), NAVETTE_E_CHAIN);
    assert_true(checked == 8);
    memstore_abort(txn);

    txn = memstore_begin_write(store);
    flip(txn, TABLE_ENTRY, span_of(key, 8), 31); /* its leaf in its name */
    assert_int_equal(journal_verify(txn, log.incarnation, log.sign_public, &checked), NAVETTE_E_CHAIN);
    assert_true(checked == 8);
    memstore_abort(txn);

    memcpy(key, log.incarnation, INCARNATION_SIZE);
    write_u64(key + INCARNATION_SIZE, 6);
    for (size_t at = 0; at < BATCH_HEADER_SIZE; at++) {
        int rc;

        txn = memstore_begin_write(store);
        flip(txn, TABLE_BATCH, span_of(key, sizeof(key)), at);
        rc = journal_verify(txn, log.incarnation, log.sign_public, &checked);
        if (at < INCARNATION_SIZE + 8)
            assert_int_equal(rc, NAVETTE_E_STORE);
        else if (at >= BATCH_HEADER_SIZE - SIGNATURE_SIZE)
            assert_int_equal(rc, NAVETTE_E_SIGNATURE);
        else
            assert_true(rc == NAVETTE_E_CHAIN || rc == NAVETTE_E_GAP);
        assert_true(rc == NAVETTE_E_STORE || (checked >= 6 && checked <= 11));
        memstore_abort(txn);
    }

    txn = memstore_begin_write(store);
    flip(txn, TABLE_HEAD, span_of(log.incarnation, INCARNATION_SIZE), 71); /* hash */
    assert_int_equal(journal_verify(txn, log.incarnation, log.sign_public, &checked), NAVETTE_E_CHAIN);
    assert_true(checked == 15);
    memstore_abort(txn);

    txn = memstore_begin_write(store);
    assert_int_equal(store_del(txn, TABLE_BATCH, span_of(key, sizeof(key))), 0);
    assert_int_equal(journal_verify(txn, log.incarnation, log.sign_public, &checked), NAVETTE_E_GAP);
    assert_true(checked == 6);
    assert_int_equal(journal_verify(txn, log.incarnation, stranger.sign_public, &checked), NAVETTE_E_SIGNATURE);
    memstore_abort(txn);
    memstore_free(store);
    arena_free(arena);
}

static void test_journal_append_every_store_call_fails(void **state)
{
    static const int codes[] = {NAVETTE_E_FULL, NAVETTE_E_STORE};
    struct arena *arena = arena_new(8u << 20);
    struct memstore *store = memstore_new();
    struct memstore *before;
    struct store_txn *txn = memstore_begin_write(store);
    struct sample_log log;
    struct made a;
    struct made b;

    (void)state;
    sample_log_init(&log, 6);
    make(arena, &log, 3, &a);
    make(arena, &log, 4, &b);
    assert_int_equal(append(txn, &a, NULL), 0);
    assert_int_equal(memstore_commit(txn), 0);
    before = memstore_clone(store);
    for (size_t c = 0; c < 2; c++) {
        for (int single = 0; single < 2; single++) {
            uint64_t k = 0;

            for (;;) {
                struct journal_entry entry = {.self = {.seq = 1}, .event = span_of("event", 5)};
                int rc;

                txn = memstore_begin_write(store);
                memstore_fail_at(store, ++k, codes[c]);
                rc = single ? journal_append(txn, &entry) : append(txn, &b, NULL);
                memstore_abort(txn);
                assert_true(memstore_equal(store, before));
                if (memstore_fail_pending(store)) {
                    assert_int_equal(rc, 0);
                    break;
                }
                assert_int_equal(rc, codes[c]);
            }
            memstore_fail_at(store, 0, 0);
            assert_true(k >= 6);
        }
    }
    memstore_free(before);
    memstore_free(store);
    arena_free(arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_journal_append_equals_model),   cmocka_unit_test(test_journal_append_refuses),
        cmocka_unit_test(test_journal_append_batch_sequence), cmocka_unit_test(test_journal_hash_at_every_number),
        cmocka_unit_test(test_journal_verify_finds_damage),   cmocka_unit_test(test_journal_append_every_store_call_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
