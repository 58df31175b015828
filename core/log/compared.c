/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/compared.h"

#include <string.h>

#include "navette/error.h"

#define NAME_SIZE (8u + NODE_ID_SIZE)
#define ROW_SIZE 44u

static void name_of(const uint8_t node[NODE_ID_SIZE], uint8_t name[NAME_SIZE])
{
    memcpy(name, "compared", 8);
    memcpy(name + 8, node, NODE_ID_SIZE);
}

int compared_put(struct store_txn *txn, const uint8_t node[NODE_ID_SIZE], const struct compared *compared)
{
    uint8_t name[NAME_SIZE];
    uint8_t row[ROW_SIZE];

    name_of(node, name);
    write_u64(row, (uint64_t)compared->at_ms);
    write_u64(row + 8, compared->entries);
    write_u64(row + 16, compared->mended);
    write_u64(row + 24, compared->given);
    write_u64(row + 32, compared->lost);
    write_u32(row + 40, compared->state);
    return store_put(txn, TABLE_LOCAL, span_of(name, sizeof(name)), span_of(row, sizeof(row)));
}

int compared_get(struct store_txn *txn, const uint8_t node[NODE_ID_SIZE], struct compared *compared)
{
    uint8_t name[NAME_SIZE];
    struct span row;
    int rc;

    name_of(node, name);
    rc = store_get(txn, TABLE_LOCAL, span_of(name, sizeof(name)), &row);
    if (rc != 0)
        return rc;
    if (row.len != ROW_SIZE)
        return NAVETTE_E_STORE;
    compared->at_ms = (int64_t)read_u64(row.data);
    compared->entries = read_u64(row.data + 8);
    compared->mended = read_u64(row.data + 16);
    compared->given = read_u64(row.data + 24);
    compared->lost = read_u64(row.data + 32);
    compared->state = read_u32(row.data + 40);
    return 0;
}
