/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sync/node_state.h"

#define NEAR_NAME "near"
#define NEAR_SIZE (8u + 4u + 4u + EPOCH_SIZE)

static int is_of_this_journal(const struct node *node)
{
    static const uint8_t none[EPOCH_SIZE] = {0};
    const uint8_t *epoch = node->lineage.count > 0 ? lineage_last(&node->lineage)->id : none;

    return node->near.scope_epoch == node->record.scope_epoch && memcmp(node->near.epoch, epoch, EPOCH_SIZE) == 0;
}

uint64_t node_ahead(const struct node *node)
{
    return is_of_this_journal(node) && node->near.ahead > node->record.cursor ? node->near.ahead : 0;
}

int node_wants_near(const struct node *node)
{
    uint64_t ahead = node_ahead(node);
    uint64_t from = ahead > 0 ? ahead : node->record.cursor;

    if (node->record.giving || node->record.hub_cursor <= from) {
        return 0;
    }
    return ahead > 0 || node->record.hub_cursor - node->record.cursor > NODE_NEAR_ROWS;
}

int node_took_near(struct node *node, struct store_txn *txn, uint64_t to, uint32_t rule)
{
    uint8_t bytes[NEAR_SIZE];

    memset(&node->near, 0, sizeof node->near);
    node->near.ahead = to;
    node->near.rule = rule;
    node->near.scope_epoch = node->record.scope_epoch;
    if (node->lineage.count > 0) {
        memcpy(node->near.epoch, lineage_last(&node->lineage)->id, EPOCH_SIZE);
    }
    write_u64(bytes, node->near.ahead);
    write_u32(bytes + 8, node->near.rule);
    write_u32(bytes + 12, node->near.scope_epoch);
    memcpy(bytes + 16, node->near.epoch, EPOCH_SIZE);
    return store_put(txn, TABLE_LOCAL, span_of_string(NEAR_NAME), span_of(bytes, sizeof bytes));
}

int node_near_clear(struct node *node, struct store_txn *txn)
{
    int rc = store_del(txn, TABLE_LOCAL, span_of_string(NEAR_NAME));

    memset(&node->near, 0, sizeof node->near);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int node_load_near(struct node *node, struct store_txn *txn)
{
    struct span value;
    int rc = store_get(txn, TABLE_LOCAL, span_of_string(NEAR_NAME), &value);

    memset(&node->near, 0, sizeof node->near);
    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    /* Of another version: it is read again. */
    if (value.len != NEAR_SIZE) {
        return 0;
    }
    node->near.ahead = read_u64(value.data);
    node->near.rule = read_u32(value.data + 8);
    node->near.scope_epoch = read_u32(value.data + 12);
    memcpy(node->near.epoch, value.data + 16, EPOCH_SIZE);
    return 0;
}
