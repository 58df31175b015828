/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node/cli/spec.h: the tables of commands and options.
 *   - every option that a command lists exists, every option that is not global is used, names are unique
 *   - every command and option has its help in both languages
 *   - every placeholder of the help has its word, in French itself but for accents, and an English one
 *   - commands are found by one word or two; every verb a scanning command names is one the node knows
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "io/message_texts.h"
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

/* "NUMÉRO" -> "NUMERO". */
static void without_accents(const char *text, char out[64])
{
    static const char *const accents[][2] = {{"É", "E"}, {"È", "E"}, {"Ô", "O"}, {"À", "A"}};
    size_t used = 0;

    while (*text != '\0' && used < 63) {
        const char *plain = NULL;
        for (size_t i = 0; plain == NULL && i < sizeof accents / sizeof accents[0]; i++)
            if (strncmp(text, accents[i][0], strlen(accents[i][0])) == 0)
                plain = accents[i][1];
        out[used++] = plain != NULL ? plain[0] : *text;
        text += plain != NULL ? 2 : 1;
    }
    out[used] = '\0';
}

/* A placeholder's French is the placeholder: another module that means something else by the same word is found here. */
static void look_at_placeholders(const char *where, const char *text)
{
    static const char same[] = "CODE DATE ID N PORT REFERENCE TYPE TZ VERDICT ZONE";

    for (const char *p = text; *p != '\0';) {
        size_t len = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-");
        const struct message_label *label;
        char word[64], french[64];
        if (len == 0) {
            p++;
            continue;
        }
        (void)snprintf(word, sizeof word, "%.*s", (int)len, p);
        p += len;
        label = message_words_find(word);
        if (label == NULL)
            fail_msg("%s: %s has no word", where, word);
        without_accents(label->fr, french);
        if (strcmp(french, word) != 0)
            fail_msg("%s: %s is said as %s", where, word, label->fr);
        if ((strcmp(label->en, word) == 0) != spec_lists(same, word))
            fail_msg("%s: %s in English: %s", where, word, label->en);
    }
}

static void test_spec_placeholders_mean_one_thing(void **state)
{
    const struct spec_option *option;
    const struct spec *spec;

    (void)state;
    for (size_t i = 0; (spec = spec_at(i)) != NULL; i++)
        look_at_placeholders(spec->name, spec->arguments);
    for (size_t i = 0; (option = spec_option_at(i)) != NULL; i++)
        if (option->argument != NULL)
            look_at_placeholders(option->name, option->argument);
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
        cmocka_unit_test(test_spec_placeholders_mean_one_thing),
        cmocka_unit_test(test_spec_find_words),
        cmocka_unit_test(test_spec_verbs_are_known),
        cmocka_unit_test(test_spec_lists_whole_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
