/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_SEARCH_GATHER_H
#define VIEW_SEARCH_GATHER_H

#include "navette/search.h"
#include "view/search_term.h"
#include "view/view_thing.h"

/* What a search has found so far. */
#define SEARCH_SORT_BYTES 96u /* of a title: as many letters as tell two titles apart on a screen */

enum search_rank { SEARCH_RANK_CODE, SEARCH_RANK_CODE_PREFIX, SEARCH_RANK_TITLE, SEARCH_RANK_OTHER };

struct search_match {
    struct thing_key key;
    uint8_t rank;
    uint8_t sort_len;
    uint8_t sort[SEARCH_SORT_BYTES]; /* plain title, 0x00, plain call number; cut */
};

struct search_gather {
    struct horizon horizon;
    struct view_relays relays;
    const struct search_question *question;
    uint8_t plain[LIMIT_TITLE]; /* the question's words */
    size_t plain_len;
    unsigned int budget; /* rows that may still be looked at */
    struct search_match *matches;
    size_t count, capacity;
    int without_articles; /* the question's words without these were looked for */
    int stopped;          /* full, or the budget is spent */
};

/* search_gather_close() in any case. */
int search_gather_open(struct search_gather *gather, struct store_txn *state, struct store_txn *journal,
                       const struct search_question *question);
void search_gather_close(struct search_gather *gather);

/* Takes a thing in, when the question's filters let it pass; the same one may come twice. NAVETTE_E_BUSY: enough, go no further. */
int search_gather_take(struct search_gather *gather, const struct thing_key *key, enum search_rank rank);
/* Sorts, and makes one of those that came twice. */
void search_gather_sort(struct search_gather *gather);

/* As things are now. search_row_free() by the caller. */
int search_gather_row(struct search_gather *gather, const struct thing_key *key, struct search_row *row, struct cell *cell);

#endif
