/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/node_fetch.h"

#include <string.h>

#include "navette/event.h"
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
    fetch->whole = 0;
    fetch->retrying = 1;
    fetch->retried = 0;
    fetch->since_ms = 0;
    fetch->again_ms = 0;
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

/* ---- what is asked for */

static int is_full(const struct node_fetch_list *list)
{
    return list->count == LIMIT_FETCH_ENTRIES;
}

/* Into the list if it is a stub; what is wanted of one that is none any more goes. */
static int add(struct store_txn *txn, const struct node_fetch_from *from, uint64_t position, struct node_fetch_list *list)
{
    struct journal_entry entry;
    int rc = journal_read_raw(txn, position, &entry);

    if (rc == 0 || rc == NAVETTE_E_NOT_FOUND)
        return from->reads ? 0 : journal_unwant(txn, position);
    if (rc != NAVETTE_E_PRUNED)
        return rc;
    list->refs[list->count] = entry.self;
    list->bytes += journal_stub_length(&entry);
    list->positions[list->count++] = position;
    return 0;
}

static int gather_wanted(struct store_txn *txn, const struct node_fetch_from *from, struct node_fetch_list *list)
{
    uint64_t after = from->wanted;
    int rc = 0;

    while (rc == 0 && !is_full(list)) {
        rc = journal_wanted(txn, after, &after);
        rc = rc == 0 ? add(txn, from, after, list) : rc;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* The first stub behind *at. NAVETTE_E_BUSY: none in what is looked through at once, up to *at. */
static int next_stub(struct store_txn *txn, uint64_t *at)
{
    struct journal_entry entry = {.position = *at};
    struct journal_scan scan;
    int rc = journal_scan_open(txn, *at + 1, &scan);

    for (unsigned int looked = 0; rc == 0 && looked < NODE_FETCH_LOOKED; looked++) {
        rc = journal_scan_next(&scan, &entry);
        if (rc == 0 || rc == NAVETTE_E_PRUNED)
            *at = entry.position;
        /* What came again has its bytes elsewhere. */
        if (rc == NAVETTE_E_PRUNED && entry.again != 0)
            rc = 0;
    }
    journal_scan_close(&scan);
    return rc == 0 ? NAVETTE_E_BUSY : rc == NAVETTE_E_PRUNED ? 0 : rc;
}

/* It is asked for already, or nobody gives it. 0, NAVETTE_E_NOT_FOUND: neither; or a code. */
static int is_known(struct store_txn *txn, uint64_t position)
{
    struct journal_refused refused;
    uint64_t wanted;
    int rc = journal_wanted(txn, position - 1, &wanted);

    if (rc == 0 && wanted == position)
        return 0;
    return rc == 0 || rc == NAVETTE_E_NOT_FOUND ? journal_refused(txn, position, &refused) : rc;
}

/* What a hollow state lacks: said of few of them that they are wanted. */
static int gather_stubs(struct store_txn *txn, const struct node_fetch_from *from, struct node_fetch_list *list)
{
    size_t before = list->count;
    uint64_t at = from->stub;
    int rc = 0;

    while (rc == 0 && !is_full(list)) {
        rc = next_stub(txn, &at);
        rc = rc == 0 ? is_known(txn, at) : rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_CLOSED : rc;
        if (rc == NAVETTE_E_NOT_FOUND)
            rc = add(txn, from, at, list);
    }
    list->more |= rc == NAVETTE_E_BUSY;
    /* No stub is made while a state is hollow. */
    if (rc == NAVETTE_E_CLOSED)
        rc = journal_tail(txn, &at);
    list->whole = list->count > before ? list->positions[before] - 1 : at;
    list->stubs = list->count - before;
    return rc == NAVETTE_E_BUSY ? 0 : rc;
}

static int gather_refused(struct store_txn *txn, const struct node_fetch_from *from, struct node_fetch_list *list)
{
    struct journal_refused refused = {.position = from->refused};
    size_t before = list->count;
    int rc = 0;

    while (rc == 0 && !is_full(list)) {
        rc = journal_next_refused(txn, refused.position, &refused);
        if (rc == 0 && (refused.at_ms < from->since_ms || refused.at_ms > from->now_ms))
            rc = add(txn, from, refused.position, list);
    }
    list->refused = list->count - before;
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int node_fetch_gather(struct store_txn *txn, const struct node_fetch_from *from, struct node_fetch_list *list)
{
    uint64_t owed;
    int rc;

    list->count = list->bytes = list->wanted = list->stubs = list->refused = 0;
    list->more = 0;
    list->whole = from->stub;
    rc = fold_owes(txn, &owed, &list->hollow);
    if (rc == 0)
        rc = gather_wanted(txn, from, list);
    list->wanted = list->count;
    if (rc == 0 && list->hollow && !is_full(list))
        rc = gather_stubs(txn, from, list);
    if (rc == 0 && from->retries && !list->more)
        rc = gather_refused(txn, from, list);
    list->more |= is_full(list);
    return rc;
}

void node_fetch_fill(struct node_fetch_list *list, Navette__Fetch *message, Navette__Ref *entries, Navette__Ref **pointers)
{
    for (size_t i = 0; i < list->count; i++) {
        event_ref_fill(&list->refs[i], &entries[i]);
        pointers[i] = &entries[i];
    }
    message->entries = pointers;
    message->n_entries = list->count;
}

static int send(struct node *node, const struct node_input *input, struct node_fetch_list *asked, struct effects *effects)
{
    struct node_fetch *fetch = &node->fetch;
    Navette__Fetch message = NAVETTE__FETCH__INIT;
    Navette__Ref entries[LIMIT_FETCH_ENTRIES];
    Navette__Ref *list[LIMIT_FETCH_ENTRIES];

    node_fetch_fill(asked, &message, entries, list);
    message.token = ++fetch->token;
    fetch->count = asked->count;
    fetch->bytes = asked->bytes;
    memcpy(fetch->positions, asked->positions, asked->count * sizeof(asked->positions[0]));
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
    else if (fetch->again_ms != 0)
        at = fetch->again_ms > fetch->wait_ms ? fetch->again_ms : fetch->wait_ms;
    return fetch->greet_ms != 0 && fetch->greet_ms < at ? fetch->greet_ms : at;
}

/* Nothing is left to ask for: until it is wanted, or what stands refused is asked for again. */
static int rest(struct node *node, const struct node_input *input, int hollow)
{
    struct node_fetch *fetch = &node->fetch;
    struct journal_wants wants;
    int rc = fold_refill(input->txn);

    if (rc == 0)
        rc = journal_wants(input->txn, &wants);
    /* Nothing was missing after all: what is kept of their number was not true. */
    if (rc == 0 && hollow && journal_wants_refused(&wants) == 0)
        rc = journal_none_pruned(input->txn);
    if (rc != 0)
        return rc;
    if (fetch->retrying || fetch->again_ms == 0)
        fetch->again_ms = journal_wants_refused(&wants) > 0 ? input->now_ms + NODE_FETCH_AGAIN_MS : 0;
    fetch->retrying = 0;
    fetch->retried = 0;
    fetch->since_ms = 0;
    fetch->look = 0;
    return 0;
}

int node_fetch_tick(struct node *node, const struct node_input *input, struct effects *effects)
{
    struct node_fetch *fetch = &node->fetch;
    struct node_fetch_list list;
    struct node_fetch_from from;
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
    fetch->retrying = fetch->retrying || (fetch->again_ms != 0 && input->now_ms >= fetch->again_ms);
    if (fetch->since_ms == 0)
        fetch->since_ms = input->wall_ms;
    from = (struct node_fetch_from){
        .stub = fetch->whole, .refused = fetch->retried, .retries = fetch->retrying, .since_ms = fetch->since_ms, .now_ms = input->wall_ms};
    rc = node_fetch_gather(input->txn, &from, &list);
    if (rc != 0)
        return rc;
    fetch->whole = list.whole;
    if (list.count > 0)
        return send(node, input, &list, effects);
    return list.more ? 0 : rest(node, input, list.hollow);
}

/* ---- what comes */

static const char *const REFUSALS[WANT_REFUSALS] = {
    [WANT_NOT_REFUSED] = "",
    [WANT_NOT_HELD] = "the hub does not hold them",
    [WANT_NOT_FOLLOWED] = "they are not for it",
    [WANT_DAMAGED] = "they are damaged at the hub",
    [WANT_OTHER_BYTES] = "what the hub gives is not what was here",
    [WANT_UNANSWERED] = "the hub says nothing of them",
};

/* It stays a stub, and is told of; those that wait for others go on. */
static int refuse(struct node *node, const struct node_input *input, uint64_t position, enum want_refusal why, struct effects *effects)
{
    if (!node->fetch.told)
        effects_log(effects, EFFECT_ERROR, 0, "ALARM: older movements that this node gave up do not come back: %s: tell the coordinator",
                    REFUSALS[why]);
    node->fetch.told = 1;
    return journal_refuse(input->txn, position, why, input->wall_ms);
}

static enum want_refusal refusal_of(Navette__FetchState state)
{
    switch (state) {
    case NAVETTE__FETCH_STATE__FETCH_NOT_FOLLOWED:
        return WANT_NOT_FOLLOWED;
    case NAVETTE__FETCH_STATE__FETCH_DAMAGED:
        return WANT_DAMAGED;
    default:
        return WANT_NOT_HELD;
    }
}

int node_fetch_take(struct node *node, const struct node_input *input, uint64_t position, const Navette__FetchedEntry *in,
                    struct effects *effects)
{
    struct journal_entry stub;
    int rc = journal_read_raw(input->txn, position, &stub);

    if (rc != NAVETTE_E_PRUNED)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    if (in->state != NAVETTE__FETCH_STATE__FETCH_GIVEN)
        return refuse(node, input, position, refusal_of(in->state), effects);
    rc = journal_unprune(input->txn, &stub.self, span_of(in->event.data, in->event.len));
    return rc == NAVETTE_E_CHAIN ? refuse(node, input, position, WANT_OTHER_BYTES, effects) : rc;
}

/* What stood refused and is answered was asked for once more; then it is taken, or refused again. */
static int settle(struct node *node, const struct node_input *input, const Navette__FetchedEntry *in, struct effects *effects)
{
    struct node_fetch *fetch = &node->fetch;
    uint64_t position = fetch->positions[in != NULL ? in->index : 0];
    struct journal_refused before;
    int rc = journal_refused(input->txn, position, &before);

    if (rc == 0 && position > fetch->retried)
        fetch->retried = position;
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    return in != NULL ? node_fetch_take(node, input, position, in, effects) : refuse(node, input, position, WANT_UNANSWERED, effects);
}

static int64_t wait_until(int64_t now_ms, uint32_t wait_ms)
{
    int64_t wait = wait_ms < NODE_FETCH_WAIT_LEAST_MS ? NODE_FETCH_WAIT_LEAST_MS : wait_ms;

    return now_ms + (wait < NODE_FETCH_WAIT_MOST_MS ? wait : NODE_FETCH_WAIT_MOST_MS);
}

int node_fetched(struct node *node, const struct node_input *input, const Navette__Fetched *fetched, struct effects *effects)
{
    struct node_fetch *fetch = &node->fetch;
    int settled = 0; /* what says nothing of what was asked is not asked again at once */
    int rc = 0;

    if (node->link != NODE_STREAMING || fetch->asked_ms == 0 || fetched->token != fetch->token || fetch->count == 0)
        return 0;
    fetch->asked_ms = 0;
    fetch->look = 1;
    if (fetched->wait_ms > 0) {
        fetch->wait_ms = wait_until(input->now_ms, fetched->wait_ms);
        return 0;
    }
    for (size_t i = 0; rc == 0 && i < fetched->n_entries; i++) {
        if (fetched->entries[i]->index < fetch->count) {
            rc = settle(node, input, fetched->entries[i], effects);
            settled = 1;
        }
    }
    if (rc == 0 && !settled)
        rc = settle(node, input, NULL, effects);
    return rc == 0 ? node_fetch_tick(node, input, effects) : rc;
}
