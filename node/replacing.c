/* SPDX-License-Identifier: Apache-2.0 */
#include "node/replacing.h"

#include <string.h>
#include <unistd.h>

#include "navette/system.h"
#include "navette/whole.h"
#include "node/rekeying.h"

#define GRANTED "keys-granted" /* row of TABLE_LOCAL: the public signing key that is in force since a replacement */

/* Whether the store says that keys.next are in force, which a kill kept from taking their place. */
static int is_granted(struct office *office, const uint8_t sign_key[KEY_SIZE])
{
    struct store_txn *txn;
    struct span value;
    int granted = 0;

    if (lmdb_read_begin(office->store, &txn) != 0)
        return 0;
    if (store_get(txn, TABLE_LOCAL, span_of_string(GRANTED), &value) == 0 && value.len == KEY_SIZE)
        granted = memcmp(value.data, sign_key, KEY_SIZE) == 0;
    lmdb_abort(txn);
    return granted;
}

static int finish(struct office *office)
{
    char next[OFFICE_PATH_SIZE], path[OFFICE_PATH_SIZE];
    struct keys keys;
    int rc;

    office_path(office->folder, "keys.next", next);
    office_path(office->folder, "keys", path);
    if (access(next, F_OK) != 0)
        return 0;
    rc = keys_load(next, &keys);
    if (rc != 0)
        return rc;
    if (is_granted(office, keys.sign_public))
        rc = whole_move(next, path);
    keys_wipe(&keys);
    return rc;
}

/* The name of the node whose store this is. NAVETTE_E_NOT_FOUND: a new one. */
static int stored_name(struct office *office, uint8_t node[NODE_ID_SIZE])
{
    struct identity identity;
    struct store_txn *txn;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = identity_load(txn, &identity);
    lmdb_abort(txn);
    if (rc == 0)
        memcpy(node, identity.node, NODE_ID_SIZE);
    return rc;
}

int replacing_open_keys(struct office *office)
{
    char path[OFFICE_PATH_SIZE];
    uint8_t node[NODE_ID_SIZE];
    int known, rc = finish(office);

    office_path(office->folder, "keys", path);
    if (rc == 0)
        rc = keys_load(path, &office->keys);
    if (rc != NAVETTE_E_NOT_FOUND)
        return rc;
    known = stored_name(office, node);
    if (known != 0 && known != NAVETTE_E_NOT_FOUND)
        return known;
    rc = keys_make(&office->keys);
    if (rc == 0 && known == 0) {
        memcpy(office->keys.node, node, NODE_ID_SIZE);
        system_log(2, "node", NULL, "%s is gone: new keys are made, which the hub does not know; ask for this node to be replaced", path);
    }
    return rc != 0 ? rc : keys_save(&office->keys, path);
}

int replacing_ask(struct office *office, const char *endpoint, const char *code, int timeout_ms, struct enrol_grant *grant)
{
    int rc = enrol_ask(endpoint, code, &office->keys, timeout_ms, grant);
    int taken;

    if (rc != NAVETTE_E_EXISTS || node_rekey_pending(office->node, &taken) != NULL)
        return rc;
    /* The same ones again, should the answer be lost. */
    if (memcmp(office->next_keys.node, office->keys.node, NODE_ID_SIZE) != 0) {
        rc = keys_make(&office->next_keys);
        if (rc != 0)
            return rc;
        memcpy(office->next_keys.node, office->keys.node, NODE_ID_SIZE);
    }
    return enrol_ask(endpoint, code, &office->next_keys, timeout_ms, grant);
}

static int store(struct office *office, const struct enrol_grant *grant, const struct keys *keys, int64_t wall_ms)
{
    struct node_replacement as = {.wall_ms = wall_ms};
    struct identity identity = office->identity;
    struct store_txn *txn;
    int rc = office_write(office, &txn);

    if (rc != 0)
        return rc;
    memcpy(as.node, grant->node, NODE_ID_SIZE);
    memcpy(as.sign_key, keys->sign_public, KEY_SIZE);
    memcpy(as.parent, grant->parent, INCARNATION_SIZE);
    system_random(as.incarnation, sizeof as.incarnation);
    identity_enrol(&identity, grant);
    memcpy(identity.node, grant->node, NODE_ID_SIZE);
    rc = node_replace(office->node, txn, &as);
    if (rc == 0)
        rc = identity_store(txn, &identity);
    if (rc == 0)
        rc = store_put(txn, TABLE_LOCAL, span_of_string(GRANTED), span_of(keys->sign_public, KEY_SIZE));
    rc = lmdb_end(txn, rc);
    if (rc == 0)
        office->identity = identity;
    return rc;
}

int replacing_run(struct office *office, const struct enrol_grant *grant, int64_t wall_ms)
{
    char next[OFFICE_PATH_SIZE], path[OFFICE_PATH_SIZE];
    int others = memcmp(office->next_keys.node, office->keys.node, NODE_ID_SIZE) == 0;
    struct keys keys = others ? office->next_keys : office->keys;
    int rc;

    office_path(office->folder, "keys.next", next);
    office_path(office->folder, "keys", path);
    memcpy(keys.node, grant->node, NODE_ID_SIZE);
    (void)unlink(next);
    rc = keys_save(&keys, next);
    if (rc == 0)
        rc = office_reseal(office, &keys);
    if (rc == 0)
        rc = store(office, grant, &keys, wall_ms);
    if (rc == 0)
        rc = whole_move(next, path);
    if (rc == 0) {
        office->keys = keys;
        office->desk.keys = &office->keys;
        keys_wipe(&office->next_keys);
        office->keys_made_ms = whole_written_ms(path);
        rekeying_look_before(office);
    }
    keys_wipe(&keys);
    return rc;
}
