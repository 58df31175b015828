/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_LOANS_H
#define NAVETTE_LOANS_H

#include "navette/fold.h"

/*
 * What a library system has to be told: loans and returns, as lines. A view of histories and of what was told before (IlsExported, IlsAnswered); it changes nothing.
 *
 * A loan is a packing of a document for an order (ItemPacked that names one). It begins at the packing, or at the hand-over, as the caller says. It is handed over by an event
 * that delivers the document, the bag or crate it was packed into, or the order. It ends with the first event behind it, in the document's own order, that gives the document
 * back (Returned, Dropped), or that moves it otherwise than by delivering it, when it had been handed over or happens where it was packed. What comes out of a bag that
 * was given back was given back with the bag. Not handed over and not given back: it was never lent.
 *
 * What was not lent here and is given back (Returned, Dropped) is a return too: the library system may know of a loan that we do not.
 *
 * A line is needed when what was told last differs from what happened. So nothing is told twice, a retracted event takes its line away, and one that was told is corrected by the
 * opposite line. Whether the library system would agree is never asked: it happened.
 */
enum loan_moment { LOAN_AT_PACKING, LOAN_AT_HANDOVER };

struct loan_line {
    struct ref event; /* as IlsLine.event */
    struct thing_key item;
    int act;                          /* Navette__IlsAct */
    struct ref back;                  /* the event that ended the loan; seq 0: none */
    int64_t time_ms;                  /* of the loan or return: corrected */
    char place[LIMIT_PLACE_CODE + 1]; /* whose it is to tell */
    struct thing_key order;           /* len 0: none */
    int correction;                   /* takes back what was told */
    int told;                         /* it was told, and stands */
    int refused;                      /* the library system refused it: reason */
    int reason;                       /* Navette__Reason */
};

struct loan_options {
    enum loan_moment moment;
    const char *place; /* NULL: all. Else the lines of this place */
    /* Both NULL: lines that are needed. Else also those that this place's files hold, needed or not: of a day, YYYY-MM-DD, or of a day and all later ones. */
    const char *day;
    const char *since;
};

struct loan_view {
    struct loan_line *lines; /* by time; a loan before its own return */
    size_t count;
};

/*
 * Lines of returns at a relay or a return box are their host branch's (PlaceDeclared.host), else those of the document's home. NAVETTE_E_MEMORY, NAVETTE_E_STORE. To be
 * freed.
 */
int view_loans(struct store_txn *state, struct store_txn *journal, const struct loan_options *options, struct loan_view *view);
void view_loans_free(struct loan_view *view);

/* 1: an export of this place has a file of this name; 0; or a code. */
int view_loans_has_file(struct store_txn *state, const char *place, const char *file);

#endif
