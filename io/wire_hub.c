/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "io/wire_pack.h"
#include "io/wire_session.h"
#include "io/wire_socket.h"
#include "io/wire_zap.h"
#include "navette/ref.h"
#include "navette/system.h"

#define ROUTING_SIZE 5u /* 0x00 and a number: what ROUTER gives to a peer that did not choose its own */
#define WIRE_DROPS 64u  /* messages that are not frames, thrown away in one call */

struct wire_hub {
    void *context;
    void *socket;
    struct wire_zap *zap;
    struct wire_sessions *sessions;
    struct wire_packer *packer;
    struct wire_signal signal;
    zmq_msg_t routing;
    zmq_msg_t payload; /* lent out until the next receive */
    uint64_t received;
    uint64_t sent;
    char endpoint[WIRE_ENDPOINT_BYTES];
};

static int set_up_socket(struct wire_hub *wire, const struct keys *keys)
{
    wire->socket = zmq_socket(wire->context, ZMQ_ROUTER);
    if (wire->socket == NULL)
        return wire_socket_error("socket", "ROUTER");
    int rc = wire_socket_limit(wire->socket, LIMIT_FRAME_BYTES);
    if (rc == 0)
        rc = wire_socket_set(wire->socket, ZMQ_ROUTER_MANDATORY, 1);
    if (rc == 0)
        rc = wire_socket_set(wire->socket, ZMQ_CURVE_SERVER, 1);
    if (rc == 0 && (zmq_setsockopt(wire->socket, ZMQ_CURVE_SECRETKEY, keys->curve_secret, KEY_SIZE) != 0 ||
                    zmq_setsockopt(wire->socket, ZMQ_ZAP_DOMAIN, "navette", 7) != 0))
        rc = wire_socket_error("keys", "ROUTER");
    return rc;
}

/* libzmq lets everybody in while there is no handler: first the guard, then the door. */
static int open_door(struct wire_hub *wire, const struct keys *keys, const char *endpoint)
{
    wire->context = zmq_ctx_new();
    int rc = wire->context == NULL ? NAVETTE_E_MEMORY : wire_zap_open(wire->context, &wire->zap);
    if (rc == 0)
        rc = set_up_socket(wire, keys);
    if (rc == 0)
        rc = wire_signal_open(&wire->signal, wire->socket);
    return rc == 0 ? wire_socket_bind(wire->socket, endpoint, wire->endpoint) : rc;
}

/* The door closes before the guard leaves. Once it returns the address is free. */
static void close_door(struct wire_hub *wire)
{
    wire_signal_close(&wire->signal);
    if (wire->socket != NULL)
        zmq_close(wire->socket);
    wire_zap_expect_end(wire->zap);
    if (wire->context != NULL)
        zmq_ctx_shutdown(wire->context);
    wire_zap_close(wire->zap);
    if (wire->context != NULL)
        zmq_ctx_term(wire->context);
    wire->socket = NULL;
    wire->zap = NULL;
    wire->context = NULL;
}

int wire_hub_open(const struct wire_options *options, struct wire_hub **wire)
{
    struct wire_hub *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NAVETTE_E_MEMORY;
    made->signal.poll = -1;
    made->signal.event = -1;
    zmq_msg_init(&made->routing);
    zmq_msg_init(&made->payload);
    made->sessions = wire_session_new();
    made->packer = wire_packer_new();
    int rc = made->sessions == NULL || made->packer == NULL ? NAVETTE_E_MEMORY : open_door(made, options->keys, options->endpoint);
    if (rc != 0) {
        wire_hub_close(made);
        return rc;
    }
    *wire = made;
    return 0;
}

int wire_hub_rekey(struct wire_hub *wire, const struct keys *keys)
{
    char endpoint[WIRE_ENDPOINT_BYTES];
    strcpy(endpoint, wire->endpoint);
    close_door(wire);
    wire_session_forget_all(wire->sessions);
    return open_door(wire, keys, endpoint);
}

void wire_hub_close(struct wire_hub *wire)
{
    if (wire == NULL)
        return;
    zmq_msg_close(&wire->routing);
    zmq_msg_close(&wire->payload);
    close_door(wire);
    wire_session_free(wire->sessions);
    wire_packer_free(wire->packer);
    free(wire);
}

const char *wire_hub_endpoint(const struct wire_hub *wire)
{
    return wire->endpoint;
}

int wire_hub_admit(struct wire_hub *wire, const uint8_t curve_key[KEY_SIZE])
{
    return wire_zap_admit(wire->zap, curve_key);
}

void wire_hub_refuse(struct wire_hub *wire, const uint8_t curve_key[KEY_SIZE])
{
    wire_zap_refuse(wire->zap, curve_key);
}

uint64_t wire_hub_refusals(const struct wire_hub *wire)
{
    return wire_zap_refusals(wire->zap);
}

int wire_hub_fd(const struct wire_hub *wire)
{
    return wire->signal.poll;
}

/* Takes one message into routing and payload. Its number of frames; 0: none waits; negative: an error. */
static int take(struct wire_hub *wire)
{
    int count = 0;
    int more = 1;
    zmq_msg_t spare;
    zmq_msg_init(&spare);
    while (more) {
        zmq_msg_t *part = count == 0 ? &wire->routing : count == 1 ? &wire->payload : &spare;
        if (zmq_msg_recv(part, wire->socket, ZMQ_DONTWAIT) < 0) {
            if (zmq_errno() == EINTR)
                continue;
            count = zmq_errno() == EAGAIN ? 0 : wire_socket_error("receive at", wire->endpoint);
            break;
        }
        count++;
        more = zmq_msg_more(part);
    }
    zmq_msg_close(&spare);
    return count;
}

/* Who sent what was taken. NAVETTE_E_REFUSED: it is to be dropped. */
static int identify(struct wire_hub *wire, uint64_t *session, uint8_t curve_key[KEY_SIZE])
{
    const char *peer = zmq_msg_gets(&wire->payload, "Peer-Address");
    const char *user = zmq_msg_gets(&wire->payload, "User-Id");
    if (user == NULL || hex_decode(user, curve_key, KEY_SIZE) != 0) {
        system_log(2, "wire", peer, "ALARM: a frame without an authenticated key was dropped");
        return NAVETTE_E_REFUSED;
    }
    const uint8_t *routing = zmq_msg_data(&wire->routing);
    if (zmq_msg_size(&wire->routing) != ROUTING_SIZE || routing[0] != 0) {
        system_log(1, "wire", peer, "a peer with a routing id of its own was not listened to");
        return NAVETTE_E_REFUSED;
    }
    *session = wire_session_of(wire->sessions, read_u32(routing + 1), curve_key);
    wire_session_note(wire->sessions, *session, peer);
    return 0;
}

int wire_hub_receive(struct wire_hub *wire, uint64_t *session, uint8_t curve_key[KEY_SIZE], struct span *bytes)
{
    /* A peer that only sends what is dropped has its turn like the others: NAVETTE_E_NOT_FOUND then, and the descriptor stays readable. */
    for (unsigned dropped = 0; dropped < WIRE_DROPS; dropped++) {
        int count = take(wire);
        if (count < 0)
            return count;
        if (count == 0) {
            wire_signal_idle(&wire->signal);
            return NAVETTE_E_NOT_FOUND;
        }
        size_t len = zmq_msg_size(&wire->payload);
        if (count != 2 || len > LIMIT_FRAME_BYTES) {
            system_log(1, "wire", zmq_msg_gets(&wire->payload, "Peer-Address"), "a message of %d parts, %zu bytes was dropped", count - 1,
                       len);
            continue;
        }
        wire->received += len;
        if (identify(wire, session, curve_key) != 0)
            continue;
        *bytes = span_of(zmq_msg_data(&wire->payload), len);
        wire_signal_check(&wire->signal, wire->socket);
        return 0;
    }
    wire_signal_check(&wire->signal, wire->socket);
    return NAVETTE_E_NOT_FOUND;
}

int wire_hub_send(struct wire_hub *wire, uint64_t session, struct span frame)
{
    const struct wire_session *place = wire_session_find(wire->sessions, session);
    if (place == NULL)
        return NAVETTE_E_CLOSED;
    struct span packed;
    int rc = wire_packer_pack(wire->packer, frame, &packed);
    if (rc != 0)
        return rc;
    uint8_t routing[ROUTING_SIZE] = {0};
    write_u32(routing + 1, place->routing);
    while (zmq_send(wire->socket, routing, sizeof routing, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0) {
        if (zmq_errno() == EINTR)
            continue;
        rc = zmq_errno() == EHOSTUNREACH ? NAVETTE_E_CLOSED
             : zmq_errno() == EAGAIN     ? NAVETTE_E_BUSY
                                         : wire_socket_error("send from", wire->endpoint);
        break;
    }
    /* MANDATORY judges the first frame only: once that went, the second follows or is lost with its peer. */
    while (rc == 0 && zmq_send(wire->socket, packed.data, packed.len, ZMQ_DONTWAIT) < 0)
        if (zmq_errno() != EINTR)
            rc = zmq_errno() == EAGAIN ? NAVETTE_E_BUSY : wire_socket_error("send from", wire->endpoint);
    wire_signal_check(&wire->signal, wire->socket);
    if (rc == NAVETTE_E_CLOSED)
        wire_session_forget(wire->sessions, session);
    if (rc == 0)
        wire->sent += packed.len;
    return rc;
}

int wire_hub_key(const struct wire_hub *wire, uint64_t session, uint8_t curve_key[KEY_SIZE])
{
    return wire_session_key(wire->sessions, session, curve_key) ? 0 : NAVETTE_E_NOT_FOUND;
}

const char *wire_hub_address(const struct wire_hub *wire, uint64_t session)
{
    const struct wire_session *place = wire_session_find(wire->sessions, session);
    return place == NULL ? "" : place->address;
}

void wire_hub_forget(struct wire_hub *wire, uint64_t session)
{
    wire_session_forget(wire->sessions, session);
}

void wire_hub_traffic(const struct wire_hub *wire, uint64_t *received, uint64_t *sent)
{
    *received = wire->received;
    *sent = wire->sent;
}
