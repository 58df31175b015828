/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_CARRY_H
#define NAVETTE_SERVER_CARRY_H

#include "navette/decoded.h"
#include "navette/fold.h"

/*
 * Carries events from where they were checked, and decoded for that, to the fold, as long as there is room: one thread puts in what has come into the journal, another takes it out.
 * What is not carried the fold decodes itself, so nothing is waited for.
 */
struct carry;

#define CARRY_BYTES ((size_t)96 << 20) /* of memory, besides the batches that are under way: more than a second of the fastest fold */
#define CARRY_BATCH_BYTES ((size_t)640 << 10) /* of one batch: a thousand usual events */

int carry_new(struct carry **carry);  /* NAVETTE_E_MEMORY */
void carry_free(struct carry *carry); /* NULL is a no-op */

/* ---- by the thread that puts in */

/* For the decoding of the next batch (decoded_new()); 0: nothing more is taken for now. */
size_t carry_room(struct carry *carry);
/* Events at positions from `first` on, later ones than all before, in a transaction that is open yet. `decoded` is taken over: let go at once when there is no room. NULL is a no-op. */
void carry_put(struct carry *carry, uint64_t first, struct decoded *decoded);
/* The transaction is over. stored: the fold may have what was put in since the last; else it is let go. */
void carry_settle(struct carry *carry, int stored);

/* ---- by the fold's thread */

/* Before a step: takes over what was put in, and lets go what lies before `from`. */
void carry_begin(struct carry *carry, uint64_t from);
/* Borrowed, until carry_free(). What it gives is let go when a later batch is asked for. */
struct fold_ahead *carry_fold(struct carry *carry);
/* During a step, by any thread: the first position from `position` on that is not carried; how many of `from` to `until` are not. */
uint64_t carry_past(const struct carry *carry, uint64_t position);
uint64_t carry_missing(const struct carry *carry, uint64_t from, uint64_t until);

#endif
