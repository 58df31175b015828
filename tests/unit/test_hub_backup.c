/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub.h, hub_set_backup: up to which number a node's log is in the hub's backup, as the node is told.
 *   - what came after the backup is not in it; the next backup has it; none: 0
 *   - a log that goes on under another name on the same connection begins at 0, whatever its parent had
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/pair_backup.h"

#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK

static void record(struct pair *pair, size_t node, int from, int count)
{
    char barcode[16];

    for (int i = from; i < from + count; i++) {
        snprintf(barcode, sizeof(barcode), "%06d", i);
        assert_int_equal(pair_register(pair, node, barcode, "Un titre"), 0);
    }
}

static void test_what_came_after_is_not_in_it(void **state)
{
    struct pair *pair = pair_new();
    size_t a = pair_enrol(pair, "BIB-A", BRANCH);

    (void)state;
    record(pair, a, 0, 3);
    pair_connect(pair, a);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_progress(pair, a).backed_up, 0);
    pair_back_up(pair);
    record(pair, a, 3, 4);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_progress(pair, a).backed_up, 3);
    pair_back_up(pair);
    record(pair, a, 7, 1);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_progress(pair, a).backed_up, 7);
    pair_free(pair);
}

static void test_another_log_on_the_same_connection(void **state)
{
    struct pair *pair = pair_new();
    size_t a = pair_enrol(pair, "BIB-A", BRANCH);
    uint8_t first[INCARNATION_SIZE];
    struct memstore *backup;

    (void)state;
    record(pair, a, 0, 3);
    backup = memstore_clone(pair->nodes[a].store); /* its batch is open */
    pair_connect(pair, a);
    assert_true(pair_settle(pair));
    pair_back_up(pair);
    memcpy(first, pair->nodes[a].incarnation, sizeof(first));
    pair_restore_node(pair, a, backup);
    record(pair, a, 10, 2);
    pair_connect(pair, a);
    assert_true(pair_settle(pair));
    assert_memory_not_equal(node_incarnation(pair->nodes[a].node), first, sizeof(first));
    assert_int_equal(pair_progress(pair, a).backed_up, 0);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_came_after_is_not_in_it),
        cmocka_unit_test(test_another_log_on_the_same_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
