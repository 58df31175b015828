/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node/proposal.h: what imports found gone.
 *   - added once, set to stay, forgotten; listed in key order, a page at a time, among other names of the table
 *   - every store call failing for every k
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "navette/error.h"
#include "node/proposal.h"
#include "tests/lib/memstore.h"

static struct thing_key key_of(const char *space, const char *id)
{
    struct thing_key key;

    assert_int_equal(thing_key_make(NAVETTE__THING_KIND__THING_ITEM, space, id, &key), 0);
    return key;
}

static void test_proposal_life(void **state)
{
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    struct thing_key one = key_of("bib", "1"), two = key_of("bib", "2"), other = key_of("autre", "9");
    struct proposal list[4];
    int any, added;

    (void)state;
    assert_int_equal(store_put(txn, TABLE_LOCAL, span_of_string("operation/x"), span_of_string("y")), 0);
    assert_int_equal(store_put(txn, TABLE_LOCAL, span_of_string("scan/x"), span_of_string("y")), 0);
    assert_int_equal(proposal_any(txn, &any), 0);
    assert_false(any);
    assert_int_equal(proposal_add(txn, &two, 20, &added), 0);
    assert_true(added);
    assert_int_equal(proposal_add(txn, &two, 30, &added), 0);
    assert_false(added);
    assert_int_equal(proposal_add(txn, &one, 10, NULL), 0);
    assert_int_equal(proposal_add(txn, &other, 5, NULL), 0);
    assert_int_equal(proposal_list(txn, NULL, list, 4), 3);
    assert_string_equal(thing_id(&list[0].key), "9");
    assert_string_equal(thing_id(&list[1].key), "1");
    assert_int_equal(list[2].since_ms, 20);
    assert_int_equal(proposal_list(txn, NULL, list, 2), 2);
    assert_int_equal(proposal_list(txn, &list[1].key, list, 2), 1);
    assert_string_equal(thing_id(&list[0].key), "2");
    list[0].state = PROPOSAL_STAYS;
    assert_int_equal(proposal_set(txn, &list[0]), 0);
    assert_int_equal(proposal_add(txn, &two, 40, &added), 0);
    assert_int_equal(proposal_read(txn, &two, &list[1]), 0);
    assert_int_equal(list[1].state, PROPOSAL_STAYS);
    assert_int_equal(proposal_forget(txn, &two), 0);
    assert_int_equal(proposal_forget(txn, &two), 0);
    assert_int_equal(proposal_read(txn, &two, &list[1]), NAVETTE_E_NOT_FOUND);
    assert_int_equal(proposal_any(txn, &any), 0);
    assert_true(any);
    memstore_abort(txn);
    memstore_free(store);
}

static int live(struct store_txn *txn)
{
    struct thing_key one = key_of("bib", "1");
    struct proposal list[2];
    int any, rc = proposal_add(txn, &one, 1, NULL);

    if (rc == 0)
        rc = proposal_any(txn, &any);
    if (rc == 0)
        rc = proposal_list(txn, &one, list, 2);
    return rc < 0 ? rc : proposal_forget(txn, &one);
}

static void test_proposal_store_fails(void **state)
{
    int rc = NAVETTE_E_STORE;
    uint64_t k;

    (void)state;
    for (k = 1; rc != 0; k++) {
        struct memstore *store = memstore_new();
        struct store_txn *txn = memstore_begin_write(store);
        memstore_fail_at(store, k, NAVETTE_E_STORE);
        rc = live(txn);
        assert_true(rc == 0 || rc == NAVETTE_E_STORE);
        memstore_fail_at(store, 0, 0);
        memstore_abort(txn);
        memstore_free(store);
    }
    assert_true(k > 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proposal_life),
        cmocka_unit_test(test_proposal_store_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
