/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sync/node_state.h"

/*
 * A store that was put back from a backup ends before its log does: numbers after its head are the hub's already, and would be written a second time. So the log
 * goes on under a child incarnation, and what was written after the backup comes back from the hub like anybody's events.
 */

/* The cursor stays: it was saved with the log, so whatever was written after it lies behind it at the hub too. */
static int begin(struct node *node, const struct node_input *input)
{
    int rc = log_start(input->txn, input->fresh, node->incarnation, node->options.node);

    if (rc != 0) {
        return rc == NAVETTE_E_EXISTS ? NAVETTE_E_INTERNAL : rc;
    }
    memcpy(node->incarnation, input->fresh, INCARNATION_SIZE);
    memcpy(node->record.incarnation, input->fresh, INCARNATION_SIZE);
    node->record.durable = 0;
    memset(node->record.durable_hash, 0, HASH_SIZE);
    node->record.take_back = node->record.hub_cursor;
    node->record.verdict = NAVETTE__VERDICT__VERDICT_NODE_RESTORED;
    node->dirty = 1;
    node->sealing = 0;
    node_rewind(node);
    return 0;
}

int node_begin_child(struct node *node, const struct node_input *input, const Navette__LogHead *held, struct effects *effects)
{
    struct log_head head;
    int rc = journal_head(input->txn, node->incarnation, &head);

    if (rc != 0) {
        return rc;
    }
    /* Late words of the hub: nobody can hold more of a log than was once written under it. */
    if (held->seq <= head.seq) {
        return 0;
    }
    effects_log(
        effects, EFFECT_WARNING, 0,
        "this store was put back from a backup: it ends at %llu, the hub has %llu; what is missing comes back, and recording goes on",
        (unsigned long long)head.seq, (unsigned long long)held->seq);
    rc = begin(node, input);
    return rc != 0 ? rc : node_hello(node, input, NULL, effects);
}

/* IncarnationStarted of this node: a log that a later backup than ours began, and that ours does not know of. */
static int note_sibling(struct node *node, struct store_txn *txn, const Navette__IncarnationStarted *started)
{
    uint8_t id[NODE_ID_SIZE];
    uint8_t parent[INCARNATION_SIZE] = {0};
    int rc;

    if (hex_decode(started->node->id, id, NODE_ID_SIZE) != 0 || memcmp(id, node->options.node, NODE_ID_SIZE) != 0) {
        return 0;
    }
    if (started->parent.len == INCARNATION_SIZE) {
        memcpy(parent, started->parent.data, INCARNATION_SIZE);
    }
    rc = log_start(txn, started->incarnation.data, parent, node->options.node);
    return rc == NAVETTE_E_EXISTS ? 0 : rc;
}

/* An own event that comes back is in the past of whatever is written next, however far ahead its clock was. */
int node_learn_own(struct node *node, struct store_txn *txn, const struct journal_entry *entry, const Navette__Event *body)
{
    struct log_head head;
    int rc;

    if (body->body_case == NAVETTE__EVENT__BODY_INCARNATION_STARTED && body->place[0] == '\0' &&
        body->incarnation_started->incarnation.len == INCARNATION_SIZE) {
        return note_sibling(node, txn, body->incarnation_started);
    }
    if (node->record.take_back == 0) {
        return 0;
    }
    rc = journal_head(txn, entry->self.incarnation, &head);
    if (rc == 0 && body->hlc > node->clock.last) {
        node->clock.last = body->hlc;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

void node_settle_back(struct node *node)
{
    if (node->record.take_back != 0 && node->record.cursor >= node->record.take_back) {
        node->record.take_back = 0;
        node->dirty = 1;
    }
}
