/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/view_json.h"

static json_t *session_json(const struct count_session *session, const char *tz)
{
    char id[2 * COUNT_ID_SIZE + 1];

    hex_encode(session->id, COUNT_ID_SIZE, id);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:o, s:o, s:I, s:{s:I, s:I}, s:{s:I, s:I}}", "count", id, "place",
                     session->place, "operator", session->operator_, "zone", session->zone, "material", session->material, "call_from",
                     session->call_from, "call_to", session->call_to, "blind", session->blind, "open", session->is_open, "complete",
                     session->complete, "opened", view_json_time(session->opened_ms, tz), "closed",
                     session->closed_ms == 0 ? json_null() : view_json_time(session->closed_ms, tz), "lines", (json_int_t)session->lines,
                     "saw_opening", "hub_cursor", (json_int_t)session->opened_cursor, "own_seq", (json_int_t)session->opened_seq,
                     "saw_closing", "hub_cursor", (json_int_t)session->closed_cursor, "own_seq", (json_int_t)session->closed_seq);
}

static json_t *row_json(const struct count_row *row)
{
    return json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "what", count_name(row->what), "thing", view_json_key(&row->key),
                     "code", thing_id(&row->key), "call_number", row->label.call_number, "title", row->label.title, "state",
                     state_name(row->state), "place", row->place, "to", row->to, "seen", row->is_seen, "listed", row->was_listed);
}

json_t *view_json_count(const struct count_view *view, int hide, const char *tz)
{
    json_t *session = session_json(&view->session, tz);
    json_t *rows = json_array();

    for (size_t i = 0; rows != NULL && !hide && i < view->row_count; i++)
        (void)json_array_append_new(rows, row_json(&view->rows[i]));
    if (session == NULL || rows == NULL) {
        json_decref(session);
        json_decref(rows);
        return NULL;
    }
    (void)json_object_set_new(session, "hidden", json_boolean(hide));
    (void)json_object_set_new(session, "rows", rows);
    if (hide)
        return session;
    (void)json_object_set_new(session, "expected", json_integer((json_int_t)view->expected));
    (void)json_object_set_new(session, "seen", json_integer((json_int_t)view->seen));
    (void)json_object_set_new(session, "missing", json_integer((json_int_t)view->missing));
    (void)json_object_set_new(session, "unexpected", json_integer((json_int_t)view->unexpected));
    (void)json_object_set_new(session, "outside", json_integer((json_int_t)view->outside));
    (void)json_object_set_new(session, "pruned", json_integer((json_int_t)view->pruned));
    (void)json_object_set_new(session, "explained", json_integer((json_int_t)view->explained));
    (void)json_object_set_new(session, "added", json_integer((json_int_t)view->added));
    return session;
}

json_t *view_json_counts(const struct count_session *list, size_t count, const char *tz)
{
    json_t *rows = json_array();

    for (size_t i = 0; rows != NULL && i < count; i++)
        (void)json_array_append_new(rows, session_json(&list[i], tz));
    return json_pack("{s:o}", "rows", rows);
}
