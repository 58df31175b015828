/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_LABELS_H
#define NAVETTE_LABELS_H

#include <stddef.h>

/*
 * Printed labels: a PDF of sheets of labels, each with a barcode drawn as vectors, its code in letters, and what it is for. Lengths are in millimetres, from the top left
 * corner of the page. Symbols: ISO/IEC 15417 (Code 128) and ISO/IEC 18004 (QR), made by libzint; PDF by libharu.
 */
#define LABELS_MAX 20000u         /* of one file: 300 sheets of the smallest labels; memory stays under 100 MB */
#define LABELS_PER_SHEET_MAX 500u /* far more than are sold */
#define LABELS_COPIES_MAX 100u
#define LABELS_PAGE_MIN_MM 15.0
#define LABELS_PAGE_MAX_MM 500.0

/* Sheets are bought by these measures; a roll is a sheet of one label. */
struct label_sheet {
    char name[48];
    const char *fr, *en; /* what it is sold as; "" for one's own */
    double page_width, page_height;
    unsigned int columns, rows;
    double width, height;  /* of a label */
    double left, top;      /* of the first one */
    double step_x, step_y; /* from one to the next */
};

const struct label_sheet *label_sheet_at(size_t index); /* of the table, the largest labels first; NULL past the end */
/*
 * A name of the table ("3x8", "L7160"), or measures: WIDTHxHEIGHT[+COLUMNSxROWS[+LEFT,TOP[+GAPX,GAPY]]][@PAGEWIDTHxPAGEHEIGHT]. Without columns, a roll: the page is the label.
 * Without a page, A4; without margins, centred. NAVETTE_E_NOT_FOUND: no such name; NAVETTE_E_INVALID: no such measures, or labels that leave the page or
 * lie over each other.
 */
int label_sheet_read(const char *text, struct label_sheet *sheet);

enum label_symbol { LABEL_CODE128, LABEL_QR };

struct label_print {
    const char *code;  /* what the symbol says, and the line under it */
    const char *title; /* cut to fit; "" or NULL: none */
};

struct labels_options {
    const char *path;    /* written beside it and renamed: it is whole or absent */
    const char *library; /* on each label; "" or NULL: none */
    const char *font;    /* a TrueType file; NULL: DejaVu Sans, where Debian puts it */
    struct label_sheet sheet;
    enum label_symbol symbol;
    unsigned int start;  /* the first label used on the first sheet, from 1 */
    unsigned int copies; /* of each */
    int outline;         /* 1: the edges too, to try a sheet on plain paper */
};

/*
 * Writes the file. NAVETTE_E_TOO_LARGE: too many labels. NAVETTE_E_INVALID: *wrong is one whose code no symbol of this kind can say. NAVETTE_E_FULL: *wrong is one whose code is too wide for
 * this sheet. NAVETTE_E_NOT_FOUND: the font is not there. NAVETTE_E_SYSTEM: the file could not be written, errno says why. NAVETTE_E_MEMORY. *wrong is an index, untouched otherwise; *pages counts sheets.
 */
int label_pdf_write(const struct labels_options *options, const struct label_print *labels, size_t count, size_t *wrong, size_t *pages);
/* The smallest sheet of the table that a code fits on; NULL: none. */
const struct label_sheet *label_pdf_sheet_for(const char *code, enum label_symbol symbol);

#endif
