/* SPDX-License-Identifier: Apache-2.0 */
#include "restore.h"

#include <inttypes.h>
#include <string.h>

#include "navette/log.h"
#include "rotation.h"
#include "world.h"

#define RESTORE_WITHOUT 100000u /* per million hubs: one that knows of no epoch */
#define RESTORE_BACKUPS 20000   /* per million rounds of the hub */
#define RESTORE_MOST 6          /* LIMIT_EPOCHS is not met by what nobody does */
#define RESTORE_REDO_MS 200000  /* before the desk looks for what it has decided and does not find */

static void begin_epoch(struct world *world, uint64_t end)
{
    uint8_t id[EPOCH_SIZE];

    random_bytes(&world->more_chance, id, sizeof(id));
    lineage_begin(&world->hub.lineage, end, id, world->now_ms);
}

void restore_begin_epoch(struct world *world)
{
    if (!random_chance(&world->more_chance, RESTORE_WITHOUT)) {
        begin_epoch(world, 0);
    }
}

static void keep(struct world *world)
{
    struct hub_host *hub = &world->hub;

    disk_free(hub->backup);
    hub->backup = disk_copy(hub->journal);
    hub->backup_rows = world->truth.row_count;
    hub->backup_ms = world->now_ms;
    hub->backup_lineage = hub->lineage;
    memcpy(hub->backup_incarnation, hub->incarnation, INCARNATION_SIZE);
    rotation_back_up(world);
    world->tally.backups++;
}

void restore_back_up(struct world *world)
{
    if (random_chance(&world->chance, RESTORE_BACKUPS)) {
        keep(world);
        hub_set_backup(world->hub.hub, world->hub.backup_rows, world->hub.backup_ms);
    }
}

/* The first word of its new log. */
static int say_so(struct world *world, struct hub *process, struct store_txn *txn, const uint8_t *parent)
{
    struct hub_host *hub = &world->hub;
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__IncarnationStarted started = NAVETTE__INCARNATION_STARTED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char hex[2 * NODE_ID_SIZE + 1];
    uint8_t salt[SALT_SIZE];
    int rc;

    random_bytes(&world->more_chance, salt, sizeof(salt));
    hex_encode(hub->id, NODE_ID_SIZE, hex);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = hex;
    started.node = &thing;
    started.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, hub->incarnation};
    started.parent = (ProtobufCBinaryData){INCARNATION_SIZE, (uint8_t *)(uintptr_t)parent};
    started.why = NAVETTE__VERDICT__VERDICT_HUB_RESTORED;
    body.body_case = NAVETTE__EVENT__BODY_INCARNATION_STARTED;
    body.incarnation_started = &started;
    rc = hub_record(process, txn, &body, salt, world->now_ms, NULL);
    return rc == 0 ? rotation_seal(world, txn) : rc;
}

/* As server/restore.c does it. */
static int begin_log(struct world *world, struct store_txn *txn)
{
    struct hub_host *hub = &world->hub;
    struct hub_options options = {.lineage = hub->lineage};
    uint8_t parent[INCARNATION_SIZE];
    struct hub *process;
    int rc;

    memcpy(parent, hub->backup_incarnation, INCARNATION_SIZE);
    random_bytes(&world->more_chance, hub->incarnation, INCARNATION_SIZE);
    hub->log = truth_add_log(&world->truth, hub->incarnation, TRUTH_HUB);
    memcpy(options.node, hub->id, NODE_ID_SIZE);
    memcpy(options.incarnation, hub->incarnation, INCARNATION_SIZE);
    memcpy(options.sign_key, hub->sign_public, KEY_SIZE);
    memcpy(options.root_key, hub->root, KEY_SIZE);
    process = hub_new(&options);
    rc = log_start(txn, hub->incarnation, parent, hub->id);
    if (rc == 0) {
        rc = hub_load_nodes(process, txn);
    }
    if (rc == 0) {
        rc = say_so(world, process, txn, parent);
    }
    if (rc == 0) {
        rotation_began(world, process);
    }
    hub_free(process);
    return rc;
}

int restore_hub(struct world *world)
{
    struct hub_host *hub = &world->hub;
    struct store_txn *txn;
    int rc;

    if (hub->backup == NULL || hub->restored >= RESTORE_MOST || !rotation_may_restore(world)) {
        return 0;
    }
    if (hub->up) {
        hub_host_crash(world);
    }
    world_note(world, "hub: put back as it was at position %" PRIu64 " of %zu", hub->backup_rows, world->truth.row_count);
    world->tally.hub_restored++;
    world->tally.hub_lost += world->truth.row_count - hub->backup_rows;
    hub->restored++;
    txn = disk_read(hub->journal);
    truth_note_batches(world, txn, hub->backup_rows);
    disk_end(hub->journal, txn);
    disk_free(hub->journal);
    disk_free(hub->state);
    hub->journal = disk_copy(hub->backup);
    hub->state = disk_new();
    hub->lineage = hub->backup_lineage;
    begin_epoch(world, hub->backup_rows);
    rotation_restore(world);
    txn = disk_write(hub->journal);
    rc = begin_log(world, txn);
    if (rc != 0) {
        world_fail(world, "step-result", "the hub is put back: %s", error_text(rc));
        disk_end(hub->journal, txn);
        return 0;
    }
    disk_commit(hub->journal, txn);
    disk_sync(hub->journal);
    rotation_put_later(world);
    truth_forget_hub(world, hub->backup_rows);
    catchup_forget(world);
    txn = disk_read(hub->journal);
    truth_read_hub(world, txn);
    disk_end(hub->journal, txn);
    for (size_t i = 0; i < world->node_count; i++) {
        truth_mark_lost(world, i);
    }
    hub->redo_ms = world->now_ms + RESTORE_REDO_MS;
    world_alarm(world, RESTORE_REDO_MS, ALARM_DESK, 0, 0, WORKLOAD_DESK_AGAIN);
    return 1;
}
