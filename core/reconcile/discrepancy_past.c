/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/discrepancy_past.h"

#include <string.h>

#include "reconcile/discrepancy_row.h"

#define PAST_KIND 4u
#define PAST_KEY_MAX (1u + DISCREPANCY_KEY_MAX + 8u)

static struct span past_key(struct span key, uint64_t position, uint8_t out[PAST_KEY_MAX])
{
    out[0] = PAST_KIND;
    memcpy(out + 1, key.data, key.len);
    write_u64(out + 1 + key.len, position);
    return span_of(out, 1 + key.len + 8);
}

int discrepancy_past_keep(struct store_txn *state, struct span key, struct span old, uint64_t position)
{
    uint8_t bytes[PAST_KEY_MAX];
    uint8_t copy[DISCREPANCY_VALUE_MAX];
    struct span past;
    struct span held;
    int rc;

    if (key.len > DISCREPANCY_KEY_MAX || old.len > sizeof(copy))
        return NAVETTE_E_STORE;
    past = past_key(key, position, bytes);
    rc = store_get(state, TABLE_PAST, past, &held);
    if (rc != NAVETTE_E_NOT_FOUND)
        return rc;
    memcpy(copy, old.data, old.len);
    return store_put(state, TABLE_PAST, past, span_of(copy, old.len));
}

int discrepancy_past_read(struct store_txn *state, struct span key, struct span current, uint64_t known, struct discrepancy_row *row)
{
    uint8_t bytes[PAST_KEY_MAX];
    struct span value = current;
    struct span past;
    struct span found;
    int rc;

    if (known == UINT64_MAX)
        return discrepancy_row_decode(key, current, row);
    if (key.len > DISCREPANCY_KEY_MAX)
        return NAVETTE_E_STORE;
    past = past_key(key, known + 1, bytes);
    rc = store_first(state, TABLE_PAST, past, &found, &value);
    if (rc == NAVETTE_E_NOT_FOUND || (rc == 0 && (found.len != past.len || memcmp(found.data, bytes, 1 + key.len) != 0)))
        value = current;
    if (rc == 0 || rc == NAVETTE_E_NOT_FOUND)
        rc = discrepancy_row_decode(key, value, row);
    /* What has a term is kept when it has ended, whenever it began. */
    if (rc == 0 && (row->opened > known || (row->due_ms != 0 && row->changed > known)))
        rc = NAVETTE_E_NOT_FOUND;
    return rc;
}
