/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub.h: the hub's step, with a node's step (node.h) at the other end.
 *   - a push is acknowledged by the step that follows its commit, and by no other
 *   - a push sent again is acknowledged again and journaled once; a gap, a broken frame, a foreign log, a push before HELLO are answered NACK
 *   - what was decoded of a push is given once, with its position, when it has come into the journal; not of one that comes again, nor where nothing was to be kept
 *   - a PULL of a node that took an earlier greeting for accepted, while the last one was answered with a question, is answered NACK: it greets again
 *   - an event of a place that its node does not serve is journaled and refused
 *   - a push that was looked at ahead with other rights than its node has by its turn is judged by those it has
 *   - a commit that fails leaves nothing, NACK FULL goes out, the node sends again
 *   - a revoked node is told so at its next frame and gets nothing more; an unknown key likewise
 *   - a branch gets every event, a relay what names its places; a document sent to a relay brings its title
 *   - a hub that starts again is greeted again; a hub that lost its end asks for it
 *   - 1,000 reconnections and restarts raise no clone alarm; two living processes do
 *   - a node that begins log after log is stopped after a few; those that a full disk did not let in are not among them
 *   - the k-th store call failing, for every k, loses nothing
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "navette/decoded.h"
#include "navette/frame.h"
#include "navette/journal.h"
#include "tests/lib/pair.h"

#define RELAY NAVETTE__ROLE__ROLE_RELAY, NAVETTE__SCOPE__SCOPE_OWN
#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK

static void send_frame(struct pair *pair, uint64_t session, enum frame_type type, const ProtobufCMessage *message)
{
    struct buffer bytes = {0};

    assert_int_equal(frame_encode(type, message, &bytes), 0);
    pair->up.frames[pair->up.count].session = session;
    pair->up.frames[pair->up.count].bytes = bytes;
    pair->up.count++;
}

static void test_step_acknowledges_only_what_is_stored(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);

    (void)state;
    assert_int_equal(pair_register(pair, node, "1", "Un"), 0);
    pair_connect(pair, node);
    pair_hub_round(pair, 1);
    pair_node_round(pair, node);
    pair->commit_failure = NAVETTE_E_FULL;
    pair_hub_round(pair, 64);
    assert_int_equal(pair->acks, 0);
    assert_int_equal(pair->nacks, 1);
    assert_int_equal(pair->last_nack, NAVETTE__NACK_REASON__NACK_FULL);
    assert_int_equal(pair_hub_head(pair, node), 0);
    pair_node_round(pair, node);
    assert_int_equal(pair_progress(pair, node).durable, 0);
    assert_true(pair_settle(pair));
    assert_int_equal(pair->acks, 1);
    assert_int_equal(pair_hub_head(pair, node), 1);
    assert_int_equal(pair_progress(pair, node).durable, 1);
    pair_free(pair);
}

static void test_push_again_is_acknowledged_and_kept_once(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    struct buffer copy = {0};
    uint64_t first;
    size_t entries;

    (void)state;
    pair_connect(pair, node);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_register(pair, node, "1", "Un"), 0);
    pair_tick(pair, 60001);
    pair_connect(pair, node);
    pair_hub_round(pair, 64);
    pair_node_round(pair, node);
    for (size_t i = 0; i < pair->up.count; i++) {
        if (pair->up.frames[i].bytes.data[5] == FRAME_PUSH) {
            assert_int_equal(buffer_append(&copy, pair->up.frames[i].bytes.data, pair->up.frames[i].bytes.len), 0);
        }
    }
    assert_true(copy.len > 0);
    assert_true(pair_settle(pair));
    entries = pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED);
    assert_int_equal(entries, 1);
    pair->acks = 0;
    pair->up.frames[0].session = pair->nodes[node].session;
    pair->up.frames[0].bytes = copy;
    pair->up.count = 1;
    hub_checked_keep(pair->checked, 65536);
    pair->frames_taken = 1;
    (void)hub_checked_take(pair->checked, &first);
    pair_hub_round(pair, 1);
    assert_int_equal(pair->acks, 1);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 1);
    assert_null(hub_checked_take(pair->checked, &first));
    pair_free(pair);
}

/* The node's PUSH through the hub, looked at ahead; what was kept of it. */
static struct decoded *push_looked_at(struct pair *pair, size_t node, uint64_t *first)
{
    pair_tick(pair, 60001);
    pair_connect(pair, node);
    pair_hub_round(pair, 64);
    pair_node_round(pair, node);
    while (pair->up.count > 0 && pair->up.frames[0].bytes.data[5] != FRAME_PUSH)
        pair_hub_round(pair, 1);
    assert_true(pair->up.count > 0);
    hub_checked_keep(pair->checked, 65536);
    pair->frames_taken = 1; /* every other one is looked at */
    pair_hub_round(pair, 1);
    return hub_checked_take(pair->checked, first);
}

static void test_what_was_decoded_is_given_once(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    struct journal_entry entry;
    struct decoded *decoded;
    struct store_txn *txn;
    struct event event;
    uint64_t first;
    int rc;

    (void)state;
    pair_connect(pair, node);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_register(pair, node, "1", "Un"), 0);
    assert_int_equal(pair_register(pair, node, "2", "Deux"), 0);
    decoded = push_looked_at(pair, node, &first);
    assert_non_null(decoded);
    assert_int_equal(decoded_count(decoded), 2);
    txn = memstore_begin_read(pair->journal);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(journal_read(txn, first + i, &entry), 0);
        assert_int_equal(decoded_get(decoded, i, entry.event, &event, &rc), 1);
        assert_int_equal(event.body->body_case, NAVETTE__EVENT__BODY_ITEM_REGISTERED);
        assert_int_equal(rc, 0);
    }
    assert_int_equal(journal_read(txn, first, &entry), 0);
    assert_int_equal(decoded_get(decoded, 1, entry.event, &event, &rc), 0);
    memstore_abort(txn);
    decoded_free(decoded);
    assert_null(hub_checked_take(pair->checked, &first));
    assert_true(pair_settle(pair));
    assert_int_equal(pair_register(pair, node, "3", "Trois"), 0);
    hub_checked_keep(pair->checked, 0);
    assert_true(pair_settle(pair));
    assert_null(hub_checked_take(pair->checked, &first));
    assert_int_equal(pair_hub_head(pair, node), 3);
    pair_free(pair);
}

static void test_push_looked_at_before_rights_changed(void **state)
{
    for (int wider = 0; wider < 2; wider++) {
        struct pair *pair = pair_new();
        size_t node = pair_enrol(pair, "BIB-A", BRANCH);
        Navette__Event body = NAVETTE__EVENT__INIT;
        Navette__CountClosed closed = NAVETTE__COUNT_CLOSED__INIT;
        uint8_t count[16] = {1};

        (void)state;
        pair_connect(pair, node);
        assert_true(pair_settle(pair));
        pair->before = *hub_node_by_key(pair->hub, pair->nodes[node].curve_key);
        strcpy(pair->before.places[0], "BIB-Z");
        pair->look_with_before = 1;
        closed.count = (ProtobufCBinaryData){sizeof count, count};
        body.body_case = NAVETTE__EVENT__BODY_COUNT_CLOSED;
        body.count_closed = &closed;
        body.place = wider ? pair->before.places[0] : pair->nodes[node].place;
        assert_int_equal(pair_record(pair, node, &body), 0);
        assert_true(pair_settle(pair));
        assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_COUNT_CLOSED), 1);
        assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_EVENT_REFUSED), wider);
        pair_free(pair);
    }
}

static void test_lost_push_leaves_a_gap_that_closes(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    char barcode[16];
    int lost = 0;

    (void)state;
    pair_connect(pair, node);
    assert_true(pair_settle(pair));
    pair_disconnect(pair, node);
    for (int i = 0; i < 3000; i++) {
        snprintf(barcode, sizeof barcode, "%05d", i);
        assert_int_equal(pair_register(pair, node, barcode, "Titre"), 0);
    }
    pair_connect(pair, node);
    /* The first batch tells how wide the line is; then several are under way. */
    for (int i = 0; i < 2; i++) {
        pair_hub_round(pair, 64);
        pair_node_round(pair, node);
    }
    for (size_t i = 0; i < pair->up.count && !lost; i++) {
        if (pair->up.frames[i].bytes.data[5] == FRAME_PUSH) {
            pair->up.frames[i].session = UINT64_MAX;
            lost = 1;
        }
    }
    assert_true(lost);
    assert_true(pair_settle(pair));
    assert_true(pair->nacks > 0);
    assert_int_equal(pair->last_nack, NAVETTE__NACK_REASON__NACK_GAP);
    assert_int_equal(pair_hub_head(pair, node), 3000);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 3000);
    pair_free(pair);
}

static void test_frames_out_of_place_are_answered(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    Navette__Pull pull = NAVETTE__PULL__INIT;

    (void)state;
    pair->nodes[node].session = ++pair->next_session;
    send_frame(pair, pair->nodes[node].session, FRAME_PULL, &pull.base);
    pair_hub_round(pair, 1);
    assert_int_equal(pair->last_nack, NAVETTE__NACK_REASON__NACK_NO_SESSION);
    send_frame(pair, pair->nodes[node].session, FRAME_PULL, &pull.base);
    pair->up.frames[0].bytes.data[FRAME_HEADER_SIZE - 1] ^= 1;
    pair_hub_round(pair, 1);
    assert_int_equal(pair->last_nack, NAVETTE__NACK_REASON__NACK_FRAME);
    assert_int_equal(pair->step_failure, 0);
    pair_free(pair);
}

/* A late greeting of another connection has put the session back, and what it asks the node no longer hears: its next question is answered so that it greets again. */
static void test_greeting_that_the_node_has_left(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    const uint8_t hash[HASH_SIZE] = {9};
    Navette__Hello hello = NAVETTE__HELLO__INIT;
    Navette__LogHead log = NAVETTE__LOG_HEAD__INIT;
    Navette__Pull pull = NAVETTE__PULL__INIT;

    (void)state;
    assert_int_equal(pair_register(pair, node, "1", "Titre"), 0);
    pair_connect(pair, node);
    assert_true(pair_settle(pair));
    log.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, pair->nodes[node].incarnation};
    log.seq = 9;
    log.hash = (ProtobufCBinaryData){HASH_SIZE, (uint8_t *)(uintptr_t)hash};
    hello.version = FRAME_VERSION;
    hello.node = (ProtobufCBinaryData){NODE_ID_SIZE, pair->nodes[node].id};
    hello.log = &log;
    hello.process = (ProtobufCBinaryData){16, pair->nodes[node].process};
    hello.connect = 2;
    send_frame(pair, pair->nodes[node].session, FRAME_HELLO, &hello.base);
    pair_hub_round(pair, 1);
    pair_node_round(pair, node);
    assert_int_equal(pair_progress(pair, node).link, NODE_STREAMING);
    pair->last_nack = 0;
    send_frame(pair, pair->nodes[node].session, FRAME_PULL, &pull.base);
    pair_hub_round(pair, 1);
    assert_int_equal(pair->last_nack, NAVETTE__NACK_REASON__NACK_NO_SESSION);
    assert_int_equal(pair_register(pair, node, "2", "Titre"), 0);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_progress(pair, node).durable, 2);
    pair_free(pair);
}

static void test_foreign_place_is_journaled_and_refused(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__ItemRegistered registered = NAVETTE__ITEM_REGISTERED__INIT;
    Navette__Thing item = NAVETTE__THING__INIT;
    struct thing_key key;
    struct thing_record record;
    struct store_txn *txn;

    (void)state;
    item.kind = NAVETTE__THING_KIND__THING_ITEM;
    item.namespace_ = (char *)(uintptr_t) "t";
    item.id = (char *)(uintptr_t) "9";
    registered.item = &item;
    registered.home = (char *)(uintptr_t) "BIB-B";
    body.place = (char *)(uintptr_t) "BIB-B";
    body.body_case = NAVETTE__EVENT__BODY_ITEM_REGISTERED;
    body.item_registered = &registered;
    assert_int_equal(pair_record(pair, node, &body), 0);
    pair_connect(pair, node);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_hub_head(pair, node), 1);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_EVENT_REFUSED), 1);
    assert_int_equal(pair_entries_of(pair->nodes[node].store, NAVETTE__EVENT__BODY_EVENT_REFUSED), 1);
    assert_int_equal(thing_key_of(&item, &key), 0);
    txn = memstore_begin_read(pair->state);
    assert_int_equal(fold_read(txn, &key, &record), NAVETTE_E_NOT_FOUND);
    memstore_abort(txn);
    pair_free(pair);
}

static void test_revoked_node_gets_nothing_more(void **state)
{
    struct pair *pair = pair_new();
    size_t a = pair_enrol(pair, "BIB-A", BRANCH);
    size_t b = pair_enrol(pair, "BIB-B", BRANCH);

    (void)state;
    pair_connect(pair, a);
    pair_connect(pair, b);
    assert_true(pair_settle(pair));
    pair_revoke(pair, b);
    assert_int_equal(pair_register(pair, a, "1", "Un"), 0);
    pair_tick(pair, 12000);
    pair->nodes[b].down.count = 0;
    for (int i = 0; i < 4; i++) {
        pair_hub_round(pair, 64);
        pair_node_round(pair, a);
    }
    assert_true(pair->byes > 0);
    for (size_t i = 0; i < pair->nodes[b].down.count; i++) {
        assert_int_equal(pair->nodes[b].down.frames[i].bytes.data[5], FRAME_BYE);
    }
    pair_node_round(pair, b);
    assert_int_equal(pair_progress(pair, b).link, NODE_HELD);
    pair_tick(pair, 2000);
    assert_int_equal(pair_progress(pair, b).link, NODE_OFFLINE);
    assert_int_equal(pair_progress(pair, b).verdict, NAVETTE__VERDICT__VERDICT_REFUSED);
    assert_int_equal(pair_entries_of(pair->nodes[b].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 0);
    pair_free(pair);
}

static void test_scopes_give_a_branch_everything_and_a_relay_its_own(void **state)
{
    struct pair *pair = pair_new();
    size_t a = pair_enrol(pair, "BIB-A", BRANCH);
    size_t b = pair_enrol(pair, "BIB-B", BRANCH);
    size_t relay = pair_enrol(pair, "CCAS", RELAY);
    uint8_t hub[HASH_SIZE];
    uint8_t own[HASH_SIZE];

    (void)state;
    assert_int_equal(pair_register(pair, a, "1", "Secret"), 0);
    assert_int_equal(pair_register(pair, a, "2", "Pour le groupe"), 0);
    assert_int_equal(pair_commission(pair, a, "S1"), 0);
    assert_int_equal(pair_pack(pair, a, "S1", "1"), 0);
    assert_int_equal(pair_dispatch(pair, a, NAVETTE__THING_KIND__THING_BAG, "S1", "CCAS"), 0);
    assert_int_equal(pair_dispatch(pair, a, NAVETTE__THING_KIND__THING_ITEM, "2", "CCAS"), 0);
    pair_connect(pair, a);
    pair_connect(pair, b);
    pair_connect(pair, relay);
    assert_true(pair_settle(pair));
    pair_digest(pair->state, hub);
    pair_digest(pair->nodes[b].store, own);
    assert_memory_equal(hub, own, HASH_SIZE);
    pair_digest(pair->nodes[a].store, own);
    assert_memory_equal(hub, own, HASH_SIZE);
    assert_int_equal(pair_entries_of(pair->nodes[relay].store, NAVETTE__EVENT__BODY_ITEM_PACKED), 0);
    assert_int_equal(pair_entries_of(pair->nodes[relay].store, NAVETTE__EVENT__BODY_DISPATCHED), 2);
    assert_int_equal(pair_entries_of(pair->nodes[relay].store, NAVETTE__EVENT__BODY_BAG_COMMISSIONED), 1);
    /* The title of what is lent to the group, not of what is in the bag. */
    assert_int_equal(pair_entries_of(pair->nodes[relay].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 1);
    pair_free(pair);
}

static void test_hub_that_starts_again_is_greeted_again(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);

    (void)state;
    pair_connect(pair, node);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_register(pair, node, "1", "Un"), 0);
    pair_restart_hub(pair);
    /* The socket stands as far as the node knows: its next word is answered with NO_SESSION, and it says HELLO. */
    pair_tick(pair, 20000);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_hub_head(pair, node), 1);
    pair_free(pair);
}

static void test_hub_that_lost_its_end_gets_it_back(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    struct memstore *backup;
    uint8_t before[HASH_SIZE];
    uint8_t after[HASH_SIZE];

    (void)state;
    assert_int_equal(pair_register(pair, node, "1", "Un"), 0);
    pair_connect(pair, node);
    assert_true(pair_settle(pair));
    backup = memstore_clone(pair->journal);
    pair_disconnect(pair, node);
    assert_int_equal(pair_register(pair, node, "2", "Deux"), 0);
    pair_connect(pair, node);
    assert_true(pair_settle(pair));
    pair_digest(pair->state, before);
    memstore_free(pair->journal);
    memstore_free(pair->state);
    pair->journal = backup;
    pair->state = memstore_new();
    pair_restart_hub(pair);
    pair_connect(pair, node);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_progress(pair, node).verdict, NAVETTE__VERDICT__VERDICT_HUB_RESTORED);
    assert_int_equal(pair_hub_head(pair, node), 2);
    pair_digest(pair->state, after);
    assert_memory_equal(before, after, HASH_SIZE);
    pair_free(pair);
}

static void test_reconnections_are_not_clones(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    struct hub_session_info info;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        if (i % 3 == 0) {
            pair_restart_node(pair, node);
        }
        pair_connect(pair, node);
        /* While the older session stands, a process not heard of is asked whether it lives. */
        for (int round = 0; round < 2; round++) {
            pair_hub_round(pair, 64);
            pair_node_round(pair, node);
        }
        pair->now_ms += 10;
        assert_int_equal(hub_session_at(pair->hub, 0, &info), 0);
        assert_int_not_equal(info.verdict, NAVETTE__VERDICT__VERDICT_CLONE);
        assert_int_equal(pair_progress(pair, node).link, NODE_STREAMING);
    }
    pair_free(pair);
}

/* Says HELLO for log after log, each on a connection of its own. */
static void begin_logs(struct pair *pair, size_t node, uint64_t first, uint64_t count, int failure)
{
    Navette__Hello hello = NAVETTE__HELLO__INIT;
    Navette__LogHead log = NAVETTE__LOG_HEAD__INIT;
    uint8_t incarnation[INCARNATION_SIZE] = {0};
    uint8_t process[16] = {7};

    log.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, incarnation};
    hello.version = FRAME_VERSION;
    hello.node = (ProtobufCBinaryData){NODE_ID_SIZE, pair->nodes[node].id};
    hello.log = &log;
    hello.process = (ProtobufCBinaryData){16, process};
    for (uint64_t i = first; i < first + count; i++) {
        write_u64(incarnation, i);
        hello.connect = i;
        pair->nodes[node].session = ++pair->next_session;
        pair->commit_failure = failure;
        send_frame(pair, pair->nodes[node].session, FRAME_HELLO, &hello.base);
        pair_hub_round(pair, 1);
    }
}

static void test_logs_begun_are_counted(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    size_t rows = memstore_rows(pair->journal, TABLE_HEAD);

    (void)state;
    begin_logs(pair, node, 1, 200, 0);
    assert_in_range(memstore_rows(pair->journal, TABLE_HEAD), rows + 2, rows + 16);
    assert_in_range(pair->byes, 180, 400);
    pair_free(pair);
}

static void test_logs_begun_and_not_stored_do_not_count(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    size_t rows = memstore_rows(pair->journal, TABLE_HEAD);

    (void)state;
    begin_logs(pair, node, 1, 40, NAVETTE_E_FULL);
    assert_int_equal(memstore_rows(pair->journal, TABLE_HEAD), rows);
    begin_logs(pair, node, 41, 16, 0);
    assert_int_equal(memstore_rows(pair->journal, TABLE_HEAD), rows + 16);
    begin_logs(pair, node, 57, 1, 0);
    assert_int_equal(memstore_rows(pair->journal, TABLE_HEAD), rows + 16);
    pair_free(pair);
}

static void test_two_living_processes_are_a_clone(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    struct hub_session_info info;
    Navette__Hello hello = NAVETTE__HELLO__INIT;
    Navette__LogHead log = NAVETTE__LOG_HEAD__INIT;
    uint8_t process[16];
    int alarm = 0;

    (void)state;
    log.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, pair->nodes[node].incarnation};
    hello.version = FRAME_VERSION;
    hello.node = (ProtobufCBinaryData){NODE_ID_SIZE, pair->nodes[node].id};
    hello.log = &log;
    hello.process = (ProtobufCBinaryData){16, process};
    hello.probe = &log; /* both live: they answer when they are asked */
    for (int i = 0; i < 12 && !alarm; i++) {
        memset(process, i % 2 == 0 ? 0xaa : 0xbb, sizeof process);
        hello.connect = (uint64_t)(i / 2 + 1);
        pair->nodes[node].session = ++pair->next_session;
        send_frame(pair, pair->nodes[node].session, FRAME_HELLO, &hello.base);
        pair_hub_round(pair, 1);
        assert_int_equal(hub_session_at(pair->hub, 0, &info), 0);
        alarm = info.verdict == NAVETTE__VERDICT__VERDICT_CLONE;
        assert_true(!alarm || i >= 3);
    }
    assert_true(alarm);
    pair_free(pair);
}

static void test_store_call_failing_loses_nothing(void **state)
{
    int struck = 1;

    (void)state;
    /* Rounds one after another, the k-th call of each failing: HELLO first, then the push. */
    for (int round = 0; round < 2; round++) {
        uint64_t k = 1;

        for (struck = 1; struck; k++) {
            struct pair *pair = pair_new();
            size_t node = pair_enrol(pair, "BIB-A", BRANCH);

            assert_int_equal(pair_register(pair, node, "1", "Un"), 0);
            assert_int_equal(pair_register(pair, node, "2", "Deux"), 0);
            pair_connect(pair, node);
            for (int i = 0; i < round; i++) {
                pair_hub_round(pair, 64);
                pair_node_round(pair, node);
            }
            pair->fail_at = k;
            pair_hub_round(pair, 64);
            struck = pair->fail_struck;
            assert_true(!struck || pair->step_failure == NAVETTE_E_FULL);
            assert_int_equal(pair_hub_head(pair, node), struck || round == 0 ? 0 : 2);
            assert_true(pair_settle(pair));
            assert_int_equal(pair_hub_head(pair, node), 2);
            assert_int_equal(pair_progress(pair, node).durable, 2);
            assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 2);
            pair_free(pair);
        }
        assert_true(k > 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_push_looked_at_before_rights_changed),
        cmocka_unit_test(test_step_acknowledges_only_what_is_stored),
        cmocka_unit_test(test_what_was_decoded_is_given_once),
        cmocka_unit_test(test_push_again_is_acknowledged_and_kept_once),
        cmocka_unit_test(test_lost_push_leaves_a_gap_that_closes),
        cmocka_unit_test(test_frames_out_of_place_are_answered),
        cmocka_unit_test(test_greeting_that_the_node_has_left),
        cmocka_unit_test(test_foreign_place_is_journaled_and_refused),
        cmocka_unit_test(test_revoked_node_gets_nothing_more),
        cmocka_unit_test(test_scopes_give_a_branch_everything_and_a_relay_its_own),
        cmocka_unit_test(test_hub_that_starts_again_is_greeted_again),
        cmocka_unit_test(test_hub_that_lost_its_end_gets_it_back),
        cmocka_unit_test(test_reconnections_are_not_clones),
        cmocka_unit_test(test_logs_begun_are_counted),
        cmocka_unit_test(test_logs_begun_and_not_stored_do_not_count),
        cmocka_unit_test(test_two_living_processes_are_a_clone),
        cmocka_unit_test(test_store_call_failing_loses_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
