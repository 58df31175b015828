/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_WAITING_H
#define FOLD_WAITING_H

#include "navette/fold.h"

/*
 * Folding a journal of which some bytes were given up (journal_stub.h). Most events need none of them: they come last in their histories. One that does is folded as far as that shows, and undone: it waits in
 * TABLE_ASIDE, as if it had not come, and what it needs is asked for. When that is here it comes again, at the end of the journal, as a late event does: the set is the same, so the state is.
 *
 * An event that comes last is never kept waiting for what its history shows of discrepancies, which no other replica sees in the digest: it is folded, and owes that: a row of TABLE_META, "owed", 0x00, position.
 *
 * What an event was undone for stands in that row, or in "lack", 0x00, position: it comes again once that is here, and nothing else is asked for; each time with one stub less, so it ends. Where nobody gives it
 * (journal_refuse()), this event waits, and no other for it.
 *
 * The schema may have changed, or a store been copied: then the fold begins at the first entry, and passes over stubs. Such a state is hollow (META_HOLLOW).
 */

/* fold_begin()'s part: may_miss, owed. NAVETTE_E_VERSION: hollow, and nothing is missing any more. */
int waiting_begin(struct fold *fold);
/* fold_next() where may_miss. */
int waiting_next(struct fold *fold);
/* Of the event at `position`, which waits: why what it lacks does not come. WANT_NOT_REFUSED: it is asked for. Codes of the store. */
int waiting_lost(struct store_txn *state, struct store_txn *journal, uint64_t position, enum want_refusal *why);

#endif
