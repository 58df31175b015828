/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_JOURNAL_BLOCK_H
#define NAVETTE_JOURNAL_BLOCK_H

#include "navette/journal.h"

/*
 * The journal as it stands on the disk, read so that a damaged row is told and not believed: what anti-entropy (proto/WIRE.md, "Comparing") hashes, and mends. Nothing here is
 * kept between two calls: a bit that flipped since is seen.
 */
#define JOURNAL_BLOCK 1024u /* numbers of one log that are compared at once */
#define JOURNAL_PASS 16384u /* stubs that are passed over in one look: what that costs others wait for */

struct journal_span {
    uint8_t incarnation[INCARNATION_SIZE];
    uint64_t first;
    uint32_t count;  /* at least 1 */
    int sealed;      /* 1: seals are compared too */
    uint32_t passed; /* journal_next_span(): stubs that lay before it */
};

/*
 * The row that holds (incarnation, seq): entry->self is that name with the leaf as stored. NAVETTE_E_CHAIN: the row cannot be read, or bears another name; entry->position says where
 * it is, entry->event what stands there (borrowed). NAVETTE_E_NOT_FOUND: no such entry is held. NAVETTE_E_PRUNED: its bytes were given up (journal_stub.h).
 */
int journal_row(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, struct journal_entry *entry);

/*
 * What stands at a span: the first COMPARE_DIGEST_SIZE bytes of BLAKE2b-256("navette block v1" || incarnation || be64(first) || be32(count) || for each number: be32(length) || be64(leaf) ||
 * bytes of the event, or be32(0xffffffff) where it is not held, be32(0xfffffffe) where its row is damaged; and, of a span with seals, the header of the sealed batch that begins there, as TABLE_BATCH has
 * it).
 */
int journal_digest(struct store_txn *txn, const struct journal_span *span, uint8_t digest[COMPARE_DIGEST_SIZE]);
/* The root of several: the same of BLAKE2b-256("navette root v1" || digests). */
void journal_digest_root(const uint8_t (*digests)[COMPARE_DIGEST_SIZE], size_t count, uint8_t root[COMPARE_DIGEST_SIZE]);

/*
 * What is held behind (incarnation, seq) in the order of names: the next span, at most `most` numbers and never across a block's border; stubs are in none. Behind JOURNAL_PASS stubs or a few more it ends with a count
 * of 0: `first` is the last of them, it goes on behind that. NAVETTE_E_NOT_FOUND: nothing more.
 */
int journal_next_span(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, uint32_t most,
                      struct journal_span *span);

/* Writes what is known to be right over the row of (incarnation, seq), which is held: leaf and bytes. When the hub had it, and the filter, stay where they can be read. */
int journal_rewrite(struct store_txn *txn, const struct ref *self, struct span event);
/* The same of a batch's header, sealed. */
int journal_rewrite_batch(struct store_txn *txn, const struct batch_header *header);

#endif
