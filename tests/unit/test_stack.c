/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stack: what is folded and not written yet. Real stores in a folder of their own.
 *   - a step is read once it is on top, before it is written; one that is not kept is not; what was there before is still read by who began before
 *   - readers beside the fold and the writer see whole steps, in order, whenever they look
 *   - the store has all of them, the newest last, once stack_drain() says so
 *   - a write that fails: told once, nothing is written after, what is not written is still read; stack_again(), stack_drop()
 *   - STACK_STEPS that are not written: the next is not kept when writing has failed
 *   - no store: NAVETTE_E_NOT_FOUND; no memory for a step or a reader
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "navette/error.h"
#include "server/writer.h"
#include "tests/lib/failing_malloc.h"

#define STEPS 300u
#define KEYS 50u

struct fixture {
    char folder[64];
    struct lmdb_store *store;
    struct stack *stack;
    atomic_uint failures;
    atomic_int over;
};

static void note_failure(void *context)
{
    struct fixture *fixture = context;

    (void)atomic_fetch_add(&fixture->failures, 1);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct lmdb_options options = {.folder = fixture->folder, .tables = LMDB_STATE, .map_bytes = 1u << 26};

    (void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/navette-stack-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    assert_int_equal(lmdb_store_open(&options, &fixture->store), 0);
    assert_int_equal(stack_new(note_failure, fixture, &fixture->stack), 0);
    stack_stand_on(fixture->stack, fixture->store);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    stack_free(fixture->stack);
    stack_free(NULL);
    lmdb_store_close(fixture->store);
    assert_int_equal(lmdb_store_remove(fixture->folder), 0);
    (void)rmdir(fixture->folder);
    free(fixture);
    return 0;
}

static struct span name(unsigned int number, char text[16])
{
    return span_of(text, (size_t)snprintf(text, 16, "key-%u", number));
}

static uint64_t number_of(struct store_txn *txn, enum store_table table, struct span key)
{
    struct span value;

    if (store_get(txn, table, key, &value) != 0)
        return 0;
    assert_int_equal(value.len, 8);
    return read_u64(value.data);
}

static int put_number(struct store_txn *txn, enum store_table table, struct span key, uint64_t number)
{
    uint8_t value[8];

    write_u64(value, number);
    return store_put(txn, table, key, span_of(value, sizeof(value)));
}

/* Each step counts on, and touches a few of the keys: "last" is in two tables, and no key is ahead of it. */
static int put_step(struct fixture *fixture, uint64_t number, int keep)
{
    struct overlay *step;
    struct store_txn *below;
    char text[16];
    int rc = stack_begin_step(fixture->stack, &step, &below);

    if (rc)
        return rc;
    assert_int_equal(number_of(&step->view.base, TABLE_META, span_of("last", 4)), number - 1);
    for (unsigned int i = 0; !rc && i < 7; i++)
        rc = put_number(&step->view.base, TABLE_THING, name((unsigned int)(number * 13 + i * 5) % KEYS, text), number);
    if (!rc)
        rc = put_number(&step->view.base, TABLE_META, span_of("last", 4), number);
    if (!rc)
        rc = put_number(&step->view.base, TABLE_COUNTER, span_of("last", 4), number);
    assert_int_equal(rc, 0);
    return stack_end_step(fixture->stack, step, below, keep);
}

/* Whole steps: the numbers, whatever table they are in, are of one moment. */
static uint64_t look(struct fixture *fixture)
{
    struct store_txn *txn;
    uint64_t last;
    char text[16];

    assert_int_equal(stack_read_begin(fixture->stack, &txn), 0);
    last = number_of(txn, TABLE_META, span_of("last", 4));
    assert_int_equal(number_of(txn, TABLE_COUNTER, span_of("last", 4)), last);
    for (unsigned int key = 0; key < KEYS; key++) {
        uint64_t expected = 0;

        for (uint64_t number = last; expected == 0 && number > 0 && number + KEYS > last; number--) {
            for (unsigned int i = 0; i < 7; i++) {
                if ((number * 13 + i * 5) % KEYS == key)
                    expected = number;
            }
        }
        assert_int_equal(number_of(txn, TABLE_THING, name(key, text)), expected);
    }
    stack_read_end(fixture->stack, txn);
    return last;
}

static void *look_on(void *context)
{
    struct fixture *fixture = context;
    uint64_t last = 0;

    while (!atomic_load(&fixture->over)) {
        uint64_t next = look(fixture);

        assert_true(next >= last);
        last = next;
    }
    return NULL;
}

static void test_stack_step_is_read_before_it_is_written(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *before;
    struct store_txn *disk;

    assert_int_equal(put_step(fixture, 1, 1), 0);
    assert_int_equal(look(fixture), 1);
    assert_int_equal(stack_read_begin(fixture->stack, &before), 0);
    assert_int_equal(put_step(fixture, 2, 0), 0);
    assert_int_equal(look(fixture), 1);
    assert_int_equal(put_step(fixture, 2, 1), 0);
    assert_int_equal(look(fixture), 2);
    assert_int_equal(number_of(before, TABLE_META, span_of("last", 4)), 1);
    stack_read_end(fixture->stack, before);
    stack_read_end(fixture->stack, NULL);
    assert_int_equal(lmdb_read_begin(fixture->store, &disk), 0);
    assert_int_equal(number_of(disk, TABLE_META, span_of("last", 4)), 0);
    lmdb_abort(disk);
    stack_drop(fixture->stack);
    assert_int_equal(look(fixture), 0);
}

static void test_stack_readers_see_whole_steps(void **state)
{
    struct fixture *fixture = *state;
    pthread_t readers[2];
    struct writer *writer;
    struct store_txn *disk;

    assert_int_equal(writer_start(0, fixture->stack, &writer), 0);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, look_on, fixture), 0);
    for (uint64_t number = 1; number <= STEPS; number++) {
        assert_int_equal(put_step(fixture, number, 1), 0);
        if (number % 100 == 0)
            stack_trim(fixture->stack);
    }
    assert_int_equal(look(fixture), STEPS);
    assert_int_equal(stack_drain(fixture->stack), 0);
    atomic_store(&fixture->over, 1);
    for (size_t i = 0; i < 2; i++)
        (void)pthread_join(readers[i], NULL);
    writer_stop(writer);
    writer_stop(NULL);
    assert_int_equal(lmdb_read_begin(fixture->store, &disk), 0);
    assert_int_equal(number_of(disk, TABLE_META, span_of("last", 4)), STEPS);
    lmdb_abort(disk);
    assert_int_equal(look(fixture), STEPS);
    assert_int_equal(fixture->failures, 0);
}

/* What the writer's thread does, by hand. */
static void test_stack_write_that_fails(void **state)
{
    struct fixture *fixture = *state;
    struct overlay *steps[STACK_WRITTEN];
    struct lmdb_store *store;

    assert_int_equal(put_step(fixture, 1, 1), 0);
    assert_int_equal(put_step(fixture, 2, 1), 0);
    assert_int_equal(stack_next(fixture->stack, steps, &store), 2);
    assert_ptr_equal(store, fixture->store);
    assert_int_equal(put_step(fixture, 3, 1), 0);
    stack_wrote(fixture->stack, 2, NAVETTE_E_FULL);
    assert_int_equal(fixture->failures, 1);
    assert_int_equal(stack_failed(fixture->stack), NAVETTE_E_FULL);
    assert_int_equal(stack_drain(fixture->stack), NAVETTE_E_FULL);
    assert_int_equal(look(fixture), 3);
    for (uint64_t number = 4; number <= STACK_STEPS; number++)
        assert_int_equal(put_step(fixture, number, 1), 0);
    assert_int_equal(look(fixture), STACK_STEPS);
    assert_int_equal(put_step(fixture, STACK_STEPS + 1, 1), NAVETTE_E_FULL);
    assert_int_equal(look(fixture), STACK_STEPS);
    stack_again(fixture->stack);
    assert_int_equal(stack_failed(fixture->stack), 0);
    for (size_t left = STACK_STEPS; left > 0; left -= STACK_WRITTEN) {
        assert_int_equal(stack_next(fixture->stack, steps, &store), STACK_WRITTEN);
        assert_int_equal(writer_write(store, steps, STACK_WRITTEN), 0);
        stack_wrote(fixture->stack, STACK_WRITTEN, 0);
        assert_int_equal(look(fixture), STACK_STEPS);
    }
    assert_int_equal(stack_drain(fixture->stack), 0);
    assert_int_equal(look(fixture), STACK_STEPS);
    assert_int_equal(put_step(fixture, STACK_STEPS + 1, 1), 0);
    assert_int_equal(stack_next(fixture->stack, steps, &store), 1);
    stack_wrote(fixture->stack, 1, NAVETTE_E_STORE);
    stack_drop(fixture->stack);
    assert_int_equal(stack_failed(fixture->stack), 0);
    assert_int_equal(look(fixture), STACK_STEPS);
    stack_stop(fixture->stack);
    assert_int_equal(stack_next(fixture->stack, steps, &store), 0);
}

static void test_stack_without_store_or_memory(void **state)
{
    struct fixture *fixture = *state;
    struct overlay *step;
    struct store_txn *txn;
    uint64_t last = 0;

    stack_stand_on(fixture->stack, NULL);
    assert_int_equal(stack_read_begin(fixture->stack, &txn), NAVETTE_E_NOT_FOUND);
    assert_int_equal(stack_begin_step(fixture->stack, &step, &txn), NAVETTE_E_NOT_FOUND);
    stack_stand_on(fixture->stack, fixture->store);
    for (uint64_t k = 1;; k++) {
        int pending;
        int rc;

        failing_malloc_at(k);
        rc = stack_begin_step(fixture->stack, &step, &txn);
        pending = failing_malloc_pending();
        failing_malloc_at(0);
        if (rc == 0) {
            assert_int_equal(stack_end_step(fixture->stack, step, txn, 0), 0);
            if (pending)
                break;
        } else {
            assert_int_equal(rc, NAVETTE_E_MEMORY);
        }
        assert_int_equal(look(fixture), last);
        stack_trim(fixture->stack);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_stack_step_is_read_before_it_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stack_readers_see_whole_steps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stack_write_that_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stack_without_store_or_memory, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
