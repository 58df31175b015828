/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enrol.c, enrol_mac.c and enrol_port.c over a real socket; the node asks on a thread.
 *
 * code: made ones are read back, as people type them; wrong ones are not; no two are the same
 * mac: the bytes of proto/WIRE.md, computed here by hand; every field counts
 * ask: right code; sixteen places; wrong, used and expired code; declined; nobody there; endpoint out of form; a hub on every address
 * tampering: reply with any byte changed, of another code, without MAC, replayed to another request; request with any byte changed
 * port: ten wrong tries a minute and one more, any number of right ones; rubbish; too large; the same claim twice; an asker that has gone
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "io/enrol_mac.h"
#include "navette/enrol.h"
#include "navette/frame.h"
#include "navette/ref.h"
#include "navette/system.h"

#define DEADLINE_MS 20000
#define NOW 1000000000000

struct fixture {
    struct keys hub;
    struct keys node;
    struct enrol_port *port;
    struct enrol_invitation invitation;
    char code[ENROL_CODE_TEXT];
};

/* The node's side, on its thread. */
struct asker {
    pthread_t thread;
    const char *endpoint;
    const char *code;
    const struct keys *keys;
    struct enrol_grant grant;
    int rc;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    assert_int_equal(keys_make(&fixture->hub), 0);
    assert_int_equal(keys_make(&fixture->node), 0);
    assert_int_equal(enrol_port_open("tcp://127.0.0.1:0", &fixture->port), 0);
    enrol_code_make(fixture->code);
    assert_int_equal(enrol_code_read(fixture->code, fixture->invitation.code), 0);
    fixture->invitation.expires_ms = NOW + ENROL_VALID_MS;
    fixture->invitation.place_count = 2;
    strcpy(fixture->invitation.places[0], "BIB-CENTRE");
    strcpy(fixture->invitation.places[1], "CCAS-NORD");
    fixture->invitation.role = NAVETTE__ROLE__ROLE_BRANCH;
    fixture->invitation.scope = NAVETTE__SCOPE__SCOPE_NETWORK;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    enrol_port_close(fixture->port);
    keys_wipe(&fixture->hub);
    keys_wipe(&fixture->node);
    free(fixture);
    return 0;
}

static void *ask(void *argument)
{
    struct asker *asker = argument;
    asker->rc = enrol_ask(asker->endpoint, asker->code, asker->keys, DEADLINE_MS, &asker->grant);
    return NULL;
}

static void start(struct asker *asker, const struct fixture *fixture, const char *code)
{
    *asker = (struct asker){.endpoint = enrol_port_endpoint(fixture->port), .code = code, .keys = &fixture->node};
    assert_int_equal(pthread_create(&asker->thread, NULL, ask, asker), 0);
}

static int finish(struct asker *asker)
{
    pthread_join(asker->thread, NULL);
    return asker->rc;
}

static int take_at(struct fixture *fixture, const struct enrol_invitation *open, size_t count, int64_t now_ms, size_t *which,
                   struct enrol_claim *claim)
{
    int64_t deadline = system_monotonic_ms() + DEADLINE_MS;
    for (;;) {
        int rc = enrol_port_take(fixture->port, open, count, now_ms, which, claim);
        int64_t left = deadline - system_monotonic_ms();
        if (rc != NAVETTE_E_NOT_FOUND || left <= 0)
            return rc;
        struct pollfd fd = {.fd = enrol_port_fd(fixture->port), .events = POLLIN};
        poll(&fd, 1, (int)left);
    }
}

static int take(struct fixture *fixture, size_t *which, struct enrol_claim *claim)
{
    return take_at(fixture, &fixture->invitation, 1, NOW, which, claim);
}

static void test_enrol_code_round_trip(void **state)
{
    (void)state;
    char text[ENROL_CODE_TEXT];
    char other[ENROL_CODE_TEXT];
    uint8_t code[ENROL_CODE_BYTES];
    uint8_t again[ENROL_CODE_BYTES];
    for (int i = 0; i < 1000; i++) {
        enrol_code_make(text);
        assert_int_equal(strlen(text), 19);
        assert_int_equal(strspn(text, "0123456789ABCDEFGHJKMNPQRSTVWXYZ-"), 19);
        assert_true(text[4] == '-' && text[9] == '-' && text[14] == '-');
        assert_int_equal(enrol_code_read(text, code), 0);
        for (char *at = text; *at != '\0'; at++)
            *at = (char)(*at >= 'A' ? *at + 32 : *at == '0' ? 'o' : *at == '1' ? (i % 2 ? 'l' : 'I') : *at == '-' ? ' ' : *at);
        assert_int_equal(enrol_code_read(text, again), 0);
        assert_memory_equal(code, again, sizeof code);
    }
    enrol_code_make(text);
    enrol_code_make(other);
    assert_string_not_equal(text, other);
}

static void test_enrol_code_read_wrong(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "ABCD",
        "ABCD-ABCD-ABCD-ABC",
        "ABCD-ABCD-ABCD-ABCDX",
        "ABCD-ABCD-ABCD-ABCU",
        "ABCD_ABCD_ABCD_ABCD",
        "ABCD-ABCD-ABCD-ABC\xc3\xa9",
    };
    uint8_t code[ENROL_CODE_BYTES];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(enrol_code_read(wrong[i], code), NAVETTE_E_INVALID);
}

static void key_of(const uint8_t *code, uint8_t key[32])
{
    uint8_t text[26];
    memcpy(text, "navette enrol v1", 16);
    memcpy(text + 16, code, 10);
    crypto_generichash(key, 32, text, sizeof text, NULL, 0);
}

static void test_enrol_mac_bytes(void **state)
{
    struct fixture *fixture = *state;
    struct enrol_claim claim;
    struct enrol_grant grant = {.place_count = 2, .role = NAVETTE__ROLE__ROLE_RELAY, .scope = NAVETTE__SCOPE__SCOPE_OWN};
    uint8_t nonce[32], other_nonce[32], key[32], mac[32], expected[32];
    struct buffer bytes = {0};
    system_random(&claim, sizeof claim);
    system_random(nonce, sizeof nonce);
    system_random(other_nonce, sizeof other_nonce);
    key_of(fixture->invitation.code, key);
    buffer_append(&bytes, "request", 7);
    buffer_append(&bytes, claim.node, 16);
    buffer_append(&bytes, claim.curve_key, 32);
    buffer_append(&bytes, claim.sign_key, 32);
    buffer_append(&bytes, nonce, 32);
    crypto_generichash(expected, 32, bytes.data, bytes.len, key, 32);
    enrol_mac_request(fixture->invitation.code, &claim, nonce, mac);
    assert_memory_equal(mac, expected, 32);

    system_random(grant.hub, sizeof grant.hub);
    system_random(grant.hub_curve_key, KEY_SIZE);
    system_random(grant.hub_sign_key, KEY_SIZE);
    strcpy(grant.endpoint, "tcp://hub:7443");
    strcpy(grant.places[0], "A");
    strcpy(grant.places[1], "BC");
    buffer_clear(&bytes);
    buffer_append(&bytes, "reply", 5);
    buffer_append(&bytes, nonce, 32);
    buffer_append(&bytes, other_nonce, 32);
    buffer_append(&bytes, grant.hub, 16);
    buffer_append(&bytes, grant.hub_curve_key, 32);
    buffer_append(&bytes, grant.hub_sign_key, 32);
    buffer_append(&bytes,
                  "\x02\x02\x00\x01"
                  "A"
                  "\x00\x02"
                  "BC"
                  "\x00\x0e"
                  "tcp://hub:7443",
                  25);
    crypto_generichash(expected, 32, bytes.data, bytes.len, key, 32);
    enrol_mac_reply(fixture->invitation.code, nonce, other_nonce, &grant, mac);
    assert_memory_equal(mac, expected, 32);
    assert_true(enrol_mac_equal(mac, expected));
    expected[31] ^= 1;
    assert_false(enrol_mac_equal(mac, expected));
    buffer_free(&bytes);
}

static void test_enrol_ask_right_code(void **state)
{
    struct fixture *fixture = *state;
    struct asker asker;
    struct enrol_claim claim;
    struct enrol_invitation open[3];
    size_t which = 99;
    memset(open, 0, sizeof open);
    system_random(open[0].code, ENROL_CODE_BYTES);
    system_random(open[2].code, ENROL_CODE_BYTES);
    open[0].expires_ms = open[2].expires_ms = NOW + 1;
    open[1] = fixture->invitation;
    start(&asker, fixture, fixture->code);
    assert_int_equal(take_at(fixture, open, 3, NOW, &which, &claim), 0);
    assert_int_equal(which, 1);
    assert_memory_equal(claim.node, fixture->node.node, NODE_ID_SIZE);
    assert_memory_equal(claim.curve_key, fixture->node.curve_public, KEY_SIZE);
    assert_memory_equal(claim.sign_key, fixture->node.sign_public, KEY_SIZE);
    assert_int_equal(enrol_port_answer(fixture->port, &fixture->hub, "tcp://hub.example.org:7443", &open[1]), 0);
    assert_int_equal(finish(&asker), 0);
    assert_memory_equal(asker.grant.hub, fixture->hub.node, NODE_ID_SIZE);
    assert_memory_equal(asker.grant.hub_curve_key, fixture->hub.curve_public, KEY_SIZE);
    assert_memory_equal(asker.grant.hub_sign_key, fixture->hub.sign_public, KEY_SIZE);
    assert_string_equal(asker.grant.endpoint, "tcp://hub.example.org:7443");
    assert_int_equal(asker.grant.place_count, 2);
    assert_string_equal(asker.grant.places[0], "BIB-CENTRE");
    assert_string_equal(asker.grant.places[1], "CCAS-NORD");
    assert_int_equal(asker.grant.role, NAVETTE__ROLE__ROLE_BRANCH);
    assert_int_equal(asker.grant.scope, NAVETTE__SCOPE__SCOPE_NETWORK);
}

static void test_enrol_ask_largest_grant(void **state)
{
    struct fixture *fixture = *state;
    struct asker asker;
    struct enrol_claim claim;
    size_t which;
    char endpoint[128];
    fixture->invitation.place_count = ENROL_PLACES;
    for (size_t i = 0; i < ENROL_PLACES; i++) {
        memset(fixture->invitation.places[i], 'A' + (int)i, LIMIT_PLACE_CODE);
        fixture->invitation.places[i][LIMIT_PLACE_CODE] = '\0';
    }
    memset(endpoint, 'e', sizeof endpoint);
    memcpy(endpoint, "tcp://", 6);
    endpoint[127] = '\0';
    start(&asker, fixture, fixture->code);
    assert_int_equal(take(fixture, &which, &claim), 0);
    assert_int_equal(enrol_port_answer(fixture->port, &fixture->hub, endpoint, &fixture->invitation), 0);
    assert_int_equal(finish(&asker), 0);
    assert_int_equal(asker.grant.place_count, ENROL_PLACES);
    assert_string_equal(asker.grant.places[15], fixture->invitation.places[15]);
    assert_string_equal(asker.grant.endpoint, endpoint);

    char longer[129];
    memset(longer, 'e', sizeof longer);
    longer[128] = '\0';
    start(&asker, fixture, fixture->code);
    assert_int_equal(take(fixture, &which, &claim), 0);
    assert_int_equal(enrol_port_answer(fixture->port, &fixture->hub, longer, &fixture->invitation), NAVETTE_E_TOO_LARGE);
    assert_int_equal(finish(&asker), NAVETTE_E_REFUSED);
}

static void test_enrol_ask_hub_on_every_address(void **state)
{
    struct fixture *fixture = *state;
    static const char *const said[] = {"tcp://0.0.0.0:7443", "tcp://[::]:7443", "tcp://*:7443"};
    for (size_t i = 0; i < 3; i++) {
        struct asker asker;
        struct enrol_claim claim;
        size_t which;
        start(&asker, fixture, fixture->code);
        assert_int_equal(take(fixture, &which, &claim), 0);
        assert_int_equal(enrol_port_answer(fixture->port, &fixture->hub, said[i], &fixture->invitation), 0);
        assert_int_equal(finish(&asker), 0);
        assert_string_equal(asker.grant.endpoint, "tcp://127.0.0.1:7443");
    }
}

static void test_enrol_ask_wrong_code(void **state)
{
    struct fixture *fixture = *state;
    static const struct enrol_grant nothing;
    struct asker asker;
    struct enrol_claim claim;
    size_t which = 99;
    char other[ENROL_CODE_TEXT];
    enrol_code_make(other);
    start(&asker, fixture, other);
    assert_int_equal(take(fixture, &which, &claim), NAVETTE_E_REFUSED);
    assert_int_equal(which, 99);
    assert_int_equal(finish(&asker), NAVETTE_E_REFUSED);
    assert_memory_equal(&asker.grant, &nothing, sizeof nothing);
}

static void test_enrol_ask_used_code(void **state)
{
    struct fixture *fixture = *state;
    struct asker asker;
    struct enrol_claim claim;
    size_t which;
    /* The caller took it out of the open ones when it was used. */
    start(&asker, fixture, fixture->code);
    assert_int_equal(take_at(fixture, NULL, 0, NOW, &which, &claim), NAVETTE_E_REFUSED);
    assert_int_equal(finish(&asker), NAVETTE_E_REFUSED);
}

static void test_enrol_ask_expired_code(void **state)
{
    struct fixture *fixture = *state;
    struct asker asker;
    struct enrol_claim claim;
    size_t which;
    start(&asker, fixture, fixture->code);
    assert_int_equal(take_at(fixture, &fixture->invitation, 1, NOW + ENROL_VALID_MS, &which, &claim), NAVETTE_E_REFUSED);
    assert_int_equal(finish(&asker), NAVETTE_E_REFUSED);
    start(&asker, fixture, fixture->code);
    assert_int_equal(take_at(fixture, &fixture->invitation, 1, NOW + ENROL_VALID_MS - 1, &which, &claim), 0);
    assert_int_equal(enrol_port_decline(fixture->port, "store"), 0);
    assert_int_equal(finish(&asker), NAVETTE_E_REFUSED);
}

static void test_enrol_ask_bad_arguments(void **state)
{
    struct fixture *fixture = *state;
    struct enrol_grant grant;
    assert_int_equal(enrol_ask("hub:7444", fixture->code, &fixture->node, 1, &grant), NAVETTE_E_INVALID);
    assert_int_equal(enrol_ask("tcp://127.0.0.1:77777", fixture->code, &fixture->node, 1, &grant), NAVETTE_E_INVALID);
    assert_int_equal(enrol_ask(enrol_port_endpoint(fixture->port), "ABC", &fixture->node, 1, &grant), NAVETTE_E_INVALID);
    char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "%s", enrol_port_endpoint(fixture->port));
    enrol_port_close(fixture->port);
    fixture->port = NULL;
    assert_int_equal(enrol_ask(endpoint, fixture->code, &fixture->node, 100, &grant), NAVETTE_E_CLOSED);
    struct enrol_port *port = NULL;
    assert_int_equal(enrol_port_open("nowhere", &port), NAVETTE_E_INVALID);
    assert_null(port);
}

/* -- by hand */

/* A peer that speaks frames of its own making. */
struct raw {
    void *context;
    void *socket;
};

static void raw_open(struct raw *raw, int type, const char *endpoint)
{
    int zero = 0;
    int wait = DEADLINE_MS;
    raw->context = zmq_ctx_new();
    raw->socket = zmq_socket(raw->context, type);
    assert_non_null(raw->socket);
    zmq_setsockopt(raw->socket, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(raw->socket, ZMQ_RCVTIMEO, &wait, sizeof wait);
    if (endpoint != NULL)
        assert_int_equal(zmq_connect(raw->socket, endpoint), 0);
}

static void raw_close(struct raw *raw)
{
    zmq_close(raw->socket);
    zmq_ctx_term(raw->context);
}

static void make_request(const struct fixture *fixture, const uint8_t nonce[32], struct buffer *frame)
{
    struct enrol_claim claim;
    uint8_t mac[ENROL_MAC_SIZE];
    memcpy(claim.node, fixture->node.node, NODE_ID_SIZE);
    memcpy(claim.curve_key, fixture->node.curve_public, KEY_SIZE);
    memcpy(claim.sign_key, fixture->node.sign_public, KEY_SIZE);
    enrol_mac_request(fixture->invitation.code, &claim, nonce, mac);
    Navette__EnrolRequest request = NAVETTE__ENROL_REQUEST__INIT;
    request.node = (ProtobufCBinaryData){NODE_ID_SIZE, claim.node};
    request.curve_key = (ProtobufCBinaryData){KEY_SIZE, claim.curve_key};
    request.sign_key = (ProtobufCBinaryData){KEY_SIZE, claim.sign_key};
    request.nonce = (ProtobufCBinaryData){32, (uint8_t *)(uintptr_t)nonce};
    request.mac = (ProtobufCBinaryData){sizeof mac, mac};
    buffer_clear(frame);
    assert_int_equal(frame_encode(FRAME_ENROL_REQUEST, &request.base, frame), 0);
}

/* What the hub answered: its `refused`, or NULL for a grant. */
static char *raw_answer(struct raw *raw)
{
    uint8_t bytes[ENROL_FRAME_BYTES];
    struct frame frame;
    int len = zmq_recv(raw->socket, bytes, sizeof bytes, 0);
    assert_in_range(len, FRAME_HEADER_SIZE, sizeof bytes);
    assert_int_equal(frame_decode(span_of(bytes, (size_t)len), &frame), 0);
    assert_int_equal(frame.type, FRAME_ENROL_REPLY);
    const Navette__EnrolReply *reply = (const Navette__EnrolReply *)frame.message;
    char *refused = reply->refused[0] == '\0' ? NULL : strdup(reply->refused);
    if (refused != NULL) {
        /* Who is refused learns nothing about the hub. */
        assert_int_equal(reply->curve_key.len + reply->sign_key.len + reply->hub.len + reply->mac.len + reply->n_places, 0);
        assert_string_equal(reply->endpoint, "");
    }
    frame_free(&frame);
    return refused;
}

static void expect_refusal(struct raw *raw, const char *reason)
{
    char *refused = raw_answer(raw);
    assert_non_null(refused);
    assert_string_equal(refused, reason);
    free(refused);
}

static void test_enrol_port_take_request_changed(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t nonce[32] = {7};
    struct buffer frame = {0};
    struct raw raw;
    struct enrol_claim claim;
    size_t which;
    int64_t now = NOW;
    raw_open(&raw, ZMQ_DEALER, enrol_port_endpoint(fixture->port));
    make_request(fixture, nonce, &frame);
    size_t len = frame.len - FRAME_HEADER_SIZE;
    assert_int_equal(len, (2 + 16) + (2 + 32) * 4);
    for (size_t i = 2; i < len; i += 17) {
        make_request(fixture, nonce, &frame);
        frame.data[FRAME_HEADER_SIZE + i] ^= 1;
        frame_header(FRAME_ENROL_REQUEST, 0, span_of(frame.data + FRAME_HEADER_SIZE, len), (uint32_t)len, frame.data);
        assert_int_equal(zmq_send(raw.socket, frame.data, frame.len, 0), frame.len);
        now += 60000;
        fixture->invitation.expires_ms = now + 1;
        assert_int_equal(take_at(fixture, &fixture->invitation, 1, now, &which, &claim), NAVETTE_E_REFUSED);
    }
    make_request(fixture, nonce, &frame);
    assert_int_equal(zmq_send(raw.socket, frame.data, frame.len, 0), frame.len);
    assert_int_equal(take_at(fixture, &fixture->invitation, 1, now, &which, &claim), 0);
    assert_int_equal(enrol_port_answer(fixture->port, &fixture->hub, "tcp://h:1", &fixture->invitation), 0);
    raw_close(&raw);
    buffer_free(&frame);
}

static void test_enrol_port_take_rubbish(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t nonce[32] = {7};
    struct buffer frame = {0};
    struct raw raw;
    struct enrol_claim claim;
    size_t which;
    uint8_t *huge = calloc(1, 1u << 20);
    assert_non_null(huge);
    raw_open(&raw, ZMQ_DEALER, enrol_port_endpoint(fixture->port));
    zmq_send(raw.socket, "", 0, 0);
    assert_int_equal(take(fixture, &which, &claim), NAVETTE_E_REFUSED);
    zmq_send(raw.socket, "GET / HTTP/1.1", 14, 0);
    assert_int_equal(take(fixture, &which, &claim), NAVETTE_E_REFUSED);
    make_request(fixture, nonce, &frame);
    zmq_send(raw.socket, frame.data, frame.len - 1, 0);
    assert_int_equal(take(fixture, &which, &claim), NAVETTE_E_REFUSED);
    zmq_send(raw.socket, frame.data, frame.len, ZMQ_SNDMORE);
    zmq_send(raw.socket, frame.data, frame.len, 0);
    assert_int_equal(take(fixture, &which, &claim), NAVETTE_E_REFUSED);
    Navette__Ping ping = NAVETTE__PING__INIT;
    buffer_clear(&frame);
    assert_int_equal(frame_encode(FRAME_PING, &ping.base, &frame), 0);
    zmq_send(raw.socket, frame.data, frame.len, 0);
    assert_int_equal(take(fixture, &which, &claim), NAVETTE_E_REFUSED);
    /* Too large: libzmq drops the connection; others are served. */
    zmq_send(raw.socket, huge, 1u << 20, 0);
    struct asker asker;
    start(&asker, fixture, fixture->code);
    assert_int_equal(take(fixture, &which, &claim), 0);
    assert_int_equal(enrol_port_answer(fixture->port, &fixture->hub, "tcp://h:1", &fixture->invitation), 0);
    assert_int_equal(finish(&asker), 0);
    free(huge);
    raw_close(&raw);
    buffer_free(&frame);
}

static void test_enrol_port_take_ten_wrong_a_minute(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t nonce[32] = {7};
    struct buffer frame = {0};
    struct raw raw;
    struct enrol_claim claim;
    struct enrol_invitation other = fixture->invitation;
    size_t which;
    other.code[0] ^= 1;
    raw_open(&raw, ZMQ_DEALER, enrol_port_endpoint(fixture->port));
    make_request(fixture, nonce, &frame);
    for (int i = 0; i < 10; i++) {
        zmq_send(raw.socket, frame.data, frame.len, 0);
        assert_int_equal(take_at(fixture, &other, 1, NOW + i, &which, &claim), NAVETTE_E_REFUSED);
        expect_refusal(&raw, "unknown");
    }
    /* The right code too: it could have been guessed. */
    for (int i = 0; i < 3; i++) {
        zmq_send(raw.socket, frame.data, frame.len, 0);
        assert_int_equal(take_at(fixture, &fixture->invitation, 1, NOW + 59999, &which, &claim), NAVETTE_E_REFUSED);
        expect_refusal(&raw, "rate");
    }
    for (int i = 0; i < 20; i++) {
        zmq_send(raw.socket, frame.data, frame.len, 0);
        assert_int_equal(take_at(fixture, &fixture->invitation, 1, NOW + 60000, &which, &claim), 0);
        assert_int_equal(enrol_port_decline(fixture->port, "test"), 0);
        expect_refusal(&raw, "test");
    }
    /* A clock that was set back does not close the port for years. */
    for (int i = 0; i < 10; i++) {
        zmq_send(raw.socket, frame.data, frame.len, 0);
        assert_int_equal(take_at(fixture, &other, 1, NOW + 60000, &which, &claim), NAVETTE_E_REFUSED);
        expect_refusal(&raw, "unknown");
    }
    zmq_send(raw.socket, frame.data, frame.len, 0);
    assert_int_equal(take_at(fixture, &fixture->invitation, 1, NOW - 1000000, &which, &claim), 0);
    assert_int_equal(enrol_port_decline(fixture->port, "test"), 0);
    raw_close(&raw);
    buffer_free(&frame);
}

static void test_enrol_ask_told_to_wait(void **state)
{
    struct fixture *fixture = *state;
    struct asker asker;
    struct enrol_claim claim;
    size_t which;
    for (int i = 0; i < 11; i++) {
        start(&asker, fixture, fixture->code);
        assert_int_equal(take_at(fixture, NULL, 0, NOW, &which, &claim), NAVETTE_E_REFUSED);
        assert_int_equal(finish(&asker), i < 10 ? NAVETTE_E_REFUSED : NAVETTE_E_BUSY);
    }
}

static void test_enrol_port_answer_asker_gone(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t nonce[32] = {7};
    struct buffer frame = {0};
    struct raw raw;
    struct enrol_claim claim;
    struct enrol_claim again;
    size_t which;
    raw_open(&raw, ZMQ_DEALER, enrol_port_endpoint(fixture->port));
    make_request(fixture, nonce, &frame);
    zmq_send(raw.socket, frame.data, frame.len, 0);
    assert_int_equal(take(fixture, &which, &claim), 0);
    raw_close(&raw);
    int rc = enrol_port_answer(fixture->port, &fixture->hub, "tcp://h:1", &fixture->invitation);
    assert_true(rc == 0 || rc == NAVETTE_E_CLOSED);
    /* Its owner tries again: the claim is the same, so the hub's caller can tell that it is no second use. */
    struct asker asker;
    start(&asker, fixture, fixture->code);
    assert_int_equal(take(fixture, &which, &again), 0);
    assert_memory_equal(&claim, &again, sizeof claim);
    assert_int_equal(enrol_port_answer(fixture->port, &fixture->hub, "tcp://h:1", &fixture->invitation), 0);
    assert_int_equal(finish(&asker), 0);
    buffer_free(&frame);
}

/* A man in the middle: takes the node's request, gets the hub's true reply, and passes on what `change` makes of it. */
struct middle {
    struct raw front;
    char endpoint[64];
};

static void middle_open(struct middle *middle)
{
    size_t size = sizeof middle->endpoint;
    raw_open(&middle->front, ZMQ_ROUTER, NULL);
    assert_int_equal(zmq_bind(middle->front.socket, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(middle->front.socket, ZMQ_LAST_ENDPOINT, middle->endpoint, &size), 0);
}

/* Takes one request; the reply goes to whoever asked. */
static void middle_take(struct middle *middle, uint8_t routing[64], int *routing_len, struct buffer *request)
{
    uint8_t bytes[ENROL_FRAME_BYTES];
    *routing_len = zmq_recv(middle->front.socket, routing, 64, 0);
    assert_true(*routing_len > 0);
    int len = zmq_recv(middle->front.socket, bytes, sizeof bytes, 0);
    assert_true(len > 0);
    buffer_clear(request);
    assert_int_equal(buffer_append(request, bytes, (size_t)len), 0);
}

static void true_reply(struct fixture *fixture, struct span request, struct buffer *reply)
{
    uint8_t bytes[ENROL_FRAME_BYTES];
    struct raw back;
    struct enrol_claim claim;
    size_t which;
    raw_open(&back, ZMQ_DEALER, enrol_port_endpoint(fixture->port));
    zmq_send(back.socket, request.data, request.len, 0);
    assert_int_equal(take(fixture, &which, &claim), 0);
    assert_int_equal(enrol_port_answer(fixture->port, &fixture->hub, "tcp://hub:7443", &fixture->invitation), 0);
    int len = zmq_recv(back.socket, bytes, sizeof bytes, 0);
    assert_true(len > 0);
    buffer_clear(reply);
    assert_int_equal(buffer_append(reply, bytes, (size_t)len), 0);
    raw_close(&back);
}

static void test_enrol_ask_reply_tampered(void **state)
{
    struct fixture *fixture = *state;
    struct middle middle;
    struct buffer request = {0};
    struct buffer reply = {0};
    uint8_t routing[64];
    int routing_len;
    middle_open(&middle);
    /* Byte by byte over the body, in strides; -1: unchanged, which must pass, or the others prove nothing. */
    int tested = 0;
    for (long at = -1; at < 190; at += at < 0 ? 1 : 23) {
        struct asker asker = {.endpoint = middle.endpoint, .code = fixture->code, .keys = &fixture->node};
        assert_int_equal(pthread_create(&asker.thread, NULL, ask, &asker), 0);
        middle_take(&middle, routing, &routing_len, &request);
        enrol_port_close(fixture->port);
        assert_int_equal(enrol_port_open("tcp://127.0.0.1:0", &fixture->port), 0);
        true_reply(fixture, buffer_span(&request), &reply);
        struct span body = span_of(reply.data + FRAME_HEADER_SIZE, reply.len - FRAME_HEADER_SIZE);
        if (at >= 0 && at < (long)body.len) {
            reply.data[FRAME_HEADER_SIZE + at] ^= 1;
            frame_header(FRAME_ENROL_REPLY, 0, body, (uint32_t)body.len, reply.data);
            tested++;
        }
        zmq_send(middle.front.socket, routing, (size_t)routing_len, ZMQ_SNDMORE);
        zmq_send(middle.front.socket, reply.data, reply.len, 0);
        assert_int_equal(finish(&asker), at < 0 ? 0 : NAVETTE_E_SIGNATURE);
        if (at >= 0)
            assert_int_equal(asker.grant.place_count, 0);
    }
    assert_in_range(tested, 8, 20);
    raw_close(&middle.front);
    buffer_free(&request);
    buffer_free(&reply);
}

static void test_enrol_ask_reply_replayed_or_forged(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t nonce[32] = {7};
    struct middle middle;
    struct buffer request = {0};
    struct buffer replies[3] = {{0}};
    uint8_t routing[64];
    int routing_len;
    middle_open(&middle);
    /* 0: the true reply to another request. 1: of a hub that invented the code. 2: not a reply at all. */
    make_request(fixture, nonce, &request);
    true_reply(fixture, buffer_span(&request), &replies[0]);
    Navette__EnrolReply forged = NAVETTE__ENROL_REPLY__INIT;
    uint8_t mac[ENROL_MAC_SIZE] = {0};
    forged.hub = (ProtobufCBinaryData){NODE_ID_SIZE, fixture->node.node};
    forged.curve_key = (ProtobufCBinaryData){KEY_SIZE, fixture->node.curve_public};
    forged.sign_key = (ProtobufCBinaryData){KEY_SIZE, fixture->node.sign_public};
    forged.nonce = (ProtobufCBinaryData){sizeof mac, mac};
    forged.mac = (ProtobufCBinaryData){sizeof mac, mac};
    forged.endpoint = (char *)(uintptr_t) "tcp://evil:1";
    assert_int_equal(frame_encode(FRAME_ENROL_REPLY, &forged.base, &replies[1]), 0);
    assert_int_equal(buffer_append(&replies[2], request.data, request.len), 0);
    for (size_t i = 0; i < 3; i++) {
        struct asker asker = {.endpoint = middle.endpoint, .code = fixture->code, .keys = &fixture->node};
        assert_int_equal(pthread_create(&asker.thread, NULL, ask, &asker), 0);
        middle_take(&middle, routing, &routing_len, &request);
        zmq_send(middle.front.socket, routing, (size_t)routing_len, ZMQ_SNDMORE);
        zmq_send(middle.front.socket, replies[i].data, replies[i].len, 0);
        assert_int_equal(finish(&asker), NAVETTE_E_SIGNATURE);
        buffer_free(&replies[i]);
    }
    raw_close(&middle.front);
    buffer_free(&request);
}

int main(void)
{
    system_log_threshold(3);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enrol_code_round_trip),
        cmocka_unit_test(test_enrol_code_read_wrong),
        cmocka_unit_test_setup_teardown(test_enrol_mac_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_enrol_ask_right_code, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_enrol_ask_largest_grant, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_enrol_ask_hub_on_every_address, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_enrol_ask_wrong_code, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_enrol_ask_used_code, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_enrol_ask_expired_code, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_enrol_ask_bad_arguments, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_enrol_port_take_request_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_enrol_port_take_rubbish, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_enrol_port_take_ten_wrong_a_minute, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_enrol_ask_told_to_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_enrol_port_answer_asker_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_enrol_ask_reply_tampered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_enrol_ask_reply_replayed_or_forged, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("enrol", tests, NULL, NULL);
}
