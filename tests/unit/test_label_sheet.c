/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sheets of labels, symbols and where they go (labels.h).
 *   - the table: every label inside its page, none over another, names and makers' numbers found
 *   - label_sheet_read: measures of one's own, at each limit and past it, malformed
 *   - label_code_make: modules of known codes, quiet zones, what a Code 128 can't say
 *   - label_layout_make: on every sheet, every label, both symbols, with and without title and library: everything inside the label, nothing over another, the quiet zone
 *     empty, the code always in letters; the narrowest module, and one that is too wide
 *   - label_pdf_write: too many labels, start, copies, a font that is not there, no memory
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/label_layout.h"
#include "navette/error.h"

#define HAIR 0.06 /* mm */

static void test_label_sheets_lie_inside_their_page(void **state)
{
    const struct label_sheet *sheet;
    size_t count = 0;

    (void)state;
    for (; (sheet = label_sheet_at(count)) != NULL; count++) {
        struct label_sheet found;

        assert_true(sheet->left >= 0.0 && sheet->top >= 0.0);
        assert_true(sheet->left + (sheet->columns - 1) * sheet->step_x + sheet->width <= sheet->page_width + HAIR);
        assert_true(sheet->top + (sheet->rows - 1) * sheet->step_y + sheet->height <= sheet->page_height + HAIR);
        assert_true(sheet->step_x >= sheet->width - HAIR && sheet->step_y >= sheet->height - HAIR);
        assert_true(sheet->columns * sheet->rows <= LABELS_PER_SHEET_MAX);
        /* in the middle: what is left of the page is left on both sides */
        assert_true(sheet->page_width - 2 * sheet->left - (sheet->columns - 1) * sheet->step_x - sheet->width < 0.4);
        assert_int_equal(label_sheet_read(sheet->name, &found), 0);
        assert_memory_equal(&found, sheet, sizeof(found));
    }
    assert_true(count >= 12);
}

static void test_label_sheet_read_table(void **state)
{
    static const struct {
        const char *text;
        int rc;
        double width, height, left, top, step_x, step_y, page_width;
        unsigned int columns, rows;
    } rows[] = {
        {"L7160", 0, 63.5, 38.1, 7.2, 15.15, 66.0, 38.1, 210, 3, 7},
        {"l7651", 0, 38.1, 21.2, 4.75, 10.7, 40.6, 21.2, 210, 5, 13},
        {"57x32", 0, 57, 32, 0, 0, 57, 32, 57, 1, 1},
        {"70x37+3x8", 0, 70, 37, 0, 0.5, 70, 37, 210, 3, 8},
        {"60.5x30+3x9", 0, 60.5, 30, 14.25, 13.5, 60.5, 30, 210, 3, 9},
        {"60x30+3x9+10,12", 0, 60, 30, 10, 12, 60, 30, 210, 3, 9},
        {"60x30+3x9+10,12+2,1.5", 0, 60, 30, 10, 12, 62, 31.5, 210, 3, 9},
        {"60x30+3x9+10,12.25+2,1@215.9x350", 0, 60, 30, 10, 12.25, 62, 31, 215.9, 3, 9},
        {"60x30@100x50", 0, 60, 30, 20, 10, 60, 30, 100, 1, 1},
        {"15x15+1x1@15x15", 0, 15, 15, 0, 0, 15, 15, 15, 1, 1},
        {"500x500", 0, 500, 500, 0, 0, 500, 500, 500, 1, 1},
        {"15x15+20x25@300x375", 0, 15, 15, 0, 0, 15, 15, 300, 20, 25},
        {"", NAVETTE_E_NOT_FOUND, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {"9x9", NAVETTE_E_NOT_FOUND, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {"L9999", NAVETTE_E_NOT_FOUND, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {"L7", NAVETTE_E_NOT_FOUND, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {"14.9x15", NAVETTE_E_INVALID, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {"501x100", NAVETTE_E_INVALID, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {"15x15+20x26@300x390", NAVETTE_E_INVALID, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {"70x37+3x9", NAVETTE_E_INVALID, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {"70x37+4x8", NAVETTE_E_INVALID, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {"70x37+0x8", NAVETTE_E_INVALID, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {"70x37+2.5x8", NAVETTE_E_INVALID, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {"70x37+3x8+1", NAVETTE_E_INVALID, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {"70x37+3x8+1,0.5", NAVETTE_E_INVALID, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {"70x37+3x8@", NAVETTE_E_INVALID, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {"70x37x3", NAVETTE_E_INVALID, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {"70.x.37", NAVETTE_E_INVALID, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {"7000x37+3x8", NAVETTE_E_INVALID, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {"60.000000000x30.000000000+3x9+10.00000000,12.0000", NAVETTE_E_INVALID, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct label_sheet sheet;

        if (label_sheet_read(rows[i].text, &sheet) != rows[i].rc)
            fail_msg("%s", rows[i].text);
        if (rows[i].rc != 0)
            continue;
        assert_float_equal(sheet.width, rows[i].width, 0.001);
        assert_float_equal(sheet.height, rows[i].height, 0.001);
        assert_float_equal(sheet.left, rows[i].left, 0.001);
        assert_float_equal(sheet.top, rows[i].top, 0.001);
        assert_float_equal(sheet.step_x, rows[i].step_x, 0.001);
        assert_float_equal(sheet.step_y, rows[i].step_y, 0.001);
        assert_float_equal(sheet.page_width, rows[i].page_width, 0.001);
        assert_int_equal(sheet.columns, rows[i].columns);
        assert_int_equal(sheet.rows, rows[i].rows);
    }
}

static void test_label_code_make_modules(void **state)
{
    struct label_code code;

    (void)state;
    /* start C, seven pairs, check: 11 modules each; stop: 13 */
    assert_int_equal(label_code_make("00020601000001", LABEL_CODE128, &code), 0);
    assert_int_equal(code.width, 9 * 11 + 13);
    assert_int_equal(code.height, 1);
    assert_int_equal(code.quiet, 10);
    assert_true(label_code_is_dark(&code, 0, 0) && label_code_is_dark(&code, 0, code.width - 1));
    label_code_free(&code);
    assert_int_equal(label_code_make("00020601000001", LABEL_QR, &code), 0);
    assert_int_equal(code.width, 21); /* version 1 */
    assert_int_equal(code.height, 21);
    assert_int_equal(code.quiet, 4);
    for (unsigned int i = 0; i < 7; i++) /* the finder's edge, and the light line beside it */
        assert_true(label_code_is_dark(&code, 0, i) && !label_code_is_dark(&code, 7, i));
    label_code_free(&code);
    assert_int_equal(label_code_make("\xc3\xa9", LABEL_CODE128, &code), NAVETTE_E_INVALID);
    assert_int_equal(label_code_make("a\tb", LABEL_CODE128, &code), NAVETTE_E_INVALID);
    assert_int_equal(label_code_make("", LABEL_CODE128, &code), NAVETTE_E_INVALID);
    assert_int_equal(label_code_make("\xc3\xa9", LABEL_QR, &code), 0);
    label_code_free(&code);
    label_code_free(&code);
}

static void check_layout(const struct label_sheet *sheet, const struct label_code *code, const struct label_layout *layout,
                         enum label_symbol symbol)
{
    double quiet = code->quiet * layout->module, top = layout->symbol.y;

    assert_true(layout->module >= (symbol == LABEL_QR ? LABEL_MODULE_MIN_QR : LABEL_MODULE_MIN_CODE128));
    assert_true(layout->symbol.x - quiet >= 1.0 && layout->symbol.x + layout->symbol.width + quiet <= sheet->width - 1.0);
    assert_true(layout->symbol.y >= 0.9 && layout->symbol.y + layout->symbol.height <= sheet->height - 0.9);
    assert_true(layout->code_size > 0.0);
    assert_true(layout->code_y <= sheet->height - 0.3 && layout->code_y - layout->code_size >= 0.0);
    assert_true(layout->text.x >= 1.0 && layout->text.x + layout->text.width <= sheet->width - 1.0);
    if (symbol == LABEL_QR) { /* beside it */
        assert_true(layout->symbol.x + layout->symbol.width + quiet <= layout->text.x + HAIR);
        return;
    }
    assert_true(layout->symbol.height >= 5.0 - HAIR);
    assert_true(layout->code_y - layout->code_size >= layout->symbol.y + layout->symbol.height - HAIR);
    if (layout->title_size > 0.0) {
        assert_true(layout->title_y + 0.1 * layout->title_size <= top);
        top = layout->title_y - layout->title_size;
    }
    if (layout->library_size > 0.0)
        assert_true(layout->library_y <= top + HAIR && layout->library_y - layout->library_size >= 0.0);
}

static void test_label_layout_make_everywhere(void **state)
{
    static const char *const codes[] = {"1", "SAC-001", "00020601000001", "ABCDEF-12345"};
    const struct label_sheet *sheet;
    size_t made = 0;

    (void)state;
    for (size_t i = 0; (sheet = label_sheet_at(i)) != NULL; i++) {
        for (size_t which = 0; which < 8; which++) {
            enum label_symbol symbol = which % 2 ? LABEL_QR : LABEL_CODE128;
            struct label_code code;

            assert_int_equal(label_code_make(codes[which / 2], symbol, &code), 0);
            for (unsigned int k = 0; k < sheet->columns * sheet->rows * 4; k++) {
                struct label_layout layout;
                int rc =
                    label_layout_make(sheet, k / 4 % sheet->columns, k / 4 / sheet->columns, &code, symbol, k & 1, k >> 1 & 1, &layout);

                assert_true(rc == 0 || (rc == NAVETTE_E_FULL && which == 6)); /* 12 letters and a narrow label */
                if (rc == 0)
                    check_layout(sheet, &code, &layout, symbol);
                made += rc == 0;
            }
            label_code_free(&code);
        }
    }
    assert_true(made > 5000);
}

static void test_label_pdf_sheet_for_is_the_smallest(void **state)
{
    (void)state;
    assert_string_equal(label_pdf_sheet_for("1", LABEL_CODE128)->name, "5x13");
    assert_string_equal(label_pdf_sheet_for("1", LABEL_QR)->name, "5x13");
    assert_true(label_pdf_sheet_for("ABCDEFGHIJKLMNOPQRSTUVWXYZ-ABCDEFGHIJ", LABEL_CODE128)->width > 80.0);
    assert_null(label_pdf_sheet_for("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", LABEL_CODE128));
    assert_null(label_pdf_sheet_for("\xc3\xa9", LABEL_CODE128));
}

static void test_label_pdf_write_limits(void **state)
{
    static const struct label_print label = {.code = "A"};
    char path[] = "/tmp/navette-labels-XXXXXX";
    int file = mkstemp(path);
    struct labels_options options = {.path = path, .start = 1, .copies = 1};
    struct label_print *many = calloc(LABELS_MAX + 1, sizeof(*many));
    size_t wrong = 77, pages;

    (void)state;
    assert_true(file >= 0);
    close(file);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(label_sheet_read("5x13", &options.sheet), 0);
    for (size_t i = 0; i <= LABELS_MAX; i++)
        many[i] = label;
    assert_int_equal(label_pdf_write(&options, many, LABELS_MAX + 1, &wrong, &pages), NAVETTE_E_TOO_LARGE);
    assert_int_equal(label_pdf_write(&options, many, 0, &wrong, &pages), NAVETTE_E_TOO_LARGE);
    options.copies = LABELS_COPIES_MAX;
    assert_int_equal(label_pdf_write(&options, many, LABELS_MAX / LABELS_COPIES_MAX + 1, &wrong, &pages), NAVETTE_E_TOO_LARGE);
    options.copies = LABELS_COPIES_MAX + 1;
    assert_int_equal(label_pdf_write(&options, many, 1, &wrong, &pages), NAVETTE_E_TOO_LARGE);
    options.copies = 1;
    options.start = 66;
    assert_int_equal(label_pdf_write(&options, many, 1, &wrong, &pages), NAVETTE_E_TOO_LARGE);
    options.start = 0;
    assert_int_equal(label_pdf_write(&options, many, 1, &wrong, &pages), NAVETTE_E_TOO_LARGE);
    options.start = 65;
    options.font = "/nowhere/such.ttf";
    assert_int_equal(label_pdf_write(&options, many, 2, &wrong, &pages), NAVETTE_E_NOT_FOUND);
    assert_int_not_equal(access(path, F_OK), 0);
    options.font = NULL;
    assert_int_equal(label_pdf_write(&options, many, 2, &wrong, &pages), 0);
    assert_int_equal(pages, 2);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(wrong, 77);
    many[1].code = "\xc3\xa9";
    assert_int_equal(label_pdf_write(&options, many, 2, &wrong, &pages), NAVETTE_E_INVALID);
    assert_int_equal(wrong, 1);
    many[2].code = "ABCDEFGHIJKLMNOPQRSTUVWXYZ-ABCDEFGHIJ";
    many[1].code = "B";
    assert_int_equal(label_pdf_write(&options, many, 3, &wrong, &pages), NAVETTE_E_FULL);
    assert_int_equal(wrong, 2);
    assert_int_equal(unlink(path), 0);
    options.path = "/nowhere/labels.pdf";
    assert_int_equal(label_pdf_write(&options, many, 1, &wrong, &pages), NAVETTE_E_SYSTEM);
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_label_sheets_lie_inside_their_page),
        cmocka_unit_test(test_label_sheet_read_table),
        cmocka_unit_test(test_label_code_make_modules),
        cmocka_unit_test(test_label_layout_make_everywhere),
        cmocka_unit_test(test_label_pdf_sheet_for_is_the_smallest),
        cmocka_unit_test(test_label_pdf_write_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
