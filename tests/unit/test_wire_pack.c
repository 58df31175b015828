/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire_pack.c: compressing frames on the way out.
 *
 * pack: body of 512 bytes and of 513; random bytes; packed already; header cut short; frame at the limit and one past it; many frames with one packer
 * what comes out decodes to what went in, and its header is right
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "io/wire_pack.h"
#include "navette/error.h"
#include "navette/frame.h"
#include "navette/system.h"
#include "navette/wire.h"

#define HEADER_FLAGS 6
#define HEADER_BODY 8
#define HEADER_UNPACKED 12

/* A SNAPSHOT frame whose whole body has `len` bytes. */
static void make_frame(struct buffer *frame, size_t len, int random)
{
    uint8_t *bytes = malloc(len);
    uint8_t hash[HASH_SIZE] = {9};
    assert_non_null(bytes);
    memset(bytes, 'a', len);
    if (random)
        system_random(bytes, len);
    Navette__SnapshotChunk chunk = NAVETTE__SNAPSHOT_CHUNK__INIT;
    chunk.cursor = 1;
    chunk.count = 1;
    chunk.hash = (ProtobufCBinaryData){sizeof hash, hash};
    chunk.body = (ProtobufCBinaryData){len, bytes};
    size_t over = navette__snapshot_chunk__get_packed_size(&chunk) - len;
    chunk.body.len = len - over;
    while (navette__snapshot_chunk__get_packed_size(&chunk) < len)
        chunk.body.len++;
    buffer_clear(frame);
    assert_int_equal(frame_encode(FRAME_SNAPSHOT, &chunk.base, frame), 0);
    assert_int_equal(frame->len, FRAME_HEADER_SIZE + len);
    free(bytes);
}

static void check_same(struct span packed, struct span plain)
{
    struct frame a;
    struct frame b;
    assert_int_equal(frame_decode(packed, &a), 0);
    assert_int_equal(frame_decode(plain, &b), 0);
    assert_int_equal(a.type, b.type);
    const Navette__SnapshotChunk *left = (const Navette__SnapshotChunk *)a.message;
    const Navette__SnapshotChunk *right = (const Navette__SnapshotChunk *)b.message;
    assert_int_equal(left->body.len, right->body.len);
    assert_memory_equal(left->body.data, right->body.data, left->body.len);
    frame_free(&a);
    frame_free(&b);
}

static void test_wire_pack_short_body_stays(void **state)
{
    (void)state;
    struct buffer frame = {0};
    struct buffer out = {0};
    make_frame(&frame, 512, 0);
    assert_int_equal(wire_pack(buffer_span(&frame), &out), 0);
    assert_int_equal(out.len, frame.len);
    assert_memory_equal(out.data, frame.data, frame.len);
    buffer_free(&frame);
    buffer_free(&out);
}

static void test_wire_pack_longer_body_shrinks(void **state)
{
    (void)state;
    struct buffer frame = {0};
    struct buffer out = {0};
    make_frame(&frame, 513, 0);
    assert_int_equal(buffer_append(&out, "before", 6), 0);
    assert_int_equal(wire_pack(buffer_span(&frame), &out), 0);
    assert_memory_equal(out.data, "before", 6);
    struct span packed = span_of(out.data + 6, out.len - 6);
    assert_true(packed.len < frame.len / 2);
    assert_int_equal(read_u16(packed.data + HEADER_FLAGS), FRAME_FLAG_ZSTD);
    assert_int_equal(read_u32(packed.data + HEADER_BODY), packed.len - FRAME_HEADER_SIZE);
    assert_int_equal(read_u32(packed.data + HEADER_UNPACKED), 513);
    check_same(packed, buffer_span(&frame));
    buffer_free(&frame);
    buffer_free(&out);
}

static void test_wire_pack_random_body_stays(void **state)
{
    (void)state;
    struct buffer frame = {0};
    struct buffer out = {0};
    make_frame(&frame, 20000, 1);
    assert_int_equal(wire_pack(buffer_span(&frame), &out), 0);
    assert_int_equal(read_u16(out.data + HEADER_FLAGS), 0);
    assert_int_equal(out.len, frame.len);
    assert_memory_equal(out.data, frame.data, frame.len);
    buffer_free(&frame);
    buffer_free(&out);
}

static void test_wire_pack_packed_frame_stays(void **state)
{
    (void)state;
    struct buffer frame = {0};
    struct buffer once = {0};
    struct buffer twice = {0};
    make_frame(&frame, 100000, 0);
    /* Zeros pack so well that the packed body is short: mix noise in so that it stays over the threshold. */
    for (size_t i = FRAME_HEADER_SIZE + 100; i < frame.len - 100; i += 40)
        system_random(frame.data + i, 2);
    frame_header(FRAME_SNAPSHOT, 0, span_of(frame.data + FRAME_HEADER_SIZE, frame.len - FRAME_HEADER_SIZE), 100000, frame.data);
    assert_int_equal(wire_pack(buffer_span(&frame), &once), 0);
    assert_true(once.len > 1000 && once.len < frame.len);
    assert_int_equal(wire_pack(buffer_span(&once), &twice), 0);
    assert_int_equal(twice.len, once.len);
    assert_memory_equal(twice.data, once.data, once.len);
    buffer_free(&frame);
    buffer_free(&once);
    buffer_free(&twice);
}

static void test_wire_pack_bounds(void **state)
{
    (void)state;
    uint8_t *bytes = calloc(1, LIMIT_FRAME_BYTES + 1);
    struct buffer out = {0};
    assert_non_null(bytes);
    assert_int_equal(wire_pack(span_of(bytes, FRAME_HEADER_SIZE - 1), &out), NAVETTE_E_INVALID);
    assert_int_equal(wire_pack(span_of(bytes, LIMIT_FRAME_BYTES + 1), &out), NAVETTE_E_TOO_LARGE);
    assert_int_equal(out.len, 0);
    assert_int_equal(wire_pack(span_of(bytes, FRAME_HEADER_SIZE), &out), 0);
    assert_int_equal(out.len, FRAME_HEADER_SIZE);
    buffer_clear(&out);
    assert_int_equal(wire_pack(span_of(bytes, LIMIT_FRAME_BYTES), &out), 0);
    assert_true(out.len < LIMIT_FRAME_BYTES);
    buffer_free(&out);
    free(bytes);
}

static void test_wire_packer_pack_many(void **state)
{
    (void)state;
    struct wire_packer *packer = wire_packer_new();
    struct buffer frame = {0};
    struct span packed;
    assert_non_null(packer);
    for (size_t len = 200; len < 60000; len = len * 3 / 2) {
        make_frame(&frame, len, len % 2 == 1);
        assert_int_equal(wire_packer_pack(packer, buffer_span(&frame), &packed), 0);
        assert_true(packed.len <= frame.len);
        check_same(packed, buffer_span(&frame));
    }
    buffer_free(&frame);
    wire_packer_free(packer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire_pack_short_body_stays),
        cmocka_unit_test(test_wire_pack_longer_body_shrinks),
        cmocka_unit_test(test_wire_pack_random_body_stays),
        cmocka_unit_test(test_wire_pack_packed_frame_stays),
        cmocka_unit_test(test_wire_pack_bounds),
        cmocka_unit_test(test_wire_packer_pack_many),
    };
    return cmocka_run_group_tests_name("wire_pack", tests, NULL, NULL);
}
