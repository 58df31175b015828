/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_BOUNDS_H
#define VIEW_BOUNDS_H

#include "view/view_cells.h"

/* Bounds of counts, as view.h defines them. silences NULL: nobody is silent. */

/*
 * Takes from each raw cell's `low` what may have moved, and gathers it by material (and home when by_home). *pools is the caller's to free.
 * To be called before cells lose their destination. NAVETTE_E_MEMORY.
 */
int view_bounds_lower(const struct frontier_silences *silences, struct view_cells *cells, int by_home, struct view_pool **pools,
                      size_t *pool_count);
int64_t view_bounds_pool(const struct view_pool *pools, size_t count, const char *material, const char *home);
/* place: where the row's things are, or whence they left. */
int64_t view_bounds_upper(const struct frontier_silences *silences, const char *place, int64_t count, int64_t low, int64_t pool);

#endif
