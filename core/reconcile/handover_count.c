/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/handover_count.h"

#include <stdlib.h>
#include <string.h>

#include "reconcile/handover_work.h"

#define NOBODY HANDOVER_NOBODY

#define CRATE NAVETTE__THING_KIND__THING_CRATE
#define BAG NAVETTE__THING_KIND__THING_BAG
#define ITEM NAVETTE__THING_KIND__THING_ITEM

static int find_tag(struct handover_work *work, const struct thing_key *key, struct handover_scan **tag)
{
    size_t before = work->numbers.count;
    uint32_t number;
    int rc = keymap_number(&work->numbers, thing_key_span(key), &number);

    if (rc != 0)
        return rc;
    if (number == before) {
        if ((before & (before - 1)) == 0) {
            struct handover_scan *tags = realloc(work->tags, (before == 0 ? 1 : before * 2) * sizeof(*tags));

            if (tags == NULL)
                return NAVETTE_E_MEMORY;
            work->tags = tags;
        }
        work->tags[before] = (struct handover_scan){.key = *key, .given = NOBODY, .taken = NOBODY};
        work->tag_count = before + 1;
    }
    *tag = &work->tags[number];
    return 0;
}

static int take_scans(struct handover_work *work, size_t number)
{
    const struct handover_member *member = &work->set->members[number];
    struct handover_part *part = &work->parts[member->part];
    const Navette__Event *body = member->event.body;
    struct event_thing things[EVENT_THINGS_MAX];
    size_t count = event_things(body, things);
    int rc = 0;

    part->gives += member->words.role == HANDOVER_GIVES;
    part->takes += member->words.role == HANDOVER_TAKES;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct handover_scan *tag;

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
        rc = handover_figures_add_pools(&part->pools[HANDOVER_GIVER], body->dispatched->pools, body->dispatched->n_pools);
    if (rc == 0 && body->body_case == NAVETTE__EVENT__BODY_COLLECTED)
        rc = handover_figures_add_pools(&part->pools[HANDOVER_GIVER], body->collected->pools, body->collected->n_pools);
    if (rc == 0 && body->body_case == NAVETTE__EVENT__BODY_RECEIVED)
        rc = handover_figures_add_pools(&part->pools[HANDOVER_TAKER], body->received->pools, body->received->n_pools);
    return rc;
}

int handover_count_party(Navette__HandoverParty party)
{
    switch (party) {
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

static const char *taken_at(const Navette__Event *body)
{
    return body->body_case == NAVETTE__EVENT__BODY_COLLECTED ? body->collected->to : body->dispatched->to;
}

/* A party counts at its own place, as far as dispatches say whose that is. */
static int is_own(const struct handover_set *set, const char *place, int party)
{
    int gives = 0;
    int takes = 0;

    for (size_t i = 0; i < set->count; i++) {
        if (set->members[i].words.role != HANDOVER_GIVES)
            continue;
        gives |= strcmp(set->members[i].event.body->place, place) == 0;
        takes |= strcmp(taken_at(set->members[i].event.body), place) == 0;
    }
    return party == HANDOVER_TAKER ? takes || !gives : party == HANDOVER_GIVER ? gives || !takes : 1;
}

static int take_member(struct handover_work *work, size_t number)
{
    const struct handover_member *member = &work->set->members[number];
    struct handover_part *part = &work->parts[member->part];
    int party;

    switch (member->words.role) {
    case HANDOVER_COUNTS:
        party = handover_count_party(member->event.body->handover_counted->party);
        if (party >= 0 && is_own(work->set, member->event.body->place, party))
            part->last[party] = number;
        return 0;
    case HANDOVER_PHONES:
        party = handover_count_party(member->event.body->phone_counted->party);
        if (party >= 0 && is_own(work->set, member->event.body->phone_counted->reporter, party)) {
            part->phoned[party] = number;
            work->phoned[party] = number;
        }
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
static void add_inside(struct handover_work *work, size_t number)
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

static void add_tags(struct handover_work *work)
{
    for (size_t i = 0; i < work->tag_count; i++) {
        const struct handover_scan *tag = &work->tags[i];
        int kind = thing_kind(&tag->key);

        if (tag->given != NOBODY) {
            struct handover_part *part = &work->parts[work->set->members[tag->given].part];

            part->given[kind]++;
            part->loose |= kind == ITEM;
            work->given[kind]++;
        }
        if (tag->taken != NOBODY)
            work->parts[work->set->members[tag->taken].part].taken[kind]++;
    }
}

static void set_text(char *out, size_t size, const char *text)
{
    size_t len = strlen(text);

    if (out[0] == '\0' && len < size)
        memcpy(out, text, len + 1);
}

/* Who speaks last by figures or by closing, else who scanned first. */
static void take_speaker(const struct handover_set *set, const struct handover_member *member, struct handover *handover)
{
    const Navette__Event *body = member->event.body;
    enum handover_role role = member->words.role;
    int party = role == HANDOVER_GIVES    ? HANDOVER_GIVER
                : role == HANDOVER_COUNTS ? handover_count_party(body->handover_counted->party)
                                          : HANDOVER_TAKER;
    struct handover_count *count;
    struct event_thing things[EVENT_THINGS_MAX];

    if (role == HANDOVER_PAIRS || role == HANDOVER_CANCELS || role == HANDOVER_PHONES || party < 0)
        return;
    if (role == HANDOVER_COUNTS && !is_own(set, body->place, party))
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

static int add_tag(struct handover_tag **list, size_t *count, const struct handover_scan *tag, const struct ref *event)
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
static int is_extra(const struct handover_work *work, const struct handover_scan *tag, const struct handover_part *part)
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

static int match_tags(const struct handover_work *work, struct handover *handover)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < work->tag_count; i++) {
        const struct handover_scan *tag = &work->tags[i];
        const struct handover_member *member = &work->set->members[tag->given != NOBODY   ? tag->given
                                                                   : tag->taken != NOBODY ? tag->taken
                                                                                          : 0];
        const struct handover_part *part = &work->parts[member->part];

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

static int count_all(struct handover_work *work, struct handover *handover)
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
        take_speaker(set, &set->members[i], handover);
        rc = add_dispatch(handover, &set->members[i]);
    }
    for (int party = 0; rc == 0 && party < HANDOVER_PARTIES; party++)
        rc = handover_figures_party(work, party, &handover->parties[party]);
    return rc == 0 ? match_tags(work, handover) : rc;
}

int handover_count_set(const struct handover_set *set, struct handover *handover)
{
    struct handover_work work = {.set = set};
    int rc = NAVETTE_E_MEMORY;

    keymap_init(&work.numbers);
    for (int party = 0; party < HANDOVER_PARTIES; party++)
        work.phoned[party] = NOBODY;
    work.parts = calloc(set->key_count == 0 ? 1 : set->key_count, sizeof(*work.parts));
    if (work.parts != NULL) {
        for (size_t i = 0; i < set->key_count; i++) {
            work.parts[i].is_stop = handover_key_is_stop(&set->keys[i]);
            for (int party = 0; party < HANDOVER_PARTIES; party++)
                work.parts[i].last[party] = work.parts[i].phoned[party] = NOBODY;
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
