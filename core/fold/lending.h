/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_LENDING_H
#define FOLD_LENDING_H

#include "fold/horizon.h"

/*
 * Where to look for what a library system has to be told, so that nobody reads every history for it. An index, never the answer: it may name too much, never too little, and
 * is outside the digest; view_loans() reads the histories it names. Rows of TABLE_LENDING, a prefix byte first:
 *
 *   open      1, position u64, item key     -> nothing         a packing for an order, a return or a drop, that may have something to tell
 *   packed    2, item key, position u64     -> nothing         each packing of the item for an order
 *             2, bag or crate key, position   -> nothing         each such packing into it: neither's history is given up from there on (fold_closed.c)
 *   told      3, ref, item key, position u64, act u8 -> refused u8, reason u8    what was told of that event and item: position is of the event that says so
 *   file      4, str place, day (10), position u64 -> the file's name            each export
 *
 * `open` goes when the return was told; whatever makes a history read otherwise (a retraction, a late event) opens it again.
 */
enum lending_row { LENDING_OPEN = 1, LENDING_PACKED = 2, LENDING_TOLD = 3, LENDING_FILE = 4 };

/* An event that has just been folded, at the horizon's limit. read_again: some history was read anew for it. */
int lending_note(const struct horizon *horizon, const struct event *event, int read_again);
/* The history of a document was read anew, for whatever. */
int lending_again(const struct horizon *horizon, const struct thing_key *key);
/* What `event` says counts no longer, or counts again. */
int lending_reopen(const struct horizon *horizon, const struct event *event, uint64_t position);

/* A row's key; returns its length. */
#define LENDING_KEY_MAX (1u + REF_SIZE + THING_KEY_MAX + 8u + 1u)
#define LENDING_TOLD_TAIL 9u /* position and act, behind the prefix */
#define LENDING_DAY_SIZE 10u
size_t lending_open_key(uint64_t position, const struct thing_key *item, uint8_t key[LENDING_KEY_MAX]);
size_t lending_packed_prefix(const struct thing_key *thing, uint8_t key[LENDING_KEY_MAX]);
size_t lending_told_prefix(const struct ref *event, const struct thing_key *item, uint8_t key[LENDING_KEY_MAX]);
size_t lending_file_prefix(const char *place, uint8_t key[LENDING_KEY_MAX]);

#endif
