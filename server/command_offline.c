/* SPDX-License-Identifier: Apache-2.0 */
#include "server/command_offline.h"

#include <string.h>

#include "server/audit.h"
#include "server/prove.h"

int command_offline_knows(const char *request)
{
    return strcmp(request, "verify") == 0 || strcmp(request, "rebuild") == 0;
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

int command_offline_run(const struct options *options, const char *request, json_t **answer)
{
    struct home_options where = {.folder = options->config.folder,
                                 .reserve_bytes = options->config.reserve_bytes,
                                 .map_bytes = options->config.map_bytes,
                                 .must_exist = 1};
    struct audit_source source = {.follower = NULL};
    struct lmdb_options store = {.tables = LMDB_STATE, .map_bytes = where.map_bytes, .reserve_bytes = where.reserve_bytes};
    struct home home;
    char folder[HOME_PATH_SIZE];
    int rebuild = strcmp(request, "rebuild") == 0;
    int rc = home_open(&where, &home);

    if (rc)
        return rc;
    home_path(&home, "state", folder);
    store.folder = folder;
    rc = rebuild ? follower_remove(folder) : prove_state(&store);
    if (!rc)
        rc = lmdb_store_open(&store, &source.state);
    source.home = &home;
    if (!rc)
        rc = rebuild ? offline_rebuild(&home, source.state, answer) : audit_run(&source, answer);
    lmdb_store_close(source.state);
    home_close(&home);
    return rc;
}
