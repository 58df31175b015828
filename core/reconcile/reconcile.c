/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/reconcile.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS 86400000

/* The leg of a finding: u8 1 || reference, u8 2 || slip or count, u8 3 || from, 0x00, to, 0x00, day u32. */
enum leg_form { LEG_REF = 1, LEG_NAME = 2, LEG_DAY = 3 };

struct leg {
    uint8_t bytes[DISCREPANCY_LEG_MAX];
    size_t len;
};

static void leg_of_ref(const struct ref *ref, struct leg *leg)
{
    leg->bytes[0] = LEG_REF;
    ref_encode(ref, leg->bytes + 1);
    leg->len = 1 + REF_SIZE;
}

static void leg_of_name(const void *name, size_t len, struct leg *leg)
{
    if (len > LIMIT_CODE)
        len = LIMIT_CODE;
    leg->bytes[0] = LEG_NAME;
    memcpy(leg->bytes + 1, name, len);
    leg->len = 1 + len;
}

static void leg_of_day(const char *from, const char *to, uint64_t hlc, struct leg *leg)
{
    size_t from_len = strlen(from) + 1;
    size_t to_len = strlen(to) + 1;

    leg->bytes[0] = LEG_DAY;
    memcpy(leg->bytes + 1, from, from_len);
    memcpy(leg->bytes + 1 + from_len, to, to_len);
    write_u32(leg->bytes + 1 + from_len + to_len, (uint32_t)((hlc >> 16) / DAY_MS));
    leg->len = 1 + from_len + to_len + 4;
}

void reconcile_identify(const struct thing_key *subject, const uint8_t *leg, size_t len, struct discrepancy_finding *finding)
{
    crypto_generichash_state hash;

    crypto_generichash_init(&hash, NULL, 0, DISCREPANCY_ID_SIZE);
    crypto_generichash_update(&hash, &finding->kind, 1);
    crypto_generichash_update(&hash, subject->bytes, subject->len);
    crypto_generichash_update(&hash, leg, len);
    crypto_generichash_final(&hash, finding->id, DISCREPANCY_ID_SIZE);
}

void reconcile_add_place(struct discrepancy_finding *finding, const char *place)
{
    size_t len = strlen(place);

    if (len == 0 || len > LIMIT_PLACE_CODE || finding->place_count == DISCREPANCY_PLACES_MAX)
        return;
    for (size_t i = 0; i < finding->place_count; i++) {
        if (strcmp(finding->places[i], place) == 0)
            return;
    }
    memcpy(finding->places[finding->place_count++], place, len + 1);
}

void reconcile_add_event(struct discrepancy_finding *finding, const struct ref *ref)
{
    if (ref->seq == 0 || finding->event_count == DISCREPANCY_EVENTS)
        return;
    for (size_t i = 0; i < finding->event_count; i++) {
        if (ref_compare(&finding->events[i], ref) == 0)
            return;
    }
    finding->events[finding->event_count++] = *ref;
}

/* Where it was before; a place that is not known leaves anybody to ask. */
static void add_before(struct discrepancy_finding *finding, const struct reconcile_before *before)
{
    reconcile_add_event(finding, &before->cause);
    if (before->custody == CUSTODY_PLACE || before->custody == CUSTODY_TRANSIT) {
        reconcile_add_place(finding, before->place);
        reconcile_add_place(finding, before->to);
    } else {
        reconcile_add_place(finding, DISCREPANCY_ANYWHERE);
    }
}

void reconcile_merge(struct discrepancy_finding *finding, const struct discrepancy_finding *more)
{
    for (size_t i = 0; i < more->event_count; i++)
        reconcile_add_event(finding, &more->events[i]);
    for (size_t i = 0; i < more->place_count; i++)
        reconcile_add_place(finding, more->places[i]);
    memset(&finding->ended, 0, sizeof(finding->ended));
}

/* One leg is one finding, however many events show it. */
int reconcile_gather(struct discrepancy_findings *findings, const struct discrepancy_finding *finding)
{
    struct discrepancy_finding *list;

    for (size_t i = 0; i < findings->count; i++) {
        struct discrepancy_finding *same = &findings->list[i];

        if (memcmp(same->id, finding->id, DISCREPANCY_ID_SIZE) != 0)
            continue;
        reconcile_merge(same, finding);
        return 0;
    }
    list = realloc(findings->list, (findings->count + 1) * sizeof(*list));
    if (list == NULL)
        return NAVETTE_E_MEMORY;
    findings->list = list;
    list[findings->count++] = *finding;
    return 0;
}

static int is_received(const struct reconcile_before *before, const struct reconcile_step *step)
{
    const char *place = step->event->body->place;

    switch (before->custody) {
    case CUSTODY_PLACE:
        return strcmp(before->place, place) != 0;
    case CUSTODY_TRANSIT:
        return strcmp(before->to, place) != 0;
    default: /* what is in a container comes with it */
        return before->custody != CUSTODY_CONTAINER;
    }
}

static int is_delivered(const struct reconcile_before *before, const struct reconcile_step *step)
{
    return before->custody == CUSTODY_NONE || (before->custody == CUSTODY_TRANSIT && strcmp(before->to, step->event->body->place) == 0);
}

/* Expected there, and nothing says that it had left. */
static int is_missed(const struct reconcile_before *before, const struct reconcile_step *step)
{
    if (step->part != PART_MISSING || before->condition != CONDITION_NORMAL || step->record->condition != CONDITION_MISSING)
        return 0;
    if (before->custody == CUSTODY_PLACE)
        return strcmp(before->place, step->event->body->place) == 0;
    return before->custody == CUSTODY_CONTAINER || before->custody == CUSTODY_NONE;
}

/* 0: nothing. */
static int kind_of(const struct reconcile_before *before, const struct reconcile_step *step)
{
    const struct thing_record *record = step->record;
    Navette__Event__BodyCase body = step->event->body->body_case;
    int sends = body == NAVETTE__EVENT__BODY_DISPATCHED || body == NAVETTE__EVENT__BODY_COLLECTED;

    if (thing_kind(&record->key) > NAVETTE__THING_KIND__THING_CRATE)
        return 0;
    if (record->conflict && ref_compare(&record->cause, &step->event->self) == 0)
        return sends && before->custody == CUSTODY_TRANSIT ? DISCREPANCY_TRANSITS : DISCREPANCY_PLACES;
    switch (body) {
    case NAVETTE__EVENT__BODY_RECEIVED:
    case NAVETTE__EVENT__BODY_SEEN_ON_RECEPTION:
        return is_received(before, step) ? DISCREPANCY_RECEIVED : 0;
    case NAVETTE__EVENT__BODY_DELIVERED:
        return is_delivered(before, step) ? DISCREPANCY_DELIVERED : 0;
    case NAVETTE__EVENT__BODY_COUNT_CLOSED:
        return is_missed(before, step) ? DISCREPANCY_COUNT : 0;
    default:
        return 0;
    }
}

static int is_ended(const struct reconcile_before *before, const struct reconcile_step *step)
{
    return before->condition == CONDITION_MISSING && step->record->condition != CONDITION_MISSING;
}

int reconcile_asks_explained(const Navette__Event *body)
{
    return body->body_case == NAVETTE__EVENT__BODY_RECEIVED || body->body_case == NAVETTE__EVENT__BODY_SEEN_ON_RECEPTION;
}

int reconcile_is_odd(const struct reconcile_before *before, const struct reconcile_step *step)
{
    return kind_of(before, step) != 0;
}

int reconcile_is_end(const struct reconcile_before *before, const struct reconcile_step *step)
{
    return is_ended(before, step);
}

static void take_received(const struct reconcile_before *before, const struct event *event, struct discrepancy_finding *finding,
                          struct leg *leg)
{
    const Navette__Event *body = event->body;
    const Navette__Ref *ref;
    const char *from = "";
    const char *slip = "";
    struct ref dispatch;

    if (body->body_case == NAVETTE__EVENT__BODY_RECEIVED) {
        ref = body->received->dispatch;
        from = body->received->from;
        slip = body->received->slip;
    } else {
        ref = body->seen_on_reception->dispatch;
    }
    dispatch = event_ref(ref, &event->self);
    if (dispatch.seq != 0)
        leg_of_ref(&dispatch, leg);
    else if (slip[0] != '\0')
        leg_of_name(slip, strlen(slip), leg);
    else
        leg_of_day(from, body->place, body->hlc, leg);
    reconcile_add_place(finding, from);
    if (from[0] == '\0' || before->custody != CUSTODY_NONE)
        add_before(finding, before);
}

static void take(const struct reconcile_before *before, const struct reconcile_step *step, struct discrepancy_finding *finding,
                 struct leg *leg)
{
    const struct event *event = step->event;
    const Navette__Event *body = event->body;
    const char *from = before->custody == CUSTODY_TRANSIT ? before->to : before->custody == CUSTODY_PLACE ? before->place : "";
    int sends = body->body_case == NAVETTE__EVENT__BODY_DISPATCHED || body->body_case == NAVETTE__EVENT__BODY_COLLECTED;

    switch (finding->kind) {
    case DISCREPANCY_RECEIVED:
        take_received(before, event, finding, leg);
        return;
    case DISCREPANCY_COUNT:
        leg_of_name(body->count_closed->count.data, body->count_closed->count.len, leg);
        reconcile_add_event(finding, &before->cause);
        reconcile_add_place(finding, step->record->home);
        return;
    case DISCREPANCY_DELIVERED:
        if (before->custody == CUSTODY_TRANSIT)
            leg_of_ref(&before->cause, leg);
        else
            leg_of_day("", body->place, body->hlc, leg);
        break;
    default:
        if (sends)
            leg_of_ref(&event->self, leg);
        else
            leg_of_day(from, body->place, body->hlc, leg);
        break;
    }
    add_before(finding, before);
}

int reconcile_find(const struct reconcile_before *before, const struct reconcile_step *step, struct discrepancy_finding *finding)
{
    int kind = kind_of(before, step);
    struct leg leg;

    if (kind == 0 || (kind == DISCREPANCY_RECEIVED && step->explained))
        return 0;
    memset(finding, 0, sizeof(*finding));
    finding->kind = (uint8_t)kind;
    reconcile_add_event(finding, &step->event->self);
    reconcile_add_place(finding, step->event->body->place);
    take(before, step, finding, &leg);
    reconcile_identify(&step->record->key, leg.bytes, leg.len, finding);
    return 1;
}

int reconcile_step(struct discrepancy_findings *findings, const struct reconcile_before *before, const struct reconcile_step *step)
{
    struct discrepancy_finding finding;

    if (is_ended(before, step)) {
        for (size_t i = 0; i < findings->count; i++) {
            if (findings->list[i].kind == DISCREPANCY_COUNT && findings->list[i].ended.seq == 0)
                findings->list[i].ended = step->event->self;
        }
    }
    return reconcile_find(before, step, &finding) ? reconcile_gather(findings, &finding) : 0;
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(((const struct discrepancy_finding *)a)->id, ((const struct discrepancy_finding *)b)->id, DISCREPANCY_ID_SIZE);
}

void reconcile_finish(struct discrepancy_findings *findings)
{
    if (findings->count > 1)
        qsort(findings->list, findings->count, sizeof(*findings->list), compare_ids);
}

void reconcile_before(const struct thing_record *record, struct reconcile_before *before)
{
    before->custody = record->custody;
    before->condition = record->condition;
    memcpy(before->place, record->place, sizeof(before->place));
    memcpy(before->to, record->to, sizeof(before->to));
    before->cause = record->cause;
}

void reconcile_term(const struct thing_record *record, int kind, struct discrepancy_finding *finding)
{
    struct leg leg;

    memset(finding, 0, sizeof(*finding));
    finding->kind = (uint8_t)kind;
    reconcile_add_event(finding, &record->cause);
    reconcile_add_place(finding, record->to);
    reconcile_add_place(finding, record->place);
    leg_of_ref(&record->cause, &leg);
    reconcile_identify(&record->key, leg.bytes, leg.len, finding);
}
