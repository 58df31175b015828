/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "navette/hub.h"
#include "navette/journal.h"
#include "server/audit.h"
#include "server/backup.h"

static int wrong(struct backup_problem *problem, const char *code, const char *what, const char *detail)
{
    problem->code = code;
    (void)snprintf(problem->what, sizeof(problem->what), "%s", what);
    (void)snprintf(problem->detail, sizeof(problem->detail), "%s", detail);
    return NAVETTE_E_STORE;
}

/* The first log of the report that does not hold. */
static int check_report(const json_t *report, struct backup_problem *problem)
{
    const json_t *log;
    size_t i;

    json_array_foreach(report, i, log)
    {
        const char *result = json_string_value(json_object_get(log, "result"));
        char detail[128];

        if (strcmp(result, "ok") == 0)
            continue;
        (void)snprintf(detail, sizeof(detail), "%s, n° %lld", result, (long long)json_integer_value(json_object_get(log, "checked")));
        return wrong(problem, "hub-backup-log", json_string_value(json_object_get(log, "incarnation")), detail);
    }
    return 0;
}

static int check_heads(struct store_txn *txn, const json_t *logs, const struct backup_info *info, struct backup_problem *problem)
{
    char digest[2 * HASH_SIZE + 1];
    json_t *found = NULL;
    int rc = backup_logs(txn, &found, digest);

    if (!rc && (!json_equal(found, logs) || strcmp(digest, info->digest) != 0))
        rc = wrong(problem, "hub-backup-manifest", info->path, "");
    json_decref(found);
    return rc;
}

static int check_journal(const char *folder, const struct keys *keys, const json_t *logs, struct backup_info *info,
                         struct backup_problem *problem)
{
    char path[HOME_PATH_SIZE];
    struct lmdb_options options = {.folder = path, .tables = LMDB_JOURNAL, .still = 1};
    struct audit_sum sum = {.intact = 1};
    struct lmdb_store *store = NULL;
    struct store_txn *txn = NULL;
    json_t *report = json_array();
    int rc = backup_path(folder, "journal", path);

    if (!rc)
        rc = lmdb_store_open(&options, &store);
    if (!rc)
        rc = lmdb_read_begin(store, &txn);
    if (!rc)
        rc = check_heads(txn, logs, info, problem);
    lmdb_abort(txn);
    if (!rc)
        rc = audit_logs(store, keys, report, &sum);
    if (!rc)
        rc = check_report(report, problem);
    if (!rc && (sum.tail != info->position || sum.entries != info->entries))
        rc = wrong(problem, "hub-backup-manifest", folder, "");
    lmdb_store_close(store);
    json_decref(report);
    return rc;
}

int backup_verify(const char *path, struct backup_info *info, struct backup_problem *problem)
{
    struct keys keys;
    json_t *logs = NULL;
    int rc;

    memset(&keys, 0, sizeof(keys));
    memset(info, 0, sizeof(*info));
    memset(problem, 0, sizeof(*problem));
    (void)snprintf(info->path, sizeof(info->path), "%s", path);
    rc = backup_manifest_check(path, &keys, info, &logs, problem);
    if (!rc)
        rc = check_journal(path, &keys, logs, info, problem);
    keys_wipe(&keys);
    json_decref(logs);
    return rc;
}
