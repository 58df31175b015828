/* SPDX-License-Identifier: Apache-2.0 */
#include "server/print_past.h"

#include <stdint.h>
#include <string.h>

#include "navette/message_explain.h"
#include "navette/message_verdict.h"
#include "server/print_table.h"

static const char *past_word(const struct print *print, const char *word)
{
    return message_word(print->language, word);
}

/* Where the thing is once the step is done; for a bag that something went into or came out of, what. */
static void past_result(const struct print *print, const json_t *row, char out[PRINT_CELL_BYTES])
{
    const json_t *after = json_object_get(row, "after");
    const char *custody = print_table_field(after, "custody"), *condition = print_table_field(after, "condition");
    const char *place = print_table_field(after, "place"), *to = print_table_field(after, "to");
    const char *content = print_table_field(json_object_get(row, "content"), "id");
    const char *container = print_table_field(json_object_get(after, "container"), "id");

    if (json_is_true(json_object_get(row, "absent")))
        (void)snprintf(out, PRINT_CELL_BYTES, "%s", past_word(print, "retracted"));
    else if (content[0])
        (void)snprintf(out, PRINT_CELL_BYTES, "%s", content);
    else if (condition[0] && strcmp(condition, "normal") != 0)
        (void)snprintf(out, PRINT_CELL_BYTES, "%s %s", past_word(print, condition), place);
    else if (to[0])
        (void)snprintf(out, PRINT_CELL_BYTES, "%s > %s", place, to);
    else if (strcmp(custody, "person") == 0)
        (void)snprintf(out, PRINT_CELL_BYTES, "%s (%s)", past_word(print, "with-person"), place);
    else if (container[0])
        (void)snprintf(out, PRINT_CELL_BYTES, "%s %s", past_word(print, "root"), container);
    else
        (void)snprintf(out, PRINT_CELL_BYTES, "%s", place[0] ? place : past_word(print, "nowhere"));
}

static const char *past_event(const struct print *print, const json_t *row)
{
    return message_event(print->language, print_table_field(row, "event"), json_object_get(row, "content") != NULL);
}

void print_past_history(const struct print *print, const json_t *answer)
{
    static const struct print_column COLUMNS[] = {
        {"time", PRINT_TIME}, {"event", PRINT_TEXT}, {"place", PRINT_TEXT}, {"operator", PRINT_TEXT}, {"result", PRINT_TEXT}};
    json_t *rows = json_array();
    const json_t *row;
    size_t index;

    json_array_foreach(json_object_get(answer, "rows"), index, row)
    {
        char result[PRINT_CELL_BYTES];
        json_t *shown = json_copy((json_t *)(uintptr_t)row);

        past_result(print, row, result);
        if (json_is_true(json_object_get(row, "conflict")))
            (void)strncat(result, "  !", sizeof(result) - strlen(result) - 1);
        (void)json_object_set_new(shown, "event", json_string(past_event(print, row)));
        (void)json_object_set_new(shown, "place", json_string(print_table_field(row, "at")));
        (void)json_object_set_new(shown, "result", json_string(result));
        (void)json_array_append_new(rows, shown);
    }
    print_table(print, rows, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
    json_decref(rows);
}

/* Which step of the list a reference is, so that a person reads "after 2" and not 60 characters; 0: none of them. */
static size_t past_rank(const json_t *rows, const char *ref)
{
    const json_t *row;
    size_t index;

    json_array_foreach(rows, index, row)
    {
        if (ref && strcmp(print_table_field(row, "ref"), ref) == 0)
            return index + 1;
    }
    return 0;
}

/* " ; " in French, "; " in English, nothing before the first. */
static void past_reason(const struct print *print, int *told, const char *word, const char *more)
{
    (void)fprintf(print->out, "%s%s%s%s",
                  *told == 0                      ? "    "
                  : print->language == MESSAGE_EN ? "; "
                                                  : " ; ",
                  past_word(print, word), more[0] ? " " : "", more);
    *told = 1;
}

static void past_reasons(const struct print *print, const json_t *rows, const json_t *row)
{
    char text[PRINT_CELL_BYTES] = "";
    const json_t *parent;
    size_t index, used = 0;
    int told = 0;

    json_array_foreach(json_object_get(row, "parents"), index, parent)
    {
        size_t rank = past_rank(rows, json_string_value(parent));
        if (rank && used + 24 < sizeof(text))
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%zu", used ? ", " : "", rank);
    }
    if (text[0])
        past_reason(print, &told, "parents", text);
    if (json_is_true(json_object_get(row, "absent")))
        past_reason(print, &told, "absent", print_table_field(row, "absent_by"));
    else if (json_is_true(json_object_get(row, "conflict")))
        past_reason(print, &told, "conflict", "");
    else if (!json_is_true(json_object_get(row, "explained")) && message_event_is_awaited(print_table_field(row, "event")))
        past_reason(print, &told, "unexplained", "");
    if (json_is_true(json_object_get(row, "time_corrected"))) {
        print_table_cell(print, json_object_get(row, "written"), PRINT_TIME, text);
        past_reason(print, &told, "corrected", text);
    }
    if (told)
        (void)fputc('\n', print->out);
}

static void past_lines(const struct print *print, json_t *lines)
{
    const json_t *line;
    size_t index;

    json_array_foreach(lines, index, line)(void) fprintf(print->out, "%s\n", json_string_value(line));
    json_decref(lines);
}

void print_past_explain(const struct print *print, const json_t *answer)
{
    const json_t *rows = json_object_get(answer, "rows");
    const json_t *row;
    size_t index;

    if (json_object_get(answer, "shown_by")) {
        past_lines(print, message_verdict(print->language, answer));
        return;
    }
    if (json_object_get(answer, "explains")) {
        past_lines(print, message_explain(print->language, answer));
        return;
    }
    json_array_foreach(rows, index, row)
    {
        const char *operator_ = print_table_field(row, "operator");
        char time[PRINT_CELL_BYTES], result[PRINT_CELL_BYTES];

        print_table_cell(print, json_object_get(row, "time"), PRINT_TIME, time);
        past_result(print, row, result);
        (void)fprintf(print->out, "%2zu. %s  %s  %s%s%s  ->  %s\n", index + 1, time, past_event(print, row), print_table_field(row, "at"),
                      operator_[0] ? " " : "", operator_, result);
        past_reasons(print, rows, row);
        (void)fprintf(print->out, "    %s %s (%s %.8s, %s %lld)\n", past_word(print, "reference"), print_table_field(row, "ref"),
                      past_word(print, "incarnation"), print_table_field(row, "incarnation"), past_word(print, "seq"),
                      print_table_number(row, "seq"));
    }
    past_lines(print, message_explain_thing(print->language, answer));
    json_array_foreach(json_object_get(answer, "discrepancies"), index, row)(void)
        fprintf(print->out, "%s : %s (%.12s)\n", past_word(print, print_table_field(row, "kind")),
                past_word(print, print_table_field(row, "verdict")), print_table_field(row, "discrepancy"));
}
