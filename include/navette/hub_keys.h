/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_HUB_KEYS_H
#define NAVETTE_HUB_KEYS_H

#include "navette/rekey.h"

/*
 * The hub's public keys, as a node trusts them (proto/WIRE.md, "The hub's own keys"). The first ones came with its enrolment; each next pair is named by the one before, which signs it, and proves that
 * it is held. A key has one successor: whoever holds a key that was given up can name nothing more. The ones before the last are believed until the hub's time says so, and no longer than until the
 * last were seen: a hub that was put back from a backup of before still finds its nodes.
 */
#define HUB_KEYS_MAX (REKEY_PAST + 1u)
struct hub_key {
    uint8_t curve_key[KEY_SIZE];
    uint8_t sign_key[KEY_SIZE];
    int given_up; /* believed no more; known still, so that it has no second successor */
};
struct hub_keys {
    uint8_t hub[NODE_ID_SIZE];
    size_t count;
    size_t used;      /* of these, under which a session last stood, or is to be tried first */
    int seen;         /* 1: one stood under the last */
    int rival;        /* 1: somebody named another successor of a key that has one, and the hub has not changed its keys since */
    int64_t until_ms; /* hub time up to which those before the last are good; 0: not told yet */
    struct hub_key list[HUB_KEYS_MAX]; /* oldest first, each named by the one before; when there is no room the oldest goes */
};

void hub_keys_begin(struct hub_keys *keys, const uint8_t hub[NODE_ID_SIZE], const uint8_t curve_key[KEY_SIZE],
                    const uint8_t sign_key[KEY_SIZE]);
/* The last: what a stick is sealed to. Borrowed. */
const struct hub_key *hub_keys_last(const struct hub_keys *keys);
/*
 * The hub's next keys. 0: they are the last now. NAVETTE_E_EXISTS: known. NAVETTE_E_NOT_FOUND: the key that names them is not known here. NAVETTE_E_SIGNATURE: not signed by both, or of another hub.
 * NAVETTE_E_CHAIN: the key that names them has another successor, or is given up; `rival` stands.
 */
int hub_keys_take(struct hub_keys *keys, const struct rekey *rekey);
/*
 * A WELCOME came under this transport key, at this hub time; until_ms as it says. 1: something changed, and is to be kept; 0.
 */
int hub_keys_heard(struct hub_keys *keys, const uint8_t curve_key[KEY_SIZE], int64_t until_ms, int64_t hub_time_ms);
/* The transport keys to try, first the one that worked last, then the latest. `turn` from 0; NULL: no more. Borrowed. */
const uint8_t *hub_keys_dial(const struct hub_keys *keys, size_t turn);
/* The signing keys that are believed, the latest first. `turn` from 0; NULL: no more. Borrowed. */
const uint8_t *hub_keys_believed(const struct hub_keys *keys, size_t turn);

/* As a row: appended to `out`. NAVETTE_E_MEMORY; NAVETTE_E_STORE: not one. */
struct buffer;
int hub_keys_encode(const struct hub_keys *keys, struct buffer *out);
int hub_keys_decode(struct span bytes, struct hub_keys *keys);

#endif
