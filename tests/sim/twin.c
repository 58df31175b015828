/* SPDX-License-Identifier: Apache-2.0 */
#include "twin.h"

#include <sodium.h>
#include <string.h>

#include "machine.h"
#include "navette/log.h"
#include "world.h"

#define TWIN_SECOND_THOUGHTS 300000u /* per million looks */

static struct twin *twin_of(struct world *world, const char *node)
{
    uint8_t id[NODE_ID_SIZE];

    for (size_t i = 0; hex_decode(node, id, NODE_ID_SIZE) == 0 && i < world->host_count; i++) {
        if (memcmp(world->nodes[i].id, id, NODE_ID_SIZE) == 0) {
            return &world->twins[world->nodes[i].self];
        }
    }
    return NULL;
}

void twin_found(struct world *world, const char *node, uint64_t position)
{
    struct twin *twin = twin_of(world, node);

    if (twin == NULL) {
        world_fail(world, "clone-false", "position %llu speaks of a node that nobody is", (unsigned long long)position);
        return;
    }
    *twin = (struct twin){.found = position};
    world->tally.clones++;
}

void twin_chosen(struct world *world, const char *node, const uint8_t *claimant, uint64_t position)
{
    struct twin *twin = twin_of(world, node);

    if (twin != NULL && twin->found != 0) {
        twin->chosen = position;
        memcpy(twin->choice, claimant, sizeof(twin->choice));
        world->tally.choices++;
    }
}

/* What it is chosen by. 0: it has none yet. */
static int claimant_of(const struct world *world, size_t node, uint8_t claimant[16])
{
    const struct node_host *host = &world->nodes[node];
    const uint8_t none[16] = {0};
    struct node_progress progress;
    struct store_txn *txn;
    int rc;

    if (!host->up || host->retired) {
        return 0;
    }
    txn = disk_read(host->disk);
    rc = node_progress(host->node, txn, &progress);
    disk_end(host->disk, txn);
    memcpy(claimant, progress.claimant, sizeof(progress.claimant));
    return rc == 0 && memcmp(claimant, none, sizeof(none)) != 0;
}

int twin_is_held(const struct world *world, size_t node)
{
    const struct twin *twin = &world->twins[world->nodes[node].self];
    uint8_t claimant[16];

    if (twin->found == 0 || world->nodes[node].hostile) {
        return 0;
    }
    return twin->chosen == 0 || (claimant_of(world, node, claimant) && memcmp(claimant, twin->choice, sizeof(claimant)) != 0);
}

int twin_is_node(const struct world *world, size_t node)
{
    return node < world->node_count || (node < world->host_count && world->nodes[node].self == node);
}

/* With keys of its own: the store goes on under another name. */
static void become(struct world *world, size_t which)
{
    struct node_host *host = &world->nodes[which];
    uint8_t seed[crypto_sign_SEEDBYTES];
    uint8_t id[NODE_ID_SIZE];
    uint8_t fresh[INCARNATION_SIZE];
    struct store_txn *txn;
    uint64_t waiting = 0;
    int rc;

    random_bytes(&world->chance, id, sizeof(id));
    random_bytes(&world->chance, fresh, sizeof(fresh));
    txn = disk_write(host->disk);
    rc = node_become(host->node, txn, id, fresh, &waiting);
    if (rc != 0) {
        world_fail(world, "step-result", "node %zu, node_become: %s", which, error_text(rc));
        disk_end(host->disk, txn);
        return;
    }
    disk_commit(host->disk, txn);
    disk_sync(host->disk);
    node_host_crash(world, which, 0);
    memcpy(host->id, id, sizeof(id));
    random_bytes(&world->chance, host->curve_key, sizeof(host->curve_key));
    random_bytes(&world->chance, seed, sizeof(seed));
    crypto_sign_seed_keypair(host->sign_public, host->sign_secret, seed);
    memcpy(host->incarnation, fresh, sizeof(fresh));
    host->self = which;
    truth_leave_adoptions(world, world->copied_from);
    host->log = truth_add_log(&world->truth, fresh, which);
    host->own.count = host->own.holes = 0;
    host->told = host->durable = host->cursor = 0;
    host->granted = host->places; /* what the one it was was given since is not its own */
    world_note(world, "node %zu: is another node now, %llu events wait", which, (unsigned long long)waiting);
    world->tally.became++;
    workload_enrol(world, which);
    node_host_start(world, which);
    node_host_ask(world, which);
}

void twin_look(struct world *world, int last)
{
    size_t copy = world->node_count;
    struct node_host *host = &world->nodes[copy];
    size_t first = world->copied_from;
    size_t wanted;
    struct twin *twin;

    if (world->host_count <= copy || world->choice.wanted) {
        return;
    }
    twin = &world->twins[first];
    if (last && host->self != copy && !host->retired && twin->chosen != 0 && host->up && !host->busy && node_is_cloned(host->node) == 2 &&
        twin_is_held(world, copy) && !twin_is_held(world, first)) {
        become(world, copy);
        return;
    }
    wanted = last || host->self == copy || random_chance(&world->fault_chance, 500000) ? first : copy;
    if (twin->found == 0 || !claimant_of(world, wanted, world->choice.claimant)) {
        return;
    }
    if (twin->chosen != 0 &&
        (memcmp(twin->choice, world->choice.claimant, 16) == 0 || (!last && !random_chance(&world->fault_chance, TWIN_SECOND_THOUGHTS)))) {
        return;
    }
    world->choice.wanted = 1;
    world->choice.node = first;
    hub_host_look(world);
}

int twin_write(struct world *world, struct store_txn *journal, const uint8_t *salt)
{
    Navette__Event event = NAVETTE__EVENT__INIT;
    Navette__CloneChosen chosen = NAVETTE__CLONE_CHOSEN__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    char id[2 * NODE_ID_SIZE + 1];
    int rc;

    if (!world->choice.wanted) {
        return 0;
    }
    hex_encode(world->nodes[world->choice.node].id, NODE_ID_SIZE, id);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = id;
    chosen.node = &thing;
    chosen.claimant = (ProtobufCBinaryData){sizeof(world->choice.claimant), world->choice.claimant};
    event.body_case = NAVETTE__EVENT__BODY_CLONE_CHOSEN;
    event.clone_chosen = &chosen;
    event.boot = world->hub.boot;
    event.boottime_ms = (uint64_t)(world->now_ms - WORLD_EPOCH_MS);
    rc = hub_record(world->hub.hub, journal, &event, salt, world->now_ms, NULL);
    if (rc == NAVETTE_E_BUSY) {
        world->hub.seal_wanted = 1;
        return 0;
    }
    world->choice.wanted = rc != 0;
    return rc;
}
