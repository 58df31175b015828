/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "fold/absence.h"
#include "fold/correction.h"
#include "fold/holding.h"
#include "navette/frontier.h"
#include "navette/view.h"
#include "reconcile/phone.h"
#include "reconcile/serving.h"

struct reading {
    struct horizon horizon;
    const char *place; /* NULL: all */
    struct serving serving;
    struct phone_view *view;
};

static void copy(char *out, size_t size, const char *text)
{
    size_t len = strlen(text);

    if (len < size)
        memcpy(out, text, len + 1);
}

/* Present ones: 1 and the event (event_free()), 0, or a code. */
static int read_event(const struct reading *reading, const struct journal_entry *entry, struct event *event, int64_t *time_ms)
{
    int rc = horizon_held(horizon_decode(entry, event));
    int absent;

    if (rc != 0)
        return rc;
    absent = absence_of(&reading->horizon, event, NULL);
    rc = absent == 0 ? correction_time(&reading->horizon, event, time_ms, NULL) : absent;
    if (absent == 0 && rc == 0)
        return 1;
    event_free(event);
    return rc < 0 ? rc : 0;
}

static int64_t said_at(int64_t said_ms, int64_t time_ms)
{
    return said_ms != 0 && said_ms < time_ms ? said_ms : time_ms;
}

/* ---- counts of places */

/* Have all that serve it told what they had recorded by then? */
static int is_overtaken(const struct reading *reading, const struct phone_place *row)
{
    int served = 0;

    for (size_t i = 0; i < reading->serving.node_count; i++) {
        const struct serving_node *node = &reading->serving.nodes[i];
        struct frontier_mark mark;

        if (strcmp(node->place, row->place) != 0)
            continue;
        served = 1;
        if (frontier_last(reading->horizon.state, node->node, UINT64_MAX, &mark) != 0 || mark.hub_time_ms < row->said_ms)
            return 0;
    }
    return served;
}

static void fill_place(const struct event *event, int64_t time_ms, struct phone_place *row)
{
    const Navette__PhoneReport *report = event->body->phone_report;

    memset(row, 0, sizeof(*row));
    copy(row->place, sizeof(row->place), report->reporter);
    copy(row->speaker, sizeof(row->speaker), report->speaker);
    row->said =
        report->said != 0 ? report->said : (report->bags != 0 ? 1u : 0) | (report->items != 0 ? 2u : 0) | (report->returned != 0 ? 4u : 0);
    row->bags = report->bags;
    row->items = report->items;
    row->returned = report->returned;
    row->said_ms = said_at(report->said_ms, time_ms);
    row->self = event->self;
}

/* Rows come by place: a later word of the same takes over. */
static int add_place(struct reading *reading, const struct phone_place *row)
{
    struct phone_view *view = reading->view;
    struct phone_place *last = view->place_count > 0 ? &view->places[view->place_count - 1] : NULL;
    struct phone_place *grown;

    if (last != NULL && strcmp(last->place, row->place) == 0) {
        if (row->said_ms > last->said_ms || (row->said_ms == last->said_ms && ref_compare(&row->self, &last->self) > 0))
            *last = *row;
        return 0;
    }
    grown = realloc(view->places, (view->place_count + 1) * sizeof(*grown));
    if (grown == NULL)
        return NAVETTE_E_MEMORY;
    view->places = grown;
    grown[view->place_count++] = *row;
    return 0;
}

static int take_place(struct reading *reading, struct span key)
{
    struct journal_entry entry;
    struct phone_place row;
    struct event event;
    int64_t time_ms;
    int rc;

    if (key.len < 10)
        return NAVETTE_E_STORE;
    if (reading->place != NULL && (key.len != strlen(reading->place) + 10 || memcmp(key.data + 1, reading->place, key.len - 10) != 0))
        return 0;
    rc = horizon_held(journal_read(reading->horizon.journal, read_u64(key.data + key.len - 8), &entry));
    if (rc == 0)
        rc = read_event(reading, &entry, &event, &time_ms);
    if (rc <= 0)
        return rc;
    fill_place(&event, time_ms, &row);
    event_free(&event);
    return add_place(reading, &row);
}

static void drop_overtaken(struct reading *reading)
{
    struct phone_view *view = reading->view;
    size_t kept = 0;

    for (size_t i = 0; i < view->place_count; i++) {
        if (!is_overtaken(reading, &view->places[i]))
            view->places[kept++] = view->places[i];
    }
    view->place_count = kept;
}

/* ---- things */

static int add_thing(struct reading *reading, const struct thing_key *key, const struct event *event, int64_t time_ms)
{
    const Navette__PhoneSaid *said = event->body->phone_said;
    struct phone_view *view = reading->view;
    struct phone_thing *grown;
    struct phone_thing *row;

    if (reading->place != NULL && strcmp(said->reporter, reading->place) != 0)
        return 0;
    grown = realloc(view->things, (view->thing_count + 1) * sizeof(*grown));
    if (grown == NULL)
        return NAVETTE_E_MEMORY;
    view->things = grown;
    row = &grown[view->thing_count++];
    memset(row, 0, sizeof(*row));
    row->key = *key;
    row->claim = (int)said->claim;
    copy(row->place, sizeof(row->place), said->reporter);
    copy(row->speaker, sizeof(row->speaker), said->speaker);
    row->said_ms = said_at(said->said_ms, time_ms);
    row->self = event->self;
    return 0;
}

static int take_thing(struct reading *reading, struct span key, struct span value)
{
    struct journal_entry entry;
    struct thing_key thing;
    struct event event;
    struct ref ref;
    int64_t time_ms;
    int rc;

    if (value.len != REF_SIZE || thing_key_read(span_of(key.data + 1, key.len - 1), &thing) != 0)
        return NAVETTE_E_STORE;
    ref_decode(value.data, &ref);
    if (ref.seq == 0)
        return 0;
    rc = horizon_held(horizon_find(&reading->horizon, &ref, &entry));
    if (rc == 0)
        rc = read_event(reading, &entry, &event, &time_ms);
    if (rc <= 0)
        return rc;
    rc = event.body->body_case == NAVETTE__EVENT__BODY_PHONE_SAID ? add_thing(reading, &thing, &event, time_ms) : NAVETTE_E_STORE;
    event_free(&event);
    return rc;
}

static int take_row(struct reading *reading, struct span key, struct span value)
{
    return key.data[0] == PHONE_ROW_THING ? take_thing(reading, key, value) : take_place(reading, key);
}

static int take_all(struct reading *reading)
{
    const uint8_t first[1] = {0};
    struct store_scan *scan;
    struct span key;
    struct span value;
    int rc = store_scan_open(reading->horizon.state, TABLE_PHONE, &scan);

    if (rc != 0)
        return rc;
    rc = reading->horizon.state->ops->scan_from(scan, span_of(first, sizeof(first)), &key, &value);
    while (rc == 0) {
        rc = take_row(reading, key, value);
        if (rc == 0)
            rc = reading->horizon.state->ops->scan_next(scan, &key, &value);
    }
    reading->horizon.state->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int take_one(struct reading *reading, const struct thing_key *thing)
{
    uint8_t bytes[1 + THING_KEY_MAX] = {PHONE_ROW_THING};
    struct span key = span_of(bytes, 1u + thing->len);
    struct span value;
    int rc;

    memcpy(bytes + 1, thing->bytes, thing->len);
    rc = store_get(reading->horizon.state, TABLE_PHONE, key, &value);
    return rc == 0 ? take_thing(reading, key, value) : rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int phone_view_read(struct store_txn *state, struct store_txn *journal, const char *place, const struct thing_key *thing,
                    struct phone_view *view)
{
    struct reading reading = {.place = place, .view = view};
    int rc = horizon_open(&reading.horizon, state, journal);

    memset(view, 0, sizeof(*view));
    if (rc == 0)
        rc = thing != NULL ? take_one(&reading, thing) : take_all(&reading);
    if (rc == 0 && view->place_count > 0) {
        rc = serving_load(&reading.horizon, INT64_MAX, NULL, &reading.serving);
        if (rc == 0)
            drop_overtaken(&reading);
        serving_free(&reading.serving);
    }
    if (rc != 0)
        phone_view_free(view);
    return rc;
}

void phone_view_free(struct phone_view *view)
{
    free(view->places);
    free(view->things);
    memset(view, 0, sizeof(*view));
}

/* ---- beside the transit */

static void add_cell(const struct cell *cell, int kind, int64_t count, struct transit_view *transit)
{
    if (cell->state != STATE_IN_TRANSIT || cell->kind != kind)
        return;
    for (size_t i = 0; i < transit->count; i++) {
        struct transit_row *row = &transit->rows[i];

        if (row->day == cell->day && strcmp(row->from, cell->place) == 0 && strcmp(row->to, cell->to) == 0 &&
            strcmp(row->material, cell->material) == 0)
            row->phoned += count;
    }
}

/* What is inside comes with it. */
static int add_to_transit(struct store_txn *state, const struct phone_thing *thing, int kind, struct transit_view *transit)
{
    struct thing_record record;
    struct thing_record root;
    struct cell cell;
    int rc = fold_read(state, &thing->key, &record);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = fold_root(state, &thing->key, &root);
    if (rc != 0)
        goto free_record;
    if (thing_key_equal(&root.key, &record.key)) {
        if (cell_of_root(&record, &cell))
            add_cell(&cell, kind, 1, transit);
    } else {
        struct content line = holding_line(&record, 1);

        if (cell_of_content(&root, &line, &cell))
            add_cell(&cell, kind, 1, transit);
    }
    for (size_t i = 0; i < record.content_count; i++) {
        if (cell_of_content(&root, &record.contents[i], &cell))
            add_cell(&cell, kind, record.contents[i].count, transit);
    }
    thing_record_free(&root);

free_record:
    thing_record_free(&record);
    return rc;
}

int phone_view_transit(struct store_txn *state, struct store_txn *journal, int kind, struct transit_view *transit)
{
    struct phone_view view;
    int rc = phone_view_read(state, journal, NULL, NULL, &view);

    if (rc != 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < view.thing_count; i++) {
        if (view.things[i].claim != NAVETTE__PHONE_CLAIM__CLAIM_GONE)
            rc = add_to_transit(state, &view.things[i], kind, transit);
    }
    phone_view_free(&view);
    return rc;
}
