/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_KEY_VIEW_H
#define NAVETTE_KEY_VIEW_H

#include "navette/orders.h"

/*
 * Keys of what is sealed, as the events tell of them: who is to have one, which were erased, when their time is over. Nothing here depends on what keys this machine holds. All functions:
 * NAVETTE_E_MEMORY, codes of store.h.
 */
#define KEY_KEPT_MS INT64_C(10540800000) /* 122 days: four months after the return, when no rule says */
#define KEY_RELAY_MS INT64_C(604800000)  /* 7 days after the round, when the rule that lets a relay have keys says nothing */

/* An event about keys. */
struct key_event {
    uint64_t position;
    int64_t received_ms; /* the hub's clock; 0: its own event, or not told */
    int64_t time_ms;     /* as written */
    uint64_t hlc;
    int body; /* NAVETTE__EVENT__BODY_KEY_ERASED, KEY_GONE, RECOVERY_KEY_CHANGED */
    struct ref self;
    uint8_t node[NODE_ID_SIZE]; /* whose log it stands in; zeros: not known */
    char place[LIMIT_PLACE_CODE + 1];
    int counts;               /* 0: refused */
    int reason;               /* Navette__Reason */
    struct thing_key subject; /* len 0: none is named */
    size_t count;
    uint8_t keys[64][KEY_ID_SIZE];
    uint8_t recovery[KEY_SIZE];
};

/*
 * The first one at or behind `from`. NAVETTE_E_NOT_FOUND: no more. NAVETTE_E_BUSY: whether it counts can't be told yet: what may refuse it stands right behind it and is not folded.
 * current: 1: the journal holds all there is, so that its end is no cut.
 */
int key_view_event(struct store_txn *state, struct store_txn *journal, uint64_t from, int current, struct key_event *event);

/* Who may be given keys: enrolled, not revoked. */
struct key_node {
    uint8_t node[NODE_ID_SIZE];
    uint8_t curve_key[KEY_SIZE];
    Navette__Role role;
    size_t place_count;
    char places[LIMIT_NODE_PLACES][LIMIT_PLACE_CODE + 1];
};

struct key_rule {
    int kind; /* RULE_KEY_KEPT, RULE_KEY_RELAY */
    char place[LIMIT_PLACE_CODE + 1];
    int64_t duration_ms;
};

/* The network as keys see it, read once for many questions. */
struct key_network {
    struct key_node *nodes;
    size_t node_count;
    struct key_rule *rules; /* those that hold at the moment it was read for */
    size_t rule_count;
    int has_recovery;
    uint8_t recovery[KEY_SIZE];
};
int key_view_network(struct store_txn *state, struct store_txn *journal, int64_t now_ms, struct key_network *network);
void key_network_free(struct key_network *network);
const struct key_node *key_network_node(const struct key_network *network, const uint8_t node[NODE_ID_SIZE]); /* NULL */

/*
 * Is this node to have the key of this order? 1: for good: it serves the place that writes to the person (where the order is picked up; for a relay the branch that hosts it, else where the order was placed). 2: it is a relay that
 * hands it out, and a rule lets it. 0: no, or a code.
 */
int key_view_reads(struct store_txn *state, struct store_txn *journal, const struct key_network *network, const struct order_view *order,
                   const struct key_node *node);

/*
 * Until when a relay's node may have the key of this order: so long after the order's bags last left for its place, or after the order was over. 0: that can't be told yet.
 */
int key_view_relay_until(struct store_txn *state, struct store_txn *journal, const struct key_network *network,
                         const struct order_view *order, int64_t *until_ms);

/* Since when all of an order is over: 1, and since when; 0: it is not; or a code. */
int key_view_is_over(struct store_txn *state, struct store_txn *journal, const struct order_view *order, int64_t *since_ms);
int64_t key_view_kept_ms(const struct key_network *network, const struct order_view *order);

#endif
