/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/fold.h"

#include <string.h>

#include "fold/fold_work.h"
#include "fold/horizon.h"
#include "fold/meta.h"
#include "fold/past.h"
#include "fold/refold.h"
#include "fold/waiting.h"

#define CONTAINER_DEPTH 2 /* an item in a bag in a crate */

int fold_read(struct store_txn *state, const struct thing_key *key, struct thing_record *record)
{
    struct span value;
    int rc;

    thing_record_init(record, key);
    if (key->len == 0)
        return NAVETTE_E_NOT_FOUND;
    rc = store_get(state, TABLE_THING, thing_key_span(key), &value);
    return rc == 0 ? thing_record_decode(key, value, record) : rc;
}

int fold_label(struct store_txn *state, const struct thing_key *key, struct label *label)
{
    struct span value;
    int rc;

    memset(label, 0, sizeof(*label));
    if (key->len == 0)
        return NAVETTE_E_NOT_FOUND;
    rc = store_get(state, TABLE_LABEL, thing_key_span(key), &value);
    return rc == 0 ? label_decode(value, label) : rc;
}

int fold_cursor(struct store_txn *state, uint64_t *cursor)
{
    return meta_get(state, META_CURSOR, cursor);
}

int fold_digest(struct store_txn *state, uint8_t digest[HASH_SIZE])
{
    return meta_get_digest(state, digest);
}

int fold_root(struct store_txn *state, const struct thing_key *key, struct thing_record *root)
{
    int rc = fold_read(state, key, root);

    for (int depth = 0; rc == 0 && thing_record_is_inside(root); depth++) {
        struct thing_key container = root->container;

        thing_record_free(root);
        if (depth == CONTAINER_DEPTH)
            return NAVETTE_E_STORE;
        rc = fold_read(state, &container, root);
        rc = horizon_held(rc);
    }
    return rc;
}

int fold_parent(struct store_txn *state, const struct thing_key *key, struct ref *parent)
{
    struct thing_record record;
    int rc = fold_read(state, key, &record);

    memset(parent, 0, sizeof(*parent));
    if (rc == NAVETTE_E_NOT_FOUND)
        return 0;
    if (rc != 0)
        return rc;
    *parent = record.last;
    thing_record_free(&record);
    return 0;
}

int fold_aside(struct store_txn *state, struct store_txn *journal, uint64_t from, struct aside *list, size_t max)
{
    struct store_scan *scan;
    struct span key;
    struct span value;
    uint8_t first[8];
    size_t count = 0;
    int rc = store_scan_open(state, TABLE_ASIDE, &scan);

    if (rc != 0)
        return rc;
    if (max > INT32_MAX)
        max = INT32_MAX;
    write_u64(first, from);
    rc = state->ops->scan_from(scan, span_of(first, sizeof(first)), &key, &value);
    while (rc == 0 && count < max) {
        struct journal_entry entry;

        if (key.len != 8 || value.len != ASIDE_ROW_SIZE) {
            rc = NAVETTE_E_STORE;
            break;
        }
        list[count] = (struct aside){.position = read_u64(key.data), .parked = value.data[0], .reason = value.data[1]};
        rc = journal_read(journal, list[count].position, &entry);
        if (rc != 0) {
            rc = horizon_held(rc);
            break;
        }
        list[count].self = entry.self;
        if (list[count].parked == ASIDE_WAITS)
            rc = waiting_lost(state, journal, list[count].position, &list[count].lost);
        count++;
        if (rc == 0 && count < max)
            rc = state->ops->scan_next(scan, &key, &value);
    }
    state->ops->scan_close(scan);
    return rc == 0 || rc == NAVETTE_E_NOT_FOUND ? (int)count : rc;
}

static int is_about(const struct event *event, const struct thing_key *key)
{
    struct event_thing things[EVENT_THINGS_MAX];
    size_t count = event_things(event->body, things);

    for (size_t i = 0; i < count; i++) {
        if (thing_key_equal(&things[i].key, key))
            return 1;
    }
    return 0;
}

int fold_decided(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, struct event *event)
{
    return fold_decided_known(state, journal, key, UINT64_MAX, event);
}

int fold_decided_known(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, uint64_t known, struct event *event)
{
    struct thing_record record;
    struct horizon horizon;
    int rc;

    memset(event, 0, sizeof(*event));
    rc = horizon_open_at(&horizon, state, journal, known);
    if (rc == 0)
        rc = past_read(&horizon, key, INT64_MAX, &record);
    if (rc != 0)
        return rc;
    if (record.cause.seq == 0)
        rc = NAVETTE_E_NOT_FOUND;
    else
        rc = horizon_held(horizon_event(&horizon, &record.cause, event, NULL));
    if (rc == 0 && !is_about(event, key)) {
        event_free(event);
        rc = NAVETTE_E_STORE;
    }
    thing_record_free(&record);
    return rc;
}

int fold_place(struct store_txn *state, struct store_txn *journal, const char *code, struct event *declared)
{
    struct thing_key key;

    memset(declared, 0, sizeof(*declared));
    if (thing_key_make(NAVETTE__THING_KIND__THING_PLACE, "", code, &key) != 0)
        return NAVETTE_E_NOT_FOUND;
    return fold_decided(state, journal, &key, declared);
}
