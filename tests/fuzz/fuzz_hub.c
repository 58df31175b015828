/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of a node with a valid key, given to the hub's step: every decoder it has, with the step, the journal and the fold behind. The input is a
 * sequence of frames' bodies: type (1 byte), length (2), body; the frame around each is made here, so that the checksum does not hide what
 * lies behind it. One in sixteen types gives the bytes as they are, without a frame. Half of the sessions have said HELLO first.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "navette/frame.h"
#include "tests/lib/pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(struct pair *pair, uint8_t type, struct span body)
{
    struct pair_frame *slot = &pair->up.frames[pair->up.count];
    uint8_t header[FRAME_HEADER_SIZE];

    slot->session = pair->nodes[0].session;
    buffer_init(&slot->bytes);
    if (type < 240) {
        frame_header((enum frame_type)(type % FRAME_TYPE_COUNT), 0, body, (uint32_t)body.len, header);
        if (buffer_append(&slot->bytes, header, sizeof(header)) != 0)
            abort();
    }
    if (buffer_append(&slot->bytes, body.data, body.len) != 0)
        abort();
    pair->up.count++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pair *pair = pair_new();
    size_t node = pair_enrol(pair, "BIB-A", NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK);
    size_t at = 1;

    if (size > 0 && (data[0] & 1)) {
        pair_connect(pair, node);
        pair_hub_round(pair, 4);
        pair_node_round(pair, node);
        pair_hub_round(pair, 4);
    } else {
        pair->nodes[node].session = ++pair->next_session;
    }
    while (at + 3 <= size && pair->up.count < 32) {
        size_t len = (size_t)data[at + 1] << 8 | data[at + 2];

        len = len > size - at - 3 ? size - at - 3 : len;
        put(pair, data[at], span_of(data + at + 3, len));
        at += 3 + len;
    }
    while (pair->up.count > 0)
        pair_hub_round(pair, 8);
    pair_free(pair);
    return 0;
}
