/* SPDX-License-Identifier: Apache-2.0 */
#include "view/lent.h"

#include <string.h>

#include "navette/fold.h"

/* What the bag's or crate's own history, and the order's, say of what was packed. */
struct handing {
    int in_bag;   /* the bag was delivered while the document was in it */
    int bag_back; /* ... and given back after that, still before it was taken out */
    int by_order; /* the order was handed over */
    int64_t bag_ms, back_ms, order_ms;
};

static int names(const struct history_step *step, const struct thing_key *item)
{
    struct event_thing things[EVENT_THINGS_MAX];
    size_t count = event_things(step->event.body, things);

    for (size_t i = 0; i < count; i++) {
        if (things[i].part == PART_SUBJECT && thing_key_equal(&things[i].key, item))
            return 1;
    }
    return 0;
}

/* Where an entry stands in a history; its length when it does not. */
static size_t index_of(const struct history *history, const struct ref *self)
{
    size_t at = 0;

    while (at < history->count && ref_compare(&history->steps[at].entry.self, self) != 0)
        at++;
    return at;
}

static int is_back(const struct history_step *step)
{
    switch (step->event.body->body_case) {
    case NAVETTE__EVENT__BODY_RETURNED:
    case NAVETTE__EVENT__BODY_DROPPED:
    case NAVETTE__EVENT__BODY_COLLECTED:
    case NAVETTE__EVENT__BODY_RECEIVED:
        return 1;
    default:
        return 0;
    }
}

/* Causes decide, not clocks: what stands behind the packing in the bag's history, and before this document came out of it again. */
static int read_bag(const struct horizon *horizon, const struct event *packing, const struct thing_key *item, struct handing *handing)
{
    struct thing_key bag;
    struct history history;
    int rc = thing_key_of(packing->body->item_packed->container, &bag);

    if (rc == 0)
        rc = fold_history_kept(horizon->state, horizon->journal, &bag, INT64_MAX, UINT64_MAX, &history);
    if (rc != 0)
        return horizon_held(rc);
    for (size_t i = index_of(&history, &packing->self) + 1; i < history.count; i++) {
        const struct history_step *step = &history.steps[i];

        if (step->absent)
            continue;
        if (step->event.body->body_case == NAVETTE__EVENT__BODY_ITEM_UNPACKED && names(step, item))
            break;
        if (step->event.body->body_case == NAVETTE__EVENT__BODY_DELIVERED && !handing->in_bag) {
            handing->in_bag = 1;
            handing->bag_ms = step->time_ms;
        } else if (handing->in_bag && !handing->bag_back && is_back(step)) {
            handing->bag_back = 1;
            handing->back_ms = step->time_ms;
        }
    }
    history_free(&history);
    return 0;
}

static int read_order(const struct horizon *horizon, const struct event *packing, struct handing *handing)
{
    struct thing_key order;
    struct history history;
    int rc = thing_key_of(packing->body->item_packed->order, &order);

    if (rc == 0)
        rc = fold_history_kept(horizon->state, horizon->journal, &order, INT64_MAX, UINT64_MAX, &history);
    if (rc != 0)
        return horizon_held(rc);
    for (size_t i = 0; i < history.count && !handing->by_order; i++) {
        const struct history_step *step = &history.steps[i];
        Navette__Event__BodyCase body = step->event.body->body_case;

        if (step->absent || (body != NAVETTE__EVENT__BODY_ORDER_HANDED_OVER && body != NAVETTE__EVENT__BODY_DELIVERED))
            continue;
        handing->by_order = 1;
        handing->order_ms = step->time_ms;
    }
    history_free(&history);
    return 0;
}

/* Given back, or moved otherwise than by delivering it. */
static int is_end(const struct history_step *step, int handed, const char *packed_at)
{
    const Navette__Event *body = step->event.body;

    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_RETURNED:
    case NAVETTE__EVENT__BODY_DROPPED:
        return 1;
    case NAVETTE__EVENT__BODY_DELIVERED:
        return 0;
    default:
        return ref_compare(&step->after.cause, &step->entry.self) == 0 && (handed || strcmp(body->place, packed_at) == 0);
    }
}

static int was_given_back(const struct history_step *end)
{
    Navette__Event__BodyCase body = end->event.body->body_case;

    return body == NAVETTE__EVENT__BODY_RETURNED || body == NAVETTE__EVENT__BODY_DROPPED;
}

/* Was it handed over when this happened to it? Of coming out of the bag the bag's history tells; else the clocks. */
static int was_handed(const struct handing *handing, const struct history_step *step)
{
    if (handing->in_bag && (step->event.body->body_case == NAVETTE__EVENT__BODY_ITEM_UNPACKED || handing->bag_ms <= step->time_ms))
        return 1;
    return handing->by_order && handing->order_ms <= step->time_ms;
}

/* Walks the document's own history from its packing to the end of the loan. handed: it was delivered by itself. */
static const struct history_step *find_end(const struct history *history, size_t from, const struct handing *handing, const char *packed_at,
                                           int *handed, int64_t *handed_ms)
{
    for (size_t i = from + 1; i < history->count; i++) {
        const struct history_step *step = &history->steps[i];

        if (step->absent)
            continue;
        if (step->event.body->body_case == NAVETTE__EVENT__BODY_DELIVERED && !*handed) {
            *handed = 1;
            *handed_ms = step->time_ms;
        }
        if (is_end(step, *handed || was_handed(handing, step), packed_at))
            return step;
    }
    return NULL;
}

static void judge(const struct history *history, size_t from, const struct handing *handing, const char *packed_at, enum loan_moment moment,
                  struct lent *lent)
{
    int64_t handed_ms = handing->in_bag ? handing->bag_ms : handing->order_ms;
    int handed = 0;
    const struct history_step *end = find_end(history, from, handing, packed_at, &handed, &handed_ms);

    handed |= end != NULL ? was_handed(handing, end) : handing->in_bag || handing->by_order;
    lent->out_ms = moment == LOAN_AT_HANDOVER && handed ? handed_ms : history->steps[from].time_ms;
    if (end == NULL) {
        lent->now = handed || moment == LOAN_AT_PACKING ? LENT_OUT : LENT_NEVER;
        return;
    }
    lent->back = end->entry.self;
    lent->back_ms = handing->bag_back && handing->back_ms < end->time_ms ? handing->back_ms : end->time_ms;
    lent->now = handed || was_given_back(end) ? LENT_BACK : LENT_NEVER;
}

int lent_read(const struct horizon *horizon, const struct event *packing, const struct thing_key *item, enum loan_moment moment,
              struct lent *lent)
{
    struct handing handing = {.in_bag = 0};
    struct history history;
    size_t from;
    int rc = fold_history_kept(horizon->state, horizon->journal, item, INT64_MAX, UINT64_MAX, &history);

    memset(lent, 0, sizeof *lent);
    if (rc == NAVETTE_E_NOT_FOUND)
        return 0;
    if (rc != 0)
        return rc;
    from = index_of(&history, &packing->self);
    if (from < history.count && !history.steps[from].absent) {
        rc = read_bag(horizon, packing, item, &handing);
        if (rc == 0)
            rc = read_order(horizon, packing, &handing);
        if (rc == 0)
            judge(&history, from, &handing, packing->body->place, moment, lent);
    }
    history_free(&history);
    return rc;
}
