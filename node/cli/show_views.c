/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "navette/message_phone.h"
#include "node/cli/show.h"
#include "node/cli/table.h"

static void show_total(const struct arguments *arguments, const json_t *answer)
{
    char number[SHOW_NUMBER_SIZE], when[SHOW_TIME_SIZE];

    (void)printf("%s : %s   (%s)\n", session_word(arguments, "total"), show_number(answer, "total", number),
                 show_time(answer, "as_of", when));
}

/* Whose silence widens the figures above. */
void show_silent(const struct arguments *arguments, const json_t *answer)
{
    const json_t *row;
    size_t i;

    show_partial(answer);
    json_array_foreach(json_object_get(answer, "silent"), i, row)
    {
        char when[SHOW_TIME_SIZE];
        const char *since = show_time(row, "since", when);
        (void)printf("%s : %s%s%s\n", show_text(row, "place"), session_word(arguments, since[0] != '\0' ? "silent-since" : "never-heard"),
                     since[0] != '\0' ? " " : "", since);
    }
}

void show_phone(const struct arguments *arguments, const json_t *answer)
{
    json_t *lines = message_phone(arguments->language, answer);
    const json_t *line;
    size_t i;

    json_array_foreach(lines, i, line)(void) printf("%s\n", json_string_value(line));
    json_decref(lines);
}

/* Columns: the last one, what is possible, only while somebody is silent. */
static size_t columns_of(const json_t *answer, size_t columns)
{
    return json_array_size(json_object_get(answer, "silent")) > 0 ? columns : columns - 1;
}

static void show_stock(const struct arguments *arguments, const json_t *answer)
{
    int by_home = json_is_true(json_object_get(arguments->options, "by_home"));
    const char *headings[] = {session_word(arguments, "place"), session_word(arguments, "state"), session_word(arguments, "material"),
                              session_word(arguments, "count"), session_word(arguments, "range")};
    const char *by_home_headings[] = {headings[0], headings[1], headings[2], session_word(arguments, "home"), headings[3], headings[4]};
    struct table table;
    size_t i;
    json_t *row;

    table_init(&table, columns_of(answer, by_home ? 6 : 5), by_home ? 1u << 4 : 1u << 3, by_home ? by_home_headings : headings);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        char number[SHOW_NUMBER_SIZE];
        const char *values[] = {show_text(row, "place"), session_word(arguments, show_text(row, "state")), show_text(row, "material"),
                                show_number(row, "count", number), show_text(row, "range")};
        const char *by_home_values[] = {values[0], values[1], values[2], show_text(row, "home"), values[3], values[4]};
        table_add(&table, by_home ? by_home_values : values);
    }
    table_print(&table);
    table_free(&table);
    show_total(arguments, answer);
    show_silent(arguments, answer);
    show_phone(arguments, answer);
}

static void show_transit(const struct arguments *arguments, const json_t *answer)
{
    const char *headings[] = {session_word(arguments, "day"),      session_word(arguments, "from"),  session_word(arguments, "to"),
                              session_word(arguments, "material"), session_word(arguments, "count"), session_word(arguments, "range")};
    struct table table;
    size_t i;
    json_t *row;

    table_init(&table, columns_of(answer, 6), 1u << 4, headings);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        char number[SHOW_NUMBER_SIZE];
        const char *values[] = {show_text(row, "day"),
                                show_text(row, "from"),
                                show_text(row, "to"),
                                show_text(row, "material"),
                                show_number(row, "count", number),
                                show_text(row, "range")};
        table_add(&table, values);
    }
    table_print(&table);
    table_free(&table);
    show_total(arguments, answer);
    show_silent(arguments, answer);
    show_phone(arguments, answer);
}

static void add_bag_row(const struct arguments *arguments, struct table *table, const json_t *row, const char *place)
{
    static const char *const fields[] = {"clean",    "packed",  "at_relay", "with_person", "in_transit", "isolated",
                                         "cleaning", "missing", "lost",     "retired",     "overdue",    "owned"};
    char numbers[sizeof fields / sizeof fields[0]][SHOW_NUMBER_SIZE];
    const char *values[2 + sizeof fields / sizeof fields[0]] = {place, show_kind(arguments, show_text(row, "material"))};

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        values[2 + i] = json_integer_value(json_object_get(row, fields[i])) != 0 || i + 1 == sizeof fields / sizeof fields[0]
                            ? show_number(row, fields[i], numbers[i])
                            : "";
    table_add(table, values);
}

/* Untagged bags, kind by kind: the network's line comes first. */
static void show_pools(const struct arguments *arguments, const json_t *answer)
{
    static const char *const columns[] = {"untagged", "place", "here", "with-person", "in-transit", "lost", "owned"};
    static const char *const fields[] = {"here", "with_person", "in_transit", "lost", "owned"};
    const char *headings[sizeof columns / sizeof columns[0]];
    struct table table;
    size_t i;
    json_t *row;

    if (json_array_size(json_object_get(answer, "pools")) == 0)
        return;
    for (i = 0; i < sizeof columns / sizeof columns[0]; i++)
        headings[i] = session_word(arguments, columns[i]);
    (void)printf("\n");
    table_init(&table, sizeof columns / sizeof columns[0], 0x7cu, headings);
    json_array_foreach(json_object_get(answer, "pools"), i, row)
    {
        char numbers[sizeof fields / sizeof fields[0]][SHOW_NUMBER_SIZE];
        const char *place = show_text(row, "place");
        const char *values[2 + sizeof fields / sizeof fields[0]] = {show_text(row, "kind"),
                                                                    place[0] != '\0' ? place : session_word(arguments, "network")};

        for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++)
            values[2 + f] = json_object_get(row, fields[f]) != NULL ? show_number(row, fields[f], numbers[f]) : "";
        table_add(&table, values);
    }
    table_print(&table);
    table_free(&table);
}

static void show_bags(const struct arguments *arguments, const json_t *answer)
{
    const char *headings[] = {
        session_word(arguments, "place"),      session_word(arguments, "kind"),     session_word(arguments, "clean"),
        session_word(arguments, "packed"),     session_word(arguments, "at-relay"), session_word(arguments, "with-person"),
        session_word(arguments, "in-transit"), session_word(arguments, "isolated"), session_word(arguments, "cleaning"),
        session_word(arguments, "missing"),    session_word(arguments, "lost"),     session_word(arguments, "retired"),
        session_word(arguments, "overdue"),    session_word(arguments, "owned"),
    };
    struct table table;
    size_t i;
    json_t *row;

    table_init(&table, 14, 0x3ffcu, headings);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        if (show_text(row, "material")[0] != '\0')
            add_bag_row(arguments, &table, row, show_text(row, "place"));
    }
    add_bag_row(arguments, &table, json_object_get(answer, "network"), session_word(arguments, "total"));
    table_print(&table);
    table_free(&table);
    show_pools(arguments, answer);
    show_partial(answer);
}

static void show_places(const struct arguments *arguments, const json_t *answer)
{
    const char *headings[] = {session_word(arguments, "code"), session_word(arguments, "kind")};
    struct table table;
    size_t i;
    json_t *row;

    table_init(&table, 2, 0, headings);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        const char *values[] = {show_text(row, "code"), session_word(arguments, show_text(row, "kind"))};
        table_add(&table, values);
    }
    table_print(&table);
    table_free(&table);
}

/* Why what it waits for does not come; "damaged" alone is the word of a document. */
static const char *lost_word(const struct arguments *arguments, const char *lost)
{
    return session_word(arguments, strcmp(lost, "damaged") == 0 ? "damaged-at-hub" : lost);
}

static void show_aside(const struct arguments *arguments, const json_t *answer)
{
    char text[128];

    const char *headings[] = {session_word(arguments, "reference"), session_word(arguments, "state"), session_word(arguments, "reason")};
    struct table table;
    size_t i;
    json_t *row;

    if (json_array_size(json_object_get(answer, "rows")) == 0) {
        message_text(arguments->language, "nothing-to-show", NULL, NULL, NULL, text, sizeof text);
        (void)printf("%s\n", text);
        return;
    }
    table_init(&table, 3, 0, headings);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        const char *lost = show_text(row, "lost");
        const char *values[] = {show_text(row, "ref"), session_word(arguments, show_text(row, "what")),
                                lost[0] != '\0' ? lost_word(arguments, lost) : session_word(arguments, show_text(row, "reason"))};
        table_add(&table, values);
    }
    table_print(&table);
    table_free(&table);
}

/* "B, C": nothing is too long for one cell. */
static void join(const json_t *list, char out[SHOW_PLACE_SIZE])
{
    size_t used = 0;
    size_t i;
    json_t *text;

    out[0] = '\0';
    json_array_foreach(list, i, text)
    {
        const char *word = json_string_value(text);

        if (word == NULL || used + strlen(word) + 3 > SHOW_PLACE_SIZE)
            break;
        used += (size_t)snprintf(out + used, SHOW_PLACE_SIZE - used, "%s%s", i > 0 ? ", " : "", word);
    }
}

static void show_discrepancies(const struct arguments *arguments, const json_t *answer)
{
    static const char *const columns[] = {"kind", "code", "concerned", "verdict", "waiting", "since"};
    const char *headings[sizeof columns / sizeof columns[0]];
    struct table table;
    char text[128];
    size_t i;
    json_t *row;

    if (json_array_size(json_object_get(answer, "rows")) == 0) {
        message_text(arguments->language, "nothing-to-show", NULL, NULL, NULL, text, sizeof text);
        (void)printf("%s\n", text);
        return;
    }
    for (i = 0; i < sizeof columns / sizeof columns[0]; i++)
        headings[i] = session_word(arguments, columns[i]);
    table_init(&table, sizeof columns / sizeof columns[0], 0, headings);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        char concerned[SHOW_PLACE_SIZE], waiting[SHOW_PLACE_SIZE], since[SHOW_TIME_SIZE];
        const char *values[] = {session_word(arguments, show_text(row, "kind")),
                                show_text(row, "code"),
                                concerned,
                                session_word(arguments, show_text(row, "verdict")),
                                waiting,
                                show_time(row, "since", since)};

        join(json_object_get(row, "concerned"), concerned);
        join(json_object_get(row, "waiting"), waiting);
        if (show_text(row, "phone_place")[0] != '\0')
            (void)snprintf(waiting, sizeof waiting, "%s (%s)", show_text(row, "phone_place"), session_word(arguments, "by-phone"));
        table_add(&table, values);
    }
    table_print(&table);
    table_free(&table);
}

static void show_conflicts(const struct arguments *arguments, const json_t *answer)
{
    const char *headings[] = {session_word(arguments, "kind"), session_word(arguments, "namespace"), session_word(arguments, "code")};
    struct table table;
    char text[128];
    size_t i;
    json_t *row;

    if (json_array_size(json_object_get(answer, "rows")) == 0) {
        message_text(arguments->language, "nothing-to-show", NULL, NULL, NULL, text, sizeof text);
        (void)printf("%s\n", text);
        show_partial(answer);
        return;
    }
    table_init(&table, sizeof headings / sizeof headings[0], 0, headings);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        const char *values[] = {session_word(arguments, show_text(row, "kind")), show_text(row, "namespace"), show_text(row, "id")};

        table_add(&table, values);
    }
    table_print(&table);
    table_free(&table);
    show_total(arguments, answer);
    show_partial(answer);
}

void show_views(const struct arguments *arguments, const json_t *answer)
{
    const char *name = arguments->spec->name;

    if (strcmp(name, "stock") == 0)
        show_stock(arguments, answer);
    else if (strcmp(name, "transit") == 0)
        show_transit(arguments, answer);
    else if (strcmp(name, "bags") == 0)
        show_bags(arguments, answer);
    else if (strcmp(name, "places") == 0)
        show_places(arguments, answer);
    else if (strcmp(name, "discrepancies") == 0)
        show_discrepancies(arguments, answer);
    else if (strcmp(name, "conflicts") == 0)
        show_conflicts(arguments, answer);
    else
        show_aside(arguments, answer);
}
