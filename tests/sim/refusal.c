/* SPDX-License-Identifier: Apache-2.0 */
#include "refusal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

void refusals_free(struct refusals *refusals)
{
    free(refusals->list);
    free(refusals->thefts);
}

void refusals_forget(struct refusals *refusals)
{
    refusals->count = refusals->theft_count = 0;
    memset(refusals->asks, 0, sizeof(refusals->asks));
    memset(refusals->works, 0, sizeof(refusals->works));
    memset(refusals->known, 0, sizeof(refusals->known));
}

char *refusal_badge(size_t which)
{
    static char badges[REFUSAL_BADGES][8] = {"AG-1", "AG-2", "AG-3", "AG-4"};

    return badges[which];
}

/* 1 + which; 0: none; over REFUSAL_BADGES: one that nobody has. */
static uint8_t badge_of(const char *code)
{
    uint8_t which = 0;

    if (*code == '\0') {
        return 0;
    }
    while (which < REFUSAL_BADGES && strcmp(code, refusal_badge(which)) != 0) {
        which++;
    }
    return (uint8_t)(which + 1);
}

static const struct truth_row *row_of(const struct world *world, const struct ref *ref)
{
    size_t which = truth_find_log(&world->truth, ref->incarnation);
    const struct truth_log *log = &world->truth.logs[which];
    size_t at = which == TRUTH_LOGS ? SIZE_MAX : truth_find_entry(log, ref->seq, ref->leaf);
    uint64_t position = at == SIZE_MAX ? 0 : log->entries[at].position != 0 ? log->entries[at].position : log->entries[at].adopted;

    return position == 0 || position > world->truth.row_count ? NULL : &world->truth.rows[position - 1];
}

/* Whoever is refused for an operator was at a place that asks for one, and was none of those declared there. */
static void check_cause(struct world *world, const struct ref *target, uint32_t cause, uint64_t position)
{
    const struct refusals *refusals = &world->truth.refusals;
    const struct truth_row *row = row_of(world, target);
    int known;
    int works;
    int right = 0;

    if (row == NULL || row->place == WORKLOAD_PLACES || refusals->asks[row->place] == 0) {
        world_fail(world, "operator-refused", "position %" PRIu64 " refuses what happened where no operator is asked for", position);
        return;
    }
    known = row->badge > 0 && row->badge <= REFUSAL_BADGES && refusals->known[row->place][row->badge - 1];
    works = known && refusals->works[row->place][row->badge - 1];
    switch (cause) {
    case NAVETTE__REFUSAL_CAUSE__CAUSE_OPERATOR_MISSING:
        right = row->badge == 0;
        break;
    case NAVETTE__REFUSAL_CAUSE__CAUSE_OPERATOR_UNKNOWN:
        right = row->badge > 0 && !known;
        break;
    default:
        right = known && !works;
        break;
    }
    if (!right) {
        world_fail(world, "operator-refused", "position %" PRIu64 " refuses for cause %u what was done under badge %u", position,
                   (unsigned)cause, (unsigned)row->badge);
    }
}

/* What is refused sends nobody anything, until it is admitted. */
static void mark_visits(struct truth *truth, const struct ref *event, int refused)
{
    for (size_t i = 0; i < truth->visit_count; i++) {
        if (ref_compare(&truth->visits[i].event, event) == 0) {
            truth->visits[i].refused = refused;
        }
    }
}

static void take_refused(struct world *world, const struct truth_row *row, const struct event *event, uint64_t position)
{
    struct refusals *refusals = &world->truth.refusals;
    const Navette__EventRefused *refused = event->body->event_refused;
    struct ref target = event_ref(refused->target, &event->self);
    int of_operators = refused->cause >= NAVETTE__REFUSAL_CAUSE__CAUSE_OPERATOR_UNKNOWN;

    refusals->list = world_grow(refusals->list, refusals->count, &refusals->capacity, sizeof(*refusals->list));
    refusals->list[refusals->count++] = (struct refusal){event->self, target, (int)refused->reason, 0};
    /* By then what it sent somebody is there. */
    if (refused->reason != NAVETTE__REASON__REASON_KEY_STOLEN) {
        mark_visits(&world->truth, &target, 1);
    }
    coverage_refusal(&world->tally.coverage, (int)refused->reason, (int)refused->cause);
    /* What a lost journal's hub knew when it said so, this one's order does not tell. */
    if (of_operators && row->log == world->hub.log && world->hub.restored == 0) {
        check_cause(world, &target, refused->cause, position);
    }
}

static void take_admitted(struct truth *truth, const struct event *event)
{
    struct ref refusal = event_ref(event->body->event_admitted->refusal, &event->self);

    for (size_t i = 0; i < truth->refusals.count; i++) {
        struct refusal *one = &truth->refusals.list[i];

        if (ref_compare(&one->self, &refusal) == 0) {
            one->admitted = 1;
            mark_visits(truth, &one->target, refusal_stands(&truth->refusals, &one->target));
        }
    }
}

static void take_revoked(struct world *world, const Navette__NodeRevoked *revoked, uint64_t position)
{
    struct refusals *refusals = &world->truth.refusals;
    uint8_t id[NODE_ID_SIZE];

    for (size_t i = 0; revoked->since_ms != 0 && hex_decode(revoked->node->id, id, NODE_ID_SIZE) == 0 && i < world->node_count; i++) {
        if (memcmp(world->nodes[i].id, id, NODE_ID_SIZE) == 0) {
            refusals->thefts = world_grow(refusals->thefts, refusals->theft_count, &refusals->theft_capacity, sizeof(*refusals->thefts));
            refusals->thefts[refusals->theft_count++] = (struct refusal_theft){i, revoked->since_ms, position};
        }
    }
}

static void take_operator(struct world *world, const Navette__OperatorDecided *decided)
{
    size_t place = workload_place(&world->workload, decided->operator_->namespace_);
    uint8_t badge = badge_of(decided->operator_->id);

    if (place < WORKLOAD_PLACES && badge > 0 && badge <= REFUSAL_BADGES) {
        world->truth.refusals.known[place][badge - 1] = 1;
        world->truth.refusals.works[place][badge - 1] = !decided->ended;
    }
}

void refusals_take(struct world *world, struct truth_row *row, const struct event *event, uint64_t position)
{
    const Navette__Event *body = event->body;
    size_t place;

    row->place = workload_place(&world->workload, body->place);
    row->badge = badge_of(body->operator_);
    if (world->truth.logs[row->log].owner != TRUTH_HUB) {
        return;
    }
    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_EVENT_REFUSED:
        take_refused(world, row, event, position);
        break;
    case NAVETTE__EVENT__BODY_EVENT_ADMITTED:
        take_admitted(&world->truth, event);
        break;
    case NAVETTE__EVENT__BODY_NODE_REVOKED:
        take_revoked(world, body->node_revoked, position);
        break;
    case NAVETTE__EVENT__BODY_OPERATOR_DECIDED:
        take_operator(world, body->operator_decided);
        break;
    case NAVETTE__EVENT__BODY_OPERATOR_RULE_DECIDED:
        place = workload_place(&world->workload, body->operator_rule_decided->place);
        if (place < WORKLOAD_PLACES) {
            world->truth.refusals.asks[place] = body->operator_rule_decided->refuse_unknown ? position : 0;
        }
        break;
    default:
        break;
    }
}

int refusal_stands(const struct refusals *refusals, const struct ref *event)
{
    for (size_t i = 0; i < refusals->count; i++) {
        if (!refusals->list[i].admitted && ref_compare(&refusals->list[i].target, event) == 0) {
            return 1;
        }
    }
    return 0;
}

static int is_disowned(const struct refusals *refusals, const struct ref *event)
{
    for (size_t i = 0; i < refusals->count; i++) {
        if (refusals->list[i].reason == (int)NAVETTE__REASON__REASON_KEY_STOLEN && ref_compare(&refusals->list[i].target, event) == 0) {
            return 1;
        }
    }
    return 0;
}

/* What the hub received under a stolen key since the moment is refused, what it received before is not. What a restored hub received when, its lost journal knew. */
static void check_theft(struct world *world, const struct refusal_theft *theft)
{
    const struct truth *truth = &world->truth;

    for (size_t i = 0; i < truth->row_count && i + 1 < theft->position; i++) {
        const struct truth_row *row = &truth->rows[i];
        int since = row->received_ms >= theft->since_ms;
        int disowned;

        if (truth->logs[row->log].owner != theft->node) {
            continue;
        }
        disowned = is_disowned(&truth->refusals, &row->self);
        if (since && !disowned) {
            world_fail(world, "stolen-kept", "position %zu came under a key that was stolen before, and is not refused", i + 1);
        } else if (!since && disowned) {
            world_fail(world, "stolen-more", "position %zu came before the key was stolen, and is refused", i + 1);
        }
    }
}

void refusals_check(struct world *world)
{
    const struct refusals *refusals = &world->truth.refusals;

    for (size_t i = 0; i < refusals->theft_count && world->hub.restored == 0 && !world->failed; i++) {
        check_theft(world, &refusals->thefts[i]);
    }
}
