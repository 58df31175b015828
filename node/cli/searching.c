/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/searching.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/cli/lines.h"
#include "node/cli/show.h"
#include "node/cli/table.h"

#define TITLE_SHOWN 44u /* characters: a line fits a screen; --json gives all */
#define AUTHOR_SHOWN 24u
#define CELL_BYTES 256u

/* A text of many characters ends with "…". */
static const char *shorten(const char *text, size_t most, char out[CELL_BYTES])
{
    size_t used = 0;
    size_t characters = 0;
    const char *p = text;

    for (; *p != '\0'; p++) {
        int starts = ((unsigned char)*p & 0xC0u) != 0x80u;

        if (starts && (characters == most - 1 || used + 8 > CELL_BYTES))
            break;
        characters += (size_t)starts;
        out[used++] = *p;
    }
    /* the last one fits when nothing comes after it */
    if (*p != '\0' && characters == most - 1) {
        const char *next = p + 1;

        while (((unsigned char)*next & 0xC0u) == 0x80u)
            next++;
        if (*next == '\0')
            return text;
    }
    (void)snprintf(out + used, CELL_BYTES - used, "%s", *p != '\0' ? "…" : "");
    return out;
}

static void show_rows(const struct arguments *arguments, const json_t *answer)
{
    static const char *const columns[] = {"code", "title", "author", "call_number", "material", "where", "loan"};
    const char *headings[sizeof columns / sizeof columns[0]];
    struct table table;
    size_t i;
    json_t *row;

    for (i = 0; i < sizeof columns / sizeof columns[0]; i++)
        headings[i] = session_word(arguments, columns[i]);
    table_init(&table, sizeof columns / sizeof columns[0], 0, headings);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        char title[CELL_BYTES], author[CELL_BYTES];
        int is_item = strcmp(show_text(row, "kind"), "item") == 0;
        const char *loan = json_is_true(json_object_get(row, "available")) ? "available" : show_text(row, "state");
        const char *values[] = {show_text(row, "id"),
                                is_item ? shorten(show_text(row, "title"), TITLE_SHOWN, title)
                                        : session_word(arguments, show_text(row, "kind")),
                                shorten(show_text(row, "author"), AUTHOR_SHOWN, author),
                                show_text(row, "call_number"),
                                show_text(row, "material"),
                                show_text(row, "where"),
                                session_word(arguments, loan)};
        table_add(&table, values);
    }
    table_print(&table);
    table_free(&table);
}

static void show_found(const struct arguments *arguments, const json_t *answer)
{
    size_t shown = json_array_size(json_object_get(answer, "rows"));
    char found[SHOW_NUMBER_SIZE], some[SHOW_NUMBER_SIZE], text[256];
    int more = json_is_true(json_object_get(answer, "more"));

    if (shown > 0)
        show_rows(arguments, answer);
    (void)snprintf(some, sizeof some, "%zu", shown);
    (void)show_number(answer, "found", found);
    message_text(arguments->language,
                 more                                                                      ? "found-more"
                 : shown == 0                                                              ? "nothing-found"
                 : (long long)shown < json_integer_value(json_object_get(answer, "found")) ? "found-some"
                                                                                           : "found-all",
                 some, found, NULL, text, sizeof text);
    (void)printf("%s\n", text);
    if (json_is_true(json_object_get(answer, "without_articles")))
        (void)printf("%s\n", session_word(arguments, "without-articles"));
    show_silent(arguments, answer);
    (void)fflush(stdout);
}

/* One question. A refusal is said and is the exit code; a daemon that is gone ends it all (*ended). */
static int ask(struct session *session, json_t *text, int *ended)
{
    const struct arguments *arguments = session->arguments;
    json_t *request = session_request(session, arguments->spec->request), *answer;
    json_t *place = json_object_get(arguments->options, "place");
    int rc;

    (void)json_object_update_missing(request, arguments->options);
    if (place != NULL) { /* where to look, not who asks */
        (void)json_object_set(request, "of", place);
        (void)json_object_del(request, "place");
    }
    (void)json_object_set_new(request, "lang", json_string(arguments->language == MESSAGE_EN ? "en" : "fr"));
    (void)json_object_set_new(request, "text", text);
    rc = session_ask(session, request, &answer);
    *ended = rc != 0;
    if (rc != 0)
        return rc;
    if (!session_is_ok(answer))
        rc = session_refuse(arguments, answer);
    else if (arguments->json)
        session_print(answer);
    else
        show_found(arguments, answer);
    json_decref(answer);
    return rc;
}

static json_t *joined(const struct arguments *arguments)
{
    char text[LINES_MAX];
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < arguments->count && used < sizeof text; i++) {
        int n = snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? " " : "", arguments->words[i]);

        used += n > 0 ? (size_t)n : 0;
    }
    return used < sizeof text ? json_string(text) : NULL;
}

static int from_input(struct session *session)
{
    const struct arguments *arguments = session->arguments;
    struct lines lines;
    const char *line;
    int ended = 0, exit = 0, cut;

    if (isatty(STDIN_FILENO) && !arguments->json)
        (void)fprintf(stderr, "%s\n",
                      arguments->language == MESSAGE_EN ? "Type words or scan a barcode; Ctrl-D to end."
                                                        : "Tapez des mots ou lisez un code-barres ; Ctrl-D pour terminer.");
    lines_open(&lines, STDIN_FILENO);
    while (!ended && (line = lines_next(&lines, &cut)) != NULL) {
        json_t *text = cut ? NULL : json_string(line);
        int rc = text != NULL ? ask(session, text, &ended) : session_refuse_code(arguments, "malformed-line", "?", NULL);

        if (rc != 0)
            exit = ended ? rc : EXIT_SOME;
    }
    return exit;
}

int searching_run(struct session *session)
{
    const struct arguments *arguments = session->arguments;
    json_t *text;
    int ended;

    if (arguments->count == 0)
        return from_input(session);
    text = joined(arguments);
    return text != NULL ? ask(session, text, &ended) : session_refuse_code(arguments, "malformed-line", "?", NULL);
}
