/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_ORDER_H
#define FOLD_ORDER_H

#include "fold/chronicle.h"
#include "navette/state.h"

/* The deterministic order of FOLD.md 3 over one chronicle, and what it leaves behind for the next event. */
struct order {
    uint32_t *sequence; /* entries of the chronicle that are present, first to last */
    size_t count;
    uint8_t *explained; /* by entry: its explanation stood placed and not used up, or it needs none */

    /* as in struct thing_record */
    uint8_t flags;
    uint64_t missing;
    uint64_t wanted;
    uint8_t open_len;
    uint8_t open[RECORD_OPEN_MAX];
};

/* NAVETTE_E_MEMORY: there is nothing to free. */
int order_build(const struct chronicle *chronicle, struct order *order);
void order_free(struct order *order);

/* By (hlc as written, incarnation, seq): -1, 0, 1. */
int order_compare(uint64_t hlc_a, const struct ref *a, uint64_t hlc_b, const struct ref *b);

#endif
