/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_WRITER_H
#define NAVETTE_SERVER_WRITER_H

#include "server/stack.h"

/* The thread that puts the steps of the fold into the state store, all that are there in one transaction. */
struct writer;

/* nice: of the thread, as setpriority(). stack: borrowed until writer_stop(). NAVETTE_E_MEMORY, NAVETTE_E_SYSTEM. */
int writer_start(int nice, struct stack *stack, struct writer **writer);
void writer_stop(struct writer *writer); /* NULL is a no-op; ends what is being written and leaves the rest */

/* The same in the calling thread: the oldest first. */
int writer_write(struct lmdb_store *state, struct overlay *const *steps, size_t count);

#endif
