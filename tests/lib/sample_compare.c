/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "tests/lib/sample.h"

static void *zeros(struct arena *arena, size_t len)
{
    void *piece = arena_alloc(arena, len);

    assert(piece != NULL);
    return memset(piece, 0, len);
}

static Navette__Batch *batch(struct arena *arena)
{
    Navette__Event *event = sample_event(arena, NAVETTE__EVENT__BODY_ITEM_PACKED, 1);
    struct span packed = sample_pack(arena, event);
    struct sample_log log;

    sample_log_init(&log, 9);
    return sample_batch(arena, &log, &packed, 1);
}

Navette__Compare *sample_compare(struct arena *arena)
{
    static const uint64_t spans[] = {0, 1, 1024, 1, 2049, 7};
    Navette__Compare *made = zeros(arena, sizeof(*made));

    navette__compare__init(made);
    made->act = NAVETTE__COMPARE_ACT__COMPARE_RANGE;
    made->result = NAVETTE__COMPARE_RESULT__COMPARED_SAME;
    made->n_logs = 2;
    made->logs = zeros(arena, 2 * sizeof(*made->logs));
    made->logs[0] = sample_bytes(arena, 0x10, INCARNATION_SIZE);
    made->logs[1] = sample_bytes(arena, 0x20, INCARNATION_SIZE);
    made->n_spans = sizeof(spans) / sizeof(spans[0]);
    made->spans = memcpy(zeros(arena, sizeof(spans)), spans, sizeof(spans));
    made->n_sealed = 1;
    made->sealed = zeros(arena, sizeof(*made->sealed));
    made->root = sample_bytes(arena, 0x30, COMPARE_DIGEST_SIZE);
    made->digests = sample_bytes(arena, 0x40, (size_t)2 * COMPARE_DIGEST_SIZE);
    made->state = sample_bytes(arena, 0x50, HASH_SIZE);
    made->batch = batch(arena);
    made->token = made->cursor = made->entries = made->mended = made->given = made->lost = 7;
    made->wait_ms = made->schema = made->folded = 7;
    return made;
}
