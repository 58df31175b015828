/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_LIB_PAIR_BACKUP_H
#define TESTS_LIB_PAIR_BACKUP_H

#include "tests/lib/pair.h"

/* What tests of a hub or a node that was put back from a backup, or that lost its store, begin and end with. */

/* Two branches that know each other, `before` events of the first in its backup (memstore_free() or pair_restore_node() by the caller). */
struct pair *pair_backed_up(size_t *a, size_t *b, int before, struct memstore **backup);
/* Registers `count` titles with the barcodes from `from` on. */
void pair_record_titles(struct pair *pair, size_t node, int from, int count);
/* All that are away come back, and everything settles. */
void pair_connect_all(struct pair *pair);
/* The hub's journal as it is now is in a backup. */
void pair_back_up(struct pair *pair);
/* A node loses its store and begins another log. */
void pair_wipe(struct pair *pair, size_t node);
/* Every node's state is the hub's. */
void pair_assert_equal_states(struct pair *pair);

#endif
