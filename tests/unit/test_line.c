/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/sync/line.h: what a node does with the width of its line.
 *   - an unknown line is given little, and long to answer
 *   - a wide one gets everything at once, a thin one some seconds' worth, never less than the least nor more than is allowed
 *   - few bytes say nothing of a line, unless they came faster than was thought
 *   - one stall does not make a line thin for long; nothing overflows
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "navette/limits.h"
#include "sync/line.h"

static void test_line_unknown(void **state)
{
    const struct line line = {0};

    (void)state;
    assert_int_equal(line_window(&line, LIMIT_CREDIT_BYTES), LINE_UNKNOWN_BYTES);
    assert_int_equal(line_ask(&line, LIMIT_DELTA_BYTES), LINE_UNKNOWN_BYTES);
    assert_int_equal(line_ask(&line, 1000), 1000);
    assert_int_equal(line_up_ms(&line, (size_t)LINE_THINNEST), 2000);
    assert_int_equal(line_is_thin(&line), 0);
}

static void test_line_wide(void **state)
{
    struct line line = {0};

    (void)state;
    line_sent(&line, LINE_UNKNOWN_BYTES, 0);
    line_got(&line, LINE_UNKNOWN_BYTES, 1);
    assert_int_equal(line_window(&line, LIMIT_CREDIT_BYTES), LIMIT_CREDIT_BYTES);
    assert_int_equal(line_ask(&line, LIMIT_DELTA_BYTES), LIMIT_DELTA_BYTES);
    assert_true(line_up_ms(&line, LIMIT_CREDIT_BYTES) < 200);
    assert_int_equal(line_is_thin(&line), 0);
}

static void test_line_thin(void **state)
{
    struct line line = {0};

    (void)state;
    /* 16 kbit/s of bodies that are packed to a quarter. */
    line_sent(&line, 32000, 4000);
    line_got(&line, 32000, 4000);
    assert_int_equal(line.up, 8000);
    assert_int_equal(line_window(&line, LIMIT_CREDIT_BYTES), 48000);
    assert_int_equal(line_up_ms(&line, 48000), 12000);
    assert_int_equal(line_is_thin(&line), 1);
    line.down = LINE_THIN - 1;
    assert_int_equal(line_is_thin(&line), 1);
    line.down = LINE_THIN;
    assert_int_equal(line_is_thin(&line), 0);
    /* Next to nothing: something goes all the same. */
    line.up = 1;
    assert_int_equal(line_window(&line, LIMIT_CREDIT_BYTES), LINE_LEAST_BYTES);
    assert_int_equal(line_up_ms(&line, 4096), 4000);
}

static void test_line_small_samples(void **state)
{
    struct line line = {0};

    (void)state;
    line_sent(&line, LINE_SAMPLE_BYTES - 1, 100);
    assert_int_equal(line.up, 0);
    line_sent(&line, LINE_SAMPLE_BYTES, 1000);
    assert_int_equal(line.up, LINE_SAMPLE_BYTES);
    line_sent(&line, 200, 1000);
    assert_int_equal(line.up, LINE_SAMPLE_BYTES);
    line_sent(&line, 2048, 100);
    assert_true(line.up > LINE_SAMPLE_BYTES);
}

static void test_line_stall(void **state)
{
    struct line line = {.up = 8000};

    (void)state;
    line_sent(&line, 8192, 60000);
    assert_in_range(line.up, 4000, 4200);
    for (int i = 0; i < 4; i++)
        line_sent(&line, 8192, 1000);
    assert_in_range(line.up, 7000, 8300);
    line_sent(&line, SIZE_MAX / 1000, -5);
    line_sent(&line, SIZE_MAX / 1000, 0);
    assert_int_equal(line_window(&line, LIMIT_CREDIT_BYTES), LIMIT_CREDIT_BYTES);
    assert_true(line_up_ms(&line, LIMIT_CREDIT_BYTES) >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_unknown),       cmocka_unit_test(test_line_wide),  cmocka_unit_test(test_line_thin),
        cmocka_unit_test(test_line_small_samples), cmocka_unit_test(test_line_stall),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
