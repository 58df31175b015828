/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_STACK_H
#define NAVETTE_SERVER_STACK_H

#include "navette/lmdb_store.h"
#include "server/overlay.h"

/*
 * What is folded and not on the disk yet: the steps of the fold, each an overlay that nobody writes any more, the oldest first, over the state store. The fold's thread puts one on top and
 * goes on; a thread of its own (writer.h) takes those that are there, merges them into one transaction and takes them away. Whoever reads sees the store through all of them, so that nobody
 * waits for the disk, and the further the disk is behind, the more changes each of its pages is written for.
 *
 * Safe for all threads; one of them puts steps on top, one writes.
 */
struct stack;

/* Put on top and not written: the next one waits. So much is folded again after a power cut, at most. */
#define STACK_STEPS (2u * STACK_WRITTEN)
#define STACK_BYTES 167772160u /* 160 MiB */
/* Written at once: meanwhile there is room for as many more, as long as all of them hold no more than STACK_BYTES. */
#define STACK_WRITTEN OVERLAY_FLUSHED

/* failed: called by the writer's thread when it could not write, with nothing locked. NAVETTE_E_MEMORY. */
int stack_new(void (*failed)(void *context), void *context, struct stack **stack);
void stack_free(struct stack *stack); /* no reader, no writer; what is not written is forgotten. NULL is a no-op */

/* The store that lies below, NULL: none. Nothing is on top of the one before (stack_drop()), and nobody reads it. */
void stack_stand_on(struct stack *stack, struct lmdb_store *state);

/* ---- the fold */

/* More than half of the steps that there may be: the disk is behind, and the next one should be larger. */
int stack_is_deep(struct stack *stack);
/* An overlay to fold the next step into, and what lies below it, to be ended with stack_read_end(). NAVETTE_E_MEMORY, codes of lmdb_read_begin(). */
int stack_begin_step(struct stack *stack, struct overlay **step, struct store_txn **below);
/* Ends it. keep 1: it is on top from now on, once there is room; 0: as if it had not been. The code of the write that failed, when there will be no room for it. */
int stack_end_step(struct stack *stack, struct overlay *step, struct store_txn *below, int keep);
int stack_drain(struct stack *stack);  /* waits until all is written: 0, or the code of the write that failed */
int stack_failed(struct stack *stack); /* the code of the write that failed, and that nothing is written after; else 0 */
void stack_again(struct stack *stack); /* after a failure: to be tried again */
/* Forgets what is not written, and a failure; waits for what is being written. Who reads goes on with what there was. */
void stack_drop(struct stack *stack);
void stack_trim(struct stack *stack); /* gives back memory kept for the next steps */

/* ---- readers */

/* A transaction that only reads, for the calling thread. NAVETTE_E_NOT_FOUND: no store; NAVETTE_E_MEMORY, codes of lmdb_read_begin(). */
int stack_read_begin(struct stack *stack, struct store_txn **txn);
void stack_read_end(struct stack *stack, struct store_txn *txn);

/* ---- the writer */

/* Waits for steps: how many, the oldest first, and the store they are for; 0: stop. They stay as they are until stack_wrote(). */
size_t stack_next(struct stack *stack, struct overlay *steps[STACK_WRITTEN], struct lmdb_store **state);
void stack_wrote(struct stack *stack, size_t count, int rc);
void stack_stop(struct stack *stack); /* stack_next() answers 0 from now on */

#endif
