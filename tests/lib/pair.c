/* SPDX-License-Identifier: Apache-2.0 */
#include "pair.h"

#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "navette/frame.h"
#include "pair_snapshot.h"
/* cmocka.h wants these before it */
#include <setjmp.h>

#include <cmocka.h>

static void next_salt(struct pair *pair, uint8_t salt[SALT_SIZE])
{
    memset(salt, 0, SALT_SIZE);
    write_u64(salt, ++pair->salt);
}

void pair_push(struct pair_queue *queue, uint64_t session, const struct buffer *frame)
{
    struct pair_frame *slot = &queue->frames[queue->count];

    assert_true(queue->count < PAIR_QUEUE);
    queue->count++;
    slot->session = session;
    buffer_init(&slot->bytes);
    assert_int_equal(buffer_append(&slot->bytes, frame->data, frame->len), 0);
}

static void queue_shift(struct pair_queue *queue)
{
    buffer_free(&queue->frames[0].bytes);
    queue->count--;
    memmove(queue->frames, queue->frames + 1, queue->count * sizeof queue->frames[0]);
}

static void queue_empty(struct pair_queue *queue)
{
    while (queue->count > 0) {
        buffer_free(&queue->frames[--queue->count].bytes);
    }
}

static struct pair_node *node_of_session(struct pair *pair, uint64_t session)
{
    for (size_t i = 0; i < pair->node_count; i++) {
        if (pair->nodes[i].session == session && session != 0) {
            return &pair->nodes[i];
        }
    }
    return NULL;
}

static int seal_in(struct store_txn *txn, const uint8_t *incarnation, const uint8_t *secret)
{
    struct batch_header header;
    uint8_t bytes[BATCH_SIGNED_SIZE];
    int rc = log_seal_prepare(txn, incarnation, &header);

    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    batch_signed_bytes(&header, bytes);
    crypto_sign_detached(header.signature, NULL, bytes, sizeof bytes, secret);
    return log_seal_store(txn, &header);
}

static void seal(struct memstore *store, const uint8_t *incarnation, const uint8_t *secret)
{
    struct store_txn *txn = memstore_begin_write(store);

    assert_int_equal(seal_in(txn, incarnation, secret), 0);
    assert_int_equal(memstore_commit(txn), 0);
}

/* What the hub said stands in a signed batch before anything else is journaled. */
static int seal_recorded(struct pair *pair, struct store_txn *txn)
{
    return hub_recorded(pair->hub) && pair->lineage.count > 0 ? seal_in(txn, pair->hub_incarnation, pair->hub_secret) : 0;
}

static void note_frame(struct pair *pair, const struct buffer *bytes)
{
    struct frame frame;

    assert_int_equal(frame_decode(buffer_span(bytes), &frame), 0);
    if (frame.type == FRAME_ACK) {
        pair->acks++;
    } else if (frame.type == FRAME_NACK) {
        pair->nacks++;
        pair->last_nack = ((const Navette__Nack *)frame.message)->reason;
    } else if (frame.type == FRAME_BYE) {
        pair->byes++;
    }
    frame_free(&frame);
}

static void hub_effects(struct pair *pair, struct effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        struct effect *effect = &effects->list[i];
        struct pair_node *node = node_of_session(pair, effect->session);

        if (effect->kind == EFFECT_SEND) {
            note_frame(pair, &effect->frame);
            if (node != NULL) {
                pair_push(&node->down, effect->session, &effect->frame);
            }
        } else if (effect->kind == EFFECT_REFOLD) {
            pair_refold(pair);
        } else if (effect->kind == EFFECT_SEAL) {
            seal(pair->journal, pair->hub_incarnation, pair->hub_secret);
        } else if (effect->kind == EFFECT_SNAPSHOT && node != NULL) {
            pair_snapshot_answer(pair, node, effect);
        }
    }
    effects_clear(effects);
}

static void start_hub(struct pair *pair)
{
    struct hub_options options = {.credit_bytes = LIMIT_CREDIT_BYTES, .session_idle_ms = 180000, .snapshot_rows = pair->snapshot_rows};
    struct store_txn *txn = memstore_begin_read(pair->journal);

    memcpy(options.node, pair->hub_id, NODE_ID_SIZE);
    memcpy(options.incarnation, pair->hub_incarnation, INCARNATION_SIZE);
    memcpy(options.sign_key, pair->hub_public, KEY_SIZE);
    memcpy(options.root_key, pair->hub_root, KEY_SIZE);
    options.lineage = pair->lineage;
    pair->hub = hub_new(&options);
    assert_non_null(pair->hub);
    assert_int_equal(hub_load_nodes(pair->hub, txn), 0);
    memstore_abort(txn);
}

struct pair *pair_new(void)
{
    struct pair *pair = calloc(1, sizeof *pair);
    const uint8_t none[INCARNATION_SIZE] = {0};
    struct store_txn *txn;

    assert_non_null(pair);
    assert_true(sodium_init() >= 0);
    pair->checked = hub_checked_new();
    assert_non_null(pair->checked);
    pair->journal = memstore_new();
    pair->state = memstore_new();
    pair->now_ms = INT64_C(1587117600000); /* 17 April 2020 */
    memset(pair->hub_id, 0xf0, NODE_ID_SIZE);
    memset(pair->hub_incarnation, 0xf1, INCARNATION_SIZE);
    crypto_sign_keypair(pair->hub_public, pair->hub_secret);
    txn = memstore_begin_write(pair->journal);
    assert_int_equal(log_start(txn, pair->hub_incarnation, none, pair->hub_id), 0);
    assert_int_equal(memstore_commit(txn), 0);
    start_hub(pair);
    return pair;
}

void pair_free(struct pair *pair)
{
    for (size_t i = 0; i < pair->node_count; i++) {
        queue_empty(&pair->nodes[i].down);
        node_free(pair->nodes[i].node);
        memstore_free(pair->nodes[i].store);
        memstore_free(pair->nodes[i].stage);
    }
    pair_snapshot_free(pair->snapshot);
    queue_empty(&pair->up);
    hub_checked_free(pair->checked);
    hub_free(pair->hub);
    memstore_free(pair->journal);
    memstore_free(pair->state);
    free(pair);
}

static void start_node(struct pair_node *node)
{
    struct node_options options = {.ping_ms = 10000, .dead_ms = 60000, .pull_bytes = node->pull_bytes};
    struct store_txn *txn = memstore_begin_write(node->store);

    randombytes_buf(node->process, sizeof node->process);
    memcpy(options.node, node->id, NODE_ID_SIZE);
    memcpy(options.incarnation, node->first, INCARNATION_SIZE);
    memcpy(options.process, node->process, 16);
    options.hub_keys = pair_trusted(node);
    options.keep_ms = node->keep_ms;
    node->node = node_new(&options);
    assert_non_null(node->node);
    assert_int_equal(node_load(node->node, txn), 0);
    memcpy(node->incarnation, node_incarnation(node->node), INCARNATION_SIZE);
    memstore_abort(txn);
    if (node->stage != NULL) {
        txn = memstore_begin_read(node->stage);
        (void)node_stage_resume(node->node, txn);
        memstore_abort(txn);
    }
}

static void hub_own(struct pair *pair, Navette__Event *body)
{
    struct store_txn *txn = memstore_begin_write(pair->journal);
    uint8_t salt[SALT_SIZE];

    next_salt(pair, salt);
    assert_int_equal(hub_record(pair->hub, txn, body, salt, pair->now_ms, NULL), 0);
    assert_int_equal(seal_recorded(pair, txn), 0);
    assert_int_equal(memstore_commit(txn), 0);
    pair_fold(pair->state, pair->journal);
}

void pair_enrol_again(struct pair *pair, struct pair_node *node, Navette__Role role, Navette__Scope scope)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__NodeEnrolled enrolled = NAVETTE__NODE_ENROLLED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char hex[2 * NODE_ID_SIZE + 1];
    char *places[1] = {node->place};

    hex_encode(node->id, NODE_ID_SIZE, hex);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = hex;
    enrolled.node = &thing;
    enrolled.curve_key = (ProtobufCBinaryData){KEY_SIZE, node->curve_key};
    enrolled.sign_key = (ProtobufCBinaryData){KEY_SIZE, node->sign_public};
    enrolled.n_places = 1;
    enrolled.places = places;
    enrolled.role = role;
    enrolled.scope = scope;
    body.body_case = NAVETTE__EVENT__BODY_NODE_ENROLLED;
    body.node_enrolled = &enrolled;
    hub_own(pair, &body);
}

size_t pair_enrol(struct pair *pair, const char *place, Navette__Role role, Navette__Scope scope)
{
    struct pair_node *node = &pair->nodes[pair->node_count];
    const uint8_t none[INCARNATION_SIZE] = {0};
    struct store_txn *txn;

    assert_true(pair->node_count < PAIR_NODES);
    strncpy(node->place, place, LIMIT_PLACE_CODE);
    memset(node->id, (int)(0x10 + pair->node_count), NODE_ID_SIZE);
    memset(node->first, (int)(0x20 + pair->node_count), INCARNATION_SIZE);
    memcpy(node->incarnation, node->first, INCARNATION_SIZE);
    memset(node->curve_key, (int)(0x30 + pair->node_count), KEY_SIZE);
    crypto_sign_keypair(node->sign_public, node->sign_secret);
    node->store = memstore_new();
    txn = memstore_begin_write(node->store);
    assert_int_equal(log_start(txn, node->incarnation, none, node->id), 0);
    assert_int_equal(memstore_commit(txn), 0);
    start_node(node);
    pair_enrol_again(pair, node, role, scope);
    return pair->node_count++;
}

void pair_decide(struct pair *pair, Navette__Event *body)
{
    hub_own(pair, body);
}

void pair_revoke(struct pair *pair, size_t index)
{
    char hex[2 * NODE_ID_SIZE + 1];
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__NodeRevoked revoked = NAVETTE__NODE_REVOKED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;

    hex_encode(pair->nodes[index].id, NODE_ID_SIZE, hex);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = hex;
    revoked.node = &thing;
    revoked.reason = NAVETTE__REASON__REASON_KEY_LOST;
    body.body_case = NAVETTE__EVENT__BODY_NODE_REVOKED;
    body.node_revoked = &revoked;
    hub_own(pair, &body);
}

static void node_effects(struct pair *pair, struct pair_node *node, struct effects *effects, int *sealed);

static void state_frontier(const struct pair *pair, const struct pair_node *node, Navette__Frontier *frontier, uint8_t *signature)
{
    uint8_t bytes[FRONTIER_SIGNED_SIZE];

    frontier->hub_time_ms += pair->frontier_lie_ms;
    frontier_signed_bytes(frontier, bytes);
    crypto_sign_detached(signature, NULL, bytes, sizeof(bytes), node->sign_secret);
    signature[0] = (uint8_t)(signature[0] ^ pair->frontier_damage);
    frontier->signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
}

static void node_give_staged(struct pair *pair, struct pair_node *node, enum node_input_kind kind, struct span bytes, uint32_t staged)
{
    struct effects effects;
    int sealed = 0;

    effects_init(&effects);
    do {
        struct store_txn *txn = memstore_begin_write(node->store);
        struct node_input input = {.kind = sealed ? NODE_SEALED : kind,
                                   .now_ms = pair->now_ms,
                                   .wall_ms = pair->now_ms + node->clock_off_ms,
                                   .bytes = bytes,
                                   .staged = staged,
                                   .txn = txn};
        Navette__Frontier frontier;
        uint8_t signature[SIGNATURE_SIZE];
        uint8_t fresh[SALT_SIZE];

        randombytes_buf(fresh, sizeof fresh);
        input.fresh = fresh;
        if (node_frontier(node->node, txn, &frontier) == 0) {
            state_frontier(pair, node, &frontier, signature);
            input.frontier = &frontier;
        }
        assert_int_equal(node_step(node->node, &input, &effects), 0);
        assert_int_equal(memstore_commit(txn), 0);
        memcpy(node->incarnation, node_incarnation(node->node), INCARNATION_SIZE);
        sealed = 0;
        node_effects(pair, node, &effects, &sealed);
    } while (sealed);
    effects_free(&effects);
    pair_fold(node->store, node->store);
    pair_look(node);
}

static void node_give(struct pair *pair, struct pair_node *node, enum node_input_kind kind, struct span bytes)
{
    node_give_staged(pair, node, kind, bytes, 0);
}

static void stage(struct pair *pair, struct pair_node *node, const struct effect *effect)
{
    uint32_t next = 0;

    assert_int_equal(pair_snapshot_stage(node, effect, &next), 0);
    node_give_staged(pair, node, NODE_STAGED, span_of(NULL, 0), next);
}

static void node_effects(struct pair *pair, struct pair_node *node, struct effects *effects, int *sealed)
{
    int reconnect = 0;
    int evict = 0;

    for (size_t i = 0; i < effects->count; i++) {
        struct effect *effect = &effects->list[i];

        if (effect->kind == EFFECT_SEND && node->session != 0) {
            pair_push(&pair->up, node->session, &effect->frame);
        } else if (effect->kind == EFFECT_SEAL) {
            seal(node->store, node->incarnation, node->sign_secret);
            *sealed = 1;
        } else if (effect->kind == EFFECT_STAGE) {
            stage(pair, node, effect);
        } else if (effect->kind == EFFECT_RECONNECT) {
            reconnect = 1;
        } else if (effect->kind == EFFECT_EVICT) {
            evict = 1;
        }
    }
    effects_clear(effects);
    if (evict && !pair->evictions_wait) {
        pair_evict(pair, (size_t)(node - pair->nodes));
    }
    if (reconnect) {
        node->reconnects++;
        pair_disconnect(pair, (size_t)(node - pair->nodes));
    }
}

void pair_connect(struct pair *pair, size_t index)
{
    struct pair_node *node = &pair->nodes[index];

    pair_disconnect(pair, index);
    node->session = ++pair->next_session;
    node_give(pair, node, NODE_CONNECTED, span_of(NULL, 0));
}

void pair_disconnect(struct pair *pair, size_t index)
{
    struct pair_node *node = &pair->nodes[index];

    if (node->session == 0) {
        return;
    }
    for (size_t i = pair->up.count; i-- > 0;) {
        if (pair->up.frames[i].session == node->session) {
            buffer_free(&pair->up.frames[i].bytes);
            memmove(&pair->up.frames[i], &pair->up.frames[i + 1], (pair->up.count - i - 1) * sizeof pair->up.frames[0]);
            pair->up.count--;
        }
    }
    queue_empty(&node->down);
    node->session = 0;
    node_give(pair, node, NODE_LOST, span_of(NULL, 0));
}

void pair_restart_node(struct pair *pair, size_t index)
{
    struct pair_node *node = &pair->nodes[index];

    queue_empty(&node->down);
    node->session = 0;
    node_free(node->node);
    start_node(node);
}

void pair_restore_node(struct pair *pair, size_t index, struct memstore *store)
{
    memstore_free(pair->nodes[index].store);
    pair->nodes[index].store = store;
    pair_restart_node(pair, index);
}

void pair_restart_hub(struct pair *pair)
{
    hub_free(pair->hub);
    queue_empty(&pair->up);
    start_hub(pair);
}

void pair_seal_hub(struct pair *pair)
{
    seal(pair->journal, pair->hub_incarnation, pair->hub_secret);
}

/* One step over read transactions, and its effects. */
static void hub_look(struct pair *pair, enum hub_input_kind kind, int error)
{
    struct effects effects;
    struct hub_input input = {.kind = kind, .now_ms = pair->now_ms, .error = error};

    effects_init(&effects);
    input.journal = memstore_begin_read(pair->journal);
    input.state = memstore_begin_read(pair->state);
    assert_int_equal(hub_step(pair->hub, &input, &effects), 0);
    memstore_abort(input.state);
    memstore_abort(input.journal);
    hub_effects(pair, &effects);
    effects_free(&effects);
}

static struct hub_checked *look_ahead(struct pair *pair, const uint8_t *curve_key, struct span bytes)
{
    const struct hub_node *node = hub_node_by_key(pair->hub, curve_key);

    if (node == NULL || (pair->frames_taken++ % 2 == 0 && !pair->look_with_before)) {
        return NULL;
    }
    hub_check(pair->checked, pair->look_with_before ? &pair->before : node, bytes);
    return pair->checked;
}

size_t pair_hub_round(struct pair *pair, size_t max)
{
    struct effects effects;
    struct store_txn *txn = memstore_begin_write(pair->journal);
    size_t taken = 0;
    int rc = 0;

    effects_init(&effects);
    memstore_fail_at(pair->journal, pair->fail_at, NAVETTE_E_FULL);
    while (taken < max && pair->up.count > 0 && rc == 0) {
        uint8_t salt[SALT_SIZE];
        struct pair_node *node = node_of_session(pair, pair->up.frames[0].session);
        struct hub_input input = {
            .kind = HUB_FRAME, .now_ms = pair->now_ms, .session = pair->up.frames[0].session, .journal = txn, .salt = salt};

        next_salt(pair, salt);
        if (node != NULL) {
            input.curve_key = node->curve_key;
            input.bytes = buffer_span(&pair->up.frames[0].bytes);
            input.checked = look_ahead(pair, input.curve_key, input.bytes);
            rc = hub_step(pair->hub, &input, &effects);
            if (rc == 0) {
                rc = seal_recorded(pair, txn);
            }
        }
        queue_shift(&pair->up);
        taken++;
    }
    if (rc == 0) {
        uint8_t salt[SALT_SIZE];
        struct hub_input input = {.kind = HUB_ROUND, .now_ms = pair->now_ms, .journal = txn, .salt = salt};

        next_salt(pair, salt);
        rc = hub_step(pair->hub, &input, &effects);
        if (rc == 0) {
            rc = seal_recorded(pair, txn);
        }
    }
    pair->fail_struck = pair->fail_at != 0 && !memstore_fail_pending(pair->journal);
    pair->fail_at = 0;
    memstore_fail_at(pair->journal, 0, 0);
    if (rc == 0 && pair->commit_failure != 0) {
        memstore_fail_commit(pair->journal, pair->commit_failure);
        pair->commit_failure = 0;
    }
    if (rc == 0) {
        rc = memstore_commit(txn);
    } else {
        memstore_abort(txn);
    }
    pair->step_failure = rc;
    if (rc == 0) {
        hub_effects(pair, &effects);
        hub_look(pair, HUB_STORED, 0);
        pair_fold(pair->state, pair->journal);
        hub_look(pair, HUB_TAIL, 0);
    } else {
        effects_clear(&effects);
        hub_look(pair, HUB_FAILED, rc);
    }
    effects_free(&effects);
    return taken;
}

size_t pair_node_round(struct pair *pair, size_t index)
{
    struct pair_node *node = &pair->nodes[index];
    size_t taken = 0;

    while (node->down.count > 0) {
        struct pair_frame frame = node->down.frames[0];

        node->down.count--;
        memmove(node->down.frames, node->down.frames + 1, node->down.count * sizeof node->down.frames[0]);
        if (frame.session == node->session) {
            node_give(pair, node, NODE_FRAME, buffer_span(&frame.bytes));
        }
        buffer_free(&frame.bytes);
        taken++;
    }
    return taken + (size_t)pair_snapshot_turn(pair, index);
}

void pair_tick(struct pair *pair, int64_t ms)
{
    pair->now_ms += ms;
    for (size_t i = 0; i < pair->node_count; i++) {
        if (node_deadline(pair->nodes[i].node) <= pair->now_ms) {
            node_give(pair, &pair->nodes[i], NODE_TICK, span_of(NULL, 0));
        }
    }
    if (hub_deadline(pair->hub) <= pair->now_ms) {
        hub_look(pair, HUB_TICK, 0);
    }
    if (hub_round_deadline(pair->hub) <= pair->now_ms) {
        (void)pair_hub_round(pair, 0);
    }
}

int pair_settle(struct pair *pair)
{
    for (int minute = 0; minute < 60; minute++) {
        size_t moved = 1;
        int rest = 1;

        for (int round = 0; round < 1000 && moved > 0; round++) {
            moved = pair->up.count > 0 ? pair_hub_round(pair, 64) : 0;
            for (size_t i = 0; i < pair->node_count; i++) {
                moved += pair_node_round(pair, i);
            }
        }
        for (size_t i = 0; i < pair->node_count; i++) {
            struct node_progress progress = pair_progress(pair, i);

            rest = rest && (progress.in_step || pair->nodes[i].session == 0);
        }
        if (rest && minute > 0) {
            return 1;
        }
        pair_tick(pair, 1000);
        for (size_t i = 0; i < pair->node_count; i++) {
            if (pair->nodes[i].session != 0) {
                node_ask(pair->nodes[i].node);
            }
        }
        pair_tick(pair, 1000);
    }
    return 0;
}

uint64_t pair_hub_head(struct pair *pair, size_t index)
{
    struct store_txn *txn = memstore_begin_read(pair->journal);
    struct log_head head;
    int rc = journal_head(txn, pair->nodes[index].incarnation, &head);

    memstore_abort(txn);
    return rc == 0 ? head.seq : 0;
}
