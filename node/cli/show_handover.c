/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "navette/view_json.h"
#include "node/cli/show.h"
#include "node/cli/table.h"

#define CELL_SIZE 256u

static int is_empty(const struct arguments *arguments, const json_t *answer)
{
    char text[128];

    if (json_array_size(json_object_get(answer, "rows")) > 0)
        return 0;
    message_text(arguments->language, "nothing-to-show", NULL, NULL, NULL, text, sizeof text);
    (void)printf("%s\n", text);
    return 1;
}

/* "giver > taker : 0/-1/-2", one after the other. */
static void gaps(const struct arguments *arguments, const json_t *row, char out[CELL_SIZE])
{
    size_t used = 0, i;
    json_t *gap;

    out[0] = '\0';
    json_array_foreach(json_object_get(row, "gaps"), i, gap)
    {
        const json_t *between = json_object_get(gap, "between");
        int n = snprintf(out + used, CELL_SIZE - used, "%s%s > %s : %lld/%lld/%lld", i > 0 ? " ; " : "",
                         session_word(arguments, json_string_value(json_array_get(between, 0))),
                         session_word(arguments, json_string_value(json_array_get(between, 1))),
                         json_integer_value(json_object_get(gap, "crates")), json_integer_value(json_object_get(gap, "bags")),
                         json_integer_value(json_object_get(gap, "items")));
        size_t k;
        json_t *pool;

        used = n < 0 || (size_t)n >= CELL_SIZE - used ? CELL_SIZE - 1 : used + (size_t)n;
        json_array_foreach(json_object_get(gap, "pools"), k, pool)
        {
            n = snprintf(out + used, CELL_SIZE - used, " %+lld %s", json_integer_value(json_object_get(pool, "count")),
                         show_text(pool, "kind"));
            used = n < 0 || (size_t)n >= CELL_SIZE - used ? CELL_SIZE - 1 : used + (size_t)n;
        }
    }
    if (json_is_true(json_object_get(row, "unpaired")))
        (void)snprintf(out, CELL_SIZE, "%s", session_word(arguments, "to-pair"));
}

static void add_tags(const struct arguments *arguments, const json_t *row, const char *list, const char *word)
{
    size_t i;
    json_t *key;

    json_array_foreach(json_object_get(row, list), i, key)
    {
        (void)printf("%s : %s %s %s\n", show_text(row, "handover"), session_word(arguments, show_text(key, "kind")), show_text(key, "id"),
                     session_word(arguments, word));
    }
}

static void show_handovers(const struct arguments *arguments, const json_t *answer)
{
    const char *headings[] = {session_word(arguments, "handover"), session_word(arguments, "day"),   session_word(arguments, "from"),
                              session_word(arguments, "to"),       session_word(arguments, "giver"), session_word(arguments, "carrier"),
                              session_word(arguments, "taker"),    session_word(arguments, "gap")};
    struct table table;
    size_t i;
    json_t *row;

    if (is_empty(arguments, answer))
        return;
    table_init(&table, sizeof headings / sizeof headings[0], 0, headings);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        const json_t *counts = json_object_get(row, "counts");
        char gap[CELL_SIZE];
        const char *values[] = {show_text(row, "handover"),
                                show_text(row, "day"),
                                show_text(row, "from"),
                                show_text(row, "to"),
                                show_text(json_object_get(counts, "giver"), "text"),
                                show_text(json_object_get(counts, "carrier"), "text"),
                                show_text(json_object_get(counts, "taker"), "text"),
                                gap};

        gaps(arguments, row, gap);
        table_add(&table, values);
    }
    table_print(&table);
    table_free(&table);
    (void)printf("(%s)\n", session_word(arguments, "figures"));
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        add_tags(arguments, row, "missing", "not-seen");
        add_tags(arguments, row, "extra", "not-given");
    }
    if (json_object_get(answer, "older") != NULL)
        (void)printf("%s\n", show_text(json_object_get(answer, "older"), "text"));
    show_partial(answer);
}

static void show_proposals(const struct arguments *arguments, const json_t *answer)
{
    const char *headings[] = {session_word(arguments, "proposal"), session_word(arguments, "ground"), session_word(arguments, "shortage"),
                              session_word(arguments, "overage"), session_word(arguments, "common")};
    struct table table;
    size_t i;
    json_t *row;

    if (is_empty(arguments, answer))
        return;
    table_init(&table, sizeof headings / sizeof headings[0], 0, headings);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        char id[9], common[CELL_SIZE] = "";
        size_t used = 0, k;
        json_t *key;

        (void)snprintf(id, sizeof id, "%s", show_text(row, "proposal"));
        json_array_foreach(json_object_get(row, "common"), k, key)
        {
            int n = snprintf(common + used, sizeof common - used, "%s%s", k > 0 ? ", " : "", show_text(key, "id"));
            used = n < 0 || (size_t)n >= sizeof common - used ? sizeof common - 1 : used + (size_t)n;
        }
        const char *values[] = {id, session_word(arguments, show_text(row, "ground")),
                                show_text(json_object_get(row, "shortage"), "handover"),
                                show_text(json_object_get(row, "overage"), "handover"), common};
        table_add(&table, values);
    }
    table_print(&table);
    table_free(&table);
    show_partial(answer);
}

void show_handover(const struct arguments *arguments, const json_t *answer)
{
    if (strcmp(arguments->spec->name, "proposals") == 0)
        show_proposals(arguments, answer);
    else
        show_handovers(arguments, answer);
}
