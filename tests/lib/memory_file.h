/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_MEMORY_FILE_H
#define TESTS_MEMORY_FILE_H

#include <stddef.h>
#include <stdint.h>

/* A file in memory, at most `step` bytes a read: an import_read_fn, its context a struct memory_file. */
struct memory_file {
    const void *data;
    size_t len, at, step;
};
long memory_file_read(void *context, void *out, size_t len);

#endif
