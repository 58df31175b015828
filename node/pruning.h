/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PRUNING_H
#define NODE_PRUNING_H

#include "node/request.h"

/*
 * Pruning (navette/node.h) as this machine does it: once a day, or as often as what is kept is long, in slices of one commit each second, while nobody waits for anything. And what was pruned and is wanted again.
 */

/* The message that tells it ("prune-..."); "" when nothing bars it. */
const char *pruning_bar(enum node_prune_bar bar);

/* A slice, if one is due. Codes of store.h; a full disk is waited for. */
int pruning_turn(struct office *office);
/* Monotonic ms; INT64_MAX: never. */
int64_t pruning_deadline(const struct office *office);
/* One slice now (dry: looked at only, from *next on). */
int pruning_slice(struct office *office, int dry, uint64_t *next, struct node_pruning *done);

/*
 * A request needs bytes that were given up at journal position `missed` (0: not known where): they are asked for at once, also what could not be given a while ago, and the answer says so; or that nobody gives them, and
 * why.
 */
int pruning_ask(struct office *office, const struct request *request, uint64_t missed, json_t **answer);

/* {"entries", "bytes", "since", "waiting", "hollow", "bar", "refused", "refusals", "text", "next"}, for `status`; null when nothing is pruned and nothing waits. */
json_t *pruning_json(const struct office *office, const struct request *request, struct store_txn *txn, const char *tz);

#endif
