/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_LMDB_STORE_H
#define NAVETTE_LMDB_STORE_H

#include <stdint.h>

#include "navette/error.h"
#include "navette/store.h"

/*
 * store.h over LMDB 0.9.24. One environment a folder, one process a folder (a lock file held with flock says so), one writer thread. Full
 * sync at every commit. No read transaction is to live across a wait; one thread may hold several.
 */
struct lmdb_store;

enum lmdb_tables {
    LMDB_JOURNAL = 1, /* TABLE_ENTRY .. TABLE_LOCAL */
    LMDB_STATE = 2,   /* TABLE_THING .. TABLE_META */
    LMDB_BOTH = 3     /* a node */
};

struct lmdb_options {
    const char *folder; /* made with mode 0700 when absent; its file is first made in "new" inside it */
    enum lmdb_tables tables;
    uint64_t map_bytes;     /* the most the store may grow to; the file is sparse. At most a quarter of the address space is taken */
    uint64_t reserve_bytes; /* writes are answered NAVETTE_E_FULL when the file system has less than this free, so that deletes keep room */
    int read_only;
    int still; /* 1: a copy that nobody writes, on whatever disk: read only, no lock is taken and nothing made beside it */
};

/*
 * NAVETTE_E_BUSY: another process has it open. NAVETTE_E_REFUSED: no permission. NAVETTE_E_NOT_FOUND: no such parent folder, or nothing there to read.
 * NAVETTE_E_FULL, NAVETTE_E_STORE. The cause is logged.
 */
int lmdb_store_open(const struct lmdb_options *options, struct lmdb_store **store);
void lmdb_store_close(struct lmdb_store *store); /* NULL is a no-op; no transaction may be open */

/* Write transactions wait for the one before. NAVETTE_E_FULL when the reserve is not free: of the disk, or the last twentieth of the map. */
int lmdb_write_begin(struct lmdb_store *store, struct store_txn **txn);
/* As lmdb_write_begin(), but may use the reserve: for transactions that free room. */
int lmdb_delete_begin(struct lmdb_store *store, struct store_txn **txn);
/* NAVETTE_E_BUSY: too many readers. */
int lmdb_read_begin(struct lmdb_store *store, struct store_txn **txn);
/* 0: on disk and synced. NAVETTE_E_FULL: nothing of it was kept. NAVETTE_E_STORE: the disk failed: stop, never acknowledge. Ends the transaction in any case. */
int lmdb_commit(struct store_txn *txn);
void lmdb_abort(struct store_txn *txn); /* also ends a read transaction; NULL is a no-op */
/* Commits when what was done in it went well (rc is 0), else aborts and answers rc. */
int lmdb_end(struct store_txn *txn, int rc);
/* Position of the entry whose bytes the last transaction that ended lacked (store_txn.missed), since this was last asked; 0: none did. */
uint64_t lmdb_store_missed(struct lmdb_store *store);

/*
 * Writes what a reader sees now into a new file (mode 0600), without the pages that are free, and syncs it; the store goes on meanwhile. Opened again as
 * FOLDER/data.mdb. NAVETTE_E_EXISTS; NAVETTE_E_FULL, NAVETTE_E_REFUSED, NAVETTE_E_STORE: logged, the file is taken away again.
 */
int lmdb_store_copy(struct lmdb_store *store, const char *path);

/*
 * Another file takes the place of this store's: `path`, a store's file in a folder of the same file system that nobody has open, is synced, moved there by name and opened; what was there is gone with its
 * name. No transaction may be open. Any other code than 0: nothing was replaced and the store stands, except NAVETTE_E_STORE: it is closed for good, the process has to end.
 */
int lmdb_store_replace(struct lmdb_store *store, const char *path);

/* Takes away the store of a folder, that nobody has open, with what a first making or a replacement left beside it; the folder stays. 0 also when there is none. NAVETTE_E_SYSTEM: logged. */
int lmdb_store_remove(const char *folder);

/* Frees slots of readers that died. To be called about once a minute. */
int lmdb_store_check(struct lmdb_store *store);

struct lmdb_usage {
    uint64_t used_bytes;
    uint64_t map_bytes;
    uint64_t free_bytes; /* on the file system */
};
int lmdb_store_usage(struct lmdb_store *store, struct lmdb_usage *usage);

#endif
