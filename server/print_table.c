/* SPDX-License-Identifier: Apache-2.0 */
#include "server/print_table.h"

#include <stdint.h>
#include <string.h>

#define COLUMNS_MAX 14u

static size_t print_width(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0u) != 0x80u;
    return width;
}

void print_table_pad(FILE *out, const char *text, size_t width, int right)
{
    size_t own = print_width(text);

    for (size_t i = own; right && i < width; i++)
        (void)fputc(' ', out);
    (void)fputs(text, out);
    for (size_t i = own; !right && i < width; i++)
        (void)fputc(' ', out);
}

void print_table_join(const struct print *print, const json_t *list, char out[PRINT_CELL_BYTES])
{
    size_t used = 0;
    size_t index;
    const json_t *part;

    (void)print;
    out[0] = '\0';
    json_array_foreach(list, index, part)
    {
        const char *text = json_string_value(part);

        if (text && used + strlen(text) + 2 < PRINT_CELL_BYTES)
            used += (size_t)snprintf(out + used, PRINT_CELL_BYTES - used, "%s%s", index ? "," : "", text);
    }
}

void print_table_cell(const struct print *print, const json_t *value, enum print_as as, char out[PRINT_CELL_BYTES])
{
    const char *text = json_string_value(value);

    out[0] = '\0';
    if (as == PRINT_COUNT && json_integer_value(value) == 0)
        return;
    if (json_is_integer(value))
        (void)snprintf(out, PRINT_CELL_BYTES, "%lld", (long long)json_integer_value(value));
    else if (json_is_array(value))
        print_table_join(print, value, out);
    else if (json_is_boolean(value))
        (void)snprintf(out, PRINT_CELL_BYTES, "%s", message_word(print->language, json_is_true(value) ? "yes" : "no"));
    else if (text && as == PRINT_WORD)
        (void)snprintf(out, PRINT_CELL_BYTES, "%s", message_word(print->language, text));
    else if (text && as == PRINT_SHORT)
        (void)snprintf(out, PRINT_CELL_BYTES, "%.8s", text);
    else if (text && as == PRINT_TIME)
        (void)snprintf(out, PRINT_CELL_BYTES, "%.10s %.8s", text, strlen(text) > 11 ? text + 11 : "");
    else if (text)
        (void)snprintf(out, PRINT_CELL_BYTES, "%s", text);
}

/* How wide each column is; a column that no row has anything for is not shown. */
static void print_measure(const struct print *print, const json_t *rows, const struct print_column *columns, size_t count,
                          size_t widths[COLUMNS_MAX])
{
    char cell[PRINT_CELL_BYTES];
    const json_t *row;
    size_t index;

    for (size_t c = 0; c < count; c++) {
        size_t heading = print_width(message_word(print->language, columns[c].name));

        widths[c] = json_array_size(rows) == 0 ? heading : 0;
        json_array_foreach(rows, index, row)
        {
            size_t width;

            print_table_cell(print, json_object_get(row, columns[c].name), columns[c].as, cell);
            width = print_width(cell);
            if (width > 0 && widths[c] < heading)
                widths[c] = heading;
            if (widths[c] < width)
                widths[c] = width;
        }
    }
}

/* row NULL: the headings. */
static void print_row(const struct print *print, const json_t *row, const struct print_column *columns, size_t count,
                      const size_t widths[COLUMNS_MAX])
{
    char cell[PRINT_CELL_BYTES];
    const char *gap = "";
    size_t last = 0;

    for (size_t c = 0; c < count; c++) {
        if (row)
            print_table_cell(print, json_object_get(row, columns[c].name), columns[c].as, cell);
        last = widths[c] > 0 && (!row || cell[0]) ? c : last;
    }
    for (size_t c = 0; c <= last; c++) {
        int right = columns[c].as == PRINT_NUMBER || columns[c].as == PRINT_COUNT;

        if (widths[c] == 0)
            continue;
        if (row)
            print_table_cell(print, json_object_get(row, columns[c].name), columns[c].as, cell);
        else
            (void)snprintf(cell, sizeof(cell), "%s", message_word(print->language, columns[c].name));
        (void)fputs(gap, print->out);
        print_table_pad(print->out, cell, c == last && !right ? 0 : widths[c], right);
        gap = "  ";
    }
    (void)fputc('\n', print->out);
}

void print_table(const struct print *print, const json_t *rows, const struct print_column *columns, size_t count)
{
    size_t widths[COLUMNS_MAX] = {0};
    const json_t *row;
    size_t index;

    print_measure(print, rows, columns, count, widths);
    print_row(print, NULL, columns, count, widths);
    json_array_foreach(rows, index, row) print_row(print, row, columns, count, widths);
}

const char *print_table_field(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

long long print_table_number(const json_t *object, const char *name)
{
    return (long long)json_integer_value(json_object_get(object, name));
}

void print_table_message(const struct print *print, const char *code, const char *a, const char *b)
{
    char text[1024];

    message_text(print->language, code, a, b, NULL, text, sizeof(text));
    (void)fprintf(print->out, "%s\n", text);
}

/* Nested objects on lines of their own, indented: what a thing's or an event's JSON holds, in its own order. */
void print_table_object(const struct print *print, const json_t *object, int indent)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        char cell[PRINT_CELL_BYTES];

        if (json_is_null(value) || strcmp(name, "ok") == 0)
            continue;
        (void)fprintf(print->out, "%*s%s : ", indent, "", message_word(print->language, name));
        if (json_is_object(value)) {
            (void)fputc('\n', print->out);
            print_table_object(print, value, indent + 2);
        } else if (json_is_array(value) && json_is_object(json_array_get(value, 0))) {
            const json_t *part;
            size_t index;

            (void)fputc('\n', print->out);
            json_array_foreach(value, index, part)
            {
                print_table_object(print, part, indent + 2);
                (void)fputs(index + 1 < json_array_size(value) ? "\n" : "", print->out);
            }
        } else {
            print_table_cell(
                print, value,
                strcmp(name, "state") == 0 || strcmp(name, "event") == 0 || strcmp(name, "kind") == 0 ? PRINT_WORD : PRINT_TEXT, cell);
            (void)fprintf(print->out, "%s\n", cell);
        }
    }
}
