/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_IMPORT_SOURCE_H
#define IO_IMPORT_SOURCE_H

#include "io/import_csv.h"
#include "io/import_iso2709.h"
#include "io/import_make.h"
#include "io/import_marc.h"

/* A file being imported: import.c turns it, import_record.c and import_columns.c read one record or row. */
#define IMPORT_NOTES 24u /* of one record: fewer than there are reasons */

struct import_column {
    char key[LIMIT_CODE + 1]; /* its name, as extra keeps it */
    char folded[IMPORT_SOURCE + 1];
};

enum import_slot { SLOT_BARCODE, SLOT_HOME, SLOT_AT, SLOT_CALL_NUMBER, SLOT_MATERIAL, SLOT_NUMBER, SLOT_TITLE, SLOT_AUTHOR, SLOTS };

struct import {
    const struct import_profile *profile;
    struct import_counts counts;
    struct import_maker maker;
    struct import_note notes[IMPORT_NOTES];
    size_t note_count, note_next;

    /* MARC */
    struct import_iso2709 iso2709;
    struct import_marc marc;
    struct span *texts; /* owned: those that are not plain ASCII, of the record at hand */
    size_t text_room;
    struct import_chunk chunk;
    int in_record;
    size_t field;      /* the next to look at */
    unsigned position; /* of the item in its record */
    char title[LIMIT_TITLE + 1], author[LIMIT_AUTHOR + 1], control[LIMIT_THING_ID + 1];

    /* CSV */
    struct import_csv csv;
    struct import_column *columns; /* owned */
    size_t column_count;
    int slots[SLOTS]; /* column of each, -1: none */
};

/* Queues something to be told. The detail is cut to fit. */
void import_source_note(struct import *import, enum import_reason reason, uint64_t count, const char *detail);
/* Queues what the maker mended since it began. */
void import_source_mended(struct import *import);

/* The next record: 0, NAVETTE_E_NOT_FOUND at the end, others as import_next(). Notes may be queued, in_record is set when it can have items. */
int import_record_begin(struct import *import);
/* Its next item: 1 when the maker holds one, 0: a note was queued, or the record is over. */
int import_record_item(struct import *import);
/* The next row: as import_record_begin(); in_record is set when the maker holds its item. */
int import_columns_row(struct import *import);

#endif
