/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_RESTORE_H
#define NAVETTE_SIM_RESTORE_H

/*
 * The hub's backup, and the hub put back from it as `navette-hub restore` does: another epoch of the journal, another log of its own, no state. What was recorded since is gone with the
 * disk; what the nodes still hold has to come back.
 */
struct world;

void restore_begin_epoch(struct world *world); /* of a new hub */
void restore_back_up(struct world *world); /* now and then: a verified backup of what is synced; nodes are told how far it has their logs */
int restore_hub(struct world *world);      /* 0: there is no backup. The hub is down after it */

#endif
