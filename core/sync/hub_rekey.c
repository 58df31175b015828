/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/frame.h"
#include "navette/log.h"
#include "sync/hub_state.h"

/*
 * New keys of a node. It states them under the signing key that it has, and proves that it holds the new one; the hub journals that as an event of its own log and says so once it is
 * stored. Until the node has been seen under its new transport key, a day at most, the one before is let in too: whichever answer was lost, and whoever was cut off in between, one of the two
 * keys works. Who shows a key that was given up (a machine put back from an old backup, or a thief) is told that there are newer ones, and nothing more.
 */

/*
 * Keys that lost the succession hold where the one that they follow does, and no further: before its end. They are the first to go, and take no more than half of the room.
 */
static void add_lost(struct hub_node *node, const uint8_t *key, const uint8_t *previous)
{
    struct rekey_past *past = &node->past;
    size_t at = 0;

    if (past->count >= REKEY_PAST / 2) {
        return;
    }
    while (at < past->count && memcmp(past->list[at].key, previous, KEY_SIZE) != 0) {
        at++;
    }
    memmove(&past->list[at + 1], &past->list[at], (past->count - at) * sizeof past->list[0]);
    memset(&past->list[at], 0, sizeof past->list[0]);
    memcpy(past->list[at].key, key, KEY_SIZE);
    past->list[at].replaced = past->list[at + 1].replaced;
    past->count++;
}

static void learn_enrolled(struct hub_node *node, const Navette__NodeEnrolled *enrolled)
{
    const uint8_t none[INCARNATION_SIZE] = {0};
    const uint8_t nobody[KEY_SIZE] = {0};

    /* Other keys under the same name: the machine was replaced. Those before are nobody's now, but what they signed and the hub held stays. */
    if (!node->forgotten && memcmp(node->sign_key, enrolled->sign_key.data, KEY_SIZE) != 0 &&
        memcmp(node->sign_key, nobody, KEY_SIZE) != 0) {
        rekey_past_push(&node->past, node->sign_key, none, 0);
        for (size_t i = 0; i < node->past.count; i++) {
            node->past.list[i].replaced = 1;
        }
        node->door_count = 0;
    }
}

/*
 * A key has one successor, the one that was said first, and that of a machine that was replaced has none. A hub put back from a backup of before may have taken another from whoever still holds that key; once what it had said
 * is back, that one opens nothing. What it signed meanwhile stays verifiable.
 */
static int learn_rekeyed(struct hub_node *node, const Navette__NodeRekeyed *rekeyed)
{
    if (memcmp(node->sign_key, rekeyed->previous.data, KEY_SIZE) != 0) {
        if (rekey_past_has(&node->past, rekeyed->previous.data) && !rekey_past_has(&node->past, rekeyed->sign_key.data)) {
            add_lost(node, rekeyed->sign_key.data, rekeyed->previous.data);
        }
        return 0;
    }
    rekey_past_push(&node->past, rekeyed->previous.data, rekeyed->incarnation.data, rekeyed->from_seq);
    if (node->door_count < REKEY_PAST) {
        memcpy(node->doors[node->door_count].curve_key, node->curve_key, KEY_SIZE);
        node->doors[node->door_count].until_ms = rekeyed->until_ms;
        node->door_count++;
    }
    return 1;
}

void hub_rekey_learn(struct hub *hub, const Navette__Event *body, uint64_t position, struct hub_node *node)
{
    struct hub_peer *peer = hub_peer_by_node(hub, node->node);
    int rekeyed = body->body_case == NAVETTE__EVENT__BODY_NODE_REKEYED;
    const uint8_t *curve_key = rekeyed ? body->node_rekeyed->curve_key.data : body->node_enrolled->curve_key.data;
    const uint8_t *sign_key = rekeyed ? body->node_rekeyed->sign_key.data : body->node_enrolled->sign_key.data;

    if (!node->forgotten && memcmp(node->sign_key, sign_key, KEY_SIZE) == 0) {
        node->keys_position = position < node->keys_position ? position : node->keys_position;
        if (rekeyed) {
            return;
        }
    } else {
        if (rekeyed && !learn_rekeyed(node, body->node_rekeyed)) {
            return;
        }
        if (!rekeyed) {
            learn_enrolled(node, body->node_enrolled);
        }
        node->keys_position = position;
    }
    if (rekeyed && peer != NULL) {
        peer->moved = 0;
    }
    memcpy(node->curve_key, curve_key, KEY_SIZE);
    memcpy(node->sign_key, sign_key, KEY_SIZE);
    node->keys_ms = (int64_t)(body->hlc >> 16);
    node->forgotten = 0;
}

struct hub_peer *hub_rekey_find(const struct hub *hub, const uint8_t curve_key[KEY_SIZE])
{
    for (size_t i = 0; i < hub->peer_count; i++) {
        const struct hub_node *node = &hub->peers[i].node;

        for (size_t door = 0; door < node->door_count; door++) {
            if (memcmp(node->doors[door].curve_key, curve_key, KEY_SIZE) == 0) {
                return &hub->peers[i];
            }
        }
    }
    return NULL;
}

int hub_rekey_admits(struct hub_peer *peer, const uint8_t curve_key[KEY_SIZE], int64_t now_ms)
{
    const struct hub_node *node = &peer->node;

    if (memcmp(node->curve_key, curve_key, KEY_SIZE) == 0) {
        peer->moved = 1;
        return 1;
    }
    return node->door_count > 0 && !peer->moved && now_ms < node->doors[node->door_count - 1].until_ms &&
           memcmp(node->doors[node->door_count - 1].curve_key, curve_key, KEY_SIZE) == 0;
}

static int record(struct hub *hub, const struct hub_input *input, const struct rekey *rekey)
{
    struct rekey_body body;

    rekey_body_fill(rekey, input->now_ms + HUB_OVERLAP_MS, &body);
    return hub_record_in(hub, input, &body.event);
}

/* NULL: it holds. */
static const char *doubt(const struct hub *hub, const struct hub_input *input, const struct hub_node *node, const struct rekey *rekey,
                         int *rc)
{
    struct log_head head;

    if (memcmp(rekey->node, node->node, NODE_ID_SIZE) != 0) {
        return "they are another node's";
    }
    if (memcmp(rekey->previous, node->sign_key, KEY_SIZE) != 0) {
        return "they do not follow the key that it has";
    }
    if (node->past.count == REKEY_PAST) {
        return "it has had too many: replace it";
    }
    if (hub_peer_by_key(hub, rekey->curve_key) != NULL || rekey_past_has(&node->past, rekey->sign_key) ||
        memcmp(rekey->sign_key, node->sign_key, KEY_SIZE) == 0) {
        return "they are in use, or were";
    }
    if (rekey_verify(rekey) != 0) {
        return "their signatures do not hold";
    }
    *rc = journal_head(input->journal, rekey->incarnation, &head);
    if (*rc == NAVETTE_E_NOT_FOUND) {
        *rc = 0;
        return NULL;
    }
    if (*rc == 0 && (memcmp(head.node, node->node, NODE_ID_SIZE) != 0 || rekey->from_seq <= head.seq)) {
        return "they begin where its log has gone on already";
    }
    return NULL;
}

int hub_rekey(struct hub *hub, const struct hub_input *input, struct hub_session *session, const Navette__Rekey *message,
              struct effects *effects)
{
    struct hub_peer *peer = &hub->peers[session->node];
    const char *why = "they are not whole";
    struct rekey rekey;
    int rc = 0;

    if (rekey_read(message, &rekey) == 0) {
        if (memcmp(rekey.sign_key, peer->node.sign_key, KEY_SIZE) == 0 && memcmp(rekey.curve_key, peer->node.curve_key, KEY_SIZE) == 0) {
            session->rekey_due = 1;
            return 0;
        }
        why = doubt(hub, input, &peer->node, &rekey, &rc);
    }
    if (rc != 0) {
        return rc;
    }
    if (why != NULL) {
        return hub_fault(peer) ? effects_log(effects, EFFECT_ERROR, session->id, "new keys are not taken: %s", why) : 0;
    }
    rc = record(hub, input, &rekey);
    if (rc == NAVETTE_E_BUSY) {
        return effects_add(effects, EFFECT_SEAL, 0) == NULL ? NAVETTE_E_MEMORY : 0;
    }
    if (rc != 0) {
        return rc;
    }
    hub->relearned = 1;
    session->rekey_due = 1;
    effects_log(effects, EFFECT_INFO, session->id, "new keys, from %llu of its log on", (unsigned long long)rekey.from_seq);
    return effects_add(effects, EFFECT_REVOKE, session->id) == NULL ? NAVETTE_E_MEMORY : 0;
}

int hub_rekey_answer(const struct hub *hub, const struct hub_session *session, struct effects *effects)
{
    const struct hub_node *node = &hub->peers[session->node].node;
    const uint8_t unsigned_yet[SIGNATURE_SIZE] = {0};
    Navette__Rekey message = NAVETTE__REKEY__INIT;

    message.node = (ProtobufCBinaryData){NODE_ID_SIZE, (uint8_t *)(uintptr_t)node->node};
    message.curve_key = (ProtobufCBinaryData){KEY_SIZE, (uint8_t *)(uintptr_t)node->curve_key};
    message.sign_key = (ProtobufCBinaryData){KEY_SIZE, (uint8_t *)(uintptr_t)node->sign_key};
    message.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, (uint8_t *)(uintptr_t)unsigned_yet};
    return effects_send(effects, session->id, FRAME_REKEY, &message.base);
}
