/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thing.h: keys of things; text.h: what strings may hold.
 *   - thing_key_make: limits of namespace and id at and one past, kinds outside, namespaces only for items, place codes only for places
 *   - thing_key_read: what was made is read; every prefix, every byte more, every NUL elsewhere is refused
 *   - thing keys: ids of one namespace sort as their text does, no key is a prefix of another
 *   - text_is_clean: a table of well-formed and ill-formed UTF-8, every control character
 *   - text_is_place_code, text_is_date: tables
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "log/text.h"
#include "navette/error.h"
#include "navette/thing.h"

#define ITEM NAVETTE__THING_KIND__THING_ITEM
#define BAG NAVETTE__THING_KIND__THING_BAG
#define HANDOVER NAVETTE__THING_KIND__THING_HANDOVER
#define PLACE NAVETTE__THING_KIND__THING_PLACE

static const char *repeat(char c, size_t count)
{
    static char text[2][200];
    static size_t which;

    which ^= 1u;
    memset(text[which], c, count);
    text[which][count] = '\0';
    return text[which];
}

static void test_thing_key_make_limits(void **state)
{
    struct thing_key key;

    (void)state;
    assert_int_equal(thing_key_make(ITEM, "koha", "*0042", &key), 0);
    assert_int_equal(key.len, 12);
    assert_memory_equal(key.bytes, "\x01koha\0*0042\0", 12);
    assert_int_equal(thing_kind(&key), ITEM);
    assert_string_equal(thing_namespace(&key), "koha");
    assert_string_equal(thing_id(&key), "*0042");
    assert_int_equal(thing_key_make(ITEM, repeat('n', LIMIT_NAMESPACE), repeat('i', LIMIT_THING_ID), &key), 0);
    assert_int_equal(key.len, THING_KEY_MAX);
    assert_int_equal(thing_key_make(ITEM, repeat('n', LIMIT_NAMESPACE + 1), "1", &key), NAVETTE_E_INVALID);
    assert_int_equal(key.len, 0);
    assert_string_equal(thing_id(&key), "");
    assert_int_equal(thing_kind(&key), 0);
    assert_int_equal(thing_key_make(ITEM, "n", repeat('i', LIMIT_THING_ID + 1), &key), NAVETTE_E_INVALID);
    assert_int_equal(thing_key_make(ITEM, "n", "", &key), NAVETTE_E_INVALID);
    assert_int_equal(thing_key_make(ITEM, "n", NULL, &key), NAVETTE_E_INVALID);
    assert_int_equal(thing_key_make(ITEM, NULL, "1", &key), 0);
    assert_int_equal(thing_key_make(BAG, "n", "1", &key), NAVETTE_E_INVALID);
    assert_int_equal(thing_key_make(BAG, "", "1", &key), 0);
    assert_int_equal(thing_key_make(0, "", "1", &key), NAVETTE_E_INVALID);
    assert_int_equal(thing_key_make(-1, "", "1", &key), NAVETTE_E_INVALID);
    assert_int_equal(thing_key_make(9, "", "1", &key), 0);
    assert_int_equal(thing_key_make(HANDOVER, "slip", "1", &key), 0);
    assert_string_equal(thing_namespace(&key), "slip");
    assert_int_equal(thing_key_make(NAVETTE__THING_KIND__THING_POOL, "", "1", &key), 0);
    assert_int_equal(thing_key_make(NAVETTE__THING_KIND__THING_OPERATOR + 1, "", "1", &key), NAVETTE_E_INVALID);
    assert_int_equal(thing_key_make(257, "", "1", &key), NAVETTE_E_INVALID);
    assert_int_equal(thing_key_make(PLACE, "", "BIB-CENTRE", &key), 0);
    assert_int_equal(thing_key_make(PLACE, "", "bib", &key), NAVETTE_E_INVALID);
    assert_int_equal(thing_key_make(ITEM, "n", "a\tb", &key), NAVETTE_E_INVALID);
    assert_int_equal(thing_key_make(ITEM, "\xff", "a", &key), NAVETTE_E_INVALID);
}

static void test_thing_key_read_strict(void **state)
{
    struct thing_key key;
    struct thing_key back;
    uint8_t bytes[THING_KEY_MAX + 2];

    (void)state;
    assert_int_equal(thing_key_make(ITEM, "ns", "0007", &key), 0);
    assert_int_equal(thing_key_read(thing_key_span(&key), &back), 0);
    assert_true(thing_key_equal(&key, &back));
    for (size_t len = 0; len < key.len; len++)
        assert_int_equal(thing_key_read(span_of(key.bytes, len), &back), NAVETTE_E_INVALID);
    memcpy(bytes, key.bytes, key.len);
    bytes[key.len] = 0;
    assert_int_equal(thing_key_read(span_of(bytes, key.len + 1u), &back), NAVETTE_E_INVALID);
    for (size_t i = 1; i < key.len; i++) {
        memcpy(bytes, key.bytes, key.len);
        bytes[i] = bytes[i] == 0 ? 'x' : 0;
        if (thing_key_read(span_of(bytes, key.len), &back) == 0) {
            /* Only the end of the namespace may have moved. */
            assert_true(i <= 3);
            assert_int_equal(back.len, key.len);
        }
    }
    assert_int_equal(thing_key_make(ITEM, "", "1", &key), 0);
    assert_int_equal(thing_key_read(thing_key_span(&key), &back), 0);
    assert_string_equal(thing_id(&back), "1");
    assert_int_equal(thing_key_make(ITEM, repeat('n', LIMIT_NAMESPACE), repeat('i', LIMIT_THING_ID), &key), 0);
    assert_int_equal(thing_key_read(thing_key_span(&key), &back), 0);
    assert_true(thing_key_equal(&key, &back));
}

static void test_thing_keys_sort_as_ids(void **state)
{
    static const char *const ids[] = {"0", "00", "001", "01", "1", "10", "A", "a", "ab", "é"};
    struct thing_key keys[10];

    (void)state;
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(thing_key_make(ITEM, "ns", ids[i], &keys[i]), 0);
    for (size_t i = 0; i < 10; i++) {
        for (size_t k = 0; k < 10; k++) {
            struct span a = thing_key_span(&keys[i]);
            struct span b = thing_key_span(&keys[k]);

            assert_int_equal(span_compare(a, b), i < k ? -1 : i > k);
            if (i != k && a.len <= b.len)
                assert_memory_not_equal(a.data, b.data, a.len);
        }
    }
}

static void test_text_is_clean_table(void **state)
{
    static const struct {
        const char *text;
        int clean;
    } rows[] = {
        {"", 1},
        {"Bibliothèque — « prêt »", 1},
        {"\xc2\xa0", 1},         /* U+00A0, the first past the controls */
        {"\xc2\x9f", 0},         /* U+009F */
        {"\xc2\x80", 0},         /* U+0080 */
        {"\xdf\xbf", 1},         /* U+07FF */
        {"\xe0\xa0\x80", 1},     /* U+0800 */
        {"\xe0\x9f\xbf", 0},     /* overlong */
        {"\xc1\xbf", 0},         /* overlong */
        {"\xc0\x80", 0},         /* overlong NUL */
        {"\xed\x9f\xbf", 1},     /* U+D7FF */
        {"\xed\xa0\x80", 0},     /* surrogate */
        {"\xee\x80\x80", 1},     /* U+E000 */
        {"\xef\xbf\xbf", 1},     /* U+FFFF */
        {"\xf0\x90\x80\x80", 1}, /* U+10000 */
        {"\xf0\x8f\xbf\xbf", 0}, /* overlong */
        {"\xf4\x8f\xbf\xbf", 1}, /* U+10FFFF */
        {"\xf4\x90\x80\x80", 0}, /* past the end */
        {"\xf5\x80\x80\x80", 0},
        {"\x80", 0},
        {"a\xbf", 0},
        {"\xe2\x82", 0}, /* cut */
        {"\xe2\x82g", 0},
        {"\xf0\x9f\x9a", 0},
        {"\xf0\x9f\x9a\x90", 1},
        {"\xff", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(text_is_clean(span_of_string(rows[i].text)), rows[i].clean);
    for (int c = 0; c < 128; c++) {
        uint8_t byte = (uint8_t)c;

        assert_int_equal(text_is_clean(span_of(&byte, 1)), c >= 32 && c != 127);
    }
}

static void test_text_is_place_code_limits(void **state)
{
    (void)state;
    assert_true(text_is_place_code(span_of_string("BIB-CENTRE_2")));
    assert_false(text_is_place_code(span_of_string("")));
    assert_true(text_is_place_code(span_of_string(repeat('A', LIMIT_PLACE_CODE))));
    assert_false(text_is_place_code(span_of_string(repeat('A', LIMIT_PLACE_CODE + 1))));
    for (int c = 1; c < 256; c++) {
        char text[2] = {(char)c, '\0'};

        assert_int_equal(text_is_place_code(span_of_string(text)), strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", c) != NULL);
    }
}

static void test_text_is_date_table(void **state)
{
    static const struct {
        const char *text;
        int valid;
    } rows[] = {
        {"2020-04-17", 1}, {"2020-02-29", 1}, {"2021-02-29", 0}, {"1900-02-29", 0}, {"2000-02-29", 1}, {"0001-01-01", 1},
        {"0000-12-31", 0}, {"9999-12-31", 1}, {"2020-04-31", 0}, {"2020-12-32", 0}, {"2020-13-01", 0}, {"2020-00-10", 0},
        {"2020-01-00", 0}, {"2020-1-01", 0},  {"2020/01/01", 0}, {"2020-01-0a", 0}, {"-020-01-01", 0}, {"2020-01-01 ", 0},
        {"", 0},           {"20200101", 0},   {"+202-01-01", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(text_is_date(span_of_string(rows[i].text)), rows[i].valid);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thing_key_make_limits),     cmocka_unit_test(test_thing_key_read_strict),
        cmocka_unit_test(test_thing_keys_sort_as_ids),    cmocka_unit_test(test_text_is_clean_table),
        cmocka_unit_test(test_text_is_place_code_limits), cmocka_unit_test(test_text_is_date_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
