/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_JOURNAL_RUN_H
#define LOG_JOURNAL_RUN_H

#include "navette/journal.h"

#define ENTRY_HEAD_SIZE (REF_SIZE + 16u) /* of a row of TABLE_ENTRY: reference, received_ms, scope mask; the event follows */

/* A row of TABLE_RUN: entries first .. first + count - 1 of one incarnation stand at position .. position + count - 1. */
struct journal_run {
    uint64_t first;
    uint64_t position;
    uint32_t count;
};

/* A row's key in TABLE_RUN and TABLE_BATCH. */
#define JOURNAL_NAME_SIZE (INCARNATION_SIZE + 8u)
void journal_run_key(const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, uint8_t key[JOURNAL_NAME_SIZE]);

/* The last row of `table` (TABLE_RUN, TABLE_BATCH) of this incarnation whose number is <= seq: its number and value. NAVETTE_E_NOT_FOUND. */
int journal_run_row(struct store_txn *txn, enum store_table table, const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq,
                    uint64_t *number, struct span *value);

/* The last run that begins at or before seq. NAVETTE_E_NOT_FOUND. */
int journal_run_find(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t seq, struct journal_run *run);

/*
 * Notes that seq .. seq + count - 1 stand from `position` on: longer makes `last`, a run that ends right before both (NULL: none known), else
 * begins a run.
 */
int journal_run_note(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], const struct journal_run *last, uint64_t seq,
                     uint32_t count, uint64_t position);

/* A row's value: ENTRY_HEAD_SIZE and the event, at most LIMIT_ENTRY_BYTES. */
void journal_entry_encode(const struct journal_entry *entry, uint8_t *value);

/* The row that stands for (incarnation, seq) of `ref` in its log, whatever its leaf. NAVETTE_E_NOT_FOUND. */
int journal_row_at(struct store_txn *txn, const struct ref *ref, struct journal_entry *entry);

/* The name of what stands at `position` by the runs, without its leaf: all of them are read. NAVETTE_E_NOT_FOUND. */
int journal_run_name(struct store_txn *txn, uint64_t position, struct ref *name);

/* Of a row's value that journal_entry_decode() has read the head of: 0: no stub; NAVETTE_E_PRUNED: one, `entry` says so; NAVETTE_E_STORE: nothing that could be read. */
int journal_stub_decode(struct span value, struct journal_entry *entry);
/* The row of a damaged stub was put right at `position`: it is none any more. */
int journal_stub_mended(struct store_txn *txn, uint64_t position, size_t len);

/* Of an entry that came again, likewise: 1, with entry->again (0: its row is damaged); or 0. */
int journal_again_decode(struct span value, struct journal_entry *entry);
/* What journal_again_decode() met becomes what stands there. As journal_entry_decode(). */
int journal_again_open(struct store_txn *txn, struct journal_entry *entry);
/* Writes such a row at the end: of what stands at `first`. */
int journal_again_put(struct store_txn *txn, const struct journal_entry *entry, uint64_t first);
/* When it came again. NAVETTE_E_NOT_FOUND: another row. */
int journal_again_moment(struct store_txn *txn, uint64_t position, int64_t *time_ms);

/* The row at `position`, read: journal_entry_decode(), and what that needs of other rows. */
int journal_row_open(struct store_txn *txn, uint64_t position, struct span value, struct journal_entry *entry);

/* Writes the row at entry->position, the next one. */
int journal_put_entry(struct store_txn *txn, const struct journal_entry *entry);

#endif
