/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "io/import_compose.h"
#include "io/import_source.h"
#include "navette/error.h"

/* Letters and figures only, small, without accents: "Code-barres", "CODE BARRES" and "code_barres" are one name. */
static void fold_name(const char *text, size_t len, char out[IMPORT_SOURCE + 1])
{
    size_t used = 0, size;
    uint32_t point;

    for (size_t at = 0; at < len && used + 4 < IMPORT_SOURCE; at += size) {
        size = import_encoding_read((const uint8_t *)text + at, len - at, &point);
        if (size == 0) {
            size = 1;
            continue;
        }
        point = import_compose_base(point);
        if (point >= 'A' && point <= 'Z')
            point += 'a' - 'A';
        if ((point >= 'a' && point <= 'z') || (point >= '0' && point <= '9'))
            out[used++] = (char)point;
    }
    out[used] = '\0';
}

int import_columns_is(const char *spec, const char *column)
{
    char wanted[IMPORT_SOURCE + 1], folded[IMPORT_SOURCE + 1];

    fold_name(column, strlen(column), folded);
    while (*spec != '\0') {
        size_t len = strcspn(spec, "|");
        fold_name(spec, len, wanted);
        if (wanted[0] != '\0' && strcmp(wanted, folded) == 0)
            return 1;
        spec += len + (spec[len] == '|');
    }
    return 0;
}

static int find_column(const struct import *import, const char *spec)
{
    char wanted[IMPORT_SOURCE + 1];

    while (*spec != '\0') {
        size_t len = strcspn(spec, "|");
        fold_name(spec, len, wanted);
        for (size_t i = 0; i < import->column_count && wanted[0] != '\0'; i++)
            if (strcmp(import->columns[i].folded, wanted) == 0)
                return (int)i;
        spec += len + (spec[len] == '|');
    }
    return -1;
}

static void choose_encoding(struct import *import, const struct import_row *row)
{
    int mixed = 0;

    import->maker.encoding =
        import_encoding_choose(&import->maker.decoder, row->fields, row->count, 1u << IMPORT_CP1252, IMPORT_CP1252, &mixed);
    if (mixed)
        import_source_note(import, IMPORT_MIXED_ENCODINGS, 1, "");
}

static int read_header(struct import *import, const struct import_row *row)
{
    const struct import_profile *profile = import->profile;
    const char *const specs[SLOTS] = {profile->barcode,  profile->home,   profile->at,    profile->call_number,
                                      profile->material, profile->number, profile->title, profile->author};

    import->columns = calloc(row->count, sizeof *import->columns);
    if (import->columns == NULL)
        return NAVETTE_E_MEMORY;
    import->column_count = row->count;
    choose_encoding(import, row);
    for (size_t i = 0; i < row->count; i++) {
        char name[IMPORT_SOURCE + 1];
        import_make_text(&import->maker, row->fields[i], name, sizeof name, NULL);
        fold_name(name, strlen(name), import->columns[i].folded);
        (void)snprintf(import->columns[i].key, sizeof import->columns[i].key, "%.*s", (int)import_clean_cut(name, strlen(name), LIMIT_CODE),
                       name);
        if (name[0] == '\0')
            (void)snprintf(import->columns[i].key, sizeof import->columns[i].key, "%zu", i + 1);
    }
    for (size_t i = 0; i < SLOTS; i++)
        import->slots[i] = find_column(import, specs[i]);
    return import->slots[SLOT_BARCODE] >= 0 || import->slots[SLOT_NUMBER] >= 0 ? 0 : NAVETTE_E_INVALID;
}

static struct span cell(const struct import *import, const struct import_row *row, enum import_slot slot)
{
    int column = import->slots[slot];

    return column >= 0 && (size_t)column < row->count ? row->fields[column] : span_of("", 0);
}

static void cell_text(struct import *import, const struct import_row *row, enum import_slot slot, char *out, size_t size)
{
    import_make_text(&import->maker, cell(import, row, slot), out, size, &import->maker.cut);
}

/* A day as French spreadsheets write it, 04/06/2020, as 2020-06-04; anything else as it is. */
static struct span iso_day(struct span text, char out[11])
{
    static const char form[] = "00/00/0000";

    if (text.len != 10)
        return text;
    for (size_t i = 0; i < 10; i++)
        if (form[i] == '/' ? text.data[i] != '/' : text.data[i] < '0' || text.data[i] > '9')
            return text;
    int day = (text.data[0] - '0') * 10 + text.data[1] - '0', month = (text.data[3] - '0') * 10 + text.data[4] - '0';
    if (day < 1 || day > 31 || month < 1 || month > 12)
        return text;
    (void)snprintf(out, 11, "%.4s-%.2s-%.2s", (const char *)text.data + 6, (const char *)text.data + 3, (const char *)text.data);
    return span_of(out, 10);
}

static void keep_rest(struct import *import, const struct import_row *row)
{
    char day[11];

    for (size_t i = 0; i < row->count && i < import->column_count; i++) {
        int taken = 0;
        for (size_t slot = 0; slot < SLOTS; slot++)
            taken |= slot != SLOT_NUMBER && import->slots[slot] == (int)i;
        if (!taken && row->fields[i].len > 0)
            import_make_extra(&import->maker, import->columns[i].key, iso_day(row->fields[i], day));
    }
}

static enum import_reason make_item(struct import *import, const struct import_row *row)
{
    struct import_maker *maker = &import->maker;
    struct import_item *item = &maker->item;
    char number[LIMIT_THING_ID + 1], material[IMPORT_SOURCE + 1];
    enum import_reason reason;

    item->line = row->line;
    item->offset = row->offset;
    reason = import_make_barcode(maker, cell(import, row, SLOT_BARCODE));
    cell_text(import, row, SLOT_NUMBER, number, sizeof number);
    if (reason == IMPORT_NO_BARCODE && row->count < import->column_count && (size_t)(import->slots[SLOT_BARCODE] + 1) > row->count)
        reason = IMPORT_COLUMNS_FEW;
    else if (reason == IMPORT_NO_BARCODE && !import->profile->without_barcode_skip)
        reason = import_make_id(maker, number, "", 0);
    cell_text(import, row, SLOT_TITLE, item->title, sizeof item->title);
    cell_text(import, row, SLOT_AUTHOR, item->author, sizeof item->author);
    cell_text(import, row, SLOT_HOME, item->library, sizeof item->library);
    cell_text(import, row, SLOT_AT, item->library_now, sizeof item->library_now);
    cell_text(import, row, SLOT_CALL_NUMBER, item->call_number, sizeof item->call_number);
    cell_text(import, row, SLOT_MATERIAL, material, sizeof material);
    import_make_material(maker, material);
    keep_rest(import, row);
    if ((reason == IMPORT_FINE || reason == IMPORT_LABELLED) && import_make_places(maker) != IMPORT_FINE)
        reason = IMPORT_NO_LIBRARY;
    import_make_done(maker);
    return reason;
}

/* What is over on the right of the last named column: empty cells are a spreadsheet's habit. */
static int is_too_wide(const struct import *import, const struct import_row *row)
{
    for (size_t i = import->column_count; i < row->count; i++)
        if (row->fields[i].len > 0)
            return 1;
    return 0;
}

static int is_wide(struct span line)
{
    return line.len >= 2 && ((line.data[0] == 0xff && line.data[1] == 0xfe) || (line.data[0] == 0xfe && line.data[1] == 0xff));
}

/* The header, with its first line in the note that says why it will not do. */
static int begin(struct import *import, const struct import_row *row)
{
    char shown[sizeof import->notes[0].detail];
    int rc = row->reason != IMPORT_FINE || is_wide(row->whole) ? NAVETTE_E_INVALID : read_header(import, row);

    if (rc == NAVETTE_E_INVALID) {
        import->maker.encoding = IMPORT_CP1252;
        import_make_text(&import->maker, is_wide(row->whole) ? span_of_string("UTF-16") : row->whole, shown, sizeof shown, NULL);
        import->note_count = 0;
        import_source_note(import, row->reason, 1, shown);
    }
    return rc;
}

int import_columns_row(struct import *import)
{
    struct import_row row;
    int rc = import_csv_next(&import->csv, &row);

    if (rc != 0)
        return rc;
    import_make_begin(&import->maker);
    import_make_item(&import->maker);
    import->chunk = (struct import_chunk){.offset = row.offset, .bytes = row.bytes};
    import->chunk.record = row.line;
    if (import->columns == NULL) {
        rc = begin(import, &row);
        return rc;
    }
    import->counts.records++;
    if (row.reason != IMPORT_FINE || is_too_wide(import, &row)) {
        import->counts.unread++;
        import->maker.encoding = IMPORT_CP1252;
        char shown[sizeof import->notes[0].detail];
        import_make_text(&import->maker, row.whole, shown, sizeof shown, NULL);
        import_source_note(import, row.reason != IMPORT_FINE ? row.reason : IMPORT_COLUMNS_MORE, row.bytes, shown);
        return 0;
    }
    choose_encoding(import, &row);
    import->counts.encodings[import->maker.encoding]++;
    import->counts.items++;
    enum import_reason reason = make_item(import, &row);
    if (reason != IMPORT_FINE)
        import_source_note(import, reason, 1,
                           import->maker.item.barcode[0] != '\0' ? import->maker.item.barcode : import->maker.item.title);
    import_source_mended(import);
    import->in_record = reason == IMPORT_FINE || reason == IMPORT_LABELLED;
    return 0;
}
