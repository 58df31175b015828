/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loan_file.c: lines as Koha and spreadsheets read them.
 *   - koc and csv, byte for byte; csv quotes what has to be quoted
 *   - a loan without card, a line without barcode, a tab or a line break in either: refused, nothing written
 *   - words of the forms
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "navette/error.h"
#include "navette/loan_file.h"

static const struct loan_file_line loan = {.day = "2020-06-04",
                                           .clock = "09:05:07 012",
                                           .card = "000123",
                                           .barcode = "00021200135100",
                                           .order = "C-1",
                                           .title = "Un \"jour\"; de pluie"};
static const struct loan_file_line back = {
    .day = "2020-06-05", .clock = "17:00:00 000", .is_return = 1, .card = "000123", .barcode = "9", .order = "", .title = ""};

static void wrote(enum loan_file_form form, const char *expected)
{
    struct buffer out = {.data = NULL};

    assert_int_equal(loan_file_begin(form, &out), 0);
    assert_int_equal(loan_file_line(form, &loan, &out), 0);
    assert_int_equal(loan_file_line(form, &back, &out), 0);
    assert_int_equal(out.len, strlen(expected));
    assert_memory_equal(out.data, expected, out.len);
    buffer_free(&out);
}

static void test_loan_file_forms(void **state)
{
    (void)state;
    wrote(LOAN_FILE_KOC, "Version=1.0\tGenerator=navette\tGeneratorVersion=1\n"
                         "2020-06-04 09:05:07 012\tissue\t000123\t00021200135100\n"
                         "2020-06-05 17:00:00 000\treturn\t9\n");
    wrote(LOAN_FILE_CSV, "date;time;action;card;barcode;order;title\r\n"
                         "2020-06-04;09:05:07;loan;000123;00021200135100;C-1;\"Un \"\"jour\"\"; de pluie\"\r\n"
                         "2020-06-05;17:00:00;return;;9;;\r\n");
}

static void refused(struct loan_file_line line)
{
    struct buffer out = {.data = NULL};

    assert_int_equal(loan_file_line(LOAN_FILE_KOC, &line, &out), NAVETTE_E_INVALID);
    assert_int_equal(loan_file_line(LOAN_FILE_CSV, &line, &out), NAVETTE_E_INVALID);
    assert_int_equal(out.len, 0);
    buffer_free(&out);
}

static void test_loan_file_line_refuses(void **state)
{
    struct loan_file_line line = loan;

    (void)state;
    line.card = "";
    refused(line);
    line.card = "1\t2";
    refused(line);
    line.card = "1";
    line.barcode = "1\n2";
    refused(line);
    line = back;
    line.barcode = "";
    refused(line);
}

static void test_loan_file_form_of_words(void **state)
{
    (void)state;
    assert_int_equal(loan_file_form_of(""), LOAN_FILE_KOC);
    assert_int_equal(loan_file_form_of("koc"), LOAN_FILE_KOC);
    assert_int_equal(loan_file_form_of("csv"), LOAN_FILE_CSV);
    assert_int_equal(loan_file_form_of("xls"), -1);
    assert_string_equal(loan_file_extension(LOAN_FILE_KOC), "koc");
    assert_string_equal(loan_file_extension(LOAN_FILE_CSV), "csv");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_loan_file_forms), cmocka_unit_test(test_loan_file_line_refuses),
                                              cmocka_unit_test(test_loan_file_form_of_words)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
