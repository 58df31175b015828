/* SPDX-License-Identifier: Apache-2.0 */
#include "io/label_layout.h"

#include <string.h>

#include "navette/error.h"

#define PADDING 1.5   /* mm inside a label: cutting and feeding are off by as much */
#define PAGE_EDGE 4.0 /* mm of a sheet that printers leave white; a roll's printer reaches its edges */
#define BARS_MIN 5.0  /* mm: shorter bars are hard to hit */
#define BARS_MAX 14.0
#define LINE 1.25 /* line to line, in letter sizes */
#define SMALL_LABEL 24.0

static double least(double a, double b)
{
    return a < b ? a : b;
}

static double most(double a, double b)
{
    return a > b ? a : b;
}

/* The part of a label that can be printed on. */
static struct label_box inside(const struct label_sheet *sheet, unsigned int column, unsigned int row)
{
    double edge = sheet->columns * sheet->rows == 1 ? 0.0 : PAGE_EDGE;
    double left = sheet->left + column * sheet->step_x;
    double top = sheet->top + row * sheet->step_y;
    double x = most(PADDING, edge - left);
    double y = most(PADDING, edge - top);
    double right = most(PADDING, edge - (sheet->page_width - left - sheet->width));
    double bottom = most(PADDING, edge - (sheet->page_height - top - sheet->height));

    return (struct label_box){x, y, sheet->width - x - right, sheet->height - y - bottom};
}

/* Library and title above, bars, code below; what there is no room for goes, the code last. */
static int make_bars(const struct label_box *box, const struct label_code *code, int has_title, int has_library, double size,
                     struct label_layout *layout)
{
    double wanted = code->width + 2.0 * code->quiet;
    double free_height = box->height - size * LINE;

    layout->text = *box;
    layout->code_size = size;
    layout->module = least(LABEL_MODULE_MAX, box->width / wanted);
    if (layout->module < LABEL_MODULE_MIN_CODE128 || free_height < BARS_MIN)
        return NAVETTE_E_FULL;
    if (has_title && free_height - size * LINE >= BARS_MIN) {
        layout->title_size = size * 0.9;
        layout->title_lines = 1;
        free_height -= size * LINE;
    }
    if (has_library && free_height - size * LINE >= BARS_MIN) {
        layout->library_size = size * 0.8;
        free_height -= size * LINE;
    }
    layout->symbol.width = code->width * layout->module;
    layout->symbol.height = least(free_height, BARS_MAX);
    layout->symbol.x = box->x + (box->width - layout->symbol.width) / 2.0;
    layout->symbol.y = box->y + (free_height - layout->symbol.height) / 2.0;
    layout->library_y = layout->symbol.y + size;
    layout->symbol.y += layout->library_size > 0.0 ? size * LINE : 0.0;
    layout->title_y = layout->symbol.y + size;
    layout->symbol.y += layout->title_size > 0.0 ? size * LINE : 0.0;
    layout->code_y = layout->symbol.y + layout->symbol.height + size * 1.05;
    return 0;
}

/* The symbol on the left, lines on the right. The code must be there in letters too. */
static int make_square(const struct label_box *box, const struct label_code *code, int has_title, int has_library, double size,
                       struct label_layout *layout)
{
    double wanted = code->width + 2.0 * code->quiet;
    double side;
    double y;

    layout->module = least(least(LABEL_MODULE_MAX * 1.6, box->height / wanted), box->width * 0.55 / wanted);
    if (layout->module < LABEL_MODULE_MIN_QR)
        return NAVETTE_E_FULL;
    side = wanted * layout->module;
    layout->symbol =
        (struct label_box){box->x + code->quiet * layout->module, box->y + (box->height - side) / 2.0 + code->quiet * layout->module,
                           code->width * layout->module, code->width * layout->module};
    layout->text = (struct label_box){box->x + side, box->y, box->width - side, box->height};
    layout->code_size = size;
    if (has_library)
        layout->library_size = size * 0.8;
    if (has_title) {
        layout->title_size = size * 0.9;
        layout->title_lines = 2;
    }
    y = box->y + (box->height - size * LINE * (1 + (has_library != 0) + 2 * (has_title != 0))) / 2.0 + size;
    layout->library_y = y;
    y += has_library ? size * LINE : 0.0;
    layout->title_y = y;
    y += has_title ? 2.0 * size * LINE : 0.0;
    layout->code_y = y;
    return 0;
}

int label_layout_make(const struct label_sheet *sheet, unsigned int column, unsigned int row, const struct label_code *code,
                      enum label_symbol symbol, int has_title, int has_library, struct label_layout *layout)
{
    struct label_box box = inside(sheet, column, row);
    double size = sheet->height < SMALL_LABEL ? 2.1 : 2.8;

    memset(layout, 0, sizeof(*layout));
    return symbol == LABEL_QR ? make_square(&box, code, has_title, has_library, size, layout)
                              : make_bars(&box, code, has_title, has_library, size, layout);
}
