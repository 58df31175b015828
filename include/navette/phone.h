/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_PHONE_H
#define NAVETTE_PHONE_H

#include "navette/fold.h"

/*
 * What was said on the phone and nothing recorded has overtaken yet: low confidence, beside the figures and never in them. A place's counts hold until it
 * says others, or until all its nodes have told what they recorded up to then; a place that no node serves keeps them, with their age. What is said of a thing holds until an
 * event confirms or contradicts it.
 */
struct phone_place {
    char place[LIMIT_PLACE_CODE + 1];
    char speaker[LIMIT_CODE + 1]; /* who said it: a code or a role; "" */
    uint32_t said;                /* which were: 1 bags, 2 items, 4 returned */
    uint32_t bags, items, returned;
    int64_t said_ms;
    struct ref self;
};

struct phone_thing {
    struct thing_key key;
    char place[LIMIT_PLACE_CODE + 1];
    char speaker[LIMIT_CODE + 1];
    int claim; /* Navette__PhoneClaim */
    int64_t said_ms;
    struct ref self;
};

struct phone_view {
    struct phone_place *places; /* by place */
    size_t place_count;
    struct phone_thing *things; /* by key: the newest word on each */
    size_t thing_count;
};

/* place, thing: of these alone (NULL: all). As it is known now. NAVETTE_E_MEMORY, codes of store.h; phone_view_free(). */
int phone_view_read(struct store_txn *state, struct store_txn *journal, const char *place, const struct thing_key *thing,
                    struct phone_view *view);
void phone_view_free(struct phone_view *view);

struct transit_view;
/* Counts beside the rows of a transit of now (view.h) what somebody says has arrived. */
int phone_view_transit(struct store_txn *state, struct store_txn *journal, int kind, struct transit_view *transit);

#endif
