/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/frame.h"
#include "sync/hub_state.h"

static int is_too_often(struct hub_session *session, int64_t now_ms)
{
    if (session->snapshots.second != now_ms / 1000) {
        session->snapshots.second = now_ms / 1000;
        session->snapshots.count = 0;
    }
    return ++session->snapshots.count > HUB_SNAPSHOT_ASKS;
}

int hub_snapshot(struct hub *hub, const struct hub_input *input, struct hub_session *session, const Navette__SnapshotChunk *asked,
                 struct effects *effects)
{
    const struct lineage_epoch *epoch = lineage_last(&hub->options.lineage);
    struct effect *effect;
    int rc;

    /* It follows another scope by now, and hears so: its snapshot is of no use to it. */
    if (asked->scope_epoch != hub->peers[session->node].node.scope_epoch) {
        session->pull_due = 1;
        session->pull_epoch = asked->scope_epoch;
        return 0;
    }
    if (hub->options.snapshot_rows == 0 || epoch == NULL || asked->epoch.len != EPOCH_SIZE ||
        memcmp(asked->epoch.data, epoch->id, EPOCH_SIZE) != 0) {
        return 0;
    }
    if (is_too_often(session, input->now_ms)) {
        (void)hub_fault(&hub->peers[session->node]);
        return 0;
    }
    effect = effects_add(effects, EFFECT_SNAPSHOT, session->id);
    if (effect == NULL) {
        return NAVETTE_E_MEMORY;
    }
    rc = buffer_append_u32(&effect->frame, asked->index);
    rc = rc != 0 ? rc : buffer_append_u32(&effect->frame, asked->max_bytes);
    return rc != 0 ? rc : buffer_append(&effect->frame, asked->snapshot.data, asked->snapshot.len);
}

int hub_snapshot_asked(struct span effect, struct hub_snapshot_ask *ask)
{
    struct reader reader = reader_of(effect);

    memset(ask, 0, sizeof *ask);
    ask->index = reader_u32(&reader);
    ask->max_bytes = reader_u32(&reader);
    ask->has_id = reader.left.len == HASH_SIZE;
    if (reader.failed || (reader.left.len != 0 && !ask->has_id)) {
        return NAVETTE_E_INVALID;
    }
    if (ask->has_id) {
        memcpy(ask->id, reader.left.data, HASH_SIZE);
    }
    return 0;
}

/* ---- reading one */

struct hub_snapshot {
    struct hub *hub;
    struct hub_session session; /* nobody's: as if somebody had asked from the beginning */
    uint64_t limit;
    struct effects effects;
};

int hub_snapshot_open(struct hub *hub, const uint8_t node[NODE_ID_SIZE], uint64_t limit, struct hub_snapshot **snapshot)
{
    struct hub_peer *peer = hub_peer_by_node(hub, node);
    struct hub_snapshot *made;

    if (peer == NULL || peer->node.revoked) {
        return NAVETTE_E_NOT_FOUND;
    }
    made = calloc(1, sizeof *made);
    if (made == NULL) {
        return NAVETTE_E_MEMORY;
    }
    made->hub = hub;
    made->limit = limit;
    made->session.node = (size_t)(peer - hub->peers);
    made->session.state = SESSION_STREAMING;
    made->session.pull_bytes = LIMIT_SNAPSHOT_BYTES;
    made->session.pull_near = peer->node.scope == NAVETTE__SCOPE__SCOPE_OWN;
    effects_init(&made->effects);
    *snapshot = made;
    return 0;
}

int hub_snapshot_next(struct hub_snapshot *snapshot, const struct hub_input *input, struct buffer *part, int *near)
{
    struct hub_session *session = &snapshot->session;
    int rc = hub_delta_once(snapshot->hub, input, session, snapshot->limit, &snapshot->effects);

    /* What is near was all read: now the rest, without it. */
    if (rc == NAVETTE_E_NOT_FOUND && session->pull_near) {
        session->pull_near = 0;
        session->ahead = snapshot->limit;
        session->cursor = 0;
        rc = hub_delta_once(snapshot->hub, input, session, snapshot->limit, &snapshot->effects);
    }
    *near = session->pull_near;
    if (rc == 0) {
        const struct buffer *frame = &snapshot->effects.list[snapshot->effects.count - 1].frame;

        rc = buffer_append(part, frame->data + FRAME_HEADER_SIZE, frame->len - FRAME_HEADER_SIZE);
    }
    effects_clear(&snapshot->effects);
    return rc;
}

void hub_snapshot_close(struct hub_snapshot *snapshot)
{
    if (snapshot == NULL) {
        return;
    }
    effects_free(&snapshot->effects);
    free(snapshot);
}
