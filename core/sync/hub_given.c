/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/event.h"
#include "navette/frame.h"
#include "sync/hub_state.h"

/*
 * A hub that was put back from a backup has lost the end of its journal: what nodes pushed since, which each has in its own log; and what it said itself since, and what
 * nodes that are gone had pushed, which others were sent in signed batches. A node whose cursor belongs to the lost part offers those once (DIGEST), the hub says what it
 * lacks, and takes it in under the signature of who wrote it. It takes nothing of the kind from a node that has given all (PULL with the epoch), nor without a restoration: a
 * key that was stolen and revoked must not speak again through somebody else.
 */

#define BACK_NAME_SIZE (4u + NODE_ID_SIZE)

static void back_name(const uint8_t node[NODE_ID_SIZE], uint8_t name[BACK_NAME_SIZE])
{
    memcpy(name, "back", 4);
    memcpy(name + 4, node, NODE_ID_SIZE);
}

int hub_node_is_back(const struct hub *hub, struct store_txn *journal, const uint8_t node[NODE_ID_SIZE])
{
    const struct lineage *lineage = &hub->options.lineage;
    uint8_t name[BACK_NAME_SIZE];
    struct span value;
    int rc;

    if (lineage->count < 2) {
        return 1;
    }
    back_name(node, name);
    rc = store_get(journal, TABLE_LOCAL, span_of(name, sizeof name), &value);
    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    return value.len == EPOCH_SIZE && memcmp(value.data, lineage_last(lineage)->id, EPOCH_SIZE) == 0;
}

int hub_note_back(struct hub *hub, const struct hub_input *input, const struct hub_session *session, const Navette__Pull *pull,
                  struct effects *effects)
{
    const struct lineage *lineage = &hub->options.lineage;
    const uint8_t *node = hub->peers[session->node].node.node;
    uint8_t name[BACK_NAME_SIZE];
    int back;

    if (lineage->count < 2 || pull->epoch.len != EPOCH_SIZE || memcmp(pull->epoch.data, lineage_last(lineage)->id, EPOCH_SIZE) != 0) {
        return 0;
    }
    back = hub_node_is_back(hub, input->journal, node);
    if (back != 0) {
        return back < 0 ? back : 0;
    }
    back_name(node, name);
    back = store_put(input->journal, TABLE_LOCAL, span_of(name, sizeof name), span_of(lineage_last(lineage)->id, EPOCH_SIZE));
    /* Without room the transaction is no more: it is noted with a later PULL. */
    if (back != 0) {
        return back;
    }
    return effects_log(effects, EFFECT_INFO, session->id, "a node is back since the restoration, and has given back what it held");
}

/* ---- what is lacking */

static int lacks(const struct hub_input *input, const Navette__LogHead *offered, struct log_head *head, int *less)
{
    int rc = journal_head(input->journal, offered->incarnation.data, head);

    *less = 0;
    if (rc == NAVETTE_E_NOT_FOUND) {
        memset(head, 0, sizeof *head);
        memcpy(head->incarnation, offered->incarnation.data, INCARNATION_SIZE);
        *less = offered->seq > 0;
        return 0;
    }
    *less = rc == 0 && head->seq < offered->seq;
    return rc;
}

/* Its own logs come first, then those it does not know, which may be its own: what it decided is in force before others' events are judged. */
static int is_first(const struct hub *hub, const struct log_head *head)
{
    const uint8_t none[NODE_ID_SIZE] = {0};

    return memcmp(head->node, hub->options.node, NODE_ID_SIZE) == 0 || memcmp(head->node, none, NODE_ID_SIZE) == 0;
}

int hub_digest(struct hub *hub, const struct hub_input *input, struct hub_session *session, const Navette__Digest *digest,
               struct effects *effects)
{
    Navette__Digest answer = NAVETTE__DIGEST__INIT;
    Navette__LogHead *list[LIMIT_DIGEST_LOGS];
    Navette__LogHead logs[LIMIT_DIGEST_LOGS];
    struct log_head heads[LIMIT_DIGEST_LOGS];
    int rc;
    int open;
    int own = 0;

    if (digest->compare != NULL) {
        return hub_compare(hub, input, session, digest->compare, effects);
    }
    rc = hub_node_is_back(hub, input->journal, hub->peers[session->node].node.node);
    open = rc == 0;
    for (int first = 1; open && rc == 0 && first >= 0; first--) {
        for (size_t i = 0; i < digest->n_logs && rc == 0; i++) {
            struct log_head *head = &heads[answer.n_logs];
            int less;

            rc = lacks(input, digest->logs[i], head, &less);
            own |= rc == 0 && less && memcmp(head->node, hub->options.node, NODE_ID_SIZE) == 0;
            if (rc == 0 && less && is_first(hub, head) == first) {
                navette__log_head__init(&logs[answer.n_logs]);
                hub_fill_head(head, &logs[answer.n_logs]);
                list[answer.n_logs] = &logs[answer.n_logs];
                answer.n_logs++;
            }
        }
    }
    if (rc < 0) {
        return rc;
    }
    session->given.searched = session->given.unknown && !own;
    session->given.unknown = 0;
    answer.cursor = digest->cursor;
    answer.logs = list;
    return effects_send(effects, session->id, FRAME_DIGEST, &answer.base);
}

/* ---- what is given */

/* A log that only lost words of the hub speak of becomes known again by them. */
static int note_log(const struct hub_input *input, const Navette__Thing *node, const ProtobufCBinaryData *incarnation,
                    const ProtobufCBinaryData *parent)
{
    struct log_head head;
    uint8_t id[NODE_ID_SIZE];
    int rc;

    if (incarnation->len != INCARNATION_SIZE || hex_decode(node->id, id, NODE_ID_SIZE) != 0) {
        return 0;
    }
    rc = journal_head(input->journal, incarnation->data, &head);
    if (rc != NAVETTE_E_NOT_FOUND) {
        return rc;
    }
    memset(&head, 0, sizeof head);
    memcpy(head.incarnation, incarnation->data, INCARNATION_SIZE);
    memcpy(head.node, id, NODE_ID_SIZE);
    if (parent != NULL && parent->len == INCARNATION_SIZE) {
        memcpy(head.parent, parent->data, INCARNATION_SIZE);
    }
    return journal_put_head(input->journal, &head);
}

/* One of its own events, back. *nodes: 1 when it says something of nodes. */
static int relearn(const struct hub_input *input, struct span bytes, uint64_t *mask, int *nodes)
{
    struct event event;
    int rc = event_decode(bytes, &event);

    *mask = UINT64_MAX;
    if (rc == 0) {
        const Navette__Event *body = event.body;

        *mask = event_scope_mask(body);
        *nodes |= hub_speaks_of_nodes(body);
        if (body->body_case == NAVETTE__EVENT__BODY_INCARNATION_STARTED) {
            rc = note_log(input, body->incarnation_started->node, &body->incarnation_started->incarnation,
                          &body->incarnation_started->parent);
        } else if (body->body_case == NAVETTE__EVENT__BODY_FRONTIER_NOTED) {
            rc = note_log(input, body->frontier_noted->node, &body->frontier_noted->frontier->incarnation, NULL);
        }
    }
    event_free(&event);
    /* One that only a later version reads is kept all the same. */
    return rc == NAVETTE_E_UNKNOWN || rc == NAVETTE_E_INVALID ? 0 : rc;
}

/* Before its first batch: a log of the hub's that the backup does not know. */
static int begin_own(struct hub *hub, const struct hub_input *input, const uint8_t *incarnation)
{
    struct log_head head;
    int rc = journal_head(input->journal, incarnation, &head);

    if (rc != NAVETTE_E_NOT_FOUND) {
        return rc;
    }
    memset(&head, 0, sizeof head);
    memcpy(head.incarnation, incarnation, INCARNATION_SIZE);
    memcpy(head.node, hub->options.node, NODE_ID_SIZE);
    return journal_put_head(input->journal, &head);
}

static int take_own(struct hub *hub, const struct hub_input *input, struct hub_session *session, struct hub_checked *checked,
                    struct effects *effects)
{
    const Navette__Batch *batch = ((const Navette__Push *)checked->frame.message)->batch;
    int nodes = 0;
    int rc;

    checked->for_node = 0;
    rc = hub_own_verify(hub, input, batch, &checked->header, checked->leaves);
    if (rc == 0) {
        rc = begin_own(hub, input, batch->incarnation.data);
    }
    for (size_t i = 0; i < batch->n_events && rc == 0; i++) {
        rc = relearn(input, span_of(batch->events[i].data, batch->events[i].len), &checked->masks[i], &nodes);
    }
    if (rc == 0) {
        rc = journal_append_batch(input->journal, &checked->header, batch, checked->leaves, checked->masks, input->now_ms, NULL);
    }
    if (rc == 0) {
        rc = NAVETTE_E_EXISTS;
        if (nodes) {
            int loaded = hub_load_nodes(hub, input->journal);

            hub->relearned = 1;
            rc = loaded != 0 ? loaded : rc;
            if (effects_add(effects, EFFECT_REVOKE, session->id) == NULL) {
                return NAVETTE_E_MEMORY;
            }
        }
    }
    /* Taken or held: both are acknowledged after the commit. */
    return hub_push_refused(hub, input, session, batch->incarnation.data, rc, effects);
}

static int is_of_this_hub(const struct hub *hub, const struct hub_input *input, const Navette__Batch *batch, struct batch_header *header,
                          int *rc)
{
    uint64_t leaves[LIMIT_BATCH_EVENTS];

    memset(header, 0, sizeof *header);
    *rc = hub_own_verify(hub, input, batch, header, leaves);
    return *rc == 0;
}

/*
 * The node of a log of which no word of the hub speaks (one that came by stick may have none): who signed its first batch. Looked for only
 * when it is pushed again, and what the hub had said is back: its node's rights are in force. NULL: not known.
 */
static struct hub_peer *find_signer(const struct hub *hub, struct hub_session *session, const struct batch_header *header)
{
    session->given.unknown = 1;
    for (size_t i = 0; session->given.searched && header->first_seq == 1 && i < hub->peer_count; i++) {
        if (rekey_signed(header, hub->peers[i].node.sign_key, &hub->peers[i].node.past)) {
            return &hub->peers[i];
        }
    }
    return NULL;
}

/* 0: `peer` has it from now on. */
static int begin_signed(const struct hub_input *input, struct hub_peer *peer, struct hub_checked *checked, struct log_head *head)
{
    int rc = hub_check_batch(checked, &peer->node);

    if (rc != 0) {
        return rc;
    }
    memcpy(head->incarnation, checked->header.incarnation, INCARNATION_SIZE);
    memcpy(head->node, peer->node.node, NODE_ID_SIZE);
    return hub_keep_log(input, peer, head);
}

/* 1: of the hub itself; 0: of *peer, NULL when it is not known; or a code. *head: what is held of it. */
static int find_owner(struct hub *hub, const struct hub_input *input, struct hub_session *session, struct hub_checked *checked,
                      struct log_head *head, struct hub_peer **peer)
{
    const Navette__Batch *batch = ((const Navette__Push *)checked->frame.message)->batch;
    struct batch_header header;
    int rc = journal_head(input->journal, batch->incarnation.data, head);
    int verified;

    *peer = NULL;
    if (rc == 0) {
        *peer = hub_peer_by_node(hub, head->node);
        return memcmp(head->node, hub->options.node, NODE_ID_SIZE) == 0;
    }
    if (rc != NAVETTE_E_NOT_FOUND) {
        return rc;
    }
    memset(head, 0, sizeof *head);
    if (is_of_this_hub(hub, input, batch, &header, &verified)) {
        return 1;
    }
    *peer = verified == NAVETTE_E_SIGNATURE ? find_signer(hub, session, &header) : NULL;
    rc = *peer == NULL ? 0 : begin_signed(input, *peer, checked, head);
    if (rc != 0 && rc != NAVETTE_E_FULL && !error_is_fatal(rc)) {
        *peer = NULL;
        rc = 0;
    }
    return rc;
}

int hub_given(struct hub *hub, const struct hub_input *input, struct hub_session *session, struct hub_checked *checked,
              struct effects *effects)
{
    const Navette__Batch *batch = ((const Navette__Push *)checked->frame.message)->batch;
    const uint8_t *incarnation = batch->incarnation.data;
    struct hub_peer *peer;
    struct hub_node owner;
    struct log_head head;
    int own;
    int rc = hub_node_is_back(hub, input->journal, hub->peers[session->node].node.node);

    if (rc != 0) {
        return rc < 0 ? rc : hub_nack(input, session->id, session->incarnation, NAVETTE__NACK_REASON__NACK_INCARNATION, effects);
    }
    own = find_owner(hub, input, session, checked, &head, &peer);
    if (own < 0) {
        return own == NAVETTE_E_FULL ? hub_push_refused(hub, input, session, incarnation, own, effects) : own;
    }
    if (!own && peer == NULL) {
        return hub_nack(input, session->id, NULL, NAVETTE__NACK_REASON__NACK_INCARNATION, effects);
    }
    if (!own) {
        owner = peer->node;
    }
    if (batch->first_seq + batch->n_events - 1 <= head.seq) {
        return hub_push_refused(hub, input, session, incarnation, NAVETTE_E_EXISTS, effects);
    }
    if (batch->first_seq != head.seq + 1) {
        return hub_push_refused(hub, input, session, incarnation, NAVETTE_E_GAP, effects);
    }
    return own ? take_own(hub, input, session, checked, effects) : hub_take_batch(hub, input, session, &owner, checked, effects);
}
