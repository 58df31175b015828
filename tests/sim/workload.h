/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_WORKLOAD_H
#define NAVETTE_SIM_WORKLOAD_H

#include "navette/journal.h"
#include "world_limits.h"

/*
 * What people do in the simulated network: documents and bags are registered, packed, sent, received, handed out, brought back, seen, corrected, by
 * what each node's own state makes plausible, and now and then by what it does not. The desk at the hub declares places, enrols nodes, widens rights, revokes.
 */
struct world;

struct workload_place {
    char code[LIMIT_PLACE_CODE + 1];
    Navette__PlaceKind kind;
};

struct workload_thing {
    int kind; /* Navette__ThingKind */
    char id[24];
    size_t home;
};

enum order_kind {
    ORDER_PLACE,
    ORDER_ENROL,
    ORDER_WIDEN,
    ORDER_REVOKE,
    ORDER_RULE,
    ORDER_SETTLE,
    ORDER_SWAP,
    ORDER_PAIR,
    ORDER_STOLEN,
    ORDER_OPERATORS,
    ORDER_BADGE,
    ORDER_ADMIT,
    ORDER_DISMISS,
    ORDER_REPLACE,
    ORDER_KIND_COUNT
};

struct workload_order {
    enum order_kind kind;
    size_t node;
    size_t place;
    struct ref self; /* as it was recorded last */
    int stored;      /* in the hub's synced log */
    int noted;       /* it was, once, and the world knows of its consequences */
};

#define WORKLOAD_ORDERS 64u
#define WORKLOAD_DESK_AGAIN 1 /* ALARM_DESK: what was decided and lost is done again */
#define WORKLOAD_SLIPS 96u
#define WORKLOAD_SLIP_THINGS 4u
#define WORKLOAD_COUNTS 12u

/* A sheet of paper that travels with the van. */
struct workload_slip {
    char slip[16];
    char round[16]; /* "": none */
    size_t from, to;
    size_t things[WORKLOAD_SLIP_THINGS];
    size_t thing_count;
    uint32_t pool; /* untagged bags */
    int bags;      /* it goes by bags, not by documents */
    int received, closed;
};

#define WORKLOAD_REQUESTS 24u

/* A stocktaking session. */
struct workload_count {
    uint8_t id[16];
    size_t place;
    int closed;
};

struct workload {
    int paused;
    int64_t span_ms; /* of the faulty phase */
    int64_t pace_ms; /* mean time between two scans at a node */
    uint64_t scans;  /* still to be made, over all nodes */
    struct workload_place places[WORKLOAD_PLACES];
    size_t place_count;
    struct workload_thing things[WORKLOAD_THINGS];
    size_t thing_count;
    struct workload_slip slips[WORKLOAD_SLIPS];
    size_t slip_count;
    struct workload_count counts[WORKLOAD_COUNTS];
    size_t count_count;
    char requests[WORKLOAD_REQUESTS][8]; /* numbers of people's orders */
    size_t request_count;
    struct workload_order orders[WORKLOAD_ORDERS];
    size_t order_count;
    uint64_t rules;
    int badges; /* people wear them */
};

void workload_init(struct world *world);
void workload_free(struct workload *workload);
void workload_start(struct world *world, int round);
void workload_pause(struct world *world);
void workload_add_order(struct workload *workload, enum order_kind kind, size_t node, size_t place);

/* Index of a declared place, or WORKLOAD_PLACES. */
size_t workload_place(const struct workload *workload, const char *code);

void workload_work(struct world *world, size_t node);    /* ALARM_WORK */
void workload_desk(struct world *world, uint64_t value); /* ALARM_DESK */

int workload_keeps(const struct world *world, size_t node); /* it is not revoked, and nobody is about to */

/* The desk enrols a machine that is a node of its own since. */
void workload_enrol(struct world *world, size_t node);

/* The desk. */
size_t workload_order_count(const struct world *world);
int workload_order(struct world *world, size_t order, struct store_txn *journal, const uint8_t *salt);
int workload_order_is_due(const struct world *world, size_t order); /* 0: it is stored, or was lost and is to be done again later */
int workload_is_due(const struct world *world);                     /* one that was given is */
size_t workload_orders_left(const struct world *world);             /* not stored */
void workload_orders_done(struct world *world);                     /* the world learns of those that are stored */
/* An entry of the hub's own: one of these? Or what was stored is no more. */
void workload_order_stored(struct world *world, const struct ref *self);
void workload_orders_lost(struct world *world);

#endif
