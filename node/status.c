/* SPDX-License-Identifier: Apache-2.0 */
#include "node/status.h"

#include <stdio.h>
#include <string.h>

#include "navette/fold.h"
#include "navette/tz.h"
#include "navette/view_json.h"
#include "io/view_json_compare.h"
#include "node/keeping.h"
#include "node/pruning.h"
#include "node/refused.h"
#include "node/rekeying.h"
#include "node/trusting.h"

#define FORK_TOLD_MS INT64_C(604800000) /* a week: everybody who works here has been at the desk */

json_t *status_places(const struct identity *identity)
{
    json_t *list = json_array();

    for (size_t i = 0; i < identity->place_count; i++)
        (void)json_array_append_new(list, json_string(identity->places[i]));
    return list;
}

static const char *link_name(const struct office *office, const struct node_progress *progress)
{
    static const char *const names[] = {"offline", "greeting", "streaming", "held"};

    if (!office->identity.enrolled)
        return "not-enrolled";
    if (office->link == NULL)
        return names[NODE_OFFLINE];
    if (progress->link == NODE_HELD && progress->verdict == NAVETTE__VERDICT__VERDICT_REFUSED)
        return "key-refused"; /* told over the link, before the door was shut */
    if (progress->old_key)
        return "old-keys";
    if (progress->link == NODE_OFFLINE && link_executor_trouble(office->link) == LINK_KEY_REFUSED)
        return "key-refused";
    if (progress->link == NODE_OFFLINE && link_executor_trouble(office->link) == LINK_WRONG_HUB)
        return "wrong-hub";
    return names[progress->link & 3];
}

static json_t *identity_json(const struct office *office)
{
    static const char *const roles[] = {"none", "branch", "relay", "carrier", "coordinator", "reader"};
    static const char *const scopes[] = {"none", "network", "own"};
    const struct identity *identity = &office->identity;
    unsigned role = identity->enrolled ? office->rights.role : identity->role;
    char node[2 * NODE_ID_SIZE + 1], incarnation[2 * INCARNATION_SIZE + 1];

    hex_encode(identity->node, NODE_ID_SIZE, node);
    hex_encode(office->desk.incarnation, INCARNATION_SIZE, incarnation);
    return json_pack("{s:s, s:s, s:o, s:s, s:s, s:b, s:s}", "node", node, "incarnation", incarnation, "places", status_places(identity),
                     "role", roles[role < 6 ? role : 0], "scope", scopes[identity->scope < 3 ? identity->scope : 0], "enrolled",
                     identity->enrolled, "hub", identity->endpoint);
}

static json_t *link_json(const struct office *office, const struct node_progress *progress, const char *tz)
{
    static const uint8_t none[16];
    char machine[2 * sizeof none + 1] = "";
    uint64_t received = 0, sent = 0;

    if (memcmp(progress->claimant, none, sizeof none) != 0)
        hex_encode(progress->claimant, sizeof none, machine);
    if (office->link != NULL)
        link_executor_traffic(office->link, &received, &sent);
    return json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:b, s:I, s:I, s:I, s:s, s:I, s:b, s:I, s:o, s:b, s:s, s:b, s:I, s:I}", "link",
        link_name(office, progress), "verdict", link_verdict_name(progress->verdict), "head", (json_int_t)progress->head, "durable",
        (json_int_t)progress->durable, "to_send", (json_int_t)(progress->head - progress->durable), "cursor", (json_int_t)progress->cursor,
        "hub_cursor", (json_int_t)progress->hub_cursor, "to_take",
        (json_int_t)(progress->hub_cursor > progress->cursor ? progress->hub_cursor - progress->cursor : 0), "hub_time",
        view_json_time(progress->hub_time_ms, tz), "hub_heard", view_json_time(progress->hub_heard_wall_ms, tz), "in_step",
        progress->in_step, "received_bytes", (json_int_t)received, "sent_bytes", (json_int_t)sent, "to_take_back",
        (json_int_t)(progress->take_back > progress->cursor ? progress->take_back - progress->cursor : 0), "began",
        link_verdict_name(progress->began), "branch", (json_int_t)progress->branch, "adopting", progress->adopting, "backed_up",
        (json_int_t)progress->backed_up, "backed_up_at", view_json_time(progress->backed_up_ms, tz), "giving_back", progress->giving,
        "machine", machine, "elsewhere", progress->elsewhere, "snapshot", (json_int_t)progress->snapshot_next, "snapshot_of",
        (json_int_t)progress->snapshot_count);
}

static json_t *store_json(const struct office *office, struct store_txn *txn)
{
    uint8_t digest[HASH_SIZE] = {0};
    char hex[2 * HASH_SIZE + 1];
    struct lmdb_usage usage = {0};
    uint64_t tail = 0, cursor = 0;

    (void)journal_tail(txn, &tail);
    (void)fold_cursor(txn, &cursor);
    (void)fold_digest(txn, digest);
    (void)lmdb_store_usage(office->store, &usage);
    hex_encode(digest, HASH_SIZE, hex);
    return json_pack("{s:I, s:I, s:s, s:I, s:I}", "entries", (json_int_t)tail, "folded", (json_int_t)cursor, "digest", hex, "used_bytes",
                     (json_int_t)usage.used_bytes, "free_bytes", (json_int_t)usage.free_bytes);
}

/* How far this node is on its way to what it follows now. */
static json_t *scope_json(const struct office *office, const struct node_progress *progress)
{
    struct node_following following = {.epoch = 0};

    (void)node_follows(office->node, &following);
    return json_pack("{s:I, s:b, s:b, s:I, s:I}", "epoch", (json_int_t)following.epoch, "evicting", progress->evicting, "completing",
                     progress->back_end != 0, "back", (json_int_t)progress->back_cursor, "back_of", (json_int_t)progress->back_end);
}

/* To the minute. */
static void minute_of(const char *tz, int64_t ms, char out[TZ_TEXT_SIZE])
{
    tz_format(tz, ms, out);
    if (strlen(out) > 16) {
        out[10] = ' ';
        out[16] = '\0';
    }
}

json_t *status_note(const struct office *office, const struct request *request, const struct node_progress *progress, const char *tz)
{
    char heard[TZ_TEXT_SIZE] = "", waiting[32];
    const char *endpoint = office->identity.endpoint, *name = link_name(office, progress);

    if (progress->hub_heard_wall_ms != 0)
        minute_of(tz, progress->hub_heard_wall_ms, heard);
    (void)snprintf(waiting, sizeof waiting, "%llu", (unsigned long long)(progress->head - progress->durable));
    if (strcmp(name, "not-enrolled") == 0)
        return request_refuse(request, "not-enrolled", NULL, NULL, NULL);
    if (strcmp(name, "key-refused") == 0)
        return request_refuse(request, "hub-refuses", endpoint, NULL, NULL);
    if (strcmp(name, "old-keys") == 0)
        return request_refuse(request, "hub-old-keys", endpoint, NULL, NULL);
    if (strcmp(name, "wrong-hub") == 0)
        return request_refuse(request, "hub-wrong-key", endpoint, NULL, NULL);
    if (office->hub_keys.rival)
        return request_refuse(request, "hub-keys-alarm", NULL, NULL, NULL);
    if (node_is_cloned(office->node))
        return request_cloned(request, office);
    if (strcmp(name, "held") == 0)
        return request_refuse(request, "held", link_verdict_name(progress->verdict), NULL, NULL);
    if (progress->giving) {
        minute_of(tz, progress->epoch_ms, heard);
        return request_refuse(request, "giving-back", heard, NULL, NULL);
    }
    if (progress->evicting)
        return request_refuse(request, "evicting", NULL, NULL, NULL);
    if (progress->back_end != 0 && progress->link == NODE_STREAMING) {
        char of[32];

        (void)snprintf(waiting, sizeof waiting, "%llu", (unsigned long long)progress->back_cursor);
        (void)snprintf(of, sizeof of, "%llu", (unsigned long long)progress->back_end);
        return request_refuse(request, "completing", waiting, of, NULL);
    }
    if (progress->snapshot_count != 0 && progress->link == NODE_STREAMING) {
        char of[32];

        (void)snprintf(waiting, sizeof waiting, "%u", progress->snapshot_next);
        (void)snprintf(of, sizeof of, "%u", progress->snapshot_count);
        return request_refuse(request, "snapshot-coming", waiting, of, NULL);
    }
    if (progress->take_back != 0) {
        (void)snprintf(waiting, sizeof waiting, "%llu", (unsigned long long)(progress->take_back - progress->cursor));
        return request_refuse(request, "taking-back", waiting, NULL, NULL);
    }
    if (progress->link == NODE_STREAMING && progress->began == NAVETTE__VERDICT__VERDICT_CLONE && progress->adopting) {
        (void)snprintf(waiting, sizeof waiting, "%llu", (unsigned long long)progress->branch);
        return request_refuse(request, "became", waiting, NULL, NULL);
    }
    if (progress->link == NODE_STREAMING && progress->began == NAVETTE__VERDICT__VERDICT_FORK &&
        request->moment.wall_ms - progress->began_wall_ms < FORK_TOLD_MS) {
        minute_of(tz, progress->began_wall_ms, heard);
        (void)snprintf(waiting, sizeof waiting, "%llu", (unsigned long long)progress->branch);
        return request_refuse(request, "forked", heard, waiting, NULL);
    }
    if (keyring_is_held(office->keyring))
        return request_refuse(request, "keyring-old", NULL, NULL, NULL);
    if ((office->link != NULL && link_executor_is_full(office->link)) || office->rekey_ms != 0)
        return request_disk_full(request, office);
    if (progress->link != NODE_STREAMING)
        return request_refuse(request, "hub-away", endpoint, heard[0] != '\0' ? heard : message_word(request->language, "never"), waiting);
    if (trusting_is_waiting(office))
        return request_refuse(request, "hub-keys-waiting", NULL, NULL, NULL);
    if (rekeying_is_due(office, &request->moment))
        return request_refuse(request, "rekey-due", NULL, NULL, NULL);
    return json_null();
}

/* What was recorded here and counts nowhere: said with what to do about it. */
static void add_refused(const struct office *office, const struct request *request, struct store_txn *txn, json_t *answer)
{
    struct refused_counts counts;
    char refused[24], parked[24];
    json_t *note;

    if (refused_count(office, txn, &counts) != 0)
        return;
    (void)json_object_set_new(answer, "refused", json_integer((json_int_t)counts.refused));
    (void)json_object_set_new(answer, "parked", json_integer((json_int_t)counts.parked));
    (void)snprintf(refused, sizeof refused, "%zu", counts.refused);
    (void)snprintf(parked, sizeof parked, "%zu", counts.parked);
    note = counts.refused + counts.parked == 0 ? json_null() : request_refuse(request, "some-refused", refused, parked, NULL);
    (void)json_object_set_new(answer, "refused_note", note);
}

/* When this node was last compared with the hub, and what was found damaged here. */
static void add_compared(const struct office *office, const struct request *request, struct store_txn *txn, const char *tz, json_t *answer)
{
    struct compare_asked asked = {.language = request->language, .tz = tz};

    (void)json_object_set_new(answer, "compared", view_json_compared(txn, office->identity.node, &asked));
    (void)json_object_set_new(answer, "damage", view_json_damage_count(txn, "damage-note", request->language));
}

#define CLOCK_OFF_MS INT64_C(3600000) /* so much is no slow line, and too much for the order of what people did */

/* By the hub's clock as it was last told, and what has passed since on the clock that nobody sets. */
static json_t *clock_note(const struct office *office, const struct request *request, const char *tz)
{
    const struct moment *moment = &request->moment;
    int64_t hub_ms = office->keeping.hub_ms + (moment->monotonic_ms - office->keeping.hub_heard_ms);
    int64_t off_ms = moment->wall_ms > hub_ms ? moment->wall_ms - hub_ms : hub_ms - moment->wall_ms;
    char here[TZ_TEXT_SIZE], there[TZ_TEXT_SIZE];

    if (office->keeping.hub_ms == 0 || off_ms < CLOCK_OFF_MS)
        return json_null();
    minute_of(tz, moment->wall_ms, here);
    minute_of(tz, hub_ms, there);
    return request_refuse(request, "clock-off", here, there, NULL);
}

int status_show(struct office *office, const struct request *request, json_t **answer)
{
    struct node_progress progress;
    char tz[LIMIT_CODE + 1];
    struct store_txn *txn;
    json_t *note, *open;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    office_tz(office, txn, request->place, tz);
    rc = node_progress(office->node, txn, &progress);
    if (rc == 0) {
        *answer = json_pack("{s:b, s:s, s:o, s:o, s:o, s:b, s:o}", "ok", 1, "folder", office->folder, "identity", identity_json(office),
                            "link", link_json(office, &progress, tz), "store", store_json(office, txn), "clock_synced",
                            request->moment.synced, "time", view_json_time(request->moment.wall_ms, tz));
        add_refused(office, request, txn, *answer);
        add_compared(office, request, txn, tz, *answer);
        (void)json_object_set_new(*answer, "pruned", pruning_json(office, request, txn, tz));
        note = status_note(office, request, &progress, tz);
        (void)json_object_set_new(*answer, "note", note);
        (void)json_object_set_new(*answer, "clock_note", clock_note(office, request, tz));
        (void)json_object_set_new(*answer, "scope", scope_json(office, &progress));
        (void)json_object_set_new(*answer, "keys", rekeying_json(office, &request->moment, tz));
        (void)json_object_set_new(*answer, "hub_keys", trusting_json(office, tz));
        (void)json_object_set_new(*answer, "keyring", keeping_json(office));
        open = json_array();
        for (size_t i = 0; i < OPERATIONS_MAX; i++)
            if (office->operations[i].id != 0 && office->operations[i].stored) {
                char id[OPERATION_ID_TEXT];
                operation_id_format(office->operations[i].id, id);
                (void)json_array_append_new(open, json_string(id));
            }
        (void)json_object_set_new(*answer, "operations", open);
    }
    lmdb_abort(txn);
    return rc;
}
