/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/frame.h"
#include "sync/hub_state.h"

struct hub_session *hub_session_find(const struct hub *hub, uint64_t id)
{
    for (size_t i = 0; i < hub->session_count; i++) {
        if (hub->sessions[i].id == id) {
            return &hub->sessions[i];
        }
    }
    return NULL;
}

struct hub_session *hub_session_add(struct hub *hub, uint64_t id, size_t node)
{
    struct hub_session *session;

    if (hub->session_count >= LIMIT_SESSIONS) {
        return NULL;
    }
    session = realloc(hub->sessions, (hub->session_count + 1) * sizeof *session);
    if (session == NULL) {
        return NULL;
    }
    hub->sessions = session;
    session = &hub->sessions[hub->session_count++];
    memset(session, 0, sizeof *session);
    session->id = id;
    session->node = node;
    return session;
}

void hub_session_drop(struct hub *hub, uint64_t id)
{
    struct hub_session *session = hub_session_find(hub, id);

    if (session != NULL) {
        free(session->question);
        *session = hub->sessions[--hub->session_count];
    }
}

int hub_session_bye(struct hub *hub, uint64_t id, Navette__ByeReason reason, struct effects *effects)
{
    Navette__Bye bye = NAVETTE__BYE__INIT;
    int rc;

    bye.reason = reason;
    rc = effects_send(effects, id, FRAME_BYE, &bye.base);
    if (rc == 0 && effects_add(effects, EFFECT_CLOSE, id) == NULL) {
        rc = NAVETTE_E_MEMORY;
    }
    hub_session_drop(hub, id);
    return rc;
}

int hub_session_revoke(struct hub *hub, struct effects *effects)
{
    int rc = 0;

    for (size_t i = hub->session_count; i-- > 0 && rc == 0;) {
        uint64_t id = hub->sessions[i].id;

        if (hub->peers[hub->sessions[i].node].node.revoked) {
            effects_log(effects, EFFECT_WARNING, id, "its key was revoked: the session ends");
            rc = hub_session_bye(hub, id, NAVETTE__BYE_REASON__BYE_REVOKED, effects);
        }
    }
    return rc;
}

int hub_session_at(const struct hub *hub, size_t index, struct hub_session_info *info)
{
    const struct hub_peer *peer;

    if (index >= hub->peer_count) {
        return NAVETTE_E_NOT_FOUND;
    }
    peer = &hub->peers[index];
    memset(info, 0, sizeof *info);
    memcpy(info->node, peer->node.node, NODE_ID_SIZE);
    info->last_heard_ms = peer->last_heard_ms;
    info->verdict = peer->verdict;
    info->cursor = peer->cursor;
    info->version = peer->version;
    info->scopes = peer->scopes;
    info->reconnects = peer->reconnects;
    info->parted_ms = peer->parted_ms;
    for (size_t i = 0; i < hub->session_count; i++) {
        if (hub->sessions[i].node == index) {
            info->connected = 1;
            info->cursor = hub->sessions[i].cursor;
            info->scope_epoch = hub->sessions[i].pull_epoch;
            info->back_cursor = hub->sessions[i].back.cursor;
            info->back_end = hub->sessions[i].back.end;
        }
    }
    return 0;
}
