/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/view_verdict.h"

#include <string.h>

#include "fold/correction.h"
#include "fold/horizon.h"

/* One event, as far as this store holds it: else its name alone. */
static int tell_event(const struct horizon *horizon, const struct ref *ref, struct figure_cause *cause)
{
    struct event event;
    int rc = horizon_event(horizon, ref, &event, NULL);

    memset(cause, 0, sizeof(*cause));
    cause->self = *ref;
    cause->event = "";
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = correction_time(horizon, &event, &cause->time_ms, NULL);
    cause->event = event_name(event.body);
    memcpy(cause->place, event.body->place, strnlen(event.body->place, LIMIT_PLACE_CODE));
    memcpy(cause->operator_, event.body->operator_, strnlen(event.body->operator_, LIMIT_CODE));
    event_free(&event);
    return rc;
}

static int tell_opened(const struct horizon *horizon, uint64_t position, struct figure_cause *cause)
{
    struct journal_entry entry;
    int rc = journal_read(horizon->journal, position, &entry);

    return rc == 0 ? tell_event(horizon, &entry.self, cause) : horizon_held(rc);
}

int view_verdict(struct store_txn *state, struct store_txn *journal, const struct verdict_options *options, struct view_verdict *view)
{
    struct verdict_options asked = *options;
    const struct discrepancy_finding *finding = &view->why.row.what.finding;
    struct verdict_view all;
    struct horizon horizon;
    int rc;

    memset(view, 0, sizeof(*view));
    asked.explanation = &view->why;
    rc = verdict_list(state, journal, &asked, &all);
    if (rc != 0)
        return rc;
    verdict_free(&all);
    if (view->why.matches != 1)
        rc = view->why.matches == 0 ? NAVETTE_E_NOT_FOUND : NAVETTE_E_AMBIGUOUS;
    if (rc == 0)
        rc = horizon_open_at(&horizon, state, journal, options->moment == NULL ? UINT64_MAX : options->moment->known);
    for (size_t i = 0; rc == 0 && i < finding->event_count; i++)
        rc = tell_event(&horizon, &finding->events[i], &view->events[i]);
    if (rc == 0)
        rc = tell_opened(&horizon, view->why.row.what.opened, &view->opened);
    if (rc == 0 && view->why.row.closed_by.seq != 0)
        rc = tell_event(&horizon, &view->why.row.closed_by, &view->closed);
    if (rc != 0)
        view_verdict_free(view);
    return rc;
}

void view_verdict_free(struct view_verdict *view)
{
    verdict_explanation_free(&view->why);
}
