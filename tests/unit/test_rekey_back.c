/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A change of a node's keys that its hub forgets (core/sync/node_rekey_kept.c, hub_rekey.c).
 *   - it is kept until the hub says that a backup knows it, over restarts; another one waits for that where backups are made, and does not where none is
 *   - a session under the key before says nothing of the present one
 *   - a hub put back from before is told of it again under the transport key before, before anything that the new key signed, in the next session when one breaks off; all verifies, and from there on the new key alone opens
 *   - a key has one successor, that of a replaced machine none: in any order of arrival, whoever held a key before cannot name keys that count; what they signed stays verifiable, up to where the
 *     change that counts begins
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "navette/frame.h"
#include "navette/hub.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/pair_backup.h"
#include "tests/lib/seed.h"

struct bench {
    struct pair *pair;
    struct pair_node *node;
    size_t which;
    uint8_t old_curve[KEY_SIZE], new_curve[KEY_SIZE];
    uint8_t old_public[KEY_SIZE], new_public[KEY_SIZE];
    uint8_t old_secret[64], new_secret[64];
};

static void begin(struct bench *bench)
{
    bench->pair = pair_new();
    pair_begin_epoch(bench->pair);
    bench->which = pair_enrol(bench->pair, "BIB", NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK);
    bench->node = &bench->pair->nodes[bench->which];
    memcpy(bench->old_curve, bench->node->curve_key, KEY_SIZE);
    memcpy(bench->old_public, bench->node->sign_public, KEY_SIZE);
    memcpy(bench->old_secret, bench->node->sign_secret, 64);
    memset(bench->new_curve, 0x77, KEY_SIZE);
    crypto_sign_keypair(bench->new_public, bench->new_secret);
    pair_connect(bench->pair, bench->which);
    assert_true(pair_settle(bench->pair));
    assert_int_equal(pair_register(bench->pair, bench->which, "1", "Un"), 0);
    assert_true(pair_settle(bench->pair));
}

static void sign(const struct bench *bench, struct rekey *rekey)
{
    uint8_t bytes[REKEY_SIGNED_SIZE];

    rekey_signed_bytes(rekey, bytes);
    crypto_sign_detached(rekey->signature, NULL, bytes, sizeof bytes, bench->old_secret);
    crypto_sign_detached(rekey->proof, NULL, bytes, sizeof bytes, bench->new_secret);
}

static struct rekey change(const struct bench *bench, uint64_t from_seq)
{
    struct rekey rekey = {.from_seq = from_seq};

    memcpy(rekey.node, bench->node->id, NODE_ID_SIZE);
    memcpy(rekey.curve_key, bench->new_curve, KEY_SIZE);
    memcpy(rekey.sign_key, bench->new_public, KEY_SIZE);
    memcpy(rekey.previous, bench->old_public, KEY_SIZE);
    memcpy(rekey.incarnation, bench->node->incarnation, INCARNATION_SIZE);
    sign(bench, &rekey);
    return rekey;
}

/* The node's end of a change that the hub has taken. */
static void end(struct bench *bench)
{
    struct store_txn *txn;
    int taken;

    assert_non_null(node_rekey_pending(bench->node->node, &taken));
    assert_true(taken);
    txn = memstore_begin_write(bench->node->store);
    assert_int_equal(node_rekey_end(bench->node->node, txn), 0);
    assert_int_equal(memstore_commit(txn), 0);
    memcpy(bench->node->curve_key, bench->new_curve, KEY_SIZE);
    pair_connect(bench->pair, bench->which);
    assert_true(pair_settle(bench->pair));
}

static void rekey(struct bench *bench)
{
    struct rekey rekey = change(bench, pair_progress(bench->pair, bench->which).head + 1);
    struct store_txn *txn = memstore_begin_write(bench->node->store);

    assert_int_equal(node_rekey_begin(bench->node->node, txn, &rekey), 0);
    assert_int_equal(memstore_commit(txn), 0);
    memcpy(bench->node->sign_public, bench->new_public, KEY_SIZE);
    memcpy(bench->node->sign_secret, bench->new_secret, 64);
    pair_tick(bench->pair, 5000);
    (void)pair_settle(bench->pair);
    end(bench);
}

static int is_kept(const struct bench *bench, int safe_wanted)
{
    int safe;

    return node_rekey_kept(bench->node->node, &safe) != NULL && safe == safe_wanted;
}

static uint64_t tail(const struct pair *pair)
{
    struct store_txn *txn = memstore_begin_read(pair->journal);
    uint64_t position;

    assert_int_equal(journal_tail(txn, &position), 0);
    memstore_abort(txn);
    return position;
}

static void hear(struct bench *bench)
{
    pair_tick(bench->pair, 11000);
    assert_true(pair_settle(bench->pair));
}

static void test_rekey_kept_until_backed_up(void **state)
{
    struct bench bench;
    struct store_txn *txn;
    uint64_t before;
    int safe;

    (void)state;
    begin(&bench);
    assert_null(node_rekey_kept(bench.node->node, &safe));
    before = tail(bench.pair);
    rekey(&bench);
    assert_true(is_kept(&bench, 0));
    assert_int_equal(node_rekey_may(bench.node->node), 0);
    hub_set_backup(bench.pair->hub, before, bench.pair->now_ms);
    hear(&bench);
    assert_true(is_kept(&bench, 0));
    assert_int_equal(node_rekey_may(bench.node->node), NAVETTE_E_EXISTS);
    pair_restart_node(bench.pair, bench.which);
    assert_true(is_kept(&bench, 0));
    pair_connect(bench.pair, bench.which);
    assert_true(pair_settle(bench.pair));
    assert_true(is_kept(&bench, 0));
    pair_back_up(bench.pair);
    hear(&bench);
    assert_true(is_kept(&bench, 1));
    assert_int_equal(node_rekey_may(bench.node->node), 0);
    txn = memstore_begin_write(bench.node->store);
    assert_int_equal(node_rekey_forget(bench.node->node, txn), 0);
    assert_int_equal(memstore_commit(txn), 0);
    pair_restart_node(bench.pair, bench.which);
    assert_null(node_rekey_kept(bench.node->node, &safe));
    assert_false(node_rekey_again(bench.node->node));
    pair_free(bench.pair);
}

static void test_rekey_told_again(void **state)
{
    struct bench bench;
    struct memstore *backup;
    struct lineage then;
    const struct hub_node *known;
    struct store_txn *txn;
    uint64_t checked;

    (void)state;
    begin(&bench);
    backup = memstore_clone(bench.pair->journal);
    then = bench.pair->lineage;
    pair_back_up(bench.pair);
    rekey(&bench);
    assert_int_equal(pair_register(bench.pair, bench.which, "2", "Deux"), 0);
    assert_true(pair_settle(bench.pair));
    pair_restore_hub(bench.pair, backup, &then);
    pair_back_up(bench.pair);
    assert_null(hub_node_by_key(bench.pair->hub, bench.new_curve));
    /* Under the key before, that key is in the backup. */
    memcpy(bench.node->curve_key, bench.old_curve, KEY_SIZE);
    assert_true(node_rekey_again(bench.node->node));
    assert_false(node_rekey_again(bench.node->node));
    /* The line breaks behind WELCOME: that door stays open to it, and it says the same in the next session. */
    pair_connect(bench.pair, bench.which);
    (void)pair_hub_round(bench.pair, 1);
    (void)pair_node_round(bench.pair, bench.which);
    pair_disconnect(bench.pair, bench.which);
    assert_null(hub_node_by_key(bench.pair->hub, bench.new_curve));
    assert_true(node_rekey_may_again(bench.node->node));
    pair_connect(bench.pair, bench.which);
    (void)pair_settle(bench.pair);
    pair_tick(bench.pair, 11000);
    (void)pair_settle(bench.pair);
    assert_true(is_kept(&bench, 0));
    end(&bench);
    assert_true(is_kept(&bench, 0));
    known = hub_node_by_key(bench.pair->hub, bench.new_curve);
    assert_non_null(known);
    assert_memory_equal(known->sign_key, bench.new_public, KEY_SIZE);
    assert_int_equal(pair_register(bench.pair, bench.which, "3", "Trois"), 0);
    assert_true(pair_settle(bench.pair));
    txn = memstore_begin_read(bench.pair->journal);
    assert_int_equal(journal_verify_keys(txn, bench.node->incarnation, known->sign_key, &known->past, &checked), 0);
    assert_int_equal(checked, 3);
    memstore_abort(txn);
    /* Seen under the new one, the one before opens nothing. */
    memcpy(bench.node->curve_key, bench.old_curve, KEY_SIZE);
    pair_connect(bench.pair, bench.which);
    (void)pair_settle(bench.pair);
    assert_int_equal(pair_progress(bench.pair, bench.which).old_key, 1);
    memcpy(bench.node->curve_key, bench.new_curve, KEY_SIZE);
    pair_connect(bench.pair, bench.which);
    pair_back_up(bench.pair);
    hear(&bench);
    assert_true(is_kept(&bench, 1));
    pair_free(bench.pair);
}

/* ---- whose keys count */

#define WORDS 5u

static void say_rekeyed(struct bench *bench, uint64_t hlc, const uint8_t *previous, const uint8_t *sign_key, uint8_t curve)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__NodeRekeyed rekeyed = NAVETTE__NODE_REKEYED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    uint8_t curve_key[KEY_SIZE], some[SIGNATURE_SIZE] = {1};
    char id[2 * NODE_ID_SIZE + 1];

    memset(curve_key, curve, KEY_SIZE);
    hex_encode(bench->node->id, NODE_ID_SIZE, id);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = id;
    rekeyed.node = &thing;
    rekeyed.curve_key = (ProtobufCBinaryData){KEY_SIZE, curve_key};
    rekeyed.sign_key = (ProtobufCBinaryData){KEY_SIZE, (uint8_t *)(uintptr_t)sign_key};
    rekeyed.previous = (ProtobufCBinaryData){KEY_SIZE, (uint8_t *)(uintptr_t)previous};
    rekeyed.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, bench->node->incarnation};
    rekeyed.from_seq = 5;
    rekeyed.signature = rekeyed.proof = (ProtobufCBinaryData){SIGNATURE_SIZE, some};
    rekeyed.until_ms = 1;
    event.hlc = hlc;
    event.body_case = NAVETTE__EVENT__BODY_NODE_REKEYED;
    event.node_rekeyed = &rekeyed;
    pair_decide(bench->pair, &event);
}

static void say_enrolled(struct bench *bench, uint64_t hlc, uint8_t *sign_key, uint8_t curve)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__NodeEnrolled enrolled = NAVETTE__NODE_ENROLLED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char *places[1] = {bench->node->place};
    uint8_t curve_key[KEY_SIZE];
    char id[2 * NODE_ID_SIZE + 1];

    memset(curve_key, curve, KEY_SIZE);
    hex_encode(bench->node->id, NODE_ID_SIZE, id);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = id;
    enrolled.node = &thing;
    enrolled.curve_key = (ProtobufCBinaryData){KEY_SIZE, curve_key};
    enrolled.sign_key = (ProtobufCBinaryData){KEY_SIZE, sign_key};
    enrolled.n_places = 1;
    enrolled.places = places;
    enrolled.role = NAVETTE__ROLE__ROLE_BRANCH;
    enrolled.scope = NAVETTE__SCOPE__SCOPE_NETWORK;
    event.hlc = hlc;
    event.body_case = NAVETTE__EVENT__BODY_NODE_ENROLLED;
    event.node_enrolled = &enrolled;
    pair_decide(bench->pair, &event);
}

/* In the order of the hub's clock: changed to 1; changed to 2 by who held 0; said again; replaced by 3; changed to 4 by who holds 1. */
static void say(struct bench *bench, size_t which, uint8_t (*keys)[KEY_SIZE], int replaced)
{
    uint64_t from = (uint64_t)(bench->pair->now_ms + 100000) << 16;

    switch (which) {
    case 0:
        say_rekeyed(bench, from + 10, keys[0], keys[1], 0x81);
        break;
    case 1:
        say_rekeyed(bench, from + 20, keys[0], keys[2], 0x82);
        break;
    case 2:
        say_rekeyed(bench, from + 30, keys[0], keys[1], 0x81);
        break;
    case 3:
        if (replaced)
            say_enrolled(bench, from + 40, keys[3], 0x83);
        break;
    default:
        if (replaced)
            say_rekeyed(bench, from + 50, keys[1], keys[4], 0x84);
        break;
    }
}

/* 1: an event of the node's log with this number may be signed with this key. */
static int may_sign(const struct hub_node *node, const uint8_t incarnation[INCARNATION_SIZE], const uint8_t *key, uint64_t seq)
{
    const uint8_t *one;
    size_t turn = 0;

    while ((one = rekey_next(node->sign_key, &node->past, incarnation, seq, seq, &turn)) != NULL)
        if (memcmp(one, key, KEY_SIZE) == 0)
            return 1;
    return 0;
}

static void test_rekey_one_successor_in_any_order(void **state)
{
    uint64_t seed = seed_start();

    (void)state;
    for (unsigned round = 0; round < 24; round++) {
        size_t order[WORDS];
        int replaced = round % 2;
        uint8_t keys[WORDS][KEY_SIZE], curve[KEY_SIZE];
        const struct hub_node *node;
        struct bench bench;

        begin(&bench);
        for (unsigned i = 0; i < WORDS; i++)
            memset(keys[i], (int)(0x90 + i), KEY_SIZE);
        memcpy(keys[0], bench.old_public, KEY_SIZE);
        foldkit_shuffle(order, WORDS, &seed);
        for (unsigned i = 0; i < WORDS; i++)
            say(&bench, order[i], keys, replaced);
        pair_restart_hub(bench.pair);
        node = hub_node_at(bench.pair->hub, 0);
        assert_memory_equal(node->sign_key, keys[replaced ? 3 : 1], KEY_SIZE);
        memset(curve, replaced ? 0x83 : 0x81, KEY_SIZE);
        assert_memory_equal(node->curve_key, curve, KEY_SIZE);
        assert_true(rekey_past_has(&node->past, keys[0]) && rekey_past_has(&node->past, keys[2]));
        assert_int_equal(node->past.count, replaced ? 4 : 2);
        /* Of two that follow a key, the one that does not count holds where that key does: up to the change that counts. */
        assert_true(may_sign(node, bench.node->incarnation, keys[0], 4) && may_sign(node, bench.node->incarnation, keys[2], 4));
        assert_false(may_sign(node, bench.node->incarnation, keys[0], 5) || may_sign(node, bench.node->incarnation, keys[2], 5));
        /* What was stolen opens nothing, not even to be told so. */
        memset(curve, 0x82, KEY_SIZE);
        assert_null(hub_node_by_key(bench.pair->hub, curve));
        memset(curve, 0x84, KEY_SIZE);
        assert_null(hub_node_by_key(bench.pair->hub, curve));
        pair_free(bench.pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rekey_kept_until_backed_up),
        cmocka_unit_test(test_rekey_told_again),
        cmocka_unit_test(test_rekey_one_successor_in_any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
