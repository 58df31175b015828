/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_DECIDE_SCOPE_H
#define NAVETTE_SERVER_DECIDE_SCOPE_H

#include "server/decide.h"

/* What nodes follow and serve (decide.h says how these are called). */
decide_function decide_scope_show;   /* node?: its scope, and how far it is on the way to it */
decide_function decide_scope_widen;  /* node, places, scope: what is added */
decide_function decide_scope_narrow; /* node, places, scope: what is taken away */
decide_function decide_place_host;   /* code, host?: the place is served by the node of that branch from now on, or by no other's */

/* Records, inside txn, that `node` has these places and this scope from now on. NAVETTE_E_TOO_LARGE: over HUB_NODE_PLACES. */
int decide_scope_record(struct executor *executor, struct store_txn *txn, const struct hub_node *node, const struct scope_set *wanted,
                        uint64_t *position);
/* Inside txn: every node that serves `host` serves `guest` too from now on. `served`: the number of nodes. */
int decide_scope_host(struct executor *executor, struct store_txn *txn, const char *host, const char *guest, size_t *served,
                      uint64_t *position);

#endif
