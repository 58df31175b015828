/* SPDX-License-Identifier: Apache-2.0 */
#include "server/print_count.h"

#include "server/print_table.h"

void print_counts(const struct print *print, const json_t *answer)
{
    static const struct print_column COLUMNS[] = {{"number", PRINT_SHORT},  {"place", PRINT_TEXT},  {"zone", PRINT_TEXT},
                                                  {"material", PRINT_TEXT}, {"opened", PRINT_TIME}, {"closed", PRINT_TIME},
                                                  {"lines", PRINT_NUMBER}};
    json_t *rows = json_array();
    size_t index;
    json_t *row;

    json_array_foreach(json_object_get(answer, "rows"), index, row)
    {
        json_t *shown = json_copy(row);

        (void)json_object_set(shown, "number", json_object_get(row, "count"));
        (void)json_array_append_new(rows, shown);
    }
    if (json_array_size(rows) == 0)
        print_table_message(print, "nothing-to-show", NULL, NULL);
    else
        print_table(print, rows, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
    json_decref(rows);
}

static void count_figures(const struct print *print, const json_t *answer)
{
    static const struct {
        const char *field;
        const char *word;
    } FIGURES[] = {{"lines", "lines"},           {"expected", "expected"}, {"seen", "seen-of-them"},         {"missing", "missing"},
                   {"unexpected", "unexpected"}, {"outside", "outside"},   {"explained", "explained-since"}, {"added", "added"}};

    for (size_t i = 0; i < sizeof(FIGURES) / sizeof(FIGURES[0]); i++)
        if (json_object_get(answer, FIGURES[i].field))
            (void)fprintf(print->out, "%s%s : %lld", i == 0 ? "  " : ", ", message_word(print->language, FIGURES[i].word),
                          print_table_number(answer, FIGURES[i].field));
    (void)fputc('\n', print->out);
}

void print_count(const struct print *print, const json_t *answer)
{
    static const struct print_column COLUMNS[] = {{"variance", PRINT_WORD}, {"call-number", PRINT_TEXT}, {"code", PRINT_TEXT},
                                                  {"title", PRINT_TEXT},    {"state", PRINT_WORD},       {"place", PRINT_TEXT}};
    char opened[PRINT_CELL_BYTES];
    char closed[PRINT_CELL_BYTES];
    json_t *rows = json_array();
    size_t index;
    json_t *row;

    print_table_cell(print, json_object_get(answer, "opened"), PRINT_TIME, opened);
    print_table_cell(print, json_object_get(answer, "closed"), PRINT_TIME, closed);
    (void)fprintf(print->out, "%s %.8s : %s, %s %s%s%s%s%s\n", message_word(print->language, "stocktake"),
                  print_table_field(answer, "count"), print_table_field(answer, "place"), message_word(print->language, "opened"), opened,
                  closed[0] ? ", " : "", closed[0] ? message_word(print->language, "closed") : "", closed[0] ? " " : "", closed);
    count_figures(print, answer);
    json_array_foreach(json_object_get(answer, "rows"), index, row)
    {
        json_t *shown = json_copy(row);

        (void)json_object_set(shown, "variance", json_object_get(row, "what"));
        (void)json_object_set(shown, "call-number", json_object_get(row, "call_number"));
        (void)json_array_append_new(rows, shown);
    }
    if (json_array_size(rows) > 0)
        print_table(print, rows, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
    json_decref(rows);
}
