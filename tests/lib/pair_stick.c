/* SPDX-License-Identifier: Apache-2.0 */
#include "pair_stick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "navette/fold.h"

static void seal(struct store_txn *txn, const uint8_t *incarnation, const uint8_t *secret)
{
    struct batch_header header;
    uint8_t bytes[BATCH_SIGNED_SIZE];

    if (log_seal_prepare(txn, incarnation, &header) == NAVETTE_E_NOT_FOUND)
        return;
    batch_signed_bytes(&header, bytes);
    crypto_sign_detached(header.signature, NULL, bytes, sizeof bytes, secret);
    assert_int_equal(log_seal_store(txn, &header), 0);
}

static struct pair_stick *stick_new(const struct pair *pair, size_t node)
{
    struct pair_stick *stick = calloc(1, sizeof *stick);

    assert_non_null(stick);
    stick->node = node;
    memcpy(stick->id, pair->nodes[node].id, NODE_ID_SIZE);
    return stick;
}

void pair_stick_free(struct pair_stick *stick)
{
    for (size_t i = 0; stick != NULL && i < stick->count; i++)
        buffer_free(&stick->frames[i]);
    free(stick);
}

struct pair_stick *pair_stick_out(struct pair *pair, size_t index, int all)
{
    struct pair_node *node = &pair->nodes[index];
    struct pair_stick *stick = stick_new(pair, index);
    struct store_txn *txn = memstore_begin_write(node->store);
    struct node_input input = {.kind = NODE_TICK, .now_ms = pair->now_ms, .wall_ms = pair->now_ms, .txn = txn};
    uint8_t signature[SIGNATURE_SIZE], bytes[FRONTIER_SIGNED_SIZE];
    struct buffer wants = {.data = NULL};
    struct node_stick_plan plan;
    Navette__Frontier frontier;
    uint32_t count;

    seal(txn, node_incarnation(node->node), node->sign_secret);
    if (node_frontier(node->node, txn, &frontier) == 0) {
        frontier_signed_bytes(&frontier, bytes);
        crypto_sign_detached(signature, NULL, bytes, sizeof bytes, node->sign_secret);
        frontier.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
        input.frontier = &frontier;
    }
    assert_int_equal(node_stick_greet(node->node, &input, all, &plan, &stick->frames[stick->count++]), 0);
    for (uint64_t next = plan.first, last; next <= plan.last; next = last + 1) {
        assert_true(stick->count < PAIR_STICK_FRAMES);
        assert_int_equal(node_stick_push(txn, plan.incarnation, next, &stick->frames[stick->count++], &last), 0);
    }
    assert_int_equal(node_stick_wants(txn, &wants, &count), 0);
    for (struct span left = buffer_span(&wants), frame; bundle_next_frame(&left, &frame) == 0;) {
        assert_true(stick->count < PAIR_STICK_FRAMES);
        assert_int_equal(buffer_append(&stick->frames[stick->count++], frame.data, frame.len), 0);
    }
    buffer_free(&wants);
    assert_int_equal(memstore_commit(txn), 0);
    return stick;
}

static struct hub_input hub_input_of(struct pair *pair, struct store_txn *txn, uint8_t salt[SALT_SIZE])
{
    memset(salt, 0, SALT_SIZE);
    write_u64(salt, ++pair->salt);
    return (struct hub_input){.kind = HUB_FRAME, .now_ms = pair->now_ms, .journal = txn, .salt = salt};
}

typedef int hub_stick_step(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, struct span frame,
                           struct effects *effects);

static int step_state(struct hub *hub, const struct hub_input *input, struct hub_stick *stick, struct span frame, struct effects *effects)
{
    (void)frame;
    return hub_stick_state(hub, input, stick, effects);
}

/* As the daemon: one transaction a step, the hub's own words sealed in it. id: of a greeting's node. */
static int hub_takes(struct pair *pair, struct hub_stick *step, const uint8_t *id, hub_stick_step *function, struct span frame)
{
    struct store_txn *txn = memstore_begin_write(pair->journal);
    struct effects effects;
    uint8_t salt[SALT_SIZE];
    struct hub_input input = hub_input_of(pair, txn, salt);
    int rc;

    effects_init(&effects);
    rc = id != NULL ? hub_stick_greet(pair->hub, &input, step, id, frame, &effects) : function(pair->hub, &input, step, frame, &effects);
    if (rc == NAVETTE_E_BUSY) {
        seal(txn, pair->hub_incarnation, pair->hub_secret);
        input = hub_input_of(pair, txn, salt);
        rc =
            id != NULL ? hub_stick_greet(pair->hub, &input, step, id, frame, &effects) : function(pair->hub, &input, step, frame, &effects);
    }
    assert_false(error_is_fatal(rc));
    if (hub_recorded(pair->hub) && pair->lineage.count > 0)
        seal(txn, pair->hub_incarnation, pair->hub_secret);
    effects_free(&effects);
    assert_int_equal(memstore_commit(txn), 0);
    return rc;
}

static enum frame_type type_of(const struct buffer *frame)
{
    return (enum frame_type)frame->data[5];
}

static void keep(struct pair_stick *answer, struct effects *effects)
{
    assert_int_equal(effects->count, 1);
    assert_true(answer->count < PAIR_STICK_FRAMES);
    answer->frames[answer->count++] = effects->list[0].frame;
    effects->list[0].frame = (struct buffer){.data = NULL};
    effects_clear(effects);
}

static struct pair_stick *answer_of(struct pair *pair, struct hub_stick *step, const struct pair_stick *stick, size_t lost)
{
    struct pair_stick *answer = stick_new(pair, stick->node);
    struct hub_input input = {.kind = HUB_TAIL, .now_ms = pair->now_ms};
    struct effects effects;
    uint64_t tail, to;
    int rc;

    input.journal = memstore_begin_read(pair->journal);
    input.state = memstore_begin_read(pair->state);
    assert_int_equal(journal_tail(input.journal, &tail), 0);
    effects_init(&effects);
    for (rc = hub_stick_receipt(pair->hub, &input, step, &effects); rc == 0;
         rc = hub_stick_delta(pair->hub, &input, step, tail, &to, &effects))
        keep(answer, &effects);
    assert_int_equal(rc, NAVETTE_E_NOT_FOUND);
    for (size_t i = 1; i < stick->count; i++) {
        size_t next = 0;

        if (i == lost || type_of(&stick->frames[i]) != FRAME_FETCH)
            continue;
        while ((rc = hub_stick_fetch(pair->hub, &input, step, buffer_span(&stick->frames[i]), &next, &effects)) == 0)
            keep(answer, &effects);
        assert_int_equal(rc, NAVETTE_E_NOT_FOUND);
    }
    effects_free(&effects);
    memstore_abort(input.state);
    memstore_abort(input.journal);
    return answer;
}

struct pair_stick *pair_stick_in(struct pair *pair, const struct pair_stick *stick, size_t lost, struct hub_stick_info *info, int *last)
{
    struct hub_stick *step = hub_stick_new();
    struct pair_stick *answer = NULL;
    struct store_txn *txn;

    assert_non_null(step);
    *last = hub_takes(pair, step, stick->id, NULL, buffer_span(&stick->frames[0]));
    if (*last == 0) {
        for (size_t i = 1; i < stick->count; i++)
            if (i != lost && type_of(&stick->frames[i]) == FRAME_PUSH)
                *last = hub_takes(pair, step, NULL, hub_stick_push, buffer_span(&stick->frames[i]));
        assert_int_equal(hub_takes(pair, step, NULL, step_state, span_of(NULL, 0)), 0);
        pair_fold(pair->state, pair->journal);
        answer = answer_of(pair, step, stick, lost);
    }
    txn = memstore_begin_read(pair->journal);
    assert_int_equal(hub_stick_info(step, txn, info), 0);
    memstore_abort(txn);
    hub_stick_free(step);
    return answer;
}

void pair_stick_back(struct pair *pair, const struct pair_stick *answer, size_t lost, struct node_stick_news *news, int *gap)
{
    struct pair_node *node = &pair->nodes[answer->node];
    uint8_t fresh[SALT_SIZE];
    int evict = 0;

    *gap = 0;
    for (size_t i = 0; i < answer->count; i++) {
        struct store_txn *txn = memstore_begin_write(node->store);
        struct node_input input = {.kind = NODE_TICK, .now_ms = pair->now_ms, .wall_ms = pair->now_ms, .fresh = fresh, .txn = txn};
        struct effects effects;
        int rc = 0;

        randombytes_buf(fresh, sizeof fresh);
        effects_init(&effects);
        if (i == 0)
            rc = node_stick_receipt(node->node, &input, buffer_span(&answer->frames[i]), news, &effects);
        else if (i != lost && type_of(&answer->frames[i]) == FRAME_FETCHED)
            rc = node_stick_fetched(node->node, &input, buffer_span(&answer->frames[i]), news, &effects);
        else if (i != lost && news->kind == NODE_STICK_TAKEN)
            rc = node_stick_delta(node->node, &input, buffer_span(&answer->frames[i]), news, &effects);
        *gap |= rc == NAVETTE_E_GAP;
        assert_true(rc == 0 || rc == NAVETTE_E_GAP);
        for (size_t k = 0; k < effects.count; k++)
            evict |= effects.list[k].kind == EFFECT_EVICT;
        effects_free(&effects);
        if (rc == 0 && i + 1 == answer->count)
            assert_int_equal(fold_refill(txn), 0);
        assert_int_equal(memstore_commit(txn), 0);
    }
    if (evict && !pair->evictions_wait)
        pair_evict(pair, answer->node);
    pair_fold(node->store, node->store);
    memcpy(node->incarnation, node_incarnation(node->node), INCARNATION_SIZE);
}
