/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/view_json.h"

#include <stdio.h>
#include <string.h>

#include "io/json_event.h"
#include "navette/tz.h"

json_t *view_json_day(int32_t day)
{
    struct civil civil;
    char text[32];

    if (day == 0)
        return json_null();
    tz_civil_of_days(day, &civil);
    (void)snprintf(text, sizeof text, "%04d-%02d-%02d", civil.year, civil.month, civil.day);
    return json_string(text);
}

json_t *view_json_time(int64_t ms, const char *tz)
{
    char text[TZ_TEXT_SIZE];

    if (ms == 0)
        return json_null();
    tz_format(tz, ms, text);
    return text[0] != '\0' ? json_string(text) : json_null();
}

json_t *view_json_ref(const struct ref *ref)
{
    char text[REF_TEXT_SIZE];

    if (ref->seq == 0)
        return json_null();
    ref_format(ref, text);
    return json_string(text);
}

json_t *view_json_key(const struct thing_key *key)
{
    if (key->len == 0)
        return json_null();
    return json_pack("{s:s, s:s, s:s}", "kind", view_json_kind(thing_kind(key)), "namespace", thing_namespace(key), "id", thing_id(key));
}

static const char *word(const char *const *words, size_t count, int value)
{
    return value >= 0 && (size_t)value < count ? words[value] : "unknown";
}

const char *view_json_kind(int kind)
{
    static const char *const words[] = {"unknown", "item", "bag",   "crate",   "place", "rule",    "node",
                                        "order",   "slot", "round", "unknown", "pool",  "operator"};
    return word(words, sizeof words / sizeof words[0], kind);
}

const char *view_json_custody(int custody)
{
    static const char *const words[] = {"none", "place", "transit", "person", "container"};
    return word(words, sizeof words / sizeof words[0], custody);
}

const char *view_json_condition(int condition)
{
    static const char *const words[] = {"normal", "missing", "lost", "withdrawn"};
    return word(words, sizeof words / sizeof words[0], condition);
}

/* Puts a field in unless it is empty, so that a row shows only what it has. */
static void set_text(json_t *object, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0')
        (void)json_object_set_new(object, name, json_string(value));
}

static json_t *rows_of(json_t *rows, json_int_t total)
{
    return json_pack("{s:o, s:I}", "rows", rows, "total", total);
}

/* "9-15", for people; absent where the figure is sure. */
static void set_range(json_t *row, int64_t low, int64_t high)
{
    char text[48];

    if (low == high)
        return;
    (void)snprintf(text, sizeof(text), "%lld-%lld", (long long)low, (long long)high);
    set_text(row, "range", text);
}

json_t *view_json_stock(const struct stock_view *view)
{
    json_t *rows = json_array();

    for (size_t i = 0; rows != NULL && i < view->count; i++) {
        const struct cell *cell = &view->rows[i].cell;
        json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "place", cell->place, "kind", view_json_kind(cell->kind), "state",
                                state_name(cell->state), "material", cell->material, "count", (json_int_t)view->rows[i].count, "low",
                                (json_int_t)view->rows[i].low, "high", (json_int_t)view->rows[i].high);
        if (row == NULL)
            break;
        set_range(row, view->rows[i].low, view->rows[i].high);
        set_text(row, "home", cell->home);
        set_text(row, "to", cell->to);
        if (cell->day != 0)
            (void)json_object_set_new(row, "day", view_json_day(cell->day));
        (void)json_array_append_new(rows, row);
    }
    return rows_of(rows, view->total);
}

json_t *view_json_transit(const struct transit_view *view)
{
    json_t *rows = json_array();

    for (size_t i = 0; rows != NULL && i < view->count; i++) {
        const struct transit_row *row = &view->rows[i];
        json_t *made =
            json_pack("{s:o, s:s, s:s, s:s, s:I, s:I, s:I}", "day", view_json_day(row->day), "material", row->material, "from", row->from,
                      "to", row->to, "count", (json_int_t)row->count, "low", (json_int_t)row->low, "high", (json_int_t)row->high);
        if (made == NULL)
            break;
        set_range(made, row->low, row->high);
        if (row->phoned != 0)
            (void)json_object_set_new(made, "by_phone", json_integer((json_int_t)row->phoned));
        (void)json_array_append_new(rows, made);
    }
    return rows_of(rows, view->total);
}

void view_json_silences(json_t *answer, const struct frontier_silences *silences, const char *tz)
{
    json_t *silent = json_array();

    for (size_t i = 0; silent != NULL && i < silences->count; i++) {
        char node[2 * NODE_ID_SIZE + 1];

        hex_encode(silences->list[i].node, NODE_ID_SIZE, node);
        (void)json_array_append_new(silent, json_pack("{s:s, s:s, s:o}", "place", silences->list[i].place, "node", node, "since",
                                                      view_json_time(silences->list[i].since_ms, tz)));
    }
    (void)json_object_set_new(answer, "silent", silent);
}

void view_json_silent(json_t *answer, const struct frontier_silences *silences, const struct view_pool *pools, size_t pool_count,
                      const char *tz)
{
    json_t *possible = json_array();

    view_json_silences(answer, silences, tz);
    for (size_t i = 0; possible != NULL && i < pool_count; i++) {
        json_t *row = json_pack("{s:s, s:I}", "material", pools[i].material, "count", (json_int_t)pools[i].count);

        set_text(row, "home", pools[i].home);
        (void)json_array_append_new(possible, row);
    }
    (void)json_object_set_new(answer, "possible", possible);
}

static json_t *bag_row(const struct bag_row *row)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "place", row->place, "material",
                     row->material, "clean", (json_int_t)row->clean, "packed", (json_int_t)row->packed, "at_relay",
                     (json_int_t)row->at_relay, "with_person", (json_int_t)row->with_person, "in_transit", (json_int_t)row->in_transit,
                     "isolated", (json_int_t)row->isolated, "cleaning", (json_int_t)row->cleaning, "missing", (json_int_t)row->missing,
                     "lost", (json_int_t)row->lost, "retired", (json_int_t)row->retired, "owned", (json_int_t)row->owned, "overdue",
                     (json_int_t)row->overdue);
}

json_t *view_json_bags(const struct bag_view *view)
{
    json_t *rows = json_array();

    for (size_t i = 0; rows != NULL && i < view->count; i++)
        (void)json_array_append_new(rows, bag_row(&view->rows[i]));
    return json_pack("{s:o, s:o}", "rows", rows, "network", bag_row(&view->network));
}

json_t *view_json_pools(const struct pool_view *view)
{
    json_t *rows = json_array();

    for (size_t i = 0; rows != NULL && i < view->count; i++) {
        const struct pool_row *row = &view->rows[i];
        json_t *made = json_pack("{s:s, s:s, s:I, s:I}", "kind", row->kind, "place", row->place, "here", (json_int_t)row->here,
                                 "with_person", (json_int_t)row->with_person);

        if (made != NULL && row->place[0] == '\0') {
            (void)json_object_set_new(made, "in_transit", json_integer((json_int_t)row->in_transit));
            (void)json_object_set_new(made, "lost", json_integer((json_int_t)row->lost));
            (void)json_object_set_new(made, "owned", json_integer((json_int_t)row->owned));
        }
        (void)json_array_append_new(rows, made);
    }
    return rows;
}

static void set_contents(json_t *object, const struct thing_record *record)
{
    json_t *contents;

    if (record->content_count == 0 || (contents = json_array()) == NULL)
        return;
    for (size_t i = 0; i < record->content_count; i++) {
        const struct content *content = &record->contents[i];
        (void)json_array_append_new(contents, json_pack("{s:s, s:b, s:s, s:s, s:I}", "kind", view_json_kind(content->kind), "registered",
                                                        content->registered, "material", content->material, "home", content->home, "count",
                                                        (json_int_t)content->count));
    }
    (void)json_object_set_new(object, "contents", contents);
    (void)json_object_set_new(object, "items", json_integer(thing_record_items(record)));
}

/* Custody in words: what a record says of where its thing is. */
static json_t *record_json(const struct thing_record *record, const char *tz)
{
    json_t *object;

    if (thing_kind(&record->key) == NAVETTE__THING_KIND__THING_ORDER)
        return json_pack("{s:s, s:s}", "order", state_order_name(record->order), "pickup", record->place);
    object = json_pack("{s:s, s:s, s:b, s:b, s:o}", "custody", view_json_custody(record->custody), "condition",
                       view_json_condition(record->condition), "registered", record->registered, "conflict", record->conflict, "since",
                       view_json_time(record->since_ms, tz));
    if (object == NULL)
        return NULL;
    set_text(object, "place", record->place);
    set_text(object, "to", record->to);
    if (record->day != 0)
        (void)json_object_set_new(object, "day", view_json_day(record->day));
    if (record->container.len != 0)
        (void)json_object_set_new(object, "container", view_json_key(&record->container));
    if (record->sealed)
        (void)json_object_set_new(object, "seal", json_string(record->seal));
    return object;
}

json_t *view_json_thing(const struct whereabouts *whereabouts, const char *tz)
{
    const struct thing_record *record = &whereabouts->record;
    const struct thing_record *root = &whereabouts->root;
    json_t *object = record_json(record, tz);

    if (object == NULL)
        return NULL;
    (void)json_object_set_new(object, "kind", json_string(view_json_kind(thing_kind(&record->key))));
    (void)json_object_set_new(object, "namespace", json_string(thing_namespace(&record->key)));
    (void)json_object_set_new(object, "id", json_string(thing_id(&record->key)));
    (void)json_object_set_new(object, "state", json_string(state_name(whereabouts->shown_state)));
    (void)json_object_set_new(object, "cause", view_json_ref(&record->cause));
    (void)json_object_set_new(object, "events", json_integer(record->events));
    set_text(object, "material", record->material);
    set_text(object, "home", record->home);
    if (whereabouts->has_label) {
        set_text(object, "title", whereabouts->label.title);
        set_text(object, "author", whereabouts->label.author);
        set_text(object, "call_number", whereabouts->label.call_number);
        set_text(object, "size", whereabouts->label.size);
    }
    if (!thing_key_equal(&record->key, &root->key)) {
        json_t *outer = record_json(root, tz);
        if (outer != NULL) {
            (void)json_object_set_new(outer, "thing", view_json_key(&root->key));
            (void)json_object_set_new(object, "root", outer);
        }
    }
    set_contents(object, record);
    return object;
}

/* In a bag's history: what went in or came out. */
static void set_content(json_t *row, const struct history_step *step)
{
    struct event_thing things[EVENT_THINGS_MAX];
    size_t count = step->part == PART_CONTAINER ? event_things(step->event.body, things) : 0;

    for (size_t i = 0; i < count; i++) {
        if (things[i].part != PART_SUBJECT)
            continue;
        (void)json_object_set_new(row, "content", view_json_key(&things[i].key));
        return;
    }
}

static json_t *step_json(const struct history_step *step, const char *tz)
{
    const Navette__Event *body = step->event.body;
    json_t *row = json_pack("{s:o, s:s, s:s}", "time", view_json_time(step->time_ms, tz), "event", event_name(body), "at", body->place);

    if (row == NULL)
        return NULL;
    set_text(row, "operator", body->operator_);
    set_content(row, step);
    if (step->absent)
        (void)json_object_set_new(row, "absent", json_true());
    if (step->conflict)
        (void)json_object_set_new(row, "conflict", json_true());
    if (!step->absent)
        (void)json_object_set_new(row, "after", record_json(&step->after, tz));
    return row;
}

json_t *view_json_history(const struct history *history, const char *tz)
{
    json_t *rows = json_array();

    for (size_t i = 0; rows != NULL && i < history->count; i++)
        (void)json_array_append_new(rows, step_json(&history->steps[i], tz));
    return json_pack("{s:o, s:o}", "thing", view_json_key(&history->key), "rows", rows);
}

static json_t *explain_step(const struct history_step *step, const char *tz)
{
    static const char *const parts[] = {"subject", "container", "missing"};
    const Navette__Event *body = step->event.body;
    json_t *row = step_json(step, tz);
    json_t *parents = json_array();

    if (row == NULL || parents == NULL) {
        json_decref(row);
        json_decref(parents);
        return NULL;
    }
    for (size_t i = 0; i < body->n_parents; i++) {
        struct ref parent = event_ref(body->parents[i], &step->entry.self);
        (void)json_array_append_new(parents, view_json_ref(&parent));
    }
    char incarnation[2 * INCARNATION_SIZE + 1];
    hex_encode(step->entry.self.incarnation, INCARNATION_SIZE, incarnation);
    (void)json_object_set_new(row, "ref", view_json_ref(&step->entry.self));
    (void)json_object_set_new(row, "incarnation", json_string(incarnation));
    (void)json_object_set_new(row, "seq", json_integer((json_int_t)step->entry.self.seq));
    (void)json_object_set_new(row, "position", json_integer((json_int_t)step->entry.position));
    (void)json_object_set_new(row, "received", view_json_time(step->entry.received_ms, tz));
    (void)json_object_set_new(row, "part", json_string(parts[step->part]));
    (void)json_object_set_new(row, "parents", parents);
    (void)json_object_set_new(row, "explained", json_boolean(step->explained));
    (void)json_object_set_new(row, "conflict", json_boolean(step->conflict));
    (void)json_object_set_new(row, "absent", json_boolean(step->absent));
    (void)json_object_set_new(row, "absent_by", view_json_ref(&step->absent_by));
    (void)json_object_set_new(row, "written", view_json_time((int64_t)(body->hlc >> 16), tz));
    (void)json_object_set_new(row, "time_corrected", json_boolean(step->time_is_corrected));
    (void)json_object_set_new(row, "clock_synced", json_boolean(body->clock == NAVETTE__CLOCK_TRUST__CLOCK_SYNCED));
    (void)json_object_set_new(row, "operation", json_sprintf("%016llx", (unsigned long long)body->operation));
    (void)json_object_set_new(row, "body", json_event_body(body));
    return row;
}

static json_t *short_step(const struct history_step *step, const char *tz)
{
    const Navette__Event *body = step->event.body;

    return json_pack("{s:o, s:s, s:s, s:s, s:o}", "time", view_json_time(step->time_ms, tz), "event", event_name(body), "at", body->place,
                     "operator", body->operator_, "ref", view_json_ref(&step->entry.self));
}

/* The present step that a reference names; NULL. */
static const struct history_step *step_of(const struct history *history, size_t before, const struct ref *ref)
{
    for (size_t i = before; i-- > 0;) {
        if (!history->steps[i].absent && ref_compare(&history->steps[i].entry.self, ref) == 0)
            return &history->steps[i];
    }
    return NULL;
}

/* The two custodies that no movement links, by the events that gave them: the last such pair. */
static void set_conflict(json_t *object, const struct history *history, const char *tz)
{
    for (size_t i = history->count; i-- > 0;) {
        const struct history_step *step = &history->steps[i];
        const struct history_step *against = NULL;

        if (!step->conflict)
            continue;
        for (size_t k = i; against == NULL && k-- > 0;)
            against = history->steps[k].absent ? NULL : step_of(history, i, &history->steps[k].after.cause);
        (void)json_object_set_new(object, "conflict",
                                  json_pack("{s:b, s:[o, o]}", "stands", history->steps[history->count - 1].after.conflict, "events",
                                            against == NULL ? json_null() : short_step(against, tz), short_step(step, tz)));
        return;
    }
}

/* What an order's state is, and the event that gave it. */
static void set_order(json_t *object, const struct history *history, const char *tz)
{
    const struct thing_record *after = &history->steps[history->count - 1].after;
    const struct history_step *by = step_of(history, history->count, &after->cause);

    (void)json_object_set_new(object, "state", json_string(state_order_name(after->order)));
    (void)json_object_set_new(object, "state_by", by == NULL ? json_null() : short_step(by, tz));
}

json_t *view_json_explain(const struct history *history, const char *tz)
{
    json_t *rows = json_array();
    json_t *object;

    for (size_t i = 0; rows != NULL && i < history->count; i++)
        (void)json_array_append_new(rows, explain_step(&history->steps[i], tz));
    object = json_pack("{s:o, s:o}", "thing", view_json_key(&history->key), "rows", rows);
    if (object == NULL || history->count == 0)
        return object;
    if (thing_kind(&history->key) == NAVETTE__THING_KIND__THING_ORDER)
        set_order(object, history, tz);
    else
        set_conflict(object, history, tz);
    return object;
}

json_t *view_json_places(const struct place_row *rows, size_t count)
{
    static const char *const kinds[] = {"unknown", "branch", "relay", "depot", "return-box", "vehicle"};
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < count; i++)
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s}", "code", rows[i].code, "kind", word(kinds, sizeof kinds / sizeof kinds[0], rows[i].kind)));
    return json_pack("{s:o}", "rows", list);
}

json_t *view_json_conflicts(const struct thing_key *keys, size_t count, size_t total)
{
    json_t *rows = json_array();

    for (size_t i = 0; rows != NULL && i < count; i++)
        (void)json_array_append_new(rows, view_json_key(&keys[i]));
    return json_pack("{s:I, s:o}", "total", (json_int_t)total, "rows", rows);
}

const char *view_json_lost(enum want_refusal why)
{
    static const char *const names[WANT_REFUSALS] = {
        [WANT_NOT_REFUSED] = "",    [WANT_NOT_HELD] = "not-held",       [WANT_NOT_FOLLOWED] = "not-followed",
        [WANT_DAMAGED] = "damaged", [WANT_OTHER_BYTES] = "other-bytes", [WANT_UNANSWERED] = "unanswered",
    };

    return names[why];
}

json_t *view_json_aside(const struct aside *list, size_t count)
{
    json_t *rows = json_array();

    for (size_t i = 0; rows != NULL && i < count; i++) {
        char incarnation[2 * INCARNATION_SIZE + 1];
        hex_encode(list[i].self.incarnation, INCARNATION_SIZE, incarnation);
        (void)json_array_append_new(
            rows, json_pack("{s:I, s:o, s:s, s:I, s:s, s:o, s:s}", "position", (json_int_t)list[i].position, "ref",
                            view_json_ref(&list[i].self), "incarnation", incarnation, "seq", (json_int_t)list[i].self.seq, "what",
                            list[i].parked == 2 ? "waits"
                            : list[i].parked    ? "parked"
                                                : "refused",
                            "reason", json_event_enum(&navette__reason__descriptor, list[i].reason), "lost", view_json_lost(list[i].lost)));
    }
    return json_pack("{s:o}", "rows", rows);
}
