/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What takes back and what sets right (fold.h, fold/absence.h, fold/correction.h, FOLD.md 1).
 *   - retractions: of an event, of a retraction, from elsewhere, by the network; refusals; the only event retracted leaves nothing; sixteen deep
 *   - clock corrections: before and after their events, the greatest counts, retracted, clamped; only their boot
 *   - fold_history: at a moment, with a corrected clock and an absent event
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "navette/hlc.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/seed.h"

#define MINUTE 60000

static void expect_custody(struct memstore *store, const char *word, int custody, const char *place, int conflict)
{
    struct thing_record record = foldkit_record(store, word);

    assert_int_equal(record.custody, custody);
    assert_string_equal(record.place, place);
    assert_int_equal(record.conflict, conflict);
    thing_record_free(&record);
}

static void test_fold_next_retractions(void **state)
{
    uint64_t random = seed_start();
    struct foldkit kit;
    struct ref sent, retraction;
    struct memstore *store = memstore_new();
    size_t from;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    sent = foldkit_event(&kit, 0, "A", EV(DISPATCHED), "i1", "B");
    (void)foldkit_since(&kit, store, 0);
    expect_custody(store, "i1", CUSTODY_TRANSIT, "A", 0);

    from = kit.count;
    foldkit_retract(&kit, 1, "B", sent); /* not B's to say */
    assert_true(foldkit_since(&kit, store, from) == 0);
    expect_custody(store, "i1", CUSTODY_TRANSIT, "A", 0);

    from = kit.count;
    retraction = foldkit_retract(&kit, 0, "A", sent);
    assert_true(foldkit_since(&kit, store, from) == 1);
    expect_custody(store, "i1", CUSTODY_PLACE, "A", 0);
    foldkit_one_state(&kit, &random, 8);

    from = kit.count;
    foldkit_retract(&kit, 15, "", retraction); /* the network takes the retraction back */
    assert_true(foldkit_since(&kit, store, from) == 1);
    expect_custody(store, "i1", CUSTODY_TRANSIT, "A", 0);
    foldkit_one_state(&kit, &random, 8);

    from = kit.count;
    foldkit_refuse(&kit, sent);
    assert_true(foldkit_since(&kit, store, from) == 1);
    expect_custody(store, "i1", CUSTODY_PLACE, "A", 0);
    /* A refusal stands, whatever is said of it. */
    foldkit_retract(&kit, 15, "", kit.entries[kit.count - 1].self);
    foldkit_refuse(&kit, kit.entries[kit.count - 2].self);
    (void)foldkit_since(&kit, store, from + 1);
    expect_custody(store, "i1", CUSTODY_PLACE, "A", 0);
    foldkit_one_state(&kit, &random, 8);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_fold_next_the_only_event_retracted_leaves_nothing(void **state)
{
    struct foldkit kit;
    struct memstore *store = memstore_new();
    struct ref made;
    uint8_t digest[HASH_SIZE];
    uint8_t zeros[HASH_SIZE] = {0};

    (void)state;
    foldkit_init(&kit);
    made = foldkit_event(&kit, 0, "A", EV(ITEM_PACKED), "b1 i1", NULL);
    (void)foldkit_since(&kit, store, 0);
    assert_true(foldkit_has(store, "b1") && foldkit_has(store, "i1"));
    foldkit_retract(&kit, 0, "A", made);
    (void)foldkit_since(&kit, store, 1);
    assert_false(foldkit_has(store, "b1") || foldkit_has(store, "i1"));
    foldkit_digest(store, digest);
    assert_memory_equal(digest, zeros, HASH_SIZE);
    assert_true(memstore_rows(store, TABLE_COUNTER) == 0 && memstore_rows(store, TABLE_THING) == 0);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_fold_next_retractions_sixteen_deep(void **state)
{
    uint64_t random = 9;

    (void)state;
    for (size_t depth = 1; depth <= 20; depth++) {
        struct foldkit kit;
        struct memstore *store;
        struct ref last;
        /* At depth 16 an entry counts as present, so from 17 on it is as with 16. */
        size_t counted = depth > 16 ? 16 : depth;

        foldkit_init(&kit);
        last = foldkit_event(&kit, 0, "A", EV(SEEN_AT), "i1", NULL);
        for (size_t i = 0; i < depth; i++)
            last = foldkit_retract(&kit, 0, "A", last);
        store = foldkit_play(&kit, NULL, 0, 0);
        assert_int_equal(foldkit_has(store, "i1"), counted % 2 == 0);
        memstore_free(store);
        foldkit_one_state(&kit, &random, 4);
        foldkit_free(&kit);
    }
}

static int64_t since(struct memstore *store, const char *word)
{
    struct thing_record record = foldkit_record(store, word);

    thing_record_free(&record);
    return record.since_ms;
}

static void test_fold_next_clock_corrections(void **state)
{
    uint64_t random = seed_start();
    struct foldkit kit;
    struct memstore *store = memstore_new();
    struct ref correction;
    size_t from;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(SEEN_AT), "i1", NULL); /* boot time 1000 */
    foldkit_event(&kit, 0, "A", EV(SEEN_AT), "i2", NULL); /* 61000 */
    kit.boot = 2;
    foldkit_event(&kit, 0, "A", EV(SEEN_AT), "i3", NULL);
    kit.boot = 1;
    foldkit_event(&kit, 1, "B", EV(SEEN_AT), "i4", NULL);
    (void)foldkit_since(&kit, store, 0);
    assert_true(since(store, "i2") == FOLDKIT_START_MS + MINUTE);

    from = kit.count;
    foldkit_correct(&kit, 0, 1, 5000000);
    assert_true(foldkit_since(&kit, store, from) == 2); /* i1 and i2: not the other boot, not the other node */
    assert_true(since(store, "i1") == 5001000 && since(store, "i2") == 5061000);
    assert_true(since(store, "i3") == FOLDKIT_START_MS + 2 * MINUTE);
    assert_true(since(store, "i4") == FOLDKIT_START_MS + 3 * MINUTE);

    /* An event that comes after the correction has its time at once. */
    from = kit.count;
    foldkit_event(&kit, 0, "A", EV(SEEN_AT), "i5", NULL);
    assert_true(foldkit_since(&kit, store, from) == 0);
    assert_true(since(store, "i5") == 5000000 + 5 * MINUTE + 1000);

    /* The greatest (hlc, seq) counts; an earlier one that comes later does not. */
    from = kit.count;
    correction = foldkit_correct(&kit, 0, 1, 7000000);
    kit.hlc = hlc_make(FOLDKIT_START_MS, 0);
    foldkit_correct(&kit, 0, 1, 9000000);
    assert_true(foldkit_since(&kit, store, from) == 3);
    assert_true(since(store, "i1") == 7001000);
    foldkit_one_state(&kit, &random, 12);

    /* Retracted: the one before counts again; the same offset again moves nothing. */
    from = kit.count;
    foldkit_retract(&kit, 0, "A", correction);
    assert_true(foldkit_since(&kit, store, from) == 3);
    assert_true(since(store, "i1") == 5001000);
    from = kit.count;
    foldkit_correct(&kit, 0, 1, 5000000);
    assert_true(foldkit_since(&kit, store, from) == 0);
    foldkit_one_state(&kit, &random, 12);

    /* Held between 0 and 48 bits. */
    from = kit.count;
    foldkit_correct(&kit, 0, 1, INT64_MIN);
    (void)foldkit_since(&kit, store, from);
    assert_true(since(store, "i1") == 0);
    from = kit.count;
    foldkit_correct(&kit, 0, 1, INT64_MAX);
    (void)foldkit_since(&kit, store, from);
    assert_true(since(store, "i1") == INT64_C(0xffffffffffff));
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_fold_history_at_a_moment(void **state)
{
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;
    struct thing_key key = foldkit_key("i1");
    struct history history;
    struct ref sent;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    sent = foldkit_event(&kit, 0, "A", EV(DISPATCHED), "i1", "B");
    foldkit_event(&kit, 1, "B", EV(RECEIVED), "i1", NULL);
    foldkit_event(&kit, 2, "C", EV(SEEN_AT), "i1", NULL);
    foldkit_retract(&kit, 0, "A", sent);
    foldkit_correct(&kit, 1, 1, FOLDKIT_START_MS + 3600000); /* B's clock is an hour late */
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    assert_int_equal(fold_history(txn, txn, &key, FOLDKIT_START_MS - 1, &history), NAVETTE_E_NOT_FOUND);
    assert_int_equal(fold_history(txn, txn, &key, FOLDKIT_START_MS + 2 * MINUTE, &history), 0);
    assert_int_equal(history.count, 2); /* B's reception was an hour later, really */
    assert_false(history.steps[0].absent);
    assert_true(history.steps[1].absent);
    assert_int_equal(ref_compare(&history.steps[1].absent_by, &kit.entries[4].self), 0);
    assert_int_equal(history.steps[1].after.custody, CUSTODY_PLACE); /* shown, not applied */
    history_free(&history);
    assert_int_equal(fold_history(txn, txn, &key, INT64_MAX, &history), 0);
    assert_int_equal(history.count, 4);
    assert_string_equal(history.steps[2].after.place, "B");
    assert_int_equal(history.steps[2].time_is_corrected, 1);
    assert_true(history.steps[2].time_ms == FOLDKIT_START_MS + 3600000 + 2 * MINUTE + 1000);
    assert_int_equal(history.steps[2].explained, 0);
    assert_int_equal(history.steps[2].conflict, 0);
    assert_int_equal(history.steps[3].conflict, 1);
    assert_string_equal(history.steps[3].after.place, "C");
    history_free(&history);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold_next_retractions),
        cmocka_unit_test(test_fold_next_the_only_event_retracted_leaves_nothing),
        cmocka_unit_test(test_fold_next_retractions_sixteen_deep),
        cmocka_unit_test(test_fold_next_clock_corrections),
        cmocka_unit_test(test_fold_history_at_a_moment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
