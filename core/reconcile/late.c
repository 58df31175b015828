/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "fold/past.h"
#include "fold/past_counts.h"
#include "reconcile/asking.h"

#define DAY_MS INT64_C(86400000)

static int64_t shortest_ms(const struct asking *asking)
{
    if (asking->options->late_days > 0)
        return asking->options->late_days * DAY_MS;
    return due_shortest_late(&asking->rules, asking->options->now_ms);
}

static int is_late_cell(struct span bytes, int64_t most_ms)
{
    struct cell cell;
    int rc = cell_decode(bytes, &cell);

    return rc != 0 ? rc : cell.state == STATE_IN_TRANSIT && ((int64_t)cell.day + 1) * DAY_MS < most_ms;
}

static int is_any_late_then(const struct asking *asking, int64_t most_ms)
{
    struct past_counts past;
    int is_late = 0;
    int rc = past_counts_read(&asking->horizon, INT64_MAX, 0, &past);

    for (uint32_t i = 0; rc == 0 && is_late == 0 && i < past.cells.cells.count; i++)
        is_late = past.cells.counts[i] == 0 ? 0 : is_late_cell(keymap_key(&past.cells.cells, i), most_ms);
    past_counts_free(&past);
    return rc == 0 ? is_late : rc;
}

/* 1, 0 or a code: asked of the counters, so that nothing else is read when all is well. */
static int is_any_late(const struct asking *asking)
{
    const uint8_t first[1] = {0};
    int64_t most_ms = asking->options->now_ms - shortest_ms(asking);
    struct store_scan *scan;
    struct span key;
    struct span value;
    int is_late = 0;
    int rc;

    if (asking->horizon.partial)
        return is_any_late_then(asking, most_ms);
    rc = store_scan_open(asking->state, TABLE_COUNTER, &scan);
    if (rc != 0)
        return rc;
    rc = asking->state->ops->scan_from(scan, span_of(first, sizeof(first)), &key, &value);
    while (rc == 0 && is_late == 0) {
        is_late = is_late_cell(key, most_ms);
        if (is_late == 0)
            rc = asking->state->ops->scan_next(scan, &key, &value);
    }
    asking->state->ops->scan_close(scan);
    return rc == 0 || rc == NAVETTE_E_NOT_FOUND ? is_late : rc;
}

static int take_record(struct asking *asking, const struct thing_record *record)
{
    struct verdict_row row;
    struct journal_entry cause;
    int64_t due_ms;
    int rc;

    memset(&row, 0, sizeof(row));
    if (due_of(&asking->rules, asking->options->now_ms, asking->options->late_days, record, &row.what.finding, &due_ms) == 0 ||
        due_ms >= asking->options->now_ms)
        return 0;
    rc = horizon_held(journal_find(asking->journal, &record->cause, &cause));
    if (rc != 0)
        return rc;
    row.what.subject = record->key;
    row.what.state = DISCREPANCY_OPEN;
    row.what.due_ms = due_ms;
    row.what.opened = cause.position;
    row.opened_ms = due_ms;
    return verdict_take_open(asking, &row);
}

/* Where the reading of records begins; 0: nowhere, or a code. */
static int first_kind(const struct asking *asking)
{
    int late = is_any_late(asking);

    if (late != 0)
        return late < 0 ? late : NAVETTE__THING_KIND__THING_ITEM;
    return due_has_overdue(&asking->rules, asking->options->now_ms) ? NAVETTE__THING_KIND__THING_BAG : 0;
}

/* A record as it was known. NAVETTE_E_NOT_FOUND: it was not. */
static int take_known(struct asking *asking, const struct thing_record *known)
{
    struct thing_record record;
    int rc;

    if (!asking->horizon.partial)
        return take_record(asking, known);
    rc = past_record(&asking->horizon, known, INT64_MAX, &record);
    return rc == 0 ? take_record(asking, &record) : rc;
}

int late_take(struct asking *asking)
{
    const struct thing_key *subject = asking->options->subject;
    int kind = first_kind(asking);
    struct past_things things;
    struct thing_record known;
    int rc;

    if (kind <= 0)
        return kind;
    if (subject != NULL) {
        rc = fold_read(asking->state, subject, &known);
        if (rc == 0)
            rc = take_known(asking, &known);
        thing_record_free(&known);
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    rc = past_things_open(&things, &asking->horizon, kind, NAVETTE__THING_KIND__THING_CRATE);
    while (rc == 0 && (rc = past_things_next(&things, &known)) == 0) {
        rc = take_known(asking, &known);
        thing_record_free(&known);
        if (rc == NAVETTE_E_NOT_FOUND)
            rc = 0;
    }
    past_things_close(&things);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int late_is_open_again(const struct asking *asking, const struct discrepancy_row *row)
{
    struct discrepancy_finding finding;
    struct thing_record known;
    struct thing_record record;
    int64_t due_ms;
    int rc = fold_read(asking->state, &row->subject, &known);

    if (rc == 0)
        rc = past_record(&asking->horizon, &known, INT64_MAX, &record);
    thing_record_free(&known);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    return due_of(&asking->rules, asking->options->now_ms, asking->options->late_days, &record, &finding, &due_ms) != 0 &&
           memcmp(finding.id, row->finding.id, DISCREPANCY_ID_SIZE) == 0;
}
