/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/arena.h"
#include "navette/event.h"
#include "navette/frame.h"
#include "navette/log.h"
#include "sync/hub_state.h"

/* What admission found out about a batch's events before anything is written. */
struct admission {
    uint64_t leaves[LIMIT_BATCH_EVENTS];
    uint64_t masks[LIMIT_BATCH_EVENTS];
    uint8_t reasons[LIMIT_BATCH_EVENTS]; /* Navette__Reason, 0: admitted (or parked by the fold) */
    size_t refused;
};

static void fill_head(const struct log_head *head, Navette__LogHead *out)
{
    out->incarnation.data = (uint8_t *)(uintptr_t)head->incarnation;
    out->incarnation.len = INCARNATION_SIZE;
    out->seq = head->seq;
    if (head->seq > 0) {
        out->hash.data = (uint8_t *)(uintptr_t)head->hash;
        out->hash.len = HASH_SIZE;
    }
}

int hub_nack(const struct hub_input *input, uint64_t session, const uint8_t *incarnation, Navette__NackReason reason,
             struct effects *effects)
{
    Navette__Nack nack = NAVETTE__NACK__INIT;
    Navette__LogHead held = NAVETTE__LOG_HEAD__INIT;
    struct log_head head;

    nack.reason = reason;
    if (incarnation != NULL && input->journal != NULL) {
        int rc = journal_head(input->journal, incarnation, &head);

        if (rc == 0) {
            fill_head(&head, &held);
            nack.held = &held;
        } else if (rc != NAVETTE_E_NOT_FOUND) {
            return rc;
        }
    }
    return effects_send(effects, session, FRAME_NACK, &nack.base);
}

static int serves(const struct hub_node *node, const char *place)
{
    for (size_t i = 0; i < node->place_count; i++) {
        if (strcmp(node->places[i], place) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Readers obey these whatever else is said of them, if they name no place: one in a node's log is a forgery, not a mistake. */
static int is_forged(const Navette__Event *body)
{
    return body->place[0] == '\0' &&
           (body->body_case == NAVETTE__EVENT__BODY_EVENT_REFUSED || body->body_case == NAVETTE__EVENT__BODY_FRONTIER_NOTED ||
            body->body_case == NAVETTE__EVENT__BODY_INCARNATION_STARTED);
}

/* What the network decides is decided by the hub or a coordinator; a reader records nothing. */
static int may(const struct hub_node *node, const Navette__Event *body)
{
    switch (body->body_case) {
    case NAVETTE__EVENT__BODY_PLACE_DECLARED:
    case NAVETTE__EVENT__BODY_RULE_DECIDED:
    case NAVETTE__EVENT__BODY_DISCREPANCY_SETTLED:
        return node->role == NAVETTE__ROLE__ROLE_COORDINATOR && serves(node, body->place);
    case NAVETTE__EVENT__BODY_NODE_ENROLLED:
    case NAVETTE__EVENT__BODY_RIGHTS_GRANTED:
    case NAVETTE__EVENT__BODY_NODE_REVOKED:
    case NAVETTE__EVENT__BODY_EVENT_REFUSED:
    case NAVETTE__EVENT__BODY_EVENT_PARKED:
    case NAVETTE__EVENT__BODY_FRONTIER_NOTED:
    case NAVETTE__EVENT__BODY_LEASE_GRANTED:
    case NAVETTE__EVENT__BODY_INCARNATION_STARTED:
        return 0;
    default:
        return node->role != NAVETTE__ROLE__ROLE_READER && serves(node, body->place);
    }
}

/*
 * A malformed event, or one that its node has no right to, is journaled all the same and refused by an event of the hub's own log.
 * NAVETTE_E_REFUSED: one is forged, nothing of the batch is let in.
 */
static int examine(const struct hub_node *node, const Navette__Batch *batch, struct admission *admission)
{
    struct arena *arena = arena_new(0);
    int rc = arena == NULL ? NAVETTE_E_MEMORY : 0;

    admission->refused = 0;
    for (size_t i = 0; rc != NAVETTE_E_MEMORY && i < batch->n_events; i++) {
        struct event event;
        struct span bytes = {batch->events[i].data, batch->events[i].len};

        rc = event_decode_in(arena, bytes, &event);
        admission->reasons[i] = 0;
        admission->masks[i] = 0;
        if (rc == 0 || rc == NAVETTE_E_UNKNOWN) {
            admission->masks[i] = rc == 0 ? event_scope_mask(event.body) : scope_mask_of(event.body->place);
            if (!may(node, event.body)) {
                admission->reasons[i] = NAVETTE__REASON__REASON_NO_RIGHT;
            }
            if (is_forged(event.body)) {
                arena_free(arena);
                return NAVETTE_E_REFUSED;
            }
        } else {
            admission->reasons[i] = NAVETTE__REASON__REASON_MALFORMED;
        }
        admission->refused += admission->reasons[i] != 0;
    }
    arena_free(arena);
    return rc == NAVETTE_E_MEMORY ? rc : 0;
}

static int refuse(struct hub *hub, const struct hub_input *input, const struct batch_header *header, const struct admission *admission,
                  uint64_t session, struct effects *effects)
{
    for (size_t i = 0; i < header->count; i++) {
        Navette__Event body = NAVETTE__EVENT__INIT;
        Navette__EventRefused refused = NAVETTE__EVENT_REFUSED__INIT;
        Navette__Ref target = NAVETTE__REF__INIT;
        int rc;

        if (admission->reasons[i] == 0) {
            continue;
        }
        target.incarnation.data = (uint8_t *)(uintptr_t)header->incarnation;
        target.incarnation.len = INCARNATION_SIZE;
        target.seq = header->first_seq + i;
        target.leaf = admission->leaves[i];
        refused.target = &target;
        refused.reason = (Navette__Reason)admission->reasons[i];
        body.body_case = NAVETTE__EVENT__BODY_EVENT_REFUSED;
        body.event_refused = &refused;
        body.boot = input->boot;
        body.boottime_ms = input->boottime_ms;
        rc = hub_record(hub, input->journal, &body, input->salt, input->now_ms, NULL);
        if (rc != 0) {
            return rc;
        }
        effects_log(effects, EFFECT_WARNING, session, "event %llu refused: %s", (unsigned long long)target.seq,
                    admission->reasons[i] == NAVETTE__REASON__REASON_NO_RIGHT ? "no right of this node" : "malformed");
    }
    return 0;
}

/* Room in the hub's own batch for that many refusals? Else it is sealed first and the node sends again. */
static int room_for_refusals(struct hub *hub, const struct hub_input *input, size_t refused)
{
    struct batch_header open;
    struct log_head head;
    int rc;

    if (refused == 0) {
        return 1;
    }
    rc = journal_head(input->journal, hub->options.incarnation, &head);
    if (rc == 0 && head.seq > 0) {
        rc = journal_batch(input->journal, hub->options.incarnation, head.seq, &open);
        if (rc == 0 && open.count == 0) {
            return head.seq - open.first_seq + 1 + refused <= LIMIT_BATCH_EVENTS;
        }
    }
    return rc == 0 || rc == NAVETTE_E_NOT_FOUND ? 1 : rc;
}

static int take_batch(struct hub *hub, const struct hub_input *input, struct hub_session *session, const Navette__Batch *batch,
                      struct effects *effects)
{
    const struct hub_node *node = &hub->peers[session->node].node;
    struct batch_header header;
    struct admission admission;
    int rc = batch_verify(batch, node->sign_key, &header, admission.leaves);

    if (rc == 0) {
        rc = examine(node, batch, &admission);
    }
    if (rc == 0) {
        int room = room_for_refusals(hub, input, admission.refused);

        if (room < 0) {
            return room;
        }
        if (room == 0) {
            if (effects_add(effects, EFFECT_SEAL, session->id) == NULL) {
                return NAVETTE_E_MEMORY;
            }
            return hub_nack(input, session->id, session->incarnation, NAVETTE__NACK_REASON__NACK_FULL, effects);
        }
        rc = journal_append_batch(input->journal, &header, batch, admission.leaves, admission.masks, input->now_ms, NULL);
    }
    if (rc == 0) {
        session->ack_due = 1;
        return refuse(hub, input, &header, &admission, session->id, effects);
    }
    switch (rc) {
    case NAVETTE_E_EXISTS:
        session->ack_due = 1;
        return 0;
    case NAVETTE_E_GAP:
        return hub_nack(input, session->id, session->incarnation, NAVETTE__NACK_REASON__NACK_GAP, effects);
    case NAVETTE_E_CHAIN:
    case NAVETTE_E_INVALID:
        effects_log(effects, EFFECT_ERROR, session->id, "push refused: %s", error_text(rc));
        return hub_nack(input, session->id, session->incarnation, NAVETTE__NACK_REASON__NACK_CHAIN, effects);
    case NAVETTE_E_REFUSED:
        effects_log(effects, EFFECT_ERROR, session->id, "push refused: it speaks for the network");
        return hub_nack(input, session->id, session->incarnation, NAVETTE__NACK_REASON__NACK_CHAIN, effects);
    case NAVETTE_E_SIGNATURE:
        effects_log(effects, EFFECT_ERROR, session->id, "push refused: %s", error_text(rc));
        return hub_nack(input, session->id, session->incarnation, NAVETTE__NACK_REASON__NACK_SIGNATURE, effects);
    case NAVETTE_E_TOO_LARGE:
        return hub_nack(input, session->id, session->incarnation, NAVETTE__NACK_REASON__NACK_TOO_LARGE, effects);
    case NAVETTE_E_FULL:
        /* HUB_FAILED follows, and this session is one of those to be told. */
        session->ack_due = 1;
        return rc;
    default:
        return rc;
    }
}

int hub_push(struct hub *hub, const struct hub_input *input, struct hub_session *session, const Navette__Push *push,
             struct effects *effects)
{
    const Navette__Batch *batch = push->batch;
    struct log_head head;
    int rc;

    if (session->state != SESSION_STREAMING) {
        return hub_nack(input, session->id, NULL, NAVETTE__NACK_REASON__NACK_NO_SESSION, effects);
    }
    if (memcmp(batch->incarnation.data, session->incarnation, INCARNATION_SIZE) != 0) {
        return hub_nack(input, session->id, session->incarnation, NAVETTE__NACK_REASON__NACK_INCARNATION, effects);
    }
    hub_frontier_offer(session, push->frontier);
    rc = journal_head(input->journal, session->incarnation, &head);
    if (rc == NAVETTE_E_NOT_FOUND) {
        /* The transaction that welcomed it was not kept. */
        session->state = SESSION_GREETING;
        return hub_nack(input, session->id, NULL, NAVETTE__NACK_REASON__NACK_NO_SESSION, effects);
    }
    if (rc != 0) {
        return rc;
    }
    /* Sent again, or out of turn: answered without paying for signature and hashes. */
    if (batch->n_events > 0 && batch->first_seq <= head.seq && batch->first_seq + batch->n_events - 1 <= head.seq) {
        session->ack_due = 1;
        return 0;
    }
    if (batch->first_seq != head.seq + 1) {
        return hub_nack(input, session->id, session->incarnation, NAVETTE__NACK_REASON__NACK_GAP, effects);
    }
    return take_batch(hub, input, session, batch, effects);
}

int hub_acknowledge(struct hub *hub, const struct hub_input *input, struct effects *effects)
{
    for (size_t i = 0; i < hub->session_count; i++) {
        struct hub_session *session = &hub->sessions[i];
        Navette__Ack ack = NAVETTE__ACK__INIT;
        Navette__LogHead held = NAVETTE__LOG_HEAD__INIT;
        struct log_head head;
        int rc;

        if (!session->ack_due || hub->peers[session->node].node.revoked) {
            continue;
        }
        rc = journal_head(input->journal, session->incarnation, &head);
        if (rc != 0) {
            return rc;
        }
        fill_head(&head, &held);
        ack.held = &held;
        ack.level = NAVETTE__ACK_LEVEL__ACK_DURABLE;
        ack.hub_time_ms = input->now_ms;
        rc = effects_send(effects, session->id, FRAME_ACK, &ack.base);
        if (rc != 0) {
            return rc;
        }
        session->ack_due = 0;
    }
    return 0;
}

int hub_fail(struct hub *hub, const struct hub_input *input, struct effects *effects)
{
    for (size_t i = 0; i < hub->session_count; i++) {
        struct hub_session *session = &hub->sessions[i];
        int rc;

        if (!session->ack_due) {
            continue;
        }
        session->ack_due = 0;
        rc = hub_nack(input, session->id, session->incarnation, NAVETTE__NACK_REASON__NACK_FULL, effects);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}
