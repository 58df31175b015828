/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/match.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* An open shortage or overage, and the hand-over it is of. */
struct side {
    const struct verdict_row *row;
    struct handover handover;
};

struct sides {
    struct side *list;
    size_t count;
};

const char *match_ground_name(int ground)
{
    static const char *const names[MATCH_GROUND_COUNT] = {
        [MATCH_HANDOVER] = "same-hand-over", [MATCH_ROUND] = "same-round", [MATCH_CARRIER] = "same-carrier"};

    return ground > 0 && ground < MATCH_GROUND_COUNT ? names[ground] : "";
}

void match_id(const uint8_t *shortage, const uint8_t *overage, uint8_t id[DISCREPANCY_ID_SIZE])
{
    crypto_generichash_state hash;

    crypto_generichash_init(&hash, NULL, 0, DISCREPANCY_ID_SIZE);
    crypto_generichash_update(&hash, shortage, DISCREPANCY_ID_SIZE);
    crypto_generichash_update(&hash, overage, DISCREPANCY_ID_SIZE);
    crypto_generichash_final(&hash, id, DISCREPANCY_ID_SIZE);
}

static void free_sides(struct sides *sides)
{
    for (size_t i = 0; i < sides->count; i++)
        handover_free(&sides->list[i].handover);
    free(sides->list);
}

/* What was seen since is still to be told from where it should have been. */
static int is_open(const struct verdict_row *row)
{
    return row->seen_at[0] != '\0' || row->verdict == VERDICT_OPEN_UNDECIDABLE || row->verdict == VERDICT_OPEN_PROVISIONAL ||
           row->verdict == VERDICT_OPEN_PROVEN;
}

/* The open rows of one kind, each with its hand-over. */
static int gather(struct store_txn *state, struct store_txn *journal, const struct verdict_moment *moment, const struct verdict_view *view,
                  int kind, struct sides *sides)
{
    int rc = 0;

    sides->count = 0;
    sides->list = calloc(view->count + 1, sizeof(*sides->list));
    if (sides->list == NULL)
        return NAVETTE_E_MEMORY;
    for (size_t i = 0; rc == 0 && i < view->count; i++) {
        struct side *side = &sides->list[sides->count];

        if (view->rows[i].what.finding.kind != kind || !is_open(&view->rows[i]))
            continue;
        side->row = &view->rows[i];
        rc = handover_read_known(state, journal, &view->rows[i].what.subject, moment, &side->handover);
        if (rc == 0)
            sides->count++;
        if (rc == NAVETTE_E_NOT_FOUND)
            rc = 0;
    }
    return rc;
}

static int ground_of(const struct handover *here, const struct handover *there)
{
    if (thing_key_equal(&here->key, &there->key))
        return MATCH_HANDOVER;
    if (here->round[0] != '\0' && strcmp(here->round, there->round) == 0)
        return MATCH_ROUND;
    if (here->carrier[0] != '\0' && strcmp(here->carrier, there->carrier) == 0 && here->day == there->day)
        return MATCH_CARRIER;
    return 0;
}

static int64_t smaller(int64_t less, int64_t more)
{
    if (less >= 0 || more <= 0)
        return 0;
    return -less < more ? -less : more;
}

static int64_t explains(const struct handover *here, const struct handover *there, unsigned int figure)
{
    return smaller(handover_gap(here, here->earlier, here->later, figure), handover_gap(there, there->earlier, there->later, figure));
}

/* Untagged bags of a kind that is less here and more there. */
static int64_t explains_pools(const struct handover *here, const struct handover *there)
{
    const struct handover_figures *given = &here->parties[here->earlier].figures;
    int64_t bags = 0;

    for (size_t i = 0; i < given->pool_count; i++)
        bags += smaller(handover_pool_gap(here, here->earlier, here->later, given->pools[i].kind),
                        handover_pool_gap(there, there->earlier, there->later, given->pools[i].kind));
    return bags;
}

static int find_common(const struct handover *here, const struct handover *there, struct match_proposal *proposal)
{
    if (here->missing_count == 0 || there->extra_count == 0)
        return 0;
    proposal->common = calloc(here->missing_count, sizeof(*proposal->common));
    if (proposal->common == NULL)
        return NAVETTE_E_MEMORY;
    for (size_t i = 0, k = 0; i < here->missing_count && k < there->extra_count;) {
        int order = span_compare(thing_key_span(&here->missing[i].key), thing_key_span(&there->extra[k].key));

        if (order == 0)
            proposal->common[proposal->common_count++] = here->missing[i].key;
        i += order <= 0;
        k += order >= 0;
    }
    return 0;
}

static int is_rejected(struct store_txn *state, struct store_txn *journal, const struct verdict_moment *moment,
                       const uint8_t id[DISCREPANCY_ID_SIZE])
{
    struct event event;
    int rc = discrepancy_settled_known(state, journal, id, moment == NULL ? UINT64_MAX : moment->known, &event);

    if (rc == NAVETTE_E_NOT_FOUND)
        return 0;
    event_free(&event);
    return rc == 0 ? 1 : rc;
}

/* 1: worth proposing; its hand-overs are still the sides' own. */
static int weigh(struct store_txn *state, struct store_txn *journal, const struct verdict_moment *moment, const struct side *shortage,
                 const struct side *overage, struct match_proposal *proposal)
{
    const struct handover *here = &shortage->handover;
    const struct handover *there = &overage->handover;
    int rc;

    memset(proposal, 0, sizeof(*proposal));
    proposal->ground = ground_of(here, there);
    if (proposal->ground == 0 || here->earlier < 0 || there->earlier < 0)
        return 0;
    rc = find_common(here, there, proposal);
    if (rc != 0)
        return rc;
    proposal->crates = explains(here, there, HANDOVER_CRATES);
    proposal->bags = explains(here, there, HANDOVER_BAGS) + explains_pools(here, there);
    proposal->items = explains(here, there, HANDOVER_ITEMS);
    if (here->missing_count > 0 && there->extra_count > 0 ? proposal->common_count == 0
                                                          : proposal->crates + proposal->bags + proposal->items == 0)
        return 0;
    match_id(shortage->row->what.finding.id, overage->row->what.finding.id, proposal->id);
    rc = is_rejected(state, journal, moment, proposal->id);
    return rc < 0 ? rc : !rc;
}

static int add(struct store_txn *state, struct store_txn *journal, const struct verdict_moment *moment, const struct side *shortage,
               const struct side *overage, struct match_view *view)
{
    struct match_proposal proposal;
    struct match_proposal *list;
    int rc = weigh(state, journal, moment, shortage, overage, &proposal);

    if (rc <= 0)
        goto drop;
    list = realloc(view->list, (view->count + 1) * sizeof(*list));
    rc = list == NULL ? NAVETTE_E_MEMORY : 0;
    if (rc != 0)
        goto drop;
    view->list = list;
    proposal.shortage = *shortage->row;
    proposal.overage = *overage->row;
    rc = handover_read_known(state, journal, &shortage->row->what.subject, moment, &proposal.here);
    if (rc == 0)
        rc = handover_read_known(state, journal, &overage->row->what.subject, moment, &proposal.there);
    if (rc == 0) {
        list[view->count++] = proposal;
        return 0;
    }
    handover_free(&proposal.here);
    handover_free(&proposal.there);

drop:
    free(proposal.common);
    return rc;
}

static int compare(const void *a, const void *b)
{
    const struct match_proposal *one = a;
    const struct match_proposal *other = b;

    return one->ground != other->ground ? one->ground - other->ground : memcmp(one->id, other->id, DISCREPANCY_ID_SIZE);
}

int match_list(struct store_txn *state, struct store_txn *journal, const struct verdict_options *options, struct match_view *view)
{
    struct verdict_options all = *options;
    struct sides shortages = {NULL, 0};
    struct sides overages = {NULL, 0};
    struct verdict_view rows;
    int rc;

    memset(view, 0, sizeof(*view));
    all.verdict = 0;
    all.subject = NULL;
    rc = verdict_list(state, journal, &all, &rows);
    if (rc != 0)
        return rc;
    rc = gather(state, journal, options->moment, &rows, DISCREPANCY_SHORT, &shortages);
    if (rc == 0)
        rc = gather(state, journal, options->moment, &rows, DISCREPANCY_OVER, &overages);
    for (size_t i = 0; rc == 0 && i < shortages.count; i++) {
        for (size_t k = 0; rc == 0 && k < overages.count; k++)
            rc = add(state, journal, options->moment, &shortages.list[i], &overages.list[k], view);
    }
    if (view->count > 1)
        qsort(view->list, view->count, sizeof(*view->list), compare);
    free_sides(&shortages);
    free_sides(&overages);
    verdict_free(&rows);
    if (rc != 0)
        match_free(view);
    return rc;
}

void match_free(struct match_view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        handover_free(&view->list[i].here);
        handover_free(&view->list[i].there);
        free(view->list[i].common);
    }
    free(view->list);
    view->list = NULL;
    view->count = 0;
}
