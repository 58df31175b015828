/* SPDX-License-Identifier: Apache-2.0 */
#include "node/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json_event.h"
#include "navette/tz.h"
#include "navette/view.h"
#include "node/staffing.h"

#define TEXT_SIZE 1024u
#define COUNT_MAX 1000000000 /* of things counted at once: more is a typing mistake */

const char *request_text(const struct request *request, const char *name)
{
    const char *text = json_string_value(json_object_get(request->json, name));
    return text != NULL ? text : "";
}

int64_t request_number(const struct request *request, const char *name)
{
    return json_integer_value(json_object_get(request->json, name));
}

int request_flag(const struct request *request, const char *name)
{
    return json_is_true(json_object_get(request->json, name));
}

int request_has(const struct request *request, const char *name)
{
    return json_object_get(request->json, name) != NULL;
}

json_t *request_refuse(const struct request *request, const char *code, const char *a, const char *b, const char *c)
{
    char text[TEXT_SIZE], next[TEXT_SIZE];

    message_text(request->language, code, a, b, c, text, sizeof text);
    message_next(request->language, code, a, b, c, next, sizeof next);
    return json_pack("{s:b, s:s, s:s, s:s}", "ok", 0, "error", code, "text", text, "next", next);
}

json_t *request_note(const struct request *request, const char *code, const char *a)
{
    char text[TEXT_SIZE];

    message_text(request->language, code, a, NULL, NULL, text, sizeof text);
    return json_pack("{s:s, s:s}", "code", code, "text", text);
}

json_t *request_cloned(const struct request *request, const struct office *office)
{
    return request_refuse(request, node_is_cloned(office->node) == 2 ? "cloned-elsewhere" : "cloned", NULL, NULL, NULL);
}

/* With how much room there is. */
static json_t *full(const struct request *request, const struct office *office, const char *code)
{
    struct lmdb_usage usage = {0};
    char free_mb[32];

    (void)lmdb_store_usage(office->store, &usage);
    (void)snprintf(free_mb, sizeof free_mb, "%llu", (unsigned long long)(usage.free_bytes >> 20));
    return request_refuse(request, code, office->folder, free_mb, NULL);
}

json_t *request_disk_full(const struct request *request, const struct office *office)
{
    return full(request, office, "disk-full");
}

json_t *request_failed(const struct request *request, const struct office *office, int rc)
{
    switch (rc) {
    case NAVETTE_E_FULL:
        return full(request, office, "store-full");
    case NAVETTE_E_STORE:
        return request_refuse(request, "store-failed", office->folder, NULL, NULL);
    case NAVETTE_E_REFUSED:
        return request_cloned(request, office);
    case NAVETTE_E_MEMORY:
        return request_refuse(request, "no-memory", NULL, NULL, NULL);
    default:
        return request_refuse(request, "failed", error_text(rc), NULL, NULL);
    }
}

int request_has_right(const struct request *request, const struct office *office, Navette__Right right, json_t **answer)
{
    char served[(LIMIT_PLACE_CODE + 2) * IDENTITY_PLACES];

    if (office->identity.place_count == 0) {
        *answer = request_refuse(request, "no-place", NULL, NULL, NULL);
        return 0;
    }
    if (!identity_serves(&office->identity, request->place)) {
        identity_places_text(&office->identity, served, sizeof served);
        *answer = request_refuse(request, "place-not-served", request->place, served, NULL);
        return 0;
    }
    if (!office_may(office, request->place, right)) {
        static const char *const words[] = {"", "branch", "relay", "carrier", "coordinator", "reader"};
        unsigned role = office->rights.role < 6 ? office->rights.role : 0;
        char word[64];

        (void)snprintf(word, sizeof word, "right-%s", right_name(right));
        *answer = request_refuse(request, "no-right", message_word(request->language, words[role]), message_word(request->language, word),
                                 right_name(right));
        return 0;
    }
    return 1;
}

int request_may_record(const struct request *request, const struct office *office, Navette__Right right, json_t **answer)
{
    return request_has_right(request, office, right, answer) && staffing_allows(request, office, answer);
}

int request_counts(const struct request *request, const char *const *names, uint32_t *counts, json_t **answer)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        const json_t *value = json_object_get(request->json, names[i]);
        json_int_t number = json_integer_value(value);
        if (value != NULL && (!json_is_integer(value) || number < 0 || number > COUNT_MAX)) {
            char *shown = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
            *answer = request_refuse(request, "bad-option", names[i], shown, "0 - 1000000000");
            free(shown);
            return 0;
        }
        counts[i] = (uint32_t)number;
    }
    return 1;
}

int request_word(const struct request *request, const char *name, const ProtobufCEnumDescriptor *descriptor, json_t **answer)
{
    const char *text = request_text(request, name);
    char words[TEXT_SIZE];
    size_t used = 0;
    int value;

    if (text[0] == '\0')
        return 0;
    value = json_event_enum_value(descriptor, text);
    if (value > 0)
        return value;
    words[0] = '\0';
    for (unsigned i = 1; i < descriptor->n_values; i++) {
        json_t *word = json_event_enum(descriptor, descriptor->values[i].value);
        int n = snprintf(words + used, sizeof words - used, "%s%s", used > 0 ? ", " : "", json_string_value(word));
        json_decref(word);
        if (n < 0 || (size_t)n >= sizeof words - used)
            break;
        used += (size_t)n;
    }
    *answer = request_refuse(request, "bad-option", name, text, words);
    return -1;
}

int request_moment(const struct request *request, struct store_txn *txn, const char *tz, struct view_moment *moment, json_t **answer)
{
    const char *known = request_text(request, "known"), *wrong = "";
    char digits[24];
    int rc;

    if (json_is_integer(json_object_get(request->json, "known"))) {
        (void)snprintf(digits, sizeof digits, "%lld", (long long)request_number(request, "known"));
        known = digits;
    }
    rc = view_moment_read(txn, txn, tz, request_text(request, "at"), known, request->moment.wall_ms, moment, &wrong);
    if (rc != NAVETTE_E_INVALID)
        return rc;
    *answer = request_refuse(request, "bad-time", wrong, NULL, NULL);
    return 0;
}
