/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io/import_iso2709.h: records found again after anything that is no record.
 *   - every read size, every place where the middle one of three records is cut: the others come, the damage is told once or was mended
 *   - every byte of it changed to every bit's other value: the others come
 *   - length, terminator, directory mended; a record of the largest size and one past it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/import_iso2709.h"
#include "navette/error.h"
#include "tests/lib/memory_file.h"

/* A record with 001 and one field of `len` bytes. Its length. */
static size_t make(uint8_t *out, char number, size_t len)
{
    size_t base = 24 + 24 + 1, fields = 3 + len + 1;
    char head[64];

    (void)snprintf(head, sizeof head, "%05zunam  22%05zu   4500001%04d%05d200%04zu%05d\x1e", base + fields + 1, base, 3, 0, len + 1, 3);
    memcpy(out, head, base);
    out[base] = 'N';
    out[base + 1] = (uint8_t)number;
    out[base + 2] = 0x1e;
    memset(out + base + 3, 'x', len);
    memcpy(out + base + 3,
           "  \x1f"
           "a",
           4);
    out[base + 3 + len] = 0x1e;
    out[base + fields] = 0x1d;
    return base + fields + 1;
}

/* What came: the numbers of the records, in order, and how many things were told of or mended. */
struct outcome {
    char records[16];
    size_t count, told, mended;
    uint64_t last_offset;
};

static struct outcome read_all(const uint8_t *data, size_t len, size_t step)
{
    static struct import_iso2709 reader;
    struct memory_file file = {data, len, 0, step};
    struct import_chunk chunk;
    struct outcome outcome = {.count = 0};
    int rc;

    assert_int_equal(import_iso2709_open(&reader, memory_file_read, &file), 0);
    while ((rc = import_iso2709_next(&reader, &chunk)) == 0) {
        assert_true(chunk.offset <= len);
        outcome.last_offset = chunk.offset;
        if (chunk.record_bytes.len == 0) {
            assert_true(chunk.reason > IMPORT_FINE && chunk.reason < IMPORT_MENDED);
            outcome.told++;
            continue;
        }
        outcome.mended += chunk.reason != IMPORT_FINE;
        assert_true(outcome.count + 1 < sizeof outcome.records);
        assert_true(chunk.record_bytes.len > 50);
        outcome.records[outcome.count++] = (char)chunk.record_bytes.data[24 + 24 + 2];
    }
    assert_int_equal(rc, NAVETTE_E_NOT_FOUND);
    import_iso2709_close(&reader);
    return outcome;
}

static size_t three(uint8_t *out, size_t *first, size_t *second)
{
    *first = make(out, '1', 40);
    *second = make(out + *first, '2', 60);
    return *first + *second + make(out + *first + *second, '3', 50);
}

static void test_import_iso2709_next_steps(void **state)
{
    uint8_t data[1024];
    size_t first, second, len = three(data, &first, &second);

    (void)state;
    for (size_t step = 1; step <= len; step++) {
        struct outcome outcome = read_all(data, len, step);
        assert_string_equal(outcome.records, "123");
        assert_int_equal(outcome.told + outcome.mended, 0);
        assert_int_equal(outcome.last_offset, first + second);
    }
}

static void test_import_iso2709_next_cut(void **state)
{
    uint8_t data[1024], cut[1024];
    size_t first, second, len = three(data, &first, &second);

    (void)state;
    for (size_t kept = 0; kept < second; kept++) {
        memcpy(cut, data, first + kept);
        memcpy(cut + first + kept, data + first + second, len - first - second);
        struct outcome outcome = read_all(cut, len - second + kept, 7);
        /* without its last byte only, it is whole */
        int whole = kept == second - 1;
        assert_string_equal(outcome.records, whole ? "123" : "13");
        assert_int_equal(outcome.told, kept > 0 && !whole);
        assert_int_equal(outcome.mended, whole);
        /* and at the end of the file */
        outcome = read_all(data, first + kept, 7);
        assert_string_equal(outcome.records, whole ? "12" : "1");
        assert_int_equal(outcome.told, kept > 0 && !whole);
    }
}

static void test_import_iso2709_next_changed(void **state)
{
    uint8_t data[1024];
    size_t first, second, len = three(data, &first, &second);

    (void)state;
    for (size_t at = first; at < first + second; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            data[at] ^= (uint8_t)(1u << bit);
            struct outcome outcome = read_all(data, len, len);
            assert_true(outcome.count >= 2 && outcome.count <= 3);
            assert_int_equal(outcome.records[0], '1');
            assert_int_equal(outcome.records[outcome.count - 1], '3');
            assert_true(outcome.count == 3 || outcome.told == 1);
            data[at] ^= (uint8_t)(1u << bit);
        }
}

static void test_import_iso2709_next_mended(void **state)
{
    uint8_t data[1024];
    size_t first, second, len = three(data, &first, &second);

    (void)state;
    memcpy(data + first, "00030", 5); /* its length */
    assert_string_equal(read_all(data, len, 9).records, "123");
    assert_int_equal(read_all(data, len, 9).mended, 1);
    (void)three(data, &first, &second);
    memcpy(data + first + 24 + 3, "0009", 4); /* the directory's first length */
    assert_string_equal(read_all(data, len, 9).records, "123");
    (void)three(data, &first, &second);
    memcpy(data + first + 12, "00010", 5); /* the base address */
    assert_string_equal(read_all(data, len, 9).records, "123");
    assert_string_equal(read_all((const uint8_t *)" \r\n\x1a", 4, 1).records, "");
    assert_int_equal(read_all((const uint8_t *)" \r\n\x1a", 4, 1).told, 0);
}

static void test_import_iso2709_next_limit(void **state)
{
    uint8_t *data = malloc(IMPORT_RECORD_BYTES + 2048);
    size_t len, entries, over = 0;

    (void)state;
    assert_non_null(data);
    for (int past = 0; past <= 1; past++) {
        /* ten fields of at most 9999 bytes, so that the whole is the largest record, or one more */
        size_t base = 24 + 12 * 10 + 1, at = 0, left = IMPORT_RECORD_BYTES - base - 1 + (size_t)past;
        char digits[64];
        for (entries = 0; entries < 10; entries++) {
            size_t size = left > 9999 ? 9999 : left;
            (void)snprintf(digits, sizeof digits, "200%04zu%05zu", size, at);
            memcpy(data + 24 + entries * 12, digits, 12);
            memset(data + base + at, 'x', size);
            data[base + at + size - 1] = 0x1e;
            at += size;
            left -= size;
        }
        assert_int_equal(left, 0);
        (void)snprintf(digits, sizeof digits, "%05zunam  22%05zu   4500", (size_t)IMPORT_RECORD_BYTES, base);
        memcpy(data, digits, 24);
        data[base - 1] = 0x1e;
        data[base + at] = 0x1d;
        len = base + at + 1;
        assert_int_equal(len, IMPORT_RECORD_BYTES + (size_t)past);
        len += make(data + len, '9', 10);
        struct outcome outcome = read_all(data, len, 4096);
        assert_int_equal(outcome.count, past ? 1 : 2);
        assert_int_equal(outcome.records[outcome.count - 1], '9');
        over += outcome.told;
    }
    assert_int_equal(over, 1);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_import_iso2709_next_steps),   cmocka_unit_test(test_import_iso2709_next_cut),
        cmocka_unit_test(test_import_iso2709_next_changed), cmocka_unit_test(test_import_iso2709_next_mended),
        cmocka_unit_test(test_import_iso2709_next_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
