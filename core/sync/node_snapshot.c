/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/fold.h"
#include "navette/snapshot.h"
#include "sync/node_state.h"

void node_snapshot_forget(struct node *node)
{
    struct node_snapshot *snapshot = &node->snapshot;

    if (snapshot->manifest != NULL) {
        snapshot_manifest_free(snapshot->manifest);
        free(snapshot->manifest);
    }
    snapshot->manifest = NULL;
    snapshot->next = 0;
    snapshot->staged = 0;
    snapshot->asked_ms = 0;
    snapshot->wait_ms = 0;
    snapshot->tries = 0;
}

void node_snapshot_pause(struct node *node)
{
    node->snapshot.rows = 0;
    node->snapshot.next = node->snapshot.staged;
    node->snapshot.asked_ms = 0;
    node->snapshot.wait_ms = 0;
    node->snapshot.tries = 0;
}

static int is_wanted(const struct node *node, const struct snapshot_manifest *manifest)
{
    return node->scope.known && node->lineage.count > 0 && manifest->message->schema == FOLD_SCHEMA &&
           manifest->message->cursor > node->record.cursor &&
           snapshot_is_for(manifest, node->options.node, &node->scope.set, lineage_last(&node->lineage)->id);
}

/* What it holds may be what the hub lost, or be on its way out, or not be its own any more: then it reads on as it did. */
static int is_settled(const struct node *node)
{
    return node->scope.known && !node->scope.evicting && node->scope.back_end == 0 && !node->record.giving && !node->record.adopting &&
           node->record.take_back == 0 && node->lineage.count > 0;
}

int node_snapshot_wants(const struct node *node)
{
    const struct node_snapshot *snapshot = &node->snapshot;
    uint64_t behind = node->record.hub_cursor > node->record.cursor ? node->record.hub_cursor - node->record.cursor : 0;

    if (snapshot->rows == 0 || snapshot->given_up || !is_settled(node) || node->options.hub_keys == NULL) {
        return 0;
    }
    if (snapshot->manifest != NULL) {
        return is_wanted(node, snapshot->manifest);
    }
    /* All of it comes, whatever is held: deltas are shorter for who lacks less than half. */
    return behind > snapshot->rows && behind > node->record.hub_cursor / 2;
}

int node_snapshot_goes_first(const struct node *node)
{
    /* For its places one begins with what is near; while it is being made that is read as ever. */
    int begins_near = node->scope.set.kind == NAVETTE__SCOPE__SCOPE_OWN && node->snapshot.wait_ms == 0;

    return node_snapshot_wants(node) && (begins_near || !node_wants_near(node));
}

int node_stage_is_whole(const struct node *node)
{
    return node->snapshot.manifest != NULL && node->snapshot.staged == node->snapshot.manifest->count;
}

const struct snapshot_manifest *node_stage_manifest(const struct node *node, int *wanted)
{
    const struct snapshot_manifest *manifest = node->snapshot.manifest;

    *wanted = manifest != NULL && is_settled(node) && !node->snapshot.given_up && is_wanted(node, manifest);
    return manifest;
}

void node_stage_drop(struct node *node, int again)
{
    node_snapshot_forget(node);
    node->snapshot.given_up |= !again;
    node->snapshot.wait_ms = 1; /* due: what it waited for will not come */
}

/* ---- asking */

static int64_t patience_ms(const struct node *node)
{
    return NODE_PUSH_RETRY_MS + line_down_ms(&node->line, node->pull_bytes);
}

int node_snapshot_is_due(const struct node *node, int64_t now_ms)
{
    const struct node_snapshot *snapshot = &node->snapshot;

    return (snapshot->asked_ms != 0 && now_ms - snapshot->asked_ms >= patience_ms(node)) ||
           (snapshot->wait_ms != 0 && now_ms >= snapshot->wait_ms);
}

int64_t node_snapshot_deadline(const struct node *node)
{
    const struct node_snapshot *snapshot = &node->snapshot;

    if (snapshot->wait_ms != 0) {
        return snapshot->wait_ms;
    }
    return snapshot->asked_ms == 0 ? INT64_MAX : snapshot->asked_ms + patience_ms(node);
}

int node_snapshot_again(struct node *node, const struct node_input *input, struct effects *effects)
{
    if (!node_snapshot_wants(node) || node->snapshot.asked_ms == 0) {
        node->snapshot.asked_ms = 0;
        node->snapshot.wait_ms = 0;
    }
    return node_pull(node, input, effects);
}

static void give_up(struct node *node, struct effects *effects, const char *why)
{
    node->snapshot.given_up = 1;
    node->snapshot.asked_ms = 0;
    node->snapshot.wait_ms = 0;
    effects_log(effects, EFFECT_WARNING, 0, "no snapshot is taken (%s): reading on event by event", why);
}

int node_snapshot_ask(struct node *node, const struct node_input *input, struct effects *effects)
{
    Navette__SnapshotChunk ask = NAVETTE__SNAPSHOT_CHUNK__INIT;
    struct node_snapshot *snapshot = &node->snapshot;

    node->pulling = 0;
    node->pull_ms = 0;
    if ((snapshot->asked_ms != 0 || snapshot->wait_ms != 0) && !node_snapshot_is_due(node, input->now_ms)) {
        return 0;
    }
    snapshot->asked_ms = 0;
    snapshot->wait_ms = 0;
    if (node_stage_is_whole(node)) {
        return 0;
    }
    /* A chunk that never comes through is longer than this line stays up: deltas are cut as short as it takes. */
    if (snapshot->tries++ == NODE_SNAPSHOT_TRIES) {
        give_up(node, effects, "no chunk of it comes through");
        return node_pull(node, input, effects);
    }
    snapshot->next = snapshot->staged;
    node->pull_behind = 1;
    node->pull_bytes = line_ask(&node->line, LIMIT_FRAME_BYTES);
    node->pull_bytes = node->pull_bytes < LIMIT_SNAPSHOT_BYTES ? LIMIT_SNAPSHOT_BYTES : node->pull_bytes;
    ask.max_bytes = line_ask(&node->line, LIMIT_FRAME_BYTES) / NODE_SNAPSHOT_PACKED;
    ask.scope_epoch = node->record.scope_epoch;
    ask.epoch = (ProtobufCBinaryData){EPOCH_SIZE, (uint8_t *)(uintptr_t)lineage_last(&node->lineage)->id};
    if (snapshot->manifest != NULL) {
        ask.snapshot = (ProtobufCBinaryData){HASH_SIZE, snapshot->manifest->id};
        ask.index = snapshot->next;
    }
    snapshot->asked_ms = input->now_ms;
    return effects_send(effects, 0, FRAME_SNAPSHOT, &ask.base);
}

/* ---- what comes */

static int refuse(struct node *node, const struct node_input *input, const char *what, int why, struct effects *effects)
{
    struct node_snapshot *snapshot = &node->snapshot;

    effects_log(effects, EFFECT_ERROR, 0, "the hub's snapshot: %s is refused: %s", what, error_text(why));
    snapshot->next = snapshot->staged;
    snapshot->asked_ms = 0;
    if (++snapshot->refusals >= NODE_SNAPSHOT_REFUSALS) {
        give_up(node, effects, "it is not what it says");
        return node_pull(node, input, effects);
    }
    return node_snapshot_ask(node, input, effects);
}

static int stage(struct effects *effects, uint64_t what, struct span bytes)
{
    struct effect *effect = effects_add(effects, EFFECT_STAGE, what);

    return effect == NULL ? NAVETTE_E_MEMORY : buffer_append(&effect->frame, bytes.data, bytes.len);
}

/* Under any of the hub's keys that are good today: it may have been made before they changed. */
static int verify(const struct node *node, const struct snapshot_manifest *manifest, ProtobufCBinaryData signature)
{
    const uint8_t *key;
    int rc = NAVETTE_E_SIGNATURE;

    for (size_t turn = 0; rc == NAVETTE_E_SIGNATURE && (key = hub_keys_believed(node->options.hub_keys, turn)) != NULL; turn++) {
        rc = snapshot_verify(manifest, signature, key);
    }
    return rc;
}

static int take_manifest(struct node *node, const struct node_input *input, const Navette__SnapshotChunk *chunk, struct effects *effects)
{
    struct span bytes = span_of(chunk->manifest.data, chunk->manifest.len);
    struct snapshot_manifest *manifest = calloc(1, sizeof *manifest);
    int rc = manifest == NULL ? NAVETTE_E_MEMORY : snapshot_manifest_read(bytes, manifest);

    if (rc == 0) {
        rc = verify(node, manifest, chunk->signature);
        rc = rc == 0 && !is_wanted(node, manifest) ? NAVETTE_E_VERSION : rc;
    }
    if (rc != 0) {
        if (manifest != NULL) {
            snapshot_manifest_free(manifest);
        }
        free(manifest);
        return rc == NAVETTE_E_MEMORY ? rc : refuse(node, input, "its manifest", rc, effects);
    }
    node_snapshot_forget(node);
    node->snapshot.manifest = manifest;
    effects_log(effects, EFFECT_INFO, 0, "a snapshot is taken: %llu events up to %llu, %u chunks",
                (unsigned long long)manifest->message->entries, (unsigned long long)manifest->message->cursor, manifest->count);
    return stage(effects, 0, bytes);
}

/* What this node has to know of what it does not take in yet: how late it is elsewhere, and what became of its own logs and keys. */
static int learn(struct node *node, const struct node_input *input, const Navette__Delta *delta, const Navette__DeltaEntry *in)
{
    struct journal_entry entry;
    struct event event;
    int rc;

    snapshot_entry(delta, in, &entry);
    rc = event_decode(entry.event, &event);
    if (event.body != NULL) {
        hlc_merge(&node->clock, event.body->hlc, input->wall_ms);
    }
    rc = rc == 0 ? node_learn_own(node, input->txn, &entry, event.body) : rc == NAVETTE_E_MEMORY ? rc : 0;
    event_free(&event);
    return rc;
}

static int take_part(struct node *node, const struct node_input *input, const struct snapshot_part *part, struct effects *effects)
{
    int near = node->snapshot.next < node->snapshot.manifest->message->near;
    int rc = 0;

    for (size_t i = 0; i < part->delta->n_entries && rc == 0; i++) {
        const Navette__DeltaEntry *in = part->delta->entries[i];

        rc = near ? node_take_entry(node, input, part->delta, in, effects) : learn(node, input, part->delta, in);
    }
    return rc != 0 ? rc : stage(effects, (uint64_t)node->snapshot.next + 1, buffer_span(&part->bytes));
}

static int take_chunk(struct node *node, const struct node_input *input, const Navette__SnapshotChunk *chunk, struct effects *effects)
{
    struct node_snapshot *snapshot = &node->snapshot;
    struct snapshot_part part;
    int rc;

    /* Of an answer that was given up waiting for. */
    if (snapshot->manifest == NULL || chunk->index != snapshot->next || chunk->snapshot.len != HASH_SIZE ||
        memcmp(chunk->snapshot.data, snapshot->manifest->id, HASH_SIZE) != 0) {
        return 0;
    }
    rc = snapshot_part_open(snapshot->manifest, chunk->index, span_of(chunk->body.data, chunk->body.len), &part);
    if (rc == 0) {
        line_got(&node->line, part.bytes.len, input->now_ms - snapshot->asked_ms);
        rc = take_part(node, input, &part, effects);
        snapshot_part_free(&part);
        if (rc == 0) {
            snapshot->next++;
            snapshot->tries = 0;
            snapshot->asked_ms = chunk->left > 0 && snapshot->next < snapshot->manifest->count ? input->now_ms : 0;
        }
        return rc;
    }
    snapshot_part_free(&part);
    if (error_is_fatal(rc)) {
        return rc;
    }
    char what[32];
    (void)snprintf(what, sizeof what, "chunk %u", chunk->index);
    return refuse(node, input, what, rc, effects);
}

int node_snapshot_came(struct node *node, const struct node_input *input, const Navette__SnapshotChunk *chunk, struct effects *effects)
{
    struct node_snapshot *snapshot = &node->snapshot;

    if (node->link != NODE_STREAMING || !node_snapshot_wants(node) || snapshot->asked_ms == 0) {
        return 0;
    }
    node->record.hub_heard_wall_ms = input->wall_ms;
    node->dirty = 1;
    if (chunk->none) {
        give_up(node, effects, "the hub has none");
        return node_pull(node, input, effects);
    }
    if (chunk->making) {
        snapshot->asked_ms = 0;
        snapshot->tries = 0;
        snapshot->wait_ms = input->now_ms + NODE_SNAPSHOT_WAIT_MS;
        return node_pull(node, input, effects);
    }
    return chunk->manifest.len > 0 ? take_manifest(node, input, chunk, effects) : take_chunk(node, input, chunk, effects);
}

int node_snapshot_staged(struct node *node, const struct node_input *input, struct effects *effects)
{
    struct node_snapshot *snapshot = &node->snapshot;

    if (snapshot->manifest == NULL) {
        return 0;
    }
    snapshot->staged = input->staged;
    /* Deltas need a place once, a snapshot twice. */
    if (input->error != 0) {
        give_up(node, effects, "there is no room for a second store");
        return node->link == NODE_STREAMING ? node_pull(node, input, effects) : 0;
    }
    if (snapshot->next < snapshot->staged) {
        snapshot->next = snapshot->staged;
    }
    /* The others of this answer are on their way. */
    if (node->link != NODE_STREAMING || snapshot->asked_ms != 0 || snapshot->next != snapshot->staged) {
        return 0;
    }
    return node_pull(node, input, effects);
}
