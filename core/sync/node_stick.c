/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/node_stick.h"

#include <string.h>

#include "navette/frame.h"
#include "navette/journal_stub.h"
#include "sync/node_state.h"

/* What was given up here is at the hub, and in its backup: the stick begins behind the last batch that lacks some of it. */
static int pass_stubs(struct store_txn *txn, struct node_stick_plan *plan)
{
    struct ref ref = {.seq = plan->first};
    struct journal_pruned pruned;
    int rc = journal_pruned(txn, &pruned);

    memcpy(ref.incarnation, plan->incarnation, INCARNATION_SIZE);
    for (; rc == 0 && pruned.entries > 0 && ref.seq <= plan->last; ref.seq++) {
        struct batch_header header;
        struct journal_entry entry;

        rc = journal_find(txn, &ref, &entry);
        if (rc != NAVETTE_E_PRUNED) {
            continue;
        }
        rc = journal_batch(txn, ref.incarnation, ref.seq, &header);
        if (rc == 0) {
            plan->first = header.first_seq + header.count;
            ref.seq = plan->first - 1;
        }
    }
    return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
}

int node_stick_greet(struct node *node, const struct node_input *input, int all, struct node_stick_plan *plan, struct buffer *hello)
{
    int64_t said_ms, stated_ms;
    struct effects effects;
    struct log_head head;
    int rc = node_load(node, input->txn);

    if (rc == 0) {
        rc = journal_head(input->txn, node->incarnation, &head);
    }
    if (rc != 0) {
        return rc;
    }
    /* What is said on a stick is not said on the line: its timers stay. */
    said_ms = node->hello_ms;
    stated_ms = node->stated_ms;
    effects_init(&effects);
    rc = node_hello(node, input, NULL, &effects);
    node->hello_ms = said_ms;
    node->stated_ms = stated_ms;
    if (rc == 0) {
        rc = buffer_append(hello, effects.list[0].frame.data, effects.list[0].frame.len);
    }
    effects_free(&effects);
    memcpy(plan->incarnation, node->incarnation, INCARNATION_SIZE);
    plan->first = all ? 1 : node->record.durable + 1;
    plan->last = head.seq;
    return rc != 0 ? rc : pass_stubs(input->txn, plan);
}

int node_stick_push(struct store_txn *txn, const uint8_t incarnation[INCARNATION_SIZE], uint64_t first, struct buffer *frame,
                    uint64_t *last)
{
    uint8_t header[FRAME_HEADER_SIZE];
    struct buffer body = {.len = 0};
    int rc = log_push_body(txn, incarnation, first, &body, last);

    if (rc == 0) {
        frame_header(FRAME_PUSH, 0, buffer_span(&body), (uint32_t)body.len, header);
        rc = buffer_append(frame, header, sizeof header);
    }
    if (rc == 0) {
        rc = buffer_append(frame, body.data, body.len);
    }
    buffer_free(&body);
    return rc;
}

/* ---- the receipt */

static int is_last(const struct lineage *lineage, const Navette__Welcome *welcome)
{
    return lineage->count > 0 && welcome->n_epochs > 0 &&
           memcmp(lineage_last(lineage)->id, welcome->epochs[welcome->n_epochs - 1]->epoch.data, EPOCH_SIZE) == 0;
}

/* Written before a restoration that this node knows of: its last epoch is one that has ended since. */
static int is_of_an_ended_epoch(const struct node *node, const Navette__Welcome *welcome)
{
    if (welcome->n_epochs == 0) {
        return node->lineage.count > 0;
    }
    for (size_t i = 0; i + 1 < node->lineage.count; i++) {
        if (memcmp(node->lineage.epochs[i].id, welcome->epochs[welcome->n_epochs - 1]->epoch.data, EPOCH_SIZE) == 0) {
            return 1;
        }
    }
    return 0;
}

/*
 * A hub on a standing line has told which journal it writes: an answer of another one is of a hub that was put back since, also when that one's epoch is not among those that the new one came
 * from. Should it be a later one, the next connection tells.
 */
static int is_of_another_line(const struct node *node, const Navette__Welcome *welcome)
{
    return node->link == NODE_STREAMING && node->lineage.count > 0 && welcome->n_epochs > 0 && !is_last(&node->lineage, welcome);
}

/* Is the hub's entry at this number, of a log of ours, here? 1, 0, or a code. */
static int is_ours(const struct node_input *input, const Navette__LogHead *held)
{
    uint8_t hash[HASH_SIZE];
    int rc = held->incarnation.len == INCARNATION_SIZE ? journal_hash_at(input->txn, held->incarnation.data, held->seq, hash)
                                                       : NAVETTE_E_NOT_FOUND;

    if (rc != 0) {
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    return held->seq == 0 || (held->hash.len == HASH_SIZE && memcmp(hash, held->hash.data, HASH_SIZE) == 0);
}

/* Its end is here, and no batch can begin behind it: what was open in a backup was sealed since. Of an end before what is known to be safe that was settled then. */
static int is_inside(const struct node *node, const struct node_input *input, const Navette__LogHead *held, int moved)
{
    return held->seq >= node->record.durable || moved ? node_is_parted(node, input, held) : 0;
}

/* The hub holds another end of this log: from common on, where they part, it goes on under a child, as after a greeting on a line. */
static int part(struct node *node, const struct node_input *input, const Navette__Welcome *welcome, const Navette__LogHead *common,
                struct node_stick_news *news, struct effects *effects)
{
    struct log_head head;
    int rc;

    if (node->link != NODE_OFFLINE || input->fresh == NULL) {
        news->kind = NODE_STICK_LINE;
        return 0;
    }
    rc = common != NULL ? is_ours(input, common) : 0;
    if (rc <= 0) {
        news->kind = NODE_STICK_UNCLEAR;
        return rc;
    }
    rc = journal_head(input->txn, node->incarnation, &head);
    if (rc != 0) {
        return rc;
    }
    news->kind = head.seq > common->seq ? NODE_STICK_FORKED : NODE_STICK_RESTORED;
    return node_begin_child(node, input, common->seq, welcome->held->seq, effects);
}

static void heard(struct node *node, const Navette__Welcome *welcome)
{
    if (welcome->hub_cursor > node->record.hub_cursor) {
        node->record.hub_cursor = welcome->hub_cursor;
    }
    /* When it was told, by this node's clock, is not known: only how far the hub's had come. */
    if (welcome->hub_time_ms > node->record.hub_time_ms) {
        node->record.hub_time_ms = welcome->hub_time_ms;
    }
    node->dirty = 1;
}

/* Which log this is about, and whether the hub's end of it is ours. 1: it is. */
static int settle(struct node *node, const struct node_input *input, const Navette__Welcome *welcome, int moved,
                  struct node_stick_news *news, struct effects *effects)
{
    const Navette__LogHead *held = welcome->held;
    int rc;

    /*
     * A log that was ended since: what it says of the journal still counts, if that log is here. To who has lost it the deltas lack what they leave out as the reader's own.
     */
    if (memcmp(held->incarnation.data, node->incarnation, INCARNATION_SIZE) != 0) {
        rc = held->seq == 0 ? 1 : is_ours(input, held);
        if (rc == 0) {
            news->kind = NODE_STICK_UNCLEAR;
        }
        return rc;
    }
    rc = is_ours(input, held);
    if (rc == 0) {
        return part(node, input, welcome, welcome->probed, news, effects);
    }
    if (rc < 0) {
        return rc;
    }
    rc = is_inside(node, input, held, moved);
    if (rc != 0) {
        return rc < 0 ? rc : part(node, input, welcome, held, news, effects);
    }
    if (held->seq > node->record.durable || moved) {
        rc = node_take_held(node, input, held);
        if (rc != 0) {
            return rc;
        }
        if (!node->record.giving) {
            node_settle_inflight(node, held->seq, input->now_ms);
        }
    }
    if (moved) {
        node->record.backed_up = 0;
    }
    node_note_backup(node, welcome->backed_up_seq, welcome->backed_up_ms);
    if (node->link == NODE_OFFLINE) {
        node->record.verdict = (uint32_t)welcome->verdict;
    }
    return 1;
}

/* A scope of a later epoch: the hub, which saw the older one in the greeting, tells everything from the beginning. */
static int take_scope(struct node *node, const struct node_input *input, const Navette__Welcome *welcome, struct effects *effects)
{
    int changes = welcome->scope_epoch > node->record.scope_epoch;
    int rc = 0;

    if (welcome->told != NULL && (changes || (!node->scope.known && welcome->scope_epoch == node->record.scope_epoch))) {
        rc = node_scope_take(node, input, welcome->told, welcome->scope_epoch, effects);
    } else if (changes) {
        node->record.scope_epoch = welcome->scope_epoch;
    }
    if (rc == 0 && changes) {
        node->record.cursor = 0;
    }
    return rc != 0 ? rc : node_scope_save(node, input->txn);
}

/*
 * Another journal is followed only with what it holds of the log that is written here: otherwise a number that the one before had acknowledged would be shown as
 * safe in one that may lack it, and no later stick would begin low enough to bring it.
 */
static int take_receipt(struct node *node, const struct node_input *input, const Navette__Welcome *welcome, struct node_stick_news *news,
                        struct effects *effects)
{
    int moved = 0;
    int rc = 0;

    news->verdict = welcome->verdict;
    if (is_of_an_ended_epoch(node, welcome) || is_of_another_line(node, welcome)) {
        news->kind = NODE_STICK_OLD;
        return 0;
    }
    if (welcome->n_epochs > 0 && !is_last(&node->lineage, welcome)) {
        if (memcmp(welcome->held->incarnation.data, node->incarnation, INCARNATION_SIZE) != 0) {
            news->kind = NODE_STICK_UNCLEAR;
            return 0;
        }
        rc = is_ours(input, welcome->held);
        if (rc == 1) {
            rc = node_follow(node, welcome, &moved, effects);
        }
    }
    heard(node, welcome);
    if (rc == 0) {
        rc = settle(node, input, welcome, moved, news, effects);
    }
    if (rc <= 0) {
        return rc;
    }
    return take_scope(node, input, welcome, effects);
}

int node_stick_receipt(struct node *node, const struct node_input *input, struct span bytes, struct node_stick_news *news,
                       struct effects *effects)
{
    struct frame frame;
    int rc = node_load(node, input->txn);

    memset(news, 0, sizeof *news);
    news->durable = node->record.durable;
    news->cursor = node->record.cursor;
    if (rc == 0) {
        rc = frame_decode(bytes, &frame);
    }
    if (rc != 0) {
        return rc == NAVETTE_E_MEMORY || error_is_fatal(rc) ? rc : NAVETTE_E_INVALID;
    }
    rc = NAVETTE_E_INVALID;
    if (frame.type == FRAME_WELCOME && ((const Navette__Welcome *)frame.message)->held != NULL) {
        rc = take_receipt(node, input, (const Navette__Welcome *)frame.message, news, effects);
    }
    frame_free(&frame);
    news->safe = node->record.durable;
    news->backed_up = node->record.backed_up;
    /* Told of a narrower scope by an answer: no step of a line may ever come to ask for it. */
    rc = rc != 0 ? rc : node_scope_evict(node, effects);
    return rc != 0 ? rc : node_record_save(node, input->txn);
}

/* ---- what the hub had for this node */

/*
 * The log that is written here is left out of an answer to a stick of it. One of another log that lies behind has it: numbers of it that are not here are of this store before it was put back,
 * and would be written a second time. The next stick is of this log, and the answer to it settles that.
 */
static int has_own(const struct node *node, const struct node_input *input, const Navette__Delta *delta)
{
    struct log_head head;
    int rc = journal_head(input->txn, node->incarnation, &head);

    for (size_t i = 0; i < delta->n_entries && rc == 0; i++) {
        const Navette__DeltaEntry *in = delta->entries[i];

        if (in->source < delta->n_incarnations && in->seq > head.seq &&
            memcmp(delta->incarnations[in->source].data, node->incarnation, INCARNATION_SIZE) == 0) {
            return 1;
        }
    }
    return rc;
}

static int take_delta(struct node *node, const struct node_input *input, const Navette__Delta *delta, struct node_stick_news *news,
                      struct effects *effects)
{
    uint64_t before, after;
    int rc;

    if (delta->to < delta->from || delta->scope_epoch > node->record.scope_epoch) {
        return NAVETTE_E_INVALID;
    }
    /* Of a scope that has ended, or nothing new. */
    if (delta->scope_epoch < node->record.scope_epoch || delta->to <= node->record.cursor) {
        return 0;
    }
    if (delta->from > node->record.cursor || node->scope.evicting) {
        return NAVETTE_E_GAP;
    }
    rc = has_own(node, input, delta);
    if (rc != 0) {
        return rc < 0 ? rc : NAVETTE_E_GAP;
    }
    rc = journal_tail(input->txn, &before);
    for (size_t i = 0; i < delta->n_entries && rc == 0; i++) {
        const Navette__DeltaEntry *in = delta->entries[i];

        rc = in->source < delta->n_incarnations && in->seq > 0 ? node_take_entry(node, input, delta, in, effects) : NAVETTE_E_INVALID;
    }
    if (rc == 0) {
        rc = node_keep_seals(input, delta, effects);
    }
    if (rc == 0) {
        rc = journal_tail(input->txn, &after);
    }
    if (rc != 0) {
        return rc;
    }
    news->taken += after - before;
    node->record.cursor = delta->to;
    node->dirty = 1;
    node_settle_back(node);
    return 0;
}

int node_stick_delta(struct node *node, const struct node_input *input, struct span bytes, struct node_stick_news *news,
                     struct effects *effects)
{
    struct frame frame;
    int rc = node_load(node, input->txn);

    if (rc == 0) {
        rc = frame_decode(bytes, &frame);
    }
    if (rc != 0) {
        return rc == NAVETTE_E_MEMORY || error_is_fatal(rc) ? rc : NAVETTE_E_INVALID;
    }
    rc = NAVETTE_E_INVALID;
    if (frame.type == FRAME_DELTA) {
        rc = take_delta(node, input, (const Navette__Delta *)frame.message, news, effects);
    }
    frame_free(&frame);
    return rc != 0 ? rc : node_record_save(node, input->txn);
}
