/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/letter.h"

#include <string.h>

#include "fold/letter_table.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NO_CHARACTER UINT32_C(0xffffffff)

/* The code point at the start of a text, and the bytes it takes; NO_CHARACTER takes one. */
static uint32_t decode(struct span text, size_t *len)
{
    static const uint8_t masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint8_t first = text.data[0];
    size_t need = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    uint32_t code;

    *len = 1;
    if (need == 0 || text.len < need)
        return NO_CHARACTER;
    code = first & masks[need];
    for (size_t i = 1; i < need; i++) {
        if ((text.data[i] & 0xc0) != 0x80)
            return NO_CHARACTER;
        code = code << 6 | (text.data[i] & 0x3fu);
    }
    *len = need;
    return code;
}

static size_t encode(uint32_t code, uint8_t out[LETTER_BYTES])
{
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (uint8_t)(0xc0 | code >> 6);
        out[1] = (uint8_t)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (uint8_t)(0xe0 | code >> 12);
        out[1] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | code >> 18);
    out[1] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (code & 0x3f));
    return 4;
}

static int is_in(const uint32_t ranges[][2], size_t count, uint32_t code)
{
    for (size_t i = 0; i < count && ranges[i][0] <= code; i++) {
        if (code <= ranges[i][1])
            return 1;
    }
    return 0;
}

static enum letter latin(char plain, uint8_t out[LETTER_BYTES], size_t *len)
{
    if (plain == '.')
        return LETTER_BREAK;
    if (plain >= 'A' && plain <= 'Z') {
        *len = strlen(letter_several[plain - 'A']);
        memcpy(out, letter_several[plain - 'A'], *len);
        return LETTER_PART;
    }
    out[0] = (uint8_t)plain;
    *len = 1;
    return LETTER_PART;
}

static enum letter ascii(uint32_t code, uint8_t out[LETTER_BYTES], size_t *len)
{
    if (code >= 'A' && code <= 'Z')
        code += 'a' - 'A';
    if ((code < 'a' || code > 'z') && (code < '0' || code > '9'))
        return LETTER_BREAK;
    out[0] = (uint8_t)code;
    *len = 1;
    return LETTER_PART;
}

/* Full-width forms, raised and lowered digits, digits of other scripts, ordinals, ligatures of print: what stands for ASCII. 0: nothing of the kind. */
static uint32_t ascii_of(uint32_t code)
{
    static const uint32_t digits[] = {0x0660, 0x06f0, 0x0966, 0x2080};

    if (code >= 0xff01 && code <= 0xff5e)
        return code - 0xff01 + '!';
    for (size_t i = 0; i < COUNT(digits); i++) {
        if (code >= digits[i] && code <= digits[i] + 9)
            return code - digits[i] + '0';
    }
    switch (code) {
    case 0x00aa:
        return 'a';
    case 0x00ba:
        return 'o';
    case 0x00b9:
        return '1';
    case 0x00b2:
    case 0x00b3:
        return code - 0x00b0 + '0';
    case 0x2070:
        return '0';
    case 0x2071:
        return 'i';
    case 0x207f:
        return 'n';
    default:
        return code >= 0x2074 && code <= 0x2079 ? code - 0x2070 + '0' : 0;
    }
}

/* Small letters of Greek and Cyrillic, and what pairs say. */
static uint32_t small(uint32_t code)
{
    for (size_t i = 0; i < COUNT(letter_pairs) && letter_pairs[i][0] <= code; i++) {
        if (letter_pairs[i][0] == code)
            return letter_pairs[i][1];
    }
    if ((code >= 0x0391 && code <= 0x03a9 && code != 0x03a2) || (code >= 0x0410 && code <= 0x042f))
        return code + 0x20;
    if (code >= 0x0400 && code <= 0x040f)
        return code + 0x50;
    return code;
}

enum letter letter_take(struct span *text, uint8_t out[LETTER_BYTES], size_t *len)
{
    static const char *const printed[] = {"ff", "fi", "fl", "ffi", "ffl", "st", "st"}; /* U+FB00 */
    size_t taken;
    uint32_t code = decode(*text, &taken);

    *len = 0;
    text->data += taken;
    text->len -= taken;
    if (code == NO_CHARACTER)
        return LETTER_BREAK;
    if (code >= 0x80 && ascii_of(code) != 0)
        code = ascii_of(code);
    if (code < 0x80)
        return ascii(code, out, len);
    if (code >= LETTER_FIRST && code <= LETTER_LAST)
        return latin(letter_latin[code - LETTER_FIRST], out, len);
    if (code >= LETTER_MORE_FIRST && code <= LETTER_MORE_LAST)
        return latin(letter_latin_more[code - LETTER_MORE_FIRST], out, len);
    if (code >= 0xfb00 && code <= 0xfb06) {
        *len = strlen(printed[code - 0xfb00]);
        memcpy(out, printed[code - 0xfb00], *len);
        return LETTER_PART;
    }
    if (is_in(letter_dropped, COUNT(letter_dropped), code))
        return LETTER_DROPPED;
    if (is_in(letter_breaks, COUNT(letter_breaks), code))
        return LETTER_BREAK;
    *len = encode(small(code), out);
    return is_in(letter_ideographs, COUNT(letter_ideographs), code) ? LETTER_WHOLE : LETTER_PART;
}
