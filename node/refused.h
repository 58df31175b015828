/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_REFUSED_H
#define NODE_REFUSED_H

#include "node/office.h"

/* How many of this node's own events the hub refuses, and how many wait for a later version: for its status. A code of the store. */
struct refused_counts {
    size_t refused;
    size_t parked;
};
int refused_count(const struct office *office, struct store_txn *txn, struct refused_counts *counts);

#endif
