/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_PRUNE_H
#define NAVETTE_SIM_PRUNE_H

#include <stddef.h>
#include <stdint.h>

#include "navette/journal.h"

/* Nodes that give up what is older than a minute or so, and have it back when they need it. */
struct world;

int64_t prune_keep_ms(struct world *world); /* of a node that starts; 0: it keeps everything */
/* Folds up to `count` entries, and what waited for bytes that are here again. *more: some are left. */
int prune_fold(struct world *world, size_t which, struct store_txn *txn, int64_t count, int *more);
/* Now and then, after a fold: a slice of a pass. What is gone has to be in the hub's backup. */
int prune_pass(struct world *world, size_t which, struct store_txn *txn);
/* 1: what its state waits for is here: it is to be folded again. */
int prune_may_resume(struct world *world, size_t which);
/* All that was given up comes back from the hub's disk, where it has to be, so that the whole journal can be read. 1: it is whole. */
struct disk;
int prune_give_back(struct world *world, const char *who, struct disk *disk);
/* An entry that waited stands at the journal's end too: not a second one. */
int prune_is_again(const struct world *world, size_t which, struct store_txn *txn, const struct journal_entry *entry);

#endif
