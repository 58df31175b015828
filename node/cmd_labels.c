/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/search.h"
#include "navette/view_json.h"
#include "node/commands.h"
#include "node/resolve.h"
#include "node/verb.h"

#define CODES_MAX 1024u /* of one request */
#define PAGE_ROWS 256u

/* What a label says of one code: {"code", "kind", "title", "known"}. */
static int describe(struct office *office, const struct request *request, struct store_txn *txn, const char *code, json_t **row)
{
    struct resolve resolve = {.place = request->place, .takes = VERB_ALL};
    struct thing_key key = {.len = 0};
    struct label label = {.title = ""};
    struct view_operator who;
    json_t *refusal = NULL;
    int rc = resolve_scan(office, request, txn, &resolve, code, &key, &refusal);
    int known = rc == 0 && refusal == NULL;

    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    rc = known ? fold_label(txn, &key, &label) : 0;
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    /* several documents of one code: the label says the code alone */
    *row = json_pack("{s:s, s:s, s:s, s:b}", "code", known ? thing_id(&key) : code, "kind", known ? view_json_kind(thing_kind(&key)) : "",
                     "title", label.title, "known", known || refusal != NULL);
    if (!known && refusal == NULL && view_operators_find(txn, txn, request->place, code, &who) == 0) {
        (void)json_object_set_new(*row, "kind", json_string("operator"));
        (void)json_object_set_new(*row, "title", json_string(operators_shown(office->operators, who.place, who.code)));
        (void)json_object_set_new(*row, "known", json_true());
    }
    json_decref(refusal);
    return *row != NULL ? 0 : NAVETTE_E_MEMORY;
}

static int add_codes(struct office *office, const struct request *request, struct store_txn *txn, json_t *rows)
{
    const json_t *codes = json_object_get(request->json, "codes");
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < json_array_size(codes); i++) {
        const char *code = json_string_value(json_array_get(codes, i));
        json_t *row = NULL;

        rc = describe(office, request, txn, code != NULL ? code : "", &row);
        if (rc == 0)
            (void)json_array_append_new(rows, row);
    }
    return rc;
}

/* Those at home in the place asked for, or anywhere. */
static int add_waiting(const struct request *request, struct store_txn *txn, const struct thing_key *key, json_t *rows)
{
    struct label label = {.title = ""};
    struct thing_record record;
    int rc = fold_read(txn, key, &record);
    int wanted = rc == 0 && record.condition != CONDITION_WITHDRAWN &&
                 (!request_has(request, "of") || strcmp(record.home, request_text(request, "of")) == 0);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    thing_record_free(&record);
    rc = wanted ? fold_label(txn, key, &label) : 0;
    if (wanted && (rc == 0 || rc == NAVETTE_E_NOT_FOUND)) {
        (void)json_array_append_new(
            rows, json_pack("{s:s, s:s, s:s, s:b}", "code", thing_id(key), "kind", "item", "title", label.title, "known", 1));
        rc = 0;
    }
    return rc;
}

/* A page of those that want a label; "next" is where the next page begins. */
static int list_waiting(const struct request *request, struct store_txn *txn, json_t *rows, json_t **next)
{
    struct thing_key keys[PAGE_ROWS], after = {.len = 0};
    int count, rc = 0;

    if (request_has(request, "after") && thing_key_make(NAVETTE__THING_KIND__THING_ITEM, request_text(request, "after_namespace"),
                                                        request_text(request, "after"), &after) != 0)
        return NAVETTE_E_INVALID;
    count = search_to_print(txn, after.len > 0 ? &after : NULL, keys, PAGE_ROWS);
    for (int i = 0; rc == 0 && i < count; i++)
        rc = add_waiting(request, txn, &keys[i], rows);
    if (count == (int)PAGE_ROWS)
        *next = view_json_key(&keys[count - 1]);
    return count < 0 ? count : rc;
}

/* The name on the labels: as the place was declared. */
static json_t *library_name(const struct request *request, struct store_txn *txn)
{
    struct event declared = {0};
    json_t *name = NULL;

    if (request->place[0] != '\0' && fold_place(txn, txn, request->place, &declared) == 0) {
        if (declared.body->place_declared->name[0] != '\0')
            name = json_string(declared.body->place_declared->name);
        event_free(&declared);
    }
    return name != NULL ? name : json_string(request->place);
}

static int run_labels(struct office *office, const struct request *request, json_t **answer)
{
    json_t *rows = json_array(), *next = NULL;
    struct store_txn *txn;
    int rc;

    if (json_array_size(json_object_get(request->json, "codes")) > CODES_MAX) {
        json_decref(rows);
        *answer = request_refuse(request, "malformed-request", "codes", NULL, NULL);
        return 0;
    }
    rc = lmdb_read_begin(office->store, &txn);
    if (rc != 0) {
        json_decref(rows);
        return rc;
    }
    rc = request_flag(request, "waiting") ? list_waiting(request, txn, rows, &next) : add_codes(office, request, txn, rows);
    if (rc == 0) {
        *answer = json_pack("{s:b, s:O, s:o}", "ok", 1, "rows", rows, "library", library_name(request, txn));
        if (next != NULL)
            (void)json_object_set(*answer, "next", next);
    } else if (rc == NAVETTE_E_VERSION || rc == NAVETTE_E_INVALID) {
        *answer = request_refuse(request, rc == NAVETTE_E_VERSION ? "words-not-kept" : "malformed-request", "after", NULL, NULL);
        rc = 0;
    }
    lmdb_abort(txn);
    json_decref(rows);
    json_decref(next);
    return rc;
}

const struct command *cmd_labels_commands(size_t *count)
{
    static const struct command commands[] = {{"labels", run_labels, 0}};

    *count = sizeof commands / sizeof commands[0];
    return commands;
}
