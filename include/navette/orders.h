/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_ORDERS_H
#define NAVETTE_ORDERS_H

#include "navette/view.h"

/*
 * Orders as the state has them, and what is to be fetched for them. The person stays sealed: who holds the keys opens it (keyring.h). NAVETTE_E_MEMORY, NAVETTE_E_STORE.
 */

#define ORDER_KEYS_MOST 16u /* an order is placed once; twice when a line was cut */

/* A document packed for the order, as one event says. */
struct order_packing {
    struct thing_key item;
    struct thing_key container;
    struct ref self;
};

struct order_view {
    struct thing_key key;
    int state;                         /* enum order_state */
    char pickup[LIMIT_PLACE_CODE + 1]; /* "": not said */
    char place[LIMIT_PLACE_CODE + 1];  /* where it was placed; "": that has not been heard of */
    int channel;                       /* Navette__Channel */
    int64_t placed_ms, since_ms;       /* corrected times of its placing and of the event that gave its state; 0: none */
    struct thing_key *items;           /* owned: what it is of */
    size_t item_count;
    struct order_packing *packings; /* owned: in their order */
    size_t packing_count;
    struct thing_key *bags; /* owned: those that it was said to be prepared in */
    size_t bag_count;
    int has_person;
    uint8_t key_id[KEY_ID_SIZE], nonce[24];
    uint8_t sealer[INCARNATION_SIZE]; /* log of the event that holds it: whose node made the key */
    int64_t sealed_ms;
    size_t sealed_count; /* keys that events of its placing name, that one too */
    uint8_t sealed_keys[ORDER_KEYS_MOST][KEY_ID_SIZE];
    int is_erased; /* a KeyErased names that key: 1: asked for at a place; 2: of the network's own desk */
    int64_t erased_ms;
    struct buffer ciphertext; /* owned */
};

/* NAVETTE_E_NOT_FOUND: nothing is known of it. Else view_orders_free(). */
int view_orders_read(struct store_txn *state, struct store_txn *journal, const struct thing_key *order, struct order_view *view);
/* The same as it stood at at_ms, by what this store held at `known` (view.h). */
int view_orders_read_known(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known, const struct thing_key *order,
                           struct order_view *view);
void view_orders_free(struct order_view *view);
/* The sealed person as an event has it; everything borrowed from the view. */
void view_orders_person(const struct order_view *view, Navette__Sealed *sealed);

/* The next order behind *key (len 0: the first) whose state is among `states` (bits of 1 << enum order_state). NAVETTE_E_NOT_FOUND: no more. */
int view_orders_next(struct store_txn *state, unsigned states, struct thing_key *key);

/* Is the item packed for this order now: was it packed for it, and is it still in that bag or crate? 1, 0 or a code. */
int view_orders_is_packed(struct store_txn *state, const struct order_view *view, const struct thing_key *item);
/* The same then, of a view of then. */
int view_orders_is_packed_known(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known,
                                const struct order_view *view, const struct thing_key *item);

/* ---- pick list */

enum pick_where {
    PICK_SHELF,   /* on this place's shelf */
    PICK_AWAY,    /* of this place and not on its shelf: whereabouts say where */
    PICK_UNKNOWN, /* no such document is known, and the order was placed here */
};

struct pick_row {
    struct thing_key order;
    struct thing_key item;
    char pickup[LIMIT_PLACE_CODE + 1];
    enum pick_where where;
    struct whereabouts whereabouts; /* not for PICK_UNKNOWN */
};

struct pick_view {
    struct pick_row *rows; /* on the shelf first, by call number, then title; then the rest, likewise */
    size_t count;
};

/* What `place` has to fetch for orders that are to prepare, without what is packed for them already. */
int view_orders_picks(struct store_txn *state, struct store_txn *journal, const char *place, struct pick_view *view);
void view_orders_picks_free(struct pick_view *view);

#endif
