/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keymap: numbers for byte strings.
 *   - keymap_number, keymap_find, keymap_key: in the order first seen, of a small map and of a large one; what is not there is not found
 *   - keymap_clear: forgets all, and numbers from 0 again
 *   - keymap_number: each allocation failing once leaves what was there
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "fold/keymap.h"
#include "navette/error.h"
#include "tests/lib/failing_malloc.h"

static struct span name(unsigned int number, char text[16])
{
    return span_of(text, (size_t)snprintf(text, 16, "key-%u", number));
}

static void fill(struct keymap *map, unsigned int from, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++) {
        uint32_t number;
        char text[16];

        assert_int_equal(keymap_number(map, name(from + i, text), &number), 0);
        assert_int_equal(number, i);
    }
}

static void expect(const struct keymap *map, unsigned int from, unsigned int count)
{
    char text[16];
    uint32_t number;

    for (unsigned int i = 0; i < count; i++) {
        assert_true(keymap_find(map, name(from + i, text), &number));
        assert_int_equal(number, i);
        assert_true(span_equal(keymap_key(map, i), name(from + i, text)));
    }
    for (unsigned int i = 0; i < 3 * count; i++)
        assert_false(keymap_find(map, name(from + count + i, text), &number));
}

static void test_keymap_numbers_in_the_order_first_seen(void **state)
{
    static const unsigned int sizes[] = {1, 9, 100, 8191, 8193, 60000};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct keymap map;
        char text[16];
        uint32_t number;

        keymap_init(&map);
        assert_false(keymap_find(&map, name(0, text), &number));
        fill(&map, 0, sizes[i]);
        fill(&map, 0, sizes[i]);
        assert_int_equal(map.count, sizes[i]);
        expect(&map, 0, sizes[i]);
        keymap_free(&map);
    }
}

static void test_keymap_clear_forgets_all(void **state)
{
    struct keymap map;

    (void)state;
    keymap_init(&map);
    keymap_clear(&map);
    fill(&map, 0, 30000);
    keymap_clear(&map);
    assert_int_equal(map.count, 0);
    fill(&map, 1000000, 20);
    expect(&map, 1000000, 20);
    keymap_clear(&map);
    fill(&map, 0, 40000);
    expect(&map, 0, 40000);
    keymap_free(&map);
}

static void test_keymap_number_with_no_memory(void **state)
{
    (void)state;
    for (unsigned int k = 1;; k++) {
        unsigned int made = 0;
        struct keymap map;
        char text[16];
        uint32_t number;
        int rc = 0;

        keymap_init(&map);
        failing_malloc_at(k);
        while (rc == 0 && made < 10000) {
            rc = keymap_number(&map, name(made, text), &number);
            made += rc == 0;
        }
        failing_malloc_at(0);
        expect(&map, 0, made);
        keymap_free(&map);
        if (rc == 0)
            break;
        assert_int_equal(rc, NAVETTE_E_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keymap_numbers_in_the_order_first_seen),
        cmocka_unit_test(test_keymap_clear_forgets_all),
        cmocka_unit_test(test_keymap_number_with_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
