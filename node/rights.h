/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_RIGHTS_H
#define NODE_RIGHTS_H

#include "navette/right.h"
#include "node/identity.h"

/*
 * What this node may record, as far as it knows: by what it was told of the hub's log (NodeEnrolled, RightsGranted), else by its enrolment, else, on its own, all that a branch may. The hub judges by its own
 * log, which may have moved on: what it refuses stays here, and can be admitted later.
 */
struct rights {
    Navette__Role role;
    size_t count; /* places for which something was changed */
    struct {
        char place[LIMIT_PLACE_CODE + 1];
        struct right_change change;
    } at[LIMIT_NODE_PLACES];
};

int rights_load(struct store_txn *txn, const struct identity *identity, struct rights *rights);
int rights_allow(const struct rights *rights, const char *place, Navette__Right right);

#endif
