/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "view/view_bounds.h"
#include "view/view_cells.h"

int view_stock(struct store_txn *state, struct store_txn *journal, const struct stock_filter *filter, int64_t at_ms,
               struct stock_view *view)
{
    return view_stock_known(state, journal, filter, at_ms, VIEW_KNOWN_ALL, NULL, view);
}

int view_stock_known(struct store_txn *state, struct store_txn *journal, const struct stock_filter *filter, int64_t at_ms, uint64_t known,
                     const struct frontier_silences *silences, struct stock_view *view)
{
    struct view_cells_ask ask = {.kind = filter->kind == 0 ? NAVETTE__THING_KIND__THING_ITEM : filter->kind,
                                 .by_home = filter->by_home,
                                 .by_to = silences != NULL && silences->count > 0}; /* what is on the road to a silent place is bounded */
    struct view_relays relays = {.count = 0};
    struct view_cells cells = {.count = 0};
    size_t kept = 0;
    int rc;

    memset(view, 0, sizeof(*view));
    rc = view_relays_read(state, journal, known, &relays);
    if (rc == 0)
        rc = view_cells_read(state, journal, &ask, at_ms, known, &cells);
    if (rc == 0)
        rc = view_bounds_lower(silences, &cells, filter->by_home, &view->pools, &view->pool_count);
    if (rc != 0)
        goto fail;
    for (size_t i = 0; i < cells.count; i++) {
        struct cell cell = cells.rows[i].cell;

        cell.state = (uint8_t)view_relays_show(&relays, cell.state, cell.place);
        memset(cell.to, 0, sizeof(cell.to));
        cell.day = 0;
        if (!filter->by_home)
            memset(cell.home, 0, sizeof(cell.home));
        if (!view_cells_is_wanted(filter, &cell))
            continue;
        cells.rows[kept] = cells.rows[i];
        cells.rows[kept++].cell = cell;
    }
    cells.count = kept;
    view_cells_merge(&cells);
    view->rows = cells.rows;
    view->count = cells.count;
    for (size_t i = 0; i < view->count; i++) {
        struct stock_row *row = &view->rows[i];

        view->total += row->count;
        row->high = view_bounds_upper(silences, row->cell.place, row->count, row->low,
                                      view_bounds_pool(view->pools, view->pool_count, row->cell.material, row->cell.home));
    }
    view_relays_free(&relays);
    return 0;

fail:
    view_cells_free(&cells);
    view_relays_free(&relays);
    stock_view_free(view);
    return rc;
}

void stock_view_free(struct stock_view *view)
{
    free(view->rows);
    free(view->pools);
    memset(view, 0, sizeof(*view));
}
