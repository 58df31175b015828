/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "fold/horizon.h"
#include "fold/past.h"
#include "view/view_cells.h"

/* The last declaration of its history by then. */
static int declared_at(const struct horizon *horizon, int64_t at_ms, const struct thing_key *key, struct event *declared)
{
    struct history history;
    int rc;

    if (at_ms == VIEW_NOW)
        return fold_decided_known(horizon->state, horizon->journal, key, horizon->limit, declared);
    rc = fold_history_known(horizon->state, horizon->journal, key, at_ms, horizon->limit, &history);
    if (rc != 0)
        return rc;
    rc = NAVETTE_E_NOT_FOUND;
    for (size_t i = history.count; rc != 0 && i-- > 0;) {
        if (history.steps[i].absent)
            continue;
        *declared = history.steps[i].event; /* taken from the history */
        memset(&history.steps[i].event, 0, sizeof(history.steps[i].event));
        rc = 0;
    }
    history_free(&history);
    return rc;
}

int view_place(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known, const char *code, struct event *declared)
{
    struct horizon horizon;
    struct thing_key key;
    int rc = thing_key_make(NAVETTE__THING_KIND__THING_PLACE, "", code, &key);

    if (rc != 0)
        return NAVETTE_E_NOT_FOUND;
    rc = horizon_open_at(&horizon, state, journal, known);
    return rc == 0 ? declared_at(&horizon, at_ms, &key, declared) : rc;
}

static int read_place(const struct horizon *horizon, int64_t at_ms, const struct thing_key *key, struct place_row *row)
{
    struct event declared;
    int rc = declared_at(horizon, at_ms, key, &declared);

    if (rc != 0)
        return rc;
    memset(row, 0, sizeof(*row));
    memcpy(row->code, thing_id(key), strlen(thing_id(key)));
    row->kind = (int)declared.body->place_declared->kind;
    event_free(&declared);
    return 0;
}

int view_places(struct store_txn *state, struct store_txn *journal, struct place_row *rows, size_t max)
{
    return view_places_known(state, journal, VIEW_KNOWN_ALL, rows, max);
}

int view_places_known(struct store_txn *state, struct store_txn *journal, uint64_t known, struct place_row *rows, size_t max)
{
    return view_places_at(state, journal, VIEW_NOW, known, rows, max);
}

int view_places_at(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known, struct place_row *rows, size_t max)
{
    struct past_things things = {.scan = NULL};
    struct thing_record record;
    struct horizon horizon;
    size_t count = 0;
    int rc = horizon_open_at(&horizon, state, journal, known);

    if (rc == 0)
        rc = past_things_open(&things, &horizon, NAVETTE__THING_KIND__THING_PLACE, NAVETTE__THING_KIND__THING_PLACE);
    if (max > INT32_MAX)
        max = INT32_MAX;
    while (rc == 0 && count < max && (rc = past_things_next(&things, &record)) == 0) {
        rc = read_place(&horizon, at_ms, &record.key, &rows[count]);
        thing_record_free(&record);
        count += rc == 0;
        if (rc == NAVETTE_E_NOT_FOUND)
            rc = 0;
    }
    past_things_close(&things);
    return rc == 0 || rc == NAVETTE_E_NOT_FOUND ? (int)count : rc;
}

static int count_places(struct store_txn *state, struct store_txn *journal, uint64_t known, size_t *count)
{
    struct past_things things = {.scan = NULL};
    struct thing_record record;
    struct horizon horizon;
    int rc = horizon_open_at(&horizon, state, journal, known);

    *count = 0;
    if (rc == 0)
        rc = past_things_open(&things, &horizon, NAVETTE__THING_KIND__THING_PLACE, NAVETTE__THING_KIND__THING_PLACE);
    while (rc == 0 && (rc = past_things_next(&things, &record)) == 0) {
        thing_record_free(&record);
        ++*count;
    }
    past_things_close(&things);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int view_relays_read(struct store_txn *state, struct store_txn *journal, uint64_t known, struct view_relays *relays)
{
    size_t count;
    int found;
    int rc = count_places(state, journal, known, &count);

    memset(relays, 0, sizeof(*relays));
    if (rc != 0 || count == 0)
        return rc;
    relays->places = calloc(count, sizeof(*relays->places));
    if (relays->places == NULL)
        return NAVETTE_E_MEMORY;
    found = view_places_known(state, journal, known, relays->places, count);
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
