/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/tz.h"

#include <stdio.h>
#include <string.h>

#define DAY_MS 86400000

enum rule_kind { RULE_MONTH, RULE_JULIAN, RULE_DAY };

struct rule {
    enum rule_kind kind;
    int month, week, weekday; /* RULE_MONTH */
    int day;                  /* RULE_JULIAN 1..365 without 29 February, RULE_DAY 0..365 with it */
    int32_t time_s;           /* local, after midnight; may be negative */
};

struct zone {
    int32_t standard_s, summer_s; /* to add to UTC */
    int has_summer;
    struct rule start, end;
};

static int is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

int tz_date_is_valid(int year, int month, int day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= month_days(year, month);
}

/* Counting years from March puts the leap day last, so that a 400-year era is regular. */
int32_t tz_days(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int era = (y >= 0 ? y : y - 399) / 400;
    int of_era = y - era * 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return (int32_t)(era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468);
}

void tz_civil_of_days(int32_t days, struct civil *civil)
{
    int64_t z = (int64_t)days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * of_year + 2) / 153;

    memset(civil, 0, sizeof *civil);
    civil->day = (int)(of_year - (153 * month + 2) / 5 + 1);
    civil->month = (int)(month < 10 ? month + 3 : month - 9);
    civil->year = (int)(year_of_era + era * 400 + (civil->month <= 2 ? 1 : 0));
}

/* ---- the string */

static int read_number(const char **text, int max, int *value)
{
    const char *p = *text;
    int n = 0;

    if (*p < '0' || *p > '9')
        return 0;
    while (*p >= '0' && *p <= '9') {
        n = n * 10 + (*p++ - '0');
        if (n > max)
            return 0;
    }
    *text = p;
    *value = n;
    return 1;
}

static int read_name(const char **text)
{
    const char *p = *text;
    size_t len = 0;

    if (*p == '<') {
        for (p++; *p != '>'; p++, len++)
            if (!((*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') || *p == '+' || *p == '-'))
                return 0;
        p++;
    } else {
        for (; (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z'); p++)
            len++;
    }
    if (len < 3 || len > 16)
        return 0;
    *text = p;
    return 1;
}

/* [+-]hh[:mm[:ss]] */
static int read_time(const char **text, int max_hours, int32_t *seconds)
{
    const char *p = *text;
    int sign = 1, hours = 0, minutes = 0, secs = 0;

    if (*p == '+' || *p == '-')
        sign = *p++ == '-' ? -1 : 1;
    if (!read_number(&p, max_hours, &hours))
        return 0;
    if (*p == ':') {
        p++;
        if (!read_number(&p, 59, &minutes))
            return 0;
        if (*p == ':') {
            p++;
            if (!read_number(&p, 59, &secs))
                return 0;
        }
    }
    *text = p;
    *seconds = sign * (hours * 3600 + minutes * 60 + secs);
    return 1;
}

static int read_rule(const char **text, struct rule *rule)
{
    const char *p = *text;

    memset(rule, 0, sizeof *rule);
    rule->time_s = 7200;
    if (*p == 'M') {
        p++;
        rule->kind = RULE_MONTH;
        if (!read_number(&p, 12, &rule->month) || rule->month < 1 || *p++ != '.' || !read_number(&p, 5, &rule->week) || rule->week < 1 ||
            *p++ != '.' || !read_number(&p, 6, &rule->weekday))
            return 0;
    } else if (*p == 'J') {
        p++;
        rule->kind = RULE_JULIAN;
        if (!read_number(&p, 365, &rule->day) || rule->day < 1)
            return 0;
    } else {
        rule->kind = RULE_DAY;
        if (!read_number(&p, 365, &rule->day))
            return 0;
    }
    if (*p == '/') {
        p++;
        if (!read_time(&p, 167, &rule->time_s))
            return 0;
    }
    *text = p;
    return 1;
}

static int read_zone(const char *tz, struct zone *zone)
{
    const char *p = tz;
    int32_t west = 0;

    memset(zone, 0, sizeof *zone);
    if (tz == NULL || *tz == '\0')
        return 0;
    if (!read_name(&p) || !read_time(&p, 24, &west))
        return NAVETTE_E_INVALID;
    zone->standard_s = -west;
    if (*p == '\0')
        return 0;
    if (!read_name(&p))
        return NAVETTE_E_INVALID;
    zone->has_summer = 1;
    zone->summer_s = zone->standard_s + 3600;
    if (*p != ',') {
        if (!read_time(&p, 24, &west))
            return NAVETTE_E_INVALID;
        zone->summer_s = -west;
    }
    /* a summer time without its rules is left to each system by POSIX: here it is an error, never a guess */
    if (*p++ != ',' || !read_rule(&p, &zone->start) || *p++ != ',' || !read_rule(&p, &zone->end) || *p != '\0')
        return NAVETTE_E_INVALID;
    return 0;
}

int tz_check(const char *tz)
{
    struct zone zone;
    return read_zone(tz, &zone);
}

/* ---- its meaning */

static int32_t rule_day(const struct rule *rule, int year)
{
    int32_t first = tz_days(year, 1, 1);

    if (rule->kind == RULE_DAY)
        return first + rule->day;
    if (rule->kind == RULE_JULIAN)
        return first + rule->day - 1 + (is_leap(year) && rule->day >= 60 ? 1 : 0);
    first = tz_days(year, rule->month, 1);
    int weekday = (int)(((first % 7) + 7 + 4) % 7); /* 1970-01-01 was a Thursday */
    int day = (rule->weekday - weekday + 7) % 7 + (rule->week - 1) * 7;
    while (day >= month_days(year, rule->month))
        day -= 7;
    return first + day;
}

/* The moment a rule fires, in UTC seconds: its hour is told by the clock that stood until then. */
static int64_t rule_moment_s(const struct rule *rule, int year, int32_t offset_before_s)
{
    return (int64_t)rule_day(rule, year) * 86400 + rule->time_s - offset_before_s;
}

static int is_in_range(int64_t utc_ms)
{
    return utc_ms >= (int64_t)tz_days(1, 1, 1) * DAY_MS && utc_ms < (int64_t)tz_days(9999, 12, 31) * DAY_MS;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

static int32_t zone_offset_s(const struct zone *zone, int64_t utc_ms)
{
    struct civil civil;
    int64_t now_s = floor_div(utc_ms, 1000);

    if (!zone->has_summer)
        return zone->standard_s;
    tz_civil_of_days((int32_t)floor_div(now_s + zone->standard_s, 86400), &civil);
    int64_t start = rule_moment_s(&zone->start, civil.year, zone->standard_s);
    int64_t end = rule_moment_s(&zone->end, civil.year, zone->summer_s);
    int summer = start < end ? now_s >= start && now_s < end : now_s >= start || now_s < end;
    return summer ? zone->summer_s : zone->standard_s;
}

int tz_offset_s(const char *tz, int64_t utc_ms, int32_t *offset_s)
{
    struct zone zone;
    int rc = read_zone(tz, &zone);

    if (rc != 0)
        return rc;
    if (!is_in_range(utc_ms))
        return NAVETTE_E_INVALID;
    *offset_s = zone_offset_s(&zone, utc_ms);
    return 0;
}

int tz_local(const char *tz, int64_t utc_ms, struct civil *civil)
{
    struct zone zone;
    int rc = read_zone(tz, &zone);

    if (rc != 0)
        return rc;
    if (!is_in_range(utc_ms))
        return NAVETTE_E_INVALID;
    int64_t local = utc_ms + (int64_t)zone_offset_s(&zone, utc_ms) * 1000;
    int64_t days = floor_div(local, DAY_MS);
    int64_t left = local - days * DAY_MS;
    if (days < tz_days(1, 1, 1))
        return NAVETTE_E_INVALID;
    tz_civil_of_days((int32_t)days, civil);
    civil->hour = (int)(left / 3600000);
    civil->minute = (int)(left / 60000 % 60);
    civil->second = (int)(left / 1000 % 60);
    civil->millisecond = (int)(left % 1000);
    return 0;
}

int tz_utc(const char *tz, const struct civil *civil, int64_t *utc_ms)
{
    struct zone zone;
    int rc = read_zone(tz, &zone);

    if (rc != 0)
        return rc;
    if (!tz_date_is_valid(civil->year, civil->month, civil->day) || civil->hour < 0 || civil->hour > 23 || civil->minute < 0 ||
        civil->minute > 59 || civil->second < 0 || civil->second > 59 || civil->millisecond < 0 || civil->millisecond > 999)
        return NAVETTE_E_INVALID;
    int64_t local = (int64_t)tz_days(civil->year, civil->month, civil->day) * DAY_MS + civil->hour * 3600000L + civil->minute * 60000L +
                    civil->second * 1000L + civil->millisecond;
    if (!zone.has_summer) {
        *utc_ms = local - (int64_t)zone.standard_s * 1000;
        return 0;
    }
    /* of the two readings the one that the clock then confirms; the earlier when both are, the one before the jump when none is */
    int32_t high = zone.summer_s > zone.standard_s ? zone.summer_s : zone.standard_s;
    int32_t low = zone.summer_s > zone.standard_s ? zone.standard_s : zone.summer_s;
    int64_t early = local - (int64_t)high * 1000, late = local - (int64_t)low * 1000;
    *utc_ms = zone_offset_s(&zone, early) == high ? early : late;
    return 0;
}

/* ---- text */

static int read_digits(const char **text, int count, int *value)
{
    *value = 0;
    for (int i = 0; i < count; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return 0;
        *value = *value * 10 + (**text - '0');
    }
    return 1;
}

static int read_clock(const char **text, struct civil *civil)
{
    const char *p = *text;

    if (!read_digits(&p, 2, &civil->hour) || *p++ != ':' || !read_digits(&p, 2, &civil->minute))
        return 0;
    if (*p == ':') {
        p++;
        if (!read_digits(&p, 2, &civil->second))
            return 0;
        if (*p == '.') {
            p++;
            if (!read_digits(&p, 3, &civil->millisecond))
                return 0;
        }
    }
    *text = p;
    return 1;
}

static int read_offset(const char *p, int32_t *offset_s)
{
    int sign = *p == '-' ? -1 : 1, hours = 0, minutes = 0;

    p++;
    if (!read_digits(&p, 2, &hours))
        return 0;
    if (*p == ':')
        p++;
    if (*p != '\0' && !read_digits(&p, 2, &minutes))
        return 0;
    if (*p != '\0' || hours > 14 || minutes > 59)
        return 0;
    *offset_s = sign * (hours * 3600 + minutes * 60);
    return 1;
}

int tz_parse(const char *tz, const char *text, int64_t *utc_ms)
{
    struct civil civil = {0};
    const char *p = text;
    int32_t offset_s = 0;
    int rc;

    if (!read_digits(&p, 4, &civil.year) || *p++ != '-' || !read_digits(&p, 2, &civil.month) || *p++ != '-' ||
        !read_digits(&p, 2, &civil.day))
        return NAVETTE_E_INVALID;
    if (*p == '\0')
        return tz_utc(tz, &civil, utc_ms);
    if (*p != 'T' && *p != 't' && *p != ' ')
        return NAVETTE_E_INVALID;
    p++;
    if (!read_clock(&p, &civil))
        return NAVETTE_E_INVALID;
    if (*p == '\0')
        return tz_utc(tz, &civil, utc_ms);
    rc = tz_utc("", &civil, utc_ms);
    if (rc != 0)
        return rc;
    if ((*p == 'Z' || *p == 'z') && p[1] == '\0')
        return 0;
    if ((*p != '+' && *p != '-') || !read_offset(p, &offset_s))
        return NAVETTE_E_INVALID;
    *utc_ms -= (int64_t)offset_s * 1000;
    return 0;
}

void tz_format(const char *tz, int64_t utc_ms, char out[TZ_TEXT_SIZE])
{
    struct civil civil;
    int32_t offset_s = 0;
    int len;

    out[0] = '\0';
    if (tz_offset_s(tz, utc_ms, &offset_s) != 0)
        tz = "";
    if (tz_local(tz, utc_ms, &civil) != 0)
        return;
    len = snprintf(out, TZ_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03d", civil.year % 10000, civil.month % 100, civil.day % 100,
                   civil.hour % 100, civil.minute % 100, civil.second % 100, civil.millisecond % 1000);
    int32_t minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
    if (minutes == 0)
        (void)snprintf(out + len, TZ_TEXT_SIZE - (size_t)len, "Z");
    else
        (void)snprintf(out + len, TZ_TEXT_SIZE - (size_t)len, "%c%02d:%02d", offset_s < 0 ? '-' : '+', (int)(minutes / 60 % 100),
                       (int)(minutes % 60));
}
