/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_IMPORT_MARC_H
#define IO_IMPORT_MARC_H

#include <yaz/marcdisp.h>
#include <yaz/wrbuf.h>

#include "navette/import.h"
#include "navette/span.h"

/* One ISO 2709 record, taken apart by libyaz: fields and subfields in its order, texts in the record's own encoding. */
struct import_subfield {
    char code;
    struct span text;
};

struct import_field {
    char tag[4];
    size_t first, count; /* its subfields; a control field has one, of code 0 */
};

struct import_marc {
    yaz_marc_t yaz; /* owned, as is what follows */
    WRBUF text;
    struct import_field *fields;
    size_t field_count, field_room;
    struct import_subfield *subfields;
    size_t subfield_count, subfield_room;
    char leader[24];
    struct buffer plain; /* the record with the lengths that the formats have, when its leader tells others */
};

int import_marc_open(struct import_marc *marc); /* NAVETTE_E_MEMORY */
void import_marc_close(struct import_marc *marc);
/* A record whose directory holds. NAVETTE_E_INVALID: libyaz refuses it. NAVETTE_E_MEMORY. Borrows nothing from it afterwards. */
int import_marc_read(struct import_marc *marc, struct span record);

/* The n-th (from 1) subfield of this code in a field; NULL. */
const struct import_subfield *import_marc_subfield(const struct import_marc *marc, const struct import_field *field, char code, unsigned n);

#endif
