/* SPDX-License-Identifier: Apache-2.0 */
#include "server/report.h"

#include <stdlib.h>
#include <string.h>

#include "navette/discrepancy.h"
#include "navette/system.h"
#include "navette/view.h"
#include "navette/view_json.h"
#include "server/answer.h"
#include "server/decide_node.h"
#include "server/decide_right.h"

/* Health of the nodes under way: now, or as it was known at an earlier position. */
struct report_ask {
    struct executor *executor;
    struct store_txn *journal;
    struct store_txn *state; /* NULL: none exists yet */
    struct view_moment moment;
    int is_past;
    uint64_t tail; /* of the journal, at that moment */
};

static json_t *report_places(const struct hub_node *node)
{
    json_t *places = json_array();

    for (size_t i = 0; i < node->place_count; i++)
        (void)json_array_append_new(places, json_string(node->places[i]));
    return places;
}

/* The greatest number held of any log of this node. */
static uint64_t report_held(struct store_txn *journal, const struct hub_node *node)
{
    struct store_scan *scan;
    struct span key;
    struct span value;
    struct log_head head;
    uint8_t from = 0;
    uint64_t seq = 0;
    int rc = store_scan_open(journal, TABLE_HEAD, &scan);

    if (rc)
        return 0;
    for (rc = journal->ops->scan_from(scan, span_of(&from, 1), &key, &value); !rc; rc = journal->ops->scan_next(scan, &key, &value))
        if (key.len == INCARNATION_SIZE && journal_head(journal, key.data, &head) == 0 &&
            memcmp(head.node, node->node, NODE_ID_SIZE) == 0 && head.seq > seq)
            seq = head.seq;
    journal->ops->scan_close(scan);
    return seq;
}

/* Up to when all that happened at this node is known here, and what it had of the hub then: remembered across restarts. */
static struct frontier_mark report_frontier(const struct report_ask *ask, const struct hub_node *node)
{
    struct frontier_mark mark = {.hub_cursor = 0};

    if (!ask->state || frontier_last(ask->state, node->node, ask->moment.known, &mark))
        memset(&mark, 0, sizeof(mark));
    return mark;
}

static int report_suspect(const struct discrepancy_row *row, void *context)
{
    int *suspect = context;

    *suspect |= row->finding.kind == DISCREPANCY_CLOCK && row->state == DISCREPANCY_OPEN;
    return 0;
}

/* Does the clock of this node contradict what it stated? */
static const char *report_clock(const struct report_ask *ask, const char *id)
{
    struct thing_key key;
    int suspect = 0;

    if (!ask->state || thing_key_make(NAVETTE__THING_KIND__THING_NODE, "", id, &key) ||
        discrepancy_each_known(ask->state, &key, ask->moment.known, report_suspect, &suspect))
        return "";
    return suspect ? "suspect" : "right";
}

/* For how long the oldest entry that the node had not has been here; null: it had all. */
static json_t *report_lag_s(const struct report_ask *ask, uint64_t cursor)
{
    int64_t came_ms;

    if (cursor >= ask->tail)
        return json_integer(0);
    if (journal_moment(ask->journal, cursor + 1, &came_ms) || came_ms > ask->moment.known_ms)
        return json_null();
    return json_integer((ask->moment.known_ms - came_ms) / 1000);
}

static json_t *report_age_s(const struct report_ask *ask, int64_t since_ms)
{
    return since_ms ? json_integer((ask->moment.known_ms - since_ms) / 1000) : json_null();
}

/* What sessions tell is not kept: of a moment past, the statements that were noted by then. */
static json_t *report_node(const struct report_ask *ask, const struct hub_node *node, const struct hub_session_info *info)
{
    struct frontier_mark mark = report_frontier(ask, node);
    uint64_t cursor = !ask->is_past && info->cursor > mark.hub_cursor ? info->cursor : mark.hub_cursor;
    int64_t heard_ms = !ask->is_past && info->last_heard_ms > mark.hub_time_ms ? info->last_heard_ms : mark.hub_time_ms;
    uint64_t seq = ask->is_past ? mark.seq : report_held(ask->journal, node);
    const char *tz = ask->executor->options->tz;
    char id[2 * NODE_ID_SIZE + 1];
    json_t *row;

    hex_encode(node->node, NODE_ID_SIZE, id);
    row = json_pack("{s:s, s:o, s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:o, s:s}", "node", id, "places",
                    report_places(node), "role", decide_role_name(node->role), "scope", decide_scope_name(node->scope), "revoked",
                    node->revoked, "connected", ask->is_past ? json_null() : json_boolean(info->connected), "last_heard",
                    view_json_time(heard_ms, tz), "silent_s", report_age_s(ask, heard_ms), "known_until",
                    view_json_time(mark.hub_time_ms, tz), "known_until_s", report_age_s(ask, mark.hub_time_ms), "seq", (json_int_t)seq,
                    "cursor", (json_int_t)cursor, "lag", (json_int_t)(ask->tail > cursor ? ask->tail - cursor : 0), "lag_s",
                    report_lag_s(ask, cursor), "clock", report_clock(ask, id));
    if (!row)
        return NULL;
    (void)json_object_set_new(row, "verdict", json_string(!ask->is_past && info->verdict ? link_verdict_name(info->verdict) : ""));
    (void)json_object_set_new(row, "version", !ask->is_past && info->version ? json_integer((json_int_t)info->version) : json_null());
    (void)json_object_set_new(row, "parted", view_json_time(ask->is_past ? 0 : info->parted_ms, tz));
    (void)json_object_set_new(row, "reconnects", json_integer(ask->is_past ? 0 : (json_int_t)info->reconnects));
    (void)json_object_set_new(row, "back", json_boolean(hub_node_is_back(ask->executor->hub, ask->journal, node->node) == 1));
    return row;
}

/* How the node stood then: enrolled, with which places and role, revoked. 0: it was not enrolled yet. */
static int report_was(const struct report_ask *ask, const struct hub_node *now, struct hub_node *then)
{
    char id[2 * NODE_ID_SIZE + 1];
    const Navette__Event *body;
    char **places = NULL;
    size_t count = 0;
    struct thing_key key;
    struct event event;

    *then = *now;
    if (!ask->is_past)
        return 1;
    hex_encode(now->node, NODE_ID_SIZE, id);
    if (!ask->state || thing_key_make(NAVETTE__THING_KIND__THING_NODE, "", id, &key) ||
        fold_decided_known(ask->state, ask->journal, &key, ask->moment.known, &event))
        return 0;
    body = event.body;
    then->revoked = body->body_case == NAVETTE__EVENT__BODY_NODE_REVOKED;
    if (body->body_case == NAVETTE__EVENT__BODY_NODE_ENROLLED) {
        places = body->node_enrolled->places;
        count = body->node_enrolled->n_places;
        then->role = body->node_enrolled->role;
        then->scope = body->node_enrolled->scope;
    } else if (body->body_case == NAVETTE__EVENT__BODY_RIGHTS_GRANTED) {
        places = body->rights_granted->places;
        count = body->rights_granted->n_places;
        then->role = body->rights_granted->role;
        then->scope = body->rights_granted->scope;
    }
    for (size_t i = 0; i < count && i < HUB_NODE_PLACES; i++) {
        (void)strncpy(then->places[i], places[i], LIMIT_PLACE_CODE);
        then->place_count = i + 1;
    }
    event_free(&event);
    return 1;
}

/* How many events of each node are refused or parked now, in the order of the hub's nodes; NULL: not to be told. */
static struct refused_count *report_refusals(const struct report_ask *ask)
{
    const struct hub_node *node;
    struct refused_count *counts;
    size_t count = 0;

    while (hub_node_at(ask->executor->hub, count) != NULL)
        count++;
    counts = ask->is_past || count == 0 ? NULL : calloc(count, sizeof(*counts));
    for (size_t i = 0; counts && (node = hub_node_at(ask->executor->hub, i)) != NULL; i++)
        counts[i].node = node->node;
    if (counts && report_refused_of(ask->executor, counts, count)) {
        free(counts);
        return NULL;
    }
    return counts;
}

static json_t *report_rows(const struct report_ask *ask)
{
    json_t *rows = json_array();
    struct refused_count *counts = report_refusals(ask);
    const struct hub_node *node;
    struct hub_session_info info;

    for (size_t i = 0; (node = hub_node_at(ask->executor->hub, i)) != NULL && hub_session_at(ask->executor->hub, i, &info) == 0; i++) {
        struct hub_node then;

        if (report_was(ask, node, &then)) {
            json_t *row = report_node(ask, &then, &info);

            (void)json_object_set_new(row, "refused", counts ? json_integer((json_int_t)counts[i].refused) : json_null());
            (void)json_object_set_new(row, "parked", counts ? json_integer((json_int_t)counts[i].parked) : json_null());
            (void)json_array_append_new(rows, row);
        }
    }
    free(counts);
    return rows;
}

/* "known", as views read it; "at" is refused: what the hub had heard has no other time than that at which it heard. */
static int report_moment(struct report_ask *ask, const json_t *request, json_t **answer)
{
    const char *wrong = "";
    int rc;

    if (answer_field(request, "at"))
        *answer = answer_error(request, "hub-no-at", "nodes", NULL, NULL);
    ask->tail = ask->executor->tail;
    ask->moment = (struct view_moment){VIEW_NOW, VIEW_KNOWN_ALL, system_wall_ms(), system_wall_ms()};
    if (*answer || !answer_field(request, "known") || !ask->state)
        return 0;
    rc = view_moment_read(ask->state, ask->journal, ask->executor->options->tz, NULL, answer_field(request, "known"), system_wall_ms(),
                          &ask->moment, &wrong);
    if (rc == NAVETTE_E_INVALID)
        *answer = answer_error(request, "hub-bad-time", wrong, NULL, NULL);
    ask->is_past = rc == 0 && ask->moment.known != VIEW_KNOWN_ALL;
    if (ask->is_past)
        ask->tail = ask->moment.known;
    return rc == NAVETTE_E_INVALID ? 0 : rc;
}

int report_nodes(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct report_ask ask = {.executor = executor};
    int rc = lmdb_read_begin(executor->home->journal, &ask.journal);

    (void)position;
    if (rc)
        return rc;
    if (follower_read_begin(executor->follower, &ask.state))
        ask.state = NULL;
    rc = report_moment(&ask, request, answer);
    if (!rc && !*answer) {
        *answer = json_pack("{s:b, s:o, s:I, s:I, s:I, s:o}", "ok", 1, "rows", report_rows(&ask), "tail", (json_int_t)executor->tail,
                            "known", (json_int_t)ask.tail, "refused_handshakes", (json_int_t)wire_hub_refusals(executor->wire), "as_of",
                            view_json_time(ask.moment.known_ms, executor->options->tz));
        (void)json_object_set_new(*answer, "restored", report_restored(executor));
    }
    follower_read_end(executor->follower, ask.state);
    lmdb_abort(ask.journal);
    return rc;
}
