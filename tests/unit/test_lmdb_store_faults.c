/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lmdb_store.c when the disk fails: the calls that LMDB writes with (writev, pwrite, fdatasync) are this program's own and fail when told to.
 *
 * commit: the k-th write and the k-th sync fail, for every k, with ENOSPC and with EIO: the code says which; the transaction that failed is never seen,
 *         those before are whole, now and after opening again; after ENOSPC the same store goes on; after EIO nothing is acknowledged
 * commit: a write that is cut short, on a disk with room, is a failing disk
 * parts: LMDB's array of changed pages is full (MDB_TXN_FULL) at one row of a part, put or deleted: nothing of the transaction is seen, the next one is written without parts and has all, the one after
 *        in parts again; a writer of steps does so by itself; without a part it is damage
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <ftw.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "navette/lmdb_store.h"
#include "navette/system.h"
#include "server/writer.h"

enum fault_call { FAULT_WRITE, FAULT_SYNC };

static struct {
    enum fault_call call;
    int countdown; /* strikes when it reaches 0; negative: never */
    int code;      /* errno; 0: a write is cut in half instead */
    int struck;
} fault = {.countdown = -1};

static int strikes(enum fault_call call)
{
    if (fault.countdown < 0 || fault.call != call || fault.countdown-- > 0)
        return 0;
    fault.struck = 1;
    errno = fault.code;
    return 1;
}

ssize_t pwrite(int file, const void *bytes, size_t len, off_t offset)
{
    if (strikes(FAULT_WRITE)) {
        if (fault.code != 0)
            return -1;
        len /= 2;
    }
    return syscall(SYS_pwrite64, file, bytes, len, offset);
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
    if (strikes(FAULT_WRITE))
        return fault.code != 0 ? -1 : syscall(SYS_writev, file, parts, count > 1 ? count / 2 : 0);
    return syscall(SYS_writev, file, parts, count);
}

int fdatasync(int file)
{
    return strikes(FAULT_SYNC) ? -1 : (int)syscall(SYS_fdatasync, file);
}

/* LMDB's own, but for the row that finds no room; transactions inside are counted. */
static struct {
    int countdown; /* as above: of rows put */
    int no_deletion;
    int inside;
} crowd = {.countdown = -1};

int mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *value, unsigned int flags)
{
    int (*real)(MDB_cursor *, MDB_val *, MDB_val *, unsigned int);
    void *symbol = dlsym(RTLD_NEXT, "mdb_cursor_put");

    if (crowd.countdown >= 0 && crowd.countdown-- == 0)
        return MDB_TXN_FULL;
    memcpy(&real, &symbol, sizeof real);
    return real(cursor, key, value, flags);
}

int mdb_del(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value)
{
    int (*real)(MDB_txn *, MDB_dbi, MDB_val *, MDB_val *);
    void *symbol = dlsym(RTLD_NEXT, "mdb_del");

    if (crowd.no_deletion)
        return MDB_TXN_FULL;
    memcpy(&real, &symbol, sizeof real);
    return real(txn, table, key, value);
}

int mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned int flags, MDB_txn **txn)
{
    int (*real)(MDB_env *, MDB_txn *, unsigned int, MDB_txn **);
    void *symbol = dlsym(RTLD_NEXT, "mdb_txn_begin");

    crowd.inside += parent != NULL;
    memcpy(&real, &symbol, sizeof real);
    return real(env, parent, flags, txn);
}

struct fixture {
    char folder[64];
    char store[80];
    struct lmdb_options options;
};

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    strcpy(fixture->folder, "/tmp/navette-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->store, sizeof fixture->store, "%s/store", fixture->folder);
    fixture->options = (struct lmdb_options){.folder = fixture->store, .tables = LMDB_BOTH, .map_bytes = 64u << 20};
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    nftw(fixture->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(fixture);
    return 0;
}

static struct lmdb_store *open_store(const struct fixture *fixture)
{
    struct lmdb_store *store = NULL;
    assert_int_equal(lmdb_store_open(&fixture->options, &store), 0);
    return store;
}

#define ROWS 40u

/* One transaction of ROWS rows over two tables. The code of its first failure. */
static int write_rows(struct lmdb_store *store, uint64_t first)
{
    struct store_txn *txn;
    uint8_t value[3000];
    memset(value, (int)(first % 251), sizeof value);
    int rc = lmdb_write_begin(store, &txn);
    if (rc != 0)
        return rc;
    for (uint64_t i = 0; rc == 0 && i < ROWS; i++) {
        uint8_t key[8];
        write_u64(key, first + i);
        rc = store_append(txn, TABLE_ENTRY, span_of(key, sizeof key), span_of(value, sizeof value));
        if (rc == 0)
            rc = store_put(txn, TABLE_META, span_of("last", 4), span_of(key, sizeof key));
    }
    int committed = lmdb_commit(txn);
    assert_true(rc == 0 || rc == committed);
    return committed;
}

/* The rows 0 .. count - 1 are there, whole, and none more. */
static void expect_rows(struct lmdb_store *store, uint64_t count)
{
    struct store_txn *txn;
    struct store_scan *scan;
    struct span key, value;
    static const uint8_t zero[8];
    uint64_t found = 0;
    assert_int_equal(lmdb_read_begin(store, &txn), 0);
    assert_int_equal(store_scan_open(txn, TABLE_ENTRY, &scan), 0);
    int rc = txn->ops->scan_from(scan, span_of(zero, sizeof zero), &key, &value);
    while (rc == 0) {
        assert_int_equal(read_u64(key.data), found);
        assert_int_equal(value.len, 3000);
        assert_int_equal(value.data[2999], (found / ROWS * ROWS) % 251);
        found++;
        rc = txn->ops->scan_next(scan, &key, &value);
    }
    txn->ops->scan_close(scan);
    assert_int_equal(rc, NAVETTE_E_NOT_FOUND);
    assert_int_equal(found, count);
    rc = store_get(txn, TABLE_META, span_of("last", 4), &value);
    assert_int_equal(rc, count == 0 ? NAVETTE_E_NOT_FOUND : 0);
    if (rc == 0)
        assert_int_equal(read_u64(value.data), count - 1);
    lmdb_abort(txn);
}

/* Fails the k-th call for every k; how many there were. */
static int fail_every_call(struct fixture *fixture, enum fault_call call, int code, int expected)
{
    struct lmdb_store *store = open_store(fixture);
    uint64_t rows = 0;
    int strikes_count = 0;
    for (int k = 0; k < 100; k++) {
        assert_int_equal(write_rows(store, rows), 0);
        rows += ROWS;
        fault.call = call;
        fault.code = code;
        fault.countdown = k;
        fault.struck = 0;
        int rc = write_rows(store, rows);
        fault.countdown = -1;
        if (!fault.struck) {
            assert_int_equal(rc, 0);
            rows += ROWS;
            break;
        }
        strikes_count++;
        assert_int_equal(rc, expected);
        /* Without opening again: a disk that was only full goes on, unless LMDB itself gave up over its first page. */
        rc = expected == NAVETTE_E_FULL ? write_rows(store, rows) : NAVETTE_E_STORE;
        assert_true(rc == 0 || rc == NAVETTE_E_STORE);
        if (rc == 0) {
            rows += ROWS;
            expect_rows(store, rows);
        }
        lmdb_store_close(store);
        store = open_store(fixture);
        expect_rows(store, rows);
    }
    expect_rows(store, rows);
    lmdb_store_close(store);
    return strikes_count;
}

static void test_lmdb_commit_every_write_full(void **state)
{
    assert_in_range(fail_every_call(*state, FAULT_WRITE, ENOSPC, NAVETTE_E_FULL), 2, 50);
}

static void test_lmdb_commit_every_write_broken(void **state)
{
    assert_in_range(fail_every_call(*state, FAULT_WRITE, EIO, NAVETTE_E_STORE), 2, 50);
}

static void test_lmdb_commit_every_write_cut_short(void **state)
{
    assert_in_range(fail_every_call(*state, FAULT_WRITE, 0, NAVETTE_E_STORE), 2, 50);
}

static void test_lmdb_commit_every_sync_broken(void **state)
{
    assert_in_range(fail_every_call(*state, FAULT_SYNC, EIO, NAVETTE_E_STORE), 1, 5);
}

static void test_lmdb_commit_every_sync_full(void **state)
{
    assert_in_range(fail_every_call(*state, FAULT_SYNC, ENOSPC, NAVETTE_E_FULL), 1, 5);
}

#define MANY_ROWS 10000u

static int put_many(struct store_txn *txn, uint64_t count)
{
    int rc = 0;

    for (uint64_t i = 0; rc == 0 && i < count; i++) {
        uint8_t key[8];

        write_u64(key, i);
        rc = store_put_next(txn, TABLE_ENTRY, span_of(key, sizeof key), span_of(key, sizeof key));
    }
    return rc;
}

static uint64_t rows_in(struct lmdb_store *store)
{
    struct store_txn *txn;
    struct store_scan *scan;
    struct span key, value;
    uint64_t rows = 0;

    assert_int_equal(lmdb_read_begin(store, &txn), 0);
    assert_int_equal(store_scan_open(txn, TABLE_ENTRY, &scan), 0);
    for (int rc = txn->ops->scan_from(scan, span_of("", 1), &key, &value); rc == 0; rc = txn->ops->scan_next(scan, &key, &value))
        rows++;
    txn->ops->scan_close(scan);
    lmdb_abort(txn);
    return rows;
}

/* So many transactions inside are begun on the way. */
static int write_many(struct lmdb_store *store, uint64_t count, int crowded_at, int *inside)
{
    struct store_txn *txn;
    int rc;

    assert_int_equal(lmdb_write_begin(store, &txn), 0);
    crowd.inside = 0;
    crowd.countdown = crowded_at;
    rc = lmdb_end(txn, put_many(txn, count));
    crowd.countdown = -1;
    *inside = crowd.inside;
    return rc;
}

static void test_lmdb_part_without_room(void **state)
{
    struct lmdb_store *store = open_store(*state);
    int inside;

    assert_int_equal(write_many(store, MANY_ROWS, 5000, &inside), NAVETTE_E_BUSY);
    assert_int_equal(inside, 1);
    assert_int_equal(rows_in(store), 0);
    assert_int_equal(write_many(store, MANY_ROWS, -1, &inside), 0);
    assert_int_equal(inside, 0);
    assert_int_equal(rows_in(store), MANY_ROWS);
    assert_int_equal(write_many(store, MANY_ROWS, -1, &inside), 0);
    assert_int_equal(inside, 2);
    assert_int_equal(write_many(store, 100, 50, &inside), NAVETTE_E_STORE);
    assert_int_equal(inside, 0);
    lmdb_store_close(store);
}

static void test_lmdb_deletion_without_room(void **state)
{
    struct lmdb_store *store = open_store(*state);
    struct store_txn *txn;
    int inside;

    assert_int_equal(lmdb_write_begin(store, &txn), 0);
    assert_int_equal(put_many(txn, MANY_ROWS), 0);
    crowd.no_deletion = 1;
    assert_int_equal(lmdb_end(txn, store_del(txn, TABLE_ENTRY, span_of("\0\0\0\0\0\0\0\1", 8))), NAVETTE_E_BUSY);
    crowd.no_deletion = 0;
    assert_int_equal(rows_in(store), 0);
    assert_int_equal(write_many(store, MANY_ROWS, -1, &inside), 0);
    assert_int_equal(inside, 0);
    lmdb_store_close(store);
}

static void test_writer_write_without_room_for_parts(void **state)
{
    struct lmdb_store *store = open_store(*state);
    struct store_txn *below;
    struct overlay overlay;

    assert_int_equal(lmdb_read_begin(store, &below), 0);
    overlay_init(&overlay);
    overlay_begin(&overlay, below);
    assert_int_equal(put_many(&overlay.view.base, MANY_ROWS), 0);
    lmdb_abort(below);
    crowd.countdown = 5000;
    assert_int_equal(writer_write(store, &(struct overlay *){&overlay}, 1), 0);
    assert_int_equal(crowd.countdown, -1);
    assert_int_equal(rows_in(store), MANY_ROWS);
    overlay_free(&overlay);
    lmdb_store_close(store);
}

int main(void)
{
    system_log_threshold(getenv("LOG") != NULL ? 0 : 3);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lmdb_commit_every_write_full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_commit_every_write_broken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_commit_every_write_cut_short, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_commit_every_sync_broken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_commit_every_sync_full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_part_without_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_deletion_without_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_writer_write_without_room_for_parts, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("lmdb_store_faults", tests, NULL, NULL);
}
