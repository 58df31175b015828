/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/taking.h"

#include <string.h>

int taking_take(const struct horizon *horizon, const struct event *event)
{
    const ProtobufCBinaryData *count;
    uint8_t key[TAKING_KEY_SIZE];

    switch (event->body->body_case) {
    case NAVETTE__EVENT__BODY_COUNT_OPENED:
        count = &event->body->count_opened->count;
        key[TAKING_ID_SIZE] = TAKING_OPENED;
        break;
    case NAVETTE__EVENT__BODY_COUNT_LINE:
        count = &event->body->count_line->count;
        key[TAKING_ID_SIZE] = TAKING_LINE;
        break;
    case NAVETTE__EVENT__BODY_COUNT_CLOSED:
        count = &event->body->count_closed->count;
        key[TAKING_ID_SIZE] = TAKING_CLOSED;
        break;
    default:
        return 0;
    }
    memcpy(key, count->data, TAKING_ID_SIZE);
    write_u64(key + TAKING_ID_SIZE + 1, horizon->limit);
    return store_put(horizon->state, TABLE_TAKING, span_of(key, sizeof(key)), span_of("", 0));
}
