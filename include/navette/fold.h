/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_FOLD_H
#define NAVETTE_FOLD_H

#include "navette/event.h"
#include "navette/journal_want.h"
#include "navette/state.h"
#include "navette/store.h"

/*
 * Decodes events beforehand, in another thread say: so the fold need not. It is asked for entries in order, for some of them twice, and may have none.
 */
struct fold_ahead {
    /* 1: these bytes have been decoded; *event and *rc are what event_decode_in() made of them, good until the next call. 0: they have not. */
    int (*take)(struct fold_ahead *ahead, uint64_t position, struct span bytes, struct event *event, int *rc);
};

/*
 * The fold: state = pure function of the set of admitted events (core/fold/FOLD.md). Same set, any order of arrival, any duplication: same
 * records, counters and digest. A late event re-folds the things it touches, then moves the counters by the difference.
 *
 * `state` and `journal` may be the same transaction (a node keeps both in one store) or two (the hub's state follows its journal).
 */
struct fold {
    struct store_txn *state;
    struct store_txn *journal;
    uint64_t cursor;           /* last position folded */
    uint8_t digest[HASH_SIZE]; /* of the whole state, kept by difference; what the last events changed is in it after fold_end() */
    uint64_t refolds;          /* histories read again since fold_begin() */
    uint64_t appended;         /* events that were simply put last since fold_begin() */
    uint64_t retractions;      /* rows the state keeps of each: while there are none, nobody asks */
    uint64_t corrections;
    uint64_t lacking; /* statements whose entries have not all come (core/reconcile/clock.h) */
    int keeps_words;  /* TABLE_WORD is kept, for search.h: fold_keep_words() */
    uint64_t recent;  /* entries from this position on came within a quarter of an hour of the last (core/reconcile/lapse.h) */
    int64_t recent_ms;
    int may_miss;    /* the journal has stubs (journal_stub.h), or the state waits for some */
    int owes;        /* what the event under way shows could not be found for want of pruned bytes */
    uint64_t paying; /* position of the one that is being made good */
    uint64_t owed;   /* entries that wait for such (core/fold/waiting.h) */
    uint64_t wanted; /* stubs asked for since fold_begin() */
    size_t
        long_history; /* entries: what is asked of a longer one many times in a row is found once (core/fold/afresh.h); a test may set another */
    struct fold_work *work;   /* owned; counters on their way into the state; NULL until the first event */
    struct fold_ahead *ahead; /* borrowed, may be set after fold_begin(); NULL: none */
};

#define FOLD_LONG 64u
#define FOLD_SCHEMA 24u /* raised when records change their bytes or their meaning: the state is then rebuilt */

/* Reads cursor and digest. NAVETTE_E_VERSION: the store holds another schema: fold_reset() and fold again from position 1. */
int fold_begin(struct fold *fold, struct store_txn *state, struct store_txn *journal);
/*
 * Between fold_begin() and the first fold_next(): this state keeps the words of labels too, from its first event on; every later fold of it does without being asked.
 * NAVETTE_E_VERSION: it was folded without: fold_reset() and begin again.
 */
int fold_keep_words(struct fold *fold);
/* Empties the state's tables. */
int fold_reset(struct store_txn *state);
/*
 * Folds the entry at fold->cursor + 1. Returns 0 also when the event was set aside: parked (type or family unknown to this version) or
 * refused (malformed); TABLE_ASIDE then says why. NAVETTE_E_NOT_FOUND: nothing there yet.
 */
int fold_next(struct fold *fold);
/*
 * Where bytes were given up (journal_stub.h): an event that cannot be folded without some of them is kept and waits, as fold_waiting() tells, and what it needs is asked for (journal_want()). To be called before
 * fold_next(): once nothing is asked for any more and something came back, the events for which that was enough come again at the end of the journal, and what else was owed is made good; what lacks bytes that
 * nobody gives (journal_refuse()) goes on waiting, alone. A state that was folded anew over stubs is hollow: it is as good as what is here, and fold_begin() answers NAVETTE_E_VERSION once none is left, or after
 * fold_refill(). `state` and `journal` have to be one transaction.
 */
int fold_resume(struct fold *fold);
/* 1: fold_begin() or fold_resume() would do something now; 0; or a code. */
int fold_may_resume(struct store_txn *txn);
/* No more comes for now: if anything came, what waits goes on, whatever else is asked for, and a hollow state is folded anew. */
int fold_refill(struct store_txn *txn);
/* How many events wait, or are owed something; 1: the state is hollow. */
int fold_owes(struct store_txn *state, uint64_t *owed, int *hollow);
/*
 * May its bytes be given up? 1: a movement of things that are all at rest at a place, without order, round, untagged bags, retraction or discrepancy, whose histories lack nothing, and not what their records rest
 * on; FOLD.md says it exactly. 0: they may not.
 */
int fold_is_closed(struct store_txn *txn, const struct journal_entry *entry);
/*
 * Asks for what the histories of all things of the entry at `position` lack, and for that one itself, for somebody who waits: also for what stands refused since before before_ms (wall clock).
 */
struct fold_wanted {
    uint64_t count;
    uint64_t refused;      /* of these, nobody could give so many a moment ago */
    enum want_refusal why; /* ... the last of them */
};
int fold_want_around(struct store_txn *txn, uint64_t position, int64_t before_ms, struct fold_wanted *wanted);
/* Asks for the bytes that the history of `key` lacks; *wanted: how many. */
int fold_want(struct store_txn *txn, const struct thing_key *key, uint64_t *wanted);

/* Writes counters, cursor and digest: to be called before the state's transaction is committed; until then its counters are those of before. */
int fold_end(struct fold *fold);
/* Instead of fold_end(), when the transaction is to be aborted although no fold_next() failed. */
void fold_abandon(struct fold *fold);

/* ---- reading the state */

int fold_read(struct store_txn *state, const struct thing_key *key, struct thing_record *record); /* NAVETTE_E_NOT_FOUND; free it */
int fold_label(struct store_txn *state, const struct thing_key *key, struct label *label);        /* NAVETTE_E_NOT_FOUND */
int fold_cursor(struct store_txn *state, uint64_t *cursor);
int fold_digest(struct store_txn *state, uint8_t digest[HASH_SIZE]);
/* The event that counts of a place, rule, operator or node (its latest; for a node the latest that enrolled, granted or revoked). NAVETTE_E_NOT_FOUND; event_free(). */
int fold_decided(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, struct event *event);
/* The same by what this store held at journal position `known` (UINT64_MAX: now). */
int fold_decided_known(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, uint64_t known,
                       struct event *event);
/* The outermost container of a thing, itself when in none; record must be freed. */
int fold_root(struct store_txn *state, const struct thing_key *key, struct thing_record *root);

/* The references a new event about `key` carries as its parent: the last event known of it. seq 0: none. */
int fold_parent(struct store_txn *state, const struct thing_key *key, struct ref *parent);

/*
 * The last event about `key` that `incarnation` itself wrote, among the latest of its history: a second parent. The last one in order need not follow it
 * when clocks differ, and what one has done oneself always comes before what one does next. seq 0: none.
 */
int fold_own(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, const uint8_t incarnation[INCARNATION_SIZE],
             struct ref *own);
/* The logs that a node began, and those that they continue, by what the hub has said of it (IncarnationStarted, FrontierNoted): appended, each INCARNATION_SIZE long, some more than once. */
int fold_own_logs(struct store_txn *state, struct store_txn *journal, const uint8_t node[NODE_ID_SIZE], struct buffer *logs);

struct aside {
    uint64_t position;
    struct ref self;
    int parked;             /* 2 waits for older movements to come back, 1 parked, 0 refused */
    int reason;             /* Navette__Reason */
    int cause;              /* Navette__RefusalCause, of what the hub refused for want of a right; 0: an older hub did not say */
    int right;              /* Navette__Right that it takes, 0 unless the cause is the role */
    struct ref refusal;     /* the hub's; seq 0: there is none */
    enum want_refusal lost; /* of one that waits: why what it lacks does not come; WANT_NOT_REFUSED: it is asked for */
};
/* Those at or after `from`, at most `max`; returns the number or a negative code. */
int fold_aside(struct store_txn *state, struct store_txn *journal, uint64_t from, struct aside *list, size_t max);

/* One declared place, as its latest PlaceDeclared says. NAVETTE_E_NOT_FOUND. Fields are borrowed from the event: event_free(). */
int fold_place(struct store_txn *state, struct store_txn *journal, const char *code, struct event *declared);

/* ---- one history, placed in its order */

struct history_step {
    struct journal_entry entry;
    struct event event;        /* decoded; owned by the history */
    enum event_part part;      /* how it concerns the thing */
    int absent;                /* retracted or refused: shown, not applied */
    struct ref absent_by;      /* the retraction or refusal that made it so */
    int conflict;              /* applied against a custody that no movement links */
    int explained;             /* its explanation is in the set and placed before it, or it needs none */
    int64_t time_ms;           /* corrected time */
    int time_is_corrected;     /* 1: by a clock correction; 0: as written */
    struct thing_record after; /* custody after this step (contents not filled) */
};

struct history {
    struct thing_key key;
    struct history_step *steps; /* in the deterministic order; absent ones stand where their place in the order would be */
    size_t count;
    size_t pruned; /* left out by fold_history_kept() */
};

/* Only events whose corrected time is <= at_ms (INT64_MAX: all). NAVETTE_E_NOT_FOUND: nothing is known of it. */
int fold_history(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, int64_t at_ms, struct history *history);
/* The same by what this store held at journal position `known` (UINT64_MAX: now). */
int fold_history_known(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, int64_t at_ms, uint64_t known,
                       struct history *history);
/*
 * The same, of what is kept here: what was given up (journal_stub.h) is left out and counted instead of NAVETTE_E_PRUNED. For what is never given up, which fold_is_closed() says: registrations, changes, packings
 * for an order, sightings in a zone, all of what was packed for an order and of what it was packed in. These stand in their order, and where they say a thing to be it was; what `after` owes to earlier steps it
 * may lack.
 */
int fold_history_kept(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, int64_t at_ms, uint64_t known,
                      struct history *history);
void history_free(struct history *history);

/* Checks that counters, contents and what is kept of the past equal a count made afresh from the records, and the digest too. NAVETTE_E_CHAIN when not. */
int fold_check(struct store_txn *state);

#endif
