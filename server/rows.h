/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_ROWS_H
#define NAVETTE_SERVER_ROWS_H

#include "navette/span.h"

/*
 * The rows of one table in memory, by key. A row is one piece: its header, its key, its value. While rows come in the order of their keys, or nearly, they are found by that order;
 * from the first that does not on, each has a slot, so that a search touches a slot and the row. A value that outgrows its room is written again at the end, and the row left
 * behind says where.
 *
 * Written by one thread; may be read by several while nobody writes, but for rows_sort().
 */
struct rows_slot {
    uint32_t at; /* of the row, in units of ROWS_UNIT, + 1; 0: free */
    uint32_t hash;
};

struct rows {
    uint8_t *bytes;
    size_t len;
    size_t capacity;
    struct rows_slot *slots;
    size_t slot_count;
    int hashed;       /* 0: they stand in their order, all of them, and have no slots */
    uint64_t *filter; /* some bits a slot: what is not there is mostly told without its slot; NULL while there are few */
    size_t count;     /* rows, deleted ones too */
    uint32_t *order;  /* where they stand, in the order of their keys: the first `ordered` */
    size_t ordered;
    size_t order_capacity;
    size_t sorted_to; /* rows that begin before this are in `order` */
};

#define ROWS_UNIT 8u
#define ROWS_NONE UINT32_MAX

void rows_init(struct rows *rows); /* holds nothing: no allocation */
void rows_free(struct rows *rows);
/* Forgets every row and keeps the memory. */
void rows_clear(struct rows *rows);

/* Where the row of a key stands, ROWS_NONE when there is none. Good until the next put or delete. */
uint32_t rows_find(const struct rows *rows, struct span key);
uint32_t rows_find_hashed(const struct rows *rows, struct span key, uint32_t hash); /* of keymap_hash(): of many rows' the same */
struct span rows_key(const struct rows *rows, uint32_t at);
struct span rows_value(const struct rows *rows, uint32_t at); /* as is_deleted, of a row that rows_find() or rows_at() gave */
int rows_is_deleted(const struct rows *rows, uint32_t at);

/* Both span arguments may point into the rows' own bytes. NAVETTE_E_MEMORY, also when there is no room for more (16 GiB). */
int rows_put(struct rows *rows, struct span key, struct span value);
int rows_delete(struct rows *rows, struct span key); /* keeps a row that says so */

/* Puts `order` in order: rows put since then are merged in. NAVETTE_E_MEMORY. */
int rows_sort(struct rows *rows);
/* How many of those in order come before `key`; an empty key: none. */
size_t rows_seek(const struct rows *rows, struct span key);
/* The row in a place of the order. */
uint32_t rows_at(const struct rows *rows, size_t place);

int rows_compare(struct span one, struct span other);
size_t rows_bytes(const struct rows *rows); /* held, without what only lies ready */

#endif
