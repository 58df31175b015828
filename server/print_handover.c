/* SPDX-License-Identifier: Apache-2.0 */
#include "server/print_handover.h"

#include <string.h>

#include "server/print_table.h"

static const char *handover_word(const struct print *print, const char *word)
{
    return message_word(print->language, word);
}

/* "giver > taker : 0/-1/-2", one after the other. */
static void handover_gaps(const struct print *print, const json_t *row, char out[PRINT_CELL_BYTES])
{
    size_t used = 0;
    size_t index;
    const json_t *gap;

    out[0] = '\0';
    json_array_foreach(json_object_get(row, "gaps"), index, gap)
    {
        const json_t *between = json_object_get(gap, "between");
        size_t at;
        const json_t *pool;
        int n = snprintf(out + used, PRINT_CELL_BYTES - used, "%s%s > %s : %lld/%lld/%lld", index ? " ; " : "",
                         handover_word(print, json_string_value(json_array_get(between, 0))),
                         handover_word(print, json_string_value(json_array_get(between, 1))), print_table_number(gap, "crates"),
                         print_table_number(gap, "bags"), print_table_number(gap, "items"));

        used = n < 0 || (size_t)n >= PRINT_CELL_BYTES - used ? PRINT_CELL_BYTES - 1 : used + (size_t)n;
        json_array_foreach(json_object_get(gap, "pools"), at, pool)
        {
            n = snprintf(out + used, PRINT_CELL_BYTES - used, " %+lld %s", print_table_number(pool, "count"),
                         print_table_field(pool, "kind"));
            used = n < 0 || (size_t)n >= PRINT_CELL_BYTES - used ? PRINT_CELL_BYTES - 1 : used + (size_t)n;
        }
    }
    if (json_is_true(json_object_get(row, "unpaired")))
        (void)snprintf(out, PRINT_CELL_BYTES, "%s", handover_word(print, "to-pair"));
}

static void handover_tags(const struct print *print, const json_t *row, const char *list, const char *word)
{
    size_t index;
    const json_t *key;

    json_array_foreach(json_object_get(row, list), index, key)
    {
        (void)fprintf(print->out, "%s : %s %s %s\n", print_table_field(row, "handover"),
                      handover_word(print, print_table_field(key, "kind")), print_table_field(key, "id"), handover_word(print, word));
    }
}

void print_handover_list(const struct print *print, const json_t *answer)
{
    static const struct print_column COLUMNS[] = {{"handover", PRINT_TEXT}, {"day", PRINT_TEXT},   {"from", PRINT_TEXT},
                                                  {"to", PRINT_TEXT},       {"giver", PRINT_TEXT}, {"carrier", PRINT_TEXT},
                                                  {"taker", PRINT_TEXT},    {"gap", PRINT_TEXT}};
    json_t *flat = json_array();
    size_t index;
    json_t *row;

    if (json_array_size(json_object_get(answer, "rows")) == 0) {
        print_table_message(print, "nothing-to-show", NULL, NULL);
        json_decref(flat);
        return;
    }
    json_array_foreach(json_object_get(answer, "rows"), index, row)
    {
        const json_t *counts = json_object_get(row, "counts");
        char gap[PRINT_CELL_BYTES];

        handover_gaps(print, row, gap);
        (void)json_array_append_new(flat, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "handover",
                                                    print_table_field(row, "handover"), "day", print_table_field(row, "day"), "from",
                                                    print_table_field(row, "from"), "to", print_table_field(row, "to"), "giver",
                                                    print_table_field(json_object_get(counts, "giver"), "text"), "carrier",
                                                    print_table_field(json_object_get(counts, "carrier"), "text"), "taker",
                                                    print_table_field(json_object_get(counts, "taker"), "text"), "gap", gap));
    }
    print_table(print, flat, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
    json_decref(flat);
    (void)fprintf(print->out, "(%s)\n", handover_word(print, "figures"));
    json_array_foreach(json_object_get(answer, "rows"), index, row)
    {
        handover_tags(print, row, "missing", "not-seen");
        handover_tags(print, row, "extra", "not-given");
    }
}

void print_handover_proposals(const struct print *print, const json_t *answer)
{
    static const struct print_column COLUMNS[] = {
        {"proposal", PRINT_SHORT}, {"ground", PRINT_WORD}, {"shortage", PRINT_TEXT}, {"overage", PRINT_TEXT}, {"common", PRINT_TEXT}};
    json_t *flat = json_array();
    size_t index;
    json_t *row;

    if (json_array_size(json_object_get(answer, "rows")) == 0) {
        print_table_message(print, "nothing-to-show", NULL, NULL);
        json_decref(flat);
        return;
    }
    json_array_foreach(json_object_get(answer, "rows"), index, row)
    {
        json_t *ids = json_array();
        char common[PRINT_CELL_BYTES];
        size_t at;
        const json_t *key;

        json_array_foreach(json_object_get(row, "common"), at, key)
        {
            (void)json_array_append(ids, json_object_get(key, "id"));
        }
        print_table_join(print, ids, common);
        json_decref(ids);
        (void)json_array_append_new(flat, json_pack("{s:s, s:s, s:s, s:s, s:s}", "proposal", print_table_field(row, "proposal"), "ground",
                                                    print_table_field(row, "ground"), "shortage",
                                                    print_table_field(json_object_get(row, "shortage"), "handover"), "overage",
                                                    print_table_field(json_object_get(row, "overage"), "handover"), "common", common));
    }
    print_table(print, flat, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
    json_decref(flat);
}

void print_handover_confirmed(const struct print *print, const json_t *answer)
{
    char shortage[9];
    char overage[9];

    (void)snprintf(shortage, sizeof(shortage), "%s", print_table_field(answer, "shortage"));
    (void)snprintf(overage, sizeof(overage), "%s", print_table_field(answer, "overage"));
    print_table_message(print, "hub-confirmed", shortage, overage);
}

void print_handover_rejected(const struct print *print, const json_t *answer)
{
    char id[9];

    (void)snprintf(id, sizeof(id), "%s", print_table_field(answer, "proposal"));
    print_table_message(print, "hub-rejected", id, NULL);
}
