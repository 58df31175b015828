/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "fold/horizon.h"
#include "view/view_cells.h"

static int read_place(struct store_txn *state, struct store_txn *journal, struct span key, struct place_row *row)
{
    struct thing_key thing;
    struct event declared;
    int rc;

    if (thing_key_read(key, &thing) != 0)
        return NAVETTE_E_STORE;
    rc = fold_decided(state, journal, &thing, &declared);
    if (rc != 0)
        return rc;
    memset(row, 0, sizeof(*row));
    memcpy(row->code, thing_id(&thing), strlen(thing_id(&thing)));
    row->kind = (int)declared.body->place_declared->kind;
    event_free(&declared);
    return 0;
}

int view_places(struct store_txn *state, struct store_txn *journal, struct place_row *rows, size_t max)
{
    uint8_t prefix[1] = {NAVETTE__THING_KIND__THING_PLACE};
    struct prefix_scan scan;
    struct span key;
    struct span value;
    size_t count = 0;
    int rc = horizon_scan(state, TABLE_THING, span_of(prefix, sizeof(prefix)), &scan);

    if (rc != 0)
        return rc;
    if (max > INT32_MAX)
        max = INT32_MAX;
    while (count < max && (rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        rc = read_place(state, journal, key, &rows[count]);
        if (rc == 0)
            count++;
        else if (rc != NAVETTE_E_NOT_FOUND)
            break;
    }
    horizon_scan_close(&scan);
    return rc == 0 || rc == NAVETTE_E_NOT_FOUND ? (int)count : rc;
}

static int count_places(struct store_txn *state, size_t *count)
{
    uint8_t prefix[1] = {NAVETTE__THING_KIND__THING_PLACE};
    struct prefix_scan scan;
    struct span key;
    struct span value;
    int rc = horizon_scan(state, TABLE_THING, span_of(prefix, sizeof(prefix)), &scan);

    *count = 0;
    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0)
        ++*count;
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int view_relays_read(struct store_txn *state, struct store_txn *journal, struct view_relays *relays)
{
    size_t count;
    int found;
    int rc = count_places(state, &count);

    memset(relays, 0, sizeof(*relays));
    if (rc != 0 || count == 0)
        return rc;
    relays->places = calloc(count, sizeof(*relays->places));
    if (relays->places == NULL)
        return NAVETTE_E_MEMORY;
    found = view_places(state, journal, relays->places, count);
    if (found < 0) {
        view_relays_free(relays);
        return found;
    }
    for (int i = 0; i < found; i++) {
        if (relays->places[i].kind == NAVETTE__PLACE_KIND__PLACE_RELAY)
            relays->places[relays->count++] = relays->places[i];
    }
    return 0;
}

void view_relays_free(struct view_relays *relays)
{
    free(relays->places);
    memset(relays, 0, sizeof(*relays));
}

int view_relays_show(const struct view_relays *relays, int state, const char *place)
{
    if (state != STATE_SHELF && state != STATE_CLEAN && state != STATE_PACKED)
        return state;
    for (size_t i = 0; i < relays->count; i++) {
        if (strcmp(relays->places[i].code, place) == 0)
            return STATE_AT_RELAY;
    }
    return state;
}
