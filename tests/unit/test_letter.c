/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Characters as search sees them (letter.h).
 *   - a table: French and its neighbours, ligatures, decomposed accents, invisible marks, quotes and hyphens, digits, Greek, Cyrillic, ideographs
 *   - every code point: no longer than it was, well formed, and folded again the same
 *   - every byte that begins no character, and every character cut short: a break of one byte
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "fold/letter.h"

/* A whole text: breaks as a blank, each ideograph between bars. */
static void fold_text(const char *text, char out[256])
{
    struct span left = span_of_string(text);
    size_t used = 0;

    while (left.len > 0) {
        uint8_t letter[LETTER_BYTES];
        size_t len;
        enum letter what = letter_take(&left, letter, &len);

        assert_true(used + len + 3 < 256);
        if (what == LETTER_BREAK)
            out[used++] = ' ';
        if (what == LETTER_WHOLE)
            out[used++] = '|';
        memcpy(out + used, letter, len);
        used += len;
    }
    out[used] = '\0';
}

static void test_letter_take_table(void **state)
{
    static const char *const rows[][2] = {
        {"ABCXYZ abcxyz 0189", "abcxyz abcxyz 0189"},
        {"àâäáãå ÀÂÄÁÃÅ", "aaaaaa aaaaaa"},
        {"çÇ ñÑ", "cc nn"},
        {"éèêëẽ ÉÈÊËẼ", "eeeee eeeee"},
        {"îïíì ÎÏÍÌ", "iiii iiii"},
        {"ôöóòõø ÔÖÓÒÕØ", "oooooo oooooo"},
        {"ùûüúů ÙÛÜÚŮ", "uuuuu uuuuu"},
        {"ÿýŷ ŸÝŶ", "yyy yyy"},
        {"œuvre Œuvre cæsar CÆSAR", "oeuvre oeuvre caesar caesar"},
        {"Straße STRAẞE ĳ ŉ ǆ þ ð", "strasse strasse ij n dz th d"},
        {"łódź Łódź", "lodz lodz"},
        {"şŞ ţŢ șȘ țȚ ğĞ ıİ", "ss tt ss tt gg ii"},
        {"čďěňřšťž ČĎĚŇŘŠŤŽ", "cdenrstz cdenrstz"},
        {"őű ŐŰ", "ou ou"},
        {"Việt Nam ƠƯơư Đđ", "viet nam ouou dd"},
        {"ɛɔ Ɛ Ɔ ŋ Ŋ", "eo e o n n"},
        {"\xef\xac\x80 \xef\xac\x81 \xef\xac\x82 \xef\xac\x83 \xef\xac\x84 \xef\xac\x85 \xef\xac\x86", "ff fi fl ffi ffl st st"},
        {"e\xcc\x81t\xc3\xa9 c\xcc\xa7", "ete c"}, /* decomposed */
        {"\xe2\x80\x8eTitre\xe2\x80\x8f mot\xc2\xadlong \xef\xbb\xbfx", "titre motlong x"},
        {"l'eau l’eau lʼeau l‘eau", "l eau l eau l eau l eau"},
        {"week-end week‐end week–end", "week end week end week end"},
        {"« Là » … 8° n° 3 € µ ×÷", "  la     8  n  3   μ   "},
        {"a\xc2\xa0"
         "b\te\nf",
         "a b e f"},
        {"1ª 2º m² m³ x¹ H₂O 10⁹ xⁿ", "1a 2o m2 m3 x1 h2o 109 xn"},
        {"ＡＢｃ１２！", "abc12 "},
        {"٠١٩ ۰۹ ०९", "019 09 09"},
        {"Άλφα ΟΔΥΣΣΕΥΣ Οδυσσεύς ΐΰ", "αλφα οδυσσευσ οδυσσευσ ιυ"},
        {"Достоевский ДОСТОЕВСКИЙ Ёж ёж Ћђ", "достоевскии достоевскии еж еж ћђ"},
        {"\xd1\x91 \xd0\xb5\xcc\x88", "е е"},
        {"ألف ليلة", "ألف ليلة"},
        {"東京 ひらがな", "|東|京 |ひ|ら|が|な"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char out[256];

        fold_text(rows[i][0], out);
        assert_string_equal(out, rows[i][1]);
    }
}

static size_t encode(uint32_t code, uint8_t out[4])
{
    if (code < 0x80)
        return (size_t)(out[0] = (uint8_t)code, 1);
    if (code < 0x800) {
        out[0] = (uint8_t)(0xc0 + (code >> 6));
        out[1] = (uint8_t)(0x80 + code % 64);
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (uint8_t)(0xe0 + (code >> 12));
        out[1] = (uint8_t)(0x80 + (code >> 6) % 64);
        out[2] = (uint8_t)(0x80 + code % 64);
        return 3;
    }
    out[0] = (uint8_t)(0xf0 + (code >> 18));
    out[1] = (uint8_t)(0x80 + (code >> 12) % 64);
    out[2] = (uint8_t)(0x80 + (code >> 6) % 64);
    out[3] = (uint8_t)(0x80 + code % 64);
    return 4;
}

static void test_letter_take_every_code_point(void **state)
{
    size_t letters = 0;

    (void)state;
    for (uint32_t code = 1; code <= 0x10ffff; code++) {
        uint8_t bytes[4], plain[LETTER_BYTES], again[LETTER_BYTES];
        size_t size = encode(code, bytes), len, len_again;
        struct span text = span_of(bytes, size);
        enum letter what = letter_take(&text, plain, &len);
        size_t at = 0;

        assert_int_equal(text.len, 0);
        assert_true(len <= size);
        assert_int_equal(len > 0, what == LETTER_PART || what == LETTER_WHOLE);
        letters += what == LETTER_PART;
        while (at < len) {
            struct span rest = span_of(plain + at, len - at);

            if (letter_take(&rest, again, &len_again) != what || memcmp(again, plain + at, len_again) != 0)
                fail_msg("U+%04X", (unsigned int)code);
            at += len_again;
        }
    }
    assert_true(letters > 1000);
}

static void test_letter_take_what_is_no_character(void **state)
{
    static const char *const rows[] = {"\x80",     "\xbf",     "\xc0\x80", "\xc1\xbf",     "\xc3",         "\xe0\xa0",
                                       "\xf0\x90", "\xf5\x80", "\xff",     "\xc3\x41\x42", "\xe9\x80\x41", "\xf1\x80\x80\x41"};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct span text = span_of_string(rows[i]);
        size_t before = text.len, len;
        uint8_t out[LETTER_BYTES];

        assert_int_equal(letter_take(&text, out, &len), LETTER_BREAK);
        assert_int_equal(len, 0);
        assert_int_equal(text.len, before - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letter_take_table),
        cmocka_unit_test(test_letter_take_every_code_point),
        cmocka_unit_test(test_letter_take_what_is_no_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
