/* SPDX-License-Identifier: Apache-2.0 */
#include "server/home.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "navette/log.h"
#include "navette/system.h"
#include "navette/whole.h"
#include "server/own_keys.h"

void home_path(const struct home *home, const char *name, char out[HOME_PATH_SIZE])
{
    (void)snprintf(out, HOME_PATH_SIZE, "%s/%s", home->folder, name);
}

int home_local_get(struct store_txn *journal, const char *name, void *out, size_t len)
{
    struct span value;
    int rc = store_get(journal, TABLE_LOCAL, span_of_string(name), &value);

    if (rc)
        return rc;
    if (value.len != len)
        return NAVETTE_E_STORE;
    memcpy(out, value.data, len);
    return 0;
}

static int home_make_folder(const char *folder)
{
    if (mkdir(folder, 0700) == 0 || errno == EEXIST)
        return 0;
    system_log(2, "home", NULL, "%s: %s", folder, strerror(errno));
    return errno == EACCES || errno == EPERM ? NAVETTE_E_REFUSED : errno == ENOSPC ? NAVETTE_E_FULL : NAVETTE_E_SYSTEM;
}

static int home_load_keys(struct home *home, int must_exist)
{
    char journal[HOME_PATH_SIZE];
    char path[HOME_PATH_SIZE];
    int rc;

    home_path(home, "journal/data.mdb", journal);
    home_path(home, "keys", path);
    rc = keys_load(path, &home->keys);
    if (rc != NAVETTE_E_NOT_FOUND || must_exist)
        return rc == NAVETTE_E_INVALID ? NAVETTE_E_SIGNATURE : rc;
    /* Keys come before the journal: without them it is somebody's whose nodes would not know this hub again. */
    if (access(journal, F_OK) == 0) {
        system_log(2, "home", NULL, "%s is gone: put the keys of this journal back", path);
        return NAVETTE_E_SIGNATURE;
    }
    rc = keys_make(&home->keys);
    if (!rc)
        rc = keys_save(&home->keys, path);
    if (!rc)
        system_log(0, "home", NULL, "new hub: keys made in %s", path);
    return rc;
}

/* The incarnation and its log are begun in one transaction: killed before, the next start begins again. */
static int home_start_log(struct home *home, struct store_txn *txn)
{
    static const uint8_t NO_PARENT[INCARNATION_SIZE];
    int rc = home_local_get(txn, HOME_LOCAL_INCARNATION, home->incarnation, INCARNATION_SIZE);

    if (rc != NAVETTE_E_NOT_FOUND)
        return rc;
    system_random(home->incarnation, INCARNATION_SIZE);
    rc = log_start(txn, home->incarnation, NO_PARENT, home->keys.node);
    if (!rc)
        rc = store_put(txn, TABLE_LOCAL, span_of_string(HOME_LOCAL_INCARNATION), span_of(home->incarnation, INCARNATION_SIZE));
    return rc;
}

static int home_check_keys(const struct home *home, struct store_txn *txn)
{
    struct log_head head;
    int rc = journal_head(txn, home->incarnation, &head);

    if (rc)
        return rc == NAVETTE_E_NOT_FOUND ? NAVETTE_E_STORE : rc;
    if (memcmp(head.node, home->keys.node, NODE_ID_SIZE) == 0)
        return 0;
    system_log(2, "home", NULL, "%s/keys are of another hub than the journal: put the right ones back", home->folder);
    return NAVETTE_E_SIGNATURE;
}

static int home_read_lineage(struct home *home, struct store_txn *txn)
{
    struct span value;
    int rc = store_get(txn, TABLE_LOCAL, span_of_string(HOME_LOCAL_LINEAGE), &value);

    if (!rc)
        rc = lineage_decode(value, &home->lineage);
    return !rc && home->lineage.count == 0 ? NAVETTE_E_STORE : rc;
}

/* A journal of before there were epochs begins its first one now. */
static int home_load_lineage(struct home *home)
{
    uint8_t bytes[LINEAGE_BYTES];
    uint8_t id[EPOCH_SIZE];
    struct store_txn *txn;
    int rc = lmdb_read_begin(home->journal, &txn);

    if (rc)
        return rc;
    rc = home_read_lineage(home, txn);
    lmdb_abort(txn);
    if (rc != NAVETTE_E_NOT_FOUND)
        return rc;
    rc = lmdb_write_begin(home->journal, &txn);
    if (rc)
        return rc;
    system_random(id, sizeof(id));
    lineage_begin(&home->lineage, 0, id, system_wall_ms());
    rc = store_put(txn, TABLE_LOCAL, span_of_string(HOME_LOCAL_LINEAGE), span_of(bytes, lineage_encode(&home->lineage, bytes)));
    return lmdb_end(txn, rc);
}

/* Half of a journal, or one that goes on as if nothing had been lost, must not meet the nodes. */
static int home_check_whole(const struct home *home)
{
    char path[HOME_PATH_SIZE];

    home_path(home, HOME_RESTORING, path);
    if (access(path, F_OK) != 0)
        return 0;
    system_log(2, "home", NULL, "a restoration into %s has not ended: run it again (navette-hub restore BACKUP --folder %s)", home->folder,
               home->folder);
    return NAVETTE_E_GAP;
}

static int home_load_incarnation(struct home *home)
{
    struct store_txn *txn;
    int rc = lmdb_read_begin(home->journal, &txn);

    if (rc)
        return rc;
    rc = home_local_get(txn, HOME_LOCAL_INCARNATION, home->incarnation, INCARNATION_SIZE);
    if (!rc)
        rc = home_check_keys(home, txn);
    lmdb_abort(txn);
    if (rc != NAVETTE_E_NOT_FOUND)
        return rc;
    rc = lmdb_write_begin(home->journal, &txn);
    if (rc)
        return rc;
    rc = home_start_log(home, txn);
    return lmdb_end(txn, rc);
}

int home_open(const struct home_options *options, struct home *home)
{
    char path[HOME_PATH_SIZE];
    struct lmdb_options store = {.tables = LMDB_JOURNAL, .map_bytes = options->map_bytes, .reserve_bytes = options->reserve_bytes};
    int rc = 0;

    memset(home, 0, sizeof(*home));
    home->keys_lock = calloc(1, sizeof(*home->keys_lock));
    if (!home->keys_lock)
        return NAVETTE_E_MEMORY;
    (void)pthread_mutex_init(home->keys_lock, NULL);
    if (strlen(options->folder) >= sizeof(home->folder))
        return NAVETTE_E_TOO_LARGE;
    (void)snprintf(home->folder, sizeof(home->folder), "%s", options->folder);
    home->reserve_bytes = options->reserve_bytes;
    home->map_bytes = options->map_bytes;
    if (!options->must_exist)
        rc = home_make_folder(home->folder);
    if (!rc)
        rc = whole_check_folder(home->folder);
    if (!rc)
        rc = home_check_whole(home);
    if (!rc)
        rc = home_load_keys(home, options->must_exist);
    if (!rc) {
        home_path(home, "journal", path);
        store.folder = path;
        rc = lmdb_store_open(&store, &home->journal);
    }
    if (!rc)
        rc = home_load_incarnation(home);
    if (!rc)
        rc = own_keys_open(home);
    if (!rc)
        rc = home_load_lineage(home);
    if (rc)
        home_close(home);
    return rc;
}

void home_close(struct home *home)
{
    lmdb_store_close(home->journal);
    home->journal = NULL;
    own_keys_close(home);
    keys_wipe(&home->keys);
    if (home->keys_lock)
        (void)pthread_mutex_destroy(home->keys_lock);
    free(home->keys_lock);
    home->keys_lock = NULL;
}
