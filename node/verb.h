/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_VERB_H
#define NODE_VERB_H

#include "navette/view.h"
#include "node/draft.h"
#include "node/operation.h"

/* What a scan may mean. One row a verb, in the family's file (cmd_packing.c...). */

#define VERB_HERE 1u        /* the thing has to be here, on its own */
#define VERB_INSIDE 2u      /* ... in the operation's container */
#define VERB_ALIVE 4u       /* neither withdrawn nor lost */
#define VERB_INCOMING 8u    /* may be on its way to this place: not here already */
#define VERB_OUTGOING 16u   /* on its way from this place */
#define VERB_MAY_BE_NEW 32u /* recorded although unknown, when --unknown says so or this node can't know */
#define VERB_CONTAINER 64u  /* the command names a bag or crate, which has to be here */
#define VERB_TO 128u        /* the command names a place */
#define VERB_NEW 256u       /* makes the thing known: it must not be registered */
#define VERB_PHONED 512u    /* said on the phone by a place that the command names: phoned.h */

#define VERB_ITEMS (1u << NAVETTE__THING_KIND__THING_ITEM)
#define VERB_BAGS (1u << NAVETTE__THING_KIND__THING_BAG)
#define VERB_CRATES (1u << NAVETTE__THING_KIND__THING_CRATE)
#define VERB_ALL (VERB_ITEMS | VERB_BAGS | VERB_CRATES)

struct handing;

struct verb_scan {
    const struct operation *operation;
    const struct thing_key *key;
    const struct whereabouts *where; /* NULL: nothing known */
    const struct handing *handing;   /* which hand-over it is part of */
};

struct verb {
    const char *name;  /* as in requests */
    const char *label; /* a word of message.h */
    Navette__OperationKind kind;
    unsigned takes, containers, needs;
    Navette__Right right;
    void (*build)(const struct verb_scan *scan, struct draft *draft);
};

const struct verb *verb_find(const char *name); /* NULL */

/* Each family gives its rows and their number; static. */
const struct verb *cmd_catalogue_verbs(size_t *count);
const struct verb *cmd_packing_verbs(size_t *count);
const struct verb *cmd_movement_verbs(size_t *count);
const struct verb *cmd_service_verbs(size_t *count);
const struct verb *cmd_knowledge_verbs(size_t *count);
const struct verb *cmd_phone_verbs(size_t *count);

#endif
