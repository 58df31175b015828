/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "fold/past.h"
#include "navette/fold.h"

int past_things_open(struct past_things *things, const struct horizon *horizon, int first_kind, int last_kind)
{
    int rc;

    memset(things, 0, sizeof(*things));
    things->horizon = horizon;
    things->last_kind = last_kind;
    things->from[0] = (uint8_t)first_kind;
    things->len = 1;
    rc = store_scan_open(horizon->state, TABLE_THING, &things->scan);
    if (rc == 0 && horizon->amended)
        rc = store_scan_open(horizon->state, TABLE_HISTORY, &things->trails);
    return rc;
}

/* The thing whose key stands at the beginning of the next row: kind, then two strings that end in NUL. */
static int seek(const struct past_things *things, struct store_scan *scan, struct thing_key *key)
{
    struct span row;
    struct span value;
    size_t len = 0;
    int nuls = 0;
    int rc = things->horizon->state->ops->scan_from(scan, span_of(things->from, things->len), &row, &value);

    if (rc == 0 && (row.len == 0 || row.data[0] > things->last_kind))
        rc = NAVETTE_E_NOT_FOUND;
    if (rc != 0)
        return rc;
    for (; len < row.len && nuls < 2; len++)
        nuls += len > 0 && row.data[len] == 0;
    return thing_key_read(span_of(row.data, len), key) == 0 ? 0 : NAVETTE_E_STORE;
}

/* The smaller of the next thing that has a record and the next that has a trail. */
static int seek_both(const struct past_things *things, struct thing_key *key)
{
    struct thing_key other;
    int rc = seek(things, things->scan, key);
    int loose;

    if (things->trails == NULL || (rc != 0 && rc != NAVETTE_E_NOT_FOUND))
        return rc;
    loose = seek(things, things->trails, &other);
    if (loose == NAVETTE_E_NOT_FOUND)
        return rc;
    if (loose == 0 && (rc != 0 || span_compare(thing_key_span(&other), thing_key_span(key)) < 0))
        *key = other;
    return loose;
}

int past_things_next(struct past_things *things, struct thing_record *known)
{
    struct thing_key key;
    int rc = seek_both(things, &key);

    if (rc != 0)
        return rc;
    memcpy(things->from, key.bytes, key.len);
    things->from[key.len] = 0xff;
    things->len = key.len + 1u;
    rc = fold_read(things->horizon->state, &key, known);
    return rc == NAVETTE_E_NOT_FOUND && things->trails != NULL ? 0 : rc;
}

void past_things_close(struct past_things *things)
{
    if (things->scan != NULL)
        things->horizon->state->ops->scan_close(things->scan);
    if (things->trails != NULL)
        things->horizon->state->ops->scan_close(things->trails);
    things->scan = NULL;
    things->trails = NULL;
}
