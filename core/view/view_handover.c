/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "fold/correction.h"
#include "navette/view_explain.h"
#include "reconcile/handover.h"
#include "reconcile/handover_count.h"

static int party_of(const struct handover_member *member)
{
    switch (member->words.role) {
    case HANDOVER_GIVES:
    case HANDOVER_CANCELS:
        return HANDOVER_GIVER;
    case HANDOVER_TAKES:
    case HANDOVER_CLOSES:
        return HANDOVER_TAKER;
    case HANDOVER_COUNTS:
        return handover_count_party(member->event.body->handover_counted->party);
    default:
        return -1;
    }
}

static int tell(const struct horizon *horizon, const struct handover_member *member, struct view_handover_event *told)
{
    const Navette__Event *body = member->event.body;

    told->party = party_of(member);
    told->cause.self = member->event.self;
    told->cause.event = event_name(body);
    memcpy(told->cause.place, body->place, strnlen(body->place, LIMIT_PLACE_CODE));
    memcpy(told->cause.operator_, body->operator_, strnlen(body->operator_, LIMIT_CODE));
    return correction_time(horizon, &member->event, &told->cause.time_ms, NULL);
}

int view_handover_explain(struct store_txn *state, struct store_txn *journal, const struct verdict_moment *moment,
                          const struct thing_key *key, struct view_handover *view)
{
    struct handover_set set;
    struct horizon horizon;
    int rc = horizon_open_at(&horizon, state, journal, moment == NULL ? UINT64_MAX : moment->known);

    memset(view, 0, sizeof(*view));
    if (rc == 0)
        rc = handover_set_load_at(&horizon, moment == NULL ? INT64_MAX : moment->at_ms, key, &set);
    if (rc != 0)
        return rc;
    view->events = calloc(set.count + 1, sizeof(*view->events));
    rc = set.count == 0 ? NAVETTE_E_NOT_FOUND : view->events == NULL ? NAVETTE_E_MEMORY : handover_of(&set, &view->handover);
    for (size_t i = 0; rc == 0 && i < set.count; i++) {
        rc = tell(&horizon, &set.members[i], &view->events[i]);
        view->event_count = i + 1;
    }
    handover_set_free(&set);
    if (rc != 0)
        view_handover_free(view);
    return rc;
}

void view_handover_free(struct view_handover *view)
{
    handover_free(&view->handover);
    free(view->events);
    memset(view, 0, sizeof(*view));
}
