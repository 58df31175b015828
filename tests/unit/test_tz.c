/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tz.h: local time from a POSIX TZ string.
 *   - days and dates there and back, leap years, what is no date
 *   - strings that break the format
 *   - known moments: Paris, New York, Auckland (southern), Lord Howe (half an hour), quoted names, Julian days with and without 29 February
 *   - the hour that clocks show twice, and the one they never show
 *   - 40,000 random moments against the C library's own reading of TZ (SEED)
 *   - text: every accepted form, every near miss, there and back
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "navette/tz.h"
#include "tests/lib/seed.h"

#define PARIS "CET-1CEST,M3.5.0,M10.5.0/3"
#define NEW_YORK "EST5EDT,M3.2.0,M11.1.0"
#define AUCKLAND "NZST-12NZDT,M9.5.0,M4.1.0/3"
#define LORD_HOWE "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"

static void test_tz_days_and_back(void **state)
{
    struct civil civil;

    (void)state;
    assert_int_equal(tz_days(1970, 1, 1), 0);
    assert_int_equal(tz_days(2020, 2, 29), 18321);
    assert_int_equal(tz_days(1969, 12, 31), -1);
    for (int32_t days = tz_days(1, 1, 1); days <= tz_days(9999, 12, 31); days += 13) {
        tz_civil_of_days(days, &civil);
        assert_true(tz_date_is_valid(civil.year, civil.month, civil.day));
        assert_int_equal(tz_days(civil.year, civil.month, civil.day), days);
    }
    assert_true(tz_date_is_valid(2000, 2, 29));
    assert_false(tz_date_is_valid(1900, 2, 29));
    assert_false(tz_date_is_valid(2021, 2, 29));
    assert_false(tz_date_is_valid(2020, 13, 1));
    assert_false(tz_date_is_valid(2020, 4, 31));
    assert_false(tz_date_is_valid(0, 1, 1));
    assert_false(tz_date_is_valid(10000, 1, 1));
}

static void test_tz_check_format(void **state)
{
    static const char *const good[] = {"",
                                       "UTC0",
                                       PARIS,
                                       NEW_YORK,
                                       AUCKLAND,
                                       LORD_HOWE,
                                       "<+03>-3",
                                       "CET-1:00:00",
                                       "XYZ3ABC,J60,J300",
                                       "XYZ3ABC,0/0,365/24",
                                       "XYZ3ABC2,M1.1.1/-167,M2.5.6/167"};
    static const char *const bad[] = {"C",
                                      "CE-1",
                                      "CET",
                                      "CET-25",
                                      "CET-1CEST",
                                      "CET-1CEST,M3.5.0",
                                      "CET-1CEST,M13.5.0,M10.5.0",
                                      "CET-1CEST,M3.6.0,M10.5.0",
                                      "CET-1CEST,M3.5.7,M10.5.0",
                                      "CET-1CEST,M3.0.0,M10.5.0",
                                      "CET-1CEST,J0,J300",
                                      "CET-1CEST,J366,J300",
                                      "CET-1CEST,366,1",
                                      "<+03-3",
                                      "<+0_>-3",
                                      "CET-1CEST,M3.5.0,M10.5.0x",
                                      "CET-1CEST,M3.5.0/168,M10.5.0",
                                      "Europe/Paris",
                                      "CET-1:60",
                                      "CET-1 CEST",
                                      "CET-1CEST,,"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (tz_check(good[i]) != 0)
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (tz_check(bad[i]) != NAVETTE_E_INVALID)
            fail_msg("accepted: %s", bad[i]);
    assert_int_equal(tz_check(NULL), 0);
}

struct moment {
    const char *tz, *utc;
    int32_t offset_s;
};

static void test_tz_offset_known(void **state)
{
    static const struct moment moments[] = {
        {PARIS, "2020-03-29T00:59:59Z", 3600},
        {PARIS, "2020-03-29T01:00:00Z", 7200},
        {PARIS, "2020-10-25T00:59:59Z", 7200},
        {PARIS, "2020-10-25T01:00:00Z", 3600},
        {PARIS, "2020-01-01T00:00:00Z", 3600},
        {NEW_YORK, "2020-03-08T06:59:59Z", -18000},
        {NEW_YORK, "2020-03-08T07:00:00Z", -14400},
        {NEW_YORK, "2020-11-01T05:59:59Z", -14400},
        {NEW_YORK, "2020-11-01T06:00:00Z", -18000},
        {AUCKLAND, "2020-01-01T00:00:00Z", 46800},
        {AUCKLAND, "2020-07-01T00:00:00Z", 43200},
        {AUCKLAND, "2020-04-04T13:59:59Z", 46800},
        {AUCKLAND, "2020-04-04T14:00:00Z", 43200},
        {LORD_HOWE, "2020-01-01T00:00:00Z", 39600},
        {LORD_HOWE, "2020-06-01T00:00:00Z", 37800},
        {"<+03>-3", "2020-06-01T00:00:00Z", 10800},
        {"", "2020-06-01T00:00:00Z", 0},
        {"XYZ3ABC,J60,J300", "2020-03-01T04:59:59Z", -10800},
        {"XYZ3ABC,J60,J300", "2020-03-01T05:00:00Z", -7200},
        {"XYZ3ABC,59,300", "2020-02-29T05:00:00Z", -7200},
    };

    (void)state;
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        int64_t utc_ms;
        int32_t offset_s;
        assert_int_equal(tz_parse("", moments[i].utc, &utc_ms), 0);
        assert_int_equal(tz_offset_s(moments[i].tz, utc_ms, &offset_s), 0);
        if (offset_s != moments[i].offset_s)
            fail_msg("%s %s: %d", moments[i].tz, moments[i].utc, offset_s);
    }
}

static void test_tz_utc_twice_and_never(void **state)
{
    int64_t shown, wanted;

    (void)state;
    /* 02:30 on the last Sunday of October comes twice: the first counts */
    assert_int_equal(tz_parse(PARIS, "2020-10-25T02:30", &shown), 0);
    assert_int_equal(tz_parse("", "2020-10-25T00:30Z", &wanted), 0);
    assert_int_equal(shown, wanted);
    /* 02:30 on the last Sunday of March never comes: as if clocks had not yet moved */
    assert_int_equal(tz_parse(PARIS, "2020-03-29T02:30", &shown), 0);
    assert_int_equal(tz_parse("", "2020-03-29T01:30Z", &wanted), 0);
    assert_int_equal(shown, wanted);
    assert_int_equal(tz_parse(PARIS, "2020-03-29T03:00", &shown), 0);
    assert_int_equal(tz_parse("", "2020-03-29T01:00Z", &wanted), 0);
    assert_int_equal(shown, wanted);
}

static void test_tz_local_random_against_libc(void **state)
{
    static const char *const zones[] = {PARIS,
                                        NEW_YORK,
                                        AUCKLAND,
                                        LORD_HOWE,
                                        "<-0330>3:30<-0230>,M3.2.0,M11.1.0",
                                        "IST-5:30",
                                        "XYZ3ABC,J60/0,J300/3",
                                        "IST-2IDT,M3.4.4/26,M10.5.0"};
    uint64_t random = seed_start();

    (void)state;
    for (size_t zone = 0; zone < sizeof zones / sizeof zones[0]; zone++) {
        assert_int_equal(setenv("TZ", zones[zone], 1), 0);
        tzset();
        for (int i = 0; i < 5000; i++) {
            struct civil civil;
            struct tm tm;
            int64_t utc_s = (int64_t)seed_below(&random, UINT64_C(7258118400)); /* 1970 to 2199 */
            time_t when = (time_t)utc_s;
            assert_non_null(localtime_r(&when, &tm));
            assert_int_equal(tz_local(zones[zone], utc_s * 1000 + 7, &civil), 0);
            if (civil.year != tm.tm_year + 1900 || civil.month != tm.tm_mon + 1 || civil.day != tm.tm_mday || civil.hour != tm.tm_hour ||
                civil.minute != tm.tm_min || civil.second != tm.tm_sec || civil.millisecond != 7)
                fail_msg("%s %lld", zones[zone], (long long)utc_s);
            int64_t back;
            assert_int_equal(tz_utc(zones[zone], &civil, &back), 0);
            /* an hour shown twice may come back as its first */
            if (back != utc_s * 1000 + 7 && back != utc_s * 1000 + 7 - 3600000 && back != utc_s * 1000 + 7 - 1800000)
                fail_msg("%s %lld back %lld", zones[zone], (long long)utc_s, (long long)back);
        }
    }
}

static void test_tz_parse_forms(void **state)
{
    static const struct {
        const char *text, *same;
    } good[] = {
        {"2020-02-20", "2020-02-19T23:00:00.000Z"},
        {"2020-02-20T08:00", "2020-02-20T07:00Z"},
        {"2020-02-20 08:00", "2020-02-20T07:00Z"},
        {"2020-02-20T08:00:01", "2020-02-20T07:00:01Z"},
        {"2020-02-20T08:00:01.250", "2020-02-20T07:00:01.250Z"},
        {"2020-02-20T08:00z", "2020-02-20T08:00Z"},
        {"2020-02-20T08:00+01:00", "2020-02-20T07:00Z"},
        {"2020-02-20T08:00-0530", "2020-02-20T13:30Z"},
        {"2020-02-20T08:00+02", "2020-02-20T06:00Z"},
        {"2020-07-20T08:00", "2020-07-20T06:00Z"},
    };
    static const char *const bad[] = {"",
                                      "2020",
                                      "2020-02",
                                      "2020-2-20",
                                      "2020-02-30",
                                      "20200220",
                                      "2020-02-20T",
                                      "2020-02-20T8:00",
                                      "2020-02-20T24:00",
                                      "2020-02-20T08:60",
                                      "2020-02-20T08:00:60",
                                      "2020-02-20T08:00:00.1",
                                      "2020-02-20T08:00+",
                                      "2020-02-20T08:00+15:00",
                                      "2020-02-20T08:00Zx",
                                      "2020-02-20T08:00 +01:00",
                                      "yesterday",
                                      "2020-02-20T08:00+01:0",
                                      "0000-01-01"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t a, b;
        assert_int_equal(tz_parse(PARIS, good[i].text, &a), 0);
        assert_int_equal(tz_parse(PARIS, good[i].same, &b), 0);
        if (a != b)
            fail_msg("%s", good[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t ms;
        if (tz_parse(PARIS, bad[i], &ms) != NAVETTE_E_INVALID)
            fail_msg("accepted: %s", bad[i]);
    }
}

static void test_tz_format_and_back(void **state)
{
    char text[TZ_TEXT_SIZE];
    int64_t ms;

    (void)state;
    assert_int_equal(tz_parse("", "2020-02-20T07:00:00.005Z", &ms), 0);
    tz_format(PARIS, ms, text);
    assert_string_equal(text, "2020-02-20T08:00:00.005+01:00");
    tz_format("<-0330>3:30", ms, text);
    assert_string_equal(text, "2020-02-20T03:30:00.005-03:30");
    tz_format("", ms, text);
    assert_string_equal(text, "2020-02-20T07:00:00.005Z");
    tz_format("nonsense", ms, text);
    assert_string_equal(text, "2020-02-20T07:00:00.005Z");
    tz_format("", -1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    tz_format("", INT64_MAX, text);
    assert_string_equal(text, "");
    tz_format(PARIS, INT64_MIN, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tz_days_and_back),
        cmocka_unit_test(test_tz_check_format),
        cmocka_unit_test(test_tz_offset_known),
        cmocka_unit_test(test_tz_utc_twice_and_never),
        cmocka_unit_test(test_tz_local_random_against_libc),
        cmocka_unit_test(test_tz_parse_forms),
        cmocka_unit_test(test_tz_format_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
