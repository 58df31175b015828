/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shelf.c: call numbers in the order of the shelf.
 *   - a list written in its order: each against each, both ways, and against itself
 *   - accents, small letters, spaces, zeros before a number change nothing
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "view/shelf.h"

static void test_shelf_compare_in_order(void **state)
{
    static const char *const order[] = {
        "",        "8 SAU",  "523 MAR", "641.5",    "796.42 PUL", "796.42 PUM",  "796.5", "796.51", "1000 A", "12345678901234567890123 B",
        "A SAN",   "BD CRI", "BD SPI",  "BD SPI 9", "BD SPI 18",  "BD SPI 18 X", "ÉCO",   "FA ALL", "R",      "R BRO",
        "R BRO 2", "R BROD",
    };
    int count = sizeof(order) / sizeof(order[0]);

    (void)state;
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < count; k++) {
            if (shelf_compare(order[i], order[k]) != (i < k ? -1 : i > k))
                fail_msg("'%s' and '%s'", order[i], order[k]);
        }
    }
}

static void test_shelf_compare_same(void **state)
{
    (void)state;
    assert_int_equal(shelf_compare("ÉCO", "eco"), 0);
    assert_int_equal(shelf_compare("  R   BRO", "R BRO"), 0);
    assert_int_equal(shelf_compare("BD 007", "BD 7"), 0);
    assert_int_equal(shelf_compare("0", "0"), 0);
    assert_int_equal(shelf_compare("0", "1"), -1);
    assert_int_equal(shelf_compare("7.50", "7.5"), 1);
    assert_int_equal(shelf_compare("7.", "7"), 1);
    assert_int_equal(shelf_compare("\xc3", "\xc3"), 0); /* cut inside a letter */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_shelf_compare_in_order), cmocka_unit_test(test_shelf_compare_same)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
