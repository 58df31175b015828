/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_PAIR_FETCH_H
#define TESTS_PAIR_FETCH_H

#include "navette/journal_want.h"
#include "tests/lib/pair_prune.h"

/* How nodes of a pair have back what they gave up (pair_prune.h). */

/* As pair_prune_begin() leaves it: A is node 0, B node 1. */
struct pair *pair_fetch_network(unsigned documents);
uint64_t pair_fetch_owed(struct pair *pair, size_t node, int *hollow);
struct journal_wants pair_fetch_wants(struct pair *pair, size_t node);
/* In the hub's journal, the `nth` (from 0) event of this kind about a document. */
uint64_t pair_fetch_find(struct memstore *store, Navette__Event__BodyCase which, unsigned document, unsigned nth);
/* Rounds of everybody; the entry at this position of the node's store is refused in each answer on its way to it, with this state. */
void pair_fetch_rounds(struct pair *pair, size_t node, uint64_t position, Navette__FetchState state, unsigned turns);

#endif
