/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ils_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/tz.h"
#include "navette/view_json.h"
#include "node/draft.h"
#include "node/ils_lines.h"
#include "node/resolve.h"
#include "node/verb.h"

#define REQUEST_LINES 8192u /* of one request */
#define LOOK_BACK_DAYS 92   /* what a library system refuses, it refuses soon */
#define DAY_MS 86400000

/* An event's lines, with room for what they point to. */
struct batch {
    Navette__IlsLine lines[LIMIT_EVENT_LIST];
    Navette__IlsLine *list[LIMIT_EVENT_LIST];
    Navette__Ref events[LIMIT_EVENT_LIST], backs[LIMIT_EVENT_LIST];
    Navette__Thing items[LIMIT_EVENT_LIST];
    const struct ils_line *from[LIMIT_EVENT_LIST];
    size_t count;
};

static Navette__Ref *make_ref(Navette__Ref *message, const struct ref *ref)
{
    if (ref->seq == 0)
        return NULL;
    navette__ref__init(message);
    message->incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, (uint8_t *)(uintptr_t)ref->incarnation};
    message->seq = ref->seq;
    message->leaf = ref->leaf;
    return message;
}

static void add(struct batch *batch, const struct ils_line *from)
{
    size_t i = batch->count++;
    Navette__IlsLine *line = &batch->lines[i];

    navette__ils_line__init(line);
    line->event = make_ref(&batch->events[i], &from->line.event);
    line->item = draft_thing(&batch->items[i], &from->line.item);
    line->act = (Navette__IlsAct)from->line.act;
    line->back = from->line.act == NAVETTE__ILS_ACT__ILS_RETURN ? make_ref(&batch->backs[i], &from->line.back) : NULL;
    batch->list[i] = line;
    batch->from[i] = from;
}

static int record(struct office *office, const struct request *request, struct store_txn *txn, struct draft *draft)
{
    draft->event.place = draft_text(request->place);
    draft->event.operator_ = draft_text(request->operator_);
    return office_record(office, txn, &request->moment, &draft->event, NULL);
}

static int record_exported(struct office *office, const struct request *request, struct store_txn *txn, struct batch *batch)
{
    struct draft draft;

    if (batch->count == 0)
        return 0;
    draft_init(&draft);
    DRAFT_BODY(&draft, ILS_EXPORTED, ils_exported);
    draft.body.ils_exported.day = draft_text(batch->from[0]->day);
    draft.body.ils_exported.file = draft_text(request_text(request, "file"));
    draft.body.ils_exported.lines = batch->list;
    draft.body.ils_exported.n_lines = batch->count;
    batch->count = 0;
    return record(office, request, txn, &draft);
}

static int names(const json_t *json, const struct ils_line *line)
{
    const char *event = json_string_value(json_object_get(json, "event")), *barcode = json_string_value(json_object_get(json, "barcode"));
    const char *space = json_string_value(json_object_get(json, "namespace")), *act = json_string_value(json_object_get(json, "act"));
    struct ref ref;

    if (event == NULL || barcode == NULL || act == NULL || ref_parse(event, &ref) != 0 || ref_compare(&ref, &line->line.event) != 0)
        return 0;
    if (strcmp(barcode, thing_id(&line->line.item)) != 0 || strcmp(space != NULL ? space : "", thing_namespace(&line->line.item)) != 0)
        return 0;
    return strcmp(act, "issue") == 0 ? line->line.act == NAVETTE__ILS_ACT__ILS_ISSUE
                                     : strcmp(act, "return") == 0 && line->line.act == NAVETTE__ILS_ACT__ILS_RETURN;
}

static int is_asked(const json_t *asked, const struct ils_line *line)
{
    size_t i;
    json_t *json;

    json_array_foreach(asked, i, json)
    {
        if (names(json, line))
            return 1;
    }
    return 0;
}

/* Lines come by time, so those of a day side by side. */
static int record_lines(struct office *office, const struct request *request, struct store_txn *txn, const struct ils_list *list,
                        size_t *recorded)
{
    const json_t *asked = json_object_get(request->json, "lines");
    struct batch *batch = calloc(1, sizeof *batch);
    int rc = batch == NULL ? NAVETTE_E_MEMORY : 0;

    for (size_t i = 0; rc == 0 && i < list->count; i++) {
        if (!is_asked(asked, &list->lines[i]))
            continue;
        if (batch->count == LIMIT_EVENT_LIST || (batch->count > 0 && strcmp(batch->from[0]->day, list->lines[i].day) != 0))
            rc = record_exported(office, request, txn, batch);
        if (rc == 0)
            add(batch, &list->lines[i]);
        (*recorded)++;
    }
    if (rc == 0)
        rc = record_exported(office, request, txn, batch);
    free(batch);
    return rc;
}

int ils_record_exported(struct office *office, const struct request *request, json_t **answer)
{
    const json_t *asked = json_object_get(request->json, "lines");
    const char *day = request_text(request, "day");
    struct ils_query query = {.place = request->place, .refused_too = 1};
    struct ils_list list = {.count = 0};
    struct store_txn *txn;
    size_t recorded = 0;
    json_t *told;
    int rc;

    if (!json_is_array(asked) || json_array_size(asked) > REQUEST_LINES) {
        *answer = request_refuse(request, "malformed-request", "lines", NULL, NULL);
        return 0;
    }
    if (strlen(request_text(request, "file")) > LIMIT_CODE) {
        *answer = request_refuse(request, "too-long", "--out", "64", NULL);
        return 0;
    }
    rc = office_write(office, &txn);
    if (rc != 0)
        return rc;
    query.day = request_flag(request, "again") && day[0] != '\0' ? day : NULL;
    rc = ils_lines_read(office, txn, &query, &list);
    if (rc == 0)
        rc = record_lines(office, request, txn, &list, &recorded);
    ils_lines_free(&list);
    told = json_pack("{s:b, s:I, s:I}", "ok", 1, "recorded", (json_int_t)recorded, "gone", (json_int_t)(json_array_size(asked) - recorded));
    if (rc == 0 && told == NULL)
        rc = NAVETTE_E_MEMORY;
    if (rc == 0)
        rc = office_keep(office, txn, &request->moment);
    else
        lmdb_abort(txn);
    if (rc == 0)
        *answer = told;
    else
        json_decref(told);
    return rc;
}

/* The last line of a document: of those told (a refusal speaks of one), or of those that are to be told (taken: somebody typed it there). */
static const struct ils_line *last_of(const struct ils_list *list, const struct thing_key *item, int told)
{
    const struct ils_line *last = NULL;

    for (size_t i = 0; i < list->count; i++)
        if (thing_key_equal(&list->lines[i].line.item, item) && list->lines[i].line.told == told)
            last = &list->lines[i];
    return last;
}

static int answer_one(struct office *office, const struct request *request, struct store_txn *txn, const struct ils_list *list,
                      const char *barcode, int refused, int reason, json_t **result)
{
    struct resolve resolve = {.place = request->place, .takes = VERB_ITEMS};
    const struct ils_line *line;
    struct thing_key key;
    struct draft draft;
    struct batch *batch;
    int rc = resolve_scan(office, request, txn, &resolve, barcode, &key, result);

    if (rc == 0 && *result != NULL)
        return 0;
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    line = last_of(list, &key, refused);
    if (line == NULL) {
        *result = request_refuse(request, refused ? "ils-nothing-told" : "ils-nothing-waits", thing_id(&key), NULL, NULL);
        return 0;
    }
    batch = calloc(1, sizeof *batch);
    if (batch == NULL)
        return NAVETTE_E_MEMORY;
    add(batch, line);
    draft_init(&draft);
    DRAFT_BODY(&draft, ILS_ANSWERED, ils_answered);
    draft.body.ils_answered.lines = batch->list;
    draft.body.ils_answered.n_lines = 1;
    draft.body.ils_answered.refused = refused;
    draft.body.ils_answered.reason = (Navette__Reason)reason;
    rc = record(office, request, txn, &draft);
    free(batch);
    if (rc == 0)
        *result = json_pack("{s:b, s:s, s:s, s:s}", "ok", 1, "barcode", thing_id(&key), "act",
                            line->line.act == NAVETTE__ILS_ACT__ILS_ISSUE ? "issue" : "return", "day", line->day);
    return rc;
}

/* Refusals speak of lines in files: the latest are looked through. */
static void look_back(const struct request *request, char since[11])
{
    struct civil civil;

    tz_civil_of_days((int32_t)(request->moment.wall_ms / DAY_MS) - LOOK_BACK_DAYS, &civil);
    (void)snprintf(since, 11, "%04u-%02u-%02u", (unsigned)civil.year % 10000u, (unsigned)civil.month % 100u, (unsigned)civil.day % 100u);
}

int ils_record_answer(struct office *office, const struct request *request, int refused, int reason, json_t **answer)
{
    const json_t *barcodes = json_object_get(request->json, "barcodes");
    struct ils_query query = {.place = request->place, .refused_too = 1};
    struct ils_list list = {.count = 0};
    char since[11];
    json_t *results = json_array(), *told = NULL;
    struct store_txn *txn;
    size_t recorded = 0;
    int rc = office_write(office, &txn);

    if (rc == 0) {
        look_back(request, since);
        query.since = refused ? since : NULL;
        rc = ils_lines_read(office, txn, &query, &list);
        for (size_t i = 0; rc == 0 && i < json_array_size(barcodes); i++) {
            const char *barcode = json_string_value(json_array_get(barcodes, i));
            json_t *result = NULL;

            rc = answer_one(office, request, txn, &list, barcode != NULL ? barcode : "", refused, reason, &result);
            recorded += json_is_true(json_object_get(result, "ok"));
            (void)json_array_append_new(results, result);
        }
        ils_lines_free(&list);
        told = json_pack("{s:b, s:I, s:O}", "ok", 1, "recorded", (json_int_t)recorded, "results", results);
        if (rc == 0 && told == NULL)
            rc = NAVETTE_E_MEMORY;
        if (rc == 0)
            rc = office_keep(office, txn, &request->moment);
        else
            lmdb_abort(txn);
    }
    if (rc == 0)
        *answer = told;
    else
        json_decref(told);
    json_decref(results);
    return rc;
}
