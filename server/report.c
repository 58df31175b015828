/* SPDX-License-Identifier: Apache-2.0 */
#include "server/report.h"

#include <stdio.h>
#include <unistd.h>

#include "navette/view_json.h"
#include "server/answer.h"
#include "server/decide_right.h"
#include "server/decide_rekey.h"
#include "server/report_compare.h"

/* When and from where the journal was put back the last time; null when it never was. */
json_t *report_restored(const struct executor *executor)
{
    const struct lineage *lineage = &executor->home->lineage;

    if (lineage->count < 2)
        return json_null();
    return json_pack("{s:o, s:I}", "at", view_json_time(lineage_last(lineage)->begun_ms, executor->options->tz), "position",
                     (json_int_t)lineage->epochs[lineage->count - 2].end);
}

static json_t *report_last_backup(const struct executor *executor)
{
    const struct backup_note *note = &executor->backup;

    if (note->position == 0)
        return json_null();
    return json_pack("{s:I, s:I, s:o, s:s}", "position", (json_int_t)note->position, "behind",
                     (json_int_t)(executor->tail > note->position ? executor->tail - note->position : 0), "made",
                     view_json_time(note->made_ms, executor->options->tz), "path", note->path);
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

static json_t *report_refused_count(struct executor *executor)
{
    struct refused_count count = {.node = NULL};

    if (report_refused_of(executor, &count, 1))
        return json_null();
    return json_pack("{s:I, s:I}", "refused", (json_int_t)count.refused, "parked", (json_int_t)count.parked);
}

int report_status(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct lmdb_usage usage = {0};
    uint64_t received = 0;
    uint64_t sent = 0;
    char node[2 * NODE_ID_SIZE + 1];

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
    (void)json_object_set_new(*answer, "backup", report_last_backup(executor));
    (void)json_object_set_new(*answer, "restored", report_restored(executor));
    (void)json_object_set_new(*answer, "keys", decide_rekey_json(executor));
    (void)json_object_set_new(*answer, "aside", report_refused_count(executor));
    (void)json_object_set_new(*answer, "damage", report_damage_count(executor, request));
    return 0;
}

int report_backup(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position)
{
    struct backup_note note = {.position = (uint64_t)json_integer_value(json_object_get(request, "position")),
                               .made_ms = json_integer_value(json_object_get(request, "made_ms"))};
    struct store_txn *txn;
    int rc = executor_begin(executor, &txn);

    (void)position;
    (void)snprintf(note.path, sizeof(note.path), "%s", answer_field(request, "path"));
    if (!rc)
        rc = decide_commit(executor, txn, backup_note_write(txn, &note));
    if (rc == NAVETTE_E_FULL)
        *answer = answer_error(request, "hub-backup-unnoted", note.path, NULL, NULL);
    if (rc)
        return rc;
    executor->backup = note;
    hub_set_backup(executor->hub, note.position, note.made_ms);
    *answer = json_deep_copy(request);
    (void)json_object_del(*answer, "command");
    (void)json_object_del(*answer, "lang");
    (void)json_object_del(*answer, "made_ms");
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
