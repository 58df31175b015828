/* SPDX-License-Identifier: Apache-2.0 */
#include "node/reason.h"

#include <stdio.h>
#include <string.h>

#include "io/json_event.h"

#define TEXT_SIZE 768u

#define GIVEN_UP "worn damaged long-missing replaced surplus other"

static const struct {
    const char *command, *words;
} table[] = {
    {"item-withdraw", GIVEN_UP},
    {"proposed-withdraw", GIVEN_UP},
    {"bag-retire", GIVEN_UP},
    {"pool-add", GIVEN_UP},
    {"lost", "long-missing damaged other"},
    {"refuse", "wrong-place damaged full declined other"},
    {"cancel", "not-sent wrong-place wrong-data damaged other"},
    {"fail", "absent declined address damaged wrong-place other"},
    {"retract", "did-not-occur wrong-data not-sent other"},
    {"orders-cancel", "declined absent item-unknown long-missing replaced wrong-data other"},
    {"ils-answer", "card-unknown item-unknown blocked other"},
};

static const char *words_of(const struct request *request)
{
    const char *command = request_text(request, strcmp(request_text(request, "command"), "begin") == 0 ? "verb" : "command");

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].command, command) == 0)
            return table[i].words;
    return "other";
}

/* "absent (nobody there), other (another reason)". Is the typed one among them? */
static int explain(const struct request *request, const char *typed, char out[TEXT_SIZE])
{
    size_t used = 0;
    int is_listed = 0;

    out[0] = '\0';
    for (const char *p = words_of(request); *p != '\0';) {
        size_t len = strcspn(p, " ");
        char label[64];
        int n;

        (void)snprintf(label, sizeof label, "reason-%.*s", (int)len, p);
        n = snprintf(out + used, TEXT_SIZE - used, "%s%.*s (%s)", used > 0 ? ", " : "", (int)len, p,
                     message_word(request->language, label));
        used += n > 0 && used + (size_t)n < TEXT_SIZE ? (size_t)n : 0;
        is_listed |= strlen(typed) == len && strncmp(typed, p, len) == 0;
        p += len + (p[len] == ' ');
    }
    return is_listed;
}

int reason_read(const struct request *request, json_t **answer)
{
    const char *typed = request_text(request, "reason");
    char words[TEXT_SIZE];

    if (typed[0] == '\0')
        return 0;
    if (explain(request, typed, words))
        return json_event_enum_value(&navette__reason__descriptor, typed);
    *answer = request_refuse(request, "bad-option", "--reason", typed, words);
    return -1;
}
