/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json_event.h"
#include "navette/tz.h"
#include "navette/view_json.h"
#include "node/check.h"
#include "node/commands.h"
#include "node/draft.h"
#include "node/ils_lines.h"
#include "node/ils_record.h"
#include "node/reason.h"
#include "node/resolve.h"
#include "node/verb.h"

#define FILES_MAX 10000u /* exports of one place in one day */
#define DAY_MS 86400000

static const char *act_word(int act)
{
    return act == NAVETTE__ILS_ACT__ILS_ISSUE ? "issue" : "return";
}

static json_t *line_json(const struct request *request, struct store_txn *txn, const struct ils_line *line, const char *tz)
{
    const struct loan_line *loan = &line->line;
    int64_t age = (request->moment.wall_ms - loan->time_ms) / DAY_MS;
    json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:o, s:o, s:s, s:s, s:b, s:b}", "act", act_word(loan->act), "barcode",
                            thing_id(&loan->item), "namespace", thing_namespace(&loan->item), "day", line->day, "clock", line->time, "time",
                            view_json_time(loan->time_ms, tz), "age_days", (json_int_t)(age > 0 ? age : 0), "event",
                            view_json_ref(&loan->event), "back", view_json_ref(&loan->back), "place", loan->place, "status",
                            ils_lines_word(line->ready), "correction", loan->correction, "told", loan->told);
    struct label label;

    (void)json_object_set_new(row, "status_text", json_string(message_word(request->language, ils_lines_word(line->ready))));
    if (loan->order.len != 0)
        (void)json_object_set_new(row, "order", json_string(thing_id(&loan->order)));
    if (loan->refused)
        (void)json_object_set_new(row, "reason", json_event_enum(&navette__reason__descriptor, loan->reason));
    if (fold_label(txn, &loan->item, &label) == 0)
        (void)json_object_set_new(row, "title", json_string(label.title));
    return row;
}

/* Whose lines: --place, else the request's own place. */
static const char *of(const struct request *request)
{
    const char *asked = request_text(request, "of");

    return asked[0] != '\0' ? asked : request->place;
}

/* What a request on lines begins with: a day of the calendar, a place that exists. */
static int start(struct office *office, const struct request *request, struct store_txn **txn, json_t **answer)
{
    const char *day = request_text(request, "day");
    int64_t parsed;
    int rc = lmdb_read_begin(office->store, txn);

    if (rc != 0)
        return rc;
    if (day[0] != '\0' && (strlen(day) != 10 || tz_parse("", day, &parsed) != 0))
        *answer = request_refuse(request, "bad-time", day, NULL, NULL);
    else if (!identity_serves(&office->identity, of(request)))
        *answer = check_place(request, *txn, of(request));
    if (*answer != NULL)
        lmdb_abort(*txn);
    return 0;
}

static int run_list(struct office *office, const struct request *request, json_t **answer)
{
    struct store_txn *txn;
    struct ils_list list;
    char tz[LIMIT_CODE + 1];
    struct ils_query query = {.day = NULL};
    json_t *rows;
    size_t ready = 0;
    int rc = start(office, request, &txn, answer);

    if (rc != 0 || *answer != NULL)
        return rc;
    query.place = of(request);
    rc = ils_lines_read(office, txn, &query, &list);
    if (rc == 0) {
        rows = json_array();
        office_tz(office, txn, of(request), tz);
        for (size_t i = 0; i < list.count; i++) {
            (void)json_array_append_new(rows, line_json(request, txn, &list.lines[i], tz));
            ready += list.lines[i].ready == ILS_READY;
        }
        *answer = json_pack("{s:b, s:s, s:o, s:I, s:I}", "ok", 1, "of", of(request), "rows", rows, "total", (json_int_t)list.count, "ready",
                            (json_int_t)ready);
        ils_lines_free(&list);
    }
    lmdb_abort(txn);
    return rc;
}

/* The next name that no export of this place has: a crash before the record gives the same one again. */
static int next_name(struct store_txn *txn, const char *place, const char *day, char out[LIMIT_CODE + 1])
{
    for (unsigned n = 1; n <= FILES_MAX; n++) {
        char koc[LIMIT_CODE + 1], csv[LIMIT_CODE + 1];
        int used;

        (void)snprintf(out, LIMIT_CODE + 1, "%.32s-%.10s-%u", place, day, n);
        (void)snprintf(koc, sizeof koc, "%.60s.koc", out);
        (void)snprintf(csv, sizeof csv, "%.60s.csv", out);
        used = view_loans_has_file(txn, place, koc);
        if (used == 0)
            used = view_loans_has_file(txn, place, csv);
        if (used <= 0)
            return used;
    }
    return NAVETTE_E_TOO_LARGE;
}

static void today(const char *tz, int64_t now_ms, char out[11])
{
    struct civil civil;

    if (tz_local(tz, now_ms, &civil) != 0)
        tz_civil_of_days(0, &civil);
    (void)snprintf(out, 11, "%04u-%02u-%02u", (unsigned)civil.year % 10000u, (unsigned)civil.month % 100u, (unsigned)civil.day % 100u);
}

/* Files go by the place that served: a node exports for what it serves. */
static int may_export(struct office *office, const struct request *request, json_t **answer)
{
    struct request own = *request;

    (void)snprintf(own.place, sizeof own.place, "%s", of(request));
    return request_may_record(&own, office, NAVETTE__RIGHT__RIGHT_ILS, answer);
}

/* {"day"?, "again"?, "refused"?}: what a file has to hold, cards included, and what can't be told. */
static int run_lines(struct office *office, const struct request *request, json_t **answer)
{
    const char *day = request_text(request, "day");
    char tz[LIMIT_CODE + 1], file[LIMIT_CODE + 1], now[11];
    struct ils_query query = {.refused_too = request_flag(request, "refused_too")};
    json_t *rows, *waiting;
    struct store_txn *txn;
    struct ils_list list;
    int rc;

    if (!may_export(office, request, answer))
        return 0;
    rc = start(office, request, &txn, answer);
    if (rc != 0 || *answer != NULL)
        return rc;
    office_tz(office, txn, of(request), tz);
    today(tz, request->moment.wall_ms, now);
    if (request_flag(request, "again") && day[0] == '\0')
        day = now;
    query.place = of(request);
    query.day = day[0] != '\0' ? day : NULL;
    rc = ils_lines_read(office, txn, &query, &list);
    if (rc == 0) {
        rows = json_array();
        waiting = json_array();
        rc = next_name(txn, of(request), day[0] != '\0' ? day : now, file);
        for (size_t i = 0; i < list.count; i++) {
            json_t *row;

            if (list.lines[i].line.told && !request_flag(request, "again"))
                continue;
            row = line_json(request, txn, &list.lines[i], tz);
            if (list.lines[i].ready == ILS_READY && list.lines[i].line.act == NAVETTE__ILS_ACT__ILS_ISSUE)
                (void)json_object_set_new(row, "card", json_string(list.lines[i].card));
            (void)json_array_append_new(list.lines[i].ready == ILS_READY ? rows : waiting, row);
        }
        ils_lines_free(&list);
        *answer = json_pack("{s:b, s:s, s:s, s:o, s:o}", "ok", 1, "of", of(request), "file", file, "rows", rows, "waiting", waiting);
    }
    lmdb_abort(txn);
    return rc;
}

/* {"file", "lines": [{"event", "namespace", "barcode", "act"}], "again"?}: these stand in a file that is on the disk. */
static int run_exported(struct office *office, const struct request *request, json_t **answer)
{
    struct request own = *request;

    if (!may_export(office, request, answer))
        return 0;
    (void)snprintf(own.place, sizeof own.place, "%s", of(request));
    return ils_record_exported(office, &own, answer);
}

/* {"barcodes": [...], "refused", "reason"}: what became of their last lines in the library system. */
static int run_answer(struct office *office, const struct request *request, json_t **answer)
{
    struct request own = *request;
    int reason = reason_read(request, answer);

    if (reason < 0 || !may_export(office, request, answer))
        return 0;
    (void)snprintf(own.place, sizeof own.place, "%s", of(request));
    return ils_record_answer(office, &own, request_flag(request, "refused"), reason, answer);
}

const struct command *cmd_ils_commands(size_t *count)
{
    static const struct command commands[] = {
        {"ils", run_list, 0}, {"ils-lines", run_lines, 0}, {"ils-exported", run_exported, 0}, {"ils-answer", run_answer, 0}};
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
