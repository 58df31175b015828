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

static void *message_of(struct arena *arena, const ProtobufCMessageDescriptor *descriptor)
{
    void *made = zeros(arena, descriptor->sizeof_message);

    protobuf_c_message_init(descriptor, made);
    return made;
}

static char *order_id(struct arena *arena)
{
    return memcpy(zeros(arena, 8), "C-1", 4);
}

static Navette__Wrap *wrap(struct arena *arena, int whole)
{
    Navette__Wrap *made = message_of(arena, &navette__wrap__descriptor);

    made->key_id = sample_bytes(arena, 0x10, KEY_ID_SIZE);
    made->recipient = sample_bytes(arena, 0x20, KEY_SIZE);
    made->until_ms = SAMPLE_TIME_MS;
    if (!whole)
        return made;
    made->subject = message_of(arena, &navette__thing__descriptor);
    made->subject->kind = NAVETTE__THING_KIND__THING_ORDER;
    made->subject->id = order_id(arena);
    made->node = sample_bytes(arena, 0x30, NODE_ID_SIZE);
    made->box = sample_bytes(arena, 0x40, WRAP_BOX_SIZE);
    return made;
}

static ProtobufCBinaryData *key_ids(struct arena *arena)
{
    ProtobufCBinaryData *made = zeros(arena, sizeof(*made));

    *made = sample_bytes(arena, 0x50, KEY_ID_SIZE);
    return made;
}

static Navette__Wrap **wraps_of(struct arena *arena, int whole)
{
    Navette__Wrap **made = zeros(arena, sizeof(Navette__Wrap *));

    *made = wrap(arena, whole);
    return made;
}

ProtobufCMessage *sample_wraps(struct arena *arena)
{
    Navette__Wraps *made = message_of(arena, &navette__wraps__descriptor);

    made->vault = sample_bytes(arena, 0x60, VAULT_ID_SIZE);
    made->recovery = sample_bytes(arena, 0x70, KEY_SIZE);
    made->after = sample_bytes(arena, 0x80, KEY_ID_SIZE);
    made->more = 1;
    made->hub_time_ms = SAMPLE_TIME_MS;
    made->n_wraps = made->n_until = made->n_ended = 1;
    made->wraps = wraps_of(arena, 1);
    made->until = wraps_of(arena, 0);
    made->ended = key_ids(arena);
    return &made->base;
}

ProtobufCMessage *sample_wrapped(struct arena *arena)
{
    Navette__Wrapped *made = message_of(arena, &navette__wrapped__descriptor);

    made->vault = sample_bytes(arena, 0x60, VAULT_ID_SIZE);
    made->n_wraps = made->n_erased = 1;
    made->wraps = wraps_of(arena, 0);
    made->erased = key_ids(arena);
    return &made->base;
}

ProtobufCMessage *sample_hub_keys(struct arena *arena)
{
    Navette__HubKeys *made = message_of(arena, &navette__hub_keys__descriptor);

    made->over = 1;
    made->n_keys = 2;
    made->keys = arena_alloc(arena, 2 * sizeof *made->keys);
    for (size_t i = 0; i < 2; i++) {
        made->keys[i] = message_of(arena, &navette__rekey__descriptor);
        made->keys[i]->node = sample_bytes(arena, 0x10, NODE_ID_SIZE);
        made->keys[i]->curve_key = sample_bytes(arena, (uint8_t)(0x20 + i), KEY_SIZE);
        made->keys[i]->sign_key = sample_bytes(arena, (uint8_t)(0x31 + i), KEY_SIZE);
        made->keys[i]->previous = sample_bytes(arena, (uint8_t)(0x30 + i), KEY_SIZE);
        made->keys[i]->incarnation = sample_bytes(arena, 0x40, INCARNATION_SIZE);
        made->keys[i]->from_seq = 7 + i;
        made->keys[i]->signature = sample_bytes(arena, 0x50, SIGNATURE_SIZE);
        made->keys[i]->proof = sample_bytes(arena, 0x60, SIGNATURE_SIZE);
    }
    return &made->base;
}
