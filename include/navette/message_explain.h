/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_MESSAGE_EXPLAIN_H
#define NAVETTE_MESSAGE_EXPLAIN_H

#include <jansson.h>

#include "navette/message.h"

/*
 * Why a figure, a hand-over's counts or a stocktake's variance is what it is, in lines that a person reads, from an answer that has "explains" (view_json.h): each thing with its
 * events, reference, place and operator; the rules that were used; who is silent since when. A new array of strings; NULL when there is no memory.
 */
json_t *message_explain(enum message_language language, const json_t *answer);
/* What gave a thing's two custodies, when no movement links them, and an order's state: lines behind its history. */
json_t *message_explain_thing(enum message_language language, const json_t *answer);

#endif
