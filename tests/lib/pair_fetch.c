/* SPDX-License-Identifier: Apache-2.0 */
#include "pair_fetch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "navette/frame.h"
#include "sync/node_state.h"

struct pair *pair_fetch_network(unsigned documents)
{
    size_t a, b;

    return pair_prune_begin(documents, &a, &b);
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

    (void)snprintf(barcode, sizeof barcode, "%06u", document);
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

static void refuse_in(struct node *node, struct buffer *bytes, uint64_t position, Navette__FetchState state)
{
    struct frame frame;
    Navette__Fetched *fetched;

    assert_int_equal(frame_decode(buffer_span(bytes), &frame), 0);
    fetched = (Navette__Fetched *)frame.message;
    for (size_t i = 0; i < fetched->n_entries; i++) {
        if (fetched->token != node->fetch.token || node->fetch.positions[fetched->entries[i]->index] != position)
            continue;
        fetched->entries[i]->state = state;
        fetched->entries[i]->event.len = 0;
    }
    bytes->len = 0;
    assert_int_equal(frame_encode(FRAME_FETCHED, frame.message, bytes), 0);
    frame_free(&frame);
}

/* The entry at this position of the node's store is refused in each answer on its way to it, with this state. */
static void refuse(struct pair *pair, size_t node, uint64_t position, Navette__FetchState state)
{
    struct pair_queue *queue = &pair->nodes[node].down;

    for (size_t i = 0; i < queue->count; i++)
        if (queue->frames[i].bytes.data[5] == FRAME_FETCHED)
            refuse_in(pair->nodes[node].node, &queue->frames[i].bytes, position, state);
}

void pair_fetch_rounds(struct pair *pair, size_t node, uint64_t position, Navette__FetchState state, unsigned turns)
{
    for (unsigned turn = 0; turn < turns; turn++) {
        pair_tick(pair, 100);
        (void)pair_hub_round(pair, 64);
        refuse(pair, node, position, state);
        for (size_t i = 0; i < pair->node_count; i++)
            (void)pair_node_round(pair, i);
    }
}
