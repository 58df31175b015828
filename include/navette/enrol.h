/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_ENROL_H
#define NAVETTE_ENROL_H

#include "navette/keys.h"
#include "navette/rekey.h"
#include "navette.pb-c.h"

/*
 * Enrolment (proto/WIRE.md): the hub prints a code of 16 Crockford base32 characters (80 bits), single use, 24 h. On a port of its own, rate-limited, both sides send their public
 * keys with a MAC keyed from the code over both keys and nonces. Who does not hold the code learns nothing and changes nothing.
 */
#define ENROL_CODE_BYTES 10u
#define ENROL_CODE_TEXT 20u /* XXXX-XXXX-XXXX-XXXX and NUL */
#define ENROL_VALID_MS 86400000
#define ENROL_FILE_VALID_MS INT64_C(2592000000) /* of a code that goes by file, at most: a stick there and back takes weeks */
#define ENROL_PLACES 16u                        /* a node serves one place, a few guest places at most */

void enrol_code_make(char text[ENROL_CODE_TEXT]);
/* Accepts any case, hyphens, spaces, o/i/l. NAVETTE_E_INVALID. */
int enrol_code_read(const char *text, uint8_t code[ENROL_CODE_BYTES]);

/* What the hub tells a node that holds the code. */
struct enrol_grant {
    uint8_t hub[NODE_ID_SIZE];
    uint8_t hub_curve_key[KEY_SIZE];
    uint8_t hub_sign_key[KEY_SIZE];
    char endpoint[128]; /* of the main port; a hub that said "any address" is given the one that was dialled */
    size_t place_count;
    char places[ENROL_PLACES][LIMIT_PLACE_CODE + 1];
    Navette__Role role;
    Navette__Scope scope;
    int replaces; /* 1: the node takes this name, and its log continues that one (zeros: none was ever sent) */
    uint8_t node[NODE_ID_SIZE];
    uint8_t parent[INCARNATION_SIZE];
};

/* What a node says of itself. */
struct enrol_claim {
    uint8_t node[NODE_ID_SIZE];
    uint8_t curve_key[KEY_SIZE];
    uint8_t sign_key[KEY_SIZE];
};

/* ---- node side: one exchange, at most timeout_ms. 0; NAVETTE_E_REFUSED (unknown or used code: the hub proves nothing to such a caller), NAVETTE_E_CLOSED (no answer),
 * NAVETTE_E_SIGNATURE (who answered does not hold the code: not the hub), NAVETTE_E_BUSY (too many tries, wait a minute), NAVETTE_E_EXISTS (the code replaces a node whose keys these were: make
 * others and ask again), NAVETTE_E_AMBIGUOUS (the hub knows this name with other keys, or these keys under another name; the code was not used). */
int enrol_ask(const char *endpoint, const char *code, const struct keys *keys, int timeout_ms, struct enrol_grant *grant);

/*
 * A node that the main port lets in no more asks here how the hub's keys changed (HUB_KEYS_HELD); what comes is HUB_KEYS, and whoever sent it proves it by the signatures in it (hub_keys.h). Without
 * waiting: take is asked from time to time. NAVETTE_E_NOT_FOUND: nothing yet; else a frame's bytes, which may be any, are appended.
 */
struct enrol_inquiry;
int enrol_inquiry_open(const char *endpoint, const uint8_t known[KEY_SIZE], struct enrol_inquiry **inquiry);
void enrol_inquiry_close(struct enrol_inquiry *inquiry); /* NULL is a no-op */
int enrol_inquiry_take(struct enrol_inquiry *inquiry, struct buffer *frame);

/* ---- hub side: a socket of its own in the hub's loop */
struct enrol_port;
int enrol_port_open(const char *endpoint, struct enrol_port **port);
void enrol_port_close(struct enrol_port *port);
const char *enrol_port_endpoint(const struct enrol_port *port);
int enrol_port_fd(const struct enrol_port *port);

/* An invitation that is open. */
struct enrol_invitation {
    uint8_t code[ENROL_CODE_BYTES];
    int64_t expires_ms; /* Unix */
    size_t place_count;
    char places[ENROL_PLACES][LIMIT_PLACE_CODE + 1];
    Navette__Role role;
    Navette__Scope scope;
    int replaces; /* 1: whoever uses it becomes this node, with other keys than that one had */
    uint8_t node[NODE_ID_SIZE];
    uint8_t parent[INCARNATION_SIZE]; /* filled in for the answer */
};

/*
 * Takes one request if there is one (NAVETTE_E_NOT_FOUND: none), finds which of the open invitations its MAC was made with. On 0: *which is that invitation's index, *claim who asks;
 * the caller records the enrolment durably and then calls enrol_port_answer() or enrol_port_decline(), before the next take. (An answer can be lost: keep a used invitation with its
 * claim for a while, and answer the same claim again.) NAVETTE_E_REFUSED: no invitation fits; it was answered and logged. After 10 wrong tries of its address in a minute, or 200 of all,
 * the next are not looked at but answered "rate".
 */
int enrol_port_take(struct enrol_port *port, const struct enrol_invitation *open, size_t count, int64_t now_ms, size_t *which,
                    struct enrol_claim *claim);
int enrol_port_answer(struct enrol_port *port, const struct keys *hub, const char *main_endpoint,
                      const struct enrol_invitation *invitation);
/*
 * How the hub's own keys changed, oldest first, at most REKEY_PAST; over 1: its main port goes by the last of them. The port tells it by itself to whoever asks. Copied.
 */
void enrol_port_tell(struct enrol_port *port, const struct rekey *list, size_t count, int over);
/* reason: a short code for the node's log. Leaves the request of the last take without a grant (the enrolment could not be stored). */
int enrol_port_decline(struct enrol_port *port, const char *reason);

/*
 * ---- by file, where there is no line: the hub's invitation (an ENROL_REPLY that answers no question), and the node's claim (an ENROL_REQUEST), which goes with its first
 * stick. Both under the code, which is better not in the file. Append a frame, read one.
 */
int enrol_file_grant(const struct keys *hub, const char *main_endpoint, const struct enrol_invitation *invitation, struct buffer *frame);
/* NAVETTE_E_SIGNATURE: not made with this code. NAVETTE_E_INVALID: no code. */
int enrol_file_read(struct span frame, const char *code, struct enrol_grant *grant);
int enrol_file_claim(const struct keys *keys, const char *code, struct buffer *frame);
/* As enrol_port_take(): *which of the open invitations. NAVETTE_E_NOT_FOUND: none; NAVETTE_E_CLOSED: it has run out; NAVETTE_E_INVALID. */
int enrol_file_find(struct span frame, const struct enrol_invitation *open, size_t count, int64_t now_ms, size_t *which,
                    struct enrol_claim *claim);

#endif
