/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_KEY_EVENT_H
#define FOLD_KEY_EVENT_H

#include "navette/event.h"
#include "navette/store.h"

/*
 * Where the events about keys stand in the journal, so that whoever keeps keys need not read all of it: TABLE_META, "key-event" 0x00, position u64 -> body u32, and again under "key-recovery"
 * 0x00 those that change the recovery key: of thousands there are a few. Outside the digest; rows say nothing of whether the event counts (absence.h).
 */
int key_event_note(struct store_txn *state, const struct event *event, uint64_t position);
/* The next one at or behind *position. NAVETTE_E_NOT_FOUND: none; codes of store.h. */
int key_event_next(struct store_txn *state, uint64_t *position, int *body);
/* The same, of a RecoveryKeyChanged. */
int key_event_next_recovery(struct store_txn *state, uint64_t *position);

#endif
