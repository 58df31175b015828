/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crc32c(): against RFC 3720 (B.4), against the bit-by-bit definition at every length and alignment, in pieces; the table made again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "log/crc32c_table.h"
#include "navette/frame.h"
#include "tests/lib/seed.h"

static uint32_t slow(const uint8_t *bytes, size_t len)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1u ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
    }
    return ~crc;
}

static void test_crc32c_known_values(void **state)
{
    uint8_t bytes[32];

    (void)state;
    memset(bytes, 0, 32);
    assert_int_equal(crc32c(0, span_of(bytes, 32)), 0x8a9136aa);
    memset(bytes, 0xff, 32);
    assert_int_equal(crc32c(0, span_of(bytes, 32)), 0x62a8ab43);
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = i;
    assert_int_equal(crc32c(0, span_of(bytes, 32)), 0x46dd794e);
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = (uint8_t)(31 - i);
    assert_int_equal(crc32c(0, span_of(bytes, 32)), 0x113fdb5c);
    assert_int_equal(crc32c(0, span_of_string("123456789")), 0xe3069283);
    assert_int_equal(crc32c(0, span_of("", 0)), 0);
}

static void test_crc32c_any_length_and_pieces(void **state)
{
    uint64_t random = seed_start();
    uint8_t bytes[80];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)seed_next(&random);
    for (size_t from = 0; from < 8; from++) {
        for (size_t len = 0; from + len <= sizeof(bytes); len++) {
            uint32_t expected = slow(bytes + from, len);

            assert_int_equal(crc32c(0, span_of(bytes + from, len)), expected);
            for (size_t cut = 0; cut <= len; cut++)
                assert_int_equal(crc32c(crc32c(0, span_of(bytes + from, cut)), span_of(bytes + from + cut, len - cut)), expected);
        }
    }
}

static void test_crc32c_table(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;

        for (int bit = 0; bit < 8; bit++)
            value = value & 1u ? value >> 1 ^ 0x82f63b78u : value >> 1;
        assert_int_equal(crc32c_table[0][i], value);
    }
    for (uint32_t i = 0; i < 256; i++) {
        for (size_t k = 1; k < 4; k++)
            assert_int_equal(crc32c_table[k][i], crc32c_table[k - 1][i] >> 8 ^ crc32c_table[0][crc32c_table[k - 1][i] & 255u]);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc32c_known_values),
        cmocka_unit_test(test_crc32c_any_length_and_pieces),
        cmocka_unit_test(test_crc32c_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
