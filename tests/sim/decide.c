/* SPDX-License-Identifier: Apache-2.0 */
#include "decide.h"

#include <stdio.h>
#include <string.h>

#include "refusal.h"
#include "settle.h"
#include "rotation.h"
#include "world.h"

#define DECIDE_STOLEN 120000u    /* per million rounds: a key is stolen */
#define DECIDE_OPERATORS 250000u /* ... places ask for operators */
#define DECIDE_ADMIT 400000u     /* ... refused events are tried again */
#define DECIDE_REFUSALS 4u       /* of one event: one is usual */

static void draw(struct world *world, enum order_kind kind, int64_t least, int64_t most)
{
    for (int64_t i = random_range(&world->desk_chance, least, most); i > 0; i--) {
        workload_add_order(&world->workload, kind, (size_t)random_below(&world->desk_chance, world->node_count),
                           (size_t)random_below(&world->desk_chance, world->workload.place_count));
    }
}

static int is_revoked_ever(const struct world *world)
{
    for (size_t i = 0; i < world->workload.order_count; i++) {
        if (world->workload.orders[i].kind == ORDER_REVOKE || world->workload.orders[i].kind == ORDER_STOLEN) {
            return 1;
        }
    }
    return 0;
}

void decide_draw(struct world *world)
{
    struct random *chance = &world->desk_chance;

    if (random_chance(chance, DECIDE_OPERATORS)) {
        world->workload.badges = 1;
        draw(world, ORDER_OPERATORS, 1, 3);
        draw(world, ORDER_BADGE, 4, 12);
        draw(world, ORDER_ADMIT, 1, 3);
    }
    if (random_chance(chance, DECIDE_ADMIT)) {
        draw(world, ORDER_ADMIT, 1, 4);
    }
    /* The first node is the one that the hub is held against. */
    if (random_chance(chance, DECIDE_STOLEN) && world->node_count > 2 && !is_revoked_ever(world)) {
        workload_add_order(&world->workload, ORDER_STOLEN, (size_t)random_range(chance, 1, (int64_t)world->node_count - 1), 0);
    }
}

char *decide_badge(struct world *world)
{
    static char none[] = "";
    static char unknown[] = "AG-9";
    uint64_t which = random_below(&world->desk_chance, 8);

    return which == 0 ? none : which == 1 ? unknown : refusal_badge((size_t)random_below(&world->desk_chance, REFUSAL_BADGES));
}

static int record(struct world *world, Navette__Event *event, struct store_txn *journal, const uint8_t *salt)
{
    event->boot = world->hub.boot;
    event->boottime_ms = (uint64_t)(world->now_ms - WORLD_EPOCH_MS);
    return hub_record(world->hub.hub, journal, event, salt, world->now_ms, NULL);
}

static int ask_for_operators(struct world *world, const struct workload_order *order, struct store_txn *journal, const uint8_t *salt)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__OperatorRuleDecided rule = NAVETTE__OPERATOR_RULE_DECIDED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char name[48];

    snprintf(name, sizeof(name), "operators:%s", world->workload.places[order->place].code);
    thing.kind = NAVETTE__THING_KIND__THING_RULE;
    thing.id = name;
    rule.rule = &thing;
    rule.place = world->workload.places[order->place].code;
    rule.need = NAVETTE__OPERATOR_NEED__OPERATOR_CODE;
    rule.refuse_unknown = !random_chance(&world->desk_chance, 150000);
    event.body_case = NAVETTE__EVENT__BODY_OPERATOR_RULE_DECIDED;
    event.operator_rule_decided = &rule;
    return record(world, &event, journal, salt);
}

static int declare_badge(struct world *world, const struct workload_order *order, struct store_txn *journal, const uint8_t *salt)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__OperatorDecided decided = NAVETTE__OPERATOR_DECIDED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;

    thing.kind = NAVETTE__THING_KIND__THING_OPERATOR;
    thing.namespace_ = world->workload.places[order->place].code;
    thing.id = refusal_badge((size_t)random_below(&world->desk_chance, REFUSAL_BADGES));
    decided.operator_ = &thing;
    decided.ended = random_chance(&world->desk_chance, 250000);
    event.place = world->workload.places[order->place].code;
    event.body_case = NAVETTE__EVENT__BODY_OPERATOR_DECIDED;
    event.operator_decided = &decided;
    return record(world, &event, journal, salt);
}

/* The first one, from anywhere on, that may be let in by now. Nobody tries again what was refused for a stolen key. */
static int admit(struct world *world, struct store_txn *journal, const uint8_t *salt)
{
    const struct refusals *refusals = &world->truth.refusals;
    struct store_txn *state = disk_read(world->hub.state);
    size_t first = refusals->count == 0 ? 0 : (size_t)random_below(&world->desk_chance, refusals->count);
    struct ref found[DECIDE_REFUSALS];
    int count = 0;
    int rc = 0;

    for (size_t i = 0; i < refusals->count && count <= 0; i++) {
        const struct refusal *refusal = &refusals->list[(first + i) % refusals->count];
        struct hub_refusal why;

        if (!refusal->admitted && refusal->reason != (int)NAVETTE__REASON__REASON_KEY_STOLEN) {
            count = hub_readmit(world->hub.hub, journal, state, &refusal->target, found, DECIDE_REFUSALS, &why);
        }
    }
    disk_end(world->hub.state, state);
    if (count <= 0) {
        return settle_order(world, &(struct workload_order){.kind = ORDER_RULE}, journal, salt);
    }
    world->tally.coverage.admitted++;
    for (int i = 0; i < count && rc == 0; i++) {
        Navette__Event event = NAVETTE__EVENT__INIT;
        Navette__EventAdmitted admitted = NAVETTE__EVENT_ADMITTED__INIT;
        Navette__Ref ref = NAVETTE__REF__INIT;

        ref.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, found[i].incarnation};
        ref.seq = found[i].seq;
        ref.leaf = found[i].leaf;
        admitted.refusal = &ref;
        event.body_case = NAVETTE__EVENT__BODY_EVENT_ADMITTED;
        event.event_admitted = &admitted;
        rc = record(world, &event, journal, salt);
    }
    return rc;
}

static int steal(struct world *world, const struct workload_order *order, struct store_txn *journal, const uint8_t *salt)
{
    struct node_host *host = &world->nodes[order->node];
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__NodeRevoked revoked = NAVETTE__NODE_REVOKED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char id[2 * NODE_ID_SIZE + 1];
    int rc;

    hex_encode(host->id, NODE_ID_SIZE, id);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = id;
    revoked.node = &thing;
    revoked.reason = NAVETTE__REASON__REASON_KEY_STOLEN;
    revoked.since_ms = world->now_ms - random_range(&world->desk_chance, 1, world->now_ms - WORLD_EPOCH_MS + 2);
    event.body_case = NAVETTE__EVENT__BODY_NODE_REVOKED;
    event.node_revoked = &revoked;
    rc = record(world, &event, journal, salt);
    if (rc == 0) {
        rc = hub_disown_begin(journal, host->id, revoked.since_ms);
    }
    world->hub.disowning = 1;
    return rc;
}

int decide_order(struct world *world, const struct workload_order *order, struct store_txn *journal, const uint8_t *salt)
{
    switch (order->kind) {
    case ORDER_STOLEN:
        return steal(world, order, journal, salt);
    case ORDER_OPERATORS:
        return ask_for_operators(world, order, journal, salt);
    case ORDER_BADGE:
        return declare_badge(world, order, journal, salt);
    default:
        return admit(world, journal, salt);
    }
}

int decide_disowns(const struct world *world)
{
    for (size_t i = 0; i < world->workload.order_count; i++) {
        if (world->workload.orders[i].kind == ORDER_STOLEN && world->workload.orders[i].noted) {
            return 1;
        }
    }
    return 0;
}

int decide_disown(struct world *world, struct store_txn *journal)
{
    uint8_t salt[SALT_SIZE];
    struct hub_input input = {.kind = HUB_FRAME,
                              .journal = journal,
                              .salt = salt,
                              .now_ms = world->now_ms,
                              .boot = world->hub.boot,
                              .boottime_ms = (uint64_t)(world->now_ms - WORLD_EPOCH_MS)};
    size_t refused = 0;
    int rc;

    random_bytes(&world->desk_chance, salt, sizeof(salt));
    rc = hub_disown(world->hub.hub, &input, &refused);
    world->hub.disowning = rc != NAVETTE_E_NOT_FOUND;
    if (rc == 0 && hub_recorded(world->hub.hub)) {
        rc = rotation_seal(world, journal);
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}
