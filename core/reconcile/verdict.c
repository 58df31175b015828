/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "fold/correction.h"
#include "reconcile/asking.h"
#include "reconcile/sighting.h"

static const char *const NAMES[VERDICT_NAME_COUNT] = {"unknown", "undecidable", "provisional", "proven", "withdrawn", "settled"};

const char *verdict_name(int verdict)
{
    return NAMES[verdict > 0 && verdict < VERDICT_NAME_COUNT ? verdict : 0];
}

int verdict_of_name(const char *name)
{
    for (int i = 1; i < VERDICT_NAME_COUNT; i++) {
        if (strcmp(NAMES[i], name) == 0)
            return i;
    }
    return -1;
}

static int is_concerned(const struct discrepancy_finding *finding, const char *place)
{
    for (size_t i = 0; i < finding->place_count; i++) {
        if (strcmp(finding->places[i], DISCREPANCY_ANYWHERE) == 0 || strcmp(finding->places[i], place) == 0)
            return 1;
    }
    return 0;
}

/* The longest that holds; NULL: none does. */
static const struct serving_grace *grace_of(const struct serving *serving, const struct discrepancy_finding *finding)
{
    const struct serving_grace *longest = NULL;

    for (size_t i = 0; i < serving->grace_count; i++) {
        const struct serving_grace *grace = &serving->graces[i];

        if ((grace->place[0] == '\0' || is_concerned(finding, grace->place)) &&
            (longest == NULL || grace->duration_ms > longest->duration_ms))
            longest = grace;
    }
    return longest;
}

static int64_t grace_ms_of(const struct serving *serving, const struct discrepancy_finding *finding)
{
    const struct serving_grace *grace = grace_of(serving, finding);

    return grace == NULL ? VERDICT_GRACE_MS : grace->duration_ms;
}

/* Nothing that came later is known. */
static uint64_t known_of(const struct asking *asking)
{
    return asking->horizon.partial ? asking->horizon.limit : UINT64_MAX;
}

/*
 * When the hub had the entry, as far as this store knows; 0: it has not. An own entry carries no such time here: the hub had it when it noted a statement
 * that covers it.
 */
int verdict_hub_time(const struct asking *asking, uint64_t position, int64_t *time_ms, struct ref *self)
{
    struct frontier_need need = {.after = position};
    struct frontier_mark mark;
    struct journal_entry entry;
    int rc = horizon_held(journal_read(asking->journal, position, &entry));

    if (rc != 0)
        return rc;
    *time_ms = entry.received_ms;
    if (self != NULL)
        *self = entry.self;
    if (entry.received_ms != 0 || asking->options->self == NULL)
        return 0;
    need.incarnation = entry.self.incarnation;
    need.seq = entry.self.seq;
    rc = frontier_first(asking->state, asking->options->self, &need, &mark);
    if (rc == 0 && mark.position > known_of(asking))
        rc = NAVETTE_E_NOT_FOUND;
    if (rc == 0)
        rc = horizon_held(journal_read(asking->journal, mark.position, &entry));
    if (rc == 0)
        *time_ms = entry.received_ms;
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static void wait_for(const struct asking *asking, struct verdict_row *row, const struct serving_node *serving)
{
    struct frontier_mark mark;

    if (row->wait_count < VERDICT_WAITS) {
        struct verdict_wait *wait = &row->waits[row->wait_count];

        memcpy(wait->place, serving->place, sizeof(wait->place));
        memcpy(wait->node, serving->node, NODE_ID_SIZE);
        wait->since_ms = frontier_last(asking->state, serving->node, known_of(asking), &mark) == 0 ? mark.hub_time_ms : 0;
    }
    row->wait_count++;
}

/* Keeps what came of waiting for one node, when that is to be explained. passed_ms 0: it has not passed. */
static int note_node(struct asking *asking, const struct serving_node *serving, int64_t passed_ms)
{
    struct verdict_node *node;
    struct frontier_mark mark;

    if (asking->options->explanation == NULL)
        return 0;
    if (asking->node_count == asking->node_capacity) {
        size_t capacity = asking->node_capacity == 0 ? 8 : asking->node_capacity * 2;
        struct verdict_node *nodes = realloc(asking->nodes, capacity * sizeof(*nodes));

        if (nodes == NULL)
            return NAVETTE_E_MEMORY;
        asking->nodes = nodes;
        asking->node_capacity = capacity;
    }
    node = &asking->nodes[asking->node_count++];
    memset(node, 0, sizeof(*node));
    memcpy(node->place, serving->place, sizeof(node->place));
    memcpy(node->node, serving->node, NODE_ID_SIZE);
    node->passed_ms = passed_ms;
    if (passed_ms == 0 && frontier_last(asking->state, serving->node, known_of(asking), &mark) == 0)
        node->since_ms = mark.hub_time_ms;
    return 0;
}

/* When a node's frontier passed, by what was noted up to `until`. NAVETTE_E_NOT_FOUND: it has not. */
static int passed(const struct asking *asking, const struct verdict_row *row, const uint8_t node[NODE_ID_SIZE], uint64_t until,
                  int64_t *passed_ms)
{
    struct frontier_need need = {.after = row->what.opened};
    struct journal_entry note;
    struct frontier_mark mark;
    int rc;

    if (row->opened_ms == 0)
        return NAVETTE_E_NOT_FOUND;
    if (row->what.due_ms != 0 || asking->options->self != NULL)
        need.hub_time_ms = row->opened_ms + 1;
    else
        need.hub_cursor = row->what.opened;
    rc = frontier_first(asking->state, node, &need, &mark);
    if (rc == 0 && mark.position > until)
        rc = NAVETTE_E_NOT_FOUND;
    if (rc == 0)
        rc = horizon_held(journal_read(asking->journal, mark.position, &note));
    if (rc == 0)
        *passed_ms = note.received_ms;
    return rc;
}

/* Who had passed, by what was noted up to `until`: fills waits, and proven_ms when there are none. */
static int judge(struct asking *asking, uint64_t until, struct verdict_row *row)
{
    int64_t last_ms = row->opened_ms;
    int rc = 0;

    if (until > known_of(asking))
        until = known_of(asking);
    row->proven_ms = 0;
    asking->node_count = 0;
    for (size_t i = 0; rc == 0 && i < asking->serving.node_count; i++) {
        const struct serving_node *serving = &asking->serving.nodes[i];
        int64_t passed_ms = 0;

        if (!is_concerned(&row->what.finding, serving->place))
            continue;
        if (asking->options->self != NULL && memcmp(serving->node, asking->options->self, NODE_ID_SIZE) == 0)
            continue;
        rc = passed(asking, row, serving->node, until, &passed_ms);
        if (rc == 0 && passed_ms > last_ms)
            last_ms = passed_ms;
        if (rc == NAVETTE_E_NOT_FOUND) {
            wait_for(asking, row, serving);
            rc = 0;
        }
        if (rc == 0)
            rc = note_node(asking, serving, passed_ms);
    }
    if (rc == 0 && row->wait_count == 0 && row->opened_ms != 0 && !asking->serving.self_is_partial)
        row->proven_ms = last_ms + grace_ms_of(&asking->serving, &row->what.finding);
    return rc;
}

static int take_settled(const struct asking *asking, struct verdict_row *row)
{
    struct event event;
    int rc = discrepancy_settled_known(asking->state, asking->journal, row->what.finding.id, known_of(asking), &event);

    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    row->verdict = VERDICT_CLOSED_SETTLED;
    row->seen_at[0] = '\0';
    row->reason = event.body->body_case == NAVETTE__EVENT__BODY_SWAP_CONFIRMED ? (int)NAVETTE__REASON__REASON_SWAPPED
                                                                               : (int)event.body->discrepancy_settled->reason;
    row->closed_by = event.self;
    event_free(&event);
    return 0;
}

/* Had the event that shows it first happened by the moment asked for? 1, 0 or a code. */
static int is_in_time(const struct asking *asking, const struct verdict_row *row)
{
    const struct discrepancy_finding *finding = &row->what.finding;
    struct event event;
    int64_t time_ms = 0;
    int rc;

    if (asking->options->moment == NULL || asking->options->moment->at_ms == INT64_MAX || finding->event_count == 0)
        return 1;
    rc = horizon_event(&asking->horizon, &finding->events[0], &event, NULL);
    if (rc == 0)
        rc = correction_time(&asking->horizon, &event, &time_ms, NULL);
    event_free(&event);
    return rc == 0 ? time_ms <= asking->options->moment->at_ms : rc == NAVETTE_E_NOT_FOUND ? 1 : rc;
}

static void explain(struct asking *asking, const struct verdict_row *row)
{
    struct verdict_explanation *explanation = asking->options->explanation;
    const struct serving_grace *grace = grace_of(&asking->serving, &row->what.finding);
    char hex[2 * DISCREPANCY_ID_SIZE + 1];

    if (explanation == NULL)
        return;
    hex_encode(row->what.finding.id, DISCREPANCY_ID_SIZE, hex);
    if (strncmp(hex, asking->options->id, strlen(asking->options->id)) != 0)
        return;
    free(explanation->nodes);
    explanation->matches++;
    explanation->row = *row;
    explanation->nodes = asking->nodes;
    explanation->node_count = asking->node_count;
    asking->nodes = NULL;
    asking->node_count = 0;
    asking->node_capacity = 0;
    explanation->grace_ms = grace == NULL ? VERDICT_GRACE_MS : grace->duration_ms;
    memset(explanation->grace_rule, 0, sizeof(explanation->grace_rule));
    memset(explanation->grace_place, 0, sizeof(explanation->grace_place));
    if (grace != NULL) {
        memcpy(explanation->grace_rule, grace->rule, sizeof(explanation->grace_rule));
        memcpy(explanation->grace_place, grace->place, sizeof(explanation->grace_place));
    }
}

void verdict_explanation_free(struct verdict_explanation *explanation)
{
    free(explanation->nodes);
    memset(explanation, 0, sizeof(*explanation));
}

static int keep(struct asking *asking, const struct verdict_row *row)
{
    struct verdict_view *view = asking->view;
    int in_time = is_in_time(asking, row);

    if (in_time <= 0)
        return in_time;
    explain(asking, row);
    view->totals[row->verdict]++;
    view->wrongly_proven += row->verdict == VERDICT_CLOSED_WITHDRAWN && row->was_proven;
    if (asking->options->verdict != 0 && asking->options->verdict != row->verdict)
        return 0;
    if (view->count == asking->capacity) {
        size_t capacity = asking->capacity == 0 ? 16 : asking->capacity * 2;
        struct verdict_row *rows = realloc(view->rows, capacity * sizeof(*rows));

        if (rows == NULL)
            return NAVETTE_E_MEMORY;
        view->rows = rows;
        asking->capacity = capacity;
    }
    view->rows[view->count++] = *row;
    return 0;
}

/* What was short is somewhere all the same. */
static int take_seen(const struct asking *asking, struct verdict_row *row)
{
    int rc =
        row->what.finding.kind == DISCREPANCY_SHORT ? sighting_of(asking->state, asking->journal, &row->what.subject, &row->closed_by) : 0;

    if (rc <= 0) {
        memset(&row->closed_by, 0, sizeof(row->closed_by));
        return rc;
    }
    row->verdict = VERDICT_CLOSED_SETTLED;
    return sighting_place(asking->journal, &row->closed_by, row->seen_at);
}

int verdict_take_open(struct asking *asking, struct verdict_row *row)
{
    int64_t came_ms;
    int rc = judge(asking, UINT64_MAX, row);
    int is_hearsay = rc == 0 && row->proven_ms != 0 ? hearsay_of(asking, row, known_of(asking), &came_ms) : 0;

    if (rc != 0 || is_hearsay < 0)
        return rc != 0 ? rc : is_hearsay;
    row->verdict = row->proven_ms == 0                                      ? VERDICT_OPEN_UNDECIDABLE
                   : is_hearsay || row->proven_ms > asking->options->now_ms ? VERDICT_OPEN_PROVISIONAL
                                                                            : VERDICT_OPEN_PROVEN;
    if (is_hearsay)
        row->proven_ms = 0;
    rc = take_seen(asking, row);
    if (rc == 0)
        rc = take_settled(asking, row);
    return rc == 0 ? keep(asking, row) : rc;
}

static int take_withdrawn(struct asking *asking, struct verdict_row *row)
{
    int64_t closed_ms, came_ms = 0;
    int is_hearsay = 0;
    int rc = judge(asking, row->what.changed, row);

    if (rc == 0)
        rc = verdict_hub_time(asking, row->what.changed, &closed_ms, &row->closed_by);
    if (rc != 0)
        return rc;
    row->was_proven = row->proven_ms != 0 && closed_ms != 0 && row->proven_ms <= closed_ms;
    /* It was proven all the same when that was over before anybody phoned. */
    if (row->was_proven)
        is_hearsay = hearsay_of(asking, row, row->what.changed - 1, &came_ms);
    if (is_hearsay < 0)
        return is_hearsay;
    if (is_hearsay && came_ms <= row->proven_ms)
        row->was_proven = 0;
    memset(&row->phone, 0, sizeof(row->phone));
    row->verdict = VERDICT_CLOSED_WITHDRAWN;
    row->wait_count = 0;
    return keep(asking, row);
}

/* When it opened; 0: it is told elsewhere, since it lasts again. Else 1 or a code. */
static int open_time(const struct asking *asking, struct verdict_row *row)
{
    int rc;

    if (row->what.due_ms == 0) {
        rc = verdict_hub_time(asking, row->what.opened, &row->opened_ms, NULL);
        return rc == 0 ? 1 : rc;
    }
    row->opened_ms = row->what.due_ms;
    rc = late_is_open_again(asking, &row->what);
    return rc < 0 ? rc : !rc;
}

static int take_row(const struct discrepancy_row *what, void *context)
{
    struct asking *asking = context;
    struct verdict_row row;
    int rc;

    memset(&row, 0, sizeof(row));
    row.what = *what;
    rc = open_time(asking, &row);
    if (rc <= 0)
        return rc;
    if (what->state == DISCREPANCY_OPEN)
        return verdict_take_open(asking, &row);
    if (what->state == DISCREPANCY_WITHDRAWN)
        return take_withdrawn(asking, &row);
    asking->node_count = 0; /* nobody was waited for any more */
    row.verdict = VERDICT_CLOSED_SETTLED;
    row.closed_by = what->finding.ended;
    rc = sighting_place(asking->journal, &row.closed_by, row.seen_at);
    if (rc == 0)
        rc = take_settled(asking, &row);
    return rc == 0 ? keep(asking, &row) : rc;
}

int verdict_list(struct store_txn *state, struct store_txn *journal, const struct verdict_options *options, struct verdict_view *view)
{
    struct asking asking = {.state = state, .journal = journal, .options = options, .view = view};
    int rc = horizon_open_at(&asking.horizon, state, journal, options->moment == NULL ? UINT64_MAX : options->moment->known);

    memset(view, 0, sizeof(*view));
    if (rc != 0)
        return rc;
    rc = serving_load(&asking.horizon, options->now_ms, options->self, &asking.serving);
    if (rc != 0)
        return rc;
    view->partial = asking.serving.self_is_partial;
    rc = due_load(&asking.horizon, &asking.rules);
    if (rc == 0)
        rc = discrepancy_each_known(state, options->subject, known_of(&asking), take_row, &asking);
    if (rc == 0)
        rc = late_take(&asking);
    due_free(&asking.rules);
    serving_free(&asking.serving);
    free(asking.nodes);
    if (rc != 0)
        verdict_free(view);
    return rc;
}

void verdict_free(struct verdict_view *view)
{
    free(view->rows);
    view->rows = NULL;
    view->count = 0;
}
