/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/import.h"

#include <stdlib.h>
#include <string.h>

#include "io/import_source.h"
#include "navette/error.h"

const char *import_reason_word(enum import_reason reason)
{
    static const char *const words[IMPORT_REASONS] = {
        [IMPORT_FINE] = "fine",
        [IMPORT_TRUNCATED] = "truncated",
        [IMPORT_GARBAGE] = "garbage",
        [IMPORT_BAD_LENGTH] = "bad-length",
        [IMPORT_BAD_DIRECTORY] = "bad-directory",
        [IMPORT_LINE_TOO_LONG] = "line-too-long",
        [IMPORT_QUOTE_OPEN] = "quote-open",
        [IMPORT_COLUMNS_MORE] = "too-many-columns",
        [IMPORT_COLUMNS_FEW] = "too-few-columns",
        [IMPORT_NO_BARCODE] = "no-barcode",
        [IMPORT_BARCODE_LONG] = "barcode-too-long",
        [IMPORT_BARCODE_ROUNDED] = "barcode-rounded",
        [IMPORT_BARCODE_CUT] = "barcode-cut",
        [IMPORT_NO_LIBRARY] = "no-library",
        [IMPORT_NO_NUMBER] = "no-number",
        [IMPORT_LENGTH_MENDED] = "length-mended",
        [IMPORT_DIRECTORY_MENDED] = "directory-mended",
        [IMPORT_MIXED_ENCODINGS] = "mixed-encodings",
        [IMPORT_DOUBLE_ENCODED] = "double-encoded",
        [IMPORT_MARKS_DROPPED] = "marks-dropped",
        [IMPORT_CONTROLS_DROPPED] = "controls-dropped",
        [IMPORT_BYTES_REPLACED] = "bytes-replaced",
        [IMPORT_TEXT_CUT] = "text-cut",
        [IMPORT_EXTRA_DROPPED] = "extra-dropped",
        [IMPORT_LABELLED] = "without-barcode",
    };
    return words[reason];
}

void import_source_note(struct import *import, enum import_reason reason, uint64_t count, const char *detail)
{
    struct import_note *note;

    if (import->note_count >= IMPORT_NOTES)
        return;
    note = &import->notes[import->note_count++];
    memset(note, 0, sizeof *note);
    note->reason = reason;
    note->bytes = count;
    note->offset = import->chunk.offset;
    if (import->profile->form == IMPORT_CSV)
        note->line = import->chunk.record;
    else
        note->record = import->chunk.record;
    (void)snprintf(note->detail, sizeof note->detail, "%.*s", (int)import_clean_cut(detail, strlen(detail), sizeof note->detail - 1),
                   detail);
}

void import_source_mended(struct import *import)
{
    const struct import_maker *maker = &import->maker;
    const struct {
        uint64_t count;
        enum import_reason reason;
    } kinds[] = {
        {maker->cleaned.twice, IMPORT_DOUBLE_ENCODED},
        {maker->cleaned.marks, IMPORT_MARKS_DROPPED},
        {maker->cleaned.controls, IMPORT_CONTROLS_DROPPED},
        {maker->cleaned.replaced, IMPORT_BYTES_REPLACED},
        {maker->cut, IMPORT_TEXT_CUT},
        {maker->dropped, IMPORT_EXTRA_DROPPED},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].count > 0)
            import_source_note(import, kinds[i].reason, kinds[i].count, "");
}

int import_open(const struct import_profile *profile, import_read_fn *read, void *context, struct import **import)
{
    struct import *made = calloc(1, sizeof *made);
    int rc;

    *import = NULL;
    if (made == NULL)
        return NAVETTE_E_MEMORY;
    made->profile = profile;
    rc = import_make_open(&made->maker, profile);
    if (rc == 0 && profile->form == IMPORT_CSV)
        rc = import_csv_open(&made->csv, read, context);
    else if (rc == 0)
        rc = import_iso2709_open(&made->iso2709, read, context);
    if (rc == 0 && profile->form != IMPORT_CSV)
        rc = import_marc_open(&made->marc);
    if (rc != 0)
        import_close(made);
    else
        *import = made;
    return rc;
}

void import_close(struct import *import)
{
    if (import == NULL)
        return;
    import_make_close(&import->maker);
    import_iso2709_close(&import->iso2709);
    import_marc_close(&import->marc);
    import_csv_close(&import->csv);
    free(import->texts);
    free(import->columns);
    free(import);
}

/* One step of a MARC file. 1: the maker holds an item. */
static int advance_record(struct import *import)
{
    return import->in_record ? import_record_item(import) : import_record_begin(import);
}

/* One row. 1: the maker holds an item. */
static int advance_row(struct import *import)
{
    int rc;

    import->in_record = 0;
    rc = import_columns_row(import);
    return rc != 0 ? rc : import->in_record;
}

int import_next(struct import *import, enum import_what *what, const struct import_item **item, const struct import_note **note)
{
    int csv = import->profile->form == IMPORT_CSV, rc = 0;
    const struct import_window *window = csv ? &import->csv.window : &import->iso2709.window;

    for (;;) {
        if (import->note_next < import->note_count) {
            *what = IMPORT_A_NOTE;
            *note = &import->notes[import->note_next++];
            return 0;
        }
        import->note_next = import->note_count = 0;
        rc = csv ? advance_row(import) : advance_record(import);
        if (import->maker.failed || import->maker.decoder.failed)
            return NAVETTE_E_MEMORY;
        import->counts.bytes = window->offset + window->start;
        if (rc == 1) {
            *what = IMPORT_AN_ITEM;
            *item = &import->maker.item;
            return 0;
        }
        if (rc == NAVETTE_E_NOT_FOUND) {
            *what = IMPORT_THE_END;
            return 0;
        }
        if (rc == NAVETTE_E_INVALID)
            *note = &import->notes[0];
        if (rc != 0)
            return rc;
    }
}

const struct import_counts *import_counts(const struct import *import)
{
    return &import->counts;
}
