/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/error.h"
#include "navette/phone.h"
#include "view/view_bounds.h"
#include "view/view_cells.h"
#include "view/view_names.h"

/* What a row is sorted by: its day and the rank of its material, then those of where it comes from and goes to. */
struct sorted {
    uint64_t day_material;
    uint64_t from_to;
    const struct transit_row *row;
};

static int compare_sorted(const void *a, const void *b)
{
    const struct sorted *one = a;
    const struct sorted *other = b;

    if (one->day_material != other->day_material)
        return one->day_material < other->day_material ? -1 : 1;
    return (one->from_to > other->from_to) - (one->from_to < other->from_to);
}

static uint64_t pair(uint32_t high, uint32_t low)
{
    return (uint64_t)high << 32 | low;
}

static uint32_t low_half(uint64_t pair)
{
    return (uint32_t)pair;
}

static int number_names(const struct transit_view *view, struct view_names *names, struct sorted *sorted)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < view->count; i++) {
        const struct transit_row *row = &view->rows[i];
        uint32_t material;
        uint32_t from;
        uint32_t to;

        rc = view_names_add(names, row->material, &material);
        if (rc == 0)
            rc = view_names_add(names, row->from, &from);
        if (rc == 0)
            rc = view_names_add(names, row->to, &to);
        if (rc == 0) /* raised, a day keeps its order without its sign */
            sorted[i] = (struct sorted){pair((uint32_t)row->day ^ 0x80000000u, material), pair(from, to), row};
    }
    return rc;
}

static void sort(const struct view_names *names, struct sorted *sorted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sorted *one = &sorted[i];

        one->day_material = pair((uint32_t)(one->day_material >> 32), names->ranks[low_half(one->day_material)]);
        one->from_to = pair(names->ranks[one->from_to >> 32], names->ranks[low_half(one->from_to)]);
    }
    qsort(sorted, count, sizeof(*sorted), compare_sorted);
}

/* Rows in their order, those alike put together. */
static void merge(const struct sorted *sorted, size_t count, struct transit_row *rows, size_t *kept)
{
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || compare_sorted(&sorted[i - 1], &sorted[i]) != 0) {
            rows[(*kept)++] = *sorted[i].row;
        } else {
            rows[*kept - 1].count += sorted[i].row->count;
            rows[*kept - 1].low += sorted[i].row->low;
        }
    }
}

static int sort_rows(struct transit_view *view)
{
    struct view_names names;
    struct sorted *sorted = malloc((view->count + 1) * sizeof(*sorted));
    struct transit_row *rows = malloc((view->count + 1) * sizeof(*rows));
    size_t kept = 0;
    int rc = sorted == NULL || rows == NULL ? NAVETTE_E_MEMORY : 0;

    view_names_init(&names);
    if (rc == 0)
        rc = number_names(view, &names, sorted);
    if (rc == 0)
        rc = view_names_rank(&names);
    if (rc == 0) {
        sort(&names, sorted, view->count);
        merge(sorted, view->count, rows, &kept);
        free(view->rows);
        view->rows = rows;
        view->count = kept;
        rows = NULL;
    }
    view_names_free(&names);
    free(sorted);
    free(rows);
    return rc;
}

int view_transit(struct store_txn *state, struct store_txn *journal, int kind, int64_t at_ms, struct transit_view *view)
{
    return view_transit_known(state, journal, kind, at_ms, VIEW_KNOWN_ALL, NULL, view);
}

int view_transit_known(struct store_txn *state, struct store_txn *journal, int kind, int64_t at_ms, uint64_t known,
                       const struct frontier_silences *silences, struct transit_view *view)
{
    struct view_cells_ask ask = {.kind = kind == 0 ? NAVETTE__THING_KIND__THING_ITEM : kind, .by_day = 1, .by_to = 1};
    struct view_cells cells;
    int rc;

    memset(view, 0, sizeof(*view));
    rc = view_cells_read(state, journal, &ask, at_ms, known, &cells);
    if (rc == 0)
        rc = view_bounds_lower(silences, &cells, 0, &view->pools, &view->pool_count);
    if (rc != 0)
        goto done;
    view->rows = calloc(cells.count + 1, sizeof(*view->rows));
    if (view->rows == NULL) {
        rc = NAVETTE_E_MEMORY;
        goto done;
    }
    for (size_t i = 0; i < cells.count; i++) {
        const struct cell *cell = &cells.rows[i].cell;
        struct transit_row *row = &view->rows[view->count];

        if (cell->state != STATE_IN_TRANSIT)
            continue;
        memcpy(row->from, cell->place, sizeof(row->from));
        memcpy(row->to, cell->to, sizeof(row->to));
        memcpy(row->material, cell->material, sizeof(row->material));
        row->day = cell->day;
        row->count = cells.rows[i].count;
        row->low = cells.rows[i].low;
        view->total += row->count;
        view->count++;
    }
    rc = sort_rows(view);
    for (size_t i = 0; rc == 0 && i < view->count; i++) {
        struct transit_row *row = &view->rows[i];

        row->high = view_bounds_upper(silences, row->from, row->count, row->low,
                                      view_bounds_pool(view->pools, view->pool_count, row->material, ""));
    }
    if (rc == 0 && at_ms == VIEW_NOW && known == VIEW_KNOWN_ALL)
        rc = phone_view_transit(state, journal, ask.kind, view);

done:
    view_cells_free(&cells);
    if (rc != 0)
        transit_view_free(view);
    return rc;
}

void transit_view_free(struct transit_view *view)
{
    free(view->rows);
    free(view->pools);
    memset(view, 0, sizeof(*view));
}
