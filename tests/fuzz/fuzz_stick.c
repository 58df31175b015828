/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stick may hold. First byte 0: a file's bytes, through every reader of bundle.h. 1: frames' bodies of a node whose key is valid, through the hub's step: a greeting, its own or the
 * input's, then pushes. 2: of the hub's key, through the node's: a receipt, its own or the input's, then deltas. Bodies: length (2 bytes), body; the frame around each is made here.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "navette/frame.h"
#include "tests/lib/pair_stick.h"

#define FUZZ_FRAMES 16u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_frames(struct span left)
{
    struct span bytes;

    for (unsigned i = 0; i < FUZZ_FRAMES && bundle_next_frame(&left, &bytes) == 0; i++) {
        struct frame frame;

        if (frame_decode(bytes, &frame) == 0)
            frame_free(&frame);
    }
}

static void read_file(struct span bytes)
{
    struct bundle_manifest manifest;
    struct bundle_tally tally;
    struct bundle_prefix prefix;
    struct buffer out = {.data = NULL};
    struct bundle_head head;
    struct bundle_part part;
    size_t len;

    if (bundle_head_decode(bytes, &head, &len) == 0 && len > bytes.len)
        abort();
    (void)bundle_prefix_decode(bytes, &prefix);
    if (bundle_manifest_decode(bytes, &manifest) == 0) {
        bundle_tally_begin(&tally, &manifest);
        if (bundle_part_decode(bytes, &part) == 0)
            bundle_tally_part(&tally, &part);
        bundle_tally_end(&tally);
        read_frames(manifest.frames);
    }
    if (bundle_part_decode(bytes, &part) == 0 && bundle_part_unpack(&part, &out) == 0) {
        if (out.len != part.unpacked_len)
            abort();
        read_frames(buffer_span(&out));
    }
    buffer_free(&out);
}

/* The bodies of the input as frames, behind those that the stick has. */
static void add_frames(struct pair_stick *stick, struct span in, enum frame_type first, enum frame_type others)
{
    while (in.len >= 2 && stick->count < FUZZ_FRAMES) {
        size_t len = (size_t)in.data[0] << 8 | in.data[1];
        enum frame_type type = stick->count == 0 ? first : others;
        uint8_t header[FRAME_HEADER_SIZE];
        struct span body;

        len = len > in.len - 2 ? in.len - 2 : len;
        body = span_of(in.data + 2, len);
        frame_header(type, 0, body, (uint32_t)body.len, header);
        if (buffer_append(&stick->frames[stick->count], header, sizeof header) != 0 ||
            buffer_append(&stick->frames[stick->count], body.data, body.len) != 0)
            abort();
        stick->count++;
        in = span_of(in.data + 2 + len, in.len - 2 - len);
    }
}

static void drop_frames(struct pair_stick *stick, size_t from)
{
    while (stick->count > from)
        buffer_free(&stick->frames[--stick->count]);
}

static void node_reads(struct pair *pair, const struct pair_stick *answer)
{
    struct pair_node *node = &pair->nodes[0];
    struct node_stick_news news;
    uint8_t fresh[SALT_SIZE];

    for (size_t i = 0; i < answer->count; i++) {
        struct store_txn *txn = memstore_begin_write(node->store);
        struct node_input input = {.kind = NODE_TICK, .now_ms = pair->now_ms, .wall_ms = pair->now_ms, .fresh = fresh, .txn = txn};
        struct effects effects;
        int rc;

        memset(fresh, (int)i + 1, sizeof fresh);
        effects_init(&effects);
        rc = i == 0 ? node_stick_receipt(node->node, &input, buffer_span(&answer->frames[i]), &news, &effects)
                    : node_stick_delta(node->node, &input, buffer_span(&answer->frames[i]), &news, &effects);
        if (error_is_fatal(rc))
            abort();
        effects_free(&effects);
        if (memstore_commit(txn) != 0)
            abort();
        if (i == 0 && (rc != 0 || news.kind != NODE_STICK_TAKEN))
            break;
    }
}

static void exchange(uint8_t which, struct span in)
{
    struct pair *pair = pair_new();
    struct hub_stick_info info;
    struct pair_stick *out, *back = NULL;
    int last;

    if (pair_enrol(pair, "BIB-A", NAVETTE__ROLE__ROLE_BRANCH, NAVETTE__SCOPE__SCOPE_NETWORK) != 0 ||
        pair_register(pair, 0, "1", "Titre") != 0)
        abort();
    out = pair_stick_out(pair, 0, 0);
    if (which & 2) {
        back = pair_stick_in(pair, out, 0, &info, &last);
        if (back == NULL)
            abort();
        drop_frames(back, which & 4 ? 1 : 0);
        add_frames(back, in, FRAME_WELCOME, FRAME_DELTA);
        node_reads(pair, back);
    } else {
        drop_frames(out, which & 4 ? 1 : 0);
        add_frames(out, in, FRAME_HELLO, FRAME_PUSH);
        if (out->count > 0)
            back = pair_stick_in(pair, out, 0, &info, &last);
    }
    pair_stick_free(back);
    pair_stick_free(out);
    pair_free(pair);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] % 3 == 0)
        read_file(span_of(data + 1, size - 1));
    else
        exchange(data[0], span_of(data + 1, size - 1));
    return 0;
}
