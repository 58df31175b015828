/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/node_fetch.h"

#include <string.h>

#include "navette/fold.h"
#include "sync/node_state.h"

void node_want(struct node *node)
{
    node->fetch.look = 1;
}

int node_want_folded(struct node *node, struct store_txn *txn)
{
    uint64_t position;
    uint64_t owed;
    int hollow;
    int rc = fold_owes(txn, &owed, &hollow);

    /* A hollow state lacks all that was given up, and says of none that it is wanted. */
    if (rc == 0 && !hollow)
        rc = journal_wanted(txn, 0, &position);
    if (rc == 0)
        node_want(node);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

void node_fetch_stop(struct node *node)
{
    struct node_fetch *fetch = &node->fetch;

    fetch->hub_fetches = 0;
    fetch->asked_ms = 0;
    fetch->wait_ms = 0;
    fetch->after = 0;
    fetch->whole = 0;
    fetch->refused = 0;
    fetch->told = 0;
    fetch->greet_ms = 0;
    fetch->look = 1;
}

int node_fetch_lost(struct node *node, uint64_t seq, int64_t now_ms, struct effects *effects)
{
    int told = node->fetch.lost;

    node->fetch.lost = 1;
    if (node->fetch.greet_ms == 0)
        node->fetch.greet_ms = now_ms + NODE_FETCH_LOST_MS;
    return told ? 0
                : effects_log(effects, EFFECT_ERROR, 0,
                              "ALARM: the hub lost what it had in a backup, and what this node gave up for that, from number %llu of a log "
                              "on: restore a newer backup of the hub",
                              (unsigned long long)seq);
}

/* The next one behind `after`: wanted by somebody, or, where the state is hollow, any. */
static int next_position(struct store_txn *txn, int hollow, uint64_t after, uint64_t *position)
{
    struct journal_entry stub;
    int rc;

    if (!hollow)
        return journal_wanted(txn, after, position);
    rc = journal_next_stub(txn, after, &stub);
    *position = stub.position;
    return rc;
}

/* Fills the question with what is still a stub; a want that is none any more goes. */
static int gather(struct node *node, struct store_txn *txn, struct ref *refs)
{
    struct node_fetch *fetch = &node->fetch;
    uint64_t at = fetch->after;
    uint64_t owed;
    int rc = fold_owes(txn, &owed, &fetch->hollow);

    if (fetch->hollow && fetch->whole > at)
        at = fetch->whole; /* no stub is left up to there, and none is made meanwhile */

    fetch->count = 0;
    fetch->bytes = 0;
    while (rc == 0 && fetch->count < LIMIT_FETCH_ENTRIES) {
        struct journal_entry entry;

        rc = next_position(txn, fetch->hollow, at, &at);
        if (rc == 0)
            rc = journal_read_raw(txn, at, &entry);
        if (rc == 0) {
            rc = journal_unwant(txn, at);
            continue;
        }
        if (rc != NAVETTE_E_PRUNED)
            break;
        refs[fetch->count] = entry.self;
        fetch->bytes += journal_stub_length(&entry);
        fetch->positions[fetch->count++] = at;
        rc = 0;
    }
    if (fetch->hollow && !fetch->refused && fetch->count > 0)
        fetch->whole = fetch->positions[0] - 1;
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int send(struct node *node, const struct node_input *input, struct ref *refs, struct effects *effects)
{
    struct node_fetch *fetch = &node->fetch;
    Navette__Fetch message = NAVETTE__FETCH__INIT;
    Navette__Ref entries[LIMIT_FETCH_ENTRIES];
    Navette__Ref *list[LIMIT_FETCH_ENTRIES];

    for (size_t i = 0; i < fetch->count; i++) {
        navette__ref__init(&entries[i]);
        entries[i].incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, refs[i].incarnation};
        entries[i].seq = refs[i].seq;
        entries[i].leaf = refs[i].leaf;
        list[i] = &entries[i];
    }
    message.token = ++fetch->token;
    message.entries = list;
    message.n_entries = fetch->count;
    fetch->asked_ms = input->now_ms;
    return effects_send(effects, 0, FRAME_FETCH, &message.base);
}

int64_t node_fetch_deadline(const struct node *node)
{
    const struct node_fetch *fetch = &node->fetch;
    int64_t at = INT64_MAX;

    if (node->link != NODE_STREAMING || !fetch->hub_fetches)
        return INT64_MAX;
    if (fetch->asked_ms != 0)
        at = fetch->asked_ms + NODE_FETCH_RETRY_MS + line_down_ms(&node->line, fetch->bytes);
    else if (fetch->look)
        at = fetch->wait_ms;
    return fetch->greet_ms != 0 && fetch->greet_ms < at ? fetch->greet_ms : at;
}

int node_fetch_tick(struct node *node, const struct node_input *input, struct effects *effects)
{
    struct node_fetch *fetch = &node->fetch;
    struct ref refs[LIMIT_FETCH_ENTRIES];
    int rc;

    if (input->now_ms < node_fetch_deadline(node))
        return 0;
    /* Somebody else may have given it back to the hub since. */
    if (fetch->greet_ms != 0 && input->now_ms >= fetch->greet_ms) {
        node_go_offline(node);
        node->link = NODE_GREETING;
        node->connect++;
        return node_hello(node, input, NULL, effects);
    }
    fetch->asked_ms = 0;
    fetch->wait_ms = 0;
    rc = gather(node, input->txn, refs);
    if (rc != 0)
        return rc;
    if (fetch->count > 0)
        return send(node, input, refs, effects);
    /* Nothing was missing after all: what is kept of their number was not true. */
    if (fetch->hollow && !fetch->refused && fetch->after == 0) {
        rc = journal_none_pruned(input->txn);
        if (rc != 0)
            return rc;
    }
    fetch->look = fetch->refused;
    fetch->wait_ms = fetch->refused ? input->now_ms + NODE_FETCH_AGAIN_MS : 0;
    fetch->after = 0;
    fetch->refused = 0;
    return 0;
}

/* It stays a stub, and wanted; those behind it are asked for meanwhile. */
static void refuse(struct node *node, uint64_t position, const char *why, struct effects *effects)
{
    struct node_fetch *fetch = &node->fetch;

    fetch->after = position > fetch->after ? position : fetch->after;
    fetch->refused = 1;
    if (!fetch->told)
        effects_log(effects, EFFECT_ERROR, 0, "ALARM: older movements that this node gave up do not come back: %s: tell the coordinator",
                    why);
    fetch->told = 1;
}

static int take(struct node *node, const struct node_input *input, const Navette__FetchedEntry *in, struct effects *effects)
{
    uint64_t position = node->fetch.positions[in->index];
    struct journal_entry stub;
    int rc;

    if (in->state != NAVETTE__FETCH_STATE__FETCH_GIVEN) {
        refuse(node, position, in->state == NAVETTE__FETCH_STATE__FETCH_NOT_FOLLOWED ? "they are not for it" : "the hub does not hold them",
               effects);
        return 0;
    }
    rc = journal_read_raw(input->txn, position, &stub);
    if (rc != NAVETTE_E_PRUNED)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = journal_unprune(input->txn, &stub.self, span_of(in->event.data, in->event.len));
    if (rc == NAVETTE_E_CHAIN) {
        refuse(node, position, "what the hub gives is not what was here", effects);
        return 0;
    }
    return rc;
}

int node_fetched(struct node *node, const struct node_input *input, const Navette__Fetched *fetched, struct effects *effects)
{
    struct node_fetch *fetch = &node->fetch;
    int rc = 0;

    int settled = 0; /* what says nothing of what was asked is not asked again at once */

    if (node->link != NODE_STREAMING || fetch->asked_ms == 0 || fetched->token != fetch->token || fetch->count == 0)
        return 0;
    fetch->asked_ms = 0;
    if (fetched->wait_ms > 0) {
        fetch->wait_ms = input->now_ms + (fetched->wait_ms < NODE_FETCH_WAIT_MOST_MS ? fetched->wait_ms : NODE_FETCH_WAIT_MOST_MS);
        return 0;
    }
    for (size_t i = 0; rc == 0 && i < fetched->n_entries; i++) {
        if (fetched->entries[i]->index < fetch->count) {
            rc = take(node, input, fetched->entries[i], effects);
            settled = 1;
        }
    }
    if (!settled)
        refuse(node, fetch->positions[0], "the hub says nothing of them", effects);
    return rc == 0 ? node_fetch_tick(node, input, effects) : rc;
}
