/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "fold/holding.h"
#include "fold/horizon.h"
#include "fold/past.h"
#include "view/view_cells.h"

#define CONTAINER_DEPTH 2 /* an item in a bag in a crate */

/* One question under way. */
struct figure_ask {
    struct horizon horizon;
    const struct stock_filter *filter;
    struct view_relays relays;
    int64_t at_ms;
    size_t max;
    struct figure_view *view;
};

/* A container's own custody; what it holds is not asked. NAVETTE_E_NOT_FOUND. */
static int read_container(const struct figure_ask *ask, const struct thing_key *key, struct thing_record *record)
{
    struct thing_record known;
    int rc = fold_read(ask->horizon.state, key, &known);

    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    rc = past_record(&ask->horizon, &known, ask->at_ms, record);
    thing_record_free(&known);
    return rc;
}

static int climb(const struct figure_ask *ask, const struct thing_record *record, struct thing_record *root)
{
    int rc = 0;

    *root = *record;
    for (int depth = 0; rc == 0 && thing_record_is_inside(root); depth++) {
        struct thing_key container = root->container;

        rc = depth == CONTAINER_DEPTH ? NAVETTE_E_STORE : read_container(ask, &container, root);
        if (rc == NAVETTE_E_NOT_FOUND)
            rc = NAVETTE_E_STORE;
    }
    return rc;
}

static int is_same_standing(const struct thing_record *a, const struct thing_record *b)
{
    return a->registered == b->registered && a->custody == b->custody && a->condition == b->condition && a->day == b->day &&
           strcmp(a->place, b->place) == 0 && strcmp(a->to, b->to) == 0 && thing_key_equal(&a->container, &b->container) &&
           strcmp(a->material, b->material) == 0 && strcmp(a->home, b->home) == 0;
}

static void note_cause(const struct history_step *step, struct figure_cause *cause)
{
    const Navette__Event *body = step->event.body;
    size_t place_len = strlen(body->place);
    size_t operator_len = strlen(body->operator_);

    memset(cause, 0, sizeof(*cause));
    cause->self = step->entry.self;
    cause->event = event_name(body);
    cause->time_ms = step->time_ms;
    if (place_len < sizeof(cause->place))
        memcpy(cause->place, body->place, place_len);
    if (operator_len < sizeof(cause->operator_))
        memcpy(cause->operator_, body->operator_, operator_len);
}

/* The last event of its history that changed where it is or what it is. */
static int find_cause(const struct figure_ask *ask, const struct thing_key *key, struct figure_cause *cause)
{
    const struct horizon *horizon = &ask->horizon;
    struct thing_record before;
    struct history history;
    int rc = fold_history_known(horizon->state, horizon->journal, key, ask->at_ms, horizon->limit, &history);

    if (rc != 0)
        return horizon_held(rc);
    thing_record_init(&before, key);
    for (size_t i = 0; i < history.count; i++) {
        const struct history_step *step = &history.steps[i];

        if (step->absent)
            continue;
        if (!is_same_standing(&before, &step->after))
            note_cause(step, cause);
        before = step->after;
    }
    history_free(&history);
    return 0;
}

static int list_row(struct figure_ask *ask, const struct thing_record *record, const struct thing_record *root, const struct cell *cell)
{
    struct figure_row *row = &ask->view->rows[ask->view->count];
    int rc;

    memset(row, 0, sizeof(*row));
    row->key = record->key;
    row->cell = *cell;
    row->root = root->key;
    rc = find_cause(ask, &record->key, &row->cause);
    if (rc == 0 && !thing_key_equal(&record->key, &root->key))
        rc = find_cause(ask, &root->key, &row->root_cause);
    ask->view->count += rc == 0;
    return rc;
}

static int count_thing(struct figure_ask *ask, const struct thing_record *known)
{
    int is_carrier = thing_kind(&known->key) != NAVETTE__THING_KIND__THING_ITEM;
    struct thing_record record;
    struct thing_record root;
    struct cell cell;
    int counted;
    int rc;

    /* Whether a bag shows as packed depends on what it holds. */
    if (is_carrier)
        rc = past_read(&ask->horizon, &known->key, ask->at_ms, &record);
    else
        rc = past_record(&ask->horizon, known, ask->at_ms, &record);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = climb(ask, &record, &root);
    if (rc == 0) {
        struct content line = holding_line(&record, 1);

        counted = thing_record_is_inside(&record) ? cell_of_content(&root, &line, &cell) : cell_of_root(&record, &cell);
        cell.state = (uint8_t)view_relays_show(&ask->relays, cell.state, cell.place);
        if (counted && view_cells_is_wanted(ask->filter, &cell)) {
            ask->view->total++;
            rc = ask->view->count < ask->max ? list_row(ask, &record, &root, &cell) : 0;
        }
    }
    thing_record_free(&record);
    return rc;
}

static int count_kind(struct figure_ask *ask)
{
    int kind = ask->filter->kind == 0 ? NAVETTE__THING_KIND__THING_ITEM : ask->filter->kind;
    struct past_things things;
    struct thing_record known;
    int rc = past_things_open(&things, &ask->horizon, kind, kind);

    while (rc == 0 && (rc = past_things_next(&things, &known)) == 0) {
        rc = count_thing(ask, &known);
        thing_record_free(&known);
    }
    past_things_close(&things);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int view_figure(struct store_txn *state, struct store_txn *journal, const struct stock_filter *filter, int64_t at_ms, uint64_t known,
                size_t max, struct figure_view *view)
{
    struct figure_ask ask = {.filter = filter, .at_ms = at_ms, .max = max, .view = view};
    int rc;

    memset(view, 0, sizeof(*view));
    rc = horizon_open_at(&ask.horizon, state, journal, known);
    if (rc == 0)
        rc = view_relays_read(state, journal, known, &ask.relays);
    if (rc == 0) {
        view->rows = calloc(max + 1, sizeof(*view->rows));
        rc = view->rows == NULL ? NAVETTE_E_MEMORY : count_kind(&ask);
    }
    view_relays_free(&ask.relays);
    if (rc != 0)
        figure_view_free(view);
    return rc;
}

void figure_view_free(struct figure_view *view)
{
    free(view->rows);
    memset(view, 0, sizeof(*view));
}
