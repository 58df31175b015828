/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "fold/holding.h"
#include "fold/horizon.h"
#include "fold/past.h"
#include "reconcile/due.h"
#include "view/grounds.h"
#include "view/view_cells.h"

#define CONTAINER_DEPTH 2 /* an item in a bag in a crate */

/* One question under way. */
struct asking {
    const struct figure_ask *ask;
    struct horizon horizon;
    struct view_relays relays;
    struct due_rules terms;
    struct figure_view *view;
    struct grounds grounds;
    struct grounds rules;
    uint8_t *used; /* by silence: it makes the bounds */
};

/* A container's own custody; what it holds is not asked. NAVETTE_E_NOT_FOUND. */
static int read_container(const struct asking *asking, const struct thing_key *key, struct thing_record *record)
{
    struct thing_record known;
    int rc = fold_read(asking->horizon.state, key, &known);

    if (rc != 0 && rc != NAVETTE_E_NOT_FOUND)
        return rc;
    rc = past_record(&asking->horizon, &known, asking->ask->at_ms, record);
    thing_record_free(&known);
    return rc;
}

static int climb(const struct asking *asking, const struct thing_record *record, struct thing_record *root)
{
    int rc = 0;

    *root = *record;
    for (int depth = 0; rc == 0 && thing_record_is_inside(root); depth++) {
        struct thing_key container = root->container;

        rc = depth == CONTAINER_DEPTH ? NAVETTE_E_STORE : read_container(asking, &container, root);
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
static int find_cause(const struct asking *asking, const struct thing_key *key, struct figure_cause *cause)
{
    const struct horizon *horizon = &asking->horizon;
    struct thing_record before;
    struct history history;
    int rc = fold_history_known(horizon->state, horizon->journal, key, asking->ask->at_ms, horizon->limit, &history);

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

static int list_row(struct asking *asking, const struct thing_record *record, const struct thing_record *root, const struct cell *cell,
                    struct figure_row *row)
{
    int rc;

    memset(row, 0, sizeof(*row));
    row->key = record->key;
    row->cell = *cell;
    row->root = root->key;
    row->event = asking->grounds.count;
    rc = find_cause(asking, &record->key, &row->cause);
    if (rc == 0 && !thing_key_equal(&record->key, &root->key))
        rc = find_cause(asking, &root->key, &row->root_cause);
    if (rc == 0)
        rc = grounds_add_chain(&asking->horizon, asking->ask->at_ms, &record->key, &asking->grounds);
    if (rc == 0 && !record->sealed && record->content_count > 0)
        rc = grounds_add_content(&asking->horizon, asking->ask->at_ms, &record->key, &asking->grounds);
    row->event_count = asking->grounds.count - row->event;
    return rc;
}

/* What is decided of a place counts where it is a relay. */
static int add_relay(struct asking *asking, const char *place)
{
    struct thing_key key;
    struct event declared;
    int rc = thing_key_make(NAVETTE__THING_KIND__THING_PLACE, "", place, &key);

    for (size_t i = 0; rc == 0 && i < asking->rules.count; i++) {
        if (thing_key_equal(&asking->rules.list[i].thing, &key))
            return 0;
    }
    if (rc == 0)
        rc = fold_decided_known(asking->horizon.state, asking->horizon.journal, &key, asking->horizon.limit, &declared);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = grounds_add_event(&key, &declared, (int64_t)(declared.body->hlc >> 16), &asking->rules);
    event_free(&declared);
    return rc;
}

/* May a silent place have moved it? It is there, or on the road from or to one; those places are noted. */
static int is_movable(struct asking *asking, const struct cell *cell)
{
    const struct frontier_silences *silences = asking->ask->silences;
    const struct frontier_silence *here = silences == NULL ? NULL : frontier_silence_of(silences, cell->place);
    const struct frontier_silence *there = silences == NULL || cell->to[0] == '\0' ? NULL : frontier_silence_of(silences, cell->to);

    if (here != NULL)
        asking->used[here - silences->list] = 1;
    if (there != NULL)
        asking->used[there - silences->list] = 1;
    return here != NULL || there != NULL;
}

static int is_past_term(const struct asking *asking, const struct thing_record *record)
{
    struct discrepancy_finding finding;
    int64_t due_ms;

    return due_of(&asking->terms, asking->ask->now_ms, 0, record, &finding, &due_ms) == DISCREPANCY_OVERDUE && due_ms < asking->ask->now_ms;
}

static int is_wanted(const struct asking *asking, const struct thing_record *record, const struct cell *cell)
{
    const struct stock_filter *filter = asking->ask->filter;

    if (!view_cells_is_wanted(filter, cell) || (filter->to != NULL && strcmp(filter->to, cell->to) != 0) ||
        (filter->day != 0 && filter->day != cell->day) || (filter->owned && cell->state == STATE_WITHDRAWN))
        return 0;
    return !filter->overdue || is_past_term(asking, record);
}

/* Can what silent places have moved show up under the filter? Somewhere silent it can. */
static int can_come(const struct asking *asking, const struct cell *cell)
{
    const struct stock_filter *filter = asking->ask->filter;

    if (filter->overdue || (filter->material != NULL && strcmp(filter->material, cell->material) != 0))
        return 0;
    return filter->place == NULL || frontier_silence_of(asking->ask->silences, filter->place) != NULL;
}

static int count_cell(struct asking *asking, const struct thing_record *record, const struct thing_record *root, const struct cell *cell)
{
    struct figure_view *view = asking->view;
    int wanted = is_wanted(asking, record, cell);
    int movable;
    int rc = 0;

    if (!wanted && (asking->ask->silences == NULL || asking->ask->silences->count == 0))
        return 0;
    movable = is_movable(asking, cell);
    if (wanted) {
        view->total++;
        view->low += !movable;
        if (view->count < asking->ask->max) {
            rc = list_row(asking, record, root, cell, &view->rows[view->count]);
            view->rows[view->count].may_have_moved = movable;
            view->count += rc == 0;
        }
        if (rc == 0 && (cell->state == STATE_AT_RELAY || asking->ask->filter->overdue))
            rc = add_relay(asking, cell->place);
    } else if (movable && can_come(asking, cell)) {
        view->other_total++;
        if (view->other_count < asking->ask->max) {
            rc = list_row(asking, record, root, cell, &view->others[view->other_count]);
            view->others[view->other_count].may_have_moved = 1;
            view->other_count += rc == 0;
        }
    }
    return rc;
}

static int count_thing(struct asking *asking, const struct thing_record *known)
{
    int is_carrier = thing_kind(&known->key) != NAVETTE__THING_KIND__THING_ITEM;
    struct thing_record record;
    struct thing_record root;
    struct cell cell;
    int counted;
    int rc;

    /* Whether a bag shows as packed depends on what it holds. */
    if (is_carrier)
        rc = past_read(&asking->horizon, &known->key, asking->ask->at_ms, &record);
    else
        rc = past_record(&asking->horizon, known, asking->ask->at_ms, &record);
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    rc = climb(asking, &record, &root);
    if (rc == 0) {
        struct content line = holding_line(&record, 1);

        counted = thing_record_is_inside(&record) ? cell_of_content(&root, &line, &cell) : cell_of_root(&record, &cell);
        cell.state = (uint8_t)view_relays_show(&asking->relays, cell.state, cell.place);
        rc = counted ? count_cell(asking, &record, &root, &cell) : 0;
    }
    thing_record_free(&record);
    return rc;
}

static int count_kind(struct asking *asking)
{
    int kind = asking->ask->filter->kind == 0 ? NAVETTE__THING_KIND__THING_ITEM : asking->ask->filter->kind;
    struct past_things things;
    struct thing_record known;
    int rc = past_things_open(&things, &asking->horizon, kind, kind);

    while (rc == 0 && (rc = past_things_next(&things, &known)) == 0) {
        rc = count_thing(asking, &known);
        thing_record_free(&known);
    }
    past_things_close(&things);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* The rules that give bags a term. */
static int add_terms(struct asking *asking)
{
    struct past_things things;
    struct thing_record known;
    int rc = past_things_open(&things, &asking->horizon, NAVETTE__THING_KIND__THING_RULE, NAVETTE__THING_KIND__THING_RULE);

    while (rc == 0 && (rc = past_things_next(&things, &known)) == 0) {
        struct event decided;

        rc = fold_decided_known(asking->horizon.state, asking->horizon.journal, &known.key, asking->horizon.limit, &decided);
        if (rc == 0) {
            if (decided.body->body_case == NAVETTE__EVENT__BODY_RULE_DECIDED &&
                decided.body->rule_decided->kind == NAVETTE__RULE_KIND__RULE_OVERDUE)
                rc = grounds_add_event(&known.key, &decided, (int64_t)(decided.body->hlc >> 16), &asking->rules);
            event_free(&decided);
        }
        thing_record_free(&known);
        if (rc == NAVETTE_E_NOT_FOUND)
            rc = 0;
    }
    past_things_close(&things);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* The statement by which a silent place was last heard of. */
static int note_silence(struct asking *asking, const struct frontier_silence *silence)
{
    struct figure_silence *row = &asking->view->silences[asking->view->silence_count++];
    struct grounds noted = {.count = 0};
    struct journal_entry entry;
    struct frontier_mark mark;
    struct thing_key key;
    char id[2 * NODE_ID_SIZE + 1];
    int rc = frontier_last(asking->horizon.state, silence->node, asking->ask->known, &mark);

    row->silence = *silence;
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    hex_encode(silence->node, NODE_ID_SIZE, id);
    rc = thing_key_make(NAVETTE__THING_KIND__THING_NODE, "", id, &key);
    if (rc == 0)
        rc = horizon_held(journal_read(asking->horizon.journal, mark.position, &entry));
    if (rc == 0)
        rc = grounds_add_ref(&asking->horizon, &key, &entry.self, &noted);
    if (rc == 0 && noted.count > 0)
        row->noted = noted.list[0].cause;
    grounds_free(&noted);
    return rc;
}

static int close_bounds(struct asking *asking)
{
    const struct frontier_silences *silences = asking->ask->silences;
    struct figure_view *view = asking->view;
    int rc = 0;

    view->high = view->total + view->other_total;
    for (size_t i = 0; rc == 0 && view->low != view->high && i < silences->count; i++)
        rc = asking->used[i] ? note_silence(asking, &silences->list[i]) : 0;
    if (rc != 0)
        return rc;
    view->events = asking->grounds.list;
    view->event_count = asking->grounds.count;
    view->rules = asking->rules.list;
    view->rule_count = asking->rules.count;
    return 0;
}

/* Whether a bag or crate shows as packed depends on what it holds: on where all is that was put into it. */
static int settle(struct asking *asking)
{
    int is_carrier = asking->ask->filter->kind != 0 && asking->ask->filter->kind != NAVETTE__THING_KIND__THING_ITEM;
    struct keymap whole;
    size_t before;
    int rc = 0;

    keymap_init(&whole);
    do {
        before = asking->grounds.count;
        if (is_carrier)
            rc = grounds_close(&asking->horizon, asking->ask->at_ms, &asking->grounds);
        if (rc == 0)
            rc = grounds_settle(&asking->horizon, asking->ask->at_ms, &whole, &asking->grounds);
    } while (rc == 0 && asking->grounds.count != before);
    keymap_free(&whole);
    return rc;
}

int view_figure_bounded(struct store_txn *state, struct store_txn *journal, const struct figure_ask *ask, struct figure_view *view)
{
    size_t silent = ask->silences == NULL ? 0 : ask->silences->count;
    struct asking asking = {.ask = ask, .view = view, .used = calloc(silent + 1, 1)};
    int rc;

    memset(view, 0, sizeof(*view));
    view->rows = calloc(ask->max + 1, sizeof(*view->rows));
    view->others = calloc(ask->max + 1, sizeof(*view->others));
    view->silences = calloc(silent + 1, sizeof(*view->silences));
    rc = asking.used == NULL || view->rows == NULL || view->others == NULL || view->silences == NULL ? NAVETTE_E_MEMORY : 0;
    if (rc == 0)
        rc = horizon_open_at(&asking.horizon, state, journal, ask->known);
    if (rc == 0)
        rc = view_relays_read(state, journal, ask->known, &asking.relays);
    if (rc == 0 && ask->filter->overdue)
        rc = due_load(&asking.horizon, &asking.terms);
    if (rc == 0 && ask->filter->overdue)
        rc = add_terms(&asking);
    if (rc == 0)
        rc = count_kind(&asking);
    if (rc == 0)
        rc = settle(&asking);
    if (rc == 0)
        rc = grounds_correct(&asking.horizon, &asking.grounds, &asking.rules);
    if (rc == 0)
        rc = close_bounds(&asking);
    if (rc != 0) {
        grounds_free(&asking.grounds);
        grounds_free(&asking.rules);
        figure_view_free(view);
    }
    due_free(&asking.terms);
    view_relays_free(&asking.relays);
    free(asking.used);
    return rc;
}

int view_figure(struct store_txn *state, struct store_txn *journal, const struct stock_filter *filter, int64_t at_ms, uint64_t known,
                size_t max, struct figure_view *view)
{
    struct figure_ask ask = {.filter = filter, .at_ms = at_ms, .known = known, .now_ms = at_ms == VIEW_NOW ? 0 : at_ms, .max = max};

    return view_figure_bounded(state, journal, &ask, view);
}

void figure_view_free(struct figure_view *view)
{
    free(view->rows);
    free(view->others);
    free(view->events);
    free(view->rules);
    free(view->silences);
    memset(view, 0, sizeof(*view));
}
