/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.h: view_refused().
 *   - nothing refused: 0; retractions by places are not refusals
 *   - each refused event once, with its own reference, position and reason, from a position on, at most max
 *   - a refusal whose target is not held here is not shown
 *   - the k-th store call failing: its code
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "navette/view.h"
#include "tests/lib/foldkit.h"

static int refused(struct memstore *store, uint64_t from, struct aside *list, size_t max)
{
    struct store_txn *txn = memstore_begin_read(store);
    int count = view_refused(txn, txn, from, UINT64_MAX, list, max);

    memstore_abort(txn);
    return count;
}

/* Three documents registered at A; two of them refused, the third retracted; one refusal of an event nobody has. */
static struct memstore *sample(struct foldkit *kit, struct ref targets[3])
{
    struct ref unknown = {.seq = 77, .leaf = 99};

    foldkit_init(kit);
    targets[0] = foldkit_event(kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    targets[1] = foldkit_event(kit, 0, "A", EV(ITEM_REGISTERED), "i2", "book");
    targets[2] = foldkit_event(kit, 0, "A", EV(ITEM_REGISTERED), "i3", "book");
    (void)foldkit_retract(kit, 0, "A", targets[2]);
    (void)foldkit_refuse(kit, targets[1]);
    (void)foldkit_refuse(kit, targets[0]);
    (void)foldkit_refuse(kit, unknown);
    return foldkit_play(kit, NULL, 0, 0);
}

static void test_view_refused_lists(void **state)
{
    struct foldkit kit;
    struct ref targets[3];
    struct memstore *store = sample(&kit, targets);
    struct aside list[8];

    (void)state;
    assert_int_equal(refused(store, 0, list, 8), 2);
    for (size_t i = 0; i < 2; i++) {
        const struct ref *target = &targets[list[i].position - 1];

        assert_in_range(list[i].position, 1, 2);
        assert_int_equal(ref_compare(&list[i].self, target), 0);
        assert_int_equal(list[i].parked, 0);
        assert_int_not_equal(list[i].reason, 0);
    }
    assert_int_not_equal(list[0].position, list[1].position);
    assert_int_equal(refused(store, 2, list, 8), 1);
    assert_int_equal(list[0].position, 2);
    assert_int_equal(refused(store, 3, list, 8), 0);
    assert_int_equal(refused(store, 0, list, 1), 1);
    assert_int_equal(refused(store, 0, list, 0), 0);
    memstore_free(store);
    foldkit_free(&kit);
}

static void test_view_refused_nothing(void **state)
{
    struct memstore *store = memstore_new();
    struct aside list[1];

    (void)state;
    assert_int_equal(refused(store, 0, list, 1), 0);
    memstore_free(store);
}

static void test_view_refused_store_fails(void **state)
{
    struct foldkit kit;
    struct ref targets[3];
    struct memstore *store = sample(&kit, targets);
    struct aside list[8];
    uint64_t k = 1;

    (void)state;
    for (;; k++) {
        int count;

        memstore_fail_at(store, k, NAVETTE_E_STORE);
        count = refused(store, 0, list, 8);
        if (memstore_fail_pending(store)) {
            assert_int_equal(count, 2);
            break;
        }
        assert_int_equal(count, NAVETTE_E_STORE);
    }
    assert_true(k > 5);
    memstore_free(store);
    foldkit_free(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_view_refused_lists),
        cmocka_unit_test(test_view_refused_nothing),
        cmocka_unit_test(test_view_refused_store_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
