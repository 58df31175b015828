/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_VIEW_JSON_REFUSED_H
#define IO_VIEW_JSON_REFUSED_H

#include <jansson.h>

#include "navette/message.h"
#include "navette/view.h"

/* What takes no part, with why and what to do, for the control sockets of node and hub. New references, NULL without memory. */
struct refused_asked {
    enum message_language language;
    const char *tz;      /* of the times */
    const uint8_t *node; /* only this node's, NODE_ID_SIZE bytes; NULL: all */
};

/*
 * {"rows": [{ref, what, reason, cause, right, text, next, position, node, incarnation, seq, event, place, operator, time, things}], "refused", "parked"}; cause is "role", "place", "round", "hub",
 * "other-event", "other-log", "operator-unknown", "operator-ended", "operator-missing" or "", right one of right_name(). From `event` on absent when the event can't be read.
 */
json_t *view_json_refused(struct store_txn *journal, const struct aside *list, size_t count, const struct refused_asked *asked);

/* One row up to `next`. place: where the event happened, or "". */
json_t *view_json_refusal(const struct aside *aside, const char *place, enum message_language language);

#endif
