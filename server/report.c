/* SPDX-License-Identifier: Apache-2.0 */
#include "server/report.h"

#include <string.h>
#include <unistd.h>

#include "navette/discrepancy.h"
#include "navette/system.h"
#include "navette/view_json.h"
#include "server/answer.h"
#include "server/decide_node.h"

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
static struct frontier_mark report_frontier(struct store_txn *state, const struct hub_node *node)
{
    struct frontier_mark mark = {.hub_cursor = 0};

    if (!state || frontier_last(state, node->node, UINT64_MAX, &mark))
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
static const char *report_clock(struct store_txn *state, const char *id)
{
    struct thing_key key;
    int suspect = 0;

    if (!state || thing_key_make(NAVETTE__THING_KIND__THING_NODE, "", id, &key) || discrepancy_each(state, &key, report_suspect, &suspect))
        return "";
    return suspect ? "suspect" : "right";
}

static json_t *report_node(const struct executor *executor, struct store_txn *journal, struct store_txn *state, const struct hub_node *node,
                           const struct hub_session_info *info)
{
    struct frontier_mark mark = report_frontier(state, node);
    uint64_t cursor = info->cursor > mark.hub_cursor ? info->cursor : mark.hub_cursor;
    uint64_t lag = executor->tail > cursor ? executor->tail - cursor : 0;
    int64_t heard_ms = info->last_heard_ms > mark.hub_time_ms ? info->last_heard_ms : mark.hub_time_ms;
    const char *tz = executor->options->tz;
    char id[2 * NODE_ID_SIZE + 1];

    hex_encode(node->node, NODE_ID_SIZE, id);
    return json_pack(
        "{s:s, s:o, s:s, s:s, s:b, s:b, s:o, s:o, s:o, s:s, s:I, s:I, s:I, s:s}", "node", id, "places", report_places(node), "role",
        decide_role_name(node->role), "scope", decide_scope_name(node->scope), "revoked", node->revoked, "connected", info->connected,
        "last_heard", view_json_time(heard_ms, tz), "silent_s", heard_ms ? json_integer((system_wall_ms() - heard_ms) / 1000) : json_null(),
        "known_until", view_json_time(mark.hub_time_ms, tz), "verdict", info->verdict ? link_verdict_name(info->verdict) : "", "seq",
        (json_int_t)report_held(journal, node), "cursor", (json_int_t)cursor, "lag", (json_int_t)lag, "clock", report_clock(state, id));
}

int report_nodes(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    json_t *rows = json_array();
    const struct hub_node *node;
    struct hub_session_info info;
    struct store_txn *journal;
    struct store_txn *state;
    int rc = lmdb_read_begin(executor->home->journal, &journal);

    (void)request;
    (void)position;
    if (rc) {
        json_decref(rows);
        return rc;
    }
    if (follower_read_begin(executor->follower, &state))
        state = NULL;
    for (size_t i = 0; (node = hub_node_at(executor->hub, i)) != NULL && hub_session_at(executor->hub, i, &info) == 0; i++)
        (void)json_array_append_new(rows, report_node(executor, journal, state, node, &info));
    follower_read_end(executor->follower, state);
    lmdb_abort(journal);
    *answer = json_pack("{s:b, s:o, s:I, s:I}", "ok", 1, "rows", rows, "tail", (json_int_t)executor->tail, "refused_handshakes",
                        (json_int_t)wire_hub_refusals(executor->wire));
    return 0;
}

static json_t *report_store(const struct lmdb_usage *usage)
{
    return json_pack("{s:I, s:I, s:I}", "used_bytes", (json_int_t)usage->used_bytes, "map_bytes", (json_int_t)usage->map_bytes,
                     "free_bytes", (json_int_t)usage->free_bytes);
}

static json_t *report_state(struct executor *executor)
{
    struct follower_news news;
    struct lmdb_usage usage = {0};
    struct store_txn *state;
    uint8_t digest[HASH_SIZE] = {0};
    char text[2 * HASH_SIZE + 1];
    uint64_t cursor = 0;

    follower_news(executor->follower, &news);
    if (follower_read_begin(executor->follower, &state) == 0) {
        (void)fold_cursor(state, &cursor);
        (void)fold_digest(state, digest);
        follower_read_end(executor->follower, state);
    }
    (void)follower_usage(executor->follower, &usage);
    hex_encode(digest, HASH_SIZE, text);
    return json_pack("{s:I, s:s, s:I, s:b, s:b, s:I, s:o}", "cursor", (json_int_t)cursor, "digest", text, "lag",
                     (json_int_t)(executor->tail > cursor ? executor->tail - cursor : 0), "rebuilding", news.rebuilding, "full", news.full,
                     "rebuilds", (json_int_t)news.rebuilds, "store", report_store(&usage));
}

static size_t report_connected(const struct executor *executor)
{
    struct hub_session_info info;
    size_t count = 0;

    for (size_t i = 0; hub_session_at(executor->hub, i, &info) == 0; i++)
        count += info.connected ? 1u : 0u;
    return count;
}

static size_t report_enrolled(const struct executor *executor)
{
    const struct hub_node *node;
    size_t count = 0;

    for (size_t i = 0; (node = hub_node_at(executor->hub, i)) != NULL; i++)
        count += node->revoked ? 0u : 1u;
    return count;
}

int report_status(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct lmdb_usage usage = {0};
    uint64_t received = 0;
    uint64_t sent = 0;
    char node[2 * NODE_ID_SIZE + 1];

    (void)request;
    (void)position;
    hex_encode(executor->home->keys.node, NODE_ID_SIZE, node);
    wire_hub_traffic(executor->wire, &received, &sent);
    (void)lmdb_store_usage(executor->home->journal, &usage);
    *answer = json_pack("{s:b, s:s, s:s, s:s, s:s, s:o, s:{s:I, s:b, s:o}, s:o, s:{s:I, s:I}, s:I, s:I, s:{s:I, s:I}, s:I}", "ok", 1,
                        "node", node, "folder", executor->home->folder, "endpoint", executor->endpoint, "enrol", executor->enrol_endpoint,
                        "started", view_json_time(executor->started_ms, executor->options->tz), "journal", "tail",
                        (json_int_t)executor->tail, "full", executor->full, "store", report_store(&usage), "state", report_state(executor),
                        "nodes", "enrolled", (json_int_t)report_enrolled(executor), "connected", (json_int_t)report_connected(executor),
                        "refused_handshakes", (json_int_t)wire_hub_refusals(executor->wire), "groups", (json_int_t)executor->groups,
                        "traffic", "received_bytes", (json_int_t)received, "sent_bytes", (json_int_t)sent, "process", (json_int_t)getpid());
    return 0;
}

int report_rebuild(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    (void)request;
    *answer = answer_ok();
    follower_rebuild(executor->follower);
    *position = executor->tail;
    return 0;
}

void report_rebuilt(struct executor *executor, json_t *answer)
{
    json_t *state = report_state(executor);

    (void)json_object_set(answer, "cursor", json_object_get(state, "cursor"));
    (void)json_object_set(answer, "digest", json_object_get(state, "digest"));
    json_decref(state);
}
