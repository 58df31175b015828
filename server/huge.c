/* SPDX-License-Identifier: Apache-2.0 */
#include "server/huge.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

/* Not zeroed. */
static void *take(size_t size)
{
    size_t whole = (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    void *memory;

    if (size < HUGE_PAGE)
        return malloc(size);
    memory = aligned_alloc(HUGE_PAGE, whole);
    if (memory)
        (void)madvise(memory, whole, MADV_HUGEPAGE); /* refused: small pages do */
    return memory;
}

void *huge_zeroed(size_t size)
{
    void *memory = take(size);

    if (memory)
        memset(memory, 0, size);
    return memory;
}

void *huge_grow(void *old, size_t used, size_t size)
{
    void *memory = take(size);

    if (!memory)
        return NULL;
    if (used > 0)
        memcpy(memory, old, used);
    free(old);
    return memory;
}
