/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PROPOSAL_H
#define NODE_PROPOSAL_H

#include "navette/store.h"
#include "navette/thing.h"

/*
 * Documents that are gone from the library system's export: proposed for withdrawal, until a person withdraws them or says that they stay. Kept at this node
 * only (TABLE_LOCAL): what comes of it is an event like any other. One that a later export has again is forgotten here.
 */
enum proposal_state { PROPOSAL_OPEN = 1, PROPOSAL_STAYS = 2 };

struct proposal {
    struct thing_key key;
    enum proposal_state state;
    int64_t since_ms;
};

/* Is anything kept here at all? */
int proposal_any(struct store_txn *txn, int *any);
/* NAVETTE_E_NOT_FOUND. */
int proposal_read(struct store_txn *txn, const struct thing_key *key, struct proposal *proposal);
/* One that is to stay stays so. *added (may be NULL): 1 when it was not kept before. */
int proposal_add(struct store_txn *txn, const struct thing_key *key, int64_t now_ms, int *added);
int proposal_set(struct store_txn *txn, const struct proposal *proposal);
int proposal_forget(struct store_txn *txn, const struct thing_key *key); /* absent: 0 */

/* Those after a given key (len 0: from the first), at most `max`; the number or a negative code. */
int proposal_list(struct store_txn *txn, const struct thing_key *after, struct proposal *list, size_t max);

#endif
