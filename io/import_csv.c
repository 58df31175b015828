/* SPDX-License-Identifier: Apache-2.0 */
#include "io/import_csv.h"

#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

#define ROW_BYTES (IMPORT_LINE_BYTES + 2u) /* with its end */
#define WINDOW_BYTES (4u * IMPORT_LINE_BYTES)

int import_csv_open(struct import_csv *reader, import_read_fn *read, void *context)
{
    memset(reader, 0, sizeof *reader);
    return import_window_open(&reader->window, WINDOW_BYTES, read, context);
}

void import_csv_close(struct import_csv *reader)
{
    import_window_close(&reader->window);
}

/* How long the first line is without its end; *end: with it. */
static size_t line_len(const uint8_t *bytes, size_t len, size_t *end)
{
    size_t at = 0;

    while (at < len && bytes[at] != '\n' && bytes[at] != '\r')
        at++;
    *end = at < len ? at + 1 + (bytes[at] == '\r' && at + 1 < len && bytes[at + 1] == '\n') : at;
    return at;
}

/* The one that the first line has most of, outside quotes; ';' when it has none. */
static char find_separator(const uint8_t *line, size_t len)
{
    static const char separators[] = {';', ',', '\t'};
    size_t counts[sizeof separators] = {0}, best = 0;
    int quoted = 0;

    for (size_t i = 0; i < len; i++) {
        quoted ^= line[i] == '"';
        for (size_t j = 0; j < sizeof separators && !quoted; j++)
            counts[j] += line[i] == (uint8_t)separators[j];
    }
    for (size_t j = 1; j < sizeof separators; j++)
        if (counts[j] > counts[best])
            best = j;
    return separators[best];
}

/* A field in quotes, from its first one. How long it is with them; 0: they do not close before a separator. */
static size_t quoted_field(const struct import_csv *reader, const uint8_t *field, size_t len, int many_lines, struct span *text)
{
    for (size_t at = 1; at < len; at++) {
        if (!many_lines && (field[at] == '\n' || field[at] == '\r'))
            return 0;
        if (field[at] != '"')
            continue;
        if (at + 1 < len && field[at + 1] == '"') {
            at++;
            continue;
        }
        if (at + 1 < len && field[at + 1] != (uint8_t)reader->separator && field[at + 1] != '\n' && field[at + 1] != '\r')
            return 0;
        *text = span_of(field + 1, at - 1);
        return at + 1;
    }
    return 0;
}

static void unquote(struct span *text)
{
    uint8_t *bytes = (uint8_t *)(uintptr_t)text->data;
    size_t written = 0;

    for (size_t at = 0; at < text->len; at++) {
        bytes[written++] = bytes[at];
        at += bytes[at] == '"' && at + 1 < text->len && bytes[at + 1] == '"';
    }
    text->len = written;
}

/* Takes a row apart; how long it is with its end, 0 when its quotes do not close within `len`. Changes nothing. */
static size_t split(struct import_csv *reader, uint8_t *bytes, size_t len, struct import_row *row, uint8_t quoted[IMPORT_COLUMNS])
{
    int many_lines = reader->separator != '\t';
    size_t at = 0;

    row->count = 0;
    for (;;) {
        struct span text = {.data = bytes + at};
        size_t taken = at < len && bytes[at] == '"' ? quoted_field(reader, bytes + at, len - at, many_lines, &text) : 0;
        int in_quotes = taken > 0;
        if (!in_quotes && at < len && bytes[at] == '"' && many_lines)
            return 0;
        if (!in_quotes) {
            while (at + taken < len && bytes[at + taken] != (uint8_t)reader->separator && bytes[at + taken] != '\n' &&
                   bytes[at + taken] != '\r')
                taken++;
            text.len = taken;
        }
        if (row->count < IMPORT_COLUMNS) {
            quoted[row->count] = (uint8_t)in_quotes;
            reader->fields[row->count] = text;
        }
        row->count++;
        at += taken;
        if (at >= len)
            return len;
        if (bytes[at] != (uint8_t)reader->separator)
            return at + 1 + (bytes[at] == '\r' && at + 1 < len && bytes[at + 1] == '\n');
        at++;
    }
}

static uint64_t lines_in(const uint8_t *bytes, size_t len)
{
    uint64_t count = 0;

    for (size_t at = 0, end; at < len; at += end, count++)
        (void)line_len(bytes + at, len - at, &end);
    return count;
}

/* A line longer than the limit: passed over to its end, however far that is. */
static int pass_over(struct import_csv *reader, struct import_row *row)
{
    row->reason = IMPORT_LINE_TOO_LONG;
    row->line = ++reader->line;
    row->offset = reader->window.offset + reader->window.start;
    row->whole = span_of(reader->window.bytes, 0);
    for (;;) {
        size_t len = reader->window.len - reader->window.start, end;
        size_t line = line_len(reader->window.bytes + reader->window.start, len, &end);
        int done = line < len || reader->window.ended;
        reader->window.start += done ? end : len;
        row->bytes = reader->window.offset + reader->window.start - row->offset;
        if (done)
            return 0;
        int rc = import_window_fill(&reader->window, 2 * IMPORT_LINE_BYTES + 1);
        if (rc != 0)
            return rc;
    }
}

static int take(struct import_csv *reader, struct import_row *row)
{
    uint8_t *bytes = reader->window.bytes + reader->window.start, quoted[IMPORT_COLUMNS];
    size_t len = reader->window.len - reader->window.start, end, used;
    size_t line = line_len(bytes, len, &end);

    if (line > IMPORT_LINE_BYTES)
        return pass_over(reader, row);
    if (reader->separator == 0)
        reader->separator = find_separator(bytes, line);
    row->line = reader->line + 1;
    row->offset = reader->window.offset + reader->window.start;
    row->whole = span_of(bytes, line);
    used = split(reader, bytes, len > ROW_BYTES + 1 ? ROW_BYTES + 1 : len, row, quoted);
    /* the window's end is no end of a row; quotes that close some lines on, in a row of another shape, were left open */
    if (used == 0 || used > ROW_BYTES || (used > end && reader->columns > 0 && row->count != reader->columns)) {
        row->reason = IMPORT_QUOTE_OPEN;
        used = end;
    } else if (row->count > IMPORT_COLUMNS) {
        row->reason = IMPORT_COLUMNS_MORE;
    } else {
        for (size_t i = 0; i < row->count; i++)
            if (quoted[i])
                unquote(&reader->fields[i]);
        row->fields = reader->fields;
        reader->columns = reader->columns > 0 ? reader->columns : row->count;
    }
    reader->line += lines_in(bytes, used);
    reader->window.start += used;
    row->bytes = used;
    return 0;
}

int import_csv_next(struct import_csv *reader, struct import_row *row)
{
    memset(row, 0, sizeof *row);
    for (;;) {
        int rc = import_window_fill(&reader->window, 2 * IMPORT_LINE_BYTES + 1);
        size_t end;
        if (rc != 0)
            return rc;
        /* the mark that Windows puts before UTF-8 */
        if (reader->window.offset + reader->window.start == 0 && reader->window.len >= 3 &&
            memcmp(reader->window.bytes, "\xef\xbb\xbf", 3) == 0)
            reader->window.start = 3;
        if (reader->window.start == reader->window.len)
            return NAVETTE_E_NOT_FOUND;
        if (line_len(reader->window.bytes + reader->window.start, reader->window.len - reader->window.start, &end) > 0)
            return take(reader, row);
        reader->line++;
        reader->window.start += end;
    }
}
