/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/node.h"

#include <stdlib.h>
#include <string.h>

#include "navette/snapshot.h"
#include "sync/node_state.h"

struct node *node_new(const struct node_options *options)
{
    struct node *node = calloc(1, sizeof *node);

    if (node != NULL) {
        node->options = *options;
        memcpy(node->incarnation, options->incarnation, INCARNATION_SIZE);
        node->next_push = 1;
    }
    return node;
}

void node_free(struct node *node)
{
    if (node != NULL) {
        node_snapshot_forget(node);
    }
    free(node);
}

struct hlc *node_clock(struct node *node)
{
    return &node->clock;
}

const uint8_t *node_incarnation(const struct node *node)
{
    return node->incarnation;
}

int node_may_wrap(const struct node *node)
{
    return node->link == NODE_STREAMING && node->hub_wraps;
}

uint64_t node_ask(struct node *node)
{
    return ++node->asked;
}

static int take_bye(struct node *node, const Navette__Bye *bye, int64_t now_ms, struct effects *effects)
{
    int rc = effects_log(effects, EFFECT_WARNING, 0, "the hub ends the session (%d)", (int)bye->reason);

    node_go_offline(node);
    /* Whoever was sent away and comes back at once is sent away at once: for ever, at full speed. */
    node->patience_ms = node->patience_ms == 0 ? NODE_PATIENCE_MS : node->patience_ms * 2;
    if (node->patience_ms > NODE_PATIENCE_MAX_MS) {
        node->patience_ms = NODE_PATIENCE_MAX_MS;
    }
    node->leave_ms = now_ms + node->patience_ms;
    if (bye->reason == NAVETTE__BYE_REASON__BYE_OLD_KEY && !node_rekey_overtaken(node)) {
        node->link = NODE_HELD;
        node->old_key = 1;
    }
    if (bye->reason == NAVETTE__BYE_REASON__BYE_REVOKED) {
        node->link = NODE_HELD;
        node->record.verdict = NAVETTE__VERDICT__VERDICT_REFUSED;
        node->dirty = 1;
    }
    return rc;
}

static int take_frame(struct node *node, const struct node_input *input, struct effects *effects)
{
    struct frame frame;
    int rc = frame_decode(input->bytes, &frame);

    if (rc == NAVETTE_E_MEMORY) {
        return rc;
    }
    if (rc != 0) {
        return effects_log(effects, EFFECT_WARNING, 0, "frame from the hub dropped: %s", error_text(rc));
    }
    node->heard_ms = input->now_ms;
    switch (frame.type) {
    case FRAME_WELCOME:
        rc = node_welcome(node, input, (const Navette__Welcome *)frame.message, effects);
        break;
    case FRAME_ACK:
        rc = node_ack(node, input, (const Navette__Ack *)frame.message, effects);
        break;
    case FRAME_NACK:
        rc = node_nack(node, input, (const Navette__Nack *)frame.message, effects);
        break;
    case FRAME_CREDIT:
        node->credit_bytes = ((const Navette__Credit *)frame.message)->credit_bytes;
        rc = node_pump(node, input, effects);
        break;
    case FRAME_DELTA:
        rc = node_delta(node, input, (const Navette__Delta *)frame.message, effects);
        break;
    case FRAME_PONG:
        rc = node_pong(node, input, (const Navette__Pong *)frame.message, effects);
        break;
    case FRAME_REKEY:
        rc = node_rekey_answered(node, input, (const Navette__Rekey *)frame.message, effects);
        break;
    case FRAME_WRAPS:
    case FRAME_WRAPPED:
    case FRAME_HUB_KEYS:
        rc = effects_keys(effects, 0, input->bytes);
        break;
    case FRAME_DIGEST:
        rc = node_digest(node, input, (const Navette__Digest *)frame.message, effects);
        break;
    case FRAME_FETCHED:
        rc = node_fetched(node, input, (const Navette__Fetched *)frame.message, effects);
        break;
    case FRAME_SNAPSHOT:
        rc = node_snapshot_came(node, input, (const Navette__SnapshotChunk *)frame.message, effects);
        break;
    case FRAME_BYE:
        rc = take_bye(node, (const Navette__Bye *)frame.message, input->now_ms, effects);
        break;
    default:
        rc = effects_log(effects, EFFECT_WARNING, 0, "%s is not for a node: ignored", frame_type_name(frame.type));
        break;
    }
    frame_free(&frame);
    return rc;
}

static int is_due(int64_t since_ms, int64_t wait_ms, int64_t now_ms)
{
    return since_ms != 0 && now_ms - since_ms >= wait_ms;
}

/* How long the answer to what is under way may take beyond an idle line's. */
static int64_t push_wait_ms(const struct node *node)
{
    return NODE_PUSH_RETRY_MS + line_up_ms(&node->line, node->inflight_bytes);
}

static int64_t pull_wait_ms(const struct node *node)
{
    return node->pull_behind ? line_down_ms(&node->line, node->pull_bytes) : 0;
}

static int64_t ask_wait_ms(const struct node *node)
{
    return NODE_ASK_RETRY_MS + line_up_ms(&node->line, node->inflight_bytes) + pull_wait_ms(node);
}

static int64_t dead_ms(const struct node *node)
{
    return node->options.dead_ms + line_up_ms(&node->line, node->inflight_bytes) + pull_wait_ms(node);
}

static int64_t last_words(const struct node *node)
{
    return node->heard_ms > node->ping_ms ? node->heard_ms : node->ping_ms;
}

/*
 * A PUSH that is not acknowledged is on a slow line, or lost. It is asked whether the hub has read all that was said before; only when it has, and there is still no ACK, is it said
 * again: otherwise a line that stalls would carry everything twice.
 */
static void doubt_pushes(struct node *node, int64_t now)
{
    if (node->doubt == 0 && is_due(node->push_ms, push_wait_ms(node), now)) {
        node->doubt = ++node->asked;
    }
    if (is_due(node->doubt_ms, NODE_DOUBT_MS, now)) {
        node_rewind(node);
        memset(&node->give, 0, sizeof node->give);
    }
}

/* Silence is normal: whatever was not answered in time is said again, and a dead socket is made anew. */
static int tick(struct node *node, const struct node_input *input, struct effects *effects)
{
    int64_t now = input->now_ms;
    int rc = 0;

    if (node->leave_ms != 0) {
        if (now < node->leave_ms) {
            return 0;
        }
        node->leave_ms = 0;
        return effects_add(effects, EFFECT_RECONNECT, 0) == NULL ? NAVETTE_E_MEMORY : 0;
    }
    if (node->link == NODE_OFFLINE) {
        return 0;
    }
    if (now - node->heard_ms >= dead_ms(node)) {
        node_go_offline(node);
        effects_log(effects, EFFECT_WARNING, 0, "the hub is silent: connecting again");
        return effects_add(effects, EFFECT_RECONNECT, 0) == NULL ? NAVETTE_E_MEMORY : 0;
    }
    if (node->link == NODE_GREETING && is_due(node->hello_ms, NODE_HELLO_RETRY_MS, now)) {
        return node_hello(node, input, NULL, effects);
    }
    if (node_is_cloned(node) && node->link == NODE_HELD && is_due(node->heard_ms, NODE_HELD_RETRY_MS, now)) {
        node->link = NODE_GREETING;
        return node_hello(node, input, NULL, effects);
    }
    if (node->link != NODE_STREAMING) {
        return 0;
    }
    if (node->hold_ms != 0 && now >= node->hold_ms) {
        node->hold_ms = 0;
    }
    doubt_pushes(node, now);
    if (is_due(node->rekey_ms, NODE_REKEY_RETRY_MS, now)) {
        rc = node_rekey_say(node, input, effects);
    }
    rc = rc != 0 ? rc : node_pump(node, input, effects);
    if (rc == 0 && node_snapshot_is_due(node, now)) {
        rc = node_snapshot_again(node, input, effects);
    }
    if (rc == 0 && is_due(node->pull_ms, NODE_PULL_RETRY_MS + pull_wait_ms(node), now)) {
        rc = node_pull(node, input, effects);
    }
    if (rc == 0 && (node->asked > node->pinged || (node->asked > node->answered && is_due(node->ping_ms, ask_wait_ms(node), now)) ||
                    now - last_words(node) >= node->options.ping_ms || is_due(node->stated_ms, NODE_STATE_MS, now))) {
        rc = node_ping(node, input, effects);
    }
    rc = rc != 0 ? rc : node_fetch_tick(node, input, effects);
    return rc != 0 ? rc : node_compare_tick(node, input, effects);
}

/* The store did not keep what the last steps learnt: back to what it holds, over a new connection. */
static int forget(struct node *node, const struct node_input *input, struct effects *effects)
{
    int rc;

    memset(&node->record, 0, sizeof node->record);
    node->dirty = 0;
    node->scope_dirty = 0;
    node->loaded = 0;
    node->sealing = 0;
    memset(&node->adopted, 0, sizeof node->adopted);
    node_snapshot_forget(node);
    rc = node_load(node, input->txn);
    node_go_offline(node);
    /* Also when offline: to have gone offline may be what was forgotten. */
    if (rc == 0 && effects_add(effects, EFFECT_RECONNECT, 0) == NULL) {
        rc = NAVETTE_E_MEMORY;
    }
    return rc;
}

static int dispatch(struct node *node, const struct node_input *input, struct effects *effects)
{
    switch (input->kind) {
    case NODE_CONNECTED:
        node_go_offline(node);
        node->leave_ms = 0;
        node->link = NODE_GREETING;
        node->heard_ms = input->now_ms;
        node->connect++;
        return node_hello(node, input, NULL, effects);
    case NODE_LOST:
        node_go_offline(node);
        return 0;
    case NODE_FRAME:
        return node->link == NODE_OFFLINE ? 0 : take_frame(node, input, effects);
    case NODE_RECORDED:
        return node_pump(node, input, effects);
    case NODE_SEALED:
        node->sealing = 0;
        return node_pump(node, input, effects);
    case NODE_STAGED:
        return node_snapshot_staged(node, input, effects);
    case NODE_FAILED:
        return forget(node, input, effects);
    case NODE_TICK:
        return tick(node, input, effects);
    }
    return NAVETTE_E_INTERNAL;
}

int node_step(struct node *node, const struct node_input *input, struct effects *effects)
{
    int rc = node_load(node, input->txn);

    if (rc == 0) {
        rc = dispatch(node, input, effects);
    }
    if (rc == 0 && input->kind != NODE_FAILED) {
        rc = node_adopt(node, input, effects);
    }
    if (rc == 0) {
        rc = node_scope_evict(node, effects);
    }
    return rc != 0 ? rc : node_record_save(node, input->txn);
}

static int64_t sooner(int64_t a, int64_t since_ms, int64_t wait_ms)
{
    return since_ms == 0 || since_ms + wait_ms > a ? a : since_ms + wait_ms;
}

int64_t node_deadline(const struct node *node)
{
    int64_t at;

    if (node->record.adopting && !node->sealing) {
        return 0;
    }
    if (node->leave_ms != 0) {
        return node->leave_ms;
    }
    if (node->link == NODE_OFFLINE) {
        return INT64_MAX;
    }
    at = node->heard_ms + dead_ms(node);
    if (node->link == NODE_GREETING) {
        return sooner(at, node->hello_ms, NODE_HELLO_RETRY_MS);
    }
    if (node->link != NODE_STREAMING) {
        return node_is_cloned(node) ? sooner(at, node->heard_ms, NODE_HELD_RETRY_MS) : at;
    }
    if (node->asked > node->pinged) {
        return 0;
    }
    at = node->doubt == 0 ? sooner(at, node->push_ms, push_wait_ms(node)) : sooner(at, node->doubt_ms, NODE_DOUBT_MS);
    at = sooner(at, node->give.asked_ms, NODE_PUSH_RETRY_MS);
    at = sooner(at, node->rekey_ms, NODE_REKEY_RETRY_MS);
    at = sooner(at, node->pull_ms, NODE_PULL_RETRY_MS + pull_wait_ms(node));
    at = sooner(at, node->hold_ms, 0);
    at = node_snapshot_deadline(node) < at ? node_snapshot_deadline(node) : at;
    at = sooner(at, node_compare_deadline(node), 0);
    at = node_fetch_deadline(node) < at ? node_fetch_deadline(node) : at;
    if (node->asked > node->answered) {
        at = sooner(at, node->ping_ms, ask_wait_ms(node));
    }
    at = sooner(at, node->stated_ms, NODE_STATE_MS);
    return sooner(at, last_words(node), node->options.ping_ms);
}

int node_frontier(struct node *node, struct store_txn *txn, Navette__Frontier *frontier)
{
    struct log_head head;
    int rc = node_load(node, txn);

    if (rc != 0)
        return rc;
    /* What waits to be adopted was recorded before, and is in no log that could be said to end. */
    if (node->record.hub_time_ms == 0 || node->record.adopting)
        return NAVETTE_E_NOT_FOUND;
    rc = journal_head(txn, node->incarnation, &head);
    if (rc != 0)
        return rc;
    navette__frontier__init(frontier);
    frontier->incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, node->incarnation};
    frontier->seq = head.seq;
    frontier->hub_cursor = node->record.cursor;
    frontier->hub_time_ms = node->record.hub_time_ms;
    return 0;
}

int node_progress(const struct node *node, struct store_txn *txn, struct node_progress *progress)
{
    struct log_head head;
    int rc = journal_head(txn, node->incarnation, &head);

    if (rc != 0) {
        return rc;
    }
    memset(progress, 0, sizeof *progress);
    progress->link = node->link;
    progress->verdict = (Navette__Verdict)node->record.verdict;
    progress->head = head.seq;
    progress->durable = node->record.durable;
    progress->backed_up = node->record.backed_up;
    progress->backed_up_ms = node->record.backed_up_ms;
    progress->giving = node->record.giving != 0;
    progress->epoch_ms = node->lineage.count > 1 ? lineage_last(&node->lineage)->begun_ms : 0;
    progress->cursor = node->record.cursor;
    progress->hub_cursor = node->record.hub_cursor;
    progress->hub_time_ms = node->record.hub_time_ms;
    progress->hub_heard_wall_ms = node->record.hub_heard_wall_ms;
    progress->answered = node->answered;
    progress->take_back = node->record.take_back;
    progress->began = (Navette__Verdict)node->record.began;
    progress->began_wall_ms = node->record.began_wall_ms;
    progress->branch = node->record.branch;
    progress->adopting = node->record.adopting != 0;
    progress->old_key = node->old_key;
    progress->elsewhere = node_is_cloned(node) == 2;
    memcpy(progress->claimant, node->clone.claimant, sizeof progress->claimant);
    progress->evicting = node->scope.evicting;
    progress->back_cursor = node->scope.back_cursor;
    progress->back_end = node->scope.back_end;
    if (node->snapshot.manifest != NULL) {
        progress->snapshot_next = node->snapshot.staged;
        progress->snapshot_count = node->snapshot.manifest->count;
    }
    progress->in_step = node->link == NODE_STREAMING && !node->record.giving && !node->scope.evicting && node->scope.back_end == 0 &&
                        node->record.durable == head.seq && node->record.cursor >= node->record.hub_cursor;
    return 0;
}
