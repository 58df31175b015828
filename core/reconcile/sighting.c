/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/sighting.h"

#include <string.h>

#include "fold/horizon.h"

static int is_dispatch(const struct handover *handover, const struct ref *ref)
{
    for (size_t i = 0; i < handover->dispatch_count; i++) {
        if (ref_compare(&handover->dispatches[i], ref) == 0)
            return 1;
    }
    return 0;
}

/* 1 when it was seen since it was given. */
static int is_seen(struct store_txn *state, const struct handover *handover, const struct thing_key *key, struct ref *by)
{
    struct thing_record record;
    int rc = fold_read(state, key, &record);
    int seen;

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    seen = record.custody != CUSTODY_NONE && record.condition == CONDITION_NORMAL && !is_dispatch(handover, &record.cause);
    *by = record.cause;
    thing_record_free(&record);
    return seen;
}

/* What is short beyond the tags: figures that have none, untagged bags. */
static int is_short_of_more(const struct handover *handover)
{
    const unsigned int figures[] = {HANDOVER_ITEMS, HANDOVER_BAGS, HANDOVER_CRATES};
    const struct handover_figures *given = &handover->parties[handover->earlier].figures;
    int64_t tags[3] = {0};

    for (size_t i = 0; i < handover->missing_count; i++)
        tags[thing_kind(&handover->missing[i].key) - NAVETTE__THING_KIND__THING_ITEM]++;
    for (size_t i = 0; i < 3; i++) {
        if (-handover_gap(handover, handover->earlier, handover->later, figures[i]) > tags[i])
            return 1;
    }
    for (size_t i = 0; i < given->pool_count; i++) {
        if (handover_pool_gap(handover, handover->earlier, handover->later, given->pools[i].kind) < 0)
            return 1;
    }
    return 0;
}

int sighting_of(struct store_txn *state, struct store_txn *journal, const struct thing_key *subject, struct ref *by)
{
    struct handover handover;
    int seen = 0;
    int rc = handover_read(state, journal, subject, &handover);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    if (handover.missing_count > 0 && !is_short_of_more(&handover)) {
        seen = 1;
        for (size_t i = 0; seen > 0 && i < handover.missing_count; i++)
            seen = is_seen(state, &handover, &handover.missing[i].key, by);
    }
    handover_free(&handover);
    return seen;
}

int sighting_place(struct store_txn *journal, const struct ref *event, char place[LIMIT_PLACE_CODE + 1])
{
    struct journal_entry entry;
    struct event found;
    int rc = journal_find(journal, event, &entry);

    place[0] = '\0';
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = horizon_held(horizon_decode(&entry, &found));
    if (rc != 0)
        return rc;
    if (strlen(found.body->place) <= LIMIT_PLACE_CODE)
        memcpy(place, found.body->place, strlen(found.body->place) + 1);
    event_free(&found);
    return 0;
}
