/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_LAYERS_H
#define FOLD_LAYERS_H

#include "fold/moves.h"
#include "fold/tally.h"

/*
 * The moves (moves.h) of everything, in TABLE_PAST, so that what was counted at any moment is a sum of few rows, however far back.
 *
 * Time is cut into stretches of 2^22 ms (70 minutes), the leaves: their rows hold the moves one by one. Four stretches make one of the layer above, up to 2^38 ms
 * (9 years): its row holds the sum of its moves by cell. A sum is there, or not: it is made when time has gone on behind it, and moved by whatever comes late. To count at
 * a moment, the largest stretches that end before it are added, and of its leaf the moves up to it.
 *
 *   u8 1, layer u8 (0: leaves), stretch u32 (time >> (22 + 2 x layer)), run u64  ->  row
 *
 * A stretch has as many runs as it takes: what comes is written beside what is there, small runs are put together. A run is called by the highest journal position in it. The
 * row: lowest and highest position u64, number of cells u32; of a sum, length u32 of what follows, and, where it is large, the sum without home, day and destination (TALLY_STATES): length u32
 * of what follows, number u32, cells and counts; without home and day (TALLY_PLACES) and without home and days but of departure (TALLY_ROAD; rows of before have none), in the same way; then each cell, u8 length and bytes; then, of a leaf, each move: cell number, count, ms since the stretch
 * began, positions since the lowest; of a sum: the count of each. Numbers are of 7 bits a byte, the lowest first; counts have their sign in the lowest bit.
 *
 * Which moves were known at a journal position is told by the positions: a row that is known in part sends the reader to the layer below. Old leaves may be taken
 * away where the sums above them are there (nobody does yet): moments inside would then be read from histories.
 */

/* Writes the moves away and leaves them empty. NAVETTE_E_MEMORY, codes of store.h. */
int layers_write(struct store_txn *state, struct moves *moves);

/* Adds what was counted at `at_ms` by what was known at `known`, in the tally's grain. NAVETTE_E_STORE when damaged. */
int layers_sum(struct store_txn *state, int64_t at_ms, uint64_t known, struct tally *sum);

#endif
