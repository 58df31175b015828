/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/key_event.h"

#include <string.h>

#define NAME "key-event"
#define ROW_KEY (sizeof NAME + 8u)

static void row_key(uint64_t position, uint8_t out[ROW_KEY])
{
    memcpy(out, NAME, sizeof NAME);
    write_u64(out + sizeof NAME, position);
}

int key_event_note(struct store_txn *state, const struct event *event, uint64_t position)
{
    uint8_t key[ROW_KEY];
    uint8_t body[4];

    row_key(position, key);
    write_u32(body, (uint32_t)event->body->body_case);
    return store_put(state, TABLE_META, span_of(key, sizeof key), span_of(body, sizeof body));
}

int key_event_next(struct store_txn *state, uint64_t *position, int *body)
{
    uint8_t key[ROW_KEY];
    struct span found, value;
    int rc;

    row_key(*position, key);
    rc = store_first(state, TABLE_META, span_of(key, sizeof key), &found, &value);
    if (rc == 0 && (found.len != ROW_KEY || memcmp(found.data, key, sizeof NAME) != 0))
        rc = NAVETTE_E_NOT_FOUND;
    if (rc == 0 && value.len != 4)
        rc = NAVETTE_E_STORE;
    if (rc == 0) {
        *position = read_u64(found.data + sizeof NAME);
        *body = (int)read_u32(value.data);
    }
    return rc;
}
