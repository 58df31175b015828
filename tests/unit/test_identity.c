/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node/identity.h: who a node is.
 *   - begun, stored and read back, full to its limits; a log is begun with it
 *   - what a grant changes and what it keeps
 *   - bytes that are cut or longer anywhere are damage, never a crash
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/journal.h"
#include "node/identity.h"
#include "tests/lib/memstore.h"

static void test_identity_begin_store_load(void **state)
{
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    const uint8_t node[NODE_ID_SIZE] = {1, 2, 3};
    struct identity identity, again;
    struct log_head head;
    char name[64], list[700];

    (void)state;
    assert_int_equal(identity_load(txn, &identity), NAVETTE_E_NOT_FOUND);
    assert_int_equal(identity_begin(txn, node, &identity), 0);
    assert_int_equal(journal_head(txn, identity.incarnation, &head), 0);
    assert_int_equal(head.seq, 0);
    assert_memory_equal(head.node, node, NODE_ID_SIZE);
    for (unsigned i = 0; i < IDENTITY_PLACES; i++) {
        (void)snprintf(name, sizeof name, "PLACE-%026u", i);
        assert_int_equal(identity_add_place(&identity, name), 0);
        assert_int_equal(identity_add_place(&identity, name), 0);
        assert_true(identity_serves(&identity, name));
    }
    assert_int_equal(identity_add_place(&identity, "ONE-MORE"), NAVETTE_E_TOO_LARGE);
    assert_false(identity_serves(&identity, "ONE-MORE"));
    for (unsigned i = 0; i < IDENTITY_NAMESPACES; i++) {
        (void)snprintf(name, sizeof name, "%032u", i);
        assert_int_equal(identity_add_namespace(&identity, name), 0);
    }
    assert_int_equal(identity_add_namespace(&identity, "x"), NAVETTE_E_TOO_LARGE);
    (void)snprintf(identity.tz, sizeof identity.tz, "CET-1CEST,M3.5.0,M10.5.0/3");
    assert_int_equal(identity_store(txn, &identity), 0);
    assert_int_equal(identity_load(txn, &again), 0);
    assert_memory_equal(&again, &identity, sizeof identity);
    identity_places_text(&identity, list, sizeof list);
    assert_int_equal(strlen(list), IDENTITY_PLACES * 32 + (IDENTITY_PLACES - 1) * 2);
    identity_places_text(&identity, list, 10);
    assert_int_equal(strlen(list), 9);
    memstore_abort(txn);
    memstore_free(store);
}

static void test_identity_enrol_keeps(void **state)
{
    struct identity identity = {.tz = "UTC0", .place_count = 1, .places = {"OLD"}, .namespace_count = 1, .namespaces = {"koha"}};
    struct enrol_grant grant = {.endpoint = "tcp://127.0.0.1:7443",
                                .place_count = 2,
                                .places = {"A", "B"},
                                .role = NAVETTE__ROLE__ROLE_RELAY,
                                .scope = NAVETTE__SCOPE__SCOPE_OWN};

    (void)state;
    memset(identity.incarnation, 9, INCARNATION_SIZE);
    memset(grant.hub_curve_key, 5, KEY_SIZE);
    identity_enrol(&identity, &grant);
    assert_int_equal(identity.incarnation[0], 9);
    assert_int_equal(identity.enrolled, 1);
    assert_int_equal(identity.role, NAVETTE__ROLE__ROLE_RELAY);
    assert_int_equal(identity.scope, NAVETTE__SCOPE__SCOPE_OWN);
    assert_int_equal(identity.place_count, 2);
    assert_false(identity_serves(&identity, "OLD"));
    assert_true(identity_serves(&identity, "A") && identity_serves(&identity, "B"));
    assert_string_equal(identity.namespaces[0], "koha");
    assert_string_equal(identity.tz, "UTC0");
    assert_string_equal(identity.endpoint, "tcp://127.0.0.1:7443");
    assert_int_equal(identity.hub_curve_key[31], 5);
    grant.place_count = 0; /* a grant that names no place changes none */
    identity_enrol(&identity, &grant);
    assert_int_equal(identity.place_count, 2);
}

static void test_identity_load_damaged(void **state)
{
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    const uint8_t node[NODE_ID_SIZE] = {1};
    struct identity identity;
    struct span value;
    uint8_t bytes[1024];

    (void)state;
    assert_int_equal(identity_begin(txn, node, &identity), 0);
    assert_int_equal(identity_add_place(&identity, "BIB-A"), 0);
    assert_int_equal(identity_store(txn, &identity), 0);
    assert_int_equal(store_get(txn, TABLE_LOCAL, span_of_string("identity"), &value), 0);
    size_t len = value.len;
    assert_true(len < sizeof bytes - 1);
    memcpy(bytes, value.data, len);
    bytes[len] = 0;
    for (size_t i = 0; i <= len + 1; i++) {
        if (i == len)
            continue;
        assert_int_equal(store_put(txn, TABLE_LOCAL, span_of_string("identity"), span_of(bytes, i)), 0);
        assert_int_equal(identity_load(txn, &identity), NAVETTE_E_STORE);
    }
    for (size_t i = 0; i < len; i++) {
        bytes[i] ^= 0xff;
        assert_int_equal(store_put(txn, TABLE_LOCAL, span_of_string("identity"), span_of(bytes, len)), 0);
        int rc = identity_load(txn, &identity);
        assert_true(rc == 0 || rc == NAVETTE_E_STORE);
        bytes[i] ^= 0xff;
    }
    memstore_abort(txn);
    memstore_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity_begin_store_load),
        cmocka_unit_test(test_identity_enrol_keeps),
        cmocka_unit_test(test_identity_load_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
