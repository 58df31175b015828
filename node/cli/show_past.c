/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "node/cli/show.h"
#include "node/cli/table.h"

static void show_history(const struct arguments *arguments, const json_t *answer)
{
    const char *headings[] = {session_word(arguments, "time"), session_word(arguments, "event"), session_word(arguments, "place"),
                              session_word(arguments, "operator"), session_word(arguments, "result")};
    struct table table;
    size_t i;
    json_t *row;

    table_init(&table, 5, 0, headings);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        char when[SHOW_TIME_SIZE], place[SHOW_PLACE_SIZE], result[SHOW_PLACE_SIZE + 8];
        int absent = json_is_true(json_object_get(row, "absent"));
        (void)snprintf(result, sizeof result, "%s%s",
                       absent ? session_word(arguments, "retracted") : show_place(arguments, json_object_get(row, "after"), place),
                       json_is_true(json_object_get(row, "conflict")) ? "  !" : "");
        const char *values[] = {show_time(row, "time", when), session_word(arguments, show_text(row, "event")), show_text(row, "at"),
                                show_text(row, "operator"), result};
        table_add(&table, values);
    }
    table_print(&table);
    table_free(&table);
}

/* Which step of the list a reference is, so that a person reads "after 2" and not 60 characters. */
static size_t rank_of(const json_t *rows, const char *ref)
{
    size_t i;
    json_t *row;

    json_array_foreach(rows, i, row)
    {
        if (strcmp(show_text(row, "ref"), ref) == 0)
            return i + 1;
    }
    return 0;
}

static void show_reasons(const struct arguments *arguments, const json_t *rows, const json_t *row)
{
    const json_t *parents = json_object_get(row, "parents");
    char when[SHOW_TIME_SIZE];
    size_t i, told = 0;
    json_t *parent;

    json_array_foreach(parents, i, parent)
    {
        const char *ref = json_string_value(parent);
        size_t rank = rank_of(rows, ref != NULL ? ref : "");
        if (rank == 0)
            continue;
        (void)printf("%s %zu", told > 0 ? "," : session_word(arguments, "parents"), rank);
        told++;
    }
    (void)printf("%s", told > 0 ? "; " : "");
    if (json_is_true(json_object_get(row, "absent")))
        (void)printf("%s %s; ", session_word(arguments, "absent"), show_text(row, "absent_by"));
    else if (!json_is_true(json_object_get(row, "explained")))
        (void)printf("%s; ", session_word(arguments, "unexplained"));
    if (json_is_true(json_object_get(row, "conflict")))
        (void)printf("%s; ", session_word(arguments, "conflict"));
    if (json_is_true(json_object_get(row, "time_corrected")))
        (void)printf("%s %s; ", session_word(arguments, "corrected"), show_time(row, "written", when));
    else if (!json_is_true(json_object_get(row, "clock_synced")))
        (void)printf("%s; ", session_word(arguments, "clock-unsure"));
}

static void show_explain(const struct arguments *arguments, const json_t *answer)
{
    const json_t *rows = json_object_get(answer, "rows");
    size_t i;
    json_t *row;

    json_array_foreach(rows, i, row)
    {
        char when[SHOW_TIME_SIZE], place[SHOW_PLACE_SIZE], number[SHOW_NUMBER_SIZE];
        (void)printf("%2zu. %s  %s  %s %s\n", i + 1, show_time(row, "time", when), session_word(arguments, show_text(row, "event")),
                     show_text(row, "at"), show_text(row, "operator"));
        if (!json_is_true(json_object_get(row, "absent")))
            (void)printf("    %s : %s\n", session_word(arguments, "result"), show_place(arguments, json_object_get(row, "after"), place));
        (void)printf("    ");
        show_reasons(arguments, rows, row);
        (void)printf("\n    %s %s (%.8s, %s)\n", session_word(arguments, "reference"), show_text(row, "ref"), show_text(row, "incarnation"),
                     show_number(row, "seq", number));
    }
}

void show_past(const struct arguments *arguments, const json_t *answer)
{
    if (strcmp(arguments->spec->name, "explain") == 0)
        show_explain(arguments, answer);
    else
        show_history(arguments, answer);
}
