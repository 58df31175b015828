/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h: a process's own log.
 *   - log_start: an empty head, once
 *   - log_record: numbers from 1 without gaps, through seals, aborts and stores opened again; the reference it gives is the one the journal finds;
 *     bad events, too large ones and unknown logs change nothing
 *   - batches: full at 1024 events and at their bytes, not one before; sealed ones verify and never change; push bodies verify on the other side
 *   - log_seal_store: not what was prepared before another record, not twice, not another batch
 *   - every store call and every allocation failing in log_record, log_seal_prepare, log_seal_store, log_push_body: after the abort nothing changed
 *   - a number that is taken already (a restored store): refused
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "navette/log.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/memstore.h"
#include "tests/lib/sample.h"
#include "tests/lib/seed.h"

static const uint8_t salt[SALT_SIZE] = {0x5a, 1, 2, 3};
static const uint8_t nobody[INCARNATION_SIZE];

struct fixture {
    struct arena *arena;
    struct memstore *store;
    struct sample_log log;
    Navette__Event *event;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct store_txn *txn;

    fixture->arena = arena_new(32u << 20);
    fixture->store = memstore_new();
    sample_log_init(&fixture->log, 7);
    fixture->event = sample_event(fixture->arena, NAVETTE__EVENT__BODY_SEEN_AT, 1);
    txn = memstore_begin_write(fixture->store);
    assert_int_equal(log_start(txn, fixture->log.incarnation, nobody, fixture->log.node), 0);
    assert_int_equal(memstore_commit(txn), 0);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    memstore_free(fixture->store);
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

static int record(struct fixture *fixture, struct store_txn *txn, struct journal_entry *entry)
{
    return log_record(txn, fixture->log.incarnation, fixture->event, salt, 0, entry);
}

static int seal(struct fixture *fixture, struct store_txn *txn)
{
    struct batch_header header;
    int rc = log_seal_prepare(txn, fixture->log.incarnation, &header);

    if (rc != 0)
        return rc;
    sample_sign(&fixture->log, &header);
    return log_seal_store(txn, &header);
}

static void test_log_start_once(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *txn = memstore_begin_write(fixture->store);
    struct log_head head;
    uint64_t sealed = 9;

    assert_int_equal(log_start(txn, fixture->log.incarnation, nobody, fixture->log.node), NAVETTE_E_EXISTS);
    assert_int_equal(journal_head(txn, fixture->log.incarnation, &head), 0);
    assert_true(head.seq == 0);
    assert_memory_equal(head.node, fixture->log.node, NODE_ID_SIZE);
    assert_memory_equal(head.parent, nobody, INCARNATION_SIZE);
    assert_int_equal(log_sealed(txn, fixture->log.incarnation, &sealed), 0);
    assert_true(sealed == 0);
    assert_int_equal(log_batch_full(txn, fixture->log.incarnation, LIMIT_EVENT_BYTES), 0);
    assert_int_equal(seal(fixture, txn), NAVETTE_E_NOT_FOUND);
    memstore_abort(txn);
}

static void test_log_record_gapless(void **state)
{
    struct fixture *fixture = *state;
    uint64_t random = seed_start();
    uint64_t seq = 0;
    uint64_t checked;
    struct store_txn *txn;

    for (int i = 0; i < 200; i++) {
        uint64_t before = seq;
        struct memstore *reopened;

        txn = memstore_begin_write(fixture->store);
        for (uint64_t k = seed_below(&random, 5); k > 0; k--) {
            struct journal_entry entry;
            struct journal_entry found;

            fixture->event->hlc++;
            assert_int_equal(record(fixture, txn, &entry), 0);
            assert_true(entry.self.seq == ++seq);
            assert_true(entry.position == seq);
            assert_true(entry.scope_mask == event_scope_mask(fixture->event));
            assert_int_equal(journal_find(txn, &entry.self, &found), 0);
            assert_true(found.position == entry.position && found.received_ms == 0);
        }
        if (seed_below(&random, 3) == 0) {
            int rc = seal(fixture, txn);

            assert_true(rc == 0 || rc == NAVETTE_E_NOT_FOUND);
        }
        if (seed_below(&random, 3) == 0) {
            memstore_abort(txn);
            seq = before;
        } else {
            assert_int_equal(memstore_commit(txn), 0);
        }
        /* As after a restart: nothing but the store is known. */
        reopened = memstore_clone(fixture->store);
        memstore_free(fixture->store);
        fixture->store = reopened;
    }
    assert_true(seq > 100);
    txn = memstore_begin_read(fixture->store);
    assert_int_equal(journal_verify(txn, fixture->log.incarnation, fixture->log.sign_public, &checked), 0);
    assert_true(checked == seq);
    memstore_abort(txn);
}

static void test_log_record_refuses(void **state)
{
    struct fixture *fixture = *state;
    struct memstore *before = memstore_clone(fixture->store);
    struct store_txn *txn = memstore_begin_write(fixture->store);
    Navette__Event *large = sample_event(fixture->arena, NAVETTE__EVENT__BODY_ITEM_REGISTERED, 1);
    Navette__ItemRegistered__ExtraEntry *extra[20];
    char text[LIMIT_TITLE + 1];

    fixture->event->hlc = 0;
    assert_int_equal(record(fixture, txn, NULL), NAVETTE_E_INVALID);
    fixture->event->hlc = 1;
    memset(text, 'x', LIMIT_TITLE);
    text[LIMIT_TITLE] = '\0';
    for (size_t i = 0; i < 20; i++)
        extra[i] = large->item_registered->extra[0];
    large->item_registered->extra[0]->value = text;
    large->item_registered->extra = extra;
    large->item_registered->n_extra = 20;
    assert_int_equal(event_check(large), 0);
    assert_int_equal(log_record(txn, fixture->log.incarnation, large, salt, 0, NULL), NAVETTE_E_TOO_LARGE);
    assert_int_equal(log_record(txn, nobody, fixture->event, salt, 0, NULL), NAVETTE_E_NOT_FOUND);
    assert_int_equal(memstore_commit(txn), 0);
    assert_true(memstore_equal(before, fixture->store));
    memstore_free(before);
}

static void test_log_record_number_taken(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *txn = memstore_begin_write(fixture->store);
    struct journal_entry entry = {.self = {.seq = 2}, .event = span_of("back from the hub", 17)};

    memcpy(entry.self.incarnation, fixture->log.incarnation, INCARNATION_SIZE);
    assert_int_equal(journal_append(txn, &entry), 0);
    assert_int_equal(record(fixture, txn, NULL), 0);
    assert_int_equal(record(fixture, txn, NULL), NAVETTE_E_EXISTS);
    memstore_abort(txn);
}

static void check_push(struct fixture *fixture, struct store_txn *txn, uint64_t first, uint64_t last)
{
    static uint64_t leaves[LIMIT_BATCH_EVENTS];
    struct arena *arena = arena_new(16u << 20);
    struct buffer out = {.data = NULL};
    struct batch_header header;
    Navette__Push *push;
    uint64_t last_seq = 0;

    assert_int_equal(log_push_body(txn, fixture->log.incarnation, first, &out, &last_seq), 0);
    assert_true(last_seq == last);
    push = navette__push__unpack(arena_allocator(arena), out.len, out.data);
    assert_non_null(push);
    assert_int_equal(batch_verify(push->batch, fixture->log.sign_public, &header, leaves), 0);
    assert_true(header.first_seq == first && header.count == last - first + 1);
    assert_null(push->frontier);
    for (uint64_t seq = first; seq <= last; seq++) {
        struct ref ref = {.seq = seq, .leaf = leaves[seq - first]};
        struct journal_entry entry;

        memcpy(ref.incarnation, fixture->log.incarnation, INCARNATION_SIZE);
        assert_int_equal(journal_find(txn, &ref, &entry), 0);
        assert_true(span_equal(entry.event, span_of(push->batch->events[seq - first].data, push->batch->events[seq - first].len)));
    }
    buffer_free(&out);
    arena_free(arena);
}

static void test_log_batch_full_by_count(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *txn = memstore_begin_write(fixture->store);
    struct buffer out = {.data = NULL};
    uint64_t last;

    for (uint64_t i = 0; i < LIMIT_BATCH_EVENTS; i++) {
        assert_int_equal(log_batch_full(txn, fixture->log.incarnation, 100), 0);
        assert_int_equal(record(fixture, txn, NULL), 0);
    }
    assert_int_equal(log_batch_full(txn, fixture->log.incarnation, 0), 1);
    assert_int_equal(record(fixture, txn, NULL), NAVETTE_E_BUSY);
    assert_int_equal(log_push_body(txn, fixture->log.incarnation, 1, &out, &last), NAVETTE_E_NOT_FOUND);
    assert_int_equal(seal(fixture, txn), 0);
    assert_int_equal(seal(fixture, txn), NAVETTE_E_NOT_FOUND);
    assert_int_equal(log_sealed(txn, fixture->log.incarnation, &last), 0);
    assert_true(last == LIMIT_BATCH_EVENTS);
    assert_int_equal(log_batch_full(txn, fixture->log.incarnation, 100), 0);
    assert_int_equal(record(fixture, txn, NULL), 0);
    assert_int_equal(log_sealed(txn, fixture->log.incarnation, &last), 0);
    assert_true(last == LIMIT_BATCH_EVENTS);
    check_push(fixture, txn, 1, LIMIT_BATCH_EVENTS);
    assert_int_equal(log_push_body(txn, fixture->log.incarnation, 2, &out, &last), NAVETTE_E_NOT_FOUND);
    assert_int_equal(log_push_body(txn, fixture->log.incarnation, LIMIT_BATCH_EVENTS + 1, &out, &last), NAVETTE_E_NOT_FOUND);
    assert_int_equal(log_push_body(txn, fixture->log.incarnation, LIMIT_BATCH_EVENTS + 2, &out, &last), NAVETTE_E_NOT_FOUND);
    assert_int_equal(seal(fixture, txn), 0);
    check_push(fixture, txn, LIMIT_BATCH_EVENTS + 1, LIMIT_BATCH_EVENTS + 1);
    buffer_free(&out);
    memstore_abort(txn);
}

static void test_log_batch_full_by_bytes(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *txn = memstore_begin_write(fixture->store);
    char operators[LIMIT_CODE + 1];
    uint64_t used = 0;
    uint64_t count = 0;
    size_t len;

    /* Fifteen events of 64 things and one that leaves room for exactly one more. */
    Navette__Thing *things[LIMIT_EVENT_THINGS];
    char id[LIMIT_THING_ID + 1];

    memset(operators, 'o', sizeof(operators));
    memset(id, 'i', LIMIT_THING_ID);
    id[LIMIT_THING_ID] = '\0';
    for (size_t i = 0; i < LIMIT_EVENT_THINGS; i++)
        things[i] = fixture->event->seen_at->things[0];
    things[0]->id = id;
    fixture->event->seen_at->things = things;
    fixture->event->seen_at->n_things = LIMIT_EVENT_THINGS;
    len = navette__event__get_packed_size(fixture->event);
    assert_true(len > 4000 && len < LIMIT_EVENT_BYTES);
    while (used + len + BATCH_EVENT_OVERHEAD <= LIMIT_BATCH_BYTES) {
        assert_int_equal(log_batch_full(txn, fixture->log.incarnation, len), 0);
        assert_int_equal(record(fixture, txn, NULL), 0);
        used += len + BATCH_EVENT_OVERHEAD;
        count++;
    }
    assert_int_equal(log_batch_full(txn, fixture->log.incarnation, len), 1);
    assert_int_equal(record(fixture, txn, NULL), NAVETTE_E_BUSY);
    assert_int_equal(log_batch_full(txn, fixture->log.incarnation, LIMIT_BATCH_BYTES - used - BATCH_EVENT_OVERHEAD), 0);
    assert_int_equal(log_batch_full(txn, fixture->log.incarnation, LIMIT_BATCH_BYTES - used - BATCH_EVENT_OVERHEAD + 1), 1);
    assert_int_equal(seal(fixture, txn), 0);
    check_push(fixture, txn, 1, count);
    assert_int_equal(record(fixture, txn, NULL), 0);
    memstore_abort(txn);
}

static void test_log_seal_store_refuses(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *txn = memstore_begin_write(fixture->store);
    struct batch_header header;
    struct batch_header again;
    struct batch_header stored;
    uint64_t sealed;

    assert_int_equal(record(fixture, txn, NULL), 0);
    assert_int_equal(log_seal_prepare(txn, fixture->log.incarnation, &header), 0);
    assert_int_equal(record(fixture, txn, NULL), 0);
    assert_int_equal(log_seal_store(txn, &header), NAVETTE_E_BUSY);
    assert_int_equal(log_sealed(txn, fixture->log.incarnation, &sealed), 0);
    assert_true(sealed == 0);
    assert_int_equal(log_seal_prepare(txn, fixture->log.incarnation, &again), 0);
    assert_int_equal(again.count, 2);
    again.first_seq = 2;
    assert_int_equal(log_seal_store(txn, &again), NAVETTE_E_NOT_FOUND);
    again.first_seq = 1;
    sample_sign(&fixture->log, &again);
    assert_int_equal(log_seal_store(txn, &again), 0);
    assert_int_equal(log_seal_store(txn, &again), NAVETTE_E_NOT_FOUND);
    assert_int_equal(record(fixture, txn, NULL), 0);
    assert_int_equal(journal_batch(txn, fixture->log.incarnation, 2, &stored), 0);
    assert_memory_equal(stored.signature, again.signature, SIGNATURE_SIZE);
    assert_memory_equal(stored.root, again.root, HASH_SIZE);
    assert_int_equal(journal_batch(txn, fixture->log.incarnation, 3, &stored), 0);
    assert_int_equal(stored.count, 0);
    assert_true(stored.first_seq == 3);
    assert_int_equal(journal_batch(txn, fixture->log.incarnation, 4, &stored), NAVETTE_E_NOT_FOUND);
    memstore_abort(txn);
}

enum act { ACT_RECORD, ACT_RECORD_OPENS, ACT_PREPARE, ACT_STORE, ACT_PUSH, ACT_COUNT };

static int run(struct fixture *fixture, struct store_txn *txn, enum act act, const struct batch_header *header)
{
    struct batch_header prepared;
    struct buffer out = {.data = NULL};
    uint64_t last;
    int rc;

    switch (act) {
    case ACT_PREPARE:
        return log_seal_prepare(txn, fixture->log.incarnation, &prepared);
    case ACT_STORE:
        return log_seal_store(txn, header);
    case ACT_PUSH:
        rc = log_push_body(txn, fixture->log.incarnation, 1, &out, &last);
        buffer_free(&out);
        return rc;
    default:
        return record(fixture, txn, NULL);
    }
}

/* Puts the log where the act can succeed. */
static void prepare(struct fixture *fixture, enum act act, struct batch_header *header)
{
    struct store_txn *txn = memstore_begin_write(fixture->store);

    if (act != ACT_RECORD_OPENS) {
        assert_int_equal(record(fixture, txn, NULL), 0);
        assert_int_equal(record(fixture, txn, NULL), 0);
    }
    if (act == ACT_STORE) {
        assert_int_equal(log_seal_prepare(txn, fixture->log.incarnation, header), 0);
        sample_sign(&fixture->log, header);
    }
    if (act == ACT_PUSH)
        assert_int_equal(seal(fixture, txn), 0);
    assert_int_equal(memstore_commit(txn), 0);
}

static void every_failure(struct fixture *fixture, enum act act, int code)
{
    struct batch_header header;
    struct memstore *before;
    uint64_t k = 0;
    int pending;

    prepare(fixture, act, &header);
    before = memstore_clone(fixture->store);
    do {
        struct store_txn *txn = memstore_begin_write(fixture->store);
        int rc;

        k++;
        memstore_fail_at(fixture->store, code == NAVETTE_E_MEMORY ? 0 : k, code);
        failing_malloc_at(code == NAVETTE_E_MEMORY ? k : 0);
        rc = run(fixture, txn, act, &header);
        pending = code == NAVETTE_E_MEMORY ? failing_malloc_pending() : memstore_fail_pending(fixture->store);
        failing_malloc_at(0);
        assert_int_equal(rc, pending ? 0 : code);
        memstore_abort(txn);
        assert_true(memstore_equal(fixture->store, before));
    } while (!pending);
    assert_true(k >= 3);
    memstore_free(before);
}

static void test_log_every_failure_changes_nothing(void **state)
{
    static const int codes[] = {NAVETTE_E_FULL, NAVETTE_E_STORE, NAVETTE_E_MEMORY};

    for (size_t c = 0; c < 3; c++) {
        for (int act = 0; act < ACT_COUNT; act++) {
            struct fixture *fixture;
            void *own = NULL;

            assert_int_equal(set_up(&own), 0);
            fixture = own;
            every_failure(fixture, (enum act)act, codes[c]);
            tear_down(&own);
        }
    }
    (void)state;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_log_start_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_log_record_gapless, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_log_record_refuses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_log_record_number_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_log_batch_full_by_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_log_batch_full_by_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_log_seal_store_refuses, set_up, tear_down),
        cmocka_unit_test(test_log_every_failure_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
