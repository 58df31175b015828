/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/fold.h"
#include "sync/node_prune.h"
#include "sync/node_state.h"

static int gather_heads(struct store_txn *txn, struct buffer *logs)
{
    struct log_head head;
    int rc = journal_next_head(txn, NULL, &head);

    while (rc == 0) {
        rc = buffer_append(logs, head.incarnation, INCARNATION_SIZE);
        rc = rc != 0 ? rc : buffer_append(logs, head.parent, INCARNATION_SIZE);
        rc = rc != 0 ? rc : journal_next_head(txn, head.incarnation, &head);
    }
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
