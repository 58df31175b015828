/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_TRUSTING_H
#define NODE_TRUSTING_H

#include "node/request.h"

/*
 * Which keys of its hub this node trusts (hub_keys.h). It learns of new ones by HUB_KEYS in a session, with the answer to a stick, from a file, or, when the hub knows none of the keys that it
 * tries, by asking on the enrolment port: what it is told counts for its signatures, whoever carries it. One row of TABLE_LOCAL; the last keys stand in the identity too.
 */

/* In office_open(), once the identity is there. NAVETTE_E_STORE: damaged. */
int trusting_open(struct office *office);
void trusting_close(struct office *office);
/* The identity may be of another hub now, or of other keys: begins with those. */
void trusting_begin(struct office *office);

/* It was enrolled at this port, or its invitation names it. */
int trusting_enrolled(struct office *office, const char *endpoint);

/* A HUB_KEYS frame's keys. *changed: something was new, and is stored. NAVETTE_E_CHAIN: a key of theirs has another successor; logged. NAVETTE_E_FULL: nothing is taken. */
int trusting_take(struct office *office, const Navette__HubKeys *message, int *changed);
/* The same of frame bytes, which may be any. NAVETTE_E_INVALID: no HUB_KEYS. */
int trusting_take_frame(struct office *office, struct span bytes, int *changed);
/* ... of one that came in a session: taken, and the hub is told what is known now. */
int trusting_told(struct office *office, const Navette__HubKeys *message);

/* Called in every turn: looks at what WELCOME said, asks where nobody is let in. */
int trusting_turn(struct office *office, const struct moment *moment);
int64_t trusting_deadline(const struct office *office);

/* `hub-keys`: from a file. */
int trusting_run(struct office *office, const struct request *request, json_t **answer);
int trusting_is_waiting(const struct office *office); /* 1: the hub has announced keys that no session stood under yet */
/* {"changes", "seen", "waiting", "rival", "before_until"}, for `status`. */
json_t *trusting_json(const struct office *office, const char *tz);

#endif
