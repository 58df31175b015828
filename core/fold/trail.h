/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_TRAIL_H
#define FOLD_TRAIL_H

#include "navette/state.h"
#include "navette/store.h"

/*
 * Where the events of a thing's history stand in the journal, the newest first. Each event leaves a row of TABLE_HISTORY, position || thing key -> position of the event
 * before it (0: none), so that rows are written side by side whatever they are about; the newest position stands in the thing's record, or, while it has none (all of its
 * events are absent), in the row of its bare key.
 */

/* The newest; 0: none. */
int trail_newest(struct store_txn *state, const struct thing_key *key, uint64_t *position);
/* *position becomes the one before it; 0: there is none. NAVETTE_E_STORE when the state contradicts itself. */
int trail_before(struct store_txn *state, const struct thing_key *key, uint64_t *position);

/* Adds the things of the event at `position`, whatever is left of its bytes, to a map of keys. NAVETTE_E_MEMORY. */
struct keymap;
int trail_things(struct store_txn *state, uint64_t position, struct keymap *things);

/* Writes the row of an event; the caller keeps the newest. */
int trail_note(struct store_txn *state, const struct thing_key *key, uint64_t position, uint64_t before);
/* The newest of a thing that has no record. */
int trail_read_loose(struct store_txn *state, const struct thing_key *key, uint64_t *position);
int trail_write_loose(struct store_txn *state, const struct thing_key *key, uint64_t position);

#endif
