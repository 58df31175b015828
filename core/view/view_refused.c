/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "fold/absence.h"
#include "navette/view.h"

/* What stands in one refusal. */
static int read_refusal(struct store_txn *journal, const struct ref *refusal, struct aside *aside)
{
    struct journal_entry entry;
    struct event event;
    int rc = journal_find(journal, refusal, &entry);

    if (rc == 0)
        rc = event_decode(entry.event, &event);
    if (rc != 0)
        return horizon_held(rc);
    if (event.body->body_case == NAVETTE__EVENT__BODY_EVENT_REFUSED) {
        aside->reason = (int)event.body->event_refused->reason;
        aside->cause = (int)event.body->event_refused->cause;
        aside->right = (int)event.body->event_refused->right;
    }
    aside->refusal = *refusal;
    event_free(&event);
    return 0;
}

/* 1: filled; 0: this row's target is not refused, by what the horizon shows; or a code. */
static int read_row(const struct horizon *horizon, struct span key, struct aside *aside)
{
    struct journal_entry entry;
    struct ref refusal;
    int rc;

    memset(aside, 0, sizeof(*aside));
    ref_decode(key.data, &aside->self);
    rc = absence_refusals(horizon, &aside->self, &refusal, 1);
    if (rc <= 0)
        return rc;
    rc = journal_find(horizon->journal, &aside->self, &entry);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    aside->position = entry.position;
    rc = read_refusal(horizon->journal, &refusal, aside);
    return rc == 0 ? 1 : rc;
}

int view_refused(struct store_txn *state, struct store_txn *journal, uint64_t from, uint64_t known, struct aside *list, size_t max)
{
    struct horizon horizon;
    struct store_scan *scan;
    struct ref last = {.seq = 0};
    struct span key;
    struct span value;
    size_t count = 0;
    int rc = horizon_open_at(&horizon, state, journal, known);

    if (rc == 0)
        rc = store_scan_open(state, TABLE_RETRACT, &scan);
    if (rc != 0)
        return rc;
    if (max > INT32_MAX)
        max = INT32_MAX;
    for (rc = state->ops->scan_from(scan, span_of("", 1), &key, &value); rc == 0 && count < max;
         rc = state->ops->scan_next(scan, &key, &value)) {
        int refused;

        if (key.len != REF_SIZE + 8 || value.len != 1) {
            rc = NAVETTE_E_STORE;
            break;
        }
        if (value.data[0] != ABSENCE_REFUSES)
            continue;
        refused = read_row(&horizon, key, &list[count]);
        if (refused < 0) {
            rc = refused;
            break;
        }
        /* One that was refused twice, having come two ways, is shown once. */
        if (refused > 0 && list[count].position >= from && ref_compare(&list[count].self, &last) != 0)
            last = list[count++].self;
    }
    state->ops->scan_close(scan);
    return rc < 0 && rc != NAVETTE_E_NOT_FOUND ? rc : (int)count;
}

static int by_position(const void *a, const void *b)
{
    const struct aside *one = a;
    const struct aside *other = b;

    if (one->position != other->position)
        return one->position < other->position ? -1 : 1;
    return (one->refusal.seq == 0) - (other->refusal.seq == 0);
}

int view_aside(struct store_txn *state, struct store_txn *journal, uint64_t from, uint64_t known, struct aside *list, size_t max)
{
    int aside = fold_aside(state, journal, from, list, max);
    int refused;
    size_t kept = 0;

    while (aside > 0 && list[aside - 1].position > known)
        aside--;
    if (aside < 0)
        return aside;
    refused = view_refused(state, journal, from, known, list + aside, max - (size_t)aside);
    if (refused < 0)
        return refused;
    qsort(list, (size_t)(aside + refused), sizeof(*list), by_position);
    /* What the fold cannot read, the hub could not either: one line. */
    for (size_t i = 0; i < (size_t)(aside + refused); i++) {
        if (kept > 0 && list[i].position != 0 && list[i].position == list[kept - 1].position && !list[kept - 1].parked)
            continue;
        list[kept++] = list[i];
    }
    return (int)kept;
}
