/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_JOURNAL_WANT_H
#define NAVETTE_JOURNAL_WANT_H

#include "navette/journal_stub.h"

/*
 * Stubs (journal_stub.h) whose bytes somebody waits for, and those of them that nobody could give: rows of TABLE_LOCAL, "want" || be64(position), and "lost" || be64(position) -> why u8, wall clock i64. A position is in
 * one of the two, or in none; what could not be given is asked for no more by who wants it, so that the others go on, until it is asked for again. TABLE_LOCAL, "wants": how many ever came back u64, then how many
 * stand refused for each reason u64.
 */
enum want_refusal {
    WANT_NOT_REFUSED,
    WANT_NOT_HELD,     /* the hub has no such entry */
    WANT_NOT_FOLLOWED, /* it is not for this node */
    WANT_DAMAGED,      /* the hub's own row is damaged */
    WANT_OTHER_BYTES,  /* what it gives is not what was here */
    WANT_UNANSWERED,   /* it says nothing of it */
    WANT_REFUSALS
};

/* Asks for the one at `position`; nothing happens where there is no stub, or where it stands refused. Codes of the store. */
int journal_want(struct store_txn *txn, uint64_t position);
/* The first that is asked for behind `after`. NAVETTE_E_NOT_FOUND. */
int journal_wanted(struct store_txn *txn, uint64_t after, uint64_t *position);
/* It is no stub any more: it came back, or was mended. */
int journal_unwant(struct store_txn *txn, uint64_t position);

/* It could not be given. wall_ms: when. */
int journal_refuse(struct store_txn *txn, uint64_t position, enum want_refusal why, int64_t wall_ms);
struct journal_refused {
    uint64_t position;
    enum want_refusal why;
    int64_t at_ms;
};
/* What stands refused at `position`, or the first behind `after`. NAVETTE_E_NOT_FOUND. */
int journal_refused(struct store_txn *txn, uint64_t position, struct journal_refused *refused);
int journal_next_refused(struct store_txn *txn, uint64_t after, struct journal_refused *refused);
/* One that stands refused is asked for as if it never had been. */
int journal_ask_again(struct store_txn *txn, uint64_t position);

struct journal_wants {
    uint64_t back; /* so many came back, ever: more than a moment ago, and what waits may go on */
    uint64_t refused[WANT_REFUSALS];
};
int journal_wants(struct store_txn *txn, struct journal_wants *wants);
uint64_t journal_wants_refused(const struct journal_wants *wants); /* of all reasons */

/* A row of TABLE_LOCAL of this file: about positions, it means nothing in a copy of the journal. 1 or 0. */
int journal_want_is_row(struct span key);

#endif
