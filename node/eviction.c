/* SPDX-License-Identifier: Apache-2.0 */
#include "node/eviction.h"

#include <stdio.h>
#include <unistd.h>

#include "navette/system.h"

#define COPY_ENTRIES 16384u /* of one transaction */
#define FOLD_ENTRIES 65536u

static const char COPY[] = "store/evict";

static void name_file(const struct office *office, const char *file, char out[OFFICE_PATH_SIZE])
{
    char name[64];

    (void)snprintf(name, sizeof name, "%s%s%s", COPY, file[0] != '\0' ? "/" : "", file);
    office_path(office->folder, name, out);
}

static void clear(const struct office *office)
{
    static const char *const files[] = {"data.mdb", "lock.mdb", "lock", "new/data.mdb", "new/lock.mdb"};
    char path[OFFICE_PATH_SIZE];

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        name_file(office, files[i], path);
        (void)unlink(path);
    }
    name_file(office, "new", path);
    (void)rmdir(path);
    name_file(office, "", path);
    (void)rmdir(path);
}

static int end(struct store_txn *txn, int rc)
{
    if (rc == 0)
        return lmdb_commit(txn);
    lmdb_abort(txn);
    return rc;
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
            rc = end(txn, node_evict_copy(office->node, from, txn, COPY_ENTRIES, read, &done));
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
            rc = end(txn, desk_fold(txn, FOLD_ENTRIES, &left));
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
    char file[OFFICE_PATH_SIZE];
    uint64_t read = 0;
    uint64_t kept = 0;
    int rc;

    clear(office);
    name_file(office, "", folder);
    name_file(office, "data.mdb", file);
    rc = make_copy(office, folder, &read, &kept);
    if (rc != 0) {
        clear(office);
        return rc;
    }
    link_executor_close(office->link);
    office->link = NULL;
    node_free(office->node);
    office->node = NULL;
    rc = lmdb_store_replace(office->store, file);
    clear(office);
    if (rc == NAVETTE_E_STORE)
        return rc;
    if (rc == 0)
        system_log(0, "node", NULL, "what this node's scope gives no more is gone: %llu of %llu entries are kept", (unsigned long long)kept,
                   (unsigned long long)read);
    int begun = office_begin_node(office);
    if (begun == 0)
        begun = office_connect(office);
    office->behind = 1;
    return begun != 0 ? begun : rc;
}

int eviction_resume(struct office *office)
{
    int rc = 0;

    clear(office);
    if (node_evicts(office->node))
        rc = eviction_run(office);
    /* The daemon tries again in a while. */
    return rc == NAVETTE_E_FULL || rc == NAVETTE_E_REFUSED ? 0 : rc;
}
