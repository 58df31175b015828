/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/view_csv.h"

#include <string.h>

#include "navette/view_json.h"

#define FIELD_SIZE 64u

/* Fields by view, as JSON names them; "a.b": b of the object a. */
static const struct {
    const char *view;
    const char *fields;
} views[] = {
    {"stock", "place kind state material home count low high"},
    {"transit", "day material from to count low high"},
    {"bags", "place material clean packed at_relay with_person in_transit isolated cleaning missing lost retired overdue owned"},
    {"places", "code kind name isil host namespaces"},
    {"nodes", "node places role scope revoked connected last_heard silent_s known_until known_until_s seq cursor lag lag_s clock verdict "
              "version back"},
    {"conflicts", "kind namespace id"},
    {"discrepancies", "discrepancy kind code verdict concerned waiting since opened proven"},
    {"proposals", "proposal ground shortage.handover shortage.discrepancy overage.handover overage.discrepancy crates bags items"},
    {"aside", "position what reason incarnation seq ref"},
    {"refused", "position what reason cause right event place operator time node incarnation seq ref"},
    {"counts", "count place zone material opened closed complete lines"},
    {"count", "what code call_number title state place to seen listed"},
    {"history", "time event at operator absent conflict after.custody after.place after.to"},
    {"orders", "id state channel pickup place placed since packed wanted"},
};

static const char *fields_of(const char *view)
{
    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
        if (strcmp(views[i].view, view) == 0)
            return views[i].fields;
    return NULL;
}

void view_csv_text(FILE *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        (void)fputs(text, out);
        return;
    }
    (void)fputc('"', out);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"')
            (void)fputc('"', out);
        (void)fputc(*c, out);
    }
    (void)fputc('"', out);
}

/* Lists are one field, their texts parted by spaces. */
static void put_list(FILE *out, const json_t *list)
{
    char text[1024] = "";
    size_t used = 0, i;
    json_t *part;

    json_array_foreach(list, i, part)
    {
        const char *word = json_string_value(part);
        int n = word == NULL ? 0 : snprintf(text + used, sizeof(text) - used, "%s%s", used > 0 ? " " : "", word);

        if (n < 0 || (size_t)n >= sizeof(text) - used)
            break;
        used += (size_t)n;
    }
    view_csv_text(out, text);
}

static void put_value(FILE *out, const json_t *value)
{
    if (json_is_string(value))
        view_csv_text(out, json_string_value(value));
    else if (json_is_integer(value))
        (void)fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_boolean(value))
        (void)fputs(json_is_true(value) ? "1" : "0", out);
    else if (json_is_array(value))
        put_list(out, value);
}

static const json_t *value_of(const json_t *row, const char *field)
{
    const char *dot = strchr(field, '.');
    char name[FIELD_SIZE];

    if (dot == NULL)
        return json_object_get(row, field);
    (void)snprintf(name, sizeof(name), "%.*s", (int)(dot - field), field);
    return json_object_get(json_object_get(row, name), dot + 1);
}

/* row NULL: the heading. */
static void put_row(FILE *out, const char *fields, const json_t *row)
{
    for (const char *at = fields; *at != '\0'; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        char field[FIELD_SIZE];

        (void)snprintf(field, sizeof(field), "%.*s", (int)len, at);
        if (at != fields)
            (void)fputc(',', out);
        if (row == NULL)
            (void)fputs(field, out);
        else
            put_value(out, value_of(row, field));
        at += len;
    }
    (void)fputs("\r\n", out);
}

int view_csv_knows(const char *view)
{
    return strcmp(view, "handovers") == 0 || fields_of(view) != NULL;
}

void view_csv(FILE *out, const char *view, const json_t *answer)
{
    const char *fields = fields_of(view);
    size_t i;
    json_t *row;

    if (strcmp(view, "handovers") == 0) {
        view_json_handovers_csv(out, answer);
        return;
    }
    if (fields == NULL)
        return;
    put_row(out, fields, NULL);
    json_array_foreach(json_object_get(answer, "rows"), i, row) put_row(out, fields, row);
}
