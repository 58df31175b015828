/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Anti-entropy: core/sync/node_compare.c, node_mend.c, hub_compare.c, mend.c, with damage.h and compared.h.
 *   - nothing damaged: one question for what one window holds, states are the same, nothing is written but the result
 *   - random bits of rows and headers damaged at random sides, one of which is sound: every row is as it was, all logs verify, what was damaged is kept aside
 *   - one entry damaged at the hub and another of the same batch at the node: both are mended
 *   - an entry that is sound nowhere stays, is told, and is mended from another node that has it
 *   - a decision of the hub's that could not be read is in force again
 *   - a record of a node's state, a state that was folded wrong, and the hub's: made anew
 *   - scope OWN: nothing of others' logs is answered; own logs and the hub's are compared
 *   - a hub that always says "different" is given up; a node that asks for much waits; a forged offer changes nothing
 *   - the connection goes at any moment: it goes on
 *   - a hub or a node of a version before this
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "log/journal_run.h"
#include "navette/compared.h"
#include "navette/damage.h"
#include "sync/hub_state.h"
#include "sync/node_state.h"
#include "tests/lib/pair.h"
#include "tests/lib/seed.h"

#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK
#define RELAY NAVETTE__ROLE__ROLE_RELAY, NAVETTE__SCOPE__SCOPE_OWN
#define SOME 1500u

static void record(struct pair *pair, size_t node, unsigned from, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char barcode[16];

        (void)snprintf(barcode, sizeof barcode, "%u%05u", (unsigned)node, from + i);
        assert_int_equal(pair_register(pair, node, barcode, "Un titre"), 0);
        if (i % 97 == 96)
            assert_true(pair_settle(pair));
    }
}

/* Two branches, each with what both wrote. */
static struct pair *network(unsigned count)
{
    struct pair *pair = pair_new();

    pair_begin_epoch(pair);
    assert_int_equal(pair_enrol(pair, "BIB-A", BRANCH), 0);
    assert_int_equal(pair_enrol(pair, "BIB-B", BRANCH), 1);
    pair_connect(pair, 0);
    pair_connect(pair, 1);
    record(pair, 0, 0, count);
    record(pair, 1, 0, count / 3);
    assert_true(pair_settle(pair));
    return pair;
}

static void run_all(struct pair *pair)
{
    size_t moved;

    do {
        moved = pair_hub_round(pair, 64);
        for (size_t i = 0; i < pair->node_count; i++)
            moved += pair_node_round(pair, i);
    } while (moved > 0);
}

/* A whole comparison of this node. How many frames of the hub it took, or -1 when it came to no end. */
static int compare(struct pair *pair, size_t node, struct compared *found)
{
    int may;
    uint64_t passes = node_compare_passes(pair->nodes[node].node, &may);
    struct store_txn *txn;
    unsigned before = pair->frames_taken;

    assert_true(may);
    node_compare_begin(pair->nodes[node].node);
    for (int i = 0; i < 3000 && node_compare_passes(pair->nodes[node].node, &may) == passes; i++) {
        pair_tick(pair, 100);
        run_all(pair);
    }
    if (node_compare_passes(pair->nodes[node].node, &may) == passes)
        return -1;
    run_all(pair);
    txn = memstore_begin_read(pair->nodes[node].store);
    assert_int_equal(compared_get(txn, pair->nodes[node].id, found), 0);
    memstore_abort(txn);
    return (int)(pair->frames_taken - before);
}

static void assert_same_rows(struct memstore *a, struct memstore *b, enum store_table table)
{
    struct store_txn *one = memstore_begin_read(a);
    struct store_txn *other = memstore_begin_read(b);
    struct store_scan *scan;
    struct span key;
    struct span value;
    uint8_t first = 0;
    int rc;

    assert_int_equal(memstore_rows(a, table), memstore_rows(b, table));
    assert_int_equal(store_scan_open(one, table, &scan), 0);
    rc = one->ops->scan_from(scan, span_of(&first, 1), &key, &value);
    while (rc == 0) {
        struct span there;

        assert_int_equal(store_get(other, table, key, &there), 0);
        assert_int_equal(there.len, value.len);
        assert_memory_equal(there.data, value.data, value.len);
        rc = one->ops->scan_next(scan, &key, &value);
    }
    one->ops->scan_close(scan);
    memstore_abort(one);
    memstore_abort(other);
}

static void put(struct memstore *store, enum store_table table, struct span key, struct span value)
{
    struct store_txn *txn = memstore_begin_write(store);

    assert_int_equal(store_put(txn, table, key, value), 0);
    assert_int_equal(memstore_commit(txn), 0);
}

/* The row at `key`, with `bits` of the byte at `at` turned; at SIZE_MAX it is cut to four bytes. */
static void damage_row(struct memstore *store, enum store_table table, struct span key, size_t at, uint8_t bits)
{
    struct store_txn *txn = memstore_begin_read(store);
    uint8_t copy[ENTRY_HEAD_SIZE + LIMIT_ENTRY_BYTES];
    struct span value;

    assert_int_equal(store_get(txn, table, key, &value), 0);
    memcpy(copy, value.data, value.len);
    if (at != SIZE_MAX)
        copy[at] ^= bits;
    put(store, table, key, span_of(copy, at == SIZE_MAX ? 4 : value.len));
    memstore_abort(txn);
}

static size_t row_size(struct memstore *store, enum store_table table, struct span key)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct span value;

    assert_int_equal(store_get(txn, table, key, &value), 0);
    memstore_abort(txn);
    return value.len;
}

static void damage_entry(struct memstore *store, uint64_t position, size_t at, uint8_t bits)
{
    uint8_t key[8];

    write_u64(key, position);
    damage_row(store, TABLE_ENTRY, span_of(key, 8), at, bits);
}

static uint64_t position_of(struct memstore *store, const uint8_t *incarnation, uint64_t seq)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct journal_entry entry;

    assert_int_equal(journal_row(txn, incarnation, seq, &entry), 0);
    memstore_abort(txn);
    return entry.position;
}

/* In its event, whose last bytes are part of the title. */
static void damage_event(struct memstore *store, const uint8_t *incarnation, uint64_t seq, uint8_t bits)
{
    uint64_t position = position_of(store, incarnation, seq);
    uint8_t key[8];

    write_u64(key, position);
    damage_entry(store, position, row_size(store, TABLE_ENTRY, span_of(key, 8)) - 1, bits);
}

static size_t kept_aside(struct memstore *store, size_t *open)
{
    struct store_txn *txn = memstore_begin_read(store);
    size_t rows;

    assert_int_equal(damage_count(txn, &rows, open), 0);
    memstore_abort(txn);
    return rows;
}

static void assert_verifies(struct pair *pair)
{
    struct store_txn *txn = memstore_begin_read(pair->journal);
    uint64_t checked;

    for (size_t i = 0; i < pair->node_count; i++)
        assert_int_equal(journal_verify(txn, pair->nodes[i].first, pair->nodes[i].sign_public, &checked), 0);
    assert_int_equal(journal_verify(txn, pair->hub_incarnation, pair->hub_public, &checked), 0);
    memstore_abort(txn);
}

/* ---- */

static void test_compare_of_what_is_sound(void **state)
{
    struct pair *pair = network(SOME);
    struct memstore *before = memstore_clone(pair->journal);
    struct store_txn *txn;
    struct compared found;
    size_t open;
    int frames = compare(pair, 1, &found);

    (void)state;
    print_message("%d frames for %llu entries\n", frames, (unsigned long long)found.entries);
    assert_true(frames > 0 && frames <= 6);
    assert_true(found.entries >= SOME + SOME / 3);
    assert_int_equal(found.mended + found.given + found.lost, 0);
    assert_int_equal(found.state, NAVETTE__COMPARE_RESULT__COMPARED_SAME);
    assert_int_equal(kept_aside(pair->journal, &open), 0);
    assert_same_rows(before, pair->journal, TABLE_BATCH);
    txn = memstore_begin_read(pair->journal);
    assert_int_equal(compared_get(txn, pair->nodes[1].id, &found), 0);
    assert_int_equal(found.state, NAVETTE__COMPARE_RESULT__COMPARED_SAME);
    assert_int_equal(compared_get(txn, pair->nodes[0].id, &found), NAVETTE_E_NOT_FOUND);
    memstore_abort(txn);
    memstore_free(before);
    pair_free(pair);
}

/* One damage somewhere; what it hit must be sound at another of those who hold it. */
static void damage_something(struct pair *pair, uint64_t *random, size_t side)
{
    struct memstore *store = side == 2 ? pair->journal : pair->nodes[side].store;
    struct store_txn *txn = memstore_begin_read(store);
    uint64_t tail;
    uint8_t key[8];
    size_t len;

    assert_int_equal(journal_tail(txn, &tail), 0);
    memstore_abort(txn);
    write_u64(key, 1 + seed_below(random, tail));
    len = row_size(store, TABLE_ENTRY, span_of(key, 8));
    damage_row(store, TABLE_ENTRY, span_of(key, 8), ENTRY_HEAD_SIZE + seed_below(random, len - ENTRY_HEAD_SIZE),
               (uint8_t)(1u << seed_below(random, 8)));
}

static void damage_header(struct memstore *store, uint64_t *random, const uint8_t *incarnation)
{
    struct store_txn *txn = memstore_begin_read(store);
    uint8_t key[JOURNAL_NAME_SIZE];
    struct span value;
    uint64_t first;

    assert_int_equal(journal_run_row(txn, TABLE_BATCH, incarnation, 1 + seed_below(random, SOME / 3), &first, &value), 0);
    memstore_abort(txn);
    journal_run_key(incarnation, first, key);
    damage_row(store, TABLE_BATCH, span_of(key, sizeof key), seed_below(random, BATCH_HEADER_SIZE), (uint8_t)(1u << seed_below(random, 8)));
}

static void test_compare_mends_random_damage(void **state)
{
    uint64_t random = seed_start();

    (void)state;
    for (int round = 0; round < 6; round++) {
        struct pair *pair = network(SOME);
        struct memstore *sound[3] = {memstore_clone(pair->nodes[0].store), memstore_clone(pair->nodes[1].store),
                                     memstore_clone(pair->journal)};
        size_t side = (size_t)round % 3;
        struct compared found = {.entries = 0};
        size_t open;

        for (size_t i = 0; i < 1 + seed_below(&random, 12); i++)
            damage_something(pair, &random, side);
        for (size_t node = 0; node < 2; node++)
            assert_true(compare(pair, node, &found) > 0);
        assert_int_equal(found.lost, 0);
        for (size_t i = 0; i < 3; i++) {
            struct memstore *store = i == 2 ? pair->journal : pair->nodes[i].store;
            struct store_txn *txn = memstore_begin_read(sound[i]);
            uint64_t tail;

            /* The hub's log has gone on since, by what it noted: what stood then is as it was. */
            assert_int_equal(journal_tail(txn, &tail), 0);
            for (uint64_t at = 1; at <= tail; at++) {
                struct store_txn *now = memstore_begin_read(store);
                uint8_t key[8];
                struct span was;
                struct span is;

                write_u64(key, at);
                assert_int_equal(store_get(txn, TABLE_ENTRY, span_of(key, 8), &was), 0);
                assert_int_equal(store_get(now, TABLE_ENTRY, span_of(key, 8), &is), 0);
                assert_int_equal(was.len, is.len);
                assert_memory_equal(was.data, is.data, REF_SIZE);
                assert_memory_equal(was.data + ENTRY_HEAD_SIZE, is.data + ENTRY_HEAD_SIZE, was.len - ENTRY_HEAD_SIZE);
                memstore_abort(now);
            }
            memstore_abort(txn);
            (void)kept_aside(store, &open);
            assert_int_equal(open, 0);
        }
        assert_true(kept_aside(side == 2 ? pair->journal : pair->nodes[side].store, &open) > 0);
        assert_verifies(pair);
        pair_assert_same(pair, 0);
        pair_assert_same(pair, 1);
        for (size_t i = 0; i < 3; i++)
            memstore_free(sound[i]);
        pair_free(pair);
    }
}

static void test_compare_mends_seals(void **state)
{
    uint64_t random = seed_start();

    (void)state;
    for (int round = 0; round < 12; round++) {
        struct pair *pair = network(SOME / 3);
        struct compared found;

        damage_header(pair->journal, &random, pair->nodes[0].first);
        assert_true(compare(pair, 0, &found) > 0);
        assert_int_equal(found.lost, 0);
        assert_int_equal(found.given, 1);
        assert_int_equal(found.mended, 0);
        damage_header(pair->nodes[0].store, &random, pair->nodes[0].first);
        assert_true(compare(pair, 0, &found) > 0);
        assert_int_equal(found.given + found.lost, 0);
        assert_int_equal(found.mended, 1);
        assert_verifies(pair);
        pair_free(pair);
    }
}

static void test_compare_mends_both_sides_of_one_batch(void **state)
{
    struct pair *pair = network(60);
    struct compared found;
    size_t open;

    (void)state;
    damage_event(pair->journal, pair->nodes[0].first, 3, 4);
    damage_event(pair->nodes[0].store, pair->nodes[0].first, 5, 4);
    damage_event(pair->nodes[1].store, pair->nodes[0].first, 3, 8);
    assert_true(compare(pair, 0, &found) > 0);
    assert_int_equal(found.mended, 1);
    assert_int_equal(found.given, 1);
    assert_int_equal(found.lost, 0);
    assert_verifies(pair);
    assert_true(compare(pair, 1, &found) > 0);
    assert_int_equal(found.mended, 1);
    assert_int_equal(kept_aside(pair->journal, &open) + kept_aside(pair->nodes[0].store, &open) + kept_aside(pair->nodes[1].store, &open),
                     5); /* two states among them */
    pair_free(pair);
}

static void test_compare_says_what_is_sound_nowhere(void **state)
{
    struct pair *pair = network(60);
    struct compared found;
    size_t open;

    (void)state;
    pair_disconnect(pair, 0);
    damage_event(pair->journal, pair->nodes[0].first, 3, 4);
    damage_event(pair->nodes[1].store, pair->nodes[0].first, 3, 8);
    assert_true(compare(pair, 1, &found) > 0);
    assert_int_equal(found.lost, 1);
    assert_int_equal(found.mended + found.given, 0);
    (void)kept_aside(pair->nodes[1].store, &open);
    assert_int_equal(open, 1);
    /* The author is back. */
    pair_connect(pair, 0);
    assert_true(pair_settle(pair));
    assert_true(compare(pair, 0, &found) > 0);
    assert_int_equal(found.given, 1);
    assert_verifies(pair);
    assert_true(compare(pair, 1, &found) > 0);
    assert_int_equal(found.mended, 1);
    (void)kept_aside(pair->nodes[1].store, &open);
    assert_int_equal(open, 0);
    pair_free(pair);
}

/* An enrolment that cannot be read: its node is not let in until somebody else has mended the hub's log. */
static void test_compare_brings_a_decision_back(void **state)
{
    struct pair *pair = network(60);
    struct compared found;
    uint8_t key[KEY_SIZE];

    (void)state;
    memcpy(key, pair->nodes[1].curve_key, KEY_SIZE);
    pair_disconnect(pair, 1);
    for (uint64_t seq = 1; hub_node_by_key(pair->hub, key) != NULL; seq++) {
        damage_event(pair->journal, pair->hub_incarnation, seq, 0x80);
        pair_restart_hub(pair);
        if (hub_node_by_key(pair->hub, pair->nodes[0].curve_key) == NULL)
            damage_event(pair->journal, pair->hub_incarnation, seq, 0x80); /* the other one's: as it was */
        pair_restart_hub(pair);
    }
    pair_connect(pair, 0);
    assert_true(pair_settle(pair));
    assert_true(compare(pair, 0, &found) > 0);
    assert_true(found.given > 0);
    assert_non_null(hub_node_by_key(pair->hub, key));
    pair_connect(pair, 1);
    assert_true(pair_settle(pair));
    assert_verifies(pair);
    pair_free(pair);
}

/* The first byte of some record's value. */
static void damage_record(struct memstore *store, enum store_table table)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct store_scan *scan;
    uint8_t name[512];
    struct span key;
    struct span value;
    uint8_t first = 0;

    assert_int_equal(store_scan_open(txn, table, &scan), 0);
    assert_int_equal(txn->ops->scan_from(scan, span_of(&first, 1), &key, &value), 0);
    memcpy(name, key.data, key.len);
    key.data = name;
    txn->ops->scan_close(scan);
    memstore_abort(txn);
    damage_row(store, table, key, value.len - 1, 1);
}

static void test_compare_makes_states_anew(void **state)
{
    struct pair *pair = network(60);
    uint8_t wrong[HASH_SIZE] = {1};
    struct compared found;
    size_t open;

    (void)state;
    damage_record(pair->nodes[1].store, TABLE_LABEL);
    assert_true(compare(pair, 1, &found) > 0);
    assert_int_equal(found.state, NAVETTE__COMPARE_RESULT__COMPARED_MENDED);
    assert_int_equal(found.mended + found.given + found.lost, 0);
    pair_assert_same(pair, 1);
    assert_int_equal(kept_aside(pair->nodes[1].store, &open), 1);
    /* The hub's: what it says of itself is not what its records are, nor a node's. */
    put(pair->state, TABLE_META, span_of_string("digest"), span_of(wrong, sizeof wrong));
    assert_true(compare(pair, 0, &found) > 0);
    assert_int_equal(found.state, NAVETTE__COMPARE_RESULT__COMPARED_MENDED);
    pair_assert_same(pair, 0);
    /* Once a day for a node's word: the second time it is told only. */
    put(pair->state, TABLE_META, span_of_string("digest"), span_of(wrong, sizeof wrong));
    assert_true(compare(pair, 0, &found) > 0);
    assert_int_equal(found.state, NAVETTE__COMPARE_RESULT__COMPARED_DIFFERENT);
    pair_free(pair);
}

/* ---- who is not to be believed */

static void ask(struct pair *pair, size_t node, Navette__Compare *question)
{
    struct effects effects;
    Navette__Digest digest = NAVETTE__DIGEST__INIT;
    struct pair_frame *frame;

    effects_init(&effects);
    digest.compare = question;
    assert_int_equal(effects_send(&effects, 0, FRAME_DIGEST, &digest.base), 0);
    frame = &pair->up.frames[pair->up.count++];
    frame->session = pair->nodes[node].session;
    frame->bytes = effects.list[0].frame;
    effects.list[0].frame = (struct buffer){.data = NULL};
    effects_free(&effects);
    pair_hub_round(pair, 64);
}

/* The last answer that waits for the node. */
static Navette__CompareResult answer_of(struct pair *pair, size_t node, uint8_t digest[COMPARE_DIGEST_SIZE])
{
    struct pair_queue *down = &pair->nodes[node].down;
    Navette__CompareResult result = NAVETTE__COMPARE_RESULT__COMPARED_UNSPECIFIED;
    struct frame frame;

    assert_true(down->count > 0);
    assert_int_equal(frame_decode(buffer_span(&down->frames[down->count - 1].bytes), &frame), 0);
    if (frame.type == FRAME_DIGEST) {
        const Navette__Compare *answer = ((const Navette__Digest *)frame.message)->compare;

        result = answer->result;
        if (answer->digests.len >= COMPARE_DIGEST_SIZE)
            memcpy(digest, answer->digests.data, COMPARE_DIGEST_SIZE);
    }
    frame_free(&frame);
    return result;
}

static void ask_span(struct pair *pair, size_t node, const uint8_t *incarnation, uint64_t first, uint64_t count, Navette__CompareAct act)
{
    Navette__Compare question = NAVETTE__COMPARE__INIT;
    ProtobufCBinaryData log = {INCARNATION_SIZE, (uint8_t *)(uintptr_t)incarnation};
    uint64_t span[3] = {0, first, count};

    question.act = act;
    question.logs = &log;
    question.n_logs = 1;
    question.spans = span;
    question.n_spans = 3;
    ask(pair, node, &question);
}

static void test_compare_in_scope_own(void **state)
{
    static const uint8_t nothing[COMPARE_DIGEST_SIZE];
    struct pair *pair = network(60);
    uint8_t digest[COMPARE_DIGEST_SIZE];
    struct compared found;
    size_t relay = pair_enrol(pair, "CCAS", RELAY);

    (void)state;
    pair_connect(pair, relay);
    assert_true(pair_settle(pair));
    record(pair, relay, 0, 20);
    assert_true(pair_settle(pair));
    damage_event(pair->journal, pair->nodes[relay].first, 4, 1);
    damage_event(pair->nodes[relay].store, pair->hub_incarnation, 2, 1);
    assert_true(compare(pair, relay, &found) > 0);
    assert_int_equal(found.mended, 1);
    assert_int_equal(found.given, 1);
    assert_verifies(pair);
    ask_span(pair, relay, pair->nodes[0].first, 1, 1, NAVETTE__COMPARE_ACT__COMPARE_RANGE);
    memset(digest, 1, sizeof digest);
    assert_int_equal(answer_of(pair, relay, digest), NAVETTE__COMPARE_RESULT__COMPARED_DIFFERENT);
    assert_memory_equal(digest, nothing, sizeof digest);
    ask_span(pair, relay, pair->nodes[0].first, 1, 1, NAVETTE__COMPARE_ACT__COMPARE_FETCH);
    assert_int_equal(answer_of(pair, relay, digest), NAVETTE__COMPARE_RESULT__COMPARED_NOT_HELD);
    ask_span(pair, 1, pair->nodes[0].first, 1, 1, NAVETTE__COMPARE_ACT__COMPARE_FETCH);
    assert_int_equal(answer_of(pair, 1, digest), NAVETTE__COMPARE_RESULT__COMPARED_DIFFERENT);
    pair_free(pair);
}

static void test_compare_asks_for_no_more_than_it_may(void **state)
{
    struct pair *pair = network(60);
    uint8_t digest[COMPARE_DIGEST_SIZE];
    unsigned answered = 0;

    (void)state;
    for (int i = 0; i < 20; i++) {
        ask_span(pair, 1, pair->nodes[0].first, 1, LIMIT_COMPARE_ENTRIES, NAVETTE__COMPARE_ACT__COMPARE_RANGE);
        answered += answer_of(pair, 1, digest) != NAVETTE__COMPARE_RESULT__COMPARED_WAIT;
    }
    assert_int_equal(answered, HUB_COMPARE_ENTRIES_MOST / LIMIT_COMPARE_ENTRIES - 1); /* one for the log that it names */
    pair->now_ms += 5000;
    ask_span(pair, 1, pair->nodes[0].first, 1, LIMIT_COMPARE_ENTRIES, NAVETTE__COMPARE_ACT__COMPARE_RANGE);
    assert_int_equal(answer_of(pair, 1, digest), NAVETTE__COMPARE_RESULT__COMPARED_DIFFERENT);
    pair_free(pair);
}

static void test_compare_takes_no_forged_offer(void **state)
{
    struct pair *pair = network(60);
    struct memstore *before;
    struct store_txn *txn = memstore_begin_read(pair->nodes[1].store);
    struct buffer body = {.data = NULL};
    Navette__Compare question = NAVETTE__COMPARE__INIT;
    Navette__Push *push;
    uint8_t digest[COMPARE_DIGEST_SIZE];
    uint64_t last;

    (void)state;
    assert_int_equal(log_push_body(txn, pair->nodes[0].first, 1, &body, &last), 0);
    memstore_abort(txn);
    push = navette__push__unpack(NULL, body.len, body.data);
    question.act = NAVETTE__COMPARE_ACT__COMPARE_OFFER;
    question.batch = push->batch;
    ask(pair, 1, &question);
    assert_int_equal(answer_of(pair, 1, digest), NAVETTE__COMPARE_RESULT__COMPARED_SOUND);
    damage_event(pair->journal, pair->nodes[0].first, 1, 1);
    before = memstore_clone(pair->journal);
    push->batch->events[0].data[push->batch->events[0].len - 1] ^= 2;
    ask(pair, 1, &question);
    assert_int_equal(answer_of(pair, 1, digest), NAVETTE__COMPARE_RESULT__COMPARED_REFUSED);
    assert_same_rows(before, pair->journal, TABLE_ENTRY);
    push->batch->events[0].data[push->batch->events[0].len - 1] ^= 2;
    push->batch->signature.data[3] ^= 1;
    push->batch->first_seq = UINT64_MAX - 1;
    ask(pair, 1, &question);
    assert_int_equal(answer_of(pair, 1, digest), NAVETTE__COMPARE_RESULT__COMPARED_REFUSED);
    push->batch->first_seq = 1;
    ask(pair, 1, &question);
    /* Under the header that the hub has, what the author signed is found all the same. */
    assert_int_equal(answer_of(pair, 1, digest), NAVETTE__COMPARE_RESULT__COMPARED_MENDED);
    assert_verifies(pair);
    navette__push__free_unpacked(push, NULL);
    buffer_free(&body);
    memstore_free(before);
    pair_free(pair);
}

/* Every answer about spans says "different": single numbers are asked for, and are the same. */
static void test_compare_gives_up_a_hub_that_lies(void **state)
{
    struct pair *pair = network(SOME);
    struct node *node = pair->nodes[1].node;
    struct compared found;
    struct store_txn *txn;
    unsigned frames = pair->frames_taken;
    uint64_t passes;
    int may;

    (void)state;
    passes = node_compare_passes(node, &may);
    node_compare_begin(node);
    for (int i = 0; i < 2000 && node_compare_passes(node, &may) == passes; i++) {
        pair_tick(pair, 100);
        pair_hub_round(pair, 64);
        for (size_t k = 0; k < node->compare.span_count; k++)
            node->compare.digests[k][0] ^= 1; /* as if all that the hub says were another */
        if (node->compare.act == NAVETTE__COMPARE_ACT__COMPARE_RANGE && node->compare.asked_ms != 0 && pair->nodes[1].down.count > 0) {
            Navette__Compare lie = NAVETTE__COMPARE__INIT;
            uint8_t digests[LIMIT_COMPARE_SPANS][COMPARE_DIGEST_SIZE];
            struct effects effects;
            struct node_input input = {.kind = NODE_FRAME, .now_ms = pair->now_ms, .wall_ms = pair->now_ms};
            struct store_txn *write = memstore_begin_write(pair->nodes[1].store);

            memset(digests, 7, sizeof digests);
            lie.act = NAVETTE__COMPARE_ACT__COMPARE_RANGE;
            lie.token = node->compare.token;
            lie.result = NAVETTE__COMPARE_RESULT__COMPARED_DIFFERENT;
            lie.digests = (ProtobufCBinaryData){node->compare.span_count * COMPARE_DIGEST_SIZE, digests[0]};
            input.txn = write;
            effects_init(&effects);
            assert_int_equal(node_compared(node, &input, &lie, &effects), 0);
            effects_free(&effects);
            assert_int_equal(memstore_commit(write), 0);
        }
        run_all(pair);
    }
    assert_true(node_compare_passes(node, &may) > passes);
    print_message("given up after %u frames\n", pair->frames_taken - frames);
    assert_true(pair->frames_taken - frames < 300);
    txn = memstore_begin_read(pair->nodes[1].store);
    assert_int_equal(compared_get(txn, pair->nodes[1].id, &found), 0);
    memstore_abort(txn);
    assert_int_equal(found.mended + found.lost, 0);
    pair_free(pair);
}

static void test_compare_goes_on_after_any_cut(void **state)
{
    uint64_t random = seed_start();
    struct pair *pair = network(SOME);
    uint64_t passes;
    int may;

    (void)state;
    for (uint64_t at = 3; at < SOME; at += 400) {
        damage_event(pair->journal, pair->nodes[0].first, at, 1);
        damage_event(pair->nodes[0].store, pair->nodes[0].first, at + 150, 1);
    }
    passes = node_compare_passes(pair->nodes[0].node, &may);
    node_compare_begin(pair->nodes[0].node);
    for (int i = 0; i < 4000 && node_compare_passes(pair->nodes[0].node, &may) == passes; i++) {
        pair_tick(pair, 100);
        pair_hub_round(pair, 64);
        if (seed_below(&random, 6) == 0) {
            pair_disconnect(pair, 0);
            pair_connect(pair, 0);
        }
        run_all(pair);
    }
    assert_int_equal(node_compare_passes(pair->nodes[0].node, &may), passes + 1);
    assert_verifies(pair);
    pair_free(pair);
}

static void test_compare_with_a_version_before_it(void **state)
{
    struct pair *pair = network(60);
    struct node *node = pair->nodes[1].node;
    struct effects effects;
    unsigned frames;
    int may;

    (void)state;
    effects_init(&effects);
    assert_int_equal(hub_compare_begin(pair->hub, pair->nodes[1].id, &effects), 0);
    assert_int_equal(effects.count, 1);
    hub_peer_by_node(pair->hub, pair->nodes[1].id)->compares = 0;
    assert_int_equal(hub_compare_begin(pair->hub, pair->nodes[1].id, &effects), NAVETTE_E_VERSION);
    pair_disconnect(pair, 0);
    run_all(pair);
    assert_int_equal(hub_compare_begin(pair->hub, pair->hub_id, &effects), NAVETTE_E_CLOSED);
    assert_int_equal(effects.count, 1);
    effects_free(&effects);
    /* A hub that never said so is asked nothing, however long. */
    node->compare.hub_compares = 0;
    node_compare_begin(node);
    (void)node_compare_passes(node, &may);
    assert_int_equal(may, 0);
    frames = node->compare.token != 0;
    for (int i = 0; i < 100; i++) {
        pair_tick(pair, 1000);
        run_all(pair);
    }
    assert_int_equal(node->compare.token, frames);
    /* What only the other side says is passed over. */
    ask(pair, 1,
        &(Navette__Compare){.base = PROTOBUF_C_MESSAGE_INIT(&navette__compare__descriptor), .act = NAVETTE__COMPARE_ACT__COMPARE_BEGIN});
    run_all(pair);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare_of_what_is_sound),
        cmocka_unit_test(test_compare_mends_random_damage),
        cmocka_unit_test(test_compare_mends_seals),
        cmocka_unit_test(test_compare_mends_both_sides_of_one_batch),
        cmocka_unit_test(test_compare_says_what_is_sound_nowhere),
        cmocka_unit_test(test_compare_brings_a_decision_back),
        cmocka_unit_test(test_compare_makes_states_anew),
        cmocka_unit_test(test_compare_in_scope_own),
        cmocka_unit_test(test_compare_asks_for_no_more_than_it_may),
        cmocka_unit_test(test_compare_takes_no_forged_offer),
        cmocka_unit_test(test_compare_gives_up_a_hub_that_lies),
        cmocka_unit_test(test_compare_goes_on_after_any_cut),
        cmocka_unit_test(test_compare_with_a_version_before_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
