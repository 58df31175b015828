/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/phone.h"

#include <stdlib.h>
#include <string.h>

#include "reconcile/reconcile.h"

#define LEG_REPORT 6u

/* What an event tells of where the thing is. */
enum sign {
    SIGN_NONE,
    SIGN_COMES,     /* received, found */
    SIGN_RETURNS,   /* returned, dropped in the box */
    SIGN_LIES,      /* seen, handled */
    SIGN_LEAVES,    /* dispatched, refused */
    SIGN_COLLECTED, /* out of the place, or out of a person's hands there */
    SIGN_DELIVERED,
    SIGN_MISSED, /* by a count, or given up */
    SIGN_COUNT
};

enum word { SAYS_NOTHING = 0, CONFIRMS = 1, CONTRADICTS = 2 };
#define CLAIMS 4

/* phone.h: behind what was said, there and elsewhere. */
static const uint8_t THERE[CLAIMS][SIGN_COUNT] = {
    [NAVETTE__PHONE_CLAIM__CLAIM_HERE] = {0, CONFIRMS, CONFIRMS, CONFIRMS, CONFIRMS, CONFIRMS, CONFIRMS, CONTRADICTS},
    [NAVETTE__PHONE_CLAIM__CLAIM_DELIVERED] = {0, CONTRADICTS, CONFIRMS, CONTRADICTS, CONTRADICTS, CONFIRMS, CONFIRMS, 0},
    [NAVETTE__PHONE_CLAIM__CLAIM_GONE] = {0, CONFIRMS, CONFIRMS, CONTRADICTS, CONFIRMS, CONFIRMS, CONFIRMS, CONFIRMS},
};
static const uint8_t ELSEWHERE[CLAIMS][SIGN_COUNT] = {
    [NAVETTE__PHONE_CLAIM__CLAIM_HERE] = {0, CONTRADICTS, CONTRADICTS, CONTRADICTS, CONTRADICTS, CONTRADICTS, CONTRADICTS, 0},
    [NAVETTE__PHONE_CLAIM__CLAIM_DELIVERED] = {0, CONTRADICTS, CONFIRMS, CONTRADICTS, CONTRADICTS, CONTRADICTS, CONTRADICTS, 0},
    [NAVETTE__PHONE_CLAIM__CLAIM_GONE] = {0, CONFIRMS, CONFIRMS, CONFIRMS, CONFIRMS, CONFIRMS, CONFIRMS, 0},
};
/* Before, there. */
static const uint8_t BEFORE[CLAIMS][SIGN_COUNT] = {
    [NAVETTE__PHONE_CLAIM__CLAIM_HERE] = {0, CONFIRMS, CONFIRMS, CONFIRMS, 0, 0, 0, 0},
    [NAVETTE__PHONE_CLAIM__CLAIM_DELIVERED] = {0, 0, 0, 0, 0, 0, CONFIRMS, 0},
    [NAVETTE__PHONE_CLAIM__CLAIM_GONE] = {0, 0, 0, 0, CONFIRMS, CONFIRMS, CONFIRMS, CONFIRMS},
};

static enum sign sign_of(const Navette__Event *body)
{
    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_RECEIVED:
    case NAVETTE__EVENT__BODY_FOUND:
        return SIGN_COMES;
    case NAVETTE__EVENT__BODY_RETURNED:
    case NAVETTE__EVENT__BODY_DROPPED:
        return SIGN_RETURNS;
    case NAVETTE__EVENT__BODY_SEEN_ON_RECEPTION:
    case NAVETTE__EVENT__BODY_SEEN_AT:
    case NAVETTE__EVENT__BODY_COUNT_LINE:
    case NAVETTE__EVENT__BODY_ITEM_PACKED:
    case NAVETTE__EVENT__BODY_ITEM_UNPACKED:
    case NAVETTE__EVENT__BODY_CRATE_LOADED:
    case NAVETTE__EVENT__BODY_CRATE_UNLOADED:
    case NAVETTE__EVENT__BODY_BAG_SEALED:
    case NAVETTE__EVENT__BODY_BAG_OPENED:
    case NAVETTE__EVENT__BODY_SEALED_DEPOSIT:
    case NAVETTE__EVENT__BODY_TRANSIT_CANCELLED:
        return SIGN_LIES;
    case NAVETTE__EVENT__BODY_DISPATCHED:
    case NAVETTE__EVENT__BODY_REFUSED:
        return SIGN_LEAVES;
    case NAVETTE__EVENT__BODY_COLLECTED:
        return SIGN_COLLECTED;
    case NAVETTE__EVENT__BODY_DELIVERED:
        return SIGN_DELIVERED;
    case NAVETTE__EVENT__BODY_COUNT_CLOSED:
    case NAVETTE__EVENT__BODY_DECLARED_LOST:
        return SIGN_MISSED;
    default:
        return SIGN_NONE;
    }
}

/* One present event of the history, in its order. */
struct told {
    const struct event *event;
    int64_t time_ms;
};

struct telling {
    struct told *list;
    size_t count;
};

static int64_t next_said_ms(const struct phone_reports *reports, size_t at)
{
    if (at + 1 == reports->count || strcmp(reports->list[at + 1].place, reports->list[at].place) != 0)
        return INT64_MAX;
    return reports->list[at + 1].said_ms;
}

static void take_word(struct phone_report *report, const struct event *event, int word)
{
    report->standing = word == CONFIRMS ? PHONE_CONFIRMED : PHONE_CONTRADICTED;
    report->by = event->self;
    memcpy(report->by_place, event->body->place, strlen(event->body->place) + 1);
}

static int is_there(const struct phone_report *report, const struct event *event)
{
    return strcmp(report->place, event->body->place) == 0;
}

/* The last one before it. */
static int judge_before(struct phone_report *report, const struct telling *telling)
{
    const struct event *last = NULL;

    for (size_t i = 0; i < telling->count; i++) {
        if (telling->list[i].time_ms <= report->said_ms && sign_of(telling->list[i].event->body) != SIGN_NONE)
            last = telling->list[i].event;
    }
    if (last == NULL || !is_there(report, last) || !BEFORE[report->claim][sign_of(last->body)])
        return 0;
    take_word(report, last, CONFIRMS);
    return 1;
}

static int judge_after(struct phone_report *report, const struct telling *telling, int64_t until_ms)
{
    for (size_t i = 0; i < telling->count; i++) {
        const struct event *event = telling->list[i].event;
        enum sign sign = sign_of(event->body);
        int word = is_there(report, event) ? THERE[report->claim][sign] : ELSEWHERE[report->claim][sign];

        if (telling->list[i].time_ms <= report->said_ms || telling->list[i].time_ms > until_ms || word == SAYS_NOTHING)
            continue;
        take_word(report, event, word);
        return 1;
    }
    return 0;
}

static void judge(struct phone_reports *reports, const struct telling *telling)
{
    for (size_t i = 0; i < reports->count; i++) {
        struct phone_report *report = &reports->list[i];
        int64_t until_ms = next_said_ms(reports, i);
        int is_told = report->claim == NAVETTE__PHONE_CLAIM__CLAIM_DELIVERED
                          ? judge_before(report, telling) || judge_after(report, telling, until_ms)
                          : judge_after(report, telling, until_ms) || judge_before(report, telling);

        if (!is_told && until_ms != INT64_MAX)
            report->standing = PHONE_REPLACED;
    }
}

static int compare_said(const struct phone_report *a, const struct phone_report *b)
{
    if (a->said_ms != b->said_ms)
        return a->said_ms < b->said_ms ? -1 : 1;
    return order_compare(a->hlc, &a->self, b->hlc, &b->self);
}

static int compare_reports(const void *a, const void *b)
{
    int order = strcmp(((const struct phone_report *)a)->place, ((const struct phone_report *)b)->place);

    return order != 0 ? order : compare_said(a, b);
}

static int add_report(struct phone_reports *reports, const struct event *event, int64_t time_ms)
{
    const Navette__PhoneSaid *said = event->body->phone_said;
    struct phone_report *report = &reports->list[reports->count];

    if (said->claim <= 0 || said->claim >= CLAIMS)
        return 0;
    memset(report, 0, sizeof(*report));
    report->self = event->self;
    report->claim = (uint8_t)said->claim;
    memcpy(report->place, said->reporter, strlen(said->reporter) + 1);
    report->said_ms = said->said_ms != 0 && said->said_ms < time_ms ? said->said_ms : time_ms;
    report->hlc = event->body->hlc;
    return 1;
}

/* all: so many present events may come. */
static int begin(size_t all, struct phone_reports *reports, struct telling *telling)
{
    memset(reports, 0, sizeof(*reports));
    telling->count = 0;
    telling->list = calloc(all + 1, sizeof(*telling->list));
    reports->list = calloc(all + 1, sizeof(*reports->list));
    if (telling->list != NULL && reports->list != NULL)
        return 0;
    free(telling->list);
    phone_reports_free(reports);
    return NAVETTE_E_MEMORY;
}

static void take(const struct event *event, int64_t time_ms, struct phone_reports *reports, struct telling *telling)
{
    if (event->body->body_case == NAVETTE__EVENT__BODY_PHONE_SAID)
        reports->count += (size_t)add_report(reports, event, time_ms);
    else
        telling->list[telling->count++] = (struct told){event, time_ms};
}

static void end(struct phone_reports *reports, struct telling *telling)
{
    if (reports->count > 1)
        qsort(reports->list, reports->count, sizeof(*reports->list), compare_reports);
    judge(reports, telling);
    free(telling->list);
}

int phone_of_chronicle(const struct chronicle *chronicle, const struct order *order, struct phone_reports *reports)
{
    struct telling telling;
    int any = 0;
    int rc;

    memset(reports, 0, sizeof(*reports));
    for (size_t i = 0; !any && i < chronicle->count; i++)
        any = chronicle->entries[i].event.body->body_case == NAVETTE__EVENT__BODY_PHONE_SAID;
    if (!any)
        return 0;
    rc = begin(order->count, reports, &telling);
    if (rc != 0)
        return rc;
    reports->any = 1;
    for (size_t i = 0; i < order->count; i++) {
        const struct chronicle_entry *entry = &chronicle->entries[order->sequence[i]];

        take(&entry->event, entry->time_ms, reports, &telling);
    }
    end(reports, &telling);
    return 0;
}

int phone_of_history(const struct history *history, struct phone_reports *reports)
{
    struct telling telling;
    int rc = begin(history->count, reports, &telling);

    if (rc != 0)
        return rc;
    for (size_t i = 0; i < history->count; i++) {
        const struct history_step *step = &history->steps[i];

        reports->any |= step->event.body->body_case == NAVETTE__EVENT__BODY_PHONE_SAID;
        if (!step->absent)
            take(&step->event, step->time_ms, reports, &telling);
    }
    end(reports, &telling);
    return 0;
}

void phone_reports_free(struct phone_reports *reports)
{
    free(reports->list);
    reports->list = NULL;
    reports->count = 0;
}

const struct phone_report *phone_standing(const struct phone_reports *reports)
{
    const struct phone_report *newest = NULL;

    for (size_t i = 0; i < reports->count; i++) {
        const struct phone_report *report = &reports->list[i];

        if (report->standing == PHONE_STANDS && (newest == NULL || compare_said(report, newest) > 0))
            newest = report;
    }
    return newest;
}

void phone_describe(const struct thing_key *subject, const struct ref *report, const char *place, const struct ref *by,
                    const char *by_place, struct discrepancy_finding *finding)
{
    uint8_t leg[1 + REF_SIZE] = {LEG_REPORT};

    memset(finding, 0, sizeof(*finding));
    finding->kind = DISCREPANCY_PHONE;
    reconcile_add_event(finding, by);
    reconcile_add_event(finding, report);
    reconcile_add_place(finding, place);
    reconcile_add_place(finding, by_place);
    ref_encode(report, leg + 1);
    reconcile_identify(subject, leg, sizeof(leg), finding);
}

int phone_find(const struct thing_key *key, const struct phone_reports *reports, struct discrepancy_findings *findings)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < reports->count; i++) {
        const struct phone_report *report = &reports->list[i];
        struct discrepancy_finding finding;

        if (report->standing != PHONE_CONTRADICTED)
            continue;
        phone_describe(key, &report->self, report->place, &report->by, report->by_place, &finding);
        rc = reconcile_gather(findings, &finding);
    }
    if (reports->count > 0)
        reconcile_finish(findings);
    return rc;
}
