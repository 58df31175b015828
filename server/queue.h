/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_QUEUE_H
#define NAVETTE_SERVER_QUEUE_H

#include <jansson.h>
#include <stdint.h>

#include "navette/error.h"

/*
 * JSON objects handed from one thread to another, in order, with a descriptor that wakes the taker. Bounded: what asks too much is told to
 * come back.
 */
struct queue;

#define QUEUE_LENGTH 256u /* four for each client the control socket may have */

int queue_new(struct queue **queue);  /* NAVETTE_E_MEMORY, NAVETTE_E_SYSTEM */
void queue_free(struct queue *queue); /* NULL is a no-op; what is left in it is dropped */

/* Takes the reference to `body`, also on failure. NAVETTE_E_BUSY when full. */
int queue_put(struct queue *queue, uint64_t client, json_t *body);
/* The caller owns *body. NAVETTE_E_NOT_FOUND when empty: the descriptor is then quiet until the next put. */
int queue_take(struct queue *queue, uint64_t *client, json_t **body);

int queue_fd(const struct queue *queue); /* readable while something waits */

#endif
