/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal_want.h, node_fetch.c, hub_fetch.c, node_stick_fetch.c: how what was given up comes back, and what becomes of what does not.
 *   - rows: asked for, refused, asked for again, back; counted by reasons; want of what stands refused leaves it
 *   - one entry that nobody gives: the event that needs it waits and says why, another goes on; it is asked for again after an hour and counts then; a person's want asks at once
 *   - a hollow state lacks one entry for good: it is folded anew with all others, once; with the last one it is whole
 *   - answers that say nothing, name others, come twice: each question settles something, none is put again at once
 *   - a relay asks for what is not for it, before and after its scope narrowed: nothing of it is given, its own is
 *   - five hundred nodes ask at once: acknowledgements first, each step bounded, every one has its turn before anybody has a second
 *   - a node without a line asks by stick, and has it back with the answer: in any order, twice, with frames lost, refused ones told; in a hollow state too
 *   - one whose stub was damaged on disk comes back by stick as well; where its leaf was, nobody knows it by that name: refused, and told
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sync/hub_state.h"
#include "sync/node_state.h"
#include "tests/lib/pair_fetch.h"
#include "tests/lib/pair_stick.h"

#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK
#define RELAY NAVETTE__ROLE__ROLE_RELAY, NAVETTE__SCOPE__SCOPE_OWN
#define DISPATCHED NAVETTE__EVENT__BODY_DISPATCHED
#define SEEN_AT NAVETTE__EVENT__BODY_SEEN_AT
#define NOT_HELD NAVETTE__FETCH_STATE__FETCH_NOT_HELD
#define DAMAGED NAVETTE__FETCH_STATE__FETCH_DAMAGED

/* ---- rows */

static struct pair *old_network(unsigned documents)
{
    size_t a, b;

    return pair_prune_aged(documents, &a, &b);
}

static void test_wants_and_refusals(void **state)
{
    struct pair *pair = old_network(3);
    struct journal_refused refused;
    struct journal_wants wants;
    struct store_txn *txn;
    uint64_t stubs[2];
    uint64_t position;
    struct journal_entry stub;

    (void)state;
    assert_int_equal(pair_prune(pair, 0, UINT64_MAX).pruned, 6);
    txn = memstore_begin_write(pair->nodes[0].store);
    assert_int_equal(journal_next_stub(txn, 0, &stub), 0);
    stubs[0] = stub.position;
    assert_int_equal(journal_next_stub(txn, stubs[0], &stub), 0);
    stubs[1] = stub.position;
    assert_int_equal(journal_want(txn, 1), 0); /* no stub */
    assert_int_equal(journal_wanted(txn, 0, &position), NAVETTE_E_NOT_FOUND);
    assert_int_equal(journal_want(txn, stubs[0]), 0);
    assert_int_equal(journal_want(txn, stubs[1]), 0);
    assert_int_equal(journal_refuse(txn, stubs[0], WANT_DAMAGED, 77), 0);
    assert_int_equal(journal_want(txn, stubs[0]), 0);
    assert_int_equal(journal_wanted(txn, 0, &position), 0);
    assert_int_equal(position, stubs[1]);
    assert_int_equal(journal_next_refused(txn, 0, &refused), 0);
    assert_true(refused.position == stubs[0] && refused.why == WANT_DAMAGED && refused.at_ms == 77);
    assert_int_equal(journal_next_refused(txn, stubs[0], &refused), NAVETTE_E_NOT_FOUND);
    assert_int_equal(journal_refuse(txn, stubs[0], WANT_NOT_HELD, 78), 0);
    assert_int_equal(journal_wants(txn, &wants), 0);
    assert_true(wants.refused[WANT_NOT_HELD] == 1 && wants.refused[WANT_DAMAGED] == 0 && journal_wants_refused(&wants) == 1);
    assert_int_equal(wants.back, 0);
    assert_int_equal(journal_ask_again(txn, stubs[0]), 0);
    assert_int_equal(journal_wanted(txn, 0, &position), 0);
    assert_int_equal(position, stubs[0]);
    assert_int_equal(journal_refuse(txn, stubs[0], WANT_NOT_HELD, 79), 0);
    assert_int_equal(journal_unwant(txn, stubs[0]), 0);
    assert_int_equal(journal_wants(txn, &wants), 0);
    assert_true(wants.back == 1 && journal_wants_refused(&wants) == 0);
    memstore_abort(txn);
    pair_free(pair);
}

/* ---- one that nobody gives */

static struct aside waiting(struct pair *pair, size_t node, int *count)
{
    struct store_txn *txn = memstore_begin_read(pair->nodes[node].store);
    struct aside list[4] = {{.position = 0}};

    *count = fold_aside(txn, txn, 0, list, 4);
    memstore_abort(txn);
    return list[0];
}

/* A and B have given up what is old; C, which was cut off, says of two documents what needs it. *lost: the position at A of what will be refused. */
static struct pair *late_words(uint64_t *lost)
{
    struct pair *pair = pair_fetch_network(3);
    size_t c = pair_enrol(pair, "BIB-C", BRANCH);

    pair->nodes[c].clock_off_ms = -HOUR_MS;
    pair_prune_move(pair, c, SEEN_AT, "000001", "");
    pair_prune_move(pair, c, SEEN_AT, "000002", "");
    pair->nodes[c].clock_off_ms = 0;
    for (int turn = 0; turn < 3; turn++) {
        pair->now_ms += turn == 2 ? KEEP_MS + HOUR_MS : MARK_MS;
        pair_connect(pair, 0);
        pair_connect(pair, 1);
        (void)pair_settle(pair);
        pair_back_up(pair);
    }
    *lost = pair_fetch_find(pair->nodes[0].store, DISPATCHED, 1, 1); /* by B: what A wrote it keeps */
    pair_connect(pair, 0);
    pair_connect(pair, 1);
    (void)pair_settle(pair);
    assert_true(pair_prune(pair, 0, UINT64_MAX).pruned > 0);
    pair_connect(pair, c);
    return pair;
}

/* On the same connection. */
static void an_hour(struct pair *pair)
{
    for (int64_t ms = 0; ms < NODE_FETCH_AGAIN_MS + 20000; ms += 10000) {
        pair_tick(pair, 10000);
        (void)pair_hub_round(pair, 64);
        for (size_t i = 0; i < pair->node_count; i++)
            (void)pair_node_round(pair, i);
    }
    assert_true(pair_settle(pair));
}

static void test_one_that_nobody_gives(void **state)
{
    uint64_t lost;
    struct pair *pair = late_words(&lost);
    struct journal_wants wants;
    struct aside aside;
    int hollow, count;

    (void)state;
    pair_fetch_rounds(pair, 0, lost, DAMAGED, 100);
    aside = waiting(pair, 0, &count);
    assert_int_equal(count, 1);
    assert_int_equal(aside.lost, WANT_DAMAGED);
    assert_int_equal(pair_fetch_owed(pair, 0, &hollow), 1);
    assert_int_equal(pair_fetch_wants(pair, 0).refused[WANT_DAMAGED], 1);
    /* It works on, and is not asked for before its hour. */
    assert_int_equal(pair_register(pair, 0, "N1", "Après"), 0);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_fetch_owed(pair, 0, &hollow), 1);
    an_hour(pair);
    assert_int_equal(pair_fetch_owed(pair, 0, &hollow), 0);
    wants = pair_fetch_wants(pair, 0);
    assert_int_equal(journal_wants_refused(&wants), 0);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

/* Somebody at the desk does not wait for the hour. */
static void test_a_person_asks_at_once(void **state)
{
    struct fold_wanted wanted;
    struct store_txn *txn;
    uint64_t lost;
    struct pair *pair = late_words(&lost);
    int hollow;

    (void)state;
    pair_fetch_rounds(pair, 0, lost, NOT_HELD, 100);
    txn = memstore_begin_write(pair->nodes[0].store);
    assert_int_equal(fold_want_around(txn, lost, INT64_MIN, &wanted), 0);
    assert_true(wanted.count == 1 && wanted.refused == 1 && wanted.why == WANT_NOT_HELD);
    assert_int_equal(fold_want_around(txn, lost, pair->now_ms + 1, &wanted), 0);
    assert_true(wanted.count == 1 && wanted.refused == 0);
    assert_int_equal(fold_want_around(txn, 0, pair->now_ms, &wanted), 0);
    assert_int_equal(wanted.count, 0);
    assert_int_equal(memstore_commit(txn), 0);
    node_want(pair->nodes[0].node);
    pair_fetch_rounds(pair, 0, 0, NOT_HELD, 30);
    assert_int_equal(pair_fetch_owed(pair, 0, &hollow), 0);
    assert_true(pair_settle(pair));
    pair_assert_equal_states(pair);
    pair_free(pair);
}

static void test_hollow_for_want_of_one(void **state)
{
    struct pair *pair = pair_fetch_network(40);
    uint64_t lost = pair_fetch_find(pair->nodes[0].store, DISPATCHED, 7, 1);
    int hollow;

    (void)state;
    pair_prune_pass(pair, MARK_MS);
    pair_back_up(pair);
    pair_prune_pass(pair, KEEP_MS + HOUR_MS);
    assert_int_equal(pair_prune(pair, 0, UINT64_MAX).pruned, 80);
    pair_prune_forget_state(pair, 0);
    pair_connect(pair, 0);
    pair_fetch_rounds(pair, 0, lost, NOT_HELD, 60);
    assert_int_equal(pair_prune_stubs(pair, 0).entries, 1);
    (void)pair_fetch_owed(pair, 0, &hollow);
    assert_true(hollow);
    /* Folded anew with all others: the documents that lack nothing stand where they are. */
    {
        struct store_txn *txn = memstore_begin_read(pair->nodes[0].store);
        assert_int_equal(fold_may_resume(txn), 0);
        memstore_abort(txn);
    }
    an_hour(pair);
    assert_int_equal(pair_prune_stubs(pair, 0).entries, 0);
    (void)pair_fetch_owed(pair, 0, &hollow);
    assert_false(hollow);
    pair_assert_equal_states(pair);
    pair_free(pair);
}

/* ---- a hub that says anything */

/* Gives the node an answer of the test's making to the question that is open. Returns whether it asked again at once. */
static int answer_with(struct pair *pair, size_t count, uint32_t index, uint32_t wait_ms)
{
    struct node *node = pair->nodes[0].node;
    Navette__Fetched fetched = NAVETTE__FETCHED__INIT;
    Navette__FetchedEntry entry = NAVETTE__FETCHED_ENTRY__INIT;
    Navette__FetchedEntry *list[4] = {&entry, &entry, &entry, &entry};
    struct buffer bytes = {.data = NULL};

    entry.index = index;
    entry.state = NOT_HELD;
    fetched.token = node->fetch.token;
    fetched.entries = list;
    fetched.n_entries = count;
    fetched.wait_ms = wait_ms;
    assert_int_equal(frame_encode(FRAME_FETCHED, &fetched.base, &bytes), 0);
    pair_push(&pair->nodes[0].down, pair->nodes[0].session, &bytes);
    buffer_free(&bytes);
    (void)pair_node_round(pair, 0);
    return node->fetch.asked_ms != 0;
}

static void test_answers_that_mean_nothing(void **state)
{
    struct pair *pair = old_network(4);
    struct node *node = pair->nodes[0].node;
    unsigned questions = 0;

    (void)state;
    assert_int_equal(pair_prune(pair, 0, UINT64_MAX).pruned, 8);
    pair_prune_forget_state(pair, 0);
    pair_connect(pair, 0);
    for (unsigned turn = 0; turn < 50 && node->fetch.asked_ms == 0; turn++) {
        pair_tick(pair, 100);
        if (node->fetch.asked_ms == 0)
            (void)pair_hub_round(pair, 64);
        (void)pair_node_round(pair, 0);
    }
    assert_int_equal(node->fetch.count, 8);
    /* To be asked later: not now, and not never. */
    assert_false(answer_with(pair, 0, 0, UINT32_MAX));
    assert_true(node->fetch.wait_ms <= pair->now_ms + NODE_FETCH_WAIT_MOST_MS);
    node->fetch.wait_ms = pair->now_ms;
    pair_tick(pair, 100);
    assert_int_not_equal(node->fetch.asked_ms, 0);
    /* Nothing, others than were asked for, one four times: each settles one, and it ends. */
    while (questions < 100 && answer_with(pair, questions % 3 == 0 ? 0 : 4, questions % 3 == 1 ? 0 : 255, 0))
        questions++;
    assert_int_equal(questions, 7);
    assert_int_equal(pair_prune_stubs(pair, 0).entries, 8);
    assert_true(node->fetch.again_ms > pair->now_ms);
    pair_free(pair);
}

/* ---- what a relay is not to have */

struct given {
    size_t given, refused;
};

/* What the hub answers, question by question, about all of its journal. */
static struct given ask_for_all(struct pair *pair, size_t node, struct memstore *about)
{
    struct store_txn *txn = memstore_begin_read(about);
    struct given sum = {.given = 0};
    uint64_t tail;

    assert_int_equal(journal_tail(txn, &tail), 0);
    for (uint64_t at = 1; at <= tail; at++) {
        struct node_fetch_list list = {.count = 1};
        Navette__Fetch message = NAVETTE__FETCH__INIT;
        struct pair_queue *down = &pair->nodes[node].down;
        struct buffer bytes = {.data = NULL};
        struct journal_entry entry;
        Navette__Ref ref;
        Navette__Ref *pointer;

        assert_int_equal(journal_read_raw(txn, at, &entry), 0);
        list.refs[0] = entry.self;
        node_fetch_fill(&list, &message, &ref, &pointer);
        message.token = at;
        assert_int_equal(frame_encode(FRAME_FETCH, &message.base, &bytes), 0);
        pair_push(&pair->up, pair->nodes[node].session, &bytes);
        buffer_free(&bytes);
        (void)pair_hub_round(pair, 64);
        for (size_t i = 0; i < down->count; i++) {
            struct frame frame;

            if (down->frames[i].bytes.data[5] != FRAME_FETCHED)
                continue;
            assert_int_equal(frame_decode(buffer_span(&down->frames[i].bytes), &frame), 0);
            const Navette__Fetched *fetched = (const Navette__Fetched *)frame.message;
            assert_int_equal(fetched->n_entries, 1);
            if (fetched->entries[0]->state == NAVETTE__FETCH_STATE__FETCH_GIVEN) {
                assert_memory_equal(fetched->entries[0]->event.data, entry.event.data, entry.event.len);
                assert_true(entry.scope_mask == UINT64_MAX || memmem(entry.event.data, entry.event.len, "RES-R", 5) != NULL);
                sum.given++;
            } else {
                assert_int_equal(fetched->entries[0]->state, NAVETTE__FETCH_STATE__FETCH_NOT_FOLLOWED);
                assert_int_equal(fetched->entries[0]->event.len, 0);
                sum.refused++;
            }
            frame_free(&frame);
        }
        for (size_t i = 0; i < down->count; i++)
            buffer_free(&down->frames[i].bytes);
        down->count = 0;
        pair->now_ms += 1000;
    }
    memstore_abort(txn);
    return sum;
}

static void test_a_relay_has_what_is_its_own_only(void **state)
{
    struct pair *pair = pair_fetch_network(3);
    size_t r = pair_enrol(pair, "RES-R", RELAY);
    struct given before, after;

    (void)state;
    assert_int_equal(pair_dispatch(pair, 0, NAVETTE__THING_KIND__THING_ITEM, "000001", "RES-R"), 0);
    pair_connect(pair, r);
    assert_true(pair_settle(pair));
    pair_prune_move(pair, r, NAVETTE__EVENT__BODY_RECEIVED, "000001", "");
    assert_true(pair_settle(pair));
    before = ask_for_all(pair, r, pair->journal);
    assert_true(before.given > 2 && before.refused >= 3 * 5);
    pair_free(pair);

    /* It followed the network, and does no more: the hub gives by what it is now, though the node has not heard. */
    pair = pair_fetch_network(3);
    r = pair_enrol(pair, "RES-R", BRANCH);
    pair_connect(pair, r);
    assert_true(pair_settle(pair));
    pair_grant(pair, r, "RES-R", NAVETTE__SCOPE__SCOPE_OWN);
    after = ask_for_all(pair, r, pair->journal);
    assert_true(after.refused >= 3 * 5);
    pair_free(pair);
}

/* ---- many at once */

#define MANY 500u
#define SESSION_OF 100000u

struct crowd {
    struct pair *pair;
    struct buffer question; /* a FETCH of 256 entries that the hub has */
    unsigned answered[MANY];
    size_t bytes, entries; /* of the last step */
    unsigned acks;
};

static void make_question(struct crowd *crowd)
{
    struct store_txn *txn = memstore_begin_read(crowd->pair->journal);
    struct node_fetch_list list = {.count = LIMIT_FETCH_ENTRIES};
    Navette__Ref refs[LIMIT_FETCH_ENTRIES];
    Navette__Ref *pointers[LIMIT_FETCH_ENTRIES];
    Navette__Fetch message = NAVETTE__FETCH__INIT;

    for (size_t i = 0; i < LIMIT_FETCH_ENTRIES; i++) {
        struct journal_entry entry;

        assert_int_equal(journal_read_raw(txn, 20 + i, &entry), 0);
        list.refs[i] = entry.self;
    }
    memstore_abort(txn);
    node_fetch_fill(&list, &message, refs, pointers);
    message.token = 1;
    assert_int_equal(frame_encode(FRAME_FETCH, &message.base, &crowd->question), 0);
}

static void key_of(size_t i, uint8_t key[KEY_SIZE])
{
    memset(key, 0xc5, KEY_SIZE);
    write_u64(key, i);
}

static void gather_crowd(struct crowd *crowd)
{
    struct hub *hub = crowd->pair->hub;

    for (size_t i = 0; i < MANY; i++) {
        struct hub_node node = {.role = NAVETTE__ROLE__ROLE_BRANCH, .scope = NAVETTE__SCOPE__SCOPE_NETWORK};
        struct hub_session *session;

        key_of(i, node.curve_key);
        memcpy(node.node, node.curve_key, NODE_ID_SIZE);
        assert_int_equal(hub_set_node(hub, &node), 0);
        session = hub_session_add(hub, SESSION_OF + i, (size_t)(hub_peer_by_node(hub, node.node) - hub->peers));
        assert_non_null(session);
        session->state = SESSION_STREAMING;
        session->last_heard_ms = crowd->pair->now_ms;
    }
}

static void look_at(struct crowd *crowd, struct effects *effects)
{
    crowd->bytes = crowd->entries = 0;
    for (size_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->list[i];
        struct frame frame;

        if (effect->kind != EFFECT_SEND || effect->session < SESSION_OF)
            continue;
        assert_int_equal(frame_decode(buffer_span(&effect->frame), &frame), 0);
        if (frame.type == FRAME_FETCHED && ((const Navette__Fetched *)frame.message)->wait_ms == 0) {
            crowd->answered[effect->session - SESSION_OF]++;
            crowd->bytes += effect->frame.len;
            crowd->entries += ((const Navette__Fetched *)frame.message)->n_entries;
        }
        frame_free(&frame);
    }
    effects_clear(effects);
}

static void ask(struct crowd *crowd, size_t who, struct store_txn *txn, struct effects *effects)
{
    uint8_t key[KEY_SIZE];
    uint8_t salt[SALT_SIZE] = {9};
    struct hub_input input = {.kind = HUB_FRAME,
                              .now_ms = crowd->pair->now_ms,
                              .session = SESSION_OF + who,
                              .curve_key = key,
                              .bytes = buffer_span(&crowd->question),
                              .journal = txn,
                              .salt = salt};

    key_of(who, key);
    assert_int_equal(hub_step(crowd->pair->hub, &input, effects), 0);
}

/* One step of those that only read. */
static void serve(struct crowd *crowd, enum hub_input_kind kind, struct effects *effects)
{
    struct hub_input input = {.kind = kind, .now_ms = crowd->pair->now_ms};

    input.journal = memstore_begin_read(crowd->pair->journal);
    assert_int_equal(hub_step(crowd->pair->hub, &input, effects), 0);
    memstore_abort(input.journal);
}

static void test_five_hundred_ask_at_once(void **state)
{
    struct crowd crowd = {.pair = pair_fetch_network(60)};
    struct effects effects;
    struct store_txn *txn;
    int64_t begun_ms = crowd.pair->now_ms;
    size_t left = MANY;
    unsigned steps = 0;

    (void)state;
    effects_init(&effects);
    make_question(&crowd);
    gather_crowd(&crowd);
    txn = memstore_begin_write(crowd.pair->journal);
    for (size_t i = 0; i < MANY; i++)
        ask(&crowd, i, txn, &effects);
    assert_int_equal(memstore_commit(txn), 0);
    /* Nothing is looked up, or kept in memory, before what the round brought is acknowledged. */
    look_at(&crowd, &effects);
    assert_int_equal(crowd.bytes, 0);
    serve(&crowd, HUB_STORED, &effects);
    look_at(&crowd, &effects);
    assert_int_equal(crowd.bytes, 0);
    while (left > 0 && steps++ < 1000) {
        serve(&crowd, steps == 1 ? HUB_TAIL : HUB_TICK, &effects);
        look_at(&crowd, &effects);
        assert_true(crowd.entries <= HUB_FETCH_STEP + LIMIT_FETCH_ENTRIES);
        assert_true(crowd.bytes <= HUB_FETCH_STEP_BYTES + LIMIT_FRAME_BYTES);
        left = 0;
        for (size_t i = 0; i < MANY; i++)
            left += crowd.answered[i] == 0;
        /* The first asks again and again: nobody waits longer for that. */
        if (left > 0 && crowd.answered[0] < 3) {
            txn = memstore_begin_write(crowd.pair->journal);
            ask(&crowd, 0, txn, &effects);
            assert_int_equal(memstore_commit(txn), 0);
            effects_clear(&effects);
        }
        for (size_t i = 0; left > 0 && i < MANY; i++)
            assert_true(crowd.answered[i] <= 1);
        if (left > 0) {
            assert_true(hub_deadline(crowd.pair->hub) <= crowd.pair->now_ms + HUB_RATE_STEP_MS);
            if (hub_deadline(crowd.pair->hub) > crowd.pair->now_ms)
                crowd.pair->now_ms = hub_deadline(crowd.pair->hub);
        }
    }
    assert_int_equal(left, 0);
    print_message("# %u nodes, %u entries each: answered in %u steps and %d ms\n", MANY, LIMIT_FETCH_ENTRIES, steps,
                  (int)(crowd.pair->now_ms - begun_ms));
    assert_true(crowd.pair->now_ms - begun_ms < 6000);
    effects_free(&effects);
    buffer_free(&crowd.question);
    pair_free(crowd.pair);
}

/* ---- by stick */

/* The nth frame of this type, from 1; 0: none is meant. */
static size_t frame_of(const struct pair_stick *stick, enum frame_type type, unsigned nth)
{
    for (size_t i = 1; nth > 0 && i < stick->count; i++)
        if (stick->frames[i].data[5] == type && --nth == 0)
            return i;
    assert_int_equal(nth, 0);
    return 0;
}

/* There and back, but for the nth question, or the nth answer; the answer is read so often. */
static struct node_stick_news carry(struct pair *pair, size_t node, unsigned question, unsigned answered, unsigned times)
{
    struct pair_stick *out = pair_stick_out(pair, node, 0);
    struct hub_stick_info info;
    struct node_stick_news news = {.back = 0};
    struct pair_stick *answer;
    uint64_t back = 0;
    int last, gap;

    answer = pair_stick_in(pair, out, frame_of(out, FRAME_FETCH, question), &info, &last);
    assert_non_null(answer);
    for (unsigned i = 0; i < times; i++) {
        pair_stick_back(pair, answer, frame_of(answer, FRAME_FETCHED, answered), &news, &gap);
        back += news.back;
    }
    news.back = back;
    pair_stick_free(answer);
    pair_stick_free(out);
    return news;
}

static void test_back_by_stick(void **state)
{
    uint64_t lost;
    struct pair *pair = late_words(&lost);
    struct node_stick_news news;
    int hollow;

    (void)state;
    /* A's line is gone for good; what C says reaches it by stick. */
    pair_disconnect(pair, 0);
    assert_true(pair_settle(pair));
    assert_int_equal(carry(pair, 0, 0, 0, 1).answered, 0);
    assert_int_equal(pair_fetch_owed(pair, 0, &hollow), 2);
    /* The question is lost on the way, then the answer. */
    assert_int_equal(carry(pair, 0, 1, 0, 1).back, 0);
    news = carry(pair, 0, 0, 1, 1);
    assert_int_equal(news.back, 0);
    assert_int_equal(pair_fetch_owed(pair, 0, &hollow), 2);
    /* Read twice: once is enough. */
    news = carry(pair, 0, 0, 0, 2);
    assert_true(news.back >= 4);
    assert_int_equal(news.refused, 0);
    assert_int_equal(pair_fetch_owed(pair, 0, &hollow), 0);
    (void)carry(pair, 0, 0, 0, 1);
    pair_assert_same(pair, 0);
    pair_free(pair);
}

static void test_a_hollow_state_by_stick(void **state)
{
    struct pair *pair = old_network(200);
    struct node_stick_news news;
    uint64_t left;
    int hollow;

    (void)state;
    assert_true(pair_prune(pair, 0, UINT64_MAX).pruned > LIMIT_FETCH_ENTRIES);
    while (pair_prune(pair, 0, UINT64_MAX).pruned > 0) {
    }
    pair_disconnect(pair, 0);
    pair_prune_forget_state(pair, 0);
    assert_int_equal(pair_prune_stubs(pair, 0).entries, 400);
    /* One of the two questions is lost: the other is answered, and the state is folded anew with it. */
    news = carry(pair, 0, 1, 0, 1);
    assert_true(news.back >= 400 - LIMIT_FETCH_ENTRIES && news.back < 400);
    left = pair_prune_stubs(pair, 0).entries;
    assert_int_equal(left, 400 - news.back);
    (void)pair_fetch_owed(pair, 0, &hollow);
    assert_true(hollow);
    news = carry(pair, 0, 0, 0, 1);
    assert_int_equal(news.back, left);
    (void)pair_fetch_owed(pair, 0, &hollow);
    assert_false(hollow);
    pair_assert_same(pair, 0);
    pair_free(pair);
}

/* The first stub, one bit of its row flipped: its position. */
static uint64_t damage_stub(struct pair *pair, size_t node, size_t bit)
{
    struct store_txn *txn = memstore_begin_write(pair->nodes[node].store);
    struct journal_entry stub;
    uint8_t row[STUB_SIZE], key[8];

    assert_int_equal(journal_next_stub(txn, 0, &stub), 0);
    memcpy(row, stub.stub.data, STUB_SIZE);
    row[bit / 8] ^= (uint8_t)(1u << bit % 8);
    write_u64(key, stub.position);
    assert_int_equal(store_put(txn, TABLE_ENTRY, span_of(key, sizeof key), span_of(row, STUB_SIZE)), 0);
    assert_int_equal(memstore_commit(txn), 0);
    return stub.position;
}

static void test_a_damaged_stub_by_stick(void **state)
{
    enum { LEAF = 3 };
    static const size_t bits[] = {3, 8 * 60 + 1, 8 * (STUB_SIZE - 1), 8 * 30};

    (void)state;
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        struct pair *pair = old_network(4);
        struct node_stick_news news;
        struct journal_entry entry;
        struct store_txn *txn;
        uint64_t position;

        assert_int_equal(pair_prune(pair, 0, UINT64_MAX).pruned, 8);
        position = damage_stub(pair, 0, bits[i]);
        pair_restart_node(pair, 0);
        pair_connect(pair, 0);
        assert_true(pair_settle(pair));
        /* A pass wants it again; then the line is gone for good. */
        assert_int_equal(pair_prune(pair, 0, UINT64_MAX).pruned, 0);
        pair_disconnect(pair, 0);
        news = carry(pair, 0, 0, 0, 2);
        assert_int_equal(news.back, i == LEAF ? 0 : 1);
        assert_int_equal(pair_fetch_wants(pair, 0).refused[WANT_NOT_HELD], i == LEAF ? 1 : 0);
        txn = memstore_begin_read(pair->nodes[0].store);
        assert_int_equal(journal_read_raw(txn, position, &entry), i == LEAF ? NAVETTE_E_PRUNED : 0);
        memstore_abort(txn);
        assert_int_equal(pair_prune_stubs(pair, 0).entries, i == LEAF ? 8 : 7);
        pair_free(pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wants_and_refusals),        cmocka_unit_test(test_one_that_nobody_gives),
        cmocka_unit_test(test_a_person_asks_at_once),     cmocka_unit_test(test_hollow_for_want_of_one),
        cmocka_unit_test(test_answers_that_mean_nothing), cmocka_unit_test(test_a_relay_has_what_is_its_own_only),
        cmocka_unit_test(test_five_hundred_ask_at_once),  cmocka_unit_test(test_back_by_stick),
        cmocka_unit_test(test_a_hollow_state_by_stick),   cmocka_unit_test(test_a_damaged_stub_by_stick),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
