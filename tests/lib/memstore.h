/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_MEMSTORE_H
#define TESTS_MEMSTORE_H

#include "navette/store.h"

/*
 * A store in memory behind store.h, for unit tests and simulators. Each table is a persistent treap whose nodes are counted: a snapshot is
 * one reference a table, so a reader, a clone or what a crash would leave costs nothing to keep. Same calls, same answers: no clock, no
 * randomness but a fixed sequence. One writer at a time, any number of readers; a reader sees what was committed when it began. For one
 * thread. A broken contract of store.h (a span of 0 or over 511 bytes as key, a scan moved after a write without scan_from(), a commit after
 * a failed write, a scan left open) is an assert: it would be a bug of ours in front of LMDB too.
 */
struct memstore;

struct memstore *memstore_new(void);
void memstore_free(struct memstore *store); /* NULL is a no-op; no transaction may be open */
/* Another store with what is committed in this one now. */
struct memstore *memstore_clone(const struct memstore *store);

/* Transactions are freed by commit or abort. A read one is ended by memstore_abort(). */
struct store_txn *memstore_begin_write(struct memstore *store);
struct store_txn *memstore_begin_read(struct memstore *store);
/* Commits and syncs. When a failure was planned (memstore_fail_commit): its code, and the transaction is aborted. */
int memstore_commit(struct store_txn *txn);
/* Commits without syncing: readers see it, a crash loses it. */
int memstore_commit_unsynced(struct store_txn *txn);
void memstore_abort(struct store_txn *txn);
void memstore_sync(struct memstore *store);
/* A power cut: back to what was last synced. Open transactions must have been aborted. */
void memstore_crash(struct memstore *store);

/*
 * Plans a failure: the k-th call from now (1 = the next one; get, put, append, del, scan_open and moves count) answers `code` and does
 * nothing. 0 plans none. After it has struck the plan is over.
 */
void memstore_fail_at(struct memstore *store, uint64_t k, int code);
void memstore_fail_commit(struct memstore *store, int code); /* the next commit; 0 plans none */
int memstore_fail_pending(const struct memstore *store);     /* 1 while a planned call failure has not struck */
uint64_t memstore_calls(const struct memstore *store);       /* calls so far */
/* From the given number of bytes of keys and values on, put and append answer NAVETTE_E_FULL. SIZE_MAX (the start): never. */
void memstore_limit(struct memstore *store, size_t bytes);

/* What is committed. */
size_t memstore_rows(const struct memstore *store, enum store_table table);
size_t memstore_bytes(const struct memstore *store);
/* 1 when both hold the same rows in every table. */
int memstore_equal(const struct memstore *a, const struct memstore *b);

#endif
