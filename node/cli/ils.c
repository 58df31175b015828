/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/ils.h"

#include <libgen.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "navette/loan_file.h"
#include "navette/limits.h"
#include "navette/whole.h"
#include "node/cli/show.h"

#define LINES_A_REQUEST 1000u

/* A request about a place's lines: --place may be one that the node does not serve, to look at. */
static json_t *request_of(const struct session *session, const char *command)
{
    json_t *request = session_request(session, command), *place = json_object_get(request, "place");

    if (place != NULL) {
        (void)json_object_set(request, "of", place);
        (void)json_object_del(request, "place");
    }
    return request;
}

static void pass_on(const struct arguments *arguments, json_t *request, const char *name)
{
    if (json_object_get(arguments->options, name) != NULL)
        (void)json_object_set(request, name, json_object_get(arguments->options, name));
}

static int add_line(enum loan_file_form form, const json_t *row, struct buffer *out)
{
    struct loan_file_line line = {
        .day = show_text(row, "day"),
        .clock = show_text(row, "clock"),
        .is_return = strcmp(show_text(row, "act"), "return") == 0,
        .card = show_text(row, "card"),
        .barcode = show_text(row, "barcode"),
        .order = show_text(row, "order"),
        .title = show_text(row, "title"),
    };

    return loan_file_line(form, &line, out);
}

static int build(enum loan_file_form form, const json_t *rows, struct buffer *out)
{
    size_t i;
    json_t *row;
    int rc = loan_file_begin(form, out);

    json_array_foreach(rows, i, row)
    {
        if (rc == 0)
            rc = add_line(form, row, out);
    }
    return rc;
}

/* Tells navette-node that these lines are in the file. */
static int record(struct session *session, const json_t *rows, const char *file, size_t *recorded)
{
    const struct arguments *arguments = session->arguments;
    int rc = 0;

    for (size_t from = 0; rc == 0 && from < json_array_size(rows); from += LINES_A_REQUEST) {
        json_t *request = request_of(session, "ils-exported"), *lines = json_array(), *answer;

        for (size_t i = from; i < json_array_size(rows) && i < from + LINES_A_REQUEST; i++) {
            const json_t *row = json_array_get(rows, i);

            (void)json_array_append_new(lines, json_pack("{s:s, s:s, s:s, s:s}", "event", show_text(row, "event"), "namespace",
                                                         show_text(row, "namespace"), "barcode", show_text(row, "barcode"), "act",
                                                         show_text(row, "act")));
        }
        (void)json_object_set_new(request, "lines", lines);
        (void)json_object_set_new(request, "file", json_string(file));
        pass_on(arguments, request, "day");
        pass_on(arguments, request, "again");
        rc = session_ask(session, request, &answer);
        if (rc != 0)
            break;
        if (session_is_ok(answer))
            *recorded += (size_t)json_integer_value(json_object_get(answer, "recorded"));
        else
            rc = session_refuse(arguments, answer);
        json_decref(answer);
    }
    return rc;
}

/* {status: how many}, in the order in which they come. New reference. */
static json_t *by_status(const json_t *waiting)
{
    json_t *counts = json_object(), *row;
    size_t i;

    json_array_foreach(waiting, i, row)
    {
        const char *status = show_text(row, "status");
        (void)json_object_set_new(counts, status, json_integer(json_integer_value(json_object_get(counts, status)) + 1));
    }
    return counts;
}

/* How many wait, and for each reason what to do about it. */
static void say_waiting(const struct arguments *arguments, const json_t *waiting)
{
    json_t *counts = by_status(waiting), *count;
    const char *status;

    (void)printf("%s : %zu   > navette ils\n", session_word(arguments, "ils-waiting"), json_array_size(waiting));
    json_object_foreach(counts, status, count)
    {
        char code[64], text[128], next[512];

        (void)snprintf(code, sizeof code, "ils-waits-%s", status);
        message_text(arguments->language, code, NULL, NULL, NULL, text, sizeof text);
        message_next(arguments->language, code, NULL, NULL, NULL, next, sizeof next);
        (void)printf("%5lld  %s\n", (long long)json_integer_value(count), text);
        if (next[0] != '\0')
            (void)printf("       > %s\n", next);
    }
    json_decref(counts);
}

static void say_done(const struct arguments *arguments, const json_t *answer, const char *path, size_t recorded)
{
    size_t given = json_array_size(json_object_get(answer, "rows")), waiting = json_array_size(json_object_get(answer, "waiting"));

    if (arguments->json) {
        json_t *done = json_pack("{s:b, s:s?, s:I, s:I, s:O, s:o}", "ok", 1, "file", path, "lines", (json_int_t)given, "recorded",
                                 (json_int_t)recorded, "waiting", json_object_get(answer, "waiting"), "waiting_by_status",
                                 by_status(json_object_get(answer, "waiting")));
        session_print(done);
        json_decref(done);
        return;
    }
    if (path != NULL) {
        char count[SHOW_NUMBER_SIZE], text[PATH_MAX + 512];

        (void)snprintf(count, sizeof count, "%zu", given);
        message_text(arguments->language, "ils-written", count, path, NULL, text, sizeof text);
        (void)printf("%s\n", text);
        message_next(arguments->language, "ils-written", count, path, NULL, text, sizeof text);
        (void)printf("  > %s\n", text);
    } else {
        (void)printf("%s\n", session_word(arguments, waiting > 0 ? "ils-none-ready" : "ils-nothing"));
    }
    if (waiting > 0)
        say_waiting(arguments, json_object_get(answer, "waiting"));
}

static int write_file(struct session *session, const json_t *answer, enum loan_file_form form, char path[PATH_MAX])
{
    const struct arguments *arguments = session->arguments;
    const char *out = arguments_text(arguments, "out");
    struct buffer bytes = {.data = NULL};
    int rc = build(form, json_object_get(answer, "rows"), &bytes);

    if (out[0] != '\0')
        (void)snprintf(path, PATH_MAX, "%s", out);
    else
        (void)snprintf(path, PATH_MAX, "%s.%s", show_text(answer, "file"), loan_file_extension(form));
    if (rc == 0)
        rc = whole_write(path, buffer_span(&bytes), 1);
    if (bytes.data != NULL)
        sodium_memzero(bytes.data, bytes.capacity);
    buffer_free(&bytes);
    if (rc == 0)
        return 0;
    return session_refuse_code(arguments, rc == NAVETTE_E_MEMORY ? "no-memory" : "ils-cannot-write", path, NULL);
}

static int run_export(struct session *session)
{
    const struct arguments *arguments = session->arguments;
    int form = loan_file_form_of(arguments_text(arguments, "format"));
    char path[PATH_MAX], copy[PATH_MAX], name[LIMIT_CODE + 1];
    size_t recorded = 0;
    json_t *request, *answer;
    int rc;

    if (form < 0)
        return session_refuse_code(arguments, "ils-format", arguments_text(arguments, "format"), NULL);
    request = request_of(session, "ils-lines");
    pass_on(arguments, request, "day");
    pass_on(arguments, request, "again");
    pass_on(arguments, request, "refused_too");
    rc = session_ask(session, request, &answer);
    if (rc != 0)
        return rc;
    if (!session_is_ok(answer)) {
        rc = session_refuse(arguments, answer);
    } else if (json_array_size(json_object_get(answer, "rows")) == 0) {
        say_done(arguments, answer, NULL, 0);
    } else {
        rc = write_file(session, answer, (enum loan_file_form)form, path);
        (void)snprintf(copy, sizeof copy, "%s", path);
        (void)snprintf(name, sizeof name, "%.64s", basename(copy));
        if (rc == 0)
            rc = record(session, json_object_get(answer, "rows"), name, &recorded);
        if (rc == 0)
            say_done(arguments, answer, path, recorded);
    }
    json_decref(answer);
    return rc;
}

static int run_answer(struct session *session, int refused)
{
    const struct arguments *arguments = session->arguments;
    json_t *request, *barcodes = json_array(), *answer, *row;
    size_t i;
    int rc, some = 0;

    if (arguments->count == 0) {
        json_decref(barcodes);
        return session_refuse_code(arguments, "missing-option", "CODE", arguments->spec->name);
    }
    for (i = 0; i < arguments->count; i++)
        (void)json_array_append_new(barcodes, json_string(arguments->words[i]));
    request = request_of(session, "ils-answer");
    (void)json_object_set_new(request, "barcodes", barcodes);
    (void)json_object_set_new(request, "refused", json_boolean(refused));
    pass_on(arguments, request, "reason");
    rc = session_ask(session, request, &answer);
    if (rc != 0)
        return rc;
    if (!session_is_ok(answer))
        rc = session_refuse(arguments, answer);
    else
        json_array_foreach(json_object_get(answer, "results"), i, row)
        {
            if (arguments->json)
                session_print(row);
            else if (session_is_ok(row))
                (void)printf("OK   %s  %s  %s\n", show_text(row, "barcode"), session_word(arguments, show_text(row, "act")),
                             session_word(arguments, refused ? "ils-refused" : "ils-taken"));
            else
                (void)session_refuse(arguments, row);
            some |= !session_is_ok(row);
        }
    json_decref(answer);
    return rc != 0 ? rc : some ? EXIT_SOME : EXIT_DONE;
}

int ils_run(struct session *session)
{
    const char *name = session->arguments->spec->name;

    if (strcmp(name, "ils export") == 0)
        return run_export(session);
    return run_answer(session, strcmp(name, "ils refused") == 0);
}
