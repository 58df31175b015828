/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_EVICTION_H
#define NODE_EVICTION_H

#include "node/office.h"

/*
 * Takes away what the node's scope gives no more. What is kept is copied into another store beside this one ("evict" in the store's folder) and folded there; then that one takes its place by name, and
 * the node begins anew on it. The old file goes with its name: nothing of what is deleted is left in a file of this node. A process that ends on the way leaves the store as it was, and begins again.
 *
 * NAVETTE_E_FULL: no room for the copy, nothing has changed. NAVETTE_E_REFUSED: the file could not be moved. Other codes are fatal.
 */
int eviction_run(struct office *office);
/* At start: what an earlier process left beside the store is thrown away; what it had to take away is taken away. */
int eviction_resume(struct office *office);

#endif
