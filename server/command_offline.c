/* SPDX-License-Identifier: Apache-2.0 */
#include "server/command_offline.h"

#include <stdio.h>
#include <string.h>

#include "server/answer.h"
#include "server/audit.h"
#include "server/backup.h"
#include "server/prove.h"
#include "server/restore.h"

/* In which moments are shown when no hub says where it is. */
static const char COMMAND_TZ[] = "CET-1CEST,M3.5.0,M10.5.0/3";

int command_offline_knows(const char *request)
{
    return strcmp(request, "verify") == 0 || strcmp(request, "rebuild") == 0 || strcmp(request, "backup") == 0;
}

int command_local_knows(const json_t *request)
{
    const char *command = answer_field(request, "command");

    return strcmp(command, "restore") == 0 || (strcmp(command, "backup") == 0 && answer_flag(request, "verify"));
}

static struct home_options offline_home(const struct options *options)
{
    return (struct home_options){.folder = options->config.folder,
                                 .reserve_bytes = options->config.reserve_bytes,
                                 .map_bytes = options->config.map_bytes,
                                 .must_exist = 1};
}

json_t *command_local_run(const struct options *options, const json_t *request)
{
    struct home_options where = offline_home(options);
    struct backup_problem problem = {.code = NULL};
    struct backup_info info;
    int restore = strcmp(answer_field(request, "command"), "restore") == 0;
    const char *path = answer_field(request, restore ? "backup" : "path");
    json_t *answer;
    int rc = !path ? NAVETTE_E_INVALID : restore ? restore_run(path, &where, &info, &problem) : backup_verify(path, &info, &problem);

    if (restore && rc == NAVETTE_E_EXISTS)
        return answer_error(request, "hub-restore-exists", where.folder, NULL, NULL);
    if (restore && !problem.code && (rc == NAVETTE_E_REFUSED || rc == NAVETTE_E_NOT_FOUND))
        return answer_error(request, "hub-backup-refused", where.folder, NULL, NULL);
    if (rc)
        return backup_failure(request, rc, path ? path : "", &problem);
    answer = backup_json(&info, options_get(options, OPTION_TZ, COMMAND_TZ));
    if (restore)
        (void)json_object_set_new(answer, "folder", json_string(where.folder));
    else
        (void)json_object_set_new(answer, "read", json_true());
    return answer;
}

/* Beside no hub: as the daemon does it, noted at once. */
static int offline_backup(const struct options *options, const struct home *home, const json_t *request, json_t **answer)
{
    struct backup_note note = {.position = 0};
    struct store_txn *txn;
    int rc = backup_answer(home, request, options_get(options, OPTION_TZ, COMMAND_TZ), answer);

    if (rc)
        return 0;
    note.position = (uint64_t)json_integer_value(json_object_get(*answer, "position"));
    note.made_ms = json_integer_value(json_object_get(*answer, "made_ms"));
    (void)snprintf(note.path, sizeof(note.path), "%s", answer_field(*answer, "path"));
    rc = lmdb_write_begin(home->journal, &txn);
    if (rc)
        return rc;
    rc = backup_note_write(txn, &note);
    return lmdb_end(txn, rc);
}

static int offline_rebuild(const struct home *home, struct lmdb_store *state, json_t **answer)
{
    uint8_t digest[HASH_SIZE];
    char text[2 * HASH_SIZE + 1];
    struct store_txn *txn;
    uint64_t cursor = 0;
    uint64_t moved = 1;
    int rc = 0;

    while (!rc && moved > 0)
        rc = follower_step(state, home->journal, UINT64_MAX, &moved, &cursor);
    if (!rc)
        rc = lmdb_read_begin(state, &txn);
    if (rc)
        return rc;
    rc = fold_digest(txn, digest);
    lmdb_abort(txn);
    if (rc)
        return rc;
    hex_encode(digest, HASH_SIZE, text);
    *answer = json_pack("{s:b, s:I, s:s}", "ok", 1, "cursor", (json_int_t)cursor, "digest", text);
    return *answer ? 0 : NAVETTE_E_MEMORY;
}

int command_offline_run(const struct options *options, const json_t *request, json_t **answer)
{
    struct home_options where = offline_home(options);
    const char *command = answer_field(request, "command");
    struct audit_source source = {.follower = NULL};
    struct lmdb_options store = {.tables = LMDB_STATE, .map_bytes = where.map_bytes, .reserve_bytes = where.reserve_bytes};
    struct home home;
    char folder[HOME_PATH_SIZE];
    int rebuild = strcmp(command, "rebuild") == 0;
    int rc = home_open(&where, &home);

    if (rc)
        return rc;
    if (strcmp(command, "backup") == 0) {
        rc = offline_backup(options, &home, request, answer);
        home_close(&home);
        return rc;
    }
    home_path(&home, "state", folder);
    store.folder = folder;
    rc = rebuild ? lmdb_store_remove(folder) : prove_state(&store);
    if (!rc)
        rc = lmdb_store_open(&store, &source.state);
    source.home = &home;
    if (!rc)
        rc = rebuild ? offline_rebuild(&home, source.state, answer) : audit_run(&source, answer);
    lmdb_store_close(source.state);
    home_close(&home);
    return rc;
}
