/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_STATED_H
#define RECONCILE_STATED_H

#include "navette/limits.h"
#include "navette/store.h"

/*
 * What was stated of a log, by the number at which it then ended, in whatever order the notes of it came. TABLE_STATED: incarnation 16, node 16, seq u64 -> told, noted, after,
 * before: u64 ms, lacking u8. Statements of one number are one row. The hub names one node for a log; who names another speaks of another.
 */
#define STATED_LOG_SIZE (INCARNATION_SIZE + NODE_ID_SIZE)

struct stated {
    uint8_t log[STATED_LOG_SIZE]; /* incarnation, whose it is */
    uint64_t seq;
    int64_t told_ms;   /* the latest hub time with which this end was stated */
    int64_t noted_ms;  /* the hub's clock when it first noted this end */
    int64_t after_ms;  /* latest told of an end before this one; 0: there is none */
    int64_t before_ms; /* earliest noted of this end and of all behind it */
    uint8_t lacking;   /* the first entry behind the end before it, or the one at this end, is not here */
};

/* The last end at `seq` or before, the first at `seq` or behind. NAVETTE_E_NOT_FOUND. */
int stated_upto(struct store_txn *state, const uint8_t log[STATED_LOG_SIZE], uint64_t seq, struct stated *stated);
int stated_from(struct store_txn *state, const uint8_t log[STATED_LOG_SIZE], uint64_t seq, struct stated *stated);
int stated_put(struct store_txn *state, const struct stated *stated);

/* All ends of a log by number, with their bounds found anew from what was told and noted. Free list. NAVETTE_E_NOT_FOUND, NAVETTE_E_MEMORY. */
struct stated_ends {
    struct stated *list;
    size_t count;
};
int stated_ends(struct store_txn *state, const uint8_t log[STATED_LOG_SIZE], struct stated_ends *ends);
/* The first log of which something was stated; behind `after`, when that is not NULL; of this incarnation, when that is not. NAVETTE_E_NOT_FOUND. */
int stated_next(struct store_txn *state, const uint8_t *incarnation, const uint8_t *after, uint8_t log[STATED_LOG_SIZE]);

#endif
