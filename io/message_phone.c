/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/message_phone.h"

#include <stdio.h>
#include <string.h>

#define LINE_SIZE 512u
#define AGE_SIZE 32u

static const char *field(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

/* "3 h", "2 days". */
static const char *age_of(enum message_language language, const json_t *row, char out[AGE_SIZE])
{
    long long seconds = json_integer_value(json_object_get(row, "age_s"));

    if (seconds < 3600)
        (void)snprintf(out, AGE_SIZE, "%lld min", seconds / 60);
    else if (seconds < 48 * 3600)
        (void)snprintf(out, AGE_SIZE, "%lld h", seconds / 3600);
    else
        (void)snprintf(out, AGE_SIZE, language == MESSAGE_EN ? "%lld days" : "%lld jours", seconds / 86400);
    return out;
}

static void add(enum message_language language, json_t *list, const json_t *row, const char *what)
{
    const char *speaker = field(row, "speaker");
    char age[AGE_SIZE], line[LINE_SIZE];

    (void)snprintf(line, sizeof line, language == MESSAGE_EN ? "by phone, %s%s%s, %s ago: %s" : "par téléphone, %s%s%s, il y a %s : %s",
                   field(row, "place"), speaker[0] != '\0' ? " / " : "", speaker, age_of(language, row, age), what);
    (void)json_array_append_new(list, json_string(line));
}

static void add_place(enum message_language language, json_t *list, const json_t *row)
{
    static const char *const fields[][3] = {
        {"bags", "sacs", "bags"}, {"items", "documents", "documents"}, {"returned", "retours", "returned"}};
    char what[LINE_SIZE / 2] = "";
    size_t used = 0;

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const json_t *count = json_object_get(row, fields[i][0]);

        if (count != NULL)
            used += (size_t)snprintf(what + used, sizeof what - used, "%s%s : %lld", used > 0 ? ", " : "",
                                     fields[i][language == MESSAGE_EN ? 2 : 1], (long long)json_integer_value(count));
    }
    add(language, list, row, what);
}

static void add_thing(enum message_language language, json_t *list, const json_t *row)
{
    static const char *const claims[][3] = {{"here", "est là", "is there"},
                                            {"delivered", "remis à la personne", "given to the person"},
                                            {"gone", "n'est pas là", "is not there"}};
    const char *claim = field(row, "claim"), *words = claim;
    char what[LINE_SIZE / 2];

    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        if (strcmp(claims[i][0], claim) == 0)
            words = claims[i][language == MESSAGE_EN ? 2 : 1];
    }
    (void)snprintf(what, sizeof what, "%s %s", field(row, "code"), words);
    add(language, list, row, what);
}

json_t *message_phone(enum message_language language, const json_t *answer)
{
    const json_t *phone = json_object_get(answer, "phone");
    json_t *list = json_array();
    const json_t *row;
    size_t i;

    if (list == NULL)
        return NULL;
    json_array_foreach(json_object_get(phone, "places"), i, row) add_place(language, list, row);
    json_array_foreach(json_object_get(phone, "things"), i, row) add_thing(language, list, row);
    return list;
}
