/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/import_seen.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"
#include "navette/span.h"

#define FIRST_CAPACITY 4096u

void import_seen_init(struct import_seen *seen)
{
    memset(seen, 0, sizeof *seen);
}

void import_seen_free(struct import_seen *seen)
{
    free(seen->slots);
    free(seen->libraries);
    memset(seen, 0, sizeof *seen);
}

static void hash_of(const char *barcode, uint8_t hash[16])
{
    (void)crypto_generichash(hash, 16, (const unsigned char *)barcode, strlen(barcode), NULL, 0);
    hash[0] |= (uint8_t)(hash[0] == 0); /* never that of a free slot */
}

/* Where a hash stands, or would. */
static size_t find(uint8_t (*slots)[16], size_t capacity, const uint8_t hash[16])
{
    size_t at = (size_t)read_u64(hash + 8) & (capacity - 1);

    while (slots[at][0] != 0 && memcmp(slots[at], hash, 16) != 0)
        at = (at + 1) & (capacity - 1);
    return at;
}

static int grow(struct import_seen *seen)
{
    size_t capacity = seen->capacity == 0 ? FIRST_CAPACITY : seen->capacity * 2;
    uint8_t(*slots)[16] = calloc(capacity, sizeof *slots);

    if (slots == NULL)
        return NAVETTE_E_MEMORY;
    for (size_t i = 0; i < seen->capacity; i++)
        if (seen->slots[i][0] != 0)
            memcpy(slots[find(slots, capacity, seen->slots[i])], seen->slots[i], 16);
    free(seen->slots);
    seen->slots = slots;
    seen->capacity = capacity;
    return 0;
}

int import_seen_add(struct import_seen *seen, const char *barcode)
{
    uint8_t hash[16];

    hash_of(barcode, hash);
    if (seen->count > 0 && seen->slots[find(seen->slots, seen->capacity, hash)][0] != 0)
        return NAVETTE_E_EXISTS;
    if (seen->count >= IMPORT_SEEN_MAX)
        return NAVETTE_E_TOO_LARGE;
    if (seen->count + 1 > seen->capacity / 4 * 3 && grow(seen) != 0)
        return NAVETTE_E_MEMORY;
    memcpy(seen->slots[find(seen->slots, seen->capacity, hash)], hash, 16);
    seen->count++;
    return 0;
}

int import_seen_has(const struct import_seen *seen, const char *barcode)
{
    uint8_t hash[16];

    if (seen->count == 0)
        return 0;
    hash_of(barcode, hash);
    return seen->slots[find(seen->slots, seen->capacity, hash)][0] != 0;
}

static int is_library(const struct import_library *library, const char *source, const char *place)
{
    return strcmp(library->source, source) == 0 && strcmp(library->place, place) == 0;
}

int import_seen_library(struct import_seen *seen, const char *source, const char *place)
{
    size_t i = seen->last;

    /* most items are of the library of the one before */
    if (i >= seen->library_count || !is_library(&seen->libraries[i], source, place))
        for (i = 0; i < seen->library_count && !is_library(&seen->libraries[i], source, place); i++)
            continue;
    if (i == seen->library_count) {
        if (i == IMPORT_LIBRARIES_MAX) {
            seen->other_libraries++;
            return 0;
        }
        if ((i & (i - 1)) == 0) {
            struct import_library *bigger = realloc(seen->libraries, (i == 0 ? 1 : i * 2) * sizeof *bigger);
            if (bigger == NULL)
                return NAVETTE_E_MEMORY;
            seen->libraries = bigger;
        }
        memset(&seen->libraries[i], 0, sizeof seen->libraries[i]);
        (void)snprintf(seen->libraries[i].source, sizeof seen->libraries[i].source, "%s", source);
        (void)snprintf(seen->libraries[i].place, sizeof seen->libraries[i].place, "%s", place);
        seen->library_count++;
    }
    seen->libraries[i].items++;
    seen->last = i;
    return 0;
}
