/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_VERDICT_H
#define NAVETTE_VERDICT_H

#include "navette/discrepancy.h"

/*
 * How sure a discrepancy is, when asked. Its concerned nodes are those that serve the places it names (discrepancy.h). A place that no node serves has nobody to
 * wait for.
 *
 * | verdict | when |
 * | --- | --- |
 * | undecidable | a concerned node's frontier has not passed: named, with since when it is unheard |
 * | provisional | all have; the grace (the longest RULE_GRACE that holds now for the network or a concerned place, else a day) is not over since the last did, on the hub's clock; or, whatever the grace, one side of it is known from the phone alone: the newest word on the thing is a phone report that no event confirms or contradicts (core/reconcile/phone.h), or a figure of the hand-over was only said |
 * | proven | the grace is over |
 * | withdrawn | the history does not show it any more |
 * | settled | a person settled it, or later evidence closed it: a document that a count had missed is seen; all that was short at a hand-over is tagged, and was seen since, wherever |
 *
 * At the hub a frontier passes with the first statement noted behind the position that opened it and made by a node that had seen that position. A node knows the
 * hub's positions not, but its times: there a frontier passes with the first statement that was made after the hub had what opened it. What has a term
 * (discrepancy.h) opens when that is past: there a frontier passes with a statement made after that. A node of scope "own" does not see whole
 * histories: there all are undecidable (`partial`).
 */
#define VERDICT_GRACE_MS INT64_C(86400000)
#define VERDICT_WAITS 8u /* listed; all are counted */

enum verdict {
    VERDICT_OPEN_UNDECIDABLE = 1,
    VERDICT_OPEN_PROVISIONAL = 2,
    VERDICT_OPEN_PROVEN = 3,
    VERDICT_CLOSED_WITHDRAWN = 4,
    VERDICT_CLOSED_SETTLED = 5,
    VERDICT_NAME_COUNT = 6
};
const char *verdict_name(int verdict); /* "undecidable"...; "unknown". Static */
int verdict_of_name(const char *name); /* -1 */

struct verdict_wait {
    char place[LIMIT_PLACE_CODE + 1];
    uint8_t node[NODE_ID_SIZE];
    int64_t since_ms; /* hub time of its last statement; 0: nothing ever */
};

struct verdict_row {
    struct discrepancy_row what; /* with a term: opened is the position of the event that brought it there */
    int verdict;
    int64_t opened_ms;                      /* hub time; with a term: when that was past */
    int64_t proven_ms;                      /* when it was or will be proven; 0: undecidable, or phone */
    struct ref phone;                       /* the phone report that keeps it provisional; seq 0: none */
    char phone_place[LIMIT_PLACE_CODE + 1]; /* which place said that */
    int was_proven;                         /* withdrawn after that: it had been proven wrongly */
    struct verdict_wait waits[VERDICT_WAITS];
    size_t wait_count;
    struct ref closed_by;               /* the entry that withdrew or settled it */
    int reason;                         /* Navette__Reason of a person's settlement; else 0 */
    char seen_at[LIMIT_PLACE_CODE + 1]; /* closed by what was seen since: where */
};

/*
 * How it stood when this store held the entries up to `known` (UINT64_MAX: all): what was open, who had been heard, which rules held; now_ms is then the hub's
 * time of that. Of them only those whose first event had happened by at_ms (INT64_MAX: all).
 */
struct verdict_moment {
    uint64_t known;
    int64_t at_ms;
};

/* A concerned node, and what came of waiting for it. */
struct verdict_node {
    char place[LIMIT_PLACE_CODE + 1];
    uint8_t node[NODE_ID_SIZE];
    int64_t passed_ms; /* hub time at which a statement passed; 0: none has */
    int64_t since_ms;  /* hub time of its last statement when none has; 0: nothing ever */
};

/* Why one discrepancy is what it is. Begins zeroed; verdict_explanation_free(). */
struct verdict_explanation {
    size_t matches; /* how many ids begin as asked; the rest is of the last */
    struct verdict_row row;
    struct verdict_node *nodes;
    size_t node_count;
    int64_t grace_ms;
    char grace_rule[LIMIT_THING_ID + 1];    /* its name; "": none holds, a day */
    char grace_place[LIMIT_PLACE_CODE + 1]; /* "": of the network */
};
void verdict_explanation_free(struct verdict_explanation *explanation);

struct verdict_options {
    int64_t now_ms;                          /* the hub's clock, as well as it is known */
    const uint8_t *self;                     /* the node that asks; NULL: the hub */
    int late_days;                           /* a transit may take, instead of any rule; 0: as the rules say */
    int verdict;                             /* only these; 0: all */
    const struct thing_key *subject;         /* of this thing only; NULL: all */
    const struct verdict_moment *moment;     /* NULL: now, and all */
    const char *id;                          /* with explanation: the hex digits its id begins with */
    struct verdict_explanation *explanation; /* NULL: none is asked for */
};

struct verdict_view {
    struct verdict_row *rows; /* by subject, then id; what has a term behind */
    size_t count;
    size_t totals[VERDICT_NAME_COUNT]; /* by verdict, whatever was asked for */
    size_t wrongly_proven;
    int partial;
};

/* NAVETTE_E_MEMORY, codes of store.h. */
int verdict_list(struct store_txn *state, struct store_txn *journal, const struct verdict_options *options, struct verdict_view *view);
void verdict_free(struct verdict_view *view);

#endif
