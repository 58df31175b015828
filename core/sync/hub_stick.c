/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/hub_stick.h"

#include <stdlib.h>
#include <string.h>

#include "navette/chain.h"
#include "navette/frame.h"
#include "sync/hub_state.h"

struct hub_stick {
    struct hub_session session; /* what stands in for a line's: never among the hub's */
    struct hub_checked *checked;
    struct log_head claimed;
    struct log_head common; /* the last number at which the hub's log and the node's are known to be the same */
    int has_common;
    Navette__Verdict verdict;
    uint64_t from;
    uint64_t taken;
    uint64_t again;
    int replaced; /* it is signed with keys of a machine that was replaced ... */
    uint64_t refused;
    int given_up; /* ... or that were given up */
};

struct hub_stick *hub_stick_new(void)
{
    struct hub_stick *stick = calloc(1, sizeof *stick);

    if (stick != NULL) {
        stick->checked = hub_checked_new();
    }
    if (stick != NULL && stick->checked == NULL) {
        free(stick);
        return NULL;
    }
    return stick;
}

void hub_stick_free(struct hub_stick *stick)
{
    if (stick != NULL) {
        hub_checked_free(stick->checked);
    }
    free(stick);
}

int hub_stick_info(struct hub_stick *stick, struct store_txn *journal, struct hub_stick_info *info)
{
    struct log_head head;
    int rc = journal_head(journal, stick->session.incarnation, &head);

    memset(info, 0, sizeof *info);
    info->verdict = stick->verdict;
    memcpy(info->incarnation, stick->session.incarnation, INCARNATION_SIZE);
    info->claimed = stick->claimed.seq;
    info->held = rc == 0 ? head.seq : 0;
    info->from = stick->from;
    info->taken = stick->taken;
    info->again = stick->again;
    info->refused = stick->refused;
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

void hub_stick_replaced(struct hub_stick *stick)
{
    stick->replaced = 1;
}

void hub_stick_given_up(struct hub_stick *stick)
{
    stick->given_up = 1;
}

static void note_common(struct hub_stick *stick, uint64_t seq, const uint8_t hash[HASH_SIZE])
{
    if (stick->has_common && seq <= stick->common.seq) {
        return;
    }
    stick->has_common = 1;
    stick->common.seq = seq;
    memcpy(stick->common.hash, hash, HASH_SIZE);
}

/* A stick that is older than what the hub holds is no sign of a store that went back: only its node, reading the answer, can tell. */
static Navette__Verdict verdict_of(const struct link_facts *facts)
{
    Navette__Verdict verdict = link_verdict(facts);

    switch (verdict) {
    case NAVETTE__VERDICT__VERDICT_NODE_RESTORED:
        return NAVETTE__VERDICT__VERDICT_IN_STEP;
    case NAVETTE__VERDICT__VERDICT_PROBE:
        return facts->durable_seq > facts->held_seq ? NAVETTE__VERDICT__VERDICT_HUB_RESTORED : NAVETTE__VERDICT__VERDICT_HUB_BEHIND;
    default:
        return verdict;
    }
}

/* Up to where the node has read this journal: what it says of another scope's or another epoch's positions is of those. */
static uint64_t read_so_far(const struct hub *hub, const struct hub_peer *peer, const Navette__Hello *hello)
{
    const struct lineage *lineage = &hub->options.lineage;
    struct lineage known = {.count = 1};

    if (hello->scope_epoch != peer->node.scope_epoch) {
        return 0;
    }
    if (lineage->count == 0 || (hello->epoch.len == 0 && lineage->count == 1)) {
        return hello->cursor;
    }
    if (hello->epoch.len != EPOCH_SIZE) {
        return 0;
    }
    memcpy(known.epochs[0].id, hello->epoch.data, EPOCH_SIZE);
    return lineage_common(&known, hello->cursor, lineage);
}

static int enter(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, struct hub_peer *peer,
                 const Navette__Hello *hello, struct effects *effects)
{
    struct link_facts facts;
    struct log_head head;
    int gone = 0;
    int rc = hub_gather_facts(input, peer, hello, &facts, &head);

    if (rc == 0 && !stick->replaced) {
        rc = hub_announce_held(hub, input, peer, hello->hub_key, effects);
    }
    if (rc != 0) {
        return rc;
    }
    facts.answered = 1;
    stick->verdict = verdict_of(&facts);
    memcpy(stick->session.incarnation, hello->log->incarnation.data, INCARNATION_SIZE);
    if (stick->verdict == NAVETTE__VERDICT__VERDICT_REFUSED) {
        return NAVETTE_E_REFUSED;
    }
    if (facts.has_held_at_claimed && memcmp(facts.held_at_claimed, facts.claimed_hash, HASH_SIZE) == 0) {
        note_common(stick, facts.claimed_seq, facts.claimed_hash);
    }
    if (!facts.known_incarnation) {
        rc = hub_register_log(hub, input, 0, peer, &head, hub_begun_for(hello, stick->verdict), &gone, effects);
        if (rc != 0 || gone) {
            return rc != 0 ? rc : NAVETTE_E_BUSY;
        }
        if (!stick->replaced) {
            memcpy(peer->incarnation, head.incarnation, INCARNATION_SIZE);
            peer->has_incarnation = 1;
        }
    }
    stick->claimed.seq = facts.claimed_seq;
    memcpy(stick->claimed.hash, facts.claimed_hash, HASH_SIZE);
    stick->from = read_so_far(hub, peer, hello);
    stick->session.cursor = stick->from;
    rc = hub_note_begun(input->journal, &peer->node, &stick->session);
    if (rc != 0) {
        return rc;
    }
    if (!stick->replaced && (hello->epoch.len == EPOCH_SIZE || hub->options.lineage.count == 0) && hub_is_of_this_epoch(hub, hello)) {
        hub_frontier_offer(&stick->session, hello->frontier);
    }
    return 0;
}

int hub_stick_greet(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, const uint8_t node[NODE_ID_SIZE],
                    struct span hello, struct effects *effects)
{
    struct hub_peer *peer = hub_peer_by_node(hub, node);
    struct hub_checked *checked = stick->checked;
    const Navette__Hello *message;
    int rc;

    stick->verdict = NAVETTE__VERDICT__VERDICT_REFUSED;
    if (peer == NULL) {
        return NAVETTE_E_NOT_FOUND;
    }
    if (peer->node.revoked) {
        return NAVETTE_E_REFUSED;
    }
    hub_check_frame(checked, hello);
    if (checked->rc != 0 || checked->frame.type != FRAME_HELLO) {
        return checked->rc == NAVETTE_E_MEMORY ? checked->rc : NAVETTE_E_INVALID;
    }
    message = (const Navette__Hello *)checked->frame.message;
    if (memcmp(message->node.data, node, NODE_ID_SIZE) != 0) {
        return NAVETTE_E_INVALID;
    }
    /* Only of the machine that was chosen. */
    rc = stick->replaced ? 0 : hub_clone_holds(peer, input, message);
    if (rc != 0) {
        stick->verdict = NAVETTE__VERDICT__VERDICT_CLONE;
        return rc < 0 ? rc : NAVETTE_E_REFUSED;
    }
    memset(&stick->session, 0, sizeof stick->session);
    stick->session.node = (size_t)(peer - hub->peers);
    stick->session.state = SESSION_STREAMING;
    stick->session.pull_bytes = LIMIT_DELTA_BYTES;
    stick->session.pull_epoch = peer->node.scope_epoch;
    return enter(hub, input, stick, peer, message, effects);
}

/* ---- batches */

/* Where this batch and the hub's own branch part, by halving over its entries: hashes[i] is the chain's after entry i. */
static int part_in(const struct hub_input *input, struct hub_stick *stick, const struct batch_header *header, uint64_t held,
                   uint8_t (*hashes)[HASH_SIZE])
{
    uint64_t same = header->first_seq - 1;
    uint64_t other = header->first_seq + header->count;
    uint8_t hash[HASH_SIZE];
    int rc = journal_hash_at(input->journal, header->incarnation, same, hash);

    if (rc != 0 || memcmp(hash, header->previous, HASH_SIZE) != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    note_common(stick, same, hash);
    other = other > held + 1 ? held + 1 : other;
    while (other - same > 1) {
        uint64_t middle = same + (other - same) / 2;

        rc = journal_hash_at(input->journal, header->incarnation, middle, hash);
        if (rc != 0) {
            return rc;
        }
        if (memcmp(hash, hashes[middle - header->first_seq], HASH_SIZE) == 0) {
            same = middle;
            note_common(stick, same, hash);
        } else {
            other = middle;
        }
    }
    return 0;
}

static int find_common(const struct hub_input *input, struct hub_stick *stick, const Navette__Batch *batch, uint64_t held)
{
    const struct batch_header *header = &stick->checked->header;
    uint8_t(*hashes)[HASH_SIZE] = malloc((size_t)header->count * HASH_SIZE);
    int rc;

    if (hashes == NULL) {
        return NAVETTE_E_MEMORY;
    }
    for (uint32_t i = 0; i < header->count; i++) {
        uint8_t leaf[HASH_SIZE];

        chain_leaf(header->salt, header->incarnation, header->first_seq + i, span_of(batch->events[i].data, batch->events[i].len), leaf);
        chain_next(i == 0 ? header->previous : hashes[i - 1], leaf, hashes[i]);
    }
    rc = part_in(input, stick, header, held, hashes);
    free(hashes);
    return rc;
}

/* NAVETTE_E_CHAIN, after the place where the branches part was looked for. */
static int fork(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, const Navette__Batch *batch, uint64_t held)
{
    int rc = hub_check_batch(stick->checked, &hub->peers[stick->session.node].node);

    if (rc != 0) {
        return rc;
    }
    stick->verdict = NAVETTE__VERDICT__VERDICT_FORK;
    rc = find_common(input, stick, batch, held);
    return rc != 0 ? rc : NAVETTE_E_CHAIN;
}

/* A batch whose numbers are all held: is it the one that is? */
static int compare(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, const Navette__Batch *batch, uint64_t last,
                   uint64_t held)
{
    uint8_t hash[HASH_SIZE];
    int rc = journal_hash_at(input->journal, stick->session.incarnation, last, hash);

    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
    }
    if (memcmp(hash, batch->head.data, HASH_SIZE) != 0) {
        return fork(hub, input, stick, batch, held);
    }
    note_common(stick, last, hash);
    stick->again += batch->n_events;
    return NAVETTE_E_EXISTS;
}

/*
 * Nothing of it counts by itself: also what its node has no right to, which `retry` of that right would let in. One that stands here already as adopted is the same event: its refusal would be that one's.
 */
static int disown(const struct hub_input *input, struct hub_checked *checked)
{
    struct ref ref;
    uint64_t position;

    memcpy(ref.incarnation, checked->header.incarnation, INCARNATION_SIZE);
    for (size_t i = 0; i < checked->header.count; i++) {
        int rc;

        ref.seq = checked->header.first_seq + i;
        ref.leaf = checked->leaves[i];
        rc = journal_apart(input->journal, &ref, &position);
        if (rc != 0 && rc != NAVETTE_E_NOT_FOUND) {
            return rc;
        }
        if (rc == 0 || checked->reasons[i] == NAVETTE__REASON__REASON_MALFORMED) {
            continue;
        }
        checked->refused += checked->reasons[i] == 0;
        checked->reasons[i] = NAVETTE__REASON__REASON_KEY_STOLEN;
        checked->causes[i] = 0;
    }
    return 0;
}

/* The next one in turn, through the path of every PUSH. */
static int take(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, const Navette__Batch *batch,
                struct effects *effects)
{
    const struct hub_node *node = &hub->peers[stick->session.node].node;
    struct effects answers;
    int rc;

    stick->session.ack_due = 0;
    if (stick->replaced) {
        rc = hub_check_batch(stick->checked, node);
        rc = rc != 0 ? rc : disown(input, stick->checked);
        if (rc != 0) {
            return rc;
        }
    }
    effects_init(&answers);
    rc = hub_take_batch(hub, input, &stick->session, node, stick->checked, &answers);
    for (size_t i = 0; i < answers.count && rc == 0; i++) {
        if (answers.list[i].kind == EFFECT_LOG) {
            rc = effects_log(effects, answers.list[i].level, 0, "%s", answers.list[i].text);
        }
    }
    effects_free(&answers);
    if (rc == 0 && !stick->session.ack_due) {
        rc = stick->checked->batch_rc != 0 ? stick->checked->batch_rc : NAVETTE_E_BUSY;
    }
    if (rc == 0) {
        stick->taken += batch->n_events;
        stick->refused += stick->replaced ? stick->checked->refused : 0;
    }
    return rc;
}

static int push(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, const Navette__Batch *batch,
                struct effects *effects)
{
    struct log_head head;
    uint64_t last = batch->first_seq + batch->n_events - 1;
    int rc = journal_head(input->journal, stick->session.incarnation, &head);

    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_INVALID : rc;
    }
    if (memcmp(batch->incarnation.data, stick->session.incarnation, INCARNATION_SIZE) != 0 || last < batch->first_seq) {
        return NAVETTE_E_INVALID;
    }
    if (batch->first_seq > head.seq + 1) {
        return NAVETTE_E_GAP;
    }
    if (last <= head.seq) {
        return compare(hub, input, stick, batch, last, head.seq);
    }
    /* A batch that holds more than is held, but not from its end on: it was sealed where the hub's is not. */
    if (batch->first_seq <= head.seq || memcmp(batch->previous.data, head.hash, HASH_SIZE) != 0) {
        return fork(hub, input, stick, batch, head.seq);
    }
    if (stick->verdict == NAVETTE__VERDICT__VERDICT_FORK) {
        return NAVETTE_E_CHAIN;
    }
    note_common(stick, head.seq, head.hash);
    return take(hub, input, stick, batch, effects);
}

int hub_stick_push(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, struct span frame, struct effects *effects)
{
    struct hub_checked *checked = stick->checked;
    struct hub_peer *peer = &hub->peers[stick->session.node];
    int rc;

    if (peer->node.revoked || stick->verdict == NAVETTE__VERDICT__VERDICT_REFUSED || stick->verdict == NAVETTE__VERDICT__VERDICT_CLONE) {
        return NAVETTE_E_REFUSED;
    }
    hub_check_frame(checked, frame);
    rc = checked->rc;
    if (rc == 0 && checked->frame.type != FRAME_PUSH) {
        rc = NAVETTE_E_INVALID;
    }
    if (rc == 0) {
        const Navette__Push *message = (const Navette__Push *)checked->frame.message;

        rc = push(hub, input, stick, message->batch, effects);
        if (stick->given_up && (rc == NAVETTE_E_CHAIN || rc == NAVETTE_E_SIGNATURE)) {
            peer->parted_ms = input->now_ms;
        }
    }
    hub_checked_clear(checked);
    return rc;
}

int hub_stick_state(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, struct effects *effects)
{
    int rc;

    if (!link_may_stream(stick->verdict)) {
        return 0;
    }
    rc = hub_frontier_take(hub, input, &stick->session, effects);
    return rc == 0 && stick->session.frontier_due && effects->count > 0 && effects->list[effects->count - 1].kind == EFFECT_SEAL
               ? NAVETTE_E_BUSY
               : rc;
}

/* ---- the answer */

int hub_stick_receipt(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, struct effects *effects)
{
    const struct hub_peer *peer = &hub->peers[stick->session.node];
    struct hub_welcome welcome;
    struct log_head head;
    int rc = journal_head(input->journal, stick->session.incarnation, &head);

    rc = rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_INVALID : rc;
    if (rc == 0) {
        rc = hub_welcome_fill(hub, input, peer, &head, &welcome);
    }
    if (rc == 0) {
        rc = hub_backed_up(hub, input->journal, &stick->session, &welcome.message.backed_up_seq);
    }
    if (rc != 0) {
        return rc;
    }
    if (stick->has_common) {
        memcpy(stick->common.incarnation, stick->session.incarnation, INCARNATION_SIZE);
        hub_welcome_probed(&stick->common, &welcome);
    }
    welcome.message.verdict = stick->verdict;
    welcome.message.backed_up_ms = hub->backup_ms;
    rc = effects_send(effects, 0, FRAME_WELCOME, &welcome.message.base);
    return rc != 0 ? rc : hub_announce_welcome(hub, input, &stick->session, effects);
}

int hub_stick_delta(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, uint64_t limit, uint64_t *to,
                    struct effects *effects)
{
    int rc = hub_delta_once(hub, input, &stick->session, limit, effects);

    *to = stick->session.cursor;
    return rc;
}

/* ---- what the node wants again */

static int read_fetch(struct span bytes, struct hub_question *question)
{
    struct frame frame;
    int rc = frame_decode(bytes, &frame);

    if (rc != 0)
        return rc == NAVETTE_E_MEMORY ? rc : NAVETTE_E_INVALID;
    if (frame.type == FRAME_FETCH)
        hub_fetch_read((const Navette__Fetch *)frame.message, question);
    rc = frame.type == FRAME_FETCH ? 0 : NAVETTE_E_INVALID;
    frame_free(&frame);
    return rc;
}

int hub_stick_wants(struct span bytes, size_t *count)
{
    struct hub_question question;
    int rc = read_fetch(bytes, &question);

    *count = rc == 0 ? question.count : 0;
    return rc;
}

int hub_stick_fetch(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, struct span bytes, size_t *next,
                    struct effects *effects)
{
    struct hub_question question;
    struct hub_fetched *fetched;
    int rc = read_fetch(bytes, &question);

    if (rc != 0 || *next >= question.count || hub->peers[stick->session.node].node.revoked)
        return rc != 0 ? rc : NAVETTE_E_NOT_FOUND;
    fetched = malloc(sizeof *fetched);
    if (fetched == NULL)
        return NAVETTE_E_MEMORY;
    rc = hub_fetch_fill(&hub->peers[stick->session.node].node, input, &question, *next, 1, fetched);
    if (rc == 0)
        rc = effects_send(effects, 0, FRAME_FETCHED, &fetched->message.base);
    *next += rc == 0 ? fetched->message.n_entries : 0;
    free(fetched);
    return rc;
}
