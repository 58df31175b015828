/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_ORDER_ROW_H
#define NODE_ORDER_ROW_H

#include "node/request.h"

/*
 * Orders as they are typed or come from a portal's file, one JSON object each:
 *   id         "": one is made           items    barcodes, at least one
 *   pickup     a place's code or name; "": the request's place
 *   channel    phone, portal, mail, desk, relay, paper
 *   card, name of the person: sealed, never written in clear
 * An order that is known already is left as it is, or changed where it says otherwise.
 */
struct order_intake {
    struct office *office;
    const struct request *request;
    struct store_txn *txn;
    const char *space; /* --namespace; NULL: the place's */
    int dry_run;       /* checks everything, records nothing */
    uint64_t operation;
    size_t placed, changed, unchanged, refused;
};

/*
 * One row into *result: {"ok", "id", "result": "placed" | "changed" | "unchanged", "state", "notes"?}, or a refusal. Keys made for it are in the keyring's memory:
 * keyring_save() before the commit. A code: nothing may be committed.
 */
int order_row_take(struct order_intake *intake, const json_t *row, json_t **result);

/* Where a person wants to pick something up: a place's code, or its name as declared, whatever the case. Fills out, or *answer says what is wrong. */
int order_row_pickup(const struct office *office, const struct request *request, struct store_txn *txn, const char *typed,
                     char out[LIMIT_PLACE_CODE + 1], json_t **answer);

#endif
