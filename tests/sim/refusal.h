/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_REFUSAL_H
#define NAVETTE_SIM_REFUSAL_H

#include "navette/event.h"
#include "world_limits.h"

/*
 * What the hub's journal says of refusals, in its order: which event, why, and which of them are taken back; whose keys were stolen since when; who works where, and where a rule asks
 * for it. As an observer reads it: nothing here is asked of core/sync.
 */
struct world;
struct truth_row;

#define REFUSAL_BADGES 4u /* operators' codes: refusal_badge() */

struct refusal {
    struct ref self;
    struct ref target;
    int reason;
    int admitted;
};

/* A revocation that says since when. */
struct refusal_theft {
    size_t node;
    int64_t since_ms;
    uint64_t position;
};

struct refusals {
    struct refusal *list;
    size_t count;
    size_t capacity;
    struct refusal_theft *thefts;
    size_t theft_count;
    size_t theft_capacity;
    uint64_t asks[WORKLOAD_PLACES]; /* by place: position of the rule that refuses who is not declared; 0: none does */
    uint8_t works[WORKLOAD_PLACES][REFUSAL_BADGES];
    uint8_t known[WORKLOAD_PLACES][REFUSAL_BADGES];
};

void refusals_free(struct refusals *refusals);
void refusals_forget(struct refusals *refusals);

/* The n-th code of operators, a static string. */
char *refusal_badge(size_t which);

/* One entry of the hub's synced journal, opened; row: what is known of it, its place and badge filled in. */
void refusals_take(struct world *world, struct truth_row *row, const struct event *event, uint64_t position);
/* Of this event: refused, and not taken back. */
int refusal_stands(const struct refusals *refusals, const struct ref *event);
/* At rest. */
void refusals_check(struct world *world);

#endif
