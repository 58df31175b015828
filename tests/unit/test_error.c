/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error.h: every code has a phrase of its own, any other number the same one; what is fatal and what is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <string.h>

#include "navette/error.h"

static void test_error_text_of_every_code(void **state)
{
    static const int codes[] = {0, -1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12, -13, -14, -15, -16, -17, -18, -100, -101, -102};
    static const int others[] = {1, INT_MAX, INT_MIN, -19, -99, -103};
    size_t count = sizeof(codes) / sizeof(codes[0]);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_true(strlen(error_text(codes[i])) > 0);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(error_text(codes[i]), error_text(codes[k]));
        assert_string_not_equal(error_text(codes[i]), error_text(others[0]));
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_string_equal(error_text(others[i]), error_text(others[0]));
}

static void test_error_is_fatal_range(void **state)
{
    (void)state;
    assert_false(error_is_fatal(0));
    assert_false(error_is_fatal(NAVETTE_E_FULL));
    assert_false(error_is_fatal(NAVETTE_E_AMBIGUOUS));
    assert_false(error_is_fatal(NAVETTE_E_PRUNED));
    assert_true(error_is_fatal(NAVETTE_E_MEMORY));
    assert_true(error_is_fatal(NAVETTE_E_STORE));
    assert_true(error_is_fatal(NAVETTE_E_INTERNAL));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_text_of_every_code),
        cmocka_unit_test(test_error_is_fatal_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
