/* SPDX-License-Identifier: Apache-2.0 */
/*
 * system.c: clocks, randomness, ids, log lines.
 *
 * clocks: plausible, and those that may not go back do not; boot id twice the same
 * ids: random ones differ and are of version 4; a public id is the UUIDv5 of its reference, for ever
 * log: form of a line, threshold, a line too long, bytes of a peer that would begin a line of their own
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "navette/ref.h"
#include "navette/system.h"

static void test_system_clocks_plausible(void **state)
{
    (void)state;
    int64_t wall = system_wall_ms();
    assert_true(wall / 1000 >= (int64_t)time(NULL) - 1 && wall / 1000 <= (int64_t)time(NULL) + 1);
    int64_t last = system_monotonic_ms();
    uint64_t last_boot = system_boottime_ms();
    for (int i = 0; i < 10000; i++) {
        int64_t now = system_monotonic_ms();
        uint64_t boot = system_boottime_ms();
        assert_true(now >= last && boot >= last_boot);
        last = now;
        last_boot = boot;
    }
    assert_true(last_boot > 0);
    assert_int_equal(system_boot(), system_boot());
    int synced = system_clock_synced();
    assert_true(synced == 0 || synced == 1);
}

static void test_system_boot_is_the_kernels(void **state)
{
    (void)state;
    char text[40] = "";
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
    if (file == NULL) {
        assert_int_equal(system_boot(), 0);
        return;
    }
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    char expected[20];
    snprintf(expected, sizeof expected, "%.8s%.4s%.4s", text, text + 9, text + 14);
    assert_int_equal(system_boot(), strtoull(expected, NULL, 16));
}

static void test_system_random_differs(void **state)
{
    (void)state;
    uint8_t a[32] = {0};
    uint8_t b[32] = {0};
    system_random(a, sizeof a);
    system_random(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    uint8_t guard[4] = {1, 2, 3, 4};
    system_random(guard + 1, 0);
    assert_int_equal(guard[1], 2);
    system_new_id(a);
    system_new_id(b);
    assert_memory_not_equal(a, b, 16);
    assert_int_equal(a[6] >> 4, 4);
}

/* Computed once with Python: uuid.uuid5(uuid.UUID("8b1f0a52-6d0e-4c51-9a77-3c2e5f9041d8"), the 32 bytes). */
static void test_system_public_id_is_fixed(void **state)
{
    (void)state;
    struct ref ref = {.seq = 1, .leaf = 2};
    char id[37];
    char other[37];
    for (uint8_t i = 0; i < INCARNATION_SIZE; i++)
        ref.incarnation[i] = i;
    system_public_id(&ref, id);
    assert_string_equal(id, "4830d3cd-f42f-54fb-b89a-c56b77e836c5");
    ref.leaf = 3;
    system_public_id(&ref, other);
    assert_string_not_equal(id, other);
}

/* What system_log() writes to standard error. */
static size_t logged(int level, const char *peer, const char *text, char *line, size_t size)
{
    int ends[2];
    int kept = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    dup2(ends[1], STDERR_FILENO);
    system_log(level, "module", peer, "%s", text);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[1]);
    ssize_t got = read(ends[0], line, size - 1);
    close(ends[0]);
    line[got > 0 ? got : 0] = '\0';
    return got > 0 ? (size_t)got : 0;
}

static void test_system_log_line(void **state)
{
    (void)state;
    char line[4096];
    size_t len = logged(1, "peer", "text", line, sizeof line);
    assert_int_equal(len, 24 + strlen(" warning module peer text\n"));
    assert_string_equal(line + 24, " warning module peer text\n");
    int year, month, day, hour, minute, second, milli;
    assert_int_equal(sscanf(line, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &year, &month, &day, &hour, &minute, &second, &milli), 7);
    logged(0, NULL, "text", line, sizeof line);
    assert_string_equal(line + 24, " info module - text\n");
    logged(2, NULL, "text", line, sizeof line);
    assert_string_equal(line + 24, " error module - text\n");
}

static void test_system_log_threshold(void **state)
{
    (void)state;
    char line[4096];
    system_log_threshold(2);
    assert_int_equal(logged(1, NULL, "text", line, sizeof line), 0);
    assert_true(logged(2, NULL, "text", line, sizeof line) > 0);
    system_log_threshold(0);
    assert_true(logged(0, NULL, "text", line, sizeof line) > 0);
}

static void test_system_log_is_one_line(void **state)
{
    (void)state;
    char line[4096];
    char text[3000];
    size_t len = logged(1, "p\neer", "one\ntwo\r\033[31mthree\177 é", line, sizeof line);
    assert_ptr_equal(strchr(line, '\n'), line + len - 1);
    assert_null(strchr(line, '\033'));
    assert_non_null(strstr(line, "one?two??[31mthree? é"));
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    len = logged(1, NULL, text, line, sizeof line);
    assert_in_range(len, 900, 1024);
    assert_ptr_equal(strchr(line, '\n'), line + len - 1);
    len = logged(1, text, "after", line, sizeof line);
    assert_in_range(len, 900, 1024);
    assert_int_equal(line[len - 1], '\n');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_system_clocks_plausible), cmocka_unit_test(test_system_boot_is_the_kernels),
        cmocka_unit_test(test_system_random_differs),   cmocka_unit_test(test_system_public_id_is_fixed),
        cmocka_unit_test(test_system_log_line),         cmocka_unit_test(test_system_log_threshold),
        cmocka_unit_test(test_system_log_is_one_line),
    };
    return cmocka_run_group_tests_name("system", tests, NULL, NULL);
}
