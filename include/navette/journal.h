/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_JOURNAL_H
#define NAVETTE_JOURNAL_H

#include "navette/batch.h"
#include "navette/error.h"
#include "navette/ref.h"
#include "navette/store.h"

/*
 * The journal: every entry a process holds, in the order in which it came to it. At the hub the positions are the hub's order, the truth
 * that everything else is derived from; at a node they are private to its store (own events and deltas as they came). Positions run from 1
 * without gaps. The interface is narrow on purpose: append a batch, append one entry, read, find, tail.
 *
 * Storage: TABLE_ENTRY (position -> incarnation 16, seq 8, leaf 8, received_ms 8, scope mask 8, event bytes as received), TABLE_RUN (so that an
 * entry is found by name without an index row for each), TABLE_HEAD, TABLE_BATCH, TABLE_BRANCH. Integers big-endian.
 *
 * Two branches of a fork own the same (incarnation, seq). One of them is the log; an entry of the other stands apart: it is found by its whole reference in
 * TABLE_BRANCH, where it was put aside (journal_set_aside) or where another log adopted it (journal_adopt, adopted.h).
 *
 * Functions return 0 or a code of store.h, and what is named at each. Whatever reads an entry may answer NAVETTE_E_PRUNED too: journal_stub.h.
 */

struct journal_entry {
    uint64_t position;
    struct ref self;
    int64_t received_ms; /* hub time of reception, Unix milliseconds; 0 while the hub has not seen it */
    uint64_t scope_mask; /* event.h */
    struct span event;   /* borrowed from the transaction */
    struct span stub; /* of one whose bytes were given up (journal_stub.h): its row, borrowed too; else, and where that is damaged, empty */
    uint64_t again;   /* of one that came again (journal_again()): where its bytes stand; 0: here */
};

/* What is held of one incarnation's log. */
struct log_head {
    uint8_t incarnation[INCARNATION_SIZE];
    uint8_t parent[INCARNATION_SIZE]; /* the incarnation before this one, or zeros */
    uint8_t node[NODE_ID_SIZE];       /* whose log it is; zeros when not known here */
    uint64_t seq;                     /* 0 = empty */
    uint8_t hash[HASH_SIZE];          /* chain hash at seq; zeros at 0, and in a store that holds only parts of this log */
};

/* Position of the last entry, 0 when empty. */
int journal_tail(struct store_txn *txn, uint64_t *position);

/* The hub time at which an entry came; of one that no hub has timed, its node's own clock when it wrote it; of one that came again, when it did. NAVETTE_E_NOT_FOUND past the tail. */
int journal_moment(struct store_txn *txn, uint64_t position, int64_t *time_ms);
/*
 * The last position that had come at time_ms, 0: none. Found by halving: entries that came while the hub's clock went back may be taken for earlier or
 * later ones.
 */
int journal_at(struct store_txn *txn, int64_t time_ms, uint64_t *position);

/* An entry that holds an adopted event is given as the original: self and event (adopted.h). NAVETTE_E_NOT_FOUND past the tail. */
int journal_read(struct store_txn *txn, uint64_t position, struct journal_entry *entry);
/* Where its bytes stand. */
uint64_t journal_place(const struct journal_entry *entry);
/* As it stands in its own log, to be sent on. */
int journal_read_raw(struct store_txn *txn, uint64_t position, struct journal_entry *entry);

/*
 * By name. With a leaf prefix: the entry of that reference, wherever it stands, an adopted one as the original. With leaf 0: the entry of the log that is held under this
 * incarnation, as it stands there. NAVETTE_E_NOT_FOUND.
 */
int journal_find(struct store_txn *txn, const struct ref *ref, struct journal_entry *entry);

/*
 * The entry at `position` holds an adopted event: from now on its reference is found. The same one again, or one that is held in its own log, changes nothing: the
 * first position counts.
 */
int journal_adopt(struct store_txn *txn, const struct ref *original, uint64_t position);
/* Where an entry that stands apart was first held. NAVETTE_E_NOT_FOUND: this reference has never stood apart. */
int journal_apart(struct store_txn *txn, const struct ref *ref, uint64_t *position);
/*
 * Of an own log: what comes after `common` is put aside, so that the other branch can take its numbers. Entries stay where they are, are found by reference, and wait to be
 * adopted; the log ends at `common`. NAVETTE_E_NOT_FOUND: the log does not reach so far.
 */
int journal_set_aside(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t common);
/*
 * One of these comes from elsewhere under its own name: the other branch has it too. Where it stands it is in its log from now on, unless another has its number, and waits
 * as it did. NAVETTE_E_NOT_FOUND: it was not put aside.
 */
int journal_put_back(struct store_txn *txn, const struct ref *ref);
/* The first after `after` (zeros: of all) that waits, with its leaf's salt. NAVETTE_E_NOT_FOUND. */
int journal_waiting(struct store_txn *txn, const struct ref *after, struct ref *ref, uint8_t salt[SALT_SIZE]);
/* An entry of `from` that stands apart from its log, written at the end of `to` (entry->position): found there as here, waiting as here. NAVETTE_E_NOT_FOUND: it stands in its log. */
int journal_copy_apart(struct store_txn *from, struct store_txn *to, const struct journal_entry *entry);
/*
 * The entry at `position` stands at the end too, where it is found from now on: what reads in order has not passed it there yet, and passes over the first. Only its name is there, and where its bytes are
 * (journal_entry.again): they are held once, and compared where they stand. It is known from there on: its moment there is that of the row before it, or its own when that is later.
 */
int journal_again(struct store_txn *txn, uint64_t position);
/* It waits no more. */
int journal_waited(struct store_txn *txn, const struct ref *ref);

/* A forward reader over consecutive positions, faster than journal_read_raw() for each, and as raw. Nothing may be appended while it is open. */
struct journal_scan {
    struct store_txn *txn;
    struct store_scan *scan;
    uint64_t next;
};
int journal_scan_open(struct store_txn *txn, uint64_t from, struct journal_scan *scan);
int journal_scan_next(struct journal_scan *scan, struct journal_entry *entry); /* NAVETTE_E_NOT_FOUND at the end */
void journal_scan_close(struct journal_scan *scan);

/* Decodes the value of a TABLE_ENTRY row. NAVETTE_E_STORE when damaged. */
int journal_entry_decode(uint64_t position, struct span value, struct journal_entry *entry);

/*
 * Appends one entry (a node's own event, or one that a delta brought). entry->position is set. Already held under this (incarnation, seq):
 * NAVETTE_E_EXISTS, nothing changes. Does not touch TABLE_HEAD.
 */
int journal_append(struct store_txn *txn, struct journal_entry *entry);

/*
 * Appends a verified batch at the hub: its entries, its header, the head. header->first_seq must be head + 1: NAVETTE_E_GAP when above,
 * NAVETTE_E_EXISTS when all of it is held already (a part held is a gap too: batches are never split). The chain must continue from the head's
 * hash: NAVETTE_E_CHAIN. first_position (may be NULL): where its first entry went.
 */
int journal_append_batch(struct store_txn *txn, const struct batch_header *header, const Navette__Batch *batch, const uint64_t *leaves,
                         const uint64_t *scope_masks, int64_t received_ms, uint64_t *first_position);

/* NAVETTE_E_NOT_FOUND for an incarnation never heard of. */
int journal_head(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], struct log_head *head);
int journal_put_head(struct store_txn *txn, const struct log_head *head);
/* The log behind `after` by its incarnation; NULL: the first of all. `after` may stand in *head. NAVETTE_E_NOT_FOUND: no more. */
int journal_next_head(struct store_txn *txn, const uint8_t *after, struct log_head *head);

/* The batch that holds (incarnation, seq). NAVETTE_E_NOT_FOUND. An open batch has count 0. */
int journal_batch(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, struct batch_header *header);

/* Chain hash at seq (zeros at 0), computed from the batch that holds it. NAVETTE_E_NOT_FOUND when not held. */
int journal_hash_at(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, uint8_t hash[HASH_SIZE]);

/*
 * Of a log that isn't this store's own (no head): what its author signed over entries that are all held, made from them and kept, so that they can be proven and pushed
 * (log_push_body()). salt, previous and signature as the author's. NAVETTE_E_NOT_FOUND: not all of them are held; NAVETTE_E_CHAIN: another leaf is held; nothing is kept
 * then. Of an own log: 0, nothing changes.
 */
int journal_keep_seal(struct store_txn *txn, const struct batch_header *seal);
/*
 * The first log behind `after` (NULL: of all) of which sealed batches are held, and its last one: up to last->first_seq + last->count - 1 (first_seq - 1 when that is
 * still open). NAVETTE_E_NOT_FOUND.
 */
int journal_next_sealed(struct store_txn *txn, const uint8_t *after, struct batch_header *last);

/* The greatest number of this log that stands at `position` or before, 0 for none. For logs that came as batches: their numbers ascend. */
int journal_seq_upto(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t position, uint64_t *seq);

/*
 * Recomputes the chain of one incarnation from its first entry and checks every batch's head, root and signature. Returns 0 and the number of
 * entries checked, or NAVETTE_E_CHAIN / NAVETTE_E_SIGNATURE / NAVETTE_E_GAP with the seq at which it broke in *checked.
 */
int journal_verify(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], const uint8_t sign_key[KEY_SIZE], uint64_t *checked);
/* The same of a log whose owner has had other keys before (rekey.h). */
struct rekey_past;
int journal_verify_keys(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], const uint8_t sign_key[KEY_SIZE],
                        const struct rekey_past *past, uint64_t *checked);

#endif
