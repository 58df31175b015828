/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub_disown(): what was signed with a stolen key is refused.
 *   - what the hub received from the moment on, and only of that node; what stood before stays; the moment itself counts
 *   - in portions: a hub that starts again in between goes on where it was; at the end nothing is left to do
 *   - the branch folds the same, whatever it had folded before
 *   - nothing came since: nothing to do
 *   - a session of a revoked node ends with the next round, before its next frame
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sync/hub_state.h"
#include "tests/lib/pair.h"

#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK
#define SOME 1500u /* over one batch of the hub's: several portions */

static int portion(struct pair *pair, size_t *refused)
{
    uint8_t salt[SALT_SIZE] = {7};
    struct hub_input input = {.kind = HUB_FRAME, .now_ms = pair->now_ms, .salt = salt};
    int rc;

    input.journal = memstore_begin_write(pair->journal);
    rc = hub_disown(pair->hub, &input, refused);
    if (rc == 0)
        assert_int_equal(memstore_commit(input.journal), 0);
    else
        memstore_abort(input.journal);
    pair_seal_hub(pair);
    return rc;
}

static void disown(struct pair *pair, size_t node, int64_t since_ms)
{
    struct store_txn *txn;

    pair_revoke(pair, node);
    txn = memstore_begin_write(pair->journal);
    assert_int_equal(hub_disown_begin(txn, pair->nodes[node].id, since_ms), 0);
    assert_int_equal(memstore_commit(txn), 0);
}

static void record_some(struct pair *pair, size_t node, unsigned from, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char barcode[16];

        (void)snprintf(barcode, sizeof barcode, "%u%u", (unsigned)node, from + i);
        assert_int_equal(pair_register(pair, node, barcode, "Titre"), 0);
    }
    assert_true(pair_settle(pair));
}

static void test_disown_refuses_what_came_since(void **state)
{
    struct pair *pair = pair_new();
    size_t a = pair_enrol(pair, "BIB-A", BRANCH), b = pair_enrol(pair, "BIB-B", BRANCH);
    uint8_t hub[HASH_SIZE], branch[HASH_SIZE];
    size_t total = 0, refused;
    unsigned portions = 0;
    int64_t since_ms;

    (void)state;
    pair_connect(pair, a);
    pair_connect(pair, b);
    record_some(pair, a, 0, 3);
    pair_tick(pair, 5000);
    since_ms = pair->now_ms;
    record_some(pair, a, 3, SOME);
    record_some(pair, b, 0, 3);
    disown(pair, a, since_ms);
    while (portion(pair, &refused) == 0) {
        total += refused;
        if (++portions == 1)
            pair_restart_hub(pair);
        assert_true(portions < 16);
    }
    assert_true(portions > 1);
    assert_int_equal(total, SOME);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_EVENT_REFUSED), SOME);
    pair_disconnect(pair, a);
    pair_connect(pair, b);
    (void)pair_settle(pair);
    assert_int_equal(pair_entries_of(pair->nodes[b].store, NAVETTE__EVENT__BODY_EVENT_REFUSED), SOME);
    pair_digest(pair->state, hub);
    pair_digest(pair->nodes[b].store, branch);
    assert_memory_equal(hub, branch, HASH_SIZE);
    pair_free(pair);
}

static void test_disown_with_nothing_since_has_nothing_to_do(void **state)
{
    struct pair *pair = pair_new();
    size_t a = pair_enrol(pair, "BIB-A", BRANCH), refused;

    (void)state;
    pair_connect(pair, a);
    record_some(pair, a, 0, 3);
    assert_int_equal(portion(pair, &refused), NAVETTE_E_NOT_FOUND);
    disown(pair, a, pair->now_ms + 1000);
    (void)portion(pair, &refused);
    assert_int_equal(portion(pair, &refused), NAVETTE_E_NOT_FOUND);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_EVENT_REFUSED), 0);
    pair_free(pair);
}

static void test_session_of_a_revoked_node_ends_at_once(void **state)
{
    struct pair *pair = pair_new();
    size_t a = pair_enrol(pair, "BIB-A", BRANCH);
    unsigned byes;

    (void)state;
    pair_connect(pair, a);
    record_some(pair, a, 0, 1);
    assert_int_equal(pair->hub->session_count, 1);
    byes = pair->byes;
    pair_revoke(pair, a);
    (void)pair_hub_round(pair, 1);
    assert_int_equal(pair->hub->session_count, 0);
    assert_int_equal(pair->byes, byes + 1);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_disown_refuses_what_came_since),
        cmocka_unit_test(test_disown_with_nothing_since_has_nothing_to_do),
        cmocka_unit_test(test_session_of_a_revoked_node_ends_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
