/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/phone.h"
#include "view/view_bounds.h"
#include "view/view_cells.h"

static int compare_rows(const void *a, const void *b)
{
    const struct transit_row *one = a;
    const struct transit_row *other = b;
    int order = (one->day > other->day) - (one->day < other->day);

    if (order == 0)
        order = strcmp(one->material, other->material);
    if (order == 0)
        order = strcmp(one->from, other->from);
    return order != 0 ? order : strcmp(one->to, other->to);
}

static void merge(struct transit_view *view)
{
    size_t kept = 0;

    if (view->count == 0)
        return;
    qsort(view->rows, view->count, sizeof(*view->rows), compare_rows);
    for (size_t i = 1; i < view->count; i++) {
        if (compare_rows(&view->rows[kept], &view->rows[i]) == 0) {
            view->rows[kept].count += view->rows[i].count;
            view->rows[kept].low += view->rows[i].low;
        } else {
            view->rows[++kept] = view->rows[i];
        }
    }
    view->count = kept + 1;
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
    merge(view);
    for (size_t i = 0; i < view->count; i++) {
        struct transit_row *row = &view->rows[i];

        row->high = view_bounds_upper(silences, row->from, row->count, row->low,
                                      view_bounds_pool(view->pools, view->pool_count, row->material, ""));
    }
    if (at_ms == VIEW_NOW && known == VIEW_KNOWN_ALL)
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
