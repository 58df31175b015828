/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/wire.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "io/wire_pack.h"
#include "io/wire_socket.h"
#include "navette/system.h"

#define RECONNECT_MS 1000 /* libzmq adds as much again at random, and doubles it */
#define RECONNECT_MAX_MS 60000
#define CONNECT_MS 20000 /* a packet filter that drops answers nothing: try again before the kernel's two minutes */
#define BROKEN_HANDSHAKES                                                                                                                  \
    3u /* that end without a word, in a row: one alone is a line that was cut; a hub with another key ends each one so */
#define MONITORED                                                                                                                          \
    (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |                               \
     ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_DISCONNECTED)

struct wire_node {
    void *context;
    void *socket;
    void *monitor;
    struct wire_packer *packer;
    struct wire_signal signal;
    struct wire_signal monitor_signal;
    zmq_msg_t payload; /* lent out until the next receive */
    int connected;
    unsigned broken;     /* handshakes that ended without a word, since one held */
    unsigned generation; /* of sockets: names the monitor's endpoint */
    uint64_t received;
    uint64_t sent;
    uint8_t curve_public[KEY_SIZE];
    uint8_t curve_secret[KEY_SIZE];
    uint8_t hub_key[KEY_SIZE];
    char endpoint[WIRE_ENDPOINT_BYTES];
};

static int set_up_socket(struct wire_node *wire)
{
    int rc = wire_socket_limit(wire->socket, LIMIT_FRAME_BYTES);
    if (rc == 0)
        rc = wire_socket_set(wire->socket, ZMQ_RECONNECT_IVL, RECONNECT_MS);
    if (rc == 0)
        rc = wire_socket_set(wire->socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS);
    if (rc == 0)
        rc = wire_socket_set(wire->socket, ZMQ_CONNECT_TIMEOUT, CONNECT_MS);
    if (rc == 0 && (zmq_setsockopt(wire->socket, ZMQ_CURVE_SERVERKEY, wire->hub_key, KEY_SIZE) != 0 ||
                    zmq_setsockopt(wire->socket, ZMQ_CURVE_PUBLICKEY, wire->curve_public, KEY_SIZE) != 0 ||
                    zmq_setsockopt(wire->socket, ZMQ_CURVE_SECRETKEY, wire->curve_secret, KEY_SIZE) != 0))
        rc = wire_socket_error("keys for", wire->endpoint);
    return rc;
}

static int set_up_monitor(struct wire_node *wire)
{
    char name[64];
    snprintf(name, sizeof name, "inproc://monitor-%u", wire->generation++);
    if (zmq_socket_monitor(wire->socket, name, MONITORED) != 0)
        return wire_socket_error("monitor", name);
    wire->monitor = zmq_socket(wire->context, ZMQ_PAIR);
    if (wire->monitor == NULL || zmq_connect(wire->monitor, name) != 0)
        return wire_socket_error("monitor", name);
    return wire_socket_set(wire->monitor, ZMQ_LINGER, 0);
}

static void close_sockets(struct wire_node *wire)
{
    wire_signal_close(&wire->signal);
    wire_signal_close(&wire->monitor_signal);
    if (wire->socket != NULL) {
        zmq_socket_monitor(wire->socket, NULL, 0);
        zmq_close(wire->socket);
    }
    if (wire->monitor != NULL)
        zmq_close(wire->monitor);
    wire->socket = NULL;
    wire->monitor = NULL;
    wire->connected = 0;
}

static int open_sockets(struct wire_node *wire)
{
    wire->socket = zmq_socket(wire->context, ZMQ_DEALER);
    if (wire->socket == NULL)
        return wire_socket_error("socket for", wire->endpoint);
    int rc = set_up_socket(wire);
    if (rc == 0)
        rc = set_up_monitor(wire);
    if (rc == 0)
        rc = wire_signal_open(&wire->signal, wire->socket);
    if (rc == 0)
        rc = wire_signal_open(&wire->monitor_signal, wire->monitor);
    if (rc == 0 && zmq_connect(wire->socket, wire->endpoint) != 0)
        rc = wire_socket_error("connect", wire->endpoint);
    if (rc != 0)
        close_sockets(wire);
    return rc;
}

int wire_node_open(const char *endpoint, const struct keys *keys, const uint8_t hub_key[KEY_SIZE], struct wire_node **wire)
{
    int rc = wire_socket_check_endpoint(endpoint);
    if (rc != 0)
        return rc;
    struct wire_node *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NAVETTE_E_MEMORY;
    strcpy(made->endpoint, endpoint);
    memcpy(made->curve_public, keys->curve_public, KEY_SIZE);
    memcpy(made->curve_secret, keys->curve_secret, KEY_SIZE);
    memcpy(made->hub_key, hub_key, KEY_SIZE);
    made->signal.poll = made->signal.event = -1;
    made->monitor_signal.poll = made->monitor_signal.event = -1;
    zmq_msg_init(&made->payload);
    made->packer = wire_packer_new();
    made->context = zmq_ctx_new();
    rc = made->packer == NULL || made->context == NULL ? NAVETTE_E_MEMORY : open_sockets(made);
    if (rc != 0) {
        wire_node_close(made);
        return rc;
    }
    *wire = made;
    return 0;
}

void wire_node_close(struct wire_node *wire)
{
    if (wire == NULL)
        return;
    close_sockets(wire);
    zmq_msg_close(&wire->payload);
    if (wire->context != NULL)
        zmq_ctx_term(wire->context);
    wire_packer_free(wire->packer);
    sodium_memzero(wire->curve_secret, KEY_SIZE);
    free(wire);
}

int wire_node_reopen(struct wire_node *wire)
{
    close_sockets(wire);
    return open_sockets(wire);
}

int wire_node_dial(struct wire_node *wire, const uint8_t hub_key[KEY_SIZE])
{
    if (memcmp(wire->hub_key, hub_key, KEY_SIZE) != 0)
        wire->broken = 0;
    memcpy(wire->hub_key, hub_key, KEY_SIZE);
    return wire_node_reopen(wire);
}

void wire_node_show(struct wire_node *wire, const struct keys *keys)
{
    memcpy(wire->curve_public, keys->curve_public, KEY_SIZE);
    memcpy(wire->curve_secret, keys->curve_secret, KEY_SIZE);
}

int wire_node_fd(const struct wire_node *wire)
{
    return wire->signal.poll;
}

int wire_node_monitor_fd(const struct wire_node *wire)
{
    return wire->monitor_signal.poll;
}

/* One event of the monitor: two frames, the first a u16 event and a u32 value in native order. 0: none waits. */
static uint16_t take_event(struct wire_node *wire)
{
    uint8_t first[6];
    char second[WIRE_ENDPOINT_BYTES];
    uint16_t event = 0;
    int len;
    if (wire->monitor == NULL)
        return 0;
    do
        len = zmq_recv(wire->monitor, first, sizeof first, ZMQ_DONTWAIT);
    while (len < 0 && zmq_errno() == EINTR);
    if (len < 0)
        return 0;
    if (len >= (int)sizeof event)
        memcpy(&event, first, sizeof event);
    int more = 0;
    size_t size = sizeof more;
    while (zmq_getsockopt(wire->monitor, ZMQ_RCVMORE, &more, &size) == 0 && more)
        if (zmq_recv(wire->monitor, second, sizeof second, ZMQ_DONTWAIT) < 0 && zmq_errno() != EINTR)
            break;
    return event;
}

enum wire_event wire_node_event(struct wire_node *wire)
{
    for (;;) {
        uint16_t event = take_event(wire);
        if (event == 0) {
            wire_signal_idle(&wire->monitor_signal);
            return WIRE_NOTHING;
        }
        wire_signal_check(&wire->monitor_signal, wire->monitor);
        int was_connected = wire->connected;
        wire->connected = event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
        switch (event) {
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
            wire->broken = 0;
            return WIRE_CONNECTED;
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
            return WIRE_REFUSED;
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            if (++wire->broken < BROKEN_HANDSHAKES)
                break;
            return WIRE_HUB_KEY;
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
            return WIRE_HUB_KEY;
        case ZMQ_EVENT_DISCONNECTED:
            if (was_connected)
                return WIRE_LOST;
            break;
        default:
            break;
        }
    }
}

int wire_node_receive(struct wire_node *wire, struct span *bytes)
{
    while (wire->socket != NULL) {
        if (zmq_msg_recv(&wire->payload, wire->socket, ZMQ_DONTWAIT) < 0) {
            if (zmq_errno() == EINTR)
                continue;
            if (zmq_errno() != EAGAIN)
                return wire_socket_error("receive from", wire->endpoint);
            break;
        }
        size_t len = zmq_msg_size(&wire->payload);
        wire->received += len;
        if (zmq_msg_more(&wire->payload) || len > LIMIT_FRAME_BYTES) {
            system_log(1, "wire", wire->endpoint, "a message in parts, or of %zu bytes, was dropped", len);
            continue;
        }
        *bytes = span_of(zmq_msg_data(&wire->payload), len);
        wire_signal_check(&wire->signal, wire->socket);
        return 0;
    }
    wire_signal_idle(&wire->signal);
    return NAVETTE_E_NOT_FOUND;
}

int wire_node_send(struct wire_node *wire, struct span frame)
{
    struct span packed;
    if (wire->socket == NULL)
        return NAVETTE_E_BUSY;
    int rc = wire_packer_pack(wire->packer, frame, &packed);
    if (rc != 0)
        return rc;
    while (zmq_send(wire->socket, packed.data, packed.len, ZMQ_DONTWAIT) < 0) {
        if (zmq_errno() == EINTR)
            continue;
        rc = zmq_errno() == EAGAIN ? NAVETTE_E_BUSY : wire_socket_error("send to", wire->endpoint);
        break;
    }
    wire_signal_check(&wire->signal, wire->socket);
    if (rc == 0)
        wire->sent += packed.len;
    return rc;
}

void wire_node_traffic(const struct wire_node *wire, uint64_t *received, uint64_t *sent)
{
    *received = wire->received;
    *sent = wire->sent;
}
