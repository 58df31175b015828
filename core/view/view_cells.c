/* SPDX-License-Identifier: Apache-2.0 */
#include "view/view_cells.h"

#include <stdlib.h>
#include <string.h>

#include "fold/holding.h"
#include "fold/horizon.h"
#include "fold/past.h"
#include "fold/tally.h"

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

static int read_counters(struct store_txn *state, int kind, struct view_cells *cells)
{
    uint8_t prefix[1] = {(uint8_t)kind};
    struct prefix_scan scan;
    struct span key;
    struct span value;
    int rc = horizon_scan(state, TABLE_COUNTER, span_of(prefix, sizeof(prefix)), &scan);

    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        struct cell cell;

        rc = value.len == 8 ? cell_decode(key, &cell) : NAVETTE_E_STORE;
        if (rc == 0)
            rc = view_cells_add(cells, &cell, (int64_t)read_u64(value.data));
        if (rc != 0)
            break;
    }
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* One thing as it was, with what had been put into it by those before it in the table. */
static int count_thing(const struct horizon *horizon, const struct thing_record *known, int64_t at_ms, struct holding *holding,
                       struct tally *tally)
{
    struct thing_record record;
    struct thing_record held;
    int rc = past_record(horizon, known, at_ms, &record);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = holding_take(holding, &known->key, &held);
    if (rc != 0)
        return rc;
    record.contents = held.contents;
    record.content_count = held.content_count;
    rc = thing_record_is_inside(&record) ? holding_put(holding, &record) : tally_add_root(tally, &record, 1);
    thing_record_free(&record);
    return rc;
}

/* Items come first, then bags, then crates: what is inside is folded before what holds it. */
static int count_past(const struct horizon *horizon, int64_t at_ms, struct tally *tally)
{
    struct past_things things;
    struct thing_record known;
    struct holding holding;
    int rc = past_things_open(&things, horizon, NAVETTE__THING_KIND__THING_ITEM, NAVETTE__THING_KIND__THING_CRATE);

    holding_init(&holding);
    while (rc == 0 && (rc = past_things_next(&things, &known)) == 0) {
        rc = count_thing(horizon, &known, at_ms, &holding, tally);
        thing_record_free(&known);
    }
    holding_free(&holding);
    past_things_close(&things);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int read_past(int kind, int64_t at_ms, const struct horizon *horizon, struct view_cells *cells)
{
    struct tally tally;
    int rc;

    tally_init(&tally);
    rc = count_past(horizon, at_ms, &tally);
    for (uint32_t i = 0; rc == 0 && i < tally.cells.count; i++) {
        struct cell cell;

        rc = cell_decode(keymap_key(&tally.cells, i), &cell);
        if (rc == 0 && tally.counts[i] != 0 && (kind == 0 || cell.kind == kind))
            rc = view_cells_add(cells, &cell, tally.counts[i]);
    }
    tally_free(&tally);
    return rc;
}

int view_cells_read(struct store_txn *state, struct store_txn *journal, int kind, int64_t at_ms, uint64_t known, struct view_cells *cells)
{
    struct horizon horizon;
    int rc = horizon_open_at(&horizon, state, journal, known);

    memset(cells, 0, sizeof(*cells));
    if (rc != 0)
        return rc;
    if (at_ms != VIEW_NOW || horizon.partial)
        return read_past(kind, at_ms, &horizon, cells);
    if (kind != 0)
        return read_counters(state, kind, cells);
    for (int each = NAVETTE__THING_KIND__THING_ITEM; rc == 0 && each <= NAVETTE__THING_KIND__THING_CRATE; each++)
        rc = read_counters(state, each, cells);
    return rc;
}
