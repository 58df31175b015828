/* SPDX-License-Identifier: Apache-2.0 */
#include "node/order_show.h"

#include <string.h>

#include "io/json_event.h"
#include "navette/view_json.h"
#include "node/person.h"
#include "node/where.h"

static void set_label(json_t *row, struct store_txn *txn, const struct thing_key *item)
{
    struct label label;

    if (fold_label(txn, item, &label) != 0)
        return;
    (void)json_object_set_new(row, "title", json_string(label.title));
    (void)json_object_set_new(row, "call_number", json_string(label.call_number));
}

static int show_items(const struct reading *reading, const struct order_view *view, json_t *items, size_t *packed)
{
    *packed = 0;
    for (size_t i = 0; i < view->item_count; i++) {
        const struct view_moment *moment = &reading->moment;
        int is_now = moment->at_ms == VIEW_NOW && moment->known == VIEW_KNOWN_ALL;
        int is_packed = is_now
                            ? view_orders_is_packed(reading->txn, view, &view->items[i])
                            : view_orders_is_packed_known(reading->txn, reading->txn, moment->at_ms, moment->known, view, &view->items[i]);
        json_t *row;

        if (is_packed < 0)
            return is_packed;
        row = json_pack("{s:s, s:s, s:b}", "namespace", thing_namespace(&view->items[i]), "id", thing_id(&view->items[i]), "packed",
                        is_packed);
        set_label(row, reading->txn, &view->items[i]);
        (void)json_array_append_new(items, row);
        *packed += (size_t)is_packed;
    }
    return 0;
}

/* Names are for who stands at this node, and only where the key is. */
static void set_person(const struct office *office, const struct order_view *view, json_t *row)
{
    struct person person;
    int rc = person_open(office->keyring, view, &person);

    if (rc == 0) {
        (void)json_object_set_new(row, "card", json_string(person.card));
        (void)json_object_set_new(row, "name", json_string(person.name));
    }
    (void)json_object_set_new(row, "person",
                              json_string(rc == 0                                        ? "here"
                                          : !view->has_person                            ? "none"
                                          : view->is_erased && rc == NAVETTE_E_NOT_FOUND ? "erased"
                                          : rc == NAVETTE_E_NOT_FOUND                    ? "key-elsewhere"
                                                                                         : "damaged"));
    person_wipe(&person);
}

int order_show_row(struct office *office, const struct reading *reading, const struct order_view *view, json_t *rows)
{
    json_t *items = json_array(), *bags = json_array(), *row;
    const char *tz = reading->tz;
    size_t packed;
    int rc = show_items(reading, view, items, &packed);

    for (size_t i = 0; i < view->bag_count; i++)
        (void)json_array_append_new(bags, json_string(thing_id(&view->bags[i])));
    row = json_pack("{s:s, s:s, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:I}", "id", thing_id(&view->key), "state",
                    state_order_name(view->state), "channel", json_event_enum(&navette__channel__descriptor, view->channel), "pickup",
                    view->pickup, "place", view->place, "placed", view_json_time(view->placed_ms, tz), "since",
                    view_json_time(view->since_ms, tz), "items", items, "bags", bags, "packed", (json_int_t)packed, "wanted",
                    (json_int_t)view->item_count);
    if (rc == 0 && row == NULL)
        rc = NAVETTE_E_MEMORY;
    if (row != NULL)
        set_person(office, view, row);
    if (rc == 0)
        (void)json_array_append_new(rows, row);
    else
        json_decref(row);
    return rc;
}

static json_t *pick_json(const struct request *request, const struct pick_row *row)
{
    const struct whereabouts *where = &row->whereabouts;
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "barcode", thing_id(&row->item), "namespace",
                             thing_namespace(&row->item), "call_number", where->label.call_number, "title", where->label.title, "material",
                             where->record.material, "pickup", row->pickup, "order", thing_id(&row->order));
    char text[WHERE_SIZE];

    if (row->where == PICK_UNKNOWN) {
        (void)json_object_set_new(json, "reason", json_string("not-in-catalogue"));
        (void)json_object_set_new(json, "reason_text", json_string(message_word(request->language, "not-in-catalogue")));
    } else if (row->where == PICK_AWAY) {
        where_text(request->language, where, text);
        (void)json_object_set_new(json, "reason", json_string(state_name(where->shown_state)));
        (void)json_object_set_new(json, "reason_text", json_string(message_word(request->language, state_name(where->shown_state))));
        (void)json_object_set_new(json, "where", json_string(text));
    }
    return json;
}

json_t *order_show_picks(const struct request *request, const struct pick_view *view, const char *of)
{
    json_t *rows = json_array(), *away = json_array();

    for (size_t i = 0; i < view->count; i++)
        (void)json_array_append_new(view->rows[i].where == PICK_SHELF ? rows : away, pick_json(request, &view->rows[i]));
    return json_pack("{s:b, s:s, s:o, s:o, s:I}", "ok", 1, "of", of, "rows", rows, "away", away, "total", (json_int_t)view->count);
}
