/* SPDX-License-Identifier: Apache-2.0 */
#include "mishap.h"

#include <inttypes.h>
#include <string.h>

#include "forge.h"
#include "machine.h"
#include "navette/journal.h"
#include "theft.h"
#include "twin.h"
#include "world.h"

#define MISHAP_STORES 5        /* a node's store is put back or lost so often at most: the hub takes 16 logs of one while it runs */
#define MISHAP_FRAMES 30       /* most frames of one hostile burst */
#define MISHAP_BACKUPS 400000u /* per million: a new backup instead of the old one put back */
#define MISHAP_ENTRY_HEAD 48u  /* of a row of TABLE_ENTRY, before the event's bytes (journal.h) */

int mishap_store(struct world *world, size_t node, enum fault_kind kind)
{
    struct node_host *host = &world->nodes[node];
    uint8_t fresh[INCARNATION_SIZE];

    if (host->restored >= MISHAP_STORES || host->retired || host->damaged) {
        return 0;
    }
    if (kind == FAULT_RESTORE && (host->backup == NULL || random_chance(&world->fault_chance, MISHAP_BACKUPS))) {
        if (!host->busy) {
            disk_free(host->backup);
            host->backup = disk_copy(host->disk);
            memcpy(host->backup_incarnation, host->incarnation, INCARNATION_SIZE);
        }
        return 0;
    }
    if (host->up) {
        node_host_crash(world, node, 0);
    }
    host->restored++;
    if (kind == FAULT_RESTORE) {
        machine_replace(world, node, disk_copy(host->backup), host->backup_incarnation);
    } else {
        random_bytes(&world->fault_chance, fresh, sizeof(fresh));
        catchup_drop(world, node);
        machine_replace(world, node, machine_empty_disk(world, node, fresh), fresh);
    }
    truth_mark_lost(world, node);
    return 1;
}

void mishap_copy(struct world *world, size_t node)
{
    struct node_host *host = &world->nodes[node];

    if (world->host_count > world->node_count) {
        twin_look(world, 0);
        return;
    }
    if (host->busy || host->retired || host->damaged || host->hostile || host->lineless) {
        return;
    }
    world->copied_from = node;
    machine_copy(world, world->host_count++, node);
    node_host_start(world, world->node_count);
    world_alarm(world, random_skewed(&world->fault_chance, 0, 30000), ALARM_WORK, world->node_count, 0, 0);
}

void mishap_heal(struct world *world)
{
    struct node_host *copy = &world->nodes[world->node_count];
    const struct node_host *first = &world->nodes[copy->self];

    theft_end(world);
    if (world->host_count <= world->node_count || copy->retired || copy->self == world->node_count) {
        return;
    }
    /* Whose node is no more, or does what no node does, is nobody's twin. */
    if (!workload_keeps(world, copy->self) || first->hostile || first->damaged || first->retired || copy->hostile ||
        random_chance(&world->fault_chance, 200000)) {
        machine_retire(world, world->node_count);
    }
}

/* One bit of one entry's event, in place. 0: this log has no entry. */
static int flip(struct disk *disk, struct random *chance, const struct ref *ref)
{
    struct store_txn *txn = disk_write(disk);
    struct journal_entry entry;
    struct buffer row = {0};
    struct span value;
    uint8_t key[8];
    int done = 0;

    if (journal_find(txn, ref, &entry) == 0 && entry.event.len > 0) {
        write_u64(key, entry.position);
        if (store_get(txn, TABLE_ENTRY, span_of(key, sizeof(key)), &value) == 0 && buffer_append(&row, value.data, value.len) == 0) {
            size_t at = MISHAP_ENTRY_HEAD + (size_t)random_below(chance, value.len - MISHAP_ENTRY_HEAD);

            row.data[at] ^= (uint8_t)(1u << random_below(chance, 8));
            done = store_put(txn, TABLE_ENTRY, span_of(key, sizeof(key)), buffer_span(&row)) == 0;
        }
    }
    buffer_free(&row);
    disk_commit(disk, txn);
    disk_sync(disk);
    return done;
}

void mishap_flip(struct world *world, size_t node)
{
    struct node_host *host = &world->nodes[node];
    struct ref ref = {.seq = host->own.count};

    /* The first node is the one that the hub is held against. */
    if (node == 0 || host->busy || host->retired || host->copied || host->own.count == 0 || host->damaged) {
        return;
    }
    ref.seq = host->own.count - random_below(&world->fault_chance, host->own.count < 4 ? host->own.count : 4);
    memcpy(ref.incarnation, world->truth.logs[host->log].incarnation, INCARNATION_SIZE);
    host->damaged = flip(host->disk, &world->fault_chance, &ref);
    world->tally.flips += (uint64_t)host->damaged;
    world_note(world, "node %zu: a bit of number %" PRIu64 " flips", node, ref.seq);
}

static uint64_t verified(struct store_txn *txn, const struct truth_log *log, const uint8_t *sign_key, int *rc)
{
    uint64_t checked = 0;

    *rc = journal_verify(txn, log->incarnation, sign_key, &checked);
    return checked;
}

static void must_be_seen(struct world *world, const char *where, struct store_txn *txn, const struct truth_log *log,
                         const uint8_t *sign_key, uint64_t seq)
{
    int rc;
    uint64_t checked = verified(txn, log, sign_key, &rc);

    if (rc == 0 && checked >= seq) {
        world_fail(world, "flip-unseen", "%s: number %" PRIu64 " has lost a bit, and the log verifies up to %" PRIu64, where, seq, checked);
    }
}

void mishap_flip_hub(struct world *world)
{
    const struct truth_row *row;
    const struct truth_log *log;
    struct disk *copy;
    struct ref ref = {.leaf = 0};

    if (world->truth.row_count == 0) {
        return;
    }
    row = &world->truth.rows[random_below(&world->fault_chance, world->truth.row_count)];
    log = &world->truth.logs[row->log];
    if (log->owner == TRUTH_HUB) {
        return;
    }
    memcpy(ref.incarnation, log->incarnation, INCARNATION_SIZE);
    ref.seq = row->seq;
    copy = disk_copy(world->hub.journal);
    if (flip(copy, &world->fault_chance, &ref)) {
        struct store_txn *txn = disk_read(copy);

        must_be_seen(world, "hub", txn, log, world->nodes[log->owner].sign_public, ref.seq);
        disk_end(copy, txn);
        world->tally.flips++;
    }
    disk_free(copy);
}

/* A node that has been taken over keeps its key: for what it says from now on nobody owes it anything. */
void mishap_hostile(struct world *world)
{
    struct random *chance = &world->fault_chance;
    struct network *network = &world->network;
    size_t node = world->node_count - 1;
    struct node_host *host = &world->nodes[node];
    size_t known = network->heard_count < NETWORK_HEARD ? network->heard_count : NETWORK_HEARD;
    struct store_txn *journal;

    if (host->session == 0 || host->copied || known == 0 || node == 0) {
        return;
    }
    host->hostile = 1;
    journal = disk_read(world->hub.journal);
    for (int64_t i = random_skewed(chance, 1, MISHAP_FRAMES); i > 0; i--) {
        struct buffer frame = {0};

        struct span heard = buffer_span(&network->heard[random_below(chance, known)]);

        if (random_chance(chance, 800000) ||
            !forge_greeting(buffer_span(&network->greetings[random_below(chance, NETWORK_GREETINGS)]), host->id, journal, &frame)) {
            forge_anything(heard, chance, &frame);
        }
        world->tally.hostile++;
        network_send(world, host->session, TO_HUB, buffer_span(&frame));
        buffer_free(&frame);
    }
    disk_end(world->hub.journal, journal);
}
