/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows: a table's rows in memory.
 *   - rows_put, rows_find, rows_delete: what was put last is found, of few rows and of so many that they are filtered; what is not there is not found
 *   - rows_put: a value that outgrows its room again and again; bytes that stand in the rows themselves
 *   - rows_sort, rows_seek, rows_at: the order of the keys, whatever was put between two sorts: in order, few, many, longer values, keys that begin alike
 *   - rows_put, rows_find: rows that come in the order of their keys, or nearly, are found without slots; longer and deleted ones; one from far back, then any
 *   - rows_clear: forgets all
 *   - rows_put, rows_sort: each allocation failing once leaves what was there
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"
#include "server/rows.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/seed.h"

static struct span name(uint64_t number, char text[24])
{
    return span_of(text, (size_t)snprintf(text, 24, "key-%llu", (unsigned long long)number));
}

static void expect(const struct rows *rows, struct span key, struct span value)
{
    uint32_t at = rows_find(rows, key);

    assert_int_not_equal(at, ROWS_NONE);
    assert_false(rows_is_deleted(rows, at));
    assert_true(span_equal(rows_key(rows, at), key));
    assert_true(span_equal(rows_value(rows, at), value));
}

static void test_rows_find_what_was_put_last(void **state)
{
    static const unsigned int sizes[] = {1, 9, 100, 8191, 8193, 60000, 150000};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct rows rows;
        char text[24];
        char value[24];

        rows_init(&rows);
        assert_int_equal(rows_find(&rows, name(0, text)), ROWS_NONE);
        for (unsigned int n = 0; n < sizes[i]; n++)
            assert_int_equal(rows_put(&rows, name(n, text), name(n + 7, value)), 0);
        for (unsigned int n = 0; n < sizes[i]; n++)
            expect(&rows, name(n, text), name(n + 7, value));
        for (unsigned int n = sizes[i]; n < 3 * sizes[i]; n++)
            assert_int_equal(rows_find(&rows, name(n, text)), ROWS_NONE);
        assert_int_equal(rows.count, sizes[i]);
        assert_int_equal(rows_delete(&rows, name(0, text)), 0);
        assert_true(rows_is_deleted(&rows, rows_find(&rows, name(0, text))));
        assert_int_equal(rows_delete(&rows, name(sizes[i], text)), 0); /* it may stand below */
        assert_true(rows_is_deleted(&rows, rows_find(&rows, name(sizes[i], text))));
        assert_int_equal(rows_put(&rows, name(0, text), span_of(NULL, 0)), 0);
        expect(&rows, name(0, text), span_of(NULL, 0));
        rows_clear(&rows);
        assert_int_equal(rows_find(&rows, name(0, text)), ROWS_NONE);
        assert_int_equal(rows_put(&rows, name(1, text), name(2, value)), 0);
        expect(&rows, name(1, text), name(2, value));
        assert_int_equal(rows.count, 1);
        rows_free(&rows);
    }
}

static void test_rows_put_longer_and_longer_values(void **state)
{
    struct rows rows;
    char text[24];

    (void)state;
    rows_init(&rows);
    for (size_t len = 0; len < 300; len += 7) {
        uint8_t value[300];

        memset(value, (int)len, sizeof(value));
        for (uint64_t n = 0; n < 20; n++)
            assert_int_equal(rows_put(&rows, name(n, text), span_of(value, len)), 0);
        for (uint64_t n = 0; n < 20; n++)
            expect(&rows, name(n, text), span_of(value, len));
        if (len == 49)
            assert_int_equal(rows_sort(&rows), 0);
    }
    assert_int_equal(rows_sort(&rows), 0);
    assert_int_equal(rows.ordered, 20);
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(rows_value(&rows, rows_at(&rows, i)).len, 294);
    rows_free(&rows);
}

/* A row's own key and value, given back to it as those of others, while its bytes move. */
static void test_rows_put_bytes_that_stand_in_them(void **state)
{
    struct rows rows;
    char text[24];
    char value[24];

    (void)state;
    rows_init(&rows);
    assert_int_equal(rows_put(&rows, name(0, text), name(500, value)), 0);
    for (uint64_t n = 1; n < 3000; n++)
        assert_int_equal(rows_put(&rows, name(n, text), rows_value(&rows, rows_find(&rows, name(n - 1, value)))), 0);
    for (uint64_t n = 0; n < 3000; n++)
        expect(&rows, name(n, text), name(500, value));
    for (uint64_t n = 0; n < 3000; n++) {
        uint32_t at = rows_find(&rows, name(n, text));

        assert_int_equal(rows_put(&rows, rows_key(&rows, at), span_of("a value that is longer than what was there", 42)), 0);
        expect(&rows, name(n, text), span_of("a value that is longer than what was there", 42));
    }
    rows_free(&rows);
}

static int compare_spans(const void *a, const void *b)
{
    return rows_compare(*(const struct span *)a, *(const struct span *)b);
}

/* Against a plain sort of the keys. */
static void expect_order(struct rows *rows, const struct span *keys, size_t count)
{
    struct span *sorted = malloc((count + 1) * sizeof(*sorted));

    assert_non_null(sorted);
    memcpy(sorted, keys, count * sizeof(*sorted));
    if (count > 0)
        qsort(sorted, count, sizeof(*sorted), compare_spans);
    assert_int_equal(rows_sort(rows), 0);
    assert_int_equal(rows->ordered, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(span_equal(rows_key(rows, rows_at(rows, i)), sorted[i]));
        assert_int_equal(rows_seek(rows, sorted[i]), i);
    }
    assert_int_equal(rows_seek(rows, span_of("\xff\xff", 2)), count);
    assert_int_equal(rows_seek(rows, span_of(NULL, 0)), 0);
    free(sorted);
}

#define KEYS 400u

static void test_rows_sort_by_key_whatever_came_between(void **state)
{
    uint64_t random = seed_start();

    (void)state;
    for (int round = 0; round < 300; round++) {
        static uint8_t bytes[KEYS][40];
        struct span keys[KEYS];
        size_t count = 0;
        struct rows rows;
        uint64_t alike = seed_below(&random, 4); /* of how many letters keys are made */
        size_t head = (size_t)seed_below(&random, 20);

        rows_init(&rows);
        while (count < KEYS) {
            uint64_t more = seed_below(&random, 3) == 0 ? seed_below(&random, KEYS) : seed_below(&random, 20);

            for (uint64_t i = 0; i < more && count < KEYS; i++) {
                size_t len = head + 1 + (size_t)seed_below(&random, 19);

                memset(bytes[count], 'x', head);
                for (size_t k = head; k < len; k++)
                    bytes[count][k] = (uint8_t)seed_below(&random, alike == 0 ? 256 : 1 + alike);
                keys[count] = span_of(bytes[count], len);
                count += rows_find(&rows, keys[count]) == ROWS_NONE;
                assert_int_equal(rows_put(&rows, span_of(bytes[count - 1], keys[count - 1].len), span_of("v", 1)), 0);
                if (seed_below(&random, 5) == 0) {
                    struct span again = keys[seed_below(&random, count)];

                    assert_int_equal(rows_put(&rows, again, span_of("a longer one than before", (size_t)seed_below(&random, 24))), 0);
                }
            }
            expect_order(&rows, keys, count);
        }
        rows_free(&rows);
    }
}

#define LINE 5000u

/* A key in the order of its number, and a value of its own. */
static struct span numbered(uint64_t number, uint8_t key[8])
{
    write_u64(key, number);
    return span_of(key, 8);
}

static void expect_numbered(const struct rows *rows, const uint32_t *lengths, uint64_t from, uint64_t until)
{
    uint8_t key[8];

    for (uint64_t n = from; n < until; n++) {
        uint32_t at = rows_find(rows, numbered(n, key));

        if (lengths[n] == 0) {
            assert_int_equal(at, ROWS_NONE);
            continue;
        }
        assert_int_not_equal(at, ROWS_NONE);
        assert_true(span_equal(rows_key(rows, at), numbered(n, key)));
        assert_int_equal(rows_is_deleted(rows, at), lengths[n] == 1);
        assert_int_equal(rows_value(rows, at).len, lengths[n] - 1);
        for (size_t i = 0; i + 1 < lengths[n]; i++)
            assert_int_equal(rows_value(rows, at).data[i], (uint8_t)n);
    }
}

static void put_numbered(struct rows *rows, uint32_t *lengths, uint64_t number, uint32_t length)
{
    uint8_t value[64];
    uint8_t key[8];

    memset(value, (int)(uint8_t)number, sizeof(value));
    if (length == 1)
        assert_int_equal(rows_delete(rows, numbered(number, key)), 0);
    else
        assert_int_equal(rows_put(rows, numbered(number, key), span_of(value, length - 1)), 0);
    lengths[number] = length;
}

/* lengths: of a value, + 1; 0: no row; 1: it is deleted. */
static void test_rows_that_come_in_order_have_no_slots(void **state)
{
    static uint32_t lengths[LINE + 1];
    uint64_t random = seed_start();
    struct rows rows;

    (void)state;
    rows_init(&rows);
    for (int round = 0; round < 6; round++) {
        size_t count = 0;

        memset(lengths, 0, sizeof(lengths));
        for (uint64_t n = 20; n < LINE; n += 1 + seed_below(&random, 3)) {
            uint64_t before = n - seed_below(&random, 15);

            put_numbered(&rows, lengths, n, (uint32_t)seed_below(&random, 40) + 1);
            if (seed_below(&random, 4) == 0)
                put_numbered(&rows, lengths, before, (uint32_t)seed_below(&random, 60) + 1);
            before = seed_below(&random, n);
            if (lengths[before] != 0) /* one that is there is written again wherever it stands */
                put_numbered(&rows, lengths, before, (uint32_t)seed_below(&random, 60) + 1);
            if (n % 97 == 0)
                expect_numbered(&rows, lengths, 0, n + 1);
        }
        assert_int_equal(rows.hashed, 0);
        assert_int_equal(rows_sort(&rows), 0);
        for (uint64_t n = 0; n < LINE; n++)
            count += lengths[n] != 0;
        assert_int_equal(rows.ordered, count);
        expect_numbered(&rows, lengths, 0, LINE);
        put_numbered(&rows, lengths, 1, 9);
        assert_int_equal(rows.hashed, 1);
        expect_numbered(&rows, lengths, 0, LINE);
        for (int i = 0; i < 500; i++)
            put_numbered(&rows, lengths, seed_below(&random, LINE), (uint32_t)seed_below(&random, 60) + 1);
        expect_numbered(&rows, lengths, 0, LINE);
        assert_int_equal(rows_sort(&rows), 0);
        assert_int_equal(rows.ordered, rows.count);
        for (size_t i = 0; i + 1 < rows.ordered; i++)
            assert_true(rows_compare(rows_key(&rows, rows_at(&rows, i)), rows_key(&rows, rows_at(&rows, i + 1))) < 0);
        expect_numbered(&rows, lengths, 0, LINE);
        rows_clear(&rows);
        assert_int_equal(rows.hashed, 0);
        memset(lengths, 0, sizeof(lengths));
        expect_numbered(&rows, lengths, 0, LINE);
    }
    rows_free(&rows);
}

static void test_rows_put_and_sort_with_no_memory(void **state)
{
    (void)state;
    for (unsigned int k = 1;; k++) {
        struct rows rows;
        char text[24];
        uint64_t put = 0;
        int rc = 0;

        rows_init(&rows);
        failing_malloc_at(k);
        for (; rc == 0 && put < 9000; put++)
            rc = rows_put(&rows, name(put * 7 % 9000, text), name(put, text));
        if (rc == 0)
            rc = rows_sort(&rows);
        failing_malloc_at(0);
        if (rc == 0) {
            rows_free(&rows);
            break;
        }
        assert_int_equal(rc, NAVETTE_E_MEMORY);
        for (uint64_t n = 0; n + 1 < put; n++)
            assert_int_not_equal(rows_find(&rows, name(n * 7 % 9000, text)), ROWS_NONE);
        assert_int_equal(rows_sort(&rows), 0);
        assert_int_equal(rows.ordered, rows.count);
        rows_free(&rows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_find_what_was_put_last),           cmocka_unit_test(test_rows_put_longer_and_longer_values),
        cmocka_unit_test(test_rows_put_bytes_that_stand_in_them),     cmocka_unit_test(test_rows_sort_by_key_whatever_came_between),
        cmocka_unit_test(test_rows_that_come_in_order_have_no_slots), cmocka_unit_test(test_rows_put_and_sort_with_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
