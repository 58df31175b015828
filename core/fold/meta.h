/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_META_H
#define FOLD_META_H

#include "navette/limits.h"
#include "navette/store.h"

/* The numbers the state keeps about itself in TABLE_META. */
enum meta_number {
    META_CURSOR,      /* last position folded */
    META_SCHEMA,      /* FOLD_SCHEMA of the program that wrote it */
    META_RETRACTIONS, /* rows of TABLE_RETRACT */
    META_CORRECTIONS, /* clock corrections noted in TABLE_CLOCK */
    META_WORDS,       /* 1: TABLE_WORD is kept */
    META_RECENT,      /* first position of those that came of late, and when it came (core/reconcile/lapse.h) */
    META_RECENT_MS,
    META_LACKING, /* rows of TABLE_STATED that wait for an entry */
    META_OWED,    /* entries that wait for bytes given up here: core/fold/waiting.h */
    META_HOLLOW,  /* 1: folded anew over stubs, as if they were not there; 2: more is here since, it is folded anew */
    META_BACK,    /* how many had come back (journal_want.h) when what waits was last looked at */
    META_FILLED,  /* ... and when a hollow state passed over its first stub */
    META_GO_ON,   /* 1: what waits is looked at, though more is asked for */
    META_COUNT
};

/* 0 when never written. */
int meta_get(struct store_txn *state, enum meta_number which, uint64_t *value);
int meta_put(struct store_txn *state, enum meta_number which, uint64_t value);

/* Zeros when never written. */
int meta_get_digest(struct store_txn *state, uint8_t digest[HASH_SIZE]);
int meta_put_digest(struct store_txn *state, const uint8_t digest[HASH_SIZE]);

#endif
