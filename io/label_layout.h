/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_LABEL_LAYOUT_H
#define IO_LABEL_LAYOUT_H

#include "io/label_code.h"

/* What goes where on a label. Millimetres, from the label's top left corner. */
struct label_box {
    double x, y, width, height;
};

struct label_layout {
    struct label_box symbol; /* the modules, without the empty zone around them */
    double module;           /* its width */
    struct label_box text;   /* where lines of text go: beside a QR, else the whole width */
    double library_size;     /* letters, mm; 0: left out for want of room */
    double title_size;
    double code_size;
    double code_y, title_y, library_y; /* base lines */
    int title_lines;                   /* beside a QR there may be two */
};

#define LABEL_MODULE_MIN_CODE128 0.19 /* mm: what office printers and common scanners manage; ISO/IEC 15417 leaves it to the use */
#define LABEL_MODULE_MIN_QR 0.33
#define LABEL_MODULE_MAX 0.50

/* column: where on the sheet; the printer can't reach a page's edges. NAVETTE_E_FULL: the symbol does not fit. */
int label_layout_make(const struct label_sheet *sheet, unsigned int column, unsigned int row, const struct label_code *code,
                      enum label_symbol symbol, int has_title, int has_library, struct label_layout *layout);

#endif
