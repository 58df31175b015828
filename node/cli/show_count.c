/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "node/cli/show.h"
#include "node/cli/table.h"

#define SHEET_LINES 40 /* of a blind sheet: a page */
#define SHORT_ID 8

/* "BIB-CENTRE, Livre, 791.43..792, zone RAYON" */
static void show_scope(const struct arguments *arguments, const json_t *answer)
{
    const char *from = show_text(answer, "call_from"), *to = show_text(answer, "call_to");
    char opened[SHOW_TIME_SIZE], closed[SHOW_TIME_SIZE];

    (void)printf("%s %.*s : %s", session_word(arguments, "stocktake"), SHORT_ID, show_text(answer, "count"), show_text(answer, "place"));
    if (show_text(answer, "zone")[0] != '\0')
        (void)printf(", %s %s", session_word(arguments, "zone"), show_text(answer, "zone"));
    if (show_text(answer, "material")[0] != '\0')
        (void)printf(", %s", show_text(answer, "material"));
    if (from[0] != '\0' || to[0] != '\0')
        (void)printf(", %s..%s", from, to);
    if (json_is_true(json_object_get(answer, "blind")))
        (void)printf(", %s", session_word(arguments, "blind"));
    (void)printf("\n  %s %s", session_word(arguments, "opened"), show_time(answer, "opened", opened));
    if (show_time(answer, "closed", closed)[0] != '\0')
        (void)printf(", %s %s", session_word(arguments, "closed"), closed);
    (void)printf("\n");
}

static void show_figures(const struct arguments *arguments, const json_t *answer)
{
    static const struct {
        const char *field;
        const char *word;
    } figures[] = {{"lines", "lines"},           {"expected", "expected"}, {"seen", "seen-of-them"},         {"missing", "missing"},
                   {"unexpected", "unexpected"}, {"outside", "outside"},   {"explained", "explained-since"}, {"added", "added"}};

    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        char number[SHOW_NUMBER_SIZE];

        if (json_object_get(answer, figures[i].field) != NULL)
            (void)printf("%s%s : %s", i == 0 ? "  " : ", ", session_word(arguments, figures[i].word),
                         show_number(answer, figures[i].field, number));
    }
    (void)printf("\n");
}

/* RFC 4180, with semicolons as the other lists here. */
static void csv_field(const char *text, const char *end)
{
    int quoted = strpbrk(text, ";\"\n") != NULL;

    if (quoted)
        (void)putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            (void)putchar('"');
        (void)putchar(*text);
    }
    (void)printf("%s%s", quoted ? "\"" : "", end);
}

static void show_csv(const json_t *answer)
{
    static const char *const fields[] = {"what", "code", "call_number", "title", "state", "place", "to"};
    size_t i;
    json_t *row;

    (void)printf("what;code;call_number;title;state;place;to;seen;listed\n");
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++)
            csv_field(show_text(row, fields[f]), ";");
        (void)printf("%d;%d\n", json_is_true(json_object_get(row, "seen")), json_is_true(json_object_get(row, "listed")));
    }
}

/* Boxes to tick; blind: lines to write on. */
static void show_sheet(const struct arguments *arguments, const json_t *answer)
{
    size_t i;
    json_t *row;

    if (json_is_true(json_object_get(answer, "blind"))) {
        for (int line = 1; line <= SHEET_LINES; line++)
            (void)printf("%3d  ______________________________\n", line);
        return;
    }
    json_array_foreach(json_object_get(answer, "rows"), i, row)(void)
        printf("[%c] %-16s %-14s %s\n", json_is_true(json_object_get(row, "seen")) ? 'x' : ' ', show_text(row, "call_number"),
               show_text(row, "code"), show_text(row, "title"));
    (void)printf("%s : %zu\n", session_word(arguments, "expected"), json_array_size(json_object_get(answer, "rows")));
}

static void show_variance(const struct arguments *arguments, const json_t *answer)
{
    static const char *const columns[] = {"variance", "call-number", "code", "title", "state", "place"};
    const char *headings[sizeof columns / sizeof columns[0]];
    struct table table;
    size_t i;
    json_t *row;

    if (json_array_size(json_object_get(answer, "rows")) == 0)
        return;
    for (i = 0; i < sizeof columns / sizeof columns[0]; i++)
        headings[i] = session_word(arguments, columns[i]);
    table_init(&table, sizeof columns / sizeof columns[0], 0, headings);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        const char *values[] = {session_word(arguments, show_text(row, "what")),
                                show_text(row, "call_number"),
                                show_text(row, "code"),
                                show_text(row, "title"),
                                session_word(arguments, show_text(row, "state")),
                                show_text(row, "place")};

        table_add(&table, values);
    }
    table_print(&table);
    table_free(&table);
}

void show_count(const struct arguments *arguments, const json_t *answer)
{
    if (json_is_true(json_object_get(arguments->options, "csv"))) {
        show_csv(answer);
        return;
    }
    if (json_object_get(answer, "opened") == NULL) {
        (void)printf("OK   %s %.*s\n", session_word(arguments, "count-opened"), SHORT_ID, show_text(answer, "count"));
        return;
    }
    show_scope(arguments, answer);
    if (strcmp(arguments->spec->name, "count sheet") == 0) {
        show_sheet(arguments, answer);
        return;
    }
    show_figures(arguments, answer);
    show_variance(arguments, answer);
}

void show_counts(const struct arguments *arguments, const json_t *answer)
{
    static const char *const columns[] = {"number", "place", "material", "opened", "closed", "lines"};
    const char *headings[sizeof columns / sizeof columns[0]];
    struct table table;
    size_t i;
    json_t *row;

    for (i = 0; i < sizeof columns / sizeof columns[0]; i++)
        headings[i] = session_word(arguments, columns[i]);
    table_init(&table, sizeof columns / sizeof columns[0], 1u << 5, headings);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        char id[SHORT_ID + 1], opened[SHOW_TIME_SIZE], closed[SHOW_TIME_SIZE], lines[SHOW_NUMBER_SIZE];
        const char *values[] = {id, show_text(row, "place"), show_text(row, "material"), opened, closed, lines};

        (void)snprintf(id, sizeof id, "%.*s", SHORT_ID, show_text(row, "count"));
        (void)show_time(row, "opened", opened);
        (void)show_time(row, "closed", closed);
        (void)show_number(row, "lines", lines);
        table_add(&table, values);
    }
    table_print(&table);
    table_free(&table);
}
