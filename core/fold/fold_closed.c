/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "fold/absence.h"
#include "fold/horizon.h"
#include "fold/lending.h"
#include "navette/fold.h"
#include "reconcile/handover_key.h"

#define OPEN_FLAGS (ORDER_FORCED | ORDER_CYCLE | ORDER_FOUND | ORDER_PHONED)

/* Movements, and what is put in and taken out: what a thing at rest has behind it. What names a stop of a round, which comes again, an order, a zone, untagged bags is read again and again. */
static int is_movement(const Navette__Event *body)
{
    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_DISPATCHED:
        return body->dispatched->n_pools == 0 && body->dispatched->round == NULL;
    case NAVETTE__EVENT__BODY_COLLECTED:
        return body->collected->n_pools == 0 && body->collected->round == NULL;
    case NAVETTE__EVENT__BODY_RECEIVED:
        return body->received->n_pools == 0 && body->received->round == NULL;
    case NAVETTE__EVENT__BODY_SEEN_ON_RECEPTION:
        return body->seen_on_reception->round == NULL;
    case NAVETTE__EVENT__BODY_REFUSED:
        return body->refused->round == NULL;
    case NAVETTE__EVENT__BODY_TRANSIT_CANCELLED:
        return 1;
    case NAVETTE__EVENT__BODY_DELIVERED:
        return body->delivered->n_pools == 0 && body->delivered->order == NULL && body->delivered->proof == NULL;
    case NAVETTE__EVENT__BODY_DELIVERY_FAILED:
        return body->delivery_failed->order == NULL && body->delivery_failed->note == NULL;
    case NAVETTE__EVENT__BODY_ITEM_PACKED:
        return body->item_packed->order == NULL;
    case NAVETTE__EVENT__BODY_ITEM_UNPACKED:
    case NAVETTE__EVENT__BODY_CRATE_LOADED:
    case NAVETTE__EVENT__BODY_CRATE_UNLOADED:
    case NAVETTE__EVENT__BODY_BAG_SEALED:
    case NAVETTE__EVENT__BODY_BAG_OPENED:
    case NAVETTE__EVENT__BODY_FOUND:
        return 1;
    case NAVETTE__EVENT__BODY_SEEN_AT:
        return body->seen_at->zone[0] == '\0';
    default:
        return 0;
    }
}

/* Is there a row whose key begins so? 1, 0 or a code. */
static int has_row(struct store_txn *txn, enum store_table table, struct span prefix)
{
    struct span key;
    struct span value;
    int rc = store_first(txn, table, prefix, &key, &value);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    return key.len >= prefix.len && memcmp(key.data, prefix.data, prefix.len) == 0;
}

static int is_same(const struct ref *a, const struct ref *b)
{
    return ref_compare(a, b) == 0;
}

/* At rest at a place, nothing under way, nothing that a later event could still explain, nothing that anybody doubts; and this event is not what its record rests on. */
static int is_at_rest(const struct thing_record *record, const struct ref *self)
{
    int is_settled = record->custody == CUSTODY_PLACE && record->conflict == 0 &&
                     (record->condition == CONDITION_NORMAL || record->condition == CONDITION_WITHDRAWN);

    return is_settled && (record->order_flags & OPEN_FLAGS) == 0 && record->missing == 0 &&
           (record->wanted == 0 || (record->order_flags & ORDER_CHAIN)) && !is_same(self, &record->last) &&
           !is_same(self, &record->cause) && !is_same(self, &record->max_ref);
}

static int is_closed_for(struct store_txn *txn, const struct thing_key *key, const struct ref *self)
{
    uint8_t packed[LENDING_KEY_MAX];
    struct thing_record record;
    int kind = thing_kind(key);
    int closed;
    int rc;

    if (kind != NAVETTE__THING_KIND__THING_ITEM && kind != NAVETTE__THING_KIND__THING_BAG && kind != NAVETTE__THING_KIND__THING_CRATE)
        return 0;
    rc = fold_read(txn, key, &record);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    closed = is_at_rest(&record, self);
    thing_record_free(&record);
    if (!closed)
        return 0;
    rc = has_row(txn, TABLE_DISCREPANCY, thing_key_span(key));
    if (rc == 0)
        rc = has_row(txn, TABLE_LENDING, span_of(packed, lending_packed_prefix(key, packed)));
    return rc < 0 ? rc : !rc;
}

/* No hand-over that it names is short, over or otherwise in doubt. */
static int is_closed_for_handovers(struct store_txn *txn, const struct event *event)
{
    struct thing_key keys[HANDOVER_KEYS_MAX];
    struct handover_words words;
    size_t count;
    int rc = 0;

    handover_key_words(event, &words);
    count = words.role == HANDOVER_SAYS_NOTHING ? 0 : handover_key_named(event, &words, keys);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = has_row(txn, TABLE_DISCREPANCY, thing_key_span(&keys[i]));
    return rc < 0 ? rc : !rc;
}

int fold_is_closed(struct store_txn *txn, const struct journal_entry *entry)
{
    struct event_thing things[EVENT_THINGS_MAX];
    uint8_t target[REF_SIZE];
    uint8_t position[8];
    struct event event;
    size_t count;
    int closed;
    int rc = event_decode(entry->event, &event);

    if (rc != 0) {
        event_free(&event);
        return rc == NAVETTE_E_MEMORY ? rc : 0;
    }
    count = event_things(event.body, things);
    event.self = entry->self;
    closed = count > 0 && is_movement(event.body) ? is_closed_for_handovers(txn, &event) : 0;
    event_free(&event);
    ref_encode(&entry->self, target);
    write_u64(position, entry->position);
    if (closed > 0) {
        rc = has_row(txn, TABLE_RETRACT, span_of(target, sizeof(target)));
        if (rc == 0)
            rc = has_row(txn, TABLE_ASIDE, span_of(position, sizeof(position)));
        closed = rc < 0 ? rc : !rc;
    }
    for (size_t i = 0; closed > 0 && i < count; i++)
        closed = is_closed_for(txn, &things[i].key, &entry->self);
    return closed;
}
