/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sync/node_prune.h"
#include "sync/node_state.h"

/* The row: since when there was no such gap i64, last heard i64, noted a few times a day. */
#define DAY_MS INT64_C(86400000)
#define STEADY_NAME "prune-line"
#define STEADY_BYTES 16u
#define STEADY_LEAST_MS (14 * DAY_MS)
#define STEADY_GAP_MS (7 * DAY_MS)
#define STEADY_NOTED_MS (DAY_MS / 4)

struct steady_row {
    int64_t since_ms;
    int64_t heard_ms;
};

static int load(struct store_txn *txn, struct steady_row *row)
{
    struct span value;
    int rc = store_get(txn, TABLE_LOCAL, span_of_string(STEADY_NAME), &value);

    memset(row, 0, sizeof *row);
    if (rc == 0 && value.len != STEADY_BYTES) {
        return NAVETTE_E_STORE;
    }
    if (rc == 0) {
        row->since_ms = (int64_t)read_u64(value.data);
        row->heard_ms = (int64_t)read_u64(value.data + 8);
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* A hub whose clock was put back begins it anew at worst. */
int node_steady_note(const struct node *node, struct store_txn *txn)
{
    int64_t now_ms = node->record.hub_time_ms;
    uint8_t bytes[STEADY_BYTES];
    struct steady_row row;
    int rc = load(txn, &row);

    if (rc != 0 || (now_ms >= row.heard_ms && now_ms - row.heard_ms < STEADY_NOTED_MS)) {
        return rc;
    }
    if (now_ms < row.heard_ms || now_ms - row.heard_ms > STEADY_GAP_MS) {
        row.since_ms = now_ms;
    }
    write_u64(bytes, (uint64_t)row.since_ms);
    write_u64(bytes + 8, (uint64_t)now_ms);
    return store_put(txn, TABLE_LOCAL, span_of_string(STEADY_NAME), span_of(bytes, sizeof(bytes)));
}

int node_steady_is(const struct node *node, struct store_txn *txn)
{
    int64_t steady_ms = node->options.keep_ms < STEADY_LEAST_MS ? node->options.keep_ms : STEADY_LEAST_MS;
    struct steady_row row;

    if (node->options.keep_ms < DAY_MS) {
        return 1;
    }
    return load(txn, &row) == 0 && row.since_ms > 0 && row.heard_ms - row.since_ms >= steady_ms &&
           node->record.hub_time_ms - row.heard_ms <= STEADY_GAP_MS;
}
