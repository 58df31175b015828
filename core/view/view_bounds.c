/* SPDX-License-Identifier: Apache-2.0 */
#include "view/view_bounds.h"

#include <stdlib.h>
#include <string.h>

static int compare_pools(const void *a, const void *b)
{
    const struct view_pool *one = a;
    const struct view_pool *other = b;
    int order = strcmp(one->material, other->material);

    return order != 0 ? order : strcmp(one->home, other->home);
}

/* May a silent place have moved or changed it? It is there, or on the road from or to one. */
static int is_movable(const struct frontier_silences *silences, const struct cell *cell)
{
    return frontier_silence_of(silences, cell->place) != NULL || (cell->to[0] != '\0' && frontier_silence_of(silences, cell->to) != NULL);
}

static void merge(struct view_pool *pools, size_t *count)
{
    size_t kept = 0;

    if (*count == 0)
        return;
    qsort(pools, *count, sizeof(*pools), compare_pools);
    for (size_t i = 1; i < *count; i++) {
        if (compare_pools(&pools[kept], &pools[i]) == 0)
            pools[kept].count += pools[i].count;
        else
            pools[++kept] = pools[i];
    }
    *count = kept + 1;
}

int view_bounds_lower(const struct frontier_silences *silences, struct view_cells *cells, int by_home, struct view_pool **pools,
                      size_t *pool_count)
{
    struct view_pool *list;
    size_t count = 0;

    *pools = NULL;
    *pool_count = 0;
    if (silences == NULL || silences->count == 0)
        return 0;
    list = calloc(cells->count + 1, sizeof(*list));
    if (list == NULL)
        return NAVETTE_E_MEMORY;
    for (size_t i = 0; i < cells->count; i++) {
        struct stock_row *row = &cells->rows[i];

        if (!is_movable(silences, &row->cell))
            continue;
        row->low = 0;
        memcpy(list[count].material, row->cell.material, sizeof(list[count].material));
        if (by_home)
            memcpy(list[count].home, row->cell.home, sizeof(list[count].home));
        list[count++].count = row->count;
    }
    merge(list, &count);
    *pools = list;
    *pool_count = count;
    return 0;
}

int64_t view_bounds_pool(const struct view_pool *pools, size_t count, const char *material, const char *home)
{
    struct view_pool wanted;
    const struct view_pool *found;

    if (count == 0)
        return 0;
    memset(&wanted, 0, sizeof(wanted));
    memcpy(wanted.material, material, strlen(material));
    memcpy(wanted.home, home, strlen(home));
    found = bsearch(&wanted, pools, count, sizeof(*pools), compare_pools);
    return found == NULL ? 0 : found->count;
}

int64_t view_bounds_upper(const struct frontier_silences *silences, const char *place, int64_t count, int64_t low, int64_t pool)
{
    return silences != NULL && frontier_silence_of(silences, place) != NULL ? low + pool : count;
}
