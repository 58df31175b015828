/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_MESSAGE_VERDICT_H
#define NAVETTE_MESSAGE_VERDICT_H

#include <jansson.h>

#include "navette/message.h"

/*
 * Why a discrepancy is what it is, in lines that a person reads, from the answer of view_json_verdict(): what its kind means, what shows it, who is waited for and
 * who has been heard, the grace and where it comes from, what closed it. A new array of strings; NULL when there is no memory.
 */
json_t *message_verdict(enum message_language language, const json_t *answer);

/* What a kind means, in a sentence; "" for one that has none yet. Static. */
const char *message_verdict_rule(enum message_language language, const char *kind);

/* May the text be the beginning of an id? 8 to 64 digits in lower-case hexadecimal. */
int message_verdict_is_id(const char *text);

#endif
