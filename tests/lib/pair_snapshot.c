/* SPDX-License-Identifier: Apache-2.0 */
#include "pair_snapshot.h"

#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "navette/frame.h"
/* cmocka.h wants these before it */
#include <setjmp.h>

#include <cmocka.h>

#define COPY_ENTRIES 7u

struct making {
    struct pair_snapshot *made;
    struct memstore *beside;
    uint32_t sizes[LIMIT_SNAPSHOT_CHUNKS];
    struct buffer hashes;
    uint64_t entries;
    uint32_t near;
};

static void pack(struct making *making, struct span part)
{
    struct pair_snapshot *made = making->made;
    struct buffer *chunk;
    uint8_t hash[HASH_SIZE];

    made->chunks = realloc(made->chunks, (made->count + 1) * sizeof *made->chunks);
    assert_non_null(made->chunks);
    chunk = &made->chunks[made->count];
    buffer_init(chunk);
    assert_int_equal(buffer_reserve(chunk, ZSTD_compressBound(part.len)), 0);
    chunk->len = ZSTD_compress(chunk->data, chunk->capacity, part.data, part.len, 3);
    assert_false(ZSTD_isError(chunk->len));
    snapshot_name(buffer_span(chunk), hash);
    assert_int_equal(buffer_append(&making->hashes, hash, sizeof hash), 0);
    making->sizes[made->count++] = (uint32_t)chunk->len;
}

static void take(struct making *making, struct span bytes, int near)
{
    struct snapshot_part part = {.delta = NULL};
    struct store_txn *txn = memstore_begin_write(making->beside);

    assert_int_equal(snapshot_part_read(bytes, &part), 0);
    assert_int_equal(snapshot_append(txn, part.delta), 0);
    assert_int_equal(memstore_commit(txn), 0);
    making->entries += part.delta->n_entries;
    making->near += near != 0;
    snapshot_part_free(&part);
    pack(making, bytes);
}

static uint64_t read_parts(struct pair *pair, size_t node, struct making *making)
{
    struct hub_input input = {
        .now_ms = pair->now_ms, .journal = memstore_begin_read(pair->journal), .state = memstore_begin_read(pair->state)};
    struct hub_snapshot *reading;
    struct buffer part = {.data = NULL};
    uint64_t tail;
    int near;
    int rc;

    assert_int_equal(journal_tail(input.journal, &tail), 0);
    assert_int_equal(hub_snapshot_open(pair->hub, pair->nodes[node].id, tail, &reading), 0);
    while ((rc = hub_snapshot_next(reading, &input, &part, &near)) == 0) {
        take(making, buffer_span(&part), near);
        buffer_clear(&part);
    }
    assert_int_equal(rc, NAVETTE_E_NOT_FOUND);
    buffer_free(&part);
    hub_snapshot_close(reading);
    memstore_abort(input.state);
    memstore_abort(input.journal);
    return tail;
}

static const struct hub_node *node_at(const struct pair *pair, size_t node)
{
    return hub_node_by_key(pair->hub, pair->nodes[node].curve_key);
}

static void say(struct pair *pair, size_t node, struct making *making, uint64_t tail)
{
    Navette__SnapshotManifest message = NAVETTE__SNAPSHOT_MANIFEST__INIT;
    const struct hub_node *about = node_at(pair, node);
    struct pair_snapshot *made = making->made;
    uint8_t signed_bytes[SNAPSHOT_SIGNED_SIZE];
    uint8_t digest[HASH_SIZE];
    uint8_t epoch[EPOCH_SIZE];
    char *places[HUB_NODE_PLACES];

    memcpy(epoch, lineage_last(&pair->lineage)->id, EPOCH_SIZE);
    epoch[0] = (uint8_t)(epoch[0] ^ (pair->snapshot_lie == LIE_EPOCH));
    pair_digest(making->beside, digest);
    digest[3] = (uint8_t)(digest[3] ^ (pair->snapshot_lie == LIE_DIGEST));
    message.epoch = (ProtobufCBinaryData){EPOCH_SIZE, epoch};
    message.cursor = tail;
    message.scope = about->scope;
    if (about->scope == NAVETTE__SCOPE__SCOPE_OWN) {
        for (size_t i = 0; i < about->place_count; i++) {
            places[i] = (char *)(uintptr_t)about->places[i];
        }
        message.places = places;
        message.n_places = about->place_count;
        message.node = (ProtobufCBinaryData){NODE_ID_SIZE, pair->nodes[node].id};
    }
    message.schema = FOLD_SCHEMA + (pair->snapshot_lie == LIE_SCHEMA);
    message.digest = (ProtobufCBinaryData){HASH_SIZE, digest};
    message.entries = making->entries;
    message.near = making->near;
    message.n_sizes = made->count;
    message.sizes = making->sizes;
    message.hashes = (ProtobufCBinaryData){making->hashes.len, making->hashes.data};
    assert_int_equal(buffer_reserve(&made->manifest, navette__snapshot_manifest__get_packed_size(&message)), 0);
    made->manifest.len = navette__snapshot_manifest__pack(&message, made->manifest.data);
    snapshot_name(buffer_span(&made->manifest), made->id);
    snapshot_signed_bytes(made->id, signed_bytes);
    crypto_sign_detached(made->signature, NULL, signed_bytes, sizeof signed_bytes, pair->hub_secret);
}

struct pair_snapshot *pair_snapshot_make(struct pair *pair, size_t node)
{
    struct making *making = calloc(1, sizeof *making);
    struct pair_snapshot *made = calloc(1, sizeof *made);
    uint64_t tail;

    assert_non_null(making);
    assert_non_null(made);
    making->made = made;
    making->beside = memstore_new();
    tail = read_parts(pair, node, making);
    pair_fold(making->beside, making->beside);
    say(pair, node, making, tail);
    memstore_free(making->beside);
    buffer_free(&making->hashes);
    free(making);
    return made;
}

void pair_snapshot_free(struct pair_snapshot *snapshot)
{
    if (snapshot == NULL) {
        return;
    }
    for (size_t i = 0; i < snapshot->count; i++) {
        buffer_free(&snapshot->chunks[i]);
    }
    free(snapshot->chunks);
    buffer_free(&snapshot->manifest);
    free(snapshot);
}

static void answer_manifest(const struct pair *pair, const struct effect *effect, struct effects *answers)
{
    Navette__SnapshotChunk message = NAVETTE__SNAPSHOT_CHUNK__INIT;
    const struct pair_snapshot *made = pair->snapshot;
    struct buffer manifest = {.data = NULL};
    uint8_t signature[SIGNATURE_SIZE];

    assert_int_equal(buffer_append(&manifest, made->manifest.data, made->manifest.len), 0);
    memcpy(signature, made->signature, sizeof signature);
    manifest.data[manifest.len / 2] = (uint8_t)(manifest.data[manifest.len / 2] ^ (pair->snapshot_lie == LIE_MANIFEST));
    signature[7] = (uint8_t)(signature[7] ^ (pair->snapshot_lie == LIE_SIGNATURE));
    message.manifest = (ProtobufCBinaryData){manifest.len, manifest.data};
    message.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    assert_int_equal(effects_send(answers, effect->session, FRAME_SNAPSHOT, &message.base), 0);
    buffer_free(&manifest);
}

static void answer_chunk(const struct pair *pair, const struct effect *effect, uint32_t index, uint32_t left, struct effects *answers)
{
    Navette__SnapshotChunk message = NAVETTE__SNAPSHOT_CHUNK__INIT;
    const struct pair_snapshot *made = pair->snapshot;
    const struct buffer *chunk = &made->chunks[index];
    int lies = pair->snapshot_lie == LIE_CHUNK && index == made->count / 2;

    chunk->data[chunk->len / 2] = (uint8_t)(chunk->data[chunk->len / 2] ^ lies);
    message.index = index;
    message.left = left;
    message.snapshot = (ProtobufCBinaryData){HASH_SIZE, (uint8_t *)(uintptr_t)made->id};
    message.body = (ProtobufCBinaryData){chunk->len, chunk->data};
    assert_int_equal(effects_send(answers, effect->session, FRAME_SNAPSHOT, &message.base), 0);
    chunk->data[chunk->len / 2] = (uint8_t)(chunk->data[chunk->len / 2] ^ lies);
}

static void answer(struct pair *pair, size_t node, const struct effect *effect, struct effects *answers)
{
    struct hub_snapshot_ask ask;
    uint32_t portion = 2 - pair->snapshot_asked % 2;

    assert_int_equal(hub_snapshot_asked(buffer_span(&effect->frame), &ask), 0);
    pair->snapshot_asked++;
    if (pair->snapshot == NULL) {
        pair->snapshot = pair_snapshot_make(pair, node);
    }
    if (!ask.has_id || memcmp(ask.id, pair->snapshot->id, HASH_SIZE) != 0) {
        answer_manifest(pair, effect, answers);
        return;
    }
    for (uint32_t i = ask.index; i < pair->snapshot->count && portion > 0; i++) {
        portion--;
        answer_chunk(pair, effect, i, i + 1 < pair->snapshot->count ? portion : 0, answers);
    }
}

void pair_snapshot_answer(struct pair *pair, struct pair_node *node, const struct effect *effect)
{
    struct effects answers;

    effects_init(&answers);
    answer(pair, (size_t)(node - pair->nodes), effect, &answers);
    for (size_t i = 0; i < answers.count; i++) {
        pair_push(&node->down, effect->session, &answers.list[i].frame);
    }
    effects_free(&answers);
}

int pair_snapshot_stage(struct pair_node *node, const struct effect *effect, uint32_t *next)
{
    struct store_txn *txn;
    int rc;

    if (node->stage == NULL) {
        node->stage = memstore_new();
    }
    txn = memstore_begin_write(node->stage);
    rc = node_stage_take(txn, effect, next);
    if (rc == NAVETTE_E_EXISTS) {
        memstore_abort(txn);
        memstore_free(node->stage);
        node->stage = NULL;
        return pair_snapshot_stage(node, effect, next);
    }
    assert_int_equal(rc, 0);
    return memstore_commit(txn);
}

static void drop(struct pair_node *node, int again)
{
    memstore_free(node->stage);
    node->stage = NULL;
    node_stage_drop(node->node, again);
}

/* Part by part, as the daemon does between other things. */
static void copy(struct pair_node *node)
{
    struct store_txn *from = memstore_begin_read(node->store);
    uint64_t position = 0;
    int done = 0;

    while (!done) {
        struct store_txn *to = memstore_begin_write(node->stage);

        assert_int_equal(node_evict_copy(node->node, from, to, COPY_ENTRIES, &position, &done), 0);
        if (done) {
            assert_int_equal(node_stage_end(node->node, to), 0);
        }
        assert_int_equal(memstore_commit(to), 0);
    }
    memstore_abort(from);
}

int pair_snapshot_turn(struct pair *pair, size_t index)
{
    struct pair_node *node = &pair->nodes[index];
    struct store_txn *txn;
    int connected = node->session != 0;
    int wanted;
    int rc;

    if (node->stage == NULL || node_stage_manifest(node->node, &wanted) == NULL) {
        return 0;
    }
    if (!wanted) {
        drop(node, 1);
        return 0;
    }
    if (!node_stage_is_whole(node->node)) {
        return 0;
    }
    pair_fold(node->stage, node->stage);
    txn = memstore_begin_write(node->stage);
    rc = node_stage_check(node->node, txn);
    assert_int_equal(memstore_commit(txn), 0);
    if (rc != 0) {
        assert_true(rc == NAVETTE_E_CHAIN || rc == NAVETTE_E_EXISTS);
        drop(node, rc == NAVETTE_E_EXISTS);
        return 0;
    }
    copy(node);
    struct memstore *stage = node->stage;
    node->stage = NULL;
    pair->snapshots_taken++;
    pair_restore_node(pair, index, stage);
    pair_fold(node->store, node->store);
    if (connected) {
        pair_connect(pair, index);
    }
    return 1;
}
