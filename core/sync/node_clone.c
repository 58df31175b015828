/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sync/node_state.h"

/*
 * A store that was copied: two machines have its keys and its log. Each is told so by the hub at its next word, draws a token of its own, by which a coordinator tells them apart,
 * and records nothing until one is chosen. The other one is then enrolled under new keys, as another node: its store goes on, and what it had not sent enters its new log.
 */
#define CLONE_NAME "clone"
#define CLONE_SIZE (8u + 16u + 4u)

int node_clone_load(struct node *node, struct store_txn *txn)
{
    struct span value;
    struct reader reader;
    struct span claimant;
    int rc = store_get(txn, TABLE_LOCAL, span_of_string(CLONE_NAME), &value);

    memset(&node->clone, 0, sizeof node->clone);
    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    reader = reader_of(value);
    node->clone.alarm = reader_u64(&reader);
    claimant = reader_bytes(&reader, sizeof node->clone.claimant);
    node->clone.elsewhere = reader_u32(&reader) != 0;
    if (reader.failed) {
        return NAVETTE_E_STORE;
    }
    memcpy(node->clone.claimant, claimant.data, sizeof node->clone.claimant);
    return 0;
}

int node_clone_save(struct node *node, struct store_txn *txn)
{
    uint8_t bytes[CLONE_SIZE];
    int rc;

    if (!node->clone.dirty) {
        return 0;
    }
    write_u64(bytes, node->clone.alarm);
    memcpy(bytes + 8, node->clone.claimant, sizeof node->clone.claimant);
    write_u32(bytes + 8 + sizeof node->clone.claimant, (uint32_t)node->clone.elsewhere);
    rc = store_put(txn, TABLE_LOCAL, span_of_string(CLONE_NAME), span_of(bytes, sizeof bytes));
    node->clone.dirty = rc != 0;
    return rc;
}

int node_is_cloned(const struct node *node)
{
    if (node->record.verdict != NAVETTE__VERDICT__VERDICT_CLONE) {
        return 0;
    }
    return node->clone.elsewhere ? 2 : 1;
}

void node_clone_tell(const struct node *node, Navette__Hello *hello)
{
    if (node->clone.alarm == 0) {
        return;
    }
    hello->claimant = (ProtobufCBinaryData){sizeof node->clone.claimant, (uint8_t *)(uintptr_t)node->clone.claimant};
    hello->boot = node->options.boot;
    if (node->options.host != NULL) {
        hello->host = (char *)(uintptr_t)node->options.host;
    }
}

int node_cloned(struct node *node, const struct node_input *input, const Navette__Welcome *welcome, struct effects *effects)
{
    int again = node->link == NODE_GREETING && node_is_cloned(node) && node->clone.elsewhere == welcome->elsewhere;

    node->search.active = 0;
    if (node->clone.elsewhere != welcome->elsewhere) {
        node->clone.elsewhere = welcome->elsewhere;
        node->clone.dirty = 1;
    }
    /* Another alarm: this store was copied since it drew its token, or before it had one. */
    if (welcome->clone != 0 && welcome->clone != node->clone.alarm && input->fresh != NULL) {
        node->clone.alarm = welcome->clone;
        memcpy(node->clone.claimant, input->fresh, sizeof node->clone.claimant);
        node->clone.dirty = 1;
        node->record.verdict = (uint32_t)welcome->verdict;
        effects_log(effects, EFFECT_ERROR, 0,
                    "the hub says that two machines have this node's keys: nothing is recorded until one is chosen");
        return node_hello(node, input, NULL, effects);
    }
    if (again) {
        node->link = NODE_HELD;
        return 0;
    }
    return node_hold(node, welcome->verdict, effects);
}

int node_become_after(struct node *node, struct store_txn *txn, const uint8_t id[NODE_ID_SIZE], const uint8_t fresh[INCARNATION_SIZE],
                      uint64_t *waiting)
{
    const uint8_t none[INCARNATION_SIZE] = {0};
    struct log_head head;
    int rc = node_load(node, txn);

    if (rc == 0) {
        rc = journal_head(txn, node->incarnation, &head);
    }
    if (rc == 0 && head.seq > node->record.durable) {
        rc = journal_set_aside(txn, node->incarnation, node->record.durable);
    }
    if (rc == 0) {
        rc = log_start(txn, fresh, none, id);
    }
    if (rc != 0) {
        return rc;
    }
    *waiting = head.seq - node->record.durable;
    /* Nothing that was agreed with the hub was agreed with this node; what is held already is passed over when it comes again. */
    node->record = (struct node_record){.adopting = 1, .branch = *waiting, .began = NAVETTE__VERDICT__VERDICT_CLONE};
    memcpy(node->record.incarnation, fresh, INCARNATION_SIZE);
    memset(&node->clone, 0, sizeof node->clone);
    /* Keys that were to take the place of the old ones: this node has others. */
    memset(&node->rekey, 0, sizeof node->rekey);
    node->rekey_taken = 0;
    node->dirty = node->clone.dirty = node->rekey_dirty = 1;
    /* What it follows it is told at its first word. */
    memset(&node->scope, 0, sizeof node->scope);
    node->scope_dirty = 0;
    rc = store_del(txn, TABLE_LOCAL, span_of_string(NODE_SCOPE_ROW));
    /* Nor is anything read ahead: what came with it may be among what its own scope takes away. */
    rc = rc == 0 || rc == NAVETTE_E_NOT_FOUND ? node_took_near(node, txn, 0, 0) : rc;
    rc = rc == 0 ? node_rekey_forget(node, txn) : rc;
    return rc != 0 ? rc : node_record_save(node, txn);
}

int node_become(struct node *node, struct store_txn *txn, const uint8_t id[NODE_ID_SIZE], const uint8_t fresh[INCARNATION_SIZE],
                uint64_t *waiting)
{
    int rc = node_load(node, txn);

    if (rc == 0 && !node_is_cloned(node)) {
        rc = NAVETTE_E_REFUSED;
    }
    return rc != 0 ? rc : node_become_after(node, txn, id, fresh, waiting);
}
