/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_THEFT_H
#define NAVETTE_SIM_THEFT_H

#include "navette/journal.h"

/*
 * A node's machine is stolen, and goes on in other hands: with its disk and its keys it is the node until the desk replaces it. The new machine begins with an empty disk, keys of its own and a log that
 * continues the last one the hub knows; the stolen one is let in no more, and goes on trying.
 */
struct world;

void theft_strike(struct world *world, size_t node); /* FAULT_THEFT */
/* The desk is about to enrol the new keys, as the use of a code of `navette-hub replace` does: they are drawn, and the log found that the new machine's continues. */
int theft_prepare(struct world *world, size_t node, struct store_txn *journal);
/* That is stored: the new machine starts. */
void theft_replaced(struct world *world, size_t node);
int theft_is_thief(const struct world *world, size_t node);
/* The police come. */
void theft_end(struct world *world);

#endif
