/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_IMPORT_MAKE_H
#define IO_IMPORT_MAKE_H

#include "io/import_clean.h"
#include "io/import_encoding.h"
#include "navette/import.h"

/* Turns texts of a file into the parts of an item, within an event's limits, and keeps account of what had to be mended or cut. */
struct import_maker {
    const struct import_profile *profile; /* borrowed */
    struct import_decoder decoder;        /* owned, as is `text` */
    enum import_encoding encoding;        /* of the record at hand */
    struct buffer text;
    struct import_cleaned cleaned; /* since import_make_begin() */
    uint64_t cut, dropped;
    int failed; /* there was no memory: what was made since is not to be used */
    struct import_item item;
    char last_from[2][IMPORT_SOURCE + 1]; /* of the home, of the place now: the same code comes a thousand times */
    char last_to[2][LIMIT_PLACE_CODE + 1];
};

int import_make_open(struct import_maker *maker, const struct import_profile *profile);
void import_make_close(struct import_maker *maker);
void import_make_begin(struct import_maker *maker); /* a record or row */
void import_make_item(struct import_maker *maker);  /* empties the item */

/* Decodes and cleans into out, at most size - 1 bytes, and ends it. What does not fit is counted in *cut (NULL: not counted). */
void import_make_text(struct import_maker *maker, struct span text, char *out, size_t size, uint64_t *cut);
/* One that the item keeps although Navette has no name for it; a key that is there already gets a number. Counted when it does not fit. */
void import_make_extra(struct import_maker *maker, const char *key, struct span text);
/* Barcode without its stars; whether it will do. IMPORT_FINE, IMPORT_NO_BARCODE, IMPORT_BARCODE_LONG, IMPORT_BARCODE_ROUNDED. */
enum import_reason import_make_barcode(struct import_maker *maker, struct span text);
/* The id of one without: from the system's own number of it, else the record's and its position there. IMPORT_LABELLED, IMPORT_NO_NUMBER. */
enum import_reason import_make_id(struct import_maker *maker, const char *number, const char *record, unsigned position);
/* library and library_now as place codes, by the profile. IMPORT_FINE, IMPORT_NO_LIBRARY. */
enum import_reason import_make_places(struct import_maker *maker);
void import_make_material(struct import_maker *maker, const char *code);
/* Sorts what an item keeps; to be called last. */
void import_make_done(struct import_maker *maker);

#endif
