/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "navette/fold.h"
#include "navette/journal_want.h"
#include "tests/lib/pair.h"

void pair_fold(struct memstore *state, struct memstore *journal)
{
    struct store_txn *write = memstore_begin_write(state);
    struct store_txn *read = state == journal ? write : memstore_begin_read(journal);
    struct fold fold;
    int rc;

    rc = fold_begin(&fold, write, read);
    if (rc == NAVETTE_E_VERSION) {
        assert_int_equal(fold_reset(write), 0);
        rc = fold_begin(&fold, write, read);
    }
    assert_int_equal(rc, 0);
    assert_int_equal(fold_resume(&fold), 0);
    while ((rc = fold_next(&fold)) == 0) {
    }
    assert_int_equal(rc, NAVETTE_E_NOT_FOUND);
    assert_int_equal(fold_end(&fold), 0);
    if (read != write) {
        memstore_abort(read);
    }
    assert_int_equal(memstore_commit(write), 0);
}

void pair_look(struct pair_node *node)
{
    struct store_txn *txn = memstore_begin_read(node->store);
    uint64_t position;

    if (journal_wanted(txn, 0, &position) == 0) {
        node_want(node->node);
    }
    memstore_abort(txn);
}

void pair_refold(struct pair *pair)
{
    struct store_txn *txn = memstore_begin_write(pair->state);

    assert_int_equal(fold_reset(txn), 0);
    assert_int_equal(memstore_commit(txn), 0);
    pair_fold(pair->state, pair->journal);
}

void pair_assert_same(struct pair *pair, size_t node)
{
    uint8_t hub[HASH_SIZE];
    uint8_t digest[HASH_SIZE];

    pair_digest(pair->state, hub);
    pair_digest(pair->nodes[node].store, digest);
    assert_memory_equal(hub, digest, HASH_SIZE);
}

struct node_progress pair_progress(struct pair *pair, size_t index)
{
    struct store_txn *txn = memstore_begin_read(pair->nodes[index].store);
    struct node_progress progress;

    assert_int_equal(node_progress(pair->nodes[index].node, txn, &progress), 0);
    memstore_abort(txn);
    return progress;
}
