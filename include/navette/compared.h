/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_COMPARED_H
#define NAVETTE_COMPARED_H

#include "navette/limits.h"
#include "navette/store.h"

/* What the last whole comparison of a node with its hub came to: a row of TABLE_LOCAL at both, under "compared" || node. */
struct compared {
    int64_t at_ms; /* the clock of whose store it is */
    uint64_t entries;
    uint64_t mended; /* at the node */
    uint64_t given;  /* at the hub */
    uint64_t lost;   /* sound at neither, or unlike twice */
    uint32_t state;  /* Navette__CompareResult: SAME, MENDED (folded anew), DIFFERENT (still), others: not compared */
};
int compared_put(struct store_txn *txn, const uint8_t node[NODE_ID_SIZE], const struct compared *compared);
/* NAVETTE_E_NOT_FOUND: never. */
int compared_get(struct store_txn *txn, const uint8_t node[NODE_ID_SIZE], struct compared *compared);

#endif
