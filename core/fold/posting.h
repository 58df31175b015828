/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_POSTING_H
#define FOLD_POSTING_H

#include "fold/word.h"
#include "navette/state.h"
#include "navette/store.h"

/*
 * Where the words of labels stand: TABLE_WORD, word || 0x00 || thing key -> u8 fields (bits of enum search_field). Two rows are no words, and sort before all of them:
 *   0x01, the call number as words with blanks between, 0x00, thing key   call numbers in their order
 *   0x02, 0x00, thing key                                                 its id was made here and wants a printed label
 * Kept by folds that keep words (fold.h), outside the digest: it follows from the labels.
 */
#define POSTING_CALL 0x01u
#define POSTING_PRINT 0x02u
#define POSTING_KEY_MAX (1u + LIMIT_CODE + 1u + THING_KEY_MAX + 1u) /* and one more, to go past a key */

/* The rows a label makes: the key without the thing's. Sorted. NAVETTE_E_MEMORY. */
int posting_words(const struct label *label, struct word_list *words);
/* Moves the rows of a thing from what its label said (NULL: there was none) to what it says. */
int posting_settle(struct store_txn *state, const struct thing_key *key, const struct label *old, const struct label *label);
/* Does it want a printed label? 1, 0 or a negative code. */
int posting_is_printed(struct store_txn *state, const struct thing_key *key);

/* word || 0x00 || bytes of a thing key, or what comes before or after one. Returns the length. */
size_t posting_key(struct span word, struct span thing, uint8_t out[POSTING_KEY_MAX]);
/* The parts of a key: NAVETTE_E_STORE when damaged. */
int posting_read(struct span key, struct span *word, struct span *thing);

/* Every row follows from a label, and every label has its rows. NAVETTE_E_CHAIN when not. */
int posting_check(struct store_txn *state);

#endif
