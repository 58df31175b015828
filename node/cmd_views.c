/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "io/figure_request.h"
#include "navette/message_verdict.h"
#include "navette/view_json.h"
#include "navette/view_verdict.h"
#include "node/check.h"
#include "node/commands.h"
#include "node/explaining.h"
#include "node/reading.h"
#include "node/resolve.h"
#include "node/verb.h"
#include "node/where.h"

#define STATES                                                                                                                             \
    "shelf, staged, in-container, in-transit, with-person, isolated, cleaning, missing, lost, damaged, withdrawn, clean, packed, at-relay"
#define LIST_MAX 4096u /* of places, contents, entries set aside: more than a screen can show */

/* Which figures are asked for. */
static struct stock_filter filter_of(const struct request *request, json_t **answer)
{
    struct stock_filter filter = {.state = -1, .by_home = request_flag(request, "by_home")};
    const char *state = request_text(request, "state"), *kind = request_text(request, "kind");

    filter.place = request_has(request, "of") ? request_text(request, "of") : NULL;
    filter.material = request_has(request, "material") ? request_text(request, "material") : NULL;
    filter.kind = strcmp(kind, "bag") == 0     ? NAVETTE__THING_KIND__THING_BAG
                  : strcmp(kind, "crate") == 0 ? NAVETTE__THING_KIND__THING_CRATE
                                               : 0;
    if (*answer == NULL && state[0] != '\0' && (filter.state = state_of_name(state)) < 0)
        *answer = request_refuse(request, "bad-option", "--state", state, STATES);
    return filter;
}

/* What was said on the phone, of now alone. */
static int add_phone(const struct reading *reading, const char *place, const struct thing_key *thing, json_t *json)
{
    struct view_json_phone_ask ask = {&reading->moment, place, thing, reading->tz};

    return view_json_phone(json, reading->txn, reading->txn, &ask);
}

static int run_stock(struct office *office, const struct request *request, json_t **answer)
{
    struct stock_filter filter;
    struct frontier_silences silences = {0};
    struct reading reading;
    struct stock_view view = {0};
    json_t *json = NULL;
    int rc = reading_start(office, request, &reading, answer);

    if (rc != 0)
        return rc;
    filter = filter_of(request, answer);
    if (*answer == NULL)
        rc = reading_silent(office, &reading, &silences);
    if (*answer == NULL && rc == 0)
        rc = view_stock_known(reading.txn, reading.txn, &filter, reading.moment.at_ms, reading.moment.known, &silences, &view);
    /* nothing there and never declared: mistyped */
    if (*answer == NULL && rc == 0 && view.count == 0 && filter.place != NULL && !identity_serves(&office->identity, filter.place))
        *answer = check_place(request, reading.txn, filter.place);
    if (*answer != NULL && rc == 0)
        stock_view_free(&view);
    if (*answer == NULL && rc == 0) {
        json = view_json_stock(&view);
        view_json_silent(json, &silences, view.pools, view.pool_count, reading.tz);
        stock_view_free(&view);
        rc = add_phone(&reading, filter.place, NULL, json);
    }
    frontier_silences_free(&silences);
    return reading_finish(office, &reading, request, rc, json, answer);
}

static int run_transit(struct office *office, const struct request *request, json_t **answer)
{
    int kind = request_flag(request, "bags") ? NAVETTE__THING_KIND__THING_BAG : NAVETTE__THING_KIND__THING_ITEM;
    struct frontier_silences silences = {0};
    struct transit_view view;
    struct reading reading;
    json_t *json = NULL;
    int rc = reading_start(office, request, &reading, answer);

    if (rc != 0)
        return rc;
    if (*answer == NULL)
        rc = reading_silent(office, &reading, &silences);
    if (*answer == NULL && rc == 0)
        rc = view_transit_known(reading.txn, reading.txn, kind, reading.moment.at_ms, reading.moment.known, &silences, &view);
    if (*answer == NULL && rc == 0) {
        json = view_json_transit(&view);
        view_json_silent(json, &silences, view.pools, view.pool_count, reading.tz);
        transit_view_free(&view);
        rc = add_phone(&reading, NULL, NULL, json);
    }
    frontier_silences_free(&silences);
    return reading_finish(office, &reading, request, rc, json, answer);
}

/* Untagged bags, as they are known now. */
static int add_pools(const struct reading *reading, json_t *json)
{
    struct pool_view pools;
    int rc = pool_read(reading->txn, &pools);

    if (rc != 0)
        return rc;
    (void)json_object_set_new(json, "pools", view_json_pools(&pools));
    pool_free(&pools);
    return 0;
}

static int run_bags(struct office *office, const struct request *request, json_t **answer)
{
    struct reading reading;
    struct bag_view view;
    json_t *json = NULL;
    int rc = reading_start(office, request, &reading, answer);

    if (rc != 0)
        return rc;
    if (*answer == NULL)
        rc = view_bags_known(reading.txn, reading.txn, reading.moment.at_ms, reading.moment.known, reading.moment.silent_ms, &view);
    if (*answer == NULL && rc == 0) {
        json = view_json_bags(&view);
        bag_view_free(&view);
        if (reading.moment.at_ms == VIEW_NOW && reading.moment.known == VIEW_KNOWN_ALL)
            rc = add_pools(&reading, json);
    }
    return reading_finish(office, &reading, request, rc, json, answer);
}

/* An order has a history too. *key becomes its key. */
static int is_order(const struct reading *reading, const char *id, struct thing_key *key)
{
    struct thing_record record;
    struct thing_key order;

    if (thing_key_make(NAVETTE__THING_KIND__THING_ORDER, "", id, &order) != 0 || fold_read(reading->txn, &order, &record) != 0)
        return 0;
    thing_record_free(&record);
    *key = order;
    return 1;
}

/* Which thing a code names, for views: any kind; several: refused as ambiguous unless --namespace says. */
static int named(struct office *office, const struct request *request, const struct reading *reading, struct thing_key *key,
                 json_t **answer)
{
    struct resolve resolve = {.place = request->place, .takes = VERB_ALL, .moment = &reading->moment};
    int rc;

    if (request_has(request, "namespace"))
        resolve.only_space = request_text(request, "namespace");
    rc = resolve_scan(office, request, reading->txn, &resolve, request_text(request, "barcode"), key, answer);
    if (rc != NAVETTE_E_NOT_FOUND || is_order(reading, thing_id(key), key))
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    *answer = request_refuse(request, "nothing-known", thing_id(key), NULL, NULL);
    return 0;
}

/* What nothing explains of one thing (NULL: of all), and how sure this node can be. */
static int list_discrepancies(const struct office *office, const struct reading *reading, const struct thing_key *subject, int verdict,
                              json_t **json)
{
    struct verdict_moment moment = {reading->moment.known, reading->moment.at_ms};
    struct verdict_options options = {
        .now_ms = reading->moment.known_ms, .self = office->identity.node, .verdict = verdict, .subject = subject, .moment = &moment};
    struct verdict_view view;
    int rc = verdict_list(reading->txn, reading->txn, &options, &view);

    if (rc != 0)
        return rc;
    *json = view_json_discrepancies(&view, reading->tz);
    verdict_free(&view);
    return *json == NULL ? NAVETTE_E_MEMORY : 0;
}

static int run_past(struct office *office, const struct request *request, json_t **answer,
                    json_t *(*show)(const struct history *history, const char *tz))
{
    struct history history;
    struct reading reading;
    struct thing_key key;
    json_t *found = NULL;
    json_t *json = NULL;
    int rc = reading_start(office, request, &reading, answer);

    if (rc != 0)
        return rc;
    if (*answer == NULL)
        rc = named(office, request, &reading, &key, answer);
    if (*answer == NULL && rc == 0)
        rc = fold_history_known(reading.txn, reading.txn, &key, reading.moment.at_ms, reading.moment.known, &history);
    if (*answer == NULL && rc == 0) {
        json = show(&history, reading.tz);
        history_free(&history);
        if (show == view_json_explain)
            rc = list_discrepancies(office, &reading, &key, 0, &found);
        if (found != NULL)
            (void)json_object_set(json, "discrepancies", json_object_get(found, "rows"));
        json_decref(found);
    }
    if (rc == NAVETTE_E_NOT_FOUND) {
        *answer = request_refuse(request, "nothing-known", thing_id(&key), NULL, NULL);
        rc = 0;
    }
    return reading_finish(office, &reading, request, rc, json, answer);
}

static int run_history(struct office *office, const struct request *request, json_t **answer)
{
    return run_past(office, request, answer, view_json_history);
}

static int run_discrepancies(struct office *office, const struct request *request, json_t **answer)
{
    const char *text = request_text(request, "verdict");
    int verdict = text[0] == '\0' ? 0 : verdict_of_name(text);
    struct reading reading;
    json_t *json = NULL;
    int rc = reading_start(office, request, &reading, answer);

    if (rc != 0)
        return rc;
    if (verdict < 0)
        *answer = request_refuse(request, "bad-option", "--verdict", text, "undecidable, provisional, proven, withdrawn, settled");
    if (*answer == NULL)
        rc = list_discrepancies(office, &reading, NULL, verdict, &json);
    return reading_finish(office, &reading, request, rc, json, answer);
}

/* One discrepancy, by the digits its id begins with. */
static int run_verdict(struct office *office, const struct request *request, json_t **answer)
{
    const char *id = request_text(request, "barcode");
    struct verdict_moment moment;
    struct verdict_options options = {.self = office->identity.node, .moment = &moment, .id = id};
    struct view_verdict view;
    struct reading reading;
    json_t *json = NULL;
    int rc = reading_start(office, request, &reading, answer);

    if (rc != 0)
        return rc;
    moment = (struct verdict_moment){reading.moment.known, reading.moment.at_ms};
    options.now_ms = reading.moment.known_ms;
    if (*answer == NULL)
        rc = view_verdict(reading.txn, reading.txn, &options, &view);
    if (*answer == NULL && rc == 0) {
        json = view_json_verdict(&view, reading.tz);
        view_verdict_free(&view);
    }
    if (rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_AMBIGUOUS) {
        *answer = request_refuse(request, rc == NAVETTE_E_NOT_FOUND ? "nothing-known" : "ambiguous-id", id, NULL, NULL);
        rc = 0;
    }
    return reading_finish(office, &reading, request, rc, json, answer);
}

/* Nothing is called so: what else may be? */
static int is_unknown(const json_t *answer)
{
    const char *error = json_string_value(json_object_get(answer, "error"));

    return !json_is_true(json_object_get(answer, "ok")) && error != NULL &&
           (strcmp(error, "nothing-known") == 0 || strcmp(error, "unknown-barcode") == 0);
}

/* A thing or an order; else, when nothing is called so, a hand-over, a discrepancy. */
static int run_explain(struct office *office, const struct request *request, json_t **answer)
{
    json_t *other = NULL;
    int rc;

    if (figure_request_is(request->json))
        return explaining_figure(office, request, answer);
    if (request_flag(request, "handover"))
        return explaining_handover(office, request, answer);
    if (request_flag(request, "of_count"))
        return explaining_count(office, request, answer);
    rc = run_past(office, request, answer, view_json_explain);
    if (rc != 0 || *answer == NULL || !is_unknown(*answer))
        return rc;
    rc = explaining_handover(office, request, &other);
    if (rc == 0 && is_unknown(other) && message_verdict_is_id(request_text(request, "barcode"))) {
        json_decref(other);
        other = NULL;
        rc = run_verdict(office, request, &other);
    }
    if (rc != 0 || is_unknown(other)) {
        json_decref(other);
        return rc;
    }
    json_decref(*answer);
    *answer = other;
    return 0;
}

static json_t *inside(struct store_txn *txn, const struct thing_key *container, const char *tz)
{
    struct thing_key *keys = calloc(LIST_MAX, sizeof *keys);
    int count = keys != NULL ? view_contents(txn, container, keys, LIST_MAX) : NAVETTE_E_MEMORY;
    json_t *list = json_array();

    for (int i = 0; i < count; i++) {
        struct whereabouts where;
        if (view_thing(txn, txn, &keys[i], VIEW_NOW, &where) == 0) {
            (void)json_array_append_new(list, view_json_thing(&where, tz));
            whereabouts_free(&where);
        }
    }
    free(keys);
    return list;
}

static int run_find(struct office *office, const struct request *request, json_t **answer)
{
    struct whereabouts where;
    struct reading reading;
    struct thing_key key;
    json_t *json = NULL;
    int rc = reading_start(office, request, &reading, answer);

    if (rc != 0)
        return rc;
    if (*answer == NULL)
        rc = named(office, request, &reading, &key, answer);
    if (*answer == NULL && rc == 0 && thing_kind(&key) == NAVETTE__THING_KIND__THING_ORDER)
        *answer = request_refuse(request, "an-order", thing_id(&key), NULL, NULL);
    if (*answer == NULL && rc == 0)
        rc = view_thing_known(reading.txn, reading.txn, &key, reading.moment.at_ms, reading.moment.known, &where);
    if (*answer == NULL && rc == 0) {
        char text[WHERE_SIZE];
        where_text(request->language, &where, text);
        json = json_pack("{s:o, s:s}", "thing", view_json_thing(&where, reading.tz), "where", text);
        if (thing_kind(&key) != NAVETTE__THING_KIND__THING_ITEM && reading.moment.at_ms == VIEW_NOW &&
            reading.moment.known == VIEW_KNOWN_ALL)
            (void)json_object_set_new(json, "inside", inside(reading.txn, &key, reading.tz));
        whereabouts_free(&where);
        rc = add_phone(&reading, NULL, &key, json);
    }
    if (rc == NAVETTE_E_NOT_FOUND) {
        *answer = request_refuse(request, "nothing-known", thing_id(&key), NULL, NULL);
        rc = 0;
    }
    return reading_finish(office, &reading, request, rc, json, answer);
}

static int run_places(struct office *office, const struct request *request, json_t **answer)
{
    struct place_row *rows = calloc(LIST_MAX, sizeof *rows);
    struct reading reading;
    json_t *json = NULL;
    int count, rc = rows != NULL ? reading_start(office, request, &reading, answer) : NAVETTE_E_MEMORY;

    if (rc == 0) {
        count = view_places_at(reading.txn, reading.txn, reading.moment.at_ms, reading.moment.known, rows, LIST_MAX);
        if (count >= 0)
            json = view_json_places(rows, (size_t)count);
        rc = reading_finish(office, &reading, request, count < 0 ? count : 0, json, answer);
    }
    free(rows);
    return rc;
}

static int run_conflicts(struct office *office, const struct request *request, json_t **answer)
{
    struct thing_key *keys = calloc(LIST_MAX, sizeof *keys);
    struct reading reading;
    json_t *json = NULL;
    size_t total = 0;
    int rc = keys != NULL ? reading_start(office, request, &reading, answer) : NAVETTE_E_MEMORY;

    if (rc == 0) {
        if (*answer == NULL)
            rc = view_conflicts(reading.txn, reading.txn, reading.moment.at_ms, reading.moment.known, keys, LIST_MAX, &total);
        if (*answer == NULL && rc == 0)
            json = view_json_conflicts(keys, total < LIST_MAX ? total : LIST_MAX, total);
        rc = reading_finish(office, &reading, request, rc, json, answer);
    }
    free(keys);
    return rc;
}

static int run_aside(struct office *office, const struct request *request, json_t **answer)
{
    struct aside *list = calloc(2 * LIST_MAX, sizeof *list);
    struct reading reading;
    json_t *json = NULL;
    int count, refused = 0, rc = list != NULL ? reading_start(office, request, &reading, answer) : NAVETTE_E_MEMORY;

    if (rc == 0) {
        if (request_has(request, "at") && *answer == NULL)
            *answer = request_refuse(request, "no-at", "aside", NULL, NULL);
        count = fold_aside(reading.txn, reading.txn, 1, list, LIST_MAX);
        while (count > 0 && list[count - 1].position > reading.moment.known)
            count--;
        if (count >= 0)
            refused = view_refused(reading.txn, reading.txn, 1, reading.moment.known, list + count, LIST_MAX);
        if (count >= 0 && refused >= 0)
            json = view_json_aside(list, (size_t)(count + refused));
        rc = reading_finish(office, &reading, request, count < 0 ? count : refused < 0 ? refused : 0, json, answer);
    }
    free(list);
    return rc;
}

/* The log that is written now, and those it goes on from. *checked: entries of all of them. */
static int verify_logs(const struct office *office, struct store_txn *txn, uint64_t *checked)
{
    struct log_head head = {.seq = 0};
    struct rekey_past past;
    int rc = node_rekey_past(txn, &past);

    *checked = 0;
    memcpy(head.parent, office->desk.incarnation, INCARNATION_SIZE);
    while (rc == 0) {
        uint64_t count = 0;

        rc = journal_head(txn, head.parent, &head);
        if (rc == NAVETTE_E_NOT_FOUND)
            return 0;
        if (rc == 0)
            rc = journal_verify_keys(txn, head.incarnation, office->desk.keys->sign_public, &past, &count);
        *checked += count;
    }
    return rc;
}

/* Counts everything afresh, and recomputes the chains of this node's own logs. */
static int run_check(struct office *office, const struct request *request, json_t **answer)
{
    uint8_t digest[HASH_SIZE];
    char hex[2 * HASH_SIZE + 1];
    struct reading reading;
    uint64_t checked = 0;
    json_t *json = NULL;
    int chain = 0, rc = reading_start(office, request, &reading, answer);

    if (rc != 0)
        return rc;
    rc = fold_check(reading.txn);
    if (rc == 0)
        chain = verify_logs(office, reading.txn, &checked);
    if (rc == NAVETTE_E_CHAIN || chain != 0) {
        *answer = request_refuse(request, "state-damaged", error_text(rc != 0 ? rc : chain), NULL, NULL);
        rc = 0;
    }
    if (rc == 0 && *answer == NULL)
        rc = fold_digest(reading.txn, digest);
    if (rc == 0 && *answer == NULL) {
        hex_encode(digest, HASH_SIZE, hex);
        json = json_pack("{s:s, s:I}", "digest", hex, "own_entries", (json_int_t)checked);
    }
    return reading_finish(office, &reading, request, rc, json, answer);
}

const struct command *cmd_views_commands(size_t *count)
{
    static const struct command commands[] = {
        {"stock", run_stock, 0},         {"transit", run_transit, 0},
        {"bags", run_bags, 0},           {"history", run_history, 0},
        {"explain", run_explain, 0},     {"find", run_find, 0},
        {"places", run_places, 0},       {"aside", run_aside, 0},
        {"check", run_check, 0},         {"discrepancies", run_discrepancies, 0},
        {"conflicts", run_conflicts, 0},
    };
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
