/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/follower.h: the state follows the journal. Real stores in a folder of their own.
 *   - follower_start: an empty journal, then entries: the cursor reaches the tail, the digest is the one of the same entries folded in memory
 *   - follower_rebuild: same digest, counted, reading goes on; stop and start: nothing is folded again
 *   - a state that is gone, cut short, scribbled over, or of another schema: made anew at the start, same digest
 *   - a rebuild that finds no room on the disk waits for it
 *   - a disk that is full: what is folded is read, and written when there is room; a stop does not wait for it
 *   - a disk that can't be written any more: one rebuild, then it is said
 *   - a journal put back from a backup, older than the state: folded again from the start
 *   - follower_step: stops where it is told, moves nothing past the tail
 *   - prove.h: a fit state, an absent one, one with a counter that is off
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "server/follower.h"
#include "server/prove.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/seed.h"

#define MAP_BYTES 67108864u
#define ENTRIES 300u
#define WAIT_MS 20000

/* LMDB writes with these two: while the disk is full they answer so, and where a state is bad, from here on, they fail for good. */
static atomic_int disk_full;
static atomic_int bad_from; /* 0: nowhere */
static _Atomic(struct follower *) watched;

/* Before the disk fails, the fold may come to its end. Where it waits for this very write, all that there is has been folded, and it does not come further. */
static void let_fold(void)
{
    struct follower_news news = {.cursor = 0};
    int rest = 100;

    while (rest > 0) {
        (void)sched_yield();
        if (!atomic_load(&watched))
            continue;
        follower_news(atomic_load(&watched), &news);
        if (news.failed)
            return;
        if (news.cursor == ENTRIES)
            rest = news.rebuilding ? rest - 1 : 0;
    }
}

static int refuses(int file, off_t end)
{
    char link[40];
    char path[300];
    ssize_t len;

    errno = ENOSPC;
    if (atomic_load(&disk_full))
        return 1;
    if (atomic_load(&bad_from) == 0 || end < atomic_load(&bad_from))
        return 0;
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
    len = readlink(link, path, sizeof(path) - 1);
    path[len < 0 ? 0 : len] = '\0';
    if (strstr(path, "/state/data.mdb") == NULL)
        return 0;
    let_fold();
    errno = EIO;
    return 1;
}

ssize_t pwrite(int file, const void *bytes, size_t len, off_t offset)
{
    return refuses(file, offset + (off_t)len) ? -1 : syscall(SYS_pwrite64, file, bytes, len, offset);
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
    off_t end = lseek(file, 0, SEEK_CUR);

    for (int i = 0; i < count; i++)
        end += (off_t)parts[i].iov_len;
    return refuses(file, end) ? -1 : syscall(SYS_writev, file, parts, count);
}

/* The fold gives way to everything else; here it would wait for the other tests of a full machine. */
int setpriority(__priority_which_t which, id_t who, int priority)
{
    (void)which;
    (void)who;
    (void)priority;
    return 0;
}

struct bench {
    char folder[64];
    char journal_folder[80];
    char state_folder[80];
    struct foldkit kit;
    struct lmdb_store *journal;
    uint8_t digest[HASH_SIZE]; /* of all entries */
};

static void bench_append(struct bench *bench, size_t from, size_t to)
{
    struct store_txn *txn;

    assert_int_equal(lmdb_write_begin(bench->journal, &txn), 0);
    for (size_t i = from; i < to; i++) {
        struct journal_entry entry = bench->kit.entries[i];

        assert_int_equal(journal_append(txn, &entry), 0);
    }
    assert_int_equal(lmdb_commit(txn), 0);
}

static int bench_start(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    uint64_t random = seed_start();
    struct lmdb_options options = {.tables = LMDB_JOURNAL, .map_bytes = MAP_BYTES};
    struct memstore *memory;

    atomic_store(&disk_full, 0);
    atomic_store(&bad_from, 0);
    (void)snprintf(bench->folder, sizeof(bench->folder), "/tmp/navette-follower-XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    (void)snprintf(bench->journal_folder, sizeof(bench->journal_folder), "%s/journal", bench->folder);
    (void)snprintf(bench->state_folder, sizeof(bench->state_folder), "%s/state", bench->folder);
    foldkit_init(&bench->kit);
    while (bench->kit.count < ENTRIES)
        foldkit_random(&bench->kit, &random, 1);
    memory = foldkit_play(&bench->kit, NULL, 0, 0);
    foldkit_digest(memory, bench->digest);
    memstore_free(memory);
    options.folder = bench->journal_folder;
    assert_int_equal(lmdb_store_open(&options, &bench->journal), 0);
    *state = bench;
    return 0;
}

static int bench_end(void **state)
{
    struct bench *bench = *state;

    lmdb_store_close(bench->journal);
    assert_int_equal(lmdb_store_remove(bench->journal_folder), 0);
    assert_int_equal(lmdb_store_remove(bench->state_folder), 0);
    (void)rmdir(bench->journal_folder);
    (void)rmdir(bench->state_folder);
    assert_int_equal(rmdir(bench->folder), 0);
    foldkit_free(&bench->kit);
    free(bench);
    return 0;
}

static struct follower *follow(struct bench *bench)
{
    struct follower_options options = {.journal = bench->journal, .folder = bench->state_folder, .map_bytes = MAP_BYTES};
    struct follower *follower;

    assert_int_equal(follower_start(&options, &follower), 0);
    return follower;
}

static struct follower_news wait_until(struct follower *follower, int (*holds)(const struct follower_news *news, uint64_t cursor),
                                       uint64_t cursor)
{
    struct follower_news news;

    for (;;) {
        struct pollfd fd = {.fd = follower_fd(follower), .events = POLLIN};

        follower_clear(follower);
        follower_news(follower, &news);
        if (holds(&news, cursor))
            return news;
        assert_int_equal(news.failed, 0);
        assert_int_equal(poll(&fd, 1, WAIT_MS), 1);
    }
}

static int is_there(const struct follower_news *news, uint64_t cursor)
{
    return !news->failed && news->cursor >= cursor && !news->rebuilding;
}

static int is_full(const struct follower_news *news, uint64_t cursor)
{
    (void)cursor;
    return !news->failed && news->full;
}

static int has_room(const struct follower_news *news, uint64_t cursor)
{
    (void)cursor;
    return !news->failed && !news->full;
}

static int has_failed(const struct follower_news *news, uint64_t cursor)
{
    (void)cursor;
    return news->failed || news->rebuilds > 1;
}

/* Waits until the state has `cursor` and no rebuild is under way. */
static struct follower_news wait_for(struct follower *follower, uint64_t cursor)
{
    return wait_until(follower, is_there, cursor);
}

static void assert_state(struct follower *follower, uint64_t cursor, const uint8_t *digest)
{
    struct store_txn *txn;
    uint8_t found[HASH_SIZE];
    uint64_t at;

    assert_int_equal(follower_read_begin(follower, &txn), 0);
    assert_int_equal(fold_cursor(txn, &at), 0);
    assert_int_equal(at, cursor);
    assert_int_equal(fold_digest(txn, found), 0);
    assert_memory_equal(found, digest, HASH_SIZE);
    assert_int_equal(fold_check(txn), 0);
    follower_read_end(follower, txn);
}

static void test_follower_start_then_grow(void **state)
{
    struct bench *bench = *state;
    struct follower *follower = follow(bench);

    (void)wait_for(follower, 0);
    for (size_t from = 0; from < ENTRIES; from += 50) {
        bench_append(bench, from, from + 50);
        follower_wake(follower);
        (void)wait_for(follower, from + 50);
    }
    assert_state(follower, ENTRIES, bench->digest);
    follower_stop(follower);
    follower_stop(NULL);
}

static void test_follower_rebuild_same_digest(void **state)
{
    struct bench *bench = *state;
    struct follower *follower;

    bench_append(bench, 0, ENTRIES);
    follower = follow(bench);
    assert_int_equal(wait_for(follower, ENTRIES).rebuilds, 0);
    for (uint64_t i = 1; i <= 3; i++) {
        follower_rebuild(follower);
        assert_int_equal(wait_for(follower, ENTRIES).rebuilds, i);
        assert_state(follower, ENTRIES, bench->digest);
    }
    follower_stop(follower);
    follower = follow(bench);
    assert_state(follower, ENTRIES, bench->digest);
    assert_int_equal(wait_for(follower, ENTRIES).rebuilds, 0);
    follower_stop(follower);
}

static void test_follower_rebuild_on_a_full_disk_waits(void **state)
{
    struct bench *bench = *state;
    struct follower *follower;
    struct follower_news news;

    bench_append(bench, 0, ENTRIES);
    follower = follow(bench);
    (void)wait_for(follower, ENTRIES);
    atomic_store(&disk_full, 1);
    follower_rebuild(follower);
    do {
        struct pollfd fd = {.fd = follower_fd(follower), .events = POLLIN};
        struct store_txn *txn;

        assert_int_equal(poll(&fd, 1, WAIT_MS), 1);
        follower_clear(follower);
        follower_news(follower, &news);
        assert_int_equal(news.failed, 0);
        if (follower_read_begin(follower, &txn) == 0)
            follower_read_end(follower, txn);
    } while (!news.full);
    assert_true(news.rebuilding);
    atomic_store(&disk_full, 0);
    assert_int_equal(wait_for(follower, ENTRIES).rebuilds, 1);
    assert_state(follower, ENTRIES, bench->digest);
    follower_stop(follower);
}

/* What is folded is read all the same, and is written when there is room. */
static void test_follower_on_a_full_disk_goes_on(void **state)
{
    struct bench *bench = *state;
    struct follower *follower = follow(bench);
    struct follower_news news;

    (void)wait_for(follower, 0);
    bench_append(bench, 0, ENTRIES / 2);
    atomic_store(&disk_full, 1);
    follower_wake(follower);
    news = wait_until(follower, is_full, 0);
    assert_int_equal(news.cursor, ENTRIES / 2);
    atomic_store(&disk_full, 0);
    bench_append(bench, ENTRIES / 2, ENTRIES);
    atomic_store(&disk_full, 1);
    follower_wake(follower);
    news = wait_for(follower, ENTRIES);
    assert_int_equal(news.rebuilds, 0);
    assert_state(follower, ENTRIES, bench->digest);
    atomic_store(&disk_full, 0);
    news = wait_until(follower, has_room, 0);
    assert_int_equal(news.rebuilds, 0);
    assert_state(follower, ENTRIES, bench->digest);
    follower_stop(follower);
    follower = follow(bench);
    assert_state(follower, ENTRIES, bench->digest); /* it was written */
    follower_stop(follower);
}

/* A state that was made anew and can't be written is not made anew for ever. */
static void test_follower_on_a_bad_disk_stops(void **state)
{
    struct bench *bench = *state;
    struct follower *follower;
    struct follower_news news;

    bench_append(bench, 0, ENTRIES);
    atomic_store(&bad_from, 60000);
    follower = follow(bench);
    atomic_store(&watched, follower);
    news = wait_until(follower, has_failed, 0);
    assert_int_equal(news.failed, NAVETTE_E_STORE);
    assert_int_equal(news.rebuilds, 1);
    follower_stop(follower);
    atomic_store(&bad_from, 0);
    atomic_store(&watched, NULL);
}

static void test_follower_stop_on_a_full_disk(void **state)
{
    struct bench *bench = *state;
    struct follower *follower = follow(bench);

    (void)wait_for(follower, 0);
    bench_append(bench, 0, ENTRIES);
    atomic_store(&disk_full, 1);
    follower_wake(follower);
    (void)wait_for(follower, ENTRIES);
    follower_stop(follower);
    atomic_store(&disk_full, 0);
    follower = follow(bench);
    (void)wait_for(follower, ENTRIES);
    assert_state(follower, ENTRIES, bench->digest);
    follower_stop(follower);
}

static void test_follower_start_behind_an_older_journal(void **state)
{
    struct bench *bench = *state;
    struct lmdb_options options = {.folder = bench->journal_folder, .tables = LMDB_JOURNAL, .map_bytes = MAP_BYTES};
    struct follower *follower;
    struct store_txn *txn;
    uint8_t found[HASH_SIZE];

    bench_append(bench, 0, ENTRIES);
    follower = follow(bench);
    (void)wait_for(follower, ENTRIES);
    follower_stop(follower);
    lmdb_store_close(bench->journal);
    assert_int_equal(lmdb_store_remove(bench->journal_folder), 0);
    assert_int_equal(lmdb_store_open(&options, &bench->journal), 0);
    bench_append(bench, 0, ENTRIES / 3);
    follower = follow(bench);
    (void)wait_for(follower, ENTRIES / 3);
    assert_int_equal(follower_read_begin(follower, &txn), 0);
    assert_int_equal(fold_digest(txn, found), 0);
    follower_read_end(follower, txn);
    assert_memory_not_equal(found, bench->digest, HASH_SIZE);
    bench_append(bench, ENTRIES / 3, ENTRIES);
    follower_wake(follower);
    (void)wait_for(follower, ENTRIES);
    assert_state(follower, ENTRIES, bench->digest);
    follower_stop(follower);
}

static void damage(const struct bench *bench, int how)
{
    char path[100];
    FILE *file;
    long size;

    (void)snprintf(path, sizeof(path), "%s/data.mdb", bench->state_folder);
    if (how == 0) {
        assert_int_equal(unlink(path), 0);
    } else if (how == 1) {
        assert_int_equal(truncate(path, 9000), 0);
    } else {
        file = fopen(path, "r+b");
        assert_non_null(file);
        assert_int_equal(fseek(file, 0, SEEK_END), 0);
        size = how == 2 ? 40000 : ftell(file) - 3 * 4096;
        assert_int_equal(fseek(file, how == 2 ? 0 : 3 * 4096, SEEK_SET), 0);
        for (long i = 0; i < size; i++)
            (void)fputc(0xA5, file);
        assert_int_equal(fclose(file), 0);
    }
}

static void test_follower_start_damaged(void **state)
{
    struct bench *bench = *state;
    struct follower *follower;

    bench_append(bench, 0, ENTRIES);
    for (int how = 0; how < 4; how++) {
        follower = follow(bench);
        (void)wait_for(follower, ENTRIES);
        follower_stop(follower);
        damage(bench, how);
        follower = follow(bench);
        assert_int_equal(wait_for(follower, ENTRIES).rebuilds, how == 0 ? 0 : 1);
        assert_state(follower, ENTRIES, bench->digest);
        follower_stop(follower);
    }
}

/* Writes into the state behind its fold's back. */
static void meddle(const struct bench *bench, enum store_table table, const char *name)
{
    struct lmdb_options options = {.folder = bench->state_folder, .tables = LMDB_STATE, .map_bytes = MAP_BYTES};
    struct lmdb_store *store;
    struct store_txn *txn;
    struct store_scan *scan;
    struct span key;
    struct span value;
    uint8_t copy[512];
    uint8_t bytes[64];

    assert_int_equal(lmdb_store_open(&options, &store), 0);
    assert_int_equal(lmdb_write_begin(store, &txn), 0);
    assert_int_equal(store_scan_open(txn, table, &scan), 0);
    assert_int_equal(txn->ops->scan_from(scan, span_of_string(name), &key, &value), 0);
    assert_true(key.len <= sizeof(copy) && value.len <= sizeof(bytes));
    memcpy(copy, key.data, key.len);
    memcpy(bytes, value.data, value.len);
    bytes[value.len - 1] ^= 1;
    txn->ops->scan_close(scan);
    assert_int_equal(store_put(txn, table, span_of(copy, key.len), span_of(bytes, value.len)), 0);
    assert_int_equal(lmdb_commit(txn), 0);
    lmdb_store_close(store);
}

static void test_follower_start_other_schema(void **state)
{
    struct bench *bench = *state;
    struct follower *follower;

    bench_append(bench, 0, ENTRIES);
    follower = follow(bench);
    (void)wait_for(follower, ENTRIES);
    follower_stop(follower);
    meddle(bench, TABLE_META, "schema");
    follower = follow(bench);
    (void)wait_for(follower, ENTRIES);
    assert_state(follower, ENTRIES, bench->digest);
    follower_stop(follower);
}

static void test_follower_step_stops(void **state)
{
    struct bench *bench = *state;
    struct lmdb_options options = {.folder = bench->state_folder, .tables = LMDB_STATE, .map_bytes = MAP_BYTES};
    struct lmdb_store *store;
    uint64_t moved;
    uint64_t cursor = 0;

    bench_append(bench, 0, ENTRIES);
    assert_int_equal(lmdb_store_open(&options, &store), 0);
    assert_int_equal(follower_step(store, bench->journal, 7, &moved, &cursor), 0);
    assert_int_equal(moved, 7);
    assert_int_equal(cursor, 7);
    assert_int_equal(follower_step(store, bench->journal, 7, &moved, &cursor), 0);
    assert_int_equal(moved, 0);
    /* A step may end for want of time. */
    for (uint64_t at = 7; at < ENTRIES; at += moved) {
        assert_int_equal(follower_step(store, bench->journal, UINT64_MAX, &moved, &cursor), 0);
        assert_true(moved > 0);
        assert_true(cursor == at + moved);
    }
    assert_int_equal(follower_step(store, bench->journal, UINT64_MAX, &moved, &cursor), 0);
    assert_int_equal(moved, 0);
    lmdb_store_close(store);
}

static void test_prove_state_sees_damage(void **state)
{
    struct bench *bench = *state;
    struct lmdb_options options = {.folder = bench->state_folder, .tables = LMDB_STATE, .map_bytes = MAP_BYTES};
    struct follower *follower;

    assert_int_equal(prove_state(&options), 0);
    bench_append(bench, 0, ENTRIES);
    follower = follow(bench);
    (void)wait_for(follower, ENTRIES);
    follower_stop(follower);
    assert_int_equal(prove_state(&options), 0);
    meddle(bench, TABLE_COUNTER, "\1");
    assert_int_equal(prove_state(&options), NAVETTE_E_STORE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_follower_start_then_grow, bench_start, bench_end),
        cmocka_unit_test_setup_teardown(test_follower_rebuild_same_digest, bench_start, bench_end),
        cmocka_unit_test_setup_teardown(test_follower_start_behind_an_older_journal, bench_start, bench_end),
        cmocka_unit_test_setup_teardown(test_follower_rebuild_on_a_full_disk_waits, bench_start, bench_end),
        cmocka_unit_test_setup_teardown(test_follower_on_a_full_disk_goes_on, bench_start, bench_end),
        cmocka_unit_test_setup_teardown(test_follower_on_a_bad_disk_stops, bench_start, bench_end),
        cmocka_unit_test_setup_teardown(test_follower_stop_on_a_full_disk, bench_start, bench_end),
        cmocka_unit_test_setup_teardown(test_follower_start_damaged, bench_start, bench_end),
        cmocka_unit_test_setup_teardown(test_follower_start_other_schema, bench_start, bench_end),
        cmocka_unit_test_setup_teardown(test_follower_step_stops, bench_start, bench_end),
        cmocka_unit_test_setup_teardown(test_prove_state_sees_damage, bench_start, bench_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
