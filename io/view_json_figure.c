/* SPDX-License-Identifier: Apache-2.0 */
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

json_t *view_json_figure(const struct figure_view *view, const char *tz)
{
    json_t *rows = json_array();

    for (size_t i = 0; rows != NULL && i < view->count; i++)
        (void)json_array_append_new(rows, row_json(&view->rows[i], tz));
    return json_pack("{s:o, s:I}", "rows", rows, "total", (json_int_t)view->total);
}
