/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_DECIDE_H
#define NAVETTE_SIM_DECIDE_H

#include "workload.h"

/*
 * What the desk decides of people and keys: a key was stolen at a moment, places ask for an operator's badge, badges are declared and end, what was refused is tried again. A stream of its own
 * draws it: a seed that has none of it stays what it was.
 */
struct world;

/* Draws what it will do in this round. */
void decide_draw(struct world *world);
int decide_order(struct world *world, const struct workload_order *order, struct store_txn *journal, const uint8_t *salt);
/* Whose badge a person wears who records there: "" none. */
char *decide_badge(struct world *world);
/* What the hub goes on with after a revocation that says since when, a portion at a time, until hub.disowning is 0. */
int decide_disown(struct world *world, struct store_txn *journal);
/* Is there one that may not be done? */
int decide_disowns(const struct world *world);

#endif
