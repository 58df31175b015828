/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ahead: events decoded beside the fold. Real stores in a folder of their own.
 *   - the same digest as without, with malformed and retracted events among them; some were taken, after some turns of the slots too: the thread goes on when there is room
 *   - asked by hand, with leaps: what it gives is what event_decode_in() makes of the bytes, of good and bad ones
 *   - other bytes than it read are not decoded; nor what lies past the end it was told
 *   - too few: no thread; no memory: told; stopped before anything was asked
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <stdlib.h>

#include "navette/error.h"
#include "navette/journal.h"
#include "server/ahead.h"
#include "server/carry.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/journalkit.h"
#include "tests/lib/seed.h"

#define ENTRIES 1200u /* some turns of the slots */
#define ROUNDS 30u    /* on a full machine the thread may come too late, now and then */

struct fixture {
    struct foldkit kit;
    struct journalkit journal;
    struct ahead *ahead; /* here, so that a test that fails leaves none behind */
    struct carry *carry; /* nothing is in it: test_carry.c */
    uint64_t random;
};

/* A malformed one now and then. */
static void make_entry(struct fixture *fixture)
{
    static const uint8_t broken[] = {0x0a, 0x7f, 0x01};

    if (fixture->kit.count % 37 == 0)
        (void)foldkit_raw(&fixture->kit, 1, span_of(broken, sizeof(broken)));
    else
        foldkit_random(&fixture->kit, &fixture->random, 1);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    fixture->random = seed_start();
    assert_int_equal(carry_new(&fixture->carry), 0);
    foldkit_init(&fixture->kit);
    while (fixture->kit.count < ENTRIES)
        make_entry(fixture);
    journalkit_init(&fixture->journal, &fixture->kit);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    ahead_stop(fixture->ahead);
    carry_free(fixture->carry);
    journalkit_free(&fixture->journal);
    foldkit_free(&fixture->kit);
    free(fixture);
    return 0;
}

/* Notes what was taken last, between the fold and the thread. */
struct noting {
    struct fold_ahead base; /* first */
    struct fold_ahead *below;
    uint64_t last;
};

static int take_and_note(struct fold_ahead *base, uint64_t position, struct span bytes, struct event *event, int *rc)
{
    struct noting *noting = (struct noting *)(void *)base;
    int took = noting->below ? noting->below->take(noting->below, position, bytes, event, rc) : 0;

    if (took)
        noting->last = position;
    (void)sched_yield();
    return took;
}

static void start(struct fixture *fixture, uint64_t until)
{
    assert_int_equal(ahead_start(0, fixture->journal.store, fixture->carry, 1, until, &fixture->ahead), 0);
    assert_non_null(fixture->ahead);
}

static void stop(struct fixture *fixture)
{
    ahead_stop(fixture->ahead);
    fixture->ahead = NULL;
}

/* The last position that was taken; 0: none was. */
static uint64_t fold_all(struct fixture *fixture, uint8_t digest[HASH_SIZE])
{
    struct memstore *memory = memstore_new();
    struct noting noting = {.base = {take_and_note}, .below = ahead_fold(fixture->ahead)};
    struct store_txn *state = memstore_begin_write(memory);
    struct fold fold;
    int rc;

    assert_int_equal(fold_begin(&fold, state, fixture->journal.read), 0);
    fold.ahead = &noting.base;
    do
        rc = fold_next(&fold);
    while (rc == 0);
    assert_int_equal(rc, NAVETTE_E_NOT_FOUND);
    assert_int_equal(fold.cursor, fixture->journal.tail);
    assert_int_equal(fold_end(&fold), 0);
    assert_int_equal(fold_digest(state, digest), 0);
    assert_int_equal(memstore_commit(state), 0);
    memstore_free(memory);
    return noting.last;
}

static void test_ahead_same_digest(void **state)
{
    struct fixture *fixture = *state;
    uint8_t alone[HASH_SIZE];
    uint8_t beside[HASH_SIZE];
    uint64_t last = 0;

    assert_int_equal(fold_all(fixture, alone), 0);
    for (unsigned int round = 0; round < ROUNDS && last <= 2 * AHEAD_EVENTS; round++) {
        start(fixture, fixture->journal.tail);
        last = fold_all(fixture, beside);
        stop(fixture);
        assert_memory_equal(beside, alone, HASH_SIZE);
    }
    assert_true(last > 2 * AHEAD_EVENTS);
}

/* Asks for every entry, with leaps, and now and then lets the thread go on. How many good and bad ones were given. */
static void ask(struct fixture *fixture, unsigned int given[2])
{
    struct fold_ahead *fold = ahead_fold(fixture->ahead);
    uint64_t until = fixture->journal.tail - 10;

    for (uint64_t position = 1; position <= fixture->journal.tail; position++) {
        struct journal_entry entry;
        struct event event;
        int rc;

        assert_int_equal(journal_read(fixture->journal.read, position, &entry), 0);
        if (!fold->take(fold, position, entry.event, &event, &rc)) {
            for (uint64_t yields = seed_below(&fixture->random, 20); yields > 0; yields--)
                (void)sched_yield();
        } else {
            assert_true(position <= until);
            (void)sched_yield(); /* it stays as it is */
            journalkit_assert_decoded(entry.event, &event, rc);
            given[rc != 0]++;
            assert_int_equal(fold->take(fold, position, span_of(entry.event.data, entry.event.len - 1), &event, &rc), 0);
        }
        if (seed_below(&fixture->random, 100) == 0)
            position += seed_below(&fixture->random, 600);
    }
}

static void test_ahead_gives_what_decoding_makes(void **state)
{
    struct fixture *fixture = *state;
    unsigned int given[2] = {0, 0};

    for (unsigned int round = 0; round < ROUNDS && (given[0] == 0 || given[1] == 0); round++) {
        start(fixture, fixture->journal.tail - 10);
        ask(fixture, given);
        stop(fixture);
    }
    assert_true(given[0] > 0 && given[1] > 0);
}

static void test_ahead_none(void **state)
{
    struct fixture *fixture = *state;
    struct ahead *ahead = (struct ahead *)(void *)fixture;

    assert_int_equal(ahead_start(0, fixture->journal.store, fixture->carry, 1, AHEAD_LEAST, &ahead), 0);
    assert_null(ahead);
    assert_int_equal(ahead_start(0, fixture->journal.store, fixture->carry, fixture->journal.tail + 1, fixture->journal.tail, &ahead), 0);
    assert_null(ahead);
    assert_null(ahead_fold(NULL));
    ahead_stop(NULL);
    failing_malloc_at(1);
    assert_int_equal(ahead_start(0, fixture->journal.store, fixture->carry, 1, fixture->journal.tail, &ahead), NAVETTE_E_MEMORY);
    failing_malloc_at(0);
    assert_null(ahead);
    for (int i = 0; i < 50; i++) { /* wherever it is by then */
        start(fixture, fixture->journal.tail);
        for (int yields = 0; yields < i; yields++)
            (void)sched_yield();
        stop(fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ahead_same_digest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ahead_gives_what_decoding_makes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ahead_none, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
