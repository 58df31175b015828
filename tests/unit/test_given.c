/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hub put back from a backup, and nodes that give back what it lost: epochs, node_give.c, hub_given.c, with real signatures.
 *   - decisions of the hub and events of a node that is gone come back from another node; a revocation that was lost is in force again before the revoked speaks
 *   - the positions a node had read are passed by others before it comes back: it misses nothing
 *   - a node that has given all gives no more; nobody's forged log is taken; a log that the hub holds otherwise is refused and told
 *   - a log of a node that is gone, of which the hub had said no word: by who signed it, once all that the hub said is back
 *   - a statement of a lost position does not speak for the new one; one that comes back before the log of which it speaks states nothing
 *   - who lost its store and has not given back yet what it took in again states nothing: the end of its earlier log is still to come; taken in by stick, it comes back as well
 *   - the same of who states it by stick; whose log the backup has with all earlier ones states by stick as ever
 *   - what it took in of its earlier logs stays when its scope narrows, and comes back
 *   - a disk that is full at any store call when it is noted that a node has given all
 *   - what a node is sent of others it can prove whole, however large the batches
 *   - backups, restorations (the same backup twice too), cuts and restarts in random order: all hold the same in the end (SEED)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "navette/frontier.h"
#include "tests/lib/pair_backup.h"
#include "tests/lib/pair_stick.h"
#include "tests/lib/seed.h"

#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK

static void declare(struct pair *pair, const char *code)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__PlaceDeclared declared = NAVETTE__PLACE_DECLARED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;

    thing.kind = NAVETTE__THING_KIND__THING_PLACE;
    thing.id = (char *)(uintptr_t)code;
    declared.place = &thing;
    declared.kind = NAVETTE__PLACE_KIND__PLACE_BRANCH;
    declared.tz = (char *)(uintptr_t) "UTC0";
    body.body_case = NAVETTE__EVENT__BODY_PLACE_DECLARED;
    body.place_declared = &declared;
    pair_decide(pair, &body);
}

static struct pair *network(size_t count)
{
    static const char *const places[] = {"BIB-A", "BIB-B", "BIB-C"};
    struct pair *pair = pair_new();

    for (size_t i = 0; i < count; i++)
        assert_int_equal(pair_enrol(pair, places[i], BRANCH), i);
    pair_begin_epoch(pair);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(pair_register(pair, i, i == 0 ? "1" : i == 1 ? "2" : "3", "Avant"), 0);
        pair_connect(pair, i);
    }
    assert_true(pair_settle(pair));
    return pair;
}

static int is_revoked(struct pair *pair, size_t node)
{
    return hub_node_by_key(pair->hub, pair->nodes[node].curve_key)->revoked;
}

static void test_decisions_and_the_gone_come_back(void **state)
{
    struct pair *pair = network(3);
    struct memstore *backup = memstore_clone(pair->journal);
    struct lineage then = pair->lineage;

    (void)state;
    declare(pair, "BIB-D");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pair_register(pair, i, i == 0 ? "11" : i == 1 ? "12" : "13", "Apres"), 0);
    pair_tick(pair, 1000);
    for (size_t i = 0; i < 3; i++)
        pair_connect(pair, i);
    assert_true(pair_settle(pair));
    pair_revoke(pair, 2);
    assert_true(pair_settle(pair));
    for (size_t i = 0; i < 3; i++)
        pair_disconnect(pair, i);
    pair_restore_hub(pair, backup, &then);
    assert_false(is_revoked(pair, 2));
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 3);
    /* Only one comes back. */
    pair_connect(pair, 0);
    assert_true(pair_settle(pair));
    assert_true(is_revoked(pair, 2));
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 6);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_PLACE_DECLARED), 1);
    pair_assert_same(pair, 0);
    assert_false(pair_progress(pair, 0).giving);
    /* The author has nothing left to send, and is in step. */
    pair_connect(pair, 1);
    assert_true(pair_settle(pair));
    pair_assert_same(pair, 1);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 6);
    pair_free(pair);
}

static void test_positions_passed_meanwhile_hide_nothing(void **state)
{
    struct pair *pair = network(2);
    struct memstore *backup = memstore_clone(pair->journal);
    struct lineage then = pair->lineage;
    uint64_t read;

    (void)state;
    assert_int_equal(pair_register(pair, 1, "20", "Perdu"), 0);
    pair_connect(pair, 1);
    assert_true(pair_settle(pair));
    read = pair_progress(pair, 0).cursor;
    pair_disconnect(pair, 0);
    pair_disconnect(pair, 1);
    pair_restore_hub(pair, backup, &then);
    for (int i = 0; i < 20; i++)
        declare(pair, i % 2 == 0 ? "BIB-X" : "BIB-Y");
    pair_connect(pair, 1);
    assert_true(pair_settle(pair));
    assert_true(pair_progress(pair, 1).cursor > read);
    pair_connect(pair, 0);
    assert_true(pair_settle(pair));
    pair_assert_same(pair, 0);
    pair_assert_same(pair, 1);
    assert_int_equal(pair_entries_of(pair->nodes[0].store, NAVETTE__EVENT__BODY_PLACE_DECLARED), 20);
    pair_free(pair);
}

/* The batch of `node` that begins at `first`, pushed by another, as who gives it back does; the signature damaged by `damage`. */
static void push_for(struct pair *pair, size_t carrier, size_t node, uint64_t first, uint8_t damage)
{
    struct store_txn *txn = memstore_begin_read(pair->nodes[node].store);
    struct buffer body = {.data = NULL};
    struct pair_frame *frame = &pair->up.frames[pair->up.count];
    Navette__Push *push;
    uint64_t last;

    assert_int_equal(log_push_body(txn, pair->nodes[node].incarnation, first, &body, &last), 0);
    push = navette__push__unpack(NULL, body.len, body.data);
    push->batch->signature.data[0] = (uint8_t)(push->batch->signature.data[0] ^ damage);
    frame->session = pair->nodes[carrier].session;
    memset(&frame->bytes, 0, sizeof frame->bytes);
    assert_int_equal(frame_encode(FRAME_PUSH, &push->base, &frame->bytes), 0);
    pair->up.count++;
    navette__push__free_unpacked(push, NULL);
    buffer_free(&body);
    memstore_abort(txn);
}

static void test_nobody_speaks_through_another(void **state)
{
    struct pair *pair = network(2);
    unsigned nacks;

    (void)state;
    pair_disconnect(pair, 1);
    assert_int_equal(pair_register(pair, 1, "30", "A lui"), 0);
    /* Sealed by its own link, which loses the frame. */
    pair_connect(pair, 1);
    for (int i = 0; i < 2; i++) {
        pair_hub_round(pair, 64);
        pair_node_round(pair, 1);
    }
    pair_disconnect(pair, 1);
    while (pair->up.count > 0)
        buffer_free(&pair->up.frames[--pair->up.count].bytes);
    nacks = pair->nacks;
    push_for(pair, 0, 1, 2, 0);
    pair_hub_round(pair, 64);
    assert_int_equal(pair->nacks, nacks + 1);
    assert_int_equal(pair->last_nack, NAVETTE__NACK_REASON__NACK_INCARNATION);
    assert_int_equal(pair_hub_head(pair, 1), 1);
    pair_free(pair);
}

static void test_forged_logs_are_not_taken_back(void **state)
{
    struct pair *pair = network(2);
    struct memstore *backup = memstore_clone(pair->journal);
    struct lineage then = pair->lineage;

    (void)state;
    assert_int_equal(pair_register(pair, 1, "40", "Le vrai"), 0);
    pair_connect(pair, 1);
    assert_true(pair_settle(pair));
    pair_disconnect(pair, 0);
    pair_disconnect(pair, 1);
    pair_restore_hub(pair, backup, &then);
    /* Welcomed, but it has not given back anything yet: a damaged signature among it. */
    pair_connect(pair, 0);
    pair_hub_round(pair, 64);
    push_for(pair, 0, 1, 2, 1);
    pair_hub_round(pair, 64);
    assert_int_equal(pair->last_nack, NAVETTE__NACK_REASON__NACK_SIGNATURE);
    assert_int_equal(pair_hub_head(pair, 1), 1);
    push_for(pair, 0, 1, 2, 0);
    pair_hub_round(pair, 64);
    assert_int_equal(pair_hub_head(pair, 1), 2);
    assert_true(pair_settle(pair));
    pair_assert_same(pair, 0);
    pair_free(pair);
}

static void test_log_without_a_word_of_the_hub_comes_back(void **state)
{
    struct pair *pair = pair_new();
    struct lineage then;
    struct memstore *backup;

    (void)state;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pair_enrol(pair, i == 0 ? "BIB-A" : "BIB-B", BRANCH), i);
    pair_begin_epoch(pair);
    backup = memstore_clone(pair->journal);
    then = pair->lineage;
    pair->frontier_damage = 1;
    assert_int_equal(pair_register(pair, 1, "40", "Parti"), 0);
    pair_connect(pair, 0);
    pair_connect(pair, 1);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_FRONTIER_NOTED), 0);
    pair_revoke(pair, 1);
    assert_true(pair_settle(pair));
    pair_disconnect(pair, 0);
    pair_disconnect(pair, 1);
    pair_restore_hub(pair, backup, &then);
    pair_connect(pair, 0);
    pair_hub_round(pair, 64);
    push_for(pair, 0, 1, 1, 0);
    pair_hub_round(pair, 64);
    assert_int_equal(pair->last_nack, NAVETTE__NACK_REASON__NACK_INCARNATION);
    assert_int_equal(pair_hub_head(pair, 1), 0);
    assert_true(pair_settle(pair));
    assert_true(is_revoked(pair, 1));
    assert_int_equal(pair_hub_head(pair, 1), 1);
    pair_assert_same(pair, 0);
    pair_free(pair);
}

static void test_lost_statements_do_not_speak_for_new_positions(void **state)
{
    struct pair *pair = network(2);
    struct memstore *backup = memstore_clone(pair->journal);
    struct lineage then = pair->lineage;
    struct store_txn *txn;
    struct frontier_mark mark;
    uint64_t tail;
    uint64_t claimed;

    (void)state;
    txn = memstore_begin_read(backup);
    assert_int_equal(journal_tail(txn, &tail), 0);
    memstore_abort(txn);
    for (int i = 0; i < 30; i++)
        declare(pair, "BIB-X");
    /* Nothing was recorded: what it states is of a log that the backup has. */
    pair_tick(pair, 16 * 60000);
    pair_connect(pair, 0);
    pair_connect(pair, 1);
    assert_true(pair_settle(pair));
    txn = memstore_begin_read(pair->state);
    assert_int_equal(frontier_last(txn, pair->nodes[0].id, UINT64_MAX, &mark), 0);
    memstore_abort(txn);
    claimed = mark.hub_cursor;
    assert_true(claimed > tail);
    pair_disconnect(pair, 0);
    pair_disconnect(pair, 1);
    pair_restore_hub(pair, backup, &then);
    pair_connect(pair, 1);
    assert_true(pair_settle(pair));
    txn = memstore_begin_read(pair->state);
    assert_int_equal(frontier_last(txn, pair->nodes[0].id, UINT64_MAX, &mark), 0);
    memstore_abort(txn);
    assert_true(mark.position > tail);
    assert_int_equal(mark.hub_cursor, tail);
    pair_free(pair);
}

/* A batch larger than any PULL asks for, and more behind it: what ends in one place at the node ends so in the hub's log. */
static int ends_in_a_batch(struct pair *pair, size_t node, const uint8_t *incarnation)
{
    struct store_txn *txn = memstore_begin_read(pair->nodes[node].store);
    struct batch_header header;
    struct journal_entry entry;
    struct ref next = {.seq = 1};
    int rc;

    memcpy(next.incarnation, incarnation, INCARNATION_SIZE);
    while (journal_batch(txn, incarnation, next.seq, &header) == 0)
        next.seq += header.count;
    rc = journal_find(txn, &next, &entry);
    memstore_abort(txn);
    return rc == NAVETTE_E_NOT_FOUND;
}

/* The hub's own log comes back first: what it had noted of others' logs states nothing before these are here, nor after. */
static void test_statements_before_their_logs_state_nothing(void **state)
{
    struct pair *pair = network(2);
    struct memstore *backup = memstore_clone(pair->journal);
    struct lineage then = pair->lineage;
    struct store_txn *txn;
    struct frontier_mark mark;
    uint64_t tail;

    (void)state;
    txn = memstore_begin_read(backup);
    assert_int_equal(journal_tail(txn, &tail), 0);
    memstore_abort(txn);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pair_register(pair, 0, i == 0 ? "50" : "51", "Perdu"), 0);
        pair_connect(pair, 0);
        assert_true(pair_settle(pair));
    }
    txn = memstore_begin_read(pair->state);
    assert_int_equal(frontier_last(txn, pair->nodes[0].id, UINT64_MAX, &mark), 0);
    memstore_abort(txn);
    assert_int_equal(mark.seq, 3);
    pair_disconnect(pair, 0);
    pair_disconnect(pair, 1);
    pair_restore_hub(pair, backup, &then);
    pair_connect(pair, 1);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_hub_head(pair, 0), 3);
    txn = memstore_begin_read(pair->state);
    if (frontier_last(txn, pair->nodes[0].id, UINT64_MAX, &mark) == 0)
        assert_true(mark.position <= tail && mark.seq == 1);
    memstore_abort(txn);
    pair_connect(pair, 0);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_register(pair, 0, "52", "Depuis"), 0);
    pair_connect(pair, 0);
    assert_true(pair_settle(pair));
    txn = memstore_begin_read(pair->state);
    assert_int_equal(frontier_last(txn, pair->nodes[0].id, UINT64_MAX, &mark), 0);
    memstore_abort(txn);
    assert_true(mark.position > tail && mark.seq == 4);
    pair_free(pair);
}

/* Where its last statement was noted; 0: it made none. */
static uint64_t noted_at(struct pair *pair, size_t node)
{
    struct store_txn *txn = memstore_begin_read(pair->state);
    struct frontier_mark mark = {.position = 0};
    int rc = frontier_last(txn, pair->nodes[node].id, UINT64_MAX, &mark);

    memstore_abort(txn);
    assert_true(rc == 0 || rc == NAVETTE_E_NOT_FOUND);
    return rc == 0 ? mark.position : 0;
}

static void by_stick(struct pair *pair, size_t node)
{
    struct pair_stick *out = pair_stick_out(pair, node, 0);
    struct hub_stick_info info;
    struct node_stick_news news;
    int last, gap;
    struct pair_stick *answer = pair_stick_in(pair, out, 0, &info, &last);

    assert_non_null(answer);
    pair_stick_back(pair, answer, 0, &news, &gap);
    assert_int_equal(news.kind, NODE_STICK_TAKEN);
    pair_stick_free(answer);
    pair_stick_free(out);
}

/* sticks: it has no line while it takes in again what it wrote. */
static void who_has_not_given_back_states_nothing(Navette__Scope scope, int sticks)
{
    struct pair *pair = network(2);
    struct memstore *backup;
    struct lineage then = pair->lineage;
    struct store_txn *txn;
    uint64_t tail;

    if (scope != NAVETTE__SCOPE__SCOPE_NETWORK) {
        pair_grant(pair, 1, "BIB-B", scope);
        assert_true(pair_settle(pair));
    }
    backup = memstore_clone(pair->journal);
    txn = memstore_begin_read(backup);
    assert_int_equal(journal_tail(txn, &tail), 0);
    memstore_abort(txn);
    assert_int_equal(pair_register(pair, 1, "60", "Perdu"), 0);
    pair_connect(pair, 1);
    assert_true(pair_settle(pair));
    pair_disconnect(pair, 1);
    pair_wipe(pair, 1);
    if (sticks)
        by_stick(pair, 1);
    else
        pair_connect(pair, 1);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_entries_of(pair->nodes[1].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED),
                     scope == NAVETTE__SCOPE__SCOPE_NETWORK ? 3 : 2);
    pair_disconnect(pair, 0);
    pair_disconnect(pair, 1);
    pair_restore_hub(pair, backup, &then);
    /* By the first stick it learns of the new journal; the next is of it. */
    for (int i = 0; sticks && i < 2; i++)
        by_stick(pair, 1);
    assert_true(noted_at(pair, 1) <= tail);
    /* It learns of the new journal, and the line breaks: it greets again, under the new epoch, with nothing recorded since. */
    pair_connect(pair, 1);
    for (int i = 0; i < 3; i++) {
        pair_hub_round(pair, 1);
        pair_node_round(pair, 1);
    }
    pair_connect(pair, 1);
    while (pair->up.count > 0)
        pair_hub_round(pair, 1);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 2);
    assert_true(noted_at(pair, 1) <= tail);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 3);
    assert_true(noted_at(pair, 1) > tail);
    pair_free(pair);
}

/* Which a backup has with all that it wrote earlier: nothing is lacking, and it has no line. */
static void test_who_began_anew_before_the_backup_states_by_stick(void **state)
{
    struct pair *pair = network(2);
    struct lineage then = pair->lineage;
    struct memstore *backup;
    struct store_txn *txn;
    uint64_t tail;

    (void)state;
    pair_disconnect(pair, 1);
    pair_wipe(pair, 1);
    by_stick(pair, 1);
    assert_int_equal(pair_register(pair, 1, "61", "Depuis"), 0);
    by_stick(pair, 1);
    backup = memstore_clone(pair->journal);
    txn = memstore_begin_read(backup);
    assert_int_equal(journal_tail(txn, &tail), 0);
    memstore_abort(txn);
    pair_disconnect(pair, 0);
    pair_restore_hub(pair, backup, &then);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pair_register(pair, 1, i == 0 ? "62" : "63", "Après"), 0);
        by_stick(pair, 1);
    }
    assert_true(noted_at(pair, 1) > tail);
    pair_free(pair);
}

static void test_who_has_not_given_back_states_nothing(void **state)
{
    (void)state;
    who_has_not_given_back_states_nothing(NAVETTE__SCOPE__SCOPE_NETWORK, 0);
    who_has_not_given_back_states_nothing(NAVETTE__SCOPE__SCOPE_NETWORK, 1);
}

/* It follows what it wrote in earlier logs whole, with what proves it. */
static void test_who_follows_only_its_place_gives_back_its_earlier_logs(void **state)
{
    (void)state;
    who_has_not_given_back_states_nothing(NAVETTE__SCOPE__SCOPE_OWN, 0);
    who_has_not_given_back_states_nothing(NAVETTE__SCOPE__SCOPE_OWN, 1);
}

/* Whatever places it serves now. */
static void test_who_narrows_keeps_its_earlier_logs(void **state)
{
    struct pair *pair = network(2);
    struct memstore *backup = memstore_clone(pair->journal);
    struct lineage then = pair->lineage;

    (void)state;
    assert_int_equal(pair_register(pair, 1, "64", "Perdu"), 0);
    pair_connect(pair, 1);
    assert_true(pair_settle(pair));
    pair_disconnect(pair, 1);
    pair_wipe(pair, 1);
    pair_connect(pair, 1);
    assert_true(pair_settle(pair));
    pair_grant(pair, 1, "BIB-C", NAVETTE__SCOPE__SCOPE_OWN);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_entries_of(pair->nodes[1].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 2);
    pair_disconnect(pair, 0);
    pair_disconnect(pair, 1);
    pair_restore_hub(pair, backup, &then);
    pair_connect(pair, 1);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 3);
    pair_free(pair);
}

/* As if it had not been noted yet that this node has given all. */
static void forget_back(struct pair *pair, size_t node)
{
    uint8_t name[4 + NODE_ID_SIZE] = "back";
    struct store_txn *txn = memstore_begin_write(pair->journal);

    memcpy(name + 4, pair->nodes[node].id, NODE_ID_SIZE);
    assert_int_equal(store_del(txn, TABLE_LOCAL, span_of(name, sizeof name)), 0);
    assert_int_equal(memstore_commit(txn), 0);
}

/* What one store call finds full, whichever it is, is done again in another transaction: nothing goes on in the one that failed. */
static void test_full_disk_when_a_node_is_back(void **state)
{
    struct pair *pair = network(2);
    struct lineage then = pair->lineage;
    unsigned struck = 0;

    (void)state;
    pair_disconnect(pair, 0);
    pair_disconnect(pair, 1);
    pair_restore_hub(pair, memstore_clone(pair->journal), &then);
    pair_connect(pair, 0);
    assert_true(pair_settle(pair));
    for (unsigned turn = 0; turn < 5 * 10; turn++) {
        forget_back(pair, 0);
        pair_connect(pair, 0);
        for (unsigned round = 0; round <= turn / 10; round++) {
            pair->fail_at = round == turn / 10 ? 1 + turn % 10 : 0;
            pair_hub_round(pair, 64);
            pair_node_round(pair, 0);
        }
        struck += pair->fail_struck != 0;
        pair_connect(pair, 0);
        assert_true(pair_settle(pair));
        pair_assert_same(pair, 0);
    }
    assert_true(struck > 3);
    pair_free(pair);
}

static void test_batches_come_whole(void **state)
{
    struct pair *pair = network(2);
    char title[901];

    (void)state;
    memset(title, 'x', 900);
    title[900] = '\0';
    pair_disconnect(pair, 0);
    /* Two full batches and more: with what stands around a full one's events in a delta they are more than a delta's bytes. */
    for (unsigned i = 0; i < 600; i++) {
        char barcode[16];

        (void)snprintf(barcode, sizeof barcode, "7%05u", i);
        assert_int_equal(pair_register(pair, 0, barcode, title), 0);
    }
    pair_connect(pair, 0);
    for (int round = 0; round < 50; round++) {
        pair_hub_round(pair, 1);
        pair_node_round(pair, 0);
        pair_node_round(pair, 1);
        assert_true(ends_in_a_batch(pair, 1, pair->nodes[0].incarnation));
        assert_true(ends_in_a_batch(pair, 1, pair->hub_incarnation));
    }
    assert_true(pair_settle(pair));
    pair_assert_same(pair, 1);
    assert_int_equal(pair_hub_head(pair, 0), 601);
    pair_free(pair);
}

/* ---- any order */

#define BACKUPS 4u

struct story {
    struct pair *pair;
    struct memstore *backups[BACKUPS];
    struct lineage lineages[BACKUPS];
    uint64_t chance;
    unsigned barcode;
    unsigned restored;
};

static unsigned draw(struct story *story, unsigned below)
{
    return (unsigned)seed_below(&story->chance, below);
}

static void act(struct story *story)
{
    struct pair *pair = story->pair;
    size_t node = draw(story, 3);
    size_t kept = draw(story, BACKUPS);
    char text[16];

    switch (draw(story, 12)) {
    case 0:
        memstore_free(story->backups[kept]);
        story->backups[kept] = memstore_clone(pair->journal);
        story->lineages[kept] = pair->lineage;
        break;
    case 1:
        if (story->backups[kept] != NULL) {
            pair_restore_hub(pair, memstore_clone(story->backups[kept]), &story->lineages[kept]);
            story->restored++;
        }
        break;
    case 2:
        pair_disconnect(pair, node);
        break;
    case 3:
        pair_restart_node(pair, node);
        break;
    case 4:
        declare(pair, node == 0 ? "BIB-X" : "BIB-Y");
        break;
    case 5:
    case 6:
        pair_connect(pair, node);
        break;
    case 7:
        pair_tick(pair, 1000 + draw(story, 20000));
        break;
    case 8:
    case 9:
        (void)snprintf(text, sizeof text, "9%05u", story->barcode++);
        assert_int_equal(pair_register(pair, node, text, "Titre"), 0);
        break;
    default:
        pair_hub_round(pair, 1 + draw(story, 6));
        pair_node_round(pair, node);
        break;
    }
}

static void run_story(uint64_t seed, unsigned *restored)
{
    struct story story = {.pair = network(3), .chance = seed};

    for (unsigned i = 0; i < 300; i++)
        act(&story);
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < 3; i++)
            pair_connect(story.pair, i);
        if (!pair_settle(story.pair))
            fail_msg("SEED=%llu: no rest", (unsigned long long)seed);
    }
    for (size_t i = 0; i < 3; i++) {
        if (pair_progress(story.pair, i).giving)
            fail_msg("SEED=%llu: node %zu still gives", (unsigned long long)seed, i);
        pair_assert_same(story.pair, i);
    }
    assert_int_equal(pair_entries_of(story.pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 3 + story.barcode);
    *restored += story.restored;
    for (size_t i = 0; i < BACKUPS; i++)
        memstore_free(story.backups[i]);
    pair_free(story.pair);
}

static void test_any_order(void **state)
{
    uint64_t seed = seed_start();
    unsigned restored = 0;

    (void)state;
    for (uint64_t i = 0; i < 40; i++) {
        run_story(seed + i, &restored);
    }
    assert_true(restored > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decisions_and_the_gone_come_back),
        cmocka_unit_test(test_positions_passed_meanwhile_hide_nothing),
        cmocka_unit_test(test_nobody_speaks_through_another),
        cmocka_unit_test(test_forged_logs_are_not_taken_back),
        cmocka_unit_test(test_log_without_a_word_of_the_hub_comes_back),
        cmocka_unit_test(test_lost_statements_do_not_speak_for_new_positions),
        cmocka_unit_test(test_statements_before_their_logs_state_nothing),
        cmocka_unit_test(test_who_has_not_given_back_states_nothing),
        cmocka_unit_test(test_who_began_anew_before_the_backup_states_by_stick),
        cmocka_unit_test(test_who_follows_only_its_place_gives_back_its_earlier_logs),
        cmocka_unit_test(test_who_narrows_keeps_its_earlier_logs),
        cmocka_unit_test(test_full_disk_when_a_node_is_back),
        cmocka_unit_test(test_batches_come_whole),
        cmocka_unit_test(test_any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
