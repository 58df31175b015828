/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_IMPORT_WINDOW_H
#define IO_IMPORT_WINDOW_H

#include "navette/import.h"

/* A window on a file that is read once, from its beginning: what is looked at lies whole in memory, however little a read gives. */
struct import_window {
    import_read_fn *read;
    void *context;
    uint8_t *bytes; /* owned */
    size_t size;
    size_t start, len; /* what is still to be looked at: bytes[start] up to bytes[len] */
    uint64_t offset;   /* of bytes[0] in the file */
    int ended;
};

/* One byte more than `size` may be written behind it. NAVETTE_E_MEMORY. */
int import_window_open(struct import_window *window, size_t size, import_read_fn *read, void *context);
void import_window_close(struct import_window *window);
/* Fills it unless `wanted` bytes are there already, or all there are. NAVETTE_E_SYSTEM. */
int import_window_fill(struct import_window *window, size_t wanted);

#endif
