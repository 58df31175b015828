/* SPDX-License-Identifier: Apache-2.0 */
#include "theft.h"

#include <sodium.h>
#include <string.h>

#include "machine.h"
#include "navette/log.h"
#include "world.h"

int theft_is_thief(const struct world *world, size_t node)
{
    return world->theft.begun && node == world->node_count;
}

void theft_strike(struct world *world, size_t node)
{
    struct node_host *host = &world->nodes[node];

    if (world->host_count > world->node_count || node == 0 || host->busy || host->retired || host->damaged || host->hostile ||
        host->lineless || host->rekeying || host->past.count > 0 || !workload_keeps(world, node)) {
        return;
    }
    world->theft.begun = 1;
    world->theft.node = node;
    world->copied_from = node;
    machine_copy(world, world->host_count++, node);
    if (host->up) {
        node_host_crash(world, node, 0);
    }
    host->retired = 1;
    node_host_start(world, world->node_count);
    world_alarm(world, random_skewed(&world->desk_chance, 0, 30000), ALARM_WORK, world->node_count, 0, 0);
    workload_add_order(&world->workload, ORDER_DISMISS, node, 0);
    workload_add_order(&world->workload, ORDER_REPLACE, node, 0);
    world_alarm(world, random_skewed(&world->desk_chance, 1000, 300000), ALARM_DESK, 0, 0, 0);
    world_alarm(world, random_skewed(&world->desk_chance, 1000, 300000), ALARM_DESK, 0, 0, 0);
}

/* The keys are drawn once: the machine has them, whatever becomes of the transaction. */
static void draw_keys(struct world *world)
{
    uint8_t seed[crypto_sign_SEEDBYTES];

    if (world->theft.drawn) {
        return;
    }
    random_bytes(&world->desk_chance, world->theft.curve_key, KEY_SIZE);
    random_bytes(&world->desk_chance, seed, sizeof(seed));
    crypto_sign_seed_keypair(world->theft.sign_public, world->theft.sign_secret, seed);
    world->theft.drawn = 1;
}

int theft_prepare(struct world *world, size_t node, struct store_txn *journal)
{
    int rc;

    draw_keys(world);
    rc = hub_last_log(journal, world->nodes[node].id, world->theft.parent);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static struct disk *begin_disk(struct world *world, size_t node, const uint8_t fresh[INCARNATION_SIZE])
{
    struct disk *disk = disk_new();
    struct store_txn *txn = disk_write(disk);
    int rc = log_start(txn, fresh, world->theft.parent, world->nodes[node].id);

    if (rc != 0) {
        world_fail(world, "step-result", "node %zu, log_start: %s", node, error_text(rc));
    }
    disk_commit(disk, txn);
    disk_sync(disk);
    return disk;
}

void theft_replaced(struct world *world, size_t node)
{
    static const uint8_t none[INCARNATION_SIZE] = {0};
    struct node_host *host = &world->nodes[node];
    uint8_t fresh[INCARNATION_SIZE];

    if (rekey_past_add(&host->past, host->sign_public, none, 0) != 0) {
        world_fail(world, "step-result", "node %zu: too many keys", node);
        return;
    }
    memcpy(host->curve_key, world->theft.curve_key, KEY_SIZE);
    memcpy(host->sign_public, world->theft.sign_public, KEY_SIZE);
    memcpy(host->sign_secret, world->theft.sign_secret, sizeof(host->sign_secret));
    random_bytes(&world->desk_chance, fresh, sizeof(fresh));
    machine_replace(world, node, begin_disk(world, node, fresh), fresh);
    host->retired = 0;
    host->told = 0;
    world->theft.replaced = 1;
    world->tally.replaced++;
    world_note(world, "node %zu: a new machine with keys of its own", node);
    node_host_start(world, node);
    node_host_ask(world, node);
}

void theft_end(struct world *world)
{
    struct node_host *thief = &world->nodes[world->node_count];

    if (world->theft.begun && !thief->retired) {
        machine_retire(world, world->node_count);
    }
}
