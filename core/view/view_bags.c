/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "fold/past.h"
#include "fold/past_counts.h"
#include "reconcile/due.h"
#include "view/view_cells.h"

static int64_t *column_of(struct bag_row *row, int state)
{
    switch (state) {
    case STATE_CLEAN:
        return &row->clean;
    case STATE_PACKED:
        return &row->packed;
    case STATE_AT_RELAY:
        return &row->at_relay;
    case STATE_WITH_PERSON:
        return &row->with_person;
    case STATE_IN_TRANSIT:
        return &row->in_transit;
    case STATE_ISOLATED:
        return &row->isolated;
    case STATE_CLEANING:
        return &row->cleaning;
    case STATE_MISSING:
        return &row->missing;
    case STATE_LOST:
        return &row->lost;
    case STATE_WITHDRAWN:
        return &row->retired;
    default:
        return NULL;
    }
}

static void add(struct bag_row *row, int state, int64_t count)
{
    int64_t *column = column_of(row, state);

    if (column != NULL)
        *column += count;
    if (state != STATE_WITHDRAWN)
        row->owned += count;
}

/* The row of a place's total or of one kind there; cells come by place and state: kinds of one place are few. */
static struct bag_row *row_of(struct bag_view *view, const char *place, const char *material)
{
    struct bag_row *row;

    for (size_t i = view->count; i-- > 0 && strcmp(view->rows[i].place, place) == 0;) {
        if (strcmp(view->rows[i].material, material) == 0)
            return &view->rows[i];
    }
    row = &view->rows[view->count++];
    memcpy(row->place, place, strlen(place) + 1);
    memcpy(row->material, material, strlen(material) + 1);
    return row;
}

static int compare_rows(const void *a, const void *b)
{
    const struct bag_row *one = a;
    const struct bag_row *other = b;
    int order = strcmp(one->place, other->place);

    return order != 0 ? order : strcmp(one->material, other->material);
}

static int fill(struct bag_view *view, struct view_cells *cells, const struct view_relays *relays)
{
    view_cells_merge(cells);
    view->rows = calloc(2 * cells->count + 1, sizeof(*view->rows));
    if (view->rows == NULL)
        return NAVETTE_E_MEMORY;
    for (size_t i = 0; i < cells->count; i++) {
        const struct cell *cell = &cells->rows[i].cell;
        int shown = view_relays_show(relays, cell->state, cell->place);
        int64_t count = cells->rows[i].count;

        add(row_of(view, cell->place, ""), shown, count);
        if (cell->material[0] != '\0')
            add(row_of(view, cell->place, cell->material), shown, count);
        add(&view->network, shown, count);
    }
    qsort(view->rows, view->count, sizeof(*view->rows), compare_rows);
    return 0;
}

/* Bags past their term, at one moment. */
struct counting {
    struct bag_view *view;
    const struct due_rules *rules;
    int64_t now_ms;
};

static void stand_until(struct bag_view *view, int64_t until_ms)
{
    if (until_ms < view->until_ms)
        view->until_ms = until_ms;
}

static void count_one(struct counting *counting, const struct thing_record *record)
{
    struct discrepancy_finding finding;
    int64_t due_ms;

    if (due_of(counting->rules, counting->now_ms, 0, record, &finding, &due_ms) != DISCREPANCY_OVERDUE)
        return;
    if (due_ms >= counting->now_ms) {
        stand_until(counting->view, due_ms + 1);
        return;
    }
    counting->view->network.overdue++;
    for (size_t i = 0; i < counting->view->count; i++) {
        struct bag_row *row = &counting->view->rows[i];

        if (strcmp(row->place, record->place) == 0 && (row->material[0] == '\0' || strcmp(row->material, record->material) == 0))
            row->overdue++;
    }
}

/* Every bag is asked where it stood: without a rule nobody has to. */
static int count_overdue(const struct horizon *horizon, int64_t at_ms, struct counting *counting)
{
    struct past_things things = {.scan = NULL};
    struct thing_record known;
    int rc = past_things_open(&things, horizon, NAVETTE__THING_KIND__THING_BAG, NAVETTE__THING_KIND__THING_BAG);

    while (rc == 0 && (rc = past_things_next(&things, &known)) == 0) {
        struct thing_record record;

        rc = past_stand(horizon, at_ms, &known.key, &record);
        if (rc == 0)
            count_one(counting, &record);
        thing_record_free(&known);
        if (rc == NAVETTE_E_NOT_FOUND)
            rc = 0;
    }
    past_things_close(&things);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int view_bags(struct store_txn *state, struct store_txn *journal, int64_t at_ms, struct bag_view *view)
{
    return view_bags_known(state, journal, at_ms, VIEW_KNOWN_ALL, 0, view);
}

int view_bags_known(struct store_txn *state, struct store_txn *journal, int64_t at_ms, uint64_t known, int64_t now_ms,
                    struct bag_view *view)
{
    struct view_cells_ask ask = {.kind = NAVETTE__THING_KIND__THING_BAG};
    struct due_rules rules = {.count = 0};
    struct counting counting = {.view = view, .rules = &rules, .now_ms = now_ms};
    struct view_relays relays = {.count = 0};
    struct past_counts past = {.conflicts = {.count = 0}};
    struct view_cells bags = {.count = 0};
    struct horizon horizon;
    int rc;

    memset(view, 0, sizeof(*view));
    view->until_ms = INT64_MAX;
    rc = view_relays_read(state, journal, known, &relays);
    if (rc == 0)
        rc = horizon_open_at(&horizon, state, journal, known);
    if (rc == 0)
        rc = past_counts_read(&horizon, at_ms, TALLY_STATES, &past);
    if (rc == 0)
        rc = view_cells_take(&past, &ask, &bags);
    if (rc == 0)
        rc = fill(view, &bags, &relays);
    if (rc == 0 && now_ms != 0)
        rc = due_load(&horizon, &rules);
    if (rc == 0 && now_ms != 0 && due_has_overdue(&rules, now_ms))
        rc = count_overdue(&horizon, at_ms, &counting);
    /* How many there are, whatever they do: the other side of the double entry. */
    view->network.owned = past.owned[NAVETTE__THING_KIND__THING_BAG];
    due_free(&rules);
    past_counts_free(&past);
    view_cells_free(&bags);
    view_relays_free(&relays);
    if (rc != 0)
        bag_view_free(view);
    return rc;
}

void bag_view_free(struct bag_view *view)
{
    free(view->rows);
    memset(view, 0, sizeof(*view));
}
