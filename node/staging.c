/* SPDX-License-Identifier: Apache-2.0 */
#include "node/staging.h"

#include <stdio.h>
#include <unistd.h>

#include "navette/snapshot.h"
#include "navette/system.h"
#include "node/office.h"

#define COPY_ENTRIES 2048u /* of one turn: people wait for no more than that */
#define FOLD_ENTRIES 4096u

static void clear(struct staging *staging)
{
    staging_close(staging);
    (void)lmdb_store_remove(staging->folder);
    (void)rmdir(staging->folder);
    staging->read = 0;
}

static int open_store(struct staging *staging)
{
    struct lmdb_options options = {
        .folder = staging->folder, .tables = LMDB_BOTH, .map_bytes = staging->map_bytes, .reserve_bytes = staging->reserve_bytes};

    return staging->store != NULL ? 0 : lmdb_store_open(&options, &staging->store);
}

void staging_close(struct staging *staging)
{
    lmdb_store_close(staging->store);
    staging->store = NULL;
}

int staging_resume(struct office *office)
{
    struct staging *staging = &office->staging;
    struct store_txn *txn;
    char path[OFFICE_PATH_SIZE + 16];
    int rc;

    office_path(office->folder, "store/stage", staging->folder);
    staging->map_bytes = office->map_bytes;
    staging->reserve_bytes = office->reserve_bytes;
    (void)snprintf(path, sizeof path, "%s/data.mdb", staging->folder);
    if (access(path, F_OK) != 0) {
        clear(staging);
        return 0;
    }
    rc = open_store(staging);
    if (rc == 0)
        rc = lmdb_read_begin(staging->store, &txn);
    if (rc == 0) {
        rc = node_stage_resume(office->node, txn);
        lmdb_abort(txn);
    }
    if (rc == 0)
        system_log(0, "stage", NULL, "a snapshot that was under way goes on");
    else
        clear(staging);
    return rc == NAVETTE_E_MEMORY ? rc : 0;
}

static int put(struct staging *staging, const struct effect *effect, uint32_t *next)
{
    struct store_txn *txn;
    int rc = open_store(staging);

    if (rc == 0)
        rc = lmdb_write_begin(staging->store, &txn);
    return rc != 0 ? rc : lmdb_end(txn, node_stage_take(txn, effect, next));
}

int staging_take(struct staging *staging, const struct effect *effect, uint32_t *next)
{
    int rc;

    *next = 0;
    rc = put(staging, effect, next);
    /* Begun for another snapshot. */
    if (rc == NAVETTE_E_EXISTS) {
        clear(staging);
        rc = put(staging, effect, next);
    }
    if (rc == 0 || rc == NAVETTE_E_FULL || rc == NAVETTE_E_MEMORY)
        return rc;
    system_log(2, "stage", NULL, "the store beside does not hold: %s", error_text(rc));
    clear(staging);
    return NAVETTE_E_CLOSED;
}

static int fold(struct staging *staging, uint64_t *left)
{
    struct store_txn *txn;
    int rc = lmdb_write_begin(staging->store, &txn);

    return rc != 0 ? rc : lmdb_end(txn, desk_fold(txn, FOLD_ENTRIES, left));
}

static int check(struct office *office)
{
    struct store_txn *txn;
    int rc = lmdb_write_begin(office->staging.store, &txn);

    return rc != 0 ? rc : lmdb_end(txn, node_stage_check(office->node, txn));
}

static int copy(struct office *office, int *done)
{
    struct staging *staging = &office->staging;
    struct store_txn *from;
    struct store_txn *to;
    int rc = lmdb_read_begin(office->store, &from);

    if (rc != 0)
        return rc;
    rc = lmdb_write_begin(staging->store, &to);
    if (rc == 0) {
        rc = node_evict_copy(office->node, from, to, COPY_ENTRIES, &staging->read, done);
        if (rc == 0 && *done)
            rc = node_stage_end(office->node, to);
        rc = lmdb_end(to, rc);
    }
    lmdb_abort(from);
    return rc;
}

/* The store beside takes the place of the node's own. */
static int switch_over(struct office *office)
{
    int begun;
    int rc;

    staging_close(&office->staging);
    rc = office_replace_store(office, office->staging.folder, &begun);
    clear(&office->staging);
    if (rc == 0)
        system_log(0, "stage", NULL, "the snapshot folds to what the hub says: this node goes on from there");
    return begun != 0 ? begun : rc;
}

static void drop(struct office *office, int again, const char *why)
{
    system_log(again ? 1 : 2, "stage", NULL, "the snapshot is thrown away: %s", why);
    clear(&office->staging);
    node_stage_drop(office->node, again);
}

static int advance(struct office *office, int *busy)
{
    uint64_t left = 0;
    int done = 0;
    int rc = fold(&office->staging, &left);

    *busy = left > 0 || node_stage_is_whole(office->node);
    if (rc != 0 || left > 0 || !node_stage_is_whole(office->node))
        return rc;
    rc = check(office);
    if (rc == NAVETTE_E_CHAIN) {
        drop(office, 0, "it does not fold to what the hub says: tell the coordinator");
        return 0;
    }
    if (rc == NAVETTE_E_EXISTS) {
        drop(office, 1, "this node writes another log by now");
        return 0;
    }
    rc = rc != 0 ? rc : copy(office, &done);
    return rc == 0 && done ? switch_over(office) : rc;
}

int staging_turn(struct office *office, int *busy)
{
    int wanted;
    int rc;

    *busy = 0;
    if (office->staging.store == NULL || node_stage_manifest(office->node, &wanted) == NULL)
        return 0;
    if (!wanted) {
        drop(office, 1, "it is not wanted any more");
        return 0;
    }
    rc = advance(office, busy);
    if (rc == 0 || error_is_fatal(rc))
        return rc;
    *busy = 0;
    if (office->node != NULL && office->staging.store != NULL)
        drop(office, 0, rc == NAVETTE_E_FULL ? "there is no room for a second store: reading on event by event" : error_text(rc));
    return 0;
}
