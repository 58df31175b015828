/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sync/node_state.h"

void node_rewind(struct node *node)
{
    node->next_push = node->record.durable + 1; /* of a log that is given back: see node_give.c */
    node->inflight_count = 0;
    node->inflight_bytes = 0;
    node->push_ms = 0;
    node->doubt = 0;
    node->doubt_ms = 0;
}

/* Messages that are appended to each other are merged: the frontier joins a body that holds the batch. */
static int add_frontier(const Navette__Frontier *frontier, struct buffer *body)
{
    Navette__Push push = NAVETTE__PUSH__INIT;
    size_t size;
    int rc;

    push.frontier = (Navette__Frontier *)(uintptr_t)frontier;
    size = navette__push__get_packed_size(&push);
    rc = buffer_reserve(body, size);
    if (rc == 0)
        body->len += navette__push__pack(&push, body->data + body->len);
    return rc;
}

static int send_push(struct node *node, const struct node_input *input, const uint8_t *incarnation, struct effects *effects, int *sent)
{
    struct buffer body = {0};
    struct effect *effect;
    uint8_t header[FRAME_HEADER_SIZE];
    uint64_t last_seq;
    int rc = log_push_body(input->txn, incarnation, node->next_push, &body, &last_seq);

    *sent = 0;
    if (rc == 0 && input->frontier != NULL && input->frontier->seq == last_seq && incarnation == node->incarnation)
        rc = add_frontier(input->frontier, &body);
    if (rc != 0) {
        buffer_free(&body);
        return rc;
    }
    /* The first one always goes: a batch larger than the credit could never be sent otherwise. */
    if (node->inflight_count > 0 && node->inflight_bytes + body.len > line_window(&node->line, node->credit_bytes)) {
        buffer_free(&body);
        return 0;
    }
    effect = effects_add(effects, EFFECT_SEND, 0);
    if (effect == NULL) {
        buffer_free(&body);
        return NAVETTE_E_MEMORY;
    }
    frame_header(FRAME_PUSH, 0, buffer_span(&body), (uint32_t)body.len, header);
    rc = buffer_append(&effect->frame, header, sizeof header);
    if (rc == 0) {
        rc = buffer_append(&effect->frame, body.data, body.len);
    }
    if (rc == 0) {
        node->inflight[node->inflight_count].last_seq = last_seq;
        node->inflight[node->inflight_count].bytes = body.len;
        node->inflight[node->inflight_count].sent_ms = input->now_ms;
        node->inflight_count++;
        node->inflight_bytes += body.len;
        node->next_push = last_seq + 1;
        if (node->push_ms == 0) {
            node->push_ms = input->now_ms;
        }
        *sent = 1;
    }
    buffer_free(&body);
    return rc;
}

int node_push_log(struct node *node, const struct node_input *input, const uint8_t *incarnation, uint64_t last, struct effects *effects)
{
    int rc = 0;

    while (rc == 0 && node->next_push <= last && node->inflight_count < NODE_INFLIGHT) {
        int sent;

        rc = send_push(node, input, incarnation, effects, &sent);
        if (rc == 0 && !sent) {
            return 0;
        }
    }
    return rc;
}

int node_pump(struct node *node, const struct node_input *input, struct effects *effects)
{
    struct log_head head;
    int rc;

    if (node->link != NODE_STREAMING || node->hold_ms != 0) {
        return 0;
    }
    if (node->record.giving) {
        return node_give(node, input, effects);
    }
    rc = journal_head(input->txn, node->incarnation, &head);
    if (rc == 0) {
        rc = node_push_log(node, input, node->incarnation, node_rekey_limit(node, head.seq), effects);
    }
    if (rc == NAVETTE_E_PRUNED) {
        return node_fetch_lost(node, node->next_push, input->now_ms, effects);
    }
    /* It is in the batch that still gathers. */
    if (rc == NAVETTE_E_NOT_FOUND) {
        if (node->sealing) {
            return 0;
        }
        node->sealing = 1;
        return effects_add(effects, EFFECT_SEAL, 0) == NULL ? NAVETTE_E_MEMORY : 0;
    }
    return rc;
}

void node_settle_inflight(struct node *node, uint64_t held, int64_t now_ms)
{
    int64_t begun_ms = node->inflight_count > 0 ? node->inflight[0].sent_ms : now_ms;
    size_t bytes = 0;
    size_t done = 0;

    while (done < node->inflight_count && node->inflight[done].last_seq <= held) {
        bytes += node->inflight[done].bytes;
        done++;
    }
    if (done > 0) {
        line_sent(&node->line, bytes, now_ms - (begun_ms > node->settled_ms ? begun_ms : node->settled_ms));
        node->settled_ms = now_ms;
        node->doubt = 0;
        node->doubt_ms = 0;
        node->inflight_bytes -= bytes;
        node->inflight_count -= done;
        memmove(node->inflight, node->inflight + done, node->inflight_count * sizeof node->inflight[0]);
        node->push_ms = node->inflight_count == 0 ? 0 : now_ms;
    }
    if (node->next_push <= held) {
        node->next_push = held + 1;
    }
}

void node_note_backup(struct node *node, uint64_t seq, int64_t made_ms)
{
    if (made_ms != 0 && seq >= node->record.backed_up) {
        node->record.backed_up = seq;
        node->record.backed_up_ms = made_ms;
        node->dirty = 1;
    }
}

int node_ack(struct node *node, const struct node_input *input, const Navette__Ack *ack, struct effects *effects)
{
    const Navette__LogHead *held = ack->held;
    uint8_t hash[HASH_SIZE];
    int rc;

    if (node->link != NODE_STREAMING || ack->level < NAVETTE__ACK_LEVEL__ACK_DURABLE || held == NULL) {
        return 0;
    }
    if (memcmp(held->incarnation.data, node->incarnation, INCARNATION_SIZE) != 0) {
        return node_given(node, input, held, effects);
    }
    node_note_backup(node, ack->backed_up_seq, ack->backed_up_ms);
    node_rekey_backed_up(node, 0);
    node->record.hub_time_ms = ack->hub_time_ms;
    node->record.hub_heard_wall_ms = input->wall_ms;
    node->dirty = 1;
    if (held->seq > node->record.durable) {
        rc = journal_hash_at(input->txn, node->incarnation, held->seq, hash);
        if (rc != 0 && rc != NAVETTE_E_NOT_FOUND) {
            return rc;
        }
        if (rc != 0 || held->hash.len != HASH_SIZE || memcmp(hash, held->hash.data, HASH_SIZE) != 0) {
            node->link = NODE_HELD;
            node->record.verdict = NAVETTE__VERDICT__VERDICT_FORK;
            return effects_log(effects, EFFECT_ERROR, 0, "the hub acknowledges another log at %llu", (unsigned long long)held->seq);
        }
        node->record.durable = held->seq;
        memcpy(node->record.durable_hash, hash, HASH_SIZE);
        if (!node->record.giving) {
            node_settle_inflight(node, held->seq, input->now_ms);
        }
    }
    if (node_scope_settles(node)) {
        rc = node_pull(node, input, effects);
        if (rc != 0) {
            return rc;
        }
    }
    return node_pump(node, input, effects);
}

/* Whatever else it says is of the session. */
static int is_of_giving(const struct node *node, Navette__NackReason reason)
{
    return node->record.giving && node->link == NODE_STREAMING &&
           (reason == NAVETTE__NACK_REASON__NACK_GAP || reason == NAVETTE__NACK_REASON__NACK_INCARNATION ||
            reason == NAVETTE__NACK_REASON__NACK_CHAIN || reason == NAVETTE__NACK_REASON__NACK_SIGNATURE ||
            reason == NAVETTE__NACK_REASON__NACK_TOO_LARGE);
}

int node_nack(struct node *node, const struct node_input *input, const Navette__Nack *nack, struct effects *effects)
{
    effects_log(effects, EFFECT_WARNING, 0, "the hub answers NACK %d to a push after %llu", (int)nack->reason,
                (unsigned long long)node->record.durable);
    if (is_of_giving(node, nack->reason)) {
        return node_give_refused(node, input, nack, effects);
    }
    switch (nack->reason) {
    case NAVETTE__NACK_REASON__NACK_NO_SESSION:
    case NAVETTE__NACK_REASON__NACK_INCARNATION:
        /* It has forgotten us (a restart): greet again, unless a greeting is under way. */
        if (node->link == NODE_STREAMING) {
            node_go_offline(node);
            node->link = NODE_GREETING;
            node->connect++;
            return node_hello(node, input, NULL, effects);
        }
        return 0;
    case NAVETTE__NACK_REASON__NACK_FULL:
        node_rewind(node);
        memset(&node->give, 0, sizeof node->give);
        node->hold_ms = input->now_ms + NODE_FULL_RETRY_MS;
        return 0;
    case NAVETTE__NACK_REASON__NACK_CHAIN:
    case NAVETTE__NACK_REASON__NACK_SIGNATURE:
    case NAVETTE__NACK_REASON__NACK_TOO_LARGE:
        node->link = NODE_HELD;
        node->record.verdict = NAVETTE__VERDICT__VERDICT_FORK;
        node->dirty = 1;
        return 0;
    case NAVETTE__NACK_REASON__NACK_GAP:
        /* Each push after a lost one is answered so: only the first of these answers starts again. */
        if (node->inflight_count == 0 || (node->rewound_durable == node->record.durable && node->rewound_ms != 0 &&
                                          input->now_ms - node->rewound_ms < NODE_GAP_RETRY_MS)) {
            return 0;
        }
        node->rewound_durable = node->record.durable;
        node->rewound_ms = input->now_ms;
        node_rewind(node);
        return node_pump(node, input, effects);
    default:
        /* Nothing is known of what was lost: the timer sends it again. */
        return 0;
    }
}
