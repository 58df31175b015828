/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_TEXT_H
#define LOG_TEXT_H

#include "navette/span.h"

/* What a string of an event may hold. Each returns 1 or 0. */

/* Valid UTF-8 (RFC 3629: no overlong form, no surrogate) without control characters (U+0000 to U+001F, U+007F to U+009F). */
int text_is_clean(struct span text);
/* 1 to LIMIT_PLACE_CODE bytes of A-Z, 0-9, '_' and '-'. */
int text_is_place_code(struct span text);
/* A day that the calendar has, as YYYY-MM-DD, from 0001-01-01 (Gregorian, proleptic). */
int text_is_date(struct span text);

#endif
