/* SPDX-License-Identifier: Apache-2.0 */
#include "io/json_event.h"
#include "navette/phone.h"
#include "navette/view_json.h"

static json_t *said(const char *place, const char *speaker, int64_t said_ms, const struct ref *self, int64_t now_ms, const char *tz)
{
    return json_pack("{s:s, s:s, s:o, s:I, s:o}", "place", place, "speaker", speaker, "said", view_json_time(said_ms, tz), "age_s",
                     (json_int_t)(now_ms > said_ms ? (now_ms - said_ms) / 1000 : 0), "ref", view_json_ref(self));
}

static json_t *places(const struct phone_view *view, int64_t now_ms, const char *tz)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < view->place_count; i++) {
        const struct phone_place *row = &view->places[i];
        json_t *json = said(row->place, row->speaker, row->said_ms, &row->self, now_ms, tz);

        if (row->said & 1u)
            (void)json_object_set_new(json, "bags", json_integer(row->bags));
        if (row->said & 2u)
            (void)json_object_set_new(json, "items", json_integer(row->items));
        if (row->said & 4u)
            (void)json_object_set_new(json, "returned", json_integer(row->returned));
        (void)json_array_append_new(list, json);
    }
    return list;
}

static json_t *things(const struct phone_view *view, int64_t now_ms, const char *tz)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < view->thing_count; i++) {
        const struct phone_thing *row = &view->things[i];
        json_t *json = said(row->place, row->speaker, row->said_ms, &row->self, now_ms, tz);

        (void)json_object_set_new(json, "thing", view_json_key(&row->key));
        (void)json_object_set_new(json, "code", json_string(thing_id(&row->key)));
        (void)json_object_set_new(json, "claim", json_event_enum(&navette__phone_claim__descriptor, row->claim));
        (void)json_array_append_new(list, json);
    }
    return list;
}

int view_json_phone(json_t *answer, struct store_txn *state, struct store_txn *journal, const struct view_json_phone_ask *ask)
{
    struct phone_view view;
    int rc;

    if (answer == NULL || ask->moment->at_ms != VIEW_NOW || ask->moment->known != VIEW_KNOWN_ALL)
        return 0;
    rc = phone_view_read(state, journal, ask->place, ask->thing, &view);
    if (rc != 0)
        return rc;
    if (view.place_count + view.thing_count > 0)
        (void)json_object_set_new(answer, "phone",
                                  json_pack("{s:o, s:o}", "places", places(&view, ask->moment->known_ms, ask->tz), "things",
                                            things(&view, ask->moment->known_ms, ask->tz)));
    phone_view_free(&view);
    return 0;
}
