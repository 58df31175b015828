/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_ANSWER_H
#define NAVETTE_SERVER_ANSWER_H

#include <jansson.h>

#include "navette/error.h"
#include "navette/message.h"
#include "navette.pb-c.h"

/* Answers on the control socket (control.h) and what is read from requests. All return new references, NULL only without memory. */

enum message_language answer_language(const json_t *request); /* "lang": "en" or, else, French */
/* The request's text field; NULL when absent, empty or no text. Borrowed. */
const char *answer_field(const json_t *request, const char *name);
int answer_flag(const json_t *request, const char *name);

/* The reasons that a command takes. */
struct answer_reason {
    const char *name;
    Navette__Reason reason;
};
/* text NULL: REASON_OTHER. NAVETTE_E_INVALID: none of them. */
int answer_reason(const struct answer_reason *reasons, size_t count, const char *text, Navette__Reason *reason);

json_t *answer_ok(void); /* {"ok": true} */
/* {"ok": false, "error": code, "text", "next"}; unused arguments NULL. */
json_t *answer_error(const json_t *request, const char *code, const char *a, const char *b, const char *c);
/* As answer_error, from an error code of error.h; `what` is put into {1}. */
json_t *answer_failure(const json_t *request, int rc, const char *what);

#endif
