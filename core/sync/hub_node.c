/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/event.h"
#include "navette/log.h"
#include "sync/hub_state.h"

struct hub_peer *hub_peer_by_key(const struct hub *hub, const uint8_t curve_key[KEY_SIZE])
{
    for (size_t i = 0; i < hub->peer_count; i++) {
        if (memcmp(hub->peers[i].node.curve_key, curve_key, KEY_SIZE) == 0) {
            return &hub->peers[i];
        }
    }
    return NULL;
}

struct hub_peer *hub_peer_by_node(const struct hub *hub, const uint8_t node[NODE_ID_SIZE])
{
    for (size_t i = 0; i < hub->peer_count; i++) {
        if (memcmp(hub->peers[i].node.node, node, NODE_ID_SIZE) == 0) {
            return &hub->peers[i];
        }
    }
    return NULL;
}

int hub_set_node(struct hub *hub, const struct hub_node *node)
{
    struct hub_peer *peer = hub_peer_by_node(hub, node->node);

    if (peer == NULL) {
        if (hub->peer_count >= LIMIT_SESSIONS) {
            return NAVETTE_E_TOO_LARGE;
        }
        peer = realloc(hub->peers, (hub->peer_count + 1) * sizeof *peer);
        if (peer == NULL) {
            return NAVETTE_E_MEMORY;
        }
        hub->peers = peer;
        peer = &hub->peers[hub->peer_count++];
        memset(peer, 0, sizeof *peer);
    }
    peer->node = *node;
    return 0;
}

const struct hub_node *hub_node_by_key(const struct hub *hub, const uint8_t curve_key[KEY_SIZE])
{
    const struct hub_peer *peer = hub_peer_by_key(hub, curve_key);

    return peer == NULL ? NULL : &peer->node;
}

const struct hub_node *hub_node_at(const struct hub *hub, size_t index)
{
    return index < hub->peer_count ? &hub->peers[index].node : NULL;
}

static int set_places(struct hub_node *node, char *const *places, size_t count)
{
    if (count > HUB_NODE_PLACES) {
        return NAVETTE_E_TOO_LARGE;
    }
    memset(node->places, 0, sizeof node->places);
    node->place_count = count;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(places[i]);

        if (len > LIMIT_PLACE_CODE) {
            return NAVETTE_E_INVALID;
        }
        memcpy(node->places[i], places[i], len);
    }
    return 0;
}

/* What a node follows is named by an epoch: another scope, other places, and it begins anew. */
static int follows_otherwise(const struct hub_node *node, const Navette__NodeEnrolled *enrolled)
{
    if (node->scope != enrolled->scope || node->place_count != enrolled->n_places) {
        return 1;
    }
    for (size_t i = 0; i < node->place_count; i++) {
        if (strcmp(node->places[i], enrolled->places[i]) != 0) {
            return 1;
        }
    }
    return 0;
}

/* One event of the hub's own log, taken in; bodies that say nothing of nodes are passed over. */
static int learn(struct hub *hub, const Navette__Event *body)
{
    struct hub_node node;
    const Navette__Thing *thing;
    const struct hub_peer *known;
    uint8_t id[NODE_ID_SIZE];
    int rc = 0;

    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_NODE_ENROLLED:
        thing = body->node_enrolled->node;
        break;
    case NAVETTE__EVENT__BODY_RIGHTS_GRANTED:
        thing = body->rights_granted->node;
        break;
    case NAVETTE__EVENT__BODY_NODE_REVOKED:
        thing = body->node_revoked->node;
        break;
    default:
        return 0;
    }
    if (hex_decode(thing->id, id, NODE_ID_SIZE) != 0) {
        return NAVETTE_E_INVALID;
    }
    known = hub_peer_by_node(hub, id);
    if (known != NULL) {
        node = known->node;
    } else if (body->body_case == NAVETTE__EVENT__BODY_NODE_ENROLLED) {
        memset(&node, 0, sizeof node);
        memcpy(node.node, id, NODE_ID_SIZE);
    } else {
        return 0;
    }
    if (body->body_case == NAVETTE__EVENT__BODY_NODE_ENROLLED) {
        const Navette__NodeEnrolled *enrolled = body->node_enrolled;

        if (node.scope != NAVETTE__SCOPE__SCOPE_UNSPECIFIED && follows_otherwise(&node, enrolled)) {
            node.scope_epoch++;
        }
        memcpy(node.curve_key, enrolled->curve_key.data, KEY_SIZE);
        memcpy(node.sign_key, enrolled->sign_key.data, KEY_SIZE);
        node.role = enrolled->role;
        node.scope = enrolled->scope;
        node.revoked = 0;
        rc = set_places(&node, enrolled->places, enrolled->n_places);
    } else if (body->body_case == NAVETTE__EVENT__BODY_RIGHTS_GRANTED) {
        node.role = body->rights_granted->role;
        node.scope = body->rights_granted->scope;
        node.scope_epoch = body->rights_granted->epoch;
        rc = set_places(&node, body->rights_granted->places, body->rights_granted->n_places);
    } else {
        node.revoked = 1;
    }
    return rc != 0 ? rc : hub_set_node(hub, &node);
}

int hub_load_nodes(struct hub *hub, struct store_txn *journal)
{
    struct log_head head;
    int rc = journal_head(journal, hub->options.incarnation, &head);

    /* What was learnt from a transaction that failed is not in the log: nobody is admitted on its word. */
    for (size_t i = 0; i < hub->peer_count; i++) {
        struct hub_node *node = &hub->peers[i].node;

        node->revoked = 1;
        node->role = NAVETTE__ROLE__ROLE_UNSPECIFIED;
        node->scope = NAVETTE__SCOPE__SCOPE_UNSPECIFIED;
        node->scope_epoch = 0;
        node->place_count = 0;
    }
    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    for (uint64_t seq = 1; seq <= head.seq && rc == 0; seq++) {
        struct journal_entry entry;
        struct event event;
        struct ref ref;

        memcpy(ref.incarnation, hub->options.incarnation, INCARNATION_SIZE);
        ref.seq = seq;
        ref.leaf = 0;
        rc = journal_find(journal, &ref, &entry);
        if (rc != 0) {
            break;
        }
        rc = event_decode(entry.event, &event);
        if (rc == 0) {
            hub->clock.last = event.body->hlc > hub->clock.last ? event.body->hlc : hub->clock.last;
            rc = learn(hub, event.body);
        }
        event_free(&event);
        /* A body that a newer version wrote says nothing this version could act on. */
        if (rc == NAVETTE_E_UNKNOWN || rc == NAVETTE_E_INVALID) {
            rc = 0;
        }
    }
    return rc;
}

int hub_record(struct hub *hub, struct store_txn *journal, Navette__Event *body, const uint8_t salt[SALT_SIZE], int64_t now_ms,
               struct journal_entry *entry)
{
    struct journal_entry stored;
    int rc;

    if (body->hlc == 0) {
        body->hlc = hlc_tick(&hub->clock, now_ms);
    }
    rc = log_record(journal, hub->options.incarnation, body, salt, now_ms, &stored);
    if (rc == 0 && entry != NULL) {
        *entry = stored;
    }
    return rc != 0 ? rc : learn(hub, body);
}
