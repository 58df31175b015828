/* SPDX-License-Identifier: Apache-2.0 */
#include "forge.h"

#include <stdlib.h>
#include <string.h>

#include "navette/chain.h"
#include "navette/frame.h"
#include "navette/journal.h"
#include "world.h"

static void alter(Navette__Batch *batch, struct random *chance)
{
    ProtobufCBinaryData *event = &batch->events[random_below(chance, batch->n_events)];

    if (event->len > 0) {
        event->data[random_below(chance, event->len)] ^= (uint8_t)(1u << random_below(chance, 8));
    }
}

/* All that can be made without the node's key. */
static void make_fit(Navette__Batch *batch)
{
    uint8_t *leaves = world_alloc(batch->n_events * HASH_SIZE);
    uint8_t head[HASH_SIZE];

    memcpy(head, batch->previous.data, HASH_SIZE);
    for (size_t i = 0; i < batch->n_events; i++) {
        struct span bytes = {batch->events[i].data, batch->events[i].len};
        chain_leaf(batch->salt.data, batch->incarnation.data, batch->first_seq + i, bytes, leaves + i * HASH_SIZE);
        chain_next(head, leaves + i * HASH_SIZE, head);
    }
    memcpy(batch->head.data, head, HASH_SIZE);
    chain_root(leaves, batch->n_events, batch->root.data);
    free(leaves);
}

int forge_push(struct span bytes, struct random *chance, struct buffer *out)
{
    struct frame frame;
    Navette__Batch *batch;
    int forged = 0;

    if (frame_decode(bytes, &frame) != 0) {
        return 0;
    }
    batch = frame.type == FRAME_PUSH ? ((Navette__Push *)frame.message)->batch : NULL;
    if (batch != NULL && batch->n_events > 0) {
        switch (random_below(chance, 4)) {
        case 0:
            alter(batch, chance);
            break;
        case 1:
            alter(batch, chance);
            make_fit(batch);
            break;
        case 2:
            batch->n_events--;
            break;
        default:
            batch->first_seq += 1 + random_below(chance, 3);
            make_fit(batch);
            break;
        }
        forged = frame_encode(FRAME_PUSH, frame.message, out) == 0;
    }
    frame_free(&frame);
    return forged;
}

int forge_greeting(struct span heard, const uint8_t node[NODE_ID_SIZE], struct store_txn *journal, struct buffer *out)
{
    struct log_head head;
    struct frame frame;
    int forged = 0;

    if (frame_decode(heard, &frame) != 0) {
        return 0;
    }
    if (frame.type == FRAME_HELLO) {
        Navette__Hello *hello = (Navette__Hello *)frame.message;

        memcpy(hello->node.data, node, NODE_ID_SIZE);
        forged = journal_head(journal, hello->log->incarnation.data, &head) == 0 && frame_encode(FRAME_HELLO, frame.message, out) == 0;
    }
    frame_free(&frame);
    return forged;
}

static void fill(struct buffer *out, const void *data, size_t len)
{
    if (buffer_append(out, data, len) != 0) {
        abort();
    }
}

void forge_anything(struct span heard, struct random *chance, struct buffer *out)
{
    uint64_t how = random_below(chance, 5);
    uint8_t noise[200];

    if (how == 0 || heard.len <= FRAME_HEADER_SIZE) {
        random_bytes(chance, noise, sizeof(noise));
        frame_header((enum frame_type)random_range(chance, 1, FRAME_TYPE_COUNT), 0, span_of(noise, sizeof(noise)), sizeof(noise), noise);
        fill(out, noise, (size_t)random_range(chance, FRAME_HEADER_SIZE, sizeof(noise)));
        return;
    }
    fill(out, heard.data, heard.len);
    if (how == 1) {
        return;
    }
    if (how == 2) {
        out->len = FRAME_HEADER_SIZE + (size_t)random_below(chance, heard.len - FRAME_HEADER_SIZE);
    }
    for (uint64_t flips = how > 2 ? 1 + random_below(chance, 4) : 0; flips > 0; flips--) {
        out->data[FRAME_HEADER_SIZE + random_below(chance, out->len - FRAME_HEADER_SIZE)] ^= (uint8_t)(1u << random_below(chance, 8));
    }
    frame_header((enum frame_type)heard.data[5], 0, span_of(out->data + FRAME_HEADER_SIZE, out->len - FRAME_HEADER_SIZE),
                 (uint32_t)(out->len - FRAME_HEADER_SIZE), out->data);
}
