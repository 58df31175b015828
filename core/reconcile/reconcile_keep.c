/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "fold/horizon.h"
#include "navette/match.h"
#include "reconcile/discrepancy_past.h"
#include "reconcile/discrepancy_row.h"
#include "reconcile/reconcile.h"

/* What is kept of one thing, read before anything of it is written. */
struct kept {
    struct discrepancy_row *list;
    size_t count;
};

static int gather(const struct discrepancy_row *row, void *context)
{
    struct kept *kept = context;
    struct discrepancy_row *list;

    if (discrepancy_has_term(row->finding.kind))
        return 0;
    list = realloc(kept->list, (kept->count + 1) * sizeof(*list));

    if (list == NULL)
        return NAVETTE_E_MEMORY;
    kept->list = list;
    list[kept->count++] = *row;
    return 0;
}

int reconcile_write(struct store_txn *state, const struct discrepancy_row *row, uint64_t position)
{
    uint8_t bytes[DISCREPANCY_KEY_MAX];
    uint8_t value[DISCREPANCY_VALUE_MAX];
    struct span key = discrepancy_row_key(&row->subject, row->finding.id, bytes);
    struct span new = discrepancy_row_encode(row, value);
    struct span old;
    int rc = store_get(state, TABLE_DISCREPANCY, key, &old);

    if (rc == 0 && span_equal(old, new))
        return 0;
    if (rc == 0)
        rc = discrepancy_past_keep(state, key, old, position);
    return rc == 0 || rc == NAVETTE_E_NOT_FOUND ? store_put(state, TABLE_DISCREPANCY, key, new) : rc;
}

/* What is found now, over what was kept under its name (NULL: nothing). */
static int keep_one(struct store_txn *state, const struct thing_key *subject, const struct discrepancy_row *old,
                    const struct discrepancy_finding *finding, uint64_t position)
{
    struct discrepancy_row row;

    memset(&row, 0, sizeof(row));
    row.subject = *subject;
    row.finding = *finding;
    row.state = finding->ended.seq == 0 ? DISCREPANCY_OPEN : DISCREPANCY_ENDED;
    row.opened = old == NULL || old->state == DISCREPANCY_WITHDRAWN ? position : old->opened;
    if (row.state == DISCREPANCY_ENDED)
        row.changed = old != NULL && old->state == DISCREPANCY_ENDED ? old->changed : position;
    return reconcile_write(state, &row, position);
}

static int withdraw(struct store_txn *state, struct discrepancy_row *row, uint64_t position)
{
    if (row->state == DISCREPANCY_WITHDRAWN)
        return 0;
    row->state = DISCREPANCY_WITHDRAWN;
    row->changed = position;
    memset(&row->finding.ended, 0, sizeof(row->finding.ended));
    return reconcile_write(state, row, position);
}

/* Both lists are sorted by id. */
int reconcile_keep(struct store_txn *state, const struct thing_key *subject, const struct discrepancy_findings *findings, uint64_t position)
{
    struct kept kept = {NULL, 0};
    size_t found = 0;
    int rc = discrepancy_each(state, subject, gather, &kept);

    for (size_t i = 0; rc == 0 && (i < kept.count || found < findings->count);) {
        int order = i == kept.count ? 1 : found == findings->count ? -1 : 0;

        if (order == 0)
            order = memcmp(kept.list[i].finding.id, findings->list[found].id, DISCREPANCY_ID_SIZE);
        if (order < 0)
            rc = withdraw(state, &kept.list[i], position);
        else
            rc = keep_one(state, subject, order == 0 ? &kept.list[i] : NULL, &findings->list[found], position);
        i += order <= 0;
        found += order >= 0;
    }
    free(kept.list);
    return rc;
}

int reconcile_add(struct store_txn *state, const struct thing_key *subject, const struct discrepancy_finding *finding, uint64_t position)
{
    uint8_t bytes[DISCREPANCY_KEY_MAX];
    struct span key = discrepancy_row_key(subject, finding->id, bytes);
    struct discrepancy_finding merged = *finding;
    struct discrepancy_row old;
    struct span value;
    int rc = store_get(state, TABLE_DISCREPANCY, key, &value);

    if (rc == NAVETTE_E_NOT_FOUND)
        return keep_one(state, subject, NULL, finding, position);
    if (rc == 0)
        rc = discrepancy_row_decode(key, value, &old);
    if (rc != 0)
        return rc;
    if (old.state != DISCREPANCY_WITHDRAWN) {
        merged = old.finding;
        reconcile_merge(&merged, finding);
    }
    return keep_one(state, subject, &old, &merged, position);
}

int reconcile_add_first(struct store_txn *state, const struct thing_key *subject, const struct discrepancy_finding *finding,
                        uint64_t position)
{
    uint8_t bytes[DISCREPANCY_KEY_MAX];
    struct span key = discrepancy_row_key(subject, finding->id, bytes);
    struct discrepancy_row old;
    struct span value;
    int rc = store_get(state, TABLE_DISCREPANCY, key, &value);

    if (rc == NAVETTE_E_NOT_FOUND)
        return keep_one(state, subject, NULL, finding, position);
    if (rc == 0)
        rc = discrepancy_row_decode(key, value, &old);
    if (rc != 0 || (old.state != DISCREPANCY_WITHDRAWN && old.finding.events[0].seq <= finding->events[0].seq))
        return rc;
    return keep_one(state, subject, &old, finding, position);
}

int reconcile_replace(struct store_txn *state, const struct thing_key *subject, const uint8_t id[DISCREPANCY_ID_SIZE],
                      const struct discrepancy_finding *finding, uint64_t position)
{
    uint8_t bytes[DISCREPANCY_KEY_MAX];
    struct span key = discrepancy_row_key(subject, id, bytes);
    struct discrepancy_row old;
    struct span value;
    int rc = store_get(state, TABLE_DISCREPANCY, key, &value);

    if (rc == NAVETTE_E_NOT_FOUND)
        return finding == NULL ? 0 : keep_one(state, subject, NULL, finding, position);
    if (rc == 0)
        rc = discrepancy_row_decode(key, value, &old);
    if (rc != 0)
        return rc;
    return finding == NULL ? withdraw(state, &old, position) : keep_one(state, subject, &old, finding, position);
}

static int note_settled(struct store_txn *state, const uint8_t id[DISCREPANCY_ID_SIZE], uint64_t position)
{
    uint8_t key[DISCREPANCY_SETTLED_SIZE] = {0};

    memcpy(key + 1, id, DISCREPANCY_ID_SIZE);
    write_u64(key + DISCREPANCY_SETTLED_PREFIX, position);
    return store_put(state, TABLE_DISCREPANCY, span_of(key, sizeof(key)), span_of("", 0));
}

int reconcile_settle(struct store_txn *state, const struct event *event, uint64_t position)
{
    const Navette__Event *body = event->body;
    uint8_t proposal[DISCREPANCY_ID_SIZE];
    int rc;

    if (body->place[0] != '\0')
        return 0;
    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_DISCREPANCY_SETTLED:
        return note_settled(state, body->discrepancy_settled->discrepancy.data, position);
    case NAVETTE__EVENT__BODY_SWAP_CONFIRMED:
        rc = note_settled(state, body->swap_confirmed->shortage.data, position);
        return rc == 0 ? note_settled(state, body->swap_confirmed->overage.data, position) : rc;
    case NAVETTE__EVENT__BODY_SWAP_REJECTED:
        match_id(body->swap_rejected->shortage.data, body->swap_rejected->overage.data, proposal);
        return note_settled(state, proposal, position);
    default:
        return 0;
    }
}
