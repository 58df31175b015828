/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "forge.h"
#include "navette/frame.h"
#include "rekey.h"
#include "rotation.h"
#include "world.h"

#define NETWORK_AGAIN_MS 2000 /* slowest pause between two tries to connect */

void network_free(struct network *network)
{
    for (size_t i = 0; i < network->packet_count; i++) {
        buffer_free(&network->packets[i].frame);
    }
    for (size_t i = 0; i < NETWORK_HEARD; i++) {
        buffer_free(&network->heard[i]);
    }
    for (size_t i = 0; i < NETWORK_GREETINGS; i++) {
        buffer_free(&network->greetings[i]);
    }
    free(network->packets);
    free(network->free_packets);
    free(network->lines);
}

struct line *network_line(struct world *world, uint64_t session)
{
    return session == 0 || session > world->network.line_count ? NULL : &world->network.lines[session - 1];
}

static int blocked(struct world *world, size_t node, enum direction direction)
{
    return world->network.blocked_until_ms[node][direction] > world->now_ms;
}

/* Blocked, and nothing is kept for later. */
static int cut(struct world *world, size_t node, enum direction direction)
{
    return blocked(world, node, direction) && !world->network.holds[node][direction];
}

void network_want(struct world *world, size_t node)
{
    world_alarm(world, random_skewed(&world->line_chance, 1, NETWORK_AGAIN_MS), ALARM_CONNECT, node, world->nodes[node].generation, 0);
}

void network_connect(struct world *world, size_t node, uint64_t generation)
{
    struct network *network = &world->network;
    struct node_host *host = &world->nodes[node];
    int before;

    if (generation != host->generation || !host->up || host->session != 0) {
        return;
    }
    /* A handshake needs both directions and a hub that lets the key in. */
    before = !hub_host_admits(world, node) && rekey_dials_before(world, node);
    if (!world->hub.up || blocked(world, node, TO_HUB) || blocked(world, node, TO_NODE) || (!hub_host_admits(world, node) && !before) ||
        host->lineless || !rotation_dialled(world, node)) {
        network_want(world, node);
        return;
    }
    network->lines = world_grow(network->lines, network->line_count, &network->line_capacity, sizeof(*network->lines));
    network->lines[network->line_count++] = (struct line){.node = node, .hub_pair = world->hub.port, .node_up = 1, .hub_up = 1};
    memcpy(network->lines[network->line_count - 1].curve_key, before ? host->before_curve : host->curve_key, KEY_SIZE);
    world_note(world, "node %zu: connected%s, session %zu", node, before ? " under its key before" : "", network->line_count);
    node_host_connected(world, node, network->line_count);
}

static uint64_t take_slot(struct network *network)
{
    if (network->free_count > 0) {
        return network->free_packets[--network->free_count];
    }
    network->packets = world_grow(network->packets, network->packet_count, &network->packet_capacity, sizeof(*network->packets));
    network->packets[network->packet_count] = (struct packet){0};
    return network->packet_count++;
}

static void launch(struct world *world, uint64_t session, struct line *line, enum direction direction, struct span frame, int64_t late_ms)
{
    struct random *chance = &world->line_chance;
    uint64_t slot = take_slot(&world->network);
    struct packet *packet = &world->network.packets[slot];
    int64_t at_ms = world->now_ms + random_skewed(chance, 1, world->faults.delay_ms) + late_ms;

    line->under_way[direction]++;
    packet->used = 1;
    packet->session = session;
    packet->direction = direction;
    buffer_init(&packet->frame);
    if (buffer_append(&packet->frame, frame.data, frame.len) != 0) {
        abort();
    }
    if (random_chance(chance, world->faults.damage)) {
        packet->frame.data[random_below(chance, frame.len)] ^= (uint8_t)(1u << random_below(chance, 8));
    }
    /* TCP keeps the order; a frame that overtakes has come by another line, or was held back by a proxy. */
    if (late_ms > 0) {
        ; /* an echo waits for nobody, and nobody for it */
    } else if (random_chance(chance, world->faults.reorder)) {
        at_ms += random_skewed(chance, 0, 4 * world->faults.delay_ms);
    } else if (at_ms < line->last_arrival_ms[direction]) {
        at_ms = line->last_arrival_ms[direction];
    }
    if (blocked(world, line->node, direction) && at_ms < world->network.blocked_until_ms[line->node][direction]) {
        at_ms = world->network.blocked_until_ms[line->node][direction];
    }
    if (late_ms == 0 && at_ms > line->last_arrival_ms[direction]) {
        line->last_arrival_ms[direction] = at_ms;
    }
    world_alarm(world, at_ms - world->now_ms, ALARM_PACKET, line->node, 0, slot);
}

static void say(struct world *world, uint64_t session, enum direction direction, struct span frame, const char *fate)
{
    char text[160];

    if (world->verbose) {
        describe_frame(frame, text, sizeof(text));
        printf("# %10.3f %s %" PRIu64 ": %s%s\n", (double)(world->now_ms - WORLD_EPOCH_MS) / 1000.0,
               direction == TO_HUB ? "to hub, session" : "to node, session", session, text, fate);
    }
}

static void keep(struct buffer *slot, struct span frame)
{
    buffer_clear(slot);
    if (buffer_append(slot, frame.data, frame.len) != 0) {
        abort();
    }
}

void network_send(struct world *world, uint64_t session, enum direction direction, struct span frame)
{
    struct line *line = network_line(world, session);
    uint32_t crc = crc32c(0, frame);

    world->tally.frames++;
    world_hash(world, &crc, sizeof(crc));
    if (line == NULL || line->dead || cut(world, line->node, direction) || line->swallows_until_ms[direction] > world->now_ms ||
        line->under_way[direction] >= world->faults.high_water || random_chance(&world->line_chance, world->faults.loss)) {
        world->tally.lost++;
        say(world, session, direction, frame, " (lost)");
        return;
    }
    say(world, session, direction, frame, "");
    if (direction == TO_HUB) {
        keep(&world->network.heard[world->network.heard_count++ % NETWORK_HEARD], frame);
        if (frame.data[5] == FRAME_HELLO) {
            keep(&world->network.greetings[world->network.greeting_count++ % NETWORK_GREETINGS], frame);
        }
    }
    if (direction == TO_HUB && random_chance(&world->line_chance, world->faults.forgery)) {
        struct buffer forged = {0};
        if (forge_push(frame, &world->line_chance, &forged)) {
            say(world, session, direction, buffer_span(&forged), " (forged)");
            launch(world, session, line, direction, buffer_span(&forged), 0);
        }
        buffer_free(&forged);
    }
    launch(world, session, line, direction, frame, 0);
    /* Greetings are few, and everything hangs on them: they are repeated more often. */
    if (random_chance(&world->line_chance, world->faults.duplicate * (frame.data[5] == FRAME_HELLO ? 4u : 1u))) {
        launch(world, session, line, direction, frame, random_skewed(&world->line_chance, 0, world->faults.echo_ms));
    }
}

void network_arrive(struct world *world, uint64_t slot)
{
    struct network *network = &world->network;
    struct packet packet = network->packets[slot];
    struct line *line = network_line(world, packet.session);

    line->under_way[packet.direction]--;
    network->packets[slot] = (struct packet){0};
    network->free_packets = world_grow(network->free_packets, network->free_count, &network->free_capacity, sizeof(*network->free_packets));
    network->free_packets[network->free_count++] = slot;
    if (line->dead || cut(world, line->node, packet.direction)) {
        world->tally.lost++;
    } else if (packet.direction == TO_HUB && line->hub_up && world->hub.up) {
        hub_host_receive(world, packet.session, line->node, &packet.frame);
    } else if (packet.direction == TO_NODE && line->node_up && world->nodes[line->node].up) {
        node_host_receive(world, line->node, packet.session, &packet.frame);
    }
    buffer_free(&packet.frame);
}

void network_break(struct world *world, uint64_t session, int tell_node, int tell_hub)
{
    struct line *line = network_line(world, session);

    if (line == NULL) {
        return;
    }
    line->dead = 1;
    if (tell_node && line->node_up) {
        world_alarm(world, random_skewed(&world->line_chance, 0, 30000), ALARM_NODE_LOST, line->node, 0, session);
    }
    if (tell_hub && line->hub_up) {
        world_alarm(world, random_skewed(&world->line_chance, 0, 30000), ALARM_HUB_LOST, 0, 0, session);
    }
}

void network_node_left(struct world *world, uint64_t session)
{
    struct line *line = network_line(world, session);

    if (line == NULL || !line->node_up) {
        return;
    }
    line->node_up = 0;
    /* What is under way may still arrive; the hub learns of the end, or does not. */
    if (line->hub_up && random_chance(&world->line_chance, 700000)) {
        world_alarm(world, random_skewed(&world->line_chance, 1, 5000), ALARM_HUB_LOST, 0, 0, session);
    }
}

void network_hub_left(struct world *world)
{
    for (size_t i = 0; i < world->network.line_count; i++) {
        struct line *line = &world->network.lines[i];

        if (!line->hub_up) {
            continue;
        }
        line->hub_up = 0;
        line->dead = 1;
        if (line->node_up && random_chance(&world->line_chance, 800000)) {
            world_alarm(world, random_skewed(&world->line_chance, 1, 5000), ALARM_NODE_LOST, line->node, 0, i + 1);
        }
    }
}
