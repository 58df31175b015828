/* SPDX-License-Identifier: Apache-2.0 */
#include "server/full.h"

#include "navette/error.h"

static struct store_txn *full_real(struct store_txn *txn)
{
    return ((struct full_txn *)(void *)txn)->real;
}

static int full_get(struct store_txn *txn, enum store_table table, struct span key, struct span *value)
{
    return store_get(full_real(txn), table, key, value);
}

static int full_scan_open(struct store_txn *txn, enum store_table table, struct store_scan **scan)
{
    return store_scan_open(full_real(txn), table, scan);
}

static int full_put(struct store_txn *txn, enum store_table table, struct span key, struct span value)
{
    (void)txn;
    (void)table;
    (void)key;
    (void)value;
    return NAVETTE_E_FULL;
}

static int full_del(struct store_txn *txn, enum store_table table, struct span key)
{
    (void)txn;
    (void)table;
    (void)key;
    return NAVETTE_E_FULL;
}

struct store_txn *full_txn_init(struct full_txn *full, struct store_txn *real)
{
    /* Moving inside a scan is the real store's own business: a scan knows the transaction it was opened in. */
    full->ops = *real->ops;
    full->ops.get = full_get;
    full->ops.scan_open = full_scan_open;
    full->ops.put = full_put;
    full->ops.put_next = full_put;
    full->ops.append = full_put;
    full->ops.del = full_del;
    full->base.ops = &full->ops;
    full->real = real;
    return &full->base;
}
