/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAILING_MALLOC_H
#define TESTS_FAILING_MALLOC_H

#include <stddef.h>
#include <stdint.h>

/*
 * Makes the k-th allocation fail. The unit tests are linked with --wrap=malloc, calloc and realloc: every allocation of our own objects (not
 * those inside the system's libraries) passes here. One plan at a time; for tests of one thread.
 */

/* From now on: the k-th allocation (1 = the next) answers NULL, once. 0 ends the plan and counting starts anew. */
void failing_malloc_at(uint64_t k);
uint64_t failing_malloc_count(void); /* allocations asked for since failing_malloc_at() */
int failing_malloc_pending(void);    /* 1 while the planned failure has not struck */

/* What the linker puts in place of the real ones. */
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *pointer, size_t size);

#endif
