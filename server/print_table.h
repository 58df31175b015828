/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_PRINT_TABLE_H
#define NAVETTE_SERVER_PRINT_TABLE_H

#include <stddef.h>

#include "server/print.h"

/* What print.c is made with: columns, cells, nested objects. */

#define PRINT_CELL_BYTES 96u

/* How a column's values are shown. */
enum print_as {
    PRINT_TEXT,
    PRINT_WORD,
    PRINT_NUMBER,
    PRINT_COUNT,
    PRINT_SHORT,
    PRINT_TIME,
    PRINT_YES
}; /* COUNT: nothing for 0; SHORT: 8 characters */

struct print_column {
    const char *name; /* of the field, and of the heading */
    enum print_as as;
};

/* Rows of objects, columns as wide as their widest cell; those without any content are left out. */
void print_table(const struct print *print, const json_t *rows, const struct print_column *columns, size_t count);
/* One value as text. */
void print_table_cell(const struct print *print, const json_t *value, enum print_as as, char out[PRINT_CELL_BYTES]);
/* Texts of a list, "A,B". */
void print_table_join(const struct print *print, const json_t *list, char out[PRINT_CELL_BYTES]);
/* Text in `width` columns, to the left or to the right. */
void print_table_pad(FILE *out, const char *text, size_t width, int right);
/* A name and a value a line, objects inside objects indented, in their own order. */
void print_table_object(const struct print *print, const json_t *object, int indent);

const char *print_table_field(const json_t *object, const char *name); /* "" when absent */
long long print_table_number(const json_t *object, const char *name);
/* A message's text, on a line. */
void print_table_message(const struct print *print, const char *code, const char *a, const char *b);

#endif
