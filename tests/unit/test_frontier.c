/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frontier.h and the hub's taking of frontiers (hub.h, HUB_ROUND), with real signatures.
 *   - a statement is noted once the hub holds the log it speaks of, and not before
 *   - one whose log has not moved is noted again when it is eight minutes later, not earlier; a node that comes back after long is heard at once
 *   - a busy node's first few are noted as they come, then one in 15 s; the last of them is noted though nobody speaks any more
 *   - one with a damaged signature, or from the future, is never noted
 *   - a place is silent from a quarter of an hour after what its oldest node stated; one that never spoke, since ever; asked as of an earlier
 *     moment or of what was known earlier, the answer is that of then
 *   - the node that asks is not silent to itself; a revoked node counts for nothing
 *   - replicas hear the same silences
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "navette/frontier.h"
#include "tests/lib/pair.h"

#define RELAY NAVETTE__ROLE__ROLE_RELAY, NAVETTE__SCOPE__SCOPE_OWN
#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK
#define MINUTE 60000

static int last_of(struct pair *pair, size_t node, struct frontier_mark *mark)
{
    struct store_txn *txn = memstore_begin_read(pair->state);
    int rc = frontier_last(txn, pair->nodes[node].id, UINT64_MAX, mark);

    memstore_abort(txn);
    return rc;
}

static size_t silent_at(struct memstore *state, struct memstore *journal, int64_t at_ms, uint64_t known, const uint8_t *self,
                        struct frontier_silence *first)
{
    struct store_txn *read = memstore_begin_read(state);
    struct store_txn *other = state == journal ? read : memstore_begin_read(journal);
    struct frontier_silences silences;
    size_t count;

    assert_int_equal(frontier_silent(read, other, at_ms, known, self, &silences), 0);
    count = silences.count;
    if (count > 0 && first != NULL)
        *first = silences.list[0];
    for (size_t i = 0; i < count; i++)
        assert_ptr_equal(frontier_silence_of(&silences, silences.list[i].place), &silences.list[i]);
    assert_null(frontier_silence_of(&silences, "NOWHERE"));
    /* The last moment at which the same are silent, and the first at which more are. */
    if (silences.until_ms != INT64_MAX) {
        struct frontier_silences later;

        assert_true(silences.until_ms > at_ms);
        assert_int_equal(frontier_silent(read, other, silences.until_ms - 1, known, self, &later), 0);
        assert_int_equal(later.count, count);
        frontier_silences_free(&later);
        assert_int_equal(frontier_silent(read, other, silences.until_ms, known, self, &later), 0);
        assert_true(later.count > count);
        frontier_silences_free(&later);
    }
    frontier_silences_free(&silences);
    if (other != read)
        memstore_abort(other);
    memstore_abort(read);
    return count;
}

static void test_note_follows_what_it_speaks_of(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    struct frontier_mark mark;
    size_t notes;

    (void)state;
    pair_connect(pair, node);
    assert_true(pair_settle(pair));
    assert_int_equal(last_of(pair, node, &mark), 0);
    assert_int_equal(mark.seq, 0);
    pair_disconnect(pair, node);
    assert_int_equal(pair_register(pair, node, "1", "Un"), 0);
    notes = pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_FRONTIER_NOTED);
    /* HELLO states 1, which the hub does not hold yet. */
    pair_connect(pair, node);
    pair_hub_round(pair, 64);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_FRONTIER_NOTED), notes);
    assert_true(pair_settle(pair));
    assert_int_equal(last_of(pair, node, &mark), 0);
    assert_int_equal(mark.seq, 1);
    assert_memory_equal(mark.incarnation, pair->nodes[node].incarnation, INCARNATION_SIZE);
    assert_true(mark.hub_time_ms > 0 && mark.hub_time_ms <= pair->now_ms);
    pair_free(pair);
}

static void test_note_is_repeated_in_time(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    size_t notes;

    (void)state;
    pair_connect(pair, node);
    assert_true(pair_settle(pair));
    notes = pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_FRONTIER_NOTED);
    for (int i = 0; i < 6; i++) {
        pair_tick(pair, MINUTE);
        pair_connect(pair, node);
        assert_true(pair_settle(pair));
    }
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_FRONTIER_NOTED), notes);
    pair_tick(pair, 4 * MINUTE);
    pair_connect(pair, node);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_FRONTIER_NOTED), notes + 1);
    pair_free(pair);
}

static void test_notes_of_a_busy_node_are_few(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    struct frontier_mark mark;
    int64_t begun_ms;
    size_t notes;

    (void)state;
    begun_ms = pair->now_ms;
    pair_connect(pair, node);
    assert_true(pair_settle(pair));
    for (int i = 0; i < 20; i++) {
        char barcode[16];

        (void)snprintf(barcode, sizeof(barcode), "%d", i);
        assert_int_equal(pair_register(pair, node, barcode, "Un"), 0);
        assert_true(pair_settle(pair));
    }
    notes = pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_FRONTIER_NOTED);
    assert_int_equal(notes, 8 + (pair->now_ms - begun_ms) / 15000);
    assert_int_equal(last_of(pair, node, &mark), 0);
    assert_true(mark.seq < 20);
    assert_true(hub_round_deadline(pair->hub) > pair->now_ms);
    assert_true(hub_round_deadline(pair->hub) <= pair->now_ms + 15000);
    pair_tick(pair, hub_round_deadline(pair->hub) - pair->now_ms);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_FRONTIER_NOTED), notes + 1);
    assert_int_equal(last_of(pair, node, &mark), 0);
    assert_int_equal(mark.seq, 20);
    assert_true(hub_round_deadline(pair->hub) == INT64_MAX);
    /* A clock that was put back by a day holds nobody up. */
    pair->now_ms -= 24 * 60 * MINUTE;
    pair->frontier_lie_ms = -48 * 60 * MINUTE;
    assert_int_equal(pair_register(pair, node, "20", "Un"), 0);
    assert_true(pair_settle(pair));
    assert_int_equal(last_of(pair, node, &mark), 0);
    assert_int_equal(mark.seq, 21);
    pair_free(pair);
}

static void test_note_refuses_what_does_not_hold(void **state)
{
    struct frontier_mark mark;

    (void)state;
    for (int lie = 0; lie < 3; lie++) {
        struct pair *pair = pair_new();
        size_t node = pair_enrol(pair, "BIB-A", BRANCH);

        pair->frontier_lie_ms = lie == 1 ? 10 * MINUTE : 0;
        pair->frontier_damage = lie == 2 ? 1 : 0;
        assert_int_equal(pair_register(pair, node, "1", "Un"), 0);
        pair_connect(pair, node);
        assert_true(pair_settle(pair));
        assert_int_equal(last_of(pair, node, &mark), lie == 0 ? 0 : NAVETTE_E_NOT_FOUND);
        pair_free(pair);
    }
}

static void test_silence_begins_a_quarter_after_the_last_word(void **state)
{
    struct pair *pair = pair_new();
    size_t a = pair_enrol(pair, "BIB-A", BRANCH);
    size_t b = pair_enrol(pair, "CCAS", RELAY);
    size_t c = pair_enrol(pair, "ZONE", RELAY);
    struct frontier_silence silence;
    struct frontier_mark mark;
    uint64_t before;
    struct store_txn *txn;

    (void)state;
    pair_connect(pair, a);
    assert_true(pair_settle(pair));
    txn = memstore_begin_read(pair->state);
    assert_int_equal(fold_cursor(txn, &before), 0);
    memstore_abort(txn);
    pair_connect(pair, b);
    assert_true(pair_settle(pair));
    assert_int_equal(last_of(pair, b, &mark), 0);
    assert_int_equal(silent_at(pair->state, pair->journal, mark.hub_time_ms + FRONTIER_QUIET_MS, UINT64_MAX, pair->nodes[a].id, &silence),
                     1);
    assert_string_equal(silence.place, "ZONE");
    assert_int_equal(silence.since_ms, 0);
    assert_memory_equal(silence.node, pair->nodes[c].id, NODE_ID_SIZE);
    assert_int_equal(
        silent_at(pair->state, pair->journal, mark.hub_time_ms + FRONTIER_QUIET_MS + 1, UINT64_MAX, pair->nodes[a].id, &silence), 2);
    assert_string_equal(silence.place, "CCAS");
    assert_int_equal(silence.since_ms, mark.hub_time_ms);
    /* What was known before CCAS spoke: it was silent then, whatever the moment asked for. */
    assert_int_equal(silent_at(pair->state, pair->journal, mark.hub_time_ms, before, pair->nodes[a].id, &silence), 2);
    assert_int_equal(silence.since_ms, 0);
    pair_free(pair);
}

static void test_silence_of_a_revoked_node_is_nobodys(void **state)
{
    struct pair *pair = pair_new();
    size_t a = pair_enrol(pair, "BIB-A", BRANCH);
    size_t b = pair_enrol(pair, "CCAS", RELAY);

    (void)state;
    pair_connect(pair, a);
    assert_true(pair_settle(pair));
    assert_int_equal(silent_at(pair->state, pair->journal, pair->now_ms, UINT64_MAX, NULL, NULL), 1);
    pair_revoke(pair, b);
    assert_int_equal(silent_at(pair->state, pair->journal, pair->now_ms, UINT64_MAX, NULL, NULL), 0);
    pair_free(pair);
}

static void test_silences_are_the_same_at_a_branch(void **state)
{
    struct pair *pair = pair_new();
    size_t a = pair_enrol(pair, "BIB-A", BRANCH);
    size_t b = pair_enrol(pair, "CCAS", RELAY);

    (void)state;
    pair_connect(pair, a);
    pair_connect(pair, b);
    assert_true(pair_settle(pair));
    pair_disconnect(pair, b);
    pair_tick(pair, 20 * MINUTE);
    pair_connect(pair, a);
    assert_true(pair_settle(pair));
    assert_int_equal(silent_at(pair->state, pair->journal, pair->now_ms, UINT64_MAX, NULL, NULL), 1);
    assert_int_equal(silent_at(pair->nodes[a].store, pair->nodes[a].store, pair->now_ms, UINT64_MAX, pair->nodes[a].id, NULL), 1);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_note_follows_what_it_speaks_of),
        cmocka_unit_test(test_note_is_repeated_in_time),
        cmocka_unit_test(test_notes_of_a_busy_node_are_few),
        cmocka_unit_test(test_note_refuses_what_does_not_hold),
        cmocka_unit_test(test_silence_begins_a_quarter_after_the_last_word),
        cmocka_unit_test(test_silence_of_a_revoked_node_is_nobodys),
        cmocka_unit_test(test_silences_are_the_same_at_a_branch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
