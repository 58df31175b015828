/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CRASH_TRACE_H
#define TESTS_CRASH_TRACE_H

#include <stddef.h>
#include <stdint.h>

/*
 * What a process did to its stores and what it told others, in the order in which it did so: record.c, preloaded into the real programs, writes it, trace.c reads it. Rows
 * of this machine's byte order, each a header and `len` bytes. A write is noted before it is made, a sync once it has succeeded, a word before it leaves: whatever a row says
 * was promised had been promised before the next row happened.
 */
enum trace_kind {
    TRACE_FILE = 1, /* bytes: the path of the file `file`, told when it is first seen */
    TRACE_WRITE,    /* bytes were written at `offset` */
    TRACE_LENGTH,   /* the file was cut or grown to `offset` bytes */
    TRACE_SYNC,     /* all that had been written to it is on the disk */
    TRACE_RENAME,   /* bytes: old path, NUL, new path, of a folder or file */
    TRACE_FRAME,    /* bytes: a frame (proto/WIRE.md) was handed to the network */
    TRACE_ANSWER,   /* bytes: a part of a JSON line was handed to somebody on the local socket */
    TRACE_KIND_COUNT
};

#define TRACE_DSYNC 1u /* flag of TRACE_WRITE: on the disk when the call returns (O_DSYNC) */

struct trace_header {
    uint32_t kind;
    uint32_t flags;
    uint64_t file; /* its inode */
    uint64_t offset;
    uint64_t len;
};

struct trace_row {
    struct trace_header header;
    const uint8_t *bytes; /* borrowed from the trace */
};

struct trace {
    uint8_t *bytes;
    struct trace_row *rows;
    size_t count;
};

/* 0 or -1, said on standard output. */
int trace_load(const char *path, struct trace *trace);
void trace_free(struct trace *trace);
/* The inode of the file whose path ended with `tail` at last; 0: none did. */
uint64_t trace_file(const struct trace *trace, const char *tail);

#endif
