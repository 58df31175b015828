/* SPDX-License-Identifier: Apache-2.0 */
#include "disk.h"

#include <stdlib.h>

#include "navette/error.h"
#include "tests/lib/memstore.h"

struct disk {
    struct memstore *store;
};

struct disk *disk_new(void)
{
    struct disk *disk = calloc(1, sizeof(*disk));

    if (disk == NULL || (disk->store = memstore_new()) == NULL) {
        abort();
    }
    return disk;
}

void disk_free(struct disk *disk)
{
    if (disk != NULL) {
        memstore_free(disk->store);
        free(disk);
    }
}

struct store_txn *disk_read(struct disk *disk)
{
    return memstore_begin_read(disk->store);
}

struct store_txn *disk_write(struct disk *disk)
{
    return memstore_begin_write(disk->store);
}

void disk_end(struct disk *disk, struct store_txn *txn)
{
    memstore_limit(disk->store, SIZE_MAX);
    memstore_abort(txn);
}

void disk_commit(struct disk *disk, struct store_txn *txn)
{
    memstore_limit(disk->store, SIZE_MAX);
    if (memstore_commit_unsynced(txn) != 0) {
        abort();
    }
}

void disk_sync(struct disk *disk)
{
    memstore_sync(disk->store);
}

void disk_fill(struct disk *disk, size_t room)
{
    memstore_limit(disk->store, memstore_bytes(disk->store) + room);
}

struct disk *disk_copy(const struct disk *disk)
{
    struct disk *copy = calloc(1, sizeof(*copy));

    if (copy == NULL || (copy->store = memstore_clone(disk->store)) == NULL) {
        abort();
    }
    return copy;
}

void disk_crash(struct disk *disk, struct random *chance)
{
    /* What was on its way may have arrived. */
    if (random_chance(chance, 500000)) {
        memstore_sync(disk->store);
    }
    memstore_crash(disk->store);
}
