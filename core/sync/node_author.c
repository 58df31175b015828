/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/fold.h"
#include "sync/node_prune.h"
#include "sync/node_state.h"

static int gather_heads(struct store_txn *txn, struct buffer *logs)
{
    const uint8_t begin = 0;
    struct log_head head;
    struct store_scan *scan;
    struct span key;
    struct span value;
    int rc = store_scan_open(txn, TABLE_HEAD, &scan);

    if (rc != 0) {
        return rc;
    }
    rc = txn->ops->scan_from(scan, span_of(&begin, 1), &key, &value);
    while (rc == 0) {
        rc = key.len == INCARNATION_SIZE ? journal_head(txn, key.data, &head) : NAVETTE_E_STORE;
        rc = rc != 0 ? rc : buffer_append(logs, head.incarnation, INCARNATION_SIZE);
        rc = rc != 0 ? rc : buffer_append(logs, head.parent, INCARNATION_SIZE);
        rc = rc != 0 ? rc : txn->ops->scan_next(scan, &key, &value);
    }
    txn->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int node_author_init(const struct node *node, struct store_txn *txn, struct node_author *author)
{
    int rc;

    buffer_init(&author->logs);
    rc = gather_heads(txn, &author->logs);
    rc = rc != 0 ? rc : fold_own_logs(txn, txn, node->options.node, &author->logs);
    if (rc != 0) {
        buffer_free(&author->logs);
    }
    return rc;
}

int node_author_wrote(const struct node_author *author, const uint8_t incarnation[INCARNATION_SIZE])
{
    for (size_t at = 0; at < author->logs.len; at += INCARNATION_SIZE) {
        if (memcmp(author->logs.data + at, incarnation, INCARNATION_SIZE) == 0) {
            return 1;
        }
    }
    return 0;
}

void node_author_free(struct node_author *author)
{
    buffer_free(&author->logs);
}
