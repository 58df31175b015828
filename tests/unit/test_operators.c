/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operators.h: names, what PINs are checked with, and the wait after wrong ones, in one private file.
 *   - set, tried, read again: 0600, no PIN in it; a PIN of another epoch is none; forgotten, name and hash are gone from the file
 *   - what fits: 3, 4, 8 and 9 digits, letters; 11, 12, 128 and 129 bytes
 *   - five wrong ones, then 30 s, twice as long each time, at most a quarter of an hour; read again nothing is forgotten; another boot waits all of it; the right one begins anew; others never wait
 *   - names: 48 bytes and 49, control characters, no UTF-8; as many operators as there may be, and one more
 *   - cut anywhere it is refused; readable by others it is refused; what can't be written changes nothing, and no try is made that can't be counted
 *   - names kept of places that are served no more go
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "navette/operators.h"
#include "navette/system.h"
#include "navette/whole.h"

#define BOOT 7u
#define PIN "73915046"

static char folder[64];
static char path[96];
static const struct view_operator marie = {.place = "BIB-A", .code = "MC", .pin_epoch = 9};
static const struct view_operator paul = {.place = "BIB-B", .code = "MC", .pin_epoch = 9};

static int set_up(void **state)
{
    (void)state;
    system_log_threshold(3);
    strcpy(folder, "/tmp/navette-operators-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/operators", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)chmod(folder, 0700);
    unlink(path);
    return rmdir(folder);
}

static struct operators *opened(void)
{
    struct operators *operators = NULL;

    assert_int_equal(operators_open(path, &operators), 0);
    return operators;
}

static int in_file(const char *text)
{
    struct buffer bytes = {.data = NULL};
    int found;

    assert_int_equal(whole_read(path, 1u << 21, 1, &bytes), 0);
    found = memmem(bytes.data, bytes.len, text, strlen(text)) != NULL;
    buffer_free(&bytes);
    return found;
}

static int attempt(struct operators *operators, const struct view_operator *who, const char *secret, uint64_t at_ms)
{
    return operators_try(operators, who, span_of_string(secret), BOOT, at_ms);
}

static void test_operators_set_and_try(void **state)
{
    struct operators *operators = opened();
    struct view_operator later = marie;
    struct stat status;

    (void)state;
    later.pin_epoch = 10;
    assert_int_equal(operators_has_secret(operators, &marie), 0);
    assert_int_equal(attempt(operators, &marie, PIN, 0), NAVETTE_E_NOT_FOUND);
    assert_int_equal(operators_show(operators, "BIB-A", "MC", "Marie"), 0);
    assert_int_equal(operators_set_secret(operators, &marie, span_of_string(PIN)), 0);
    operators_close(operators);
    operators = opened();
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_false(in_file(PIN));
    assert_true(in_file("$argon2id$"));
    assert_string_equal(operators_shown(operators, "BIB-A", "MC"), "Marie");
    assert_string_equal(operators_shown(operators, "BIB-B", "MC"), "");
    assert_int_equal(attempt(operators, &marie, PIN, 0), 0);
    assert_int_equal(attempt(operators, &marie, "73915047", 0), NAVETTE_E_SIGNATURE);
    assert_int_equal(operators_has_secret(operators, &later), -1);
    assert_int_equal(attempt(operators, &later, PIN, 0), NAVETTE_E_NOT_FOUND);
    assert_int_equal(attempt(operators, &paul, PIN, 0), NAVETTE_E_NOT_FOUND);
    assert_int_equal(operators_forget(operators, "BIB-A", "MC"), 0);
    assert_int_equal(operators_forget(operators, "BIB-A", "MC"), 0);
    assert_false(in_file("Marie"));
    assert_false(in_file("$argon2id$"));
    assert_int_equal(operators_has_secret(operators, &marie), 0);
    operators_close(operators);
    operators_close(NULL);
}

static void test_operators_fits(void **state)
{
    static const struct {
        Navette__OperatorNeed need;
        size_t digits;
        int fits;
    } table[] = {
        {NAVETTE__OPERATOR_NEED__OPERATOR_PIN, 3, 0},          {NAVETTE__OPERATOR_NEED__OPERATOR_PIN, 4, 1},
        {NAVETTE__OPERATOR_NEED__OPERATOR_PIN, 8, 1},          {NAVETTE__OPERATOR_NEED__OPERATOR_PIN, 9, 0},
        {NAVETTE__OPERATOR_NEED__OPERATOR_PASSPHRASE, 11, 0},  {NAVETTE__OPERATOR_NEED__OPERATOR_PASSPHRASE, 12, 1},
        {NAVETTE__OPERATOR_NEED__OPERATOR_PASSPHRASE, 128, 1}, {NAVETTE__OPERATOR_NEED__OPERATOR_PASSPHRASE, 129, 0},
    };
    char digits[160];

    (void)state;
    memset(digits, '5', sizeof digits);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_int_equal(operators_fits(table[i].need, span_of(digits, table[i].digits)), table[i].fits);
    assert_false(operators_fits(NAVETTE__OPERATOR_NEED__OPERATOR_PIN, span_of_string("12a4")));
    assert_true(operators_fits(NAVETTE__OPERATOR_NEED__OPERATOR_PASSPHRASE, span_of_string("une phrase longue")));
}

static void test_operators_wait_grows(void **state)
{
    static const int64_t waits[] = {0, 0, 0, 0, 30000, 60000, 120000};
    struct operators *operators = opened();
    uint64_t now_ms = 1000;

    (void)state;
    assert_int_equal(operators_set_secret(operators, &marie, span_of_string(PIN)), 0);
    assert_int_equal(operators_set_secret(operators, &paul, span_of_string(PIN)), 0);
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        assert_int_equal(attempt(operators, &marie, "0000", now_ms), NAVETTE_E_SIGNATURE);
        assert_int_equal(operators_wait_ms(operators, "BIB-A", "MC", BOOT, now_ms), waits[i]);
        if (waits[i] == 0)
            continue;
        assert_int_equal(attempt(operators, &marie, PIN, now_ms + (uint64_t)waits[i] - 1), NAVETTE_E_BUSY);
        operators_close(operators);
        operators = opened();
        assert_int_equal(operators_wait_ms(operators, "BIB-A", "MC", BOOT, now_ms), waits[i]);
        now_ms += (uint64_t)waits[i];
    }
    /* the same code at another place is somebody else */
    assert_int_equal(attempt(operators, &paul, PIN, now_ms), 0);
    /* a machine that was started again counts from then on */
    assert_int_equal(operators_wait_ms(operators, "BIB-A", "MC", BOOT + 1, 500), 120000);
    assert_int_equal(operators_wait_ms(operators, "BIB-A", "MC", BOOT + 1, 120500), 0);
    assert_int_equal(operators_try(operators, &marie, span_of_string(PIN), BOOT + 1, 120500), 0);
    assert_int_equal(operators_try(operators, &marie, span_of_string("0000"), BOOT + 1, 120500), NAVETTE_E_SIGNATURE);
    assert_int_equal(operators_wait_ms(operators, "BIB-A", "MC", BOOT + 1, 120500), 0);
    operators_close(operators);
}

/* What many wrong ones come to, written into the file as they would be. */
static void test_operators_wait_is_bounded(void **state)
{
    static const char text[] =
        "{\"operators\": [{\"place\": \"BIB-A\", \"code\": \"MC\", \"shown\": \"\", \"epoch\": 9, \"hash\": \"$argon2id$x\", "
        "\"wrong\": 70000, \"wait_boot\": 1, \"wait_until_ms\": 5}]}";
    struct operators *operators;

    (void)state;
    assert_int_equal(whole_write(path, span_of_string(text), 1), 0);
    operators = opened();
    assert_int_equal(operators_wait_ms(operators, "BIB-A", "MC", BOOT, 1000), OPERATORS_WAIT_MOST_MS);
    assert_int_equal(attempt(operators, &marie, PIN, 1000 + OPERATORS_WAIT_MOST_MS), NAVETTE_E_SIGNATURE);
    assert_int_equal(operators_wait_ms(operators, "BIB-A", "MC", BOOT, 1000 + OPERATORS_WAIT_MOST_MS), OPERATORS_WAIT_MOST_MS);
    operators_close(operators);
}

static void test_operators_show_limits(void **state)
{
    struct operators *operators = opened();
    char name[OPERATORS_SHOWN + 2], code[16];

    (void)state;
    memset(name, 'n', sizeof name);
    name[OPERATORS_SHOWN + 1] = '\0';
    assert_int_equal(operators_show(operators, "BIB-A", "MC", name), NAVETTE_E_INVALID);
    name[OPERATORS_SHOWN] = '\0';
    assert_int_equal(operators_show(operators, "BIB-A", "MC", name), 0);
    assert_int_equal(operators_show(operators, "BIB-A", "MC", "a\tb"), NAVETTE_E_INVALID);
    assert_int_equal(operators_show(operators, "BIB-A", "MC", "\xff"), NAVETTE_E_INVALID);
    assert_int_equal(operators_show(operators, "BIB-A", "MC", "\xc2\x85"), NAVETTE_E_INVALID);
    assert_string_equal(operators_shown(operators, "BIB-A", "MC"), name);
    assert_int_equal(operators_show(operators, "BIB-A", "MC", ""), 0);
    operators_close(operators);
    /* as many rows as there may be, written by hand: saving each takes too long */
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file, "{\"operators\": [");
    for (unsigned i = 0; i < OPERATORS_MAX; i++)
        (void)fprintf(
            file,
            "%s{\"place\": \"BIB-A\", \"code\": \"A%u\", \"shown\": \"\", \"epoch\": 0, \"hash\": \"\", \"wrong\": 0, \"wait_boot\": 0, "
            "\"wait_until_ms\": 0}",
            i > 0 ? "," : "", i);
    (void)fprintf(file, "]}");
    assert_int_equal(fclose(file), 0);
    operators = opened();
    assert_int_equal(operators_show(operators, "BIB-A", "MC", "M"), NAVETTE_E_TOO_LARGE);
    (void)snprintf(code, sizeof code, "A%u", OPERATORS_MAX - 1);
    assert_int_equal(operators_show(operators, "BIB-A", code, "M"), 0);
    operators_close(operators);
}

static void test_operators_damaged(void **state)
{
    struct operators *operators = opened();
    struct buffer whole = {.data = NULL};

    (void)state;
    assert_int_equal(operators_show(operators, "BIB-A", "MC", "Marie"), 0);
    operators_close(operators);
    assert_int_equal(whole_read(path, 1u << 20, 1, &whole), 0);
    for (size_t len = 0; len < whole.len; len++) {
        operators = NULL;
        assert_int_equal(whole_write(path, span_of(whole.data, len), 1), 0);
        assert_int_equal(operators_open(path, &operators), NAVETTE_E_INVALID);
        assert_null(operators);
    }
    assert_int_equal(whole_write(path, buffer_span(&whole), 1), 0);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(operators_open(path, &operators), NAVETTE_E_REFUSED);
    buffer_free(&whole);
}

static void test_operators_what_cannot_be_written(void **state)
{
    struct operators *operators = opened();
    char aside[96];

    (void)state;
    (void)snprintf(aside, sizeof aside, "%s-aside", folder);
    assert_int_equal(operators_show(operators, "BIB-A", "MC", "Marie"), 0);
    assert_int_equal(operators_set_secret(operators, &marie, span_of_string(PIN)), 0);
    assert_int_equal(rename(path, aside), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_true(operators_show(operators, "BIB-A", "MC", "Anne") < 0);
    assert_string_equal(operators_shown(operators, "BIB-A", "MC"), "Marie");
    assert_true(operators_show(operators, "BIB-A", "NEW", "Anne") < 0);
    assert_string_equal(operators_shown(operators, "BIB-A", "NEW"), "");
    assert_true(operators_forget(operators, "BIB-A", "MC") < 0);
    assert_string_equal(operators_shown(operators, "BIB-A", "MC"), "Marie");
    assert_true(operators_set_secret(operators, &marie, span_of_string("1234")) < 0);
    /* even the right one: who fills the disk would have tries for nothing */
    assert_int_not_equal(attempt(operators, &marie, PIN, 0), 0);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(rename(aside, path), 0);
    assert_int_equal(attempt(operators, &marie, PIN, 0), 0);
    operators_close(operators);
}

static int serves_a(const void *context, const char *place)
{
    (void)context;
    return strcmp(place, "BIB-A") == 0;
}

static void test_operators_keep_places(void **state)
{
    struct operators *operators = opened();

    (void)state;
    assert_int_equal(operators_show(operators, "BIB-B", "P1", "Paul"), 0);
    assert_int_equal(operators_show(operators, "BIB-A", "MC", "Marie"), 0);
    assert_int_equal(operators_show(operators, "BIB-B", "P2", "Pauline"), 0);
    assert_int_equal(operators_keep_places(operators, serves_a, NULL), 0);
    assert_true(in_file("Marie"));
    assert_false(in_file("Paul"));
    assert_string_equal(operators_shown(operators, "BIB-B", "P2"), "");
    operators_close(operators);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_operators_set_and_try, set_up, tear_down),
        cmocka_unit_test(test_operators_fits),
        cmocka_unit_test_setup_teardown(test_operators_wait_grows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_operators_wait_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_operators_show_limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_operators_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_operators_what_cannot_be_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_operators_keep_places, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
