/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_IDENTITY_H
#define NODE_IDENTITY_H

#include "navette/enrol.h"
#include "navette/store.h"

/*
 * Who this node is: one row of TABLE_LOCAL. A node records before any hub knows it (`navette init`); enrolment adds the hub and what it
 * grants, and keeps the incarnation, so that what was recorded before goes up like the rest.
 */
#define IDENTITY_PLACES 16u
#define IDENTITY_NAMESPACES 8u

struct identity {
    uint8_t node[NODE_ID_SIZE];
    uint8_t incarnation[INCARNATION_SIZE]; /* of its first log; node_incarnation() is the one written now */
    uint8_t role;                          /* Navette__Role; unspecified before enrolment: a branch */
    uint8_t scope;                         /* Navette__Scope */
    uint8_t enrolled;
    uint8_t hub[NODE_ID_SIZE];
    uint8_t hub_curve_key[KEY_SIZE];
    uint8_t hub_sign_key[KEY_SIZE];
    char endpoint[128]; /* of the hub */
    char tz[LIMIT_CODE + 1];
    size_t place_count;
    char places[IDENTITY_PLACES][LIMIT_PLACE_CODE + 1];
    size_t namespace_count;
    char namespaces[IDENTITY_NAMESPACES][LIMIT_NAMESPACE + 1];
};

/* NAVETTE_E_NOT_FOUND: a new store. NAVETTE_E_STORE: damaged. */
int identity_load(struct store_txn *txn, struct identity *identity);
int identity_store(struct store_txn *txn, const struct identity *identity);

/* A fresh one, with a random incarnation and its log begun: nothing but `node` is known. */
int identity_begin(struct store_txn *txn, const uint8_t node[NODE_ID_SIZE], struct identity *identity);
/* Takes over what the hub granted. */
void identity_enrol(struct identity *identity, const struct enrol_grant *grant);

int identity_serves(const struct identity *identity, const char *place);
/* NAVETTE_E_TOO_LARGE: list or name too long. Already there: 0. */
int identity_add_place(struct identity *identity, const char *place);
int identity_add_namespace(struct identity *identity, const char *name);
/* "BIB-A, BIB-B" */
void identity_places_text(const struct identity *identity, char *out, size_t size);

#endif
