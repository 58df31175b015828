/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_DISCREPANCY_PAST_H
#define RECONCILE_DISCREPANCY_PAST_H

#include "navette/discrepancy.h"

/*
 * What was kept of a discrepancy before it was written over, in TABLE_PAST: u8 4, its key in TABLE_DISCREPANCY, u64 position of the entry that wrote over it ->
 * the row as it was. Most are never written over.
 */

/* old: its row now, about to be written over. Only the first at a position is what was known before it. */
int discrepancy_past_keep(struct store_txn *state, struct span key, struct span old, uint64_t position);

/* The row as it was known at a journal position. current: its row now. NAVETTE_E_NOT_FOUND: not kept then. */
int discrepancy_past_read(struct store_txn *state, struct span key, struct span current, uint64_t known, struct discrepancy_row *row);

#endif
