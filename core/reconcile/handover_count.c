/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/handover_count.h"

#include <stdlib.h>
#include <string.h>

#define NOBODY SIZE_MAX

/* A thing that somebody named. */
struct tag {
    struct thing_key key;
    size_t given; /* the member that gives it last, NOBODY: none, or cancelled since */
    size_t taken; /* the first that takes it */
};

/* What was said under one name. */
struct part {
    int is_stop;
    int gives; /* events */
    int takes;
    int closed;
    size_t last[HANDOVER_PARTIES];                   /* count in figures, NOBODY */
    uint64_t given[4];                               /* things by kind, those inside too */
    uint64_t taken[4];                               /* by kind */
    int loose;                                       /* documents given by themselves */
    int inside;                                      /* a dispatch says how many documents are inside */
    struct handover_figures pools[HANDOVER_PARTIES]; /* of scans: pools alone */
};

struct work {
    const struct handover_set *set;
    struct part *parts;
    struct tag *tags;
    size_t tag_count;
    struct keymap numbers; /* of tags */
    int stop_closed;
    uint64_t given[4]; /* under any name */
};

#define CRATE NAVETTE__THING_KIND__THING_CRATE
#define BAG NAVETTE__THING_KIND__THING_BAG
#define ITEM NAVETTE__THING_KIND__THING_ITEM

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

static int add_pools(struct handover_figures *figures, Navette__PoolCount *const *pools, size_t count)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = strlen(pools[i]->kind) <= LIMIT_CODE ? add_pool(figures, pools[i]->kind, pools[i]->count) : 0;
    return rc;
}

static int find_tag(struct work *work, const struct thing_key *key, struct tag **tag)
{
    size_t before = work->numbers.count;
    uint32_t number;
    int rc = keymap_number(&work->numbers, thing_key_span(key), &number);

    if (rc != 0)
        return rc;
    if (number == before) {
        if ((before & (before - 1)) == 0) {
            struct tag *tags = realloc(work->tags, (before == 0 ? 1 : before * 2) * sizeof(*tags));

            if (tags == NULL)
                return NAVETTE_E_MEMORY;
            work->tags = tags;
        }
        work->tags[before] = (struct tag){.key = *key, .given = NOBODY, .taken = NOBODY};
        work->tag_count = before + 1;
    }
    *tag = &work->tags[number];
    return 0;
}

static int take_scans(struct work *work, size_t number)
{
    const struct handover_member *member = &work->set->members[number];
    struct part *part = &work->parts[member->part];
    const Navette__Event *body = member->event.body;
    struct event_thing things[EVENT_THINGS_MAX];
    size_t count = event_things(body, things);
    int rc = 0;

    part->gives += member->words.role == HANDOVER_GIVES;
    part->takes += member->words.role == HANDOVER_TAKES;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct tag *tag;

        rc = find_tag(work, &things[i].key, &tag);
        if (rc != 0)
            break;
        if (member->words.role == HANDOVER_GIVES)
            tag->given = number;
        else if (member->words.role == HANDOVER_CANCELS)
            tag->given = NOBODY;
        else if (tag->taken == NOBODY)
            tag->taken = number;
    }
    if (rc == 0 && body->body_case == NAVETTE__EVENT__BODY_DISPATCHED)
        rc = add_pools(&part->pools[HANDOVER_GIVER], body->dispatched->pools, body->dispatched->n_pools);
    if (rc == 0 && body->body_case == NAVETTE__EVENT__BODY_COLLECTED)
        rc = add_pools(&part->pools[HANDOVER_GIVER], body->collected->pools, body->collected->n_pools);
    if (rc == 0 && body->body_case == NAVETTE__EVENT__BODY_RECEIVED)
        rc = add_pools(&part->pools[HANDOVER_TAKER], body->received->pools, body->received->n_pools);
    return rc;
}

static int party_of(const Navette__HandoverCounted *counted)
{
    switch (counted->party) {
    case NAVETTE__HANDOVER_PARTY__PARTY_GIVER:
        return HANDOVER_GIVER;
    case NAVETTE__HANDOVER_PARTY__PARTY_CARRIER:
        return HANDOVER_CARRIER;
    case NAVETTE__HANDOVER_PARTY__PARTY_TAKER:
        return HANDOVER_TAKER;
    default:
        return -1;
    }
}

static int take_member(struct work *work, size_t number)
{
    const struct handover_member *member = &work->set->members[number];
    struct part *part = &work->parts[member->part];
    int party;

    switch (member->words.role) {
    case HANDOVER_COUNTS:
        party = party_of(member->event.body->handover_counted);
        if (party >= 0)
            part->last[party] = number;
        return 0;
    case HANDOVER_CLOSES:
        part->closed = 1;
        work->stop_closed |= part->is_stop;
        return 0;
    case HANDOVER_PAIRS:
        return 0;
    default:
        return take_scans(work, number);
    }
}

/* Documents inside count once for the event that gives any bag or crate of it last. */
static void add_inside(struct work *work, size_t number)
{
    const struct handover_member *member = &work->set->members[number];
    uint32_t items = member->event.body->body_case == NAVETTE__EVENT__BODY_DISPATCHED ? member->event.body->dispatched->items : 0;

    if (items == 0)
        return;
    for (size_t i = 0; i < work->tag_count; i++) {
        if (work->tags[i].given != number || thing_kind(&work->tags[i].key) == ITEM)
            continue;
        work->parts[member->part].given[ITEM] += items;
        work->parts[member->part].inside = 1;
        return;
    }
}

static void add_tags(struct work *work)
{
    for (size_t i = 0; i < work->tag_count; i++) {
        const struct tag *tag = &work->tags[i];
        int kind = thing_kind(&tag->key);

        if (tag->given != NOBODY) {
            struct part *part = &work->parts[work->set->members[tag->given].part];

            part->given[kind]++;
            part->loose |= kind == ITEM;
            work->given[kind]++;
        }
        if (tag->taken != NOBODY)
            work->parts[work->set->members[tag->taken].part].taken[kind]++;
    }
}

/* What figures were typed for; what is not 0, where nothing says. */
static unsigned int covers(const Navette__HandoverCounted *counted)
{
    if (counted->counted != 0)
        return counted->counted & (HANDOVER_CRATES | HANDOVER_BAGS | HANDOVER_ITEMS | HANDOVER_POOLS);
    return (counted->crates != 0 ? HANDOVER_CRATES : 0) | (counted->bags != 0 ? HANDOVER_BAGS : 0) |
           (counted->items != 0 ? HANDOVER_ITEMS : 0) | (counted->n_pools != 0 ? HANDOVER_POOLS : 0);
}

static int add_figures(struct handover_figures *figures, unsigned int figure, const Navette__HandoverCounted *counted)
{
    switch (figure) {
    case HANDOVER_CRATES:
        figures->crates += counted->crates;
        return 0;
    case HANDOVER_BAGS:
        figures->bags += counted->bags;
        return 0;
    case HANDOVER_ITEMS:
        figures->items += counted->items;
        return 0;
    default:
        return add_pools(figures, counted->pools, counted->n_pools);
    }
}

/* What scans say of a figure under one name, when they do. */
static int scans_cover(const struct work *work, const struct part *part, int party, unsigned int figure)
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
    if (party != HANDOVER_TAKER || !(part->closed || work->stop_closed))
        return 0;
    if (figure == HANDOVER_POOLS)
        return part->pools[party].pool_count > 0;
    return figure != HANDOVER_ITEMS || part->taken[ITEM] > 0 || part->loose;
}

static int add_scans(struct handover_figures *figures, unsigned int figure, const struct part *part, int party)
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
static int concerns(const struct part *part, int party)
{
    int given = part->gives > 0 || (!part->is_stop && part->last[HANDOVER_GIVER] != NOBODY);
    int own = part->last[party] != NOBODY && !part->is_stop;

    if (party == HANDOVER_TAKER)
        own |= part->closed || part->takes > 0;
    return own || given;
}

/* One figure of one party: that of the stop, else of all slips, if each was counted. 1 counted, 0 not, or a code. */
static int count_figure(const struct work *work, int party, unsigned int figure, struct handover_figures *figures)
{
    const Navette__HandoverCounted *of_stop = NULL;
    size_t last = 0;
    int any = 0;
    int rc = 0;

    for (size_t i = 0; i < work->set->key_count; i++) {
        const struct part *part = &work->parts[i];

        if (part->is_stop && part->last[party] != NOBODY && (of_stop == NULL || part->last[party] > last)) {
            last = part->last[party];
            of_stop = work->set->members[last].event.body->handover_counted;
        }
    }
    if (of_stop != NULL && (covers(of_stop) & figure))
        return add_figures(figures, figure, of_stop) == 0 ? 1 : NAVETTE_E_MEMORY;
    for (size_t i = 0; rc == 0 && i < work->set->key_count; i++) {
        const struct part *part = &work->parts[i];
        const Navette__HandoverCounted *counted =
            part->last[party] != NOBODY ? work->set->members[part->last[party]].event.body->handover_counted : NULL;

        if (!concerns(part, party))
            continue;
        any = 1;
        if (counted != NULL && (covers(counted) & figure))
            rc = add_figures(figures, figure, counted);
        else if (scans_cover(work, part, party, figure))
            rc = add_scans(figures, figure, part, party);
        else
            return 0;
    }
    return rc != 0 ? rc : any;
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

static int count_party(const struct work *work, int party, struct handover_count *count)
{
    int rc = 0;

    for (unsigned int figure = HANDOVER_CRATES; rc >= 0 && figure <= HANDOVER_POOLS; figure <<= 1) {
        rc = count_figure(work, party, figure, &count->figures);
        if (rc > 0)
            count->figures.counted |= (uint8_t)figure;
        else
            drop_figure(&count->figures, figure);
    }
    count->done = count->figures.counted != 0;
    return rc < 0 ? rc : 0;
}

static void set_text(char *out, size_t size, const char *text)
{
    size_t len = strlen(text);

    if (out[0] == '\0' && len < size)
        memcpy(out, text, len + 1);
}

/* Who speaks last by figures or by closing, else who scanned first. */
static void take_speaker(const struct handover_member *member, struct handover *handover)
{
    const Navette__Event *body = member->event.body;
    enum handover_role role = member->words.role;
    int party = role == HANDOVER_GIVES ? HANDOVER_GIVER : role == HANDOVER_COUNTS ? party_of(body->handover_counted) : HANDOVER_TAKER;
    struct handover_count *count;
    struct event_thing things[EVENT_THINGS_MAX];

    if (role == HANDOVER_PAIRS || role == HANDOVER_CANCELS || party < 0)
        return;
    count = &handover->parties[party];
    count->spoke = 1;
    if (role == HANDOVER_GIVES || role == HANDOVER_TAKES)
        count->scans += event_things(body, things);
    if (count->by.seq != 0 && (role == HANDOVER_GIVES || role == HANDOVER_TAKES))
        return;
    count->by = member->event.self;
    count->time_ms = (int64_t)(body->hlc >> 16);
    count->place[0] = '\0';
    set_text(count->place, sizeof(count->place), body->place);
}

static int add_tag(struct handover_tag **list, size_t *count, const struct tag *tag, const struct ref *event)
{
    struct handover_tag *grown = realloc(*list, (*count + 1) * sizeof(*grown));

    if (grown == NULL)
        return NAVETTE_E_MEMORY;
    *list = grown;
    grown[*count].key = tag->key;
    grown[(*count)++].event = *event;
    return 0;
}

/* What may have been inside something that was given is not over. */
static int is_extra(const struct work *work, const struct tag *tag, const struct part *part)
{
    int kind = thing_kind(&tag->key);

    if (part->gives == 0 && !(work->stop_closed && work->given[CRATE] + work->given[BAG] + work->given[ITEM] > 0))
        return 0;
    if (kind == ITEM && work->given[CRATE] + work->given[BAG] > 0)
        return 0;
    return kind != BAG || work->given[CRATE] == 0;
}

static int compare_tags(const void *a, const void *b)
{
    return span_compare(thing_key_span(&((const struct handover_tag *)a)->key), thing_key_span(&((const struct handover_tag *)b)->key));
}

static int match_tags(const struct work *work, struct handover *handover)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < work->tag_count; i++) {
        const struct tag *tag = &work->tags[i];
        const struct handover_member *member = &work->set->members[tag->given != NOBODY   ? tag->given
                                                                   : tag->taken != NOBODY ? tag->taken
                                                                                          : 0];
        const struct part *part = &work->parts[member->part];

        if ((tag->given == NOBODY) == (tag->taken == NOBODY) || !(part->closed || work->stop_closed))
            continue;
        if (tag->given != NOBODY)
            rc = add_tag(&handover->missing, &handover->missing_count, tag, &member->event.self);
        else if (is_extra(work, tag, part))
            rc = add_tag(&handover->extra, &handover->extra_count, tag, &member->event.self);
    }
    if (handover->missing_count > 1)
        qsort(handover->missing, handover->missing_count, sizeof(*handover->missing), compare_tags);
    if (handover->extra_count > 1)
        qsort(handover->extra, handover->extra_count, sizeof(*handover->extra), compare_tags);
    return rc;
}

static int add_dispatch(struct handover *handover, const struct handover_member *member)
{
    struct ref *grown;

    if (member->words.role != HANDOVER_GIVES)
        return 0;
    grown = realloc(handover->dispatches, (handover->dispatch_count + 1) * sizeof(*grown));
    if (grown == NULL)
        return NAVETTE_E_MEMORY;
    handover->dispatches = grown;
    grown[handover->dispatch_count++] = member->event.self;
    return 0;
}

static int count_all(struct work *work, struct handover *handover)
{
    const struct handover_set *set = work->set;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < set->count; i++)
        rc = take_member(work, i);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < set->count; i++)
        add_inside(work, i);
    add_tags(work);
    for (size_t i = 0; rc == 0 && i < set->count; i++) {
        take_speaker(&set->members[i], handover);
        rc = add_dispatch(handover, &set->members[i]);
    }
    for (int party = 0; rc == 0 && party < HANDOVER_PARTIES; party++)
        rc = count_party(work, party, &handover->parties[party]);
    return rc == 0 ? match_tags(work, handover) : rc;
}

int handover_count_set(const struct handover_set *set, struct handover *handover)
{
    struct work work = {.set = set};
    int rc = NAVETTE_E_MEMORY;

    keymap_init(&work.numbers);
    work.parts = calloc(set->key_count == 0 ? 1 : set->key_count, sizeof(*work.parts));
    if (work.parts != NULL) {
        for (size_t i = 0; i < set->key_count; i++) {
            work.parts[i].is_stop = handover_key_is_stop(&set->keys[i]);
            for (int party = 0; party < HANDOVER_PARTIES; party++)
                work.parts[i].last[party] = NOBODY;
        }
        rc = count_all(&work, handover);
        for (size_t i = 0; i < set->key_count; i++) {
            for (int party = 0; party < HANDOVER_PARTIES; party++)
                free(work.parts[i].pools[party].pools);
        }
    }
    keymap_free(&work.numbers);
    free(work.parts);
    free(work.tags);
    return rc;
}
