/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_SEARCH_TERM_H
#define VIEW_SEARCH_TERM_H

#include "fold/posting.h"

/*
 * One word of a question, as a sorted stream of the things that have it: the rows of one word, or of the few words that begin so, read side by side. A beginning of
 * too many words is open: no stream, its things are asked one by one.
 */
#define SEARCH_TERM_WORDS 64u

struct search_term_row {
    struct store_scan *scan;
    struct span thing; /* where it stands; borrowed from the store. Empty: not yet placed */
    size_t word_len;
    uint8_t word[WORD_BYTES];
};

struct search_term {
    struct store_txn *state;
    struct search_term_row rows[SEARCH_TERM_WORDS];
    size_t count;         /* rows that have not ended */
    unsigned int fields;  /* which count; 0: all */
    unsigned int *budget; /* borrowed: rows that may still be looked at */
    int is_open;
    struct span thing; /* the least of the rows */
};

/* The words to read: `word` itself, or all that begin with it. search_term_close() in any case. NAVETTE_E_MEMORY, NAVETTE_E_STORE. */
int search_term_open(struct search_term *term, struct store_txn *state, struct span word, int is_prefix, unsigned int fields,
                     unsigned int *budget);
/* To the first thing at or after `thing` (empty: the first of all). NAVETTE_E_NOT_FOUND at the end, NAVETTE_E_BUSY when the budget is spent. */
int search_term_seek(struct search_term *term, struct span thing);
void search_term_close(struct search_term *term);

#endif
