/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_HANDOVER_H
#define NAVETTE_HANDOVER_H

#include "navette/discrepancy.h"

/*
 * Hand-overs: what one gives another, through a carrier. Each of the three may count, by typing figures or by scanning, and none has to. A hand-over is called by its slip
 * or by its stop (round, stop from 1, direction: out unless said, back for what is collected); who names both says that they are one. A printed slip's reference is the
 * hand-over of the dispatch it points to. A count that names nothing stays by itself until a person pairs it.
 *
 * | party | counts by scanning | counts by figures | has counted |
 * | --- | --- | --- | --- |
 * | giver | Dispatched and Collected, less what was cancelled | HandoverCounted | as soon as it says anything |
 * | carrier | - | HandoverCounted | when it has typed figures |
 * | taker | Received, SeenOnReception, Refused | HandoverCounted | when it has typed figures, or closed a checked reception that names the hand-over; of untagged bags as soon as a reception names some |
 *
 * Each party counts for itself: a taker's count made where the dispatches say that it was given (and a giver's where it was taken) counts for nothing.
 *
 * What a party says on the phone (PhoneCounted) counts for it where it has recorded nothing itself, with low confidence: what is short or over by such a figure alone stays provisional
 * (verdict.h). Once the party has counted, that counts, and a figure that differs from what was said is DISCREPANCY_PHONE.
 *
 * Of one party the last count of the same slip or stop replaces the earlier ones. Figures cover what they were typed for (`counted`), scans the rest: crates and bags by
 * their tags, bags only when no crate is given; documents when nothing is given that may hold some, else those that the dispatch says are inside, when it says so of any;
 * untagged bags, beside the tagged ones, when any are named. A taker that scans no document has not counted those that came inside.
 * A count of the stop is of all its slips; without one, a party's counts of the slips are added up, and it has counted when it has counted each of them.
 *
 * Two are compared, what both have counted: the giver, or the carrier when the giver has said nothing; and the taker, or the carrier when the taker has not counted. Tags are
 * compared between dispatch and checked reception. So:
 *
 * | giver | carrier | taker | short or over |
 * | --- | --- | --- | --- |
 * | said nothing | any | not counted | none yet: nothing to compare |
 * | any | not counted | not counted | none yet: a thing on the road is nobody's fault; when it is late, discrepancy.h says so |
 * | counted | any | counted | giver against taker; the carrier says on which side of it the gap lies |
 * | counted | counted | not counted | giver against carrier |
 * | said nothing | counted | counted | carrier against taker |
 *
 * DISCREPANCY_SHORT: the later of the two has less of something, or did not see a tag. DISCREPANCY_OVER: it has more, or saw a tag that was not given (a bag beside crates, or a document
 * beside bags, may have been inside). Both may stand. Concerned: where it was taken, where it was given, the carrier (when its code is a place, and where it counted).
 * They are known by the hand-over alone: what a late event makes of a figure does not make another discrepancy.
 */
#define HANDOVER_EVENTS_MAX 1024u /* events that name one slip or stop; one that more name is not compared: a number used for everything */

enum handover_party { HANDOVER_GIVER = 0, HANDOVER_CARRIER = 1, HANDOVER_TAKER = 2, HANDOVER_PARTIES = 3 };
const char *handover_party_name(int party); /* "giver", "carrier", "taker". Static */

/* What was counted. */
#define HANDOVER_CRATES 1u
#define HANDOVER_BAGS 2u
#define HANDOVER_ITEMS 4u
#define HANDOVER_POOLS 8u

struct handover_pool {
    char kind[LIMIT_CODE + 1];
    uint64_t count;
};

struct handover_figures {
    uint8_t counted; /* HANDOVER_CRATES... */
    uint64_t crates, bags, items;
    struct handover_pool *pools; /* by kind */
    size_t pool_count;
};

struct handover_count {
    struct handover_figures figures;
    int spoke;                        /* it has said something */
    int done;                         /* it has counted */
    size_t scans;                     /* things it named */
    struct ref by;                    /* its last count or closing, else its first scan; seq 0: it said nothing */
    char place[LIMIT_PLACE_CODE + 1]; /* where that was */
    int64_t time_ms;                  /* when, as written */
    uint8_t phoned;                   /* the figures that it said on the phone alone: HANDOVER_CRATES... */
    int denied;                       /* it counted something else than it had said */
    struct ref told;                  /* its last word on the phone; seq 0: none */
    char told_place[LIMIT_PLACE_CODE + 1];
    int64_t told_ms; /* when it was said */
};

struct handover {
    struct thing_key key;
    char slip[LIMIT_CODE + 1]; /* the first it is called by; "" */
    char round[LIMIT_THING_ID + 1];
    uint32_t stop;
    int direction; /* Navette__HandoverDirection; 0: no stop */
    char carrier[LIMIT_CODE + 1];
    char from[LIMIT_PLACE_CODE + 1]; /* "" when nobody says */
    char to[LIMIT_PLACE_CODE + 1];
    int32_t day; /* of its first event, as written */
    struct handover_count parties[HANDOVER_PARTIES];
    struct handover_tag {
        struct thing_key key;
        struct ref event; /* that named it */
    } * missing;          /* given, not seen at a checked reception */
    size_t missing_count;
    struct handover_tag *extra; /* seen there, not given */
    size_t extra_count;
    struct ref *dispatches; /* present ones */
    size_t dispatch_count;
    int earlier, later; /* the two that are compared, -1: none */
    int is_short, is_over;
    int phone_short, phone_over; /* only by what was said on the phone */
    int unpaired;                /* one count that names nothing, and that nobody has paired */
};

/* The hand-over a key (of kind THING_HANDOVER) or an event belongs to. NAVETTE_E_NOT_FOUND, NAVETTE_E_MEMORY, codes of the store; handover_free(). */
struct verdict_moment;
int handover_read(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, struct handover *handover);
/* The same of what this store held then, and had happened by then (verdict.h; NULL: now, and all). */
int handover_read_known(struct store_txn *state, struct store_txn *journal, const struct thing_key *key,
                        const struct verdict_moment *moment, struct handover *handover);
int handover_read_ref(struct store_txn *state, struct store_txn *journal, const struct ref *event, struct handover *handover);
void handover_free(struct handover *handover);

/* later - earlier of one figure; 0 when either has not counted it. */
int64_t handover_gap(const struct handover *handover, int earlier, int later, unsigned int figure);
/* The same of one kind of untagged bags. */
int64_t handover_pool_gap(const struct handover *handover, int earlier, int later, const char *kind);

struct handover_filter {
    const char *slip;  /* NULL: all */
    const char *round; /* NULL: all */
    const char *place; /* given, taken or counted there; NULL: all */
    int gaps;          /* only those that are short or over */
    int unpaired;      /* only counts to be paired */
    size_t max;
    const struct verdict_moment *moment; /* verdict.h; NULL: now, and all */
};

struct handover_view {
    struct handover *rows; /* by key */
    size_t count;          /* at most max */
    size_t total;
    size_t pruned; /* left out: of which movements were given up here (journal_stub.h); asked for by its name it answers NAVETTE_E_PRUNED */
};
int handover_list(struct store_txn *state, struct store_txn *journal, const struct handover_filter *filter, struct handover_view *view);
void handover_view_free(struct handover_view *view);

/*
 * The key of a hand-over as people call it: a reference, "ROUND/STOP", "ROUND/STOP/out" or "/back", else a slip. NAVETTE_E_INVALID.
 */
int handover_key_of_name(const char *name, struct thing_key *key);
/* The key of a slip; of a stop (direction 0: out). NAVETTE_E_INVALID. */
int handover_key_of_slip(const char *slip, struct thing_key *key);
int handover_key_of_stop(const char *round, uint32_t stop, int direction, struct thing_key *key);
#endif
