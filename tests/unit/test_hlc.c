/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hlc.h: the hybrid logical clock.
 *   - hlc_make: clamped at both ends; hlc_ms gives it back
 *   - hlc_tick: always after, whether the wall clock stands, jumps back to 1970 or goes on; the counter runs over into the milliseconds; never 0
 *   - hlc_merge: takes what is up to five minutes ahead, not a millisecond more, nothing older
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "navette/hlc.h"
#include "tests/lib/seed.h"

#define NOON INT64_C(1587124800000)

static void test_hlc_make_limits(void **state)
{
    (void)state;
    assert_true(hlc_make(-1, 7) == 7);
    assert_true(hlc_make(INT64_MIN, 0) == 0);
    assert_true(hlc_ms(hlc_make(NOON, 65535)) == NOON);
    assert_true(hlc_make((INT64_C(1) << 48) - 1, 65535) == UINT64_MAX);
    assert_true(hlc_make(INT64_C(1) << 48, 1) == hlc_make((INT64_C(1) << 48) - 1, 1));
    assert_true(hlc_make(INT64_MAX, 0) == hlc_make((INT64_C(1) << 48) - 1, 0));
}

static void test_hlc_tick_always_after(void **state)
{
    uint64_t random = seed_start();
    struct hlc hlc = {.last = 0};
    uint64_t before = 0;

    (void)state;
    assert_true(hlc_tick(&hlc, 0) == 1);
    for (int i = 0; i < 200000; i++) {
        int64_t wall = (int64_t)seed_below(&random, 4) == 0 ? 0 : NOON + (int64_t)seed_below(&random, 3);
        uint64_t now = hlc_tick(&hlc, wall);

        assert_true(now > before);
        assert_true(hlc_ms(now) >= wall);
        before = now;
    }
}

static void test_hlc_tick_counter_runs_over(void **state)
{
    struct hlc hlc = {.last = hlc_make(NOON, 65535)};

    (void)state;
    assert_true(hlc_tick(&hlc, NOON) == hlc_make(NOON + 1, 0));
    hlc.last = UINT64_MAX;
    assert_true(hlc_tick(&hlc, NOON) == UINT64_MAX);
}

static void test_hlc_merge_limit(void **state)
{
    struct hlc hlc = {.last = hlc_make(NOON, 3)};

    (void)state;
    hlc_merge(&hlc, hlc_make(NOON - 1, 9), NOON);
    assert_true(hlc.last == hlc_make(NOON, 3));
    hlc_merge(&hlc, hlc_make(NOON + HLC_MAX_AHEAD_MS + 1, 0), NOON);
    assert_true(hlc.last == hlc_make(NOON, 3));
    hlc_merge(&hlc, UINT64_MAX, INT64_MAX / 2);
    assert_true(hlc.last == UINT64_MAX);
    hlc.last = hlc_make(NOON, 3);
    hlc_merge(&hlc, UINT64_MAX, NOON);
    assert_true(hlc.last == hlc_make(NOON, 3));
    hlc_merge(&hlc, hlc_make(NOON + HLC_MAX_AHEAD_MS, 65535), NOON);
    assert_true(hlc.last == hlc_make(NOON + HLC_MAX_AHEAD_MS, 65535));
    assert_true(hlc_tick(&hlc, NOON) == hlc_make(NOON + HLC_MAX_AHEAD_MS + 1, 0));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hlc_make_limits),
        cmocka_unit_test(test_hlc_tick_always_after),
        cmocka_unit_test(test_hlc_tick_counter_runs_over),
        cmocka_unit_test(test_hlc_merge_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
