/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "invariants.h"
#include "rotation.h"

#define WORLD_POLL_MS 1000      /* how often a healed network is asked whether it is at rest */
#define WORLD_STEPS_MAX 2000000 /* a run that never ends is a bug of its own */

void *world_alloc(size_t size)
{
    void *memory = calloc(1, size == 0 ? 1 : size);

    if (memory == NULL) {
        fputs("sim: no memory\n", stderr);
        abort();
    }
    return memory;
}

void *world_grow(void *list, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return list;
    }
    *capacity = *capacity == 0 ? 16 : *capacity * 2;
    list = realloc(list, *capacity * size);
    if (list == NULL) {
        fputs("sim: no memory\n", stderr);
        abort();
    }
    return list;
}

void world_hash(struct world *world, const void *data, size_t len)
{
    const uint8_t *bytes = data;

    for (size_t i = 0; i < len; i++) {
        world->trace = (world->trace ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
}

void world_note(struct world *world, const char *format, ...)
{
    char text[WORLD_FAILURE_TEXT];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    world_hash(world, &world->now_ms, sizeof(world->now_ms));
    world_hash(world, text, strlen(text));
    if (world->verbose) {
        printf("# %10.3f %s\n", (double)(world->now_ms - WORLD_EPOCH_MS) / 1000.0, text);
    }
}

void world_fail(struct world *world, const char *invariant, const char *format, ...)
{
    va_list args;

    if (world->failed) {
        return;
    }
    world->failed = 1;
    world->tally.losses += strcmp(invariant, "durable-lost") == 0 || strcmp(invariant, "scan-lost") == 0;
    snprintf(world->failure_name, sizeof(world->failure_name), "%s", invariant);
    va_start(args, format);
    vsnprintf(world->failure_text, sizeof(world->failure_text), format, args);
    va_end(args);
    world_note(world, "FAILED %s: %s", world->failure_name, world->failure_text);
}

static int alarm_before(const struct alarm *a, const struct alarm *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

void world_alarm(struct world *world, int64_t in_ms, enum alarm_kind kind, size_t owner, uint64_t generation, uint64_t value)
{
    struct alarm alarm = {world->now_ms + (in_ms < 0 ? 0 : in_ms), world->alarms_set++, kind, owner, generation, value};
    size_t at = world->heap_count;

    world->heap = world_grow(world->heap, world->heap_count, &world->heap_capacity, sizeof(*world->heap));
    world->heap_count++;
    while (at > 0 && alarm_before(&alarm, &world->heap[(at - 1) / 2])) {
        world->heap[at] = world->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    world->heap[at] = alarm;
}

static struct alarm take_alarm(struct world *world)
{
    struct alarm first = world->heap[0];
    struct alarm last = world->heap[--world->heap_count];
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= world->heap_count) {
            break;
        }
        if (child + 1 < world->heap_count && alarm_before(&world->heap[child + 1], &world->heap[child])) {
            child++;
        }
        if (!alarm_before(&world->heap[child], &last)) {
            break;
        }
        world->heap[at] = world->heap[child];
        at = child;
    }
    world->heap[at] = last;
    return first;
}

static void ring(struct world *world, const struct alarm *alarm)
{
    switch (alarm->kind) {
    case ALARM_PACKET:
        network_arrive(world, alarm->value);
        break;
    case ALARM_CONNECT:
        network_connect(world, alarm->owner, alarm->generation);
        break;
    case ALARM_NODE_LOST:
        node_host_lost(world, alarm->owner, alarm->value);
        break;
    case ALARM_HUB_LOST:
        hub_host_lost(world, alarm->value);
        break;
    case ALARM_HUB_START:
    case ALARM_HUB_RUN:
    case ALARM_HUB_SYNCED:
    case ALARM_HUB_FOLD:
    case ALARM_HUB_TICK:
        hub_host_ring(world, alarm->kind, alarm->generation);
        break;
    case ALARM_NODE_START:
    case ALARM_NODE_RUN:
    case ALARM_NODE_SYNCED:
    case ALARM_NODE_FOLD:
    case ALARM_NODE_TICK:
        node_host_ring(world, alarm->owner, alarm->kind, alarm->generation);
        break;
    case ALARM_WORK:
        workload_work(world, alarm->owner);
        break;
    case ALARM_DESK:
        workload_desk(world, alarm->value);
        break;
    case ALARM_FAULT:
        faults_strike(world, (enum fault_kind)alarm->value);
        break;
    case ALARM_REPAIR:
        faults_repair(world, (enum fault_kind)alarm->value, alarm->owner);
        break;
    case ALARM_AUDIT:
        invariants_audit(world);
        break;
    }
}

/* Lets time pass until `until_ms`. */
static void pass(struct world *world, int64_t until_ms)
{
    while (!world->failed && world->heap_count > 0 && world->heap[0].at_ms <= until_ms) {
        struct alarm alarm = take_alarm(world);

        world->now_ms = alarm.at_ms;
        world->tally.steps++;
        world_hash(world, &alarm.at_ms, sizeof(alarm.at_ms));
        world_hash(world, &alarm.value, sizeof(alarm.value));
        ring(world, &alarm);
        if (world->progress != NULL) {
            *world->progress = (struct world_progress){world->now_ms - WORLD_EPOCH_MS, world->tally.events, world->tally.checked};
        }
        if (world->tally.steps > WORLD_STEPS_MAX * (1 + 10 * world->days)) {
            world_fail(world, "endless", "over %" PRIu64 " steps", world->tally.steps);
        }
    }
    if (!world->failed) {
        world->now_ms = until_ms;
    }
}

/* From now on nothing goes wrong: within the bound every log has to be safe at the hub and every replica the same. */
static void settle(struct world *world)
{
    int64_t healed_ms = world->now_ms;
    char why[WORLD_FAILURE_TEXT] = "";

    faults_heal(world);
    workload_pause(world);
    while (!world->failed) {
        pass(world, world->now_ms + WORLD_POLL_MS);
        twin_look(world, 1);
        stick_settle(world);
        rotation_settle(world);
        if (world->failed || invariants_at_rest(world, why, sizeof(why))) {
            break;
        }
        if (world->now_ms - healed_ms > WORLD_BOUND_MS) {
            world_fail(world, "liveness", "%d s after healing: %s", WORLD_BOUND_MS / 1000, why);
        }
    }
    if (world->now_ms - healed_ms > world->tally.rest_ms) {
        world->tally.rest_ms = world->now_ms - healed_ms;
    }
    if (!world->failed) {
        world_note(world, "at rest after %" PRId64 " ms", world->now_ms - healed_ms);
        invariants_final(world);
    }
}

struct world *world_new(const struct world_options *options)
{
    struct world *world = world_alloc(sizeof(*world));

    world->seed = options->seed;
    world->verbose = options->verbose;
    world->now_ms = WORLD_EPOCH_MS;
    world->trace = UINT64_C(0xcbf29ce484222325);
    random_stream(&world->chance, options->seed, "world");
    random_stream(&world->fault_chance, options->seed, "faults");
    random_stream(&world->line_chance, options->seed, "lines");
    random_stream(&world->work_chance, options->seed, "work");
    random_stream(&world->more_chance, options->seed, "more");
    random_stream(&world->desk_chance, options->seed, "desk");
    random_stream(&world->late_chance, options->seed, "late");
    world->days = options->days;
    world->progress = options->progress;
    world->node_count = options->days > 0 ? WORLD_NODES : (size_t)random_range(&world->chance, 2, WORLD_NODES_USUAL);
    world->host_count = world->node_count;
    catchup_draw(world);
    faults_draw(world);
    hub_host_init(world);
    workload_init(world);
    for (size_t i = 0; i < world->node_count; i++) {
        node_host_init(world, i);
    }
    return world;
}

int world_run(struct world *world)
{
    int rounds = world->days == 0 && random_chance(&world->chance, 300000) ? 2 : 1;

    world_note(world, "seed %" PRIu64 ": %zu nodes, %d round(s)", world->seed, world->node_count, rounds);
    hub_host_start(world);
    for (int round = 0; round < rounds && !world->failed; round++) {
        faults_start(world);
        workload_start(world, round);
        pass(world, world->now_ms + world->workload.span_ms);
        settle(world);
    }
    world->tally.time_ms = world->now_ms - WORLD_EPOCH_MS;
    return world->failed;
}

void world_free(struct world *world)
{
    if (world == NULL) {
        return;
    }
    for (size_t i = 0; i < world->host_count; i++) {
        node_host_free(world, i);
    }
    hub_host_free(world);
    catchup_forget(world);
    network_free(&world->network);
    workload_free(&world->workload);
    stick_free(&world->sticks);
    truth_free(&world->truth);
    free(world->heap);
    free(world);
}
