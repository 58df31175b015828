/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SEARCH_H
#define NAVETTE_SEARCH_H

#include "navette/view.h"

/*
 * Search in what a store knows, offline: by barcode, by the words of titles, authors and call numbers, by how a call number begins. Words are compared without
 * case, accents and signs (core/fold/letter.h says how); all of them must be there, the last one may be a beginning; where nothing has all, articles
 * ("les", "the") are left out. It needs a state whose fold keeps words.
 */
enum search_field { SEARCH_TITLE = 1, SEARCH_AUTHOR = 2, SEARCH_CALL = 4 };

#define SEARCH_WORDS_MAX 32u     /* in one question: nobody types more */
#define SEARCH_ROWS_MAX 1000u    /* in one answer; so many matches are gathered to be sorted */
#define SEARCH_STEPS_MAX 100000u /* rows looked at for one question: well under a second on a small machine */
#define SEARCH_PREFIX_MIN 3u     /* bytes of a barcode's beginning, below which only a whole barcode counts */

struct search_question {
    const char *text; /* as typed or scanned */
    unsigned int
        fields; /* bits of enum search_field that words may stand in; 0: all, and barcodes. SEARCH_CALL alone: how the call number begins */
    const char *place;    /* NULL: all; where it is now, its container's place when it is in one */
    const char *material; /* NULL: all; compared as written */
    int available;        /* 1: only what can be lent now */
    size_t limit;         /* rows wanted, 1 to SEARCH_ROWS_MAX */
};

struct search_row {
    struct whereabouts where;
    int available; /* registered, on a shelf or at a relay, of no conflicting custody: it can be lent */
};

/*
 * Sorted: a barcode that is the text itself comes alone; then barcodes that begin so, titles that begin so, the others; by title, then call number and
 * barcode.
 */
struct search_answer {
    struct search_row *rows;
    size_t count;
    size_t found;         /* matches there are */
    int more;             /* 1: `found` is not all of them, the search was stopped */
    int without_articles; /* 1: nothing has all words; these have all but "le", "the" and their like */
};

/*
 * NAVETTE_E_INVALID: nothing to look for in the text. NAVETTE_E_TOO_LARGE: too many words. NAVETTE_E_VERSION: the state keeps no words. NAVETTE_E_MEMORY,
 * NAVETTE_E_STORE. On 0: search_free().
 */
int search_run(struct store_txn *state, struct store_txn *journal, const struct search_question *question, struct search_answer *answer);
void search_free(struct search_answer *answer);

/*
 * Things that want a printed label, in the order of their keys, after `after` (NULL: from the first), at most max; returns the number or a negative code, NAVETTE_E_VERSION
 * as above. They are those whose last ItemRegistered or ItemChanged carries the extra LABEL_EXTRA_KEY.
 */
int search_to_print(struct store_txn *state, const struct thing_key *after, struct thing_key *keys, size_t max);

#endif
