/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub_stick.c, node_stick.c: what comes on a stick goes the way of a line.
 *   - a node that never had a line: rounds of sticks, the same state as the hub; both sides say so
 *   - sticks and answers in random order, doubled, with frames lost, with a line beside them: the same digest as by the line alone, watermarks never go back (SEED)
 *   - an older receipt, an older stick change nothing; a lost batch in the middle is a gap, what comes before it is taken
 *   - a lost delta in the middle of an answer is a gap: what comes behind it is not taken
 *   - a node put back from a backup: restored, and forked, found from the stick alone; nothing is lost
 *   - one put back from a backup made while a batch was open that was sealed since: its log ends there too, with and without something recorded behind it
 *   - a fork that the stick does not reach back to: told, a whole one settles it
 *   - revoked, unknown, another node's greeting: refused; a forged batch is not let in
 *   - a hub put back from a backup: an answer of before counts for nothing, the next stick brings all again
 *   - an answer read by a machine that has lost the log of which it speaks: nothing of it is taken
 *   - an answer about another log of this node that holds what a store put back lacks of the log it writes: not taken, the next stick settles it
 *   - an answer of a restored hub about a log that was lost: what is safe of the next log is not taken from it, the sticks bring what the hub lost
 *   - a hub put back twice from one backup: an answer of the journal between the two counts for nothing while a line stands
 *   - a narrower scope that a node hears of from an answer alone: what has to go goes, the next stick brings what it gives
 *   - the frontier of a stick is noted once; one of a journal that is no more is not: its cursor is of other positions
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/pair_backup.h"
#include "tests/lib/pair_stick.h"
#include "tests/lib/seed.h"

#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK

static struct pair *network(void)
{
    static const char *const places[] = {"BIB-A", "BIB-B", "BIB-C"};
    struct pair *pair = pair_new();

    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pair_enrol(pair, places[i], BRANCH), i);
    pair_begin_epoch(pair);
    return pair;
}

static void record(struct pair *pair, size_t node, unsigned *number)
{
    char barcode[32];

    (void)snprintf(barcode, sizeof barcode, "N%zu-%u", node, ++*number);
    assert_int_equal(pair_register(pair, node, barcode, "Titre"), 0);
}

/* There and back. */
static struct node_stick_news round_trip(struct pair *pair, size_t node, int all)
{
    struct pair_stick *out = pair_stick_out(pair, node, all);
    struct hub_stick_info info;
    struct node_stick_news news;
    struct pair_stick *answer;
    int last, gap;

    answer = pair_stick_in(pair, out, 0, &info, &last);
    assert_non_null(answer);
    pair_stick_back(pair, answer, 0, &news, &gap);
    assert_int_equal(gap, 0);
    pair_stick_free(answer);
    pair_stick_free(out);
    return news;
}

static void test_a_life_without_a_line(void **state)
{
    struct pair *pair = network();
    unsigned number = 0;

    (void)state;
    pair_connect(pair, 0);
    for (unsigned round = 0; round < 5; round++) {
        struct node_stick_news news;

        for (unsigned i = 0; i < 7; i++) {
            record(pair, 0, &number);
            record(pair, 1, &number);
        }
        pair_tick(pair, 1000);
        assert_true(pair_settle(pair));
        news = round_trip(pair, 1, 0);
        assert_int_equal(news.kind, NODE_STICK_TAKEN);
        assert_int_equal(news.safe, (round + 1) * 7);
        assert_int_equal(pair_progress(pair, 1).durable, (round + 1) * 7);
        assert_int_equal(pair_hub_head(pair, 1), (round + 1) * 7);
        assert_true(news.taken >= 7);
    }
    assert_true(pair_settle(pair));
    pair_assert_same(pair, 0);
    pair_assert_same(pair, 1);
    pair_free(pair);
}

#define WORLD_STICKS 24u

/* Everything that is on its way at once, taken in any order, more than once, with holes; and a line that comes and goes. */
struct world {
    struct pair *pair;
    uint64_t random;
    unsigned number;
    struct pair_stick *out[WORLD_STICKS], *back[WORLD_STICKS];
    size_t outs, backs;
    uint64_t durable[2], cursor[2];
};

static void put(struct world *world, struct pair_stick **list, size_t *count, struct pair_stick *stick)
{
    if (*count == WORLD_STICKS) {
        size_t which = (size_t)seed_below(&world->random, WORLD_STICKS);

        pair_stick_free(list[which]);
        list[which] = stick;
        return;
    }
    list[(*count)++] = stick;
}

static void act(struct world *world)
{
    struct pair *pair = world->pair;
    size_t node = (size_t)seed_below(&world->random, 2);
    struct hub_stick_info info;
    struct node_stick_news news;
    struct pair_stick *stick;
    int last, gap;

    switch (seed_below(&world->random, 8)) {
    case 0:
    case 1:
        record(pair, node, &world->number);
        break;
    case 2:
        put(world, world->out, &world->outs, pair_stick_out(pair, node, seed_below(&world->random, 4) == 0));
        break;
    case 3:
    case 4:
        if (world->outs > 0) {
            stick = world->out[seed_below(&world->random, world->outs)];
            stick = pair_stick_in(pair, stick, seed_below(&world->random, 3) == 0 ? 1 + (size_t)seed_below(&world->random, 4) : 0, &info,
                                  &last);
            assert_non_null(stick);
            put(world, world->back, &world->backs, stick);
        }
        break;
    case 5:
    case 6:
        if (world->backs > 0) {
            stick = world->back[seed_below(&world->random, world->backs)];
            pair_stick_back(pair, stick, seed_below(&world->random, 3) == 0 ? 1 + (size_t)seed_below(&world->random, 2) : 0, &news, &gap);
            assert_int_equal(news.kind, NODE_STICK_TAKEN);
        }
        break;
    default:
        if (pair->nodes[node].session == 0)
            pair_connect(pair, node);
        else
            pair_disconnect(pair, node);
        for (unsigned i = 0; i < 3; i++) {
            (void)pair_hub_round(pair, 8);
            (void)pair_node_round(pair, 0);
            (void)pair_node_round(pair, 1);
        }
    }
    for (size_t i = 0; i < 2; i++) {
        struct node_progress progress = pair_progress(pair, i);

        assert_true(progress.durable >= world->durable[i] && progress.durable <= pair_hub_head(pair, i));
        assert_true(progress.cursor >= world->cursor[i]);
        world->durable[i] = progress.durable;
        world->cursor[i] = progress.cursor;
    }
}

static void test_any_order(void **state)
{
    uint64_t random = seed_start();

    (void)state;
    for (unsigned run = 0; run < 12; run++) {
        struct world world = {.pair = network(), .random = seed_next(&random)};

        for (unsigned step = 0; step < 160; step++) {
            act(&world);
            pair_tick(world.pair, 50);
        }
        for (size_t i = 0; i < 2; i++)
            pair_disconnect(world.pair, i);
        /* Two rounds each: whatever the order, then all hold all. */
        for (unsigned i = 0; i < 4; i++)
            assert_int_equal(round_trip(world.pair, i % 2, 0).kind, NODE_STICK_TAKEN);
        pair_assert_same(world.pair, 0);
        pair_assert_same(world.pair, 1);
        assert_int_equal(pair_entries_of(world.pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED), world.number);
        for (size_t i = 0; i < world.outs; i++)
            pair_stick_free(world.out[i]);
        for (size_t i = 0; i < world.backs; i++)
            pair_stick_free(world.back[i]);
        pair_free(world.pair);
    }
}

static void test_a_lost_batch_is_a_gap(void **state)
{
    struct pair *pair = network();
    struct pair_stick *parts[3], *whole, *answer;
    struct hub_stick_info info;
    unsigned number = 0;
    int last;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        record(pair, 1, &number);
        parts[i] = pair_stick_out(pair, 1, 0);
    }
    whole = parts[2];
    assert_int_equal(whole->count, 4);
    answer = pair_stick_in(pair, whole, 2, &info, &last);
    assert_int_equal(last, NAVETTE_E_GAP);
    assert_int_equal(info.held, 1);
    assert_int_equal(info.claimed, 3);
    pair_stick_free(answer);
    /* An older stick has the one that is missing, the same one again the rest. */
    answer = pair_stick_in(pair, parts[1], 0, &info, &last);
    assert_int_equal(info.held, 2);
    assert_int_equal(info.taken, 1);
    assert_int_equal(info.again, 1);
    pair_stick_free(answer);
    answer = pair_stick_in(pair, whole, 0, &info, &last);
    assert_int_equal(info.held, 3);
    pair_stick_free(answer);
    /* Older ones change nothing. */
    answer = pair_stick_in(pair, parts[0], 0, &info, &last);
    assert_int_equal(last, NAVETTE_E_EXISTS);
    assert_int_equal(info.verdict, NAVETTE__VERDICT__VERDICT_IN_STEP);
    assert_int_equal(info.held, 3);
    pair_stick_free(answer);
    for (unsigned i = 0; i < 3; i++)
        pair_stick_free(parts[i]);
    pair_free(pair);
}

static void test_a_lost_delta_is_a_gap(void **state)
{
    struct pair *pair = network();
    struct pair_stick *out, *answer;
    struct hub_stick_info info;
    struct node_stick_news news;
    char title[1001], barcode[32];
    int last, gap;

    (void)state;
    memset(title, 't', sizeof title - 1);
    title[sizeof title - 1] = '\0';
    for (unsigned i = 0; i < 700; i++) {
        (void)snprintf(barcode, sizeof barcode, "G%u", i);
        assert_int_equal(pair_register(pair, 0, barcode, title), 0);
        /* Batches of a line: a full one is sealed. */
        if (i % 100 == 99)
            pair_stick_free(pair_stick_out(pair, 0, 0));
    }
    (void)round_trip(pair, 0, 0);
    out = pair_stick_out(pair, 1, 0);
    answer = pair_stick_in(pair, out, 0, &info, &last);
    assert_true(answer->count >= 4); /* the receipt, and three deltas */
    pair_stick_back(pair, answer, 2, &news, &gap);
    assert_int_equal(gap, 1);
    assert_true(pair_entries_of(pair->nodes[1].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED) < 700);
    assert_true(pair_progress(pair, 1).cursor < pair_progress(pair, 1).hub_cursor);
    pair_stick_back(pair, answer, 0, &news, &gap);
    assert_int_equal(gap, 0);
    assert_int_equal(pair_entries_of(pair->nodes[1].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 700);
    pair_assert_same(pair, 1);
    pair_stick_free(answer);
    pair_stick_free(out);
    pair_free(pair);
}

static void test_an_older_receipt_changes_nothing(void **state)
{
    struct pair *pair = network();
    struct pair_stick *first, *answer;
    struct hub_stick_info info;
    struct node_stick_news news;
    unsigned number = 0;
    uint64_t cursor;
    int last, gap;

    (void)state;
    record(pair, 1, &number);
    first = pair_stick_out(pair, 1, 0);
    answer = pair_stick_in(pair, first, 0, &info, &last);
    record(pair, 1, &number);
    (void)round_trip(pair, 1, 0);
    assert_int_equal(pair_progress(pair, 1).durable, 2);
    cursor = pair_progress(pair, 1).cursor;
    pair_stick_back(pair, answer, 0, &news, &gap);
    assert_int_equal(news.kind, NODE_STICK_TAKEN);
    assert_int_equal(news.safe, 2);
    assert_int_equal(news.taken, 0);
    assert_int_equal(pair_progress(pair, 1).cursor, cursor);
    pair_stick_free(answer);
    pair_stick_free(first);
    pair_free(pair);
}

static void test_a_restored_node_takes_back_what_it_wrote(void **state)
{
    struct pair *pair = network();
    struct memstore *backup;
    unsigned number = 0;

    (void)state;
    record(pair, 1, &number);
    (void)round_trip(pair, 1, 0);
    backup = memstore_clone(pair->nodes[1].store);
    record(pair, 1, &number);
    record(pair, 1, &number);
    (void)round_trip(pair, 1, 0);
    pair_restore_node(pair, 1, backup);
    assert_int_equal(round_trip(pair, 1, 0).kind, NODE_STICK_RESTORED);
    assert_int_equal(pair_entries_of(pair->nodes[1].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 1);
    record(pair, 1, &number);
    assert_int_equal(round_trip(pair, 1, 0).kind, NODE_STICK_TAKEN);
    assert_int_equal(pair_entries_of(pair->nodes[1].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 4);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 4);
    (void)round_trip(pair, 1, 0);
    pair_assert_same(pair, 1);
    pair_free(pair);
}

/* Put back from a backup and written on: events adopted, both ends kept. all: the stick's first batches show where they part. */
static void fork_with(int all, unsigned common)
{
    struct pair *pair = network();
    struct memstore *backup;
    struct node_stick_news news;
    unsigned number = 0;

    for (unsigned i = 0; i < common; i++)
        record(pair, 1, &number);
    (void)round_trip(pair, 1, 0);
    backup = memstore_clone(pair->nodes[1].store);
    for (unsigned i = 0; i < 5; i++)
        record(pair, 1, &number);
    (void)round_trip(pair, 1, 0);
    pair_restore_node(pair, 1, backup);
    record(pair, 1, &number);
    record(pair, 1, &number);
    news = round_trip(pair, 1, all);
    assert_int_equal(news.verdict, NAVETTE__VERDICT__VERDICT_FORK);
    assert_int_equal(news.kind, NODE_STICK_FORKED);
    /* What was put aside enters the new log as steps go by. */
    for (unsigned i = 0; i < 10; i++)
        pair_tick(pair, 1000);
    (void)round_trip(pair, 1, 0);
    (void)round_trip(pair, 1, 0);
    pair_assert_same(pair, 1);
    assert_int_equal(pair_progress(pair, 1).adopting, 0);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED), common + 5);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ADOPTED), 2);
    pair_free(pair);
}

static void test_a_forked_node_keeps_both_ends(void **state)
{
    (void)state;
    fork_with(0, 3);
    fork_with(1, 3);
    fork_with(0, 0);
}

/* The backup's open batch was sealed and sent since: no batch of the store that was put back can begin behind it. */
static void open_with(unsigned more)
{
    struct pair *pair = network();
    struct pair_stick *out, *answer;
    struct memstore *backup;
    struct hub_stick_info info;
    struct node_stick_news news;
    unsigned number = 0;
    int last, gap;

    record(pair, 1, &number);
    record(pair, 1, &number);
    backup = memstore_clone(pair->nodes[1].store);
    out = pair_stick_out(pair, 1, 0);
    answer = pair_stick_in(pair, out, 0, &info, &last);
    assert_int_equal(info.held, 2);
    pair_restore_node(pair, 1, backup);
    for (unsigned i = 0; i < more; i++)
        record(pair, 1, &number);
    pair_stick_back(pair, answer, 0, &news, &gap);
    assert_int_equal(news.kind, more == 0 ? NODE_STICK_RESTORED : NODE_STICK_FORKED);
    assert_int_equal(news.safe, 0);
    record(pair, 1, &number);
    for (unsigned i = 0; i < 10; i++)
        pair_tick(pair, 1000);
    assert_int_equal(round_trip(pair, 1, 0).kind, NODE_STICK_TAKEN);
    (void)round_trip(pair, 1, 0);
    pair_assert_same(pair, 1);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ADOPTED), more);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 3);
    pair_stick_free(answer);
    pair_stick_free(out);
    pair_free(pair);
}

static void test_a_backup_with_an_open_batch(void **state)
{
    (void)state;
    open_with(0);
    open_with(2);
}

static void test_refused(void **state)
{
    struct pair *pair = network();
    struct hub_stick_info info;
    struct pair_stick *stick, *answer;
    unsigned number = 0;
    int last;

    (void)state;
    record(pair, 1, &number);
    stick = pair_stick_out(pair, 1, 0);
    /* Another node says that it is its own. */
    memcpy(stick->id, pair->nodes[2].id, NODE_ID_SIZE);
    assert_null(pair_stick_in(pair, stick, 0, &info, &last));
    assert_int_equal(last, NAVETTE_E_INVALID);
    memset(stick->id, 7, NODE_ID_SIZE);
    assert_null(pair_stick_in(pair, stick, 0, &info, &last));
    assert_int_equal(last, NAVETTE_E_NOT_FOUND);
    memcpy(stick->id, pair->nodes[1].id, NODE_ID_SIZE);
    /* A batch that somebody changed on the way, its frame made good again. */
    {
        struct buffer *frame = &stick->frames[1];
        struct span body = span_of(frame->data + FRAME_HEADER_SIZE, frame->len - FRAME_HEADER_SIZE);
        uint8_t was = frame->data[frame->len - 1];

        frame->data[frame->len - 1] = (uint8_t)(was ^ 1);
        frame_header(FRAME_PUSH, 0, body, (uint32_t)body.len, frame->data);
        answer = pair_stick_in(pair, stick, 0, &info, &last);
        assert_true(last == NAVETTE_E_CHAIN || last == NAVETTE_E_SIGNATURE);
        assert_int_equal(info.held, 0);
        pair_stick_free(answer);
        frame->data[frame->len - 1] = was;
        frame_header(FRAME_PUSH, 0, body, (uint32_t)body.len, frame->data);
    }
    pair_revoke(pair, 1);
    assert_null(pair_stick_in(pair, stick, 0, &info, &last));
    assert_int_equal(last, NAVETTE_E_REFUSED);
    assert_int_equal(pair_hub_head(pair, 1), 0);
    pair_stick_free(stick);
    pair_free(pair);
}

static void test_a_restored_hub(void **state)
{
    struct pair *pair = network();
    struct memstore *backup;
    struct lineage then;
    struct pair_stick *out, *before;
    struct hub_stick_info info;
    struct node_stick_news news;
    unsigned number = 0;
    int last, gap;

    (void)state;
    record(pair, 1, &number);
    (void)round_trip(pair, 1, 0);
    backup = memstore_clone(pair->journal);
    then = pair->lineage;
    record(pair, 1, &number);
    out = pair_stick_out(pair, 1, 0);
    before = pair_stick_in(pair, out, 0, &info, &last);
    pair_stick_back(pair, before, 0, &news, &gap);
    assert_int_equal(pair_progress(pair, 1).durable, 2);
    pair_restore_hub(pair, backup, &then);
    /* It begins behind what was acknowledged: the hub says so, and what it holds now. */
    assert_int_equal(round_trip(pair, 1, 0).kind, NODE_STICK_TAKEN);
    assert_int_equal(pair_progress(pair, 1).durable, 1);
    /* The answer of before comes once more: it is of a journal that is no more. */
    pair_stick_back(pair, before, 0, &news, &gap);
    assert_int_equal(news.kind, NODE_STICK_OLD);
    assert_int_equal(pair_progress(pair, 1).durable, 1);
    assert_int_equal(round_trip(pair, 1, 0).safe, 2);
    assert_int_equal(pair_hub_head(pair, 1), 2);
    (void)round_trip(pair, 1, 0);
    pair_assert_same(pair, 1);
    pair_stick_free(before);
    pair_stick_free(out);
    pair_free(pair);
}

/* The epoch between is not among those that the last one came from. */
static void test_an_answer_of_a_journal_between(void **state)
{
    struct pair *pair = network();
    struct memstore *backup, *again;
    struct lineage then;
    struct pair_stick *out, *between;
    struct hub_stick_info info;
    struct node_stick_news news;
    unsigned number = 0;
    int64_t epoch_ms;
    int last, gap;

    (void)state;
    record(pair, 1, &number);
    (void)round_trip(pair, 1, 0);
    backup = memstore_clone(pair->journal);
    again = memstore_clone(pair->journal);
    then = pair->lineage;
    pair_restore_hub(pair, backup, &then);
    record(pair, 1, &number);
    out = pair_stick_out(pair, 1, 0);
    between = pair_stick_in(pair, out, 0, &info, &last);
    pair_tick(pair, 1000);
    pair_restore_hub(pair, again, &then);
    pair_connect(pair, 1);
    assert_true(pair_settle(pair));
    epoch_ms = pair_progress(pair, 1).epoch_ms;
    pair_stick_back(pair, between, 0, &news, &gap);
    assert_int_equal(news.kind, NODE_STICK_OLD);
    assert_int_equal(pair_progress(pair, 1).epoch_ms, epoch_ms);
    assert_true(pair_settle(pair));
    pair_assert_same(pair, 1);
    pair_stick_free(between);
    pair_stick_free(out);
    pair_free(pair);
}

static void test_a_narrower_scope_by_stick(void **state)
{
    struct pair *pair = network();
    unsigned number = 0;

    (void)state;
    pair_connect(pair, 0);
    record(pair, 0, &number);
    record(pair, 1, &number);
    assert_true(pair_settle(pair));
    (void)round_trip(pair, 1, 0);
    assert_true(pair_progress(pair, 1).cursor > 0);
    pair_grant(pair, 1, "BIB-B", NAVETTE__SCOPE__SCOPE_OWN);
    {
        struct pair_stick *out = pair_stick_out(pair, 1, 0);
        struct hub_stick_info info;
        struct node_stick_news news;
        int last, gap;
        struct pair_stick *answer = pair_stick_in(pair, out, 0, &info, &last);

        pair_stick_back(pair, answer, 0, &news, &gap);
        assert_int_equal(news.kind, NODE_STICK_TAKEN);
        pair_stick_free(answer);
        pair_stick_free(out);
    }
    assert_int_equal(pair_progress(pair, 1).evicting, 0);
    (void)round_trip(pair, 1, 0);
    assert_true(pair_progress(pair, 1).cursor > 0);
    assert_int_equal(pair_entries_of(pair->nodes[1].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 1);
    pair_free(pair);
}

static void test_a_frontier_is_noted_once(void **state)
{
    struct pair *pair = network();
    struct pair_stick *stick, *answer;
    struct hub_stick_info info;
    unsigned number = 0;
    int last;

    (void)state;
    (void)round_trip(pair, 1, 0);
    record(pair, 1, &number);
    stick = pair_stick_out(pair, 1, 0);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_FRONTIER_NOTED), 0);
    for (unsigned i = 0; i < 3; i++) {
        answer = pair_stick_in(pair, stick, 0, &info, &last);
        pair_stick_free(answer);
        assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_FRONTIER_NOTED), 1);
    }
    pair_stick_free(stick);
    pair_free(pair);
}

static void test_a_frontier_of_a_journal_of_before(void **state)
{
    struct pair *pair = network();
    struct memstore *backup;
    struct lineage then;
    struct pair_stick *stick, *answer;
    struct hub_stick_info info;
    struct node_stick_news news;
    unsigned number = 0;
    int last, gap;

    (void)state;
    (void)round_trip(pair, 1, 0);
    backup = memstore_clone(pair->journal);
    then = pair->lineage;
    record(pair, 0, &number);
    (void)round_trip(pair, 0, 0);
    (void)round_trip(pair, 1, 0);
    record(pair, 1, &number);
    stick = pair_stick_out(pair, 1, 0);
    pair_restore_hub(pair, backup, &then);
    /* As many positions as it has seen, with other entries. */
    for (unsigned i = 0; i < 3; i++)
        (void)round_trip(pair, 0, 0);
    number = (unsigned)pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_FRONTIER_NOTED);
    answer = pair_stick_in(pair, stick, 0, &info, &last);
    assert_int_equal(info.held, 1);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_FRONTIER_NOTED), number);
    pair_stick_back(pair, answer, 0, &news, &gap);
    assert_int_equal(news.kind, NODE_STICK_TAKEN);
    pair_stick_free(answer);
    (void)round_trip(pair, 1, 0);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_FRONTIER_NOTED), number + 1);
    pair_stick_free(stick);
    pair_free(pair);
}

/* An answer leaves out what its reader wrote itself: who has lost that takes nothing of it. */
static void test_answer_to_who_has_lost_its_log(void **state)
{
    struct pair *pair = network();
    struct node_stick_news news;
    struct hub_stick_info info;
    struct pair_stick *out;
    struct pair_stick *answer;
    unsigned number = 0;
    int last, gap;

    (void)state;
    record(pair, 0, &number);
    record(pair, 1, &number);
    pair_connect(pair, 0);
    assert_true(pair_settle(pair));
    out = pair_stick_out(pair, 1, 0);
    answer = pair_stick_in(pair, out, 0, &info, &last);
    assert_int_equal(info.taken, 1);
    pair_wipe(pair, 1);
    pair_stick_back(pair, answer, 0, &news, &gap);
    assert_int_equal(news.kind, NODE_STICK_UNCLEAR);
    assert_int_equal(pair_progress(pair, 1).cursor, 0);
    assert_int_equal(round_trip(pair, 1, 0).kind, NODE_STICK_TAKEN);
    pair_assert_same(pair, 1);
    pair_stick_free(answer);
    pair_stick_free(out);
    pair_free(pair);
}

/* The stick of a lost log lies about until the hub, put back since, reads it: its answer is the first that tells of the new journal. */
static void test_a_restored_hub_answers_about_another_log(void **state)
{
    struct pair *pair = network();
    struct pair_stick *old, *answer;
    struct memstore *backup;
    struct lineage then;
    struct hub_stick_info info;
    struct node_stick_news news;
    unsigned number = 0;
    int last, gap;

    (void)state;
    record(pair, 1, &number);
    old = pair_stick_out(pair, 1, 0);
    pair_stick_free(pair_stick_in(pair, old, 0, &info, &last));
    pair_wipe(pair, 1);
    record(pair, 1, &number);
    assert_int_equal(round_trip(pair, 1, 0).safe, 1);
    backup = memstore_clone(pair->journal);
    then = pair->lineage;
    record(pair, 1, &number);
    assert_int_equal(round_trip(pair, 1, 0).safe, 2);
    pair_restore_hub(pair, backup, &then);
    answer = pair_stick_in(pair, old, 0, &info, &last);
    pair_stick_back(pair, answer, 0, &news, &gap);
    assert_int_equal(news.kind, NODE_STICK_UNCLEAR);
    assert_int_equal(pair_progress(pair, 1).epoch_ms, 0); /* what it shows as safe is of the journal of before */
    /* The next answer is about this log: it takes back what is safe no more, and the one after has it again. */
    assert_int_equal(round_trip(pair, 1, 0).safe, 1);
    assert_int_equal(round_trip(pair, 1, 0).safe, 2);
    assert_int_equal(pair_hub_head(pair, 1), 2);
    (void)round_trip(pair, 1, 0);
    pair_assert_same(pair, 1);
    pair_stick_free(answer);
    pair_stick_free(old);
    pair_free(pair);
}

/* Put back twice from one backup: the answer to a stick of the log that was begun between lies behind what the backup lacks. */
static void test_an_answer_about_a_child_that_is_no_more(void **state)
{
    struct pair *pair = network();
    struct memstore *backup;
    struct pair_stick *out, *answer;
    struct hub_stick_info info;
    struct node_stick_news news;
    unsigned number = 0;
    int last, gap;

    (void)state;
    record(pair, 1, &number);
    (void)round_trip(pair, 1, 0);
    backup = memstore_clone(pair->nodes[1].store);
    record(pair, 1, &number);
    record(pair, 1, &number);
    (void)round_trip(pair, 1, 0);
    pair_restore_node(pair, 1, memstore_clone(backup));
    assert_int_equal(round_trip(pair, 1, 0).kind, NODE_STICK_RESTORED);
    out = pair_stick_out(pair, 1, 0);
    answer = pair_stick_in(pair, out, 0, &info, &last);
    pair_restore_node(pair, 1, backup);
    pair_stick_back(pair, answer, 0, &news, &gap);
    assert_int_equal(gap, 1);
    assert_int_equal(pair_progress(pair, 1).head, 1);
    assert_int_equal(pair_entries_of(pair->nodes[1].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 1);
    record(pair, 1, &number);
    assert_int_equal(pair_progress(pair, 1).head, 2);
    assert_int_equal(round_trip(pair, 1, 0).kind, NODE_STICK_FORKED);
    for (unsigned i = 0; i < 10; i++)
        pair_tick(pair, 1000);
    assert_int_equal(round_trip(pair, 1, 0).kind, NODE_STICK_TAKEN);
    (void)round_trip(pair, 1, 0);
    pair_assert_same(pair, 1);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 3);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ADOPTED), 1);
    pair_stick_free(answer);
    pair_stick_free(out);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_life_without_a_line),
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_a_lost_batch_is_a_gap),
        cmocka_unit_test(test_a_lost_delta_is_a_gap),
        cmocka_unit_test(test_an_older_receipt_changes_nothing),
        cmocka_unit_test(test_a_restored_node_takes_back_what_it_wrote),
        cmocka_unit_test(test_a_forked_node_keeps_both_ends),
        cmocka_unit_test(test_a_backup_with_an_open_batch),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_a_restored_hub),
        cmocka_unit_test(test_answer_to_who_has_lost_its_log),
        cmocka_unit_test(test_an_answer_about_a_child_that_is_no_more),
        cmocka_unit_test(test_a_restored_hub_answers_about_another_log),
        cmocka_unit_test(test_an_answer_of_a_journal_between),
        cmocka_unit_test(test_a_narrower_scope_by_stick),
        cmocka_unit_test(test_a_frontier_is_noted_once),
        cmocka_unit_test(test_a_frontier_of_a_journal_of_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
