/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_IO_LMDB_TXN_H
#define NAVETTE_IO_LMDB_TXN_H

#include <lmdb.h>
#include <stdatomic.h>

#include "navette/lmdb_store.h"

/* What lmdb_store.c (environment, transactions) and lmdb_scan.c (store.h's calls inside one) share. */

struct lmdb_store {
    MDB_env *env;
    MDB_dbi tables[TABLE_COUNT]; /* 0 where this store has no such table: LMDB's own tables are 0 and 1 */
    char *folder;
    int lock_file;
    int read_only;
    uint64_t reserve_bytes;
    uint64_t map_bytes; /* asked for, with these tables: to be opened again */
    enum lmdb_tables kind;
    atomic_uint transactions; /* open ones */
    atomic_ullong missed;     /* as the last transaction that missed bytes left it (store.h) */
    atomic_int full;          /* already logged as full: once, not at each try */
    atomic_int whole;         /* parts had no room: the next transaction is written without */
};

/*
 * LMDB keeps the pages that a transaction changed in one array, sorted, and inserts each where it belongs: of many pages that takes time by their square. So what is put row after row is
 * written part by part, each a transaction inside, whose array is short and is merged with the outer one's at once.
 *
 * Where the array is full the outermost transaction makes room by writing pages out, one inside may find none to write: about how many pages were changed is counted, and no part is begun
 * once there are many.
 */
struct lmdb_part {
    int open;                     /* `txn` is a part */
    size_t rows;                  /* put in order since the last part began */
    size_t pages;                 /* that were there, changed by all that was put in order */
    size_t pages_of[TABLE_COUNT]; /* those of one table */
    size_t size_of[TABLE_COUNT];  /* pages that the table had; 0: nothing was put into it yet */
    size_t new_bytes;
};

struct lmdb_txn {
    struct store_txn base; /* first: a store_txn is a lmdb_txn */
    struct lmdb_store *store;
    MDB_txn *txn;
    MDB_cursor *cursors[TABLE_COUNT]; /* where a table was last read, or written in order; NULL: nowhere yet */
    uint64_t last_entry;              /* position that was last read of TABLE_ENTRY, and where its cursor most likely stands; 0: none */
    MDB_txn *outer;                   /* while something is held, or a part is written: `txn` is inside this one; else NULL */
    struct lmdb_part part;
    int read_only;
    int failed; /* code of the first write that failed: nothing but an abort is left */
};

extern const struct store_ops lmdb_scan_ops;

/* The part that is open, if one is, becomes one with the transaction. */
int lmdb_scan_end_part(struct lmdb_txn *txn);
/* Before a transaction that only read is ended: LMDB closes those of the others with it. */
void lmdb_scan_forget(struct lmdb_txn *txn);

/* A code of error.h for one of LMDB's or errno's; logged here, once, unless it is an ordinary answer. */
int lmdb_store_error(struct lmdb_store *store, int rc, const char *what);

#endif
