/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/snapshot.h"
#include "sync/node_state.h"

int node_pull(struct node *node, const struct node_input *input, struct effects *effects)
{
    Navette__Pull pull = NAVETTE__PULL__INIT;

    /* What it holds is of two scopes until what has to go is gone. */
    if (node->scope.evicting) {
        node->pulling = 0;
        node->pull_ms = 0;
        return 0;
    }
    node_scope_ask(node, &pull);
    if (node_snapshot_goes_first(node)) {
        return node_snapshot_ask(node, input, effects);
    }
    pull.cursor = node->record.cursor;
    node->pull_near = node_wants_near(node);
    node->pull_behind = node->record.cursor < node->record.hub_cursor || node->scope.back_end > 0;
    node->pull_bytes = line_ask(&node->line, node->options.pull_bytes > 0 ? node->options.pull_bytes : LIMIT_DELTA_BYTES);
    pull.max_bytes = node->pull_bytes;
    pull.near = node->pull_near;
    /* A seal is as long as three events, and what is long past is in backups. */
    pull.bare = line_is_thin(&node->line) && node->record.hub_cursor > node->record.cursor + NODE_NEAR_ROWS;
    pull.ahead = node_ahead(node);
    pull.ahead_rule = pull.ahead > 0 ? node->near.rule : 0;
    pull.scope_epoch = node->record.scope_epoch;
    if (node->lineage.count > 0 && !node->record.giving) {
        pull.epoch = (ProtobufCBinaryData){EPOCH_SIZE, (uint8_t *)(uintptr_t)lineage_last(&node->lineage)->id};
    }
    node->pulling = 1;
    node->pull_ms = input->now_ms;
    return effects_send(effects, 0, FRAME_PULL, &pull.base);
}

/* Two branches of somebody's log: one is here, the other at the hub. It is told, once a connection; nothing of either is thrown away. */
static int check_same(struct node *node, const struct node_input *input, const struct ref *ref, struct effects *effects)
{
    struct journal_entry held;
    int rc = journal_find(input->txn, ref, &held);

    if (rc != NAVETTE_E_NOT_FOUND) {
        return rc == NAVETTE_E_PRUNED ? 0 : rc;
    }
    if (!node->differs) {
        effects_log(effects, EFFECT_ERROR, 0, "the hub has another event at number %llu of a log than this node: tell the coordinator",
                    (unsigned long long)ref->seq);
    }
    node->differs = 1;
    return 0;
}

int node_take_entry(struct node *node, const struct node_input *input, const Navette__Delta *delta, const Navette__DeltaEntry *in,
                    struct effects *effects)
{
    struct journal_entry entry;
    int rc;

    snapshot_entry(delta, in, &entry);
    rc = journal_put_back(input->txn, &entry.self);
    if (rc != NAVETTE_E_NOT_FOUND) {
        return rc;
    }
    rc = journal_append(input->txn, &entry);
    if (rc == NAVETTE_E_EXISTS) {
        return check_same(node, input, &entry.self, effects);
    }
    if (rc == 0) {
        struct event event;

        rc = event_decode(entry.event, &event);
        if (event.body != NULL) {
            hlc_merge(&node->clock, event.body->hlc, input->wall_ms);
        }
        /* One that cannot be read says nothing, here or there. */
        if (rc == 0) {
            rc = snapshot_adopt(input->txn, &entry, event.body);
        }
        rc = rc == 0 ? node_learn_own(node, input->txn, &entry, event.body) : rc == NAVETTE_E_MEMORY ? rc : 0;
        event_free(&event);
    }
    return rc;
}

/* What proves the entries that came: with it they can be given back to a hub that lost them. */
int node_keep_seals(const struct node_input *input, const Navette__Delta *delta, struct effects *effects)
{
    int rc = 0;

    for (size_t i = 0; i < delta->n_seals && rc == 0; i++) {
        const Navette__Seal *in = delta->seals[i];
        struct batch_header seal = {.first_seq = in->first_seq, .count = in->count};

        memcpy(seal.incarnation, delta->incarnations[in->source].data, INCARNATION_SIZE);
        memcpy(seal.salt, in->salt.data, SALT_SIZE);
        memcpy(seal.previous, in->previous.data, HASH_SIZE);
        memcpy(seal.signature, in->signature.data, SIGNATURE_SIZE);
        rc = journal_keep_seal(input->txn, &seal);
        if (rc == NAVETTE_E_CHAIN) {
            rc = effects_log(effects, EFFECT_ERROR, 0, "what this node holds of a log up to %llu is not what the hub's seal is of",
                             (unsigned long long)(in->first_seq + in->count - 1));
        }
        /* A part of it came before there were seals, or was given up without. */
        rc = rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_PRUNED ? 0 : rc;
    }
    return rc;
}

/* An answer to an older question, or to another one. */
static int is_asked_for(const struct node *node, const Navette__Delta *delta)
{
    uint64_t ahead = node_ahead(node);
    /* By another rule than what was read so far, all that is near is read anew. */
    uint64_t from = delta->near_rule != 0 && ahead > 0 && delta->near_rule == node->near.rule ? ahead : node->record.cursor;

    if (delta->to < delta->from || delta->scope_epoch != node->record.scope_epoch || node->scope.evicting) {
        return 0;
    }
    if (delta->back) {
        return delta->from == node->scope.back_cursor && node->scope.back_end != 0;
    }
    return delta->from == from && (delta->near_rule == 0 || node->pull_near);
}

/* What it says of the line, when the hub had not to wait for news. */
static void measure(struct node *node, const Navette__Delta *delta, int64_t now_ms)
{
    size_t bytes = 0;

    for (size_t i = 0; i < delta->n_entries; i++) {
        bytes += delta->entries[i]->event.len;
    }
    if (node->pull_behind) {
        line_got(&node->line, bytes, now_ms - node->pull_ms);
    }
}

int node_delta(struct node *node, const struct node_input *input, const Navette__Delta *delta, struct effects *effects)
{
    int rc;

    if (node->link != NODE_STREAMING) {
        return 0;
    }
    if (delta->scope_epoch > node->record.scope_epoch && delta->told != NULL) {
        rc = node_scope_take(node, input, delta->told, delta->scope_epoch, effects);
        return rc != 0 ? rc : node_pull(node, input, effects);
    }
    /* A hub that does not tell its scopes: everything is taken in again, what is held already is passed over. */
    if (delta->scope_epoch > node->record.scope_epoch) {
        node->record.scope_epoch = delta->scope_epoch;
        node->record.cursor = 0;
        node->dirty = 1;
        return node_pull(node, input, effects);
    }
    if (!is_asked_for(node, delta)) {
        return 0;
    }
    measure(node, delta, input->now_ms);
    for (size_t i = 0; i < delta->n_entries; i++) {
        const Navette__DeltaEntry *in = delta->entries[i];

        if (in->source >= delta->n_incarnations || in->seq == 0) {
            return effects_log(effects, EFFECT_ERROR, 0, "the hub's delta is malformed: left out");
        }
        rc = node_take_entry(node, input, delta, in, effects);
        if (rc != 0) {
            return rc;
        }
    }
    rc = node_keep_seals(input, delta, effects);
    if (rc != 0) {
        return rc;
    }
    if (delta->back) {
        rc = node_scope_came(node, delta->to, effects);
        if (rc != 0) {
            return rc;
        }
    } else if (delta->near_rule != 0) {
        rc = node_took_near(node, input->txn, delta->to, delta->near_rule);
        if (rc != 0) {
            return rc;
        }
    } else {
        node->record.cursor = delta->to;
    }
    /* A PONG may have told of more since this was sent. */
    if (delta->hub_cursor > node->record.hub_cursor) {
        node->record.hub_cursor = delta->hub_cursor;
    }
    node->record.hub_time_ms = delta->hub_time_ms;
    node->record.hub_heard_wall_ms = input->wall_ms;
    node->dirty = 1;
    node_settle_back(node);
    return node_pull(node, input, effects);
}

int node_ping(struct node *node, const struct node_input *input, struct effects *effects)
{
    Navette__Ping ping = NAVETTE__PING__INIT;

    ping.token = node->asked;
    ping.frontier = (Navette__Frontier *)(uintptr_t)input->frontier;
    node->pinged = node->asked;
    node->ping_ms = input->now_ms;
    node->stated_ms = input->now_ms;
    return effects_send(effects, 0, FRAME_PING, &ping.base);
}

int node_pong(struct node *node, const struct node_input *input, const Navette__Pong *pong, struct effects *effects)
{
    int rc;

    node->ping_ms = 0;
    node->record.hub_time_ms = pong->hub_time_ms;
    node->record.hub_heard_wall_ms = input->wall_ms;
    node->dirty = 1;
    node_note_backup(node, pong->backed_up_seq, pong->backed_up_ms);
    node_rekey_backed_up(node, pong->keys_backed_up);
    if (pong->hub_cursor > node->record.hub_cursor) {
        node->record.hub_cursor = pong->hub_cursor;
    }
    if (pong->backed_up_position > node->fetch.backed_up_position) {
        node->fetch.backed_up_position = pong->backed_up_position;
    }
    if (pong->token > node->answered) {
        node->answered = pong->token;
    }
    rc = node_prune_note(node, input);
    if (rc != 0) {
        return rc;
    }
    /* All that was said before it has been read. */
    if (node->doubt != 0 && pong->token >= node->doubt && node->doubt_ms == 0) {
        node->doubt_ms = input->now_ms;
    }
    /* The long poll may have been lost on the way, or it waits because nothing concerns this node: ask anew, unless the answer may still be coming in. */
    if (node->link == NODE_STREAMING && (node->record.cursor < node->record.hub_cursor || node->scope.back_end > 0) &&
        (!node->pull_behind || node->line.down == 0 || input->now_ms - node->pull_ms >= line_down_ms(&node->line, node->pull_bytes))) {
        return node_pull(node, input, effects);
    }
    return 0;
}
