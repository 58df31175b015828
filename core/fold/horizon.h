/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_HORIZON_H
#define FOLD_HORIZON_H

#include "navette/event.h"
#include "navette/journal.h"
#include "navette/store.h"

/*
 * What the fold may see: the journal up to a position, and what the state keeps of corrections. The set of FOLD.md 1 is the entries up to
 * `limit`; a reference to a later one points to nothing yet.
 */
struct horizon {
    struct store_txn *state;
    struct store_txn *journal;
    uint64_t limit;
    uint64_t retractions; /* rows of TABLE_RETRACT: none, and nothing is absent */
    uint64_t corrections; /* rows of TABLE_CLOCK: none, and every time is as written */
    int partial;          /* 1: the state was folded further than `limit`; its records, counters and chosen offsets are not those of then */
    int amended;          /* partial, and a retraction, refusal or clock correction came later: any history may have read otherwise then */
    int kept;             /* a history leaves out what was given up (journal_stub.h) instead of answering NAVETTE_E_PRUNED */
};

/* As the state has it: its cursor and its counts. */
int horizon_open(struct horizon *horizon, struct store_txn *state, struct store_txn *journal);

/* The set as it was at journal position `known`; at or past the cursor (UINT64_MAX): as horizon_open(). */
int horizon_open_at(struct horizon *horizon, struct store_txn *state, struct store_txn *journal, uint64_t known);

/* The entry a reference points to. NAVETTE_E_NOT_FOUND. NAVETTE_E_PRUNED: it is there, but for its event (journal_stub.h). */
int horizon_find(const struct horizon *horizon, const struct ref *ref, struct journal_entry *entry);

/*
 * The same, decoded: event_free(). NAVETTE_E_NOT_FOUND also when it is refused or parked. self is set. entry may be NULL.
 */
int horizon_event(const struct horizon *horizon, const struct ref *ref, struct event *event, struct journal_entry *entry);

/*
 * Decodes an entry that takes part in the fold. NAVETTE_E_INVALID: malformed; NAVETTE_E_UNKNOWN: to be parked; both leave *event empty.
 */
int horizon_decode(const struct journal_entry *entry, struct event *event);
/* The same in the caller's arena: event_decode_in(). ahead (may be NULL): who may have decoded it already. */
struct arena;
struct fold_ahead;
int horizon_decode_in(struct arena *arena, struct fold_ahead *ahead, const struct journal_entry *entry, struct event *event);

/* For what the state says is there and readable: NAVETTE_E_NOT_FOUND, _INVALID and _UNKNOWN become NAVETTE_E_STORE. */
int horizon_held(int rc);

/* Scans the rows of `table` whose key begins with `prefix`: key and value of the next one after `after` (NULL: the first). NAVETTE_E_NOT_FOUND. */
struct prefix_scan {
    struct store_scan *scan;
    struct store_txn *txn;
    struct span prefix; /* borrowed from the caller */
    int begun;
};
int horizon_scan(struct store_txn *txn, enum store_table table, struct span prefix, struct prefix_scan *scan);
int horizon_scan_next(struct prefix_scan *scan, struct span *key, struct span *value);
void horizon_scan_close(struct prefix_scan *scan);

#endif
