/* SPDX-License-Identifier: Apache-2.0 */
#include "node/office.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "navette/fold.h"
#include "navette/system.h"
#include "navette/whole.h"
#include "node/eviction.h"
#include "navette/whole.h"
#include "node/keeping.h"
#include "node/rekeying.h"
#include "node/replacing.h"
#include "node/trusting.h"

#define PING_MS 25000 /* as ZeroMQ's own heartbeats: a dead path is noticed within two of them */
#define DEAD_MS 60000

void office_path(const char *folder, const char *name, char out[OFFICE_PATH_SIZE])
{
    (void)snprintf(out, OFFICE_PATH_SIZE, "%s/%s", folder, name);
}

int office_reseal(struct office *office, const struct keys *keys)
{
    uint8_t secret[KEYRING_SECRET_SIZE];

    if (office->keyring == NULL)
        return 0;
    keyring_secret_of(keys, secret);
    keyring_use(office->keyring, secret);
    sodium_memzero(secret, sizeof secret);
    return keyring_save(office->keyring);
}

/* Keys that a change of keys left beside the present ones: the keyring may be under them already. */
static size_t gather_secrets(const struct office *office, uint8_t (*secrets)[KEYRING_SECRET_SIZE])
{
    static const char *const beside[] = {"keys.next", "keys.new"};
    char path[OFFICE_PATH_SIZE];
    size_t count = 1;

    keyring_secret_of(&office->keys, secrets[0]);
    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) {
        struct keys keys;

        office_path(office->folder, beside[i], path);
        if (keys_load(path, &keys) == 0)
            keyring_secret_of(&keys, secrets[count++]);
        keys_wipe(&keys);
    }
    return count;
}

static int open_keyring(struct office *office)
{
    uint8_t secrets[KEYRING_SECRETS][KEYRING_SECRET_SIZE];
    char path[OFFICE_PATH_SIZE], aside[OFFICE_PATH_SIZE];
    size_t count = gather_secrets(office, secrets);
    int rc;

    office_path(office->folder, "keyring", path);
    rc = keyring_open(path, secrets, count, &office->keyring);
    if (rc == NAVETTE_E_CHAIN) { /* the keys that it was under are gone: so are those in it, but for what others have */
        office_path(office->folder, "keyring.unreadable", aside);
        rc = whole_move(path, aside);
        system_log(1, "keyring", NULL, "put aside as %s: what others hold of it comes back by itself, the rest with navette recover",
                   aside);
        rc = rc == 0 ? keyring_open(path, secrets, count, &office->keyring) : rc;
    }
    sodium_memzero(secrets, sizeof secrets);
    if (rc == 0) {
        rc = keyring_save(office->keyring);
        if (rc == NAVETTE_E_FULL && !keyring_is_foreign(office->keyring))
            rc = 0; /* of an earlier version: written anew when there is room */
    }
    return rc;
}

static int open_operators(struct office *office)
{
    char path[OFFICE_PATH_SIZE];

    office_path(office->folder, "operators", path);
    office->staff = staff_new();
    return office->staff == NULL ? NAVETTE_E_MEMORY : operators_open(path, &office->operators);
}

static int refold(struct office *office)
{
    struct store_txn *txn;
    int rc = lmdb_write_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = fold_reset(txn);
    return lmdb_end(txn, rc);
}

/* Under its own keys this machine was enrolled as another node, and a power cut kept them from their place. */
static int take_new_keys(struct office *office)
{
    char fresh[OFFICE_PATH_SIZE], path[OFFICE_PATH_SIZE];
    struct keys keys;
    int rc;

    office_path(office->folder, "keys.new", fresh);
    office_path(office->folder, "keys", path);
    rc = keys_load(fresh, &keys);
    if (rc == 0 && memcmp(office->identity.node, keys.node, NODE_ID_SIZE) == 0) {
        rc = office_reseal(office, &keys);
        if (rc == 0)
            rc = whole_move(fresh, path);
        if (rc == 0)
            office->keys = keys;
    }
    keys_wipe(&keys);
    return rc;
}

static int read_identity(struct office *office)
{
    struct store_txn *txn;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = identity_load(txn, &office->identity);
    if (rc == 0)
        rc = operation_load(txn, office->operations);
    lmdb_abort(txn);
    return rc;
}

static int make_identity(struct office *office)
{
    struct store_txn *txn;
    int rc = lmdb_write_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = identity_begin(txn, office->keys.node, &office->identity);
    return lmdb_end(txn, rc);
}

/* A node that was made before starts on a full disk too: it only reads. */
static int open_identity(struct office *office)
{
    int rc = read_identity(office);

    if (rc == NAVETTE_E_NOT_FOUND)
        rc = make_identity(office);
    if (rc == 0 && memcmp(office->identity.node, office->keys.node, NODE_ID_SIZE) != 0)
        (void)take_new_keys(office);
    if (rc == 0 && memcmp(office->identity.node, office->keys.node, NODE_ID_SIZE) != 0) {
        system_log(2, "node", office->folder, "the keys are of another node than the store: put the right `keys` file back");
        rc = NAVETTE_E_INVALID;
    }
    return rc;
}

int office_begin_node(struct office *office)
{
    struct node_options options = {.ping_ms = PING_MS, .dead_ms = DEAD_MS, .pull_bytes = LIMIT_DELTA_BYTES, .keep_ms = office->keep_ms};
    struct store_txn *txn;
    int rc;

    memcpy(options.node, office->identity.node, NODE_ID_SIZE);
    memcpy(options.incarnation, office->identity.incarnation, INCARNATION_SIZE);
    memcpy(options.sign_key, office->keys.sign_public, KEY_SIZE);
    options.hub_keys = &office->hub_keys;
    system_random(options.process, sizeof options.process);
    options.boot = system_boot();
    if (gethostname(office->host, sizeof office->host - 1) == 0)
        options.host = office->host;
    office->node = node_new(&options);
    if (office->node == NULL)
        return NAVETTE_E_MEMORY;
    rc = lmdb_read_begin(office->store, &txn);
    if (rc != 0)
        return rc;
    rc = node_load(office->node, txn);
    lmdb_abort(txn);
    office->desk.incarnation = node_incarnation(office->node);
    office->desk.keys = &office->keys;
    office->desk.clock = node_clock(office->node);
    office->desk.node = office->node;
    /* Who waits for an answer waits for this one's. */
    for (size_t i = 0; i < OFFICE_WAITERS; i++)
        if (office->waiters[i].client != 0)
            office->waiters[i].asked = node_ask(office->node);
    rc = rc != 0 ? rc : staging_resume(office);
    return rc != 0 ? rc : rekeying_open(office);
}

int office_replace_store(struct office *office, const char *folder, int *begun)
{
    char file[OFFICE_PATH_SIZE + 16];
    int rc;

    (void)snprintf(file, sizeof file, "%s/data.mdb", folder);
    link_executor_close(office->link);
    office->link = NULL;
    node_free(office->node);
    office->node = NULL;
    rc = lmdb_store_replace(office->store, file);
    *begun = rc == NAVETTE_E_STORE ? rc : office_begin_node(office);
    if (*begun == 0)
        *begun = office_connect(office);
    office->behind = 1;
    return rc;
}

int office_open(const struct office_options *options, struct office *office)
{
    char path[OFFICE_PATH_SIZE];
    struct lmdb_options store = {.tables = LMDB_BOTH, .map_bytes = options->map_bytes, .reserve_bytes = options->reserve_bytes};
    int rc;

    memset(office, 0, sizeof *office);
    office->map_bytes = options->map_bytes;
    office->reserve_bytes = options->reserve_bytes;
    office->offline = options->offline;
    office->keep_ms = options->keep_ms;
    if (strlen(options->folder) >= sizeof office->folder)
        return NAVETTE_E_TOO_LARGE;
    (void)snprintf(office->folder, sizeof office->folder, "%s", options->folder);
    (void)mkdir(office->folder, 0700); /* already there, or the store's opening says what is wrong */
    office_path(office->folder, "store", path);
    store.folder = path;
    rc = whole_check_folder(office->folder);
    if (rc == 0)
        rc = lmdb_store_open(&store, &office->store);
    if (rc == 0)
        rc = replacing_open_keys(office);
    if (rc == 0)
        rc = open_keyring(office);
    if (rc == 0)
        rc = open_operators(office);
    if (rc == 0)
        rc = open_identity(office);
    if (rc == 0)
        rc = trusting_open(office);
    if (rc == 0)
        rc = office_begin_node(office);
    if (rc == 0)
        keeping_begin(office, system_wall_ms());
    if (rc == 0)
        rc = eviction_resume(office);
    if (rc == 0)
        rc = office_follow(office);
    office->lend_at = options->lend_at;
    if (rc == 0 && options->rebuild)
        rc = refold(office);
    if (rc == 0)
        rc = office_connect(office);
    if (rc == 0) {
        office->behind = 1; /* looked at once, whatever the last run left */
        return 0;
    }
    office_close(office);
    return rc;
}

void office_close(struct office *office)
{
    link_executor_close(office->link);
    staging_close(&office->staging);
    stick_end_all(office);
    if (office->node != NULL)
        node_free(office->node);
    for (size_t i = 0; i < OPERATIONS_MAX; i++)
        if (office->operations[i].id != 0)
            operation_free(&office->operations[i]);
    lmdb_store_close(office->store);
    keyring_close(office->keyring);
    operators_close(office->operators);
    staff_free(office->staff);
    rekeying_close(office);
    trusting_close(office);
    keys_wipe(&office->keys);
    memset(office, 0, sizeof *office);
}

static int is_followed(const struct identity *identity, const struct node_following *told)
{
    struct scope_set set = {.kind = (Navette__Scope)identity->scope, .place_count = identity->place_count};

    memcpy(set.places, identity->places, sizeof set.places);
    if (identity->role != (uint8_t)told->role || set.kind != told->set->kind || set.place_count != told->set->place_count)
        return 0;
    for (size_t i = 0; i < set.place_count; i++)
        if (strcmp(set.places[i], told->set->places[i]) != 0)
            return 0;
    return 1;
}

static int is_served(const void *identity, const char *place)
{
    return identity_serves(identity, place);
}

int office_follow(struct office *office)
{
    struct identity *identity = &office->identity;
    struct node_following told;
    struct store_txn *txn;
    int rc;

    if (node_follows(office->node, &told) != 0 || !identity->enrolled || is_followed(identity, &told))
        return 0;
    identity->role = (uint8_t)told.role;
    identity->scope = (uint8_t)told.set->kind;
    identity->place_count = 0;
    for (size_t i = 0; i < told.set->place_count; i++)
        (void)identity_add_place(identity, told.set->places[i]);
    rc = lmdb_write_begin(office->store, &txn);
    if (rc == 0)
        rc = lmdb_end(txn, identity_store(txn, identity));
    /* Names of those who work where this machine serves no more; what can't be written now goes with the next change. */
    (void)operators_keep_places(office->operators, is_served, identity);
    /* The node's own row has it: it is written here when there is room. */
    return rc == NAVETTE_E_FULL ? 0 : rc;
}

int office_connect(struct office *office)
{
    struct link_executor_options options = {
        .store = office->store,
        .node = office->node,
        .desk = &office->desk,
        .keys = &office->keys,
        .before = &office->before_keys,
        .endpoint = office->identity.endpoint,
        .hub_keys = &office->hub_keys,
        .staging = &office->staging,
    };

    link_executor_close(office->link);
    office->link = NULL;
    trusting_begin(office);
    return office->identity.enrolled && !office->offline ? link_executor_open(&options, &office->link) : 0;
}

/* Kept until they are in use: the hub answers a code that was used to the same keys only. */
static int make_new_keys(const struct office *office, struct keys *keys)
{
    char path[OFFICE_PATH_SIZE];
    int rc;

    office_path(office->folder, "keys.new", path);
    rc = keys_load(path, keys);
    if (rc != NAVETTE_E_NOT_FOUND)
        return rc;
    rc = keys_make(keys);
    return rc != 0 ? rc : keys_save(keys, path);
}

static int keep_new(struct office *office, const struct identity *identity, int replaced, uint64_t *waiting)
{
    struct store_txn *txn;
    int rc = lmdb_write_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = (replaced ? node_become_after : node_become)(office->node, txn, identity->node, identity->incarnation, waiting);
    if (rc == 0)
        rc = identity_store(txn, identity);
    return lmdb_end(txn, rc);
}

int office_become(struct office *office, const char *endpoint, const char *code, int timeout_ms, int replaced, uint64_t *waiting)
{
    struct identity identity = office->identity;
    struct enrol_grant grant;
    struct keys keys;
    int rc;

    if (!replaced && node_is_cloned(office->node) != 2)
        return NAVETTE_E_EXISTS;
    rc = make_new_keys(office, &keys);
    if (rc == 0)
        rc = enrol_ask(endpoint, code, &keys, timeout_ms, &grant);
    if (rc == 0) {
        identity_enrol(&identity, &grant);
        memcpy(identity.node, keys.node, NODE_ID_SIZE);
        system_random(identity.incarnation, INCARNATION_SIZE);
        rc = keep_new(office, &identity, replaced, waiting);
    }
    keys_wipe(&keys);
    if (rc != 0)
        return rc;
    office->identity = identity;
    rc = take_new_keys(office);
    link_executor_close(office->link);
    office->link = NULL;
    node_free(office->node);
    office->node = NULL;
    rekeying_close(office);
    if (rc == 0)
        rc = office_begin_node(office);
    return rc != 0 ? rc : office_connect(office);
}

/* What the fold found that it wants again is asked of the hub. */
static int fold_some(struct office *office, struct store_txn *txn)
{
    int rc = desk_fold(txn, DESK_FOLD_ENTRIES, &office->behind);

    return rc != 0 || office->node == NULL ? rc : node_want_folded(office->node, txn);
}

int office_write(struct office *office, struct store_txn **txn)
{
    int rc = lmdb_write_begin(office->store, txn);

    if (rc != 0)
        return rc;
    rc = fold_some(office, *txn);
    if (rc != 0) {
        lmdb_abort(*txn);
        *txn = NULL;
    }
    return rc;
}

int office_record(struct office *office, struct store_txn *txn, const struct moment *moment, Navette__Event *event,
                  struct journal_entry *entry)
{
    int rc = desk_record(&office->desk, txn, moment, event, entry);
    return rc != 0 ? rc : fold_some(office, txn);
}

int office_keep(struct office *office, struct store_txn *txn, const struct moment *moment)
{
    int rc = lmdb_commit(txn);

    if (rc != 0)
        return rc;
    if (office->link != NULL)
        link_executor_recorded(office->link, moment);
    return 0;
}

/* Deltas are journaled by the link's steps; what they brought is folded here. */
static int measure(struct office *office)
{
    struct store_txn *txn;
    uint64_t tail = 0, cursor = 0;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = journal_tail(txn, &tail);
    if (rc == 0)
        rc = fold_cursor(txn, &cursor);
    if (rc == 0)
        rc = fold_may_resume(txn);
    lmdb_abort(txn);
    office->behind = tail > cursor ? tail - cursor : rc > 0;
    return rc < 0 ? rc : 0;
}

int office_catch_up(struct office *office)
{
    struct store_txn *txn;
    int rc = office->behind == 0 ? measure(office) : 0;

    if (rc != 0 || office->behind == 0)
        return rc;
    rc = office_write(office, &txn);
    if (rc == 0)
        rc = lmdb_commit(txn);
    return rc;
}

int office_may(const struct office *office, const char *place, Navette__Right right)
{
    return rights_allow(&office->rights, place, right);
}

int office_read_rights(struct office *office)
{
    struct store_txn *txn;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = rights_load(txn, &office->identity, &office->rights);
    lmdb_abort(txn);
    return rc;
}

int office_is_partial(const struct office *office)
{
    return office->identity.enrolled && office->identity.scope == NAVETTE__SCOPE__SCOPE_OWN;
}

void office_tz(const struct office *office, struct store_txn *txn, const char *place, char out[LIMIT_CODE + 1])
{
    struct event declared = {0};

    (void)snprintf(out, LIMIT_CODE + 1, "%s", office->identity.tz);
    if (place[0] != '\0' && fold_place(txn, txn, place, &declared) == 0) {
        const char *tz = declared.body->place_declared->tz;
        if (tz[0] != '\0')
            (void)snprintf(out, LIMIT_CODE + 1, "%s", tz);
        event_free(&declared);
    }
}

static void add_namespace(char out[OFFICE_NAMESPACES][LIMIT_NAMESPACE + 1], size_t *count, const char *name)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(out[i], name) == 0)
            return;
    if (*count < OFFICE_NAMESPACES && strlen(name) <= LIMIT_NAMESPACE)
        (void)snprintf(out[(*count)++], LIMIT_NAMESPACE + 1, "%s", name);
}

size_t office_namespaces(const struct office *office, struct store_txn *txn, const char *place,
                         char out[OFFICE_NAMESPACES][LIMIT_NAMESPACE + 1])
{
    struct event declared = {0};
    size_t count = 0;

    if (place[0] != '\0' && fold_place(txn, txn, place, &declared) == 0) {
        const Navette__PlaceDeclared *body = declared.body->place_declared;
        for (size_t i = 0; i < body->n_namespaces; i++)
            add_namespace(out, &count, body->namespaces[i]);
        event_free(&declared);
    }
    for (size_t i = 0; i < office->identity.namespace_count; i++)
        add_namespace(out, &count, office->identity.namespaces[i]);
    if (count < OFFICE_NAMESPACES)
        add_namespace(out, &count, "");
    return count;
}
