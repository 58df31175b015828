/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/snapshot.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "log/frame_check.h"
#include "navette/arena.h"
#include "navette/error.h"
#include "navette/event.h"
#include "navette/frame.h"
#include "navette/journal.h"

#define PART_BUDGET (LIMIT_FRAME_BYTES * 16u)

void snapshot_name(struct span bytes, uint8_t id[HASH_SIZE])
{
    crypto_generichash(id, HASH_SIZE, bytes.data, bytes.len, NULL, 0);
}

static int is_known_scope(const Navette__SnapshotManifest *message)
{
    struct scope_set set;

    if (message->scope == NAVETTE__SCOPE__SCOPE_NETWORK) {
        return message->node.len == 0 && message->n_places == 0;
    }
    return message->scope == NAVETTE__SCOPE__SCOPE_OWN && message->node.len == NODE_ID_SIZE &&
           scope_set_make(&set, message->scope, message->places, message->n_places) == 0;
}

static int check(const Navette__SnapshotManifest *message)
{
    if (message->n_sizes > LIMIT_SNAPSHOT_CHUNKS) {
        return NAVETTE_E_TOO_LARGE;
    }
    if (message->epoch.len != EPOCH_SIZE || message->digest.len != HASH_SIZE || message->cursor == 0 || message->n_sizes == 0 ||
        message->hashes.len != message->n_sizes * HASH_SIZE || message->near > message->n_sizes || !is_known_scope(message)) {
        return NAVETTE_E_INVALID;
    }
    for (size_t i = 0; i < message->n_sizes; i++) {
        if (message->sizes[i] == 0 || message->sizes[i] > LIMIT_FRAME_BYTES) {
            return NAVETTE_E_INVALID;
        }
    }
    return 0;
}

int snapshot_manifest_read(struct span bytes, struct snapshot_manifest *manifest)
{
    int rc;

    memset(manifest, 0, sizeof *manifest);
    if (bytes.len > LIMIT_FRAME_BYTES) {
        return NAVETTE_E_TOO_LARGE;
    }
    manifest->message = navette__snapshot_manifest__unpack(NULL, bytes.len, bytes.data);
    if (manifest->message == NULL) {
        return NAVETTE_E_INVALID;
    }
    rc = check(manifest->message);
    if (rc != 0) {
        snapshot_manifest_free(manifest);
        return rc;
    }
    manifest->count = (uint32_t)manifest->message->n_sizes;
    snapshot_name(bytes, manifest->id);
    return 0;
}

void snapshot_manifest_free(struct snapshot_manifest *manifest)
{
    if (manifest->message != NULL) {
        navette__snapshot_manifest__free_unpacked(manifest->message, NULL);
    }
    memset(manifest, 0, sizeof *manifest);
}

void snapshot_signed_bytes(const uint8_t id[HASH_SIZE], uint8_t out[SNAPSHOT_SIGNED_SIZE])
{
    memcpy(out, "navette snaps v1", 16);
    memcpy(out + 16, id, HASH_SIZE);
}

int snapshot_verify(const struct snapshot_manifest *manifest, ProtobufCBinaryData signature, const uint8_t sign_key[KEY_SIZE])
{
    uint8_t bytes[SNAPSHOT_SIGNED_SIZE];

    snapshot_signed_bytes(manifest->id, bytes);
    if (signature.len != SIGNATURE_SIZE || crypto_sign_verify_detached(signature.data, bytes, sizeof bytes, sign_key) != 0) {
        return NAVETTE_E_SIGNATURE;
    }
    return 0;
}

int snapshot_is_for(const struct snapshot_manifest *manifest, const uint8_t node[NODE_ID_SIZE], const struct scope_set *set,
                    const uint8_t epoch[EPOCH_SIZE])
{
    const Navette__SnapshotManifest *message = manifest->message;
    struct scope_set made;

    if (memcmp(message->epoch.data, epoch, EPOCH_SIZE) != 0 || message->scope != set->kind) {
        return 0;
    }
    if (set->kind == NAVETTE__SCOPE__SCOPE_NETWORK) {
        return 1;
    }
    return memcmp(message->node.data, node, NODE_ID_SIZE) == 0 &&
           scope_set_make(&made, message->scope, message->places, message->n_places) == 0 && scope_set_covers(&made, set) &&
           scope_set_covers(set, &made);
}

/* The content size is bounded before anything is allocated for it; zstd's own word must agree. */
static int decompress(struct span body, struct buffer *out)
{
    unsigned long long len = ZSTD_getFrameContentSize(body.data, body.len);
    int rc;

    if (len == ZSTD_CONTENTSIZE_ERROR || len == ZSTD_CONTENTSIZE_UNKNOWN) {
        return NAVETTE_E_INVALID;
    }
    if (len > LIMIT_FRAME_BYTES) {
        return NAVETTE_E_TOO_LARGE;
    }
    rc = buffer_reserve(out, (size_t)len + 1);
    if (rc != 0) {
        return rc;
    }
    if (ZSTD_decompress(out->data, (size_t)len, body.data, body.len) != len) {
        return NAVETTE_E_INVALID;
    }
    out->len = (size_t)len;
    return 0;
}

int snapshot_part_read(struct span bytes, struct snapshot_part *part)
{
    struct arena *arena = arena_new(PART_BUDGET);

    part->arena = arena;
    if (arena == NULL) {
        return NAVETTE_E_MEMORY;
    }
    part->delta = navette__delta__unpack(arena_allocator(arena), bytes.len, bytes.data);
    if (part->delta == NULL) {
        return arena_out_of_memory(arena) ? NAVETTE_E_MEMORY : NAVETTE_E_INVALID;
    }
    return frame_check(FRAME_DELTA, &part->delta->base);
}

int snapshot_part_open(const struct snapshot_manifest *manifest, uint32_t index, struct span body, struct snapshot_part *part)
{
    uint8_t hash[HASH_SIZE];
    int rc;

    memset(part, 0, sizeof *part);
    if (index >= manifest->count || body.len != manifest->message->sizes[index]) {
        return NAVETTE_E_CHECKSUM;
    }
    snapshot_name(body, hash);
    if (memcmp(hash, manifest->message->hashes.data + (size_t)index * HASH_SIZE, HASH_SIZE) != 0) {
        return NAVETTE_E_CHECKSUM;
    }
    rc = decompress(body, &part->bytes);
    return rc != 0 ? rc : snapshot_part_read(buffer_span(&part->bytes), part);
}

void snapshot_part_free(struct snapshot_part *part)
{
    arena_free(part->arena);
    buffer_free(&part->bytes);
    memset(part, 0, sizeof *part);
}

void snapshot_entry(const Navette__Delta *delta, const Navette__DeltaEntry *in, struct journal_entry *entry)
{
    memset(entry, 0, sizeof *entry);
    memcpy(entry->self.incarnation, delta->incarnations[in->source].data, INCARNATION_SIZE);
    entry->self.seq = in->seq;
    entry->self.leaf = in->leaf;
    entry->received_ms = in->received_ms;
    entry->event = span_of(in->event.data, in->event.len);
}

int snapshot_adopt(struct store_txn *txn, const struct journal_entry *entry, const Navette__Event *event)
{
    struct ref original;

    if (event->body_case != NAVETTE__EVENT__BODY_ADOPTED) {
        return 0;
    }
    original = event_ref(event->adopted->original, &entry->self);
    return journal_adopt(txn, &original, entry->position);
}

/* One that cannot be read adopts nothing. */
static int adopt(struct store_txn *txn, const struct journal_entry *entry)
{
    struct event event;
    int rc = event_decode(entry->event, &event);

    if (rc == 0) {
        rc = snapshot_adopt(txn, entry, event.body);
    } else if (rc != NAVETTE_E_MEMORY) {
        rc = 0;
    }
    event_free(&event);
    return rc;
}

int snapshot_append(struct store_txn *txn, const Navette__Delta *delta)
{
    int rc = 0;

    for (size_t i = 0; i < delta->n_entries && rc == 0; i++) {
        struct journal_entry entry;

        snapshot_entry(delta, delta->entries[i], &entry);
        rc = journal_append(txn, &entry);
        if (rc == 0) {
            rc = adopt(txn, &entry);
        } else if (rc == NAVETTE_E_EXISTS) {
            rc = 0;
        }
    }
    return rc;
}
