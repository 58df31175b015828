/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_MISHAP_H
#define NAVETTE_SIM_MISHAP_H

#include <stddef.h>

#include "faults.h"

/* What is done to whole machines: stores put back, lost, copied, damaged, and a node that has been taken over. */
struct world;

/* FAULT_RESTORE, FAULT_WIPE: the node is down with another store: 1. The first time a backup is taken and nothing happens: 0. */
int mishap_store(struct world *world, size_t node, enum fault_kind kind);
void mishap_copy(struct world *world, size_t node);
void mishap_flip(struct world *world, size_t node);
void mishap_hostile(struct world *world);
void mishap_heal(struct world *world); /* the copy is switched off, or stays to become a node of its own */
/* At rest: a bit of what the hub stores flips, in a copy of its disk: verifying the logs has to find it. */
void mishap_flip_hub(struct world *world);

#endif
