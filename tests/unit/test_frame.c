/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame.h: frames.
 *   - frame_decode, frame_encode: a message of every type there and back; every prefix is truncated, every byte more is refused
 *   - frame_decode: every bit flipped is noticed, by its checksum wherever nothing earlier can tell
 *   - header fields changed under a right checksum: magic, version, type, flags, both lengths; lengths at the limit and one past
 *   - zstd: sound; cut, damaged, of another size than announced, without its size, not zstd at all; a small body that says it unpacks to 4 GiB
 *   - field sizes: every field of bytes in every message one byte short and one too long; heads, batches and deltas that lack what they need; a host too long or not clean
 *   - memory: a body of many empty parts is refused, every allocation failing gives the same code
 *   - frontier_signed_bytes: written out
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "navette/error.h"
#include "navette/journal_stub.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/sample.h"
#include "tests/lib/seed.h"

static struct buffer encode(struct arena *arena, enum frame_type type)
{
    struct buffer out = {.data = NULL};

    assert_int_equal(frame_encode(type, sample_message(arena, type), &out), 0);
    return out;
}

static int decode(struct span bytes)
{
    struct frame frame;
    int rc = frame_decode(bytes, &frame);

    if (rc != 0) {
        assert_null(frame.message);
        assert_null(frame.arena);
    }
    frame_free(&frame);
    return rc;
}

static void test_frame_decode_every_type(void **state)
{
    (void)state;
    for (int type = 1; type < FRAME_TYPE_COUNT; type++) {
        if (strcmp(frame_type_name((enum frame_type)type), "?") == 0)
            continue; /* a number that has no name yet */
        struct arena *arena = arena_new(8u << 20);
        struct buffer bytes = encode(arena, (enum frame_type)type);
        struct buffer again = {.data = NULL};
        struct frame frame;

        assert_int_equal(frame_decode(buffer_span(&bytes), &frame), 0);
        assert_int_equal(frame.type, type);
        assert_int_equal(frame.version, FRAME_VERSION);
        assert_int_equal(frame_encode(frame.type, frame.message, &again), 0);
        assert_true(span_equal(buffer_span(&bytes), buffer_span(&again)));
        frame_free(&frame);
        frame_free(&frame);
        buffer_free(&again);
        buffer_free(&bytes);
        arena_free(arena);
    }
    assert_string_equal(frame_type_name(FRAME_HELLO), "HELLO");
    assert_string_equal(frame_type_name(FRAME_ENROL_REPLY), "ENROL_REPLY");
    assert_string_equal(frame_type_name((enum frame_type)0), "?");
    assert_string_equal(frame_type_name(FRAME_TYPE_COUNT), "?");
    assert_string_equal(frame_type_name((enum frame_type)255), "?");
}

static void test_frame_decode_every_prefix(void **state)
{
    (void)state;
    for (int type = 1; type < FRAME_TYPE_COUNT; type++) {
        if (strcmp(frame_type_name((enum frame_type)type), "?") == 0)
            continue; /* a number that has no name yet */
        struct arena *arena = arena_new(8u << 20);
        struct buffer bytes = encode(arena, (enum frame_type)type);

        for (size_t len = 0; len < bytes.len; len++) {
            /* A copy of its own, so that a sanitizer sees a read past the end. */
            uint8_t *part = malloc(len == 0 ? 1 : len);

            memcpy(part, bytes.data, len);
            assert_int_equal(decode(span_of(part, len)), NAVETTE_E_TRUNCATED);
            free(part);
        }
        assert_int_equal(buffer_append_u8(&bytes, 0), 0);
        assert_int_equal(decode(buffer_span(&bytes)), NAVETTE_E_INVALID);
        buffer_free(&bytes);
        arena_free(arena);
    }
}

static void test_frame_decode_every_bit(void **state)
{
    (void)state;
    for (int type = 1; type < FRAME_TYPE_COUNT; type++) {
        if (strcmp(frame_type_name((enum frame_type)type), "?") == 0)
            continue; /* a number that has no name yet */
        struct arena *arena = arena_new(8u << 20);
        struct buffer bytes = encode(arena, (enum frame_type)type);
        size_t step = bytes.len > 3000 ? 37 : 1;

        for (size_t bit = 0; bit < bytes.len * 8; bit += bit < FRAME_HEADER_SIZE * 8 ? 1 : step) {
            size_t at = bit / 8;
            int rc;

            bytes.data[at] ^= (uint8_t)(1u << bit % 8);
            rc = decode(buffer_span(&bytes));
            bytes.data[at] ^= (uint8_t)(1u << bit % 8);
            if (at < 4)
                assert_int_equal(rc, NAVETTE_E_INVALID);
            else if (at >= 8 && at < 12)
                assert_true(rc == NAVETTE_E_TOO_LARGE || rc == NAVETTE_E_TRUNCATED || rc == NAVETTE_E_INVALID);
            else if (at >= 12 && at < 16)
                assert_true(rc == NAVETTE_E_TOO_LARGE || rc == NAVETTE_E_CHECKSUM);
            else
                assert_int_equal(rc, NAVETTE_E_CHECKSUM);
        }
        assert_int_equal(decode(buffer_span(&bytes)), 0);
        buffer_free(&bytes);
        arena_free(arena);
    }
}

/* A frame with any header and a right checksum. */
static int decode_raw(uint8_t version, uint8_t type, uint16_t flags, uint32_t len, uint32_t unpacked, const void *body, size_t body_len)
{
    uint8_t *bytes = malloc(FRAME_HEADER_SIZE + body_len);
    int rc;

    memcpy(bytes, "NVT1", 4);
    bytes[4] = version;
    bytes[5] = type;
    write_u16(bytes + 6, flags);
    write_u32(bytes + 8, len);
    write_u32(bytes + 12, unpacked);
    if (body_len > 0)
        memcpy(bytes + FRAME_HEADER_SIZE, body, body_len);
    write_u32(bytes + 16, crc32c(crc32c(0, span_of(bytes, 16)), span_of(bytes + FRAME_HEADER_SIZE, body_len)));
    rc = decode(span_of(bytes, FRAME_HEADER_SIZE + body_len));
    free(bytes);
    return rc;
}

static void test_frame_decode_header_fields(void **state)
{
    static const uint8_t pong[] = {0x08, 0x07};
    static uint8_t big[LIMIT_FRAME_BYTES];
    size_t most = LIMIT_FRAME_BYTES - FRAME_HEADER_SIZE;

    (void)state;
    assert_int_equal(decode_raw(1, FRAME_PONG, 0, 2, 2, pong, 2), 0);
    assert_int_equal(decode_raw(1, FRAME_PONG, 0, 0, 0, pong, 0), 0);
    assert_int_equal(decode_raw(0, FRAME_PONG, 0, 2, 2, pong, 2), NAVETTE_E_VERSION);
    assert_int_equal(decode_raw(2, FRAME_PONG, 0, 2, 2, pong, 2), NAVETTE_E_VERSION);
    assert_int_equal(decode_raw(1, 0, 0, 2, 2, pong, 2), NAVETTE_E_INVALID);
    assert_int_equal(decode_raw(1, FRAME_TYPE_COUNT, 0, 2, 2, pong, 2), NAVETTE_E_INVALID);
    assert_int_equal(decode_raw(1, 255, 0, 2, 2, pong, 2), NAVETTE_E_INVALID);
    for (unsigned int bit = 1; bit < 16; bit++)
        assert_int_equal(decode_raw(1, FRAME_PONG, (uint16_t)(1u << bit), 2, 2, pong, 2), NAVETTE_E_INVALID);
    assert_int_equal(decode_raw(1, FRAME_PONG, 0, 2, 1, pong, 2), NAVETTE_E_INVALID);
    assert_int_equal(decode_raw(1, FRAME_PONG, 0, 2, 3, pong, 2), NAVETTE_E_INVALID);
    assert_int_equal(decode_raw(1, FRAME_PONG, 0, 3, 3, pong, 2), NAVETTE_E_TRUNCATED);
    assert_int_equal(decode_raw(1, FRAME_PONG, 0, 1, 1, pong, 2), NAVETTE_E_INVALID);
    assert_int_equal(decode_raw(1, FRAME_PONG, 0, UINT32_MAX, UINT32_MAX, pong, 2), NAVETTE_E_TOO_LARGE);
    assert_int_equal(decode_raw(1, FRAME_PONG, 0, (uint32_t)most, (uint32_t)most, pong, 2), NAVETTE_E_TRUNCATED);
    assert_int_equal(decode_raw(1, FRAME_PONG, 0, (uint32_t)most + 1, (uint32_t)most + 1, pong, 2), NAVETTE_E_TOO_LARGE);
    assert_int_equal(decode_raw(1, FRAME_PONG, FRAME_FLAG_ZSTD, 2, (uint32_t)most + 1, pong, 2), NAVETTE_E_TOO_LARGE);
    assert_int_equal(decode_raw(1, FRAME_PONG, 0, 2, 2, "\x08", 1), NAVETTE_E_TRUNCATED);
    assert_int_equal(decode_raw(1, FRAME_PONG, 0, 1, 1, "\x08", 1), NAVETTE_E_INVALID);
    /* The largest body there is: one unknown field. */
    memcpy(big, "\xfa\x01", 2);
    big[2] = (uint8_t)(0x80 | ((most - 5) & 127));
    big[3] = (uint8_t)(0x80 | ((most - 5) >> 7 & 127));
    big[4] = (uint8_t)((most - 5) >> 14);
    assert_int_equal(decode_raw(1, FRAME_PONG, 0, (uint32_t)most, (uint32_t)most, big, most), 0);
}

static void test_frame_encode_limits(void **state)
{
    static uint8_t bytes[LIMIT_FRAME_BYTES];
    struct arena *arena = arena_new(1u << 20);
    Navette__SnapshotChunk *chunk = (Navette__SnapshotChunk *)sample_message(arena, FRAME_SNAPSHOT);
    struct buffer out = {.data = NULL};
    size_t rest;

    (void)state;
    chunk->body = (ProtobufCBinaryData){400000, bytes};
    rest = protobuf_c_message_get_packed_size(&chunk->base) - 400000;
    chunk->body.len = LIMIT_FRAME_BYTES - FRAME_HEADER_SIZE - rest;
    assert_int_equal(frame_encode(FRAME_SNAPSHOT, &chunk->base, &out), 0);
    assert_int_equal(out.len, LIMIT_FRAME_BYTES);
    assert_int_equal(decode(buffer_span(&out)), 0);
    buffer_clear(&out);
    chunk->body.len++;
    assert_int_equal(frame_encode(FRAME_SNAPSHOT, &chunk->base, &out), NAVETTE_E_TOO_LARGE);
    assert_int_equal(out.len, 0);
    buffer_free(&out);
    failing_malloc_at(1);
    assert_int_equal(frame_encode(FRAME_BYE, sample_message(arena, FRAME_BYE), &out), NAVETTE_E_MEMORY);
    failing_malloc_at(0);
    arena_free(arena);
}

static void test_frame_decode_zstd(void **state)
{
    struct arena *arena = arena_new(8u << 20);
    struct buffer plain = encode(arena, FRAME_PUSH);
    const uint8_t *body = plain.data + FRAME_HEADER_SIZE;
    size_t len = plain.len - FRAME_HEADER_SIZE;
    size_t room = ZSTD_compressBound(len);
    uint8_t *packed = malloc(room);
    size_t packed_len = ZSTD_compress(packed, room, body, len, 3);
    struct frame frame;
    struct buffer bytes = {.data = NULL};
    uint8_t header[FRAME_HEADER_SIZE];
    ZSTD_CCtx *context = ZSTD_createCCtx();
    uint64_t k = 0;
    size_t bodies = 0;
    int rc;

    (void)state;
    for (int i = 0; i < SAMPLE_GOLDEN; i++)
        bodies += sample_event(arena, i, 1) != NULL;
    assert_false(ZSTD_isError(packed_len));
    frame_header(FRAME_PUSH, FRAME_FLAG_ZSTD, span_of(packed, packed_len), (uint32_t)len, header);
    assert_int_equal(buffer_append(&bytes, header, sizeof(header)), 0);
    assert_int_equal(buffer_append(&bytes, packed, packed_len), 0);
    assert_int_equal(frame_decode(buffer_span(&bytes), &frame), 0);
    assert_int_equal(((Navette__Push *)frame.message)->batch->n_events, bodies);
    frame_free(&frame);
    for (size_t cut = 0; cut < packed_len; cut++)
        assert_int_equal(decode_raw(1, FRAME_PUSH, 1, (uint32_t)cut, (uint32_t)len, packed, cut), NAVETTE_E_INVALID);
    assert_int_equal(decode_raw(1, FRAME_PUSH, 1, (uint32_t)packed_len, (uint32_t)len - 1, packed, packed_len), NAVETTE_E_INVALID);
    assert_int_equal(decode_raw(1, FRAME_PUSH, 1, (uint32_t)packed_len, (uint32_t)len + 1, packed, packed_len), NAVETTE_E_INVALID);
    assert_int_equal(decode_raw(1, FRAME_PUSH, 1, (uint32_t)len, (uint32_t)len, body, len), NAVETTE_E_INVALID);
    assert_int_equal(decode_raw(1, FRAME_PUSH, 0, (uint32_t)packed_len, (uint32_t)packed_len, packed, packed_len), NAVETTE_E_INVALID);
    for (size_t at = 4; at < packed_len; at += 11) {
        packed[at] ^= 0x10;
        rc = decode_raw(1, FRAME_PUSH, 1, (uint32_t)packed_len, (uint32_t)len, packed, packed_len);
        assert_true(rc == 0 || rc == NAVETTE_E_INVALID || rc == NAVETTE_E_TOO_LARGE);
        packed[at] ^= 0x10;
    }
    do {
        failing_malloc_at(++k);
        rc = frame_decode(buffer_span(&bytes), &frame);
        assert_int_equal(rc, failing_malloc_pending() ? 0 : NAVETTE_E_MEMORY);
        frame_free(&frame);
    } while (rc != 0);
    failing_malloc_at(0);
    assert_true(k >= 4);
    /* A stream whose header does not say its size. */
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    packed_len = ZSTD_compress2(context, packed, room, body, len);
    assert_false(ZSTD_isError(packed_len));
    assert_int_equal(decode_raw(1, FRAME_PUSH, 1, (uint32_t)packed_len, (uint32_t)len, packed, packed_len), NAVETTE_E_INVALID);
    ZSTD_freeCCtx(context);
    free(packed);
    buffer_free(&bytes);
    buffer_free(&plain);
    arena_free(arena);
}

/* What the first of two blocks says is already a whole message: only the decompressor knows that the second is broken. */
static void test_frame_decode_zstd_second_block(void **state)
{
    enum { LEN = 200000 };
    uint64_t random = 3;
    uint8_t *body = malloc(LEN);
    size_t room = ZSTD_compressBound(LEN);
    uint8_t *packed = malloc(room);
    size_t len;

    (void)state;
    for (size_t i = 0; i < LEN; i++)
        body[i] = (uint8_t)seed_next(&random);
    memcpy(body, "\xfa\x01", 2);
    body[2] = 0x80 | ((LEN - 5) & 127);
    body[3] = 0x80 | ((LEN - 5) >> 7 & 127);
    body[4] = (LEN - 5) >> 14;
    len = ZSTD_compress(packed, room, body, LEN, 1);
    assert_false(ZSTD_isError(len));
    assert_int_equal(decode_raw(1, FRAME_PONG, 1, (uint32_t)len, LEN, packed, len), 0);
    assert_int_equal(decode_raw(1, FRAME_PONG, 1, (uint32_t)len - 1, LEN, packed, len - 1), NAVETTE_E_INVALID);
    free(packed);
    free(body);
}

/* Says 4 GiB - 1 of zeros in a few bytes: refused by what the frame's own header says, before anything is allocated. */
static void test_frame_decode_zstd_bomb(void **state)
{
    static const uint8_t bomb[] = {0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0xff, 0xff, 0xff, 0xff, 0x03, 0x00, 0x00, 0x00};

    (void)state;
    assert_int_equal(decode_raw(1, FRAME_PONG, 1, sizeof(bomb), UINT32_MAX, bomb, sizeof(bomb)), NAVETTE_E_TOO_LARGE);
    failing_malloc_at(2);
    assert_int_equal(decode_raw(1, FRAME_PONG, 1, sizeof(bomb), 1000, bomb, sizeof(bomb)), NAVETTE_E_INVALID);
    assert_int_equal(failing_malloc_count(), 1); /* this test's own */
    failing_malloc_at(0);
}

static int may_have_any_size(const ProtobufCFieldDescriptor *field)
{
    return strcmp(field->name, "body") == 0 || strcmp(field->name, "manifest") == 0 || strcmp(field->name, "event") == 0 ||
           strcmp(field->name, "events") == 0;
}

static int encode_and_decode(enum frame_type type, const ProtobufCMessage *message)
{
    struct buffer out = {.data = NULL};
    int rc = frame_encode(type, message, &out);

    assert_int_equal(rc, 0);
    rc = decode(buffer_span(&out));
    buffer_free(&out);
    return rc;
}

/* Every field of bytes under `message`, wrong by one either way. Returns how many were tried. */
static size_t try_sizes(enum frame_type type, const ProtobufCMessage *whole, ProtobufCMessage *message)
{
    size_t tried = 0;

    for (unsigned int i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        uint8_t *at = (uint8_t *)message + field->offset;
        int is_list = field->label == PROTOBUF_C_LABEL_REPEATED;

        if (field->type == PROTOBUF_C_TYPE_BYTES && !may_have_any_size(field)) {
            ProtobufCBinaryData *bytes = is_list ? *(ProtobufCBinaryData **)(void *)at : (ProtobufCBinaryData *)(void *)at;
            ProtobufCBinaryData kept = *bytes;
            uint8_t longer[WRAP_BOX_SIZE + 1] = {0};

            bytes->len--;
            assert_int_equal(encode_and_decode(type, whole), NAVETTE_E_INVALID);
            bytes->data = longer;
            bytes->len = kept.len + 1;
            assert_int_equal(encode_and_decode(type, whole), NAVETTE_E_INVALID);
            *bytes = kept;
            tried++;
        } else if (field->type == PROTOBUF_C_TYPE_MESSAGE && !is_list && *(ProtobufCMessage **)(void *)at != NULL) {
            tried += try_sizes(type, whole, *(ProtobufCMessage **)(void *)at);
        }
    }
    return tried;
}

static void test_frame_decode_field_sizes(void **state)
{
    static const size_t expected[FRAME_TYPE_COUNT] = {
        0, 17, 3, 8, 3, 3, 0, 1, 1, 4, 13, 2, 0, 7, 0, 5, 7, [FRAME_WRAPS] = 4, [FRAME_WRAPPED] = 2, [FRAME_HUB_KEYS_HELD] = 1};

    (void)state;
    for (int type = 1; type < FRAME_TYPE_COUNT; type++) {
        if (strcmp(frame_type_name((enum frame_type)type), "?") == 0)
            continue; /* a number that has no name yet */
        struct arena *arena = arena_new(8u << 20);
        ProtobufCMessage *message = sample_message(arena, (enum frame_type)type);

        assert_int_equal(try_sizes((enum frame_type)type, message, message), expected[type]);
        assert_int_equal(encode_and_decode((enum frame_type)type, message), 0);
        arena_free(arena);
    }
}

/* What is asked for and given back: a reference's size, number 0, one entry too many, an index and an event over the limits. */
static void test_frame_decode_fetch(void **state)
{
    static uint8_t long_event[LIMIT_ENTRY_BYTES + 1];
    struct arena *arena = arena_new(1u << 20);
    Navette__Fetch *fetch = (Navette__Fetch *)sample_message(arena, FRAME_FETCH);
    Navette__Fetched *fetched = (Navette__Fetched *)sample_message(arena, FRAME_FETCHED);
    Navette__Ref *refs[LIMIT_FETCH_ENTRIES + 1];
    Navette__FetchedEntry *entries[LIMIT_FETCH_ENTRIES + 1];

    (void)state;
    for (size_t i = 0; i <= LIMIT_FETCH_ENTRIES; i++) {
        refs[i] = fetch->entries[0];
        entries[i] = fetched->entries[1];
    }
    assert_int_equal(try_sizes(FRAME_FETCH, &fetch->base, &fetch->entries[0]->base), 1);
    fetch->entries[1]->seq = 0;
    assert_int_equal(encode_and_decode(FRAME_FETCH, &fetch->base), NAVETTE_E_INVALID);
    fetch->entries = refs;
    for (fetch->n_entries = LIMIT_FETCH_ENTRIES; fetch->n_entries <= LIMIT_FETCH_ENTRIES + 1; fetch->n_entries++)
        assert_int_equal(encode_and_decode(FRAME_FETCH, &fetch->base), fetch->n_entries > LIMIT_FETCH_ENTRIES ? NAVETTE_E_INVALID : 0);
    fetched->entries[0]->event = (ProtobufCBinaryData){LIMIT_ENTRY_BYTES, long_event};
    assert_int_equal(encode_and_decode(FRAME_FETCHED, &fetched->base), 0);
    fetched->entries[0]->event.len++;
    assert_int_equal(encode_and_decode(FRAME_FETCHED, &fetched->base), NAVETTE_E_INVALID);
    fetched->entries[0]->event.len = 0;
    fetched->entries[0]->index = LIMIT_FETCH_ENTRIES - 1;
    assert_int_equal(encode_and_decode(FRAME_FETCHED, &fetched->base), 0);
    fetched->entries[0]->index++;
    assert_int_equal(encode_and_decode(FRAME_FETCHED, &fetched->base), NAVETTE_E_INVALID);
    fetched->entries = entries;
    for (fetched->n_entries = LIMIT_FETCH_ENTRIES; fetched->n_entries <= LIMIT_FETCH_ENTRIES + 1; fetched->n_entries++)
        assert_int_equal(encode_and_decode(FRAME_FETCHED, &fetched->base),
                         fetched->n_entries > LIMIT_FETCH_ENTRIES ? NAVETTE_E_INVALID : 0);
    arena_free(arena);
}

/* Wraps in lists: every size of each, and one too many. */
static void test_frame_decode_wraps(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    Navette__Wraps *wraps = (Navette__Wraps *)sample_message(arena, FRAME_WRAPS);
    Navette__Wrapped *wrapped = (Navette__Wrapped *)sample_message(arena, FRAME_WRAPPED);
    Navette__Wrap *many[LIMIT_WRAPS + 1];
    ProtobufCBinaryData ids[LIMIT_WRAPS + 1];

    (void)state;
    for (size_t i = 0; i <= LIMIT_WRAPS; i++) {
        many[i] = wraps->wraps[0];
        ids[i] = wraps->ended[0];
    }
    assert_int_equal(try_sizes(FRAME_WRAPS, &wraps->base, &wraps->wraps[0]->base), 4);
    wraps->until[0]->key_id.len--;
    assert_int_equal(encode_and_decode(FRAME_WRAPS, &wraps->base), NAVETTE_E_INVALID);
    wraps->until[0]->key_id.len++;
    wrapped->wraps[0]->recipient.len--;
    assert_int_equal(encode_and_decode(FRAME_WRAPPED, &wrapped->base), NAVETTE_E_INVALID);
    wrapped->wraps[0]->recipient.len++;
    wraps->wraps = many;
    for (wraps->n_wraps = LIMIT_WRAPS; wraps->n_wraps <= LIMIT_WRAPS + 1; wraps->n_wraps++)
        assert_int_equal(encode_and_decode(FRAME_WRAPS, &wraps->base), wraps->n_wraps > LIMIT_WRAPS ? NAVETTE_E_INVALID : 0);
    wraps->n_wraps = 1;
    wraps->wraps[0]->subject->id = (char *)(uintptr_t) "";
    assert_int_equal(encode_and_decode(FRAME_WRAPS, &wraps->base), NAVETTE_E_INVALID);
    wrapped->erased = ids;
    for (wrapped->n_erased = LIMIT_WRAPS; wrapped->n_erased <= LIMIT_WRAPS + 1; wrapped->n_erased++)
        assert_int_equal(encode_and_decode(FRAME_WRAPPED, &wrapped->base), wrapped->n_erased > LIMIT_WRAPS ? NAVETTE_E_INVALID : 0);
    arena_free(arena);
}

/* How the hub's keys changed: every size of each, none left out, and one change too many. */
static void test_frame_decode_hub_keys(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    Navette__HubKeys *keys = (Navette__HubKeys *)sample_message(arena, FRAME_HUB_KEYS);
    Navette__Rekey *many[LIMIT_HUB_KEYS + 1];

    (void)state;
    assert_int_equal(try_sizes(FRAME_HUB_KEYS, &keys->base, &keys->keys[0]->base), 7);
    keys->keys[1]->proof.len = 0;
    assert_int_equal(encode_and_decode(FRAME_HUB_KEYS, &keys->base), NAVETTE_E_INVALID);
    for (size_t i = 0; i <= LIMIT_HUB_KEYS; i++)
        many[i] = keys->keys[0];
    keys->keys = many;
    for (keys->n_keys = LIMIT_HUB_KEYS; keys->n_keys <= LIMIT_HUB_KEYS + 1; keys->n_keys++)
        assert_int_equal(encode_and_decode(FRAME_HUB_KEYS, &keys->base), keys->n_keys > LIMIT_HUB_KEYS ? NAVETTE_E_INVALID : 0);
    keys->n_keys = 0;
    assert_int_equal(encode_and_decode(FRAME_HUB_KEYS, &keys->base), 0);
    arena_free(arena);
}

static void test_frame_decode_host(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    Navette__Hello *hello = (Navette__Hello *)(void *)sample_message(arena, FRAME_HELLO);
    char host[LIMIT_CODE + 2];

    (void)state;
    memset(host, 'h', sizeof(host));
    hello->host = host;
    host[LIMIT_CODE + 1] = '\0';
    assert_int_equal(encode_and_decode(FRAME_HELLO, &hello->base), NAVETTE_E_INVALID);
    host[LIMIT_CODE] = '\0';
    assert_int_equal(encode_and_decode(FRAME_HELLO, &hello->base), 0);
    host[3] = '\n';
    assert_int_equal(encode_and_decode(FRAME_HELLO, &hello->base), NAVETTE_E_INVALID);
    arena_free(arena);
}

static void test_frame_decode_later_fields(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    Navette__Welcome *welcome = (Navette__Welcome *)sample_message(arena, FRAME_WELCOME);
    Navette__LogHead probed = *welcome->held;

    (void)state;
    welcome->probed = &probed;
    assert_int_equal(encode_and_decode(FRAME_WELCOME, &welcome->base), 0);
    probed.hash.len--;
    assert_int_equal(encode_and_decode(FRAME_WELCOME, &welcome->base), NAVETTE_E_INVALID);
    probed.hash.len++;
    probed.incarnation.len--;
    assert_int_equal(encode_and_decode(FRAME_WELCOME, &welcome->base), NAVETTE_E_INVALID);
    arena_free(arena);
}

static void test_frame_decode_epochs_and_logs(void **state)
{
    struct arena *arena = arena_new(4u << 20);
    Navette__Welcome *welcome = (Navette__Welcome *)sample_message(arena, FRAME_WELCOME);
    Navette__Digest *digest = (Navette__Digest *)sample_message(arena, FRAME_DIGEST);
    Navette__Epoch *epochs[LIMIT_EPOCHS + 1];
    Navette__LogHead *logs[LIMIT_DIGEST_LOGS + 1];

    (void)state;
    for (size_t i = 0; i <= LIMIT_EPOCHS; i++)
        epochs[i] = welcome->epochs[0];
    for (size_t i = 0; i <= LIMIT_DIGEST_LOGS; i++)
        logs[i] = digest->logs[0];
    welcome->epochs = epochs;
    welcome->n_epochs = LIMIT_EPOCHS;
    assert_int_equal(encode_and_decode(FRAME_WELCOME, &welcome->base), 0);
    welcome->n_epochs++;
    assert_int_equal(encode_and_decode(FRAME_WELCOME, &welcome->base), NAVETTE_E_INVALID);
    welcome->n_epochs = 1;
    epochs[0]->epoch.len--;
    assert_int_equal(encode_and_decode(FRAME_WELCOME, &welcome->base), NAVETTE_E_INVALID);
    digest->logs = logs;
    digest->n_logs = LIMIT_DIGEST_LOGS;
    assert_int_equal(encode_and_decode(FRAME_DIGEST, &digest->base), 0);
    digest->n_logs++;
    assert_int_equal(encode_and_decode(FRAME_DIGEST, &digest->base), NAVETTE_E_INVALID);
    digest->n_logs = 1;
    logs[0]->hash.len--;
    assert_int_equal(encode_and_decode(FRAME_DIGEST, &digest->base), NAVETTE_E_INVALID);
    arena_free(arena);
}

static void test_frame_decode_seals(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    Navette__Delta *delta = (Navette__Delta *)sample_message(arena, FRAME_DELTA);
    Navette__Seal *seal = delta->seals[0];
    ProtobufCBinaryData *sized[] = {&seal->salt, &seal->previous, &seal->signature};
    static const struct {
        uint32_t source;
        uint64_t first_seq;
        uint32_t count;
        int rc;
    } rows[] = {{0, 1, 1, 0},
                {0, 1, LIMIT_BATCH_EVENTS, 0},
                {0, 1, LIMIT_BATCH_EVENTS + 1, NAVETTE_E_INVALID},
                {0, 1, 0, NAVETTE_E_INVALID},
                {0, 0, 1, NAVETTE_E_INVALID},
                {1, 1, 1, NAVETTE_E_INVALID}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        seal->source = rows[i].source;
        seal->first_seq = rows[i].first_seq;
        seal->count = rows[i].count;
        assert_int_equal(encode_and_decode(FRAME_DELTA, &delta->base), rows[i].rc);
    }
    seal->source = 0;
    for (size_t i = 0; i < 3; i++) {
        sized[i]->len--;
        assert_int_equal(encode_and_decode(FRAME_DELTA, &delta->base), NAVETTE_E_INVALID);
        sized[i]->len++;
        assert_int_equal(encode_and_decode(FRAME_DELTA, &delta->base), 0);
    }
    arena_free(arena);
}

static void test_frame_decode_missing_parts(void **state)
{
    struct arena *arena = arena_new(8u << 20);
    Navette__Hello *hello = (Navette__Hello *)sample_message(arena, FRAME_HELLO);
    Navette__Push *push = (Navette__Push *)sample_message(arena, FRAME_PUSH);
    Navette__Ack *ack = (Navette__Ack *)sample_message(arena, FRAME_ACK);
    Navette__Delta *delta = (Navette__Delta *)sample_message(arena, FRAME_DELTA);
    Navette__EnrolReply *reply = (Navette__EnrolReply *)sample_message(arena, FRAME_ENROL_REPLY);
    static uint8_t big[LIMIT_ENTRY_BYTES + 1];

    (void)state;
    hello->durable = NULL;
    hello->probe = NULL;
    hello->frontier = NULL;
    assert_int_equal(encode_and_decode(FRAME_HELLO, &hello->base), 0);
    hello->log->parent.len = 0;
    assert_int_equal(encode_and_decode(FRAME_HELLO, &hello->base), 0);
    hello->log->hash.len = 0;
    assert_int_equal(encode_and_decode(FRAME_HELLO, &hello->base), NAVETTE_E_INVALID);
    hello->log->seq = 0;
    assert_int_equal(encode_and_decode(FRAME_HELLO, &hello->base), 0);
    hello->log = NULL;
    assert_int_equal(encode_and_decode(FRAME_HELLO, &hello->base), NAVETTE_E_INVALID);

    push->batch->n_events = 0;
    assert_int_equal(encode_and_decode(FRAME_PUSH, &push->base), NAVETTE_E_INVALID);
    push->batch->n_events = 1;
    assert_int_equal(encode_and_decode(FRAME_PUSH, &push->base), 0);
    push->batch->first_seq = 0;
    assert_int_equal(encode_and_decode(FRAME_PUSH, &push->base), NAVETTE_E_INVALID);
    push->batch = NULL;
    assert_int_equal(encode_and_decode(FRAME_PUSH, &push->base), NAVETTE_E_INVALID);

    ack->held = NULL;
    assert_int_equal(encode_and_decode(FRAME_ACK, &ack->base), NAVETTE_E_INVALID);

    delta->entries[1]->source = 1;
    assert_int_equal(encode_and_decode(FRAME_DELTA, &delta->base), NAVETTE_E_INVALID);
    delta->entries[1]->source = 0;
    delta->entries[1]->seq = 0;
    assert_int_equal(encode_and_decode(FRAME_DELTA, &delta->base), NAVETTE_E_INVALID);
    delta->entries[1]->seq = JOURNAL_SEQ_MAX + 1;
    assert_int_equal(encode_and_decode(FRAME_DELTA, &delta->base), NAVETTE_E_INVALID);
    delta->entries[1]->seq = JOURNAL_SEQ_MAX;
    assert_int_equal(encode_and_decode(FRAME_DELTA, &delta->base), 0);
    delta->entries[1]->seq = 1;
    delta->entries[1]->event = (ProtobufCBinaryData){LIMIT_ENTRY_BYTES, big};
    assert_int_equal(encode_and_decode(FRAME_DELTA, &delta->base), 0);
    delta->entries[1]->event.len++;
    assert_int_equal(encode_and_decode(FRAME_DELTA, &delta->base), NAVETTE_E_INVALID);
    delta->n_entries = 0;
    delta->from = delta->to + 1;
    assert_int_equal(encode_and_decode(FRAME_DELTA, &delta->base), NAVETTE_E_INVALID);
    delta->from = delta->to;
    assert_int_equal(encode_and_decode(FRAME_DELTA, &delta->base), 0);

    reply->places[0] = (char *)(uintptr_t) "bib";
    assert_int_equal(encode_and_decode(FRAME_ENROL_REPLY, &reply->base), NAVETTE_E_INVALID);
    navette__enrol_reply__init(reply);
    reply->refused = (char *)(uintptr_t) "unknown";
    assert_int_equal(encode_and_decode(FRAME_ENROL_REPLY, &reply->base), 0);
    reply->refused = (char *)(uintptr_t) "";
    assert_int_equal(encode_and_decode(FRAME_ENROL_REPLY, &reply->base), NAVETTE_E_INVALID);
    arena_free(arena);
}

static void test_frame_decode_memory(void **state)
{
    static uint8_t body[500000];
    uint64_t k;

    (void)state;
    /* 250,000 empty entries: more than the budget of a frame of that size. */
    for (size_t i = 0; i < sizeof(body); i += 2)
        memcpy(body + i, "\x2a\x00", 2);
    assert_int_equal(decode_raw(1, FRAME_DELTA, 0, sizeof(body), sizeof(body), body, sizeof(body)), NAVETTE_E_TOO_LARGE);
    for (int type = 1; type < FRAME_TYPE_COUNT; type++) {
        if (strcmp(frame_type_name((enum frame_type)type), "?") == 0)
            continue; /* a number that has no name yet */
        struct arena *arena = arena_new(8u << 20);
        struct buffer bytes = encode(arena, (enum frame_type)type);
        int rc;

        k = 0;
        do {
            failing_malloc_at(++k);
            rc = decode(buffer_span(&bytes));
            assert_int_equal(rc, failing_malloc_pending() ? 0 : NAVETTE_E_MEMORY);
        } while (rc != 0);
        failing_malloc_at(0);
        assert_true(k >= 2);
        buffer_free(&bytes);
        arena_free(arena);
    }
}

static void test_frontier_signed_bytes_layout(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    Navette__Frontier frontier = NAVETTE__FRONTIER__INIT;
    uint8_t out[FRONTIER_SIGNED_SIZE];

    (void)state;
    frontier.incarnation = sample_bytes(arena, 9, INCARNATION_SIZE);
    frontier.seq = UINT64_C(0x0102030405060708);
    frontier.hub_cursor = 3;
    frontier.hub_time_ms = -1;
    frontier_signed_bytes(&frontier, out);
    assert_int_equal(sizeof(out), 56);
    assert_memory_equal(out, "navette front v1", 16);
    assert_memory_equal(out + 16, frontier.incarnation.data, 16);
    assert_memory_equal(out + 32, "\1\2\3\4\5\6\7\10\0\0\0\0\0\0\0\3\377\377\377\377\377\377\377\377", 24);
    arena_free(arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame_decode_every_type),
        cmocka_unit_test(test_frame_decode_every_prefix),
        cmocka_unit_test(test_frame_decode_every_bit),
        cmocka_unit_test(test_frame_decode_header_fields),
        cmocka_unit_test(test_frame_encode_limits),
        cmocka_unit_test(test_frame_decode_zstd),
        cmocka_unit_test(test_frame_decode_zstd_second_block),
        cmocka_unit_test(test_frame_decode_zstd_bomb),
        cmocka_unit_test(test_frame_decode_field_sizes),
        cmocka_unit_test(test_frame_decode_host),
        cmocka_unit_test(test_frame_decode_wraps),
        cmocka_unit_test(test_frame_decode_hub_keys),
        cmocka_unit_test(test_frame_decode_fetch),
        cmocka_unit_test(test_frame_decode_later_fields),
        cmocka_unit_test(test_frame_decode_epochs_and_logs),
        cmocka_unit_test(test_frame_decode_seals),
        cmocka_unit_test(test_frame_decode_missing_parts),
        cmocka_unit_test(test_frame_decode_memory),
        cmocka_unit_test(test_frontier_signed_bytes_layout),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
