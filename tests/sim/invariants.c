/* SPDX-License-Identifier: Apache-2.0 */
#include "invariants.h"

#include <inttypes.h>
#include <string.h>

#include "navette/frame.h"
#include "world.h"

#define EFFECT_BYTES_MAX (32u * 1024u * 1024u) /* memory of one step's answers */

static size_t log_of(const struct world *world, const Navette__LogHead *head)
{
    return head == NULL || head->incarnation.len != INCARNATION_SIZE ? TRUTH_LOGS : truth_find_log(&world->truth, head->incarnation.data);
}

static void check_ack(struct world *world, const Navette__Ack *ack)
{
    size_t which = log_of(world, ack->held);

    if (ack->level > NAVETTE__ACK_LEVEL__ACK_DURABLE) {
        world_fail(world, "ack-level", "level %d", (int)ack->level);
    }
    /* Nothing is said of a log that somebody has invented. */
    if (ack->held != NULL && ack->held->seq == 0) {
        return;
    }
    if (which == TRUTH_LOGS || ack->held->seq > world->truth.logs[which].held) {
        world_fail(world, "ack-not-synced", "ACK %" PRIu64 ", synced %" PRIu64, ack->held == NULL ? 0 : ack->held->seq,
                   which == TRUTH_LOGS ? 0 : world->truth.logs[which].held);
    }
}

/* What is said to be in the backup is in it. */
static void check_backed_up(struct world *world, size_t node, const Navette__LogHead *held, uint64_t seq)
{
    size_t which = held == NULL ? world->nodes[node].log : log_of(world, held);
    const struct truth_log *log = &world->truth.logs[which];

    if (seq > 0 && (which == TRUTH_LOGS || seq > log->held || truth_position(log, seq) > world->hub.backup_rows)) {
        world_fail(world, "backup-false", "node %zu is told that %" PRIu64 " is in the backup of the first %" PRIu64 " positions", node,
                   seq, world->hub.backup_rows);
    }
}

/* A word that alarms is said only of a machine to which something was done. */
static void check_verdict(struct world *world, size_t node, Navette__Verdict verdict)
{
    const struct node_host *host = &world->nodes[node];
    int done = 0;

    world->tally.coverage.hello[(size_t)verdict % COVERAGE_HELLO]++;
    switch (verdict) {
    case NAVETTE__VERDICT__VERDICT_NODE_RESTORED:
    case NAVETTE__VERDICT__VERDICT_FORK:
        done = host->restored > 0 || host->copied || host->damaged || host->hostile;
        break;
    case NAVETTE__VERDICT__VERDICT_CLONE:
        done = host->copied || host->hostile;
        break;
    case NAVETTE__VERDICT__VERDICT_HUB_RESTORED:
        done = world->hub.restored > 0 || host->hostile;
        break;
    case NAVETTE__VERDICT__VERDICT_IN_STEP:
    case NAVETTE__VERDICT__VERDICT_HUB_BEHIND:
    case NAVETTE__VERDICT__VERDICT_RESET:
    case NAVETTE__VERDICT__VERDICT_PROBE:
    case NAVETTE__VERDICT__VERDICT_REFUSED:
        done = 1;
        break;
    default:
        break;
    }
    if (!done) {
        world_fail(world, "false-alarm", "node %zu is told %s", node, link_verdict_name(verdict));
    }
}

static void check_hub_frame(struct world *world, uint64_t session, struct span bytes)
{
    struct line *line = network_line(world, session);
    struct frame frame;
    int rc = frame_decode(bytes, &frame);

    if (rc != 0 || line == NULL) {
        world_fail(world, "frame-broken", "hub to session %" PRIu64 ": %s", session, error_text(rc));
        return;
    }
    if ((world->hub.revoked >> line->node & 1u) != 0 && frame.type != FRAME_BYE && frame.type != FRAME_NACK) {
        world_fail(world, "revoked-served", "%s to node %zu", frame_type_name(frame.type), line->node);
    }
    /* Who spoke on a line that its node has left may have had another disk. */
    if ((frame.type == FRAME_ACK || frame.type == FRAME_DELTA) && line->node_up && twin_is_held(world, line->node)) {
        world_fail(world, "clone-served", "%s to node %zu, which is held", frame_type_name(frame.type), line->node);
    }
    if (frame.type == FRAME_ACK) {
        check_ack(world, (const Navette__Ack *)frame.message);
        check_backed_up(world, line->node, ((const Navette__Ack *)frame.message)->held,
                        ((const Navette__Ack *)frame.message)->backed_up_seq);
    } else if (frame.type == FRAME_WELCOME) {
        check_backed_up(world, line->node, ((const Navette__Welcome *)frame.message)->held,
                        ((const Navette__Welcome *)frame.message)->backed_up_seq);
        check_verdict(world, line->node, ((const Navette__Welcome *)frame.message)->verdict);
    }
    frame_free(&frame);
}

static void check_bounds(struct world *world, const char *who, const struct effects *effects)
{
    size_t bytes = 0;

    for (size_t i = 0; i < effects->count; i++) {
        bytes += effects->list[i].frame.len;
        if (effects->list[i].frame.len > LIMIT_FRAME_BYTES) {
            world_fail(world, "frame-size", "%s: %zu bytes", who, effects->list[i].frame.len);
        }
    }
    if (effects->count > EFFECTS_MAX || bytes > EFFECT_BYTES_MAX) {
        world_fail(world, "effects-bound", "%s: %zu effects, %zu bytes", who, effects->count, bytes);
    }
}

void invariants_hub_effects(struct world *world, const struct effects *effects, size_t first)
{
    check_bounds(world, "hub", effects);
    for (size_t i = first; i < effects->count && !world->failed; i++) {
        if (effects->list[i].kind == EFFECT_SEND) {
            check_hub_frame(world, effects->list[i].session, buffer_span(&effects->list[i].frame));
        }
    }
}

/* Bytes of the events in [from, to] of a node's log. */
static uint64_t log_bytes(const struct world *world, size_t node, uint64_t from, uint64_t to)
{
    uint64_t bytes = 0;

    for (uint64_t seq = from; seq <= to && seq <= world->nodes[node].own.count; seq++) {
        bytes += truth_own(world, node, seq)->len;
    }
    return bytes;
}

/* Of another log, given back to a hub that lost it: what lies here. */
static void check_given(struct world *world, size_t node, const Navette__Batch *batch)
{
    size_t which = batch->incarnation.len == INCARNATION_SIZE ? truth_find_log(&world->truth, batch->incarnation.data) : TRUTH_LOGS;

    for (uint64_t seq = batch->first_seq; seq < batch->first_seq + batch->n_events; seq++) {
        if (which == TRUTH_LOGS || !truth_shelf_has_number(world, node, which, seq)) {
            world_fail(world, "push-unsynced", "node %zu gives back number %" PRIu64 " of log %zu, which it does not hold", node, seq,
                       which);
            return;
        }
    }
}

/* Credit: what lies between the last acknowledgement and the last number sent may not exceed it, but for one batch that alone is larger. */
static void check_push(struct world *world, size_t node, const Navette__Push *push)
{
    struct node_host *host = &world->nodes[node];
    uint64_t last = push->batch == NULL ? 0 : push->batch->first_seq + push->batch->n_events - 1;

    if (push->batch != NULL && truth_find_log(&world->truth, push->batch->incarnation.data) != host->log) {
        check_given(world, node, push->batch);
        return;
    }
    if (push->batch == NULL || push->batch->n_events == 0 || last > host->own.count) {
        world_fail(world, "push-unsynced", "node %zu pushes up to %" PRIu64 ", synced %zu", node, last, host->own.count);
        return;
    }
    if (push->batch->first_seq > host->durable + 1 && host->credit > 0 && log_bytes(world, node, host->durable + 1, last) > host->credit) {
        world_fail(world, "credit", "node %zu has %" PRIu64 " bytes under way of %u", node, log_bytes(world, node, host->durable + 1, last),
                   host->credit);
    }
}

void invariants_node_effects(struct world *world, size_t node, const struct effects *effects)
{
    check_bounds(world, "node", effects);
    for (size_t i = 0; i < effects->count && !world->failed; i++) {
        struct frame frame;

        if (effects->list[i].kind != EFFECT_SEND) {
            continue;
        }
        int rc = frame_decode(buffer_span(&effects->list[i].frame), &frame);
        if (rc != 0) {
            world_fail(world, "frame-broken", "node %zu: %s", node, error_text(rc));
            return;
        }
        if (frame.type == FRAME_PUSH) {
            check_push(world, node, (const Navette__Push *)frame.message);
        }
        frame_free(&frame);
    }
}

void invariants_node_frame(struct world *world, size_t node, struct span bytes)
{
    struct node_host *host = &world->nodes[node];
    struct truth_log *log = &world->truth.logs[host->log];
    struct frame frame;

    if (frame_decode(bytes, &frame) != 0) {
        return;
    }
    if (frame.type == FRAME_ACK) {
        const Navette__Ack *ack = (const Navette__Ack *)frame.message;
        if (log_of(world, ack->held) == host->log && ack->level >= NAVETTE__ACK_LEVEL__ACK_DURABLE && ack->held->seq > log->acked) {
            log->acked = ack->held->seq;
        }
    } else if (frame.type == FRAME_WELCOME) {
        host->credit = ((const Navette__Welcome *)frame.message)->credit_bytes;
    } else if (frame.type == FRAME_NACK) {
        world->tally.refusals++;
    }
    frame_free(&frame);
    if (log->acked > log->held && log->acked > log->promised) {
        world_fail(world, "durable-lost", "node %zu was told %" PRIu64 ", the hub's disk has %" PRIu64, node, log->acked, log->held);
    }
}

void invariants_hub_synced(struct world *world, struct store_txn *journal)
{
    uint64_t tail = 0;

    if (journal_tail(journal, &tail) != 0 || tail < world->truth.row_count) {
        world_fail(world, "watermark-back", "hub at %" PRIu64 ", was at %zu", tail, world->truth.row_count);
        return;
    }
    truth_read_hub(world, journal);
}

void invariants_hub_started(struct world *world)
{
    struct store_txn *txn = disk_read(world->hub.journal);

    for (size_t i = 0; i < world->truth.log_count; i++) {
        const struct truth_log *log = &world->truth.logs[i];
        struct log_head head;

        if (log->held > 0 && (journal_head(txn, log->incarnation, &head) != 0 || head.seq < log->held)) {
            world_fail(world, "durable-lost", "log %zu: the hub's head says less than %" PRIu64 " after a start", i, log->held);
        }
    }
    disk_end(world->hub.journal, txn);
}

/* In step, with an answer no older than the question: then all that the hub had stored when it was asked is here. */
static void check_in_step(struct world *world, size_t node, const struct node_progress *progress)
{
    struct node_host *host = &world->nodes[node];

    host->answered = progress->answered;
    for (size_t i = 0; progress->in_step && host->asked > 0 && host->answered >= host->asked && i < host->asked_rows; i++) {
        const struct truth_row *row = &world->truth.rows[i];
        int wanted = host->scope == NAVETTE__SCOPE__SCOPE_NETWORK || (row->concerns & host->places) != 0;

        if (wanted && row->log != host->log && !truth_shelf_has(&host->shelf, row->log, row->entry)) {
            world_fail(world, "in-step-false", "node %zu says so and lacks position %zu", node, i + 1);
            return;
        }
    }
}

/* Everything up to the cursor that a node of these places gets has to be here. */
static void check_cursor(struct world *world, size_t node, uint64_t cursor)
{
    struct node_host *host = &world->nodes[node];
    struct truth_shelf *shelf = &host->shelf;

    if (cursor > world->truth.row_count) {
        world_fail(world, "cursor-ahead", "node %zu at %" PRIu64 ", the hub's disk ends at %zu", node, cursor, world->truth.row_count);
        return;
    }
    for (; shelf->checked < cursor; shelf->checked++) {
        const struct truth_row *row = &world->truth.rows[shelf->checked];
        int wanted = host->scope == NAVETTE__SCOPE__SCOPE_NETWORK || (row->concerns & host->places) != 0;

        if (wanted && row->log != host->log && !truth_shelf_has(shelf, row->log, row->entry)) {
            world_fail(world, "cursor-ahead", "node %zu at %" PRIu64 " lacks position %" PRIu64 " (log %zu, %" PRIu64 ")", node, cursor,
                       shelf->checked + 1, row->log, row->seq);
            return;
        }
    }
}

/* Does it know of the journal that the hub writes now? What it says of one that is no more is of that one. */
static int is_of_this_journal(const struct world *world, const struct node_progress *progress)
{
    const struct lineage *lineage = &world->hub.lineage;

    return lineage->count < 2 || progress->epoch_ms == lineage_last(lineage)->begun_ms;
}

/* A step may have begun another log: from then on that is the one that it writes. */
static void note_incarnation(struct world *world, size_t node)
{
    struct node_host *host = &world->nodes[node];
    const uint8_t *incarnation = node_incarnation(host->node);
    size_t which = truth_find_log(&world->truth, incarnation);

    if (which == host->log) {
        return;
    }
    host->log = which == TRUTH_LOGS ? truth_add_log(&world->truth, incarnation, host->self) : which;
    world->tally.children += which == TRUTH_LOGS;
    host->own.count = host->own.holes = 0;
    host->told = host->durable = 0;
}

void invariants_node_synced(struct world *world, size_t node, struct store_txn *txn)
{
    struct node_host *host = &world->nodes[node];
    const struct truth_log *log;
    struct node_progress progress;
    int rc;

    note_incarnation(world, node);
    log = &world->truth.logs[host->log];
    truth_read_node(world, node, txn);
    if (host->recount) {
        host->recount = 0;
        host->told = host->own.count < host->told ? host->own.count : host->told;
        truth_mark_lost(world, host->self);
    }
    if (world->failed) {
        return;
    }
    rc = node_progress(host->node, txn, &progress);
    if (rc != 0) {
        world_fail(world, "step-result", "node %zu, node_progress: %s", node, error_text(rc));
        return;
    }
    if (progress.head != host->own.count || host->told > host->own.count) {
        world_fail(world, "scan-lost", "node %zu: head %" PRIu64 ", in its log %zu, answered %" PRIu64, node, progress.head,
                   host->own.count, host->told);
    }
    if (progress.durable > host->own.count || (progress.durable > log->held && is_of_this_journal(world, &progress))) {
        world_fail(world, "durable-lost", "node %zu shows %" PRIu64 " as safe, the hub's disk has %" PRIu64, node, progress.durable,
                   log->held);
    }
    /* Another scope begins again at 0, another journal where the two part. */
    if (progress.epoch_ms != host->epoch_ms) {
        host->durable = host->cursor = 0;
        host->epoch_ms = progress.epoch_ms;
    }
    if (progress.durable < host->durable || (progress.cursor < host->cursor && progress.cursor != 0)) {
        world_fail(world, "watermark-back", "node %zu: durable %" PRIu64 " after %" PRIu64 ", cursor %" PRIu64 " after %" PRIu64, node,
                   progress.durable, host->durable, progress.cursor, host->cursor);
    }
    host->durable = progress.durable;
    host->cursor = progress.cursor;
    if (!host->hostile && is_of_this_journal(world, &progress)) { /* who speaks for it also shifts its cursor */
        check_cursor(world, node, progress.cursor);
        check_in_step(world, node, &progress);
    }
}
