/* SPDX-License-Identifier: Apache-2.0 */
#include "node/order_notes.h"

#include <stdio.h>
#include <string.h>

static void note(const struct request *request, json_t **notes, const char *code, const char *a)
{
    if (*notes == NULL)
        *notes = json_array();
    (void)json_array_append_new(*notes, request_note(request, code, a));
}

void order_notes_add(const struct request *request, struct store_txn *txn, const char *id, const struct thing_key *item, json_t **notes)
{
    struct order_view order;
    struct thing_key key;
    int asked = item == NULL;

    if (id[0] == '\0' || thing_key_make(NAVETTE__THING_KIND__THING_ORDER, "", id, &key) != 0)
        return;
    /* the event at hand is in its history already: known is what was placed */
    if (view_orders_read(txn, txn, &key, &order) != 0)
        return;
    if (order.item_count == 0)
        note(request, notes, "note-order-unknown", id);
    if (order.state == ORDER_STATE_CANCELLED)
        note(request, notes, "note-order-over", message_word(request->language, state_order_name(order.state)));
    for (size_t i = 0; i < order.item_count && !asked; i++)
        asked = thing_key_equal(&order.items[i], item);
    if (order.item_count > 0 && !asked)
        note(request, notes, "note-not-ordered", id);
    view_orders_free(&order);
}

/* The order that a document was packed for last; "" when nothing says. What was packed for none since may be given up. */
static void packed_for(struct store_txn *txn, const struct thing_key *item, char order[LIMIT_THING_ID + 1])
{
    struct history history;

    order[0] = '\0';
    if (fold_history_kept(txn, txn, item, INT64_MAX, UINT64_MAX, &history) != 0)
        return;
    for (size_t i = 0; i < history.count; i++) {
        const Navette__Event *body = history.steps[i].event.body;

        if (!history.steps[i].absent && body->body_case == NAVETTE__EVENT__BODY_ITEM_PACKED)
            (void)snprintf(order, LIMIT_THING_ID + 1, "%s", body->item_packed->order != NULL ? body->item_packed->order->id : "");
    }
    history_free(&history);
}

void order_notes_pickup(const struct request *request, struct store_txn *txn, const char *id, const struct thing_key *thing, json_t **notes)
{
    char order[LIMIT_THING_ID + 1];
    struct thing_record record;
    struct thing_key inside, key;
    int is_item = thing_kind(thing) == NAVETTE__THING_KIND__THING_ITEM;

    (void)snprintf(order, sizeof order, "%s", id);
    if (order[0] == '\0' && (is_item || view_contents(txn, thing, &inside, 1) == 1))
        packed_for(txn, is_item ? thing : &inside, order);
    if (order[0] == '\0' || thing_key_make(NAVETTE__THING_KIND__THING_ORDER, "", order, &key) != 0 || fold_read(txn, &key, &record) != 0)
        return;
    if (record.place[0] != '\0' && strcmp(record.place, request->place) != 0)
        note(request, notes, "note-other-pickup", record.place);
    thing_record_free(&record);
}

void order_notes_ready(const struct request *request, const struct order_view *order, size_t packed, json_t **notes)
{
    char part[48];

    if (order->item_count == 0)
        note(request, notes, "note-order-unknown", thing_id(&order->key));
    if (packed >= order->item_count && packed > 0)
        return;
    (void)snprintf(part, sizeof part, "%zu / %zu", packed, order->item_count);
    note(request, notes, "note-order-incomplete", part);
}
