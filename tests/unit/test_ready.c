/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/ready.h: answers kept as text.
 *   - what was kept is found again, by its question alone
 *   - not past another position of the state or of the journal, not when somebody else has fallen silent, not before it was made
 *   - a new answer replaces the old one of the same question
 *   - READY_ANSWERS are kept; one more takes the place of the one longest unasked
 *   - an answer at the limit is kept, one past it is not; without memory nothing is kept and what was there stays whole
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"
#include "server/ready.h"
#include "tests/lib/failing_malloc.h"

static const struct ready_stamp MADE = {.cursor = 100, .tail = 110, .now_ms = 5000, .until_ms = 9000};

static void assert_found(struct ready *ready, const char *question, const struct ready_stamp *stamp, const char *expected)
{
    struct span text = {.data = NULL};
    int rc = ready_find(ready, question, stamp, &text);

    if (!expected) {
        assert_int_equal(rc, NAVETTE_E_NOT_FOUND);
        return;
    }
    assert_int_equal(rc, 0);
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.data, expected, text.len);
}

static void test_find_by_question(void **state)
{
    struct ready *ready = ready_new();
    (void)state;

    assert_found(ready, "stock", &MADE, NULL);
    assert_int_equal(ready_keep(ready, "stock", &MADE, strdup("{1}")), 0);
    assert_found(ready, "stock", &MADE, "{1}");
    assert_found(ready, "stoc", &MADE, NULL);
    assert_found(ready, "stock", &MADE, "{1}");
    assert_int_equal(ready_keep(ready, "stock", &MADE, strdup("{22}")), 0);
    assert_found(ready, "stock", &MADE, "{22}");
    ready_free(ready);
}

static void test_find_past_its_stamp(void **state)
{
    static const struct {
        struct ready_stamp now;
        int stands;
    } CASES[] = {
        {{.cursor = 100, .tail = 110, .now_ms = 5000}, 1}, {{.cursor = 101, .tail = 110, .now_ms = 5000}, 0},
        {{.cursor = 99, .tail = 110, .now_ms = 5000}, 0},  {{.cursor = 100, .tail = 111, .now_ms = 5000}, 0},
        {{.cursor = 100, .tail = 110, .now_ms = 4999}, 0}, {{.cursor = 100, .tail = 110, .now_ms = 8999}, 1},
        {{.cursor = 100, .tail = 110, .now_ms = 9000}, 0},
    };
    struct ready *ready = ready_new();
    (void)state;

    assert_int_equal(ready_keep(ready, "q", &MADE, strdup("{}")), 0);
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
        assert_found(ready, "q", &CASES[i].now, CASES[i].stands ? "{}" : NULL);
    ready_free(ready);
}

static void test_keep_one_too_many(void **state)
{
    struct ready *ready = ready_new();
    char question[16];
    (void)state;

    for (unsigned int i = 0; i < READY_ANSWERS; i++) {
        snprintf(question, sizeof(question), "q%u", i);
        assert_int_equal(ready_keep(ready, question, &MADE, strdup(question)), 0);
    }
    assert_found(ready, "q0", &MADE, "q0");
    assert_int_equal(ready_keep(ready, "more", &MADE, strdup("more")), 0);
    for (unsigned int i = 0; i < READY_ANSWERS; i++) {
        snprintf(question, sizeof(question), "q%u", i);
        assert_found(ready, question, &MADE, i == 1 ? NULL : question);
    }
    assert_found(ready, "more", &MADE, "more");
    ready_free(ready);
}

static char *text_of(size_t len)
{
    char *text = malloc(len + 1);

    assert_non_null(text);
    memset(text, 'x', len);
    text[len] = '\0';
    return text;
}

static void test_keep_at_the_limit(void **state)
{
    struct ready *ready = ready_new();
    struct span text;
    (void)state;

    assert_int_equal(ready_keep(ready, "q", &MADE, text_of(READY_ANSWER_BYTES)), 0);
    assert_int_equal(ready_find(ready, "q", &MADE, &text), 0);
    assert_int_equal(text.len, READY_ANSWER_BYTES);
    assert_int_equal(ready_keep(ready, "p", &MADE, text_of(READY_ANSWER_BYTES + 1)), NAVETTE_E_TOO_LARGE);
    assert_found(ready, "p", &MADE, NULL);
    assert_int_equal(ready_find(ready, "q", &MADE, &text), 0);
    ready_free(ready);
}

static void test_keep_without_memory(void **state)
{
    struct ready *ready = ready_new();
    char *answer = strdup("{2}");
    int rc;
    (void)state;

    assert_int_equal(ready_keep(ready, "q", &MADE, strdup("{1}")), 0);
    failing_malloc_at(1);
    rc = ready_keep(ready, "q", &MADE, answer);
    failing_malloc_at(0);
    assert_int_equal(rc, NAVETTE_E_MEMORY);
    assert_found(ready, "q", &MADE, "{1}");
    ready_free(ready);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find_by_question),  cmocka_unit_test(test_find_past_its_stamp), cmocka_unit_test(test_keep_one_too_many),
        cmocka_unit_test(test_keep_at_the_limit), cmocka_unit_test(test_keep_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
