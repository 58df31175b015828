/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_ORDER_STEP_H
#define FOLD_ORDER_STEP_H

#include "fold/keymap.h"
#include "fold/order.h"

/* Inside order.c: an order while it is built, one entry after the other. */
#define ORDER_NOBODY UINT32_MAX

/* How things stand with one token: times are places in the order, from 1; 0 = not yet. */
struct order_mark {
    uint32_t unplaced; /* entries that offer it and are not placed */
    uint32_t offered;  /* the last placed that offers it */
    uint32_t used;     /* the last placed that has it in its explained key */
    uint32_t needed;   /* the last placed that needs it */
    uint32_t below;    /* entries that offer it and descend from the one asked about, when `asked` is that question's number */
    uint32_t asked;
};

/* Numbers of tokens of one entry: a stretch of the list. */
struct order_stretch {
    uint32_t at;
    uint32_t count;
};

/* An entry that is present. Nodes are sorted by (hlc, incarnation, seq): a smaller number is a smaller entry. */
struct order_node {
    uint32_t entry;
    uint32_t pending;  /* parents not placed */
    uint32_t children; /* first link */
    uint32_t dispatch; /* the node that alone can explain it, or ORDER_NOBODY */
    uint8_t placed;
    uint8_t is_dispatch; /* somebody's */
    struct order_stretch needs;
    struct order_stretch uses;
    struct order_stretch offers;
};

struct order_link {
    uint32_t child;
    uint32_t next;
};

struct order_building {
    const struct chronicle *chronicle;
    struct order *order;
    struct order_node *nodes;
    uint32_t *node_of; /* by entry, ORDER_NOBODY for an absent one */
    size_t count;
    struct order_link *links;
    size_t link_count, link_capacity;
    uint32_t *seen; /* by entry: the node + 1 whose parents were last looked for through it */
    uint32_t *stack;
    uint32_t *visited; /* by node: the last question that came by it */
    uint32_t asked;
    struct keymap tokens;
    struct order_mark *marks;
    uint32_t *list; /* token numbers of all stretches */
    size_t list_count, list_capacity;
    uint32_t *plain; /* a heap: can be placed, need no explanation */
    size_t plain_count;
    uint32_t *claims; /* a heap: can be placed, need one */
    size_t claim_count;
    uint32_t *parked; /* a heap: claims that were found waiting, since the last explanation was placed */
    size_t parked_count;
    int stirred;     /* one was placed: they are asked again */
    uint32_t lowest; /* no node below it is unplaced */
};

/* All parents of the node are placed: it may be chosen. */
void order_step_ready(struct order_building *building, uint32_t number);
/* The next to place: the smallest that does not wait, else the smallest whose parents are placed, else the smallest. */
uint32_t order_step_choose(struct order_building *building);
void order_step_place(struct order_building *building, uint32_t number);

#endif
