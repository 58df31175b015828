/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/count.h"

#include <stdlib.h>
#include <string.h>

#include "fold/absence.h"
#include "fold/correction.h"
#include "fold/order.h"
#include "fold/taking.h"
#include "view/count_work.h"

#define COUNT_FIND_MAX 1000u /* sessions looked through for one id: years of them */

static void copy_text(char *to, size_t size, const char *from)
{
    size_t len = strlen(from);

    if (len >= size)
        len = size - 1;
    memcpy(to, from, len);
    to[len] = '\0';
}

/* The first one counts: is it this? */
static int is_first(struct count_moment *first, const struct event *event, int64_t time_ms)
{
    const struct count_moment moment = {time_ms, event->body->hlc, event->self};

    if (first->self.seq != 0 &&
        (time_ms > first->time_ms || (time_ms == first->time_ms && order_compare(moment.hlc, &moment.self, first->hlc, &first->self) > 0)))
        return 0;
    *first = moment;
    return 1;
}

static void take_opened(struct count_events *events, const struct event *event, int64_t time_ms)
{
    const Navette__Event *body = event->body;
    const Navette__CountOpened *opened = body->count_opened;
    struct count_session *session = &events->session;

    if (!is_first(&events->opening, event, time_ms))
        return;
    session->was_opened = 1;
    copy_text(session->place, sizeof(session->place), body->place);
    copy_text(session->operator_, sizeof(session->operator_), body->operator_);
    copy_text(session->zone, sizeof(session->zone), opened->zone);
    copy_text(session->material, sizeof(session->material), opened->material);
    copy_text(session->call_from, sizeof(session->call_from), opened->call_from);
    copy_text(session->call_to, sizeof(session->call_to), opened->call_to);
    session->blind = opened->blind;
    session->opened_ms = time_ms;
    session->opened_cursor = opened->hub_cursor;
    session->opened_seq = opened->own_seq;
}

static int take_line(struct count_events *events, const Navette__Event *body, int64_t time_ms)
{
    const Navette__CountLine *line = body->count_line;

    for (size_t i = 0; i < line->n_things; i++) {
        size_t before = events->scanned.count;
        struct count_line *lines;
        struct thing_key key;
        uint32_t number;
        int rc =
            thing_key_of(line->things[i], &key) == 0 ? keymap_number(&events->scanned, thing_key_span(&key), &number) : NAVETTE_E_STORE;

        if (rc != 0)
            return rc;
        if (events->scanned.count > before) {
            lines = realloc(events->lines, events->scanned.count * sizeof(*lines));
            if (lines == NULL)
                return NAVETTE_E_MEMORY;
            events->lines = lines;
            lines[number].time_ms = time_ms;
        } else if (time_ms < events->lines[number].time_ms) {
            events->lines[number].time_ms = time_ms;
        }
    }
    return 0;
}

static int take_closed(struct count_events *events, const struct event *event, int64_t time_ms)
{
    const Navette__CountClosed *closed = event->body->count_closed;
    struct count_session *session = &events->session;

    session->is_open = 0;
    session->complete |= closed->complete || closed->n_missing > 0;
    if (is_first(&events->closing, event, time_ms)) {
        session->closed_ms = time_ms;
        session->closed_cursor = closed->hub_cursor;
        session->closed_seq = closed->own_seq;
    }
    for (size_t i = 0; i < closed->n_missing; i++) {
        struct thing_key key;
        uint32_t number;
        int rc =
            thing_key_of(closed->missing[i], &key) == 0 ? keymap_number(&events->listed, thing_key_span(&key), &number) : NAVETTE_E_STORE;

        if (rc != 0)
            return rc;
    }
    return 0;
}

static int take(const struct horizon *horizon, int64_t at_ms, uint64_t position, struct count_events *events)
{
    struct journal_entry entry;
    struct event event;
    int64_t time_ms;
    int absent;
    int rc = horizon_held(journal_read(horizon->journal, position, &entry));

    if (rc == 0)
        rc = horizon_held(horizon_decode(&entry, &event));
    if (rc != 0)
        return rc;
    absent = absence_of(horizon, &event, NULL);
    rc = absent < 0 ? absent : correction_time(horizon, &event, &time_ms, NULL);
    if (rc == 0 && !absent && time_ms <= at_ms) {
        if (is_first(&events->first, &event, time_ms) && events->opening.self.seq == 0)
            copy_text(events->session.place, sizeof(events->session.place), event.body->place);
        events->any = 1;
        if (event.body->body_case == NAVETTE__EVENT__BODY_COUNT_OPENED)
            take_opened(events, &event, time_ms);
        else if (event.body->body_case == NAVETTE__EVENT__BODY_COUNT_LINE)
            rc = take_line(events, event.body, time_ms);
        else
            rc = take_closed(events, &event, time_ms);
    }
    event_free(&event);
    return rc;
}

/* Without an opening it begins with its first line, else with its closing. */
static void begin_without_opening(struct count_events *events)
{
    struct count_session *session = &events->session;

    session->opened_ms = session->closed_ms != 0 ? session->closed_ms : INT64_MAX;
    for (size_t i = 0; i < events->scanned.count; i++) {
        if (events->lines[i].time_ms < session->opened_ms)
            session->opened_ms = events->lines[i].time_ms;
    }
}

int count_events_read(const struct horizon *horizon, int64_t at_ms, const uint8_t id[COUNT_ID_SIZE], struct count_events *events)
{
    struct prefix_scan scan;
    struct span key;
    struct span value;
    int rc;

    memset(events, 0, sizeof(*events));
    keymap_init(&events->scanned);
    keymap_init(&events->listed);
    memcpy(events->session.id, id, COUNT_ID_SIZE);
    events->session.is_open = 1;
    rc = horizon_scan(horizon->state, TABLE_TAKING, span_of(id, COUNT_ID_SIZE), &scan);
    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        uint64_t position = key.len == TAKING_KEY_SIZE ? read_u64(key.data + TAKING_ID_SIZE + 1) : 0;

        if (position > horizon->limit)
            continue;
        rc = position == 0 ? NAVETTE_E_STORE : take(horizon, at_ms, position, events);
        if (rc != 0)
            break;
    }
    horizon_scan_close(&scan);
    if (rc != NAVETTE_E_NOT_FOUND)
        return rc;
    if (!events->any)
        return NAVETTE_E_NOT_FOUND;
    if (!events->session.was_opened)
        begin_without_opening(events);
    events->session.lines = events->scanned.count;
    return 0;
}

void count_events_free(struct count_events *events)
{
    keymap_free(&events->scanned);
    keymap_free(&events->listed);
    free(events->lines);
    events->lines = NULL;
}

static int compare_sessions(const void *a, const void *b)
{
    const struct count_session *one = a;
    const struct count_session *other = b;

    if (one->opened_ms != other->opened_ms)
        return one->opened_ms < other->opened_ms ? 1 : -1;
    return memcmp(one->id, other->id, COUNT_ID_SIZE);
}

/* The next session behind `from`. NAVETTE_E_NOT_FOUND. */
static int next_id(struct store_txn *state, uint8_t from[TAKING_KEY_SIZE])
{
    struct span key;
    struct span value;
    int rc = store_first(state, TABLE_TAKING, span_of(from, TAKING_KEY_SIZE), &key, &value);

    if (rc == 0 && key.len != TAKING_KEY_SIZE)
        rc = NAVETTE_E_STORE;
    if (rc == 0)
        memcpy(from, key.data, TAKING_ID_SIZE);
    return rc;
}

int count_list(struct store_txn *state, struct store_txn *journal, const char *place, struct count_session *list, size_t max)
{
    return count_list_known(state, journal, INT64_MAX, UINT64_MAX, place, list, max);
}

int count_list_known(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known, const char *place,
                     struct count_session *list, size_t max)
{
    uint8_t from[TAKING_KEY_SIZE] = {0};
    struct horizon horizon;
    size_t count = 0;
    int rc = horizon_open_at(&horizon, state, journal, known);

    while (rc == 0 && count < max && (rc = next_id(state, from)) == 0) {
        struct count_events events;

        rc = count_events_read(&horizon, at_ms, from, &events);
        if (rc == 0 && (place == NULL || strcmp(place, events.session.place) == 0))
            list[count++] = events.session;
        count_events_free(&events);
        if (rc == NAVETTE_E_NOT_FOUND)
            rc = 0;
        memset(from + TAKING_ID_SIZE, 0xff, TAKING_KEY_SIZE - TAKING_ID_SIZE);
    }
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    if (count > 1)
        qsort(list, count, sizeof(*list), compare_sessions);
    return (int)count;
}

static int is_named(const struct count_session *session, const char *text)
{
    char id[2 * COUNT_ID_SIZE + 1];

    hex_encode(session->id, COUNT_ID_SIZE, id);
    return strlen(text) >= COUNT_ID_LEAST && strncmp(id, text, strlen(text)) == 0;
}

int count_find(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known, const char *place, const char *text,
               struct count_session *session)
{
    int is_any = text == NULL || text[0] == '\0';
    struct count_session *list = calloc(COUNT_FIND_MAX, sizeof(*list));
    int count =
        list == NULL ? NAVETTE_E_MEMORY : count_list_known(state, journal, at_ms, known, is_any ? place : NULL, list, COUNT_FIND_MAX);
    int matches = 0;

    for (int i = 0; i < count; i++) {
        if (is_any ? !list[i].is_open : !is_named(&list[i], text))
            continue;
        *session = list[i];
        matches++;
    }
    if (is_any && matches == 0 && count > 0) {
        *session = list[0];
        matches = 1;
    }
    free(list);
    if (count < 0)
        return count;
    return matches == 1 ? 0 : matches == 0 ? NAVETTE_E_NOT_FOUND : NAVETTE_E_AMBIGUOUS;
}

const char *count_name(int what)
{
    static const char *const names[] = {"unknown", "missing", "unexpected", "explained", "expected", "outside"};

    return names[what > 0 && what <= COUNT_OUTSIDE ? what : 0];
}
