/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_IMPORT_CSV_H
#define IO_IMPORT_CSV_H

#include "io/import_window.h"
#include "navette/span.h"

/*
 * Rows of a CSV: separator (';', ',' or tab) found in the first line; "quoted" fields, with line breaks inside where it is not tab; LF, CRLF, CR. A row longer
 * than IMPORT_LINE_BYTES, or whose quotes don't close, is told of and left line by line: the next line goes on.
 */
struct import_csv {
    struct import_window window;
    uint64_t line;  /* number of the last one */
    char separator; /* 0: not known yet */
    size_t columns; /* of the first row; 0: not known yet */
    struct span fields[IMPORT_COLUMNS];
};

struct import_row {
    uint64_t line, offset, bytes;
    const struct span *fields; /* borrowed until the next call */
    size_t count;
    enum import_reason reason; /* IMPORT_FINE; else only told of */
    struct span whole;         /* its first line as it stands */
};

int import_csv_open(struct import_csv *reader, import_read_fn *read, void *context); /* NAVETTE_E_MEMORY */
void import_csv_close(struct import_csv *reader);
/* Empty lines are passed over. NAVETTE_E_NOT_FOUND at the end; NAVETTE_E_SYSTEM. */
int import_csv_next(struct import_csv *reader, struct import_row *row);

#endif
