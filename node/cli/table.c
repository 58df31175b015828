/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t width_of(const char *text)
{
    size_t width = 0;

    for (const char *p = text; *p != '\0'; p++)
        width += ((unsigned char)*p & 0xC0u) != 0x80u;
    return width;
}

void table_init(struct table *table, size_t columns, unsigned right, const char *const *headings)
{
    memset(table, 0, sizeof *table);
    table->columns = columns;
    table->right = right;
    table_add(table, headings);
}

void table_add(struct table *table, const char *const *values)
{
    for (size_t i = 0; i < table->columns && !table->failed; i++) {
        if (table->count == table->capacity) {
            size_t capacity = table->capacity > 0 ? table->capacity * 2 : 64;
            char **cells = realloc(table->cells, capacity * sizeof *cells);
            table->failed = cells == NULL;
            if (table->failed)
                return;
            table->cells = cells;
            table->capacity = capacity;
        }
        char *copy = strdup(values[i] != NULL ? values[i] : "");
        table->failed = copy == NULL;
        if (copy != NULL)
            table->cells[table->count++] = copy;
    }
}

static void print_cell(const char *text, size_t width, int right, int last)
{
    size_t pad = width > width_of(text) ? width - width_of(text) : 0;

    if (right)
        (void)printf("%*s%s", (int)pad, "", text);
    else
        (void)printf("%s%*s", text, last ? 0 : (int)pad, "");
    (void)fputs(last ? "\n" : "  ", stdout);
}

/* A column that no row has anything for is not shown. */
void table_print(const struct table *table)
{
    size_t widths[TABLE_COLUMNS] = {0};
    size_t rows = table->count / table->columns;
    int filled[TABLE_COLUMNS] = {0};

    for (size_t i = 0; i < rows * table->columns; i++) {
        size_t width = width_of(table->cells[i]);
        if (width > widths[i % table->columns])
            widths[i % table->columns] = width;
        filled[i % table->columns] |= rows == 1 || (i >= table->columns && width > 0);
    }
    for (size_t row = 0; row < rows; row++) {
        size_t last = table->columns - 1; /* of this row: nothing is padded at a line's end */
        while (last > 0 && (!filled[last] || table->cells[row * table->columns + last][0] == '\0'))
            last--;
        for (size_t column = 0; column <= last; column++)
            if (filled[column])
                print_cell(table->cells[row * table->columns + column], widths[column], (int)(table->right >> column & 1u), column == last);
    }
}

void table_free(struct table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    memset(table, 0, sizeof *table);
}
