/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/lapse.h"

#include <string.h>

#include "fold/correction.h"
#include "reconcile/reconcile.h"

#define DAY_MS INT64_C(86400000)

void lapse_begin(struct lapse *lapse, const struct journal_entry *entry, uint64_t position, const struct event *event)
{
    lapse->event = event;
    lapse->now_ms = entry->received_ms != 0 ? entry->received_ms : (int64_t)(event->body->hlc >> 16);
    if (lapse->recent == 0 || lapse->now_ms - lapse->recent_ms >= LAPSE_SHOWN_MS) {
        lapse->recent = position;
        lapse->recent_ms = lapse->now_ms;
    }
    switch (event->body->body_case) {
    case NAVETTE__EVENT__BODY_RULE_DECIDED:
    case NAVETTE__EVENT__BODY_PLACE_DECLARED:
    case NAVETTE__EVENT__BODY_RETRACTED:
    case NAVETTE__EVENT__BODY_EVENT_REFUSED:
    case NAVETTE__EVENT__BODY_EVENT_ADMITTED:
        lapse_forget(lapse);
        break;
    default:
        break;
    }
}

uint64_t lapse_position(const struct lapse *lapse, const struct horizon *horizon)
{
    return lapse->at != 0 ? lapse->at : horizon->limit;
}

void lapse_forget(struct lapse *lapse)
{
    due_free(&lapse->rules);
    lapse->loaded = 0;
}

static int is_over(const struct thing_record *old, const struct thing_record *new)
{
    return old->custody != new->custody || ref_compare(&old->cause, &new->cause) != 0 ||
           (new->condition != old->condition && (new->condition == CONDITION_LOST || new->condition == CONDITION_WITHDRAWN));
}

/* Quick, and wrong only in saying yes: most of what ends is answered here. */
static int may_be_past(const struct lapse *lapse, const struct thing_record *old)
{
    if (old->custody == CUSTODY_TRANSIT) {
        if (((int64_t)old->day + 1) * DAY_MS > lapse->now_ms - LAPSE_SHOWN_MS)
            return 0;
    } else if (thing_kind(&old->key) == NAVETTE__THING_KIND__THING_ITEM ||
               (old->custody != CUSTODY_PERSON && old->custody != CUSTODY_PLACE) || old->since_ms > lapse->now_ms - LAPSE_SHOWN_MS) {
        return 0;
    }
    return old->newest < lapse->recent || ref_compare(&old->last, &old->cause) != 0;
}

/* When the event under way happened. A correction explains, whenever it was made. */
static int is_late(const struct lapse *lapse, const struct horizon *horizon, int64_t due_ms, int *late)
{
    int64_t time_ms;
    int rc = correction_time(horizon, lapse->event, &time_ms, NULL);

    switch (lapse->event->body->body_case) {
    case NAVETTE__EVENT__BODY_RETRACTED:
    case NAVETTE__EVENT__BODY_EVENT_REFUSED:
    case NAVETTE__EVENT__BODY_EVENT_ADMITTED:
    case NAVETTE__EVENT__BODY_CLOCK_CORRECTED:
        *late = 0;
        break;
    default:
        *late = rc == 0 && time_ms > due_ms;
        break;
    }
    return rc;
}

static int keep(struct lapse *lapse, const struct horizon *horizon, const struct thing_record *old,
                const struct discrepancy_finding *finding, int64_t due_ms)
{
    struct discrepancy_row row = {.subject = old->key, .finding = *finding, .due_ms = due_ms, .changed = lapse_position(lapse, horizon)};
    struct journal_entry cause;
    int64_t shown_ms;
    int late;
    int rc = horizon_find(horizon, &old->cause, &cause);

    if (rc != 0)
        return horizon_held(rc);
    shown_ms = cause.received_ms > due_ms ? cause.received_ms : due_ms;
    if (lapse->now_ms - shown_ms < LAPSE_SHOWN_MS)
        return 0;
    rc = is_late(lapse, horizon, due_ms, &late);
    if (rc != 0)
        return rc;
    row.opened = cause.position;
    row.state = late ? DISCREPANCY_ENDED : DISCREPANCY_WITHDRAWN;
    if (late)
        row.finding.ended = lapse->event->self;
    return reconcile_write(horizon->state, &row, row.changed);
}

int lapse_take(struct lapse *lapse, const struct horizon *horizon, const struct thing_record *old, const struct thing_record *new)
{
    struct discrepancy_finding finding;
    int64_t due_ms;
    int rc;

    if (!old->registered || old->custody == CUSTODY_NONE || old->custody == CUSTODY_CONTAINER || !is_over(old, new) ||
        !may_be_past(lapse, old))
        return 0;
    if (!lapse->loaded) {
        rc = due_load(horizon, &lapse->rules);
        if (rc != 0)
            return rc;
        lapse->loaded = 1;
    }
    if (due_of(&lapse->rules, lapse->now_ms, 0, old, &finding, &due_ms) == 0 || due_ms > lapse->now_ms - LAPSE_SHOWN_MS)
        return 0;
    return keep(lapse, horizon, old, &finding, due_ms);
}
