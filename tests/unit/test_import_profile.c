/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io/import_profile.h and the ready profiles.
 *   - each ready one: found by name and alias, whatever the case; printed and read back, it is the same
 *   - settings: every one, unknown ones, values out of form; pairs and their texts at the limit and one past it
 *   - place codes made from codes and labels
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/import_profile.h"
#include "navette/error.h"

static void test_import_profile_find_names(void **state)
{
    static const char *const names[] = {
        "Recommandation-995", "995",      "UNIMARC", "koha", "KOHA-unimarc",         "pmb", "Evergreen", "852", "sirsi", "949",
        "symphony",           "Syracuse", "csv",     "TSV",  "Syracuse-Reservations"};
    static const char *const unknown[] = {"", "99", "9955", "koha ", "marc"};
    struct import_profile profile;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(import_profile_find(names[i], &profile), 0);
        assert_true(profile.barcode[0] != '\0' && profile.about[0] != '\0');
        import_profile_free(&profile);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_int_equal(import_profile_find(unknown[i], &profile), NAVETTE_E_NOT_FOUND);
    assert_int_equal(import_profile_at(9, &profile), NAVETTE_E_NOT_FOUND);
}

static int same_pairs(const struct import_pairs *a, const struct import_pairs *b)
{
    if (a->count != b->count)
        return 0;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->list[i].from, b->list[i].from) != 0 || strcmp(a->list[i].to, b->list[i].to) != 0)
            return 0;
    return 1;
}

static void test_import_profile_print_read(void **state)
{
#define AT(field) offsetof(struct import_profile, field)
    static const size_t texts[] = {AT(about), AT(space),    AT(tag),    AT(barcode), AT(home),        AT(at),
                                   AT(title), AT(material), AT(number), AT(author),  AT(call_number), AT(home_default)};
#undef AT
    struct import_profile profile, back;
    char path[] = "/tmp/navette-test-XXXXXX", text[IMPORT_TEXT];
    const char *wrong;
    int file = mkstemp(path);

    (void)state;
    assert_true(file >= 0);
    assert_int_equal(close(file), 0);
    for (size_t i = 0; import_profile_at(i, &profile) == 0; i++) {
        FILE *out = fopen(path, "w");
        assert_int_equal(import_profile_set(&profile, "places", "Médiathèque du Port", "BIB-PORT"), 0);
        assert_int_equal(import_profile_set(&profile, "places", "751072303", "A"), 0);
        assert_int_equal(import_profile_finish(&profile, &wrong), 0);
        assert_non_null(out);
        import_profile_print(&profile, out);
        assert_int_equal(fclose(out), 0);
        assert_int_equal(import_profile_read(path, &back, text), 0);
        assert_true(same_pairs(&profile.places, &back.places) && same_pairs(&profile.materials, &back.materials));
        assert_null(import_profile_look(&back.places, "Médiathèque du Port 2"));
        assert_string_equal(import_profile_look(&back.places, "médiathèque DU port"), "BIB-PORT");
        assert_string_equal(import_profile_look(&back.places, "Médiathèque du port"), "BIB-PORT");
        import_profile_free(&profile);
        import_profile_free(&back);
        assert_string_equal(profile.name, back.name);
        assert_int_equal(profile.form, back.form);
        assert_int_equal(profile.without_barcode_skip, back.without_barcode_skip);
        for (size_t j = 0; j < sizeof texts / sizeof texts[0]; j++)
            assert_string_equal((const char *)&profile + texts[j], (const char *)&back + texts[j]);
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(import_profile_read(path, &back, text), NAVETTE_E_NOT_FOUND);
}

static void test_import_profile_set_refused(void **state)
{
    static const struct {
        const char *section, *key, *value;
        int rc;
    } cases[] = {
        {"profile", "form", "UNIMARC", 0},
        {"profile", "form", "marc", NAVETTE_E_INVALID},
        {"profile", "without-barcode", "skip", 0},
        {"profile", "without-barcode", "no", NAVETTE_E_INVALID},
        {"profile", "colour", "red", NAVETTE_E_UNKNOWN},
        {"items", "tag", "995", NAVETTE_E_UNKNOWN},
        {"item", "tag", "995", 0},
        {"item", "tag", "9955", NAVETTE_E_TOO_LARGE},
        {"places", "X", "BIB-A", 0},
        {"places", "X", "bib a", NAVETTE_E_INVALID},
        {"places", "X", "", NAVETTE_E_INVALID},
        {"materials", "", "livre", NAVETTE_E_TOO_LARGE},
    };
    struct import_profile profile = {.name = ""};
    const char *wrong;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(import_profile_set(&profile, cases[i].section, cases[i].key, cases[i].value), cases[i].rc);
    assert_int_equal(import_profile_finish(&profile, &wrong), NAVETTE_E_INVALID);
    assert_string_equal(wrong, "[item] barcode");
    assert_int_equal(import_profile_set(&profile, "item", "barcode", "f"), 0);
    assert_int_equal(import_profile_finish(&profile, &wrong), 0);
    import_profile_free(&profile);
}

static void test_import_profile_set_limits(void **state)
{
    struct import_profile profile = {.name = ""};
    char from[IMPORT_SOURCE + 2], to[LIMIT_MATERIAL + 2];

    (void)state;
    memset(from, 'a', sizeof from);
    from[IMPORT_SOURCE + 1] = '\0';
    assert_int_equal(import_profile_set(&profile, "places", from, "A"), NAVETTE_E_TOO_LARGE);
    assert_int_equal(import_profile_set(&profile, "places", from + 1, "A"), 0);
    memset(to, 'b', sizeof to);
    to[LIMIT_MATERIAL + 1] = '\0';
    assert_int_equal(import_profile_set(&profile, "materials", "x", to), NAVETTE_E_TOO_LARGE);
    assert_int_equal(import_profile_set(&profile, "materials", "x", to + 1), 0);
    for (unsigned i = 1; i < IMPORT_PAIRS; i++) {
        (void)snprintf(from, sizeof from, "%u", i);
        assert_int_equal(import_profile_set(&profile, "places", from, "A"), 0);
    }
    assert_int_equal(import_profile_set(&profile, "places", "one more", "A"), NAVETTE_E_TOO_LARGE);
    import_profile_free(&profile);
}

static void test_import_place_code_cases(void **state)
{
    static const struct {
        const char *text, *code;
    } cases[] = {
        {"BIB-CENTRE", "BIB-CENTRE"},
        {"751072303", "751072303"},
        {"Médiathèque Croix-Rouge", "MEDIATHEQUE-CROIX-ROUGE"},
        {"L'Œuvre (Æ)", "L-OEUVRE-AE"},
        {"  --  ", ""},
        {"", ""},
        {"a_b c", "A_B-C"},
        {"\xff"
         "x",
         "X"},
        {"図書館", ""},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZ01234 6", "ABCDEFGHIJKLMNOPQRSTUVWXYZ01234"},
    };
    char code[LIMIT_PLACE_CODE + 1];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        import_place_code(cases[i].text, code);
        assert_string_equal(code, cases[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_import_profile_find_names),  cmocka_unit_test(test_import_profile_print_read),
        cmocka_unit_test(test_import_profile_set_refused), cmocka_unit_test(test_import_profile_set_limits),
        cmocka_unit_test(test_import_place_code_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
