/* SPDX-License-Identifier: Apache-2.0 */
#include "prune.h"

#include <inttypes.h>

#include "navette/adopted.h"
#include "navette/fold.h"
#include "navette/journal_want.h"
#include "world.h"

#define PRUNE_KEEP_LOW 500
#define PRUNE_KEEP_HIGH 120000
#define PRUNE_LOOKED 200 /* entries looked at in one slice, at most */

int64_t prune_keep_ms(struct world *world)
{
    return random_chance(&world->more_chance, 700000) ? random_skewed(&world->more_chance, PRUNE_KEEP_LOW, PRUNE_KEEP_HIGH) : 0;
}

int prune_fold(struct world *world, size_t which, struct store_txn *txn, int64_t count, int *more)
{
    struct fold folding;
    int rc = fold_begin(&folding, txn, txn);

    if (rc == NAVETTE_E_VERSION) {
        rc = fold_reset(txn);
        rc = rc != 0 ? rc : fold_begin(&folding, txn, txn);
    }
    if (rc == 0) {
        rc = fold_resume(&folding);
    }
    while (rc == 0 && count-- > 0) {
        rc = fold_next(&folding);
    }
    *more = rc == 0;
    rc = rc == 0 || rc == NAVETTE_E_NOT_FOUND ? fold_end(&folding) : rc;
    return rc != 0 ? rc : node_want_folded(world->nodes[which].node, txn);
}

/* Nothing is given up that would be lost with the hub, and nothing by who wrote it: hub and backup may go together. */
static void check_stubs(struct world *world, size_t which, struct store_txn *txn)
{
    struct journal_entry stub;
    uint64_t after = 0;

    while (!world->failed && journal_next_stub(txn, after, &stub) == 0) {
        size_t log = truth_find_log(&world->truth, stub.self.incarnation);
        size_t at = log == TRUTH_LOGS ? SIZE_MAX : truth_find_entry(&world->truth.logs[log], stub.self.seq, stub.self.leaf);

        after = stub.position;
        if (log != TRUTH_LOGS && world->truth.logs[log].owner == world->nodes[which].self) {
            world_fail(world, "pruned-lost", "node %zu gave up number %" PRIu64 " of log %zu, which it wrote", which, stub.self.seq, log);
            return;
        }
        /* What was in a backup of before may be in none any more, after a restoration. */
        if (world->hub.restored > 0) {
            continue;
        }
        if (at == SIZE_MAX || world->truth.logs[log].entries[at].position == 0 ||
            world->truth.logs[log].entries[at].position > world->hub.backup_rows) {
            world_fail(world, "pruned-unsafe", "node %zu gave up number %" PRIu64 " of log %zu, which no backup has", which, stub.self.seq,
                       log);
        }
    }
}

int prune_pass(struct world *world, size_t which, struct store_txn *txn)
{
    struct node_host *host = &world->nodes[which];
    struct node_pruning done;
    int rc;

    if (!random_chance(&world->more_chance, 300000) || host->lineless) {
        return 0;
    }
    rc = node_prune(host->node, txn, (uint64_t)random_skewed(&world->more_chance, 1, PRUNE_LOOKED), world->now_ms, &done);
    world->tally.pruned += rc == 0 ? done.pruned : 0;
    if (rc == 0 && done.pruned > 0 && !host->damaged) {
        check_stubs(world, which, txn);
    }
    return rc;
}

int prune_may_resume(struct world *world, size_t which)
{
    struct store_txn *txn = disk_read(world->nodes[which].disk);
    int may = fold_may_resume(txn) == 1;

    disk_end(world->nodes[which].disk, txn);
    world->tally.waited += may ? 1u : 0u;
    return may;
}

int prune_give_back(struct world *world, const char *who, struct disk *disk)
{
    struct store_txn *hub = disk_read(world->hub.journal);
    struct store_txn *txn = disk == world->hub.journal ? hub : disk_write(disk);
    struct journal_entry stub;
    uint64_t after = 0;
    int whole = 1;

    while (journal_next_stub(txn, after, &stub) == 0) {
        struct journal_entry entry;
        int rc = journal_find(hub, &stub.self, &entry);

        after = stub.position;
        if (rc == 0) {
            rc = journal_unprune(txn, &stub.self, entry.event);
        }
        whole = whole && rc == 0;
        if (rc != 0 && world->hub.restored == 0) {
            world_fail(world, "pruned-lost", "%s: number %" PRIu64 " of a log: %s", who, stub.self.seq, error_text(rc));
        }
    }
    if (txn != hub) {
        disk_commit(disk, txn);
    }
    disk_end(world->hub.journal, hub);
    return whole;
}

int prune_is_again(const struct world *world, size_t which, struct store_txn *txn, const struct journal_entry *entry)
{
    size_t log = truth_find_log(&world->truth, entry->self.incarnation);
    size_t at = log == TRUTH_LOGS ? SIZE_MAX : truth_find_entry(&world->truth.logs[log], entry->self.seq, entry->self.leaf);
    struct journal_entry opened = *entry;
    uint64_t position;

    if (at == SIZE_MAX || !truth_shelf_has(&world->nodes[which].shelf, log, at)) {
        return 0;
    }
    /* Once more, and again after that; of one that was given up since only its name is left. */
    return (entry->event.len == 0 || adopted_open(&opened) == 0) && journal_apart(txn, &opened.self, &position) == 0 &&
           position >= entry->position;
}
