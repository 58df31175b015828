/* SPDX-License-Identifier: Apache-2.0 */
#include "node/pruning.h"

#include <stdio.h>
#include <string.h>

#include "navette/fold.h"
#include "navette/journal_want.h"
#include "navette/system.h"
#include "navette/view_json.h"

#define SLICE_ENTRIES 4096u /* looked at in one transaction: some milliseconds */
#define SLICE_MS 1000       /* a commit a second wears no card out */
#define LOOK_MS 60000       /* until something is looked at again that stood in the way */
#define DAY_MS INT64_C(86400000)
#define FRESH_MS 10000 /* what was refused so long ago is not asked for again for the same person */

int64_t pruning_deadline(const struct office *office)
{
    return office->keep_ms > 0 && office->link != NULL ? office->prune_ms : INT64_MAX;
}

const char *pruning_bar(enum node_prune_bar bar)
{
    static const char *const bars[] = {
        [NODE_PRUNE_MAY] = "",
        [NODE_PRUNE_OFF] = "prune-off",
        [NODE_PRUNE_OFFLINE] = "prune-offline",
        [NODE_PRUNE_OLD_HUB] = "prune-old-hub",
        [NODE_PRUNE_NO_BACKUP] = "prune-no-backup",
        [NODE_PRUNE_BUSY] = "prune-busy",
        [NODE_PRUNE_WAITS] = "prune-waits",
        [NODE_PRUNE_LINE] = "prune-line",
    };

    return bars[bar];
}

int pruning_slice(struct office *office, int dry, uint64_t *next, struct node_pruning *done)
{
    struct store_txn *txn;
    int rc = dry ? lmdb_read_begin(office->store, &txn) : lmdb_delete_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    if (dry)
        rc = node_prune_try(office->node, txn, SLICE_ENTRIES, next, done);
    else
        rc = node_prune(office->node, txn, SLICE_ENTRIES, system_wall_ms(), done);
    if (rc == 0 && !dry && done->bar == NODE_PRUNE_MAY)
        return lmdb_commit(txn);
    lmdb_abort(txn);
    return rc;
}

/* Is a pass under way, or the last one long over? */
static int is_due(const struct office *office)
{
    int64_t every_ms = office->keep_ms < DAY_MS ? office->keep_ms : DAY_MS;
    int64_t passed_ms = 0;
    struct store_txn *txn;
    int under_way = 0;
    int may;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    may = node_prune_may(office->node, txn) == NODE_PRUNE_MAY;
    rc = may ? node_prune_passed(office->node, txn, &passed_ms, &under_way) : 0;
    if (rc == 0 && may) {
        int64_t since_ms = system_wall_ms() - passed_ms;

        rc = under_way || passed_ms == 0 || since_ms < 0 || since_ms >= every_ms;
    }
    lmdb_abort(txn);
    return rc;
}

int pruning_turn(struct office *office)
{
    struct node_pruning done = {.more = 0};
    int64_t now_ms = system_monotonic_ms();
    int64_t look_ms = office->keep_ms < LOOK_MS ? office->keep_ms : LOOK_MS;
    int rc;

    if (now_ms < pruning_deadline(office))
        return 0;
    office->prune_ms = now_ms + (look_ms < SLICE_MS ? SLICE_MS : look_ms);
    if (office->behind > 0)
        return 0;
    rc = is_due(office);
    if (rc <= 0)
        return rc;
    rc = pruning_slice(office, 0, NULL, &done);
    if (rc == NAVETTE_E_FULL)
        return 0;
    if (rc == 0 && done.more)
        office->prune_ms = now_ms + SLICE_MS;
    if (rc == 0 && done.damaged > 0)
        system_log(2, "node", NULL,
                   "ALARM: the disk has changed %llu of the marks that stand for older movements: they are asked of the hub again; see "
                   "navette damage, and have the disk checked",
                   (unsigned long long)done.damaged);
    if (rc == 0 && done.pruned > 0)
        system_log(0, "node", NULL, "pruned %llu entries, %llu bytes", (unsigned long long)done.pruned, (unsigned long long)done.bytes);
    return rc;
}

/* Why bytes that were given up do not come back. */
static const char *const REFUSALS[WANT_REFUSALS] = {
    [WANT_NOT_REFUSED] = "",
    [WANT_NOT_HELD] = "pruned-lost-not-held",
    [WANT_NOT_FOLLOWED] = "pruned-lost-not-followed",
    [WANT_DAMAGED] = "pruned-lost-damaged",
    [WANT_OTHER_BYTES] = "pruned-lost-other-bytes",
    [WANT_UNANSWERED] = "pruned-lost-unanswered",
};

static const char *answer_of(const struct office *office, const struct node_progress *progress, const struct fold_wanted *wanted)
{
    if (wanted->count > 0 && wanted->refused == wanted->count)
        return REFUSALS[wanted->why];
    if (office->link == NULL || progress->link != NODE_STREAMING)
        return "pruned-away";
    return wanted->count > 0 ? "pruned-asked" : "pruned-again";
}

int pruning_ask(struct office *office, const struct request *request, uint64_t missed, json_t **answer)
{
    struct fold_wanted wanted = {.count = 0};
    struct node_progress progress;
    struct store_txn *txn;
    char count[32];
    int64_t before_ms;
    int rc = lmdb_write_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = node_progress(office->node, txn, &progress);
    /* What was refused is worth another question where it can be put now. */
    before_ms = rc == 0 && progress.link == NODE_STREAMING ? system_wall_ms() - FRESH_MS : INT64_MIN;
    if (rc == 0)
        rc = fold_want_around(txn, missed, before_ms, &wanted);
    rc = lmdb_end(txn, rc);
    if (rc != 0)
        return rc;
    node_want(office->node);
    (void)snprintf(count, sizeof count, "%llu",
                   (unsigned long long)(wanted.refused == wanted.count ? wanted.count : wanted.count - wanted.refused));
    *answer = request_refuse(request, answer_of(office, &progress, &wanted), count, NULL, NULL);
    return 0;
}

/* What was given up and nobody gives back, by reasons. */
static json_t *refusals_json(const struct request *request, const struct journal_wants *wants)
{
    json_t *list = json_array();

    for (size_t why = 1; why < WANT_REFUSALS; why++) {
        char count[32];
        json_t *row;

        if (wants->refused[why] == 0)
            continue;
        (void)snprintf(count, sizeof count, "%llu", (unsigned long long)wants->refused[why]);
        row = request_refuse(request, REFUSALS[why], count, NULL, NULL);
        (void)json_object_del(row, "ok");
        (void)json_object_del(row, "error");
        (void)json_object_set_new(row, "reason", json_string(view_json_lost((enum want_refusal)why)));
        (void)json_object_set_new(row, "entries", json_integer((json_int_t)wants->refused[why]));
        (void)json_array_append_new(list, row);
    }
    return list;
}

static const char *note_of(uint64_t owed, int hollow, const struct journal_pruned *pruned)
{
    if (hollow)
        return "pruned-hollow";
    if (owed > 0)
        return "pruned-waits";
    return pruned->entries > 0 ? "pruned-note" : NULL;
}

json_t *pruning_json(const struct office *office, const struct request *request, struct store_txn *txn, const char *tz)
{
    const char *bar = pruning_bar(node_prune_may(office->node, txn));
    char entries[32], mb[MESSAGE_NUMBER_SIZE], waiting[32];
    struct journal_pruned pruned = {.entries = 0};
    struct journal_wants wants;
    uint64_t owed = 0;
    int hollow = 0;
    json_t *json;
    const char *code;

    if (journal_pruned(txn, &pruned) != 0 || fold_owes(txn, &owed, &hollow) != 0 || journal_wants(txn, &wants) != 0)
        return json_null();
    code = note_of(owed, hollow, &pruned);
    (void)snprintf(entries, sizeof entries, "%llu", (unsigned long long)pruned.entries);
    (void)snprintf(waiting, sizeof waiting, "%llu", (unsigned long long)owed);
    (void)message_decimal(request->language, (double)pruned.bytes / 1048576.0, mb);
    json = code == NULL ? json_object() : request_refuse(request, code, hollow || owed == 0 ? entries : waiting, mb, NULL);
    (void)json_object_del(json, "ok");
    (void)json_object_del(json, "error");
    (void)json_object_set_new(json, "entries", json_integer((json_int_t)pruned.entries));
    (void)json_object_set_new(json, "bytes", json_integer((json_int_t)pruned.bytes));
    (void)json_object_set_new(json, "since", view_json_time(pruned.since_ms, tz));
    (void)json_object_set_new(json, "waiting", json_integer((json_int_t)owed));
    (void)json_object_set_new(json, "hollow", json_boolean(hollow));
    (void)json_object_set_new(json, "refused", json_integer((json_int_t)journal_wants_refused(&wants)));
    (void)json_object_set_new(json, "refusals", refusals_json(request, &wants));
    (void)json_object_set_new(json, "bar", json_string(bar[0] == '\0' ? "" : bar + strlen("prune-")));
    return json;
}
