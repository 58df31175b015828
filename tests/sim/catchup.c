/* SPDX-License-Identifier: Apache-2.0 */
#include "catchup.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "machine.h"
#include "navette/fold.h"
#include "navette/snapshot.h"
#include "world.h"

#define CATCHUP_SEEDS 250000u  /* per million: the hub makes snapshots */
#define CATCHUP_MAKING 200000u /* per million questions: it is still at it */
#define CATCHUP_ANEW 300000u   /* ... it has a newer one */
#define CATCHUP_PORTION 3      /* most chunks of one answer */
#define CATCHUP_STEP 40        /* entries copied in one transaction */
#define CATCHUP_CUT 60000u     /* ... a power cut when it is put beside */
#define CATCHUP_FULL 20000u    /* per million chunks: no room for a second store */

void catchup_draw(struct world *world)
{
    if (random_chance(&world->desk_chance, CATCHUP_SEEDS)) {
        world->snapshot_rows = (uint64_t)random_skewed(&world->desk_chance, 10, 150);
    }
}

static void clear(struct catchup *made)
{
    for (size_t i = 0; i < made->count; i++) {
        buffer_free(&made->chunks[i]);
    }
    free(made->chunks);
    buffer_free(&made->manifest);
    *made = (struct catchup){.count = 0};
}

void catchup_forget(struct world *world)
{
    for (size_t i = 0; i < WORLD_NODES + 1; i++) {
        clear(&world->catchups[i]);
    }
}

/* ---- at the hub */

struct making {
    struct catchup *made;
    struct disk *beside;
    uint32_t sizes[LIMIT_SNAPSHOT_CHUNKS];
    struct buffer hashes;
    uint64_t entries;
    uint32_t near;
};

static void check_rc(struct world *world, const char *what, int rc)
{
    if (rc != 0) {
        world_fail(world, "step-result", "a snapshot, %s: %s", what, error_text(rc));
    }
}

static int pack(struct making *making, struct span part)
{
    struct catchup *made = making->made;
    struct buffer chunk = {0};
    uint8_t hash[HASH_SIZE];
    int rc = buffer_reserve(&chunk, ZSTD_compressBound(part.len));

    if (rc == 0) {
        chunk.len = ZSTD_compress(chunk.data, chunk.capacity, part.data, part.len, 1);
        rc = ZSTD_isError(chunk.len) ? NAVETTE_E_INTERNAL : 0;
    }
    if (rc != 0) {
        return rc;
    }
    snapshot_name(buffer_span(&chunk), hash);
    made->chunks = world_grow(made->chunks, made->count, &made->capacity, sizeof(*made->chunks));
    made->chunks[made->count] = chunk;
    making->sizes[made->count++] = (uint32_t)chunk.len;
    return buffer_append(&making->hashes, hash, sizeof(hash));
}

static int take(struct making *making, struct span bytes, int near)
{
    struct snapshot_part part = {.delta = NULL};
    struct store_txn *txn = disk_write(making->beside);
    int rc = snapshot_part_read(bytes, &part);

    if (rc == 0) {
        rc = snapshot_append(txn, part.delta);
        making->entries += part.delta->n_entries;
        making->near += near != 0;
    }
    disk_commit(making->beside, txn);
    snapshot_part_free(&part);
    return rc == 0 ? pack(making, bytes) : rc;
}

static int read_parts(struct world *world, const struct hub_node *node, uint64_t limit, struct making *making)
{
    struct hub_input input = {.now_ms = world->now_ms, .journal = disk_read(world->hub.journal), .state = disk_read(world->hub.state)};
    struct hub_snapshot *reading;
    struct buffer part = {0};
    int near;
    int rc = hub_snapshot_open(world->hub.hub, node->node, limit, &reading);

    while (rc == 0 && (rc = hub_snapshot_next(reading, &input, &part, &near)) == 0) {
        rc = take(making, buffer_span(&part), near);
        buffer_clear(&part);
    }
    hub_snapshot_close(rc == 0 || rc == NAVETTE_E_NOT_FOUND ? reading : NULL);
    buffer_free(&part);
    disk_end(world->hub.state, input.state);
    disk_end(world->hub.journal, input.journal);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int fold_all(struct disk *disk)
{
    struct store_txn *txn = disk_write(disk);
    struct fold folding;
    int rc = fold_begin(&folding, txn, txn);

    while (rc == 0) {
        rc = fold_next(&folding);
    }
    rc = rc == NAVETTE_E_NOT_FOUND ? fold_end(&folding) : rc;
    disk_commit(disk, txn);
    disk_sync(disk);
    return rc;
}

static int say(struct world *world, const struct hub_node *node, uint64_t limit, const struct making *making)
{
    Navette__SnapshotManifest message = NAVETTE__SNAPSHOT_MANIFEST__INIT;
    struct catchup *made = making->made;
    struct store_txn *beside = disk_read(making->beside);
    uint8_t bytes[SNAPSHOT_SIGNED_SIZE];
    uint8_t digest[HASH_SIZE];
    char *places[HUB_NODE_PLACES];
    int rc = fold_digest(beside, digest);

    disk_end(making->beside, beside);
    message.epoch = (ProtobufCBinaryData){EPOCH_SIZE, (uint8_t *)(uintptr_t)lineage_last(&world->hub.lineage)->id};
    message.cursor = limit;
    message.scope = node->scope;
    if (node->scope == NAVETTE__SCOPE__SCOPE_OWN) {
        for (size_t i = 0; i < node->place_count; i++) {
            places[i] = (char *)(uintptr_t)node->places[i];
        }
        message.places = places;
        message.n_places = node->place_count;
        message.node = (ProtobufCBinaryData){NODE_ID_SIZE, (uint8_t *)(uintptr_t)node->node};
    }
    message.schema = FOLD_SCHEMA;
    message.digest = (ProtobufCBinaryData){HASH_SIZE, digest};
    message.entries = making->entries;
    message.near = making->near;
    message.n_sizes = made->count;
    message.sizes = (uint32_t *)(uintptr_t)making->sizes;
    message.hashes = (ProtobufCBinaryData){making->hashes.len, making->hashes.data};
    rc = rc == 0 ? buffer_reserve(&made->manifest, navette__snapshot_manifest__get_packed_size(&message)) : rc;
    if (rc == 0) {
        made->manifest.len = navette__snapshot_manifest__pack(&message, made->manifest.data);
        snapshot_name(buffer_span(&made->manifest), made->id);
        snapshot_signed_bytes(made->id, bytes);
        crypto_sign_detached(made->signature, NULL, bytes, sizeof(bytes), world->hub.sign_secret);
    }
    return rc;
}

/* 0 when there is nothing that it could hold yet. */
static int make(struct world *world, const struct hub_node *node, struct catchup *made)
{
    struct making *making = world_alloc(sizeof(*making));
    struct store_txn *state = disk_read(world->hub.state);
    uint64_t limit = 0;
    int rc = fold_cursor(state, &limit);

    disk_end(world->hub.state, state);
    clear(made);
    making->made = made;
    making->beside = disk_new();
    made->scope_epoch = node->scope_epoch;
    if (rc == 0 && limit > 0) {
        rc = read_parts(world, node, limit, making);
        rc = rc == 0 ? fold_all(making->beside) : rc;
        rc = rc == 0 && made->count > 0 ? say(world, node, limit, making) : rc;
        check_rc(world, "made", rc);
    }
    disk_free(making->beside);
    buffer_free(&making->hashes);
    free(making);
    return made->count > 0;
}

static void answer_chunks(struct catchup *made, const struct effect *effect, const struct hub_snapshot_ask *ask, uint32_t portion,
                          struct effects *answers)
{
    for (uint32_t i = ask->index; i < made->count && portion > 0; i++) {
        Navette__SnapshotChunk message = NAVETTE__SNAPSHOT_CHUNK__INIT;

        portion--;
        message.index = i;
        message.left = i + 1 < made->count ? portion : 0;
        message.snapshot = (ProtobufCBinaryData){HASH_SIZE, made->id};
        message.body = (ProtobufCBinaryData){made->chunks[i].len, made->chunks[i].data};
        (void)effects_send(answers, effect->session, FRAME_SNAPSHOT, &message.base);
    }
}

static void answer(struct world *world, const struct line *line, const struct effect *effect, struct effects *answers)
{
    const struct hub_node *node = hub_node_by_key(world->hub.hub, line->curve_key);
    struct catchup *made = &world->catchups[line->node];
    Navette__SnapshotChunk message = NAVETTE__SNAPSHOT_CHUNK__INIT;
    struct hub_snapshot_ask ask;
    int stale;

    if (node == NULL || hub_snapshot_asked(buffer_span(&effect->frame), &ask) != 0) {
        return;
    }
    stale = made->count == 0 || made->scope_epoch != node->scope_epoch;
    if (!stale && ask.has_id && memcmp(ask.id, made->id, HASH_SIZE) == 0) {
        answer_chunks(made, effect, &ask, (uint32_t)random_range(&world->desk_chance, 1, CATCHUP_PORTION), answers);
        return;
    }
    if (random_chance(&world->desk_chance, CATCHUP_MAKING)) {
        message.making = 1;
    } else if ((stale || random_chance(&world->desk_chance, CATCHUP_ANEW)) && !make(world, node, made)) {
        message.none = 1;
    } else {
        message.manifest = (ProtobufCBinaryData){made->manifest.len, made->manifest.data};
        message.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, made->signature};
    }
    (void)effects_send(answers, effect->session, FRAME_SNAPSHOT, &message.base);
}

void catchup_answer(struct world *world, const struct effect *effect)
{
    const struct line *line = network_line(world, effect->session);
    struct effects answers;

    effects_init(&answers);
    if (line != NULL) {
        answer(world, line, effect, &answers);
    }
    for (size_t i = 0; i < answers.count; i++) {
        world->tally.coverage.frames[FRAME_SNAPSHOT]++;
        network_send(world, effect->session, TO_NODE, buffer_span(&answers.list[i].frame));
    }
    effects_free(&answers);
}

/* ---- at a node */

void catchup_drop(struct world *world, size_t node)
{
    disk_free(world->nodes[node].stage);
    world->nodes[node].stage = NULL;
}

static int put(struct world *world, size_t node, const struct effect *effect, uint32_t *next)
{
    struct node_host *host = &world->nodes[node];
    struct store_txn *txn;
    int rc;

    host->stage = host->stage == NULL ? disk_new() : host->stage;
    txn = disk_write(host->stage);
    rc = node_stage_take(txn, effect, next);
    if (rc != 0) {
        disk_end(host->stage, txn);
        return rc;
    }
    disk_commit(host->stage, txn);
    disk_sync(host->stage);
    return 0;
}

void catchup_stage(struct world *world, size_t node, const struct effect *effect)
{
    uint32_t next = 0;
    int rc =
        world->faults.full_node > 0 && random_chance(&world->desk_chance, CATCHUP_FULL) ? NAVETTE_E_FULL : put(world, node, effect, &next);

    /* Begun for another snapshot. */
    if (rc == NAVETTE_E_EXISTS) {
        catchup_drop(world, node);
        rc = put(world, node, effect, &next);
    }
    if (rc != NAVETTE_E_FULL) {
        check_rc(world, "staged", rc);
    }
    node_host_staged(world, node, next, rc);
    world->nodes[node].cut = world->faults.active && random_chance(&world->desk_chance, CATCHUP_CUT);
}

/* What only its own store has goes beside, which then takes its place. */
static void switch_over(struct world *world, size_t node)
{
    struct node_host *host = &world->nodes[node];
    struct store_txn *from = disk_read(host->disk);
    struct disk *stage = host->stage;
    uint64_t position = 0;
    int done = 0;
    int rc = 0;

    while (rc == 0 && !done) {
        struct store_txn *to = disk_write(stage);

        rc = node_evict_copy(host->node, from, to, CATCHUP_STEP, &position, &done);
        rc = rc == 0 && done ? node_stage_end(host->node, to) : rc;
        disk_commit(stage, to);
    }
    disk_sync(stage);
    disk_end(host->disk, from);
    check_rc(world, "copied", rc);
    world->tally.coverage.caught_up++;
    world_note(world, "node %zu: a snapshot takes the place of its store", node);
    host->stage = NULL;
    node_host_crash(world, node, 0);
    machine_replace(world, node, stage, host->incarnation);
    world_alarm(world, 1, ALARM_NODE_START, node, host->generation, 0);
}

void catchup_turn(struct world *world, size_t node)
{
    struct node_host *host = &world->nodes[node];
    struct store_txn *txn;
    int wanted;
    int rc;

    if (host->up && host->cut) {
        host->cut = 0;
        node_host_crash(world, node, 0);
        world_alarm(world, random_skewed(&world->desk_chance, 1, 20000), ALARM_NODE_START, node, host->generation, 0);
        return;
    }
    if (!host->up || host->busy || host->stage == NULL || node_stage_manifest(host->node, &wanted) == NULL) {
        return;
    }
    /* A log that has lost a bit is copied with it: nothing is asked of that node any more. */
    if (!wanted || host->damaged) {
        catchup_drop(world, node);
        node_stage_drop(host->node, !host->damaged);
        return;
    }
    if (!node_stage_is_whole(host->node)) {
        return;
    }
    check_rc(world, "folded", fold_all(host->stage));
    txn = disk_write(host->stage);
    rc = node_stage_check(host->node, txn);
    disk_commit(host->stage, txn);
    disk_sync(host->stage);
    if (rc == NAVETTE_E_CHAIN) {
        world_fail(world, "snapshot-false", "node %zu: it does not fold to what the hub says", node);
        return;
    }
    if (rc == NAVETTE_E_EXISTS) {
        catchup_drop(world, node);
        node_stage_drop(host->node, 1);
        return;
    }
    check_rc(world, "checked", rc);
    switch_over(world, node);
}

void catchup_resume(struct world *world, size_t node)
{
    struct node_host *host = &world->nodes[node];
    struct store_txn *txn;
    int rc;

    if (host->stage == NULL) {
        return;
    }
    txn = disk_read(host->stage);
    rc = node_stage_resume(host->node, txn);
    disk_end(host->stage, txn);
    if (rc != 0) {
        catchup_drop(world, node);
        return;
    }
    world->tally.coverage.resumed++;
}
