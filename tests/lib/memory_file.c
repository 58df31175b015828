/* SPDX-License-Identifier: Apache-2.0 */
#include "memory_file.h"

#include <string.h>

long memory_file_read(void *context, void *out, size_t len)
{
    struct memory_file *file = context;
    size_t take = file->len - file->at;

    take = take > file->step ? file->step : take;
    take = take > len ? len : take;
    memcpy(out, (const char *)file->data + file->at, take);
    file->at += take;
    return (long)take;
}
