/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/invitation.h: invitations in the store.
 *   - invitation_save, invitation_load: every field there and back, in the order they were made, beside other names of the table
 *   - invitation_save again under the same number: replaced (used)
 *   - those that ran out over a day ago go when another is made; one that ran out less long ago stays, numbers are not used twice
 *   - INVITATIONS_MAX and one past it
 *   - damaged rows: NAVETTE_E_STORE for each cut of the bytes
 *   - the k-th store call failing: the code comes back, nothing is kept
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/invitation.h"
#include "tests/lib/memstore.h"

static struct invitation sample(uint8_t mark)
{
    struct invitation made;

    memset(&made, 0, sizeof(made));
    memset(made.open.code, mark, ENROL_CODE_BYTES);
    made.open.expires_ms = 1000000 + mark;
    made.open.place_count = 2;
    (void)snprintf(made.open.places[0], sizeof(made.open.places[0]), "BIB-%u", mark);
    memset(made.open.places[1], 'X', LIMIT_PLACE_CODE);
    made.open.role = NAVETTE__ROLE__ROLE_RELAY;
    made.open.scope = NAVETTE__SCOPE__SCOPE_OWN;
    return made;
}

static int save(struct memstore *store, struct invitation *invitation, int64_t now_ms)
{
    struct store_txn *txn = memstore_begin_write(store);
    int rc = invitation_save(txn, invitation, now_ms);

    if (rc) {
        memstore_abort(txn);
        return rc;
    }
    return memstore_commit(txn);
}

static int load(struct memstore *store, struct invitation_list *list)
{
    struct store_txn *txn = memstore_begin_read(store);
    int rc = invitation_load(txn, list);

    memstore_abort(txn);
    return rc;
}

static void put_local(struct memstore *store, struct span name, struct span value)
{
    struct store_txn *txn = memstore_begin_write(store);

    assert_int_equal(store_put(txn, TABLE_LOCAL, name, value), 0);
    assert_int_equal(memstore_commit(txn), 0);
}

static void test_invitation_load_what_was_saved(void **state)
{
    struct memstore *store = memstore_new();
    struct invitation_list *list = calloc(1, sizeof(*list));
    struct invitation made[3];

    (void)state;
    put_local(store, span_of_string("hub-incarnation"), span_of_string("0123456789abcdef"));
    put_local(store, span_of_string("zzz"), span_of_string("after"));
    assert_int_equal(load(store, list), 0);
    assert_int_equal(list->count, 0);
    for (uint8_t i = 0; i < 3; i++) {
        made[i] = sample(i);
        assert_int_equal(save(store, &made[i], 0), 0);
        assert_int_equal(made[i].number, i + 1u);
    }
    made[1].used = 1;
    memset(made[1].claim.node, 7, NODE_ID_SIZE);
    memset(made[1].claim.curve_key, 8, KEY_SIZE);
    memset(made[1].claim.sign_key, 9, KEY_SIZE);
    assert_int_equal(save(store, &made[1], 0), 0);
    assert_int_equal(load(store, list), 0);
    assert_int_equal(list->count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct invitation *read = &list->invitations[i];

        assert_memory_equal(read->open.code, made[i].open.code, ENROL_CODE_BYTES);
        assert_int_equal(read->open.expires_ms, made[i].open.expires_ms);
        assert_int_equal(read->open.place_count, 2);
        assert_string_equal(read->open.places[0], made[i].open.places[0]);
        assert_string_equal(read->open.places[1], made[i].open.places[1]);
        assert_int_equal(read->open.role, NAVETTE__ROLE__ROLE_RELAY);
        assert_int_equal(read->open.scope, NAVETTE__SCOPE__SCOPE_OWN);
        assert_int_equal(read->used, i == 1);
        assert_memory_equal(&read->claim, &made[i].claim, sizeof(read->claim));
        assert_memory_equal(list->open[i].code, made[i].open.code, ENROL_CODE_BYTES);
    }
    free(list);
    memstore_free(store);
}

static void test_invitation_save_forgets_old_ones(void **state)
{
    struct memstore *store = memstore_new();
    struct invitation_list *list = calloc(1, sizeof(*list));
    struct invitation first = sample(1);
    struct invitation second = sample(2);
    struct invitation third = sample(3);
    struct invitation fourth = sample(4);

    (void)state;
    assert_int_equal(save(store, &first, 0), 0);
    assert_int_equal(save(store, &second, 0), 0);
    assert_int_equal(save(store, &third, first.open.expires_ms + ENROL_VALID_MS), 0);
    assert_int_equal(load(store, list), 0);
    assert_int_equal(list->count, 3);
    assert_int_equal(save(store, &fourth, first.open.expires_ms + ENROL_VALID_MS + 1), 0);
    assert_int_equal(load(store, list), 0);
    assert_int_equal(list->count, 3);
    assert_int_equal(list->invitations[0].number, 2);
    assert_int_equal(list->invitations[2].number, 4);
    free(list);
    memstore_free(store);
}

static void test_invitation_save_at_the_limit(void **state)
{
    struct memstore *store = memstore_new();
    struct invitation_list *list = calloc(1, sizeof(*list));
    struct invitation made;

    (void)state;
    for (size_t i = 0; i < INVITATIONS_MAX; i++) {
        made = sample(1);
        assert_int_equal(save(store, &made, 0), 0);
    }
    assert_int_equal(load(store, list), 0);
    assert_int_equal(list->count, INVITATIONS_MAX);
    made = sample(1);
    assert_int_equal(save(store, &made, 0), NAVETTE_E_TOO_LARGE);
    assert_int_equal(save(store, &list->invitations[5], 0), 0);
    made = sample(1);
    assert_int_equal(save(store, &made, made.open.expires_ms + ENROL_VALID_MS + 1), 0);
    assert_int_equal(load(store, list), 0);
    assert_int_equal(list->count, 1);
    free(list);
    memstore_free(store);
}

static void test_invitation_load_damaged(void **state)
{
    struct memstore *store = memstore_new();
    struct invitation_list *list = calloc(1, sizeof(*list));
    struct invitation made = sample(1);
    struct store_txn *txn;
    struct span value;
    uint8_t name[19] = "invitation:";
    uint8_t bytes[512];
    size_t len;

    (void)state;
    assert_int_equal(save(store, &made, 0), 0);
    write_u64(name + 11, 1);
    txn = memstore_begin_read(store);
    assert_int_equal(store_get(txn, TABLE_LOCAL, span_of(name, sizeof(name)), &value), 0);
    len = value.len;
    memcpy(bytes, value.data, len);
    memstore_abort(txn);
    for (size_t cut = 0; cut < len; cut++) {
        put_local(store, span_of(name, sizeof(name)), span_of(bytes, cut));
        assert_int_equal(load(store, list), NAVETTE_E_STORE);
    }
    bytes[len] = 0;
    put_local(store, span_of(name, sizeof(name)), span_of(bytes, len + 1));
    assert_int_equal(load(store, list), NAVETTE_E_STORE);
    put_local(store, span_of(name, sizeof(name)), span_of(bytes, len));
    assert_int_equal(load(store, list), 0);
    put_local(store, span_of_string("invitation:odd"), span_of(bytes, len));
    assert_int_equal(load(store, list), NAVETTE_E_STORE);
    free(list);
    memstore_free(store);
}

static void test_invitation_store_fails(void **state)
{
    struct memstore *store = memstore_new();
    struct invitation_list *list = calloc(1, sizeof(*list));
    struct invitation old = sample(1);
    uint64_t k = 1;

    (void)state;
    assert_int_equal(save(store, &old, 0), 0);
    for (;; k++) {
        struct memstore *copy = memstore_clone(store);
        struct invitation made = sample(2);
        int rc;

        memstore_fail_at(copy, k, NAVETTE_E_FULL);
        rc = save(copy, &made, old.open.expires_ms + ENROL_VALID_MS + 1);
        if (memstore_fail_pending(copy)) {
            assert_int_equal(rc, 0);
            memstore_free(copy);
            break;
        }
        assert_int_equal(rc, NAVETTE_E_FULL);
        assert_true(memstore_equal(copy, store));
        memstore_free(copy);
    }
    assert_true(k > 4);
    for (k = 1;; k++) {
        int rc;

        memstore_fail_at(store, k, NAVETTE_E_STORE);
        rc = load(store, list);
        if (memstore_fail_pending(store)) {
            assert_int_equal(rc, 0);
            break;
        }
        assert_int_equal(rc, NAVETTE_E_STORE);
    }
    assert_true(k > 2);
    free(list);
    memstore_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_invitation_load_what_was_saved), cmocka_unit_test(test_invitation_save_forgets_old_ones),
        cmocka_unit_test(test_invitation_save_at_the_limit),   cmocka_unit_test(test_invitation_load_damaged),
        cmocka_unit_test(test_invitation_store_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
