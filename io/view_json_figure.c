/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/view_explain.h"
#include "navette/view_json.h"

/* {time, event, at, operator, ref} into an object. */
static void set_cause(json_t *object, const struct figure_cause *cause, const char *tz)
{
    (void)json_object_set_new(object, "time", view_json_time(cause->time_ms, tz));
    (void)json_object_set_new(object, "event", json_string(cause->event != NULL ? cause->event : ""));
    (void)json_object_set_new(object, "at", json_string(cause->place));
    (void)json_object_set_new(object, "operator", json_string(cause->operator_));
    (void)json_object_set_new(object, "ref", view_json_ref(&cause->self));
}

static json_t *row_json(const struct figure_row *row, const char *tz)
{
    json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "kind", view_json_kind(thing_kind(&row->key)), "namespace",
                               thing_namespace(&row->key), "id", thing_id(&row->key), "place", row->cell.place, "state",
                               state_name(row->cell.state), "material", row->cell.material);
    json_t *outer;

    if (object == NULL)
        return NULL;
    if (row->cell.to[0] != '\0')
        (void)json_object_set_new(object, "to", json_string(row->cell.to));
    if (row->cell.day != 0)
        (void)json_object_set_new(object, "day", view_json_day(row->cell.day));
    set_cause(object, &row->cause, tz);
    if (row->root_cause.self.seq == 0)
        return object;
    outer = json_object();
    (void)json_object_set_new(object, "container", view_json_key(&row->root));
    set_cause(outer, &row->root_cause, tz);
    (void)json_object_set_new(object, "container_event", outer);
    return object;
}

static json_t *cause_json(const struct figure_cause *cause, const char *tz)
{
    json_t *object = json_object();

    if (cause->self.seq == 0) {
        json_decref(object);
        return json_null();
    }
    set_cause(object, cause, tz);
    return object;
}

static json_t *event_json(const struct figure_event *event, const char *tz)
{
    json_t *object = json_object();

    if (event->thing.len != 0)
        (void)json_object_set_new(object, "thing", view_json_key(&event->thing));
    set_cause(object, &event->cause, tz);
    return object;
}

/* Each event of a thing once. */
static int is_told(const struct figure_event *events, size_t from, size_t at)
{
    for (size_t i = from; i < at; i++) {
        if (ref_compare(&events[i].cause.self, &events[at].cause.self) == 0 && thing_key_equal(&events[i].thing, &events[at].thing))
            return 1;
    }
    return 0;
}

static json_t *events_json(const struct figure_event *events, size_t from, size_t to, const char *tz)
{
    json_t *list = json_array();

    for (size_t i = from; list != NULL && i < to; i++) {
        if (!is_told(events, from, i))
            (void)json_array_append_new(list, event_json(&events[i], tz));
    }
    return list;
}

static json_t *rows_json(const struct figure_view *view, const struct figure_row *rows, size_t count, size_t *end, const char *tz)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < count; i++) {
        json_t *row = row_json(&rows[i], tz);

        if (row == NULL)
            break;
        (void)json_object_set_new(row, "may_have_moved", json_boolean(rows[i].may_have_moved));
        (void)json_object_set_new(row, "events", events_json(view->events, rows[i].event, rows[i].event + rows[i].event_count, tz));
        if (rows[i].event + rows[i].event_count > *end)
            *end = rows[i].event + rows[i].event_count;
        (void)json_array_append_new(list, row);
    }
    return list;
}

static json_t *silences_json(const struct figure_view *view, const char *tz)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < view->silence_count; i++) {
        const struct frontier_silence *silence = &view->silences[i].silence;
        char node[2 * NODE_ID_SIZE + 1];

        hex_encode(silence->node, NODE_ID_SIZE, node);
        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:s, s:o, s:o}", "place", silence->place, "node", node, "since",
                                              view_json_time(silence->since_ms, tz), "noted", cause_json(&view->silences[i].noted, tz)));
    }
    return list;
}

json_t *view_json_figure(const struct figure_view *view, const char *tz)
{
    size_t end = 0;
    json_t *rows = rows_json(view, view->rows, view->count, &end, tz);
    json_t *others = rows_json(view, view->others, view->other_count, &end, tz);
    json_t *object =
        json_pack("{s:s, s:o, s:I, s:I, s:I, s:o, s:I}", "explains", "figure", "rows", rows, "total", (json_int_t)view->total, "low",
                  (json_int_t)view->low, "high", (json_int_t)view->high, "others", others, "other_total", (json_int_t)view->other_total);

    if (object == NULL)
        return NULL;
    (void)json_object_set_new(object, "context", events_json(view->events, end, view->event_count, tz));
    (void)json_object_set_new(object, "rules", events_json(view->rules, 0, view->rule_count, tz));
    (void)json_object_set_new(object, "silent", silences_json(view, tz));
    (void)json_object_set_new(object, "quiet_ms", json_integer(FRONTIER_QUIET_MS));
    return object;
}

json_t *view_json_handover_explain(const struct view_handover *view, const char *tz)
{
    struct handover_view one = {.rows = (struct handover *)(uintptr_t)&view->handover, .count = 1, .total = 1};
    json_t *object = view_json_handovers(&one, tz);
    json_t *events = json_array();

    for (size_t i = 0; events != NULL && i < view->event_count; i++) {
        json_t *event = cause_json(&view->events[i].cause, tz);
        int party = view->events[i].party;

        (void)json_object_set_new(event, "party", party < 0 ? json_null() : json_string(handover_party_name(party)));
        (void)json_array_append_new(events, event);
    }
    (void)json_object_set_new(object, "explains", json_string("handover"));
    (void)json_object_set_new(object, "events", events);
    if (view->handover.earlier >= 0)
        (void)json_object_set_new(
            object, "compared",
            json_pack("[s, s]", handover_party_name(view->handover.earlier), handover_party_name(view->handover.later)));
    return object;
}

json_t *view_json_variance(const struct view_variance *view, const char *tz)
{
    json_t *object = view_json_count(&view->count, 0, tz);
    json_t *rows = json_object_get(object, "rows");

    for (size_t i = 0; i < view->row_count; i++)
        (void)json_object_set_new(json_array_get(rows, i), "events",
                                  events_json(view->events, view->row_events[i], view->row_events[i + 1], tz));
    (void)json_object_set_new(object, "explains", json_string("count"));
    (void)json_object_set_new(object, "events", events_json(view->events, 0, view->session_count, tz));
    return object;
}
