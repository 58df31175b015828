/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/labels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "navette/error.h"

#define A4_WIDTH 210.0
#define A4_HEIGHT 297.0
#define SLACK 0.05 /* mm: sheets are sold in rounded measures */

/* The sheets that libraries buy. Measures as their makers give them (Avery L-numbers, Herma and own brands have the same). */
static const struct label_sheet sheets[] = {
    {"2x7", "L7163 : 99,1 x 38,1", "L7163: 99.1 x 38.1", A4_WIDTH, A4_HEIGHT, 2, 7, 99.1, 38.1, 4.65, 15.15, 101.6, 38.1},
    {"2x8", "105 x 37, sans marge", "105 x 37, no margins", A4_WIDTH, A4_HEIGHT, 2, 8, 105.0, 37.0, 0.0, 0.5, 105.0, 37.0},
    {"L7162", "2x8 : 99,1 x 33,9", "2x8: 99.1 x 33.9", A4_WIDTH, A4_HEIGHT, 2, 8, 99.1, 33.9, 4.65, 12.9, 101.6, 33.9},
    {"3x6", "L7161 : 63,5 x 46,6", "L7161: 63.5 x 46.6", A4_WIDTH, A4_HEIGHT, 3, 6, 63.5, 46.6, 7.2, 8.7, 66.0, 46.6},
    {"70x42.3", "3x7, sans marge", "3x7, no margins", A4_WIDTH, A4_HEIGHT, 3, 7, 70.0, 42.3, 0.0, 0.45, 70.0, 42.3},
    {"3x8", "70 x 37, sans marge", "70 x 37, no margins", A4_WIDTH, A4_HEIGHT, 3, 8, 70.0, 37.0, 0.0, 0.5, 70.0, 37.0},
    {"3x7", "L7160 : 63,5 x 38,1", "L7160: 63.5 x 38.1", A4_WIDTH, A4_HEIGHT, 3, 7, 63.5, 38.1, 7.2, 15.15, 66.0, 38.1},
    {"L7159", "3x8 : 63,5 x 33,9", "3x8: 63.5 x 33.9", A4_WIDTH, A4_HEIGHT, 3, 8, 63.5, 33.9, 7.2, 12.9, 66.0, 33.9},
    {"4x10-full", "52,5 x 29,7, sans marge", "52.5 x 29.7, no margins", A4_WIDTH, A4_HEIGHT, 4, 10, 52.5, 29.7, 0.0, 0.0, 52.5, 29.7},
    {"4x10", "48,5 x 25,4", "48.5 x 25.4", A4_WIDTH, A4_HEIGHT, 4, 10, 48.5, 25.4, 8.0, 21.5, 48.5, 25.4},
    {"4x12", "L7636 : 45,7 x 21,2", "L7636: 45.7 x 21.2", A4_WIDTH, A4_HEIGHT, 4, 12, 45.7, 21.2, 9.85, 21.3, 48.2, 21.2},
    {"5x13", "L7651 : 38,1 x 21,2", "L7651: 38.1 x 21.2", A4_WIDTH, A4_HEIGHT, 5, 13, 38.1, 21.2, 4.75, 10.7, 40.6, 21.2},
    {"roll-89x36", "rouleau, 89 x 36", "roll, 89 x 36", 89.0, 36.0, 1, 1, 89.0, 36.0, 0.0, 0.0, 89.0, 36.0},
    {"roll-57x32", "rouleau, 57 x 32", "roll, 57 x 32", 57.0, 32.0, 1, 1, 57.0, 32.0, 0.0, 0.0, 57.0, 32.0},
    {"roll-62x29", "rouleau, 62 x 29", "roll, 62 x 29", 62.0, 29.0, 1, 1, 62.0, 29.0, 0.0, 0.0, 62.0, 29.0},
    {"roll-54x25", "rouleau, 54 x 25", "roll, 54 x 25", 54.0, 25.0, 1, 1, 54.0, 25.0, 0.0, 0.0, 54.0, 25.0},
};

const struct label_sheet *label_sheet_at(size_t index)
{
    return index < sizeof(sheets) / sizeof(sheets[0]) ? &sheets[index] : NULL;
}

/* By its name, or by the maker's number its description begins with. */
static int is_named(const struct label_sheet *sheet, const char *text)
{
    size_t len = strcspn(sheet->en, ": ");

    return strcasecmp(sheet->name, text) == 0 || (sheet->en[0] == 'L' && strlen(text) == len && strncasecmp(sheet->en, text, len) == 0);
}

/* A number with point or comma; what separates two is given. 0: none. */
static int take_pair(const char **text, char between, double *a, double *b)
{
    double *const values[] = {a, b};

    for (int i = 0; i < 2; i++) {
        size_t whole = strspn(*text, "0123456789");
        double value = 0.0;
        double scale = 0.1;

        if (whole == 0 || whole > 3)
            return 0;
        for (size_t k = 0; k < whole; k++)
            value = value * 10.0 + (*(*text)++ - '0');
        if (**text == '.') {
            (*text)++;
            for (; **text >= '0' && **text <= '9'; (*text)++, scale /= 10.0)
                value += (**text - '0') * scale;
        }
        *values[i] = value;
        if (i == 0 && **text != between)
            return 0;
        *text += i == 0;
    }
    return 1;
}

static int take_more(const char **text, char sign, char between, double *a, double *b)
{
    if (**text != sign)
        return 0;
    (*text)++;
    return take_pair(text, between, a, b) ? 1 : -1;
}

static int is_sound(const struct label_sheet *sheet)
{
    double right = sheet->left + (sheet->columns - 1) * sheet->step_x + sheet->width;
    double bottom = sheet->top + (sheet->rows - 1) * sheet->step_y + sheet->height;

    return sheet->page_width >= LABELS_PAGE_MIN_MM && sheet->page_width <= LABELS_PAGE_MAX_MM && sheet->page_height >= LABELS_PAGE_MIN_MM &&
           sheet->page_height <= LABELS_PAGE_MAX_MM && sheet->width >= LABELS_PAGE_MIN_MM && sheet->height >= LABELS_PAGE_MIN_MM &&
           sheet->columns >= 1 && sheet->rows >= 1 && sheet->columns * sheet->rows <= LABELS_PER_SHEET_MAX && sheet->left >= 0.0 &&
           sheet->top >= 0.0 && right <= sheet->page_width + SLACK && bottom <= sheet->page_height + SLACK;
}

static int read_measures(const char *text, struct label_sheet *sheet)
{
    double columns = 0.0, rows = 0.0, gap_x = 0.0, gap_y = 0.0;
    const char *p = text;
    int grid, margins = 0, gaps = 0, page;

    memset(sheet, 0, sizeof(*sheet));
    (void)snprintf(sheet->name, sizeof(sheet->name), "%s", text);
    sheet->fr = sheet->en = "";
    if (strlen(text) >= sizeof(sheet->name) || !take_pair(&p, 'x', &sheet->width, &sheet->height))
        return NAVETTE_E_INVALID;
    grid = take_more(&p, '+', 'x', &columns, &rows);
    if (grid > 0)
        margins = take_more(&p, '+', ',', &sheet->left, &sheet->top);
    if (margins > 0)
        gaps = take_more(&p, '+', ',', &gap_x, &gap_y);
    sheet->page_width = grid > 0 ? A4_WIDTH : sheet->width;
    sheet->page_height = grid > 0 ? A4_HEIGHT : sheet->height;
    page = take_more(&p, '@', 'x', &sheet->page_width, &sheet->page_height);
    if (grid < 0 || margins < 0 || gaps < 0 || page < 0 || *p != '\0' || columns != floor(columns) || rows != floor(rows))
        return NAVETTE_E_INVALID;
    sheet->columns = grid > 0 ? (unsigned int)columns : 1;
    sheet->rows = grid > 0 ? (unsigned int)rows : 1;
    sheet->step_x = sheet->width + gap_x;
    sheet->step_y = sheet->height + gap_y;
    if (margins == 0) {
        sheet->left = (sheet->page_width - sheet->columns * sheet->step_x + gap_x) / 2.0;
        sheet->top = (sheet->page_height - sheet->rows * sheet->step_y + gap_y) / 2.0;
    }
    return is_sound(sheet) ? 0 : NAVETTE_E_INVALID;
}

int label_sheet_read(const char *text, struct label_sheet *sheet)
{
    for (size_t i = 0; i < sizeof(sheets) / sizeof(sheets[0]); i++) {
        if (is_named(&sheets[i], text)) {
            *sheet = sheets[i];
            return 0;
        }
    }
    /* "3x9" is a name that is not in the table rather than a label of 3 by 9 mm. */
    if (strspn(text, "0123456789xX") == strlen(text) && strlen(text) < 5)
        return NAVETTE_E_NOT_FOUND;
    return text[0] >= '0' && text[0] <= '9' ? read_measures(text, sheet) : NAVETTE_E_NOT_FOUND;
}
