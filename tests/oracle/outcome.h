/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ORACLE_OUTCOME_H
#define ORACLE_OUTCOME_H

#include "navette/fold.h"

/* What a state comes to, as oracle.py prints it for the same set. */
struct outcome {
    uint8_t digest[HASH_SIZE];
    uint8_t counters[HASH_SIZE];  /* BLAKE2b-256 of every row of TABLE_COUNTER, key || value, in order */
    uint8_t histories[HASH_SIZE]; /* of every item's, bag's and crate's: key || (reference || time) of each step, in order */
    uint8_t findings[HASH_SIZE];  /* discrepancy_digest(): not in oracle.py */
    uint8_t found[HASH_SIZE];     /* of the lines "finding ...", in the order of strcmp(): of those kinds that findings.py knows */
    uint8_t moment[HASH_SIZE];    /* of the stock as it was at a moment: kind, place, state, material, home, count of each row */
};

/* 0; NAVETTE_E_CHAIN: all is filled, but fold_check() or discrepancy_check() fails; any other code: it could not be read. */
int outcome_read(struct store_txn *state, struct store_txn *journal, int64_t moment_ms, struct outcome *outcome);

/* Prints every row of the state: record, label, counter, history, finding (oracle.py --dump prints the same). */
int outcome_dump(struct store_txn *state, struct store_txn *journal);

#endif
