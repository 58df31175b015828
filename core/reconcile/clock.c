/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/clock.h"

#include <stdlib.h>
#include <string.h>

#include "fold/correction.h"
#include "navette/journal_stub.h"
#include "reconcile/reconcile.h"
#include "reconcile/stated.h"

#define CLOCK_LEG_SIZE (1u + INCARNATION_SIZE + 8u) /* 4 || incarnation || boot */
#define LEG_BOOT 4u

static int is_out(int64_t time_ms, const struct stated *end)
{
    return time_ms < CLOCK_FIRST_MS || time_ms < end->after_ms - CLOCK_TOLERANCE_MS || time_ms > end->before_ms + CLOCK_TOLERANCE_MS;
}

static int subject_of(const struct stated *end, struct thing_key *subject)
{
    char id[2 * NODE_ID_SIZE + 1];

    hex_encode(end->log + INCARNATION_SIZE, NODE_ID_SIZE, id);
    return thing_key_make(NAVETTE__THING_KIND__THING_NODE, "", id, subject) == 0 ? 0 : NAVETTE_E_STORE;
}

static void describe(const struct event *event, const struct thing_key *subject, struct discrepancy_finding *finding)
{
    uint8_t leg[CLOCK_LEG_SIZE];

    memset(finding, 0, sizeof(*finding));
    finding->kind = DISCREPANCY_CLOCK;
    reconcile_add_event(finding, &event->self);
    reconcile_add_place(finding, event->body->place);
    leg[0] = LEG_BOOT;
    memcpy(leg + 1, event->self.incarnation, INCARNATION_SIZE);
    write_u64(leg + 1 + INCARNATION_SIZE, event->body->boot);
    reconcile_identify(subject, leg, sizeof(leg), finding);
}

/* What is suspect of one entry: found in it, under which boot. */
struct suspect {
    struct thing_key subject;
    struct discrepancy_finding finding;
    uint64_t boot;
};

enum looked { LOOKED_RIGHT, LOOKED_OUT, LOOKED_LACKING };

/* Of one whose bytes were given up: only a movement's are, and when it was its stub says. NAVETTE_E_PRUNED: more is needed. */
static int look_at_stub(const struct horizon *horizon, const struct stated *end, const struct journal_entry *stub)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    struct event event = {.self = stub->self, .body = &body};
    struct stub_clock clock;
    int64_t time_ms;
    int rc = journal_stub_clock(stub, &clock);

    if (rc != 0)
        return rc;
    body.boot = clock.boot;
    body.boottime_ms = clock.boottime_ms;
    body.hlc = (uint64_t)clock.written_ms << 16;
    rc = correction_time(horizon, &event, &time_ms, NULL);
    return rc != 0 ? rc : is_out(time_ms, end) ? NAVETTE_E_PRUNED : LOOKED_RIGHT;
}

/* At the entry of this number, which stands between the end before `end` and `end`. enum looked, or a code. What came under its own name only inside another tells nothing, nor does that one. */
static int look(const struct horizon *horizon, const struct stated *end, uint64_t seq, struct suspect *suspect)
{
    struct ref ref = {.seq = seq}; /* whatever its leaf */
    struct journal_entry entry;
    struct event event;
    int64_t time_ms = 0;
    int rc;

    memcpy(ref.incarnation, end->log, INCARNATION_SIZE);
    rc = journal_find(horizon->journal, &ref, &entry);
    if (rc == NAVETTE_E_NOT_FOUND || ((rc == 0 || rc == NAVETTE_E_PRUNED) && entry.position > horizon->limit))
        return LOOKED_LACKING;
    if (rc == NAVETTE_E_PRUNED)
        return look_at_stub(horizon, end, &entry);
    rc = rc == 0 ? horizon_decode(&entry, &event) : rc;
    if (rc != 0)
        return rc == NAVETTE_E_INVALID || rc == NAVETTE_E_UNKNOWN ? LOOKED_RIGHT : rc;
    if (event.body->body_case != NAVETTE__EVENT__BODY_ADOPTED)
        rc = correction_time(horizon, &event, &time_ms, NULL);
    if (rc == 0 && event.body->body_case != NAVETTE__EVENT__BODY_ADOPTED && is_out(time_ms, end)) {
        suspect->boot = event.body->boot;
        rc = subject_of(end, &suspect->subject);
        if (rc == 0)
            describe(&event, &suspect->subject, &suspect->finding);
        rc = rc == 0 ? LOOKED_OUT : rc;
    }
    event_free(&event);
    return rc;
}

/* The first number behind the end before. */
static int first_of(const struct horizon *horizon, const struct stated *end, uint64_t *first)
{
    struct stated earlier;
    int rc = end->seq == 0 ? NAVETTE_E_NOT_FOUND : stated_upto(horizon->state, end->log, end->seq - 1, &earlier);

    *first = rc == 0 ? earlier.seq + 1 : 1;
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int keep(const struct horizon *horizon, const struct stated *end, uint64_t seq, int *lacking)
{
    struct suspect suspect;
    int rc = look(horizon, end, seq, &suspect);

    *lacking |= rc == LOOKED_LACKING;
    if (rc == LOOKED_OUT)
        return reconcile_add_first(horizon->state, &suspect.subject, &suspect.finding, horizon->limit);
    return rc < 0 ? rc : 0;
}

/* Looks at the two that tell, and writes the row. */
static int settle(const struct horizon *horizon, struct stated *end, uint64_t first, uint64_t *lacking)
{
    int lacks = 0;
    int rc = end->seq >= first ? keep(horizon, end, end->seq, &lacks) : 0;

    if (rc == 0 && end->seq > first)
        rc = keep(horizon, end, first, &lacks);
    if (rc != 0)
        return rc;
    *lacking += (uint64_t)lacks - end->lacking;
    end->lacking = (uint8_t)lacks;
    return stated_put(horizon->state, end);
}

static int settle_again(const struct horizon *horizon, struct stated *end, uint64_t *lacking)
{
    uint64_t first;
    int rc = first_of(horizon, end, &first);

    return rc == 0 ? settle(horizon, end, first, lacking) : rc;
}

/* What was written before it was so by this time too. Statements of one log come as they were made, but for those that a hub lost and got back: then others stand behind. */
static int tighten_before(const struct horizon *horizon, const struct stated *end, uint64_t *lacking)
{
    struct stated earlier;
    uint64_t seq = end->seq;
    int rc = 0;

    while (rc == 0 && seq > 0 && (rc = stated_upto(horizon->state, end->log, seq - 1, &earlier)) == 0) {
        if (earlier.before_ms <= end->before_ms)
            break;
        seq = earlier.seq;
        earlier.before_ms = end->before_ms;
        rc = settle_again(horizon, &earlier, lacking);
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* ... and what was written behind it, not before that. */
static int tighten_after(const struct horizon *horizon, const struct stated *end, int is_new, uint64_t *lacking)
{
    struct stated later;
    uint64_t seq = end->seq;
    int rc = 0;

    while (rc == 0 && seq < UINT64_MAX && (rc = stated_from(horizon->state, end->log, seq + 1, &later)) == 0) {
        int64_t told_ms = end->told_ms > end->after_ms ? end->told_ms : end->after_ms;

        /* The first one begins elsewhere now. */
        if (later.after_ms >= told_ms && !(is_new && seq == end->seq))
            break;
        seq = later.seq;
        later.after_ms = later.after_ms > told_ms ? later.after_ms : told_ms;
        rc = settle_again(horizon, &later, lacking);
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* An end that was not stated before; usually the last of its log. earlier: the one before it, NULL: there is none. */
static int begin_end(const struct horizon *horizon, struct stated *end, const struct stated *earlier, uint64_t *lacking)
{
    struct stated later;
    int rc = stated_from(horizon->state, end->log, end->seq, &later);
    int is_last = rc == NAVETTE_E_NOT_FOUND;

    if (rc != 0 && !is_last)
        return rc;
    end->before_ms = !is_last && later.before_ms < end->noted_ms ? later.before_ms : end->noted_ms;
    if (earlier != NULL)
        end->after_ms = earlier->told_ms > earlier->after_ms ? earlier->told_ms : earlier->after_ms;
    rc = settle(horizon, end, earlier == NULL ? 1 : earlier->seq + 1, lacking);
    if (rc == 0 && earlier != NULL && earlier->before_ms > end->before_ms)
        rc = tighten_before(horizon, end, lacking);
    return rc == 0 && !is_last ? tighten_after(horizon, end, 1, lacking) : rc;
}

static int merge_end(const struct horizon *horizon, struct stated *end, const struct stated *fresh, uint64_t *lacking)
{
    int is_earlier = fresh->noted_ms < end->before_ms;
    int rc;

    if (fresh->told_ms > end->told_ms)
        end->told_ms = fresh->told_ms;
    if (fresh->noted_ms < end->noted_ms)
        end->noted_ms = fresh->noted_ms;
    if (is_earlier)
        end->before_ms = fresh->noted_ms;
    rc = is_earlier ? settle_again(horizon, end, lacking) : stated_put(horizon->state, end);
    if (rc == 0 && is_earlier)
        rc = tighten_before(horizon, end, lacking);
    return rc == 0 ? tighten_after(horizon, end, 0, lacking) : rc;
}

static int state_end(const struct horizon *horizon, struct stated *fresh, uint64_t *lacking)
{
    struct stated end;
    int rc = stated_upto(horizon->state, fresh->log, fresh->seq, &end);

    if (rc == 0 && end.seq == fresh->seq)
        return merge_end(horizon, &end, fresh, lacking);
    return rc == 0 || rc == NAVETTE_E_NOT_FOUND ? begin_end(horizon, fresh, rc == 0 ? &end : NULL, lacking) : rc;
}

int clock_take(const struct horizon *horizon, const struct event *event, uint64_t *lacking)
{
    const Navette__Frontier *frontier;
    struct stated fresh = {.seq = 0};

    if (event->body->body_case != NAVETTE__EVENT__BODY_FRONTIER_NOTED || event->body->place[0] != '\0' ||
        hex_decode(event->body->frontier_noted->node->id, fresh.log + INCARNATION_SIZE, NODE_ID_SIZE) != 0)
        return 0;
    frontier = event->body->frontier_noted->frontier;
    memcpy(fresh.log, frontier->incarnation.data, INCARNATION_SIZE);
    fresh.seq = frontier->seq;
    fresh.told_ms = frontier->hub_time_ms;
    fresh.noted_ms = (int64_t)(event->body->hlc >> 16);
    return state_end(horizon, &fresh, lacking);
}

/* An entry of this log has come. */
static int arrive(const struct horizon *horizon, const uint8_t log[STATED_LOG_SIZE], uint64_t seq, uint64_t *lacking)
{
    struct stated end;
    uint64_t first;
    int rc = stated_from(horizon->state, log, seq, &end);

    if (rc != 0 || !end.lacking)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = first_of(horizon, &end, &first);
    if (rc != 0 || (seq != first && seq != end.seq))
        return rc;
    return settle(horizon, &end, first, lacking);
}

int clock_arrived(const struct horizon *horizon, uint64_t *lacking)
{
    uint8_t log[STATED_LOG_SIZE];
    const uint8_t *after = NULL;
    struct journal_entry entry;
    int rc = horizon_held(journal_read_raw(horizon->journal, horizon->limit, &entry));

    while (rc == 0 && (rc = stated_next(horizon->state, entry.self.incarnation, after, log)) == 0) {
        rc = arrive(horizon, log, entry.self.seq, lacking);
        after = log;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* ---- afresh */

/* 0: go on. */
typedef int visit_suspect(const struct suspect *suspect, void *context);

/* What is suspect in one log, by number. */
static int visit_log(const struct horizon *horizon, const struct stated_ends *ends, visit_suspect *visit, void *context)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < ends->count; i++) {
        uint64_t first = i == 0 ? 1 : ends->list[i - 1].seq + 1;
        uint64_t last = ends->list[i].seq;
        struct suspect suspect;

        for (int which = 0; rc == 0 && first <= last && which < (first < last ? 2 : 1); which++) {
            rc = look(horizon, &ends->list[i], which == 0 ? first : last, &suspect);
            rc = rc == LOOKED_OUT ? visit(&suspect, context) : rc == LOOKED_LACKING ? 0 : rc;
        }
    }
    return rc;
}

struct wanted {
    uint64_t boot;
    struct discrepancy_finding finding;
};

static int take_first(const struct suspect *suspect, void *context)
{
    struct wanted *wanted = context;

    if (suspect->boot != wanted->boot)
        return 0;
    wanted->finding = suspect->finding;
    return 1;
}

/* What counts of one boot of a log now. */
static int find_again(const struct horizon *horizon, const uint8_t log[STATED_LOG_SIZE], uint64_t boot)
{
    struct wanted wanted = {.boot = boot};
    Navette__Event body = NAVETTE__EVENT__INIT;
    struct event shape = {.body = &body};
    struct discrepancy_finding named;
    struct thing_key subject;
    struct stated_ends ends;
    int rc = stated_ends(horizon->state, log, &ends);

    if (rc != 0)
        return horizon_held(rc);
    memcpy(shape.self.incarnation, log, INCARNATION_SIZE);
    body.boot = boot;
    rc = subject_of(&ends.list[0], &subject);
    /* Its name, whether it is found or not. */
    if (rc == 0) {
        describe(&shape, &subject, &named);
        rc = visit_log(horizon, &ends, take_first, &wanted);
    }
    free(ends.list);
    return rc < 0 ? rc : reconcile_replace(horizon->state, &subject, named.id, rc > 0 ? &wanted.finding : NULL, horizon->limit);
}

int clock_again(const struct horizon *horizon, const uint8_t incarnation[INCARNATION_SIZE], uint64_t boot)
{
    uint8_t log[STATED_LOG_SIZE];
    const uint8_t *after = NULL;
    int rc = 0;

    while (rc == 0 && (rc = stated_next(horizon->state, incarnation, after, log)) == 0) {
        rc = find_again(horizon, log, boot);
        after = log;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* Of all logs; of one: from `begun` on. */
struct gathering {
    struct discrepancy_row *list;
    size_t count;
    size_t capacity;
    size_t begun;
};

/* The first of each boot. */
static int gather(const struct suspect *suspect, void *context)
{
    struct gathering *gathering = context;
    struct discrepancy_row *row;

    for (size_t i = gathering->begun; i < gathering->count; i++) {
        if (memcmp(gathering->list[i].finding.id, suspect->finding.id, DISCREPANCY_ID_SIZE) == 0)
            return 0;
    }
    if (gathering->count == gathering->capacity) {
        size_t capacity = gathering->capacity * 2 + 16;
        struct discrepancy_row *list = realloc(gathering->list, capacity * sizeof(*list));

        if (list == NULL)
            return NAVETTE_E_MEMORY;
        gathering->list = list;
        gathering->capacity = capacity;
    }
    row = &gathering->list[gathering->count++];
    memset(row, 0, sizeof(*row));
    row->subject = suspect->subject;
    row->finding = suspect->finding;
    row->state = DISCREPANCY_OPEN;
    return 0;
}

static int compare_rows(const void *a, const void *b)
{
    const struct discrepancy_row *one = a;
    const struct discrepancy_row *other = b;
    int order = span_compare(thing_key_span(&one->subject), thing_key_span(&other->subject));

    return order != 0 ? order : memcmp(one->finding.id, other->finding.id, DISCREPANCY_ID_SIZE);
}

int clock_each(const struct horizon *horizon, discrepancy_visit *visit, void *context)
{
    struct gathering gathering = {.list = NULL};
    uint8_t log[STATED_LOG_SIZE];
    const uint8_t *after = NULL;
    int rc = 0;

    while (rc == 0 && (rc = stated_next(horizon->state, NULL, after, log)) == 0) {
        struct stated_ends ends;

        rc = stated_ends(horizon->state, log, &ends);
        if (rc == 0)
            rc = visit_log(horizon, &ends, gather, &gathering);
        free(ends.list);
        gathering.begun = gathering.count;
        after = log;
    }
    rc = rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    if (rc == 0 && gathering.count > 1)
        qsort(gathering.list, gathering.count, sizeof(*gathering.list), compare_rows);
    for (size_t i = 0; rc == 0 && i < gathering.count; i++)
        rc = visit(&gathering.list[i], context);
    free(gathering.list);
    return rc;
}
