/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/labelling.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "navette/error.h"
#include "navette/labels.h"
#include "navette/limits.h"
#include "node/cli/lines.h"
#include "node/cli/show.h"
#include "node/cli/table.h"

#define CODES_A_REQUEST 256u

/* What is to be printed, as it comes in. */
struct job {
    struct session *session;
    const struct arguments *arguments;
    json_t *codes;  /* on their way to the daemon */
    json_t *rows;   /* {"code", "title", "known"}: all of them */
    json_t *told;   /* the library's name, once it was told; owned */
    size_t unknown; /* of rows */
};

static int is_set(const struct arguments *arguments, const char *field)
{
    return json_is_true(json_object_get(arguments->options, field));
}

static int list_sheets(const struct arguments *arguments)
{
    const char *headings[] = {session_word(arguments, "sheet"), session_word(arguments, "labels-mm"), session_word(arguments, "by-sheet"),
                              ""};
    const struct label_sheet *sheet;
    json_t *rows = json_array();
    struct table table;

    table_init(&table, 4, 0, headings);
    for (size_t i = 0; (sheet = label_sheet_at(i)) != NULL; i++) {
        const char *about = arguments->language == MESSAGE_EN ? sheet->en : sheet->fr;
        char measures[48], grid[32];
        const char *values[] = {sheet->name, measures, grid, about};

        (void)snprintf(measures, sizeof measures, "%g x %g", sheet->width, sheet->height);
        (void)snprintf(grid, sizeof grid, "%u x %u", sheet->columns, sheet->rows);
        table_add(&table, values);
        (void)json_array_append_new(rows, json_pack("{s:s, s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:i, s:i}", "sheet", sheet->name, "about",
                                                    about, "left", sheet->left, "top", sheet->top, "step_x", sheet->step_x, "step_y",
                                                    sheet->step_y, "width", sheet->width, "height", sheet->height, "columns",
                                                    (int)sheet->columns, "rows", (int)sheet->rows));
    }
    if (arguments->json) {
        json_t *answer = json_pack("{s:b, s:O}", "ok", 1, "rows", rows);
        session_print(answer);
        json_decref(answer);
    } else {
        table_print(&table);
    }
    table_free(&table);
    json_decref(rows);
    return 0;
}

/* Asks the daemon about what has gathered: kind and title. */
static int flush(struct job *job)
{
    json_t *request, *answer, *row;
    size_t i;
    int rc;

    if (json_array_size(job->codes) == 0)
        return 0;
    request = session_request(job->session, "labels");
    (void)json_object_set(request, "codes", job->codes);
    rc = session_ask(job->session, request, &answer);
    if (rc != 0)
        return rc;
    if (session_is_ok(answer)) {
        json_array_foreach(json_object_get(answer, "rows"), i, row)
        {
            job->unknown += !json_is_true(json_object_get(row, "known"));
            (void)json_array_append(job->rows, row);
        }
        if (job->told == NULL)
            job->told = json_incref(json_object_get(answer, "library"));
    } else {
        rc = session_refuse(job->arguments, answer);
    }
    json_decref(answer);
    json_decref(job->codes);
    job->codes = json_array();
    return rc;
}

static int add(struct job *job, const char *code)
{
    char most[16];

    if (strlen(code) == 0 || strlen(code) > LIMIT_THING_ID)
        return session_refuse_code(job->arguments, "malformed-line", code, NULL);
    if (json_array_append_new(job->codes, json_string(code)) != 0)
        return session_refuse_code(job->arguments, "malformed-line", "?", NULL);
    if (json_array_size(job->rows) + json_array_size(job->codes) > LABELS_MAX) {
        (void)snprintf(most, sizeof most, "%u", LABELS_MAX);
        return session_refuse_code(job->arguments, "too-many-labels", most, NULL);
    }
    return json_array_size(job->codes) >= CODES_A_REQUEST ? flush(job) : 0;
}

/* "001-120": as many digits as the first one has. */
static int add_series(struct job *job, const char *prefix, const char *range)
{
    char code[LIMIT_THING_ID + 32], *end;
    int digits = (int)strspn(range, "0123456789"), rc = 0;
    unsigned long first = strtoul(range, &end, 10), last = 0;

    if (digits >= 1 && digits <= 9 && *end == '-')
        last = strtoul(end + 1, &end, 10);
    if (digits < 1 || digits > 9 || *end != '\0' || last < first || strlen(prefix) + 10 > LIMIT_THING_ID)
        return session_refuse_code(job->arguments, "bad-series", range, prefix);
    for (unsigned long i = first; rc == 0 && i <= last; i++) {
        (void)snprintf(code, sizeof code, "%s%0*lu", prefix, digits, i);
        rc = add(job, code);
    }
    return rc;
}

/* The documents whose ids were made here: page after page. */
static int add_waiting(struct job *job)
{
    json_t *next = NULL, *place = json_object_get(job->arguments->options, "place");
    int rc = 0;

    do {
        json_t *request = session_request(job->session, "labels"), *answer, *row;
        size_t i;

        (void)json_object_set_new(request, "waiting", json_true());
        if (place != NULL)
            (void)json_object_set(request, "of", place);
        (void)json_object_del(request, "place");
        if (next != NULL) {
            (void)json_object_set(request, "after", json_object_get(next, "id"));
            (void)json_object_set(request, "after_namespace", json_object_get(next, "namespace"));
        }
        json_decref(next);
        next = NULL;
        rc = session_ask(job->session, request, &answer);
        if (rc != 0)
            return rc;
        if (!session_is_ok(answer))
            rc = session_refuse(job->arguments, answer);
        json_array_foreach(json_object_get(answer, "rows"), i, row)
        {
            (void)json_array_append(job->rows, row);
        }
        if (job->told == NULL)
            job->told = json_incref(json_object_get(answer, "library"));
        next = json_incref(json_object_get(answer, "next"));
        json_decref(answer);
    } while (rc == 0 && next != NULL && json_array_size(job->rows) <= LABELS_MAX);
    json_decref(next);
    return rc;
}

static int add_lines(struct job *job)
{
    struct lines lines;
    const char *line;
    int rc = 0, cut;

    if (isatty(STDIN_FILENO) && !job->arguments->json)
        (void)fprintf(stderr, "%s\n",
                      job->arguments->language == MESSAGE_EN ? "Scan or type the codes; Ctrl-D makes the file."
                                                             : "Lisez ou tapez les codes ; Ctrl-D fait le fichier.");
    lines_open(&lines, STDIN_FILENO);
    while (rc == 0 && (line = lines_next(&lines, &cut)) != NULL)
        rc = cut ? session_refuse_code(job->arguments, "malformed-line", "?", NULL) : add(job, line);
    return rc;
}

static int gather(struct job *job)
{
    const struct arguments *arguments = job->arguments;
    const char *series = arguments_text(arguments, "series");
    int rc = 0;

    if (is_set(arguments, "waiting"))
        return arguments->count > 0 ? session_refuse_code(arguments, "surplus", arguments->words[0], "labels") : add_waiting(job);
    if (series[0] != '\0' && arguments->count == 0)
        return session_refuse_code(arguments, "bad-series", "", series);
    for (size_t i = 0; rc == 0 && i < arguments->count; i++)
        rc = series[0] != '\0' ? add_series(job, series, arguments->words[i]) : add(job, arguments->words[i]);
    if (rc == 0 && arguments->count == 0)
        rc = add_lines(job);
    return rc == 0 ? flush(job) : rc;
}

/* A number of the options, `otherwise` when it is not given. */
static unsigned int number_of(const struct arguments *arguments, const char *field, unsigned int otherwise)
{
    const json_t *value = json_object_get(arguments->options, field);

    return value != NULL ? (unsigned int)json_integer_value(value) : otherwise;
}

static int bad_option(const struct arguments *arguments, const char *option, const char *value, const char *wanted)
{
    char text[256], next[256];
    json_t *refusal;
    int rc;

    message_text(arguments->language, "bad-option", option, value, wanted, text, sizeof text);
    message_next(arguments->language, "bad-option", option, value, wanted, next, sizeof next);
    refusal = json_pack("{s:b, s:s, s:s, s:s}", "ok", 0, "error", "bad-option", "text", text, "next", next);
    rc = session_refuse(arguments, refusal);
    json_decref(refusal);
    return rc;
}

static int read_options(const struct arguments *arguments, struct labels_options *options)
{
    const char *sheet = arguments_text(arguments, "sheet"), *symbol = arguments_text(arguments, "symbol");
    char most[32], given[16];
    unsigned int whole;
    int rc;

    *options = (struct labels_options){.path = arguments_text(arguments, "out"),
                                       .start = number_of(arguments, "start", 1),
                                       .copies = number_of(arguments, "copies", 1),
                                       .outline = is_set(arguments, "outline"),
                                       .symbol = strcmp(symbol, "qr") == 0 ? LABEL_QR : LABEL_CODE128};
    if (sheet[0] == '\0' || options->path[0] == '\0')
        return session_refuse_code(arguments, "missing-option", sheet[0] == '\0' ? "--sheet (--sheets)" : "--out", "labels");
    if (symbol[0] != '\0' && strcmp(symbol, "128") != 0 && strcmp(symbol, "qr") != 0)
        return bad_option(arguments, "--code", symbol, "128, qr");
    rc = label_sheet_read(sheet, &options->sheet);
    if (rc != 0)
        return session_refuse_code(arguments, rc == NAVETTE_E_NOT_FOUND ? "no-such-sheet" : "bad-sheet", sheet, NULL);
    whole = options->sheet.columns * options->sheet.rows;
    (void)snprintf(most, sizeof most, "1 - %u", whole);
    (void)snprintf(given, sizeof given, "%u", options->start);
    if (options->start < 1 || options->start > whole)
        return bad_option(arguments, "--start", given, most);
    (void)snprintf(given, sizeof given, "%u", options->copies);
    (void)snprintf(most, sizeof most, "1 - %u", LABELS_COPIES_MAX);
    return options->copies >= 1 && options->copies <= LABELS_COPIES_MAX ? 0 : bad_option(arguments, "--copies", given, most);
}

static int refuse(const struct arguments *arguments, int rc, const struct labels_options *options, const char *wrong)
{
    const struct label_sheet *other;
    char most[16];

    switch (rc) {
    case NAVETTE_E_TOO_LARGE:
        (void)snprintf(most, sizeof most, "%u", LABELS_MAX);
        return session_refuse_code(arguments, "too-many-labels", most, NULL);
    case NAVETTE_E_INVALID:
        return session_refuse_code(arguments, "no-symbol", wrong, NULL);
    case NAVETTE_E_FULL:
        other = label_pdf_sheet_for(wrong, options->symbol);
        return other != NULL ? session_refuse_code(arguments, "label-too-small", wrong, other->name)
                             : session_refuse_code(arguments, "no-label-so-wide", wrong, NULL);
    case NAVETTE_E_NOT_FOUND:
        return session_refuse_code(arguments, "no-font", "fonts-dejavu-core", NULL);
    case NAVETTE_E_SYSTEM:
        return session_refuse_code(arguments, "cannot-write", options->path, strerror(errno));
    default:
        return session_refuse_code(arguments, "no-memory", NULL, NULL);
    }
}

static void say_done(const struct job *job, const struct labels_options *options, size_t pages)
{
    const struct arguments *arguments = job->arguments;
    char labels[24], sheets[24], text[512];
    size_t count = json_array_size(job->rows) * options->copies;

    if (arguments->json) {
        json_t *answer = json_pack("{s:b, s:s, s:s, s:I, s:I, s:I}", "ok", 1, "file", options->path, "sheet", options->sheet.name, "labels",
                                   (json_int_t)count, "pages", (json_int_t)pages, "unknown", (json_int_t)job->unknown);
        session_print(answer);
        json_decref(answer);
        return;
    }
    (void)snprintf(labels, sizeof labels, "%zu", count);
    (void)snprintf(sheets, sizeof sheets, "%zu", pages);
    message_text(arguments->language, "labels-made", labels, sheets, options->path, text, sizeof text);
    (void)printf("%s\n", text);
    (void)snprintf(labels, sizeof labels, "%zu", job->unknown);
    message_text(arguments->language, "labels-unknown", labels, NULL, NULL, text, sizeof text);
    if (job->unknown > 0 && arguments_text(arguments, "series")[0] == '\0')
        (void)printf("%s\n", text);
}

static int write_file(const struct job *job, struct labels_options *options)
{
    const struct arguments *arguments = job->arguments;
    const char *name = arguments_text(arguments, "name"), *told = json_string_value(job->told);
    size_t count = json_array_size(job->rows), wrong = 0, pages;
    struct label_print *labels = calloc(count > 0 ? count : 1, sizeof *labels);
    int rc;

    if (labels == NULL)
        return session_refuse_code(arguments, "no-memory", NULL, NULL);
    options->library = name[0] != '\0' ? name : told;
    for (size_t i = 0; i < count; i++)
        labels[i] = (struct label_print){.code = show_text(json_array_get(job->rows, i), "code"),
                                         .title = show_text(json_array_get(job->rows, i), "title")};
    rc = label_pdf_write(options, labels, count, &wrong, &pages);
    if (rc != 0)
        rc = refuse(arguments, rc, options, labels[wrong].code);
    else
        say_done(job, options, pages);
    free(labels);
    return rc;
}

int labelling_run(const struct arguments *arguments)
{
    struct labels_options options;
    struct session session;
    struct job job = {.arguments = arguments, .session = &session};
    int rc = 0;

    if (is_set(arguments, "sheets"))
        return list_sheets(arguments);
    rc = read_options(arguments, &options);
    if (rc != 0)
        return rc;
    rc = session_open(&session, arguments);
    if (rc != 0)
        return rc;
    job.codes = json_array();
    job.rows = json_array();
    rc = gather(&job);
    session_close(&session);
    if (rc == 0 && json_array_size(job.rows) == 0)
        rc = session_refuse_code(arguments, "nothing-to-label", NULL, NULL);
    if (rc == 0)
        rc = write_file(&job, &options);
    json_decref(job.codes);
    json_decref(job.rows);
    json_decref(job.told);
    return rc;
}
