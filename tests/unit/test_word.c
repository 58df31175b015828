/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of a text (word.h).
 *   - word_read: a table; a word at the longest, one letter past it, cut before a letter and never inside one; ideographs
 *   - word_plain: one blank between words; cut at every size
 *   - word_list: sorted, once each, fields added up, the same whatever the order; no memory
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "fold/word.h"
#include "navette/error.h"
#include "tests/lib/failing_malloc.h"
#include "tests/lib/seed.h"

static void join(const char *text, char out[512])
{
    struct word_reader reader = word_reader_of(span_of_string(text));
    size_t used = 0;

    while (word_read(&reader)) {
        assert_in_range(reader.len, 1, WORD_BYTES);
        memcpy(out + used, reader.word, reader.len);
        used += reader.len;
        out[used++] = '/';
    }
    out[used] = '\0';
}

static void test_word_read_table(void **state)
{
    static const char *const rows[][2] = {
        {"L'œuvre au noir", "l/oeuvre/au/noir/"},
        {"  Week-end,   à Rome !  ", "week/end/a/rome/"},
        {"...", ""},
        {"", ""},
        {"U.S.A.", "u/s/a/"},
        {"20000 lieues", "20000/lieues/"},
        {"東京 Tokyo東x", "東/京/tokyo/東/x/"},
        {"東", "東/"},
        {"0123456789012345678901234567890123456789", "0123456789012345678901234567890123456789/"},
        {"01234567890123456789012345678901234567890", "0123456789012345678901234567890123456789/"},
        {"012345678901234567890123456789012345678é9 x", "012345678901234567890123456789012345678e/x/"},
        {"012345678901234567890123456789012345678œz x", "012345678901234567890123456789012345678/x/"},
        {"012345678901234567890123456789012345678д東 x", "012345678901234567890123456789012345678/東/x/"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char out[512];

        join(rows[i][0], out);
        assert_string_equal(out, rows[i][1]);
    }
}

static void test_word_plain_at_every_size(void **state)
{
    static const char text[] = " L'Œuvre, au   NOIR. ";
    static const char plain[] = "l oeuvre au noir";

    (void)state;
    for (size_t size = 1; size <= sizeof(plain) + 4; size++) {
        uint8_t out[sizeof(plain) + 8];
        size_t len;

        memset(out, '#', sizeof(out));
        len = word_plain(span_of_string(text), out, size);
        assert_int_equal(len, size < strlen(plain) ? size : strlen(plain));
        assert_memory_equal(out, plain, len);
        assert_int_equal(out[len], '#');
    }
    assert_int_equal(word_plain(span_of_string("?!"), (uint8_t[1]){0}, 1), 0);
}

static void check_list(const struct word_list *list, const char *const *words, const uint8_t *fields, size_t count)
{
    assert_int_equal(list->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(span_equal(word_at(list, i), span_of_string(words[i])));
        assert_int_equal(list->words[i].fields, fields[i]);
    }
}

static void test_word_list_is_sorted_and_merged(void **state)
{
    static const char *const sorted[] = {"a", "ab", "b", "été", "le", "z"};
    static const uint8_t fields[] = {1, 2, 7, 4, 3, 1};
    uint64_t random = seed_start();

    (void)state;
    for (int run = 0; run < 200; run++) {
        struct word_list list;

        word_list_init(&list);
        for (size_t i = 0; i < 60; i++) {
            size_t which = i < 6 ? i : (size_t)seed_below(&random, 6);

            for (uint8_t bit = 1; bit < 8; bit = (uint8_t)(bit << 1)) {
                if (fields[which] & bit)
                    assert_int_equal(word_list_add(&list, span_of_string(sorted[which]), bit), 0);
            }
        }
        for (size_t i = list.count; i > 1; i--) {
            size_t other = (size_t)seed_below(&random, i);
            struct word swapped = list.words[i - 1];

            list.words[i - 1] = list.words[other];
            list.words[other] = swapped;
        }
        word_list_sort(&list);
        /* by bytes: "été" has an accent here, and so comes last */
        check_list(&list, (const char *const[]){"a", "ab", "b", "le", "z", "été"}, (const uint8_t[]){1, 2, 7, 3, 1, 4}, 6);
        word_list_free(&list);
        assert_int_equal(list.count, 0);
    }
}

static void test_word_list_without_memory(void **state)
{
    uint64_t k = 0;
    int rc;

    (void)state;
    do {
        struct word_list list;

        word_list_init(&list);
        failing_malloc_at(++k);
        rc = word_list_add_text(&list,
                                span_of_string("un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize "
                                               "a b c d e f g h i j k l m n o p q r s t u v w x y z"),
                                1);
        assert_int_equal(rc, failing_malloc_pending() ? 0 : NAVETTE_E_MEMORY);
        failing_malloc_at(0);
        word_list_sort(&list);
        if (rc == 0)
            assert_int_equal(list.count, 42);
        word_list_free(&list);
    } while (rc != 0);
    assert_true(k > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_word_read_table),
        cmocka_unit_test(test_word_plain_at_every_size),
        cmocka_unit_test(test_word_list_is_sorted_and_merged),
        cmocka_unit_test(test_word_list_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
