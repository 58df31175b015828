/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/compared.h"
#include "navette/fold.h"
#include "navette/frame.h"
#include "sync/hub_state.h"
#include "sync/mend.h"

/*
 * The hub's side of anti-entropy: it keeps nothing between two questions, answers what it is asked of the logs that this node follows whole, from the bytes as they stand, and takes
 * in place of what does not verify here only what does under its author's key. Each node may have so many entries hashed a second, and all together so many.
 */

int hub_allow(struct hub_allowance *allowance, uint64_t a_second, uint64_t most, uint64_t cost, int64_t now_ms)
{
    int64_t elapsed_ms = now_ms - allowance->since_ms;

    if (!allowance->begun || elapsed_ms < 0 || elapsed_ms > HUB_RATE_FORGET_MS) {
        *allowance = (struct hub_allowance){.begun = 1, .since_ms = now_ms, .left = most};
    } else if (elapsed_ms >= HUB_RATE_STEP_MS) {
        allowance->left = hub_refilled(allowance->left, a_second, most, elapsed_ms);
        allowance->since_ms = now_ms;
    }
    if (allowance->left < cost)
        return 0;
    allowance->left -= cost;
    return 1;
}

/* 0: it may; else how long it is to wait. */
static uint32_t wait_ms(struct hub *hub, struct hub_peer *peer, uint64_t cost, int64_t now_ms)
{
    if (!hub_allow(&peer->compare, HUB_COMPARE_ENTRIES, HUB_COMPARE_ENTRIES_MOST, cost, now_ms))
        return 1000;
    if (hub_allow(&hub->compare, HUB_COMPARE_ALL, HUB_COMPARE_ALL_MOST, cost, now_ms))
        return 0;
    peer->compare.left += cost;
    return 1000;
}

static int send(const struct hub_session *session, Navette__Compare *answer, struct effects *effects)
{
    Navette__Digest digest = NAVETTE__DIGEST__INIT;

    digest.compare = answer;
    return effects_send(effects, session->id, FRAME_DIGEST, &digest.base);
}

/* What this node holds whole: in scope OWN its own logs and the hub's, where a span's digest would tell of what it is not to see. 1, 0 or a code. */
static int may_ask(const struct hub *hub, const struct hub_input *input, const struct hub_session *session, const uint8_t *incarnation,
                   struct log_head *head)
{
    const struct hub_node *node = &hub->peers[session->node].node;
    int rc = journal_head(input->journal, incarnation, head);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    return node->scope == NAVETTE__SCOPE__SCOPE_NETWORK || memcmp(head->node, node->node, NODE_ID_SIZE) == 0 ||
           memcmp(head->node, hub->options.node, NODE_ID_SIZE) == 0;
}

static uint64_t cost_of(const Navette__Compare *question)
{
    uint64_t cost = 0;

    if (question->act == NAVETTE__COMPARE_ACT__COMPARE_FETCH || question->act == NAVETTE__COMPARE_ACT__COMPARE_OFFER)
        return HUB_COMPARE_BATCH;
    if (question->act != NAVETTE__COMPARE_ACT__COMPARE_RANGE)
        return HUB_COMPARE_WORD;
    for (size_t i = 0; i < question->n_spans; i += 3)
        cost += question->spans[i + 2];
    return cost + question->n_logs;
}

static int answer_range(struct hub *hub, const struct hub_input *input, struct hub_session *session, const Navette__Compare *question,
                        Navette__Compare *answer, struct effects *effects)
{
    uint8_t digests[LIMIT_COMPARE_SPANS][COMPARE_DIGEST_SIZE] = {{0}};
    uint8_t may[LIMIT_COMPARE_SPANS];
    uint8_t sealed[LIMIT_COMPARE_SPANS] = {0};
    uint8_t root[COMPARE_DIGEST_SIZE];
    size_t count = question->n_spans / 3;
    struct log_head head;

    for (size_t i = 0; i < question->n_logs; i++) {
        int rc = may_ask(hub, input, session, question->logs[i].data, &head);

        if (rc < 0)
            return rc;
        may[i] = (uint8_t)rc;
    }
    for (size_t i = 0; i < question->n_sealed; i++)
        sealed[question->sealed[i]] = 1;
    for (size_t i = 0; i < count; i++) {
        const uint64_t *asked = question->spans + 3 * i;
        struct journal_span span = {.first = asked[1], .count = (uint32_t)asked[2], .sealed = sealed[asked[0]]};
        int rc = 0;

        memcpy(span.incarnation, question->logs[asked[0]].data, INCARNATION_SIZE);
        if (may[asked[0]])
            rc = journal_digest(input->journal, &span, digests[i]);
        if (rc != 0)
            return rc;
    }
    journal_digest_root((const uint8_t(*)[COMPARE_DIGEST_SIZE])digests, count, root);
    answer->result = NAVETTE__COMPARE_RESULT__COMPARED_SAME;
    if (question->root.len != COMPARE_DIGEST_SIZE || memcmp(root, question->root.data, COMPARE_DIGEST_SIZE) != 0) {
        answer->result = NAVETTE__COMPARE_RESULT__COMPARED_DIFFERENT;
        answer->digests = (ProtobufCBinaryData){count * COMPARE_DIGEST_SIZE, digests[0]};
    }
    return send(session, answer, effects);
}

/* As it stands, sound or not: who asks finds out. */
static int answer_fetch(struct hub *hub, const struct hub_input *input, struct hub_session *session, const Navette__Compare *question,
                        Navette__Compare *answer, struct effects *effects)
{
    ProtobufCBinaryData events[LIMIT_BATCH_EVENTS];
    Navette__Batch batch;
    struct mend *mend;
    struct log_head head;
    int rc = question->n_spans == 3 ? may_ask(hub, input, session, question->logs[question->spans[0]].data, &head) : 0;

    answer->result = NAVETTE__COMPARE_RESULT__COMPARED_NOT_HELD;
    if (rc <= 0)
        return rc < 0 ? rc : send(session, answer, effects);
    mend = mend_new();
    if (mend == NULL)
        return NAVETTE_E_MEMORY;
    rc = journal_batch(input->journal, head.incarnation, question->spans[1], &mend->there.header);
    if (rc == 0 && mend->there.header.count > 0 && mend->there.header.count <= LIMIT_BATCH_EVENTS &&
        mend->there.header.first_seq <= UINT64_MAX - LIMIT_BATCH_EVENTS) {
        mend->count = mend->there.header.count;
        rc = mend_read(mend, input->journal);
        mend_side_batch(&mend->here, mend->count, &batch, events);
        answer->result = NAVETTE__COMPARE_RESULT__COMPARED_DIFFERENT;
        answer->batch = &batch;
    }
    if (rc == 0 || rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_STORE)
        rc = send(session, answer, effects);
    mend_free(mend);
    return rc;
}

/* ---- what a node offers in place of what does not verify here */

static const uint8_t *author_of(const struct hub *hub, const struct log_head *head, const struct rekey_past **past)
{
    const struct hub_peer *peer;

    if (memcmp(head->node, hub->options.node, NODE_ID_SIZE) == 0)
        return hub_own_keys(hub, past);
    peer = hub_peer_by_node(hub, head->node);
    *past = peer == NULL ? NULL : &peer->node.past;
    return peer == NULL ? NULL : peer->node.sign_key;
}

/* The head says what the last batch does. */
static int mend_head(const struct mend *mend, struct store_txn *journal, struct log_head *head)
{
    if (head->seq != mend->header.first_seq + mend->count - 1 || memcmp(head->hash, mend->header.head, HASH_SIZE) == 0)
        return 0;
    memcpy(head->hash, mend->header.head, HASH_SIZE);
    return journal_put_head(journal, head);
}

/* What it had decided is in force again: a node that was unknown for a damaged enrolment is let in. */
static int relearn(struct hub *hub, const struct hub_input *input, const struct log_head *head, struct effects *effects)
{
    if (memcmp(head->node, hub->options.node, NODE_ID_SIZE) != 0)
        return 0;
    hub->relearned = 1;
    return effects_add(effects, EFFECT_REVOKE, 0) == NULL ? NAVETTE_E_MEMORY : hub_load_nodes(hub, input->journal);
}

static int take_mended(struct hub *hub, const struct hub_input *input, struct hub_session *session, struct mend *mend,
                       struct log_head *head, Navette__Compare *answer, struct effects *effects)
{
    uint64_t first = mend->header.first_seq;
    uint64_t mended;
    int rc = mend_write(mend, input->journal, input->now_ms, &mended);

    if (rc == 0)
        rc = mend_head(mend, input->journal, head);
    if (rc == 0 && mended > 0)
        rc = relearn(hub, input, head, effects);
    if (rc != 0)
        return rc;
    answer->result = mended > 0 ? NAVETTE__COMPARE_RESULT__COMPARED_MENDED : NAVETTE__COMPARE_RESULT__COMPARED_SOUND;
    answer->given = mended;
    if (mended == 0)
        return 0;
    effects_log(effects, EFFECT_ERROR, session->id,
                "ALARM: %llu damaged entries from number %llu of a log are replaced by what their author signed: see navette-hub damage",
                (unsigned long long)mended, (unsigned long long)first);
    return effects_add(effects, EFFECT_REFOLD, 0) == NULL ? NAVETTE_E_MEMORY : 0;
}

static int take_offer(struct hub *hub, const struct hub_input *input, struct hub_session *session, const Navette__Compare *question,
                      Navette__Compare *answer, struct effects *effects)
{
    struct mend *mend = mend_new();
    struct log_head head = {.seq = 0};
    uint64_t last;
    int rc = mend == NULL ? NAVETTE_E_MEMORY : mend_take(mend, question->batch);

    answer->result = NAVETTE__COMPARE_RESULT__COMPARED_REFUSED;
    if (rc == 0)
        rc = may_ask(hub, input, session, question->batch->incarnation.data, &head);
    last = rc == 1 ? mend->there.header.first_seq + mend->count - 1 : 0;
    if (rc == 1 && last <= head.seq) {
        mend->is_sealed = 1;
        mend->sign_key = author_of(hub, &head, &mend->past);
        rc = mend->sign_key == NULL ? NAVETTE_E_CHAIN : mend_read(mend, input->journal);
        rc = rc != 0 ? rc : mend_find(mend);
        if (rc == 0)
            rc = take_mended(hub, input, session, mend, &head, answer, effects);
        else if (rc == NAVETTE_E_EXISTS)
            answer->result = NAVETTE__COMPARE_RESULT__COMPARED_CONFLICT;
    }
    mend_free(mend);
    if (rc == NAVETTE_E_CHAIN && hub_fault(&hub->peers[session->node]))
        effects_log(effects, EFFECT_WARNING, session->id, "it offers a batch that does not verify: nothing is taken of it");
    if (rc == NAVETTE_E_EXISTS)
        effects_log(effects, EFFECT_ERROR, session->id, "ALARM: two batches signed at number %llu of one log: neither is replaced",
                    (unsigned long long)question->batch->first_seq);
    rc = rc == NAVETTE_E_CHAIN || rc == NAVETTE_E_EXISTS || rc == NAVETTE_E_INVALID ? 0 : rc;
    return rc < 0 ? rc : send(session, answer, effects);
}

/* ---- states */

static int ask_state(struct hub_session *session, const Navette__Compare *question, Navette__Compare *answer, struct effects *effects)
{
    answer->result = NAVETTE__COMPARE_RESULT__COMPARED_VERSION;
    if (question->schema != FOLD_SCHEMA || question->state.len != HASH_SIZE)
        return send(session, answer, effects);
    session->asked.due = 1;
    session->asked.token = question->token;
    session->asked.cursor = question->cursor;
    session->asked.folded = question->folded;
    memcpy(session->asked.digest, question->state.data, HASH_SIZE);
    return 0;
}

/* It was folded anew there and is still another: then it may be this one that is wrong. */
static int doubt(struct hub *hub, const struct hub_input *input, const struct hub_session *session, struct effects *effects)
{
    int again = hub->refolded_ms != 0 && input->now_ms >= hub->refolded_ms && input->now_ms - hub->refolded_ms < HUB_REFOLD_MS;

    if (session->asked.folded == 0)
        return 0;
    if (again)
        return effects_log(effects, EFFECT_ERROR, session->id,
                           "ALARM: the states of hub and node differ, their journals do not: navette-hub verify");
    hub->refolded_ms = input->now_ms;
    effects_log(effects, EFFECT_ERROR, session->id, "ALARM: a node's state, made anew, differs from the hub's: the hub's is made anew too");
    return effects_add(effects, EFFECT_REFOLD, 0) == NULL ? NAVETTE_E_MEMORY : 0;
}

int hub_compare_states(struct hub *hub, const struct hub_input *input, struct effects *effects)
{
    for (size_t i = 0; i < hub->session_count; i++) {
        struct hub_session *session = &hub->sessions[i];
        Navette__Compare answer = NAVETTE__COMPARE__INIT;
        uint8_t digest[HASH_SIZE];
        uint64_t cursor;
        int rc;

        if (!session->asked.due || session->state != SESSION_STREAMING || input->state == NULL)
            continue;
        rc = fold_cursor(input->state, &cursor);
        if (rc == 0 && cursor < session->asked.cursor)
            continue;
        rc = rc != 0 ? rc : fold_digest(input->state, digest);
        session->asked.due = 0;
        answer.act = NAVETTE__COMPARE_ACT__COMPARE_STATE;
        answer.token = session->asked.token;
        answer.cursor = cursor;
        answer.result = cursor > session->asked.cursor                          ? NAVETTE__COMPARE_RESULT__COMPARED_MOVED
                        : memcmp(digest, session->asked.digest, HASH_SIZE) == 0 ? NAVETTE__COMPARE_RESULT__COMPARED_SAME
                                                                                : NAVETTE__COMPARE_RESULT__COMPARED_DIFFERENT;
        if (rc == 0 && answer.result == NAVETTE__COMPARE_RESULT__COMPARED_DIFFERENT)
            rc = doubt(hub, input, session, effects);
        rc = rc != 0 ? rc : send(session, &answer, effects);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* ---- what it came to */

static int note_done(const struct hub *hub, const struct hub_input *input, const struct hub_session *session,
                     const Navette__Compare *question)
{
    struct compared compared = {.at_ms = input->now_ms,
                                .entries = question->entries,
                                .mended = question->mended,
                                .given = question->given,
                                .lost = question->lost,
                                .state = (uint32_t)question->result};

    return compared_put(input->journal, hub->peers[session->node].node.node, &compared);
}

int hub_compare(struct hub *hub, const struct hub_input *input, struct hub_session *session, const Navette__Compare *question,
                struct effects *effects)
{
    struct hub_peer *peer = &hub->peers[session->node];
    Navette__Compare answer = NAVETTE__COMPARE__INIT;

    answer.act = question->act;
    answer.token = question->token;
    answer.wait_ms = wait_ms(hub, peer, cost_of(question), input->now_ms);
    if (answer.wait_ms > 0) {
        answer.result = NAVETTE__COMPARE_RESULT__COMPARED_WAIT;
        return send(session, &answer, effects);
    }
    switch (question->act) {
    case NAVETTE__COMPARE_ACT__COMPARE_RANGE:
        return answer_range(hub, input, session, question, &answer, effects);
    case NAVETTE__COMPARE_ACT__COMPARE_FETCH:
        return answer_fetch(hub, input, session, question, &answer, effects);
    case NAVETTE__COMPARE_ACT__COMPARE_OFFER:
        return take_offer(hub, input, session, question, &answer, effects);
    case NAVETTE__COMPARE_ACT__COMPARE_STATE:
        return ask_state(session, question, &answer, effects);
    case NAVETTE__COMPARE_ACT__COMPARE_DONE:
        return note_done(hub, input, session, question);
    default:
        return hub_fault(peer) ? effects_log(effects, EFFECT_WARNING, session->id, "a question that no node asks: ignored") : 0;
    }
}

int hub_compare_begin(struct hub *hub, const uint8_t node[NODE_ID_SIZE], struct effects *effects)
{
    const struct hub_peer *peer = hub_peer_by_node(hub, node);
    Navette__Compare begin = NAVETTE__COMPARE__INIT;

    begin.act = NAVETTE__COMPARE_ACT__COMPARE_BEGIN;
    for (size_t i = 0; peer != NULL && i < hub->session_count; i++) {
        if (&hub->peers[hub->sessions[i].node] == peer && hub->sessions[i].state == SESSION_STREAMING)
            return peer->compares ? send(&hub->sessions[i], &begin, effects) : NAVETTE_E_VERSION;
    }
    return NAVETTE_E_CLOSED;
}
