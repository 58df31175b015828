/* SPDX-License-Identifier: Apache-2.0 */
#include "server/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "navette/system.h"
#include "navette/view_json.h"
#include "navette/whole.h"
#include "server/answer.h"

static const char LOCAL_BACKUP[] = "backup";

#define NOTE_HEAD 16u

int backup_note_read(struct store_txn *journal, struct backup_note *note)
{
    struct span value;
    int rc = store_get(journal, TABLE_LOCAL, span_of_string(LOCAL_BACKUP), &value);

    memset(note, 0, sizeof(*note));
    if (rc)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    if (value.len < NOTE_HEAD || value.len - NOTE_HEAD >= sizeof(note->path))
        return NAVETTE_E_STORE;
    note->position = read_u64(value.data);
    note->made_ms = (int64_t)read_u64(value.data + 8);
    memcpy(note->path, value.data + NOTE_HEAD, value.len - NOTE_HEAD);
    return 0;
}

int backup_note_write(struct store_txn *journal, const struct backup_note *note)
{
    uint8_t bytes[NOTE_HEAD + sizeof(note->path)];
    size_t len = strlen(note->path);

    write_u64(bytes, note->position);
    write_u64(bytes + 8, (uint64_t)note->made_ms);
    memcpy(bytes + NOTE_HEAD, note->path, len);
    return store_put(journal, TABLE_LOCAL, span_of_string(LOCAL_BACKUP), span_of(bytes, NOTE_HEAD + len));
}

int backup_path(const char *folder, const char *name, char out[HOME_PATH_SIZE])
{
    return snprintf(out, HOME_PATH_SIZE, "%s/%s", folder, name) < (int)HOME_PATH_SIZE ? 0 : NAVETTE_E_TOO_LARGE;
}

static int backup_errno(const char *path, const char *what)
{
    int cause = errno;

    system_log(2, "backup", NULL, "%s: %s: %s", path, what, strerror(cause));
    return system_error(cause);
}

int backup_sync_folder(const char *folder)
{
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc;

    if (file < 0)
        return backup_errno(folder, "open");
    rc = fsync(file) == 0 ? 0 : backup_errno(folder, "sync");
    (void)close(file);
    return rc;
}

void backup_remove(const char *folder)
{
    static const char *const NAMES[] = {"manifest.json",    "keys",        "keys.next", "keys.before", "journal/data.mdb",
                                        "journal/lock.mdb", "journal/lock"};
    static const size_t WRITTEN_WHOLE = 4; /* the first of them: half a file may stand beside */
    char path[HOME_PATH_SIZE];

    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        if (backup_path(folder, NAMES[i], path) == 0) {
            (void)unlink(path);
            if (i < WRITTEN_WHOLE)
                whole_clear(path);
        }
    if (backup_path(folder, "journal", path) == 0)
        (void)rmdir(path);
    (void)rmdir(folder);
}

static int copy_bytes(int from, int to, const char *path)
{
    static uint8_t bytes[1u << 18];
    ssize_t len;

    while ((len = read(from, bytes, sizeof(bytes))) > 0)
        for (ssize_t done = 0; done < len;) {
            ssize_t part = write(to, bytes + done, (size_t)(len - done));

            if (part < 0)
                return backup_errno(path, "write");
            done += part;
        }
    return len < 0 ? backup_errno(path, "read") : fsync(to) ? backup_errno(path, "sync") : 0;
}

int backup_copy_file(const char *from, const char *to)
{
    int source = open(from, O_RDONLY | O_CLOEXEC);
    int target;
    int rc;

    if (source < 0)
        return backup_errno(from, "open");
    target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    rc = target < 0 ? backup_errno(to, "create") : copy_bytes(source, target, to);
    (void)close(source);
    if (target >= 0)
        (void)close(target);
    if (rc && target >= 0)
        (void)unlink(to);
    return rc;
}

/* ---- making one */

/* Where it will be: the path itself, or, inside a folder that stands there, a name by the moment. */
static int backup_place(const char *path, char out[HOME_PATH_SIZE])
{
    char manifest[HOME_PATH_SIZE];
    char name[48];
    struct stat status;
    struct tm moment;
    time_t now = (time_t)(system_wall_ms() / 1000);

    if (lstat(path, &status) != 0)
        return errno == ENOENT ? (snprintf(out, HOME_PATH_SIZE, "%s", path) < (int)HOME_PATH_SIZE ? 0 : NAVETTE_E_TOO_LARGE)
                               : backup_errno(path, "look at");
    if (!S_ISDIR(status.st_mode) || backup_path(path, "manifest.json", manifest) || access(manifest, F_OK) == 0)
        return NAVETTE_E_EXISTS;
    (void)gmtime_r(&now, &moment);
    (void)strftime(name, sizeof(name), "navette-hub-%Y%m%dT%H%M%SZ", &moment);
    return backup_path(path, name, out);
}

static int make_folders(const char *part)
{
    char journal[HOME_PATH_SIZE];

    /* What an earlier one left that was interrupted. */
    backup_remove(part);
    if (backup_path(part, "journal", journal))
        return NAVETTE_E_TOO_LARGE;
    if (mkdir(part, 0700) != 0)
        return backup_errno(part, "make the folder");
    return mkdir(journal, 0700) == 0 ? 0 : backup_errno(journal, "make the folder");
}

/*
 * In this order, and behind the journal: while the hub goes over from one to the other, the next ones take the place of the present ones, and what the journal tells of is in one of the two.
 */
static int fill_keys(const struct home *home, const char *part)
{
    static const char *const NAMES[] = {"keys.next", "keys", "keys.before"};
    char from[HOME_PATH_SIZE];
    char to[HOME_PATH_SIZE];
    int rc = 0;

    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]) && !rc; i++) {
        struct keys keys;

        home_path(home, NAMES[i], from);
        rc = backup_path(part, NAMES[i], to);
        if (!rc)
            rc = keys_load(from, &keys);
        if (rc == NAVETTE_E_NOT_FOUND && strcmp(NAMES[i], "keys") != 0) {
            rc = 0;
            continue;
        }
        if (!rc)
            rc = keys_save(&keys, to);
        keys_wipe(&keys);
    }
    return rc;
}

static int fill(const struct home *home, const char *part, struct backup_info *info)
{
    char path[HOME_PATH_SIZE];
    int rc = backup_path(part, "journal/data.mdb", path);

    info->made_ms = system_wall_ms(); /* what is recorded behind this moment may be missing */
    if (!rc)
        rc = lmdb_store_copy(home->journal, path);
    if (!rc)
        rc = fill_keys(home, part);
    if (!rc)
        rc = backup_manifest_write(part, home, info);
    if (!rc)
        rc = backup_path(part, "journal", path);
    if (!rc)
        rc = backup_sync_folder(path);
    return rc ? rc : backup_sync_folder(part);
}

/* The name comes last: the folder above is synced once it stands there. */
static int name_it(const char *part, const char *path)
{
    char above[HOME_PATH_SIZE];

    if (renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE) != 0)
        return backup_errno(path, "rename");
    (void)snprintf(above, sizeof(above), "%s", path);
    return backup_sync_folder(dirname(above));
}

int backup_make(const struct home *home, const char *path, struct backup_info *info, struct backup_problem *problem)
{
    char target[HOME_PATH_SIZE];
    char part[HOME_PATH_SIZE];
    int rc = backup_place(path, target);

    memset(info, 0, sizeof(*info));
    memset(problem, 0, sizeof(*problem));
    if (!rc && snprintf(part, sizeof(part), "%s.part", target) >= (int)sizeof(part))
        rc = NAVETTE_E_TOO_LARGE;
    if (rc)
        return rc;
    rc = make_folders(part);
    if (!rc)
        rc = fill(home, part, info);
    if (!rc)
        rc = backup_verify(part, info, problem);
    if (!rc)
        rc = name_it(part, target);
    if (rc)
        backup_remove(part);
    (void)snprintf(info->path, sizeof(info->path), "%s", target);
    return rc;
}

json_t *backup_json(const struct backup_info *info, const char *tz)
{
    return json_pack("{s:b, s:s, s:I, s:I, s:I, s:I, s:o, s:s, s:s}", "ok", 1, "path", info->path, "position", (json_int_t)info->position,
                     "entries", (json_int_t)info->entries, "logs", (json_int_t)info->logs, "data_bytes", (json_int_t)info->data_bytes,
                     "made", view_json_time(info->made_ms, tz), "hub", info->hub, "digest", info->digest);
}

json_t *backup_failure(const json_t *request, int rc, const char *path, const struct backup_problem *problem)
{
    if (problem->code)
        return answer_error(request, problem->code, problem->what, problem->detail, NULL);
    switch (rc) {
    case NAVETTE_E_EXISTS:
        return answer_error(request, "hub-backup-exists", path, NULL, NULL);
    case NAVETTE_E_FULL:
        return answer_error(request, "hub-backup-full", path, NULL, NULL);
    case NAVETTE_E_REFUSED:
    case NAVETTE_E_NOT_FOUND:
        return answer_error(request, "hub-backup-refused", path, NULL, NULL);
    case NAVETTE_E_STORE:
        return answer_error(request, "hub-backup-journal", path, NULL, NULL);
    default:
        return answer_failure(request, rc, path);
    }
}

int backup_answer(const struct home *home, const json_t *request, const char *tz, json_t **answer)
{
    const char *path = answer_field(request, "path");
    struct backup_problem problem;
    struct backup_info info;
    int rc = path ? backup_make(home, path, &info, &problem) : NAVETTE_E_INVALID;

    if (rc) {
        problem.code = path ? problem.code : NULL;
        *answer = backup_failure(request, rc, path ? path : "", &problem);
        return rc;
    }
    *answer = backup_json(&info, tz);
    (void)json_object_set_new(*answer, "command", json_string(BACKUP_NOTED));
    (void)json_object_set_new(*answer, "made_ms", json_integer(info.made_ms));
    (void)json_object_set(*answer, "lang", json_object_get(request, "lang"));
    return 0;
}
