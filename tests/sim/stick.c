/* SPDX-License-Identifier: Apache-2.0 */
#include "stick.h"

#include <inttypes.h>
#include <stdlib.h>

#include "invariants.h"
#include "machine.h"
#include "navette/bundle.h"
#include "navette/fold.h"
#include "navette/hub_stick.h"
#include "navette/node_stick.h"
#include "rotation.h"
#include "world.h"

#define STICK_LINELESS 500000u /* per million of the seeds that have sticks: one node lives on them */
#define STICK_HOLE 100000u     /* ... of parts */

static void stick_clear(struct stick *stick)
{
    for (size_t i = 0; i < stick->count; i++) {
        buffer_free(&stick->frames[i]);
    }
    free(stick->frames);
    *stick = (struct stick){.count = 0};
}

void stick_free(struct sticks *sticks)
{
    for (size_t i = 0; i < sticks->out_count; i++) {
        stick_clear(&sticks->out[i]);
    }
    for (size_t i = 0; i < sticks->back_count; i++) {
        stick_clear(&sticks->back[i]);
    }
}

void stick_draw(struct world *world)
{
    if (random_chance(&world->more_chance, STICK_LINELESS) && world->node_count > 2) {
        struct node_host *host = &world->nodes[random_range(&world->more_chance, 1, (int64_t)world->node_count - 1)];

        /* New keys are told to a hub on a line alone; and which of two machines a stick is of, nobody here tells: is_able(). */
        host->lineless = !host->copied && host->past.count == 0;
    }
}

static struct buffer *add_frame(struct stick *stick)
{
    stick->frames = world_grow(stick->frames, stick->count, &stick->capacity, sizeof(*stick->frames));
    buffer_init(&stick->frames[stick->count]);
    return &stick->frames[stick->count++];
}

/* Into a pocket; when there are many one is lost. */
static struct stick *keep(struct world *world, struct stick *list, size_t *count)
{
    if (*count < STICKS) {
        return &list[(*count)++];
    }
    struct stick *lost = &list[random_below(&world->more_chance, STICKS)];
    stick_clear(lost);
    return lost;
}

static enum frame_type type_of(const struct buffer *frame)
{
    return (enum frame_type)frame->data[5];
}

static void check_rc(struct world *world, const char *what, int rc)
{
    if (rc != 0) {
        world_fail(world, "step-result", "a stick, %s: %s", what, error_text(rc));
    }
}

/* ---- at the node */

static int is_able(const struct world *world, size_t node)
{
    const struct node_host *host = &world->nodes[node];

    return host->up && !host->busy && !host->retired && !host->copied && !host->damaged && !host->hostile &&
           host->full_until_ms <= world->now_ms;
}

static void write_out(struct world *world, size_t node)
{
    struct node_host *host = &world->nodes[node];
    struct store_txn *txn = disk_write(host->disk);
    struct node_input input = {.kind = NODE_TICK, .txn = txn, .now_ms = world->now_ms - host->boot_ms + 1, .wall_ms = world->now_ms};
    struct stick *stick = keep(world, world->sticks.out, &world->sticks.out_count);
    uint8_t signature[SIGNATURE_SIZE];
    struct node_stick_plan plan = {.first = 1};
    struct buffer wants = {.data = NULL};
    Navette__Frontier frontier;
    uint32_t count;
    int rc = machine_seal(world, node, txn);

    stick->node = node;
    disk_commit(host->disk, txn);
    node_host_took(world, node);
    input.txn = txn = disk_write(host->disk);
    if (machine_states(world, node, &frontier, signature)) {
        input.frontier = &frontier;
    }
    if (rc == 0) {
        rc = node_stick_greet(host->node, &input, random_chance(&world->more_chance, 250000), &plan, add_frame(stick));
    }
    for (uint64_t next = plan.first, last; rc == 0 && next <= plan.last; next = last + 1) {
        rc = node_stick_push(txn, plan.incarnation, next, add_frame(stick), &last);
    }
    if (rc == 0) {
        rc = node_stick_wants(txn, &wants, &count);
    }
    for (struct span left = buffer_span(&wants), frame; rc == 0 && bundle_next_frame(&left, &frame) == 0;) {
        rc = buffer_append(add_frame(stick), frame.data, frame.len);
    }
    buffer_free(&wants);
    check_rc(world, "written", rc);
    disk_end(host->disk, txn);
    world->tally.sticks_out++;
    world_note(world, "node %zu: a stick, %zu parts", node, stick->count);
}

static void take_back(struct world *world, const struct stick *stick, int whole)
{
    struct node_host *host = &world->nodes[stick->node];
    struct node_stick_news news = {.kind = NODE_STICK_OLD};
    struct effects effects;
    int evicts = 0;

    effects_init(&effects);
    for (size_t i = 0; i < stick->count && !world->failed; i++) {
        struct store_txn *txn = disk_write(host->disk);
        struct node_input input = {.kind = NODE_TICK, .txn = txn, .now_ms = world->now_ms - host->boot_ms + 1, .wall_ms = world->now_ms};
        uint8_t fresh[SALT_SIZE];
        int rc = 0;

        random_bytes(&world->more_chance, fresh, sizeof(fresh));
        input.fresh = fresh;
        if (i == 0) {
            rotation_by_stick(world, stick->node);
            rc = node_stick_receipt(host->node, &input, buffer_span(&stick->frames[i]), &news, &effects);
        } else if (type_of(&stick->frames[i]) == FRAME_FETCHED && (whole || !random_chance(&world->more_chance, STICK_HOLE))) {
            rc = node_stick_fetched(host->node, &input, buffer_span(&stick->frames[i]), &news, &effects);
        } else if (type_of(&stick->frames[i]) == FRAME_DELTA && news.kind == NODE_STICK_TAKEN &&
                   (whole || !random_chance(&world->more_chance, STICK_HOLE))) {
            rc = node_stick_delta(host->node, &input, buffer_span(&stick->frames[i]), &news, &effects);
        }
        if (rc != 0 && rc != NAVETTE_E_GAP) {
            check_rc(world, "an answer", rc);
        }
        if (rc == 0 && news.back > 0) {
            check_rc(world, "what came back", fold_refill(txn));
        }
        disk_commit(host->disk, txn);
        node_host_took(world, stick->node);
        for (size_t k = 0; k < effects.count; k++) {
            evicts |= effects.list[k].kind == EFFECT_EVICT;
        }
        effects_clear(&effects);
    }
    effects_free(&effects);
    if (evicts && !world->failed) {
        node_host_evict(world, stick->node);
    }
    world->tally.sticks_back++;
    world->tally.sticks_fetched += news.back;
    world_note(world, "node %zu: an answer, %d, safe %" PRIu64, stick->node, (int)news.kind, news.safe);
}

/* ---- at the hub */

enum stick_turn { TURN_GREET, TURN_PUSH, TURN_STATE };

/* One transaction each, the hub's own words sealed in it. */
static int hub_turn(struct world *world, struct hub_stick *step, enum stick_turn turn, const struct stick *stick, size_t frame)
{
    struct hub_host *hub = &world->hub;
    struct store_txn *txn = disk_write(hub->journal);
    struct effects effects;
    uint8_t salt[SALT_SIZE];
    int rc = NAVETTE_E_BUSY;

    effects_init(&effects);
    for (int again = 0; again < 2 && rc == NAVETTE_E_BUSY; again++) {
        struct hub_input input = {.kind = HUB_FRAME, .journal = txn, .now_ms = world->now_ms, .salt = salt, .boot = hub->boot};

        random_bytes(&world->more_chance, salt, sizeof(salt));
        if (again) {
            check_rc(world, "a seal", rotation_seal(world, txn));
        }
        rc = turn == TURN_GREET
                 ? hub_stick_greet(hub->hub, &input, step, world->nodes[stick->node].id, buffer_span(&stick->frames[0]), &effects)
             : turn == TURN_PUSH ? hub_stick_push(hub->hub, &input, step, buffer_span(&stick->frames[frame]), &effects)
                                 : hub_stick_state(hub->hub, &input, step, &effects);
    }
    if (error_is_fatal(rc) || rc == NAVETTE_E_BUSY) {
        check_rc(world, "at the hub", rc);
    }
    if (hub_recorded(hub->hub)) {
        check_rc(world, "a seal", rotation_seal(world, txn));
    }
    effects_free(&effects);
    disk_commit(hub->journal, txn);
    hub_host_took(world);
    return rc;
}

/* What it asks for again, as far as the stick could be read. */
static int answer_fetch(struct world *world, const struct hub_input *input, struct hub_stick *step, const struct stick *stick, size_t end,
                        struct stick *back)
{
    struct effects effects;
    int rc = NAVETTE_E_NOT_FOUND;

    effects_init(&effects);
    for (size_t i = 1; rc == NAVETTE_E_NOT_FOUND && i < end; i++) {
        size_t next = 0;

        while (type_of(&stick->frames[i]) == FRAME_FETCH &&
               (rc = hub_stick_fetch(world->hub.hub, input, step, buffer_span(&stick->frames[i]), &next, &effects)) == 0) {
            *add_frame(back) = effects.list[0].frame;
            buffer_init(&effects.list[0].frame);
            effects_clear(&effects);
        }
    }
    effects_free(&effects);
    return rc;
}

static void answer(struct world *world, struct hub_stick *step, const struct stick *stick, size_t end)
{
    struct hub_host *hub = &world->hub;
    struct stick *back = keep(world, world->sticks.back, &world->sticks.back_count);
    struct hub_input input = {.kind = HUB_TAIL, .now_ms = world->now_ms};
    struct effects effects;
    uint64_t folded = 0;
    uint64_t to;
    int rc;

    back->node = stick->node;
    effects_init(&effects);
    input.journal = disk_read(hub->journal);
    input.state = disk_read(hub->state);
    if (fold_cursor(input.state, &folded) != 0) {
        folded = 0;
    }
    for (rc = hub_stick_receipt(hub->hub, &input, step, &effects); rc == 0;
         rc = hub_stick_delta(hub->hub, &input, step, folded, &to, &effects)) {
        *add_frame(back) = effects.list[0].frame;
        buffer_init(&effects.list[0].frame);
        effects_clear(&effects);
    }
    rc = rc == NAVETTE_E_NOT_FOUND ? answer_fetch(world, &input, step, stick, end, back) : rc;
    if (rc != NAVETTE_E_NOT_FOUND) {
        check_rc(world, "the answer", rc);
    }
    effects_free(&effects);
    disk_end(hub->state, input.state);
    disk_end(hub->journal, input.journal);
}

static void read_in(struct world *world, const struct stick *stick, int whole)
{
    struct hub_stick *step = hub_stick_new();
    size_t end =
        whole || random_chance(&world->more_chance, 800000) ? stick->count : 1 + (size_t)random_below(&world->more_chance, stick->count);
    struct hub_stick_info info;
    struct store_txn *txn;
    int rc = hub_turn(world, step, TURN_GREET, stick, 0);

    world->tally.sticks_in++;
    for (size_t i = 1; rc == 0 && i < end && !world->failed; i++) {
        if (type_of(&stick->frames[i]) == FRAME_PUSH && (whole || !random_chance(&world->more_chance, STICK_HOLE))) {
            (void)hub_turn(world, step, TURN_PUSH, stick, i);
        }
    }
    if (rc == 0 && !world->failed) {
        (void)hub_turn(world, step, TURN_STATE, stick, 0);
        answer(world, step, stick, end);
        txn = disk_read(world->hub.journal);
        check_rc(world, "its account", hub_stick_info(step, txn, &info));
        disk_end(world->hub.journal, txn);
        world->tally.sticks_taken += info.taken;
        world_note(world, "hub: a stick of node %zu, %s: %" PRIu64 " taken, %" PRIu64 " again, holds %" PRIu64, stick->node,
                   link_verdict_name(info.verdict), info.taken, info.again, info.held);
    }
    hub_stick_free(step);
}

static int hub_is_able(const struct world *world)
{
    return world->hub.up && !world->hub.busy && world->hub.full_until_ms <= world->now_ms;
}

void stick_carry(struct world *world, size_t node, int whole)
{
    struct sticks *sticks = &world->sticks;
    struct random *chance = &world->more_chance;
    uint64_t what = random_below(chance, 3);

    if ((whole || what == 0) && is_able(world, node)) {
        write_out(world, node);
    }
    if ((whole || what == 1) && sticks->out_count > 0 && hub_is_able(world) && !world->failed) {
        const struct stick *stick = &sticks->out[whole ? sticks->out_count - 1 : random_below(chance, sticks->out_count)];

        if (!world->nodes[stick->node].copied) {
            read_in(world, stick, whole);
        }
    }
    if ((whole || what == 2) && sticks->back_count > 0 && !world->failed) {
        const struct stick *stick = &sticks->back[whole ? sticks->back_count - 1 : random_below(chance, sticks->back_count)];

        if (is_able(world, stick->node)) {
            take_back(world, stick, whole);
        }
    }
}

/* Pockets are emptied first: a new stick is the last one then. */
void stick_settle(struct world *world)
{
    for (size_t i = 0; i < world->node_count && !world->failed; i++) {
        if (world->nodes[i].lineless && hub_host_admits(world, i) && is_able(world, i) && hub_is_able(world)) {
            stick_free(&world->sticks);
            world->sticks.out_count = world->sticks.back_count = 0;
            stick_carry(world, i, 1);
        }
    }
}
