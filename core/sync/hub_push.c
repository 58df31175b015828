/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/adopted.h"
#include "navette/event.h"
#include "navette/frame.h"
#include "navette/log.h"
#include "sync/hub_state.h"

void hub_fill_head(const struct log_head *head, Navette__LogHead *out)
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
            hub_fill_head(&head, &held);
            nack.held = &held;
        } else if (rc != NAVETTE_E_NOT_FOUND) {
            return rc;
        }
    }
    return effects_send(effects, session, FRAME_NACK, &nack.base);
}

/* Whether event i holds an adopted one, which is then *adopted. */
static int is_adopted(const struct hub_checked *checked, size_t i, struct adopted *adopted)
{
    const Navette__Batch *batch = ((const Navette__Push *)checked->frame.message)->batch;

    return checked->adopted > 0 && checked->reasons[i] != NAVETTE__REASON__REASON_MALFORMED &&
           adopted_read(span_of(batch->events[i].data, batch->events[i].len), adopted) == 0;
}

/*
 * Only the end of an own log may enter another of one's logs, or of one that was cloned, or whose keys were given up: whoever was not chosen, was replaced, or has the keys of before, is another node now.
 */
static int may_adopt(const struct hub *hub, const struct hub_node *node, const uint8_t owner[NODE_ID_SIZE])
{
    const struct hub_peer *peer = hub_peer_by_node(hub, owner);

    return memcmp(owner, node->node, NODE_ID_SIZE) == 0 || (peer != NULL && (peer->clone.settled || peer->node.past.count > 0));
}

/* A log that this hub does not know is nobody else's. */
static int check_adopted(const struct hub *hub, struct store_txn *journal, struct hub_checked *checked)
{
    for (size_t i = 0; checked->adopted > 0 && i < checked->header.count; i++) {
        struct adopted adopted;
        struct log_head head;
        int rc;

        if (!is_adopted(checked, i, &adopted)) {
            continue;
        }
        rc = journal_head(journal, adopted.original.incarnation, &head);
        if (rc != 0 && rc != NAVETTE_E_NOT_FOUND) {
            return rc;
        }
        if (rc == 0 && checked->reasons[i] == 0 && !may_adopt(hub, &checked->node, head.node)) {
            checked->reasons[i] = NAVETTE__REASON__REASON_NO_RIGHT;
            checked->causes[i] = NAVETTE__REFUSAL_CAUSE__CAUSE_NOT_ITS_LOG;
            checked->refused++;
        }
    }
    return 0;
}

/* Rare, and the only ones for which another event is read: whose event is it that they speak of? */
static int check_corrections(struct store_txn *journal, struct hub_checked *checked)
{
    const Navette__Batch *batch = ((const Navette__Push *)checked->frame.message)->batch;

    for (size_t i = 0; checked->corrections > 0 && i < checked->header.count; i++) {
        struct event event;
        int rc;

        if (checked->reasons[i] != 0 || checked->rights[i] != NAVETTE__RIGHT__RIGHT_CORRECT) {
            continue;
        }
        rc = event_decode(span_of(batch->events[i].data, batch->events[i].len), &event);
        if (rc == 0) {
            memcpy(event.self.incarnation, checked->header.incarnation, INCARNATION_SIZE);
            rc = hub_corrects_others(journal, &checked->node, &event);
        }
        event_free(&event);
        if (rc < 0) {
            return rc;
        }
        if (rc > 0) {
            checked->reasons[i] = NAVETTE__REASON__REASON_NO_RIGHT;
            checked->causes[i] = NAVETTE__REFUSAL_CAUSE__CAUSE_NOT_ITS_EVENT;
            checked->refused++;
        }
    }
    return 0;
}

/* References to what is adopted are found from now on. */
static int adopt(struct store_txn *journal, const struct hub_checked *checked, uint64_t first)
{
    int rc = 0;

    for (size_t i = 0; checked->adopted > 0 && i < checked->header.count && rc == 0; i++) {
        struct adopted adopted;

        if (is_adopted(checked, i, &adopted)) {
            rc = journal_adopt(journal, &adopted.original, first + i);
        }
    }
    return rc;
}

/* What a refusal speaks of: the original of an adopted event, unless that was here before and is left as it is. */
static int refused_ref(struct store_txn *journal, const struct hub_checked *checked, uint64_t first, size_t i, struct ref *ref)
{
    struct adopted adopted;
    uint64_t position = 0;
    int rc = 0;

    memcpy(ref->incarnation, checked->header.incarnation, INCARNATION_SIZE);
    ref->seq = checked->header.first_seq + i;
    ref->leaf = checked->leaves[i];
    if (is_adopted(checked, i, &adopted)) {
        rc = journal_apart(journal, &adopted.original, &position);
        *ref = rc == 0 && position == first + i ? adopted.original : *ref;
    }
    return rc;
}

static int refuse(struct hub *hub, const struct hub_input *input, const struct hub_checked *checked, uint64_t first, uint64_t session,
                  struct effects *effects)
{
    const struct batch_header *header = &checked->header;

    for (size_t i = 0; i < header->count; i++) {
        Navette__Event body = NAVETTE__EVENT__INIT;
        Navette__EventRefused refused = NAVETTE__EVENT_REFUSED__INIT;
        Navette__Ref target;
        struct ref ref;
        int rc;

        if (checked->reasons[i] == 0) {
            continue;
        }
        rc = refused_ref(input->journal, checked, first, i, &ref);
        if (rc != 0) {
            return rc;
        }
        event_ref_fill(&ref, &target);
        refused.target = &target;
        refused.reason = (Navette__Reason)checked->reasons[i];
        refused.cause = checked->causes[i];
        refused.right = refused.cause == NAVETTE__REFUSAL_CAUSE__CAUSE_ROLE ? checked->rights[i] : 0;
        body.body_case = NAVETTE__EVENT__BODY_EVENT_REFUSED;
        body.event_refused = &refused;
        rc = hub_record_in(hub, input, &body);
        if (rc != 0) {
            return rc;
        }
    }
    if (checked->refused > 0) {
        effects_log(effects, EFFECT_WARNING, session, "of %u events from %llu on, %zu refused: no right of this node, or malformed",
                    checked->header.count, (unsigned long long)checked->header.first_seq, checked->refused);
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

/* Its own log, or one that it gives back: either way the answer waits for the commit. */
static void make_due(struct hub_session *session, const uint8_t incarnation[INCARNATION_SIZE])
{
    if (memcmp(session->incarnation, incarnation, INCARNATION_SIZE) == 0) {
        session->ack_due = 1;
        return;
    }
    session->given.due = 1;
    memcpy(session->given.incarnation, incarnation, INCARNATION_SIZE);
}

int hub_push_refused(struct hub *hub, const struct hub_input *input, struct hub_session *session, const uint8_t *incarnation, int why,
                     struct effects *effects)
{
    switch (why) {
    case NAVETTE_E_EXISTS:
        make_due(session, incarnation);
        return 0;
    case NAVETTE_E_GAP:
        return hub_nack(input, session->id, incarnation, NAVETTE__NACK_REASON__NACK_GAP, effects);
    case NAVETTE_E_CHAIN:
    case NAVETTE_E_INVALID:
    case NAVETTE_E_REFUSED:
    case NAVETTE_E_SIGNATURE:
        if (hub_fault(&hub->peers[session->node])) {
            effects_log(effects, EFFECT_ERROR, session->id, "push refused: %s",
                        why == NAVETTE_E_REFUSED ? "it speaks for the network" : error_text(why));
        }
        return hub_nack(input, session->id, incarnation,
                        why == NAVETTE_E_SIGNATURE ? NAVETTE__NACK_REASON__NACK_SIGNATURE : NAVETTE__NACK_REASON__NACK_CHAIN, effects);
    case NAVETTE_E_TOO_LARGE:
        return hub_nack(input, session->id, incarnation, NAVETTE__NACK_REASON__NACK_TOO_LARGE, effects);
    case NAVETTE_E_FULL:
        /* HUB_FAILED follows, and this session is one of those to be told. */
        session->ack_due = 1;
        return why;
    default:
        return why;
    }
}

int hub_take_batch(struct hub *hub, const struct hub_input *input, struct hub_session *session, const struct hub_node *node,
                   struct hub_checked *checked, struct effects *effects)
{
    const Navette__Batch *batch = ((const Navette__Push *)checked->frame.message)->batch;
    uint64_t first;
    int rc = hub_check_batch(checked, node);

    if (rc == 0) {
        rc = check_adopted(hub, input->journal, checked);
    }
    if (rc == 0) {
        rc = check_corrections(input->journal, checked);
    }
    if (rc == 0) {
        rc = hub_operator_check(hub, input->journal, session, checked);
    }
    if (rc == 0) {
        int room = room_for_refusals(hub, input, checked->refused);

        if (room < 0) {
            return room;
        }
        if (room == 0) {
            if (effects_add(effects, EFFECT_SEAL, session->id) == NULL) {
                return NAVETTE_E_MEMORY;
            }
            return hub_nack(input, session->id, batch->incarnation.data, NAVETTE__NACK_REASON__NACK_FULL, effects);
        }
        rc = journal_append_batch(input->journal, &checked->header, batch, checked->leaves, checked->masks, input->now_ms, &first);
    }
    if (rc == 0) {
        hub_checked_journaled(checked, first);
        make_due(session, batch->incarnation.data);
        rc = adopt(input->journal, checked, first);
        if (rc == 0) {
            rc = hub_operator_take(input->journal, checked);
        }
        return rc != 0 ? rc : refuse(hub, input, checked, first, session->id, effects);
    }
    return hub_push_refused(hub, input, session, batch->incarnation.data, rc, effects);
}

int hub_push(struct hub *hub, const struct hub_input *input, struct hub_session *session, struct hub_checked *checked,
             struct effects *effects)
{
    const Navette__Push *push = (const Navette__Push *)checked->frame.message;
    const Navette__Batch *batch = push->batch;
    struct log_head head;
    int rc;

    if (session->state != SESSION_STREAMING) {
        return hub_nack(input, session->id, NULL, NAVETTE__NACK_REASON__NACK_NO_SESSION, effects);
    }
    if (memcmp(batch->incarnation.data, session->incarnation, INCARNATION_SIZE) != 0) {
        return hub_given(hub, input, session, checked, effects);
    }
    hub_frontier_offer(session, push->frontier);
    rc = hub_operator_heard(hub, input->journal, session, push->frontier);
    if (rc != 0) {
        return rc;
    }
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
    return hub_take_batch(hub, input, session, &hub->peers[session->node].node, checked, effects);
}

static int acknowledge(const struct hub *hub, const struct hub_input *input, struct hub_session *session, const uint8_t *incarnation,
                       struct effects *effects)
{
    Navette__Ack ack = NAVETTE__ACK__INIT;
    Navette__LogHead held = NAVETTE__LOG_HEAD__INIT;
    struct log_head head;
    int rc = journal_head(input->journal, incarnation, &head);

    if (rc == 0 && incarnation == session->incarnation) {
        rc = hub_backed_up(hub, input->journal, session, &ack.backed_up_seq);
        ack.backed_up_ms = hub->backup_ms;
    }
    if (rc != 0) {
        return rc;
    }
    hub_fill_head(&head, &held);
    ack.held = &held;
    ack.level = NAVETTE__ACK_LEVEL__ACK_DURABLE;
    ack.hub_time_ms = input->now_ms;
    return effects_send(effects, session->id, FRAME_ACK, &ack.base);
}

int hub_acknowledge(struct hub *hub, const struct hub_input *input, struct effects *effects)
{
    int rc = 0;

    for (size_t i = 0; i < hub->session_count && rc == 0; i++) {
        struct hub_session *session = &hub->sessions[i];

        if (hub->peers[session->node].node.revoked) {
            continue;
        }
        if (session->ack_due) {
            rc = acknowledge(hub, input, session, session->incarnation, effects);
            session->ack_due = rc != 0;
        }
        if (rc == 0 && session->given.due) {
            rc = acknowledge(hub, input, session, session->given.incarnation, effects);
            session->given.due = rc != 0;
        }
        if (rc == 0 && session->rekey_due) {
            rc = hub_rekey_answer(hub, session, effects);
            session->rekey_due = rc != 0;
        }
    }
    return rc;
}

int hub_fail(struct hub *hub, const struct hub_input *input, struct effects *effects)
{
    for (size_t i = 0; i < hub->session_count; i++) {
        struct hub_session *session = &hub->sessions[i];
        int rc;

        session->rekey_due = 0; /* it says it again */
        if (!session->ack_due && !session->given.due) {
            continue;
        }
        session->ack_due = 0;
        session->given.due = 0;
        rc = hub_nack(input, session->id, session->incarnation, NAVETTE__NACK_REASON__NACK_FULL, effects);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}
