/* SPDX-License-Identifier: Apache-2.0 */
#include "server/report.h"

#include <unistd.h>

#include "navette/view_json.h"
#include "server/answer.h"

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
