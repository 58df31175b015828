/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/lmdb_store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "io/lmdb_txn.h"
#include "navette/system.h"

#define READERS_MAX 512u
#define FULL_DISK_BYTES 16777216u /* LMDB answers EIO to a short write: with less than this free it means a full disk, not a failing one */

static const char *const table_names[TABLE_COUNT] = {
    [TABLE_ENTRY] = "entry",     [TABLE_RUN] = "run",           [TABLE_BATCH] = "batch",       [TABLE_HEAD] = "head",
    [TABLE_BRANCH] = "branch",   [TABLE_LOCAL] = "local",       [TABLE_THING] = "thing",       [TABLE_LABEL] = "label",
    [TABLE_HISTORY] = "history", [TABLE_COUNTER] = "counter",   [TABLE_RETRACT] = "retract",   [TABLE_CLOCK] = "clock",
    [TABLE_ASIDE] = "aside",     [TABLE_META] = "meta",         [TABLE_FRONTIER] = "frontier", [TABLE_DISCREPANCY] = "discrepancy",
    [TABLE_LENDING] = "lending", [TABLE_WORD] = "word",         [TABLE_PAST] = "past",         [TABLE_TAKING] = "taking",
    [TABLE_POOL] = "pool",       [TABLE_HANDOVER] = "handover", [TABLE_PHONE] = "phone",       [TABLE_STATED] = "stated",
};

static int free_bytes(const char *folder, uint64_t *bytes)
{
    struct statvfs status;
    if (statvfs(folder, &status) != 0)
        return errno;
    *bytes = (uint64_t)status.f_bavail * status.f_frsize;
    return 0;
}

/* Said once, until a write succeeds again. */
static int say_full(struct lmdb_store *store, const char *why)
{
    if (atomic_exchange(&store->full, 1) == 0)
        system_log(2, "store", NULL, "%s: full: %s; nothing was lost, free some space", store->folder, why);
    return NAVETTE_E_FULL;
}

int lmdb_store_error(struct lmdb_store *store, int rc, const char *what)
{
    uint64_t left = 0;
    switch (rc) {
    case 0:
        return 0;
    case MDB_NOTFOUND:
        return NAVETTE_E_NOT_FOUND;
    case ENOMEM:
        return NAVETTE_E_MEMORY;
    case MDB_MAP_FULL:
        return say_full(store, "the store has reached its largest size");
    case ENOSPC:
    case EDQUOT:
        return say_full(store, strerror(rc));
    case EIO:
        if (free_bytes(store->folder, &left) == 0 && left < FULL_DISK_BYTES)
            return say_full(store, "a write was cut short");
        break;
    case MDB_READERS_FULL:
        system_log(1, "store", NULL, "%s: %s: too many readers", store->folder, what);
        return NAVETTE_E_BUSY;
    default:
        break;
    }
    system_log(2, "store", NULL, "%s: %s: %s", store->folder, what, mdb_strerror(rc));
    return NAVETTE_E_STORE;
}

static int log_errno(const char *path, const char *what)
{
    int cause = errno, rc = system_error(cause);
    system_log(2, "store", NULL, "%s: %s: %s", path, what, strerror(cause));
    return rc == NAVETTE_E_SYSTEM || rc == NAVETTE_E_EXISTS ? NAVETTE_E_STORE : rc;
}

static int sync_folder(const char *path)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return log_errno(path, "open");
    int rc = fsync(folder) == 0 ? 0 : log_errno(path, "sync");
    close(folder);
    return rc;
}

/* A file is there after a power cut only once its folder was synced too. */
static int make_folder(const char *path)
{
    if (mkdir(path, 0700) != 0)
        return errno == EEXIST ? 0 : log_errno(path, "make the folder");
    char parent[4096];
    if (snprintf(parent, sizeof parent, "%s/..", path) >= (int)sizeof parent)
        return NAVETTE_E_INVALID;
    return sync_folder(parent);
}

static int take_lock(struct lmdb_store *store)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/lock", store->folder) >= (int)sizeof path)
        return NAVETTE_E_INVALID;
    store->lock_file = open(path, store->read_only ? O_RDONLY | O_CLOEXEC : O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock_file < 0)
        return log_errno(path, "open");
    if (flock(store->lock_file, (store->read_only ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0)
        return 0;
    if (errno != EWOULDBLOCK)
        return log_errno(path, "lock");
    system_log(2, "store", NULL, "%s: another process has it open", store->folder);
    return NAVETTE_E_BUSY;
}

static int open_env_at(struct lmdb_store *store, const char *folder, uint64_t map_bytes, int still)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    /* A 32-bit machine has no room in its addresses for more than a part of what others take. */
    size_t most = map_bytes > SIZE_MAX / 4 ? SIZE_MAX / 4 : (size_t)map_bytes;
    size_t map = (most + page - 1) / page * page;
    int rc = mdb_env_create(&store->env);
    if (rc == 0)
        rc = mdb_env_set_maxdbs(store->env, TABLE_COUNT);
    if (rc == 0)
        rc = mdb_env_set_maxreaders(store->env, READERS_MAX);
    if (rc == 0)
        rc = mdb_env_set_mapsize(store->env, map);
    /* NOTLS: a reader belongs to its transaction, so that one thread may hold several. Never WRITEMAP: a full disk would be a SIGBUS. */
    if (rc == 0)
        rc = mdb_env_open(store->env, folder, MDB_NOTLS | (store->read_only ? MDB_RDONLY : 0u) | (still ? MDB_NOLOCK : 0u), 0600);
    if (rc == EACCES || rc == EPERM || rc == EROFS || rc == ENOENT) {
        errno = rc;
        return log_errno(folder, "open");
    }
    return lmdb_store_error(store, rc, "open");
}

static int open_tables(struct lmdb_store *store, enum lmdb_tables tables)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(store->env, NULL, store->read_only ? MDB_RDONLY : 0, &txn);
    if (rc != 0)
        return lmdb_store_error(store, rc, "begin");
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (((unsigned)tables & (i <= TABLE_LOCAL ? LMDB_JOURNAL : LMDB_STATE)) == 0)
            continue;
        rc = mdb_dbi_open(txn, table_names[i], store->read_only ? 0 : MDB_CREATE, &store->tables[i]);
        if (rc != 0) {
            mdb_txn_abort(txn);
            return lmdb_store_error(store, rc, table_names[i]);
        }
    }
    rc = mdb_txn_commit(txn);
    return rc == 0 ? 0 : lmdb_store_error(store, rc, "make the tables");
}

/*
 * LMDB writes the first pages of a new file without a sync: a power cut then leaves one that never opens again. So it is made in a folder of its own, and moved to its
 * place by name once its first commit is on the disk. What a cut left there is thrown away.
 */
static int make_env(struct lmdb_store *store, const struct lmdb_options *options)
{
    char folder[4096], made[4200], lock[4200], place[4200];
    if (snprintf(folder, sizeof folder, "%s/new", store->folder) >= (int)sizeof folder)
        return NAVETTE_E_INVALID;
    (void)snprintf(made, sizeof made, "%s/data.mdb", folder);
    (void)snprintf(lock, sizeof lock, "%s/lock.mdb", folder);
    (void)snprintf(place, sizeof place, "%s/data.mdb", store->folder);
    if (access(place, F_OK) == 0 || errno != ENOENT)
        return 0;
    int rc = mkdir(folder, 0700) == 0 || errno == EEXIST ? 0 : log_errno(folder, "make the folder");
    (void)unlink(made);
    (void)unlink(lock);
    if (rc == 0)
        rc = open_env_at(store, folder, options->map_bytes, 0);
    if (rc == 0)
        rc = open_tables(store, options->tables);
    if (store->env != NULL)
        mdb_env_close(store->env);
    store->env = NULL;
    if (rc == 0 && rename(made, place) != 0)
        rc = log_errno(place, "rename");
    (void)unlink(lock);
    (void)rmdir(folder);
    return rc == 0 ? sync_folder(store->folder) : rc;
}

int lmdb_store_open(const struct lmdb_options *options, struct lmdb_store **store)
{
    struct lmdb_store *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NAVETTE_E_MEMORY;
    made->lock_file = -1;
    made->read_only = options->read_only || options->still;
    made->reserve_bytes = options->reserve_bytes;
    made->map_bytes = options->map_bytes;
    made->kind = options->tables;
    made->folder = strdup(options->folder);
    int rc = made->folder == NULL ? NAVETTE_E_MEMORY : 0;
    if (rc == 0 && !made->read_only)
        rc = make_folder(made->folder);
    if (rc == 0 && !options->still)
        rc = take_lock(made);
    if (rc == 0 && !made->read_only)
        rc = make_env(made, options);
    if (rc == 0)
        rc = open_env_at(made, made->folder, options->map_bytes, options->still);
    if (rc == 0)
        rc = open_tables(made, options->tables);
    if (rc == 0 && !made->read_only)
        rc = sync_folder(made->folder);
    if (rc != 0) {
        lmdb_store_close(made);
        return rc;
    }
    *store = made;
    return 0;
}

void lmdb_store_close(struct lmdb_store *store)
{
    if (store == NULL)
        return;
    assert(atomic_load(&store->transactions) == 0);
    if (store->env != NULL)
        mdb_env_close(store->env);
    if (store->lock_file >= 0)
        close(store->lock_file);
    free(store->folder);
    free(store);
}

static int sync_file(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return log_errno(path, "open");
    int rc = fsync(file) == 0 ? 0 : log_errno(path, "sync");
    close(file);
    return rc;
}

int lmdb_store_replace(struct lmdb_store *store, const char *path)
{
    char place[4200];
    assert(atomic_load(&store->transactions) == 0 && !store->read_only);
    if (snprintf(place, sizeof place, "%s/data.mdb", store->folder) >= (int)sizeof place)
        return NAVETTE_E_INVALID;
    int rc = sync_file(path);
    if (rc != 0)
        return rc;
    mdb_env_close(store->env);
    store->env = NULL;
    int moved = rename(path, place) == 0;
    if (!moved)
        (void)log_errno(place, "rename");
    rc = open_env_at(store, store->folder, store->map_bytes, 0);
    if (rc == 0)
        rc = open_tables(store, store->kind);
    if (rc == 0)
        rc = sync_folder(store->folder);
    if (rc != 0)
        return NAVETTE_E_STORE;
    return moved ? 0 : NAVETTE_E_REFUSED;
}

int lmdb_store_remove(const char *folder)
{
    static const char *const FILES[] = {"data.mdb", "lock.mdb", "lock", "new/data.mdb", "new/lock.mdb", "new"};
    char path[4200];
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        if (snprintf(path, sizeof path, "%s/%s", folder, FILES[i]) >= (int)sizeof path)
            return NAVETTE_E_SYSTEM;
        if (remove(path) != 0 && errno != ENOENT && errno != ENOTDIR) {
            (void)log_errno(path, "remove");
            return NAVETTE_E_SYSTEM;
        }
    }
    return 0;
}

static int begin(struct lmdb_store *store, int read_only, struct store_txn **txn)
{
    struct lmdb_txn *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NAVETTE_E_MEMORY;
    int rc = mdb_txn_begin(store->env, NULL, read_only ? MDB_RDONLY : 0, &made->txn);
    /* Another process enlarged it, against our lock; a new map may be taken only while nobody looks at the old one. */
    if (rc == MDB_MAP_RESIZED && atomic_load(&store->transactions) == 0) {
        rc = mdb_env_set_mapsize(store->env, 0);
        if (rc == 0)
            rc = mdb_txn_begin(store->env, NULL, read_only ? MDB_RDONLY : 0, &made->txn);
    }
    if (rc != 0) {
        free(made);
        return lmdb_store_error(store, rc, "begin");
    }
    made->base.ops = &lmdb_scan_ops;
    made->store = store;
    made->read_only = read_only;
    atomic_fetch_add(&store->transactions, 1);
    *txn = &made->base;
    return 0;
}

/* Pages that deletes gave back: walked only when the map is nearly full. LMDB shows their table, number 0, to readers only. */
static int count_free_pages(MDB_env *env, uint64_t *pages)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val list;
    *pages = 0;
    int rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
    if (rc != 0)
        return rc;
    rc = mdb_cursor_open(txn, 0, &cursor);
    if (rc != 0) {
        mdb_txn_abort(txn);
        return rc;
    }
    while ((rc = mdb_cursor_get(cursor, &key, &list, MDB_NEXT)) == 0) {
        size_t count;
        memcpy(&count, list.mv_data, sizeof count);
        *pages += count;
    }
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Deletes need pages too: a twentieth of the map is kept for them, and the reserve of the file system. */
static int check_reserve(struct lmdb_store *store)
{
    uint64_t left = 0;
    if (store->reserve_bytes > 0 && free_bytes(store->folder, &left) == 0 && left < store->reserve_bytes)
        return say_full(store, "only the reserve is left on the disk");
    MDB_envinfo info;
    MDB_stat stat;
    mdb_env_info(store->env, &info);
    mdb_env_stat(store->env, &stat);
    uint64_t pages = info.me_mapsize / stat.ms_psize;
    uint64_t used = info.me_last_pgno + 1;
    if (used < pages - pages / 20)
        return 0;
    uint64_t free_pages;
    int rc = count_free_pages(store->env, &free_pages);
    if (rc != 0)
        return lmdb_store_error(store, rc, "count free pages");
    if (used - (free_pages < used ? free_pages : used) >= pages - pages / 20)
        return say_full(store, "the store has reached its largest size, but for what deletes need");
    return 0;
}

int lmdb_write_begin(struct lmdb_store *store, struct store_txn **txn)
{
    int rc = begin(store, 0, txn);
    if (rc != 0)
        return rc;
    rc = check_reserve(store);
    if (rc != 0) {
        lmdb_abort(*txn);
        *txn = NULL;
    }
    return rc;
}

int lmdb_delete_begin(struct lmdb_store *store, struct store_txn **txn)
{
    return begin(store, 0, txn);
}

int lmdb_read_begin(struct lmdb_store *store, struct store_txn **txn)
{
    return begin(store, 1, txn);
}

static void note_missed(const struct lmdb_txn *txn)
{
    if (txn->base.missed != 0)
        atomic_store(&txn->store->missed, txn->base.missed);
}

uint64_t lmdb_store_missed(struct lmdb_store *store)
{
    return atomic_exchange(&store->missed, 0);
}

void lmdb_abort(struct store_txn *base)
{
    struct lmdb_txn *txn = (struct lmdb_txn *)base;
    if (txn == NULL)
        return;
    note_missed(txn);
    if (txn->read_only)
        lmdb_scan_forget(txn);
    mdb_txn_abort(txn->txn);
    if (txn->outer != NULL)
        mdb_txn_abort(txn->outer);
    atomic_fetch_sub(&txn->store->transactions, 1);
    free(txn);
}

int lmdb_end(struct store_txn *txn, int rc)
{
    if (rc == 0)
        return lmdb_commit(txn);
    lmdb_abort(txn);
    return rc;
}

int lmdb_commit(struct store_txn *base)
{
    struct lmdb_txn *txn = (struct lmdb_txn *)base;
    struct lmdb_store *store = txn->store;
    int rc = lmdb_scan_end_part(txn);
    assert(txn->outer == NULL || rc != 0);
    if (rc != 0 || txn->read_only) {
        lmdb_abort(base);
        return rc;
    }
    note_missed(txn);
    rc = mdb_txn_commit(txn->txn);
    atomic_fetch_sub(&store->transactions, 1);
    free(txn);
    if (rc == 0) {
        atomic_store(&store->full, 0);
        atomic_store(&store->whole, 0);
    }
    return lmdb_store_error(store, rc, "commit");
}

int lmdb_store_copy(struct lmdb_store *store, const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    int rc;

    if (file < 0)
        return errno == EEXIST ? NAVETTE_E_EXISTS : log_errno(path, "create");
    rc = mdb_env_copyfd2(store->env, file, MDB_CP_COMPACT);
    if (rc != 0) {
        errno = rc;
        rc = rc > 0 ? log_errno(path, "copy") : lmdb_store_error(store, rc, "copy");
    } else if (fsync(file) != 0) {
        rc = log_errno(path, "sync");
    }
    close(file);
    if (rc != 0)
        unlink(path);
    return rc;
}

int lmdb_store_check(struct lmdb_store *store)
{
    int dead = 0;
    int rc = mdb_reader_check(store->env, &dead);
    if (rc == 0 && dead > 0)
        system_log(1, "store", NULL, "%s: freed %d dead readers", store->folder, dead);
    return lmdb_store_error(store, rc, "check readers");
}

int lmdb_store_usage(struct lmdb_store *store, struct lmdb_usage *usage)
{
    MDB_envinfo info;
    MDB_stat stat;
    int rc = mdb_env_info(store->env, &info);
    if (rc == 0)
        rc = mdb_env_stat(store->env, &stat);
    if (rc != 0)
        return lmdb_store_error(store, rc, "usage");
    usage->used_bytes = (uint64_t)(info.me_last_pgno + 1) * stat.ms_psize;
    usage->map_bytes = info.me_mapsize;
    usage->free_bytes = 0;
    rc = free_bytes(store->folder, &usage->free_bytes);
    return rc == 0 ? 0 : lmdb_store_error(store, rc, "usage");
}
