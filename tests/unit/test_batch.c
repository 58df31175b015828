/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.h: signed batches.
 *   - batch_header_encode, batch_header_decode: there and back; any other length is invalid
 *   - batch_signed_bytes: the layout of WIRE.md, written out
 *   - batch_verify: 1 and 1024 events; every field of a wrong size; no events, 1025; bytes at the limit and one past; an event at its limit and
 *     one past; first number 0 and the last number there is
 *   - batch_verify: every bit of header and events matters; another key; events swapped, left out
 *   - batch_verify: every allocation failing
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "navette/chain.h"
#include "navette/error.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/sample.h"

static uint64_t leaves[LIMIT_BATCH_EVENTS];

static Navette__Batch *make(struct arena *arena, struct sample_log *log, size_t count, size_t len)
{
    struct span events[LIMIT_BATCH_EVENTS + 1];
    uint8_t *bytes = arena_alloc(arena, len + 1);

    memset(bytes, 'e', len + 1);
    for (size_t i = 0; i < count; i++)
        events[i] = span_of(bytes, len);
    return sample_batch(arena, log, events, count);
}

static void test_batch_header_there_and_back(void **state)
{
    uint8_t bytes[BATCH_HEADER_SIZE + 1];
    uint8_t again[BATCH_HEADER_SIZE];
    uint8_t signed_bytes[BATCH_SIGNED_SIZE];
    struct batch_header header;

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7 + 1);
    for (size_t len = 0; len <= sizeof(bytes); len++)
        assert_int_equal(batch_header_decode(span_of(bytes, len), &header), len == BATCH_HEADER_SIZE ? 0 : NAVETTE_E_INVALID);
    assert_int_equal(batch_header_decode(span_of(bytes, BATCH_HEADER_SIZE), &header), 0);
    batch_header_encode(&header, again);
    assert_memory_equal(again, bytes, BATCH_HEADER_SIZE);
    assert_int_equal(BATCH_HEADER_SIZE, 220);
    assert_memory_equal(header.incarnation, bytes, 16);
    assert_true(header.first_seq == read_u64(bytes + 16));
    assert_true(header.count == read_u32(bytes + 24));
    assert_memory_equal(header.salt, bytes + 28, 32);
    assert_memory_equal(header.previous, bytes + 60, 32);
    assert_memory_equal(header.head, bytes + 92, 32);
    assert_memory_equal(header.root, bytes + 124, 32);
    assert_memory_equal(header.signature, bytes + 156, 64);
    batch_signed_bytes(&header, signed_bytes);
    assert_int_equal(BATCH_SIGNED_SIZE, 172);
    assert_memory_equal(signed_bytes, "navette batch v1", 16);
    assert_memory_equal(signed_bytes + 16, bytes, 156);
}

static int verify(const Navette__Batch *batch, const struct sample_log *log)
{
    struct batch_header header;

    return batch_verify(batch, log->sign_public, &header, leaves);
}

static void test_batch_verify_sound(void **state)
{
    static const size_t counts[] = {1, 2, 3, 1024};
    struct arena *arena = arena_new(8u << 20);
    struct sample_log log;

    (void)state;
    sample_log_init(&log, 1);
    for (size_t i = 0; i < 4; i++) {
        struct batch_header header;
        uint64_t first = log.seq + 1;
        Navette__Batch *batch = make(arena, &log, counts[i], 20);

        assert_int_equal(batch_verify(batch, log.sign_public, &header, leaves), 0);
        assert_true(header.first_seq == first);
        assert_int_equal(header.count, counts[i]);
        assert_memory_equal(header.incarnation, log.incarnation, INCARNATION_SIZE);
        assert_memory_equal(header.head, log.head, HASH_SIZE);
        for (size_t k = 0; k < counts[i]; k++) {
            uint8_t leaf[HASH_SIZE];

            chain_leaf(header.salt, log.incarnation, first + k, span_of(batch->events[k].data, 20), leaf);
            assert_true(leaves[k] == chain_leaf_prefix(leaf));
        }
    }
    arena_free(arena);
}

static void test_batch_verify_sizes(void **state)
{
    struct arena *arena = arena_new(32u << 20);
    struct sample_log log;
    Navette__Batch *batch;
    ProtobufCBinaryData *fields[6];

    (void)state;
    sample_log_init(&log, 1);
    batch = make(arena, &log, 3, 20);
    fields[0] = &batch->incarnation;
    fields[1] = &batch->salt;
    fields[2] = &batch->previous;
    fields[3] = &batch->head;
    fields[4] = &batch->root;
    fields[5] = &batch->signature;
    for (size_t i = 0; i < 6; i++) {
        size_t len = fields[i]->len;

        fields[i]->len = len - 1;
        assert_int_equal(verify(batch, &log), NAVETTE_E_INVALID);
        fields[i]->len = len + 1;
        assert_int_equal(verify(batch, &log), NAVETTE_E_INVALID);
        fields[i]->len = 0;
        assert_int_equal(verify(batch, &log), NAVETTE_E_INVALID);
        fields[i]->len = len;
    }
    assert_int_equal(verify(batch, &log), 0);
    batch->n_events = 0;
    assert_int_equal(verify(batch, &log), NAVETTE_E_INVALID);
    batch->n_events = 3;
    batch->first_seq = 0;
    assert_int_equal(verify(batch, &log), NAVETTE_E_INVALID);
    batch->first_seq = UINT64_MAX - 2;
    assert_int_equal(verify(batch, &log), NAVETTE_E_INVALID);
    batch->first_seq = UINT64_MAX - 3;
    assert_int_equal(verify(batch, &log), NAVETTE_E_CHAIN);
    assert_int_equal(verify(make(arena, &log, LIMIT_BATCH_EVENTS + 1, 5), &log), NAVETTE_E_TOO_LARGE);
    assert_int_equal(verify(make(arena, &log, 1, LIMIT_ENTRY_BYTES), &log), 0);
    assert_int_equal(verify(make(arena, &log, 1, LIMIT_ENTRY_BYTES + 1), &log), NAVETTE_E_TOO_LARGE);
    assert_int_equal(verify(make(arena, &log, 1, 0), &log), 0);
    /* 16 x (16,380 + 4) = 262,144. */
    assert_int_equal(verify(make(arena, &log, 16, LIMIT_BATCH_BYTES / 16 - BATCH_EVENT_OVERHEAD), &log), 0);
    assert_int_equal(verify(make(arena, &log, 16, LIMIT_BATCH_BYTES / 16 - BATCH_EVENT_OVERHEAD + 1), &log), NAVETTE_E_TOO_LARGE);
    arena_free(arena);
}

static void test_batch_verify_every_bit(void **state)
{
    struct arena *arena = arena_new(8u << 20);
    struct sample_log log;
    struct sample_log stranger;
    Navette__Batch *batch;
    ProtobufCBinaryData *fields[8];
    ProtobufCBinaryData swapped;

    (void)state;
    sample_log_init(&log, 1);
    sample_log_init(&stranger, 2);
    batch = make(arena, &log, 3, 20);
    batch->events[1].data[0] = 'x';
    assert_int_equal(verify(batch, &log), NAVETTE_E_CHAIN);
    batch->events[1].data[0] = 'e';
    fields[0] = &batch->incarnation;
    fields[1] = &batch->salt;
    fields[2] = &batch->previous;
    fields[3] = &batch->head;
    fields[4] = &batch->root;
    fields[5] = &batch->events[0];
    fields[6] = &batch->events[2];
    fields[7] = &batch->signature;
    for (size_t i = 0; i < 8; i++) {
        for (size_t bit = 0; bit < fields[i]->len * 8; bit++) {
            fields[i]->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_equal(verify(batch, &log), i == 7 ? NAVETTE_E_SIGNATURE : NAVETTE_E_CHAIN);
            fields[i]->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    batch->first_seq++;
    assert_int_equal(verify(batch, &log), NAVETTE_E_CHAIN);
    batch->first_seq--;
    batch->n_events--;
    assert_int_equal(verify(batch, &log), NAVETTE_E_CHAIN);
    batch->n_events++;
    assert_int_equal(verify(batch, &stranger), NAVETTE_E_SIGNATURE);
    batch->events[0].data[0] = 'f';
    swapped = batch->events[0];
    batch->events[0] = batch->events[2];
    batch->events[2] = swapped;
    assert_int_equal(verify(batch, &log), NAVETTE_E_CHAIN);
    arena_free(arena);
}

static void test_batch_verify_without_memory(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    struct sample_log log;
    Navette__Batch *batch;
    uint64_t k = 0;
    int rc;

    (void)state;
    sample_log_init(&log, 1);
    batch = make(arena, &log, 5, 20);
    do {
        failing_malloc_at(++k);
        rc = verify(batch, &log);
        assert_int_equal(rc, failing_malloc_pending() ? 0 : NAVETTE_E_MEMORY);
    } while (rc != 0);
    failing_malloc_at(0);
    assert_true(k >= 2);
    arena_free(arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batch_header_there_and_back), cmocka_unit_test(test_batch_verify_sound),
        cmocka_unit_test(test_batch_verify_sizes),          cmocka_unit_test(test_batch_verify_every_bit),
        cmocka_unit_test(test_batch_verify_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
