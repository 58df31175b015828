/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_LIB_PAIR_PRUNE_H
#define TESTS_LIB_PAIR_PRUNE_H

#include "navette/journal_stub.h"
#include "tests/lib/pair_backup.h"

/* A network of two branches, whose documents have gone to and fro, and that give up what is old. */
#define KEEP_MS 3600000
#define HOUR_MS 3600000
#define MARK_MS 300000 /* how far hub and journal are is noted sixteen times in KEEP_MS */

/* One document of node `node` is dispatched (to the place `to`), received or seen. */
void pair_prune_move(struct pair *pair, size_t node, Navette__Event__BodyCase which, const char *barcode, const char *to);
/* Each of `documents` documents ("000000"...) goes from A to B and back: four movements, of which the last stands. */
struct pair *pair_prune_begin(unsigned documents, size_t *a, size_t *b);
/* Time passes, and all are in step. */
void pair_prune_pass(struct pair *pair, int64_t ms);
/* The same, old and backed up. */
struct pair *pair_prune_aged(unsigned documents, size_t *a, size_t *b);
struct node_pruning pair_prune(struct pair *pair, size_t node, uint64_t max);
struct journal_pruned pair_prune_stubs(struct pair *pair, size_t node);
/* Of the node's journal, the first stub, or the first entry that could be one. */
struct ref pair_prune_first(struct store_txn *txn, int stub, struct journal_entry *entry);
/* Its state is thrown away, and folded anew. */
void pair_prune_forget_state(struct pair *pair, size_t node);

#endif
