/* SPDX-License-Identifier: Apache-2.0 */
#include "pair_fetch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "navette/frame.h"
#include "pair_backup.h"
#include "sync/node_state.h"

#define ITEM NAVETTE__THING_KIND__THING_ITEM
#define HOUR_MS INT64_C(3600000)

static void barcode_of(unsigned document, char out[16])
{
    (void)snprintf(out, 16, "%06u", document);
}

void pair_fetch_move(struct pair *pair, size_t node, Navette__Event__BodyCase which, unsigned document)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__Received received = NAVETTE__RECEIVED__INIT;
    Navette__SeenAt seen = NAVETTE__SEEN_AT__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    Navette__Thing *things[1] = {&thing};
    char barcode[16];

    barcode_of(document, barcode);
    thing.kind = ITEM;
    thing.namespace_ = (char *)(uintptr_t) "t";
    thing.id = barcode;
    received.things = seen.things = things;
    received.n_things = seen.n_things = 1;
    body.body_case = which;
    if (which == NAVETTE__EVENT__BODY_RECEIVED)
        body.received = &received;
    else
        body.seen_at = &seen;
    assert_int_equal(pair_record(pair, node, &body), 0);
}

static void travel(struct pair *pair, size_t from, size_t to, unsigned documents)
{
    char barcode[16];

    for (unsigned i = 0; i < documents; i++) {
        barcode_of(i, barcode);
        assert_int_equal(pair_dispatch(pair, from, ITEM, barcode, pair->nodes[to].place), 0);
    }
    assert_true(pair_settle(pair));
    for (unsigned i = 0; i < documents; i++)
        pair_fetch_move(pair, to, NAVETTE__EVENT__BODY_RECEIVED, i);
    assert_true(pair_settle(pair));
}

struct pair *pair_fetch_network(unsigned documents)
{
    static const char *const places[] = {"BIB-A", "BIB-B"};
    struct pair *pair = pair_new();

    pair_begin_epoch(pair);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pair_enrol(pair, places[i], NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK), i);
        pair->nodes[i].keep_ms = PAIR_KEEP_MS;
        pair_restart_node(pair, i);
    }
    pair_record_titles(pair, 0, 0, (int)documents);
    pair_connect_all(pair);
    travel(pair, 0, 1, documents);
    travel(pair, 1, 0, documents);
    return pair;
}

void pair_fetch_back_up(struct pair *pair)
{
    struct store_txn *txn = memstore_begin_read(pair->journal);
    uint64_t tail;

    assert_int_equal(journal_tail(txn, &tail), 0);
    memstore_abort(txn);
    hub_set_backup(pair->hub, tail, pair->now_ms);
}

void pair_fetch_pass(struct pair *pair, int64_t ms)
{
    pair->now_ms += ms;
    pair_tick(pair, 1000);
    pair_connect_all(pair);
    pair_tick(pair, 1000);
    assert_true(pair_settle(pair));
}

uint64_t pair_fetch_prune(struct pair *pair, size_t node)
{
    struct store_txn *txn = memstore_begin_write(pair->nodes[node].store);
    struct node_pruning done;

    assert_int_equal(node_prune(pair->nodes[node].node, txn, UINT64_MAX, pair->now_ms, &done), 0);
    assert_int_equal(memstore_commit(txn), 0);
    return done.pruned;
}

uint64_t pair_fetch_stubs(struct pair *pair, size_t node)
{
    struct store_txn *txn = memstore_begin_read(pair->nodes[node].store);
    struct journal_pruned pruned;

    assert_int_equal(journal_pruned(txn, &pruned), 0);
    memstore_abort(txn);
    return pruned.entries;
}

uint64_t pair_fetch_owed(struct pair *pair, size_t node, int *hollow)
{
    struct store_txn *txn = memstore_begin_read(pair->nodes[node].store);
    uint64_t owed;

    assert_int_equal(fold_owes(txn, &owed, hollow), 0);
    memstore_abort(txn);
    return owed;
}

struct journal_wants pair_fetch_wants(struct pair *pair, size_t node)
{
    struct store_txn *txn = memstore_begin_read(pair->nodes[node].store);
    struct journal_wants wants;

    assert_int_equal(journal_wants(txn, &wants), 0);
    memstore_abort(txn);
    return wants;
}

void pair_fetch_forget(struct pair *pair, size_t node)
{
    struct store_txn *txn = memstore_begin_write(pair->nodes[node].store);

    assert_int_equal(fold_reset(txn), 0);
    assert_int_equal(memstore_commit(txn), 0);
    pair_fold(pair->nodes[node].store, pair->nodes[node].store);
}

static int is_about(const struct journal_entry *entry, Navette__Event__BodyCase which, const char *barcode)
{
    struct event_thing things[EVENT_THINGS_MAX];
    struct event event;
    int about = 0;

    if (event_decode(entry->event, &event) == 0 && event.body->body_case == which) {
        size_t count = event_things(event.body, things);

        for (size_t i = 0; i < count; i++)
            about |= memmem(things[i].key.bytes, things[i].key.len, barcode, strlen(barcode)) != NULL;
    }
    event_free(&event);
    return about;
}

uint64_t pair_fetch_find(struct memstore *store, Navette__Event__BodyCase which, unsigned document, unsigned nth)
{
    struct store_txn *txn = memstore_begin_read(store);
    uint64_t position = 0;
    char barcode[16];
    uint64_t tail;

    barcode_of(document, barcode);
    assert_int_equal(journal_tail(txn, &tail), 0);
    for (uint64_t at = 1; at <= tail && position == 0; at++) {
        struct journal_entry entry;

        if (journal_read_raw(txn, at, &entry) == 0 && is_about(&entry, which, barcode) && nth-- == 0)
            position = at;
    }
    memstore_abort(txn);
    assert_int_not_equal(position, 0);
    return position;
}

static int refuse_in(struct node *node, struct buffer *bytes, uint64_t position, Navette__FetchState state)
{
    struct frame frame;
    Navette__Fetched *fetched;
    int met = 0;

    assert_int_equal(frame_decode(buffer_span(bytes), &frame), 0);
    fetched = (Navette__Fetched *)frame.message;
    for (size_t i = 0; i < fetched->n_entries; i++) {
        if (fetched->token != node->fetch.token || node->fetch.positions[fetched->entries[i]->index] != position)
            continue;
        fetched->entries[i]->state = state;
        fetched->entries[i]->event.len = 0;
        met = 1;
    }
    bytes->len = 0;
    assert_int_equal(frame_encode(FRAME_FETCHED, frame.message, bytes), 0);
    frame_free(&frame);
    return met;
}

int pair_fetch_refuse(struct pair *pair, size_t node, uint64_t position, Navette__FetchState state)
{
    struct pair_queue *queue = &pair->nodes[node].down;
    int met = 0;

    for (size_t i = 0; i < queue->count; i++)
        if (queue->frames[i].bytes.data[5] == FRAME_FETCHED)
            met |= refuse_in(pair->nodes[node].node, &queue->frames[i].bytes, position, state);
    return met;
}

void pair_fetch_rounds(struct pair *pair, size_t node, uint64_t position, Navette__FetchState state, unsigned turns)
{
    for (unsigned turn = 0; turn < turns; turn++) {
        pair_tick(pair, 100);
        (void)pair_hub_round(pair, 64);
        (void)pair_fetch_refuse(pair, node, position, state);
        for (size_t i = 0; i < pair->node_count; i++)
            (void)pair_node_round(pair, i);
    }
}
