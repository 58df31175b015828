/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_OWN_ROOT_H
#define NAVETTE_SERVER_OWN_ROOT_H

#include "navette/hub.h"
#include "server/home.h"

/*
 * Which key the hub's journal was last signed with: a row beside it, so that other keys in the folder are noticed. Later ones, put beside a journal that a backup of before gave back, are this hub's all the same: what the row names
 * stays believed until the words that lead from it to them have come back from the nodes (struct hub_options, root_key), and through a restoration from a backup that was made before.
 */

/* Zeros: a version before wrote this journal, and its keys are taken for right. Codes of the store. */
int own_root_read(struct store_txn *journal, uint8_t root[KEY_SIZE]);
/* The same in a transaction of its own. */
int own_root_load(struct lmdb_store *journal, uint8_t root[KEY_SIZE]);
int own_root_note(struct store_txn *journal, const uint8_t sign_key[KEY_SIZE]);
/* Was the last batch of the hub's own log signed with a key that `hub` knows for its own? NAVETTE_E_SIGNATURE: with another; logged. Codes of the store. */
int own_root_check(const struct home *home, const struct hub *hub, struct store_txn *journal);
/* Once the journal leads to the keys that are here, the row names them. A full disk is no reason not to start. */
int own_root_settle(const struct home *home, const struct hub *hub);

#endif
