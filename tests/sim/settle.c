/* SPDX-License-Identifier: Apache-2.0 */
#include "settle.h"

#include <stdio.h>
#include <string.h>

#include "navette/handover.h"
#include "navette/verdict.h"
#include "world.h"

#define SETTLE_LIST 64u
#define DAY_MS INT64_C(86400000)

static int record(struct world *world, Navette__Event *event, struct store_txn *journal, const uint8_t *salt)
{
    event->boot = world->hub.boot;
    event->boottime_ms = (uint64_t)(world->now_ms - WORLD_EPOCH_MS);
    return hub_record(world->hub.hub, journal, event, salt, world->now_ms, NULL);
}

/* A transit that left the day before is late soon, and a bag is overdue: for whoever has not heard better. */
static int decide_term(struct world *world, size_t term, struct store_txn *journal, const uint8_t *salt)
{
    struct random *chance = &world->late_chance;
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__RuleDecided rule = NAVETTE__RULE_DECIDED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;

    thing.kind = NAVETTE__THING_KIND__THING_RULE;
    thing.id = (char *)(uintptr_t)(term == SETTLE_TERM_LATE ? "term-late" : "term-overdue");
    rule.rule = &thing;
    if (term == SETTLE_TERM_LATE) {
        rule.kind = NAVETTE__RULE_KIND__RULE_LATE;
        rule.duration_s = (uint64_t)(world->now_ms % DAY_MS / 1000 + random_range(chance, 300, 1000));
    } else {
        rule.kind = NAVETTE__RULE_KIND__RULE_OVERDUE;
        rule.duration_s = (uint64_t)random_range(chance, 120, 600);
    }
    event.body_case = NAVETTE__EVENT__BODY_RULE_DECIDED;
    event.rule_decided = &rule;
    return record(world, &event, journal, salt);
}

/* Terms and graces that pass within the run. */
static int decide_rule(struct world *world, struct store_txn *journal, const uint8_t *salt)
{
    static const Navette__RuleKind kinds[] = {NAVETTE__RULE_KIND__RULE_GRACE, NAVETTE__RULE_KIND__RULE_LATE,
                                              NAVETTE__RULE_KIND__RULE_OVERDUE, NAVETTE__RULE_KIND__RULE_OVERDUE,
                                              NAVETTE__RULE_KIND__RULE_ISOLATION};
    struct random *chance = &world->work_chance;
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__RuleDecided rule = NAVETTE__RULE_DECIDED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char name[24];

    snprintf(name, sizeof(name), "rule-%u", (unsigned)random_below(chance, 6));
    thing.kind = NAVETTE__THING_KIND__THING_RULE;
    thing.id = name;
    rule.rule = &thing;
    rule.kind = kinds[random_below(chance, sizeof(kinds) / sizeof(kinds[0]))];
    rule.duration_s = (uint64_t)random_skewed(chance, 5, 600);
    event.body_case = NAVETTE__EVENT__BODY_RULE_DECIDED;
    event.rule_decided = &rule;
    return record(world, &event, journal, salt);
}

/* Of a kind drawn at random, when there is one: some kinds are met by the hundred. */
static const struct verdict_row *rarer(struct world *world, const struct verdict_view *view)
{
    uint8_t kind = (uint8_t)random_range(&world->work_chance, 1, DISCREPANCY_KIND_COUNT - 1);

    for (size_t i = 0; i < view->count; i++) {
        if (view->rows[i].what.finding.kind == kind) {
            return &view->rows[i];
        }
    }
    return &view->rows[random_below(&world->work_chance, view->count)];
}

static int settle_one(struct world *world, const struct verdict_view *view, struct store_txn *journal, const uint8_t *salt)
{
    const struct verdict_row *row = rarer(world, view);
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__DiscrepancySettled settled = NAVETTE__DISCREPANCY_SETTLED__INIT;
    uint8_t id[DISCREPANCY_ID_SIZE];

    memcpy(id, row->what.finding.id, sizeof(id));
    settled.discrepancy = (ProtobufCBinaryData){sizeof(id), id};
    settled.reason = NAVETTE__REASON__REASON_OTHER;
    event.body_case = NAVETTE__EVENT__BODY_DISCREPANCY_SETTLED;
    event.discrepancy_settled = &settled;
    return record(world, &event, journal, salt);
}

/* Of a shortage and an overage, proposed or not. */
static int swap(struct world *world, const struct verdict_view *view, struct store_txn *journal, const uint8_t *salt)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__SwapConfirmed confirmed = NAVETTE__SWAP_CONFIRMED__INIT;
    Navette__SwapRejected rejected = NAVETTE__SWAP_REJECTED__INIT;
    const struct verdict_row *shortage = NULL;
    const struct verdict_row *overage = NULL;
    uint8_t ids[2][DISCREPANCY_ID_SIZE];

    for (size_t i = 0; i < view->count; i++) {
        shortage = view->rows[i].what.finding.kind == DISCREPANCY_SHORT ? &view->rows[i] : shortage;
        overage = view->rows[i].what.finding.kind == DISCREPANCY_OVER ? &view->rows[i] : overage;
    }
    if (shortage == NULL || overage == NULL) {
        return decide_rule(world, journal, salt);
    }
    memcpy(ids[0], shortage->what.finding.id, sizeof(ids[0]));
    memcpy(ids[1], overage->what.finding.id, sizeof(ids[1]));
    confirmed.shortage = rejected.shortage = (ProtobufCBinaryData){DISCREPANCY_ID_SIZE, ids[0]};
    confirmed.overage = rejected.overage = (ProtobufCBinaryData){DISCREPANCY_ID_SIZE, ids[1]};
    if (random_chance(&world->work_chance, 600000)) {
        event.body_case = NAVETTE__EVENT__BODY_SWAP_CONFIRMED;
        event.swap_confirmed = &confirmed;
    } else {
        event.body_case = NAVETTE__EVENT__BODY_SWAP_REJECTED;
        event.swap_rejected = &rejected;
    }
    return record(world, &event, journal, salt);
}

static void fill_ref(Navette__Ref *out, struct ref *ref)
{
    navette__ref__init(out);
    out->incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, ref->incarnation};
    out->seq = ref->seq;
    out->leaf = ref->leaf;
}

/* Two counts that name nothing. */
static int pair(struct world *world, struct store_txn *state, struct store_txn *journal, const uint8_t *salt)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__HandoverPaired paired = NAVETTE__HANDOVER_PAIRED__INIT;
    struct handover_filter filter = {.unpaired = 1, .max = SETTLE_LIST};
    struct handover_view view;
    Navette__Ref refs[2];
    struct ref found[2];
    size_t count = 0;
    int rc = handover_list(state, journal, &filter, &view);

    if (rc != 0) {
        return rc;
    }
    for (size_t i = 0; i < view.count && count < 2; i++) {
        for (int party = 0; party < HANDOVER_PARTIES && count < 2; party++) {
            if (view.rows[i].parties[party].by.seq != 0) {
                found[count++] = view.rows[i].parties[party].by;
                break;
            }
        }
    }
    handover_view_free(&view);
    if (count < 2) {
        return decide_rule(world, journal, salt);
    }
    fill_ref(&refs[0], &found[0]);
    fill_ref(&refs[1], &found[1]);
    paired.count = &refs[0];
    paired.with = &refs[1];
    event.body_case = NAVETTE__EVENT__BODY_HANDOVER_PAIRED;
    event.handover_paired = &paired;
    return record(world, &event, journal, salt);
}

int settle_order(struct world *world, const struct workload_order *order, struct store_txn *journal, const uint8_t *salt)
{
    struct store_txn *state = disk_read(world->hub.state);
    struct verdict_options options = {.now_ms = world->now_ms};
    struct verdict_view view;
    int rc = order->kind == ORDER_RULE ? NAVETTE_E_NOT_FOUND : verdict_list(state, journal, &options, &view);

    if (order->kind == ORDER_RULE && order->place != SETTLE_TERM_NONE) {
        rc = decide_term(world, order->place, journal, salt);
    } else if (rc != 0) {
        rc = rc == NAVETTE_E_NOT_FOUND ? decide_rule(world, journal, salt) : rc;
    } else {
        rc = order->kind == ORDER_PAIR   ? pair(world, state, journal, salt)
             : view.count == 0           ? decide_rule(world, journal, salt)
             : order->kind == ORDER_SWAP ? swap(world, &view, journal, salt)
                                         : settle_one(world, &view, journal, salt);
        verdict_free(&view);
    }
    disk_end(world->hub.state, state);
    return rc;
}
