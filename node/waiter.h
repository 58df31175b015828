/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_WAITER_H
#define NODE_WAITER_H

#include "node/request.h"

/* Those who typed `navette sync --wait`: answered by the daemon's loop once the node is in step, or when their time is over. */

/* Nudges the link and takes note of who asked; without a wait, or when there is no room, *answer is given at once. */
int waiter_add(struct office *office, const struct request *request, json_t **answer);
/* The same for who waits for a comparison, which begins at once. */
int waiter_compare(struct office *office, const struct request *request, json_t **answer);
/* The next answer that is due, if there is one: *client and *answer. NAVETTE_E_NOT_FOUND: none. */
int waiter_next(struct office *office, const struct moment *moment, uint64_t *client, json_t **answer);
/* Monotonic ms of the first that ends; INT64_MAX: none. */
int64_t waiter_deadline(const struct office *office);

#endif
