/* SPDX-License-Identifier: Apache-2.0 */
#include "faults.h"

#include "machine.h"
#include "mishap.h"
#include "rekey.h"
#include "restore.h"
#include "rotation.h"
#include "stick.h"
#include "theft.h"
#include "world.h"

#define STORM_MOST 25        /* breaks of every line in one storm */
#define FAULTS_TARDY 100000u /* per million rounds */
#define MINUTE_MS INT64_C(60000)

static const char *const names[FAULT_KIND_COUNT] = {
    [FAULT_RESET] = "reset",
    [FAULT_HALF_OPEN] = "half-open",
    [FAULT_PARTITION] = "partition",
    [FAULT_SWALLOW] = "swallow",
    [FAULT_HUB_CRASH] = "hub-crash",
    [FAULT_NODE_CRASH] = "node-crash",
    [FAULT_REBOOT] = "reboot",
    [FAULT_CLOCK_JUMP] = "clock-jump",
    [FAULT_SLOW] = "slow",
    [FAULT_FULL] = "full",
    [FAULT_RESTORE] = "restore",
    [FAULT_WIPE] = "wipe",
    [FAULT_COPY] = "copy",
    [FAULT_FLIP] = "flip",
    [FAULT_HOSTILE] = "hostile",
    [FAULT_STORM] = "storm",
    [FAULT_HUB_RESTORE] = "hub-restore",
    [FAULT_STICK] = "stick",
    [FAULT_REKEY] = "rekey",
    [FAULT_THEFT] = "theft",
    [FAULT_AWAY] = "away",
    [FAULT_HUB_REKEY] = "hub-rekey",
};

const char *fault_name(enum fault_kind kind)
{
    return names[kind];
}

static uint32_t maybe(struct random *chance, int64_t most)
{
    return random_chance(chance, 500000) ? (uint32_t)random_skewed(chance, most / 1000 + 1, most) : 0;
}

void faults_draw(struct world *world)
{
    struct faults *faults = &world->faults;
    struct random *chance = &world->fault_chance;

    *faults = (struct faults){0};
    faults->loss = maybe(chance, 200000);
    faults->duplicate = maybe(chance, 200000);
    faults->reorder = maybe(chance, 300000);
    faults->damage = maybe(chance, 30000);
    faults->forgery = maybe(chance, 50000);
    faults->echo_ms = random_skewed(chance, 1, 60000);
    faults->full_hub = maybe(chance, 150000);
    faults->full_node = maybe(chance, 100000);
    faults->delay_ms = random_skewed(chance, 2, 3000);
    faults->sync_ms = random_skewed(chance, 1, 800);
    faults->lag_ms = random_skewed(chance, 1, 20000);
    /* Now and then somebody is away for longer than silence is overlooked. */
    faults->outage_ms = random_chance(chance, 120000) ? random_skewed(chance, 900000, 2400000) : random_skewed(chance, 2000, 400000);
    faults->wrong_clocks = random_chance(chance, 500000);
    faults->high_water = random_chance(chance, 300000) ? (uint64_t)random_skewed(chance, 3, 64) : UINT64_MAX;
    for (int kind = 0; kind < FAULT_HUB_RESTORE; kind++) {
        uint32_t per_million = kind >= FAULT_FLIP ? 120000 : kind >= FAULT_RESTORE ? 200000 : 450000;

        faults->every_ms[kind] = random_chance(chance, per_million) ? random_skewed(chance, 20000, 600000) : 0;
    }
}

/* Kinds that came later have a stream of their own: a seed that has none of them stays what it was. */
static void draw_more(struct world *world)
{
    struct faults *faults = &world->faults;
    struct random *chance = &world->more_chance;

    if (world->hub.lineage.count > 0 && random_chance(chance, 220000)) {
        faults->every_ms[FAULT_HUB_RESTORE] = random_skewed(chance, 60000, 900000);
        /* With the hub's machine another one's may be lost, and what only these two held: what is put back beside it would stand against what nobody remembers. */
        faults->every_ms[FAULT_RESTORE] = faults->every_ms[FAULT_COPY] = 0;
    }
    if (random_chance(chance, 220000)) {
        faults->every_ms[FAULT_STICK] = random_skewed(chance, 2000, 60000);
        stick_draw(world);
    }
    /* Keys that the node does not remember are a matter of replacing it: tests/system/test_replace.py. */
    if (faults->every_ms[FAULT_RESTORE] == 0 && faults->every_ms[FAULT_WIPE] == 0 && faults->every_ms[FAULT_COPY] == 0 &&
        random_chance(chance, 400000)) {
        faults->every_ms[FAULT_REKEY] = random_skewed(chance, 5000, 300000);
    }
}

static void draw_hub_keys(struct world *world)
{
    if (world->hub.rotates) {
        world->faults.every_ms[FAULT_HUB_REKEY] = random_skewed(&world->key_chance, 20000, 900000);
    }
}

/* One other machine at a time; a hub that forgets the replacement lets the stolen one in again. */
static void draw_theft(struct world *world)
{
    struct faults *faults = &world->faults;

    if (faults->every_ms[FAULT_HUB_RESTORE] == 0 && faults->every_ms[FAULT_RESTORE] == 0 && faults->every_ms[FAULT_WIPE] == 0 &&
        faults->every_ms[FAULT_COPY] == 0 && faults->every_ms[FAULT_REKEY] == 0 && world->hub.restored == 0 &&
        random_chance(&world->desk_chance, 200000)) {
        faults->every_ms[FAULT_THEFT] = random_skewed(&world->desk_chance, 20000, 600000);
    }
}

static void draw_tardy(struct world *world)
{
    world->faults.tardy = world->days == 0 && random_chance(&world->late_chance, FAULTS_TARDY);
    if (world->faults.tardy) {
        world->faults.every_ms[FAULT_AWAY] = random_skewed(&world->late_chance, 300000, 900000);
    }
}

static void next(struct world *world, enum fault_kind kind)
{
    if (kind == FAULT_STORM && world->faults.storm_left > 0) {
        world_alarm(world, random_skewed(&world->fault_chance, 20, 4000), ALARM_FAULT, 0, 0, (uint64_t)kind);
        return;
    }
    if (world->faults.every_ms[kind] != 0) {
        world_alarm(world, random_range(&world->fault_chance, 1, 2 * world->faults.every_ms[kind]), ALARM_FAULT, 0, 0, (uint64_t)kind);
    }
}

void faults_start(struct world *world)
{
    /* A second round meets other faults than the first. */
    if (world->now_ms != WORLD_EPOCH_MS) {
        faults_draw(world);
    }
    draw_more(world);
    draw_theft(world);
    draw_tardy(world);
    draw_hub_keys(world);
    world->faults.active = 1;
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        next(world, (enum fault_kind)kind);
    }
}

static int64_t outage(struct world *world)
{
    return random_skewed(&world->fault_chance, 1, world->faults.outage_ms);
}

static void strike_away(struct world *world, size_t node)
{
    int64_t until_ms = world->now_ms + random_range(&world->late_chance, 20 * MINUTE_MS, 40 * MINUTE_MS);
    int holds = random_chance(&world->late_chance, 500000);

    world->network.blocked_until_ms[node][TO_HUB] = world->network.blocked_until_ms[node][TO_NODE] = until_ms;
    world->network.holds[node][TO_HUB] = world->network.holds[node][TO_NODE] = holds;
}

static void strike_line(struct world *world, enum fault_kind kind, size_t node)
{
    struct random *chance = &world->fault_chance;
    struct line *line = network_line(world, world->nodes[node].session);
    int64_t until_ms = world->now_ms + outage(world);

    switch (kind) {
    case FAULT_RESET:
        network_break(world, world->nodes[node].session, 1, random_chance(chance, 500000));
        break;
    case FAULT_HALF_OPEN:
        network_break(world, world->nodes[node].session, 0, random_chance(chance, 300000));
        break;
    case FAULT_PARTITION: {
        uint64_t which = random_below(chance, 3);
        int holds = random_chance(chance, 500000);
        if (which != 1) {
            world->network.blocked_until_ms[node][TO_HUB] = until_ms;
            world->network.holds[node][TO_HUB] = holds;
        }
        if (which != 0) {
            world->network.blocked_until_ms[node][TO_NODE] = until_ms;
            world->network.holds[node][TO_NODE] = holds;
        }
        break;
    }
    case FAULT_SWALLOW:
        if (line != NULL) {
            line->swallows_until_ms[random_below(chance, 2)] = until_ms;
        }
        break;
    default:
        break;
    }
}

static void strike_all(struct world *world)
{
    struct random *chance = &world->fault_chance;

    world->faults.storm_left = world->faults.storm_left > 0 ? world->faults.storm_left - 1 : random_skewed(chance, 2, STORM_MOST);
    for (size_t i = 0; i < world->host_count; i++) {
        network_break(world, world->nodes[i].session, 1, random_chance(chance, 500000));
    }
}

void faults_strike(struct world *world, enum fault_kind kind)
{
    size_t node = (size_t)random_below(&world->fault_chance, world->node_count);

    /* One that was set in an earlier stretch, which this one has not drawn, may be what must not meet the others of this one. */
    if (!world->faults.active || world->faults.every_ms[kind] == 0) {
        return;
    }
    world_note(world, "fault %s, node %zu", fault_name(kind), node);
    world->tally.coverage.faults[kind]++;
    switch (kind) {
    case FAULT_HUB_CRASH:
        if (world->hub.up) {
            hub_host_crash(world);
            world_alarm(world, outage(world) / 4, ALARM_REPAIR, 0, 0, (uint64_t)kind);
        }
        break;
    case FAULT_NODE_CRASH:
    case FAULT_REBOOT:
        if (world->nodes[node].up) {
            node_host_crash(world, node, kind == FAULT_REBOOT);
            world_alarm(world, outage(world), ALARM_REPAIR, node, 0, (uint64_t)kind);
        }
        break;
    case FAULT_CLOCK_JUMP:
        machine_jump(world, node, random_range(&world->fault_chance, -100000000, 100000000));
        break;
    case FAULT_STORM:
        strike_all(world);
        break;
    case FAULT_SLOW:
        world->nodes[node].slow_until_ms = world->now_ms + outage(world);
        break;
    case FAULT_FULL:
        if (random_chance(&world->fault_chance, 300000)) {
            world->hub.full_until_ms = world->now_ms + outage(world) / 2;
        } else {
            world->nodes[node].full_until_ms = world->now_ms + outage(world);
        }
        break;
    case FAULT_RESTORE:
    case FAULT_WIPE:
        if (mishap_store(world, node, kind)) {
            world_alarm(world, outage(world), ALARM_REPAIR, node, 0, (uint64_t)kind);
        }
        break;
    case FAULT_COPY:
        mishap_copy(world, node);
        break;
    case FAULT_FLIP:
        mishap_flip(world, node);
        break;
    case FAULT_HOSTILE:
        mishap_hostile(world);
        break;
    case FAULT_REKEY:
        rekey_begin(world, node);
        break;
    case FAULT_THEFT:
        theft_strike(world, node);
        break;
    case FAULT_AWAY:
        strike_away(world, node);
        break;
    case FAULT_HUB_REKEY:
        rotation_change(world);
        break;
    case FAULT_STICK:
        stick_carry(world, node, 0);
        break;
    case FAULT_HUB_RESTORE:
        if (restore_hub(world)) {
            world_alarm(world, outage(world) / 4, ALARM_REPAIR, 0, 0, (uint64_t)kind);
        }
        break;
    default:
        strike_line(world, kind, node);
        break;
    }
    next(world, kind);
}

void faults_repair(struct world *world, enum fault_kind kind, uint64_t node)
{
    if (kind == FAULT_HUB_CRASH || kind == FAULT_HUB_RESTORE) {
        hub_host_start(world);
    } else {
        node_host_start(world, (size_t)node);
    }
}

void faults_heal(struct world *world)
{
    struct faults *faults = &world->faults;

    world_note(world, "healing");
    faults->active = 0;
    faults->loss = faults->duplicate = faults->reorder = faults->damage = faults->forgery = 0;
    faults->full_hub = faults->full_node = 0;
    faults->delay_ms = faults->delay_ms > 200 ? 200 : faults->delay_ms;
    faults->sync_ms = faults->sync_ms > 50 ? 50 : faults->sync_ms;
    faults->lag_ms = faults->lag_ms > 500 ? 500 : faults->lag_ms;
    faults->high_water = UINT64_MAX;
    world->hub.full_until_ms = 0;
    for (size_t i = 0; i < world->host_count; i++) {
        world->nodes[i].full_until_ms = world->nodes[i].slow_until_ms = 0;
    }
    for (size_t i = 0; i < world->host_count; i++) {
        world->network.blocked_until_ms[i][TO_HUB] = 0;
        world->network.blocked_until_ms[i][TO_NODE] = 0;
    }
    for (size_t i = 0; i < world->network.line_count; i++) {
        world->network.lines[i].swallows_until_ms[TO_HUB] = 0;
        world->network.lines[i].swallows_until_ms[TO_NODE] = 0;
    }
    mishap_heal(world);
    /* A line that is dead stays dead: its ends have to find out. */
    hub_host_start(world);
    for (size_t i = 0; i < world->host_count; i++) {
        node_host_start(world, i);
    }
}
