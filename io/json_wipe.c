/* SPDX-License-Identifier: Apache-2.0 */
#include "io/json_wipe.h"

#include <jansson.h>
#include <malloc.h>
#include <sodium.h>
#include <stdlib.h>

static void wipe_and_free(void *memory)
{
    if (memory != NULL)
        sodium_memzero(memory, malloc_usable_size(memory));
    free(memory);
}

void json_wipe_freed(void)
{
    json_set_alloc_funcs(malloc, wipe_and_free);
}
