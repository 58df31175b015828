/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_TABLE_H
#define NODE_CLI_TABLE_H

#include <stddef.h>

/* A table on a terminal: columns as wide as what they hold, counted in characters; numbers to the right. */
#define TABLE_COLUMNS 14u

struct table {
    size_t columns;
    char **cells; /* owned, row after row, the headings first */
    size_t count, capacity;
    unsigned right; /* bit per column: to the right */
    int failed;
};

/* headings: words of the catalogue already translated; columns at most TABLE_COLUMNS. */
void table_init(struct table *table, size_t columns, unsigned right, const char *const *headings);
/* As many values as there are columns; NULL counts as "". */
void table_add(struct table *table, const char *const *values);
void table_print(const struct table *table); /* on stdout */
void table_free(struct table *table);

#endif
