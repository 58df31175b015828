/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/node_compare.h"

#include <string.h>

#include "navette/damage.h"
#include "navette/fold.h"
#include "sync/node_state.h"

/* ---- when */

/* Entries of both sides are at rest as far as this node can tell, and nothing waits for the line. */
static int is_idle(const struct node *node)
{
    return !node->record.giving && !node->record.adopting && !node->scope.evicting && node->scope.back_end == 0 &&
           node->inflight_count == 0 && (node->compare.now || !node->pull_behind);
}

int node_compare_load(struct node *node, const struct node_input *input)
{
    struct node_compare *compare = &node->compare;
    struct compared last;
    int64_t since_ms;
    int rc;

    if (compare->next_ms != 0 || compare->phase != COMPARE_RESTING)
        return 0;
    rc = compared_get(input->txn, node->options.node, &last);
    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    since_ms = rc == 0 ? input->wall_ms - last.at_ms : NODE_COMPARE_GAP_MS;
    /* A clock that was wrong then, or is now, puts nothing off. */
    if (since_ms < 0 || since_ms > NODE_COMPARE_GAP_MS)
        since_ms = NODE_COMPARE_GAP_MS;
    compare->next_ms = input->now_ms + NODE_COMPARE_GAP_MS - since_ms + NODE_COMPARE_STEP_MS;
    return 0;
}

void node_compare_stop(struct node *node)
{
    struct node_compare *compare = &node->compare;

    if (compare->asked_ms != 0)
        compare->next_ms = 1;
    compare->asked_ms = 0;
    compare->suspect_count = 0;
    compare->splitting = 0;
    compare->silences = 0;
    compare->hub_compares = 0;
}

/* How long an answer may take: a batch may go over the line for it, either way. */
static int64_t answer_ms(const struct node *node)
{
    int batch = node->compare.act == NAVETTE__COMPARE_ACT__COMPARE_FETCH || node->compare.act == NAVETTE__COMPARE_ACT__COMPARE_OFFER;
    size_t bytes = batch ? LIMIT_BATCH_BYTES : LINE_LEAST_BYTES;
    int64_t up_ms = line_up_ms(&node->line, bytes);
    int64_t down_ms = line_down_ms(&node->line, bytes);

    return NODE_COMPARE_RETRY_MS + (up_ms > down_ms ? up_ms : down_ms);
}

int64_t node_compare_deadline(const struct node *node)
{
    const struct node_compare *compare = &node->compare;

    if (!compare->hub_compares || (compare->next_ms == 0 && compare->asked_ms == 0))
        return INT64_MAX;
    return compare->asked_ms != 0 ? compare->asked_ms + answer_ms(node) : compare->next_ms;
}

void node_compare_begin(struct node *node)
{
    node->compare.now = 1;
    if (node->compare.asked_ms == 0)
        node->compare.next_ms = 1;
}

uint64_t node_compare_passes(const struct node *node, int *may)
{
    *may = node->link == NODE_STREAMING && node->compare.hub_compares;
    return node->compare.passes;
}

/* How much of all entries one question takes when nobody waits. */
static uint64_t least_window(uint64_t all)
{
    uint64_t window = all / NODE_COMPARE_STEPS + 1;

    return window < NODE_COMPARE_LEAST ? NODE_COMPARE_LEAST : window;
}

int64_t node_compare_pace(uint64_t seen, uint64_t all)
{
    uint64_t window = least_window(all);
    int64_t pace_ms;

    if (seen >= window)
        return NODE_COMPARE_STEP_MS;
    pace_ms = (int64_t)(seen * NODE_COMPARE_STEP_MS / window);
    return pace_ms < NODE_COMPARE_LEAST_MS ? NODE_COMPARE_LEAST_MS : pace_ms;
}

/* The next question comes at once when somebody waits, or something was found. */
static void go_on(struct node *node, const struct node_input *input)
{
    struct node_compare *compare = &node->compare;
    int at_once = compare->now || compare->suspect_count > 0;

    compare->next_ms = input->now_ms + (at_once ? 0 : node_compare_pace(compare->seen, compare->pass));
}

/* ---- what is asked */

int node_compare_send(struct node *node, const struct node_input *input, Navette__Compare *question, struct effects *effects)
{
    Navette__Digest digest = NAVETTE__DIGEST__INIT;

    question->token = ++node->compare.token;
    node->compare.act = question->act;
    node->compare.asked_ms = input->now_ms;
    node->compare.next_ms = 0;
    digest.compare = question;
    return effects_send(effects, 0, FRAME_DIGEST, &digest.base);
}

static int ask_range(struct node *node, const struct node_input *input, struct effects *effects)
{
    struct node_compare *compare = &node->compare;
    Navette__Compare question = NAVETTE__COMPARE__INIT;
    ProtobufCBinaryData logs[LIMIT_COMPARE_SPANS];
    uint64_t spans[3 * LIMIT_COMPARE_SPANS];
    uint32_t sealed[LIMIT_COMPARE_SPANS];
    uint8_t root[COMPARE_DIGEST_SIZE];

    for (size_t i = 0; i < compare->span_count; i++) {
        struct journal_span *span = &compare->spans[i];
        size_t log = question.n_logs;
        int rc = journal_digest(input->txn, span, compare->digests[i]);

        if (rc != 0)
            return rc;
        if (log == 0 || memcmp(logs[log - 1].data, span->incarnation, INCARNATION_SIZE) != 0) {
            if (span->sealed)
                sealed[question.n_sealed++] = (uint32_t)log;
            logs[question.n_logs++] = (ProtobufCBinaryData){INCARNATION_SIZE, span->incarnation};
        }
        spans[3 * i] = question.n_logs - 1;
        spans[3 * i + 1] = span->first;
        spans[3 * i + 2] = span->count;
    }
    journal_digest_root((const uint8_t(*)[COMPARE_DIGEST_SIZE])compare->digests, compare->span_count, root);
    question.act = NAVETTE__COMPARE_ACT__COMPARE_RANGE;
    question.logs = logs;
    question.spans = spans;
    question.sealed = sealed;
    question.n_spans = 3 * compare->span_count;
    question.root = (ProtobufCBinaryData){COMPARE_DIGEST_SIZE, root};
    return node_compare_send(node, input, &question, effects);
}

/* A log of others in scope OWN is compared where it is proven, so the hub's; an own one as far as it was acknowledged. 0: nothing of this span is. */
static int is_compared(const struct node *node, struct store_txn *txn, struct journal_span *span)
{
    struct batch_header header;
    struct log_head head;
    int rc = journal_head(txn, span->incarnation, &head);

    if (rc == NAVETTE_E_NOT_FOUND) {
        if (node->scope.set.kind == NAVETTE__SCOPE__SCOPE_NETWORK)
            return 1;
        rc = journal_batch(txn, span->incarnation, span->first, &header);
        span->sealed = rc == 0;
        return rc == 0 || rc == NAVETTE_E_STORE ? 1 : rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    if (rc != 0)
        return rc;
    span->sealed = 1;
    if (memcmp(span->incarnation, node->incarnation, INCARNATION_SIZE) != 0)
        return 1;
    if (span->first > node->record.durable)
        return 0;
    if (span->count > node->record.durable - span->first + 1)
        span->count = (uint32_t)(node->record.durable - span->first + 1);
    return 1;
}

/* How much of the logs one question takes, stubs included. */
static int window_of(struct node *node, struct store_txn *txn, uint64_t *entries)
{
    int rc = journal_tail(txn, &node->compare.pass);

    *entries = least_window(node->compare.pass);
    if (node->compare.now || *entries > LIMIT_COMPARE_ENTRIES)
        *entries = LIMIT_COMPARE_ENTRIES;
    return rc;
}

static int gather_window(struct node *node, struct store_txn *txn)
{
    struct node_compare *compare = &node->compare;
    uint64_t room;
    int rc = window_of(node, txn, &room);

    memcpy(compare->next_log, compare->log, INCARNATION_SIZE);
    compare->next_seq = compare->seq;
    compare->span_count = 0;
    compare->left = 0;
    compare->ended = 0;
    compare->seen = 0;
    compare->splitting = 0;
    while (rc == 0 && compare->seen < room && compare->span_count < LIMIT_COMPARE_SPANS) {
        struct journal_span *span = &compare->spans[compare->span_count];
        uint64_t left = room - compare->seen;
        int compared;

        rc = journal_next_span(txn, compare->next_log, compare->next_seq, (uint32_t)left, span);
        if (rc != 0)
            break;
        memcpy(compare->next_log, span->incarnation, INCARNATION_SIZE);
        compare->next_seq = span->count > 0 ? span->first + span->count - 1 : span->first;
        compare->seen += span->passed;
        if (span->count == 0)
            continue;
        compared = is_compared(node, txn, span);
        if (compared < 0)
            return compared;
        if (!compared)
            compare->next_seq = UINT64_MAX;
        compare->span_count += compared ? 1u : 0u;
        compare->seen += compared ? span->count : 0u;
    }
    compare->ended = rc == NAVETTE_E_NOT_FOUND;
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* The suspect that is looked into, in parts. */
static void gather_parts(struct node_compare *compare)
{
    const struct journal_span *whole = &compare->suspects[compare->suspect_count - 1];
    uint32_t size = (whole->count + NODE_COMPARE_PARTS - 1) / NODE_COMPARE_PARTS;

    compare->splitting = 1;
    compare->span_count = 0;
    for (uint32_t at = 0; at < whole->count; at += size) {
        struct journal_span *part = &compare->spans[compare->span_count++];

        *part = *whole;
        part->first = whole->first + at;
        part->count = whole->count - at < size ? whole->count - at : size;
    }
}

/* ---- the state */

static int put_state_aside(struct node *node, const struct node_input *input, const char *why, struct effects *effects)
{
    struct damage damage = {.kind = DAMAGE_STATE, .found_ms = input->wall_ms, .mended = 1, .bytes = span_of_string(why)};
    int rc = damage_keep(input->txn, &damage);

    if (rc == 0)
        rc = fold_reset(input->txn);
    node->compare.found.state = NAVETTE__COMPARE_RESULT__COMPARED_MENDED;
    effects_log(effects, EFFECT_ERROR, 0, "ALARM: the state %s: it is made anew from the journal", why);
    return rc;
}

static int ask_done(struct node *node, struct effects *effects)
{
    const struct compared *found = &node->compare.found;
    Navette__Compare done = NAVETTE__COMPARE__INIT;
    Navette__Digest digest = NAVETTE__DIGEST__INIT;

    done.act = NAVETTE__COMPARE_ACT__COMPARE_DONE;
    done.token = ++node->compare.token;
    done.entries = found->entries;
    done.mended = found->mended;
    done.given = found->given;
    done.lost = found->lost;
    done.result = (Navette__CompareResult)found->state;
    digest.compare = &done;
    return effects_send(effects, 0, FRAME_DIGEST, &digest.base);
}

static int finish(struct node *node, const struct node_input *input, struct effects *effects)
{
    struct node_compare *compare = &node->compare;
    int rc;

    compare->found.at_ms = input->wall_ms;
    rc = compared_put(input->txn, node->options.node, &compare->found);
    if (rc == 0)
        rc = ask_done(node, effects);
    effects_log(effects, EFFECT_INFO, 0, "compared with the hub: %llu entries, %llu mended here, %llu there, %llu lost",
                (unsigned long long)compare->found.entries, (unsigned long long)compare->found.mended,
                (unsigned long long)compare->found.given, (unsigned long long)compare->found.lost);
    compare->phase = COMPARE_RESTING;
    compare->now = 0;
    compare->asked_ms = 0;
    compare->passes++;
    compare->next_ms = input->now_ms + NODE_COMPARE_GAP_MS;
    return rc;
}

static int is_in_step(struct node *node, struct store_txn *txn, uint64_t *cursor)
{
    struct node_progress progress;
    uint64_t owed;
    uint64_t tail;
    int hollow;
    int rc = node_progress(node, txn, &progress);

    rc = rc != 0 ? rc : journal_tail(txn, &tail);
    rc = rc != 0 ? rc : fold_cursor(txn, cursor);
    rc = rc != 0 ? rc : fold_owes(txn, &owed, &hollow);
    /* What waits for bytes that were given up is not in this state yet. */
    return rc != 0 ? rc : progress.in_step && *cursor == tail && owed == 0 && !hollow;
}

static int moved(struct node *node, const struct node_input *input, struct effects *effects)
{
    struct node_compare *compare = &node->compare;

    if (++compare->moves > NODE_COMPARE_MOVES) {
        if (compare->found.state == 0)
            compare->found.state = NAVETTE__COMPARE_RESULT__COMPARED_MOVED;
        return finish(node, input, effects);
    }
    compare->next_ms = input->now_ms + NODE_COMPARE_MOVED_MS;
    return 0;
}

/* Its own records first: a digest kept by difference does not see a bit that flipped in one. */
static int ask_state(struct node *node, const struct node_input *input, struct effects *effects)
{
    Navette__Compare question = NAVETTE__COMPARE__INIT;
    uint8_t digest[HASH_SIZE];
    uint64_t cursor;
    int in_step = is_in_step(node, input->txn, &cursor);
    int rc;

    if (in_step <= 0)
        return in_step < 0 ? in_step : moved(node, input, effects);
    rc = fold_check(input->txn);
    if (rc == NAVETTE_E_MEMORY)
        return rc;
    if (rc != 0 && node->compare.folded < 2) {
        node->compare.folded = 1;
        node->compare.next_ms = input->now_ms + NODE_COMPARE_MOVED_MS;
        return put_state_aside(node, input, "does not hold in itself", effects);
    }
    if (node->scope.set.kind != NAVETTE__SCOPE__SCOPE_NETWORK) {
        if (node->compare.found.state == 0)
            node->compare.found.state = NAVETTE__COMPARE_RESULT__COMPARED_SOUND;
        return finish(node, input, effects);
    }
    rc = fold_digest(input->txn, digest);
    question.act = NAVETTE__COMPARE_ACT__COMPARE_STATE;
    question.cursor = node->record.cursor;
    question.state = (ProtobufCBinaryData){HASH_SIZE, digest};
    question.schema = FOLD_SCHEMA;
    question.folded = node->compare.folded;
    return rc != 0 ? rc : node_compare_send(node, input, &question, effects);
}

static int take_state(struct node *node, const struct node_input *input, const Navette__Compare *answer, struct effects *effects)
{
    struct node_compare *compare = &node->compare;

    switch (answer->result) {
    case NAVETTE__COMPARE_RESULT__COMPARED_SAME:
        if (compare->found.state == 0)
            compare->found.state = NAVETTE__COMPARE_RESULT__COMPARED_SAME;
        return finish(node, input, effects);
    case NAVETTE__COMPARE_RESULT__COMPARED_MOVED:
        return moved(node, input, effects);
    case NAVETTE__COMPARE_RESULT__COMPARED_DIFFERENT:
        compare->next_ms = input->now_ms + NODE_COMPARE_MOVED_MS;
        if (++compare->folded == 1)
            return put_state_aside(node, input, "is not the hub's", effects);
        compare->found.state = NAVETTE__COMPARE_RESULT__COMPARED_MENDED;
        if (compare->folded == 2)
            return 0; /* the hub makes its own anew */
        compare->found.state = NAVETTE__COMPARE_RESULT__COMPARED_DIFFERENT;
        effects_log(effects, EFFECT_ERROR, 0,
                    "ALARM: made anew at both, the states of this node and of the hub differ: tell the coordinator");
        return finish(node, input, effects);
    default:
        if (compare->found.state == 0)
            compare->found.state = (uint32_t)answer->result;
        return finish(node, input, effects);
    }
}

/* ---- one after the other */

static void begin(struct node_compare *compare)
{
    compare->phase = COMPARE_LOGS;
    memset(compare->log, 0, sizeof compare->log);
    compare->seq = 0;
    memset(&compare->found, 0, sizeof compare->found);
    compare->stubs = 0;
    compare->suspect_count = 0;
    compare->yields = compare->yielded = 0;
    compare->doubts = compare->mends = compare->moves = compare->folded = 0;
}

/* The window is through: on to the next, or, when some of it had no room, over it again. */
static void pass_window(struct node *node)
{
    struct node_compare *compare = &node->compare;

    if (compare->left)
        return;
    memcpy(compare->log, compare->next_log, INCARNATION_SIZE);
    compare->seq = compare->next_seq;
}

static int ask(struct node *node, const struct node_input *input, struct effects *effects)
{
    struct node_compare *compare = &node->compare;
    int rc;

    if (compare->phase == COMPARE_RESTING)
        begin(compare);
    if (compare->phase == COMPARE_STATES)
        return ask_state(node, input, effects);
    if (compare->suspect_count > 0) {
        if (compare->suspects[compare->suspect_count - 1].count == 1)
            return node_compare_fetch(node, input, effects);
        gather_parts(compare);
        return ask_range(node, input, effects);
    }
    rc = gather_window(node, input->txn);
    if (rc != 0)
        return rc;
    if (compare->span_count > 0)
        return ask_range(node, input, effects);
    if (!compare->ended) {
        pass_window(node);
        go_on(node, input);
        return 0;
    }
    compare->phase = COMPARE_STATES;
    return compare->found.mended > compare->stubs ? put_state_aside(node, input, "was made from damaged entries", effects) : 0;
}

int node_compare_tick(struct node *node, const struct node_input *input, struct effects *effects)
{
    struct node_compare *compare = &node->compare;
    int rc = node_compare_load(node, input);

    if (rc != 0 || !compare->hub_compares || input->now_ms < node_compare_deadline(node))
        return rc;
    if (!is_idle(node)) {
        compare->asked_ms = 0;
        compare->next_ms = input->now_ms + NODE_COMPARE_IDLE_MS;
        return 0;
    }
    if (compare->asked_ms != 0 && ++compare->silences >= NODE_COMPARE_SILENCES) {
        compare->silences = 0;
        compare->asked_ms = 0;
        compare->next_ms = input->now_ms + NODE_COMPARE_STEP_MS;
        return 0;
    }
    compare->asked_ms = 0;
    return ask(node, input, effects);
}

static int take_range(struct node *node, const struct node_input *input, const Navette__Compare *answer)
{
    static const uint8_t nothing[COMPARE_DIGEST_SIZE];
    struct node_compare *compare = &node->compare;
    int differs =
        answer->result == NAVETTE__COMPARE_RESULT__COMPARED_DIFFERENT && answer->digests.len == compare->span_count * COMPARE_DIGEST_SIZE;

    if (compare->splitting) {
        compare->suspect_count--;
    } else {
        for (size_t i = 0; i < compare->span_count; i++)
            compare->found.entries += compare->spans[i].count;
    }
    for (size_t i = compare->span_count; differs && i-- > 0;) {
        const uint8_t *there = answer->digests.data + i * COMPARE_DIGEST_SIZE;

        if (memcmp(there, nothing, COMPARE_DIGEST_SIZE) == 0 || memcmp(there, compare->digests[i], COMPARE_DIGEST_SIZE) == 0)
            continue;
        if (compare->suspect_count < NODE_COMPARE_SUSPECTS)
            compare->suspects[compare->suspect_count++] = compare->spans[i];
        else
            compare->left = 1;
    }
    if (compare->suspect_count == 0)
        pass_window(node);
    go_on(node, input);
    return 0;
}

int node_compared(struct node *node, const struct node_input *input, const Navette__Compare *answer, struct effects *effects)
{
    struct node_compare *compare = &node->compare;
    int rc;

    if (answer->act == NAVETTE__COMPARE_ACT__COMPARE_BEGIN) {
        node_compare_begin(node);
        return 0;
    }
    if (compare->asked_ms == 0 || answer->token != compare->token || answer->act != compare->act)
        return 0;
    compare->asked_ms = 0;
    compare->silences = 0;
    if (answer->result == NAVETTE__COMPARE_RESULT__COMPARED_WAIT) {
        compare->next_ms = input->now_ms + (answer->wait_ms < NODE_COMPARE_STEP_MS ? answer->wait_ms : NODE_COMPARE_STEP_MS);
        return 0;
    }
    if (answer->act == NAVETTE__COMPARE_ACT__COMPARE_STATE)
        return take_state(node, input, answer, effects);
    if (answer->act == NAVETTE__COMPARE_ACT__COMPARE_RANGE)
        return take_range(node, input, answer);
    rc = answer->act == NAVETTE__COMPARE_ACT__COMPARE_FETCH ? node_compare_fetched(node, input, answer, effects)
                                                            : node_compare_offered(node, input, answer, effects);
    if (rc != 0 || compare->asked_ms != 0)
        return rc;
    /* Nothing that it says comes to anything, or the disk is past mending. */
    if (compare->doubts > NODE_COMPARE_DOUBTS || compare->mends > NODE_COMPARE_MENDS) {
        compare->suspect_count = 0;
        compare->left = 0;
        effects_log(effects, EFFECT_ERROR, 0, "ALARM: the comparison with the hub comes to no end: it is given up until tomorrow");
        return finish(node, input, effects);
    }
    if (compare->suspect_count == 0)
        pass_window(node);
    go_on(node, input);
    return 0;
}
