/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_COUNT_H
#define NAVETTE_COUNT_H

#include "navette/fold.h"

/*
 * Stocktakings. A session is opened (CountOpened: its scope, whether it is blind, the frontier it saw), lines are scanned by one person or several, and it is
 * closed (CountClosed). What it shows is derived from all that is known now, not from what was known when it closed: an older event that comes later, from a
 * node that was silent, takes a line off or adds one. The list of that moment stays beside it.
 *
 * Expected: registered documents that lay at the place by themselves, in order, from the opening to the closing (to now, while it is open), in the scope:
 * material; call number from call_from to call_to (up to all that begin with it); zone: last seen in that zone of the place before the opening. A session
 * without CountOpened (written by an older program) has no scope and begins with its first line.
 */
#define COUNT_ID_SIZE 16u

struct count_session {
    uint8_t id[COUNT_ID_SIZE];
    char place[LIMIT_PLACE_CODE + 1];
    char zone[LIMIT_CODE + 1];
    char material[LIMIT_MATERIAL + 1];
    char call_from[LIMIT_CODE + 1];
    char call_to[LIMIT_CODE + 1];
    char operator_[LIMIT_CODE + 1]; /* who opened it */
    int blind;
    int was_opened; /* by a CountOpened */
    int is_open;
    int complete;                                                  /* closed as complete: what was not seen is missing */
    int64_t opened_ms;                                             /* corrected times */
    int64_t closed_ms;                                             /* 0: open */
    uint64_t opened_cursor, opened_seq, closed_cursor, closed_seq; /* the frontiers it saw: hub cursor, number of the own log */
    size_t lines;                                                  /* things scanned, each once */
};

/* Those of a place (NULL: of all), the last opened first, at most max; returns the number or a negative code. Retracted ones are left out. */
int count_list(struct store_txn *state, struct store_txn *journal, const char *place, struct count_session *list, size_t max);
/* The same as they stood at at_ms, by what this store held at `known` (view.h). */
int count_list_known(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known, const char *place,
                     struct count_session *list, size_t max);

/*
 * The one whose id begins so, at least COUNT_ID_LEAST hex digits; text NULL or "": the open one of the place (NULL: of any), else its last opened.
 * NAVETTE_E_NOT_FOUND, NAVETTE_E_AMBIGUOUS.
 */
#define COUNT_ID_LEAST 4u
int count_find(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known, const char *place, const char *text,
               struct count_session *session);

enum count_what {
    COUNT_MISSING = 1,    /* expected, not scanned */
    COUNT_UNEXPECTED = 2, /* scanned, and not known to lie there in order */
    COUNT_EXPLAINED = 3,  /* on the list of the closing, and explained since */
    COUNT_EXPECTED = 4,   /* for a sheet: expected, scanned or not */
    COUNT_OUTSIDE = 5     /* scanned, lies there in order, and is not in the scope: another material, another shelf */
};

struct count_row {
    struct thing_key key;
    int what;       /* enum count_what */
    int is_seen;    /* scanned */
    int was_listed; /* on the list of the closing */
    int state;      /* enum thing_state; unexpected: before it was scanned; explained: at the closing, as known now */
    char place[LIMIT_PLACE_CODE + 1];
    char to[LIMIT_PLACE_CODE + 1];
    struct label label;
};

struct count_view {
    struct count_session session;
    struct count_row *rows; /* by what, then call number, then key */
    size_t row_count;
    size_t expected, seen, missing, unexpected, outside, explained, added; /* added: missing, and not on the list of the closing */
    size_t pruned; /* scanned, and where they were before was given up here (journal_stub.h): in no row */
};

/*
 * One session. sheet: COUNT_EXPECTED rows instead of the others. Reads every record. NAVETTE_E_NOT_FOUND: no such session. count_free().
 */
int count_read(struct store_txn *state, struct store_txn *journal, const uint8_t id[COUNT_ID_SIZE], int sheet, struct count_view *view);
/* The same as it stood at at_ms: open then, when it was closed later; by what this store held at `known`. */
int count_read_known(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known, const uint8_t id[COUNT_ID_SIZE],
                     int sheet, struct count_view *view);
void count_free(struct count_view *view);

const char *count_name(int what); /* "missing"...: as in JSON. Static */

#endif
