/* SPDX-License-Identifier: Apache-2.0 */
#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_all(const char *path, uint8_t **bytes, size_t *len)
{
    FILE *file = fopen(path, "rb");
    long size;

    if (file == NULL) {
        return -1;
    }
    size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    *len = size > 0 ? (size_t)size : 0;
    *bytes = malloc(*len + 1);
    rewind(file);
    if (size < 0 || *bytes == NULL || fread(*bytes, 1, *len, file) != *len) {
        fclose(file);
        free(*bytes);
        return -1;
    }
    fclose(file);
    return 0;
}

/* Rows are copied out of the file's bytes, which need not be aligned. The last may have been cut by the end of its process. */
static size_t split(const uint8_t *bytes, size_t len, struct trace_row *rows)
{
    size_t count = 0;
    size_t at = 0;

    while (len - at >= sizeof(struct trace_header)) {
        struct trace_header header;

        memcpy(&header, bytes + at, sizeof header);
        if (header.kind == 0 || header.kind >= TRACE_KIND_COUNT || header.len > len - at - sizeof header) {
            break;
        }
        if (rows != NULL) {
            rows[count] = (struct trace_row){header, bytes + at + sizeof header};
        }
        count++;
        at += sizeof header + header.len;
    }
    return count;
}

int trace_load(const char *path, struct trace *trace)
{
    size_t len = 0;

    memset(trace, 0, sizeof *trace);
    if (read_all(path, &trace->bytes, &len) != 0) {
        printf("# %s can't be read\n", path);
        return -1;
    }
    trace->count = split(trace->bytes, len, NULL);
    trace->rows = calloc(trace->count + 1, sizeof *trace->rows);
    if (trace->rows == NULL) {
        trace_free(trace);
        return -1;
    }
    split(trace->bytes, len, trace->rows);
    return 0;
}

void trace_free(struct trace *trace)
{
    free(trace->rows);
    free(trace->bytes);
    memset(trace, 0, sizeof *trace);
}

uint64_t trace_file(const struct trace *trace, const char *tail)
{
    uint64_t found = 0;
    size_t wanted = strlen(tail);

    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_row *row = &trace->rows[i];

        if (row->header.kind == TRACE_FILE && row->header.len >= wanted &&
            memcmp(row->bytes + row->header.len - wanted, tail, wanted) == 0) {
            found = row->header.file;
        }
    }
    return found;
}
