/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay: a transaction kept in memory.
 *   - get, put, append, del: what was written is read, of any length, over what the snapshot has; nothing is written before overlay_flush()
 *   - overlay_flush: the same rows as writing at once, for random writes, with a scan in between; each call of the store failing once
 *   - scans: forwards and backwards, the same rows as of a store written at once, over another overlay too
 *   - one over another: reads through both, also once the lower one has been written and what is below it changed; overlay_begin() forgets all
 *   - overlay_look, overlay_seal, overlay_flush: several, one on the other, read through views of their own and written at once: the newest counts
 *   - overlay_is_full: at the limit
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"
#include "server/overlay.h"
#include "tests/lib/memstore.h"
#include "tests/lib/seed.h"

static struct span text(const char *value)
{
    return span_of_string(value);
}

static void expect(struct store_txn *txn, const char *key, const char *value)
{
    struct span found;

    assert_int_equal(store_get(txn, TABLE_THING, text(key), &found), 0);
    assert_true(span_equal(found, text(value)));
}

static void test_overlay_get_reads_what_was_written_last(void **state)
{
    struct memstore *store = memstore_new();
    struct store_txn *write = memstore_begin_write(store);
    struct store_txn *read;
    struct overlay overlay;
    struct span found;

    (void)state;
    assert_int_equal(store_put(write, TABLE_THING, text("a"), text("old")), 0);
    assert_int_equal(store_put(write, TABLE_THING, text("b"), text("kept")), 0);
    assert_int_equal(memstore_commit(write), 0);
    write = memstore_begin_write(store);
    read = memstore_begin_read(store);
    overlay_init(&overlay);
    overlay_begin(&overlay, read);
    expect(&overlay.view.base, "a", "old");
    assert_int_equal(store_put(&overlay.view.base, TABLE_THING, text("a"), text("a longer one")), 0);
    expect(&overlay.view.base, "a", "a longer one");
    assert_int_equal(store_put(&overlay.view.base, TABLE_THING, text("a"), text("")), 0);
    expect(&overlay.view.base, "a", "");
    assert_int_equal(store_append(&overlay.view.base, TABLE_THING, text("c"), text("new")), 0);
    expect(&overlay.view.base, "c", "new");
    assert_int_equal(store_del(&overlay.view.base, TABLE_THING, text("c")), 0);
    assert_int_equal(store_get(&overlay.view.base, TABLE_THING, text("c"), &found), NAVETTE_E_NOT_FOUND);
    assert_int_equal(store_del(&overlay.view.base, TABLE_THING, text("c")), NAVETTE_E_NOT_FOUND);
    assert_int_equal(store_del(&overlay.view.base, TABLE_THING, text("b")), 0);
    assert_int_equal(store_get(&overlay.view.base, TABLE_THING, text("b"), &found), NAVETTE_E_NOT_FOUND);
    assert_int_equal(store_get(&overlay.view.base, TABLE_LABEL, text("a"), &found), NAVETTE_E_NOT_FOUND);
    expect(write, "a", "old");
    expect(write, "b", "kept");
    assert_int_equal(overlay_flush(&(struct overlay *){&overlay}, 1, write), 0);
    overlay_free(&overlay);
    expect(write, "a", "");
    assert_int_equal(store_get(write, TABLE_THING, text("b"), &found), NAVETTE_E_NOT_FOUND);
    assert_int_equal(store_get(write, TABLE_THING, text("c"), &found), NAVETTE_E_NOT_FOUND);
    memstore_abort(read);
    memstore_abort(write);
    memstore_free(store);
}

/* One write, the same for both. */
static void change(struct store_txn *one, struct store_txn *other, uint64_t *random)
{
    enum store_table table = seed_below(random, 2) ? TABLE_THING : TABLE_COUNTER;
    uint64_t number = seed_below(random, 60);
    char key[16];
    uint8_t value[64];
    size_t len = (size_t)seed_below(random, sizeof(value));
    int rc;

    snprintf(key, sizeof(key), "k%llu", (unsigned long long)number);
    memset(value, (int)(number + len), sizeof(value));
    if (seed_below(random, 3) == 0) {
        rc = store_del(one, table, text(key));
        assert_int_equal(store_del(other, table, text(key)), rc);
    } else {
        assert_int_equal(store_put(one, table, text(key), span_of(value, len)), 0);
        assert_int_equal(store_put(other, table, text(key), span_of(value, len)), 0);
    }
}

/* Both ways from anywhere: the same rows. */
static void read_through(struct store_txn *one, struct store_txn *other, uint64_t *random)
{
    struct store_scan *scan;
    struct store_scan *same;
    char from[16] = "k";
    int forward = seed_below(random, 2) == 0;
    int rc;

    if (seed_below(random, 3) > 0)
        snprintf(from, sizeof(from), "k%llu", (unsigned long long)seed_below(random, 70));
    assert_int_equal(store_scan_open(one, TABLE_COUNTER, &scan), 0);
    assert_int_equal(store_scan_open(other, TABLE_COUNTER, &same), 0);
    for (int moves = 0;; moves++) {
        struct span key[2];
        struct span value[2];

        if (moves == 0) {
            rc = forward ? one->ops->scan_from(scan, text(from), &key[0], &value[0])
                         : one->ops->scan_upto(scan, text(from), &key[0], &value[0]);
            assert_int_equal(forward ? other->ops->scan_from(same, text(from), &key[1], &value[1])
                                     : other->ops->scan_upto(same, text(from), &key[1], &value[1]),
                             rc);
        } else {
            rc = forward ? one->ops->scan_next(scan, &key[0], &value[0]) : one->ops->scan_prev(scan, &key[0], &value[0]);
            assert_int_equal(forward ? other->ops->scan_next(same, &key[1], &value[1]) : other->ops->scan_prev(same, &key[1], &value[1]),
                             rc);
        }
        if (rc)
            break;
        assert_true(span_equal(key[0], key[1]));
        assert_true(span_equal(value[0], value[1]));
        if (seed_below(random, 20) == 0)
            forward = !forward;
    }
    assert_int_equal(rc, NAVETTE_E_NOT_FOUND);
    for (int i = 0; i < 4; i++) {
        struct span key;
        struct span value;

        assert_int_equal(seed_below(random, 2) ? one->ops->scan_next(scan, &key, &value) : one->ops->scan_prev(scan, &key, &value),
                         NAVETTE_E_NOT_FOUND);
    }
    one->ops->scan_close(scan);
    other->ops->scan_close(same);
}

static void test_overlay_flush_leaves_what_writing_at_once_does(void **state)
{
    uint64_t random = seed_start();

    (void)state;
    for (int round = 0; round < 200; round++) {
        struct memstore *store = memstore_new();
        struct memstore *plain = memstore_new();

        for (int step = 0; step < 4; step++) {
            struct store_txn *write = memstore_begin_write(store);
            struct store_txn *read = memstore_begin_read(store);
            struct store_txn *direct = memstore_begin_write(plain);
            struct overlay overlay;
            uint64_t scan_at = seed_below(&random, 200);

            overlay_init(&overlay);
            overlay_begin(&overlay, read);
            for (uint64_t i = 0; i < 100; i++) {
                change(&overlay.view.base, direct, &random);
                if (i == scan_at)
                    read_through(&overlay.view.base, direct, &random);
            }
            assert_int_equal(overlay_flush(&(struct overlay *){&overlay}, 1, write), 0);
            overlay_free(&overlay);
            memstore_abort(read);
            assert_int_equal(memstore_commit(write), 0);
            assert_int_equal(memstore_commit(direct), 0);
            assert_true(memstore_equal(store, plain));
        }
        memstore_free(store);
        memstore_free(plain);
    }
}

/* Two steps at a time: the second is made over the first, which is written meanwhile. */
static void test_overlay_over_another_reads_through_both(void **state)
{
    uint64_t random = seed_start();

    (void)state;
    for (int round = 0; round < 100; round++) {
        struct memstore *store = memstore_new();
        struct memstore *plain = memstore_new();
        struct overlay overlays[2];
        struct store_txn *before = NULL; /* what the step under way reads */

        overlay_init(&overlays[0]);
        overlay_init(&overlays[1]);
        for (unsigned int step = 0; step < 6; step++) {
            struct overlay *into = &overlays[step % 2];
            struct overlay *under_way = &overlays[1 - step % 2];
            struct store_txn *read = memstore_begin_read(store);
            struct store_txn *direct = memstore_begin_write(plain);
            struct store_txn *write;

            if (step > 0)
                under_way->view.below = read;
            if (seed_below(&random, 2) == 0)
                overlay_seal(under_way);
            if (before != NULL)
                memstore_abort(before);
            before = read;
            overlay_begin(into, step > 0 ? &under_way->view.base : read);
            for (uint64_t i = 0; i < 60; i++)
                change(&into->view.base, direct, &random);
            read_through(&into->view.base, direct, &random);
            if (step > 0) {
                write = memstore_begin_write(store);
                assert_int_equal(overlay_flush(&under_way, 1, write), 0);
                read_through(&into->view.base, direct, &random);
                assert_int_equal(memstore_commit(write), 0);
            }
            read_through(&into->view.base, direct, &random);
            assert_int_equal(memstore_commit(direct), 0);
        }
        memstore_abort(before);
        before = memstore_begin_write(store);
        assert_int_equal(overlay_flush(&(struct overlay *){&overlays[1]}, 1, before), 0);
        assert_int_equal(memstore_commit(before), 0);
        assert_true(memstore_equal(store, plain));
        overlay_free(&overlays[0]);
        overlay_free(&overlays[1]);
        memstore_free(store);
        memstore_free(plain);
    }
}

/* Steps on steps: read through views of their own, then written at once. */
static void test_overlay_flush_of_several_writes_the_newest(void **state)
{
    uint64_t random = seed_start();

    (void)state;
    for (int round = 0; round < 60; round++) {
        struct memstore *store = memstore_new();
        struct memstore *plain = memstore_new();

        for (int turn = 0; turn < 3; turn++) {
            struct overlay overlays[OVERLAY_FLUSHED];
            struct overlay_view views[OVERLAY_FLUSHED];
            struct overlay *list[OVERLAY_FLUSHED];
            size_t count = 1 + (size_t)seed_below(&random, OVERLAY_FLUSHED);
            struct store_txn *read = memstore_begin_read(store);
            struct store_txn *direct = memstore_begin_write(plain);
            struct store_txn *top = read;
            struct store_txn *write;

            for (size_t i = 0; i < count; i++) {
                list[i] = &overlays[i];
                overlay_init(list[i]);
                overlay_begin(list[i], top);
                for (uint64_t k = 0; k < 30; k++)
                    change(&list[i]->view.base, direct, &random);
                if (seed_below(&random, 3) > 0)
                    overlay_seal(list[i]);
                overlay_look(&views[i], list[i], top);
                top = &views[i].base;
                read_through(top, direct, &random);
            }
            write = memstore_begin_write(store);
            assert_int_equal(overlay_flush(list, count, write), 0);
            read_through(top, direct, &random);
            memstore_abort(read);
            assert_int_equal(memstore_commit(write), 0);
            assert_int_equal(memstore_commit(direct), 0);
            assert_true(memstore_equal(store, plain));
            for (size_t i = 0; i < count; i++)
                overlay_free(list[i]);
        }
        memstore_free(store);
        memstore_free(plain);
    }
}

static void test_overlay_flush_answers_what_the_store_answers(void **state)
{
    (void)state;
    for (uint64_t k = 1; k <= 3; k++) {
        struct memstore *store = memstore_new();
        struct store_txn *write = memstore_begin_write(store);
        struct overlay overlay;

        overlay_init(&overlay);
        overlay_begin(&overlay, write);
        assert_int_equal(store_put(&overlay.view.base, TABLE_THING, text("a"), text("1")), 0);
        assert_int_equal(store_put(&overlay.view.base, TABLE_LABEL, text("a"), text("2")), 0);
        assert_int_equal(store_put(&overlay.view.base, TABLE_COUNTER, text("a"), text("3")), 0);
        memstore_fail_at(store, k, NAVETTE_E_FULL);
        assert_int_equal(overlay_flush(&(struct overlay *){&overlay}, 1, write), NAVETTE_E_FULL);
        overlay_free(&overlay);
        memstore_abort(write);
        memstore_free(store);
    }
}

static void test_overlay_is_full_at_its_limit(void **state)
{
    static uint8_t large[1048576];
    struct memstore *store = memstore_new();
    struct store_txn *write = memstore_begin_write(store);
    struct overlay overlay;
    unsigned int count = 0;

    (void)state;
    overlay_init(&overlay);
    overlay_begin(&overlay, write);
    assert_false(overlay_is_full(&overlay));
    while (!overlay_is_full(&overlay)) {
        char key[16];

        snprintf(key, sizeof(key), "%u", count++);
        assert_int_equal(store_put(&overlay.view.base, TABLE_THING, text(key), span_of(large, sizeof(large))), 0);
    }
    assert_in_range(count, OVERLAY_BYTES / sizeof(large) - 1, OVERLAY_BYTES / sizeof(large));
    overlay_free(&overlay);
    memstore_abort(write);
    memstore_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overlay_get_reads_what_was_written_last),
        cmocka_unit_test(test_overlay_flush_leaves_what_writing_at_once_does),
        cmocka_unit_test(test_overlay_over_another_reads_through_both),
        cmocka_unit_test(test_overlay_flush_of_several_writes_the_newest),
        cmocka_unit_test(test_overlay_flush_answers_what_the_store_answers),
        cmocka_unit_test(test_overlay_is_full_at_its_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
