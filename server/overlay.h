/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_OVERLAY_H
#define NAVETTE_SERVER_OVERLAY_H

#include <pthread.h>

#include "navette/store.h"
#include "server/rows.h"

/*
 * A store transaction that keeps what is written in memory and reads the rest from what lies below: a snapshot, or another overlay over it. overlay_flush() writes it all, table by
 * table in the order of the keys. LMDB pays for each page of a large transaction at every touch; in order, each page is touched once, and reading a snapshot costs nothing
 * of the kind.
 *
 * Written by one thread. Once nobody writes it any more it may be read and flushed by several at a time: so the next step is folded above while this one is on its way to the
 * disk. A scan goes through below and memory side by side.
 */
struct overlay {
    struct store_txn base; /* to be used as a transaction */
    struct store_txn *below;
    pthread_mutex_t lock; /* guards the order of its tables */
    struct rows tables[TABLE_COUNT];
};

#define OVERLAY_BYTES 67108864u /* 64 MiB: a step of the follower ends when it holds so much */

void overlay_init(struct overlay *overlay);
void overlay_free(struct overlay *overlay);
/* Forgets what is in it and keeps the memory for what comes. below: borrowed. */
void overlay_begin(struct overlay *overlay, struct store_txn *below);
/* Writes every row; none is forgotten. As a write of store.h, NAVETTE_E_MEMORY. */
int overlay_flush(struct overlay *overlay, struct store_txn *write);
int overlay_is_full(const struct overlay *overlay);

#endif
