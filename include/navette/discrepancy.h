/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_DISCREPANCY_H
#define NAVETTE_DISCREPANCY_H

#include "navette/fold.h"
#include "navette/frontier.h"

/*
 * Discrepancies: what the history of a thing shows that nothing explains. They are a pure function of the history, so that the same set of events gives the
 * same ones in any order of arrival; time makes none. The state keeps them (TABLE_DISCREPANCY, outside the digest) with the position at which they opened
 * at this replica; how sure they are is a verdict, made when asked (verdict.h).
 *
 * P is the place of the event that shows it, "before" the custody it found. `concerned` are the places whose nodes may still hold what explains it; "*":
 * any place.
 *
 * | kind | the history shows | concerned | leg |
 * | --- | --- | --- | --- |
 * | received, never dispatched | Received or SeenOnReception, unexplained; before: nothing known, a person, another place, a transit to another place | P; `from` when it says so, else where it was before, else * | its dispatch reference, else its slip, else (from, P, day) |
 * | two open transits | Dispatched or Collected in conflict; before: a transit | P and both ends of that transit | the second dispatch |
 * | two places at once | any other conflict | P; where it was before | for a dispatch: itself; else (before, P, day) |
 * | dispatched, never received | in transit past its term | both ends | the dispatch |
 * | delivered, never received | Delivered; before: a transit to P, or nothing known | P; the transit's origin, else * | the dispatch, else ("", P, day) |
 * | count variance | CountClosed names it missing; before: normal, and not on the road, with a person or at another place | P and its home | the count |
 * | short, over | not one thing's history but all that speaks of a hand-over: handover.h | both ends and the carrier | none: the hand-over is the leg |
 * | sealed deposit that differs | the histories of a container and of the bags that came out of it: deposit.h | where it was declared and where it was opened | the deposit |
 * | bag overdue | a bag or crate with a person or at a relay past its term | the place that has it | the event that brought it there |
 * | bag ledger out of balance | subject: a kind of untagged bags; a place gave more than it had, or more or fewer were received than sent (core/reconcile/ledger.h) | the place; both ends | the place; the slip, else (from, to) |
 * | clock suspect | entries of a node whose time can't be right, by what it stated before and after (core/reconcile/clock.h); withdrawn by a ClockCorrected | where they happened | the log and its boot |
 * | phone-in report contradicted | a thing's history or a hand-over: what was said on the phone does not agree with what is recorded (core/reconcile/phone.h, handover.h) | the place that said it; where the other was recorded | the report |
 *
 * Terms are rules (RULE_LATE, without one DISCREPANCY_LATE_DAYS after the day of departure; RULE_OVERDUE, without one none), and time makes them pass: what
 * is past its term is derived when asked, and not kept. Kept is what was past it here and ended: withdrawn when that happened in time and was not known,
 * ended when it happened late.
 *
 * Days of legs are those of the clock as written, so that no later correction changes what a discrepancy is called.
 */
enum discrepancy_kind {
    DISCREPANCY_RECEIVED = 1,
    DISCREPANCY_TRANSITS = 2,
    DISCREPANCY_PLACES = 3,
    DISCREPANCY_TRANSIT = 4,
    DISCREPANCY_DELIVERED = 5,
    DISCREPANCY_COUNT = 6,
    DISCREPANCY_SHORT = 7,
    DISCREPANCY_OVER = 8,
    DISCREPANCY_DEPOSIT = 9,
    DISCREPANCY_OVERDUE = 10,
    DISCREPANCY_LEDGER = 11,
    DISCREPANCY_CLOCK = 12,
    DISCREPANCY_PHONE = 13,
    DISCREPANCY_KIND_COUNT = 14
};

#define DISCREPANCY_ID_SIZE HASH_SIZE
#define DISCREPANCY_EVENTS 4u /* more events of one leg are not listed */
#define DISCREPANCY_PLACES_MAX 4u
#define DISCREPANCY_LEG_MAX (2u + 2u * LIMIT_PLACE_CODE + 5u)
#define DISCREPANCY_ANYWHERE "*"
#define DISCREPANCY_LATE_DAYS 7

struct discrepancy_finding {
    uint8_t id[DISCREPANCY_ID_SIZE]; /* BLAKE2b-256(kind u8 || thing key || leg) */
    uint8_t kind;
    struct ref events[DISCREPANCY_EVENTS]; /* the one that shows it first */
    size_t event_count;
    char places[DISCREPANCY_PLACES_MAX][LIMIT_PLACE_CODE + 1]; /* concerned; the one that shows it first */
    size_t place_count;
    struct ref ended; /* count variance: the later evidence that closed it. seq 0: open */
};

struct discrepancy_findings {
    struct discrepancy_finding *list; /* by id */
    size_t count;
};

/* What one history shows. NAVETTE_E_MEMORY. */
int discrepancy_of(const struct history *history, struct discrepancy_findings *findings);
void discrepancy_free(struct discrepancy_findings *findings);

/* Time makes it: kept only when it has ended, and no part of what the set shows. */
int discrepancy_has_term(int kind);
const char *discrepancy_name(int kind); /* "received-never-dispatched"...: as in JSON. Static. */

/* ---- what the state keeps */

enum discrepancy_state {
    DISCREPANCY_OPEN = 1,
    DISCREPANCY_WITHDRAWN = 2, /* the history does not show it any more */
    DISCREPANCY_ENDED = 3      /* later evidence closed it: finding.ended */
};

struct discrepancy_row {
    struct thing_key subject;
    struct discrepancy_finding finding;
    uint8_t state;
    uint64_t opened;  /* position of the entry that made it derivable here */
    uint64_t changed; /* of the one that closed it last; 0: never closed */
    int64_t due_ms;   /* its term; 0: it has none */
};

/* Calls `row` for each that is kept of a thing (NULL: of all), by thing, then id, until it answers other than 0. */
typedef int discrepancy_visit(const struct discrepancy_row *row, void *context);
int discrepancy_each(struct store_txn *state, const struct thing_key *subject, discrepancy_visit *visit, void *context);

/* The same as it was kept when this store held the entries up to `known`. */
int discrepancy_each_known(struct store_txn *state, const struct thing_key *subject, uint64_t known, discrepancy_visit *visit,
                           void *context);

/* The DiscrepancySettled of the network's own desk that counts (the first that is not retracted). NAVETTE_E_NOT_FOUND; event_free(). */
int discrepancy_settled(struct store_txn *state, struct store_txn *journal, const uint8_t id[DISCREPANCY_ID_SIZE], struct event *event);
int discrepancy_settled_known(struct store_txn *state, struct store_txn *journal, const uint8_t id[DISCREPANCY_ID_SIZE], uint64_t known,
                              struct event *event);

/* Hash of all that are kept and not withdrawn, in key order, positions left out: equal where the same set is folded. */
int discrepancy_digest(struct store_txn *state, uint8_t digest[HASH_SIZE]);
/* Derives those of every thing afresh. NAVETTE_E_CHAIN when what is kept differs. */
int discrepancy_check(struct store_txn *state, struct store_txn *journal);

#endif
