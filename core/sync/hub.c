/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/hub.h"

#include <stdlib.h>
#include <string.h>

#include "navette/frame.h"
#include "sync/hub_state.h"

#define HUB_SWEEP_MS 5000 /* how often silent sessions are looked for */

struct hub *hub_new(const struct hub_options *options)
{
    struct hub *hub = calloc(1, sizeof *hub);

    if (hub == NULL) {
        return NULL;
    }
    hub->checked = hub_checked_new();
    if (hub->checked == NULL) {
        free(hub);
        return NULL;
    }
    hub->options = *options;
    hub->next_note_ms = INT64_MAX;
    hub->fetch_ms = INT64_MAX;
    memcpy(hub->sign_key, options->sign_key, KEY_SIZE);
    if (hub->options.credit_bytes == 0) {
        hub->options.credit_bytes = LIMIT_CREDIT_BYTES;
    }
    return hub;
}

void hub_free(struct hub *hub)
{
    if (hub == NULL) {
        return;
    }
    hub_checked_free(hub->checked);
    for (size_t i = 0; i < hub->peer_count; i++) {
        hub_clone_free(&hub->peers[i].clone);
    }
    hub_operator_forget(hub);
    for (size_t i = 0; i < hub->session_count; i++) {
        free(hub->sessions[i].question);
    }
    free(hub->peers);
    free(hub->sessions);
    free(hub);
}

static int answer_ping(const struct hub *hub, const struct hub_input *input, struct hub_session *session, const Navette__Ping *ping,
                       struct effects *effects)
{
    Navette__Pong pong = NAVETTE__PONG__INIT;
    uint64_t tail;
    int rc = journal_tail(input->journal, &tail);

    if (rc == 0) {
        rc = hub_backed_up(hub, input->journal, session, &pong.backed_up_seq);
    }
    if (rc != 0) {
        return rc;
    }
    pong.token = ping->token;
    pong.hub_time_ms = input->now_ms;
    pong.hub_cursor = tail;
    pong.backed_up_ms = hub->backup_ms;
    pong.backed_up_position = hub->backup_position;
    pong.keys_backed_up = hub_keys_backed_up(hub, &hub->peers[session->node].node);
    return effects_send(effects, session->id, FRAME_PONG, &pong.base);
}

static int take_pull(struct hub *hub, const struct hub_input *input, struct hub_session *session, const Navette__Pull *pull,
                     struct effects *effects)
{
    int same = session->pull_epoch == pull->scope_epoch && session->back.end == pull->back_end;
    int rc;

    session->pull_due = 1;
    session->pull_fresh = 1;
    session->cursor = pull->cursor;
    session->ahead = pull->ahead > pull->cursor && pull->ahead_rule == HUB_NEAR_RULE ? pull->ahead : 0;
    session->pull_near = pull->near;
    session->pull_bare = pull->bare;
    session->scanned = session->pull_near && session->ahead > 0 ? session->ahead : pull->cursor;
    session->pull_epoch = pull->scope_epoch;
    session->pull_bytes = pull->max_bytes == 0 || pull->max_bytes > LIMIT_DELTA_BYTES ? LIMIT_DELTA_BYTES : pull->max_bytes;
    if (pull->back_cursor != session->back.cursor || session->back.scanned < pull->back_cursor || !same) {
        session->back.scanned = pull->back_cursor;
    }
    session->back.cursor = pull->back_cursor;
    session->back.end = pull->back_end;
    session->back.held = pull->held_epoch;
    rc = hub_scope_confirm(hub, input, session, pull, effects);
    return rc != 0 ? rc : hub_note_back(hub, input, session, pull, effects);
}

static int dispatch(struct hub *hub, const struct hub_input *input, size_t node, struct hub_checked *checked, struct effects *effects)
{
    const struct frame *frame = &checked->frame;
    struct hub_session *session;

    if (frame->type == FRAME_HELLO) {
        return hub_hello(hub, input, node, (const Navette__Hello *)frame->message, effects);
    }
    session = hub_session_find(hub, input->session);
    if (session == NULL) {
        (void)hub_fault(&hub->peers[node]);
        return frame->type == FRAME_BYE ? 0 : hub_nack(input, input->session, NULL, NAVETTE__NACK_REASON__NACK_NO_SESSION, effects);
    }
    session->last_heard_ms = input->now_ms;
    switch (frame->type) {
    case FRAME_PUSH:
        return hub_push(hub, input, session, checked, effects);
    case FRAME_PULL:
        /* It took the answer to an earlier greeting for that to its last, which asked for more: the two would wait for each other. */
        if (session->state == SESSION_GREETING) {
            return hub_nack(input, session->id, NULL, NAVETTE__NACK_REASON__NACK_NO_SESSION, effects);
        }
        return session->state == SESSION_STREAMING ? take_pull(hub, input, session, (const Navette__Pull *)frame->message, effects) : 0;
    case FRAME_DIGEST:
        return session->state == SESSION_STREAMING ? hub_digest(hub, input, session, (const Navette__Digest *)frame->message, effects) : 0;
    case FRAME_REKEY:
        return session->state == SESSION_STREAMING ? hub_rekey(hub, input, session, (const Navette__Rekey *)frame->message, effects) : 0;
    case FRAME_SNAPSHOT:
        return session->state == SESSION_STREAMING
                   ? hub_snapshot(hub, input, session, (const Navette__SnapshotChunk *)frame->message, effects)
                   : 0;
    case FRAME_HUB_KEYS_HELD:
        return hub_announce_held(hub, input, &hub->peers[node], ((const Navette__HubKeysHeld *)frame->message)->sign_key, effects);
    case FRAME_FETCH:
        return session->state == SESSION_STREAMING ? hub_fetch(hub, input, session, (const Navette__Fetch *)frame->message, effects) : 0;
    case FRAME_WRAPS:
    case FRAME_WRAPPED:
        return session->state == SESSION_STREAMING ? effects_keys(effects, session->id, input->bytes) : 0;
    case FRAME_PING:
        hub_frontier_offer(session, ((const Navette__Ping *)frame->message)->frontier);
        return answer_ping(hub, input, session, (const Navette__Ping *)frame->message, effects);
    case FRAME_BYE:
        hub_session_drop(hub, session->id);
        return 0;
    default:
        /* A type that only a later version or the hub itself sends: said once, the session goes on. */
        return hub_fault(&hub->peers[node])
                   ? effects_log(effects, EFFECT_WARNING, session->id, "%s is not for the hub: ignored", frame_type_name(frame->type))
                   : 0;
    }
}

/* It shows a key that it has given up: what that tells, its HELLO does. */
static int send_away(struct hub *hub, struct hub_peer *peer, const struct hub_input *input, const struct hub_checked *checked,
                     struct effects *effects)
{
    int rc = 0;

    if (hub_fault(peer)) {
        effects_log(effects, EFFECT_WARNING, input->session, "it shows a key that it has given up: sent away");
        if (checked->rc == 0 && checked->frame.type == FRAME_HELLO) {
            rc = hub_clone_parted(peer, input, (const Navette__Hello *)checked->frame.message);
        }
    }
    return rc != 0 ? rc : hub_session_bye(hub, input->session, NAVETTE__BYE_REASON__BYE_OLD_KEY, effects);
}

static int take_looked_at(struct hub *hub, const struct hub_input *input, struct hub_checked *checked, struct effects *effects)
{
    struct hub_peer *peer = hub_peer_by_key(hub, input->curve_key);
    int rc;

    if (peer == NULL || peer->node.revoked) {
        if (peer == NULL || hub_fault(peer)) {
            effects_log(effects, EFFECT_WARNING, input->session, "its key was revoked: what it sends is dropped, it is sent away");
        }
        return hub_session_bye(hub, input->session, NAVETTE__BYE_REASON__BYE_REVOKED, effects);
    }
    if (input->checked == NULL) {
        hub_check_frame(checked, input->bytes);
    }
    rc = checked->rc;
    if (rc == NAVETTE_E_MEMORY) {
        return rc;
    }
    if (!hub_rekey_admits(peer, input->curve_key, input->now_ms)) {
        return send_away(hub, peer, input, checked, effects);
    }
    peer->last_heard_ms = input->now_ms;
    if (rc != 0) {
        if (hub_fault(peer)) {
            effects_log(effects, EFFECT_WARNING, input->session, "frame dropped: %s", error_text(rc));
        }
        if (rc == NAVETTE_E_VERSION) {
            return hub_session_bye(hub, input->session, NAVETTE__BYE_REASON__BYE_VERSION, effects);
        }
        return hub_nack(input, input->session, NULL, NAVETTE__NACK_REASON__NACK_FRAME, effects);
    }
    return dispatch(hub, input, (size_t)(peer - hub->peers), checked, effects);
}

/* What it holds is let go, whatever becomes of it. */
static int take_frame(struct hub *hub, const struct hub_input *input, struct effects *effects)
{
    struct hub_checked *checked = input->checked != NULL ? input->checked : hub->checked;
    int rc = take_looked_at(hub, input, checked, effects);

    hub_checked_clear(checked);
    return rc;
}

static int sweep(struct hub *hub, const struct hub_input *input, struct effects *effects)
{
    if (hub->options.session_idle_ms <= 0 || input->now_ms < hub->next_sweep_ms) {
        return 0;
    }
    hub->next_sweep_ms = input->now_ms + HUB_SWEEP_MS;
    for (size_t i = hub->session_count; i-- > 0;) {
        struct hub_session *session = &hub->sessions[i];
        struct effect *effect;

        if (input->now_ms - session->last_heard_ms < hub->options.session_idle_ms) {
            continue;
        }
        effect = effects_add(effects, EFFECT_CLOSE, session->id);
        if (effect == NULL) {
            return NAVETTE_E_MEMORY;
        }
        hub_session_drop(hub, session->id);
    }
    return hub_announce_again(hub, input, effects);
}

/* What came back of its own decisions was not kept. */
static int unlearn(struct hub *hub, const struct hub_input *input, struct effects *effects)
{
    if (!hub->relearned) {
        return 0;
    }
    hub->relearned = 0;
    if (effects_add(effects, EFFECT_REVOKE, 0) == NULL) {
        return NAVETTE_E_MEMORY;
    }
    return hub_load_nodes(hub, input->journal);
}

int hub_recorded(struct hub *hub)
{
    int recorded = hub->recorded;

    hub->recorded = 0;
    return recorded;
}

int hub_step(struct hub *hub, const struct hub_input *input, struct effects *effects)
{
    int rc;

    switch (input->kind) {
    case HUB_FRAME:
        return take_frame(hub, input, effects);
    case HUB_ROUND:
        return hub_frontier_round(hub, input, effects);
    case HUB_STORED:
        hub->relearned = 0;
        return hub_acknowledge(hub, input, effects);
    case HUB_FAILED:
        hub_frontier_forget(hub);
        rc = unlearn(hub, input, effects);
        return rc != 0 ? rc : hub_fail(hub, input, effects);
    case HUB_CLOSED:
        hub_session_drop(hub, input->session);
        return 0;
    case HUB_TAIL:
        rc = hub_session_revoke(hub, effects);
        rc = rc != 0 ? rc : hub_compare_states(hub, input, effects);
        rc = rc != 0 ? rc : hub_fetch_serve(hub, input, effects);
        return rc != 0 ? rc : hub_serve(hub, input, effects);
    case HUB_TICK:
        rc = sweep(hub, input, effects);
        rc = rc != 0 ? rc : hub_fetch_serve(hub, input, effects);
        return rc != 0 ? rc : hub_serve(hub, input, effects);
    }
    return NAVETTE_E_INTERNAL;
}

int64_t hub_deadline(const struct hub *hub)
{
    if (hub->more) {
        return 0;
    }
    if (hub->session_count == 0) {
        return INT64_MAX;
    }
    return hub->fetch_ms < hub->next_sweep_ms ? hub->fetch_ms : hub->next_sweep_ms;
}
