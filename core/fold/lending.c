/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/lending.h"

#include <string.h>

#include "fold/absence.h"

static size_t add_key(const struct thing_key *item, uint8_t *key, size_t len)
{
    memcpy(key + len, item->bytes, item->len);
    return len + item->len;
}

static size_t add_position(uint64_t position, uint8_t *key, size_t len)
{
    write_u64(key + len, position);
    return len + 8;
}

size_t lending_open_key(uint64_t position, const struct thing_key *item, uint8_t key[LENDING_KEY_MAX])
{
    key[0] = LENDING_OPEN;
    return add_key(item, key, add_position(position, key, 1));
}

size_t lending_packed_prefix(const struct thing_key *thing, uint8_t key[LENDING_KEY_MAX])
{
    key[0] = LENDING_PACKED;
    return add_key(thing, key, 1);
}

size_t lending_told_prefix(const struct ref *event, const struct thing_key *item, uint8_t key[LENDING_KEY_MAX])
{
    key[0] = LENDING_TOLD;
    ref_encode(event, key + 1);
    return add_key(item, key, 1 + REF_SIZE);
}

size_t lending_file_prefix(const char *place, uint8_t key[LENDING_KEY_MAX])
{
    size_t len = strlen(place);

    key[0] = LENDING_FILE;
    write_u16(key + 1, (uint16_t)len);
    memcpy(key + 3, place, len);
    return 3 + len;
}

static int put(const struct horizon *horizon, const uint8_t *key, size_t len, struct span value)
{
    return store_put(horizon->state, TABLE_LENDING, span_of(key, len), value);
}

static int put_open(const struct horizon *horizon, uint64_t position, const struct thing_key *item)
{
    uint8_t key[LENDING_KEY_MAX];
    size_t len = lending_open_key(position, item, key);

    return put(horizon, key, len, span_of("", 0));
}

static int del_open(const struct horizon *horizon, const Navette__Ref *of, const struct ref *self, const struct thing_key *item)
{
    struct ref ref = event_ref(of, self);
    struct journal_entry entry;
    uint8_t key[LENDING_KEY_MAX];
    int rc = horizon_find(horizon, &ref, &entry);

    if (rc == 0 || rc == NAVETTE_E_PRUNED)
        rc = store_del(horizon->state, TABLE_LENDING, span_of(key, lending_open_key(entry.position, item, key)));
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* Positions are gathered before rows are written: a scan does not stand a write to its table. */
static int reopen_item(const struct horizon *horizon, const struct thing_key *item)
{
    uint8_t prefix[LENDING_KEY_MAX];
    size_t len = lending_packed_prefix(item, prefix);
    struct buffer positions = {.data = NULL};
    struct prefix_scan scan;
    struct span key;
    struct span value;
    int rc = horizon_scan(horizon->state, TABLE_LENDING, span_of(prefix, len), &scan);

    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0 && key.len == len + 8) {
        rc = buffer_append(&positions, key.data + len, 8);
        if (rc != 0)
            break;
    }
    horizon_scan_close(&scan);
    rc = rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    for (size_t at = 0; rc == 0 && at < positions.len; at += 8)
        rc = put_open(horizon, read_u64(positions.data + at), item);
    buffer_free(&positions);
    return rc;
}

static int reopen_items(const struct horizon *horizon, const struct event *event)
{
    struct event_thing things[EVENT_THINGS_MAX];
    size_t count = event_things(event->body, things);
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (thing_kind(&things[i].key) == NAVETTE__THING_KIND__THING_ITEM)
            rc = reopen_item(horizon, &things[i].key);
    }
    return rc;
}

/* Has it something to tell by itself? Packed for somebody, given back, dropped. */
static int is_telling(const Navette__Event *body)
{
    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_ITEM_PACKED:
        return body->item_packed->order != NULL;
    case NAVETTE__EVENT__BODY_RETURNED:
    case NAVETTE__EVENT__BODY_DROPPED:
        return 1;
    default:
        return 0;
    }
}

static int note_items(const struct horizon *horizon, const struct event *event, uint64_t position)
{
    struct event_thing things[EVENT_THINGS_MAX];
    size_t count = event_things(event->body, things);
    int packed = event->body->body_case == NAVETTE__EVENT__BODY_ITEM_PACKED;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++) {
        int kind = thing_kind(&things[i].key);
        uint8_t key[LENDING_KEY_MAX];

        if (kind == NAVETTE__THING_KIND__THING_ITEM)
            rc = put_open(horizon, position, &things[i].key);
        else if (kind != NAVETTE__THING_KIND__THING_BAG && kind != NAVETTE__THING_KIND__THING_CRATE)
            continue;
        if (rc == 0 && packed)
            rc = put(horizon, key, add_position(position, key, lending_packed_prefix(&things[i].key, key)), span_of("", 0));
    }
    return rc;
}

struct told {
    Navette__IlsLine *const *lines;
    size_t count;
    uint8_t refused;
    uint8_t reason;
};

static struct told told_of(const Navette__Event *body)
{
    if (body->body_case == NAVETTE__EVENT__BODY_ILS_EXPORTED)
        return (struct told){body->ils_exported->lines, body->ils_exported->n_lines, 0, 0};
    if (body->body_case == NAVETTE__EVENT__BODY_ILS_ANSWERED)
        return (struct told){body->ils_answered->lines, body->ils_answered->n_lines, body->ils_answered->refused != 0,
                             (uint8_t)body->ils_answered->reason};
    return (struct told){NULL, 0, 0, 0};
}

/* Was something of this event and document ever refused? Then it stays open: which was said last only the view tells. */
static int was_refused(const struct horizon *horizon, const struct ref *about, const struct thing_key *item)
{
    uint8_t prefix[LENDING_KEY_MAX];
    struct prefix_scan scan;
    struct span key;
    struct span value;
    int refused = 0;
    int rc = horizon_scan(horizon->state, TABLE_LENDING, span_of(prefix, lending_told_prefix(about, item, prefix)), &scan);

    if (rc != 0)
        return rc;
    while (!refused && (rc = horizon_scan_next(&scan, &key, &value)) == 0)
        refused = value.len > 0 && value.data[0];
    horizon_scan_close(&scan);
    return refused ? 1 : rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* Was what a line speaks of retracted before the line came? */
static int was_retracted(const struct horizon *horizon, const Navette__Ref *of, const struct ref *self)
{
    struct ref ref = event_ref(of, self);
    struct event event;
    int absent;
    int rc = horizon->retractions == 0 ? NAVETTE_E_NOT_FOUND : horizon_event(horizon, &ref, &event, NULL);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    absent = absence_of(horizon, &event, NULL);
    event_free(&event);
    return absent;
}

/* reopen: the event that said it counts no longer, or counts again: its lines are looked at anew. */
static int note_line(const struct horizon *horizon, const struct event *event, uint64_t position, const Navette__IlsLine *line,
                     const struct told *told, int reopen)
{
    struct ref about = event_ref(line->event, &event->self);
    uint8_t row[2] = {told->refused, told->reason};
    struct journal_entry entry;
    struct thing_key item;
    uint8_t key[LENDING_KEY_MAX];
    size_t len;
    int rc;

    if (thing_key_of(line->item, &item) != 0)
        return 0;
    len = add_position(position, key, lending_told_prefix(&about, &item, key));
    key[len++] = (uint8_t)line->act;
    rc = put(horizon, key, len, span_of(row, sizeof(row)));
    if (rc == 0 && !reopen && line->act == NAVETTE__ILS_ACT__ILS_RETURN) {
        rc = was_refused(horizon, &about, &item);
        if (rc == 0)
            rc = was_retracted(horizon, line->event, &event->self);
        if (rc == 0)
            rc = was_retracted(horizon, line->back, &event->self);
        if (rc < 0)
            return rc;
        reopen = rc;
        rc = 0;
    }
    if (rc == 0 && !told->refused && !reopen && line->act == NAVETTE__ILS_ACT__ILS_RETURN) {
        rc = del_open(horizon, line->event, &event->self, &item);
        return rc == 0 && line->back != NULL ? del_open(horizon, line->back, &event->self, &item) : rc;
    }
    if (rc != 0 || (!told->refused && !reopen))
        return rc;
    rc = horizon_find(horizon, &about, &entry);
    if (rc == 0 || rc == NAVETTE_E_PRUNED)
        return put_open(horizon, entry.position, &item);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int note_file(const struct horizon *horizon, const struct event *event, uint64_t position)
{
    const Navette__IlsExported *body = event->body->ils_exported;
    uint8_t key[LENDING_KEY_MAX];
    size_t len = lending_file_prefix(event->body->place, key);

    memcpy(key + len, body->day, LENDING_DAY_SIZE); /* event_check(): a day */
    return put(horizon, key, add_position(position, key, len + LENDING_DAY_SIZE), span_of_string(body->file));
}

static int note_told(const struct horizon *horizon, const struct event *event, uint64_t position, int reopen)
{
    struct told told = told_of(event->body);
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < told.count; i++)
        rc = note_line(horizon, event, position, told.lines[i], &told, reopen);
    if (rc == 0 && event->body->body_case == NAVETTE__EVENT__BODY_ILS_EXPORTED)
        rc = note_file(horizon, event, position);
    return rc;
}

int lending_again(const struct horizon *horizon, const struct thing_key *key)
{
    return thing_kind(key) == NAVETTE__THING_KIND__THING_ITEM ? reopen_item(horizon, key) : 0;
}

int lending_note(const struct horizon *horizon, const struct event *event, int read_again)
{
    int says = told_of(event->body).count > 0;
    int absent = says ? absence_of(horizon, event, NULL) : 0; /* its retraction may have come first */
    int rc = absent < 0 ? absent : 0;

    if (rc == 0 && is_telling(event->body))
        rc = note_items(horizon, event, horizon->limit);
    if (rc == 0 && says)
        rc = note_told(horizon, event, horizon->limit, absent);
    return rc == 0 && read_again ? reopen_items(horizon, event) : rc;
}

int lending_reopen(const struct horizon *horizon, const struct event *event, uint64_t position)
{
    int rc = reopen_items(horizon, event);

    if (rc == 0 && is_telling(event->body))
        rc = note_items(horizon, event, position);
    return rc == 0 ? note_told(horizon, event, position, 1) : rc;
}
