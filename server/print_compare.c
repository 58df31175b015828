/* SPDX-License-Identifier: Apache-2.0 */
#include "server/print_compare.h"

#include "server/print_table.h"

void print_said(const struct print *print, const json_t *said)
{
    if (print_table_field(said, "text")[0])
        (void)fprintf(print->out, "%s\n", print_table_field(said, "text"));
    if (print_table_field(said, "next")[0])
        (void)fprintf(print->out, "-> %s\n", print_table_field(said, "next"));
}

void print_compared(const struct print *print, const json_t *answer)
{
    size_t i;
    json_t *row;

    print_said(print, answer);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        (void)fprintf(print->out, "%s  %.8s  ",
                      json_string_value(json_array_get(json_object_get(row, "places"), 0))
                          ? json_string_value(json_array_get(json_object_get(row, "places"), 0))
                          : "-",
                      print_table_field(row, "node"));
        if (!json_is_object(json_object_get(row, "at")) && print_table_field(row, "text")[0] == '\0')
            (void)fprintf(print->out, "-\n");
        else
            print_said(print, row);
    }
}

void print_damage(const struct print *print, const json_t *answer)
{
    const json_t *rows = json_object_get(answer, "rows");
    size_t i;
    json_t *row;

    if (json_array_size(rows) == 0)
        print_table_message(print, "damage-none", NULL, NULL);
    json_array_foreach(rows, i, row)
    {
        (void)fprintf(print->out, "%s  %.8s  ", print_table_field(row, "found"), print_table_field(row, "log"));
        print_said(print, row);
    }
}
