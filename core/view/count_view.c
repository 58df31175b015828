/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "fold/past.h"
#include "view/count_work.h"

struct reading {
    const struct horizon *horizon;
    const struct count_events *events;
    struct count_view *view;
    size_t capacity;
    int sheet;
    int64_t at_ms;
};

/* Empty when it has none. */
static int read_label(const struct reading *reading, const struct thing_key *key, struct label *label)
{
    int rc = past_label(reading->horizon, key, label);

    if (rc == NAVETTE_E_NOT_FOUND)
        memset(label, 0, sizeof(*label));
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* A row of the thing as the record says; its label is the last that is known. */
static int add_row(struct reading *reading, int what, const struct thing_record *record, int is_seen)
{
    struct count_view *view = reading->view;
    struct count_row *row;
    struct cell cell;
    uint32_t number;

    if (view->row_count == reading->capacity) {
        size_t capacity = reading->capacity == 0 ? 64 : 2 * reading->capacity;
        struct count_row *rows = realloc(view->rows, capacity * sizeof(*rows));

        if (rows == NULL)
            return NAVETTE_E_MEMORY;
        view->rows = rows;
        reading->capacity = capacity;
    }
    row = &view->rows[view->row_count++];
    memset(row, 0, sizeof(*row));
    row->key = record->key;
    row->what = what;
    row->is_seen = is_seen;
    row->was_listed = keymap_find(&reading->events->listed, thing_key_span(&record->key), &number);
    (void)cell_of_root(record, &cell);
    row->state = record->custody == CUSTODY_CONTAINER ? STATE_IN_CONTAINER : cell.state;
    memcpy(row->place, record->place, sizeof(row->place));
    memcpy(row->to, record->to, sizeof(row->to));
    return read_label(reading, &record->key, &row->label);
}

static int is_in_call_range(const struct count_session *session, const char *call_number)
{
    if (session->call_from[0] != '\0' && strcmp(call_number, session->call_from) < 0)
        return 0;
    return session->call_to[0] == '\0' || strcmp(call_number, session->call_to) <= 0 ||
           strncmp(call_number, session->call_to, strlen(session->call_to)) == 0;
}

static const char *zone_of(const Navette__Event *body)
{
    if (body->body_case == NAVETTE__EVENT__BODY_SEEN_AT)
        return body->seen_at->zone;
    return body->body_case == NAVETTE__EVENT__BODY_COUNT_LINE ? body->count_line->zone : "";
}

/* Last seen in a zone of the place before the session began: in this one? */
static int is_in_zone(const struct reading *reading, const struct thing_key *key, int *inside)
{
    const struct count_session *session = &reading->events->session;
    const struct horizon *horizon = reading->horizon;
    struct history history;
    int rc = fold_history_kept(horizon->state, horizon->journal, key, session->opened_ms - 1, horizon->limit, &history);

    *inside = 0;
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    for (size_t i = history.count; i-- > 0;) {
        const struct history_step *step = &history.steps[i];

        if (step->absent || strcmp(step->event.body->place, session->place) != 0 || zone_of(step->event.body)[0] == '\0')
            continue;
        *inside = strcmp(zone_of(step->event.body), session->zone) == 0;
        break;
    }
    history_free(&history);
    return 0;
}

/* By itself, in order, at the place. */
static int lies_there(const struct reading *reading, const struct thing_record *record)
{
    return record->registered && record->custody == CUSTODY_PLACE && record->condition == CONDITION_NORMAL &&
           strcmp(record->place, reading->events->session.place) == 0;
}

/* Material, call number, zone. */
static int is_in_scope(const struct reading *reading, const struct thing_record *record, int *inside)
{
    const struct count_session *session = &reading->events->session;
    struct label label;

    *inside = session->material[0] == '\0' || strcmp(session->material, record->material) == 0;
    if (*inside && (session->call_from[0] != '\0' || session->call_to[0] != '\0')) {
        int rc = read_label(reading, &record->key, &label);

        if (rc != 0)
            return rc;
        *inside = is_in_call_range(session, label.call_number);
    }
    return *inside && session->zone[0] != '\0' ? is_in_zone(reading, &record->key, inside) : 0;
}

static int is_expected(const struct reading *reading, const struct thing_record *record, int *expected)
{
    *expected = lies_there(reading, record) && record->since_ms <= reading->events->session.opened_ms;
    return *expected ? is_in_scope(reading, record, expected) : 0;
}

static int take_document(struct reading *reading, const struct thing_record *record)
{
    struct count_view *view = reading->view;
    uint32_t number;
    int is_seen = keymap_find(&reading->events->scanned, thing_key_span(&record->key), &number);
    int is_listed = keymap_find(&reading->events->listed, thing_key_span(&record->key), &number);
    int expected;
    int rc = is_expected(reading, record, &expected);

    if (rc != 0)
        return rc;
    if (expected) {
        view->expected++;
        view->seen += (size_t)is_seen;
    }
    if (reading->sheet)
        return expected ? add_row(reading, COUNT_EXPECTED, record, is_seen) : 0;
    if (expected && !is_seen) {
        view->missing++;
        view->added += view->session.complete && !is_listed;
        return add_row(reading, COUNT_MISSING, record, 0);
    }
    if (is_listed) {
        view->explained++;
        return add_row(reading, COUNT_EXPLAINED, record, is_seen);
    }
    return 0;
}

/* What lay there when it closed: just before, so that what the closing itself says is not counted. */
static int read_documents(struct reading *reading)
{
    const struct count_session *session = &reading->events->session;
    int64_t at_ms = session->is_open ? reading->at_ms : session->closed_ms - 1;
    struct past_things things = {.scan = NULL};
    struct thing_record known;
    int rc = past_things_open(&things, reading->horizon, NAVETTE__THING_KIND__THING_ITEM, NAVETTE__THING_KIND__THING_ITEM);

    while (rc == 0 && (rc = past_things_next(&things, &known)) == 0) {
        struct thing_record record;

        rc = past_record(reading->horizon, &known, at_ms, &record);
        if (rc == 0)
            rc = take_document(reading, &record);
        thing_record_free(&known);
        if (rc == NAVETTE_E_NOT_FOUND)
            rc = 0;
    }
    past_things_close(&things);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int take_scanned(struct reading *reading, const struct thing_record *record)
{
    int inside;
    int rc;

    if (!lies_there(reading, record)) {
        reading->view->unexpected++;
        return add_row(reading, COUNT_UNEXPECTED, record, 1);
    }
    /* a bag on a shelf is in no scope of documents, and nobody's surprise */
    if (thing_kind(&record->key) != NAVETTE__THING_KIND__THING_ITEM)
        return 0;
    rc = is_in_scope(reading, record, &inside);
    if (rc != 0 || inside)
        return rc;
    reading->view->outside++;
    return add_row(reading, COUNT_OUTSIDE, record, 1);
}

/* Where what was scanned was known to be just before. */
static int read_scanned(struct reading *reading)
{
    const struct count_events *events = reading->events;
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < events->scanned.count; i++) {
        struct thing_record known;
        struct thing_record record;
        struct thing_key key;

        rc =
            thing_key_read(keymap_key(&events->scanned, i), &key) == 0 ? fold_read(reading->horizon->state, &key, &known) : NAVETTE_E_STORE;
        if (rc != 0) {
            rc = rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
            continue;
        }
        rc = past_record(reading->horizon, &known, events->lines[i].time_ms - 1, &record);
        if (rc == NAVETTE_E_PRUNED) {
            reading->view->pruned++;
            thing_record_free(&known);
            rc = 0;
            continue;
        }
        if (rc == NAVETTE_E_NOT_FOUND) {
            thing_record_init(&record, &key);
            rc = 0;
        }
        if (rc == 0)
            rc = take_scanned(reading, &record);
        thing_record_free(&known);
    }
    return rc;
}

static int compare_rows(const void *a, const void *b)
{
    const struct count_row *one = a;
    const struct count_row *other = b;
    int order = one->what - other->what;

    if (order == 0)
        order = strcmp(one->label.call_number, other->label.call_number);
    return order != 0 ? order : memcmp(one->key.bytes, other->key.bytes, one->key.len < other->key.len ? one->key.len : other->key.len);
}

int count_read(struct store_txn *state, struct store_txn *journal, const uint8_t id[COUNT_ID_SIZE], int sheet, struct count_view *view)
{
    return count_read_known(state, journal, INT64_MAX, UINT64_MAX, id, sheet, view);
}

int count_read_known(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known, const uint8_t id[COUNT_ID_SIZE],
                     int sheet, struct count_view *view)
{
    struct count_events events;
    struct horizon horizon;
    struct reading reading = {.horizon = &horizon, .events = &events, .view = view, .sheet = sheet, .at_ms = at_ms};
    int rc = horizon_open_at(&horizon, state, journal, known);

    memset(view, 0, sizeof(*view));
    if (rc != 0)
        return rc;
    rc = count_events_read(&horizon, at_ms, id, &events);
    view->session = events.session;
    if (rc == 0)
        rc = read_documents(&reading);
    if (rc == 0 && !sheet)
        rc = read_scanned(&reading);
    count_events_free(&events);
    if (rc != 0)
        count_free(view);
    else if (view->row_count > 1)
        qsort(view->rows, view->row_count, sizeof(*view->rows), compare_rows);
    return rc;
}

void count_free(struct count_view *view)
{
    free(view->rows);
    view->rows = NULL;
    view->row_count = 0;
}
