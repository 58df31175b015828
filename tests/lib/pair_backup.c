/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/pair_backup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

void pair_assert_equal_states(struct pair *pair)
{
    uint8_t hub[HASH_SIZE];

    pair_digest(pair->state, hub);
    for (size_t i = 0; i < pair->node_count; i++) {
        uint8_t own[HASH_SIZE];

        pair_digest(pair->nodes[i].store, own);
        assert_memory_equal(own, hub, HASH_SIZE);
    }
}

void pair_record_titles(struct pair *pair, size_t node, int from, int count)
{
    char barcode[16];

    for (int i = from; i < from + count; i++) {
        snprintf(barcode, sizeof(barcode), "%06d", i);
        assert_int_equal(pair_register(pair, node, barcode, "Un titre"), 0);
    }
}

void pair_connect_all(struct pair *pair)
{
    for (size_t i = 0; i < pair->node_count; i++)
        if (pair->nodes[i].session == 0)
            pair_connect(pair, i);
    assert_true(pair_settle(pair));
}

struct pair *pair_backed_up(size_t *a, size_t *b, int before, struct memstore **backup)
{
    struct pair *pair = pair_new();

    *a = pair_enrol(pair, "BIB-A", NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK);
    *b = pair_enrol(pair, "BIB-B", NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK);
    pair_record_titles(pair, *a, 0, before);
    pair_connect_all(pair);
    *backup = memstore_clone(pair->nodes[*a].store);
    return pair;
}

void pair_back_up(struct pair *pair)
{
    struct store_txn *txn = memstore_begin_read(pair->journal);
    uint64_t tail;

    assert_int_equal(journal_tail(txn, &tail), 0);
    memstore_abort(txn);
    hub_set_backup(pair->hub, tail, pair->now_ms);
}

void pair_wipe(struct pair *pair, size_t node)
{
    const uint8_t none[INCARNATION_SIZE] = {0};
    struct pair_node *machine = &pair->nodes[node];
    struct memstore *empty = memstore_new();
    struct store_txn *txn = memstore_begin_write(empty);

    memset(machine->first, 0x77, INCARNATION_SIZE);
    assert_int_equal(log_start(txn, machine->first, none, machine->id), 0);
    assert_int_equal(memstore_commit(txn), 0);
    pair_restore_node(pair, node, empty);
}
