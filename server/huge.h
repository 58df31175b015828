/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_HUGE_H
#define NAVETTE_SERVER_HUGE_H

#include <stddef.h>

/*
 * Memory that is read here and there: from 2 MiB on in pages of that size where the kernel has them (transparent_hugepage at madvise or always), so that an access needs no walk of
 * page tables. Owned by the caller, to be given to free(). NULL: none is left.
 */
void *huge_zeroed(size_t size);                       /* bytes, all 0 */
void *huge_grow(void *old, size_t used, size_t size); /* with the first `used` bytes of the old, which is freed; on failure the old stays */

#endif
