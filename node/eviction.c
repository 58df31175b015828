/* SPDX-License-Identifier: Apache-2.0 */
#include "node/eviction.h"

#include <stdio.h>
#include <unistd.h>

#include "navette/system.h"

#define COPY_ENTRIES 16384u /* of one transaction */
#define COPY "store/evict"

static void clear(const char *folder)
{
    (void)lmdb_store_remove(folder);
    (void)rmdir(folder);
}

static int copy(struct office *office, struct lmdb_store *to, uint64_t *read)
{
    struct store_txn *from;
    int done = 0;
    int rc = lmdb_read_begin(office->store, &from);

    *read = 0;
    if (rc != 0)
        return rc;
    while (rc == 0 && !done) {
        struct store_txn *txn;

        rc = lmdb_write_begin(to, &txn);
        if (rc == 0)
            rc = lmdb_end(txn, node_evict_copy(office->node, from, txn, COPY_ENTRIES, read, &done));
    }
    lmdb_abort(from);
    return rc;
}

static int fold(struct lmdb_store *to, uint64_t *kept)
{
    uint64_t left = 1;
    int rc = 0;

    while (rc == 0 && left > 0) {
        struct store_txn *txn;

        rc = lmdb_write_begin(to, &txn);
        if (rc == 0)
            rc = lmdb_end(txn, desk_fold(txn, DESK_FOLD_ENTRIES, &left));
    }
    if (rc == 0) {
        struct store_txn *txn;

        rc = lmdb_read_begin(to, &txn);
        if (rc == 0) {
            rc = journal_tail(txn, kept);
            lmdb_abort(txn);
        }
    }
    return rc;
}

static int make_copy(struct office *office, const char *folder, uint64_t *read, uint64_t *kept)
{
    struct lmdb_options options = {
        .folder = folder, .tables = LMDB_BOTH, .map_bytes = office->map_bytes, .reserve_bytes = office->reserve_bytes};
    struct lmdb_store *to = NULL;
    int rc = lmdb_store_open(&options, &to);

    if (rc == 0)
        rc = copy(office, to, read);
    if (rc == 0)
        rc = fold(to, kept);
    lmdb_store_close(to);
    return rc;
}

int eviction_run(struct office *office)
{
    char folder[OFFICE_PATH_SIZE];
    uint64_t read = 0;
    uint64_t kept = 0;
    int begun = 0;
    int rc;

    office_path(office->folder, COPY, folder);
    clear(folder);
    rc = make_copy(office, folder, &read, &kept);
    if (rc != 0) {
        clear(folder);
        return rc;
    }
    rc = office_replace_store(office, folder, &begun);
    clear(folder);
    if (rc == 0)
        system_log(0, "node", NULL, "what this node's scope gives no more is gone: %llu of %llu entries are kept", (unsigned long long)kept,
                   (unsigned long long)read);
    return begun != 0 ? begun : rc;
}

int eviction_resume(struct office *office)
{
    char folder[OFFICE_PATH_SIZE];
    int rc = 0;

    office_path(office->folder, COPY, folder);
    clear(folder);
    if (node_evicts(office->node))
        rc = eviction_run(office);
    /* The daemon tries again in a while. */
    return rc == NAVETTE_E_FULL || rc == NAVETTE_E_REFUSED ? 0 : rc;
}
