/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/frame.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "log/frame_check.h"
#include "navette/arena.h"
#include "navette/error.h"

/* What the smallest useful parts of a body grow to when unpacked: a delta's entries, ten times at most. */
#define FRAME_ARENA_BASE 65536u
#define FRAME_ARENA_FACTOR 16u

static const char magic[4] = {'N', 'V', 'T', '1'};

struct frame_kind {
    const char *name;
    const ProtobufCMessageDescriptor *descriptor;
};

static const struct frame_kind kinds[FRAME_TYPE_COUNT] = {
    [FRAME_HELLO] = {"HELLO", &navette__hello__descriptor},
    [FRAME_WELCOME] = {"WELCOME", &navette__welcome__descriptor},
    [FRAME_PUSH] = {"PUSH", &navette__push__descriptor},
    [FRAME_ACK] = {"ACK", &navette__ack__descriptor},
    [FRAME_NACK] = {"NACK", &navette__nack__descriptor},
    [FRAME_CREDIT] = {"CREDIT", &navette__credit__descriptor},
    [FRAME_PULL] = {"PULL", &navette__pull__descriptor},
    [FRAME_DELTA] = {"DELTA", &navette__delta__descriptor},
    [FRAME_SNAPSHOT] = {"SNAPSHOT", &navette__snapshot_chunk__descriptor},
    [FRAME_DIGEST] = {"DIGEST", &navette__digest__descriptor},
    [FRAME_PING] = {"PING", &navette__ping__descriptor},
    [FRAME_PONG] = {"PONG", &navette__pong__descriptor},
    [FRAME_REKEY] = {"REKEY", &navette__rekey__descriptor},
    [FRAME_BYE] = {"BYE", &navette__bye__descriptor},
    [FRAME_ENROL_REQUEST] = {"ENROL_REQUEST", &navette__enrol_request__descriptor},
    [FRAME_ENROL_REPLY] = {"ENROL_REPLY", &navette__enrol_reply__descriptor},
    [FRAME_WRAPS] = {"WRAPS", &navette__wraps__descriptor},
    [FRAME_WRAPPED] = {"WRAPPED", &navette__wrapped__descriptor},
    [FRAME_HUB_KEYS] = {"HUB_KEYS", &navette__hub_keys__descriptor},
    [FRAME_HUB_KEYS_HELD] = {"HUB_KEYS_HELD", &navette__hub_keys_held__descriptor},
    [FRAME_FETCH] = {"FETCH", &navette__fetch__descriptor},
    [FRAME_FETCHED] = {"FETCHED", &navette__fetched__descriptor},
};

static const struct frame_kind *kind_of(unsigned int type)
{
    return type < FRAME_TYPE_COUNT && kinds[type].name != NULL ? &kinds[type] : NULL;
}

const char *frame_type_name(enum frame_type type)
{
    const struct frame_kind *kind = kind_of((unsigned int)type);

    return kind == NULL ? "?" : kind->name;
}

/* A header as announced, nothing of it trusted before the checksum has been. */
struct envelope {
    uint8_t version;
    uint8_t type;
    uint16_t flags;
    uint32_t unpacked_len;
    struct span body;
};

static int read_envelope(struct span bytes, struct envelope *envelope)
{
    uint32_t body_len;

    if (bytes.len < FRAME_HEADER_SIZE)
        return NAVETTE_E_TRUNCATED;
    if (memcmp(bytes.data, magic, sizeof(magic)) != 0)
        return NAVETTE_E_INVALID;
    body_len = read_u32(bytes.data + 8);
    envelope->unpacked_len = read_u32(bytes.data + 12);
    if (body_len > LIMIT_FRAME_BYTES - FRAME_HEADER_SIZE || envelope->unpacked_len > LIMIT_FRAME_BYTES - FRAME_HEADER_SIZE)
        return NAVETTE_E_TOO_LARGE;
    if (bytes.len - FRAME_HEADER_SIZE < body_len)
        return NAVETTE_E_TRUNCATED;
    if (bytes.len - FRAME_HEADER_SIZE > body_len)
        return NAVETTE_E_INVALID;
    envelope->body = span_of(bytes.data + FRAME_HEADER_SIZE, body_len);
    if (crc32c(crc32c(0, span_of(bytes.data, 16)), envelope->body) != read_u32(bytes.data + 16))
        return NAVETTE_E_CHECKSUM;
    envelope->version = bytes.data[4];
    envelope->type = bytes.data[5];
    envelope->flags = read_u16(bytes.data + 6);
    if (envelope->version != FRAME_VERSION)
        return NAVETTE_E_VERSION;
    if (kind_of(envelope->type) == NULL || (envelope->flags & ~FRAME_FLAG_ZSTD) != 0)
        return NAVETTE_E_INVALID;
    if ((envelope->flags & FRAME_FLAG_ZSTD) == 0 && envelope->unpacked_len != body_len)
        return NAVETTE_E_INVALID;
    return 0;
}

/* The size that the header announces was checked against the limit and bounds what is allocated; zstd's own word must agree. */
static int decompress(const struct envelope *envelope, uint8_t **out)
{
    size_t len = envelope->unpacked_len;
    uint8_t *body;
    size_t made;

    if (ZSTD_getFrameContentSize(envelope->body.data, envelope->body.len) != len)
        return NAVETTE_E_INVALID;
    body = malloc(len == 0 ? 1 : len);
    if (body == NULL)
        return NAVETTE_E_MEMORY;
    made = ZSTD_decompress(body, len, envelope->body.data, envelope->body.len);
    if (made != len) {
        free(body);
        return NAVETTE_E_INVALID;
    }
    *out = body;
    return 0;
}

int frame_decode(struct span bytes, struct frame *frame)
{
    struct envelope envelope;
    struct arena *arena;
    uint8_t *unpacked = NULL;
    struct span body;
    int rc;

    memset(frame, 0, sizeof(*frame));
    rc = read_envelope(bytes, &envelope);
    if (rc != 0)
        return rc;
    body = envelope.body;
    if ((envelope.flags & FRAME_FLAG_ZSTD) != 0) {
        rc = decompress(&envelope, &unpacked);
        if (rc != 0)
            return rc;
        body = span_of(unpacked, envelope.unpacked_len);
    }
    arena = arena_new(FRAME_ARENA_BASE + FRAME_ARENA_FACTOR * body.len);
    if (arena == NULL) {
        free(unpacked);
        return NAVETTE_E_MEMORY;
    }
    frame->arena = arena;
    frame->version = envelope.version;
    frame->type = (enum frame_type)envelope.type;
    frame->message = protobuf_c_message_unpack(kind_of(envelope.type)->descriptor, arena_allocator(arena), body.len, body.data);
    if (frame->message == NULL)
        rc = arena_out_of_memory(arena) ? NAVETTE_E_MEMORY : arena_exhausted(arena) ? NAVETTE_E_TOO_LARGE : NAVETTE_E_INVALID;
    else
        rc = frame_check(frame->type, frame->message);
    free(unpacked);
    if (rc != 0)
        frame_free(frame);
    return rc;
}

void frame_free(struct frame *frame)
{
    arena_free(frame->arena);
    memset(frame, 0, sizeof(*frame));
}

void frame_header(enum frame_type type, uint16_t flags, struct span body, uint32_t unpacked_len, uint8_t out[FRAME_HEADER_SIZE])
{
    memcpy(out, magic, sizeof(magic));
    out[4] = FRAME_VERSION;
    out[5] = (uint8_t)type;
    write_u16(out + 6, flags);
    write_u32(out + 8, (uint32_t)body.len);
    write_u32(out + 12, unpacked_len);
    write_u32(out + 16, crc32c(crc32c(0, span_of(out, 16)), body));
}

int frame_encode(enum frame_type type, const ProtobufCMessage *message, struct buffer *out)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *at;
    int rc;

    if (size > LIMIT_FRAME_BYTES - FRAME_HEADER_SIZE)
        return NAVETTE_E_TOO_LARGE;
    rc = buffer_reserve(out, FRAME_HEADER_SIZE + size);
    if (rc != 0)
        return rc;
    at = out->data + out->len;
    protobuf_c_message_pack(message, at + FRAME_HEADER_SIZE);
    frame_header(type, 0, span_of(at + FRAME_HEADER_SIZE, size), (uint32_t)size, at);
    out->len += FRAME_HEADER_SIZE + size;
    return 0;
}

void frontier_signed_bytes(const Navette__Frontier *frontier, uint8_t out[FRONTIER_SIGNED_SIZE])
{
    memcpy(out, "navette front v1", 16);
    memset(out + 16, 0, INCARNATION_SIZE);
    if (frontier->incarnation.len == INCARNATION_SIZE)
        memcpy(out + 16, frontier->incarnation.data, INCARNATION_SIZE);
    write_u64(out + 16 + INCARNATION_SIZE, frontier->seq);
    write_u64(out + 24 + INCARNATION_SIZE, frontier->hub_cursor);
    write_u64(out + 32 + INCARNATION_SIZE, (uint64_t)frontier->hub_time_ms);
}
