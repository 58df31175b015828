/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DESK_H
#define NODE_DESK_H

#include "navette/hlc.h"
#include "navette/keys.h"
#include "navette/log.h"
#include "navette/node.h"
#include "node/moment.h"

/*
 * The desk: where a node's own events are made. Everything happens inside the caller's write transaction, so that any number of events
 * and what else belongs to them are committed together or not at all. The caller answers a person only after its commit.
 */
struct desk {
    const uint8_t *incarnation; /* borrowed: node_incarnation() */
    const struct keys *keys;    /* borrowed: seals full batches */
    struct hlc *clock;          /* borrowed: node_clock(), after node_load() */
    const struct node *node;    /* borrowed; NULL: nobody holds it */
};

#define DESK_BATCH_EVENTS                                                                                                                  \
    256u /* sealed then, though a batch may hold more: at 16 kbit/s such a one takes two seconds, and a cut costs no more than that */

/*
 * Records one event. The caller fills place, operator, operation and the body; the desk fills hlc, boot, boottime, clock and parents (the last
 * events known of each thing concerned, as the state of `txn` says: fold what is in the journal first). entry (may be NULL): see log_record().
 * Afterwards event->parents is empty again. NAVETTE_E_INVALID, NAVETTE_E_TOO_LARGE: nothing recorded; event_check_text() says why.
 * NAVETTE_E_REFUSED: another machine has this node's keys (node_is_cloned()). NAVETTE_E_FULL, NAVETTE_E_MEMORY, NAVETTE_E_STORE: abort.
 */
int desk_record(struct desk *desk, struct store_txn *txn, const struct moment *moment, Navette__Event *event, struct journal_entry *entry);

/* Seals the open batch and signs it. NAVETTE_E_NOT_FOUND: none is open. */
int desk_seal(struct desk *desk, struct store_txn *txn);

/*
 * Folds what the journal holds and the state does not, at most `max` entries. *left (may be NULL): how many remain. A state of another
 * schema is emptied and folded anew. 0 or a code of store.h.
 */
#define DESK_FOLD_ENTRIES 4096u /* of one transaction, while deltas come: keeps a person's scan from waiting long */
int desk_fold(struct store_txn *txn, uint64_t max, uint64_t *left);

#endif
