/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/key_view.h"

#include <stdlib.h>
#include <string.h>

#include "fold/absence.h"
#include "fold/key_event.h"
#include "view/lent.h"

#define REFUSAL_ROWS (2u * LIMIT_BATCH_EVENTS) /* a batch and what the hub refuses of it stand together */

static void take_ids(struct key_event *event, const ProtobufCBinaryData *ids, size_t count)
{
    for (size_t i = 0; i < count && i < sizeof event->keys / sizeof event->keys[0]; i++) {
        memcpy(event->keys[i], ids[i].data, KEY_ID_SIZE);
        event->count = i + 1;
    }
}

static int take_body(const Navette__Event *body, struct key_event *event)
{
    event->body = (int)body->body_case;
    event->hlc = body->hlc;
    event->time_ms = (int64_t)(body->hlc >> 16);
    memcpy(event->place, body->place, strnlen(body->place, LIMIT_PLACE_CODE));
    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_KEY_ERASED:
        event->reason = (int)body->key_erased->reason;
        take_ids(event, body->key_erased->keys, body->key_erased->n_keys);
        return thing_key_of(body->key_erased->subject, &event->subject);
    case NAVETTE__EVENT__BODY_KEY_GONE:
        take_ids(event, body->key_gone->keys, body->key_gone->n_keys);
        return 0;
    case NAVETTE__EVENT__BODY_RECOVERY_KEY_CHANGED:
        memcpy(event->recovery, body->recovery_key_changed->key.data, KEY_SIZE);
        return 0;
    default:
        return NAVETTE_E_STORE;
    }
}

/* Whose log it is, as far as this journal knows. */
static int take_author(struct store_txn *journal, struct key_event *event)
{
    struct log_head head;
    int rc = journal_head(journal, event->self.incarnation, &head);

    if (rc == 0)
        memcpy(event->node, head.node, NODE_ID_SIZE);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int key_view_event(struct store_txn *state, struct store_txn *journal, uint64_t from, int current, struct key_event *event)
{
    struct horizon horizon;
    struct journal_entry entry;
    struct event decoded;
    uint64_t position = from, tail = 0;
    int body, rc = horizon_open(&horizon, state, journal);

    memset(event, 0, sizeof *event);
    if (rc == 0)
        rc = key_event_next(state, &position, &body);
    if (rc == 0)
        rc = journal_tail(journal, &tail);
    if (rc != 0)
        return rc;
    if (horizon.limit < position + REFUSAL_ROWS && (!current || horizon.limit < tail))
        return NAVETTE_E_BUSY;
    rc = horizon_held(journal_read(journal, position, &entry));
    if (rc == 0)
        rc = horizon_held(horizon_decode(&entry, &decoded));
    if (rc != 0)
        return rc;
    event->position = position;
    event->received_ms = entry.received_ms;
    event->self = decoded.self;
    rc = take_body(decoded.body, event);
    if (rc == 0)
        rc = take_author(journal, event);
    if (rc == 0)
        rc = absence_of(&horizon, &decoded, NULL);
    event_free(&decoded);
    event->counts = rc == 0;
    return rc < 0 ? rc : 0;
}

static int is_over_state(int state)
{
    return state == ORDER_STATE_HANDED_OVER || state == ORDER_STATE_CANCELLED || state == ORDER_STATE_NO_SHOW || state == ORDER_STATE_UNMET;
}

int key_view_is_over(struct store_txn *state, struct store_txn *journal, const struct order_view *order, int64_t *since_ms)
{
    struct horizon horizon;
    int rc = horizon_open(&horizon, state, journal);

    *since_ms = order->since_ms;
    if (rc != 0 || !is_over_state(order->state))
        return rc;
    for (size_t i = 0; i < order->packing_count; i++) {
        const struct order_packing *packing = &order->packings[i];
        struct event event;
        struct lent lent;

        rc = horizon_held(horizon_event(&horizon, &packing->self, &event, NULL));
        if (rc != 0)
            return rc;
        rc = lent_read(&horizon, &event, &packing->item, LOAN_AT_HANDOVER, &lent);
        event_free(&event);
        if (rc != 0)
            return rc;
        if (lent.now == LENT_OUT)
            return 0;
        if (lent.now == LENT_BACK && lent.back_ms > *since_ms)
            *since_ms = lent.back_ms;
    }
    return 1;
}
