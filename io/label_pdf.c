/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <hpdf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/label_layout.h"
#include "navette/error.h"

#define POINTS (72.0 / 25.4)
#define TEXT_BYTES 1100u /* a title and its dots */
#define PATH_BYTES 4096u
#define SIZE_MIN 1.1 /* mm: the smallest letters that are still read */
#define FONT "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"

struct pdf {
    HPDF_Doc document;
    HPDF_Font font;
    HPDF_Page page;
    const struct labels_options *options;
    size_t pages;
};

/* Without a handler libharu ends in a loop of its own after a failure: codes are asked for instead. */
static void note(HPDF_STATUS error, HPDF_STATUS detail, void *context)
{
    (void)error;
    (void)detail;
    (void)context;
}

static int open_pdf(const struct labels_options *options, struct pdf *pdf)
{
    const char *path = options->font != NULL ? options->font : FONT;
    const char *name;

    memset(pdf, 0, sizeof(*pdf));
    pdf->options = options;
    if (access(path, R_OK) != 0)
        return NAVETTE_E_NOT_FOUND;
    pdf->document = HPDF_New(note, NULL);
    if (pdf->document == NULL)
        return NAVETTE_E_MEMORY;
    (void)HPDF_SetCompressionMode(pdf->document, HPDF_COMP_ALL);
    (void)HPDF_UseUTFEncodings(pdf->document);
    name = HPDF_LoadTTFontFromFile(pdf->document, path, HPDF_TRUE);
    pdf->font = name != NULL ? HPDF_GetFont(pdf->document, name, "UTF-8") : NULL;
    return pdf->font != NULL ? 0 : NAVETTE_E_NOT_FOUND;
}

static int add_page(struct pdf *pdf)
{
    const struct label_sheet *sheet = &pdf->options->sheet;

    pdf->page = HPDF_AddPage(pdf->document);
    if (pdf->page == NULL)
        return NAVETTE_E_MEMORY;
    (void)HPDF_Page_SetWidth(pdf->page, (HPDF_REAL)(sheet->page_width * POINTS));
    (void)HPDF_Page_SetHeight(pdf->page, (HPDF_REAL)(sheet->page_height * POINTS));
    pdf->pages++;
    return 0;
}

static HPDF_REAL across(double mm)
{
    return (HPDF_REAL)(mm * POINTS);
}

/* From the top, as people measure; PDF counts from the bottom. */
static HPDF_REAL down(const struct pdf *pdf, double mm)
{
    return (HPDF_REAL)((pdf->options->sheet.page_height - mm) * POINTS);
}

static void add_box(const struct pdf *pdf, double x, double y, double width, double height)
{
    (void)HPDF_Page_Rectangle(pdf->page, across(x), down(pdf, y + height), across(width), across(height));
}

/* Runs of dark modules, each one rectangle. Rows of a QR lie a hair over each other, so that no viewer shows seams. */
static void draw_symbol(const struct pdf *pdf, const struct label_code *code, const struct label_layout *layout, double left, double top)
{
    double height = code->height == 1 ? layout->symbol.height : layout->module;
    double lap = code->height == 1 ? 0.0 : layout->module * 0.02;

    for (unsigned int row = 0; row < code->height; row++) {
        unsigned int column = 0;

        while (column < code->width) {
            unsigned int first = column;

            while (column < code->width && label_code_is_dark(code, row, column))
                column++;
            if (column > first)
                add_box(pdf, left + layout->symbol.x + first * layout->module, top + layout->symbol.y + row * height,
                        (column - first) * layout->module, height + lap);
            else
                column++;
        }
    }
    (void)HPDF_Page_Fill(pdf->page);
}

/* Letters outside the Basic Multilingual Plane are none that libharu can place. */
static void copy_text(const char *text, char out[TEXT_BYTES])
{
    size_t used = 0;

    for (const char *p = text; *p != '\0' && used + 8 < TEXT_BYTES; p++) {
        if (((unsigned char)*p & 0xf8) == 0xf0) {
            out[used++] = '?';
            while (((unsigned char)p[1] & 0xc0) == 0x80)
                p++;
        } else {
            out[used++] = *p;
        }
    }
    out[used] = '\0';
}

static double width_of(const struct pdf *pdf, const char *text)
{
    return (double)HPDF_Page_TextWidth(pdf->page, text) / POINTS;
}

/* How many bytes of the text fit, whole characters; dots: with "…" behind them. */
static size_t fitting(const struct pdf *pdf, const char *text, double width, int dots, char shown[TEXT_BYTES])
{
    size_t len = strlen(text);

    for (;;) {
        (void)snprintf(shown, TEXT_BYTES, "%.*s%s", (int)len, text, dots && text[len] != '\0' ? "…" : "");
        if (len == 0 || width_of(pdf, shown) <= width)
            return len;
        len--;
        while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
            len--;
    }
}

/* One line, centred in the box or at its left. */
static void put_line(const struct pdf *pdf, const char *shown, double x, double y, double width, int centred)
{
    double shift = centred ? (width - width_of(pdf, shown)) / 2.0 : 0.0;

    (void)HPDF_Page_BeginText(pdf->page);
    (void)HPDF_Page_TextOut(pdf->page, across(x + shift), down(pdf, y), shown);
    (void)HPDF_Page_EndText(pdf->page);
}

static void set_size(const struct pdf *pdf, double mm)
{
    (void)HPDF_Page_SetFontAndSize(pdf->page, pdf->font, across(mm));
}

/* Cut to its lines; the first one ends at a blank where there is one. */
static void draw_text(const struct pdf *pdf, const char *text, double size, double y, int lines, const struct label_box *box, int centred)
{
    char whole[TEXT_BYTES], shown[TEXT_BYTES];
    const char *rest = whole;

    if (size <= 0.0 || text == NULL)
        return;
    copy_text(text, whole);
    set_size(pdf, size);
    for (int line = 1; line <= lines && *rest != '\0'; line++, y += size * 1.25) {
        size_t len = fitting(pdf, rest, box->width, line == lines, shown);

        if (line < lines && rest[len] != '\0') {
            size_t blank = len;

            while (blank > 0 && rest[blank] != ' ')
                blank--;
            len = blank > 0 ? blank : len;
            shown[len] = '\0';
        }
        put_line(pdf, shown, box->x, y, box->width, centred);
        rest += len;
        rest += strspn(rest, " ");
    }
}

/* The code is never cut: its letters become smaller. */
static void draw_code(const struct pdf *pdf, const char *text, const struct label_layout *layout, const struct label_box *box, double y,
                      int centred)
{
    double size = layout->code_size;

    set_size(pdf, size);
    while (size > SIZE_MIN && width_of(pdf, text) > box->width) {
        size *= 0.95;
        set_size(pdf, size);
    }
    put_line(pdf, text, box->x, y, box->width, centred);
}

static void draw_outline(const struct pdf *pdf, double left, double top)
{
    (void)HPDF_Page_GSave(pdf->page);
    (void)HPDF_Page_SetLineWidth(pdf->page, 0.2f);
    (void)HPDF_Page_SetGrayStroke(pdf->page, 0.6f);
    add_box(pdf, left, top, pdf->options->sheet.width, pdf->options->sheet.height);
    (void)HPDF_Page_Stroke(pdf->page);
    (void)HPDF_Page_GRestore(pdf->page);
}

static int is_text(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* place: which label of its sheet, from 0. */
static int draw_label(const struct pdf *pdf, const struct label_print *label, unsigned int place)
{
    const struct labels_options *options = pdf->options;
    const struct label_sheet *sheet = &options->sheet;
    unsigned int column = place % sheet->columns, row = place / sheet->columns;
    double left = sheet->left + column * sheet->step_x, top = sheet->top + row * sheet->step_y;
    int centred = options->symbol == LABEL_CODE128;
    struct label_layout layout;
    struct label_code code;
    int rc = label_code_make(label->code, options->symbol, &code);

    if (rc == 0)
        rc = label_layout_make(sheet, column, row, &code, options->symbol, is_text(label->title), is_text(options->library), &layout);
    if (rc == 0) {
        struct label_box box = layout.text;

        box.x += left;
        box.y += top;
        if (options->outline)
            draw_outline(pdf, left, top);
        draw_symbol(pdf, &code, &layout, left, top);
        draw_text(pdf, options->library, layout.library_size, top + layout.library_y, 1, &box, centred);
        draw_text(pdf, label->title, layout.title_size, top + layout.title_y, layout.title_lines, &box, centred);
        draw_code(pdf, label->code, &layout, &box, top + layout.code_y, centred);
    }
    label_code_free(&code);
    return rc;
}

static int draw_all(struct pdf *pdf, const struct label_print *labels, size_t count, size_t *wrong)
{
    const struct labels_options *options = pdf->options;
    unsigned int whole = options->sheet.columns * options->sheet.rows;
    unsigned int place = options->start - 1;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count * options->copies; i++, place++) {
        if (i == 0 || place % whole == 0)
            rc = add_page(pdf);
        if (rc == 0)
            rc = draw_label(pdf, &labels[i / options->copies], place % whole);
        if (rc == NAVETTE_E_INVALID || rc == NAVETTE_E_FULL)
            *wrong = i / options->copies;
    }
    return rc;
}

/* Beside the path, then renamed: nobody prints half a file. */
static int save(const struct pdf *pdf)
{
    char beside[PATH_BYTES];
    int cause;

    if (snprintf(beside, sizeof(beside), "%s.%ld", pdf->options->path, (long)getpid()) >= (int)sizeof(beside)) {
        errno = ENAMETOOLONG;
        return NAVETTE_E_SYSTEM;
    }
    errno = 0;
    if (HPDF_SaveToFile(pdf->document, beside) == HPDF_OK && rename(beside, pdf->options->path) == 0)
        return 0;
    cause = errno != 0 ? errno : EIO;
    (void)unlink(beside);
    errno = cause;
    return NAVETTE_E_SYSTEM;
}

int label_pdf_write(const struct labels_options *options, const struct label_print *labels, size_t count, size_t *wrong, size_t *pages)
{
    struct pdf pdf;
    int rc;

    *pages = 0;
    if (count == 0 || options->copies < 1 || options->copies > LABELS_COPIES_MAX || count > LABELS_MAX / options->copies)
        return NAVETTE_E_TOO_LARGE;
    if (options->start < 1 || options->start > options->sheet.columns * options->sheet.rows)
        return NAVETTE_E_TOO_LARGE;
    rc = open_pdf(options, &pdf);
    if (rc == 0)
        rc = draw_all(&pdf, labels, count, wrong);
    if (rc == 0 && HPDF_GetError(pdf.document) != HPDF_OK)
        rc = NAVETTE_E_MEMORY;
    if (rc == 0)
        rc = save(&pdf);
    *pages = pdf.pages;
    if (pdf.document != NULL) {
        int cause = errno;

        HPDF_Free(pdf.document);
        errno = cause;
    }
    return rc;
}

const struct label_sheet *label_pdf_sheet_for(const char *code, enum label_symbol symbol)
{
    const struct label_sheet *best = NULL, *sheet;
    struct label_layout layout;
    struct label_code made;

    if (label_code_make(code, symbol, &made) != 0)
        return NULL;
    for (size_t i = 0; (sheet = label_sheet_at(i)) != NULL; i++) {
        if (label_layout_make(sheet, 0, 0, &made, symbol, 0, 0, &layout) == 0 &&
            (best == NULL || sheet->width * sheet->height < best->width * best->height))
            best = sheet;
    }
    label_code_free(&made);
    return best;
}
