/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short way (fold/append.h): which events are put last without their history being read, one case for each condition of the proof there. Each
 * case comes in the order that tempts; the record must be the one that the whole history gives, and its last event the right one.
 *   - put last: greater than all; naming the last as parent; after a chain, whatever was unexplained
 *   - not put last: smaller than some; named as a parent before it came, or as a dispatch; what explains something unexplained; with an absent
 *     parent whose own parent is still to come; with itself as parent; after a forced choice; after a round of parents
 *   - explanations stand open until used up, forgotten ones cost a reading and nothing else
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "navette/hlc.h"
#include "tests/lib/foldkit.h"

#define P "P"
#define Q "Q"
#define R "R"
#define HOUR INT64_C(3600000)

/* What comes, in which order; which entry must be the last in the order; how many histories may be read again. */
static void expect(const struct foldkit *kit, const size_t *order, size_t count, const char *word, size_t last, uint64_t refolds)
{
    struct memstore *again = foldkit_play(kit, order, count, 1);
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    struct thing_key key = foldkit_key(word);
    uint8_t expected[HASH_SIZE];
    uint8_t digest[HASH_SIZE];
    struct ref parent;
    struct fold fold;

    assert_int_equal(foldkit_feed(kit, txn, order, count, 0, &fold), 0);
    assert_int_equal(fold_parent(txn, &key, &parent), 0);
    assert_int_equal(ref_compare(&parent, &kit->entries[last].self), 0);
    assert_true(fold.refolds == refolds);
    assert_int_equal(memstore_commit(txn), 0);
    foldkit_digest(again, expected);
    foldkit_digest(store, digest);
    assert_memory_equal(digest, expected, HASH_SIZE);
    memstore_free(store);
    memstore_free(again);
}

#define EXPECT(kit, word, last, refolds, ...)                                                                                              \
    do {                                                                                                                                   \
        const size_t arrivals[] = {__VA_ARGS__};                                                                                           \
        expect(kit, arrivals, sizeof(arrivals) / sizeof(arrivals[0]), word, last, refolds);                                                \
    } while (0)

static void at(struct foldkit *kit, int64_t hours)
{
    kit->hlc = hlc_make(FOLDKIT_START_MS + hours * HOUR, 0);
}

static void child_of(struct foldkit *kit, struct ref parent)
{
    kit->parents[kit->parent_count++] = parent;
}

static void test_append_is_last_when_greater_or_child(void **state)
{
    struct foldkit kit;
    struct ref a;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, P, EV(SEEN_AT), "i1", NULL);
    foldkit_event(&kit, 1, Q, EV(SEEN_AT), "i1", NULL);
    a = foldkit_event(&kit, 2, R, EV(SEEN_AT), "i1", NULL);
    EXPECT(&kit, "i1", 2, 0, 0, 1, 2);
    EXPECT(&kit, "i1", 2, 1, 0, 2, 1);
    EXPECT(&kit, "i1", 2, 1, 1, 0, 2);
    /* Smaller by its clock, but a child of the last. */
    at(&kit, -5);
    child_of(&kit, a);
    foldkit_event(&kit, 3, P, EV(SEEN_AT), "i1", NULL);
    EXPECT(&kit, "i1", 3, 0, 0, 1, 2, 3);
    /* A child of another than the last: its clock decides. */
    at(&kit, -6);
    child_of(&kit, a);
    foldkit_event(&kit, 4, Q, EV(SEEN_AT), "i1", NULL);
    EXPECT(&kit, "i1", 3, 1, 0, 1, 2, 3, 4);
    foldkit_free(&kit);
}

static void test_append_is_last_not_when_named_before(void **state)
{
    struct foldkit kit;
    struct ref later;

    (void)state;
    foldkit_init(&kit);
    at(&kit, 5);
    later = foldkit_event(&kit, 0, P, EV(SEEN_AT), "i1", NULL);
    child_of(&kit, later);
    foldkit_event(&kit, 1, Q, EV(SEEN_AT), "i1", NULL);
    EXPECT(&kit, "i1", 1, 1, 1, 0);
    foldkit_free(&kit);

    /* As a dispatch: explained by another one when it came, and yet it is this one it waits for. */
    foldkit_init(&kit);
    at(&kit, 5);
    later = foldkit_event(&kit, 0, Q, EV(DISPATCHED), "i1", P);
    foldkit_event(&kit, 2, R, EV(DISPATCHED), "i1", P);
    kit.dispatch = later;
    foldkit_event(&kit, 1, P, EV(RECEIVED), "i1", NULL);
    EXPECT(&kit, "i1", 2, 1, 1, 2, 0);
    foldkit_free(&kit);
}

static void test_append_is_last_not_when_it_explains(void **state)
{
    struct foldkit kit;
    struct ref seen;

    (void)state;
    /* It names the last as its parent, but does not descend from what it explains. */
    foldkit_init(&kit);
    foldkit_event(&kit, 0, P, EV(RECEIVED), "i1", NULL);
    seen = foldkit_event(&kit, 1, Q, EV(SEEN_AT), "i1", NULL);
    child_of(&kit, seen);
    foldkit_event(&kit, 1, Q, EV(DISPATCHED), "i1", P);
    EXPECT(&kit, "i1", 0, 1, 0, 1, 2);
    foldkit_free(&kit);

    /* In a chain it does: nothing is read. */
    foldkit_init(&kit);
    kit.with_parents = 1;
    foldkit_event(&kit, 0, P, EV(RECEIVED), "i1", NULL);
    foldkit_event(&kit, 1, Q, EV(SEEN_AT), "i1", NULL);
    foldkit_event(&kit, 1, Q, EV(DISPATCHED), "i1", P);
    EXPECT(&kit, "i1", 2, 0, 0, 1, 2);
    foldkit_free(&kit);
}

static void test_append_note_uses_up_what_stands_open(void **state)
{
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, Q, EV(DISPATCHED), "i1", P);
    foldkit_event(&kit, 1, P, EV(RECEIVED), "i1", NULL);
    foldkit_event(&kit, 0, Q, EV(DISPATCHED), "i1", P);
    EXPECT(&kit, "i1", 2, 0, 0, 1, 2);
    /* The one dispatch was used up: the second reception may be explained by a dispatch to come, and is. */
    foldkit_event(&kit, 1, P, EV(RECEIVED), "i1", NULL);
    EXPECT(&kit, "i1", 3, 0, 0, 1, 2, 3);
    foldkit_free(&kit);

    foldkit_init(&kit);
    foldkit_event(&kit, 0, Q, EV(DISPATCHED), "i1", P);
    foldkit_event(&kit, 1, P, EV(RECEIVED), "i1", NULL);
    foldkit_event(&kit, 1, P, EV(RECEIVED), "i1", NULL);
    foldkit_event(&kit, 0, Q, EV(DISPATCHED), "i1", P);
    EXPECT(&kit, "i1", 2, 1, 0, 1, 2, 3);
    foldkit_free(&kit);
}

static void test_append_note_forgets_the_oldest(void **state)
{
    char place[48];
    struct foldkit kit;

    (void)state;
    foldkit_init(&kit);
    /* Each leaves two open: more than there is room for. */
    for (int i = 0; i < 9; i++) {
        snprintf(place, sizeof(place), "PLACE-WITH-A-RATHER-LONG-CODE-%02d", i);
        foldkit_event(&kit, 0, Q, EV(DISPATCHED), "i1", place);
    }
    foldkit_event(&kit, 1, "PLACE-WITH-A-RATHER-LONG-CODE-00", EV(RECEIVED), "i1", NULL);
    EXPECT(&kit, "i1", 9, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    /* Forgotten that it was explained, so this one's history is read: nothing changes by that. */
    foldkit_event(&kit, 0, Q, EV(DISPATCHED), "i1", "PLACE-WITH-A-RATHER-LONG-CODE-00");
    EXPECT(&kit, "i1", 10, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    foldkit_free(&kit);
}

static void test_append_is_last_not_with_an_odd_parent(void **state)
{
    struct foldkit kit;
    struct ref first, middle;
    struct ref promised = {.seq = 1, .leaf = 42};

    (void)state;
    /* The parent is retracted, its own parent still to come. */
    foldkit_init(&kit);
    at(&kit, 5);
    first = foldkit_event(&kit, 0, P, EV(SEEN_AT), "i1", NULL);
    child_of(&kit, first);
    middle = foldkit_event(&kit, 1, Q, EV(SEEN_AT), "i1", NULL);
    foldkit_retract(&kit, 1, Q, middle);
    child_of(&kit, middle);
    foldkit_event(&kit, 2, R, EV(SEEN_AT), "i1", NULL);
    foldkit_event(&kit, 3, P, EV(SEEN_AT), "i1", NULL);
    EXPECT(&kit, "i1", 3, 3, 1, 2, 3, 0);
    EXPECT(&kit, "i1", 3, 3, 1, 2, 4, 3, 0);
    foldkit_free(&kit);

    /* Its own parent: it is never ready, and the next one goes before it. */
    foldkit_init(&kit);
    memset(promised.incarnation, 1, INCARNATION_SIZE);
    child_of(&kit, promised);
    foldkit_event(&kit, 0, P, EV(SEEN_AT), "i1", NULL);
    kit.entries[0].self.leaf = promised.leaf;
    foldkit_event(&kit, 1, Q, EV(SEEN_AT), "i1", NULL);
    EXPECT(&kit, "i1", 0, 2, 0, 1);
    EXPECT(&kit, "i1", 0, 1, 1, 0);
    foldkit_free(&kit);
}

static void test_append_is_last_not_after_a_forced_choice(void **state)
{
    struct foldkit kit;
    struct ref e, f, x;

    (void)state;
    foldkit_init(&kit);
    e = foldkit_event(&kit, 0, P, EV(RECEIVED), "i1", NULL);
    f = foldkit_event(&kit, 1, Q, EV(RETURNED), "i1", NULL);
    child_of(&kit, f);
    x = foldkit_event(&kit, 1, Q, EV(DISPATCHED), "i1", P);
    child_of(&kit, e);
    foldkit_event(&kit, 0, Q, EV(DELIVERED), "i1", NULL);
    /* Greater than all, and yet first: it waits for nobody while all others do. */
    foldkit_event(&kit, 2, R, EV(SEEN_AT), "i1", NULL);
    EXPECT(&kit, "i1", 2, 3, 0, 1, 2, 3, 4);
    /* But a child of the last is last. */
    child_of(&kit, x);
    foldkit_event(&kit, 3, R, EV(SEEN_AT), "i1", NULL);
    EXPECT(&kit, "i1", 5, 3, 0, 1, 2, 3, 4, 5);
    foldkit_free(&kit);
}

static void test_append_is_last_not_after_a_round_of_parents(void **state)
{
    struct foldkit kit;
    struct ref promised = {.seq = 1, .leaf = 42};
    struct ref a;

    (void)state;
    foldkit_init(&kit);
    memset(promised.incarnation, 3, INCARNATION_SIZE);
    child_of(&kit, promised);
    a = foldkit_event(&kit, 0, P, EV(SEEN_AT), "i1", NULL);
    child_of(&kit, a);
    foldkit_event(&kit, 2, Q, EV(SEEN_AT), "i1", NULL);
    kit.entries[1].self.leaf = promised.leaf;
    /* Greater than both, and first: they are never ready. */
    foldkit_event(&kit, 4, R, EV(SEEN_AT), "i1", NULL);
    EXPECT(&kit, "i1", 1, 2, 0, 1, 2);
    foldkit_free(&kit);
}

static void test_append_is_last_for_each_thing_alone(void **state)
{
    struct foldkit kit;

    (void)state;
    /* Last for one, late for the other: one history is read. */
    foldkit_init(&kit);
    at(&kit, 5);
    foldkit_event(&kit, 0, P, EV(SEEN_AT), "i1", NULL);
    foldkit_event(&kit, 0, P, EV(SEEN_AT), "i2", NULL);
    foldkit_event(&kit, 1, Q, EV(SEEN_AT), "i1 i2 i3", NULL);
    EXPECT(&kit, "i1", 0, 1, 0, 1, 2);
    EXPECT(&kit, "i2", 2, 1, 0, 1, 2);
    EXPECT(&kit, "i3", 2, 1, 0, 1, 2);
    foldkit_free(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append_is_last_when_greater_or_child),     cmocka_unit_test(test_append_is_last_not_when_named_before),
        cmocka_unit_test(test_append_is_last_not_when_it_explains),      cmocka_unit_test(test_append_note_uses_up_what_stands_open),
        cmocka_unit_test(test_append_note_forgets_the_oldest),           cmocka_unit_test(test_append_is_last_not_with_an_odd_parent),
        cmocka_unit_test(test_append_is_last_not_after_a_forced_choice), cmocka_unit_test(test_append_is_last_not_after_a_round_of_parents),
        cmocka_unit_test(test_append_is_last_for_each_thing_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
