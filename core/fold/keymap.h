/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_KEYMAP_H
#define FOLD_KEYMAP_H

#include "navette/span.h"

/* Gives byte strings numbers from 0 in the order in which they are first seen. */
struct keymap {
    struct buffer keys;
    struct keymap_key *list; /* where each key stands in `keys` */
    size_t count;
    size_t capacity;
    struct keymap_slot *slots; /* a power of two of them */
    size_t slot_count;
};

void keymap_init(struct keymap *map);
void keymap_free(struct keymap *map);
/* Empties it and keeps the memory. */
void keymap_clear(struct keymap *map);

/* The hash it goes by: of 32 good bits, the same in one process only. */
uint32_t keymap_hash(struct span key);
/* The number of `key`, a new one (count - 1) when it is first seen. NAVETTE_E_MEMORY. */
int keymap_number(struct keymap *map, struct span key, uint32_t *number);
/* Fetches what the next calls with these keys will look at, at most KEYMAP_AHEAD of them: a large map lies in memory that is far away. */
#define KEYMAP_AHEAD 32u
void keymap_expect(const struct keymap *map, const struct span *keys, size_t count);
/* 1 and the number, or 0. */
int keymap_find(const struct keymap *map, struct span key, uint32_t *number);
/* Borrowed until the next keymap_number(). */
struct span keymap_key(const struct keymap *map, uint32_t number);

#endif
