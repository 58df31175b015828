/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/bundle.h"
#include "navette/event.h"
#include "navette/frame.h"
#include "navette/journal_block.h"
#include "navette/node_stick.h"
#include "sync/node_state.h"

/* What a node without a line gave up and wants again goes out on its stick, and comes back with the answer: each answer names its entry, so they may come in any order, any number of times. */

static int append(struct node_fetch_list *list, uint64_t token, struct buffer *frames)
{
    Navette__Fetch message = NAVETTE__FETCH__INIT;
    Navette__Ref entries[LIMIT_FETCH_ENTRIES];
    Navette__Ref *pointers[LIMIT_FETCH_ENTRIES];

    node_fetch_fill(list, &message, entries, pointers);
    message.token = token;
    return frame_encode(FRAME_FETCH, &message.base, frames);
}

/* Behind what this list has. */
static void step(const struct node_fetch_list *list, struct node_fetch_from *from)
{
    if (list->wanted > 0)
        from->wanted = list->positions[list->wanted - 1];
    if (list->stubs > 0)
        from->stub = list->positions[list->wanted + list->stubs - 1];
    else if (list->whole > from->stub)
        from->stub = list->whole;
    if (list->refused > 0)
        from->refused = list->positions[list->count - 1];
}

int node_stick_wants(struct store_txn *txn, struct buffer *frames, uint32_t *count)
{
    struct node_fetch_from from = {.retries = 1, .since_ms = INT64_MAX, .now_ms = INT64_MIN, .reads = 1};
    struct node_fetch_list list = {.more = 1};
    uint64_t token = 0;
    int rc = 0;

    *count = 0;
    while (rc == 0 && list.more && *count <= LIMIT_BUNDLE_WANTS - LIMIT_FETCH_ENTRIES) {
        rc = node_fetch_gather(txn, &from, &list);
        step(&list, &from);
        if (rc == 0 && list.count > 0 && frames != NULL)
            rc = append(&list, ++token, frames);
        *count += rc == 0 ? (uint32_t)list.count : 0u;
    }
    return rc;
}

/* 0, NAVETTE_E_NOT_FOUND: no stub of that name stands here. NAVETTE_E_PRUNED: one does, at entry->position; or a code. */
static int find_stub(struct store_txn *txn, const struct ref *asked, struct journal_entry *entry)
{
    int rc = journal_row(txn, asked->incarnation, asked->seq, entry);

    /* A damaged one is called by where it stands. */
    if (rc == NAVETTE_E_CHAIN)
        rc = journal_read_raw(txn, entry->position, entry) == NAVETTE_E_PRUNED ? NAVETTE_E_PRUNED : 0;
    return rc == NAVETTE_E_PRUNED && ref_compare(&entry->self, asked) != 0 ? 0 : rc;
}

static int take(struct node *node, const struct node_input *input, const Navette__FetchedEntry *in, struct node_stick_news *news,
                struct effects *effects)
{
    struct ref asked = event_ref(in->entry, NULL);
    struct journal_entry entry;
    uint64_t position;
    int rc = find_stub(input->txn, &asked, &entry);

    news->answered++;
    if (rc != NAVETTE_E_PRUNED)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    position = entry.position;
    rc = node_fetch_take(node, input, position, in, effects);
    if (rc == 0)
        rc = journal_read_raw(input->txn, position, &entry);
    news->back += rc == 0;
    news->refused += rc == NAVETTE_E_PRUNED;
    return rc == NAVETTE_E_PRUNED ? 0 : rc;
}

int node_stick_fetched(struct node *node, const struct node_input *input, struct span bytes, struct node_stick_news *news,
                       struct effects *effects)
{
    const Navette__Fetched *fetched;
    struct frame frame;
    int rc = node_load(node, input->txn);

    if (rc == 0)
        rc = frame_decode(bytes, &frame);
    if (rc != 0)
        return rc == NAVETTE_E_MEMORY || error_is_fatal(rc) ? rc : NAVETTE_E_INVALID;
    fetched = (const Navette__Fetched *)frame.message;
    rc = frame.type == FRAME_FETCHED ? 0 : NAVETTE_E_INVALID;
    for (size_t i = 0; rc == 0 && i < fetched->n_entries; i++)
        rc = fetched->entries[i]->entry != NULL ? take(node, input, fetched->entries[i], news, effects) : NAVETTE_E_INVALID;
    frame_free(&frame);
    return rc;
}
