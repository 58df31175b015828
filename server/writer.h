/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_WRITER_H
#define NAVETTE_SERVER_WRITER_H

#include "navette/lmdb_store.h"
#include "server/overlay.h"

/* A thread that puts one step of the fold into the state store while the next step is folded over it. */
struct writer;

/* nice: of the thread, as setpriority(). NAVETTE_E_MEMORY, NAVETTE_E_SYSTEM. */
int writer_start(int nice, struct writer **writer);
void writer_stop(struct writer *writer); /* NULL is a no-op; after writer_wait() */

/* Begins to write: nothing else may be under way. Both are borrowed until writer_wait(); the overlay may be read meanwhile. */
void writer_give(struct writer *writer, struct lmdb_store *state, struct overlay *overlay);
/* Until what was given is on the disk: its code, as lmdb_commit(). 0 also when nothing is under way. */
int writer_wait(struct writer *writer);
int writer_is_busy(struct writer *writer);

/* The same in the calling thread. */
int writer_write(struct lmdb_store *state, struct overlay *overlay);

#endif
