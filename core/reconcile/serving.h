/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_SERVING_H
#define RECONCILE_SERVING_H

#include "navette/fold.h"

/* Which node serves which place, and the graces decided: what a verdict is made by. Revoked nodes serve nothing. */
struct serving_node {
    uint8_t node[NODE_ID_SIZE];
    char place[LIMIT_PLACE_CODE + 1];
};

struct serving_grace {
    char place[LIMIT_PLACE_CODE + 1]; /* "": everywhere */
    char rule[LIMIT_THING_ID + 1];    /* its name */
    int64_t duration_ms;
};

struct serving {
    struct serving_node *nodes; /* one for each place of each node */
    size_t node_count;
    struct serving_grace *graces; /* those that hold at now_ms */
    size_t grace_count;
    int self_is_partial; /* self is of scope "own" */
};

/* By what the horizon shows. */
struct horizon;
int serving_load(const struct horizon *horizon, int64_t now_ms, const uint8_t *self, struct serving *serving);
void serving_free(struct serving *serving);

/* Calls `take` with what was last decided of each thing of a kind (places, rules, nodes) up to the horizon, until it answers other than 0. */
typedef int serving_take(void *context, const Navette__Event *body);
int serving_each_decided(const struct horizon *horizon, uint8_t kind, serving_take *take, void *context);
/* A rule's duration, at most 2^31 - 1 seconds. */
int64_t serving_duration_ms(uint64_t duration_s);

#endif
