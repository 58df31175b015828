/* SPDX-License-Identifier: Apache-2.0 */
#include "log/text.h"

#include <string.h>

#include "navette/limits.h"

#define EACH_BYTE UINT64_C(0x0101010101010101)

/* Length of the well-formed sequence at p that is no control character, 0 when there is none. */
static size_t sequence(const uint8_t *p, size_t left)
{
    uint8_t low = 0x80;
    uint8_t high = 0xbf;
    size_t len;

    if (p[0] < 0x80)
        return p[0] >= 0x20 && p[0] != 0x7f;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (left < len)
        return 0;
    /* The second byte's range rules out overlong forms, surrogates, what is past U+10FFFF, and U+0080 to U+009F. */
    switch (p[0]) {
    case 0xc2:
    case 0xe0:
        low = 0xa0;
        break;
    case 0xed:
        high = 0x9f;
        break;
    case 0xf0:
        low = 0x90;
        break;
    case 0xf4:
        high = 0x8f;
        break;
    default:
        break;
    }
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++) {
        if (p[i] < 0x80 || p[i] > 0xbf)
            return 0;
    }
    return len;
}

/* Are these eight bytes of ASCII, and no control character? What is less than 0x20 borrows into its highest bit, 0x7f alone carries into it. */
static int are_plain(const uint8_t *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof(word));
    return ((word | (word - EACH_BYTE * 0x20) | (word + EACH_BYTE)) & EACH_BYTE * 0x80) == 0;
}

int text_is_clean(struct span text)
{
    size_t at = 0;

    while (text.len - at >= 8 && are_plain(text.data + at))
        at += 8;
    while (at < text.len) {
        size_t len = sequence(text.data + at, text.len - at);

        if (len == 0)
            return 0;
        at += len;
    }
    return 1;
}

int text_is_place_code(struct span text)
{
    if (text.len == 0 || text.len > LIMIT_PLACE_CODE)
        return 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];

        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
            return 0;
    }
    return 1;
}

static int number(const uint8_t *p, size_t len)
{
    int value = 0;

    for (size_t i = 0; i < len; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        value = value * 10 + (p[i] - '0');
    }
    return value;
}

int text_is_date(struct span text)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year;
    int month;
    int day;
    int leap;

    if (text.len != 10 || text.data[4] != '-' || text.data[7] != '-')
        return 0;
    year = number(text.data, 4);
    month = number(text.data + 5, 2);
    day = number(text.data + 8, 2);
    if (year < 1 || month < 1 || month > 12 || day < 1)
        return 0;
    leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= days[month - 1] + (month == 2 && leap);
}
