/* SPDX-License-Identifier: Apache-2.0 */
/*
 * carry: events carried from where they were checked to the fold. Real stores in a folder of their own.
 *   - folded in steps, with gaps and batches cut short: the same digest as without; each that is carried and no other is taken from it, whether a thread decodes the others or not
 *   - carry_past, carry_missing: against a bit for each position
 *   - what was put in is carried when it is settled as stored, and let go when not
 *   - bytes: what is past is let go, and there is room again; while there is none, nothing is taken over; what came too late is let go
 *   - other bytes than were carried are not known
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"
#include "navette/journal.h"
#include "server/ahead.h"
#include "server/carry.h"
#include "tests/lib/journalkit.h"
#include "tests/lib/seed.h"

#define ENTRIES 1600u

struct fixture {
    struct foldkit kit;
    struct journalkit journal;
    struct carry *carry;
    struct ahead *ahead;
    uint8_t carried[ENTRIES + 2]; /* by position */
    uint64_t random;
};

static int set_up(void **state)
{
    static const uint8_t broken[] = {0x0a, 0x7f, 0x01};
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    fixture->random = seed_start();
    assert_int_equal(carry_new(&fixture->carry), 0);
    foldkit_init(&fixture->kit);
    while (fixture->kit.count < ENTRIES) {
        char word[16];

        (void)snprintf(word, sizeof(word), "i%u", 100 + (unsigned int)seed_below(&fixture->random, 500));
        if (fixture->kit.count % 37 == 0)
            (void)foldkit_raw(&fixture->kit, 1, span_of(broken, sizeof(broken)));
        else if (fixture->kit.count % 8 == 0)
            foldkit_random(&fixture->kit, &fixture->random, 1);
        else
            (void)foldkit_event(&fixture->kit, 1, "A", NAVETTE__EVENT__BODY_ITEM_REGISTERED, word, "book");
    }
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

/* The entries at `count` positions from `first` on, as a batch that was checked. */
static struct decoded *decode(const struct fixture *fixture, uint64_t first, size_t count, size_t room)
{
    struct decoded *decoded = decoded_new(count, room);
    struct event event;

    assert_non_null(decoded);
    for (size_t i = 0; i < count; i++)
        (void)decoded_add(decoded, fixture->kit.entries[first - 1 + i].event, &event);
    return decoded;
}

/* Batches at random up to a position, from `from` on: about so many of ten are carried, some not to their end. Returns where the next begins. */
static uint64_t put(struct fixture *fixture, uint64_t from, uint64_t until, unsigned int of_ten)
{
    while (from <= until && from <= ENTRIES) {
        size_t count = 1 + (size_t)seed_below(&fixture->random, 200);
        size_t room = seed_below(&fixture->random, 4) == 0 ? 40000 : CARRY_BATCH_BYTES;

        count = count > ENTRIES + 1 - from ? (size_t)(ENTRIES + 1 - from) : count;
        if (seed_below(&fixture->random, 10) < of_ten) {
            struct decoded *decoded = decode(fixture, from, count, room);

            for (size_t i = 0; i < decoded_count(decoded); i++)
                fixture->carried[from + i] = 1;
            carry_put(fixture->carry, from, decoded);
        }
        from += count;
        if (seed_below(&fixture->random, 2) != 0)
            carry_settle(fixture->carry, 1);
    }
    carry_settle(fixture->carry, 1);
    return from;
}

static void assert_places(struct fixture *fixture)
{
    for (int i = 0; i < 300; i++) {
        uint64_t from = 1 + seed_below(&fixture->random, ENTRIES);
        uint64_t until = from + seed_below(&fixture->random, ENTRIES + 1 - from);
        uint64_t past = from;
        uint64_t missing = 0;

        while (past <= ENTRIES && fixture->carried[past])
            past++;
        for (uint64_t position = from; position <= until; position++)
            missing += !fixture->carried[position];
        assert_int_equal(carry_past(fixture->carry, from), past);
        assert_int_equal(carry_missing(fixture->carry, from, until), missing);
    }
    assert_int_equal(carry_missing(fixture->carry, ENTRIES + 1, ENTRIES), 0);
}

/* Between the fold and what was decoded: counts what was given, and asserts that each carried one is. */
struct counting {
    struct fold_ahead base; /* first */
    struct fixture *fixture;
    struct fold_ahead *below;
    uint64_t given;
    uint64_t beside; /* of those: not carried */
};

static int take_and_count(struct fold_ahead *base, uint64_t position, struct span bytes, struct event *event, int *rc)
{
    struct counting *counting = (struct counting *)(void *)base;
    int took = counting->below->take(counting->below, position, bytes, event, rc);

    if (counting->fixture->carried[position])
        assert_int_equal(took, 1);
    counting->given += took != 0;
    counting->beside += took && !counting->fixture->carried[position];
    return took;
}

/* Folds to the end in steps of up to `step` events. with_thread: what is not carried is decoded by one, when it is enough. */
static void fold_in_steps(struct fixture *fixture, uint64_t step, int with_thread, struct counting *counting, uint8_t digest[HASH_SIZE])
{
    struct memstore *memory = memstore_new();
    uint64_t next = 1;
    struct fold fold = {.cursor = 0};

    memset(fixture->carried, 0, sizeof(fixture->carried));
    while (fold.cursor < ENTRIES) {
        struct store_txn *state = memstore_begin_write(memory);
        int rc = 0;

        assert_int_equal(fold_begin(&fold, state, fixture->journal.read), 0);
        if (counting) {
            if (next <= fold.cursor + step)
                next = put(fixture, next, fold.cursor + step + step / 2, with_thread ? 2 : 7);
            carry_begin(fixture->carry, fold.cursor + 1);
            if (fold.cursor == 0)
                assert_places(fixture);
            if (with_thread)
                assert_int_equal(ahead_start(0, fixture->journal.store, fixture->carry, fold.cursor + 1, ENTRIES, &fixture->ahead), 0);
            counting->below = fixture->ahead ? ahead_fold(fixture->ahead) : carry_fold(fixture->carry);
            fold.ahead = &counting->base;
        }
        for (uint64_t i = 0; rc == 0 && i < step; i++) {
            rc = fold_next(&fold);
            if (with_thread)
                (void)sched_yield();
        }
        assert_true(rc == 0 || rc == NAVETTE_E_NOT_FOUND);
        assert_int_equal(fold_end(&fold), 0);
        assert_int_equal(fold_digest(state, digest), 0);
        assert_int_equal(memstore_commit(state), 0);
        ahead_stop(fixture->ahead);
        fixture->ahead = NULL;
    }
    memstore_free(memory);
}

static void test_carry_same_digest(void **state)
{
    struct fixture *fixture = *state;
    struct counting counting = {.base = {take_and_count}, .fixture = fixture};
    uint8_t alone[HASH_SIZE];
    uint8_t carried[HASH_SIZE];
    uint64_t beside = 0;

    fold_in_steps(fixture, 500, 0, NULL, alone);
    for (int round = 0; round < 30 && (round < 2 || beside == 0); round++) {
        counting.given = 0;
        counting.beside = 0;
        fold_in_steps(fixture, round % 2 == 0 ? 300 : ENTRIES, round % 2, &counting, carried);
        assert_memory_equal(carried, alone, HASH_SIZE);
        assert_true(counting.given > ENTRIES / 20);
        assert_true(round % 2 || counting.beside == 0);
        beside += counting.beside;
        carry_begin(fixture->carry, ENTRIES + 1);
    }
    assert_true(beside > 0); /* the thread had its share */
}

static void test_carry_room(void **state)
{
    struct fixture *fixture = *state;
    struct fold_ahead *fold = carry_fold(fixture->carry);
    struct event event;
    size_t puts = 0;
    int rc;

    while (carry_room(fixture->carry) > 0 && puts < 10000) {
        carry_put(fixture->carry, 1 + puts * 100, decode(fixture, 1 + (puts % 10) * 100, 100, carry_room(fixture->carry)));
        puts++;
    }
    assert_true(puts > 100 && puts < 10000);
    carry_put(fixture->carry, 1 + puts * 100, decode(fixture, 1, 100, CARRY_BATCH_BYTES)); /* decoded while there still was room */
    carry_put(fixture->carry, 1, NULL);
    carry_begin(fixture->carry, 1);
    assert_int_equal(carry_past(fixture->carry, 1), 1); /* its transaction is open yet */
    carry_settle(fixture->carry, 1);
    carry_begin(fixture->carry, 1);
    assert_int_equal(carry_past(fixture->carry, 1), 1 + puts * 100);
    assert_int_equal(fold->take(fold, 1, fixture->kit.entries[0].event, &event, &rc), 1);
    assert_int_equal(fold->take(fold, 1, fixture->kit.entries[0].event, &event, &rc), 1);
    assert_int_equal(fold->take(fold, 2, fixture->kit.entries[0].event, &event, &rc), 0);
    assert_int_equal(fold->take(fold, 250, fixture->kit.entries[249].event, &event, &rc), 1);
    assert_int_equal(fold->take(fold, 2, fixture->kit.entries[1].event, &event, &rc), 0); /* let go */
    assert_true(carry_room(fixture->carry) > 0);
    carry_put(fixture->carry, 1 + puts * 100, decode(fixture, 1, 100, CARRY_BATCH_BYTES));
    carry_settle(fixture->carry, 0);
    carry_settle(fixture->carry, 1); /* nothing */
    carry_begin(fixture->carry, 201);
    assert_int_equal(carry_past(fixture->carry, 201), 1 + puts * 100);
    carry_put(fixture->carry, 1 + puts * 100, decode(fixture, 1, 100, CARRY_BATCH_BYTES));
    carry_settle(fixture->carry, 1);
    carry_begin(fixture->carry, 201);
    assert_int_equal(carry_past(fixture->carry, 201), 101 + puts * 100);
    carry_put(fixture->carry, 101 + puts * 100, decode(fixture, 1, 100, CARRY_BATCH_BYTES));
    carry_settle(fixture->carry, 1);
    carry_begin(fixture->carry, 300 + puts * 100); /* nothing of it is needed, of what comes late neither */
    assert_int_equal(carry_past(fixture->carry, 101 + puts * 100), 101 + puts * 100);
    for (size_t i = 0; i <= puts; i++) /* as much as at first fits, and no more */
        carry_put(fixture->carry, 1000 + puts * 100 + i * 100, decode(fixture, 1 + (i % 10) * 100, 100, CARRY_BATCH_BYTES));
    carry_settle(fixture->carry, 1);
    carry_begin(fixture->carry, 1000 + puts * 100);
    assert_int_equal(carry_past(fixture->carry, 1000 + puts * 100), 1000 + puts * 100 + puts * 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_carry_same_digest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_carry_room, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
