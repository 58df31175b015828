/* SPDX-License-Identifier: Apache-2.0 */
#include "io/keyset.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

void keyset_free(struct keyset *set)
{
    if (set->rows != NULL)
        sodium_memzero(set->rows, set->capacity * set->size);
    free(set->rows);
    free(set->order);
    set->rows = NULL;
    set->order = NULL;
    set->count = set->capacity = 0;
}

static uint8_t *row_at(const struct keyset *set, size_t index)
{
    return set->rows + set->order[index] * set->size;
}

const uint8_t *keyset_at(const struct keyset *set, size_t index)
{
    return row_at(set, index);
}

size_t keyset_from(const struct keyset *set, const uint8_t *prefix, size_t len)
{
    size_t low = 0, high = set->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(row_at(set, middle), prefix, len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint8_t *keyset_find(const struct keyset *set, const uint8_t *key)
{
    size_t at = keyset_from(set, key, set->key);

    return at < set->count && memcmp(row_at(set, at), key, set->key) == 0 ? row_at(set, at) : NULL;
}

static int make_room(struct keyset *set)
{
    size_t capacity = set->capacity == 0 ? 64 : set->capacity * 2;
    uint32_t *order;
    uint8_t *rows;

    if (set->count < set->capacity)
        return 0;
    if (capacity > KEYSET_MAX)
        return NAVETTE_E_TOO_LARGE;
    order = realloc(set->order, capacity * sizeof *order);
    if (order == NULL)
        return NAVETTE_E_MEMORY;
    set->order = order;
    rows = calloc(capacity, set->size);
    if (rows == NULL)
        return NAVETTE_E_MEMORY;
    if (set->rows != NULL) {
        memcpy(rows, set->rows, set->count * set->size);
        sodium_memzero(set->rows, set->capacity * set->size);
    }
    free(set->rows);
    set->rows = rows;
    set->capacity = capacity;
    return 0;
}

int keyset_put(struct keyset *set, const uint8_t *row)
{
    uint8_t *found = keyset_find(set, row);
    size_t at;
    int rc;

    if (found != NULL) {
        memmove(found, row, set->size);
        return 0;
    }
    rc = make_room(set);
    if (rc != 0)
        return rc;
    at = keyset_from(set, row, set->key);
    memmove(&set->order[at + 1], &set->order[at], (set->count - at) * sizeof *set->order);
    set->order[at] = (uint32_t)set->count;
    memcpy(set->rows + set->count * set->size, row, set->size);
    set->count++;
    return 0;
}

/* The last one that came takes the place of what goes. */
void keyset_remove(struct keyset *set, size_t index)
{
    uint32_t hole = set->order[index];
    uint32_t last = (uint32_t)set->count - 1;

    if (hole != last) {
        size_t moved = keyset_from(set, set->rows + last * set->size, set->key);

        memcpy(set->rows + hole * set->size, set->rows + last * set->size, set->size);
        set->order[moved] = hole;
    }
    sodium_memzero(set->rows + last * set->size, set->size);
    set->count--;
    memmove(&set->order[index], &set->order[index + 1], (set->count - index) * sizeof *set->order);
}

void keyset_clear(struct keyset *set)
{
    if (set->rows != NULL)
        sodium_memzero(set->rows, set->count * set->size);
    set->count = 0;
}

void keyset_record(struct buffer *out, uint8_t type, const void *body, size_t len)
{
    (void)buffer_append_u8(out, type);
    (void)buffer_append_u32(out, (uint32_t)len);
    (void)buffer_append(out, body, len);
}

void keyset_records(struct buffer *out, uint8_t type, const struct keyset *set)
{
    for (size_t i = 0; i < set->count; i++)
        keyset_record(out, type, keyset_at(set, i), set->size);
}
