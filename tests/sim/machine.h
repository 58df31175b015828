/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_MACHINE_H
#define NAVETTE_SIM_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#include "navette/node.h"

/* What a node's process runs on: clocks that may be wrong, and a store that may be another one than it was. */
struct world;
struct disk;

int64_t machine_wall(const struct world *world, size_t node);
void machine_draw_clock(struct world *world, size_t node);
void machine_jump(struct world *world, size_t node, int64_t by_ms); /* its wall clock */

/* A new store of this node's, with a first log that has no entry. */
struct disk *machine_empty_disk(struct world *world, size_t node, const uint8_t incarnation[INCARNATION_SIZE]);
/* Before it starts again: another store, and what its first log is called there. Takes the disk. */
void machine_replace(struct world *world, size_t node, struct disk *disk, const uint8_t incarnation[INCARNATION_SIZE]);
/* A second machine with the store and the keys of another, as it is now. */
void machine_copy(struct world *world, size_t node, size_t from);
void machine_retire(struct world *world, size_t node); /* switched off for good */

/* Its node's open batch, should there be one, sealed in this transaction. */
int machine_seal(struct world *world, size_t which, struct store_txn *txn);
/* What its node can state of what is committed, signed. 0: nothing. */
int machine_states(struct world *world, size_t which, Navette__Frontier *frontier, uint8_t signature[SIGNATURE_SIZE]);

#endif
