/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub.h and node.h against frames that nobody honest sends, and without memory.
 *   - every frame of a table of hostile ones, 256 times, is answered or dropped: nothing is journaled, allocations and answers are bounded, everybody comes to rest
 *   - the k-th allocation of a hub's round, and of a node's, fails, for every k: nothing acknowledged is lost
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "navette/frame.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/pair.h"

#define BRANCH NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK

/* ---- frames */

struct hostile {
    const char *name;
    void (*make)(struct pair *pair, size_t node, struct buffer *out);
};

static void frame_of(enum frame_type type, const ProtobufCMessage *message, struct buffer *out)
{
    assert_int_equal(frame_encode(type, message, out), 0);
}

/* A HELLO that is sound but for what `change` does to it. */
struct greeting {
    Navette__Hello hello;
    Navette__LogHead log;
    Navette__LogHead durable;
    Navette__LogHead probe;
    uint8_t hash[HASH_SIZE];
};

static void greet(struct pair *pair, size_t node, struct greeting *greeting)
{
    const ProtobufCBinaryData hash = {HASH_SIZE, greeting->hash};

    memset(greeting, 0, sizeof(*greeting));
    navette__hello__init(&greeting->hello);
    navette__log_head__init(&greeting->log);
    memset(greeting->hash, 0x99, HASH_SIZE);
    greeting->log.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, pair->nodes[node].incarnation};
    greeting->log.seq = 1;
    greeting->log.hash = hash;
    greeting->durable = greeting->log;
    greeting->probe = greeting->log;
    greeting->hello.version = FRAME_VERSION;
    greeting->hello.node = (ProtobufCBinaryData){NODE_ID_SIZE, pair->nodes[node].id};
    greeting->hello.process = (ProtobufCBinaryData){16, pair->nodes[node].process};
    greeting->hello.connect = 9;
    greeting->hello.log = &greeting->log;
}

static void make_hello_at_the_end(struct pair *pair, size_t node, struct buffer *out)
{
    struct greeting greeting;

    greet(pair, node, &greeting);
    greeting.log.seq = UINT64_MAX;
    greeting.durable.seq = UINT64_MAX;
    greeting.probe.seq = UINT64_MAX;
    greeting.hello.durable = &greeting.durable;
    greeting.hello.probe = &greeting.probe;
    greeting.hello.cursor = UINT64_MAX;
    greeting.hello.scope_epoch = UINT32_MAX;
    greeting.hello.connect = UINT64_MAX;
    frame_of(FRAME_HELLO, &greeting.hello.base, out);
}

static void make_hello_of_the_hub(struct pair *pair, size_t node, struct buffer *out)
{
    struct greeting greeting;

    greet(pair, node, &greeting);
    greeting.log.incarnation.data = pair->hub_incarnation;
    frame_of(FRAME_HELLO, &greeting.hello.base, out);
}

static void make_hello_of_another(struct pair *pair, size_t node, struct buffer *out)
{
    struct greeting greeting;

    greet(pair, node, &greeting);
    greeting.log.incarnation.data = pair->nodes[1 - node].incarnation;
    frame_of(FRAME_HELLO, &greeting.hello.base, out);
}

static void make_hello_in_anothers_name(struct pair *pair, size_t node, struct buffer *out)
{
    struct greeting greeting;

    greet(pair, node, &greeting);
    greeting.hello.node.data = pair->nodes[1 - node].id;
    frame_of(FRAME_HELLO, &greeting.hello.base, out);
}

static void make_hello_without_log(struct pair *pair, size_t node, struct buffer *out)
{
    struct greeting greeting;

    greet(pair, node, &greeting);
    greeting.hello.log = NULL;
    frame_of(FRAME_HELLO, &greeting.hello.base, out);
}

static void make_hello_with_short_ids(struct pair *pair, size_t node, struct buffer *out)
{
    struct greeting greeting;

    greet(pair, node, &greeting);
    greeting.hello.process.len = 15;
    frame_of(FRAME_HELLO, &greeting.hello.base, out);
}

struct heap {
    Navette__Push push;
    Navette__Batch batch;
    ProtobufCBinaryData events[2048];
    uint8_t bytes[LIMIT_ENTRY_BYTES + 1];
    uint8_t fields[64];
};

/* A PUSH of `count` events of `len` bytes, from first_seq on, by nobody's hand. */
static void push_of(struct pair *pair, size_t node, uint64_t first_seq, size_t count, size_t len, struct buffer *out)
{
    struct heap *heap = calloc(1, sizeof(*heap));

    assert_non_null(heap);
    navette__push__init(&heap->push);
    navette__batch__init(&heap->batch);
    for (size_t i = 0; i < count; i++)
        heap->events[i] = (ProtobufCBinaryData){len, heap->bytes};
    heap->batch.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, pair->nodes[node].incarnation};
    heap->batch.first_seq = first_seq;
    heap->batch.salt = heap->batch.previous = heap->batch.head = heap->batch.root = (ProtobufCBinaryData){HASH_SIZE, heap->fields};
    heap->batch.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, heap->fields};
    heap->batch.n_events = count;
    heap->batch.events = heap->events;
    heap->push.batch = &heap->batch;
    frame_of(FRAME_PUSH, &heap->push.base, out);
    free(heap);
}

static void make_push_unsigned(struct pair *pair, size_t node, struct buffer *out)
{
    push_of(pair, node, 2, 1, 20, out);
}

static void make_push_at_the_end(struct pair *pair, size_t node, struct buffer *out)
{
    push_of(pair, node, UINT64_MAX, 2, 20, out);
}

static void make_push_around_the_end(struct pair *pair, size_t node, struct buffer *out)
{
    push_of(pair, node, UINT64_MAX - 1, 1024, 1, out);
}

static void make_push_from_zero(struct pair *pair, size_t node, struct buffer *out)
{
    push_of(pair, node, 0, 1, 20, out);
}

static void make_push_of_nothing(struct pair *pair, size_t node, struct buffer *out)
{
    push_of(pair, node, 2, 0, 0, out);
}

static void make_push_of_too_many(struct pair *pair, size_t node, struct buffer *out)
{
    push_of(pair, node, 2, LIMIT_BATCH_EVENTS + 1, 1, out);
}

static void make_push_of_too_much(struct pair *pair, size_t node, struct buffer *out)
{
    push_of(pair, node, 2, 17, LIMIT_ENTRY_BYTES, out);
}

static void make_push_of_a_giant(struct pair *pair, size_t node, struct buffer *out)
{
    push_of(pair, node, 2, 1, LIMIT_ENTRY_BYTES + 1, out);
}

static void make_push_of_another(struct pair *pair, size_t node, struct buffer *out)
{
    push_of(pair, 1 - node, 2, 1, 20, out);
}

static void make_push_without_batch(struct pair *pair, size_t node, struct buffer *out)
{
    Navette__Push push = NAVETTE__PUSH__INIT;

    (void)pair;
    (void)node;
    frame_of(FRAME_PUSH, &push.base, out);
}

static void make_pull_from_the_end(struct pair *pair, size_t node, struct buffer *out)
{
    Navette__Pull pull = NAVETTE__PULL__INIT;

    (void)pair;
    (void)node;
    pull.cursor = UINT64_MAX;
    pull.max_bytes = UINT32_MAX;
    frame_of(FRAME_PULL, &pull.base, out);
}

static void make_pull_of_a_scope_to_come(struct pair *pair, size_t node, struct buffer *out)
{
    Navette__Pull pull = NAVETTE__PULL__INIT;

    (void)pair;
    (void)node;
    pull.cursor = INT64_MAX;
    pull.scope_epoch = UINT32_MAX;
    frame_of(FRAME_PULL, &pull.base, out);
}

static void make_ping_from_the_future(struct pair *pair, size_t node, struct buffer *out)
{
    Navette__Ping ping = NAVETTE__PING__INIT;
    Navette__Frontier frontier = NAVETTE__FRONTIER__INIT;
    uint8_t signature[SIGNATURE_SIZE] = {0};

    frontier.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, pair->nodes[node].incarnation};
    frontier.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    frontier.seq = UINT64_MAX;
    frontier.hub_cursor = UINT64_MAX;
    frontier.hub_time_ms = INT64_MAX;
    ping.token = UINT64_MAX;
    ping.frontier = &frontier;
    frame_of(FRAME_PING, &ping.base, out);
}

static void make_ack(struct pair *pair, size_t node, struct buffer *out)
{
    struct greeting greeting;
    Navette__Ack ack = NAVETTE__ACK__INIT;

    greet(pair, node, &greeting);
    ack.held = &greeting.log;
    ack.level = NAVETTE__ACK_LEVEL__ACK_DURABLE;
    frame_of(FRAME_ACK, &ack.base, out);
}

static void make_delta(struct pair *pair, size_t node, struct buffer *out)
{
    Navette__Delta delta = NAVETTE__DELTA__INIT;

    (void)pair;
    (void)node;
    delta.to = UINT64_MAX;
    frame_of(FRAME_DELTA, &delta.base, out);
}

/* As many empty fields as fit: each unpacks into more than it weighs. */
static void make_delta_of_crumbs(struct pair *pair, size_t node, struct buffer *out)
{
    size_t len = LIMIT_FRAME_BYTES - FRAME_HEADER_SIZE;
    uint8_t *body = malloc(len);
    uint8_t header[FRAME_HEADER_SIZE];

    (void)pair;
    (void)node;
    assert_non_null(body);
    for (size_t i = 0; i + 1 < len; i += 2) {
        body[i] = 5u << 3 | 2u;
        body[i + 1] = 0;
    }
    frame_header(FRAME_DELTA, 0, span_of(body, len), (uint32_t)len, header);
    assert_int_equal(buffer_append(out, header, sizeof(header)), 0);
    assert_int_equal(buffer_append(out, body, len), 0);
    free(body);
}

static void make_enrolment(struct pair *pair, size_t node, struct buffer *out)
{
    Navette__EnrolRequest request = NAVETTE__ENROL_REQUEST__INIT;
    uint8_t bytes[32] = {0};

    request.node = (ProtobufCBinaryData){NODE_ID_SIZE, pair->nodes[node].id};
    request.curve_key = request.sign_key = request.nonce = request.mac = (ProtobufCBinaryData){32, bytes};
    frame_of(FRAME_ENROL_REQUEST, &request.base, out);
}

static void make_nothing(struct pair *pair, size_t node, struct buffer *out)
{
    (void)pair;
    (void)node;
    assert_int_equal(buffer_append_u8(out, 'N'), 0);
}

static void make_packed_lie(struct pair *pair, size_t node, struct buffer *out)
{
    static const uint8_t body[] = {0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0xff, 0xff, 0xff, 0x7f, 0x01, 0x00, 0x00};
    uint8_t header[FRAME_HEADER_SIZE];

    (void)pair;
    (void)node;
    frame_header(FRAME_PULL, FRAME_FLAG_ZSTD, span_of(body, sizeof(body)), LIMIT_FRAME_BYTES - FRAME_HEADER_SIZE, header);
    assert_int_equal(buffer_append(out, header, sizeof(header)), 0);
    assert_int_equal(buffer_append(out, body, sizeof(body)), 0);
}

static void make_other_version(struct pair *pair, size_t node, struct buffer *out)
{
    make_pull_from_the_end(pair, node, out);
    out->data[4] = 200;
    write_u32(out->data + 16,
              crc32c(crc32c(0, span_of(out->data, 16)), span_of(out->data + FRAME_HEADER_SIZE, out->len - FRAME_HEADER_SIZE)));
}

static const struct hostile HOSTILE[] = {
    {"HELLO with every number at its end", make_hello_at_the_end},
    {"HELLO that claims the hub's log", make_hello_of_the_hub},
    {"HELLO that claims another node's log", make_hello_of_another},
    {"HELLO in another node's name", make_hello_in_anothers_name},
    {"HELLO without a log", make_hello_without_log},
    {"HELLO with a process id of 15 bytes", make_hello_with_short_ids},
    {"PUSH that nobody signed", make_push_unsigned},
    {"PUSH at the last number", make_push_at_the_end},
    {"PUSH past the last number", make_push_around_the_end},
    {"PUSH from number 0", make_push_from_zero},
    {"PUSH of nothing", make_push_of_nothing},
    {"PUSH of one event too many", make_push_of_too_many},
    {"PUSH of too many bytes", make_push_of_too_much},
    {"PUSH of an event too large", make_push_of_a_giant},
    {"PUSH of another node's log", make_push_of_another},
    {"PUSH without a batch", make_push_without_batch},
    {"PULL from the last number", make_pull_from_the_end},
    {"PULL of a scope to come", make_pull_of_a_scope_to_come},
    {"PING with a frontier from the future", make_ping_from_the_future},
    {"ACK", make_ack},
    {"DELTA", make_delta},
    {"DELTA of crumbs", make_delta_of_crumbs},
    {"ENROL_REQUEST", make_enrolment},
    {"one byte", make_nothing},
    {"a body packed with a false size", make_packed_lie},
    {"another version", make_other_version},
};

static void test_step_stands_every_hostile_frame(void **state)
{
    for (size_t i = 0; i < sizeof(HOSTILE) / sizeof(HOSTILE[0]); i++) {
        struct pair *pair = pair_new();
        size_t node = pair_enrol(pair, "BIB-A", BRANCH);
        size_t other = pair_enrol(pair, "BIB-B", BRANCH);
        struct store_txn *txn;
        struct buffer bytes = {0};
        struct effects effects;
        uint64_t before;
        uint64_t after;
        size_t sent = 0;
        int rc;

        (void)state;
        assert_int_equal(pair_register(pair, node, "1", "Un"), 0);
        assert_int_equal(pair_register(pair, other, "2", "Deux"), 0);
        pair_connect(pair, node);
        pair_connect(pair, other);
        assert_true(pair_settle(pair));
        HOSTILE[i].make(pair, node, &bytes);
        effects_init(&effects);
        txn = memstore_begin_write(pair->journal);
        assert_int_equal(journal_tail(txn, &before), 0);
        /* As often as a round may bring it. */
        for (int times = 0; times < 256; times++) {
            uint8_t salt[SALT_SIZE] = {5};
            struct hub_input input = {.kind = HUB_FRAME,
                                      .now_ms = pair->now_ms,
                                      .session = pair->nodes[node].session,
                                      .curve_key = pair->nodes[node].curve_key,
                                      .bytes = buffer_span(&bytes),
                                      .journal = txn,
                                      .salt = salt};

            failing_malloc_at(0);
            rc = hub_step(pair->hub, &input, &effects);
            if (rc != 0 || failing_malloc_count() > 400)
                fail_msg("%s: %d, %llu allocations", HOSTILE[i].name, rc, (unsigned long long)failing_malloc_count());
        }
        for (size_t k = 0; k < effects.count; k++)
            sent += effects.list[k].frame.len;
        assert_int_equal(journal_tail(txn, &after), 0);
        if (after != before || effects.count > 1024 || sent > 65536)
            fail_msg("%s: %llu rows, %zu effects, %zu bytes", HOSTILE[i].name, (unsigned long long)(after - before), effects.count, sent);
        effects_free(&effects);
        buffer_free(&bytes);
        assert_int_equal(memstore_commit(txn), 0);
        /* Nobody else has noticed, and the node itself may come back. */
        assert_int_equal(pair_register(pair, other, "3", "Trois"), 0);
        pair_restart_node(pair, node);
        pair_connect(pair, node);
        pair_disconnect(pair, other);
        pair_connect(pair, other);
        if (!pair_settle(pair) || pair_hub_head(pair, other) != 2 || pair_progress(pair, node).durable != 1)
            fail_msg("%s: the others, or the node itself, do not come to rest", HOSTILE[i].name);
        pair_free(pair);
    }
}

/* ---- no memory */

/* To be refused: the round writes to the hub's own log too. */
static void record_elsewhere(struct pair *pair, size_t node)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__ItemRegistered registered = NAVETTE__ITEM_REGISTERED__INIT;
    Navette__Thing item = NAVETTE__THING__INIT;

    item.kind = NAVETTE__THING_KIND__THING_ITEM;
    item.namespace_ = (char *)(uintptr_t) "t";
    item.id = (char *)(uintptr_t) "9";
    registered.item = &item;
    registered.home = (char *)(uintptr_t) "BIB-B";
    body.place = (char *)(uintptr_t) "BIB-B";
    body.body_case = NAVETTE__EVENT__BODY_ITEM_REGISTERED;
    body.item_registered = &registered;
    assert_int_equal(pair_record(pair, node, &body), 0);
}

/* The hub's frames, commit and acknowledgement with the k-th allocation failing. What ends the process ends it: another is started. */
static int starve_hub(struct pair *pair, uint64_t k)
{
    struct effects effects;
    struct store_txn *txn = memstore_begin_write(pair->journal);
    int rc = 0;
    int struck;

    effects_init(&effects);
    failing_malloc_at(k);
    for (size_t i = 0; i < pair->up.count && rc == 0; i++) {
        uint8_t salt[SALT_SIZE] = {6};
        struct hub_input input = {.kind = HUB_FRAME,
                                  .now_ms = pair->now_ms,
                                  .session = pair->up.frames[i].session,
                                  .curve_key = pair->nodes[0].curve_key,
                                  .bytes = buffer_span(&pair->up.frames[i].bytes),
                                  .journal = txn,
                                  .salt = salt};

        rc = hub_step(pair->hub, &input, &effects);
    }
    if (rc == 0) {
        uint8_t salt[SALT_SIZE] = {8};
        struct hub_input input = {.kind = HUB_ROUND, .now_ms = pair->now_ms, .journal = txn, .salt = salt};

        rc = hub_step(pair->hub, &input, &effects);
    }
    struck = !failing_malloc_pending();
    if (rc == 0) {
        struct hub_input input = {.kind = HUB_STORED, .now_ms = pair->now_ms};

        rc = memstore_commit(txn);
        input.journal = rc == 0 ? memstore_begin_read(pair->journal) : NULL;
        input.state = rc == 0 ? memstore_begin_read(pair->state) : NULL;
        if (rc == 0 && (input.journal == NULL || input.state == NULL))
            rc = NAVETTE_E_MEMORY;
        if (rc == 0)
            rc = hub_step(pair->hub, &input, &effects);
        input.kind = HUB_TAIL;
        if (rc == 0)
            rc = hub_step(pair->hub, &input, &effects);
        struck = !failing_malloc_pending();
        failing_malloc_at(0);
        if (input.state != NULL)
            memstore_abort(input.state);
        if (input.journal != NULL)
            memstore_abort(input.journal);
    } else {
        failing_malloc_at(0);
        memstore_abort(txn);
    }
    assert_true(rc == 0 || rc == NAVETTE_E_MEMORY);
    assert_true(struck || rc == 0);
    effects_free(&effects);
    return struck;
}

static void test_allocation_failing_in_the_hub_loses_nothing(void **state)
{
    (void)state;
    for (int stage = 0; stage < 3; stage++) {
        int struck = 1;

        for (uint64_t k = 1; struck; k++) {
            struct pair *pair = pair_new();
            size_t node = pair_enrol(pair, "BIB-A", BRANCH);
            uint64_t held;

            assert_true(k < 2000);
            assert_int_equal(pair_register(pair, node, "1", "Un"), 0);
            record_elsewhere(pair, node);
            pair_connect(pair, node);
            for (int i = 0; i < stage; i++) {
                pair_hub_round(pair, 64);
                pair_node_round(pair, node);
            }
            struck = starve_hub(pair, k);
            held = pair_hub_head(pair, node);
            assert_true(held == 0 || held == 2);
            pair_restart_hub(pair);
            pair_restart_node(pair, node);
            pair_connect(pair, node);
            assert_true(pair_settle(pair));
            assert_int_equal(pair_hub_head(pair, node), 2);
            assert_int_equal(pair_progress(pair, node).durable, 2);
            assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_ITEM_REGISTERED), 2);
            assert_int_equal(pair_entries_of(pair->journal, NAVETTE__EVENT__BODY_EVENT_REFUSED), 1);
            pair_free(pair);
        }
    }
}

static int starve_node(struct pair *pair, size_t index, uint64_t k)
{
    struct pair_node *node = &pair->nodes[index];
    struct effects effects;
    struct store_txn *txn = memstore_begin_write(node->store);
    int rc = 0;
    int struck;

    effects_init(&effects);
    failing_malloc_at(k);
    for (size_t i = 0; i < node->down.count && rc == 0; i++) {
        struct node_input input = {.kind = NODE_FRAME,
                                   .now_ms = pair->now_ms,
                                   .wall_ms = pair->now_ms,
                                   .bytes = buffer_span(&node->down.frames[i].bytes),
                                   .txn = txn};

        rc = node_step(node->node, &input, &effects);
    }
    struck = !failing_malloc_pending();
    failing_malloc_at(0);
    assert_true(rc == 0 || rc == NAVETTE_E_MEMORY);
    assert_true(struck || rc == 0);
    if (rc == 0)
        assert_int_equal(memstore_commit(txn), 0);
    else
        memstore_abort(txn);
    effects_free(&effects);
    return struck;
}

static void test_allocation_failing_in_a_node_loses_nothing(void **state)
{
    (void)state;
    for (int stage = 0; stage < 4; stage++) {
        int struck = 1;

        for (uint64_t k = 1; struck; k++) {
            struct pair *pair = pair_new();
            size_t node = pair_enrol(pair, "BIB-A", BRANCH);
            size_t other = pair_enrol(pair, "BIB-B", BRANCH);
            uint8_t hub[HASH_SIZE];
            uint8_t own[HASH_SIZE];

            assert_true(k < 2000);
            assert_int_equal(pair_register(pair, other, "2", "Deux"), 0);
            pair_connect(pair, other);
            assert_true(pair_settle(pair));
            assert_int_equal(pair_register(pair, node, "1", "Un"), 0);
            pair_connect(pair, node);
            pair_hub_round(pair, 64);
            for (int i = 0; i < stage; i++) {
                pair_node_round(pair, node);
                pair_hub_round(pair, 64);
            }
            struck = starve_node(pair, node, k);
            assert_true(pair_progress(pair, node).durable <= pair_hub_head(pair, node));
            pair_restart_node(pair, node);
            pair_connect(pair, node);
            assert_true(pair_settle(pair));
            assert_int_equal(pair_progress(pair, node).durable, 1);
            pair_digest(pair->state, hub);
            pair_digest(pair->nodes[node].store, own);
            assert_memory_equal(hub, own, HASH_SIZE);
            pair_free(pair);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_step_stands_every_hostile_frame),
        cmocka_unit_test(test_allocation_failing_in_the_hub_loses_nothing),
        cmocka_unit_test(test_allocation_failing_in_a_node_loses_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
