/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_OWN_KEYS_H
#define NAVETTE_SERVER_OWN_KEYS_H

#include "server/home.h"

/*
 * The hub's own keys, at their stages (proto/WIRE.md, "The hub's own keys"):
 *
 *            keys.next written       announced in the log          the port goes over          all have gone over
 *   settled ------------------> made ------------------> announced ------------------> over -----------------> settled
 *      ^                         |                        (the next key signs, the       (keys.before still
 *      +-------------------------+                         port keeps its key)            opens sticks)
 *        killed, or not stored
 *
 * Two files are never both to be right: what the row in the journal says decides, and a kill between two writes leaves one stage or the other. `keys` is always what the main port goes by.
 */
#define OWN_KEYS_OVERLAP_MS                                                                                                                \
    INT64_C(2592000000)                      /* 30 days: as long as a relay may be silent, and as old as a backup may be that is put back */
#define OWN_KEYS_DUE_MS INT64_C(31536000000) /* keys are to be changed once a year */

enum own_keys_stage { OWN_KEYS_SETTLED, OWN_KEYS_ANNOUNCED, OWN_KEYS_OVER };

/* In home_open(), once the incarnation is known. NAVETTE_E_SIGNATURE: the keys that the hub's present log was signed with are gone; logged. */
int own_keys_open(struct home *home);
void own_keys_close(struct home *home);
enum own_keys_stage own_keys_stage(const struct home *home);
/* What the hub's own log is signed with now. Borrowed. */
const struct keys *own_keys_signer(const struct home *home);
/* The same for a journal that is put back with `keys` and, beside them, `next` (zeroed: none): where `next` was announced, what is said from then on lasts longer than the keys that are given up. */
const struct keys *own_keys_signer_at(struct store_txn *journal, const struct keys *keys, const struct keys *next);
/* Those to which a stick may be sealed. turn from 0; NULL: no more. Borrowed. */
const struct keys *own_keys_reader(const struct home *home, size_t turn);
/* A copy for another thread: to be wiped. */
void own_keys_copy(const struct home *home, struct keys *out);

/* New keys beside the present ones; nothing is said of them yet. NAVETTE_E_BUSY: some are announced already. */
int own_keys_make(struct home *home);
/* Writes the row of an announcement, in the transaction that records it; until_ms again when it is to end sooner. */
int own_keys_note(const struct home *home, struct store_txn *txn, const struct keys *announced, int64_t made_ms, int64_t until_ms);
/* That transaction was committed: the next keys sign from now on. */
void own_keys_announced(struct home *home, int64_t made_ms, int64_t until_ms);
/* The announced keys take the place of the present ones, which stay beside. */
int own_keys_change_over(struct home *home);
/* The journal leads to the present keys: next ones that it did not announce behind these go. */
int own_keys_settled(struct home *home);
/* Nobody needs the keys before any more. */
int own_keys_forget(struct home *home);

#endif
