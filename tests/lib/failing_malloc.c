/* SPDX-License-Identifier: Apache-2.0 */
#include "failing_malloc.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *pointer, size_t size);

/* Thread-local: a library's own threads neither count nor fail. */
static _Thread_local uint64_t fail_at;
static _Thread_local uint64_t asked;

static int strikes(void)
{
    asked++;
    if (fail_at == 0 || asked != fail_at)
        return 0;
    fail_at = 0;
    return 1;
}

void failing_malloc_at(uint64_t k)
{
    fail_at = k;
    asked = 0;
}

uint64_t failing_malloc_count(void)
{
    return asked;
}

int failing_malloc_pending(void)
{
    return fail_at != 0;
}

void *__wrap_malloc(size_t size)
{
    return strikes() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return strikes() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *pointer, size_t size)
{
    return strikes() ? NULL : __real_realloc(pointer, size);
}
