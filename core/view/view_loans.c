/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/loans.h"

#include <stdlib.h>
#include <string.h>

#include "fold/absence.h"
#include "fold/correction.h"
#include "fold/keymap.h"
#include "fold/lending.h"
#include "view/lent.h"
#include "view/told.h"

struct listing {
    struct horizon horizon;
    const struct loan_options *options;
    struct loan_view *view;
    size_t capacity;
    struct keymap seen; /* references and documents looked at */
};

static int add_line(struct listing *listing, const struct loan_line *line)
{
    struct loan_view *view = listing->view;

    if (listing->options->place != NULL && strcmp(listing->options->place, line->place) != 0)
        return 0;
    if (view->count == listing->capacity) {
        size_t capacity = listing->capacity == 0 ? 32 : listing->capacity * 2;
        struct loan_line *lines = realloc(view->lines, capacity * sizeof *lines);

        if (lines == NULL)
            return NAVETTE_E_MEMORY;
        view->lines = lines;
        listing->capacity = capacity;
    }
    view->lines[view->count++] = *line;
    return 0;
}

/* What is known of it, and of what was told, one act at a time. */
static int consider(struct listing *listing, const struct loan_line *line, const struct told *told, int act, int64_t time_ms, int needed)
{
    struct loan_line made = *line;

    if (!needed && listing->options->day == NULL && listing->options->since == NULL)
        return 0;
    made.act = act;
    made.time_ms = time_ms;
    made.told = !needed;
    made.refused = told->refused_act == act;
    made.reason = made.refused ? told->reason : 0;
    return add_line(listing, &made);
}

static int is_loan(const Navette__Event *body)
{
    return body->body_case == NAVETTE__EVENT__BODY_ITEM_PACKED && body->item_packed->order != NULL;
}

static int list_loan(struct listing *listing, const struct event *packing, struct loan_line *line)
{
    struct told told;
    struct lent lent;
    int rc = lent_read(&listing->horizon, packing, &line->item, listing->options->moment, &lent);

    if (rc == 0)
        rc = told_read(&listing->horizon, &packing->self, &line->item, &told);
    if (rc == 0)
        rc = thing_key_of(packing->body->item_packed->order, &line->order);
    if (rc != 0)
        return rc;
    memcpy(line->place, packing->body->place, strlen(packing->body->place) + 1);
    line->back = lent.back;
    if (lent.now == LENT_NEVER) {
        line->correction = 1;
        rc = correction_time(&listing->horizon, packing, &lent.out_ms, NULL);
        return rc != 0 || told.act == 0 ? rc
                                        : consider(listing, line, &told, NAVETTE__ILS_ACT__ILS_RETURN,
                                                   lent.back_ms != 0 ? lent.back_ms : lent.out_ms, told.act == NAVETTE__ILS_ACT__ILS_ISSUE);
    }
    line->correction = lent.now == LENT_OUT && told.act == NAVETTE__ILS_ACT__ILS_RETURN;
    rc = consider(listing, line, &told, NAVETTE__ILS_ACT__ILS_ISSUE, lent.out_ms,
                  lent.now == LENT_OUT ? told.act != NAVETTE__ILS_ACT__ILS_ISSUE : told.act == 0);
    /* a loan that was refused has no return */
    if (rc != 0 || lent.now == LENT_OUT || told.refused_act == NAVETTE__ILS_ACT__ILS_ISSUE)
        return rc;
    return consider(listing, line, &told, NAVETTE__ILS_ACT__ILS_RETURN, lent.back_ms, told.act != NAVETTE__ILS_ACT__ILS_RETURN);
}

/* Does one of the document's loans end with this event? 1, 0 or a code. */
static int ends_a_loan(const struct listing *listing, const struct ref *self, const struct thing_key *item)
{
    uint8_t prefix[LENDING_KEY_MAX];
    size_t len = lending_packed_prefix(item, prefix);
    struct prefix_scan scan;
    struct span key, value;
    int found = 0;
    int rc = horizon_scan(listing->horizon.state, TABLE_LENDING, span_of(prefix, len), &scan);

    if (rc != 0)
        return rc;
    while (!found && (rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        struct journal_entry entry;
        struct event packing;
        struct lent lent;

        if (key.len != len + 8)
            continue;
        rc = journal_read(listing->horizon.journal, read_u64(key.data + len), &entry);
        if (rc == 0)
            rc = horizon_decode(&entry, &packing);
        if (rc != 0) {
            rc = horizon_held(rc);
            break;
        }
        rc = lent_read(&listing->horizon, &packing, item, listing->options->moment, &lent);
        event_free(&packing);
        if (rc != 0)
            break;
        found = ref_compare(&lent.back, self) == 0;
    }
    horizon_scan_close(&scan);
    return found ? 1 : rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* Whose it is to tell of a return: the place's own, its host's, or the document's home's. */
static int find_owner(const struct listing *listing, const char *place, struct loan_line *line)
{
    struct thing_record record;
    struct event declared;
    int own = 1;
    int rc = fold_place(listing->horizon.state, listing->horizon.journal, place, &declared);

    memcpy(line->place, place, strlen(place) + 1);
    if (rc == 0) {
        const Navette__PlaceDeclared *body = declared.body->place_declared;

        own = body->kind == NAVETTE__PLACE_KIND__PLACE_UNSPECIFIED || body->kind == NAVETTE__PLACE_KIND__PLACE_BRANCH;
        if (!own && body->host[0] != '\0') {
            memcpy(line->place, body->host, strlen(body->host) + 1);
            own = 1;
        }
        event_free(&declared);
    }
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    if (own)
        return 0;
    rc = fold_read(listing->horizon.state, &line->item, &record);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    if (record.home[0] != '\0')
        memcpy(line->place, record.home, sizeof line->place);
    thing_record_free(&record);
    return 0;
}

static int list_return(struct listing *listing, const struct event *event, struct loan_line *line)
{
    struct told told;
    int64_t time_ms;
    int absent = absence_of(&listing->horizon, event, NULL);
    int rc = absent < 0 ? absent : told_read(&listing->horizon, &event->self, &line->item, &told);

    if (rc == 0)
        rc = correction_time(&listing->horizon, event, &time_ms, NULL);
    if (rc == 0)
        rc = find_owner(listing, event->body->place, line);
    if (rc != 0)
        return rc;
    if (absent) {
        /* it was told and did not happen: somebody has to put the loan back, which we do not know */
        line->correction = 1;
        return told.act != NAVETTE__ILS_ACT__ILS_RETURN ? 0 : consider(listing, line, &told, NAVETTE__ILS_ACT__ILS_ISSUE, time_ms, 1);
    }
    rc = ends_a_loan(listing, &event->self, &line->item);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    return consider(listing, line, &told, NAVETTE__ILS_ACT__ILS_RETURN, time_ms, told.act != NAVETTE__ILS_ACT__ILS_RETURN);
}

/* One event and document of the index; looked at once. */
static int list_one(struct listing *listing, const struct event *event, const struct thing_key *item)
{
    struct loan_line line = {.event = event->self, .item = *item};
    uint8_t seen[REF_SIZE + THING_KEY_MAX];
    size_t before = listing->seen.count;
    uint32_t number;
    int rc;

    ref_encode(&event->self, seen);
    memcpy(seen + REF_SIZE, item->bytes, item->len);
    rc = keymap_number(&listing->seen, span_of(seen, REF_SIZE + item->len), &number);
    if (rc != 0 || listing->seen.count == before)
        return rc;
    return is_loan(event->body) ? list_loan(listing, event, &line) : list_return(listing, event, &line);
}

static int list_open_row(struct listing *listing, struct span key)
{
    struct journal_entry entry;
    struct thing_key item;
    struct event event;
    int rc;

    if (key.len < 9 || thing_key_read(span_of(key.data + 9, key.len - 9), &item) != 0)
        return NAVETTE_E_STORE;
    rc = journal_read(listing->horizon.journal, read_u64(key.data + 1), &entry);
    if (rc == 0)
        rc = horizon_decode(&entry, &event);
    if (rc != 0)
        return horizon_held(rc);
    rc = list_one(listing, &event, &item);
    event_free(&event);
    return rc;
}

static int list_told_line(struct listing *listing, const struct event *export, const Navette__IlsLine *line)
{
    struct ref about = event_ref(line->event, &export->self);
    struct thing_key item;
    struct event event;
    int rc = thing_key_of(line->item, &item);

    if (rc == 0)
        rc = horizon_event(&listing->horizon, &about, &event, NULL);
    if (rc != 0) /* of what we do not hold there is nothing to tell */
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = list_one(listing, &event, &item);
    event_free(&event);
    return rc;
}

static int is_asked(const struct loan_options *options, const uint8_t *day)
{
    if (options->day != NULL)
        return memcmp(day, options->day, LENDING_DAY_SIZE) == 0;
    return options->since != NULL && memcmp(day, options->since, LENDING_DAY_SIZE) >= 0;
}

static int list_file_row(struct listing *listing, uint64_t position)
{
    struct journal_entry entry;
    struct event export;
    int rc = journal_read(listing->horizon.journal, position, &entry);

    if (rc == 0)
        rc = horizon_decode(&entry, &export);
    if (rc != 0)
        return horizon_held(rc);
    for (size_t i = 0; rc == 0 && i < export.body->ils_exported->n_lines; i++)
        rc = list_told_line(listing, &export, export.body->ils_exported->lines[i]);
    event_free(&export);
    return rc;
}

static int list_rows(struct listing *listing, struct span prefix, int files)
{
    struct prefix_scan scan;
    struct span key, value;
    int rc = horizon_scan(listing->horizon.state, TABLE_LENDING, prefix, &scan);

    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        if (files && key.len != prefix.len + LENDING_DAY_SIZE + 8)
            rc = NAVETTE_E_STORE;
        else if (files && is_asked(listing->options, key.data + prefix.len))
            rc = list_file_row(listing, read_u64(key.data + prefix.len + LENDING_DAY_SIZE));
        else if (!files)
            rc = list_open_row(listing, key);
        if (rc != 0)
            break;
    }
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int compare_lines(const void *a, const void *b)
{
    const struct loan_line *one = a, *other = b;
    int order;

    if (one->time_ms != other->time_ms)
        return one->time_ms < other->time_ms ? -1 : 1;
    order = ref_compare(&one->event, &other->event);
    if (order == 0)
        order = span_compare(thing_key_span(&one->item), thing_key_span(&other->item));
    return order != 0 ? order : one->act - other->act;
}

int view_loans(struct store_txn *state, struct store_txn *journal, const struct loan_options *options, struct loan_view *view)
{
    static const uint8_t open[1] = {LENDING_OPEN};
    struct listing listing = {.options = options, .view = view};
    uint8_t prefix[LENDING_KEY_MAX];
    int rc = horizon_open(&listing.horizon, state, journal);

    memset(view, 0, sizeof *view);
    if (rc != 0)
        return rc;
    keymap_init(&listing.seen);
    rc = list_rows(&listing, span_of(open, sizeof open), 0);
    if (rc == 0 && options->place != NULL && (options->day != NULL || options->since != NULL))
        rc = list_rows(&listing, span_of(prefix, lending_file_prefix(options->place, prefix)), 1);
    keymap_free(&listing.seen);
    if (rc != 0)
        view_loans_free(view);
    else if (view->count > 1)
        qsort(view->lines, view->count, sizeof *view->lines, compare_lines);
    return rc;
}

void view_loans_free(struct loan_view *view)
{
    free(view->lines);
    memset(view, 0, sizeof *view);
}

int view_loans_has_file(struct store_txn *state, const char *place, const char *file)
{
    uint8_t prefix[LENDING_KEY_MAX];
    size_t len = lending_file_prefix(place, prefix);
    struct prefix_scan scan;
    struct span key, value;
    int found = 0;
    int rc = horizon_scan(state, TABLE_LENDING, span_of(prefix, len), &scan);

    if (rc != 0)
        return rc;
    while (!found && (rc = horizon_scan_next(&scan, &key, &value)) == 0)
        found = span_equal(value, span_of_string(file));
    horizon_scan_close(&scan);
    return found ? 1 : rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}
