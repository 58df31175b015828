/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_FULL_H
#define NAVETTE_SERVER_FULL_H

#include "navette/store.h"

/*
 * A transaction that reads what another reads and answers NAVETTE_E_FULL to every write: with it the hub goes on greeting and serving its nodes on a
 * full disk, and tells them to keep what it can't take in.
 */
struct full_txn {
    struct store_txn base; /* first: what core sees */
    struct store_ops ops;
    struct store_txn *real;
};

/* `real` is borrowed and has to outlive it. Returns the transaction to hand on. */
struct store_txn *full_txn_init(struct full_txn *full, struct store_txn *real);

#endif
