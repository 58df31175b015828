/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_FOLLOWER_H
#define NAVETTE_SERVER_FOLLOWER_H

#include "navette/decoded.h"
#include "navette/fold.h"
#include "navette/lmdb_store.h"

/*
 * The fold's thread: follows the journal in steps of at most FOLLOWER_STEP_MS or FOLLOWER_STEP_EVENTS. Each is folded in memory and read from there on (stack.h), while a thread of its own
 * writes what is folded into the state store, synced, as fast as the disk allows. What was not written when the power goes is folded again. A state that is absent, of another schema or
 * damaged is thrown away and folded again from the journal.
 */
struct follower;

#define FOLLOWER_STEP_EVENTS 131072u
/* A view is never further behind than two of them, once caught up and as long as the disk follows; while it does not they take twice as long. */
#define FOLLOWER_STEP_MS 250
#define FOLLOWER_ALONE_MS 1000 /* of follower_step(): nobody waits for a view, and the disk writes in between */
#define FOLLOWER_NICE 19       /* taking in goes before folding: what is acknowledged waits for nothing, a view can */
#define FOLLOWER_RETRY_MS 1000 /* on a full disk */
#define FOLLOWER_IDLE_MS 10000 /* then the memory of the last steps is given back */

struct follower_options {
    struct lmdb_store *journal;
    const char *folder; /* of the state store */
    uint64_t map_bytes;
    uint64_t reserve_bytes;
};

/* Looks at the state (prove.h: no other thread may run yet), opens it, or makes it anew when it is damaged, and starts the thread. */
int follower_start(const struct follower_options *options, struct follower **follower);
void follower_stop(struct follower *follower); /* NULL is a no-op; ends the step under way */

void follower_wake(struct follower *follower);    /* the journal grew */
void follower_rebuild(struct follower *follower); /* throw the state away, fold it again; returns at once */
/* Events as they were decoded when they were checked, which the fold need not do again: as carry_room(), carry_put() and, before it is woken for them, carry_settle(). */
size_t follower_room(struct follower *follower);
void follower_give(struct follower *follower, uint64_t first, struct decoded *decoded);
void follower_settle(struct follower *follower, int stored);
int follower_fd(const struct follower *follower); /* readable after each step, and when the thread failed */
void follower_clear(struct follower *follower);   /* makes the descriptor quiet */

struct follower_news {
    uint64_t cursor;   /* last position in the state, as it is read: it may not be on the disk yet */
    uint64_t rebuilds; /* since the start of this process */
    int rebuilding;    /* 1: a rebuild has been asked for and not reached the journal's end yet */
    int full;          /* 1: the disk is full, tried again every FOLLOWER_RETRY_MS */
    int failed;        /* a fatal code: the process is to stop; 0 while all is well */
};
void follower_news(struct follower *follower, struct follower_news *news);

/*
 * A read transaction on the state, for the calling thread, to be ended soon with follower_read_end(): a rebuild waits for it.
 * NAVETTE_E_NOT_FOUND while no state is open.
 */
int follower_read_begin(struct follower *follower, struct store_txn **txn);
void follower_read_end(struct follower *follower, struct store_txn *txn); /* txn NULL is a no-op */

int follower_check_readers(struct follower *follower);
int follower_usage(struct follower *follower, struct lmdb_usage *usage);

/*
 * One step in the calling thread: folds from the state's cursor towards `until` (UINT64_MAX: the tail) and commits. *moved: events folded. NAVETTE_E_VERSION is
 * answered by emptying the state and going on. Used by the thread, by verify and by a rebuild with no hub running.
 */
int follower_step(struct lmdb_store *state, struct lmdb_store *journal, uint64_t until, uint64_t *moved, uint64_t *cursor);

#endif
