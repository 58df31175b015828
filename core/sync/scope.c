/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/scope.h"

#include <string.h>

#include "fold/absence.h"
#include "fold/trail.h"
#include "navette/adopted.h"
#include "navette/event.h"

#define MASK_EVERYBODY UINT64_MAX

int scope_admits(const struct hub_node *node, const struct journal_entry *entry)
{
    int possible = 0;

    if (node->scope == NAVETTE__SCOPE__SCOPE_NETWORK || entry->scope_mask == MASK_EVERYBODY) {
        return 1;
    }
    for (size_t i = 0; i < node->place_count && !possible; i++) {
        uint64_t mask = scope_mask_of(node->places[i]);

        possible = (entry->scope_mask & mask) == mask;
    }
    return possible ? scope_set_concerns((const char(*)[LIMIT_PLACE_CODE + 1]) node->places, node->place_count, entry->event) : 0;
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
    int rc = journal_head(journal, event->self.incarnation, &head);

    if (rc == 0 && memcmp(head.node, node->node, NODE_ID_SIZE) == 0) {
        return 1;
    }
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND) {
        return rc;
    }
    rc = horizon_open(&horizon, state, journal);
    if (rc == 0) {
        rc = absence_is_refusal(&horizon, event);
    }
    return rc != 0 ? rc : is_refused_next(journal, entry, event, horizon.limit);
}

int scope_companions(const struct hub_node *node, const struct journal_entry *entry, struct store_txn *state, struct store_txn *journal,
                     uint64_t *positions)
{
    struct journal_entry opened = *entry;
    struct event event;
    int count = 0;
    int here = 0;
    int rc;

    if (node->scope == NAVETTE__SCOPE__SCOPE_NETWORK || state == NULL) {
        return 0;
    }
    rc = adopted_open(&opened);
    if (rc != 0) {
        return rc;
    }
    rc = event_decode(opened.event, &event);
    if (rc != 0 || event.body->body_case != NAVETTE__EVENT__BODY_DISPATCHED) {
        event_free(&event);
        return rc == NAVETTE_E_MEMORY ? rc : 0;
    }
    for (size_t i = 0; i < node->place_count; i++) {
        here |= strcmp(event.body->dispatched->to, node->places[i]) == 0;
    }
    event.self = opened.self;
    rc = here ? is_idle(node, entry, &event, state, journal) : 0;
    here = here && rc == 0;
    rc = rc > 0 ? 0 : rc;
    for (size_t i = 0; here && rc == 0 && i < event.body->dispatched->n_things && count < (int)LIMIT_EVENT_THINGS; i++) {
        struct thing_key key;
        uint64_t position;

        if (thing_key_of(event.body->dispatched->things[i], &key) != 0 || thing_kind(&key) != NAVETTE__THING_KIND__THING_ITEM) {
            continue;
        }
        rc = last_catalogue(state, journal, &key, entry->position, &position);
        if (rc == 0 && position != 0) {
            positions[count++] = position;
        }
    }
    event_free(&event);
    return rc != 0 ? rc : count;
}
