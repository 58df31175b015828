/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sync/node_state.h"

static void set_bytes(ProtobufCBinaryData *field, const uint8_t *data, size_t len)
{
    field->data = (uint8_t *)(uintptr_t)data;
    field->len = len;
}

int node_hello(struct node *node, const struct node_input *input, const Navette__LogHead *probe, struct effects *effects)
{
    const uint8_t none[INCARNATION_SIZE] = {0};
    Navette__Hello hello = NAVETTE__HELLO__INIT;
    Navette__LogHead log = NAVETTE__LOG_HEAD__INIT;
    Navette__LogHead durable = NAVETTE__LOG_HEAD__INIT;
    struct log_head head;
    int rc = journal_head(input->txn, node->incarnation, &head);

    if (rc != 0) {
        return rc;
    }
    set_bytes(&log.incarnation, head.incarnation, INCARNATION_SIZE);
    if (memcmp(head.parent, none, INCARNATION_SIZE) != 0) {
        set_bytes(&log.parent, head.parent, INCARNATION_SIZE);
    }
    log.seq = head.seq;
    if (head.seq > 0) {
        set_bytes(&log.hash, head.hash, HASH_SIZE);
    }
    if (node->record.durable > 0) {
        set_bytes(&durable.incarnation, head.incarnation, INCARNATION_SIZE);
        durable.seq = node->record.durable;
        set_bytes(&durable.hash, node->record.durable_hash, HASH_SIZE);
        hello.durable = &durable;
    }
    hello.version = FRAME_VERSION;
    set_bytes(&hello.node, node->options.node, NODE_ID_SIZE);
    set_bytes(&hello.process, node->options.process, 16);
    hello.connect = node->connect;
    hello.log = &log;
    hello.probe = (Navette__LogHead *)(uintptr_t)probe;
    hello.cursor = node->record.cursor;
    hello.scope_epoch = node->record.scope_epoch;
    hello.scopes = 1;
    hello.compares = 1;
    if (node->lineage.count > 0) {
        set_bytes(&hello.epoch, lineage_last(&node->lineage)->id, EPOCH_SIZE);
    }
    node_rekey_hello(node, &hello);
    if (node->options.hub_keys != NULL) {
        set_bytes(&hello.hub_key, hub_keys_last(node->options.hub_keys)->sign_key, KEY_SIZE);
    }
    hello.began = (Navette__Verdict)node->record.began;
    node_clone_tell(node, &hello);
    hello.frontier = (Navette__Frontier *)(uintptr_t)input->frontier;
    node->hello_ms = input->now_ms;
    node->stated_ms = input->now_ms;
    return effects_send(effects, 0, FRAME_HELLO, &hello.base);
}

void node_go_offline(struct node *node)
{
    node->link = NODE_OFFLINE;
    node->hello_ms = 0;
    node->ping_ms = 0;
    node->pulling = 0;
    node->hold_ms = 0;
    node->search.active = 0;
    node->rekey_ms = 0;
    memset(&node->give, 0, sizeof node->give);
    node->differs = 0;
    node_snapshot_pause(node);
    node_compare_stop(node);
    node_fetch_stop(node);
    node_rewind(node);
}

/* The hub wants to know whether our log contains its head: our own hash at its number says so, or where we end before it. */
static int answer_probe(struct node *node, const struct node_input *input, const Navette__LogHead *held, struct effects *effects)
{
    Navette__LogHead probe = NAVETTE__LOG_HEAD__INIT;
    struct log_head head;
    uint8_t hash[HASH_SIZE];
    int rc = journal_head(input->txn, node->incarnation, &head);

    probe.seq = held->seq;
    if (rc == 0 && head.seq < held->seq) {
        probe.seq = head.seq;
    }
    if (rc == 0) {
        rc = journal_hash_at(input->txn, node->incarnation, probe.seq, hash);
    }
    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
    }
    set_bytes(&probe.incarnation, node->incarnation, INCARNATION_SIZE);
    if (probe.seq > 0) {
        set_bytes(&probe.hash, hash, HASH_SIZE);
    }
    return node_hello(node, input, &probe, effects);
}

int node_hold(struct node *node, Navette__Verdict verdict, struct effects *effects)
{
    node->link = NODE_HELD;
    node->record.verdict = (uint32_t)verdict;
    node->dirty = 1;
    return effects_log(effects, EFFECT_ERROR, 0, "the hub holds this node: %s", link_verdict_name(verdict));
}

int node_take_held(struct node *node, const struct node_input *input, const Navette__LogHead *held)
{
    uint8_t hash[HASH_SIZE];
    int rc = journal_hash_at(input->txn, node->incarnation, held->seq, hash);

    if (rc == NAVETTE_E_NOT_FOUND) {
        return NAVETTE_E_CHAIN;
    }
    if (rc != 0) {
        return rc;
    }
    if (held->seq > 0 && (held->hash.len != HASH_SIZE || memcmp(hash, held->hash.data, HASH_SIZE) != 0)) {
        return NAVETTE_E_CHAIN;
    }
    node->record.durable = held->seq;
    memcpy(node->record.durable_hash, hash, HASH_SIZE);
    node->dirty = 1;
    return 0;
}

int node_welcome(struct node *node, const struct node_input *input, const Navette__Welcome *welcome, struct effects *effects)
{
    const Navette__LogHead *held = welcome->held;
    struct node_input told = *input;
    int moved = 0;
    int rc;

    if (node->link != NODE_GREETING || held == NULL || memcmp(held->incarnation.data, node->incarnation, INCARNATION_SIZE) != 0) {
        return 0;
    }
    node->hello_ms = 0;
    node->record.hub_cursor = welcome->hub_cursor;
    node->record.hub_time_ms = welcome->hub_time_ms;
    node->record.hub_heard_wall_ms = input->wall_ms;
    node->dirty = 1;
    if (welcome->verdict == NAVETTE__VERDICT__VERDICT_CLONE) {
        return node_cloned(node, input, welcome, effects);
    }
    if (node->search.active && !link_may_stream(welcome->verdict)) {
        return node_searched(node, input, welcome, effects);
    }
    if (welcome->verdict == NAVETTE__VERDICT__VERDICT_PROBE) {
        return answer_probe(node, input, held, effects);
    }
    if (welcome->verdict == NAVETTE__VERDICT__VERDICT_NODE_RESTORED && input->fresh != NULL) {
        return node_restored(node, input, welcome, effects);
    }
    if (welcome->verdict == NAVETTE__VERDICT__VERDICT_FORK && input->fresh != NULL) {
        return node_search(node, input, held, effects);
    }
    if (!link_may_stream(welcome->verdict)) {
        return node_hold(node, welcome->verdict, effects);
    }
    if (held->seq < node->record.durable) {
        effects_log(effects, EFFECT_WARNING, 0, "the hub holds %llu of the %llu it had acknowledged: sending them again",
                    (unsigned long long)held->seq, (unsigned long long)node->record.durable);
    }
    /* A WELCOME of an earlier connection, late, says less than is known since: only a hub that was restored takes a word back. */
    rc = held->seq < node->record.durable && welcome->verdict != NAVETTE__VERDICT__VERDICT_HUB_RESTORED ? 0
                                                                                                        : node_take_held(node, input, held);
    if (rc == NAVETTE_E_CHAIN) {
        return node_hold(node, NAVETTE__VERDICT__VERDICT_FORK, effects);
    }
    if (rc == 0 && held->seq == node->record.durable) {
        rc = node_parted(node, input, held, effects);
    }
    if (rc != 0) {
        return rc > 0 ? 0 : rc;
    }
    rc = node_follow(node, welcome, &moved, effects);
    if (rc != 0) {
        return rc;
    }
    /* What was to be stated was of the journal that was left. */
    told.frontier = moved ? NULL : input->frontier;
    if (welcome->told != NULL && (!node->scope.known || welcome->scope_epoch != node->record.scope_epoch)) {
        rc = node_scope_take(node, input, welcome->told, welcome->scope_epoch, effects);
        if (rc != 0) {
            return rc;
        }
    }
    /* A hub that does not tell its scopes has another, or one knows less than it told us: everything is taken in again; what is held already is passed over. */
    if (welcome->scope_epoch != node->record.scope_epoch || welcome->hub_cursor < node->record.cursor ||
        (welcome->verdict == NAVETTE__VERDICT__VERDICT_HUB_RESTORED && !moved)) {
        node->record.cursor = 0;
        node->record.scope_epoch = welcome->scope_epoch;
    }
    node->record.backed_up = welcome->backed_up_seq;
    node->record.backed_up_ms = welcome->backed_up_ms;
    node->record.verdict = (uint32_t)welcome->verdict;
    node->link = NODE_STREAMING;
    node->patience_ms = 0;
    node->hub_rekeys = welcome->rekeys;
    node->told.enrol_port = welcome->enrol_port;
    node->told.keys_until_ms = welcome->keys_until_ms;
    node->told.hub_time_ms = welcome->hub_time_ms;
    node->snapshot.rows = welcome->snapshot_rows;
    node->hub_wraps = welcome->wraps;
    node->compare.hub_compares = welcome->compares;
    node->fetch.hub_fetches = welcome->fetches;
    node->fetch.backed_up_position = welcome->backed_up_position;
    node->old_key = 0;
    node->credit_bytes = welcome->credit_bytes;
    node_rekey_backed_up(node, welcome->keys_backed_up);
    memset(&node->give, 0, sizeof node->give);
    node_rewind(node);
    rc = node_rekey_say(node, &told, effects);
    rc = rc != 0 ? rc : node_pull(node, &told, effects);
    return rc != 0 ? rc : node_pump(node, &told, effects);
}
