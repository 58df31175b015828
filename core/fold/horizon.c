/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/horizon.h"

#include <string.h>

#include "fold/meta.h"
#include "navette/fold.h"

int horizon_open(struct horizon *horizon, struct store_txn *state, struct store_txn *journal)
{
    int rc;

    memset(horizon, 0, sizeof(*horizon));
    horizon->state = state;
    horizon->journal = journal;
    rc = meta_get(state, META_CURSOR, &horizon->limit);
    if (rc == 0)
        rc = meta_get(state, META_RETRACTIONS, &horizon->retractions);
    if (rc == 0)
        rc = meta_get(state, META_CORRECTIONS, &horizon->corrections);
    return rc;
}

/* Is there a row of the table, its position in the last 8 bytes of keys `len` long, that came after the limit? */
static int came_later(const struct horizon *horizon, enum store_table table, size_t len, int *later)
{
    struct store_scan *scan;
    struct span key;
    struct span value;
    uint8_t first[1] = {0};
    int rc = store_scan_open(horizon->state, table, &scan);

    if (rc != 0)
        return rc;
    rc = horizon->state->ops->scan_from(scan, span_of(first, sizeof(first)), &key, &value);
    while (rc == 0 && !*later) {
        *later = key.len == len && read_u64(key.data + len - 8) > horizon->limit;
        if (!*later)
            rc = horizon->state->ops->scan_next(scan, &key, &value);
    }
    horizon->state->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int horizon_open_at(struct horizon *horizon, struct store_txn *state, struct store_txn *journal, uint64_t known)
{
    int rc = horizon_open(horizon, state, journal);

    if (rc != 0 || known >= horizon->limit)
        return rc;
    horizon->limit = known;
    horizon->partial = 1;
    if (horizon->retractions > 0)
        rc = came_later(horizon, TABLE_RETRACT, REF_SIZE + 8, &horizon->amended);
    if (rc == 0 && horizon->corrections > 0)
        rc = came_later(horizon, TABLE_CLOCK, INCARNATION_SIZE + 8 + 8, &horizon->amended);
    return rc;
}

int horizon_find(const struct horizon *horizon, const struct ref *ref, struct journal_entry *entry)
{
    int rc;

    if (ref->seq == 0)
        return NAVETTE_E_NOT_FOUND;
    rc = journal_find(horizon->journal, ref, entry);
    if ((rc == 0 || rc == NAVETTE_E_PRUNED) && (entry->position > horizon->limit || entry->self.leaf != ref->leaf))
        rc = NAVETTE_E_NOT_FOUND;
    return rc;
}

/* What the fold makes of a decoding. */
static int settle(const struct journal_entry *entry, struct event *event, int rc)
{
    if (rc == 0 && !event_is_folded(event->body))
        rc = NAVETTE_E_UNKNOWN;
    if (rc == NAVETTE_E_UNKNOWN)
        event_free(event);
    if (rc == NAVETTE_E_TOO_LARGE)
        rc = NAVETTE_E_INVALID;
    event->self = entry->self;
    return rc;
}

int horizon_decode(const struct journal_entry *entry, struct event *event)
{
    int rc = event_decode(entry->event, event);

    return settle(entry, event, rc);
}

int horizon_decode_in(struct arena *arena, struct fold_ahead *ahead, const struct journal_entry *entry, struct event *event)
{
    int rc;

    if (ahead == NULL || !ahead->take(ahead, entry->position, entry->event, event, &rc))
        rc = event_decode_in(arena, entry->event, event);
    return settle(entry, event, rc);
}

int horizon_event(const struct horizon *horizon, const struct ref *ref, struct event *event, struct journal_entry *entry)
{
    struct journal_entry found;
    int rc = horizon_find(horizon, ref, &found);

    memset(event, 0, sizeof(*event));
    if (rc == 0)
        rc = horizon_decode(&found, event);
    if (rc == NAVETTE_E_INVALID || rc == NAVETTE_E_UNKNOWN)
        rc = NAVETTE_E_NOT_FOUND;
    if (rc == 0 && entry != NULL)
        *entry = found;
    return rc;
}

int horizon_held(int rc)
{
    return rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_INVALID || rc == NAVETTE_E_UNKNOWN ? NAVETTE_E_STORE : rc;
}

int horizon_scan(struct store_txn *txn, enum store_table table, struct span prefix, struct prefix_scan *scan)
{
    memset(scan, 0, sizeof(*scan));
    scan->txn = txn;
    scan->prefix = prefix;
    return store_scan_open(txn, table, &scan->scan);
}

int horizon_scan_next(struct prefix_scan *scan, struct span *key, struct span *value)
{
    const struct store_ops *ops = scan->txn->ops;
    int rc = scan->begun ? ops->scan_next(scan->scan, key, value) : ops->scan_from(scan->scan, scan->prefix, key, value);

    scan->begun = 1;
    if (rc != 0)
        return rc;
    if (key->len < scan->prefix.len || memcmp(key->data, scan->prefix.data, scan->prefix.len) != 0)
        return NAVETTE_E_NOT_FOUND;
    return 0;
}

void horizon_scan_close(struct prefix_scan *scan)
{
    if (scan->scan != NULL)
        scan->txn->ops->scan_close(scan->scan);
    scan->scan = NULL;
}
