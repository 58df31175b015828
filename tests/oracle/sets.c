/* SPDX-License-Identifier: Apache-2.0 */
#include "sets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SET_ROW 16u
#define ENTRY_HEADER 32u

int sets_open(struct sets *sets, const char *path)
{
    uint8_t chunk[65536];
    size_t got;
    FILE *file;
    int rc = 0;

    memset(sets, 0, sizeof(*sets));
    file = fopen(path, "rb");
    if (file == NULL)
        return NAVETTE_E_SYSTEM;
    while (rc == 0 && (got = fread(chunk, 1, sizeof(chunk), file)) > 0)
        rc = buffer_append(&sets->bytes, chunk, got);
    if (rc == 0 && ferror(file))
        rc = NAVETTE_E_SYSTEM;
    fclose(file);
    if (rc != 0)
        sets_close(sets);
    return rc;
}

void sets_close(struct sets *sets)
{
    buffer_free(&sets->bytes);
    sets->at = 0;
}

static int next_row(struct sets *sets, struct span *row)
{
    size_t left = sets->bytes.len - sets->at;
    size_t len;

    if (left == 0)
        return NAVETTE_E_NOT_FOUND;
    if (left < 4)
        return NAVETTE_E_INVALID;
    len = read_u32(sets->bytes.data + sets->at);
    if (len > left - 4 || (len != SET_ROW && len < ENTRY_HEADER))
        return NAVETTE_E_INVALID;
    *row = span_of(sets->bytes.data + sets->at + 4, len);
    return 0;
}

static int add_entry(struct entry_set *set, struct span row)
{
    struct journal_entry *grown = realloc(set->entries, (set->count + 1) * sizeof(*grown));
    struct journal_entry *entry;

    if (grown == NULL)
        return NAVETTE_E_MEMORY;
    set->entries = grown;
    entry = &grown[set->count++];
    memset(entry, 0, sizeof(*entry));
    ref_decode(row.data, &entry->self);
    entry->scope_mask = UINT64_MAX;
    entry->event = span_of(row.data + ENTRY_HEADER, row.len - ENTRY_HEADER);
    return 0;
}

int sets_next(struct sets *sets, struct entry_set *set)
{
    struct span row;
    int rc;

    memset(set, 0, sizeof(*set));
    rc = next_row(sets, &row);
    if (rc != 0)
        return rc;
    if (row.len != SET_ROW)
        return NAVETTE_E_INVALID;
    set->seed = read_u64(row.data);
    set->moment_ms = (int64_t)read_u64(row.data + 8);
    sets->at += 4 + row.len;
    while ((rc = next_row(sets, &row)) == 0 && row.len != SET_ROW) {
        rc = add_entry(set, row);
        if (rc != 0)
            break;
        sets->at += 4 + row.len;
    }
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND) {
        sets_free_set(set);
        return rc;
    }
    return 0;
}

void sets_free_set(struct entry_set *set)
{
    free(set->entries);
    memset(set, 0, sizeof(*set));
}
