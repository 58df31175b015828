/* SPDX-License-Identifier: Apache-2.0 */
#include "io/import_window.h"

#include <stdlib.h>
#include <string.h>

#include "navette/error.h"

int import_window_open(struct import_window *window, size_t size, import_read_fn *read, void *context)
{
    *window = (struct import_window){.read = read, .context = context, .size = size, .bytes = malloc(size + 1)};
    return window->bytes != NULL ? 0 : NAVETTE_E_MEMORY;
}

void import_window_close(struct import_window *window)
{
    free(window->bytes);
    window->bytes = NULL;
}

int import_window_fill(struct import_window *window, size_t wanted)
{
    if (window->ended || window->len - window->start >= wanted)
        return 0;
    memmove(window->bytes, window->bytes + window->start, window->len - window->start);
    window->offset += window->start;
    window->len -= window->start;
    window->start = 0;
    while (window->len < window->size && !window->ended) {
        long got = window->read(window->context, window->bytes + window->len, window->size - window->len);

        if (got < 0)
            return NAVETTE_E_SYSTEM;
        window->ended = got == 0;
        window->len += (size_t)got;
    }
    return 0;
}
