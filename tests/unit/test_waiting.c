/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fold.h over a journal of which bytes were given up: fold_is_closed, fold_resume, fold_want, fold_owes.
 *   - fold_is_closed: what moves a thing at rest, and nothing else: registrations, what its record rests on, things in transit, in a bag, with a person, in doubt, retracted, on a slip, for an order
 *   - events at random, late, retracted, with clocks put right; what is closed is pruned between them; what is wanted comes back, all or in parts: the same state as with everything kept, whatever the order
 *   - an event that needs what is not here waits, is told, changes nothing, and survives a later run; others go on; it counts once the bytes are back, once, and after a fold from the beginning too
 *   - what was not pruned is asked of nobody: a plain movement of a pruned thing is folded without its history
 *   - an event that comes last, and may be one discrepancy or another, moves its thing at once; what it shows is found when the bytes are back
 *   - folded anew over stubs the state is hollow, says so, and is whole once they are back
 *   - what every view said of every earlier moment of knowledge, it says after a prune, a wait and a return; positions keep their times, and what came again is one row of bytes
 *   - a clock that is put right asks for what it changes and no more
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "navette/journal_block.h"
#include "navette/journal_want.h"
#include "navette/view.h"
#include "tests/lib/foldkit.h"
#include "tests/lib/seed.h"

#define DAY_MS INT64_C(86400000)

/* ---- a store that is played event by event, and the bytes that are kept elsewhere */

struct play {
    struct memstore *store;
    const struct foldkit *kit;
};

static int begin(struct fold *fold, struct store_txn *txn)
{
    int rc = fold_begin(fold, txn, txn);

    if (rc == NAVETTE_E_VERSION) {
        assert_int_equal(fold_reset(txn), 0);
        rc = fold_begin(fold, txn, txn);
    }
    return rc;
}

static void fold_all(struct memstore *store)
{
    struct store_txn *txn = memstore_begin_write(store);
    struct fold fold;
    int rc;

    assert_int_equal(begin(&fold, txn), 0);
    assert_int_equal(fold_resume(&fold), 0);
    while ((rc = fold_next(&fold)) == 0) {
    }
    assert_int_equal(rc, NAVETTE_E_NOT_FOUND);
    assert_int_equal(fold_end(&fold), 0);
    assert_int_equal(fold_check(txn), 0);
    assert_int_equal(memstore_commit(txn), 0);
}

static void append(struct play *play, size_t which)
{
    struct store_txn *txn = memstore_begin_write(play->store);
    struct journal_entry entry = play->kit->entries[which];

    (void)journal_append(txn, &entry);
    assert_int_equal(memstore_commit(txn), 0);
    fold_all(play->store);
}

static size_t prune(struct play *play, uint64_t *random, unsigned one_in)
{
    struct store_txn *txn = memstore_begin_write(play->store);
    size_t pruned = 0;
    uint64_t tail;

    assert_int_equal(journal_tail(txn, &tail), 0);
    for (uint64_t at = 1; at <= tail; at++) {
        struct journal_entry entry;
        int rc = journal_read_raw(txn, at, &entry);

        if (rc == 0 && fold_is_closed(txn, &entry) == 1 && seed_next(random) % one_in == 0) {
            rc = journal_prune(txn, at, 1000);
            assert_true(rc == 0 || rc == NAVETTE_E_INVALID);
            pruned += rc == 0;
        }
    }
    assert_int_equal(memstore_commit(txn), 0);
    return pruned;
}

static struct span bytes_of(const struct foldkit *kit, const struct ref *ref)
{
    for (size_t i = 0; i < kit->count; i++)
        if (ref_compare(&kit->entries[i].self, ref) == 0)
            return kit->entries[i].event;
    fail();
    return span_of("", 0);
}

/* Gives back up to `most` of what is wanted; all: of everything that was given up. */
static size_t give_back(struct play *play, size_t most, int all)
{
    struct store_txn *txn = memstore_begin_write(play->store);
    uint64_t position = 0;
    size_t given = 0;

    while (given < most) {
        struct journal_entry stub;

        if (all) {
            if (journal_next_stub(txn, position, &stub) != 0)
                break;
            position = stub.position;
        } else {
            if (journal_wanted(txn, position, &position) != 0)
                break;
            assert_int_equal(journal_read_raw(txn, position, &stub), NAVETTE_E_PRUNED);
        }
        assert_int_equal(journal_unprune(txn, &stub.self, bytes_of(play->kit, &stub.self)), 0);
        given++;
    }
    assert_int_equal(memstore_commit(txn), 0);
    return given;
}

static uint64_t owed(struct memstore *store, int *hollow)
{
    struct store_txn *txn = memstore_begin_read(store);
    uint64_t count;

    assert_int_equal(fold_owes(txn, &count, hollow), 0);
    memstore_abort(txn);
    return count;
}

/* Until nothing waits. */
static void settle(struct play *play)
{
    int hollow;

    for (unsigned turn = 0; turn < 1000; turn++) {
        size_t given = give_back(play, SIZE_MAX, 0);

        fold_all(play->store);
        if (given == 0 && owed(play->store, &hollow) == 0 && !hollow)
            return;
    }
    fail_msg("something waits for ever");
}

static void assert_same_digest(struct memstore *a, struct memstore *b)
{
    uint8_t one[HASH_SIZE];
    uint8_t other[HASH_SIZE];

    foldkit_digest(a, one);
    foldkit_digest(b, other);
    assert_memory_equal(one, other, HASH_SIZE);
}

static void clear(struct play *play, struct foldkit *kit)
{
    memstore_free(play->store);
    foldkit_free(kit);
}

static struct aside first_aside(struct memstore *store, int *count)
{
    struct store_txn *txn = memstore_begin_read(store);
    struct aside list[4] = {{.position = 0}};

    *count = fold_aside(txn, txn, 0, list, 4);
    memstore_abort(txn);
    return list[0];
}

/* ---- cases */

/* i1: registered, sent to B and back, at rest at A. */
static void begin_round_trip(struct foldkit *kit)
{
    foldkit_init(kit);
    kit->with_parents = 1;
    foldkit_event(kit, 0, "A", EV(ITEM_REGISTERED), "i1", "book");
    foldkit_event(kit, 0, "A", EV(DISPATCHED), "i1", "B");
    foldkit_event(kit, 1, "B", EV(RECEIVED), "i1", "");
    foldkit_event(kit, 1, "B", EV(DISPATCHED), "i1", "A");
    foldkit_event(kit, 0, "A", EV(RECEIVED), "i1", "");
}

static void play_all(struct play *play, const struct foldkit *kit)
{
    *play = (struct play){.store = memstore_new(), .kit = kit};
    for (size_t i = 0; i < kit->count; i++)
        append(play, i);
}

static int is_closed(struct play *play, uint64_t position)
{
    struct store_txn *txn = memstore_begin_read(play->store);
    struct journal_entry entry;
    int closed;

    assert_int_equal(journal_read_raw(txn, position, &entry), 0);
    closed = fold_is_closed(txn, &entry);
    memstore_abort(txn);
    return closed;
}

static void assert_closed(const struct foldkit *kit, const char *expected)
{
    struct play play;
    unsigned wrong = 0;

    play_all(&play, kit);
    for (size_t i = 0; i < kit->count; i++)
        if (is_closed(&play, i + 1) != (expected[i] == 'c'))
            print_message("event %zu of \"%s\"\n", i + 1, expected), wrong++;
    memstore_free(play.store);
    assert_int_equal(wrong, 0);
}

static void test_fold_is_closed(void **state)
{
    struct foldkit kit;
    struct ref trip;

    (void)state;
    begin_round_trip(&kit);
    assert_closed(&kit, ".ccc.");
    foldkit_event(&kit, 0, "A", EV(DISPATCHED), "i1", "B");
    assert_closed(&kit, "......");
    foldkit_event(&kit, 1, "B", EV(RECEIVED), "i1", "");
    assert_closed(&kit, ".ccccc.");
    foldkit_event(&kit, 1, "B", EV(BAG_COMMISSIONED), "b1", "cabas");
    foldkit_event(&kit, 1, "B", EV(ITEM_PACKED), "b1 i1", "");
    assert_closed(&kit, ".........");
    foldkit_event(&kit, 1, "B", EV(ITEM_UNPACKED), "b1 i1", "");
    assert_closed(&kit, ".cccccc.c.");
    foldkit_event(&kit, 1, "B", EV(DELIVERED), "i1", "");
    assert_closed(&kit, "...........");
    foldkit_free(&kit);

    /* In doubt: seen at a place that nothing leads to. */
    begin_round_trip(&kit);
    foldkit_event(&kit, 2, "C", EV(SEEN_AT), "i1", "");
    assert_closed(&kit, "......");
    foldkit_free(&kit);

    /* Missing after a count. */
    begin_round_trip(&kit);
    foldkit_event(&kit, 0, "A", EV(DECLARED_LOST), "i1", "");
    assert_closed(&kit, "......");
    foldkit_free(&kit);

    /* Taken back, and given again: somebody may say more of it. */
    begin_round_trip(&kit);
    trip = foldkit_event(&kit, 0, "A", EV(SEEN_AT), "i1", "");
    foldkit_event(&kit, 0, "A", EV(SEEN_AT), "i1", "");
    assert_closed(&kit, ".ccc.c.");
    trip = foldkit_retract(&kit, 0, "A", trip);
    foldkit_retract(&kit, 0, "A", trip);
    assert_closed(&kit, ".ccc.....");
    foldkit_free(&kit);
}

static void test_late_event_waits(void **state)
{
    struct foldkit kit;
    struct play play;
    struct memstore *kept;
    struct aside aside;
    uint8_t before[HASH_SIZE];
    uint8_t after[HASH_SIZE];
    uint64_t random = 1;
    int hollow;
    int count;

    (void)state;
    begin_round_trip(&kit);
    play_all(&play, &kit);
    assert_int_equal(prune(&play, &random, 1), 3);
    foldkit_digest(play.store, before);
    /* Written by somebody cut off, between the second and the third. */
    kit.with_parents = 0;
    kit.now_ms = FOLDKIT_START_MS + 90000;
    foldkit_event(&kit, 2, "C", EV(SEEN_AT), "i1", "");
    append(&play, 5);
    foldkit_digest(play.store, after);
    assert_memory_equal(before, after, HASH_SIZE);
    aside = first_aside(play.store, &count);
    assert_int_equal(count, 1);
    assert_int_equal(aside.parked, 2);
    assert_int_equal(aside.reason, NAVETTE__REASON__REASON_WAITS);
    assert_int_equal(ref_compare(&aside.self, &kit.entries[5].self), 0);
    assert_int_equal(owed(play.store, &hollow), 1);
    /* Others go on; it waits over runs. */
    kit.now_ms = FOLDKIT_START_MS + DAY_MS;
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i2", "book");
    append(&play, 6);
    assert_true(foldkit_has(play.store, "i2"));
    assert_int_equal(owed(play.store, &hollow), 1);
    /* One of the three comes: it is not enough. */
    assert_int_equal(give_back(&play, 1, 0), 1);
    fold_all(play.store);
    assert_int_equal(owed(play.store, &hollow), 1);
    settle(&play);
    kept = foldkit_play(&kit, NULL, 0, 0);
    assert_same_digest(play.store, kept);
    (void)first_aside(play.store, &count);
    assert_int_equal(count, 0);
    /* From the beginning it is met twice, and counts once. */
    {
        struct store_txn *txn = memstore_begin_write(play.store);

        assert_int_equal(fold_reset(txn), 0);
        assert_int_equal(memstore_commit(txn), 0);
    }
    fold_all(play.store);
    assert_same_digest(play.store, kept);
    memstore_free(kept);
    clear(&play, &kit);
}

static void test_plain_movement_needs_nothing(void **state)
{
    struct foldkit kit;
    struct play play;
    struct memstore *kept;
    uint64_t random = 1;
    int hollow;

    (void)state;
    begin_round_trip(&kit);
    play_all(&play, &kit);
    assert_int_equal(prune(&play, &random, 1), 3);
    foldkit_event(&kit, 0, "A", EV(DISPATCHED), "i1", "C");
    foldkit_event(&kit, 2, "C", EV(RECEIVED), "i1", "");
    append(&play, 5);
    append(&play, 6);
    assert_int_equal(owed(play.store, &hollow), 0);
    assert_false(hollow);
    kept = foldkit_play(&kit, NULL, 0, 0);
    assert_same_digest(play.store, kept);
    memstore_free(kept);
    clear(&play, &kit);
}

static void test_retraction_waits_for_its_target(void **state)
{
    struct foldkit kit;
    struct play play;
    struct memstore *kept;
    uint64_t random = 1;
    int hollow;

    (void)state;
    begin_round_trip(&kit);
    play_all(&play, &kit);
    assert_int_equal(prune(&play, &random, 1), 3);
    foldkit_retract(&kit, 1, "B", kit.entries[3].self);
    append(&play, 5);
    assert_int_equal(owed(play.store, &hollow), 1);
    settle(&play);
    kept = foldkit_play(&kit, NULL, 0, 0);
    assert_same_digest(play.store, kept);
    memstore_free(kept);
    clear(&play, &kit);
}

static size_t discrepancies(struct memstore *store)
{
    return memstore_rows(store, TABLE_DISCREPANCY);
}

/* A reception of what was sent elsewhere comes last: the thing is there, at once. */
static void test_last_event_moves_at_once(void **state)
{
    struct foldkit kit;
    struct play play;
    struct memstore *kept;
    struct thing_record record;
    uint64_t random = 1;
    int hollow;

    (void)state;
    begin_round_trip(&kit);
    play_all(&play, &kit);
    assert_int_equal(prune(&play, &random, 1), 3);
    foldkit_event(&kit, 2, "C", EV(RECEIVED), "i1", "");
    append(&play, 5);
    record = foldkit_record(play.store, "i1");
    assert_string_equal(record.place, "C");
    thing_record_free(&record);
    assert_int_equal(owed(play.store, &hollow), 1);
    kept = foldkit_play(&kit, NULL, 0, 0);
    assert_same_digest(play.store, kept);
    settle(&play);
    assert_same_digest(play.store, kept);
    assert_int_equal(discrepancies(play.store), discrepancies(kept));
    assert_true(discrepancies(kept) > 0);
    memstore_free(kept);
    clear(&play, &kit);
}

static void test_hollow_until_all_is_back(void **state)
{
    struct foldkit kit;
    struct play play;
    struct memstore *kept;
    struct store_txn *txn;
    uint64_t random = 1;
    int hollow;

    (void)state;
    begin_round_trip(&kit);
    play_all(&play, &kit);
    assert_int_equal(prune(&play, &random, 1), 3);
    kept = foldkit_play(&kit, NULL, 0, 0);
    txn = memstore_begin_write(play.store);
    assert_int_equal(fold_reset(txn), 0);
    assert_int_equal(memstore_commit(txn), 0);
    fold_all(play.store);
    (void)owed(play.store, &hollow);
    assert_true(hollow);
    assert_int_equal(give_back(&play, 2, 1), 2);
    fold_all(play.store);
    (void)owed(play.store, &hollow);
    assert_true(hollow);
    assert_int_equal(give_back(&play, 2, 1), 1);
    fold_all(play.store);
    (void)owed(play.store, &hollow);
    assert_false(hollow);
    assert_same_digest(play.store, kept);
    memstore_free(kept);
    clear(&play, &kit);
}

/* ---- what was known */

#define LATE 6u

/* Everything that is said by what was known at this position: what is counted where, and i1's history. */
static void say(struct store_txn *txn, uint64_t known, struct buffer *said)
{
    struct stock_filter everything = {.state = -1};
    struct thing_key key = foldkit_key("i1");
    struct stock_view stock;
    struct history history;
    int rc;

    assert_int_equal(view_stock_known(txn, txn, &everything, VIEW_NOW, known, NULL, &stock), 0);
    for (size_t i = 0; i < stock.count; i++) {
        assert_int_equal(buffer_append_string(said, stock.rows[i].cell.place), 0);
        assert_int_equal(buffer_append_u32(said, (uint32_t)stock.rows[i].cell.state), 0);
        assert_int_equal(buffer_append_u64(said, (uint64_t)stock.rows[i].count), 0);
    }
    stock_view_free(&stock);
    rc = fold_history_known(txn, txn, &key, VIEW_NOW, known, &history);
    assert_true(rc == 0 || rc == NAVETTE_E_NOT_FOUND);
    for (size_t i = 0; rc == 0 && i < history.count; i++) {
        assert_int_equal(buffer_append_u64(said, history.steps[i].entry.self.leaf), 0);
        assert_int_equal(buffer_append_u8(said, (uint8_t)history.steps[i].after.custody), 0);
    }
    if (rc == 0)
        history_free(&history);
}

/* By each position up to `last`, and by each of their times. */
static void say_all(struct memstore *store, uint64_t last, struct buffer *said)
{
    struct store_txn *txn = memstore_begin_read(store);

    for (uint64_t known = 0; known <= last; known++) {
        uint64_t position;

        say(txn, known, said);
        assert_int_equal(journal_at(txn, FOLDKIT_START_MS + (int64_t)known * 60000 + 1, &position), 0);
        assert_int_equal(position, known);
        say(txn, position, said);
    }
    memstore_abort(txn);
}

static void test_known_stays_what_it_was(void **state)
{
    struct buffer before = {.data = NULL}, after = {.data = NULL};
    struct journal_entry entry;
    struct store_txn *txn;
    struct foldkit kit;
    struct play play;
    uint64_t random = 1;
    uint64_t tail;
    int64_t time_ms, last_ms = 0;
    int hollow;

    (void)state;
    begin_round_trip(&kit);
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i2", "book");
    for (size_t i = 0; i < kit.count; i++)
        kit.entries[i].received_ms = FOLDKIT_START_MS + (int64_t)(i + 1) * 60000;
    play_all(&play, &kit);
    say_all(play.store, LATE - 1, &before);
    assert_int_equal(prune(&play, &random, 1), 3);
    /* The late one, and two that pass it while it waits. */
    kit.with_parents = 0;
    kit.now_ms = FOLDKIT_START_MS + 90000;
    foldkit_event(&kit, 2, "C", EV(SEEN_AT), "i1", "");
    kit.now_ms = FOLDKIT_START_MS + DAY_MS;
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i3", "book");
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i4", "book");
    for (size_t i = LATE; i < kit.count; i++) {
        kit.entries[i].received_ms = FOLDKIT_START_MS + (int64_t)(i + 1) * 60000;
        append(&play, i);
    }
    assert_int_equal(owed(play.store, &hollow), 1);
    settle(&play);
    assert_int_equal(owed(play.store, &hollow), 0);
    say_all(play.store, LATE - 1, &after);
    assert_true(span_equal(buffer_span(&before), buffer_span(&after)));

    /* It came again behind them: no time goes back, and the times of what stands before are found as ever. */
    txn = memstore_begin_write(play.store);
    assert_int_equal(journal_tail(txn, &tail), 0);
    assert_int_equal(tail, kit.count + 1);
    for (uint64_t at = 1; at <= tail; at++) {
        uint64_t found;

        assert_int_equal(journal_moment(txn, at, &time_ms), 0);
        assert_true(time_ms >= last_ms);
        last_ms = time_ms;
        assert_int_equal(journal_at(txn, time_ms - 1, &found), 0);
        assert_true(found < at);
    }
    assert_int_equal(journal_read_raw(txn, tail, &entry), 0);
    assert_int_equal(entry.again, LATE + 1);
    assert_int_equal(entry.received_ms, kit.entries[LATE].received_ms);
    assert_true(span_equal(entry.event, kit.entries[LATE].event));
    assert_int_equal(journal_find(txn, &kit.entries[LATE].self, &entry), 0);
    assert_int_equal(entry.position, tail);
    memstore_abort(txn);
    buffer_free(&before);
    buffer_free(&after);
    clear(&play, &kit);
}

/* Its bytes are held once, where the comparison looks: what is put right there is right at the end. A damaged row of the end is known from where it is found. */
static void test_what_came_again_is_compared(void **state)
{
    struct journal_entry entry;
    struct journal_span span;
    struct store_txn *txn;
    struct foldkit kit;
    struct play play;
    struct span value;
    uint8_t sound[COMPARE_DIGEST_SIZE], other[COMPARE_DIGEST_SIZE];
    uint8_t row[LIMIT_ENTRY_BYTES];
    uint8_t key[8];
    uint64_t random = 1;

    (void)state;
    begin_round_trip(&kit);
    play_all(&play, &kit);
    assert_int_equal(prune(&play, &random, 1), 3);
    kit.with_parents = 0;
    kit.now_ms = FOLDKIT_START_MS + 90000;
    foldkit_event(&kit, 2, "C", EV(SEEN_AT), "i1", "");
    append(&play, 5);
    settle(&play);
    txn = memstore_begin_write(play.store);
    span = (struct journal_span){.first = kit.entries[5].self.seq, .count = 1};
    memcpy(span.incarnation, kit.entries[5].self.incarnation, INCARNATION_SIZE);
    assert_int_equal(journal_digest(txn, &span, sound), 0);
    write_u64(key, 6);
    assert_int_equal(store_get(txn, TABLE_ENTRY, span_of(key, 8), &value), 0);
    memcpy(row, value.data, value.len);
    row[value.len - 1] ^= 1;
    assert_int_equal(store_put(txn, TABLE_ENTRY, span_of(key, 8), span_of(row, value.len)), 0);
    assert_int_equal(journal_digest(txn, &span, other), 0);
    assert_memory_not_equal(sound, other, COMPARE_DIGEST_SIZE);
    assert_int_equal(journal_rewrite(txn, &kit.entries[5].self, kit.entries[5].event), 0);
    assert_int_equal(journal_read_raw(txn, 7, &entry), 0);
    assert_true(span_equal(entry.event, kit.entries[5].event));
    /* Each bit of the row at the end. */
    write_u64(key, 7);
    assert_int_equal(store_get(txn, TABLE_ENTRY, span_of(key, 8), &value), 0);
    assert_true(value.len < 64);
    size_t len = value.len;
    memcpy(row, value.data, len);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        row[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(store_put(txn, TABLE_ENTRY, span_of(key, 8), span_of(row, len)), 0);
        assert_int_equal(journal_read_raw(txn, 7, &entry), 0);
        assert_int_equal(ref_compare(&entry.self, &kit.entries[5].self), 0);
        assert_true(span_equal(entry.event, kit.entries[5].event));
        row[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    memstore_abort(txn);
    clear(&play, &kit);
}

/* ---- clocks */

static size_t wants(struct memstore *store)
{
    struct store_txn *txn = memstore_begin_read(store);
    uint64_t position = 0;
    size_t count = 0;

    while (journal_wanted(txn, position, &position) == 0)
        count++;
    memstore_abort(txn);
    return count;
}

/* Twenty documents that A and B have sent to and fro, each under a boot of its own; all registered under one. */
static void begin_boots(struct foldkit *kit)
{
    foldkit_init(kit);
    kit->with_parents = 1;
    for (unsigned i = 0; i < 20; i++) {
        char item[8];

        (void)snprintf(item, sizeof item, "i%u", i);
        kit->boot = 30;
        foldkit_event(kit, 0, "A", EV(ITEM_REGISTERED), item, "book");
        kit->boot = 1 + i;
        foldkit_event(kit, 0, "A", EV(DISPATCHED), item, "B");
        foldkit_event(kit, 1, "B", EV(RECEIVED), item, "");
        foldkit_event(kit, 1, "B", EV(DISPATCHED), item, "A");
        foldkit_event(kit, 0, "A", EV(RECEIVED), item, "");
    }
}

static void correct_clock(uint64_t boot, size_t needed)
{
    struct foldkit kit;
    struct play play;
    struct memstore *kept;
    uint64_t random = 1;
    size_t asked = 0;
    int hollow;

    begin_boots(&kit);
    play_all(&play, &kit);
    assert_int_equal(prune(&play, &random, 1), 60);
    kit.boot = 99;
    foldkit_correct(&kit, 0, boot, FOLDKIT_START_MS - 3 * 3600000);
    append(&play, kit.count - 1);
    for (unsigned turn = 0; owed(play.store, &hollow) > 0; turn++) {
        assert_true(turn < 1); /* all at once */
        asked += wants(play.store);
        (void)give_back(&play, SIZE_MAX, 0);
        fold_all(play.store);
    }
    assert_int_equal(asked, needed);
    kept = foldkit_play(&kit, NULL, 0, 0);
    assert_same_digest(play.store, kept);
    memstore_free(kept);
    clear(&play, &kit);
}

static void test_clock_asks_for_what_it_changes(void **state)
{
    (void)state;
    correct_clock(99, 0);  /* what is recorded now, as people do: nothing old is of it */
    correct_clock(7, 3);   /* one document's three movements, of 60 */
    correct_clock(30, 60); /* all were registered under it: their whole histories are read anew */
}

/* ---- in any order */

/* Documents that go to and fro as they do; now and then something that nothing leads to, a correction, a clock put right. */
static void act_at_random(struct foldkit *kit, uint64_t *random, unsigned places[4])
{
    static const char *const names[] = {"A", "B", "C"};
    static const char *const items[] = {"i1", "i2", "i3", "i4"};
    size_t which = seed_below(random, 4);
    unsigned from = places[which], to = (from + 1 + (unsigned)seed_below(random, 2)) % 3;

    switch (seed_below(random, 16)) {
    case 0:
        foldkit_random(kit, random, 1);
        return;
    case 1:
        foldkit_retract(kit, 0, names[from], kit->entries[seed_below(random, kit->count)].self);
        return;
    case 2:
    case 3:
        foldkit_event(kit, from, names[from], EV(SEEN_AT), items[which], "");
        return;
    default:
        foldkit_event(kit, from, names[from], EV(DISPATCHED), items[which], names[to]);
        foldkit_event(kit, to, names[to], EV(RECEIVED), items[which], "");
        places[which] = to;
        return;
    }
}

/* Most come as they were made, some much later. */
static void draw_order(const struct foldkit *kit, uint64_t *random, size_t *order)
{
    size_t when[FOLDKIT_MAX];

    for (size_t i = 0; i < kit->count; i++) {
        size_t at = i;

        when[i] = 2 * i + (seed_below(random, 10) == 0 ? 2 * seed_below(random, 60) + 1 : 0);
        while (at > 0 && when[order[at - 1]] > when[i]) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
}

static void play_at_random(uint64_t *random, size_t *pruned, size_t *waited)
{
    struct foldkit kit;
    struct play play = {.store = memstore_new(), .kit = &kit};
    size_t order[FOLDKIT_MAX];
    unsigned places[4] = {0};
    struct memstore *kept;
    int hollow;

    foldkit_init(&kit);
    kit.with_parents = 1;
    foldkit_event(&kit, 0, "A", EV(ITEM_REGISTERED), "i1 i2 i3 i4", "book");
    while (kit.count < 120)
        act_at_random(&kit, random, places);
    draw_order(&kit, random, order);
    for (size_t i = 0; i < kit.count; i++) {
        append(&play, order[i]);
        if (seed_next(random) % 4 == 0)
            *pruned += prune(&play, random, 1 + (unsigned)(seed_next(random) % 3));
        *waited += owed(play.store, &hollow) > 0;
        if (seed_next(random) % 4 == 0)
            (void)give_back(&play, 1 + seed_next(random) % 3, seed_next(random) % 8 == 0);
        if (seed_next(random) % 150 == 0) {
            struct store_txn *txn = memstore_begin_write(play.store);

            assert_int_equal(fold_reset(txn), 0);
            assert_int_equal(memstore_commit(txn), 0);
            fold_all(play.store);
            (void)give_back(&play, SIZE_MAX, 1);
            fold_all(play.store);
        }
    }
    settle(&play);
    kept = foldkit_play(&kit, order, kit.count, 0);
    assert_same_digest(play.store, kept);
    memstore_free(kept);
    clear(&play, &kit);
}

static void test_any_order(void **state)
{
    uint64_t random = seed_start();
    size_t pruned = 0;
    size_t waited = 0;

    (void)state;
    for (int run = 0; run < 30; run++)
        play_at_random(&random, &pruned, &waited);
    print_message("%zu pruned, %zu times something waited\n", pruned, waited);
    assert_true(pruned > 100);
    assert_true(waited > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold_is_closed),
        cmocka_unit_test(test_late_event_waits),
        cmocka_unit_test(test_plain_movement_needs_nothing),
        cmocka_unit_test(test_retraction_waits_for_its_target),
        cmocka_unit_test(test_last_event_moves_at_once),
        cmocka_unit_test(test_hollow_until_all_is_back),
        cmocka_unit_test(test_known_stays_what_it_was),
        cmocka_unit_test(test_what_came_again_is_compared),
        cmocka_unit_test(test_clock_asks_for_what_it_changes),
        cmocka_unit_test(test_any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
