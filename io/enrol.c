/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/enrol.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "io/enrol_form.h"
#include "io/wire_socket.h"
#include "navette/frame.h"
#include "navette/ref.h"
#include "navette/system.h"

void enrol_code_make(char text[ENROL_CODE_TEXT])
{
    uint8_t code[ENROL_CODE_BYTES];
    char plain[(ENROL_CODE_BYTES * 8 + 4) / 5 + 1];
    system_random(code, sizeof code);
    base32_encode(code, sizeof code, plain);
    snprintf(text, ENROL_CODE_TEXT, "%.4s-%.4s-%.4s-%.4s", plain, plain + 4, plain + 8, plain + 12);
    sodium_memzero(code, sizeof code);
    sodium_memzero(plain, sizeof plain);
}

int enrol_code_read(const char *text, uint8_t code[ENROL_CODE_BYTES])
{
    return base32_decode(text, code, ENROL_CODE_BYTES) == 0 ? 0 : NAVETTE_E_INVALID;
}

static ProtobufCBinaryData bytes_of(const uint8_t *data, size_t len)
{
    ProtobufCBinaryData bytes = {len, (uint8_t *)(uintptr_t)data};
    return bytes;
}

int enrol_form_request(const uint8_t code[ENROL_CODE_BYTES], const struct enrol_claim *claim, const uint8_t nonce[ENROL_NONCE_SIZE],
                       struct buffer *out)
{
    uint8_t mac[ENROL_MAC_SIZE];
    enrol_mac_request(code, claim, nonce, mac);
    Navette__EnrolRequest request = NAVETTE__ENROL_REQUEST__INIT;
    request.node = bytes_of(claim->node, sizeof claim->node);
    request.curve_key = bytes_of(claim->curve_key, KEY_SIZE);
    request.sign_key = bytes_of(claim->sign_key, KEY_SIZE);
    request.nonce = bytes_of(nonce, ENROL_NONCE_SIZE);
    request.mac = bytes_of(mac, sizeof mac);
    return frame_encode(FRAME_ENROL_REQUEST, &request.base, out);
}

/* Waits until the socket can do `what` or the deadline. */
static int wait_for(void *socket, short what, int64_t deadline_ms)
{
    for (;;) {
        int64_t left = deadline_ms - system_monotonic_ms();
        zmq_pollitem_t item = {.socket = socket, .events = what};
        int ready = zmq_poll(&item, 1, left > 0 ? (long)left : 0);
        if (ready > 0)
            return 0;
        if (ready == 0)
            return NAVETTE_E_CLOSED;
        if (zmq_errno() != EINTR)
            return wire_socket_error("wait for", "the hub's answer");
    }
}

static int exchange(void *context, const char *endpoint, struct span request, int64_t deadline_ms, struct buffer *reply)
{
    void *socket = zmq_socket(context, ZMQ_DEALER);
    if (socket == NULL)
        return wire_socket_error("socket for", endpoint);
    zmq_msg_t message;
    zmq_msg_init(&message);
    int rc = wire_socket_limit(socket, ENROL_FRAME_BYTES);
    if (rc == 0 && zmq_connect(socket, endpoint) != 0)
        rc = wire_socket_error("connect", endpoint);
    if (rc == 0)
        rc = wait_for(socket, ZMQ_POLLOUT, deadline_ms);
    if (rc == 0 && zmq_send(socket, request.data, request.len, ZMQ_DONTWAIT) < 0)
        rc = NAVETTE_E_CLOSED;
    if (rc == 0)
        rc = wait_for(socket, ZMQ_POLLIN, deadline_ms);
    if (rc == 0 && (zmq_msg_recv(&message, socket, ZMQ_DONTWAIT) < 0 || zmq_msg_more(&message)))
        rc = NAVETTE_E_CLOSED;
    if (rc == 0)
        rc = buffer_append(reply, zmq_msg_data(&message), zmq_msg_size(&message));
    zmq_msg_close(&message);
    zmq_close(socket);
    return rc;
}

static int fill_grant(const Navette__EnrolReply *reply, struct enrol_grant *grant)
{
    memset(grant, 0, sizeof *grant);
    if (reply->hub.len != NODE_ID_SIZE || reply->curve_key.len != KEY_SIZE || reply->sign_key.len != KEY_SIZE ||
        reply->nonce.len != ENROL_NONCE_SIZE || reply->mac.len != ENROL_MAC_SIZE || reply->n_places > ENROL_PLACES ||
        strlen(reply->endpoint) >= sizeof grant->endpoint)
        return NAVETTE_E_SIGNATURE;
    memcpy(grant->hub, reply->hub.data, NODE_ID_SIZE);
    memcpy(grant->hub_curve_key, reply->curve_key.data, KEY_SIZE);
    memcpy(grant->hub_sign_key, reply->sign_key.data, KEY_SIZE);
    strcpy(grant->endpoint, reply->endpoint);
    for (size_t i = 0; i < reply->n_places; i++) {
        if (strlen(reply->places[i]) > LIMIT_PLACE_CODE)
            return NAVETTE_E_SIGNATURE;
        strcpy(grant->places[i], reply->places[i]);
    }
    grant->place_count = reply->n_places;
    grant->role = reply->role;
    grant->scope = reply->scope;
    grant->replaces = reply->node.len == NODE_ID_SIZE && reply->parent.len == INCARNATION_SIZE;
    if (grant->replaces) {
        memcpy(grant->node, reply->node.data, NODE_ID_SIZE);
        memcpy(grant->parent, reply->parent.data, INCARNATION_SIZE);
    }
    return 0;
}

int enrol_form_read_reply(const uint8_t code[ENROL_CODE_BYTES], const uint8_t nonce[ENROL_NONCE_SIZE], struct span bytes,
                          struct enrol_grant *grant)
{
    struct frame frame;
    int rc = frame_decode(bytes, &frame);
    if (rc != 0)
        return rc == NAVETTE_E_MEMORY ? rc : NAVETTE_E_SIGNATURE;
    const Navette__EnrolReply *reply = (const Navette__EnrolReply *)frame.message;
    rc = frame.type == FRAME_ENROL_REPLY ? 0 : NAVETTE_E_SIGNATURE;
    if (rc == 0 && reply->refused[0] != '\0')
        rc = strcmp(reply->refused, "rate") == 0    ? NAVETTE_E_BUSY
             : strcmp(reply->refused, "keys") == 0  ? NAVETTE_E_EXISTS
             : strcmp(reply->refused, "known") == 0 ? NAVETTE_E_AMBIGUOUS
                                                    : NAVETTE_E_REFUSED;
    if (rc == 0)
        rc = fill_grant(reply, grant);
    if (rc == 0) {
        uint8_t mac[ENROL_MAC_SIZE];
        enrol_mac_reply(code, nonce, reply->nonce.data, grant, mac);
        rc = enrol_mac_equal(mac, reply->mac.data) ? 0 : NAVETTE_E_SIGNATURE;
    }
    if (rc != 0)
        memset(grant, 0, sizeof *grant);
    frame_free(&frame);
    return rc;
}

/* A hub that listens on every address can't know by which one it is reached: the one that was dialled answers. */
static int fill_host(const char *dialled, struct enrol_grant *grant)
{
    static const char *const wildcards[] = {"tcp://0.0.0.0:", "tcp://[::]:", "tcp://*:"};
    const char *host_end = strrchr(dialled, ':');
    for (size_t i = 0; i < sizeof wildcards / sizeof wildcards[0]; i++) {
        size_t len = strlen(wildcards[i]);
        if (strncmp(grant->endpoint, wildcards[i], len) != 0 || host_end == NULL)
            continue;
        char port[sizeof grant->endpoint];
        strcpy(port, grant->endpoint + len);
        int made = snprintf(grant->endpoint, sizeof grant->endpoint, "%.*s:%s", (int)(host_end - dialled), dialled, port);
        return made < (int)sizeof grant->endpoint ? 0 : NAVETTE_E_TOO_LARGE;
    }
    return 0;
}

int enrol_ask(const char *endpoint, const char *code, const struct keys *keys, int timeout_ms, struct enrol_grant *grant)
{
    uint8_t secret[ENROL_CODE_BYTES];
    uint8_t nonce[ENROL_NONCE_SIZE];
    struct enrol_claim claim;
    struct buffer request = {0};
    struct buffer answer = {0};
    int64_t deadline_ms = system_monotonic_ms() + timeout_ms;
    int rc = wire_socket_check_endpoint(endpoint);
    if (rc == 0)
        rc = enrol_code_read(code, secret);
    if (rc != 0)
        return rc;
    void *context = zmq_ctx_new();
    if (context == NULL)
        return NAVETTE_E_MEMORY;
    memcpy(claim.node, keys->node, NODE_ID_SIZE);
    memcpy(claim.curve_key, keys->curve_public, KEY_SIZE);
    memcpy(claim.sign_key, keys->sign_public, KEY_SIZE);
    system_random(nonce, sizeof nonce);
    rc = enrol_form_request(secret, &claim, nonce, &request);
    if (rc == 0)
        rc = exchange(context, endpoint, buffer_span(&request), deadline_ms, &answer);
    if (rc == 0)
        rc = enrol_form_read_reply(secret, nonce, buffer_span(&answer), grant);
    if (rc == 0)
        rc = fill_host(endpoint, grant);
    zmq_ctx_term(context);
    buffer_free(&request);
    buffer_free(&answer);
    sodium_memzero(secret, sizeof secret);
    return rc;
}
