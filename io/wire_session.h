/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_IO_WIRE_SESSION_H
#define NAVETTE_IO_WIRE_SESSION_H

#include <stdint.h>

#include "navette/limits.h"

/*
 * The hub's connections: ROUTER's routing id -> session number, never used twice while the process runs. A routing id that comes back under another key is another
 * session. The table is bounded: when it is full, or one key has WIRE_SESSIONS_A_KEY of it, the one heard of longest ago (of that key) makes room: its peer gets a new number
 * at its next frame. So nobody's connections push another's out.
 */
#define WIRE_ADDRESS_BYTES 46u /* of an IPv6 address as text */

struct wire_session {
    uint32_t routing;
    uint32_t next; /* in its bucket, or in the list of free places */
    uint64_t session;
    uint64_t heard; /* order of last use */
    uint8_t curve_key[KEY_SIZE];
    char address[WIRE_ADDRESS_BYTES]; /* "": not told */
};

#define WIRE_SESSIONS_MAX (2u * LIMIT_SESSIONS) /* connections that are being replaced count beside their successors */

#define WIRE_SESSIONS_A_KEY 8u /* a node has one, and old ones that TCP has not given up yet */

#define WIRE_SESSIONS_GONE 4096u /* more than what one turn of the hub takes in */

struct wire_sessions;

struct wire_sessions *wire_session_new(void); /* NULL: no memory */
void wire_session_free(struct wire_sessions *sessions);
/* The number of this connection, a new one when it has none. */
uint64_t wire_session_of(struct wire_sessions *sessions, uint32_t routing, const uint8_t curve_key[KEY_SIZE]);
/* Where it comes from, kept at its first frame. */
void wire_session_note(struct wire_sessions *sessions, uint64_t session, const char *address);
/* Whose it is or, of the last WIRE_SESSIONS_GONE that there are no more, was: what waits to be looked at is told of by name. 0: nobody known. */
int wire_session_key(const struct wire_sessions *sessions, uint64_t session, uint8_t curve_key[KEY_SIZE]);
/* NULL: no such session. Borrowed until the next call. */
const struct wire_session *wire_session_find(struct wire_sessions *sessions, uint64_t session);
void wire_session_forget(struct wire_sessions *sessions, uint64_t session);
void wire_session_forget_all(struct wire_sessions *sessions);

#endif
