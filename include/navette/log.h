/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_LOG_H
#define NAVETTE_LOG_H

#include "navette/event.h"
#include "navette/hlc.h"
#include "navette/journal.h"

/*
 * A process's own log: the node's, or the hub's. Entries go into the journal of the same store, inside the caller's write transaction: the
 * number, the leaf and the event are committed together or not at all. No counter lives outside the store.
 *
 * A batch is open while it gathers entries: its salt is drawn when it opens, so that a leaf, and with it a printed reference, exists at once.
 * It is sealed (root computed, signed by the caller's key) when it is to be sent or is full; a sealed batch never changes.
 */

/* Begins a log: writes the empty head. parent: zeros for the first. NAVETTE_E_EXISTS. */
int log_start(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], const uint8_t parent[INCARNATION_SIZE],
              const uint8_t node[NODE_ID_SIZE]);

/*
 * Records one event: checks it (event_check), packs it, numbers it, appends it. salt: 32 random bytes, used if a batch has to be opened.
 * received_ms: hub time when this is the hub's own log, else 0. entry (may be NULL) receives position, reference and mask, without the bytes.
 * NAVETTE_E_BUSY: the open batch is full, seal it first. NAVETTE_E_INVALID, NAVETTE_E_TOO_LARGE. NAVETTE_E_EXISTS: the store already holds an entry of
 * this number that came back from the hub: the log was restored from a backup and has to go on under a new incarnation.
 */
int log_record(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], const Navette__Event *body,
               const uint8_t salt[SALT_SIZE], int64_t received_ms, struct journal_entry *entry);

/* Fills all of the open batch's header but the signature. NAVETTE_E_NOT_FOUND when no batch is open. */
int log_seal_prepare(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], struct batch_header *header);
/*
 * Stores it, signed: the batch is sealed. The next record opens another. NAVETTE_E_BUSY: something was recorded since it was prepared, prepare
 * again. NAVETTE_E_NOT_FOUND: no batch that begins there is open.
 */
int log_seal_store(struct store_txn *txn, const struct batch_header *header);

/* Number of the last sealed entry, 0 when none. */
int log_sealed(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t *seq);

/*
 * Packs the sealed batch that begins at first_seq as a Navette__Push body (with batch only) appended to `out`, from stored bytes.
 * NAVETTE_E_NOT_FOUND: none begins there, or it is still open.
 */
int log_push_body(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t first_seq, struct buffer *out,
                  uint64_t *last_seq);

/* Is the batch full: would an event of `bytes` more bytes break LIMIT_BATCH_EVENTS or LIMIT_BATCH_BYTES? 1, 0 or a negative code. */
int log_batch_full(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], size_t bytes);

#endif
