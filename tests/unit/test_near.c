/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/sync/node_near.c and what the hub answers it (hub_delta.c, scope.c): a node far behind reads what concerns its places first.
 *   - what is near comes before the rest, everything comes once, and what came in pieces is proven all the same
 *   - who is a little behind reads in one go
 *   - any frames lost, any connection cut, the node restarted at any moment: both states agree, and no more is sent twice than what was lost
 *   - on a thin line the seals of nodes' logs are left out, the hub's own are not
 *   - a cursor of another journal, of another scope or by another rule means nothing; nor does that of a node whose store is another's since
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "navette/frame.h"
#include "sync/node_state.h"
#include "tests/lib/pair.h"
#include "tests/lib/seed.h"

#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK
#define MANY 1200 /* beyond NODE_NEAR_ROWS */
#define LOGS 2u
#define NUMBERS 4096u

/* What the hub sent to one node. */
struct tally {
    unsigned sent[LOGS][NUMBERS]; /* how often each entry was: the other node's, the hub's */
    size_t entries;
    size_t lost; /* of frames that did not arrive */
    size_t near_deltas;
    size_t first_rest; /* entries sent before the first delta that is not near */
    size_t seals[LOGS];
    size_t bare; /* deltas without a seal of the other node's */
};

static void record_some(struct pair *pair, size_t node, int from, int count, int every)
{
    char barcode[16];

    for (int i = from; i < from + count; i++) {
        snprintf(barcode, sizeof(barcode), "%06d", i);
        assert_int_equal(pair_register(pair, node, barcode, "Un titre"), 0);
        if (every > 0 && i % every == every - 1)
            assert_int_equal(pair_dispatch(pair, node, NAVETTE__THING_KIND__THING_ITEM, barcode, "BIB-B"), 0);
    }
}

static void count_delta(const struct pair *pair, const Navette__Delta *delta, int lost, struct tally *tally)
{
    size_t own = 0;

    for (size_t i = 0; i < delta->n_entries; i++) {
        const uint8_t *incarnation = delta->incarnations[delta->entries[i]->source].data;
        size_t log = memcmp(incarnation, pair->hub_incarnation, INCARNATION_SIZE) == 0;

        assert_true(delta->entries[i]->seq < NUMBERS);
        tally->sent[log][delta->entries[i]->seq]++;
    }
    for (size_t i = 0; i < delta->n_seals; i++) {
        size_t log = memcmp(delta->incarnations[delta->seals[i]->source].data, pair->hub_incarnation, INCARNATION_SIZE) == 0;

        tally->seals[log]++;
        own += log == 0;
    }
    if (delta->near_rule == 0 && delta->n_entries > 0 && tally->first_rest == 0)
        tally->first_rest = tally->entries + 1;
    tally->entries += delta->n_entries;
    tally->lost += lost ? delta->n_entries : 0;
    tally->near_deltas += delta->near_rule != 0;
    tally->bare += delta->n_entries > 1 && own == 0;
}

static void count_down(const struct pair *pair, size_t node, int lost, struct tally *tally)
{
    for (size_t i = 0; i < pair->nodes[node].down.count; i++) {
        struct frame frame;

        assert_int_equal(frame_decode(buffer_span(&pair->nodes[node].down.frames[i].bytes), &frame), 0);
        if (frame.type == FRAME_DELTA)
            count_delta(pair, (const Navette__Delta *)frame.message, lost, tally);
        frame_free(&frame);
    }
}

/* One round of hub and node, with so much time between. */
static void turn(struct pair *pair, size_t node, int64_t ms, struct tally *tally)
{
    if (pair->up.count > 0)
        pair_hub_round(pair, 64);
    pair->now_ms += ms;
    count_down(pair, node, 0, tally);
    pair_node_round(pair, node);
}

static void read_all(struct pair *pair, size_t node, int64_t ms, struct tally *tally)
{
    pair_connect(pair, node);
    for (int i = 0; i < 1000 && !pair_progress(pair, node).in_step; i++)
        turn(pair, node, ms, tally);
    assert_true(pair_progress(pair, node).in_step);
}

static void assert_same_state(const struct pair *pair, size_t node)
{
    uint8_t hub[HASH_SIZE];
    uint8_t here[HASH_SIZE];

    pair_digest(pair->state, hub);
    pair_digest(pair->nodes[node].store, here);
    assert_memory_equal(hub, here, HASH_SIZE);
}

static size_t sent_twice(const struct tally *tally)
{
    size_t again = 0;

    for (size_t log = 0; log < LOGS; log++)
        for (size_t seq = 0; seq < NUMBERS; seq++)
            again += tally->sent[log][seq] > 1 ? tally->sent[log][seq] - 1 : 0;
    return again;
}

/* A has written `count` events, one in `every` about B's place; B has heard of nothing yet. */
static struct pair *backlog(int count, int every, size_t *a, size_t *b)
{
    struct pair *pair = pair_new();

    pair_begin_epoch(pair);
    *a = pair_enrol(pair, "BIB-A", BRANCH);
    *b = pair_enrol(pair, "BIB-B", BRANCH);
    record_some(pair, *a, 0, count, every);
    pair_connect(pair, *a);
    assert_true(pair_settle(pair));
    return pair;
}

static void test_near_comes_first_and_once(void **state)
{
    struct tally tally = {.entries = 0};
    struct batch_header last;
    struct store_txn *txn;
    uint8_t before[INCARNATION_SIZE];
    size_t a;
    size_t b;
    struct pair *pair = backlog(MANY, 400, &a, &b);

    (void)state;
    read_all(pair, b, 1, &tally);
    assert_int_equal(tally.near_deltas, 1);
    assert_int_equal(tally.first_rest, 3 + 1);
    assert_int_equal(sent_twice(&tally), 0);
    assert_int_equal(pair_entries_of(pair->nodes[b].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), MANY);
    assert_same_state(pair, b);
    /* All of A's log can be given back from here. */
    memcpy(before, pair->nodes[a].first, INCARNATION_SIZE);
    before[INCARNATION_SIZE - 1]--;
    txn = memstore_begin_read(pair->nodes[b].store);
    assert_int_equal(journal_next_sealed(txn, before, &last), 0);
    assert_int_equal(last.first_seq + last.count - 1, MANY + 3);
    memstore_abort(txn);
    pair_free(pair);
}

static void test_near_is_not_asked_for_by_who_is_almost_there(void **state)
{
    struct tally tally = {.entries = 0};
    size_t a;
    size_t b;
    struct pair *pair = backlog(100, 10, &a, &b);

    (void)state;
    read_all(pair, b, 1, &tally);
    assert_int_equal(tally.near_deltas, 0);
    assert_int_equal(sent_twice(&tally), 0);
    assert_same_state(pair, b);
    pair_free(pair);
}

static void test_near_on_a_thin_line_leaves_seals_out(void **state)
{
    struct tally tally = {.entries = 0};
    size_t a;
    size_t b;
    struct pair *pair = backlog(MANY, 400, &a, &b);

    (void)state;
    /* 10 s a frame. */
    read_all(pair, b, 10000, &tally);
    assert_true(tally.bare > 1);
    assert_true(tally.seals[1] > 0);
    assert_int_equal(sent_twice(&tally), 0);
    assert_same_state(pair, b);
    pair_free(pair);
}

static void run_story(uint64_t seed)
{
    uint64_t chance = seed;
    struct tally tally = {.entries = 0};
    size_t a;
    size_t b;
    int every = 2 + (int)seed_below(&chance, 60);
    struct pair *pair = backlog(700 + (int)seed_below(&chance, 700), every, &a, &b);

    pair_connect(pair, b);
    for (int i = 0; i < 400; i++) {
        if (pair->up.count > 0)
            pair_hub_round(pair, 1 + (size_t)seed_below(&chance, 8));
        pair->now_ms += (int64_t)seed_below(&chance, 8000);
        if (seed_below(&chance, 4) == 0) {
            count_down(pair, b, 1, &tally);
            if (seed_below(&chance, 3) == 0)
                pair_restart_node(pair, b);
            pair_connect(pair, b);
        } else if (seed_below(&chance, 30) == 0 && tally.entries < 1500) {
            record_some(pair, a, 2000 + 10 * i, 5, every);
            pair_tick(pair, 1);
        }
        count_down(pair, b, 0, &tally);
        pair_node_round(pair, a);
        pair_node_round(pair, b);
    }
    if (!pair_settle(pair))
        fail_msg("SEED=%llu: no rest", (unsigned long long)seed);
    if (sent_twice(&tally) > tally.lost)
        fail_msg("SEED=%llu: %zu sent again, %zu lost", (unsigned long long)seed, sent_twice(&tally), tally.lost);
    assert_same_state(pair, b);
    pair_free(pair);
}

static void test_near_over_a_line_that_breaks(void **state)
{
    uint64_t seed = seed_start();

    (void)state;
    for (uint64_t i = 0; i < 12; i++)
        run_story(seed + i);
}

/* B has read what is near, and nothing else. */
static void read_near_only(struct pair *pair, size_t b)
{
    struct tally tally = {.entries = 0};

    pair_connect(pair, b);
    for (int i = 0; i < 20 && tally.near_deltas == 0; i++)
        turn(pair, b, 1, &tally);
    assert_int_equal(tally.near_deltas, 1);
    assert_true(node_ahead(pair->nodes[b].node) > 0);
    pair_disconnect(pair, b);
}

static void test_near_of_another_journal_or_rule_means_nothing(void **state)
{
    struct memstore *backup;
    struct lineage then;
    size_t a;
    size_t b;
    struct pair *pair = backlog(100, 0, &a, &b);

    (void)state;
    backup = memstore_clone(pair->journal);
    then = pair->lineage;
    record_some(pair, a, 100, MANY, 300);
    pair_tick(pair, 1000);
    assert_true(pair_settle(pair));
    read_near_only(pair, b);
    /* The next hub has a rule of its own, as far as the node knows. */
    pair->nodes[b].node->near.rule = 99;
    read_near_only(pair, b);
    assert_int_equal(pair->nodes[b].node->near.rule, 1);
    pair_restart_node(pair, b);
    assert_true(node_ahead(pair->nodes[b].node) > 0);
    pair->nodes[b].node->record.scope_epoch++;
    assert_int_equal(node_ahead(pair->nodes[b].node), 0);
    pair->nodes[b].node->record.scope_epoch--;
    pair_disconnect(pair, a);
    pair_restore_hub(pair, backup, &then);
    pair_connect(pair, b);
    pair_hub_round(pair, 64);
    pair_node_round(pair, b);
    assert_int_equal(node_ahead(pair->nodes[b].node), 0);
    pair_connect(pair, a);
    assert_true(pair_settle(pair));
    assert_same_state(pair, b);
    pair_free(pair);
}

/* The row is read again as the store has it, by the node that goes on from it. */
static uint64_t ahead_in(struct pair *pair, size_t b)
{
    struct store_txn *txn = memstore_begin_write(pair->nodes[b].store);
    uint64_t ahead;

    assert_int_equal(node_load_near(pair->nodes[b].node, txn), 0);
    ahead = node_ahead(pair->nodes[b].node);
    memstore_abort(txn);
    return ahead;
}

static void test_who_becomes_another_has_read_nothing_ahead(void **state)
{
    const uint8_t fresh[2][INCARNATION_SIZE] = {{1}, {2}};
    struct node_replacement as = {.node = {9}, .sign_key = {8}, .incarnation = {7}};
    struct store_txn *txn;
    uint64_t waiting;
    size_t a;
    size_t b;
    struct pair *pair = backlog(100, 0, &a, &b);

    (void)state;
    record_some(pair, a, 100, MANY, 300);
    pair_tick(pair, 1000);
    assert_true(pair_settle(pair));
    read_near_only(pair, b);
    assert_true(ahead_in(pair, b) > 0);
    txn = memstore_begin_write(pair->nodes[b].store);
    pair->nodes[b].node->record.verdict = NAVETTE__VERDICT__VERDICT_CLONE;
    pair->nodes[b].node->dirty = 1;
    assert_int_equal(node_record_save(pair->nodes[b].node, txn), 0);
    assert_int_equal(node_become(pair->nodes[b].node, txn, fresh[0], fresh[1], &waiting), 0);
    assert_int_equal(memstore_commit(txn), 0);
    assert_int_equal(ahead_in(pair, b), 0);
    pair_free(pair);

    pair = backlog(100, 0, &a, &b);
    record_some(pair, a, 100, MANY, 300);
    pair_tick(pair, 1000);
    assert_true(pair_settle(pair));
    read_near_only(pair, b);
    txn = memstore_begin_write(pair->nodes[b].store);
    assert_int_equal(node_replace(pair->nodes[b].node, txn, &as), 0);
    assert_int_equal(memstore_commit(txn), 0);
    assert_int_equal(ahead_in(pair, b), 0);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_near_comes_first_and_once),
        cmocka_unit_test(test_near_is_not_asked_for_by_who_is_almost_there),
        cmocka_unit_test(test_near_on_a_thin_line_leaves_seals_out),
        cmocka_unit_test(test_near_over_a_line_that_breaks),
        cmocka_unit_test(test_near_of_another_journal_or_rule_means_nothing),
        cmocka_unit_test(test_who_becomes_another_has_read_nothing_ahead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
