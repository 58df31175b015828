/* SPDX-License-Identifier: Apache-2.0 */
#include "server/restore.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "navette/hlc.h"
#include "navette/hub.h"
#include "navette/lmdb_store.h"
#include "navette/log.h"
#include "navette/system.h"
#include "navette/whole.h"
#include "server/invitation.h"
#include "server/own_keys.h"
#include "server/own_root.h"

static int exists(const char *folder, const char *name)
{
    char path[HOME_PATH_SIZE];

    return backup_path(folder, name, path) == 0 && access(path, F_OK) == 0;
}

/* What an interrupted one left is taken away; anything else that stands there is somebody's. */
static int clear_folder(const char *folder)
{
    char state[HOME_PATH_SIZE];
    char path[HOME_PATH_SIZE];
    static const char *const NAMES[] = {"keys", "keys.next", "keys.before", "journal/data.mdb", "journal/lock.mdb", "journal/lock"};

    if (!exists(folder, HOME_RESTORING))
        return exists(folder, "keys") || exists(folder, "journal") ? NAVETTE_E_EXISTS : 0;
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        if (backup_path(folder, NAMES[i], path) == 0 && unlink(path) != 0 && errno != ENOENT)
            return NAVETTE_E_REFUSED;
    return backup_path(folder, "state", state) == 0 ? lmdb_store_remove(state) : NAVETTE_E_TOO_LARGE;
}

static int make_folder(const char *folder)
{
    if (mkdir(folder, 0700) == 0 || errno == EEXIST)
        return 0;
    system_log(2, "restore", NULL, "%s: %s", folder, strerror(errno));
    return errno == ENOSPC ? NAVETTE_E_FULL : errno == ENOENT ? NAVETTE_E_NOT_FOUND : NAVETTE_E_REFUSED;
}

static int copy_files(const char *backup, const char *folder)
{
    static const char *const NAMES[] = {"journal/data.mdb", "keys", "keys.next", "keys.before"};
    char from[HOME_PATH_SIZE];
    char to[HOME_PATH_SIZE];
    int rc = backup_path(folder, "journal", to);

    if (!rc)
        rc = make_folder(to);
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]) && !rc; i++) {
        if (i > 1 && !exists(backup, NAMES[i])) /* they are there while the hub's own keys change */
            continue;
        rc = backup_path(backup, NAMES[i], from);
        if (!rc)
            rc = backup_path(folder, NAMES[i], to);
        if (!rc)
            rc = backup_copy_file(from, to);
    }
    if (!rc)
        rc = backup_path(folder, "journal", to);
    if (!rc)
        rc = backup_sync_folder(to);
    return rc ? rc : backup_sync_folder(folder);
}

/* The first word of the new log: after which it comes, and why it was begun. */
static int say_so(struct store_txn *txn, const struct keys *keys, const uint8_t incarnation[INCARNATION_SIZE],
                  const uint8_t parent[INCARNATION_SIZE], struct hub *hub)
{
    Navette__Event body = NAVETTE__EVENT__INIT;
    Navette__IncarnationStarted started = NAVETTE__INCARNATION_STARTED__INIT;
    Navette__Thing thing = NAVETTE__THING__INIT;
    struct batch_header header;
    char hex[2 * NODE_ID_SIZE + 1];
    uint8_t salt[SALT_SIZE];
    int rc;

    hex_encode(keys->node, NODE_ID_SIZE, hex);
    thing.kind = NAVETTE__THING_KIND__THING_NODE;
    thing.id = hex;
    started.node = &thing;
    started.incarnation = (ProtobufCBinaryData){INCARNATION_SIZE, (uint8_t *)(uintptr_t)incarnation};
    started.parent = (ProtobufCBinaryData){INCARNATION_SIZE, (uint8_t *)(uintptr_t)parent};
    started.why = NAVETTE__VERDICT__VERDICT_HUB_RESTORED;
    body.body_case = NAVETTE__EVENT__BODY_INCARNATION_STARTED;
    body.incarnation_started = &started;
    body.boot = system_boot();
    body.boottime_ms = system_boottime_ms();
    system_random(salt, sizeof(salt));
    rc = hub_record(hub, txn, &body, salt, system_wall_ms(), NULL);
    if (!rc)
        rc = log_seal_prepare(txn, incarnation, &header);
    if (rc)
        return rc;
    keys_sign_batch(keys, &header);
    return log_seal_store(txn, &header);
}

/* next: what stood beside `keys` in the backup, zeroed when nothing did. */
static int begin_log(struct store_txn *txn, const struct keys *keys, const struct keys *next, const uint8_t incarnation[INCARNATION_SIZE])
{
    const struct keys *signer = own_keys_signer_at(txn, keys, next);
    struct hub_options options = {.credit_bytes = LIMIT_CREDIT_BYTES};
    uint8_t parent[INCARNATION_SIZE];
    struct hub *hub;
    int rc = home_local_get(txn, HOME_LOCAL_INCARNATION, parent, sizeof(parent));

    if (rc)
        return rc;
    memcpy(options.node, keys->node, NODE_ID_SIZE);
    memcpy(options.incarnation, incarnation, INCARNATION_SIZE);
    memcpy(options.sign_key, keys->sign_public, KEY_SIZE);
    rc = own_root_read(txn, options.root_key);
    if (rc)
        return rc;
    hub = hub_new(&options);
    if (!hub)
        return NAVETTE_E_MEMORY;
    rc = log_start(txn, incarnation, parent, keys->node);
    if (!rc)
        rc = store_put(txn, TABLE_LOCAL, span_of_string(HOME_LOCAL_INCARNATION), span_of(incarnation, INCARNATION_SIZE));
    /* Its clock goes on after everything it ever said. */
    if (!rc)
        rc = hub_load_nodes(hub, txn);
    if (!rc)
        rc = say_so(txn, signer, incarnation, parent, hub);
    /* Of a backup whose own keys were later than its journal the row stays: what that lacks was signed with the key it names. */
    if (!rc && !hub_own_gap(hub))
        rc = own_root_note(txn, signer->sign_public);
    hub_free(hub);
    return rc;
}

static int begin_epoch(struct store_txn *txn, uint64_t tail)
{
    uint8_t bytes[LINEAGE_BYTES];
    uint8_t id[EPOCH_SIZE];
    struct lineage lineage;
    struct span value;
    int rc = store_get(txn, TABLE_LOCAL, span_of_string(HOME_LOCAL_LINEAGE), &value);

    if (!rc)
        rc = lineage_decode(value, &lineage);
    if (rc)
        return rc;
    system_random(id, sizeof(id));
    lineage_begin(&lineage, tail, id, system_wall_ms());
    return store_put(txn, TABLE_LOCAL, span_of_string(HOME_LOCAL_LINEAGE), span_of(bytes, lineage_encode(&lineage, bytes)));
}

static int go_on(struct store_txn *txn, const struct keys *keys, const struct keys *next, const struct backup_info *info)
{
    struct backup_note note = {.position = info->position, .made_ms = info->made_ms};
    uint8_t incarnation[INCARNATION_SIZE];
    int rc;

    system_random(incarnation, sizeof(incarnation));
    (void)snprintf(note.path, sizeof(note.path), "%s", info->path);
    rc = begin_epoch(txn, info->position);
    if (!rc)
        rc = begin_log(txn, keys, next, incarnation);
    if (!rc)
        rc = invitation_drop_all(txn);
    return rc ? rc : backup_note_write(txn, &note);
}

static int change(const struct home_options *where, const struct backup_info *info)
{
    char path[HOME_PATH_SIZE];
    struct lmdb_options options = {
        .folder = path, .tables = LMDB_JOURNAL, .map_bytes = where->map_bytes, .reserve_bytes = where->reserve_bytes};
    struct lmdb_store *store = NULL;
    struct store_txn *txn = NULL;
    struct keys keys;
    struct keys next;
    int rc = backup_path(where->folder, "keys", path);

    memset(&keys, 0, sizeof(keys));
    memset(&next, 0, sizeof(next));
    if (!rc)
        rc = keys_load(path, &keys);
    if (!rc)
        rc = backup_path(where->folder, "keys.next", path);
    if (!rc) {
        rc = keys_load(path, &next);
        rc = rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    }
    if (!rc)
        rc = backup_path(where->folder, "journal", path);
    if (!rc)
        rc = lmdb_store_open(&options, &store);
    if (!rc)
        rc = lmdb_write_begin(store, &txn);
    if (!rc)
        rc = lmdb_end(txn, go_on(txn, &keys, &next, info));
    lmdb_store_close(store);
    keys_wipe(&keys);
    keys_wipe(&next);
    return rc;
}

int restore_run(const char *backup, const struct home_options *where, struct backup_info *info, struct backup_problem *problem)
{
    char marker[HOME_PATH_SIZE];
    int rc = backup_verify(backup, info, problem);

    if (!rc)
        rc = backup_path(where->folder, HOME_RESTORING, marker);
    if (!rc)
        rc = clear_folder(where->folder);
    if (!rc)
        rc = make_folder(where->folder);
    if (!rc)
        rc = whole_write(marker, span_of_string(backup), 1);
    if (!rc)
        rc = copy_files(backup, where->folder);
    if (!rc)
        rc = change(where, info);
    if (!rc && unlink(marker) != 0)
        rc = NAVETTE_E_SYSTEM;
    return rc ? rc : backup_sync_folder(where->folder);
}
