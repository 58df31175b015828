/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include <sodium.h>
#include <string.h>

#include "navette/log.h"
#include "world.h"

#define YEARS_78_MS INT64_C(2461449600000)

int64_t machine_wall(const struct world *world, size_t which)
{
    const struct node_host *host = &world->nodes[which];

    return world->now_ms + host->wall_offset_ms + (world->now_ms - host->boot_ms) / 1000 * host->drift_ppm / 1000;
}

void machine_draw_clock(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];

    host->wall_offset_ms = random_range(&world->chance, -2000, 2000);
    host->drift_ppm = 0;
    if (!world->faults.wrong_clocks) {
        return;
    }
    if (random_chance(&world->chance, 300000)) {
        host->drift_ppm = random_range(&world->chance, -200000, 200000);
    }
    switch (random_below(&world->chance, 4)) {
    case 0: /* no battery: 1970 */
        host->wall_offset_ms = -world->now_ms;
        break;
    case 1: /* 2098 */
        host->wall_offset_ms = YEARS_78_MS;
        break;
    case 2:
        host->wall_offset_ms = random_range(&world->chance, -86400000, 86400000);
        break;
    default:
        break;
    }
}

struct disk *machine_empty_disk(struct world *world, size_t which, const uint8_t incarnation[INCARNATION_SIZE])
{
    const uint8_t none[INCARNATION_SIZE] = {0};
    struct disk *disk = disk_new();
    struct store_txn *txn = disk_write(disk);
    int rc = log_start(txn, incarnation, none, world->nodes[which].id);

    if (rc != 0) {
        world_fail(world, "step-result", "node %zu, log_start: %s", which, error_text(rc));
    }
    disk_commit(disk, txn);
    disk_sync(disk);
    return disk;
}

void machine_replace(struct world *world, size_t which, struct disk *disk, const uint8_t incarnation[INCARNATION_SIZE])
{
    struct node_host *host = &world->nodes[which];

    disk_free(host->disk);
    host->disk = disk;
    memcpy(host->incarnation, incarnation, INCARNATION_SIZE);
    host->log = truth_find_log(&world->truth, incarnation);
    if (host->log == TRUTH_LOGS) {
        host->log = truth_add_log(&world->truth, incarnation, host->self);
    }
    truth_shelf_free(&host->shelf);
    host->own.count = host->own.holes = 0;
    host->durable = host->cursor = 0;
    host->recount = 1;
}

void machine_copy(struct world *world, size_t which, size_t from)
{
    struct node_host *host = &world->nodes[which];
    struct node_host *original = &world->nodes[from];

    *host = (struct node_host){.self = from,
                               .copied = 1,
                               .scope = original->scope,
                               .role = original->role,
                               .places = original->places,
                               .granted = original->granted,
                               .trust = original->trust,
                               .boot = random_u64(&world->chance),
                               .boot_ms = world->now_ms};
    original->copied = 1;
    memcpy(host->id, original->id, sizeof(host->id));
    memcpy(host->curve_key, original->curve_key, sizeof(host->curve_key));
    memcpy(host->sign_public, original->sign_public, sizeof(host->sign_public));
    memcpy(host->sign_secret, original->sign_secret, sizeof(host->sign_secret));
    effects_init(&host->effects);
    machine_draw_clock(world, which);
    machine_replace(world, which, disk_copy(original->disk), original->incarnation);
}

void machine_retire(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];

    if (host->up) {
        node_host_crash(world, which, 0);
    }
    host->retired = 1;
    truth_mark_lost(world, host->self);
}

void machine_jump(struct world *world, size_t which, int64_t by_ms)
{
    world->nodes[which].wall_offset_ms += by_ms;
}

int machine_seal(struct world *world, size_t which, struct store_txn *txn)
{
    struct node_host *host = &world->nodes[which];
    struct batch_header header;
    uint8_t bytes[BATCH_SIGNED_SIZE];
    int rc = log_seal_prepare(txn, node_incarnation(host->node), &header);

    if (rc == NAVETTE_E_NOT_FOUND) {
        return 0;
    }
    if (rc == 0) {
        batch_signed_bytes(&header, bytes);
        crypto_sign_detached(header.signature, NULL, bytes, sizeof(bytes), host->rekeying ? host->next_secret : host->sign_secret);
        rc = log_seal_store(txn, &header);
    }
    return rc;
}

/* What this node can state of what is committed. */
int machine_states(struct world *world, size_t which, Navette__Frontier *frontier, uint8_t signature[SIGNATURE_SIZE])
{
    struct node_host *host = &world->nodes[which];
    uint8_t bytes[FRONTIER_SIGNED_SIZE];
    struct store_txn *txn = disk_read(host->disk);
    int rc = node_frontier(host->node, txn, frontier);

    disk_end(host->disk, txn);
    if (rc != 0) {
        return 0;
    }
    frontier_signed_bytes(frontier, bytes);
    if (memcmp(host->stated.bytes, bytes, sizeof(bytes)) != 0 || memcmp(host->stated.key, host->sign_public, KEY_SIZE) != 0) {
        crypto_sign_detached(host->stated.signature, NULL, bytes, sizeof(bytes), host->sign_secret);
        memcpy(host->stated.bytes, bytes, sizeof(bytes));
        memcpy(host->stated.key, host->sign_public, KEY_SIZE);
    }
    memcpy(signature, host->stated.signature, SIGNATURE_SIZE);
    frontier->signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    return 1;
}
