/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "reconcile/asking.h"
#include "reconcile/phone.h"

/* A figure that was only said stands among what shows it (handover.h). */
static int of_handover(const struct asking *asking, struct verdict_row *row, uint64_t *position)
{
    const struct discrepancy_finding *finding = &row->what.finding;
    int found = 0;

    for (size_t i = 0; !found && i < finding->event_count; i++) {
        struct journal_entry entry;
        struct event event;
        int rc = journal_find(asking->journal, &finding->events[i], &entry);

        if (rc == 0)
            rc = horizon_decode(&entry, &event);
        if (rc == NAVETTE_E_NOT_FOUND)
            continue;
        if (rc != 0)
            return horizon_held(rc);
        found = event.body->body_case == NAVETTE__EVENT__BODY_PHONE_COUNTED;
        if (found) {
            row->phone = event.self;
            memcpy(row->phone_place, event.body->phone_counted->reporter, strlen(event.body->phone_counted->reporter) + 1);
            *position = entry.position;
        }
        event_free(&event);
    }
    return found;
}

static int of_thing(const struct asking *asking, struct verdict_row *row, uint64_t known, uint64_t *position)
{
    struct phone_report report;
    struct horizon horizon;
    int rc = horizon_open_at(&horizon, asking->state, asking->journal, known);

    if (rc == 0)
        rc = phone_stands(&horizon, &row->what.subject, &report, position);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    row->phone = report.self;
    memcpy(row->phone_place, report.place, sizeof(row->phone_place));
    return 1;
}

int hearsay_of(const struct asking *asking, struct verdict_row *row, uint64_t known, int64_t *came_ms)
{
    int kind = row->what.finding.kind;
    uint64_t position = 0;
    int found = 0;
    int rc;

    /* What was said is there already denied by what is recorded. */
    if (kind == DISCREPANCY_PHONE)
        return 0;
    if (kind == DISCREPANCY_SHORT || kind == DISCREPANCY_OVER)
        found = of_handover(asking, row, &position);
    else if (thing_kind(&row->what.subject) <= NAVETTE__THING_KIND__THING_CRATE)
        found = of_thing(asking, row, known, &position);
    if (found <= 0)
        return found;
    rc = verdict_hub_time(asking, position, came_ms, NULL);
    return rc == 0 ? 1 : rc;
}
