/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "io/enrol_form.h"
#include "io/enrol_rate.h"
#include "io/wire_socket.h"
#include "navette/enrol.h"
#include "navette/frame.h"
#include "navette/pace.h"
#include "navette/system.h"

#define ROUTING_MAX 256u

#define ASK_EVERY_MS 20
#define ASKS_AT_ONCE 200

struct enrol_port {
    void *context;
    void *socket;
    struct wire_signal signal;
    struct enrol_rate rate;
    int64_t asks_paid_ms; /* up to when questions for the hub's keys have used up their time */
    int pending;          /* a request was taken and waits for enrol_port_answer() or _decline() */
    uint8_t routing[ROUTING_MAX];
    size_t routing_len;
    uint8_t nonce[ENROL_NONCE_SIZE];
    char endpoint[WIRE_ENDPOINT_BYTES];
    struct rekey changes[REKEY_PAST]; /* of the hub's own keys */
    size_t change_count;
    int over;
};

int enrol_port_open(const char *endpoint, struct enrol_port **port)
{
    struct enrol_port *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NAVETTE_E_MEMORY;
    made->signal.poll = made->signal.event = -1;
    made->context = zmq_ctx_new();
    made->socket = made->context == NULL ? NULL : zmq_socket(made->context, ZMQ_ROUTER);
    int rc = made->socket == NULL ? wire_socket_error("socket for", endpoint) : wire_socket_limit(made->socket, ENROL_FRAME_BYTES);
    if (rc == 0)
        rc = wire_socket_set(made->socket, ZMQ_ROUTER_MANDATORY, 1);
    if (rc == 0)
        rc = wire_signal_open(&made->signal, made->socket);
    if (rc == 0)
        rc = wire_socket_bind(made->socket, endpoint, made->endpoint);
    if (rc != 0) {
        enrol_port_close(made);
        return rc;
    }
    *port = made;
    return 0;
}

void enrol_port_close(struct enrol_port *port)
{
    if (port == NULL)
        return;
    wire_signal_close(&port->signal);
    if (port->socket != NULL)
        zmq_close(port->socket);
    if (port->context != NULL)
        zmq_ctx_term(port->context);
    free(port);
}

const char *enrol_port_endpoint(const struct enrol_port *port)
{
    return port->endpoint;
}

int enrol_port_fd(const struct enrol_port *port)
{
    return port->signal.poll;
}

/* The asker may have gone: then it asks again. */
static int send_reply(struct enrol_port *port, const struct buffer *out)
{
    int rc = 0;
    port->pending = 0;
    if (zmq_send(port->socket, port->routing, port->routing_len, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0 ||
        zmq_send(port->socket, out->data, out->len, ZMQ_DONTWAIT) < 0)
        rc = NAVETTE_E_CLOSED;
    wire_signal_check(&port->signal, port->socket);
    return rc;
}

static int refuse(struct enrol_port *port, const char *reason)
{
    Navette__EnrolReply message = NAVETTE__ENROL_REPLY__INIT;
    struct buffer out = {0};
    message.refused = (char *)(uintptr_t)reason;
    port->pending = 0;
    int rc = frame_encode(FRAME_ENROL_REPLY, &message.base, &out);
    if (rc == 0)
        rc = send_reply(port, &out);
    buffer_free(&out);
    return rc;
}

void enrol_port_tell(struct enrol_port *port, const struct rekey *list, size_t count, int over)
{
    assert(count <= REKEY_PAST);
    if (count > 0)
        memcpy(port->changes, list, count * sizeof *list);
    port->change_count = count;
    port->over = over;
}

/* What came behind the key that is known; nothing, to who knows one that this hub never had. */
static int tell(struct enrol_port *port, const Navette__HubKeysHeld *held)
{
    Navette__HubKeys message = NAVETTE__HUB_KEYS__INIT;
    Navette__Rekey keys[LIMIT_HUB_KEYS];
    Navette__Rekey *list[LIMIT_HUB_KEYS];
    struct buffer out = {0};
    size_t from = 0;

    while (from < port->change_count && memcmp(port->changes[from].previous, held->sign_key.data, KEY_SIZE) != 0)
        from++;
    for (size_t i = from; i < port->change_count && message.n_keys < LIMIT_HUB_KEYS; i++) {
        list[message.n_keys] = &keys[message.n_keys];
        rekey_fill(&port->changes[i], list[message.n_keys++]);
    }
    message.keys = list;
    message.over = port->over && message.n_keys > 0 && from + message.n_keys == port->change_count;
    int rc = frame_encode(FRAME_HUB_KEYS, &message.base, &out);
    if (rc == 0)
        rc = send_reply(port, &out);
    buffer_free(&out);
    return rc;
}

/* Takes one message: its routing id and its only other frame. NAVETTE_E_NOT_FOUND: none. NAVETTE_E_INVALID: not of that form. */
static int take(struct enrol_port *port, zmq_msg_t *payload)
{
    int len;
    do
        len = zmq_recv(port->socket, port->routing, sizeof port->routing, ZMQ_DONTWAIT);
    while (len < 0 && zmq_errno() == EINTR);
    if (len < 0) {
        wire_signal_idle(&port->signal);
        return zmq_errno() == EAGAIN ? NAVETTE_E_NOT_FOUND : wire_socket_error("receive at", port->endpoint);
    }
    port->routing_len = (size_t)len;
    int parts = 0;
    int more = 1;
    while (more) {
        if (zmq_msg_recv(payload, port->socket, ZMQ_DONTWAIT) < 0) {
            if (zmq_errno() == EINTR)
                continue;
            break;
        }
        parts++;
        more = zmq_msg_more(payload);
    }
    wire_signal_check(&port->signal, port->socket);
    return parts == 1 && port->routing_len <= sizeof port->routing ? 0 : NAVETTE_E_INVALID;
}

int enrol_form_read_request(const Navette__EnrolRequest *request, struct enrol_claim *claim, uint8_t nonce[ENROL_NONCE_SIZE],
                            uint8_t mac[ENROL_MAC_SIZE])
{
    if (request->node.len != NODE_ID_SIZE || request->curve_key.len != KEY_SIZE || request->sign_key.len != KEY_SIZE ||
        request->nonce.len != ENROL_NONCE_SIZE || request->mac.len != ENROL_MAC_SIZE)
        return NAVETTE_E_INVALID;
    memcpy(claim->node, request->node.data, NODE_ID_SIZE);
    memcpy(claim->curve_key, request->curve_key.data, KEY_SIZE);
    memcpy(claim->sign_key, request->sign_key.data, KEY_SIZE);
    memcpy(nonce, request->nonce.data, ENROL_NONCE_SIZE);
    memcpy(mac, request->mac.data, ENROL_MAC_SIZE);
    return 0;
}

int enrol_form_find(const struct enrol_invitation *open, size_t count, int64_t now_ms, const struct enrol_claim *claim,
                    const uint8_t nonce[ENROL_NONCE_SIZE], const uint8_t mac[ENROL_MAC_SIZE], size_t *which)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t expected[ENROL_MAC_SIZE];
        enrol_mac_request(open[i].code, claim, nonce, expected);
        if (!enrol_mac_equal(expected, mac))
            continue;
        *which = i;
        return now_ms < open[i].expires_ms ? 0 : NAVETTE_E_CLOSED;
    }
    return NAVETTE_E_NOT_FOUND;
}

/* No secret is needed to ask for the hub's keys: 50 answers a second, for all together; who gets none asks again. */
static int may_ask(struct enrol_port *port, int64_t now_ms)
{
    if (pace_from_ms(port->asks_paid_ms, now_ms, ASKS_AT_ONCE, ASK_EVERY_MS) > now_ms)
        return 0;
    port->asks_paid_ms = pace_pay(port->asks_paid_ms, now_ms, ASKS_AT_ONCE, ASK_EVERY_MS);
    return 1;
}

int enrol_port_take(struct enrol_port *port, const struct enrol_invitation *open, size_t count, int64_t now_ms, size_t *which,
                    struct enrol_claim *claim)
{
    zmq_msg_t payload;
    zmq_msg_init(&payload);
    int rc = take(port, &payload);
    if (rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_SYSTEM) {
        zmq_msg_close(&payload);
        return rc;
    }
    const char *address = zmq_msg_gets(&payload, "Peer-Address");
    struct frame frame = {0};
    uint8_t mac[ENROL_MAC_SIZE];
    int first;
    if (rc == 0)
        rc = frame_decode(span_of(zmq_msg_data(&payload), zmq_msg_size(&payload)), &frame);
    /* Wrong codes shut nobody out who asks how the hub's keys changed. */
    if (rc == 0 && frame.type == FRAME_HUB_KEYS_HELD) {
        if (may_ask(port, now_ms))
            (void)tell(port, (const Navette__HubKeysHeld *)frame.message);
        rc = NAVETTE_E_REFUSED;
        goto done;
    }
    if (enrol_rate_is_over(&port->rate, address, now_ms, &first)) {
        /* Anybody can come here: one line a minute, not one a try. */
        if (first)
            system_log(1, "enrol", address, "more than %u wrong tries in a minute, or %u of all together: not looked at",
                       ENROL_RATE_ADDRESS, ENROL_RATE_ALL);
        (void)refuse(port, "rate");
        rc = NAVETTE_E_REFUSED;
        goto done;
    }
    if (rc == 0)
        rc = frame.type == FRAME_ENROL_REQUEST
                 ? enrol_form_read_request((const Navette__EnrolRequest *)frame.message, claim, port->nonce, mac)
                 : NAVETTE_E_INVALID;
    if (rc != 0) {
        system_log(1, "enrol", address, "not an enrolment request: dropped");
        enrol_rate_wrong(&port->rate, address, now_ms);
        rc = NAVETTE_E_REFUSED;
        goto done;
    }
    rc = enrol_form_find(open, count, now_ms, claim, port->nonce, mac, which);
    if (rc != 0) {
        system_log(1, "enrol", address,
                   rc == NAVETTE_E_CLOSED ? "a code that has expired: refused" : "no open invitation has that code: refused");
        (void)refuse(port, rc == NAVETTE_E_CLOSED ? "expired" : "unknown");
        enrol_rate_wrong(&port->rate, address, now_ms);
        rc = NAVETTE_E_REFUSED;
        goto done;
    }
    port->pending = 1;
done:
    frame_free(&frame);
    zmq_msg_close(&payload);
    return rc;
}

int enrol_form_reply(const struct keys *hub, const char *main_endpoint, const struct enrol_invitation *invitation,
                     const uint8_t request_nonce[ENROL_NONCE_SIZE], struct buffer *out)
{
    struct enrol_grant grant = {0};
    uint8_t nonce[ENROL_NONCE_SIZE];
    uint8_t mac[ENROL_MAC_SIZE];
    char *places[ENROL_PLACES];
    if (strlen(main_endpoint) >= sizeof grant.endpoint || invitation->place_count > ENROL_PLACES)
        return NAVETTE_E_TOO_LARGE;
    memcpy(grant.hub, hub->node, NODE_ID_SIZE);
    memcpy(grant.hub_curve_key, hub->curve_public, KEY_SIZE);
    memcpy(grant.hub_sign_key, hub->sign_public, KEY_SIZE);
    strcpy(grant.endpoint, main_endpoint);
    grant.place_count = invitation->place_count;
    memcpy(grant.places, invitation->places, sizeof grant.places);
    grant.role = invitation->role;
    grant.scope = invitation->scope;
    grant.replaces = invitation->replaces;
    memcpy(grant.node, invitation->node, NODE_ID_SIZE);
    memcpy(grant.parent, invitation->parent, INCARNATION_SIZE);
    system_random(nonce, sizeof nonce);
    enrol_mac_reply(invitation->code, request_nonce, nonce, &grant, mac);

    Navette__EnrolReply message = NAVETTE__ENROL_REPLY__INIT;
    message.hub = (ProtobufCBinaryData){NODE_ID_SIZE, grant.hub};
    message.curve_key = (ProtobufCBinaryData){KEY_SIZE, grant.hub_curve_key};
    message.sign_key = (ProtobufCBinaryData){KEY_SIZE, grant.hub_sign_key};
    message.nonce = (ProtobufCBinaryData){sizeof nonce, nonce};
    message.mac = (ProtobufCBinaryData){sizeof mac, mac};
    message.endpoint = grant.endpoint;
    for (size_t i = 0; i < grant.place_count; i++)
        places[i] = grant.places[i];
    message.places = places;
    message.n_places = grant.place_count;
    if (grant.replaces) {
        message.node = (ProtobufCBinaryData){NODE_ID_SIZE, grant.node};
        message.parent = (ProtobufCBinaryData){INCARNATION_SIZE, grant.parent};
    }
    message.role = grant.role;
    message.scope = grant.scope;
    return frame_encode(FRAME_ENROL_REPLY, &message.base, out);
}

int enrol_port_answer(struct enrol_port *port, const struct keys *hub, const char *main_endpoint, const struct enrol_invitation *invitation)
{
    assert(port->pending);
    struct buffer out = {0};
    int rc = enrol_form_reply(hub, main_endpoint, invitation, port->nonce, &out);
    if (rc == NAVETTE_E_TOO_LARGE)
        (void)refuse(port, "hub");
    else if (rc == 0)
        rc = send_reply(port, &out);
    buffer_free(&out);
    return rc;
}

int enrol_port_decline(struct enrol_port *port, const char *reason)
{
    assert(port->pending);
    return refuse(port, reason);
}
