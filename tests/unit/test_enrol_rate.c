/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enrol_rate.c: wrong tries at the enrolment port.
 *   - one address: at the limit, one past it, said once; another is looked at as before; after a minute it is again; also under a clock set back
 *   - all together: at the limit, one past it: nobody's are looked at, until the minute is over
 *   - IPv6: addresses of one network count together, those of another do not; IPv4 and what has no address do not get mixed up
 *   - more addresses than are remembered: those heard of longest ago go, the sum is kept
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "io/enrol_rate.h"

#define NOW INT64_C(1700000000000)

static int is_over(struct enrol_rate *rate, const char *address, int64_t now_ms)
{
    int first;

    return enrol_rate_is_over(rate, address, now_ms, &first);
}

static void wrong(struct enrol_rate *rate, const char *address, int64_t now_ms, unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        enrol_rate_wrong(rate, address, now_ms);
}

static void test_enrol_rate_of_one_address(void **state)
{
    struct enrol_rate rate = {0};
    int first;

    (void)state;
    wrong(&rate, "192.0.2.1", NOW, ENROL_RATE_ADDRESS - 1);
    assert_false(is_over(&rate, "192.0.2.1", NOW));
    wrong(&rate, "192.0.2.1", NOW + 59998, 1);
    assert_true(enrol_rate_is_over(&rate, "192.0.2.1", NOW + 59999, &first));
    assert_true(first);
    assert_true(enrol_rate_is_over(&rate, "192.0.2.1", NOW + 59999, &first));
    assert_false(first);
    assert_false(is_over(&rate, "192.0.2.2", NOW));
    assert_false(is_over(&rate, NULL, NOW));
    assert_false(is_over(&rate, "192.0.2.1", NOW + ENROL_RATE_MINUTE_MS));
    assert_false(is_over(&rate, "192.0.2.1", NOW - 1));
}

static void test_enrol_rate_of_all(void **state)
{
    struct enrol_rate rate = {0};
    char address[32];
    int first;

    (void)state;
    for (unsigned i = 0; i < ENROL_RATE_ALL; i++) {
        assert_false(is_over(&rate, "198.51.100.1", NOW));
        (void)snprintf(address, sizeof address, "192.0.2.%u", i % 100);
        wrong(&rate, address, NOW, 1);
    }
    assert_true(enrol_rate_is_over(&rate, "198.51.100.1", NOW + 59999, &first));
    assert_true(first);
    assert_true(enrol_rate_is_over(&rate, "198.51.100.1", NOW + 59999, &first));
    assert_false(first);
    assert_false(is_over(&rate, "198.51.100.1", NOW + ENROL_RATE_MINUTE_MS));
}

static void test_enrol_rate_of_a_network(void **state)
{
    struct enrol_rate rate = {0};

    (void)state;
    wrong(&rate, "2001:db8:0:1::5", NOW, ENROL_RATE_ADDRESS);
    assert_true(is_over(&rate, "2001:db8:0:1:9:9:9:9", NOW));
    assert_false(is_over(&rate, "2001:db8:0:2::5", NOW));
    wrong(&rate, "::ffff:192.0.2.1", NOW, ENROL_RATE_ADDRESS);
    assert_true(is_over(&rate, "::ffff:192.0.2.1", NOW));
    assert_false(is_over(&rate, "::ffff:192.0.2.2", NOW));
    wrong(&rate, NULL, NOW, ENROL_RATE_ADDRESS);
    assert_true(is_over(&rate, NULL, NOW));
    assert_true(is_over(&rate, "", NOW));
}

static void test_enrol_rate_remembers_a_bounded_number(void **state)
{
    struct enrol_rate rate = {0};
    char address[32];

    (void)state;
    for (unsigned i = 0; i <= ENROL_RATE_ADDRESSES; i++) {
        int64_t now_ms = NOW + (int64_t)i * 250;

        (void)snprintf(address, sizeof address, "10.0.%u.%u", i / 250, i % 250);
        wrong(&rate, address, now_ms, i == 0 || i == ENROL_RATE_ADDRESSES ? ENROL_RATE_ADDRESS : 0);
        wrong(&rate, address, now_ms, i > 0 && i < ENROL_RATE_ADDRESSES);
    }
    assert_int_equal(rate.count, ENROL_RATE_ADDRESSES);
    assert_true(is_over(&rate, address, NOW + ENROL_RATE_ADDRESSES * 250));
    assert_string_not_equal(rate.addresses[0].address, "10.0.0.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enrol_rate_of_one_address),
        cmocka_unit_test(test_enrol_rate_of_all),
        cmocka_unit_test(test_enrol_rate_of_a_network),
        cmocka_unit_test(test_enrol_rate_remembers_a_bounded_number),
    };

    return cmocka_run_group_tests_name("enrol_rate", tests, NULL, NULL);
}
