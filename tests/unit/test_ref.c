/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ref.h: references, their bytes and their text; base32 and hexadecimal.
 *   - ref_compare: as memcmp of ref_encode, over random pairs close to each other
 *   - ref_format, ref_parse: there and back; lower case, o, i, l and hyphens as people type them; every changed digit and every two neighbours
 *     swapped is noticed; too short, too long, foreign characters
 *   - base32: values of RFC 4648's bytes in Crockford's letters, padding bits that are not zero, every wrong length
 *   - hex: there and back, odd lengths, foreign characters
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"
#include "navette/ref.h"
#include "tests/lib/seed.h"

static void random_ref(uint64_t *random, struct ref *ref)
{
    for (size_t i = 0; i < INCARNATION_SIZE; i++)
        ref->incarnation[i] = (uint8_t)seed_next(random);
    ref->seq = seed_next(random);
    ref->leaf = seed_next(random);
}

static void test_ref_compare_as_bytes(void **state)
{
    uint64_t random = seed_start();

    (void)state;
    for (int i = 0; i < 2000; i++) {
        struct ref a;
        struct ref b;
        uint8_t bytes_a[REF_SIZE];
        uint8_t bytes_b[REF_SIZE];
        struct ref back;
        int order;

        random_ref(&random, &a);
        b = a;
        switch (seed_next(&random) % 4) {
        case 0:
            b.incarnation[seed_next(&random) % INCARNATION_SIZE] ^= (uint8_t)seed_next(&random);
            break;
        case 1:
            b.seq ^= seed_next(&random) >> (seed_next(&random) % 64);
            break;
        case 2:
            b.leaf ^= seed_next(&random) >> (seed_next(&random) % 64);
            break;
        default:
            break;
        }
        ref_encode(&a, bytes_a);
        ref_encode(&b, bytes_b);
        order = memcmp(bytes_a, bytes_b, REF_SIZE);
        assert_int_equal(ref_compare(&a, &b), (order > 0) - (order < 0));
        assert_int_equal(ref_compare(&b, &a), (order < 0) - (order > 0));
        ref_decode(bytes_b, &back);
        assert_int_equal(ref_compare(&b, &back), 0);
    }
}

static void test_ref_parse_what_people_type(void **state)
{
    uint64_t random = seed_start();
    struct ref zero = {.seq = 0};
    char text[REF_TEXT_SIZE];

    (void)state;
    ref_format(&zero, text);
    assert_string_equal(text, "0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0");
    for (int i = 0; i < 500; i++) {
        struct ref ref;
        struct ref back;
        char typed[2 * REF_TEXT_SIZE];
        size_t len = 0;

        random_ref(&random, &ref);
        ref_format(&ref, text);
        assert_int_equal(strlen(text), 66);
        assert_int_equal(ref_parse(text, &back), 0);
        assert_int_equal(ref_compare(&ref, &back), 0);
        for (const char *c = text; *c != '\0'; c++) {
            uint64_t how = seed_next(&random);

            if (*c == '-' && how % 2 == 0)
                continue;
            if (*c == '0' && how % 3 == 0)
                typed[len++] = how % 2 ? 'o' : 'O';
            else if (*c == '1' && how % 3 == 0)
                typed[len++] = how % 2 ? 'i' : 'L';
            else
                typed[len++] = (char)(*c >= 'A' && *c <= 'Z' && how % 2 ? *c - 'A' + 'a' : *c);
            if (how % 7 == 0)
                typed[len++] = '-';
        }
        typed[len] = '\0';
        assert_int_equal(ref_parse(typed, &back), 0);
        assert_int_equal(ref_compare(&ref, &back), 0);
    }
}

static void test_ref_parse_notices_mistakes(void **state)
{
    static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint64_t random = seed_start();
    struct ref ref;
    struct ref back;
    char text[REF_TEXT_SIZE];
    char wrong[REF_TEXT_SIZE + 2];

    (void)state;
    random_ref(&random, &ref);
    ref_format(&ref, text);
    for (size_t i = 0; i < strlen(text); i++) {
        if (text[i] == '-')
            continue;
        for (size_t k = 0; k < 32; k++) {
            strcpy(wrong, text);
            wrong[i] = letters[k];
            assert_int_equal(ref_parse(wrong, &back), letters[k] == text[i] ? 0 : NAVETTE_E_INVALID);
        }
        strcpy(wrong, text);
        wrong[i] = '!';
        assert_int_equal(ref_parse(wrong, &back), NAVETTE_E_INVALID);
        wrong[i] = ' ';
        assert_int_equal(ref_parse(wrong, &back), NAVETTE_E_INVALID);
        if (text[i + 1] != '-' && text[i + 1] != '\0' && text[i] != text[i + 1]) {
            strcpy(wrong, text);
            wrong[i] = text[i + 1];
            wrong[i + 1] = text[i];
            assert_int_equal(ref_parse(wrong, &back), NAVETTE_E_INVALID);
        }
    }
    for (size_t len = 0; len < strlen(text); len++) {
        memcpy(wrong, text, len);
        wrong[len] = '\0';
        assert_int_equal(ref_parse(wrong, &back), NAVETTE_E_INVALID);
    }
    strcpy(wrong, text);
    strcat(wrong, "0");
    assert_int_equal(ref_parse(wrong, &back), NAVETTE_E_INVALID);
}

static void test_base32_known_values(void **state)
{
    static const struct {
        const char *bytes;
        const char *text;
    } rows[] = {
        {"", ""}, {"f", "CR"}, {"fo", "CSQG"}, {"foo", "CSQPY"}, {"foob", "CSQPYRG"}, {"fooba", "CSQPYRK1"}, {"foobar", "CSQPYRK1E8"}};
    char text[32];
    uint8_t bytes[16];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len = strlen(rows[i].bytes);

        base32_encode((const uint8_t *)rows[i].bytes, len, text);
        assert_string_equal(text, rows[i].text);
        for (size_t wanted = 0; wanted <= 8; wanted++)
            assert_int_equal(base32_decode(text, bytes, wanted), wanted == len ? 0 : NAVETTE_E_INVALID);
        assert_int_equal(base32_decode(text, bytes, len), 0);
        assert_memory_equal(bytes, rows[i].bytes, len);
    }
    assert_int_equal(base32_decode("cs qp-yrk i e8", bytes, 6), 0);
    assert_memory_equal(bytes, "foobar", 6);
    assert_int_equal(base32_decode("CS", bytes, 1), NAVETTE_E_INVALID); /* padding bits set */
    assert_int_equal(base32_decode("CU", bytes, 1), NAVETTE_E_INVALID);
    assert_int_equal(base32_decode("C*", bytes, 1), NAVETTE_E_INVALID);
    assert_int_equal(base32_decode("C\xc3", bytes, 1), NAVETTE_E_INVALID);
}

static void test_hex_limits(void **state)
{
    static const uint8_t bytes[] = {0x00, 0x7f, 0x80, 0xff, 0xab};
    uint8_t back[5];
    char text[11];

    (void)state;
    hex_encode(bytes, sizeof(bytes), text);
    assert_string_equal(text, "007f80ffab");
    assert_int_equal(hex_decode(text, back, 5), 0);
    assert_memory_equal(back, bytes, 5);
    assert_int_equal(hex_decode("007F80FFAB", back, 5), 0);
    assert_int_equal(hex_decode(text, back, 4), NAVETTE_E_INVALID);
    assert_int_equal(hex_decode(text, back, 6), NAVETTE_E_INVALID);
    assert_int_equal(hex_decode("007f80ffa", back, 5), NAVETTE_E_INVALID);
    assert_int_equal(hex_decode("007f80ffag", back, 5), NAVETTE_E_INVALID);
    assert_int_equal(hex_decode("", back, 0), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ref_compare_as_bytes),
        cmocka_unit_test(test_ref_parse_what_people_type),
        cmocka_unit_test(test_ref_parse_notices_mistakes),
        cmocka_unit_test(test_base32_known_values),
        cmocka_unit_test(test_hex_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
