/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_POOL_H
#define NAVETTE_POOL_H

#include "navette/limits.h"
#include "navette/store.h"

/*
 * The ledger of untagged bags, by kind and place: here + with persons + in transit + lost = owned, always. Owned: what PoolCommissioned brought, less what it took
 * away. Collected bags come from the place, and from its persons what the place has not. Counts may be below 0 where something was not recorded: that is then a
 * discrepancy.
 */
struct pool_row {
    char kind[LIMIT_CODE + 1];
    char place[LIMIT_PLACE_CODE + 1];                   /* "": the network */
    int64_t here, with_person, in_transit, lost, owned; /* the last three of the network only; in transit at the origin where it is known */
};

struct pool_view {
    struct pool_row *rows; /* by kind, then place: the network first */
    size_t count;
};

/* As it is known now. pool_free(). NAVETTE_E_MEMORY, codes of store.h. */
int pool_read(struct store_txn *state, struct pool_view *view);
void pool_free(struct pool_view *view);

#endif
