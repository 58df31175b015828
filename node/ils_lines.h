/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_ILS_LINES_H
#define NODE_ILS_LINES_H

#include "navette/loans.h"
#include "node/person.h"
#include "node/request.h"

/* Lines for a library system, with what only this node can add: the card, the local day, and why one can't be told. */
enum ils_ready {
    ILS_READY,
    ILS_NO_BARCODE,  /* the document has only a label of ours */
    ILS_NO_CARD,     /* the order names no card */
    ILS_NO_ORDER,    /* a loan to be put back that was not made here */
    ILS_KEY_AWAY,    /* another node's key seals the card, or it was erased */
    ILS_KEY_DAMAGED, /* what is sealed does not open */
    ILS_LOAN_WAITS,  /* a return whose loan can't be told */
    ILS_WAS_REFUSED, /* the library system refused it */
    ILS_READY_COUNT
};

struct ils_line {
    struct loan_line line;
    enum ils_ready ready;
    char card[PERSON_TEXT + 1]; /* wiped with the list */
    char day[11];               /* local, YYYY-MM-DD */
    char time[13];              /* HH:MM:SS mmm */
};

struct ils_list {
    struct ils_line *lines; /* owned */
    size_t count;
};

struct ils_query {
    const char *place; /* whose lines */
    const char *day;   /* NULL; else lines of this day only, and those that its files hold too */
    const char *since; /* NULL; else also what files of this day and later ones hold */
    int refused_too;   /* those that were refused count as ready */
};

/* To be freed. */
int ils_lines_read(const struct office *office, struct store_txn *txn, const struct ils_query *query, struct ils_list *list);
void ils_lines_free(struct ils_list *list);

const char *ils_lines_word(enum ils_ready ready); /* "ready", "no-card"...: as in JSON, and a word of message.h. Static */

#endif
