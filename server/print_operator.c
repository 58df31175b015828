/* SPDX-License-Identifier: Apache-2.0 */
#include "server/print_operator.h"

#include <string.h>

#include "server/print_compare.h"
#include "server/print_table.h"

static void print_rule(const struct print *print, const json_t *rule)
{
    const char *need = print_table_field(rule, "need");
    char word[64];
    char what[192];
    char idle[24];
    char text[512];

    (void)snprintf(word, sizeof(word), "operator-need-%s", need);
    (void)snprintf(what, sizeof(what), "%s", message_word(print->language, word));
    if (strcmp(need, "none") != 0)
        (void)snprintf(
            what + strlen(what), sizeof(what) - strlen(what), ", %s",
            message_word(print->language, json_is_true(json_object_get(rule, "refuse_unknown")) ? "operator-refuse" : "operator-record"));
    (void)snprintf(idle, sizeof(idle), "%lld", (print_table_number(rule, "idle_s") + 59) / 60);
    message_text(print->language, "operator-rule-is", print_table_field(rule, "place"), what, idle, text, sizeof(text));
    (void)fprintf(print->out, "%s\n", text);
}

void print_operators(const struct print *print, const json_t *answer)
{
    size_t i;
    json_t *row;

    json_array_foreach(json_object_get(answer, "rules"), i, row) print_rule(print, row);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        const char *standing = json_is_true(json_object_get(row, "ended"))  ? "operator-gone"
                               : json_is_true(json_object_get(row, "lead")) ? "operator-lead"
                                                                            : "";

        (void)fprintf(print->out, "%s  %s%s%s\n", print_table_field(row, "place"), print_table_field(row, "operator"),
                      standing[0] ? "  " : "", standing[0] ? message_word(print->language, standing) : "");
    }
    print_said(print, answer);
}
