/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_TZ_H
#define NAVETTE_TZ_H

#include <stddef.h>
#include <stdint.h>

#include "navette/error.h"

/*
 * Local time of a place from its POSIX TZ string ("CET-1CEST,M3.5.0,M10.5.0/3", POSIX.1-2017 XBD 8.3), evaluated here and not by localtime_r(), which
 * reads TZ and files. Names may be quoted (<+03>-3); rule dates Mm.w.d, Jn and n; rule hours -167 to 167 (RFC 8536 extension). "" and NULL
 * mean UTC. Gregorian calendar, Unix milliseconds, years 1 to 9999.
 */
struct civil {
    int year, month, day; /* 1.. */
    int hour, minute, second, millisecond;
};

int32_t tz_days(int year, int month, int day); /* since 1970-01-01 */
void tz_civil_of_days(int32_t days, struct civil *civil);
int tz_date_is_valid(int year, int month, int day); /* 1 or 0 */

/* NAVETTE_E_INVALID: the string breaks the format. */
int tz_check(const char *tz);
/* Seconds to add to UTC to get the local time at that moment. NAVETTE_E_INVALID also outside the years. */
int tz_offset_s(const char *tz, int64_t utc_ms, int32_t *offset_s);
int tz_local(const char *tz, int64_t utc_ms, struct civil *civil);
/*
 * The moment that local clocks show as `civil`. Shown twice (clocks went back): the first. Never shown (clocks went forward): as if
 * they had not yet moved. NAVETTE_E_INVALID: no such date or time of day.
 */
int tz_utc(const char *tz, const struct civil *civil, int64_t *utc_ms);

/*
 * ISO 8601 as people type it: "YYYY-MM-DD" (its local midnight), "YYYY-MM-DDTHH:MM[:SS[.mmm]]", a space for the T, then nothing (local
 * time of `tz`), "Z", or "+hh:mm", "-hh:mm", "+hhmm", "+hh". NAVETTE_E_INVALID.
 */
int tz_parse(const char *tz, const char *text, int64_t *utc_ms);
/* "2020-02-20T08:00:00.000+01:00", or Z when the offset is none; "" before year 1 or after 9999. */
#define TZ_TEXT_SIZE 40u
void tz_format(const char *tz, int64_t utc_ms, char out[TZ_TEXT_SIZE]);

#endif
