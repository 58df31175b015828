/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_PAIR_FETCH_H
#define TESTS_PAIR_FETCH_H

#include "navette/journal_want.h"
#include "pair.h"

/* Nodes of a pair (pair.h) that give up what is old and in a backup, and have it back. */
#define PAIR_KEEP_MS INT64_C(3600000)
#define PAIR_MARK_MS INT64_C(300000) /* how far hub and journal are is noted sixteen times in PAIR_KEEP_MS */

/* Two branches A and B whose documents ("000000", ...) have gone from A to B and back; old, and in a backup of the hub. */
struct pair *pair_fetch_network(unsigned documents);
/* A movement of a document. BODY_RECEIVED, BODY_SEEN_AT. */
void pair_fetch_move(struct pair *pair, size_t node, Navette__Event__BodyCase which, unsigned document);
void pair_fetch_back_up(struct pair *pair); /* all that the hub has */
/* So much later, everybody connected and at rest. */
void pair_fetch_pass(struct pair *pair, int64_t ms);
uint64_t pair_fetch_prune(struct pair *pair, size_t node); /* how much was given up */
uint64_t pair_fetch_stubs(struct pair *pair, size_t node);
uint64_t pair_fetch_owed(struct pair *pair, size_t node, int *hollow);
struct journal_wants pair_fetch_wants(struct pair *pair, size_t node);
/* The state is made anew over what is here. */
void pair_fetch_forget(struct pair *pair, size_t node);
/* In the hub's journal, the `nth` (from 0) event of this kind about a document. */
uint64_t pair_fetch_find(struct memstore *store, Navette__Event__BodyCase which, unsigned document, unsigned nth);
/* The entry at this position of the node's store is refused in each answer on its way to it, with this state. 1: it was asked for. */
int pair_fetch_refuse(struct pair *pair, size_t node, uint64_t position, Navette__FetchState state);
/* Rounds of everybody, with that. */
void pair_fetch_rounds(struct pair *pair, size_t node, uint64_t position, Navette__FetchState state, unsigned turns);

#endif
