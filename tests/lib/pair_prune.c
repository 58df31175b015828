/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/pair_prune.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ITEM NAVETTE__THING_KIND__THING_ITEM

void pair_prune_move(struct pair *pair, size_t node, Navette__Event__BodyCase which, const char *barcode, const char *to)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__Received received = NAVETTE__RECEIVED__INIT;
    Navette__SeenAt seen = NAVETTE__SEEN_AT__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    Navette__Thing *things[1] = {&thing};

    if (which == NAVETTE__EVENT__BODY_DISPATCHED) {
        assert_int_equal(pair_dispatch(pair, node, ITEM, barcode, to), 0);
        return;
    }
    thing.kind = ITEM;
    thing.namespace_ = (char *)(uintptr_t) "t";
    thing.id = (char *)(uintptr_t)barcode;
    received.things = seen.things = things;
    received.n_things = seen.n_things = 1;
    body.body_case = which;
    if (which == NAVETTE__EVENT__BODY_RECEIVED)
        body.received = &received;
    else
        body.seen_at = &seen;
    assert_int_equal(pair_record(pair, node, &body), 0);
}

static void barcode_of(unsigned i, char out[16])
{
    (void)snprintf(out, 16, "%06u", i);
}

struct pair *pair_prune_begin(unsigned documents, size_t *a, size_t *b)
{
    struct pair *pair = pair_new();
    char barcode[16];

    pair_begin_epoch(pair);
    *a = pair_enrol(pair, "BIB-A", NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK);
    *b = pair_enrol(pair, "BIB-B", NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK);
    for (size_t i = 0; i < 2; i++) {
        pair->nodes[i].keep_ms = KEEP_MS;
        pair_restart_node(pair, i);
    }
    pair_record_titles(pair, *a, 0, (int)documents);
    pair_connect_all(pair);
    for (unsigned turn = 0; turn < 2; turn++) {
        size_t from = turn == 0 ? *a : *b, to = turn == 0 ? *b : *a;

        for (unsigned i = 0; i < documents; i++) {
            barcode_of(i, barcode);
            pair_prune_move(pair, from, NAVETTE__EVENT__BODY_DISPATCHED, barcode, pair->nodes[to].place);
        }
        assert_true(pair_settle(pair));
        for (unsigned i = 0; i < documents; i++) {
            barcode_of(i, barcode);
            pair_prune_move(pair, to, NAVETTE__EVENT__BODY_RECEIVED, barcode, "");
        }
        assert_true(pair_settle(pair));
    }
    return pair;
}

void pair_prune_pass(struct pair *pair, int64_t ms)
{
    pair->now_ms += ms;
    pair_tick(pair, 1000);
    pair_connect_all(pair);
    pair_tick(pair, 1000);
    assert_true(pair_settle(pair));
}

struct node_pruning pair_prune(struct pair *pair, size_t node, uint64_t max)
{
    struct store_txn *txn = memstore_begin_write(pair->nodes[node].store);
    struct node_pruning done;

    assert_int_equal(node_prune(pair->nodes[node].node, txn, max, pair->now_ms, &done), 0);
    assert_int_equal(memstore_commit(txn), 0);
    return done;
}

struct journal_pruned pair_prune_stubs(struct pair *pair, size_t node)
{
    struct store_txn *txn = memstore_begin_read(pair->nodes[node].store);
    struct journal_pruned pruned;

    assert_int_equal(journal_pruned(txn, &pruned), 0);
    memstore_abort(txn);
    return pruned;
}

struct pair *pair_prune_aged(unsigned documents, size_t *a, size_t *b)
{
    struct pair *pair = pair_prune_begin(documents, a, b);

    pair_prune_pass(pair, MARK_MS);
    pair_back_up(pair);
    pair_prune_pass(pair, KEEP_MS + HOUR_MS);
    return pair;
}

void pair_prune_forget_state(struct pair *pair, size_t node)
{
    struct store_txn *txn = memstore_begin_write(pair->nodes[node].store);

    assert_int_equal(fold_reset(txn), 0);
    assert_int_equal(memstore_commit(txn), 0);
    pair_fold(pair->nodes[node].store, pair->nodes[node].store);
}

struct ref pair_prune_first(struct store_txn *txn, int stub, struct journal_entry *entry)
{
    uint64_t tail;

    assert_int_equal(journal_tail(txn, &tail), 0);
    for (uint64_t at = 1; at <= tail; at++)
        if (journal_read_raw(txn, at, entry) == (stub ? NAVETTE_E_PRUNED : 0) && entry->event.len >= (stub ? 0 : STUB_LEAST))
            return entry->self;
    fail();
    return entry->self;
}
