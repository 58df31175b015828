/* SPDX-License-Identifier: Apache-2.0 */
#include "server/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/figure_request.h"
#include "navette/tz.h"
#include "navette/view.h"
#include "navette/system.h"
#include "navette/view_json.h"
#include "navette/view_verdict.h"
#include "server/answer.h"
#include "server/views_ask.h"

#define VIEWS_PLACES_MAX 4096u    /* one a node, and there are no more sessions than that */
#define VIEWS_NAMESPACES_MAX 256u /* import sources in one network */
#define VIEWS_INSIDE_MAX 4096u    /* more than a crate can hold */
#define VIEWS_CONFLICTS_MAX 1000u /* listed; all are counted */
#define VIEWS_ASIDE_MAX 1000u     /* shown at once; "from" goes on */

typedef int views_function(struct views_ask *ask, json_t **answer);

int views_refuse(struct views_ask *ask, int rc, const char *code, const char *a, const char *b)
{
    ask->error = answer_error(ask->request, code, a, b, NULL);
    return rc;
}

/* ---- places */

static json_t *views_place(const struct place_row *row, const Navette__PlaceDeclared *declared)
{
    json_t *namespaces = json_array();

    for (size_t i = 0; i < declared->n_namespaces; i++)
        (void)json_array_append_new(namespaces, json_string(declared->namespaces[i]));
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s}", "code", row->code, "name", declared->name, "isil", declared->isil, "tz",
                     declared->tz, "namespaces", namespaces, "host", declared->host);
}

static int views_places(struct views_ask *ask, json_t **answer)
{
    struct place_row *rows = calloc(VIEWS_PLACES_MAX, sizeof(*rows));
    json_t *list;
    int count;

    if (!rows)
        return NAVETTE_E_MEMORY;
    count = view_places_at(ask->state, ask->journal, ask->moment.at_ms, ask->moment.known, rows, VIEWS_PLACES_MAX);
    if (count < 0) {
        free(rows);
        return count;
    }
    *answer = view_json_places(rows, (size_t)count);
    list = json_object_get(*answer, "rows");
    for (size_t i = 0; i < (size_t)count; i++) {
        struct event declared;
        json_t *more;

        if (view_place(ask->state, ask->journal, ask->moment.at_ms, ask->moment.known, rows[i].code, &declared))
            continue;
        more = views_place(&rows[i], declared.body->place_declared);
        (void)json_object_update(json_array_get(list, i), more);
        json_decref(more);
        event_free(&declared);
    }
    free(rows);
    return 0;
}

/* ---- stock, transit, bags */

static int views_kind(struct views_ask *ask, int *kind)
{
    static const char *const KINDS[] = {"item", "bag", "crate"};
    const char *text = answer_field(ask->request, "kind");

    *kind = NAVETTE__THING_KIND__THING_ITEM;
    for (size_t i = 0; text && i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
        if (strcmp(KINDS[i], text) == 0) {
            *kind = (int)i + 1;
            return 0;
        }
    }
    return text ? views_refuse(ask, NAVETTE_E_INVALID, "hub-invalid-value", text, NULL) : 0;
}

/* Who is silent at the moment asked for, on this hub's clock. */
int views_silent(struct views_ask *ask, struct frontier_silences *silences)
{
    int rc = frontier_silent(ask->state, ask->journal, ask->moment.silent_ms, ask->moment.known, NULL, silences);

    ask->until_ms = silences->until_ms;
    return rc;
}

static int views_filter(struct views_ask *ask, struct stock_filter *filter)
{
    const char *state = answer_field(ask->request, "state");
    int rc;

    *filter = (struct stock_filter){.place = answer_field(ask->request, "place"),
                                    .material = answer_field(ask->request, "material"),
                                    .state = state ? state_of_name(state) : -1,
                                    .by_home = answer_flag(ask->request, "by-home")};
    rc = views_kind(ask, &filter->kind);
    if (!rc && state && filter->state < 0)
        rc = views_refuse(ask, NAVETTE_E_INVALID, "hub-unknown-state", state, NULL);
    return rc;
}

/* What was said on the phone, of now alone. */
static int views_phone(struct views_ask *ask, const char *place, const struct thing_key *thing, json_t *answer)
{
    struct view_json_phone_ask phone = {&ask->moment, place, thing, ask->views->tz};

    return view_json_phone(answer, ask->state, ask->journal, &phone);
}

static int views_stock(struct views_ask *ask, json_t **answer)
{
    struct stock_filter filter;
    struct frontier_silences silences = {0};
    struct stock_view view = {0};
    struct event declared = {0};
    int rc = views_filter(ask, &filter);

    if (!rc)
        rc = views_silent(ask, &silences);
    if (!rc)
        rc = view_stock_known(ask->state, ask->journal, &filter, ask->moment.at_ms, ask->moment.known, &silences, &view);
    /* nothing there and never declared: mistyped */
    if (!rc && view.count == 0 && filter.place && fold_place(ask->state, ask->journal, filter.place, &declared)) {
        stock_view_free(&view);
        rc = views_refuse(ask, NAVETTE_E_NOT_FOUND, "hub-unknown-place", filter.place, NULL);
    }
    if (!rc) {
        event_free(&declared);
        *answer = view_json_stock(&view);
        view_json_silent(*answer, &silences, view.pools, view.pool_count, ask->views->tz);
        stock_view_free(&view);
        rc = views_phone(ask, filter.place, NULL, *answer);
    }
    frontier_silences_free(&silences);
    return rc;
}

static int views_transit(struct views_ask *ask, json_t **answer)
{
    struct frontier_silences silences = {0};
    struct transit_view view = {0};
    int kind;
    int rc = views_kind(ask, &kind);

    if (!rc)
        rc = views_silent(ask, &silences);
    if (!rc)
        rc = view_transit_known(ask->state, ask->journal, kind, ask->moment.at_ms, ask->moment.known, &silences, &view);
    if (!rc) {
        *answer = view_json_transit(&view);
        view_json_silent(*answer, &silences, view.pools, view.pool_count, ask->views->tz);
        transit_view_free(&view);
        rc = views_phone(ask, NULL, NULL, *answer);
    }
    frontier_silences_free(&silences);
    return rc;
}

/* Untagged bags, as they are known now. */
static int views_pools(struct views_ask *ask, json_t *answer)
{
    struct pool_view pools;
    int rc = ask->moment.at_ms == VIEW_NOW && ask->moment.known == VIEW_KNOWN_ALL ? pool_read(ask->state, &pools) : NAVETTE_E_NOT_FOUND;

    if (rc)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    (void)json_object_set_new(answer, "pools", view_json_pools(&pools));
    pool_free(&pools);
    return 0;
}

static int views_bags(struct views_ask *ask, json_t **answer)
{
    struct bag_view view = {0};
    int rc = view_bags_known(ask->state, ask->journal, ask->moment.at_ms, ask->moment.known, ask->moment.silent_ms, &view);

    if (rc)
        return rc;
    *answer = view_json_bags(&view);
    ask->until_ms = view.until_ms;
    bag_view_free(&view);
    return views_pools(ask, *answer);
}

/* ---- one thing */

struct views_sources {
    size_t count;
    char names[VIEWS_NAMESPACES_MAX][LIMIT_NAMESPACE + 1];
    const char *list[VIEWS_NAMESPACES_MAX];
};

static void views_add_source(struct views_sources *sources, const char *name)
{
    size_t len = strlen(name);

    if (len > LIMIT_NAMESPACE || sources->count == VIEWS_NAMESPACES_MAX)
        return;
    for (size_t i = 0; i < sources->count; i++)
        if (strcmp(sources->names[i], name) == 0)
            return;
    memcpy(sources->names[sources->count], name, len + 1);
    sources->list[sources->count] = sources->names[sources->count];
    sources->count++;
}

/* At the hub a bare scan resolves in the namespaces of every place. */
static int views_gather_sources(struct views_ask *ask, struct views_sources *sources)
{
    struct place_row *rows = calloc(VIEWS_PLACES_MAX, sizeof(*rows));
    int count;

    if (!rows)
        return NAVETTE_E_MEMORY;
    count = view_places(ask->state, ask->journal, rows, VIEWS_PLACES_MAX);
    for (int i = 0; i < count; i++) {
        struct event declared;

        if (fold_place(ask->state, ask->journal, rows[i].code, &declared))
            continue;
        for (size_t n = 0; n < declared.body->place_declared->n_namespaces; n++)
            views_add_source(sources, declared.body->place_declared->namespaces[n]);
        event_free(&declared);
    }
    free(rows);
    /* Places that name no source register their documents under none. */
    views_add_source(sources, "");
    return count < 0 ? count : 0;
}

static int views_ambiguous(struct views_ask *ask, const char *barcode, const struct thing_key *keys, size_t count)
{
    char list[512] = "";
    size_t used = 0;

    for (size_t i = 0; i < count; i++) {
        const char *name = thing_namespace(&keys[i]);

        if (used + strlen(name) + 3 > sizeof(list))
            break;
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "", name);
    }
    return views_refuse(ask, NAVETTE_E_AMBIGUOUS, "hub-ambiguous", barcode, list);
}

/* An order has a history too. */
static int views_order(const struct views_ask *ask, const char *id, struct thing_key *key)
{
    struct thing_record record;

    if (thing_key_make(NAVETTE__THING_KIND__THING_ORDER, "", id, key) || fold_read(ask->state, key, &record))
        return 0;
    thing_record_free(&record);
    return 1;
}

/* A barcode as scanned, stars around it or not. */
static int views_key(struct views_ask *ask, struct thing_key *key)
{
    struct views_sources *sources;
    struct thing_key keys[VIEW_RESOLVE_MAX];
    const char *text = answer_field(ask->request, "thing");
    const char *name = answer_field(ask->request, "namespace");
    char barcode[LIMIT_THING_ID + 3];
    size_t len = text ? strlen(text) : 0;
    int count;
    int rc = 0;

    if (len == 0 || len >= sizeof(barcode))
        return views_refuse(ask, NAVETTE_E_NOT_FOUND, "hub-nothing-known", text ? text : "", NULL);
    if (len > 2 && text[0] == '*' && text[len - 1] == '*') {
        text++;
        len -= 2;
    }
    memcpy(barcode, text, len);
    barcode[len] = '\0';
    sources = calloc(1, sizeof(*sources));
    if (!sources)
        return NAVETTE_E_MEMORY;
    if (name)
        views_add_source(sources, name);
    else
        rc = views_gather_sources(ask, sources);
    count = rc ? rc : view_resolve_known(ask->state, ask->journal, ask->moment.known, barcode, sources->list, sources->count, keys);
    free(sources);
    if (count == 1)
        *key = keys[0];
    if (count == 0 && views_order(ask, barcode, key))
        return 0;
    if (count == 0)
        return views_refuse(ask, NAVETTE_E_NOT_FOUND, "hub-nothing-known", barcode, NULL);
    return count > 1 ? views_ambiguous(ask, barcode, keys, (size_t)count) : count < 0 ? count : 0;
}

/* What a bag or a crate holds now, thing by thing. */
static json_t *views_inside(const struct views_ask *ask, const struct thing_key *container)
{
    struct thing_key *keys = calloc(VIEWS_INSIDE_MAX, sizeof(*keys));
    int count = keys ? view_contents(ask->state, container, keys, VIEWS_INSIDE_MAX) : 0;
    json_t *list = json_array();

    for (int i = 0; i < count; i++) {
        struct whereabouts whereabouts;

        if (view_thing(ask->state, ask->journal, &keys[i], VIEW_NOW, &whereabouts))
            continue;
        (void)json_array_append_new(list, view_json_thing(&whereabouts, ask->views->tz));
        whereabouts_free(&whereabouts);
    }
    free(keys);
    return list;
}

static int views_find(struct views_ask *ask, json_t **answer)
{
    struct whereabouts whereabouts;
    struct thing_key key;
    int rc = views_key(ask, &key);

    if (!rc && thing_kind(&key) == NAVETTE__THING_KIND__THING_ORDER)
        return views_refuse(ask, NAVETTE_E_INVALID, "hub-an-order", thing_id(&key), NULL);
    if (!rc)
        rc = view_thing_known(ask->state, ask->journal, &key, ask->moment.at_ms, ask->moment.known, &whereabouts);
    if (rc)
        return rc;
    *answer = json_pack("{s:o}", "thing", view_json_thing(&whereabouts, ask->views->tz));
    whereabouts_free(&whereabouts);
    if (ask->moment.at_ms == VIEW_NOW && ask->moment.known == VIEW_KNOWN_ALL && thing_kind(&key) != NAVETTE__THING_KIND__THING_ITEM)
        (void)json_object_set_new(*answer, "inside", views_inside(ask, &key));
    return views_phone(ask, NULL, &key, *answer);
}

static int views_steps(struct views_ask *ask, json_t **answer, json_t *(*show)(const struct history *, const char *))
{
    struct history history = {0};
    struct thing_key key;
    int rc = views_key(ask, &key);

    if (!rc)
        rc = fold_history_known(ask->state, ask->journal, &key, ask->moment.at_ms, ask->moment.known, &history);
    if (rc)
        return rc;
    *answer = show(&history, ask->views->tz);
    history_free(&history);
    return 0;
}

static int views_history(struct views_ask *ask, json_t **answer)
{
    return views_steps(ask, answer, view_json_history);
}

/* A thing or an order; else, when nothing is called so, a hand-over, a discrepancy. */
static int views_explain(struct views_ask *ask, json_t **answer)
{
    const char *thing = answer_field(ask->request, "thing");
    json_t *list = NULL;
    struct thing_key key;
    int rc;

    if (figure_request_is(ask->request))
        return views_explain_figure(ask, answer);
    if (answer_flag(ask->request, "count"))
        return views_explain_count(ask, thing, answer);
    if (!thing)
        return views_refuse(ask, NAVETTE_E_INVALID, "hub-missing", "CODE", "explain CODE");
    if (answer_flag(ask->request, "handover"))
        return views_explain_handover(ask, thing, answer);
    rc = views_steps(ask, answer, view_json_explain);
    if (rc == NAVETTE_E_NOT_FOUND)
        return views_explain_other(ask, thing, answer);
    if (!rc)
        rc = views_key(ask, &key);
    if (!rc && thing_kind(&key) != NAVETTE__THING_KIND__THING_ORDER)
        rc = views_verdict_list(ask, &key, 0, &list);
    if (!rc && list)
        (void)json_object_set(*answer, "discrepancies", json_object_get(list, "rows"));
    json_decref(list);
    return rc;
}

static int views_conflicts(struct views_ask *ask, json_t **answer)
{
    struct thing_key *keys = calloc(VIEWS_CONFLICTS_MAX, sizeof(*keys));
    size_t total = 0;
    int rc = keys ? view_conflicts(ask->state, ask->journal, ask->moment.at_ms, ask->moment.known, keys, VIEWS_CONFLICTS_MAX, &total)
                  : NAVETTE_E_MEMORY;

    if (!rc)
        *answer = view_json_conflicts(keys, total < VIEWS_CONFLICTS_MAX ? total : VIEWS_CONFLICTS_MAX, total);
    free(keys);
    return rc;
}

static int views_by_position(const void *a, const void *b)
{
    uint64_t left = ((const struct aside *)a)->position;
    uint64_t right = ((const struct aside *)b)->position;

    return left < right ? -1 : left > right;
}

/* What the fold could not take in, and what the hub refused: nothing is dropped without being shown. */
static int views_aside(struct views_ask *ask, json_t **answer)
{
    const char *text = answer_field(ask->request, "from");
    uint64_t from = text ? strtoull(text, NULL, 10) : 0;
    struct aside *list = calloc(2 * VIEWS_ASIDE_MAX, sizeof(*list));
    int aside;
    int refused = 0;

    if (answer_field(ask->request, "at")) {
        free(list);
        return views_refuse(ask, NAVETTE_E_INVALID, "hub-no-at", "aside", NULL);
    }
    if (!list)
        return NAVETTE_E_MEMORY;
    aside = fold_aside(ask->state, ask->journal, from, list, VIEWS_ASIDE_MAX);
    while (aside > 0 && list[aside - 1].position > ask->moment.known)
        aside--;
    if (aside >= 0)
        refused = view_refused(ask->state, ask->journal, from, ask->moment.known, list + aside, VIEWS_ASIDE_MAX);
    if (aside >= 0 && refused >= 0) {
        qsort(list, (size_t)(aside + refused), sizeof(*list), views_by_position);
        *answer = view_json_aside(list, (size_t)(aside + refused));
    }
    free(list);
    return aside < 0 ? aside : refused < 0 ? refused : 0;
}

/* ---- the table */

static const struct {
    const char *name;
    views_function *run;
} VIEWS[] = {
    {"places", views_places},
    {"stock", views_stock},
    {"transit", views_transit},
    {"bags", views_bags},
    {"find", views_find},
    {"history", views_history},
    {"explain", views_explain},
    {"aside", views_aside},
    {"conflicts", views_conflicts},
    {"counts", views_counts},
    {"count", views_count},
    {"discrepancies", views_verdict_discrepancies},
    {"handovers", views_verdict_handovers},
    {"proposals", views_verdict_proposals},
};

static views_function *views_function_of(const char *command)
{
    for (size_t i = 0; command && i < sizeof(VIEWS) / sizeof(VIEWS[0]); i++)
        if (strcmp(VIEWS[i].name, command) == 0)
            return VIEWS[i].run;
    return NULL;
}

int views_knows(const char *command)
{
    return views_function_of(command) != NULL;
}

/* When and with what was known: as text, or a number for a journal position. */
static int views_moment(struct views_ask *ask)
{
    const json_t *number = json_object_get(ask->request, "known");
    const char *known = answer_field(ask->request, "known");
    const char *wrong = "";
    char digits[24];
    int rc;

    if (json_is_integer(number)) {
        (void)snprintf(digits, sizeof(digits), "%lld", (long long)json_integer_value(number));
        known = digits;
    }
    rc = view_moment_read(ask->state, ask->journal, ask->views->tz, answer_field(ask->request, "at"), known, system_wall_ms(), &ask->moment,
                          &wrong);
    return rc == NAVETTE_E_INVALID ? views_refuse(ask, rc, "hub-bad-time", wrong, NULL) : rc;
}

static int views_run(struct views_ask *ask, json_t **answer)
{
    views_function *run = views_function_of(answer_field(ask->request, "command"));
    int rc = views_moment(ask);

    if (!rc)
        rc = run(ask, answer);
    if (!rc && *answer) {
        (void)json_object_set_new(*answer, "ok", json_true());
        (void)json_object_set_new(*answer, "cursor", json_integer((json_int_t)ask->cursor));
        (void)json_object_set_new(*answer, "at",
                                  ask->moment.at_ms == VIEW_NOW ? json_null() : view_json_time(ask->moment.at_ms, ask->views->tz));
        (void)json_object_set_new(*answer, "known",
                                  json_integer((json_int_t)(ask->moment.known == VIEW_KNOWN_ALL ? ask->cursor : ask->moment.known)));
        (void)json_object_set_new(*answer, "lag", json_integer((json_int_t)(ask->tail > ask->cursor ? ask->tail - ask->cursor : 0)));
    }
    return rc;
}

static void views_end(struct views_ask *ask)
{
    lmdb_abort(ask->journal);
    follower_read_end(ask->views->follower, ask->state);
}

/* Opens state and journal, and reads where they stand. */
static int views_begin(struct views_ask *ask, const struct views *views, const json_t *request)
{
    int rc;

    *ask = (struct views_ask){.views = views, .request = request, .until_ms = INT64_MAX};
    if (!views_knows(answer_field(request, "command")))
        return views_refuse(ask, NAVETTE_E_INVALID, "hub-unknown-command", answer_field(request, "command"), NULL);
    if (follower_read_begin(views->follower, &ask->state))
        return views_refuse(ask, NAVETTE_E_NOT_FOUND, "hub-no-state", NULL, NULL);
    rc = lmdb_read_begin(views->journal, &ask->journal);
    if (!rc)
        rc = fold_cursor(ask->state, &ask->cursor);
    if (!rc)
        rc = journal_tail(ask->journal, &ask->tail);
    if (rc)
        views_end(ask);
    return rc;
}

json_t *views_answer(const struct views *views, const json_t *request, struct ready_stamp *stamp)
{
    struct views_ask ask;
    json_t *answer = NULL;
    int rc = views_begin(&ask, views, request);

    if (!rc) {
        rc = views_run(&ask, &answer);
        views_end(&ask);
    }
    if (!rc && stamp) {
        stamp->cursor = ask.cursor;
        stamp->tail = ask.tail;
        stamp->until_ms = ask.until_ms;
    }
    if (!rc)
        return answer;
    json_decref(answer);
    return ask.error ? ask.error : answer_failure(request, rc, answer_field(request, "thing"));
}

int views_stamp(const struct views *views, struct ready_stamp *stamp)
{
    struct store_txn *state;
    struct store_txn *journal;
    int rc = follower_read_begin(views->follower, &state);

    if (rc)
        return rc;
    rc = lmdb_read_begin(views->journal, &journal);
    if (!rc)
        rc = fold_cursor(state, &stamp->cursor);
    if (!rc)
        rc = journal_tail(journal, &stamp->tail);
    lmdb_abort(journal);
    follower_read_end(views->follower, state);
    return rc;
}
