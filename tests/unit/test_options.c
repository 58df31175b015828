/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/options.h: what was typed and what the configuration file says.
 *   - words, options with and without a value, before and after the words; built-in values
 *   - the file under the command line; a wrong key, a wrong value, no file
 *   - an unknown option, a missing value, a value out of form, too many words
 *   - names: options_find and options_name agree
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/options.h"

static int parse(struct options *options, const char *const *words)
{
    char *argv[16] = {(char *)(uintptr_t) "navette-hub"};
    int argc = 1;

    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    return options_parse(argc, argv, options);
}

#define PARSE(options, ...) parse(options, (const char *const[]){__VA_ARGS__, NULL})

static void test_options_parse_words_and_options(void **state)
{
    struct options options;

    (void)state;
    assert_int_equal(PARSE(&options, "--folder", "/x", "place", "add", "BIB", "--name=Bib de là", "--json", "--lang", "en"), 0);
    assert_int_equal(options.word_count, 3);
    assert_string_equal(options.words[2], "BIB");
    assert_string_equal(options_get(&options, OPTION_NAME, "?"), "Bib de là");
    assert_string_equal(options_get(&options, OPTION_JSON, "?"), "1");
    assert_null(options.values[OPTION_CSV]);
    assert_string_equal(options_get(&options, OPTION_CSV, "none"), "none");
    assert_string_equal(options.config.folder, "/x");
    assert_string_equal(options.control, "/x/control");
    assert_string_equal(options.config.listen, "tcp://[::]:7443");
    assert_int_equal(options.language, MESSAGE_EN);
    options_free(&options);
    assert_int_equal(PARSE(&options, "stock", "--lang", "fr", "--control", "/run/hub"), 0);
    assert_int_equal(options.language, MESSAGE_FR);
    assert_string_equal(options.control, "/run/hub");
    assert_string_equal(options.config.folder, "/var/lib/navette-hub");
    options_free(&options);
}

static void test_options_parse_file(void **state)
{
    char path[] = "/tmp/navette-options-XXXXXX";
    struct options options;
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");

    (void)state;
    assert_non_null(file);
    (void)fputs("[store]\nfolder = /data\nreserve_mib = 10\n[hub]\nlisten = tcp://*:1\nenrol = tcp://*:2\n", file);
    assert_int_equal(fflush(file), 0);
    assert_int_equal(PARSE(&options, "serve", "--config", path, "--enrol", "tcp://*:3"), 0);
    assert_string_equal(options.config.folder, "/data");
    assert_int_equal(options.config.reserve_bytes, 10485760);
    assert_string_equal(options.config.listen, "tcp://*:1");
    assert_string_equal(options.config.enrol, "tcp://*:3");
    options_free(&options);
    (void)fputs("colour = blue\n", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(PARSE(&options, "serve", "--config", path), NAVETTE_E_INVALID);
    options_free(&options);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(PARSE(&options, "serve", "--config", path), NAVETTE_E_INVALID);
    options_free(&options);
}

static void test_options_parse_mistakes(void **state)
{
    struct options options;

    (void)state;
    assert_int_equal(PARSE(&options, "--colour", "blue"), NAVETTE_E_INVALID);
    options_free(&options);
    assert_int_equal(PARSE(&options, "stock", "--place"), NAVETTE_E_INVALID);
    options_free(&options);
    assert_int_equal(PARSE(&options, "serve", "--reserve-mib", "lots"), NAVETTE_E_INVALID);
    options_free(&options);
    assert_int_equal(PARSE(&options, "serve", "--listen", "7443"), NAVETTE_E_INVALID);
    options_free(&options);
    options_free(&options);
}

static void test_options_parse_as_many_words_as_there_may_be(void **state)
{
    char *words[OPTIONS_WORDS_MAX + 3];
    struct options options;

    (void)state;
    for (size_t i = 0; i < OPTIONS_WORDS_MAX + 2; i++)
        words[i] = (char *)(uintptr_t) "word";
    words[OPTIONS_WORDS_MAX + 2] = NULL;
    assert_int_equal(options_parse((int)OPTIONS_WORDS_MAX + 1, words, &options), 0);
    assert_int_equal(options.word_count, OPTIONS_WORDS_MAX);
    options_free(&options);
    assert_int_equal(options_parse((int)OPTIONS_WORDS_MAX + 2, words, &options), NAVETTE_E_INVALID);
    options_free(&options);
}

static void test_options_find_every_name(void **state)
{
    (void)state;
    for (int i = 0; i < OPTION_COUNT; i++)
        assert_int_equal(options_find(options_name((enum option)i)), i);
    assert_int_equal(options_find("colour"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_parse_words_and_options), cmocka_unit_test(test_options_parse_file),
        cmocka_unit_test(test_options_parse_mistakes),          cmocka_unit_test(test_options_parse_as_many_words_as_there_may_be),
        cmocka_unit_test(test_options_find_every_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
