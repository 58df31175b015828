/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_LAYER_ROW_H
#define FOLD_LAYER_ROW_H

#include "fold/balance.h"
#include "fold/moves.h"
#include "fold/tally.h"

/* One row of layers.h. */
#define LAYER_COUNT 9u
#define LAYER_SHIFT 22u /* a leaf is so many bits of milliseconds */
#define LAYER_FAN 2u    /* and each layer so many bits more */
#define LAYER_KEY_SIZE 14u

struct layer_key {
    uint8_t layer;
    uint32_t stretch;
    uint64_t run;
};
struct span layer_key_encode(const struct layer_key *key, uint8_t out[LAYER_KEY_SIZE]);
/* NAVETTE_E_NOT_FOUND: a row of something else. */
int layer_key_decode(struct span bytes, struct layer_key *key);

struct layer_reach {
    uint64_t lowest; /* positions */
    uint64_t highest;
};
/* NAVETTE_E_STORE. */
int layer_row_reach(struct span row, struct layer_reach *reach);

/* Replace `out`. list: moves of `cells` that are all of the leaf. NAVETTE_E_MEMORY. */
int layer_row_of_moves(const struct moves *moves, uint32_t leaf, struct buffer *out);
int layer_row_of_sum(const struct tally *sum, const struct layer_reach *reach, struct buffer *out);

/* Adds the moves of a leaf's row. */
int layer_row_take(struct span row, uint32_t leaf, struct moves *moves);
/*
 * Add what a leaf's row counts at a moment, of the positions asked for; of a sum's row: all of it. Where a balance takes it, the row is borrowed until that is freed. NAVETTE_E_STORE when
 * damaged, NAVETTE_E_MEMORY.
 */
int layer_row_balance_leaf(struct span row, uint32_t leaf, int64_t at_ms, const struct layer_reach *asked, struct balance *balance);
int layer_row_balance_sum(struct span row, struct balance *balance);
int layer_row_add_sum(struct span row, struct tally *sum);

#endif
