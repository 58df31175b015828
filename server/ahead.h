/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_AHEAD_H
#define NAVETTE_SERVER_AHEAD_H

#include "navette/fold.h"
#include "navette/lmdb_store.h"

/*
 * A thread that reads the journal some entries ahead of the fold and decodes their events: the fold's own thread has enough to do with what they change. The fold compares the bytes
 * with those that it reads itself, and decodes what is not there: it never waits.
 */
struct ahead;

#define AHEAD_EVENTS 512u /* decoded and not folded, at most */
#define AHEAD_LEAST 1024u /* for so many or fewer no thread is started */

/*
 * From position `from` to `until`, both of them too. nice: of the thread, as setpriority(). journal: borrowed until ahead_stop(). carry (borrowed too): what it carries is left out, and taken from there.
 * *ahead NULL: the others are too few.
 * NAVETTE_E_MEMORY, NAVETTE_E_SYSTEM: the fold goes without.
 */
struct carry;
int ahead_start(int nice, struct lmdb_store *journal, struct carry *carry, uint64_t from, uint64_t until, struct ahead **ahead);
struct fold_ahead *ahead_fold(struct ahead *ahead); /* borrowed, until ahead_stop(); NULL of NULL */
void ahead_stop(struct ahead *ahead);               /* NULL is a no-op */

#endif
