/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node/cli/lines.h: what a scanner types.
 *   - CR, LF, CRLF, mixed; a last line without an end; empty lines; NUL bytes
 *   - a line is given as soon as its end has come, whatever comes after it
 *   - at the limit and one past it
 *   - every way of cutting the input in two gives the same lines
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "node/cli/lines.h"

static void put(int fd, const char *text, size_t len)
{
    assert_int_equal(write(fd, text, len), (ssize_t)len);
}

static void test_lines_next_ends(void **state)
{
    static const char input[] = "\r\n\none\rtwo\nthree\r\n\r\nfour\n\rfive\0six";
    static const char *const wanted[] = {"one", "two", "three", "four", "five", "six"};
    struct lines lines;
    int ends[2], cut;

    (void)state;
    for (size_t split = 0; split < sizeof input; split++) {
        assert_int_equal(pipe(ends), 0);
        put(ends[1], input, split);
        lines_open(&lines, ends[0]);
        size_t given = 0;
        /* the whole lines of the first part are there before the second is written */
        for (size_t i = 0, open = 0; i < split; i++) {
            int end = input[i] == '\r' || input[i] == '\n' || input[i] == '\0';
            if (end && open) {
                assert_string_equal(lines_next(&lines, &cut), wanted[given++]);
                assert_false(cut);
            }
            open = !end;
        }
        put(ends[1], input + split, sizeof input - 1 - split);
        assert_int_equal(close(ends[1]), 0);
        while (given < sizeof wanted / sizeof wanted[0])
            assert_string_equal(lines_next(&lines, &cut), wanted[given++]);
        assert_null(lines_next(&lines, &cut));
        assert_null(lines_next(&lines, &cut));
        assert_int_equal(close(ends[0]), 0);
    }
}

static void test_lines_next_limit(void **state)
{
    static char input[2 * LINES_MAX + 8];
    struct lines lines;
    const char *line;
    int ends[2], cut;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    memset(input, 'a', sizeof input);
    input[LINES_MAX - 1] = '\n';
    input[2 * LINES_MAX] = '\n';
    memcpy(input + 2 * LINES_MAX + 1, "end\n", 4);
    put(ends[1], input, 2 * LINES_MAX + 5);
    assert_int_equal(close(ends[1]), 0);
    lines_open(&lines, ends[0]);
    line = lines_next(&lines, &cut);
    assert_int_equal(strlen(line), LINES_MAX - 1);
    assert_false(cut);
    line = lines_next(&lines, &cut);
    assert_int_equal(strlen(line), LINES_MAX - 1);
    assert_true(cut);
    assert_string_equal(lines_next(&lines, &cut), "end");
    assert_false(cut);
    assert_null(lines_next(&lines, &cut));
    assert_int_equal(close(ends[0]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_next_ends),
        cmocka_unit_test(test_lines_next_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
