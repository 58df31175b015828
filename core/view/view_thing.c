/* SPDX-License-Identifier: Apache-2.0 */
#include "view/view_thing.h"

#include <string.h>

#include "fold/holding.h"
#include "fold/past.h"

#define CONTAINER_DEPTH 2 /* an item in a bag in a crate */

static void find_cell(const struct whereabouts *whereabouts, struct cell *cell)
{
    const struct thing_record *record = &whereabouts->record;

    if (thing_key_equal(&record->key, &whereabouts->root.key)) {
        (void)cell_of_root(record, cell);
    } else {
        struct content line = holding_line(record, 1);

        (void)cell_of_content(&whereabouts->root, &line, cell);
    }
}

/* Up through the containers, each as it was at the moment. */
static int climb(const struct horizon *horizon, int64_t at_ms, struct whereabouts *whereabouts)
{
    int rc = thing_record_copy(&whereabouts->record, &whereabouts->root);

    for (int depth = 0; rc == 0 && thing_record_is_inside(&whereabouts->root); depth++) {
        struct thing_key container = whereabouts->root.container;

        thing_record_free(&whereabouts->root);
        rc = depth == CONTAINER_DEPTH ? NAVETTE_E_STORE : past_read(horizon, &container, at_ms, &whereabouts->root);
        if (rc == NAVETTE_E_NOT_FOUND)
            rc = NAVETTE_E_STORE;
    }
    return rc;
}

int view_thing(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, int64_t at_ms,
               struct whereabouts *whereabouts)
{
    return view_thing_known(state, journal, key, at_ms, VIEW_KNOWN_ALL, whereabouts);
}

int view_thing_known(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, int64_t at_ms, uint64_t known,
                     struct whereabouts *whereabouts)
{
    struct view_relays relays = {.count = 0};
    struct horizon horizon;
    int rc;

    memset(whereabouts, 0, sizeof(*whereabouts));
    rc = horizon_open_at(&horizon, state, journal, known);
    if (rc == 0)
        rc = view_relays_read(state, journal, known, &relays);
    if (rc == 0)
        rc = view_thing_in(&horizon, &relays, key, at_ms, whereabouts, NULL);
    view_relays_free(&relays);
    return rc;
}

int view_thing_in(const struct horizon *horizon, const struct view_relays *relays, const struct thing_key *key, int64_t at_ms,
                  struct whereabouts *whereabouts, struct cell *cell)
{
    struct cell found;
    int rc;

    memset(whereabouts, 0, sizeof(*whereabouts));
    rc = past_read(horizon, key, at_ms, &whereabouts->record);
    if (rc == 0)
        rc = climb(horizon, at_ms, whereabouts);
    if (rc == 0) {
        rc = past_label(horizon, key, &whereabouts->label);
        whereabouts->has_label = rc == 0;
        if (rc == NAVETTE_E_NOT_FOUND)
            rc = 0;
    }
    if (rc != 0) {
        whereabouts_free(whereabouts);
        return rc;
    }
    find_cell(whereabouts, &found);
    whereabouts->shown_state = view_relays_show(relays, found.state, found.place);
    if (cell != NULL)
        *cell = found;
    return 0;
}

void whereabouts_free(struct whereabouts *whereabouts)
{
    thing_record_free(&whereabouts->record);
    thing_record_free(&whereabouts->root);
}

/* Is there such a thing, by what was known? */
static int try_key(const struct horizon *horizon, int kind, const char *name_space, const char *barcode, struct thing_key *key)
{
    struct thing_record record;
    struct span value;
    int rc;

    if (thing_key_make(kind, name_space, barcode, key) != 0)
        return NAVETTE_E_NOT_FOUND;
    if (!horizon->partial)
        return store_get(horizon->state, TABLE_THING, thing_key_span(key), &value);
    rc = past_read(horizon, key, VIEW_NOW, &record);
    if (rc == 0)
        thing_record_free(&record);
    return rc;
}

static int resolve(const struct horizon *horizon, const char *barcode, const char *const *namespaces, size_t namespace_count,
                   struct thing_key keys[VIEW_RESOLVE_MAX])
{
    static const int carriers[] = {NAVETTE__THING_KIND__THING_BAG, NAVETTE__THING_KIND__THING_CRATE};
    size_t count = 0;

    for (size_t i = 0; i < namespace_count && count < VIEW_RESOLVE_MAX; i++) {
        int rc = try_key(horizon, NAVETTE__THING_KIND__THING_ITEM, namespaces[i], barcode, &keys[count]);
        int is_new = rc == 0;

        if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
            return rc;
        for (size_t k = 0; is_new && k < count; k++)
            is_new = !thing_key_equal(&keys[k], &keys[count]);
        count += is_new != 0;
    }
    for (size_t i = 0; i < sizeof(carriers) / sizeof(carriers[0]) && count < VIEW_RESOLVE_MAX; i++) {
        int rc = try_key(horizon, carriers[i], "", barcode, &keys[count]);

        if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
            return rc;
        count += rc == 0;
    }
    return (int)count;
}

int view_resolve(struct store_txn *state, const char *barcode, const char *const *namespaces, size_t namespace_count,
                 struct thing_key keys[VIEW_RESOLVE_MAX])
{
    struct horizon horizon = {.state = state};

    return resolve(&horizon, barcode, namespaces, namespace_count, keys);
}

int view_resolve_known(struct store_txn *state, struct store_txn *journal, uint64_t known, const char *barcode,
                       const char *const *namespaces, size_t namespace_count, struct thing_key keys[VIEW_RESOLVE_MAX])
{
    struct horizon horizon;
    int rc = horizon_open_at(&horizon, state, journal, known);

    return rc == 0 ? resolve(&horizon, barcode, namespaces, namespace_count, keys) : rc;
}

int view_contents(struct store_txn *state, const struct thing_key *container, struct thing_key *keys, size_t max)
{
    struct span prefix = thing_key_span(container);
    uint8_t first[THING_KEY_MAX + 1];
    struct store_scan *scan;
    struct span key;
    struct span value;
    size_t count = 0;
    int rc;

    if (container->len == 0)
        return 0;
    if (max > INT32_MAX)
        max = INT32_MAX;
    rc = store_scan_open(state, TABLE_HISTORY, &scan);
    if (rc != 0)
        return rc;
    /* The things inside begin with their kind: fold/contain.h. */
    memcpy(first, prefix.data, prefix.len);
    first[prefix.len] = NAVETTE__THING_KIND__THING_ITEM;
    rc = state->ops->scan_from(scan, span_of(first, prefix.len + 1), &key, &value);
    while (rc == 0 && count < max && key.len > prefix.len && memcmp(key.data, prefix.data, prefix.len) == 0) {
        if (thing_key_read(span_of(key.data + prefix.len, key.len - prefix.len), &keys[count]) != 0) {
            rc = NAVETTE_E_STORE;
            break;
        }
        if (++count < max)
            rc = state->ops->scan_next(scan, &key, &value);
    }
    state->ops->scan_close(scan);
    return rc == 0 || rc == NAVETTE_E_NOT_FOUND ? (int)count : rc;
}
