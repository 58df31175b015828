/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "tests/lib/sample.h"

#define ENTRIES 2u

static void *zeros(struct arena *arena, size_t len)
{
    void *piece = arena_alloc(arena, len);

    assert(piece != NULL);
    return memset(piece, 0, len);
}

static ProtobufCMessage *sample_fetch(struct arena *arena)
{
    Navette__Fetch *made = zeros(arena, sizeof(*made));

    navette__fetch__init(made);
    made->token = 7;
    made->n_entries = ENTRIES;
    made->entries = zeros(arena, ENTRIES * sizeof(*made->entries));
    for (size_t i = 0; i < ENTRIES; i++) {
        made->entries[i] = zeros(arena, sizeof(**made->entries));
        navette__ref__init(made->entries[i]);
        made->entries[i]->incarnation = sample_bytes(arena, 0x20, INCARNATION_SIZE);
        made->entries[i]->seq = 5 + i;
        made->entries[i]->leaf = UINT64_C(0x8877665544332211);
    }
    return &made->base;
}

static ProtobufCMessage *sample_fetched(struct arena *arena)
{
    Navette__Fetched *made = zeros(arena, sizeof(*made));
    struct span bytes = sample_pack(arena, sample_event(arena, NAVETTE__EVENT__BODY_RECEIVED, 5));

    navette__fetched__init(made);
    made->token = 7;
    made->wait_ms = 1000;
    made->n_entries = ENTRIES;
    made->entries = zeros(arena, ENTRIES * sizeof(*made->entries));
    for (size_t i = 0; i < ENTRIES; i++) {
        made->entries[i] = zeros(arena, sizeof(**made->entries));
        navette__fetched_entry__init(made->entries[i]);
        made->entries[i]->index = (uint32_t)i;
        made->entries[i]->state = i == 0 ? NAVETTE__FETCH_STATE__FETCH_GIVEN : NAVETTE__FETCH_STATE__FETCH_NOT_FOLLOWED;
    }
    made->entries[0]->event = (ProtobufCBinaryData){bytes.len, memcpy(zeros(arena, bytes.len), bytes.data, bytes.len)};
    return &made->base;
}

ProtobufCMessage *sample_listed(struct arena *arena, enum frame_type type)
{
    switch (type) {
    case FRAME_WRAPS:
        return sample_wraps(arena);
    case FRAME_WRAPPED:
        return sample_wrapped(arena);
    case FRAME_HUB_KEYS:
        return sample_hub_keys(arena);
    case FRAME_FETCH:
        return sample_fetch(arena);
    default:
        return sample_fetched(arena);
    }
}
