/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_NETWORK_H
#define NAVETTE_SIM_NETWORK_H

#include "navette/limits.h"
#include "navette/span.h"
#include "world_limits.h"

/*
 * The roads between the nodes and the hub. A line is one connection; its number is the hub's session. A frame sent on it arrives once, later, twice, before
 * another, or never, and nobody is told; either end may believe in a line that the other has forgotten. The far end's key is known: CURVE's part is taken
 * as done.
 */
struct world;

enum direction { TO_HUB = 0, TO_NODE = 1 };

struct line {
    size_t node;
    uint8_t curve_key[KEY_SIZE]; /* with which it was made */
    size_t hub_pair;             /* ... and of the hub's pairs the one that its port had */
    int node_up;                 /* the node's transport stands on it */
    int hub_up;                  /* the hub's transport knows it */
    int dead;                    /* carries nothing, and neither end has been told */
    int64_t swallows_until_ms[2];
    int64_t last_arrival_ms[2];
    uint64_t under_way[2];
};

#define NETWORK_HEARD 32u
#define NETWORK_GREETINGS 8u

struct packet {
    int used;
    uint64_t session;
    enum direction direction;
    struct buffer frame;
};

struct network {
    struct line *lines; /* session - 1 */
    size_t line_count;
    size_t line_capacity;
    struct packet *packets;
    size_t packet_count;
    size_t packet_capacity;
    size_t *free_packets;
    size_t free_count;
    size_t free_capacity;
    struct buffer heard[NETWORK_HEARD]; /* what nodes said last, for whoever wants to say it again */
    size_t heard_count;
    struct buffer greetings[NETWORK_GREETINGS]; /* ... of them the HELLOs, which are few */
    size_t greeting_count;
    int64_t blocked_until_ms[WORLD_NODES + 1][2]; /* by node and direction: a partition */
    int holds[WORLD_NODES + 1][2];                /* ... that TCP bridges: what was sent meanwhile comes when it ends, however late */
};

void network_free(struct network *network);
struct line *network_line(struct world *world, uint64_t session); /* NULL for 0 */

/* The node's transport wants a line; it will have one when hub and road allow it. */
void network_want(struct world *world, size_t node);
void network_connect(struct world *world, size_t node, uint64_t generation); /* ALARM_CONNECT */

void network_send(struct world *world, uint64_t session, enum direction direction, struct span frame);
void network_arrive(struct world *world, uint64_t slot); /* ALARM_PACKET */

/* The line breaks; each end is told, late, or not at all. */
void network_break(struct world *world, uint64_t session, int tell_node, int tell_hub);
/* One end is gone (its process ended, or it closed on purpose). */
void network_node_left(struct world *world, uint64_t session);
void network_hub_left(struct world *world);

#endif
