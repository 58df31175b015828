/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sync/node_state.h"

/*
 * A change of this node's keys that the hub may still forget: put back from a backup of before, it knows the key before alone, and refuses the present one at its door. Until a backup is known to hold
 * the change, its statement is kept, and the executor keeps the transport key before: under that one the node is let in, and says the change again before anything that the new key signed. The signing
 * key before is gone: whoever reads the disk can say nothing else under it.
 */

#define KEPT_NAME "rekey-kept"

int node_rekey_load_kept(struct node *node, struct store_txn *txn)
{
    int taken;

    node->kept_safe = 0;
    return node_rekey_get(txn, KEPT_NAME, &node->kept, &taken);
}

int node_rekey_keep(struct node *node, struct store_txn *txn)
{
    int rc = node_rekey_put(txn, KEPT_NAME, &node->rekey, 1);

    if (rc == 0) {
        node->kept = node->rekey;
        node->kept_safe = 0;
    }
    return rc;
}

int node_rekey_waits(const struct node *node)
{
    return node->kept.from_seq != 0 && !node->kept_safe && node->record.backed_up_ms != 0;
}

/* A session under the key before says the same of that one. */
void node_rekey_backed_up(struct node *node, int keys_backed_up)
{
    int logged = memcmp(node->kept.incarnation, node->incarnation, INCARNATION_SIZE) == 0 && node->record.backed_up >= node->kept.from_seq;

    if (node->kept.from_seq != 0 && node->rekey.from_seq == 0 && node->link == NODE_STREAMING && (keys_backed_up || logged)) {
        node->kept_safe = 1;
    }
}

const struct rekey *node_rekey_kept(const struct node *node, int *safe)
{
    *safe = node->kept_safe;
    return node->kept.from_seq != 0 ? &node->kept : NULL;
}

int node_rekey_again(struct node *node)
{
    if (node->kept.from_seq == 0 || node->rekey.from_seq != 0) {
        return 0;
    }
    node->rekey = node->kept;
    node->rekey_taken = 0;
    node->kept_safe = 0;
    return 1;
}

/* A session that broke off before the hub had it changes nothing: the same is said in the next one. */
int node_rekey_may_again(const struct node *node)
{
    return node->kept.from_seq != 0 && (node->rekey.from_seq == 0 || memcmp(node->rekey.sign_key, node->kept.sign_key, KEY_SIZE) == 0);
}

int node_rekey_forget(struct node *node, struct store_txn *txn)
{
    int rc = node->kept.from_seq != 0 ? store_del(txn, TABLE_LOCAL, span_of_string(KEPT_NAME)) : 0;

    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND) {
        return rc;
    }
    memset(&node->kept, 0, sizeof node->kept);
    node->kept_safe = 0;
    return 0;
}
