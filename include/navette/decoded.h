/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_DECODED_H
#define NAVETTE_DECODED_H

#include "navette/event.h"

/*
 * The events of a batch, decoded one after the other, and the first of them kept together with their bytes: who checks a batch decodes it, and who folds it need not do so again.
 */
struct decoded;

/* For so many events, of which no more are kept than fit into about `room` bytes of memory; 0: none are. NULL: no memory. */
struct decoded *decoded_new(size_t most, size_t room);
void decoded_free(struct decoded *decoded); /* NULL is a no-op */
/* Decodes the next one: what event_decode_in() makes of it; a malformed one is kept too. Good until decoded_free() when it is kept, until the next one when not. */
int decoded_add(struct decoded *decoded, struct span bytes, struct event *event);
void decoded_end(struct decoded *decoded); /* that was all: one that is not kept is let go; none is kept after it */
/* 1: number i (from 0) is kept and has these very bytes: *event and *rc are what decoded_add() made of it. 0: it is not, or has others. */
int decoded_get(const struct decoded *decoded, size_t i, struct span bytes, struct event *event, int *rc);
size_t decoded_count(const struct decoded *decoded); /* kept */
size_t decoded_size(const struct decoded *decoded);  /* bytes of memory that those take, about */

#endif
