/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "invariants.h"
#include "mishap.h"
#include "navette/fold.h"
#include "navette/log.h"
#include "navette/pool.h"
#include "navette/verdict.h"
#include "rekey.h"
#include "rotation.h"
#include "shuffle.h"
#include "prune.h"
#include "world.h"

#define AUDIT_LATER_MS (INT64_C(2) * 86400000) /* longer than any grace */

static int hash_finding(const struct discrepancy_row *row, void *context)
{
    crypto_generichash_state *hash = context;

    if (row->state != DISCREPANCY_WITHDRAWN && !discrepancy_has_term(row->finding.kind)) {
        crypto_generichash_update(hash, row->subject.bytes, row->subject.len);
        crypto_generichash_update(hash, (const uint8_t *)&row->finding, sizeof(row->finding));
        crypto_generichash_update(hash, &row->state, sizeof(row->state));
    }
    return 0;
}

int audit_findings(struct store_txn *state, uint8_t digest[HASH_SIZE])
{
    crypto_generichash_state hash;
    int rc;

    crypto_generichash_init(&hash, NULL, 0, HASH_SIZE);
    rc = discrepancy_each(state, NULL, hash_finding, &hash);
    crypto_generichash_final(&hash, digest, HASH_SIZE);
    return rc;
}

/* What is kept of discrepancies is what the histories show; found: their digest. */
static void read_findings(struct world *world, const char *who, struct disk *state_disk, struct disk *journal_disk,
                          uint8_t found[HASH_SIZE])
{
    int whole = prune_give_back(world, who, journal_disk);
    struct store_txn *state = disk_read(state_disk);
    struct store_txn *journal = disk_read(journal_disk);
    int rc = whole ? discrepancy_check(state, journal) : 0;

    if (rc == 0) {
        rc = audit_findings(state, found);
    }
    if (rc != 0) {
        world_fail(world, "findings-kept", "%s: %s", who, error_text(rc));
    }
    disk_end(journal_disk, journal);
    disk_end(state_disk, state);
}

/* Bags without a tag are somewhere, whoever says what. */
static void check_pools(struct world *world)
{
    struct store_txn *state = disk_read(world->hub.state);
    struct pool_view view;
    int rc = pool_read(state, &view);

    if (rc != 0) {
        world_fail(world, "pool-balance", "%s", error_text(rc));
    }
    for (size_t i = 0; rc == 0 && i < view.count; i++) {
        const struct pool_row *row = &view.rows[i];

        if (row->place[0] == '\0' && row->here + row->with_person + row->in_transit + row->lost != row->owned) {
            world_fail(world, "pool-balance",
                       "%s: %" PRId64 " here, %" PRId64 " with persons, %" PRId64 " on the road, %" PRId64 " lost, %" PRId64 " owned",
                       row->kind, row->here, row->with_person, row->in_transit, row->lost, row->owned);
        }
    }
    if (rc == 0) {
        pool_free(&view);
    }
    disk_end(world->hub.state, state);
}

static int is_revoked(const struct world *world, size_t node)
{
    return (world->hub.revoked >> node & 1u) != 0;
}

/* Nothing is asked of those who were thrown out, whose disk has lost a bit, or who do what no node does; the others owe them nothing either. */
static int is_excused(const struct world *world, size_t node)
{
    return is_revoked(world, node) || world->nodes[node].damaged || world->nodes[node].hostile;
}

static int is_named(const struct world *world, const struct discrepancy_finding *finding, uint64_t places)
{
    for (size_t i = 0; i < finding->place_count; i++) {
        for (size_t k = 0; k < world->workload.place_count; k++) {
            int same =
                strcmp(finding->places[i], DISCREPANCY_ANYWHERE) == 0 || strcmp(finding->places[i], world->workload.places[k].code) == 0;

            if (same && (places >> k & 1u) != 0) {
                return 1;
            }
        }
    }
    return 0;
}

/* Whoever is concerned has told the hub all that was recorded before it opened: only then may it be anything but undecidable. Nobody waits for a node that is not enrolled yet. */
static void check_decided(struct world *world, const struct verdict_row *row, const int64_t *unheld_ms)
{
    for (size_t i = 0; i < world->node_count; i++) {
        const struct node_host *host = &world->nodes[i];

        if (is_excused(world, i) || !hub_host_admits(world, i) || host->copied ||
            !is_named(world, &row->what.finding, host->places & host->granted)) {
            continue;
        }
        if (unheld_ms[i] < row->opened_ms) {
            world_fail(world, "verdict-early", "%s is %s; node %zu recorded something before it opened that the hub has not got",
                       discrepancy_name(row->what.finding.kind), verdict_name(row->verdict), i);
        }
    }
}

/* Withdrawn after it was proven: by what was recorded since, or could not be known. What its own nodes had recorded before was waited for. */
static void check_wrong(struct world *world, const struct verdict_row *row)
{
    size_t which = truth_find_log(&world->truth, row->closed_by.incarnation);
    const struct truth_log *log = &world->truth.logs[which];
    size_t at = which == TRUTH_LOGS || row->closed_by.seq == 0 ? SIZE_MAX : truth_find_entry(log, row->closed_by.seq, row->closed_by.leaf);

    if (at == SIZE_MAX || log->owner == TRUTH_HUB || is_excused(world, log->owner) || world->nodes[log->owner].copied ||
        world->nodes[log->owner].restored > 0) {
        return;
    }
    if (log->entries[at].since_ms < row->opened_ms && is_named(world, &row->what.finding, world->nodes[log->owner].places)) {
        world_fail(world, "verdict-wrong", "%s was proven; node %zu had recorded what explains it before it opened",
                   discrepancy_name(row->what.finding.kind), log->owner);
    }
}

/* later_ms: as if so much more time had passed, and with it every grace: what nobody has to be waited for is then proven. */
static void check_verdicts(struct world *world, int64_t later_ms)
{
    struct store_txn *state = disk_read(world->hub.state);
    struct store_txn *journal = disk_read(world->hub.journal);
    struct verdict_options options = {.now_ms = world->now_ms + later_ms};
    int64_t unheld_ms[WORLD_NODES];
    struct verdict_view view;
    int rc = verdict_list(state, journal, &options, &view);

    if (rc != 0) {
        world_fail(world, "verdict-read", "%s", error_text(rc));
    }
    for (size_t i = 0; i < world->node_count; i++) {
        unheld_ms[i] = truth_unheld_since(world, i);
    }
    for (size_t i = 0; rc == 0 && i < view.count && !world->failed; i++) {
        const struct verdict_row *row = &view.rows[i];

        world->tally.coverage.findings[row->what.finding.kind][row->verdict]++;
        if (row->verdict == VERDICT_OPEN_PROVEN || row->verdict == VERDICT_OPEN_PROVISIONAL) {
            check_decided(world, row, unheld_ms);
        } else if (row->verdict == VERDICT_CLOSED_WITHDRAWN && row->was_proven) {
            world->tally.wrongly_proven++;
            check_wrong(world, row);
        }
    }
    if (rc == 0) {
        world->tally.undecidable += view.totals[VERDICT_OPEN_UNDECIDABLE];
        world->tally.proven += view.totals[VERDICT_OPEN_PROVEN];
        world->tally.withdrawn += view.totals[VERDICT_CLOSED_WITHDRAWN];
        verdict_free(&view);
    }
    disk_end(world->hub.journal, journal);
    disk_end(world->hub.state, state);
}

/* The edges that the histories of this run have walked, for the count. */
static void note_histories(struct world *world)
{
    const struct workload *workload = &world->workload;
    struct store_txn *state = disk_read(world->hub.state);
    struct store_txn *journal = disk_read(world->hub.journal);

    for (size_t i = 0; i < workload->thing_count + workload->request_count; i++) {
        int is_thing = i < workload->thing_count;
        int kind = is_thing ? workload->things[i].kind : (int)NAVETTE__THING_KIND__THING_ORDER;
        const char *id = is_thing ? workload->things[i].id : workload->requests[i - workload->thing_count];
        struct history history;
        struct thing_key key;

        if (thing_key_make(kind, kind == (int)NAVETTE__THING_KIND__THING_ITEM ? "sim" : "", id, &key) == 0 &&
            fold_history(state, journal, &key, INT64_MAX, &history) == 0) {
            coverage_history(&world->tally.coverage, &history);
            history_free(&history);
        }
    }
    disk_end(world->hub.journal, journal);
    disk_end(world->hub.state, state);
}

static int held_everywhere(const struct world *world, size_t node)
{
    const struct node_host *host = &world->nodes[node];

    for (size_t i = 0; i < world->truth.row_count; i++) {
        const struct truth_row *row = &world->truth.rows[i];
        int wanted = host->scope == NAVETTE__SCOPE__SCOPE_NETWORK || (row->concerns & host->granted) != 0;

        if (wanted && row->log != host->log && !truth_shelf_has(&host->shelf, row->log, row->entry)) {
            return 0;
        }
    }
    return 1;
}

/* Its state has taken in its whole journal. */
static int is_folded(struct disk *state_disk, struct disk *journal_disk)
{
    struct store_txn *state = disk_read(state_disk);
    struct store_txn *journal = disk_read(journal_disk);
    uint64_t cursor = 0;
    uint64_t tail = 0;
    int rc = fold_cursor(state, &cursor);

    if (rc == NAVETTE_E_NOT_FOUND) {
        rc = 0;
    }
    if (rc == 0) {
        rc = journal_tail(journal, &tail);
    }
    disk_end(journal_disk, journal);
    disk_end(state_disk, state);
    return rc == 0 && cursor == tail;
}

/* A copy is there that has neither been switched off nor become a node of its own. */
static int is_undecided(const struct world *world)
{
    return world->host_count > world->node_count && !world->nodes[world->node_count].retired &&
           world->nodes[world->node_count].self != world->node_count;
}

int invariants_at_rest(struct world *world, char *why, size_t size)
{
    if (!world->hub.up || workload_orders_left(world) > 0) {
        snprintf(why, size, "the desk has orders left");
        return 0;
    }
    if (world->hub.disowning) {
        snprintf(why, size, "what a stolen key signed is not all refused");
        return 0;
    }
    if (!rotation_at_rest(world, why, size)) {
        return 0;
    }
    if (is_undecided(world)) {
        snprintf(why, size, "two machines have the keys of one node");
        return 0;
    }
    for (size_t i = 0; i < world->host_count; i++) {
        const struct node_host *host = &world->nodes[i];

        if (!twin_is_node(world, i) || is_excused(world, i)) {
            continue;
        }
        if (host->job_count > 0 || host->busy) {
            snprintf(why, size, "node %zu is busy", i);
            return 0;
        }
        if (truth_unheld_since(world, i) != INT64_MAX || host->durable < host->own.count) {
            snprintf(why, size, "node %zu has recorded %zu, the hub holds %" PRIu64 ", the node knows of %" PRIu64, i, host->own.count,
                     world->truth.logs[host->log].held, host->durable);
            return 0;
        }
        if (!held_everywhere(world, i)) {
            snprintf(why, size, "node %zu, cursor %" PRIu64 " of %zu, lacks entries that concern it", i, host->cursor,
                     world->truth.row_count);
            return 0;
        }
        if (host->answered < host->asked) {
            snprintf(why, size, "node %zu has asked whether there is more and got no answer", i);
            return 0;
        }
        if (host->rekeying) {
            snprintf(why, size, "node %zu has not gone over to its new keys", i);
            return 0;
        }
        if (!is_folded(host->disk, host->disk)) {
            snprintf(why, size, "node %zu has entries to fold", i);
            return 0;
        }
    }
    if (!is_folded(world->hub.state, world->hub.journal)) {
        snprintf(why, size, "the hub has entries to fold");
        return 0;
    }
    return 1;
}

/* A document's title may be here when the document was sent here by itself. */
static int visits(const struct world *world, uint64_t item, uint64_t places)
{
    for (size_t i = 0; i < world->truth.visit_count; i++) {
        const struct truth_visit *visit = &world->truth.visits[i];
        if (!visit->refused && visit->item == item && (places >> visit->place & 1u) != 0) {
            return 1;
        }
    }
    return 0;
}

/* In the log that it writes or in one that it wrote before. */
static int is_own(const struct world *world, size_t node, const struct truth_row *row)
{
    size_t owner = world->truth.logs[row->log].owner;

    return owner == node || (node == world->node_count && owner == world->copied_from);
}

/* Of own scope: nothing more than what concerns its places, what it wrote, and what a dispatch brought along. */
static void check_scope(struct world *world, size_t node)
{
    struct node_host *host = &world->nodes[node];

    for (size_t i = 0; i < world->truth.row_count && host->scope == NAVETTE__SCOPE__SCOPE_OWN; i++) {
        const struct truth_row *row = &world->truth.rows[i];

        if (is_own(world, node, row) || (row->concerns & host->granted) != 0 || !truth_shelf_has(&host->shelf, row->log, row->entry)) {
            continue;
        }
        if (row->packing) {
            world_fail(world, "relay-packing", "node %zu holds position %zu", node, i + 1);
        } else if (row->catalogue && !visits(world, row->item, host->granted)) {
            world_fail(world, "relay-title", "node %zu holds position %zu", node, i + 1);
        } else if (!row->catalogue) {
            world_fail(world, "scope-extra", "node %zu holds position %zu", node, i + 1);
        }
    }
}

/* What a dispatch to its places names directly, the hub knew of and the node does not. */
static void check_companions(struct world *world, size_t node)
{
    struct node_host *host = &world->nodes[node];

    for (size_t i = 0; i < world->truth.visit_count && host->scope == NAVETTE__SCOPE__SCOPE_OWN; i++) {
        const struct truth_visit *visit = &world->truth.visits[i];
        int known = 0;
        int here = 0;

        if ((host->places >> visit->place & 1u) == 0 || is_own(world, node, &world->truth.rows[visit->position - 1])) {
            continue;
        }
        if (refusal_stands(&world->truth.refusals, &visit->event)) {
            continue;
        }
        for (size_t p = 0; p < world->truth.row_count; p++) {
            const struct truth_row *row = &world->truth.rows[p];
            if (row->catalogue && row->item == visit->item) {
                known |= p + 1 < visit->position;
                here |= truth_shelf_has(&host->shelf, row->log, row->entry);
            }
        }
        if (known && !here) {
            world_fail(world, "scope-missing", "node %zu: position %" PRIu64 " sends it a document without its title", node,
                       visit->position);
        }
    }
}

static void read_digest(struct world *world, const char *who, struct disk *disk, uint8_t digest[HASH_SIZE])
{
    struct store_txn *state = disk_read(disk);
    int rc = fold_digest(state, digest);

    if (rc == 0) {
        rc = fold_check(state);
    }
    if (rc != 0) {
        world_fail(world, "fold-check", "%s: %s", who, error_text(rc));
    }
    disk_end(disk, state);
}

static void verify(struct world *world, struct store_txn *txn, const char *where, size_t which, uint64_t count)
{
    size_t owner = world->truth.logs[which].owner;
    struct rekey_past past = {.count = 0};
    const uint8_t *sign_key = owner == TRUTH_HUB ? rotation_all(world, &past) : rekey_keys(world, owner, &past);
    uint64_t checked = 0;
    int rc = count == 0 ? 0 : journal_verify_keys(txn, world->truth.logs[which].incarnation, sign_key, &past, &checked);

    if (rc != 0 || checked != count) {
        world_fail(world, "chain-verify", "%s, log %zu: %s at %" PRIu64 " of %" PRIu64, where, which, error_text(rc), checked, count);
    }
}

/* Each log, at the hub and at its writer, from its first entry. The hub's own open batch is left out until it is sealed. */
static void check_chains(struct world *world)
{
    struct store_txn *hub = disk_read(world->hub.journal);
    uint64_t sealed = 0;

    for (size_t i = 0; i < world->truth.log_count; i++) {
        const struct truth_log *log = &world->truth.logs[i];

        if (log->owner != TRUTH_HUB) {
            verify(world, hub, "hub", i, log->held);
        }
    }
    for (size_t i = 0; i < world->host_count; i++) {
        struct node_host *host = &world->nodes[i];
        struct store_txn *txn = disk_read(host->disk);

        if (twin_is_node(world, i) && !is_excused(world, i)) {
            verify(world, txn, "node", host->log, host->own.count);
        }
        disk_end(host->disk, txn);
    }
    for (size_t i = 0; i < world->truth.log_count; i++) {
        const struct truth_log *log = &world->truth.logs[i];

        if (log->owner == TRUTH_HUB && log_sealed(hub, log->incarnation, &sealed) == 0 && sealed == log->held) {
            verify(world, hub, "hub", i, sealed);
        }
    }
    disk_end(world->hub.journal, hub);
}

void invariants_audit(struct world *world)
{
    if (world->hub.up && !world->hub.busy) {
        uint8_t digest[HASH_SIZE];
        struct store_txn *state = disk_read(world->hub.state);
        uint64_t cursor = 0;

        if (fold_cursor(state, &cursor) == 0 && cursor > world->truth.row_count) {
            world_fail(world, "state-ahead", "the hub's state stands at %" PRIu64 " of %zu", cursor, world->truth.row_count);
        }
        disk_end(world->hub.state, state);
        if (cursor > 0) {
            read_digest(world, "hub", world->hub.state, digest);
            read_findings(world, "hub", world->hub.state, world->hub.journal, digest);
            check_pools(world);
        }
        if (cursor > 0 && is_folded(world->hub.state, world->hub.journal)) {
            check_verdicts(world, 0);
            check_verdicts(world, AUDIT_LATER_MS);
        }
    }
    if (!world->workload.paused) {
        world_alarm(world, world->workload.span_ms / 5 + 1, ALARM_AUDIT, 0, 0, 0);
    }
}

void invariants_final(struct world *world)
{
    uint8_t digest[HASH_SIZE];
    uint8_t found[HASH_SIZE];

    read_digest(world, "hub", world->hub.state, digest);
    read_findings(world, "hub", world->hub.state, world->hub.journal, found);
    check_pools(world);
    check_verdicts(world, 0);
    check_verdicts(world, AUDIT_LATER_MS);
    shuffle_check(world, digest, found);
    note_histories(world);
    check_chains(world);
    refusals_check(world);
    for (size_t i = 0; i < world->host_count && !world->failed; i++) {
        const struct node_host *host = &world->nodes[i];
        uint8_t own[HASH_SIZE];
        uint8_t own_found[HASH_SIZE];
        char who[32];

        if (!twin_is_node(world, i) || is_excused(world, i)) {
            continue;
        }
        snprintf(who, sizeof(who), "node %zu", i);
        read_digest(world, who, host->disk, own);
        if (host->scope == NAVETTE__SCOPE__SCOPE_NETWORK && memcmp(own, digest, HASH_SIZE) != 0) {
            world_fail(world, "digest-equal", "%s differs from the hub", who);
        }
        read_findings(world, who, host->disk, host->disk, own_found);
        if (host->scope == NAVETTE__SCOPE__SCOPE_NETWORK && memcmp(own_found, found, HASH_SIZE) != 0) {
            world_fail(world, "findings-equal", "%s differs from the hub", who);
        }
        if (host->scope == NAVETTE__SCOPE__SCOPE_NETWORK) {
            truth_check_back(world, i);
        }
        if (host->told > world->truth.logs[host->log].held) {
            world_fail(world, "scan-lost", "%s: answered %" PRIu64 ", at the hub %" PRIu64, who, host->told,
                       world->truth.logs[host->log].held);
        }
        check_scope(world, i);
        check_companions(world, i);
    }
    if (!world->failed) {
        mishap_flip_hub(world);
    }
    world_hash(world, digest, sizeof(digest));
}
