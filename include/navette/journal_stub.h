/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_JOURNAL_STUB_H
#define NAVETTE_JOURNAL_STUB_H

#include "navette/journal.h"

/*
 * Pruning: of an entry that a node can have again from its hub, the bytes of the event are given up; a stub stays at its position. It says that the entry is there, which one, and by what its bytes are known
 * when they come back. The hub's journal is never pruned.
 *
 * A stub's row of TABLE_ENTRY: the reference with both marks in seq (JOURNAL_SEQ_MARKS), received_ms, scope mask, then length of the event u16, what it is
 * known by u8 (enum stub_proof; + 0x80: no hub had timed it, received_ms is what its own clock said), 24 bytes of that, what its time follows from (struct stub_clock: boot u64, boottime u48, written u48), CRC32C
 * u32 of all before it. By its leaf, of which the reference has the first 8 bytes: where the batch is held that its salt comes from. Else by BLAKE2b-192("navette stub v1" || incarnation || be64(seq) || bytes).
 * The first version's rows lack struct stub_clock; they are read, and no more written.
 *
 * Reading it: NAVETTE_E_PRUNED, everywhere, with `entry` filled but for its event; the position is left in txn->missed. What the chain needs of it (journal_hash_at(), journal_verify(), journal_keep_seal()) it
 * has; what needs the bytes (log_push_body()) answers NAVETTE_E_PRUNED.
 *
 * A row that was a stub and is damaged is one without proof: NAVETTE_E_PRUNED too, with entry->stub empty and entry->self by where it stands, its leaf as it stands there. It ends nothing, is asked for
 * like any other, and is a damaged row to whatever compares (journal_block.h).
 */
#define STUB_SIZE 99u
#define STUB_SIZE_1 79u /* of the first version */
#define STUB_LEAST 64u  /* an event shorter than this is not worth a stub */

/*
 * The numbers that an entry can have: journal_append() takes no others, nor do frames. The two bits above mark rows of the journal that hold no event. They are two so that one that flips hides nothing, and a row is
 * told by them alone: length and bytes of an event are its author's to choose. Rows of earlier versions have the upper one only.
 */
#define JOURNAL_SEQ_MAX UINT64_C(0x3fffffffffffffff)
#define JOURNAL_SEQ_MARKS (~JOURNAL_SEQ_MAX)

enum stub_proof { STUB_LEAF = 1, STUB_DIGEST = 2 };

/* What the time of an event follows from (FOLD.md 1), so that a clock that is put right needs no bytes of what it does not change. */
struct stub_clock {
    uint64_t boot;
    uint64_t boottime_ms;
    int64_t written_ms; /* its hlc's */
};

/*
 * Gives up the bytes at `position`. now_ms: for journal_pruned(). NAVETTE_E_EXISTS: they were. NAVETTE_E_INVALID: too short, unreadable, an adopted event, one that stands apart or came again, or in a batch that is still open.
 * NAVETTE_E_CHAIN: what is held is not what the leaf says: damaged, for anti-entropy to find.
 */
int journal_prune(struct store_txn *txn, uint64_t position, int64_t now_ms);
/*
 * Bytes that came back. NAVETTE_E_CHAIN: they are not those; nothing changes. NAVETTE_E_EXISTS: nothing is missing there. NAVETTE_E_NOT_FOUND: no such entry. Where the stub is damaged they are held against the
 * leaf alone, and only where its batch is known: else whoever gives them is believed, as for any delta.
 */
int journal_unprune(struct store_txn *txn, const struct ref *self, struct span event);

/* The whole leaf of a stub that was read (NAVETTE_E_PRUNED). NAVETTE_E_PRUNED: it is known by a digest. */
int journal_stub_leaf(const struct journal_entry *stub, uint8_t leaf[HASH_SIZE]);

/* What its time follows from. NAVETTE_E_PRUNED: only the bytes say. */
int journal_stub_clock(const struct journal_entry *stub, struct stub_clock *clock);

/* Bytes of the event of a stub that was read; 0: not known. */
size_t journal_stub_length(const struct journal_entry *stub);

/* How much of the journal is stubs; kept in TABLE_LOCAL. */
struct journal_pruned {
    uint64_t entries;
    uint64_t bytes;   /* of events, that are not here */
    int64_t since_ms; /* wall clock when the first of them was made; 0: there is none */
};
int journal_pruned(struct store_txn *txn, struct journal_pruned *pruned);

/* Where none is left, journal_pruned() says so from now on. */
int journal_none_pruned(struct store_txn *txn);

/* Of the stubs behind position `after`, the first; NAVETTE_E_NOT_FOUND. Reads the journal from there on. */
int journal_next_stub(struct store_txn *txn, uint64_t after, struct journal_entry *stub);

/* A row of TABLE_LOCAL that is about positions, and means nothing in a copy of the journal: journal_want.h, journal_pruned(). 1 or 0. */
int journal_stub_is_row(struct span key);
/* A stub goes to the end of another journal as it stands; entry->position is set. NAVETTE_E_EXISTS. */
int journal_copy_stub(struct store_txn *to, struct journal_entry *stub);

#endif
