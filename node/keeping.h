/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_KEEPING_H
#define NODE_KEEPING_H

#include "node/request.h"

/*
 * The keyring of a running node, kept as the events say: what was erased goes, what came wrapped is taken in, what others are to have is wrapped for them, what was theirs for a time ends. Erasing
 * needs no line and no hub; all the rest goes over frames of its own (WIRE.md 9), each of which may be lost and is said again.
 */
#define KEEPING_HELLO_MS 60000 /* the hub is asked what waits here this often, besides at each connection */
#define KEEPING_ANSWER_MS 5000 /* an answer that has not come by then is not awaited any more */
#define KEEPING_RETRY_MS 1000  /* what the hub did not take is offered again after so long, then twice as long... */
#define KEEPING_RETRY_MAX_MS 60000
#define KEEPING_LOOK_MS 200                 /* between two looks for what is to be offered */
#define KEEPING_KEYS_A_LOOK 256u            /* of these looked at in one turn */
#define KEEPING_COPY_MS INT64_C(2592000000) /* 30 days: as old as a copy of the keyring may be, and as long as a node may be silent */
#define KEEPING_RECOVER_MS 20000            /* a recovery that the hub does not go on with is given up */

/* In office_open(): a keyring that no node has run with for KEEPING_COPY_MS, a copy or that of a machine long off, opens nothing until all that the hub had erased up to KEEPING_COPY_MS ago is known here. */
void keeping_begin(struct office *office, int64_t wall_ms);
/* To be called in every turn of the daemon: 0 or a fatal code. *busy: 1 when it is to be called again at once. */
int keeping_turn(struct office *office, const struct moment *moment, int *busy);
/* Monotonic ms at which to call it at the latest. */
int64_t keeping_deadline(const struct office *office);
/* Obeys what the state says was erased; to be called after an erasure was recorded here too. Codes of keyring_save(): nothing was forgotten, it will be tried again. */
int keeping_obey(struct office *office, const struct moment *moment);
/* The answer to a recovery that has ended: NAVETTE_E_NOT_FOUND: none. */
int keeping_recovered(struct office *office, const struct moment *moment, uint64_t *client, json_t **answer);
/* {"keys": how many are here, "ends": of them those that are here for a time and know until when}, for `status`. */
json_t *keeping_json(const struct office *office);
/* Says that this node holds these keys no more. */
int keeping_confirm(struct office *office, const struct moment *moment, const uint8_t (*ids)[KEY_ID_SIZE], size_t count);

/* ---- keeping_wrap.c */
int keeping_take_frames(struct office *office, const struct moment *moment);
int keeping_offer(struct office *office, const struct moment *moment, int *busy);
int keeping_ask(struct office *office, const struct moment *moment);
/* Begins a recovery: asks for the first page. */
void keeping_ask_recovery(struct office *office, const struct moment *moment);

#endif
