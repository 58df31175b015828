/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_REKEYING_H
#define NODE_REKEYING_H

#include "node/request.h"

/*
 * New keys of this node, at its own disk: the next keys are written beside the present ones before the store says that they sign, and take their place once the hub has them. Killed anywhere in
 * between, it goes on where it was. Until a backup of the hub knows them the transport key before stays in `keys.before`, 0600, without the signing key: under it a hub that was put back from one of before is told of the change
 * again (node_rekey_kept()); then it is erased.
 */
#define REKEYING_DUE_MS INT64_C(31536000000) /* keys are to be changed once a year */

/* In office_open(), once keys, identity and node are there. NAVETTE_E_INVALID: the next keys are gone though the store says that they sign; logged. */
int rekeying_open(struct office *office);
void rekeying_close(struct office *office);
/* `rekey`: begins. */
int rekeying_run(struct office *office, const struct request *request, json_t **answer);
/* The keys before are those of the change that the store keeps; where it keeps none any more, as of a node that was replaced, there is no file either. */
void rekeying_look_before(struct office *office);
/* Called in every turn: changes over once the hub has the keys, and erases those before once a backup of it does. */
int rekeying_turn(struct office *office);
/* {"made", "due", "overdue", "changing", "backed_up"}, for `status`. */
json_t *rekeying_json(const struct office *office, const struct moment *moment, const char *tz);
/* 1: the keys are older than a year. */
int rekeying_is_due(const struct office *office, const struct moment *moment);

#endif
