/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node/operation.h: operations that survive a power cut.
 *   - stored and read back: every field; several at once; options; a container
 *   - one that was never scanned into leaves nothing
 *   - things scanned are known again, per operation; erasing takes all rows of one and none of another
 *   - a verb of another version is kept and not shown
 *   - ids there and back; slots: reused when their command died before the first scan, never otherwise
 *   - the k-th store call failing
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "navette/error.h"
#include "node/operation.h"
#include "node/verb.h"
#include "tests/lib/memstore.h"

static struct operation operation_of(uint64_t id, const char *verb)
{
    struct operation operation = {.id = id, .verb = verb_find(verb), .started_ms = 1587117600000, .recorded = 3, .refused = 1, .stored = 1};

    (void)snprintf(operation.place, sizeof operation.place, "BIB-A");
    (void)snprintf(operation.operator_, sizeof operation.operator_, "AG-1");
    operation.options = json_pack("{s:s, s:b, s:i}", "to", "BIB-B", "checked", 1, "reason_value", 12);
    assert_non_null(operation.options);
    return operation;
}

static struct thing_key key_of(int kind, const char *id)
{
    struct thing_key key;
    assert_int_equal(thing_key_make(kind, "", id, &key), 0);
    return key;
}

static void free_all(struct operation *list)
{
    for (size_t i = 0; i < OPERATIONS_MAX; i++)
        if (list[i].id != 0)
            operation_free(&list[i]);
}

static void test_operation_store_and_load(void **state)
{
    struct operation list[OPERATIONS_MAX] = {{.id = 0}};
    struct memstore *store = memstore_new();
    struct operation pack = operation_of(0xfedcba9876543210u, "pack"), seen = operation_of(2, "seen");

    (void)state;
    pack.container = key_of(NAVETTE__THING_KIND__THING_BAG, "SAC-1");
    struct store_txn *txn = memstore_begin_write(store);
    assert_int_equal(operation_store(txn, &pack), 0);
    assert_int_equal(operation_store(txn, &seen), 0);
    pack.recorded = 4;
    assert_int_equal(operation_store(txn, &pack), 0);
    assert_int_equal(operation_load(txn, list), 0);
    const struct operation *found = operation_find(list, pack.id);
    assert_non_null(found);
    assert_ptr_equal(found->verb, verb_find("pack"));
    assert_string_equal(found->place, "BIB-A");
    assert_string_equal(found->operator_, "AG-1");
    assert_true(thing_key_equal(&found->container, &pack.container));
    assert_int_equal(found->recorded, 4);
    assert_int_equal(found->refused, 1);
    assert_int_equal(found->started_ms, 1587117600000);
    assert_true(found->stored && operation_is_left(found));
    assert_string_equal(operation_text(found, "to"), "BIB-B");
    assert_string_equal(operation_text(found, "nothing"), "");
    assert_int_equal(operation_number(found, "reason_value"), 12);
    assert_true(operation_flag(found, "checked"));
    assert_false(operation_flag(found, "blind"));
    assert_int_equal(operation_find(list, 2)->container.len, 0);
    assert_null(operation_find(list, 3));
    assert_null(operation_find(list, 0));
    memstore_abort(txn);
    free_all(list);
    operation_free(&pack);
    operation_free(&seen);
    memstore_free(store);
}

static void test_operation_mark_and_erase(void **state)
{
    struct memstore *store = memstore_new();
    struct operation one = operation_of(1, "seen"), two = operation_of(2, "seen");
    struct store_txn *txn = memstore_begin_write(store);
    char id[32];

    (void)state;
    for (int i = 0; i < 50; i++) {
        (void)snprintf(id, sizeof id, "%d", i);
        struct thing_key key = key_of(NAVETTE__THING_KIND__THING_ITEM, id);
        assert_int_equal(operation_has(txn, &one, &key), NAVETTE_E_NOT_FOUND);
        assert_int_equal(operation_mark(txn, &one, &key), 0);
        assert_int_equal(operation_has(txn, &one, &key), 0);
        assert_int_equal(operation_has(txn, &two, &key), NAVETTE_E_NOT_FOUND);
        if (i % 2 == 0)
            assert_int_equal(operation_mark(txn, &two, &key), 0);
    }
    /* the same code on a bag is another thing */
    struct thing_key bag = key_of(NAVETTE__THING_KIND__THING_BAG, "1");
    assert_int_equal(operation_has(txn, &one, &bag), NAVETTE_E_NOT_FOUND);
    assert_int_equal(operation_store(txn, &one), 0);
    assert_int_equal(operation_store(txn, &two), 0);
    assert_int_equal(operation_erase(txn, &one), 0);
    assert_int_equal(memstore_commit(txn), 0);
    assert_int_equal(memstore_rows(store, TABLE_LOCAL), 26);
    txn = memstore_begin_write(store);
    assert_int_equal(operation_erase(txn, &two), 0);
    assert_int_equal(operation_erase(txn, &two), 0);
    assert_int_equal(memstore_commit(txn), 0);
    assert_int_equal(memstore_rows(store, TABLE_LOCAL), 0);
    operation_free(&one);
    operation_free(&two);
    memstore_free(store);
}

static void test_operation_load_unknown_verb_and_damage(void **state)
{
    static const char *const rows[] = {
        "{}", "not json",
        "{\"verb\":\"fly\",\"place\":\"A\",\"operator\":\"\",\"container\":\"\",\"recorded\":1,\"refused\":0,\"started\":1,\"options\":{}}",
        ""};
    struct operation list[OPERATIONS_MAX] = {{.id = 0}};
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t name[18] = "operation/";
        write_u64(name + 10, i + 1);
        assert_int_equal(store_put(txn, TABLE_LOCAL, span_of(name, sizeof name), span_of_string(rows[i])), 0);
    }
    struct operation good = operation_of(9, "seen");
    assert_int_equal(operation_store(txn, &good), 0);
    assert_int_equal(store_put(txn, TABLE_LOCAL, span_of_string("operations"), span_of_string("other")), 0);
    assert_int_equal(operation_load(txn, list), 0);
    assert_int_equal(list[0].id, 9);
    assert_int_equal(list[1].id, 0);
    assert_int_equal(memstore_commit(txn), 0);
    assert_int_equal(memstore_rows(store, TABLE_LOCAL), 6);
    free_all(list);
    operation_free(&good);
    memstore_free(store);
}

static void test_operation_slot_reuse(void **state)
{
    struct operation list[OPERATIONS_MAX] = {{.id = 0}};

    (void)state;
    for (size_t i = 0; i < OPERATIONS_MAX; i++) {
        struct operation *slot = operation_slot(list);
        assert_ptr_equal(slot, &list[i]);
        *slot = operation_of(i + 1, "seen");
        slot->stored = i != 5;
        slot->pid = i == 5 ? (int)getpid() : 0;
    }
    assert_null(operation_slot(list)); /* one is not stored, but its command lives */
    list[5].pid = 0;
    assert_ptr_equal(operation_slot(list), &list[5]);
    assert_int_equal(list[5].id, 0);
    free_all(list);
}

static void test_operation_id_text(void **state)
{
    char text[OPERATION_ID_TEXT];
    uint64_t id;

    (void)state;
    operation_id_format(0xfedcba9876543210u, text);
    assert_string_equal(text, "fedcba9876543210");
    assert_int_equal(operation_id_parse(text, &id), 0);
    assert_true(id == 0xfedcba9876543210u);
    assert_int_equal(operation_id_parse("0000000000000000", &id), NAVETTE_E_INVALID);
    assert_int_equal(operation_id_parse("fedc", &id), NAVETTE_E_INVALID);
    assert_int_equal(operation_id_parse("fedcba987654321g", &id), NAVETTE_E_INVALID);
    assert_int_equal(operation_id_parse("fedcba98765432100", &id), NAVETTE_E_INVALID);
    assert_int_equal(operation_id_parse("", &id), NAVETTE_E_INVALID);
}

static void test_operation_kth_store_call_fails(void **state)
{
    struct memstore *store = memstore_new();
    struct operation one = operation_of(1, "seen");
    struct thing_key key = key_of(NAVETTE__THING_KIND__THING_ITEM, "1");
    struct store_txn *txn;
    uint64_t k = 0;
    int rc;

    (void)state;
    do {
        txn = memstore_begin_write(store);
        memstore_fail_at(store, ++k, NAVETTE_E_FULL);
        rc = operation_mark(txn, &one, &key);
        if (rc == 0)
            rc = operation_store(txn, &one);
        if (rc == 0)
            rc = operation_erase(txn, &one);
        if (rc != 0) {
            assert_int_equal(rc, NAVETTE_E_FULL);
            memstore_abort(txn);
            assert_int_equal(memstore_rows(store, TABLE_LOCAL), 0);
        }
    } while (rc != 0);
    assert_true(k > 4);
    memstore_fail_at(store, 0, 0);
    memstore_abort(txn);
    operation_free(&one);
    memstore_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operation_store_and_load),
        cmocka_unit_test(test_operation_mark_and_erase),
        cmocka_unit_test(test_operation_load_unknown_verb_and_damage),
        cmocka_unit_test(test_operation_slot_reuse),
        cmocka_unit_test(test_operation_id_text),
        cmocka_unit_test(test_operation_kth_store_call_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
