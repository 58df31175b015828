/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_WIRE_H
#define NAVETTE_WIRE_H

#include "navette/keys.h"
#include "navette/span.h"

/*
 * ZeroMQ: one ROUTER at the hub, one DEALER a node, CURVE, with the options and traps of the design (MANDATORY, DONTWAIT, no fixed routing ids, HWM 64, MAXMSGSIZE,
 * handshake and heartbeat intervals, IMMEDIATE, LINGER 0). Frames are single messages. Bodies over 512 bytes are compressed with zstd on the way out.
 */

/* ------------------------------------------------------------------------------------------------ hub side */

struct wire_hub;

/* The keys that ZAP admits: an in-memory table shared with ZAP's thread, guarded by a lock. */
struct wire_options {
    const char *endpoint; /* "tcp://0.0.0.0:7443"; port 0 or * = any, see wire_hub_endpoint() */
    const struct keys *keys;
};

/* ZAP's thread answers before anything is bound; if it ever ends, the process exits. NAVETTE_E_BUSY: address in use. NAVETTE_E_INVALID: bad endpoint. */
int wire_hub_open(const struct wire_options *options, struct wire_hub **wire);
void wire_hub_close(struct wire_hub *wire);
/* Closes the door and opens it again, on the same address, under these keys: every connection ends, nobody is admitted yet. As wire_hub_open(); after a failure only to be closed. */
int wire_hub_rekey(struct wire_hub *wire, const struct keys *keys);
const char *wire_hub_endpoint(const struct wire_hub *wire); /* with the real port */

int wire_hub_admit(struct wire_hub *wire, const uint8_t curve_key[KEY_SIZE]);
void wire_hub_refuse(struct wire_hub *wire, const uint8_t curve_key[KEY_SIZE]);
uint64_t wire_hub_refusals(const struct wire_hub *wire); /* handshakes refused so far */

/* Descriptor for poll(), readable until a receive has answered NAVETTE_E_NOT_FOUND (ZeroMQ's own would lose messages to whoever stops before, or sends). */
int wire_hub_fd(const struct wire_hub *wire);
/*
 * Takes one frame if there is one: `session` is this connection's number (never used twice while this process runs), `curve_key` the authenticated key, from the payload
 * frame's User-Id. bytes are valid until the next call. NAVETTE_E_NOT_FOUND: none now. A frame without User-Id is dropped and logged as an alarm.
 */
int wire_hub_receive(struct wire_hub *wire, uint64_t *session, uint8_t curve_key[KEY_SIZE], struct span *bytes);
/* NAVETTE_E_CLOSED: the peer has gone. NAVETTE_E_BUSY: its queue is full (drop the session: it will come back and resume). NAVETTE_E_TOO_LARGE. */
int wire_hub_send(struct wire_hub *wire, uint64_t session, struct span frame);
/* Who speaks on this session. NAVETTE_E_NOT_FOUND. */
int wire_hub_key(const struct wire_hub *wire, uint64_t session, uint8_t curve_key[KEY_SIZE]);
/* Where it comes from; "" when it is not known, or no more. Borrowed until the next receive. */
const char *wire_hub_address(const struct wire_hub *wire, uint64_t session);
void wire_hub_forget(struct wire_hub *wire, uint64_t session);
/* Bytes received and sent so far, as frames (before CURVE and TCP). */
void wire_hub_traffic(const struct wire_hub *wire, uint64_t *received, uint64_t *sent);

/* ----------------------------------------------------------------------------------------------- node side */

struct wire_node;

/* hub_key: the hub's CURVE key, from enrolment. Connecting goes on in the background, 1 to 60 s between tries with jitter. */
int wire_node_open(const char *endpoint, const struct keys *keys, const uint8_t hub_key[KEY_SIZE], struct wire_node **wire);
void wire_node_close(struct wire_node *wire);
/* Throws the socket away and makes a new one: after a refusal, or WIRE_HUB_KEY, a DEALER may never try again by itself. */
int wire_node_reopen(struct wire_node *wire);
/* The same, and it expects the hub to have this key. */
int wire_node_dial(struct wire_node *wire, const uint8_t hub_key[KEY_SIZE]);
/* From the next dial on, the transport key that it shows: copied. */
void wire_node_show(struct wire_node *wire, const struct keys *keys);

enum wire_event {
    WIRE_NOTHING,
    WIRE_CONNECTED, /* handshake succeeded */
    WIRE_LOST,
    WIRE_REFUSED, /* the hub does not admit this key */
    WIRE_HUB_KEY  /* the handshake failed otherwise: wrong hub key or not a hub */
};
/* Two descriptors for poll(): the DEALER's and its monitor's, readable until nothing is left to receive. wire_node_reopen() gives others. */
int wire_node_fd(const struct wire_node *wire);
int wire_node_monitor_fd(const struct wire_node *wire);
enum wire_event wire_node_event(struct wire_node *wire);
int wire_node_receive(struct wire_node *wire, struct span *bytes); /* as wire_hub_receive() */
int wire_node_send(struct wire_node *wire, struct span frame);     /* NAVETTE_E_BUSY: not now */
void wire_node_traffic(const struct wire_node *wire, uint64_t *received, uint64_t *sent);

/* Packs a frame for the road: compresses the body where that helps. Appends to out. */
int wire_pack(struct span frame, struct buffer *out);

#endif
