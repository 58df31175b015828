/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CRASH_REOPEN_H
#define TESTS_CRASH_REOPEN_H

#include "navette/journal.h"
#include "navette/lmdb_store.h"
#include "tests/crash/image.h"
#include "tests/crash/promise.h"

/*
 * What the real code finds in a store that is opened again, held against what the program had committed. Every commit of the trace is looked at once with nothing lost
 * (reopen_learn): chains and signatures, entries, heads, watermarks, state against the fold of its journal. An image is then right when all its rows are those of one
 * commit, no older than what had been told.
 */
#define REOPEN_COMMITS 8192u
#define REOPEN_MAP_BYTES (UINT64_C(64) << 20)

struct reopen_commit {
    int known;
    uint64_t rows; /* a hash over every row of every table */
    uint64_t tail;
    uint64_t folded;  /* journal position that the state has */
    uint64_t cursor;  /* node_progress() */
    uint64_t durable; /* ... */
    uint64_t logs[PROMISE_LOGS];
};

/* One store: a hub's journal, its state, or a node's store. */
struct reopen_store {
    struct image image;
    enum lmdb_tables tables;
    char folder[512];
    struct reopen_commit *commits; /* by LMDB's transaction number */
    uint64_t last;                 /* the greatest known */
};

struct reopen {
    struct reopen_store stores[2];
    size_t count;
    struct reopen_store *journal; /* holds the journal */
    struct reopen_store *state;   /* ... the state: the same at a node */
    int is_node;
    char folder[512];              /* of the process, with its keys */
    uint8_t own[INCARNATION_SIZE]; /* its log */
    struct promise logs;           /* which logs there are: the order of reopen_commit.logs */
    uint8_t (*digests)[HASH_SIZE]; /* of the fold of the journal up to each position */
    uint64_t *entries;             /* a hash of each entry */
    uint64_t tail;                 /* of the whole trace */
    char why[256];                 /* what the last failure was */
};

/* Opens the store with the program's code and reads all of it. Its transaction number: 0 when it is as good as new. Negative: a code of error.h, or `why`. */
int64_t reopen_read(struct reopen *reopen, struct reopen_store *store);
/* As reopen_read(), once for each commit, with nothing lost; then what it says is taken for the truth. 0 or -1. */
int reopen_learn(struct reopen *reopen, struct reopen_store *store);
/* Reads keys, the last journal and its fold out of the whole trace. To be called with nothing lost, before reopen_learn(). 0 or -1. */
int reopen_truth(struct reopen *reopen);
/* With nothing lost: are the chain hashes that were told those of the logs? 0 or -1. */
int reopen_told_true(struct reopen *reopen, const struct promise *promise);
/* A hash of all that an entry says. */
uint64_t reopen_entry(const struct journal_entry *entry);
/* Is all that was promised in these commits? 0 or -1. */
int reopen_keeps(struct reopen *reopen, int64_t journal, int64_t state, const struct promise *promise);
/* As the program starts: proves or folds the state again, verifies chains, goes on writing, opens again. 0 or -1. Changes the files. */
int reopen_go_on(struct reopen *reopen);

#endif
