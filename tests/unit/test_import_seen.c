/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node/cli/import_seen.h: what an export has had.
 *   - every barcode once, across growth; what was not added is not there
 *   - libraries counted; at the limit and one past it
 *   - the k-th allocation failing leaves what was there
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"
#include "node/cli/import_seen.h"
#include "tests/lib/failing_malloc.h"

#define MANY 20000u

static void test_import_seen_add_grows(void **state)
{
    struct import_seen seen;
    char barcode[16];

    (void)state;
    import_seen_init(&seen);
    assert_false(import_seen_has(&seen, "0"));
    for (unsigned i = 0; i < MANY; i++) {
        (void)snprintf(barcode, sizeof barcode, "%08u", i);
        assert_int_equal(import_seen_add(&seen, barcode), 0);
        assert_int_equal(import_seen_add(&seen, barcode), NAVETTE_E_EXISTS);
    }
    for (unsigned i = 0; i < 2 * MANY; i++) {
        (void)snprintf(barcode, sizeof barcode, "%08u", i);
        assert_int_equal(import_seen_has(&seen, barcode), i < MANY);
    }
    assert_int_equal(seen.count, MANY);
    assert_true(seen.capacity <= 4 * MANY);
    import_seen_free(&seen);
}

static void test_import_seen_library_limit(void **state)
{
    struct import_seen seen;
    char code[16];

    (void)state;
    import_seen_init(&seen);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < IMPORT_LIBRARIES_MAX; i++) {
            (void)snprintf(code, sizeof code, "%u", i);
            assert_int_equal(import_seen_library(&seen, code, "A"), 0);
        }
    assert_int_equal(seen.library_count, IMPORT_LIBRARIES_MAX);
    assert_int_equal(seen.libraries[77].items, 2);
    assert_int_equal(seen.other_libraries, 0);
    assert_int_equal(import_seen_library(&seen, "one more", "A"), 0);
    assert_int_equal(seen.library_count, IMPORT_LIBRARIES_MAX);
    assert_int_equal(seen.other_libraries, 1);
    import_seen_free(&seen);
}

static void test_import_seen_no_memory(void **state)
{
    struct import_seen seen;
    char barcode[16];
    unsigned failures = 0;

    (void)state;
    import_seen_init(&seen);
    for (unsigned i = 0; i < MANY; i++) {
        (void)snprintf(barcode, sizeof barcode, "%u", i);
        failing_malloc_at(1);
        int rc = import_seen_add(&seen, barcode);
        failing_malloc_at(0);
        failures += rc == NAVETTE_E_MEMORY;
        assert_true(rc == 0 || rc == NAVETTE_E_MEMORY);
        assert_int_equal(rc == 0 ? NAVETTE_E_EXISTS : 0, import_seen_add(&seen, barcode));
    }
    assert_int_equal(failures, 4);
    import_seen_free(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_import_seen_add_grows),
        cmocka_unit_test(test_import_seen_library_limit),
        cmocka_unit_test(test_import_seen_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
