/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/scope.h"

#include <string.h>

#include "fold/absence.h"
#include "fold/trail.h"
#include "navette/adopted.h"
#include "navette/event.h"

#define MASK_EVERYBODY UINT64_MAX

static int concerns(const struct hub_node *node, const struct journal_entry *entry)
{
    int possible = 0;

    for (size_t i = 0; i < node->place_count && !possible; i++) {
        uint64_t mask = scope_mask_of(node->places[i]);

        possible = (entry->scope_mask & mask) == mask;
    }
    return possible ? scope_set_concerns((const char(*)[LIMIT_PLACE_CODE + 1]) node->places, node->place_count, entry->event) : 0;
}

int scope_admits(const struct hub_node *node, const struct journal_entry *entry)
{
    if (node->scope == NAVETTE__SCOPE__SCOPE_NETWORK || entry->scope_mask == MASK_EVERYBODY) {
        return 1;
    }
    return concerns(node, entry);
}

int scope_is_near(const struct hub_node *node, const struct journal_entry *entry)
{
    return entry->scope_mask == MASK_EVERYBODY ? 0 : concerns(node, entry);
}

/* The last event of a thing's history before `end`, by position, that says what it is: the same whenever it is asked. 0: none. */
static int last_catalogue(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, uint64_t end, uint64_t *position)
{
    uint64_t at;
    int rc = trail_newest(state, key, &at);

    *position = 0;
    while (rc == 0 && at != 0 && *position == 0) {
        struct journal_entry entry;
        struct event event;

        rc = journal_read(journal, at, &entry);
        if (rc != 0) {
            break;
        }
        rc = event_decode(entry.event, &event);
        if (rc == 0 && at < end &&
            (event.body->body_case == NAVETTE__EVENT__BODY_ITEM_REGISTERED || event.body->body_case == NAVETTE__EVENT__BODY_ITEM_CHANGED)) {
            *position = at;
        }
        event_free(&event);
        if (rc == NAVETTE_E_MEMORY) {
            break;
        }
        rc = trail_before(state, key, &at);
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

#define REFUSAL_ROWS (2u * LIMIT_BATCH_EVENTS) /* a batch and its refusals stand together, in this order */

/* A refusal that the state has not taken in yet: what it refuses is folded no sooner, but the two are not folded in one stroke. */
static int is_refused_next(struct store_txn *journal, const struct journal_entry *entry, const struct event *event, uint64_t folded)
{
    struct journal_scan scan;
    struct journal_entry next;
    int refused = 0;
    int rc = folded >= entry->position + REFUSAL_ROWS ? NAVETTE_E_NOT_FOUND : journal_scan_open(journal, folded + 1, &scan);

    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    while (!refused && (rc = journal_scan_next(&scan, &next)) == 0 && next.position <= entry->position + REFUSAL_ROWS) {
        struct event told;
        struct ref target = {.seq = 0};
        int ends;

        if (memcmp(next.self.incarnation, entry->self.incarnation, INCARNATION_SIZE) == 0) {
            continue;
        }
        rc = event_decode(next.event, &told);
        ends = rc != 0 || told.body->body_case != NAVETTE__EVENT__BODY_EVENT_REFUSED;
        if (!ends) {
            target = event_ref(told.body->event_refused->target, &next.self);
            refused = ref_compare(&target, &event->self) == 0;
        }
        event_free(&told);
        if (ends) {
            break;
        }
    }
    journal_scan_close(&scan);
    return rc == NAVETTE_E_MEMORY || rc == NAVETTE_E_STORE ? rc : refused;
}

/* Who sends to itself, from an earlier incarnation, or says that another place did, is told nothing for it. */
static int is_idle(const struct hub_node *node, const struct journal_entry *entry, const struct event *event, struct store_txn *state,
                   struct store_txn *journal)
{
    struct horizon horizon;
    struct log_head head;
    struct ref refusal;
    int rc = journal_head(journal, event->self.incarnation, &head);

    if (rc == 0 && memcmp(head.node, node->node, NODE_ID_SIZE) == 0) {
        return 1;
    }
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND) {
        return rc;
    }
    rc = horizon_open(&horizon, state, journal);
    if (rc == 0) {
        rc = absence_refusals(&horizon, &event->self, &refusal, 1);
    }
    return rc != 0 ? rc : is_refused_next(journal, entry, event, horizon.limit);
}

/* The entry that a reference of `event` points to. NAVETTE_E_NOT_FOUND. */
static int follow(struct store_txn *journal, const struct ref *ref, struct journal_entry *entry)
{
    int rc = ref->seq == 0 ? NAVETTE_E_NOT_FOUND : journal_find(journal, ref, entry);

    return rc == 0 && entry->self.leaf != ref->leaf ? NAVETTE_E_NOT_FOUND : rc;
}

/*
 * What an admission lets in is sent with it as if it came now. *position: of the event itself, when it was not for this node by what the hub knew of it before; else 0.
 */
static int open_admitted(const struct hub_node *node, struct store_txn *journal, struct event *event, struct journal_entry *opened,
                         uint64_t *position)
{
    struct ref ref = event_ref(event->body->event_admitted->refusal, &opened->self);
    int before;
    int rc = follow(journal, &ref, opened);

    event_free(event);
    if (rc == 0) {
        rc = event_decode(opened->event, event);
    }
    if (rc == 0) {
        ref = event->body->body_case == NAVETTE__EVENT__BODY_EVENT_REFUSED ? event_ref(event->body->event_refused->target, &opened->self)
                                                                           : event_ref(NULL, &opened->self);
        rc = follow(journal, &ref, opened);
    }
    event_free(event);
    if (rc != 0) {
        return rc;
    }
    *position = opened->position;
    before = scope_admits(node, opened);
    rc = before < 0 ? before : adopted_open(opened);
    if (rc == 0) {
        rc = event_decode(opened->event, event);
    }
    if (rc == 0) {
        opened->scope_mask = event_scope_mask(event->body);
        rc = scope_admits(node, opened);
        *position = rc > 0 && !before ? *position : 0;
        rc = rc < 0 ? rc : 0;
    }
    return rc;
}

/* Last catalogue events of the documents that a dispatch sends to this node. Returns the number. */
static int gather_titles(const struct hub_node *node, const struct journal_entry *entry, const struct event *event, struct store_txn *state,
                         struct store_txn *journal, uint64_t *positions)
{
    const Navette__Dispatched *dispatched = event->body->dispatched;
    int count = 0;
    int here = 0;
    int rc;

    for (size_t i = 0; i < node->place_count; i++) {
        here |= strcmp(dispatched->to, node->places[i]) == 0;
    }
    rc = here ? is_idle(node, entry, event, state, journal) : 1;
    for (size_t i = 0; rc == 0 && i < dispatched->n_things && count < (int)LIMIT_EVENT_THINGS; i++) {
        struct thing_key key;
        uint64_t position;

        if (thing_key_of(dispatched->things[i], &key) != 0 || thing_kind(&key) != NAVETTE__THING_KIND__THING_ITEM) {
            continue;
        }
        rc = last_catalogue(state, journal, &key, entry->position, &position);
        if (rc == 0 && position != 0) {
            positions[count++] = position;
        }
    }
    return rc < 0 ? rc : count;
}

int scope_companions(const struct hub_node *node, const struct journal_entry *entry, struct store_txn *state, struct store_txn *journal,
                     uint64_t *positions)
{
    struct journal_entry opened = *entry;
    uint64_t itself = 0;
    struct event event;
    int count = 0;
    int rc;

    if (node->scope == NAVETTE__SCOPE__SCOPE_NETWORK || state == NULL) {
        return 0;
    }
    rc = adopted_open(&opened);
    if (rc != 0) {
        return rc;
    }
    rc = event_decode(opened.event, &event);
    if (rc == 0 && event.body->body_case == NAVETTE__EVENT__BODY_EVENT_ADMITTED) {
        rc = open_admitted(node, journal, &event, &opened, &itself);
    }
    if (rc == 0 && event.body->body_case == NAVETTE__EVENT__BODY_DISPATCHED) {
        event.self = opened.self;
        count = gather_titles(node, entry, &event, state, journal, positions);
    } else if (rc == 0 && itself != 0) {
        positions[count++] = itself;
    }
    event_free(&event);
    return rc == NAVETTE_E_MEMORY || rc == NAVETTE_E_STORE ? rc : count;
}
