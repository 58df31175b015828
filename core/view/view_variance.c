/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "fold/absence.h"
#include "fold/correction.h"
#include "fold/keymap.h"
#include "fold/taking.h"
#include "navette/view_explain.h"
#include "view/grounds.h"

/* A stocktake being explained. */
struct asking {
    struct horizon horizon;
    int64_t at_ms;
    struct grounds grounds;
    struct keymap scanned;
    int64_t *times; /* of each scanned thing: when first */
};

static int take_line(struct asking *asking, const struct event *event, int64_t time_ms)
{
    struct event_thing things[EVENT_THINGS_MAX];
    size_t count = event->body->body_case == NAVETTE__EVENT__BODY_COUNT_LINE ? event_things(event->body, things) : 0;

    for (size_t i = 0; i < count; i++) {
        size_t before = asking->scanned.count;
        uint32_t number;
        int rc = keymap_number(&asking->scanned, thing_key_span(&things[i].key), &number);

        if (rc != 0)
            return rc;
        if (asking->scanned.count > before) {
            int64_t *times = realloc(asking->times, asking->scanned.count * sizeof(*times));

            if (times == NULL)
                return NAVETTE_E_MEMORY;
            asking->times = times;
            times[number] = time_ms;
        } else if (time_ms < asking->times[number]) {
            asking->times[number] = time_ms;
        }
    }
    return 0;
}

static int take(struct asking *asking, uint64_t position)
{
    const struct thing_key none = {.len = 0};
    struct journal_entry entry;
    struct event event;
    int64_t time_ms;
    int absent;
    int rc = horizon_held(journal_read(asking->horizon.journal, position, &entry));

    if (rc == 0)
        rc = horizon_held(horizon_decode(&entry, &event));
    if (rc != 0)
        return rc;
    absent = absence_of(&asking->horizon, &event, NULL);
    rc = absent < 0 ? absent : correction_time(&asking->horizon, &event, &time_ms, NULL);
    if (rc == 0 && !absent && time_ms <= asking->at_ms) {
        rc = grounds_add_event(&none, &event, time_ms, &asking->grounds);
        if (rc == 0)
            rc = take_line(asking, &event, time_ms);
    }
    event_free(&event);
    return rc;
}

static int take_session(struct asking *asking, const uint8_t id[COUNT_ID_SIZE])
{
    struct prefix_scan scan;
    struct span key;
    struct span value;
    int rc = horizon_scan(asking->horizon.state, TABLE_TAKING, span_of(id, COUNT_ID_SIZE), &scan);

    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        uint64_t position = key.len == TAKING_KEY_SIZE ? read_u64(key.data + TAKING_ID_SIZE + 1) : 0;

        if (position > asking->horizon.limit)
            continue;
        rc = position == 0 ? NAVETTE_E_STORE : take(asking, position);
        if (rc != 0)
            break;
    }
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* For when the row says where the thing was: just before it was scanned, else when the session was closed, else then. */
static int64_t moment_of(const struct asking *asking, const struct count_session *session, const struct count_row *row)
{
    uint32_t number;

    if (row->what == COUNT_UNEXPECTED && keymap_find(&asking->scanned, thing_key_span(&row->key), &number))
        return asking->times[number] - 1;
    return session->is_open ? asking->at_ms : session->closed_ms - 1;
}

static int explain_rows(struct asking *asking, struct view_variance *view)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < view->row_count; i++) {
        const struct count_row *row = &view->count.rows[i];

        view->row_events[i] = asking->grounds.count;
        rc = grounds_add_chain(&asking->horizon, moment_of(asking, &view->count.session, row), &row->key, &asking->grounds);
    }
    view->row_events[view->row_count] = asking->grounds.count;
    return rc;
}

int view_variance_explain(struct store_txn *state, struct store_txn *journal, const struct verdict_moment *moment,
                          const uint8_t id[COUNT_ID_SIZE], size_t max, struct view_variance *view)
{
    struct asking asking = {.at_ms = moment == NULL ? INT64_MAX : moment->at_ms};
    uint64_t known = moment == NULL ? UINT64_MAX : moment->known;
    int rc;

    memset(view, 0, sizeof(*view));
    keymap_init(&asking.scanned);
    rc = horizon_open_at(&asking.horizon, state, journal, known);
    if (rc == 0)
        rc = count_read_known(state, journal, asking.at_ms, known, id, 0, &view->count);
    if (rc == 0)
        rc = take_session(&asking, id);
    view->session_count = asking.grounds.count;
    view->row_count = view->count.row_count < max ? view->count.row_count : max;
    view->row_events = calloc(view->row_count + 1, sizeof(*view->row_events));
    if (rc == 0)
        rc = view->row_events == NULL ? NAVETTE_E_MEMORY : explain_rows(&asking, view);
    view->events = asking.grounds.list;
    view->event_count = asking.grounds.count;
    keymap_free(&asking.scanned);
    free(asking.times);
    if (rc != 0)
        view_variance_free(view);
    return rc;
}

void view_variance_free(struct view_variance *view)
{
    count_free(&view->count);
    free(view->events);
    free(view->row_events);
    memset(view, 0, sizeof(*view));
}
