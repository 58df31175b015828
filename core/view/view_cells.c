/* SPDX-License-Identifier: Apache-2.0 */
#include "view/view_cells.h"

#include <stdlib.h>
#include <string.h>

#include "fold/horizon.h"
#include "fold/past_counts.h"

int view_cells_add(struct view_cells *cells, const struct cell *cell, int64_t count)
{
    if (cells->count == cells->capacity) {
        size_t capacity = cells->capacity == 0 ? 64 : cells->capacity * 2;
        struct stock_row *rows = realloc(cells->rows, capacity * sizeof(*rows));

        if (rows == NULL)
            return NAVETTE_E_MEMORY;
        cells->rows = rows;
        cells->capacity = capacity;
    }
    cells->rows[cells->count].cell = *cell;
    cells->rows[cells->count].low = count;
    cells->rows[cells->count].high = count;
    cells->rows[cells->count++].count = count;
    return 0;
}

void view_cells_free(struct view_cells *cells)
{
    free(cells->rows);
    memset(cells, 0, sizeof(*cells));
}

static int compare_rows(const void *a, const void *b)
{
    const struct cell *one = &((const struct stock_row *)a)->cell;
    const struct cell *other = &((const struct stock_row *)b)->cell;
    int order = strcmp(one->place, other->place);

    if (order == 0)
        order = (one->state > other->state) - (one->state < other->state);
    if (order == 0)
        order = strcmp(one->material, other->material);
    if (order == 0)
        order = strcmp(one->home, other->home);
    if (order == 0)
        order = (one->kind > other->kind) - (one->kind < other->kind);
    if (order == 0)
        order = strcmp(one->to, other->to);
    return order != 0 ? order : (one->day > other->day) - (one->day < other->day);
}

int view_cells_is_wanted(const struct stock_filter *filter, const struct cell *cell)
{
    if (filter->place != NULL && strcmp(filter->place, cell->place) != 0)
        return 0;
    if (filter->material != NULL && strcmp(filter->material, cell->material) != 0)
        return 0;
    return filter->state < 0 || filter->state == cell->state;
}

void view_cells_merge(struct view_cells *cells)
{
    size_t kept = 0;

    if (cells->count == 0)
        return;
    qsort(cells->rows, cells->count, sizeof(*cells->rows), compare_rows);
    for (size_t i = 1; i < cells->count; i++) {
        if (compare_rows(&cells->rows[kept], &cells->rows[i]) == 0) {
            cells->rows[kept].count += cells->rows[i].count;
            cells->rows[kept].low += cells->rows[i].low;
        } else {
            cells->rows[++kept] = cells->rows[i];
        }
    }
    cells->count = kept + 1;
}

/* Of many cells few are told apart by what is asked: they are put together while they are bytes. */
static int gather(struct tally *tally, const struct view_cells_ask *ask, struct span bytes, int64_t count)
{
    struct cell cell;
    int rc = count < 0 ? NAVETTE_E_STORE : cell_decode(bytes, &cell);

    if (rc != 0 || cell.kind != ask->kind)
        return rc;
    if (!ask->by_home)
        cell.home[0] = '\0';
    if (!ask->by_day || cell.state != STATE_IN_TRANSIT)
        cell.day = 0;
    if (!ask->by_to)
        cell.to[0] = '\0';
    return tally_add(tally, &cell, count);
}

static int gather_counters(struct store_txn *state, const struct view_cells_ask *ask, struct tally *tally)
{
    uint8_t prefix[1] = {(uint8_t)ask->kind};
    struct prefix_scan scan;
    struct span key;
    struct span value;
    int rc = horizon_scan(state, TABLE_COUNTER, span_of(prefix, sizeof(prefix)), &scan);

    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        rc = value.len == 8 ? gather(tally, ask, key, (int64_t)read_u64(value.data)) : NAVETTE_E_STORE;
        if (rc != 0)
            break;
    }
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int gather_past(const struct past_counts *past, const struct view_cells_ask *ask, struct tally *tally)
{
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < past->cells.cells.count; i++)
        rc = past->cells.counts[i] == 0 ? 0 : gather(tally, ask, keymap_key(&past->cells.cells, i), past->cells.counts[i]);
    return rc;
}

/* A row of each cell of the kind that counts. */
static int list(const struct tally *tally, int kind, struct view_cells *cells)
{
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < tally->counted; i++) {
        struct cell cell;

        if (tally->counts[i] == 0)
            continue;
        rc = tally->counts[i] < 0 ? NAVETTE_E_STORE : cell_decode(keymap_key(&tally->cells, i), &cell);
        if (rc == 0 && cell.kind == kind)
            rc = view_cells_add(cells, &cell, tally->counts[i]);
    }
    return rc;
}

int view_cells_take(const struct past_counts *past, const struct view_cells_ask *ask, struct view_cells *cells)
{
    struct tally tally;
    int rc;

    tally_init(&tally);
    rc = gather_past(past, ask, &tally);
    if (rc == 0)
        rc = list(&tally, ask->kind, cells);
    tally_free(&tally);
    return rc;
}

static enum tally_grain grain_of(const struct view_cells_ask *ask)
{
    if (ask->by_home)
        return TALLY_WHOLE;
    if (ask->by_day)
        return TALLY_ROAD;
    return ask->by_to ? TALLY_PLACES : TALLY_STATES;
}

/* Does the grain tell apart what is asked for, and nothing more? */
static int is_grain_asked(const struct view_cells_ask *ask)
{
    return !ask->by_home && (!ask->by_day || ask->by_to);
}

int view_cells_read(struct store_txn *state, struct store_txn *journal, const struct view_cells_ask *ask, int64_t at_ms, uint64_t known,
                    struct view_cells *cells)
{
    struct past_counts past = {.conflicts = {.count = 0}};
    struct horizon horizon;
    struct tally tally;
    int rc = horizon_open_at(&horizon, state, journal, known);

    memset(cells, 0, sizeof(*cells));
    tally_init(&tally);
    if (rc == 0 && at_ms == VIEW_NOW && !horizon.partial) {
        rc = gather_counters(state, ask, &tally);
    } else if (rc == 0) {
        rc = past_counts_read(&horizon, at_ms, grain_of(ask), &past);
        if (rc == 0 && is_grain_asked(ask))
            rc = list(&past.cells, ask->kind, cells);
        else if (rc == 0)
            rc = gather_past(&past, ask, &tally);
    }
    if (rc == 0)
        rc = list(&tally, ask->kind, cells);
    past_counts_free(&past);
    tally_free(&tally);
    return rc;
}
