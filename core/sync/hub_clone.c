/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/frame.h"
#include "sync/hub_state.h"

/*
 * Two machines with the keys of one node: a disk was copied, or a folder. Nobody but a person knows which one is to go on, so both are held, and what they have not sent waits
 * on their disks. That it is so stands in the hub's own log: neither a restart of the hub nor one of theirs lets anybody slip through. Each draws a token when it is told
 * (Hello.claimant), after the copy was made: by it they are known from then on, whatever process they are.
 */

void hub_clone_forget(struct hub_clone *clone)
{
    clone->alarm = 0;
    clone->chosen = 0;
    clone->settled = 0;
}

void hub_clone_free(struct hub_clone *clone)
{
    free(clone->claimants);
    memset(clone, 0, sizeof *clone);
}

/* Who spoke on this key before says nothing about who may now. */
static void begin_anew(struct hub *hub, struct hub_peer *peer)
{
    size_t node = (size_t)(peer - hub->peers);

    peer->has_current = 0;
    peer->past_count = 0;
    peer->returns = 0;
    for (size_t i = hub->session_count; i-- > 0;) {
        if (hub->sessions[i].node == node) {
            hub_session_drop(hub, hub->sessions[i].id);
        }
    }
}

int hub_clone_learn(struct hub *hub, const Navette__Event *body)
{
    int found = body->body_case == NAVETTE__EVENT__BODY_CLONE_FOUND;
    const Navette__Thing *thing = found ? body->clone_found->node : body->clone_chosen->node;
    uint8_t id[NODE_ID_SIZE];
    struct hub_peer *peer;

    if (hex_decode(thing->id, id, NODE_ID_SIZE) != 0) {
        return NAVETTE_E_INVALID;
    }
    peer = hub_peer_by_node(hub, id);
    if (peer == NULL) {
        return 0;
    }
    if (found) {
        peer->clone.alarm = body->hlc;
        peer->clone.chosen = 0;
    } else if (peer->clone.alarm != 0) {
        peer->clone.chosen = peer->clone.settled = 1;
        memcpy(peer->clone.choice, body->clone_chosen->claimant.data, 16);
    }
    begin_anew(hub, peer);
    return 0;
}

int hub_clone_found(struct hub *hub, const struct hub_input *input, const struct hub_peer *peer, struct effects *effects)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__CloneFound found = NAVETTE__CLONE_FOUND__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char hex[2 * NODE_ID_SIZE + 1];
    int rc;

    hex_encode(peer->node.node, NODE_ID_SIZE, hex);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = hex;
    found.node = &thing;
    body.body_case = NAVETTE__EVENT__BODY_CLONE_FOUND;
    body.clone_found = &found;
    rc = hub_record_in(hub, input, &body);
    if (rc == 0) {
        effects_log(effects, EFFECT_ERROR, input->session,
                    "ALARM: two machines speak with this node's keys; both are held until one is chosen (navette-hub clones)");
    }
    return rc;
}

static struct hub_claimant *find_claimant(struct hub_clone *clone, const uint8_t id[16], const uint8_t process[16])
{
    struct hub_claimant *oldest = &clone->claimants[0];

    for (size_t i = 0; i < clone->count; i++) {
        struct hub_claimant *claimant = &clone->claimants[i];

        if (memcmp(claimant->id, id, 16) == 0 || memcmp(claimant->process, process, 16) == 0) {
            return claimant;
        }
        oldest = claimant->last_ms < oldest->last_ms ? claimant : oldest;
    }
    if (clone->count < HUB_CLAIMANTS) {
        oldest = &clone->claimants[clone->count++];
    }
    memset(oldest, 0, sizeof *oldest);
    return oldest;
}

static int note_claimant(struct hub_clone *clone, const struct hub_input *input, const Navette__Hello *hello, const uint8_t id[16])
{
    struct hub_claimant *claimant;

    if (clone->claimants == NULL) {
        clone->claimants = calloc(HUB_CLAIMANTS, sizeof *clone->claimants);
        if (clone->claimants == NULL) {
            return NAVETTE_E_MEMORY;
        }
    }
    claimant = find_claimant(clone, id, hello->process.data);
    memcpy(claimant->id, id, 16);
    memcpy(claimant->process, hello->process.data, 16);
    memcpy(claimant->incarnation, hello->log->incarnation.data, INCARNATION_SIZE);
    claimant->seq = hello->log->seq;
    claimant->durable = hello->durable == NULL ? 0 : hello->durable->seq;
    claimant->session = input->session;
    claimant->boot = hello->boot;
    claimant->last_ms = input->now_ms;
    claimant->first_ms = claimant->first_ms == 0 ? input->now_ms : claimant->first_ms;
    memset(claimant->host, 0, sizeof claimant->host);
    strncpy(claimant->host, hello->host, sizeof claimant->host - 1);
    return 0;
}

int hub_clone_holds(struct hub_peer *peer, const struct hub_input *input, const Navette__Hello *hello)
{
    struct hub_clone *clone = &peer->clone;
    const uint8_t *id = hello->claimant.len == 16 ? hello->claimant.data : hello->process.data;
    int rc;

    if (clone->alarm == 0) {
        return 0;
    }
    rc = note_claimant(clone, input, hello, id);
    if (rc != 0) {
        return rc;
    }
    return !clone->chosen || memcmp(id, clone->choice, 16) != 0;
}

int hub_clone_at(const struct hub *hub, size_t index, struct hub_clone_info *info)
{
    const struct hub_peer *peer = index < hub->peer_count ? &hub->peers[index] : NULL;

    if (peer == NULL) {
        return NAVETTE_E_NOT_FOUND;
    }
    memset(info, 0, sizeof *info);
    memcpy(info->node, peer->node.node, NODE_ID_SIZE);
    if (peer->clone.alarm != 0) {
        info->found_ms = hlc_ms(peer->clone.alarm);
        info->chosen = peer->clone.chosen;
        memcpy(info->choice, peer->clone.choice, 16);
        info->claimants = peer->clone.claimants;
        info->count = peer->clone.count;
    }
    return 0;
}

/* A copy of before the change of keys, which wrote on: the machine that has the new ones wrote something else there, or nothing yet. One that was only put back has no more than is held. */
int hub_clone_parted(struct hub_peer *peer, const struct hub_input *input, const Navette__Hello *hello)
{
    struct link_facts facts;
    struct log_head head;
    int rc;

    if (memcmp(hello->node.data, peer->node.node, NODE_ID_SIZE) != 0) {
        return 0;
    }
    rc = hub_gather_facts(input, peer, hello, &facts, &head);
    if (rc == 0 && facts.claimed_seq > 0 &&
        (!facts.has_held_at_claimed || memcmp(facts.held_at_claimed, facts.claimed_hash, HASH_SIZE) != 0)) {
        peer->parted_ms = input->now_ms;
    }
    return rc;
}
