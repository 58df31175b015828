/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/view_json.h"

#include "io/json_event.h"
#include "navette/view_verdict.h"

static json_t *subject(const struct thing_key *key)
{
    return thing_kind(key) == NAVETTE__THING_KIND__THING_HANDOVER ? view_json_handover_name(key) : json_string(thing_id(key));
}

static json_t *concerned(const struct discrepancy_finding *finding)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < finding->place_count; i++)
        (void)json_array_append_new(list, json_string(finding->places[i]));
    return list;
}

static json_t *events(const struct discrepancy_finding *finding)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < finding->event_count; i++)
        (void)json_array_append_new(list, view_json_ref(&finding->events[i]));
    return list;
}

static size_t wait_count(const struct verdict_row *row)
{
    return row->wait_count < VERDICT_WAITS ? row->wait_count : VERDICT_WAITS;
}

static json_t *waits(const struct verdict_row *row, const char *tz)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < wait_count(row); i++) {
        char node[2 * NODE_ID_SIZE + 1];

        hex_encode(row->waits[i].node, NODE_ID_SIZE, node);
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "place", row->waits[i].place, "node", node, "since",
                                                    view_json_time(row->waits[i].since_ms, tz)));
    }
    return list;
}

/* Who is waited for, in words: "B, C +3". The oldest silence stands beside it. */
static void add_waiting(json_t *json, const struct verdict_row *row, const char *tz)
{
    json_t *places = json_array();
    int64_t since_ms = INT64_MAX;

    for (size_t i = 0; places != NULL && i < wait_count(row); i++) {
        (void)json_array_append_new(places, json_string(row->waits[i].place));
        if (row->waits[i].since_ms < since_ms)
            since_ms = row->waits[i].since_ms;
    }
    (void)json_object_set_new(json, "waiting", places);
    (void)json_object_set_new(json, "since", row->wait_count == 0 ? json_null() : view_json_time(since_ms, tz));
    (void)json_object_set_new(json, "wait_count", json_integer((json_int_t)row->wait_count));
}

static json_t *one(const struct verdict_row *row, const char *tz)
{
    char id[2 * DISCREPANCY_ID_SIZE + 1];
    json_t *json;

    hex_encode(row->what.finding.id, DISCREPANCY_ID_SIZE, id);
    json =
        json_pack("{s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "discrepancy", id, "kind", discrepancy_name(row->what.finding.kind),
                  "thing", view_json_key(&row->what.subject), "code", subject(&row->what.subject), "verdict", verdict_name(row->verdict),
                  "concerned", concerned(&row->what.finding), "opened", view_json_time(row->opened_ms, tz), "proven",
                  view_json_time(row->proven_ms, tz), "events", events(&row->what.finding), "waits", waits(row, tz));
    if (json == NULL)
        return NULL;
    add_waiting(json, row, tz);
    if (row->phone.seq != 0) {
        (void)json_object_set_new(json, "phone", view_json_ref(&row->phone));
        (void)json_object_set_new(json, "phone_place", json_string(row->phone_place));
    }
    if (row->verdict == VERDICT_CLOSED_WITHDRAWN)
        (void)json_object_set_new(json, "wrongly_proven", json_boolean(row->was_proven));
    if (row->seen_at[0] != '\0')
        (void)json_object_set_new(json, "seen_at", json_string(row->seen_at));
    if (row->closed_by.seq != 0)
        (void)json_object_set_new(json, "closed_by", view_json_ref(&row->closed_by));
    if (row->verdict == VERDICT_CLOSED_SETTLED && row->reason != 0)
        (void)json_object_set_new(json, "reason", json_event_enum(&navette__reason__descriptor, row->reason));
    return json;
}

static json_t *cause(const struct figure_cause *cause, const char *tz)
{
    if (cause->self.seq == 0)
        return json_null();
    return json_pack("{s:o, s:s, s:s, s:s, s:o}", "time", view_json_time(cause->time_ms, tz), "event", cause->event, "at", cause->place,
                     "operator", cause->operator_, "ref", view_json_ref(&cause->self));
}

static json_t *nodes(const struct verdict_explanation *why, const char *tz)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < why->node_count; i++) {
        char node[2 * NODE_ID_SIZE + 1];

        hex_encode(why->nodes[i].node, NODE_ID_SIZE, node);
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o}", "place", why->nodes[i].place, "node", node, "passed",
                                                    view_json_time(why->nodes[i].passed_ms, tz), "since",
                                                    view_json_time(why->nodes[i].since_ms, tz)));
    }
    return list;
}

json_t *view_json_verdict(const struct view_verdict *view, const char *tz)
{
    const struct verdict_explanation *why = &view->why;
    json_t *json = one(&why->row, tz);
    json_t *shown = json_array();

    if (json == NULL || shown == NULL) {
        json_decref(json);
        json_decref(shown);
        return NULL;
    }
    for (size_t i = 0; i < why->row.what.finding.event_count; i++)
        (void)json_array_append_new(shown, cause(&view->events[i], tz));
    (void)json_object_set_new(json, "term", view_json_time(why->row.what.due_ms, tz));
    (void)json_object_set_new(json, "opened_by", cause(&view->opened, tz));
    (void)json_object_set_new(json, "position", json_integer((json_int_t)why->row.what.opened));
    (void)json_object_set_new(json, "shown_by", shown);
    (void)json_object_set_new(json, "concerned_nodes", nodes(why, tz));
    (void)json_object_set_new(
        json, "grace", json_pack("{s:I, s:s, s:s}", "ms", (json_int_t)why->grace_ms, "rule", why->grace_rule, "place", why->grace_place));
    (void)json_object_set_new(json, "closed", cause(&view->closed, tz));
    return json;
}

json_t *view_json_discrepancies(const struct verdict_view *view, const char *tz)
{
    json_t *totals = json_object();
    json_t *rows = json_array();

    for (size_t i = 0; rows != NULL && i < view->count; i++)
        (void)json_array_append_new(rows, one(&view->rows[i], tz));
    for (int i = 1; totals != NULL && i < VERDICT_NAME_COUNT; i++)
        (void)json_object_set_new(totals, verdict_name(i), json_integer((json_int_t)view->totals[i]));
    return json_pack("{s:o, s:o, s:I}", "rows", rows, "totals", totals, "wrongly_proven", (json_int_t)view->wrongly_proven);
}
