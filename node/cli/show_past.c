/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "navette/message_explain.h"
#include "navette/message_verdict.h"
#include "node/cli/show.h"
#include "node/cli/table.h"

/* Of a bag that something went into or came out of: what. */
static const char *result_of(const struct arguments *arguments, const json_t *row, char out[SHOW_PLACE_SIZE])
{
    const char *content = show_text(json_object_get(row, "content"), "id");

    return content[0] != '\0' ? content : show_place(arguments, json_object_get(row, "after"), out);
}

static const char *event_of(const struct arguments *arguments, const json_t *row)
{
    return message_event(arguments->language, show_text(row, "event"), json_object_get(row, "content") != NULL);
}

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
        (void)snprintf(result, sizeof result, "%s%s", absent ? session_word(arguments, "retracted") : result_of(arguments, row, place),
                       json_is_true(json_object_get(row, "conflict")) ? "  !" : "");
        const char *values[] = {show_time(row, "time", when), event_of(arguments, row), show_text(row, "at"), show_text(row, "operator"),
                                result};
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

/* " ; " in French, "; " in English, nothing before the first. */
static void reason(const struct arguments *arguments, int *told, const char *word, const char *more)
{
    (void)printf("%s%s%s%s",
                 *told == 0                          ? "    "
                 : arguments->language == MESSAGE_EN ? "; "
                                                     : " ; ",
                 session_word(arguments, word), more[0] != '\0' ? " " : "", more);
    *told = 1;
}

/* all_unsure: said once below the list, not at every step */
static void show_reasons(const struct arguments *arguments, const json_t *rows, const json_t *row, int all_unsure)
{
    char ranks[128] = "", when[SHOW_TIME_SIZE];
    size_t i, used = 0;
    int told = 0;
    json_t *parent;

    json_array_foreach(json_object_get(row, "parents"), i, parent)
    {
        const char *ref = json_string_value(parent);
        size_t rank = rank_of(rows, ref != NULL ? ref : "");
        if (rank != 0 && used + 24 < sizeof ranks)
            used += (size_t)snprintf(ranks + used, sizeof ranks - used, "%s%zu", used > 0 ? ", " : "", rank);
    }
    if (used > 0)
        reason(arguments, &told, "parents", ranks);
    if (json_is_true(json_object_get(row, "absent")))
        reason(arguments, &told, "absent", show_text(row, "absent_by"));
    else if (json_is_true(json_object_get(row, "conflict")))
        reason(arguments, &told, "conflict", "");
    else if (!json_is_true(json_object_get(row, "explained")) && message_event_is_awaited(show_text(row, "event")))
        reason(arguments, &told, "unexplained", "");
    if (json_is_true(json_object_get(row, "time_corrected")))
        reason(arguments, &told, "corrected", show_time(row, "written", when));
    else if (!all_unsure && !json_is_true(json_object_get(row, "clock_synced")))
        reason(arguments, &told, "clock-unsure", "");
    if (told)
        (void)printf("\n");
}

static int all_are_unsure(const json_t *rows)
{
    size_t i;
    json_t *row;

    json_array_foreach(rows, i, row)
    {
        if (json_is_true(json_object_get(row, "clock_synced")) || json_is_true(json_object_get(row, "time_corrected")))
            return 0;
    }
    return json_array_size(rows) > 0;
}

/* What is in a bag goes where the bag goes. */
static void show_container(const struct arguments *arguments, const json_t *last)
{
    const char *container = show_text(json_object_get(json_object_get(last, "after"), "container"), "id");
    char text[256];

    if (container[0] == '\0' || json_is_true(json_object_get(last, "absent")))
        return;
    message_text(arguments->language, "followed-by", container, NULL, NULL, text, sizeof text);
    (void)printf("%s\n", text);
}

static void show_explain(const struct arguments *arguments, const json_t *answer)
{
    const json_t *rows = json_object_get(answer, "rows");
    int unsure = all_are_unsure(rows);
    size_t i;
    json_t *row;

    json_array_foreach(rows, i, row)
    {
        char when[SHOW_TIME_SIZE], place[SHOW_PLACE_SIZE], number[SHOW_NUMBER_SIZE];
        const char *operator_ = show_text(row, "operator");
        int absent = json_is_true(json_object_get(row, "absent"));
        (void)printf("%2zu. %s  %s  %s%s%s%s%s\n", i + 1, show_time(row, "time", when), event_of(arguments, row), show_text(row, "at"),
                     operator_[0] != '\0' ? " " : "", operator_, absent ? "" : "  ->  ", absent ? "" : result_of(arguments, row, place));
        show_reasons(arguments, rows, row, unsure);
        (void)printf("    %s %s (%s %.8s, %s %s)\n", session_word(arguments, "reference"), show_text(row, "ref"),
                     session_word(arguments, "incarnation"), show_text(row, "incarnation"), session_word(arguments, "seq"),
                     show_number(row, "seq", number));
    }
    show_container(arguments, json_array_get(rows, json_array_size(rows) - 1));
    if (unsure)
        (void)printf("%s\n", session_word(arguments, "clocks-unsure"));
}

static void show_lines(json_t *lines)
{
    size_t i;
    json_t *line;

    json_array_foreach(lines, i, line)(void) printf("%s\n", json_string_value(line));
    json_decref(lines);
}

/* What nothing explains of it: behind its history. */
static void show_found(const struct arguments *arguments, const json_t *answer)
{
    size_t i;
    json_t *row;

    json_array_foreach(json_object_get(answer, "discrepancies"), i, row)
    {
        (void)printf("%s : %s (%.12s)\n", session_word(arguments, show_text(row, "kind")),
                     session_word(arguments, show_text(row, "verdict")), show_text(row, "discrepancy"));
    }
}

void show_past(const struct arguments *arguments, const json_t *answer)
{
    if (json_object_get(answer, "shown_by") != NULL)
        show_lines(message_verdict(arguments->language, answer));
    else if (json_object_get(answer, "explains") != NULL)
        show_lines(message_explain(arguments->language, answer));
    else if (strcmp(arguments->spec->name, "explain") == 0) {
        show_explain(arguments, answer);
        show_lines(message_explain_thing(arguments->language, answer));
        show_found(arguments, answer);
    } else {
        show_history(arguments, answer);
    }
    show_partial(answer);
}
