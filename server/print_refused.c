/* SPDX-License-Identifier: Apache-2.0 */
#include "server/print_refused.h"

#include <string.h>

#include "server/print_table.h"

/* "dispatch pack" */
static void print_names(const struct print *print, const char *word, const json_t *list)
{
    size_t i;
    json_t *name;

    if (json_array_size(list) == 0)
        return;
    (void)fprintf(print->out, "  %s :", message_word(print->language, word));
    json_array_foreach(list, i, name)(void) fprintf(print->out, " %s", json_string_value(name));
    (void)fputc('\n', print->out);
}

static void print_advice(const struct print *print, const json_t *object)
{
    if (print_table_field(object, "text")[0])
        (void)fprintf(print->out, "  %s\n  -> %s\n", print_table_field(object, "text"), print_table_field(object, "next"));
}

void print_rights_shown(const struct print *print, const json_t *answer)
{
    size_t i;
    size_t k;
    json_t *row;
    json_t *at;

    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        json_array_foreach(json_object_get(row, "at"), k, at)
        {
            (void)fprintf(print->out, "%s  %s  %.8s%s%s\n", print_table_field(at, "place"),
                          message_word(print->language, print_table_field(row, "role")), print_table_field(row, "node"),
                          json_is_true(json_object_get(row, "revoked")) ? "  " : "",
                          json_is_true(json_object_get(row, "revoked")) ? message_word(print->language, "revoked") : "");
            print_names(print, "may", json_object_get(at, "may"));
            print_names(print, "granted", json_object_get(at, "granted"));
            print_names(print, "withdrawn_rights", json_object_get(at, "withdrawn"));
        }
    }
    print_advice(print, answer);
}

static void print_refused_row(const struct print *print, const json_t *row)
{
    const json_t *thing = json_array_get(json_object_get(row, "things"), 0);
    size_t more = json_array_size(json_object_get(row, "things"));

    (void)fprintf(print->out, "%lld  %s  %s  %s  %s", print_table_number(row, "position"),
                  message_word(print->language, print_table_field(row, "what")), print_table_field(row, "place"),
                  message_word(print->language, print_table_field(row, "event")), print_table_field(thing, "id"));
    if (more > 1)
        (void)fprintf(print->out, " (+%zu)", more - 1);
    (void)fprintf(print->out, "  %s  %.8s %lld\n  %s\n", print_table_field(row, "time"), print_table_field(row, "node"),
                  print_table_number(row, "seq"), print_table_field(row, "ref"));
    print_advice(print, row);
}

void print_refused(const struct print *print, const json_t *answer)
{
    size_t i;
    json_t *row;

    if (json_array_size(json_object_get(answer, "rows")) == 0)
        print_table_message(print, "nothing-to-show", NULL, NULL);
    json_array_foreach(json_object_get(answer, "rows"), i, row) print_refused_row(print, row);
}

void print_retried(const struct print *print, const json_t *answer)
{
    char admitted[24];
    char still[24];
    char text[512];
    size_t i;
    json_t *row;

    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        if (strcmp(print_table_field(row, "what"), "admitted") == 0)
            continue;
        (void)fprintf(print->out, "%s\n", print_table_field(row, "ref"));
        print_advice(print, row);
    }
    (void)snprintf(admitted, sizeof(admitted), "%lld", print_table_number(answer, "admitted"));
    (void)snprintf(still, sizeof(still), "%lld", print_table_number(answer, "still_refused"));
    message_text(print->language, "hub-retried", admitted, still, NULL, text, sizeof(text));
    (void)fprintf(print->out, "%s\n", text);
    if (json_is_true(json_object_get(answer, "more")))
        print_table_message(print, "hub-retry-more", NULL, NULL);
}

void print_refused_count(const struct print *print, const json_t *counts)
{
    char refused[24];
    char parked[24];

    if (print_table_number(counts, "refused") == 0 && print_table_number(counts, "parked") == 0)
        return;
    (void)snprintf(refused, sizeof(refused), "%lld", print_table_number(counts, "refused"));
    (void)snprintf(parked, sizeof(parked), "%lld", print_table_number(counts, "parked"));
    print_table_message(print, "hub-some-refused", refused, parked);
}
