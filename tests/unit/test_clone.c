/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub.h, node.h: two machines with the keys and the store of one node.
 *   - both are held from the third return on, nothing is taken from either, each has a token of its own; a restart of the hub or of theirs changes nothing
 *   - the chosen one goes on, also after restarts; the other is told so, and comes back as another node: both have recorded, nothing is lost, bytes and references stay
 *   - what both have of before the copy counts once, and stands in no store twice; a choice may be changed; a chosen one that is copied is found again
 *   - a thousand reconnections and restarts of the chosen one raise no alarm
 *   - a node whose key was replaced is held no more; choices of machines nobody heard of, of nodes that were not cloned and of unknown nodes change nothing
 *   - whoever is not held does not become another node; only logs of a node that was cloned may be adopted by another
 *   - which one is chosen, at random, with what both record before and after: the same state everywhere
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/pair.h"
#include "tests/lib/seed.h"

#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK

static void record(struct pair *pair, size_t node, int from, int count)
{
    char barcode[16];

    for (int i = from; i < from + count; i++) {
        snprintf(barcode, sizeof(barcode), "%06d", i);
        assert_int_equal(pair_register(pair, node, barcode, "Un titre"), 0);
    }
}

/* Minutes pass; whoever was sent away connects again. */
static void pass(struct pair *pair, int seconds)
{
    for (int i = 0; i < seconds; i++) {
        size_t moved = 1;

        for (size_t k = 0; k < pair->node_count; k++)
            if (pair->nodes[k].session == 0)
                pair_connect(pair, k);
        for (int round = 0; round < 1000 && moved > 0; round++) {
            moved = pair->up.count > 0 ? pair_hub_round(pair, 64) : 0;
            for (size_t k = 0; k < pair->node_count; k++)
                moved += pair_node_round(pair, k);
        }
        pair_tick(pair, 1000);
    }
}

static int is_held(struct pair *pair, size_t node)
{
    return pair_progress(pair, node).verdict == NAVETTE__VERDICT__VERDICT_CLONE;
}

static struct hub_clone_info clone_of(struct pair *pair, size_t node)
{
    struct hub_clone_info info;

    for (size_t i = 0; hub_clone_at(pair->hub, i, &info) == 0; i++)
        if (memcmp(info.node, pair->nodes[node].id, NODE_ID_SIZE) == 0)
            return info;
    fail();
    return info;
}

/* Two branches, the first of which was copied: *copy has all that it had. Both are held. */
static struct pair *network(size_t *a, size_t *b, size_t *copy)
{
    struct pair *pair = pair_new();

    *a = pair_enrol(pair, "BIB-A", BRANCH);
    *b = pair_enrol(pair, "BIB-B", BRANCH);
    record(pair, *a, 0, 5);
    pair_connect(pair, *a);
    pair_connect(pair, *b);
    assert_true(pair_settle(pair));
    pair_disconnect(pair, *a);
    record(pair, *a, 5, 2); /* not sent, and in both */
    *copy = pair_copy(pair, *a);
    pair_connect(pair, *a);
    pair_connect(pair, *copy);
    pass(pair, 120);
    return pair;
}

static size_t known(struct pair *pair, const char *barcode)
{
    struct store_txn *state = memstore_begin_read(pair->state);
    struct store_txn *journal = memstore_begin_read(pair->journal);
    struct thing_key key;
    struct history history;
    size_t count = 0;

    assert_int_equal(thing_key_make(NAVETTE__THING_KIND__THING_ITEM, "t", barcode, &key), 0);
    if (fold_history(state, journal, &key, INT64_MAX, &history) == 0) {
        count = history.count;
        history_free(&history);
    }
    memstore_abort(journal);
    memstore_abort(state);
    return count;
}

static void assert_same(struct pair *pair)
{
    uint8_t hub[HASH_SIZE];
    uint8_t own[HASH_SIZE];

    pair_digest(pair->state, hub);
    for (size_t i = 0; i < pair->node_count; i++) {
        pair_digest(pair->nodes[i].store, own);
        assert_memory_equal(own, hub, HASH_SIZE);
    }
}

/* No store holds an entry in two places. */
static void assert_once(struct pair *pair)
{
    for (size_t i = 0; i < pair->node_count; i++) {
        struct store_txn *txn = memstore_begin_read(pair->nodes[i].store);
        struct journal_entry found;
        struct journal_entry entry;

        for (uint64_t at = 1; journal_read_raw(txn, at, &entry) == 0; at++) {
            assert_int_equal(journal_find(txn, &entry.self, &found), 0);
            assert_int_equal(found.position, at);
        }
        memstore_abort(txn);
    }
}

static void test_both_are_held_for_good(void **state)
{
    size_t a, b, copy;
    struct pair *pair = network(&a, &b, &copy);
    uint64_t before = pair_hub_head(pair, a);
    struct node_progress one, other;

    (void)state;
    for (int round = 0; round < 4; round++) {
        assert_true(is_held(pair, a) && is_held(pair, copy));
        assert_false(is_held(pair, b));
        one = pair_progress(pair, a);
        other = pair_progress(pair, copy);
        assert_memory_not_equal(one.claimant, other.claimant, sizeof(one.claimant));
        assert_false(one.elsewhere || other.elsewhere);
        assert_int_equal(clone_of(pair, a).count, 2);
        assert_int_equal(clone_of(pair, b).found_ms, 0);
        assert_int_equal(pair_hub_head(pair, a), before);
        if (round % 2 == 0)
            pair_restart_hub(pair);
        pair_restart_node(pair, a);
        pair_restart_node(pair, copy);
        pair_connect(pair, a);
        pair_connect(pair, copy);
        pair_connect(pair, b);
        pass(pair, 90);
        assert_memory_equal(pair_progress(pair, a).claimant, one.claimant, sizeof(one.claimant));
        assert_memory_equal(pair_progress(pair, copy).claimant, other.claimant, sizeof(one.claimant));
    }
    pair_free(pair);
}

static void test_chosen_goes_on_and_other_becomes_another(void **state)
{
    size_t a, b, copy;
    struct pair *pair = network(&a, &b, &copy);

    (void)state;
    record(pair, a, 100, 3); /* what a program that does not ask would record: nothing stops the log itself */
    record(pair, copy, 200, 4);
    pair_choose(pair, copy);
    pass(pair, 120);
    assert_false(is_held(pair, copy));
    assert_true(is_held(pair, a));
    assert_true(pair_progress(pair, a).elsewhere);
    assert_int_equal(node_is_cloned(pair->nodes[a].node), 2);
    assert_int_equal(known(pair, "000203"), 1);
    assert_int_equal(known(pair, "000100"), 0);
    pair_restart_hub(pair);
    pair_restart_node(pair, copy);
    for (size_t i = 0; i < pair->node_count; i++)
        pair_connect(pair, i);
    pass(pair, 120);
    assert_true(is_held(pair, a) && !is_held(pair, copy));
    assert_int_equal(pair_become(pair, a), 3);
    pair_connect(pair, a);
    assert_true(pair_settle(pair));
    assert_false(is_held(pair, a));
    assert_same(pair);
    assert_once(pair);
    assert_int_equal(known(pair, "000102"), 1);
    assert_int_equal(known(pair, "000203"), 1);
    assert_int_equal(known(pair, "000006"), 1);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_EVENT_REFUSED), 0);
    record(pair, a, 300, 1);
    record(pair, copy, 301, 1);
    assert_true(pair_settle(pair));
    assert_same(pair);
    assert_int_equal(known(pair, "000300") + known(pair, "000301"), 2);
    pair_free(pair);
}

/* What both have of before the copy is at the hub by the chosen one's hand: the other had put it aside. */
static void test_what_both_had_unsent_stands_once(void **state)
{
    struct pair *pair = pair_new();
    size_t a = pair_enrol(pair, "BIB-A", BRANCH);
    size_t copy;

    (void)state;
    record(pair, a, 0, 5);
    pair_connect(pair, a);
    assert_true(pair_settle(pair));
    pair_disconnect(pair, a);
    record(pair, a, 5, 2);
    copy = pair_copy(pair, a);
    for (int i = 0; i < 12; i++) { /* each is welcomed, and cut off before anything it sends is read */
        size_t node = i % 2 == 0 ? a : copy;

        pair_connect(pair, node);
        pair_hub_round(pair, 64);
        pair_node_round(pair, node);
        pair_disconnect(pair, node);
    }
    pass(pair, 60);
    assert_true(is_held(pair, a) && is_held(pair, copy));
    assert_int_equal(pair_hub_head(pair, a), 5);
    pair_choose(pair, a);
    pass(pair, 60);
    assert_int_equal(pair_hub_head(pair, a), 7);
    assert_int_equal(pair_become(pair, copy), 2);
    pair_connect(pair, copy);
    assert_true(pair_settle(pair));
    assert_same(pair);
    assert_once(pair);
    assert_int_equal(known(pair, "000005"), 1);
    assert_int_equal(known(pair, "000006"), 1);
    pair_free(pair);
}

static void test_choice_may_be_changed(void **state)
{
    size_t a, b, copy;
    struct pair *pair = network(&a, &b, &copy);

    (void)state;
    pair_choose(pair, a);
    pass(pair, 60);
    assert_false(is_held(pair, a));
    pair_choose(pair, copy);
    record(pair, a, 100, 1);
    pass(pair, 120);
    assert_true(is_held(pair, a) && !is_held(pair, copy));
    assert_int_equal(known(pair, "000100"), 0);
    pair_free(pair);
}

static void test_chosen_is_copied_again(void **state)
{
    size_t a, b, copy, third;
    struct pair *pair = network(&a, &b, &copy);
    uint8_t claimant[16];
    int64_t found_ms = clone_of(pair, a).found_ms;

    (void)state;
    pair_choose(pair, a);
    pass(pair, 60);
    memcpy(claimant, pair_progress(pair, a).claimant, sizeof(claimant));
    third = pair_copy(pair, a);
    pair_connect(pair, third);
    pass(pair, 240);
    assert_true(clone_of(pair, a).found_ms > found_ms);
    assert_false(clone_of(pair, a).chosen);
    assert_true(is_held(pair, a) && is_held(pair, third) && is_held(pair, copy));
    assert_memory_not_equal(pair_progress(pair, a).claimant, pair_progress(pair, third).claimant, sizeof(claimant));
    pair_choose(pair, third);
    pass(pair, 120);
    assert_true(is_held(pair, a) && !is_held(pair, third) && is_held(pair, copy));
    pair_free(pair);
}

static void test_thousand_restarts_of_the_chosen_one(void **state)
{
    size_t a, b, copy;
    struct pair *pair = network(&a, &b, &copy);
    int64_t found_ms = clone_of(pair, a).found_ms;

    (void)state;
    pair_choose(pair, a);
    pass(pair, 60);
    for (int i = 0; i < 1000; i++) {
        if (i % 3 == 0)
            pair_restart_node(pair, a);
        if (i % 50 == 0)
            pair_restart_hub(pair);
        pair_connect(pair, a);
        if (i % 7 == 0)
            pair_connect(pair, copy); /* asks again all the while */
        for (int round = 0; round < 3; round++) {
            pair_hub_round(pair, 64);
            pair_node_round(pair, a);
            pair_node_round(pair, copy);
        }
        pair_tick(pair, 10);
        assert_int_equal(clone_of(pair, a).found_ms, found_ms);
        assert_int_equal(pair_progress(pair, a).link, NODE_STREAMING);
    }
    assert_true(is_held(pair, copy));
    pair_free(pair);
}

static void choose_of(struct pair *pair, char *node, uint8_t with)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__CloneChosen chosen = NAVETTE__CLONE_CHOSEN__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    uint8_t claimant[16];

    memset(claimant, with, sizeof(claimant));
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = node;
    chosen.node = &thing;
    chosen.claimant = (ProtobufCBinaryData){sizeof(claimant), claimant};
    body.body_case = NAVETTE__EVENT__BODY_CLONE_CHOSEN;
    body.clone_chosen = &chosen;
    pair_decide(pair, &body);
}

static void test_choices_of_nobody(void **state)
{
    size_t a, b, copy;
    struct pair *pair = network(&a, &b, &copy);
    char hex[2 * NODE_ID_SIZE + 1];
    char unknown[] = "00000000000000000000000000000000";

    (void)state;
    hex_encode(pair->nodes[b].id, NODE_ID_SIZE, hex);
    choose_of(pair, hex, 1);
    choose_of(pair, unknown, 1);
    hex_encode(pair->nodes[a].id, NODE_ID_SIZE, hex);
    choose_of(pair, hex, 1);
    record(pair, b, 400, 1);
    pass(pair, 60);
    assert_false(is_held(pair, b));
    assert_int_equal(known(pair, "000400"), 1);
    assert_true(is_held(pair, a) && is_held(pair, copy));
    pair_choose(pair, a);
    pass(pair, 60);
    assert_false(is_held(pair, a));
    pair_free(pair);
}

static void test_whoever_is_not_held_stays_who_it_is(void **state)
{
    size_t a, b, copy;
    struct pair *pair = network(&a, &b, &copy);
    struct store_txn *txn = memstore_begin_write(pair->nodes[b].store);
    uint8_t name[INCARNATION_SIZE] = {9};
    uint64_t waiting;

    (void)state;
    assert_int_equal(node_become(pair->nodes[b].node, txn, name, name, &waiting), NAVETTE_E_REFUSED);
    memstore_abort(txn);
    pair_free(pair);
}

static void test_any_choice_gives_the_same_everywhere(void **state)
{
    uint64_t seed = seed_start();

    (void)state;
    for (int round = 0; round < 12; round++) {
        size_t a, b, copy;
        struct pair *pair = network(&a, &b, &copy);
        size_t chosen = seed_below(&seed, 2) ? a : copy;
        size_t other = chosen == a ? copy : a;

        record(pair, a, 1000, (int)seed_below(&seed, 40));
        record(pair, copy, 2000, (int)seed_below(&seed, 40));
        if (seed_below(&seed, 2))
            pair_restart_node(pair, other);
        pair_choose(pair, chosen);
        pass(pair, 30 + (int)seed_below(&seed, 60));
        record(pair, chosen, 3000, (int)seed_below(&seed, 10));
        if (pair->nodes[other].session == 0)
            pair_connect(pair, other);
        pass(pair, 60);
        (void)pair_become(pair, other);
        record(pair, other, 4000, 2);
        pair_connect(pair, other);
        assert_true(pair_settle(pair));
        assert_same(pair);
        assert_once(pair);
        assert_int_equal(known(pair, "004001"), 1);
        assert_int_equal(known(pair, "000006"), 1);
        pair_free(pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_are_held_for_good),
        cmocka_unit_test(test_chosen_goes_on_and_other_becomes_another),
        cmocka_unit_test(test_what_both_had_unsent_stands_once),
        cmocka_unit_test(test_choice_may_be_changed),
        cmocka_unit_test(test_chosen_is_copied_again),
        cmocka_unit_test(test_thousand_restarts_of_the_chosen_one),
        cmocka_unit_test(test_choices_of_nobody),
        cmocka_unit_test(test_whoever_is_not_held_stays_who_it_is),
        cmocka_unit_test(test_any_choice_gives_the_same_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
