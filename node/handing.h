/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_HANDING_H
#define NODE_HANDING_H

#include "navette/handover.h"
#include "node/request.h"
#include "node/verb.h"

/* What the words of a movement say of its hand-over: the slip (a number, or the reference printed on it), the stop of a round. */
struct handing {
    struct ref dispatch; /* of the slip's reference; seq 0: none */
    char slip[LIMIT_CODE + 1];
    char round[LIMIT_THING_ID + 1];
    uint32_t stop;
    int direction;
};

/* As typed with the operation. */
void handing_typed(const struct operation *operation, struct handing *handing);
/* The same; when nothing was typed, as the dispatch says by which the thing is on its way, if it is known here. */
void handing_of_scan(struct store_txn *txn, const struct operation *operation, const struct whereabouts *where, struct handing *handing);
int handing_names_any(const struct handing *handing);

/* The same of a request, once handing_check() has passed them. */
void handing_read(const struct request *request, struct handing *handing);
/* The untagged bags that a request counts, put into the draft. */
void handing_pools(const struct request *request, struct draft *draft);
/* Which figures a request has: HANDOVER_CRATES... */
uint32_t handing_counted(const struct request *request);

/* Checks the words of a request before anything is recorded by them. 1, or 0 and *answer says what is wrong. */
int handing_check(const struct request *request, json_t **answer);

#define HANDING_SLIP_SIZE (LIMIT_PLACE_CODE + 1u + 8u + 1u)
/* A number for a slip on which nobody put one: the place and 8 characters at random (40 bits), so that two of one place do not meet. */
void handing_number(const char *place, char out[HANDING_SLIP_SIZE]);

/*
 * May this place count for this party? Not for the other side, as far as dispatches say who gives and who takes: 0 and other (the one who may) is set, else other is "". Or a code.
 */
int handing_whose(struct store_txn *txn, const struct handing *handing, int party, const char *place, char other[LIMIT_PLACE_CODE + 1]);

/* Who is at the other end, as far as anything known here says: "" when not. party: HANDOVER_GIVER: to whom; else: from whom. */
int handing_peer(struct store_txn *txn, const struct handing *handing, int party, char peer[LIMIT_PLACE_CODE + 1]);

#endif
