/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lmdb_store.c when the disk fails: the calls that LMDB writes with (writev, pwrite, fdatasync) are this program's own and fail when told to.
 *
 * commit: the k-th write and the k-th sync fail, for every k, with ENOSPC and with EIO: the code says which; the transaction that failed is never seen,
 *         those before are whole, now and after opening again; after ENOSPC the same store goes on; after EIO nothing is acknowledged
 * commit: a write that is cut short, on a disk with room, is a failing disk
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "navette/lmdb_store.h"
#include "navette/system.h"

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

int main(void)
{
    system_log_threshold(getenv("LOG") != NULL ? 0 : 3);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lmdb_commit_every_write_full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_commit_every_write_broken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_commit_every_write_cut_short, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_commit_every_sync_broken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_commit_every_sync_full, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("lmdb_store_faults", tests, NULL, NULL);
}
