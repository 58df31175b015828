/* SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <string.h>

#include "navette/frame.h"
#include "navette/journal_block.h"
#include "navette/log.h"
#include "navette/pace.h"
#include "sync/hub_state.h"

/*
 * A statement whose log has not moved is noted again once it is this much later: with a PING every 5 minutes no living node's last note is ever older than
 * FRONTIER_QUIET_MS.
 */
#define HUB_FRONTIER_AGAIN_MS 480000

/*
 * A note costs every branch some 300 bytes that no compression saves, a movement 25. A node that is busy is noted so often at once, then a second a node of the network:
 * together they take what a line of 16 kbit/s can carry, and the last statement is always noted in the end.
 */
#define HUB_NOTES_AT_ONCE 8
#define HUB_NOTE_EVERY_LEAST_MS 15000
#define HUB_NOTE_EVERY_MOST_MS 300000
#define HUB_NOTE_EVERY_NODE_MS 1000

void hub_frontier_offer(struct hub_session *session, const Navette__Frontier *frontier)
{
    if (frontier == NULL || memcmp(frontier->incarnation.data, session->incarnation, INCARNATION_SIZE) != 0)
        return;
    session->frontier_due = 1;
    session->frontier.seq = frontier->seq;
    session->frontier.hub_cursor = frontier->hub_cursor;
    session->frontier.hub_time_ms = frontier->hub_time_ms;
    memcpy(session->frontier.signature, frontier->signature.data, SIGNATURE_SIZE);
}

static void fill(struct hub_session *session, Navette__Frontier *frontier)
{
    navette__frontier__init(frontier);
    frontier->incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, session->incarnation};
    frontier->seq = session->frontier.seq;
    frontier->hub_cursor = session->frontier.hub_cursor;
    frontier->hub_time_ms = session->frontier.hub_time_ms;
    frontier->signature = (ProtobufCBinaryData){SIGNATURE_SIZE, session->frontier.signature};
}

/* A log does not get shorter: who says so is not noted, so that no log has more ends than it grew. */
static int is_news(const struct hub_peer *peer, const struct hub_session *session)
{
    int is_same = peer->noted_ms != 0 && memcmp(peer->noted_incarnation, session->incarnation, INCARNATION_SIZE) == 0;

    if (session->frontier.hub_time_ms < 0 || (is_same && session->frontier.seq < peer->noted_seq))
        return 0;
    return !is_same || peer->noted_seq != session->frontier.seq ||
           session->frontier.hub_time_ms - peer->noted_time_ms >= HUB_FRONTIER_AGAIN_MS;
}

static int64_t note_every_ms(const struct hub *hub)
{
    int64_t every_ms = (int64_t)hub->peer_count * HUB_NOTE_EVERY_NODE_MS;

    every_ms = every_ms < HUB_NOTE_EVERY_LEAST_MS ? HUB_NOTE_EVERY_LEAST_MS : every_ms;
    return every_ms > HUB_NOTE_EVERY_MOST_MS ? HUB_NOTE_EVERY_MOST_MS : every_ms;
}

/* A statement about a future that the hub has not lived, or of somebody else's hand, is nobody's. */
static int is_sound(const struct hub_peer *peer, const Navette__Frontier *frontier, int64_t now_ms, uint64_t tail)
{
    uint8_t bytes[FRONTIER_SIGNED_SIZE];

    if (frontier->hub_time_ms > now_ms || frontier->hub_cursor > tail)
        return 0;
    frontier_signed_bytes(frontier, bytes);
    /* One that was under way while its keys changed is of the key before. */
    if (peer->node.past.count > 0 && crypto_sign_verify_detached(frontier->signature.data, bytes, sizeof(bytes),
                                                                 peer->node.past.list[peer->node.past.count - 1].key) == 0)
        return 1;
    return crypto_sign_verify_detached(frontier->signature.data, bytes, sizeof(bytes), peer->node.sign_key) == 0;
}

static int note(struct hub *hub, const struct hub_input *input, struct hub_session *session, struct effects *effects)
{
    struct hub_peer *peer = &hub->peers[session->node];
    char hex[2 * NODE_ID_SIZE + 1];
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__FrontierNoted noted = NAVETTE__FRONTIER_NOTED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    Navette__Frontier frontier;
    uint64_t tail;
    int rc = journal_tail(input->journal, &tail);

    if (rc != 0)
        return rc;
    fill(session, &frontier);
    session->frontier_due = 0;
    if (!is_sound(peer, &frontier, input->now_ms, tail))
        return hub_fault(peer) ? effects_log(effects, EFFECT_WARNING, session->id, "a frontier that does not hold: not noted") : 0;
    hex_encode(peer->node.node, NODE_ID_SIZE, hex);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = hex;
    noted.node = &thing;
    noted.frontier = &frontier;
    body.body_case = NAVETTE__EVENT__BODY_FRONTIER_NOTED;
    body.frontier_noted = &noted;
    rc = hub_record_in(hub, input, &body);
    if (rc == NAVETTE_E_BUSY) { /* behind the batch that is open */
        session->frontier_due = 1;
        hub->next_note_ms = input->now_ms;
        return effects_add(effects, EFFECT_SEAL, 0) == NULL ? NAVETTE_E_MEMORY : 0;
    }
    if (rc == 0) {
        peer->notes_paid_ms = pace_pay(peer->notes_paid_ms, input->now_ms, HUB_NOTES_AT_ONCE, note_every_ms(hub));
        peer->noted_ms = input->now_ms;
        peer->noted_seq = frontier.seq;
        peer->noted_time_ms = frontier.hub_time_ms;
        memcpy(peer->noted_incarnation, session->incarnation, INCARNATION_SIZE);
    }
    return rc;
}

/* It speaks of entries that are still under way: it will hold once they are here. */
static int is_held(const struct hub_input *input, const struct hub_session *session)
{
    struct log_head head;
    int rc = journal_head(input->journal, session->incarnation, &head);

    return rc == 0 ? head.seq >= session->frontier.seq : rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/*
 * "My log ends here" is all that was recorded there only when earlier logs of that node are whole too. A hub that was put back may have lost the end of one, and a node that lost its store since, and took that end
 * in again from the hub of before, has it still to give back. One of a version before scopes may not give back at all.
 */
static int has_given_back(const struct hub *hub, const struct hub_input *input, const struct hub_peer *peer)
{
    return peer->scopes ? hub_node_is_back(hub, input->journal, peer->node.node) : 1;
}

int hub_frontier_round(struct hub *hub, const struct hub_input *input, struct effects *effects)
{
    hub->next_note_ms = INT64_MAX;
    for (size_t i = 0; i < hub->session_count; i++) {
        struct hub_session *session = &hub->sessions[i];
        struct hub_peer *peer = &hub->peers[session->node];
        int64_t from_ms;
        int rc;

        if (!session->frontier_due || session->state != SESSION_STREAMING)
            continue;
        if (!is_news(peer, session)) {
            session->frontier_due = 0;
            continue;
        }
        rc = is_held(input, session);
        if (rc == 1)
            rc = has_given_back(hub, input, peer);
        from_ms = pace_from_ms(peer->notes_paid_ms, input->now_ms, HUB_NOTES_AT_ONCE, note_every_ms(hub));
        if (rc == 1 && from_ms > input->now_ms)
            hub->next_note_ms = from_ms < hub->next_note_ms ? from_ms : hub->next_note_ms;
        else if (rc == 1)
            rc = note(hub, input, session, effects);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int64_t hub_round_deadline(const struct hub *hub)
{
    return hub->next_note_ms;
}

void hub_frontier_forget(struct hub *hub)
{
    for (size_t i = 0; i < hub->peer_count; i++)
        hub->peers[i].noted_ms = 0;
}

/* Begun where no restoration had been yet, behind its node's earlier logs: what the hub had of those then is in the backup too. */
static int began_before(const struct hub *hub, const struct hub_input *input, const struct hub_session *session)
{
    const struct lineage *lineage = &hub->options.lineage;
    struct journal_entry first;
    int rc = journal_row(input->journal, session->incarnation, 1, &first);

    return rc == 0 || rc == NAVETTE_E_CHAIN ? first.position <= lineage->epochs[0].end : rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* As has_given_back(). By a stick nothing is given back, so that of who has no line it is asked only where something may be lacking: else it would never be heard of again. */
static int is_whole(const struct hub *hub, const struct hub_input *input, const struct hub_session *session)
{
    const uint8_t *node = hub->peers[session->node].node.node;
    int rc = hub_node_is_back(hub, input->journal, node);
    int others;

    if (rc != 0)
        return rc;
    others = hub_has_other_log(input->journal, node, session->incarnation);
    return others == 1 ? began_before(hub, input, session) : others == 0 ? 1 : others;
}

int hub_frontier_take(struct hub *hub, const struct hub_input *input, struct hub_session *session, struct effects *effects)
{
    const struct hub_peer *peer = &hub->peers[session->node];
    int rc;

    if (!session->frontier_due || !is_news(peer, session))
        return 0;
    /* What another stick, or the line, has said since is not taken back. */
    if (peer->noted_ms != 0 && memcmp(peer->noted_incarnation, session->incarnation, INCARNATION_SIZE) == 0 &&
        session->frontier.seq <= peer->noted_seq && session->frontier.hub_time_ms <= peer->noted_time_ms)
        return 0;
    rc = is_held(input, session);
    if (rc == 1)
        rc = is_whole(hub, input, session);
    return rc == 1 ? note(hub, input, session, effects) : rc;
}
