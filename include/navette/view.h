/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_VIEW_H
#define NAVETTE_VIEW_H

#include "navette/fold.h"
#include "navette/frontier.h"

/*
 * Views read the state and change nothing. `at_ms`: when it happened; VIEW_NOW reads the kept counters, any other time adds
 * up what the fold keeps of the past (core/fold/layers.h), however far back; those of one thing, and the things behind a figure, read histories. Rows are owned by the caller: each view has its free function. NAVETTE_E_MEMORY,
 * NAVETTE_E_STORE.
 */
#define VIEW_NOW INT64_MAX
/*
 * Another question is what was known: functions named _known take `known`, a position of this store's journal, and answer as a store that has only ever held
 * the entries up to it: what came later, retractions and corrections too, is not seen. Both questions combine. VIEW_KNOWN_ALL: all there is.
 */
#define VIEW_KNOWN_ALL UINT64_MAX

/* The moment a person asks of, in words. */
struct view_moment {
    int64_t at_ms;     /* VIEW_NOW */
    uint64_t known;    /* VIEW_KNOWN_ALL */
    int64_t known_ms;  /* when the last entry known came; else the caller's now */
    int64_t silent_ms; /* who is silent is asked for this moment: at_ms; else known_ms */
};

/*
 * at and known may be NULL or "". at: a time (tz.h). known: a journal position in digits, or a time. NAVETTE_E_INVALID: *wrong is the one that can't be read;
 * codes of the store. At or past the state's cursor, known is VIEW_KNOWN_ALL.
 */
int view_moment_read(struct store_txn *state, struct store_txn *journal, const char *tz, const char *at, const char *known, int64_t now_ms,
                     struct view_moment *moment, const char **wrong);

struct stock_row {
    struct cell cell; /* home, day and to are "" / 0 unless the filter asks for them */
    int64_t count;    /* what the received events say */
    int64_t low;      /* of them, those that no silent place can have moved or changed */
    int64_t high;     /* low, and all that silent places can have brought into this row */
};

struct stock_filter {
    const char *place;    /* NULL: all */
    const char *material; /* NULL: all */
    int state;            /* -1: all */
    int kind;             /* 0: documents */
    int by_home;          /* 1: a row for each home */

    /* of a figure only (view_figure()): a line of the transit list, a cell of the bag ledger */
    const char *to; /* NULL: all */
    int32_t day;    /* of departure; 0: all */
    int owned;      /* all but the withdrawn */
    int overdue;    /* past the term that a rule gives */
};

struct stock_view {
    struct stock_row *rows; /* sorted by place, state, material, home */
    size_t count;
    int64_t total;
    struct view_pool *pools; /* by material, then home; what silent places can have moved */
    size_t pool_count;
};

/*
 * Bounds. Things held at a silent place, or on the road from or to one, may have moved, changed or gone on to any other silent place since (over any
 * chain of them): together they are the pool of their material (and home, where rows have one). A row that such things can enter (what is at a silent
 * place, or left one) has high = low + pool; every other row high = count. A row that is not listed has count 0, low 0, and high = pool where its place
 * is silent, else 0. Without silence low = count = high.
 */
struct view_pool {
    char material[LIMIT_MATERIAL + 1];
    char home[LIMIT_PLACE_CODE + 1]; /* "" unless rows are by home */
    int64_t count;
};

/* Stock by place, state, material. Shelf at a relay shows as STATE_AT_RELAY. silences (may be NULL: nobody): who is silent at that moment. */
int view_stock_known(struct store_txn *state, struct store_txn *journal, const struct stock_filter *filter, int64_t at_ms, uint64_t known,
                     const struct frontier_silences *silences, struct stock_view *view);
/* The same by all that is known, when nobody is silent. */
int view_stock(struct store_txn *state, struct store_txn *journal, const struct stock_filter *filter, int64_t at_ms,
               struct stock_view *view);
void stock_view_free(struct stock_view *view);

struct transit_row {
    char from[LIMIT_PLACE_CODE + 1];
    char to[LIMIT_PLACE_CODE + 1];
    char material[LIMIT_MATERIAL + 1];
    int32_t day;              /* of departure, days since 1970-01-01 */
    int64_t count, low, high; /* as in stock_row */
    int64_t phoned;           /* of them, those that a place says on the phone to have, or to have delivered (phone.h); asked of now only */
};

struct transit_view {
    struct transit_row *rows; /* sorted by day, material, from, to */
    size_t count;
    int64_t total;
    struct view_pool *pools;
    size_t pool_count;
};

/* Documents (kind THING_ITEM) or bags on the road, by day of departure, material, origin and destination, in containers or alone. */
int view_transit(struct store_txn *state, struct store_txn *journal, int kind, int64_t at_ms, struct transit_view *view);
int view_transit_known(struct store_txn *state, struct store_txn *journal, int kind, int64_t at_ms, uint64_t known,
                       const struct frontier_silences *silences, struct transit_view *view);
void transit_view_free(struct transit_view *view);

/* Bag double entry: what is owned = what is somewhere. */
struct bag_row {
    char material[LIMIT_MATERIAL + 1]; /* kind of bag; "" for the total of a place */
    char place[LIMIT_PLACE_CODE + 1];  /* "" for the network */
    int64_t clean, packed, at_relay, with_person, in_transit, isolated, cleaning, missing, lost, retired, owned;
    int64_t overdue; /* of those with a person or at a relay: past the term that a rule gives them */
};

struct bag_view {
    struct bag_row *rows; /* by place, then kind; in transit is counted at the origin */
    size_t count;
    struct bag_row network;
    int64_t until_ms; /* from then on another bag is overdue; INT64_MAX: none has a term */
};

int view_bags(struct store_txn *state, struct store_txn *journal, int64_t at_ms, struct bag_view *view);
/* now_ms: for the terms; of a moment asked for, that moment. 0: overdue is not asked. */
int view_bags_known(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known, int64_t now_ms,
                    struct bag_view *view);
void bag_view_free(struct bag_view *view);

/* Where one thing is, through its containers. */
struct whereabouts {
    struct thing_record record; /* its own */
    struct thing_record root;   /* the outermost container, or itself */
    struct label label;
    int shown_state; /* enum thing_state, relay seen as such */
    int has_label;
};

int view_thing(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, int64_t at_ms,
               struct whereabouts *whereabouts);
int view_thing_known(struct store_txn *state, struct store_txn *journal, const struct thing_key *key, int64_t at_ms, uint64_t known,
                     struct whereabouts *whereabouts);
void whereabouts_free(struct whereabouts *whereabouts);

/* Things by scanned barcode in the namespaces given (items), then bags and crates. Fills keys[], returns the number found (0: unknown). */
#define VIEW_RESOLVE_MAX 8u
int view_resolve(struct store_txn *state, const char *barcode, const char *const *namespaces, size_t namespace_count,
                 struct thing_key keys[VIEW_RESOLVE_MAX]);
int view_resolve_known(struct store_txn *state, struct store_txn *journal, uint64_t known, const char *barcode,
                       const char *const *namespaces, size_t namespace_count, struct thing_key keys[VIEW_RESOLVE_MAX]);

/* What a container holds directly, in key order, at most max; returns the number or a negative code. */
int view_contents(struct store_txn *state, const struct thing_key *container, struct thing_key *keys, size_t max);

/*
 * Things whose custody is contradicted: two custodies that no movement links (FOLD.md 4). The first `max` keys, by kind then key, and how many there are in
 * all.
 */
int view_conflicts(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known, struct thing_key *keys, size_t max,
                   size_t *total);

/*
 * Events that the hub had refused at `known` and not admitted since (EventRefused, held here beside their target), at or after journal position `from`, in no order; parked is 0 in all. One that is not
 * here itself is left out. Those that are malformed or of an unknown type are fold_aside()'s. Returns the number, at most max, or a negative code.
 */
int view_refused(struct store_txn *state, struct store_txn *journal, uint64_t from, uint64_t known, struct aside *list, size_t max);

/* All that takes no part, refused and parked, by position, each once. */
int view_aside(struct store_txn *state, struct store_txn *journal, uint64_t from, uint64_t known, struct aside *list, size_t max);

/* Codes of the declared places in order, at most max; returns the number or a negative code. */
struct place_row {
    char code[LIMIT_PLACE_CODE + 1];
    int kind; /* Navette__PlaceKind */
};
int view_places(struct store_txn *state, struct store_txn *journal, struct place_row *rows, size_t max);
int view_places_known(struct store_txn *state, struct store_txn *journal, uint64_t known, struct place_row *rows, size_t max);
/* Those declared by at_ms. */
int view_places_at(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known, struct place_row *rows, size_t max);
/* How one was declared then: fold_place() of a moment. NAVETTE_E_NOT_FOUND; event_free(). */
int view_place(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known, const char *code, struct event *declared);

/*
 * What makes a figure: the things that view_stock_known() counts under the same filter, each with the event that brought it there. Reads every record of the
 * kind. The first `max` by key; total is the figure.
 */
struct figure_cause {
    struct ref self;   /* seq 0: none */
    const char *event; /* event_name(). Static */
    int64_t time_ms;   /* corrected */
    char place[LIMIT_PLACE_CODE + 1];
    char operator_[LIMIT_CODE + 1];
};

struct figure_event {
    struct thing_key thing; /* what it is listed for */
    struct figure_cause cause;
};

/* Who is silent, and the statement that says since when. */
struct figure_silence {
    struct frontier_silence silence;
    struct figure_cause noted; /* FrontierNoted; seq 0: never heard */
};

struct figure_row {
    struct thing_key key;
    struct cell cell;               /* as the stock view shows it, with where it goes and the day of departure */
    struct figure_cause cause;      /* the last event that changed where it is or what it is */
    struct thing_key root;          /* the outermost container; itself when in none */
    struct figure_cause root_cause; /* the same of the container; none when in none */
    int may_have_moved;             /* a silent place may have moved or changed it: it is not in `low` */
    size_t event, event_count;      /* in view.events: folded alone they put it and its containers where they are */
};

/*
 * Bounds of a figure are those of the things that are in it or can be: low, without those that silent places can have moved; high, with `others`: those of such
 * material that silent places can have brought here. Of one row of view_stock_known() or view_transit_known() they are that row's.
 */
struct figure_view {
    struct figure_row *rows;
    size_t count;
    int64_t total, low, high;
    struct figure_row *others;
    size_t other_count;
    int64_t other_total;
    struct figure_event *events;
    size_t event_count;
    struct figure_event *rules; /* what was decided and counts: relays, terms, clock corrections */
    size_t rule_count;
    struct figure_silence *silences; /* whose silence makes the bounds; none where low = high */
    size_t silence_count;
};

struct figure_ask {
    const struct stock_filter *filter;
    int64_t at_ms;
    uint64_t known;
    int64_t now_ms;                           /* for terms */
    const struct frontier_silences *silences; /* NULL: nobody is silent */
    size_t max;                               /* of rows, and of others */
};
int view_figure_bounded(struct store_txn *state, struct store_txn *journal, const struct figure_ask *ask, struct figure_view *view);
/* The same when nobody is silent. */
int view_figure(struct store_txn *state, struct store_txn *journal, const struct stock_filter *filter, int64_t at_ms, uint64_t known,
                size_t max, struct figure_view *view);
void figure_view_free(struct figure_view *view);

#endif
