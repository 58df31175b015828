/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_OVERLAY_H
#define NAVETTE_SERVER_OVERLAY_H

#include <pthread.h>

#include "navette/store.h"
#include "server/rows.h"

/*
 * A store transaction that keeps what is written in memory and reads the rest from what lies below: a snapshot, or a view through another overlay. overlay_flush() writes it all, table by
 * table in the order of the keys. LMDB pays for each page of a large transaction at every touch; in order, each page is touched once, and reading a snapshot costs nothing
 * of the kind.
 *
 * Written by one thread, through its own view. Once nobody writes it any more it may be read, through views of their own, and flushed by several at a time. A scan goes through below and
 * memory side by side.
 */
struct overlay_view {
    struct store_txn base; /* to be used as a transaction */
    struct store_txn *below;
    struct overlay *overlay;
};

struct overlay {
    struct overlay_view view; /* its writer's */
    pthread_mutex_t lock;     /* guards the order of its tables */
    int sealed;               /* nobody writes it any more */
    struct rows tables[TABLE_COUNT];
};

#define OVERLAY_BYTES 33554432u /* 32 MiB: a step of the follower ends when it holds so much */

void overlay_init(struct overlay *overlay);
void overlay_free(struct overlay *overlay);
/* Forgets what is in it and keeps the memory for what comes. below: borrowed. */
void overlay_begin(struct overlay *overlay, struct store_txn *below);
/* Another view of it, for one thread. All are borrowed. */
void overlay_look(struct overlay_view *view, struct overlay *overlay, struct store_txn *below);
int overlay_is_view(const struct store_txn *txn);
/* Writes every row of some, the oldest first, each over those before it; none is forgotten. As a write of store.h, NAVETTE_E_MEMORY. */
int overlay_flush(struct overlay *const *overlays, size_t count, struct store_txn *write);
int overlay_is_full(const struct overlay *overlay);
size_t overlay_bytes(const struct overlay *overlay); /* of memory that it holds */
/* Nobody writes it until overlay_begin(): from now on others may read it, and a scan goes from row to row without looking for its place anew. */
void overlay_seal(struct overlay *overlay);

#define OVERLAY_FLUSHED 4u /* so many at a time */

#endif
