/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lmdb_store.c and lmdb_scan.c on real files.
 *
 * open: modes of folder and files; taken away; twice; parent absent; read only, with and without something to read; tables of one half only
 * transactions: commit, abort, reopen; readers see the moment they began, several in one thread; a failed write leaves only the abort
 * calls: every one of store.h side by side with the store in memory, at random (SEED, ROUNDS); long keys and values; append out of order; rows in order, in parts (ROWS, LONGEST)
 * full: largest size reached, deletes still possible; reserve of the disk; a real full disk, and room again afterwards; usage
 * crash: a process killed at any moment has kept all that it reported
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "navette/lmdb_store.h"
#include "navette/system.h"
#include "tests/lib/memstore.h"
#include "tests/lib/seed.h"

#define MAP_BYTES (64u << 20)
#define TMPFS_OPTIONS "size=4m,mode=0700"

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
    fixture->options = (struct lmdb_options){.folder = fixture->store, .tables = LMDB_BOTH, .map_bytes = MAP_BYTES};
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

static struct span text(const char *string)
{
    return span_of(string, strlen(string));
}

static unsigned mode_of(const char *folder, const char *name)
{
    char path[128];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(stat(path, &status), 0);
    return (unsigned)(status.st_mode & 0777);
}

static void put_number(struct store_txn *txn, uint64_t number)
{
    uint8_t key[8];
    write_u64(key, number);
    assert_int_equal(store_append(txn, TABLE_ENTRY, span_of(key, sizeof key), text("value")), 0);
}

static void test_lmdb_store_open_modes(void **state)
{
    struct fixture *fixture = *state;
    struct lmdb_store *store = open_store(fixture);
    assert_int_equal(mode_of(fixture->store, "."), 0700);
    assert_int_equal(mode_of(fixture->store, "data.mdb"), 0600);
    assert_int_equal(mode_of(fixture->store, "lock.mdb"), 0600);
    assert_int_equal(mode_of(fixture->store, "lock"), 0600);
    lmdb_store_close(store);
    lmdb_store_close(NULL);
}

static void test_lmdb_store_remove(void **state)
{
    struct fixture *fixture = *state;
    char path[128];
    assert_int_equal(lmdb_store_remove(fixture->store), 0); /* none is there */
    lmdb_store_close(open_store(fixture));
    snprintf(path, sizeof path, "%s/new", fixture->store);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/new/data.mdb", fixture->store);
    assert_int_equal(symlink("/dev/null", path), 0);
    assert_int_equal(lmdb_store_remove(fixture->store), 0);
    assert_int_equal(rmdir(fixture->store), 0); /* nothing is left in it */
    lmdb_store_close(open_store(fixture));
    snprintf(path, sizeof path, "%s/data.mdb", fixture->store);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/data.mdb/kept", fixture->store);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(lmdb_store_remove(fixture->store), NAVETTE_E_SYSTEM);
}

static void test_lmdb_store_open_twice(void **state)
{
    struct fixture *fixture = *state;
    struct lmdb_store *store = open_store(fixture);
    struct lmdb_store *second = NULL;
    assert_int_equal(lmdb_store_open(&fixture->options, &second), NAVETTE_E_BUSY);
    fixture->options.read_only = 1;
    assert_int_equal(lmdb_store_open(&fixture->options, &second), NAVETTE_E_BUSY);
    assert_null(second);
    lmdb_store_close(store);
    fixture->options.read_only = 0;
    lmdb_store_close(open_store(fixture));
}

static void test_lmdb_store_open_parent_absent(void **state)
{
    struct fixture *fixture = *state;
    struct lmdb_store *store = NULL;
    char path[100];
    snprintf(path, sizeof path, "%s/no/store", fixture->folder);
    fixture->options.folder = path;
    assert_int_equal(lmdb_store_open(&fixture->options, &store), NAVETTE_E_NOT_FOUND);
    assert_null(store);
}

static void test_lmdb_store_open_read_only(void **state)
{
    struct fixture *fixture = *state;
    struct lmdb_store *store = NULL;
    struct store_txn *txn;
    struct span value;
    fixture->options.read_only = 1;
    assert_int_equal(lmdb_store_open(&fixture->options, &store), NAVETTE_E_NOT_FOUND);
    fixture->options.read_only = 0;
    store = open_store(fixture);
    assert_int_equal(lmdb_write_begin(store, &txn), 0);
    assert_int_equal(store_put(txn, TABLE_META, text("name"), text("value")), 0);
    assert_int_equal(lmdb_commit(txn), 0);
    lmdb_store_close(store);
    fixture->options.read_only = 1;
    store = open_store(fixture);
    assert_int_equal(lmdb_read_begin(store, &txn), 0);
    assert_int_equal(store_get(txn, TABLE_META, text("name"), &value), 0);
    assert_true(span_equal(value, text("value")));
    assert_int_not_equal(store_put(txn, TABLE_META, text("name"), text("other")), 0);
    lmdb_abort(txn);
    lmdb_store_close(store);
}

static void test_lmdb_store_open_one_half(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *txn;
    struct store_scan *scan;
    struct span value;
    fixture->options.tables = LMDB_JOURNAL;
    struct lmdb_store *store = open_store(fixture);
    assert_int_equal(lmdb_write_begin(store, &txn), 0);
    assert_int_equal(store_get(txn, TABLE_THING, text("a"), &value), NAVETTE_E_STORE);
    assert_int_equal(store_scan_open(txn, TABLE_META, &scan), NAVETTE_E_STORE);
    assert_int_equal(store_put(txn, TABLE_LOCAL, text("a"), text("b")), 0);
    assert_int_equal(store_put(txn, TABLE_THING, text("a"), text("b")), NAVETTE_E_STORE);
    assert_int_equal(lmdb_commit(txn), NAVETTE_E_STORE);
    assert_int_equal(lmdb_read_begin(store, &txn), 0);
    assert_int_equal(store_get(txn, TABLE_LOCAL, text("a"), &value), NAVETTE_E_NOT_FOUND);
    lmdb_abort(txn);
    lmdb_store_close(store);
}

static void test_lmdb_commit_abort_reopen(void **state)
{
    struct fixture *fixture = *state;
    struct lmdb_store *store = open_store(fixture);
    struct store_txn *txn;
    struct span value;
    assert_int_equal(lmdb_write_begin(store, &txn), 0);
    assert_int_equal(store_put(txn, TABLE_LOCAL, text("kept"), text("1")), 0);
    assert_int_equal(store_put(txn, TABLE_HISTORY, text("empty"), text("")), 0);
    assert_int_equal(lmdb_commit(txn), 0);
    assert_int_equal(lmdb_write_begin(store, &txn), 0);
    assert_int_equal(store_put(txn, TABLE_LOCAL, text("thrown away"), text("2")), 0);
    assert_int_equal(store_get(txn, TABLE_LOCAL, text("thrown away"), &value), 0);
    lmdb_abort(txn);
    lmdb_abort(NULL);
    lmdb_store_close(store);
    store = open_store(fixture);
    assert_int_equal(lmdb_read_begin(store, &txn), 0);
    assert_int_equal(store_get(txn, TABLE_LOCAL, text("kept"), &value), 0);
    assert_true(span_equal(value, text("1")));
    assert_int_equal(store_get(txn, TABLE_HISTORY, text("empty"), &value), 0);
    assert_int_equal(value.len, 0);
    assert_int_equal(store_get(txn, TABLE_LOCAL, text("thrown away"), &value), NAVETTE_E_NOT_FOUND);
    assert_int_equal(lmdb_commit(txn), 0);
    assert_int_equal(lmdb_store_check(store), 0);
    lmdb_store_close(store);
}

static void test_lmdb_read_sees_its_moment(void **state)
{
    struct fixture *fixture = *state;
    struct lmdb_store *store = open_store(fixture);
    struct store_txn *before;
    struct store_txn *after;
    struct store_txn *write;
    struct span value;
    assert_int_equal(lmdb_read_begin(store, &before), 0);
    assert_int_equal(lmdb_write_begin(store, &write), 0);
    assert_int_equal(store_put(write, TABLE_LOCAL, text("a"), text("1")), 0);
    assert_int_equal(store_get(before, TABLE_LOCAL, text("a"), &value), NAVETTE_E_NOT_FOUND);
    assert_int_equal(lmdb_commit(write), 0);
    assert_int_equal(lmdb_read_begin(store, &after), 0);
    assert_int_equal(store_get(before, TABLE_LOCAL, text("a"), &value), NAVETTE_E_NOT_FOUND);
    assert_int_equal(store_get(after, TABLE_LOCAL, text("a"), &value), 0);
    lmdb_abort(before);
    lmdb_abort(after);
    lmdb_store_close(store);
}

static void test_lmdb_append_out_of_order(void **state)
{
    struct fixture *fixture = *state;
    struct lmdb_store *store = open_store(fixture);
    struct store_txn *txn;
    struct span value;
    assert_int_equal(lmdb_write_begin(store, &txn), 0);
    assert_int_equal(store_append(txn, TABLE_ENTRY, text("b"), text("1")), 0);
    assert_int_equal(store_append(txn, TABLE_ENTRY, text("a"), text("2")), NAVETTE_E_STORE);
    assert_int_equal(store_put(txn, TABLE_ENTRY, text("c"), text("3")), NAVETTE_E_STORE);
    assert_int_equal(store_del(txn, TABLE_ENTRY, text("b")), NAVETTE_E_STORE);
    assert_int_equal(lmdb_commit(txn), NAVETTE_E_STORE);
    assert_int_equal(lmdb_read_begin(store, &txn), 0);
    assert_int_equal(store_get(txn, TABLE_ENTRY, text("b"), &value), NAVETTE_E_NOT_FOUND);
    lmdb_abort(txn);
    lmdb_store_close(store);
}

static void test_lmdb_long_keys_and_values(void **state)
{
    struct fixture *fixture = *state;
    struct lmdb_store *store = open_store(fixture);
    struct store_txn *txn;
    struct span value;
    uint8_t key[512];
    uint8_t *long_value = malloc(300000);
    assert_non_null(long_value);
    memset(key, 'k', sizeof key);
    system_random(long_value, 300000);
    assert_int_equal(lmdb_write_begin(store, &txn), 0);
    assert_int_equal(store_put(txn, TABLE_LOCAL, span_of(key, 511), span_of(long_value, 300000)), 0);
    assert_int_equal(store_get(txn, TABLE_LOCAL, span_of(key, 511), &value), 0);
    assert_int_equal(value.len, 300000);
    assert_memory_equal(value.data, long_value, 300000);
    assert_int_equal(store_put(txn, TABLE_LOCAL, span_of(key, 512), text("v")), NAVETTE_E_STORE);
    lmdb_abort(txn);
    free(long_value);
    lmdb_store_close(store);
}

/* -- side by side with the store in memory */

struct twins {
    struct lmdb_store *disk;
    struct memstore *memory;
    struct store_txn *disk_txn;
    struct store_txn *memory_txn;
    uint64_t random;
};

static uint32_t draw(struct twins *twins, uint32_t below)
{
    return (uint32_t)seed_below(&twins->random, below);
}

static void draw_key(struct twins *twins, uint8_t key[12], size_t *len)
{
    *len = 1 + draw(twins, 3);
    for (size_t i = 0; i < *len; i++)
        key[i] = (uint8_t)(draw(twins, 6) * 51);
}

static void same_answer(int rc, int expected, const struct span found[4])
{
    assert_int_equal(rc, expected);
    if (rc != 0)
        return;
    assert_true(span_equal(found[0], found[2]));
    assert_true(span_equal(found[1], found[3]));
}

static void walk_both(struct twins *twins, enum store_table table)
{
    struct store_scan *disk;
    struct store_scan *memory;
    assert_int_equal(store_scan_open(twins->disk_txn, table, &disk), 0);
    assert_int_equal(store_scan_open(twins->memory_txn, table, &memory), 0);
    const struct store_ops *d = twins->disk_txn->ops;
    const struct store_ops *m = twins->memory_txn->ops;
    int placed = 0;
    for (uint32_t moves = 1 + draw(twins, 12); moves > 0; moves--) {
        struct span found[4] = {{0}};
        uint8_t key[12];
        size_t len;
        uint32_t kind = placed ? draw(twins, 4) : draw(twins, 2);
        draw_key(twins, key, &len);
        struct span at = span_of(key, len);
        int rc = kind == 0   ? d->scan_from(disk, at, &found[0], &found[1])
                 : kind == 1 ? d->scan_upto(disk, at, &found[0], &found[1])
                 : kind == 2 ? d->scan_next(disk, &found[0], &found[1])
                             : d->scan_prev(disk, &found[0], &found[1]);
        int expected = kind == 0   ? m->scan_from(memory, at, &found[2], &found[3])
                       : kind == 1 ? m->scan_upto(memory, at, &found[2], &found[3])
                       : kind == 2 ? m->scan_next(memory, &found[2], &found[3])
                                   : m->scan_prev(memory, &found[2], &found[3]);
        same_answer(rc, expected, found);
        placed = rc == 0;
    }
    d->scan_close(disk);
    m->scan_close(memory);
    d->scan_close(NULL);
}

static void get_both(struct twins *twins, enum store_table table)
{
    struct span found[4] = {{0}};
    uint8_t key[12];
    size_t len;
    draw_key(twins, key, &len);
    int rc = store_get(twins->disk_txn, table, span_of(key, len), &found[1]);
    same_answer(rc, store_get(twins->memory_txn, table, span_of(key, len), &found[3]), found);
}

static void change_both(struct twins *twins, enum store_table table)
{
    uint8_t key[12];
    uint8_t value[600];
    size_t len;
    draw_key(twins, key, &len);
    size_t value_len = draw(twins, 20) == 0 ? draw(twins, sizeof value) : draw(twins, 30);
    memset(value, (int)draw(twins, 256), sizeof value);
    struct span name = span_of(key, len);
    if (draw(twins, 3) == 0) {
        assert_int_equal(store_del(twins->disk_txn, table, name), store_del(twins->memory_txn, table, name));
    } else {
        /* put_next() is as good as put() in any order. */
        int (*put)(struct store_txn *, enum store_table, struct span, struct span) = draw(twins, 2) ? store_put : store_put_next;
        assert_int_equal(put(twins->disk_txn, table, name, span_of(value, value_len)), 0);
        assert_int_equal(store_put(twins->memory_txn, table, name, span_of(value, value_len)), 0);
    }
    get_both(twins, table);
}

/* A reader's cursor stays where it was: from there to anywhere. */
static void read_both(struct twins *twins)
{
    assert_int_equal(lmdb_read_begin(twins->disk, &twins->disk_txn), 0);
    twins->memory_txn = memstore_begin_read(twins->memory);
    for (uint32_t steps = draw(twins, 60); steps > 0; steps--) {
        enum store_table table = (enum store_table)draw(twins, 3) * 5;
        if (draw(twins, 8) == 0)
            walk_both(twins, table);
        else
            get_both(twins, table);
    }
    lmdb_abort(twins->disk_txn);
    memstore_abort(twins->memory_txn);
}

static void test_lmdb_calls_same_as_in_memory(void **state)
{
    struct fixture *fixture = *state;
    const char *rounds_text = getenv("ROUNDS");
    long rounds = rounds_text != NULL ? strtol(rounds_text, NULL, 10) : 300;
    struct twins twins = {.disk = open_store(fixture), .memory = memstore_new(), .random = seed_start()};
    for (long i = 0; i < rounds; i++) {
        assert_int_equal(lmdb_write_begin(twins.disk, &twins.disk_txn), 0);
        twins.memory_txn = memstore_begin_write(twins.memory);
        for (uint32_t steps = draw(&twins, 40); steps > 0; steps--) {
            enum store_table table = (enum store_table)draw(&twins, 3) * 5;
            if (draw(&twins, 2) == 0)
                change_both(&twins, table);
            else
                walk_both(&twins, table);
        }
        if (draw(&twins, 4) == 0) {
            lmdb_abort(twins.disk_txn);
            memstore_abort(twins.memory_txn);
        } else {
            assert_int_equal(lmdb_commit(twins.disk_txn), 0);
            assert_int_equal(memstore_commit(twins.memory_txn), 0);
        }
        read_both(&twins);
        if (draw(&twins, 50) == 0) {
            lmdb_store_close(twins.disk);
            twins.disk = open_store(fixture);
        }
    }
    lmdb_store_close(twins.disk);
    memstore_free(twins.memory);
}

static void same_rows(struct twins *twins, enum store_table table)
{
    struct store_scan *disk;
    struct store_scan *memory;
    struct span found[4];
    uint8_t zero = 0;
    int rc;

    assert_int_equal(store_scan_open(twins->disk_txn, table, &disk), 0);
    assert_int_equal(store_scan_open(twins->memory_txn, table, &memory), 0);
    rc = twins->disk_txn->ops->scan_from(disk, span_of(&zero, 1), &found[0], &found[1]);
    assert_int_equal(rc, twins->memory_txn->ops->scan_from(memory, span_of(&zero, 1), &found[2], &found[3]));
    while (rc == 0) {
        assert_true(span_equal(found[0], found[2]) && span_equal(found[1], found[3]));
        rc = twins->disk_txn->ops->scan_next(disk, &found[0], &found[1]);
        assert_int_equal(rc, twins->memory_txn->ops->scan_next(memory, &found[2], &found[3]));
    }
    twins->disk_txn->ops->scan_close(disk);
    twins->memory_txn->ops->scan_close(memory);
}

static void put_many(struct twins *twins, enum store_table table, uint32_t rows, uint32_t longest)
{
    uint8_t value[4000];

    memset(value, (int)draw(twins, 256), sizeof value);
    for (uint32_t i = 0, at = draw(twins, 5); i < rows; i++, at += 1 + draw(twins, 3)) {
        uint8_t key[4];
        struct span name = span_of(key, 4);
        struct span bytes = span_of(value, draw(twins, longest));

        write_u32(key, at);
        assert_int_equal(store_put_next(twins->disk_txn, table, name, bytes), 0);
        assert_int_equal(store_put(twins->memory_txn, table, name, bytes), 0);
        if (draw(twins, 16) == 0) {
            write_u32(key, at - draw(twins, 100));
            assert_int_equal(store_del(twins->disk_txn, table, name), store_del(twins->memory_txn, table, name));
        }
    }
}

/* Rows in order are written in parts, which nobody sees; ROWS, LONGEST: so many that there is room for none (a gigabyte of disk). */
static void test_lmdb_put_next_of_many_rows(void **state)
{
    struct fixture *fixture = *state;
    struct twins twins = {.memory = memstore_new(), .random = seed_start()};
    uint32_t rows = getenv("ROWS") != NULL ? (uint32_t)atoi(getenv("ROWS")) : 10000;
    uint32_t longest = getenv("LONGEST") != NULL ? (uint32_t)atoi(getenv("LONGEST")) : 300;

    assert_true(longest <= 4000);
    fixture->options.map_bytes = 4ull << 30;
    twins.disk = open_store(fixture);
    for (uint32_t round = 0; round < 6; round++) {
        assert_int_equal(lmdb_write_begin(twins.disk, &twins.disk_txn), 0);
        twins.memory_txn = memstore_begin_write(twins.memory);
        put_many(&twins, TABLE_ENTRY, rows, longest);
        put_many(&twins, TABLE_LOCAL, 100, 30);
        same_rows(&twins, TABLE_LOCAL);
        if (round == 2) {
            assert_int_equal(twins.disk_txn->ops->hold(twins.disk_txn), 0);
            assert_int_equal(twins.memory_txn->ops->hold(twins.memory_txn), 0);
            put_many(&twins, TABLE_ENTRY, 5000, longest);
            assert_int_equal(twins.disk_txn->ops->undo(twins.disk_txn), 0);
            assert_int_equal(twins.memory_txn->ops->undo(twins.memory_txn), 0);
        }
        if (round == 3) {
            lmdb_abort(twins.disk_txn);
            memstore_abort(twins.memory_txn);
        } else {
            assert_int_equal(lmdb_commit(twins.disk_txn), 0);
            assert_int_equal(memstore_commit(twins.memory_txn), 0);
        }
        assert_int_equal(lmdb_read_begin(twins.disk, &twins.disk_txn), 0);
        twins.memory_txn = memstore_begin_read(twins.memory);
        same_rows(&twins, TABLE_ENTRY);
        same_rows(&twins, TABLE_LOCAL);
        lmdb_abort(twins.disk_txn);
        memstore_abort(twins.memory_txn);
    }
    lmdb_store_close(twins.disk);
    memstore_free(twins.memory);
}

/* -- full */

/* Fills until NAVETTE_E_FULL, `batch` rows of 1,000 bytes a transaction; the number of rows that were committed, or -1. */
static long fill(struct lmdb_store *store, uint64_t first, unsigned batch, long most)
{
    uint8_t value[1000];
    memset(value, 'v', sizeof value);
    long rows = 0;
    while (rows < most) {
        struct store_txn *txn;
        int rc = lmdb_write_begin(store, &txn);
        if (rc != 0)
            return rc == NAVETTE_E_FULL ? rows : -1;
        for (unsigned i = 0; rc == 0 && i < batch; i++) {
            uint8_t key[8];
            write_u64(key, first + (uint64_t)rows + i);
            rc = store_append(txn, TABLE_ENTRY, span_of(key, sizeof key), span_of(value, sizeof value));
        }
        int done = lmdb_commit(txn);
        if (done != rc && rc != 0)
            return -1;
        if (done != 0)
            return done == NAVETTE_E_FULL ? rows : -1;
        rows += batch;
    }
    return rows;
}

static long count_rows(struct lmdb_store *store)
{
    struct store_txn *txn;
    struct store_scan *scan;
    struct span key, value;
    uint8_t zero[1] = {0};
    if (lmdb_read_begin(store, &txn) != 0 || store_scan_open(txn, TABLE_ENTRY, &scan) != 0)
        return -1;
    long rows = 0;
    int rc = txn->ops->scan_from(scan, span_of(zero, 1), &key, &value);
    while (rc == 0) {
        rows++;
        rc = txn->ops->scan_next(scan, &key, &value);
    }
    txn->ops->scan_close(scan);
    lmdb_abort(txn);
    return rc == NAVETTE_E_NOT_FOUND ? rows : -1;
}

static int delete_rows(struct lmdb_store *store, uint64_t first, uint64_t count)
{
    struct store_txn *txn;
    int rc = lmdb_delete_begin(store, &txn);
    if (rc != 0)
        return rc;
    for (uint64_t i = 0; i < count; i++) {
        uint8_t key[8];
        write_u64(key, first + i);
        if (store_del(txn, TABLE_ENTRY, span_of(key, sizeof key)) != 0)
            break;
    }
    return lmdb_commit(txn);
}

static void test_lmdb_full_largest_size(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.map_bytes = 2u << 20;
    struct lmdb_store *store = open_store(fixture);
    struct lmdb_usage usage;
    long rows = fill(store, 0, 10, 100000);
    assert_in_range(rows, 500, 2000);
    assert_int_equal(fill(store, (uint64_t)rows, 10, 10), 0);
    assert_int_equal(count_rows(store), rows);
    assert_int_equal(lmdb_store_usage(store, &usage), 0);
    assert_int_equal(usage.map_bytes, 2u << 20);
    assert_true(usage.used_bytes <= usage.map_bytes && usage.used_bytes > usage.map_bytes / 10 * 9);
    assert_true(usage.free_bytes > 0);
    /* Deletes still fit, and make room: LMDB gives pages back to writers two commits later. */
    for (long i = 0; i < rows / 2; i += 50)
        assert_int_equal(delete_rows(store, (uint64_t)i, 50), 0);
    assert_true(fill(store, (uint64_t)rows, 10, 100) >= 10);
    lmdb_store_close(store);
}

static void test_lmdb_full_one_large_transaction(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.map_bytes = 2u << 20;
    struct lmdb_store *store = open_store(fixture);
    assert_int_equal(fill(store, 0, 100, 100), 100);
    assert_int_equal(fill(store, 100, 10000, 10000), 0);
    assert_int_equal(count_rows(store), 100);
    assert_int_equal(fill(store, 100, 100, 100), 100);
    assert_int_equal(count_rows(store), 200);
    lmdb_store_close(store);
}

static void test_lmdb_full_reserve(void **state)
{
    struct fixture *fixture = *state;
    struct lmdb_store *store = open_store(fixture);
    assert_int_equal(fill(store, 0, 10, 10), 10);
    lmdb_store_close(store);
    fixture->options.reserve_bytes = UINT64_MAX;
    store = open_store(fixture);
    struct store_txn *txn = NULL;
    assert_int_equal(lmdb_write_begin(store, &txn), NAVETTE_E_FULL);
    assert_null(txn);
    assert_int_equal(lmdb_read_begin(store, &txn), 0);
    lmdb_abort(txn);
    assert_int_equal(delete_rows(store, 0, 10), 0);
    assert_int_equal(count_rows(store), 0);
    lmdb_store_close(store);
}

/* In a process of its own, on a small file system of its own. 0, the line where it went wrong, or 255: not allowed to mount. */
static int fill_a_disk(const char *folder)
{
    char ballast[128];
    char path[128];
    struct lmdb_store *store = NULL;
    system_log_threshold(getenv("LOG") != NULL ? 0 : 3);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("navette", folder, "tmpfs", 0, TMPFS_OPTIONS) != 0)
        return 255;
    snprintf(ballast, sizeof ballast, "%s/ballast", folder);
    snprintf(path, sizeof path, "%s/store", folder);
    FILE *file = fopen(ballast, "w");
    char block[65536] = {1};
    for (int i = 0; i < 16; i++)
        if (file == NULL || fwrite(block, sizeof block, 1, file) != 1)
            return __LINE__;
    if (fclose(file) != 0)
        return __LINE__;
    struct lmdb_options options = {.folder = path, .tables = LMDB_BOTH, .map_bytes = MAP_BYTES};
    if (lmdb_store_open(&options, &store) != 0)
        return __LINE__;
    /* Transactions of a few pages until nothing fits, then of one row (pages freed before may still take some), then one of a thousand. */
    long rows = fill(store, 0, 7, 1000000);
    if (rows < 100 || count_rows(store) != rows)
        return __LINE__;
    for (unsigned batch = 1; batch <= 1000; batch += 999) {
        long more = fill(store, (uint64_t)rows, batch, 1000000);
        if (more < 0 || more > 1000 || count_rows(store) != rows + more)
            return __LINE__;
        rows += more;
    }
    /* What was committed survives a restart on the full disk. */
    lmdb_store_close(store);
    if (lmdb_store_open(&options, &store) != 0)
        return __LINE__;
    if (count_rows(store) != rows)
        return __LINE__;
    /* Somebody makes room: the same store goes on. */
    if (unlink(ballast) != 0)
        return __LINE__;
    long more = fill(store, (uint64_t)rows, 7, 1000000);
    if (more < 100 || count_rows(store) != rows + more)
        return __LINE__;
    /* With a reserve the end comes before the disk's own, and rows can still be taken out. */
    lmdb_store_close(store);
    options.reserve_bytes = 1u << 20;
    if (lmdb_store_open(&options, &store) != 0)
        return __LINE__;
    if (fill(store, (uint64_t)(rows + more), 1, 1) != 0)
        return __LINE__;
    lmdb_store_close(store);
    return 0;
}

static void test_lmdb_full_disk(void **state)
{
    struct fixture *fixture = *state;
    if (geteuid() != 0) {
        print_message("skipped: only root can mount a small file system\n");
        skip();
    }
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int line = fill_a_disk(fixture->folder);
        if (line != 0 && line != 255)
            fprintf(stderr, "fill_a_disk: line %d\n", line);
        _exit(line == 0 || line == 255 ? line : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 255) {
        print_message("skipped: mounting is not allowed here\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* -- crash */

static void write_for_ever(const struct lmdb_options *options, int report)
{
    struct lmdb_store *store = NULL;
    if (lmdb_store_open(options, &store) != 0)
        _exit(2);
    uint64_t number = (uint64_t)count_rows(store);
    for (;;) {
        struct store_txn *txn;
        if (lmdb_write_begin(store, &txn) != 0)
            _exit(3);
        for (int i = 0; i < 3; i++)
            put_number(txn, ++number);
        if (lmdb_commit(txn) != 0)
            _exit(4);
        if (write(report, &number, sizeof number) != (ssize_t)sizeof number)
            _exit(5);
    }
}

static void test_lmdb_commit_kept_after_kill(void **state)
{
    struct fixture *fixture = *state;
    uint64_t reported = 0;
    for (int round = 0; round < 10; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        fflush(NULL);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            close(ends[0]);
            write_for_ever(&fixture->options, ends[1]);
        }
        close(ends[1]);
        for (int i = 0; i <= round * 3; i++)
            assert_int_equal(read(ends[0], &reported, sizeof reported), sizeof reported);
        assert_int_equal(kill(child, SIGKILL), 0);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        uint64_t late;
        while (read(ends[0], &late, sizeof late) == (ssize_t)sizeof late)
            reported = late;
        close(ends[0]);
        struct lmdb_store *store = open_store(fixture);
        long rows = count_rows(store);
        /* All that was reported, at most one transaction more, and never a part of one. */
        assert_true((uint64_t)rows == reported || (uint64_t)rows == reported + 3);
        lmdb_store_close(store);
    }
}

int main(void)
{
    system_log_threshold(getenv("LOG") != NULL ? 0 : 3);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lmdb_store_open_modes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_store_remove, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_store_open_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_store_open_parent_absent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_store_open_read_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_store_open_one_half, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_commit_abort_reopen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_read_sees_its_moment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_append_out_of_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_long_keys_and_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_calls_same_as_in_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_put_next_of_many_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_full_largest_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_full_one_large_transaction, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_full_reserve, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_full_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lmdb_commit_kept_after_kill, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("lmdb_store", tests, NULL, NULL);
}
