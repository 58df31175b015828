/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io/import_csv.h: rows of a CSV.
 *   - separators found; quotes, doubled quotes, line breaks inside; LF, CRLF, CR; a last line without an end; every read size
 *   - quotes that never close, or close in a row of another shape: one line is told of, the next goes on
 *   - a line, and the number of columns, at the limit and one past it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "io/import_csv.h"
#include "navette/error.h"
#include "tests/lib/memory_file.h"

/* Rows as "line:field|field" a line; those only told of as "line!reason". */
static void check(const char *text, size_t step, const char *wanted)
{
    size_t len = strlen(text);
    static char got[4096];
    struct memory_file file = {text, len, 0, step};
    struct import_csv reader;
    struct import_row row;
    size_t used = 0;
    int rc;

    got[0] = '\0';
    assert_int_equal(import_csv_open(&reader, memory_file_read, &file), 0);
    while ((rc = import_csv_next(&reader, &row)) == 0) {
        used += (size_t)snprintf(got + used, sizeof got - used, "%d%s", (int)row.line, row.reason == IMPORT_FINE ? "" : "!");
        if (row.reason != IMPORT_FINE)
            used += (size_t)snprintf(got + used, sizeof got - used, "%s", import_reason_word(row.reason));
        else
            for (size_t i = 0; i < row.count; i++)
                used += (size_t)snprintf(got + used, sizeof got - used, "%c%.*s", i == 0 ? ':' : '|', (int)row.fields[i].len,
                                         (const char *)row.fields[i].data);
        used += (size_t)snprintf(got + used, sizeof got - used, "\n");
        assert_true(used < sizeof got);
    }
    assert_int_equal(rc, NAVETTE_E_NOT_FOUND);
    import_csv_close(&reader);
    assert_string_equal(got, wanted);
}

static void test_import_csv_next_rows(void **state)
{
    static const char text[] = "\xef\xbb\xbf"
                               "a;b;c\r\n\r\n1;\"x;\"\"y\"\"\";\n\"two\nlines\";;z\r3;\"never;closed\n4;5;6\n7;\"q\" r;8\n9;\"\";";
    static const char wanted[] = "1:a|b|c\n3:1|x;\"y\"|\n4:two\nlines||z\n6!quote-open\n7:4|5|6\n8!quote-open\n9:9||\n";

    (void)state;
    for (size_t step = 1; step < sizeof text; step++)
        check(text, step, wanted);
}

static void test_import_csv_next_separators(void **state)
{
    (void)state;
    check("a,b\n1;2,3\n", 99, "1:a|b\n2:1;2|3\n");
    check("a\tb,c\td\n\"x\" y\t\"z\"\t1\n", 99, "1:a|b,c|d\n2:\"x\" y|z|1\n");
    check("\"a;b;c\",d\n1,2\n", 99, "1:a;b;c|d\n2:1|2\n");
    check("alone\nx\n", 99, "1:alone\n2:x\n");
    check("", 99, "");
    /* the quote closes two lines on, in a row of another shape */
    check("a;b\n1;\"x\n2;\"y\"\n", 99, "1:a|b\n2!quote-open\n3:2|y\n");
}

static void test_import_csv_next_limits(void **state)
{
    static char text[4 * IMPORT_LINE_BYTES];
    struct memory_file file = {text, 0, 0, 1000};
    struct import_csv reader;
    struct import_row row;

    (void)state;
    for (size_t past = 0; past <= 1; past++) {
        size_t len = IMPORT_LINE_BYTES + past;
        memcpy(text, "a;b\n", 4);
        memset(text + 4, 'x', len);
        memcpy(text + 4 + len, "\r\n1;2", 6);
        file = (struct memory_file){text, 4 + len + 5, 0, 1000};
        assert_int_equal(import_csv_open(&reader, memory_file_read, &file), 0);
        assert_int_equal(import_csv_next(&reader, &row), 0);
        assert_int_equal(import_csv_next(&reader, &row), 0);
        assert_int_equal(row.reason, past ? IMPORT_LINE_TOO_LONG : IMPORT_FINE);
        assert_int_equal(import_csv_next(&reader, &row), 0);
        assert_int_equal(row.line, 3);
        assert_int_equal(row.count, 2);
        import_csv_close(&reader);
        /* columns */
        memset(text, ';', IMPORT_COLUMNS - 1 + past);
        file = (struct memory_file){text, IMPORT_COLUMNS - 1 + past, 0, 1000};
        assert_int_equal(import_csv_open(&reader, memory_file_read, &file), 0);
        assert_int_equal(import_csv_next(&reader, &row), 0);
        assert_int_equal(row.reason, past ? IMPORT_COLUMNS_MORE : IMPORT_FINE);
        assert_int_equal(row.count, IMPORT_COLUMNS + past);
        import_csv_close(&reader);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_import_csv_next_rows),
        cmocka_unit_test(test_import_csv_next_separators),
        cmocka_unit_test(test_import_csv_next_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
