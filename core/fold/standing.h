/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_STANDING_H
#define FOLD_STANDING_H

#include "navette/state.h"
#include "navette/store.h"

/*
 * Where bags and crates stood, change by change, in TABLE_PAST: whatever they held was there with them.
 *
 *   u8 2, key, u64 time ms, u64 position -> from then on, for who knew the journal up to there; of those of one moment the last one known counts
 *   u8 3, key, u64 position              -> now, for who knew the journal up to there
 *
 * The value: registered, custody, condition, sealed u8 each, since ms u64, str(place), str(to), day u32, container's key with its length u16, str(material), str(home);
 * nothing: not heard of; of a moment: nothing changed then, as was believed before.
 */

/* Appends the value; nothing when the history is empty. NAVETTE_E_MEMORY. */
int standing_encode(const struct thing_record *record, struct buffer *out);
/* It stands there from a moment on, as is known at `position`. */
int standing_put(struct store_txn *state, const struct thing_key *key, uint64_t time_ms, uint64_t position, struct span value);
/* It stands there by all that is known at `position`. */
int standing_put_known(struct store_txn *state, const struct thing_key *key, uint64_t position, struct span value);
/* Where it stood at a moment for who knew the journal up to `known`, without contents, events 1. NAVETTE_E_NOT_FOUND: not heard of by then. */
int standing_read(struct store_txn *state, const struct thing_key *key, uint64_t time_ms, uint64_t known, struct thing_record *record);
/* The same by all that was known then, whenever it happened. */
int standing_read_known(struct store_txn *state, const struct thing_key *key, uint64_t known, struct thing_record *record);

/* The changes of one thing, by time, as they are to be. */
struct standing_change {
    uint64_t time_ms;
    size_t at; /* in the bytes given with them */
    size_t len;
};
/* From `position` on they are known to be those: rows are added where they differ from what was known before. */
int standing_rewrite(struct store_txn *state, const struct thing_key *key, uint64_t position, const struct standing_change *changes,
                     size_t count, const struct buffer *bytes);

#endif
