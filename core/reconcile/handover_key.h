/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECONCILE_HANDOVER_KEY_H
#define RECONCILE_HANDOVER_KEY_H

#include "navette/event.h"

/*
 * What an event says of a hand-over, and how a hand-over is called. Forms, by the key's namespace:
 *
 * | namespace | id | the hand-over |
 * | --- | --- | --- |
 * | slip | the slip's number | that the slip goes with |
 * | out.N, back.N | the round | at stop N of the round, on the way out or back |
 * | ref | a reference, 64 hex digits | that the event speaks of: a dispatch that names neither, a count that names nothing |
 * | deposit.bag, deposit.crate | a bag, a crate | none: what was declared in it and what was found (deposit.h) |
 */
enum handover_role {
    HANDOVER_SAYS_NOTHING = 0,
    HANDOVER_GIVES,   /* Dispatched, Collected */
    HANDOVER_CANCELS, /* TransitCancelled */
    HANDOVER_TAKES,   /* Received, SeenOnReception, Refused */
    HANDOVER_COUNTS,  /* HandoverCounted */
    HANDOVER_CLOSES,  /* OperationClosed of a reception, checked, that names a hand-over */
    HANDOVER_PAIRS,   /* HandoverPaired */
    HANDOVER_PHONES   /* PhoneCounted that names a hand-over */
};

/* Borrowed from the event. */
struct handover_words {
    enum handover_role role;
    const char *slip;
    const char *round;
    uint32_t stop;
    int direction;       /* DIRECTION_OUT or _BACK */
    struct ref dispatch; /* whose hand-over is meant when slip and stop do not say; seq 0: none */
};

/* The role is HANDOVER_SAYS_NOTHING for what speaks of none. */
void handover_key_words(const struct event *event, struct handover_words *words);

#define HANDOVER_KEYS_MAX 2u
/* The hand-overs that an event names: its slip's, its stop's; when neither, that of its dispatch, or, for a count, its own. Returns the number. */
size_t handover_key_named(const struct event *event, const struct handover_words *words, struct thing_key keys[HANDOVER_KEYS_MAX]);

/* Only what gives or counts can be pointed to: a dispatch, another count. */
int handover_key_is_target(const struct handover_words *words);
void handover_key_of_ref(const struct ref *ref, struct thing_key *key);
/* 1 and the reference, or 0: another form. */
int handover_key_is_ref(const struct thing_key *key, struct ref *ref);
/* What is declared and found in this bag or crate. */
void handover_key_of_deposit(const struct thing_key *container, struct thing_key *key);
int handover_key_is_deposit(const struct thing_key *key, struct thing_key *container);
int handover_key_is_stop(const struct thing_key *key);

/* Which of two keys names a hand-over that has both: a slip, then a stop, then a reference; then the smaller. <0, 0, >0. */
int handover_key_compare(const struct thing_key *a, const struct thing_key *b);

#endif
