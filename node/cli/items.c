/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/cli/items.h"
#include "node/cli/lines.h"

#define ROWS_A_REQUEST 256u /* one transaction: a catalogue of thousands is not thousands of flushes */
#define FIELDS 6u

/* Rows on their way to the daemon. */
struct load {
    struct session *session;
    json_t *rows;
    unsigned recorded, refused, line;
    int exit;
};

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

static void say_rows(struct load *load, const json_t *answer)
{
    const struct arguments *arguments = load->session->arguments;
    size_t i;
    json_t *row;

    json_array_foreach(json_object_get(answer, "results"), i, row)
    {
        int ok = session_is_ok(row);
        load->recorded += (unsigned)ok;
        load->refused += (unsigned)!ok;
        if (arguments->json)
            session_print(row);
        else if (ok)
            (void)printf("OK   %s\n", text_of(row, "barcode"));
        else
            (void)printf("%s  %s  %s\n     > %s\n", arguments->language == MESSAGE_EN ? "NO " : "NON", text_of(row, "barcode"),
                         text_of(row, "text"), text_of(row, "next"));
    }
}

static int flush(struct load *load)
{
    const struct arguments *arguments = load->session->arguments;
    json_t *space = json_object_get(arguments->options, "namespace");
    json_t *request, *answer;
    int rc;

    if (json_array_size(load->rows) == 0)
        return 0;
    request = session_request(load->session, arguments->spec->request);
    (void)json_object_set(request, "items", load->rows);
    if (space != NULL)
        (void)json_object_set(request, "namespace", space);
    if (json_object_get(arguments->options, "anyway") != NULL)
        (void)json_object_set(request, "anyway", json_object_get(arguments->options, "anyway"));
    rc = session_ask(load->session, request, &answer);
    (void)json_array_clear(load->rows);
    if (rc != 0)
        return rc;
    if (session_is_ok(answer))
        say_rows(load, answer);
    else
        rc = session_refuse(arguments, answer);
    json_decref(answer);
    return rc;
}

/* A line that is no text: most often a spreadsheet saved with the accents of another encoding. */
static void refuse_line(struct load *load, const char *line)
{
    const struct arguments *arguments = load->session->arguments;
    json_t *shown = json_string(line);
    char number[16];

    load->refused++;
    load->exit = EXIT_SOME;
    (void)snprintf(number, sizeof number, "%u", load->line);
    (void)session_refuse_code(arguments, shown != NULL ? "malformed-csv" : "not-utf8", number, line);
    json_decref(shown);
}

/* One field, with its quotes taken off ("" inside stands for one); *rest: what follows it, NULL at the end. NULL: a quote is not closed. */
static char *next_field(char **rest)
{
    char *field = *rest, *out = field;

    if (*field != '"') {
        char *end = strchr(field, ';');
        *rest = end != NULL ? end + 1 : NULL;
        if (end != NULL)
            *end = '\0';
        return field;
    }
    for (const char *p = field + 1; *p != '\0'; p++) {
        if (*p == '"' && p[1] != '"') {
            if (p[1] != '\0' && p[1] != ';')
                return NULL;
            *rest = p[1] == ';' ? field + (p + 2 - field) : NULL;
            *out = '\0';
            return field;
        }
        p += *p == '"';
        *out++ = *p;
    }
    return NULL;
}

/* barcode;title;call number;material;home;author: fields at the end may be left out, and fall back on the options. */
static int add_line(struct load *load, char *line, int cut)
{
    static const char *const names[FIELDS] = {"barcode", "title", "call_number", "material", "home", "author"};
    json_t *row = json_copy(load->session->arguments->options);
    char *rest = line;
    char whole[LINES_MAX];

    (void)snprintf(whole, sizeof whole, "%s", line);
    /* commas where semicolons are due: no barcode holds one */
    cut |= strchr(line, ';') == NULL && strpbrk(line, ",\t") != NULL;
    for (size_t count = 0; rest != NULL && count < FIELDS && !cut; count++) {
        char *field = next_field(&rest);
        if (field == NULL || (field[0] != '\0' && json_object_set_new(row, names[count], json_string(field)) != 0))
            cut = 1;
    }
    if (cut || rest != NULL || text_of(row, "barcode")[0] == '\0') {
        json_decref(row);
        refuse_line(load, whole);
        return 0;
    }
    (void)json_array_append_new(load->rows, row);
    return json_array_size(load->rows) >= ROWS_A_REQUEST ? flush(load) : 0;
}

static int from_input(struct load *load)
{
    struct lines lines;
    const char *line;
    int rc = 0, cut;

    lines_open(&lines, STDIN_FILENO);
    while (rc == 0 && (line = lines_next(&lines, &cut)) != NULL) {
        char copy[LINES_MAX];
        /* the mark that Windows puts before UTF-8 */
        (void)snprintf(copy, sizeof copy, "%s", load->line++ == 0 && strncmp(line, "\xef\xbb\xbf", 3) == 0 ? line + 3 : line);
        rc = add_line(load, copy, cut);
    }
    return rc;
}

static int from_arguments(struct load *load)
{
    const struct arguments *arguments = load->session->arguments;
    json_t *row = json_copy(arguments->options);

    if (arguments->count != 1 || json_object_set_new(row, "barcode", json_string(arguments->words[0])) != 0) {
        json_decref(row);
        return session_refuse_code(arguments, "usage", arguments->words[arguments->count - 1], NULL);
    }
    return json_array_append_new(load->rows, row) == 0 ? 0 : EXIT_STORE;
}

int items_run(struct session *session)
{
    struct load load = {.session = session, .rows = json_array()};
    const struct arguments *arguments = session->arguments;
    int rc = arguments->count > 0 ? from_arguments(&load) : from_input(&load);

    if (rc == 0)
        rc = flush(&load);
    json_decref(load.rows);
    if (rc == 0 && arguments->json) {
        json_t *summary =
            json_pack("{s:b, s:b, s:i, s:i}", "ok", 1, "summary", 1, "recorded", (int)load.recorded, "refused", (int)load.refused);
        session_print(summary);
        json_decref(summary);
    } else if (rc == 0 || load.recorded > 0) { /* what was stored before a disk filled up is stored */
        (void)printf("%s : %u, %s : %u\n", session_word(arguments, "recorded-scans"), load.recorded,
                     session_word(arguments, "refused-scans"), load.refused);
    }
    return rc != 0 ? rc : load.refused > 0 ? EXIT_SOME : 0;
}
