/* SPDX-License-Identifier: Apache-2.0 */
#include "workload.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "decide.h"
#include "navette/event.h"
#include "navette/log.h"
#include "settle.h"
#include "theft.h"
#include "world.h"

#define WORKLOAD_SCANS_LOW 80
#define WORKLOAD_SCANS_HIGH 1500
#define WORKLOAD_SCANS_DAY 300 /* of a node in a long run, people who find nothing to do included */
#define WORKLOAD_TARDY_MS INT64_C(3300000)
#define WORKLOAD_TERMS_MS 45000 /* when everybody is enrolled */
#define WORKLOAD_SETTLED 4      /* discrepancies that are settled besides */

static size_t add_place(struct workload *workload, const char *stem, Navette__PlaceKind kind)
{
    struct workload_place *place = &workload->places[workload->place_count];

    snprintf(place->code, sizeof(place->code), "%s-%zu", stem, workload->place_count + 1);
    place->kind = kind;
    return workload->place_count++;
}

void workload_add_order(struct workload *workload, enum order_kind kind, size_t node, size_t place)
{
    if (workload->order_count < WORKLOAD_ORDERS) {
        workload->orders[workload->order_count++] = (struct workload_order){.kind = kind, .node = node, .place = place};
    }
}

/* The first node is a branch that follows the network, so that there is always somebody to compare with. */
static void draw_node(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];
    struct workload *workload = &world->workload;
    int relay = which > 0 && random_chance(&world->work_chance, 450000);

    host->scope = relay ? NAVETTE__SCOPE__SCOPE_OWN : NAVETTE__SCOPE__SCOPE_NETWORK;
    /* A relay's people do here what any branch does: some are let, much of what the others do is refused. */
    host->role = relay && random_chance(&world->work_chance, 300000) ? NAVETTE__ROLE__ROLE_RELAY : NAVETTE__ROLE__ROLE_BRANCH;
    host->places = UINT64_C(1) << (relay ? add_place(workload, "REL", NAVETTE__PLACE_KIND__PLACE_RELAY)
                                         : add_place(workload, "BIB", NAVETTE__PLACE_KIND__PLACE_BRANCH));
    if (random_chance(&world->work_chance, 200000)) {
        host->places |= UINT64_C(1) << add_place(workload, "BOX", NAVETTE__PLACE_KIND__PLACE_RETURN_BOX);
    }
    host->granted = host->places;
}

void workload_init(struct world *world)
{
    struct workload *workload = &world->workload;

    for (size_t i = 0; i < world->node_count; i++) {
        draw_node(world, i);
    }
    for (size_t i = 0; i < workload->place_count; i++) {
        workload_add_order(workload, ORDER_PLACE, 0, i);
    }
    for (size_t i = 0; i < world->node_count; i++) {
        workload_add_order(workload, ORDER_ENROL, i, 0);
    }
}

void workload_enrol(struct world *world, size_t node)
{
    workload_add_order(&world->workload, ORDER_ENROL, node, 0);
    hub_host_order(world);
}

void workload_free(struct workload *workload)
{
    workload->thing_count = 0;
}

size_t workload_place(const struct workload *workload, const char *code)
{
    for (size_t i = 0; i < workload->place_count; i++) {
        if (strcmp(workload->places[i].code, code) == 0) {
            return i;
        }
    }
    return WORKLOAD_PLACES;
}

/* What the desk will do while things go wrong: each kind in some seeds only. */
static void draw_orders(struct world *world)
{
    struct workload *workload = &world->workload;
    struct random *chance = &world->work_chance;

    if (random_chance(chance, 500000)) {
        for (int64_t i = random_range(chance, 1, 3); i > 0; i--) {
            workload_add_order(workload, ORDER_WIDEN, (size_t)random_below(chance, world->node_count),
                               (size_t)random_below(chance, workload->place_count));
        }
    }
    for (int64_t i = random_range(chance, -2, 9); i > 0; i--) {
        workload_add_order(workload, (enum order_kind)random_range(chance, ORDER_RULE, ORDER_PAIR), 0, 0);
    }
    if (random_chance(chance, 200000) && world->node_count > 2) {
        workload_add_order(workload, ORDER_REVOKE, (size_t)random_range(chance, 1, (int64_t)world->node_count - 1), 0);
    }
}

/* Terms that pass within the run, while it lasts long enough for what happened in time to be known too late. */
static void draw_terms(struct world *world)
{
    struct workload *workload = &world->workload;

    workload->span_ms = workload->span_ms < WORKLOAD_TARDY_MS ? WORKLOAD_TARDY_MS : workload->span_ms;
    workload_add_order(workload, ORDER_RULE, 0, SETTLE_TERM_LATE);
    workload_add_order(workload, ORDER_RULE, 0, SETTLE_TERM_OVERDUE);
    world_alarm(world, WORKLOAD_TERMS_MS, ALARM_DESK, 0, 0, 0);
    world_alarm(world, WORKLOAD_TERMS_MS, ALARM_DESK, 0, 0, 0);
    for (int i = 0; i < WORKLOAD_SETTLED; i++) {
        workload_add_order(workload, ORDER_SETTLE, 0, 0);
    }
}

void workload_start(struct world *world, int round)
{
    struct workload *workload = &world->workload;
    struct random *chance = &world->work_chance;
    size_t first = workload->order_count;

    workload->paused = 0;
    workload->span_ms = random_skewed(chance, 120000, 3600000);
    workload->scans = (uint64_t)random_skewed(chance, WORKLOAD_SCANS_LOW, WORKLOAD_SCANS_HIGH);
    if (world->days > 0) {
        workload->span_ms = (int64_t)world->days * 86400000;
        workload->scans = world->days * world->node_count * WORKLOAD_SCANS_DAY;
    }
    if (world->faults.tardy) {
        draw_terms(world);
    }
    workload->pace_ms = workload->span_ms * (int64_t)world->node_count / (int64_t)workload->scans + 1;
    draw_orders(world);
    decide_draw(world);
    if (round == 0) {
        for (size_t i = 0; i < first; i++) {
            world_alarm(world, random_range(chance, 0, 2000) * (int64_t)i, ALARM_DESK, 0, 0, 0);
        }
    }
    for (size_t i = first; i < workload->order_count; i++) {
        world_alarm(world, random_range(chance, 1000, workload->span_ms), ALARM_DESK, 0, 0, 0);
    }
    for (size_t i = 0; i < world->node_count; i++) {
        if (round == 0) {
            world_alarm(world, random_skewed(chance, 0, 60000), ALARM_NODE_START, i, 0, 0);
        }
        world_alarm(world, random_skewed(chance, 0, 30000), ALARM_WORK, i, 0, 0);
    }
    world_alarm(world, workload->span_ms / 5 + 1, ALARM_AUDIT, 0, 0, 0);
}

void workload_pause(struct world *world)
{
    struct workload *workload = &world->workload;

    workload->paused = 1;
    /* What the desk had in mind it does now. */
    while (world->hub.orders_given < workload->order_count) {
        hub_host_order(world);
    }
    for (size_t i = 0; i < world->node_count; i++) {
        if (!world->nodes[i].lineless) {
            node_host_ask(world, i);
        }
    }
}

void workload_work(struct world *world, size_t node)
{
    struct workload *workload = &world->workload;
    struct random *chance = &world->work_chance;

    if (workload->paused || workload->scans == 0) {
        return;
    }
    workload->scans--;
    if (random_chance(chance, 50000) && !world->nodes[node].lineless) {
        node_host_ask(world, node);
    } else {
        node_host_scan(world, node);
    }
    /* People work in bursts: a pile is scanned, then nothing for a while. */
    world_alarm(world,
                random_chance(chance, 700000) ? random_skewed(chance, 10, workload->pace_ms / 2 + 20)
                                              : random_range(chance, 1, 3 * workload->pace_ms),
                ALARM_WORK, node, 0, 0);
}

void workload_desk(struct world *world, uint64_t value)
{
    if (value == WORKLOAD_DESK_AGAIN) {
        hub_host_look(world);
        return;
    }
    hub_host_order(world);
}

size_t workload_order_count(const struct world *world)
{
    return world->workload.order_count;
}

int workload_order_is_due(const struct world *world, size_t which)
{
    const struct workload_order *order = &world->workload.orders[which];

    return !order->stored && (!order->noted || world->now_ms >= world->hub.redo_ms);
}

int workload_is_due(const struct world *world)
{
    for (size_t i = 0; i < world->hub.orders_given; i++) {
        if (workload_order_is_due(world, i)) {
            return 1;
        }
    }
    return 0;
}

size_t workload_orders_left(const struct world *world)
{
    size_t left = 0;

    for (size_t i = 0; i < world->workload.order_count; i++) {
        left += !world->workload.orders[i].stored;
    }
    return left;
}

void workload_order_stored(struct world *world, const struct ref *self)
{
    for (size_t i = 0; i < world->workload.order_count; i++) {
        struct workload_order *order = &world->workload.orders[i];

        order->stored |= order->self.leaf == self->leaf && order->self.seq == self->seq &&
                         memcmp(order->self.incarnation, self->incarnation, INCARNATION_SIZE) == 0;
    }
}

int workload_keeps(const struct world *world, size_t node)
{
    for (size_t i = 0; i < world->workload.order_count; i++) {
        const struct workload_order *order = &world->workload.orders[i];

        if ((order->kind == ORDER_REVOKE || order->kind == ORDER_STOLEN) && order->node == node) {
            return 0;
        }
    }
    return 1;
}

void workload_orders_lost(struct world *world)
{
    for (size_t i = 0; i < world->workload.order_count; i++) {
        world->workload.orders[i].stored = 0;
    }
}

void workload_orders_done(struct world *world)
{
    struct workload *workload = &world->workload;

    for (size_t i = 0; i < workload->order_count; i++) {
        struct workload_order *order = &workload->orders[i];

        if (!order->stored || order->noted) {
            continue;
        }
        order->noted = 1;
        world->tally.coverage.desk[order->kind]++;
        if (order->kind == ORDER_REPLACE) {
            theft_replaced(world, order->node);
        }
        if (order->kind == ORDER_WIDEN) {
            world->nodes[order->node].granted |= UINT64_C(1) << order->place;
        }
        world_note(world, "desk: order %zu (%d) stored: node %zu, place %zu", i, (int)order->kind, order->node, order->place);
    }
}

static int record_enrolment(struct world *world, const struct workload_order *order, Navette__Event *event, struct store_txn *journal,
                            const uint8_t *salt)
{
    struct node_host *host = &world->nodes[order->node];
    Navette__NodeEnrolled enrolled = NAVETTE__NODE_ENROLLED__INIT;
    Navette__RightsGranted granted = NAVETTE__RIGHTS_GRANTED__INIT;
    Navette__NodeRevoked revoked = NAVETTE__NODE_REVOKED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char id[2 * NODE_ID_SIZE + 1];
    char *places[WORKLOAD_PLACES];
    size_t count = 0;
    uint64_t served = host->places;

    /* A grant replaces the one before: it names all that was ever granted. One that was lost and is given again comes after those that were not. */
    for (size_t i = 0; i < world->workload.order_count; i++) {
        const struct workload_order *earlier = &world->workload.orders[i];

        if (earlier->kind == ORDER_WIDEN && earlier->node == order->node && (earlier <= order || earlier->noted)) {
            served |= UINT64_C(1) << earlier->place;
        }
    }
    for (size_t i = 0; i < world->workload.place_count; i++) {
        if ((served >> i & 1u) != 0) {
            places[count++] = world->workload.places[i].code;
        }
    }
    hex_encode(host->id, NODE_ID_SIZE, id);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = id;
    enrolled.node = granted.node = revoked.node = &thing;
    enrolled.curve_key.data = order->kind == ORDER_REPLACE ? world->theft.curve_key : host->curve_key;
    enrolled.sign_key.data = order->kind == ORDER_REPLACE ? world->theft.sign_public : host->sign_public;
    enrolled.curve_key.len = enrolled.sign_key.len = KEY_SIZE;
    enrolled.places = granted.places = places;
    enrolled.n_places = granted.n_places = count;
    enrolled.role = granted.role = host->role;
    enrolled.scope = granted.scope = host->scope;
    granted.epoch =
        (uint32_t)(order - world->workload.orders) + (uint32_t)WORKLOAD_ORDERS * (uint32_t)(order->noted ? world->hub.restored : 0);
    revoked.reason = order->kind == ORDER_DISMISS ? NAVETTE__REASON__REASON_REPLACED : NAVETTE__REASON__REASON_KEY_LOST;
    if (order->kind == ORDER_ENROL || order->kind == ORDER_REPLACE) {
        event->body_case = NAVETTE__EVENT__BODY_NODE_ENROLLED;
        event->node_enrolled = &enrolled;
    } else if (order->kind == ORDER_WIDEN) {
        event->body_case = NAVETTE__EVENT__BODY_RIGHTS_GRANTED;
        event->rights_granted = &granted;
    } else {
        event->body_case = NAVETTE__EVENT__BODY_NODE_REVOKED;
        event->node_revoked = &revoked;
    }
    return hub_record(world->hub.hub, journal, event, salt, world->now_ms, NULL);
}

static int record_order(struct world *world, size_t which, struct store_txn *journal, const uint8_t *salt)
{
    const struct workload_order *order = &world->workload.orders[which];
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__PlaceDeclared place = NAVETTE__PLACE_DECLARED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;

    event.boot = world->hub.boot;
    event.boottime_ms = (uint64_t)(world->now_ms - WORLD_EPOCH_MS);
    switch (order->kind) {
    case ORDER_PLACE:
        thing.kind = NAVETTE__THING_KIND__THING_PLACE;
        thing.id = world->workload.places[order->place].code;
        place.place = &thing;
        place.kind = world->workload.places[order->place].kind;
        event.body_case = NAVETTE__EVENT__BODY_PLACE_DECLARED;
        event.place_declared = &place;
        break;
    case ORDER_RULE:
    case ORDER_SETTLE:
    case ORDER_SWAP:
    case ORDER_PAIR:
        return settle_order(world, order, journal, salt);
    case ORDER_STOLEN:
    case ORDER_OPERATORS:
    case ORDER_BADGE:
    case ORDER_ADMIT:
        return decide_order(world, order, journal, salt);
    case ORDER_KIND_COUNT:
        return NAVETTE_E_INTERNAL;
    case ORDER_ENROL:
    case ORDER_WIDEN:
    case ORDER_REVOKE:
    case ORDER_DISMISS:
    case ORDER_REPLACE:
        return record_enrolment(world, order, &event, journal, salt);
    }
    return hub_record(world->hub.hub, journal, &event, salt, world->now_ms, NULL);
}

int workload_order(struct world *world, size_t which, struct store_txn *journal, const uint8_t *salt)
{
    struct workload_order *order = &world->workload.orders[which];
    struct journal_entry entry;
    struct log_head head;
    int rc = order->kind == ORDER_REPLACE ? theft_prepare(world, order->node, journal) : 0;

    if (rc == 0) {
        rc = record_order(world, which, journal, salt);
    }
    if (rc == 0) {
        rc = journal_head(journal, world->hub.incarnation, &head);
    }
    if (rc == 0) {
        order->self = (struct ref){.seq = head.seq};
        memcpy(order->self.incarnation, world->hub.incarnation, INCARNATION_SIZE);
        rc = journal_find(journal, &order->self, &entry);
    }
    if (rc == 0) {
        order->self = entry.self;
    }
    return rc;
}
