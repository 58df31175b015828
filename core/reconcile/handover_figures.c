/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "reconcile/handover_work.h"

#define NOBODY HANDOVER_NOBODY
#define CRATE NAVETTE__THING_KIND__THING_CRATE
#define BAG NAVETTE__THING_KIND__THING_BAG
#define ITEM NAVETTE__THING_KIND__THING_ITEM

/* Whose word comes first: what a party has recorded alone; that, else what it said on the phone; what it said, else that. */
enum by { BY_RECORD, BY_EITHER, BY_PHONE };

/* Figures that somebody typed, of either kind. */
struct typed {
    uint32_t counted, crates, bags, items;
    Navette__PoolCount *const *pools;
    size_t pool_count;
};

static int add_pool(struct handover_figures *figures, const char *kind, uint64_t count)
{
    struct handover_pool *pools;
    size_t at = 0;

    while (at < figures->pool_count && strcmp(figures->pools[at].kind, kind) < 0)
        at++;
    if (at < figures->pool_count && strcmp(figures->pools[at].kind, kind) == 0) {
        figures->pools[at].count += count;
        return 0;
    }
    pools = realloc(figures->pools, (figures->pool_count + 1) * sizeof(*pools));
    if (pools == NULL)
        return NAVETTE_E_MEMORY;
    figures->pools = pools;
    memmove(pools + at + 1, pools + at, (figures->pool_count - at) * sizeof(*pools));
    memset(&pools[at], 0, sizeof(pools[at]));
    memcpy(pools[at].kind, kind, strlen(kind) + 1);
    pools[at].count = count;
    figures->pool_count++;
    return 0;
}

int handover_figures_add_pools(struct handover_figures *figures, Navette__PoolCount *const *pools, size_t count)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = strlen(pools[i]->kind) <= LIMIT_CODE ? add_pool(figures, pools[i]->kind, pools[i]->count) : 0;
    return rc;
}

#define TYPED_OF(body)                                                                                                                     \
    {                                                                                                                                      \
        (body)->counted, (body)->crates, (body)->bags, (body)->items, (body)->pools, (body)->n_pools                                       \
    }

static struct typed typed_of(const struct handover_member *member)
{
    const Navette__Event *body = member->event.body;

    if (member->words.role == HANDOVER_PHONES)
        return (struct typed)TYPED_OF(body->phone_counted);
    return (struct typed)TYPED_OF(body->handover_counted);
}

/* What figures were typed for; what is not 0, where nothing says. */
static unsigned int covers(const struct typed *typed)
{
    if (typed->counted != 0)
        return typed->counted & (HANDOVER_CRATES | HANDOVER_BAGS | HANDOVER_ITEMS | HANDOVER_POOLS);
    return (typed->crates != 0 ? HANDOVER_CRATES : 0) | (typed->bags != 0 ? HANDOVER_BAGS : 0) | (typed->items != 0 ? HANDOVER_ITEMS : 0) |
           (typed->pool_count != 0 ? HANDOVER_POOLS : 0);
}

/* One figure of a member that was typed: 1 added, 0 it does not cover that (or is NOBODY), or a code. */
static int add_typed(const struct handover_work *work, size_t number, unsigned int figure, struct handover_figures *figures)
{
    struct typed typed;

    if (number == NOBODY)
        return 0;
    typed = typed_of(&work->set->members[number]);
    if (!(covers(&typed) & figure))
        return 0;
    switch (figure) {
    case HANDOVER_CRATES:
        figures->crates += typed.crates;
        return 1;
    case HANDOVER_BAGS:
        figures->bags += typed.bags;
        return 1;
    case HANDOVER_ITEMS:
        figures->items += typed.items;
        return 1;
    default:
        return handover_figures_add_pools(figures, typed.pools, typed.pool_count) == 0 ? 1 : NAVETTE_E_MEMORY;
    }
}

/* What scans say of a figure under one name, when they do. */
static int scans_cover(const struct handover_work *work, const struct handover_part *part, int party, unsigned int figure)
{
    const uint64_t *given = part->given;

    if (party == HANDOVER_GIVER) {
        int tagged = given[CRATE] + given[BAG] + (uint64_t)part->loose > 0;

        if (figure == HANDOVER_POOLS)
            return part->pools[party].pool_count > 0;
        if (part->gives == 0 || (part->pools[party].pool_count > 0 && !tagged))
            return 0;
        if (figure == HANDOVER_BAGS)
            return given[CRATE] == 0 && (part->pools[party].pool_count == 0 || given[BAG] > 0);
        if (figure == HANDOVER_ITEMS)
            return part->inside || (given[CRATE] + given[BAG] == 0 && part->pools[party].pool_count == 0);
        return 1;
    }
    /* who takes untagged bags in types how many: that is a count already */
    if (party == HANDOVER_TAKER && figure == HANDOVER_POOLS)
        return part->pools[party].pool_count > 0;
    if (party != HANDOVER_TAKER || !(part->closed || work->stop_closed))
        return 0;
    return figure != HANDOVER_ITEMS || part->taken[ITEM] > 0 || part->loose;
}

static int add_scans(struct handover_figures *figures, unsigned int figure, const struct handover_part *part, int party)
{
    const uint64_t *kinds = party == HANDOVER_GIVER ? part->given : part->taken;
    int rc = 0;

    figures->crates += figure == HANDOVER_CRATES ? kinds[CRATE] : 0;
    figures->bags += figure == HANDOVER_BAGS ? kinds[BAG] : 0;
    figures->items += figure == HANDOVER_ITEMS ? kinds[ITEM] : 0;
    for (size_t i = 0; figure == HANDOVER_POOLS && rc == 0 && i < part->pools[party].pool_count; i++)
        rc = add_pool(figures, part->pools[party].pools[i].kind, part->pools[party].pools[i].count);
    return rc;
}

/* Does a party have to count under this name? */
static int concerns(const struct handover_part *part, int party)
{
    int given = part->gives > 0 || (!part->is_stop && part->last[HANDOVER_GIVER] != NOBODY);
    int own = part->last[party] != NOBODY && !part->is_stop;

    if (party == HANDOVER_TAKER)
        own |= part->closed || part->takes > 0;
    return own || given;
}

/* A figure that was not counted under every name is none. */
static void drop_figure(struct handover_figures *figures, unsigned int figure)
{
    if (figure == HANDOVER_CRATES)
        figures->crates = 0;
    if (figure == HANDOVER_BAGS)
        figures->bags = 0;
    if (figure == HANDOVER_ITEMS)
        figures->items = 0;
    if (figure != HANDOVER_POOLS)
        return;
    free(figures->pools);
    figures->pools = NULL;
    figures->pool_count = 0;
}

/* That of the stop. */
static int count_stop(const struct handover_work *work, int party, unsigned int figure, int phoned, struct handover_figures *figures)
{
    size_t last = NOBODY;

    for (size_t i = 0; i < work->set->key_count; i++) {
        const struct handover_part *part = &work->parts[i];
        size_t number = phoned ? part->phoned[party] : part->last[party];

        if (part->is_stop && number != NOBODY && (last == NOBODY || number > last))
            last = number;
    }
    return add_typed(work, last, figure, figures);
}

static int count_part(const struct handover_work *work, const struct handover_part *part, int party, unsigned int figure, enum by by,
                      struct handover_figures *figures)
{
    int rc = by == BY_PHONE ? add_typed(work, part->phoned[party], figure, figures) : 0;

    if (rc == 0)
        rc = add_typed(work, part->last[party], figure, figures);
    if (rc == 0 && scans_cover(work, part, party, figure))
        rc = add_scans(figures, figure, part, party) == 0 ? 1 : NAVETTE_E_MEMORY;
    if (rc == 0 && by == BY_EITHER)
        rc = add_typed(work, part->phoned[party], figure, figures);
    return rc;
}

/* One figure of one party: that of the stop, else of all slips, if each was counted. 1 counted, 0 not, or a code. */
static int count_figure(const struct handover_work *work, int party, unsigned int figure, enum by by, struct handover_figures *figures)
{
    int any = 0;
    int rc = by == BY_PHONE ? count_stop(work, party, figure, 1, figures) : 0;

    if (rc == 0)
        rc = count_stop(work, party, figure, 0, figures);
    if (rc != 0)
        return rc;
    for (size_t i = 0; rc >= 0 && i < work->set->key_count; i++) {
        const struct handover_part *part = &work->parts[i];

        if (!concerns(part, party) && (by == BY_RECORD || part->is_stop || part->phoned[party] == NOBODY))
            continue;
        rc = count_part(work, part, party, figure, by, figures);
        any = rc > 0;
        if (!any)
            break;
    }
    if (rc < 0 || any || by != BY_EITHER)
        return rc < 0 ? rc : any;
    drop_figure(figures, figure);
    return count_stop(work, party, figure, 1, figures);
}

static int is_same(const struct handover_figures *a, const struct handover_figures *b)
{
    if (a->crates != b->crates || a->bags != b->bags || a->items != b->items || a->pool_count != b->pool_count)
        return 0;
    for (size_t i = 0; i < a->pool_count; i++) {
        if (strcmp(a->pools[i].kind, b->pools[i].kind) != 0 || a->pools[i].count != b->pools[i].count)
            return 0;
    }
    return 1;
}

/* Did it say something else on the phone than it has counted? 1, 0 or a code. */
static int is_denied(const struct handover_work *work, int party, unsigned int figure)
{
    struct handover_figures counted = {0};
    struct handover_figures said = {0};
    int rc = count_figure(work, party, figure, BY_RECORD, &counted);

    if (rc > 0)
        rc = count_figure(work, party, figure, BY_PHONE, &said);
    if (rc > 0)
        rc = !is_same(&counted, &said);
    free(counted.pools);
    free(said.pools);
    return rc;
}

static void take_told(const struct handover_work *work, int party, struct handover_count *count)
{
    const struct handover_member *member = &work->set->members[work->phoned[party]];
    const Navette__PhoneCounted *body = member->event.body->phone_counted;
    int64_t typed_ms = (int64_t)(member->event.body->hlc >> 16);

    count->told = member->event.self;
    count->told_ms = body->said_ms != 0 && body->said_ms < typed_ms ? body->said_ms : typed_ms;
    memcpy(count->told_place, body->reporter, strlen(body->reporter) + 1);
    if (count->spoke)
        return;
    count->spoke = 1;
    count->by = count->told;
    count->time_ms = count->told_ms;
    memcpy(count->place, count->told_place, sizeof(count->place));
}

int handover_figures_party(const struct handover_work *work, int party, struct handover_count *count)
{
    int is_phoned = work->phoned[party] != NOBODY;
    int rc = 0;

    if (is_phoned)
        take_told(work, party, count);
    for (unsigned int figure = HANDOVER_CRATES; rc >= 0 && figure <= HANDOVER_POOLS; figure <<= 1) {
        rc = count_figure(work, party, figure, BY_RECORD, &count->figures);
        if (rc > 0 && is_phoned) {
            rc = is_denied(work, party, figure);
            count->denied |= rc > 0;
            rc = rc < 0 ? rc : 1;
        } else if (rc == 0 && is_phoned) {
            drop_figure(&count->figures, figure);
            rc = count_figure(work, party, figure, BY_EITHER, &count->figures);
            count->phoned |= rc > 0 ? (uint8_t)figure : 0;
        }
        if (rc > 0)
            count->figures.counted |= (uint8_t)figure;
        else
            drop_figure(&count->figures, figure);
    }
    count->done = count->figures.counted != 0;
    return rc < 0 ? rc : 0;
}
