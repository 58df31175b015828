/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/fold.h"
#include "navette/snapshot.h"
#include "sync/node_state.h"

#define MANIFEST_NAME "snapshot-manifest"
#define NEXT_NAME "snapshot-next"
#define CHECKED_NAME "snapshot-checked" /* which log this node wrote when what is beside was found to be what the hub says */

static int read_next(struct store_txn *stage, uint32_t *next)
{
    struct span value;
    int rc = store_get(stage, TABLE_LOCAL, span_of_string(NEXT_NAME), &value);

    if (rc == 0 && value.len != 4) {
        rc = NAVETTE_E_STORE;
    }
    *next = rc == 0 ? read_u32(value.data) : 0;
    return rc;
}

static int write_next(struct store_txn *stage, uint32_t next)
{
    uint8_t bytes[4];

    write_u32(bytes, next);
    return store_put(stage, TABLE_LOCAL, span_of_string(NEXT_NAME), span_of(bytes, sizeof bytes));
}

static int begin(struct store_txn *stage, struct span manifest, uint32_t *next)
{
    struct span held;
    int rc = store_get(stage, TABLE_LOCAL, span_of_string(MANIFEST_NAME), &held);

    if (rc == 0) {
        return span_equal(held, manifest) ? read_next(stage, next) : NAVETTE_E_EXISTS;
    }
    if (rc != NAVETTE_E_NOT_FOUND) {
        return rc;
    }
    *next = 0;
    rc = store_put(stage, TABLE_LOCAL, span_of_string(MANIFEST_NAME), manifest);
    return rc != 0 ? rc : write_next(stage, 0);
}

static int take(struct store_txn *stage, struct span bytes)
{
    struct effects told;
    struct snapshot_part part = {.delta = NULL};
    int rc = snapshot_part_read(bytes, &part);

    effects_init(&told);
    if (rc == 0) {
        rc = snapshot_append(stage, part.delta);
    }
    if (rc == 0) {
        rc = node_keep_seals(&(struct node_input){.txn = stage}, part.delta, &told);
    }
    effects_free(&told);
    snapshot_part_free(&part);
    return rc;
}

int node_stage_take(struct store_txn *stage, const struct effect *effect, uint32_t *next)
{
    int rc;

    if (effect->session == 0) {
        return begin(stage, buffer_span(&effect->frame), next);
    }
    rc = read_next(stage, next);
    /* It is here already, or what stands before it is not. */
    if (rc != 0 || effect->session != (uint64_t)*next + 1) {
        return rc;
    }
    rc = take(stage, buffer_span(&effect->frame));
    if (rc == 0) {
        rc = write_next(stage, *next + 1);
    }
    *next += rc == 0;
    return rc;
}

int node_stage_resume(struct node *node, struct store_txn *stage)
{
    struct snapshot_manifest *manifest;
    struct span bytes;
    uint32_t next = 0;
    int rc = store_get(stage, TABLE_LOCAL, span_of_string(MANIFEST_NAME), &bytes);

    if (rc != 0) {
        return rc;
    }
    manifest = calloc(1, sizeof *manifest);
    if (manifest == NULL) {
        return NAVETTE_E_MEMORY;
    }
    rc = snapshot_manifest_read(bytes, manifest);
    if (rc == 0) {
        rc = read_next(stage, &next);
    }
    if (rc != 0 || next > manifest->count) {
        snapshot_manifest_free(manifest);
        free(manifest);
        return rc == NAVETTE_E_MEMORY || rc == NAVETTE_E_STORE ? rc : NAVETTE_E_NOT_FOUND;
    }
    node_snapshot_forget(node);
    node->snapshot.manifest = manifest;
    node->snapshot.next = next;
    node->snapshot.staged = next;
    return 0;
}

int node_stage_check(struct node *node, struct store_txn *stage)
{
    uint8_t digest[HASH_SIZE];
    struct span checked;
    int rc = store_get(stage, TABLE_LOCAL, span_of_string(CHECKED_NAME), &checked);

    if (rc == 0) {
        return span_equal(checked, span_of(node->incarnation, INCARNATION_SIZE)) ? 0 : NAVETTE_E_EXISTS;
    }
    if (rc != NAVETTE_E_NOT_FOUND) {
        return rc;
    }
    rc = fold_digest(stage, digest);
    if (rc == 0 && memcmp(digest, node->snapshot.manifest->message->digest.data, HASH_SIZE) != 0) {
        rc = NAVETTE_E_CHAIN;
    }
    return rc != 0 ? rc : store_put(stage, TABLE_LOCAL, span_of_string(CHECKED_NAME), span_of(node->incarnation, INCARNATION_SIZE));
}

int node_stage_end(struct node *node, struct store_txn *stage)
{
    int rc;

    node->record.cursor = node->snapshot.manifest->message->cursor;
    node->dirty = 1;
    rc = node_record_save(node, stage);
    /* What was read ahead was of the store that goes. */
    rc = rc != 0 ? rc : node_near_clear(node, stage);
    if (rc == 0) {
        rc = store_del(stage, TABLE_LOCAL, span_of_string(MANIFEST_NAME));
    }
    if (rc == 0) {
        rc = store_del(stage, TABLE_LOCAL, span_of_string(CHECKED_NAME));
    }
    return rc != 0 ? rc : store_del(stage, TABLE_LOCAL, span_of_string(NEXT_NAME));
}
