/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_IMPORT_ISO2709_H
#define IO_IMPORT_ISO2709_H

#include "io/import_window.h"
#include "navette/span.h"

/*
 * Records of an ISO 2709 file, found again after anything that is no record. A record is taken when its directory leads, field by field, to terminators; its
 * length and its 0x1D then only have to agree. What is left over is told once, with its place.
 */
struct import_iso2709 {
    struct import_window window;
    uint64_t number; /* of the last record */
    int losing;      /* in something that is no record, since lost_from; told once it ends */
    enum import_reason lost_reason;
    uint64_t lost_from;
    uint8_t mended[IMPORT_RECORD_BYTES + 1];
};

struct import_chunk {
    uint64_t record, offset;
    struct span record_bytes;  /* of the length its leader says, terminated; borrowed until the next call; len 0: only told of */
    enum import_reason reason; /* IMPORT_FINE; else what is told */
    uint64_t bytes;            /* that the report concerns */
    int controls;              /* NULs that were made spaces */
};

int import_iso2709_open(struct import_iso2709 *reader, import_read_fn *read, void *context); /* NAVETTE_E_MEMORY */
void import_iso2709_close(struct import_iso2709 *reader);
/* NAVETTE_E_NOT_FOUND at the end; NAVETTE_E_SYSTEM. */
int import_iso2709_next(struct import_iso2709 *reader, struct import_chunk *chunk);

#endif
