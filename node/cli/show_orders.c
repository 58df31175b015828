/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "node/cli/show.h"
#include "node/cli/table.h"

static const char *heading(const struct arguments *arguments, const char *word)
{
    return session_word(arguments, word);
}

static void show_list(const struct arguments *arguments, const json_t *answer)
{
    const char *headings[] = {heading(arguments, "order"),   heading(arguments, "state"), heading(arguments, "pickup"),
                              heading(arguments, "channel"), heading(arguments, "since"), heading(arguments, "packed-of"),
                              heading(arguments, "title"),   heading(arguments, "person")};
    struct table table;
    size_t i;
    json_t *row;

    table_init(&table, 8, 0, headings);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        const json_t *item = json_array_get(json_object_get(row, "items"), 0);
        char since[SHOW_TIME_SIZE], packed[64], one[SHOW_NUMBER_SIZE], other[SHOW_NUMBER_SIZE];
        const char *channel = show_text(row, "channel");
        const char *name = show_text(row, "name"), *card = show_text(row, "card"), *person = show_text(row, "person");
        const char *shown = name[0] != '\0'               ? name
                            : card[0] != '\0'             ? card
                            : strcmp(person, "none") != 0 ? session_word(arguments, person)
                                                          : "";

        (void)snprintf(packed, sizeof packed, "%s / %s", show_number(row, "packed", one), show_number(row, "wanted", other));
        const char *values[] = {show_text(row, "id"),
                                session_word(arguments, show_text(row, "state")),
                                show_text(row, "pickup"),
                                strcmp(channel, "unspecified") != 0 ? session_word(arguments, channel) : "",
                                show_time(row, "since", since),
                                packed,
                                show_text(item, "title")[0] != '\0' ? show_text(item, "title") : show_text(item, "id"),
                                shown};
        table_add(&table, values);
    }
    table_print(&table);
    table_free(&table);
    (void)printf("%s : %zu\n", session_word(arguments, "total"), json_array_size(json_object_get(answer, "rows")));
}

static void show_picks_of(const struct arguments *arguments, const json_t *rows, int away)
{
    const char *headings[] = {heading(arguments, "call-number"), heading(arguments, "title"),  heading(arguments, "material"),
                              heading(arguments, "barcode"),     heading(arguments, "pickup"), heading(arguments, "order"),
                              heading(arguments, "reason")};
    struct table table;
    size_t i;
    json_t *row;

    table_init(&table, away ? 7 : 6, 0, headings);
    json_array_foreach(rows, i, row)
    {
        char reason[SHOW_PLACE_SIZE];
        const char *where = show_text(row, "where");

        (void)snprintf(reason, sizeof reason, "%s%s%s", show_text(row, "reason_text"), where[0] != '\0' ? ", " : "", where);
        const char *values[] = {show_text(row, "call_number"),
                                show_text(row, "title"),
                                show_text(row, "material"),
                                show_text(row, "barcode"),
                                show_text(row, "pickup"),
                                show_text(row, "order"),
                                reason};
        table_add(&table, values);
    }
    table_print(&table);
    table_free(&table);
}

static void put_cell(const char *text, const char *behind)
{
    if (strpbrk(text, ";\"\r\n") == NULL) {
        (void)printf("%s%s", text, behind);
        return;
    }
    (void)putchar('"');
    for (; *text != '\0'; text++)
        (void)printf(*text == '"' ? "\"\"" : "%c", *text);
    (void)printf("\"%s", behind);
}

static void put_rows(const json_t *rows)
{
    static const char *const fields[] = {"call_number", "title", "material", "barcode", "pickup", "order", "reason", "where"};
    size_t i;
    json_t *row;

    json_array_foreach(rows, i, row)
    {
        for (size_t k = 0; k < 8; k++)
            put_cell(show_text(row, fields[k]), k < 7 ? ";" : "\r\n");
    }
}

static void show_picks(const struct arguments *arguments, const json_t *answer)
{
    const json_t *rows = json_object_get(answer, "rows"), *away = json_object_get(answer, "away");

    if (json_is_true(json_object_get(arguments->options, "csv"))) {
        (void)printf("call number;title;material;barcode;pick-up;order;not on the shelf;where\r\n");
        put_rows(rows);
        put_rows(away);
        return;
    }
    if (json_array_size(rows) + json_array_size(away) == 0) {
        (void)printf("%s\n", session_word(arguments, "nothing-to-fetch"));
        return;
    }
    if (json_array_size(rows) > 0)
        show_picks_of(arguments, rows, 0);
    if (json_array_size(away) > 0) {
        (void)printf("%s%s :\n", json_array_size(rows) > 0 ? "\n" : "", session_word(arguments, "not-on-shelf"));
        show_picks_of(arguments, away, 1);
    }
}

static void show_lines(const struct arguments *arguments, const json_t *answer)
{
    const char *headings[] = {heading(arguments, "act"),   heading(arguments, "barcode"), heading(arguments, "title"),
                              heading(arguments, "order"), heading(arguments, "time"),    heading(arguments, "age"),
                              heading(arguments, "status")};
    struct table table;
    char ready[SHOW_NUMBER_SIZE];
    size_t i;
    json_t *row;

    if (json_array_size(json_object_get(answer, "rows")) == 0) {
        (void)printf("%s\n", session_word(arguments, "ils-nothing"));
        return;
    }
    table_init(&table, 7, 1u << 5, headings);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        char time[SHOW_TIME_SIZE], age[SHOW_NUMBER_SIZE], act[64], status[128];
        const char *reason = show_text(row, "reason");

        (void)snprintf(act, sizeof act, "%s%s%s", session_word(arguments, show_text(row, "act")),
                       json_is_true(json_object_get(row, "correction")) ? ", " : "",
                       json_is_true(json_object_get(row, "correction")) ? session_word(arguments, "correction") : "");
        (void)snprintf(status, sizeof status, "%s%s%s", show_text(row, "status_text"), reason[0] != '\0' ? " : " : "",
                       reason[0] != '\0' ? session_word(arguments, reason) : "");
        const char *values[] = {act,
                                show_text(row, "barcode"),
                                show_text(row, "title"),
                                show_text(row, "order"),
                                show_time(row, "time", time),
                                show_number(row, "age_days", age),
                                status};
        table_add(&table, values);
    }
    table_print(&table);
    table_free(&table);
    (void)printf("%s : %zu   %s : %s   > navette ils export\n", session_word(arguments, "total"),
                 json_array_size(json_object_get(answer, "rows")), session_word(arguments, "ready"), show_number(answer, "ready", ready));
}

void show_orders(const struct arguments *arguments, const json_t *answer)
{
    const char *name = arguments->spec->name;

    if (strcmp(name, "orders") == 0)
        show_list(arguments, answer);
    else if (strcmp(name, "picklist") == 0)
        show_picks(arguments, answer);
    else
        show_lines(arguments, answer);
}
