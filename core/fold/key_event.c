/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/key_event.h"

#include <string.h>

#define NAME "key-event"
#define RECOVERY_NAME "key-recovery"
#define ROW_KEY_MAX (sizeof RECOVERY_NAME + 8u)

static struct span row_key(const char *name, uint64_t position, uint8_t out[ROW_KEY_MAX])
{
    size_t len = strlen(name) + 1;

    memcpy(out, name, len);
    write_u64(out + len, position);
    return span_of(out, len + 8);
}

int key_event_note(struct store_txn *state, const struct event *event, uint64_t position)
{
    uint8_t key[ROW_KEY_MAX];
    uint8_t body[4];
    int rc;

    write_u32(body, (uint32_t)event->body->body_case);
    rc = store_put(state, TABLE_META, row_key(NAME, position, key), span_of(body, sizeof body));
    if (rc == 0 && event->body->body_case == NAVETTE__EVENT__BODY_RECOVERY_KEY_CHANGED)
        rc = store_put(state, TABLE_META, row_key(RECOVERY_NAME, position, key), span_of(body, sizeof body));
    return rc;
}

static int next(struct store_txn *state, const char *name, uint64_t *position, int *body)
{
    uint8_t bytes[ROW_KEY_MAX];
    struct span key = row_key(name, *position, bytes), found, value;
    int rc = store_first(state, TABLE_META, key, &found, &value);

    if (rc == 0 && (found.len != key.len || memcmp(found.data, key.data, key.len - 8) != 0))
        rc = NAVETTE_E_NOT_FOUND;
    if (rc == 0 && value.len != 4)
        rc = NAVETTE_E_STORE;
    if (rc == 0) {
        *position = read_u64(found.data + key.len - 8);
        *body = (int)read_u32(value.data);
    }
    return rc;
}

int key_event_next(struct store_txn *state, uint64_t *position, int *body)
{
    return next(state, NAME, position, body);
}

int key_event_next_recovery(struct store_txn *state, uint64_t *position)
{
    int body;

    return next(state, RECOVERY_NAME, position, &body);
}
