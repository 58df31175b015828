/* SPDX-License-Identifier: Apache-2.0 */
#include "io/import_encoding.h"

#include <string.h>

#include "io/import_compose.h"
#include "navette/error.h"

#define REPLACEMENT 0xfffdu
#define ESCAPE 0x1bu
#define UNUSABLE 1000000u

/* Bytes 0x80 to 0x9F (Unicode: VENDORS/MICSFT/WINDOWS/CP1252.TXT); those it leaves open stand for themselves. */
static const uint16_t windows[32] = {0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
                                     0x2039, 0x152,  0x8d,   0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
                                     0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};

uint32_t import_encoding_windows(uint8_t byte)
{
    return byte >= 0x80 && byte < 0xa0 ? windows[byte - 0x80] : byte;
}

unsigned import_encoding_windows_byte(uint32_t point)
{
    for (unsigned i = 0; i < 32; i++)
        if (windows[i] == point)
            return 0x80 + i;
    return point < 0x100 ? point : 0;
}

size_t import_encoding_read(const uint8_t *bytes, size_t len, uint32_t *point)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = len == 0          ? 0
                  : bytes[0] < 0x80 ? 1
                  : bytes[0] < 0xc2 ? 0
                  : bytes[0] < 0xe0 ? 2
                  : bytes[0] < 0xf0 ? 3
                  : bytes[0] < 0xf5 ? 4
                                    : 0;

    if (size == 0 || size > len)
        return 0;
    *point = size == 1 ? bytes[0] : bytes[0] & (0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xc0u) != 0x80u)
            return 0;
        *point = *point << 6 | (bytes[i] & 0x3fu);
    }
    return *point < least[size] || *point > 0x10ffff || (*point >= 0xd800 && *point < 0xe000) ? 0 : size;
}

int import_encoding_append(struct buffer *out, uint32_t point)
{
    uint8_t bytes[4];
    size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

    if (size == 1)
        return buffer_append_u8(out, (uint8_t)point);
    for (size_t i = size - 1; i > 0; i--, point >>= 6)
        bytes[i] = (uint8_t)(0x80u | (point & 0x3fu));
    bytes[0] = (uint8_t)((0xf00u >> size & 0xffu) | point);
    return buffer_append(out, bytes, size);
}

/* Valid UTF-8? 0: no; 1: ASCII; 2: with other characters. *broken, *whole: how many bytes are not, how many characters of more than a byte are. */
static int utf8_kind(struct span text, size_t *broken, size_t *whole)
{
    uint32_t point;

    *broken = *whole = 0;
    for (size_t at = 0; at < text.len;) {
        size_t size = text.data[at] < 0x80 ? 1 : import_encoding_read(text.data + at, text.len - at, &point);
        *broken += size == 0;
        *whole += size > 1;
        at += size == 0 ? 1 : size;
    }
    return *broken > 0 ? 0 : *whole > 0 ? 2 : 1;
}

/* Letters of UTF-8 with their accents in one, from `from` to the end of the buffer; accents that no letter takes are counted. */
static void compose(struct buffer *text, size_t from, unsigned *single)
{
    size_t written = from, base_at = from;
    uint32_t base = 0, point;

    for (size_t at = from, size; at < text->len; at += size) {
        size = import_encoding_read(text->data + at, text->len - at, &point);
        if (size == 0)
            size = 1;
        uint32_t joined = base != 0 && import_compose_is_mark(point) ? import_compose_pair(base, point) : 0;
        if (joined != 0) {
            struct buffer letter = {.data = text->data, .len = base_at, .capacity = text->capacity};
            (void)import_encoding_append(&letter, joined); /* never longer than the two it replaces */
            written = letter.len;
            base = joined;
            continue;
        }
        if (import_compose_is_mark(point))
            ++*single;
        else
            base = point;
        base_at = import_compose_is_mark(point) ? base_at : written;
        memmove(text->data + written, text->data + at, size);
        written += size;
    }
    text->len = written;
}

/* Decodes what libyaz takes, byte by byte around what it does not. */
static int decode_yaz(yaz_iconv_t cd, const uint8_t *defined, struct span text, struct buffer *out, uint64_t *lost)
{
    int escapes = memchr(text.data, ESCAPE, text.len) != NULL;
    char *in = (char *)(uintptr_t)text.data;
    size_t left = text.len;

    (void)yaz_iconv(cd, NULL, NULL, NULL, NULL);
    while (left > 0) {
        size_t run = 0;
        while (run < left && (escapes || defined[(uint8_t)in[run]]))
            run++;
        if (buffer_reserve(out, run * 8 + 16) != 0)
            return NAVETTE_E_MEMORY;
        char *to = (char *)out->data + out->len;
        size_t room = out->capacity - out->len, rest = run;
        int failed = yaz_iconv(cd, &in, &rest, &to, &room) == (size_t)-1;
        (void)yaz_iconv(cd, NULL, NULL, &to, &room);
        out->len = (size_t)(to - (char *)out->data);
        left -= run - rest;
        /* a byte that means nothing, or an accent with nothing after it */
        if (left > 0 && (failed || rest > 0 || run < left || !escapes)) {
            in++;
            left--;
            ++*lost;
            if (import_encoding_append(out, REPLACEMENT) != 0)
                return NAVETTE_E_MEMORY;
        }
    }
    return 0;
}

static int decode_windows(struct span text, struct buffer *out)
{
    int rc = 0;

    for (size_t i = 0; i < text.len && rc == 0; i++)
        rc = import_encoding_append(out, import_encoding_windows(text.data[i]));
    return rc;
}

/* UTF-8 with a broken place, a character cut in two by a field's end: what is whole stays. */
static int decode_broken(struct span text, struct buffer *out, uint64_t *lost)
{
    int rc = 0;

    for (size_t at = 0; at < text.len && rc == 0;) {
        uint32_t point = REPLACEMENT;
        size_t size = import_encoding_read(text.data + at, text.len - at, &point);
        *lost += size == 0;
        rc = import_encoding_append(out, size == 0 ? REPLACEMENT : point);
        at += size == 0 ? 1 : size;
    }
    return rc;
}

static int decode(struct import_decoder *decoder, enum import_encoding encoding, struct span text, struct buffer *out, uint64_t *lost,
                  unsigned *single)
{
    size_t from = out->len, broken, whole;
    int kind = utf8_kind(text, &broken, &whole), rc;

    if (kind != 0 && memchr(text.data != NULL ? (const void *)text.data : "", ESCAPE, text.len) == NULL)
        rc = buffer_append(out, text.data, text.len);
    else if (kind == 0 && (whole > broken || encoding == IMPORT_UTF8 || encoding == IMPORT_ASCII))
        rc = decode_broken(text, out, lost);
    else if (encoding == IMPORT_ISO5426)
        rc = decode_yaz(decoder->iso5426, decoder->defined[0], text, out, lost);
    else if (encoding == IMPORT_MARC8)
        rc = decode_yaz(decoder->marc8, decoder->defined[1], text, out, lost);
    else
        rc = decode_windows(text, out);
    if (rc == 0 && kind != 1)
        compose(out, from, single);
    return rc;
}

int import_encoding_decode(struct import_decoder *decoder, enum import_encoding encoding, struct span text, struct buffer *out,
                           uint64_t *lost)
{
    unsigned single = 0;

    return decode(decoder, encoding, text, out, lost, &single);
}

static int is_small(uint32_t point)
{
    uint32_t base = import_compose_base(point);
    return (base >= 'a' && base <= 'z') || base == 0xe6 || base == 0x153 || base == 0xf8 || base == 0xdf || base == 0xf0 || base == 0x142;
}

static int is_capital(uint32_t point)
{
    uint32_t base = point > 0x7f ? import_compose_base(point) : 0;
    return (base >= 'A' && base <= 'Z') || base == 0xc6 || base == 0x152 || base == 0xd8 || base == 0xd0 || base == 0x110 || base == 0xde ||
           base == 0x141;
}

/* Signs that stand before a figure or after a word, never at the head of one. */
static int is_sign(uint32_t point)
{
    return point == 0x2117 || point == 0x2113 || point == 0xa9 || point == 0x266f || point == 0x20ac || point == 0xb0 || point == 0xb1 ||
           point == 0xae || point == 0xa5 || point == 0xd7 || point == 0xf7 || point == 0xac || point == 0xa6;
}

/* What reads oddly: see the header. */
static unsigned oddities(struct span text)
{
    uint32_t before = ' ', point = 0, after;
    unsigned odd = 0;

    for (size_t at = 0, size; at < text.len; at += size, before = point) {
        size = import_encoding_read(text.data + at, text.len - at, &point);
        if (size == 0)
            return UNUSABLE;
        if (at + size >= text.len || import_encoding_read(text.data + at + size, text.len - at - size, &after) == 0)
            after = ' ';
        if (point < 0x80)
            continue;
        odd += is_small(before) && is_capital(point);
        odd +=
            (is_sign(point) && is_small(after)) || ((point == 0xbf || point == 0xa1 || point == 0xdf) && is_small(before) && after == 'e');
        odd += point >= 0x80 && point < 0xa0 && point != 0x98 && point != 0x9c && point != 0x88 && point != 0x89;
        odd += point == REPLACEMENT;
        /* MARC-8's accents, read as letters before the one they stand on */
        odd += (point == 0xe2 && after < 0x80 && strchr("aeiou", (int)after) != NULL) || (point == 0xe1 && after == 'e') ||
               (point == 0xe8 && after < 0x80 && strchr("aiou", (int)after) != NULL) || (point == 0xf0 && after == 'c');
    }
    return odd;
}

static unsigned badness(struct import_decoder *decoder, enum import_encoding encoding, struct span text)
{
    uint64_t lost = 0;
    unsigned single = 0;

    buffer_clear(&decoder->scratch);
    if (decode(decoder, encoding, text, &decoder->scratch, &lost, &single) != 0) {
        decoder->failed = 1;
        return UNUSABLE;
    }
    return (unsigned)(lost > UNUSABLE ? UNUSABLE : lost) * 2 + single + oddities(buffer_span(&decoder->scratch));
}

/* Fewest oddities; then what the file's other records were; then the label. */
static enum import_encoding best_of(struct import_decoder *decoder, const unsigned *bad, unsigned candidates, enum import_encoding label)
{
    enum import_encoding best = IMPORT_CP1252;
    unsigned least = ~0u, ties = 0;

    for (enum import_encoding e = IMPORT_ISO5426; e <= IMPORT_CP1252; e++) {
        if ((candidates >> e & 1u) == 0)
            continue;
        if (bad[e] < least) {
            least = bad[e];
            best = e;
            ties = 1;
            continue;
        }
        if (bad[e] > least)
            continue;
        ties++;
        if (decoder->votes[e] > decoder->votes[best] || (decoder->votes[e] == decoder->votes[best] && e == label))
            best = e;
    }
    if (ties == 1)
        decoder->votes[best]++;
    return best;
}

enum import_encoding import_encoding_choose(struct import_decoder *decoder, const struct span *texts, size_t count, unsigned candidates,
                                            enum import_encoding label, int *mixed)
{
    unsigned bad[IMPORT_ENCODINGS] = {0};
    size_t valid = 0, other = 0, broken, whole;
    int escapes = 0;

    for (size_t i = 0; i < count; i++) {
        int kind = utf8_kind(texts[i], &broken, &whole);
        int escape = texts[i].len > 0 && memchr(texts[i].data, ESCAPE, texts[i].len) != NULL;
        valid += kind == 2;
        escapes |= escape;
        if (kind != 0 || whole > broken) {
            other += kind == 0;
            continue;
        }
        other++;
        for (enum import_encoding e = IMPORT_ISO5426; e <= IMPORT_CP1252; e++)
            if (candidates >> e & 1u && bad[e] < UNUSABLE)
                bad[e] += badness(decoder, e, texts[i]);
    }
    *mixed = valid > 0 && other > 0;
    if (other == 0 && !escapes)
        return valid > 0 ? IMPORT_UTF8 : IMPORT_ASCII;
    if (escapes && candidates >> IMPORT_MARC8 & 1u) /* only MARC-8 changes alphabets with them */
        return IMPORT_MARC8;
    return best_of(decoder, bad, candidates, label);
}

/* Which bytes does libyaz make something of? Tried once: each alone, before a letter. */
static void find_defined(yaz_iconv_t cd, uint8_t defined[256])
{
    for (unsigned byte = 0; byte < 256; byte++) {
        char two[2] = {(char)byte, 'a'}, out[32], *in = two, *to = out;
        size_t left = sizeof two, room = sizeof out;

        (void)yaz_iconv(cd, NULL, NULL, NULL, NULL);
        int failed = yaz_iconv(cd, &in, &left, &to, &room) == (size_t)-1;
        (void)yaz_iconv(cd, NULL, NULL, &to, &room);
        defined[byte] = !failed && left == 0 && to - out > 1;
    }
}

int import_encoding_open(struct import_decoder *decoder)
{
    memset(decoder, 0, sizeof *decoder);
    decoder->iso5426 = yaz_iconv_open("utf-8", "iso5426");
    decoder->marc8 = yaz_iconv_open("utf-8", "marc8");
    if (decoder->iso5426 == NULL || decoder->marc8 == NULL)
        return NAVETTE_E_SYSTEM;
    find_defined(decoder->iso5426, decoder->defined[0]);
    find_defined(decoder->marc8, decoder->defined[1]);
    return 0;
}

void import_encoding_close(struct import_decoder *decoder)
{
    if (decoder->iso5426 != NULL)
        (void)yaz_iconv_close(decoder->iso5426);
    if (decoder->marc8 != NULL)
        (void)yaz_iconv_close(decoder->marc8);
    buffer_free(&decoder->scratch);
    memset(decoder, 0, sizeof *decoder);
}
