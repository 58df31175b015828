/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_DISK_H
#define NAVETTE_SIM_DISK_H

#include "navette/store.h"
#include "random.h"

/*
 * A virtual disk with one store on it. A commit is seen by the next transaction at once and is safe only when disk_sync() was called after it; at a
 * crash, commits that were not synced are there or not, the later ones never without the earlier.
 */
struct disk;

struct disk *disk_new(void);
void disk_free(struct disk *disk);

struct store_txn *disk_read(struct disk *disk);
struct store_txn *disk_write(struct disk *disk);         /* one at a time, and no reader besides it */
void disk_end(struct disk *disk, struct store_txn *txn); /* of a reader, or to abort */
void disk_commit(struct disk *disk, struct store_txn *txn);
void disk_sync(struct disk *disk);
/* The write transaction that is open, or the next one, finds the disk full after that many bytes. */
void disk_fill(struct disk *disk, size_t room);
struct disk *disk_copy(const struct disk *disk); /* what is committed now */
void disk_crash(struct disk *disk, struct random *chance);

#endif
