/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_STATE_H
#define NAVETTE_STATE_H

#include "navette/limits.h"
#include "navette/ref.h"
#include "navette/thing.h"

/*
 * The state of one document, bag or crate: what FOLD.md derives from its history. Its canonical bytes are FOLD.md's, and enter the digest. TABLE_THING holds the same in fewer bytes, with a
 * local tail (what the next fold of this thing needs; not in the digest).
 */

enum custody_kind {
    CUSTODY_NONE = 0,      /* nothing is known of where it is */
    CUSTODY_PLACE = 1,     /* at `place` */
    CUSTODY_TRANSIT = 2,   /* from `place` to `to` */
    CUSTODY_PERSON = 3,    /* with a person, delivered at `place` */
    CUSTODY_CONTAINER = 4, /* in `container`, wherever that is */
};

enum condition {
    CONDITION_NORMAL = 0,
    CONDITION_MISSING = 1,   /* expected, not seen */
    CONDITION_LOST = 2,      /* given up */
    CONDITION_WITHDRAWN = 3, /* documents withdrawn, bags retired */
};

/* As views and counters show it. STATE_SHELF and STATE_CLEAN / STATE_PACKED at a relay are shown as "at relay" by the view. */
enum thing_state {
    STATE_UNKNOWN = 0,
    STATE_SHELF = 1,
    STATE_STAGED = 2,
    STATE_IN_CONTAINER = 3,
    STATE_IN_TRANSIT = 4,
    STATE_WITH_PERSON = 5,
    STATE_ISOLATED = 6,
    STATE_CLEANING = 7,
    STATE_MISSING = 8,
    STATE_LOST = 9,
    STATE_DAMAGED = 10,
    STATE_WITHDRAWN = 11, /* retired, for a bag */
    STATE_CLEAN = 12,     /* bags: empty and not sealed */
    STATE_PACKED = 13,    /* bags: sealed, or something inside */
    STATE_AT_RELAY = 14,  /* views only */
    STATE_COUNT = 15
};

/* One kind of content: how many things of this kind, material and home are inside, at any depth. */
struct content {
    uint8_t kind;       /* THING_ITEM, THING_BAG */
    uint8_t registered; /* only registered things are counted in stock */
    uint8_t packed;     /* bags: would show as packed */
    char material[LIMIT_MATERIAL + 1];
    char home[LIMIT_PLACE_CODE + 1];
    int64_t count; /* > 0 in a record; a difference when a contribution travels */
};

/* The life of an order (core/fold/reservation.c). */
enum order_state {
    ORDER_STATE_NONE = 0,   /* named by others only */
    ORDER_STATE_PLACED = 1, /* to prepare */
    ORDER_STATE_PREPARED = 2,
    ORDER_STATE_STAGED = 3, /* in the pick-up place's zone */
    ORDER_STATE_HANDED_OVER = 4,
    ORDER_STATE_CANCELLED = 5,
    ORDER_STATE_NO_SHOW = 6,
    ORDER_STATE_UNMET = 7,
    ORDER_STATE_COUNT = 8
};

/* What made the order of a history other than the plain one. */
enum order_flag {
    ORDER_FORCED = 1, /* all that could be placed waited, one was placed all the same */
    ORDER_CYCLE = 2,  /* nothing had its parents placed */
    ORDER_CHAIN = 4,  /* the last one descends from all others */
    ORDER_FOUND = 8,  /* it shows discrepancies: what is kept of them is compared when it is read again */
    ORDER_PHONED = 16 /* somebody spoke of it on the phone: each event is held against that (core/reconcile/phone.h) */
};

#define RECORD_EVENTS_MAX 0x3fffffffu
#define RECORD_OPEN_MAX                                                                                                                    \
    200u /* four explanations at places, the longest codes included, or more short ones; a forgotten one costs a re-fold */

/*
 * Also of places, rules and nodes, which have a cause (the event that counts) and a local tail, and nothing else; and of orders, which have `order`, `place`
 * (where it is to be picked up), a cause (the event that gave the state) and a local tail.
 */
struct thing_record {
    struct thing_key key;
    uint8_t registered;
    uint8_t custody;   /* enum custody_kind */
    uint8_t condition; /* enum condition */
    uint8_t conflict;  /* 1: the last event that moved it contradicts the custody before, and no movement links them */
    uint8_t sealed;    /* bags */
    uint8_t order;     /* enum order_state */
    char place[LIMIT_PLACE_CODE + 1];
    char to[LIMIT_PLACE_CODE + 1];
    struct thing_key container;
    int64_t since_ms;                  /* corrected time of the event that gave this custody */
    int32_t day;                       /* in transit: day of departure, days since 1970-01-01; else 0 */
    struct ref cause;                  /* event that gave this custody; the dispatch of a transit */
    char material[LIMIT_MATERIAL + 1]; /* a bag's kind */
    char home[LIMIT_PLACE_CODE + 1];   /* a bag's owner; "" = not registered */
    char seal[LIMIT_CODE + 1];
    struct content *contents; /* owned: thing_record_free(); sorted by kind, registered, packed, material, home */
    size_t content_count;

    /* local tail: what the order of its history leaves behind for the next event (core/fold/append.h) */
    uint32_t events;  /* in its history, RECORD_EVENTS_MAX at most: a journal of 2^30 entries about one thing is none of ours */
    struct ref last;  /* last in its order */
    uint64_t max_hlc; /* the greatest (hlc, incarnation, seq) in its history */
    struct ref max_ref;
    int64_t latest_ms;   /* the greatest corrected time in its history */
    uint8_t order_flags; /* enum order_flag */
    uint64_t missing;    /* filter of parents and dispatches named in the history and not in the set yet */
    uint64_t wanted;     /* filter of what would explain an entry that was placed without its explanation */
    uint8_t open_len;
    uint8_t open[RECORD_OPEN_MAX]; /* explanations that nothing has used up yet: u8 length and token, the oldest first */
    uint64_t newest;               /* position of the last event that came about it, absent ones too (core/fold/trail.h); 0: none */
};

/* Of an item's extra subfields (proto): its id was made by an import, for want of a barcode, and is to be printed on a label. */
#define LABEL_EXTRA_KEY "navette-label"

/* Catalogue attributes that are shown and never counted. */
struct label {
    char title[LIMIT_TITLE + 1];
    char author[LIMIT_AUTHOR + 1];
    char call_number[LIMIT_CODE + 1];
    char size[LIMIT_CODE + 1];
    int to_print; /* it has the extra LABEL_EXTRA_KEY; not encoded, label_decode() gives 0 */
};

/* An empty record for `key`: nothing known. */
void thing_record_init(struct thing_record *record, const struct thing_key *key);
void thing_record_free(struct thing_record *record);

/* Appends the canonical bytes. NAVETTE_E_MEMORY. */
int thing_record_canonical(const struct thing_record *record, struct buffer *out);
/* Appends what TABLE_THING holds, all of it. NAVETTE_E_MEMORY. */
int thing_record_encode(const struct thing_record *record, struct buffer *out);
/* Reads `newest` alone. NAVETTE_E_STORE when damaged. */
int thing_record_newest(struct span bytes, uint64_t *newest);
/* NAVETTE_E_STORE when damaged, NAVETTE_E_MEMORY. */
int thing_record_decode(const struct thing_key *key, struct span bytes, struct thing_record *record);

/* Adds `difference->count` of one kind of content (negative takes away; a line of 0 goes). NAVETTE_E_MEMORY, NAVETTE_E_TOO_LARGE over 2^32 - 1 lines. */
int thing_record_add_content(struct thing_record *record, const struct content *difference);
int64_t thing_record_items(const struct thing_record *record); /* documents inside, at any depth */

/* The same, contents and local tail too: thing_record_free(). NAVETTE_E_MEMORY. */
int thing_record_copy(const struct thing_record *record, struct thing_record *copy);
/* In a container, and counted with it: not missing, lost or withdrawn. */
int thing_record_is_inside(const struct thing_record *record);
int thing_record_is_packed(const struct thing_record *record);               /* a bag or crate that is sealed or holds something */
int thing_content_compare(const struct content *a, const struct content *b); /* as lines are sorted; counts are not looked at */

int label_encode(const struct label *label, struct buffer *out);
int label_decode(struct span bytes, struct label *label);
int label_is_empty(const struct label *label); /* no row then */

const char *state_order_name(int order);   /* "placed", "handed-over"...: as in JSON. Static. */
int state_order_of_name(const char *name); /* -1 */
const char *state_name(int state);         /* "shelf", "in-transit"...: as in JSON. Static. */
int state_of_name(const char *name);       /* -1 */

/*
 * One cell of the counters: things of a kind and material, of one home, in one state at one place. TABLE_COUNTER's key is its encoding
 * (FOLD.md); cells that count 0 have no row.
 */
struct cell {
    uint8_t kind;
    uint8_t state;
    char place[LIMIT_PLACE_CODE + 1];
    char to[LIMIT_PLACE_CODE + 1]; /* in transit only */
    int32_t day;                   /* in transit: departure; isolated: release; else 0 */
    char material[LIMIT_MATERIAL + 1];
    char home[LIMIT_PLACE_CODE + 1];
};

int cell_encode(const struct cell *cell, struct buffer *out);
int cell_decode(struct span bytes, struct cell *cell);
/*
 * An encoded cell without its home; without its day where it is not on the road or `day` is 0; without its destination where `to` is 0. Written to `less`, which has room for as much and may be
 * the same bytes. What is no cell is written as it is. Returns the length.
 */
size_t cell_leave_out(struct span cell, int day, int to, uint8_t *less);

/* The cell of a thing that is in no container, and of one kind of content of it. Returns 1, or 0 when it is not counted (not registered): the cell is filled all the same. */
int cell_of_root(const struct thing_record *root, struct cell *cell);
int cell_of_content(const struct thing_record *root, const struct content *content, struct cell *cell);

#endif
