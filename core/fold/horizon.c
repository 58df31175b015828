/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/horizon.h"

#include <string.h>

#include "fold/meta.h"

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

int horizon_find(const struct horizon *horizon, const struct ref *ref, struct journal_entry *entry)
{
    int rc;

    if (ref->seq == 0)
        return NAVETTE_E_NOT_FOUND;
    rc = journal_find(horizon->journal, ref, entry);
    if (rc == 0 && (entry->position > horizon->limit || entry->self.leaf != ref->leaf))
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

int horizon_decode_in(struct arena *arena, const struct journal_entry *entry, struct event *event)
{
    int rc = event_decode_in(arena, entry->event, event);

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
