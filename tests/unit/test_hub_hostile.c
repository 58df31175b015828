/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub.h and node.h against peers that mean harm.
 *   - a node cannot speak for the network: refusals and frontiers of its own making are let in by nobody
 *   - a relay learns no title by dispatching documents to itself, nor by a dispatch that the hub refuses
 *   - relays that have everything to look through share the hub's time
 *   - a node told to leave waits before it comes back, longer each time
 *   - who is enrolled again for another scope takes everything in again; rights that were not stored are forgotten
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "navette/frame.h"
#include "tests/lib/pair.h"

#define RELAY NAVETTE__ROLE__ROLE_RELAY, NAVETTE__SCOPE__SCOPE_OWN
#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK

static char *text(const char *literal)
{
    return (char *)(uintptr_t)literal;
}

static void send_bytes(struct pair *pair, uint64_t session, const void *data, size_t len)
{
    struct pair_frame *slot = &pair->up.frames[pair->up.count++];

    slot->session = session;
    buffer_init(&slot->bytes);
    assert_int_equal(buffer_append(&slot->bytes, data, len), 0);
}

static void send_frame(struct pair *pair, uint64_t session, enum frame_type type, const ProtobufCMessage *message)
{
    struct buffer bytes = {0};

    assert_int_equal(frame_encode(type, message, &bytes), 0);
    send_bytes(pair, session, bytes.data, bytes.len);
    buffer_free(&bytes);
}

/* ---- a node's log with an entry that log_record() would not write */

/* Records `body` as it stands, place included: pair_record() fills an empty one in. */
static void record_raw(struct pair *pair, size_t index, Navette__Event *body)
{
    struct pair_node *node = &pair->nodes[index];
    struct store_txn *txn = memstore_begin_write(node->store);
    uint8_t salt[SALT_SIZE] = {7};

    body->hlc = hlc_tick(node_clock(node->node), pair->now_ms);
    assert_int_equal(log_record(txn, node->incarnation, body, salt, 0, NULL), 0);
    assert_int_equal(memstore_commit(txn), 0);
}

static int is_registered(struct pair *pair, const char *barcode)
{
    Navette__Thing item = NAVETTE__THING__INIT;
    struct thing_key key;
    struct thing_record record = {0};
    struct store_txn *txn = memstore_begin_read(pair->state);
    int rc;

    item.kind = NAVETTE__THING_KIND__THING_ITEM;
    item.namespace_ = text("t");
    item.id = text(barcode);
    assert_int_equal(thing_key_of(&item, &key), 0);
    rc = fold_read(txn, &key, &record);
    if (rc == 0)
        thing_record_free(&record);
    memstore_abort(txn);
    return rc == 0;
}

static void first_entry_of(struct pair *pair, size_t node, struct ref *ref)
{
    struct store_txn *txn = memstore_begin_read(pair->journal);
    struct journal_entry entry;

    memcpy(ref->incarnation, pair->nodes[node].incarnation, INCARNATION_SIZE);
    ref->seq = 1;
    ref->leaf = 0;
    assert_int_equal(journal_find(txn, ref, &entry), 0);
    *ref = entry.self;
    memstore_abort(txn);
}

static void test_push_of_a_refusal_is_not_let_in(void **state)
{
    struct pair *pair = pair_new();
    size_t branch = pair_enrol(pair, "BIB-A", BRANCH);
    size_t relay = pair_enrol(pair, "CCAS", RELAY);
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__EventRefused refused = NAVETTE__EVENT_REFUSED__INIT;
    Navette__Ref target = NAVETTE__REF__INIT;
    struct ref victim;

    (void)state;
    assert_int_equal(pair_register(pair, branch, "1", "Un"), 0);
    pair_connect(pair, branch);
    pair_connect(pair, relay);
    assert_true(pair_settle(pair));
    assert_true(is_registered(pair, "1"));
    first_entry_of(pair, branch, &victim);
    target.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, victim.incarnation};
    target.seq = victim.seq;
    target.leaf = victim.leaf;
    refused.target = &target;
    refused.reason = NAVETTE__REASON__REASON_NO_RIGHT;
    body.body_case = NAVETTE__EVENT__BODY_EVENT_REFUSED;
    body.event_refused = &refused;
    record_raw(pair, relay, &body);
    pair_disconnect(pair, relay);
    pair_connect(pair, relay);
    for (int i = 0; i < 20; i++) {
        pair_hub_round(pair, 64);
        pair_node_round(pair, relay);
        pair_node_round(pair, branch);
    }
    assert_true(is_registered(pair, "1"));
    assert_int_equal(pair_hub_head(pair, relay), 0);
    assert_int_equal(pair->last_nack, NAVETTE__NACK_REASON__NACK_CHAIN);
    assert_int_equal(pair_progress(pair, relay).link, NODE_HELD);
    assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_EVENT_REFUSED), 0);
    pair_free(pair);
}

static void test_push_of_a_frontier_is_not_let_in(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__FrontierNoted noted = NAVETTE__FRONTIER_NOTED__INIT;
    Navette__Frontier frontier = NAVETTE__FRONTIER__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    uint8_t signature[SIGNATURE_SIZE] = {0};

    (void)state;
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = text("11111111111111111111111111111111");
    frontier.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, pair->nodes[node].incarnation};
    frontier.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    noted.node = &thing;
    noted.frontier = &frontier;
    body.body_case = NAVETTE__EVENT__BODY_FRONTIER_NOTED;
    body.frontier_noted = &noted;
    record_raw(pair, node, &body);
    pair_connect(pair, node);
    for (int i = 0; i < 20; i++) {
        pair_hub_round(pair, 64);
        pair_node_round(pair, node);
    }
    assert_int_equal(pair_hub_head(pair, node), 0);
    assert_int_equal(pair->last_nack, NAVETTE__NACK_REASON__NACK_CHAIN);
    pair_free(pair);
}

/* ---- titles */

/* The same node comes back as after an init: nothing of what it wrote is its own log any more, all of it may be pulled. */
static void begin_anew(struct pair *pair, size_t index)
{
    struct pair_node *node = &pair->nodes[index];
    struct node_options options = {.ping_ms = 10000, .dead_ms = 60000};
    const uint8_t none[INCARNATION_SIZE] = {0};
    struct store_txn *txn;

    pair_disconnect(pair, index);
    node_free(node->node);
    memstore_free(node->store);
    node->store = memstore_new();
    node->incarnation[0] = 0x77;
    memcpy(options.node, node->id, NODE_ID_SIZE);
    memcpy(options.incarnation, node->incarnation, INCARNATION_SIZE);
    memcpy(options.process, node->process, sizeof(options.process));
    node->node = node_new(&options);
    assert_non_null(node->node);
    txn = memstore_begin_write(node->store);
    assert_int_equal(log_start(txn, node->incarnation, none, node->id), 0);
    assert_int_equal(memstore_commit(txn), 0);
}

static void dispatch_raw(struct pair *pair, size_t node, const char *barcode, const char *from, const char *to)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__Dispatched dispatched = NAVETTE__DISPATCHED__INIT;
    Navette__Thing item = NAVETTE__THING__INIT;
    Navette__Thing *things[1] = {&item};

    item.kind = NAVETTE__THING_KIND__THING_ITEM;
    item.namespace_ = text("t");
    item.id = text(barcode);
    dispatched.things = things;
    dispatched.n_things = 1;
    dispatched.to = text(to);
    body.place = text(from);
    body.body_case = NAVETTE__EVENT__BODY_DISPATCHED;
    body.dispatched = &dispatched;
    record_raw(pair, node, &body);
}

static void test_dispatch_of_its_own_brings_a_relay_no_title(void **state)
{
    struct pair *pair = pair_new();
    size_t branch = pair_enrol(pair, "BIB-A", BRANCH);
    size_t relay = pair_enrol(pair, "CCAS", RELAY);

    (void)state;
    assert_int_equal(pair_register(pair, branch, "1", "Secret"), 0);
    assert_int_equal(pair_register(pair, branch, "2", "Secret aussi"), 0);
    pair_connect(pair, branch);
    assert_true(pair_settle(pair));
    dispatch_raw(pair, relay, "1", "BIB-A", "CCAS");
    dispatch_raw(pair, relay, "2", "CCAS", "BIB-A");
    pair_connect(pair, relay);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_hub_head(pair, relay), 2);
    begin_anew(pair, relay);
    pair_connect(pair, relay);
    assert_true(pair_settle(pair));
    assert_true(pair_entries_of(pair->nodes[relay].store, NAVETTE__EVENT__BODY_DISPATCHED) > 0);
    assert_int_equal(pair_entries_of(pair->nodes[relay].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 0);
    pair_free(pair);
}

/* ---- whose turn it is */

static void fill_journal(struct pair *pair, uint64_t rows)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__OperationClosed closed = NAVETTE__OPERATION_CLOSED__INIT;
    struct store_txn *txn = memstore_begin_write(pair->journal);
    struct journal_entry entry = {.received_ms = 1};
    struct buffer bytes = {0};

    closed.kind = NAVETTE__OPERATION_KIND__OPERATION_SEEN;
    body.hlc = hlc_make(pair->now_ms, 0);
    body.place = text("BIB-A");
    body.operation = 1;
    body.body_case = NAVETTE__EVENT__BODY_OPERATION_CLOSED;
    body.operation_closed = &closed;
    assert_int_equal(event_encode(&body, &bytes), 0);
    memset(entry.self.incarnation, 0x55, INCARNATION_SIZE);
    entry.scope_mask = event_scope_mask(&body);
    entry.event = buffer_span(&bytes);
    for (entry.self.seq = 1; entry.self.seq <= rows; entry.self.seq++) {
        entry.self.leaf = entry.self.seq;
        assert_int_equal(journal_append(txn, &entry), 0);
    }
    assert_int_equal(memstore_commit(txn), 0);
    buffer_free(&bytes);
}

static size_t deltas_of_one_tail(struct pair *pair)
{
    struct effects effects;
    struct hub_input input = {.kind = HUB_TAIL, .now_ms = pair->now_ms};
    size_t count = 0;

    effects_init(&effects);
    input.journal = memstore_begin_read(pair->journal);
    input.state = memstore_begin_read(pair->state);
    assert_int_equal(hub_step(pair->hub, &input, &effects), 0);
    memstore_abort(input.state);
    memstore_abort(input.journal);
    for (size_t i = 0; i < effects.count; i++)
        count += effects.list[i].kind == EFFECT_SEND;
    effects_free(&effects);
    return count;
}

static void test_tail_looks_at_a_bounded_number_of_rows(void **state)
{
    struct pair *pair = pair_new();
    size_t served = 0;
    unsigned tails = 0;

    (void)state;
    for (size_t i = 0; i < PAIR_NODES; i++) {
        char place[8];

        snprintf(place, sizeof(place), "R-%zu", i);
        pair_enrol(pair, place, RELAY);
        pair_connect(pair, i);
    }
    assert_true(pair_settle(pair));
    fill_journal(pair, 150000);
    /* A round with nothing in it: the fold follows. */
    pair_hub_round(pair, 0);
    for (; served < PAIR_NODES && tails < 100; tails++) {
        Navette__Pull pull = NAVETTE__PULL__INIT;
        struct hub_session_info info;

        if (tails == 0) {
            for (size_t i = 0; i < PAIR_NODES; i++)
                send_frame(pair, pair->nodes[i].session, FRAME_PULL, &pull.base);
            pair->commit_failure = 0;
            for (size_t i = 0; i < PAIR_NODES; i++)
                assert_int_equal(hub_session_at(pair->hub, i, &info), 0);
            served += pair_hub_round(pair, 64) - PAIR_NODES;
            for (size_t i = 0; i < PAIR_NODES; i++)
                served += pair->nodes[i].down.count > 0;
            /* 450,000 rows at one go would keep everybody else waiting. */
            assert_true(served < PAIR_NODES);
        } else {
            assert_int_equal(hub_deadline(pair->hub), 0);
            served += deltas_of_one_tail(pair);
        }
    }
    assert_int_equal(served, PAIR_NODES);
    assert_true(tails > 1);
    pair_free(pair);
}

/* ---- told to leave */

static void test_bye_is_followed_by_patience(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    Navette__Bye bye = NAVETTE__BYE__INIT;
    struct buffer bytes = {0};
    unsigned before;
    int64_t begun_ms;

    (void)state;
    bye.reason = NAVETTE__BYE_REASON__BYE_VERSION;
    assert_int_equal(frame_encode(FRAME_BYE, &bye.base, &bytes), 0);
    begun_ms = pair->now_ms;
    before = pair->nodes[node].reconnects;
    /* A hub of another version: every greeting is answered so, for an hour. */
    pair_connect(pair, node);
    while (pair->now_ms - begun_ms < 3600000) {
        if (pair->nodes[node].session == 0)
            pair_connect(pair, node);
        while (pair->up.count > 0)
            buffer_free(&pair->up.frames[--pair->up.count].bytes);
        pair->nodes[node].down.frames[0].session = pair->nodes[node].session;
        buffer_init(&pair->nodes[node].down.frames[0].bytes);
        assert_int_equal(buffer_append(&pair->nodes[node].down.frames[0].bytes, bytes.data, bytes.len), 0);
        pair->nodes[node].down.count = 1;
        pair_node_round(pair, node);
        pair_tick(pair, 100);
    }
    assert_true(pair->nodes[node].reconnects - before >= 30);
    assert_true(pair->nodes[node].reconnects - before <= 120);
    buffer_free(&bytes);
    pair_free(pair);
}

/* ---- rights */

static void hub_records(struct pair *pair, Navette__Event *body, int fails)
{
    struct store_txn *txn = memstore_begin_write(pair->journal);
    uint8_t salt[SALT_SIZE] = {9};

    assert_int_equal(hub_record(pair->hub, txn, body, salt, pair->now_ms, NULL), 0);
    if (!fails) {
        assert_int_equal(memstore_commit(txn), 0);
        return;
    }
    memstore_abort(txn);
    txn = memstore_begin_read(pair->journal);
    assert_int_equal(hub_load_nodes(pair->hub, txn), 0);
    memstore_abort(txn);
}

static void test_node_enrolled_again_takes_its_new_scope_in_from_the_start(void **state)
{
    struct pair *pair = pair_new();
    size_t branch = pair_enrol(pair, "BIB-A", BRANCH);
    size_t other = pair_enrol(pair, "BIB-B", RELAY);
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__NodeEnrolled enrolled = NAVETTE__NODE_ENROLLED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char hex[2 * NODE_ID_SIZE + 1];
    char *places[1] = {text("BIB-B")};
    uint32_t epoch;

    (void)state;
    assert_int_equal(pair_register(pair, branch, "1", "Un"), 0);
    pair_connect(pair, branch);
    pair_connect(pair, other);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_entries_of(pair->nodes[other].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 0);
    hex_encode(pair->nodes[other].id, NODE_ID_SIZE, hex);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = hex;
    enrolled.node = &thing;
    enrolled.curve_key = (ProtobufCBinaryData){KEY_SIZE, pair->nodes[other].curve_key};
    enrolled.sign_key = (ProtobufCBinaryData){KEY_SIZE, pair->nodes[other].sign_public};
    enrolled.n_places = 1;
    enrolled.places = places;
    enrolled.role = NAVETTE__ROLE__ROLE_BRANCH;
    enrolled.scope = NAVETTE__SCOPE__SCOPE_NETWORK;
    body.body_case = NAVETTE__EVENT__BODY_NODE_ENROLLED;
    body.node_enrolled = &enrolled;
    hub_records(pair, &body, 0);
    assert_true(pair_settle(pair));
    assert_int_equal(pair_entries_of(pair->nodes[other].store, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 1);
    /* What the running hub found is what the log says to the next one. */
    epoch = hub_node_by_key(pair->hub, pair->nodes[other].curve_key)->scope_epoch;
    pair_restart_hub(pair);
    assert_int_equal(hub_node_by_key(pair->hub, pair->nodes[other].curve_key)->scope_epoch, epoch);
    pair_free(pair);
}

static void test_rights_not_stored_are_forgotten(void **state)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", BRANCH);
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__RightsGranted granted = NAVETTE__RIGHTS_GRANTED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char hex[2 * NODE_ID_SIZE + 1];
    char *places[2] = {text("BIB-A"), text("BIB-B")};
    const struct hub_node *known;

    (void)state;
    hex_encode(pair->nodes[node].id, NODE_ID_SIZE, hex);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = hex;
    granted.node = &thing;
    granted.n_places = 2;
    granted.places = places;
    granted.role = NAVETTE__ROLE__ROLE_RELAY;
    granted.scope = NAVETTE__SCOPE__SCOPE_OWN;
    granted.epoch = 1;
    body.body_case = NAVETTE__EVENT__BODY_RIGHTS_GRANTED;
    body.rights_granted = &granted;
    hub_records(pair, &body, 1);
    known = hub_node_by_key(pair->hub, pair->nodes[node].curve_key);
    assert_int_equal(known->scope_epoch, 0);
    assert_int_equal(known->place_count, 1);
    assert_int_equal(known->scope, NAVETTE__SCOPE__SCOPE_NETWORK);
    assert_int_equal(known->role, NAVETTE__ROLE__ROLE_BRANCH);
    assert_false(known->revoked);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_push_of_a_refusal_is_not_let_in),
        cmocka_unit_test(test_push_of_a_frontier_is_not_let_in),
        cmocka_unit_test(test_dispatch_of_its_own_brings_a_relay_no_title),
        cmocka_unit_test(test_tail_looks_at_a_bounded_number_of_rows),
        cmocka_unit_test(test_bye_is_followed_by_patience),
        cmocka_unit_test(test_node_enrolled_again_takes_its_new_scope_in_from_the_start),
        cmocka_unit_test(test_rights_not_stored_are_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
