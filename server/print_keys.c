/* SPDX-License-Identifier: Apache-2.0 */
#include "server/print_keys.h"

#include <string.h>

#include "server/print_table.h"

static void both(const struct print *print, const char *code, const char *a, const char *b, const char *c)
{
    char text[1024];

    message_text(print->language, code, a, b, c, text, sizeof(text));
    (void)fprintf(print->out, "%s\n", text);
    message_next(print->language, code, a, b, c, text, sizeof(text));
    if (text[0] != '\0')
        (void)fprintf(print->out, "  %s\n", text);
}

void print_erased(const struct print *print, const json_t *answer)
{
    both(print, "hub-erased", print_table_field(answer, "order"), NULL, NULL);
}

static void print_waits(const struct print *print, const json_t *wait)
{
    const char *place = print_table_field(wait, "place");
    char since[PRINT_CELL_BYTES];

    print_table_cell(print, json_object_get(wait, "silent_since"), PRINT_TIME, since);
    if (place[0] == '\0')
        place = print_table_field(wait, "node");
    print_table_message(print, json_is_true(json_object_get(wait, "revoked")) ? "hub-erasure-revoked" : "hub-erasure-silent", place,
                        since[0] != '\0' ? since : "?");
}

void print_erasures(const struct print *print, const json_t *answer)
{
    const json_t *row;
    const json_t *wait;
    char number[24];
    size_t index;
    size_t at;

    (void)snprintf(number, sizeof(number), "%lld", print_table_number(answer, "keys"));
    if (json_array_size(json_object_get(answer, "rows")) == 0)
        print_table_message(print, "hub-erasures-none", number, NULL);
    json_array_foreach(json_object_get(answer, "rows"), index, row)
    {
        char gone[24];
        char held[24];

        (void)snprintf(gone, sizeof(gone), "%lld", print_table_number(row, "gone"));
        (void)snprintf(held, sizeof(held), "%lld", print_table_number(row, "held"));
        both(print, "hub-erasure", print_table_field(row, "order"), gone, held);
        json_array_foreach(json_object_get(row, "waits"), at, wait) print_waits(print, wait);
    }
}

void print_recovery_new(const struct print *print, const json_t *answer)
{
    both(print, "hub-recovery-made", print_table_field(answer, "mark"), NULL, NULL);
}

void print_recovery(const struct print *print, const json_t *answer)
{
    char wrapped[24];
    char keys[24];
    char older[24];

    (void)snprintf(wrapped, sizeof(wrapped), "%lld", print_table_number(answer, "wrapped"));
    (void)snprintf(keys, sizeof(keys), "%lld", print_table_number(answer, "keys"));
    (void)snprintf(older, sizeof(older), "%lld", print_table_number(answer, "older"));
    both(print, "hub-recovery", print_table_field(answer, "mark"), wrapped, keys);
    if (print_table_number(answer, "older") > 0)
        print_table_message(print, "hub-recovery-older", older, NULL);
}
