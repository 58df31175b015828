/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "navette/system.h"
#include "navette/tz.h"
#include "navette/view_json.h"
#include "node/check.h"
#include "node/commands.h"
#include "node/container.h"
#include "node/handing.h"
#include "node/phoned.h"
#include "node/reason.h"
#include "node/scan.h"
#include "node/staffing.h"
#include "node/stocktake.h"
#include "node/verb.h"

static json_t *operation_json(const struct operation *operation, enum message_language language, const char *tz)
{
    char id[OPERATION_ID_TEXT];

    operation_id_format(operation->id, id);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:o, s:o, s:b, s:O}", "operation", id, "verb", operation->verb->name, "label",
                     message_word(language, operation->verb->label), "place", operation->place, "operator", operation->operator_,
                     "recorded", (int)operation->recorded, "refused", (int)operation->refused, "started",
                     view_json_time(operation->started_ms, tz), "container", view_json_key(&operation->container), "in_use",
                     !operation_is_left(operation), "options", operation->options);
}

static int zone_of(struct office *office, const char *place, char tz[LIMIT_CODE + 1])
{
    struct store_txn *txn;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    office_tz(office, txn, place, tz);
    lmdb_abort(txn);
    return 0;
}

/* Those that somebody left open, so that they are offered again by whatever is done next. */
static json_t *left_open(const struct office *office, const struct request *request, const char *tz)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < OPERATIONS_MAX; i++) {
        const struct operation *operation = &office->operations[i];
        char id[OPERATION_ID_TEXT], scans[16], text[256], next[256];
        if (operation->id == 0 || !operation->stored || !operation_is_left(operation))
            continue;
        json_t *row = operation_json(operation, request->language, tz);
        const char *label = message_word(request->language, operation->verb->label);
        operation_id_format(operation->id, id);
        (void)snprintf(scans, sizeof scans, "%u", operation->recorded);
        message_text(request->language, "left-open", label, scans, id, text, sizeof text);
        message_next(request->language, "left-open", label, scans, id, next, sizeof next);
        (void)json_object_set_new(row, "text", json_string(text));
        (void)json_object_set_new(row, "next", json_string(next));
        (void)json_array_append_new(list, row);
    }
    return list;
}

/* Options that stand for every scan of the operation are checked once, here. */
static int check_options(struct office *office, const struct request *request, struct store_txn *txn, const struct verb *verb,
                         struct container *container, int64_t *said_ms, json_t **answer)
{
    const char *to = request_text(request, "to"), *departed = request_text(request, "departed"), *owner = request_text(request, "owner");
    int64_t day;

    if (verb->needs & VERB_TO && to[0] == '\0')
        *answer = request_refuse(request, "missing-option", "--to", verb->name, NULL);
    else if (verb->needs & VERB_TO)
        *answer = check_destination(request, txn, to);
    if (*answer == NULL && owner[0] != '\0')
        *answer = check_recorded_place(request, txn, owner);
    if (*answer == NULL && departed[0] != '\0' && (strlen(departed) != 10 || tz_parse("", departed, &day) != 0))
        *answer = request_refuse(request, "bad-time", departed, NULL, NULL);
    if (*answer == NULL)
        (void)handing_check(request, answer);
    *said_ms = 0;
    if (*answer == NULL && verb->needs & VERB_PHONED)
        return phoned_check(office, request, txn, said_ms, answer);
    if (*answer != NULL || !(verb->needs & VERB_CONTAINER))
        return 0;
    return container_find(office, request, txn, verb->containers, 0, container, answer);
}

/* What leaves goes with a slip: who has none to copy is given a number to write on the bag. */
static int number_slip(const struct operation *operation)
{
    char number[HANDING_SLIP_SIZE];

    if (!(operation->verb->needs & VERB_TO) || operation_text(operation, "slip")[0] != '\0')
        return 0;
    handing_number(operation->place, number);
    return json_object_set_new(operation->options, "slip", json_string(number));
}

static int begin(struct office *office, const struct request *request, const struct verb *verb, const struct thing_key *container,
                 int reason, struct operation **begun)
{
    struct operation *operation = operation_slot(office->operations);

    *begun = operation;
    if (operation == NULL)
        return 0;
    do
        system_random(&operation->id, sizeof operation->id);
    while (operation->id == 0);
    operation->verb = verb;
    operation->started_ms = request->moment.wall_ms;
    operation->pid = (int)request_number(request, "pid");
    operation->container = *container;
    (void)snprintf(operation->place, sizeof operation->place, "%s", request->place);
    (void)snprintf(operation->operator_, sizeof operation->operator_, "%s", request->operator_);
    operation->options = json_deep_copy(json_object_get(request->json, "options"));
    if (operation->options == NULL)
        operation->options = json_object();
    if (reason > 0)
        (void)json_object_set_new(operation->options, "reason_value", json_integer(reason));
    if (operation->options != NULL && number_slip(operation) == 0)
        return 0;
    operation_free(operation);
    return NAVETTE_E_MEMORY;
}

/* The words of a verb's request stand in "options"; checks read them as if they had been typed beside it. */
static json_t *flatten(const json_t *json)
{
    json_t *flat = json_copy((json_t *)(uintptr_t)json);

    if (flat != NULL)
        (void)json_object_update_missing(flat, json_object_get(json, "options"));
    return flat;
}

static int begin_checked(struct office *office, const struct request *request, const struct verb *verb, json_t **answer)
{
    struct container container = {.known = 0};
    struct operation *operation = NULL;
    struct store_txn *txn;
    int64_t said_ms;
    char tz[LIMIT_CODE + 1], session[2 * STOCKTAKE_ID_SIZE + 1] = "";
    int reason = reason_read(request, answer);
    int rc;

    if (reason < 0)
        return 0;
    rc = lmdb_read_begin(office->store, &txn);
    if (rc != 0)
        return rc;
    rc = check_options(office, request, txn, verb, &container, &said_ms, answer);
    office_tz(office, txn, request->place, tz);
    if (rc == 0 && *answer == NULL && verb->kind == NAVETTE__OPERATION_KIND__OPERATION_COUNT)
        rc = cmd_count_open_session(txn, request->place, session);
    lmdb_abort(txn);
    if (rc == 0 && *answer == NULL)
        rc = begin(office, request, verb, &container.key, reason, &operation);
    if (rc == 0 && *answer == NULL && operation == NULL)
        *answer = request_refuse(request, "too-many-operations", NULL, NULL, NULL);
    if (rc == 0 && *answer == NULL) {
        if (session[0] != '\0')
            (void)json_object_set_new(operation->options, "session", json_string(session));
        if (said_ms != 0)
            (void)json_object_set_new(operation->options, "said_ms", json_integer(said_ms));
        *answer = operation_json(operation, request->language, tz);
        (void)json_object_set_new(*answer, "ok", json_true());
        (void)json_object_set_new(*answer, "left_open", left_open(office, request, tz));
    }
    container_free(&container);
    return rc;
}

static int run_begin(struct office *office, const struct request *request, json_t **answer)
{
    const struct verb *verb = verb_find(request_text(request, "verb"));
    struct request flat = *request;
    json_t *json;
    int rc;

    if (verb == NULL) {
        *answer = request_refuse(request, "unknown-command", request_text(request, "verb"), NULL, NULL);
        return 0;
    }
    if (!request_may_record(request, office, verb->right, answer))
        return 0;
    json = flatten(request->json);
    if (json == NULL)
        return NAVETTE_E_MEMORY;
    flat.json = json;
    rc = begin_checked(office, &flat, verb, answer);
    json_decref(json);
    return rc;
}

static struct operation *named(struct office *office, const struct request *request, json_t **answer)
{
    const char *text = request_text(request, "operation");
    struct operation *operation;
    uint64_t id = 0;

    (void)operation_id_parse(text, &id);
    operation = operation_find(office->operations, id);
    if (operation == NULL)
        *answer = request_refuse(request, "no-such-operation", text, NULL, NULL);
    else if (operation->pid != (int)request_number(request, "pid") && !operation_is_left(operation)) {
        *answer = request_refuse(request, "operation-in-use", text, NULL, NULL);
        operation = NULL;
    }
    return operation;
}

static int run_scan(struct office *office, const struct request *request, json_t **answer)
{
    struct operation *operation = named(office, request, answer);
    struct request own = *request;
    int rc = 0;

    if (operation == NULL)
        return 0;
    operation->pid = (int)request_number(request, "pid");
    /* Who is at the request's place was read with it, and is not asked twice: a session that ended for being idle is told once. */
    if (strcmp(own.place, operation->place) != 0) {
        (void)snprintf(own.place, sizeof own.place, "%s", operation->place);
        rc = staffing_read(office, &own);
    }
    if (rc == 0)
        rc = staffing_badge(office, &own, request_text(request, "barcode"), answer);
    if (rc != 0 || *answer != NULL || !staffing_allows(&own, office, answer))
        return rc;
    /* Who scans is asked at each scan: another badge may have come between. Where none was, it stays whoever began. */
    if (own.staff.standing != STAFF_NOBODY || own.staff.idled)
        (void)snprintf(operation->operator_, sizeof operation->operator_, "%s", own.operator_);
    return scan_run(office, &own, operation, request_text(request, "barcode"), answer);
}

/* What was received, of which hand-over, and whether that was all of it. Borrows handing and peer. */
static int close_reception(struct store_txn *txn, const struct operation *operation, struct handing *handing,
                           char peer[LIMIT_PLACE_CODE + 1], struct draft *draft)
{
    Navette__OperationClosed *body = &draft->body.operation_closed;

    handing_typed(operation, handing);
    body->mode =
        operation_flag(operation, "checked") ? NAVETTE__RECEPTION_MODE__RECEPTION_CHECKED : NAVETTE__RECEPTION_MODE__RECEPTION_UNOPENED;
    if (!handing_names_any(handing))
        return 0;
    body->dispatch = draft_ref(draft, 0, &handing->dispatch);
    body->slip = draft_text(handing->slip);
    body->round = draft_round(draft, handing->round);
    body->stop = handing->stop;
    body->direction = (Navette__HandoverDirection)handing->direction;
    body->peer = peer;
    return handing_peer(txn, handing, HANDOVER_TAKER, peer);
}

static int record_closed(struct office *office, struct store_txn *txn, const struct request *request, const struct operation *operation,
                         size_t *unseen)
{
    int complete = request_flag(request, "complete") || operation_flag(operation, "complete");
    char peer[LIMIT_PLACE_CODE + 1];
    struct handing handing;
    struct draft draft;
    int rc = 0;

    if (operation->verb->kind == NAVETTE__OPERATION_KIND__OPERATION_COUNT && !stocktake_is_shared(operation))
        rc = stocktake_close(office, txn, &request->moment, operation, complete, unseen);
    if (rc != 0)
        return rc;
    draft_init(&draft);
    DRAFT_BODY(&draft, OPERATION_CLOSED, operation_closed);
    draft.body.operation_closed.kind = operation->verb->kind;
    draft.body.operation_closed.recorded = operation->recorded;
    draft.body.operation_closed.refused = operation->refused;
    if (operation->container.len > 0)
        draft.body.operation_closed.container = draft_thing(&draft.container, &operation->container);
    if (strcmp(operation->verb->name, "receive") == 0)
        rc = close_reception(txn, operation, &handing, peer, &draft);
    if (rc != 0)
        return rc;
    draft.event.place = draft_text(operation->place);
    draft.event.operator_ = draft_text(operation->operator_);
    draft.event.operation = operation->id;
    rc = office_record(office, txn, &request->moment, &draft.event, NULL);
    return rc != 0 ? rc : operation_erase(txn, operation);
}

/* Nothing was scanned: nothing happened, and nothing is written. */
static int close_stored(struct office *office, const struct request *request, const struct operation *operation, json_t *told)
{
    struct store_txn *txn;
    size_t unseen = 0;
    int rc;

    if (!operation->stored)
        return 0;
    rc = office_write(office, &txn);
    if (rc != 0)
        return rc;
    rc = record_closed(office, txn, request, operation, &unseen);
    if (rc != 0) {
        lmdb_abort(txn);
        return rc;
    }
    if (operation->verb->kind == NAVETTE__OPERATION_KIND__OPERATION_COUNT && !stocktake_is_shared(operation))
        (void)json_object_set_new(told, "unseen", json_integer((json_int_t)unseen));
    return office_keep(office, txn, &request->moment);
}

static int run_close(struct office *office, const struct request *request, json_t **answer)
{
    struct operation *operation = named(office, request, answer);
    json_t *told;
    int rc;

    if (operation == NULL)
        return 0;
    told = operation_json(operation, request->language, "");
    if (told == NULL || json_object_set_new(told, "ok", json_true()) != 0) {
        json_decref(told);
        return NAVETTE_E_MEMORY;
    }
    rc = close_stored(office, request, operation, told);
    if (rc != 0) {
        json_decref(told);
        return rc;
    }
    *answer = told;
    operation_free(operation);
    return 0;
}

static int run_operations(struct office *office, const struct request *request, json_t **answer)
{
    char tz[LIMIT_CODE + 1];
    json_t *rows = json_array();
    int rc = zone_of(office, request->place, tz);

    for (size_t i = 0; i < OPERATIONS_MAX; i++)
        if (office->operations[i].id != 0 && office->operations[i].stored)
            (void)json_array_append_new(rows, operation_json(&office->operations[i], request->language, tz));
    *answer = json_pack("{s:b, s:o}", "ok", 1, "rows", rows);
    return rc;
}

static int run_resume(struct office *office, const struct request *request, json_t **answer)
{
    struct operation *operation = named(office, request, answer);
    char tz[LIMIT_CODE + 1];
    int rc;

    if (operation == NULL)
        return 0;
    rc = zone_of(office, operation->place, tz);
    operation->pid = (int)request_number(request, "pid");
    *answer = operation_json(operation, request->language, tz);
    (void)json_object_set_new(*answer, "ok", json_true());
    return rc;
}

const struct command *cmd_operation_commands(size_t *count)
{
    static const struct command commands[] = {
        {"begin", run_begin, 0},           {"scan", run_scan, 0},     {"close", run_close, 0},
        {"operations", run_operations, 0}, {"resume", run_resume, 0},
    };
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
