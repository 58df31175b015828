/* SPDX-License-Identifier: Apache-2.0 */
#include "server/answer.h"

#include <string.h>

enum message_language answer_language(const json_t *request)
{
    return message_language_of(answer_field(request, "lang"));
}

const char *answer_field(const json_t *request, const char *name)
{
    const char *text = json_string_value(json_object_get(request, name));

    return text && text[0] != '\0' ? text : NULL;
}

int answer_flag(const json_t *request, const char *name)
{
    return json_is_true(json_object_get(request, name));
}

int answer_reason(const struct answer_reason *reasons, size_t count, const char *text, Navette__Reason *reason)
{
    *reason = NAVETTE__REASON__REASON_OTHER;
    if (!text)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(reasons[i].name, text) == 0) {
            *reason = reasons[i].reason;
            return 0;
        }
    }
    return NAVETTE_E_INVALID;
}

json_t *answer_ok(void)
{
    return json_pack("{s:b}", "ok", 1);
}

json_t *answer_error(const json_t *request, const char *code, const char *a, const char *b, const char *c)
{
    enum message_language language = answer_language(request);
    char text[1024];
    char next[1024];

    message_text(language, code, a, b, c, text, sizeof(text));
    message_next(language, code, a, b, c, next, sizeof(next));
    return json_pack("{s:b, s:s, s:s, s:s}", "ok", 0, "error", code, "text", text, "next", next);
}

json_t *answer_failure(const json_t *request, int rc, const char *what)
{
    switch (rc) {
    case NAVETTE_E_NOT_FOUND:
        return answer_error(request, "hub-nothing-known", what, NULL, NULL);
    case NAVETTE_E_AMBIGUOUS:
        return answer_error(request, "hub-ambiguous", what, NULL, NULL);
    case NAVETTE_E_FULL:
        return answer_error(request, "hub-full", NULL, NULL, NULL);
    case NAVETTE_E_BUSY:
        return answer_error(request, "hub-busy", NULL, NULL, NULL);
    case NAVETTE_E_INVALID:
    case NAVETTE_E_TOO_LARGE:
        return answer_error(request, "hub-invalid-value", what, NULL, NULL);
    default:
        return answer_error(request, "hub-failed", error_text(rc), NULL, NULL);
    }
}
