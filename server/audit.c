/* SPDX-License-Identifier: Apache-2.0 */
#include "server/audit.h"

#include <string.h>
#include <unistd.h>

#include "navette/hub.h"
#include "navette/journal.h"
#include "server/own_keys.h"
#include "server/own_root.h"

struct audit {
    const struct audit_source *source;
    struct audit_sum sum;
    uint64_t cursor;
    uint8_t digest[HASH_SIZE];
    uint8_t fresh[HASH_SIZE];
};

/* One journal being walked. */
struct walk {
    const struct keys *keys;
    struct hub *hub; /* only for what the hub's log says of the nodes' keys */
    struct audit_sum *sum;
};

/* NULL: nobody known. */
static const uint8_t *audit_sign_key(const struct walk *walk, const struct log_head *head, const struct rekey_past **past)
{
    const struct hub_node *node;

    if (memcmp(head->node, walk->keys->node, NODE_ID_SIZE) == 0)
        return hub_own_keys(walk->hub, past);
    for (size_t i = 0; (node = hub_node_at(walk->hub, i)) != NULL; i++) {
        if (memcmp(node->node, head->node, NODE_ID_SIZE) == 0) {
            *past = &node->past;
            return node->sign_key;
        }
    }
    return NULL;
}

static int audit_log(struct walk *walk, struct store_txn *txn, const uint8_t *incarnation, json_t *logs)
{
    struct log_head head;
    const struct rekey_past *past;
    const uint8_t *key;
    char name[2 * INCARNATION_SIZE + 1];
    char node[2 * NODE_ID_SIZE + 1];
    uint64_t checked = 0;
    int rc = journal_head(txn, incarnation, &head);

    if (rc)
        return rc;
    key = audit_sign_key(walk, &head, &past);
    rc = key ? journal_verify_keys(txn, incarnation, key, past, &checked) : NAVETTE_E_NOT_FOUND;
    if (error_is_fatal(rc) && rc != NAVETTE_E_STORE)
        return rc;
    if (!rc && checked != head.seq)
        rc = NAVETTE_E_GAP;
    if (rc)
        walk->sum->intact = 0;
    walk->sum->entries += checked;
    hex_encode(incarnation, INCARNATION_SIZE, name);
    hex_encode(head.node, NODE_ID_SIZE, node);
    (void)json_array_append_new(logs, json_pack("{s:s, s:s, s:I, s:I, s:s}", "incarnation", name, "node", node, "entries",
                                                (json_int_t)head.seq, "checked", (json_int_t)checked, "result",
                                                rc == 0                     ? "ok"
                                                : rc == NAVETTE_E_NOT_FOUND ? "unknown node"
                                                                            : error_text(rc)));
    return 0;
}

/* The incarnation after `last`, in a transaction of its own: no reader stays open over the whole journal. */
static int audit_next_log(struct store_txn *txn, uint8_t incarnation[INCARNATION_SIZE], int first)
{
    uint8_t from[INCARNATION_SIZE + 1] = {0};
    struct span key;
    struct span value;
    int rc;

    memcpy(from, incarnation, INCARNATION_SIZE);
    rc = store_first(txn, TABLE_HEAD, span_of(from, first ? 1 : sizeof(from)), &key, &value);
    if (!rc && key.len != INCARNATION_SIZE)
        rc = NAVETTE_E_STORE;
    if (!rc)
        memcpy(incarnation, key.data, INCARNATION_SIZE);
    return rc;
}

static int audit_walk(struct walk *walk, struct lmdb_store *journal, json_t *logs)
{
    uint8_t incarnation[INCARNATION_SIZE] = {0};
    struct store_txn *txn;
    int first = 1;
    int rc = lmdb_read_begin(journal, &txn);

    if (rc)
        return rc;
    rc = journal_tail(txn, &walk->sum->tail);
    if (!rc)
        rc = hub_load_nodes(walk->hub, txn);
    lmdb_abort(txn);
    while (!rc) {
        rc = lmdb_read_begin(journal, &txn);
        if (rc)
            return rc;
        rc = audit_next_log(txn, incarnation, first);
        if (!rc)
            rc = audit_log(walk, txn, incarnation, logs);
        lmdb_abort(txn);
        first = 0;
    }
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int audit_logs(struct lmdb_store *journal, const struct keys *keys, json_t *logs, struct audit_sum *sum)
{
    struct hub_options options = {.credit_bytes = LIMIT_CREDIT_BYTES};
    struct walk walk = {.keys = keys, .sum = sum};
    int rc = own_root_load(journal, options.root_key);

    if (rc)
        return rc;
    memcpy(options.node, keys->node, NODE_ID_SIZE);
    memcpy(options.sign_key, keys->sign_public, KEY_SIZE);
    walk.hub = hub_new(&options);
    rc = walk.hub ? audit_walk(&walk, journal, logs) : NAVETTE_E_MEMORY;
    hub_free(walk.hub);
    return rc;
}

static int audit_state_begin(const struct audit *audit, struct store_txn **txn)
{
    if (audit->source->follower)
        return follower_read_begin(audit->source->follower, txn);
    return lmdb_read_begin(audit->source->state, txn);
}

static void audit_state_end(const struct audit *audit, struct store_txn *txn)
{
    if (audit->source->follower)
        follower_read_end(audit->source->follower, txn);
    else
        lmdb_abort(txn);
}

/* Folds a fresh state up to where the kept one is. */
static int audit_fresh(struct audit *audit)
{
    char folder[HOME_PATH_SIZE];
    struct lmdb_options options = {.folder = folder,
                                   .tables = LMDB_STATE,
                                   .map_bytes = audit->source->home->map_bytes,
                                   .reserve_bytes = audit->source->home->reserve_bytes};
    struct lmdb_store *scratch = NULL;
    struct store_txn *txn;
    uint64_t cursor = 0;
    uint64_t moved = 1;
    int rc;

    home_path(audit->source->home, "verify", folder);
    rc = lmdb_store_remove(folder);
    if (!rc)
        rc = lmdb_store_open(&options, &scratch);
    while (!rc && moved > 0 && cursor < audit->cursor)
        rc = follower_step(scratch, audit->source->home->journal, audit->cursor, &moved, &cursor);
    if (!rc && cursor != audit->cursor)
        rc = NAVETTE_E_STORE;
    if (!rc)
        rc = lmdb_read_begin(scratch, &txn);
    if (!rc) {
        rc = fold_digest(txn, audit->fresh);
        lmdb_abort(txn);
    }
    lmdb_store_close(scratch);
    if (lmdb_store_remove(folder) == 0)
        (void)rmdir(folder);
    return rc;
}

static int audit_state(struct audit *audit, json_t **report)
{
    struct store_txn *txn;
    char digest[2 * HASH_SIZE + 1];
    char fresh[2 * HASH_SIZE + 1];
    int counters = 0;
    int same;
    int rc = audit_state_begin(audit, &txn);

    if (rc)
        return rc;
    rc = fold_cursor(txn, &audit->cursor);
    if (!rc)
        rc = fold_digest(txn, audit->digest);
    if (!rc)
        counters = fold_check(txn);
    audit_state_end(audit, txn);
    if (!rc && counters == NAVETTE_E_MEMORY)
        rc = counters;
    if (!rc)
        rc = audit_fresh(audit);
    if (rc)
        return rc;
    same = memcmp(audit->digest, audit->fresh, HASH_SIZE) == 0;
    if (counters || !same)
        audit->sum.intact = 0;
    hex_encode(audit->digest, HASH_SIZE, digest);
    hex_encode(audit->fresh, HASH_SIZE, fresh);
    *report = json_pack("{s:I, s:s, s:s, s:s, s:b}", "cursor", (json_int_t)audit->cursor, "digest", digest, "counters",
                        counters ? error_text(counters) : "ok", "fresh_digest", fresh, "same", same);
    return *report ? 0 : NAVETTE_E_MEMORY;
}

int audit_run(const struct audit_source *source, json_t **report)
{
    struct audit audit = {.source = source, .sum = {.intact = 1}};
    json_t *logs = json_array();
    json_t *state = NULL;
    struct keys keys;
    int rc;

    own_keys_copy(source->home, &keys);
    rc = logs ? audit_logs(source->home->journal, &keys, logs, &audit.sum) : NAVETTE_E_MEMORY;
    keys_wipe(&keys);
    *report = NULL;
    if (!rc)
        rc = audit_state(&audit, &state);
    if (rc) {
        json_decref(logs);
        json_decref(state);
        return rc;
    }
    *report = json_pack("{s:b, s:b, s:I, s:I, s:o, s:o}", "ok", 1, "intact", audit.sum.intact, "tail", (json_int_t)audit.sum.tail,
                        "entries", (json_int_t)audit.sum.entries, "logs", logs, "state", state);
    return *report ? 0 : NAVETTE_E_MEMORY;
}
