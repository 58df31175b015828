/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node/desk.h: where a node's own events are made.
 *   - what the desk fills in: clock, boot, trust, parents; own parents without incarnation, each once
 *   - events out of form are not recorded, and what was recorded before stays
 *   - a full batch is sealed, signed, and the next one goes on; the whole log verifies
 *   - folding: in steps, all of it, again with nothing left; a state of another schema is made anew
 *   - the k-th store call failing, for every k: the transaction is aborted, nothing remains, and the same event then is recorded
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "navette/fold.h"
#include "node/desk.h"
#include "node/draft.h"
#include "tests/lib/memstore.h"

struct bench {
    struct memstore *store;
    struct keys keys;
    struct hlc clock;
    struct desk desk;
    uint8_t incarnation[INCARNATION_SIZE];
    struct moment moment;
};

static void open_bench(struct bench *bench)
{
    const uint8_t no_parent[INCARNATION_SIZE] = {0};

    memset(bench, 0, sizeof *bench);
    bench->store = memstore_new();
    assert_non_null(bench->store);
    assert_int_equal(keys_make(&bench->keys), 0);
    memset(bench->incarnation, 7, INCARNATION_SIZE);
    bench->desk.incarnation = bench->incarnation;
    bench->desk.keys = &bench->keys;
    bench->desk.clock = &bench->clock;
    bench->moment = (struct moment){.wall_ms = 1587117600000, .boottime_ms = 5000, .boot = 42, .synced = 1};
    struct store_txn *txn = memstore_begin_write(bench->store);
    assert_int_equal(log_start(txn, bench->desk.incarnation, no_parent, bench->keys.node), 0);
    assert_int_equal(memstore_commit(txn), 0);
}

static void close_bench(struct bench *bench)
{
    memstore_free(bench->store);
    keys_wipe(&bench->keys);
}

static struct thing_key key_of(int kind, const char *id)
{
    struct thing_key key;
    assert_int_equal(thing_key_make(kind, "", id, &key), 0);
    return key;
}

static int seen(struct bench *bench, struct store_txn *txn, const char *id, struct journal_entry *entry)
{
    struct thing_key key = key_of(NAVETTE__THING_KIND__THING_ITEM, id);
    struct draft draft;

    draft_init(&draft);
    draft_add(&draft, &key);
    DRAFT_THINGS_BODY(&draft, SEEN_AT, seen_at);
    draft.event.place = draft_text("BIB-A");
    int rc = desk_record(&bench->desk, txn, &bench->moment, &draft.event, entry);
    assert_int_equal(draft.event.n_parents, 0);
    return rc;
}

static void read_back(struct bench *bench, uint64_t position, struct event *event)
{
    struct store_txn *txn = memstore_begin_read(bench->store);
    struct journal_entry entry;

    assert_int_equal(journal_read(txn, position, &entry), 0);
    assert_int_equal(event_decode(entry.event, event), 0);
    memstore_abort(txn);
}

static void test_desk_record_fills_in(void **state)
{
    struct bench bench;
    struct journal_entry first, second;
    struct event event;
    struct draft draft;

    (void)state;
    open_bench(&bench);
    struct store_txn *txn = memstore_begin_write(bench.store);
    assert_int_equal(seen(&bench, txn, "1", &first), 0);
    assert_int_equal(desk_fold(txn, 100, NULL), 0);
    bench.moment.wall_ms -= 60000; /* the wall clock was set back */
    bench.moment.synced = 0;
    /* two things with the same last event, one of them named twice: one parent */
    struct thing_key one = key_of(NAVETTE__THING_KIND__THING_ITEM, "1"), bag = key_of(NAVETTE__THING_KIND__THING_BAG, "B");
    draft_init(&draft);
    draft_add(&draft, &one);
    DRAFT_BODY(&draft, ITEM_PACKED, item_packed);
    draft.body.item_packed.container = draft_thing(&draft.container, &bag);
    draft.body.item_packed.items = draft.list;
    draft.body.item_packed.n_items = draft.count;
    draft.event.place = draft_text("BIB-A");
    assert_int_equal(desk_record(&bench.desk, txn, &bench.moment, &draft.event, &second), 0);
    assert_int_equal(desk_fold(txn, 100, NULL), 0);
    assert_int_equal(memstore_commit(txn), 0);

    read_back(&bench, 1, &event);
    uint64_t hlc = event.body->hlc;
    assert_int_equal(hlc_ms(hlc), 1587117600000);
    assert_int_equal(event.body->boot, 42);
    assert_int_equal(event.body->boottime_ms, 5000);
    assert_int_equal(event.body->clock, NAVETTE__CLOCK_TRUST__CLOCK_SYNCED);
    assert_int_equal(event.body->n_parents, 0);
    event_free(&event);
    read_back(&bench, 2, &event);
    assert_true(event.body->hlc > hlc);
    assert_int_equal(event.body->clock, NAVETTE__CLOCK_TRUST__CLOCK_UNKNOWN);
    assert_int_equal(event.body->n_parents, 1);
    assert_int_equal(event.body->parents[0]->incarnation.len, 0);
    assert_int_equal(event.body->parents[0]->seq, 1);
    assert_int_equal(event.body->parents[0]->leaf, first.self.leaf);
    event_free(&event);
    assert_int_equal(second.self.seq, 2);
    close_bench(&bench);
}

static void test_desk_record_refuses_form(void **state)
{
    struct bench bench;
    struct draft draft;
    uint64_t tail;

    (void)state;
    open_bench(&bench);
    struct store_txn *txn = memstore_begin_write(bench.store);
    assert_int_equal(seen(&bench, txn, "1", NULL), 0);
    draft_init(&draft);
    DRAFT_THINGS_BODY(&draft, SEEN_AT, seen_at); /* nothing seen */
    draft.event.place = draft_text("BIB-A");
    assert_int_equal(desk_record(&bench.desk, txn, &bench.moment, &draft.event, NULL), NAVETTE_E_INVALID);
    assert_true(strlen(event_check_text(&draft.event)) > 0);
    assert_int_equal(journal_tail(txn, &tail), 0);
    assert_int_equal(tail, 1);
    assert_int_equal(memstore_commit(txn), 0);
    close_bench(&bench);
}

static void test_desk_record_seals_full_batch(void **state)
{
    struct bench bench;
    uint64_t sealed, checked;

    (void)state;
    open_bench(&bench);
    struct store_txn *txn = memstore_begin_write(bench.store);
    for (unsigned i = 1; i < DESK_BATCH_EVENTS; i++)
        assert_int_equal(seen(&bench, txn, "1", NULL), 0);
    assert_int_equal(log_sealed(txn, bench.desk.incarnation, &sealed), 0);
    assert_int_equal(sealed, 0);
    assert_int_equal(seen(&bench, txn, "1", NULL), 0);
    assert_int_equal(log_sealed(txn, bench.desk.incarnation, &sealed), 0);
    assert_int_equal(sealed, DESK_BATCH_EVENTS);
    assert_int_equal(seen(&bench, txn, "1", NULL), 0);
    assert_int_equal(desk_seal(&bench.desk, txn), 0);
    assert_int_equal(desk_seal(&bench.desk, txn), NAVETTE_E_NOT_FOUND);
    assert_int_equal(journal_verify(txn, bench.desk.incarnation, bench.keys.sign_public, &checked), 0);
    assert_int_equal(checked, DESK_BATCH_EVENTS + 1);
    memstore_abort(txn);
    close_bench(&bench);
}

static void test_desk_fold_steps(void **state)
{
    struct bench bench;
    uint64_t left = 99, cursor;
    uint8_t digest[HASH_SIZE], again[HASH_SIZE];

    (void)state;
    open_bench(&bench);
    struct store_txn *txn = memstore_begin_write(bench.store);
    assert_int_equal(desk_fold(txn, 4, &left), 0);
    assert_int_equal(left, 0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(seen(&bench, txn, "1", NULL), 0);
    assert_int_equal(desk_fold(txn, 4, &left), 0);
    assert_int_equal(left, 6);
    assert_int_equal(desk_fold(txn, 6, &left), 0);
    assert_int_equal(left, 0);
    assert_int_equal(fold_digest(txn, digest), 0);
    assert_int_equal(desk_fold(txn, 4, &left), 0);
    assert_int_equal(fold_reset(txn), 0);
    assert_int_equal(desk_fold(txn, UINT64_MAX, &left), 0);
    assert_int_equal(fold_cursor(txn, &cursor), 0);
    assert_int_equal(cursor, 10);
    assert_int_equal(fold_digest(txn, again), 0);
    assert_memory_equal(digest, again, HASH_SIZE);
    memstore_abort(txn);
    close_bench(&bench);
}

static void test_desk_record_kth_store_call_fails(void **state)
{
    static const int codes[] = {NAVETTE_E_FULL, NAVETTE_E_STORE, NAVETTE_E_MEMORY};
    struct bench bench;

    (void)state;
    open_bench(&bench);
    struct store_txn *txn = memstore_begin_write(bench.store);
    assert_int_equal(seen(&bench, txn, "1", NULL), 0);
    assert_int_equal(desk_fold(txn, 100, NULL), 0);
    assert_int_equal(memstore_commit(txn), 0);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct memstore *before = memstore_clone(bench.store);
        uint64_t k = 0;
        int rc;
        do {
            txn = memstore_begin_write(bench.store);
            memstore_fail_at(bench.store, ++k, codes[i]);
            rc = seen(&bench, txn, "1", NULL);
            if (rc == 0)
                rc = desk_fold(txn, 100, NULL);
            if (rc != 0) {
                memstore_abort(txn);
                assert_int_equal(rc, codes[i]);
                assert_true(memstore_equal(bench.store, before));
            }
            assert_true(k < 1000);
        } while (rc != 0);
        assert_true(k > 5);
        memstore_fail_at(bench.store, 0, 0);
        assert_int_equal(memstore_commit(txn), 0);
        memstore_free(before);
    }
    txn = memstore_begin_read(bench.store);
    assert_int_equal(fold_check(txn), 0);
    memstore_abort(txn);
    close_bench(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_desk_record_fills_in),
        cmocka_unit_test(test_desk_record_refuses_form),
        cmocka_unit_test(test_desk_record_seals_full_batch),
        cmocka_unit_test(test_desk_fold_steps),
        cmocka_unit_test(test_desk_record_kth_store_call_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
