/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/search.h"
#include "navette/view_json.h"
#include "node/check.h"
#include "node/commands.h"
#include "node/reading.h"
#include "node/where.h"

#define ROWS_USUAL 20 /* of one answer, when nobody says how many: a screen */

/* One match: {thing..., "where", "available"}. */
static json_t *row_json(const struct request *request, const struct search_row *row, const char *tz)
{
    json_t *object = view_json_thing(&row->where, tz);
    char text[WHERE_SIZE];

    where_text(request->language, &row->where, text);
    (void)json_object_set_new(object, "where", json_string(text));
    (void)json_object_set_new(object, "available", json_boolean(row->available));
    return object;
}

static json_t *answer_json(const struct request *request, const struct search_answer *found, const char *tz)
{
    json_t *rows = json_array();
    json_t *json = json_pack("{s:O, s:I, s:b, s:b}", "rows", rows, "found", (json_int_t)found->found, "more", found->more,
                             "without_articles", found->without_articles);

    for (size_t i = 0; i < found->count; i++)
        (void)json_array_append_new(rows, row_json(request, &found->rows[i], tz));
    json_decref(rows);
    return json;
}

/* What is asked; 0 and *answer says why not. */
static int read_question(const struct request *request, struct search_question *question, json_t **answer)
{
    int64_t limit = request_has(request, "limit") ? request_number(request, "limit") : ROWS_USUAL;

    *question = (struct search_question){
        .text = request_text(request, "text"),
        .fields = (request_flag(request, "in_title") ? SEARCH_TITLE : 0u) | (request_flag(request, "in_author") ? SEARCH_AUTHOR : 0u) |
                  (request_flag(request, "in_call") ? SEARCH_CALL : 0u),
        .place = request_has(request, "of") ? request_text(request, "of") : NULL,
        .material = request_has(request, "material") ? request_text(request, "material") : NULL,
        .available = request_flag(request, "available"),
        .limit = (size_t)limit,
    };
    if (limit >= 1 && limit <= SEARCH_ROWS_MAX)
        return 1;
    *answer = request_refuse(request, "bad-option", "--limit", limit < 1 ? "0" : "> 1000", "1 - 1000");
    return 0;
}

/* What keeps a question from being answered is told, and costs nothing. */
static int refuse(const struct request *request, int rc, json_t **answer)
{
    if (rc == NAVETTE_E_INVALID)
        *answer = request_refuse(request, "nothing-asked", NULL, NULL, NULL);
    else if (rc == NAVETTE_E_TOO_LARGE)
        *answer = request_refuse(request, "too-many-words", "32", NULL, NULL);
    else if (rc == NAVETTE_E_VERSION)
        *answer = request_refuse(request, "words-not-kept", NULL, NULL, NULL);
    else
        return rc;
    return 0;
}

static int run_search(struct office *office, const struct request *request, json_t **answer)
{
    struct frontier_silences silences = {0};
    struct search_question question;
    struct search_answer found = {0};
    struct reading reading;
    json_t *json = NULL;
    int rc;

    if (!read_question(request, &question, answer))
        return 0;
    rc = reading_start(office, request, &reading, answer);
    if (rc != 0)
        return rc;
    rc = search_run(reading.txn, reading.txn, &question, &found);
    if (rc == 0 && found.found == 0 && question.place != NULL && !identity_serves(&office->identity, question.place))
        *answer = check_place(request, reading.txn, question.place); /* nothing there and never declared: mistyped */
    if (rc == 0 && *answer == NULL)
        rc = reading_silent(office, &reading, &silences);
    if (rc == 0 && *answer == NULL) {
        json = answer_json(request, &found, reading.tz);
        view_json_silences(json, &silences, reading.tz);
    }
    search_free(&found);
    frontier_silences_free(&silences);
    rc = reading_finish(office, &reading, request, rc, json, answer);
    return rc == 0 ? 0 : refuse(request, rc, answer);
}

const struct command *cmd_search_commands(size_t *count)
{
    static const struct command commands[] = {{"search", run_search, 0}};

    *count = sizeof commands / sizeof commands[0];
    return commands;
}
