/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_SCOPE_H
#define SYNC_SCOPE_H

#include "navette/hub.h"

/* 1 when a node of this scope gets the entry, 0 when not, or NAVETTE_E_MEMORY. An event goes to a scope whole or not at all. */
int scope_admits(const struct hub_node *node, const struct journal_entry *entry);

/*
 * Documents that are sent to a place outside any bag travel with their title: for a dispatch to one of the node's places, the position of each named document's last
 * catalogue event before it, in the hub's order; unless the node wrote it itself, or the hub refuses it. With an admission go those of the dispatch that it admits, or what it admits when the hub did not know before
 * whom that concerns. Returns the number (0 for any other event), or a code of store.h. positions: LIMIT_EVENT_THINGS at most.
 */
int scope_companions(const struct hub_node *node, const struct journal_entry *entry, struct store_txn *state, struct store_txn *journal,
                     uint64_t *positions);

/*
 * Does it concern one of the node's own places? 1, 0 or NAVETTE_E_MEMORY. What concerns everybody is near to nobody. A node far behind reads this first.
 */
int scope_is_near(const struct hub_node *node, const struct journal_entry *entry);

#endif
