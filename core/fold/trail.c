/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/trail.h"

#include <string.h>

#include "fold/horizon.h"
#include "fold/keymap.h"
#include "navette/error.h"

static size_t row_key(const struct thing_key *key, uint64_t position, uint8_t row[8 + THING_KEY_MAX])
{
    write_u64(row, position);
    memcpy(row + 8, key->bytes, key->len);
    return 8u + key->len;
}

static int read_position(struct store_txn *state, struct span key, uint64_t *position)
{
    struct span value;
    int rc = store_get(state, TABLE_HISTORY, key, &value);

    if (rc != 0)
        return rc;
    if (value.len != 8)
        return NAVETTE_E_STORE;
    *position = read_u64(value.data);
    return 0;
}

int trail_read_loose(struct store_txn *state, const struct thing_key *key, uint64_t *position)
{
    int rc = read_position(state, thing_key_span(key), position);

    if (rc == NAVETTE_E_NOT_FOUND)
        *position = 0;
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int trail_write_loose(struct store_txn *state, const struct thing_key *key, uint64_t position)
{
    uint8_t value[8];

    if (position == 0)
        return store_del(state, TABLE_HISTORY, thing_key_span(key));
    write_u64(value, position);
    return store_put(state, TABLE_HISTORY, thing_key_span(key), span_of(value, sizeof(value)));
}

int trail_newest(struct store_txn *state, const struct thing_key *key, uint64_t *position)
{
    struct span value;
    int rc = store_get(state, TABLE_THING, thing_key_span(key), &value);

    if (rc == NAVETTE_E_NOT_FOUND)
        return trail_read_loose(state, key, position);
    return rc == 0 ? thing_record_newest(value, position) : rc;
}

int trail_before(struct store_txn *state, const struct thing_key *key, uint64_t *position)
{
    uint8_t row[8 + THING_KEY_MAX];
    uint64_t before = 0;
    int rc = read_position(state, span_of(row, row_key(key, *position, row)), &before);

    /* Each is older than the one after it: there is an end. */
    if (rc == NAVETTE_E_NOT_FOUND || (rc == 0 && before >= *position))
        return NAVETTE_E_STORE;
    *position = before;
    return rc;
}

int trail_note(struct store_txn *state, const struct thing_key *key, uint64_t position, uint64_t before)
{
    uint8_t row[8 + THING_KEY_MAX];
    uint8_t value[8];

    write_u64(value, before);
    return store_put(state, TABLE_HISTORY, span_of(row, row_key(key, position, row)), span_of(value, sizeof(value)));
}

int trail_things(struct store_txn *state, uint64_t position, struct keymap *things)
{
    struct prefix_scan scan;
    struct span key;
    struct span value;
    uint8_t prefix[8];
    int rc;

    write_u64(prefix, position);
    rc = horizon_scan(state, TABLE_HISTORY, span_of(prefix, sizeof(prefix)), &scan);
    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        uint32_t number;

        rc = keymap_number(things, span_of(key.data + sizeof(prefix), key.len - sizeof(prefix)), &number);
        if (rc != 0)
            break;
    }
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}
