/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_STANDING_H
#define FOLD_STANDING_H

#include "navette/state.h"
#include "navette/store.h"

/*
 * Where bags and crates stood, change by change, in TABLE_PAST: whatever they held was there with them.
 *
 *   u8 2, key, u64 time ms   -> from then on, by all that is known now
 *   u8 3, key, u64 position  -> now, for who knew the journal up to there
 *
 * The value: registered, custody, condition, sealed u8 each, since ms u64, str(place), str(to), day u32, container's key with its length u16, str(material), str(home);
 * nothing: not heard of.
 */
enum standing_axis { STANDING_TIME = 2, STANDING_KNOWN = 3 };

/* Appends the value; nothing when the history is empty. NAVETTE_E_MEMORY. */
int standing_encode(const struct thing_record *record, struct buffer *out);
int standing_put(struct store_txn *state, enum standing_axis axis, const struct thing_key *key, uint64_t at, struct span value);
/* The last at or before `at`, without contents, events 1. NAVETTE_E_NOT_FOUND: not heard of then. */
int standing_read(struct store_txn *state, enum standing_axis axis, const struct thing_key *key, uint64_t at, struct thing_record *record);

/* The changes of one thing, by time, as they are to be. */
struct standing_change {
    uint64_t time_ms;
    size_t at; /* in the bytes given with them */
    size_t len;
};
/* Makes its rows on STANDING_TIME those, by difference. */
int standing_rewrite(struct store_txn *state, const struct thing_key *key, const struct standing_change *changes, size_t count,
                     const struct buffer *bytes);

#endif
