/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "fold/horizon.h"
#include "reconcile/asking.h"

#define DAY_MS INT64_C(86400000)

static int64_t shortest_ms(const struct asking *asking)
{
    if (asking->options->late_days > 0)
        return asking->options->late_days * DAY_MS;
    return due_shortest_late(&asking->rules, asking->options->now_ms);
}

/* 1, 0 or a code: asked of the counters, so that nothing else is read when all is well. */
static int is_any_late(const struct asking *asking)
{
    const uint8_t first[1] = {0};
    int64_t most_ms = asking->options->now_ms - shortest_ms(asking);
    struct store_scan *scan;
    struct span key;
    struct span value;
    struct cell cell;
    int is_late = 0;
    int rc = store_scan_open(asking->state, TABLE_COUNTER, &scan);

    if (rc != 0)
        return rc;
    rc = asking->state->ops->scan_from(scan, span_of(first, sizeof(first)), &key, &value);
    while (rc == 0 && !is_late) {
        rc = cell_decode(key, &cell);
        is_late = rc == 0 && cell.state == STATE_IN_TRANSIT && ((int64_t)cell.day + 1) * DAY_MS < most_ms;
        if (rc == 0)
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

int late_take(struct asking *asking)
{
    const struct thing_key *subject = asking->options->subject;
    int kind = first_kind(asking);
    uint8_t first[1] = {(uint8_t)kind};
    struct span from = subject != NULL ? thing_key_span(subject) : span_of(first, sizeof(first));
    struct store_scan *scan;
    struct span key;
    struct span value;
    int rc;

    if (kind <= 0)
        return kind;
    rc = store_scan_open(asking->state, TABLE_THING, &scan);
    if (rc != 0)
        return rc;
    rc = asking->state->ops->scan_from(scan, from, &key, &value);
    while (rc == 0 && key.data[0] <= NAVETTE__THING_KIND__THING_CRATE) {
        struct thing_record record;
        struct thing_key thing;

        if (subject != NULL && !span_equal(key, from))
            break;
        rc = thing_key_read(key, &thing) == 0 ? thing_record_decode(&thing, value, &record) : NAVETTE_E_STORE;
        if (rc == 0) {
            rc = take_record(asking, &record);
            thing_record_free(&record);
        }
        if (rc == 0)
            rc = asking->state->ops->scan_next(scan, &key, &value);
    }
    asking->state->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int late_is_open_again(const struct asking *asking, const struct discrepancy_row *row)
{
    struct discrepancy_finding finding;
    struct thing_record record;
    int64_t due_ms;
    int is_open;
    int rc = fold_read(asking->state, &row->subject, &record);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    is_open = due_of(&asking->rules, asking->options->now_ms, asking->options->late_days, &record, &finding, &due_ms) != 0 &&
              memcmp(finding.id, row->finding.id, DISCREPANCY_ID_SIZE) == 0;
    thing_record_free(&record);
    return is_open;
}
