/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_compare.c, journal_block.c: how long a comparison takes where most was given up.
 *   - node_compare_pace: a question that holds little comes sooner; ten million entries, whatever lies between stubs: three hours; bounds
 *   - journal_next_span: passes over so many stubs in one look, and says where to go on
 *   - a node with a stub at every second number compares all the others within the time, every entry once, with a clock of the test's own
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "navette/journal_block.h"
#include "sync/node_state.h"
#include "tests/lib/pair_backup.h"
#include "tests/lib/pair_fetch.h"

#define PASS_MS ((int64_t)NODE_COMPARE_STEPS * NODE_COMPARE_STEP_MS)
#define MANY UINT64_C(10000000)

/* As gather_window() cuts it: `live` numbers between two stretches of `stubs`. */
static int64_t time_of(uint64_t all, uint64_t live, uint64_t stubs)
{
    uint64_t window = all / NODE_COMPARE_STEPS + 1;
    int64_t total_ms = 0;

    window = window < NODE_COMPARE_LEAST ? NODE_COMPARE_LEAST : window > LIMIT_COMPARE_ENTRIES ? LIMIT_COMPARE_ENTRIES : window;
    for (uint64_t at = 0; at < all;) {
        uint64_t seen = 0;

        for (unsigned spans = 0; seen < window && spans < LIMIT_COMPARE_SPANS && at + seen < all; spans++)
            seen += stubs + live;
        total_ms += node_compare_pace(seen, all);
        at += seen;
    }
    return total_ms;
}

static void test_ten_million_in_three_hours(void **state)
{
    static const uint64_t shapes[][2] = {{1, 0}, {1, 1}, {1, 3}, {1, 100}, {5, 1}, {1, 16384}, {1024, 3}, {3, 50000}};

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        int64_t ms = time_of(MANY, shapes[i][0], shapes[i][1]);

        print_message("# %d entries, %d between %d stubs: %d minutes\n", (int)MANY, (int)shapes[i][0], (int)shapes[i][1],
                      (int)(ms / 60000));
        assert_true(ms <= PASS_MS + PASS_MS / 10);
    }
    /* However little is asked, not more often than that; however much, once a minute. */
    assert_int_equal(node_compare_pace(0, MANY), NODE_COMPARE_LEAST_MS);
    assert_int_equal(node_compare_pace(1, 0), NODE_COMPARE_LEAST_MS);
    assert_int_equal(node_compare_pace(MANY, MANY), NODE_COMPARE_STEP_MS);
    assert_int_equal(node_compare_pace(NODE_COMPARE_LEAST, 10), NODE_COMPARE_STEP_MS);
    assert_int_equal(node_compare_pace(NODE_COMPARE_LEAST / 2, 10), NODE_COMPARE_STEP_MS / 2);
}

/* Every second movement is given up, whatever it is. */
static uint64_t prune_every_second(struct pair *pair, size_t node)
{
    struct store_txn *txn = memstore_begin_write(pair->nodes[node].store);
    uint64_t pruned = 0;
    uint64_t tail;

    assert_int_equal(journal_tail(txn, &tail), 0);
    for (uint64_t at = 1; at <= tail; at += 2)
        pruned += journal_prune(txn, at, 1000) == 0;
    assert_int_equal(memstore_commit(txn), 0);
    return pruned;
}

static void test_a_pass_between_stubs(void **state)
{
    struct pair *pair = pair_fetch_network(400);
    struct node *node = pair->nodes[0].node;
    uint64_t pruned, tail;
    struct compared found;
    struct store_txn *txn;
    int64_t begun_ms;
    uint64_t passes;
    int may;

    (void)state;
    pruned = prune_every_second(pair, 0);
    assert_true(pruned > 700);
    passes = node_compare_passes(node, &may);
    assert_true(may);
    begun_ms = pair->now_ms;
    node->compare.next_ms = pair->now_ms;
    while (node_compare_passes(node, &may) == passes && pair->now_ms - begun_ms < PASS_MS) {
        pair_tick(pair, 250);
        (void)pair_hub_round(pair, 64);
        (void)pair_node_round(pair, 0);
        (void)pair_node_round(pair, 1);
    }
    txn = memstore_begin_read(pair->nodes[0].store);
    assert_int_equal(journal_tail(txn, &tail), 0);
    assert_int_equal(compared_get(txn, pair->nodes[0].id, &found), 0);
    memstore_abort(txn);
    print_message("# %d entries, %d of them stubs: %d s\n", (int)tail, (int)pruned, (int)((pair->now_ms - begun_ms) / 1000));
    assert_true(pair->now_ms - begun_ms < 90000);
    assert_true(found.entries >= tail - pruned - 16 && found.entries <= tail - pruned);
    assert_int_equal(found.mended + found.given + found.lost, 0);
    pair_free(pair);
}

/* A look that meets nothing but stubs ends, and the next goes on behind them. */
static void test_next_span_passes_so_many(void **state)
{
    struct memstore *store = memstore_new();
    struct store_txn *txn = memstore_begin_write(store);
    struct journal_span span;
    struct pair *pair = pair_fetch_network(1);
    struct store_txn *some = memstore_begin_read(pair->journal);
    struct journal_entry event;
    uint8_t log[INCARNATION_SIZE] = {5};
    uint64_t stubs = 2 * JOURNAL_PASS + 10;

    (void)state;
    assert_int_equal(journal_read_raw(some, pair_fetch_find(pair->journal, NAVETTE__EVENT__BODY_RECEIVED, 0, 0), &event), 0);
    for (uint64_t seq = 1; seq <= stubs + 1; seq++) {
        struct journal_entry entry = {.received_ms = 1, .event = event.event, .scope_mask = UINT64_MAX};

        memcpy(entry.self.incarnation, log, sizeof log);
        entry.self.seq = seq;
        entry.self.leaf = seq;
        assert_int_equal(journal_append(txn, &entry), 0);
        if (seq <= stubs)
            assert_int_equal(journal_prune(txn, entry.position, 1), 0);
    }
    assert_int_equal(journal_next_span(txn, log, 0, 1024, &span), 0);
    assert_int_equal(span.count, 0);
    assert_true(span.first >= JOURNAL_PASS && span.first < JOURNAL_PASS + JOURNAL_BLOCK && span.passed == span.first);
    assert_int_equal(journal_next_span(txn, log, span.first, 1024, &span), 0);
    assert_int_equal(span.count, 0);
    assert_int_equal(span.first, 2 * JOURNAL_PASS);
    assert_int_equal(journal_next_span(txn, log, span.first, 1024, &span), 0);
    assert_int_equal(span.count, 1);
    assert_int_equal(span.first, stubs + 1);
    assert_int_equal(span.passed, 10);
    assert_int_equal(journal_next_span(txn, log, span.first, 1024, &span), NAVETTE_E_NOT_FOUND);
    memstore_abort(txn);
    memstore_free(store);
    memstore_abort(some);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ten_million_in_three_hours),
        cmocka_unit_test(test_a_pass_between_stubs),
        cmocka_unit_test(test_next_span_passes_so_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
