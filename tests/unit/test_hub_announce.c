/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub_announce.c: the hub's own keys, as its logs tell of them, and who knows them.
 *   - whatever the order in which its logs speak of changes, and however often, what leads to the keys that it has counts, and what follows; of the keys it had before somebody else's successors do not
 *   - one whose signatures fail, or of another node, says nothing; the earliest end counts; as many as are kept, and more
 *   - however many others whoever holds a key that was given up names, before or afterwards, what counts is taken in and stays
 *   - ... also while the words between a journal that was put back and the later keys are not here: those that lead to these keep their room
 *   - under a key that was given up only the log that it ended in comes back, once the overlap is over
 *   - later keys beside a journal signed with earlier ones: what these signed is the hub's, and what they name in any order, in any log, whatever others they name; no more once the words that lead to the later ones are here; what was signed
 *     before these, under the keys that they followed, verifies all the while
 *   - a node is told what is behind the key that it knows, until it says that it knows; what it said is known after a restart; a key that is not here is told as strange
 *   - when the port goes over everybody is told so
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "navette/frame.h"
#include "navette/hub.h"
#include "sync/hub_state.h"
#include "tests/lib/pair.h"
#include "tests/lib/sample.h"
#include "tests/lib/seed.h"

#define PAIRS (REKEY_PAST + 3u)

struct pairs {
    uint8_t curve[PAIRS][KEY_SIZE];
    uint8_t sign[PAIRS][KEY_SIZE];
    uint8_t secret[PAIRS][64];
};

/* The hub of `pair` begins with the first of these. */
static void make(struct pair *pair, struct pairs *pairs)
{
    randombytes_buf(pairs, sizeof *pairs);
    for (size_t i = 0; i < PAIRS; i++)
        crypto_sign_keypair(pairs->sign[i], pairs->secret[i]);
    memcpy(pairs->sign[0], pair->hub_public, KEY_SIZE);
    memcpy(pairs->secret[0], pair->hub_secret, 64);
}

static struct rekey change(const struct pair *pair, const struct pairs *pairs, size_t from, size_t to)
{
    struct rekey rekey = {.from_seq = 1000 + to};
    uint8_t bytes[REKEY_SIGNED_SIZE];

    memcpy(rekey.node, pair->hub_id, NODE_ID_SIZE);
    memcpy(rekey.incarnation, pair->hub_incarnation, INCARNATION_SIZE);
    memcpy(rekey.curve_key, pairs->curve[to], KEY_SIZE);
    memcpy(rekey.sign_key, pairs->sign[to], KEY_SIZE);
    memcpy(rekey.previous, pairs->sign[from], KEY_SIZE);
    rekey_signed_bytes(&rekey, bytes);
    crypto_sign_detached(rekey.signature, NULL, bytes, sizeof bytes, pairs->secret[from]);
    crypto_sign_detached(rekey.proof, NULL, bytes, sizeof bytes, pairs->secret[to]);
    return rekey;
}

static void say(struct pair *pair, const struct rekey *rekey, int64_t until_ms)
{
    struct rekey_body body;

    rekey_body_fill(rekey, until_ms, &body);
    pair_decide(pair, &body.event);
}

static void announce(struct pair *pair, const struct pairs *pairs, size_t from, size_t to)
{
    struct rekey rekey = change(pair, pairs, from, to);

    say(pair, &rekey, pair->now_ms + 1000);
}

/* 0 to `last`, each by the one before. */
static void assert_chain(const struct pair *pair, const struct pairs *pairs, size_t last)
{
    const struct rekey_past *past;
    int64_t until_ms;
    size_t count;
    const struct rekey *list = hub_announced(pair->hub, &count, &until_ms);

    assert_int_equal(count, last);
    for (size_t i = 0; i < count; i++) {
        assert_memory_equal(list[i].previous, pairs->sign[i], KEY_SIZE);
        assert_memory_equal(list[i].sign_key, pairs->sign[i + 1], KEY_SIZE);
    }
    assert_memory_equal(hub_own_keys(pair->hub, &past), pairs->sign[last], KEY_SIZE);
    assert_int_equal(past->count, last);
}

static void test_hub_announced_any_order(void **state)
{
    uint64_t seed = seed_start();

    (void)state;
    for (unsigned round = 0; round < 12; round++) {
        struct pair *pair = pair_new();
        struct pairs pairs;
        unsigned said = 0, all = 0x1f;

        make(pair, &pairs);
        /* Which of its keys this hub has: in the middle of the change, at its end, or put back from before. */
        memcpy(pair->hub_public, pairs.sign[round % 6], KEY_SIZE);
        pair_restart_hub(pair);
        while (said != all) {
            unsigned from = (unsigned)(seed_next(&seed) % 5);

            announce(pair, &pairs, from, from + 1);
            said |= 1u << from;
            /* Keys that were given up name another: never the ones that this hub still has. */
            if (round % 6 > 0)
                announce(pair, &pairs, seed_next(&seed) % (round % 6), 10);
        }
        assert_chain(pair, &pairs, 5);
        pair_restart_hub(pair);
        assert_chain(pair, &pairs, 5);
        pair_free(pair);
    }
}

static void test_hub_announced_of_others(void **state)
{
    struct pair *pair = pair_new();
    struct pairs pairs;
    struct rekey rekey;
    int64_t until_ms;
    size_t count;

    (void)state;
    make(pair, &pairs);
    rekey = change(pair, &pairs, 0, 1);
    rekey.signature[9] ^= 1;
    say(pair, &rekey, 5000);
    rekey = change(pair, &pairs, 0, 1);
    rekey.proof[9] ^= 1;
    say(pair, &rekey, 5000);
    assert_chain(pair, &pairs, 0);
    rekey = change(pair, &pairs, 0, 1);
    say(pair, &rekey, 5000);
    say(pair, &rekey, 7000);
    (void)hub_announced(pair->hub, &count, &until_ms);
    assert_int_equal(until_ms, 5000);
    say(pair, &rekey, 3000);
    (void)hub_announced(pair->hub, &count, &until_ms);
    assert_int_equal(until_ms, 3000);
    assert_chain(pair, &pairs, 1);
    for (size_t i = 1; i < REKEY_PAST; i++)
        announce(pair, &pairs, i, i + 1);
    assert_chain(pair, &pairs, REKEY_PAST);
    announce(pair, &pairs, REKEY_PAST, REKEY_PAST + 1);
    assert_chain(pair, &pairs, REKEY_PAST);
    pair_free(pair);
}

static int own_verify(struct pair *pair, int64_t now_ms, const Navette__Batch *batch, struct batch_header *header, uint64_t *leaves)
{
    struct hub_input input = {.now_ms = now_ms, .journal = memstore_begin_read(pair->journal)};
    int rc = hub_own_verify(pair->hub, &input, batch, header, leaves);

    memstore_abort(input.journal);
    return rc;
}

/* What is given back to a restored hub under a key that it gave up: of the log that the key ended in, always; of another one, which whoever has stolen the key could write, within the overlap. */
static void test_hub_own_verify_of_another_log(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    struct pair *pair = pair_new();
    uint64_t leaves[LIMIT_BATCH_EVENTS];
    struct batch_header header;
    struct sample_log log;
    struct pairs pairs;
    struct rekey rekey;
    Navette__Batch *batch;
    struct span event;

    (void)state;
    make(pair, &pairs);
    rekey = change(pair, &pairs, 0, 1);
    sample_log_init(&log, 1);
    memcpy(log.sign_public, pairs.sign[0], KEY_SIZE);
    memcpy(log.sign_secret, pairs.secret[0], 64);
    event = sample_pack(arena, sample_event(arena, NAVETTE__EVENT__BODY_DROPPED, 1));
    batch = sample_batch(arena, &log, &event, 1);
    memcpy(pair->hub_public, pairs.sign[1], KEY_SIZE);
    pair_restart_hub(pair);
    assert_int_equal(own_verify(pair, 10, batch, &header, leaves), NAVETTE_E_SIGNATURE);
    say(pair, &rekey, 5000);
    assert_int_equal(own_verify(pair, 4999, batch, &header, leaves), 0);
    assert_int_equal(own_verify(pair, 5000, batch, &header, leaves), NAVETTE_E_SIGNATURE);
    pair_free(pair);
    pair = pair_new();
    memcpy(pair->hub_incarnation, log.incarnation, INCARNATION_SIZE);
    make(pair, &pairs);
    memcpy(pairs.sign[0], log.sign_public, KEY_SIZE);
    memcpy(pairs.secret[0], log.sign_secret, 64);
    rekey = change(pair, &pairs, 0, 1);
    memset(pair->hub_incarnation, 0xf1, INCARNATION_SIZE);
    memcpy(pair->hub_public, pairs.sign[1], KEY_SIZE);
    pair_restart_hub(pair);
    say(pair, &rekey, 5000);
    assert_int_equal(own_verify(pair, 99999, batch, &header, leaves), 0);
    pair_free(pair);
    arena_free(arena);
}

/* One event under this key, in a log of its own. */
static Navette__Batch *signed_by(struct arena *arena, const struct pairs *pairs, size_t which)
{
    struct sample_log log;
    struct span event = sample_pack(arena, sample_event(arena, NAVETTE__EVENT__BODY_DROPPED, 1));

    sample_log_init(&log, 1);
    memcpy(log.sign_public, pairs->sign[which], KEY_SIZE);
    memcpy(log.sign_secret, pairs->secret[which], 64);
    return sample_batch(arena, &log, &event, 1);
}

/* Bit k: what the k-th key signed comes back. */
static unsigned come_back(struct pair *pair, const struct pairs *pairs, size_t count)
{
    struct arena *arena = arena_new(1u << 20);
    uint64_t leaves[LIMIT_BATCH_EVENTS];
    struct batch_header header;
    unsigned found = 0;

    for (size_t i = 0; i < count; i++)
        found |= (unsigned)(own_verify(pair, INT64_MAX - 1, signed_by(arena, pairs, i), &header, leaves) == 0) << i;
    arena_free(arena);
    return found;
}

static void test_hub_own_verify_across_a_gap(void **state)
{
    uint64_t seed = seed_start();

    (void)state;
    for (unsigned round = 0; round < 12; round++) {
        struct pair *pair = pair_new();
        unsigned left = 3; /* changes that are not back: 0 to 1, 1 to 2; 2 to 3 comes last */
        struct pairs pairs;

        make(pair, &pairs);
        memcpy(pair->hub_public, pairs.sign[3], KEY_SIZE);
        pair_restart_hub(pair);
        assert_int_equal(come_back(pair, &pairs, 5), 1u << 3);
        memcpy(pair->hub_root, pairs.sign[0], KEY_SIZE);
        pair_restart_hub(pair);
        assert_true(hub_own_gap(pair->hub));
        assert_int_equal(come_back(pair, &pairs, 5), 1u << 3 | 1u);
        while (left != 0) {
            unsigned which = (unsigned)(seed_next(&seed) % 2);

            /* Somebody who has the first key names another successor: the real one is believed all the same. */
            announce(pair, &pairs, 0, 10);
            announce(pair, &pairs, which, which + 1);
            left &= ~(1u << which);
            assert_true(hub_own_gap(pair->hub));
        }
        assert_int_equal(come_back(pair, &pairs, 5), 0xf);
        pair_restart_hub(pair);
        assert_int_equal(come_back(pair, &pairs, 5), 0xf);
        announce(pair, &pairs, 2, 3);
        assert_false(hub_own_gap(pair->hub));
        assert_chain(pair, &pairs, 3);
        assert_int_equal(come_back(pair, &pairs, 5), 1u << 3);
        pair_free(pair);
    }
}

/* Put back from after its first change, with the keys of its third beside. */
static void test_hub_own_keys_before_the_root(void **state)
{
    const uint8_t first[INCARNATION_SIZE] = {1};
    struct pair *pair = pair_new();
    const struct rekey_past *past;
    const uint8_t *key;
    struct pairs pairs;
    struct rekey rekey;
    size_t turn = 0;
    unsigned found = 0;

    (void)state;
    make(pair, &pairs);
    for (size_t i = 0; i < 2; i++) {
        rekey = change(pair, &pairs, i, i + 1);
        say(pair, &rekey, 5000);
    }
    memcpy(pair->hub_public, pairs.sign[4], KEY_SIZE);
    memcpy(pair->hub_root, pairs.sign[2], KEY_SIZE);
    pair_restart_hub(pair);
    assert_true(hub_own_gap(pair->hub));
    key = hub_own_keys(pair->hub, &past);
    /* Of the log that the first two ended in: each where it signed, and no further. */
    assert_memory_equal(rekey_next(key, past, pair->hub_incarnation, 1000, 1000, &turn), pairs.sign[0], KEY_SIZE);
    turn = 0;
    assert_memory_equal(rekey_next(key, past, pair->hub_incarnation, 1001, 1001, &turn), pairs.sign[1], KEY_SIZE);
    turn = 0;
    while ((key = rekey_next(pair->hub_public, past, first, 1, 1, &turn)) != NULL)
        for (size_t i = 0; i < 5; i++)
            found |= (unsigned)(memcmp(key, pairs.sign[i], KEY_SIZE) == 0) << i;
    assert_int_equal(found, 0x17);
    announce(pair, &pairs, 2, 3);
    announce(pair, &pairs, 3, 4);
    assert_false(hub_own_gap(pair->hub));
    assert_chain(pair, &pairs, 4);
    pair_free(pair);
}

static void test_hub_announced_among_many(void **state)
{
    struct pair *pair = pair_new();
    struct pairs pairs;

    (void)state;
    make(pair, &pairs);
    memcpy(pair->hub_public, pairs.sign[3], KEY_SIZE);
    memcpy(pair->hub_root, pairs.sign[0], KEY_SIZE);
    pair_restart_hub(pair);
    for (size_t from = 0; from < PAIRS; from = from == 0 ? 4 : from + 1)
        for (size_t to = 4; to < PAIRS && from < 8; to++)
            if (to != from)
                announce(pair, &pairs, from, to);
    for (size_t i = 0; i < 3; i++)
        announce(pair, &pairs, i, i + 1);
    assert_chain(pair, &pairs, 3);
    for (size_t to = 4; to < PAIRS; to++)
        for (size_t from = 0; from < 3; from++)
            announce(pair, &pairs, from, to);
    assert_chain(pair, &pairs, 3);
    pair_restart_hub(pair);
    assert_chain(pair, &pairs, 3);
    pair_free(pair);
}

/* The changes 0 to 1 and 1 to 2 are not back; 2 to `last`, the keys that it has, are. */
static void lead_across_a_gap(size_t last, int others)
{
    struct pair *pair = pair_new();
    struct pairs pairs;
    const struct rekey_past *past;
    size_t oldest = last > REKEY_PAST ? last - REKEY_PAST + 1 : 2;

    make(pair, &pairs);
    memcpy(pair->hub_public, pairs.sign[last], KEY_SIZE);
    memcpy(pair->hub_root, pairs.sign[0], KEY_SIZE);
    pair_restart_hub(pair);
    for (size_t to = last + 1; others && to < PAIRS; to++)
        announce(pair, &pairs, 0, to);
    for (size_t i = 2; i < last; i++)
        announce(pair, &pairs, i, i + 1);
    for (int restarted = 0; restarted < 2; restarted++) {
        assert_true(hub_own_gap(pair->hub));
        assert_memory_equal(hub_own_keys(pair->hub, &past), pairs.sign[last], KEY_SIZE);
        assert_memory_equal(past->list[0].key, pairs.sign[0], KEY_SIZE);
        for (size_t i = oldest; i < last; i++)
            assert_true(rekey_past_has(past, pairs.sign[i]));
        pair_restart_hub(pair);
    }
    if (last < REKEY_PAST) {
        announce(pair, &pairs, 1, 2);
        announce(pair, &pairs, 0, 1);
        assert_chain(pair, &pairs, last);
    }
    pair_free(pair);
}

static void test_hub_announced_across_a_gap_among_many(void **state)
{
    (void)state;
    lead_across_a_gap(5, 1);
    lead_across_a_gap(REKEY_PAST - 1, 1);
    lead_across_a_gap(REKEY_PAST + 2, 0);
}

/* How many changes the last HUB_KEYS that waits for this node names; -1: none waits. */
static int waiting(struct pair *pair, size_t node)
{
    struct effects effects;
    int found = -1;

    effects_init(&effects);
    assert_int_equal(hub_announce_all(pair->hub, pair->now_ms, 0, &effects), 0);
    for (size_t i = 0; i < effects.count; i++) {
        struct frame frame;

        if (effects.list[i].session != pair->nodes[node].session)
            continue;
        assert_int_equal(frame_decode(buffer_span(&effects.list[i].frame), &frame), 0);
        assert_int_equal(frame.type, FRAME_HUB_KEYS);
        found = (int)((Navette__HubKeys *)frame.message)->n_keys;
        frame_free(&frame);
    }
    effects_free(&effects);
    return found;
}

static void connect_with(struct pair *pair, size_t node, const uint8_t key[KEY_SIZE])
{
    memcpy(pair->nodes[node].hub_keys.list[0].sign_key, key, KEY_SIZE);
    pair_connect(pair, node);
    (void)pair_settle(pair);
}

static void test_hub_announce_until_it_is_known(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB", NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK);
    struct pairs pairs;
    struct effects effects;

    (void)state;
    make(pair, &pairs);
    assert_int_equal(hub_key_held_at(pair->hub, 0), HUB_KEY_UNTOLD);
    pair->nodes[node].hub_key = pair->hub_public;
    pair_restart_node(pair, node);
    pair_connect(pair, node);
    assert_true(pair_settle(pair));
    assert_int_equal(hub_key_held_at(pair->hub, 0), HUB_KEY_LAST);
    assert_int_equal(waiting(pair, node), -1);
    announce(pair, &pairs, 0, 1);
    announce(pair, &pairs, 1, 2);
    assert_int_equal(hub_key_held_at(pair->hub, 0), HUB_KEY_EARLIER);
    assert_int_equal(waiting(pair, node), 2);
    pair_restart_hub(pair);
    assert_int_equal(hub_key_held_at(pair->hub, 0), HUB_KEY_EARLIER);
    connect_with(pair, node, pairs.sign[1]);
    assert_int_equal(waiting(pair, node), 1);
    connect_with(pair, node, pairs.sign[2]);
    assert_int_equal(hub_key_held_at(pair->hub, 0), HUB_KEY_LAST);
    assert_int_equal(waiting(pair, node), -1);
    pair_restart_hub(pair);
    assert_int_equal(hub_key_held_at(pair->hub, 0), HUB_KEY_LAST);
    connect_with(pair, node, pairs.sign[2]);
    /* The port goes over: who knows is told so too. */
    effects_init(&effects);
    assert_int_equal(hub_announce_all(pair->hub, pair->now_ms, 1, &effects), 0);
    assert_int_equal(effects.count, 1);
    effects_free(&effects);
    connect_with(pair, node, pairs.sign[7]);
    assert_int_equal(hub_key_held_at(pair->hub, 0), HUB_KEY_STRANGE);
    assert_int_equal(waiting(pair, node), -1);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hub_announced_among_many),       cmocka_unit_test(test_hub_announced_any_order),
        cmocka_unit_test(test_hub_announced_of_others),        cmocka_unit_test(test_hub_own_verify_of_another_log),
        cmocka_unit_test(test_hub_own_verify_across_a_gap),    cmocka_unit_test(test_hub_own_keys_before_the_root),
        cmocka_unit_test(test_hub_announce_until_it_is_known), cmocka_unit_test(test_hub_announced_across_a_gap_among_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
