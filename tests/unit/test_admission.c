/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refusals and what takes them back (fold/absence.h, view.h: view_refused, view_aside; FOLD.md 1).
 *   - refused, admitted, refused again, admitted again: the state follows, and so does the list of what is refused
 *   - an admission that names a place, or no refusal, does nothing; it can be taken back by nothing
 *   - refused twice: both have to be taken back, and it is listed once
 *   - random sets of movements, refusals, admissions and retractions: the same state and the same list in any order of arrival (SEED)
 *   - what was known at an earlier position; malformed and refused is one line
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "navette/view.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/seed.h"

#define LISTED 64u

static int custody_of(struct memstore *store, const char *word)
{
    struct thing_record record = foldkit_record(store, word);
    int custody = record.custody;

    thing_record_free(&record);
    return custody;
}

static int listed(struct memstore *store, uint64_t known, struct aside *list)
{
    struct store_txn *txn = memstore_begin_read(store);
    int count = view_refused(txn, txn, 0, known, list, LISTED);

    memstore_abort(txn);
    return count;
}

static void test_admitted_and_refused_again(void **state)
{
    uint64_t random = seed_start();
    struct memstore *store = memstore_new();
    struct aside list[LISTED];
    struct foldkit kit;
    struct ref sent, refusal;
    size_t from = 0;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    sent = foldkit_event(&kit, 0, "A", EV(DISPATCHED), "i1", "B");
    for (int round = 0; round < 3; round++) {
        refusal = foldkit_refuse(&kit, sent);
        (void)foldkit_since(&kit, store, from);
        assert_int_equal(custody_of(store, "i1"), CUSTODY_PLACE);
        assert_int_equal(listed(store, UINT64_MAX, list), 1);
        assert_int_equal(ref_compare(&list[0].self, &sent), 0);
        assert_int_equal(ref_compare(&list[0].refusal, &refusal), 0);
        from = kit.count;
        (void)foldkit_admit(&kit, refusal);
        (void)foldkit_since(&kit, store, from);
        assert_int_equal(custody_of(store, "i1"), CUSTODY_TRANSIT);
        assert_int_equal(listed(store, UINT64_MAX, list), 0);
        /* Before that admission was known. */
        assert_int_equal(listed(store, kit.count - 1, list), 1);
        from = kit.count;
    }
    foldkit_one_state(&kit, &random, 12);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_what_an_admission_can_not_do(void **state)
{
    uint64_t random = seed_start();
    struct memstore *store = memstore_new();
    struct aside list[LISTED];
    struct foldkit kit;
    struct ref sent, refusal, admission, retraction;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    sent = foldkit_event(&kit, 0, "A", EV(DISPATCHED), "i1", "B");
    retraction = foldkit_retract(&kit, 0, "A", sent);
    (void)foldkit_admit(&kit, retraction); /* no refusal */
    (void)foldkit_admit(&kit, sent);
    (void)foldkit_since(&kit, store, 0);
    assert_int_equal(custody_of(store, "i1"), CUSTODY_PLACE);
    (void)foldkit_retract(&kit, 15, "", retraction);
    refusal = foldkit_refuse(&kit, sent);
    admission = foldkit_admit(&kit, refusal);
    (void)foldkit_retract(&kit, 15, "", admission); /* an admission stands */
    (void)foldkit_refuse(&kit, admission);
    (void)foldkit_admit(&kit, admission);
    (void)foldkit_since(&kit, store, 5);
    assert_int_equal(custody_of(store, "i1"), CUSTODY_TRANSIT);
    (void)foldkit_refuse(&kit, sent);
    (void)foldkit_refuse(&kit, sent);
    (void)foldkit_admit(&kit, kit.entries[kit.count - 2].self);
    (void)foldkit_since(&kit, store, 11);
    /* Of two refusals one is left. (The admission that was itself refused is shown as such, and holds.) */
    assert_int_equal(custody_of(store, "i1"), CUSTODY_PLACE);
    assert_int_equal(listed(store, UINT64_MAX, list), 2);
    foldkit_one_state(&kit, &random, 12);
    memstore_free(store);
    foldkit_free(&kit);
}

/* What two stores list as refused, whatever stands at which position. */
static int same_list(struct memstore *one, struct memstore *other)
{
    struct aside a[LISTED], b[LISTED];
    int count = listed(one, UINT64_MAX, a);

    if (count != listed(other, UINT64_MAX, b))
        return 0;
    for (int i = 0; i < count; i++)
        if (ref_compare(&a[i].self, &b[i].self) != 0 || a[i].reason != b[i].reason)
            return 0;
    return 1;
}

static void random_admission(struct foldkit *kit, uint64_t *random, struct ref *refusals, size_t *count)
{
    if (seed_below(random, 2) == 0 || *count == 0)
        refusals[(*count)++] = foldkit_refuse(kit, kit->entries[seed_below(random, kit->count)].self);
    else
        (void)foldkit_admit(kit, refusals[seed_below(random, *count)]);
}

static void test_any_order_of_refusals_and_admissions(void **state)
{
    uint64_t random = seed_start();
    size_t listed_in_all = 0;

    (void)state;
    for (int set = 0; set < 12; set++) {
        struct ref refusals[80];
        size_t refusal_count = 0, order[160];
        struct aside list[LISTED];
        struct memstore *straight, *other;
        struct foldkit kit;

        foldkit_init(&kit);
        for (int i = 0; i < 80; i++) {
            if (kit.count > 4 && seed_below(&random, 3) == 0)
                random_admission(&kit, &random, refusals, &refusal_count);
            else
                foldkit_random(&kit, &random, set % 2);
        }
        foldkit_one_state(&kit, &random, 4);
        straight = foldkit_play(&kit, NULL, 0, 0);
        listed_in_all += (size_t)listed(straight, UINT64_MAX, list);
        assert_true(kit.count <= 160);
        foldkit_shuffle(order, kit.count, &random);
        other = foldkit_play(&kit, order, kit.count, 0);
        assert_true(same_list(straight, other));
        memstore_free(straight);
        memstore_free(other);
        foldkit_free(&kit);
    }
    assert_true(listed_in_all > 20);
}

static void test_view_aside_malformed_once(void **state)
{
    static const uint8_t bytes[] = {0x0a};
    struct aside list[LISTED];
    struct foldkit kit;
    struct memstore *store;
    struct store_txn *txn;
    struct ref bad;

    (void)state;
    foldkit_init(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    bad = foldkit_raw(&kit, 0, span_of(bytes, sizeof(bytes)));
    (void)foldkit_refuse(&kit, bad);
    (void)foldkit_refuse(&kit, kit.entries[0].self);
    store = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_read(store);
    assert_int_equal(view_aside(txn, txn, 0, UINT64_MAX, list, LISTED), 2);
    assert_int_equal(list[0].position, 1);
    assert_int_equal(list[1].position, 2);
    assert_int_not_equal(list[1].refusal.seq, 0);
    assert_int_equal(view_aside(txn, txn, 2, UINT64_MAX, list, LISTED), 1);
    assert_int_equal(view_aside(txn, txn, 0, 2, list, LISTED), 1);
    assert_int_equal(view_aside(txn, txn, 0, UINT64_MAX, list, 1), 1);
    assert_int_equal(view_aside(txn, txn, 0, UINT64_MAX, list, 0), 0);
    memstore_abort(txn);
    memstore_free(store);
    foldkit_free(&kit);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_admitted_and_refused_again),
        cmocka_unit_test(test_what_an_admission_can_not_do),
        cmocka_unit_test(test_any_order_of_refusals_and_admissions),
        cmocka_unit_test(test_view_aside_malformed_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
