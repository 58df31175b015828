/* SPDX-License-Identifier: Apache-2.0 */
#include "io/import_clean.h"

#include "io/import_encoding.h"

#define PASSES 3u /* encoded twice, and twice more */

/*
 * Two or three characters that stand for one, encoded twice: their windows-1252 bytes are UTF-8. Only leads that no text has before such a second: Â and Ã, Å for the
 * French ligatures, â with € or a C1 mark for dashes and quotes. *used: how many bytes of the text they take; 0: nothing to mend.
 */
static uint32_t mended(const uint8_t *text, size_t len, size_t *used)
{
    uint8_t bytes[3];
    size_t at = 0, wanted = 2;
    uint32_t point;

    *used = 0;
    for (size_t i = 0; i < wanted; i++) {
        size_t size = import_encoding_read(text + at, len - at, &point);
        unsigned byte = size > 0 ? import_encoding_windows_byte(point) : 0;
        if (byte < 0x80)
            return 0;
        bytes[i] = (uint8_t)byte;
        if (i == 0 && byte == 0xe2)
            wanted = 3;
        at += size;
    }
    if (bytes[0] == 0xc5   ? bytes[1] != 0x92 && bytes[1] != 0x93
        : bytes[0] == 0xe2 ? bytes[1] != 0x80 && bytes[1] != 0x82
                           : bytes[0] != 0xc2 && bytes[0] != 0xc3)
        return 0;
    if (import_encoding_read(bytes, wanted, &point) != wanted)
        return 0;
    *used = at;
    return point;
}

static uint64_t mend(struct buffer *text, size_t from)
{
    struct buffer out = {.data = text->data, .len = from, .capacity = text->capacity};
    uint64_t count = 0;

    for (size_t at = from, used; at < text->len; at += used) {
        uint32_t point = text->data[at] < 0xc3 ? 0 : mended(text->data + at, text->len - at, &used);
        if (point == 0) {
            text->data[out.len++] = text->data[at];
            used = 1;
            continue;
        }
        (void)import_encoding_append(&out, point); /* shorter than what it replaces */
        count++;
    }
    text->len = out.len;
    return count;
}

static int is_mark(uint32_t point)
{
    return point == 0x200e || point == 0x200f || (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) ||
           point == 0xfeff || (point >= 0x80 && point < 0xa0);
}

static void drop(struct buffer *text, size_t from, struct import_cleaned *cleaned)
{
    size_t written = from;
    uint32_t point = 0;

    for (size_t at = from, size; at < text->len; at += size) {
        size = import_encoding_read(text->data + at, text->len - at, &point);
        if (size == 0)
            size = 1;
        if (is_mark(point)) {
            cleaned->marks++;
            continue;
        }
        if (size == 1 && (point < 0x20 || point == 0x7f)) {
            cleaned->controls++;
            text->data[at] = ' ';
        }
        if (text->data[at] == ' ' && (written == from || text->data[written - 1] == ' '))
            continue;
        for (size_t i = 0; i < size; i++)
            text->data[written++] = text->data[at + i];
    }
    while (written > from && text->data[written - 1] == ' ')
        written--;
    text->len = written;
}

static int is_plain(const struct buffer *text, size_t from)
{
    for (size_t i = from; i < text->len; i++)
        if (text->data[i] >= 0x80)
            return 0;
    return 1;
}

void import_clean(struct buffer *text, size_t from, struct import_cleaned *cleaned)
{
    if (!is_plain(text, from))
        for (unsigned pass = 0; pass < PASSES; pass++) {
            uint64_t count = mend(text, from);
            cleaned->twice += count;
            if (count == 0)
                break;
        }
    drop(text, from, cleaned);
}

size_t import_clean_cut(const char *text, size_t len, size_t most)
{
    if (len <= most)
        return len;
    while (most > 0 && ((unsigned char)text[most] & 0xc0u) == 0x80u)
        most--;
    return most;
}
