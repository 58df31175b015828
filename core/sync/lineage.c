/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/lineage.h"

#include <string.h>

#include "navette/error.h"

#define ROW_SIZE (EPOCH_SIZE + 16u)

const struct lineage_epoch *lineage_last(const struct lineage *lineage)
{
    return lineage->count == 0 ? NULL : &lineage->epochs[lineage->count - 1];
}

void lineage_begin(struct lineage *lineage, uint64_t end, const uint8_t id[EPOCH_SIZE], int64_t now_ms)
{
    struct lineage_epoch *begun;

    if (lineage->count > 0) {
        lineage->epochs[lineage->count - 1].end = end;
    }
    if (lineage->count == LIMIT_EPOCHS) {
        memmove(lineage->epochs, lineage->epochs + 1, (LIMIT_EPOCHS - 1) * sizeof lineage->epochs[0]);
        lineage->count--;
    }
    begun = &lineage->epochs[lineage->count++];
    memcpy(begun->id, id, EPOCH_SIZE);
    begun->end = 0;
    begun->begun_ms = now_ms;
}

static int find(const struct lineage *lineage, const uint8_t id[EPOCH_SIZE], size_t *index)
{
    for (size_t i = 0; i < lineage->count; i++) {
        if (memcmp(lineage->epochs[i].id, id, EPOCH_SIZE) == 0) {
            *index = i;
            return 1;
        }
    }
    return 0;
}

uint64_t lineage_common(const struct lineage *own, uint64_t cursor, const struct lineage *other)
{
    uint64_t common = cursor;

    for (size_t i = own->count; i-- > 0;) {
        size_t there;

        /* What was read under a later epoch is of this one only up to where that began. */
        if (i + 1 < own->count && own->epochs[i].end < common) {
            common = own->epochs[i].end;
        }
        if (!find(other, own->epochs[i].id, &there)) {
            continue;
        }
        return there + 1 < other->count && other->epochs[there].end < common ? other->epochs[there].end : common;
    }
    return 0;
}

size_t lineage_encode(const struct lineage *lineage, uint8_t out[LINEAGE_BYTES])
{
    for (size_t i = 0; i < lineage->count; i++) {
        uint8_t *row = out + i * ROW_SIZE;

        memcpy(row, lineage->epochs[i].id, EPOCH_SIZE);
        write_u64(row + EPOCH_SIZE, lineage->epochs[i].end);
        write_u64(row + EPOCH_SIZE + 8, (uint64_t)lineage->epochs[i].begun_ms);
    }
    return lineage->count * ROW_SIZE;
}

int lineage_decode(struct span bytes, struct lineage *lineage)
{
    memset(lineage, 0, sizeof *lineage);
    if (bytes.len % ROW_SIZE != 0 || bytes.len > LINEAGE_BYTES) {
        return NAVETTE_E_STORE;
    }
    lineage->count = bytes.len / ROW_SIZE;
    for (size_t i = 0; i < lineage->count; i++) {
        const uint8_t *row = bytes.data + i * ROW_SIZE;

        memcpy(lineage->epochs[i].id, row, EPOCH_SIZE);
        lineage->epochs[i].end = read_u64(row + EPOCH_SIZE);
        lineage->epochs[i].begun_ms = (int64_t)read_u64(row + EPOCH_SIZE + 8);
    }
    return 0;
}
