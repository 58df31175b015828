/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_VIEW_JSON_COMPARE_H
#define IO_VIEW_JSON_COMPARE_H

#include <jansson.h>

#include "navette/message.h"
#include "navette/store.h"

/* What was compared, and found damaged, for the control sockets of node and hub. New references, NULL without memory. */
struct compare_asked {
    enum message_language language;
    const char *tz; /* of the times */
};

/* {at, entries, mended, given, lost, state, text, next}; state is "same", "mended", "different" or "" (not compared). null when this node never was. */
json_t *view_json_compared(struct store_txn *journal, const uint8_t *node, const struct compare_asked *asked);
/* [{kind, log, node, seq, found, mended, bytes, text, next}]: kind is "entry", "seal", "state" or "twice", bytes what stood there, in hex. */
json_t *view_json_damage(struct store_txn *journal, const struct compare_asked *asked);
/* {rows, open, text, next} by this code of a message; null: nothing was found. */
json_t *view_json_damage_count(struct store_txn *journal, const char *code, enum message_language language);

#endif
