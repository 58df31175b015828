/* SPDX-License-Identifier: Apache-2.0 */
#include "io/import_iso2709.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

#define WINDOW_BYTES 262144u /* a record cut short and the whole one after it */
#define LEADER 24u
#define ENTRY 12u
#define RECORD_END 0x1du
#define FIELD_END 0x1eu

/* Digits as a number; -1 when they are not. */
static long number_of(const uint8_t *digits, size_t count)
{
    long value = 0;

    for (size_t i = 0; i < count; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return -1;
        value = value * 10 + (digits[i] - '0');
    }
    return value;
}

/*
 * Where the fields end to which the directory of the record leads, each with a terminator, within len bytes; 0: it does not. The record's own terminator comes
 * after that.
 */
static size_t fields_end(const uint8_t *record, size_t len)
{
    size_t end;
    long base;

    if (len < LEADER + 1)
        return 0;
    base = number_of(record + 12, 5);
    if (base < (long)LEADER + 1 || base > (long)len || record[base - 1] != FIELD_END || ((size_t)base - LEADER - 1) % ENTRY != 0)
        return 0;
    end = (size_t)base;
    for (const uint8_t *entry = record + LEADER; entry + 1 < record + base; entry += ENTRY) {
        long size = number_of(entry + 3, 4), from = number_of(entry + 7, 5);
        if (size < 1 || from < 0 || base + from + size > (long)len || record[base + from + size - 1] != FIELD_END)
            return 0;
        end = end > (size_t)(base + from + size) ? end : (size_t)(base + from + size);
    }
    return end;
}

/* A whole record of exactly this length. */
static int is_record(const uint8_t *bytes, size_t len)
{
    return len >= LEADER + 2 && number_of(bytes, 5) == (long)len && bytes[len - 1] == RECORD_END && fields_end(bytes, len - 1) > 0;
}

/* Something that was meant as a leader. */
static int is_leader(const uint8_t *bytes, size_t len)
{
    return len >= LEADER && number_of(bytes, 5) >= (long)LEADER && (number_of(bytes + 12, 5) >= 0 || memcmp(bytes + 20, "45", 2) == 0);
}

/*
 * Fields counted in characters instead of bytes, and the like: where the number of terminated fields is that of the directory's entries, they follow each other in
 * its order, and the directory is made anew. The new length, or 0.
 */
static size_t rebuild(const uint8_t *bytes, size_t len, uint8_t out[IMPORT_RECORD_BYTES + 1])
{
    const uint8_t *directory_end, *data;
    size_t entries, at = 0;
    char digits[24];

    if (!is_leader(bytes, len) || len > IMPORT_RECORD_BYTES || len < LEADER + 3 || bytes[len - 1] != RECORD_END)
        return 0;
    directory_end = memchr(bytes + LEADER, FIELD_END, len - LEADER);
    if (directory_end == NULL || (size_t)(directory_end - bytes - LEADER) % ENTRY != 0 || bytes[len - 2] != FIELD_END)
        return 0;
    entries = (size_t)(directory_end - bytes - LEADER) / ENTRY;
    memcpy(out, bytes, len);
    data = directory_end + 1;
    for (size_t i = 0; i < entries; i++) {
        const uint8_t *end = memchr(data + at, FIELD_END, (size_t)(bytes + len - data) - at);
        size_t size = end != NULL ? (size_t)(end - data) - at + 1 : 0;
        if (size == 0 || size > 9999)
            return 0;
        (void)snprintf(digits, sizeof digits, "%04zu%05zu", size, at);
        memcpy(out + LEADER + i * ENTRY + 3, digits, 9);
        at += size;
    }
    if (data + at + 1 != bytes + len)
        return 0;
    (void)snprintf(digits, sizeof digits, "%05zu%05zu", len, (size_t)(data - bytes));
    memcpy(out, digits, 5);
    memcpy(out + 12, digits + 5, 5);
    return len;
}

int import_iso2709_open(struct import_iso2709 *reader, import_read_fn *read, void *context)
{
    memset(reader, 0, sizeof *reader);
    return import_window_open(&reader->window, WINDOW_BYTES, read, context);
}

void import_iso2709_close(struct import_iso2709 *reader)
{
    import_window_close(&reader->window);
}

/* Line ends, and the mark of DOS, between records. */
static int skip_blanks(struct import_iso2709 *reader)
{
    for (;;) {
        int rc = import_window_fill(&reader->window, IMPORT_RECORD_BYTES);
        if (rc != 0 || reader->window.start == reader->window.len)
            return rc;
        uint8_t byte = reader->window.bytes[reader->window.start];
        if (byte != '\n' && byte != '\r' && byte != ' ' && byte != '\0' && byte != 0x1a)
            return 0;
        reader->window.start++;
    }
}

static void take(struct import_iso2709 *reader, struct import_chunk *chunk, uint8_t *record, size_t len, size_t consumed)
{
    chunk->record = ++reader->number;
    chunk->offset = reader->window.offset + reader->window.start;
    chunk->bytes = consumed;
    chunk->record_bytes = span_of(record, len);
    for (uint8_t *nul = record; (nul = memchr(nul, '\0', (size_t)(record + len - nul))) != NULL; chunk->controls++)
        *nul = ' ';
    reader->window.start += consumed;
}

/* Leaves `len` bytes, to be told of when something else begins. */
static void lose(struct import_iso2709 *reader, size_t len, enum import_reason reason)
{
    if (!reader->losing) {
        reader->losing = 1;
        reader->lost_reason = reason;
        reader->lost_from = reader->window.offset + reader->window.start;
    }
    reader->window.start += len;
}

static int tell_lost(struct import_iso2709 *reader, struct import_chunk *chunk)
{
    reader->number += reader->lost_reason != IMPORT_GARBAGE;
    chunk->record = reader->number;
    chunk->offset = reader->lost_from;
    chunk->bytes = reader->window.offset + reader->window.start - reader->lost_from;
    chunk->reason = reader->lost_reason;
    reader->losing = 0;
    return 0;
}

/* The first place after the beginning where a whole record that ends with the chunk begins; 0: none. */
static size_t find_record(const uint8_t *bytes, size_t len)
{
    for (size_t at = len > IMPORT_RECORD_BYTES ? len - IMPORT_RECORD_BYTES : 1; at + LEADER + 2 <= len; at++)
        if (bytes[at] >= '0' && bytes[at] <= '9' && is_record(bytes + at, len - at))
            return at;
    return 0;
}

/* From here to the next terminator there is no record as it should be. 1: one was made of it, in *chunk. */
static int take_damaged(struct import_iso2709 *reader, struct import_chunk *chunk, size_t len)
{
    uint8_t *bytes = reader->window.bytes + reader->window.start;
    int leader = is_leader(bytes, len);

    if (leader && rebuild(bytes, len, reader->mended) > 0) {
        chunk->reason = IMPORT_DIRECTORY_MENDED;
        take(reader, chunk, reader->mended, len, len);
        return 1;
    }
    lose(reader, len, !leader ? IMPORT_GARBAGE : number_of(bytes, 5) != (long)len ? IMPORT_BAD_LENGTH : IMPORT_BAD_DIRECTORY);
    return 0;
}

/* One whose fields are all there; its length is wrong, or its terminator missing. */
static int take_whole(struct import_iso2709 *reader, struct import_chunk *chunk, size_t end, size_t len)
{
    const uint8_t *bytes = reader->window.bytes + reader->window.start;
    char digits[24];

    memcpy(reader->mended, bytes, end);
    reader->mended[end] = RECORD_END;
    (void)snprintf(digits, sizeof digits, "%05zu", end + 1);
    memcpy(reader->mended, digits, 5);
    chunk->reason = IMPORT_LENGTH_MENDED;
    take(reader, chunk, reader->mended, end + 1, end + (end < len && bytes[end] == RECORD_END));
    return 1;
}

/* One step: 1 when *chunk says something, 0 to go on. */
static int advance(struct import_iso2709 *reader, struct import_chunk *chunk)
{
    uint8_t *bytes = reader->window.bytes + reader->window.start, *terminator;
    size_t len = reader->window.len - reader->window.start, end, at;
    long declared = len >= LEADER ? number_of(bytes, 5) : -1;
    int leader = is_leader(bytes, len);

    if (reader->losing && leader)
        return tell_lost(reader, chunk) == 0;
    if (declared > 0 && declared <= (long)len && is_record(bytes, (size_t)declared)) {
        take(reader, chunk, bytes, (size_t)declared, (size_t)declared);
        return 1;
    }
    terminator = memchr(bytes, RECORD_END, len);
    at = terminator != NULL ? find_record(bytes, (size_t)(terminator - bytes) + 1) : 0;
    end = leader ? fields_end(bytes, len < IMPORT_RECORD_BYTES ? len : IMPORT_RECORD_BYTES - 1) : 0;
    /* not when the directory only seems to hold, over the head of the next record */
    if (end > 0 && (at == 0 || at >= end))
        return take_whole(reader, chunk, end, len);
    if (at > 0)
        lose(reader, at, leader ? IMPORT_TRUNCATED : IMPORT_GARBAGE);
    else if (terminator != NULL)
        return take_damaged(reader, chunk, (size_t)(terminator - bytes) + 1);
    else if (reader->window.ended)
        lose(reader, len, leader ? IMPORT_TRUNCATED : IMPORT_GARBAGE);
    else if (len == WINDOW_BYTES) /* no terminator in the whole window: all but the room of one record is let go */
        lose(reader, len - IMPORT_RECORD_BYTES, leader ? IMPORT_BAD_LENGTH : IMPORT_GARBAGE);
    return 0;
}

int import_iso2709_next(struct import_iso2709 *reader, struct import_chunk *chunk)
{
    memset(chunk, 0, sizeof *chunk);
    for (;;) {
        int rc = skip_blanks(reader);
        if (rc == 0 && reader->window.len - reader->window.start < WINDOW_BYTES &&
            memchr(reader->window.bytes + reader->window.start, RECORD_END, reader->window.len - reader->window.start) == NULL)
            rc = import_window_fill(&reader->window, WINDOW_BYTES);
        if (rc != 0)
            return rc;
        if (reader->window.start == reader->window.len)
            return reader->losing ? tell_lost(reader, chunk) : NAVETTE_E_NOT_FOUND;
        if (advance(reader, chunk))
            return 0;
    }
}
