/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_KEYSET_H
#define IO_KEYSET_H

#include "navette/span.h"

/* A set of rows of one size, told apart by their first `key` bytes and read in their order. Zero-initialise but for the two sizes. */
struct keyset {
    size_t size;     /* of a row */
    size_t key;      /* of it, what tells it apart */
    uint8_t *rows;   /* as they came */
    uint32_t *order; /* of them, by key */
    size_t count, capacity;
};
#define KEYSET_MAX 16777216u /* rows of one set: more than any file of theirs may hold */

void keyset_free(struct keyset *set); /* wiped */
/* The row that begins so; NULL. Borrowed until the next change. */
uint8_t *keyset_find(const struct keyset *set, const uint8_t *key);
const uint8_t *keyset_at(const struct keyset *set, size_t index);
/* Where the first row is whose key begins with these bytes or stands behind them. */
size_t keyset_from(const struct keyset *set, const uint8_t *prefix, size_t len);
/* Adds it, or puts it in the place of the one with its key. NAVETTE_E_MEMORY; NAVETTE_E_TOO_LARGE over KEYSET_MAX. */
int keyset_put(struct keyset *set, const uint8_t *row);
void keyset_remove(struct keyset *set, size_t index); /* its bytes are wiped */
void keyset_clear(struct keyset *set);

/* Rows as records of a file: u8 type, u32 length, that many bytes. `out` has room for them: none of these can fail. */
#define KEYSET_RECORD_HEAD 5u
void keyset_record(struct buffer *out, uint8_t type, const void *body, size_t len);
void keyset_records(struct buffer *out, uint8_t type, const struct keyset *set); /* all, in their order */

#endif
