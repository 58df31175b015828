/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_IMPORT_SEEN_H
#define NODE_CLI_IMPORT_SEEN_H

#include <stddef.h>
#include <stdint.h>

#include "navette/import.h"

/* Which barcodes an export has had so far, and its libraries: 16 bytes a barcode, whatever the records hold. */
#define IMPORT_SEEN_MAX 50000000u  /* barcodes of one run: 1.6 GiB; a national catalogue is imported library by library */
#define IMPORT_LIBRARIES_MAX 4096u /* libraries of one export */

struct import_library {
    char source[IMPORT_SOURCE + 1]; /* as the file says */
    char place[LIMIT_PLACE_CODE + 1];
    uint64_t items;
};

struct import_seen {
    uint8_t (*slots)[16]; /* owned; all zeros: free */
    size_t capacity, count;
    struct import_library *libraries; /* owned */
    size_t library_count, last;
    uint64_t other_libraries; /* items of those past the limit */
};

void import_seen_init(struct import_seen *seen);
void import_seen_free(struct import_seen *seen);
/* NAVETTE_E_EXISTS: this barcode came before. NAVETTE_E_TOO_LARGE. NAVETTE_E_MEMORY. */
int import_seen_add(struct import_seen *seen, const char *barcode);
int import_seen_has(const struct import_seen *seen, const char *barcode);
int import_seen_library(struct import_seen *seen, const char *source, const char *place); /* NAVETTE_E_MEMORY */

#endif
