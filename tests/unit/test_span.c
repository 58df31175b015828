/* SPDX-License-Identifier: Apache-2.0 */
/*
 * span.h: borrowed bytes, growing buffers, big-endian numbers, readers.
 *   - span_compare: order of memcmp, a prefix first, empty spans
 *   - buffer_append*: what is appended is there, in big-endian; a string at and past 65,535 bytes
 *   - buffer_reserve: a failed allocation leaves the buffer as it was; a size that would overflow is refused
 *   - reader: every prefix of a record fails once and for all; a string that does not fit its array
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"
#include "navette/span.h"
#include "tests/lib/failing_malloc.h"

static void test_span_compare_orders(void **state)
{
    /* In this order. */
    static const char *const rows[] = {"", "a", "aa", "ab", "b", "b\x7f", "b\xff"};

    (void)state;
    for (size_t i = 0; i < 7; i++) {
        for (size_t k = 0; k < 7; k++) {
            struct span a = span_of_string(rows[i]);
            struct span b = span_of_string(rows[k]);

            assert_int_equal(span_compare(a, b), i < k ? -1 : i > k);
            assert_int_equal(span_equal(a, b), i == k);
        }
    }
    assert_int_equal(span_of_string(NULL).len, 0);
    assert_int_equal(span_compare(span_of(NULL, 0), span_of_string("")), 0);
}

static void test_buffer_append_big_endian(void **state)
{
    static const uint8_t expected[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 2, 'a', 'b'};
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer);
    assert_int_equal(buffer_append_u8(&buffer, 1), 0);
    assert_int_equal(buffer_append_u16(&buffer, 0x0203), 0);
    assert_int_equal(buffer_append_u32(&buffer, 0x04050607), 0);
    assert_int_equal(buffer_append_u64(&buffer, UINT64_C(0x08090a0b0c0d0e0f)), 0);
    assert_int_equal(buffer_append_string(&buffer, "ab"), 0);
    assert_int_equal(buffer_append(&buffer, NULL, 0), 0);
    assert_int_equal(buffer.len, sizeof(expected));
    assert_memory_equal(buffer.data, expected, sizeof(expected));
    buffer_clear(&buffer);
    assert_int_equal(buffer.len, 0);
    assert_true(buffer.capacity > 0);
    buffer_free(&buffer);
    assert_null(buffer.data);
    assert_int_equal(buffer_append_u8(&buffer, 9), 0);
    assert_int_equal(buffer.data[0], 9);
    buffer_free(&buffer);
}

static void test_buffer_append_string_limits(void **state)
{
    struct buffer buffer = {.data = NULL};
    char *text = malloc(65537);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', 65536);
    text[65536] = '\0';
    assert_int_equal(buffer_append_string(&buffer, text), NAVETTE_E_TOO_LARGE);
    assert_int_equal(buffer.len, 0);
    text[65535] = '\0';
    assert_int_equal(buffer_append_string(&buffer, text), 0);
    assert_int_equal(buffer.len, 65537);
    assert_int_equal(read_u16(buffer.data), 65535);
    buffer_free(&buffer);
    free(text);
}

static void test_buffer_reserve_without_memory(void **state)
{
    struct buffer buffer = {.data = NULL};
    uint8_t *before;
    size_t capacity;

    (void)state;
    assert_int_equal(buffer_append(&buffer, "abc", 3), 0);
    before = buffer.data;
    capacity = buffer.capacity;
    failing_malloc_at(1);
    assert_int_equal(buffer_reserve(&buffer, capacity), NAVETTE_E_MEMORY);
    assert_false(failing_malloc_pending());
    assert_ptr_equal(buffer.data, before);
    assert_int_equal(buffer.len, 3);
    assert_int_equal(buffer.capacity, capacity);
    assert_memory_equal(buffer.data, "abc", 3);
    assert_int_equal(buffer_reserve(&buffer, SIZE_MAX - 1), NAVETTE_E_MEMORY);
    assert_int_equal(buffer_reserve(&buffer, SIZE_MAX / 2), NAVETTE_E_MEMORY);
    failing_malloc_at(1);
    assert_int_equal(buffer_reserve(&buffer, capacity - 3), 0);
    assert_true(failing_malloc_pending());
    failing_malloc_at(0);
    buffer_free(&buffer);
}

static void test_reader_every_prefix(void **state)
{
    struct buffer buffer = {.data = NULL};

    (void)state;
    buffer_append_u8(&buffer, 200);
    buffer_append_u16(&buffer, 60000);
    buffer_append_u32(&buffer, 4000000000u);
    buffer_append_u64(&buffer, UINT64_MAX - 1);
    buffer_append_string(&buffer, "hello");
    buffer_append_string(&buffer, "you");
    for (size_t len = 0; len <= buffer.len; len++) {
        struct reader reader = reader_of(span_of(buffer.data, len));
        uint8_t a = reader_u8(&reader);
        uint16_t b = reader_u16(&reader);
        uint32_t c = reader_u32(&reader);
        uint64_t d = reader_u64(&reader);
        struct span e = reader_string(&reader);
        char f[4];

        reader_copy_string(&reader, f, sizeof(f));
        assert_int_equal(reader.failed, len < buffer.len);
        assert_int_equal(a, len >= 1 ? 200 : 0);
        assert_int_equal(b, len >= 3 ? 60000 : 0);
        assert_int_equal(c, len >= 7 ? 4000000000u : 0);
        assert_true(d == (len >= 15 ? UINT64_MAX - 1 : 0));
        assert_int_equal(e.len, len >= 22 ? 5 : 0);
        assert_string_equal(f, len == buffer.len ? "you" : "");
        /* A failed reader gives nothing more, even where bytes are left. */
        if (reader.failed) {
            assert_int_equal(reader_bytes(&reader, 0).len, 0);
            assert_int_equal(reader.failed, 1);
        }
    }
    buffer_free(&buffer);
}

static void test_reader_copy_string_does_not_fit(void **state)
{
    static const uint8_t bytes[] = {0, 4, 'a', 'b', 'c', 'd'};
    struct reader reader = reader_of(span_of(bytes, sizeof(bytes)));
    char four[4] = "zzz";
    char five[5];

    (void)state;
    reader_copy_string(&reader, four, sizeof(four));
    assert_int_equal(reader.failed, 1);
    assert_string_equal(four, "");
    reader = reader_of(span_of(bytes, sizeof(bytes)));
    reader_copy_string(&reader, five, sizeof(five));
    assert_int_equal(reader.failed, 0);
    assert_string_equal(five, "abcd");
    assert_int_equal(reader.left.len, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_span_compare_orders),         cmocka_unit_test(test_buffer_append_big_endian),
        cmocka_unit_test(test_buffer_append_string_limits), cmocka_unit_test(test_buffer_reserve_without_memory),
        cmocka_unit_test(test_reader_every_prefix),         cmocka_unit_test(test_reader_copy_string_does_not_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
