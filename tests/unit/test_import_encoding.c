/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io/import_encoding.h, import_clean.h, import_compose.h: which encoding a text is in, and what is left out of it.
 *   - UTF-8: every character there and back, overlong forms, surrogates, cut ones
 *   - windows-1252: every byte there and back
 *   - ISO 5426, MARC-8, windows-1252 known by what they are, whatever the label; a tie by what came before, then by the label
 *   - bytes that mean nothing are counted and stand as U+FFFD; a character cut by a field's end leaves the rest UTF-8
 *   - encoded twice; what only looks so; marks, control characters, spaces; cutting at a character
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "io/import_clean.h"
#include "io/import_compose.h"
#include "io/import_encoding.h"

#define ALL (1u << IMPORT_ISO5426 | 1u << IMPORT_MARC8 | 1u << IMPORT_CP1252)

static void test_import_encoding_read_all(void **state)
{
    struct buffer bytes = {0};
    uint32_t point;

    (void)state;
    for (uint32_t wanted = 0; wanted <= 0x110000; wanted += wanted < 0x900 ? 1 : 97) {
        buffer_clear(&bytes);
        if (wanted == 0x110000 || (wanted >= 0xd800 && wanted < 0xe000))
            continue;
        assert_int_equal(import_encoding_append(&bytes, wanted), 0);
        assert_int_equal(import_encoding_read(bytes.data, bytes.len, &point), bytes.len);
        assert_int_equal(point, wanted);
        for (size_t cut = 0; cut < bytes.len; cut++)
            assert_int_equal(import_encoding_read(bytes.data, cut, &point), 0);
    }
    buffer_free(&bytes);
    assert_int_equal(import_encoding_read((const uint8_t *)"\xc0\x80", 2, &point), 0);
    assert_int_equal(import_encoding_read((const uint8_t *)"\xe0\x80\x80", 3, &point), 0);
    assert_int_equal(import_encoding_read((const uint8_t *)"\xed\xa0\x80", 3, &point), 0);
    assert_int_equal(import_encoding_read((const uint8_t *)"\xf4\x90\x80\x80", 4, &point), 0);
    for (unsigned byte = 0x80; byte < 0x100; byte++)
        assert_int_equal(import_encoding_windows_byte(import_encoding_windows((uint8_t)byte)), byte);
    assert_int_equal(import_encoding_windows_byte(0x3b1), 0);
}

static enum import_encoding choose(struct import_decoder *decoder, const char *text, enum import_encoding label)
{
    struct span span = span_of_string(text);
    int mixed;

    return import_encoding_choose(decoder, &span, 1, ALL, label, &mixed);
}

static void check_decoded(struct import_decoder *decoder, enum import_encoding encoding, const char *text, const char *wanted,
                          uint64_t lost)
{
    struct buffer out = {0};
    uint64_t found = 0;

    assert_int_equal(import_encoding_decode(decoder, encoding, span_of_string(text), &out, &found), 0);
    assert_int_equal(buffer_append_u8(&out, 0), 0);
    assert_string_equal((const char *)out.data, wanted);
    assert_int_equal(found, lost);
    buffer_free(&out);
}

static void test_import_encoding_choose_by_content(void **state)
{
    static const struct {
        enum import_encoding encoding;
        const char *text;
        const char *wanted;
    } cases[] = {
        {IMPORT_ASCII, "plain", "plain"},
        {IMPORT_UTF8, "\xc3\xa9t\xc3\xa9", "été"},
        {IMPORT_UTF8, "e\xcc\x81te\xcc\x81", "été"},
        {IMPORT_ISO5426,
         "l\xc2"
         "egende \xc1"
         "a la f\xc2"
         "ee",
         "légende à la fée"},
        {IMPORT_ISO5426,
         "\xea"
         "uvre, c\xfa"
         "ur, gar\xd0"
         "con",
         "Œuvre, cœur, garçon"},
        {IMPORT_MARC8,
         "l\xe2"
         "egende \xe1"
         "a la f\xe2"
         "ee",
         "légende à la fée"},
        {IMPORT_MARC8,
         "No\xe8"
         "el, gar\xf0"
         "con, h\xe3"
         "ote",
         "Noël, garçon, hôte"},
        {IMPORT_CP1252, "Beaut\xe9, p\xe8re \xe0 No\xebl", "Beauté, père à Noël"},
        {IMPORT_CP1252, "c\x9cur \x80 \x93 \x94", "cœur € “ ”"},
    };
    static const enum import_encoding labels[] = {IMPORT_ISO5426, IMPORT_MARC8, IMPORT_CP1252};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t j = 0; j < 3; j++) {
            struct import_decoder decoder;
            assert_int_equal(import_encoding_open(&decoder), 0);
            assert_int_equal(choose(&decoder, cases[i].text, labels[j]), cases[i].encoding);
            check_decoded(&decoder, cases[i].encoding, cases[i].text, cases[i].wanted, 0);
            import_encoding_close(&decoder);
        }
}

static void test_import_encoding_choose_tie(void **state)
{
    struct import_decoder decoder;
    struct span two[2] = {span_of_string("\xc3\xa9t\xc3\xa9"), span_of_string("\xc1"
                                                                              "a c\xc3"
                                                                              "ot\xc2"
                                                                              "e")};
    int mixed;

    (void)state;
    assert_int_equal(import_encoding_open(&decoder), 0);
    /* "Ecole" with a caron, or with an acute accent: both read well */
    assert_int_equal(choose(&decoder,
                            "\xe9"
                            "cole",
                            IMPORT_MARC8),
                     IMPORT_MARC8);
    assert_int_equal(choose(&decoder, "Beaut\xe9, p\xe8re", IMPORT_MARC8), IMPORT_CP1252);
    assert_int_equal(choose(&decoder,
                            "\xe9"
                            "cole",
                            IMPORT_MARC8),
                     IMPORT_CP1252);
    assert_int_equal(import_encoding_choose(&decoder, two, 2, ALL, IMPORT_ISO5426, &mixed), IMPORT_ISO5426);
    assert_true(mixed);
    check_decoded(&decoder, IMPORT_ISO5426, "\xc3\xa9t\xc3\xa9", "été", 0);
    import_encoding_close(&decoder);
}

static void test_import_encoding_decode_lost(void **state)
{
    struct import_decoder decoder;

    (void)state;
    assert_int_equal(import_encoding_open(&decoder), 0);
    check_decoded(&decoder, IMPORT_MARC8,
                  "a\xff"
                  "b",
                  "a\xef\xbf\xbd"
                  "b",
                  1);
    check_decoded(&decoder, IMPORT_MARC8, "caf\xe2", "caf\xef\xbf\xbd", 1);
    check_decoded(&decoder, IMPORT_ISO5426, "\xc2", "\xef\xbf\xbd", 1);
    check_decoded(&decoder, IMPORT_ISO5426, "\xe3\xe4z", "\xef\xbf\xbd\xef\xbf\xbdz", 2);
    check_decoded(&decoder, IMPORT_ISO5426, "\xc3\xa9t\xc3\xa9 \xc3\xa0 \xc3", "été à \xef\xbf\xbd", 1);
    /* Greek, by MARC-8's escapes */
    check_decoded(&decoder, IMPORT_MARC8, "\x1b(Sab\x1b(Bab", "αβab", 0);
    import_encoding_close(&decoder);
}

static void check_cleaned(const char *text, const char *wanted, uint64_t twice, uint64_t marks, uint64_t controls)
{
    struct import_cleaned cleaned = {0};
    struct buffer out = {0};

    assert_int_equal(buffer_append(&out, text, strlen(text)), 0);
    import_clean(&out, 0, &cleaned);
    assert_int_equal(buffer_append_u8(&out, 0), 0);
    assert_string_equal((const char *)out.data, wanted);
    assert_int_equal(cleaned.twice, twice);
    assert_int_equal(cleaned.marks, marks);
    assert_int_equal(cleaned.controls, controls);
    buffer_free(&out);
}

static void test_import_clean_cases(void **state)
{
    (void)state;
    check_cleaned("8Â° T Ã©tÃ©", "8° T été", 3, 0, 0);
    check_cleaned("Ã\xc2\x80", "À", 1, 0, 0);
    check_cleaned("â€™ â€“ Å“uvre", "’ – œuvre", 3, 0, 0);
    check_cleaned("ÃƒÂ©", "é", 3, 0, 0);
    check_cleaned("CAFÉ» Ã Â â € Ÿ Å¡", "CAFÉ» Ã Â â € Ÿ Å¡", 0, 0, 0);
    check_cleaned("\xe2\x80\x8eTitre\xc2\x98 \xef\xbb\xbf", "Titre", 0, 3, 0);
    check_cleaned("  a \t b\x7f", "a b", 0, 0, 2);
    check_cleaned("", "", 0, 0, 0);
    assert_int_equal(import_clean_cut("é", 2, 1), 0);
    assert_int_equal(import_clean_cut("aé", 3, 2), 1);
    assert_int_equal(import_clean_cut("aé", 3, 3), 3);
    assert_int_equal(import_compose_pair('e', 0x301), 0xe9);
    assert_int_equal(import_compose_pair('q', 0x301), 0);
    assert_int_equal(import_compose_base(0x1ed9), 'o');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_import_encoding_read_all),   cmocka_unit_test(test_import_encoding_choose_by_content),
        cmocka_unit_test(test_import_encoding_choose_tie), cmocka_unit_test(test_import_encoding_decode_lost),
        cmocka_unit_test(test_import_clean_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
