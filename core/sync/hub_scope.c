/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sync/hub_state.h"

/*
 * A node's scope at the hub: its epochs are decided by events of the hub's own log, and that log also says what the node has confirmed of them, so that a hub that starts again,
 * and every replica, know whom to wait for.
 */

/* What was changed of its rights, where something was. */
static void changes_of(const struct hub_node *node, Navette__RightsGranted *granted, struct hub_rights_at *at)
{
    granted->at = at->list;
    granted->n_at = 0;
    for (size_t i = 0; i < node->place_count; i++) {
        const struct right_change *change = &node->changes[i];
        Navette__RightsAt *one = &at->rows[granted->n_at];

        if ((change->granted | change->withdrawn) == 0) {
            continue;
        }
        navette__rights_at__init(one);
        one->place = (char *)(uintptr_t)node->places[i];
        one->granted = change->granted;
        one->withdrawn = change->withdrawn;
        at->list[granted->n_at++] = one;
    }
}

void hub_rights_of(const struct hub_node *node, Navette__RightsGranted *granted, Navette__Thing *thing, char *id, char **places,
                   char **leaving, struct hub_rights_at *at)
{
    changes_of(node, granted, at);
    hex_encode(node->node, NODE_ID_SIZE, id);
    navette__thing__init(thing);
    thing->kind = NAVETTE__THING_KIND__THING_NODE;
    thing->id = id;
    for (size_t i = 0; i < node->place_count; i++) {
        places[i] = (char *)(uintptr_t)node->places[i];
    }
    for (size_t i = 0; i < node->leaving_count; i++) {
        leaving[i] = (char *)(uintptr_t)node->leaving[i];
    }
    granted->node = thing;
    granted->places = places;
    granted->n_places = node->place_count;
    granted->leaving = leaving;
    granted->n_leaving = node->leaving_count;
    granted->role = node->role;
    granted->scope = node->scope;
    granted->epoch = node->scope_epoch;
}

static int leave(struct hub_node *node, const struct scope_set *wanted, const char *place)
{
    if (scope_set_has(wanted, place)) {
        return 0;
    }
    for (size_t i = 0; i < node->leaving_count; i++) {
        if (strcmp(node->leaving[i], place) == 0) {
            return 0;
        }
    }
    if (node->leaving_count == HUB_NODE_PLACES) {
        return NAVETTE_E_TOO_LARGE;
    }
    memcpy(node->leaving[node->leaving_count++], place, strlen(place) + 1);
    return 0;
}

int hub_rights_next(const struct hub_node *node, const struct scope_set *wanted, struct hub_node *next)
{
    int rc = 0;

    *next = *node;
    next->leaving_count = 0;
    memset(next->leaving, 0, sizeof next->leaving);
    for (size_t i = 0; i < node->leaving_count && rc == 0; i++) {
        rc = leave(next, wanted, node->leaving[i]);
    }
    for (size_t i = 0; i < node->place_count && rc == 0; i++) {
        rc = leave(next, wanted, node->places[i]);
    }
    memset(next->places, 0, sizeof next->places);
    memcpy(next->places, wanted->places, wanted->place_count * sizeof wanted->places[0]);
    next->place_count = wanted->place_count;
    memset(next->changes, 0, sizeof next->changes);
    for (size_t i = 0; i < next->place_count; i++) {
        const struct right_change *change = hub_node_at_place(node, next->places[i]);

        next->changes[i] = change != NULL ? *change : next->changes[i];
    }
    next->scope = wanted->kind;
    next->scope_epoch++;
    return rc;
}

void hub_tell_scope(const struct hub_node *node, Navette__ScopeTold *told, char **places)
{
    navette__scope_told__init(told);
    told->scope = node->scope;
    told->role = node->role;
    for (size_t i = 0; i < node->place_count; i++) {
        places[i] = (char *)(uintptr_t)node->places[i];
    }
    told->places = places;
    told->n_places = node->place_count;
}

/* What the node's question says of its epoch is noted once, in the hub's own log. */
int hub_scope_confirm(struct hub *hub, const struct hub_input *input, const struct hub_session *session, const Navette__Pull *pull,
                      struct effects *effects)
{
    const struct hub_peer *peer = &hub->peers[session->node];
    struct hub_node node = peer->node;
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__RightsGranted granted = NAVETTE__RIGHTS_GRANTED__INIT;
    Navette__Thing thing;
    char id[2 * NODE_ID_SIZE + 1];
    char *places[HUB_NODE_PLACES];
    char *leaving[HUB_NODE_PLACES];
    struct hub_rights_at at;
    int settles = node.leaving_count > 0 && (pull->settled || !peer->scopes);
    int rc;

    if (node.changed_ms == 0 || pull->scope_epoch != node.scope_epoch) {
        return 0;
    }
    granted.taken = peer->scopes || node.taken_ms != 0;
    granted.complete = (peer->scopes && pull->back_cursor >= pull->back_end) || node.complete_ms != 0;
    if (!settles && (!granted.taken || node.taken_ms != 0) && (!granted.complete || node.complete_ms != 0)) {
        return 0;
    }
    if (settles) {
        node.leaving_count = 0;
    }
    hub_rights_of(&node, &granted, &thing, id, places, leaving, &at);
    body.body_case = NAVETTE__EVENT__BODY_RIGHTS_GRANTED;
    body.rights_granted = &granted;
    rc = hub_record_in(hub, input, &body);
    /* The hub's batch is full: the node asks again in a while. */
    if (rc == NAVETTE_E_BUSY) {
        return effects_add(effects, EFFECT_SEAL, 0) == NULL ? NAVETTE_E_MEMORY : 0;
    }
    hub->relearned |= rc == 0;
    return rc;
}
