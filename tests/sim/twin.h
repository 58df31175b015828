/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_TWIN_H
#define NAVETTE_SIM_TWIN_H

#include <stddef.h>
#include <stdint.h>

#include "navette/effects.h"
#include "navette/store.h"

/*
 * Two machines with one node's keys. The coordinator chooses now and then, this one or that one, and thinks again; in the end the machine that was there first goes on, and the
 * copy becomes another node, which has to bring all that it recorded. What the hub's synced log says of them is kept here, so that the hub is held against it.
 */
struct world;

struct twin {
    uint64_t found;  /* position of the last CloneFound of this node; 0: none */
    uint64_t chosen; /* ... of the CloneChosen after it */
    uint8_t choice[16];
};

void twin_found(struct world *world, const char *node, uint64_t position);
void twin_chosen(struct world *world, const char *node, const uint8_t *claimant, uint64_t position);

/* 1: by what is synced, nothing may be taken from this machine, nor given to it. */
int twin_is_held(const struct world *world, size_t node);

/* The coordinator looks at it; `last`: and decides for good. */
void twin_look(struct world *world, int last);
/* What was decided is written, in the hub's round. */
int twin_write(struct world *world, struct store_txn *journal, const uint8_t *salt);

/* The machine beyond the nodes, once it is a node of its own. */
int twin_is_node(const struct world *world, size_t node);

#endif
