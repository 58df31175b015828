/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_DAMAGE_H
#define NAVETTE_DAMAGE_H

#include "navette/journal.h"

/*
 * What anti-entropy found damaged in this store, put aside with its reason: one row of TABLE_LOCAL each, under "damage" || incarnation || be64(seq) || kind. The newest of a kind at a place
 * counts. Rows of what is mended stay as a memory; at most DAMAGE_ROWS are kept, what is beyond is counted by nobody but told in the log.
 */
#define DAMAGE_ROWS 256u /* a disk that loses more is to be replaced, not read row by row */

enum damage_kind {
    DAMAGE_ENTRY = 1, /* bytes that do not verify, or a row that cannot be read */
    DAMAGE_SEAL = 2,  /* what the author signed over a batch; seq: its first number */
    DAMAGE_STATE = 3, /* derived records that differ from a fold of the journal; no log, seq 0 */
    DAMAGE_TWICE = 4  /* the author has signed two entries of this number: nothing was replaced */
};

struct damage {
    struct ref self; /* leaf 0 */
    enum damage_kind kind;
    int64_t found_ms;
    int mended;        /* 1: what is right stands in its place again */
    struct span bytes; /* what stood there, borrowed; of an entry its event, or the row when that could not be read */
};

/* The bytes may be borrowed from the same transaction. 0 also when there is no room among the rows, and nothing is kept. */
int damage_keep(struct store_txn *txn, const struct damage *damage);
/* The one behind `after` (zeros and kind 0: the first). NAVETTE_E_NOT_FOUND. */
int damage_next(struct store_txn *txn, const struct damage *after, struct damage *damage);
/* How many rows there are, and how many of them are not mended. */
int damage_count(struct store_txn *txn, size_t *rows, size_t *open);
/* A person has seen them: mended ones are taken away. */
int damage_forget(struct store_txn *txn);
/* Is this key of TABLE_LOCAL one of them? */
int damage_is_row(struct span key);

#endif
