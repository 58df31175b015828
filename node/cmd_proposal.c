/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/system.h"
#include "navette/view_json.h"
#include "node/commands.h"
#include "node/proposal.h"
#include "node/reason.h"
#include "node/verb.h"

#define ROWS_MAX 1024u /* of one request: one transaction */

/* As the state has it now: what was withdrawn or gone since is not shown. *row NULL: not shown. */
static int show(struct store_txn *txn, const struct proposal *proposal, json_t **row)
{
    struct whereabouts where;
    int rc = view_thing(txn, txn, &proposal->key, VIEW_NOW, &where);

    *row = NULL;
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    if (where.record.registered && where.record.condition != CONDITION_WITHDRAWN)
        *row = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "barcode", thing_id(&proposal->key), "namespace",
                         thing_namespace(&proposal->key), "title", where.label.title, "call_number", where.label.call_number, "home",
                         where.record.home, "since", (json_int_t)proposal->since_ms);
    whereabouts_free(&where);
    return 0;
}

/* {"after": a row's namespace and barcode}: open proposals, a page at a time; "more" when there are. */
static int run_proposed(struct office *office, const struct request *request, json_t **answer)
{
    struct proposal *list = calloc(ROWS_MAX, sizeof *list);
    json_t *rows = json_array();
    struct thing_key after;
    const struct thing_key *from = NULL;
    struct store_txn *txn;
    int count = 0, rc = list != NULL && rows != NULL ? lmdb_read_begin(office->store, &txn) : NAVETTE_E_MEMORY;

    if (request_has(request, "after") && thing_key_make(NAVETTE__THING_KIND__THING_ITEM, request_text(request, "after_namespace"),
                                                        request_text(request, "after"), &after) == 0)
        from = &after;
    if (rc == 0) {
        count = proposal_list(txn, from, list, ROWS_MAX);
        rc = count < 0 ? count : 0;
        for (int i = 0; i < count && rc == 0; i++) {
            json_t *row = NULL;
            if (list[i].state == PROPOSAL_OPEN)
                rc = show(txn, &list[i], &row);
            if (rc == 0 && row != NULL)
                (void)json_array_append_new(rows, row);
        }
        lmdb_abort(txn);
    }
    if (rc == 0)
        *answer = json_pack("{s:b, s:O}", "ok", 1, "rows", rows);
    if (rc == 0 && count == (int)ROWS_MAX) {
        (void)json_object_set_new(*answer, "after", json_string(thing_id(&list[count - 1].key)));
        (void)json_object_set_new(*answer, "after_namespace", json_string(thing_namespace(&list[count - 1].key)));
    }
    json_decref(rows);
    free(list);
    return rc;
}

/* What is done with one of the documents named. */
typedef int act_fn(struct office *office, const struct request *request, struct store_txn *txn, const struct thing_key *key,
                   json_t **result);

static int propose(struct office *office, const struct request *request, struct store_txn *txn, const struct thing_key *key,
                   json_t **result)
{
    struct proposal proposal = {.key = *key};
    int added, rc = proposal_add(txn, key, request->moment.wall_ms, &added);

    (void)office;
    if (rc == 0)
        rc = proposal_read(txn, key, &proposal);
    if (rc == 0 && proposal.state == PROPOSAL_OPEN)
        rc = show(txn, &proposal, result);
    if (rc == 0 && *result == NULL)
        *result = json_null();
    return rc;
}

static int keep(struct office *office, const struct request *request, struct store_txn *txn, const struct thing_key *key, json_t **result)
{
    struct proposal proposal;
    int rc = proposal_read(txn, key, &proposal);

    (void)office;
    if (rc == NAVETTE_E_NOT_FOUND) {
        *result = request_refuse(request, "not-proposed", thing_id(key), NULL, NULL);
        return 0;
    }
    proposal.state = PROPOSAL_STAYS;
    if (rc == 0)
        rc = proposal_set(txn, &proposal);
    if (rc == 0)
        *result = json_pack("{s:b, s:s}", "ok", 1, "barcode", thing_id(key));
    return rc;
}

static int withdraw(struct office *office, const struct request *request, struct store_txn *txn, const struct thing_key *key,
                    json_t **result)
{
    struct proposal proposal;
    struct journal_entry entry;
    struct draft draft;
    int rc = proposal_read(txn, key, &proposal);

    if (rc == NAVETTE_E_NOT_FOUND || (rc == 0 && proposal.state != PROPOSAL_OPEN)) {
        *result = request_refuse(request, "not-proposed", thing_id(key), NULL, NULL);
        return 0;
    }
    draft_init(&draft);
    draft_add(&draft, key);
    DRAFT_BODY(&draft, ITEM_WITHDRAWN, item_withdrawn);
    draft.body.item_withdrawn.item = draft.list[0];
    draft.body.item_withdrawn.reason = (Navette__Reason)request_number(request, "reason_value");
    draft.event.place = draft_text(request->place);
    draft.event.operator_ = draft_text(request->operator_);
    if (rc == 0)
        rc = proposal_forget(txn, key);
    if (rc == 0)
        rc = office_record(office, txn, &request->moment, &draft.event, &entry);
    if (rc != 0)
        return rc;
    *result = json_pack("{s:b, s:s}", "ok", 1, "barcode", thing_id(key));
    commands_show_entry(*result, event_name(&draft.event), &entry);
    return 0;
}

/* {"namespace", "barcodes": [...]}: all in one transaction; "results" one by one. */
static int run_each(struct office *office, const struct request *request, act_fn *act, json_t **answer)
{
    const json_t *list = json_object_get(request->json, "barcodes");
    json_t *results = json_array(), *told = NULL;
    struct store_txn *txn = NULL;
    int rc = results != NULL ? office_write(office, &txn) : NAVETTE_E_MEMORY;

    for (size_t i = 0; i < json_array_size(list) && rc == 0; i++) {
        const char *barcode = json_string_value(json_array_get(list, i));
        struct thing_key key;
        json_t *result = NULL;
        if (thing_key_make(NAVETTE__THING_KIND__THING_ITEM, request_text(request, "namespace"), barcode != NULL ? barcode : "", &key) == 0)
            rc = act(office, request, txn, &key, &result);
        else
            result = request_refuse(request, "malformed-request", "barcodes", NULL, NULL);
        if (rc == 0 && json_array_append_new(results, result) != 0)
            rc = NAVETTE_E_MEMORY;
        if (rc != 0)
            json_decref(result);
    }
    if (rc == 0) /* made before the commit: what is stored can be told */
        told = json_pack("{s:b, s:O}", "ok", 1, "results", results);
    if (rc == 0 && told == NULL)
        rc = NAVETTE_E_MEMORY;
    if (rc == 0)
        rc = office_keep(office, txn, &request->moment);
    else if (txn != NULL)
        lmdb_abort(txn);
    if (rc == 0)
        *answer = told;
    else
        json_decref(told);
    json_decref(results);
    return rc;
}

static int may_run(struct office *office, const struct request *request, json_t **answer)
{
    const json_t *list = json_object_get(request->json, "barcodes");

    if (!request_may_record(request, office, NAVETTE__RIGHT__RIGHT_CATALOGUE, answer))
        return 0;
    if (json_is_array(list) && json_array_size(list) <= ROWS_MAX)
        return 1;
    *answer = request_refuse(request, "malformed-request", "barcodes", NULL, NULL);
    return 0;
}

static int run_propose(struct office *office, const struct request *request, json_t **answer)
{
    return may_run(office, request, answer) ? run_each(office, request, propose, answer) : 0;
}

static int run_keep(struct office *office, const struct request *request, json_t **answer)
{
    return may_run(office, request, answer) ? run_each(office, request, keep, answer) : 0;
}

static int run_withdraw(struct office *office, const struct request *request, json_t **answer)
{
    struct request with = *request;
    int reason, rc;

    if (!may_run(office, request, answer))
        return 0;
    reason = reason_read(request, answer);
    if (reason < 0)
        return 0;
    with.json = json_copy((json_t *)(uintptr_t)request->json);
    if (with.json == NULL || json_object_set_new((json_t *)(uintptr_t)with.json, "reason_value", json_integer(reason)) != 0) {
        json_decref((json_t *)(uintptr_t)with.json);
        return NAVETTE_E_MEMORY;
    }
    rc = run_each(office, &with, withdraw, answer);
    json_decref((json_t *)(uintptr_t)with.json);
    return rc;
}

const struct command *cmd_proposal_commands(size_t *count)
{
    static const struct command commands[] = {
        {"proposed", run_proposed, 0}, {"propose", run_propose, 0}, {"proposed-keep", run_keep, 0}, {"proposed-withdraw", run_withdraw, 0}};
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
