/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node/cli/spec.h: the tables of commands and options.
 *   - every option that a command lists exists, every option that is not global is used, names are unique
 *   - every command and option has its help in both languages
 *   - commands are found by one word or two; every verb a scanning command names is one the node knows
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "node/cli/spec.h"
#include "node/verb.h"

static const struct spec_option *option_named(const char *name)
{
    const struct spec_option *option;

    for (size_t i = 0; (option = spec_option_at(i)) != NULL; i++)
        if (strcmp(option->name, name) == 0)
            return option;
    return NULL;
}

static void test_spec_options_exist_and_are_used(void **state)
{
    const struct spec_option *option;
    const struct spec *spec;

    (void)state;
    for (size_t i = 0; (spec = spec_at(i)) != NULL; i++) {
        char list[512], *next = NULL;
        (void)snprintf(list, sizeof list, "%s", spec->options);
        for (char *name = strtok_r(list, " ", &next); name != NULL; name = strtok_r(NULL, " ", &next))
            if (option_named(name) == NULL)
                fail_msg("%s: --%s", spec->name, name);
    }
    for (size_t i = 0; (option = spec_option_at(i)) != NULL; i++) {
        int used = spec_is_global(option);
        for (size_t j = 0; (spec = spec_at(j)) != NULL; j++)
            used |= spec_lists(spec->options, option->name);
        if (!used)
            fail_msg("--%s is never used", option->name);
        assert_ptr_equal(option_named(option->name), option);
    }
}

static void test_spec_help_in_both_languages(void **state)
{
    const struct spec_option *option;
    const struct spec *spec;

    (void)state;
    for (size_t i = 0; (spec = spec_at(i)) != NULL; i++)
        if (spec->fr[0] == '\0' || spec->en[0] == '\0' || strcmp(spec->fr, spec->en) == 0)
            fail_msg("%s", spec->name);
    for (size_t i = 0; (option = spec_option_at(i)) != NULL; i++) {
        if (option->fr[0] == '\0' || option->en[0] == '\0')
            fail_msg("--%s", option->name);
        assert_true((option->form == SPEC_FLAG) == (option->argument == NULL));
    }
}

static void test_spec_find_words(void **state)
{
    const char *const words[][2] = {{"pack", "SAC"}, {"item", "add"}, {"item", "fly"}, {"item", "ad"}, {"clock", "set"}};
    size_t used;

    (void)state;
    assert_string_equal(spec_find(words[0], 2, &used)->name, "pack");
    assert_int_equal(used, 1);
    assert_string_equal(spec_find(words[1], 2, &used)->name, "item add");
    assert_int_equal(used, 2);
    assert_null(spec_find(words[1], 1, &used));
    assert_null(spec_find(words[2], 2, &used));
    assert_null(spec_find(words[3], 2, &used));
    assert_string_equal(spec_find(words[4], 2, &used)->request, "clock-set");
    assert_null(spec_find(words[0], 0, &used));
}

static void test_spec_verbs_are_known(void **state)
{
    const struct spec *spec;

    (void)state;
    for (size_t i = 0; (spec = spec_at(i)) != NULL; i++) {
        int scans = spec->run == RUN_SCAN || spec->run == RUN_CONTAINER;
        const struct verb *verb = verb_find(spec->request);
        if (scans != (verb != NULL))
            fail_msg("%s", spec->name);
        if (verb != NULL) {
            assert_int_equal(spec->run == RUN_CONTAINER, (verb->needs & VERB_CONTAINER) != 0);
            assert_int_equal(spec_lists(spec->options, "to"), (verb->needs & VERB_TO) != 0);
            assert_int_equal(spec_lists(spec->options, "unknown"), (verb->needs & VERB_MAY_BE_NEW) != 0);
            assert_non_null(verb->build);
            assert_true(verb->takes != 0 && verb->right != 0);
        }
    }
}

static void test_spec_lists_whole_words(void **state)
{
    (void)state;
    assert_true(spec_lists("place to carrier", "to"));
    assert_true(spec_lists("to", "to"));
    assert_false(spec_lists("place stop", "to"));
    assert_false(spec_lists("tower", "to"));
    assert_false(spec_lists("?bags", "bags"));
    assert_true(spec_lists("stop to", "to"));
    assert_false(spec_lists("", "to"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spec_options_exist_and_are_used),
        cmocka_unit_test(test_spec_help_in_both_languages),
        cmocka_unit_test(test_spec_find_words),
        cmocka_unit_test(test_spec_verbs_are_known),
        cmocka_unit_test(test_spec_lists_whole_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
