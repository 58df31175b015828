/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "navette/journal.h"
#include "navette/system.h"
#include "navette/tz.h"
#include "navette/whole.h"
#include "server/backup.h"

#define MANIFEST_VERSION 1
#define MANIFEST_MOST 16777216u /* a list of some 100,000 logs */

static const char *const FILES[] = {"journal/data.mdb", "keys", "keys.next", "keys.before"};
#define FILES_NEEDED 2u /* the others are there while the hub's own keys change */

static int hash_file(const char *path, uint64_t *bytes, char hash[2 * HASH_SIZE + 1])
{
    static uint8_t part[1u << 18];
    crypto_generichash_state state;
    uint8_t out[HASH_SIZE];
    ssize_t len;
    int file = open(path, O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return errno == ENOENT ? NAVETTE_E_NOT_FOUND : NAVETTE_E_REFUSED;
    *bytes = 0;
    (void)crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
    while ((len = read(file, part, sizeof(part))) > 0) {
        (void)crypto_generichash_update(&state, part, (unsigned long long)len);
        *bytes += (uint64_t)len;
    }
    (void)close(file);
    (void)crypto_generichash_final(&state, out, sizeof(out));
    hex_encode(out, sizeof(out), hash);
    return len < 0 ? NAVETTE_E_STORE : 0;
}

int backup_logs(struct store_txn *journal, json_t **logs, char digest[2 * HASH_SIZE + 1])
{
    crypto_generichash_state state;
    uint8_t out[HASH_SIZE];
    struct store_scan *scan;
    struct span key;
    struct span value;
    uint8_t from = 0;
    int rc = store_scan_open(journal, TABLE_HEAD, &scan);

    if (rc)
        return rc;
    *logs = json_array();
    (void)crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
    for (rc = journal->ops->scan_from(scan, span_of(&from, 1), &key, &value); !rc; rc = journal->ops->scan_next(scan, &key, &value)) {
        char name[2 * INCARNATION_SIZE + 1];
        char node[2 * NODE_ID_SIZE + 1];
        char hash[2 * HASH_SIZE + 1];
        struct log_head head;
        uint8_t seq[8];

        rc = key.len == INCARNATION_SIZE ? journal_head(journal, key.data, &head) : NAVETTE_E_STORE;
        if (rc)
            break;
        hex_encode(head.incarnation, INCARNATION_SIZE, name);
        hex_encode(head.node, NODE_ID_SIZE, node);
        hex_encode(head.hash, HASH_SIZE, hash);
        write_u64(seq, head.seq);
        (void)crypto_generichash_update(&state, head.incarnation, INCARNATION_SIZE);
        (void)crypto_generichash_update(&state, seq, sizeof(seq));
        (void)crypto_generichash_update(&state, head.hash, HASH_SIZE);
        (void)json_array_append_new(
            *logs, json_pack("{s:s, s:s, s:I, s:s}", "incarnation", name, "node", node, "seq", (json_int_t)head.seq, "hash", hash));
    }
    journal->ops->scan_close(scan);
    (void)crypto_generichash_final(&state, out, sizeof(out));
    hex_encode(out, sizeof(out), digest);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static json_t *list_files(const char *folder, int *rc)
{
    json_t *files = json_object();

    for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]) && !*rc; i++) {
        char path[HOME_PATH_SIZE];
        char hash[2 * HASH_SIZE + 1];
        uint64_t bytes = 0;

        *rc = backup_path(folder, FILES[i], path);
        if (!*rc)
            *rc = hash_file(path, &bytes, hash);
        if (*rc == NAVETTE_E_NOT_FOUND && i >= FILES_NEEDED) {
            *rc = 0;
            continue;
        }
        if (!*rc)
            (void)json_object_set_new(files, FILES[i], json_pack("{s:I, s:s}", "bytes", (json_int_t)bytes, "hash", hash));
    }
    return files;
}

static json_t *describe(struct store_txn *txn, const struct home *home, const char *folder, int64_t made_ms, int *rc)
{
    char epoch[2 * EPOCH_SIZE + 1];
    char hub[2 * NODE_ID_SIZE + 1];
    char digest[2 * HASH_SIZE + 1];
    char made[TZ_TEXT_SIZE];
    json_t *logs = NULL;
    json_t *files;
    uint64_t tail = 0;

    *rc = journal_tail(txn, &tail);
    if (!*rc)
        *rc = backup_logs(txn, &logs, digest);
    files = list_files(folder, rc);
    hex_encode(home->keys.node, NODE_ID_SIZE, hub);
    hex_encode(lineage_last(&home->lineage)->id, EPOCH_SIZE, epoch);
    tz_format("UTC0", made_ms, made);
    return json_pack("{s:i, s:s, s:s, s:I, s:I, s:s, s:I, s:o, s:s, s:o}", "navette-backup", MANIFEST_VERSION, "hub", hub, "epoch", epoch,
                     "position", (json_int_t)tail, "entries", (json_int_t)tail, "made", made, "made_ms", (json_int_t)made_ms, "logs",
                     logs ? logs : json_array(), "digest", digest, "files", files);
}

static int still_begin(const char *folder, struct lmdb_store **store, struct store_txn **txn)
{
    char path[HOME_PATH_SIZE];
    struct lmdb_options options = {.folder = path, .tables = LMDB_JOURNAL, .still = 1};
    int rc = backup_path(folder, "journal", path);

    if (!rc)
        rc = lmdb_store_open(&options, store);
    return rc ? rc : lmdb_read_begin(*store, txn);
}

static int sign_and_write(const char *folder, json_t *manifest)
{
    char path[HOME_PATH_SIZE];
    uint8_t signature[SIGNATURE_SIZE];
    char hex[2 * SIGNATURE_SIZE + 1];
    struct keys keys;
    char *text = json_dumps(manifest, JSON_COMPACT | JSON_SORT_KEYS);
    int rc = text ? backup_path(folder, "keys", path) : NAVETTE_E_MEMORY;

    /* With those that were copied: they are what it is checked with. */
    if (!rc)
        rc = keys_load(path, &keys);
    if (!rc)
        rc = backup_path(folder, "manifest.json", path);
    if (rc) {
        free(text);
        return rc;
    }
    keys_sign(&keys, text, strlen(text), signature);
    keys_wipe(&keys);
    free(text);
    hex_encode(signature, sizeof(signature), hex);
    (void)json_object_set_new(manifest, "signature", json_string(hex));
    text = json_dumps(manifest, JSON_INDENT(1) | JSON_SORT_KEYS);
    rc = text ? whole_write(path, span_of_string(text), 0) : NAVETTE_E_MEMORY;
    free(text);
    return rc;
}

int backup_manifest_write(const char *folder, const struct home *home, const struct backup_info *info)
{
    struct lmdb_store *store = NULL;
    struct store_txn *txn = NULL;
    json_t *manifest = NULL;
    int rc = still_begin(folder, &store, &txn);

    if (!rc)
        manifest = describe(txn, home, folder, info->made_ms, &rc);
    lmdb_abort(txn);
    lmdb_store_close(store);
    if (!rc)
        rc = manifest ? sign_and_write(folder, manifest) : NAVETTE_E_MEMORY;
    json_decref(manifest);
    return rc;
}

/* ---- reading one */

static int wrong(struct backup_problem *problem, int rc, const char *code, const char *what, const char *detail)
{
    problem->code = code;
    (void)snprintf(problem->what, sizeof(problem->what), "%s", what);
    (void)snprintf(problem->detail, sizeof(problem->detail), "%s", detail);
    return rc;
}

static json_t *read_manifest(const char *path, int *rc)
{
    struct buffer bytes = {.data = NULL};
    json_t *manifest = NULL;

    *rc = whole_read(path, MANIFEST_MOST, 0, &bytes);
    if (!*rc)
        manifest = json_loadb((const char *)bytes.data, bytes.len, 0, NULL);
    buffer_free(&bytes);
    if (!*rc && !json_is_object(manifest))
        *rc = NAVETTE_E_INVALID;
    return manifest;
}

static int check_signature(json_t *manifest, const struct keys *keys)
{
    const char *hex = json_string_value(json_object_get(manifest, "signature"));
    uint8_t signature[SIGNATURE_SIZE];
    char *text;
    int rc = hex ? hex_decode(hex, signature, sizeof(signature)) : NAVETTE_E_INVALID;

    if (rc)
        return NAVETTE_E_SIGNATURE;
    (void)json_object_del(manifest, "signature");
    text = json_dumps(manifest, JSON_COMPACT | JSON_SORT_KEYS);
    if (!text)
        return NAVETTE_E_MEMORY;
    rc = crypto_sign_verify_detached(signature, (const uint8_t *)text, strlen(text), keys->sign_public) ? NAVETTE_E_SIGNATURE : 0;
    free(text);
    return rc;
}

static int check_files(const char *folder, const json_t *manifest, struct backup_info *info, struct backup_problem *problem)
{
    for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
        const json_t *file = json_object_get(json_object_get(manifest, "files"), FILES[i]);
        const char *wanted = json_string_value(json_object_get(file, "hash"));
        char path[HOME_PATH_SIZE];
        char hash[2 * HASH_SIZE + 1];
        uint64_t bytes = 0;
        int rc = backup_path(folder, FILES[i], path);

        if (!file && i >= FILES_NEEDED)
            continue;
        if (!rc)
            rc = hash_file(path, &bytes, hash);
        if (rc == NAVETTE_E_NOT_FOUND)
            return wrong(problem, NAVETTE_E_STORE, "hub-backup-missing", path, "");
        if (rc)
            return wrong(problem, rc, "hub-backup-unreadable", path, error_text(rc));
        if (!wanted || strcmp(wanted, hash) != 0)
            return wrong(problem, NAVETTE_E_STORE, "hub-backup-differs", path, "");
        if (i == 0)
            info->data_bytes = bytes;
    }
    return 0;
}

static void read_info(const json_t *manifest, struct backup_info *info)
{
    const char *hub = json_string_value(json_object_get(manifest, "hub"));
    const char *digest = json_string_value(json_object_get(manifest, "digest"));

    info->position = (uint64_t)json_integer_value(json_object_get(manifest, "position"));
    info->entries = (uint64_t)json_integer_value(json_object_get(manifest, "entries"));
    info->made_ms = json_integer_value(json_object_get(manifest, "made_ms"));
    info->logs = json_array_size(json_object_get(manifest, "logs"));
    (void)snprintf(info->hub, sizeof(info->hub), "%s", hub ? hub : "");
    (void)snprintf(info->digest, sizeof(info->digest), "%s", digest ? digest : "");
}

int backup_manifest_check(const char *folder, struct keys *keys, struct backup_info *info, json_t **logs, struct backup_problem *problem)
{
    char path[HOME_PATH_SIZE];
    json_t *manifest;
    int rc = backup_path(folder, "manifest.json", path);

    *logs = NULL;
    if (rc)
        return rc;
    manifest = read_manifest(path, &rc);
    if (rc || json_integer_value(json_object_get(manifest, "navette-backup")) != MANIFEST_VERSION) {
        rc = wrong(problem, rc == NAVETTE_E_NOT_FOUND ? rc : NAVETTE_E_INVALID, "hub-backup-none", folder, rc ? error_text(rc) : "");
        json_decref(manifest);
        return rc;
    }
    rc = backup_path(folder, "keys", path);
    if (!rc && (rc = keys_load(path, keys)) != 0)
        rc = rc == NAVETTE_E_REFUSED     ? wrong(problem, rc, "hub-backup-open", path, "")
             : rc == NAVETTE_E_NOT_FOUND ? wrong(problem, NAVETTE_E_STORE, "hub-backup-missing", path, "")
                                         : wrong(problem, NAVETTE_E_STORE, "hub-backup-differs", path, "");
    if (!rc && (rc = check_signature(manifest, keys)) != 0)
        rc = wrong(problem, rc == NAVETTE_E_MEMORY ? rc : NAVETTE_E_STORE, "hub-backup-manifest", folder, "");
    if (!rc)
        rc = check_files(folder, manifest, info, problem);
    if (!rc) {
        read_info(manifest, info);
        *logs = json_incref(json_object_get(manifest, "logs"));
    }
    json_decref(manifest);
    return rc;
}
