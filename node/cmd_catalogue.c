/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "navette/system.h"
#include "navette/view_json.h"
#include "node/check.h"
#include "node/commands.h"
#include "node/resolve.h"
#include "node/verb.h"

#define ROWS_MAX 1024u /* of one request: one transaction */

static void build_bag_add(const struct verb_scan *scan, struct draft *draft)
{
    const char *owner = operation_text(scan->operation, "owner");
    const char *kind = operation_text(scan->operation, "kind");

    draft_add(draft, scan->key);
    DRAFT_BODY(draft, BAG_COMMISSIONED, bag_commissioned);
    draft->body.bag_commissioned.bag = draft->list[0];
    draft->body.bag_commissioned.kind = draft_text(kind[0] != '\0' ? kind : operation_flag(scan->operation, "crate") ? "crate" : "bag");
    draft->body.bag_commissioned.size = draft_text(operation_text(scan->operation, "size"));
    draft->body.bag_commissioned.owner = draft_text(owner[0] != '\0' ? owner : scan->operation->place);
}

static void build_bag_retire(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_BODY(draft, BAG_RETIRED, bag_retired);
    draft->body.bag_retired.bag = draft->list[0];
    draft->body.bag_retired.reason = (Navette__Reason)operation_number(scan->operation, "reason_value");
}

static void build_item_withdraw(const struct verb_scan *scan, struct draft *draft)
{
    draft_add(draft, scan->key);
    DRAFT_BODY(draft, ITEM_WITHDRAWN, item_withdrawn);
    draft->body.item_withdrawn.item = draft->list[0];
    draft->body.item_withdrawn.reason = (Navette__Reason)operation_number(scan->operation, "reason_value");
}

const struct verb *cmd_catalogue_verbs(size_t *count)
{
    static const struct verb verbs[] = {
        {"bag-add", "bag-add", NAVETTE__OPERATION_KIND__OPERATION_REGISTER, VERB_BAGS | VERB_CRATES, 0, VERB_NEW,
         NAVETTE__RIGHT__RIGHT_CATALOGUE, build_bag_add},
        {"bag-retire", "bag-retire", NAVETTE__OPERATION_KIND__OPERATION_REGISTER, VERB_BAGS | VERB_CRATES, 0, VERB_ALIVE,
         NAVETTE__RIGHT__RIGHT_CATALOGUE, build_bag_retire},
        {"item-withdraw", "item-withdraw", NAVETTE__OPERATION_KIND__OPERATION_REGISTER, VERB_ITEMS, 0, 0, NAVETTE__RIGHT__RIGHT_CATALOGUE,
         build_item_withdraw},
    };
    *count = sizeof verbs / sizeof verbs[0];
    return verbs;
}

/* One row of the catalogue, as typed. Fields that are left out keep what is known, when something is. */
struct row {
    const char *barcode, *title, *author, *call_number, *material, *home, *at;
    struct thing_key key;
    struct whereabouts where;
    int known;
};

static const char *field(const json_t *json, const char *name, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text != NULL && text[0] != '\0' ? text : otherwise;
}

static void read_row(const json_t *json, const struct request *request, struct row *row)
{
    int labelled = row->known && row->where.has_label;

    row->title = field(json, "title", labelled ? row->where.label.title : "");
    row->author = field(json, "author", labelled ? row->where.label.author : "");
    row->call_number = field(json, "call_number", labelled ? row->where.label.call_number : "");
    row->material = field(json, "material", row->known ? row->where.record.material : "");
    row->home = field(json, "home", row->known && row->where.record.home[0] != '\0' ? row->where.record.home : request->place);
    row->at = field(json, "at_place", "");
}

static void build_row(const struct row *row, int change, struct draft *draft)
{
    draft_init(draft);
    draft_add(draft, &row->key);
    if (change) {
        Navette__ItemChanged *body = &draft->body.item_changed;
        DRAFT_BODY(draft, ITEM_CHANGED, item_changed);
        body->item = draft->list[0];
        body->title = draft_text(row->title);
        body->author = draft_text(row->author);
        body->call_number = draft_text(row->call_number);
        body->material = draft_text(row->material);
        body->home = draft_text(row->home);
        return;
    }
    Navette__ItemRegistered *body = &draft->body.item_registered;
    DRAFT_BODY(draft, ITEM_REGISTERED, item_registered);
    body->item = draft->list[0];
    body->title = draft_text(row->title);
    body->author = draft_text(row->author);
    body->call_number = draft_text(row->call_number);
    body->material = draft_text(row->material);
    body->home = draft_text(row->home);
    body->at = draft_text(strcmp(row->at, row->home) == 0 ? "" : row->at);
}

/* Which document a row means, and whether it may be added or changed: 0 and *refusal NULL: yes. */
static int place_row(struct office *office, const struct request *request, struct store_txn *txn, const char *space, int change,
                     struct row *row, json_t **refusal)
{
    struct resolve resolve = {.place = request->place, .only_space = space, .takes = VERB_ITEMS};
    int rc = resolve_scan(office, request, txn, &resolve, row->barcode, &row->key, refusal);

    if (rc == NAVETTE_E_NOT_FOUND && change)
        *refusal = request_refuse(request, "unknown-barcode", thing_id(&row->key), NULL, NULL);
    if (rc == NAVETTE_E_NOT_FOUND)
        return 0;
    if (rc != 0 || *refusal != NULL)
        return rc;
    rc = view_thing(txn, txn, &row->key, VIEW_NOW, &row->where);
    row->known = rc == 0;
    if (rc == 0 && !change && row->where.record.registered && row->where.record.condition != CONDITION_WITHDRAWN)
        *refusal = request_refuse(request, "already-registered", thing_id(&row->key), row->where.label.title, NULL);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* Places that were typed: what is left out is known already. */
static json_t *check_places(const struct request *request, struct store_txn *txn, const json_t *json)
{
    static const char *const names[] = {"home", "at_place"};
    json_t *refusal = NULL;

    for (size_t i = 0; i < sizeof names / sizeof names[0] && refusal == NULL; i++)
        if (field(json, names[i], "")[0] != '\0')
            refusal = check_recorded_place(request, txn, field(json, names[i], ""));
    return refusal;
}

static int take_row(struct office *office, const struct request *request, struct store_txn *txn, const json_t *json, uint64_t operation,
                    json_t **result)
{
    int change = strcmp(request_text(request, "command"), "item-change") == 0;
    const char *space = request_has(request, "namespace") ? request_text(request, "namespace") : NULL;
    struct row row = {.barcode = field(json, "barcode", "")};
    struct journal_entry entry;
    struct draft draft;
    int rc = place_row(office, request, txn, space, change, &row, result);

    if (rc == 0 && *result == NULL)
        *result = check_places(request, txn, json);
    if (rc == 0 && *result == NULL) {
        read_row(json, request, &row);
        build_row(&row, change, &draft);
        draft.event.place = draft_text(request->place);
        draft.event.operator_ = draft_text(request->operator_);
        draft.event.operation = operation;
        rc = office_record(office, txn, &request->moment, &draft.event, &entry);
        if (rc == NAVETTE_E_INVALID || rc == NAVETTE_E_TOO_LARGE) {
            *result = request_refuse(request, "malformed-event", event_check_text(&draft.event), NULL, NULL);
            rc = 0;
        } else if (rc == 0) {
            *result = json_pack("{s:b, s:o}", "ok", 1, "thing", view_json_key(&row.key));
            commands_show_entry(*result, event_name(&draft.event), &entry);
        }
    }
    if (row.known)
        whereabouts_free(&row.where);
    if (rc == 0)
        (void)json_object_set_new(*result, "barcode", json_string(row.barcode));
    return rc;
}

static int take_rows(struct office *office, const struct request *request, struct store_txn *txn, const json_t *list, json_t *results,
                     size_t *recorded)
{
    uint64_t operation;
    int rc = 0;

    system_random(&operation, sizeof operation);
    for (size_t i = 0; i < json_array_size(list) && rc == 0; i++) {
        json_t *result = NULL;
        rc = take_row(office, request, txn, json_array_get(list, i), operation, &result);
        if (rc == 0 && json_is_true(json_object_get(result, "ok")))
            (*recorded)++;
        (void)json_array_append_new(results, result);
    }
    return rc;
}

/* {"items": [{"barcode", "title", "author", "call_number", "material", "home", "at_place"}]}: all that are good are recorded in one transaction. */
static int run_items(struct office *office, const struct request *request, json_t **answer)
{
    const json_t *list = json_object_get(request->json, "items");
    json_t *results, *told = NULL;
    struct store_txn *txn;
    size_t recorded = 0;
    int rc;

    if (!request_may_record(request, office, NAVETTE__RIGHT__RIGHT_CATALOGUE, answer))
        return 0;
    if (!json_is_array(list) || json_array_size(list) > ROWS_MAX) {
        *answer = request_refuse(request, "malformed-request", "items", NULL, NULL);
        return 0;
    }
    rc = office_write(office, &txn);
    if (rc != 0)
        return rc;
    results = json_array();
    rc = take_rows(office, request, txn, list, results, &recorded);
    if (rc == 0) /* made before the commit: what is stored can be told */
        told = json_pack("{s:b, s:I, s:I, s:O}", "ok", 1, "recorded", (json_int_t)recorded, "refused",
                         (json_int_t)(json_array_size(list) - recorded), "results", results);
    if (rc == 0 && (told == NULL || json_array_size(results) != json_array_size(list)))
        rc = NAVETTE_E_MEMORY;
    if (rc == 0)
        rc = office_keep(office, txn, &request->moment);
    else
        lmdb_abort(txn);
    if (rc == 0)
        *answer = told;
    else
        json_decref(told);
    json_decref(results);
    return rc;
}

const struct command *cmd_catalogue_commands(size_t *count)
{
    static const struct command commands[] = {{"item-add", run_items, 0}, {"item-change", run_items, 0}};
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
