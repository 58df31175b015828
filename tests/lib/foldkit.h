/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FOLDKIT_H
#define TESTS_FOLDKIT_H

#include "memstore.h"
#include "navette/arena.h"
#include "navette/fold.h"

/*
 * Short words for histories. Things are written by their first letter: i documents (namespace "ns"), b bags, c crates, p places, r rules,
 * n nodes; the whole word is the id, but for places: "i1", "b1", "pA" (place A). A list is separated by spaces; for packing events the container comes first. No memory is an
 * assert.
 */
#define FOLDKIT_MAX 2048u
#define FOLDKIT_START_MS INT64_C(1587117600000) /* 17 April 2020, 10:00 UTC: day 18369 */
#define FOLDKIT_START_DAY 18369

struct foldkit {
    struct arena *arena;
    struct journal_entry entries[FOLDKIT_MAX]; /* in the order in which they were made; position 0 */
    size_t count;
    uint64_t seq[16];    /* by node */
    int64_t now_ms;      /* of the next event; each is a minute after the one before */
    uint64_t boot;       /* of the next events */
    int with_parents;    /* 1: each event names the last one made about each of its things */
    struct ref last[64]; /* of things seen, for that */
    struct thing_key seen[64];
    size_t seen_count;
    const char *author; /* of documents; NULL: "" */

    /* for the next event only */
    struct ref dispatch;
    struct ref parents[8];
    size_t parent_count;
    uint64_t hlc; /* 0: from now_ms */
    const char *departed;
    const char *title;
};

void foldkit_init(struct foldkit *kit);
void foldkit_free(struct foldkit *kit);

struct thing_key foldkit_key(const char *word);

/*
 * One event by a node (0..15), at a place ("": the network's own). extra: where to (dispatched, collected), the seal, the material (registered,
 * changed: home is the place, or HUB for ""), kind (commissioned: the owner is the place, or HUB), "relay" for place declared, `at`
 * after a colon ("book:A2").
 */
struct ref foldkit_event(struct foldkit *kit, unsigned int node, const char *place, Navette__Event__BodyCase body, const char *things,
                         const char *extra);
/* Retracts, refuses, corrects a clock: offset makes the wall clock of `boot` of that node. */
struct ref foldkit_retract(struct foldkit *kit, unsigned int node, const char *place, struct ref target);
struct ref foldkit_refuse(struct foldkit *kit, struct ref target);
/* Takes one refusal back: likewise of the hub. */
struct ref foldkit_admit(struct foldkit *kit, struct ref refusal);
struct ref foldkit_correct(struct foldkit *kit, unsigned int node, uint64_t boot, int64_t wall_minus_boot_ms);
/*
 * One event at random: a few documents, bags and crates at three places, one node each. trouble: clocks that are off, corrections, retractions of
 * anything, refusals, references to dispatches, parents at random.
 */
void foldkit_random(struct foldkit *kit, uint64_t *random, int trouble);
/* 0 .. count - 1 in a random order. */
void foldkit_shuffle(size_t *order, size_t count, uint64_t *random);
/* Asserts the same digest and sound counters in the order made, backwards and in others at random, `runs` in all, some entries coming twice. */
void foldkit_one_state(const struct foldkit *kit, uint64_t *random, int runs);
/* Folds what was made since `from` and commits, fold_check() asserted; answers how many histories were read again. */
uint64_t foldkit_since(const struct foldkit *kit, struct memstore *store, size_t from);
/* Bytes as they are, well formed or not. */
struct ref foldkit_raw(struct foldkit *kit, unsigned int node, struct span bytes);

/* Decoded again, as the fold sees it: event_free(). */
void foldkit_decode(const struct foldkit *kit, size_t entry, struct event *event);

/*
 * Appends the entries named by `order` (NULL: as made, all of them; the same one may come twice) to a new store, folding after each, and commits.
 * read_again: each history is read at each event, the short way is never taken.
 */
struct memstore *foldkit_play(const struct foldkit *kit, const size_t *order, size_t count, int read_again);
/* The same into an open transaction, from `first` on; answers the first code that is not 0. fold (may be NULL) is what fold_end() was given. */
int foldkit_feed(const struct foldkit *kit, struct store_txn *txn, const size_t *order, size_t count, int read_again, struct fold *fold);

/* What the store says. */
struct thing_record foldkit_record(struct memstore *store, const char *word); /* asserts that there is one */
int foldkit_has(struct memstore *store, const char *word);
void foldkit_digest(struct memstore *store, uint8_t digest[HASH_SIZE]);
/* Count of cells of this state and place ("*": any place), of all kinds. */
int64_t foldkit_count(struct memstore *store, int kind, int state, const char *place);
int foldkit_check(struct memstore *store); /* fold_check() */

/* One letter an event, as foldkit_event() takes. */
#define EV(name) NAVETTE__EVENT__BODY_##name

#endif
