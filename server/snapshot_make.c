/* SPDX-License-Identifier: Apache-2.0 */
#include "server/snapshot_make.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "navette/fold.h"
#include "navette/snapshot.h"
#include "navette/snapshot_file.h"
#include "navette/system.h"

#define FOLD_PARTS 16u /* of one transaction of the store beside */

/* What is being made. */
struct snapshot_making {
    struct snapshot_job *job;
    struct hub *hub;
    struct hub_snapshot *reading;
    struct snapshot_writer writer;
    struct lmdb_store *beside; /* NULL: the state's own digest is the snapshot's */
    struct store_txn *txn;     /* of the store beside, open over some parts */
    unsigned int parts;
    uint64_t limit;
    uint64_t entries;
    uint32_t near;
    uint8_t digest[HASH_SIZE];
};

/* How far the state has come, and what it folds to there. */
static int make_begin(struct snapshot_making *making)
{
    struct store_txn *state;
    int rc = follower_read_begin(making->job->follower, &state);

    if (rc)
        return NAVETTE_E_CLOSED;
    rc = fold_cursor(state, &making->limit);
    if (!rc)
        rc = fold_digest(state, making->digest);
    follower_read_end(making->job->follower, state);
    if (rc || making->limit == 0)
        return NAVETTE_E_CLOSED;
    return making->limit < making->job->least ? NAVETTE_E_BUSY : 0;
}

static const struct hub_node *make_node(const struct snapshot_making *making)
{
    const struct hub_node *node;

    for (size_t i = 0; (node = hub_node_at(making->hub, i)) != NULL; i++)
        if (memcmp(node->node, making->job->node, NODE_ID_SIZE) == 0)
            return node;
    return NULL;
}

static int make_read_nodes(struct snapshot_making *making)
{
    struct store_txn *journal;
    int rc = lmdb_read_begin(making->job->home->journal, &journal);

    if (rc)
        return rc;
    making->hub = hub_new(&making->job->options);
    rc = making->hub ? hub_load_nodes(making->hub, journal) : NAVETTE_E_MEMORY;
    lmdb_abort(journal);
    return rc ? rc : hub_snapshot_open(making->hub, making->job->node, making->limit, &making->reading);
}

static void make_path(const struct snapshot_job *job, const char *name, char out[HOME_PATH_SIZE + 32])
{
    (void)snprintf(out, HOME_PATH_SIZE + 32, "%s/%s", job->folder, name);
}

static void make_clear_beside(const struct snapshot_job *job)
{
    char folder[HOME_PATH_SIZE + 32];

    make_path(job, "fold", folder);
    (void)lmdb_store_remove(folder);
    (void)rmdir(folder);
}

static int make_open_beside(struct snapshot_making *making)
{
    const struct snapshot_job *job = making->job;
    char folder[HOME_PATH_SIZE + 32];

    make_clear_beside(job);
    make_path(job, "fold", folder);
    return lmdb_store_open(
        &(struct lmdb_options){
            .folder = folder, .tables = LMDB_BOTH, .map_bytes = job->home->map_bytes, .reserve_bytes = job->home->reserve_bytes},
        &making->beside);
}

static int make_fold(struct snapshot_making *making)
{
    struct fold fold;
    uint64_t tail = 0;
    int rc = journal_tail(making->txn, &tail);

    if (!rc)
        rc = fold_begin(&fold, making->txn, making->txn);
    while (!rc && fold.cursor < tail)
        rc = fold_next(&fold);
    if (!rc)
        rc = fold_end(&fold);
    if (!rc)
        rc = fold_digest(making->txn, making->digest);
    return rc;
}

/* Folds what was put beside since the last time, and keeps it. */
static int make_keep_beside(struct snapshot_making *making)
{
    struct store_txn *txn = making->txn;
    int rc;

    if (!txn)
        return 0;
    rc = make_fold(making);
    making->txn = NULL;
    making->parts = 0;
    return lmdb_end(txn, rc);
}

static int make_put_beside(struct snapshot_making *making, const Navette__Delta *delta)
{
    int rc = making->txn ? 0 : lmdb_write_begin(making->beside, &making->txn);

    if (!rc)
        rc = snapshot_append(making->txn, delta);
    if (!rc && ++making->parts == FOLD_PARTS)
        rc = make_keep_beside(making);
    return rc;
}

/* What the journal needs is not filled with what can be made again. */
static int make_look_for_room(const struct snapshot_job *job)
{
    struct statvfs about;

    if (statvfs(job->folder, &about) != 0)
        return NAVETTE_E_SYSTEM;
    return (uint64_t)about.f_bavail * about.f_frsize < job->home->reserve_bytes + LIMIT_FRAME_BYTES ? NAVETTE_E_FULL : 0;
}

static int make_take(struct snapshot_making *making, struct span bytes, int near)
{
    struct snapshot_part part = {.delta = NULL};
    int rc = snapshot_part_read(bytes, &part);

    if (!rc && part.delta->n_entries + part.delta->n_seals > 0) {
        making->entries += part.delta->n_entries;
        making->near += near != 0;
        rc = make_look_for_room(making->job);
        if (!rc)
            rc = snapshot_writer_add(&making->writer, bytes);
        if (!rc && making->beside)
            rc = make_put_beside(making, part.delta);
    }
    snapshot_part_free(&part);
    return rc;
}

static int make_next(struct snapshot_making *making, struct buffer *bytes)
{
    const struct snapshot_job *job = making->job;
    struct hub_input input = {.now_ms = system_wall_ms()};
    int near = 0;
    int rc = lmdb_read_begin(job->home->journal, &input.journal);

    if (rc)
        return rc;
    rc = follower_read_begin(job->follower, &input.state) ? NAVETTE_E_CLOSED : 0;
    buffer_clear(bytes);
    if (!rc)
        rc = hub_snapshot_next(making->reading, &input, bytes, &near);
    follower_read_end(job->follower, input.state);
    lmdb_abort(input.journal);
    return rc ? rc : make_take(making, buffer_span(bytes), near);
}

static int make_parts(struct snapshot_making *making)
{
    struct buffer bytes = {.data = NULL};
    int rc = 0;

    while (!rc)
        rc = atomic_load(&making->job->stop) ? NAVETTE_E_CLOSED : make_next(making, &bytes);
    buffer_free(&bytes);
    if (rc == NAVETTE_E_NOT_FOUND)
        rc = make_keep_beside(making);
    return rc ? rc : snapshot_writer_sync(&making->writer);
}

static int make_manifest(struct snapshot_making *making)
{
    Navette__SnapshotManifest message = NAVETTE__SNAPSHOT_MANIFEST__INIT;
    struct snapshot_job *job = making->job;
    const struct hub_node *node = make_node(making);
    char *places[HUB_NODE_PLACES];
    int rc;

    message.epoch = (ProtobufCBinaryData){EPOCH_SIZE, (uint8_t *)(uintptr_t)lineage_last(&job->options.lineage)->id};
    message.cursor = making->limit;
    message.scope = node->scope;
    if (node->scope == NAVETTE__SCOPE__SCOPE_OWN) {
        for (size_t i = 0; i < node->place_count; i++)
            places[i] = (char *)(uintptr_t)node->places[i];
        message.places = places;
        message.n_places = node->place_count;
        message.node = (ProtobufCBinaryData){NODE_ID_SIZE, job->node};
    }
    message.schema = FOLD_SCHEMA;
    message.digest = (ProtobufCBinaryData){HASH_SIZE, making->digest};
    message.entries = making->entries;
    message.near = making->near;
    message.n_sizes = making->writer.count;
    message.sizes = making->writer.sizes;
    message.hashes = (ProtobufCBinaryData){making->writer.hashes.len, making->writer.hashes.data};
    message.made_ms = system_wall_ms();
    rc = buffer_reserve(&job->manifest, navette__snapshot_manifest__get_packed_size(&message));
    if (!rc)
        job->manifest.len = navette__snapshot_manifest__pack(&message, job->manifest.data);
    return rc;
}

int snapshot_make(struct snapshot_job *job)
{
    struct snapshot_making making = {.job = job, .writer = {.file = -1}};
    char path[HOME_PATH_SIZE + 32];
    int rc = make_begin(&making);

    make_path(job, SNAPSHOT_MAKING, path);
    if (!rc)
        rc = make_read_nodes(&making);
    if (!rc && make_node(&making)->scope != NAVETTE__SCOPE__SCOPE_NETWORK)
        rc = make_open_beside(&making);
    if (!rc)
        rc = snapshot_writer_open(&making.writer, path);
    if (!rc)
        rc = make_parts(&making);
    if (!rc)
        rc = making.writer.count ? make_manifest(&making) : NAVETTE_E_CLOSED;
    lmdb_abort(making.txn);
    lmdb_store_close(making.beside);
    make_clear_beside(job);
    snapshot_writer_close(&making.writer);
    hub_snapshot_close(making.reading);
    hub_free(making.hub);
    if (rc)
        (void)unlink(path);
    return rc;
}
