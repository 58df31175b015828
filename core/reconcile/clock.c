/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/clock.h"

#include <string.h>

#include "fold/correction.h"
#include "navette/frontier.h"
#include "reconcile/reconcile.h"

#define CLOCK_LEG_SIZE (1u + INCARNATION_SIZE + 8u) /* 4 || incarnation || boot */
#define LEG_BOOT 4u

/* Between which times an entry was written, and whose it is. */
struct bounds {
    struct thing_key subject;
    int64_t after_ms;
    int64_t before_ms;
};

/* Between two statements of one log: the first entry and the last. */
struct stretch {
    uint8_t incarnation[INCARNATION_SIZE];
    uint64_t first;
    uint64_t last;
    uint64_t noted; /* position of the second one's note */
    struct bounds bounds;
};

static int is_out(int64_t time_ms, const struct bounds *bounds)
{
    return time_ms < CLOCK_FIRST_MS || time_ms < bounds->after_ms - CLOCK_TOLERANCE_MS || time_ms > bounds->before_ms + CLOCK_TOLERANCE_MS;
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

/* 1: the entry's time can't be right; 0; or a code. An entry that this store does not hold tells nothing. */
static int look(const struct horizon *horizon, const struct stretch *stretch, uint64_t seq, struct discrepancy_finding *finding,
                uint64_t *boot)
{
    struct ref ref = {.seq = seq}; /* whatever its leaf */
    struct journal_entry entry;
    struct event event;
    int64_t time_ms;
    int rc;

    memcpy(ref.incarnation, stretch->incarnation, INCARNATION_SIZE);
    rc = journal_find(horizon->journal, &ref, &entry);
    if (rc == 0)
        rc = entry.position > stretch->noted ? NAVETTE_E_NOT_FOUND : horizon_decode(&entry, &event);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_INVALID || rc == NAVETTE_E_UNKNOWN ? 0 : rc;
    rc = correction_time(horizon, &event, &time_ms, NULL);
    *boot = event.body->boot;
    if (rc == 0 && is_out(time_ms, &stretch->bounds)) {
        describe(&event, &stretch->bounds.subject, finding);
        rc = 1;
    }
    event_free(&event);
    return rc;
}

/* What a statement adds to the ones before it. 0: nothing was written since. */
static int stretch_of(const struct horizon *horizon, const struct frontier_mark *mark, struct stretch *stretch)
{
    struct frontier_mark before;
    struct journal_entry note;
    struct event event;
    int rc = journal_read(horizon->journal, mark->position, &note);

    memset(stretch, 0, sizeof(*stretch));
    memcpy(stretch->incarnation, mark->incarnation, INCARNATION_SIZE);
    stretch->first = 1;
    stretch->last = mark->seq;
    stretch->noted = mark->position;
    if (rc == 0)
        rc = horizon_decode(&note, &event);
    if (rc != 0)
        return horizon_held(rc);
    stretch->bounds.before_ms = (int64_t)(event.body->hlc >> 16);
    rc = thing_key_of(event.body->frontier_noted->node, &stretch->bounds.subject);
    event_free(&event);
    if (rc != 0)
        return NAVETTE_E_STORE;
    rc = frontier_last(horizon->state, mark->node, mark->position - 1, &before);
    if (rc == 0 && memcmp(before.incarnation, mark->incarnation, INCARNATION_SIZE) == 0) {
        stretch->first = before.seq + 1;
        stretch->bounds.after_ms = before.hub_time_ms;
    }
    rc = rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    return rc == 0 ? stretch->first <= stretch->last : rc;
}

typedef int found(const struct discrepancy_finding *finding, const struct thing_key *subject, uint64_t boot, void *context);

static int look_at_both(const struct horizon *horizon, const struct frontier_mark *mark, found *take, void *context)
{
    struct discrepancy_finding finding;
    struct stretch stretch;
    uint64_t boot;
    int rc = stretch_of(horizon, mark, &stretch);

    if (rc <= 0)
        return rc;
    rc = look(horizon, &stretch, stretch.first, &finding, &boot);
    if (rc > 0)
        rc = take(&finding, &stretch.bounds.subject, boot, context);
    if (rc != 0 || stretch.last == stretch.first)
        return rc;
    rc = look(horizon, &stretch, stretch.last, &finding, &boot);
    return rc > 0 ? take(&finding, &stretch.bounds.subject, boot, context) : rc;
}

static int keep(const struct discrepancy_finding *finding, const struct thing_key *subject, uint64_t boot, void *context)
{
    const struct horizon *horizon = context;

    (void)boot;
    return reconcile_add(horizon->state, subject, finding, horizon->limit);
}

int clock_take(const struct horizon *horizon, const struct event *event)
{
    uint8_t node[NODE_ID_SIZE];
    struct frontier_mark mark;
    int rc;

    if (event->body->body_case != NAVETTE__EVENT__BODY_FRONTIER_NOTED || event->body->place[0] != '\0' ||
        hex_decode(event->body->frontier_noted->node->id, node, NODE_ID_SIZE) != 0)
        return 0;
    rc = frontier_last(horizon->state, node, horizon->limit, &mark);
    if (rc != 0 || mark.position != horizon->limit)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    return look_at_both(horizon, &mark, keep, (void *)(uintptr_t)horizon);
}

/* ---- afresh */

struct gathering {
    struct discrepancy_findings *findings;
    const uint8_t *incarnation; /* NULL: of all its logs */
    uint64_t boot;
};

static int gather(const struct discrepancy_finding *finding, const struct thing_key *subject, uint64_t boot, void *context)
{
    struct gathering *gathering = context;

    (void)subject;
    if (gathering->incarnation != NULL && boot != gathering->boot)
        return 0;
    return reconcile_gather(gathering->findings, finding);
}

static int find(const struct horizon *horizon, const uint8_t node[NODE_ID_SIZE], struct gathering *gathering)
{
    struct frontier_need need = {.incarnation = gathering->incarnation};
    struct frontier_mark mark;
    int rc;

    while ((rc = frontier_first(horizon->state, node, &need, &mark)) == 0) {
        if (mark.position > horizon->limit)
            break;
        rc = look_at_both(horizon, &mark, gather, gathering);
        if (rc != 0)
            break;
        need.after = mark.position;
    }
    reconcile_finish(gathering->findings);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int clock_find(const struct horizon *horizon, const uint8_t node[NODE_ID_SIZE], struct discrepancy_findings *findings)
{
    struct gathering gathering = {.findings = findings};
    int rc;

    memset(findings, 0, sizeof(*findings));
    rc = find(horizon, node, &gathering);
    if (rc != 0)
        discrepancy_free(findings);
    return rc;
}

/* Which node's log that is, by what was stated of it. NAVETTE_E_NOT_FOUND: nothing was. */
static int node_of(const struct horizon *horizon, const uint8_t incarnation[INCARNATION_SIZE], uint8_t node[NODE_ID_SIZE])
{
    const uint8_t first[1] = {0};
    struct store_scan *scan;
    struct span key;
    struct span row;
    int rc = store_scan_open(horizon->state, TABLE_FRONTIER, &scan);

    if (rc != 0)
        return rc;
    rc = horizon->state->ops->scan_from(scan, span_of(first, sizeof(first)), &key, &row);
    while (rc == 0 && (row.len < INCARNATION_SIZE || memcmp(row.data, incarnation, INCARNATION_SIZE) != 0))
        rc = horizon->state->ops->scan_next(scan, &key, &row);
    if (rc == 0 && key.len < NODE_ID_SIZE)
        rc = NAVETTE_E_STORE;
    if (rc == 0)
        memcpy(node, key.data, NODE_ID_SIZE);
    horizon->state->ops->scan_close(scan);
    return rc;
}

int clock_again(const struct horizon *horizon, const uint8_t incarnation[INCARNATION_SIZE], uint64_t boot)
{
    struct discrepancy_findings findings = {NULL, 0};
    struct gathering gathering = {.findings = &findings, .incarnation = incarnation, .boot = boot};
    char id[2 * NODE_ID_SIZE + 1];
    uint8_t node[NODE_ID_SIZE];
    struct discrepancy_finding named;
    struct thing_key subject;
    struct event shape = {.body = NULL};
    Navette__Event body = NAVETTE__EVENT__INIT;
    int rc = node_of(horizon, incarnation, node);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    hex_encode(node, NODE_ID_SIZE, id);
    rc = thing_key_make(NAVETTE__THING_KIND__THING_NODE, "", id, &subject) == 0 ? 0 : NAVETTE_E_STORE;
    if (rc == 0)
        rc = find(horizon, node, &gathering);
    /* Its name, whether it is found or not. */
    shape.body = &body;
    memcpy(shape.self.incarnation, incarnation, INCARNATION_SIZE);
    body.boot = boot;
    describe(&shape, &subject, &named);
    if (rc == 0)
        rc = reconcile_replace(horizon->state, &subject, named.id, findings.count > 0 ? &findings.list[0] : NULL, horizon->limit);
    discrepancy_free(&findings);
    return rc;
}
